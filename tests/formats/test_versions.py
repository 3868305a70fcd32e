"""Versions of a paper: the same questions, mixed by a seed and nothing else."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbank import model
from qbank.diagnostics import QbankError
from qbank.formats import versions
from qbank.formats.versions import Plan

PLAN = Plan(count=4, seed="7")
LETTERS = ("A", "B", "C", "D")


def choices(*texts: str, fixed: str = "") -> tuple[model.Choice, ...]:
    """Choices named by their places."""
    return tuple(model.Choice(id=f"c{i}", text=text, fixed=text == fixed) for i, text in enumerate(texts))


def single(*texts: str, fixed: str = "", shuffle: bool = True, name: str = "q") -> model.SingleChoice:
    """A question with those choices, the first of which is right."""
    return model.SingleChoice(id=name, stem="?", choices=choices(*texts, fixed=fixed), answer="c0", shuffle=shuffle)


def order(question: model.Question) -> list[str]:
    """The ids of the choices as they stand."""
    assert isinstance(question, model.SingleChoice | model.MultipleChoice | model.Matching)
    return [choice.id for choice in question.choices]


def test_without_a_seed_nothing_moves() -> None:
    """One version, in the bank's order."""
    question = single("a", "b", "c", "d")
    assert versions.plan({}).names == ("",)
    assert versions.mixed(question, Plan(), "") is question
    assert versions.in_order([("x", 1), ("a", 2)], Plan(), "") == [1, 2]


@given(st.text(min_size=1, max_size=5), st.sampled_from(LETTERS))
def test_a_version_keeps_every_choice_and_the_answer(seed: str, version: str) -> None:
    """The same choices with the same answer, whatever the seed."""
    question = single("a", "b", "c", "d", "e")
    made = versions.mixed(question, Plan(4, seed), version)
    assert isinstance(made, model.SingleChoice)
    assert sorted(order(made)) == sorted(order(question))
    assert made.answer == "c0"


def test_versions_differ_and_repeat() -> None:
    """Other letters and other seeds mix otherwise; the same ones the same way."""
    question = single(*"abcdefgh")
    orders = [order(versions.mixed(question, PLAN, letter)) for letter in LETTERS]
    assert len({tuple(found) for found in orders}) == 4
    assert order(versions.mixed(question, PLAN, "B")) == orders[1]
    assert order(versions.mixed(question, Plan(4, "8"), "B")) != orders[1]


def test_fixed_choices_and_those_that_speak_of_others_stay() -> None:
    """Whatever is said to be fixed, and "all of the above" in its many words."""
    for last in ("以上都对", "All of the above", "None of the above.", "A和C", "A, B and D", "①③"):
        question = single("a", "b", "c", "d", last)
        for letter in LETTERS:
            assert order(versions.mixed(question, PLAN, letter))[4] == "c4", last
    question = single("a", "b", "c", "d", fixed="b")
    for letter in LETTERS:
        assert order(versions.mixed(question, PLAN, letter))[1] == "c1"


def test_choices_move_only_where_the_bank_or_the_user_says_so() -> None:
    """`marked` obeys shuffle, `all` and `none` do not ask."""
    still, free = single(*"abcdef", shuffle=False), single(*"abcdef")
    assert versions.mixed(still, PLAN, "A") is still
    assert order(versions.mixed(still, Plan(1, "1", "all"), "A")) != order(still)
    assert versions.mixed(free, Plan(1, "1", "none"), "A") is free


def test_the_right_order_is_never_shown() -> None:
    """Neither things to put in order nor partners to find stand in the order of the answer."""
    items = tuple(model.Item(id=f"i{i}", text=str(i)) for i in range(2))
    ordering = model.Ordering(id="o", stem="?", items=items, answer=("i0", "i1"))
    prompts = tuple(model.Prompt(id=f"p{i}", text=str(i)) for i in range(2))
    matching = model.Matching(
        id="m", stem="?", prompts=prompts, choices=choices("a", "b"), answer={"p0": "c0", "p1": "c1"}
    )
    for seed in range(30):
        plan = Plan(1, str(seed))
        made = versions.mixed(ordering, plan, "A")
        assert isinstance(made, model.Ordering)
        assert tuple(item.id for item in made.items) == ("i1", "i0")
        assert order(versions.mixed(matching, plan, "A")) == ["c1", "c0"]


def test_parts_of_a_group_and_of_a_cloze_are_mixed() -> None:
    """Sub-questions keep their order, their choices do not; nor do those of a gap."""
    group = model.Group(id="g", stem="?", questions=(single(*"abcdef", name="s1"), single(*"abcdef", name="s2")))
    made = versions.mixed(group, PLAN, "A")
    assert isinstance(made, model.Group)
    assert [sub.id for sub in made.questions] == ["s1", "s2"]
    assert made != group
    blank = model.ChoiceBlank(id="b", choices=choices(*"abcdef"), answer="c0", shuffle=True)
    cloze = model.Cloze(id="c", stem=model.Html(html='<p><blank id="b"/></p>'), blanks=(blank,))
    assert versions.mixed(cloze, PLAN, "A") != cloze


def test_another_question_leaves_the_others_in_their_order() -> None:
    """The place of a question depends on its own id."""
    names = [f"q{i}" for i in range(20)]
    before = versions.in_order([(name, name) for name in names], PLAN, "C")
    after = versions.in_order([(name, name) for name in [*names, "new"]], PLAN, "C")
    assert [name for name in after if name != "new"] == before
    assert before != names


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"versions": "3"}, ("A", "B", "C")),
        ({"seed": "x"}, ("A",)),
        ({"versions": "3", "version": "b"}, ("B",)),
    ],
)
def test_plans(options: dict[str, str], names: tuple[str, ...]) -> None:
    """Options as people give them."""
    assert versions.plan(options).names == names


@pytest.mark.parametrize(
    "options",
    [{"versions": "0"}, {"versions": "27"}, {"versions": "two"}, {"version": "A"}, {"versions": "2", "version": "C"}, {"choices": "some"}],
)  # fmt: skip
def test_odd_plans_are_refused(options: dict[str, str]) -> None:
    """A value there is not is an error with the name of its option."""
    with pytest.raises(QbankError, match="option"):
        versions.plan(options)


def test_points_are_not_touched() -> None:
    """A version is worth what the bank is worth."""
    question = model.MultipleChoice(
        id="m", stem="?", choices=choices(*"abcd"), answer=("c1", "c3"), points=Fraction(3), shuffle=True
    )
    made = versions.mixed(question, PLAN, "D")
    assert isinstance(made, model.MultipleChoice)
    assert (made.points, made.answer, made.id) == (3, ("c1", "c3"), "m")
