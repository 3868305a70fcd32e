"""The texts of Moodle XML, with the files beside them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from lxml import etree

from qbank import richtext
from qbank.model import Text
from qbank.readers.album import Album, UnusableMedia
from qbank.readers.markup import Rich, moodle_text, rich
from qbank.readers.moodle.notes import Notes

TRIMMED = " \t\n\r\0\x0b"
"""What Moodle cuts off both ends of every text (PHP's trim)."""
_PLUGIN_FILE = "@@PLUGINFILE@@"
_FORMATS = frozenset({"html", "plain_text", "markdown", "moodle_auto_format"})


def raw(parent: Any | None, tag: str = "text") -> str | None:
    """The characters of a child element, trimmed; None where there is no such child."""
    child = None if parent is None else parent.find(tag)
    return None if child is None else "".join(child.itertext()).strip(TRIMMED)


class Texts:
    """Reads texts; their media go to the album, what cannot be kept to the notes."""

    def __init__(self, album: Album, notes: Notes) -> None:
        self._album = album
        self._notes = notes
        self.form = "html"
        """The format of texts that name none: that of the question text (trans_format)."""

    def text(self, element: Any | None, form: str | None = None) -> Text:
        """The text an element holds; empty where there is none."""
        source = self.source(element)
        if not source:
            return ""
        return self._kept(moodle_text(source, form or self.format_of(element), media=self.media(element)))

    def optional(self, element: Any | None) -> Text | None:
        """The text, or None where there is nothing to see in it."""
        found = self.text(element)
        return None if richtext.is_empty(found) else found

    def rich(self, html: str, element: Any | None) -> Text:
        """HTML that the caller took from an element, with that element's files."""
        return self._kept(rich(html, media=self.media(element)))

    def gapped(self, source: str, element: Any | None, blanks: tuple[str, ...]) -> Text:
        """The text of an element into which the caller put blanks, with the element's format and files."""
        form = self.format_of(element)
        return self._kept(moodle_text(source, form, media=self.media(element), blanks=blanks))

    def source(self, element: Any | None) -> str:
        """The text as it is written, trimmed; what stands in the wrong place is taken where nothing else is."""
        if element is None:
            return ""
        child = element.find("text")
        if child is None:
            stray = (element.text or "").strip(TRIMMED)
            if stray:
                self._notes.add("R047", f"<{element.tag}> holds its text without <text>", element.sourceline)
            return stray
        if len(child):
            self._notes.add(
                "R047", f"<{element.tag}> holds elements where Moodle expects characters", element.sourceline
            )
            inner = "".join(etree.tostring(node, encoding="unicode") for node in child)
            return ((child.text or "").replace("&", "&amp;").replace("<", "&lt;") + inner).strip(TRIMMED)
        return (child.text or "").strip(TRIMMED)

    def format_of(self, element: Any | None) -> str:
        """The format an element names; an unknown word is HTML to Moodle, none is the question's."""
        written = element.get("format") if element is not None else None
        if not written:
            return self.form
        return written if written in _FORMATS else "html"

    def media(self, element: Any | None) -> Any:
        """Finds the asset for an address in the text of an element."""

        def asset(address: str) -> str | None:
            try:
                if address[:5].lower() == "data:":
                    return self._album.add_data(address)
                if address.startswith(_PLUGIN_FILE):
                    return self._file(element, address)
            except UnusableMedia as reason:
                shown = address if len(address) < 80 else address[:40] + "…"
                self._missing(f"{shown.removeprefix(_PLUGIN_FILE + '/')!r} {reason}", element)
                return None
            if re.match(r"(?i)(https?:)?//", address):
                self._missing(
                    f"{address[:200]!r} is on the web and not in the file; a link stands in its place", element
                )
            else:
                self._missing(f"{address[:200]!r} is not in the file", element)
            return None

        return asset

    def _file(self, element: Any | None, address: str) -> str:
        wanted = unquote(address[len(_PLUGIN_FILE) :].split("?")[0].split("#")[0])
        for file in element.iterfind("file") if element is not None else ():
            folder = file.get("path") or "/"
            name = file.get("name") or ""
            if f"{folder}{name}".lstrip("/") == wanted.lstrip("/"):
                return self._album.add_base64("".join(file.itertext()), name)
        raise UnusableMedia("is shown but not in the file")

    def _missing(self, what: str, element: Any | None) -> None:
        self._notes.add("R044", what, element.sourceline if element is not None else 0)

    def _kept(self, found: Rich) -> Text:
        self._notes.dropped(found.dropped)
        return found.text
