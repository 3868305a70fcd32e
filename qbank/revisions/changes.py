"""What changed from one version of a bank to the next, the most serious first: a key, points, words, the rest."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

import msgspec

from qbank import richtext
from qbank.bankfile import header_object, json_number
from qbank.differences import differences, said
from qbank.model import Bank, Choice, Essay, Group, Matching, Ordering, Question, Text, kind_of
from qbank.revisions.parts import Part, key_of, names_between, own_names, parts_of, same_parts
from qbank.show import answer_line

Sort: TypeAlias = Literal[
    "key",
    "kind",
    "answered",
    "points",
    "model-answer",
    "choices",
    "stem",
    "feedback",
    "details",
    "removed",
    "added",
    "id",
    "moved",
]
"""What happened, from what a reviewer must see to what may be skipped."""
SORTS: tuple[Sort, ...] = get_args(Sort)

_SORT_OF: dict[str, Sort] = {
    "stem": "stem",
    "points": "points",
    "penalty": "points",
    "scoring": "points",
    "feedback": "feedback",
    "feedback_true": "feedback",
    "feedback_false": "feedback",
    "hints": "feedback",
    "rubric": "model-answer",
    "kind": "kind",
    "blanks": "choices",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; `pointer` is relative to the question, the texts are for people."""

    sort: Sort
    pointer: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that changed, came or went; a sub-question stands for itself."""

    id: str
    stem: str
    changes: tuple[Change, ...]

    @property
    def sort(self) -> Sort:
        """The most serious of its changes."""
        return min((change.sort for change in self.changes), key=SORTS.index)


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed between two banks."""

    questions: tuple[Changed, ...]
    header: tuple[Change, ...] = ()
    unchanged: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    """How many questions each sort of change befell."""

    def has(self, *sorts: str) -> bool:
        """Whether any of these sorts of change occurred."""
        return any(self.counts.get(sort) for sort in sorts)


def changes(before: Bank, after: Bank) -> Changes:
    """What changed, the most serious first; questions are the same when their ids are, or all they say."""
    old, new = _units(before.questions), _units(after.questions)
    names = _renamed(old, new)
    found: list[Changed] = []
    moved = _moved([q.id for q in old.values() if q.id in names.values()], [names[i] for i in new if i in names])
    for name, question in new.items():
        if name not in names:
            found.append(Changed(name, _start(question), (Change("added", "", "", kind_of(question)),)))
            continue
        origin = old[names[name]]
        both = list(_between(origin, question))
        if origin.id != name:
            both.append(Change("id", "/id", origin.id, name))
        if origin.id in moved:
            both.append(Change("moved", "", "", ""))
        if both:
            found.append(Changed(name, _start(question), tuple(sorted(both, key=lambda c: SORTS.index(c.sort)))))
    taken = set(names.values())
    for name, question in old.items():
        if name not in taken:
            found.append(Changed(name, _start(question), (Change("removed", "", kind_of(question), ""),)))
    found.sort(key=lambda changed: SORTS.index(changed.sort))
    counts: dict[str, int] = {}
    for changed in found:
        for sort in {change.sort for change in changed.changes}:
            counts[sort] = counts.get(sort, 0) + 1
    touched = sum(changed.sort not in ("added", "removed") for changed in found)
    return Changes(
        tuple(found), tuple(_headers(before, after)), len(names) - touched, {s: counts[s] for s in SORTS if s in counts}
    )


def _units(questions: Iterable[Question]) -> dict[str, Question]:
    """Every question and sub-question by id."""
    result: dict[str, Question] = {}
    for question in questions:
        result[question.id] = question
        if isinstance(question, Group):
            result |= {sub.id: sub for sub in question.questions}
    return result


def _renamed(old: dict[str, Question], new: dict[str, Question]) -> dict[str, str]:
    """Each new id to the old one: the same, or that of a question that is gone and said just the same."""
    names = {name: name for name in new if name in old}
    gone: dict[str, list[str]] = {}
    for name, question in old.items():
        if name not in new:
            gone.setdefault(_content(question), []).append(name)
    for name, question in new.items():
        if name not in names and gone:
            alike = gone.get(_content(question))
            if alike:
                names[name] = alike.pop(0)
    return names


