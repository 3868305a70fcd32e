"""What a reviewer edits: read, written back, refused with a sentence."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank.model import (
    Accepted,
    Choice,
    Cloze,
    Essay,
    Html,
    Item,
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
)
from qbank.review import fields, view
from qbank.review.fields import FieldError

AB = (Choice(id="a", text="one"), Choice(id="b", text="two"))


def single(**more: Any) -> SingleChoice:
    """A single choice of a and b."""
    return SingleChoice(**{"id": "q", "stem": "Which?", "choices": AB, "answer": "a", **more})


def usable(question: Question) -> bool:
    """Whether a generated question is one that the schema lets stand in a bank, in its one spelling."""
    try:
        return fields.checked(question) == question
    except FieldError:
        return False


@settings(max_examples=60)
@given(strategies.questions())
def test_what_is_read_can_be_written_back(question: Question) -> None:
    """Writing back what a field shows changes nothing but spellings that were not the canonical ones."""
    try:
        question = fields.checked(question)
    except FieldError:
        return
    names = [n for n in view._names(question) if n not in ("kind", "choices", "prompts", "items")]
    for name in names:
        value = fields.read(question, name)
        try:
            again = fields.write(question, name, value)
        except FieldError:
            continue  # ids that stand twice, a key that names nothing: lint's errors, which no field can repeat
        assert fields.read(again, name) in (value, _tidied(value)), name


def _tidied(value: Any) -> Any:
    """What typing does to a value: blanks at the ends of lines, empty texts and what stands in a list twice go."""
    if isinstance(value, list):
        kept = [v.strip() for v in value if isinstance(v, str) and v.strip()]
        return list(dict.fromkeys(kept))
    if isinstance(value, dict) and not value.get("html", value.get("text", "x")).strip():
        return None
    if isinstance(value, str):
        return " ".join(value.split()) or None
    return value


def test_a_plain_text_stays_the_characters_it_is() -> None:
    """Markup typed into a plain field is text, not markup."""
    made = fields.write(single(), "stem", {"text": "1 < 2 & <b>?"})
    assert made.stem == "1 < 2 & <b>?"


def test_rich_text_is_sanitised_and_says_what_it_lost() -> None:
    """A script typed as HTML source does not get into the bank, and the reviewer is told."""
    value = {"html": '<p>Hi <strong>you</strong><script>x()</script><img src="http://e/x" onerror="x()"/></p>'}
    made = fields.write(single(), "stem", value)
    assert made.stem == Html(html="<p>Hi <strong>you</strong></p>")
    assert "<script>" in fields.dropped(value)


def test_markup_that_says_nothing_becomes_a_plain_text() -> None:
    """HTML source without markup in it is kept as the plain string it is."""
    assert fields.write(single(), "stem", {"html": "<p>plain</p>"}).stem == "plain"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("3.5", NumericAnswer(value=Fraction("3.5"))),
        ("3,5", NumericAnswer(value=Fraction("3.5"))),
        ("-2 ± 0.1", NumericAnswer(value=Fraction(-2), tolerance=Fraction("0.1"))),
        ("1/3", NumericAnswer(value=Fraction(1, 3))),
        ("1 .. 2", NumericAnswer(min=Fraction(1), max=Fraction(2))),
        ("1~2", NumericAnswer(min=Fraction(1), max=Fraction(2))),
    ],
)
def test_numbers_are_read_as_people_write_them(line: str, answer: NumericAnswer) -> None:
    """A line of a numeric answer means a value, a value with a tolerance, or a range."""
    assert fields.parsed_number(line) == answer
    assert fields.parsed_number(fields.numeric_text(answer)) == answer


@pytest.mark.parametrize("line", ["", "about 3", "1 2", "nan", "1e5", "٣"])
def test_what_is_no_number_is_refused(line: str) -> None:
    """A line that is not a number is refused with a sentence that says how to write one."""
    with pytest.raises(FieldError, match="not a number"):
        fields.parsed_number(line)


def test_a_line_that_stays_keeps_its_weight() -> None:
    """Adding an accepted answer leaves the weights and feedback of the others alone."""
    half = Accepted(text="loan", weight=Fraction(1, 2), feedback="almost")
    question = ShortAnswer(id="q", stem="?", answer=(Accepted(text="interlibrary loan"), half))
    made = fields.write(question, "answer", ["interlibrary loan", "loan", "ILL"])
    assert isinstance(made, ShortAnswer)
    assert made.answer is not None
    assert made.answer[1] == half
    assert made.answer[2] == Accepted(text="ILL")
    renamed = fields.write(question, "answer", ["interlibrary loan", "loans"])
    assert isinstance(renamed, ShortAnswer)
    assert renamed.answer is not None
    assert renamed.answer[1] == Accepted(text="loans", weight=Fraction(1, 2), feedback="almost")


def test_an_empty_answer_is_an_unknown_one() -> None:
    """Emptying the answers leaves null, never an empty list that the schema refuses."""
    made = fields.write(ShortAnswer(id="q", stem="?", answer=(Accepted(text="x"),)), "answer", ["", " "])
    assert isinstance(made, ShortAnswer)
    assert made.answer is None
    essay = fields.write(Essay(id="q", stem="?", answer="x"), "answer", {"text": " "})
    assert isinstance(essay, Essay)
    assert essay.answer is None


def test_a_key_names_only_what_there_is() -> None:
    """A key with a choice that is not there is refused."""
    with pytest.raises(FieldError, match="no choice 'z'"):
        fields.write(single(), "key", "z")
    with pytest.raises(FieldError):
        fields.write(Ordering(id="q", stem="?", items=(Item(id="a", text="1"), Item(id="b", text="2"))), "key", ["a"])


def test_removing_a_choice_takes_it_out_of_the_key() -> None:
    """A key never names a choice that was removed."""
    three = (*AB, Choice(id="c", text="three"))
    made = fields.arranged(single(choices=three), "choices", "remove", "a")
    assert isinstance(made, SingleChoice)
    assert made.answer is None
    multiple = MultipleChoice(id="q", stem="?", choices=three, answer=("a", "b"))
    kept = fields.arranged(multiple, "choices", "remove", "a")
    assert isinstance(kept, MultipleChoice)
    assert kept.answer == ("b",)
    matching = Matching(
        id="q", stem="?", prompts=(Prompt(id="p", text="x"), Prompt(id="r", text="y")), choices=three,
        answer={"p": "a", "r": "b"},
    )  # fmt: skip
    paired = fields.arranged(matching, "choices", "remove", "a")
    assert isinstance(paired, Matching)
    assert paired.answer == {"r": "b"}
    with pytest.raises(FieldError, match="at least 2"):
        fields.arranged(single(), "choices", "remove", "a")


def test_an_added_item_gets_a_place_in_the_order() -> None:
    """A known order stays a permutation of the items when one is added or removed."""
    question = Ordering(
        id="q", stem="?", items=(Item(id="a", text="1"), Item(id="b", text="2"), Item(id="c", text="3")),
        answer=("c", "a", "b"),
    )  # fmt: skip
    more = fields.arranged(question, "items", "add", "")
    assert isinstance(more, Ordering)
    assert more.answer == ("c", "a", "b", "i1")
    fewer = fields.arranged(question, "items", "remove", "a")
    assert isinstance(fewer, Ordering)
    assert fewer.answer == ("c", "b")


def test_a_gap_has_its_own_answers() -> None:
    """The answers of one gap are edited without the others."""
    question = Cloze(
        id="q", stem=Html(html='<p>a <blank id="x"/> b <blank id="y"/></p>'),
        blanks=(TextBlank(id="x"), TextBlank(id="y", answer=(Accepted(text="kept"),))),
    )  # fmt: skip
    made = fields.write(question, "blank:x", ["one", "two"])
    assert isinstance(made, Cloze)
    assert [fields.read(made, f"blank:{b.id}") for b in made.blanks] == [["one", "two"], ["kept"]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stem", "bare"),
        ("stem", {"text": 3}),
        ("stem", {"text": "control \u0001"}),
        ("points", "many"),
        ("difficulty", 9),
        ("status", "published"),
        ("tags", "one"),
        ("nothing", 1),
        ("choice:z", {"text": ""}),
        ("extensions", {}),
        ("id", "other"),
    ],
)
def test_what_a_field_cannot_take_is_refused(field: str, value: object) -> None:
    """A wrong value raises FieldError, and nothing else, whatever was sent."""
    with pytest.raises(FieldError):
        fields.write(single(), field, value)


@given(
    st.sampled_from(["stem", "points", "tags", "key", "answer", "status", "blank:b", "difficulty", "title"]),
    strategies.JSON,
)
def test_any_value_is_taken_or_refused(field: str, value: object) -> None:
    """No value, however odd, ends in anything but a question or a FieldError."""
    for question in (
        single(),
        Numeric(id="q", stem="?"),
        Cloze(id="q", stem=Html(html='<p><blank id="b"/></p>'), blanks=(TextBlank(id="b"),)),
    ):
        try:
            made = fields.write(question, field, value)
        except FieldError:
            continue
        assert usable(made)


def test_a_draft_is_no_longer_reviewed() -> None:
    """Setting the status back to draft takes the mark of review away, and leaves other extensions."""
    marked = fields.with_mark(single(extensions={"qbank": {"x": 1}, "moodle": {"y": 2}}), accepted=True)
    assert fields.reviewed(marked)
    draft = fields.write(marked, "status", "draft")
    assert not fields.reviewed(draft)
    assert draft.extensions == {"qbank": {"x": 1}, "moodle": {"y": 2}}
