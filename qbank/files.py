"""Files on disk: written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from qbank.diagnostics import QbankError

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

_SUFFIX = ".part"
_BUFFER = 1 << 18
"""Bytes that are written at once: an export writes many small pieces."""


@contextmanager
def atomic_write(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` only when the block ends well.

    Raises `QbankError` when it cannot be written; the old file is left whole
    whatever happens. A device or a pipe is written as it is.
    """
    target = Path(path)
    try:
        if target.is_dir():
            raise QbankError(f"{path}: is a folder; name a file to write")
        # The real file behind a link is replaced, not the link.
        real = target.resolve()
        is_device = real.exists() and not real.is_file()
        if not is_device:
            real.parent.mkdir(parents=True, exist_ok=True)
            _sweep(real)
        handle, name = (os.open(real, os.O_WRONLY), "") if is_device else _part_of(real)
    except OSError as error:
        raise QbankError(f"{path}: cannot be written ({error.strerror or error})") from error
    except (ValueError, RuntimeError) as error:
        # A NUL in the name; before Python 3.13, links that lead in a circle.
        raise QbankError(f"{str(path)!r}: cannot be written ({error})") from error
    try:
        with os.fdopen(handle, "wb" if is_device else "w+b", _BUFFER) as sink:
            yield sink
            sink.flush()
            if not is_device:
                os.fsync(sink.fileno())
                _like_a_new_file(Path(name), real)
                if fcntl is not None:
                    # While it is locked still, so that no other run takes it for a leftover.
                    Path(name).replace(real)
        if not is_device and fcntl is None:
            Path(name).replace(real)
    except OSError as error:
        raise QbankError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        if not is_device:
            with suppress(OSError):
                Path(name).unlink()


def _part_of(real: Path) -> tuple[int, str]:
    """A new file beside `real`, open and locked for as long as this process lives."""
    while True:
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=_prefix(real), suffix=_SUFFIX)
        # Between the two another run may have taken it for a leftover.
        if _locked(handle) and os.fstat(handle).st_nlink != 0:
            return handle, name
        os.close(handle)


def _sweep(real: Path) -> None:
    """Remove what killed runs left of this file: parts that no living process has locked."""
    if fcntl is None:
        return
    prefix = _prefix(real)
    for entry in os.scandir(real.parent):
        if not (entry.name.startswith(prefix) and entry.name.endswith(_SUFFIX)):
            continue
        with suppress(OSError), Path(entry.path).open("rb") as part:
            if _locked(part.fileno()):
                Path(entry.path).unlink()


def _prefix(real: Path) -> str:
    return f".{real.name[:60]}."


def _locked(handle: int) -> bool:
    """Lock an open file; False where another process has it. True where files cannot be locked."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _like_a_new_file(made: Path, target: Path) -> None:
    """Give the temporary file the rights the target has, or those a new file would get."""
    if target.exists():
        mode = target.stat().st_mode & 0o777
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    made.chmod(mode)
