"""A small scorer: which of the expected questions were found, with which answers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

_GAP = re.compile(r"[(\[【]\s*_*\s*[)\]】]|_{2,}")
OPEN = {"short_answer", "essay", "case_item", "term_definition"}


@dataclass(frozen=True, slots=True)
class Score:
    """Shares between 0 and 1 of one paper; 1 where there was nothing to find."""

    f1: float
    answers: float
    kinds: float
    options: float
    points: float
    material: float


def flat(text: object) -> str:
    """A text without what does not matter: width, case, blanks, gaps and their brackets."""
    plain = unicodedata.normalize("NFKC", str(text if text is not None else ""))
    return re.sub(r"\s+", "", _GAP.sub("", plain)).lower()


def score(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> Score:
    """Compare two neutral lists: a stem that reads the same is a hit, each at most once."""
    left = list(found)
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for want in expected:
        same = [have for have in left if flat(have["stem"]) == flat(want["stem"])]
        if same:
            best = max(same, key=lambda have: _options(have) == _options(want))
            left.remove(best)
            pairs.append((want, best))
    hits = len(pairs)
    total = len(expected) + len(found)
    with_points = [(w, h) for w, h in pairs if w.get("points") is not None]
    with_material = [(w, h) for w, h in pairs if w.get("material") is not None]
    return Score(
        f1=2 * hits / total if total else 1.0,
        answers=_share([_answer(w) == _answer(h) for w, h in pairs]),
        kinds=_share([w["kind"] == h["kind"] or {w["kind"], h["kind"]} <= OPEN for w, h in pairs]),
        options=_share([_options(w) == _options(h) for w, h in pairs]),
        points=_share([w["points"] == h.get("points") for w, h in with_points]),
        material=_share([flat(w["material"]) == flat(h.get("material")) for w, h in with_material]),
    )


def _options(entry: dict[str, Any]) -> list[str]:
    return [flat(option) for option in entry["options"]]


def _answer(entry: dict[str, Any]) -> object:
    answer = entry["answer"]
    if isinstance(answer, list) and entry["options"]:
        return sorted(answer)
    if isinstance(answer, list):
        return [flat(text) for text in answer]
    return flat(answer) if isinstance(answer, str) else answer


def _share(verdicts: list[bool]) -> float:
    return sum(verdicts) / len(verdicts) if verdicts else 1.0
