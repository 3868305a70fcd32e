"""Materials of QTI 1.2 as rich text of the bank, their pictures and sounds as assets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import unquote

from lxml import etree

from qbank import richtext
from qbank.assets import MAX_BYTES
from qbank.diagnostics import QbankError
from qbank.model import Html, Text
from qbank.readers.album import Album, UnusableMedia
from qbank.readers.markup import rich
from qbank.readers.qti.package import Files

_BASES = re.compile(r"(?i)^(?:\$|%24)(?:IMS[-_]CC[-_]FILE_?BASE|CANVAS_COURSE_REFERENCE)(?:\$|%24)/?")
_MARKUP = re.compile(
    r"(?i)<(?:(p|div|span|b|i|u|em|strong|sub|sup|ul|ol|table|font|a|pre|code|h[1-6])\b[^<>]*>.*</\1>|br\s*/?>|img\s[^<>]*>|hr\s*/?>)",
    re.S,
)
_BLOCK = re.compile(r"(?i)<(?:p|div|ul|ol|table|pre|blockquote|h[1-6]|hr|center)\b")
_GREEK = str.maketrans(
    "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW", "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"
)
_WEB = ("web_resources/", "")
_BODY = re.compile(r"(?is)<body\b[^>]*>(.*?)</body>")
_LONGEST_TEXT = 1 << 20
_MOST_SEARCHED = 20_000


@dataclass(slots=True)
class Media:
    """The media of a document as assets."""

    files: Files
    album: Album
    listed: list[str] = field(default_factory=list)
    """Files that the manifest names."""
    _found: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _ends: dict[str, list[str]] = field(default_factory=dict)

    def name(self, base: str, address: str) -> str | None:
        """The asset for an address in the file `base`, or None where there is nothing to show."""
        key = (base, address)
        if key not in self._found:
            self._found[key] = self._asset(base, address)
        return self._found[key]

    def embedded(self, text: str, name: str) -> str | None:
        """The asset for what stands in the file itself, in base64."""
        try:
            return self.album.add_base64(text, name)
        except UnusableMedia:
            return None

    def _asset(self, base: str, address: str) -> str | None:
        try:
            if address[:5].lower() == "data:":
                return self.album.add_data(address)
            member = self._member(base, address)
            return (
                None
                if member is None
                else self.album.add(self.files.read(member, MAX_BYTES), member.rpartition("/")[2])
            )
        except (QbankError, UnusableMedia):
            return None

    def _member(self, base: str, address: str) -> str | None:
        """The file an address means: beside the document, below the root, or the only one whose path ends so."""
        if re.match(r"(?i)(?:[a-z][a-z0-9+.-]*:|//)", address):
            return None
        plain = _BASES.sub("", address.strip())
        if plain != address.strip():
            found = (self.files.find("x", prefix + plain) for prefix in _WEB)
        else:
            found = (
                self.files.find(place, prefix + plain) for place in (base, "x") for prefix in ("", "web_resources/")
            )
        member = next((name for name in found if name is not None), None)
        return member or self._by_end(unquote(plain.partition("?")[0]))

    def _by_end(self, path: str) -> str | None:
        if not self._ends:
            for name in dict.fromkeys((*self.files.members()[:_MOST_SEARCHED], *self.listed)):
                self._ends.setdefault(name.rpartition("/")[2].casefold(), []).append(name)
        wanted = path.lstrip("./").casefold()
        same = [n for n in self._ends.get(wanted.rpartition("/")[2], ()) if ("/" + n.casefold()).endswith("/" + wanted)]
        return same[0] if len(same) == 1 else None


@dataclass(slots=True)
class Prose:
    """Reads the texts of one item."""

    media: Media
    base: str
    """The member of the package that the item stands in."""
    labels: dict[str, Any] = field(default_factory=dict)
    """The materials that others refer to."""
    boxed: bool = False
    """Whether a `div` around everything is only Canvas' way to write a text."""
    missing: dict[str, None] = field(default_factory=dict)
    dropped: dict[str, None] = field(default_factory=dict)

    def text(self, html: str, blanks: Collection[str] = ()) -> Text:
        """HTML as a text of the bank."""
        made = rich(html, media=self._media, blanks=blanks)
        self.dropped.update(dict.fromkeys(made.dropped))
        return _unboxed(made.text) if self.boxed else made.text

    def of(self, elements: Iterable[Any]) -> Text:
        """What some elements show, as a text of the bank."""
        return self.text(joined([self.html(element) for element in elements]))

    def _media(self, address: str) -> str | None:
        name = self.media.name(self.base, address)
        if name is None and not re.match(r"(?i)(?:https?:)?//", address):
            self.missing.setdefault(address[:200])
        return name

    def html(self, element: Any) -> str:
        """What an element shows, as HTML; flows are blocks."""
        match element.tag:
            case "mattext" | "matemtext":
                shown = _mattext(element) or self._file_text(element)
                return f"<em>{shown}</em>" if element.tag == "matemtext" and shown else shown
            case "matbreak":
                return "<br/>"
            case "matimage" | "mataudio":
                return self._file(element)
            case "matvideo" | "matapplet" | "matapplication":
                self.missing.setdefault(element.get("uri") or element.tag)
                return escape(f"[{element.get('label') or element.get('uri') or element.tag}]")
            case "matref" | "material_ref":
                referred = self.labels.pop(element.get("linkrefid") or "", None)
                if referred is None:
                    return ""
                shown = self.html(referred)
                self.labels[element.get("linkrefid")] = referred
                return shown
            case "flow" | "flow_mat" | "flow_label":
                return paragraph("".join(self.html(child) for child in element if isinstance(child.tag, str)))
            case "material" | "altmaterial":
                parts = [
                    self.html(child) for child in element if isinstance(child.tag, str) and child.tag != "altmaterial"
                ]
                return joined(parts, apart=False)
            case "qticomment":
                return ""
            case _:
                return joined([self.html(child) for child in element if isinstance(child.tag, str)])

    def _file_text(self, element: Any) -> str:
        """The text that stands in a file of its own."""
        address = element.get("uri") or ""
        member = self.media.files.find(self.base, address) if address else None
        if member is None:
            if address:
                self.missing.setdefault(address[:200])
            return ""
        try:
            text = self.media.files.read(member, _LONGEST_TEXT).decode("utf-8", "replace")
        except QbankError:
            self.missing.setdefault(address[:200])
            return ""
        is_html = member.lower().endswith((".html", ".htm", ".xhtml")) or "html" in (element.get("texttype") or "")
        body = _BODY.search(text)
        return (body[1] if body else text) if is_html else escape(text, quote=False)

    def _file(self, element: Any) -> str:
        address = element.get("uri") or ""
        content = (element.text or "").strip()
        if content and (element.get("embedded") or "base64").lower() == "base64" and not address:
            name = self.media.embedded(content, element.get("label") or "")
        else:
            name = self.media.name(self.base, address)
        if name is None:
            self.missing.setdefault(address[:200] or element.tag)
            return escape(f"[{element.get('label') or address}]")
        # the name was found already: `rich` asks for it again under an address of its own
        own = f"asset:{name}"
        self.media._found[(self.base, own)] = name
        if element.tag == "mataudio":
            return f'<audio src="{escape(own)}"></audio>'
        sizes = "".join(f' {key}="{escape(element.get(key))}"' for key in ("width", "height") if element.get(key))
        return f'<img src="{escape(own)}" alt="{escape(element.get("label") or "")}"{sizes}/>'


