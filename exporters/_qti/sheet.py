"""An item while it is put together: what is declared, how it is scored, what is said afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct

from qbank.formats import qti
from qbank.model import Question, Text

from . import scoring
from .dialect import Dialect
from .losses import Losses
from .page import Page
from .presets import Preset
from .prose import Prose
from .scoring import Expression, Rule

RESPONSE = "RESPONSE"
Template: TypeAlias = Literal["match_correct", "map_response"]
Cardinality: TypeAlias = Literal["single", "multiple", "ordered"]
DEPTH = 1
"""Where the parts of an item stand."""


class Entry(Struct, frozen=True, gc=False):
    """One line of a mapping; `value` is a number as QTI writes it."""

    key: str
    value: str
    case_sensitive: bool | None = None


class Response(Struct, frozen=True, cache_hash=True, gc=False):
    """A `responseDeclaration`."""

    identifier: str
    cardinality: Cardinality
    base_type: str
    correct: tuple[str, ...] = ()
    mapping: tuple[Entry, ...] = ()
    lowest: str | None = None
    highest: str | None = None


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
    dialect: Dialect
    preset: Preset
    body: Page
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
    hints: list[tuple[Expression, Rule]] = field(default_factory=list)
    """Whether a hint is asked for, and what shows it."""

    def loss(self, code: str, message: str, pointer: str = "", hint: str = "") -> None:
        """Record a loss of this question."""
        self.losses.add(code, self.question, message, pointer, hint)

    @property
    def only_templates(self) -> bool:
        """Whether nothing but a standard template may score it."""
        return self.preset.templates == "only"

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
        self.some = some or SOMETHING
        self.template = template

    def scored_exactly(self, response: str) -> None:
        """Say that the correct response earns all the points and any other none."""
        right = scoring.is_correct(response)
        rules = [scoring.when([(right, [scoring.score(self.points)])])]
        self.scored_by(rules, full=right, some=right, template="match_correct" if self.points == 1 else None)

    def scored_by_mapping(self, *, full: Expression | None, some: Expression | None = None) -> None:
        """Say that the mapping of RESPONSE gives the points."""
        self.scored_by(MAPPED, full=full, some=some, template="map_response")

    def remark(self, outcome: str, identifier: str, text: Text, pointer: str) -> None:
        """Say something when an outcome has a value."""
        self.outcomes.setdefault(outcome)
        self.remarks.append(Remark(outcome, identifier, text, pointer))


SOMETHING = scoring.more_than(scoring.SCORE, Fraction(0))
MAPPED = (scoring.answered(RESPONSE, [scoring.put(scoring.SCORE, scoring.mapped(RESPONSE))]),)


@lru_cache(maxsize=256)
def response_page(response: Response, kebab: bool) -> Page:
    """A `responseDeclaration`."""
    page = Page(DEPTH, kebab=kebab)
    page.open(
        "responseDeclaration",
        identifier=response.identifier,
        cardinality=response.cardinality,
        baseType=response.base_type,
    )
    if response.correct:
        page.open("correctResponse")
        for value in response.correct:
            page.leaf("value", value)
        page.close()
    if response.mapping:
        bounds = {"lowerBound": response.lowest, "upperBound": response.highest}
        page.open("mapping", defaultValue="0", **{name: bound for name, bound in bounds.items() if bound is not None})
        for entry in response.mapping:
            sense = entry.case_sensitive
            case = {} if sense is None else {"caseSensitive": "true" if sense else "false"}
            page.record("mapEntry", mapKey=page.clean(entry.key), mappedValue=entry.value, **case)
        page.close()
    page.close()
    return page


@lru_cache(maxsize=256)
def outcomes_page(points: str | None, outcomes: tuple[str, ...], *, lowest: bool, external: bool, kebab: bool) -> Page:
    """The `outcomeDeclaration`s: SCORE and MAXSCORE where something is answered, and what feedback hangs on."""
    page = Page(DEPTH, kebab=kebab)
    if points is not None:
        human = {"externalScored": "human"} if external else {}
        worth = [("SCORE", "0", {"normalMaximum": points, **human}), ("MAXSCORE", points, {})]
        if lowest:
            worth.append(("MINSCORE", "0", {}))
        for name, value, more in worth:
            page.open("outcomeDeclaration", identifier=name, cardinality="single", baseType="float", **more)
            page.open("defaultValue")
            page.leaf("value", value)
            page.close()
            page.close()
    for name in outcomes:
        page.leaf("outcomeDeclaration", identifier=name, cardinality="single", baseType="identifier")
    return page


def entry(key: str, value: Fraction, case_sensitive: bool | None = None) -> Entry:
    """A line of a mapping that gives so many points."""
    return Entry(key, qti.number(value), case_sensitive)
