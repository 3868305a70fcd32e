"""Any question as one that can be asked: its answer is there, its ids are its own, its numbers are in their ranges."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from qbank import richtext
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Group,
    Html,
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
)

Part = TypeVar("Part", bound=msgspec.Struct)
_WEIGHTS = (ONE, Fraction(1, 2), Fraction(1, 3), ZERO, Fraction(9, 10))


def sound(question: Question, name: str = "q") -> Question:
    """The question, mended where no exporter could write it; what it shows stays as varied as it was."""
    odd = abs(question.points.numerator)
    common: dict[str, Any] = {
        "id": name,
        "status": "ready",
        "points": Fraction(odd % 50 + 1, odd % 2 + 1),
        "penalty": None if question.penalty is None else Fraction(abs(question.penalty.numerator) % 10, 10),
        "hints": tuple(_seen(hint, "hint") for hint in question.hints),
        "stem": _seen(question.stem, "stem"),
    }
    question = msgspec.structs.replace(question, **common)
    match question:
        case SingleChoice() | MultipleChoice():
            return _choices(question)
        case TrueFalse():
            return msgspec.structs.replace(question, answer=bool(question.answer))
        case ShortAnswer():
            return msgspec.structs.replace(question, answer=_accepted(question.answer))
        case Numeric():
            units = tuple(
                msgspec.structs.replace(unit, name=f"u{i}", factor=abs(unit.factor.numerator) % 7 + ONE)
                for i, unit in enumerate(question.units)
            )
            return msgspec.structs.replace(question, answer=_numbers(question.answer), units=units)
        case Cloze():
            blanks = tuple(_blank(blank) for blank in _numbered(question.blanks, "b"))
            shown = "".join(f'<p>x <blank id="{blank.id}"/></p>' for blank in blanks)
            stem = Html(html=richtext.serialize(richtext.blocks(question.stem)) + shown)
            return msgspec.structs.replace(question, blanks=blanks, stem=stem)
        case Matching():
            choices = _numbered(question.choices, "c")
            prompts = _numbered(question.prompts, "p")
            answer = {prompt.id: choices[i % len(choices)].id for i, prompt in enumerate(prompts)}
            return msgspec.structs.replace(question, choices=choices, prompts=prompts, answer=answer)
        case Ordering():
            items = _numbered(question.items, "i")
            return msgspec.structs.replace(question, items=items, answer=tuple(item.id for item in items))
        case Group():
            subs: Any = tuple(sound(sub, f"{name}-{i}") for i, sub in enumerate(question.questions))
            return msgspec.structs.replace(question, questions=subs)
        case _:
            return question


def _choices(question: SingleChoice | MultipleChoice) -> Question:
    choices = _numbered(question.choices, "c")
    if question.scoring == "weighted":
        weights = [_weight(i, choice.weight) for i, choice in enumerate(choices)]
        choices = tuple(msgspec.structs.replace(c, weight=w) for c, w in zip(choices, weights, strict=True))
    else:
        choices = tuple(msgspec.structs.replace(c, weight=None) for c in choices)
    if isinstance(question, SingleChoice):
        return msgspec.structs.replace(question, choices=choices, answer=choices[0].id)
    right = tuple(c.id for c in choices if (c.weight or ZERO) > 0)
    return msgspec.structs.replace(
        question, choices=choices, answer=right or tuple(c.id for c in choices[: len(question.answer or "x")])
    )


def _blank(blank: Blank) -> Blank:
    match blank:
        case TextBlank():
            return msgspec.structs.replace(blank, answer=_accepted(blank.answer))
        case NumericBlank():
            return msgspec.structs.replace(blank, answer=_numbers(blank.answer))
        case ChoiceBlank():
            choices = tuple(msgspec.structs.replace(c, weight=None) for c in _numbered(blank.choices, "c"))
            return msgspec.structs.replace(blank, choices=choices, answer=choices[-1].id)


def _accepted(answers: tuple[Accepted, ...] | None) -> tuple[Accepted, ...]:
    return tuple(
        msgspec.structs.replace(answer, text=f"{answer.text.strip()}{i}", weight=_weight(i, answer.weight))
        for i, answer in enumerate(answers or (Accepted(text="x"),))
    )


def _numbers(answers: tuple[NumericAnswer, ...] | None) -> tuple[NumericAnswer, ...]:
    result = []
    for i, answer in enumerate(answers or (NumericAnswer(value=ONE),)):
        weight = _weight(i, answer.weight)
        if answer.value is not None:
            made = msgspec.structs.replace(answer, tolerance=abs(answer.tolerance), weight=weight)
        else:
            low, high = sorted(answer.bounds)
            made = msgspec.structs.replace(answer, min=low, max=high, weight=weight)
        result.append(made)
    return tuple(result)


def _weight(place: int, weight: Fraction | None) -> Fraction:
    return _WEIGHTS[abs((weight or ZERO).numerator) % len(_WEIGHTS)] if place else ONE


def _numbered(parts: tuple[Part, ...], letter: str) -> tuple[Part, ...]:
    """The parts with ids of their own and, where they have one, a text that no other has."""
    made = []
    for i, part in enumerate(parts):
        changes: dict[str, Any] = {"id": f"{letter}{i}"}
        text = getattr(part, "text", None)
        if isinstance(text, Html):
            changes["text"] = Html(html=f"{text.html}<p>{i}</p>")
        elif text is not None:
            changes["text"] = f"{text} {i}"
        if isinstance(part, Choice) and part.feedback is not None and richtext.is_empty(part.feedback):
            changes["feedback"] = None
        made.append(msgspec.structs.replace(part, **changes))
    return tuple(made)


def _seen(text: Text, otherwise: str) -> Text:
    return otherwise if richtext.is_empty(text) else text
