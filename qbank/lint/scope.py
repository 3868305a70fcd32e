"""What a rule may know of the bank beyond the question before it."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbank.assets import AssetStore
from qbank.model import Group, Html, Question, Text, texts


@dataclass(slots=True)
class Scope:
    """Grows with each question; holds digests and names, never questions."""

    assets: AssetStore
    texts: list[tuple[str, Text]] = field(default_factory=list)
    """The texts of the question at hand with their pointers, without those of its sub-questions."""
    rich: list[tuple[str, Html]] = field(default_factory=list)
    """Those of `texts` that are rich."""
    ids: set[str] = field(default_factory=set)
    contents: dict[bytes, str] = field(default_factory=dict)
    """Digest of what a question says, to the id of the first that says it."""
    shown: set[str] = field(default_factory=set)
    """The names of the assets that were shown."""
    verdicts: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """What reading an asset came to, so that each is read once: a code and a message, or None."""

    def enter(self, question: Question) -> None:
        """Turn to the next question, or the next sub-question."""
        self.texts = [
            (pointer, text)
            for pointer, text in texts(question)
            if not (isinstance(question, Group) and pointer.startswith("/questions/"))
        ]
        self.rich = [(pointer, text) for pointer, text in self.texts if isinstance(text, Html)]
