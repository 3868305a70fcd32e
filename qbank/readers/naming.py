"""Ids for questions that come from elsewhere: their own where it fits, else one made of what they say."""

from __future__ import annotations

import re
from hashlib import blake2b

from qbank import richtext
from qbank.model import (
    ChoiceBlank,
    Cloze,
    Information,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    SingleChoice,
    kind_of,
)
from qbank.seen import Ids

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")


class Naming:
    """Gives every question of a file an id, each once."""

    def __init__(self) -> None:
        self._taken = Ids()
        self._repeats: dict[str, int] = {}

    def own(self, name: str) -> bool:
        """Whether the id is one that a bank can use and that is free; then it is taken from now on."""
        if not _ID.match(name) or name in self._taken:
            return False
        self._taken.add(name)
        return True

    def minted(self, question: Question) -> str:
        """An id made of what the question says: the same for the same question, a number behind a repeat."""
        body = "\x1f".join(" ".join(part.split()).casefold() for part in _words(question))
        base = name = "q-" + blake2b(body.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        while name in self._taken:
            self._repeats[base] = self._repeats.get(base, 1) + 1
            name = f"{base}-{self._repeats[base]}"
        self._taken.add(name)
        return name


def _words(question: Question) -> list[str]:
    parts = [kind_of(question), richtext.plain(question.stem)]
    match question:
        case SingleChoice() | MultipleChoice():
            parts += [richtext.plain(choice.text) for choice in question.choices]
        case Matching():
            parts += [richtext.plain(prompt.text) for prompt in question.prompts]
            parts += [richtext.plain(choice.text) for choice in question.choices]
        case Ordering():
            parts += [richtext.plain(item.text) for item in question.items]
        case Cloze():
            parts += [repr(blank.answer) for blank in question.blanks]
            lists = {id(blank.choices): blank.choices for blank in question.blanks if isinstance(blank, ChoiceBlank)}
            parts += [richtext.plain(choice.text) for choices in lists.values() for choice in choices]
        case Information():
            parts.append(question.title or "")
        case _:
            pass
    return parts
