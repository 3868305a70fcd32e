"""The tab-delimited text of Blackboard's question upload: a line each, its type first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import msgspec

from qbank.formats import celltext
from qbank.formats.platforms import cells
from qbank.formats.platforms.codes import BLACKBOARD, VARIABLE
from qbank.formats.platforms.headers import LETTERS
from qbank.model import (
    Accepted,
    Choice,
    Cloze,
    Essay,
    Html,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    TextBlank,
    TrueFalse,
)
from qbank.readers.decode import looks_like_text
from qbank.readers.lines import lines
from qbank.readers.naming import Naming
from qbank.readers.platforms.grid import cleaned
from qbank.reading import Context, Document

_LEAST = 2
_SAMPLE = 50
_RIGHT = frozenset({"correct", "true", "right", "正确"})


class _Unfit(Exception):
    """Why a line is no question."""


@dataclass(frozen=True, slots=True)
class BlackboardTabReader:
    """Reads every type that has a kind here, and keeps the others as drafts."""

    name: str = "blackboard-tab"
    title: str = "Blackboard question upload (tab-delimited .txt)"
    suffixes: tuple[str, ...] = (".txt",)
    options: Mapping[str, str] = field(default_factory=dict)

    def sniff(self, document: Document) -> float:
        """Sure of a text in which nearly every line is a type, a tab and a question."""
        if b"\t" not in document.data[:65536] or not looks_like_text(document.data):
            return 0.0
        head = document.data[:65536]
        text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
        lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()][:_SAMPLE]
        typed = [line for line in lines if line.partition("\t")[0].strip().upper() in BLACKBOARD and "\t" in line]
        return 0.95 if lines and len(typed) * 10 >= len(lines) * 9 else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file; a line that is none is R039. Raises `QbankError` for what is no text."""
        naming = Naming()
        count = 0
        for number, line in enumerate(lines(document.data, document.name, ctx), 1):
            if not line.strip():
                continue
            found: list[tuple[str, str]] = []
            parts = [cleaned(part.strip().strip('"') if part.count('"') == 2 else part) for part in line.split("\t")]
            try:
                made = _question(parts, {"id": "q", "source": Source(document=document.name, line=number)}, found)
            except _Unfit as unfit:
                ctx.problem("R039", f"line {number}: {unfit}; the line was not read", document.name, number)
                continue
            name = naming.minted(made)
            for code, message in found:
                ctx.problem(code, f"line {number}: {message}", document.name, number, question=name)
            count += 1
            yield msgspec.structs.replace(made, id=name)
        if not count:
            ctx.problem("R001", f"{document.name}: holds no question", document.name, 1)


def _question(parts: Sequence[str], common: dict[str, Any], found: list[tuple[str, str]]) -> Question:
    code = parts[0].strip().upper()
    if code not in BLACKBOARD:
        raise _Unfit(f"{parts[0][:20]!r} is no type of question")
    stem = parts[1] if len(parts) > 1 else ""
    if not stem:
        raise _Unfit("it has no question")
    rest = list(parts[2:])
    while rest and not rest[-1]:
        rest.pop()
    match code:
        case "MC" | "MA":
            return _choice(code, stem, rest, common, found)
        case "TF":
            answer = cells.truth(rest[0]) if rest else None
            if answer is None:
                found.append(("R012", "it says neither true nor false"))
            return TrueFalse(stem=stem, answer=answer, **common)
        case "ORD":
            if len(rest) < _LEAST:
                raise _Unfit("it has fewer than two items")
            items = tuple(Item(id=f"i{i}", text=text) for i, text in enumerate(rest, 1))
            return Ordering(stem=stem, items=items, answer=tuple(item.id for item in items), **common)
        case "MAT":
            return _matching(stem, rest, common)
        case "FIB":
            return _filled(stem, rest, common, found)
        case "FIB_PLUS":
            return _several(stem, parts[2:], common, found)
        case "NUM":
            return _numeric(stem, rest, common)
        case "SR" | "ESS":
            how: Any = "long" if code == "ESS" else "short"
            return Essay(stem=stem, style=how, answer=rest[0] if rest else None, **common)
        case _:
            found.append(("R040", f"there are no {code} questions here; its text was kept as a draft"))
            more: dict[str, Any] = {"extensions": {"blackboard-tab": {"type": code, "fields": list(parts[2:])}}}
            return Essay(stem=stem, status="draft", **common, **more)


