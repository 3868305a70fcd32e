"""The table of questions in a sheet: its header, wherever it stands, and the rows below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from qbank.diagnostics import QbankError
from qbank.formats.platforms import dialects
from qbank.formats.platforms.headers import FIELDS, LETTERS, field_of, fields_of, is_header, plain
from qbank.readers.platforms.grid import HEADER_WITHIN, Grid, Line
from qbank.readers.xlsx import column_index
from qbank.suggest import did_you_mean

_LETTER = re.compile(r"[A-Za-z]{1,2}\Z")
_KEY = re.compile(r"[A-Z]|(?:answer|wrong|points)[0-9]{1,2}\Z")
_DOWN = frozenset({"category", "kind", "sub_kind", "material", "tags", "difficulty", "points", "number", "stem"})
"""Cells joined downwards that hold for every row they span; the stem only where a row is one choice."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's header: what each column is, and where the questions begin."""

    grid: Grid
    fields: tuple[str, ...]
    header: int
    """The number of the header row; 0 where there is none."""
    platform: str | None = None
    titles: tuple[str, ...] = ()
    """The cells of the header row."""

    def column(self, field: str) -> int | None:
        """Where a field stands, from 0."""
        return self.fields.index(field) if field and field in self.fields else None


@dataclass(frozen=True, slots=True)
class Record:
    """A row by field; empty cells are left out."""

    table: Table
    line: Line
    values: Mapping[str, str]

    def place(self, field: str = "") -> str:
        """The cell that a finding is about, as spreadsheets name it."""
        return self.table.grid.place(self.line.number, self.table.column(field))

    def column(self, field: str) -> int:
        """The number of that cell's column, from 1; 0 where there is none."""
        place = self.table.column(field)
        return 0 if place is None else place + 1


def found_in(grid: Grid, columns: str | None = None) -> Table | None:
    """The table of a sheet; `columns` is what the user says of it (see `asked`). None where there is none."""
    wanted, listed = asked(columns) if columns else ({}, [])
    best: tuple[int, Table] | None = None
    first = list(islice(grid.lines(), 2 * HEADER_WITHIN))
    # A row ends with its last cell; the columns behind a short header are columns too.
    width = max((len(line.cells) for line in first), default=0)
    for line in first[:HEADER_WITHIN]:
        if not any(len(cell) < 80 for cell in line.cells if cell):
            continue
        cells = line.cells + ("",) * (width - len(line.cells))
        named = _overridden(fields_of(cells), cells, wanted)
        if is_header(named):
            count = len({name for name in named if name})
            if best is None or count > best[0] + 1:
                best = count, Table(grid, tuple(named), line.number, dialects.recognised(cells), cells)
    if listed:
        header = best[1].header if best is not None else 0
        return Table(grid, tuple(listed), header)
    if best is not None:
        return best[1]
    return _by_letters(grid, wanted)


def asked(columns: str) -> tuple[dict[str, str], list[str]]:
    """The option `columns`: `stem=题目,answer=F` names headings or letters, `stem,A,B,answer` the columns in order.

    Raises `QbankError` for what is no field.
    """
    named: dict[str, str] = {}
    listed: list[str] = []
    for part in re.split(r"[,，]", columns):
        key, equals, value = part.partition("=")
        field = "" if key.strip() in {"", "-"} else _field(key.strip())
        if equals and field and value.strip():
            named[field] = value.strip()
        else:
            listed.append(field)
    if named and any(listed):
        raise QbankError("--option columns: write either stem=HEADING,... for each, or the columns in their order")
    return named, ([] if named else listed)


def _field(word: str) -> str:
    if word in FIELDS or _KEY.match(word):
        return word
    found = field_of(word)
    if found is None:
        raise QbankError(f"--option columns: {word!r} is not a column; {did_you_mean(word, [*FIELDS, *LETTERS[:8]])}")
    return found


def _overridden(named: list[str], titles: Sequence[str], wanted: Mapping[str, str]) -> list[str]:
    """The columns as the user named them, and the others as their headings do."""
    said = [plain(title) for title in titles]
    for field, title in wanted.items():
        place = said.index(plain(title)) if plain(title) in said else None
        if place is None and _LETTER.match(title) and column_index(title.upper()) <= len(titles):
            place = column_index(title.upper()) - 1
        if place is not None:
            named = ["" if name == field else name for name in named]
            named[place] = field
    return named


def _by_letters(grid: Grid, wanted: Mapping[str, str]) -> Table | None:
    """The table without a header whose columns the user named by their letters."""
    if "stem" not in wanted or not all(_LETTER.match(title) for title in wanted.values()):
        return None
    places = {column_index(title.upper()) - 1: field for field, title in wanted.items()}
    return Table(grid, tuple(places.get(i, "") for i in range(max(places) + 1)), 0)


def records(table: Table) -> Iterator[Record]:
    """The rows below the header; where another header stands, it holds from there."""
    filled: dict[tuple[int, int], str] = {}
    spans = {(column, first): last for column, first, last in table.grid.merged}
    for line in table.grid.lines():
        if line.number <= table.header:
            continue
        if _repeats_header(table, line):
            table = Table(table.grid, tuple(fields_of(line.cells)), line.number, table.platform, line.cells)
            continue
        cells = list(line.cells)
        if spans:
            _fill_down(table, line.number, cells, spans, filled)
        pairs = zip(table.fields, cells, strict=False)
        yield Record(table, line, {name: text for name, text in pairs if name and text})


def _repeats_header(table: Table, line: Line) -> bool:
    """Whether a row is a header again, and no question whose stem reads like a heading."""
    stem = table.column("stem")
    if stem is None or stem >= len(line.cells) or len(line.cells[stem]) > 40 or field_of(line.cells[stem]) != "stem":
        return False
    found = fields_of(line.cells)
    # Choices read like headings too (`Choice 1`), so another column has to say what it said before.
    others = {name for name in table.fields if name != "stem" and len(name) > 1} or set(LETTERS)
    return is_header(found) and any(
        one == other and one in others for one, other in zip(table.fields, found, strict=False)
    )


def _fill_down(
    table: Table,
    number: int,
    cells: list[str],
    spans: Mapping[tuple[int, int], int],
    filled: dict[tuple[int, int], str],
) -> None:
    """What a cell joined downwards says, in the rows below its first."""
    by_choice = "right" in table.fields
    for column, name in enumerate(table.fields):
        if name not in _DOWN or (name == "stem" and not by_choice):
            continue
        last = spans.get((column, number))
        if last is not None and column < len(cells):
            for row in range(number + 1, min(last, number + 10_000) + 1):
                filled[row, column] = cells[column]
        below = filled.pop((number, column), "")
        if below and not by_choice:
            cells += [""] * (column + 1 - len(cells))
            cells[column] = cells[column] or below
