"""Rows to a file: a workbook whose cells are text, or a text file with commas or tabs between its cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import BinaryIO, Literal, Protocol, TypeAlias

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from qbank.formats import celltext

from .._workbook import HEADER_FILL, ROWS, Book, Style, height_of

File: TypeAlias = Literal["xlsx", "csv", "tsv"]
FILES: tuple[File, ...] = ("xlsx", "csv", "tsv")
_HEADER = Style(bold=True, fill=HEADER_FILL)
_ABOVE = Style(border=False)
_TEXT = Style(border=False)
_NUMBER = Style(border=False, text=False)
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER_TEXT = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?%?\Z")
_WIDTHS = {"stem": 48.0, "feedback": 36.0, "answer": 14.0, "kind": 12.0}


class Rows(Protocol):
    """A file that rows are added to."""

    def above(self, cells: Sequence[str]) -> None:
        """A row above the header."""

    def header(self, cells: Sequence[str], kinds: Sequence[str] = ()) -> None:
        """The header; `kinds` are the words that its kind column takes."""

    def add(self, cells: Sequence[str | Fraction | int]) -> None:
        """A row of a question."""

    def close(self) -> None:
        """Say that no row follows."""


def changed_for_safety(cell: str) -> bool:
    """Whether a cell of a text file would be a formula where it is opened as a sheet; a space before it keeps it a text."""
    return bool(_FORMULA.match(cell)) and not _NUMBER_TEXT.match(cell)


class TextRows:
    """Rows of a text file (RFC 4180 for commas)."""

    def __init__(self, sink: BinaryIO, file: File, *, bom: bool) -> None:
        self._sink = sink
        self._tabs = file == "tsv"
        if bom:
            sink.write(b"\xef\xbb\xbf")

    def above(self, cells: Sequence[str]) -> None:
        self._write([*cells])

    def header(self, cells: Sequence[str], kinds: Sequence[str] = ()) -> None:
        self._write([*cells])

    def add(self, cells: Sequence[str | Fraction | int]) -> None:
        self._write([_spelled(cell) for cell in cells])

    def close(self) -> None:
        """Nothing is left to do."""

    def _write(self, cells: list[str]) -> None:
        text = io.StringIO(newline="")
        if self._tabs:
            csv.writer(text, delimiter="\t", lineterminator="\r\n").writerow(cells)
        else:
            csv.writer(text, lineterminator="\r\n").writerow(cells)
        self._sink.write(text.getvalue().encode("utf-8", "replace"))


def _spelled(cell: str | Fraction | int) -> str:
    if isinstance(cell, str):
        return f" {cell}" if changed_for_safety(cell) else cell
    return celltext.number(Fraction(cell))


class BookRows:
    """Rows of the only sheet of a workbook."""

    def __init__(self, sink: BinaryIO, title: str, sheet: str, fields: Sequence[str]) -> None:
        self._sink = sink
        self._book = Book(title)
        self._fields = fields
        self._sheet = self._book.sheet(sheet, [_WIDTHS.get(field, 12.0) for field in fields])
        for i in range(1, len(fields) + 1):
            self._sheet.column_style(i, _TEXT)

    def above(self, cells: Sequence[str]) -> None:
        self._sheet.append([self._sheet.text(cell, _ABOVE) if cell else None for cell in cells])

    def header(self, cells: Sequence[str], kinds: Sequence[str] = ()) -> None:
        lines = 1 + max((cell.count("\n") for cell in cells), default=0)
        row = [self._sheet.text(cell, _HEADER) if cell else None for cell in cells]
        self._sheet.append(row, height_of(lines))
        self._sheet.raw.freeze_panes = f"A{self._sheet.row + 1}"
        if kinds:
            rule = DataValidation(type="list", formula1=f'"{",".join(kinds)}"', allow_blank=True)
            letter = get_column_letter(self._fields.index("kind") + 1)
            rule.add(f"{letter}{self._sheet.row + 1}:{letter}{ROWS}")
            self._sheet.raw.data_validations.append(rule)

    def add(self, cells: Sequence[str | Fraction | int]) -> None:
        self._sheet.append(
            [
                self._sheet.number(Fraction(cell), _NUMBER)
                if not isinstance(cell, str)
                else self._sheet.text(cell, _TEXT)
                if cell
                else None
                for cell in cells
            ]
        )

    def close(self) -> None:
        self._sheet.close()
        self._book.save(self._sink)
