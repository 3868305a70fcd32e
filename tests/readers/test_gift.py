"""GIFT is read as Moodle reads it, and where Moodle would garble what was meant, as it was meant, with its place."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import importing, richtext
from qbank.diagnostics import QbankError
from qbank.formats import gift
from qbank.model import (
    Bank,
    Essay,
    Feedback,
    Header,
    Html,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
    kind_of,
)
from qbank.readers.gift import READER
from qbank.readers.gift.paragraphs import pieces
from qbank.reading import Context, Document, Reader, get, guess

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
THIRD = Fraction(1, 3)


def read(text: str | bytes, name: str = "bank.gift") -> tuple[list[Any], Context]:
    """The questions of a file, and what was left in the context."""
    ctx = Context()
    data = text if isinstance(text, bytes) else text.encode()
    return list(READER.read(Document(name, data), ctx)), ctx


def one(text: str) -> Any:
    """The only question of a file that has nothing wrong with it."""
    questions, ctx = read(text)
    assert [d.message for d in ctx.report] == []
    assert len(questions) == 1
    return questions[0]


def codes(ctx: Context) -> list[str]:
    """What was reported, with the line."""
    return [f"{d.code}:{d.source.line if d.source else 0}" for d in ctx.report]


def shown(question: Question) -> str:
    """The stem in plain characters."""
    return richtext.plain(question.stem)


def test_the_reader_keeps_the_protocol() -> None:
    """It is registered under the exporter's name."""
    assert isinstance(READER, Reader)
    assert get("gift") is READER


def test_every_kind_as_moodle_exports_it() -> None:
    """Kinds, weights, feedback, categories, ids and tags, formats and escapes of an export come through."""
    questions, ctx = read((HERE / "gift" / "kinds.gift").read_bytes())
    assert codes(ctx) == []
    assert [kind_of(q) for q in questions] == [
        "single_choice", "multiple_choice", "multiple_choice", "true_false", "true_false", "short_answer",
        "short_answer", "numeric", "numeric", "matching", "ordering", "essay", "information", "numeric",
    ]  # fmt: skip
    assert {q.category for q in questions} == {("Lab", "Safety/Rules")}
    goggles, metals, gases, water, mercury, symbol, salt, pi, near, pairs, steps, essay, note, formula = questions
    assert (goggles.id, goggles.tags, goggles.title) == ("LAB-1", ("safety", "first]week"), "Goggles")
    assert goggles.stem == Html(html="<p>When do you wear <strong>goggles</strong>?</p>")
    assert [(c.text, c.feedback, c.weight) for c in goggles.choices] == [
        ("Always", "Right: always.", 1),
        ("Near acids", "Not only there.", Fraction(1, 2)),
        ("Never", None, 0),
    ]
    assert (goggles.scoring, goggles.answer) == ("weighted", "A")
    assert goggles.feedback == Feedback(general="See chapter 2.")
    assert (metals.scoring, metals.answer) == ("each_correct", ("A", "B"))
    assert (gases.scoring, gases.title) == ("balanced", "Balanced: gases")
    assert (water.answer, water.feedback_true, water.feedback_false) == (True, "Yes, of two elements.", "It is one.")
    assert water.feedback == Feedback(general="H2O.")
    assert (mercury.answer, mercury.title) == (False, None)
    assert [(a.text, a.weight, a.feedback) for a in symbol.answer] == [
        ("Na", 1, "Right."),
        ("na", Fraction(1, 2), "Mind the case."),
    ]
    assert symbol.feedback == Feedback(incorrect="Look at the table.")
    assert (salt.stem, [a.text for a in salt.answer]) == ("Salt dissolves in _____ at once.", ["water", "H2O"])
    assert [(a.bounds, a.weight) for a in pi.answer] == [
        ((Fraction("3.141"), Fraction("3.142")), 1),
        ((Fraction("3.1"), Fraction("3.2")), Fraction(1, 2)),
    ]
    assert pi.feedback == Feedback(incorrect="Far off.")
    assert near.answer[0].bounds == (1, 5)
    assert [p.text for p in pairs.prompts] == [Html(html="<p><em>Fe</em></p>"), "Au"]
    assert [c.text for c in pairs.choices] == ["iron & steel", "gold", "lead"]
    assert pairs.answer == {"1": "A", "2": "B"}
    assert ([i.text for i in steps.items], steps.scoring) == (["weigh", "dissolve : stir", "filter"], "each_position")
    assert steps.feedback == Feedback(general="As in the book.")
    assert essay.stem == Html(html="<p>Describe <em>distillation</em>.</p>")
    assert essay.feedback == Feedback(general="Two words at least.")
    assert note.stem == "Bring <your> coat.\nAnd shoes."
    assert formula.stem == Html(html="<p>Solve <tex>x^2=4</tex>.</p>")
    assert [a.value for a in formula.answer] == [2, -2]


