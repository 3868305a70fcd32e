"""The review served: a socket on this machine only, the address told, the browser opened, a clean end."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qbank.diagnostics import QbankError
from qbank.review.app import Secrets, build
from qbank.review.fields import reviewed
from qbank.review.session import Session, open_session
from qbank.review.sources import Papers


def review(
    bank: str | Path,
    *,
    folders: tuple[Path, ...] = (),
    port: int = 0,
    language: str = "",
    tell: Callable[[str], None] = lambda address: None,
) -> Session:
    """Serve a bank until Ctrl-C; `tell` gets the address once it answers.

    Returns the session as it ended. Raises `QbankError` when the bank cannot
    be reviewed or the port is taken.
    """
    import uvicorn

    session = open_session(bank)
    papers = Papers((*folders, session.path.resolve().parent))
    keys = Secrets()
    with _bound(port) as listening:
        actual: int = listening.getsockname()[1]
        app = build(session, papers, keys, actual, language)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        tell(f"http://127.0.0.1:{actual}/?token={keys.token}")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    return session


def progress(session: Session) -> tuple[int, int]:
    """How many questions are reviewed, and how many there are."""
    return sum(reviewed(e.question) for e in session.entries.values()), len(session.entries)


def open_browser(address: str) -> None:
    """Show the address in the user's browser, if this machine has a screen."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise QbankError(f"port {port} cannot be used ({reason}); --port 0 takes a free one") from error
    return listening
