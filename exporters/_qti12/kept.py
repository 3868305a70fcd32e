"""Items of kinds that the bank does not have, written back as they came."""

from __future__ import annotations

from typing import Any

from qbank.diagnostics import QbankError
from qbank.formats.unpack import xml_root
from qbank.model import Question

from .._qti.page import LANGUAGE, Page

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MOST_DEEP = 100


def kept_item(question: Question) -> Any | None:
    """The item that the reader kept under `extensions`, None where there is none that can be written."""
    xml = question.extensions.get("qti12", {}).get("xml")
    if not isinstance(xml, str):
        return None
    try:
        root = xml_root(xml.encode("utf-8", "surrogatepass"), question.id)
    except (QbankError, ValueError):
        return None
    return root if _name(root) == "item" and _depth(root) < _MOST_DEEP else None


def write_kept(page: Page, item: Any, name: str) -> None:
    """Write a kept item under a name."""
    item.set("ident", name)
    _write(page, item)


def _write(page: Page, element: Any) -> None:
    attributes = {LANGUAGE if key == _LANG else key: value for key, value in element.attrib.items()}
    attributes = {key: value for key, value in attributes.items() if not key.startswith("{")}
    if not len(element):
        page.leaf(_name(element), element.text or "", **attributes)
        return
    texts = [element.text, *(child.tail for child in element)]
    if any(text is not None and text.strip() for text in texts):
        page.mixed(_name(element), **attributes)
        page.text(element.text or "")
        for child in element:
            _write(page, child)
            page.text(child.tail or "")
    else:
        page.open(_name(element), **attributes)
        for child in element:
            _write(page, child)
    page.close()


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _depth(element: Any) -> int:
    deepest, waiting = 0, [(element, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in one]
    return deepest
