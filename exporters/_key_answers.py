"""What the right answer to a question looks like in the cell of a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from qbank import richtext
from qbank.export import Context
from qbank.formats import celltext, sheets
from qbank.formats.sheets import Tongue
from qbank.model import (
    ONE,
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
    Text,
    TextBlank,
    TrueFalse,
)
from qbank.richtext import Element, Node

from ._key_words import WORDS, Words

MISSING = "—"
_FLAT = frozenset({"p", "div", "br", "span", "hr"})
"""Elements whose whole meaning is in the plain text."""
_SCRIPTS = {
    "sub": dict(zip("0123456789+-−=()aeoxn", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₙ", strict=True)),
    "sup": dict(zip("0123456789+-−=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁱⁿ", strict=True)),
}
"""Lowered and raised characters that are characters of their own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in words; `short` is its form in the grid, where it has one."""

    text: str
    short: str = ""
    missing: bool = False


def answer_of(question: Question, tongue: Tongue, ctx: Context) -> Answer:
    """The answer in words; what of it a cell cannot show is reported. Empty for a group and for information."""
    words = WORDS[tongue]
    match question:
        case SingleChoice():
            ids = None if question.answer is None else (question.answer,)
            return _choice_answer(question.choices, ids, question.scoring == "weighted")
        case MultipleChoice():
            return _choice_answer(question.choices, question.answer, question.scoring == "weighted")
        case TrueFalse():
            if question.answer is None:
                return Answer(MISSING, MISSING, missing=True)
            mark = words.true if question.answer else words.false
            return Answer(mark, mark)
        case ShortAnswer():
            return _worded(_accepted(question.answer, question.case_sensitive, words))
        case Numeric():
            names = [unit.name for unit in question.units if unit.factor == ONE] or [u.name for u in question.units]
            return _worded(_numbers(question.answer, names[0] if names else ""))
        case Cloze():
            gaps = [_gap(question, i, words, ctx) for i in range(len(question.blanks))]
            if len(gaps) == 1:
                return _worded(gaps[0])
            text = "; ".join(f"({i}) {gap or MISSING}" for i, gap in enumerate(gaps, 1))
            return Answer(text, missing="" in gaps)
        case Matching():
            return _pairs(question)
        case Ordering():
            labels = _labels(question.items)
            return _worded(" → ".join(labels.get(i, i) for i in question.answer or ()))
        case Essay():
            return _worded(_essay(question, words, ctx))
        case Group() | Information():
            return Answer("")
        case _:
            assert_never(question)


def _worded(text: str) -> Answer:
    return Answer(text or MISSING, missing=not text)


def _labels(parts: Iterable[Choice | Item]) -> dict[str, str]:
    return {part.id: sheets.letter(i) for i, part in enumerate(parts)}


def _choice_answer(choices: tuple[Choice, ...], answer: tuple[str, ...] | None, weighted: bool) -> Answer:
    """Letters by position, whatever order the answer lists them in; weights where they decide."""
    labels = _labels(choices)
    known = [part_id for part_id in labels if answer and part_id in answer]
    text = sheets.letters([*known, *(i for i in answer or () if i not in labels)], labels)
    if not weighted:
        return Answer(text or MISSING, text or MISSING, missing=not text)
    weights = ", ".join(f"{labels[c.id]} {_share(c.weight)}" for c in choices if c.weight)
    return Answer(f"{text or MISSING} ({weights})" if weights else text or MISSING, text or MISSING, missing=not text)


def _share(weight: Fraction) -> str:
    """A weight as a percentage where it is a whole one, else as a fraction."""
    percent = weight * 100
    return f"{percent.numerator}%" if percent.denominator == 1 else celltext.number(weight)


def _weighed(text: str, weight: Fraction) -> str:
    return text if weight == ONE else f"{text} ({_share(weight)})"


def _accepted(answers: tuple[Accepted, ...] | None, case_sensitive: bool, words: Words) -> str:
    text = " / ".join(_weighed(answer.text, answer.weight) for answer in answers or () if answer.weight > 0)
    return text + words.case if text and case_sensitive else text


def _numbers(answers: tuple[NumericAnswer, ...] | None, unit: str) -> str:
    return " / ".join(_weighed(_number(answer, unit), answer.weight) for answer in answers or () if answer.weight > 0)


def _number(answer: NumericAnswer, unit: str) -> str:
    if answer.value is not None:
        tolerance = f" ± {celltext.number(answer.tolerance)}" if answer.tolerance else ""
        text = celltext.number(answer.value) + tolerance
    else:
        low, high = answer.bounds
        text = f"{celltext.number(low)} ~ {celltext.number(high)}"
    return f"{text} {unit}" if unit else text


def _gap(question: Cloze, i: int, words: Words, ctx: Context) -> str:
    blank = question.blanks[i]
    match blank:
        case TextBlank():
            return _accepted(blank.answer, blank.case_sensitive, words)
        case NumericBlank():
            return _numbers(blank.answer, "")
        case ChoiceBlank():
            for j, choice in enumerate(blank.choices):
                if choice.id == blank.answer:
                    return shown(choice.text, question, f"/blanks/{i}/choices/{j}/text", ctx).replace("\n", " ")
            return blank.answer or ""
        case _:
            assert_never(blank)


def _pairs(question: Matching) -> Answer:
    labels = _labels(question.choices)
    answer = question.answer or {}
    found = [answer.get(prompt.id) for prompt in question.prompts]
    if not any(found):
        return Answer(MISSING, missing=True)
    pairs = [f"{i}-{labels.get(choice, choice) if choice else MISSING}" for i, choice in enumerate(found, 1)]
    return Answer(", ".join(pairs), missing=None in found)


def _essay(question: Essay, words: Words, ctx: Context) -> str:
    lines = [shown(question.answer, question, "/answer", ctx)] if question.answer is not None else []
    for i, criterion in enumerate(question.rubric):
        text = shown(criterion.text, question, f"/rubric/{i}/text", ctx)
        worth = "" if criterion.points is None else f" ({words.points.format(celltext.number(criterion.points))})"
        lines.append(f"• {text}{worth}")
    return "\n".join(line for line in lines if line.strip())


def one_line(text: Text) -> str:
    return " ".join(richtext.plain_of(_raised(richtext.blocks(text))).split())


def shown(text: Text, question: Question, pointer: str, ctx: Context) -> str:
    """The plain text of part of an answer; what a cell cannot show of it is reported, each sort once."""
    if isinstance(text, str):
        return text.strip()
    nodes = _raised(richtext.blocks(text))
    tags = {element.tag for element in richtext.walk(nodes)}
    if tags & {"img", "audio"}:
        ctx.loss("X203", question, f"the key of {question.id} names a picture or sound and cannot show it", pointer)
    if "tex" in tags:
        ctx.loss("X304", question, f"the key of {question.id} shows a formula as TeX", pointer)
    if tags - _FLAT - {"img", "audio", "tex"}:
        ctx.loss("X204", question, f"the key of {question.id} shows the answer without its formatting", pointer)
    return richtext.plain_of(nodes).strip()


def _raised(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes with H<sub>2</sub>O as H₂O, wherever Unicode has all the characters."""
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            result.append(node)
            continue
        table = _SCRIPTS.get(node.tag)
        text = "".join(child for child in node.children if isinstance(child, str))
        if table and all(isinstance(child, str) and set(child) <= table.keys() for child in node.children):
            result.append("".join(table[character] for character in text))
        else:
            result.append(Element(node.tag, node.attributes, _raised(node.children)))
    return tuple(result)
