"""The answer key as a workbook that a teacher opens and prints.

One sheet holds the key: a heading for each section with its number of
questions and points, then number, answer, points and the beginning of each
stem; totals at the end. Where the bank is of papers, sections and numbers are
those printed in them, so that the key can lie beside the paper. The other holds the same answers the way they are read
out, "1-5 ABCDA". Chinese banks get Chinese headings.

A key is a view of a bank, not a bank. By design it leaves out, without a
finding: the choices' texts, feedback and hints (general feedback with
`notes=yes`), tags, difficulty, source, settings of the delivery, and questions
that have nothing to answer (`information`). It reports what is missing from an
answer it does show: markup, formulas and media that a cell cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, BinaryIO, ClassVar

from qbank.diagnostics import QbankError
from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext
from qbank.formats.sheets import Tongue
from qbank.model import (
    KINDS,
    ZERO,
    Essay,
    Group,
    Information,
    Kind,
    Question,
    kind_of,
    points_of,
)

from ._key_answers import MISSING, answer_of, one_line, shown
from ._key_sections import Entry, Section, common_title, place_of, sections_of, value_of
from ._key_words import HEADINGS, WORDS
from ._workbook import (
    HEADER_FILL,
    MISSING_FILL,
    SECTION_FILL,
    Book,
    Sheet,
    Style,
    chosen_tongue,
    height_of,
    line_count,
    lines_of,
    width_of,
)

_STEM_LINES = 2
"""Of a stem at most this much is shown, and not more than its answer takes."""
_ROW_LINES = 14
"""Longer answers go on in a row of their own, so that a page can end between two rows."""

_TITLE = Style(bold=True, size=16, align="center", vertical="center", border=False)
_FACTS = Style(align="center", vertical="center", border=False)
_HEADER = Style(bold=True, fill=HEADER_FILL, align="center", vertical="center")
_DOCUMENT = Style(bold=True, size=13, fill=HEADER_FILL, vertical="center")
_SECTION = Style(bold=True, size=12, fill=SECTION_FILL, vertical="center")
_CENTRE = Style(align="center")
_NUMBER = Style(align="center", text=False)
_BODY = Style()
_SMALL = Style(size=10, color="595959")
_MATERIAL = Style(bold=True)
_TOTAL = Style(bold=True, fill=HEADER_FILL)
_TOTAL_NUMBER = Style(bold=True, fill=HEADER_FILL, align="center", text=False)
_LACKING = Style(fill=MISSING_FILL)
_RANGE = Style(align="center", bold=True, vertical="center")
_LETTERS = Style(size=12, vertical="center")


@dataclass(frozen=True, slots=True)
class _Options:
    """How the user wants the key; see `AnswerKey.options`."""

    tongue: Tongue
    sections: str
    numbering: str
    stems: bool
    notes: bool
    names: bool


class AnswerKey:
    """Writes the key. It holds the answers, not the questions, until the last one is known."""

    name = "answer-key"
    title = "Excel answer key"
    suffix = ".xlsx"
    options: ClassVar[Mapping[str, str]] = {
        "language": "Language of the headings: en or zh (default: the bank's).",
        "sections": "What makes a section: auto (the paper's own sections, else kind), kind, category or none "
        "(default: auto).",
        "numbering": "auto (the paper's numbers in its own sections, else section), section (begin again in each) or "
        "continuous (default: auto).",
        "stems": "Show the beginning of each question: yes or no (default: yes).",
        "notes": "Show each question's general feedback as its explanation: yes or no (default: no).",
        "names": "A line for class, name and score: yes or no (default: no).",
    }
    unanswered: Unanswered = "native"
    keeps_unanswered = True
    support: ClassVar[Mapping[Kind, Support]] = dict.fromkeys(KINDS, "full")

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the key of all questions. Raises `QbankError` for an option value there is not."""
        options = _options(ctx)
        entries = [e for e in (_entry(question, options, ctx) for question in questions) if e is not None]
        sections = sections_of(entries, options.sections == "auto", options.numbering)
        words = WORDS[options.tongue]
        title = words.title.format(ctx.header.title or common_title(entries) or words.untitled)
        book = Book(title)
        _write_key(book, title, sections, options)
        _write_grid(book, title, sections, options)
        book.save(sink)


