"""A document as sheets of rows of text, whatever office program or website it comes from; no formula is ever evaluated."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any

from qbank.diagnostics import QbankError, Report
from qbank.formats import celltext, unpack
from qbank.formats.platforms.cells import tidied
from qbank.formats.platforms.headers import fields_of, is_header
from qbank.readers import xlsx
from qbank.readers.decode import decode, looks_like_text
from qbank.readers.delimited import records, rows, separator_of
from qbank.readers.lines import Ahead, each, source
from qbank.reading import Context, Document

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
COLUMNS = 200
"""Columns that are read; the others of a sheet hold no question."""
HEADER_WITHIN = 30
"""The header is among so many rows with something in them."""
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_MERGED_TAIL = 4 << 20
_FORMULA_TEXT = re.compile(r'="(.*)"', re.S)
_TEXTS = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
_SAMPLE = 64 * 1024
_MOST_GUESSED = 1 << 20
"""Characters that the separator is guessed from."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number in the sheet, from 1, and the texts of its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet; a text file has one without a name."""

    name: str
    lines: Callable[[], Iterator[Line]] = field(repr=False)
    """The rows that have something in them, read anew at each call."""
    merged: tuple[tuple[int, int, int], ...] = ()
    """Cells joined downwards: column from 0, first row, last row."""
    hidden: bool = False

    def place(self, row: int, column: int | None = None) -> str:
        """A cell as spreadsheets name it, `Sheet1!C14`; the column counts from 0."""
        if not self.name:
            return f"line {row}" if column is None else f"line {row}, column {column + 1}"
        return f"{self.name}!{row}:{row}" if column is None else f"{self.name}!{xlsx.column_letter(column + 1)}{row}"


@dataclass(frozen=True, slots=True)
class Sheets:
    """The sheets of a document, and how many pictures lie on them unread."""

    grids: tuple[Grid, ...]
    pictures: int = 0


def is_workbook(data: bytes) -> bool:
    """Whether it is a workbook of the newer kind, whatever its name ends in."""
    return data.startswith(b"PK\x03\x04") and xlsx.MAIN.encode() in data


def is_old_workbook(data: bytes) -> bool:
    """Whether it is a workbook of the older kind (.xls), whatever its name ends in."""
    return data.startswith(OLE) and any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book"))


def is_web_table(document: Document) -> bool:
    """Whether it is a page with a table, saved under the ending of a workbook as many sites do."""
    head = document.data[:4096].lower()
    return document.name.lower().endswith((".xls", ".xlsx")) and (b"<table" in head or b"<html" in head)


def opened(document: Document, ctx: Context, separator: str | None = None) -> Sheets:
    """The sheets of a document.

    Raises `QbankError` for what is damaged, locked, not safe to unpack or
    nothing of the kind, and where a workbook of the older kind needs LibreOffice
    and there is none.
    """
    data = document.data
    if is_old_workbook(data):
        from qbank.readers import legacy

        return _workbook(replace(document, data=legacy.workbook(document)))
    if data.startswith(b"PK\x03\x04"):
        return _workbook(document)
    if is_web_table(document):
        return Sheets(tuple(_tables(document)))
    lines = source(data, document.name, ctx)
    return Sheets((_text_grid(lines, separator or _separator(document.name, Ahead(lines()).head(_MOST_GUESSED))),))


@lru_cache(maxsize=1)
def peeked(document: Document) -> Sheets | None:
    """The sheets as `opened` gives them, for a look at their beginning; None where they cannot be had without help."""
    data = document.data
    try:
        if is_workbook(data):
            return _workbook(document)
        if is_web_table(document):
            return Sheets(tuple(_tables(document)))
        if data.startswith(OLE) or not document.name.lower().endswith(_TEXTS) or not looks_like_text(data):
            return None
        head = data[:_SAMPLE]
        if len(data) > len(head):
            head = head[: head.rfind(b"\n") + 1]
        text = decode(head, document.name, Context(report=Report()))
        return Sheets((_text_grid(partial(each, text), _separator(document.name, text)),))
    except QbankError:
        return None


# --- workbooks -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _workbook(document: Document) -> Sheets:
    """The sheets of a workbook, which is opened once however often they are gone through."""
    book = xlsx.opened(document, calculated=True)
    grids = tuple(
        Grid(
            sheet.title,
            _sheet_lines(document.name, sheet),
            _merged_cells(document, sheet),
            getattr(sheet, "sheet_state", "visible") != "visible",
        )
        for sheet in book.worksheets
    )
    archive = unpack.archive(document.data, document.name)
    return Sheets(grids, sum(member.startswith("xl/media/") for member in archive.members()))


