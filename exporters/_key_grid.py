"""The compact key: "1-5 ABCDA" in as many columns as a page has room for, then the answers in words that are short."""

from __future__ import annotations

from dataclasses import dataclass

from ._key_answers import MISSING
from ._key_full import LACKING_LETTERS, LETTERS, RANGE, follows, joined_shorts
from ._key_page import DOCUMENT, SECTION, TITLE, KeyOptions, document_heading, heading_of, shortened, write_banner
from ._key_sections import Entry, Section
from ._key_words import WORDS
from ._workbook import Book, Cell, Sheet, Style, height_of, line_count, width_of

_LABEL, _TEXT, _ACROSS = 9.0, 13.5, 4
_COLUMNS = [("", _LABEL), ("", _TEXT)] * _ACROSS
_BLOCK = 5
_LONGEST = 3
"""Lines across the page that an answer in words may take."""
_SIZE = LETTERS.size
_REMARK = Style(size=10, color="595959", vertical="center", border=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A range of numbers or one number, and the answers."""

    label: str
    text: str
    worded: bool


def write_grid(book: Book, title: str, version: str, sections: list[Section], options: KeyOptions) -> None:
    """One sheet. Answers that are too long for it are named."""
    words = WORDS[options.tongue]
    sheet = book.sheet(f"{words.grid} {version}".strip(), [width for _, width in _COLUMNS])
    sheet.set_page(title, words.footer, paper=options.paper, scale=90)
    sheet.paginate()
    write_banner(sheet, title, TITLE, _COLUMNS)
    document = ""
    for i, section in enumerate(sections):
        if section.document and section.document != document:
            document = section.document
            write_banner(sheet, document_heading(document, sections, options), DOCUMENT, _COLUMNS)
        if section.title:
            write_banner(sheet, heading_of(i, section, options), SECTION, _COLUMNS)
        pieces, left = pieces_of(section)
        for run in _runs(pieces):
            _write_run(sheet, run)
        if left:
            text = words.elsewhere.format(", ".join(left) if options.tongue == "en" else "、".join(left))
            write_banner(sheet, shortened(text, 90, 4, _REMARK.size), _REMARK, _COLUMNS, keep=False)
    sheet.raw.print_area = f"A1:{chr(64 + len(_COLUMNS))}{sheet.row}"
    sheet.close()


def pieces_of(section: Section, *, everything: bool = False) -> tuple[list[Piece], list[str]]:
    """The answers of a section in their order, letters in fives; and the numbers of those that are too long.

    With `everything` none is too long, and answers keep their lines.
    """
    pieces: list[Piece] = []
    left: list[str] = []
    run: list[Entry] = []

    def flush() -> None:
        for start in range(0, len(run), _BLOCK):
            block = run[start : start + _BLOCK]
            first, last = block[0].number, block[-1].number
            pieces.append(Piece(first if len(block) == 1 else f"{first}-{last}", joined_shorts(block), worded=False))
        run.clear()

    def one(entry: Entry, group: str) -> None:
        if entry.answer is None:
            flush()
            for part in entry.parts:
                one(part, "" if entry.through else entry.number)
        elif entry.short and not group:
            if run and not follows(run[-1].number, entry.number):
                flush()
            run.append(entry)
        else:
            flush()
            number = f"{group}{entry.number}"
            text = " ".join((entry.short or entry.answer.text).split())
            if everything:
                pieces.append(Piece(number, entry.short or entry.answer.text, worded=True))
                return
            room = _LABEL * (_ACROSS - 1) + _TEXT * _ACROSS
            if "\n" in entry.answer.text.strip() or line_count(text, room, _SIZE) > _LONGEST:
                left.append(number)
            else:
                pieces.append(Piece(number, text, worded=True))

    for entry in section.entries:
        one(entry, "")
    flush()
    return pieces, left


def _runs(pieces: list[Piece]) -> list[list[Piece]]:
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and runs[-1][0].worded == piece.worded:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _write_run(sheet: Sheet, run: list[Piece]) -> None:
    """Pieces side by side, as many as the widest of them allows."""
    widest = max(width_of(piece.text) for piece in run) * _SIZE / 11 + 1.5
    labels = max(width_of(piece.label) for piece in run) * 1.1 + 1.5
    across = next((n for n in (4, 2) if widest <= _room(n) and labels <= _LABEL), 1)
    for start in range(0, len(run), across):
        cells: list[Cell | None] = []
        lines = 1
        for piece in run[start : start + across]:
            lines = max(lines, line_count(piece.text, _room(across), _SIZE), line_count(piece.label, _LABEL))
            style = LACKING_LETTERS if MISSING in piece.text else LETTERS
            cells += [sheet.text(piece.label, RANGE), sheet.text(piece.text, style)]
            cells += [sheet.blank(style)] * (len(_COLUMNS) // across - 2)
        cells += [sheet.blank(LETTERS)] * (len(_COLUMNS) - len(cells))
        sheet.append(cells, height_of(lines, _SIZE) + 4)
        each = len(_COLUMNS) // across
        for i in range(across if each > 2 else 0):
            sheet.merge(i * each + 2, (i + 1) * each)


def _room(across: int) -> float:
    """The width of the text of a piece where so many are side by side."""
    each = _ACROSS // across
    return _TEXT * each + _LABEL * (each - 1)
