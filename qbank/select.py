"""Which questions: `tag:投诉 and kind:single_choice and category:客户服务/第一章`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from qbank.diagnostics import QbankError
from qbank.model import KINDS, Question, is_answered, kind_of
from qbank.suggest import did_you_mean

Predicate: TypeAlias = Callable[[Question], bool]

_FIELDS = ("tag", "kind", "category", "id", "status", "language", "difficulty", "document", "answered")


def where(expression: str) -> Predicate:
    """A test of questions from terms `[not ]FIELD:VALUE` joined by `and`. Raises `QbankError` with the remedy."""
    terms = [_term(part.strip()) for part in re.split(r"\s+and(?:\s+|$)", expression.strip())]
    return lambda question: all(term(question) for term in terms)


def _term(text: str) -> Predicate:
    negated = text.startswith("not ")
    field, colon, value = text.removeprefix("not ").strip().partition(":")
    value = value.strip()
    if not colon or not value or field not in _FIELDS:
        hint = did_you_mean(field, _FIELDS) if colon else "write FIELD:VALUE, such as tag:chapter-1"
        raise QbankError(f"--where does not understand {text!r}; {hint}")
    test = _test(field, value)
    return (lambda question: not test(question)) if negated else test


def _test(field: str, value: str) -> Predicate:
    match field:
        case "tag":
            return lambda q: value in q.tags
        case "kind":
            if value not in KINDS:
                raise QbankError(f"--where: there is no kind {value!r}; {did_you_mean(value, KINDS)}")
            return lambda q: kind_of(q) == value
        case "category":
            path = tuple(part.strip() for part in value.split("/"))
            return lambda q: q.category[: len(path)] == path
        case "id":
            return lambda q: q.id == value
        case "status":
            return lambda q: q.status == value
        case "language":
            return lambda q: q.language == value
        case "difficulty":
            return lambda q: str(q.difficulty) == value
        case "document":
            return lambda q: q.source is not None and q.source.document == value
        case _:
            if value not in ("yes", "no"):
                raise QbankError(f"--where: answered is yes or no, not {value!r}")
            return lambda q: is_answered(q) == (value == "yes")