def _options(ctx: Context) -> _Options:
    def chosen(name: str, *allowed: str) -> str:
        value = ctx.options.get(name, allowed[0])
        if value not in allowed:
            raise QbankError(f"option {name}={value}: it can be {' or '.join(allowed)}")
        return value

    return _Options(
        tongue=chosen_tongue(ctx),
        sections=chosen("sections", "auto", "kind", "category", "none"),
        numbering=chosen("numbering", "auto", "section", "continuous"),
        stems=chosen("stems", "yes", "no") == "yes",
        notes=chosen("notes", "no", "yes") == "yes",
        names=chosen("names", "no", "yes") == "yes",
    )


# --- what the key says -----------------------------------------------------------------------------------------------


def _section_title(question: Question, options: _Options) -> str:
    match options.sections:
        case "auto" | "kind":
            style = f":{question.style}" if isinstance(question, Essay) and question.style != "short" else ""
            return HEADINGS[options.tongue][kind_of(question) + style]
        case "category":
            return " / ".join(question.category) or WORDS[options.tongue].uncategorised
        case _:
            return ""


def _entry(question: Question, options: _Options, ctx: Context) -> Entry | None:
    """The question's place in the key; None where there is nothing to answer."""
    if isinstance(question, Information):
        return None
    mark = WORDS[options.tongue].draft if question.status == "draft" else ""
    stem = mark + one_line(question.stem)
    heading, place = _section_title(question, options), place_of(question.source)
    note = ""
    if options.notes and question.feedback is not None and question.feedback.general is not None:
        note = shown(question.feedback.general, question, "/feedback/general", ctx)
    if isinstance(question, Group):
        title = mark + question.title if question.title else stem
        parts = tuple(e for e in (_entry(sub, options, ctx) for sub in question.questions) if e is not None)
        return Entry(None, points_of(question), title, note, parts, heading, place) if parts else None
    answer = answer_of(question, options.tongue, ctx)
    if mark and not options.stems:
        answer = replace(answer, text=mark + answer.text)
    return Entry(answer, points_of(question), stem, note, (), heading, place)


# --- how it is laid out ----------------------------------------------------------------------------------------------


def _columns(options: _Options) -> list[tuple[str, float]]:
    """The columns with their widths; together about as wide as A4."""
    number, answer, points, stem, note = WORDS[options.tongue].columns
    columns = [(number, 8.0), (answer, 38.0 if options.stems or options.notes else 74.0), (points, 8.0)]
    if options.stems:
        columns.append((stem, 36.0))
    if options.notes:
        columns.append((note, 36.0))
    return columns


def _write_key(book: Book, title: str, sections: list[Section], options: _Options) -> None:
    words = WORDS[options.tongue]
    columns = _columns(options)
    sheet = book.sheet(words.sheet, [width for _, width in columns])
    sheet.set_page(title, words.footer)
    head = 3 + options.names
    sheet.raw.freeze_panes = f"A{head + 1}"
    sheet.raw.print_title_rows = f"{head}:{head}"
    _write_title(sheet, title, sections, options, columns)
    sheet.append([sheet.text(name, _HEADER) for name, _ in columns], height_of(1) + 4)
    document = ""
    for i, section in enumerate(sections):
        if section.document and section.document != document:
            document = section.document
            _write_banner(sheet, _document_heading(document, sections, options), _DOCUMENT, columns)
        if section.title:
            _write_banner(sheet, _heading(i, section, options), _SECTION, columns)
        for entry in section.entries:
            _write_entry(sheet, entry, columns, options)
    _write_total(sheet, sections, columns, options)
    sheet.raw.print_area = f"A1:{chr(64 + len(columns))}{sheet.row}"
    sheet.close()


def _write_title(
    sheet: Sheet, title: str, sections: list[Section], options: _Options, columns: list[tuple[str, float]]
) -> None:
    count, parts = _counts(sections)
    points = sum((section.points for section in sections), ZERO)
    _write_banner(sheet, title, _TITLE, columns)
    _write_banner(sheet, _facts(count, parts, points, None, options.tongue), _FACTS, columns)
    if options.names:
        _write_banner(sheet, WORDS[options.tongue].names, _FACTS, columns)


def _write_banner(sheet: Sheet, text: str, style: Style, columns: list[tuple[str, float]]) -> None:
    """A row whose text goes across all columns."""
    room = sum(width for _, width in columns) * (0.92 if style.bold else 1)
    height = height_of(line_count(text, room, style.size), style.size) + 6
    sheet.append([sheet.text(text, style), *(sheet.blank(style) for _ in columns[1:])], height)
    sheet.merge(1, len(columns))


