"""Matching and ordering."""

from __future__ import annotations

from qbank import richtext
from qbank.formats import qti
from qbank.formats.qti12 import OWN
from qbank.model import Matching, Ordering

from .sheet import RESPONSE, Sheet, equal, every, respond


def matching(question: Matching, sheet: Sheet) -> None:
    """Write a `response_lid` for each prompt, with all choices in each."""
    responses = {p.id: f"response_{sheet.ident(p.id)}" for p in question.prompts}
    names = {c.id: sheet.ident(c.id) for c in question.choices}
    whole = question.scoring == "all_or_nothing" and len(question.prompts) > 1
    if sheet.form == "plain":
        sheet.fields.append((f"{OWN}kind", "matching"))
    if sheet.form == "canvas":
        sheet.fields.append(("scoring_algorithm", "DeepEquals" if whole else "PartialDeep"))
        if whole:
            message = "New Quizzes marks this as the bank does; Classic Quizzes gives part of the points for some pairs"
            sheet.loss("X301", message, "/scoring")
    for i, prompt in enumerate(question.prompts):
        respond(sheet, "response_lid", responses[prompt.id])
        sheet.texts.material(sheet.body, prompt.text, f"/prompts/{i}/text")
        sheet.body.open("render_choice", shuffle="Yes" if question.shuffle else "No")
        for j, choice in enumerate(question.choices):
            fixed = {"rshuffle": "No"} if choice.fixed else {}
            sheet.body.open("response_label", ident=names[choice.id], **fixed)
            sheet.texts.material(sheet.body, choice.text, f"/choices/{j}/text")
            sheet.body.close()
        sheet.body.close()
        sheet.body.close()
    _choice_losses(question, sheet)
    sheet.begin()
    sheet.aside()
    if question.answer is None:
        return
    tests = [equal(responses[p.id], names[question.answer[p.id]]) for p in question.prompts]
    if whole and sheet.form == "plain":
        sheet.rule([every(tests)], earns=sheet.whole, says=[sheet.correct()], go_on=False)
        sheet.end()
        return
    for test, part in zip(tests, qti.apportion(sheet.whole, [1] * len(tests)), strict=True):
        sheet.rule([test], earns=part, action="Add", go_on=True)
    sheet.judge(every(tests))


def _choice_losses(question: Matching, sheet: Sheet) -> None:
    for j, choice in enumerate(question.choices):
        if choice.feedback is not None:
            sheet.loss("X201", "a choice of a matching question has no feedback here", f"/choices/{j}/feedback")
        if sheet.form != "canvas":
            continue
        if any(e.tag != "p" for e in richtext.elements(choice.text)):
            message = "Classic Quizzes shows the right sides as plain text; New Quizzes keeps the markup"
            sheet.loss("X204", message, f"/choices/{j}/text")
        if choice.fixed and question.shuffle:
            sheet.loss("X208", "Canvas shuffles every choice", f"/choices/{j}/fixed")
    if not question.shuffle and sheet.form == "canvas":
        sheet.loss("X208", "Canvas decides itself in what order the right sides stand", "/shuffle")


def ordering(question: Ordering, sheet: Sheet) -> None:
    """Write a `response_lid` whose response is a sequence."""
    names = {item.id: sheet.ident(item.id) for item in question.items}
    respond(sheet, "response_lid", RESPONSE, rcardinality="Ordered")
    sheet.body.open("render_choice", shuffle="Yes")
    for i, item in enumerate(question.items):
        sheet.body.open("response_label", ident=names[item.id])
        sheet.texts.material(sheet.body, item.text, f"/items/{i}/text")
        sheet.body.close()
    sheet.body.close()
    sheet.body.close()
    sheet.begin()
    sheet.aside()
    if question.answer is None:
        return
    if sheet.form == "canvas":
        sheet.loss("X302", "New Quizzes has questions of this kind; Classic Quizzes has none", "/kind")
    tests = [equal(RESPONSE, names[name], index=str(i)) for i, name in enumerate(question.answer, 1)]
    if question.scoring == "each_position" and sheet.form == "plain":
        for test, part in zip(tests, qti.apportion(sheet.whole, [1] * len(tests)), strict=True):
            sheet.rule([test], earns=part, action="Add", go_on=True)
        sheet.judge(every(tests))
        return
    if question.scoring == "each_position":
        sheet.fields.append((f"{OWN}scoring", question.scoring))
        sheet.loss("X301", "Canvas gives the points for the whole order only", "/scoring")
    sheet.rule(
        tests if sheet.form == "canvas" else [every(tests)], earns=sheet.whole, says=[sheet.correct()], go_on=False
    )
    sheet.end()
