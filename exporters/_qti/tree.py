"""Makes the elements of one document: a namespace, and texts that XML can hold."""

from __future__ import annotations

from typing import Any

from lxml import etree

from qbank.richtext import xml_text

from .dialect import XML, XSI

LANGUAGE = f"{{{XML}}}lang"

CHANGED = "characters that XML cannot hold were taken out"


class Tree:
    """Elements of one namespace, or of none; `changed` says whether a text lost characters that XML cannot hold."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.changed = False
        self._prefix = f"{{{namespace}}}" if namespace else ""

    def root(self, name: str, location: str | None = None, **attributes: str) -> Any:
        """The outermost element; `location` is its `xsi:schemaLocation`."""
        spaces: dict[str | None, str] = {None: self.namespace} if self.namespace else {}
        if location is not None:
            spaces["xsi"] = XSI
        made = etree.Element(self._prefix + name, nsmap=spaces)  # type: ignore[arg-type]  # None is lxml's default namespace
        if location is not None:
            made.set(f"{{{XSI}}}schemaLocation", location)
        for key, value in attributes.items():
            self.set(made, key, value)
        return made

    def add(self, parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
        """A new last child of `parent`."""
        try:
            made = etree.SubElement(parent, self._prefix + name, attributes or None)
        except ValueError:
            made = etree.SubElement(parent, self._prefix + name)
            for key, value in attributes.items():
                self.set(made, key, value)
        if text:
            self.write(made, text)
        return made

    def set(self, element: Any, name: str, value: str) -> None:
        """Set an attribute."""
        try:
            element.set(name, value)
        except ValueError:
            self.changed = True
            element.set(name, xml_text(value))

    def write(self, element: Any, text: str) -> None:
        """Write text behind what the element already holds."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        try:
            _append(element, text)
        except ValueError:
            self.changed = True
            _append(element, xml_text(text))

    @staticmethod
    def indented(element: Any) -> Any:
        """The element with its children on lines of their own; only for one that holds no running text."""
        etree.indent(element, " ")
        return element


def _append(element: Any, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def to_bytes(element: Any) -> bytes:
    """The element as a UTF-8 document."""
    written: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"
