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

    def line_of(self, offset: int) -> int:
        """The line an offset lies on, from 1."""
        return self.text.count("\n", 0, offset) + 1

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
    taken: list[Claim] = []
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
            taken.append(Claim(start, end, owner.role, owner.question, owner.reason))
    return _merged(length, taken)


def _merged(length: int, taken: list[Claim]) -> list[Claim]:
    """The gaps filled, and neighbours of one owner joined."""
    out: list[Claim] = []

    def push(claim: Claim) -> None:
        last = out[-1] if out else None
        if last and (last.role, last.question, last.reason) == (claim.role, claim.question, claim.reason):
            out[-1] = Claim(last.start, claim.end, claim.role, claim.question, claim.reason)
        else:
            out.append(claim)

    at = 0
    for claim in taken:
        if claim.start > at:
            push(Claim(at, claim.start, "unclaimed"))
        push(claim)
        at = claim.end
    if at < length:
        push(Claim(at, length, "unclaimed"))
    return out
