"""Response processing in the forms that all known players compute alike.

Where the players differ, the portable form is the only one made here: a range
instead of `equal` with a tolerance, and nothing evaluated on an empty response
(a nested condition, because `and` evaluates all it holds).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from qbank.formats import qti

from .page import Page

SCORE = "SCORE"


class Expression(Struct, frozen=True, cache_hash=True, gc=False):
    """An element of response processing: an expression, a condition or an action."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Expression, ...] = ()
    text: str | None = None


Rule: TypeAlias = Expression
Branch: TypeAlias = tuple[Expression, Sequence[Rule]]


def variable(name: str) -> Expression:
    """The value of a response or an outcome."""
    return Expression("variable", (("identifier", name),))


def base(base_type: str, value: str) -> Expression:
    """A constant."""
    return Expression("baseValue", (("baseType", base_type),), text=value)


def points(value: Fraction) -> Expression:
    """A constant number of points."""
    return base("float", qti.number(value))


@lru_cache(maxsize=64)
def is_correct(response: str) -> Expression:
    """Whether a response is its `correctResponse`."""
    return Expression("match", children=(variable(response), Expression("correct", (("identifier", response),))))


def is_empty(responses: Iterable[str]) -> Expression:
    """Whether none of the responses was given."""
    parts = [Expression("isNull", children=(variable(name),)) for name in responses]
    return parts[0] if len(parts) == 1 else both(*parts)


def is_choice(response: str, choice: str) -> Expression:
    """Whether a single response is this choice."""
    return Expression("match", children=(variable(response), base("identifier", choice)))


def is_sequence(response: str, order: Iterable[str]) -> Expression:
    """Whether an ordered response is exactly this one."""
    parts = tuple(base("identifier", name) for name in order)
    return Expression("match", children=(variable(response), Expression("ordered", children=parts)))


def stands_at(response: str, place: int, choice: str) -> Expression:
    """Whether an ordered response has the choice at a place, from 1."""
    found = Expression("index", (("n", str(place)),), (variable(response),))
    return Expression("match", children=(found, base("identifier", choice)))


def has_chosen(response: str, choice: str) -> Expression:
    """Whether a multiple response has this choice."""
    return Expression("member", children=(base("identifier", choice), variable(response)))


def is_text(response: str, text: str, *, case_sensitive: bool) -> Expression:
    """Whether a written response is this text."""
    sense = ("caseSensitive", "true" if case_sensitive else "false")
    return Expression("stringMatch", (sense, ("substring", "false")), (variable(response), base("string", text)))


def is_like(response: str, pattern: str) -> Expression:
    """Whether a written response as a whole is of this pattern."""
    return Expression("patternMatch", (("pattern", pattern),), (variable(response),))


def is_between(response: str, low: str, high: str) -> Expression:
    """Whether a number is in a closed range."""
    return both(
        Expression("gte", children=(variable(response), base("float", low))),
        Expression("lte", children=(variable(response), base("float", high))),
    )


def at_least(outcome: str, value: Fraction) -> Expression:
    """Whether an outcome has reached a number."""
    return Expression("gte", children=(variable(outcome), points(value)))


def more_than(outcome: str, value: Fraction) -> Expression:
    """Whether an outcome is above a number."""
    return Expression("gt", children=(variable(outcome), points(value)))


def both(*parts: Expression) -> Expression:
    """Whether all hold."""
    return Expression("and", children=parts)


def either(parts: Sequence[Expression]) -> Expression:
    """Whether one holds at least."""
    return parts[0] if len(parts) == 1 else Expression("or", children=tuple(parts))


def mapped(response: str) -> Expression:
    """What the mapping of a response gives for it."""
    return Expression("mapResponse", (("identifier", response),))


def add_up(*parts: Expression) -> Expression:
    """The sum."""
    return Expression("sum", children=parts)


def put(outcome: str, value: Expression) -> Rule:
    """Set an outcome."""
    return Expression("setOutcomeValue", (("identifier", outcome),), (value,))


def score(value: Fraction) -> Rule:
    """Set SCORE to a number of points."""
    return put(SCORE, points(value))


def earn(value: Expression) -> Rule:
    """Add to SCORE."""
    return put(SCORE, add_up(variable(SCORE), value))


def when(branches: Sequence[Branch], otherwise: Sequence[Rule] = ()) -> Rule:
    """The rules of the first branch whose condition holds, else the other rules. At least one branch."""
    parts = [
        Expression("responseElseIf" if i else "responseIf", children=(test, *rules))
        for i, (test, rules) in enumerate(branches)
    ]
    if otherwise:
        parts.append(Expression("responseElse", children=tuple(otherwise)))
    return Expression("responseCondition", children=tuple(parts))


def answered(response: str, rules: Sequence[Rule]) -> Rule:
    """The rules, but only where there is a response."""
    given = Expression("not", children=(Expression("isNull", children=(variable(response),)),))
    return when([(given, rules)])


def write(page: Page, expression: Expression, depth: int) -> None:
    """Write an expression with what is in it; `depth` is where it stands."""
    page.add(_written(expression, depth, page.kebab))


@lru_cache(maxsize=1024)
def _written(expression: Expression, depth: int, kebab: bool) -> Page:
    """An expression as a page of its own: questions scored alike say the same, so most are at hand."""
    page = Page(depth, kebab=kebab)
    _below(page, expression)
    return page


def _below(page: Page, expression: Expression) -> None:
    if not expression.children:
        page.leaf(expression.name, expression.text or "", **dict(expression.attributes))
        return
    page.open(expression.name, **dict(expression.attributes))
    for child in expression.children:
        _below(page, child)
    page.close()
