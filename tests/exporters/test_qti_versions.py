"""What sets QTI 2.2 and 3.0 apart, and what each platform's preset changes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest
from artefacts import artefact
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from qbank.exporters._qti.page import Page

from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.export import Context
from qbank.formats import qti
from qbank.model import (
    Accepted,
    Asset,
    Choice,
    ChoiceBlank,
    Cloze,
    Criterion,
    Essay,
    Feedback,
    Group,
    Header,
    Html,
    Information,
    Item,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    TextBlank,
    TrueFalse,
)

VERSIONS = ("qti21", "qti22", "qti30")
TWO = (Choice(id="a", text="x"), Choice(id="b", text="y"))
SAID = Feedback(general="G", correct="C", partial="P", incorrect="I")
WORDS = tuple(Choice(id=name, text=f"word {name}") for name in "abcde")


class Written:
    """A package and its findings."""

    def __init__(self, version: str, questions: Iterable[Question], ctx: Context | None = None, **options: str) -> None:
        self.ctx = ctx or Context(options=options)
        self.zip = zipfile.ZipFile(io.BytesIO(artefact(version, questions, self.ctx)[0]))

    def tree(self, member: str) -> Any:
        """A member as a tree without namespaces."""
        root = etree.fromstring(self.zip.read(member))
        for node in root.iter():
            node.tag = etree.QName(node).localname
        return root

    def item(self, name: str = "q") -> Any:
        """The item of a question."""
        return self.tree(f"items/{name}.xml")

    @property
    def found(self) -> list[tuple[str, str]]:
        """Code and pointer of every finding."""
        return [(d.code, d.pointer) for d in self.ctx.report]


def _single(**more: Any) -> SingleChoice:
    return SingleChoice(**({"id": "q", "stem": "x", "choices": TWO, "answer": "a"} | more))


def _group(**more: Any) -> Group:
    parts = (_single(id="g1"), TrueFalse(id="g2", stem="y", answer=True))
    return Group(**({"id": "g", "title": "Case", "stem": "Material", "questions": parts} | more))


def _word_bank(**more: Any) -> Cloze:
    stem = Html(html="<p>A <blank id='1'/> b <blank id='2'/> c <blank id='3'/></p>")
    blanks = tuple(ChoiceBlank(id=name, choices=WORDS, answer=key) for name, key in zip("123", "cab", strict=True))
    return Cloze(**({"id": "q", "stem": stem, "blanks": blanks, "points": Fraction(3)} | more))


@pytest.mark.parametrize(
    ("version", "item", "test", "schema"),
    [
        ("qti21", "imsqti_item_xmlv2p1", "imsqti_test_xmlv2p1", ("QTIv2.1 Package", "1.0.0")),
        ("qti22", "imsqti_item_xmlv2p2", "imsqti_test_xmlv2p2", ("QTIv2.2 Package", "1.0.0")),
        ("qti30", "imsqti_item_xmlv3p0", "imsqti_test_xmlv3p0", ("QTI Package", "3.0.0")),
    ],
)
def test_the_manifest_names_its_version(version: str, item: str, test: str, schema: tuple[str, str]) -> None:
    """Resource types and the package's schema are those of the version."""
    manifest = Written(version, [_single()]).tree("imsmanifest.xml")
    assert [r.get("type") for r in manifest.iter("resource")] == [item, test]
    assert (manifest.findtext("metadata/schema"), manifest.findtext("metadata/schemaversion")) == schema


def test_names_of_version_3_are_kebab() -> None:
    """Elements of QTI begin with `qti-`, those of HTML stay, and no name has a capital."""
    made = Written("qti30", [_single(feedback=SAID), _word_bank(id="w"), Essay(id="e", stem="x", answer="A")])
    for member in made.zip.namelist():
        if not member.startswith(("items/", "test")):
            continue
        for node in etree.fromstring(made.zip.read(member)).iter():
            name = etree.QName(node).localname
            assert name.startswith("qti-") or name in qti.HTML, name
            for key in node.attrib:
                assert key.startswith("{") or not re.search("[A-Z_]", str(key)), key


def test_templates_of_version_3_end_in_xml() -> None:
    """Version 3.0 names the standard templates by their files."""
    processing = Written("qti30", [TrueFalse(id="q", stem="x", answer=True)]).item().find("qti-response-processing")
    assert processing.get("template") == "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"


