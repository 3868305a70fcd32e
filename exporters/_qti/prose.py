"""Rich text as the XHTML of QTI 2: paragraphs, tables, MathML, pictures, and nothing its schema refuses.

QTI 2.1 has no `u`, no `start` on lists and no `audio`; a body holds blocks only,
a `blockquote` too, and inside a paragraph or an inline element no block may stand.
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

from .losses import Losses
from .media import Media
from .tree import LANGUAGE, Tree

Gap = Callable[[Any, str], bool]
"""Writes the interaction of a gap into a parent; False where the gap has none."""

_SAME = frozenset({"em", "strong", "sub", "sup", "code"})
_FLOW = frozenset({"div", "li", "td", "th"})
GAP_SHOWN = "____"


def _no_gap(parent: Any, name: str) -> bool:
    return False


@dataclass(slots=True)
class Prose:
    """Writes the texts of one item."""

    tree: Tree
    media: Media
    losses: Losses
    question: Question
    files: dict[str, None] = field(default_factory=dict)
    """The members of the package that the item shows, in order."""
    gap: Gap = _no_gap
    pointer: str = ""

    def blocks(self, parent: Any, text: Text, pointer: str) -> None:
        """Write a text as block elements, for a parent that holds nothing else."""
        if isinstance(text, str) and "\n" not in text:
            if text:
                self.tree.add(parent, "p", text)
            return
        self.pointer = pointer
        self._blocks(parent, richtext.blocks(text))

    def flow(self, parent: Any, text: Text, pointer: str) -> None:
        """Write a text for a parent that holds both: a single paragraph without its `p`."""
        if isinstance(text, str) and "\n" not in text:
            self.tree.write(parent, text)
            return
        self.pointer = pointer
        nodes = richtext.blocks(text)
        if len(nodes) == 1 and nodes[0].tag == "p":
            self._inline(parent, nodes[0].children)
        else:
            self._blocks(parent, nodes)

    def plain(self, text: Text, pointer: str) -> str:
        """A text on one line where the target has no markup; X204 when it had some, X305 for line breaks."""
        kept = richtext.plain(text)
        shown = qti.line(kept)
        if any(e.tag != "p" for e in richtext.elements(text)):
            self.losses.add("X204", self.question, "no markup can stand here; it was taken off", pointer)
        elif shown != kept.strip():
            self.losses.add(
                "X305", self.question, "only one line can stand here; the line breaks were taken out", pointer
            )
        return shown

    def _blocks(self, parent: Any, nodes: tuple[Node, ...]) -> None:
        """Write nodes where only blocks may stand; what is inline gets a paragraph."""
        run: list[Node] = []
        for node in nodes:
            if isinstance(node, Element) and node.tag in BLOCK:
                self._paragraph(parent, run)
                run = []
                self._block(parent, node)
            else:
                run.append(node)
        self._paragraph(parent, run)

    def _paragraph(self, parent: Any, run: list[Node]) -> None:
        if any(isinstance(node, Element) or node.strip() for node in run):
            self._inline(self.tree.add(parent, "p"), tuple(run))

    def _block(self, parent: Any, node: Element) -> None:
        match node.tag:
            case "p" | "pre":
                self._inline(self.tree.add(parent, node.tag), node.children)
            case "blockquote":
                self._blocks(self.tree.add(parent, "blockquote"), node.children)
            case "ul" | "ol":
                self._list(parent, node)
            case "table":
                self._table(parent, node)
            case "hr":
                self.tree.add(parent, "hr")
            case _:
                self._flow(self.tree.add(parent, "div"), node.children)

    def _list(self, parent: Any, node: Element) -> None:
        items = [child for child in node.children if isinstance(child, Element)]
        if not items:
            return
        if node.get("start") not in (None, "1"):
            self._loss("X305", f"QTI numbers every list from 1; this one began at {node.get('start')}")
        made = self.tree.add(parent, node.tag)
        for item in items:
            self._flow(self.tree.add(made, "li"), item.children)

    def _table(self, parent: Any, node: Element) -> None:
        parts = [child for child in node.children if isinstance(child, Element)]
        rows = {part.tag: _rows(part) for part in parts if part.tag in ("thead", "tbody")}
        body = rows.get("tbody") or rows.pop("thead", [])
        captions = [part for part in parts if part.tag == "caption"]
        if not body:
            for caption in captions:
                self._paragraph(parent, list(caption.children))
            return
        table = self.tree.add(parent, "table")
        for caption in captions:
            self._inline(self.tree.add(table, "caption"), caption.children)
        for name, lines in (("thead", rows.get("thead") or []), ("tbody", body)):
            if not lines:
                continue
            section = self.tree.add(table, name)
            for cells in lines:
                line = self.tree.add(section, "tr")
                for cell in cells:
                    self._flow(self.tree.add(line, cell.tag, **dict(cell.attributes)), cell.children)

    def _flow(self, parent: Any, nodes: tuple[Node, ...]) -> None:
        """Write nodes where both text and blocks may stand."""
        for node in nodes:
            if isinstance(node, Element) and node.tag in BLOCK:
                self._block(parent, node)
            else:
                self._one(parent, node)

    def _inline(self, parent: Any, nodes: tuple[Node, ...]) -> None:
        """Write nodes where no block may stand: a block gives up its element, a line break in its place."""
        for node in nodes:
            if isinstance(node, Element) and (node.tag in BLOCK or node.tag in _FLOW):
                self._loss("X305", f"<{node.tag}> cannot stand inside a line; its text was kept")
                if len(parent) or parent.text:
                    self.tree.add(parent, "br")
                self._inline(parent, tuple(_lines(node)))
            else:
                self._one(parent, node)

    def _one(self, parent: Any, node: Node) -> None:
        if isinstance(node, str):
            self.tree.write(parent, node)
            return
        match node.tag:
            case "br":
                self.tree.add(parent, "br")
            case "u":
                self._loss("X204", "QTI has no underlining; the words are emphasised instead")
                self._inline(self.tree.add(parent, "em", **{"class": "underline"}), node.children)
            case "a":
                self._inline(self.tree.add(parent, "a", href=qti.link(node.get("href") or "")), node.children)
            case "span":
                language = node.get("lang")
                made = self.tree.add(parent, "span")
                if language:
                    made.set(LANGUAGE, language)
                self._inline(made, node.children)
            case "img":
                self._image(parent, node)
            case "audio":
                self._audio(parent, node)
            case "tex":
                self._formula(parent, node)
            case "blank":
                if not self.gap(parent, node.get("id") or ""):
                    self.tree.write(parent, GAP_SHOWN)
            case tag if tag in _SAME:
                self._inline(self.tree.add(parent, tag), node.children)
            case _:
                self._inline(parent, node.children)

    def _image(self, parent: Any, node: Element) -> None:
        name = (node.get("src") or "").removeprefix(ASSET_PREFIX)
        alt = node.get("alt")
        try:
            source = self._source(name)
        except AssetError as error:
            self._missing(parent, error, alt or self.media.alt(name) or name)
            return
        made = self.tree.add(parent, "img", src=source, alt=self.media.alt(name) if alt is None else alt)
        for key in ("width", "height"):
            value = node.get(key)
            if value is not None:
                made.set(key, value)

    def _audio(self, parent: Any, node: Element) -> None:
        name = (node.get("src") or "").removeprefix(ASSET_PREFIX)
        try:
            source = self._source(name)
            kind = self.media.file(name).media_type
        except AssetError as error:
            self._missing(parent, error, name)
            return
        self.tree.add(parent, "object", self.media.alt(name) or name, data=source, type=kind)

    def _source(self, name: str) -> str:
        member = self.media.file(name).member
        self.files.setdefault(member)
        return "../" + qti.path(member)

    def _missing(self, parent: Any, error: AssetError, shown: str) -> None:
        self._loss(error.code, str(error))
        self._loss("X203", "the picture or sound could not be packed; its description stands in its place")
        self.tree.write(parent, f"[{shown}]")

    def _formula(self, parent: Any, node: Element) -> None:
        tex = "".join(child for child in node.children if isinstance(child, str))
        block = node.get("display") == "block"
        made = mathml.element(tex, block=block)
        if made is not None:
            parent.append(made)
            return
        if tex.strip():
            self._loss(
                "X304", f"the formula {first_words(tex, '')} could not be converted to MathML and is written as TeX"
            )
            self.tree.write(parent, f"\\[{tex}\\]" if block else f"\\({tex}\\)")

    def _loss(self, code: str, message: str) -> None:
        self.losses.add(code, self.question, message, self.pointer)


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
