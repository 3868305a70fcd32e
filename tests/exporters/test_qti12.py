"""What a QTI 1.2 package holds for each platform, and what is said of what it cannot hold."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from artefacts import artefact
from lxml import etree

from qbank import export, reading
from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.export import Context, prepared
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

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="
TWO = (Choice(id="a", text="x"), Choice(id="b", text="y"))
ONE_OF_TWO = SingleChoice(id="q", stem="?", choices=TWO, answer="a")
MANY = 3000
MOST_MEMORY = 24 * 1024 * 1024


class Written:
    """A package and its findings."""

    def __init__(
        self, *questions: Question, preset: str = "canvas", form: str = "quiz", ctx: Context | None = None
    ) -> None:
        self.ctx = ctx or Context()
        self.ctx.options = {"preset": preset, "form": form}
        self.data, _ = artefact("qti12", questions, self.ctx)
        self.package = zipfile.ZipFile(io.BytesIO(self.data))

    @property
    def root(self) -> Any:
        """The document of the questions, its names without namespaces."""
        (name,) = [n for n in self.package.namelist() if re.fullmatch(r"(q\w+)/\1\.xml|questions\.xml", n)]
        return bare(self.package.read(name))

    @property
    def manifest(self) -> Any:
        """The manifest."""
        return bare(self.package.read("imsmanifest.xml"))

    @property
    def item(self) -> Any:
        """The only item."""
        (item,) = self.root.iter("item")
        return item

    def losses(self) -> list[str]:
        """Codes and pointers of what was lost."""
        return [f"{d.code} {d.pointer}" for d in self.ctx.report]


def bare(data: bytes) -> Any:
    """A document with its names without namespaces."""
    root = etree.fromstring(data)
    for element in root.iter():
        element.tag = etree.QName(element).localname
    return root


def fields(item: Any) -> dict[str, str]:
    """The metadata of an item."""
    return {f.findtext("fieldlabel"): f.findtext("fieldentry") for f in item.iter("qtimetadatafield")}


def key(item: Any) -> list[str]:
    """The values that rules with points ask for, those that they deny left out."""
    return [
        test.text
        for rule in item.iter("respcondition")
        if rule.find("setvar") is not None
        for test in rule.iter("varequal")
        if test.getparent().tag != "not"
    ]


def test_canvas_finds_kind_and_points_first() -> None:
    """The kind is the first field of the metadata, the points the second, as Canvas' gem looks for them."""
    item = Written(ONE_OF_TWO).item
    labels = [e.text for e in item.iter("fieldlabel")]
    assert labels[:2] == ["question_type", "points_possible"]
    assert fields(item)["question_type"] == "multiple_choice_question"


def test_canvas_takes_true_and_false_in_english_only() -> None:
    """Whatever the language: other words would make a multiple choice of it."""
    item = Written(TrueFalse(id="q", stem="?", answer=False, language="zh")).item
    assert [e.text for e in item.iter("mattext")][1:] == ["True", "False"]
    assert key(item) == [item.findall(".//response_label")[1].get("ident")]
    plain = Written(TrueFalse(id="q", stem="?", answer=False, language="zh"), preset="plain").item
    assert [e.text for e in plain.iter("mattext")][1:] == ["正确", "错误"]


def test_multiple_answers_for_canvas() -> None:
    """One rule with all right choices, and the wrong ones denied; partial credit is Canvas' own."""
    choices = tuple(Choice(id=n, text=n) for n in "abcd")
    question = MultipleChoice(id="q", stem="?", choices=choices, answer=("a", "c"), scoring="all_or_nothing")
    made = Written(question)
    names = [e.get("ident") for e in made.item.iter("response_label")]
    assert key(made.item) == [names[0], names[2]]
    assert [e.find("varequal").text for e in made.item.iter("not")] == [names[1], names[3]]
    assert fields(made.item)["scoring_algorithm"] == "AllOrNothing"
    assert made.losses() == ["X301 /scoring"]
    shares = {"a": Fraction(1, 2), "b": Fraction(-1, 2), "c": Fraction(1, 2), "d": Fraction(-1, 2)}
    weighted = MultipleChoice(
        id="q",
        stem="?",
        choices=tuple(Choice(id=n, text=n, weight=w) for n, w in shares.items()),
        answer=("a", "c"),
        scoring="weighted",
    )
    assert Written(weighted).losses() == []


