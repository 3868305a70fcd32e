r"""Moodle's cloze syntax, `{1:SA:=answer~%50%other#feedback}`, read as its importer does.

The grammar is that of multianswer/questiontype.php: an answer has at least one
character and ends at the first `~`, `#` or `}` that no backslash and no `&`
stands before; feedback at the first `~` or `}` that no backslash stands before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from qbank.formats.moodle import read_in_gap, weight_of
from qbank.model import ONE

GapKind: TypeAlias = Literal["text", "numeric", "choice", "choices"]

_KINDS: dict[str, tuple[GapKind, str]] = {
    **dict.fromkeys(("SHORTANSWER", "SA", "MW"), ("text", "")),
    **dict.fromkeys(("SHORTANSWER_C", "SAC", "MWC"), ("text", "C")),
    **dict.fromkeys(("NUMERICAL", "NM"), ("numeric", "")),
    **dict.fromkeys(("MULTICHOICE", "MC"), ("choice", "")),
    **dict.fromkeys(("MULTICHOICE_V", "MCV"), ("choice", "V")),
    **dict.fromkeys(("MULTICHOICE_H", "MCH"), ("choice", "H")),
    **dict.fromkeys(("MULTICHOICE_S", "MCS"), ("choice", "S")),
    **dict.fromkeys(("MULTICHOICE_VS", "MCVS"), ("choice", "VS")),
    **dict.fromkeys(("MULTICHOICE_HS", "MCHS"), ("choice", "HS")),
    **dict.fromkeys(("MULTIRESPONSE", "MR"), ("choices", "")),
    **dict.fromkeys(("MULTIRESPONSE_H", "MRH"), ("choices", "H")),
    **dict.fromkeys(("MULTIRESPONSE_S", "MRS"), ("choices", "S")),
    **dict.fromkeys(("MULTIRESPONSE_HS", "MRHS"), ("choices", "HS")),
}
_MOST_FAILURES = 3  # each looks through the rest of the text
_START = re.compile(rf"\{{([0-9]*):({'|'.join(sorted(_KINDS, key=len, reverse=True))}):")
_FRACTION = re.compile(r"=|%(-?[0-9]{1,12}(?:[.,][0-9]{0,12})?)%")
_ANSWER_END = re.compile(r"(?<![\\&])(?<!&amp;)[~#}]")
_FEEDBACK_END = re.compile(r"(?<!\\)[~}]")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One answer of a gap; `answer` is decoded, `written` as it stood."""

    answer: str
    written: str
    weight: Fraction
    weighted: bool
    """Whether its weight is a percentage."""
    feedback: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap and where it stands in the text."""

    start: int
    end: int
    weight: int
    kind: GapKind
    flags: str
    """`C` case counts, `V` in a column, `H` in a row, `S` shuffled."""
    name: str
    alternatives: tuple[Alternative, ...]


def gaps(text: str) -> Iterator[Gap]:
    """The gaps of a cloze text, in order."""
    at = failures = 0
    last = text.rfind("}")
    while failures < _MOST_FAILURES and (start := _START.search(text, at)) is not None and start.end() < last:
        found = _alternatives(text, start.end())
        if found is None:
            at = start.start() + 1
            failures += 1
            continue
        alternatives, at = found
        kind, flags = _KINDS[start[2]]
        weight = int(start[1][:9]) if start[1] else 1
        yield Gap(start.start(), at, weight, kind, flags, start[2], alternatives)


def _alternatives(text: str, at: int) -> tuple[tuple[Alternative, ...], int] | None:
    """The alternatives from there to the closing brace, and where that ends; None where it is none."""
    result = []
    while True:
        mark = _FRACTION.match(text, at)
        begin = mark.end() if mark else at
        end = _ANSWER_END.search(text, begin + 1)
        if end is None:
            return None
        written, feedback = text[begin : end.start()], ""
        if end[0] == "#":
            close = _FEEDBACK_END.search(text, end.end())
            if close is None:
                return None
            feedback = text[end.end() : close.start()]
            end = close
        percent = mark[1] if mark else None
        weight = ONE if mark and percent is None else weight_of((percent or "0").replace(",", "."))
        result.append(Alternative(read_in_gap(written), written, weight, percent is not None, read_in_gap(feedback)))
        at = end.end()
        if end[0] == "}":
            return tuple(result), at


_NUMBER = r"-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_NUMERIC = re.compile(rf"({_NUMBER})(?::({_NUMBER}))?")


def numbers(alternative: Alternative) -> tuple[str, str] | None:
    """Value and tolerance of a numeric alternative, as written; None where it is no number."""
    found = _NUMERIC.fullmatch(alternative.written)
    return (found[1], found[2] or "0") if found else None
