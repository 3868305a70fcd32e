"""The one run of question numbers that reads a stretch best, among all the candidates."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from qbank.readers.paper.fields import Field
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.options import Run
from qbank.readers.paper.words import ASKING, COMMAND, OPENS, SURE_GAP, PaperKind

_PRIOR: dict[str, float] = {
    "di": 1.2, "timu": 1.2, "q": 1.2, "case": 0.3, "ask": 0.6, "square": 0.2, "bracket": 0.0, "circle": -1.8,
    "paren": -0.8, "pcjk": -1.2, "cjk": -0.3, "rparen": -0.3, "plain": 0.0, "spaced": -0.6, "alone": -0.6,
}  # fmt: skip


_DEMANDS = re.compile(r"(?:要求|提示|注意|说明|评分标准|注)[ \t]*[:]")
"""What opens a list of demands: it numbers no questions."""


@dataclass(slots=True)
class Facts:
    """Where things stand in a text, so that a stretch of it can be judged in logarithmic time."""

    runs: list[int] = field(default_factory=list)
    inside: list[tuple[int, int]] = field(default_factory=list)
    """From a run's first label to its last: no question begins there."""
    answers: list[int] = field(default_factory=list)
    label_ends: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    """Where answers, explanations and the like begin."""
    text: str = ""
    parts: list[int] = field(default_factory=list)
    """Where parts (a), (b) ... of one question begin."""

    @staticmethod
    def of(text: str, runs: Sequence[Run], labelled: Sequence[Field], parts: Sequence[Run] = ()) -> Facts:
        """The facts of a text."""
        return Facts(
            [r.start for r in runs],
            [(r.start, r.last.start) for r in runs],
            [f.start for f in labelled if f.name == "answer"],
            sorted(
                [
                    *(f.end for f in labelled if f.name in {"answer", "explanation"}),
                    *(m.end() for m in _DEMANDS.finditer(text)),
                ]
            ),
            [f.start for f in labelled if f.name in {"answer", "explanation", "student"}],
            text,
            [r.start for r in parts],
        )

    def runs_in(self, start: int, end: int) -> int:
        """How many option runs begin in a stretch."""
        return bisect_left(self.runs, end) - bisect_left(self.runs, start)

    def answers_in(self, start: int, end: int) -> int:
        """How many answers are labelled in a stretch."""
        return bisect_left(self.answers, end) - bisect_left(self.answers, start)

    def labelled_in(self, start: int, end: int) -> bool:
        """Whether an answer or explanation is labelled in a stretch."""
        return bisect_left(self.values, end) > bisect_left(self.values, start)

    def opens_value(self, at: int) -> bool:
        """Whether a place follows an answer's label directly: a list there is the answer."""
        i = bisect_right(self.label_ends, at) - 1
        return i >= 0 and not self.text[self.label_ends[i] : at].strip()

    def in_run(self, at: int) -> bool:
        """Whether a place lies between the labels of one run."""
        i = bisect_right(self.runs, at) - 1
        return i >= 0 and self.inside[i][0] < at < self.inside[i][1]

    def evidence(self, start: int, end: int, kind: PaperKind | None, main: bool = True) -> float:
        """How much a stretch looks like exactly one question; `main` numbers may lean on the heading."""
        runs, answers = self.runs_in(start, end), self.answers_in(start, end)
        score = 3.0 - 2.5 * (runs - 1) if runs else 0.0
        score += 1.5 - 1.5 * (answers - 1) if answers else 0.0
        if runs:
            # of two numbers before one option run, the nearer one is the question's
            score -= min(1.0, 0.1 * self.text.count("\n", start, self.runs[bisect_left(self.runs, start)]))
        divided = bisect_left(self.parts, end) - bisect_left(self.parts, start)
        score += 3.0 - 2.5 * (divided - 1) if divided else 0.0
        if not runs and not divided:
            opening = self.text[start : min(end, start + 240)]
            line = opening.lstrip().split("\n", 1)[0]
            if SURE_GAP.search(opening):
                score += 1.0
            first = re.split(r"[。?!;\n]", opening, maxsplit=1)[0]
            if (
                ("?" in line[:160] and ASKING.search(line))
                or COMMAND.match(line.lstrip(" *"))
                or (ASKING.search(first) and len(first) < 60)
            ):
                score += 1.6 if "?" in opening[:80] else 1.0
        if kind is not None and main:
            score += 1.0 if kind in OPENS or kind in {"judge", "fill"} else 0.5
        return score or (-0.5 if kind is not None else -1.0)


