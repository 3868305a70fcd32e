"""The questions of a Moodle XML file one by one: each is cut out and parsed alone.

So memory stays flat whatever the file's size, a broken question harms no other,
and a truncated file (which Moodle takes without a word) gives what is whole.
There is no document type to define entities in: a file with one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html.entities import html5
from typing import Any

from lxml import etree

from qbank.diagnostics import QbankError
from qbank.formats.unpack import check_nodes

MAX_QUESTION = 192 * 1024 * 1024
"""Bytes of one question with its files."""
_SMALL = 9_000_000  # below libxml's limit for one text
_MARK = re.compile(rb"<!--|<!\[CDATA\[|<\?|<question(?=[\s>/])|</question\s*>|<!DOCTYPE|<!ENTITY|</quiz\s*>")
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_TAG = re.compile(rb"<question([^<>]*)>")
_LITERAL = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z))", re.S)
_ENTITY = re.compile(r"&(#[xX]?[0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);|&")
_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A `question` element as it stands in the file, its first line, and the offset behind it."""

    source: bytes
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A passage that is no whole question: where it begins, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A question's element; `repaired` says what had to be done before it was XML, `error` why it is none."""

    element: Any | None
    repaired: str = ""
    error: str = ""
    line: int = 0
    """Where the error is, counted from the question's first line."""


def pieces(data: Any, name: str) -> Iterator[Piece | Broken]:
    """The questions in UTF-8 bytes (or a memory map of them), in order. Raises `QbankError` for a document type."""
    at = counted = 0
    line = 1
    start = -1
    depth = start_line = 0
    closed = False

    def line_at(offset: int) -> int:
        nonlocal counted, line
        line += int(data[counted:offset].count(b"\n"))
        counted = offset
        return line

    while (mark := _MARK.search(data, at)) is not None:
        word = mark[0]
        at = mark.end()
        if word in _ENDS:
            end = data.find(_ENDS[word], at)
            if end < 0:
                break
            at = end + len(_ENDS[word])
        elif word in (b"<!DOCTYPE", b"<!ENTITY"):
            raise QbankError(
                f"{name}:{line_at(mark.start())}: the file declares a document type or entities, which can be made to "
                "harm who opens it; Moodle writes none, so it was not read"
            )
        elif word == b"<question":
            tag = _TAG.match(data, mark.start())
            is_new = depth == 0 or (tag is not None and b"type" in tag[1])
            if is_new:
                if depth:
                    yield Broken(start_line, "the question has no end before the next one begins")
                start, start_line, depth = mark.start(), line_at(mark.start()), 0
            if tag is not None and tag[1].endswith(b"/"):
                if not depth:
                    yield Piece(data[start : tag.end()], start_line, tag.end())
                continue
            depth += 1
        elif word.startswith(b"</quiz"):
            closed = closed or not depth
        elif depth:
            depth -= 1
            if depth == 0:
                if at - start > MAX_QUESTION:
                    yield Broken(start_line, f"the question is larger than {MAX_QUESTION >> 20} MiB")
                else:
                    yield Piece(data[start:at], start_line, at)
    if depth:
        end = line_at(len(data))
        yield Broken(start_line, f"the file ends in line {end}, in the middle of this question; it may have been cut")
    elif not closed:
        end = line_at(len(data))
        yield Broken(end, "the file ends without </quiz>; it may have been cut")


def parsed(piece: Piece, name: str) -> Parsed:
    """The piece as an element. Raises `QbankError` where it is nested to do harm."""
    try:
        return Parsed(_element(piece.source, name))
    except etree.XMLSyntaxError as error:
        first = error
    if "depth" in str(first.msg).lower():
        raise QbankError(f"{name}:{piece.line}: elements are nested so deeply that no program wrote them to be read")
    text, repairs = _repaired(piece.source)
    if repairs:
        try:
            return Parsed(_element(text.encode(), name), repaired=repairs)
        except etree.XMLSyntaxError as error:
            first = error
    place = (first.lineno or 1) - 1
    return Parsed(None, error=re.sub(r", line [0-9]+, column [0-9]+.*$", "", str(first.msg)), line=place)


def _element(source: bytes, name: str) -> Any:
    check_nodes(source, name)
    return etree.fromstring(source, _parser(len(source) > _SMALL))


@cache
def _parser(huge: bool) -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=huge,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )


def _repaired(source: bytes) -> tuple[str, str]:
    """The source with what XML has no word for put right outside of CDATA, and what that was."""
    done: dict[str, None] = {}
    text = source.decode("utf-8", "replace")
    if "\ufffd" in text and b"\xef\xbf\xbd" not in source:
        done.setdefault("bytes that are no characters")
    cleaned = _CONTROL.sub("", text)
    if cleaned != text:
        done.setdefault("control characters")

    def entity(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            done.setdefault("an & that begins no entity")
            return "&amp;"
        if name.startswith("#"):
            digits = name[1:10]
            code = int(digits[1:], 16) if digits[:1] in "xX" else int(digits) if digits.isdigit() else 0
            if len(name) < 10 and (code in (9, 10, 13) or 32 <= code < 0x110000) and not _CONTROL.match(chr(code)):
                return found[0]
            done.setdefault(f"the reference &{name[:12]};")
            return ""
        if name in _PREDEFINED:
            return found[0]
        if f"{name};" in html5:
            done.setdefault(f"the entity &{name};, which HTML has and XML has not")
            return "".join(f"&#{ord(character)};" for character in html5[f"{name};"])
        done.setdefault("an & that begins no entity")
        return f"&amp;{name};"

    parts = _LITERAL.split(cleaned)
    written = "".join(part if i % 2 else _ENTITY.sub(entity, part) for i, part in enumerate(parts))
    return written, "; ".join(done)
