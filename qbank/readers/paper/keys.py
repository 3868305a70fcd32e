"""Answer keys: what they say for which number, and whose numbers those are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qbank.readers.paper.answers import letters, truth
from qbank.readers.paper.numbers import Facts, Mark, marks, reading
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import CHOICES, OPENS, PaperKind

_RANGE = re.compile(
    r"(?<![\d.])(?:第)?(\d{1,3})[ \t]*(?:[-~—–－～至到]|\.\.)[ \t]*(\d{1,3})(?:题)?[ \t]*[.:、)]?[ \t]*(?P<body>[(\[]?[A-H√×对错TFYN](?:[A-H√×对错TFYN,、;|/\s.()\[\]]|正确|错误)*)"
)
_TOKEN = re.compile(r"正确|错误|[A-H]+|[√×对错]|[TFYN]")
_RUN = re.compile(r"^[\s:]*(?:[A-H√×对错TF]{2,10}[\s,、;]*)+[\s。.]*$")
_CELL = re.compile(r"[|\s]+")
_REPEATED = re.compile(r"答[ \t]*[:]|参考答案[ \t]*[:]|答案[ \t]*[:]|answer[ \t]*[:]|ans[ \t]*[:]", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a key says for a number."""

    value: int
    start: int
    end: int
    raw: str


def compatible(key: PaperKind | None, section: PaperKind | None) -> bool:
    """Whether a key's heading may speak of a section's questions."""
    if key is None or section is None or key == section:
        return True
    return {key, section} <= CHOICES or {key, section} <= OPENS


def entries(sources: Sources, section: Section, items: Sequence[Item]) -> list[Entry]:
    """The entries of a key section for questions with these numbers."""
    start, end = section.start, section.end
    text, raw = sources.view.text, sources.view.raw
    expected = {i.value for i in items if i.value is not None}
    closed = not items or section.kind not in OPENS
    out: list[Entry] = []
    taken: list[tuple[int, int]] = []
    if closed:
        for match in _RANGE.finditer(text, start, end):
            made = _ranged(match)
            if made:
                out.extend(made)
                taken.append(match.span())
        if not out:
            out = _table(text, start, end)
            if out:
                return out
        if not out and (made := _pairs(text, start, end)):
            return made
        if not out and items and (made := _unnumbered_run(text, start, end, items)):
            return made
    spans = _outside(taken, start, end)
    family = items[0].mark.family if items and items[0].mark is not None else "plain"
    for a, b in spans:
        made = _pairs(text, a, b) if closed else []
        out.extend(made or _numbered(sources, a, b, expected, family, section.kind, items))
    if not out and len(items) == 1 and text[start:end].strip():
        out = [Entry(items[0].value or 1, start, end, raw[start:end])]
    if out and items and not closed:
        first = min(out, key=lambda e: e.start)
        lead = text[start : first.start]
        missing = sorted(expected - {e.value for e in out})
        if missing and missing[0] < first.value and len(lead.strip()) > 3:
            out.insert(0, Entry(missing[0], start, first.start, raw[start : first.start]))
    return sorted(out, key=lambda e: e.start)


def _ranged(match: re.Match[str]) -> list[Entry]:
    low, high = int(match[1]), int(match[2])
    if not 0 < high - low < 200:
        return []
    body = match["body"]
    count = high - low + 1
    words = [w for w in re.split(r"[\s,、;|/.()\[\]]+", body) if w]
    tokens = list(_TOKEN.finditer(body))
    if len(words) != count or len(tokens) != count:
        single = (
            [(m.start() + i, c) for m in tokens for i, c in enumerate(m[0])]
            if not re.search("正|误", body)
            else [(m.start(), m[0]) for m in tokens]
        )
        if len(words) == count:
            at, spans = 0, []
            for word in words:
                at = body.index(word, at)
                spans.append((at, word))
                at += len(word)
        elif len(single) == count:
            spans = single
        else:
            return []
    else:
        spans = [(m.start(), m[0]) for m in tokens]
    base = match.start("body")
    return [Entry(low + i, base + at, base + at + len(word), word) for i, (at, word) in enumerate(spans)]


_PAIR = re.compile(
    r"(?<![\dA-Za-z.])[(第]?[ \t]*(\d{1,3})[ \t]*[)题]?[ \t]*[.、:)\-]?[ \t]*[(【]?((?:[A-H](?:[,、]?[A-H])*)(?![A-Za-z])|[√×]|对|错|正确|错误|[TF](?![A-Za-z])|True|False)(?!(?![一二三四五六七八九十]{1,2}[、.]|第)[\u4e00-\u9fff])[)】]?"
)


def _pairs(text: str, start: int, end: int) -> list[Entry]:
    """`1A 2B`, `1:A，2:B`, `(1)A (2)B`: where such pairs are most of the text."""
    found = list(_PAIR.finditer(text, start, end))
    size = len(re.sub(r"[\s,、;|.:。#*]", "", text[start:end]))
    covered = sum(len(re.sub(r"[\s,、;|.:。#*]", "", m[0])) for m in found)
    if not found or covered * 10 < size * 8:
        return []
    return [Entry(int(m[1]), m.start(2), m.end(2), m[2]) for m in found]