def reading(
    found: Sequence[Mark], facts: Facts, start: int, end: int, kind: PaperKind | None, after: int = 0
) -> tuple[list[Mark], float]:
    """The run of numbers that reads a stretch best, and its score; empty when no run beats none at all.

    Every family of numbering gets its best path by dynamic programming; the
    family whose path explains most (one option run, one answer, one question
    each) wins. `after` is the last number before the stretch, which may go on.
    """
    best: tuple[float, list[Mark]] = (0.0, [])
    paths: dict[str, list[Mark]] = {}
    families: dict[str, list[Mark]] = {}
    for mark in found:
        families.setdefault(mark.family, []).append(mark)
    for family, group in families.items():
        score, path = _path(_outside_values(group, found, facts), facts, start, end, kind, _PRIOR[family], after)
        paths[family] = path
        if path and score > best[0]:
            best = (score, path)
    return _without_lists(_outer(best[1], paths), facts, end), best[0]


def _without_lists(path: list[Mark], facts: Facts, end: int) -> list[Mark]:
    """Without 1, 2, 3 ... that an answer or explanation lists before the question's own number goes on.

    `【解析】...：1. ...；2. ...` and then question 3: the list begins again at 1 behind
    a label, none of it has options or an answer, and the count it broke into goes on behind it.
    """
    out: list[Mark] = []
    i = 0
    while i < len(path):
        mark = path[i]
        if out and mark.value == 1 and out[-1].value >= 1 and facts.labelled_in(out[-1].end, mark.start):
            j = i
            while (
                j + 1 < len(path)
                and path[j + 1].value == path[j].value + 1
                and (path[j + 1].value != out[-1].value + 1 or not _goes_on(path, j + 1, facts, end))
            ):
                j += 1
            stops = [m.start for m in path[i + 1 : j + 2]] + [end]
            bare = not any(
                facts.runs_in(m.end, stop) or facts.answers_in(m.end, stop)
                for m, stop in zip(path[i : j + 1], stops, strict=False)
            )
            follows = path[j + 1].value == out[-1].value + 1 if j + 1 < len(path) else None
            if bare and (follows or (follows is None and out[-1].value > 1 and _mostly_told(out, facts))):
                i = j + 1
                continue
        out.append(mark)
        i += 1
    return out


def _mostly_told(out: list[Mark], facts: Facts) -> bool:
    """Whether at least every other question so far has an answer; asked once, at the end of a path."""
    told = sum(bool(facts.answers_in(a.end, b.start)) for a, b in pairwise(out))
    return told * 2 >= len(out) - 1


def _goes_on(path: list[Mark], at: int, facts: Facts, end: int) -> bool:
    """Whether a number has options or an answer of its own."""
    stop = path[at + 1].start if at + 1 < len(path) else end
    return bool(facts.runs_in(path[at].end, stop) or facts.answers_in(path[at].end, stop))


def _outer(path: list[Mark], paths: dict[str, list[Mark]]) -> list[Mark]:
    """The numbers around (1), (2) ... that begin again under each of them."""
    if not path or path[0].family not in {"paren", "rparen", "circle", "pcjk"}:
        return path
    ones = [m.start for m in path if m.value == 1]
    for family in ("plain", "cjk", "di", "timu"):
        outer = paths.get(family, [])
        if len(outer) < 2 or not all(m.line for m in outer):
            continue
        stops = [m.start for m in outer[1:]] + [path[-1].start + 1]
        if all(sum(m.start < one < stop for one in ones) == 1 for m, stop in zip(outer, stops, strict=True)):
            return outer
    return path


