"""Files on disk: written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from qbank.diagnostics import QbankError


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` only when the block ends well.

    Raises `QbankError` when it cannot be written; the old file is left whole
    whatever happens.
    """
    target = Path(path)
    try:
        if target.is_dir():
            raise QbankError(f"{path}: is a folder; name a file to write")
        # The real file behind a link is replaced, not the link.
        real = target.resolve()
        real.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name[:60]}.", suffix=".part")
    except OSError as error:
        raise QbankError(f"{path}: cannot be written ({error.strerror or error})") from error
    except (ValueError, RuntimeError) as error:
        # A NUL in the name; before Python 3.13, links that lead in a circle.
        raise QbankError(f"{str(path)!r}: cannot be written ({error})") from error
    try:
        with os.fdopen(handle, "w+b") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        _like_a_new_file(Path(name), real)
        Path(name).replace(real)
    except OSError as error:
        raise QbankError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _like_a_new_file(made: Path, target: Path) -> None:
    """Give the temporary file the rights the target has, or those a new file would get."""
    if target.exists():
        mode = target.stat().st_mode & 0o777
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    made.chmod(mode)
