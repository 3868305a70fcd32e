"""Questions that are nearly the same, found without comparing all with all.

Two questions are near when their stems are at least 75 % alike and they share
60 % of their choices, or when they have no choices and their stems are 95 %
alike. The stem alone misleads in both directions: papers repeat one stem
with other choices, and one list of choices under other stems. Questions whose
numbers, pictures or negations differ are never near, however alike they look.

Candidates come from an index of rare parts (prefix filtering, which misses
nothing) and, where thousands share the same choices, of rare pairs of
characters. The ratio is rapidfuzz's: twice the longest common subsequence by
the sum of both lengths.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from qbank.duplicates.sameness import Content

Feature = TypeVar("Feature", int, str)

STEM = 0.75
PARTS = 0.6
OPEN_STEM = 0.95
MAX_STEM = 4000
"""Characters of a stem that are compared; only shared material is longer."""
CROWD = 500
"""With how many others a question is compared at most, those with the rarest features in common first."""
RARE_PAIRS = 12

_OPEN = {"short_answer", "numeric", "essay", "cloze"}
_JUDGEMENTS = frozenset(
    (
        "对",
        "错",
        "是",
        "否",
        "正",
        "误",
        "正确",
        "错误",
        "√",
        "×",
        "✓",
        "✗",
        "true",
        "false",
        "yes",
        "no",
        "t",
        "f",
        "right",
        "wrong",
    )
)
_SIGNS = re.compile(
    r"\x03[^\x03]*\x03|\d+(?:[.,]\d+)*|不|没|未|非|无|错|"
    r"\b(?:not|no|never|except|incorrect|false|wrong|least)\b|n't\b"
)


def signs(stem: str) -> tuple[str, ...]:
    """The formulas, pictures, numbers and negations of a folded stem, which no two near questions differ in."""
    return tuple(sorted(_SIGNS.findall(stem)))


class Pair(NamedTuple):
    """Two near questions by position, the earlier first, and how alike they are, 0 to 1."""

    first: int
    second: int
    stem: float
    parts: float


@dataclass(frozen=True, slots=True)
class _Entry:
    position: int
    stem: str
    parts: frozenset[int]


@dataclass(slots=True)
class NearIndex:
    """Collects what questions ask; holds folded stems and numbers, never questions."""

    skipped: int = 0
    """Questions compared with `CROWD` others only, and found near to none of them; known after `pairs`."""
    _ids: dict[tuple[object, ...], int] = field(default_factory=dict)
    _listed: dict[int, list[_Entry]] = field(default_factory=dict)
    _open: dict[int, list[_Entry]] = field(default_factory=dict)

    def add(self, position: int, content: Content) -> None:
        """Take in one question; positions must rise."""
        if not content.stem:
            return
        stem = content.stem[:MAX_STEM]
        by_parts = len(content.parts) > 1 and not _JUDGEMENTS.issuperset(content.parts)
        family = "open" if content.family in _OPEN and not content.parts else content.family
        bucket = self._id("bucket", family, by_parts, *signs(stem))
        parts = frozenset(self._id(bucket, part) for part in content.parts)
        place = self._listed if by_parts else self._open
        place.setdefault(bucket, []).append(_Entry(position, stem, parts))

    def _id(self, *what: object) -> int:
        return self._ids.setdefault(what, len(self._ids))

    def pairs(self) -> list[Pair]:
        """Each question that is near to an earlier one, with the one it is most like, by position.

        The earlier one is a question that is itself near to none before it,
        where there is such a one: so questions gather around firsts instead of
        forming chains whose ends have nothing in common.
        """
        found: list[Pair] = []
        for entries in self._listed.values():
            if len(entries) > 1:
                found += self._joining(entries, _features_of_parts(entries), _alike_by_parts)
        for entries in self._open.values():
            if len(entries) > 1:
                found += self._joining(entries, _features_of_stems(entries), _alike_by_stem)
        return sorted(found, key=lambda pair: (pair.second, pair.first))

    def _joining(
        self,
        entries: Sequence[_Entry],
        features: Iterable[Sequence[object]],
        alike: Callable[[_Entry, _Entry], Pair | None],
    ) -> Iterator[Pair]:
        firsts: dict[object, list[int]] = {}
        joined: dict[object, list[int]] = {}
        for i, rare in enumerate(features):
            pair, cut = None, False
            for known in (firsts, joined):
                met, was_cut = _met(known, rare)
                cut |= was_cut
                near = [found for j in met if (found := alike(entries[j], entries[i])) is not None]
                if near:
                    pair = max(near, key=lambda found: (found.stem + found.parts, -found.first))
                    break
            if pair is not None:
                yield pair
            else:
                self.skipped += cut
            for feature in rare:
                (firsts if pair is None else joined).setdefault(feature, []).append(i)


def _met(known: Mapping[object, Sequence[int]], rare: Sequence[object]) -> tuple[list[int], bool]:
    """Who shares a feature, at most `CROWD`, those with the rarest features first; and whether some were cut off."""
    met: dict[int, None] = {}
    cut = False
    for feature in rare:
        others = known.get(feature, ())
        room = CROWD - len(met)
        cut |= len(others) > room
        met.update(dict.fromkeys(others[max(0, len(others) - room) :] if room else ()))
    return list(met), cut


def _alike_by_parts(first: _Entry, second: _Entry) -> Pair | None:
    shared = len(first.parts & second.parts) / len(first.parts | second.parts)
    stem = _ratio(first.stem, second.stem, STEM) if shared >= PARTS else 0.0
    return Pair(first.position, second.position, stem, shared) if stem else None


def _alike_by_stem(first: _Entry, second: _Entry) -> Pair | None:
    stem = _ratio(first.stem, second.stem, OPEN_STEM) if first.parts == second.parts else 0.0
    return Pair(first.position, second.position, stem, 1.0) if stem else None


def _features_of_parts(entries: Sequence[_Entry]) -> Iterable[Sequence[object]]:
    counts = Counter(part for entry in entries for part in entry.parts)
    features = [_rarest(entry.parts, counts, _parts_prefix(len(entry.parts))) for entry in entries]
    crowds = Counter(feature for rare in features for feature in rare)
    return _with_stems(entries, features, {feature for feature, count in crowds.items() if count > CROWD})


def _features_of_stems(entries: Sequence[_Entry]) -> Iterable[Sequence[object]]:
    counts = Counter(gram for entry in entries for gram in _grams(entry.stem))
    return (_rarest(_grams(entry.stem), counts, _stem_prefix(len(entry.stem))) for entry in entries)


def _with_stems(
    entries: Sequence[_Entry], features: Sequence[Sequence[int]], crowded: set[int]
) -> Iterator[Sequence[object]]:
    """The features, those that crowds share made rarer by joining them with rare pairs of characters."""
    if not crowded:
        yield from features
        return
    inside = [any(f in crowded for f in rare) for rare in features]
    counts = Counter(gram for e, one in zip(entries, inside, strict=True) if one for gram in _grams(e.stem))
    for entry, rare, one in zip(entries, features, inside, strict=True):
        if not one:
            yield rare
            continue
        grams = _grams(entry.stem)
        pairs = _rarest(grams, counts, min(RARE_PAIRS, len(grams) // 2 + 1))
        alone: list[object] = [f for f in rare if f not in crowded]
        yield alone + [(f, gram) for f in rare if f in crowded for gram in pairs]


def _rarest(features: Iterable[Feature], counts: Counter[Feature], many: int) -> list[Feature]:
    return sorted(features, key=lambda feature: (counts[feature], feature))[:many]


def _parts_prefix(size: int) -> int:
    """How many of the rarest of `size` parts must be indexed so that no pair sharing 60 % is missed."""
    return size - -(-3 * size // 5) + 1


def _stem_prefix(length: int) -> int:
    """How many of the rarest pairs of characters must be indexed so that no pair 95 % alike is missed.

    At least 95 % alike means that at most a 0.095th of either stem is missing
    from the other, and a missing character breaks two pairs.
    """
    return 2 * (95 * length // 1000) + 1


def _grams(stem: str) -> set[str]:
    """Each pair of neighbouring characters, the ends of the stem being characters too."""
    framed = f"\x01{stem}\x01"
    return {framed[i : i + 2] for i in range(len(framed) - 1)}


def _ratio(one: str, other: str, least: float) -> float:
    from rapidfuzz import fuzz

    return round(fuzz.ratio(one, other, score_cutoff=100 * least) / 100, 4)
