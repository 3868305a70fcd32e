"""Moodle XML: what becomes of each kind, and of what Moodle has no place for."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from qbank import export
from qbank.assets import AssetStore
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
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    Unit,
)

PIXEL = base64.b64encode(b"not really a picture").decode()
AB = (Choice(id="A", text="yes"), Choice(id="B", text="no"))


def written(*questions: Question, **assets: Asset) -> tuple[Any, Context]:
    """The file's root element and the context with its losses."""
    ctx = Context(header=Header(qbank=1, title="Bank"), assets=AssetStore(assets, Path("/nowhere")))
    sink = io.BytesIO()
    export.get("moodle-xml").write(questions, sink, ctx)
    return etree.fromstring(sink.getvalue()), ctx


def losses(ctx: Context) -> list[tuple[str, str]]:
    """Code and pointer of each finding."""
    return [(d.code, d.pointer) for d in ctx.report]


def texts(root: Any, path: str) -> list[str]:
    """The texts at a path, as they stand."""
    return [element.findtext("text") or "" for element in root.findall(path)]


def test_a_plain_question_loses_nothing() -> None:
    """A question of what Moodle has is written without a finding."""
    root, ctx = written(SingleChoice(id="q", stem="Is it?", choices=AB, answer="A"))
    assert losses(ctx) == []
    assert [a.get("fraction") for a in root.iter("answer")] == ["100", "0"]
    assert texts(root, "question/answer") == ["yes", "no"]


def test_media_go_to_each_text_that_shows_them() -> None:
    """A picture used twice is written twice, beside each text, under a clean name, and referred to there."""
    picture = Html(html='<p>see <img src="asset:p" alt="a &lt; b"/></p>')
    choices = (Choice(id="A", text=picture, feedback=picture), Choice(id="B", text="no"))
    root, ctx = written(
        SingleChoice(id="q", stem=picture, choices=choices, answer="A"),
        p=Asset(base64=PIXEL, media_type="image/png"),
    )
    assert losses(ctx) == []
    files = list(root.iter("file"))
    assert [f.getparent().tag for f in files] == ["questiontext", "answer", "feedback"]
    assert {(f.get("name"), f.get("path"), f.get("encoding"), f.text) for f in files} == {
        ("p.png", "/", "base64", PIXEL)
    }
    assert texts(root, "question/questiontext") == ['see <img src="@@PLUGINFILE@@/p.png" alt="a &lt; b"/>']


def test_two_assets_never_share_a_file_name() -> None:
    """`p` and `p.png` in one text are two files."""
    both = Html(html='<p><img src="asset:p.png"/><img src="asset:p"/><img src="asset:p.png"/></p>')
    png = Asset(base64=PIXEL, media_type="image/png")
    root, _ = written(Information(id="q", stem=both), **{"p.png": png, "p": png})
    assert [f.get("name") for f in root.iter("file")] == ["p.png", "p-2.png"]


def test_a_missing_asset_is_reported_and_described() -> None:
    """An asset that cannot be read costs the picture, not the question."""
    stem = Html(html='<p><img src="asset:gone" alt="a chart"/></p>')
    root, ctx = written(Information(id="q", stem=stem), gone=Asset(file="gone.png"))
    assert losses(ctx) == [("A002", "/stem"), ("X203", "/stem")]
    assert texts(root, "question/questiontext") == ["[a chart]"]


def test_categories_change_only_when_they_change() -> None:
    """A category question stands before the first question of each run, and never has an idnumber."""
    placed = [
        TrueFalse(id=f"q{i}", stem="s", answer=True, category=c)
        for i, c in enumerate([("A",), ("A",), ("B", "x/y"), ()])
    ]
    root, ctx = written(*placed)
    assert texts(root, "question/category") == ["$course$/top/A", "$course$/top/B/x//y", "$course$/top/Bank"]
    assert losses(ctx) == [("X210", "/category")]
    first, _ = written(TrueFalse(id="q", stem="s", answer=True))
    assert texts(first, "question/category") == []


def test_an_id_is_used_once() -> None:
    """Moodle drops a second idnumber in silence; we say so."""
    root, ctx = written(*(TrueFalse(id="same", stem="s", answer=True) for _ in range(2)))
    assert [e.text for e in root.iter("idnumber")] == ["same", None]
    assert losses(ctx) == [("X305", "/id")]


def test_titles() -> None:
    """The title, or the first words of the stem; `<` one level deeper; never more than 255 characters."""
    questions = [
        Information(id="a", stem="s", title="1<2"),
        Information(id="b", stem=Html(html="<p>The  <em>first</em> words</p>")),
        Information(id="c", stem="s", title="x" * 300),
        Information(id="d", stem=""),
    ]
    root, ctx = written(*questions)
    assert texts(root, "question/name") == ["1&lt;2", "The first words", "x" * 252 + "...", "d"]
    assert losses(ctx) == [("X305", "/title")]


