"""XML of QTI as one vocabulary: the names of 2.x without namespaces, whatever the version of the file.

`qti-response-declaration base-type="..."` of 3.0 becomes `responseDeclaration
baseType="..."`. MathML keeps its names; an element of its namespace carries the
attribute `MATH` at its root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from qbank.diagnostics import QbankError
from qbank.formats.unpack import check_nodes, xml_fault

MAX_DEPTH = 250
XML = "{http://www.w3.org/XML/1998/namespace}"
MATHML = "http://www.w3.org/1998/Math/MathML"
_QTI3 = "qti-"
_HYPHEN = re.compile(r"-([a-z0-9])")
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^<>\[\]]{0,2000}>", re.I)


def local(element: Any) -> str:
    """The name of an element without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def parsed(data: bytes, name: str) -> Any:
    """The root element of a document, as it is written.

    A DOCTYPE that only names a document type is passed over, and nothing it
    names is fetched. Raises `QbankError` on one that defines entities, on what
    is nested too deeply, and on what is not well-formed.
    """
    from lxml import etree

    check_nodes(data, name)
    head = data[: 1 << 16]
    if b"<!DOCTYPE" in head or b"<!doctype" in head:
        data = _DOCTYPE.sub(b"", head, count=1) + data[1 << 16 :]
        if _ENTITY.search(data[: 1 << 16]):
            raise QbankError(f"{name}: defines entities, which an honest file of this kind never does; not read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise QbankError(f"{name}: is not well-formed XML ({xml_fault(error)})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise QbankError(f"{name}: declares a document type of its own, which is never needed here; not read")
    if _too_deep(root):
        raise QbankError(f"{name}: its elements are nested more than {MAX_DEPTH} deep; not read")
    return root


def item_root(data: bytes, name: str) -> Any:
    """The root element of an item, a test or a stimulus in the one vocabulary. Raises `QbankError`; see `parsed`."""
    root = parsed(data, name)
    for element in list(root.iter()):
        if isinstance(element.tag, str):
            _rename(element)
    return root


def _rename(element: Any) -> None:
    namespace, _, name = element.tag.rpartition("}")
    is_math = namespace[1:] == MATHML
    if name.startswith(_QTI3):
        name = camel(name[len(_QTI3) :])
        attributes = dict(element.attrib)
        element.attrib.clear()
        for key, value in attributes.items():
            spelled = key if key.startswith(("data-", "aria-", "{")) else camel(key)
            element.set(spelled, value)
    element.tag = name
    if is_math and name == "math":
        element.set("MATH", "1")


def camel(name: str) -> str:
    """A name of 3.0 as 2.x writes it: `map-entry` is `mapEntry`."""
    return _HYPHEN.sub(lambda found: found[1].upper(), name)


def _too_deep(root: Any) -> bool:
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return True
        waiting.extend((child, depth + 1) for child in element)
    return False


def children(element: Any, name: str) -> Iterator[Any]:
    """The children of that name."""
    return (child for child in element if child.tag == name)


def child(element: Any, name: str) -> Any | None:
    """The first child of that name, or None."""
    return next(children(element, name), None)


def words(element: Any | None) -> str:
    """The text of an element and all below, blanks around it taken off."""
    return "" if element is None else "".join(element.itertext()).strip()


def is_true(element: Any, name: str) -> bool:
    """Whether an attribute says true."""
    return (element.get(name) or "").strip() in ("true", "1")


def whole(element: Any, name: str, default: int) -> int:
    """An attribute that is a whole number; `default` where it is none."""
    try:
        return int((element.get(name) or "").strip())
    except ValueError:
        return default


def line(element: Any) -> int:
    """The line of the file the element begins on; 0 where not known."""
    found = element.sourceline
    return found if isinstance(found, int) else 0
