"""One question through several readings of its paper: which it is, and what would be lost by forgetting the last one.

A corrected paper is read again. Each question of the new reading is looked for
among those of the bank: the same content first, then the same section and
number with a stem still alike, then nearly the same stem, one to one. One that
is found keeps its id.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec

from qbank.bankfile import question_object
from qbank.model import Group, Question, Source
from qbank.sameness import Content, answers, content, loose, strict
from qbank.similar import MAX_STEM, OPEN_STEM, PARTS, STEM, signs

Place: TypeAlias = tuple[int, int]
"""A question by its position, and that of the part of a group; -1 for the question itself."""

IN_PLACE = 0.6
"""How alike two stems must be that have the same section and number."""
SAME_CHOICES = 0.4
"""The same where they also share most of their choices."""
NEAR = 0.85
"""How alike two stems must be that stand anywhere in the same paper."""
SURE = 0.6
"""The confidence below which the reader of papers calls a question a draft."""
_RARE = 8
_CROWD = 60
_AROUND = 5
BODY = frozenset({"stem", "choices", "prompts", "items", "blanks", "questions", "answer"})
"""The properties that are the words of a question and its answer."""


def by_name(asset: str) -> str:
    """A picture is told apart by its name: readers name pictures by their bytes."""
    return asset


# --- which is which --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A question that is no group, with what it is recognised by."""

    place: Place
    content: Content
    around: str
    """The material it belongs to."""
    spot: tuple[str | None, str | None]
    """Section and number."""


def document_of(question: Question) -> str | None:
    """The document a question came from; None for one that somebody wrote."""
    return question.source.document if question.source is not None else None


def matches(old: Sequence[Question], new: Sequence[Question]) -> dict[Place, Place]:
    """The place in `old` of each question, group and part in `new` that is the same one, document by document."""
    found: dict[Place, Place] = {}
    before, after = _by_document(old), _by_document(new)
    for document, mine in after.items():
        theirs = before.get(document, [])
        if theirs:
            leaves = list(_leaves(old, theirs)), list(_leaves(new, mine))
            found |= _pairs(*leaves)
            found |= _groups(old, new, [i for i in theirs if isinstance(old[i], Group)], mine, found)
    return found


def _by_document(questions: Sequence[Question]) -> dict[str | None, list[int]]:
    result: dict[str | None, list[int]] = {}
    for i, question in enumerate(questions):
        result.setdefault(document_of(question), []).append(i)
    return result


def _leaves(questions: Sequence[Question], positions: Iterable[int]) -> Iterator[_Leaf]:
    for i in positions:
        question = questions[i]
        parts = enumerate(question.questions) if isinstance(question, Group) else [(-1, question)]
        around = loose(strict(question.stem, by_name)) if isinstance(question, Group) else ""
        for j, part in parts:
            spot = (part.source.section, part.source.number) if part.source is not None else (None, None)
            yield _Leaf((i, j), content(part, by_name), around, spot)


def _pairs(old: list[_Leaf], new: list[_Leaf]) -> dict[Place, Place]:
    """New place to old place, each at most once."""
    pairing = _Pairing(old, new)
    pairing.equal(lambda leaf: (leaf.content.key, leaf.around, leaf.spot))
    pairing.equal(lambda leaf: (leaf.content.key, leaf.around))
    pairing.equal(lambda leaf: leaf.content.key)
    pairing.best(_same_spot, _still_alike)
    pairing.best(_sharing_rare_pairs, _nearly_equal, around=_AROUND)
    return {new[j].place: old[i].place for j, i in pairing.found.items()}


