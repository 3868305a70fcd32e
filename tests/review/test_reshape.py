"""Another kind, one question as two, two as one: what stands in the words stays in the words."""

from __future__ import annotations

import pytest
import strategies
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qbank import richtext
from qbank.model import (
    Accepted,
    Choice,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    Matching,
    MultipleChoice,
    Numeric,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    TextBlank,
    TrueFalse,
    texts,
)
from qbank.review import fields, kinds, merging, shared, splitting
from qbank.review.fields import FieldError

AB = (Choice(id="a", text="one"), Choice(id="b", text="two"))


def letters(*questions: Question) -> str:
    """Every visible character of some questions, sorted: what may not get lost."""
    said = "".join(richtext.plain(t) for q in questions for _, t in texts(q))
    return "".join(sorted(c for c in said if c.isalnum()))


@settings(max_examples=60)
@given(strategies.questions(), st.sampled_from(kinds.TARGETS))
def test_any_question_becomes_any_kind_or_is_refused(question: Question, kind: str) -> None:
    """A change of kind ends in a question the schema accepts, with the id, tags and source of the old one."""
    try:
        question = fields.checked(question)
        made, _ = kinds.as_kind(question, kind)  # type: ignore[arg-type]
    except FieldError:
        return
    assert fields.checked(made) == made
    assert made.__struct_config__.tag == kind
    assert (made.id, made.tags, made.category) == (question.id, question.tags, question.category)


def test_single_and_multiple_keep_their_key() -> None:
    """One right choice is one right choice in both kinds."""
    question = SingleChoice(id="q", stem="?", choices=AB, answer="b", shuffle=True)
    made, notes = kinds.as_kind(question, "multiple_choice")
    assert isinstance(made, MultipleChoice)
    assert (made.answer, made.shuffle, notes) == (("b",), True, ())
    back, notes = kinds.as_kind(made, "single_choice")
    assert (back, notes) == (question, ())


def test_two_right_choices_are_not_made_one_in_silence() -> None:
    """A single choice of a multiple one with two right choices has no key, and says what it had."""
    made, notes = kinds.as_kind(MultipleChoice(id="q", stem="?", choices=AB, answer=("a", "b")), "single_choice")
    assert isinstance(made, SingleChoice)
    assert made.answer is None
    assert notes == ("left out: the key a, b: a single choice has one right choice",)


def test_options_written_in_the_stem_become_choices() -> None:
    """A short answer with A. B. C. in its words and "B" as its answer becomes the choice question it is."""
    question = ShortAnswer(id="q", stem="下列正确的是 A.甲 B.乙 C.丙", answer=(Accepted(text="B"),))
    made, notes = kinds.as_kind(question, "single_choice")
    assert isinstance(made, SingleChoice)
    assert made.stem == "下列正确的是"
    assert [c.text for c in made.choices] == ["甲", "乙", "丙"]
    assert (made.answer, notes) == ("b", ())


def test_a_key_of_true_and_false_choices_is_a_verdict() -> None:
    """A single choice of 对 and 错 becomes a true-or-false question with its key."""
    choices = (Choice(id="a", text="对"), Choice(id="b", text="错"))
    made, notes = kinds.as_kind(SingleChoice(id="q", stem="?", choices=choices, answer="b"), "true_false")
    assert isinstance(made, TrueFalse)
    assert (made.answer, notes) == (False, ())


def test_gaps_are_found_in_the_stem() -> None:
    """____ and （ ） in a stem become the gaps of a cloze, the answers theirs."""
    question = ShortAnswer(id="q", stem="a ____ b （  ） c", answer=(Accepted(text="1"), Accepted(text="2")))
    made, notes = kinds.as_kind(question, "cloze")
    assert isinstance(made, Cloze)
    assert made.stem == Html(html='<p>a <blank id="b1"/> b <blank id="b2"/> c</p>')
    assert [fields.read(made, f"blank:{b.id}") for b in made.blanks] == [["1"], ["2"]]
    assert notes == ()
    assert kinds.as_kind(made, "short_answer")[0].stem == "a ____ b ____ c"


def test_a_cloze_always_has_a_gap() -> None:
    """A stem without one gets a gap at its end, rich or not."""
    for stem in ("No gap here", Html(html="<p>No <em>gap</em></p><ul><li>x</li></ul>"), ""):
        made, _ = kinds.as_kind(Essay(id="q", stem=stem), "cloze")
        assert isinstance(made, Cloze)
        assert list(richtext.blank_ids(made.stem)) == ["b1"]


