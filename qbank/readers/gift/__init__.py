"""GIFT, as Moodle 4.5 reads it (question/format/gift/format.php), and as people write it.

`paragraphs` cuts the file, `syntax` finds what a piece says, `build` makes the
question. What Moodle would take otherwise than it was meant is R047 with its
place; what nobody can read is R042, and the reading goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from qbank.formats import gift
from qbank.model import Question
from qbank.readers.decode import looks_like_text
from qbank.readers.gift.build import Builder
from qbank.readers.gift.paragraphs import pieces
from qbank.readers.lines import lines
from qbank.reading import Context, Document

_SAMPLE = 200_000
_ANSWERS = re.compile(
    r"(?<!\\)(?<![\^_$])\{\s*(?:(?:=|~)\s*[^\s{}]|#\s*(?:=|%|-?\.?[0-9])|(?:TRUE|FALSE|T|F)\s*[}#]|>[0-9]+\s)"
)
_COMMAND = re.compile(r"\\[A-Za-z]+\Z")
_TITLED = re.compile(r"(?m)^[ \t]*::[^:\n]{1,300}::")
_CATEGORY = re.compile(r"(?m)^[ \t]*\$CATEGORY:")
_ESSAY = re.compile(r"(?m)\{\s*\}[ \t]*$")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


class GiftReader:
    """Reads GIFT files, also those that are only called .txt."""

    name: str = gift.NAME
    title: str = "GIFT"
    suffixes: tuple[str, ...] = (".gift",)
    options: Mapping[str, str] = MappingProxyType({})

    def sniff(self, document: Document) -> float:
        """Sure of .gift, and of text where a good part of the paragraphs has answers in GIFT's braces."""
        if not looks_like_text(document.data):
            return 0.0
        if document.name.lower().endswith((".gift", ".gift.txt")):
            return 0.95
        if b"{" not in document.data:
            return 0.0
        head = document.data[:_SAMPLE].lstrip(b"\xef\xbb\xbf \t\r\n")
        if head.startswith((b"{", b"<?xml", b"<!DOCTYPE", b"<html")) and not _ANSWERS.match(
            head[:200].decode("latin-1")
        ):
            return 0.0
        return 0.9 if _is_gift(head.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file, in its order. Raises `QbankError` when it is not text."""
        builder = Builder(document.name, ctx)
        empty = True
        for piece in pieces(lines(document.data, document.name, ctx, line_ends)):
            question = builder.question(piece)
            if question is not None:
                empty = False
                yield question
        if empty:
            ctx.problem("R001", f"{document.name}: holds no question in GIFT", document.name, 1)


READER = GiftReader()


def line_ends(text: str) -> str:
    """Lines as Moodle sees them: LF ends them, CR only where there is no LF (question/format.php, readdata)."""
    if "\n" not in text:
        return text.replace("\r", "\n")
    return re.sub(r"\r+(?=\n|\Z)", "", text).replace("\r", " ") if "\r" in text else text


def _is_gift(text: str) -> bool:
    """Whether answers in braces are no accident: they are in a third of the paragraphs, or titles and categories too."""
    places = [found.start() for found in _ANSWERS.finditer(text)]
    answers = sum(not _COMMAND.search(text, max(0, place - 30), place) for place in places)
    titled = len(_TITLED.findall(text))
    if not answers:
        return titled > 0 and len(_ESSAY.findall(text)) > 0
    paragraphs = [part for part in _PARAGRAPH.split(text) if not _is_aside(part)]
    if titled or _CATEGORY.search(text):
        return answers * 10 >= len(paragraphs)
    return answers * 3 >= len(paragraphs)


def _is_aside(paragraph: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("//") for line in paragraph.split("\n"))
