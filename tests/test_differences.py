"""What two versions of a question say differently, and what only looks different."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from strategies import questions

from qbank import bankfile
from qbank.differences import differences
from qbank.model import Question

SAMPLES = Path(__file__).parent / "bank"


def question(**fields: Any) -> Question:
    """A question from plain data."""
    data = json.dumps({"qbank": 1, "questions": [{"id": "q", "stem": "Which?", **fields}]}).encode()
    return next(iter(bankfile.open_bytes(data, "bank.json")))[1]


def single(**fields: Any) -> Question:
    """A single choice of two."""
    choices = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]
    return question(**{"kind": "single_choice", "choices": choices, "answer": "a", **fields})


def multiple(scoring: str, weights: list[str | None], answer: list[str]) -> Question:
    """A multiple choice of as many choices as weights."""
    choices = [
        {"id": name, "text": name} | ({} if weight is None else {"weight": weight})
        for name, weight in zip("abcd", weights, strict=False)
    ]
    return question(kind="multiple_choice", choices=choices, answer=answer, scoring=scoring)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_question_says_what_it_says(path: Path) -> None:
    """No sample differs from itself."""
    for one in bankfile.load(path).questions:
        assert differences(one, one) == []


@given(questions())
def test_a_generated_question_says_what_it_says(one: Question) -> None:
    """No question the schema accepts differs from itself."""
    assert differences(one, one) == []


def test_names_of_parts_are_no_difference() -> None:
    """Choices may have other ids as long as the same one is right."""
    renamed = single(choices=[{"id": "x", "text": "one"}, {"id": "y", "text": "two"}], answer="x")
    assert differences(single(), renamed) == []


def test_another_key_is_a_difference() -> None:
    """Another right choice shows at the answer, and at what the choices earn."""
    found = differences(single(), single(answer="b"))
    assert ("/answer", 0, 1) in found


def test_a_reworded_choice_is_found_at_its_place() -> None:
    """The pointer leads to the text that differs, and to nothing else."""
    other = single(choices=[{"id": "a", "text": "one"}, {"id": "b", "text": "too"}])
    assert [d.pointer for d in differences(single(), other)] == ["/choices/1/text"]


def test_a_missing_choice_is_found() -> None:
    """A choice that is gone is a difference at its place."""
    three = single(choices=[{"id": i, "text": i} for i in "abc"])
    two = single(choices=[{"id": i, "text": i} for i in "ab"])
    assert [d.pointer for d in differences(three, two)] == ["/choices/2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", {"html": "<p>a\n b</p>"}),
        ("a\nb", {"html": "<p>a<br/>b</p>"}),
        ("a < b", {"html": "a &lt; b"}),
        ({"html": "<p>a</p>\n<p>b</p>"}, {"html": "<p>a </p><p> b</p>"}),
    ],
)
def test_spelling_of_a_text_is_no_difference(one: Any, other: Any) -> None:
    """Two texts that a browser shows alike are alike."""
    assert differences(single(stem=one), single(stem=other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "ab"),
        ("a", {"html": "<em>a</em>"}),
        ({"html": "<pre>a  b</pre>"}, {"html": "<pre>a b</pre>"}),
        ("x2", {"html": "x<sup>2</sup>"}),
    ],
)
def test_what_can_be_seen_is_a_difference(one: Any, other: Any) -> None:
    """A lost blank, emphasis or exponent is found."""
    assert [d.pointer for d in differences(single(stem=one), single(stem=other))] == ["/stem"]


def test_scoring_is_what_choices_earn() -> None:
    """Weights that say the same as a named rule are no difference; others are, where they stand."""
    each = multiple("each_correct", [None] * 3, ["a", "b"])
    assert differences(each, multiple("weighted", ["1/2", "1/2", "-1"], ["a", "b"])) == []
    balanced = multiple("balanced", [None] * 3, ["a", "b"])
    assert differences(balanced, multiple("weighted", ["1/2", "1/2", "-1"], ["a", "b"])) == []
    found = differences(each, multiple("weighted", ["1/2", "1/2", "-1/2"], ["a", "b"]))
    assert found == [("/choices/2/weight", Fraction(-1), Fraction(-1, 2))]


def test_one_right_choice_makes_two_rules_one() -> None:
    """With one right choice, each and all are the same; with two they are not."""
    one = [multiple(rule, [None] * 3, ["a"]) for rule in ("each_correct", "all_or_nothing")]
    two = [multiple(rule, [None] * 3, ["a", "b"]) for rule in ("each_correct", "all_or_nothing")]
    assert differences(*one) == []
    assert "/scoring" in [d.pointer for d in differences(*two)]


def test_a_range_is_its_bounds() -> None:
    """A value with a tolerance and the range it means are the same answer."""
    one = question(kind="numeric", answer=[{"value": 1, "tolerance": "0.5"}])
    assert differences(one, question(kind="numeric", answer=[{"min": "0.5", "max": "1.5"}])) == []
    assert differences(one, question(kind="numeric", answer=[{"min": "0.5", "max": "1.6"}])) != []


def test_gaps_are_told_by_their_place() -> None:
    """Blanks may have other ids and stand in another order, as long as each gap takes the same words."""
    blanks = [{"kind": "text", "id": i, "answer": [{"text": i}]} for i in "ab"]
    one = question(kind="cloze", stem={"html": '<blank id="a"/>, <blank id="b"/>'}, blanks=blanks)
    turned = question(kind="cloze", stem={"html": '<blank id="a"/>, <blank id="b"/>'}, blanks=blanks[::-1])
    swapped = question(kind="cloze", stem={"html": '<blank id="b"/>, <blank id="a"/>'}, blanks=blanks)
    assert differences(one, turned) == []
    assert differences(one, swapped) != []


def test_media_are_what_they_show() -> None:
    """A picture under another name is the same picture; another picture under the same name is not."""
    one, other = (single(stem={"html": f'<img src="asset:{name}" alt="x"/>'}) for name in ("a.png", "b.png"))
    assert differences(one, other) != []
    assert differences(one, other, lambda name: "digest") == []


def test_another_kind_is_one_difference() -> None:
    """A question of another kind is not compared further."""
    assert [d.pointer for d in differences(single(), question(kind="essay"))] == ["/kind"]
