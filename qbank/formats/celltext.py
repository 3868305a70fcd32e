"""Texts, numbers and lists in the cells of a spreadsheet, and back again, exactly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeAlias

Cell: TypeAlias = str | int | float | bool | Fraction | None

LIMIT = 32_767
"""UTF-16 units a cell can hold: Excel's limit."""
CUT = " … [→ Long]"
"""Ends a cell that shows the beginning of a text no cell can hold; the sheet Long has all of it."""
SPECIAL = ";；|｜"
"""What separates answers (`;`) and gaps (`|`), half and full width."""
_ENTITY = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_XML = "[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"
_TO_ENCODE = re.compile(f"_(?=x[0-9A-Fa-f]{{4}}(?:_|{_NOT_XML}))|{_NOT_XML}")


def encoded(text: str) -> str:
    """The text as an OOXML string: what XML cannot hold is `_xHHHH_`, and so is a `_` that would look like one.

    Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
    """
    return _TO_ENCODE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def decoded(text: str) -> str:
    """The inverse of `encoded`."""
    return _ENTITY.sub(lambda match: chr(int(match[1], 16)), text)


def units(text: str) -> int:
    """The length of a text as Excel counts it, in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, size: int = 32_000) -> Iterator[str]:
    """The text cut into pieces of at most `size` UTF-16 units; joined, they are the text."""
    start = length = 0
    for i, character in enumerate(text):
        width = 2 if character > "\uffff" else 1
        if length + width > size:
            yield text[start:i]
            start, length = i, 0
        length += width
    if start < len(text):
        yield text[start:]


def number(value: Fraction) -> str:
    """A number as a decimal where it has a finite one, else as a fraction: "2.5", "1/3"."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    if rest != 1 or max(twos, fives) > 30:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def fraction(cell: Cell) -> Fraction | None:
    """The number a cell holds, exactly as it is written; None where it holds none."""
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, Fraction):
        return cell
    text = unicodedata.normalize("NFKC", str(cell)).strip().replace("−", "-")
    if not re.fullmatch(
        r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?(e[+-]?[0-9]{1,2})?|[+-]?[0-9]{1,40}/0*[1-9][0-9]{0,39}", text, re.I
    ):
        return None
    return Fraction(text)


def joined(parts: Iterable[str], separator: str) -> str:
    """The parts with a separator between them; the separator inside a part is escaped."""
    specials = SPECIAL if separator.strip() in SPECIAL else separator.strip()
    return separator.join(_escaped(part, specials) for part in parts)


def split(text: str, separators: str) -> list[str]:
    """The parts between unescaped separators, blanks around them taken off, escapes still in place."""
    parts, start, i = [], 0, 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            i += 2
            continue
        if text[i] in separators:
            parts.append(text[start:i].strip())
            start = i + 1
        i += 1
    parts.append(text[start:].strip())
    return parts


def _escaped(text: str, specials: str) -> str:
    result = []
    for i, character in enumerate(text):
        following = text[i + 1] if i + 1 < len(text) else None
        if character in specials or (character == "\\" and (following is None or following in "\\" + specials)):
            result.append("\\")
        result.append(character)
    return "".join(result)


def unescaped(text: str, specials: str) -> str:
    """A part without its escapes."""
    return re.sub(r"\\([\\" + re.escape(specials) + "])", r"\1", text)


def listed(text: str, separators: str) -> list[str]:
    """The parts of a list, unescaped, empty ones left out: the inverse of `joined`."""
    parts = (unescaped(part, separators) for part in split(text, separators))
    return [part for part in parts if part]
