"""Keys that nothing announces, or nothing usual: the lines at the end of a paper that only number letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qbank.readers.paper.headings import Heading
from qbank.readers.paper.keylines import CALLED, RUN, numbers_told
from qbank.readers.paper.words import Promise

_HEADER = re.compile(
    r"[^\n。?]{0,24}?(?:答[ ]{0,4}案|\banswers?\b|\bkeys?\b|\bsolutions?\b|(?:quick|correct)[ ]check)[^\n?]{0,24}$",
    re.I,
)
_TABLE_HEAD = re.compile(r"[| \t]*(?:题号|question|no\.?|#)[| \t]+(?:答案|answers?|key)[| \t]*", re.I)
_RULE = re.compile(r"[\s|:+=_~·*—–-]+")
_OPTION = re.compile(r"(?:^|[ \t\n])[(【\[]?A[ \t]?[.、:)】\]][ \t]*\S")
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
        told = numbers_told(line.text)
        if told is None and not _RULE.fullmatch(line.text) and not _TABLE_HEAD.fullmatch(line.text):
            break
        block.append(line)
        values[:0] = told or []
    while (
        block
        and (numbers_told(block[-1].text) is None or _RULE.fullmatch(block[-1].text))
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
    called = CALLED.match(text, first.start, first.end)
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


_INLINE = re.compile(
    rf"(?:参考|标准|正确)?答案[ \t]*[:]?[ \t]*(?P<run>{RUN.pattern})[ \t。.]*|(?:answers?|key)[ \t]*[:][ \t]*(?P<run2>{RUN.pattern})[ \t.]*",
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
