"""Lines of a key: which numbers one answers, and whether a line can be one at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qbank.readers.paper.words import HAN, KIND_WORD

_SAID = r"(?:[A-H]{1,7}(?![A-Za-z])|[a-h](?![A-Za-z])|[√×]|对|错|正确|错误|[TF](?![A-Za-z])|True\b|False\b)"
_PAIR = re.compile(
    r"(?<![\d.A-Za-z])(?:Q(?:uestion)?[ \t.]*|第)?[(\[]?(?P<number>\d{1,3}|[①-⑳])[)\]]?[ \t]*(?:小?题)?[ \t]*"
    rf"(?:[.、:)\-–—=→|]|(?:的?(?:正确)?答案)?[是为选]|答案|应选|[ \t])*[(\[【]?(?P<said>{_SAID})[)\]】]?"
)
_PROSE = re.compile(
    rf"(?:question|no\.?|#)[ \t]*(?P<number>\d{{1,3}})[ \t]*(?:is|=|:)[ \t]*[(]?(?P<said>[A-H])\b[)]?|第[ \t]*(?P<number2>\d{{1,3}}|[{HAN}]{{1,2}})[ \t]*题[^\n。;]{{0,8}}?(?:是|选|为|:)[ \t]*[(]?(?P<said2>{_SAID})",
    re.I,
)
_RANGE = re.compile(
    rf"(?<!\d)(?P<low>\d{{1,3}})[ \t]*[-~—–至到][ \t]*(?P<high>\d{{1,3}})(?:题)?[ \t]*[.:、]?[ \t]*(?P<run>(?:{_SAID}[\s,、;]*)+)"
)
RUN = re.compile(r"(?:[A-H]{1,10}|[√×]{1,10}|[TF]{1,10})(?:[ \t,、;]+(?:[A-H]{1,10}|[√×]{1,10}|[TF]{1,10}))*")
_NUMBERS = re.compile(r"[| \t]*(?:(?:题号|题序|序号|No\.?|Questions?)[| \t]*)?(?:[(]?\d{1,3}[)]?[.、]?[| \t]*)+")
_CELLS = re.compile(rf"[| \t]*(?:(?:参考)?答案|Answers?)?[| \t:]*(?:{_SAID}[| \t]*)+", re.I)
_KIND = re.compile(
    rf"[ \t]*(?:[{HAN}]{{1,2}}[、.][ \t]*)?(?:单项?选择?|多项?选择?|选择|判断|单选|多选)题?[ \t]*[:]?[ \t]*"
)
CALLED = re.compile(
    r"[ \t]*(?:(?:参考|标准|正确)?答案|(?:correct )?answers?|answer key|keys?|solutions?)[ \t]*[:]?[ \t]*", re.I
)


def numbers_told(line: str) -> list[int] | None:
    """The numbers a line answers, none for letters or numbers alone; None for a line that is no part of a key."""
    if len(line) > 600:
        return None
    line = _KIND.sub("", CALLED.sub("", line, count=1), count=1)
    if (ranges := list(_RANGE.finditer(line))) and _rest(line, ranges) <= 2:
        return [v for m in ranges for v in range(int(m["low"]), int(m["high"]) + 1)]
    if (pairs := list(_PAIR.finditer(line))) and _rest(line, pairs) <= 2:
        return [_number(m["number"]) for m in pairs]
    told = list(_PROSE.finditer(line))
    if told and (told[0].start() < 24):
        return [_number(m["number"] or m["number2"]) for m in told]
    if _NUMBERS.fullmatch(line):
        return [int(n) for n in re.findall(r"\d+", line)]
    return [] if _CELLS.fullmatch(line) or RUN.fullmatch(line) else None


def _number(said: str) -> int:
    if said.isdecimal():
        return int(said)
    return ord(said) - 0x245F if "①" <= said <= "⑳" else HAN.find(said[-1]) + 1


def _rest(line: str, found: Sequence[re.Match[str]]) -> int:
    """How many letters and figures of a line no match covers."""
    left = line
    for match in reversed(found):
        left = left[: match.start()] + left[match.end() :]
    return len(re.sub(r"[\W_]|答案|正确|参考", "", left))


_PART = re.compile(
    rf"[ \t#*【\[]*(?:(?:[{HAN}]{{1,3}}[、.:]|[(][{HAN}]{{1,2}}[)]|第[{HAN}\dIVX]{{1,3}}[部大][分题]|[IVX]{{1,4}}[.、]|(?:part|section)[ \t]+\w{{1,4}}\b)[^\n?_]{{0,40}}|[^\n?_\d]{{0,8}}(?:{KIND_WORD})题?[^\n?_\d]{{0,30}})",
    re.I,
)
"""A heading inside a key."""
_LETTERS = re.compile(
    rf"[ \t]*(?:[{HAN}]{{1,3}}[、.:][ \t]*)?(?P<run>(?:[A-H]{{2,10}}|[√×]{{2,10}}|[TF]{{2,10}}|[A-H√×](?=[ \t,、]))(?:[ \t,、;]+(?:[A-H]{{1,10}}|[√×]{{1,10}}|[TF]{{1,10}}))*)[ \t。.]*"
)
_SOLVED = re.compile(r"[ \t]*[(第]?(?P<number>\d{1,3})[ \t]?[)题]?[.、:]?[ \t]*[【\[(]?(?:参考|正确)?答案")
_LOOK = 3000
"""How much of what follows a title is looked at."""


def told_below(text: str, at: int) -> bool:
    """Whether the lines from `at` on, behind a remark or two, are nothing but numbers with answers that count on."""
    values: list[list[int]] = [[]]
    letters = remarks = 0
    solved: list[int] = []
    row: list[int] = []
    for line in text[at : at + _LOOK].split("\n")[:80]:
        if not line.strip():
            continue
        run = _LETTERS.fullmatch(line)
        if run is not None:
            letters += len(re.sub(r"[^A-H√×TF]", "", run["run"]))
        elif _NUMBERS.fullmatch(line):
            row = [int(n) for n in re.findall(r"\d+", line)]
        elif row and _CELLS.fullmatch(line):
            values[-1].extend(row)
            row = []
        elif told := numbers_told(line.strip()):
            if values[-1] and told[0] == 1:
                values.append([])
            values[-1].extend(told)
        elif (one := _SOLVED.match(line)) is not None:
            solved.append(int(one["number"]))
        elif _PART.fullmatch(line.strip()):
            values.append([])
        elif any(values) or letters or (not solved and (remarks == 2 or len(line) > 40 or _ITEM.match(line))):
            break
        else:
            remarks += not solved
    parts = [part for part in values if part] or ([solved] if solved else [])
    counted = all(sorted(part) == list(range(min(part), min(part) + len(part))) for part in parts)
    return counted and sum(map(len, parts)) + letters >= 3


_ITEM = re.compile(r"[ \t]*[(]?\d")
