"""An item while it is put together: what is declared, how it is scored, what is said afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from qbank.formats import qti
from qbank.model import Question, Text

from . import scoring
from .losses import Losses
from .prose import Prose
from .scoring import Expression, Rule
from .tree import Tree

RESPONSE = "RESPONSE"
Template: TypeAlias = Literal["match_correct", "map_response"]
Cardinality: TypeAlias = Literal["single", "multiple", "ordered"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a mapping."""

    key: str
    value: Fraction
    case_sensitive: bool | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A `responseDeclaration`."""

    identifier: str
    cardinality: Cardinality
    base_type: str
    correct: tuple[str, ...] = ()
    mapping: tuple[Entry, ...] = ()
    lowest: Fraction | None = None
    highest: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """A `modalFeedback`: shown when its outcome has its identifier."""

    outcome: str
    identifier: str
    text: Text
    pointer: str


@dataclass(slots=True)
class Sheet:
    """One item; the interactions write into `body` and fill in the rest."""

    question: Question
    points: Fraction
    tree: Tree
    body: Any
    prose: Prose
    losses: Losses
    language: str | None
    responses: list[Response] = field(default_factory=list)
    template: Template | None = None
    """The standard template that scores it, where one does."""
    rules: list[Rule] = field(default_factory=list)
    """The same scoring written out."""
    full: Expression | None = None
    """Whether the response earns everything; None where no machine can tell."""
    some: Expression | None = None
    """Whether it earns something."""
    outcomes: dict[str, None] = field(default_factory=dict)
    remark_rules: list[Rule] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def loss(self, code: str, message: str, pointer: str = "", hint: str = "") -> None:
        """Record a loss of this question."""
        self.losses.add(code, self.question, message, pointer, hint)

    def node(self, parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
        """A new element; see `Tree.add`."""
        return self.tree.add(parent, name, text, **attributes)

    def scored_by(
        self,
        rules: Sequence[Rule],
        *,
        full: Expression | None,
        some: Expression | None = None,
        template: Template | None = None,
    ) -> None:
        """Say how SCORE comes about; `full` and `some` as in the fields."""
        self.rules = list(rules)
        self.full = full
        self.some = some or scoring.more_than(scoring.SCORE, Fraction(0))
        self.template = template

    def scored_exactly(self, response: str) -> None:
        """Say that the correct response earns all the points and any other none."""
        right = scoring.is_correct(response)
        rules = [scoring.when([(right, [scoring.score(self.points)])])]
        self.scored_by(rules, full=right, some=right, template="match_correct" if self.points == 1 else None)

    def remark(self, outcome: str, identifier: str, text: Text, pointer: str) -> None:
        """Say something when an outcome has a value."""
        self.outcomes.setdefault(outcome)
        self.remarks.append(Remark(outcome, identifier, text, pointer))


def write_response(tree: Tree, parent: Any, response: Response) -> None:
    """Write a `responseDeclaration`."""
    made = tree.add(
        parent,
        "responseDeclaration",
        identifier=response.identifier,
        cardinality=response.cardinality,
        baseType=response.base_type,
    )
    if response.correct:
        correct = tree.add(made, "correctResponse")
        for value in response.correct:
            tree.add(correct, "value", value)
    if response.mapping:
        bounds = {"lowerBound": response.lowest, "upperBound": response.highest}
        mapping = tree.add(
            made,
            "mapping",
            defaultValue="0",
            **{name: qti.number(bound) for name, bound in bounds.items() if bound is not None},
        )
        for entry in response.mapping:
            line = tree.add(mapping, "mapEntry", mapKey=entry.key, mappedValue=qti.number(entry.value))
            if entry.case_sensitive is not None:
                line.set("caseSensitive", "true" if entry.case_sensitive else "false")
