"""The names of QTI packages, shared by what writes and what reads them: identifiers, numbers, words, file names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Protocol
from urllib.parse import quote

import msgspec

from qbank.model import Difficulty, Id, Language
from qbank.seen import Ids

PLACES = 12
"""Decimal places of a grade that has no finite decimal form, such as a third of a point."""
LOM_DIFFICULTY = ("very easy", "easy", "medium", "difficult", "very difficult")
"""LOMv1.0 vocabulary 5.8, in the order of a bank's 1 to 5."""

_CAPITAL = re.compile(r"[A-Z]")
_DIGIT_FIRST = re.compile(r"_*[0-9]")
_UNDERSCORE_DIGIT = re.compile(r"_+[0-9]")
_BLANKS = re.compile("[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")
_STEP = Decimal(1).scaleb(-PLACES)
_PRECISE = Context(prec=60)
_EXTREME = Decimal(10) ** 15
_SIMPLE = 10_000
_WITHOUT_BLANKS = frozenset({"zh", "ja", "th", "lo", "km", "my"})
_CHARACTER_MASK = re.compile(r"\\s\*\(\\S\\s\*\)\{([0-9]+),([0-9]*)\}")
_WORD_MASK = re.compile(r"(\()?\\s\*\\S\+\(\\s\+\\S\+\)\{([0-9]+),([0-9]*)\}\\s\*(?(1)\)\?)")
_TAO_MASK = re.compile(r"/?\^.*\{0,([0-9]+)\}\$/?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LINK = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.S)
_PORT = re.compile(r":[0-9]{0,5}\Z")
_ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]\Z")
_SAFE = "!$&'()*+,;=%~-._"
_PATTERN_PART = re.compile(
    r"(?P<any>\.\*)|(?P<class>\[[^\[\]^\\-]{1,4}\])|(?P<escaped>\\[\\|.?*+(){}\[\]^$-])"
    r"|(?P<plain>[^\\|.?*+(){}\[\]^$])|(?P<other>.)",
    re.S,
)
_PATTERN_SPECIAL = re.compile(r"[\\|.?+(){}\[\]^$]")


Shared = Literal["tags", "category", "difficulty", "language"]
"""What a question may have from its group."""
EMPTY: dict[Shared, object] = {"tags": (), "category": (), "difficulty": None, "language": None}


class GroupNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What an item of a group says in its metadata of that group, where a reader could not tell it from the items."""

    id: Id
    tags: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    difficulty: Difficulty | None = None
    language: Language | None = None
    inherited: tuple[Shared, ...] = ()
    """What the item's own question leaves to the group."""

    def written(self) -> str:
        """The note as JSON in ASCII."""
        return json.dumps(msgspec.to_builtins(self))


def read_note(written: str) -> GroupNote | None:
    """The inverse of `GroupNote.written`; None where it is none."""
    try:
        return msgspec.json.decode(written, type=GroupNote)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def in_common(values: Iterable[object], empty: object) -> object:
    """What all questions of a group say alike, where they say something; else `empty`."""
    found = set(values)
    return found.pop() if len(found) == 1 else empty