def test_what_a_kind_cannot_say_is_named() -> None:
    """The choices an essay has no place for are listed, so that the reviewer can undo."""
    made, notes = kinds.as_kind(SingleChoice(id="q", stem="?", choices=AB, answer="a"), "essay")
    assert isinstance(made, Essay)
    assert made.answer == "one"
    assert notes == ("left out: 1 choices (two)",)
    number, notes = kinds.as_kind(ShortAnswer(id="q", stem="?", answer=(Accepted(text="about 3"),)), "numeric")
    assert isinstance(number, Numeric)
    assert notes == ("left out: the answer about 3",)


GLUED = SingleChoice(
    id="q", stem="First?", answer="a", tags=("t",), extensions={"qbank": {"reviewed": True}},
    choices=(Choice(id="a", text="one"), Choice(id="b", text="two 7. Second? A. x B. y")),
    source=Source(document="p.txt", line=3, column=5, text="6. First? A. one B. two 7. Second? A. x B. y"),
)  # fmt: skip


def test_a_question_hidden_in_a_choice_comes_out() -> None:
    """Cut in the choice that swallowed it, the next question has its own stem, choices, number and place."""
    (first, second), notes = splitting.split(GLUED, "choice:b", 4, "q-2")
    assert isinstance(first, SingleChoice)
    assert isinstance(second, SingleChoice)
    assert [c.text for c in first.choices] == ["one", "two"]
    assert (first.answer, first.status, fields.reviewed(first)) == ("a", "draft", False)
    assert (second.id, second.stem, [c.text for c in second.choices]) == ("q-2", "Second?", ["x", "y"])
    assert second.tags == ("t",)
    assert first.source is not None
    assert second.source is not None
    assert (second.source.number, second.source.line, second.source.column) == ("7", 3, 29)
    assert first.source.text == "6. First? A. one B. two"
    assert notes == ()


def test_choices_behind_the_cut_go_to_the_second() -> None:
    """The choices after the one that is cut belong to the second question; a key that goes with them is named."""
    question = SingleChoice(
        id="q", stem="First?", answer="c",
        choices=(Choice(id="a", text="one"), Choice(id="b", text="two 2、Second?"), Choice(id="c", text="x"), Choice(id="d", text="y")),
    )  # fmt: skip
    (first, second), notes = splitting.split(question, "choice:b", 3, "q-2")
    assert isinstance(first, SingleChoice)
    assert isinstance(second, SingleChoice)
    assert first.answer is None
    assert notes
    assert (second.stem, [c.text for c in second.choices]) == ("Second?", ["x", "y"])


def test_cut_in_the_stem_the_second_keeps_choices_and_key() -> None:
    """What follows the stem in a paper follows the second half."""
    question = SingleChoice(
        id="q", stem="What is it? A. x B. y\n8. Which?", choices=AB, answer="b", feedback=Feedback(general="why")
    )
    (first, second), _ = splitting.split(question, "stem", 21, "q-2")
    assert isinstance(first, SingleChoice)
    assert isinstance(second, SingleChoice)
    assert (first.stem, [c.text for c in first.choices], first.answer) == ("What is it?", ["x", "y"], None)
    assert (second.stem, second.answer, second.feedback) == ("Which?", "b", Feedback(general="why"))


def test_a_rich_text_is_cut_with_its_markup_whole() -> None:
    """What is open at the cut is closed before it and opened after it; a cut inside a tag moves behind it."""
    question = Essay(id="q", stem=Html(html="<p>One <em>two three</em> four</p>"), answer="x")
    (first, second), _ = splitting.split(question, "stem", len("<p>One <em>two"), "q-2")
    assert first.stem == Html(html="<p>One <em>two</em></p>")
    assert second.stem == Html(html="<p><em> three</em> four</p>")
    (first, second), _ = splitting.split(question, "stem", len("<p>One <e"), "q-2")
    assert first.stem == Html(html="<p>One <em></em></p>")


def test_a_cut_with_nothing_on_one_side_is_refused() -> None:
    """Splitting at the very start or end makes no empty question."""
    for at in (0, 6):
        with pytest.raises(FieldError, match="nothing stands on one side"):
            splitting.split(GLUED, "stem", at, "q-2")
    with pytest.raises(FieldError, match="put the cursor"):
        splitting.split(GLUED, "points", 1, "q-2")


@settings(max_examples=60)
@given(strategies.questions(), st.integers(0, 12))
def test_a_split_stem_loses_no_letter(question: Question, at: int) -> None:
    """However a question is cut in its stem, every letter of its texts is in one of the halves, or in a number."""
    assume(not isinstance(question, Group))
    try:
        question = fields.checked(question)
        (first, second), notes = splitting.split(question, "stem", at, "new-id")
    except FieldError:
        return
    assert {first.id, second.id} == {question.id, "new-id"}
    assume(not notes)
    number = second.source.number if second.source else None
    missing = len(letters(question)) - len(letters(first, second))
    labels = sum(len(getattr(q, "choices", ())) for q in (first, second))
    assert missing <= len(number or "123") + labels