def test_what_was_meant_is_read_and_said() -> None:
    """Missing blank lines, unescaped characters, loose numbers and weights: the meaning is taken, R047 names the place."""
    questions, ctx = read((HERE / "gift" / "wild.gift").read_bytes())
    found = {shown(q).split("?")[0].strip(): q for q in questions}
    assert [shown(q) for q in questions[:2]] == ["One?", "Two?"]
    assert found["What is $\\frac{1}{2}$ of 6"].category == ("Odd",)
    assert [c.text for c in found["What is $\\frac{1}{2}$ of 6"].choices] == ["3", "2"]
    assert [c.text for c in found["Blank lines inside"].choices] == ["left", "right"]
    equation = found["Which equation holds"]
    assert ([c.text for c in equation.choices][:2], equation.answer) == (["x = 5", "y = 6"], "B")
    assert equation.choices[1].feedback == "because a=b"
    halves = found["Half for each"]
    assert (halves.scoring, halves.answer) == ("each_correct", ("A", "B", "C"))
    length = found["Length"]
    assert (length.answer[0].value, length.units[0].name) == (5, "m")
    assert found["Comma"].answer[0].bounds == (Fraction("3.13"), Fraction("3.15"))
    assert [a.text for a in found["Name"].answer] == ["Newton"]
    assert found["Nothing"].answer[0].value == 0
    assert found["Sure"].answer is True
    assert [a.text for a in found["Pointer"].answer] == ["p->next"]
    two = found["Two rights"]
    assert [c.weight for c in two.choices] == [1, 1, 0]
    assert shown(found["Typed `List<String>` and a < b"]) == "Typed `List<String>` and a < b"
    assert [c.text for c in found["Nested"].choices] == ["\\sqrt{2}", "\\sqrt{3}"]
    assert (found["One choice"].status, found["One choice"].answer[0].text) == ("draft", "alone")
    assert found["Nobody"].status == "draft"
    assert codes(ctx) == [
        "R047:2", "R047:5", "R047:6", "R047:6", "R047:8", "R047:17", "R047:22", "R047:22", "R047:22", "R047:24",
        "R047:26", "R048:28", "R047:32", "R047:34", "R013:36", "R047:40", "R042:42", "R042:44", "R006:46", "R010:48",
        "R006:48", "R047:50",
    ]  # fmt: skip
    places = {(d.source.line, d.source.column) for d in ctx.report if d.source and d.code == "R042"}
    assert places == {(42, 13), (44, 14)}


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (r"a \= b", "a = b"),
        (r"\{\}\~\#\:", "{}~#:"),
        (r"back\\slash", "back\\slash"),
        (r"\\\\", "\\\\"),
        (r"\(x\)", None),
        (r"one\ntwo", "one\ntwo"),
        (r"\\neq", "\\neq"),
        ("&&058;&&010", ":"),
        ("[plain]<b>", "<b>"),
        ("[html]a &lt; b", "a < b"),
        ("[unknown] x", "[unknown] x"),
        ("50% : 1", "50% : 1"),
    ],
)
def test_escapes_and_formats(written: str, says: str | None) -> None:
    """The six escapes, the line break and the doubled backslash; a backslash before anything else stays."""
    question = one(f"{written} {{=x ~y}}")
    if says is None:
        assert question.stem == Html(html="<p><tex>x</tex></p>")
    else:
        assert shown(question) == says


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\\~=#{}:n\n"), max_size=20))
def test_masks_keep_places(text: str) -> None:
    """A masked text is as long as it was, and says what unescaping says."""
    assert len(gift.masked(text)) == len(text)
    assert gift.unmasked(gift.masked(gift.escape(text))) == text or gift.has_placeholder(text)
    assert not set("~=#{}:") & set(gift.masked(gift.escape(text)))


def test_line_ends_and_encodings() -> None:
    """CR LF, CR alone, doubled CR and byte order marks make no difference; another encoding is said."""
    text = "// c\nWas ist gr\u00f6\u00dfer?{\n=a\n~b\n}\n\nNoch eine{T}\n"
    plain = [shown(q) for q in read(text)[0]]
    assert plain == ["Was ist gr\u00f6\u00dfer?", "Noch eine"]
    for line_end in ("\r\n", "\r", "\r\r\n"):
        assert [shown(q) for q in read(text.replace("\n", line_end).encode("utf-8-sig"))[0]] == plain
    assert [shown(q) for q in read(text.encode("utf-16"))[0]] == plain
    questions, ctx = read("\u4e2d\u56fd\u7684\u9996\u90fd\u662f\uff1f{=\u5317\u4eac ~\u4e0a\u6d77}\n".encode("gb18030"))
    assert shown(questions[0]) == "\u4e2d\u56fd\u7684\u9996\u90fd\u662f\uff1f"
    assert codes(ctx) == ["R027:0"]


