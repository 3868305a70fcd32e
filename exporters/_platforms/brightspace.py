"""Writes the CSV that Brightspace (D2L) imports into its question library: a block of rows a question."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, assert_never

from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext
from qbank.formats.platforms.codes import BRIGHTSPACE, percent, share
from qbank.model import (
    KINDS,
    ONE,
    ZERO,
    Choice,
    Cloze,
    Essay,
    Group,
    Information,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
    kind_of,
)

from .files import changed_for_safety
from .remarks import Remarks

_CARRIED = frozenset({"title", "points", "difficulty", "hints", "feedback/general"})


class Brightspace:
    """Written response, short answer, matching, multiple choice, true or false, multi-select and ordering questions."""

    name = "brightspace-csv"
    title = "Brightspace (D2L) question import"
    suffix = ".csv"
    options: Mapping[str, str] = MappingProxyType({})
    unanswered: Unanswered = "left-out"
    keeps_unanswered = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {kind: "lossy" if kind in BRIGHTSPACE or kind == "group" else "none" for kind in KINDS}
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        writer = _Writer(sink, Remarks(ctx, "Brightspace"))
        for question in questions:
            for alone, original in writer.remarks.apart(question, frozenset({"title"})):
                writer.write(alone, original)


@dataclass(slots=True)
class _Writer:
    sink: BinaryIO
    remarks: Remarks
    count: int = 0

    def write(self, question: Question, original: Question) -> None:
        kind = kind_of(question)
        code = BRIGHTSPACE.get(kind)
        if code is None:
            self.remarks.lost("X101", question, f"there are no {kind} questions; it was left out")
            return
        body = self._body(question)
        if body is None:
            return
        self.remarks.never_carried(original, _CARRIED)
        rows: list[Sequence[str]] = [
            ("NewQuestion", code),
            ("ID", question.id),
            ("Title", self._text(question, " ".join(question.title.split()), "/title") if question.title else ""),
            ("QuestionText", self._text(question, question.stem, "/stem")),
            ("Points", self._points(question)),
        ]
        if question.difficulty is not None:
            rows.append(("Difficulty", str(question.difficulty * 2)))
        rows += body
        if len(question.hints) > 1:
            self.remarks.lost("X202", question, "only the first hint is taken", "/hints")
        rows += [("Hint", self._text(question, hint, "/hints/0")) for hint in question.hints[:1]]
        general = question.feedback.general if question.feedback is not None else None
        if general is not None:
            rows.append(("Feedback", self._text(question, general, "/feedback/general")))
        self._add(rows)

    def _add(self, rows: Sequence[Sequence[str]]) -> None:
        text = io.StringIO(newline="")
        out = csv.writer(text, lineterminator="\r\n")
        if self.count:
            out.writerow(["", "", "", "", ""])
        for row in rows:
            out.writerow([*row, *[""] * (5 - len(row))])
        self.sink.write(text.getvalue().encode("utf-8", "replace"))
        self.count += 1

    def _points(self, question: Question) -> str:
        written = celltext.number(question.points)
        if "/" in written:
            self.remarks.lost("X305", question, f"its {written} points were rounded", "/points")
            return f"{float(question.points):.5f}"
        return written

    def _text(self, question: Question, text: Text, pointer: str) -> str:
        shown = self.remarks.text(question, text, pointer)
        if changed_for_safety(shown):
            self.remarks.lost(
                "X305", question, "a space before a text keeps spreadsheets from taking it for a formula", pointer
            )
            return f" {shown}"
        return shown

    def _body(self, question: Question) -> list[Sequence[str]] | None:
        match question:
            case SingleChoice():
                return self._single(question)
            case MultipleChoice():
                return self._multiple(question)
            case TrueFalse():
                return [
                    (
                        word,
                        "100" if question.answer is value else "0",
                        "" if told is None else self._text(question, told, pointer),
                    )
                    for word, value, told, pointer in (
                        ("TRUE", True, question.feedback_true, "/feedback_true"),
                        ("FALSE", False, question.feedback_false, "/feedback_false"),
                    )
                ]
            case ShortAnswer():
                return self._short(question)
            case Matching():
                return self._matching(question)
            case Ordering():
                return self._ordering(question)
            case Essay():
                return self._essay(question)
            case Numeric() | Cloze() | Group() | Information():
                raise AssertionError(f"there is no row for {kind_of(question)}")
            case _:
                assert_never(question)

    def _option(self, question: Question, choice: Choice, i: int, earned: str) -> Sequence[str]:
        told = "" if choice.feedback is None else self._text(question, choice.feedback, f"/choices/{i}/feedback")
        return ("Option", earned, self._text(question, choice.text, f"/choices/{i}/text"), "", told)

    def _single(self, question: SingleChoice) -> list[Sequence[str]] | None:
        if self.remarks.keyed(question) is None:
            return None
        self.remarks.choices(question, weights=True, feedback=True)
        rows = []
        for i, choice in enumerate(question.choices):
            weighted = question.scoring == "weighted"
            weight = (choice.weight or ZERO) if weighted else ONE if choice.id == question.answer else ZERO
            if share(percent(max(weight, ZERO))) != weight:
                self.remarks.lost("X301", question, "a weight was rounded or is below zero", f"/choices/{i}/weight")
            rows.append(self._option(question, choice, i, percent(max(weight, ZERO))))
        if question.scoring == "weighted":
            weights = [choice.weight or ZERO for choice in question.choices]
            if question.choices[weights.index(max(weights))].id != question.answer:
                self.remarks.lost("X301", question, "the choice that earns most is the right one", "/answer")
        return rows

    def _multiple(self, question: MultipleChoice) -> list[Sequence[str]] | None:
        right = self.remarks.keyed(question)
        if right is None:
            return None
        self.remarks.choices(question, weights=True, feedback=True)
        self.remarks.lost("X301", question, "every choice counts that is rightly ticked or left open", "/scoring")
        rows: list[Sequence[str]] = [("Scoring", "RightAnswers")]
        return rows + [
            self._option(question, choice, i, "1" if choice.id in right else "0")
            for i, choice in enumerate(question.choices)
        ]

    def _short(self, question: ShortAnswer) -> list[Sequence[str]]:
        self.remarks.comparison(question, question)
        rows: list[Sequence[str]] = [("InputBox", "3", "40")]
        for i, answer in enumerate(question.answer or ()):
            pointer = f"/answer/{i}"
            self.remarks.answer(question, answer, pointer, weights=True)
            if share(percent(max(answer.weight, ZERO))) != answer.weight:
                self.remarks.lost("X301", question, "a weight was rounded or is below zero", f"{pointer}/weight")
            earned = percent(max(answer.weight, ZERO))
            rows.append(("Answer", earned, self._text(question, answer.text, f"{pointer}/text")))
        return rows

    def _matching(self, question: Matching) -> list[Sequence[str]]:
        numbers = {choice.id: str(i) for i, choice in enumerate(question.choices, 1)}
        answer = question.answer or {}
        self.remarks.pairs(question)
        if not question.shuffle:
            self.remarks.lost("X208", question, "the platform shuffles the choices", "/choices")
        rows: list[Sequence[str]] = [("Scoring", "EquallyWeighted")]
        for i, choice in enumerate(question.choices):
            if choice.feedback is not None:
                self.remarks.lost("X201", question, "choices have no feedback", f"/choices/{i}/feedback")
            if choice.fixed or choice.weight is not None:
                self.remarks.lost("X208", question, "choices have no place or weight of their own", f"/choices/{i}")
            rows.append(("Choice", str(i + 1), self._text(question, choice.text, f"/choices/{i}/text")))
        for i, prompt in enumerate(question.prompts):
            text = self._text(question, prompt.text, f"/prompts/{i}/text")
            rows.append(("Match", numbers.get(answer.get(prompt.id, ""), ""), text))
        return rows

    def _ordering(self, question: Ordering) -> list[Sequence[str]]:
        return [
            ("Item", self._text(question, question.items[i].text, f"/items/{i}/text"), "NOT HTML")
            for i in self.remarks.ordered(question)
        ]

    def _essay(self, question: Essay) -> list[Sequence[str]]:
        self.remarks.style(question)
        self.remarks.essay(question)
        rows: list[Sequence[str]] = [("InitialText", "")]
        if question.answer is not None:
            rows.append(("AnswerKey", self._text(question, question.answer, "/answer")))
        return rows


BRIGHTSPACE_CSV = Brightspace()
