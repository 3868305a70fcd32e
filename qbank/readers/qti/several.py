"""Items with several interactions: shared material with a question for each."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any

from lxml import etree

from qbank import richtext
from qbank.model import ONE, ZERO, Group, Information, SubQuestion, Text
from qbank.readers.qti import gaps
from qbank.readers.qti.bodies import KNOWN, Body, interactions_in
from qbank.readers.qti.item import Item, Part, tidy
from qbank.readers.qti.marking import A_TRIFLE
from qbank.readers.qti.nodes import child
from qbank.readers.qti.prose import remove
from qbank.readers.qti.remarks import Explained

_CUT = "qbankCut"
_LINES = frozenset({"p", "div", "li", "td", "th", "blockquote", "pre", "table", "ul", "ol", "itemBody"})

Ask = Callable[[Item, Body], "tuple[Part | None, Text]"]


def several(item: Item, body: Body, ask: Ask) -> Part | None:
    """A group of what each interaction asks; None where one of them is of a form the bank does not have."""
    explained = Explained()
    _general(item, explained)
    item.remarks.in_part = True
    units = _units(body.interactions)
    if len(units) < 2:
        return None
    for number, unit in enumerate(units[:-1]):
        _cut(item.body, unit[-1], number)
    made: list[SubQuestion] = []
    material: Text = ""
    bests: list[Fraction | None] = []
    for number, _ in enumerate(units):
        part_body = _slice(item.body, number, len(units))
        found = Body(
            interactions=[e for e in interactions_in(part_body) if e.tag in KNOWN],
            uploads=body.uploads if len(units) == 1 else [],
            for_scorers=body.for_scorers if number == len(units) - 1 else [],
        )
        if number == 0:
            material = _material(item, part_body, found.interactions[0])
        one = replace(item, body=part_body)
        part, stem = ask(one, found)
        if part is None or part.make is Group:
            return None
        bests.append(part.best)
        fields = {"points": tidy(part.best) if part.best is not None and part.best > 0 else ONE, **part.fields}
        if part.make is Information:
            fields.pop("points")
        if richtext.is_empty(stem):
            stem = f"({number + 1})"
        feedback = part.explained.feedback()
        made.append(part.make(id=f"part{number + 1}", stem=stem, feedback=feedback, **fields))
    item.remarks.in_part = False
    whole = item.marker.score(item.marker.key()) if item.marker.is_marked else None
    known = [best for best in bests if best is not None]
    if whole is not None and whole > 0 and abs(sum(known, ZERO) - whole) > A_TRIFLE:
        item.unread_scoring("its parts are not marked one by one; each was given its own points", body.interactions[0])
    if richtext.is_empty(material):
        material = " ".join((item.root.get("title") or item.name).split())
    return Part(Group, {"questions": tuple(made), "stem": material}, explained, whole)


def _units(interactions: list[Any]) -> list[list[Any]]:
    """The interactions, those in a line of text together where they follow each other."""
    units: list[list[Any]] = []
    for element in interactions:
        if units and element.tag in gaps.INLINE and units[-1][-1].tag in gaps.INLINE:
            units[-1].append(element)
        else:
            units.append([element])
    return units


def _cut(body: Any, element: Any, number: int) -> None:
    """Mark where the text of an interaction ends: behind it, for one in a line behind the line."""
    place = element
    if element.tag in gaps.INLINE:
        while place.getparent() is not body and place.tag not in _LINES:
            place = place.getparent()
    sign = etree.Element(_CUT, n=str(number))
    sign.tail, place.tail = place.tail, None
    place.addnext(sign)


def _slice(body: Any, number: int, count: int) -> Any:
    """A copy of the body with only what lies between two marks."""
    made = deepcopy(body)
    made.tail = None
    signs = {int(sign.get("n")): sign for sign in made.iter(_CUT)}
    if number > 0:
        node = signs[number - 1]
        while node is not made:
            parent = node.getparent()
            parent.text = None
            for other in list(node.itersiblings(preceding=True)):
                parent.remove(other)
            node = parent
    if number < count - 1:
        node = signs[number]
        while node is not made:
            parent = node.getparent()
            node.tail = None
            for other in list(node.itersiblings()):
                parent.remove(other)
            node = parent
    for sign in list(made.iter(_CUT)):
        remove(sign)
    return made


def _material(item: Item, body: Any, first: Any) -> Text:
    """What stands before the first question: all of it where that has a prompt, else all but its last block."""
    top = first
    while top.getparent() is not body:
        top = top.getparent()
    before = list(top.itersiblings(preceding=True))[::-1]
    if child(first, "prompt") is None or first.tag in gaps.INLINE:
        before = before[:-1]
    if not before:
        return ""
    holder = etree.Element("div")
    holder.text, body.text = body.text, None
    for block in before:
        holder.append(block)
    return item.prose.text(holder)


def _general(item: Item, explained: Explained) -> None:
    """Feedbacks that are shown whatever is answered belong to the whole."""
    key = item.marker.key()
    outcomes = [item.marker.outcomes(key), item.marker.outcomes({})]
    rest = []
    for shown in item.remarks.waiting:
        if all(shown.is_visible(found) for found in outcomes):
            explained.add("general", item.remarks.text(shown))
        else:
            rest.append(shown)
    item.remarks.waiting = rest