def test_comments_are_no_text() -> None:
    """A comment line is passed over wherever it stands, and never ends a question; one with an id belongs to its own."""
    question = one("// [id:a-1]\nStem\n// not text\n{=x\n// ~no\n~y\n// [tag:t]\n}")
    assert (question.id, question.tags, len(question.choices)) == ("a-1", ("t",), 2)
    questions, ctx = read(
        "// [id:x1]\n\nA{T}\n\n// only a comment\n\n// [id:b/2]\nB{F}\n\n// [id:q1]\nC{T}\n// [id:q2]\n::D::D{T}"
    )
    assert [q.id for q in questions][2:] == ["q1", "q2"]
    assert questions[0].id.startswith("q-")
    assert questions[1].extensions == {"gift": {"id": "b/2"}}
    assert codes(ctx) == ["R047:12"]


def test_ids_are_given_once() -> None:
    """A question that repeats an id, or another question, gets an id of its own; the same file gives the same ids."""
    text = "// [id:a]\nX{T}\n\n// [id:a]\nY{T}\n\nZ{T}\n\nZ{T}\n"
    ids = [q.id for q in read(text)[0]]
    assert len(set(ids)) == 4
    assert [q.id for q in read(text)[0]] == ids


def test_pictures_inside_the_text() -> None:
    """A picture in the text becomes an asset, once; one that is elsewhere is said."""
    pixel = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    image = f'<img src\\="data\\:image/gif;base64,{pixel}" alt\\="dot"/>'
    text = f'[html]{image} and {image} <img src\\="@@PLUGINFILE@@/x.png" alt\\="map"/>{{T}}'
    questions, ctx = read(text)
    assert len(ctx.assets) == 1
    name = next(iter(ctx.assets))
    assert questions[0].stem.html.count(f'src="asset:{name}"') == 2
    assert "[map]" in questions[0].stem.html
    assert codes(ctx) == ["R044:1"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("ok{T}\n\nno brace }", 3, 10), ("ok{T}\n\n\n  open { =a", 4, 8), ("a{T}\n\n::t::x {=y", 3, 8)],
)
def test_what_cannot_be_read_has_its_place(text: str, line: int, column: int) -> None:
    """R042 names line and column, and the reading goes on."""
    questions, ctx = read(f"{text}\n\nlast{{F}}\n")
    assert [(d.code, d.source.line, d.source.column) for d in ctx.report if d.source] == [("R042", line, column)]
    assert isinstance(questions[-1], TrueFalse)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("q", Information),
        ("q{}", Essay),
        ("q{####told}", Essay),
        ("q{T}", TrueFalse),
        ("q{FALSE#a#b}", TrueFalse),
        ("q{=TRUE}", ShortAnswer),
        ("q{word}", ShortAnswer),
        ("q{=a =b}", ShortAnswer),
        ("q{=a ~b}", SingleChoice),
        ("q{~%50%a ~%50%b ~c}", MultipleChoice),
        ("q{~%100%a ~b}", MultipleChoice),
        ("q{#5}", Numeric),
        ("q{#1..5}", Numeric),
        ("q{#=5:1 =%50%6}", Numeric),
        ("q{=a->b =c->d}", Matching),
        ("q{>2 ALL VERTICAL\na\nb\n}", Ordering),
    ],
)
def test_kinds(text: str, kind: type[Question]) -> None:
    """What stands between the braces decides the kind, in the order in which Moodle looks."""
    questions, _ = read(text)
    assert [type(q) for q in questions] == [kind]


@pytest.mark.parametrize(
    "text", ["{=a}", "::t::{T}", "[html]{~a =b}", "{", "}", "::", "::{", "//", "$CATEGORY:", "####", "{####}"]
)
def test_next_to_nothing(text: str) -> None:
    """The smallest files are read or refused in words."""
    questions, ctx = read(text)
    assert questions or len(ctx.report) > 0


def test_empty_and_binary() -> None:
    """A file without a question says so; what is no text is refused."""
    assert codes(read("\n // nothing\n")[1]) == ["R001:1"]
    with pytest.raises(QbankError):
        read(b"PK\x03\x04\0\0\0\0\0\0")


