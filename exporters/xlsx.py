"""The bank as a workbook that people edit: one question a row, and nothing lost.

Sheets: `Questions`; `Guide`, which says how to edit them; `Bank`, what the bank
says of itself; `Media`, if it has any: the files it names, and the bytes of
those it carries, in rows that fit a cell; `Long`, if any text is longer than a
cell can hold. How a question is spelled in a row: `qbank.formats.sheets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import BinaryIO, ClassVar

import msgspec
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext, sheets
from qbank.formats.sheets import Cells, Tongue
from qbank.model import KINDS, Group, Kind, Question

from ._workbook import (
    HEADER_FILL,
    ROWS,
    Book,
    Cell,
    Sheet,
    Style,
    about_line_count,
    chosen_tongue,
    height_of,
    line_count,
)
from ._xlsx_guide import GUIDE, NOTES

_HEADER = Style(bold=True, fill=HEADER_FILL)
_TEXT = Style(border=False)
_UNWRAPPED = Style(wrap=False, align="fill", border=False)
_NUMBER = Style(text=False, align="center", border=False)
_BOLD = Style(bold=True, border=False)
_FOOTER = "&P / &N"
_MOST_LINES = 10
_NUMBER_KEYS = frozenset({"points", "difficulty"})


def _name(role: str, tongue: Tongue) -> str:
    return sheets.SHEET_NAMES[role][tongue == "zh"]


def _style(key: str) -> Style:
    return _UNWRAPPED if key == "more" else _TEXT


_PLACES = tuple((column.key, column.width - 1, _style(column.key)) for column in sheets.COLUMNS)
_SURELY_FITS = celltext.LIMIT // 2
"""Characters that no cell is too small for, whatever they are."""


class Xlsx:
    """Writes the editable workbook."""

    name = "xlsx"
    title = "Excel workbook"
    suffix = ".xlsx"
    options: ClassVar[Mapping[str, str]] = {"language": "Language of the headings: en or zh (default: the bank's)."}
    unanswered: Unanswered = "native"
    keeps_unanswered = True
    support: ClassVar[Mapping[Kind, Support]] = dict.fromkeys(KINDS, "full")

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions; only the row at hand is in memory."""
        tongue = chosen_tongue(ctx)
        book = Book(ctx.title)
        sheet = _questions_sheet(book, tongue, ctx.title)
        overflow: list[tuple[str, str, str]] = []
        for question in questions:
            for part, row in _rows(question, tongue):
                _write_row(sheet, part, row, overflow, ctx)
        _finish_questions(sheet, tongue)
        _write_guide(book, ctx.title, tongue)
        _write_bank(book, ctx, tongue)
        _write_media(book, ctx, tongue)
        if overflow:
            _write_long(book, overflow, ctx.title, tongue)
        book.save(sink)


def _rows(question: Question, tongue: Tongue) -> Iterator[tuple[Question, Cells]]:
    parts = [question, *question.questions] if isinstance(question, Group) else [question]
    return zip(parts, sheets.rows(question, tongue), strict=True)


def _questions_sheet(book: Book, tongue: Tongue, title: str) -> Sheet:
    sheet = book.sheet(_name("questions", tongue), [column.width for column in sheets.COLUMNS])
    sheet.raw.freeze_panes = "C2"
    sheet.raw.sheet_properties.tabColor = "4472C4"
    sheet.raw.print_title_rows = "1:1"
    sheet.set_page(title, _FOOTER, landscape=True)
    for i, column in enumerate(sheets.COLUMNS, 1):
        sheet.column_style(i, _NUMBER if column.key in _NUMBER_KEYS else _style(column.key))
    sheet.append([sheet.text(column.title(tongue), _HEADER) for column in sheets.COLUMNS], height_of(1))
    for i, column in enumerate(sheets.COLUMNS, 1):
        if column.key in NOTES:
            sheet.comment(i, NOTES[column.key][tongue == "zh"])
    return sheet


def _write_row(
    sheet: Sheet, question: Question, row: Cells, overflow: list[tuple[str, str, str]], ctx: Context
) -> None:
    line: list[Cell | None] = []
    lines, empty = 1, 0
    for key, width, style in _PLACES:
        if key not in row:
            empty += 1
            continue
        if empty:
            line += [None] * empty
            empty = 0
        cell = row[key]
        if isinstance(cell, str):
            text = cell if len(cell) <= _SURELY_FITS else _fitted(cell, key, question, overflow, ctx)
            # most texts are on one line for sure, and need not be measured
            if lines < _MOST_LINES and key != "more" and (len(text) * 2 > width * lines or "\n" in text):
                lines = max(lines, about_line_count(text, width))
            line.append(sheet.text(text, style))
        else:
            line.append(_number(sheet, cell))
    sheet.append(line, height_of(min(lines, _MOST_LINES)))


def _number(sheet: Sheet, cell: int | float | Fraction | None) -> Cell:
    return sheet.number(Fraction(cell or 0), _NUMBER)


def _fitted(text: str, key: str, question: Question, overflow: list[tuple[str, str, str]], ctx: Context) -> str:
    length = celltext.units(text)
    if length <= celltext.LIMIT:
        return text
    overflow.append((question.id, key, text))
    ctx.loss(
        "X305",
        question,
        f"the {key} of {question.id} has {length:,} characters and a cell holds {celltext.LIMIT:,}: the cell shows its "
        "beginning, the sheet Long has all of it",
        pointer=_pointer(key, question),
    )
    return next(celltext.pieces(text)) + celltext.CUT


