"""Single choice, multiple choice and true/false as `choiceInteraction`."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from qbank.formats import qti
from qbank.model import Choice, MultipleChoice, MultipleScoring, SingleChoice, TrueFalse

from . import scoring
from .sheet import RESPONSE, Entry, Response, Sheet, entry

CHOSEN = "FEEDBACK_CHOICE"
A_TRIFLE = Fraction(1, 10**6)
"""Points that only the rounding of sums can make or lose."""
MORE_THAN_A_TRIFLE = scoring.more_than(scoring.SCORE, A_TRIFLE)


def single_choice(question: SingleChoice, sheet: Sheet) -> None:
    """Write a question with one right choice; any number of choices may earn part of the points."""
    _interaction(sheet, question.choices, shuffle=question.shuffle, single=True)
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "single", "identifier"))
    elif question.scoring == "weighted":
        _report_rounded(sheet, question.choices)
        entries = [_entry(choice, sheet.points * (choice.weight or 0)) for choice in question.choices]
        _mapped(sheet, qti.identifier(question.answer), entries)
    else:
        one_right(sheet, RESPONSE, qti.identifier(question.answer))
    given = [(choice, i) for i, choice in enumerate(question.choices) if choice.feedback is not None]
    for choice, i in given:
        assert choice.feedback is not None
        sheet.remark(CHOSEN, qti.identifier(choice.id), choice.feedback, f"/choices/{i}/feedback")
    if given:
        sheet.remark_rules.append(say_chosen(RESPONSE, CHOSEN))


def true_false(question: TrueFalse, sheet: Sheet) -> None:
    """Write a statement with the choices `true` and `false`."""
    body = sheet.body
    body.open("choiceInteraction", responseIdentifier=RESPONSE, shuffle="false", maxChoices="1")
    for name, word in zip(("true", "false"), qti.true_false_words(sheet.language), strict=True):
        body.leaf("simpleChoice", word, identifier=name)
    body.close()
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "single", "identifier"))
    else:
        one_right(sheet, RESPONSE, "true" if question.answer else "false")
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
    said = []
    for i, choice in enumerate(question.choices):
        if choice.feedback is None:
            continue
        # an outcome for each: players stumble over one that holds several values
        outcome, name = f"FEEDBACK_{i + 1}", qti.identifier(choice.id)
        sheet.remark(outcome, name, choice.feedback, f"/choices/{i}/feedback")
        said.append((outcome, name))
    if said:
        sheet.remark_rules.append(_say_each(tuple(said)))


@lru_cache(maxsize=256)
def _say_each(said: tuple[tuple[str, str], ...]) -> scoring.Rule:
    """Set the outcome of each choice that was made."""
    rules = [
        scoring.when([(scoring.has_chosen(RESPONSE, name), [scoring.put(outcome, scoring.base("identifier", name))])])
        for outcome, name in said
    ]
    return scoring.answered(RESPONSE, rules)


def say_chosen(response: str, outcome: str) -> scoring.Rule:
    """Set an outcome to the single choice made, if one was."""
    return scoring.answered(response, [scoring.put(outcome, scoring.variable(response))])


def by_score(sheet: Sheet, trifle: Fraction = A_TRIFLE) -> scoring.Expression | None:
    """Whether SCORE has reached the points; None where there are none to reach."""
    return scoring.at_least(scoring.SCORE, sheet.points - trifle) if sheet.points else None


def one_right(sheet: Sheet, response: str, key: str) -> None:
    """Score a single choice; `match_correct` can only give one point, so more are mapped."""
    if sheet.points == 1:
        sheet.responses.append(Response(response, "single", "identifier", (key,)))
        sheet.scored_exactly(response)
    else:
        _mapped(sheet, key, [entry(key, sheet.points)], full=scoring.is_correct(response))


def _report_rounded(sheet: Sheet, choices: tuple[Choice, ...]) -> None:
    """Report shares of the points that are not as short as what is written."""
    for i, choice in enumerate(choices):
        worth = sheet.points * (choice.weight or 0)
        if not qti.is_simple(worth):
            sheet.loss("X301", f"a share of the points is written as {qti.number(worth)}", f"/choices/{i}/weight")


def _score_multiple(question: MultipleChoice, answer: tuple[str, ...], sheet: Sheet) -> None:
    if question.scoring == "all_or_nothing":
        correct = tuple([qti.identifier(name) for name in dict.fromkeys(answer)])
        sheet.responses.append(Response(RESPONSE, "multiple", "identifier", correct))
        sheet.scored_exactly(RESPONSE)
        return
    weighted = question.scoring == "weighted"
    names = tuple([choice.id for choice in question.choices])
    weights = tuple([choice.weight for choice in question.choices]) if weighted else ()
    if weighted:
        _report_rounded(sheet, question.choices)
    sheet.responses.append(_valued(names, answer, question.scoring, sheet.points, weights))
    full = None if weighted else scoring.is_correct(RESPONSE)
    sheet.scored_by_mapping(full=full or by_score(sheet), some=MORE_THAN_A_TRIFLE)


@lru_cache(maxsize=256)
def _valued(
    names: tuple[str, ...],
    answer: tuple[str, ...],
    policy: MultipleScoring,
    points: Fraction,
    weights: tuple[Fraction | None, ...],
) -> Response:
    """The response with what each choice earns or costs by a policy: a bank has few that differ."""
    key = tuple(dict.fromkeys(answer))
    rights = [name for name in names if name in key]
    wrongs = [name for name in names if name not in key]
    if policy == "weighted":
        values = {name: points * (weight or 0) for name, weight in zip(names, weights, strict=True)}
    else:
        values = dict(zip(rights, qti.apportion(points, [1] * len(rights)), strict=True))
        costs = qti.apportion(points, [1] * len(wrongs)) if policy == "balanced" else [points] * len(wrongs)
        values |= {name: -cost for name, cost in zip(wrongs, costs, strict=True)}
    entries = tuple([entry(qti.identifier(name), values[name]) for name in names])
    correct = tuple([qti.identifier(name) for name in key])
    return Response(RESPONSE, "multiple", "identifier", correct, entries, "0", qti.number(points))


def _mapped(sheet: Sheet, key: str, entries: list[Entry], *, full: scoring.Expression | None = None) -> None:
    sheet.responses.append(Response(RESPONSE, "single", "identifier", (key,), tuple(entries)))
    sheet.scored_by_mapping(full=full or by_score(sheet))


def _entry(choice: Choice, value: Fraction) -> Entry:
    return entry(qti.identifier(choice.id), value)


def _interaction(sheet: Sheet, choices: tuple[Choice, ...], *, shuffle: bool, single: bool) -> None:
    body, element = sheet.body, sheet.prose.element
    body.open(
        "choiceInteraction",
        responseIdentifier=RESPONSE,
        shuffle="true" if shuffle else "false",
        maxChoices="1" if single else "0",
    )
    for i, choice in enumerate(choices):
        if choice.fixed:
            element(
                body, "simpleChoice", choice.text, f"/choices/{i}/text",
                identifier=qti.identifier(choice.id), fixed="true",
            )  # fmt: skip
        else:
            element(body, "simpleChoice", choice.text, f"/choices/{i}/text", identifier=qti.identifier(choice.id))
    body.close()
