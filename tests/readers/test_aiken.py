"""Aiken is read as Moodle reads it, beyond that as it was meant; and written so that both agree."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import export
from qbank.diagnostics import QbankError
from qbank.formats import aiken
from qbank.model import (
    Choice,
    Group,
    Header,
    Html,
    MultipleChoice,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from qbank.readers.aiken import READER
from qbank.reading import Context, Document, Reader, get, guess

STRICT = """Which planet is red?
A) Mars
B) Venus & <b>Earth</b>
ANSWER: A

What is \\(x\\) in \\(x < 1\\)?
A. less
B. more
ANSWER: A
"""


def read(text: str | bytes, name: str = "q.txt") -> tuple[list[Any], Context]:
    """The questions of a file, and what was left in the context."""
    ctx = Context()
    return list(READER.read(Document(name, text if isinstance(text, bytes) else text.encode()), ctx)), ctx


def codes(ctx: Context) -> list[str]:
    """What was reported, with the line."""
    return [f"{d.code}:{d.source.line if d.source else 0}" for d in ctx.report]


def written(*questions: Question, **options: str) -> tuple[str, export.Context]:
    """What the exporter makes of questions, and its losses."""
    exporter = export.get("aiken")
    ctx = export.Context(header=Header(qbank=1), options=options)
    sink = BytesIO()
    exporter.write(export.prepared(questions, exporter, ctx), sink, ctx)
    return sink.getvalue().decode(), ctx


def test_the_reader_keeps_the_protocol() -> None:
    """It is registered under the exporter's name."""
    assert isinstance(READER, Reader)
    assert get("aiken") is READER


def test_as_moodle_wants_it() -> None:
    """Stem, choices and answer; characters mean themselves, formulas are formulas."""
    questions, ctx = read(STRICT)
    assert codes(ctx) == []
    planet, formula = questions
    assert (planet.stem, [c.text for c in planet.choices], planet.answer) == (
        "Which planet is red?",
        ["Mars", "Venus & <b>Earth</b>"],
        "A",
    )
    assert formula.stem == Html(html="<p>What is <tex>x</tex> in <tex>x &lt; 1</tex>?</p>")
    assert (planet.source.line, planet.source.end_line, formula.source.line) == (1, 4, 6)


@pytest.mark.parametrize(
    ("text", "stem", "texts", "answer", "reported"),
    [
        ("One\nTwo\nA) x\nB) y\nANSWER: B", "One Two", ["x", "y"], "B", ["R047:2"]),
        ("Q\nA) x\nmore\nB) y\nANSWER: B", "Q", ["x more", "y"], "B", ["R047:3"]),
        ("Q\na) x\nb) y\nANSWER: B", "Q", ["x", "y"], "B", ["R047:2", "R047:3"]),
        ("Q\n(A) x\n(B) y\nAnswer: b", "Q", ["x", "y"], "B", ["R047:2", "R047:3", "R047:4"]),
        ("Q\nA)x\nB)y\nANSWER: B.", "Q", ["x", "y"], "B", []),
        ("Q\nA) x\nB) y\nANSWER: C", "Q", ["x", "y"], None, ["R012:4"]),
        ("Q\nA) x\nB) y", "Q", ["x", "y"], None, ["R011:3"]),
        ("Q\nA) x\nC) y\nANSWER: C", "Q", ["x", "y"], "B", ["R007:1"]),
        (
            "A. Turing was born when?\nA. 1912\nB. 1913\nANSWER: A",
            "A. Turing was born when?",
            ["1912", "1913"],
            "A",
            [],
        ),
        ("\n\n  Q  \n\nA)  x\n\nB)\ty\n\nANSWER:B\n", "Q", ["x", "y"], "B", []),
    ],
)
def test_as_people_write_it(text: str, stem: str, texts: list[str], answer: str | None, reported: list[str]) -> None:
    """Broken lines, small letters and brackets are understood, and said with their line."""
    questions, ctx = read(text)
    assert [(q.stem, [c.text for c in q.choices], q.answer) for q in questions] == [(stem, texts, answer)]
    assert codes(ctx) == reported


def test_several_right_answers() -> None:
    """Two letters make it a question with several right choices, which Moodle would not see."""
    questions, ctx = read("Q\nA) x\nB) y\nC) z\nANSWER: A, C")
    assert isinstance(questions[0], MultipleChoice)
    assert questions[0].answer == ("A", "C")
    assert codes(ctx) == ["R047:5"]


