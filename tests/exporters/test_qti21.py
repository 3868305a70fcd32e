"""What a QTI 2.1 package holds, and what is said of what it cannot hold."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from artefacts import artefact
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
    Criterion,
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
    Source,
    Text,
    TextBlank,
    TrueFalse,
    Unit,
)

TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
TWO = (Choice(id="a", text="x"), Choice(id="b", text="y"))
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="


class Written:
    """A package and its findings."""

    def __init__(self, questions: Iterable[Question], ctx: Context | None = None) -> None:
        self.ctx = ctx or Context()
        self.data, _ = artefact("qti21", questions, self.ctx)
        self.zip = zipfile.ZipFile(io.BytesIO(self.data))

    def tree(self, member: str) -> Any:
        """A member as a tree without namespaces, which makes for short paths."""
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


def _stem(text: Text) -> Written:
    return Written([Information(id="q", stem=text)])


def _body(text: Text) -> str:
    """The body of an item of that stem, as markup without line breaks between blocks."""
    body = _stem(text).item().find("itemBody")
    written = "".join(etree.tostring(block, encoding="unicode", with_tail=False) for block in body)
    return re.sub(r"(?<=>)\n *(?=<)", "", re.sub(r' xmlns(:\w+)?="[^"]*"', "", written))


def test_package_is_in_order_and_without_a_clock() -> None:
    """Items, test and manifest stand in this order, all of one date, readable for everybody."""
    made = Written([Information(id="b", stem="x"), Information(id="a", stem="x")])
    assert made.zip.namelist() == ["items/b.xml", "items/a.xml", "test.xml", "imsmanifest.xml"]
    for info in made.zip.infolist():
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.external_attr >> 16 == 0o100644
        assert info.compress_type == zipfile.ZIP_DEFLATED
    again = Written([Information(id="b", stem="x"), Information(id="a", stem="x")])
    assert made.data == again.data


def test_package_streams() -> None:
    """Each question is in the package before the next one is asked for."""
    sink = io.BytesIO()
    sizes: list[int] = []

    def questions() -> Iterator[Question]:
        for i in range(4):
            sizes.append(len(sink.getvalue()))
            yield Information(id=f"q{i}", stem="word " * 100)

    export.get("qti21").write(questions(), sink, Context())
    assert sizes == sorted(set(sizes))


def test_package_to_a_pipe() -> None:
    """A sink that cannot be rewound gets the same members."""

    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    export.get("qti21").write([Information(id="q", stem="x")], pipe, Context())
    assert zipfile.ZipFile(io.BytesIO(pipe.data)).testzip() is None


def test_manifest_lists_every_member_with_its_dependencies() -> None:
    """Every member is a file of a resource; the test depends on all items."""
    assets = {"dot": Asset(base64=PIXEL, media_type="image/png")}
    stem = Html(html="<p><img src='asset:dot' alt='d'/></p>")
    questions = [Information(id="a", stem=stem), Information(id="b", stem=stem), Information(id="c", stem="x")]
    made = Written(questions, Context(assets=AssetStore(assets)))
    manifest = made.tree("imsmanifest.xml")
    resources = {r.get("identifier"): [f.get("href") for f in r.iter("file")] for r in manifest.iter("resource")}
    assert resources == {
        "RES-a": ["items/a.xml", "media/dot.png"],
        "RES-b": ["items/b.xml", "media/dot.png"],
        "RES-c": ["items/c.xml"],
        "TEST": ["test.xml"],
    }
    assert [d.get("identifierref") for d in manifest.iter("dependency")] == ["RES-a", "RES-b", "RES-c"]
    assert made.zip.namelist().count("media/dot.png") == 1
    assert manifest.findtext("metadata/schema") == "QTIv2.1 Package"


def test_manifest_says_what_the_bank_is() -> None:
    """Title, language, description and licence of the bank stand in the manifest."""
    header = Header(qbank=1, title="T", language="zh-CN", license="CC BY", description=Html(html="<p>D</p>"))
    lom = Written([], Context(header=header)).tree("imsmanifest.xml").find("metadata/lom")
    assert lom.findtext("general/title/string") == "T"
    assert lom.findtext("general/language") == "zh-CN"
    assert lom.findtext("general/description/string") == "D"
    assert lom.findtext("rights/description/string") == "CC BY"


def test_metadata_of_a_question() -> None:
    """Title, tags, category, difficulty, draft and source stand in the question's resource, and nothing is lost."""
    source = Source(document="paper.txt", line=3, text="1. …", confidence=0.5)
    question = SingleChoice(
        id="q",
        stem="x",
        choices=TWO,
        answer="a",
        title="T",
        tags=("t1", "t2"),
        category=("c1", "c2"),
        difficulty=5,
        language="en",
        status="draft",
        source=source,
    )
    made = Written([question], Context(drafts=True))
    lom = made.tree("imsmanifest.xml").find("resources/resource/metadata/lom")
    assert lom.findtext("general/title/string") == "T"
    assert [k.findtext("string") for k in lom.iter("keyword")] == ["t1", "t2"]
    assert [t.findtext("entry/string") for t in lom.iter("taxon")] == ["c1", "c2"]
    assert lom.findtext("educational/difficulty/value") == "very difficult"
    assert lom.findtext("lifeCycle/status/value") == "draft"
    entry = json.loads(lom.findtext("relation/resource/identifier/entry"))
    assert entry == {"document": "paper.txt", "line": 3, "text": "1. …", "confidence": 0.5}
    assert made.item().get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert made.found == []


