"""Rich text as the XHTML of QTI: paragraphs, tables, MathML, pictures, and nothing its schemas refuse.

QTI has no `u`, no `start` on lists and, before 3.0, no `audio` and no class for
underlined words; a body holds blocks only, a `blockquote` too, and inside a
paragraph or an inline element no block may stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from qbank import richtext
from qbank.assets import AssetError
from qbank.formats import mathml, qti
from qbank.formats.titles import first_words
from qbank.model import Question, Text
from qbank.richtext import ASSET_PREFIX, BLOCK, Element, Node

from .dialect import Dialect
from .losses import Losses
from .media import Media
from .page import LANGUAGE, Page

Gap = Callable[[Page, str], bool]
"""Writes the interaction of a gap; False where the gap has none."""

_SAME = frozenset({"em", "strong", "sub", "sup", "code"})
_FLOW = frozenset({"div", "li", "td", "th"})
GAP_SHOWN = "____"
PARAGRAPH = "paragraph"
"""The class of a `div` that is a paragraph of the bank."""
TEX = "application/x-tex"
"""The encoding of the annotation that keeps a formula's TeX beside its MathML."""


def _no_gap(page: Page, name: str) -> bool:
    return False


@dataclass(slots=True)
class Prose:
    """Writes the texts of one item."""

    dialect: Dialect
    media: Media
    losses: Losses
    question: Question
    rich_choices: bool = False
    """Whether the choices of gaps keep their markup."""
    files: dict[str, None] = field(default_factory=dict)
    """The members of the package that the item shows, in order."""
    gap: Gap = _no_gap
    pointer: str = ""

    def blocks(self, page: Page, text: Text, pointer: str) -> None:
        """Write a text as block elements, where nothing else may stand."""
        if isinstance(text, str) and "\n" not in text:
            if text:
                page.leaf("p", text)
            return
        before, self.pointer = self.pointer, pointer
        self._blocks(page, richtext.blocks(text))
        self.pointer = before

    def flow(self, page: Page, text: Text, pointer: str) -> None:
        """Write a text where text and blocks may stand: a single paragraph without its `p`."""
        if isinstance(text, str) and "\n" not in text:
            page.text(text)
            return
        before, self.pointer = self.pointer, pointer
        nodes = richtext.blocks(text)
        if len(nodes) == 1 and nodes[0].tag == "p":
            self._inline(page, nodes[0].children, flow=True)
        else:
            self._blocks(page, nodes)
        self.pointer = before

    def element(self, page: Page, name: str, text: Text, pointer: str, /, **attributes: str) -> None:
        """Write an element that holds a text as `flow` writes it."""
        if isinstance(text, str) and "\n" not in text:
            page.leaf(name, text, **attributes)
            return
        page.mixed(name, **attributes)
        self.flow(page, text, pointer)
        page.close()

    def feedback(self, page: Page, name: str, text: Text, pointer: str, /, **attributes: str) -> None:
        """Write a feedback element, its text in a body of its own where the version wants that."""
        if self.dialect.content_body:
            page.open(name, **attributes)
            self.element(page, "contentBody", text, pointer)
            page.close()
        else:
            self.element(page, name, text, pointer, **attributes)

    def scorer_block(self, page: Page, name: str, write: Callable[[], None]) -> None:
        """Write a block that only the person who marks the item sees; `write` writes what is in it."""
        if self.dialect.content_body:
            page.open("rubricBlock", use="scoring", view="scorer", **{"class": name})
            page.open("contentBody")
            write()
            page.close()
        else:
            page.open("rubricBlock", view="scorer", **{"class": name})
            write()
        page.close()

    def inline_choice(
        self, page: Page, text: Text, pointer: str, name: str = "inlineChoice", /, **attributes: str
    ) -> None:
        """Write a choice in a line of text: with its markup where the version has it, else on one line without."""
        nodes = () if isinstance(text, str) else richtext.blocks(text)
        rich = self.rich_choices and len(nodes) == 1 and nodes[0].tag == "p"
        if rich and not any(e.tag == "audio" for e in richtext.walk(nodes)):
            self.element(page, name, text, pointer, **attributes)
        else:
            page.leaf(name, self._plain(text, pointer), **attributes)

    def _plain(self, text: Text, pointer: str) -> str:
        """A text on one line where the target has no markup; X204 when it had some, X305 for line breaks."""
        kept = richtext.plain(text)
        shown = qti.line(kept)
        if any(e.tag != "p" for e in richtext.elements(text)):
            self.losses.add("X204", self.question, "no markup can stand here; it was taken off", pointer)
        elif shown != kept.strip(" \t\n\r"):
            self.losses.add(
                "X305", self.question, "only one line can stand here; the line breaks were taken out", pointer
            )
        return shown

    def _blocks(self, page: Page, nodes: tuple[Node, ...]) -> None:
        """Write nodes where only blocks may stand; what is inline gets a paragraph."""
        run: list[Node] = []
        for node in nodes:
            if isinstance(node, Element) and node.tag in BLOCK:
                self._paragraph(page, run)
                run = []
                self._block(page, node)
            else:
                run.append(node)
        self._paragraph(page, run)

    def _paragraph(self, page: Page, run: list[Node]) -> None:
        if any(isinstance(node, Element) or node.strip() for node in run):
            self._line(page, "p", tuple(run))

    def _line(self, page: Page, name: str, nodes: tuple[Node, ...]) -> None:
        """Write a paragraph; as a `div` where it holds what no paragraph of HTML 5's QTI may."""
        if self.dialect.html5 and any(isinstance(node, Element) and node.tag == "audio" for node in nodes):
            page.mixed("div", **{"class": PARAGRAPH})
            self._inline(page, nodes, flow=True)
        else:
            page.mixed(name)
            self._inline(page, nodes)
        page.close()

    def _block(self, page: Page, node: Element) -> None:
        match node.tag:
            case "p" | "pre":
                self._line(page, node.tag, node.children)
            case "blockquote":
                page.open("blockquote")
                self._blocks(page, node.children)
                page.close()
            case "ul" | "ol":
                self._list(page, node)
            case "table":
                self._table(page, node)
            case "hr":
                page.leaf("hr")
            case _:
                self._flow(page, "div", node.children)

    def _list(self, page: Page, node: Element) -> None:
        items = [child for child in node.children if isinstance(child, Element)]
        if not items:
            return
        if node.get("start") not in (None, "1"):
            self._loss("X305", f"QTI numbers every list from 1; this one began at {node.get('start')}")
        page.open(node.tag)
        for item in items:
            self._flow(page, "li", item.children)
        page.close()

    def _table(self, page: Page, node: Element) -> None:
        parts = [child for child in node.children if isinstance(child, Element)]
        rows = {part.tag: _rows(part) for part in parts if part.tag in ("thead", "tbody")}
        body = rows.get("tbody") or rows.pop("thead", [])
        captions = [part for part in parts if part.tag == "caption"]
        if not body:
            for caption in captions:
                self._paragraph(page, list(caption.children))
            return
        page.open("table")
        for caption in captions:
            page.mixed("caption")
            self._inline(page, caption.children)
            page.close()
        for name, lines in (("thead", rows.get("thead") or []), ("tbody", body)):
            if not lines:
                continue
            page.open(name)
            for cells in lines:
                page.open("tr")
                for cell in cells:
                    self._flow(page, cell.tag, cell.children, **dict(cell.attributes))
                page.close()
            page.close()
        page.close()

    def _flow(self, page: Page, name: str, nodes: tuple[Node, ...], /, **attributes: str) -> None:
        """Write an element with nodes in it where both text and blocks may stand."""
        page.mixed(name, **attributes)
        for node in nodes:
            if isinstance(node, Element) and node.tag in BLOCK:
                self._block(page, node)
            else:
                self._one(page, node, flow=True)
        page.close()

    def _inline(self, page: Page, nodes: tuple[Node, ...], *, flow: bool = False) -> None:
        """Write nodes where no block may stand: a block gives up its element, a line break in its place.

        `flow` says that only the text is to have no blocks, though its place may.
        """
        for i, node in enumerate(nodes):
            if isinstance(node, Element) and (node.tag in BLOCK or node.tag in _FLOW):
                self._loss("X305", f"<{node.tag}> cannot stand inside a line; its text was kept")
                if i:
                    page.leaf("br")
                self._inline(page, tuple(_lines(node)), flow=flow)
            else:
                self._one(page, node, flow=flow)

    def _within(self, page: Page, name: str, nodes: tuple[Node, ...], /, **attributes: str) -> None:
        """Write an inline element with nodes in it."""
        page.mixed(name, **attributes)
        self._inline(page, nodes)
        page.close()

    def _one(self, page: Page, node: Node, *, flow: bool = False) -> None:
        if isinstance(node, str):
            page.text(node)
            return
        match node.tag:
            case "br":
                page.leaf("br")
            case "u" if self.dialect.html5:
                self._within(page, "span", node.children, **{"class": qti.UNDERLINE})
            case "u":
                self._loss("X204", "QTI has no underlining; the words are emphasised instead")
                self._within(page, "em", node.children, **{"class": "underline"})
            case "a":
                self._within(page, "a", node.children, href=qti.link(node.get("href") or ""))
            case "span":
                language = node.get("lang")
                self._within(page, "span", node.children, **({LANGUAGE: language} if language else {}))
            case "img":
                self._image(page, node)
            case "audio":
                self._audio(page, node, flow=flow)
            case "tex":
                self._formula(page, node)
            case "blank":
                if not self.gap(page, node.get("id") or ""):
                    page.text(GAP_SHOWN)
            case tag if tag in _SAME:
                self._within(page, tag, node.children)
            case _:
                self._inline(page, node.children)

    def _image(self, page: Page, node: Element) -> None:
        name = (node.get("src") or "").removeprefix(ASSET_PREFIX)
        alt = node.get("alt")
        try:
            source = self._source(name)
        except AssetError as error:
            self._missing(page, error, alt or self.media.alt(name) or name)
            return
        size = {key: value for key in ("width", "height") if (value := node.get(key)) is not None}
        page.leaf("img", src=source, alt=page.clean(self.media.alt(name) if alt is None else alt), **size)

    def _audio(self, page: Page, node: Element, *, flow: bool) -> None:
        name = (node.get("src") or "").removeprefix(ASSET_PREFIX)
        try:
            source = self._source(name)
            kind = self.media.file(name).media_type
        except AssetError as error:
            self._missing(page, error, name)
            return
        shown = self.media.alt(name) or name
        if self.dialect.html5 and flow:
            page.leaf("audio", shown, controls="true", src=source)
        else:
            page.leaf("object", shown, data=source, type=kind)

    def _source(self, name: str) -> str:
        member = self.media.file(name).member
        self.files.setdefault(member)
        return "../" + qti.path(member)

    def _missing(self, page: Page, error: AssetError, shown: str) -> None:
        self._loss(error.code, str(error))
        self._loss("X203", "the picture or sound could not be packed; its description stands in its place")
        page.text(f"[{shown}]")

    def _formula(self, page: Page, node: Element) -> None:
        tex = "".join(child for child in node.children if isinstance(child, str))
        block = node.get("display") == "block"
        made = mathml.element(tex, block=block)
        if made is not None:
            _math(page, made, tex.strip())
            return
        if tex.strip():
            self._loss(
                "X304", f"the formula {first_words(tex, '')} could not be converted to MathML and is written as TeX"
            )
            page.text(f"\\[{tex}\\]" if block else f"\\({tex}\\)")

    def _loss(self, code: str, message: str) -> None:
        self.losses.add(code, self.question, message, self.pointer)


