"""Feedback as `modalFeedback`, and the response processing that decides which is shown.

No standard template sets feedback, so an item with any writes its scoring out.
Every outcome is a single identifier: one with several values left empty makes a
player fail.
"""

from __future__ import annotations

from qbank.model import Feedback, Information

from . import scoring
from .page import Page
from .scoring import Rule
from .sheet import DEPTH, Sheet

GENERAL = "FEEDBACK_GENERAL"
VERDICT = "FEEDBACK"
_SAY_GENERAL = scoring.put(GENERAL, scoring.base("identifier", "general"))
_NOTHING = scoring.put(scoring.SCORE, scoring.base("float", "0"))


def write_processing(sheet: Sheet, page: Page) -> None:
    """Write what follows the body: response processing, then the feedback."""
    if sheet.only_templates:
        _only_a_template(sheet, page)
        return
    rules = [*sheet.remark_rules]
    if sheet.hints:
        # who asks for a hint is not told yet how good the response is
        rules = [scoring.when([(asked, [show]) for asked, show in sheet.hints], rules)]
    template = sheet.template
    if template == "map_response" and sheet.preset.templates == "match_correct":
        template = None
    if sheet.rules and template is not None and not rules:
        _name_template(sheet, page, template)
        return
    # a second try starts again from nothing
    rules = [_NOTHING, *sheet.rules, *rules] if sheet.rules else rules
    if rules:
        page.open("responseProcessing")
        for rule in rules:
            scoring.write(page, rule, DEPTH + 1)
        page.close()
    for remark in sheet.remarks:
        sheet.prose.feedback(
            page,
            "modalFeedback",
            remark.text,
            remark.pointer,
            outcomeIdentifier=remark.outcome,
            showHide="show",
            identifier=remark.identifier,
        )


def _name_template(sheet: Sheet, page: Page, template: str) -> None:
    page.leaf("responseProcessing", template=sheet.dialect.templates.format(template))


def _only_a_template(sheet: Sheet, page: Page) -> None:
    """Name a standard template, `match_correct` where none does just what the bank says."""
    for remark in sheet.remarks:
        sheet.loss("X201", "standard response processing shows no feedback", remark.pointer)
    if not sheet.rules:
        return
    if sheet.template is None and sheet.full != sheet.some:
        sheet.loss("X301", "standard response processing gives no points for a part of this response", "/scoring")
    if sheet.template is None and sheet.points != 1:
        sheet.loss("X301", "standard response processing gives one point for this response", "/points")
    _name_template(sheet, page, sheet.template or "match_correct")


def add_remarks(sheet: Sheet) -> None:
    """Add the feedback that belongs to the question as a whole."""
    feedback = sheet.question.feedback or Feedback()
    _verdict(sheet, feedback)
    if feedback.general is None:
        return
    if isinstance(sheet.question, Information):
        sheet.loss("X201", "nothing is answered here, so no feedback is shown", "/feedback/general")
        return
    sheet.remark_rules.append(_SAY_GENERAL)
    sheet.remark(GENERAL, "general", feedback.general, "/feedback/general")


def _verdict(sheet: Sheet, feedback: Feedback) -> None:
    names = sheet.preset.verdicts
    texts = {
        name: text
        for name, text in (
            ("correct", feedback.correct),
            ("partial", feedback.partial),
            ("incorrect", feedback.incorrect),
        )
        if text is not None
    }
    if sheet.full is None or sheet.some is None:
        for name in texts:
            message = f"no machine can tell whether to say what is meant for {name} responses"
            sheet.loss("X201", message, f"/feedback/{name}")
        if names.unanswered is not None and names.answered is not None and sheet.responses:
            empty = scoring.is_empty(response.identifier for response in sheet.responses)
            sheet.outcomes.setdefault(VERDICT)
            sheet.remark_rules.append(scoring.when([(empty, [_say(names.unanswered)])], [_say(names.answered)]))
        return
    says_nothing = not sheet.remark_rules and feedback.general is None
    if not texts and (names.unanswered is None or (sheet.template == "match_correct" and says_nothing)):
        return
    branches: list[scoring.Branch] = []
    if names.unanswered is not None:
        branches.append((scoring.is_empty(r.identifier for r in sheet.responses), [_say(names.unanswered)]))
    branches.append((sheet.full, [_say(names.correct)]))
    if sheet.some != sheet.full:
        branches.append((sheet.some, [_say(names.partial)]))
    sheet.outcomes.setdefault(VERDICT)
    sheet.remark_rules.append(scoring.when(branches, [_say(names.incorrect)]))
    for name, text in texts.items():
        sheet.remark(VERDICT, getattr(names, name), text, f"/feedback/{name}")


def _say(name: str) -> Rule:
    return scoring.put(VERDICT, scoring.base("identifier", name))
