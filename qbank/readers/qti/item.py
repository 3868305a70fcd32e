"""An item while it is read: what every kind of question needs, and the findings about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt, lcm
from typing import Any

from qbank.formats.qti import name_of
from qbank.model import ZERO, Choice, Text
from qbank.readers.qti.declarations import Declarations, Response, Value
from qbank.readers.qti.marking import Marker, Trial
from qbank.readers.qti.nodes import line
from qbank.readers.qti.prose import Prose
from qbank.readers.qti.remarks import Explained, Remarks
from qbank.reading import Context

ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_EXACT = 10**6
_HALF = Fraction(51, 10**14)
"""Half of the last of twelve places, and a little."""
MOST_SHARES = 100


@dataclass(slots=True)
class Item:
    """An item under way."""

    root: Any
    body: Any
    place: str
    """Its file, as findings name it."""
    name: str
    """Its identifier, as findings name it."""
    declared: Declarations
    marker: Marker
    prose: Prose
    remarks: Remarks
    ctx: Context
    others: Mapping[str, Value] = field(default_factory=dict)
    """The responses of its other interactions while one is tried."""
    drafted: bool = False
    """Whether the question is to be looked at before it is used."""
    said: set[tuple[str, str]] = field(default_factory=set)

    def problem(self, code: str, message: str, element: Any | None = None, at: int = 0) -> None:
        """Record a finding about the item, at an element or a line of its file."""
        if (code, message) in self.said:
            return
        self.said.add((code, message))
        where = line(element) if element is not None else at or line(self.root)
        self.ctx.problem(code, f"{self.name}: {message}", self.place, where)

    def response(self, interaction: Any) -> Response:
        """The declaration of an interaction's response; an empty one where the item lacks it."""
        name = (interaction.get("responseIdentifier") or "").strip()
        found = self.declared.responses.get(name)
        if found is None:
            self.problem("R047", f"the response {name or 'of an interaction'!r} is not declared", interaction)
            return Response(name, "single", "identifier", line=line(interaction))
        return found

    def trial(self, response: Response) -> Trial:
        """Responses to one interaction, tried while the others stay as they are."""
        return Trial(self.marker, response, self.others)

    def unread_scoring(self, message: str, element: Any | None = None) -> None:
        """Say that the marking is not exactly kept, and what of it could not be computed."""
        trouble = self.marker.trouble
        if trouble:
            what, at = next(iter(trouble.items()))
            self.problem("R043", f"{message}; {what} in its response processing is not computed", at=at)
        else:
            processing = next((p for p in self.root if p.tag == "responseProcessing"), element)
            self.problem("R043", message, processing)


@dataclass(slots=True)
class Part:
    """A question that was made of an interaction, without what all questions have."""

    make: Any
    """The class of the question."""
    fields: dict[str, Any]
    explained: Explained = field(default_factory=Explained)
    best: Fraction | None = None
    """What the right response scores; None where nothing marks it."""


def new_ids(identifiers: Iterable[str], letter: str = "c") -> dict[str, str]:
    """An id of the bank for each identifier: itself where it is one, else a letter and its number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for i, identifier in enumerate(identifiers):
        wanted = name_of(identifier)
        if not ID.match(wanted) or wanted in taken:
            wanted = f"{letter}{i + 1}"
            while wanted in taken:
                wanted += "x"
        taken.add(wanted)
        found.setdefault(identifier, wanted)
    return found


def pair_ids(lefts: Sequence[Any], rights: Sequence[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Ids for both sides of a match; the `p.` and `c.` that our writer sets where both have a name come off."""
    left, right = ([e.get("identifier") for e in side if e.get("identifier")] for side in (lefts, rights))
    sides = (("p.", left), ("c.", right))
    if all(name.startswith(sign) and ID.match(name[2:]) for sign, names in sides for name in names):
        return {name: name[2:] for name in left}, {name: name[2:] for name in right}
    return new_ids(left, "p"), new_ids(right, "c")


def tidy(value: Fraction, off: Fraction = _HALF) -> Fraction:
    """A number without what rounding to twelve places did to it: 0.333333333333 is a third.

    `off` is how far rounding may have moved it. Only a fraction is taken that
    is simple enough not to lie so near by chance.
    """
    if value.denominator <= _EXACT or abs(value) < Fraction(1, _EXACT):
        return value
    near = value.limit_denominator(min(10**5, isqrt(int(1 / (20 * off)))))
    return near if abs(near - value) <= off else value


def off_by(best: Fraction | None) -> Fraction:
    """How far the rounding of two scores may have moved the share that one is of the best one."""
    return 2 * _HALF / best if best else _HALF


def shares(worths: Iterable[Fraction]) -> tuple[tuple[int, ...], bool]:
    """Whole numbers in proportion to what gaps are worth, and whether they are exact."""
    found = [max(ZERO, worth) for worth in worths]
    total = sum(found, ZERO)
    if not total or any(not worth for worth in found):
        return (1,) * len(found), len(set(found)) <= 1
    least = min(found)
    ratios = [tidy(worth / least, 200 * _HALF / least) for worth in found]
    scale = lcm(*(ratio.denominator for ratio in ratios))
    parts = [int(ratio * scale) for ratio in ratios]
    if max(parts) <= MOST_SHARES:
        return tuple(parts), True
    whole = [max(1, round(float(worth / max(found)) * MOST_SHARES)) for worth in found]
    return tuple(whole), False


def choice(identifier: str, ids: Mapping[str, str], text: Text, element: Any, feedback: Text | None = None) -> Choice:
    """A choice of the bank from an element."""
    fixed = (element.get("fixed") or "").strip() in ("true", "1")
    return Choice(id=ids[identifier], text=text, feedback=feedback, fixed=fixed)
