"""Two lists to be matched, and items to be put in order: one question each, however many numbers and letters it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qbank.readers.paper.view import fold

Span = tuple[int, int]

MATCHES = re.compile(
    r"连线|连起来|连一连|配对|匹配|配伍|对应起来|一一对应|相对应的(?:序号|字母|选项)填|\bmatch(?:ing)?\b(?!es\b|ed\b)",
    re.I,
)
"""What asks to match."""
ORDERS = re.compile(
    r"排序|排列(?:成|的)?(?:正确|先后|恰当|合理)|(?:正确|先后|时间|恰当|合理|合适)的?(?:先后)?(?:顺序|次序)|按.{0,12}(?:顺序|先后|次序)|重新排列|先后排列"
    r"|\b(?:put|arrange|place|order|number|sequence|rearrange|list)\b[^.?!\n]{0,80}\b(?:order|sequence|steps|chronologically|logically|ascending|descending)\b",
    re.I,
)
"""What asks to put things in order."""
_ROW = re.compile(
    r"[ \t]*(?P<given>_{1,10}[ \t]*[A-Ha-h]?[ \t]*_{0,10}[ \t]*|[(][ \t]*[A-Ha-h]?[ \t]*[)][ \t]*)?[(]?(?P<left>\d{1,2}|[A-Ha-h])[)]?[ \t]?[.、:)]?[ \t]*(?P<prompt>\S(?:[^\n\t]*?\S)?)(?:[ \t]{2,}|\t[ \t]*|[ \t]*[|][ \t]*|[ \t]*_{3,}[ \t]*|[ \t]*[(][ \t]*[)][ \t]*)"
    r"[(]?(?P<right>[A-Ha-h]|\d{1,2})[)]?[ \t]?[.、:)][ \t]*(?P<choice>\S[^\n]*?)[ \t]*$"
)
_LEFT = re.compile(
    r"[ \t]*(?P<given>_{1,10}[ \t]*[A-Ha-h]?[ \t]*_{0,10}[ \t]*|[(][ \t]*[A-Ha-h]?[ \t]*[)][ \t]*)?(?:[(](?P<round>\d{1,2})[)]|(?P<number>\d{1,2})[ \t]?[.、:)]|(?P<circle>[①-⑩]))[ \t]*(?P<text>\S[^\n]*?)[ \t]*$"
)
_RIGHT = re.compile(r"[ \t]*[(]?(?P<letter>[A-Ha-h])[)]?[ \t]?[.、:)][ \t]*(?P<text>\S[^\n]*?)[ \t]*$")
_PIECE = re.compile(
    r"[(](?P<round>\d{1,2})[)][ \t]*|(?P<circle>[①-⑩])[ \t]*|(?<![\dA-Za-z.])(?P<number>\d{1,2})[.、:)](?!\d)[ \t]*|(?<![A-Za-z])(?P<letter>[A-Ha-h])[ \t]?[.、:)][ \t]*"
)
_CELLS = re.compile(
    r"[ \t]*(?P<prompt>[^\s.]\S*(?:[ ]\S+)*)(?:[ ]{3,}|[ ]*\t\s*|[ ]*[|][ ]*)(?P<choice>\S+(?:[ ]\S+)*)[ \t]*$"
)
_TITLES = re.compile(
    r"[ \t|]*(?:(?:column|list|group|set)[ ]+\S+|terms?|definitions?|[AB甲乙左右]?[栏列组侧]|第[一二]列|列[AB])(?:[ \t|]+|$)",
    re.I,
)
_MOST = 26
_FAR = 3
"""Blank lines between an instruction and its lists at the most."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Two lists, prompts and choices, with the labels they bear, and the answers written beside the prompts."""

    lead: Span
    """The line that asks to match."""
    start: int
    end: int
    prompts: tuple[tuple[str, int, int], ...]
    choices: tuple[tuple[str, int, int], ...]
    given: tuple[str, ...] = ()


def paired_lists(text: str) -> list[Columns]:
    """Every place where a line asks to match and two lists follow."""
    out: list[Columns] = list(_tables(text))
    if out:
        return out
    at = 0
    for match in MATCHES.finditer(text):
        if match.start() < at:
            continue
        begin = text.rfind("\n", 0, match.start()) + 1
        stop = text.find("\n", match.end())
        stop = len(text) if stop < 0 else stop
        if stop - begin > 240:
            continue
        found = _columns(text, (begin, stop), stop)
        if found is not None:
            out.append(found)
            at = found.end
    return out


_MATCH_TABLE = re.compile(
    r"^[ \t]*(?:question|prompt|item)[ \t]*\t[ \t]*correct match(?:[ \t]*\t[ \t]*selected match)?[ \t]*$", re.I | re.M
)
"""The head of the table in which a learning platform shows a matching question and what was matched."""


