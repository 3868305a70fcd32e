"""Hints as buttons: pressing one ends the attempt, and the processing then shows the hint instead of marking aloud."""

from __future__ import annotations

from qbank.formats import qti

from . import scoring
from .sheet import Response, Sheet


def add_hints(sheet: Sheet) -> None:
    """Write a button for each hint and the block it shows; X202 where the platform has none."""
    hints = sheet.question.hints
    if not hints:
        return
    if not sheet.preset.hints or not sheet.responses:
        for i in range(len(hints)):
            sheet.loss("X202", "there is no place for a hint here", f"/hints/{i}")
        return
    page = sheet.body
    page.mixed("p", **{"class": "hints"})
    for i in range(len(hints)):
        # it ends an attempt as handing in does: one player shows nothing after one that does not count
        page.leaf(
            "endAttemptInteraction",
            responseIdentifier=_button(i),
            title=f"{qti.hint_word(sheet.language)} {i + 1}",
            countAttempt="true",
        )
    page.close()
    for i, hint in enumerate(hints):
        outcome, name = f"HINT_SHOWN_{i + 1}", f"hint-{i + 1}"
        sheet.responses.append(Response(_button(i), "single", "boolean"))
        sheet.outcomes.setdefault(outcome)
        sheet.hints.append((scoring.variable(_button(i)), scoring.put(outcome, scoring.base("identifier", name))))
        shown = {"outcomeIdentifier": outcome, "identifier": name, "showHide": "show"}
        page.open("feedbackBlock", **shown)
        if sheet.dialect.content_body:
            page.open("contentBody")
            sheet.prose.blocks(page, hint, f"/hints/{i}")
            page.close()
        else:
            sheet.prose.blocks(page, hint, f"/hints/{i}")
        page.close()


def _button(index: int) -> str:
    return f"HINT_{index + 1}"
