"""Files on disk: written whole or not at all, and never over what somebody changed meanwhile."""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, cast

from qbank.diagnostics import QbankError
from qbank.scratch import no_room

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

_SUFFIX = ".part"
_BUFFER = 1 << 18
"""Bytes that are written at once: an export writes many small pieces."""
_PAUSE = 0.02
_PATIENCE = 1500
"""Pauses to wait for another program that is putting its file in place."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS})
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}


class _File(io.FileIO):
    """Knows whether it was this one that could not be written, and not one that was made on the way."""

    failed = False

    def write(self, data: Any, /) -> int:
        """Write some of it, and say how much. OSError when there is no room."""
        try:
            return super().write(data)
        except OSError:
            self.failed = True
            raise


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when it was read; what is made of it must not go over a later one."""

    path: Path
    stamp: tuple[int, ...] | None
    """Which file it was, its size and when it was changed last; None where there was none."""
    digest: bytes = b""

    @classmethod
    def of(cls, path: str | Path) -> Seen:
        """The file as it is now; one that cannot be read, or is no file, is as if it were not there."""
        try:
            if not Path(path).is_file():
                return cls(Path(path), None)
            with Path(path).open("rb") as file:
                digest = blake2b(digest_size=16)
                while block := file.read(1 << 20):
                    digest.update(block)
                return cls(Path(path), _stamp(os.fstat(file.fileno())), digest.digest())
        except (OSError, ValueError):
            return cls(Path(path), None)

    @classmethod
    def read(cls, path: Path) -> tuple[bytes, Seen]:
        """A whole file, and what it was. Raises OSError."""
        with path.open("rb") as file:
            data = file.read()
            return data, cls(path, _stamp(os.fstat(file.fileno())), _digest(data))

    @classmethod
    def holding(cls, path: Path, data: bytes) -> Seen:
        """A file that was just written; where it was written to since shows in its content only."""
        return cls(path, (), _digest(data))

    def untouched(self) -> bool:
        """Whether nobody has written to the file, put another in its place or taken it away."""
        try:
            return _stamp(self.path.stat()) == self.stamp
        except (OSError, ValueError):
            return self.stamp is None

    def holds(self) -> bool:
        """Whether the file has the content that it had."""
        if self.untouched():
            return True
        now = Seen.of(self.path)
        return (now.stamp is None) == (self.stamp is None) and now.digest == self.digest