def _content(question: Question) -> str:
    return f"{kind_of(question)} {said(question)!r}"


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest ids whose moving explains the new order: those outside a longest run that kept its order."""
    place = {name: i for i, name in enumerate(before)}
    tops: list[int] = []
    chain: list[int] = []
    back: list[int] = []
    for i, name in enumerate(after):
        at = bisect_left(tops, place[name])
        tops[at : at + 1] = [place[name]]
        chain[at : at + 1] = [i]
        back.append(chain[at - 1] if at else -1)
    kept: set[str] = set()
    at = chain[-1] if chain else -1
    while at >= 0:
        kept.add(after[at])
        at = back[at]
    return set(after) - kept


def _between(before: Question, after: Question) -> Iterator[Change]:
    """What changed in one question, its sub-questions apart."""
    if kind_of(before) != kind_of(after):
        yield Change("kind", "/kind", kind_of(before), kind_of(after))
        if (known := answer_line(before)) != (told := answer_line(after)):
            yield Change("key", "/answer", known, told)
        return
    keyed = list(_keys(before, after))
    yield from keyed
    parts = parts_of(before)
    if parts:
        yield from _parts(before, after)
    for found in differences(before, after):
        field_name = found.pointer.split("/")[1]
        if field_name in ("questions", "answer") or (parts and field_name in ("choices", "prompts", "items")):
            continue
        if field_name == "blanks" and keyed:
            continue
        sort = _SORT_OF.get(field_name, "details")
        yield Change(sort, found.pointer, _words(found.before), _words(found.after))
    for name in ("status", "ignore", "source"):
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            yield Change("details", f"/{name}", _words(one), _words(other))


def _keys(before: Question, after: Question) -> Iterator[Change]:
    if isinstance(before, Essay) and isinstance(after, Essay):
        one, other = _plain(before.answer), _plain(after.answer)
        if one != other:
            yield Change("model-answer", "/answer", one, other)
        return
    one, other = key_of(before, own_names(before)), key_of(after, names_between(before, after))
    if one != other:
        sort: Sort = "answered" if one is None else "key"
        yield Change(sort, "/answer", answer_line(before), answer_line(after))


def _parts(before: Question, after: Question) -> Iterator[Change]:
    match before, after:
        case Matching(), Matching():
            yield from _listed(before.prompts, after.prompts, "/prompts", True)
            yield from _listed(before.choices, after.choices, "/choices", not after.shuffle)
        case Ordering(), Ordering():
            yield from _listed(before.items, after.items, "/items", False)
        case _:
            yield from _listed(parts_of(before), parts_of(after), "/choices", True)


def _listed(before: Sequence[Part], after: Sequence[Part], pointer: str, ordered: bool) -> Iterator[Change]:
    """What changed in a list of parts: words, parts that came or went, feedback, weights, order."""
    names = same_parts(before, after)
    old = {part.id: part for part in before}
    for i, part in enumerate(after):
        origin = old.get(names.get(part.id, ""))
        at = f"{pointer}/{i}"
        if origin is None:
            yield Change("choices", at, "", f"{part.id}. {_plain(part.text)}")
            continue
        if _plain(origin.text) != _plain(part.text) or richtext.canonical(origin.text) != richtext.canonical(part.text):
            yield Change("choices", f"{at}/text", _plain(origin.text), _plain(part.text))
        if isinstance(origin, Choice) and isinstance(part, Choice):
            if _plain(origin.feedback) != _plain(part.feedback):
                yield Change("feedback", f"{at}/feedback", _plain(origin.feedback), _plain(part.feedback))
            if origin.weight != part.weight:
                yield Change("points", f"{at}/weight", _words(origin.weight), _words(part.weight))
            if origin.fixed != part.fixed:
                yield Change("details", f"{at}/fixed", _words(origin.fixed), _words(part.fixed))
    gone = [part for part in before if part.id not in names.values()]
    for part in gone:
        yield Change("choices", pointer, f"{part.id}. {_plain(part.text)}", "")
    if ordered and _moved(
        [p.id for p in before if p.id in names.values()], [names[p.id] for p in after if p.id in names]
    ):
        yield Change("choices", pointer, " ".join(p.id for p in before), " ".join(names.get(p.id, p.id) for p in after))


def _headers(before: Bank, after: Bank) -> Iterator[Change]:
    one, other = header_object(before.header), header_object(after.header)
    for name in dict.fromkeys([*one, *other]):
        if name == "assets":
            ours, theirs = one.get(name, {}), other.get(name, {})
            for asset in dict.fromkeys([*ours, *theirs]):
                if ours.get(asset) != theirs.get(asset):
                    yield Change("details", f"/assets/{asset}", _asset(ours.get(asset)), _asset(theirs.get(asset)))
        elif one.get(name) != other.get(name):
            yield Change("details", f"/{name}", _words(one.get(name)), _words(other.get(name)))


def _asset(asset: dict[str, object] | None) -> str:
    if asset is None:
        return ""
    return str(asset.get("file") or f"embedded, {len(str(asset.get('base64')))} characters")


def _start(question: Question) -> str:
    words = richtext.plain(question.stem).split()
    text = " ".join(words)
    return text if len(text) <= 60 else text[:59] + "…"


def _plain(text: Text | None) -> str:
    return "" if text is None else richtext.plain(text)


def _words(value: object) -> str:
    """A value for people."""
    if value is None or value == () or value == []:
        return ""
    if isinstance(value, str):
        return richtext.plain_of(richtext.parse(value).blocks) if value.startswith("<") else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        return str(json_number(value))
    if isinstance(value, msgspec.Struct):
        return ", ".join(
            f"{name} {_words(getattr(value, name))}" for name in value.__struct_fields__ if getattr(value, name)
        )
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_words(item)}" for name, item in value.items() if item not in (None, [], False))
    if isinstance(value, list | tuple):
        return " / ".join(_words(item) for item in value)
    return str(value)