def _pointer(key: str, question: Question) -> str:
    if len(key) == 1:
        name = "items" if hasattr(question, "items") else "choices"
        return f"/{name}/{sheets.LETTERS.index(key)}/text"
    if key.startswith("feedback"):
        return f"/feedback/{key.partition('_')[2] or 'general'}"
    return "" if key == "more" else f"/{key}"


def _finish_questions(sheet: Sheet, tongue: Tongue) -> None:
    place = {column.key: get_column_letter(i) for i, column in enumerate(sheets.COLUMNS, 1)}
    last = get_column_letter(len(sheets.COLUMNS))
    zh = tongue == "zh"
    kinds = ",".join(words[zh] for words in sheets.KIND_LABELS.values())
    states = ",".join(words[zh] for words in sheets.STATUS_LABELS.values())
    for key, words in (("kind", kinds), ("status", states)):
        rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=True)
        rule.error = "请从列表中选择。" if zh else "Please pick one from the list."
        rule.add(f"{place[key]}2:{place[key]}{ROWS}")
        sheet.raw.data_validations.append(rule)
    rule = DataValidation(
        type="whole", operator="between", formula1="1", formula2="5", allow_blank=True, showErrorMessage=True
    )
    rule.error = "难度为 1 到 5 的整数。" if zh else "Difficulty is a whole number from 1 to 5."
    rule.add(f"{place['difficulty']}2:{place['difficulty']}{ROWS}")
    sheet.raw.data_validations.append(rule)
    sheet.raw.print_area = f"A1:{place['tags']}{sheet.row}"
    sheet.raw.auto_filter.ref = f"A1:{last}{max(sheet.row, 2)}"
    sheet.close()


def _write_guide(book: Book, title: str, tongue: Tongue) -> None:
    widths = (30.0, 64.0, 64.0)
    sheet = book.sheet(_name("guide", tongue), widths)
    sheet.set_page(title, _FOOTER, landscape=True)
    sheet.raw.freeze_panes = "A2"
    sheet.append([sheet.text(word, _HEADER) for word in ("What · 内容", "English", "中文")], height_of(1))
    for row in GUIDE:
        lines = max(line_count(text, width) for text, width in zip(row, widths, strict=True))
        styles = (_BOLD, _TEXT, _TEXT)
        sheet.append([sheet.text(text, style) for text, style in zip(row, styles, strict=True)], height_of(lines))
    sheet.append(
        [sheet.text(word, _HEADER) for word in ("Kinds · 题型", "English", "中文")],
        height_of(1),
    )
    for (kind, _), (english, chinese) in sheets.KIND_LABELS.items():
        sheet.append([sheet.text(word, _TEXT) for word in (kind, english, chinese)], height_of(1))
    sheet.close()


def _write_bank(book: Book, ctx: Context, tongue: Tongue) -> None:
    sheet = book.sheet(_name("bank", tongue), (20, 100))
    sheet.set_page(ctx.title, _FOOTER)
    sheet.append([sheet.text("Property", _HEADER), sheet.text("Value", _HEADER)], height_of(1))
    header = msgspec.to_builtins(ctx.header)
    header.pop("assets", None)
    for name, value in header.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for i, piece in enumerate(celltext.pieces(text)):
            cells = [sheet.text("" if i else name, _BOLD), sheet.text(piece, _TEXT)]
            sheet.append(cells, height_of(min(line_count(piece, 100), _MOST_LINES)))
    sheet.close()


def _write_media(book: Book, ctx: Context, tongue: Tongue) -> None:
    """The assets, one a row; further rows, with only a name and a part, continue the base64 of the row above."""
    if not ctx.header.assets:
        return
    names = ("name", "file", "media_type", "sha256", "alt", "part", "base64")
    sheet = book.sheet(_name("media", tongue), (20, 30, 14, 20, 40, 8, 30))
    sheet.set_page(ctx.title, _FOOTER, landscape=True)
    sheet.raw.freeze_panes = "A2"
    sheet.append([sheet.text(name, _HEADER) for name in names], height_of(1))
    for name, asset in ctx.header.assets.items():
        facts = (name, asset.file, asset.media_type, asset.sha256, asset.alt)
        known = [None if fact is None else sheet.text(fact, _TEXT) for fact in facts]
        if asset.base64 is None:
            sheet.append(known)
            continue
        for i, piece in enumerate(celltext.pieces(asset.base64), 1):
            part: list[Cell | None] = [sheet.number(Fraction(i), _NUMBER), sheet.text(piece, _UNWRAPPED)]
            sheet.append((known if i == 1 else [sheet.text(name, _TEXT), None, None, None, None]) + part, height_of(1))
    sheet.close()


def _write_long(book: Book, overflow: list[tuple[str, str, str]], title: str, tongue: Tongue) -> None:
    """The texts that no cell can hold: the id, the column, and the parts to join."""
    sheet = book.sheet(_name("long", tongue), (20, 20, 8, 100))
    sheet.set_page(title, _FOOTER, landscape=True)
    sheet.raw.freeze_panes = "A2"
    sheet.append([sheet.text(name, _HEADER) for name in ("id", "column", "part", "text")], height_of(1))
    for question, key, text in overflow:
        for i, piece in enumerate(celltext.pieces(text), 1):
            cells = [sheet.text(question, _TEXT), sheet.text(key, _TEXT), sheet.number(Fraction(i), _NUMBER)]
            sheet.append([*cells, sheet.text(piece, _TEXT)], height_of(_MOST_LINES))
    sheet.close()


EXPORTER = Xlsx()