@contextmanager
def atomic_write(path: str | Path, given: Iterable[Seen] = ()) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` only when the block ends well.

    `given` is what it is made of: where one of these files was changed since,
    nothing is written. Raises `QbankError` when it cannot be written; the old
    file is left whole whatever happens. A device or a pipe is written as it is.
    """
    target = Path(path)
    try:
        if target.is_dir():
            raise QbankError(f"{path}: is a folder; name a file to write")
        stream = _stream(target)
        if stream is None:
            # The real file behind a link is replaced, not the link.
            real = target.resolve()
            real.parent.mkdir(parents=True, exist_ok=True)
            old = _old(real, path)
            _sweep(real)
            handle, part = _part_of(real, old)
    except OSError as error:
        raise _unwritable(path, error) from error
    except (ValueError, RuntimeError) as error:
        # A NUL in the name; before Python 3.13, links that lead in a circle.
        raise QbankError(f"{str(path)!r}: cannot be written ({error})") from error
    if stream is not None:
        try:
            with os.fdopen(stream, "wb", _BUFFER) as sink:
                yield sink
        except OSError as error:
            raise _unwritable(path, error) from error
        return
    raw, made = _File(handle, "w+"), False
    try:
        with io.BufferedRandom(raw, _BUFFER) as sink:
            yield cast(BinaryIO, sink)
            made = True
            sink.flush()
            os.fsync(sink.fileno())
            if fcntl is not None:
                # While it is locked still, so that no other run takes it for a leftover.
                _put(part, real, given)
        if fcntl is None:
            _put(part, real, given)
    except OSError as error:
        if made or raw.failed or error.filename is not None or error.errno not in _NO_ROOM:
            raise _unwritable(path, error) from error
        raise no_room(error) from error
    finally:
        with suppress(OSError):
            part.unlink()


def not_over(out: str | Path, read: Iterable[str | Path], what: str = "is read here as well") -> None:
    """Refuse to write a file over one that it is made of, under whatever name. Raises `QbankError`."""
    for one in read:
        with suppress(OSError, ValueError, RuntimeError):
            target, source = Path(out).resolve(), Path(one).resolve()
            same = target.samefile(source) if target.exists() else target == source
            if one != "-" and same and not (target.exists() and not target.is_file()):
                raise QbankError(f"{out}: {what}; name another file to write")


@contextmanager
def held(path: str | Path) -> Iterator[None]:
    """Keep others from putting files in the folder of `path`; within it the same thread may.

    Raises `QbankError` when another program does not let go of the folder.
    Where a system has no such lock nothing is held.
    """
    folder = Path(path).resolve().parent
    mine: set[Path] = _MINE.__dict__.setdefault("folders", set())
    handle = None if folder in mine else _opened(folder)
    if handle is None:
        yield
        return
    try:
        for _ in range(_PATIENCE):
            if _locked(handle) is not False:
                break
            time.sleep(_PAUSE)
        else:
            raise QbankError(f"{path}: another program has locked {folder}; try again when it has ended")
        mine.add(folder)
        yield
    finally:
        mine.discard(folder)
        os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only run that writes into a folder. Raises `QbankError` where another does; one that was killed does not count."""
    path = folder / ".lock"
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        try:
            if _locked(handle) is False:
                raise QbankError(f"{folder}: another run is writing to this folder; wait until it has ended")
            if os.fstat(handle).st_nlink == 0:
                continue  # the run that had it has ended between the two
            try:
                yield
            finally:
                with suppress(OSError):
                    path.unlink()
            return
        finally:
            os.close(handle)


_MINE = threading.local()
"""The folders that each thread holds."""


def _put(part: Path, real: Path, given: Iterable[Seen]) -> None:
    """The finished part in its place, unless what it was made of has changed."""
    with held(real):
        for seen in given:
            if not seen.holds():
                if Seen.of(part).digest == Seen.of(real).digest:
                    return  # another run of the same command has been faster
                raise QbankError(
                    f"{seen.path}: was changed by another program meanwhile; nothing was written over it, try again"
                )
        part.replace(real)
    if (folder := _opened(real.parent)) is not None:
        # So that the new name outlives a power cut too.
        with suppress(OSError):
            os.fsync(folder)
        os.close(folder)


def _opened(folder: Path) -> int | None:
    """A folder to lock or to flush; None where a system or its rights do not allow that."""
    if fcntl is not None:
        with suppress(OSError):
            return os.open(folder, os.O_RDONLY)
    return None


def _unwritable(path: str | Path, error: OSError) -> QbankError:
    return QbankError(f"{path}: cannot be written ({error.strerror or error})")


def _stream(target: Path) -> int | None:
    """An open descriptor for what is no file; None for a file, or what is not there yet."""
    folder, name = str(target.parent), target.name
    number = int(name) if folder in ("/dev/fd", "/proc/self/fd") and name.isdecimal() else _STREAMS.get(str(target))
    if number is not None and fcntl is not None:
        # As it was opened: to be appended to, or at the place where others have written before.
        return os.dup(number)
    if target.exists() and not target.is_file():
        return os.open(target, os.O_WRONLY)
    return None


def _old(real: Path, path: str | Path) -> os.stat_result | None:
    """The file that will be replaced; None where there is none. A file that may not be written to is left alone."""
    try:
        found = real.stat()
    except FileNotFoundError:
        return None
    if not os.access(real, os.W_OK):
        raise QbankError(f"{path}: cannot be written (it is read-only)")
    return found


def _part_of(real: Path, old: os.stat_result | None) -> tuple[int, Path]:
    """A new file beside `real`, open and locked for as long as this process lives, with the rights it will have."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        part = real.parent / f"{_prefix(real)}{os.urandom(4).hex()}{_SUFFIX}"
        try:
            handle = os.open(part, flags, 0o666 if old is None else 0o600)
        except FileExistsError:
            continue
        # Between the two another run may have taken it for a leftover.
        if _locked(handle) is not False and os.fstat(handle).st_nlink != 0:
            if old is not None:
                _like(handle, part, old)
            return handle, part
        os.close(handle)


def _sweep(real: Path) -> None:
    """Remove what killed runs left of this file: parts that no living process has locked."""
    if fcntl is None:
        return
    prefix = _prefix(real)
    for entry in os.scandir(real.parent):
        if not (entry.name.startswith(prefix) and entry.name.endswith(_SUFFIX)):
            continue
        with suppress(OSError):
            if not entry.is_file(follow_symlinks=False):
                continue
            part = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _locked(part):
                    Path(entry.path).unlink()
            finally:
                os.close(part)


def _prefix(real: Path) -> str:
    return f".{real.name[:60]}."


def _locked(handle: int) -> bool | None:
    """Lock an open file; False where another process has it, None where files cannot be locked."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _like(handle: int, part: Path, old: os.stat_result) -> None:
    """Give the temporary file the rights and the owner that the old one has, where that is allowed: some disks have none."""
    if sys.platform != "win32":
        for user, group in ((old.st_uid, -1), (-1, old.st_gid)):
            with suppress(OSError):
                os.fchown(handle, user, group)
    with suppress(OSError):
        part.chmod(old.st_mode & 0o777)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