def test_a_merge_puts_a_torn_question_together() -> None:
    """A stem that was read as a question of its own goes before the one with the choices."""
    first = ShortAnswer(
        id="one", stem="Read this:", source=Source(document="p", line=1, text="Read this:", confidence=0.9)
    )
    second = SingleChoice(
        id="two",
        stem="Which?",
        choices=AB,
        answer="a",
        source=Source(document="p", line=2, end_line=4, text="Which?", confidence=0.5),
    )
    made, notes = merging.merge(first, second)
    assert isinstance(made, SingleChoice)
    assert (made.id, made.stem, made.answer, made.status, notes) == ("one", "Read this:\nWhich?", "a", "draft", ())
    assert made.source is not None
    assert (made.source.line, made.source.end_line, made.source.confidence) == (1, 4, 0.5)


def test_options_that_go_on_become_choices() -> None:
    """C. and D. that were torn off are choices again; a line without a letter goes on the last choice."""
    first = SingleChoice(id="one", stem="?", choices=AB, answer="a")
    made, _ = merging.merge(first, ShortAnswer(id="two", stem="C. three D. four"))
    assert isinstance(made, SingleChoice)
    assert [(c.id, c.text) for c in made.choices] == [("a", "one"), ("b", "two"), ("c", "three"), ("d", "four")]
    assert made.answer == "a"
    made, _ = merging.merge(first, ShortAnswer(id="two", stem="and more"))
    assert isinstance(made, SingleChoice)
    assert made.choices[1].text == "two\nand more"


def test_a_merge_names_what_it_leaves_out() -> None:
    """Two keys, two categories, two titles: the second's are named."""
    first = SingleChoice(id="one", stem="?", choices=AB, answer="a", category=("x",), title="T")
    second = SingleChoice(id="two", stem="", choices=AB, answer="b", category=("y",), title="U")
    made, notes = merging.merge(first, second)
    assert isinstance(made, SingleChoice)
    assert [c.id for c in made.choices] == ["a", "b", "c", "d"]
    assert made.answer == "a"
    assert notes == (
        "left out: the second's answer b",
        "left out: the second's title U",
        "left out: the second's category y",
    )


def test_two_clozes_become_one_with_ids_of_their_own() -> None:
    """The gaps of a torn cloze all stay, under ids that no other gap has."""
    halves = [
        Cloze(
            id=f"q{n}",
            stem=Html(html=f'<p>{n} <blank id="b1"/></p>'),
            blanks=(TextBlank(id="b1", answer=(Accepted(text=str(n)),)),),
        )
        for n in (1, 2)
    ]
    made, notes = merging.merge(*halves)
    assert isinstance(made, Cloze)
    assert made.stem == Html(html='<p>1 <blank id="b1"/></p><p>2 <blank id="b2"/></p>')
    assert [fields.read(made, f"blank:{b.id}") for b in made.blanks] == [["1"], ["2"]]
    assert notes == ()


def test_what_cannot_be_one_question_is_refused() -> None:
    """Two questions with lists of different sorts, and groups, are not merged."""
    matching = Matching(id="m", stem="?", prompts=(Prompt(id="p", text="x"),), choices=AB)
    for first, second in ((matching, matching), (SingleChoice(id="s", stem="?", choices=AB), matching)):
        with pytest.raises(FieldError):
            merging.merge(first, second)
    with pytest.raises(FieldError, match="group"):
        merging.merge(Group(id="g", stem="?", questions=(Essay(id="e", stem="?"),)), Essay(id="f", stem="?"))


@settings(max_examples=60)
@given(strategies.questions(), strategies.questions())
def test_a_merge_loses_no_letter(first: Question, second: Question) -> None:
    """Every letter of both questions' texts is in the merged one, unless a note says otherwise."""
    try:
        first, second = fields.checked(first), fields.checked(second)
        made, notes = merging.merge(first, second)
    except FieldError:
        return
    assert made.id == first.id
    assume(not notes)
    assume(not isinstance(second.stem, str) or shared.options_from(second.stem, 0) is None)
    said = "".join(c for _, text in texts(made) for c in richtext.plain(text) if c.isalnum())
    for _, text in (*texts(first), *texts(second)):
        assert "".join(c for c in richtext.plain(text) if c.isalnum()) in said