def test_feedback_has_the_names_that_canvas_knows() -> None:
    """General, right and wrong by their fixed names, that of choices by the number of the choice."""
    question = SingleChoice(
        id="q",
        stem="?",
        choices=(Choice(id="correct", text="x", feedback="about x"), Choice(id="general", text="y")),
        answer="correct",
        feedback=Feedback(general="g", correct="c", incorrect="w"),
    )
    item = Written(question).item
    names = {e.get("ident"): "".join(e.itertext()).strip() for e in item.iter("itemfeedback")}
    about = item.find(".//response_label").get("ident") + "_fb"
    assert names == {
        "general_fb": "<p>g</p>",
        "correct_fb": "<p>c</p>",
        "general_incorrect_fb": "<p>w</p>",
        about: "<p>about x</p>",
    }
    assert about.removesuffix("_fb").isdigit()


def test_numbers_for_canvas() -> None:
    """An exact number has equal bounds, a tolerance its bounds beside the number, a range bounds alone."""
    answers = (
        NumericAnswer(value=Fraction(42)),
        NumericAnswer(value=Fraction(5, 2), tolerance=Fraction(1, 20)),
        NumericAnswer(min=Fraction(7), max=Fraction(8)),
    )
    item = Written(Numeric(id="q", stem="?", answer=answers)).item
    rules = [rule for rule in item.iter("respcondition") if rule.find("setvar") is not None]
    found = [[(e.tag, e.text) for e in rule.iter("varequal", "vargte", "varlte")] for rule in rules]
    assert found == [
        [("varequal", "42"), ("vargte", "42"), ("varlte", "42")],
        [("varequal", "2.5"), ("vargte", "2.45"), ("varlte", "2.55")],
        [("vargte", "7"), ("varlte", "8")],
    ]
    assert item.find(".//render_fib").get("fibtype") == "Decimal"


def gapped(*blanks: Any) -> Cloze:
    """A text with gaps."""
    shown = "".join(f'<p>x <blank id="{blank.id}"/> y</p>' for blank in blanks)
    return Cloze(id="q", stem=Html(html=shown), blanks=blanks)


def test_gaps_for_canvas() -> None:
    """Words and menus are two kinds; where both stand in one text, the menu is written out and its loss reported."""
    words = TextBlank(id="w", answer=(Accepted(text="one"), Accepted(text="eins")))
    menu = ChoiceBlank(id="m", choices=TWO, answer="b")
    item = Written(gapped(words)).item
    assert fields(item)["question_type"] == "fill_in_multiple_blanks_question"
    assert item.find(".//mattext").text == "<p>x [w] y</p>"
    assert item.find(".//response_lid").get("ident") == "response_w"
    item = Written(gapped(menu)).item
    assert fields(item)["question_type"] == "multiple_dropdowns_question"
    assert key(item) == [item.findall(".//response_label")[1].get("ident")]
    both = Written(gapped(words, menu))
    assert fields(both.item)["question_type"] == "fill_in_multiple_blanks_question"
    assert "(x / y)" in both.item.find(".//mattext").text
    assert "X302 /blanks/1" in both.losses()


def test_a_bracket_in_the_text_is_no_gap() -> None:
    """A gap gets another name where its own stands in brackets in the text."""
    question = Cloze(
        id="q",
        stem=Html(html='<p>See [w]. <blank id="w"/></p>'),
        blanks=(TextBlank(id="w", answer=(Accepted(text="one"),)),),
    )
    assert Written(question).item.find(".//mattext").text == "<p>See [w]. [w_2]</p>"


def test_a_number_in_a_gap_of_canvas() -> None:
    """Canvas compares words: a whole range is listed, anything else is written out, and that is reported."""
    blank = NumericBlank(id="n", answer=(NumericAnswer(min=Fraction(3), max=Fraction(5)),))
    made = Written(gapped(blank))
    assert [e.text for e in made.item.iter("mattext")][2:] == ["3", "4", "5"]
    assert "X307 /blanks/0" in made.losses()


