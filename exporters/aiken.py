"""Aiken: one line for the question, one for each choice, one for the letter of the right one, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import BinaryIO

from jinja2 import Environment

from qbank import richtext
from qbank.export import Context, Support, Unanswered
from qbank.formats import aiken
from qbank.formats.flatten import flattened
from qbank.model import ONE, ZERO, Group, Kind, Question, SingleChoice, Text, TrueFalse, kind_of

from ._jinja import environment, rendered
from ._moodle import looks_like_formula

NAME = aiken.NAME


class Aiken:
    """Single choices as plain text, which Moodle and many small tools read."""

    name: str = NAME
    title: str = "Aiken"
    suffix: str = ".txt"
    options: Mapping[str, str] = MappingProxyType(
        {"true": "the word for the choice True (True, or 正确 in a Chinese bank)", "false": "the word for False"}
    )
    unanswered: Unanswered = "left-out"
    keeps_unanswered: bool = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "none",
            "true_false": "lossy",
            "short_answer": "none",
            "numeric": "none",
            "cloze": "none",
            "matching": "none",
            "ordering": "none",
            "essay": "none",
            "group": "lossy",
            "information": "none",
        }
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        templates = environment(
            ctx.templates,
            block_start_string="[%",
            block_end_string="%]",
            variable_start_string="[[",
            variable_end_string="]]",
            comment_start_string="[#",
            comment_end_string="#]",
        )
        writer = _Writer(ctx, sink, templates)
        for question in questions:
            writer.write(question)


EXPORTER = Aiken()


@dataclass(slots=True)
class _Writer:
    """Writes questions one after the other."""

    ctx: Context
    sink: BinaryIO
    templates: Environment

    def write(self, question: Question) -> None:
        if isinstance(question, Group):
            self.ctx.loss(
                "X303", question, f"Aiken has no groups: the material of {question.id} is repeated in each question"
            )
            self._never_carried(question)
            for sub, alone in zip(question.questions, flattened(question), strict=True):
                self._write(alone, sub)
        else:
            self._write(question, question)

    def _write(self, question: Question, original: Question) -> None:
        match question:
            case SingleChoice():
                written = self._choice(question)
            case TrueFalse():
                written = self._true_false(question)
            case _:
                kind = kind_of(question)
                self.ctx.loss("X101", question, f"Aiken has no {kind} questions; {question.id} was left out")
                return
        if written is not None:
            self._never_carried(original)
            self.sink.write(written.encode())

    def _choice(self, question: SingleChoice) -> str | None:
        ids = [choice.id for choice in question.choices]
        if len(ids) > len(aiken.LETTERS) or question.answer not in ids:
            why = "has more than 26 choices" if len(ids) > len(aiken.LETTERS) else "has a right answer it does not list"
            self.ctx.loss("X104", question, f"{question.id} was left out: it {why}")
            return None
        right = ids.index(question.answer)
        if question.scoring == "weighted":
            right = self._best(question)
        for i, choice in enumerate(question.choices):
            if choice.feedback is not None:
                self.ctx.loss("X201", question, f"Aiken has no feedback: {question.id}", f"/choices/{i}/feedback")
            if choice.fixed:
                self.ctx.loss(
                    "X208", question, f"Aiken keeps no choice in its place: {question.id}", f"/choices/{i}/fixed"
                )
            if choice.weight is not None and question.scoring != "weighted":
                self.ctx.loss("X208", question, f"{question.id} is not scored by weights", f"/choices/{i}/weight")
        if question.shuffle:
            self.ctx.loss("X208", question, f"Moodle decides whether {question.id} is shuffled", "/shuffle")
        texts = [self._line(question, choice.text, f"/choices/{i}/text") for i, choice in enumerate(question.choices)]
        return self._page(question, texts, right)

    def _best(self, question: SingleChoice) -> int:
        """The choice that earns most, reported where the weights say more than that."""
        weights = [choice.weight or ZERO for choice in question.choices]
        right = weights.index(max(weights))
        if [Fraction(i == right) for i in range(len(weights))] != weights:
            self.ctx.loss(
                "X301", question, f"Aiken gives {question.id} all points for the best choice and none for others",
                "/scoring",
            )  # fmt: skip
            for i, weight in enumerate(weights):
                if weight != (ONE if i == right else ZERO):
                    self.ctx.loss("X301", question, f"Aiken has no weights: {question.id}", f"/choices/{i}/weight")
            if question.choices[right].id != question.answer:
                self.ctx.loss(
                    "X301", question, f"the choice that earns most is the right one of {question.id}", "/answer"
                )
        return right

    def _true_false(self, question: TrueFalse) -> str:
        self.ctx.loss("X302", question, f"Aiken has no true or false: {question.id} is a choice of two words")
        for name in ("feedback_true", "feedback_false"):
            if getattr(question, name) is not None:
                self.ctx.loss("X201", question, f"Aiken has no feedback: {question.id}", f"/{name}")
        spoken = question.language or self.ctx.language
        words = ("正确", "错误") if spoken.lower().startswith("zh") else ("True", "False")
        options = self.ctx.options
        texts = [options.get("true", words[0]), options.get("false", words[1])]
        return self._page(question, texts, 0 if question.answer else 1)

    def _page(self, question: Question, texts: list[str], right: int) -> str:
        stem = self._line(question, question.stem, "/stem")
        shown = aiken.stem(stem)
        if shown != stem:
            self.ctx.loss(
                "X305", question, f"a no-break space begins {question.id}, or its question would be read as a choice",
                "/stem",
            )  # fmt: skip
        return rendered(
            self.templates,
            f"{NAME}/question.j2",
            {
                "stem": shown,
                "choices": [
                    SimpleNamespace(label=label, text=text) for label, text in zip(aiken.LETTERS, texts, strict=False)
                ],
                "key": aiken.LETTERS[right],
            },
        )

    def _line(self, question: Question, text: Text, pointer: str) -> str:
        """A text as one line of characters."""
        line, whole = aiken.line(text)
        if any(element.tag in ("img", "audio") for element in richtext.elements(text)):
            self.ctx.loss("X203", question, f"Aiken has no media: {question.id}", pointer)
        if not whole and aiken.is_rich(text):
            self.ctx.loss("X204", question, f"Aiken has no markup: {question.id}", pointer)
        elif not whole:
            self.ctx.loss("X305", question, f"a text of {question.id} is put on one line", pointer)
        if looks_like_formula(text):
            self.ctx.loss("X305", question, f"Moodle shows a formula where {question.id} has its delimiters", pointer)
        if not line:
            self.ctx.loss(
                "X305", question, f"a text of {question.id} is empty, which Moodle drops; it got a blank", pointer
            )
        return line or aiken.SHIELD

    def _never_carried(self, question: Question) -> None:
        """Reports what an Aiken file has no place for."""

        def lost(code: str, name: str) -> None:
            self.ctx.loss(code, question, f"Aiken has no {name.strip('/').replace('/', ' ')}: {question.id}", name)

        for name in ("difficulty", "language", "source", "title"):
            if getattr(question, name) is not None:
                lost("X207", f"/{name}")
        if question.status == "draft":
            lost("X207", "/status")
        if question.points != ONE and not isinstance(question, Group):
            lost("X205", "/points")
        if question.penalty is not None:
            lost("X208", "/penalty")
        if question.tags:
            lost("X206", "/tags")
        if question.category:
            lost("X210", "/category")
        if question.hints:
            lost("X202", "/hints")
        if question.feedback is not None:
            for name in ("general", "correct", "partial", "incorrect"):
                if getattr(question.feedback, name) is not None:
                    lost("X201", f"/feedback/{name}")
        for name in question.extensions.get(NAME, {}):
            lost("X208", f"/extensions/{NAME}/{name.replace('~', '~0').replace('/', '~1')}")