def test_sections_follow_categories_and_groups_stay_together() -> None:
    """A section for each topmost category in the order of the bank, a group as a section of its own in it."""
    group = Group(
        id="g",
        title="Case",
        stem="m",
        category=("B",),
        questions=(Information(id="g1", stem="x"), Information(id="g2", stem="y")),
    )
    questions: list[Question] = [
        Information(id="a", stem="x", category=("A", "x")),
        group,
        Information(id="c", stem="x", category=("A", "y")),
        Information(id="d", stem="x"),
    ]
    test = Written(questions, Context(header=Header(qbank=1, title="Bank"))).tree("test.xml")
    sections = test.findall("testPart/assessmentSection")
    assert [s.get("title") for s in sections] == ["A", "B", "Bank"]
    assert [[r.get("href") for r in s.iter("assessmentItemRef")] for s in sections] == [
        ["items/a.xml", "items/c.xml"],
        ["items/g1.xml", "items/g2.xml"],
        ["items/d.xml"],
    ]
    inner = sections[1].find("assessmentSection")
    assert (inner.get("identifier"), inner.get("title"), inner.get("keepTogether")) == ("g", "Case", "true")
    assert test.find("testPart/itemSessionControl").get("showFeedback") == "true"


def test_group_repeats_its_material_and_hands_down_its_metadata() -> None:
    """Each sub-question shows the material; what only a whole group has is reported once."""
    group = Group(
        id="g",
        stem=Html(html="<p>M <tex>\\nope</tex></p>"),
        tags=("t",),
        language="fr",
        hints=("h",),
        penalty=Fraction(1, 2),
        feedback=Feedback(general="G"),
        questions=(TrueFalse(id="g1", stem="x", answer=True), Information(id="g2", stem="y", tags=("own",))),
    )
    made = Written([group])
    for name in ("g1", "g2"):
        assert "M" in "".join(made.item(name).find("itemBody/div[@class='material']").itertext())
    assert [k.findtext("string") for k in made.tree("imsmanifest.xml").iter("keyword")] == ["t", "own"]
    assert [c.text for c in made.item("g1").iter("simpleChoice")] == ["Vrai", "Faux"]
    assert sorted(made.found) == [
        ("X201", "/feedback/general"),
        ("X202", "/hints/0"),
        ("X208", "/penalty"),
        ("X303", "/stem"),
        ("X304", "/stem"),
    ]


def test_option_without_test() -> None:
    """`test=no` leaves the test out, anything but yes and no is refused."""
    made = Written([Information(id="q", stem="x")], Context(options={"test": "no"}))
    assert made.zip.namelist() == ["items/q.xml", "imsmanifest.xml"]
    with pytest.raises(QbankError, match="yes or no"):
        Written([], Context(options={"test": "maybe"}))


