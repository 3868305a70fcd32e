"""What Moodle XML changes is reported at its place, and what it keeps is not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from round_trip import exported

from qbank.model import (
    Bank,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Header,
    Html,
    Matching,
    Numeric,
    NumericAnswer,
    Prompt,
    Question,
    SingleChoice,
    TrueFalse,
    Unit,
)

AB = (Choice(id="A", text="a"), Choice(id="B", text="b"))


def found(question: Question) -> list[tuple[str, str]]:
    """Codes and pointers of all findings about a question that was written and read back."""
    bank = Bank(header=Header(qbank=1), questions=(question,))
    return [(d.code, d.pointer) for d in exported("moodle-xml", bank).report]


def own(**settings: Any) -> dict[str, dict[str, Any]]:
    """Settings of Moodle's own."""
    return {"moodle-xml": settings}


def test_words_that_are_there_without_end() -> None:
    """`infinite` and `gaps` are both understood."""
    stem = Html(html='<p>x <blank id="b"/></p>')
    blanks = (ChoiceBlank(id="b", choices=AB, answer="A"),)
    assert found(Cloze(id="q", stem=stem, blanks=blanks, extensions=own(gaps="ddwtos", infinite="1"))) == []


@pytest.mark.parametrize("hints", [("", "two"), ("one", ""), (" \n", "", "three")])
def test_empty_hints_stay_in_their_place(hints: tuple[str, ...]) -> None:
    """A hint without words gets a blank, so that there are as many tries as the bank says."""
    empty = [("X305", f"/hints/{i}") for i, hint in enumerate(hints) if not hint.strip()]
    assert found(TrueFalse(id="q", stem="s", answer=True, hints=hints)) == empty


@pytest.mark.parametrize("html", ["<p>x <code><tex>a</tex></code></p>", "<pre><tex>a</tex></pre>"])
def test_formulas_in_code(html: str) -> None:
    """MathJax makes none there."""
    assert ("X304", "/stem") in found(TrueFalse(id="q", stem=Html(html=html), answer=True))


@pytest.mark.parametrize("stem", [r"a \(x\) b", "$$5 and $$6", r"\[x\]", Html(html=r"<p>\(a <b>b</b>\)</p>")])
def test_what_only_looks_like_a_formula(stem: str | Html) -> None:
    """Characters that Moodle's filter takes for a formula are reported."""
    assert found(TrueFalse(id="q", stem=stem, answer=True)) == [("X305", "/stem")]


@pytest.mark.parametrize(
    ("count", "settings", "expected"),
    [
        (3, {}, []),
        (10, {}, [("X208", "/attachments")]),
        (10, {"attachments": "-1"}, []),
        (2, {"attachments": "2"}, []),
        (0, {"attachments": "-1"}, [("X208", "/attachments")]),
    ],
)
def test_attachments(count: int, settings: dict[str, str], expected: list[tuple[str, str]]) -> None:
    """Any number of attachments, as Moodle says it, is no loss; the bank's 10 is one, and so is a setting that differs."""
    assert found(Essay(id="q", stem="s", attachments=count, extensions=own(**settings))) == expected


def test_an_essay_that_nobody_could_answer() -> None:
    """Without a place to write and without files there is a place to write after all, and a finding."""
    pointer = "/extensions/moodle-xml/responseformat"
    assert found(Essay(id="q", stem="s", extensions=own(responseformat="noinline"))) == [("X208", pointer)]
    assert found(Essay(id="q", stem="s", attachments=1, extensions=own(responseformat="noinline"))) == []


def test_the_unit_of_the_answer_comes_first() -> None:
    """That is where Moodle looks for it; another order is reported."""
    km, m = Unit(name="km", factor=Fraction(1000)), Unit(name="m")
    answer = (NumericAnswer(value=Fraction(1)),)
    asked = [Numeric(id="q", stem="s", answer=answer, units=u, unit_required=True) for u in ((km, m), (m, km))]
    assert [found(question) for question in asked] == [[("X208", "/units")], []]


def test_the_order_of_choices_that_are_not_shuffled() -> None:
    """Moodle has none for the right sides of a matching question."""
    prompts = (Prompt(id="1", text="p"), Prompt(id="2", text="r"))
    question = Matching(id="q", stem="s", prompts=prompts, choices=AB, answer={"1": "B", "2": "A"}, shuffle=False)
    assert found(question) == [("X208", "/choices")]


@pytest.mark.parametrize("stem", ["\nx", "\n\nx", " \nx\n", "x\n\n\ny", "\tx\n y"])
def test_blank_lines(stem: str) -> None:
    """Plain text keeps its lines, the first one too."""
    assert found(TrueFalse(id="q", stem=stem, answer=True)) == []


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"defaultgrade": "5"}, "/points"),
        ({"penalty": "0.5"}, "/penalty"),
        ({"responsefieldlines": "7"}, "/lines"),
        ({"minwordlimit": "5"}, "/min_words"),
        ({"maxwordlimit": "50"}, "/max_words"),
    ],
    ids=str,
)
def test_settings_that_say_something_else_than_the_bank(settings: dict[str, str], pointer: str) -> None:
    """A setting of Moodle's own goes before what the bank says, and that is reported where the two differ."""
    assert found(Essay(id="q", stem="s", extensions=own(**settings))) == [("X208", pointer)]
    same = {"defaultgrade": "1", "penalty": "0", "responsefieldlines": "10"}
    assert found(Essay(id="q", stem="s", extensions=own(**same))) == []


def test_the_answer_of_a_weighted_choice() -> None:
    """Of two choices that are worth everything Moodle does not know which one is the answer."""
    choices = tuple(msgspec.structs.replace(choice, weight=Fraction(1)) for choice in AB)
    assert [
        found(SingleChoice(id="q", stem="s", choices=choices, answer=name, scoring="weighted")) for name in ("A", "B")
    ] == [[], [("X301", "/answer")]]


def test_a_formula_that_ends_with_a_backslash() -> None:
    """It would take the delimiter behind it along, so it gets a blank; that is said."""
    assert found(TrueFalse(id="q", stem=Html(html=r"<p>x <tex>a\</tex></p>"), answer=True)) == [("X305", "/stem")]


def test_numbers_with_many_places() -> None:
    """What Moodle's 14 digits can say is read back, however small it is."""
    tiny = Fraction(1, 10**30)
    assert found(Numeric(id="q", stem="s", answer=(NumericAnswer(min=-tiny, max=Fraction(0)),))) == []
