"""Which questions no valid item can be made of: their answers name what is not there, or a name stands for two things."""

from __future__ import annotations

from collections.abc import Iterable

from qbank.model import (
    ChoiceBlank,
    Cloze,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    SingleChoice,
    SubQuestion,
)

from .wordbank import is_word_bank


def unfit(question: SubQuestion, *, only_templates: bool = False) -> str | None:
    """Why the question cannot be written, or None; `only_templates` where nothing else may score it."""
    if question.points < 0:
        return "it is worth less than nothing"
    return _unsound(question) or (_beyond_templates(question) if only_templates else None)


def _unsound(question: SubQuestion) -> str | None:
    match question:
        case SingleChoice():
            given = () if question.answer is None else (question.answer,)
            return _choices((c.id for c in question.choices), given)
        case MultipleChoice():
            return _choices((c.id for c in question.choices), question.answer or ())
        case Ordering():
            return _order(question)
        case Matching():
            return _pairs(question)
        case Numeric():
            return _ranges(question.answer)
        case Cloze():
            return _gaps(question)
        case _:
            return None


def _beyond_templates(question: SubQuestion) -> str | None:
    """Why no standard template can mark it: they compare one response, and numbers only exactly."""
    match question:
        case Numeric() if question.answer is not None:
            return _inexact(question.answer)
        case Cloze() if not is_word_bank(question):
            if len(question.blanks) > 1:
                return "standard response processing marks one gap only"
            blank = question.blanks[0]
            return _inexact(blank.answer) if isinstance(blank, NumericBlank) and blank.answer is not None else None
        case _:
            return None


def _inexact(answer: tuple[NumericAnswer, ...]) -> str | None:
    exact = all(one.bounds[0] == one.bounds[1] for one in answer)
    return None if exact else "standard response processing marks exact numbers only"


def _choices(names: Iterable[str], answer: Iterable[str]) -> str | None:
    known = list(names)
    unknown = [name for name in answer if name not in known]
    return _twice(known) or (f"its answer names {unknown[0]!r}, which is not there" if unknown else None)


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return f"the id {name!r} stands twice in it"
        seen.add(name)
    return None


def _order(question: Ordering) -> str | None:
    names = [item.id for item in question.items]
    if question.answer is not None and sorted(question.answer) != sorted(names):
        return _twice(names) or "its answer is not its items in another order"
    return _twice(names)


def _pairs(question: Matching) -> str | None:
    prompts = [prompt.id for prompt in question.prompts]
    trouble = _twice(prompts) or _choices((c.id for c in question.choices), (question.answer or {}).values())
    if trouble is None and question.answer is not None and set(question.answer) != set(prompts):
        return "its answer and its prompts are not the same"
    return trouble


def _ranges(answer: tuple[NumericAnswer, ...] | None) -> str | None:
    for one in answer or ():
        low, high = one.bounds
        if low > high:
            return "one of its ranges ends before it begins"
    return None


def _gaps(question: Cloze) -> str | None:
    trouble = _twice(blank.id for blank in question.blanks)
    for blank in question.blanks:
        if isinstance(blank, ChoiceBlank):
            given = () if blank.answer is None else (blank.answer,)
            trouble = trouble or _choices((c.id for c in blank.choices), given)
        elif isinstance(blank, NumericBlank):
            trouble = trouble or _ranges(blank.answer)
    return trouble
