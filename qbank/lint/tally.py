"""Counts over a bank: what the rules about the whole of it need to know, in memory that does not grow with it.

Each question is one of a sort (its kind, document, points and so on). Of each
sort the tally keeps how many there are and the first few of them by name; two
tallies of parts of a bank add up to that of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

EXAMPLES = 5
"""How many questions of each sort are remembered by name."""


class Sort(NamedTuple):
    """What a question is, as far as the bank is counted; empty where it does not apply."""

    kind: str
    document: str = ""
    category: tuple[str, ...] = ()
    points: str = ""
    choices: int = 0
    key: int = -1
    """The position of the right choice of a single choice; 1 and 0 for true and false, and for an essay with a model answer or none."""
    longest: bool = False
    """Whether the right choice alone is the longest."""
    all_right: bool = False
    """Whether every choice of a multiple choice is right."""
    speaks: str = ""
    """The language the stem is written in, where that is not what the bank says."""
    negation: str = ""
    """Of a choice question that asks for what is not so: whether its negation is "marked" or "plain"."""


class Example(NamedTuple):
    """A question by its pointer and its id."""

    pointer: str
    question: str


@dataclass(slots=True)
class Tally:
    """How many questions there are of each sort, in the order in which the sorts were met."""

    counts: dict[Sort, int] = field(default_factory=dict)
    examples: dict[Sort, list[Example]] = field(default_factory=dict)

    def add(self, sort: Sort, pointer: str, question: str) -> None:
        """Count one question."""
        count = self.counts.get(sort, 0)
        self.counts[sort] = count + 1
        if count < EXAMPLES:
            self.examples.setdefault(sort, []).append(Example(pointer, question))

    def merge(self, rows: Iterable[tuple[Any, int, list[tuple[str, str]]]], index: int) -> None:
        """Count what another tally counted of a part of the bank that begins with the question `index`."""
        for row, count, examples in rows:
            sort = row if isinstance(row, Sort) else Sort._make([*row[:2], tuple(row[2]), *row[3:]])
            self.counts[sort] = self.counts.get(sort, 0) + count
            known = self.examples.setdefault(sort, [])
            for pointer, question in examples[: EXAMPLES - len(known)]:
                known.append(Example(moved(pointer, index), question))

    def rows(self) -> list[tuple[Sort, int, list[Example]]]:
        """Everything, as `merge` takes it."""
        return [(sort, count, self.examples[sort]) for sort, count in self.counts.items()]

    def where(self, **wanted: object) -> Iterator[tuple[Sort, int]]:
        """The sorts with these properties, and how many of each there are."""
        for sort, count in self.counts.items():
            if all(getattr(sort, name) == value for name, value in wanted.items()):
                yield sort, count

    def clear(self) -> None:
        """Begin anew."""
        self.counts.clear()
        self.examples.clear()


def moved(pointer: str, index: int) -> str:
    """A pointer into a part of a bank as one into the bank; `index` is that of the part's first question."""
    parts = pointer.split("/", 3)
    if parts[1:2] != ["questions"] or len(parts) < 3:
        return pointer
    parts[2] = str(int(parts[2]) + index)
    return "/".join(parts)
