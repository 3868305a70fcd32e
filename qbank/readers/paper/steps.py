"""Numbers inside answers and explanations: they count steps and points, not questions."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.parts import Sources
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import OPENS


def without_steps(sources: Sources, inside: list[Mark], start: int, end: int) -> list[Mark]:
    """The numbers without those that count the steps of an explanation, in a section of questions with options."""
    runs = sources.runs_in(start, end)
    parts = sources.fields_in(start, end)
    if len(runs) < 3:
        return inside
    opened = [r.start for r in runs]
    starts = [m.start for m in inside]
    dropped: set[int] = set()
    for part, stop in zip(parts, [*(p.start for p in parts[1:]), end], strict=False):
        if part.name != "explanation" or not part.line:
            continue
        steps: list[Mark] = []
        within = inside[bisect_left(starts, part.end) : bisect_left(starts, stop)]
        mine = [m for m in within if m.line and m.family == "plain"]
        for mark, following in zip(mine, [*(m.start for m in mine[1:]), stop], strict=False):
            if mark.value != len(steps) + 1 or bisect_left(opened, mark.end) != bisect_left(opened, following):
                break
            steps.append(mark)
        if len(steps) >= 2:
            dropped |= {id(m) for m in steps}
    return [m for m in inside if id(m) not in dropped]


_DEMANDED = re.compile(
    r"(?:(?<=\n)|(?<=[。;]))[ \t]*(?:【?(?:要求|问题|请回答|回答问题|试问)】?|根据[^\n]{0,40}(?:回答|要求|计算|完成)|[^\n]{0,12}(?:回答|完成)(?:下列|以下)问题)[^\n]{0,60}?(?:[:。][ \t]*)?(?=\n?[ \t]*[(]1[)])"
)
"""The line that asks, right above (1)."""


def without_facts(sources: Sources, inside: list[Mark], start: int, end: int) -> list[Mark]:
    """The numbers without (1), (2) ... that count the facts of a case, where `要求：` opens the questions below them."""
    text = sources.view.text
    dropped: set[int] = set()
    for demand in _DEMANDED.finditer(text, start, end):
        outer = [m.start for m in inside if m.start < demand.start() and m.line and m.family in {"plain", "di", "cjk"}]
        low = max(outer, default=start)
        facts = [m for m in inside if low < m.start < demand.start() and m.family in {"paren", "circle"}]
        if len(facts) >= 2 and facts[0].value == 1 and not any(sources.fields_in(facts[0].start, demand.start())):
            dropped |= {id(m) for m in facts}
    return [m for m in inside if id(m) not in dropped] if dropped else inside


def answered_unnumbered(sources: Sources, section: Section, inside: list[Mark]) -> bool:
    """Whether open questions without numbers have answers with some: no number stands before the first answer."""
    answers = [f for f in sources.fields_in(section.start, section.end) if f.name == "answer" and f.line]
    if section.kind not in OPENS or len(answers) < 2 or section.kind == "case":
        return False
    first = min((m.start for m in inside if m.line), default=section.end)
    return answers[0].start < first < section.end


_LISTED = re.compile(r"[;；。.,，、][ \t]*\Z")


def without_told(text: str, inside: list[Mark]) -> list[Mark]:
    """Numbers without the answers that are listed on one line: `(1)…;(2)…;(3)…。` below an open question."""
    if sum(m.line and m.family == "plain" for m in inside) < 2:
        return inside
    told: set[int] = set()
    for i, first in enumerate(inside):
        if not first.line or first.family not in {"paren", "circle"} or first.value != 1:
            continue
        run = [first]
        line = text.find("\n", first.end)
        line = len(text) if line < 0 else line
        for mark in inside[i + 1 :]:
            if mark.start >= line:
                break
            if mark.family == first.family and mark.value == run[-1].value + 1:
                run.append(mark)
        parts = [text[a.end : b.start] for a, b in pairwise(run)]
        ends = all(_LISTED.search(part) for part in parts)
        if len(run) >= 3 and ends and not _ASKED.search(text, first.start, line):
            told.update(id(m) for m in run)
    return [m for m in inside if id(m) not in told]


_ASKED = re.compile(r"[?]|[(][ \t]*[)]|_{2,}|[(][ \t]*\d{1,2}[ \t]*分[ \t]*[)]")
