"""Workbooks whose cells say what they are told: text stays text, and the same rows give the same bytes."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree
from msgspec import Struct
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell as _WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.writer.excel import ExcelWriter

from qbank.diagnostics import QbankError
from qbank.export import Context
from qbank.formats import celltext
from qbank.formats.sheets import Tongue, tongue_of

from ._package import Package
from ._xml import system_errors

WriteOnlyCell: Any = _WriteOnlyCell
"""Untyped, because what is set on it below is not in openpyxl's stubs."""
EPOCH = datetime.datetime(1980, 1, 1)
FONT = "Calibri"
"""Column widths are measured in it; programs show Chinese in a Chinese font whatever is named here."""
LINE_HEIGHT = 16.0
"""Points a line of 11-point text takes in Noto Sans CJK (1.448 em), the highest of the usual Chinese fonts."""
MAX_HEIGHT = 409.0
"""Points; the highest row Excel allows."""
ROWS = 1_048_576
"""The rows of a sheet: Excel's limit."""
HEADER_FILL = "DDE6F0"
SECTION_FILL = "EEF2F7"
MISSING_FILL = "FFE699"
_LINE = "9AA5B1"


class Style(Struct, frozen=True, cache_hash=True, gc=False):
    """How a cell looks; `text` is the number format that keeps what is typed later as text, too."""

    bold: bool = False
    size: float = 11
    fill: str = ""
    align: str = ""
    vertical: str = "top"
    wrap: bool = True
    border: bool = True
    text: bool = True
    number: str = "General"
    color: str = ""


class Cell(Struct, frozen=True, gc=False):
    """A cell to be written: its look, and its text or number as a workbook spells it; nothing in it where empty."""

    style: Style
    value: str = ""
    is_number: bool = False


class Book:
    """A workbook that is written row by row, its sheets in the order they were made."""

    def __init__(self, title: str) -> None:
        self._book = Workbook(write_only=True)
        self._styles: dict[Style, Any] = {}
        self._numbers: dict[Style, str] = {}
        self._book.properties.creator = "qbank"
        self._book.properties.title = _printable(title)
        self._book.properties.created = self._book.properties.modified = EPOCH

    def sheet(self, name: str, widths: Sequence[float]) -> Sheet:
        """A new sheet at the end, its columns as wide as told, in characters."""
        return Sheet(self, self._book.create_sheet(name), widths)

    def save(self, sink: BinaryIO) -> None:
        """Write the workbook. Nothing can be added afterwards."""
        with Package(sink) as package:
            # not Workbook.save(), which stamps the time of day
            ExcelWriter(self._book, _Archive(package)).write_data()  # type: ignore[arg-type]  # all that it uses of a ZipFile

    def number_of(self, style: Style, sheet: Any) -> str:
        """The number by which a cell names the style."""
        number = self._numbers.get(style)
        if number is None:
            number = self._numbers[style] = str(self._book._cell_styles.add(self.style(style, sheet)))  # type: ignore[attr-defined]  # not in the stubs
        return number

    def style(self, style: Style, sheet: Any) -> Any:
        """The style as openpyxl's own record, which many cells share."""
        if style not in self._styles:
            cell = WriteOnlyCell(sheet)
            cell.font = Font(name=FONT, size=style.size, bold=style.bold, color=style.color or None)
            cell.alignment = Alignment(
                horizontal=style.align or None,
                vertical=style.vertical,
                wrap_text=style.wrap,
            )
            if style.fill:
                cell.fill = PatternFill("solid", fgColor=style.fill)
            if style.border:
                side = Side("thin", color=_LINE)
                cell.border = Border(left=side, right=side, top=side, bottom=side)
            cell.number_format = "@" if style.text else style.number
            self._styles[style] = cell._style
        return self._styles[style]


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


