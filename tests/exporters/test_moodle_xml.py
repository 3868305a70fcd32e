"""Moodle XML: what becomes of each kind, and of what Moodle has no place for."""

from __future__ import annotations

import base64
import html
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from lxml import etree

from qbank import export
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
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
    Unit,
)

PIXEL = base64.b64encode(b"not really a picture").decode()
AB = (Choice(id="A", text="yes"), Choice(id="B", text="no"))


def exported(questions: Iterable[Question], ctx: Context) -> bytes:
    """The bytes of the artefact."""
    sink = io.BytesIO()
    export.get("moodle-xml").write(questions, sink, ctx)
    return sink.getvalue()


def written(
    *questions: Question, assets: Mapping[str, Asset] = MappingProxyType({}), **options: str
) -> tuple[Any, Context]:
    """The file's root element and the context with its losses."""
    header = Header(qbank=1, title="Bank")
    ctx = Context(header=header, assets=AssetStore(assets, Path("/nowhere")), options=options)
    return etree.fromstring(exported(questions, ctx)), ctx


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
        assets={"p": Asset(base64=PIXEL, media_type="image/png")},
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
    root, _ = written(Information(id="q", stem=both), assets={"p.png": png, "p": png})
    assert [f.get("name") for f in root.iter("file")] == ["p.png", "p-2.png"]


def test_a_missing_asset_is_reported_and_described() -> None:
    """An asset that cannot be read costs the picture, not the question."""
    stem = Html(html='<p><img src="asset:gone" alt="a chart"/></p>')
    root, ctx = written(Information(id="q", stem=stem), assets={"gone": Asset(file="gone.png")})
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
    told = [("X201", f"/feedback/{name}") for name in ("correct", "partial", "incorrect")]
    assert losses(ctx) == [*told, ("X305", "/answer/0/feedback"), ("X305", "/answer/1/feedback")]


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
    assert losses(ctx) == [("X208", "/units")]


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


GROUP = Group(
    id="g",
    title="Text",
    stem="Material.",
    tags=("t",),
    category=("C",),
    feedback=Feedback(general="Of all."),
    questions=(TrueFalse(id="a", stem="One.", answer=True), Essay(id="b", stem="Two.", tags=("u",))),
)


def test_group() -> None:
    """The material is a description before the questions, which have the tags, the category and a name of their own."""
    root, ctx = written(GROUP)
    assert texts(root, "question/category") == ["$course$/top/C"]
    assert [q.get("type") for q in root.findall("question")] == ["category", "description", "truefalse", "essay"]
    assert [e.text for e in root.iter("idnumber")] == ["g", "a", "b"]
    assert texts(root, "question/name") == ["Text", "Text (1)", "Text (2)"]
    assert texts(root, "question/questiontext") == ["Material.", "One.", "Two."]
    assert texts(root, "question/generalfeedback") == ["Of all.", "", ""]
    assert texts(root, "question/tags/tag") == ["t", "t", "t", "u"]
    assert losses(ctx) == [("X303", "")]


def test_group_repeated() -> None:
    """On request the material stands in each question, so that each can be used without the others."""
    root, ctx = written(GROUP, groups="repeat")
    assert texts(root, "question/questiontext") == ["<p>Material.</p><p>One.</p>", "<p>Material.</p><p>Two.</p>"]
    assert texts(root, "question/generalfeedback") == ["Of all.", "Of all."]
    assert losses(ctx) == [("X303", ""), *[("X305", "/feedback/general")] * 2]


def test_settings_of_moodle_s_own() -> None:
    """`extensions["moodle-xml"]` sets what Moodle knows; the rest is reported, and nothing odd gets through."""
    own = {"moodle-xml": {"answernumbering": "iii", "shuffleanswers": True, "usecase": "1", "penalty": "<x>"}}
    root, ctx = written(SingleChoice(id="q", stem="s", choices=AB, answer="A", extensions=own))
    assert root.findtext("question/answernumbering") == "iii"
    assert root.findtext("question/shuffleanswers") == "true"
    assert root.findtext("question/penalty") == "0.3333333"
    assert losses(ctx) == [
        ("X208", "/extensions/moodle-xml/usecase"),
        ("X208", "/extensions/moodle-xml/penalty"),
        ("X208", "/shuffle"),
    ]


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


