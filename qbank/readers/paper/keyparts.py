"""A file of answers as sections, and which section speaks of which questions of the paper."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from qbank.readers.paper.answers import truth
from qbank.readers.paper.attach import Block
from qbank.readers.paper.headings import Heading
from qbank.readers.paper.keys import Entry, compatible, entries
from qbank.readers.paper.parts import Sources
from qbank.readers.paper.sections import Section, papers
from qbank.readers.paper.words import (
    CHOICES,
    ENGLISH_WORD,
    HAN_NUMBER,
    KIND_WORD,
    OPENS,
    Promise,
    han_value,
    kind_named,
)

Shape: TypeAlias = Literal["choice", "judge", "text"]

_ENTRY = re.compile(
    r"[(第]?[ \t]*\d{1,3}|[A-H]{2,}|[√×]|[|]|答|题[号目]|序号|(?:参考|标准|正确)?答案|(?:answers?|keys?)\b", re.I
)
_CLOSED = r"(?:[A-H]{1,8}(?![A-Za-z])|[√×]|对|错|正确|错误|[TF](?![A-Za-z])|True|False)"
_CLOSED_LINE = re.compile(
    r"^[ \t#*>(第]*1[ \t)题]*[.、:]?[ \t]*(?:(?:[-~—–－～至到]|\.\.)[ \t]*\d{1,3}[ \t题]*[.:、)]?[ \t]*)?[(]?"
    + _CLOSED,
    re.M,
)
_OPEN_LINE = re.compile(r"^[ \t#*>(第]*1[ \t)题]*[.、:)][ \t]*(?!" + _CLOSED + r")\S", re.M)
_FIRST_ENTRY = re.compile(
    r"[(第]?\d{1,3}[ \t]*[)题]?[ \t]*(?:(?:[-~—–－～至到]|\.\.)[ \t]*\d{1,3}[ \t题]*)?[.、:)]?[ \t]*[(]?" + _CLOSED
)
"""Where the answers begin on the line of their heading."""
_INLINE = re.compile(
    rf"(?:^|(?<=[\s;。,]))(?:(?P<ordinal>{HAN_NUMBER})[、.:][ \t]*)?(?P<kind>(?:{KIND_WORD})(?:题)?)?[ \t]*[:]?[ \t]*(?=[(]?{_CLOSED}|\d{{1,3}}[ \t]*(?:[-~—–－～至到.、:)]|\.\.))",
    re.M,
)
_RUN = re.compile(r"[A-H√×对错TF][A-H√×对错TF\s,、;|.()\[\]]*")
_ORDINAL = re.compile(
    rf"第?[ \t]*(?:(?P<han>{HAN_NUMBER})|(?P<digits>\d{{1,3}}))[ \t]*(?:[章节篇讲课]|单元|部分|大题|[、.:)])|[(](?P<round>{HAN_NUMBER})[)]"
)
_PART = re.compile(r"(?:part|section|chapter|unit)[ \t]+(?P<number>[IVX]{1,5}|[A-H]|\d{1,3})\b", re.I)
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_MOST = 12
"""How many sections of a paper one list of answers is tried on."""
_MOST_PAIRS = 20_000
_SURE = 4.0
"""The fit from which a section is given to a block out of its order."""
_NO = -100.0


@dataclass(slots=True)
class KeyPaper:
    """A document of the key: its sections, titles and headings by position in the joined view."""

    sections: list[Section] = field(default_factory=list)
    titles: list[tuple[int, int]] = field(default_factory=list)
    heads: list[Heading] = field(default_factory=list)
    whole: list[Section] = field(default_factory=list)
    """The sections as headings alone cut them."""


def key_papers(text: str, cut: int) -> list[KeyPaper]:
    """The documents of the key, every section of which is one of answers."""
    out: list[KeyPaper] = []
    for paper in papers(text[cut:]):
        found = KeyPaper(titles=[(a + cut, b + cut) for a, b in paper.titles])
        for section in paper.sections:
            moved = replace(section, start=section.start + cut, end=section.end + cut, key=True)
            if section.heading is not None:
                moved.heading = _moved(text, section.heading, cut)
                moved.start = moved.heading.end
                found.heads.append(moved.heading)
            found.sections.append(moved)
        _skip_title(text, found)
        found.whole = [replace(s) for s in found.sections if text[s.start : s.end].strip()]
        found.sections = [part for s in found.sections for part in _inline(text, s)]
        found.heads += [s.heading for s in found.sections if s.heading is not None and s.heading not in found.heads]
        found.sections = [part for s in found.sections for part in _restarts(text, s)]
        found.sections = [s for s in found.sections if text[s.start : s.end].strip()]
        out.append(found)
    return out


def _moved(text: str, heading: Heading, cut: int) -> Heading:
    """The heading at its place, without answers that stand on its line."""
    start, end = heading.start + cut, heading.end + cut
    named = re.search(rf"{KIND_WORD}|\b(?:{ENGLISH_WORD})\b", text[start:end], re.I)
    first = _FIRST_ENTRY.search(text, start + named.end() if named else start, end)
    kind = heading.kind
    if first is not None and named is not None:
        end = first.start()
    if kind is None and heading.level != "key" and named is not None:
        kind = kind_named(named[0])
    return replace(
        heading,
        start=start,
        end=end,
        title=heading.title if end == heading.end + cut else text[start:end].strip(" :"),
        kind=kind,
    )


def _skip_title(text: str, key: KeyPaper) -> None:
    """Start the first section behind the lines that only say whose key this is."""
    first = key.sections[0]
    if first.heading is not None or not re.search(r"^[ \t]*[(第]?\d", text[first.start : first.end], re.M):
        first.start = max([first.start, *(b for a, b in key.titles if a <= first.end and b <= first.end)])
        return
    at = first.start
    while at < first.end:
        stop = text.find("\n", at, first.end)
        stop = first.end if stop < 0 else stop
        line = text[at:stop]
        titled = any(a <= at < b for a, b in key.titles)
        if line.strip() and not titled and (_ENTRY.match(line.lstrip(" \t#*>")) or re.search(KIND_WORD, line)):
            break
        if line.strip() and not titled:
            key.titles.append((at, stop))
        at = stop + 1
    first.start = min(at, first.end)


def _inline(text: str, section: Section) -> list[Section]:
    """A section cut where the line itself names kinds or ordinals: `单选：ABC 判断：√×`, `一、ABAD 二、√×`."""
    if section.kind in OPENS:
        return [section]
    found = [m for m in _INLINE.finditer(text, section.start, section.end) if m["ordinal"] or m["kind"]]
    if not found or text[section.start : found[0].start()].strip():
        return [section]
    out: list[Section] = []
    for match, stop in itertools.zip_longest(found, [m.start() for m in found[1:]], fillvalue=section.end):
        assert isinstance(match, re.Match)
        assert isinstance(stop, int)
        kind = kind_named(match["kind"]) if match["kind"] else None
        title = match[0].strip(" \t\n:")
        heading = Heading(match.start(), match.end(), title, kind, Promise(""), "section")
        out.append(replace(section, start=match.end(), end=stop, heading=heading))
    return out


def _restarts(text: str, section: Section) -> list[Section]:
    """A section without a kind cut where its numbers begin again at 1."""
    if section.kind is not None:
        return [section]
    starts = [m.start() for m in _CLOSED_LINE.finditer(text, section.start, section.end)]
    if starts and (told := _OPEN_LINE.search(text, starts[-1], section.end)) is not None:
        starts.append(told.start())
    if len(starts) < 2:
        return [section]
    starts[0] = section.start
    return [replace(section, start=a, end=b) for a, b in zip(starts, [*starts[1:], section.end], strict=True)]


# --- which speaks of which -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """What a section of the key shows of the questions it is for."""

    section: Section
    values: frozenset[int]
    count: int
    shape: Shape
    letters: frozenset[str]


def assigned(
    sources: Sources, sections: Sequence[Section], blocks: Sequence[Block]
) -> Iterator[tuple[Section, list[Block]]]:
    """Each section of the key with the blocks of questions it answers; an empty list where it fits none.

    Sections and blocks are paired in their order as well as chapters, ordinals,
    kinds, numbers and the look of the answers allow; what is named alike may
    then still cross.
    """
    told = [_read(sources, section) for section in sections]
    small = len(told) * len(blocks) <= _MOST_PAIRS
    pairs = _aligned(told, blocks) if small else _walked(told, blocks)
    used = {id(b) for found in pairs.values() for b in found}
    free = [b for b in blocks if id(b) not in used]
    for i, one in enumerate(told):
        if i not in pairs and one.section.kind is not None:
            scored = [(_fit(one, [b]), -n) for n, b in enumerate(free if small else free[:_MOST])]
            if scored and max(scored)[0] >= _SURE:
                pairs[i] = [free.pop(-max(scored)[1])]
        yield one.section, pairs.get(i, [])


def _aligned(told: Sequence[_Told], blocks: Sequence[Block]) -> dict[int, list[Block]]:
    """The pairing in order whose fits together are best."""
    best: list[list[tuple[float, int, int]]] = [[(0.0, 0, 0)] * (len(blocks) + 1) for _ in range(len(told) + 1)]
    for i in range(len(told) - 1, -1, -1):
        for j in range(len(blocks) - 1, -1, -1):
            options = [(best[i + 1][j][0], 1, -1), (best[i][j + 1][0], 0, 0)]
            for size in range(1, min(_MOST, len(blocks) - j) + 1):
                score = _fit(told[i], blocks[j : j + size])
                if score > 0:
                    options.append((score + best[i + 1][j + size][0], 1, size))
                if size > 1 and score <= _NO:
                    break
            best[i][j] = max(options, key=lambda option: (option[0], option[2]))
    pairs: dict[int, list[Block]] = {}
    i = j = 0
    while i < len(told) and j < len(blocks):
        _, step, size = best[i][j]
        if size > 0:
            pairs[i] = list(blocks[j : j + size])
        i, j = i + step, j + max(0, size) if step else j + 1
    return pairs


def _walked(told: Sequence[_Told], blocks: Sequence[Block]) -> dict[int, list[Block]]:
    """The same for a long book, where each section is tried on the next few blocks only."""
    pairs: dict[int, list[Block]] = {}
    at = 0
    for i, one in enumerate(told):
        scored = [(_fit(one, [b]) - 0.5 * n, -n) for n, b in enumerate(blocks[at : at + _MOST])]
        if scored and max(scored)[0] > 0:
            at += 1 - max(scored)[1]
            pairs[i] = [blocks[at - 1]]
    return pairs


def _read(sources: Sources, section: Section) -> _Told:
    text = sources.view.text[section.start : section.end]
    found = entries(sources, section, [])
    if not found and (run := _RUN.fullmatch(text.strip())):
        signs = re.findall(r"[A-H]|[√×对错]|[TF]", run[0])
        words = run[0].split()
        shape: Shape = "judge" if all(sign in "√×对错TF" for sign in signs) else "choice"
        return _Told(
            section,
            frozenset(),
            len(words) if len(words) > 1 else len(signs),
            shape,
            frozenset(signs) & set("ABCDEFGH"),
        )
    return _Told(section, frozenset(e.value for e in found), len(found), _shape(found), _letters(found))


def _letters(found: Sequence[Entry]) -> frozenset[str]:
    return frozenset(c for e in found if _is_letters(e.raw) for c in e.raw if c in "ABCDEFGH")


def _is_letters(raw: str) -> bool:
    return re.match(r"[\s(【]*[A-H](?:[\s,、;]*[A-H])*(?![A-Za-z])", raw) is not None


def _shape(found: Sequence[Entry]) -> Shape:
    judged = sum(truth(e.raw) is not None and not re.match(r"\s*[A-EGH]", e.raw) for e in found)
    lettered = sum(_is_letters(e.raw) for e in found)
    if judged * 2 > len(found) and judged >= lettered:
        return "judge"
    return "choice" if lettered * 2 > len(found) else "text"


def _fit(told: _Told, blocks: Sequence[Block]) -> float:
    """How well a section's answers fit the questions of some neighbouring blocks; `_NO` where they cannot."""
    items = [item for block in blocks for item in block.items]
    values = [item.value for item in items if item.value is not None]
    section = told.section
    score = 0.0
    if len(blocks) > 1 and (section.kind is not None or len(set(values)) < len(values)):
        return _NO
    for block in blocks:
        named = _named_alike(section, block.section)
        # One list for several sections has letters for some and words for others.
        looks = _looks_alike(told, block) if len(blocks) == 1 else 0.0
        if named <= _NO or looks <= _NO:
            return _NO
        score += (named + looks) / len(blocks)
    if told.values and values:
        both = len(told.values & set(values))
        if not both:
            return _NO
        score += 2 * both / len(told.values) + 2 * both / len(set(values))
    elif told.count:
        score += 3 if told.count == len(items) else -2
    return score + 0.1


