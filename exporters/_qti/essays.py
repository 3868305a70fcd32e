"""Essays: a field to write in, files to hand in, and what the person who marks them reads."""

from __future__ import annotations

from qbank.formats import qti
from qbank.model import Essay

from .sheet import RESPONSE, Response, Sheet

FORMATS = {"rich": "xhtml", "plain": "plain", "monospaced": "preformatted"}
LINES = {"term": 3, "short": 8, "long": 20}


def essay(question: Essay, sheet: Sheet) -> None:
    """Write an `extendedTextInteraction`; the model answer and the rubric stand in blocks for the scorer."""
    sheet.responses.append(Response(RESPONSE, "single", "string"))
    # no expectedLength: some players cut the text off there
    sheet.node(
        sheet.body,
        "extendedTextInteraction",
        responseIdentifier=RESPONSE,
        expectedLines=str(question.lines or LINES[question.style]),
        format=FORMATS[question.response],
        **{"class": f"essay-{question.style}"},
    )
    for number in range(1, question.attachments + 1):
        sheet.responses.append(Response(f"FILE{number}", "single", "file"))
        sheet.node(sheet.body, "uploadInteraction", responseIdentifier=f"FILE{number}")
    _for_the_scorer(question, sheet)
    for name, limit in (("min_words", question.min_words), ("max_words", question.max_words)):
        if limit is not None:
            sheet.loss("X208", f"QTI counts no words: the limit of {limit} is not kept", f"/{name}")


def _for_the_scorer(question: Essay, sheet: Sheet) -> None:
    if question.answer is not None:
        block = sheet.node(sheet.body, "rubricBlock", view="scorer", **{"class": "model-answer"})
        sheet.prose.blocks(block, question.answer, "/answer")
    if not question.rubric:
        return
    block = sheet.node(sheet.body, "rubricBlock", view="scorer", **{"class": "rubric"})
    criteria = sheet.node(block, "ul")
    for i, criterion in enumerate(question.rubric):
        line = sheet.node(criteria, "li")
        sheet.prose.flow(line, criterion.text, f"/rubric/{i}/text")
        if criterion.points is not None:
            sheet.tree.write(line, " ")
            sheet.node(line, "strong", qti.number(criterion.points), **{"class": "points"})