def setting(**own: Any) -> dict[str, dict[str, Any]]:
    """The extensions of a question with settings of Moodle's own."""
    return {"moodle-xml": own}


def gap_question(name: str = "q", **more: Any) -> Cloze:
    """Two gaps with the same choices."""
    choices = (Choice(id="A", text="a<b"), Choice(id="B", text=Html(html="<p>H<sub>2</sub>O <u>x</u></p>")))
    blanks = (
        ChoiceBlank(id="1", choices=choices, answer="A"),
        ChoiceBlank(id="2", choices=choices, answer="B"),
    )
    stem = Html(html='<p>[[1]] <blank id="1"/> and <blank id="2"/></p>')
    return Cloze(id=name, stem=stem, blanks=blanks, points=Fraction(1, 2), **more)


def test_gapselect() -> None:
    """Menus in the text: words of one group for gaps with the same choices, without markup, no gap that is none."""
    root, ctx = written(gap_question(feedback=Feedback(correct="good")), gaps="gapselect")
    assert root.find("question").get("type") == "gapselect"
    assert texts(root, "question/questiontext") == ["<p>[&#91;1]] [[1]] and [[2]]</p>".replace("[&#91;", "&#91;[")]
    assert texts(root, "question/selectoption") == ["a&lt;b", "H2O x"]
    assert [e.text for e in root.iter("group")] == ["1", "1"]
    assert texts(root, "question/correctfeedback") == ["good"]
    assert root.findtext("question/defaultgrade") == "0.5"
    assert losses(ctx) == [("X204", "/blanks/0/choices/1/text"), ("X204", "/blanks/1/choices/1/text")]


def test_ddwtos() -> None:
    """Words to drag keep sub- and superscript, and may be used again where two gaps share them."""
    root, ctx = written(gap_question(), gaps="ddwtos")
    assert texts(root, "question/dragbox") == ["a&lt;b", "H<sub>2</sub>O x"]
    assert [len(box.findall("infinite")) for box in root.iter("dragbox")] == [1, 1]
    assert {code for code, _ in losses(ctx)} == {"X204"}


def test_a_question_may_say_what_its_gaps_are() -> None:
    """What came from Moodle as gapselect goes back as gapselect; other settings of the type come with it."""
    own = setting(gaps="ddwtos", shownumcorrect="1", hints=[["clearwrong"]])
    root, ctx = written(gap_question(extensions=own, hints=("h",)), gap_question("r"))
    assert [q.get("type") for q in root.findall("question")] == ["ddwtos", "cloze"]
    assert root.find("question/shownumcorrect").text is None
    assert root.find("question/hint/clearwrong") is not None
    assert list(root.iter("infinite")) == []
    assert "X208" not in {code for code, _ in losses(ctx)}


def test_a_cloze_with_other_gaps_stays_one() -> None:
    """A gap to write into cannot be one to choose for; the finding says which form was not taken."""
    question = Cloze(
        id="q", stem=Html(html='<p><blank id="a"/></p>'), blanks=(TextBlank(id="a", answer=(Accepted(text="x"),)),)
    )
    root, ctx = written(question, gaps="gapselect")
    assert root.find("question").get("type") == "cloze"
    assert losses(ctx) == [("X310", "/blanks")]


def test_a_twin_of_the_right_word() -> None:
    """Two choices that read the same are one word, for Moodle would call the twin of the right one wrong."""
    choices = (Choice(id="A", text="x"), Choice(id="B", text="y"), Choice(id="C", text="x"))
    question = Cloze(
        id="q", stem=Html(html='<p><blank id="1"/></p>'), blanks=(ChoiceBlank(id="1", choices=choices, answer="C"),)
    )
    root, ctx = written(question, gaps="gapselect")
    assert texts(root, "question/selectoption") == ["x", "y"]
    assert texts(root, "question/questiontext") == ["<p>[[1]]</p>"]
    assert losses(ctx) == [("X305", "/blanks/0/choices/2/text")]


