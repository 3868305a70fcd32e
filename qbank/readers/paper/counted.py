"""Options under figures: `1) 54  2) 72  3) 90` or ①②③④ where a paper letters none."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from qbank.readers.paper.fields import Field
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.options import Label, Run

_FAMILIES = ("rparen", "paren", "circle", "plain")
_OUTER = frozenset({"plain", "q", "di", "timu", "cjk", "square", "bracket", "ask", "alone"})
_NAMES = re.compile(
    r"[\s*]*[(]?(?:选项|选|option[ ]?)?[ \t]*(?:[1-6](?:[\s,、;&]*[1-6])*|[①-⑥](?:[\s,、;]*[①-⑥])*)[)]?[\s.。*]*(?:\n|\Z|(?=[^\d.]))",
    re.I,
)
_LISTED = re.compile(r"[ \t]*[(]?1[.、)](?!\d)[^\n]{2,200}?[\n;。.][ \t]*[(]?2[.、)](?!\d)")
"""An answer that begins a list of points."""
_LONGEST = 400


def counted_runs(
    text: str, numbers: Sequence[Mark], runs: Sequence[Run], labelled: Sequence[Field], barriers: Sequence[int]
) -> list[Run]:
    """Lists 1, 2, 3 ... that are a question's options.

    Such a list stands under a question's number, no lettered
    options follow it, and an answer that is a figure comes right after; two
    questions at least have to agree, unless the answer is written ①, which says it all.
    """
    answers = [f for f in labelled if f.name == "answer"]
    opened = sorted([*(r.start for r in runs), *barriers])
    found: list[Run] = []
    for family in _FAMILIES:
        group = [m for m in numbers if m.family == family]
        outer = [m.start for m in numbers if m.family in _OUTER and m.family != family and m.line]
        made: list[Run] = []
        at = 0
        while at < len(group):
            chain = [group[at]]
            while (
                at + len(chain) < len(group)
                and group[at + len(chain)].value == chain[-1].value + 1
                and group[at + len(chain)].start - chain[-1].end <= _LONGEST
                and len(chain) < 6
                and not _told_between(answers, chain[-1].end, group[at + len(chain)].start)
            ):
                chain.append(group[at + len(chain)])
            own = [group[at - 1].start] if at and group[at - 1].line and family in {"plain", "rparen"} else []
            above = outer if not own or (outer and outer[0] < own[0] and family == "rparen") else own
            if chain[0].value == 1 and len(chain) >= 3 and _answered(text, chain, answers, opened, above):
                made.append(Run(tuple(_label(text, m) for m in chain), 2.0 * len(chain)))
                at += len(chain)
            else:
                at += 1
        if len(made) >= (1 if family == "circle" else 2):
            found.extend(made)
    return _indented(text, numbers) or found


_FIGURES = re.compile(
    r"(?:answers?|ans|答案)[ \t]*[:.]?[ \t]*[1-6](?:[ \t]*(?:[,、;&]|and)[ \t]*[1-6])*[ \t.]*$", re.M | re.I
)
"""An answer that is nothing but figures."""


def _indented(text: str, numbers: Sequence[Mark]) -> list[Run]:
    """Options under figures with a key of figures: each list is set in, under a number that is not."""
    plain = [m for m in numbers if m.line and m.family in {"plain", "rparen"}]
    made: list[Run] = []
    at = 1
    while at < len(plain):
        chain = [plain[at]]
        while (
            at + len(chain) < len(plain)
            and plain[at + len(chain)].value == chain[-1].value + 1
            and _indent(text, plain[at + len(chain)]) == _indent(text, chain[0])
            and len(chain) < 6
        ):
            chain.append(plain[at + len(chain)])
        above = plain[at - 1] if not made or made[-1].last.end <= plain[at - 1].start else None
        if (
            above is not None
            and chain[0].value == 1
            and len(chain) >= 3
            and _indent(text, chain[0]) > _indent(text, above)
            and above.value == len(made) + 1
        ):
            made.append(Run(tuple(_label(text, m) for m in chain), 2.0 * len(chain)))
            at += len(chain)
        at += 1
    return made if len(made) >= 3 and len(_FIGURES.findall(text)) * 5 >= len(made) * 4 else []


def _indent(text: str, mark: Mark) -> int:
    body = text[mark.start : mark.end]
    return len(body) - len(body.lstrip(" \t"))


def _told_between(answers: Sequence[Field], start: int, end: int) -> bool:
    i = bisect_left(answers, start, key=lambda f: f.start)
    return i < len(answers) and answers[i].start < end


def _answered(
    text: str, chain: Sequence[Mark], answers: Sequence[Field], opened: Sequence[int], outer: Sequence[int]
) -> bool:
    """Whether a question's number stands above and a figure is given as the answer below."""
    i = bisect_left(answers, chain[-1].end, key=lambda f: f.start)
    if i == len(answers) or answers[i].start - chain[-1].end > _LONGEST:
        return False
    follows = answers[i]
    o = bisect_left(outer, chain[0].start)
    if not o or bisect_left(outer, follows.start) != o:
        return False
    if bisect_left(opened, outer[o - 1]) != bisect_left(opened, follows.start):
        return False
    if _LISTED.match(text, follows.end):
        return False
    named = _NAMES.match(text, follows.end)
    return named is not None and (chain[0].family != "circle" or bool(re.search("[①-⑥]", named[0])))


def _label(text: str, mark: Mark) -> Label:
    start = mark.start + len(text[mark.start : mark.end]) - len(text[mark.start : mark.end].lstrip())
    return Label(start, mark.end, mark.value - 1, "1" + mark.family, 2.0, mark.line, True)