def _named_alike(section: Section, other: Section) -> float:
    score = 0.0
    if section.chapter and other.chapter:
        ours, theirs = ordinal(section.chapter), ordinal(other.chapter)
        if ours is not None and theirs is not None:
            if ours != theirs:
                return _NO
            score += 4
        elif _core(section.chapter) in _core(other.chapter) or _core(other.chapter) in _core(section.chapter):
            score += 4
        else:
            score -= 1
    heading = section.heading if section.heading is not None and section.heading.level == "section" else None
    if heading is None and section.heading is not None and section.heading.level == "chapter" and not section.chapter:
        heading = section.heading
    if heading is not None and other.heading is not None:
        ours, theirs = ordinal(heading.title), ordinal(other.heading.title)
        if ours is not None and theirs is not None:
            score += 3 if ours == theirs else -2
    if section.kind is not None and other.kind is not None:
        if section.kind == other.kind:
            score += 4
        elif compatible(section.kind, other.kind):
            score += 2
        else:
            return _NO
    return score


def _looks_alike(told: _Told, block: Block) -> float:
    listed = sum(len(i.choices) >= 2 for i in block.items) * 2 > len(block.items)
    kind = block.section.kind
    match told.shape:
        case "judge":
            two = listed and all(len(i.choices) <= 2 for i in block.items)
            return 2 if kind == "judge" else 0 if two or (kind is None and not listed) else _NO
        case "choice":
            if kind == "judge" and not listed:
                return 0 if told.letters <= {"A", "B"} else _NO
            return 2 if listed else -1
        case "text":
            return (
                -3
                if kind in CHOICES or listed
                else 1
                if kind in OPENS or kind == "fill"
                else -1
                if kind == "judge"
                else 0
            )


def ordinal(title: str) -> int | None:
    """The number a heading bears, whatever its spelling: `第一章`, `一、`, `(二)`, `Part II`, `Section B`."""
    if (part := _PART.search(title)) is not None:
        number = part["number"].upper()
        if number in _ROMAN:
            return _ROMAN.index(number)
        return int(number) if number.isdecimal() else ord(number) - 64
    match = _ORDINAL.match(title.strip())
    if match is None:
        return None
    return int(match["digits"]) if match["digits"] else han_value(match["han"] or match["round"])


def _core(title: str) -> str:
    return re.sub(r"[\W_]|参考|答案", "", title)