def test_matching_for_canvas() -> None:
    """A list for each prompt, the same names in each, distractors too."""
    question = Matching(
        id="q",
        stem="?",
        prompts=(Prompt(id="1", text="F"), Prompt(id="2", text="I")),
        choices=(Choice(id="p", text="Paris"), Choice(id="r", text="Rome"), Choice(id="o", text="Oslo")),
        answer={"1": "p", "2": "r"},
    )
    item = Written(question).item
    lists = [[e.get("ident") for e in lid.iter("response_label")] for lid in item.iter("response_lid")]
    assert lists[0] == lists[1]
    assert len(lists[0]) == 3
    assert key(item) == lists[0][:2]


def test_ordering_for_canvas() -> None:
    """The tests stand in the right order, which is all that New Quizzes looks at; Classic's lack is reported."""
    items = tuple(Item(id=n, text=n) for n in "abc")
    made = Written(Ordering(id="q", stem="?", items=items, answer=("c", "a", "b")))
    names = dict(zip("abc", [e.get("ident") for e in made.item.iter("response_label")], strict=True))
    assert key(made.item) == [names["c"], names["a"], names["b"]]
    assert made.losses() == ["X302 /kind"]


def test_notes_for_markers() -> None:
    """A model answer is what New Quizzes shows to markers."""
    made = Written(Essay(id="q", stem="?", answer="Because."))
    assert fields(made.item)["grading_notes"] == "<p>Because.</p>"
    assert "X209 /answer" in made.losses()
    plain = Written(Essay(id="q", stem="?", answer="Because."), preset="plain")
    assert plain.item.find(".//itemfeedback/solution") is not None
    assert plain.losses() == []


def test_shared_material_in_each_form() -> None:
    """Canvas: a text that its questions name. Cartridge: repeated. Plain: a section that presents it."""
    group = Group(id="g", stem="Read.", questions=(ONE_OF_TWO,))
    text, asked = Written(group).root.iter("item")
    assert fields(text)["question_type"] == "text_only_question"
    assert fields(asked)["parent_stimulus_item_ident"] == "g"
    repeated = Written(group, preset="cc").item
    assert "Read." in repeated.find(".//mattext").text
    section = Written(group, preset="plain").root.find(".//section/section")
    assert section.findtext(".//presentation_material//mattext") == "Read."


def test_a_cartridge_has_five_kinds() -> None:
    """What Common Cartridge lacks is written as the nearest it has, in parts where it must be."""
    matching = Matching(
        id="m",
        stem="Match",
        prompts=(Prompt(id="1", text="F"), Prompt(id="2", text="I")),
        choices=TWO,
        answer={"1": "a", "2": "b"},
    )
    made = Written(matching, Numeric(id="n", stem="?", answer=(NumericAnswer(value=Fraction(4)),)), preset="cc")
    items = list(made.root.iter("item"))
    assert [i.get("ident") for i in items] == ["m.1", "m.2", "n"]
    profiles = [fields(i)["cc_profile"] for i in items]
    assert profiles == ["cc.multiple_choice.v0p1", "cc.multiple_choice.v0p1", "cc.fib.v0p1"]
    assert {"X302 ", "X302 /kind"} <= set(made.losses())
    labels = [e.text for e in made.root.iter("fieldlabel")]
    assert set(labels) <= {"cc_profile", "qmd_assessmenttype", "qmd_scoretype", "cc_maxattempts", "cc_weighting"} | {
        "qmd_computerscored",
        "cc_question_category",
    }
    assert made.manifest.find(".//resource").get("type") == "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"
    bank = Written(ONE_OF_TWO, preset="cc", form="bank")
    assert bank.manifest.find(".//resource").get("type") == "imsqti_xmlv1p2/imscc_xmlv1p1/question-bank"
    assert bank.root.find("objectbank") is not None


