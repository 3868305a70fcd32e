"""Response processing as a player computes it: rules are run on a response, outcomes come out.

Only what does not depend on chance or on a program elsewhere is computed.
What cannot be makes the outcomes that hang on it `UNKNOWN`, no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from qbank.readers.qti.declarations import Bag, Declarations, Response, Scalar, Value
from qbank.readers.qti.nodes import child, line
from qbank.readers.qti.operators import Unread, compute


class _Unknown:
    """The value of an outcome that was not computed."""


UNKNOWN: Final = _Unknown()
STANDARD = frozenset(
    {"match_correct", "map_response", "map_response_point", "CC2_match", "CC2_match_basic", "CC2_map_response"}
)
"""The response-processing templates of the specification and of Common Cartridge, by the last segment of their URLs."""
MAX_STEPS = 200_000
"""Expressions that one answer may take to mark."""
MAX_ITEM_STEPS = 3_000_000
"""Expressions that all answers to an item that are tried may take."""
_MAX_BITS = 4096
"""Binary digits of a number; doubled again and again, one would fill the memory."""


class _Exit(Exception):
    """`exitResponse`."""


def template_of(processing: Any | None) -> str | None:
    """The name of the template that an item is marked by, or None."""
    if processing is None or len(processing):
        return None
    written = (processing.get("template") or processing.get("templateLocation") or "").strip()
    return re.sub(r"\.xml$", "", written.rstrip("/").rpartition("/")[2]) or None


@dataclass(slots=True)
class Machine:
    """The response processing of one item."""

    declared: Declarations
    rules: Any | None
    """The `responseProcessing` element."""
    template: str | None = None
    trouble: dict[str, int] = field(default_factory=dict)
    """What could not be computed, with the line it stands on."""
    steps: int = 0

    def run(self, responses: Mapping[str, Value]) -> dict[str, Value | _Unknown]:
        """The outcomes of some responses; a response that is not given is NULL."""
        job = _Job(self, dict(responses))
        try:
            if self.template is not None:
                job.standard(self.template)
            elif self.rules is not None:
                job.all(self.rules)
        except _Exit:
            pass
        return job.outcomes


@dataclass(slots=True)
class _Job:
    machine: Machine
    responses: dict[str, Value]
    outcomes: dict[str, Value | _Unknown] = field(default_factory=dict)
    steps: int = 0

    def __post_init__(self) -> None:
        for name, outcome in self.machine.declared.outcomes.items():
            default = outcome.default
            if default is None and outcome.cardinality == "single" and outcome.base_type in ("float", "integer"):
                default = Fraction(0)
            self.outcomes[name] = default
        self.outcomes.setdefault("completionStatus", "not_attempted")

    def standard(self, template: str) -> None:
        """Do what a standard template does; it marks RESPONSE, or the only response there is."""
        declared = self.machine.declared.responses
        name = "RESPONSE" if "RESPONSE" in declared or len(declared) != 1 else next(iter(declared))
        response = declared.get(name)
        if response is None:
            return
        given = self.responses.get(name)
        is_right = given is not None and same(given, response.key)
        worth = self.outcomes.get("MAXSCORE") if template.startswith("CC2") else None
        match template:
            case "match_correct":
                self.outcomes["SCORE"] = Fraction(int(is_right))
            case "CC2_match" | "CC2_match_basic":
                self.outcomes["SCORE"] = (worth if worth is not None else Fraction(1)) if is_right else Fraction(0)
            case "map_response" | "CC2_map_response":
                self.outcomes["SCORE"] = mapped(response, given) if given is not None else Fraction(0)
            case _:
                self._poison(("SCORE",), f"the template {template}", 0)
        if template.startswith("CC2"):
            verdict = "correct" if is_right else "incorrect"
            for outcome in ("FEEDBACKBASIC", "FEEDBACK"):
                if outcome in self.outcomes:
                    self.outcomes[outcome] = verdict

    def all(self, rules: Iterable[Any]) -> None:
        """Run rules one after the other."""
        for rule in rules:
            self.rule(rule)

    def rule(self, rule: Any) -> None:
        """Run one rule."""
        match rule.tag:
            case "setOutcomeValue":
                name = rule.get("identifier") or ""
                try:
                    self.outcomes[name] = self._typed(name, self.value(rule[0]) if len(rule) else None)
                except Unread as error:
                    self._poison((name,), error.what, error.line)
            case "lookupOutcomeValue":
                self._look_up(rule)
            case "responseCondition":
                self._condition(rule)
            case "responseProcessingFragment":
                self.all(rule)
            case "exitResponse":
                raise _Exit
            case name:
                self._poison(_set_below(rule), name, line(rule))

    def _condition(self, rule: Any) -> None:
        for branch in rule:
            if branch.tag == "responseElse":
                self.all(branch)
                return
            if not len(branch):
                continue
            try:
                holds = self.value(branch[0]) is True
            except Unread as error:
                self._poison(_set_below(rule), error.what, error.line)
                return
            if holds:
                self.all(branch[1:])
                return

    def _look_up(self, rule: Any) -> None:
        name = rule.get("identifier") or ""
        outcome = self.machine.declared.outcomes.get(name)
        table = outcome.table if outcome is not None else None
        try:
            found = self.value(rule[0]) if len(rule) else None
            if table is None or outcome is None or not isinstance(found, Fraction):
                raise Unread("lookupOutcomeValue", line(rule))
            self.outcomes[name] = _from_table(table, found, outcome.base_type)
        except Unread as error:
            self._poison((name,), error.what, error.line)

    def value(self, expression: Any) -> Value:
        """The value of an expression. Raises `Unread`."""
        self.steps += 1
        self.machine.steps += 1
        if self.steps > MAX_STEPS or self.machine.steps > MAX_ITEM_STEPS:
            raise Unread("its length", line(expression))
        declared = self.machine.declared
        name = expression.get("identifier") or ""
        match expression.tag:
            case "variable":
                return self._variable(name, line(expression))
            case "correct":
                response = declared.responses.get(name)
                return response.key if response is not None else None
            case "default":
                outcome = declared.outcomes.get(name)
                return outcome.default if outcome is not None else None
            case "mapResponse":
                response = declared.responses.get(name)
                given = self.responses.get(name)
                return mapped(response, given) if response is not None and given is not None else None
            case _:
                found = compute(expression, self.value)
                if isinstance(found, Fraction) and max(map(int.bit_length, found.as_integer_ratio())) > _MAX_BITS:
                    raise Unread("the size of a number", line(expression))
                return found

    def _variable(self, name: str, at: int) -> Value:
        if name in self.machine.declared.responses:
            return self.responses.get(name)
        if name in self.outcomes:
            found = self.outcomes[name]
            if isinstance(found, _Unknown):
                raise Unread(f"the variable {name}", at)
            return found
        if name in self.machine.declared.templates:
            raise Unread(f"the random value {name}", at)
        return {"numAttempts": Fraction(1), "duration": Fraction(1)}.get(name)

    def _typed(self, name: str, value: Value) -> Value:
        """The value as its outcome holds it: a single one in an outcome for several is a container of one."""
        outcome = self.machine.declared.outcomes.get(name)
        if outcome is None or value is None:
            return value
        if outcome.cardinality == "single" and isinstance(value, Bag) and len(value.values) == 1:
            return value.values[0]
        if outcome.cardinality in ("multiple", "ordered") and not isinstance(value, Bag):
            return Bag((value,), outcome.cardinality == "ordered")
        return value

    def _poison(self, names: Iterable[str], what: str, at: int) -> None:
        for name in names:
            self.outcomes[name] = UNKNOWN
        self.machine.trouble.setdefault(what, at)


def _set_below(rule: Any) -> list[str]:
    return [e.get("identifier") or "" for e in rule.iter("setOutcomeValue", "lookupOutcomeValue")]


def _from_table(table: Any, found: Fraction, base_type: str) -> Value:
    from qbank.readers.qti.declarations import number, scalar

    for entry in table:
        start = number(entry.get("sourceValue") or "")
        if start is None:
            continue
        is_hit = found == start if table.tag == "matchTable" else found >= start
        if is_hit:
            return scalar(base_type, entry.get("targetValue") or "")
    return scalar(base_type, table.get("defaultValue") or "")


def same(one: Value, other: Value) -> bool:
    """Whether two values match: containers without an order by what they hold."""
    if one is None or other is None:
        return False
    first = one if isinstance(one, Bag) else Bag((one,))
    second = other if isinstance(other, Bag) else Bag((other,))
    if first.ordered and second.ordered:
        return first.values == second.values
    rest = list(second.values)
    for value in first.values:
        if value not in rest:
            return False
        rest.remove(value)
    return not rest


def mapped(response: Response, given: Value) -> Fraction | None:
    """What the mapping of a response gives for it; None without a mapping."""
    if given is None or not response.has_mapping:
        return None
    values: tuple[Scalar, ...] = given.values if isinstance(given, Bag) else (given,)
    total = sum((_mapped_one(response, value) for value in dict.fromkeys(values)), Fraction(0))
    if response.lowest is not None:
        total = max(total, response.lowest)
    if response.highest is not None:
        total = min(total, response.highest)
    return total


def _mapped_one(response: Response, value: Scalar) -> Fraction:
    for entry in response.mapping:
        if entry.key == value:
            return entry.value
    if isinstance(value, str) and response.base_type == "string":
        folded = value.casefold()
        for entry in response.mapping:
            if not entry.case_sensitive and isinstance(entry.key, str) and entry.key.casefold() == folded:
                return entry.value
    return response.default


def processing_of(item: Any) -> Any | None:
    """The `responseProcessing` of an item."""
    return child(item, "responseProcessing")
