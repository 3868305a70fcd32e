"""Option labels: candidates everywhere, and the runs A, B, C ... that agree with each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_LABEL = re.compile(
    r"(?P<lead>(?:^|\n)[ \t]{0,40}(?:(?:[-+>*•·○●◯□☐◻]|\[[ xX√]?\]|\([ √]\)|√|##|=)[ \t]{0,9}){0,4})?"
    r"(?P<open>[(【\[]|\*\*)?[ \t]?(?P<letter>[A-Ha-h])"
    r"(?:[ \t]?(?P<close>[)】\]])[ \t]?(?:[、:]|\.(?![a-z]))?|[ \t]?(?P<sep>[.、:,·\-)。](?:\*\*)?|\*\*)|(?P<blank>[ \t]+)|(?P<bare>))"
)
_TOLD = re.compile(r"[(【\[][ \t]*[A-H](?:[ \t,、;]+[A-H])+[ \t]*[)】\]]")
"""Several letters in one bracket, an answer: `（A、B）`."""
_NAMED = re.compile(
    r"A[、,]\s?B[、,]\s?C(?:[、,]\s?|\s?(?:和|或|与|及|or|and)\s?)D(?:(?:[、,]\s?|\s?(?:和|或|与|及|or|and)\s?)E)?(?=[^A-Za-z.、:\n]{0,3}[四五]?[个项]?[选答项]|[ ]?(?:on|in|for|and|is|best)\b)"
)
"""The letters of the options, named in an instruction: `从A、B、C、D四个选项中`."""
_LATIN = re.compile(r"[A-Za-z0-9]")
_UNIT = re.compile(r"\d[ \t]*[A-Za-zμ]{1,3}\Z")
"""A figure with its unit, right before a label: `A.1.5mB.3.0m`."""
_WINDOW = 8
_FAR = 4000


@dataclass(frozen=True, slots=True)
class Label:
    """A place that may be an option's label."""

    start: int
    """Of the mark itself, or of the markup before it on its line."""
    end: int
    """Where the option's text begins."""
    index: int
    """0 for A."""
    style: str
    score: float
    line: bool
    """Whether it begins its line."""
    opens: bool = False
    """Whether it follows a question's end: a line break, `?`, a closing bracket."""


@dataclass(frozen=True, slots=True)
class Run:
    """Labels that belong to one question, in the order of the text."""

    labels: tuple[Label, ...]
    score: float
    ordered: bool = True

    @property
    def start(self) -> int:
        """Where the first label begins."""
        return self.labels[0].start

    @property
    def last(self) -> Label:
        """The last label in the text."""
        return self.labels[-1]

    @property
    def complete(self) -> bool:
        """Whether the labels run from A without a gap."""
        return sorted(label.index for label in self.labels) == list(range(len(self.labels)))


def labels(text: str) -> list[Label]:
    """Every candidate for an option label in folded text, in order."""
    out: list[Label] = []
    told = sorted([*(m.span() for m in _TOLD.finditer(text)), *(m.span() for m in _NAMED.finditer(text))])
    at = 0
    for match in _LABEL.finditer(text):
        letter = match.start("letter")
        while at < len(told) and told[at][1] <= letter:
            at += 1
        if at < len(told) and told[at][0] < letter:
            continue
        found = _label(text, match)
        if found is not None:
            out.append(found)
    return out


def _label(text: str, match: re.Match[str]) -> Label | None:
    letter, start, end = match["letter"], match.start("letter"), match.end()
    line = match["lead"] is not None or match.start() == 0
    opened = match["open"]
    before = (
        text[match.start("open") - 1 if opened else start - 1]
        if (match.start("open") if opened else start) > 0
        else "\n"
    )
    if match["lead"] is None and match.start("open" if opened else "letter") > 0 and before in "\n":
        line = True
    after = text[end : end + 1]
    lower = letter.islower()
    if match["close"]:
        if opened in {None, "**"}:
            style = ")"
        elif {"(": ")", "【": "】", "[": "]"}[opened] != match["close"]:
            return None
        else:
            style = opened
        score = 2.0
        if opened and not after.strip() and not line:
            score -= 0.5
        if style == ")" and opened is None and not line and not before.isspace() and _LATIN.match(before):
            return None
    elif match["sep"]:
        style = match["sep"][0]
        score = {".": 2.0, "、": 2.0, ":": 1.0, ")": 2.0, ",": 0.8, "·": 1.5, "-": 0.0, "*": 1.0, "。": 1.0}[style]
        if style in ".-:,)" and opened == "(":
            return None
        if style == "." and after.isalpha() and lower:
            return None
        if style == "-" and (_LATIN.match(before) or (after.isalpha() and after.isascii())):
            return None
        if style == "-":
            score -= 0.5
        if style == "*" and opened != "**":
            return None
    elif match["blank"]:
        if lower:
            return None
        style, score = " ", 0.6
        if _LATIN.match(after) and not line:
            score = 0.2
    else:
        if line and not lower and not opened and re.match(r"[ \t]*\n[ \t]*[^\s]", text[end : end + 40]):
            return Label(match.start("letter"), end, ord(letter) - 65, "A\n", 2.2, True, True)
        counted = after.isdigit() and after.isascii() and (line or before.isspace())
        if (
            lower
            or opened
            or (_LATIN.match(after) and not counted)
            or not after.strip()
            or after in ")】]>”\"'’/+=_*^;&%$?!。，…"
        ):
            return None
        style, score = "", -0.4 if after in '(《“"<' or ord(after) > 0x2E80 else -1.5
    if _LATIN.match(before) and not opened and not line:
        # glued to a Latin word (`MINB.MAX`): only a run can make it a label
        if lower or style in {" ", "", ":", ",", "-"}:
            return None
        score -= 0.7 if _UNIT.search(text, max(0, start - 12), start) else 1.8
    elif before in "-_/+&=<>@#$%^" and not line:
        score -= 1.5
    if line:
        score += 1.5
    elif before.isspace() or before in "?。)】;:":
        score += 0.7
    elif lower:
        return None if style != "(" else Label(start - 1, end, ord(letter) - 97, "a(", -1.0, False)
    begin = match.start("open") if opened else start
    if line and match["lead"] is not None:
        lead = match.start("lead")
        begin = lead + 1 if text[lead : lead + 1] == "\n" else lead
    index = ord(letter.upper()) - 65
    opens = line or text[max(0, begin - 9) : begin].rstrip(" \t")[-1:] in set("?)。:】")
    return Label(begin, end, index, ("a" if lower else "A") + style, score, line, opens)


