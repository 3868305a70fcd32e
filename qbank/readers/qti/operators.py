"""The expressions of response processing: constants, containers, logic, comparison and arithmetic.

Semantics are those of the QTI 2.1 information model, chapter 15: an operator
with a NULL argument is NULL unless said otherwise. Numbers are exact; what is
irrational is as near as a double.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from qbank.formats import qti
from qbank.readers.qti.declarations import Bag, Scalar, Value, number, scalar
from qbank.readers.qti.nodes import is_true, line

_LONGEST_PATTERN = 400
_LONGEST_SUBJECT = 120
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|,\}")
_MOST_UNBOUNDED = 4


class Unread(Exception):
    """An expression that is not computed here: what it is, and its line."""

    def __init__(self, what: str, at: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.line = at


def compute(expression: Any, value: Callable[[Any], Value]) -> Value:
    """The value of an expression; `value` gives that of the ones below. Raises `Unread`."""
    tag = expression.tag
    if tag == "baseValue":
        return scalar(expression.get("baseType") or "", "".join(expression.itertext()).strip())
    if tag == "null":
        return None
    if tag in ("and", "or"):
        return _logic(expression, value)
    function = _OPERATORS.get(tag)
    if function is None:
        raise Unread(_name(expression), line(expression))
    parts = [value(child) for child in expression]
    return function(expression, parts)


def _name(expression: Any) -> str:
    if expression.tag == "customOperator":
        return f"the operator {expression.get('class') or expression.get('definition') or 'of its own'}"
    return f"<{expression.tag}>"


def _logic(expression: Any, value: Callable[[Any], Value]) -> Value:
    """`and` and `or`: one part may decide it whatever the others are, even where they cannot be computed."""
    decisive = expression.tag == "or"
    unread: Unread | None = None
    has_null = False
    for part in expression:
        try:
            found = value(part)
        except Unread as error:
            unread = unread or error
            continue
        if found is decisive:
            return decisive
        has_null = has_null or found is None
    if unread is not None:
        raise unread
    return None if has_null else not decisive


def _values(found: Value) -> tuple[Scalar, ...]:
    return () if found is None else found.values if isinstance(found, Bag) else (found,)


def _not(_: Any, parts: Sequence[Value]) -> Value:
    return None if not parts or parts[0] is None else parts[0] is not True


def _any_n(element: Any, parts: Sequence[Value]) -> Value:
    least, most = number(element.get("min") or ""), number(element.get("max") or "")
    if least is None or most is None:
        raise Unread("<anyN>", line(element))
    true = sum(part is True for part in parts)
    maybe = sum(part is None for part in parts)
    if true > most or true + maybe < least:
        return False
    return True if true >= least and true + maybe <= most else None


def _is_null(_: Any, parts: Sequence[Value]) -> Value:
    found = parts[0] if parts else None
    return found is None or found == "" or (isinstance(found, Bag) and not found.values)


def _match(_: Any, parts: Sequence[Value]) -> Value:
    from qbank.readers.qti.processing import same

    if len(parts) != 2 or None in parts:
        return None
    return same(parts[0], parts[1])


def _string_match(element: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    one, other = (_text(part) for part in parts)
    if not is_true(element, "caseSensitive"):
        one, other = one.casefold(), other.casefold()
    return other in one if is_true(element, "substring") else one == other


def _substring(element: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    one, other = (_text(part) for part in parts)
    if not is_true(element, "caseSensitive"):
        one, other = one.casefold(), other.casefold()
    return one in other


def _pattern_match(element: Any, parts: Sequence[Value]) -> Value:
    if not parts or parts[0] is None:
        return None
    pattern, subject = element.get("pattern") or "", _text(parts[0])
    plain = qti.read_pattern(pattern)
    if plain is not None:
        return qti.fits(subject, *plain)
    found = compiled(pattern)
    if found is None or len(subject) > _LONGEST_SUBJECT:
        raise Unread("the pattern of <patternMatch>", line(element))
    return found.fullmatch(subject) is not None


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """A regular expression of XML Schema as one of Python; None where it is none, or may take for ever."""
    if len(pattern) > _LONGEST_PATTERN or _REPEATED_GROUP.search(pattern):
        return None
    if len(_UNBOUNDED.findall(pattern)) > _MOST_UNBOUNDED:
        return None
    translated = pattern.replace(r"\i", "[A-Za-z_:]").replace(r"\c", "[A-Za-z0-9._:-]")
    try:
        return re.compile(translated, re.S)
    except (re.error, OverflowError, RecursionError):
        return None


def _text(found: Value) -> str:
    if isinstance(found, Bag):
        return " ".join(str(value) for value in found.values)
    return str(found)


def _equal(element: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    one, other = _number(parts[0]), _number(parts[1])
    if one is None or other is None:
        return None
    mode = element.get("toleranceMode") or "exact"
    if mode == "exact":
        return one == other
    below, above = tolerances(element)
    with_lower, with_upper = _included(element, "includeLowerBound"), _included(element, "includeUpperBound")
    edges = (one * (1 - below / 100), one * (1 + above / 100)) if mode == "relative" else (one - below, one + above)
    low, high = min(edges), max(edges)
    return (other >= low if with_lower else other > low) and (other <= high if with_upper else other < high)


def tolerances(element: Any) -> tuple[Fraction, Fraction]:
    """What an `equal` tolerates below and above; one number is for both. Raises `Unread`."""
    written = [number(part) for part in (element.get("tolerance") or "0").replace(",", " ").split()]
    if not written or None in written:
        raise Unread("the tolerance of <equal>", line(element))
    below = abs(written[0] or Fraction(0))
    return below, abs(written[1] or Fraction(0)) if len(written) > 1 else below


def _included(element: Any, name: str) -> bool:
    return (element.get(name) or "true").strip() in ("true", "1")


def _equal_rounded(element: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    one, other = _number(parts[0]), _number(parts[1])
    if one is None or other is None:
        return None
    return rounded(element, one) == rounded(element, other)


def rounded(element: Any, value: Fraction) -> Fraction:
    """A number rounded as `equalRounded` and `roundTo` say. Raises `Unread`."""
    figures = number(element.get("figures") or "")
    if figures is None or not 0 <= figures <= 30 or figures.denominator != 1:
        raise Unread(f"the figures of <{element.tag}>", line(element))
    places = int(figures)
    if (element.get("roundingMode") or "significantFigures") == "significantFigures":
        if value == 0:
            return value
        places = int(figures) - 1 - _magnitude(value)
    scale = Fraction(10) ** places
    return Fraction(math.floor(value * scale + Fraction(1, 2))) / scale


def _magnitude(value: Fraction) -> int:
    size = abs(value)
    power = len(str(size.numerator)) - len(str(size.denominator))
    return power if size >= Fraction(10) ** power else power - 1


def _number(found: Value) -> Fraction | None:
    if isinstance(found, Bag):
        found = found.values[0] if len(found.values) == 1 else None
    if isinstance(found, str):
        return number(found)
    return found if isinstance(found, Fraction) else None


def _compared(test: Callable[[Fraction, Fraction], bool]) -> Callable[[Any, Sequence[Value]], Value]:
    def function(_: Any, parts: Sequence[Value]) -> Value:
        if len(parts) != 2:
            return None
        one, other = _number(parts[0]), _number(parts[1])
        return None if one is None or other is None else test(one, other)

    return function


def _multiple(_: Any, parts: Sequence[Value]) -> Value:
    values = tuple(value for part in parts for value in _values(part))
    return Bag(values) if values else None


def _ordered(_: Any, parts: Sequence[Value]) -> Value:
    values = tuple(value for part in parts for value in _values(part))
    return Bag(values, ordered=True) if values else None


def _member(_: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    return parts[0] in _values(parts[1])


def _contains(_: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    whole, wanted = list(_values(parts[0])), list(_values(parts[1]))
    if isinstance(parts[0], Bag) and parts[0].ordered:
        return any(whole[i : i + len(wanted)] == wanted for i in range(len(whole) - len(wanted) + 1))
    for value in wanted:
        if value not in whole:
            return False
        whole.remove(value)
    return True


def _delete(_: Any, parts: Sequence[Value]) -> Value:
    if len(parts) != 2 or None in parts:
        return None
    kept = tuple(value for value in _values(parts[1]) if value != parts[0])
    return Bag(kept, isinstance(parts[1], Bag) and parts[1].ordered) if kept else None


def _index(element: Any, parts: Sequence[Value]) -> Value:
    place = number(element.get("n") or "")
    if place is None or place.denominator != 1:
        raise Unread("the place of <index>", line(element))
    values = _values(parts[0] if parts else None)
    return values[int(place) - 1] if 1 <= place <= len(values) else None


def _size(_: Any, parts: Sequence[Value]) -> Value:
    return Fraction(len(_values(parts[0] if parts else None)))


def _numbers(parts: Sequence[Value]) -> list[Fraction] | None:
    found = [_number(value) for part in parts for value in (_values(part) or (None,))]
    return None if None in found else [value for value in found if value is not None]


def _folded(function: Callable[[list[Fraction]], Fraction]) -> Callable[[Any, Sequence[Value]], Value]:
    def operator(_: Any, parts: Sequence[Value]) -> Value:
        values = _numbers(parts)
        return None if not values else function(values)

    return operator


def _two(function: Callable[[Fraction, Fraction], Fraction | None]) -> Callable[[Any, Sequence[Value]], Value]:
    def operator(_: Any, parts: Sequence[Value]) -> Value:
        values = _numbers(parts)
        return function(*values) if values is not None and len(values) == 2 else None

    return operator


def _one(function: Callable[[Fraction], Fraction]) -> Callable[[Any, Sequence[Value]], Value]:
    def operator(_: Any, parts: Sequence[Value]) -> Value:
        values = _numbers(parts)
        return function(values[0]) if values is not None and len(values) == 1 else None

    return operator


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if abs(exponent) > 100 or abs(base) > 10**6 or (base == 0 and exponent < 0):
        return None
    if exponent.denominator == 1:
        return base ** int(exponent)
    return Fraction(float(base) ** float(exponent)) if base > 0 else None


def _round_to(element: Any, parts: Sequence[Value]) -> Value:
    values = _numbers(parts)
    return rounded(element, values[0]) if values is not None and len(values) == 1 else None


def _math(element: Any, parts: Sequence[Value]) -> Value:
    function = _FUNCTIONS.get(element.get("name") or "")
    values = _numbers(parts)
    if function is None:
        raise Unread(f"<mathOperator> {element.get('name')}", line(element))
    if values is None:
        return None
    try:
        return Fraction(function(*(float(value) for value in values)))
    except (ValueError, OverflowError, TypeError, ZeroDivisionError):
        return None


def _constant(element: Any, _: Sequence[Value]) -> Value:
    return {"pi": Fraction(math.pi), "e": Fraction(math.e)}.get(element.get("name") or "")


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "atan2": math.atan2, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "log": math.log10, "ln": math.log,
    "exp": math.exp, "abs": abs, "floor": math.floor, "ceil": math.ceil, "toRadians": math.radians,
    "toDegrees": math.degrees, "signum": lambda x: (x > 0) - (x < 0),
}  # fmt: skip
_OPERATORS: dict[str, Callable[[Any, Sequence[Value]], Value]] = {
    "not": _not,
    "anyN": _any_n,
    "isNull": _is_null,
    "match": _match,
    "stringMatch": _string_match,
    "substring": _substring,
    "patternMatch": _pattern_match,
    "equal": _equal,
    "equalRounded": _equal_rounded,
    "lt": _compared(lambda a, b: a < b),
    "gt": _compared(lambda a, b: a > b),
    "lte": _compared(lambda a, b: a <= b),
    "gte": _compared(lambda a, b: a >= b),
    "durationLT": _compared(lambda a, b: a < b),
    "durationGTE": _compared(lambda a, b: a >= b),
    "multiple": _multiple,
    "ordered": _ordered,
    "member": _member,
    "contains": _contains,
    "delete": _delete,
    "index": _index,
    "containerSize": _size,
    "sum": _folded(lambda values: sum(values, Fraction(0))),
    "product": _folded(lambda values: Fraction(math.prod(values))),
    "min": _folded(min),
    "max": _folded(max),
    "subtract": _two(lambda a, b: a - b),
    "divide": _two(lambda a, b: a / b if b else None),
    "power": _two(_power),
    "integerDivide": _two(lambda a, b: Fraction(a // b) if b else None),
    "integerModulus": _two(lambda a, b: a % b if b else None),
    "truncate": _one(lambda a: Fraction(math.trunc(a))),
    "round": _one(lambda a: Fraction(math.floor(a + Fraction(1, 2)))),
    "roundTo": _round_to,
    "integerToFloat": _one(lambda a: a),
    "mathOperator": _math,
    "mathConstant": _constant,
}