@pytest.mark.parametrize(
    ("question", "template"),
    [
        (SingleChoice(id="q", stem="x", choices=TWO, answer="a"), "match_correct"),
        (SingleChoice(id="q", stem="x", choices=TWO, answer="a", points=Fraction(2)), "map_response"),
        (TrueFalse(id="q", stem="x", answer=False), "match_correct"),
        (MultipleChoice(id="q", stem="x", choices=TWO, answer=("a",)), "map_response"),
        (MultipleChoice(id="q", stem="x", choices=TWO, answer=("a",), scoring="all_or_nothing"), "match_correct"),
        (ShortAnswer(id="q", stem="x", answer=(Accepted(text="a"),)), "map_response"),
        (
            Matching(id="q", stem="x", prompts=(Prompt(id="p", text="x"),), choices=TWO, answer={"p": "a"}),
            "map_response",
        ),
        (
            Ordering(id="q", stem="x", items=(Item(id="a", text="x"), Item(id="b", text="y")), answer=("a", "b")),
            "match_correct",
        ),
    ],
)
def test_standard_templates_where_they_score_right(question: Question, template: str) -> None:
    """What a standard template can score is left to it: some platforms take nothing else."""
    assert Written([question]).item().find("responseProcessing").get("template") == TEMPLATES + template


def test_points_are_declared_twice() -> None:
    """The points stand where either kind of importer looks."""
    item = Written([TrueFalse(id="q", stem="x", answer=True, points=Fraction(5, 2))]).item()
    assert item.find("outcomeDeclaration[@identifier='SCORE']").get("normalMaximum") == "2.5"
    assert item.findtext("outcomeDeclaration[@identifier='MAXSCORE']/defaultValue/value") == "2.5"


def test_choices_keep_their_place_when_fixed() -> None:
    """Shuffling and its exceptions are kept."""
    choices = (*TWO, Choice(id="c", text="all of the above", fixed=True))
    item = Written([SingleChoice(id="q", stem="x", choices=choices, answer="a", shuffle=True)]).item()
    assert item.find(".//choiceInteraction").get("shuffle") == "true"
    assert [c.get("fixed") for c in item.iter("simpleChoice")] == [None, None, "true"]


def test_matching_shuffles_its_choices_only() -> None:
    """Prompts keep their order; ids that stand on both sides are told apart."""
    prompts = (Prompt(id="a", text="p"), Prompt(id="z", text="q"))
    item = Written([Matching(id="q", stem="x", prompts=prompts, choices=TWO, answer={"a": "a", "z": "a"})]).item()
    left, right = item.iter("simpleMatchSet")
    assert [(c.get("identifier"), c.get("fixed"), c.get("matchMax")) for c in left] == [
        ("p.a", "true", "1"),
        ("p.z", "true", "1"),
    ]
    assert [(c.get("identifier"), c.get("fixed"), c.get("matchMax")) for c in right] == [
        ("c.a", None, "2"),
        ("c.b", None, "2"),
    ]
    assert [v.text for v in item.find("responseDeclaration/correctResponse")] == ["p.a c.a", "p.z c.a"]


def test_cloze_in_running_text() -> None:
    """Gaps stand in the sentence, keep the bank's names as labels, and a gap without a place goes to the end."""
    blanks = (
        TextBlank(id="one", answer=(Accepted(text="x"),)),
        ChoiceBlank(id="two", choices=(Choice(id="a", text=Html(html="<p>H<sub>2</sub></p>")), TWO[1]), answer="a"),
        TextBlank(id="lost", answer=(Accepted(text="x"),)),
    )
    stem = Html(html="<p>A <blank id='two'/> b <blank id='one'/> c <blank id='one'/> d <blank id='none'/></p>")
    made = Written([Cloze(id="q", stem=stem, blanks=blanks)])
    body = made.item().find("itemBody")
    assert [(node.get("responseIdentifier"), node.get("label")) for node in body.iter("textEntryInteraction")] == [
        ("R1", "one"),
        ("R3", "lost"),
    ]
    assert "".join(body[0].itertext()) == "A H2y b  c ____ d ____"
    assert made.found == [("X204", "/blanks/1/choices/0/text"), ("X305", "/blanks/2")]


