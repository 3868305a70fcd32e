"""Matching and ordering questions: which question two lists belong to, and what an answer says of them."""

from __future__ import annotations

import re

from qbank.readers.paper.clean import clean
from qbank.readers.paper.pairing import MATCHES, ORDERS, Columns, order_told, partners
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.sections import Section
from qbank.readers.paper.view import View, fold

_NUMBER = re.compile(
    r"[ \t#>*]*(?:第?[一二三四五六七八九十]{1,3}(?:大题|部分)?[、.:]|[(][一二三四五六七八九十]{1,3}[)])[ \t]*|[ \t#>*]*(?:(?:part|section)[ \t]+\w{1,4}[:.]?|[IVX]{1,4}[.)])[ \t]*",
    re.I,
)
_WORTH = re.compile(r"[ \t]*[,，(（]?[^()（）,，]{0,16}\d[ \t]*(?:分|points?|marks?)[^()（）]{0,12}[)）]?[ \t]*$", re.I)
_ASIDE = re.compile(r"^(?:连线|匹配|配对|配伍)题?[ \t]*[(（](?P<inner>[^()（）]{6,}?)[)）]?$")
_GAPS = re.compile(r"^[ \t]*[(（][ \t\u3000]*[)）][ \t]*(?P<text>\S[^\n]*?)[ \t]*$", re.M)
_CIRCLE = re.compile(r"[①-⑩]")
_COMMANDS = re.compile(
    r"^\W*(?:请)?(?:你)?(?:将|把|按|给|对|put|arrange|place|order|rearrange|sequence|number|list)", re.I
)


def place(sources: Sources, section: Section, columns: Columns, items: list[Item]) -> None:
    """Give two lists to the question around them, or make one of the line that asks to match them."""
    text = sources.view.text
    around = next((i for i in items if i.start <= columns.start < i.end), None)
    if (
        around is not None
        and around.mark is not None
        and around.mark.end <= columns.lead[1]
        and around.start <= columns.lead[0]
    ):
        begin = around.stem[0][0] if around.stem else around.mark.end
        around.stem = [(min(begin, columns.lead[1]), columns.start)]
        around.columns, around.choices = columns, []
        _beside(around, columns)
        return
    if around is not None:
        # the question before it ends where the lists' own line begins
        around.end = min(around.end, columns.lead[0])
        around.stem = [(a, min(b, columns.lead[0])) for a, b in around.stem if a < columns.lead[0]]
    start, end = columns.lead
    if (number := _NUMBER.match(text, start, end)) is not None:
        start = number.end()
    stop = next((i.start for i in items if i.start >= columns.end), section.end)
    fields = sources.fields_in(columns.end, stop)
    found = Item(max(columns.lead[0], section.start), stop if fields else columns.end, section, None, [(start, end)])
    if (worth := _WORTH.search(text[start:end])) is not None:
        found.stem = [(start, start + worth.start())]
    found.columns = columns
    if fields and fields[0].name == "answer":
        after = fields[1].start if len(fields) > 1 else stop
        found.raw, found.raw_span, found.origin = (
            sources.view.raw[fields[0].end : after],
            (fields[0].end, after),
            "label",
        )
        found.claims.append((fields[0].start, after, "answer", fields[0].label))
    _beside(found, columns)
    items.append(found)


def _beside(found: Item, columns: Columns) -> None:
    """Note the answers that stand beside the prompts, and whose the lists are."""
    found.claims.append((columns.start, columns.end, "option", "two lists"))
    found.tag = "match"
    if found.raw is None and all(columns.given):
        found.raw = " ".join(f"{n}{letter}" for (n, _, _), letter in zip(columns.prompts, columns.given, strict=True))
        found.origin = "before"


def matching(view: View, item: Item, raw: str) -> tuple[str, list[str], list[str], dict[int, int] | None]:
    """The stem, the prompts, the choices and, prompt to choice by place, the answer."""
    assert item.columns is not None
    prompts = [clean(view.raw[a:b]) for _, a, b in item.columns.prompts]
    choices = [clean(view.raw[a:b]) for _, a, b in item.columns.choices]
    stem = clean(raw).strip(" :：")
    if (inner := _ASIDE.match(stem)) is not None:
        stem = inner["inner"]
    told = partners(item.raw, item.columns, prompts, choices) if item.raw is not None else None
    return stem, prompts, choices, told


_ARROW = re.compile(
    r"\s*(?P<left>[^→,;\n][^→;\n]{0,80}?)\s*(?:→|=>|->|–>)\s*(?P<right>[^→;\n]{1,120}?)\s*(?=[,;\n][^→]*?(?:→|=>|->)|\Z)"
)


def arrows(item: Item, raw: str) -> tuple[str, list[str], list[str], dict[int, int]] | None:
    """A matching question told by its answer alone: `France → Paris, Japan → Tokyo`; None for any other."""
    if item.raw is None or not MATCHES.search(fold(raw)):
        return None
    found = [(m["left"].strip(" ,"), m["right"].strip(" ,.")) for m in _ARROW.finditer(item.raw.strip())]
    choices = list(dict.fromkeys(right for _, right in found))
    if len(found) < 2 or len(choices) < 2 or not all(left and right for left, right in found):
        return None
    lines = raw.split("\n")
    first = next((i for i, line in enumerate(lines) if any(line.strip() == left for left, _ in found)), len(lines))
    stem = clean("\n".join(lines[:first]) if "".join(lines[:first]).strip() else raw)
    return stem, [left for left, _ in found], choices, {i: choices.index(right) for i, (_, right) in enumerate(found)}


def ordering(view: View, item: Item, raw: str) -> tuple[str, list[str], list[int] | None] | None:
    """The stem, the things to put in order and their order; None for a question that asks for none."""
    flat = fold(raw)
    if not ORDERS.search(flat):
        return None
    if (lines := list(_GAPS.finditer(flat))) and len(lines) >= 3:
        things = [clean(raw[slice(*m.span("text"))]) for m in lines]
        ranks = order_told(item.raw, len(things)) if item.raw is not None else None
        order = sorted(range(len(things)), key=ranks.__getitem__) if ranks is not None else None
        return clean(raw[: lines[0].start()]), things, order
    if len(item.choices) >= 3:
        things = [clean(view.raw[c.start : c.end]).rstrip(";；,，") for c in item.choices]
        order = order_told(item.raw, len(things)) if item.raw is not None else None
        told = order is not None or (item.raw is None and _COMMANDS.match(flat) and "?" not in flat and "(" not in flat)
        return (clean(raw), things, order) if told else None
    circles = list(_CIRCLE.finditer(flat))
    if len(circles) >= 3 and [ord(m[0]) - 0x245F for m in circles] == list(range(1, len(circles) + 1)):
        stops = [*(m.start() for m in circles[1:]), len(flat)]
        things = [clean(raw[m.end() : b]).strip(" ;；,，。") for m, b in zip(circles, stops, strict=True)]
        order = order_told(item.raw, len(things)) if item.raw is not None else None
        if order is not None and all(things):
            return clean(raw[: circles[0].start()]).rstrip(":："), things, order
    return None
