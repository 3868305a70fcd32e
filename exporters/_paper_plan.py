"""What stands on a question paper, before it is a Word file or a page: sections, numbered questions, room for answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, assert_never

from qbank import richtext
from qbank.export import Context
from qbank.formats import celltext, sheets
from qbank.formats.sheets import Tongue
from qbank.model import (
    ZERO,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
)
from qbank.richtext import Element

from ._key_entries import arranged
from ._key_grid import pieces_of
from ._key_page import KeyOptions, heading_of
from ._key_sections import Entry, Section, common_title
from ._workbook import width_of

LINE_WIDTH = 84.0
"""The width of a line of the paper, in figures; a Chinese character counts nearly two."""
_LINES = {"term": 3, "short": 6, "long": 14}
_MOST_LINES = 40
_BRACKETED = re.compile(r"[（(]\s*[)）]|_{2,}|＿{2,}")
_BLOCKS = frozenset({"img", "audio", "table", "pre", "ul", "ol", "blockquote", "hr"})


@dataclass(frozen=True, slots=True)
class Rich:
    """A text with the place it has in its question, for findings."""

    tree: tuple[Element, ...]
    question: Question
    pointer: str

    @property
    def is_short(self) -> bool:
        """Whether it can stand beside others on a line."""
        return len(self.tree) < 2 and not any(e.tag in _BLOCKS or e.tag == "br" for e in richtext.walk(self.tree))

    @property
    def width(self) -> float:
        """About how wide it is."""
        return width_of(richtext.plain_of(self.tree))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A choice, an item, a prompt."""

    label: str
    text: Rich


@dataclass(frozen=True, slots=True)
class Choices:
    """Labelled texts, so many side by side; `label` is the number of the gap they are for."""

    choices: tuple[Labelled, ...]
    columns: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two columns to be matched."""

    left: tuple[Labelled, ...]
    right: tuple[Labelled, ...]


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A short line to write on, with words before and behind."""

    before: str
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """So many lines to write on."""

    lines: int


Area: TypeAlias = Choices | Pairs | AnswerLine | Room


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on the paper."""

    number: str
    stem: Rich
    points: str
    """In words; empty where its section says it."""
    tail: str
    """What stands behind the stem: a pair of brackets to write a letter in."""
    gaps: dict[str, str]
    """What each gap of the stem looks like."""
    areas: tuple[Area, ...] = ()
    before: tuple[Rich, ...] = ()
    parts: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A section under its heading; `document` is the title of its paper where there are several."""

    heading: str
    questions: tuple[Asked, ...]
    points: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A number, or a range of numbers, and the answers."""

    label: str
    text: str
    worded: bool


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """One version of a paper."""

    version: str
    title: str
    facts: str
    total: str
    parts: tuple[Part, ...]
    closing: tuple[Rich, ...] = ()
    key: tuple[tuple[str, tuple[KeyLine, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a paper in one language."""

    version: str
    facts: str
    one: str
    names: tuple[str, ...]
    section: str
    points_head: str
    total: str
    earned: str
    points: str
    point: str
    answer: str
    order: str
    judge: str
    page: str
    key: str
    part: str
    untitled: str


WORDS: dict[Tongue, Words] = {
    "en": Words(
        version="Version {}",
        facts="{} questions, {} points",
        one="1 question, {} points",
        names=("Name", "Class", "Date", "Score"),
        section="Part",
        points_head="Points",
        total="Total",
        earned="Score",
        points=" ({} points)",
        point=" ({} point)",
        answer="Answer:",
        order="Order:",
        judge=" (T / F)",
        page="Page {} of {}",
        key="Answer key",
        part="Part {}",
        untitled="Test",
    ),
    "zh": Words(
        version="{} 卷",
        facts="共 {} 题，满分 {} 分",
        one="共 {} 题，满分 {} 分",
        names=("班级", "姓名", "学号", "得分"),
        section="题号",
        points_head="分值",
        total="总分",
        earned="得分",
        points="（{} 分）",
        point="（{} 分）",
        answer="答：",
        order="正确顺序：",
        judge="（\u00a0\u00a0\u00a0\u00a0）",
        page="第 {} 页　共 {} 页",
        key="参考答案",
        part="{}",
        untitled="试卷",
    ),
}