def unprefixed(path: list[Mark]) -> list[Mark]:
    """A bracket before every number but the first belongs to the question before it."""
    if not path or path[0].before is not None:
        return path
    return [m if m.before is None else replace(m, start=m.before[1], before=None) for m in path]


def _outside_values(group: list[Mark], found: Sequence[Mark], facts: Facts) -> list[Mark]:
    """Without the (1), (2) ... that an answer or explanation lists."""
    if group[0].family not in {"paren", "circle", "rparen", "pcjk"}:
        return group
    heads = [m.start for m in found if m.line and m.family in {"plain", "di", "q", "timu", "cjk"} and m.score >= 1.2]
    if not heads:
        return group
    if group[0].family == "rparen" and sum(m.line and m.start < heads[0] for m in group) >= 3:
        return group  # what counts on before the other begins is not inside it
    out = []
    for mark in group:
        i = bisect_left(facts.values, mark.start)
        head = bisect_left(heads, mark.start)
        labelled = facts.values[i - 1] if i else -1
        if labelled < (heads[head - 1] if head else -1) or labelled < 0:
            out.append(mark)
    return out


def _nested(group: list[Mark], facts: Facts, end: int) -> set[int]:
    """The marks of lists that stand as an answer: 1, 2, 3 ... right after its label."""
    out: set[int] = set()
    i = 0
    while i < len(group):
        if group[i].value == 1 and facts.opens_value(group[i].start):
            chain = [i]
            while i + 1 < len(group) and group[i + 1].value == group[i].value + 1:
                stop = group[i + 2].start if i + 2 < len(group) else end
                if facts.answers_in(group[i + 1].start, stop) or facts.runs_in(group[i + 1].start, stop):
                    break
                i += 1
                chain.append(i)
            out.update(chain)
        i += 1
    return out


def _path(
    group: list[Mark], facts: Facts, start: int, end: int, kind: PaperKind | None, prior: float, after: int
) -> tuple[float, list[Mark]]:
    """The best path through the marks of one family."""
    value: list[float] = []
    back: list[int] = []
    recent: dict[int, list[int]] = {}
    top = -1
    outcome, last = 0.0, -1
    main = prior > -0.5
    nested = _nested(group, facts, end)
    for i, mark in enumerate(group):
        own = mark.score + prior - (5.0 if facts.in_run(mark.start + 1) else 0.0)
        if i in nested:
            own -= 8.0
        gain = (0.0 if mark.value == after + 1 else -1.0 * min(mark.value - 1, 4)) - 2.5 * facts.runs_in(
            start, mark.start
        )
        origin = -1
        options = [(j, 2.0) for j in recent.get(mark.value - 1, [])[-4:]]
        options += [(j, -2.0) for j in recent.get(mark.value, [])[-1:]]
        for skip in (2, 3, 4):
            options += [(j, -1.0 * skip) for j in recent.get(mark.value - skip, [])[-1:]]
        if top >= 0:
            options.append((top, -2.0 if mark.value == 1 else -5.0))
        for j, link in options:
            total = value[j] + link + facts.evidence(group[j].end, mark.start, kind, main)
            if total > gain:
                gain, origin = total, j
        value.append(gain + own)
        back.append(origin)
        recent.setdefault(mark.value, []).append(i)
        if top < 0 or value[i] > value[top]:
            top = i
        closed = value[i] + facts.evidence(mark.end, end, kind, main)
        if closed > outcome:
            outcome, last = closed, i
    path: list[Mark] = []
    while last >= 0:
        path.append(group[last])
        last = back[last]
    path.reverse()
    return outcome, path