def test_feedback_and_rubrics_of_version_3_have_a_body() -> None:
    """Feedback, hints and what is for the scorer hold their text in a content body, rubrics their use."""
    questions = [
        _single(feedback=SAID, hints=("h",)),
        Essay(id="e", stem="x", answer="A", rubric=(Criterion(text="R"),)),
    ]
    made = Written("qti30", questions)
    for name, element in (("q", "qti-modal-feedback"), ("q", "qti-feedback-block"), ("e", "qti-rubric-block")):
        found = list(made.item(name).iter(element))
        assert found
        assert all([child.tag for child in one] == ["qti-content-body"] for one in found)
    assert {r.get("use") for r in made.item("e").iter("qti-rubric-block")} == {"scoring"}


def test_shared_material_of_version_3_stands_alone() -> None:
    """A group's material is one stimulus that its items refer to, and the manifest knows who needs it."""
    made = Written("qti30", [_group()])
    assert made.zip.namelist() == ["stimuli/g.xml", "items/g1.xml", "items/g2.xml", "test.xml", "imsmanifest.xml"]
    assert "".join(made.tree("stimuli/g.xml").find("qti-stimulus-body").itertext()).strip() == "Material"
    for name in ("g1", "g2"):
        item = made.item(name)
        reference = item.find("qti-assessment-stimulus-ref")
        assert (reference.get("identifier"), reference.get("href")) == ("STIM-g", "../stimuli/g.xml")
        assert item.find("qti-item-body/div").get("data-stimulus-idref") == "STIM-g"
        assert "Material" not in "".join(item.itertext())
    resources = {r.get("identifier"): r for r in made.tree("imsmanifest.xml").iter("resource")}
    assert resources["STIM-g"].get("type") == "imsqti_stimulus_xmlv3p0"
    assert [d.get("identifierref") for d in resources["RES-g1"].iter("dependency")] == ["STIM-g"]
    assert made.found == []


@pytest.mark.parametrize("version", ["qti21", "qti22"])
def test_shared_material_of_version_2_is_repeated(version: str) -> None:
    """Version 2 has no stimulus in an item: each item shows the material, which is reported."""
    made = Written(version, [_group()])
    assert ["Material" in "".join(made.item(name).itertext()) for name in ("g1", "g2")] == [True, True]
    assert made.found == [("X303", "/stem")]


def test_a_group_of_which_nothing_is_left_has_no_stimulus() -> None:
    """No file is left behind when no sub-question can be written."""
    made = Written("qti30", [_group(questions=(_single(answer="zz"),))])
    assert made.zip.namelist() == ["imsmanifest.xml"]
    assert made.found == [("X104", "")]


@pytest.mark.parametrize(("version", "human"), [("qti21", None), ("qti22", "human"), ("qti30", "human")])
def test_essays_say_who_marks_them(version: str, human: str | None) -> None:
    """From 2.2 on an essay's SCORE is said to come from a person; that of others is not."""
    made = Written(version, [Essay(id="e", stem="x", points=Fraction(5)), _single()])
    names = {"qti30": ("qti-outcome-declaration", "external-scored")}.get(
        version, ("outcomeDeclaration", "externalScored")
    )
    assert made.item("e").find(f"{names[0]}[@identifier='SCORE']").get(names[1]) == human
    assert made.item("q").find(f"{names[0]}[@identifier='SCORE']").get(names[1]) is None


def test_choices_in_gaps_keep_their_markup_in_3() -> None:
    """Version 2 takes plain text only, its schema before 2.2 and the engine that TAO uses; 3.0 markup and formulas."""
    choices = (
        Choice(id="a", text=Html(html="<p>H<sub>2</sub></p>")),
        Choice(id="b", text=Html(html="<p><tex>x^2</tex></p>")),
    )
    stem = Html(html="<p><blank id='g'/></p>")
    question = Cloze(id="q", stem=stem, blanks=(ChoiceBlank(id="g", choices=choices, answer="a"),))
    lost = {version: Written(version, [question]).found for version in VERSIONS}
    pointers = [("X204", f"/blanks/0/choices/{i}/text") for i in (0, 1)]
    assert lost == {"qti21": pointers, "qti22": pointers, "qti30": []}
    assert Written("qti30", [question], preset="tao").found == pointers


