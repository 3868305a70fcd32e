"""Anki's text files: settings at the head, then a note a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

import msgspec

from qbank import richtext
from qbank.formats.platforms.anki import SEPARATORS, SETTING, is_short
from qbank.model import Accepted, Cloze, Essay, Html, Question, ShortAnswer, Source, Text, TextBlank
from qbank.readers.decode import looks_like_text
from qbank.readers.delimited import Row, records
from qbank.readers.lines import Ahead, lines
from qbank.readers.markup import rich
from qbank.readers.naming import Naming
from qbank.reading import Context, Document

_FRONT = frozenset({"front", "question", "text", "正面", "问题", "题目"})
_BACK = frozenset({"back", "answer", "背面", "答案", "back extra"})
_CLOZE = re.compile(r"\{\{c([0-9]{1,3})::(.{1,2000}?)(?:::(.{0,500}?))?\}\}", re.S)
_HEAD = re.compile(rb"(?i)(?:\xef\xbb\xbf)?#(?:separator|html|notetype|deck|tags|columns|guid)(?: column)?:")


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the settings say: the separator, whether fields are HTML, and which column, from 0, is what."""

    separator: str
    html: bool
    front: int
    back: int
    deck: int | None
    tags: int | None
    all_deck: str
    first: int
    """The line of the first note."""


@dataclass(frozen=True, slots=True)
class AnkiReader:
    """Reads each note as a question with a short answer, one with a model answer, or a text with gaps."""

    name: str = "anki"
    title: str = "Anki notes (text export)"
    suffixes: tuple[str, ...] = (".txt",)
    options: Mapping[str, str] = field(default_factory=dict)

    def sniff(self, document: Document) -> float:
        """Sure of a text that begins with one of Anki's settings."""
        return 0.97 if _HEAD.match(document.data) and looks_like_text(document.data) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The notes of the file, in its order; Raises `QbankError` for what is no text."""
        notes = Ahead(lines(document.data, document.name, ctx))
        layout = _layout(notes)
        naming = Naming()
        count = 0
        for row in records(notes, layout.separator):
            if row.cells[0].startswith("#") and not layout.html:
                continue
            made = _question(row, layout, document.name, ctx)
            if made is None:
                line = row.line + layout.first
                ctx.problem("R039", f"line {line}: the note has no front; it was not read", document.name, line)
                continue
            count += 1
            yield msgspec.structs.replace(made, id=naming.minted(made))
        if not count:
            ctx.problem("R001", f"{document.name}: holds no note", document.name, 1)


def _layout(notes: Ahead) -> _Layout:
    """How the notes are written, by the settings before them, which are taken."""
    settings: dict[str, str] = {}
    at = 0
    while match := SETTING.match(next(notes.ahead(), "").rstrip("\r")):
        settings[match[1]] = match[2]
        at += 1
        notes.next()
    said = settings.get("separator", "").strip()
    first = next((line for line in notes.ahead() if line.strip()), "")
    separator = SEPARATORS.get(said.casefold(), said) or ("\t" if "\t" in first else ";" if ";" in first else "\t")
    titles = [title.strip().casefold() for title in re.split(r"\t", settings.get("columns", ""))]
    taken = {
        int(value) - 1
        for name, value in settings.items()
        if name.endswith(" column") and value.strip().isdecimal() and 0 < int(value) < 1000
    }
    free = [i for i in range(1000) if i not in taken]
    front = next((i for i, title in enumerate(titles) if title in _FRONT), free[0])
    back = next((i for i, title in enumerate(titles) if title in _BACK), next(i for i in free if i > front))

    def column(name: str) -> int | None:
        value = settings.get(f"{name} column", "").strip()
        return int(value) - 1 if value.isdecimal() and 0 < int(value) < 1000 else None

    return _Layout(
        separator=separator,
        html=settings.get("html", "").strip().casefold() == "true",
        front=front,
        back=back,
        deck=column("deck"),
        tags=column("tags"),
        all_deck=settings.get("deck", "").strip(),
        first=at,
    )


def _question(row: Row, layout: _Layout, document: str, ctx: Context) -> Question | None:
    def cell(place: int | None) -> str:
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    line = row.line + layout.first
    front, back = cell(layout.front), cell(layout.back)
    stem = _text(front, layout, document, line, ctx)
    if richtext.is_empty(stem):
        return None
    common = {
        "id": "q",
        "source": Source(document=document, line=line),
        "tags": tuple(dict.fromkeys(cell(layout.tags).split())),
        "category": tuple(part for part in (cell(layout.deck) or layout.all_deck).split("::") if part.strip()),
    }
    if _CLOZE.search(front):
        return _gaps(front, layout, document, line, ctx, common)
    answer = _text(back, layout, document, line, ctx)
    if isinstance(answer, str) and is_short(answer.strip(), marked=False):
        return ShortAnswer(stem=stem, answer=(Accepted(text=answer.strip()),), **common)  # type: ignore[arg-type]  # one value each
    return Essay(stem=stem, answer=None if richtext.is_empty(answer) else answer, **common)  # type: ignore[arg-type]  # one value each


def _text(written: str, layout: _Layout, document: str, line: int, ctx: Context) -> Text:
    if not layout.html:
        return written
    if "<" not in written and "&" not in written and "\\" not in written:
        return written
    read = rich(written, media=lambda address: None)
    if read.dropped:
        what = ", ".join(read.dropped[:6])
        ctx.problem("R041", f"line {line}: markup was taken off: {what}", document, line)
    return read.text


def _gaps(
    front: str, layout: _Layout, document: str, line: int, ctx: Context, common: dict[str, object]
) -> Question | None:
    """A text with `{{c1::answer::hint}}` for its gaps."""
    answers: list[str] = []

    def gap(match: re.Match[str]) -> str:
        answers.append(richtext.plain(_text(match[2], layout, document, line, ctx)).strip())
        return f'<blank id="b{len(answers)}"/>'

    marked = _CLOZE.sub(gap, front if layout.html else escape(front, quote=False).replace("\n", "<br/>"))
    ids = [f"b{i}" for i in range(1, len(answers) + 1)]
    stem = rich(marked, media=lambda address: None, blanks=ids).text
    if not isinstance(stem, Html) or list(richtext.blank_ids(stem)) != ids:
        return None
    blanks = tuple(
        TextBlank(id=name, answer=(Accepted(text=text),) if text else None)
        for name, text in zip(ids, answers, strict=True)
    )
    return Cloze(stem=stem, blanks=blanks, **common)  # type: ignore[arg-type]  # one value each


READER = AnkiReader()
