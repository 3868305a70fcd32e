"""Numeric answers as people write them: `3`, `3:0.5`, `1..5`, and what they mean by `3,5`, `1/2` or `5 m`."""

from __future__ import annotations

import re
from fractions import Fraction

from qbank.model import NumericAnswer

_NUMBER = r"[+\u2212-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_LOOSE = re.compile(rf"({_NUMBER})\s*(?:/\s*([0-9]+))?\s*(\S.{{0,40}})?\Z", re.S)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?\Z")
_PHP_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
_LONGEST, _LARGEST, _MOST = 100, 300, 10**30


def read_number(text: str) -> tuple[NumericAnswer, str, bool] | None:
    """What is accepted, a unit behind it, and whether Moodle would not read it so; None for what is no number."""
    if (found := re.fullmatch(r"(.+?)\.\.(.+)", text, re.S)) is not None:
        low, high = _number(found[1].strip()), _number(found[2].strip())
        if low is None or high is None:
            return None
        one, other = sorted((low[0], high[0]))
        return NumericAnswer(min=one, max=other), low[1] or high[1], low[2] or high[2] or low[0] > high[0]
    if (found := re.fullmatch(r"([^:]+):(.*)", text, re.S)) is not None:
        value, tolerance = _number(found[1].strip()), _number(found[2].strip())
        if value is None or tolerance is None:
            return None
        loose = value[2] or tolerance[2] or tolerance[0] < 0
        return NumericAnswer(value=value[0], tolerance=abs(tolerance[0])), value[1] or tolerance[1], loose
    only = _number(text)
    return None if only is None else (NumericAnswer(value=only[0]), only[1], only[2])


def _number(text: str) -> tuple[Fraction, str, bool] | None:
    """A number that a bank can hold, the unit behind it, and whether Moodle would not take it for one."""
    found = _found(text)
    if found is None or abs(found[0]) > _MOST or found[0].denominator > _MOST:
        return None
    return found


def _found(text: str) -> tuple[Fraction, str, bool] | None:
    exponent = _EXPONENT.search(text)
    if len(text) > _LONGEST or (exponent is not None and abs(int(exponent[1])) > _LARGEST):
        return None
    if _PHP_NUMBER.match(text):
        return Fraction(text), "", False
    if _THOUSANDS.match(text):
        return Fraction(text.replace(",", "")), "", True
    found = _LOOSE.match(text)
    if found is None or (found[2] and int(found[2]) == 0):
        return None
    value = Fraction(found[1].replace("\u2212", "-").replace(",", ".").rstrip("."))
    return value / int(found[2] or 1), (found[3] or "").strip(), True
