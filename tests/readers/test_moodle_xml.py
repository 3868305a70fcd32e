"""Moodle XML is read as Moodle's importer reads it; nothing is dropped in silence, nothing hostile is followed."""

from __future__ import annotations

import time
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from qbank import differences, export, exporting, importing, reading
from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.model import (
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Html,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    Unit,
    kind_of,
)

FOLDER = Path(__file__).parent / "moodle"
FILES = sorted(FOLDER.glob("*.xml"))
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="


def read(data: bytes | str, name: str = "quiz.xml") -> tuple[list[Question], reading.Context]:
    """The questions of a file, and the context with its findings and assets."""
    ctx = reading.Context()
    document = reading.Document(name, data.encode() if isinstance(data, str) else data)
    return list(reading.get("moodle-xml").read(document, ctx)), ctx


def fixture(name: str) -> tuple[list[Any], reading.Context]:
    """The questions of one of the files beside this one."""
    return read((FOLDER / f"{name}.xml").read_bytes(), f"{name}.xml")


def quiz(*questions: str) -> str:
    """A file of some questions."""
    return f"<quiz>\n{''.join(questions)}</quiz>\n"


def question(kind: str, inside: str = "", text: str = "What?", name: str = "N") -> str:
    """A question with hardly more than its type."""
    stem = f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>'
    return f'<question type="{kind}"><name><text>{name}</text></name>{stem}{inside}</question>\n'


def answer(fraction: str, text: str) -> str:
    """An answer of a choice question."""
    return f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text></answer>'


def only(data: str) -> Any:
    """The one question of a file that is read without a finding."""
    questions, ctx = read(data)
    assert [d.message for d in ctx.report] == []
    assert len(questions) == 1
    return questions[0]


def codes(ctx: reading.Context) -> list[str]:
    """The codes of the findings, in order."""
    return [d.code for d in ctx.report]


def test_a_choice_question_as_moodle_exports_it() -> None:
    """Text, picture, feedbacks, hints, tags, id number, category and points arrive where they belong."""
    questions, ctx = fixture("multichoice")
    first = questions[0]
    assert isinstance(first, SingleChoice)
    assert (first.id, first.title, first.points, first.penalty) == ("riv-1", "Longest river", 2, None)
    assert first.category == ("Default for Rivers", "Upper course")
    assert first.tags == ("rivers", "Geo")
    assert first.stem == Html(
        html='<p>Which is the longest? <img alt="a map" height="20" src="asset:river_map.png" width="40"/></p>'
    )
    assert first.choices[0] == Choice(id="A", text="The Nile & its sources", feedback="Yes.")
    assert first.choices[2].text == Html(html="<p>The <em>Elbe</em></p>")
    assert (first.answer, first.scoring, first.shuffle) == ("A", "all_or_nothing", False)
    assert first.feedback is not None
    assert first.feedback.general == Html(html="<p>See <strong>chapter 3</strong>.</p>")
    assert first.feedback.partial == "Your answer is partially correct."
    assert first.hints == ("Look south.", "")
    assert first.extensions == {"moodle-xml": {"hints": [[], ["shownumcorrect", "clearwrong"]]}}
    assert AssetStore(ctx.assets).read("river_map.png").startswith(b"\x89PNG")


def test_how_a_choice_question_is_marked() -> None:
    """Weights that say one of the bank's own rules are that rule, all others stay weights."""
    _, each, balanced, single, free = fixture("multichoice")[0]
    assert isinstance(each, MultipleChoice)
    assert (each.scoring, each.answer, {c.weight for c in each.choices}) == ("each_correct", ("A", "B"), {None})
    assert (balanced.scoring, balanced.answer) == ("balanced", ("A", "B", "C"))
    assert (single.scoring, single.answer) == ("weighted", "A")
    assert [c.weight for c in single.choices] == [1, Fraction(1, 2), Fraction(-1, 3)]
    assert (free.scoring, [c.weight for c in free.choices]) == ("weighted", [Fraction(1, 2), Fraction(1, 2), 0])


def test_true_and_false() -> None:
    """The answer worth 100 is the right one, and each answer has its feedback."""
    yes, no = fixture("truefalse")[0]
    assert isinstance(yes, TrueFalse)
    assert (yes.answer, yes.feedback_true, yes.feedback_false, yes.penalty) == (True, "Yes.", "No.", None)
    assert no.answer is False


