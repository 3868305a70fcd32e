"""XML too large for a tree: elements are told of while the file is parsed, and taken off once they were read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^<>\[\]]{0,2000}>", re.I)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_OTHER_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*["'](?!utf-?8["'])""", re.I)
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_HEAD = 1 << 16
_LONGEST = 16 << 20
"""Bytes from one element that is taken off to the next; more is not held at once."""


class Unfit(Exception):
    """A document that is better read whole: odd, in another encoding, or with too much in one piece."""


class Telling:
    """Beginnings and ends of elements of some names, whatever their namespace, as the file is parsed.

    Iterating raises `Unfit`, and `XMLSyntaxError` for what is not well-formed.
    """

    def __init__(self, pieces: Iterable[bytes], names: Iterable[str]) -> None:
        self._pieces = pieces
        self._names = sorted(names)
        self._held = 0

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        from lxml import etree

        parser: Any = etree.XMLPullParser(
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in self._names],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        told = parser.read_events()
        is_begun = is_known = False
        for piece in self._pieces:
            parser.feed(piece if is_begun else _without_doctype(piece))
            is_begun = True
            self._held += len(piece)
            if self._held > _LONGEST:
                raise Unfit
            for event, element in told:
                if not is_known and element.getroottree().docinfo.internalDTD is not None:
                    raise Unfit
                is_known = True
                yield event, element
        parser.close()
        yield from told

    def drop(self, element: Any) -> None:
        """Take off what stands before an element, and what is in it; its own end was told."""
        element.clear(keep_tail=True)
        self.drop_before(element)

    def drop_before(self, element: Any) -> None:
        """Take off what stands before an element."""
        while element.getprevious() is not None:
            del element.getparent()[0]
        self.dropped()

    def dropped(self) -> None:
        """What was told of so far has been taken off."""
        self._held = 0


def _without_doctype(head: bytes) -> bytes:
    """The first bytes of a document without the name of a document type."""
    if head.startswith(_WIDE) or _OTHER_ENCODING.match(head):
        raise Unfit
    rest, head = head[_HEAD:], head[:_HEAD]
    head = _DOCTYPE.sub(b"", head, count=1) if b"<!DOCTYPE" in head or b"<!doctype" in head else head
    if _DECLARATION.search(head):
        raise Unfit
    return head + rest
