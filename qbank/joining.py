"""Questions of several files in one bank: what each took from its own file's header goes with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from qbank.model import Asset, Group, Html, Question

AnyQuestion = TypeVar("AnyQuestion", bound=Question)

_SOURCE = re.compile(r"""(\ssrc\s*=\s*["']?asset:)([A-Za-z0-9_][A-Za-z0-9_.-]*)""")


def new_names(present: Mapping[str, Asset], coming: Mapping[str, Asset]) -> dict[str, str]:
    """New names for the assets that come under a name that another asset has already."""
    names: dict[str, str] = {}
    given: set[str] = set()
    for name, asset in coming.items():
        if name not in present or present[name] == asset:
            continue
        stem, dot, suffix = name.rpartition(".")
        count, free = 1, name
        while free in present or free in coming or free in given:
            count += 1
            free = f"{(stem or name)[:80]}-{count}{dot and '.'}{suffix if stem else ''}"
        names[name] = free
        given.add(free)
    return names


def renamed(question: AnyQuestion, names: Mapping[str, str]) -> AnyQuestion:
    """The question with the assets it shows under their new names."""
    result: AnyQuestion = _renamed(question, names) if names else question
    return result


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Html):
        return Html(html=_SOURCE.sub(lambda found: found[1] + names.get(found[2], found[2]), value.html))
    if isinstance(value, Struct):
        return replace(value, **{name: _renamed(getattr(value, name), names) for name in value.__struct_fields__})
    return tuple(_renamed(part, names) for part in value) if isinstance(value, tuple) else value


def in_language(question: AnyQuestion, language: str) -> AnyQuestion:
    """The question with the language of its file, where it has none of its own."""
    if isinstance(question, Group):
        question = replace(question, questions=tuple(in_language(sub, language) for sub in question.questions))
    return question if question.language is not None else replace(question, language=language)


def with_free_ids(
    question: AnyQuestion, taken: Container[str], take: Callable[[str, str], object], repeats: dict[str, int]
) -> AnyQuestion:
    """The question and its parts under ids that no other has: a repeat gets a number.

    `take` is told each id and what it was before, and adds it to `taken`;
    `repeats` remembers the last number that went to an id.
    """
    if isinstance(question, Group):
        subs = tuple(with_free_ids(sub, taken, take, repeats) for sub in question.questions)
        if any(new is not old for new, old in zip(subs, question.questions, strict=True)):
            question = replace(question, questions=subs)
    name = question.id
    while name in taken:
        repeats[question.id] = repeats.get(question.id, 1) + 1
        name = f"{question.id[:94]}-{repeats[question.id]}"
    take(name, question.id)
    return question if name == question.id else replace(question, id=name)
