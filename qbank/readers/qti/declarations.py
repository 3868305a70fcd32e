"""What an item declares: its responses with their keys and mappings, its outcomes and its template variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from qbank.readers.qti.nodes import child, children, line, words

Scalar: TypeAlias = "str | Fraction | bool | Pair"
_SPACES = re.compile(r"\s+")
_NUMBERS = frozenset({"float", "integer", "duration"})
_LARGEST = 60
"""Digits before or behind the point of a number that is still taken for one."""
_SHORT = 20
_MOST = 10**30
"""The largest number, and the largest denominator, that a bank holds."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair without direction: `A B` is `B A`."""

    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Bag:
    """Several values: `ordered` ones have places."""

    values: tuple[Scalar, ...]
    ordered: bool = False


Value: TypeAlias = "Scalar | Bag | None"
"""A value of response processing; None is NULL. Records are not kept."""


def scalar(base_type: str, text: str) -> Scalar | None:
    """A value of a base type from how it is written; None where it is none."""
    match base_type:
        case _ if base_type in _NUMBERS:
            return number(text)
        case "boolean":
            return {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())
        case "pair":
            parts = text.split()
            return Pair(*sorted(parts)) if len(parts) == 2 else None
        case "directedPair":
            parts = text.split()
            return " ".join(parts) if len(parts) == 2 else None
        case "identifier":
            return text.strip() or None
        case "string":
            return text or None
        case _:
            return _SPACES.sub(" ", text).strip() or None


def number(text: str) -> Fraction | None:
    """A number as an `xs:double`, exactly; a comma is taken for the point it stands for."""
    return _common(text) if len(text) <= _SHORT else _number(text)


@lru_cache(maxsize=1024)
def _common(text: str) -> Fraction | None:
    """A short number; the rules of an item compute with the same few again and again."""
    return _number(text)


def _number(text: str) -> Fraction | None:
    written = text.strip().replace("\u2212", "-")
    if written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    try:
        found = Decimal(written)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found.adjusted()) > _LARGEST or len(written) > 2 * _LARGEST:
        return None
    value = Fraction(found)
    return value if abs(value) <= _MOST and value.denominator <= _MOST else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a mapping."""

    key: Scalar
    written: str
    value: Fraction
    case_sensitive: bool
    told: bool
    """Whether the file itself says `caseSensitive`."""


@dataclass(frozen=True, slots=True)
class Response:
    """A `responseDeclaration`."""

    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[str, ...] = ()
    """The values of the `correctResponse` as written."""
    mapping: tuple[Entry, ...] = ()
    default: Fraction = Fraction(0)
    lowest: Fraction | None = None
    highest: Fraction | None = None
    has_mapping: bool = False
    line: int = 0

    def value(self, written: tuple[str, ...]) -> Value:
        """A response of this declaration from written values."""
        found = tuple(v for v in (scalar(self.base_type, text) for text in written) if v is not None)
        if not found:
            return None
        return found[0] if self.cardinality == "single" else Bag(found, self.cardinality == "ordered")

    @property
    def key(self) -> Value:
        """The `correctResponse`."""
        return self.value(self.correct)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An `outcomeDeclaration`; `maximum` is its `normalMaximum`."""

    identifier: str
    cardinality: str
    base_type: str
    default: Value = None
    maximum: Fraction | None = None
    external: bool = False
    table: Any | None = None
    """Its `matchTable` or `interpolationTable`."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything an item declares."""

    responses: Mapping[str, Response] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    templates: Mapping[str, Value] = field(default_factory=dict)

    @property
    def score(self) -> tuple[str, ...]:
        """The outcomes that make up the score: SCORE, else all that are called so and are no maximum."""
        if "SCORE" in self.outcomes:
            return ("SCORE",)
        return tuple(
            name
            for name, outcome in self.outcomes.items()
            if "SCORE" in name.upper() and not re.search("MAX|MIN", name.upper()) and outcome.base_type in _NUMBERS
        )


def declarations(item: Any) -> Declarations:
    """The declarations of an item."""
    responses: dict[str, Response] = {}
    outcomes: dict[str, Outcome] = {}
    templates: dict[str, Value] = {}
    for part in item:
        name = (part.get("identifier") or "").strip()
        match part.tag:
            case "responseDeclaration":
                responses[name] = _response(name, part)
            case "outcomeDeclaration":
                outcomes[name] = _outcome(name, part)
            case "templateDeclaration":
                templates[name] = _default(part)
    return Declarations(responses, outcomes, templates)


def _response(name: str, element: Any) -> Response:
    base_type = element.get("baseType") or ("identifier" if element.get("cardinality") != "record" else "")
    mapping = child(element, "mapping")
    entries: list[Entry] = []
    for entry in children(mapping, "mapEntry") if mapping is not None else ():
        written = entry.get("mapKey") or ""
        key, worth = scalar(base_type, written), number(entry.get("mappedValue") or "")
        if key is not None and worth is not None:
            sense = (entry.get("caseSensitive") or "").strip()
            entries.append(Entry(key, written, worth, sense in ("true", "1"), bool(sense)))
    return Response(
        identifier=name,
        cardinality=element.get("cardinality") or "single",
        base_type=base_type,
        correct=tuple(_values(child(element, "correctResponse"))),
        mapping=tuple(entries),
        default=_number_of(mapping, "defaultValue") or Fraction(0),
        lowest=_number_of(mapping, "lowerBound"),
        highest=_number_of(mapping, "upperBound"),
        has_mapping=mapping is not None,
        line=line(element),
    )


def _outcome(name: str, element: Any) -> Outcome:
    table = child(element, "matchTable")
    return Outcome(
        identifier=name,
        cardinality=element.get("cardinality") or "single",
        base_type=element.get("baseType") or "",
        default=_default(element),
        maximum=number(element.get("normalMaximum") or ""),
        external=bool(element.get("externalScored")),
        table=table if table is not None else child(element, "interpolationTable"),
    )


def _default(element: Any) -> Value:
    base_type = element.get("baseType") or ""
    values = [v for v in (scalar(base_type, text) for text in _values(child(element, "defaultValue"))) if v is not None]
    if not values:
        return None
    cardinality = element.get("cardinality") or "single"
    return values[0] if cardinality == "single" else Bag(tuple(values), cardinality == "ordered")


def _values(element: Any | None) -> Iterator[str]:
    if element is not None:
        yield from (words(value) for value in children(element, "value"))


def _number_of(element: Any | None, name: str) -> Fraction | None:
    return None if element is None else number(element.get(name) or "")
