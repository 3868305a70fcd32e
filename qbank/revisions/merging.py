"""Three-way merge by question and field: what only one side changed is taken, what both changed is never chosen in silence.

A question in conflict keeps our side, becomes a draft and holds the other side
under `extensions.merge`; `qbank check` refuses it (L390) until somebody has
decided and taken that entry out. So a merged bank is always a valid bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from qbank import bankfile
from qbank.diagnostics import Report
from qbank.lint.merges import EXTENSION
from qbank.model import Bank, Group, Header, Question

_KEYED = ("kind", "choices", "answer", "blanks", "prompts", "items", "scoring", "case_sensitive", "wildcard", "units")
"""What decides together which response is right."""
_BY_ID = ("choices", "blanks", "prompts", "items", "questions")
_AS_SET = ("tags", "ignore")


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both sides changed, and differently."""

    question: str
    fields: tuple[str, ...]
    message: str


@dataclass(slots=True)
class Merged:
    """A merged bank and what could not be merged."""

    header: Header
    questions: list[Question] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    taken: int = 0
    """Questions that are as the other side has them, wholly or in part."""


def merge(base: Bank, ours: Bank, theirs: Bank) -> Merged:
    """Our bank with what the other side changed since `base`."""
    result = Merged(_headers(base.header, ours.header, theirs.header))
    then, here, there = ({q.id: q for q in bank.questions} for bank in (base, ours, theirs))
    for name in _order(list(here), list(there)):
        question = _one(name, then.get(name), here.get(name), there.get(name), result)
        if question is not None:
            result.questions.append(question)
    return result


def _one(
    name: str, base: Question | None, ours: Question | None, theirs: Question | None, result: Merged
) -> Question | None:
    if theirs in (base, ours):
        return ours
    if ours == base:
        result.taken += 1
        return theirs
    if ours is None or theirs is None:
        side = (
            "we took it out, the other side changed it" if ours is None else "the other side took it out, we changed it"
        )
        result.conflicts.append(Conflict(name, (), f"{name}: {side}; it was kept"))
        kept = ours or theirs
        assert kept is not None
        return _marked(kept, {"removed": "here" if ours is None else "there"})
    return _fields(name, base, ours, theirs, result)


def _fields(name: str, base: Question | None, ours: Question, theirs: Question, result: Merged) -> Question:
    one, other = bankfile.question_object(ours), bankfile.question_object(theirs)
    before = bankfile.question_object(base) if base is not None else {}
    clashes: dict[str, Any] = {}
    together = _keys_clash(before, one, other)
    merged: dict[str, Any] = {}
    for key in dict.fromkeys([*one, *other]):
        if together and key in _KEYED:
            merged[key], fine = one.get(key), one.get(key) == other.get(key)
        else:
            merged[key], fine = _value(key, before.get(key), one.get(key), other.get(key))
        if not fine:
            clashes[key] = other.get(key)
    plain = {key: value for key, value in merged.items() if value is not None or key == "answer"}
    question = None if clashes else _valid(plain)
    if question is not None:
        result.taken += 1
        return question
    if not clashes:
        # Each change is fine by itself; together they are no question, such as a key that names a choice taken out.
        clashes = {key: other.get(key) for key in other if other.get(key) != one.get(key)}
        plain = one
    where = ", ".join(sorted(clashes))
    result.conflicts.append(
        Conflict(name, tuple(sorted(clashes)), f"{name}: both sides changed {where}; ours was kept")
    )
    kept = _valid({**plain, **{key: one[key] for key in clashes if key in one}}) or ours
    return _marked(kept, {key: value for key, value in clashes.items() if value is not None})


