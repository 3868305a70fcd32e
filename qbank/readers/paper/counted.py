"""Options under figures: `1) 54  2) 72  3) 90` or ①②③④ where a paper letters none."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

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
    found = _indented(text, numbers) or found
    if not found:
        found = [*_circled(text, numbers, runs), *_between(text, numbers, runs)] or (
            [] if runs else _alike(text, numbers)
        )
    return found


_OPENS = re.compile(r"(?:[(][ \t]*[)]|_{2,}|[?])[^\n]{0,12}\s*\Z")


def _circled(text: str, numbers: Sequence[Mark], runs: Sequence[Run]) -> list[Run]:
    """Options ①②③ behind a gap, where no letters follow before the next number; two questions at least have to agree."""
    outer = [m.start for m in numbers if m.family in {"plain", "di", "timu", "q", "rparen", "paren"} and m.line]
    lettered = [r.start for r in runs]
    made: list[Run] = []
    circles = [m for m in numbers if m.family == "circle"]
    at = 0
    while at < len(circles):
        chain = [circles[at]]
        while at + len(chain) < len(circles) and circles[at + len(chain)].value == chain[-1].value + 1:
            chain.append(circles[at + len(chain)])
        o = bisect_left(outer, chain[0].start)
        same = o > 0 and bisect_left(outer, chain[-1].start) == o
        stop = outer[o] if o < len(outer) else len(text)
        free = bisect_left(lettered, chain[0].start) == bisect_left(lettered, stop)
        fits = chain[0].value == 1 and 3 <= len(chain) <= 6 and stop - chain[-1].end <= _LONGEST
        if fits and same and free and _OPENS.search(text, outer[o - 1], chain[0].start):
            made.append(Run(tuple(_label(text, m) for m in chain), 2.0 * len(chain)))
        at += len(chain)
    return made if len(made) >= 2 else []


def _between(text: str, numbers: Sequence[Mark], runs: Sequence[Run]) -> list[Run]:
    """`2. Which action is first?` / `1. ...` to `4. ...` / `3. ...`: a count inside the count, behind a question mark."""
    plain = [m for m in numbers if m.line and m.family == "plain"]
    lettered = [r.start for r in runs]
    made: list[Run] = []
    at = 1
    while at < len(plain):
        size = 1
        while at + size < len(plain) and plain[at + size].value == size + 1 and size < 6:
            size += 1
        above = plain[at - 1]
        after = plain[at + size] if at + size < len(plain) else None
        # the last of the inner count may be the next of the outer one
        if plain[at].value == 1 and size > above.value and (after is None or after.value != above.value + 1):
            for short in (5, 4, 3):
                if short < size and plain[at + short].value == above.value + 1:
                    size, after = short, plain[at + short]
                    break
        chain = plain[at : at + size]
        if (
            3 <= size <= 6
            and chain[0].value == 1
            and after is not None
            and after.value == above.value + 1
            and _OPENS.search(text, above.end, chain[0].start)
            and bisect_left(lettered, above.start) == bisect_left(lettered, after.start)
            and all(b.start - a.end <= 160 for a, b in pairwise([*chain, after]))
            and not any("?" in text[a.end : b.start] for a, b in pairwise([*chain, after]))
        ):
            made.append(Run(tuple(_label(text, m) for m in chain), 2.0 * size))
            at += size
        at += 1
    return made


def _alike(text: str, numbers: Sequence[Mark]) -> list[Run]:
    """`1)` to `4)` under every number of a paper without letters: lists of one length, short lines that ask nothing."""
    outer = [m for m in numbers if m.line and m.family in {"plain", "q"}]
    inner = [m for m in numbers if m.line and m.family == "rparen"]
    made: list[Run] = []
    starts = [m.start for m in inner]
    for above, stop in zip(outer, [*(m.start for m in outer[1:]), len(text)], strict=False):
        chain = inner[bisect_left(starts, above.end) : bisect_left(starts, stop)]
        if not chain:
            continue
        lines = [text[a.end : b].strip() for a, b in zip(chain, [*(m.start for m in chain[1:]), stop], strict=True)]
        if [m.value for m in chain] not in ([1, 2, 3, 4], [1, 2, 3, 4, 5]) or any(
            not line or len(line) > 200 or "?" in line for line in lines[:-1]
        ):
            return []
        made.append(Run(tuple(_label(text, m) for m in chain), 2.0 * len(chain)))
    sizes = {len(run.labels) for run in made}
    return made if len(made) >= 3 and len(sizes) == 1 else []


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