@pytest.mark.parametrize(
    ("points", "expected", "exact"),
    [(Fraction(1, 2), "0.5", True), (Fraction(1, 3), "0.3333333", False), (Fraction(10**6), "99999", False)],
)
def test_points(points: Fraction, expected: str, exact: bool) -> None:
    """Points are decimals with at most seven places; what does not fit is reported."""
    root, ctx = written(TrueFalse(id="q", stem="s", answer=True, points=points))
    assert root.findtext("question/defaultgrade") == expected
    assert losses(ctx) == ([] if exact else [("X301", "/points")])


def test_feedback_by_verdict_goes_to_the_answers() -> None:
    """A short answer has no combined feedback in Moodle: it goes where students read it, and is reported."""
    question = ShortAnswer(
        id="q",
        stem="s",
        answer=(Accepted(text="a*b"), Accepted(text="half", weight=Fraction(1, 2), feedback="own")),
        feedback=Feedback(correct="good", partial="nearly", incorrect="no"),
    )
    root, ctx = written(question)
    assert texts(root, "question/answer") == [r"a\*b", "half", "*"]
    assert texts(root, "question/answer/feedback") == ["good", "<p>own</p><p>nearly</p>", "no"]
    assert losses(ctx) == [("X201", f"/feedback/{name}") for name in ("correct", "partial", "incorrect")]


def test_true_false() -> None:
    """The words Moodle knows, the verdicts' feedback at the answer it belongs to, and the penalty of its own form."""
    question = TrueFalse(
        id="q", stem="s", answer=False, feedback_true="why", feedback=Feedback(correct="good", incorrect="no")
    )
    root, _ = written(question)
    assert texts(root, "question/answer") == ["true", "false"]
    assert texts(root, "question/answer/feedback") == ["<p>why</p><p>no</p>", "good"]
    assert root.findtext("question/penalty") == "1"


def test_numbers_and_units() -> None:
    """A range becomes its centre and half width; a unit's multiplier is the inverse of its factor, the plain one first."""
    question = Numeric(
        id="q",
        stem="s",
        answer=(NumericAnswer(min=Fraction(-5), max=Fraction("-3.5")), NumericAnswer(value=Fraction(0))),
        units=(Unit(name="km", factor=Fraction(1000)), Unit(name="m")),
        unit_required=True,
    )
    root, ctx = written(question)
    assert texts(root, "question/answer") == ["-4.25", "0"]
    assert [e.text for e in root.iter("tolerance")] == ["0.75", "0"]
    assert [(u.findtext("multiplier"), u.findtext("unit_name")) for u in root.iter("unit")] == [
        ("1", "m"),
        ("0.001", "km"),
    ]
    assert root.findtext("question/unitgradingtype") == "1"
    assert root.findtext("question/unitpenalty") == "1"
    assert losses(ctx) == []


def test_a_number_with_too_many_digits() -> None:
    """Moodle keeps 14 digits."""
    _, ctx = written(Numeric(id="q", stem="s", answer=(NumericAnswer(value=Fraction(1, 3)),)))
    assert losses(ctx) == [("X307", "/answer/0")]


def test_matching() -> None:
    """Choices are one escaped line; distractors have no stem; markup in a choice is reported."""
    question = Matching(
        id="q",
        stem="s",
        prompts=(Prompt(id="1", text=Html(html="<p><em>one</em></p>")), Prompt(id="2", text="")),
        choices=(
            Choice(id="A", text="a<b"),
            Choice(id="B", text=Html(html="<p><em>b</em></p>")),
            Choice(id="C", text="c"),
        ),
        answer={"1": "A", "2": "A"},
    )
    root, ctx = written(question)
    assert texts(root, "question/subquestion") == ["<em>one</em>", "&#160;", "", ""]
    assert texts(root, "question/subquestion/answer") == ["a&lt;b", "a&lt;b", "b", "c"]
    assert losses(ctx) == [("X204", "/choices/1/text"), ("X305", "/prompts/1/text")]


def test_ordering() -> None:
    """Items stand in the right order; two that say the same are told apart."""
    question = Ordering(
        id="q",
        stem="s",
        items=(Item(id="a", text="x"), Item(id="b", text="y"), Item(id="c", text="x")),
        answer=("b", "c", "a"),
    )
    root, ctx = written(question)
    assert texts(root, "question/answer") == ["y", "x", "x (2)"]
    assert root.findtext("question/gradingtype") == "ALL_OR_NOTHING"
    assert root.findtext("question/shownumcorrect") == "0"
    assert losses(ctx) == [("X305", "/items/0/text")]


def test_cloze() -> None:
    """Gaps by entities, the stem in a tag, what only looks like a gap made harmless, shares as weights."""
    question = Cloze(
        id="q",
        stem=Html(html='<p>{1:SA:=no} <blank id="a"/> <blank id="b"/></p>'),
        blanks=(
            TextBlank(id="a", answer=(Accepted(text="R&~b}", feedback="#1"),), case_sensitive=True),
            ChoiceBlank(
                id="b",
                choices=(Choice(id="A", text="50%=x"), Choice(id="B", text="<")),
                answer="B",
                share=2,
                shuffle=True,
            ),
        ),
        points=Fraction(3),
    )
    root, ctx = written(question)
    assert texts(root, "question/questiontext") == [
        "<p>&#123;1:SA:=no} {1:SAC:=R&#38;&#126;b&#125;#&#35;1} {2:MCS:50&#37;&#61;x~=&#38;lt;}</p>"
    ]
    assert losses(ctx) == []


