"""Model answers that nothing labels: prose after the question, bullets, one answer for several parts."""

from __future__ import annotations

import re

from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.resolve import question_end
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import OPENS

_PART = re.compile(r"(?:(?<=^)|(?<=\n)|(?<=[\s。;:】]))[ \t]*[(](\d)[)]")


def share_answers(sources: Sources, out: list[Item]) -> None:
    """One answer behind the last part of a question that numbers the parts: each gets its own."""
    groups: dict[int, list[Item]] = {}
    for found in out:
        if found.group is not None and found.group.case:
            groups.setdefault(id(found.group), []).append(found)
    for members in groups.values():
        last = members[-1]
        if (
            len(members) < 2
            or last.raw is None
            or last.raw_span is None
            or any(i.raw is not None for i in members[:-1])
        ):
            continue
        start, end = last.raw_span
        marks = list(_PART.finditer(sources.view.text, start, end))
        if [int(m[1]) for m in marks] != [i.value for i in members]:
            continue
        stops = [*(m.start() for m in marks[1:]), end]
        for found, mark, stop in zip(members, marks, stops, strict=True):
            found.raw, found.raw_span, found.origin = sources.view.raw[mark.end() : stop], (mark.end(), stop), "label"


_TRIVIA = re.compile(r"[^\n?]{8,200}[?][ \t]+\S[^\n?]{0,60}\s*\Z")
"""A question and its few words of answer on one line."""


def split_answers(text: str, section: Section, out: list[Item]) -> None:
    """Where most questions are followed by prose without a label, that prose is the answer."""
    if section.kind is not None and section.kind not in OPENS:
        return
    bare = [i for i in out if i.raw is None and not i.choices and i.stem]
    cut = [_head_end(text, i) or question_end(text[i.stem[0][0] : i.stem[-1][1]]) for i in bare]
    least = 2 if section.kind is not None and len(bare) >= 3 else 6
    if (
        section.kind is None
        and len(bare) >= 3
        and sum(bool(_TRIVIA.match(text, i.stem[0][0], i.stem[-1][1])) for i in bare) * 10 >= len(bare) * 8
    ):
        least = 1
    shown = [
        len(text[i.stem[0][0] + c : i.stem[-1][1]].strip()) >= least if c else False
        for i, c in zip(bare, cut, strict=True)
    ]
    if sum(shown) >= 1 and sum(shown) * 10 >= len(out) * 6:
        for found, yes in zip(bare, shown, strict=True):
            found.hints["split"] = yes
            if yes:
                found.doubt(0.12, "where the answer begins was guessed")


POINT = re.compile(r"\n[ \t]*[-+•·▪◦*][ \t]+(?=\S)")


def listed_answers(text: str, out: list[Item]) -> bool:
    """Whether the bullets under the questions are their answers: some have only one, and none is ticked.

    Gives them to the questions.
    """
    found = [(i, list(POINT.finditer(text, i.stem[0][0], i.stem[-1][1]))) for i in out if not i.choices and i.stem]
    some = [(i, points) for i, points in found if points and i.raw is None]
    if len(some) < 3 or len(some) * 2 < len(out) or not any(len(points) == 1 for _, points in some):
        return False
    if any(re.search(r"\[[xX ]\]|√|##|[(]correct[)]", text[i.start : i.end]) for i, _ in some):
        return False
    for one, points in some:
        start, end = points[0].start(), one.stem[-1][1]
        last = text.find("\n", points[-1].end(), end)
        if 0 <= last - points[-1].end() < _WRAPPED:
            end = last  # so short a point is not wrapped: what follows is none of it
        one.raw, one.raw_span, one.origin, one.model = text[start:end], (start, end), "text", True
        one.stem = [(one.stem[0][0], start)]
        one.doubt(0.12, "the list below was taken for the answer")
    return True


_WRAPPED = 60
"""From how many characters on a line may go on in the next one."""
_FENCE = re.compile(r"\s*(```|~~~)[^\n]*\n.*?\n[ \t]*\1[ \t]*(?=\n|\Z)", re.S)


def _head_end(text: str, found: Item) -> int:
    """Where the line of a Markdown heading ends that is the question; 0 for any other."""
    if found.mark is None or not re.match(r"\s*#{2,6}[ \t]", text[found.mark.start : found.mark.end]):
        return 0
    line = text.find("\n", found.stem[0][0], found.stem[-1][1])
    if line < 0:
        return 0
    fence = _FENCE.match(text, line, found.stem[-1][1])
    if fence is not None:
        # the code below the heading is what it asks about
        line = fence.end()
        if not text[line : found.stem[-1][1]].strip():
            return 0
    found.hints["headed"] = True
    found.head = line
    return line - found.stem[0][0]
