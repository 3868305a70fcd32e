"""Writes the tab-delimited text that Blackboard uploads questions from: a line each, no header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, assert_never

import msgspec

from qbank import richtext
from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext
from qbank.formats.flatten import flattened
from qbank.formats.platforms import cells
from qbank.formats.platforms.codes import VARIABLE
from qbank.model import (
    KINDS,
    ONE,
    Accepted,
    Cloze,
    Essay,
    Group,
    Information,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
    kind_of,
)

from .remarks import Remarks

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
            writer.write(question)


@dataclass(slots=True)
class _Writer:
    sink: BinaryIO
    remarks: Remarks

    def write(self, question: Question) -> None:
        if not isinstance(question, Group):
            self._write(question, question)
            return
        self.remarks.lost("X303", question, "there are no groups; the material is repeated in each question")
        self.remarks.never_carried(question, frozenset())
        for sub, alone in zip(question.questions, flattened(question), strict=True):
            self._write(msgspec.structs.replace(alone, feedback=sub.feedback, difficulty=sub.difficulty), sub)

    def _write(self, question: Question, original: Question) -> None:
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
                for name in ("feedback_true", "feedback_false"):
                    if getattr(question, name) is not None:
                        self.remarks.lost("X201", question, "true and false have no feedback", f"/{name}")
                return ("TF", self._text(question, question.stem, "/stem"), "true" if question.answer else "false")
            case ShortAnswer():
                stem = self._text(question, question.stem, "/stem")
                if cells.gapped(stem)[1]:
                    self.remarks.lost("X302", question, "the gap in its stem makes it a text with gaps", "/kind")
                return ("FIB", stem, *self._accepted(question, question, "/answer", ""))
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
        right = (question.answer,) if isinstance(question, SingleChoice) else question.answer or ()
        if not right or not set(right) <= {choice.id for choice in question.choices}:
            self.remarks.lost("X104", question, "it was left out: its key names a choice that it does not list")
            return None
        if not self._few(question, len(question.choices)):
            return None
        self.remarks.choices(question)
        line = ["MC" if isinstance(question, SingleChoice) else "MA", self._text(question, question.stem, "/stem")]
        for i, choice in enumerate(question.choices):
            line.append(self._text(question, choice.text, f"/choices/{i}/text"))
            line.append("correct" if choice.id in right else "incorrect")
        return line

    def _accepted(
        self, question: Question, part: ShortAnswer | TextBlank, pointer: str, settings: str
    ) -> Sequence[str]:
        if part.case_sensitive:
            self.remarks.lost("X307", question, "upper and lower case are the same", f"{settings}/case_sensitive")
        if part.wildcard:
            self.remarks.lost("X307", question, "an asterisk stands for itself", f"{settings}/wildcard")
        return [self._answer(question, answer, f"{pointer}/{i}") for i, answer in enumerate(part.answer or ())]

    def _answer(self, question: Question, answer: Accepted | NumericAnswer, pointer: str) -> str:
        if answer.weight != ONE:
            self.remarks.lost("X301", question, "every accepted answer earns all points", f"{pointer}/weight")
        if answer.feedback is not None:
            self.remarks.lost("X201", question, "answers have no feedback", f"{pointer}/feedback")
        if isinstance(answer, Accepted):
            return self._text(question, answer.text, f"{pointer}/text")
        low, high = answer.bounds
        return celltext.number((low + high) / 2)

    def _numeric(self, question: Numeric) -> Sequence[str]:
        answers = question.answer or ()
        if len(answers) > 1:
            self.remarks.lost("X305", question, "only the first answer is taken", "/answer")
        if question.units:
            self.remarks.lost("X307", question, "units are not understood", "/units")
        if question.unit_required:
            self.remarks.lost("X307", question, "units are not asked for", "/unit_required")
        stem = self._text(question, question.stem, "/stem")
        low, high = answers[0].bounds
        line = ["NUM", stem, self._answer(question, answers[0], "/answer/0")]
        written = (line[2], celltext.number((high - low) / 2))
        if any("/" in number for number in written):
            self.remarks.lost("X305", question, "a number was rounded", "/answer/0")
            written = (f"{float((low + high) / 2):.12g}", f"{float((high - low) / 2):.12g}")
        return ["NUM", stem, written[0], *([] if low == high else [written[1]])]

    def _cloze(self, question: Cloze) -> Sequence[str] | None:
        order = list(richtext.blank_ids(question.stem))
        blanks = {blank.id: (i, blank) for i, blank in enumerate(question.blanks)}
        if sorted(order) != sorted(blanks):
            self.remarks.lost("X104", question, "it was left out: its gaps are not those of its stem")
            return None
        shown = self._one_line(question, self.remarks.gapped(question), "/stem")
        names = [f"b{i}" for i in range(1, len(order) + 1)]
        pieces = shown.split("____")
        if len(pieces) != len(names) + 1 or VARIABLE.search(shown):
            self.remarks.lost("X104", question, "it was left out: something in its stem would be taken for a gap")
            return None
        stem = pieces[0] + "".join(f"[{name}]{piece}" for name, piece in zip(names, pieces[1:], strict=True))
        line = ["FIB_PLUS", stem]
        for name, gap in zip(names, order, strict=True):
            i, blank = blanks[gap]
            if blank.share != question.blanks[0].share:
                self.remarks.lost("X301", question, "every gap is worth the same", f"/blanks/{i}/share")
            if len(line) > 2:
                line.append("")
            match blank:
                case TextBlank():
                    texts = self._accepted(question, blank, f"/blanks/{i}/answer", f"/blanks/{i}")
                case NumericBlank():
                    self.remarks.lost("X302", question, "a gap for a number takes the words of it", f"/blanks/{i}")
                    texts = [self._answer(question, a, f"/blanks/{i}/answer") for a in blank.answer or ()]
                case _:
                    self.remarks.lost("X302", question, "a gap with choices takes the words of one", f"/blanks/{i}")
                    right = next((c.text for c in blank.choices if c.id == blank.answer), "-")
                    texts = [" ".join(cells.plain(right)[0].split()) or "-"]
            line += [name, *texts]
        return line

    def _matching(self, question: Matching) -> Sequence[str] | None:
        if not self._few(question, len(question.prompts)):
            return None
        if question.scoring != "each_correct":
            self.remarks.lost("X301", question, "every right pair earns its share", "/scoring")
        if not question.shuffle:
            self.remarks.lost("X208", question, "the platform shuffles the choices", "/shuffle")
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
        return line

    def _ordering(self, question: Ordering) -> Sequence[str] | None:
        if not self._few(question, len(question.items)):
            return None
        self.remarks.lost("X301", question, "the platform's own scoring takes the place of the question's", "/scoring")
        place = {item.id: i for i, item in enumerate(question.items)}
        order = [place[name] for name in question.answer or () if name in place]
        stem = self._text(question, question.stem, "/stem")
        return ["ORD", stem, *(self._text(question, question.items[i].text, f"/items/{i}/text") for i in order)]

    def _essay(self, question: Essay) -> Sequence[str]:
        if question.style == "term":
            self.remarks.lost("X208", question, "that it is a term to define is not said", "/style")
        for name in ("min_words", "max_words", "lines"):
            if getattr(question, name) is not None:
                self.remarks.lost("X208", question, f"there is no place for {name}", f"/{name}")
        if question.response != "rich":
            self.remarks.lost("X208", question, "what is written in cannot be chosen", "/response")
        if question.attachments:
            self.remarks.lost("X208", question, "files cannot be handed in", "/attachments")
        if question.rubric:
            self.remarks.lost("X209", question, "there is no rubric", "/rubric")
        stem = self._text(question, question.stem, "/stem")
        sample = [] if question.answer is None else [self._text(question, question.answer, "/answer")]
        if question.style == "long":
            self.remarks.lost("X317", question, "the code ESS is not among those that were seen to be imported")
        return ["ESS" if question.style == "long" else "SR", stem, *sample]


BLACKBOARD_TAB = Blackboard()