@dataclass(slots=True)
class Planner:
    """Plans versions of a paper; losses of the key go to `ctx`, once."""

    ctx: Context
    options: KeyOptions
    with_key: bool
    with_lines: bool
    title: str = ""
    _words: Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = WORDS[self.options.tongue]

    def plan(self, questions: Iterable[Question], version: str, key_ctx: Context) -> PaperPlan:
        """One version; what its key loses goes to `key_ctx`."""
        sections, entries, closing = arranged(questions, self.options, key_ctx, version, keep=True)
        count = sum(len(entry.questions) for section in sections for entry in section.entries)
        points = sum((section.points for section in sections), ZERO)
        words = self._words
        facts = words.facts if count != 1 or self.options.tongue == "zh" else words.one
        return PaperPlan(
            version=words.version.format(version) if version else "",
            title=self.title or self.ctx.header.title or common_title(entries) or words.untitled,
            facts=facts.format(count, celltext.number(points)),
            total=celltext.number(points),
            parts=tuple(self._part(i, section) for i, section in enumerate(sections)),
            closing=tuple(_rich(one.stem, one, "/stem") for one in closing),
            key=tuple(self._key(i, section) for i, section in enumerate(sections)) if self.with_key else (),
        )

    def _heading(self, i: int, section: Section) -> str:
        text = heading_of(i, section, self.options) if section.title else ""
        return self._words.part.format(text) if text and not section.printed else text

    def _part(self, i: int, section: Section) -> Part:
        each = {question.points for entry in section.entries for question in entry.questions}
        same = len(each) == 1 and bool(section.title) and not any(entry.parts for entry in section.entries)
        asked = tuple(self._asked(entry, "" if same else None) for entry in section.entries)
        return Part(self._heading(i, section), asked, celltext.number(section.points), section.document)

    def _key(self, i: int, section: Section) -> tuple[str, tuple[KeyLine, ...]]:
        pieces, _ = pieces_of(section, everything=True)
        return self._heading(i, section), tuple(KeyLine(p.label, p.text, p.worded) for p in pieces)

    def _points(self, points: Fraction) -> str:
        if not points:
            return ""
        return (self._words.point if points == 1 else self._words.points).format(celltext.number(points))

    def _asked(self, entry: Entry, points: str | None) -> Asked:
        question = entry.question
        assert question is not None
        gaps, areas = self._areas(question)
        through = entry.through
        return Asked(
            number="" if through else entry.number,
            stem=_rich(question.stem, question, "/stem"),
            points=self._points(entry.points) if points is None else points,
            tail=self._tail(question),
            gaps=gaps,
            areas=areas,
            before=tuple(_rich(one.stem, one, "/stem") for one in entry.before),
            parts=tuple(self._asked(part, None) for part in entry.parts),
        )

    def _tail(self, question: Question) -> str:
        if not isinstance(question, SingleChoice | MultipleChoice | TrueFalse):
            return ""
        if _BRACKETED.search(richtext.plain(question.stem)):
            return ""
        if isinstance(question, TrueFalse):
            return self._words.judge
        return self._words.judge if self.options.tongue == "zh" else ""

    def _areas(self, question: Question) -> tuple[dict[str, str], tuple[Area, ...]]:
        words = self._words
        match question:
            case SingleChoice() | MultipleChoice():
                return {}, (_choices(question.choices, question, "/choices"),)
            case TrueFalse() | Information() | Group():
                return {}, ()
            case ShortAnswer():
                return {}, (AnswerLine(words.answer),)
            case Numeric():
                unit = question.units[0].name if len(question.units) == 1 and not question.unit_required else ""
                return {}, (AnswerLine(words.answer, unit),)
            case Cloze():
                return _cloze(question)
            case Matching():
                left = tuple(
                    Labelled(f"{i}.", _rich(prompt.text, question, f"/prompts/{i - 1}/text"))
                    for i, prompt in enumerate(question.prompts, 1)
                )
                places = "　".join(f"{i} ____" for i in range(1, len(left) + 1))
                return {}, (
                    Pairs(left, _labelled(question.choices, question, "/choices")),
                    AnswerLine(f"{words.answer} {places}", "-"),
                )
            case Ordering():
                return {}, (_choices(question.items, question, "/items"), AnswerLine(words.order))
            case Essay():
                lines = min(question.lines or _LINES[question.style], _MOST_LINES)
                return {}, (Room(lines),) if self.with_lines else ()
            case _:
                assert_never(question)


def _rich(text: Text, question: Question, pointer: str) -> Rich:
    return Rich(richtext.blocks(text), question, pointer)


def _labelled(parts: Iterable[Choice | Item], question: Question, pointer: str) -> tuple[Labelled, ...]:
    return tuple(
        Labelled(f"{sheets.letter(i)}.", _rich(part.text, question, f"{pointer}/{i}/text"))
        for i, part in enumerate(parts)
    )


def _choices(parts: Iterable[Choice | Item], question: Question, pointer: str, label: str = "") -> Choices:
    """As many side by side as the longest allows: four, two or one."""
    labelled = _labelled(parts, question, pointer)
    widest = max((part.text.width for part in labelled), default=0) + 5
    if not all(part.text.is_short for part in labelled):
        columns = 1
    else:
        columns = next((n for n in (4, 2) if widest <= LINE_WIDTH / n), 1)
    return Choices(labelled, columns, label)


def _cloze(question: Cloze) -> tuple[dict[str, str], tuple[Area, ...]]:
    """The gaps as lines, numbered where there are several; the choices of those that have some below."""
    several = len(question.blanks) > 1
    gaps: dict[str, str] = {}
    areas: list[Area] = []
    for i, blank in enumerate(question.blanks, 1):
        mark = f"({i})" if several else ""
        gaps[blank.id] = f"{mark}________"
        if isinstance(blank, ChoiceBlank):
            areas.append(_choices(blank.choices, question, f"/blanks/{i - 1}/choices", mark))
    return gaps, tuple(areas)
