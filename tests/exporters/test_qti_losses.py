"""What QTI changes is reported at its place; what its metadata can keep comes back."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from artefacts import artefact
from round_trip import exported

from qbank import reading
from qbank.export import Context
from qbank.model import (
    Accepted,
    Bank,
    Choice,
    Cloze,
    Essay,
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
)

VERSIONS = ("qti21", "qti22", "qti30")
AB = (Choice(id="A", text="a"), Choice(id="B", text="b"))
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="


def found(version: str, question: Question, header: Header | None = None, **order: Any) -> list[tuple[str, str]]:
    """Codes and pointers of all findings about a question that was written and read back."""
    bank = Bank(header=header or Header(qbank=1), questions=(question,))
    return [(d.code, d.pointer) for d in exported(version, bank, **order).report]


def right(name: str, **more: Any) -> TrueFalse:
    """A statement that is true."""
    return TrueFalse(id=name, stem=f"stem of {name}", answer=True, **more)


def written(version: str, *questions: Question, header: Header | None = None) -> tuple[bytes, Context]:
    """A package, and what was lost."""
    ctx = Context(header=header or Header(qbank=1), drafts=True)
    if header is not None:
        from qbank.assets import AssetStore

        ctx.assets = AssetStore(header.assets)
    return artefact(version, questions, ctx)


def read(version: str, data: bytes) -> tuple[list[Question], reading.Context]:
    """The questions of a package."""
    ctx = reading.Context()
    return list(reading.get(version).read(reading.Document("p.zip", data), ctx)), ctx


GROUPS = (
    {"id": "g.1.2", "questions": (right("a.1"), right("b"))},
    {
        "tags": ("t",),
        "category": ("c", "d"),
        "difficulty": 3,
        "language": "en",
        "questions": (right("a", tags=("x",)), right("b", difficulty=2, language="zh"), right("c", category=("e",))),
    },
    {"questions": (right("a", tags=("x",)), right("b", tags=("x",)))},
    {"difficulty": 2, "questions": (right("a", difficulty=2),)},
    {"tags": ("t",), "questions": (right("a", tags=("x",)), right("b", tags=("x",)))},
    {"language": "fr", "questions": (right("a", language="de"), right("b", language="de"))},
    {"questions": (right("a", language="de"), right("b", language="de"))},
)


@pytest.mark.parametrize("fields", GROUPS, ids=str)
@pytest.mark.parametrize("language", [None, "en"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_group_says_itself_comes_back(version: str, language: str | None, fields: dict[str, Any]) -> None:
    """The id, tags, category, difficulty and language of a group are told from those of its questions."""
    group = Group(**{"id": "g", "stem": "material"} | fields)
    losses = found(version, group, Header(qbank=1, language=language))
    assert [(code, pointer) for code, pointer in losses if code != "X303"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_penalty_of_nothing(version: str) -> None:
    """QTI takes nothing off and cannot say that the bank says so too."""
    assert found(version, right("q", penalty=Fraction(0))) == [("X207", "/penalty")]
    assert found(version, right("q", penalty=Fraction(1, 3))) == [("X208", "/penalty")]


KEYLESS: tuple[tuple[Question, list[str]], ...] = (
    (MultipleChoice(id="q", stem="s", choices=AB), []),
    (MultipleChoice(id="q", stem="s", choices=AB, scoring="balanced"), ["/scoring"]),
    (
        Matching(
            id="q",
            stem="s",
            prompts=(Prompt(id="1", text="p"), Prompt(id="2", text="r")),
            choices=AB,
            scoring="all_or_nothing",
        ),
        ["/scoring"],
    ),
    (
        Ordering(id="q", stem="s", items=tuple(Item(id=i, text=i) for i in "abc"), scoring="each_position"),
        ["/scoring"],
    ),
    (ShortAnswer(id="q", stem="s", case_sensitive=True), ["/case_sensitive"]),
    (
        Cloze(
            id="q",
            stem=Html(html='<p>a <blank id="b"/> <blank id="c"/></p>'),
            blanks=(
                TextBlank(id="b", share=2, case_sensitive=True),
                TextBlank(id="c", answer=(Accepted(text="y*", feedback="f"),), wildcard=True),
            ),
        ),
        ["/blanks/0/share", "/blanks/0/case_sensitive", "/blanks/1/share", "/blanks/1/answer", "/blanks/1/wildcard"],
    ),
)


@pytest.mark.parametrize(("question", "pointers"), KEYLESS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_goes_with_the_key(version: str, question: Question, pointers: list[str]) -> None:
    """How a question without an answer would be marked is not written, and that is said of each part."""
    losses = found(version, question, unanswered="ungraded")
    assert losses == [("X306", "/answer"), *(("X306", pointer) for pointer in pointers)]


@pytest.mark.parametrize("version", VERSIONS)
def test_feedback_of_a_shuffled_matching_choice(version: str) -> None:
    """The loss at one choice explains the list, which has no order of its own; it explains no other part."""
    prompts = (Prompt(id="1", text="p"), Prompt(id="2", text="r"))
    choices = (Choice(id="A", text="z"), Choice(id="B", text="b", feedback="fb"))
    question = Matching(id="q", stem="s", prompts=prompts, choices=choices, answer={"1": "A", "2": "B"})
    assert found(version, question) == [("X201", "/choices/1/feedback")]


ODD = Fraction(1, 7) + Fraction(1, 1000003)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (right("q", points=Fraction(1, 3)), []),
        (right("q", points=ODD), [("X301", "/points")]),
        (Numeric(id="q", stem="s", answer=(NumericAnswer(value=Fraction("0.125")),)), []),
        (Numeric(id="q", stem="s", answer=(NumericAnswer(value=Fraction(1, 3)),)), [("X307", "/answer/0")]),
        (
            ShortAnswer(id="q", stem="s", answer=(Accepted(text="a"), Accepted(text="b", weight=ODD))),
            [("X301", "/answer/1/weight")],
        ),
        (
            SingleChoice(
                id="q",
                stem="s",
                choices=(Choice(id="A", text="a", weight=Fraction(1)), Choice(id="B", text="b", weight=ODD)),
                answer="A",
                scoring="weighted",
            ),
            [("X301", "/choices/1/weight")],
        ),
    ],
    ids=str,
)
def test_numbers_without_a_short_decimal(question: Question, expected: list[tuple[str, str]]) -> None:
    """What twelve places cannot say, and a reader would not find again, is reported."""
    assert found("qti21", question) == expected


@pytest.mark.parametrize("lines", [None, 3, 8, 20])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_lines_of_an_essay(version: str, lines: int | None) -> None:
    """As many lines as are usual are told from none."""
    (essay,), _ = read(version, written(version, Essay(id="q", stem="s", style="short", lines=lines))[0])
    assert isinstance(essay, Essay)
    assert essay.lines == lines


def package(version: str, document: str) -> bytes:
    """A package with one item and a picture."""
    kind = {"qti21": "imsqti_item_xmlv2p1", "qti22": "imsqti_item_xmlv2p2", "qti30": "imsqti_item_xmlv3p0"}[version]
    sink = io.BytesIO()
    import base64

    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(
            "imsmanifest.xml",
            f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="M"><resources>'
            f'<resource identifier="R" type="{kind}" href="deep/one.xml"><file href="deep/one.xml"/></resource>'
            "</resources></manifest>",
        )
        archive.writestr("deep/one.xml", document)
        archive.writestr("deep/map.png", base64.b64decode(PIXEL))
    return sink.getvalue()


HOTSPOT = """<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="hot" title="Hot" adaptive="false" timeDependent="false">
<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier"/>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody><p>Where is it?</p><hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1">
<object type="image/png" data="map.png" width="4" height="4"/><hotspotChoice identifier="A" shape="circle" coords="1,1,1"/>
</hotspotInteraction></itemBody></assessmentItem>
"""
HOTSPOT3 = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="hot" title="Hot">
<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier"/>
<qti-item-body><p>Where?</p><qti-hotspot-interaction response-identifier="RESPONSE" max-choices="1">
<img src="map.png" alt="" width="4" height="4"/><qti-hotspot-choice identifier="A" shape="circle" coords="1,1,1"/>
</qti-hotspot-interaction></qti-item-body></qti-assessment-item>
"""