def test_layouts_and_weights_of_gaps() -> None:
    """A gap is laid out as the bank says, and a choice that earns a part of the points does so."""
    choices = (Choice(id="A", text="x"), Choice(id="B", text="y", weight=Fraction(1, 2)), Choice(id="C", text="z"))
    question = Cloze(
        id="q",
        stem=Html(html='<p><blank id="1"/></p>'),
        blanks=(ChoiceBlank(id="1", choices=choices, answer="A"),),
        extensions=setting(layouts={"1": "H"}),
    )
    root, ctx = written(question)
    assert texts(root, "question/questiontext") == ["<p>{1:MCH:=x~%50%y~z}</p>"]
    assert losses(ctx) == []


def test_group_as_cloze() -> None:
    """The material, then each stem with its gap; several right choices share the points, however many they are."""
    choices = tuple(Choice(id=f"c{i}", text=f"t{i}") for i in range(13))
    group = Group(
        id="g",
        stem="Material.",
        tags=("t",),
        feedback=Feedback(general="Of all."),
        questions=(
            TrueFalse(
                id="a", stem="真?", answer=False, language="zh-CN", feedback_true="no", feedback=Feedback(general="own")
            ),
            MultipleChoice(
                id="b", stem="Which?", choices=choices, answer=tuple(c.id for c in choices[:12]), points=Fraction(2)
            ),
            Numeric(id="c", stem="How many?", answer=(NumericAnswer(value=Fraction(3)),)),
            Information(id="d", stem="Done."),
        ),
    )
    root, ctx = written(group, groups="cloze")
    assert [e.text for e in root.iter("idnumber")] == ["g"]
    rights = "~".join(f"=t{i}" for i in range(12))
    assert texts(root, "question/questiontext") == [
        "<p>Material.</p><p>真?</p><p>{1:MCV:对#no~=错}</p><p>Which?</p><p>{2:MR:" + rights + "~%-100%t12}</p>"
        "<p>How many?</p><p>{1:NM:=3:0}</p><p>Done.</p>"
    ]
    assert texts(root, "question/generalfeedback") == ["<p>Of all.</p><p>own</p>"]
    assert root.findtext("question/defaultgrade") == "4"
    assert losses(ctx) == [("X302", ""), ("X207", "/questions/0/language")]


def test_a_group_that_is_no_cloze() -> None:
    """A group with an essay is written apart, and the finding says why."""
    root, ctx = written(GROUP, groups="cloze")
    assert [q.get("type") for q in root.findall("question")] == ["category", "description", "truefalse", "essay"]
    assert losses(ctx) == [("X310", "/questions"), ("X303", "")]


def test_ordering_before_moodle_4_4() -> None:
    """Older sites would refuse the whole file for one ordering question: each item is matched with its place."""
    question = Ordering(
        id="q",
        stem="s",
        items=(Item(id="a", text="x"), Item(id="b", text=Html(html="<p><em>y</em></p>")), Item(id="c", text="")),
        answer=("b", "c", "a"),
        scoring="each_position",
    )
    root, ctx = written(question, version="4.3.2")
    assert root.find("question").get("type") == "matching"
    assert texts(root, "question/subquestion") == ["x", "<em>y</em>", "&#160;"]
    assert texts(root, "question/subquestion/answer") == ["3", "1", "2"]
    assert root.findtext("question/shuffleanswers") == "true"
    assert losses(ctx) == [("X302", ""), ("X305", "/items/2/text")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("version", "new"), ("version", "4"), ("groups", "both"), ("gaps", "Cloze"), ("split", "0"), ("split", "yes")],
)
def test_an_option_that_means_nothing(name: str, value: str) -> None:
    """A value that is not understood is refused with the values there are."""
    with pytest.raises(QbankError, match=name):
        written(GROUP, **{name: value})


def test_a_category_around_all_others() -> None:
    """Every question is below the path given, also the first and those without a category."""
    one = TrueFalse(id="a", stem="s", answer=True)
    two = TrueFalse(id="b", stem="s", answer=True, category=("C",))
    root, ctx = written(one, two, category="Year 1/A//B")
    assert texts(root, "question/category") == ["$course$/top/Year 1/A//B", "$course$/top/Year 1/A//B/C"]
    assert losses(ctx) == []


