"""Marks that stand for texts in what is written once and filled in often."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARK = re.compile("\ue000([0-9]+)\ue001")


def mark(number: int) -> str:
    """What stands for a text: characters of no script, which no printable text has."""
    return f"\ue000{number}\ue001"


def has_mark(text: str) -> bool:
    """Whether there is a mark in it."""
    return "\ue000" in text


def parted(document: str) -> tuple[list[str], list[int]]:
    """What stands around the marks of a document, one piece more than there are marks, and their numbers."""
    found = _MARK.split(document)
    return found[::2], [int(number) for number in found[1::2]]


class Stencil:
    """A text that was written with marks, to be written again with other texts in their places, as they are."""

    __slots__ = ("_numbers", "_parts")

    def __init__(self, document: str) -> None:
        between, self._numbers = parted(document)
        self._parts = [part for text in between for part in (text, "")]

    def filled(self, texts: Sequence[str]) -> str:
        """The text with a text for each mark, by number."""
        parts = self._parts.copy()
        parts[1:-1:2] = [texts[number] for number in self._numbers]
        return "".join(parts)
