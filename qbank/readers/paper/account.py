"""The account of a document: what became of every one of its characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

Role: TypeAlias = Literal[
    "question", "option", "answer", "explanation", "heading", "key", "material", "furniture", "unclaimed"
]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of the document, `start` to `end` (exclusive), and what it was taken for."""

    start: int
    end: int
    role: Role
    question: str = ""
    """The id of the question it belongs to; empty when it belongs to none."""
    reason: str = ""


@dataclass(slots=True)
class Account:
    """One document: its text and claims that cover it exactly once, in order."""

    document: str
    text: str
    claims: list[Claim] = field(default_factory=list)
    title: str = ""

    def coverage(self) -> dict[Role, int]:
        """How many characters other than white space each role has."""
        counts: dict[Role, int] = dict.fromkeys(ROLES, 0)
        for claim in self.claims:
            counts[claim.role] += len("".join(self.text[claim.start : claim.end].split()))
        return counts

    @property
    def covered(self) -> float:
        """The share of the characters other than white space that something was made of, 0 to 1."""
        counts = self.coverage()
        total = sum(counts.values())
        return 1.0 if not total else 1 - counts["unclaimed"] / total

    def to_json(self) -> dict[str, Any]:
        """Plain data: the text, the claims, and the figures."""
        return {
            "document": self.document,
            "title": self.title,
            "characters": len(self.text),
            "covered": round(self.covered, 4),
            "coverage": self.coverage(),
            "text": self.text,
            "claims": [
                {"start": c.start, "end": c.end, "role": c.role, "question": c.question, "reason": c.reason}
                for c in self.claims
            ],
        }


def settle(length: int, claims: Iterable[Claim]) -> list[Claim]:
    """Claims that cover `0..length` exactly once: the first claimant keeps a character, gaps are unclaimed."""
    ranked = [
        (max(0, c.start), rank, min(length, c.end), c)
        for rank, c in enumerate(claims)
        if max(0, c.start) < min(length, c.end)
    ]
    ranked.sort(key=lambda r: (r[0], r[1]))
    edges = sorted({edge for start, _, end, _ in ranked for edge in (start, end)})
    taken: list[tuple[int, int, Claim]] = []
    active: list[tuple[int, int, Claim]] = []
    at = 0
    for start, end in pairwise(edges):
        while at < len(ranked) and ranked[at][0] == start:
            _, rank, stop, claim = ranked[at]
            heappush(active, (rank, stop, claim))
            at += 1
        while active and active[0][1] <= start:
            heappop(active)
        if active:
            owner = active[0][2]
            if taken and taken[-1][2] is owner and taken[-1][1] == start:
                taken[-1] = (taken[-1][0], end, owner)
            else:
                taken.append((start, end, owner))
    return _merged(length, taken)


_UNCLAIMED = Claim(0, 0, "unclaimed")


def _merged(length: int, taken: list[tuple[int, int, Claim]]) -> list[Claim]:
    """The gaps filled, and neighbours of one owner joined."""
    filled: list[tuple[int, int, Claim]] = []
    at = 0
    for start, end, owner in taken:
        if start > at:
            filled.append((at, start, _UNCLAIMED))
        filled.append((start, end, owner))
        at = end
    if at < length:
        filled.append((at, length, _UNCLAIMED))
    out: list[Claim] = []
    i = 0
    while i < len(filled):
        start, end, owner = filled[i]
        i += 1
        while i < len(filled) and _alike(filled[i][2], owner):
            end = filled[i][1]
            i += 1
        out.append(Claim(start, end, owner.role, owner.question, owner.reason))
    return out


def _alike(a: Claim, b: Claim) -> bool:
    return a is b or (a.role == b.role and a.question == b.question and a.reason == b.reason)
