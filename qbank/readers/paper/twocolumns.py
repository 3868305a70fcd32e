"""Two columns side by side, as a page's text layer keeps them: `A. atom      A. +1`, read one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIDE = re.compile(
    r"[ \t]*(?P<left>\d{1,3}[.、)]|[(]?[A-H][.、)])[ \t]*\S[^\n]*?(?:[ ]{3,}|[ ]*\t[ \t]*)(?P<right>\d{1,3}[.、)](?!\d)|[(]?[A-H][.、)])[ \t]*\S"
)
_GAP = 2
"""Blanks, at the least, between the columns of a line."""
_DRIFT = 3
"""How far a line's right half may begin from where the others' do."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    left: str
    right: str
    column: int


def columns_apart(text: str) -> list[tuple[int, int]]:
    """The stretches of a text in reading order where it stands in two columns; empty where it does not."""
    lines = _lines(text)
    signs = [i for i, line in enumerate(lines) if _same(line)]
    if len(signs) < 3:
        return []
    out: list[tuple[int, int]] = []
    at = 0
    for first, last in _regions(lines, signs):
        start, end = lines[first].start, lines[last].end
        out.append((at, start))
        for low, high in _rows(lines, first, last):
            halves = [_halves(text, line, _column(lines, first, last)) for line in lines[low : high + 1]]
            for (left, right), line in zip(halves, lines[low : high + 1], strict=True):
                out.append(left)
                if right[0] < right[1] and text[line.end - 1] == "\n":
                    out.append((line.end - 1, line.end))
            out.extend(right for _, right in halves if right[0] < right[1])
        at = end
    out.append((at, len(text)))
    return [(a, b) for a, b in out if a < b]


def _lines(text: str) -> list[_Line]:
    out = []
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        side = _SIDE.match(text, at, end)
        if side is not None:
            out.append(_Line(at, end, side["left"], side["right"], side.start("right") - at))
        else:
            out.append(_Line(at, end, "", "", 0))
        at = end
    return out


def _same(line: _Line) -> bool:
    """Whether both halves begin with the same letter: options of one question never do."""
    return line.left != "" and line.left == line.right and not line.left[0].isdigit()


def _regions(lines: list[_Line], signs: list[int]) -> list[tuple[int, int]]:
    """Stretches of lines around the signs, each from a line of two numbers on."""
    out: list[tuple[int, int]] = []
    for i in signs:
        if out and i - out[-1][1] <= 12 and abs(lines[i].column - lines[out[-1][1]].column) <= 4 * _DRIFT:
            out[-1] = (out[-1][0], i)
        else:
            out.append((i, i))
    grown = []
    for first, last in out:
        low = first
        for k in range(first - 1, max(-1, first - 6), -1):
            if lines[k].left[:1].isdigit() and lines[k].right[:1].isdigit():
                low = k
        if sum(low <= i <= last for i in signs) >= 2:
            grown.append((low, last))
    return grown


def _column(lines: list[_Line], first: int, last: int) -> int:
    found = sorted(line.column for line in lines[first : last + 1] if line.column)
    return found[len(found) // 2]


def _rows(lines: list[_Line], first: int, last: int) -> list[tuple[int, int]]:
    """The blocks to be read left then right: row by row where the numbers count so, else the whole."""
    heads = [i for i in range(first, last + 1) if lines[i].left[:1].isdigit() and lines[i].right[:1].isdigit()]
    across = [i for i in heads if int(re.sub(r"\D", "", lines[i].right)) == int(re.sub(r"\D", "", lines[i].left)) + 1]
    if not heads or len(across) * 2 <= len(heads) or (len(heads) == 1 and heads[0] != first):
        return [(first, last)]
    starts = [first, *(h for h in heads if h > first)]
    return list(zip(starts, [*(s - 1 for s in starts[1:]), last], strict=True))


def _halves(text: str, line: _Line, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """A line's two halves; the left one keeps the line when there is no gap near the column."""
    if line.column and abs(line.column - column) <= 4 * _DRIFT:
        cut = line.start + line.column
    else:
        gap = next(
            (
                m.end()
                for m in re.finditer(rf"[ ]{{{_GAP},}}|\t+", text[line.start : line.end])
                if abs(m.end() - column) <= _DRIFT and text[line.start : line.end][: m.start()].strip()
            ),
            None,
        )
        lead = len(text[line.start : line.end]) - len(text[line.start : line.end].lstrip())
        if gap is None and lead >= column - _DRIFT and text[line.start : line.end].strip():
            gap = 0
        if gap is None:
            return (line.start, line.end), (line.end, line.end)
        cut = line.start + gap
    return (line.start, cut), (cut, line.end)
