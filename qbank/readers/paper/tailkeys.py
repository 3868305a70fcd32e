"""Keys that nothing announces, or nothing usual: the lines at the end of a paper that only number letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qbank.readers.paper.headings import Heading
from qbank.readers.paper.words import HAN, Promise

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
_RUN = re.compile(r"(?:[A-H]{1,10}|[√×]{1,10}|[TF]{1,10})(?:[ \t,、;]+(?:[A-H]{1,10}|[√×]{1,10}|[TF]{1,10}))*")
_NUMBERS = re.compile(r"[| \t]*(?:(?:题号|题序|序号|No\.?|Questions?)[| \t]*)?(?:[(]?\d{1,3}[)]?[.、]?[| \t]*)+")
_CELLS = re.compile(rf"[| \t]*(?:(?:参考)?答案|Answers?)?[| \t:]*(?:{_SAID}[| \t]*)+", re.I)
_HEADER = re.compile(
    r"[^\n。?]{0,24}?(?:答[ ]{0,4}案|\banswers?\b|\bkeys?\b|\bsolutions?\b|(?:quick|correct)[ ]check)[^\n?]{0,24}$",
    re.I,
)
_TABLE_HEAD = re.compile(r"[| \t]*(?:题号|question|no\.?|#)[| \t]+(?:答案|answers?|key)[| \t]*", re.I)
_RULE = re.compile(r"[\s|:+=_~·*—–-]+")
_OPTION = re.compile(r"(?:^|[ \t\n])[(【\[]?A[ \t]?[.、:)】\]][ \t]*\S")
_KIND = re.compile(
    rf"[ \t]*(?:[{HAN}]{{1,2}}[、.][ \t]*)?(?:单项?选择?|多项?选择?|选择|判断|单选|多选)题?[ \t]*[:]?[ \t]*"
)
_CALLED = re.compile(
    r"[ \t]*(?:(?:参考|标准|正确)?答案|(?:correct )?answers?|answer key|keys?|solutions?)[ \t]*[:]?[ \t]*", re.I
)
_LEAST = 3


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


def tail_key(text: str, start: int, end: int, heads: Sequence[Heading]) -> Heading | None:
    """A key's heading for the lines at the end of a paper that are nothing but answers; None where they are not.

    A paper that has a key, or labels the answers of its questions, needs none.
    """
    if any(h.level == "key" for h in heads):
        return None
    asked = len(_OPTION.findall(text, start, end))
    if asked < _LEAST:
        return None
    lines = list(_tail(text, start, end))
    block: list[_Line] = []
    values: list[int] = []
    for line in lines:
        told = _values(line.text)
        if told is None and not _RULE.fullmatch(line.text) and not _TABLE_HEAD.fullmatch(line.text):
            break
        block.append(line)
        values[:0] = told or []
    while (
        block
        and (_values(block[-1].text) is None or _RULE.fullmatch(block[-1].text))
        and not _TABLE_HEAD.fullmatch(block[-1].text)
    ):
        block.pop()
    body = "\n".join(line.text for line in reversed(block))
    header = next(
        (
            line
            for line in lines[len(block) : len(block) + 1]
            if _HEADER.fullmatch(line.text.strip(" \t#*=-—–_【】[]()"))
        ),
        None,
    )
    if not block:
        return _inline(text, lines, asked)
    counted = values and values[0] == 1 and all(b in {a + 1, 1} for a, b in pairwise(values))
    run = "".join(re.findall(r"[A-H√×TF]", body))
    least = asked * 0.6
    enough = (counted and len(values) >= max(_LEAST, least)) or (
        header is not None and not values and abs(len(run) - asked) <= asked * 0.2 and len(run) >= _LEAST
    )
    if not enough:
        return _inline(text, lines, asked)
    first = header or block[-1]
    called = _CALLED.match(text, first.start, first.end)
    stop = header.end if header is not None else called.end() if called is not None else first.start
    return Heading(first.start, stop, header.text.strip() if header is not None else "答案", None, Promise(""), "key")


def _tail(text: str, start: int, end: int) -> Iterator[_Line]:
    """The lines of a stretch from its end on, without the empty ones."""
    stop = end
    while stop > start:
        at = text.rfind("\n", start, stop)
        begin = at + 1 if at >= 0 else start
        if text[begin:stop].strip():
            yield _Line(begin, stop, text[begin:stop].strip())
        stop = at if at >= 0 else start


def _values(line: str) -> list[int] | None:
    """The numbers a line answers, none for letters or numbers alone; None for a line that is no part of a key."""
    if len(line) > 600:
        return None
    line = _KIND.sub("", _CALLED.sub("", line, count=1), count=1)
    if (ranges := list(_RANGE.finditer(line))) and _rest(line, ranges) <= 2:
        return [v for m in ranges for v in range(int(m["low"]), int(m["high"]) + 1)]
    if (pairs := list(_PAIR.finditer(line))) and _rest(line, pairs) <= 2:
        return [_number(m["number"]) for m in pairs]
    told = list(_PROSE.finditer(line))
    if told and (told[0].start() < 24):
        return [_number(m["number"] or m["number2"]) for m in told]
    if _NUMBERS.fullmatch(line):
        return [int(n) for n in re.findall(r"\d+", line)]
    return [] if _CELLS.fullmatch(line) or _RUN.fullmatch(line) else None


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


_INLINE = re.compile(
    rf"(?:参考|标准|正确)?答案[ \t]*[:]?[ \t]*(?P<run>{_RUN.pattern})[ \t。.]*|(?:answers?|key)[ \t]*[:][ \t]*(?P<run2>{_RUN.pattern})[ \t.]*",
    re.I,
)


def _inline(text: str, lines: Sequence[_Line], asked: int) -> Heading | None:
    """`答案：BCAD` on the last line, one letter a question; with an answer elsewhere it would be the last question's."""
    last = lines[0] if lines else None
    match = _INLINE.fullmatch(last.text) if last is not None else None
    if match is None or last is None:
        return None
    run = re.sub(r"[^A-H√×TF]", "", match["run"] or match["run2"])
    others = len(re.findall(r"答案|\banswers?[ \t]*:|\bans\b", text[: last.start], re.I))
    if len(run) != asked or others or "".join(sorted(set(run))) == run:
        return None
    lead = text.index(match["run"] or match["run2"], last.start)
    return Heading(last.start, lead, "答案", None, Promise(""), "key")