def _tables(text: str) -> Iterator[Columns]:
    """`HTTP <tab> B. 80 <tab> A. 22` under such a head: prompt, right choice, the student's."""
    for head in _MATCH_TABLE.finditer(text):
        above = text[: head.start()].rstrip()
        lead = (above.rfind("\n") + 1, len(above))
        rows = []
        for a, b in _lines(text, head.end()):
            cells = [m.span() for m in re.finditer(r"[^\t]+", text[a:b])]
            if len(cells) < 2:
                break
            rows.append([(a + x, a + y) for x, y in cells])
        choices: dict[str, Span] = {}
        for row in rows:
            for a, b in row[1:]:
                choices.setdefault(_unlettered(text[a:b]), (b - len(_unlettered(text[a:b])), b))
        if len(rows) < 2 or len(choices) < 2:
            continue
        names = list(choices)
        given = tuple(chr(65 + names.index(_unlettered(text[slice(*row[1])]))) for row in rows)
        yield Columns(
            lead, head.start(), rows[-1][-1][1],
            tuple((str(i), *row[0]) for i, row in enumerate(rows, 1)),
            tuple((chr(65 + i), *choices[name]) for i, name in enumerate(names)), given,
        )  # fmt: skip


def _unlettered(cell: str) -> str:
    return re.sub(r"^[ \t]*(?:[√×][ \t]*)?[A-Ha-h][.)][ \t]*", "", cell).strip()


def _columns(text: str, lead: Span, at: int) -> Columns | None:
    lines = list(_lines(text, at))
    while lines and _TITLES.match(text, *lines[0]) and not _ROW.match(text, *lines[0]):
        lines.pop(0)
    return _rows(text, lead, lines) or _lists(text, lead, lines) or _bare(text, lead, lines)


def _lines(text: str, at: int) -> Iterator[Span]:
    """The next lines that are not blank, up to a wide gap."""
    blank = count = 0
    while at < len(text) and count < 2 * _MOST:
        stop = text.find("\n", at + 1)
        stop = len(text) if stop < 0 else stop
        start = at + 1 if text[at] == "\n" else at
        if text[start:stop].strip():
            blank, count = 0, count + 1
            yield start, stop
        else:
            blank += 1
            if blank > _FAR:
                return
        at = stop


def _rows(text: str, lead: Span, lines: Sequence[Span]) -> Columns | None:
    """`1. Heart   A. filters blood` line by line."""
    rows = []
    for line in lines:
        row = _ROW.match(text, *line)
        if row is None or row["left"].isdecimal() == row["right"].isdecimal():
            break
        rows.append(row)
    if len(rows) < 2 or not _runs([r["left"] for r in rows]) or not _runs([r["right"] for r in rows]):
        return None
    prompts = tuple((r["left"], *r.span("prompt")) for r in rows)
    choices = tuple((r["right"].upper(), *r.span("choice")) for r in rows)
    given = tuple(re.sub(r"[^A-Ha-h]", "", r["given"] or "").upper() for r in rows)
    end = rows[-1].end()
    extra = lines[len(rows) : len(rows) + 4]
    more: list[tuple[str, int, int]] = []
    for a, b in extra:  # choices that no prompt stands beside
        right = _RIGHT.match(text, a, b)
        if right is None or right["letter"].upper() != chr(ord(choices[-1][0]) + len(more) + 1):
            break
        more.append((right["letter"].upper(), *right.span("text")))
        end = b
    return Columns(lead, rows[0].start(), end, prompts, (*choices, *more), given)


def _lists(text: str, lead: Span, lines: Sequence[Span]) -> Columns | None:
    """Numbered prompts, then lettered choices, each a line, or all of a list on one line."""
    prompts: list[tuple[str, int, int]] = []
    choices: list[tuple[str, int, int]] = []
    given: list[str] = []
    end = 0
    for line in lines:
        pieces = list(_PIECE.finditer(text, *line))
        if not pieces or text[line[0] : pieces[0].start()].strip(" \t_()ABCDEFGHabcdefgh"):
            break
        lettered = [p for p in pieces if p["letter"]]
        if lettered and len(lettered) == len(pieces):
            if _run_on(choices, [p["letter"].upper() for p in pieces]):
                choices.extend(_texts(text, pieces, line[1]))
                end = line[1]
                continue
        elif not choices and not lettered:
            names = [p["round"] or p["number"] or str(ord(p["circle"]) - 0x245F) for p in pieces]
            if _run_on(prompts, names):
                prompts.extend((n, a, b) for n, (_, a, b) in zip(names, _texts(text, pieces, line[1]), strict=True))
                lead_in = text[line[0] : pieces[0].start()]
                given.extend([re.sub(r"[^A-Ha-h]", "", lead_in).upper(), *[""] * (len(pieces) - 1)])
                end = line[1]
                continue
        break
    if len(prompts) < 2 or len(choices) < 2 or len(choices) < len(prompts) - 1:
        return None
    return Columns(
        lead, lines[0][0], end, tuple(prompts), tuple((n.upper(), a, b) for n, a, b in choices), tuple(given)
    )


