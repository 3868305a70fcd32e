"""What the items of a group have from it, and what they say of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from qbank.formats.qti import EMPTY, GroupNote, in_common, name_of
from qbank.model import Group, SubQuestion


def inherited(sub: SubQuestion, group: Group) -> SubQuestion:
    """A sub-question with what it has from its group."""
    return msgspec.structs.replace(
        sub,
        tags=sub.tags or group.tags,
        category=sub.category or group.category,
        difficulty=sub.difficulty or group.difficulty,
        language=sub.language or group.language,
        source=sub.source or group.source,
        status="draft" if group.status == "draft" else sub.status,
    )


def group_notes(
    group: Group, parts: Iterable[SubQuestion], identifier: str, language: str | None
) -> dict[str, GroupNote]:
    """What each part says of the group, by the part's id; nothing where a reader finds it out from the parts.

    `identifier` is that of the group's section; `parts` are its questions with
    what they have from it; `language` is that of the bank.
    """
    whole = list(parts)
    kept = {part.id for part in whole}
    subs = [sub for sub in group.questions if sub.id in kept]
    if name_of(identifier) == group.id and all(_is_plain(name, group, subs, whole, language) for name in EMPTY):
        return {}
    said: dict[str, Any] = {name: getattr(group, name) for name in EMPTY}
    return {
        sub.id: GroupNote(
            id=group.id, **said, inherited=tuple(name for name in EMPTY if getattr(sub, name) == EMPTY[name])
        )
        for sub in subs
    }


def _is_plain(
    name: str, group: Group, subs: Iterable[SubQuestion], whole: Iterable[SubQuestion], language: str | None
) -> bool:
    """Whether what all parts say alike is what the group says, and the parts themselves say nothing or differ."""
    empty = EMPTY[name]  # type: ignore[index]  # it is one of them
    if name == "language":
        # an item always says in which language it is
        return in_common((part.language or language for part in whole), empty) == (group.language or language)
    common = in_common((getattr(part, name) for part in whole), empty)
    own = {getattr(sub, name) for sub in subs}
    return common == getattr(group, name) and (own == {empty} or common == empty)
