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
    sheet.body.leaf(
        "extendedTextInteraction",
        responseIdentifier=RESPONSE,
        expectedLines=str(question.lines or LINES[question.style]),
        format=FORMATS[question.response],
        **_words(question, sheet),
        # lines that are as many as usual are told from none by a class
        **{"class": f"essay-{question.style}{' essay-lines' if question.lines == LINES[question.style] else ''}"},
    )
    for number in range(1, question.attachments + 1):
        sheet.responses.append(Response(f"FILE{number}", "single", "file"))
        sheet.body.leaf("uploadInteraction", responseIdentifier=f"FILE{number}")
    if question.answer is not None:
        sheet.prose.scorer_block(
            sheet.body, "model-answer", lambda: sheet.prose.blocks(sheet.body, question.answer or "", "/answer")
        )
    if question.rubric:
        sheet.prose.scorer_block(sheet.body, "rubric", lambda: _rubric(question, sheet))


def _words(question: Essay, sheet: Sheet) -> dict[str, str]:
    """The limits of words as a pattern that the text must match; reported where there can be none."""
    limits = {"min_words": question.min_words or None, "max_words": question.max_words}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if question.min_words == 0:
        sheet.loss("X208", "a limit of 0 words says nothing and is not written", "/min_words")
    if not given:
        return {}
    if question.response == "rich":
        message = "formatted text cannot be counted in QTI: the limit of {} words is not kept"
        kept: dict[str, str] = {}
    elif question.max_words is not None and (question.min_words or 0) > question.max_words:
        message = "no text has so few words and so many: the limit of {} is not kept"
        kept = {}
    elif sheet.preset.tao_words:
        message = "TAO's editor has no such limit: {} words are not asked for"
        kept = {}
        if question.max_words is not None:
            kept["patternMask"] = qti.tao_word_mask(given.pop("max_words"))
    else:
        message = ""
        kept = {"patternMask": qti.word_mask(question.min_words or 0, question.max_words, sheet.language)}
        given.clear()
    for name, limit in given.items():
        sheet.loss("X208", message.format(limit), f"/{name}")
    return kept


def _rubric(question: Essay, sheet: Sheet) -> None:
    page = sheet.body
    page.open("ul")
    for i, criterion in enumerate(question.rubric):
        page.mixed("li")
        sheet.prose.flow(page, criterion.text, f"/rubric/{i}/text")
        if criterion.points is not None:
            page.text(" ")
            page.leaf("strong", qti.number(criterion.points), **{"class": "points"})
        page.close()
    page.close()
