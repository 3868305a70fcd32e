"""Aiken, as Moodle reads it (question/format/aiken/format.php), and a little beyond.

Moodle wants the question on one line, capital letters and one right answer; a
question that breaks a line or has two right answers is garbled or cut there
without a word. Here it is read as it was meant, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Any

from qbank.formats import aiken
from qbank.model import MultipleChoice, Question, ShortAnswer, SingleChoice, Source, Text
from qbank.readers.decode import looks_like_text
from qbank.readers.lines import Ahead, lines
from qbank.readers.markup import rich
from qbank.readers.parts import UNNAMED, Parts, choices
from qbank.reading import Context, Document

_CHOICE = re.compile(r"\(?([A-Za-z])[).](?:\s+|(?=\S)|\Z)")
_EXACT = re.compile(r"[A-Z][).] ")
_ANSWER = re.compile(r"(?i)ANSWERS?\s*:\s*(.*)\Z")
_KEY = re.compile(r"(?i)\(?([A-Z])\)?(?:\s*(?:[,;&/+、，]|and|\s)\s*\(?([A-Z])\)?)*[.)]?\s*\Z")
_SAMPLE = 200_000


@dataclass(slots=True)
class _Open:
    """A question whose answer has not come yet."""

    line: int
    stem: list[str]
    labels: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    end: int = 0


class AikenReader:
    """Reads Aiken files."""

    name: str = aiken.NAME
    title: str = "Aiken"
    suffixes: tuple[str, ...] = (".aiken",)
    options: Mapping[str, str] = MappingProxyType({})

    def sniff(self, document: Document) -> float:
        """Sure of .aiken, and of text in which every line is where Aiken wants it."""
        if not looks_like_text(document.data):
            return 0.0
        if document.name.lower().endswith((".aiken", ".aiken.txt")):
            return 0.95
        if b"ANSWER:" not in document.data:
            return 0.0
        head = document.data[:_SAMPLE].decode("utf-8-sig", "replace")
        return 0.7 if _is_strict(head.splitlines(), whole=len(document.data) <= _SAMPLE) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file, in its order. Raises `QbankError` when it is not text."""
        maker = _Maker(document.name, Parts(document.name, ctx))
        source = lines(document.data, document.name, ctx)
        empty = True
        for question in maker.questions(Ahead(line.strip(" \t\v\f\0") for line in source)):
            empty = False
            yield question
        if empty:
            ctx.problem("R001", f"{document.name}: holds no question in Aiken", document.name, 1)


READER = AikenReader()


def _is_strict(lines: list[str], *, whole: bool) -> bool:
    """Whether there are only questions as Moodle takes them: a line, choices from A on, a letter."""
    count, stem, letters = 0, False, 0
    for line in map(str.strip, lines):
        if not line:
            continue
        if aiken.ANSWER.match(line):
            if letters < 2 or not re.match(r"ANSWER:\s*[A-Z]\s*\Z", line):
                return False
            count, stem, letters = count + 1, False, 0
        elif stem and (label := aiken.CHOICE.match(line)) and label[1] == aiken.LETTERS[letters % 26]:
            letters += 1
        elif not stem:
            stem = True
        else:
            return False
    return count > 0 and not (whole and stem)


def _said(line: str, end: int) -> str:
    """A choice behind its label: every character where it stands as Moodle wants it, else without what sets it off."""
    exact = _EXACT.match(line)
    return line[end:].strip() if exact is None else line[exact.end() :].strip(" \t\v\f\0")


