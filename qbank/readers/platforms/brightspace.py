"""The CSV of Brightspace (D2L): a block of rows for each question, the first column saying what the row is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import msgspec

from qbank.formats import celltext
from qbank.formats.platforms.codes import BRIGHTSPACE, share
from qbank.formats.platforms.headers import LETTERS
from qbank.model import (
    ONE,
    Accepted,
    Choice,
    Essay,
    Feedback,
    Item,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    TrueFalse,
)
from qbank.readers.decode import looks_like_text
from qbank.readers.delimited import Row, records
from qbank.readers.lines import Ahead, lines
from qbank.readers.markup import rich
from qbank.readers.naming import Naming
from qbank.readers.platforms.grid import cleaned
from qbank.reading import Context, Document

_SCORING: dict[str, Any] = {"allornothing": "all_or_nothing", "rightminuswrong": "balanced"}
_LEAST = 2


class _Unfit(Exception):
    """Why a block is no question."""


@dataclass(slots=True)
class _Block:
    """The rows of one question."""

    code: str
    line: int
    rows: list[tuple[str, tuple[str, ...], int]] = field(default_factory=list)

    def first(self, name: str) -> tuple[str, ...]:
        """The cells behind the first row of that name."""
        return next((cells for row, cells, _ in self.rows if row == name), ())

    def all(self, name: str) -> list[tuple[str, ...]]:
        """The cells behind every row of that name."""
        return [cells for row, cells, _ in self.rows if row == name]


@dataclass(frozen=True, slots=True)
class BrightspaceReader:
    """Reads the seven kinds of question that Brightspace imports."""

    name: str = "brightspace-csv"
    title: str = "Brightspace (D2L) question import (.csv)"
    suffixes: tuple[str, ...] = (".csv",)
    options: Mapping[str, str] = field(default_factory=dict)

    def sniff(self, document: Document) -> float:
        """Sure of a text in which a row says NewQuestion."""
        if not looks_like_text(document.data):
            return 0.0
        return 0.97 if re.search(rb'(?mi)^"?NewQuestion"?[,\t]"?[A-Z]{1,3}\b', document.data[:65536]) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file; a block that is none is R039 with its line. Raises `QbankError` for no text."""
        source = Ahead(lines(document.data, document.name, ctx))
        separator = "\t" if re.search(r"(?mi)^NewQuestion\t", source.head(65536)) else ","
        maker = _Maker(document.name, ctx)
        count = 0
        for block in _blocks(records(source, separator)):
            made = maker.question(block)
            if made is not None:
                count += 1
                yield made
        if not count:
            ctx.problem("R001", f"{document.name}: holds no question", document.name, 1)


def _blocks(found: Iterator[Row]) -> Iterator[_Block]:
    block: _Block | None = None
    for row in found:
        name = row.cells[0].strip().casefold()
        if name.startswith("//"):
            continue
        if name == "newquestion":
            if block is not None:
                yield block
            block = _Block(_cell(row.cells, 1).upper(), row.line)
        elif block is not None and name:
            block.rows.append((name, tuple(cleaned(cell) for cell in row.cells[1:]), row.line))
    if block is not None:
        yield block


def _cell(found: Sequence[str], place: int) -> str:
    return found[place].strip() if place < len(found) else ""


