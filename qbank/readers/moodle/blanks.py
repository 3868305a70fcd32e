"""Texts of Moodle with gaps, in braces or as places for choices: they become the blanks of a cloze."""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd
from typing import assert_never

from qbank.model import (
    ONE,
    ZERO,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    MultipleChoice,
    NumericAnswer,
    NumericBlank,
    SubQuestion,
    Text,
    TextBlank,
)
from qbank.readers.moodle import gaps
from qbank.readers.moodle.entry import ANY, Entry, Unread, full, letter, patterns, shown_line
from qbank.readers.moodle.texts import raw
from qbank.richtext import is_empty

_PLACE = re.compile(r"\[\[([0-9]{1,4})\]\]")
MOST = 100
"""The largest share a blank may have."""


def cloze(entry: Entry) -> SubQuestion:
    """A cloze, or a multiple choice question where its only gap is one for several choices."""
    element = entry.element.find("questiontext")
    source = entry.texts.source(element)
    found = list(gaps.gaps(source))
    if not found:
        raise Unread("no gap was found in its text")
    several = [gap for gap in found if gap.kind == "choices"]
    if several and len(found) > 1:
        raise Unread("one of its gaps takes several choices at once")
    entry.common["points"] = Fraction(sum(gap.weight for gap in found)) or ONE
    entry.common["feedback"] = entry.feedback(verdicts=False)
    if several:
        return _several(entry, several[0], source)
    parts, at = [], 0
    for i, gap in enumerate(found, 1):
        parts += [source[at : gap.start], f'<blank id="{i}"></blank>']
        at = gap.end
    names = tuple(str(i) for i in range(1, len(found) + 1))
    stem = entry.texts.gapped("".join(parts) + source[at:], element, names)
    made = tuple(_blank(entry, gap, str(i), share) for i, (gap, share) in enumerate(_shares(entry, found), 1))
    return Cloze(**entry.common | {"stem": stem}, blanks=made)


