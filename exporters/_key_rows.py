"""The key as a table to filter and sort: one row a question, with its kind, explanation and id."""

from __future__ import annotations

from typing import Any

from ._key_page import (
    CENTRE,
    DOCUMENT,
    HEADER,
    LACKING,
    NUMBER,
    SECTION,
    SMALL,
    TITLE,
    KeyOptions,
    document_heading,
    heading_of,
    shortened,
    write_banner,
)
from ._key_sections import Entry, Section
from ._key_words import WORDS
from ._workbook import Book, Sheet, Style, height_of, line_count, lines_of

_WIDTHS = (7.0, 11.0, 40.0, 31.0, 7.0, 37.0, 13.0)
_STEM_LINES = 3
_BODY = Style(size=10)
_LACKING = Style(size=10, fill=LACKING.fill)
_SMALL_CENTRE = Style(size=10, align="center")
_MOST_LINES = 24
"""As many lines of small print as the highest row shows."""


def write_rows(book: Book, title: str, version: str, sections: list[Section], options: KeyOptions) -> None:
    """One sheet. An answer longer than a row can be high goes on in further rows, which have no number."""
    words = WORDS[options.tongue]
    columns = list(zip(words.rows, _WIDTHS, strict=True))
    sheet = book.sheet(f"{words.rows_sheet} {version}".strip(), _WIDTHS)
    sheet.set_page(title, words.footer, landscape=True, paper=options.paper, scale=78)
    sheet.paginate(height_of(1) + 4)
    sheet.raw.freeze_panes = "B3"
    sheet.raw.print_title_rows = "2:2"
    write_banner(sheet, title, TITLE, columns)
    sheet.append([sheet.text(name, HEADER) for name, _ in columns], height_of(1) + 4, keep=True)
    document = ""
    for i, section in enumerate(sections):
        if section.document and section.document != document:
            document = section.document
            write_banner(sheet, document_heading(document, sections, options), DOCUMENT, columns)
        if section.title:
            write_banner(sheet, heading_of(i, section, options), SECTION, columns)
        for entry in section.entries:
            _write(sheet, entry, "")
    sheet.raw.auto_filter.ref = f"A2:{chr(64 + len(columns))}{max(sheet.row, 3)}"
    sheet.raw.print_area = f"A1:{chr(64 + len(columns))}{sheet.row}"
    sheet.close()


def _write(sheet: Sheet, entry: Entry, group: str) -> None:
    answer, lacking = ("", False) if entry.answer is None else (entry.answer.text, entry.answer.missing)
    number = entry.number if not group else f"{group}{entry.number}"
    texts = (shortened(entry.stem, _WIDTHS[2], _STEM_LINES, 10), answer, entry.note)
    pieces = [_pieces(text, width) for text, width in zip(texts, (_WIDTHS[2], _WIDTHS[3], _WIDTHS[5]), strict=True)]
    for i in range(max(len(found) for found in pieces)):
        stem, shown, note = (found[i] if i < len(found) else "" for found in pieces)
        first = i == 0
        cells: list[Any] = [
            sheet.text(number if first else "", CENTRE),
            sheet.text(entry.kind if first else "", _SMALL_CENTRE),
            sheet.text(stem, _BODY),
            sheet.text(shown, _LACKING if lacking else _BODY),
            sheet.number(entry.points, NUMBER) if first else sheet.blank(NUMBER),
            sheet.text(note, _BODY),
            sheet.text(entry.name if first else "", SMALL),
        ]
        lines = [
            line_count(str(cell.value), width, 10)
            for cell, width in zip(cells, _WIDTHS, strict=True)
            if cell.sort == "text"
        ]
        sheet.append(cells, height_of(max(lines), 10) + 2, keep=entry.answer is None)
    for part in entry.parts:
        _write(sheet, part, "" if entry.through else entry.number)


def _pieces(text: str, width: float) -> list[str]:
    """The text in pieces of as many lines as the highest row shows."""
    lines = lines_of(text, width, 10)
    return ["".join(lines[i : i + _MOST_LINES]).strip("\n") for i in range(0, len(lines), _MOST_LINES)] or [""]
