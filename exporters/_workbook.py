"""Workbooks whose cells say what they are told: text stays text, and the same rows give the same bytes."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from html import escape
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, assert_never, cast

from msgspec import Struct
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell as _WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.comments.comment_sheet import CommentRecord as _CommentRecord
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.writer.excel import ExcelWriter

from qbank.diagnostics import QbankError
from qbank.export import Context
from qbank.formats import celltext
from qbank.formats.sheets import Tongue, tongue_of
from qbank.scratch import Scratch

from ._package import Package
from ._xml import system_errors

Paper: TypeAlias = Literal["a4", "letter"]
CommentRecord: Any = _CommentRecord
WriteOnlyCell: Any = _WriteOnlyCell
"""Untyped, because what is set on it below is not in openpyxl's stubs."""
EPOCH = datetime.datetime(1980, 1, 1)
FONT = "Arial"
"""Column widths are measured in it, so it is one that every machine has, or one of the same measures (Liberation Sans).

Programs show Chinese in a Chinese font whatever is named here.
"""
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
_BATCH = 1 << 18
_TEXT = '<t xml:space="preserve">'
_LEVEL = 3
"""Of deflate: twice as fast as the usual 6, the file a sixth larger."""
_SURE = 0.97
"""The part of a page that is filled; the rest is for programs that round heights up."""
_MOST_BREAKS = 1000
"""Excel takes 1026 manual breaks a sheet; pages after these end where the program ends them."""


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
    """A cell to be written: its look, and its text, number or formula as a workbook spells it; empty for none."""

    style: Style
    value: str = ""
    sort: Literal["text", "number", "formula"] = "text"