def test_cloze_with_points_that_do_not_divide() -> None:
    """Three equal gaps cannot be worth one point together in Moodle."""
    stem = Html(html='<p><blank id="a"/><blank id="b"/></p>')
    blanks = tuple(TextBlank(id=name, answer=(Accepted(text="x"),)) for name in "abc")
    root, ctx = written(Cloze(id="q", stem=stem, blanks=blanks))
    assert root.findtext("question/defaultgrade") == "3"
    assert losses(ctx) == [("X301", "/points"), ("X305", "/stem")]
    assert texts(root, "question/questiontext") == ["<p>{1:SA:=x}{1:SA:=x}</p><p>{1:SA:=x}</p>"]


def test_essay() -> None:
    """The style decides the lines, the model answer and the rubric are for graders, limits are left out when unset."""
    root, ctx = written(Essay(id="q", stem="s", answer="model", style="long", max_words=100, hints=("h",)))
    assert root.findtext("question/responsefieldlines") == "20"
    assert texts(root, "question/graderinfo") == ["model"]
    assert root.find("question/minwordlimit") is None
    assert root.findtext("question/maxwordlimit") == "100"
    assert losses(ctx) == [("X202", "/hints")]


def test_group() -> None:
    """Every sub-question stands alone: material, tags, category and a name of its own."""
    group = Group(
        id="g",
        stem="Material.",
        tags=("t",),
        category=("C",),
        questions=(TrueFalse(id="a", stem="One.", answer=True), Essay(id="b", stem="Two.", tags=("u",))),
    )
    root, ctx = written(group)
    assert texts(root, "question/category") == ["$course$/top/C"]
    assert texts(root, "question/name") == ["One.", "Two."]
    assert texts(root, "question/questiontext") == ["<p>Material.</p><p>One.</p>", "<p>Material.</p><p>Two.</p>"]
    assert texts(root, "question/tags/tag") == ["t", "t", "u"]
    assert losses(ctx) == [("X303", "")]


def test_settings_of_moodle_s_own() -> None:
    """`extensions["moodle-xml"]` sets what Moodle knows; the rest is reported, and nothing odd gets through."""
    own = {"moodle-xml": {"answernumbering": "iii", "shuffleanswers": True, "usecase": "1", "penalty": "<x>"}}
    root, ctx = written(SingleChoice(id="q", stem="s", choices=AB, answer="A", extensions=own))
    assert root.findtext("question/answernumbering") == "iii"
    assert root.findtext("question/shuffleanswers") == "true"
    assert root.findtext("question/penalty") == "0.3333333"
    assert losses(ctx) == [("X208", "/extensions/moodle-xml/usecase"), ("X208", "/extensions/moodle-xml/penalty")]


@pytest.mark.parametrize(
    "question",
    [
        SingleChoice(id="bad", stem="s", choices=AB, answer="Z"),
        SingleChoice(id="bad", stem="s", choices=AB),
        MultipleChoice(id="bad", stem="s", choices=AB[:1], answer=("A",)),
        ShortAnswer(id="bad", stem="s", answer=(Accepted(text="a", weight=Fraction(1, 2)),)),
        Numeric(id="bad", stem="s", answer=(NumericAnswer(min=Fraction(2), max=Fraction(1)),)),
        Matching(id="bad", stem="s", prompts=(Prompt(id="1", text="p"),), choices=AB, answer={}),
        Ordering(id="bad", stem="s", items=(Item(id="a", text="a"), Item(id="b", text="b")), answer=("a", "a")),
        Cloze(id="bad", stem="s", blanks=(ChoiceBlank(id="b", choices=AB, answer="Z"),)),
        Information(id="bad", stem="x" * 10_000_000),
    ],
    ids=lambda question: question.__struct_config__.tag,
)
def test_a_bad_question_never_ends_the_import(question: Question) -> None:
    """What Moodle would stop at is left out with a finding, and the questions around it stay."""
    good = [TrueFalse(id=name, stem="s", answer=True) for name in ("before", "after")]
    root, ctx = written(good[0], question, good[1])
    assert [e.text for e in root.iter("idnumber")] == ["before", "after"]
    assert losses(ctx) == [("X104", "")]


def test_what_moodle_never_carries() -> None:
    """Difficulty, language and the draft status are named, each with its place."""
    _, ctx = written(TrueFalse(id="q", stem="s", answer=True, difficulty=3, language="en", status="draft"))
    assert losses(ctx) == [("X207", "/difficulty"), ("X207", "/language"), ("X207", "/status")]


def test_control_characters_are_kept_out() -> None:
    """One control character would make Moodle refuse the whole file."""
    root, _ = written(Information(id="q", stem="a\x00b\x0bc\ud800d\r\ne", title="t\x01"))
    assert texts(root, "question/questiontext") == ["abcd<br/>e"]
    assert texts(root, "question/name") == ["t"]