def test_sounds() -> None:
    """Version 2 has them as objects; 3.0 as audio, in a paragraph that is a `div` because `p` may hold none."""
    assets = AssetStore({"t.wav": Asset(base64="UklGRg==")})
    question = Information(id="q", stem=Html(html="<p>Listen: <audio src='asset:t.wav'/></p>"))
    old = Written("qti22", [question], Context(assets=assets)).item().find("itemBody/p/object")
    assert (old.get("data"), old.get("type")) == ("../media/t.wav", "audio/wav")
    new = (
        Written("qti30", [question], Context(assets=assets)).item().find("qti-item-body/div[@class='paragraph']/audio")
    )
    assert (new.get("src"), new.get("controls")) == ("../media/t.wav", "true")


def test_formulas_keep_their_tex() -> None:
    """MathML carries the bank's own TeX as an annotation."""
    math = (
        Written("qti21", [Information(id="q", stem=Html(html="<p><tex>\\frac{1}{2}</tex></p>"))]).item().find(".//math")
    )
    assert [node.tag for node in math[0]] == ["mrow", "annotation"]
    assert (math.findtext("semantics/annotation"), math[0][1].get("encoding")) == (r"\frac{1}{2}", "application/x-tex")


@pytest.mark.parametrize("version", VERSIONS)
def test_hints_are_buttons(version: str) -> None:
    """Each hint has a button and a block; the test lets who asks for one go on; nothing is lost."""
    made = Written(version, [_single(hints=("one", Html(html="<p>t<em>w</em>o</p>")), language="zh-CN")])
    name, key = ("qti-{}", "response-identifier") if version == "qti30" else ("{}", "responseIdentifier")
    element = qti.kebab_element("endAttemptInteraction") if version == "qti30" else "endAttemptInteraction"
    buttons = list(made.item().iter(element))
    assert [(b.get("title"), b.get(key)) for b in buttons] == [("提示 1", "HINT_1"), ("提示 2", "HINT_2")]
    block = name.format("feedback-block" if version == "qti30" else "feedbackBlock")
    assert ["".join("".join(b.itertext()).split()) for b in made.item().iter(block)] == ["one", "two"]
    control = {"qti30": ("qti-item-session-control", "max-attempts")}.get(
        version, ("itemSessionControl", "maxAttempts")
    )
    assert [c.get(control[1]) for c in made.tree("test.xml").iter(control[0])] == [None, "0"]
    assert made.found == []


def test_hints_can_be_left_out() -> None:
    """`hints=no` writes an item without buttons and reports each hint."""
    made = Written("qti21", [_single(hints=("one", "two"))], hints="no")
    assert not list(made.item().iter("endAttemptInteraction"))
    assert made.found == [("X202", "/hints/0"), ("X202", "/hints/1")]


@pytest.mark.parametrize("version", VERSIONS)
def test_word_banks(version: str) -> None:
    """Three gaps or more that share their choices show them once; a standard template gives the points."""
    item = Written(version, [_word_bank()]).item()
    names = ("qti-gap-text", "qti-gap", "qti-map-entry", "map-key") if version == "qti30" else (
        "gapText", "gap", "mapEntry", "mapKey"
    )  # fmt: skip
    assert [w.text for w in item.iter(names[0])] == [f"word {name}" for name in "abcde"]
    assert [g.get("identifier") for g in item.iter(names[1])] == ["_1", "_2", "_3"]
    assert [e.get(names[3]) for e in item.iter(names[2])] == ["c _1", "a _2", "b _3"]


def test_gaps_with_choices_of_their_own_are_no_word_bank() -> None:
    """Other choices, two gaps, a word that is right twice, or feedback for a choice: each gap keeps its list."""
    same = _word_bank().blanks
    other = ChoiceBlank(id="3", choices=TWO, answer="a")
    again = ChoiceBlank(id="3", choices=WORDS, answer="c")
    told = tuple(Choice(id=c.id, text=c.text, feedback="f") for c in WORDS)
    for blanks in (
        (*same[:2], other),
        same[:2],
        (*same[:2], again),
        tuple(ChoiceBlank(id=n, choices=told, answer=k) for n, k in zip("123", "abc", strict=True)),
    ):
        assert not list(Written("qti21", [_word_bank(blanks=blanks)]).item().iter("gapMatchInteraction"))


