"""Forms: pages of a form site, where a line with the points stands between a question and its unlettered options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from qbank.readers.paper.choices import drop_common_marks, trailing_mark
from qbank.readers.paper.formsite import SITE
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.parts import Choice, Item, Sources
from qbank.readers.paper.sections import Section

_WORTH = re.compile(
    r"[ \t]*(?:[(]?(?P<points>\d{1,3})[ \t]*(?:points?|分)[)]?|(?P<won>\d{1,3})/(?P<of>\d{1,3}))[ \t]*$", re.I
)
_PROMPT = re.compile(
    r"[ \t]*[(]?(?:(?P<one>mark only one oval|choose one|单选)|(?P<all>check all that apply|select all that apply|tick all that apply|多选))\.?[)]?[ \t]*$",
    re.I,
)
_RIGHT = re.compile(r"[ \t]*(?:correct answers?|正确答案)[ \t]*:?[ \t]*$", re.I)
_FEEDBACK = re.compile(r"[ \t]*(?:feedback|反馈)[ \t]*:?[ \t]*$", re.I)
_NOISE = re.compile(
    r"[ \t]*(?:your answer|enter your answer|other:?|no correct answers?|\*|\.{3,}|_{3,}|submit|clear form|never submit passwords.*|this content is .*|(?:google|microsoft) forms.*|report abuse.*|privacy.*|does this form look suspicious.*|请输入(?:你的)?答案|提交)[ \t]*$",
    re.I,
)
_NUMBER = re.compile(r"[ \t]*(?P<number>\d{1,3})[ \t]*[.)、][ \t]*")
_STAR = re.compile(r"[ \t]*\*[ \t]*$")
_LONGEST = 6
"""Lines a question may be wrapped over."""


@dataclass(slots=True)
class _Block:
    """A question of a form by its lines: where its title begins, where its points stand, where its body begins."""

    title: int
    worth: int
    body: int


def forms(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """The questions of a form; none unless the page shows a form site's words and two questions or more agree."""
    text = sources.view.text
    if not SITE.search(text, start, end):
        return []
    lines = _lines(text, start, end)
    blocks = _blocks(text, lines)
    if len(blocks) < 2:
        return []
    stops = [*(b.title for b in blocks[1:]), len(lines)]
    return [_item(sources, section, lines, block, stop) for block, stop in zip(blocks, stops, strict=True)]


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    out = []
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        out.append((at, stop))
        at = stop + 1
    return out


def _blocks(text: str, lines: list[tuple[int, int]]) -> list[_Block]:
    out: list[_Block] = []
    low = 0
    for i, (a, b) in enumerate(lines):
        if i < low or not (_WORTH.match(text[a:b]) or _PROMPT.match(text[a:b])):
            continue
        last = i - 1
        while last >= low and (not text[slice(*lines[last])].strip() or _STAR.fullmatch(text[slice(*lines[last])])):
            last -= 1
        if last < low or i - last > 3:
            continue
        first = _title(text, lines, last, low)
        body = i + 1
        while body < len(lines) and (
            _WORTH.match(text[slice(*lines[body])]) or _PROMPT.match(text[slice(*lines[body])])
        ):
            body += 1
        out.append(_Block(first, i, body))
        low = body
    return out


def _title(text: str, lines: list[tuple[int, int]], last: int, low: int) -> int:
    """The first line of the question that ends on the line `last`."""
    first = last
    for k in range(last, max(low - 1, last - _LONGEST), -1):
        if not text[slice(*lines[k])].strip():
            break
        first = k
        if _NUMBER.match(text[slice(*lines[k])]):
            return k
    if first == low or not text[slice(*lines[first - 1])].strip():
        return first
    return last


def _item(sources: Sources, section: Section, lines: list[tuple[int, int]], block: _Block, stop: int) -> Item:
    text = sources.view.text
    start, end = lines[block.title][0], lines[stop - 1][1]
    at = start
    mark = None
    if (number := _NUMBER.match(text, start, lines[block.title][1])) is not None:
        at = number.end()
        mark = Mark(start, at, int(number["number"]), "plain", number["number"], 2.0, True)
    close = lines[block.worth][0]
    star = _STAR.search(text[at:close].rstrip())
    found = Item(start, end, section, mark, [(at, at + star.start() if star else close)])
    found.claims.append((start, lines[block.body - 1][1], "question", "form"))
    won = False
    for a, b in lines[block.worth : block.body]:
        worth, prompt = _WORTH.match(text[a:b]), _PROMPT.match(text[a:b])
        if worth is not None and found.points is None:
            found.points = Fraction(worth["points"] or worth["of"]) or None
            won = bool(worth["won"]) and worth["won"] == worth["of"] != "0"
        if prompt is not None:
            found.tag = "multiple" if prompt["all"] else "single"
    body, right, feedback = _body(text, lines, block.body, stop)
    if feedback is not None:
        found.explanation.append(feedback)
        found.claims.append((*feedback, "explanation", "feedback"))
    if len(body) >= 2 or found.tag is not None:
        found.choices = [Choice("", i, a, b) for i, (a, b) in enumerate(body)]
        found.labelled = False
        for choice in found.choices:
            trailing_mark(text, choice)
        drop_common_marks(found)
    if re.search(r"(?:check|select|tick|choose) all that apply|多选", text[at:close], re.I):
        found.tag = "multiple"
    said = right or (body[:1] if won and len(body) == 1 and not found.choices else [])
    if said:
        found.raw = "\n".join(sources.view.raw[a:b] for a, b in said)
        found.raw_span, found.origin = (said[0][0], said[-1][1]), "label"
    found.claims.append((lines[min(block.body, stop - 1)][0], end, "question", "form"))
    found.hints["form"] = True
    if not found.choices and said:
        found.tag = "fill"
    return found


def _body(
    text: str, lines: list[tuple[int, int]], start: int, stop: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], tuple[int, int] | None]:
    """What was offered, what is right, what was said of it."""
    offered: list[tuple[int, int]] = []
    right: list[tuple[int, int]] = []
    current = offered
    for a, b in lines[start:stop]:
        line = text[a:b]
        if _FEEDBACK.match(line):
            last = lines[stop - 1][1]
            return offered, right, (b, last) if text[b:last].strip() else None
        if _RIGHT.match(line):
            current = right
        elif line.strip() and not _NOISE.match(line):
            current.append((a, b))
    return offered, right, None
