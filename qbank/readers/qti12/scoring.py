"""The response processing of QTI 1.2, computed: what a response earns, and what is said of it.

As platforms do, and other than the specification says: a rule without
`continue` does not stop the others, because most files that add up points leave
it out; and several values for one response that takes a single one mean that
any of them will do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from qbank.readers.qti12.loading import line

Given: TypeAlias = Mapping[str, Sequence[str]]
"""What was answered: the values of each response by its name."""

_ORDERS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "varlt": lambda a, b: a < b,
    "varlte": lambda a, b: a <= b,
    "vargt": lambda a, b: a > b,
    "vargte": lambda a, b: a >= b,
}
_TESTS = frozenset({"varequal", "varsubstring", "varsubset", "unanswered", *_ORDERS})
_IGNORED = frozenset({"durequal", "durlt", "durlte", "durgt", "durgte", "qticomment"})
_LONGEST_NUMBER = 60
_SIMPLE = 1000
_TRIFLE = Fraction(1, 10**9)
_MOST = 10**30
"""The largest number, and the largest denominator, that a bank holds."""


@dataclass(slots=True)
class Outcome:
    """What became of a response."""

    score: Fraction
    said: list[str] = field(default_factory=list)
    """The names of the feedback that is shown, in order."""


@dataclass(frozen=True, slots=True)
class _Test:
    """A condition, or a part of one, with what it compares read from its element once."""

    element: Any
    tag: str
    inner: tuple[_Test, ...]
    respident: str | None
    wanted: str
    sensitive: bool
    place: int | None
    """The place from 0 of the value that it looks at; None for any, below 0 for none."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A `respcondition`."""

    condition: _Test | None
    is_other: bool
    changes: tuple[Any, ...]
    shown: tuple[str, ...]
    is_last: bool
    """Whether no rule behind it counts where it holds."""


@dataclass(slots=True)
class Processing:
    """The rules of an item."""

    item: Any
    single: frozenset[str] = frozenset()
    """The responses that take one value."""
    written: frozenset[str] = frozenset()
    """The responses that are written, not chosen: only there `1.0` is `1`."""
    literal: bool = False
    """Whether texts are compared to the letter for the moment, to tell what is said of each."""
    unread: dict[str, int] = field(default_factory=dict)
    """Elements that were not understood, each with its line."""
    rules: list[Any] = field(init=False)
    start: Fraction = field(init=False)
    variable: str | None = field(init=False)
    _known: dict[Any, Outcome] = field(default_factory=dict)
    _read: list[_Rule] | None = None

    def __post_init__(self) -> None:
        self.rules = [rule for part in self.item.iterfind("resprocessing") for rule in part.iterfind("respcondition")]
        declared = list(self.item.iterfind("resprocessing/outcomes/decvar"))
        names = [d.get("varname") or "SCORE" for d in declared]
        self.variable = "SCORE" if "SCORE" in names else next((n for n in names if "score" in n.lower()), None)
        if self.variable is None and names:
            self.variable = names[0]
        chosen = next((d for d, name in zip(declared, names, strict=True) if name == self.variable), None)
        self.start = number(chosen.get("defaultval") or "0") or Fraction(0) if chosen is not None else Fraction(0)

    def outcome(self, given: Given) -> Outcome:
        """What a response earns beyond what every response does, and what is said of it; not to be changed."""
        key = (self.literal, *((name, *values) for name, values in given.items()))
        if key not in self._known:
            self._known[key] = self._outcome(given)
        return self._known[key]

    def _outcome(self, given: Given) -> Outcome:
        if self._read is None:
            self._read = [_rule(rule) for rule in self.rules]
        score = Fraction(0)
        said: list[str] = []
        met = False
        for rule in self._read:
            if rule.condition is None or not self._holds(rule.condition, given, met):
                continue
            for change in rule.changes:
                score = self._changed(score, change)
            said += rule.shown
            met = met or not rule.is_other
            if rule.is_last:
                break
        return Outcome(score, list(dict.fromkeys(said)))

    def best(self) -> Fraction:
        """The most that a single rule gives."""
        return max(
            (self._changed(Fraction(0), c) for rule in self.rules for c in rule.iterfind("setvar")), default=Fraction(0)
        )

    def given_by(self, rule: Any) -> Fraction:
        """What a rule gives by itself."""
        score = Fraction(0)
        for change in rule.iterfind("setvar"):
            score = self._changed(score, change)
        return score

    def rewarded(self) -> Iterator[Any]:
        """The rules that give points."""
        for rule in self.rules:
            if self.given_by(rule) > 0:
                yield rule

    def _changed(self, score: Fraction, change: Any) -> Fraction:
        name = change.get("varname") or "SCORE"
        if self.variable is not None and name != self.variable and name != "SCORE":
            return score
        text = "".join(change.itertext()).strip()
        value = number(text)
        if value is None:
            if text.lower() in ("true", "score.max", "$score_max"):
                value = Fraction(1)
            else:
                self.unread.setdefault("setvar", line(change))
                return score
        match (change.get("action") or "Set").lower():
            case "add":
                return score + value
            case "subtract":
                return score - value
            case "multiply":
                return score * value
            case "divide":
                return score / value if value else score
            case _:
                return value - self.start if self.start else value

    def _holds(self, condition: _Test, given: Given, met: bool) -> bool:
        """Whether a condition holds; `met` says whether a rule before it did, for `other`."""
        tests = condition.inner
        if self._any_will_do(tests):
            return any(self._is_true(test, given, met) for test in tests)
        return all(self._is_true(test, given, met) for test in tests)

    def _any_will_do(self, tests: tuple[_Test, ...]) -> bool:
        if len(tests) < 2 or any(test.tag not in ("varequal", "varsubstring") for test in tests):
            return False
        name = tests[0].respident
        return name in self.single and all(test.respident == name for test in tests)

    def _is_true(self, test: _Test, given: Given, met: bool) -> bool:
        match test.tag:
            case "and":
                return all(self._is_true(inner, given, met) for inner in test.inner)
            case "or":
                return any(self._is_true(inner, given, met) for inner in test.inner)
            case "not":
                return not all(self._is_true(inner, given, met) for inner in test.inner)
            case "other":
                return not met
            case tag if tag in _TESTS:
                return self._compared(test, given)
            case tag:
                if tag not in _IGNORED:
                    self.unread.setdefault(tag, line(test.element))
                return False

    def _compared(self, test: _Test, given: Given) -> bool:
        values = given.get(test.respident or "", ())
        wanted = test.wanted
        if test.tag == "unanswered":
            return not values
        if test.place is not None:
            values = values[test.place : test.place + 1] if test.place >= 0 else ()
        if test.tag == "varsubset":
            parts = {part.strip() for part in wanted.split(",")}
            exact = (test.element.get("setmatch") or "Exact").lower() == "exact"
            return parts == set(values) if exact else bool(parts & set(values))
        if test.tag in _ORDERS:
            limit = number(wanted)
            numbers = [number(value) for value in values]
            return limit is not None and any(n is not None and _ORDERS[test.tag](n, limit) for n in numbers)
        fold = not self.literal and not test.sensitive
        for value in values:
            one, other = (value.strip().casefold(), wanted.casefold()) if fold else (value.strip(), wanted)
            if one == other or (test.tag == "varsubstring" and other in one):
                return True
            if test.respident in self.written and _same_number(value, wanted):
                return True
        return False