def _unboxed(text: Text) -> Text:
    """A text without the one `div` around it."""
    tree = richtext.blocks(text) if isinstance(text, Html) else ()
    if len(tree) != 1 or tree[0].tag != "div":
        return text
    return richtext.canonical(Html(html=richtext.serialize(tree[0].children)))


def _mattext(element: Any) -> str:
    kind = (element.get("texttype") or "text/plain").lower()
    if len(element):
        # markup that was not escaped
        inner = escape(element.text or "", quote=False)
        return inner + "".join(
            etree.tostring(child, encoding="unicode", method="html", with_tail=True) for child in element
        )
    text = element.text or ""
    if "html" in kind or "xml" in kind or _MARKUP.search(text):
        return text
    if (element.get("charset") or "").lower() in ("greek", "symbol"):
        text = text.translate(_GREEK)
    shown = escape(text, quote=False)
    space = element.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
    return shown.strip("\n").replace("\n", "<br/>") if space else shown


def paragraph(html: str) -> str:
    """HTML as a block of its own, where it is none yet and shows something."""
    return html if not html.strip() or _BLOCK.search(html) else f"<p>{html}</p>"


def joined(parts: Iterable[str], *, apart: bool = True) -> str:
    """Pieces of HTML one after the other, a blank between those that would touch."""
    result = ""
    for part in parts:
        touching = apart and result and part and not result[-1].isspace() and not part[0].isspace()
        result += (" " if touching and not result.endswith(">") and not part.startswith("<") else "") + part
    return result