def _shares(entry: Entry, found: list[gaps.Gap]) -> list[tuple[gaps.Gap, int]]:
    whole = gcd(*(gap.weight for gap in found)) or 1
    shares = [gap.weight // whole for gap in found]
    if min(shares) < 1 or max(shares) > MOST:
        entry.notes.add("R043", f"the weight of a gap must be between 1 and {MOST}; the nearest was taken")
    return [(gap, min(max(share, 1), MOST)) for gap, share in zip(found, shares, strict=True)]


def _blank(entry: Entry, gap: gaps.Gap, name: str, share: int) -> Blank:
    match gap.kind:
        case "text":
            answers, wildcard = patterns(
                [
                    (a.answer.strip(), a.weight, _feedback(entry, a.feedback))
                    for a in gap.alternatives
                    if a.answer.strip()
                ]
            )
            full(entry, [answer.weight for answer in answers])
            return TextBlank(
                id=name, answer=answers or None, case_sensitive="C" in gap.flags, wildcard=wildcard, share=share
            )
        case "numeric":
            numbers = tuple(_numbers(entry, gap))
            full(entry, [answer.weight for answer in numbers])
            return NumericBlank(id=name, answer=numbers or None, share=share)
        case "choice" | "choices":
            return _choice(entry, gap, name, share)
        case _:
            assert_never(gap.kind)


def _numbers(entry: Entry, gap: gaps.Gap) -> list[NumericAnswer]:
    result = []
    for alternative in gap.alternatives:
        feedback = _feedback(entry, alternative.feedback)
        if alternative.answer.strip() == "*":
            entry.notes.add("R043", "a gap accepts any number (*); it is read as a very wide range")
            result.append(NumericAnswer(min=-ANY, max=ANY, weight=alternative.weight, feedback=feedback))
            continue
        pair = gaps.numbers(alternative)
        if pair is None:
            entry.notes.add("R047", f"the answer {alternative.answer!r:.60} of a gap is no number and was left out")
            continue
        value, tolerance = entry.number(pair[0], "answer"), entry.number(pair[1], "tolerance")
        if value is not None:
            tolerated = abs(tolerance or ZERO)
            result.append(NumericAnswer(value=value, tolerance=tolerated, weight=alternative.weight, feedback=feedback))
    return result


def _choice(entry: Entry, gap: gaps.Gap, name: str, share: int) -> ChoiceBlank:
    found = _choices(entry, gap)
    if len(found) < 2:
        raise Unread("one of its gaps has only one choice")
    weights = [alternative.weight for alternative in gap.alternatives]
    best = max(weights)
    full(entry, weights)
    if any(weight not in (ZERO, ONE) for weight in weights) or weights.count(ONE) > 1:
        found = [_weighted(choice, weight) for choice, weight in zip(found, weights, strict=True)]
    layout = gap.flags.replace("S", "")
    if layout != ("V" if any(not isinstance(choice.text, str) for choice in found) else ""):
        entry.settings.setdefault("layouts", {})[name] = layout or "menu"
        entry.notes.once("R045", "layouts", "how the choices of a gap are laid out is kept under extensions")
    return ChoiceBlank(
        id=name,
        choices=tuple(found),
        answer=found[weights.index(best)].id if best > 0 else None,
        shuffle="S" in gap.flags,
        share=share,
    )


def _choices(entry: Entry, gap: gaps.Gap) -> list[Choice]:
    element = entry.element.find("questiontext")
    return [
        Choice(
            id=letter(i),
            text=entry.texts.rich(alternative.answer, element),
            feedback=_feedback(entry, alternative.feedback),
        )
        for i, alternative in enumerate(gap.alternatives)
    ]


def _weighted(choice: Choice, weight: Fraction) -> Choice:
    return Choice(id=choice.id, text=choice.text, feedback=choice.feedback, weight=weight)


def _several(entry: Entry, gap: gaps.Gap, source: str) -> SubQuestion:
    """A text with one gap for several choices: a multiple choice question, as far as it can be one."""
    element = entry.element.find("questiontext")
    found = _choices(entry, gap)
    right = [a for a in gap.alternatives if a.weight > 0]
    if len(found) < 2 or not right:
        raise Unread("its gap for several choices has too few of them")
    entry.notes.add("R048", "a gap that takes several choices was read as a multiple choice question")
    stem = entry.texts.gapped(f"{source[: gap.start]}____{source[gap.end :]}", element, ())
    answer = tuple(choice.id for choice, a in zip(found, gap.alternatives, strict=True) if a.weight > 0)
    common = entry.common | {"stem": stem}
    shuffle = "S" in gap.flags
    if not any(alternative.weighted for alternative in gap.alternatives):
        # rights share 100, each wrong one cancels one right one (multianswer/questiontype.php)
        share = Fraction(1, len(right))
        weights = [share if a.weight > 0 else -share for a in gap.alternatives]
    else:
        total = sum((a.weight for a in right), ZERO)
        weights = [a.weight / total if a.weight > 0 else a.weight for a in gap.alternatives]
    if set(weights) == {Fraction(1, len(right)), -Fraction(1, len(found) - len(right) or 1)}:
        return MultipleChoice(**common, choices=tuple(found), answer=answer, scoring="balanced", shuffle=shuffle)
    chosen = tuple(_weighted(choice, weight) for choice, weight in zip(found, weights, strict=True))
    return MultipleChoice(**common, choices=chosen, answer=answer, scoring="weighted", shuffle=shuffle)


def _feedback(entry: Entry, html: str) -> Text | None:
    if not html:
        return None
    found = entry.texts.rich(html, entry.element.find("questiontext"))
    return None if is_empty(found) else found


def selected(entry: Entry) -> SubQuestion:
    """`gapselect` and `ddwtos`: a cloze whose gaps are filled from one list of choices for each group."""
    kind = entry.element.get("type")
    options: list[tuple[str, Text]] = []
    for element in entry.element.iterfind("selectoption" if kind == "gapselect" else "dragbox"):
        written = entry.texts.source(element)
        if written:
            text: Text = shown_line(written) if kind == "gapselect" else entry.texts.rich(written, element)
            options.append((raw(element, "group") or "1", text))
        if element.find("infinite") is not None:
            entry.set("infinite", "1")
    stem_element = entry.element.find("questiontext")
    made: list[ChoiceBlank] = []
    lists: dict[str, tuple[Choice, ...]] = {}
    shuffle = entry.is_true("shuffleanswers", missing=True)

    def gap(place: re.Match[str]) -> str:
        number = int(place[1])
        if not 1 <= number <= len(options):
            entry.notes.add("R047", f"the gap {place[0]} has no choice and stays as it is")
            return place[0]
        group = options[number - 1][0]
        choices = lists.get(group)
        if choices is None:
            choices = tuple(Choice(id=str(i), text=text) for i, (of, text) in enumerate(options, 1) if of == group)
            lists[group] = choices
        if len(choices) < 2:
            raise Unread("one of its gaps has only one choice")
        name = str(len(made) + 1)
        made.append(ChoiceBlank(id=name, choices=choices, answer=str(number), shuffle=shuffle))
        return f'<blank id="{name}"></blank>'

    source = _PLACE.sub(gap, entry.texts.source(stem_element))
    if not made:
        raise Unread("it has no gap with choices")
    stem = entry.texts.gapped(source, stem_element, tuple(blank.id for blank in made))
    entry.set("gaps", kind)
    if entry.flag("shownumcorrect"):
        entry.set("shownumcorrect", "1")
    entry.notes.add("R048", f"a question of the type {kind} was read as a text with gaps to choose for")
    return Cloze(**entry.common | {"stem": stem, "feedback": entry.feedback()}, blanks=tuple(made))
