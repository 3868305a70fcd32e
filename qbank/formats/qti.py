"""The names of QTI packages, shared by what writes and what reads them: identifiers, numbers, words, file names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from urllib.parse import quote

from qbank.seen import Ids

PLACES = 12
"""Decimal places of a grade that has no finite decimal form, such as a third of a point."""
LOM_DIFFICULTY = ("very easy", "easy", "medium", "difficult", "very difficult")
"""LOMv1.0 vocabulary 5.8, in the order of a bank's 1 to 5."""

_DIGIT_FIRST = re.compile(r"_*[0-9]")
_UNDERSCORE_DIGIT = re.compile(r"_+[0-9]")
_BLANKS = re.compile(r"\s+")
_STEP = Decimal(1).scaleb(-PLACES)
_PRECISE = Context(prec=60)
_EXTREME = Decimal(10) ** 15
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LINK = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.S)
_PORT = re.compile(r":[0-9]{0,5}\Z")
_ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]\Z")
_SAFE = "!$&'()*+,;=%~-._"
_PATTERN_SPECIAL = re.compile(r"[\\|.?+(){}\[\]^$]")


@lru_cache(maxsize=1024)
def identifier(name: str) -> str:
    """A bank's id as a QTI identifier, which cannot start with a digit: `1a` is `_1a`, `_1a` is `__1a`."""
    return f"_{name}" if _DIGIT_FIRST.match(name) else name


def name_of(written: str) -> str:
    """The bank's id that `identifier` made an identifier of."""
    return written[1:] if _UNDERSCORE_DIGIT.match(written) else written


def pair_identifiers(left: Iterable[str], right: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Identifiers for both sides of a match, which share one space of names.

    Where an id stands on both sides, the left ones are written `p.ID` and the
    right ones `c.ID`; also where all of them look so already, so that a reader
    can take the prefixes off again.
    """
    lefts, rights = list(left), list(right)
    dressed = all(name.startswith("p.") for name in lefts) and all(name.startswith("c.") for name in rights)
    if set(lefts) & set(rights) or dressed:
        return {name: f"p.{name}" for name in lefts}, {name: f"c.{name}" for name in rights}
    return {name: identifier(name) for name in lefts}, {name: identifier(name) for name in rights}


class Names:
    """Gives out names that differ; with `fold` even where upper and lower case are the same, as on many disks."""

    def __init__(self, taken: Iterable[str] = (), *, fold: bool = True) -> None:
        self._key = str.casefold if fold else str
        self._taken = Ids()
        for name in taken:
            self._taken.add(self._key(name))
        self._next: dict[str, int] = {}

    def give(self, wanted: str, suffix: str = "") -> str:
        """`wanted` + `suffix`, with `-2`, `-3` ... between them where that is taken."""
        key = self._key(wanted + suffix)
        if key not in self._taken:
            self._taken.add(key)
            return wanted + suffix
        number = self._next.get(key, 2)
        while self._key(f"{wanted}-{number}{suffix}") in self._taken:
            number += 1
        self._next[key] = number + 1
        self._taken.add(self._key(f"{wanted}-{number}{suffix}"))
        return f"{wanted}-{number}{suffix}"


@lru_cache(maxsize=1024)
def number(value: Fraction, rounding: str = ROUND_HALF_EVEN) -> str:
    """A number as an `xs:double`: exact where it has at most `PLACES` decimal places, else rounded there."""
    if value.denominator == 1 and -_EXTREME < value.numerator < _EXTREME:
        return str(value.numerator)
    made = _PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator))
    if abs(made) < _EXTREME and abs(value) >= Fraction(1, 10**6):
        made = made.quantize(_STEP, rounding, _PRECISE)
        return format(made.normalize(_PRECISE), "f")
    return str(Context(prec=PLACES + 3, rounding=rounding).plus(made).normalize()).replace("E+", "E")


def lower_bound(value: Fraction) -> str:
    """A number as text that is never above it."""
    return number(value, ROUND_FLOOR)


def upper_bound(value: Fraction) -> str:
    """A number as text that is never below it."""
    return number(value, ROUND_CEILING)


def apportion(total: Fraction, parts: Iterable[int]) -> list[Fraction]:
    """`total` in proportion to `parts`, each with at most `PLACES` decimals; together exactly `total` as written."""
    return list(_apportioned(total, tuple(parts)))


@lru_cache(maxsize=1024)
def _apportioned(total: Fraction, weights: tuple[int, ...]) -> tuple[Fraction, ...]:
    whole = sum(weights)
    if not whole:
        return ()
    scale = 10**PLACES
    units = round(total * scale)
    edges = [units * sum(weights[:i]) // whole for i in range(len(weights) + 1)]
    return tuple(Fraction(after - before, scale) for before, after in pairwise(edges))


def line(text: str) -> str:
    """The text on one line without blanks around it, as attributes and typed responses have it."""
    return _BLANKS.sub(" ", text).strip()


def pattern(text: str, *, case_sensitive: bool) -> str:
    """An accepted text with `*` for any run of characters as a regular expression of XML Schema.

    `$` and `^` are ordinary characters there but anchors in the players'
    languages, so special characters stand in brackets or behind a backslash
    in the way that both read alike.
    """
    return "".join(".*" if char == "*" else _pattern_of(char, case_sensitive) for char in text)


def _pattern_of(char: str, case_sensitive: bool) -> str:
    if char == "$":
        return "[$]"
    if _PATTERN_SPECIAL.match(char):
        return f"\\{char}"
    cases = dict.fromkeys((char, char.lower(), char.upper()))
    if case_sensitive or len(cases) == 1:
        return char
    return "[" + "".join(c for c in cases if len(c) == 1) + "]"


def link(href: str) -> str:
    """A link as an `xs:anyURI`: everything else than the characters of RFC 3986 percent-encoded."""
    found = _LINK.match(_STRAY_PERCENT.sub("%25", href))
    assert found is not None  # every part of it may be empty
    scheme, authority, path_, query, fragment = (part or "" for part in found.groups())
    if authority:
        user, at, host = authority[2:].rpartition("@")
        name, port = host, ""
        if _PORT.search(host):
            name, _, port = host.rpartition(":")
        if not _ADDRESS.match(name):
            name = quote(name, safe=_SAFE)
        authority = f"//{quote(user, safe=_SAFE + ':')}{at}{name}{':' + port if port else ''}"
    path_ = quote(path_, safe=_SAFE + "/:@")
    return f"{scheme}{authority}{path_}{quote(query, safe=_SAFE + '/:@?')}{_fragment(fragment)}"


def _fragment(written: str) -> str:
    return "#" + quote(written[1:], safe=_SAFE + "/:@?") if written else ""


def path(name: str) -> str:
    """A member's name as a relative reference."""
    return quote(name, safe="/")


def true_false_words(language: str | None) -> tuple[str, str]:
    """What the two choices of a true/false question say in a language; English where it is not known."""
    return _TRUE_FALSE.get((language or "").partition("-")[0].lower(), _TRUE_FALSE["en"])


_TRUE_FALSE: dict[str, tuple[str, str]] = {
    "en": ("True", "False"),
    "zh": ("正确", "错误"),
    "ja": ("正しい", "誤り"),
    "de": ("Richtig", "Falsch"),
    "fr": ("Vrai", "Faux"),
    "es": ("Verdadero", "Falso"),
    "pt": ("Verdadeiro", "Falso"),
    "it": ("Vero", "Falso"),
    "ru": ("Верно", "Неверно"),
}