def _sheet_lines(name: str, sheet: Any) -> Callable[[], Iterator[Line]]:
    def lines() -> Iterator[Line]:
        try:
            sheet.reset_dimensions()
            for number, row in enumerate(xlsx.bounded(sheet), 1):
                cells = tuple(_shown(cell) for cell in row[:COLUMNS])
                if any(cells):
                    yield Line(number, cells)
        except xlsx.DAMAGED as error:
            raise xlsx.damaged(name, error) from error

    return lines


def _merged_cells(document: Document, sheet: Any) -> tuple[tuple[int, int, int], ...]:
    """The cells of a sheet that are joined downwards, as its part of the archive says at its end."""
    path = str(getattr(sheet, "_worksheet_path", ""))
    archive = unpack.archive(document.data, document.name)
    if path not in archive:
        return ()
    found = []
    tail = b""
    for piece in archive.pieces(path):
        tail = (tail + piece)[-_MERGED_TAIL:]
    for left, top, right, bottom in _MERGED.findall(tail):
        first, last = int(top), int(bottom)
        if first < last < xlsx.ROWS:
            start, end = xlsx.column_index(left.decode()) - 1, xlsx.column_index(right.decode()) - 1
            found += [(column, first, last) for column in range(start, min(end, start + COLUMNS) + 1)][:1]
    return tuple(found)


def _shown(cell: Any) -> str:
    """What a cell shows, as text."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, str):
        return cleaned(celltext.decoded(value))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number(value, str(cell.number_format))
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d") if value.time() == datetime.time() else value.isoformat(" ")
    return str(value).strip()


def _number(value: float, number_format: str) -> str:
    if value.is_integer() and abs(value) < 1e15:
        shown = str(int(value))
        # `001` that a sheet shows by a format of zeros
        return shown.zfill(len(number_format)) if re.fullmatch(r"0{2,20}", number_format) else shown
    return repr(value)


def cleaned(text: str) -> str:
    """The text of a cell; `="007"` is how a sheet keeps a text from becoming a number."""
    match = _FORMULA_TEXT.fullmatch(text.strip())
    return tidied(match[1] if match else text)


# --- texts and pages -------------------------------------------------------------------------------------------------


def _separator(name: str, text: str) -> str:
    """The separator under which a row names its columns; else what the ending or the shape of the text says."""
    if name.lower().endswith(".tsv"):
        return "\t"
    guessed = separator_of(text)
    head = "\n".join(text[:_SAMPLE].split("\n")[: 2 * HEADER_WITHIN])
    best, most = "", 0
    for separator in dict.fromkeys([guessed or ",", ",", "\t", ";", "|"]):
        for row in rows(head, separator):
            named = fields_of(row.cells[:COLUMNS]) if len(row.cells) > 1 else []
            count = len({field for field in named if field}) if is_header(named) else 0
            if count > most:
                best, most = separator, count
    return best or (guessed if guessed and not name.lower().endswith(".csv") else ",")


def _text_grid(text: Callable[[], Iterator[str]], separator: str) -> Grid:
    is_named = re.match(r"\s*sep=.{1,3}\n", Ahead(text()).head(_SAMPLE), re.I) is not None

    def lines() -> Iterator[Line]:
        found = chain([""], islice(text(), 1, None)) if is_named else text()
        for row in records(Ahead(found), separator):
            yield Line(row.line, tuple(cleaned(celltext.decoded(cell)) for cell in row.cells[:COLUMNS]))

    return Grid("", lines)


def _tables(document: Document) -> Iterator[Grid]:
    from qbank.richtext import html_root

    root, _ = html_root(decode(document.data, document.name, Context(report=Report())))
    for place, table in enumerate(root.iter("table"), 1):
        found: list[Line] = []
        for number, row in enumerate(table.iter("tr"), 1):
            cells = tuple(cleaned(_cell_text(cell)) for cell in row if cell.tag in ("td", "th"))
            if any(cells):
                found.append(Line(number, cells[:COLUMNS]))
        if found:
            yield Grid(f"Table{place}", _again(found))


def _again(found: Sequence[Line]) -> Callable[[], Iterator[Line]]:
    return lambda: iter(found)


def _cell_text(cell: Any) -> str:
    for line_end in cell.iter("br", "p", "div"):
        line_end.tail = "\n" + (line_end.tail or "")
    return re.sub(r"[ \t]*\n\s*", "\n", "".join(cell.itertext()))
