"""The key that a teacher reads from: a row for each answer under the headings of its section, and the quick grid."""

from __future__ import annotations

from typing import Any

from qbank.model import ZERO

from ._key_answers import MISSING
from ._key_page import (
    BODY,
    CENTRE,
    DOCUMENT,
    HEADER,
    LACKING,
    MATERIAL,
    NUMBER,
    SECTION,
    SMALL,
    STEM_LINES,
    TITLE,
    TOTAL,
    TOTAL_NUMBER,
    Columns,
    KeyOptions,
    counts,
    document_heading,
    facts,
    heading_of,
    rows_of,
    shortened,
    write_banner,
    write_title,
)
from ._key_sections import Entry, Section, value_of
from ._key_words import WORDS
from ._workbook import MISSING_FILL, Book, Sheet, Style, height_of, line_count

RANGE = Style(align="center", bold=True, vertical="center")
LETTERS = Style(size=12, vertical="center")
LACKING_LETTERS = Style(size=12, vertical="center", fill=MISSING_FILL)


def write_full(book: Book, title: str, version: str, sections: list[Section], options: KeyOptions) -> None:
    """Both sheets; the grid where any answer is short enough for it."""
    _write_key(book, title, version, sections, options)
    if any(blocks_of(section) for section in sections):
        _write_grid(book, title, version, sections, options)


def _columns(options: KeyOptions) -> list[tuple[str, float]]:
    """The columns with their widths; together about as wide as A4."""
    number, answer, points, stem, note = WORDS[options.tongue].columns
    columns = [(number, 8.0), (answer, 38.0 if options.stems or options.notes else 74.0), (points, 8.0)]
    if options.stems:
        columns.append((stem, 36.0))
    if options.notes:
        columns.append((note, 36.0))
    return columns


def _write_key(book: Book, title: str, version: str, sections: list[Section], options: KeyOptions) -> None:
    words = WORDS[options.tongue]
    columns = _columns(options)
    sheet = book.sheet(f"{words.sheet} {version}".strip(), [width for _, width in columns])
    # three columns or four are as wide as either paper; a fifth needs smaller print
    sheet.set_page(title, words.footer, paper=options.paper, scale=65 if len(columns) > 4 else 90)
    head = 3 + options.names
    sheet.raw.freeze_panes = f"A{head + 1}"
    sheet.raw.print_title_rows = f"{head}:{head}"
    sheet.paginate(height_of(1) + 4)
    write_title(sheet, title, sections, options, columns)
    sheet.append([sheet.text(name, HEADER) for name, _ in columns], height_of(1) + 4, keep=True)
    document = ""
    for i, section in enumerate(sections):
        if section.document and section.document != document:
            document = section.document
            write_banner(sheet, document_heading(document, sections, options), DOCUMENT, columns)
        if section.title:
            write_banner(sheet, heading_of(i, section, options), SECTION, columns)
        for entry in section.entries:
            _write_entry(sheet, entry, columns, options)
    _write_total(sheet, sections, columns, options)
    sheet.raw.print_area = f"A1:{chr(64 + len(columns))}{sheet.row}"
    sheet.close()


def _write_entry(
    sheet: Sheet,
    entry: Entry,
    columns: Columns,
    options: KeyOptions,
) -> None:
    if entry.answer is None:
        _write_material(sheet, entry, columns, options)
        for part in entry.parts:
            _write_entry(sheet, part, columns, options)
        return
    texts = [(entry.answer.text, columns[1][1], LACKING if entry.answer.missing else BODY)]
    if options.stems:
        width = columns[3][1]
        lines = min(line_count(entry.answer.text, columns[1][1]), STEM_LINES)
        texts.append((shortened(entry.stem, width, lines, SMALL.size), width, SMALL))
    if options.notes:
        texts.append((entry.note, columns[-1][1], SMALL))
    wrapped = [(rows_of(text, width, style.size), style) for text, width, style in texts]
    for i in range(max(len(rows) for rows, _ in wrapped)):
        cells: list[Any] = []
        height = 0.0
        for rows, style in wrapped:
            text, lines = rows[i] if i < len(rows) else ("", 1)
            height = max(height, height_of(lines, style.size))
            cells.append(sheet.text(text, style))
        first = i == 0
        if first:
            height = max(height, height_of(line_count(entry.number, columns[0][1])))
        cells.insert(0, sheet.text(entry.number, CENTRE) if first else sheet.blank(CENTRE))
        cells.insert(2, sheet.number(entry.points, NUMBER) if first else sheet.blank(NUMBER))
        sheet.append(cells, max(height, height_of(1)))


