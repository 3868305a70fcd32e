"""Writes XML in the words of one version of QTI, and notices characters that XML cannot hold."""

from __future__ import annotations

from functools import cache

from qbank.formats import qti
from qbank.richtext import xml_text

from .._xml import Xml

CHANGED = "characters that XML cannot hold were taken out"
LANGUAGE = "xml:lang"


class Page:
    """A piece of a document; names are those of QTI 2, spelt as `kebab` says (see `Xml` for the rest)."""

    __slots__ = ("changed", "kebab", "xml")

    def __init__(self, depth: int = 0, *, kebab: bool = False) -> None:
        self.xml = Xml(depth)
        self.kebab = kebab
        self.changed = False
        """Whether a text lost characters that XML cannot hold."""

    def open(self, name: str, /, **attributes: str) -> None:
        """Begin an element that holds elements."""
        if self.kebab:
            name, attributes = _element(name), _attributes(attributes)
        self.xml.open(name, **attributes)

    def open_unique(self, name: str, /, **attributes: str) -> None:
        """The same for an element that is like no other."""
        if self.kebab:
            name, attributes = _element(name), _attributes(attributes)
        self.xml.open_unique(name, **attributes)

    def mixed(self, name: str, /, **attributes: str) -> None:
        """Begin an element that holds text, and elements in it."""
        if self.kebab:
            name, attributes = _element(name), _attributes(attributes)
        self.xml.mixed(name, **attributes)

    def close(self) -> None:
        """End the element that was begun last."""
        self.xml.close()

    def leaf(self, name: str, text: str = "", /, **attributes: str) -> None:
        """An element that holds text, or nothing."""
        if self.kebab:
            name, attributes = _element(name), _attributes(attributes)
        self.xml.leaf(name, text if text.isprintable() else self.clean(text), **attributes)

    def record(self, name: str, /, **attributes: str) -> None:
        """An element that holds nothing, with attributes that no other has."""
        if self.kebab:
            name, attributes = _element(name), _attributes(attributes)
        self.xml.record(name, **attributes)

    def text(self, text: str) -> None:
        """Text where an element was begun with `mixed`."""
        self.xml.text(text if text.isprintable() else self.clean(text))

    def clean(self, text: str) -> str:
        """The text as XML can hold it; `changed` says whether that took something."""
        cleaned = xml_text(text)
        if len(cleaned) != len(text) and len(cleaned) != len(text.replace("\r\n", "\n")):
            self.changed = True
        return cleaned

    def add(self, page: Page) -> None:
        """Another page that was begun at this depth."""
        self.changed |= page.changed
        self.xml.add(page.xml)


@cache
def _element(name: str) -> str:
    return qti.kebab_element(name)


def _attributes(attributes: dict[str, str]) -> dict[str, str]:
    return {_attribute(key): value for key, value in attributes.items()} if attributes else attributes


@cache
def _attribute(name: str) -> str:
    """An attribute of another namespace keeps its name."""
    return name if ":" in name else qti.kebab(name)
