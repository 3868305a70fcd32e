"""Rows of a table in a text file: commas, tabs, or any characters that somebody chose to stand between cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from qbank.readers.lines import Ahead, each

SEPARATORS = ("\t", "@@", "###", "||", "|", ";", "；", ",", "，", "#", "$$", "^", "~")
"""What may stand between cells where nothing says so; `separator_of` tries each."""
MAX_LINES = 200
"""How many lines one quoted cell may have; a quotation mark that is closed later opens nothing."""
_UNCLOSED = 50
"""After so many quotation marks that nothing closes, quotation marks are ordinary characters."""
_STAND_IN = "\x1f"  # for a separator of several characters; the csv module takes one
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a record, blanks around them taken off, and its first and last line."""

    cells: tuple[str, ...]
    line: int
    end: int
    text: str


def rows(text: str, separator: str) -> Iterator[Row]:
    """The records of a table that are not empty; quoted cells may hold separators and line ends (RFC 4180)."""
    return records(Ahead(each(text)), separator)


def records(lines: Ahead, separator: str) -> Iterator[Row]:
    """`rows` from lines that are taken one by one."""
    at = unclosed = 0
    while (first := lines.next()) is not None:
        size = _length(first, lines, separator) if '"' in first and unclosed < _UNCLOSED else 1
        unclosed += size == 0
        taken = first if size < 2 else "\n".join((first, *islice(lines, size - 1)))
        if taken.strip():
            cells = _cells(taken, separator, quoted=size > 0 and unclosed < _UNCLOSED)
            if any(cells):
                yield Row(cells, at + 1, at + max(1, size), taken)
        at += max(1, size)


def _length(first: str, lines: Ahead, separator: str) -> int:
    """How many lines a record has that begins before those to come; 0 when a quotation mark is never closed."""
    inside = False
    for size, line in enumerate(islice(chain([first], lines.ahead()), MAX_LINES), 1):
        inside = _open_after(line, separator, inside)
        if not inside:
            return size
    return 0


def _open_after(line: str, separator: str, inside: bool) -> bool:
    """Whether a quoted cell is open at the end of a line."""
    place = 0
    while True:
        if inside:
            place = line.find('"', place)
            if place < 0:
                return True
            if line.startswith('""', place):
                place += 2
                continue
            inside = False
        elif line.startswith('"', place):
            inside = True
            place += 1
            continue
        place = line.find(separator, place)
        if place < 0:
            return False
        place += len(separator)
        if line.startswith('"', place):
            inside, place = True, place + 1


def _cells(record: str, separator: str, *, quoted: bool) -> tuple[str, ...]:
    single = separator if len(separator) == 1 else _STAND_IN
    record = record if single == separator else record.replace(_STAND_IN, " ").replace(separator, single)
    try:
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        found = next(csv.reader(io.StringIO(record, newline=""), delimiter=single, quoting=quoting), [])
    except csv.Error:
        found = list(_long_cells(record, single, quoted=quoted))  # a cell longer than the csv module takes
    return tuple(cell.replace(_STAND_IN, separator).strip() for cell in found)


def _long_cells(record: str, separator: str, *, quoted: bool) -> Iterator[str]:
    """The cells of a record, of any length."""
    at = 0
    while at <= len(record):
        cell = ""
        if quoted and record.startswith('"', at):
            end = at + 1
            while (end := record.find('"', end)) >= 0 and record.startswith('""', end):
                end += 2
            end = len(record) if end < 0 else end
            cell = record[at + 1 : end].replace('""', '"')
            at = end + 1
        end = record.find(separator, at)
        end = len(record) if end < 0 else end
        yield cell + record[at:end]
        at = end + len(separator)


def separator_of(text: str) -> str | None:
    """The separator that cuts the first lines into the most even rows of three cells or more; None for none."""
    first = text[: 1 << 20].split("\n", 1)[0].strip()
    if first[:4].lower() == "sep=" and len(first) > 4:
        return first[4:]  # as Excel writes it
    lines = "\n".join(text[: 1 << 20].split("\n")[:_SAMPLE])
    best: tuple[float, int, str] | None = None
    for rank, separator in enumerate(SEPARATORS):
        if separator not in lines:
            continue
        sizes = [len(row.cells) for row in rows(lines, separator)]
        usual = max(set(sizes), key=lambda size: (sizes.count(size), size)) if sizes else 0
        if usual >= 3:
            even = sizes.count(usual) / len(sizes)
            if best is None or (even, -rank) > best[:2]:
                best = (even, -rank, separator)
    return best[2] if best is not None and best[0] >= 0.5 else None