def test_essay_for_the_one_who_marks_it() -> None:
    """Model answer and rubric are for the scorer; files can be handed in; plain text has a mask that counts words."""
    essay = Essay(
        id="q",
        stem="x",
        answer="A",
        rubric=(Criterion(text="R", points=Fraction(3, 2)), Criterion(text="S")),
        min_words=10,
        attachments=2,
        lines=7,
        response="monospaced",
        feedback=Feedback(general="G", correct="C"),
    )
    made = Written([essay])
    item = made.item()
    assert [b.get("view") for b in item.iter("rubricBlock")] == ["scorer", "scorer"]
    assert ["".join(li.itertext()) for li in item.iter("li")] == ["R 1.5", "S"]
    field = item.find(".//extendedTextInteraction")
    assert (field.get("expectedLines"), field.get("format")) == ("7", "preformatted")
    assert [u.get("responseIdentifier") for u in item.iter("uploadInteraction")] == ["FILE1", "FILE2"]
    assert [f.text for f in item.iter("modalFeedback")] == ["G"]
    assert field.get("patternMask") == r"\s*\S+(\s+\S+){9,}\s*"
    assert made.found == [("X201", "/feedback/correct")]
    rich = Written([Essay(id="q", stem="x", min_words=10, max_words=20)])
    assert rich.found == [("X208", "/min_words"), ("X208", "/max_words")]


def test_numeric_with_a_unit() -> None:
    """The unit the answer is in stands behind the field, and that units are not marked is reported."""
    units = (Unit(name="cm", factor=Fraction(1, 100)), Unit(name="m"))
    made = Written([Numeric(id="q", stem="x", answer=(NumericAnswer(value=Fraction(2)),), units=units)])
    assert "".join(made.item().findall("itemBody/p")[1].itertext()) == " m"
    assert made.found == [("X307", "/units")]


def test_losses_of_settings() -> None:
    """Penalties, wildcards, feedback of matched choices and long partial orders are reported where they stand."""
    pairs = (Choice(id="a", text="x", feedback="f"), TWO[1])
    seven = tuple(Item(id=f"i{n}", text="x") for n in range(7))
    questions: list[Question] = [
        TrueFalse(id="t", stem="x", answer=True, hints=("h", "i"), penalty=Fraction(1, 3)),
        ShortAnswer(
            id="w", stem="x", answer=(Accepted(text="a*"), Accepted(text=" b "), Accepted(text="B")), wildcard=True
        ),
        Matching(id="m", stem="x", prompts=(Prompt(id="p", text="x"),), choices=pairs, answer={"p": "a"}),
        Ordering(id="o", stem="x", items=seven, answer=tuple(i.id for i in seven), scoring="each_position"),
        Information(id="i", stem="x", feedback=Feedback(general="g")),
        TrueFalse(id="z", stem="x", answer=True, penalty=Fraction(0)),
    ]
    assert Written(questions).found == [
        ("X208", "/penalty"),
        ("X305", "/answer/1/text"),
        ("X305", "/answer/2/text"),
        ("X307", "/answer"),
        ("X201", "/choices/0/feedback"),
        ("X301", "/scoring"),
        ("X201", "/feedback/general"),
        ("X207", "/penalty"),
    ]


@pytest.mark.parametrize(
    "question",
    [
        SingleChoice(id="q", stem="x", choices=TWO, answer="zz"),
        SingleChoice(id="q", stem="x", choices=(TWO[0], TWO[0]), answer="a"),
        SingleChoice(id="q", stem="x", choices=TWO, answer="a", points=Fraction(-1)),
        MultipleChoice(id="q", stem="x", choices=TWO, answer=("a", "zz")),
        Matching(id="q", stem="x", prompts=(Prompt(id="p", text="x"),), choices=TWO, answer={}),
        Matching(id="q", stem="x", prompts=(Prompt(id="p", text="x"),), choices=TWO, answer={"p": "zz"}),
        Ordering(id="q", stem="x", items=(Item(id="a", text="x"), Item(id="b", text="y")), answer=("a", "a")),
        Numeric(id="q", stem="x", answer=(NumericAnswer(min=Fraction(2), max=Fraction(1)),)),
        Cloze(id="q", stem="x", blanks=(TextBlank(id="a", answer=(Accepted(text="x"),)),) * 2),
        Cloze(id="q", stem="x", blanks=(ChoiceBlank(id="a", choices=TWO, answer="zz"),)),
    ],
)
def test_broken_questions_are_left_out(question: Question) -> None:
    """A question whose key cannot be right is left out with a reason, and the package is as good as empty."""
    made = Written([question])
    assert [d.code for d in made.ctx.report] == ["X104"]
    assert made.zip.namelist() == ["imsmanifest.xml"]


