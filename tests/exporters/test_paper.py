"""The printed paper: everything a student needs, nothing that tells an answer, and the numbers of its key."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from artefacts import artefact
from lxml import etree

from qbank import bankfile, export, model
from qbank.assets import AssetStore
from qbank.diagnostics import QbankError

BANK = Path(__file__).parents[1] / "bank" / "all.json"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ONE = Fraction(1)


def written(
    name: str,
    questions: Iterable[model.Question],
    header: model.Header | None = None,
    folder: Path | None = None,
    templates: str | None = None,
    **options: str,
) -> tuple[bytes, export.Context]:
    """What an exporter makes of some questions, and the context with its losses."""
    header = header or model.Header(qbank=1, title="Test", language="en")
    ctx = export.Context(header=header, assets=AssetStore(header.assets, folder), options=options, templates=templates)
    return artefact(name, questions, ctx)


def parts(data: bytes) -> dict[str, bytes]:
    """The members of a Word file."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def lines(data: bytes) -> list[str]:
    """The paragraphs of a Word file as text, tabs kept."""
    body = etree.fromstring(parts(data)["word/document.xml"])
    found = []
    for paragraph in body.iter(f"{W}p"):
        text = "".join(
            node.text or ""
            if node.tag == f"{W}t"
            else "\t"
            if node.tag == f"{W}tab" and node.getparent().tag == f"{W}r"
            else ""
            for node in paragraph.iter(f"{W}t", f"{W}tab")
        )
        found.append(text)
    return found


def sample() -> tuple[list[model.Question], model.Header, Path | None]:
    """The sample bank."""
    reader = bankfile.open_bank(BANK)
    return list(reader.questions()), reader.header, reader.folder


def single(name: str, *texts: str, **more: Any) -> model.SingleChoice:
    """A question with choices, the first of which is right."""
    choices = tuple(model.Choice(id=f"c{i}", text=text) for i, text in enumerate(texts))
    return model.SingleChoice(id=name, stem=f"Stem {name}?", choices=choices, answer="c0", **more)


def test_the_word_file_is_well_made() -> None:
    """Every part is named in the content types, every relation leads to a part, every picture is there."""
    questions, header, folder = sample()
    found = parts(written("paper-docx", questions, header, folder)[0])
    types = found["[Content_Types].xml"].decode()
    relations = found["word/_rels/document.xml.rels"].decode()
    for target in re.findall(r'Target="([^"]+)"', relations):
        assert f"word/{target}" in found
    for name in found:
        assert name.startswith(("_rels", "[")) or f"/{name}" in types or Path(name).suffix in (".rels", ".png")
    used = set(re.findall(rb'r:(?:embed|id)="([^"]+)"', found["word/document.xml"]))
    assert {name.decode() for name in used} <= set(re.findall(r'Id="([^"]+)"', relations))
    assert sum(name.startswith("word/media/") for name in found) == 2


def test_what_a_question_looks_like() -> None:
    """Its number, its points where they differ, choices side by side when short and below each other when long."""
    long = "a choice of so many words that it needs a line of its own on any paper that one could think of here"
    data, _ = written("paper-docx", [single("a", "x", "y", "z", "u"), single("b", long, long, points=Fraction(2))])
    found = lines(data)
    assert "1.\tStem a? (1 point)" in found
    assert "A. x\tB. y\tC. z\tD. u" in found
    assert "2.\tStem b? (2 points)" in found
    assert f"B.\t{long}" in found


def test_points_are_said_once_where_they_are_the_same() -> None:
    """By the heading of the section."""
    found = lines(written("paper-docx", [single("a", "x", "y"), single("b", "x", "y")])[0])
    assert "Part 1. Single choice (2 questions, 1 point each, 2 points)" in found
    assert "1.\tStem a?" in found


def test_chinese_papers() -> None:
    """Chinese words, brackets to write a letter in where the stem has none, Chinese fonts."""
    header = model.Header(qbank=1, title="期末试卷", language="zh-CN")
    questions: list[model.Question] = [
        single("a", "甲", "乙"),
        model.SingleChoice(
            id="b",
            stem="首都是（  ）。",
            choices=(model.Choice(id="A", text="北京"), model.Choice(id="B", text="上海")),
        ),
        model.TrueFalse(id="c", stem="水往低处流。", answer=True),
    ]
    data, _ = written("paper-docx", questions, header)
    found = lines(data)
    assert "班级：______________　姓名：______________　学号：______________　得分：______________" in found
    assert "1.\tStem a?（\u00a0\u00a0\u00a0\u00a0）" in found
    assert "2.\t首都是（  ）。" in found
    assert "1.\t水往低处流。（\u00a0\u00a0\u00a0\u00a0）" in found
    assert "宋体" in parts(data)["word/styles.xml"].decode()
    assert found[found.index("题号") :][:4] == ["题号", "一", "二", "总分"]


