"""Whatever a bank holds, each format that is written and read gives it back, but for what its losses say."""

from __future__ import annotations

from fractions import Fraction

import askable
import msgspec
import pytest
from conformance import hostile_bank
from hypothesis import HealthCheck, given, settings
from round_trip import exported, faults

from qbank import export
from qbank.model import (
    KINDS,
    Accepted,
    Bank,
    Choice,
    Cloze,
    Essay,
    Group,
    Header,
    Html,
    Information,
    Item,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    kind_of,
)

TARGETS = ("moodle-xml", "gift", "aiken", "qti21", "qti22", "qti30", "xlsx")
AB = (Choice(id="A", text="a"), Choice(id="B", text="b"))
LEAST: tuple[Question, ...] = (
    SingleChoice(id="single", stem="s", choices=AB, answer="A"),
    MultipleChoice(id="multi", stem="s", choices=AB, answer=("A",)),
    TrueFalse(id="tf", stem="s", answer=False),
    ShortAnswer(id="short", stem="s", answer=(Accepted(text="a"),)),
    Numeric(id="num", stem="s", answer=(NumericAnswer(value=Fraction(0)),)),
    Cloze(
        id="cloze", stem=Html(html='<p><blank id="b"/></p>'), blanks=(TextBlank(id="b", answer=(Accepted(text="a"),)),)
    ),
    Matching(id="match", stem="s", prompts=(Prompt(id="1", text="p"),), choices=AB, answer={"1": "A"}),
    Ordering(id="order", stem="s", items=(Item(id="a", text="a"), Item(id="b", text="b")), answer=("b", "a")),
    Essay(id="essay", stem="s"),
    Group(id="group", stem="s", questions=(TrueFalse(id="sub", stem="s", answer=True),)),
    Information(id="info", stem="s"),
)
"""A question of each kind with nothing but what it must have."""
LONG = "很长的题干 and long words, " * 8000


def told(name: str, *questions: Question, **order: str) -> list[str]:
    """The faults of a bank of these questions, in words."""
    bank = Bank(header=Header(qbank=1), questions=questions)
    return [f"{d.question}{d.pointer}: {d.message}" for d in faults(name, bank, **order)]


@pytest.mark.parametrize("name", TARGETS)
def test_a_bank_of_nothing(name: str) -> None:
    """A header alone is written, read back and found right."""
    done = exported(name, Bank(header=Header(qbank=1, title="Nothing", language="en"), questions=()))
    assert (done.verified, list(done.report)) == (0, [])


@pytest.mark.parametrize("question", LEAST, ids=kind_of)
@pytest.mark.parametrize("name", TARGETS)
def test_a_bank_of_one_question(name: str, question: Question) -> None:
    """A question of each kind, with nothing but what it must have."""
    assert told(name, question) == []


@pytest.mark.parametrize("question", LEAST, ids=kind_of)
@pytest.mark.parametrize("name", TARGETS)
def test_a_bank_of_one_question_without_an_answer(name: str, question: Question) -> None:
    """The same, its answer unknown, exported ungraded."""
    if hasattr(question, "answer"):
        question = msgspec.structs.replace(question, answer=None)
    assert told(name, question, unanswered="ungraded") == []


@pytest.mark.parametrize("name", TARGETS)
def test_very_long_texts(name: str) -> None:
    """Texts of hundreds of kilobytes are whole, or reported as cut."""
    choices = (Choice(id="A", text=LONG + "1", feedback=LONG), Choice(id="B", text=LONG + "2"))
    accepted = (Accepted(text=LONG.strip()),)
    prompts = (Prompt(id="1", text=LONG),)
    questions: tuple[Question, ...] = (
        SingleChoice(id="long-1", stem=LONG, choices=choices, answer="A", hints=(LONG,)),
        ShortAnswer(id="long-2", stem=LONG, answer=accepted),
        Matching(id="long-3", stem=LONG, prompts=prompts, choices=choices, answer={"1": "B"}),
        Cloze(
            id="long-4",
            stem=Html(html=f'<p>{LONG}<blank id="b"/></p>'),
            blanks=(TextBlank(id="b", answer=accepted),),
            title="t" * 400,
            tags=("g" * 400,),
            category=("c" * 400,),
        ),
        Essay(id="long-5", stem=LONG, answer=LONG),
    )
    assert told(name, *questions) == []


@pytest.mark.parametrize("name", TARGETS)
def test_the_hostile_bank(name: str) -> None:
    """Texts that a format gives a meaning to mean themselves."""
    assert told(name, *hostile_bank.questions()) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TARGETS)
def test_scrambled_texts(name: str, seed: int) -> None:
    """So do random texts of the characters that mean something."""
    assert told(name, *hostile_bank.questions(hostile_bank.scrambled(seed, 9))) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TARGETS)
def test_any_question(name: str, kind: Kind) -> None:
    """Any question that the linter has nothing against."""
    if export.get(name).support[kind] == "none":
        pytest.skip(f"{name} leaves {kind} out")

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(askable.banks(kind))
    def holds(bank: Bank) -> None:
        assert [f"{d.pointer}: {d.message}" for d in faults(name, bank)] == []

    holds()