@pytest.mark.parametrize(
    ("version", "document"),
    [("qti21", HOTSPOT), ("qti22", HOTSPOT.replace("v2p1", "v2p2")), ("qti30", HOTSPOT3)],
    ids=VERSIONS,
)
def test_a_kept_draft_is_given_back(version: str, document: str) -> None:
    """An interaction that the bank does not have leaves as it came, with its picture, and can be read again."""
    (draft,), ctx = read(version, package(version, document))
    assert (draft.status, type(draft)) == ("draft", Information)
    header = Header(qbank=1, assets=ctx.assets)
    data, lost = written(version, draft, header=header)
    assert list(lost.report) == []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        item = archive.read("items/hot.xml").decode()
        assert "../media/map.png" in item
        assert archive.read("media/map.png")
        assert 'href="media/map.png"' in archive.read("imsmanifest.xml").decode()
    (again,), more = read(version, data)
    assert (again.id, again.stem, again.status) == (draft.id, draft.stem, "draft")
    assert "hotspotInteraction" in str(again.extensions) or "hotspot-interaction" in str(again.extensions)
    assert {a.base64 for a in more.assets.values()} == {a.base64 for a in ctx.assets.values()} == {PIXEL}
    assert found(version, draft, header, drafts=True) == []


def draft(xml: object, name: str = "qti21", **more: Any) -> Information:
    """A draft that keeps something for a version."""
    return Information(id="d", stem="s", status="draft", extensions={name: {"xml": xml, **more}})