def test_names_that_cannot_be_kept() -> None:
    """A repeated id gets a number and a finding; a dot or a digit in front is written so that the id is still known."""
    made = Written([Information(id=name, stem="x") for name in ("a", "A", "a.b", "1", "a", "TEST")])
    names = [node.get("identifier") for node in made.tree("test.xml").iter("assessmentItemRef")]
    assert names == ["a", "A", "a_b", "_1", "a-2", "TEST"]
    files = ["a.xml", "A-2.xml", "a_b.xml", "_1.xml", "a-2-2.xml", "TEST.xml"]
    assert made.zip.namelist()[:6] == [f"items/{name}" for name in files]
    assert made.found == [("X305", "/id")]
    entries = [e.text for e in made.tree("imsmanifest.xml").iter("entry")]
    assert entries == ["a.b", "a"]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("a\nb\n\nc", "<p>a<br/>b</p><p>c</p>"),
        ("", "<p/>"),
        (Html(html="<u>u</u>"), '<p><em class="underline">u</em></p>'),
        (Html(html="<ol start='3'><li>x</li></ol>"), "<ol><li>x</li></ol>"),
        (Html(html="<blockquote>a<p>b</p></blockquote>"), "<blockquote><p>a</p><p>b</p></blockquote>"),
        (Html(html="<em>a<p>b</p></em>"), "<p><em>a<br/>b</em></p>"),
        (Html(html="<table><tr><td>a</td></tr></table>"), "<table><tbody><tr><td>a</td></tr></tbody></table>"),
        (
            Html(html="<table><thead><tr><th>a</th></tr></thead></table>"),
            "<table><tbody><tr><th>a</th></tr></tbody></table>",
        ),
        (Html(html="<p><blank id='x'/></p>"), "<p>____</p>"),
        (Html(html="<p><tex>\\nope</tex></p>"), "<p>\\(\\nope\\)</p>"),
        (
            Html(html="<p><a href='http://a/ü'>x</a></p>"),
            '<p><a href="http://a/%C3%BC">x</a></p>',
        ),
    ],
)
def test_rich_text(text: Text, body: str) -> None:
    """Rich text becomes what the schema takes."""
    assert _body(text) == body


def test_rich_text_reports_what_changes() -> None:
    """Underlining, list numbers, misplaced blocks and formulas that stay TeX are reported."""
    text = Html(html="<p><u>u</u><tex>\\nope</tex></p><ol start='3'><li>x</li></ol><em><p>b</p></em>")
    assert sorted(_stem(text).found) == [("X204", "/stem"), ("X304", "/stem"), ("X305", "/stem"), ("X305", "/stem")]


def test_language_of_a_word() -> None:
    """A foreign word keeps its language."""
    assert 'xml:lang="fr"' in _body(Html(html="<p><span lang='fr'>mot</span></p>"))


def test_media_that_cannot_be_packed() -> None:
    """A picture that is missing, forbidden or unknown is described in words and reported twice: why, and that it is lost."""
    assets = {
        "gone": Asset(file="gone.png", alt="a map"),
        "out": Asset(file="../x.png"),
        "t.wav": Asset(base64="UklGRg=="),
    }
    html = "<p><img src='asset:gone'/><img src='asset:out' alt='o'/><audio src='asset:none'/><audio src='asset:t.wav'/></p>"
    made = Written([Information(id="q", stem=Html(html=html))], Context(assets=AssetStore(assets)))
    line = made.item().find("itemBody/p")
    assert line.text == "[a map][o][none]"
    assert dict(line.find("object").attrib) == {"data": "../media/t.wav", "type": "audio/wav"}
    assert {code for code, _ in made.found} == {"A001", "A002", "A003", "X203"}


def test_media_names_that_differ_in_case_only() -> None:
    """Two assets whose names are one on some disks are two files."""
    picture = Asset(base64=PIXEL, media_type="image/png")
    stem = Html(html="<p><img src='asset:dot' alt=''/><img src='asset:DOT' alt=''/></p>")
    made = Written([Information(id="q", stem=stem)], Context(assets=AssetStore({"dot": picture, "DOT": picture})))
    assert made.zip.namelist()[:2] == ["media/dot.png", "media/DOT-2.png"]


def test_characters_that_xml_cannot_hold() -> None:
    """Control characters are taken out and that is reported, wherever they stand."""
    question = SingleChoice(
        id="q",
        stem="a\x00b",
        title="t\x01",
        choices=(Choice(id="a", text="x\ud800"), TWO[1]),
        answer="a",
        tags=("\x02t",),
    )
    made = Written([question])
    assert made.item().findtext("itemBody/p") == "ab"
    assert made.item().get("title") == "t"
    assert made.found == [("X305", "")]
