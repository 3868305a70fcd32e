"""The body of an item: its interactions, and the text around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qbank.formats.titles import first_words
from qbank.model import Text
from qbank.readers.qti.item import Item
from qbank.readers.qti.nodes import words
from qbank.readers.qti.prose import become, remove, unwrap

KNOWN = frozenset(
    {
        "choiceInteraction",
        "hottextInteraction",
        "orderInteraction",
        "matchInteraction",
        "associateInteraction",
        "gapMatchInteraction",
        "extendedTextInteraction",
        "sliderInteraction",
        "textEntryInteraction",
        "inlineChoiceInteraction",
    }
)
_BLOCKS = frozenset(
    {"p", "div", "li", "td", "th", "pre", "blockquote", "dd", "dt", "caption", "itemBody", "section", "figure"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "feedbackBlock", "templateBlock", "rubricBlock", "contentBody"}
)
_LABEL = re.compile(r"(?:.{0,40}[:：=＝]|\(?[a-zA-Z0-9]{1,2}[).、]?)\s*\Z", re.S)
_UNIT = re.compile(r"[^\s.,;:?!()\[\]。，；：？！（）]{1,12}(?: [^\s.,;:?!。，；：？！]{1,8})?\Z")
_LONGEST_UNIT = 20
_STOP = re.compile(r"[\s.,;:?!)\]。，；：？！）]*\Z")


@dataclass(slots=True)
class Body:
    """What was found in a body."""

    interactions: list[Any] = field(default_factory=list)
    strange: list[Any] = field(default_factory=list)
    """Interactions that the bank has no kind for."""
    buttons: list[str] = field(default_factory=list)
    """The responses of buttons that end an attempt."""
    uploads: list[Any] = field(default_factory=list)
    for_scorers: list[Any] = field(default_factory=list)


def body_of(item: Item) -> Body:
    """Sort out a body: what is not for the candidate is taken out of it."""
    found = Body()
    body = item.body
    for block in [*body.iter("rubricBlock")]:
        _rubric(item, block, found)
    item.remarks.collect(item.root, body)
    for element in [*body.iter("templateBlock", "templateInline")]:
        item.prose.random = True
        unwrap(element)
    every = interactions_in(body)
    has_text = any(e.tag == "extendedTextInteraction" for e in every)
    has_known = any(e.tag in KNOWN for e in every)
    for element in every:
        if element.tag == "endAttemptInteraction":
            found.buttons.append(element.get("responseIdentifier") or "")
            remove(element)
        elif element.tag in KNOWN:
            found.interactions.append(element)
        elif element.tag == "uploadInteraction" and has_text:
            found.uploads.append(element)
            _only(element, ("prompt",))
        elif element.tag == "mediaInteraction" and has_known:
            item.problem("R045", "how often its medium is played is not kept", element)
            _only(element, ("prompt", "object", "audio", "video", "img"))
        else:
            found.strange.append(element)
    if found.strange:
        found.interactions = [e for e in every if e.tag != "endAttemptInteraction"]
    return found


def interactions_in(body: Any) -> list[Any]:
    """The interactions below, in order; none that stands in another one."""
    found = [e for e in body.iter() if isinstance(e.tag, str) and e.tag.endswith("Interaction")]
    return [e for e in found if not any(p.tag.endswith("Interaction") for p in e.iterancestors() if p is not body)]


def _rubric(item: Item, block: Any, found: Body) -> None:
    views = (block.get("view") or "candidate").split()
    if block.getparent() is None:
        return
    if "candidate" in views or ("testConstructor" in views and len(views) > 3):
        unwrap(block)
        return
    remove(block)
    block.tail = None
    if "scorer" in views:
        found.for_scorers.append(block)
    elif words(block):
        item.problem("R045", f"a note for the {', '.join(views)} is not kept: {first_words(words(block), '')!r}", block)


def _only(element: Any, kept: Sequence[str]) -> None:
    """Leave of an interaction only some children, in its place."""
    for part in list(element):
        if part.tag not in kept:
            element.remove(part)
        else:
            part.tail = None
    element.text = None
    unwrap(element)


def stem_without(item: Item, interactions: Sequence[Any], *, with_unit: bool = False) -> Text:
    """The text of the body with the prompts of interactions in their places; the body is used up."""
    for element in interactions:
        if element.getparent() is None:
            continue  # it stood in another one
        match element.tag:
            case "textEntryInteraction" | "inlineChoiceInteraction":
                if with_unit:
                    element.tail = None
                table = next(element.iterancestors("table"), None)
                remove(element)
                if table is not None and not words(table) and not any(table.iter("img", "object", "math", "audio")):
                    remove(table)  # it only put the field in its place
            case "hottextInteraction" | "gapMatchInteraction":
                for gap in [*element.iter("gap")]:
                    become(gap, "span", "____")
                unwrap(element)
            case _ if element.tag in KNOWN:
                _only(element, ("prompt",))
            case _:
                for part in list(element):
                    if part.tag not in ("prompt", "object", "img", "audio", "video", "p", "div"):
                        element.remove(part)
                element.attrib.clear()
                unwrap(element)
    return item.prose.text(item.body)


def unit_behind(item: Item, interaction: Any) -> str | None:
    """The unit behind a field that stands alone, "" where there is none; None where the field is a gap in a text.

    A field stands alone where its line holds nothing else than a label before
    it. Our writer calls the gap of a cloze R1, and every other response RESPONSE.
    """
    if interaction.get("responseIdentifier") == "R1":
        return None
    before, after = _beside(interaction)
    if before.strip() and not _LABEL.match(before.strip()):
        return None
    behind = " ".join(after.split())
    if _STOP.match(behind):
        return ""
    numeric = item.response(interaction).base_type in ("float", "integer")
    if (
        numeric
        and not before.strip()
        and interaction.get("responseIdentifier") == "RESPONSE"
        and len(behind) <= _LONGEST_UNIT
    ):
        return behind
    if numeric and _UNIT.match(behind) and (interaction.tail or "").strip() == behind:
        return behind
    return None


def _beside(interaction: Any) -> tuple[str, str]:
    """The text of a field's line before and behind it."""
    block = interaction
    while block.getparent() is not None and block.tag not in _BLOCKS:
        block = block.getparent()
    before: list[str] = []
    after: list[str] = []
    state = {"seen": False, "ended": False}

    def walk(element: Any) -> None:
        if element is interaction:
            state["seen"] = True
            return
        if element.tag == "br" or (element is not block and element.tag in _BLOCKS):
            if state["seen"]:
                state["ended"] = True
            else:
                before.clear()
        add(element.text)
        for part in element:
            walk(part)
            if part.tag in _BLOCKS:
                if state["seen"]:
                    state["ended"] = True
                else:
                    before.clear()
            add(part.tail)
        if element.tag in ("img", "math", "object", "printedVariable"):
            add("\ufffc")

    def add(text: str | None) -> None:
        if text and not state["ended"]:
            (after if state["seen"] else before).append(text)

    walk(block)
    return "".join(before), "".join(after)
