"""A sheet to type responses into, one to see the scores, one for the figures of each question.

The formulas of the second mark what stands in the first (`_key_formulas`); a
row counts as soon as anything is typed in it. Students of several versions
have sheets of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from qbank.diagnostics import QbankError
from qbank.formats import celltext
from qbank.formats.sheets import Tongue
from qbank.model import ZERO, Essay

from ._key_formulas import WAYS, Mark, marks
from ._key_page import HEADER, TITLE, KeyOptions, shortened, write_banner
from ._key_sections import Entry, Section
from ._key_words import WORDS
from ._workbook import HEADER_FILL, SECTION_FILL, Book, Cell, Sheet, Style, height_of, line_count

_FIRST = 7
"""The row of the first student."""
_FIXED = 3
"""Columns before the questions: number, student number, name."""
_MOST_COLUMNS = 16_000
_ONE_PAGE = 190.0
"""As wide as what can still be read when it is made to fit a page; wider ones get pages side by side."""
_SMALL = Style(size=9, align="center", vertical="center", fill=SECTION_FILL)
_HEAD = Style(size=10, bold=True, align="center", vertical="center", fill=HEADER_FILL)
_HEAD_LEFT = Style(size=10, bold=True, vertical="center", fill=HEADER_FILL)
_HEAD_NUMBER = Style(size=9, align="center", vertical="center", fill=SECTION_FILL, text=False)
_TYPED = Style(align="center", vertical="center")
_TYPED_POINTS = Style(align="center", vertical="center", text=False, fill="FFF8E1")
_NAME = Style(vertical="center")
_COUNTED = Style(align="center", vertical="center", text=False, number="0.##")
_TOTAL = Style(align="center", vertical="center", text=False, bold=True, number="0.##", fill=SECTION_FILL)
_SHARE = Style(align="center", vertical="center", text=False, number="0%")
_RATIO = Style(align="center", vertical="center", text=False, number="0.00")
_BODY = Style(size=10)
_TITLE = Style(bold=True, size=14, wrap=False, vertical="center", border=False)
_ADVICE = Style(size=10, wrap=False, vertical="center", border=False)


@dataclass(frozen=True, slots=True)
class _Words:
    responses: str
    scores: str
    figures: str
    fixed: tuple[str, str, str]
    total: str
    percent: str
    heads: tuple[str, str, str]
    advice: str
    present: str
    facts: tuple[str, ...]
    columns: tuple[str, ...]
    blank: str


_WORDS: dict[Tongue, _Words] = {
    "en": _Words(
        responses="Responses",
        scores="Scores",
        figures="Statistics",
        fixed=("No.", "Student ID", "Name"),
        total="Total",
        percent="Percent",
        heads=("Question", "Key", "Points"),
        advice="Type what each student answered; yellow columns take points. The sheet Scores marks it.",
        present="Students",
        facts=("Mean", "Highest", "Lowest", "Standard deviation", "60% or more"),
        columns=("No.", "Kind", "Key", "Points", "Mean", "Facility", "Full marks", "Discrimination"),
        blank="Blank",
    ),
    "zh": _Words(
        responses="登记",
        scores="得分",
        figures="统计",
        fixed=("序号", "学号", "姓名"),
        total="总分",
        percent="得分率",
        heads=("题号", "答案", "分值"),
        advice="在此登记每名学生的作答；黄色列直接填得分。“得分”表自动评分。",
        present="人数",
        facts=("平均分", "最高分", "最低分", "标准差", "及格率（60%）"),
        columns=("题号", "题型", "答案", "分值", "平均分", "难度", "满分率", "区分度"),
        blank="未答",
    ),
}


@dataclass(frozen=True, slots=True)
class _Column:
    """One response in the sheets."""

    number: str
    section: str
    entry: Entry
    mark: Mark
    key: str


def write_marking(book: Book, title: str, version: str, sections: list[Section], options: KeyOptions) -> None:
    """Three sheets. Raises `QbankError` where there are more questions than a sheet has columns."""
    words = _WORDS[options.tongue]
    columns = [column for section in sections for column in _columns(section)]
    if len(columns) > _MOST_COLUMNS:
        raise QbankError(
            f"a marking sheet has room for {_MOST_COLUMNS:,} questions and this one would have {len(columns):,}"
        )
    names = tuple(f"{name} {version}".strip() for name in (words.responses, words.scores, words.figures))
    _write_responses(book, names[0], title, columns, options)
    _write_scores(book, names[1], names[0], title, columns, options)
    _write_figures(book, names[2], names[:2], title, columns, options)


def _columns(section: Section) -> list[_Column]:
    found: list[_Column] = []

    def one(entry: Entry, group: str) -> None:
        for part in entry.parts:
            one(part, "" if entry.through else entry.number)
        if entry.answer is None or entry.question is None:
            return
        number = f"{group}{entry.number}"
        made = marks(entry.question)
        keys = [""] if isinstance(entry.question, Essay) else _gap_keys(entry.answer.text, len(made))
        for mark, key in zip(made, keys, strict=True):
            found.append(_Column(f"{number}{mark.part}", section.title, entry, mark, key))

    for entry in section.entries:
        one(entry, "")
    return found


def _gap_keys(text: str, count: int) -> list[str]:
    """The answers of so many gaps; the whole answer where there is one."""
    if count == 1:
        return [text]
    keys: list[str] = []
    for i in range(1, count + 1):
        _, _, rest = text.partition(f"({i}) ")
        keys.append(rest.partition(f"; ({i + 1}) ")[0])
    return keys


def _is_typed(column: _Column) -> bool:
    return not column.mark.formula


def _width(column: _Column) -> float:
    if _is_typed(column):
        return 7.0
    return {"letter": 5.5, "truth": 5.5, "letters": 8.0, "text": 14.0}.get(column.mark.how, 10.0)


def _set_page(sheet: Sheet, title: str, widths: list[float], options: KeyOptions, fixed: str) -> None:
    wide = sum(widths) > _ONE_PAGE
    sheet.set_page(title, WORDS[options.tongue].footer, landscape=True, paper=options.paper, scale=75 if wide else None)
    if wide:
        sheet.raw.print_title_cols = fixed


def _write_heads(sheet: Sheet, columns: list[_Column], first: list[str], options: KeyOptions, title: str) -> None:
    """The six rows above the students: title, advice, sections, numbers, keys, points."""
    words = _WORDS[options.tongue]
    # not across merged cells: where pages stand side by side, these columns are on each of them
    sheet.append([sheet.text(title, _TITLE)], height_of(1, 14))
    sheet.append([sheet.text(words.advice, _ADVICE)], height_of(1, 10))
    sections: list[Cell | None] = [sheet.blank(_HEAD) for _ in first]
    starts: list[tuple[int, int]] = []
    for i, column in enumerate(columns):
        new = i == 0 or columns[i - 1].section != column.section
        if new:
            starts.append((i, i))
        else:
            starts[-1] = (starts[-1][0], i)
        sections.append(sheet.blank(_HEAD))
    for begin, end in starts:
        width = sum(_width(column) for column in columns[begin : end + 1])
        sections[len(first) + begin] = sheet.text(shortened(columns[begin].section, width, 2, 10), _HEAD_LEFT)
    sheet.append(sections, height_of(2, 10))
    for begin, end in starts:
        if end > begin:
            sheet.merge(len(first) + begin + 1, len(first) + end + 1)
    sheet.append(
        [sheet.text(name, _HEAD) for name in (*first, *(column.number for column in columns))], height_of(2, 10)
    )


def _write_responses(book: Book, name: str, title: str, columns: list[_Column], options: KeyOptions) -> None:
    words = _WORDS[options.tongue]
    widths = [5.0, 13.0, 13.0, *(_width(column) for column in columns)]
    sheet = book.sheet(name, widths)
    _set_page(sheet, title, widths, options, "A:C")
    sheet.raw.print_title_rows = f"3:{_FIRST - 1}"
    sheet.raw.freeze_panes = f"{get_column_letter(_FIXED + 1)}{_FIRST}"
    _write_heads(sheet, columns, list(words.fixed), options, title)
    keys = [shortened(" ".join(column.key.split()), _width(column), 3, 9) for column in columns]
    lines = max((line_count(key, _width(column), 9) for key, column in zip(keys, columns, strict=True)), default=1)
    for i, column in enumerate(columns, _FIXED + 1):
        way = WAYS[options.tongue][column.mark.how].format(celltext.number(column.mark.points))
        sheet.comment(i, way)
    side = [sheet.blank(_SMALL), sheet.blank(_SMALL)]
    sheet.append(
        [*side, sheet.text(words.heads[1], _SMALL), *(sheet.text(key, _SMALL) for key in keys)], height_of(lines, 9)
    )
    points = [sheet.number(column.mark.points, _HEAD_NUMBER) for column in columns]
    sheet.append([*side, sheet.text(words.heads[2], _SMALL), *points], height_of(1, 9))
    styles = [_TYPED_POINTS if _is_typed(column) else _TYPED for column in columns]
    for i in range(1, options.students + 1):
        row = [sheet.number(Fraction(i), _COUNTED), sheet.blank(_TYPED), sheet.blank(_NAME)]
        sheet.append([*row, *(sheet.blank(style) for style in styles)], 20)
    for i, column in enumerate(columns, _FIXED + 1):
        if _is_typed(column):
            rule = DataValidation(
                type="decimal",
                operator="between",
                formula1="0",
                formula2=f"{float(column.mark.points):.15g}",
                allow_blank=True,
                showErrorMessage=True,
            )
            rule.error = WAYS[options.tongue]["points"].format(celltext.number(column.mark.points))
            rule.add(f"{get_column_letter(i)}{_FIRST}:{get_column_letter(i)}{_FIRST + options.students - 1}")
            sheet.raw.data_validations.append(rule)
    sheet.raw.print_area = f"A1:{get_column_letter(_FIXED + max(len(columns), 1))}{sheet.row}"
    sheet.close()


def _write_scores(
    book: Book, name: str, responses: str, title: str, columns: list[_Column], options: KeyOptions
) -> None:
    words = _WORDS[options.tongue]
    first = [*words.fixed, words.total, words.percent]
    before = len(first)
    widths = [5.0, 13.0, 13.0, 8.0, 8.0, *(_width(column) for column in columns)]
    sheet = book.sheet(name, widths)
    _set_page(sheet, title, widths, options, "A:E")
    sheet.raw.print_title_rows = f"3:{_FIRST - 1}"
    sheet.raw.freeze_panes = f"{get_column_letter(before + 1)}{_FIRST}"
    _write_heads(sheet, columns, first, options, title)
    total = sum((column.mark.points for column in columns), ZERO)
    side = [sheet.blank(_SMALL) for _ in first]
    sheet.append([*side, *(sheet.blank(_SMALL) for _ in columns)], height_of(1, 9))
    points = [sheet.number(column.mark.points, _HEAD_NUMBER) for column in columns]
    sheet.append(
        [*side[:2], sheet.text(words.heads[2], _SMALL), sheet.number(total, _HEAD_NUMBER), side[4], *points],
        height_of(1, 9),
    )
    last = get_column_letter(_FIXED + max(len(columns), 1))
    ends = get_column_letter(before + 1), get_column_letter(before + max(len(columns), 1))
    for row in range(_FIRST, _FIRST + options.students):
        there = f"COUNTA('{responses}'!${get_column_letter(_FIXED + 1)}{row}:${last}{row})=0"
        cells: list[Cell | None] = [sheet.formula(f"IF({there},\"\",'{responses}'!$A{row})", _COUNTED)]
        cells += [
            sheet.formula(f"IF('{responses}'!${column}{row}=\"\",\"\",'{responses}'!${column}{row})", _NAME)
            for column in "BC"
        ]
        cells.append(sheet.formula(f'IF($A{row}="","",ROUND(SUM({ends[0]}{row}:{ends[1]}{row}),6))', _TOTAL))
        share = f"$D{row}/{float(total):.15g}" if total else "0"
        cells.append(sheet.formula(f'IF($A{row}="","",{share})', _SHARE))
        for i, column in enumerate(columns, _FIXED + 1):
            place = f"'{responses}'!{get_column_letter(i)}{row}"
            cells.append(sheet.formula(f'IF($A{row}="","",ROUND({_scored(column, place)},6))', _COUNTED))
        sheet.append(cells, 20)
    sheet.raw.print_area = f"A1:{get_column_letter(before + max(len(columns), 1))}{sheet.row}"
    sheet.close()


def _scored(column: _Column, place: str) -> str:
    if column.mark.formula:
        return column.mark.formula.format(r=place)
    return f"IF(ISNUMBER({place}),MAX(0,MIN({float(column.mark.points):.15g},{place})),0)"


def _write_figures(
    book: Book, name: str, sources: tuple[str, ...], title: str, columns: list[_Column], options: KeyOptions
) -> None:
    words = _WORDS[options.tongue]
    responses, scores = sources
    letters = min(max((column.mark.letters for column in columns), default=0), 8)
    heads = [*words.columns, *(chr(65 + i) for i in range(letters)), words.blank]
    widths = [8.0, 13.0, 14.0, 7.0, 8.0, 8.0, 9.0, 9.5, *(5.0 for _ in range(letters)), 7.0]
    sheet = book.sheet(name, widths)
    sheet.set_page(title, WORDS[options.tongue].footer, landscape=letters > 2, paper=options.paper)
    sheet.raw.freeze_panes = "A6"
    sheet.raw.print_title_rows = "5:5"
    span = list(zip(heads, widths, strict=True))
    write_banner(sheet, title, TITLE, span)
    end = _FIRST + options.students - 1
    totals = f"'{scores}'!$D${_FIRST}:$D${end}"
    shares = f"'{scores}'!$E${_FIRST}:$E${end}"
    count = f"COUNT({totals})"
    facts = [words.present, *words.facts]
    row: list[Cell | None] = [sheet.text(fact, _HEAD) for fact in facts]
    sheet.append(row, height_of(2, 10))
    formulas = [count] + [
        f'IF({count}=0,"",{formula})' for formula in (f"AVERAGE({totals})", f"MAX({totals})", f"MIN({totals})")
    ]
    formulas.append(f'IF({count}<2,"",STDEV({totals}))')
    formulas.append(f'IF({count}=0,"",SUMPRODUCT(ISNUMBER({shares})*({shares}>=0.6))/{count})')
    styles = [_COUNTED, _RATIO, _COUNTED, _COUNTED, _RATIO, _SHARE]
    sheet.append([sheet.formula(f, style) for f, style in zip(formulas, styles, strict=True)], 20)
    sheet.append([], 10)
    sheet.append([sheet.text(head, HEADER) for head in heads], height_of(2))
    for i, column in enumerate(columns):
        given = get_column_letter(_FIXED + 1 + i)
        earned = get_column_letter(_FIXED + 3 + i)
        typed = f"'{responses}'!{given}${_FIRST}:{given}${end}"
        scored = f"'{scores}'!{earned}${_FIRST}:{earned}${end}"
        points = f"{float(column.mark.points):.15g}"
        line: list[Cell | None] = [
            sheet.text(column.number, _TYPED),
            sheet.text(column.entry.kind, _BODY),
            sheet.text(shortened(" ".join(column.key.split()), 14, 2, 10), _BODY),
            sheet.number(column.mark.points, _COUNTED),
            sheet.formula(f'IF(COUNT({scored})=0,"",AVERAGE({scored}))', _RATIO),
            sheet.formula(f'IF(OR(COUNT({scored})=0,{points}=0),"",AVERAGE({scored})/{points})', _RATIO),
            sheet.formula(
                f'IF(COUNT({scored})=0,"",SUMPRODUCT(ISNUMBER({scored})*({scored}>={points}-0.000001))/COUNT({scored}))',
                _SHARE,
            ),
            sheet.formula(f'IFERROR(CORREL({scored},{totals}),"")', _RATIO),
        ]
        for k in range(letters):
            found = f'SUMPRODUCT(--ISNUMBER(FIND("{chr(65 + k)}",UPPER({typed}))))'
            line.append(sheet.formula(found, _COUNTED) if k < column.mark.letters else sheet.blank(_COUNTED))
        line.append(sheet.formula(f'COUNT({scored})-SUMPRODUCT(ISNUMBER({scored})*({typed}<>""))', _COUNTED))
        sheet.append(
            line, height_of(max(1, line_count(shortened(" ".join(column.key.split()), 14, 2, 10), 14, 10)), 10)
        )
    sheet.raw.print_area = f"A1:{get_column_letter(len(heads))}{sheet.row}"
    sheet.close()