def test_what_categories_are_about() -> None:
    """The info of a category is written once, that of one around it before; its id number, which could end the import, never."""
    header = Header(
        qbank=1,
        extensions=setting(
            categories=[
                {"path": ["A"], "info": "<p>About <b>A</b></p>", "idnumber": "7"},
                {"path": ["A", "B"], "info": "About B"},
                {"path": "A"},
            ]
        ),
    )
    places = [("A", "B"), ("A",), ("A", "B")]
    questions = [TrueFalse(id=f"q{i}", stem="s", answer=True, category=c) for i, c in enumerate(places)]
    ctx = Context(header=header)
    root = etree.fromstring(exported(questions, ctx))
    assert texts(root, "question/category") == ["$course$/top/A", *(f"$course$/top/{'/'.join(p)}" for p in places)]
    assert texts(root, "question/info") == ["About <strong>A</strong>", "About B", "", ""]
    prefix = "/extensions/moodle-xml/categories"
    assert losses(ctx) == [("X208", f"{prefix}/0/idnumber"), ("X208", f"{prefix}/2")]


def test_hints_and_their_flags() -> None:
    """A flag is there or is not: `<clearwrong>0</clearwrong>` would mean yes. An empty hint is still a try."""
    own = setting(hints=[["shownumcorrect", "clearwrong"], [], ["options"]], shownumcorrect=True)
    question = SingleChoice(id="q", stem="s", choices=AB, answer="A", hints=("one", "two", ""), extensions=own)
    root, ctx = written(question)
    assert texts(root, "question/hint") == ["one", "two", "&#160;"]
    assert [[e.tag for e in hint] for hint in root.iter("hint")] == [
        ["text", "shownumcorrect", "clearwrong"],
        ["text"],
        ["text"],
    ]
    assert root.find("question/shownumcorrect").text is None
    assert losses(ctx) == [("X208", "/extensions/moodle-xml/hints/2"), ("X305", "/hints/2")]


def test_ordering_says_whether_it_counts() -> None:
    """For ordering alone the flag is an element that is always there and says 1 or 0."""
    items = (Item(id="a", text="x"), Item(id="b", text="y"))
    own = setting(shownumcorrect="1", hints=[["options"]])
    root, _ = written(Ordering(id="q", stem="s", items=items, answer=("a", "b"), hints=("h",), extensions=own))
    assert root.findtext("question/shownumcorrect") == "1"
    assert root.findtext("question/hint/options") == "1"


def kept(xml: str, kind: str, name: str = "k") -> Information:
    """A question of a type that the bank does not have, as a reader keeps it."""
    return Information(id=name, stem="s", extensions=setting(type=kind, xml=xml))


CALCULATED = """<question type="calculated">
  <!-- 12 -->
  <name><text>Sum</text></name>
  <questiontext format="html"><text><![CDATA[<p>{x} &lt; {y}</p>]]></text><file name="a.png" path="/" encoding="base64">QUJD</file></questiontext>
  <idnumber>7 a</idnumber>
  <answer fraction="100"><text>{x}+{y}</text><tolerance>0.01</tolerance><feedback format="html"><text></text></feedback></answer>
  <synchronize> 0 </synchronize>
</question>"""


def test_a_kept_question_is_given_back() -> None:
    """A type that the bank does not have comes back with every element, attribute, text and file, each text in CDATA."""
    root, ctx = written(kept(CALCULATED, "calculated"))
    found = root.find("question")

    def parts(element: Any) -> list[Any]:
        return [element.tag, dict(element.attrib), (element.text or "").strip(), [parts(child) for child in element]]

    parser = etree.XMLParser(remove_comments=True)
    assert parts(found) == parts(etree.fromstring(CALCULATED, parser))
    data = exported([kept(CALCULATED, "calculated")], Context())
    for written_so in (b"<![CDATA[{x}+{y}]]>", b"<![CDATA[7 a]]>", b">QUJD<", b"<tolerance>0.01</tolerance>"):
        assert written_so in data
    assert losses(ctx) == []


def test_a_kept_question_uses_an_id_once() -> None:
    """Its id number goes when another question has it, as everywhere."""
    root, ctx = written(kept(CALCULATED, "calculated"), kept(CALCULATED, "calculated", "other"))
    assert [e.text for e in root.iter("idnumber")] == ["7 a", None]
    assert losses(ctx) == [("X305", "/id")]


