"""Writes the tab-delimited text that Blackboard uploads questions from: a line each, no header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, assert_never

from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext
from qbank.formats.platforms import cells
from qbank.formats.platforms.codes import VARIABLE
from qbank.model import (
    KINDS,
    Accepted,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
    kind_of,
)

from .remarks import Remarks, chosen

_MOST = 20
"""Answers of a question that every release of Blackboard takes."""


class Blackboard:
    """One question a line, its parts between tabs."""

    name = "blackboard-tab"
    title = "Blackboard question upload (tab-delimited)"
    suffix = ".txt"
    options: Mapping[str, str] = MappingProxyType({})
    unanswered: Unanswered = "left-out"
    keeps_unanswered = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {kind: "none" if kind == "information" else "lossy" for kind in KINDS}
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        writer = _Writer(sink, Remarks(ctx, "Blackboard"))
        for question in questions:
            for alone, original in writer.remarks.apart(question):
                writer.write(alone, original)


@dataclass(slots=True)
class _Writer:
    sink: BinaryIO
    remarks: Remarks

    def write(self, question: Question, original: Question) -> None:
        if isinstance(question, Information):
            self.remarks.lost("X101", question, "there are no information questions; it was left out")
            return
        line = self._line(question)
        if line is not None:
            self.remarks.never_carried(original, frozenset())
            self.sink.write(("\t".join(line) + "\r\n").encode("utf-8", "replace"))

    def _text(self, question: Question, text: Text, pointer: str) -> str:
        """A text on one line, without tabs."""
        return self._one_line(question, self.remarks.text(question, text, pointer), pointer)

    def _one_line(self, question: Question, shown: str, pointer: str) -> str:
        line = " ".join(shown.split())
        if line != shown and ("\n" in shown or "\t" in shown):
            self.remarks.lost("X305", question, "line breaks and tabs became blanks", pointer)
        return line

    def _line(self, question: Question) -> Sequence[str] | None:
        match question:
            case SingleChoice() | MultipleChoice():
                return self._choice(question)
            case TrueFalse():
                self.remarks.verdicts(question)
                return ("TF", self._text(question, question.stem, "/stem"), "true" if question.answer else "false")
            case ShortAnswer():
                stem = self._text(question, question.stem, "/stem")
                if cells.gapped(stem)[1]:
                    self.remarks.lost("X302", question, "the gap in its stem makes it a text with gaps", "/kind")
                self.remarks.comparison(question, question)
                return ("FIB", stem, *self._answers(question, question.answer, "/answer"))
            case Numeric():
                return self._numeric(question)
            case Cloze():
                return self._cloze(question)
            case Matching():
                return self._matching(question)
            case Ordering():
                return self._ordering(question)
            case Essay():
                return self._essay(question)
            case Group() | Information():
                raise AssertionError(f"there is no line for {kind_of(question)}")
            case _:
                assert_never(question)

    def _few(self, question: Question, count: int) -> bool:
        if count > _MOST:
            self.remarks.lost("X104", question, f"it was left out: it has {count} answers and {_MOST} are taken")
        return count <= _MOST

    def _choice(self, question: SingleChoice | MultipleChoice) -> Sequence[str] | None:
        right = self.remarks.keyed(question)
        if right is None or not self._few(question, len(question.choices)):
            return None
        self.remarks.choices(question)
        line = ["MC" if isinstance(question, SingleChoice) else "MA", self._text(question, question.stem, "/stem")]
        for i, choice in enumerate(question.choices):
            line.append(self._text(question, choice.text, f"/choices/{i}/text"))
            line.append("correct" if choice.id in right else "incorrect")
        return line

    def _answers(
        self, question: Question, answers: Sequence[Accepted | NumericAnswer] | None, pointer: str
    ) -> Sequence[str]:
        return [self._answer(question, answer, f"{pointer}/{i}") for i, answer in enumerate(answers or ())]

    def _answer(self, question: Question, answer: Accepted | NumericAnswer, pointer: str) -> str:
        self.remarks.answer(question, answer, pointer)
        if isinstance(answer, Accepted):
            return self._text(question, answer.text, f"{pointer}/text")
        low, high = answer.bounds
        return celltext.number((low + high) / 2)

    def _numeric(self, question: Numeric) -> Sequence[str]:
        answers = question.answer or ()
        if len(answers) > 1:
            self.remarks.lost("X305", question, "only the first answer is taken", "/answer")
        self.remarks.units(question)
        stem = self._text(question, question.stem, "/stem")
        low, high = answers[0].bounds
        line = ["NUM", stem, self._answer(question, answers[0], "/answer/0")]
        written = (line[2], celltext.number((high - low) / 2))
        if any("/" in number for number in written):
            self.remarks.lost("X305", question, "a number was rounded", "/answer/0")
            written = (f"{float((low + high) / 2):.12g}", f"{float((high - low) / 2):.12g}")
        return ["NUM", stem, written[0], *([] if low == high else [written[1]])]

    def _cloze(self, question: Cloze) -> Sequence[str] | None:
        gaps = self.remarks.gaps(question)
        if gaps is None:
            return None
        shown = self._one_line(question, self.remarks.gapped(question), "/stem")
        names = [f"b{i}" for i in range(1, len(gaps) + 1)]
        pieces = shown.split("____")
        if len(pieces) != len(names) + 1 or VARIABLE.search(shown):
            self.remarks.lost("X104", question, "it was left out: something in its stem would be taken for a gap")
            return None
        stem = pieces[0] + "".join(f"[{name}]{piece}" for name, piece in zip(names, pieces[1:], strict=True))
        line = ["FIB_PLUS", stem]
        for name, (i, blank) in zip(names, gaps, strict=True):
            self.remarks.gap(question, i, blank)
            if len(line) > 2:
                line.append("")
            if isinstance(blank, ChoiceBlank):
                line += [name, chosen(blank)]
            else:
                line += [name, *self._answers(question, blank.answer, f"/blanks/{i}/answer")]
        return line

    def _matching(self, question: Matching) -> Sequence[str] | None:
        if not self._few(question, len(question.prompts)):
            return None
        self.remarks.pairs(question)
        self.remarks.lost("X305", question, "only choices that are an answer are written", "/choices")
        answer = question.answer or {}
        places = {choice.id: i for i, choice in enumerate(question.choices)}
        line = ["MAT", self._text(question, question.stem, "/stem")]
        for i, prompt in enumerate(question.prompts):
            place = places.get(answer.get(prompt.id, ""))
            if place is None:
                self.remarks.lost("X104", question, "it was left out: a prompt has no choice")
                return None
            line.append(self._text(question, prompt.text, f"/prompts/{i}/text"))
            line.append(self._text(question, question.choices[place].text, f"/choices/{place}/text"))
        if len(set(line[3::2])) == 1:
            self.remarks.lost("X104", question, "it was left out: all its prompts have the same choice")
            return None
        return line

    def _ordering(self, question: Ordering) -> Sequence[str] | None:
        if not self._few(question, len(question.items)):
            return None
        order = self.remarks.ordered(question)
        stem = self._text(question, question.stem, "/stem")
        return ["ORD", stem, *(self._text(question, question.items[i].text, f"/items/{i}/text") for i in order)]

    def _essay(self, question: Essay) -> Sequence[str]:
        self.remarks.style(question, frozenset({"short", "long"}))
        self.remarks.essay(question)
        stem = self._text(question, question.stem, "/stem")
        sample = [] if question.answer is None else [self._text(question, question.answer, "/answer")]
        if question.style == "long":
            self.remarks.lost("X317", question, "the code ESS is not among those that were seen to be imported")
        return ["ESS" if question.style == "long" else "SR", stem, *sample]


BLACKBOARD_TAB = Blackboard()
