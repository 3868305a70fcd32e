"""What a change of shape needs to know of all questions: what they share, what stands in their words, what gets lost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from qbank import richtext
from qbank.model import (
    Html,
    Question,
)

Notes: TypeAlias = tuple[str, ...]
"""What could not be kept, a sentence each."""

SHARED: Final = (
    "id", "title", "stem", "points", "penalty", "feedback", "hints", "tags", "category", "difficulty", "language",
    "status", "source", "ignore", "extensions",
)  # fmt: skip
"""The properties that every kind has."""

_PARTS = frozenset({"answer", "choices", "prompts", "items", "blanks", "questions"})
_OPTION = re.compile(r"(?:^|(?<=[\s\u3000。；;）)]))[(（]?([A-Ha-h])[)）.、．:：]\s*")


@dataclass(frozen=True, slots=True)
class Options:
    """Options found in running text: what stands before the first, then each one's text."""

    before: str
    texts: tuple[str, ...] = ()


def options_in(text: str) -> Options:
    """The options written out in a text as `A. ... B. ...`, in the order of their letters; none if there are not two."""
    best: list[re.Match[str]] = []
    for match in _OPTION.finditer(text):
        letter = match[1].upper()
        if letter == chr(ord("A") + len(best)):
            best.append(match)
    if len(best) < 2:
        return Options(text)
    ends = [m.start() for m in best[1:]] + [len(text)]
    return Options(
        text[: best[0].start()].rstrip(), tuple(text[m.end() : e].strip() for m, e in zip(best, ends, strict=True))
    )


def options_from(text: str, count: int) -> Options | None:
    """Options that go on with the next letter, such as `C. ... D. ...` after A and B; None where there are none."""
    found: list[re.Match[str]] = []
    for match in _OPTION.finditer(text):
        if match[1].upper() == chr(ord("A") + min(count, 20) + len(found)):
            found.append(match)
    if not found:
        return None
    ends = [m.start() for m in found[1:]] + [len(text)]
    texts = tuple(text[m.end() : e].strip() for m, e in zip(found, ends, strict=True))
    return Options(text[: found[0].start()].rstrip(), texts)


def settings_lost(old: Question, made: Question) -> list[str]:
    """The properties of the old question's kind, other than its parts and answer, that the new one does not have."""
    lost = []
    for known in msgspec.structs.fields(old):
        if known.name in SHARED or known.name in _PARTS:
            continue
        value = getattr(old, known.name)
        if value != known.default and value != getattr(made, known.name, None):
            said = richtext.plain(value) if isinstance(value, str | Html) else _brief(value)
            lost.append(f"{known.name} ({said[:40]})")
    return lost


def _brief(value: Any) -> str:
    return f"{len(value)} entries" if isinstance(value, tuple) else str(value)