class Book:
    """A workbook that is written row by row, its sheets in the order they were made."""

    def __init__(self, title: str) -> None:
        self._book = Workbook(write_only=True)
        self._styles: dict[Style, Any] = {}
        self._numbers: dict[Style, str] = {}
        self._rows: dict[str, Scratch] = {}
        usual = Font(name=FONT, size=11)
        self._book._fonts = IndexedList([usual])  # type: ignore[attr-defined]  # not in the stubs
        self._book._named_styles["Normal"].font = usual  # type: ignore[attr-defined]  # not in the stubs
        self._book.properties.creator = "qbank"
        self._book.properties.title = _printable(title)
        self._book.properties.created = self._book.properties.modified = EPOCH

    def sheet(self, name: str, widths: Sequence[float]) -> Sheet:
        """A new sheet at the end, its columns as wide as told, in characters."""
        return Sheet(self, self._book.create_sheet(name), widths)

    def keep(self, path: str, rows: Scratch) -> None:
        """The rows of the sheet that openpyxl writes to `path` without any."""
        self._rows[path] = rows

    def save(self, sink: BinaryIO) -> None:
        """Write the workbook. Nothing can be added afterwards."""
        with Package(sink) as package:
            # not Workbook.save(), which stamps the time of day
            ExcelWriter(self._book, _Archive(package, self._rows)).write_data()  # type: ignore[arg-type]  # all that it uses of a ZipFile

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
    """A sheet being written, from the top down.

    Its rows are strings made here, a cell from its parts with every text escaped; openpyxl writes what is around them.
    """

    def __init__(self, book: Book, sheet: Any, widths: Sequence[float]) -> None:
        self.raw = sheet
        """openpyxl's sheet: for page set-up, filters and the like."""
        self.row = 0
        """The number of the last row written."""
        self._book = book
        self._merged: list[str] = []
        self._rows = Scratch()
        self._waiting: list[str] = []
        self._size = 0
        self._starts: dict[Style, str] = {}
        self._pages: Pages | None = None
        self._notes: list[Any] = []
        for i, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(i)].width = width

    def text(self, text: str, style: Style) -> Cell:
        """A cell of text, never a formula, a date, a number or a truth value."""
        # printable text without an underscore has nothing to encode
        return Cell(style, text if text.isprintable() and "_" not in text else celltext.encoded(text))

    def number(self, value: Fraction, style: Style) -> Cell:
        """A number where a cell can hold it exactly, else the text of it ("1/3")."""
        text, is_exact = _number_text(value)
        return Cell(style, text, "number") if is_exact else self.text(text, style)

    def formula(self, formula: str, style: Style) -> Cell:
        """A formula of ours, without its equals sign; never made of a text of the bank but as a quoted string."""
        return Cell(style, formula, "formula")

    def blank(self, style: Style) -> Cell:
        """An empty cell that has a look."""
        return Cell(style)

    def append(self, row: Sequence[Cell | None], height: float | None = None, *, keep: bool = False) -> None:
        """Write one row of cells; None leaves a place empty. `height` is in points; `keep` it on the next row's page."""
        if self.row == ROWS:
            raise QbankError(f"a sheet holds {ROWS:,} rows and this bank needs more; split it first")
        self.row += 1
        if self._pages is not None:
            self._pages.add(self.row, 15.0 if height is None else min(height, MAX_HEIGHT), keep=keep)
        written = self._row_xml(row, height)
        self._waiting.append(written)
        self._size += len(written)
        if self._size > _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._rows.append("".join(self._waiting).encode())
        self._waiting.clear()
        self._size = 0

    def _row_xml(self, cells: Sequence[Cell | None], height: float | None) -> str:
        number = str(self.row)
        size = "" if height is None else f' ht="{min(height, MAX_HEIGHT):.16g}" customHeight="1"'
        parts = [f'<row r="{number}"{size}>']
        starts = self._starts
        for letter, cell in zip(_letters(len(cells)), cells, strict=True):
            if cell is None:
                continue
            style = starts.get(cell.style)
            if style is None:
                style = starts[cell.style] = f'" s="{self._book.number_of(cell.style, self.raw)}"'
            value = cell.value
            if not value:
                parts.append(f'<c r="{letter}{number}{style}/>')
                continue
            if "&" in value or "<" in value or ">" in value:
                value = escape(value, quote=False)
            match cell.sort:
                case "text":
                    parts.append(f'<c r="{letter}{number}{style} t="inlineStr"><is>{_TEXT}{value}</t></is></c>')
                case "number":
                    parts.append(f'<c r="{letter}{number}{style}><v>{value}</v></c>')
                case "formula":
                    parts.append(f'<c r="{letter}{number}{style}><f>{value}</f></c>')
                case _:
                    assert_never(cell.sort)
        parts.append("</row>")
        return "".join(parts)

    def set_page(
        self, title: str, footer: str, *, landscape: bool = False, paper: Paper = "a4", scale: int | None = None
    ) -> None:
        """Page numbers below, the title above every page but the first; as wide as the paper, or at `scale` percent."""
        sheet = self.raw
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.paperSize = 9 if paper == "a4" else 1
        if scale is None:
            sheet.sheet_properties.pageSetUpPr.fitToPage = True
            sheet.page_setup.fitToWidth = 1
            sheet.page_setup.fitToHeight = 0
        else:
            sheet.page_setup.scale = scale
        sheet.page_margins = PageMargins(left=0.6, right=0.6, top=0.75, bottom=0.75, header=0.35, footer=0.35)
        sheet.print_options.horizontalCentered = True
        sheet.HeaderFooter.differentFirst = True
        # "&" begins a code in headers and footers; a header may have 255 characters
        sheet.HeaderFooter.oddHeader.center.text = _printable(title)[:100].replace("&", "&&")
        sheet.HeaderFooter.oddFooter.center.text = footer
        sheet.HeaderFooter.firstFooter.center.text = footer

    def paginate(self, repeated: float = 0.0) -> None:
        """End pages here and not where the program would, so that no row to `keep` stands at the foot of one.

        `repeated` is the height of the rows at the head of every page; call it after `set_page` with a scale.
        """
        setup = self.raw.page_setup
        landscape = setup.orientation == "landscape"
        height = {9: (842, 595), 1: (792, 612)}[setup.paperSize][landscape]
        margins = self.raw.page_margins
        room = (height - 72 * (margins.top + margins.bottom)) * 100 / (setup.scale or 100)
        self._pages = Pages(room * _SURE, repeated)

    def comment(self, column: int, text: str) -> None:
        """A note at a cell of the row written last."""
        note = Comment(text, "qbank", height=90, width=300)
        self._notes.append(CommentRecord.from_cell(_Noted(f"{get_column_letter(column)}{self.row}", note)))

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
        if self._pages is not None:
            for row in self._pages.breaks:
                self.raw.row_breaks.append(Break(id=row))
        self._flush()
        with system_errors():
            self.raw._get_writer()
            self.raw._comments = self._notes
            self.raw.close()
        self._book.keep(self.raw._writer.out, self._rows)


