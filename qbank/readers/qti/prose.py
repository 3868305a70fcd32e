"""What an item shows, as rich text of the bank: its XHTML cleaned, formulas as TeX, media as assets, gaps as blanks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from qbank import richtext
from qbank.assets import MAX_BYTES, MEDIA_TYPES
from qbank.diagnostics import QbankError
from qbank.formats.mathtex import tex_of
from qbank.formats.qti import UNDERLINE as UNDERLINED_IN_3
from qbank.model import Text
from qbank.readers.album import Album, UnusableMedia
from qbank.readers.markup import rich
from qbank.readers.qti.nodes import XML, child, words
from qbank.readers.qti.package import Files

_DELIMITED = re.compile(r"\s*(?:\\\[(.*)\\\]|\\\((.*)\\\)|\$\$(.*)\$\$|\$(.*)\$)\s*\Z", re.S)
_TEX = "application/x-tex"
"""The encoding that our writer gives an annotation that is TeX to the letter."""
_INLINE = frozenset({"p", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
PARAGRAPH = "paragraph"
"""The class that our writer gives a `div` that is a paragraph."""
UNDERLINED = "underline"
"""The class that our writer gives an `em` that is underlined."""
_SILENT = frozenset({"catalogInfo", "companionMaterialsInfo", "stylesheet", "script", "interactionMarkup", "apip"})
MAX_MEDIA = 128 * 1024 * 1024
MAX_PAGES = 32 * 1024 * 1024
"""Bytes of all pages and stimuli that items show; one that a thousand items show counts a thousand times."""


@dataclass(slots=True)
class Media:
    """The media of a document as assets, each content once."""

    files: Files
    album: Album
    _of_member: dict[str, str | None] = field(default_factory=dict)
    _pages: int = 0

    def page(self, member: str) -> bytes:
        """A page that an item shows. Raises `QbankError`, also where all of them together are too much."""
        data = self.files.read(member)
        self._pages += len(data)
        if self._pages > MAX_PAGES:
            raise QbankError(f"{self.files.name}: {member} and other pages are shown again and again; not read")
        return data

    def name(self, base: str, address: str) -> str | None:
        """The asset for an address in the file `base`, or None where there is nothing to show."""
        if address[:5].lower() == "data:":
            return self._kept(lambda: self.album.add_data(address))
        member = self.files.find(base, address)
        if member is None:
            return None
        if member not in self._of_member:
            name = posixpath.basename(member.replace("\\", "/"))
            self._of_member[member] = self._kept(lambda: self.album.add(self.files.read(member, MAX_BYTES), name))
        return self._of_member[member]

    def _kept(self, taken: Callable[[], str]) -> str | None:
        try:
            return taken()
        except (QbankError, UnusableMedia):
            return None


@dataclass(slots=True)
class Prose:
    """Reads the texts of one file of a package."""

    media: Media
    base: str
    """The file that addresses are relative to."""
    templates: Collection[str] = ()
    """The template variables of the item, shown as `{name}`."""
    dropped: dict[str, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    """Addresses of media that are not there."""
    random: bool = False
    """Whether a text showed a template variable."""
    variables: dict[str, None] = field(default_factory=dict)
    """The variables whose values its texts show."""

    def text(self, element: Any, blanks: Collection[str] = ()) -> Text:
        """The content of an element."""
        made = deepcopy(element)
        made.tail = None
        self._prepare(made)
        made.tag = "div"
        made.attrib.clear()
        written = etree.tostring(made, encoding="unicode", method="html")
        inner = written.removeprefix("<div>").removesuffix("</div>")
        if "<" not in inner and "&" not in inner and "\\" not in inner and "$$" not in inner:
            return richtext.xml_text(inner).strip(" ") if _is_tidy(inner) else self._rich(inner, ())
        return self._rich(inner, blanks)

    def _rich(self, html: str, blanks: Collection[str]) -> Text:
        made = rich(html, media=self._asset, blanks=blanks)
        self.dropped.update(dict.fromkeys(made.dropped))
        return made.text

    def _asset(self, address: str) -> str | None:
        name = self.media.name(self.base, address)
        if name is None:
            self.missing.setdefault(address[:80])
        return name

    def _prepare(self, root: Any) -> None:
        """What markup does not know, as what it does."""
        for reading in [e for e in root.iter("rt") if e is not root]:
            has_own = any(e.tag == "rp" for e in reading.getparent())
            become(reading, "span", words(reading) if has_own else f"({words(reading)})")
        for element in list(root.iter()):
            if element is root or not isinstance(element.tag, str) or element.getparent() is None:
                continue
            match element.tag:
                case "math" if element.get("MATH"):
                    self._formula(element)
                case "object":
                    self._object(element)
                case "printedVariable":
                    shown = element.get("identifier") or ""
                    self.random = self.random or shown in self.templates
                    self.variables.setdefault(shown)
                    become(element, "span", f"{{{shown}}}")
                case "mathVariable":
                    become(element, "span", words(element))
                case "gapImg" | "contentBody" | "stimulusBody" | "templateInline" | "templateBlock" | "infoControl":
                    unwrap(element)
                case "hottext" | "feedbackInline" | "feedbackBlock" | "content":
                    unwrap(element)
                case "prompt":
                    _prompt(element)
                case "div" if element.get("data-stimulus-idref"):
                    remove(element)
                case "div" if element.get("class") == PARAGRAPH:
                    element.tag = "p"
                    _attributes(element)
                case "em" if element.get("class") == UNDERLINED:
                    element.tag = "u"
                case "span" if UNDERLINED_IN_3 in (element.get("class") or "").split():
                    element.tag = "u"
                case "ruby" | "rb" | "rp" | "rtc" | "rbc":
                    unwrap(element)
                case tag if tag in _SILENT:
                    remove(element)
                case _:
                    _attributes(element)

    def _formula(self, element: Any) -> None:
        shown = {words(e) for e in element.iter("mi", "ci", "mn")}
        self.random = self.random or bool(shown.intersection(self.templates))
        display = "block" if element.get("display") == "block" or element.get("mode") == "display" else None
        notes = [n for n in element.iter("annotation") if "tex" in (n.get("encoding") or "").lower() and words(n)]
        tex = (
            None if not notes else "".join(notes[0].itertext()) if notes[0].get("encoding") == _TEX else words(notes[0])
        )
        if tex is None:
            made = tex_of(element)
            self.dropped.update({f"<{construct}> in a formula": None for construct in made.unread})
            tex = made.tex
        elif notes[0].get("encoding") != _TEX and (found := _DELIMITED.match(tex)) is not None:
            tex = next(part for part in found.groups() if part is not None).strip()
        if not tex:
            remove(element)
            return
        become(element, "tex", tex)
        if display:
            element.set("display", display)

    def _object(self, element: Any) -> None:
        """An `object`: a picture or a sound where it is one, else what stands in its place."""
        address = (element.get("data") or "").strip()
        kind = (element.get("type") or "").lower()
        described = words(element) or element.get("label") or ""
        if kind.startswith("image/") or posixpath.splitext(address.lower())[1] in _PICTURES:
            sizes = {key: element.get(key) for key in ("width", "height") if element.get(key)}
            become(element, "img", None)
            element.set("src", address)
            element.set("alt", described)
            for key, value in sizes.items():
                element.set(key, str(value))
        elif kind.startswith(("audio/", "video/")) or posixpath.splitext(address.lower())[1] in MEDIA_TYPES:
            become(element, "audio", None)
            element.set("src", address)
        elif kind in ("text/html", "application/xhtml+xml") and (inner := self._page(address)) is not None:
            parent, tail = element.getparent(), element.tail
            inner.tail = tail
            parent.replace(element, inner)
            self._prepare(inner)
        elif len(element) or (element.text or "").strip():
            self.missing.setdefault(address[:80])
            unwrap(element)
        else:
            self.missing.setdefault(address[:80])
            become(element, "span", f"[{posixpath.basename(address) or 'object'}]")

    def _page(self, address: str) -> Any | None:
        """The body of a page that an `object` shows, where it is well-formed."""
        from qbank.readers.qti.nodes import item_root

        member = self.media.files.find(self.base, address)
        if member is None:
            return None
        try:
            root = item_root(self.media.page(member), member)
        except QbankError:
            return None
        body = child(root, "body") if root.tag == "html" else root
        if body is None:
            return None
        for element in [*body.iter("object")]:
            become(element, "span", f"[{posixpath.basename(element.get('data') or 'object')}]")
        for element in body.iter("img", "audio", "source"):
            found = self.media.files.find(member, element.get("src") or "")
            if found is not None:
                element.set("src", posixpath.relpath(found, posixpath.dirname(self.base) or "."))
        body.tag = "div"
        body.attrib.clear()
        return body


_PICTURES = frozenset(suffix for suffix, kind in MEDIA_TYPES.items() if kind.startswith("image/"))


def _is_tidy(text: str) -> bool:
    return "\n" not in text and "\t" not in text and "\r" not in text and "  " not in text


def _attributes(element: Any) -> None:
    """Language tags under the name HTML has for them; what helps only players is dropped."""
    language = element.attrib.pop(f"{XML}lang", None)
    for name in list(element.attrib):
        if name.startswith(("{", "data-", "aria-")) or name in ("label", "base"):
            del element.attrib[name]
    if language is not None:
        if element.tag == "span":
            element.set("lang", language)
        else:
            inner = etree.Element("span", lang=language)
            if element.tag not in _INLINE or len(element) == 0:
                return
            inner.text, element.text = element.text, None
            for part in list(element):
                inner.append(part)
            element.append(inner)


def _prompt(element: Any) -> None:
    """A prompt as a paragraph, or as the blocks it holds."""
    element.attrib.clear()
    if any(isinstance(part.tag, str) and part.tag in _BLOCKS for part in element):
        unwrap(element)
    else:
        element.tag = "p"


_BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "table", "pre", "blockquote", "hr", "dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6"}
)


def become(element: Any, tag: str, text: str | None) -> None:
    """Make an element another one, in its place and without what it held."""
    tail = element.tail
    for part in list(element):
        element.remove(part)
    element.attrib.clear()
    element.tag, element.text, element.tail = tag, text, tail


def unwrap(element: Any) -> None:
    """Put what an element holds in its place."""
    parent = element.getparent()
    at = parent.index(element)
    _add_text(parent, at, element.text)
    tail = element.tail
    parts = list(element)
    for i, part in enumerate(parts):
        parent.insert(at + i, part)
    parent.remove(element)
    _add_text(parent, at + len(parts), tail)


def remove(element: Any) -> None:
    """Take an element out, and keep the text behind it."""
    parent = element.getparent()
    at = parent.index(element)
    tail = element.tail
    parent.remove(element)
    _add_text(parent, at, tail)


def _add_text(parent: Any, at: int, text: str | None) -> None:
    """Add text before the child at a place."""
    if not text:
        return
    if at == 0:
        parent.text = (parent.text or "") + text
    else:
        parent[at - 1].tail = (parent[at - 1].tail or "") + text
