"""Where questions are written: one XML file, or a .zip of several."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol, cast

from qbank.diagnostics import QbankError
from qbank.scratch import Scratch

from .._package import Package
from .._xml import Document
from .settings import NAME

ROOT = "quiz"
_IN_MEMORY = 1 << 20
_LONGEST_NAME = 40


class Files(Protocol):
    """Takes questions one after the other."""

    is_placed: bool
    """Whether the file in hand says already which category the next question belongs to."""

    def turn_to(self, category: tuple[str, ...]) -> bool:
        """Turn to the file that a question of that category goes into; whether that is a new one."""

    def write(self, piece: bytes) -> None:
        """Write a piece, as `bytes` makes it of an `Xml`, to the file in hand."""


@contextmanager
def files_for(sink: BinaryIO, split: str) -> Iterator[Files]:
    """The files that the option `split` asks for. Raises `QbankError` when it cannot be understood."""
    if split == "no":
        with Document(sink, ROOT) as document:
            yield _Whole(document)
    elif split == "category":
        with Package(sink) as package:
            by_category = _ByCategory()
            yield by_category
            by_category.pack(package)
    elif re.fullmatch("[1-9][0-9]{0,8}", split):
        with Package(sink) as package:
            by_number = _ByNumber(package, int(split))
            yield by_number
            by_number.finish()
    else:
        raise QbankError(f"{NAME}: the option 'split' is category or a number of questions, not {split!r}")


class _Whole:
    """One file."""

    is_placed = False

    def __init__(self, document: Document) -> None:
        self.write = document.add

    def turn_to(self, category: tuple[str, ...]) -> bool:
        return False


class _ByNumber:
    """Files of so many questions each, packed as they are full."""

    is_placed = False

    def __init__(self, package: Package, most: int) -> None:
        self._package = package
        self._most = most
        self._count = 0
        self._open: tuple[SpooledTemporaryFile[bytes], Document] | None = None

    def turn_to(self, category: tuple[str, ...]) -> bool:
        is_new = self._count % self._most == 0
        if is_new:
            self._pack()
            spool = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed when it is packed
            self._open = spool, Document(cast(BinaryIO, spool), ROOT).__enter__()
        self._count += 1
        return is_new

    def write(self, piece: bytes) -> None:
        assert self._open is not None
        self._open[1].add(piece)

    def finish(self) -> None:
        """Pack the last file; an empty one where there is no question at all."""
        if self._open is None:
            spool = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed when it is packed
            self._open = spool, Document(cast(BinaryIO, spool), ROOT).__enter__()
            self._count = 1
        self._pack()

    def _pack(self) -> None:
        if self._open is None:
            return
        spool, document = self._open
        document.__exit__(None, None, None)
        with spool:
            spool.seek(0)
            number = -(-self._count // self._most)
            self._package.copy(f"{number:04}.xml", cast(BinaryIO, spool))


class _ByCategory:
    """A file for each category, in the order in which they first occur; set aside until the end."""

    def __init__(self) -> None:
        self.is_placed = False
        self._scratch = Scratch()
        self._open: dict[tuple[str, ...], tuple[_Chain, Document]] = {}
        self._document: Document | None = None

    def turn_to(self, category: tuple[str, ...]) -> bool:
        self.is_placed = category in self._open
        if not self.is_placed:
            chain = _Chain(self._scratch)
            self._open[category] = chain, Document(cast(BinaryIO, chain), ROOT).__enter__()
        self._document = self._open[category][1]
        return not self.is_placed

    def write(self, piece: bytes) -> None:
        assert self._document is not None
        self._document.add(piece)
        self._document.flush()  # there may be thousands of them

    def pack(self, package: Package) -> None:
        """Pack all files."""
        for number, (category, (chain, document)) in enumerate(self._open.items(), 1):
            document.__exit__(None, None, None)
            words = re.sub(r"[^\w.-]+", "-", "-".join(category))[:_LONGEST_NAME].strip("-.")
            package.copy(f"{number:04}{'-' if words else ''}{words}.xml", cast(BinaryIO, chain))


class _Chain:
    """A file of which the blocks lie among those of others; written first, read then."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._spans = array("Q")
        self._next = 0

    def write(self, data: bytes) -> int:
        start = self._scratch.append(data)
        self._spans.extend((start, len(data)))
        return len(data)

    def read(self, _size: int = -1) -> bytes:
        """The next block, whatever the size; nothing at the end."""
        if self._next == len(self._spans):
            return b""
        start, size = self._spans[self._next : self._next + 2]
        self._next += 2
        return self._scratch.read(start, size)