def test_sections_by_paper() -> None:
    """With `sections=paper` each paper has a section, by its title or file; what has none goes to the bank's."""
    questions = [
        _single(id="a", source=Source(document="one.txt", title="Paper One")),
        _single(id="b", source=Source(document="two.txt"), category=("C",)),
        _single(id="c"),
    ]
    made = Written("qti30", questions, Context(header=Header(qbank=1, title="Bank"), options={"sections": "paper"}))
    found = [s.get("title") for s in made.tree("test.xml").iter("qti-assessment-section")]
    assert found == ["Paper One", "two.txt", "Bank"]


@pytest.mark.parametrize("option", ["preset", "sections", "hints", "test"])
def test_unknown_values_are_refused(option: str) -> None:
    """An option that is not understood ends the run and names what is."""
    with pytest.raises(QbankError, match=f"qti30: the option '{option}' is .* or .*, not 'nonsense'"):
        Written("qti30", [], **{option: "nonsense"})


def test_inspera_is_told_how_good_a_response_was() -> None:
    """FEEDBACK says correct, partially correct, wrong or unanswered wherever match_correct does not do."""
    questions: list[Question] = [
        _single(id="plain"),
        _single(id="two", points=Fraction(2)),
        MultipleChoice(id="many", stem="x", choices=TWO, answer=("a",), feedback=SAID, hints=("h",)),
        Essay(id="e", stem="x"),
    ]
    made = Written("qti21", questions, preset="inspera")
    assert made.item("plain").find("responseProcessing").get("template").endswith("/match_correct")
    said = {"feedback_correct", "feedback_partially_correct", "feedback_wrong", "feedback_unanswered"}
    for name in ("two", "many"):
        item = made.item(name)
        assert item.find("responseProcessing").get("template") is None
        values = {
            rule.findtext("baseValue") for rule in item.iter("setOutcomeValue") if rule.get("identifier") == "FEEDBACK"
        }
        assert values == said
    shown = {f.get("identifier"): f.text for f in made.item("many").iter("modalFeedback")}
    assert shown["feedback_partially_correct"] == "P"
    essay = {rule.findtext("baseValue") for rule in made.item("e").iter("setOutcomeValue")}
    assert essay == {"feedback_answered", "feedback_unanswered"}
    assert made.found == [("X202", "/hints/0")]


def test_blackboard_gets_standard_templates_only() -> None:
    """Every item names a template or is not marked at all; what none can mark is left out, all else is reported."""
    exact = (NumericAnswer(value=Fraction(2)), NumericAnswer(value=Fraction(3), weight=Fraction(1, 2)))
    near = (NumericAnswer(value=Fraction(2), tolerance=Fraction(1)),)
    stem = Html(html="<p><blank id='g'/><blank id='h'/></p>")
    word = TextBlank(id="g", answer=(Accepted(text="w"),))
    four = tuple(Item(id=name, text=name) for name in "abcd")
    questions: list[Question] = [
        _single(id="s", points=Fraction(2), feedback=SAID, hints=("h",)),
        MultipleChoice(id="m", stem="x", choices=TWO, answer=("a",), scoring="all_or_nothing", points=Fraction(3)),
        ShortAnswer(id="w", stem="x", answer=(Accepted(text="a*"), Accepted(text="b")), wildcard=True),
        Numeric(id="n", stem="x", answer=exact),
        Numeric(id="near", stem="x", answer=near),
        Ordering(id="o", stem="x", items=four, answer=tuple("abcd"), scoring="each_position"),
        _word_bank(id="bank"),
        Cloze(id="one", stem=stem, blanks=(word,)),
        Cloze(id="c-one", stem=stem, blanks=(ChoiceBlank(id="g", choices=TWO, answer="b"),), points=Fraction(2)),
        Cloze(id="n-one", stem=stem, blanks=(NumericBlank(id="g", answer=near),)),
        Cloze(id="two", stem=stem, blanks=(word, TextBlank(id="h", answer=(Accepted(text="w"),)))),
        Essay(id="e", stem="x", feedback=Feedback(general="G")),
    ]
    made = Written("qti21", questions, preset="blackboard")
    templates = {}
    for member in made.zip.namelist():
        if member.startswith("items/"):
            item = made.tree(member)
            processing = item.find("responseProcessing")
            assert processing is None or len(processing) == 0
            assert not list(item.iter("modalFeedback"))
            if processing is not None:
                assert item.find("responseDeclaration").get("identifier") == "RESPONSE"
                templates[item.get("identifier")] = processing.get("template").rpartition("/")[2]
    mapped = dict.fromkeys(("s", "w", "n", "bank", "one", "c-one"), "map_response")
    assert templates == mapped | {"m": "match_correct", "o": "match_correct"}
    assert [e.get("mapKey") for e in made.item("w").iter("mapEntry")] == ["a", "b"]
    doubtful = [d.question for d in made.ctx.report if d.code == "X317"]
    assert doubtful == ["n", "o", "bank", "one", "c-one"]
    assert [found for found in made.found if found[0] != "X317"] == [
        ("X202", "/hints/0"),
        ("X201", "/feedback/correct"),
        ("X201", "/feedback/partial"),
        ("X201", "/feedback/incorrect"),
        ("X201", "/feedback/general"),
        ("X301", "/points"),
        ("X307", "/answer"),
        ("X307", "/wildcard"),
        ("X104", ""),
        ("X301", "/scoring"),
        ("X104", ""),
        ("X104", ""),
        ("X201", "/feedback/general"),
    ]