def _choice(
    code: str, stem: str, rest: Sequence[str], common: dict[str, Any], found: list[tuple[str, str]]
) -> Question:
    texts = list(rest[0::2])
    marks = [mark.casefold() in _RIGHT for mark in rest[1::2]]
    if not _LEAST <= len(texts) <= len(LETTERS) or len(marks) != len(texts):
        raise _Unfit("it has no pairs of an answer and correct or incorrect, two at least")
    choices = tuple(Choice(id=letter, text=text) for letter, text in zip(LETTERS, texts, strict=False))
    right = tuple(choice.id for choice, mark in zip(choices, marks, strict=True) if mark)
    if not right:
        found.append(("R011", "no answer is correct"))
    if code == "MC" and len(right) < _LEAST:
        return SingleChoice(stem=stem, choices=choices, answer=right[0] if right else None, **common)
    return MultipleChoice(stem=stem, choices=choices, answer=right or None, **common)


def _matching(stem: str, rest: Sequence[str], common: dict[str, Any]) -> Question:
    prompts, matches = rest[0::2], rest[1::2]
    if not prompts or len(prompts) != len(matches):
        raise _Unfit("it has no pairs")
    texts = list(dict.fromkeys(matches))
    if len(texts) < _LEAST:
        raise _Unfit("all its pairs have the same match")
    return Matching(
        stem=stem,
        prompts=tuple(Prompt(id=str(i), text=text) for i, text in enumerate(prompts, 1)),
        choices=tuple(Choice(id=f"c{i}", text=text) for i, text in enumerate(texts, 1)),
        answer={str(i): f"c{texts.index(text) + 1}" for i, text in enumerate(matches, 1)},
        **common,
    )


def _accepted(texts: Sequence[str]) -> tuple[Accepted, ...] | None:
    return tuple(Accepted(text=text) for text in dict.fromkeys(texts) if text) or None


def _filled(stem: str, rest: Sequence[str], common: dict[str, Any], found: list[tuple[str, str]]) -> Question:
    gapped, count = cells.gapped(stem)
    accepted = _accepted(rest)
    if accepted is None:
        found.append(("R011", "no answer was found"))
    if count == 1:
        return Cloze(stem=gapped, blanks=(TextBlank(id="b1", answer=accepted),), **common)
    return ShortAnswer(stem=stem, answer=accepted, **common)


def _several(stem: str, parts: Sequence[str], common: dict[str, Any], found: list[tuple[str, str]]) -> Question:
    """A text with `[name]` for its gaps; an empty field ends the answers of one."""
    answers: dict[str, list[str]] = {}
    name = ""
    for part in parts:
        if not part:
            name = ""
        elif not name:
            name = part.strip("[]")
            answers[name] = []
        else:
            answers[name].append(part)
    pieces: list[str] = []
    blanks: list[TextBlank] = []
    at = 0
    for gap in VARIABLE.finditer(stem):
        if gap[1] in answers and gap[1] not in [blank.id for blank in blanks]:
            pieces += [escape(stem[at : gap.start()], quote=False), f'<blank id="{gap[1]}"/>']
            blanks.append(TextBlank(id=gap[1], answer=_accepted(answers[gap[1]])))
            at = gap.end()
    if not blanks:
        raise _Unfit("its text has no gap that the line has answers for")
    if len(blanks) < len(answers):
        found.append(("R015", "answers for gaps that are not in the text were left out"))
    pieces.append(escape(stem[at:], quote=False))
    return Cloze(stem=Html(html=f"<p>{''.join(pieces)}</p>"), blanks=tuple(blanks), **common)


def _numeric(stem: str, rest: Sequence[str], common: dict[str, Any]) -> Question:
    value = celltext.fraction(rest[0]) if rest else None
    tolerance = celltext.fraction(rest[1]) if len(rest) > 1 else celltext.fraction("0")
    if value is None or tolerance is None or tolerance < 0:
        raise _Unfit("its answer is no number")
    return Numeric(stem=stem, answer=(NumericAnswer(value=value, tolerance=tolerance),), **common)


READER = BlackboardTabReader()