class Sheet:
    """A sheet being written, from the top down."""

    def __init__(self, book: Book, sheet: Any, widths: Sequence[float]) -> None:
        self.raw = sheet
        """openpyxl's sheet: for page set-up, filters and the like."""
        self.row = 0
        """The number of the last row written."""
        self._book = book
        self._merged: list[str] = []
        for i, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(i)].width = width

    def text(self, text: str, style: Style) -> Cell:
        """A cell of text, never a formula, a date, a number or a truth value."""
        return Cell(style, celltext.encoded(text))

    def number(self, value: Fraction, style: Style) -> Cell:
        """A number where a cell can hold it exactly, else the text of it ("1/3")."""
        text = celltext.number(value)
        if "/" in text or len(text.strip("-").replace(".", "").lstrip("0")) > 15:
            return self.text(text, style)
        return Cell(style, text, is_number=True)

    def blank(self, style: Style) -> Cell:
        """An empty cell that has a look."""
        return Cell(style)

    def append(self, row: Sequence[Cell | None], height: float | None = None) -> None:
        """Write one row of cells; None leaves a place empty. `height` is in points."""
        if self.row == ROWS:
            raise QbankError(f"a sheet holds {ROWS:,} rows and this bank needs more; split it first")
        self.row += 1
        try:
            with system_errors():
                self._send(row, height)
        except OSError:
            # what openpyxl has open would complain once more when it is thrown away
            for generator in (self.raw._rows, self.raw._writer.xf):
                with suppress(etree.SerialisationError):
                    generator.close()
            raise

    def _send(self, row: Sequence[Cell | None], height: float | None) -> None:
        if self.raw._rows is None:
            # openpyxl writes what is around the rows; its own cells take ten times as long as these
            self.raw._get_writer()
            self.raw._rows = self._written_rows()
            next(self.raw._rows)
        self.raw._rows.send((row, height))

    def _written_rows(self) -> Generator[None, tuple[Sequence[Cell | None], float | None], None]:
        """Writes each row it is sent, until it is closed."""
        file = self.raw._writer.xf.send(True)
        with file.element("sheetData"):
            try:
                while True:
                    cells, height = yield
                    file.write(self._row_element(cells, height))
            except GeneratorExit:
                pass
        self.raw._writer.xf.send(None)

    def _row_element(self, cells: Sequence[Cell | None], height: float | None) -> Any:
        number = str(self.row)
        row = etree.Element("row", r=number)
        row.text = ""
        if height is not None:
            row.set("ht", _decimal(min(height, MAX_HEIGHT)))
            row.set("customHeight", "1")
        for letter, cell in zip(_letters(len(cells)), cells, strict=True):
            if cell is None:
                continue
            style = self._book.number_of(cell.style, self.raw)
            if not cell.value or cell.is_number:
                made = etree.SubElement(row, "c", r=letter + number, s=style, t="n")
                if cell.value:
                    etree.SubElement(made, "v").text = cell.value
                else:
                    made.text = ""
                continue
            made = etree.SubElement(row, "c", r=letter + number, s=style, t="inlineStr")
            text = etree.SubElement(etree.SubElement(made, "is"), "t")
            if cell.value != cell.value.strip():
                text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            text.text = cell.value
        return row

    def set_page(self, title: str, footer: str, *, landscape: bool = False) -> None:
        """A4, as wide as the paper, page numbers below, and the title above every page but the first."""
        sheet = self.raw
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.paperSize = 9
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.page_margins = PageMargins(left=0.6, right=0.6, top=0.75, bottom=0.75, header=0.35, footer=0.35)
        sheet.print_options.horizontalCentered = True
        sheet.HeaderFooter.differentFirst = True
        # "&" begins a code in headers and footers; a header may have 255 characters
        sheet.HeaderFooter.oddHeader.center.text = _printable(title)[:100].replace("&", "&&")
        sheet.HeaderFooter.oddFooter.center.text = footer
        sheet.HeaderFooter.firstFooter.center.text = footer

    def column_style(self, column: int, style: Style) -> None:
        """How the cells of a column look that nothing was written to: text typed there stays text."""
        self.raw.column_dimensions[get_column_letter(column)]._style = self._book.style(style, self.raw)

    def merge(self, first: int, last: int) -> None:
        """Join columns `first` to `last` of the row written last."""
        self._merged.append(f"{get_column_letter(first)}{self.row}:{get_column_letter(last)}{self.row}")

    def close(self) -> None:
        """Say that no row follows."""
        # a list, because openpyxl's own set has another order in every run
        self.raw.merged_cells = self._merged
        with system_errors():
            self.raw.close()