def test_a_kept_question_of_a_plug_in() -> None:
    """A type that is no part of Moodle may be refused, and with it the file: that is said."""
    root, ctx = written(kept('<question type="stack"><name><text>n</text></name></question>', "stack"))
    assert root.find("question").get("type") == "stack"
    assert losses(ctx) == [("X311", "/extensions/moodle-xml/type")]


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        ("<question type='a'><name>", "a"),
        ("<question type='a'/><question type='a'/>", "a"),
        ("<question type='a'/>", "b"),
        ("<quiz><question type='a'/></quiz>", "a"),
        ("<question type='category'/>", "category"),
        ("<question type='random'/>", "random"),
        ('<!DOCTYPE q [<!ENTITY e SYSTEM "file:///etc/passwd">]><question type="a">&e;</question>', "a"),
        ("<question type='a'>&e;</question>", "a"),
        ("<question type='a' xmlns:x='y'><x:b/></question>", "a"),
        ("<question type='a'>" + "<b>" * 100 + "</b>" * 100 + "</question>", "a"),
        ("", "a"),
    ],
)
def test_what_is_kept_is_parsed_and_never_pasted(xml: str, kind: str) -> None:
    """What is no single question of its type, or is hostile, is left out and named; the rest of the file is whole."""
    root, ctx = written(kept(xml, kind), TrueFalse(id="after", stem="s", answer=True))
    assert [e.text for e in root.iter("idnumber")] == ["after"]
    assert losses(ctx) == [("X104", "")]


def test_what_is_kept_has_to_be_text() -> None:
    """A number or a list where the XML should be is refused like any other."""
    question = Information(id="k", stem="s", extensions=setting(type="a", xml=[1]))
    _, ctx = written(question)
    assert losses(ctx) == [("X104", "")]


def test_settings_that_only_moodle_has() -> None:
    """The id number, whether a question is hidden, and what an essay begins with come back as they were."""
    own = setting(idnumber="Q 1/é", hidden="1", responsetemplate="<p>Dear Sir,</p>", responseformat="noinline")
    root, ctx = written(Essay(id="q", stem="s", style="short", attachments=1, extensions=own))
    assert root.findtext("question/idnumber") == "Q 1/é"
    assert root.findtext("question/hidden") == "1"
    assert texts(root, "question/responsetemplate") == ["<p>Dear Sir,</p>"]
    assert losses(ctx) == []


def test_choices_of_a_matching_that_read_the_same() -> None:
    """Moodle takes either of two equal choices; that is said."""
    choices = (Choice(id="A", text="x"), Choice(id="B", text="x"), Choice(id="C", text="y"))
    prompts = (Prompt(id="1", text="p"), Prompt(id="2", text="q"))
    root, ctx = written(Matching(id="q", stem="s", prompts=prompts, choices=choices, answer={"1": "A", "2": "B"}))
    assert texts(root, "question/subquestion/answer") == ["x", "x", "y"]
    assert losses(ctx) == [("X307", "/choices/1/text")]


def test_long_runs_of_blanks() -> None:
    """Moodle's parser can lose a run of 300 blanks even in CDATA: every hundredth is an entity, which shows the same."""
    root, _ = written(Information(id="q", stem="a" + " " * 900 + "b"), Information(id="r", stem="a" + " " * 200 + "b"))
    first, second = texts(root, "question/questiontext")
    assert html.unescape(first) == "a" + " " * 900 + "b"
    assert max(map(len, re.findall(" +", first))) < 250
    assert "&" not in second


def test_long_chinese() -> None:
    """The limit of a text is in bytes, of which a Chinese character has three."""
    _, ctx = written(Information(id="q", stem="字" * 4_000_000))
    assert losses(ctx) == [("X104", "")]


def test_no_word_for_a_gap() -> None:
    """A gap that accepts nothing but blanks would make Moodle refuse the file."""
    stem = Html(html='<p><blank id="a"/></p>')
    blank = TextBlank(id="a", answer=(Accepted(text="x"), Accepted(text=" ")))
    root, ctx = written(Cloze(id="q", stem=stem, blanks=(blank,)))
    assert texts(root, "question/questiontext") == ["<p>{1:SA:=x}</p>"]
    assert losses(ctx) == [("X208", "/blanks/0/answer/1")]
    only = TextBlank(id="a", answer=(Accepted(text=" "),))
    _, ctx = written(Cloze(id="q", stem=stem, blanks=(only,)))
    assert losses(ctx)[-1] == ("X104", "")