HTML = frozenset(
    [
        "a",
        "audio",
        "blockquote",
        "br",
        "caption",
        "code",
        "div",
        "em",
        "hr",
        "img",
        "li",
        "object",
        "ol",
        "p",
        "pre",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
"""The elements that QTI has from HTML and writes alike in all versions."""


UNDERLINE = "qti-underline"
"""The class of underlined words in the shared vocabulary of QTI 3."""


@lru_cache(maxsize=1024)
def kebab(name: str) -> str:
    """A name of QTI 2 as the attributes of QTI 3 spell it: `responseIdentifier` is `response-identifier`."""
    return _CAPITAL.sub(lambda found: f"-{found[0].lower()}", name)


def kebab_element(name: str) -> str:
    """The name of an element of QTI 2 as QTI 3 has it: `choiceInteraction` is `qti-choice-interaction`, `p` is `p`."""
    return name if name in HTML else f"qti-{kebab(name)}"


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


class Store(Protocol):
    """Keeps the names that were given out."""

    numbers: dict[str, int]
    """The number to try next for each name that was wanted again."""

    def __contains__(self, name: str, /) -> bool:
        """Whether a name was given out."""

    def add(self, name: str, /) -> None:
        """Keep one more."""


class _Store:
    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._names = Ids()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        self._names.add(name)


class Names:
    """Gives out names that differ; with `fold` even where upper and lower case are the same, as on many disks."""

    def __init__(self, taken: Iterable[str] = (), *, fold: bool = True, store: Store | None = None) -> None:
        self._key = str.casefold if fold else str
        self._taken: Store = _Store() if store is None else store
        for name in taken:
            self._taken.add(self._key(name))
        self._next = self._taken.numbers

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


@lru_cache(maxsize=1024)
def is_exact(value: Fraction) -> bool:
    """Whether `number` says all of it."""
    return value.denominator == 1 or Fraction(number(value)) == value


def is_simple(value: Fraction) -> bool:
    """Whether what `number` rounds off is so little, and the fraction so simple, that a reader finds it again."""
    return value.denominator <= _SIMPLE or is_exact(value)


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
    """The text on one line without blanks around it, as attributes and choices in a line have it; U+3000 is no such blank."""
    return _BLANKS.sub(" ", text).strip(" ")


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


def read_pattern(written: str) -> tuple[str, bool] | None:
    """The text with `*` that `pattern` made a regular expression of, and whether case matters; None where it is another."""
    text: list[str] = []
    senses: set[bool] = set()
    for found in _PATTERN_PART.finditer(written):
        match found.lastgroup:
            case "any":
                text.append("*")
            case "class" if found["class"] == "[$]":
                text.append("$")
            case "class":
                cases = found["class"][1:-1]
                if len({char.casefold() for char in cases}) != 1 or "*" in cases:
                    return None
                text.append(cases[0])
                senses.add(False)
            case "escaped" if found["escaped"] != "\\*":
                text.append(found["escaped"][1])
            case "plain":
                text.append(found["plain"])
                if found["plain"].lower() != found["plain"].upper():
                    senses.add(True)
            case _:
                return None
    return None if len(senses) > 1 else ("".join(text), senses == {True})


def fits(text: str, wanted: str, case_sensitive: bool) -> bool:
    """Whether a text is an accepted one in which `*` stands for any run of characters."""
    if not case_sensitive:
        text, wanted = text.casefold(), wanted.casefold()
    first, *others = wanted.split("*")
    if not others:
        return text == first
    last = others.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in others:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def word_mask(least: int, most: int | None, language: str | None) -> str:
    """A `patternMask` for texts of so many words; of so many characters in languages that put no blanks between words."""
    if (language or "").partition("-")[0].lower() in _WITHOUT_BLANKS:
        return f"\\s*(\\S\\s*){{{least},{'' if most is None else most}}}"
    more = "" if most is None else max(most - 1, 0)
    written = f"\\s*\\S+(\\s+\\S+){{{max(least - 1, 0)},{more}}}\\s*"
    return written if least else f"({written})?"


def tao_word_mask(most: int) -> str:
    """The same for at most so many words in the form that TAO's editor writes and reads."""
    return f"/^(?:(?:[^\\s\\:\\!\\?\\;\\…\\€]+)[\\s\\:\\!\\?\\;\\…\\€]*){{0,{most}}}$/"


def masked_words(mask: str) -> tuple[int, int | None] | None:
    """The fewest and the most words that `word_mask` or `tao_word_mask` wrote a mask for, or None."""
    if (found := _TAO_MASK.fullmatch(mask)) is not None:
        return 0, int(found[1])
    if (found := _CHARACTER_MASK.fullmatch(mask)) is not None:
        return int(found[1]), int(found[2]) if found[2] else None
    if (found := _WORD_MASK.fullmatch(mask)) is not None:
        least = 0 if found[1] else int(found[2]) + 1
        return least, int(found[3]) + 1 if found[3] else None
    return None


def hint_word(language: str | None) -> str:
    """What the button of a hint says in a language; English where it is not known."""
    return _HINT.get((language or "").partition("-")[0].lower(), _HINT["en"])


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


_HINT: dict[str, str] = {
    "en": "Hint",
    "zh": "提示",
    "ja": "ヒント",
    "de": "Hinweis",
    "fr": "Indice",
    "es": "Pista",
    "pt": "Dica",
    "it": "Suggerimento",
    "ru": "Подсказка",
}
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


def truth(text: str) -> bool | None:
    """What the word of a true/false choice says, in any language known here; None for another word."""
    return _TRUTH.get(" ".join(text.split()).strip(".。!！").casefold())


_TRUTH: dict[str, bool] = {
    word.casefold(): said for pair in _TRUE_FALSE.values() for word, said in zip(pair, (True, False), strict=True)
} | {
    "t": True, "f": False, "wahr": True, "对": True, "错": False, "對": True, "錯": False, "√": True, "×": False,
    "✓": True, "✗": False, "正確": True, "錯誤": False, "waar": True, "onwaar": False, "prawda": True, "fałsz": False,
}  # fmt: skip
