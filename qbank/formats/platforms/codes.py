"""The words of Brightspace's and Blackboard's text files, for writing and for reading."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from qbank.formats import celltext
from qbank.model import ZERO, Kind

BRIGHTSPACE: dict[Kind, str] = {
    "single_choice": "MC",
    "multiple_choice": "MS",
    "true_false": "TF",
    "short_answer": "SA",
    "matching": "M",
    "ordering": "O",
    "essay": "WR",
}
BLACKBOARD = frozenset(
    {
        "MC",
        "MA",
        "TF",
        "ESS",
        "ORD",
        "MAT",
        "FIB",
        "FIB_PLUS",
        "FIL",
        "NUM",
        "SR",
        "OP",
        "JUMBLED_SENTENCE",
        "QUIZ_BOWL",
    }
)
"""Every type that Blackboard names; the last six have nothing to mark, or no kind of ours."""
VARIABLE = re.compile(r"\[([A-Za-z0-9_]{1,40})\]")
"""A gap in the text of a FIB_PLUS question."""


@lru_cache(maxsize=1024)
def percent(share: Fraction) -> str:
    """A share as the percentage that is written for it, to five places where it has more."""
    value = share * 100
    shown = celltext.number(value)
    if "/" not in shown and len(shown.partition(".")[2]) <= 5:
        return shown
    return f"{float(value):.5f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1024)
def share(text: str) -> Fraction | None:
    """The share that a percentage stands for; None for what is none."""
    value = celltext.fraction(text.strip().removesuffix("%").strip())
    if value is None:
        return None
    for parts in (3, 6, 7, 9, 11):
        for whole in range(1, parts):
            exact = Fraction(whole, parts)
            if exact.denominator == parts and abs(value / 100 - exact) <= Fraction(1, 10**7):
                return exact
    return max(ZERO, value / 100)
