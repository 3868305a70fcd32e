"""Gaps in Moodle's cloze syntax (multianswer/questiontype.php), and the stem that holds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import assert_never

from qbank.formats import moodle
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    NumericAnswer,
    NumericBlank,
    Text,
    TextBlank,
)
from qbank.richtext import Element, xml_text

from .. import _moodle
from .._moodle import Unfit
from .entry import Entry, Files
from .settings import GAPS, settings_of


def cloze(entry: Entry, question: Cloze) -> None:
    """A cloze question, worth the sum of its gaps."""
    weights, exact = moodle.weights_of_gaps([blank.share for blank in question.blanks], question.points)
    if not exact:
        total = moodle.number(question.points)[0]
        entry.notes.loss(
            "X301",
            f"Moodle makes {question.id} worth the sum of its gaps, {sum(weights)}, not {total}; "
            "each gap's part of it is kept",
            "/points",
            hint="set the maximum mark in the quiz, or points that the shares divide evenly",
        )
    settings = settings_of(question, "cloze", entry.notes)
    settings.take(GAPS, "")
    gaps = {
        blank.id: gap(entry, blank, weight, f"/blanks/{i}", settings.layouts.get(blank.id))
        for i, (blank, weight) in enumerate(zip(question.blanks, weights, strict=True))
    }
    files: Files = {}
    stem = with_gaps(entry, question.stem, gaps, files)
    entry.head(question, "cloze", stem=(stem, files), points=Fraction(sum(weights)), settings=settings)
    _moodle.drop_verdicts(question, entry.ctx)
    entry.hints(question)


def gap(entry: Entry, blank: Blank, weight: int, pointer: str, layout: str | None = None) -> str:
    """A blank as a gap; `layout` of its choices where the bank says how they are laid out."""
    match blank:
        case TextBlank():
            return text_gap(
                entry, blank.answer or (), blank.case_sensitive, blank.wildcard, weight, f"{pointer}/answer"
            )
        case NumericBlank():
            return number_gap(entry, blank.answer or (), weight, f"{pointer}/answer")
        case ChoiceBlank():
            marks = tuple(_choice_mark(entry, blank, i, pointer) for i in range(len(blank.choices)))
            # a menu shows characters only; with markup or formulas the choices are a list instead
            if layout is None:
                layout = "menu" if all(isinstance(choice.text, str) for choice in blank.choices) else "V"
            kind = "MC" if layout == "menu" else f"MC{layout}"
            kind += "S" if shuffled(entry, blank.choices, blank.shuffle, pointer) else ""
            return choice_gap(entry, kind, blank.choices, marks, weight, f"{pointer}/choices")
        case _:
            assert_never(blank)


def text_gap(
    entry: Entry, answer: Iterable[Accepted], case_sensitive: bool, wildcard: bool, weight: int, pointer: str
) -> str:
    """A gap for a word. `Unfit` where no word earns full marks."""
    alternatives = []
    best = ZERO
    for i, accepted in enumerate(answer):
        text = xml_text(accepted.text).strip(" \t\n")
        if not text:
            entry.notes.loss(
                "X208",
                f"Moodle has no gap that is right when it is left empty: {entry.notes.question.id}",
                f"{pointer}/{i}",
            )
            continue
        best = max(best, accepted.weight)
        mark = _mark(entry, accepted.weight, f"{pointer}/{i}/weight")
        written = moodle.in_gap(moodle.pattern(text, wildcard))
        alternatives.append(mark + written + _feedback(entry, accepted.feedback, f"{pointer}/{i}/feedback"))
    if best != ONE:
        raise Unfit("no answer of a gap earns exactly full marks")
    return _gap(weight, "SAC" if case_sensitive else "SA", alternatives)


def number_gap(entry: Entry, answer: Iterable[NumericAnswer], weight: int, pointer: str) -> str:
    """A gap for a number."""
    alternatives = []
    for i, number in enumerate(answer):
        low, high = number.bounds
        value = entry.notes.number((low + high) / 2, f"{pointer}/{i}")
        tolerance = entry.notes.number((high - low) / 2, f"{pointer}/{i}")
        mark = _mark(entry, number.weight, f"{pointer}/{i}/weight")
        feedback = _feedback(entry, number.feedback, f"{pointer}/{i}/feedback")
        alternatives.append(f"{mark}{value}:{tolerance}{feedback}")
    return _gap(weight, "NM", alternatives)


def choice_gap(
    entry: Entry, kind: str, choices: Iterable[Choice], marks: Iterable[str], weight: int, pointer: str
) -> str:
    """A gap with choices, each with what it is worth (`=`, `%50%` or nothing)."""
    alternatives = []
    for i, (choice, mark) in enumerate(zip(choices, marks, strict=True)):
        shown = xml_text(entry.html(choice.text, f"{pointer}/{i}/text", None, solid=True))
        feedback = _feedback(entry, choice.feedback, f"{pointer}/{i}/feedback")
        alternatives.append(mark + moodle.in_gap(shown.strip(" \t\n")) + feedback)
    return _gap(weight, kind, alternatives)


def shuffled(entry: Entry, choices: Iterable[Choice], shuffle: bool, pointer: str) -> bool:
    """Whether Moodle shall shuffle the choices of a gap."""
    fixed = [i for i, choice in enumerate(choices) if choice.fixed]
    if fixed and shuffle:
        entry.notes.loss(
            "X208", "Moodle cannot keep one choice in its place, so none is shuffled", f"{pointer}/shuffle"
        )
    for i in fixed:
        entry.notes.loss("X208", "Moodle keeps no choice in its place", f"{pointer}/choices/{i}/fixed")
    return shuffle and not fixed


def _gap(weight: int, kind: str, alternatives: list[str]) -> str:
    return f"{{{weight}:{kind}:{'~'.join(alternatives)}}}"


def _choice_mark(entry: Entry, blank: ChoiceBlank, place: int, pointer: str) -> str:
    choice = blank.choices[place]
    if choice.id == blank.answer:
        return "="
    return _mark(entry, choice.weight, f"{pointer}/choices/{place}/weight") if choice.weight else ""


def _mark(entry: Entry, weight: Fraction, pointer: str) -> str:
    if weight == ONE:
        return "="
    percent, exact = moodle.gap_percent(weight)
    if not exact:
        entry.notes.loss("X301", f"a weight in {entry.notes.question.id} was rounded to {percent} %", pointer)
    return f"%{percent}%"


def _feedback(entry: Entry, feedback: Text | None, pointer: str) -> str:
    return "" if feedback is None else "#" + moodle.in_gap(xml_text(entry.html(feedback, pointer, None)))


def with_gaps(
    entry: Entry,
    stem: Text,
    gaps: Mapping[str, str],
    files: Files,
    safe: Callable[[str], str] = moodle.outside_gaps,
) -> str:
    """The stem with its gaps, each once; one that the stem does not show stands at the end.

    `safe` takes out of the stem what Moodle would read as a gap.
    """
    question = entry.notes.question.id
    names = list(gaps)
    shown: set[str] = set()

    def marker(element: Element) -> str:
        name = element.get("id") or ""
        if name not in gaps or name in shown:
            entry.notes.loss("X305", f"a gap of {question} is not one of its blanks; it is only a line", "/stem")
            return "____"
        shown.add(name)
        # no text can hold this, for its "<" would be an entity
        return f"<gap {names.index(name)}>"

    written = safe(xml_text(entry.html(stem, "/stem", files, gap=marker)))
    for i, name in enumerate(names):
        if name not in shown:
            entry.notes.loss(
                "X305", f"the stem of {question} does not show the gap {name}; it stands at the end", "/stem"
            )
            written += f"<p><gap {i}></p>"
    return re.sub("<gap ([0-9]+)>", lambda found: gaps[names[int(found[1])]], written)
