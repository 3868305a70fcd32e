"""Scraped exam papers: any layout of numbers, options, answers and keys that people use.

Pure stages over one text, positions kept throughout: furniture is set aside,
glued documents are split, markers are found as candidates, one consistent
reading is chosen for each section, keys are attached, questions are built, and
what is doubtful is reported. Every character is accounted for in `ctx.accounts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from qbank.model import Question
from qbank.readers.decode import decode, looks_like_text
from qbank.readers.extract import MAX_CHARACTERS, too_long
from qbank.readers.marks import Mark
from qbank.readers.paper.account import Account, Claim
from qbank.readers.paper.keyfile import KeyText, read_keyed
from qbank.readers.paper.pipeline import read_file
from qbank.reading import Context, Document

__all__ = ["READER", "Account", "Claim", "KeyText", "Mark", "PaperReader", "read_text"]


_LONGEST_RUN = 1000
_LONG_RUN = re.compile(rf"([^\n])\1{{{_LONGEST_RUN},}}|[0-9]{{{_LONGEST_RUN + 1},}}|[^\S\n]{{{_LONGEST_RUN + 1},}}")
"""No paper has so many of one character, digits or blanks in a row; only files that want to be slow do."""
_MOST_NAMED = 20


def read_text(
    text: str, name: str, ctx: Context, marks: Sequence[Mark] = (), key: KeyText | None = None
) -> list[Question]:
    """The questions in a text; `marks` are stretches that the source set in bold, red or the like.

    `key` is a file of answers to them. Adds an `Account` to `ctx.accounts` (of
    the key too), findings to `ctx.report`, and sets the header's title and
    language where it has none.
    """
    if len(text) > MAX_CHARACTERS:
        raise too_long(name)
    text = _without_long_runs(text, name, ctx)
    if key is not None:
        return read_keyed(text, key, name, ctx, marks)
    return read_file(text, name, ctx, marks)


def _without_long_runs(text: str, name: str, ctx: Context) -> str:
    """The text with line ends in the place of what goes on and on, so that every character keeps its place."""
    runs = list(_LONG_RUN.finditer(text))
    if not runs:
        return text
    for run in runs[:_MOST_NAMED]:
        line = text.count("\n", 0, run.start()) + 1
        what = "digits" if run[0][0].isdigit() else "blanks" if run[0].isspace() else repr(run[0][0])
        ctx.problem("R076", f"{len(run[0])} {what} in a row; the first {_LONGEST_RUN} were read", name, line)
    return _LONG_RUN.sub(lambda run: run[0][:_LONGEST_RUN] + "\n" * (len(run[0]) - _LONGEST_RUN), text)


@dataclass(frozen=True, slots=True)
class PaperReader:
    """Reads exam papers that are plain text or Markdown."""

    name: str = "paper"
    title: str = "Exam paper (text)"
    suffixes: tuple[str, ...] = (".txt", ".md", ".text")
    options: Mapping[str, str] = field(default_factory=dict)

    def sniff(self, document: Document) -> float:
        """Low for any text, so that every stricter format goes first."""
        head = document.data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not looks_like_text(document.data) or head.startswith(
            (b"{", b"<?xml", b"<!DOCTYPE", b"<html", b"PK\x03\x04")
        ):
            return 0.0
        if head.startswith(b"[") and _is_json(document.data):
            return 0.0
        return 0.3 if document.name.lower().endswith(self.suffixes) else 0.1

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of a document. Raises `QbankError` when it is not text."""
        yield from read_text(decode(document.data, document.name, ctx), document.name, ctx)


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


READER = PaperReader()
