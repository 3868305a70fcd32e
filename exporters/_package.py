"""Zip packages whose bytes depend on their members alone: fixed date, fixed rights, the order they were added in.

Written straight through (APPNOTE.TXT 6.3.10), never seeking; the directory
waits in a scratch file, so that a hundred thousand members need no memory.
"""

from __future__ import annotations

import zlib
from struct import pack
from types import TracebackType
from typing import BinaryIO

from msgspec import Struct

from qbank.scratch import Scratch

LEVEL = 6
QUICK = 3
"""The level for the many small members of a package: a tenth more bytes in two thirds of the time."""
_NEAR = 1 << 14
_SMALL = (-14, 6)
"""Window and memory for members of 16 KiB at most: making the usual 256 KiB of tables takes longer than what is done in them."""
_DATE = 0x0021
"""1 January 1980 in DOS form, the earliest date a zip file can hold; the time is 0."""
_BLOCK = 1 << 20
_DEFLATED = 8
_UTF8 = 0x800
_RIGHTS = 0o100644 << 16
_UNIX = 3 << 8
"""Made on Unix, whatever the machine: only then are the rights read."""
_FULL = 0xFFFFFFFF
_MANY = 0xFFFF


class Packed(Struct, array_like=True, gc=False):
    """A member that is compressed, to be put into a package."""

    name: str
    crc: int
    size: int
    data: bytes


def packed(name: str, data: bytes) -> Packed:
    """A member whose bytes are at hand."""
    deflate = zlib.compressobj(QUICK, zlib.DEFLATED, *_SMALL) if len(data) <= _NEAR else _compressor(QUICK)
    return Packed(name, zlib.crc32(data), len(data), deflate.compress(data) + deflate.flush())


class Package:
    """A zip file that is written member by member; a context manager."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._place = 0
        self._count = 0
        self._directory = Scratch()

    def add(self, name: str, data: bytes) -> None:
        """Write one member whose bytes are at hand."""
        self.put(packed(name, data))

    def put(self, member: Packed) -> None:
        """Write one member that is compressed already."""
        self._begin(member.name, member.crc, member.size, len(member.data))
        self._write(member.data)

    def copy(self, name: str, stream: BinaryIO, level: int = LEVEL) -> None:
        """Write one member from a stream, a block at a time."""
        packed, deflate = Scratch(), _compressor(level)
        crc = size = 0
        while block := stream.read(_BLOCK):
            crc = zlib.crc32(block, crc)
            size += len(block)
            packed.append(deflate.compress(block))
        packed.append(deflate.flush())
        self._begin(name, crc, size, len(packed))
        for start in range(0, len(packed), _BLOCK):
            self._write(packed.read(start, _BLOCK))

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()

    def _begin(self, name: str, crc: int, size: int, packed: int) -> None:
        """Write a member's head, and note its entry in the directory."""
        written = name.encode()
        flags = 0 if name.isascii() else _UTF8
        place = self._place
        wide = size >= _FULL or packed >= _FULL
        extra = pack("<HHQQ", 1, 16, size, packed) if wide else b""
        sizes = (_FULL, _FULL) if wide else (packed, size)
        version = 45 if wide else 20
        head = pack("<HHHHHLLLHH", version, flags, _DEFLATED, 0, _DATE, crc, *sizes, len(written), len(extra))
        self._write(b"PK\3\4" + head + written + extra)
        far = place >= _FULL
        if far:
            sized = pack("<QQ", size, packed) if wide else b""
            extra = pack("<HH", 1, len(sized) + 8) + sized + pack("<Q", place)
        version = 45 if wide or far else 20
        entry = pack(
            "<HHHHHHLLLHHHHHLL",
            version | _UNIX,
            version,
            flags,
            _DEFLATED,
            0,
            _DATE,
            crc,
            *sizes,
            len(written),
            len(extra),
            0,
            0,
            0,
            _RIGHTS,
            _FULL if far else place,
        )
        self._directory.append(b"PK\1\2" + entry + written + extra)
        self._count += 1

    def _finish(self) -> None:
        """Write the directory and the end."""
        start, size = self._place, len(self._directory)
        for offset in range(0, size, _BLOCK):
            self._write(self._directory.read(offset, _BLOCK))
        if self._count >= _MANY or start >= _FULL or size >= _FULL:
            end = self._place
            fields = (44, 45 | _UNIX, 45, 0, 0, self._count, self._count, size, start)
            self._write(b"PK\6\6" + pack("<QHHLLQQQQ", *fields))
            self._write(b"PK\6\7" + pack("<LQL", 0, end, 1))
        count = min(self._count, _MANY)
        self._write(b"PK\5\6" + pack("<HHHHLLH", 0, 0, count, count, min(size, _FULL), min(start, _FULL), 0))

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._place += len(data)


def _compressor(level: int = LEVEL) -> zlib._Compress:
    return zlib.compressobj(level, zlib.DEFLATED, -15)