@dataclass(slots=True)
class _Pairing:
    old: list[_Leaf]
    new: list[_Leaf]
    found: dict[int, int] = field(default_factory=dict)
    """New index to old index."""
    gone: set[int] = field(default_factory=set)
    """Old indices that are taken."""

    def equal(self, key: Callable[[_Leaf], Hashable]) -> None:
        """Pair what is equal, in order."""
        waiting: dict[Hashable, deque[int]] = {}
        for i, leaf in enumerate(self.old):
            if i not in self.gone:
                waiting.setdefault(key(leaf), deque()).append(i)
        for j, leaf in enumerate(self.new):
            if j not in self.found and (places := waiting.get(key(leaf))):
                self._join(j, places.popleft())

    def best(
        self,
        candidates: Callable[[list[tuple[int, _Leaf]], list[tuple[int, _Leaf]]], Iterable[tuple[int, int]]],
        alike: Callable[[_Leaf, _Leaf], float],
        around: int = 0,
    ) -> None:
        """Pair what is most alike first; of two as much alike, the one whose place is nearer.

        So many places `around` the one where it is expected are always tried.
        """
        olds = [(i, leaf) for i, leaf in enumerate(self.old) if i not in self.gone]
        news = [(j, leaf) for j, leaf in enumerate(self.new) if j not in self.found]
        expected = self._expected()
        scored = []
        near = (
            {(j, i) for j, _ in news for i in range(expected[j] - around, expected[j] + around + 1)} if around else ()
        )
        for j, i in sorted({*candidates(olds, news), *((j, i) for j, i in near if 0 <= i < len(self.old))}):
            if i in self.gone:
                continue
            score = alike(self.old[i], self.new[j])
            if score:
                scored.append((-score, abs(i - expected[j]), j, i))
        for _, _, j, i in sorted(scored):
            if j not in self.found and i not in self.gone:
                self._join(j, i)

    def _join(self, j: int, i: int) -> None:
        self.found[j] = i
        self.gone.add(i)

    def _expected(self) -> list[int]:
        """Where each new question would stand among the old ones: after the one before it."""
        result, last = [], -1
        for j in range(len(self.new)):
            last = self.found.get(j, last + 1)
            result.append(last)
        return result


def _same_spot(olds: list[tuple[int, _Leaf]], news: list[tuple[int, _Leaf]]) -> Iterator[tuple[int, int]]:
    places: dict[tuple[str | None, str | None], list[int]] = {}
    for i, leaf in olds:
        if leaf.spot[1] is not None:
            places.setdefault(leaf.spot, []).append(i)
    for j, leaf in news:
        yield from ((j, i) for i in places.get(leaf.spot, ())[:_CROWD])


def _sharing_rare_pairs(olds: list[tuple[int, _Leaf]], news: list[tuple[int, _Leaf]]) -> Iterator[tuple[int, int]]:
    """Pairs of questions that have rare pairs of neighbouring characters in common."""
    grams = {i: _grams(leaf.content.stem) for i, leaf in olds}
    counts = Counter(gram for found in grams.values() for gram in found)
    places: dict[str, list[int]] = {}
    for i, found in grams.items():
        for gram in found:
            places.setdefault(gram, []).append(i)
    for j, leaf in news:
        rare = sorted((g for g in _grams(leaf.content.stem) if g in counts), key=lambda g: (counts[g], g))[: 2 * _RARE]
        met = Counter(i for gram in rare for i in places[gram][:_CROWD])
        yield from ((j, i) for i, _ in met.most_common(_CROWD))


def _grams(stem: str) -> set[str]:
    return {stem[i : i + 2] for i in range(min(len(stem), MAX_STEM) - 1)} or {stem}


def ratio(one: str, other: str) -> float:
    from rapidfuzz import fuzz

    return fuzz.ratio(one[:MAX_STEM], other[:MAX_STEM]) / 100 if one and other else 0.0


def _shared(one: Content, other: Content) -> float:
    """The share of the choices or parts that both have; -1 where neither has any."""
    ours, theirs = set(one.parts), set(other.parts)
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else -1.0


def _still_alike(old: _Leaf, new: _Leaf) -> float:
    stem, parts = ratio(old.content.stem, new.content.stem), _shared(old.content, new.content)
    return stem + max(0.0, parts) if stem >= IN_PLACE or (stem >= SAME_CHOICES and parts >= PARTS) else 0.0


def _nearly_equal(old: _Leaf, new: _Leaf) -> float:
    """As in `qbank.similar`, a little bolder: one paper does not often ask nearly the same thing twice."""
    if signs(old.content.stem) != signs(new.content.stem):
        return 0.0
    stem, parts = ratio(old.content.stem, new.content.stem), _shared(old.content, new.content)
    near = (
        stem >= OPEN_STEM or (stem >= NEAR and (parts < 0 or parts >= PARTS / 2)) or (stem >= STEM and parts >= PARTS)
    )
    return stem + max(0.0, parts) if near else 0.0


def _groups(
    old: Sequence[Question], new: Sequence[Question], theirs: list[int], mine: Iterable[int], leaves: dict[Place, Place]
) -> dict[Place, Place]:
    """A group is the one most of its parts come from, or else the one whose material reads the same."""
    taken: set[int] = set()
    found: dict[Place, Place] = {}
    for i in mine:
        group = new[i]
        if not isinstance(group, Group):
            continue
        from_ = Counter(leaves[i, j][0] for j in range(len(group.questions)) if (i, j) in leaves)
        voted = [k for k, _ in from_.most_common() if isinstance(old[k], Group) and k not in taken]
        material = strict(group.stem, by_name)
        read = [k for k in theirs if k not in taken and ratio(strict(old[k].stem, by_name), material) >= STEM]
        if place := voted[:1] or read[:1]:
            taken.add(place[0])
            found[i, -1] = (place[0], -1)
    return found


