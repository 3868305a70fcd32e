"""Two texts of one length: what stands there, and the same folded so that rules can match it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

_KEPT = set(map(chr, range(0x2460, 0x2474))) | set("¹²³⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ªº")
"""Circled numbers stay what they are, and a power is no digit."""
_SAME: dict[str, str] = {
    **dict.fromkeys("╳✗✘✕✖❌Х×☓", "×"),
    **dict.fromkeys("✓✔☑✅√", "√"),
    **dict.fromkeys("\u00a0\u3000\u2002\u2003\u2009\u200b\u200c\u200d\ufeff\r\v\f", " "),
    **dict.fromkeys("﹒．｡", "."),
    **dict.fromkeys("﹙❨〔", "("),
    **dict.fromkeys("﹚❩〕", ")"),
    **dict.fromkeys("﹕︰∶", ":"),
    **dict.fromkeys("＿﹏﹍﹎", "_"),
    **dict.fromkeys("・•∙●", "·"),
    "｡": "。",
}


def fold(text: str) -> str:
    """The matching view: as long as `text`, character for character, with look-alikes made one."""
    return text.translate({ord(c): _folded(c) for c in set(text)})


@cache
def _folded(c: str) -> str:
    if c in _SAME:
        return _SAME[c]
    if c in _KEPT or c < "\x80":
        return c
    if "\ue000" <= c <= "\uf8ff":
        return " "  # bullets of symbol fonts
    plain = unicodedata.normalize("NFKC", c)
    return plain if len(plain) == 1 else c


@dataclass(frozen=True, slots=True)
class View:
    """A document without its furniture; `origin` leads from a position back to the file's text."""

    raw: str
    text: str
    starts: tuple[int, ...]
    """Where each kept piece begins in `raw`, ascending, the first at 0."""
    origins: tuple[int, ...]
    """Where the same piece begins in the file's text."""

    def origin(self, at: int) -> int:
        """The offset in the file's text of a position in `raw`."""
        i = max(0, bisect_right(self.starts, at) - 1)
        return self.origins[i] + at - self.starts[i]

    def spans(self, start: int, end: int) -> list[tuple[int, int]]:
        """The stretches of the file's text that `raw[start:end]` is made of."""
        out: list[tuple[int, int]] = []
        i = max(0, bisect_right(self.starts, start) - 1)
        while start < end:
            stop = min(end, self.starts[i + 1] if i + 1 < len(self.starts) else end)
            at = self.origins[i] + start - self.starts[i]
            out.append((at, at + stop - start))
            start, i = stop, i + 1
        return out

    def slice(self, start: int, end: int) -> View:
        """A part of the view as a view of its own."""
        spans = self.spans(start, end) or [(self.origin(start), self.origin(start))]
        starts, at = [], 0
        for a, b in spans:
            starts.append(at)
            at += b - a
        return View(self.raw[start:end], self.text[start:end], tuple(starts), tuple(a for a, _ in spans))


def kept(text: str, removed: list[tuple[int, int]]) -> View:
    """The view of a text without the stretches `removed` (sorted, not overlapping)."""
    folded = fold(text)
    raw, flat, starts, origins = [], [], [], []
    at = size = 0
    for start, end in [*removed, (len(text), len(text))]:
        if start > at:
            raw.append(text[at:start])
            flat.append(folded[at:start])
            starts.append(size)
            origins.append(at)
            size += start - at
        at = max(at, end)
    return View("".join(raw), "".join(flat), tuple(starts or [0]), tuple(origins or [0]))