@pytest.mark.parametrize(
    "question",
    [
        draft("no XML"),
        draft(1),
        draft("<assessmentItem/>"),
        draft(HOTSPOT.replace("v2p1", "v2p2")),
        draft('<!DOCTYPE a [<!ENTITY b "c">]>' + HOTSPOT.partition("\n")[2]),
        draft(HOTSPOT.replace("assessmentItem", "assessmentTest")),
        draft(HOTSPOT, name="qti22"),
        draft(HOTSPOT3, name="qti30"),
    ],
)
def test_what_is_kept_must_be_an_item_of_the_version(question: Question) -> None:
    """What is hostile, damaged or of another version is left out, and the package is whole without it."""
    data, ctx = written("qti21", question, right("after"))
    assert [(d.code, d.question, d.pointer) for d in ctx.report] == [("X104", "d", "")]
    assert [q.id for q in read("qti21", data)[0]] == ["after"]


def test_files_that_were_not_kept() -> None:
    """A picture that the draft names and nobody has is reported."""
    _, ctx = written("qti21", draft(HOTSPOT, files={"map.png": "gone"}))
    assert [(d.code, d.pointer) for d in ctx.report] == [("X203", "/extensions/qti21/xml")]


def test_a_draft_made_ready_is_what_the_bank_says() -> None:
    """Whoever sets it to ready has looked at it: the bank's words are written, not the old item."""
    ready = msgspec.structs.replace(draft(HOTSPOT), status="ready", stem="New words")
    data, _ = written("qti21", ready)
    assert [q.stem for q in read("qti21", data)[0]] == ["New words"]


def test_the_usual_penalty_is_nothing_said() -> None:
    """A penalty that Moodle has anyway reads back as none without a fault; another one does not."""
    bank = Bank(header=Header(qbank=1), questions=(right("q", penalty=Fraction(1)),))
    assert [d.code for d in exported("moodle-xml", bank).report] == []
