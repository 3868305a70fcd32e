"""What all layouts of the answer key share: options, looks, headings, texts in rows that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from qbank.formats import celltext
from qbank.formats.sheets import Tongue
from qbank.formats.versions import Plan
from qbank.model import ZERO

from ._key_sections import Section
from ._key_words import WORDS
from ._workbook import (
    HEADER_FILL,
    MISSING_FILL,
    SECTION_FILL,
    Paper,
    Sheet,
    Style,
    height_of,
    line_count,
    lines_of,
    width_of,
)

Columns: TypeAlias = Sequence[tuple[str, float]]
"""Titles and widths."""
Layout: TypeAlias = Literal["full", "grid", "rows", "marking"]

TITLE = Style(bold=True, size=16, align="center", vertical="center", border=False)
FACTS = Style(align="center", vertical="center", border=False)
HEADER = Style(bold=True, fill=HEADER_FILL, align="center", vertical="center")
DOCUMENT = Style(bold=True, size=13, fill=HEADER_FILL, vertical="center")
SECTION = Style(bold=True, size=12, fill=SECTION_FILL, vertical="center")
CENTRE = Style(align="center")
NUMBER = Style(align="center", text=False)
BODY = Style()
SMALL = Style(size=10, color="595959")
MATERIAL = Style(bold=True)
TOTAL = Style(bold=True, fill=HEADER_FILL)
TOTAL_NUMBER = Style(bold=True, fill=HEADER_FILL, align="center", text=False)
LACKING = Style(fill=MISSING_FILL)
STEM_LINES = 2
"""Of a stem at most this much is shown, and not more than its answer takes."""
_ROW_LINES = 14
"""Longer answers go on in a row of their own, so that a page can end between two rows."""


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """How the user wants the key; see `AnswerKey.options`."""

    tongue: Tongue
    layout: Layout
    sections: str
    numbering: str
    stems: bool
    notes: bool
    names: bool
    paper: Paper
    students: int
    plan: Plan


def write_title(sheet: Sheet, title: str, sections: list[Section], options: KeyOptions, columns: Columns) -> None:
    count, parts = counts(sections)
    points = sum((section.points for section in sections), ZERO)
    write_banner(sheet, title, TITLE, columns)
    write_banner(sheet, facts(count, parts, points, None, options.tongue), FACTS, columns)
    if options.names:
        write_banner(sheet, WORDS[options.tongue].names, FACTS, columns)


def write_banner(sheet: Sheet, text: str, style: Style, columns: Columns, *, keep: bool = True) -> None:
    """A row whose text goes across all columns; a heading unless not `keep`."""
    room = sum(width for _, width in columns) * (0.92 if style.bold else 1)
    height = height_of(line_count(text, room, style.size), style.size) + 6
    sheet.append([sheet.text(text, style), *(sheet.blank(style) for _ in columns[1:])], height, keep=keep)
    sheet.merge(1, len(columns))


def rows_of(text: str, width: float, size: float) -> list[tuple[str, int]]:
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


def shortened(text: str, width: float, lines: int, size: float = 11) -> str:
    """The beginning of a text, as much as so many lines show."""
    shown = lines_of(text[:400], width, size)
    if len(shown) <= lines and len(text) <= 400:
        return text
    kept = "".join(shown[:lines])
    room = sum(width_of(line) for line in shown[:lines]) - 2.5
    while kept and width_of(kept) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def counts(sections: list[Section]) -> tuple[int, int]:
    """The numbered questions, and the sub-questions of those that have any."""
    questions = [question for section in sections for entry in section.entries for question in entry.questions]
    return len(questions), sum(len(question.parts) for question in questions)


def heading_of(i: int, section: Section, options: KeyOptions) -> str:
    """ "一、单项选择题（共 5 题，每题 2 分，共 10 分）" or "1. Single choice (5 questions, 2 points each, 10 points)"."""
    count, parts = counts([section])
    each = {question.points for entry in section.entries for question in entry.questions}
    said = facts(count, parts, section.points, each.pop() if len(each) == 1 and count > 1 else None, options.tongue)
    if options.tongue == "zh":
        return f"{'' if section.printed else chinese(i + 1) + '、'}{section.title}（{said}）"
    return f"{'' if section.printed else f'{i + 1}. '}{section.title} ({said})"


def document_heading(document: str, sections: list[Section], options: KeyOptions) -> str:
    """The title of one of several papers, and what it has."""
    own = [section for section in sections if section.document == document]
    said = facts(*counts(own), sum((section.points for section in own), ZERO), None, options.tongue)
    return f"{document}（{said}）" if options.tongue == "zh" else f"{document} ({said})"


def facts(count: int, parts: int, points: Fraction | None, each: Fraction | None, tongue: Tongue) -> str:
    if tongue == "zh":
        words = [f"共 {count} 题" + (f"，含小题 {parts} 个" if parts else "")]
        words += [f"每题 {celltext.number(each)} 分"] if each is not None else []
        words += [f"共 {celltext.number(points)} 分"] if points is not None else []
        return "，".join(words)
    words = [many(Fraction(count), "question") + (f" with {many(Fraction(parts), 'sub-question')}" if parts else "")]
    words += [f"{many(each, 'point')} each"] if each is not None else []
    words += [many(points, "point")] if points is not None else []
    return ", ".join(words)


def many(count: Fraction, noun: str) -> str:
    return f"{celltext.number(count)} {noun}{'' if count == 1 else 's'}"


def chinese(number: int) -> str:
    """A section number in Chinese; in figures above 99."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if number > 99:
        return str(number)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")