def test_every_kind_has_room_for_its_answer() -> None:
    """Lines below essays as many as asked, lines for words and numbers with their unit, gaps, two columns to match."""
    questions: list[model.Question] = [
        model.Essay(id="e", stem="Why?", answer="secret", lines=5),
        model.Numeric(
            id="n", stem="How long?", answer=(model.NumericAnswer(value=ONE),), units=(model.Unit(name="m"),)
        ),
        model.Cloze(
            id="c",
            stem=model.Html(html='<p>Water is <blank id="x"/> and <blank id="y"/>.</p>'),
            blanks=(
                model.TextBlank(id="x", answer=(model.Accepted(text="secret"),)),
                model.ChoiceBlank(
                    id="y", choices=(model.Choice(id="A", text="wet"), model.Choice(id="B", text="dry")), answer="A"
                ),
            ),
        ),
        model.Matching(
            id="m",
            stem="Match.",
            prompts=(model.Prompt(id="p", text="left"),),
            choices=(model.Choice(id="A", text="right"), model.Choice(id="B", text="other")),
            answer={"p": "A"},
        ),
    ]
    data, _ = written("paper-docx", questions, sections="none")
    found = lines(data)
    document = parts(data)["word/document.xml"]
    assert document.count(b"<w:pBdr>") == 5
    assert "Answer: ____________________ m" in found
    assert "3.\tWater is (1)________ and (2)________. (1 point)" in found
    assert "(2) A. wet\tB. dry" in found
    assert "1.\tleft" in found
    assert "A.\tright" in found
    assert b"secret" not in document
    assert b"<w:pBdr>" not in parts(written("paper-docx", questions, lines="no")[0])["word/document.xml"]


@pytest.mark.parametrize("name", ["paper-docx", "paper-html"])
def test_nothing_tells_an_answer(name: str) -> None:
    """Neither answers nor feedback, hints, tags or sources are in the file, unless the key was asked for."""
    question = single(
        "a",
        "x",
        "y",
        feedback=model.Feedback(general="secret 1", correct="secret 2"),
        hints=("secret 3",),
        tags=("secret 4",),
        source=model.Source(document="secret 5", text="secret 6"),
    )
    essay = model.Essay(id="e", stem="Why?", answer="secret 7")
    data, _ = written(name, [question, essay])
    text = data if name == "paper-html" else b"".join(parts(data).values())
    assert b"secret" not in text
    keyed, _ = written(name, [question, essay], key="yes")
    assert b"secret 7" in (keyed if name == "paper-html" else b"".join(parts(keyed).values()))


@pytest.mark.parametrize("name", ["paper-docx", "paper-html"])
def test_the_same_versions_as_the_key(name: str) -> None:
    """In each version the letter that the key names for a question is that of the right choice on the paper."""
    questions = [single(f"q{i}", f"right {i}", *(f"wrong {k}" for k in range(4)), shuffle=True) for i in range(12)]
    options = {"versions": "3", "seed": "9"}
    data, _ = written(name, questions, **options)
    book = openpyxl.load_workbook(io.BytesIO(written("answer-key", questions, layout="rows", **options)[0]))
    text = (
        "\n".join(lines(data)) if name == "paper-docx" else re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", data.decode()))
    )
    papers = re.split(r"Test\sVersion [ABC]", text)[1:]
    assert len(papers) == 3
    orders = set()
    for paper, sheet in zip(papers, book.worksheets, strict=True):
        order = re.findall(r"Stem (q\d+)\?", paper)
        keyed = [(row[6], row[3]) for row in sheet.iter_rows(min_row=4, values_only=True) if row[6]]
        assert order == [name for name, _ in keyed]
        orders.add(tuple(order))
        for found, letter in keyed:
            own = paper[paper.index(f"Stem {found}?") :]
            shown = re.search(rf"{letter}\.\s+(\w+ \d+)", own)
            assert shown is not None
            assert shown[1] == f"right {found[1:]}"  # type: ignore[index]
    assert len(orders) == 3


def test_one_version_alone() -> None:
    """`version` writes the one that is in the file of all."""
    questions = [single(f"q{i}", *"abcdef", shuffle=True) for i in range(6)]
    whole = lines(written("paper-docx", questions, versions="2", seed="1")[0])
    alone = lines(written("paper-docx", questions, versions="2", seed="1", version="B")[0])
    start = whole.index("Test　Version B")
    assert whole[start:] == alone


def test_page_sizes() -> None:
    """A4 unless letter is asked for."""
    a4 = parts(written("paper-docx", [single("a", "x", "y")])[0])["word/document.xml"]
    letter = parts(written("paper-docx", [single("a", "x", "y")], page="letter")[0])["word/document.xml"]
    assert b'w:w="11906" w:h="16838"' in a4
    assert b'w:w="12240" w:h="15840"' in letter
    assert b"size: letter" in written("paper-html", [single("a", "x", "y")], page="letter")[0]


