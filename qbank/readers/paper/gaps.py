"""Gaps that were filled in, and answers that repeat the whole sentence."""

from __future__ import annotations

import re

from qbank.readers.paper.clean import clean
from qbank.readers.paper.view import fold

_FILLED = re.compile(
    r"[(]\s*(?P<in>[^()\n]{1,60}?)\s*[)]|【\s*(?P<in2>[^【】\n]{1,60}?)\s*】|_{2,}\s*(?P<in3>[^_\n]{1,40}?)\s*_{2,}"
)
_ASIDE = re.compile(r"^(?:如|或|即|含|见|包括|单位|不含|注|例如|简称|e\.g\.|i\.e\.)|\d\s*分$|^\d{1,2}$")
_BEFORE_GAP = re.compile(
    r"[由于至为是用到成有在和与及以的了过经受免选从按取达可需应会能称叫指向对被将把出入得给比宜不行生定含低高大小、,。;:“‘\"']$|^$|称为$|包括$"
)
LABEL_TEXT = re.compile(r"^\s*[A-H]\s*[.、:]\s*(?=\S)")


def filled(raw: str) -> bool:
    """Under a heading of choices, a bracket with words in it is a gap that was filled."""
    flat = fold(raw)
    return any(not re.fullmatch(r"[\sA-H,、]*", m["in"] or m["in2"] or m["in3"]) and (LABEL_TEXT.match(m["in"] or "") or flat[m.end() :].strip("。.? ") == "" or _BEFORE_GAP.search(flat[: m.start()])) for m in _FILLED.finditer(flat))  # fmt: skip


def between(pieces: list[str], raw: str) -> list[list[str]] | None:
    """What fills the gaps where the answer is the whole sentence again; None where it is not."""
    text = clean(raw)
    flat = fold(text)
    anchors = [re.sub(r"[\s。.]", "", fold(p)) for p in pieces]
    if not 2 <= len(pieces) <= 8 or len(text) > 1000 or len("".join(anchors)) < 4 or not any(anchors[:-1]):
        return None
    shape = r"\W*" + r"(.{1,80}?)".join(r"\s*".join(map(re.escape, a)) for a in anchors)
    match = re.fullmatch(shape + r"[\s。.]*", flat, re.S)
    if match is None:
        return None
    return [[text[a:b].strip(" \t\n_（）()：:")] for a, b in map(match.span, range(1, len(pieces)))]


def written_gaps(flat: str) -> list[re.Match[str]]:
    """Brackets that hold an answer rather than an aside."""
    found = [m for m in _FILLED.finditer(flat) if not _ASIDE.search(m["in"] or m["in2"] or m["in3"])]
    lettered = [m for m in found if m["in"] and LABEL_TEXT.match(m["in"])]
    if lettered:
        return lettered
    if len(found) > 1:
        likely = [m for m in found if _BEFORE_GAP.search(flat[: m.start()].rstrip()) or m["in3"]]
        marks = [m for m in found if (m["in"] or "")[:1] in "≤≥<>=≈"]
        if likely or marks:
            found = [m for m in found if m in likely or m in marks]
    return found
