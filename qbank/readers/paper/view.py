"""Two texts of one length: what stands there, and the same folded so that rules can match it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

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
    **dict.fromkeys("・•∙", "·"),
    "｡": "。",
}


class _Table(dict[int, str]):
    """Character to look-alike, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _folded(chr(code))
        return found


_TABLE = _Table()


def fold(text: str) -> str:
    """The matching view: as long as `text`, character for character, with look-alikes made one."""
    return text.translate(_TABLE)


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
        i = max(0, bisect_right(self.starts, start) - 1)
        if start < end and (i + 1 == len(self.starts) or end <= self.starts[i + 1]):
            at = self.origins[i] + start - self.starts[i]
            return [(at, at + end - start)]
        out: list[tuple[int, int]] = []
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

    def reordered(self, pieces: list[tuple[int, int]]) -> View:
        """The view with its stretches in another order; one may stand in it twice."""
        raw, flat, starts, origins = [], [], [], []
        size = 0
        for start, end in pieces:
            for a, b in self.spans(start, end):
                starts.append(size)
                origins.append(a)
                size += b - a
            raw.append(self.raw[start:end])
            flat.append(self.text[start:end])
        return View("".join(raw), "".join(flat), tuple(starts or [0]), tuple(origins or [0]))


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


_BLANKS = 100
"""So many blanks and line ends in a row say no more than twice that many."""
_WIDE = re.compile(rf"\s{{{2 * _BLANKS},}}")


def narrow(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A stretch of a text in pieces, with little left of the middle of every long row of blanks: a line end if any.

    Many rules look past blanks; in a row of thousands each would look past all of them at every place.
    """
    pieces: list[tuple[int, int]] = []
    at = start
    for wide in _WIDE.finditer(text, start, end):
        first, last = wide.start() + _BLANKS, wide.end() - _BLANKS
        pieces.append((at, first))
        line_end = text.find("\n", first, last)
        if line_end >= 0:
            pieces.append((line_end, line_end + 1))
        at = last
    return [*pieces, (at, end)]


def narrowed(view: View) -> View:
    """The view without the middle of long rows of blanks; see `narrow`."""
    pieces = narrow(view.text, 0, len(view.text))
    return view.reordered(pieces) if len(pieces) > 1 else view


_FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n`]*\n.*?^[ \t]*\1[ \t]*$", re.M | re.S)
_MASK = "\u2591"


def without_code(text: str) -> str:
    """The text with fenced code blotted out, as long as before: a comment `# 1.` numbers no question.

    Where most of a document stands in fences, they hold the questions themselves and stay.
    """
    found = [m.span() for m in _FENCE.finditer(text)]
    if not found or sum(b - a for a, b in found) * 2 > len(text):
        return text
    out, at = [], 0
    for a, b in found:
        out.append(text[at:a])
        out.append("".join(c if c.isspace() else _MASK for c in text[a:b]))
        at = b
    return "".join([*out, text[at:]])