def test_pieces_of_questions() -> None:
    """What belongs to no question is R042; a question with one choice is a draft; the reading goes on."""
    questions, ctx = read(
        "A) lost\n\nANSWER: A\n\nShort\nA) only\nANSWER: A\n\nQ\nA) x\nB) y\nNext\nA) p\nB) q\nANSWER: B\nEnd"
    )
    assert [type(q) for q in questions] == [ShortAnswer, SingleChoice, SingleChoice]
    assert questions[0].status == "draft"
    assert (questions[1].answer, questions[2].answer) == (None, "B")
    assert codes(ctx) == ["R042:1", "R042:3", "R006:7", "R011:11", "R042:16"]


def test_recognised_only_when_strict() -> None:
    """Text in which each line is where Moodle wants it is Aiken; a paper with such lines is a paper."""
    assert guess(Document("q.txt", STRICT.encode())) == "aiken"
    assert guess(Document("q.txt", STRICT.replace("\n", "\r\n").encode("utf-8-sig"))) == "aiken"
    for text in (f"Title\n{STRICT}", STRICT.replace("A) Mars", "1) Mars"), STRICT.replace("ANSWER: A", "Answer: A")):
        assert READER.sniff(Document("q.txt", text.encode())) == 0
    assert READER.sniff(Document("q.aiken", b"anything")) > 0.9


def test_empty_and_binary() -> None:
    """A file without a question says so; what is no text is refused."""
    assert codes(read("\n")[1]) == ["R001:1"]
    with pytest.raises(QbankError):
        read(b"PK\x03\x04\0\0\0\0")


@given(st.text(st.sampled_from("ABab).:(, \nNSWERanswer1"), max_size=80))
@settings(max_examples=300, deadline=None)
def test_nothing_raises(text: str) -> None:
    """Whatever the lines are, there are questions or findings, never a traceback."""
    questions, ctx = read(text)
    assert all(question.id for question in questions)
    assert questions or len(ctx.report) > 0 or not text.strip()


@pytest.mark.parametrize(
    "text", ["Q\n" * 30_000, "Q\nA) x\n" + "y\n" * 30_000, "A) x\n" * 30_000, "Q\nA) x\n" * 20_000]
)
def test_hostile_files_take_bounded_time(text: str) -> None:
    """Repetition of any kind of line is read in a moment."""
    begin = time.monotonic()
    read(text)
    assert time.monotonic() - begin < 10


def choice(stem: Any, *texts: Any, answer: str = "1", **more: Any) -> SingleChoice:
    """A single choice with numbered choices."""
    made = tuple(Choice(id=str(i), text=text) for i, text in enumerate(texts, 1))
    return SingleChoice(id="q1", stem=stem, choices=made, answer=answer, **more)


def test_written_as_moodle_wants_it() -> None:
    """A line each, capital letters, a blank line after each question."""
    text, ctx = written(choice("What?", "a", "b", answer="2"), TrueFalse(id="q2", stem="So?", answer=False))
    assert text == "What?\nA) a\nB) b\nANSWER: B\n\nSo?\nA) True\nB) False\nANSWER: B\n\n"
    assert [(d.code, d.question) for d in ctx.report] == [("X302", "q2")]


def test_words_for_true_and_false() -> None:
    """A Chinese question has Chinese words; the options name others."""
    asked = TrueFalse(id="q2", stem="\u5bf9\u5417", answer=True, language="zh-CN")
    assert "A) \u6b63\u786e\nB) \u9519\u8bef\nANSWER: A" in written(asked)[0]
    assert "A) Ja\nB) Nein\nANSWER: A" in written(asked, true="Ja", false="Nein")[0]


@pytest.mark.parametrize("stem", ["A) stem", "B. stem", "ANSWER: me", "x", "", "C)"])
def test_stems_that_look_like_something_else(stem: str) -> None:
    """A stem that Moodle would take for a choice, an answer or nothing is shielded, said, and read back."""
    text, ctx = written(choice(stem, "a", "b"))
    assert {d.code for d in ctx.report} == {"X305"}
    assert text.split("\n")[0].startswith(aiken.SHIELD)
    assert read(text)[0][0].stem == stem.strip()


def test_what_it_loses() -> None:
    """Markup, line breaks, weights, more than 26 choices and other kinds are reported."""
    rich = choice(Html(html="<p>H<sub>2</sub>O <tex>a&lt;b</tex></p>"), "a\nb", "c")
    text, ctx = written(rich)
    assert text.startswith("H2O \\(a<b\\)\nA) a b\n")
    assert [(d.code, d.pointer) for d in ctx.report] == [("X305", "/choices/0/text"), ("X204", "/stem")]
    assert [d.code for d in written(choice("s", *"abcdefghijklmnopqrstuvwxyz1"))[1].report] == ["X104"]
    group = Group(id="g", stem="Read.", questions=(choice("s", "a", "b"), ShortAnswer(id="s", stem="x")))
    text, ctx = written(group)
    assert text.startswith("Read. s\nA) a")
    assert [d.code for d in ctx.report] == ["X101", "X303", "X204"]