def test_openolat_gets_the_lowest_score() -> None:
    """MINSCORE stands beside MAXSCORE."""
    item = Written("qti21", [_single()], preset="openolat").item()
    names = [o.get("identifier") for o in item.iter("outcomeDeclaration")]
    assert names == ["SCORE", "MAXSCORE", "MINSCORE"]


def test_tao_gets_its_own_limit_of_words() -> None:
    """The highest number of words as TAO's editor writes it; the lowest, which it has not, is reported."""
    made = Written("qti22", [Essay(id="q", stem="x", min_words=5, max_words=9, response="plain")], preset="tao")
    mask = made.item().find(".//extendedTextInteraction").get("patternMask")
    assert qti.masked_words(mask) == (0, 9)
    assert mask.startswith("/^")
    assert made.found == [("X208", "/min_words")]


def test_limits_that_contradict_are_reported() -> None:
    """No mask is written that no text could match."""
    made = Written("qti30", [Essay(id="q", stem="x", min_words=5, max_words=4, response="plain")])
    assert made.item().find(".//qti-extended-text-interaction").get("pattern-mask") is None
    assert made.found == [("X208", "/min_words"), ("X208", "/max_words")]


@given(st.integers(0, 9), st.one_of(st.none(), st.integers(1, 9)), st.sampled_from(["en", "zh-CN", None]))
def test_masks_count_words(least: int, most: int | None, language: str | None) -> None:
    """A mask takes the texts of so many words (in Chinese, characters) and no others, and can be read back."""
    most = None if most is None else max(least, most)
    mask = qti.word_mask(least, most, language)
    assert qti.masked_words(mask) == (least, most)
    for count in range(12):
        text = "".join("字" for _ in range(count)) if language == "zh-CN" else "  ".join(["word"] * count)
        allowed = least <= count and (most is None or count <= most)
        assert (re.fullmatch(mask, text) is not None) == allowed


TEXTS = st.text(st.sampled_from("aZ中\"'<>&\t\n\r\x00\ud800"), max_size=8)


@given(TEXTS, TEXTS)
def test_records_are_what_lxml_would_read(one: str, other: str) -> None:
    """An element written without being kept has the attributes it was given, but for what XML cannot hold."""
    page = Page(kebab=True)
    page.record("mapEntry", mapKey=one, mappedValue=other)
    read = etree.fromstring(str(page.xml).encode())
    leaf = Page(kebab=True)
    leaf.leaf("mapEntry", mapKey=one, mappedValue=other)
    assert str(page.xml) == str(leaf.xml)
    assert (read.tag, list(read.attrib)) == ("qti-map-entry", ["map-key", "mapped-value"])
