"""How a question is marked, as whole numbers that a page only has to add up.

A marking is `{"of": N, "rule": ..., "parts": [...]}`: a response has one entry
for each part, each part says what that entry earns, in Nths of the question's
points, and `rule` says how the parts make a score: `sum` adds them up and keeps
the sum between `least`, where it has one, and N; `exact` gives N where every
part is right, else nothing. The parts are

- `{"pick": n}`: a box to tick, which earns n when ticked and is right when it is ticked just if n > 0;
- `{"options": [n, ...]}`: one of several, with what each earns;
- `{"texts": [{"like": [piece, ...], "earn": n}, ...], "case": bool}`: a text; the first that fits counts. The pieces
  are what stands between wildcards; a response is compared trimmed and in Unicode normal form C, as Moodle does;
- `{"numbers": [{"low": x, "high": y, "earn": n}, ...], "units": [...], "unit_required": bool}`: a number, likewise.

The bounds are the nearest floats. Rounding keeps the order of numbers, so a
decimal that lies within the exact bounds lies within these.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

from qbank.model import (
    ONE,
    ZERO,
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
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    Unit,
)

Object: TypeAlias = dict[str, Any]
"""A JSON object; where a score goes, it still holds a `Fraction`, until `_whole` makes all of them numbers."""

_MOST = 2**40
"""Denominators beyond this are rounded: a page counts in 53 bits."""
_ALMOST_ALL = ONE - Fraction(1, 1000)
"""Thirds written as 0.33333 add up to a little less than one; they are meant to be all (as in the check L107)."""


def marking(question: Question) -> Object | None:
    """How a machine marks the question; None where none does, or where its answer is unknown or cannot be used."""
    match question:
        case SingleChoice():
            return _single(question)
        case MultipleChoice():
            return _multiple(question)
        case TrueFalse():
            if question.answer is None:
                return None
            return _whole("sum", [{"options": [Fraction(question.answer), Fraction(not question.answer)]}])
        case ShortAnswer():
            if question.answer is None:
                return None
            return _whole("sum", [_texts(question.answer, ONE, question.case_sensitive, question.wildcard)])
        case Numeric():
            if question.answer is None:
                return None
            part = _numbers(question.answer, ONE)
            return _whole("sum", [part | _units(question.units, required=question.unit_required)])
        case Cloze():
            return _cloze(question)
        case Matching():
            return _matching(question)
        case Ordering():
            return _ordering(question)
        case Essay() | Information() | Group():
            return None
        case _:
            assert_never(question)


def mixed(name: str, parts: Sequence[Choice] | Sequence[Item]) -> list[int]:
    """The positions of the parts in an order that says nothing of the answer: always the same for `name`.

    Choices that are `fixed` stay where they are.
    """
    free = [i for i, part in enumerate(parts) if not (isinstance(part, Choice) and part.fixed)]
    drawn = iter(sorted(free, key=lambda i: hashlib.sha256(f"{name}\0{i}".encode()).digest()))
    places = set(free)
    return [next(drawn) if i in places else i for i in range(len(parts))]


def item_order(question: Ordering, *, blind: bool) -> list[int]:
    """The order to show the items in: not the right one, unless `blind`, where the answer must not show through."""
    order = mixed(question.id, question.items)
    if not blind and question.answer is not None and [question.items[i].id for i in order] == list(question.answer):
        return [*order[1:], order[0]]
    return order


def choice_order(question: Matching) -> list[int]:
    """The order to show the choices in."""
    return mixed(question.id, question.choices) if question.shuffle else list(range(len(question.choices)))


def _single(question: SingleChoice) -> Object | None:
    if question.answer not in {choice.id for choice in question.choices}:
        return None
    if question.scoring == "weighted":
        return _whole("sum", [{"options": [choice.weight or ZERO for choice in question.choices]}])
    return _whole("sum", [{"options": [Fraction(choice.id == question.answer) for choice in question.choices]}])


def _multiple(question: MultipleChoice) -> Object | None:
    right = [choice.id in (question.answer or ()) for choice in question.choices]
    rights, wrongs = right.count(True), right.count(False)
    if not rights:
        return None
    share = Fraction(1, rights)
    match question.scoring:
        case "all_or_nothing":
            return _whole("exact", [{"pick": share if is_right else -share} for is_right in right])
        case "each_correct":
            earned = [share if is_right else -ONE for is_right in right]
        case "balanced":
            earned = [share if is_right else -Fraction(1, wrongs) for is_right in right]
        case "weighted":
            earned = _adding_up([choice.weight or ZERO for choice in question.choices])
        case _:
            assert_never(question.scoring)
    return _whole("sum", [{"pick": value} for value in earned], least=0)


def _adding_up(weights: list[Fraction]) -> list[Fraction]:
    """The weights, those above zero stretched to add up to all where they nearly do."""
    whole = sum((weight for weight in weights if weight > 0), ZERO)
    if not _ALMOST_ALL <= whole < ONE:
        return weights
    return [weight / whole if weight > 0 else weight for weight in weights]


def _cloze(question: Cloze) -> Object | None:
    total = sum(blank.share for blank in question.blanks)
    parts: list[Object] = []
    for blank in question.blanks:
        share = Fraction(blank.share, total)
        match blank:
            case TextBlank():
                if blank.answer is None:
                    return None
                parts.append(_texts(blank.answer, share, blank.case_sensitive, blank.wildcard))
            case NumericBlank():
                if blank.answer is None:
                    return None
                parts.append(_numbers(blank.answer, share))
            case ChoiceBlank():
                if blank.answer not in {choice.id for choice in blank.choices}:
                    return None
                parts.append({"options": [share * (choice.id == blank.answer) for choice in blank.choices]})
            case _:
                assert_never(blank)
    return _whole("sum", parts)


def _matching(question: Matching) -> Object | None:
    answer = question.answer or {}
    shown = [question.choices[i].id for i in choice_order(question)]
    if any(answer.get(prompt.id) not in shown for prompt in question.prompts):
        return None
    share = Fraction(1, len(question.prompts))
    parts = [{"options": [share * (name == answer[prompt.id]) for name in shown]} for prompt in question.prompts]
    return _whole("exact" if question.scoring == "all_or_nothing" else "sum", parts)


def _ordering(question: Ordering) -> Object | None:
    shown = [question.items[i].id for i in item_order(question, blind=False)]
    if question.answer is None or sorted(question.answer) != sorted(shown) or len(set(shown)) != len(shown):
        return None
    share = Fraction(1, len(shown))
    parts = [{"options": [share * (name == wanted) for name in shown]} for wanted in question.answer]
    return _whole("exact" if question.scoring == "all_or_nothing" else "sum", parts)


def _texts(answers: Iterable[Accepted], share: Fraction, case: bool, wildcard: bool) -> Object:
    return {
        "texts": [
            {"like": one.text.split("*") if wildcard else [one.text], "earn": one.weight * share} for one in answers
        ],
        "case": case,
    }


def _numbers(answers: Iterable[NumericAnswer], share: Fraction) -> Object:
    return {
        "numbers": [
            {"low": _float(one.bounds[0]), "high": _float(one.bounds[1]), "earn": one.weight * share} for one in answers
        ]
    }


def _units(units: tuple[Unit, ...], *, required: bool) -> Object:
    if not units:
        return {}
    return {"units": [{"name": u.name, "factor": _float(u.factor)} for u in units], "unit_required": required}


def _float(value: Fraction) -> float:
    return value.numerator if value.denominator == 1 and abs(value) < 2**53 else float(value)


def _whole(rule: str, parts: list[Object], least: int | None = None) -> Object:
    """The marking with every score as a whole number of the least common part."""
    scores = [value for part in parts for value in _scores(part)]
    of = math.lcm(*(value.denominator for value in scores))
    if of > _MOST:
        of = 10**9
    made: Object = {"of": of, "rule": rule}
    if least is not None:
        made["least"] = least
    return made | {"parts": [_in_units(part, of) for part in parts]}


def _scores(part: Object) -> list[Fraction]:
    if "pick" in part:
        return [part["pick"]]
    if "options" in part:
        return list(part["options"])
    return [one["earn"] for one in part[_list_of(part)]]


def _in_units(part: Object, of: int) -> Object:
    if "pick" in part:
        return part | {"pick": round(part["pick"] * of)}
    if "options" in part:
        return part | {"options": [round(value * of) for value in part["options"]]}
    name = _list_of(part)
    return part | {name: [one | {"earn": round(one["earn"] * of)} for one in part[name]]}


def _list_of(part: Object) -> str:
    return "texts" if "texts" in part else "numbers"
