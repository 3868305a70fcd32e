"""GIFT: the lines we write, and what becomes of what GIFT has not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from artefacts import artefact

from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.export import Context
from qbank.model import (
    Accepted,
    Asset,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    Header,
    Html,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
)

AB = (Choice(id="A", text="yes"), Choice(id="B", text="no"))


def written(*questions: Question, templates: str | None = None, **assets: Asset) -> tuple[str, list[tuple[str, str]]]:
    """The file, and code and pointer of each finding."""
    ctx = Context(
        header=Header(qbank=1, title="Bank"), assets=AssetStore(assets, Path("/nowhere")), templates=templates
    )
    return artefact("gift", questions, ctx)[0].decode(), [(d.code, d.pointer) for d in ctx.report]


def test_single_choice() -> None:
    """One answer a line, its weight as a mark, feedback after it, everything said to be HTML."""
    choices = (Choice(id="A", text="a = b", feedback="good: {x}"), Choice(id="B", text="~no"))
    text, losses = written(SingleChoice(id="q", title="T::", stem="1 < 2?", choices=choices, answer="A", tags=("t",)))
    assert text == (
        "// [id:q] [tag:t]\n::T\\:\\:::[html]1 &lt; 2?{\n\t=[html]a \\= b#[html]good\\: \\{x\\}\n\t~[html]\\~no\n}\n\n"
    )
    assert losses == []


def test_multiple_choice() -> None:
    """Every choice has its percentage; the general feedback comes last."""
    question = MultipleChoice(
        id="q", stem="s", choices=(*AB, Choice(id="C", text="c")), answer=("A", "B"), feedback=Feedback(general="why")
    )
    text, _ = written(question)
    assert "{\n\t~%50%[html]yes\n\t~%50%[html]no\n\t~%-100%[html]c\n\t####[html]why\n}\n" in text


@pytest.mark.parametrize(
    ("question", "block"),
    [
        (TrueFalse(id="q", stem="s", answer=True), "{TRUE}"),
        (TrueFalse(id="q", stem="s", answer=False, feedback_true="t"), "{FALSE#[html]t}"),
        (TrueFalse(id="q", stem="s", answer=True, feedback_true="t"), "{TRUE##[html]t}"),
        (TrueFalse(id="q", stem="s", answer=True, feedback=Feedback(general="g")), "{TRUE####[html]g}"),
        (Essay(id="q", stem="s"), "{}"),
        (Essay(id="q", stem="s", feedback=Feedback(general="g")), "{####[html]g}"),
        (Numeric(id="q", stem="s", answer=(NumericAnswer(value=Fraction(0)),)), "{#\n\t=%100%0:0\n}"),
        (
            Numeric(id="q", stem="s", answer=(NumericAnswer(min=Fraction(1), max=Fraction(2)),)),
            "{#\n\t=%100%1.5:0.5\n}",
        ),
        (ShortAnswer(id="q", stem="s", answer=(Accepted(text="TRUE"),)), "{\n\t=%100%TRUE\n}"),
        (ShortAnswer(id="q", stem="s", answer=(Accepted(text="%5%*"),)), "{\n\t=%100%%5%\\\\*\n}"),
        (ShortAnswer(id="q", stem="s", answer=(Accepted(text="[html]x"),)), "{\n\t=%100%[plain][html]x\n}"),
    ],
)
def test_blocks(question: Question, block: str) -> None:
    """The answer part of the small kinds."""
    text, losses = written(question)
    assert text == f"// [id:q]\n::s::[html]s{block}\n\n"
    assert losses == []


def test_information_has_no_block_and_no_feedback() -> None:
    """A description is a question without braces, and has no feedback."""
    text, losses = written(Information(id="q", stem="read {this}", feedback=Feedback(general="g")))
    assert text == "// [id:q]\n::read \\{this\\}::[html]read \\{this\\}\n\n"
    assert losses == [("X201", "/feedback/general")]


def test_matching() -> None:
    """A pair a line, distractors without a stem, no second arrow that could split a line."""
    question = Matching(
        id="q",
        stem="s",
        prompts=(Prompt(id="1", text="a -> b"),),
        choices=(Choice(id="A", text="x -> y"), Choice(id="B", text="z")),
        answer={"1": "A"},
    )
    text, losses = written(question)
    assert "{\n\t=[html]a -&gt; b -> x -&gt; y\n\t= -> z\n}" in text
    assert losses == []


def test_ordering_becomes_a_matching() -> None:
    """Each item is matched with its place; by place it is graded as before, all or nothing is not."""
    items = (Item(id="a", text="ten"), Item(id="b", text="two"))
    text, losses = written(Ordering(id="q", stem="s", items=items, answer=("b", "a"), scoring="each_position"))
    assert "{\n\t=[html]ten -> 2\n\t=[html]two -> 1\n}" in text
    assert losses == [("X302", "")]
    _, losses = written(Ordering(id="q", stem="s", items=items, answer=("b", "a")))
    assert losses == [("X302", ""), ("X301", "/scoring")]


def gap(blank: TextBlank | NumericBlank | ChoiceBlank) -> Cloze:
    """A cloze with that gap alone."""
    return Cloze(id="q", stem=Html(html='<p>It is <blank id="b"/>.</p>'), blanks=(blank,))


@pytest.mark.parametrize(
    ("blank", "block"),
    [
        (TextBlank(id="b", answer=(Accepted(text="x"),)), "{\n\t=%100%x\n}"),
        (NumericBlank(id="b", answer=(NumericAnswer(value=Fraction(3)),)), "{#\n\t=%100%3:0\n}"),
        (ChoiceBlank(id="b", choices=AB, answer="B"), "{\n\t~[html]yes\n\t=[html]no\n}"),
    ],
)
def test_one_gap_is_the_question_it_is(blank: TextBlank | NumericBlank | ChoiceBlank, block: str) -> None:
    """A cloze with one gap keeps its key: Moodle puts the field where the line is."""
    text, losses = written(gap(blank))
    assert f"[html]It is _____.{block}" in text
    assert losses == [("X302", "")]


def test_losses_of_a_gap_point_into_the_gap() -> None:
    """What a rewritten question loses is reported where it stood."""
    _, losses = written(gap(TextBlank(id="b", answer=(Accepted(text="x"), Accepted(text="a->b")), case_sensitive=True)))
    assert losses == [("X302", ""), ("X307", "/blanks/0/answer/1"), ("X307", "/blanks/0/case_sensitive")]


def test_more_gaps_become_a_list_of_words() -> None:
    """The gaps are numbered and matched with their words: still one question, still graded."""
    question = Cloze(
        id="q",
        stem=Html(html='<p><blank id="a"/> and <blank id="b"/></p>'),
        blanks=(TextBlank(id="a", answer=(Accepted(text="x"),)), ChoiceBlank(id="b", choices=AB, answer="B")),
    )
    text, losses = written(question)
    assert "[html](1)____ and (2)____{\n\t=[html](1) -> x\n\t=[html](2) -> no\n\t= -> yes\n}" in text
    assert losses == [("X302", "")]


def test_an_arrow_in_a_short_answer() -> None:
    """GIFT cannot say `->`: other answers carry the question, or it becomes an essay; the key is never changed."""
    answers = (Accepted(text="a->b"), Accepted(text="x"))
    text, losses = written(ShortAnswer(id="q", stem="s", answer=answers))
    assert "{\n\t=%100%x\n}" in text
    assert losses == [("X307", "/answer/0")]
    text, losses = written(ShortAnswer(id="q", stem="s", answer=answers[:1]))
    assert "s{}" in text
    assert losses == [("X307", "/answer/0"), ("X302", "")]


def test_media_stay_inside_the_text() -> None:
    """A small picture travels as a data URL, which Moodle keeps; a missing one is words and a finding."""
    stem = Html(html='<p><img src="asset:p" alt="dot"/><img src="asset:gone" alt="none"/></p>')
    text, losses = written(Information(id="q", stem=stem), p=Asset(base64="AAAA", media_type="image/png"))
    assert '<img src\\="data\\:image/png;base64,AAAA" alt\\="dot"/>[none]' in text
    assert losses == [("A001", "/stem"), ("X203", "/stem")]


def test_everything_gift_has_not_is_named() -> None:
    """Points, hints, penalty, combined feedback, shuffling, case and units: each with its place."""
    single = SingleChoice(
        id="a",
        stem="s",
        choices=AB,
        answer="A",
        points=Fraction(2),
        hints=("h",),
        penalty=Fraction(1, 2),
        shuffle=True,
        feedback=Feedback(correct="c"),
        extensions={"gift": {"x": 1}},
    )
    _, losses = written(single)
    assert losses == [
        ("X201", "/feedback/correct"),
        ("X208", "/shuffle"),
        ("X205", "/points"),
        ("X208", "/penalty"),
        ("X202", "/hints"),
        ("X208", "/extensions/gift/x"),
    ]


def test_weights_without_full_marks() -> None:
    """GIFT has no single choice without a choice at 100 %: the best becomes right, and that is said."""
    choices = tuple(Choice(id=name, text=name, weight=Fraction(1, n)) for name, n in (("A", 2), ("B", 4)))
    text, losses = written(SingleChoice(id="q", stem="s", choices=choices, answer="A", scoring="weighted"))
    assert "{\n\t=[html]A\n\t~%25%[html]B\n}" in text
    assert losses == [("X301", "/scoring"), ("X301", "/answer")]


def test_categories_and_groups() -> None:
    """A category line with a blank line after it; a group's material before each of its stems."""
    group = Group(
        id="g",
        stem="M",
        category=("a:b", "c/d"),
        questions=(TrueFalse(id="x", stem="1", answer=True), Essay(id="y", stem="2")),
    )
    text, losses = written(group)
    assert text == (
        "$CATEGORY: $course$/top/a:b/c//d\n\n"
        "// [id:x]\n::1::[html]<p>M</p><p>1</p>{TRUE}\n\n"
        "// [id:y]\n::2::[html]<p>M</p><p>2</p>{}\n\n"
    )
    assert losses == [("X303", "")]


