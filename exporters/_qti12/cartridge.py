"""Common Cartridge has five kinds: what else a bank holds is written as the nearest of them, in parts where it must be."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import msgspec

from qbank import richtext
from qbank.formats import qti
from qbank.formats.flatten import together
from qbank.formats.ungraded import as_essay
from qbank.model import (
    Accepted,
    Blank,
    ChoiceBlank,
    Cloze,
    Essay,
    Html,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TextBlank,
    TrueFalse,
    is_answered,
)
from qbank.richtext import Element, Node

from .._qti.losses import Losses
from .gaps import numbers_of

_COMMON = ("title", "feedback", "hints", "tags", "category", "difficulty", "language", "status", "source", "penalty")


def nearest(question: SubQuestion, losses: Losses) -> Iterator[SubQuestion]:
    """The question, or what comes nearest to it; every change is reported."""

    def say(message: str, pointer: str = "") -> None:
        losses.add("X302", question, message, pointer)

    if not is_answered(question):
        say("Common Cartridge marks every question but an essay: it was written as an essay", "/kind")
        yield as_essay(question)
        return
    match question:
        case SingleChoice() | MultipleChoice() | TrueFalse() | ShortAnswer() | Essay():
            yield question
        case Information():
            say("Common Cartridge has no texts among its questions: it was written as an essay", "/kind")
            yield msgspec.structs.replace(as_essay(question), points=Fraction(0))
        case Numeric():
            say("Common Cartridge has no numbers: the answer must be written as it is here", "/kind")
            yield ShortAnswer(
                id=question.id, **_kept(question), points=question.points, answer=_words(question.answer or ())
            )
        case Ordering():
            say("Common Cartridge has nothing to put in order: it was written as an essay", "/kind")
            words = {item.id: richtext.plain(item.text) for item in question.items}
            key = "\n".join(f"{i}. {words[name]}" for i, name in enumerate(question.answer or (), 1))
            yield msgspec.structs.replace(as_essay(question), answer=key)
        case Matching():
            yield from _prompts(question, losses)
        case Cloze():
            yield from _gaps(question, losses)


def _kept(question: SubQuestion) -> dict[str, Any]:
    return {name: getattr(question, name) for name in _COMMON} | {"stem": question.stem}


def _words(answers: tuple[NumericAnswer, ...]) -> tuple[Accepted, ...]:
    return tuple(
        Accepted(text=written, weight=answer.weight, feedback=answer.feedback)
        for answer in answers
        for written in dict.fromkeys(numbers_of(answer))
    )


def _prompts(question: Matching, losses: Losses) -> Iterator[SubQuestion]:
    """A single choice for each prompt."""
    losses.add("X302", question, "Common Cartridge has no matching: each pair was written as a single choice")
    if len(question.prompts) > 1:
        losses.add("X303", question, "its text was repeated in each part", "/stem")
    parts = qti.apportion(question.points, [1] * len(question.prompts))
    for i, (prompt, points) in enumerate(zip(question.prompts, parts, strict=True), 1):
        kept = _kept(question) | {"stem": together(question.stem, prompt.text)}
        yield SingleChoice(
            id=question.id if len(parts) == 1 else f"{question.id}.{i}",
            **kept,
            points=points,
            choices=question.choices,
            answer=(question.answer or {})[prompt.id],
            shuffle=question.shuffle,
        )


def _gaps(question: Cloze, losses: Losses) -> Iterator[SubQuestion]:
    """A question for each gap, the text in each of them."""
    losses.add("X302", question, "Common Cartridge has no text with several gaps: each gap was written as a question")
    if len(question.blanks) > 1:
        losses.add("X303", question, "its text was repeated in each part", "/stem")
    parts = qti.apportion(question.points, [blank.share for blank in question.blanks])
    for i, (blank, points) in enumerate(zip(question.blanks, parts, strict=True), 1):
        name = question.id if len(parts) == 1 else f"{question.id}.{i}"
        alone = len(parts) == 1
        kept = _kept(question) | {"stem": Html(html=richtext.serialize(_shown(question, None if alone else blank)))}
        yield _of_gap(blank, name, kept, points)


def _of_gap(blank: Blank, name: str, kept: dict[str, Any], points: Fraction) -> SubQuestion:
    match blank:
        case TextBlank():
            return ShortAnswer(
                id=name,
                **kept,
                points=points,
                answer=blank.answer,
                case_sensitive=blank.case_sensitive,
                wildcard=blank.wildcard,
            )
        case NumericBlank():
            return ShortAnswer(id=name, **kept, points=points, answer=_words(blank.answer or ()))
        case ChoiceBlank():
            weighted = any(choice.weight is not None for choice in blank.choices)
            return SingleChoice(
                id=name,
                **kept,
                points=points,
                choices=blank.choices,
                answer=blank.answer,
                shuffle=blank.shuffle,
                scoring="weighted" if weighted else "all_or_nothing",
            )


def _shown(question: Cloze, asked: Blank | None) -> tuple[Element, ...]:
    """The text with lines for its gaps; the one that is asked for has a question mark."""

    def drawn(node: Node) -> Node:
        if isinstance(node, str):
            return node
        if node.tag == "blank":
            return "__(?)__" if asked is not None and node.get("id") == asked.id else "____"
        return Element(node.tag, node.attributes, tuple(drawn(child) for child in node.children))

    return tuple(made for block in richtext.blocks(question.stem) if isinstance(made := drawn(block), Element))