@dataclass(slots=True)
class _Maker:
    """Makes the questions of one file."""

    document: str
    parts: Parts

    def questions(self, source: Ahead) -> Iterator[Question]:
        """Every question, where its answer stands, or where the next one begins without it."""
        found: _Open | None = None
        for number, line in enumerate(source, 1):
            if not line:
                continue
            answer = _ANSWER.match(line)
            label = _CHOICE.match(line)
            if found is not None:
                self.parts.line = found.line
            if answer is not None:
                if found is None:
                    self._stray(number, line, "an answer without a question")
                    continue
                if not line.startswith("ANSWER:"):
                    self.parts.remark("R047", "Moodle wants ANSWER: in capital letters", number, 1)
                found.end = number
                yield self._made(found, answer[1].strip(), number)
                found = None
            elif label is not None and not (found is None and self._begins(source)):
                if found is None:
                    self._stray(number, line, "a choice without a question")
                    continue
                if not aiken.CHOICE.match(line):
                    self.parts.remark(
                        "R047", f"Moodle wants the label {label[0].strip()} in another form, as A)", number, 1
                    )
                found.labels.append(label[1].upper())
                found.texts.append(_said(line, label.end()))
                found.end = number
            elif found is None:
                found = _Open(number, [line], end=number)
            elif not found.labels:
                self.parts.remark("R047", "the question has several lines; Moodle would keep only the last", number, 1)
                found.stem.append(line)
                found.end = number
            elif self._begins(source):
                yield self._made(found, None, found.end)
                found = _Open(number, [line], end=number)
            else:
                self.parts.remark("R047", "a choice has several lines; Moodle would lose the question", number, 1)
                found.texts[-1] = f"{found.texts[-1]} {line}".strip()
                found.end = number
        if found is not None:
            self.parts.line = found.line
            if found.labels:
                yield self._made(found, None, found.end)
            else:
                self._stray(found.line, " ".join(found.stem), "a text without choices")

    def _begins(self, source: Ahead) -> bool:
        """Whether choices from A on follow a line, before any other choice or an answer."""
        for line in islice(source.ahead(), 40):
            if _ANSWER.match(line):
                return False
            if label := _CHOICE.match(line):
                return label[1].upper() == "A"
        return False

    def _stray(self, number: int, line: str, what: str) -> None:
        self.parts.tell()
        self.parts.ctx.problem("R042", f"{what} was not read: {line[:60]!r}", self.document, number, 1)

    def _made(self, found: _Open, key: str | None, number: int) -> Question:
        common: dict[str, Any] = {
            "id": UNNAMED,
            "stem": self._text(" ".join([aiken.read_stem(found.stem[0]), *found.stem[1:]])),
            "source": Source(document=self.document, line=found.line, column=1, end_line=found.end),
        }
        if len(found.texts) < 2:
            self.parts.remark("R006", "a question has fewer than two choices; it is kept as a draft", number, 1)
            return self.parts.named(ShortAnswer(status="draft", **common))
        if found.labels != list(aiken.LETTERS[: len(found.labels)]):
            self.parts.remark("R007", f"the choices are labelled {' '.join(found.labels)}", found.line, 1)
        right = self._right(found, key, number)
        made = choices([self._text("" if text == aiken.SHIELD else text) for text in found.texts])
        if any(not choice.text for choice in made):
            self.parts.remark("R010", "a choice has no text", found.line, 1)
        if len(right) > 1:
            self.parts.remark("R047", "several right answers: Moodle would take only the first", number, 1)
            return self.parts.named(MultipleChoice(choices=made, answer=tuple(made[i].id for i in right), **common))
        return self.parts.named(SingleChoice(choices=made, answer=made[right[0]].id if right else None, **common))

    def _right(self, found: _Open, key: str | None, number: int) -> list[int]:
        """The places of the right choices."""
        letters = re.findall(r"[A-Z]", (key or "").upper()) if key and _KEY.match(key) else (key or "")[:1].upper()
        places = list(dict.fromkeys(found.labels.index(letter) for letter in letters if letter in found.labels))
        if not key:
            self.parts.remark("R011", "no answer was found", number, 1)
        elif len(places) < len(set(letters)):
            self.parts.remark("R012", f"the answer {key[:40]!r} names no choice", number, 1)
            return []
        return places

    def _text(self, line: str) -> Text:
        return self.parts.text(rich(aiken.html(line), media=self.parts.media))
