"""Single choice, multiple choice and true/false as `choiceInteraction`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from qbank.formats import qti
from qbank.model import Choice, MultipleChoice, SingleChoice, TrueFalse

from . import scoring
from .sheet import RESPONSE, Entry, Response, Sheet

CHOSEN = "FEEDBACK_CHOICE"
A_TRIFLE = Fraction(1, 10**6)
"""Points that only the rounding of sums can make or lose."""


def single_choice(question: SingleChoice, sheet: Sheet) -> None:
    """Write a question with one right choice; any number of choices may earn part of the points."""
    _interaction(sheet, question.choices, shuffle=question.shuffle, single=True)
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "single", "identifier"))
    elif question.scoring == "weighted":
        entries = [_entry(choice, sheet.points * (choice.weight or 0)) for choice in question.choices]
        _mapped(sheet, "single", (qti.identifier(question.answer),), entries)
    else:
        _one_right(sheet, qti.identifier(question.answer))
    given = [(choice, i) for i, choice in enumerate(question.choices) if choice.feedback is not None]
    for choice, i in given:
        assert choice.feedback is not None
        sheet.remark(CHOSEN, qti.identifier(choice.id), choice.feedback, f"/choices/{i}/feedback")
    if given:
        sheet.remark_rules.append(say_chosen(RESPONSE, CHOSEN))


def true_false(question: TrueFalse, sheet: Sheet) -> None:
    """Write a statement with the choices `true` and `false`."""
    interaction = sheet.node(
        sheet.body, "choiceInteraction", responseIdentifier=RESPONSE, shuffle="false", maxChoices="1"
    )
    for name, word in zip(("true", "false"), qti.true_false_words(sheet.language), strict=True):
        sheet.node(interaction, "simpleChoice", word, identifier=name)
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "single", "identifier"))
    else:
        _one_right(sheet, "true" if question.answer else "false")
    for name, text in (("true", question.feedback_true), ("false", question.feedback_false)):
        if text is not None:
            sheet.remark(CHOSEN, name, text, f"/feedback_{name}")
    if question.feedback_true is not None or question.feedback_false is not None:
        sheet.remark_rules.append(say_chosen(RESPONSE, CHOSEN))


def multiple_choice(question: MultipleChoice, sheet: Sheet) -> None:
    """Write a question with any number of right choices; the mapping carries the partial credit."""
    _interaction(sheet, question.choices, shuffle=question.shuffle, single=False)
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "multiple", "identifier"))
    else:
        _score_multiple(question, question.answer, sheet)
    rules = []
    for i, choice in enumerate(question.choices):
        if choice.feedback is None:
            continue
        # an outcome for each: players stumble over one that holds several values
        outcome, name = f"FEEDBACK_{i + 1}", qti.identifier(choice.id)
        sheet.remark(outcome, name, choice.feedback, f"/choices/{i}/feedback")
        chosen = scoring.has_chosen(RESPONSE, name)
        rules.append(scoring.when([(chosen, [scoring.put(outcome, scoring.base("identifier", name))])]))
    if rules:
        sheet.remark_rules.append(scoring.answered(RESPONSE, rules))


def say_chosen(response: str, outcome: str) -> scoring.Rule:
    """Set an outcome to the single choice made, if one was."""
    return scoring.answered(response, [scoring.put(outcome, scoring.variable(response))])


def by_score(sheet: Sheet, trifle: Fraction = A_TRIFLE) -> scoring.Expression | None:
    """Whether SCORE has reached the points; None where there are none to reach."""
    return scoring.at_least(scoring.SCORE, sheet.points - trifle) if sheet.points else None


def _one_right(sheet: Sheet, key: str) -> None:
    """Score a single choice; `match_correct` can only give one point, so more are mapped."""
    if sheet.points == 1:
        sheet.responses.append(Response(RESPONSE, "single", "identifier", (key,)))
        sheet.scored_exactly(RESPONSE)
    else:
        _mapped(sheet, "single", (key,), [Entry(key, sheet.points)], full=scoring.is_correct(RESPONSE))


def _score_multiple(question: MultipleChoice, answer: tuple[str, ...], sheet: Sheet) -> None:
    key = tuple(dict.fromkeys(answer))
    correct = tuple(qti.identifier(name) for name in key)
    rights = [choice for choice in question.choices if choice.id in key]
    wrongs = [choice for choice in question.choices if choice.id not in key]
    shares = dict(zip((c.id for c in rights), qti.apportion(sheet.points, [1] * len(rights)), strict=True))
    match question.scoring:
        case "all_or_nothing":
            sheet.responses.append(Response(RESPONSE, "multiple", "identifier", correct))
            sheet.scored_exactly(RESPONSE)
            return
        case "each_correct":
            costs = {choice.id: -sheet.points for choice in wrongs}
        case "balanced":
            parts = qti.apportion(sheet.points, [1] * len(wrongs))
            costs = {choice.id: -part for choice, part in zip(wrongs, parts, strict=True)}
        case "weighted":
            shares = {}
            costs = {choice.id: sheet.points * (choice.weight or 0) for choice in question.choices}
    values = shares | costs
    entries = [_entry(choice, values[choice.id]) for choice in question.choices]
    full_score = None if question.scoring == "weighted" else scoring.is_correct(RESPONSE)
    _mapped(sheet, "multiple", correct, entries, bounded=True, full=full_score)


def _mapped(
    sheet: Sheet,
    cardinality: Any,
    correct: tuple[str, ...],
    entries: list[Entry],
    *,
    bounded: bool = False,
    full: scoring.Expression | None = None,
) -> None:
    bounds = (Fraction(0), sheet.points) if bounded else (None, None)
    sheet.responses.append(Response(RESPONSE, cardinality, "identifier", correct, tuple(entries), *bounds))
    sheet.scored_by(
        [scoring.answered(RESPONSE, [scoring.put(scoring.SCORE, scoring.mapped(RESPONSE))])],
        full=full or by_score(sheet),
        some=scoring.more_than(scoring.SCORE, A_TRIFLE if bounded else Fraction(0)),
        template="map_response",
    )


def _entry(choice: Choice, value: Fraction) -> Entry:
    return Entry(qti.identifier(choice.id), value)


def _interaction(sheet: Sheet, choices: tuple[Choice, ...], *, shuffle: bool, single: bool) -> None:
    interaction = sheet.node(
        sheet.body,
        "choiceInteraction",
        responseIdentifier=RESPONSE,
        shuffle="true" if shuffle else "false",
        maxChoices="1" if single else "0",
    )
    for i, choice in enumerate(choices):
        made = sheet.node(interaction, "simpleChoice", identifier=qti.identifier(choice.id))
        if choice.fixed:
            made.set("fixed", "true")
        sheet.prose.flow(made, choice.text, f"/choices/{i}/text")
