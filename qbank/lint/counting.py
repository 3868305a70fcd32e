"""What a question is for the tally of its bank."""

from __future__ import annotations

from fractions import Fraction

from qbank.lint.language import differs, spoken_unless
from qbank.lint.prose import negation
from qbank.lint.scope import Scope, prose
from qbank.lint.tally import Sort
from qbank.model import Essay, MultipleChoice, Question, SingleChoice, TrueFalse, kind_of


def sort_of(question: Question, scope: Scope) -> Sort:
    """The sort of a question. A question that ignores a code of the bank's rules is counted without what they ask of it."""
    ignored = question.ignore
    choices, key, longest, all_right = 0, -1, False, False
    if isinstance(question, SingleChoice):
        choices = len(question.choices) if "L306" not in ignored else 0
        if question.answer is not None:
            lengths = [len(text) for text in scope.read(question.choices)]
            key = next((i for i, choice in enumerate(question.choices) if choice.id == question.answer), -1)
            longest = key >= 0 and lengths[key] == max(lengths) and lengths.count(lengths[key]) == 1
    elif isinstance(question, MultipleChoice):
        choices = len(question.choices)
        all_right = question.answer is not None and len(set(question.answer)) == choices and "L108" not in ignored
    elif isinstance(question, TrueFalse) and question.answer is not None:
        key = int(question.answer)
    elif isinstance(question, Essay):
        key = int(question.answer is not None) if "L313" not in ignored else 1
    return Sort(
        kind_of(question),
        question.source.document if question.source is not None else "",
        question.category if "L308" not in ignored and "L309" not in ignored else (),
        _written(question.points) if "L305" not in ignored else "",
        choices,
        key,
        longest,
        all_right,
        _foreign(question, scope),
        negation(question.stem) if choices and "L312" not in ignored else "",
    )


def _foreign(question: Question, scope: Scope) -> str:
    """The language of a stem that cannot be in that of the bank and says nothing of its own."""
    if question.language is not None or scope.language is None or "L235" in question.ignore:
        return ""
    said = spoken_unless(scope.language, prose(question.stem))
    return said if said and differs(said, scope.language) else ""


def _written(points: Fraction) -> str:
    """Points as text; faster than `str` for whole numbers, which nearly all are."""
    return str(points.numerator) if points.denominator == 1 else str(points)