def test_short_answers() -> None:
    r"""`*` is a wildcard, `\*` a star, and a last `*` worth nothing is what a wrong answer is told."""
    exact, wild, star = fixture("shortanswer")[0]
    assert isinstance(exact, ShortAnswer)
    assert [(a.text, a.weight, a.feedback) for a in exact.answer or ()] == [
        ("Source", 1, "Right."),
        ("a spring", Fraction(1, 2), None),
    ]
    assert exact.feedback is not None
    assert exact.feedback.incorrect == "No: look up."
    assert (exact.case_sensitive, exact.wildcard, exact.penalty) == (True, False, Fraction(1, 10))
    assert (wild.wildcard, [a.text for a in wild.answer]) == (True, ["ri*", r"a < b & \*"])
    assert (star.wildcard, [a.text for a in star.answer]) == (False, ["*"])


def test_numbers_and_units() -> None:
    """Tolerances are absolute, units divide, and a comma is what it is to Moodle."""
    questions, ctx = fixture("numerical")
    pi, depth, width, far = questions
    assert isinstance(pi, Numeric)
    assert pi.stem == Html(html=r"<p>How much is <tex>\pi</tex>?</p>")
    assert [a.bounds for a in pi.answer or ()] == [
        (Fraction("3.135"), Fraction("3.145")),
        (Fraction("2.5"), Fraction("3.5")),
    ]
    assert pi.feedback is not None
    assert pi.feedback.incorrect == "No."
    assert [a.bounds for a in depth.answer] == [(-150, -150)]
    assert depth.units == (Unit(name="m"), Unit(name="cm", factor=Fraction(1, 100)))
    assert (depth.unit_required, depth.extensions) == (True, {})
    assert width.extensions["moodle-xml"] == {
        "unitgradingtype": "2",
        "unitpenalty": "0.2",
        "showunits": "1",
        "unitsleft": "1",
    }
    assert far.answer[0].value == 15
    assert [d.question for d in ctx.report if d.code == "R047"] == [far.id]


def test_matching() -> None:
    """Equal answers are one choice, an answer without a stem is a distractor."""
    (found,) = fixture("matching")[0]
    assert isinstance(found, Matching)
    assert [c.text for c in found.choices] == ["Paris", "Madrid", "Rome & more"]
    assert found.answer == {"1": "A", "2": "B", "3": "B"}
    assert found.shuffle is True


def test_ordering() -> None:
    """The order of the file is the right one."""
    (found,) = fixture("ordering")[0]
    assert isinstance(found, Ordering)
    assert ([i.text for i in found.items], found.answer) == (["spring", "stream", "delta"], ("A", "B", "C"))
    assert found.scoring == "each_position"
    assert found.extensions == {"moodle-xml": {"layouttype": "HORIZONTAL", "shownumcorrect": "1"}}


def test_essays() -> None:
    """Notes for graders are the model answer and the rubric; what only Moodle has is kept."""
    described, uploaded = fixture("essay")[0]
    assert isinstance(described, Essay)
    assert described.answer == "A fan of mud."
    assert [(c.text, c.points) for c in described.rubric] == [
        ("shape", 4),
        (Html(html="<p><strong>mud</strong></p>"), 6),
    ]
    assert (described.min_words, described.max_words, described.lines, described.style) == (50, 200, None, "short")
    assert (uploaded.attachments, uploaded.lines) == (10, 15)
    assert uploaded.extensions["moodle-xml"] == {
        "attachments": "-1",
        "responseformat": "noinline",
        "responserequired": "0",
        "filetypeslist": ".png,.jpg",
        "responsetemplate": "<p>My map</p>",
    }


def test_gaps() -> None:
    """Each sub-kind of gap is a blank; entities and escapes are those of Moodle."""
    found, several, mixed = fixture("cloze")[0]
    assert isinstance(found, Cloze)
    assert found.stem == Html(
        html='<p>The <blank id="1"/> is <blank id="2"/> km long; it is <blank id="3"/>. Write <blank id="4"/>.</p>'
    )
    word, number, choice, signs = found.blanks
    assert isinstance(word, TextBlank)
    assert [(a.text, a.weight, a.feedback) for a in word.answer or ()] == [
        ("Nile", 1, "Good & right"),
        ("the Nil", Fraction(1, 2), "Almost"),
        ("*", 0, "No"),
    ]
    assert isinstance(number, NumericBlank)
    assert [(a.bounds, a.weight) for a in number.answer or ()] == [
        ((6600, 6700), 1),
        ((5500, 6500), Fraction(1, 2)),
    ]
    assert (number.share, found.points) == (2, 5)
    assert isinstance(choice, ChoiceBlank)
    assert [(c.text, c.weight) for c in choice.choices] == [
        ("long", 1),
        ("short", 0),
        (Html(html="<p><strong>so so</strong></p>"), Fraction(1, 4)),
    ]
    assert (choice.answer, choice.shuffle) == ("A", True)
    assert isinstance(signs, TextBlank)
    assert (signs.case_sensitive, [a.text for a in signs.answer or ()]) == (True, ["a}b#c", "{x}"])
    assert isinstance(several, MultipleChoice)
    assert (several.answer, several.points) == (("A", "B"), 2)
    assert [c.weight for c in several.choices] == [Fraction(1, 2), Fraction(1, 2), Fraction(-1, 2)]
    assert mixed.extensions["moodle-xml"]["type"] == "cloze"


