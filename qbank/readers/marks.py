"""What a text looked like where it came from: stretches that were bold, coloured, highlighted or underlined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["bold", "colour", "highlight", "underline"]


@dataclass(frozen=True, slots=True)
class Mark:
    """`text[start:end]` stood out in this way; in a scraped paper that is often how an answer is shown."""

    start: int
    end: int
    style: Style