def _write_material(sheet: Sheet, entry: Entry, columns: Columns, options: KeyOptions) -> None:
    """The row of a group: its number and what it is about, across the other columns."""
    with_note = options.notes and entry.note != ""
    last = len(columns) - with_note
    room = sum(width for _, width in columns[1:last]) * 0.92  # bold
    text = shortened(entry.stem, room, STEM_LINES)
    cells = [
        sheet.text(entry.number, CENTRE),
        sheet.text(text, MATERIAL),
        *(sheet.blank(MATERIAL) for _ in columns[2:]),
    ]
    height = height_of(max(line_count(text, room), line_count(entry.number, columns[0][1])))
    if with_note:
        width = columns[-1][1]
        cells[-1] = sheet.text(entry.note, SMALL)
        height = max(height, height_of(line_count(entry.note, width, SMALL.size)))
    sheet.append(cells, height, keep=True)
    sheet.merge(2, last)


def _write_total(sheet: Sheet, sections: list[Section], columns: Columns, options: KeyOptions) -> None:
    count, parts = counts(sections)
    points = sum((section.points for section in sections), ZERO)
    said = facts(count, parts, None, None, options.tongue)
    cells = [sheet.text(WORDS[options.tongue].total, TOTAL), sheet.text(said, TOTAL)]
    cells.append(sheet.number(points, TOTAL_NUMBER))
    sheet.append([*cells, *(sheet.blank(TOTAL) for _ in columns[3:])], height_of(line_count(said, columns[1][1])) + 4)


_BLOCK = 5
_BLOCKS = 2


def _write_grid(book: Book, title: str, version: str, sections: list[Section], options: KeyOptions) -> None:
    """Blocks of five answers, two a row, of every section that has answers short enough."""
    words = WORDS[options.tongue]
    columns = [("", 12.0), ("", 33.0)] * _BLOCKS
    sheet = book.sheet(f"{words.grid} {version}".strip(), [width for _, width in columns])
    sheet.set_page(title, words.footer, paper=options.paper, scale=90)
    sheet.paginate()
    write_banner(sheet, title, TITLE, columns)
    document = ""
    for i, section in enumerate(sections):
        blocks = blocks_of(section)
        if not blocks:
            continue
        if section.document and section.document != document:
            document = section.document
            write_banner(sheet, document, DOCUMENT, columns)
        if section.title:
            write_banner(sheet, heading_of(i, section, options), SECTION, columns)
        for start in range(0, len(blocks), _BLOCKS):
            cells: list[Any] = []
            lines = 1
            for label, text in blocks[start : start + _BLOCKS]:
                lines = max(lines, line_count(text, columns[1][1], LETTERS.size))
                style = LACKING_LETTERS if MISSING in text else LETTERS
                cells += [sheet.text(label, RANGE), sheet.text(text, style)]
            while len(cells) < len(columns):
                cells.append(sheet.blank(LETTERS))
            sheet.append(cells, height_of(lines, 12) + 4)
    sheet.raw.print_area = f"A1:{chr(64 + len(columns))}{sheet.row}"
    sheet.close()


def blocks_of(section: Section) -> list[tuple[str, str]]:
    """ "1-5" and "ABCDA" of the questions in fives; groups one by one; nothing where no answer is short."""
    blocks: list[tuple[str, str]] = []
    run: list[Entry] = []

    def flush() -> None:
        for start in range(0, len(run), _BLOCK):
            block = run[start : start + _BLOCK]
            first, last = block[0].number, block[-1].number
            blocks.append((first if len(block) == 1 else f"{first}-{last}", joined_shorts(block)))
        run.clear()

    for entry in section.entries:
        for question in entry.questions:
            if question.answer is None or not question.short:
                flush()
                if question.short:
                    blocks.append((question.number, question.short))
                continue
            if run and not follows(run[-1].number, question.number):
                flush()
            run.append(question)
    flush()
    return blocks


def joined_shorts(block: list[Entry]) -> str:
    """Letters close together where each answer is one, else apart."""
    shorts = [question.short for question in block]
    return ("" if all(len(short) == 1 for short in shorts) else "  ").join(shorts)


def follows(number: str, following: str) -> bool:
    """Whether nothing is between two printed numbers, so that a range can name both."""
    value = value_of(number)
    return value is not None and value + 1 == value_of(following)
