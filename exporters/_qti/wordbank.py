"""A cloze whose gaps all draw on one list of words, as a `gapMatchInteraction`; and how any text with gaps is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qbank.formats import qti
from qbank.model import ChoiceBlank, Cloze

from . import scoring
from .page import Page
from .sheet import RESPONSE, Response, Sheet, entry

FEWEST = 3
"""Gaps from which on a list of words is shown once instead of in every gap."""
Write = Callable[[Page], None]


def is_word_bank(question: Cloze) -> bool:
    """Whether all gaps offer the same choices, each is right in one gap at most, and none has feedback or a weight."""
    first = question.blanks[0]
    if len(question.blanks) < FEWEST or not isinstance(first, ChoiceBlank):
        return False
    answers = []
    for blank in question.blanks:
        if not isinstance(blank, ChoiceBlank) or blank.choices != first.choices or blank.shuffle != first.shuffle:
            return False
        answers.append(blank.answer)
    return (
        None not in answers
        and len(set(answers)) == len(answers)
        and all(choice.feedback is None and choice.weight is None for choice in first.choices)
    )


def word_bank(question: Cloze, sheet: Sheet) -> None:
    """Write the words once and the gaps in the text; any word may go into several gaps, as in the bank."""
    blanks = [blank for blank in question.blanks if isinstance(blank, ChoiceBlank)]
    words, gaps = qti.pair_identifiers((c.id for c in blanks[0].choices), (blank.id for blank in blanks))
    body = sheet.body
    shuffle = "true" if blanks[0].shuffle else "false"
    body.open("gapMatchInteraction", responseIdentifier=RESPONSE, shuffle=shuffle)
    for i, choice in enumerate(blanks[0].choices):
        more = {"fixed": "true"} if choice.fixed else {}
        sheet.prose.inline_choice(
            body,
            choice.text,
            f"/blanks/0/choices/{i}/text",
            "gapText",
            identifier=words[choice.id],
            matchMax="0",
            **more,
        )
    write_gapped(sheet, question, body, {name: _gap(gaps[name]) for name in gaps})
    body.close()
    parts = qti.apportion(sheet.points, [blank.share for blank in blanks])
    pairs = [f"{words[blank.answer or '']} {gaps[blank.id]}" for blank in blanks]
    mapping = tuple([entry(pair, part) for pair, part in zip(pairs, parts, strict=True)])
    bounds = ("0", qti.number(sheet.points))
    sheet.responses.append(Response(RESPONSE, "multiple", "directedPair", tuple(pairs), mapping, *bounds))
    sheet.scored_by_mapping(full=scoring.is_correct(RESPONSE))


def _gap(name: str) -> Write:
    return lambda page: page.leaf("gap", identifier=name)


def write_gapped(sheet: Sheet, question: Cloze, body: Page, gaps: Mapping[str, Write]) -> None:
    """Write the stem with each gap in its place, once; gaps that have none go to the end, which is reported."""
    missing = dict(gaps)

    def write(page: Page, name: str) -> bool:
        found = missing.pop(name, None)
        if found is not None:
            found(page)
        return found is not None

    sheet.prose.gap = write
    sheet.prose.blocks(body, question.stem, "/stem")
    for name in list(missing):
        place = next(i for i, blank in enumerate(question.blanks) if blank.id == name)
        sheet.loss("X305", f"the text has no gap {name!r}; it was put at the end", f"/blanks/{place}")
        body.mixed("p")
        write(body, name)
        body.close()
