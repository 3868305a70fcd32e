"""What to call a question that has no title, in targets where everything has a name."""

from __future__ import annotations

from qbank import richtext
from qbank.model import Text

LIMIT = 80


def first_words(stem: Text, fallback: str) -> str:
    """The first words of a stem on one line, at most 80 characters; `fallback` where it has none."""
    line = " ".join((stem if isinstance(stem, str) else richtext.plain(stem)).split())
    if len(line) <= LIMIT:
        return line or fallback
    cut = line[: LIMIT - 1]
    head, _, tail = cut.rpartition(" ")
    return (head if head and len(tail) < LIMIT // 4 else cut).rstrip() + "…"
