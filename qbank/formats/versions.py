"""Versions A, B, C of one paper: the same questions in another order, their choices too, from a seed.

A version is a pure function of the seed, its letter and the ids, so the paper
and its answer key, made on different days from the same bank, belong together.
The place of a question depends on its own id alone: adding one leaves the
others in their relative order. Nothing here is random.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

import msgspec

from qbank import richtext
from qbank.diagnostics import QbankError
from qbank.model import (
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Group,
    Item,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    SingleChoice,
)

Mixing: TypeAlias = Literal["marked", "all", "none"]
"""Which choices change places: of questions that say `shuffle`, of all questions, of none."""
Part = TypeVar("Part", Choice, Item)
Anything = TypeVar("Anything")

MOST = 26
_REFERRING = re.compile(
    r"以上|上述|前述|都(?:对|错|是|不)|均(?:正确|错误|可|不)|\b(?:all|none|both|neither|any) of the\b|\b(?:above|below)\b"
    r"|^\W*[A-H](?:\s*(?:[、,，和与及+]|and|or|&)\s*[A-H])+\W*$|^\W*[①-⑩]+\W*$",
    re.IGNORECASE,
)
"""A choice that speaks of other choices by their place."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many versions, and how they are mixed; without a seed there is one, in the bank's own order."""

    count: int = 1
    seed: str | None = None
    choices: Mixing = "marked"
    only: str = ""
    """The letter of the only version wanted."""

    @property
    def names(self) -> tuple[str, ...]:
        """A, B, C; one empty name for the bank's own order."""
        if self.seed is None:
            return ("",)
        return (self.only,) if self.only else tuple(chr(65 + i) for i in range(self.count))


OPTIONS: dict[str, str] = {
    "versions": "How many mixed versions (A, B, C ...), 1 to 26; without it and without a seed the order is the bank's.",
    "seed": "What the versions are mixed by; the same seed gives the same versions (default: 1).",
    "version": "The letter of the only version to write (default: all of them).",
    "choices": "Whose choices change places in versions: marked (questions with shuffle), all or none "
    "(default: marked). Choices that are fixed, or speak of others, stay.",
}
"""The options that papers and their keys share."""


def plan(options: Mapping[str, str]) -> Plan:
    """The plan that options describe. Raises `QbankError` for a value there is not."""
    count, seed, only = options.get("versions"), options.get("seed"), options.get("version", "").strip().upper()
    mixing = options.get("choices", "marked")
    if count is not None and not (count.isascii() and count.isdigit() and 1 <= int(count) <= MOST):
        raise QbankError(f"option versions={count}: it is a number from 1 to {MOST}")
    if mixing not in ("marked", "all", "none"):
        raise QbankError(f"option choices={mixing}: it can be marked, all or none")
    if count is None and seed is None:
        if only:
            raise QbankError(f"option version={only}: there are no versions; say how many with versions")
        return Plan(choices=mixing)  # type: ignore[arg-type]  # one of the three
    made = Plan(int(count or 1), seed or "1", mixing)  # type: ignore[arg-type]  # one of the three
    if only and only not in made.names:
        raise QbankError(f"option version={only}: the versions are {', '.join(made.names)}")
    return replace(made, only=only)


def mixed(question: Question, plan: Plan, version: str) -> Question:
    """The question as the version has it: the same, its choices or items in another order."""
    if plan.seed is None:
        return question
    match question:
        case SingleChoice() | MultipleChoice():
            if not _moves(question.shuffle, plan):
                return question
            return msgspec.structs.replace(question, choices=_shuffled(question.choices, plan, version, question.id))
        case Matching():
            if not _moves(question.shuffle, plan):
                return question
            told = tuple((question.answer or {}).get(prompt.id, "") for prompt in question.prompts)
            return msgspec.structs.replace(
                question, choices=_shuffled(question.choices, plan, version, question.id, told)
            )
        case Ordering():
            if plan.choices == "none":
                return question
            items = _shuffled(question.items, plan, version, question.id, question.answer or ())
            return msgspec.structs.replace(question, items=items)
        case Cloze():
            blanks = tuple(_blank(blank, plan, version, question.id) for blank in question.blanks)
            return question if blanks == question.blanks else msgspec.structs.replace(question, blanks=blanks)
        case Group():
            parts = tuple(mixed(sub, plan, version) for sub in question.questions)
            return msgspec.structs.replace(question, questions=parts)
        case _:
            return question


def _moves(shuffle: bool, plan: Plan) -> bool:
    return plan.choices == "all" or (plan.choices == "marked" and shuffle)


def _blank(blank: Blank, plan: Plan, version: str, name: str) -> Blank:
    if not isinstance(blank, ChoiceBlank) or not _moves(blank.shuffle, plan):
        return blank
    return msgspec.structs.replace(blank, choices=_shuffled(blank.choices, plan, version, f"{name}/{blank.id}"))


def _shuffled(
    parts: tuple[Part, ...], plan: Plan, version: str, name: str, telling: Sequence[str] = ()
) -> tuple[Part, ...]:
    """The parts in another order, but fixed ones in their places; not in the order `telling`, which is the answer."""
    free = [i for i, part in enumerate(parts) if not _stays(part)]
    drawn: list[int] = sorted(free, key=lambda i: _digest(plan, version, f"{name}\0{parts[i].id}"))
    found = _placed(parts, free, drawn)
    if telling and len(free) > 1 and tuple(part.id for part in found)[: len(telling)] == tuple(telling):
        found = _placed(parts, free, [*drawn[1:], drawn[0]])
    return found


def _placed(parts: tuple[Part, ...], places: Sequence[int], drawn: Sequence[int]) -> tuple[Part, ...]:
    """The parts with those drawn put into the places, one after the other."""
    found = list(parts)
    for place, i in zip(places, drawn, strict=True):
        found[place] = parts[i]
    return tuple(found)


def _stays(part: Choice | Item) -> bool:
    if isinstance(part, Item):
        return False
    return part.fixed or _REFERRING.search(richtext.plain(part.text)) is not None


def _digest(plan: Plan, version: str, name: str) -> bytes:
    return hashlib.sha256(f"{plan.seed}\0{version}\0{name}".encode()).digest()


def in_order(found: Sequence[tuple[str, Anything]], plan: Plan, version: str) -> list[Anything]:
    """Things by the ids of their questions in the version's order; in their own where nothing is mixed."""
    if plan.seed is None:
        return [thing for _, thing in found]
    return [thing for _, thing in sorted(found, key=lambda pair: _digest(plan, version, pair[0]))]