def _keys_clash(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether one side changed the key and the other what the key speaks of: only a person can put those together."""
    mine = {key for key in _KEYED if ours.get(key) != base.get(key)}
    others = {key for key in _KEYED if theirs.get(key) != base.get(key)}
    if not mine or not others or all(ours.get(key) == theirs.get(key) for key in mine | others):
        return False
    return bool((mine | others) - {"choices", "prompts", "items"}) or "blanks" in mine | others


def _value(key: str, base: Any, ours: Any, theirs: Any) -> tuple[Any, bool]:
    """One field merged, and whether it could be; ours where it could not."""
    if theirs in (base, ours):
        return ours, True
    if ours == base:
        return theirs, True
    if key in _AS_SET:
        return _sets(base or [], ours or [], theirs or []), True
    if key in _BY_ID and all(isinstance(side, list | tuple) for side in (base, ours, theirs)):
        return _parts(base, ours, theirs)
    if all(isinstance(side, dict) for side in (base, ours, theirs)) and "html" not in ours and key != "answer":
        return _dicts(base, ours, theirs)
    return ours, False


def _dicts(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[Any, bool]:
    if _keys_clash(base, ours, theirs):
        return ours, False
    merged, fine = {}, True
    for key in dict.fromkeys([*ours, *theirs]):
        value, ok = _value(key, base.get(key), ours.get(key), theirs.get(key))
        fine = fine and ok
        if value is not None:
            merged[key] = value
    return merged, fine


def _parts(base: list[Any], ours: list[Any], theirs: list[Any]) -> tuple[Any, bool]:
    """Choices and the like: each by its id, in our order."""
    then, here, there = ({part["id"]: part for part in side} for side in (base, ours, theirs))
    if len(here) < len(ours) or len(there) < len(theirs):
        return ours, False
    merged, fine = [], True
    for name in _order(list(here), list(there)):
        value, ok = _value("", then.get(name), here.get(name), there.get(name))
        fine = fine and ok
        if value is not None:
            merged.append(value)
    return merged, fine


def _sets(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    gone = set(base) - set(theirs)
    return [word for word in ours if word not in gone] + [w for w in theirs if w not in base and w not in ours]


def _order(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Our order, and what only the other side has behind what stands before it there."""
    result = list(ours)
    place = set(result)
    previous: str | None = None
    for name in theirs:
        if name not in place:
            at = result.index(previous) + 1 if previous is not None and previous in place else 0
            result.insert(at, name)
            place.add(name)
        previous = name
    return result


def _marked(question: Question, theirs: dict[str, Any]) -> Question:
    extensions = {**question.extensions, EXTENSION: {"theirs": theirs}}
    return msgspec.structs.replace(question, status="draft", extensions=extensions)


def _valid(value: dict[str, Any]) -> Question | None:
    """The question a plain object is; None where it is none."""
    whole = msgspec.json.encode({"qbank": 1, "questions": [value]})
    report = Report()
    found = list(bankfile.open_bytes(whole, "merge.json", report).questions())
    return found[0] if found and _sound(found[0]) else None


def _sound(question: Question) -> bool:
    """Whether the key names what is there: a check of its own, for a merge must not wait for the next commit's."""
    parts = {part.id for name in ("choices", "items", "prompts") for part in getattr(question, name, ())}
    answer = getattr(question, "answer", None)
    match answer:
        case str() if hasattr(question, "choices"):
            return answer in parts
        case tuple() if parts and all(isinstance(name, str) for name in answer):
            return set(answer) <= parts
        case dict():
            return set(answer) | set(answer.values()) <= parts
        case _:
            return not isinstance(question, Group) or all(_sound(sub) for sub in question.questions)


def _headers(base: Header, ours: Header, theirs: Header) -> Header:
    """Our header with what only the other side changed; assets each by its name."""
    changes: dict[str, Any] = {}
    for name in Header.__struct_fields__:
        if name == "assets":
            continue
        mine, other, then = (getattr(side, name) for side in (ours, theirs, base))
        if mine == then and other != then:
            changes[name] = other
    assets = dict(ours.assets)
    for name in dict.fromkeys([*base.assets, *theirs.assets]):
        if theirs.assets.get(name) != base.assets.get(name) and ours.assets.get(name) == base.assets.get(name):
            if name in theirs.assets:
                assets[name] = theirs.assets[name]
            else:
                assets.pop(name, None)
    return msgspec.structs.replace(ours, **changes, assets=assets)