@pytest.mark.parametrize(
    ("form", "read_as"),
    [
        ("html", '<p>a < b <blank id="1"/> c <tex>x</tex></p>'),
        ("plain_text", '<p>a < b <blank id="1"/><br/>c \\(x\\)</p>'),
        ("moodle_auto_format", '<p>a < b <blank id="1"/><br/>c <tex>x</tex></p>'),
    ],
)
def test_gaps_in_every_format(form: str, read_as: str) -> None:
    """A text with gaps is read in the format it names, like any other."""
    text = "<text><![CDATA[a < b {1:SA:=y}\nc \\(x\\)]]></text>"
    stem = f'<questiontext format="{form}">{text}</questiontext>'
    found = only(quiz(f'<question type="cloze"><name><text>N</text></name>{stem}</question>'))
    assert found.stem == Html(html=read_as.replace("a < b", "a &lt; b"))


def test_words_to_choose_or_to_drag() -> None:
    """Choices of one group are the choices of each gap of that group; an escaped place is none."""
    (chosen,), ctx = fixture("gapselect")
    assert isinstance(chosen, Cloze)
    assert chosen.stem == Html(
        html='<p>The <blank id="1"/> eats the <blank id="2"/>; <blank id="3"/> is free. [[1]]</p>'
    )
    first, second, third = chosen.blanks
    assert isinstance(second, ChoiceBlank)
    assert ([c.text for c in second.choices], second.answer) == (["mouse < rat", "cheese"], "3")
    assert (first.answer, third.answer) == ("1", "2")
    assert "R048" in codes(ctx)
    (dragged,), _ = fixture("ddwtos")
    assert [c.text for c in dragged.blanks[0].choices] == [
        Html(html="<p><sub>2</sub></p>"),
        Html(html="<p><sub>3</sub></p>"),
    ]
    assert dragged.extensions["moodle-xml"] == {"gaps": "ddwtos", "infinite": "1"}