@lru_cache(maxsize=128)
def _letters(count: int) -> tuple[str, ...]:
    """The names of so many columns."""
    return tuple(get_column_letter(i) for i in range(1, count + 1))


def _decimal(value: float) -> str:
    return f"{value:.16g}"


class _Archive:
    """The part of a `ZipFile` that openpyxl's writer uses, on a package of fixed dates."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._names: list[str] = []

    def writestr(self, name: str, data: str | bytes) -> None:
        """One member from memory."""
        self._names.append(name)
        self._package.add(name, data.encode() if isinstance(data, str) else data)

    def write(self, path: str, name: str) -> None:
        """One member from a file."""
        self._names.append(name)
        with Path(path).open("rb") as stream:
            self._package.copy(name, stream)

    def namelist(self) -> list[str]:
        """What was written so far."""
        return self._names


def chosen_tongue(ctx: Context) -> Tongue:
    """The language of headings: the option `language`, else the bank's. Raises `QbankError` for an unknown one."""
    wanted = ctx.options.get("language")
    if wanted is None:
        return tongue_of(ctx.language)
    tongue = wanted.partition("-")[0].casefold()
    if tongue not in ("en", "zh"):
        raise QbankError(f"option language={wanted}: headings can be in en or zh")
    return "zh" if tongue == "zh" else "en"


def width_of(text: str) -> float:
    """How wide a text is, in characters of the normal font; a Chinese character counts 2.1."""
    return sum([_WIDTHS[character] for character in text])


class _Widths(dict[str, float]):
    """The width of each character, worked out when it is first met."""

    def __missing__(self, character: str) -> float:
        width = self[character] = _width(character)
        return width


def _width(character: str) -> float:
    if character.isascii():
        if character in " iljftr.,;:'|!()[]":
            return 0.8
        return 1.25 if character.isupper() or character in "mw@%&" else 1.0
    if unicodedata.combining(character):
        return 0.0
    return 2.1 if unicodedata.east_asian_width(character) in "WFA" else 1.15


_WIDTHS = _Widths()


def lines_of(text: str, width: float, size: float = 11) -> list[str]:
    """The text of that size broken into the lines a column of that width shows; joined by nothing they are the text.

    Breaks after spaces and between Chinese characters, as a spreadsheet does;
    each line but the last keeps its line feed or trailing space.
    """
    room = max((width - 1) * 11 / size, 4.0)  # without the cell's own margins
    lines: list[str] = []
    for paragraph in text.splitlines(keepends=True) or [""]:
        start = 0
        used = 0.0
        chance = 0  # where the line may be broken
        for i, character in enumerate(paragraph):
            wide = 0.0 if character in "\r\n" else _WIDTHS[character]
            if not character.isascii() or (i > 0 and not paragraph[i - 1].isascii()):
                chance = i
            if used + wide > room and character not in " \r\n" and i > start:
                end = chance if chance > start else i
                lines.append(paragraph[start:end])
                used = width_of(paragraph[end:i])
                start = end
            used += wide
            if character in " -\t":
                chance = i + 1
        lines.append(paragraph[start:])
    return lines


def height_of(lines: int, size: float = 11) -> float:
    """The height in points of a row of so many lines of text of that size."""
    return max(lines, 1) * LINE_HEIGHT * size / 11 + 4


@lru_cache(maxsize=1024)
def line_count(text: str, width: float, size: float = 11) -> int:
    """How many lines a column of that width needs for the text of that size."""
    if "\n" not in text and len(text) * 2.1 * size / 11 < width - 1:
        return 1
    return len(lines_of(text, width, size))
