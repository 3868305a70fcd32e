"""Moodle's missing word format: answers in braces where the word is missing, with weights of its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qbank.model import ShortAnswer, SingleChoice
from qbank.readers.missingword import READER
from qbank.reading import Context, Document, Reader, get, guess

TEXT = """Long before there were clocks people told
the time by {=the sun#Of course. ~radio ~75%the stars#At night. ~33%water ~_3 bells}, day by day.

The hour has {=sixty} minutes.

Nothing here

Empty {}
"""


def read(text: str) -> tuple[list[Any], Context]:
    """The questions of a file, and what was left in the context."""
    ctx = Context()
    return list(READER.read(Document("words.txt", text.encode()), ctx)), ctx


def test_the_reader_keeps_the_protocol() -> None:
    """It is registered; its own weights give a file away, the rest is GIFT as well."""
    assert isinstance(READER, Reader)
    assert get("missingword") is READER
    assert guess(Document("words.txt", TEXT.encode())) == "missingword"
    assert guess(Document("words.txt", b"The hour has {=sixty ~ten} minutes.")) == "gift"


def test_choices_and_words() -> None:
    """Weights, feedback and protected digits; one answer alone is a word to write; what has none is R042."""
    questions, ctx = read(TEXT)
    time, hour = questions
    assert isinstance(time, SingleChoice)
    assert time.stem == "Long before there were clocks people told the time by _____, day by day."
    assert [(c.text, c.feedback, c.weight) for c in time.choices] == [
        ("the sun", "Of course.", 1),
        ("radio", None, 0),
        ("the stars", "At night.", Fraction(3, 4)),
        ("water", None, Fraction(1, 3)),
        ("3 bells", None, 0),
    ]
    assert isinstance(hour, ShortAnswer)
    assert [a.text for a in hour.answer or ()] == ["sixty"]
    assert [f"{d.code}:{d.source.line if d.source else 0}" for d in ctx.report] == ["R047:1", "R042:6", "R042:8"]
    assert hour.source is not None
    assert hour.source.line == 4


@given(st.text(st.sampled_from("ab =~#{}%_0123\n"), max_size=50))
@settings(max_examples=200, deadline=None)
def test_nothing_raises(text: str) -> None:
    """Whatever the characters are, there are questions or findings, never a traceback."""
    questions, ctx = read(text)
    assert questions or len(ctx.report) > 0