class _Maker:
    """Makes the questions of one file."""

    def __init__(self, document: str, ctx: Context) -> None:
        self.document = document
        self.ctx = ctx
        self.naming = Naming()
        self.line = 0
        self.found: list[tuple[str, str]] = []

    def question(self, block: _Block) -> Question | None:
        """The question of a block; None, and a finding, where there is none."""
        self.line = block.line
        self.found = []
        try:
            made = self._made(block)
        except _Unfit as unfit:
            self.ctx.problem(
                "R039", f"line {block.line}: {unfit}; the question was not read", self.document, block.line
            )
            return None
        given = _cell(block.first("id"), 0)
        name = given if self.naming.own(given) else self.naming.minted(made)
        for code, message in self.found:
            self.ctx.problem(code, f"line {block.line}: {message}", self.document, block.line, question=name)
        return msgspec.structs.replace(made, id=name)

    def _text(self, cells: Sequence[str], place: int) -> Text:
        """A text; HTML where a cell behind it says so."""
        shown = _cell(cells, place)
        if any(cell.strip().upper() == "HTML" for cell in cells[place + 1 :]):
            read = rich(shown, media=lambda address: None)
            if read.dropped:
                self.found.append(("R041", f"markup was taken off: {', '.join(read.dropped[:6])}"))
            return read.text
        return shown

    def _told(self, cells: Sequence[str], place: int) -> Text | None:
        text = self._text(cells, place) if _cell(cells, place) else ""
        return text or None

    def _common(self, block: _Block) -> dict[str, Any]:
        stem = self._text(block.first("questiontext"), 0)
        if not stem:
            raise _Unfit("it has no QuestionText")
        common: dict[str, Any] = {"id": "q", "stem": stem, "source": Source(document=self.document, line=block.line)}
        if title := " ".join(_cell(block.first("title"), 0).split()):
            common["title"] = title
        points = _cell(block.first("points"), 0)
        number = celltext.fraction(points)
        if number is not None and number >= 0:
            common["points"] = number
        elif points:
            self.found.append(("R024", f"{points[:40]!r} is no number of points; 1 was taken"))
        level = celltext.fraction(_cell(block.first("difficulty"), 0))
        if level is not None and 1 <= level <= 10:
            common["difficulty"] = -(-int(level) // 2)
        hints = [text for cells in block.all("hint") if (text := self._told(cells, 0)) is not None]
        if hints:
            common["hints"] = tuple(hints)
        feedback = self._told(block.first("feedback"), 0)
        if feedback is not None:
            common["feedback"] = Feedback(general=feedback)
        if picture := _cell(block.first("image"), 0):
            self.found.append(("R044", f"the picture {picture[:60]!r} is not in the file"))
        return common

    def _made(self, block: _Block) -> Question:
        common = self._common(block)
        match block.code:
            case "MC":
                return self._single(block, common)
            case "MS":
                return self._multiple(block, common)
            case "TF":
                return self._true_false(block, common)
            case "SA":
                return self._short(block, common)
            case "M":
                return self._matching(block, common)
            case "O":
                return self._ordering(block, common)
            case "WR":
                return Essay(answer=self._told(block.first("answerkey"), 0), **common)
            case _:
                known = ", ".join(BRIGHTSPACE.values())
                self.found.append(("R040", f"there are no questions of the kind {block.code[:20]!r}, only {known}"))
                return Essay(status="draft", **common)

    def _choices(self, block: _Block) -> tuple[list[Choice], list[Fraction]]:
        options = block.all("option")[: len(LETTERS)]
        if len(options) < _LEAST:
            raise _Unfit("it has fewer than two options")
        choices, earned = [], []
        for letter, cells in zip(LETTERS, options, strict=False):
            told = [cell for cell in cells[2:] if cell.strip() and cell.strip().upper() != "HTML"]
            marks = ["HTML"] if "HTML" in [cell.strip().upper() for cell in cells[2:]] else []
            choices.append(
                Choice(
                    id=letter,
                    text=self._text([_cell(cells, 1), *marks], 0),
                    feedback=self._told([told[0], *marks], 0) if told else None,
                )
            )
            earned.append(share(_cell(cells, 0)) or Fraction(0))
        return choices, earned

    def _single(self, block: _Block, common: dict[str, Any]) -> Question:
        choices, earned = self._choices(block)
        best = max(earned)
        if best <= 0:
            self.found.append(("R011", "no option earns anything"))
            return SingleChoice(choices=tuple(choices), **common)
        answer = choices[earned.index(best)].id
        if best == ONE and sum(earned) == ONE:
            return SingleChoice(choices=tuple(choices), answer=answer, **common)
        weighted = (msgspec.structs.replace(c, weight=w) for c, w in zip(choices, earned, strict=True))
        return SingleChoice(choices=tuple(weighted), answer=answer, scoring="weighted", **common)

    def _multiple(self, block: _Block, common: dict[str, Any]) -> Question:
        choices, earned = self._choices(block)
        right = tuple(choice.id for choice, share_ in zip(choices, earned, strict=True) if share_ > 0)
        scoring = _SCORING.get(_cell(block.first("scoring"), 0).casefold(), "each_correct")
        if not right:
            self.found.append(("R011", "no option is right"))
        return MultipleChoice(choices=tuple(choices), answer=right or None, scoring=scoring, **common)

    def _true_false(self, block: _Block, common: dict[str, Any]) -> Question:
        true, false = block.first("true"), block.first("false")
        earned = [share(_cell(cells, 0)) or Fraction(0) for cells in (true, false)]
        answer = None if earned[0] == earned[1] else earned[0] > earned[1]
        if answer is None:
            self.found.append(("R011", "neither true nor false earns more than the other"))
        return TrueFalse(
            answer=answer, feedback_true=self._told(true, 1), feedback_false=self._told(false, 1), **common
        )

    def _short(self, block: _Block, common: dict[str, Any]) -> Question:
        answers = []
        for cells in block.all("answer"):
            if text := _cell(cells, 1):
                weight = share(_cell(cells, 0))
                answers.append(Accepted(text=text, weight=ONE if weight is None else weight))
                if "regexp" in [cell.strip().casefold() for cell in cells[2:]]:
                    self.found.append(("R043", f"{text[:40]!r} is a regular expression there, and a plain text here"))
        if not answers:
            self.found.append(("R011", "no answer was found"))
        return ShortAnswer(answer=tuple(answers) or None, **common)

    def _matching(self, block: _Block, common: dict[str, Any]) -> Question:
        choices = {_cell(cells, 0): self._text(cells, 1) for cells in block.all("choice")}
        prompts = [(_cell(cells, 0), self._text(cells, 1)) for cells in block.all("match")]
        if len(choices) < _LEAST or not prompts:
            raise _Unfit("it has fewer than two choices, or nothing to match")
        ids = dict(zip(choices, (f"c{i}" for i in range(1, len(choices) + 1)), strict=False))
        answer = {str(i): ids[number] for i, (number, _) in enumerate(prompts, 1) if number in ids}
        return Matching(
            choices=tuple(Choice(id=ids[number], text=text) for number, text in choices.items()),
            prompts=tuple(Prompt(id=str(i), text=text) for i, (_, text) in enumerate(prompts, 1)),
            answer=answer if len(answer) == len(prompts) else None,
            **common,
        )

    def _ordering(self, block: _Block, common: dict[str, Any]) -> Question:
        items = tuple(
            Item(id=f"i{i}", text=self._text(cells[:1] + tuple(c for c in cells[1:2] if c == "HTML"), 0))
            for i, cells in enumerate(block.all("item"), 1)
        )
        if len(items) < _LEAST:
            raise _Unfit("it has fewer than two items")
        return Ordering(items=items, answer=tuple(item.id for item in items), **common)


READER = BrightspaceReader()
