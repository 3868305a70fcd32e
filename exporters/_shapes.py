"""Choice questions that differ in their words alone: what the first comes to is the mould of the others.

A bank has thousands of choice questions and few shapes of them: so many
choices, this answer, so many points. What a shape comes to is written once, in
full, for a question whose texts are marks; the texts of every other question
of that shape are put into the marks' places. Tests hold what comes out to what
is written in full for the same question (`tests/exporters/test_shapes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeGuard, TypeVar

from msgspec.structs import replace

from qbank.codes import CODES
from qbank.diagnostics import Diagnostic
from qbank.model import Choice, Feedback, MultipleChoice, Question, SingleChoice, Text

from ._marks import has_mark, mark

STEM, NAME, TITLE = 0, 1, 2
"""The marks of a question's stem, id and title; those of its other texts come behind them, and then those of its tags."""
_MOST = 2048
"""Shapes that are remembered at a time."""
_VERDICTS = ("general", "correct", "partial", "incorrect")

Plain: TypeAlias = SingleChoice | MultipleChoice
Shape: TypeAlias = tuple[object, ...]
Mould = TypeVar("Mould")


def is_plain(question: Question) -> TypeGuard[Plain]:
    """Whether a question may have a shape: a choice question with nothing rare about it."""
    return (
        isinstance(question, SingleChoice | MultipleChoice)
        and question.scoring != "weighted"
        and question.penalty is None
        and question.status == "ready"
        and not question.extensions
    )


def words(question: Plain) -> list[str] | None:
    """The texts besides the stem, in the order of their marks; None where one is empty, rich or cannot be printed."""
    found: list[Text | None] = [choice.text for choice in question.choices]
    found += [choice.feedback for choice in question.choices if choice.feedback is not None]
    found += question.hints
    if question.feedback is not None:
        found += [text for name in _VERDICTS if (text := getattr(question.feedback, name)) is not None]
    kept = [text for text in found if type(text) is str and text]
    return kept if len(kept) == len(found) and "".join(kept).isprintable() else None


def shape(question: Plain) -> Shape:
    """What a question is but for its words; what it is filed under does not belong to it."""
    points, feedback, choices = question.points, question.feedback, question.choices
    return (
        question.__struct_config__.tag,
        question.answer,
        question.scoring,
        question.shuffle,
        points.numerator,
        points.denominator,
        len(question.hints),
        None if feedback is None else tuple([getattr(feedback, name) is None for name in _VERDICTS]),
        *[(choice.id, choice.feedback is None, choice.fixed, choice.weight) for choice in choices],
    )


def marked(question: Plain) -> Plain:
    """The question with marks for its texts."""
    count = TITLE

    def next_mark() -> str:
        nonlocal count
        count += 1
        return mark(count)

    texts = [next_mark() for _ in question.choices]
    told = [None if choice.feedback is None else next_mark() for choice in question.choices]
    hints = tuple([next_mark() for _ in question.hints])
    feedback = None
    if question.feedback is not None:
        given = {name: next_mark() for name in _VERDICTS if getattr(question.feedback, name) is not None}
        feedback = Feedback(**given)
    choices = tuple(
        [
            Choice(id=choice.id, text=text, feedback=said, weight=choice.weight, fixed=choice.fixed)
            for choice, text, said in zip(question.choices, texts, told, strict=True)
        ]
    )
    return replace(
        question,
        id=mark(NAME),
        title=mark(TITLE),
        stem=mark(STEM),
        feedback=feedback,
        hints=hints,
        choices=choices,
        tags=tuple([next_mark() for _ in question.tags]),
    )


def filed(question: Plain) -> Shape:
    """How many tags a question has and whether it says more of itself, which some formats tell of and some lose."""
    return len(question.tags), question.difficulty is None, question.language is None, question.source is None


@dataclass(frozen=True, slots=True)
class Cast(Generic[Mould]):
    """What a shape comes to."""

    mould: Mould
    losses: tuple[tuple[str, list[str], str, str], ...]
    """Of each loss its code, its message in pieces around the question's id, its pointer and its hint."""

    def told(self, name: str) -> list[Diagnostic]:
        """The losses of the question with that id."""
        return [
            Diagnostic(code, CODES[code].severity, name.join(message), name, pointer, None, hint)
            for code, message, pointer, hint in self.losses
        ]


def cast(mould: Mould, lost: Iterable[Diagnostic]) -> Cast[Mould] | None:
    """A mould with what a marked question lost; None where that has to do with its words."""
    losses = []
    for d in lost:
        message = d.message.split(mark(NAME))
        if any(map(has_mark, (*message, d.pointer, d.hint))) or d.source is not None:
            return None
        losses.append((d.code, message, d.pointer, d.hint))
    return Cast(mould, tuple(losses))


@dataclass(slots=True)
class Shapes(Generic[Mould]):
    """The shapes that were met, and what each comes to; None where each question must be written in full."""

    _casts: dict[Shape, Cast[Mould] | None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._casts)

    def get(self, key: Shape, make: Callable[[], Cast[Mould] | None]) -> Cast[Mould] | None:
        """What a shape comes to, made when it is met for the first time."""
        if key in self._casts:
            return self._casts[key]
        if len(self._casts) >= _MOST:
            self._casts.clear()
        found = self._casts[key] = make()
        return found