@lru_cache(maxsize=1024)
def _number_text(value: Fraction) -> tuple[str, bool]:
    """A number in words, and whether a spreadsheet's number is the same."""
    text = celltext.number(value)
    return text, "/" not in text and len(text.strip("-").replace(".", "").lstrip("0")) <= 15


class _Noted:
    """What openpyxl asks of a cell that has a note."""

    def __init__(self, coordinate: str, comment: Any) -> None:
        self.coordinate = coordinate
        self._comment = comment


class Pages:
    """Where pages end: before a row that does not fit any more, with the rows above that are kept with it."""

    def __init__(self, room: float, repeated: float) -> None:
        self.breaks: list[int] = []
        """The rows after which a page ends."""
        self._room = room
        self._repeated = repeated
        self._used = 0.0
        self._chain = 0.0
        self._first = 0

    def add(self, row: int, height: float, *, keep: bool) -> None:
        """The next row, of that height."""
        if not self._chain:
            self._first = row
        self._chain += height
        full = self._used + self._chain > self._room
        if full and self._used > self._repeated and len(self.breaks) < _MOST_BREAKS:
            self.breaks.append(self._first - 1)
            self._used = self._repeated
        if not keep:
            self._used += self._chain
            self._chain = 0.0


@lru_cache(maxsize=128)
def _letters(count: int) -> tuple[str, ...]:
    """The names of so many columns."""
    return tuple(get_column_letter(i) for i in range(1, count + 1))


class _Archive:
    """The part of a `ZipFile` that openpyxl's writer uses, on a package of fixed dates."""

    def __init__(self, package: Package, rows: Mapping[str, Scratch]) -> None:
        self._package = package
        self._rows = rows
        self._names: list[str] = []

    def writestr(self, name: str, data: str | bytes) -> None:
        """One member from memory."""
        self._names.append(name)
        self._package.add(name, data.encode() if isinstance(data, str) else data)

    def write(self, path: str, name: str) -> None:
        """A sheet: what openpyxl wrote around its rows, and the rows."""
        self._names.append(name)
        head, empty, tail = Path(path).read_bytes().partition(b"<sheetData></sheetData>")
        if not empty:
            head, empty, tail = Path(path).read_bytes().partition(b"<sheetData/>")
        stream = _Spliced(head + b"<sheetData>", self._rows[path], b"</sheetData>" + tail)
        self._package.copy(name, cast(BinaryIO, stream), _LEVEL)

    def namelist(self) -> list[str]:
        """What was written so far."""
        return self._names


class _Spliced:
    """A stream of a head, rows and a tail."""

    def __init__(self, head: bytes, rows: Scratch, tail: bytes) -> None:
        self._parts = [head, tail]
        self._rows = rows
        self._place = 0

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        if self._place == 0 and len(self._parts) == 2:
            return self._parts.pop(0)
        if self._place < len(self._rows):
            block = self._rows.read(self._place, size)
            self._place += len(block)
            return block
        return self._parts.pop() if self._parts else b""


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
    """How wide a text is, in characters of the normal font; a Chinese character counts 1.9."""
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
        return 1.75 if character in "mMW@%" else 1.3 if character.isupper() or character in "w&" else 1.0
    if unicodedata.combining(character):
        return 0.0
    return 1.9 if unicodedata.east_asian_width(character) in "WFA" else 1.2


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


def about_line_count(text: str, width: float) -> int:
    """`line_count` for rows that people will edit anyway: quick, and rather a line too many than one too few."""
    room = max(width - 1, 4.0)
    if "\n" not in text:
        return ceil((len(text) + 0.45 * (len(text.encode("utf-8", "surrogatepass")) - len(text))) * 1.06 / room) or 1
    return sum(about_line_count(line, width) for line in text.split("\n"))