def runs(
    found: list[Label], barriers: list[int], numbers: Sequence[int] = (), answers: Sequence[int] = ()
) -> list[Run]:
    """The best non-overlapping runs: labels that follow each other, in one style as far as may be.

    `barriers` are positions (headings) that no run crosses, `numbers` those of lines with a
    question's number and `answers` those of answers' labels, which a run crosses only at a cost. One pass of dynamic
    programming: each candidate looks back at a few candidates of the labels before its own.
    """
    best: list[float] = []
    back: list[int] = []
    recent: dict[tuple[bool, int], list[int]] = {}
    ended: tuple[float, int] = (0.0, -1)
    done: list[tuple[float, int]] = []  # best finished total before candidate i, and its end
    barrier = 0
    floor = 0
    numbered = [(bisect_left(numbers, x.start), bisect_left(numbers, x.end)) for x in found]
    told = [(bisect_left(answers, x.start), bisect_left(answers, x.end)) for x in found]
    for i, label in enumerate(found):
        while barrier < len(barriers) and barriers[barrier] <= label.start:
            floor = barriers[barrier]
            barrier += 1
        done.append(ended)
        lower = label.style[0] == "a"
        value, origin = float("-inf"), -1
        if label.index == 0:
            value, origin = ended[0] + label.score - 0.5, -2 - ended[1] if ended[1] >= 0 else -2
            origin = -2
        for step in (1, 2):
            for j in reversed(recent.get((lower, label.index - step), [])[-_WINDOW:]):
                other = found[j]
                if other.start < floor or label.start - other.end > _FAR or label.start < other.end:
                    continue
                total = best[j] + label.score + _link(other, label) - (step - 1) * 3.0
                if told[i][0] > told[j][1]:
                    total -= 4.0  # `答案：D. its text` names the option, it is none
                if numbered[i][0] > numbered[j][1]:
                    total -= 3.0 if other.style != label.style else 1.0
                if total > value:
                    value, origin = total, j
        best.append(value)
        back.append(origin)
        if value > float("-inf"):
            recent.setdefault((lower, label.index), []).append(i)
            if label.index > 0 and value > ended[0]:
                ended = (value, i)
    return _traced(found, best, back, done, ended)


def _link(a: Label, b: Label) -> float:
    score = 1.0
    if a.style == b.style:
        score += 1.0
    elif (
        a.style.strip() != b.style.strip()
        and (a.style[1:] in "([【" or b.style[1:] in "([【")
        and a.style[1:]
        and b.style[1:]
    ):
        score -= 2.0
    gap = b.start - a.end
    if gap > 400:
        score -= min(3.0, gap / 800)
    return score


def _traced(
    found: list[Label], best: list[float], back: list[int], done: list[tuple[float, int]], ended: tuple[float, int]
) -> list[Run]:
    out: list[Run] = []
    i = ended[1]
    while i >= 0:
        chain = [i]
        while back[chain[-1]] >= 0:
            chain.append(back[chain[-1]])
        first = chain[-1]
        chain.reverse()
        members = tuple(found[k] for k in chain)
        gain = best[i] - done[first][0]
        out.append(Run(members, gain))
        i = done[first][1]
    out.reverse()
    return [run for run in out if _plausible(run)]


def _plausible(run: Run) -> bool:
    """A run of bare letters in prose is none."""
    if len(run.labels) < 4 and not any(label.index == 1 for label in run.labels):
        return False  # `A …, C …, I …, D …`: letters of something else
    marked = sum(label.line or label.style[1:] not in {"", " "} for label in run.labels)
    strong = sum(label.score >= 1.2 for label in run.labels)
    if len(run.labels) >= 3 and run.complete and run.labels[0].opens and run.score >= 2.5:
        bare = sum(label.style[1:] == "" for label in run.labels)
        return bare <= 1 or bare == len(run.labels) or run.labels[0].score >= 1.2
    return len(run.labels) >= 2 and marked * 2 >= len(run.labels) and run.score >= 2.5 and strong * 2 >= len(run.labels)


def scattered(found: list[Label], start: int, end: int) -> Run | None:
    """Labels between two places that are a permutation of A to N in another order (two columns)."""
    inside = [x for x in found if start <= x.start < end and x.score >= 2.0]
    by_style: dict[str, list[Label]] = {}
    for label in inside:
        by_style.setdefault(label.style, []).append(label)
    for group in by_style.values():
        indices = [label.index for label in group]
        if len(group) >= 3 and sorted(indices) == list(range(len(group))) and indices != sorted(indices):
            return Run(tuple(group), sum(label.score for label in group), ordered=False)
    return None
