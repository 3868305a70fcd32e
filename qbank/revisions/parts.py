"""Which part of one version of a question is which of another, and what the key is in those terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from qbank.differences import visible
from qbank.model import (
    Accepted,
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
    NumericAnswer,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
)

Part: TypeAlias = Choice | Prompt | Item
Names: TypeAlias = Mapping[str, str]
"""From the ids of the new version's parts to those of the old one's."""


def parts_of(question: Question) -> tuple[Part, ...]:
    """The choices, prompts and items of a question."""
    match question:
        case SingleChoice() | MultipleChoice():
            return question.choices
        case Matching():
            return (*question.prompts, *question.choices)
        case Ordering():
            return question.items
        case _:
            return ()


def same_parts(before: Sequence[Part], after: Sequence[Part]) -> dict[str, str]:
    """Each new part's id to the old part's that it is: the one that reads the same, else the one of the same id."""
    free = {part.id: visible(part.text) for part in before}
    result: dict[str, str] = {}
    for part in after:
        # Of several that read the same, the one of the same id.
        alike = [name for name, text in free.items() if text == visible(part.text)]
        if alike:
            result[part.id] = part.id if part.id in alike else alike[0]
            del free[result[part.id]]
    for part in after:
        if part.id not in result and part.id in free:
            result[part.id] = part.id
            del free[part.id]
    return result


def names_between(before: Question, after: Question) -> dict[str, str]:
    """`same_parts` of two versions of a question."""
    if isinstance(before, Matching) and isinstance(after, Matching):
        # A prompt is never a choice, whatever it reads.
        return same_parts(before.prompts, after.prompts) | same_parts(before.choices, after.choices)
    return same_parts(parts_of(before), parts_of(after))


def own_names(question: Question) -> dict[str, str]:
    """Every part under its own id."""
    return {part.id: part.id for part in parts_of(question)}


def key_of(question: Question, names: Names) -> Any:
    """What earns points, with the parts under the names given; None where nothing is known to. Equal keys mark alike."""
    match question:
        case SingleChoice():
            if question.answer is None:
                return None
            weights = _weights(question.choices, names) if question.scoring == "weighted" else None
            return names.get(question.answer, f"new {question.answer}"), weights
        case MultipleChoice():
            if question.answer is None:
                return None
            weights = _weights(question.choices, names) if question.scoring == "weighted" else None
            return frozenset(names.get(name, f"new {name}") for name in question.answer), weights
        case TrueFalse():
            return question.answer
        case ShortAnswer():
            return _texts(question.answer, question.case_sensitive, question.wildcard)
        case Numeric():
            found = _numbers(question.answer)
            return None if found is None else (found, question.units, question.unit_required)
        case Cloze():
            return _gaps(question)
        case Matching():
            if question.answer is None:
                return None
            return frozenset(
                (names.get(one, f"new {one}"), names.get(other, f"new {other}"))
                for one, other in question.answer.items()
            )
        case Ordering():
            return None if question.answer is None else tuple(names.get(n, f"new {n}") for n in question.answer)
        case Essay() | Group() | Information():
            return None
        case _:
            assert_never(question)


def _gaps(question: Cloze) -> Any:
    keys: dict[str, Any] = {}
    for blank in question.blanks:
        if isinstance(blank, ChoiceBlank):
            keys[blank.id] = next((visible(c.text) for c in blank.choices if c.id == blank.answer), None)
        elif isinstance(blank, TextBlank):
            keys[blank.id] = _texts(blank.answer, blank.case_sensitive, blank.wildcard)
        else:
            keys[blank.id] = _numbers(blank.answer)
    return None if all(key is None for key in keys.values()) else keys


def _weights(choices: Sequence[Choice], names: Names) -> frozenset[Any]:
    return frozenset((names.get(c.id, f"new {c.id}"), c.weight) for c in choices if c.weight)


def _texts(answers: Sequence[Accepted] | None, case_sensitive: bool, wildcard: bool) -> Any:
    if answers is None:
        return None
    return frozenset((answer.text.strip(), answer.weight) for answer in answers), case_sensitive, wildcard


def _numbers(answers: Sequence[NumericAnswer] | None) -> Any:
    return None if answers is None else frozenset((answer.bounds, answer.weight) for answer in answers)