PLACED = [
    TrueFalse(id=f"q{i}", stem="s", answer=True, category=c)
    for i, c in enumerate([("A",), ("B/b", "c d"), ("A",), (), ("B/b", "c d")])
]


def package(split: str, questions: Iterable[Question] = PLACED) -> dict[str, Any]:
    """The roots of the files in the package, by name."""
    data = exported(questions, Context(header=Header(qbank=1, title="Bank"), options={"split": split}))
    assert data == exported(questions, Context(header=Header(qbank=1, title="Bank"), options={"split": split}))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        return {name: etree.fromstring(found.read(name)) for name in found.namelist()}


def test_split_by_number() -> None:
    """So many questions a file, each file saying anew where its questions go."""
    files = package("2")
    assert [[e.text for e in root.iter("idnumber")] for root in files.values()] == [["q0", "q1"], ["q2", "q3"], ["q4"]]
    assert list(files) == ["0001.xml", "0002.xml", "0003.xml"]
    assert [texts(root, "question/category") for root in files.values()] == [
        ["$course$/top/A", "$course$/top/B//b/c d"],
        ["$course$/top/A", "$course$/top/Bank"],
        ["$course$/top/B//b/c d"],
    ]


def test_split_by_category() -> None:
    """A file for each category, in the order in which they come up, its questions in theirs."""
    files = package("category")
    assert {name: [e.text for e in root.iter("idnumber")] for name, root in files.items()} == {
        "0001-A.xml": ["q0", "q2"],
        "0002-B-b-c-d.xml": ["q1", "q4"],
        "0003.xml": ["q3"],
    }
    assert [texts(root, "question/category") for root in files.values()] == [
        ["$course$/top/A"],
        ["$course$/top/B//b/c d"],
        [],
    ]


def test_what_a_question_has_of_its_group() -> None:
    """A penalty that a question has of its group is named, for nothing in the file says where it came from."""
    group = msgspec.structs.replace(GROUP, penalty=Fraction(1, 2))
    root, ctx = written(group)
    assert [e.text for e in root.iter("penalty")] == ["0", "0.5", "0.5"]
    assert losses(ctx) == [("X303", ""), ("X301", "/penalty"), ("X301", "/penalty")]


@pytest.mark.parametrize(
    ("text", "is_reported"),
    [
        (r"f\(x\) is not a formula here", True),
        ("US$$ 5 and US$$ 6", True),
        (r"a \[ b \] c", True),
        ("$ 5", False),
        (r"\( alone", False),
        (Html(html=r"<p><code>\(x\)</code> <tex>a</tex></p>"), False),
        (Html(html="<p><tex>a $$ b</tex> $$</p>"), True),
    ],
)
def test_what_only_looks_like_a_formula(text: Text, is_reported: bool) -> None:
    """Characters between which Moodle would typeset a formula are reported, in a text that has none there."""
    _, ctx = written(Information(id="q", title="t", stem=text))
    assert losses(ctx) == ([("X305", "/stem")] if is_reported else [])


def test_a_changed_category_is_named_for_each_question() -> None:
    """Every question whose category Moodle keeps otherwise is reported, not only the first."""
    _, ctx = written(*(TrueFalse(id=f"q{i}", stem="s", answer=True, category=("top",)) for i in range(2)))
    assert losses(ctx) == [("X305", "/category")] * 2


def test_the_order_of_choices_is_moodle_s() -> None:
    """Moodle shuffles the choices of a matching question always, and its prompts on request."""
    prompts = (Prompt(id="1", text="p"),)
    root, ctx = written(Matching(id="q", stem="s", prompts=prompts, choices=AB, answer={"1": "B"}, shuffle=False))
    assert root.findtext("question/shuffleanswers") == "false"
    assert losses(ctx) == [("X208", "/choices")]


@pytest.mark.parametrize(("split", "count"), [("3", 1), ("category", 0)])
def test_split_of_nothing(split: str, count: int) -> None:
    """A bank without questions gives a sound package."""
    assert len(package(split, [])) == count