def _unnumbered_run(text: str, start: int, end: int, items: Sequence[Item]) -> list[Entry]:
    """`DCBCA CDACD`: one letter a question, in order."""
    body = text[start:end]
    lines = [(m.start(), m[0]) for m in re.finditer(r"[^\n]+", body) if _RUN.match(m[0])]
    found = [
        (start + a + m.start() + i, c)
        for a, line in lines
        for m in re.finditer(r"[A-H√×对错TF]+", line)
        for i, c in enumerate(m[0])
    ]
    words = [(start + a + m.start(), m[0]) for a, line in lines for m in re.finditer(r"[A-H√×对错TF]+", line)]
    values = [i.value or n for n, i in enumerate(items, 1)]
    for group in (words, found):
        if len(group) == len(items) and len(items) >= 2:
            return [Entry(v, at, at + len(w), w) for v, (at, w) in zip(values, group, strict=True)]
    return []


def _table(text: str, start: int, end: int) -> list[Entry]:
    """A row of numbers above a row of answers, with or without Markdown's bars, or two columns."""
    out: list[Entry] = []
    lines = [(start + m.start(), m[0]) for m in re.finditer(r"[^\n]+", text[start:end])]
    lines = [(a, s) for a, s in lines if not re.fullmatch(r"[\s|:\-+]+", s)]
    for (_, upper), (at, lower) in itertools.pairwise(lines):
        numbers = [
            c
            for c in _CELL.split(re.sub(r"^[\s|]*(?:题号|题目|序号|No\.?|Question|Q)[\s|:]*", "", upper, flags=re.I))
            if c
        ]
        labelled = bool(re.match(r"^[\s|]*(?:题号|题目|序号|No|Question|Q)", upper, re.I))
        if len(numbers) < (1 if labelled else 2) or not all(re.fullmatch(r"\d{1,3}[.、]?", c) for c in numbers):
            continue
        head = re.match(r"^[\s|]*(?:答案|参考答案|Answers?|Key)?[\s|:]*", lower, re.I)
        shift = head.end() if head else 0
        cells = list(re.finditer(r"[^|\s]+", lower[shift:]))
        if len(cells) != len(numbers) or not all(
            letters(c[0], 8) is not None or truth(c[0]) is not None for c in cells
        ):
            continue
        out.extend(
            Entry(int(n.strip(".、")), at + shift + c.start(), at + shift + c.end(), c[0])
            for n, c in zip(numbers, cells, strict=True)
        )
    if out:
        return out
    for at, line in lines:
        for match in re.finditer(
            r"\|[ \t]*(\d{1,3})[ \t]*\|[ \t]*([A-H]{1,8}|[√×]|对|错|正确|错误|[TF]|True|False)[ \t]*(?=\||$)", line
        ):
            out.append(Entry(int(match[1]), at + match.start(2), at + match.end(2), match[2]))
    return out


def _outside(taken: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    out, at = [], start
    for a, b in taken:
        out.append((at, a))
        at = b
    out.append((at, end))
    return [(a, b) for a, b in out if b - a > 1]


def _numbered(
    sources: Sources,
    start: int,
    end: int,
    expected: set[int],
    family: str,
    kind: PaperKind | None,
    items: Sequence[Item],
) -> list[Entry]:
    """Entries that begin with a number."""
    view = sources.view
    part = view.text[start:end]
    found = marks(part, key=True)
    if expected:
        found = [m for m in found if m.value in expected]
    groups: list[list[Mark]] = [
        [m for m in found if m.family == family],
        [m for m in found if m.family == "plain"],
        found,
    ]
    facts = Facts(text=part)
    path: list[Mark] = []
    for group in groups:
        bonus = [m for m in group if kind not in OPENS or m.score > -2]
        first = min((m.value for m in bonus), default=1)
        path, _ = reading(bonus, facts, 0, len(part), "open" if family not in {"circle"} else None, first - 1)
        if path:
            break
    out = []
    stops = [*(m.start for m in path[1:]), len(part)]
    for mark, stop in zip(path, stops[: len(path)], strict=True):
        out.append(Entry(mark.value, start + mark.start, start + stop, view.raw[start + mark.end : start + stop]))
    return out


def unstemmed(raw: str, stem: str) -> str:
    """An entry without the question it repeats: what follows 答: or the stem."""
    if (match := _REPEATED.search(raw)) and match.start() <= len(stem) + 40:
        return raw[match.end() :]
    body = raw.lstrip()
    key = re.sub(r"[\s。.?？]", "", stem)
    at = size = 0
    for c in body:
        if size == len(key):
            break
        if not re.match(r"[\s。.?？]", c):
            if c != key[size]:
                return raw
            size += 1
        at += 1
    rest = body[at:].lstrip(" \t\n。.?？:：")
    return rest if size == len(key) and key and rest else raw
