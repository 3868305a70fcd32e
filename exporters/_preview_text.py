"""Rich text as JSON that a page builds its nodes from, one by one: no markup is ever parsed there.

A text is a string or a list of nodes; a node is a string or `[tag, attributes,
child, ...]`. Pictures and sounds name their asset; the page finds the bytes in
one table, however often they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from qbank import richtext
from qbank.assets import AssetError
from qbank.export import Context
from qbank.formats import mathml
from qbank.model import Html, Question, Text
from qbank.richtext import ASSET_PREFIX, Element, Node

Rich: TypeAlias = str | list[Any]
_NOT_WORDS = frozenset({"img", "audio", "tex", "table", "pre", "sub", "sup", "ul", "ol"})


@dataclass(slots=True)
class Prose:
    """Turns the texts of one question after another; remembers which assets are shown."""

    ctx: Context
    assets: dict[str, bool] = field(default_factory=dict)
    """The names of the assets shown so far, with whether each can be."""

    def rich(self, text: Text, question: Question, pointer: str, gaps: dict[str, int] | None = None) -> Rich:
        """A text for the page; a gap that `gaps` numbers is written where it first stands, any other as a line."""
        tree = richtext.blocks(text)
        if len(tree) == 1 and tree[0].tag == "p":
            children = self._nodes(tree[0].children, question, pointer, gaps)
            if len(children) < 2 and all(isinstance(child, str) for child in children):
                return "".join(children)
            return children
        return self._nodes(tree, question, pointer, gaps)

    def _nodes(self, nodes: Iterable[Node], question: Question, pointer: str, gaps: dict[str, int] | None) -> list[Any]:
        return [node if isinstance(node, str) else self._element(node, question, pointer, gaps) for node in nodes]

    def _element(self, node: Element, question: Question, pointer: str, gaps: dict[str, int] | None) -> Any:
        match node.tag:
            case "tex":
                return self._formula(node, question, pointer)
            case "img" | "audio":
                return self._media(node, question, pointer)
            case "blank":
                number = (gaps or {}).pop(node.get("id") or "", None)
                return "____" if number is None else ["gap", {"n": number}]
            case _:
                return [node.tag, dict(node.attributes), *self._nodes(node.children, question, pointer, gaps)]

    def _formula(self, node: Element, question: Question, pointer: str) -> Any:
        tex = richtext.plain_of(node.children)
        made = mathml.element(tex, block=node.get("display") == "block")
        if made is None:
            if tex.strip():
                self.ctx.loss("X304", question, f"a formula of {question.id} is shown as TeX: {_short(tex)}", pointer)
            return ["code", {"class": "tex"}, tex]
        return _xml(made, {"alttext": tex})

    def _media(self, node: Element, question: Question, pointer: str) -> Any:
        name = (node.get("src") or "").removeprefix(ASSET_PREFIX)
        entry = self.ctx.assets.entries.get(name)
        alt = node.get("alt") or (entry.alt if entry is not None else None) or ""
        if not self._is_there(name):
            self.ctx.loss("X203", question, f"the asset {name!r} of {question.id} cannot be shown", pointer)
            return ["span", {"class": "missing"}, f"[{alt or name}]"]
        if node.tag == "audio":
            return ["audio", {"asset": name}]
        size = {key: value for key in ("width", "height") if (value := node.get(key))}
        return ["img", {"asset": name, "alt": alt, **size}]

    def _is_there(self, name: str) -> bool:
        if name not in self.assets:
            try:
                self.ctx.assets.media_type(name)
                self.ctx.assets.read(name)
                self.assets[name] = True
            except AssetError:
                self.assets[name] = False
        return self.assets[name]


def is_worded(text: Text) -> bool:
    """Whether the plain text says it all, so that it can stand in a list to choose from."""
    return not isinstance(text, Html) or not any(e.tag in _NOT_WORDS for e in richtext.elements(text))


def one_line(text: Text) -> str:
    """The plain text on one line."""
    return " ".join(richtext.plain(text).split())


def _xml(node: Any, more: dict[str, str] | None = None) -> list[Any]:
    """An lxml element as a node."""
    children: list[Any] = [node.text] if node.text else []
    for child in node:
        children.append(_xml(child))
        if child.tail:
            children.append(child.tail)
    attributes = {str(key): str(value) for key, value in sorted(node.attrib.items())}
    return [node.tag.rpartition("}")[2], attributes | (more or {}), *children]


def _short(tex: str) -> str:
    line = " ".join(tex.split())
    return line if len(line) <= 60 else line[:59] + "…"
