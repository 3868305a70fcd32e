"""Feedback as `modalFeedback`, and the response processing that decides which is shown.

No standard template sets feedback, so an item with any writes its scoring out.
Every outcome is a single identifier: one with several values left empty makes a
player fail.
"""

from __future__ import annotations

from typing import Any

from qbank.model import Feedback, Information

from . import scoring
from .dialect import Dialect
from .scoring import Rule
from .sheet import Sheet

GENERAL = "FEEDBACK_GENERAL"
VERDICT = "FEEDBACK"


def write_processing(sheet: Sheet, root: Any, dialect: Dialect) -> None:
    """Write what follows the body: response processing, then the feedback."""
    if sheet.rules and sheet.template is not None and not sheet.remark_rules:
        sheet.node(root, "responseProcessing", template=dialect.templates + sheet.template)
    else:
        # a second try starts again from nothing
        start: list[Rule] = [scoring.put(scoring.SCORE, scoring.base("float", "0"))] if sheet.rules else []
        rules = [*start, *sheet.rules, *sheet.remark_rules]
        if rules:
            processing = sheet.node(root, "responseProcessing")
            for rule in rules:
                scoring.write(sheet.tree, processing, rule)
    for remark in sheet.remarks:
        made = sheet.node(
            root, "modalFeedback", outcomeIdentifier=remark.outcome, showHide="show", identifier=remark.identifier
        )
        sheet.prose.flow(made, remark.text, remark.pointer)


def add_remarks(sheet: Sheet) -> None:
    """Add the feedback that belongs to the question as a whole."""
    feedback = sheet.question.feedback
    if feedback is None:
        return
    _verdict(sheet, feedback)
    if feedback.general is None:
        return
    if isinstance(sheet.question, Information):
        sheet.loss("X201", "nothing is answered here, so no feedback is shown", "/feedback/general")
        return
    sheet.remark_rules.append(scoring.put(GENERAL, scoring.base("identifier", "general")))
    sheet.remark(GENERAL, "general", feedback.general, "/feedback/general")


def _verdict(sheet: Sheet, feedback: Feedback) -> None:
    texts = {
        name: text
        for name, text in (
            ("correct", feedback.correct),
            ("partial", feedback.partial),
            ("incorrect", feedback.incorrect),
        )
        if text is not None
    }
    if not texts:
        return
    if sheet.full is None or sheet.some is None:
        for name in texts:
            message = f"no machine can tell whether to say what is meant for {name} responses"
            sheet.loss("X201", message, f"/feedback/{name}")
        return
    branches: list[scoring.Branch] = [(sheet.full, [_say("correct")])]
    if sheet.some != sheet.full:
        branches.append((sheet.some, [_say("partial")]))
    sheet.remark_rules.append(scoring.when(branches, [_say("incorrect")]))
    for name, text in texts.items():
        sheet.remark(VERDICT, name, text, f"/feedback/{name}")


def _say(name: str) -> Rule:
    return scoring.put(VERDICT, scoring.base("identifier", name))