def test_what_the_bank_has_no_kind_for() -> None:
    """Its text is a draft and the whole question is kept as it was; a random draw is left out with a word."""
    questions, ctx = fixture("calculated")
    assert [kind_of(q) for q in questions] == ["information"] * 3
    assert {q.status for q in questions} == {"draft"}
    first = questions[0]
    assert isinstance(first, Information)
    assert (first.id, first.stem, first.tags) == ("calc-1", "What is {x} times 2?", ("maths",))
    own = first.extensions["moodle-xml"]
    assert (own["type"], own["xml"][:28], own["xml"][-11:]) == (
        "calculated",
        '<question type="calculated">',
        "</question>",
    )
    assert "<minimum><text>1</text></minimum>" in own["xml"]
    assert codes(ctx) == ["R040", "R040", "R046", "R040"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_read_is_written_and_read_alike(path: Path) -> None:
    """A bank made of Moodle's file gives Moodle the same file: read, written, read, it is equal with its settings."""
    before, ctx = read(path.read_bytes(), path.name)
    sink = BytesIO()
    header = msgspec.structs.replace(ctx.header, assets=ctx.assets)
    out = export.Context(header=header, assets=AssetStore(ctx.assets), drafts=True)
    exporter = export.get("moodle-xml")
    exporter.write(export.prepared(before, exporter, out), sink, out)
    after, again = read(sink.getvalue(), path.name)
    assert [(q.id, q.title, q.status) for q in after] == [(q.id, q.title, q.status) for q in before]
    for one, other in zip(before, after, strict=True):
        if "xml" in one.extensions.get("moodle-xml", {}):
            assert other.stem == one.stem
            assert other.extensions["moodle-xml"]["type"] == one.extensions["moodle-xml"]["type"]
        else:
            assert differences.differences(one, other) == []
    assert again.assets == ctx.assets


@pytest.mark.parametrize("kind", ["single_choice", "all"])
def test_our_own_banks_survive(kind: str) -> None:
    """What the exporter wrote is what the reader reads, up to what it reported and the penalty that is the default."""
    path = Path(__file__).parents[1] / "bank" / f"{kind}.json"
    sink = BytesIO()
    order = exporting.Order(to="moodle-xml", verify=True)
    done = exporting.export_bank(str(path), order, sink)
    exporting.verify_export(done, order, sink.getvalue(), "bank.xml")
    assert [d for d in done.report if d.code == "V001" and d.pointer != "/penalty"] == []


# Odd input, as Moodle takes it


@pytest.mark.parametrize(
    ("single", "kind"),
    [
        ("<single>true</single>", SingleChoice),
        ("<single>false</single>", MultipleChoice),
        ("<single>0</single>", MultipleChoice),
        ("<single></single>", MultipleChoice),
        ("", SingleChoice),
    ],
)
def test_single_unless_it_says_otherwise(single: str, kind: type) -> None:
    """`single` is true unless it is exactly `false`, `0` or empty."""
    found = only(quiz(question("multichoice", single + answer("100", "a") + answer("0", "b"))))
    assert isinstance(found, kind)


def test_a_no_that_is_a_yes() -> None:
    """`FALSE` means single to Moodle, and somebody ought to look."""
    inside = "<single>FALSE</single>" + answer("100", "a") + answer("0", "b")
    questions, ctx = read(quiz(question("multichoice", inside)))
    assert isinstance(questions[0], SingleChoice)
    assert codes(ctx) == ["R047"]


@pytest.mark.parametrize(
    ("written", "weight", "found"),
    [
        ("100", 1, []),
        ("83.33333", Fraction(5, 6), []),
        ("83.333", Fraction(5, 6), []),
        ("83.3", Fraction(5, 6), ["R047"]),
        ("83%", Fraction(5, 6), ["R047"]),
        ("45", Fraction(9, 20), ["R047"]),
        ("", 0, ["R047"]),
    ],
)
def test_weights(written: str, weight: Fraction, found: list[str]) -> None:
    """A weight of Moodle's list is exact, one beside it is that one, any other stays and is reported."""
    inside = "<answer fraction='100'><text>x</text></answer>" + f"<answer fraction='{written}'><text>y</text></answer>"
    questions, ctx = read(quiz(question("shortanswer", inside)))
    assert isinstance(questions[0], ShortAnswer)
    assert (questions[0].answer or ())[1].weight == weight
    assert codes(ctx) == found


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("$course$/top/A/B", ("A", "B")),
        ("$course$/A/B", ("A", "B")),
        ("top/A", ("A",)),
        ("A/top/B", ("A", "B")),
        ("$system$/top/X//Y", ("X/Y",)),
        ("$course$/top/ //lead/trail// ", ("/lead", "trail/")),
        ("$course$/top", ()),
        ("$course$/top/A &amp;lt; B", ("A < B",)),
    ],
)
def test_categories(written: str, path: tuple[str, ...]) -> None:
    """A category holds for what follows it; `//` is a `/` in a name."""
    head = f'<question type="category"><category><text>{written}</text></category></question>'
    assert only(quiz(head, question("description"))).category == path


def test_what_a_category_says_of_itself() -> None:
    """Its description and its id number are kept with the bank."""
    info = '<info format="html"><text><![CDATA[<p>About</p>]]></text></info><idnumber>c1</idnumber>'
    head = f'<question type="category"><category><text>top/A</text></category>{info}</question>'
    _, ctx = read(quiz(head, question("description")))
    assert ctx.header.extensions["moodle-xml"] == {
        "categories": [{"path": ["A"], "info": "<p>About</p>", "idnumber": "c1"}]
    }
    assert codes(ctx) == ["R045"]


def test_ids() -> None:
    """An id number that a bank can use is the id, once; others are kept, and what has none gets one of its content."""
    numbers = ("q1", "q1", "Frage 3", "", "")
    parts = [question("description", f"<idnumber>{n}</idnumber>", text=f"T{min(i, 3)}") for i, n in enumerate(numbers)]
    questions, _ = read(quiz(*parts))
    ids = [q.id for q in questions]
    assert ids[0] == "q1"
    assert len(set(ids)) == 5
    assert ids[4] == f"{ids[3]}-2"
    own = [q.extensions.get("moodle-xml") for q in questions]
    assert own == [None, {"idnumber": "q1"}, {"idnumber": "Frage 3"}, None, None]
    assert ids == [q.id for q in read(quiz(*parts))[0]]


