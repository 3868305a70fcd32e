"""XML that cannot be ill-formed: elements are opened and closed by calls, and characters are escaped by the type.

The house writes no XML from strings, and this keeps that promise in pure
Python, where building a tree of lxml's for each question cost most of an export:

- no caller ever hands over markup. A tag or an attribute's name is checked
  against XML 1.0 (productions 4, 4a and 5) before it is used; everything else
  is characters, which are escaped where they are written and nowhere else;
- what opens is closed, in order: `close` takes no name, and an `Xml` with an
  open element gives no bytes;
- characters that XML cannot hold are taken out (`richtext.xml_text`).

`tests/exporters/test_xml.py` builds random trees, hostile characters included,
and holds the bytes to those that lxml writes for the same tree.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from typing import BinaryIO, NamedTuple, TypeAlias

from lxml import etree

from qbank.richtext import xml_text

from ._marks import mark, parted

_BATCH = 1 << 16
_STEP = "  "
_START = "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u3001-\ud7ff"
_NAME = re.compile(rf"(?:xml:|xmlns:|xsi:)?[{_START}][{_START}\-.0-9\u00b7\u0300-\u036f]*\Z")
_SPECIAL = re.compile('[&<>"]')
_BLANKS = str.maketrans({"\t": "&#9;", "\n": "&#10;"})
"""A parser would make blanks of them (XML 1.0, 3.3.3)."""


class _Tags(NamedTuple):
    """The markup of an element: what begins it, what ends it, what it is when it holds nothing."""

    start: str
    end: str
    empty: str


_Open: TypeAlias = tuple[_Tags, int, bool, str, str]
"""An element that is not closed yet: its markup, how many parts there were then, whether it is mixed, margin and line."""


class Xml:
    """A piece of a document, written from its beginning to its end.

    Elements stand on lines of their own, two blanks further in than what holds
    them; inside `mixed`, where blanks mean something, all stands on one line.
    """

    __slots__ = ("_line", "_margin", "_open", "_parts")

    def __init__(self, depth: int = 0) -> None:
        self._parts: list[str] = []
        self._open: list[_Open] = []
        self._margin = _STEP * depth
        self._line = "\n"

    def open(self, tag: str, /, **attributes: str) -> None:
        """Begin an element that holds elements."""
        margin, line, parts = self._margin, self._line, self._parts
        lines = _lines(margin, line, tag, **attributes)
        parts.append(lines.start)
        self._open.append((lines, len(parts), False, margin, line))
        if line:
            self._margin = margin + _STEP

    def open_unique(self, tag: str, /, **attributes: str) -> None:
        """Begin an element that holds elements and is like no other: its markup is not kept for the next one."""
        margin, line, parts = self._margin, self._line, self._parts
        lines = _around(margin, line, _made(tag, attributes))
        parts.append(lines.start)
        self._open.append((lines, len(parts), False, margin, line))
        if line:
            self._margin = margin + _STEP

    def mixed(self, tag: str, /, **attributes: str) -> None:
        """Begin an element that holds characters, and elements among them."""
        margin, line, parts = self._margin, self._line, self._parts
        lines = _line(margin, line, tag, **attributes)
        parts.append(lines.start)
        self._open.append((lines, len(parts), True, margin, line))
        self._margin = self._line = ""

    def close(self) -> None:
        """End the element that was begun last. IndexError when there is none."""
        lines, begun, _, self._margin, self._line = self._open.pop()
        if len(self._parts) == begun:
            self._parts[-1] = lines.empty
        else:
            self._parts.append(lines.end)

    def leaf(self, tag: str, text: str = "", /, **attributes: str) -> None:
        """An element that holds characters, or nothing."""
        start, end, empty = _line(self._margin, self._line, tag, **attributes)
        characters = _escaped(text)
        self._parts.append(f"{start}{characters}{end}" if characters else empty)

    def record(self, tag: str, /, **attributes: str) -> None:
        """An element that holds nothing and is like no other: its markup is not kept for the next one."""
        _check(tag)
        written = [self._margin, "<", tag]
        for name, value in attributes.items():
            _check(name)
            written += (" ", name, '="', _value(value), '"')
        written += ("/>", self._line)
        self._parts.append("".join(written))

    def cdata(self, tag: str, text: str, /, **attributes: str) -> None:
        """An element that holds characters in a CDATA section, or nothing."""
        start, end, empty = _line(self._margin, self._line, tag, **attributes)
        section = _section(text)
        self._parts.append(f"{start}{section}{end}" if section else empty)

    def boxed(self, tag: str, inner: str, text: str, /, **attributes: str) -> None:
        """An element with attributes that holds just one, which holds characters in a CDATA section, or nothing."""
        start, end, empty = _box(self._margin, self._line, tag, inner, **attributes)
        section = _section(text)
        self._parts.append(f"{start}{section}{end}" if section else empty)

    def text(self, text: str) -> None:
        """Characters, where an element was begun with `mixed`. ValueError elsewhere."""
        if not self._open or not self._open[-1][2]:
            raise ValueError("characters stand in elements that are begun with mixed()")
        characters = _escaped(text)
        if characters:
            self._parts.append(characters)

    def add(self, piece: Xml) -> None:
        """Another piece, whole, that was begun at this depth. ValueError where it is not whole, or at another depth."""
        if piece._open or piece._margin != self._margin or piece._line != self._line:
            raise ValueError("a piece is added when all its elements are closed, at the depth it was begun for")
        self._parts += piece._parts

    def fill(self, form: Form, /, *texts: str) -> None:
        """A form, with the characters for its gaps. ValueError as for `add`, and where there are more gaps or fewer."""
        if form._margin != self._margin or form._line != self._line:
            raise ValueError("a form is filled at the depth it was begun for")
        parts = self._parts
        for (start, end, empty), text in zip(form.gaps, texts, strict=True):
            section = _section(text)
            parts.append(f"{start}{section}{end}" if section else empty)

    def __str__(self) -> str:
        """The piece as it stands in the document. ValueError while an element is open."""
        if self._open:
            raise ValueError(f"{len(self._open)} elements are still open")
        return "".join(self._parts)

    def __bytes__(self) -> bytes:
        """The same in UTF-8."""
        return str(self).encode()


class Form(Xml):
    """A piece with gaps for characters: its markup is made once, and its gaps are filled each time it is used."""

    __slots__ = ("_gaps", "_places")

    def __init__(self, depth: int = 0) -> None:
        super().__init__(depth)
        self._places: list[tuple[int, _Tags]] = []
        self._gaps: tuple[_Tags, ...] = ()

    def gap(self, tag: str, /, **attributes: str) -> None:
        """An element that will hold characters in a CDATA section, or nothing."""
        self._places.append((len(self._parts), _line(self._margin, self._line, tag, **attributes)))
        self._parts.append("")

    @property
    def gaps(self) -> tuple[_Tags, ...]:
        """For each gap all markup from the gap before it on. ValueError while an element is open, or without a gap."""
        if not self._gaps:
            str(self)
            if not self._places:
                raise ValueError("a form has gaps; a piece without is added")
            ends = [place for place, _ in self._places[1:]] + [len(self._parts)]
            before = "".join(self._parts[: self._places[0][0]])
            found = []
            for (place, (start, end, empty)), until in zip(self._places, ends, strict=True):
                after = "".join(self._parts[place + 1 : until])
                found.append(_Tags(before + start, end + after, before + empty + after))
                before = ""
            self._gaps = tuple(found)
        return self._gaps


class Mould:
    """A document that was written with marks for its texts, to be written again with other texts in their places.

    Each text is escaped for where its mark stands: among characters, in an
    attribute or in a CDATA section. With `piece`, mark 0 stands alone in an
    element on a line of its own, and a piece takes the place of that.
    """

    __slots__ = ("_attributes", "_characters", "_parts", "_piece", "_sections")

    def __init__(self, document: bytes, *, piece: bool = False) -> None:
        written = document.decode()
        if piece:
            written = re.sub(f"[^\n]*{mark(0)}[^\n]*\n", mark(0), written, count=1)
        between, numbers = parted(written)
        self._parts = [part for text in between for part in (text, "")]
        self._characters: list[tuple[int, int]] = []
        self._attributes: list[tuple[int, int]] = []
        self._sections: list[tuple[int, int]] = []
        self._piece: int | None = None
        tag = section = False
        for i, number in enumerate(numbers):
            before = between[i]
            # What looks like an end of either is escaped in it, so the last sign says where a mark stands.
            signs = before.rfind("<"), before.rfind(">")
            tag = signs[0] > signs[1] or (tag and signs == (-1, -1))
            ends = before.rfind("<![CDATA["), before.rfind("]]>")
            section = ends[0] > ends[1] or (section and ends == (-1, -1))
            place = 2 * i + 1
            if piece and number == 0:
                self._piece = place
            elif section:
                self._sections.append((place, number))
            else:
                (self._attributes if tag else self._characters).append((place, number))

    def filled(self, texts: Sequence[str], piece: Xml | None = None) -> bytes:
        """The document with texts for its marks, by number, and a piece that was begun at the depth of mark 0."""
        parts = self._parts.copy()
        if self._piece is not None:
            parts[self._piece] = str(piece)
        for place, number in self._attributes:
            parts[place] = _value(texts[number])
        if self._characters:
            for (place, _), text in zip(
                self._characters, _all_escaped([texts[number] for _, number in self._characters]), strict=True
            ):
                parts[place] = text
        for place, number in self._sections:
            parts[place] = _within_section(texts[number])
        return "".join(parts).encode()


class Document:
    """A UTF-8 document of one root and its children, written as they come; a context manager."""

    def __init__(self, sink: BinaryIO, root: str, /, **attributes: str) -> None:
        self._sink = sink
        self._tags = _tags(root, **attributes)
        self._waiting: list[bytes] = []
        self._size = 0
        self._depth = 0

    def write(self, piece: Xml) -> None:
        """Write a child of the root, or several. ValueError while one of them is open."""
        self.add(bytes(piece))

    def add(self, written: bytes) -> None:
        """Write what an `Xml` was turned into, be it by another process; never anything else."""
        self._waiting.append(written)
        self._size += len(written)
        if self._size >= _BATCH:
            self.flush()

    @contextmanager
    def element(self, tag: str, /, **attributes: str) -> Iterator[None]:
        """An element around what is written meanwhile; pieces in it begin one deeper."""
        start, end, _ = _tags(tag, **attributes)
        self._depth += 1
        margin = _STEP * self._depth
        self.add(f"{margin}{start}\n".encode())
        yield
        self.add(f"{margin}{end}\n".encode())
        self._depth -= 1

    def __enter__(self) -> Document:
        self.add(f"<?xml version='1.0' encoding='UTF-8'?>\n{self._tags.start}\n".encode())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.add(f"{self._tags.end}\n".encode())
            self.flush()

    def flush(self) -> None:
        """Hand what waits to the sink."""
        self._sink.write(b"".join(self._waiting))
        self._waiting.clear()
        self._size = 0


def _made(tag: str, attributes: Mapping[str, str]) -> _Tags:
    """The markup of an element. ValueError for a name that is none."""
    for name in (tag, *attributes):
        _check(name)
    inside = tag + "".join([f' {name}="{_value(value)}"' for name, value in attributes.items()])
    return _Tags(f"<{inside}>", f"</{tag}>", f"<{inside}/>")


def _around(margin: str, line: str, tags: _Tags) -> _Tags:
    """The markup of an element around other lines."""
    start, end, empty = tags
    return _Tags(f"{margin}{start}{line}", f"{margin}{end}{line}", f"{margin}{empty}{line}")


@lru_cache(maxsize=2048)
def _tags(tag: str, /, **attributes: str) -> _Tags:
    """The markup of an element that there are others like."""
    return _made(tag, attributes)


@lru_cache(maxsize=2048)
def _line(margin: str, line: str, tag: str, /, **attributes: str) -> _Tags:
    """The same of an element on a line of its own."""
    start, end, empty = _tags(tag, **attributes)
    return _Tags(margin + start, end + line, f"{margin}{empty}{line}")


@lru_cache(maxsize=2048)
def _lines(margin: str, line: str, tag: str, /, **attributes: str) -> _Tags:
    """The same of an element around other lines."""
    return _around(margin, line, _tags(tag, **attributes))


@lru_cache(maxsize=2048)
def _box(margin: str, line: str, tag: str, inner: str, /, **attributes: str) -> _Tags:
    """The markup of an element and the one within it."""
    outside = _lines(margin, line, tag, **attributes)
    inside = _line(margin + _STEP if line else "", line, inner)
    return _Tags(outside.start + inside.start, inside.end + outside.end, outside.start + inside.empty + outside.end)


@lru_cache(maxsize=512)
def _check(name: str) -> None:
    """ValueError for a name that is none."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no name in XML")