def test_rich_text_stays_rich() -> None:
    """Scripts, bold, code, lists, tables and formulas are Word's own."""
    html = (
        "<p>H<sub>2</sub>O <strong>b</strong> <tex>\\frac{1}{2}</tex></p><ol><li>one</li><li>two</li></ol>"
        '<table><tbody><tr><th>h</th><td colspan="2">c</td></tr><tr><td>1</td><td>2</td><td>3</td></tr></tbody></table>'
        "<pre>x = 1\n  y</pre>"
    )
    data, ctx = written("paper-docx", [model.Essay(id="e", stem=model.Html(html=html))])
    document = parts(data)["word/document.xml"].decode()
    for mark in ('w:val="subscript"', "<w:b/>", "<m:f>", 'w:val="2"', "Courier New"):
        assert mark in document
    assert "2.\ttwo" in lines(data)
    assert not list(ctx.report)


def test_what_cannot_be_printed_is_reported_once() -> None:
    """A sound, a picture that is not there, one that Word cannot show, and TeX that is none: each one loss."""
    svg = model.Asset(base64="PHN2Zy8+", media_type="image/svg+xml")
    header = model.Header(
        qbank=1, title="T", assets={"a.svg": svg, "b.wav": model.Asset(base64="AAAA", media_type="audio/wav")}
    )
    html = model.Html(
        html='<p><img src="asset:a.svg" alt="s"/><img src="asset:no.png" alt="n"/><audio src="asset:b.wav"/><tex>\\nonsense{</tex></p>'
    )
    question = model.Essay(id="e", stem=html)
    _, ctx = written("paper-docx", [question], header, versions="3")
    assert [(d.code, d.pointer) for d in ctx.report] == [("X203", "/stem")] * 3 + [("X304", "/stem")]
    data, page = written("paper-html", [question], header)
    assert [d.code for d in page.report] == ["X203", "X203", "X304"]
    assert b"data:image/svg+xml;base64,PHN2Zy8+" in data


def test_texts_are_never_markup() -> None:
    """What looks like markup in a bank is text on the page, and characters XML cannot hold do no harm."""
    question = single("a", "<script>x</script>", "{{ 7*7 }}", title="t")
    header = model.Header(qbank=1, title="<b>T</b> & {% if %}", language="en")
    page = written("paper-html", [question], header)[0].decode()
    assert "<script>" not in page
    assert "<b>T</b>" not in page
    assert "{{ 7*7 }}" in page
    data, _ = written("paper-docx", [question], header)
    assert "A. <script>x</script>\tB. {{ 7*7 }}" in lines(data)


def test_the_user_s_own_template(tmp_path: Path) -> None:
    """A template of the same name takes the place of ours; a broken one is an error with its line."""
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "page.j2").write_text("{{ papers[0].title }}: {{ papers[0].parts[0].questions | length }}", "utf-8")
    assert written("paper-html", [single("a", "x", "y")], templates=str(tmp_path))[0] == b"Test: 1"
    broken = tmp_path / "broken" / "paper"
    broken.mkdir(parents=True)
    (broken / "page.j2").write_text("{{ nonsense }}", "utf-8")
    with pytest.raises(QbankError, match="nonsense"):
        written("paper-html", [single("a", "x", "y")], templates=str(broken.parent))


def test_a_draft_is_reported() -> None:
    """It is printed, because the key counts it, and somebody should look at it."""
    draft = single("a", "x", "y", status="draft")
    data, ctx = written("paper-docx", [draft])
    assert "1.\tStem a?" in lines(data)
    assert [d.code for d in ctx.report] == ["X320"]


def test_information_stands_before_its_question() -> None:
    """In every version, with the question it stood above; what comes after the last one stays at the end."""
    questions: list[model.Question] = [
        single("a", "x", "y"),
        model.Information(id="i", stem="Read this."),
        single("b", "x", "y"),
        model.Information(id="z", stem="The end."),
    ]
    for seed in "123456":
        found = [line for line in lines(written("paper-docx", questions, seed=seed)[0]) if line]
        place = found.index("Read this.")
        assert found[place + 1].endswith("Stem b?")
        assert found[-1] == "The end."


@pytest.mark.parametrize(
    "options", [{"page": "a5"}, {"key": "maybe"}, {"lines": "x"}, {"sections": "x"}, {"versions": "x"}]
)
def test_an_unknown_option_value_is_refused(options: dict[str, str]) -> None:
    """With the name of the option."""
    with pytest.raises(QbankError, match="option"):
        written("paper-docx", [single("a", "x", "y")], **options)


def test_no_question_at_all() -> None:
    """An empty bank gives a paper with a title."""
    assert "Test" in lines(written("paper-docx", [])[0])
    assert b"Test" in written("paper-html", [])[0]
