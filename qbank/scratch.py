"""Bytes set aside for later: in memory while they are few, in a nameless temporary file when they are many."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from tempfile import TemporaryFile, gettempdir
from typing import BinaryIO

from qbank.diagnostics import QbankError

ROOM = 1 << 20
"""Bytes that stay in memory before they go to the file."""


def no_room(error: OSError) -> QbankError:
    """What to say when a temporary file cannot be written."""
    try:
        folder = gettempdir()
    except OSError:
        folder = "there is no folder for temporary files"  # and the error says where it was looked for
    return QbankError(
        f"{folder}: temporary files cannot be written ({error.strerror or error}); "
        "the variable TMPDIR can name another folder"
    )


class Scratch:
    """Written at the end only, read anywhere; the file goes when the object does, even after a kill."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._tail = bytearray()
        self._on_disk = 0
        self._file: BinaryIO | None = None

    def __len__(self) -> int:
        return self._on_disk + len(self._tail)

    def append(self, data: bytes) -> int:
        """Add bytes; returns where they begin. Raises `QbankError` when the disk is full."""
        start = len(self)
        self._tail += data
        if len(self._tail) >= self._room:
            try:
                self._put_away()
            except OSError as error:
                raise no_room(error) from error
        return start

    def _put_away(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(buffering=0)  # noqa: SIM115  # closed with this object
            weakref.finalize(self, self._file.close)
        self._file.seek(self._on_disk)
        _write_all(self._file, self._tail)
        self._on_disk += len(self._tail)
        self._tail.clear()

    def read(self, start: int, size: int) -> bytes:
        """At most `size` bytes from `start` on; fewer at the end."""
        found = b""
        if start < self._on_disk:
            assert self._file is not None
            self._file.seek(start)
            found = self._file.read(min(size, self._on_disk - start))
            start = self._on_disk
        begin = start - self._on_disk
        return found + self._tail[begin : begin + size - len(found)]


class Lines:
    """Lines of text in the order they were added."""

    def __init__(self) -> None:
        self._scratch = Scratch()

    def append(self, line: str) -> None:
        """Add a line; it holds no line break."""
        self._scratch.append(line.encode() + b"\n")

    def __iter__(self) -> Iterator[str]:
        start = 0
        while block := self._scratch.read(start, ROOM):
            whole = block[: block.rfind(b"\n") + 1]
            start += len(whole)
            yield from whole.decode().split("\n")[:-1]


def _write_all(file: BinaryIO, data: bytearray) -> None:
    with memoryview(data) as rest:
        written = 0
        while written < len(data):
            written += file.write(rest[written:])