def _value(text: str) -> str:
    """An attribute's value; most hold nothing that must be escaped."""
    if text.isprintable() and not _SPECIAL.search(text):
        return text
    return escape(xml_text(text), quote=False).replace('"', "&quot;").translate(_BLANKS)


def _escaped(text: str) -> str:
    return escape(text if text.isprintable() else xml_text(text), quote=False)


def _section(text: str) -> str:
    """A CDATA section, two where its end would stand in it (XML 1.0, 2.7); nothing for no text."""
    text = _within_section(text)
    return f"<![CDATA[{text}]]>" if text else ""


def _within_section(text: str) -> str:
    if not text.isprintable():
        text = xml_text(text)
    return text.replace("]]>", "]]]]><![CDATA[>") if "]]>" in text else text


def _all_escaped(texts: list[str]) -> list[str]:
    """`_escaped` of each text; of all together, where no text has the character that parts them."""
    joined = "\ue000".join(texts)
    if joined.count("\ue000") == len(texts) - 1:
        joined = xml_text(joined)
        return (escape(joined, quote=False) if "&" in joined or "<" in joined or ">" in joined else joined).split(
            "\ue000"
        )
    return [_escaped(text) for text in texts]


def whole(piece: Xml) -> bytes:
    """A piece of one element as a UTF-8 document. ValueError while an element is open."""
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{piece}".encode()


@contextmanager
def system_errors() -> Iterator[None]:
    """What lxml says of a full disk becomes the OSError it is."""
    try:
        yield
    except etree.SerialisationError as error:
        number = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
        raise OSError(number, os.strerror(number)) from error
