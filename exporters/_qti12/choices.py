"""Single choice, multiple choice and true/false."""

from __future__ import annotations

from fractions import Fraction

from qbank.formats import qti
from qbank.formats.qti12 import OWN, TRUE_FALSE
from qbank.model import ONE, ZERO, Choice, MultipleChoice, SingleChoice, TrueFalse

from .sheet import RESPONSE, Sheet, equal, every, negated, respond


def single_choice(question: SingleChoice, sheet: Sheet) -> None:
    """Write a question with one right choice."""
    names = _choices(sheet, question.choices, shuffle=question.shuffle, multiple=False)
    weights = _single_weights(question)
    exact = all(weight == (ONE if name == question.answer else ZERO) for name, weight in weights.items())
    sheet.begin()
    sheet.aside()
    _said_of_each(sheet, question.choices, names)
    if question.answer is None:
        return
    if exact or sheet.form != "plain":
        if not exact:
            sheet.loss("X301", "the right choice earns everything here and no other anything", "/scoring")
        sheet.rule([equal(RESPONSE, names[question.answer])], earns=sheet.whole, says=[sheet.correct()], go_on=False)
    else:
        # the rule for the answer comes first: others may earn as much
        for choice in sorted(question.choices, key=lambda one: one.id != question.answer):
            weight = weights[choice.id]
            if weight:
                says = [sheet.correct() if weight == ONE else None]
                sheet.rule([equal(RESPONSE, names[choice.id])], earns=sheet.whole * weight, says=says, go_on=False)
    sheet.end()


def _single_weights(question: SingleChoice) -> dict[str, Fraction]:
    weighted = question.scoring == "weighted"
    return {c.id: (c.weight or ZERO) if weighted else Fraction(c.id == question.answer) for c in question.choices}


def true_false(question: TrueFalse, sheet: Sheet) -> None:
    """Write a statement with the choices true and false."""
    words = qti.true_false_words(sheet.language) if sheet.form == "plain" else TRUE_FALSE
    respond(sheet, "response_lid", RESPONSE)
    sheet.body.open("render_choice")
    names = {}
    for key, word in zip((True, False), words, strict=True):
        names[key] = sheet.ident("true" if key else "false")
        _label(sheet, names[key])
        sheet.texts.material(sheet.body, word, "/answer")
        sheet.body.close()
    sheet.body.close()
    sheet.body.close()
    sheet.begin()
    sheet.aside()
    said = ((True, question.feedback_true, "/feedback_true"), (False, question.feedback_false, "/feedback_false"))
    for key, text, pointer in said:
        if text is not None:
            name = sheet.said(names[key], text, pointer)
            sheet.rule([equal(RESPONSE, names[key])], says=[name], go_on=True)
    if question.answer is not None:
        sheet.rule([equal(RESPONSE, names[question.answer])], earns=sheet.whole, says=[sheet.correct()], go_on=False)
        sheet.end()


def multiple_choice(question: MultipleChoice, sheet: Sheet) -> None:
    """Write a question with any number of right choices."""
    names = _choices(sheet, question.choices, shuffle=question.shuffle, multiple=True)
    right = frozenset(question.answer or ())
    weights = earned(question)
    partial = weights is not None
    if sheet.form == "canvas" and right:
        sheet.fields.append(("scoring_algorithm", "PartialScore" if partial else "AllOrNothing"))
        if question.scoring in ("each_correct", "balanced"):
            sheet.fields.append((f"{OWN}scoring", question.scoring))
    sheet.begin()
    sheet.aside()
    _said_of_each(sheet, question.choices, names)
    if not right:
        return
    tests = [
        equal(RESPONSE, names[c.id]) if c.id in right else negated(equal(RESPONSE, names[c.id]))
        for c in question.choices
    ]
    if sheet.form == "plain" and weights is not None:
        for choice in question.choices:
            weight = weights[choice.id]
            if weight:
                action = "Add" if weight > 0 else "Subtract"
                sheet.rule(
                    [equal(RESPONSE, names[choice.id])], earns=abs(sheet.whole * weight), action=action, go_on=True
                )
        sheet.judge(every(tests))
        return
    _report(question, weights, sheet)
    sheet.rule([every(tests)], earns=sheet.whole, says=[sheet.correct()], go_on=False)
    sheet.end()


def earned(question: MultipleChoice) -> dict[str, Fraction] | None:
    """What each choice earns, as a share of the points; None where only the exact set earns anything."""
    right = frozenset(question.answer or ())
    wrong = len(question.choices) - len(right)
    share = Fraction(1, len(right) or 1)
    match question.scoring:
        case "all_or_nothing":
            return None
        case "weighted":
            return {choice.id: choice.weight or ZERO for choice in question.choices}
        case "balanced":
            return {c.id: share if c.id in right else -Fraction(1, wrong) for c in question.choices}
        case "each_correct":
            return {c.id: share if c.id in right else -ONE for c in question.choices}


def canvas_earned(question: MultipleChoice) -> dict[str, Fraction]:
    """What each choice earns in Canvas: right ones their share, and wrong ones cost as much (text2qti's and R/exams' manuals)."""
    right = frozenset(question.answer or ())
    share = Fraction(1, len(right) or 1)
    return {c.id: share if c.id in right else -share for c in question.choices}


def _report(question: MultipleChoice, weights: dict[str, Fraction] | None, sheet: Sheet) -> None:
    alone = len(frozenset(question.answer or ())) == 1
    if sheet.form == "cc":
        if weights is not None and not (alone and question.scoring == "each_correct"):
            sheet.loss("X301", "Common Cartridge gives the points for exactly the right choices only", "/scoring")
    elif weights is None:
        if not alone:
            message = "New Quizzes marks this as the bank does; Classic Quizzes gives part of the points for part of the choices"
            sheet.loss("X301", message, "/scoring")
    elif weights != canvas_earned(question):
        message = "in Canvas each right choice earns its share, and each wrong one costs as much"
        sheet.loss("X301", message, "/scoring")


def _choices(sheet: Sheet, choices: tuple[Choice, ...], *, shuffle: bool, multiple: bool) -> dict[str, str]:
    """Write the choices; their names by their ids."""
    respond(sheet, "response_lid", RESPONSE, rcardinality="Multiple" if multiple else "Single")
    sheet.body.open("render_choice", **({"shuffle": "Yes"} if shuffle else {}))
    names = {}
    for i, choice in enumerate(choices):
        names[choice.id] = sheet.ident(choice.id)
        fixed = choice.fixed and shuffle
        if fixed and sheet.form == "canvas":
            sheet.loss("X208", "Canvas shuffles every choice", f"/choices/{i}/fixed")
        _label(sheet, names[choice.id], **({"rshuffle": "No"} if fixed else {}))
        sheet.texts.material(sheet.body, choice.text, f"/choices/{i}/text")
        sheet.body.close()
    sheet.body.close()
    sheet.body.close()
    return names


def _label(sheet: Sheet, name: str, **attributes: str) -> None:
    sheet.body.open("response_label", ident=name, **attributes)


def _said_of_each(sheet: Sheet, choices: tuple[Choice, ...], names: dict[str, str]) -> None:
    for i, choice in enumerate(choices):
        if choice.feedback is not None:
            name = sheet.said(names[choice.id], choice.feedback, f"/choices/{i}/feedback")
            sheet.rule([equal(RESPONSE, names[choice.id])], says=[name], go_on=True)