def test_a_name_that_is_the_first_words() -> None:
    """What an exporter would call the question anyway is no title of its own."""
    assert only(quiz(question("description", name="What?"))).title is None
    assert only(quiz(question("description", name="Why &amp;lt;b&amp;gt;"))).title == "Why <b>"


@pytest.mark.parametrize(
    ("form", "text", "read_as"),
    [
        ("html", r"a\n b", r"a\n b"),
        ("html", "a\n b &lt; c", "a b < c"),
        ("plain_text", "a\n<b>b</b>", "a\n<b>b</b>"),
        ("moodle_auto_format", "a\nb", Html(html="<p>a<br/>b</p>")),
        ("markdown", "a *b*", Html(html="<p>a <em>b</em></p>")),
        ("unheard_of", "<b>x</b>", Html(html="<p><strong>x</strong></p>")),
    ],
)
def test_formats_of_texts(form: str, text: str, read_as: object) -> None:
    """A text is what Moodle shows of it in the format it names."""
    stem = f'<questiontext format="{form}"><text><![CDATA[{text}]]></text></questiontext>'
    assert only(quiz(f'<question type="description"><name><text>N</text></name>{stem}</question>')).stem == read_as


def test_a_text_without_a_format_has_that_of_the_question() -> None:
    """Answers and feedback that name no format take the question's."""
    stem = '<questiontext format="plain_text"><text>1 &lt; 2</text></questiontext>'
    feedback = "<generalfeedback><text>a &lt; b &amp;amp; c</text></generalfeedback>"
    found = only(quiz(f'<question type="description"><name><text>N</text></name>{stem}{feedback}</question>'))
    assert found.feedback.general == "a < b &amp; c"


def test_media() -> None:
    """A file that two texts show is one asset; what is missing, no picture, or elsewhere is said."""
    shown = f'<img src="@@PLUGINFILE@@/a%20b.png" alt="A"> <img src="data:image/png;base64,{PNG}" alt="B">'
    more = '<img src="@@PLUGINFILE@@/none.png" alt="C"> <img src="https://x.example/y.png" alt="D">'
    bad = '<img src="@@PLUGINFILE@@/bad.png">'
    files = f'<file name="a b.png" path="/" encoding="base64">{PNG[:40]}\n{PNG[40:]}</file><file name="bad.png">aGVsbG8=</file>'
    text = f"<text><![CDATA[{shown} {more} {bad}]]></text>"
    stem = f'<questiontext format="html">{text}{files}</questiontext>'
    questions, ctx = read(quiz(f'<question type="description"><name><text>N</text></name>{stem}</question>'))
    assert questions[0].stem == Html(
        html='<p><img alt="A" src="asset:a-b.png"/> <img alt="B" src="asset:a-b.png"/> '
        '[C] <a href="https://x.example/y.png">D</a> [bad.png]</p>'
    )
    assert list(ctx.assets) == ["a-b.png"]
    assert codes(ctx) == ["R044", "R044", "R044"]


def test_the_picture_of_an_old_moodle() -> None:
    """Moodle 1.9's one picture of a question stands at the end of its text."""
    found = only(quiz(question("description", f"<image>img/map.png</image><image_base64>{PNG}</image_base64>")))
    assert found.stem == Html(html='<p>What?</p><p><img src="asset:map.png"/></p>')


def test_scripts_go_with_a_word() -> None:
    """What the subset does not have is taken off, once said for the question."""
    questions, ctx = read(quiz(question("description", text="<p onclick='x()'>a<script>b</script></p>")))
    assert questions[0].stem == "a"
    assert [(d.code, d.question) for d in ctx.report] == [("R041", questions[0].id)]


# Broken and hostile files


def test_a_truncated_file() -> None:
    """What is whole is read, and an error names the line where it ends."""
    text = quiz(question("description", text="1"), question("description", text="2"), question("description", text="3"))
    questions, ctx = read(text[: text.rindex("</questiontext>")])
    assert [q.stem for q in questions] == ["1", "2"]
    assert [(d.code, d.severity, str(d.source)) for d in ctx.report] == [("R042", "error", "quiz.xml:4")]
    assert codes(read(text.replace("</quiz>", ""))[1]) == ["R042"]


