"""Sliders: a number picked on a line."""

from __future__ import annotations

from typing import Any

from qbank.model import Numeric
from qbank.readers.qti.entries import accepted_numbers
from qbank.readers.qti.item import Item, Part
from qbank.readers.qti.remarks import Candidate, share_of


def slider_question(item: Item, interaction: Any) -> Part:
    """A slider as a number to write; between which numbers it lies is not kept."""
    response = item.response(interaction)
    trial = item.trial(response)
    found = accepted_numbers(trial)
    low, high = interaction.get("lowerBound"), interaction.get("upperBound")
    item.problem("R048", f"a slider from {low} to {high} was read as a number to write", interaction)
    if not found.exact:
        item.unread_scoring("the marking of the slider is not one of the bank's; the nearest was taken", interaction)
    candidates = [
        Candidate(
            {**item.others, response.identifier: value},
            share_of(trial.earned(value), found.best),
            frozenset({f"{response.identifier} answer-{i + 1}"}),
        )
        for i, value in enumerate(found.tried)
    ]
    explained = item.remarks.explain(candidates)
    return Part(Numeric, {"answer": found.answers or None}, explained, found.best)