# --- ids -------------------------------------------------------------------------------------------------------------


def identified(
    old: Sequence[Question], new: Sequence[Question], found: dict[Place, Place], reserved: Iterable[str] = ()
) -> tuple[list[Question], dict[str, str]]:
    """The new questions under the ids of the old ones, and what each changed id was before.

    An id that is `reserved`, or goes to another question, gets a number.
    """
    kept = {question_at(old, place).id for place in found.values()} | set(reserved)
    names: dict[str, str] = {}
    taken = set(kept)

    def named(question: Any, place: Place) -> Any:
        if place in found:
            name = question_at(old, found[place]).id
        else:
            name, count = question.id, 1
            while name in taken:
                count += 1
                name = f"{question.id[:94]}-{count}"
            taken.add(name)
        if name != question.id:
            names[question.id] = name
        return question if name == question.id else msgspec.structs.replace(question, id=name)

    result: list[Question] = []
    for i, question in enumerate(new):
        if isinstance(question, Group):
            subs = tuple(named(sub, (i, j)) for j, sub in enumerate(question.questions))
            question = msgspec.structs.replace(question, questions=subs)
        result.append(named(question, (i, -1)))
    return result, names


def question_at(questions: Sequence[Question], place: Place) -> Question:
    question = questions[place[0]]
    return question.questions[place[1]] if place[1] >= 0 and isinstance(question, Group) else question


# --- what overwriting would lose -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when a bank is written over by a new reading."""

    answers: tuple[str, ...] = ()
    """Questions whose answer was filled in or corrected in the bank."""
    written: tuple[str, ...] = ()
    """Questions that no reader made, or that somebody declared ready."""
    settings: tuple[str, ...] = ()
    """Questions with other properties that the new reading does not give."""
    questions: tuple[str, ...] = ()
    """Questions that the new reading does not have."""

    @property
    def by_hand(self) -> bool:
        """Whether somebody's work is among it."""
        return bool(self.answers or self.written)


def lost(old: Sequence[Question], new: Sequence[Question], found: dict[Place, Place]) -> Loss:
    """What of the old questions the new ones do not have."""
    reached = {theirs: ours for ours, theirs in found.items()}
    gone_answers, written, settings, gone = [], [], [], []
    for i, question in enumerate(old):
        parts = range(len(question.questions)) if isinstance(question, Group) else range(-1, 0)
        for j in parts:
            part = question_at(old, (i, j))
            ours = reached.get((i, j))
            if ours is None:
                gone.append(part.id)
                if _by_hand(part):
                    written.append(part.id)
                continue
            reading = question_at(new, ours)
            if _answers_lost(part, reading):
                gone_answers.append(part.id)
            elif _settings_lost(part, reading):
                settings.append(part.id)
    return Loss(tuple(gone_answers), tuple(written), tuple(settings), tuple(gone))


def _by_hand(question: Question) -> bool:
    source = question.source
    if source is None:
        return True
    return source.confidence is not None and source.confidence < SURE and question.status == "ready"


def _answers_lost(old: Question, new: Question) -> bool:
    before, after = answers(old, by_name), answers(new, by_name)
    if set(before) - set(after):
        return True
    return unchanged(old, new) and any(after[slot].key != known.key for slot, known in before.items())


def _settings_lost(old: Question, new: Question) -> bool:
    ours, theirs = question_object(old), question_object(new)
    kept = {name: value for name, value in ours.items() if name not in BODY | {"id", "source"}}
    if unchanged(old, new):
        return any(theirs.get(name) != value for name, value in kept.items())
    return any(name not in theirs for name in kept)


def unchanged(old: Question, new: Question) -> bool:
    """Whether the text of a question in its paper is what it was; true where it is not known.

    White space and the number before it do not count: a question inserted
    above it changes the number of every question below.
    """
    if old.source is None or new.source is None or old.source.text is None or new.source.text is None:
        return True
    return _wording(old.source) == _wording(new.source)


def _wording(source: Source) -> str:
    text = "".join((source.text or "").split())
    number = "".join((source.number or "").split())
    at = text.find(number, 0, len(number) + 4) if number else -1
    return text[at + len(number) :].lstrip("题.．、:：)）]】*。") if at >= 0 else text
