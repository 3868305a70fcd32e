"""The parts of a question as stretches of the text, and what was found in the text before any was made."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from fractions import Fraction

from qbank.readers.paper.account import Role
from qbank.readers.paper.fields import Field
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.options import Label, Run
from qbank.readers.paper.pairing import Columns
from qbank.readers.paper.sections import Section
from qbank.readers.paper.view import View
from qbank.readers.paper.words import PaperKind


@dataclass(slots=True)
class Choice:
    """An option: its label as printed, where its text stands, whether typography marks it."""

    label: str
    index: int
    start: int
    end: int
    marked: str = ""


@dataclass(slots=True)
class Item:
    """A question in a view, by positions; text is cut out of the view when it is built."""

    start: int
    end: int
    section: Section
    mark: Mark | None = None
    stem: list[tuple[int, int]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    tag: PaperKind | None = None
    points: Fraction | None = None
    raw: str | None = None
    """The answer as written."""
    raw_span: tuple[int, int] | None = None
    origin: str = ""
    """Where the answer came from: label, bracket, before, typography, alone, key, text."""
    rival: str | None = None
    explanation: list[tuple[int, int]] = field(default_factory=list)
    difficulty: str = ""
    knowledge: str = ""
    claims: list[tuple[int, int, Role, str]] = field(default_factory=list)
    doubts: list[tuple[float, str]] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    group: Group | None = None
    labelled: bool = True
    """Whether its options carry letters."""
    model: bool = False
    """Whether the answer is prose that was taken for a model answer."""
    hints: dict[str, bool] = field(default_factory=dict)
    prompt: tuple[int, int] | None = None
    """A line such as "select one:" between stem and options."""
    head: int = 0
    """Where the heading ends that is the question, with the code it asks about; 0 for any other question."""
    columns: Columns | None = None
    """Two lists to be matched."""
    path: tuple[int, str, str] | None = None
    """Number, letter and numeral of a part of a structured question: `2(b)(i)`."""
    unlabelled: tuple[int, int] | None = None
    """Where options without letters stand, when a prompt announces them."""

    @property
    def value(self) -> int | None:
        """Its number."""
        return self.mark.value if self.mark is not None else None

    def doubt(self, weight: float, reason: str) -> None:
        """Lower the confidence by `weight` because of `reason`."""
        self.doubts.append((weight, reason))


@dataclass(slots=True)
class Group:
    """Shared material, and the kind of section it stands in."""

    start: int
    end: int
    case: bool
    number: str | None = None
    value: int | None = None
    """The number of the whole, where its parts are numbered by themselves."""
    family: str = "plain"
    points: Fraction | None = None
    """What the whole is worth."""
    size: int = 0
    """How many numbered parts share it."""


@dataclass(slots=True)
class Sources:
    """What was found in a view before any question was made of it."""

    view: View
    fields: list[Field]
    runs: list[Run]
    labels: list[Label]
    parts: list[Run] = field(default_factory=list)
    """Letters (a), (b) ... of parts that ask."""
    columns: list[Columns] = field(default_factory=list)
    """Two lists to be matched, each pair of them a question."""
    field_starts: list[int] = field(default_factory=list)
    run_starts: list[int] = field(default_factory=list)
    label_starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.field_starts = [f.start for f in self.fields]
        self.run_starts = [r.start for r in self.runs]
        self.label_starts = [x.start for x in self.labels]

    def fields_in(self, start: int, end: int) -> list[Field]:
        """The labelled parts that begin in a stretch."""
        return self.fields[bisect_left(self.field_starts, start) : bisect_left(self.field_starts, end)]

    def runs_in(self, start: int, end: int) -> list[Run]:
        """The option runs that begin in a stretch."""
        return self.runs[bisect_left(self.run_starts, start) : bisect_left(self.run_starts, end)]

    def labels_in(self, start: int, end: int) -> list[Label]:
        """The candidate labels in a stretch."""
        return self.labels[bisect_left(self.label_starts, start) : bisect_left(self.label_starts, end)]
