"""The line a finding is about, with a caret under the place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from qbank.diagnostics import Diagnostic, Span
from qbank.reporters.text import safe

_BEFORE, _AFTER = 30, 60
MOST = 1000
"""Findings for which lines are looked up; of more nobody reads the lines."""


class Excerpts:
    """Lines of the files that findings are about, read once and only as far as needed."""

    def __init__(self, findings: Iterable[Diagnostic]) -> None:
        wanted: dict[str, set[int]] = {}
        for diagnostic in findings:
            if diagnostic.source is not None and diagnostic.source.line:
                wanted.setdefault(diagnostic.source.file, set()).add(diagnostic.source.line)
        self._lines = {file: _read(file, numbers) for file, numbers in wanted.items()}

    def of(self, place: Span | None) -> str:
        """The line with a caret, each below the other and indented; empty where there is none to show."""
        if place is None or not place.column:
            return ""
        line = self._lines.get(place.file, {}).get(place.line)
        if line is None or place.column > len(line) + 1:
            return ""
        start = max(0, place.column - 1 - _BEFORE)
        if not line[:start].strip():
            start = len(line) - len(line.lstrip())
            start = min(start, place.column - 1)
        before = safe(line[start : place.column - 1])
        after = safe(line[place.column - 1 : place.column - 1 + _AFTER])
        head = "…" if line[:start].strip() else ""
        tail = "…" if len(line) > place.column - 1 + _AFTER else ""
        number = str(place.line)
        gap = " " * (len(number) + len(head) + sum(_width(c) for c in before))
        return f"    {number} | {head}{before}{after}{tail}\n    {gap}   ^\n"


def _read(file: str, numbers: set[int]) -> dict[int, str]:
    """Some lines of a file; none of one that cannot be read."""
    lines: dict[int, str] = {}
    last = max(numbers)
    try:
        with Path(file).open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                if number in numbers:
                    text = raw.decode(errors="replace")
                    lines[number] = (text.removeprefix("\ufeff") if number == 1 else text).rstrip("\r\n")
                if number >= last:
                    break
    except (OSError, ValueError):
        return {}
    return lines


def _width(char: str) -> int:
    """How many places a character takes on a terminal."""
    return 2 if unicodedata.east_asian_width(char) in "WF" else 0 if unicodedata.combining(char) else 1
