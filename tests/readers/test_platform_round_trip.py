"""What was written as a platform's sheet is read back: it differs only where a loss said so."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import askable
import pytest
from conformance import hostile_bank
from hypothesis import HealthCheck, given, settings
from round_trip import faults

from qbank import export, exporting
from qbank.model import (
    KINDS,
    Accepted,
    Bank,
    Choice,
    Cloze,
    Header,
    Html,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
)

SAMPLES = sorted((Path(__file__).parents[1] / "bank").glob("*.json"))
SHEETS = (
    "sheet",
    "kaoshibao",
    "motibang",
    "chaoxing",
    "kahoot",
    "quizizz",
    "blooket",
    "gimkit",
    "socrative",
    "wooclap",
)
OTHERS = ("brightspace-csv", "blackboard-tab", "anki")
MANNERS: list[tuple[str, dict[str, str]]] = [
    *((name, {"file": file}) for name in SHEETS for file in ("xlsx", "csv")),
    ("sheet", {"language": "en"}),
    ("sheet", {"file": "tsv"}),
    *((name, {}) for name in OTHERS),
]
TEXTS: list[tuple[str, dict[str, str]]] = [
    *((name, {"file": "csv"}) for name in SHEETS),
    *((name, {}) for name in OTHERS),
]
"""Each platform once, as the file that is written fastest."""
LONG = "很长的题干 and long words, " * 8000


def cloze(name: str, stem: str, *shares: int) -> Cloze:
    """A text with a gap for each share."""
    gaps = "".join(f' <blank id="b{i}"/>' for i in range(len(shares)))
    words = (Accepted(text="word"),)
    blanks = tuple(TextBlank(id=f"b{i}", answer=words, share=share) for i, share in enumerate(shares))
    return Cloze(id=name, stem=Html(html=f"<p>{stem}{gaps}</p>"), blanks=blanks)


AB = (Choice(id="A", text="Choice 1"), Choice(id="B", text="Choice 2"))
WORD = (Accepted(text="word"),)
ODD: tuple[Question, ...] = (
    # a row that reads like a header
    SingleChoice(id="o1", stem="Stem", choices=AB, answer="A"),
    MultipleChoice(id="o2", stem="题目", choices=AB, answer=("A", "B")),
    # a key that reads like another choice
    SingleChoice(id="o14", stem="s", choices=(Choice(id="A", text="x"), Choice(id="B", text="A")), answer="A"),
    # blanks and line ends that sheets do not keep apart, some of which end a line
    ShortAnswer(id="o3", stem="a\u00a0b\u2028c\x85d", answer=WORD),
    SingleChoice(id="o4", stem="s", choices=(Choice(id="A", text="a", feedback="x\x85y"), AB[1]), answer="A"),
    ShortAnswer(id="o5", stem="\u3000wide", answer=(Accepted(text="a\x85b"),)),
    # shares that are not those of the first gap, and the first that is not the least
    cloze("o6", "s", 58, 1),
    cloze("o7", "s", 2, 3),
    # pairs with the same choice
    Matching(
        id="o8", stem="s", prompts=(Prompt(id="1", text="p"), Prompt(id="2", text="q")), choices=AB,
        answer={"1": "A", "2": "A"},
    ),
    # a separator made of the ends of names
    ShortAnswer(id="o9", stem="s", answer=WORD, category=(":", "a:", ":b", "::")),
    # texts longer than a cell, and than what the csv module takes
    ShortAnswer(id="o10", stem="s", answer=(Accepted(text=LONG.strip()),)),
    SingleChoice(id="o11", stem=LONG, choices=(AB[0], Choice(id="B", text=LONG, feedback='"' + LONG)), answer="A"),
    cloze("o12", LONG, 1),
    Numeric(id="o13", stem="s\u00a0t", answer=(NumericAnswer(value=Fraction(1, 3)),)),
)  # fmt: skip
"""Questions that once came back as something else."""


def told(name: str, options: dict[str, str], *questions: Question) -> list[str]:
    """The faults of a bank of these questions, in words."""
    bank = Bank(header=Header(qbank=1), questions=questions)
    return [f"{d.question}{d.pointer}: {d.message}" for d in faults(name, bank, options)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize(("name", "options"), MANNERS, ids=str)
def test_samples(name: str, options: dict[str, str], path: Path) -> None:
    """Each kind's rich sample comes back as its losses say."""
    order = exporting.Order(to=name, options=options, verify=True, unanswered="ungraded", drafts=True)
    sink = BytesIO()
    done = exporting.export_bank(str(path), order, sink)
    exporting.verify_export(done, order, sink.getvalue(), f"bank{export.get(name).suffix}")
    assert [f"{d.question}{d.pointer}: {d.message}" for d in done.report if d.code.startswith("V")] == []


@pytest.mark.parametrize("question", ODD, ids=lambda question: question.id)
@pytest.mark.parametrize(("name", "options"), [*TEXTS, ("sheet", {}), ("motibang", {})], ids=str)
def test_odd_questions(name: str, options: dict[str, str], question: Question) -> None:
    """What looks like something else, or is longer than a cell, comes back or is reported."""
    assert told(name, options, question) == []


@pytest.mark.parametrize(("name", "options"), TEXTS, ids=str)
def test_the_hostile_bank(name: str, options: dict[str, str]) -> None:
    """Texts that a format gives a meaning to mean themselves, or are reported."""
    assert told(name, options, *hostile_bank.questions()) == []
    assert told(name, options, *hostile_bank.questions(hostile_bank.scrambled(0, 9))) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "options"), TEXTS, ids=str)
def test_any_question(name: str, options: dict[str, str], kind: Kind) -> None:
    """So does any question that the linter has nothing against."""
    if export.get(name).support[kind] == "none":
        pytest.skip(f"{name} leaves {kind} out")

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(askable.banks(kind))
    def holds(bank: Bank) -> None:
        assert [f"{d.pointer}: {d.message}" for d in faults(name, bank, options)] == []

    holds()
