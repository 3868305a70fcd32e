"""Typography as evidence: stretches that the source set in bold, red or with a highlight."""

from __future__ import annotations

from collections.abc import Iterable

from qbank.readers.marks import Mark
from qbank.readers.paper.parts import Item
from qbank.readers.paper.view import View


def imprinted(item: Item, view: View, marks: Iterable[Mark]) -> None:
    """Mark the options whose whole text stands out, where only some of a question's options do."""
    if any(choice.marked for choice in item.choices):
        return
    for style in ("highlight", "colour", "bold", "underline"):
        wanted = [m for m in marks if m.style == style]
        chosen = []
        for i, choice in enumerate(item.choices):
            spans = view.spans(choice.start, choice.end)
            size = sum(len(view.raw[choice.start : choice.end].split()) and b - a for a, b in spans)
            covered = sum(max(0, min(b, m.end) - max(a, m.start)) for a, b in spans for m in wanted)
            if size and covered * 2 >= len(view.raw[choice.start : choice.end].strip()):
                chosen.append(i)
        if chosen and len(chosen) < len(item.choices):
            for i in chosen:
                item.choices[i].marked = style
            return