@given(st.text(st.sampled_from("ab =~#{}:\\\n\t/$%->T[]0."), max_size=60))
@settings(max_examples=300, deadline=None)
def test_nothing_raises(text: str) -> None:
    """Whatever the characters are, there are questions or findings, never a traceback."""
    questions, ctx = read(text)
    for question in questions:
        assert question.id
        assert question.source is not None
    assert all(d.source is not None for d in ctx.report)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 50_000,
        "x{" + "=a{" * 20_000 + "}" * 20_000,
        "::a::" * 30_000,
        "q{" + "~a" * 50_000 + "}",
        "q{\n" + "~a = b\n" * 20_000 + "}",
        "x {\n\n" * 20_000,
        "// " + "[id:[tag:" * 20_000 + "\nq{T}",
        "{#" + "1" * 100_000 + "}",
        "{#1e999999999}",
        "a{T}\n" * 20_000,
        "\\" * 100_000,
        "q{=" + "%" * 50_000 + "}",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_files_take_bounded_time(text: str) -> None:
    """Repetition of any character of structure is read in a moment."""
    begin = time.monotonic()
    read(text)
    assert time.monotonic() - begin < 10


def test_a_title_on_lines_of_its_own() -> None:
    """The :: behind a title may begin the next line, whatever else stands there."""
    questions, ctx = read(":: 11 - Sorting\n::[html]What does std::sort do?\n{\n= 1\n~%-50% 2\n}\n::Next\n::It{T}")
    assert [(q.title, shown(q)) for q in questions] == [("11 - Sorting", "What does std::sort do?"), ("Next", "It")]
    assert codes(ctx) == ["R047:7"]


def test_pieces_keep_their_lines() -> None:
    """Every piece knows the line it begins in, and every character its column."""
    found = list(pieces(["a{T}", "", "", "::b::", "{F}", ""]))
    assert [(piece.line, piece.place(0)) for piece in found] == [(1, (1, 1)), (4, (4, 1))]
    assert found[1].place(found[1].text.index("{")) == (5, 1)


def test_text_files_are_recognised() -> None:
    """A .txt file with answers in braces is GIFT, whatever stands before it; a paper is a paper."""
    for text in (
        "What?{=a ~b}\n",
        "// c\n::t::\u9898\u76ee{T}\n\n::u::\u4e00{}\n",
        "$CATEGORY: a\n\nText.\n\nWhich {~a =b} is it?\n",
        "\ufeff\r\nQ {\r\n ~a\r\n =b\r\n}\r\n",
    ):
        assert guess(Document("q.txt", text.encode())) == "gift"
    for text in (
        "1. What?\nA. x\nB. y\n",
        "\\frac{1}{2} and {x} in \\textbf{T} {~}",
        "if (a) { =b; }\n\nfor (;;) { }\n\n1. What\nA. x\n\nB. y\n\nmore\n\ntext",
        "{% if x %}{# note #}{% endif %}",
        '{"a": {"=": 1}}',
    ):
        assert READER.sniff(Document("q.txt", text.encode())) == 0


@pytest.mark.parametrize(
    "folder",
    [HERE / "corpus" / "texts", *(ROOT.parent / "shared" / name for name in ("seeds", "gold", "examples"))],
    ids=str,
)
def test_no_paper_is_stolen(folder: Path) -> None:
    """None of the papers at hand is taken for GIFT, Aiken or another format of question files."""
    papers = [path for path in folder.rglob("*") if path.suffix in (".txt", ".md")]
    if not papers:
        pytest.skip("not beside the checkout")
    for path in papers:
        document = Document(path.name, path.read_bytes())
        for name in ("gift", "aiken", "missingword", "examview", "blackboard"):
            assert get(name).sniff(document) == 0, (name, path.name)


def test_import_guesses_it(tmp_path: Path) -> None:
    """`qbank import q.txt` reads GIFT without being told."""
    path = tmp_path / "q.txt"
    path.write_text("::T::What?{=a#yes ~b}\n", encoding="utf-8")
    done = importing.import_files([str(path)])
    assert [file.reader for file in done.files] == ["gift"]
    assert done.questions[0].title == "T"


def test_ordering_settings_that_have_no_place() -> None:
    """A grading that the bank cannot say is R043, a subset R045; the look of it stays under extensions."""
    questions, ctx = read("q{>2 RANDOM HORIZONTAL RELATIVE_TO_CORRECT HIDE abc\na\nb\nc\n}")
    assert questions[0].scoring == "each_position"
    assert questions[0].extensions == {"gift": {"layout": "HORIZONTAL", "showgrading": "HIDE", "numbering": "abc"}}
    assert [code[:4] for code in codes(ctx)] == ["R043", "R045"]


def test_its_own_shares_come_back() -> None:
    """The rounded shares that Moodle wants are the exact ones again."""
    question = one("q{~%33.33333%a ~%33.33333%b ~%33.33333%c ~d}")
    assert [c.weight for c in question.choices] == [THIRD, THIRD, THIRD, 0]
    assert isinstance(question, MultipleChoice)


def test_header_is_left_alone() -> None:
    """A GIFT file has neither a title nor a language to give."""
    _, ctx = read("q{T}")
    assert ctx.header == Header(qbank=1)
    assert Bank(header=ctx.header, questions=()).questions == ()
