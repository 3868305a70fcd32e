"""Moodle's missing word format: one question a paragraph, its answers in braces where the word is missing.

As question/format/missingword/format.php reads it: `=` is the right answer, `~`
a wrong one, `~75%` one that is worth a part, `#` begins the feedback, and a `_`
protects digits that are no weight. One answer alone is a word to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import chain
from types import MappingProxyType
from typing import Any

from qbank.formats.moodle import PHP_BLANKS, read_pattern, read_percent
from qbank.model import ONE, ZERO, Accepted, Question, ShortAnswer, SingleChoice, Source, Text
from qbank.readers.decode import looks_like_text
from qbank.readers.lines import lines
from qbank.readers.markup import rich
from qbank.readers.parts import UNNAMED, Parts, choices, with_weights
from qbank.reading import Context, Document

NAME = "missingword"
_SAMPLE = 200_000
_WEIGHT = re.compile(r"([0-9]{1,3})%(?![0-9.]*%)")
_WEIGHTED = re.compile(rb"\{[^{}%]*~[0-9]{1,3}%[^{}%]*[}~=]")


class MissingWordReader:
    """Reads missing word files."""

    name: str = NAME
    title: str = "Moodle missing word"
    suffixes: tuple[str, ...] = (".missingword",)
    options: Mapping[str, str] = MappingProxyType({})

    def sniff(self, document: Document) -> float:
        """Sure of its ending, and of weights in the form that GIFT does not have; GIFT reads the rest the same."""
        if not looks_like_text(document.data):
            return 0.0
        if document.name.lower().endswith((".missingword", ".missingword.txt")):
            return 0.95
        from qbank.readers.gift import READER as GIFT

        head = document.data[:_SAMPLE]
        return 0.92 if _WEIGHTED.search(head) and b"::" not in head and GIFT.sniff(document) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file, in its order. Raises `QbankError` when it is not text."""
        parts = Parts(document.name, ctx)
        empty = True
        for line, paragraph in _paragraphs(lines(document.data, document.name, ctx)):
            parts.line = line
            question = _question(paragraph, parts)
            empty = False
            if question is not None:
                yield question
        if empty:
            ctx.problem("R001", f"{document.name}: holds no question with a missing word", document.name, 1)


READER = MissingWordReader()


def _paragraphs(source: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines without a blank one, each with the number of its first line."""
    found: list[str] = []
    for number, line in enumerate(chain(source, [""]), 1):
        if line.strip(PHP_BLANKS):
            found.append(line.strip(PHP_BLANKS))
        elif found:
            yield number - len(found), found
            found = []


def _question(lines: list[str], parts: Parts) -> Question | None:
    """The question of a paragraph; R042 and None where it has no braces or nothing between them."""
    text = " ".join(lines)
    opening, closing = text.find("{"), text.find("}")
    entries = _entries(text[opening + 1 : closing]) if 0 <= opening < closing else []
    if not entries:
        what = "has no answers in braces" if opening < 0 or closing < opening else "has empty braces"
        parts.ctx.problem("R042", f"{text[:60]!r} was not read: it {what}", parts.document, parts.line, 1)
        return None
    common: dict[str, Any] = {
        "id": UNNAMED,
        "stem": _text(f"{text[:opening]}_____{text[closing + 1 :]}", parts),
        "source": Source(document=parts.document, line=parts.line, column=1, end_line=parts.line + len(lines) - 1),
    }
    if len(entries) == 1:
        word, wild = read_pattern(entries[0].removeprefix("="))
        return parts.named(ShortAnswer(answer=(Accepted(text=word),) if word else None, wildcard=wild, **common))
    texts: list[Text] = []
    told: list[Text | None] = []
    weights: list[Fraction] = []
    for entry in entries:
        answer, weight = _weighed(entry, parts)
        shown, _, feedback = answer.partition("#") if answer.find("#") > 0 else (answer, "", "")
        texts.append(_text(shown, parts))
        told.append(_text(feedback, parts) or None)
        weights.append(weight)
    made = choices(texts, told)
    if any(text == "" for text in texts):
        parts.remark("R010", "a choice has no text")
    full = [choice.id for choice, weight in zip(made, weights, strict=True) if weight == ONE]
    if not full:
        parts.remark("R011", "no choice earns full marks")
    if len(full) == 1 and set(weights) <= {ONE, ZERO}:
        return parts.named(SingleChoice(choices=made, answer=full[0], **common))
    return parts.named(
        SingleChoice(
            choices=with_weights(made, weights), answer=full[0] if full else None, scoring="weighted", **common
        )
    )


def _entries(inner: str) -> list[str]:
    """The answers; `=` stays before the right one."""
    found = [part.strip(PHP_BLANKS) for part in inner.replace("=", "~=").split("~")]
    return found if found[0] else found[1:]


def _weighed(entry: str, parts: Parts) -> tuple[str, Fraction]:
    """An answer without its weight and its mark, and the weight."""
    if entry.startswith("="):
        return entry[1:].removeprefix("_").strip(PHP_BLANKS), ONE
    found = _WEIGHT.match(entry)
    if found is None:
        return entry.removeprefix("_").strip(PHP_BLANKS), ZERO
    weight, exact = read_percent(found[1])
    if not exact:
        parts.remark("R047", f"{found[0]} is read as {weight.numerator}/{weight.denominator}")
    return entry[found.end() :].removeprefix("_").strip(PHP_BLANKS), min(weight, ONE)


def _text(html: str, parts: Parts) -> Text:
    return parts.text(rich(html.strip(PHP_BLANKS), media=parts.media))