def _texts(text: str, pieces: Sequence[re.Match[str]], end: int) -> list[tuple[str, int, int]]:
    stops = [*(p.start() for p in pieces[1:]), end]
    out = []
    for piece, stop in zip(pieces, stops, strict=True):
        body = text[piece.end() : stop].rstrip(" \t;,")
        out.append((piece["letter"] or "", piece.end(), piece.end() + len(body)))
    return out


def _run_on(so_far: Sequence[tuple[str, int, int]], names: Sequence[str]) -> bool:
    return _runs([*(n for n, _, _ in so_far), *names])


def _runs(names: Sequence[str]) -> bool:
    """Whether labels count on, letters from A; numbers may go on from the question before (7, 8, 9)."""
    values = [int(n) if n.isdecimal() else ord(n.upper()) - 64 for n in names]
    first = values[0] if names and names[0].isdecimal() else 1
    return values == list(range(first, first + len(values)))


def _bare(text: str, lead: Span, lines: Sequence[Span]) -> Columns | None:
    """Two columns without labels."""
    rows = []
    for line in lines:
        row = _CELLS.match(text, *line)
        if row is None or re.match(r"[(]?(?:\d{1,2}|[一二三四五六七八九十])[.、)]", row["prompt"]):
            break
        rows.append(row)
    if len(rows) < 3 or any(len(r["prompt"]) > 60 or len(r["choice"]) > 100 for r in rows):
        return None
    return Columns(
        lead, rows[0].start(), rows[-1].end(),
        tuple(("", *r.span("prompt")) for r in rows), tuple(("", *r.span("choice")) for r in rows), ("",) * len(rows),
    )  # fmt: skip


_TOLD = re.compile(
    r"(?<![\dA-Za-z])[(]?(?P<left>\d{1,2}|[①-⑩])[)]?[ \t]*[-–—~→=>.、:)]*[ \t]*[(]?(?P<right>[A-Ha-h])(?![A-Za-z])[)]?"
)
_BACK = re.compile(r"(?<![A-Za-z])[(]?(?P<right>[A-Ha-h])[)]?[ \t]*[-–—~→=>:]+[ \t]*[(]?(?P<left>\d{1,2})(?!\d)[)]?")


def partners(raw: str, columns: Columns, prompts: Sequence[str], choices: Sequence[str]) -> dict[int, int] | None:
    """Prompt to choice by place, as an answer tells it; None when it does not tell every prompt's."""
    flat = fold(raw)
    letters = [name.upper() for name, _, _ in columns.choices]
    numbers = [name for name, _, _ in columns.prompts]
    found: dict[int, int] = {}
    for pattern in (_TOLD, _BACK):
        found = {}
        for match in pattern.finditer(flat):
            left = match["left"] if match["left"].isdecimal() else str(ord(match["left"]) - 0x245F)
            if left in numbers and match["right"].upper() in letters:
                found.setdefault(numbers.index(left), letters.index(match["right"].upper()))
        if len(found) == len(numbers):
            return found
    run = re.sub(r"[^A-Ha-h]", "", flat).upper()
    if (
        len(run) == len(numbers)
        and re.fullmatch(r"[A-Ha-h\s,、;.。]+", flat.strip())
        and all(c in letters for c in run)
    ):
        return {i: letters.index(c) for i, c in enumerate(run)}
    found = {}
    for i, prompt in enumerate(prompts):
        told = re.search(rf"{re.escape(fold(prompt))}[ \t]*[-–—~→=:]+[ \t]*(?P<choice>[^\n;,，；]+)", flat)
        place = next(
            (j for j, c in enumerate(choices) if told and fold(c).strip() == told["choice"].strip(" 。.")), None
        )
        if place is None and told is not None and told["choice"].strip(" 。.").upper() in letters:
            place = letters.index(told["choice"].strip(" 。.").upper())
        if place is not None:
            found[i] = place
    return found if len(found) == len(prompts) else None


def order_told(raw: str, count: int) -> list[int] | None:
    """The order that an answer gives to `count` things by letters, circled or plain figures; None when it gives none."""
    flat = fold(raw).split("\n", 1)[0]
    flat = re.sub(r"^[^A-Ha-h\d①-⑩]*", "", flat)
    for pattern, first in ((r"[A-H]", 65), (r"[a-h]", 97), (r"[①-⑩]", 0x2460), (r"[1-9]", 49)):
        body = re.match(rf"(?:[(]?{pattern}[)]?[\s,、;\-–—→>.)]*)+(?=[\s。.]*$)", flat)
        if body is None:
            continue
        places = [ord(c) - first for c in re.findall(pattern, body[0])]
        if sorted(places) == list(range(count)):
            return places
    return None
