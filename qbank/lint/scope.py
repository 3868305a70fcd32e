"""What a rule may know of the bank beyond the question before it."""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSet
from dataclasses import dataclass, field

from qbank import richtext
from qbank.assets import AssetStore
from qbank.model import Choice, Group, Html, Question, Text, texts
from qbank.seen import Firsts, Ids


@dataclass(slots=True)
class Scope:
    """Grows with each question; holds digests and names, never questions."""

    assets: AssetStore
    texts: list[tuple[str, Text]] = field(default_factory=list)
    """The texts of the question at hand with their pointers, without those of its sub-questions."""
    rich: list[tuple[str, Html]] = field(default_factory=list)
    """Those of `texts` that are rich."""
    ids: MutableSet[str] = field(default_factory=Ids)
    contents: MutableMapping[bytes, str] = field(default_factory=Firsts)
    """Digest of what a question says, to the id of the first that says it."""
    shown: set[str] = field(default_factory=set)
    """The names of the assets that were shown."""
    verdicts: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """What reading an asset came to, so that each is read once: a code and a message, or None."""

    _keys: dict[tuple[Choice, ...], list[str]] = field(default_factory=dict)

    def enter(self, question: Question) -> None:
        """Turn to the next question, or the next sub-question."""
        found = list(texts(question))
        if isinstance(question, Group):
            found = [(pointer, text) for pointer, text in found if not pointer.startswith("/questions/")]
        self.texts = found
        self.rich = [(pointer, text) for pointer, text in found if isinstance(text, Html)]
        self._keys.clear()

    def read(self, choices: tuple[Choice, ...]) -> list[str]:
        """What each choice of the question at hand reads, without white space and case."""
        keys = self._keys.get(choices)
        if keys is None:
            keys = self._keys[choices] = [squeezed(richtext.plain(choice.text)) for choice in choices]
        return keys


def squeezed(text: str) -> str:
    """A text without white space and case, for comparing."""
    return "".join(text.split()).casefold()
