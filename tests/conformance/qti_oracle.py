"""What the bank says a response is worth, and how a response of the bank is spelt in a QTI item."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from qbank.exporters._qti.wordbank import is_word_bank

from qbank.formats.qti import identifier, pair_identifiers
from qbank.model import (
    Blank,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Information,
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
    is_answered,
)

Value: TypeAlias = Any
"""None, a single value, or a list for multiple and ordered ones."""
Given: TypeAlias = dict[str, Value]


def worth(question: Question, response: Value) -> Fraction:
    """The points of a response (in the bank's own ids) by the words of the model; None is no response."""
    if response is None:
        return Fraction(0)
    match question:
        case SingleChoice():
            if question.scoring == "weighted":
                weight = next(c.weight for c in question.choices if c.id == response)
                return question.points * (weight or 0)
            return question.points * (response == question.answer)
        case TrueFalse():
            return question.points * (response == question.answer)
        case MultipleChoice():
            return question.points * _share_of_multiple(question, response)
        case ShortAnswer():
            return question.points * _share_of_text(question, response)
        case Numeric():
            return question.points * _share_of_number(question.answer, response)
        case Matching():
            assert question.answer is not None
            right = sum(question.answer[p] == c for p, c in response.items())
            if question.scoring == "all_or_nothing":
                return question.points * (right == len(question.prompts))
            return question.points * Fraction(right, len(question.prompts))
        case Ordering():
            assert question.answer is not None
            right = sum(a == b for a, b in zip(response, question.answer, strict=True))
            if question.scoring == "all_or_nothing":
                return question.points * (right == len(question.items))
            return question.points * Fraction(right, len(question.items))
        case Cloze():
            shares = sum(blank.share for blank in question.blanks)
            parts = [_share_of_blank(b, response.get(b.id)) * b.share for b in question.blanks]
            return question.points * sum(parts, Fraction(0)) / shares
        case _:
            raise AssertionError(question)


def _share_of_multiple(question: MultipleChoice, response: list[str]) -> Fraction:
    assert question.answer is not None
    rights, wrongs = set(question.answer), {c.id for c in question.choices} - set(question.answer)
    hits, misses = len(rights & set(response)), len(wrongs & set(response))
    match question.scoring:
        case "all_or_nothing":
            return Fraction(set(response) == rights)
        case "each_correct":
            return Fraction(0) if misses else Fraction(hits, len(rights))
        case "balanced":
            return max(Fraction(0), Fraction(hits, len(rights)) - (Fraction(misses, len(wrongs)) if wrongs else 0))
        case "weighted":
            total = sum((c.weight or Fraction(0) for c in question.choices if c.id in response), Fraction(0))
            return min(max(total, Fraction(0)), Fraction(1))


def _share_of_text(asked: ShortAnswer | TextBlank, response: str) -> Fraction:
    return next((one.weight for one in asked.answer or () if _accepts(one.text, asked, response)), Fraction(0))


def _share_of_number(answer: tuple[NumericAnswer, ...] | None, response: float) -> Fraction:
    for one in answer or ():
        low, high = one.bounds
        if low <= Fraction(repr(response)) <= high:
            return one.weight
    return Fraction(0)


def _share_of_blank(blank: Blank, response: Value) -> Fraction:
    if response is None:
        return Fraction(0)
    if isinstance(blank, TextBlank):
        return _share_of_text(blank, response)
    if isinstance(blank, NumericBlank):
        return _share_of_number(blank.answer, response)
    chosen = next(choice for choice in blank.choices if choice.id == response)
    return Fraction(1) if response == blank.answer else chosen.weight or Fraction(0)


def spelt(question: Question, response: Value) -> Given:
    """A response as the item names things."""
    if response is None:
        return {}
    match question:
        case TrueFalse():
            return {"RESPONSE": "true" if response else "false"}
        case SingleChoice():
            return {"RESPONSE": identifier(response)}
        case MultipleChoice() | Ordering():
            return {"RESPONSE": [identifier(one) for one in response] or None}
        case Matching():
            lefts, rights = pair_identifiers((p.id for p in question.prompts), (c.id for c in question.choices))
            return {"RESPONSE": [f"{lefts[p]} {rights[c]}" for p, c in response.items()] or None}
        case Cloze() if is_word_bank(question):
            words, gaps = pair_identifiers(
                (c.id for c in question.blanks[0].choices),  # type: ignore[union-attr]  # all are choices
                (b.id for b in question.blanks),
            )
            return {"RESPONSE": [f"{words[word]} {gaps[gap]}" for gap, word in response.items()] or None}
        case Cloze():
            names = [f"R{i + 1}" for i in range(len(question.blanks))]
            values = [
                identifier(response[b.id]) if isinstance(b, ChoiceBlank) and b.id in response else response.get(b.id)
                for b in question.blanks
            ]
            return dict(zip(names, values, strict=True))
        case _:
            return {"RESPONSE": response}


def key_of(question: Question) -> Value:
    """The response the bank calls right."""
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice() | Ordering() | Matching():
            return question.answer
        case ShortAnswer():
            return _key_text(question)
        case Numeric():
            return _key_number(question.answer)
        case Cloze():
            return {blank.id: _key_blank(blank) for blank in question.blanks}
        case _:
            return None


def _key_text(asked: ShortAnswer | TextBlank) -> str:
    best = max(asked.answer or (), key=lambda one: one.weight)
    return best.text.replace("*", "xyz") if asked.wildcard else best.text


def _key_number(answer: tuple[NumericAnswer, ...] | None) -> float:
    best = max(answer or (), key=lambda one: one.weight)
    return float(best.value) if best.value is not None else float(sum(best.bounds) / 2)


def _key_blank(blank: Blank) -> Value:
    if isinstance(blank, TextBlank):
        return _key_text(blank)
    return _key_number(blank.answer) if isinstance(blank, NumericBlank) else blank.answer


def responses(question: Question, chance: random.Random) -> Iterator[Value]:
    """Responses of all sorts: nothing, the key, near misses, and some at random; all choices where they are few."""
    yield None
    yield key_of(question)
    match question:
        case SingleChoice():
            yield from (c.id for c in question.choices)
        case TrueFalse():
            yield from (True, False)
        case MultipleChoice():
            ids = [c.id for c in question.choices]
            for size in range(1, len(ids) + 1):
                yield from (list(chosen) for chosen in itertools.combinations(ids, size))
        case Ordering():
            ids = [item.id for item in question.items]
            for _ in range(40):
                yield chance.sample(ids, len(ids))
        case Matching():
            for _ in range(20):
                prompts = chance.sample(question.prompts, chance.randint(1, len(question.prompts)))
                yield {p.id: chance.choice(question.choices).id for p in prompts}
        case ShortAnswer():
            yield from _written(question)
        case Numeric():
            yield from _numbers(question.answer)
        case Cloze():
            pools = {b.id: [None, _key_blank(b), *_blank_values(b)] for b in question.blanks}
            for _ in range(40):
                picked = {name: chance.choice(pool) for name, pool in pools.items()}
                yield {name: value for name, value in picked.items() if value is not None}
        case _:
            pass


def _written(asked: ShortAnswer | TextBlank) -> Iterator[str]:
    yield "something else"
    for one in asked.answer or ():
        yield from (one.text, one.text.upper(), one.text.lower(), one.text + "x", one.text.replace("*", "lots of"))


def _numbers(answer: tuple[NumericAnswer, ...] | None) -> Iterator[float]:
    yield 987654.25
    for one in answer or ():
        low, high = one.bounds
        for number in (low, high, (low + high) / 2, low - Fraction(1, 1000), high + Fraction(1, 1000)):
            if Fraction(repr(float(number))) == number:  # others no one can write exactly
                yield float(number)


def _blank_values(blank: Blank) -> Iterator[Value]:
    if isinstance(blank, TextBlank):
        yield from _written(blank)
    elif isinstance(blank, NumericBlank):
        yield from _numbers(blank.answer)
    else:
        yield from (c.id for c in blank.choices)


def said(question: Question, response: Value) -> list[Text]:
    """The feedback that belongs to a response, by the words of the model."""
    found: list[Text | None] = []
    feedback = question.feedback or Feedback()
    match question:
        case SingleChoice():
            found += [choice.feedback for choice in question.choices if choice.id == response]
        case MultipleChoice():
            found += [choice.feedback for choice in question.choices if choice.id in (response or ())]
        case TrueFalse() if response is not None:
            found.append(question.feedback_true if response else question.feedback_false)
        case ShortAnswer() if response is not None:
            found += _said_of_text(question, response)
        case Numeric() if response is not None:
            found += _said_of_number(question.answer, response)
        case Cloze():
            for blank in question.blanks:
                given = (response or {}).get(blank.id)
                if given is None:
                    continue
                match blank:
                    case TextBlank():
                        found += _said_of_text(blank, given)
                    case NumericBlank():
                        found += _said_of_number(blank.answer, given)
                    case ChoiceBlank():
                        found += [choice.feedback for choice in blank.choices if choice.id == given]
        case _:
            pass
    if is_answered(question) and not isinstance(question, Essay | Information):
        share = worth(question, response)
        full = response == key_of(question) or (question.points > 0 and share >= question.points)
        found.append(feedback.correct if full else feedback.partial if share > 0 else feedback.incorrect)
    if not isinstance(question, Information):
        found.append(feedback.general)
    return [text for text in found if text is not None]


def _said_of_text(asked: ShortAnswer | TextBlank, response: str) -> list[Text | None]:
    return [one.feedback for one in asked.answer or () if _accepts(one.text, asked, response)][:1]


def _accepts(text: str, asked: ShortAnswer | TextBlank, response: str) -> bool:
    expression = ".*".join(re.escape(part) for part in (text.split("*") if asked.wildcard else [text]))
    return re.fullmatch(expression, response, re.S if asked.case_sensitive else re.S | re.I) is not None


def _said_of_number(answer: tuple[NumericAnswer, ...] | None, response: float) -> list[Text | None]:
    hits = [one for one in answer or () if one.bounds[0] <= Fraction(repr(response)) <= one.bounds[1]]
    return [one.feedback for one in hits[:1]]