TRAPS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("a notice ends the import", ("test_a_bad_question_never_ends_the_import", "rules.test_hostile_texts")),
    2: ("errors when saving stop half-way", ("test_a_bad_question_never_ends_the_import", "test_no_word_for_a_gap")),
    3: ("blanks vanish outside CDATA", ("rules.test_samples", "rules.test_hostile_texts", "test_long_runs_of_blanks")),
    4: ("a truncated file is taken", ("test_the_file_is_whole",)),
    5: ("several right choices of 100 %", ("rules.test_hostile_texts", "rules.test_synthetic_bank")),
    6: ("<single> is true unless it is false", ("test_switches_are_words_that_moodle_knows",)),
    7: ("numbers with a comma", ("test_numbers_and_units", "test_points")),
    8: ("GIFT: a number that is none becomes *", ("gift.test_samples",)),
    9: ("< in a name cuts the rest", ("test_titles", "test_matching", "test_gapselect")),
    10: ("choices with equal text", ("test_a_twin_of_the_right_word", "test_ordering")),
    11: ("flags by presence", ("test_hints_and_their_flags", "test_ordering_says_whether_it_counts", "test_ddwtos")),
    12: ("formulas and text formats", ("test_formulas_are_html", "rules.test_samples")),
}
"""What loses data in Moodle without an error, and the tests that hold us off it."""


def test_every_trap_is_held() -> None:
    """Each test that the table names exists."""
    conformance = Path(__file__).parents[1] / "conformance"
    sources = {
        "": Path(__file__).read_text(encoding="utf-8"),
        "rules": (conformance / "test_moodle_rules.py").read_text(encoding="utf-8"),
        "gift": (conformance / "test_moodle_gift.py").read_text(encoding="utf-8"),
    }
    for _, tests in TRAPS.values():
        for name in tests:
            place, _, test = name.rpartition(".")
            assert f"\ndef {test}(" in sources[place], name


def test_the_file_is_whole() -> None:
    """The root is closed also when nothing follows: Moodle would take half a file without a word."""
    assert exported([], Context()).endswith(b"<quiz>\n</quiz>\n")


def test_switches_are_words_that_moodle_knows() -> None:
    """`true` and `false` in lower case: anything else means true, and nobody could get full marks."""
    several = MultipleChoice(id="m", stem="s", choices=AB, answer=("A", "B"), shuffle=True)
    root, _ = written(several, SingleChoice(id="s", stem="s", choices=AB, answer="A"))
    assert [e.text for e in root.iter("single")] == ["false", "true"]
    assert [e.text for e in root.iter("shuffleanswers")] == ["true", "false"]


def test_formulas_are_html() -> None:
    r"""A `<` in a formula is an entity, in every text, and every text says that it is HTML."""
    formula = Html(html="<p><tex>a_1&lt;b*c</tex></p>")
    choices = (Choice(id="A", text=formula, feedback=formula), Choice(id="B", text="no"))
    root, _ = written(SingleChoice(id="q", stem=formula, choices=choices, answer="A", hints=(formula,)))
    found = [e for e in root.iter("text") if r"\(" in (e.text or "")]
    assert {e.text for e in found} == {r"\(a_1&lt;b*c\)"}
    assert [e.getparent().get("format") for e in found if e.getparent().tag != "name"] == ["html"] * 4


PAGE = Path(__file__).parents[2] / "docs" / "moodle.md"


def test_the_page_says_what_becomes_of_each_kind() -> None:
    """The table of kinds in docs/moodle.md has a line for each, and keeps what the exporter says it keeps."""
    table = PAGE.read_text(encoding="utf-8").partition("<!-- kinds: begin -->")[2].partition("<!-- kinds: end -->")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")][
        2:
    ]
    assert {row[0]: row[2] for row in rows} == dict(export.get("moodle-xml").support)


def test_the_page_names_every_option() -> None:
    """The tables of docs/moodle.md list the options that there are, and every setting of Moodle's own is named."""
    from qbank.exporters._moodle_xml.settings import TYPES

    page = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page.partition("## Options")[2], re.M)
    assert listed == list(export.get("moodle-xml").options)
    names = {name for settings in TYPES.values() for name in settings} - {"hidden", "infinite"}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