def _rule(element: Any) -> _Rule:
    condition = element.find("conditionvar")
    return _Rule(
        condition=None if condition is None else _test(condition, _IGNORED),
        is_other=condition is not None and _is_other(condition),
        changes=tuple(element.iterfind("setvar")),
        shown=tuple(shown.get("linkrefid") or "" for shown in element.iterfind("displayfeedback")),
        is_last=(element.get("continue") or "").lower() == "no",
    )


def _test(element: Any, passed_over: frozenset[str] = frozenset()) -> _Test:
    index = element.get("index")
    compares = element.tag in _TESTS
    parts = () if compares else element
    return _Test(
        element=element,
        tag=element.tag,
        inner=tuple(_test(part) for part in parts if isinstance(part.tag, str) and part.tag not in passed_over),
        respident=element.get("respident"),
        wanted="".join(element.itertext()).strip() if compares else "",
        sensitive=(element.get("case") or "No").lower() == "yes",
        place=int(index) - 1 if index is not None and index.isascii() and index.isdigit() and len(index) < 6 else None,
    )


def simple(value: Fraction) -> Fraction:
    """The fraction that was meant by a number with many decimals, such as a third."""
    meant = value.limit_denominator(_SIMPLE)
    return meant if abs(meant - value) < _TRIFLE else value


def _same_number(value: str, wanted: str) -> bool:
    one = number(value)
    return one is not None and one == number(wanted)


def _is_other(condition: Any) -> bool:
    return all(test.tag == "other" for test in condition if isinstance(test.tag, str))


def number(text: str) -> Fraction | None:
    """A number as files write it, or None."""
    text = text.strip().replace("−", "-")
    if not text or len(text) > _LONGEST_NUMBER or "/" in text or "_" in text or not any(c.isdigit() for c in text):
        return None
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and (not exponent.lstrip("+-").isdigit() or len(exponent) > 4):
        return None
    if "," in mantissa and "." not in mantissa and mantissa.count(",") == 1:
        mantissa = mantissa.replace(",", ".")
    try:
        value = Fraction(mantissa + (f"e{exponent}" if exponent else ""))
    except (ValueError, ZeroDivisionError):
        return None
    return value if abs(value) <= _MOST and value.denominator <= _MOST else None