def _math(page: Page, math: Any, tex: str) -> None:
    """A formula in MathML's own namespace, with its TeX as an annotation."""
    xml = page.xml
    xml.mixed("math", xmlns=mathml.NAMESPACE, **dict(math.attrib))
    xml.mixed("semantics")
    if len(math) == 1:
        _below(page, math[0])
    else:
        xml.mixed("mrow")
        for child in math:
            _below(page, child)
        xml.close()
    xml.leaf("annotation", page.clean(tex), encoding=TEX)
    xml.close()
    xml.close()


def _below(page: Page, node: Any) -> None:
    name = node.tag.rpartition("}")[2]
    page.xml.mixed(name, **dict(node.attrib))
    page.xml.text(node.text or "")
    for child in node:
        _below(page, child)
        page.xml.text(child.tail or "")
    page.xml.close()


def _rows(part: Element) -> list[list[Element]]:
    """The rows of a table's part that have cells."""
    rows = [child for child in part.children if isinstance(child, Element)]
    cells = [[cell for cell in row.children if isinstance(cell, Element)] for row in rows]
    return [row for row in cells if row]


def _lines(node: Element) -> list[Node]:
    """A block's content as one line after the other; a table's cells with blanks between them."""
    if node.tag in ("ul", "ol", "table", "thead", "tbody"):
        parts = [child for child in node.children if isinstance(child, Element)]
        lines: list[Node] = []
        for part in parts:
            if lines:
                lines.append(Element("br"))
            lines.extend(_lines(part))
        return lines
    if node.tag == "tr":
        return [" ".join(richtext.plain_of(cell.children) for cell in node.children if isinstance(cell, Element))]
    return list(node.children)
