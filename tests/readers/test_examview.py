"""ExamView's XML: its kinds, its letters, its matching groups; hostile XML is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qbank.diagnostics import QbankError
from qbank.model import Feedback, Html, kind_of
from qbank.readers.examview import READER
from qbank.reading import Context, Document, Reader, get, guess

TEST = (Path(__file__).parent / "examview" / "test.xml").read_bytes()


def read(data: bytes) -> tuple[list[Any], Context]:
    """The questions of a file, and what was left in the context."""
    ctx = Context()
    return list(READER.read(Document("test.xml", data), ctx)), ctx


def test_the_reader_keeps_the_protocol() -> None:
    """It is registered, and knows its files by their content."""
    assert isinstance(READER, Reader)
    assert get("examview") is READER
    assert guess(Document("test.xml", TEST)) == "examview"
    assert READER.sniff(Document("test.xml", b"<quiz/>")) == 0


def test_its_kinds() -> None:
    """Every kind becomes what Moodle makes of it, with the markup that Moodle takes off."""
    questions, ctx = read(TEST)
    assert [kind_of(q) for q in questions] == [
        "true_false", "true_false", "single_choice", "numeric", "matching", "short_answer", "essay", "true_false",
        "essay", "multiple_choice", "information", "single_choice",
    ]  # fmt: skip
    copper, neon, water, product, group, salt, rust, boils, draw, gases, unknown, letter = questions
    assert (copper.answer, copper.feedback) == (True, Feedback(general="It conducts “well”."))
    assert (neon.answer, neon.stem) == (False, Html(html="<p>Is <em>neon</em> a metal?</p>"))
    assert water.stem == Html(html="<p>Which is H<sub>2</sub>O<br/>at <strong>0 °C</strong>?</p>")
    assert ([c.text for c in water.choices], water.answer) == (["ice & water", "steam", "a < b"], "A")
    assert [a.value for a in product.answer] == [42, 42]
    assert (group.answer, [p.text for p in group.prompts]) == ({"1": "B", "2": "A"}, ["grass", "blood"])
    assert [a.text for a in salt.answer] == ["chloride", "Chloride"]
    assert rust.answer == Html(html="<p>Iron, <u>water</u> and air.</p>")
    assert (boils.answer, boils.feedback) == (False, Feedback(general="100"))
    assert draw.answer is None
    assert gases.answer == ("A", "C")
    assert (unknown.status, unknown.extensions["examview"]["type"]) == ("draft", "zz")
    assert letter.answer is None
    assert [f"{d.code}:{d.source.line if d.source else 0}" for d in ctx.report] == [
        "R048:56", "R044:60", "R048:60", "R040:69", "R042:72", "R012:76",
    ]  # fmt: skip
    assert ctx.header.title == "Unit 3"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<examview>",
        b"<quiz/>",
        b'<!DOCTYPE examview [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><examview>&c;</examview>',
        b"<examview>" + b"<b>" * 5000,
    ],
)
def test_what_is_none_is_refused(data: bytes) -> None:
    """Broken and hostile files are refused in words."""
    with pytest.raises(QbankError):
        read(data)


def test_missing_parts_are_findings() -> None:
    """A file with any one element renamed is still read to its end."""
    for tag in sorted(set(re.findall(rb"<([a-z-]+)[ >/]", TEST)) - {b"examview"}):
        questions, _ = read(re.sub(rb"(</?)" + tag + rb"(?=[ >/])", rb"\1zz", TEST))
        assert all(question.id for question in questions)


def test_a_file_without_questions() -> None:
    """An empty file says so."""
    assert [d.code for d in read(b"<examview/>")[1].report] == ["R001"]
