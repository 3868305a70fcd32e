r"""Rich text as QTI 1.2 holds it: HTML as characters, formulas as `\(...\)`, media by their place in the package."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from qbank import richtext
from qbank.assets import AssetError
from qbank.formats import qti
from qbank.formats.qti12 import FILE_BASE
from qbank.formats.titles import first_words
from qbank.model import Question, Text
from qbank.richtext import ASSET_PREFIX, Element, Node

from .._qti.losses import Losses
from .._qti.media import Media
from .._qti.page import Page

Gap = Callable[[str], str]
"""The characters that stand for a gap."""
GAP_SHOWN = "____"
_FORMULA = re.compile(r"\\\(|\\\[|\$\$")
_MARKUP = re.compile(r"[<>&]|\s\s|[\t\r\n]|\A\s|\s\Z")
_LITERAL = frozenset({"code", "pre"})


def _gap_shown(name: str) -> str:
    return GAP_SHOWN


@dataclass(slots=True)
class Texts:
    """Writes the texts of one item."""

    media: Media
    losses: Losses
    question: Question
    relative: bool = False
    """Whether media are named from the document that shows them, not from the root of the package."""
    files: dict[str, None] = field(default_factory=dict)
    """The members of the package that the item shows, in order."""
    gap: Gap = _gap_shown
    _pointer: str = ""

    def material(self, page: Page, text: Text, pointer: str, *, rich: bool = False) -> None:
        """Write a `material`; with `rich` always as HTML, else as plain text where that says the same."""
        page.open("material")
        self.mattext(page, text, pointer, rich=rich)
        page.close()

    def mattext(self, page: Page, text: Text, pointer: str, *, rich: bool = False) -> None:
        """Write a `mattext`."""
        if not rich and isinstance(text, str) and not _MARKUP.search(text):
            self._unlike_formula(text, pointer)
            page.leaf("mattext", text, texttype="text/plain")
        else:
            page.leaf("mattext", self.html(text, pointer), texttype="text/html")

    def html(self, text: Text, pointer: str) -> str:
        """The text as HTML; a `div` around everything is twice there for platforms that take one off."""
        nodes = richtext.blocks(text)
        if not self.relative and len(nodes) == 1 and nodes[0].tag == "div":
            nodes = (Element("div", (), nodes),)
        return self.markup(nodes, pointer)

    def markup(self, nodes: tuple[Node, ...], pointer: str) -> str:
        """Some nodes as HTML."""
        before, self._pointer = self._pointer, pointer
        for run in _runs(nodes):
            self._unlike_formula(run, pointer)
        if any(
            e.tag in _LITERAL and any(i.tag == "tex" for i in richtext.walk(e.children)) for e in richtext.walk(nodes)
        ):
            self._loss("X304", "a formula in code or preformatted text is shown as its source", pointer)
        made = richtext.html_of(nodes, self._special)
        self._pointer = before
        return made

    def line(self, text: Text, pointer: str) -> str:
        """The text on one line without markup; X204 where it had some, X305 where it had several lines."""
        kept = richtext.plain(text)
        shown = qti.line(kept)
        if any(element.tag != "p" for element in richtext.elements(text)):
            self._loss("X204", "no markup can stand here; it was taken off", pointer)
        elif shown != kept.strip():
            self._loss("X305", "only one line can stand here; the line breaks were taken out", pointer)
        return shown

    def _special(self, element: Element) -> str | None:
        match element.tag:
            case "img":
                return self._image(element)
            case "audio":
                return self._sound(element)
            case "tex":
                return self._formula(element)
            case "blank":
                return escape(self.gap(element.get("id") or ""), quote=False)
            case _:
                return None

    def _image(self, element: Element) -> str:
        name = (element.get("src") or "").removeprefix(ASSET_PREFIX)
        alt = element.get("alt")
        source = self._source(name)
        if source is None:
            return escape(f"[{alt or self.media.alt(name) or name}]", quote=False)
        shown = self.media.alt(name) if alt is None else alt
        sizes = "".join(f' {key}="{element.get(key)}"' for key in ("width", "height") if element.get(key))
        return f'<img src="{escape(source)}" alt="{escape(shown)}"{sizes}/>'

    def _sound(self, element: Element) -> str:
        name = (element.get("src") or "").removeprefix(ASSET_PREFIX)
        source = self._source(name)
        if source is None:
            return escape(f"[{name}]", quote=False)
        file_name = source.rpartition("/")[2]
        return f'<a href="{escape(source)}">{escape(file_name, quote=False)}</a>'

    def _source(self, name: str) -> str | None:
        """The address of an asset in the package; None, and the losses, where there is none to be had."""
        try:
            member = self.media.file(name).member
        except AssetError as error:
            self._loss(error.code, str(error), self._pointer)
            message = "the picture or sound could not be packed; its description stands in its place"
            self._loss("X203", message, self._pointer)
            return None
        self.files.setdefault(member)
        return qti.path(member) if self.relative else f"{FILE_BASE}/{qti.path(member)}"

    def _formula(self, element: Element) -> str:
        tex = "".join(child for child in element.children if isinstance(child, str))
        if not tex.strip():
            return ""
        opening, closing = ("$$", "$$") if element.get("display") == "block" else (r"\(", r"\)")
        if closing in tex:
            message = f"the formula {first_words(tex, '')} holds the sign that ends one; it may be shown in two"
            self._loss("X304", message, self._pointer)
        return escape(f"{opening}{tex}{closing}", quote=False)

    def _unlike_formula(self, text: str, pointer: str) -> None:
        if _FORMULA.search(text):
            self._loss("X305", "characters that begin a formula for the platform stand in the text", pointer)

    def _loss(self, code: str, message: str, pointer: str) -> None:
        self.losses.add(code, self.question, message, pointer)


def _runs(nodes: tuple[Node, ...]) -> list[str]:
    """The characters of some nodes, those that next to each other make one line in one piece."""
    runs: list[str] = [""]
    for node in nodes:
        if isinstance(node, str):
            runs[-1] += node
        elif node.tag == "tex" or node.tag in _LITERAL:
            runs.append("")
        else:
            inner = _runs(node.children)
            runs[-1] += inner[0]
            runs += inner[1:]
    return runs