def test_the_words_of_the_specification() -> None:
    """Plain: points instead of percentages, weights of every answer, cases minded, hints and rubrics in their places."""
    question = ShortAnswer(
        id="q",
        stem="?",
        points=Fraction(4),
        case_sensitive=True,
        answer=(Accepted(text="A"), Accepted(text="B", weight=Fraction(1, 4))),
        hints=("think",),
    )
    made = Written(question, preset="plain")
    assert [e.text for e in made.item.iter("setvar")] == ["4", "1"]
    assert {e.get("case") for e in made.item.iter("varequal")} == {"Yes"}
    assert made.item.find(".//itemfeedback/hint") is not None
    assert made.losses() == []


def test_canvas_reads_one_file_and_one_dependency() -> None:
    """Canvas' gem stops where the resource of a test names more; pictures are resources of their own."""
    assets = AssetStore({"pic.png": Asset(base64=PIXEL, media_type="image/png")})
    shown = Html(html='<p><img src="asset:pic.png" alt="p"/></p>')
    made = Written(SingleChoice(id="q", stem=shown, choices=TWO, answer="a"), ctx=Context(assets=assets))
    first, meta, picture = made.manifest.iter("resource")
    assert (len(first.findall("file")), len(first.findall("dependency"))) == (1, 1)
    assert first.get("type") == "imsqti_xmlv1p2"
    assert first.find("dependency").get("identifierref") == meta.get("identifier")
    assert picture.get("type") == "webcontent"
    source = re.search(r'src="([^"]*)"', made.item.find(".//mattext").text)
    assert source is not None
    assert source[1] == "$IMS-CC-FILEBASE$/media/pic.png"
    assert made.package.read(picture.get("href")).startswith(b"\x89PNG")


def test_formulas_stay_tex() -> None:
    """Canvas renders TeX in its delimiters; one that holds them, and text that looks like one, are reported."""
    stem = Html(html='<p><tex>x&lt;1</tex><tex display="block">y</tex></p>')
    made = Written(SingleChoice(id="q", stem=stem, choices=TWO, answer="a"))
    assert made.item.find(".//mattext").text == r"<p>\(x&lt;1\)$$y$$</p>"
    odd = SingleChoice(id="q", stem=r"what does \( mean?", choices=TWO, answer="a")
    assert Written(odd).losses() == ["X305 /stem"]


def test_a_kept_item_is_written_back() -> None:
    """What the reader could not say comes out of the bank as it went in."""
    inside = "<presentation><material><mattext>[x]</mattext></material></presentation><itemproc_extension><calculated/></itemproc_extension>"
    document = reading.Document(
        "q.xml", f'<questestinterop><item ident="c" title="T">{inside}</item></questestinterop>'.encode()
    )
    (draft,) = reading.get("qti12").read(document, reading.Context())
    assert isinstance(draft, Information)
    written = Written(draft, ctx=Context(drafts=True))
    assert written.item.find("itemproc_extension/calculated") is not None
    again = reading.Document("q.zip", written.data)
    (back,) = reading.get("qti12").read(again, reading.Context())
    assert back.extensions["qti12"]["type"] == draft.extensions["qti12"]["type"]
    assert "<calculated/>" in back.extensions["qti12"]["xml"]


def test_an_unknown_preset_is_refused() -> None:
    """With the names there are."""
    with pytest.raises(QbankError, match="canvas, cc or plain"):
        Written(ONE_OF_TWO, preset="moodle")


def test_the_same_bank_gives_the_same_bytes() -> None:
    """Nothing in a package depends on anything but the bank."""
    for preset in ("canvas", "cc", "plain"):
        first, second = (Written(ONE_OF_TWO, preset=preset).data for _ in range(2))
        assert first == second


def many(count: int) -> Iterator[Question]:
    """So many questions, one at a time."""
    choices = tuple(Choice(id=n, text=f"choice {n}", feedback="said") for n in "abcd")
    for i in range(count):
        yield SingleChoice(id=f"q{i}", stem=f"Question {i}?", choices=choices, answer="b")


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Three times as many questions need no more memory; the package goes to disk as it grows."""

    def peak(count: int) -> int:
        exporter, ctx = export.get("qti12"), Context(header=Header(qbank=1, title="T"))
        tracemalloc.start()
        with (tmp_path / f"{count}.zip").open("wb") as sink:
            exporter.write(prepared(many(count), exporter, ctx), sink, ctx)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(50)
    assert peak(MANY) - peak(MANY // 3) < MOST_MEMORY