def test_one_broken_question() -> None:
    """It is named with its line, and those around it are read."""
    broken = question("description", text="2").replace("</name>", "</nam>")
    questions, ctx = read(quiz(question("description", text="1"), broken, question("description", text="3")))
    assert [q.stem for q in questions] == ["1", "3"]
    assert [(d.code, str(d.source)) for d in ctx.report] == [("R042", "quiz.xml:3")]


def test_what_xml_does_not_have_is_put_right() -> None:
    """A bare `&`, HTML's entities and control characters make Moodle refuse a file; here they are repaired."""
    bad = question("description").replace("<![CDATA[What?]]>", "a&nbsp;b & c &#7;\x07d")
    questions, ctx = read(quiz(bad, question("description")))
    assert [q.stem for q in questions] == ["a\u00a0b & c d", "What?"]
    assert codes(ctx) == ["R047"]


HOSTILE = {
    "billion laughs": '<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + quiz(question("description")),
    "external entity": '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + quiz(question("description")),
    "late declaration": quiz(question("description"), '<!ENTITY a "b">'),
    "deep nesting": quiz(question("description", "<a>" * 5000 + "</a>" * 5000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name: str) -> None:
    """No document type, no entities, no nesting to exhaust a parser: one sentence with the line instead."""
    with pytest.raises(QbankError, match=r"^quiz\.xml:\d+: "):
        read(HOSTILE[name])


@pytest.mark.parametrize(
    "data",
    [
        quiz('<question type="essay">' * 20000),
        "<quiz>" + "<!--" * 100_000,
        quiz(question("cloze", text="{1:SA:=x~" * 20_000)),
        quiz(question("cloze", text=r"{1:SA:=x\}" * 20_000)),
        quiz(question("gapselect", "<selectoption><text>a</text></selectoption>" * 500, text="[[1]]" * 500)),
        quiz(question("multichoice", answer("0", "x") * 5000)),
        quiz(question("description", text=r"\(" * 50_000 + "<" * 50_000)),
        quiz(question("numerical", f"<answer fraction='{'9' * 50_000}'><text>1e999999999</text></answer>")),
        quiz(*["<question/>"] * 2000),
    ],
    ids=range(9),
)
def test_hostile_content_is_read_in_time(data: str) -> None:
    """Nothing in a file makes reading it take longer than its size: each of these takes seconds at most."""
    start = time.process_time()
    read(data)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("data", ["", "hello", "<html><body><p>1. A</p></body></html>", "<quizzes/>"])
def test_no_quiz(data: str) -> None:
    """What is no Moodle XML is refused in a sentence."""
    with pytest.raises(QbankError, match="no question in this file"):
        read(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding: str) -> None:
    """The declared encoding, a byte order mark, or the bytes decide."""
    name = {"utf-8-sig": "UTF-8", "gb18030": "GBK"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{name}"?>\n' + quiz(question("description", text="图书馆"))
    assert [q.stem for q in read(text.encode(encoding))[0]] == ["图书馆"]


EMPTY = (
    "multichoice truefalse shortanswer numerical matching match ordering essay description cloze multianswer gapselect "
    "ddwtos calculated ddmarker random category x"
)


@pytest.mark.parametrize("kind", EMPTY.split())
def test_a_type_and_nothing_else(kind: str) -> None:
    """A question with nothing in it is read without a crash, and says so where it lacks what it needs."""
    questions, ctx = read(quiz(f'<question type="{kind}"></question>'))
    assert len(questions) == (0 if kind in ("random", "category") else 1)
    assert questions == [] or kind in ("description", "essay") or codes(ctx) != []


def test_sniffing() -> None:
    """A quiz is recognised by what is in it."""
    for path in FILES:
        assert reading.guess(reading.Document("upload.bin", path.read_bytes())) == "moodle-xml"


def test_a_file_too_large_for_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from its path, a question at a time, and says the same."""
    path = tmp_path / "big.xml"
    parts = [question("description", text=f"T{i}") for i in range(12_000)]
    path.write_text(quiz(*parts), encoding="utf-8")
    monkeypatch.setattr(reading, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(reading, "BEGINNING", 1 << 12)
    document = importing.files.read_document(str(path), beginning=True)
    assert (len(document.data), document.path) == (1 << 12, str(path))
    assert reading.guess(document) == "moodle-xml"
    found = reading.get("moodle-xml").read(document, reading.Context())
    assert next(found).stem == "T0"
    assert sum(1 for _ in found) == 11_999
    with pytest.raises(QbankError, match="larger than"):
        importing.files.read_document(str(path))
