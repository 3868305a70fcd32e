"""Checks beyond the schema: one function a rule, each yielding findings about one question.

A rule is a function of a question and a `Scope` (what it may know of the rest
of the bank). Its findings carry a pointer relative to the question; `lint`
makes it absolute. Adding a rule: write the function, list it in `RULES`, add
its code to `qbank.codes`, and a file `tests/lint/CODE.json` with cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from msgspec.structs import replace

from qbank.assets import AssetStore
from qbank.diagnostics import Diagnostic, Report, finding
from qbank.lint import answers, identity, media, texts
from qbank.lint.scope import Scope
from qbank.model import (
    Cloze,
    Group,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TrueFalse,
)

Rule: TypeAlias = Callable[[Question, Scope], Iterator[Diagnostic]]

RULES: tuple[Rule, ...] = (
    identity.repeated_id,
    identity.repeated_part,
    identity.duplicate,
    answers.missing,
    answers.unknown,
    answers.incomplete,
    answers.repeated,
    answers.all_correct,
    answers.no_full_marks,
    answers.weights,
    answers.ranges,
    answers.points,
    texts.empty_stem,
    texts.empty_parts,
    texts.identical_choices,
    texts.markup,
    texts.formulas,
    texts.blanks,
    texts.leaked_answer,
    texts.suspect,
    media.shown,
)

_CHOICES = (SingleChoice, MultipleChoice)
_ANSWERS = (ShortAnswer, Numeric, Cloze)
_ONLY: Mapping[Rule, tuple[type[Question], ...]] = {
    answers.incomplete: (Matching, Ordering),
    answers.repeated: (MultipleChoice, ShortAnswer),
    answers.all_correct: (MultipleChoice,),
    answers.no_full_marks: (*_CHOICES, *_ANSWERS),
    answers.ranges: _ANSWERS,
    texts.leaked_answer: (*_CHOICES, TrueFalse),
}
"""Rules that have something to say about some kinds only."""
_ABOUT_MARKUP = frozenset({texts.markup, texts.formulas, media.shown})
"""Rules that have nothing to say where no text is rich."""


@cache
def rules_for(kind: type[Question], rich: bool) -> tuple[Rule, ...]:
    """The rules worth asking about a question of that type, in their order."""
    asked = (rule for rule in RULES if kind in _ONLY.get(rule, (kind,)))
    return tuple(rule for rule in asked if rich or rule not in _ABOUT_MARKUP)


ELSEWHERE = frozenset({"L303", "L304"})
"""Codes that `qbank dedupe` finds; to ignore one is not idle because it is not found here."""


@dataclass(slots=True)
class Linter:
    """Checks the questions of one bank, one after another."""

    assets: AssetStore = field(default_factory=AssetStore)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.scope = Scope(self.assets)

    def check(self, question: Question, pointer: str = "") -> list[Diagnostic]:
        """The findings about a question and its sub-questions, those it ignores left out."""
        found = self._own(question, pointer)
        if isinstance(question, Group):
            for i, sub in enumerate(question.questions):
                found += self._own(sub, f"{pointer}/questions/{i}")
        return found

    def finish(self) -> list[Diagnostic]:
        """The findings about the bank as a whole; call it after the last question."""
        return list(media.unused(self.scope))

    def _own(self, question: Question | SubQuestion, pointer: str) -> list[Diagnostic]:
        self.scope.enter(question)
        found = [
            replace(diagnostic, question=question.id, pointer=pointer + diagnostic.pointer)
            for rule in rules_for(type(question), bool(self.scope.rich))
            for diagnostic in rule(question, self.scope)
        ]
        if not question.ignore:
            return found
        codes = {d.code for d in found}
        kept = [d for d in found if d.code not in question.ignore]
        for i, code in enumerate(question.ignore):
            if code not in codes and code not in ELSEWHERE:
                message = f"{question.id} ignores {code}, which was not found on it"
                kept.append(finding("L301", message, question=question.id, pointer=f"{pointer}/ignore/{i}"))
        return kept


def lint(questions: Iterator[tuple[str, Question]], assets: AssetStore, report: Report) -> None:
    """Check questions as they come, each with its pointer."""
    linter = Linter(assets)
    for pointer, question in questions:
        report.extend(linter.check(question, pointer))
    report.extend(linter.finish())
