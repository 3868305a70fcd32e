"""Structured questions: parts (a), (b) ... and (i), (ii) ... that ask, each with its own marks, under one number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qbank.readers.paper.fields import Field
from qbank.readers.paper.items import item
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.options import Run
from qbank.readers.paper.parts import Group, Item, Sources
from qbank.readers.paper.resolve import is_asking
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import COMMAND, SURE_GAP

_WORTH = re.compile(r"[\[(][ \t]*\d{1,2}[ \t]*(?:marks?|points?|pts?|分)?[ \t]*[\])][ \t]*$", re.M | re.I)
_HEAD_WORTH = re.compile(r"[ \t]*[\[(][ \t]*\d{1,2}[ \t]*(?:marks?|points?|pts?|分)[ \t]*[\])][ \t]*", re.I)
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_ROMAN = re.compile(r"(?:(?<=\n)|(?<=[a-h]\))|(?<=[a-h]\) )|\A)[ \t]*[(](?P<roman>[ivx]{1,4})[)](?=\s)")
_ASIDE = re.compile(r"^[ \t]*[(\[]?(?:total\b|end of (?:question|section)|turn over|\[turn over)[^\n]*$", re.M | re.I)
_TOO_LONG = 1500
_KEY = re.compile(
    r"(?:(?<=\n)|\A|(?<=[ ]{2})(?=[(]?[a-h][)]))[ \t]*(?:Q(?:uestion)?[ \t.]*)?(?:(?P<number>\d{1,2})(?![\d%])[ \t]*[.)]?)?[ \t]*(?:[(](?P<letter>[a-h])[)]|(?P<bare>[a-h])(?:[)]|(?<=\d[a-h])(?=[ \t]|[(])))?"
    r"[ \t]*(?:[(](?P<roman>[ivx]{1,4})[)])?[ \t]*[.:]?(?=\s|[A-Z(])"
)


def lettered_parts(text: str, runs: Sequence[Run], labelled: Sequence[Field]) -> list[Run]:
    """The runs of letters that are no options but parts: most of them ask or carry marks of their own."""
    answers = [f.start for f in labelled if f.name == "answer"]
    return [run for run in runs if _asks(text, run) and not _answered(text, run, answers)]


def _asks(text: str, run: Run) -> bool:
    labels = run.labels
    if labels[0].style[0] != "a" or labels[0].style[1:] not in {"(", ")"} or not run.complete:
        return False
    if not all(label.line for label in labels[1:]):
        return False
    stops = [*(label.start for label in labels[1:]), _end_of_last(text, run)]
    bodies = [text[label.end : stop] for label, stop in zip(labels, stops, strict=True)]
    worth = sum(bool(_WORTH.search(body) or _HEAD_WORTH.match(body)) for body in bodies)
    bodies = [_HEAD_WORTH.sub("", body) for body in bodies]
    asking = sum(is_asking(body) or bool(COMMAND.match(body.strip())) for body in bodies)
    if worth * 2 >= len(bodies) and worth >= 2:
        return True
    lead = text[max(0, run.start - 200) : run.start].rstrip().rsplit("\n", 1)[-1]
    asked = lead.endswith(("?", ":")) or SURE_GAP.search(lead) is not None or is_asking(lead)
    return asking == len(bodies) and not (asked and len(bodies) >= 3 and not any("?" in b for b in bodies))


def _end_of_last(text: str, run: Run) -> int:
    """Where the last part ends at the latest: a blank line, or the next number."""
    end = re.compile(r"\n[ \t]*(?:\n|\d{1,2}[ \t]*[.)]?[ \t]+\S)").search(text, run.last.end)
    return min(end.start() if end else len(text), run.last.end + _TOO_LONG)


def _answered(text: str, run: Run, answers: Sequence[int]) -> bool:
    """Whether an answer that is one letter follows: then the letters are options."""
    after = next((a for a in answers if a >= run.last.end), None)
    if after is None or after - run.last.end > 400:
        return False
    return re.match(r"[^\n:]{0,20}[:][ \t]*[(]?[a-hA-H][)]?[ \t.]*(?:\n|\Z)", text[after:].lstrip()) is not None


def divided(sources: Sources, section: Section, whole: Item) -> list[Item]:
    """A numbered question as its parts, with what stands before them as their material."""
    text = sources.view.text
    runs = [r for r in sources.parts if whole.start <= r.start < whole.end]
    if not runs:
        return [whole]
    run = runs[0]
    begin = whole.mark.end if whole.mark is not None else whole.start
    value = whole.value
    group = Group(begin, run.start, True, whole.mark.printed if whole.mark is not None else None, value)
    out: list[Item] = []
    for label, stop in zip(run.labels, [*(x.start for x in run.labels[1:]), whole.end], strict=True):
        letter = chr(97 + label.index)
        leaves = list(_romans(text, label.end, stop))
        if not leaves:
            out.append(_part(sources, section, label.start, label.end, stop, label.index + 1, f"({letter})"))
            out[-1].path = (value or 0, letter, "")
            continue
        lead = (label.end, leaves[0][0])
        for (at, end, roman), after in zip(leaves, [*(a for a, _, _ in leaves[1:]), stop], strict=True):
            made = _part(sources, section, at, end, after, _ROMANS.index(roman) + 1, f"({letter})({roman})")
            made.path = (value or 0, letter, roman)
            if text[slice(*lead)].strip() and made.stem:
                made.stem = [lead, *made.stem]
            out.append(made)
    for made in out:
        made.hints["part"] = True
        if text[group.start : group.end].strip(" \t\n.:"):
            made.group = group
    return out


def _romans(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """(i), (ii) ... in order, two at least: start, end, numeral."""
    found: list[tuple[int, int, str]] = []
    for match in _ROMAN.finditer(text, start, end):
        if len(found) < len(_ROMANS) and match["roman"] == _ROMANS[len(found)]:
            found.append((match.start(), match.end(), match["roman"]))
    lead = re.compile(r"[ \t]*[(]i[)](?=\s)").match(text, start, end)
    if lead is not None and (not found or found[0][2] != "i"):
        found = [(start, lead.end(), "i")]
        for match in _ROMAN.finditer(text, lead.end(), end):
            if len(found) < len(_ROMANS) and match["roman"] == _ROMANS[len(found)]:
                found.append((match.start(), match.end(), match["roman"]))
    return iter(found if len(found) >= 2 else [])


def _part(sources: Sources, section: Section, start: int, body: int, stop: int, value: int, printed: str) -> Item:
    aside = _ASIDE.search(sources.view.text, body, stop)
    stop = aside.start() if aside is not None and aside.start() > body else stop
    return item(sources, section, start, stop, Mark(start, body, value, "alpha", printed, 2.0, True))


@dataclass(frozen=True, slots=True)
class Told:
    """What a mark scheme says for one part."""

    path: tuple[int, str, str]
    start: int
    value: int
    end: int
    alone: bool = False
    """Whether it is a number and a letter and nothing else."""


def told_parts(text: str, start: int, end: int) -> list[Told]:
    """The entries of a mark scheme: `1(a) ...`, `(b) ...`, `2(b)(i) ...`, each number and letter good until the next."""
    found: list[tuple[tuple[int, str, str], int, int]] = []
    number, letter = 0, ""
    for match in _KEY.finditer(text, start, end):
        if not match[0].strip():
            continue
        said = match["letter"] or match["bare"] or ""
        if match["number"]:
            if int(match["number"]) not in {number, number + 1, number + 2}:
                continue
            number, letter = int(match["number"]), said
        elif said:
            letter = said
        elif not match["roman"]:
            continue
        found.append(((number, letter, match["roman"] or ""), match.start(), match.end()))
    stops = [*(a for _, a, _ in found[1:]), end]
    return [
        Told(path, a, b, stop, bool(path[1]) and not path[2] and not text[b:stop].strip(" \t\n.。"))
        for (path, a, b), stop in zip(found, stops, strict=False)
    ]
