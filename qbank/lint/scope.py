"""What a rule may know of the bank beyond the question before it."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbank.assets import AssetStore


@dataclass(slots=True)
class Scope:
    """Grows with each question; holds digests and names, never questions."""

    assets: AssetStore
    ids: set[str] = field(default_factory=set)
    contents: dict[bytes, str] = field(default_factory=dict)
    """Digest of what a question says, to the id of the first that says it."""
    shown: set[str] = field(default_factory=set)
    """The names of the assets that were shown."""
    verdicts: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """What reading an asset came to, so that each is read once: a code and a message, or None."""
