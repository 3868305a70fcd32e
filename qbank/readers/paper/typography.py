"""Typography as evidence: stretches that the source set in bold, red or with a highlight."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from qbank.readers.marks import Mark
from qbank.readers.paper.parts import Item
from qbank.readers.paper.view import View

_STYLES = ("highlight", "colour", "bold", "underline")


@dataclass(frozen=True, slots=True)
class Styles:
    """The marked stretches of a file by style: sorted, none touching another."""

    spans: dict[str, list[tuple[int, int]]]

    @staticmethod
    def of(marks: Iterable[Mark]) -> Styles:
        """Marks put in order, those that overlap joined."""
        spans: dict[str, list[tuple[int, int]]] = {style: [] for style in _STYLES}
        for mark in sorted(marks, key=lambda m: (m.start, m.end)):
            row = spans.get(mark.style)
            if row is None:
                continue
            if row and mark.start <= row[-1][1]:
                row[-1] = (row[-1][0], max(row[-1][1], mark.end))
            else:
                row.append((mark.start, mark.end))
        return Styles(spans)

    def covered(self, style: str, start: int, end: int) -> int:
        """How many characters of a stretch a style covers."""
        row = self.spans[style]
        at = max(0, bisect_right(row, (start, start)) - 1)
        total = 0
        while at < len(row) and row[at][0] < end:
            total += max(0, min(end, row[at][1]) - max(start, row[at][0]))
            at += 1
        return total


def imprinted(item: Item, view: View, styles: Styles) -> None:
    """Mark the options whose whole text stands out, where only some of a question's options do."""
    if any(choice.marked for choice in item.choices):
        return
    for style in _STYLES:
        chosen = []
        for i, choice in enumerate(item.choices):
            text = view.raw[choice.start : choice.end].strip()
            covered = sum(styles.covered(style, a, b) for a, b in view.spans(choice.start, choice.end))
            if text and covered * 2 >= len(text):
                chosen.append(i)
        if chosen and len(chosen) < len(item.choices):
            for i in chosen:
                item.choices[i].marked = style
            return
