"""What a platform wants of a QTI package beyond the standard: a preset is a few switches, never a dialect of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from qbank.model import Kind

Templates: TypeAlias = Literal["both", "only", "match_correct"]
"""Which standard response processing may be named: `match_correct` and `map_response`, these and nothing else, or the
first alone."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The values of the outcome FEEDBACK that say how good a response was."""

    correct: str = "correct"
    partial: str = "partial"
    incorrect: str = "incorrect"
    unanswered: str | None = None
    """Where it has a value, FEEDBACK is set even if nothing is said."""
    answered: str | None = None
    """The value for what a person marks."""


@dataclass(frozen=True, slots=True)
class Preset:
    """The switches of a platform."""

    name: str
    platform: str
    about: str
    templates: Templates = "both"
    verdicts: Verdicts = Verdicts()
    hints: bool = True
    lowest: bool = False
    """Whether MINSCORE stands beside MAXSCORE."""
    doubtful: frozenset[Kind] = frozenset()
    """Kinds that the platform's help does not list among those it imports."""
    plain_gaps: bool = False
    """Whether the choice of a gap is text only, whatever the version allows."""
    tao_words: bool = False
    """Whether a limit of words is written as TAO's own field for it reads it."""


STANDARD = Preset("standard", "QTI", "what the specification says, in the forms that all tested players compute alike")
TAO = Preset(
    "tao",
    "TAO",
    "a limit of words as its editor writes it, lists in gaps without markup",
    plain_gaps=True,
    tao_words=True,
)
OPENOLAT = Preset("openolat", "OpenOlat", "also the lowest score of each item, which its editor shows", lowest=True)
INSPERA = Preset(
    "inspera",
    "Inspera",
    "match_correct or written-out processing that sets FEEDBACK to Inspera's four values; no hints",
    templates="match_correct",
    verdicts=Verdicts(
        "feedback_correct", "feedback_partially_correct", "feedback_wrong", "feedback_unanswered", "feedback_answered"
    ),
    hints=False,
)
BLACKBOARD = Preset(
    "blackboard",
    "Blackboard",
    "standard response processing only, since questions with any other are skipped; no feedback, no hints",
    templates="only",
    hints=False,
    doubtful=frozenset({"numeric", "cloze", "matching", "ordering", "information"}),
)
