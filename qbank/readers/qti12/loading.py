"""XML of QTI 1.2 from strangers: elements without namespaces, and as much as there is of a file that breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html.entities import html5
from typing import Any

from qbank.diagnostics import QbankError
from qbank.readers.qti.nodes import MAX_DEPTH, parsed

_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_OWN = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^<>\[\]]{0,2000}>", re.I)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


_LATIN = re.compile(
    rb"""\A(<\?xml[^>]{0,200}?encoding\s*=\s*["'])(?:iso-8859-1|windows-1252|us-ascii|ascii)(["'])""", re.I
)


def told_utf8(data: bytes) -> bytes:
    """The file with UTF-8 for its encoding, where it says another and yet is nothing else."""
    found = _LATIN.match(data)
    if found is None or data.isascii():
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    return b"%sUTF-8%s%s" % (found[1], found[2], data[found.end() :])


def loaded(data: bytes, name: str) -> tuple[Any, str | None]:
    """The root element, names without namespaces, and what is wrong with the file, if anything.

    What is not well-formed is read as far as it can be. Raises `QbankError` on
    what defines entities, is nested too deeply, or holds no element at all.
    """
    if not data.strip():
        raise QbankError(f"{name}: is empty")
    wrong = None
    try:
        root = parsed(data, name)
    except QbankError as error:
        if "not well-formed" not in str(error):
            raise
        try:
            # names of HTML stand in many files, and XML knows five of them
            root = parsed(_NAMED.sub(_numbered, data), name)
        except QbankError:
            wrong = str(error)
            root = _recovered(data, name, error)
    rename(root)
    return root, wrong


def rename(root: Any) -> None:
    """Take the namespaces off the names of an element and of all below."""
    for element in list(root.iter()):
        if isinstance(element.tag, str):
            rename_one(element)


def rename_one(element: Any) -> None:
    """Take the namespace off the name of an element."""
    tag = element.tag
    if "}" in tag or ":" in tag:
        element.tag = _alone(tag)


@lru_cache(maxsize=1024)
def _alone(tag: str) -> str:
    name = tag.rpartition("}")[2].rpartition(":")[2]
    return name if _NAME.match(name) else "unknown"


def _numbered(entity: re.Match[bytes]) -> bytes:
    found = html5.get(entity[1].decode("ascii") + ";")
    if entity[1] in _OWN or found is None:
        return entity[0]
    return "".join(f"&#{ord(character)};" for character in found).encode()


def _recovered(data: bytes, name: str, error: QbankError) -> Any:
    from lxml import etree

    head = data[: 1 << 16]
    cleaned = _DOCTYPE.sub(b"", head, count=1) + data[1 << 16 :]
    if _DECLARATION.search(cleaned[: 1 << 16]):
        raise error
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=True,
    )
    try:
        root = etree.fromstring(cleaned, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.getroottree().docinfo.internalDTD is not None or _depth(root) > MAX_DEPTH:
        raise error
    return root


def _depth(root: Any) -> int:
    deepest = 0
    waiting = [(root, 1)]
    while waiting and deepest <= MAX_DEPTH:
        element, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in element)
    return deepest


def below(element: Any, *names: str) -> Iterator[Any]:
    """The elements of those names below, in document order."""
    return (found for found in element.iter(*names) if found is not element)


def inside(element: Any | None, name: str) -> Any | None:
    """The first child of that name, or None."""
    return None if element is None else element.find(name)


def words(element: Any | None) -> str:
    """The characters in an element and below it, blanks around them taken off."""
    return "" if element is None else "".join(element.itertext()).strip()


def line(element: Any) -> int:
    """The line an element begins on, 0 where that is not known."""
    found = element.sourceline
    return found if isinstance(found, int) else 0


def fields(element: Any | None) -> dict[str, list[str]]:
    """The metadata of an item, a section or a test: entries by their labels."""
    found: dict[str, list[str]] = {}
    if element is None:
        return found
    for entry in element.iter("qtimetadatafield"):
        label, value = words(entry.find("fieldlabel")), words(entry.find("fieldentry"))
        if label:
            found.setdefault(label, []).append(value)
    if element.tag != "item":
        return found
    for part in element.iterfind("itemmetadata"):
        for child in part:
            if isinstance(child.tag, str) and child.tag.startswith("qmd_"):
                found.setdefault(child.tag, []).append(words(child))
    return found