def _write_entry(
    sheet: Sheet,
    entry: Entry,
    columns: list[tuple[str, float]],
    options: _Options,
) -> None:
    if entry.answer is None:
        _write_material(sheet, entry, columns, options)
        for part in entry.parts:
            _write_entry(sheet, part, columns, options)
        return
    texts = [(entry.answer.text, columns[1][1], _LACKING if entry.answer.missing else _BODY)]
    if options.stems:
        width = columns[3][1]
        lines = min(line_count(entry.answer.text, columns[1][1]), _STEM_LINES)
        texts.append((_shortened(entry.stem, width, lines, _SMALL.size), width, _SMALL))
    if options.notes:
        texts.append((entry.note, columns[-1][1], _SMALL))
    wrapped = [(_rows_of(text, width, style.size), style) for text, width, style in texts]
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
        cells.insert(0, sheet.text(entry.number, _CENTRE) if first else sheet.blank(_CENTRE))
        cells.insert(2, sheet.number(entry.points, _NUMBER) if first else sheet.blank(_NUMBER))
        sheet.append(cells, max(height, height_of(1)))


def _write_material(sheet: Sheet, entry: Entry, columns: list[tuple[str, float]], options: _Options) -> None:
    """The row of a group: its number and what it is about, across the other columns."""
    with_note = options.notes and entry.note != ""
    last = len(columns) - with_note
    room = sum(width for _, width in columns[1:last]) * 0.92  # bold
    text = _shortened(entry.stem, room, _STEM_LINES)
    cells = [
        sheet.text(entry.number, _CENTRE),
        sheet.text(text, _MATERIAL),
        *(sheet.blank(_MATERIAL) for _ in columns[2:]),
    ]
    height = height_of(max(line_count(text, room), line_count(entry.number, columns[0][1])))
    if with_note:
        width = columns[-1][1]
        cells[-1] = sheet.text(entry.note, _SMALL)
        height = max(height, height_of(line_count(entry.note, width, _SMALL.size)))
    sheet.append(cells, height)
    sheet.merge(2, last)