def test_no_line_can_end_a_question() -> None:
    """Blank lines, comments and zeros in a text stay inside it."""
    text, _ = written(TrueFalse(id="q", stem="a\n\n// b\n0\n", answer=True, feedback_true="\n\n0"))
    assert len(text.split("\n\n")) == 2
    assert [line[:2] for line in text.splitlines() if line] == ["//", "::"]


def test_the_user_s_own_templates_come_first(tmp_path: Path) -> None:
    """A template in the user's folder takes the place of ours."""
    (tmp_path / "gift").mkdir()
    (tmp_path / "gift" / "essay.j2").write_text("// mine\n::[[ name ]]::[[ stem ]]{}\n\n")
    text, _ = written(Essay(id="q", stem="a=b"), templates=str(tmp_path))
    assert text == "// mine\n::a\\=b::[html]a\\=b{}\n\n"


@pytest.mark.parametrize("template", ["[% if %]", "[[ nothing ]]", "[[ name + 1 ]]", '[% extends "gift/none.j2" %]'])
def test_a_broken_template_is_an_error_that_names_it(template: str, tmp_path: Path) -> None:
    """A template of the user's own that cannot be used stops the export with one sentence."""
    (tmp_path / "gift").mkdir()
    (tmp_path / "gift" / "essay.j2").write_text(template)
    with pytest.raises(QbankError, match=r"template gift/essay\.j2"):
        written(Essay(id="q", stem="s"), templates=str(tmp_path))


def test_bad_questions_are_left_out() -> None:
    """Most structure errors crash the whole GIFT import in Moodle: such a question is left out."""
    bad = Matching(id="bad", stem="s", prompts=(Prompt(id="1", text="p"),), choices=(AB[0], AB[0]), answer={"1": "A"})
    text, losses = written(bad, SingleChoice(id="worse", stem="s", choices=AB, answer="Z"), Essay(id="good", stem="s"))
    assert text == "// [id:good]\n::s::[html]s{}\n\n"
    assert losses == [("X104", ""), ("X104", "")]