def _rows_of(text: str, width: float, size: float) -> list[tuple[str, int]]:
    """A text as the rows it takes in a column, each with its number of lines."""
    lines = lines_of(text, width, size)
    if len(lines) <= _ROW_LINES + 4:
        return [(text, len(lines))]
    rows: list[tuple[str, int]] = []
    while lines:
        ends = (
            [i for i in range(_ROW_LINES // 2, _ROW_LINES + 1) if lines[i - 1].endswith("\n")]
            if len(lines) > _ROW_LINES
            else []
        )
        end = ends[-1] if ends else _ROW_LINES
        rows.append(("".join(lines[:end]).strip("\n"), len(lines[:end])))
        lines = lines[end:]
    return rows


def _shortened(text: str, width: float, lines: int, size: float = 11) -> str:
    """The beginning of a text, as much as so many lines show."""
    shown = lines_of(text[:400], width, size)
    if len(shown) <= lines and len(text) <= 400:
        return text
    kept = "".join(shown[:lines])
    room = sum(width_of(line) for line in shown[:lines]) - 2.5
    while kept and width_of(kept) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _write_total(sheet: Sheet, sections: list[Section], columns: list[tuple[str, float]], options: _Options) -> None:
    count, parts = _counts(sections)
    points = sum((section.points for section in sections), ZERO)
    facts = _facts(count, parts, None, None, options.tongue)
    cells = [sheet.text(WORDS[options.tongue].total, _TOTAL), sheet.text(facts, _TOTAL)]
    cells.append(sheet.number(points, _TOTAL_NUMBER))
    sheet.append([*cells, *(sheet.blank(_TOTAL) for _ in columns[3:])], height_of(line_count(facts, columns[1][1])) + 4)


def _counts(sections: list[Section]) -> tuple[int, int]:
    """The numbered questions, and the sub-questions of those that have any."""
    questions = [question for section in sections for entry in section.entries for question in entry.questions]
    return len(questions), sum(len(question.parts) for question in questions)


def _heading(i: int, section: Section, options: _Options) -> str:
    """ "一、单项选择题（共 5 题，每题 2 分，共 10 分）" or "1. Single choice (5 questions, 2 points each, 10 points)"."""
    count, parts = _counts([section])
    each = {question.points for entry in section.entries for question in entry.questions}
    facts = _facts(count, parts, section.points, each.pop() if len(each) == 1 and count > 1 else None, options.tongue)
    if options.tongue == "zh":
        return f"{'' if section.printed else _chinese(i + 1) + '、'}{section.title}（{facts}）"
    return f"{'' if section.printed else f'{i + 1}. '}{section.title} ({facts})"


def _document_heading(document: str, sections: list[Section], options: _Options) -> str:
    """The title of one of several papers, and what it has."""
    own = [section for section in sections if section.document == document]
    facts = _facts(*_counts(own), sum((section.points for section in own), ZERO), None, options.tongue)
    return f"{document}（{facts}）" if options.tongue == "zh" else f"{document} ({facts})"


def _facts(count: int, parts: int, points: Fraction | None, each: Fraction | None, tongue: Tongue) -> str:
    if tongue == "zh":
        words = [f"共 {count} 题" + (f"，含小题 {parts} 个" if parts else "")]
        words += [f"每题 {celltext.number(each)} 分"] if each is not None else []
        words += [f"共 {celltext.number(points)} 分"] if points is not None else []
        return "，".join(words)
    words = [_many(Fraction(count), "question") + (f" with {_many(Fraction(parts), 'sub-question')}" if parts else "")]
    words += [f"{_many(each, 'point')} each"] if each is not None else []
    words += [_many(points, "point")] if points is not None else []
    return ", ".join(words)


def _many(count: Fraction, noun: str) -> str:
    return f"{celltext.number(count)} {noun}{'' if count == 1 else 's'}"


def _chinese(number: int) -> str:
    """A section number in Chinese; in figures above 99."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if number > 99:
        return str(number)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")


# --- the grid --------------------------------------------------------------------------------------------------------

_BLOCK = 5
_BLOCKS = 2


def _write_grid(book: Book, title: str, sections: list[Section], options: _Options) -> None:
    """Blocks of five answers, two a row, of every section that has answers short enough."""
    words = WORDS[options.tongue]
    columns = [("", 12.0), ("", 33.0)] * _BLOCKS
    sheet = book.sheet(words.grid, [width for _, width in columns])
    sheet.set_page(title, words.footer)
    _write_banner(sheet, title, _TITLE, columns)
    document = ""
    for i, section in enumerate(sections):
        blocks = _blocks(section)
        if not blocks:
            continue
        if section.document and section.document != document:
            document = section.document
            _write_banner(sheet, document, _DOCUMENT, columns)
        if section.title:
            _write_banner(sheet, _heading(i, section, options), _SECTION, columns)
        for start in range(0, len(blocks), _BLOCKS):
            cells: list[Any] = []
            lines = 1
            for label, text in blocks[start : start + _BLOCKS]:
                lines = max(lines, line_count(text, columns[1][1], _LETTERS.size))
                style = _LACKING_LETTERS if MISSING in text else _LETTERS
                cells += [sheet.text(label, _RANGE), sheet.text(text, style)]
            while len(cells) < len(columns):
                cells.append(sheet.blank(_LETTERS))
            sheet.append(cells, height_of(lines, 12) + 4)
    sheet.raw.print_area = f"A1:{chr(64 + len(columns))}{sheet.row}"
    sheet.close()


_LACKING_LETTERS = Style(size=12, vertical="center", fill=MISSING_FILL)


def _blocks(section: Section) -> list[tuple[str, str]]:
    """ "1-5" and "ABCDA" of the questions in fives; groups one by one; nothing where no answer is short."""
    blocks: list[tuple[str, str]] = []
    run: list[Entry] = []

    def flush() -> None:
        for start in range(0, len(run), _BLOCK):
            block = run[start : start + _BLOCK]
            first, last = block[0].number, block[-1].number
            shorts = [question.short for question in block]
            joint = "" if all(len(short) == 1 for short in shorts) else "  "
            blocks.append((first if len(block) == 1 else f"{first}-{last}", joint.join(shorts)))
        run.clear()

    for entry in section.entries:
        for question in entry.questions:
            if question.answer is None or not question.short:
                flush()
                if question.short:
                    blocks.append((question.number, question.short))
                continue
            if run and not _follows(run[-1].number, question.number):
                flush()
            run.append(question)
    flush()
    return blocks


def _follows(number: str, following: str) -> bool:
    """Whether nothing is between two printed numbers, so that a range can name both."""
    value = value_of(number)
    return value is not None and value + 1 == value_of(following)


EXPORTER = AnswerKey()
