"""Little that asks for much: documents of a few kilobytes whose reading once took minutes, or all the memory."""

from __future__ import annotations

import base64
import io
import time
import zipfile
from collections.abc import Callable
from importlib.util import find_spec

import pytest
from lxml import etree

from qbank import joining, reading, richtext
from qbank.diagnostics import QbankError
from qbank.formats import qti12 as qti12_names
from qbank.formats import unpack
from qbank.formats.wordlists import numbering
from qbank.model import Asset, Question
from qbank.readers import apart, extract, xlsx
from qbank.readers.album import Album
from qbank.readers.paper.view import kept, narrow, narrowed
from qbank.readers.platforms import grid
from qbank.readers.qti.declarations import Declarations
from qbank.readers.qti.processing import UNKNOWN, Machine

SECONDS = 10
"""Of a processor: far more than any of these takes, and far less than each once took."""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
OFFICE = "http://schemas.openxmlformats.org"
WORD = (
    f'xmlns:w="{OFFICE}/wordprocessingml/2006/main" xmlns:r="{OFFICE}/officeDocument/2006/relationships" '
    f'xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:m="{OFFICE}/officeDocument/2006/math"'
)
ASKED = "".join(
    f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in ("1. Which?", "A. one", "B. two", "C. three", "Answer: A")
)


def read(name: str, data: bytes | str, suffix: str = ".txt") -> tuple[list[Question], reading.Context]:
    """The questions of a document, and what is said of it; the time it takes is limited."""
    written = data.encode() if isinstance(data, str) else data
    ctx = reading.Context()
    began = time.process_time()
    found = list(reading.get(name).read(reading.Document(f"x{suffix}", written, "/nowhere"), ctx))
    assert time.process_time() - began < SECONDS
    return found, ctx


def packed(members: dict[str, str | bytes]) -> bytes:
    """An archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return sink.getvalue()


def word(body: str, parts: dict[str, str | bytes] | None = None, links: str = "") -> bytes:
    """A Word document."""
    relations = f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{links}</Relationships>'
    document = f"<w:document {WORD}><w:body>{ASKED}{body}</w:body></w:document>"
    return packed({"word/document.xml": document, "word/_rels/document.xml.rels": relations, **(parts or {})})


# texts


@pytest.mark.parametrize(
    "piece",
    ["\n", " \n", "=", "(1) ", r"\(a\) ", "[a](b) ", "____ ", "案例一\n", "根据以下材料，回答第1-2题。\n1. a\n2. b\n"],
)
def test_a_paper_of_one_thing_over_and_over(piece: str) -> None:
    """Blank lines, one character, brackets, headings and tasks by the thousand behind an honest question."""
    head = "一、单选题\n1. 问题（ ）\nA. x\nB. y\n答案：A\n2. "
    read("paper", head + piece * (60_000 // len(piece)))


def test_long_rows_of_blanks_are_read_as_short_ones() -> None:
    """Little is left of the middle of blanks, a line end where there were any; every character keeps its place."""
    text = "1. a" + " " * 500 + "\n" * 5000 + " " * 500 + "\tb" + "\n" * 3 + "c"
    view = narrowed(kept(text, []))
    assert len(view.text) < 300
    assert "\n" in view.text[:250]
    assert view.text.endswith("\tb\n\n\nc")
    assert [text[view.origin(i)] for i in (0, 3, len(view.text) - 1)] == ["1", "a", "c"]
    assert narrow("a b\n\nc", 0, 6) == [(0, 6)]


def test_what_is_no_paper_is_refused_by_its_length() -> None:
    """The readers of pages, Word documents and PDF files write so much text and no more."""
    out = extract.Writer("x.html")
    for _ in range(4):
        out.write("a b " * 300_000)
    with pytest.raises(QbankError, match=r"^x\.html: more than 5 million characters"):
        out.write("a b " * 300_000)
    with pytest.raises(QbankError, match=r"^x\.txt: more than 5 million characters"):
        read("paper", "a b\n" * 1_250_001)


@pytest.mark.parametrize(
    "head", [b"<?a?>" * 5000 + b"<POO", b"<!--a-->" * 2000 + b"x<questestinterop>", b"<!--a-->" * 3000, b" " * 20_000]
)
def test_a_file_that_begins_with_nothing_but_instructions(head: bytes) -> None:
    """Every reader looks at the beginning of every file once, not once for each way to cut it up."""
    began = time.process_time()
    for name in reading.names():
        reading.get(name).sniff(reading.Document("x.xml", head))
    assert time.process_time() - began < SECONDS


# XML and HTML


def moodle(stem: str, more: str = "", kind: str = "essay") -> str:
    """A file of one question."""
    text = f'<questiontext format="html"><text>{stem}</text>{more}</questiontext>'
    return f'<quiz><question type="{kind}">{text}</question></quiz>'


@pytest.mark.parametrize(
    "stem",
    [
        "<?" + "<!-- " * 200_000 + "?>&nope;",
        "<?" + "<![CDATA[ " * 100_000 + "?>&nope;",
        "<\x01!-- " * 100_000 + "&nope;",
        "&#" + "9" * 5000 + ";",
        "&lt;p " + " ".join(f"a{i}=1" for i in range(100_000)) + "&gt;x",
        r"\(" + "&lt;" + "a" * 60_000 + r"\)",
        "&lt;p&gt;" * 300_000,
    ],
    ids=["comments", "character data", "comments once cleaned", "a reference", "attributes", "a formula", "tags"],
)
def test_moodle_texts(stem: str) -> None:
    """What has to be put right, or cut up, before it is a text."""
    found, ctx = read("moodle-xml", moodle(stem), ".xml")
    assert len(found) == 1 or [d.code for d in ctx.report] == ["R042"]


def test_ten_thousand_gaps() -> None:
    """A text of many gaps is gone through once."""
    found, _ = read("moodle-xml", moodle("{1:SA:=a} " * 10_000, kind="cloze"), ".xml")
    assert len(getattr(found[0], "blanks", ())) == 10_000


def test_of_a_text_of_too_many_tags_the_words_are_read() -> None:
    """The words of a text stay, its gaps too, when its markup is more than any text has."""
    found, ctx = read("moodle-xml", moodle("{1:SA:=a} " + "&lt;b&gt;x&lt;/b&gt; " * 60_000, kind="cloze"), ".xml")
    stem = richtext.plain(found[0].stem)
    assert stem.count("x") == 60_000
    assert len(getattr(found[0], "blanks", ())) == 1
    assert any("more tags than a text can have" in d.message for d in ctx.report)


def test_a_tag_of_thousands_of_attributes_loses_them() -> None:
    """A picture's data may be long; attributes may not be many, for a parser compares each with all others."""
    picture = f'<img alt="" src="data:image/png;base64,{"A" * 20_000}"/>'
    many = "<p " + " ".join(f"a{i}=1" for i in range(5000)) + ">x</p>"
    assert richtext.without_long_tags(picture + many) == picture + "<p>x</p>"
    read("html", f"<html><body><p {' '.join(f'a{i}=1' for i in range(100_000))}>1. x</p></body></html>", ".html")
    read("html", "<html><body>" + "<script>" * 50_000 + "<div>" * 50_000, ".html")


def test_a_tree_of_millions_of_elements_is_not_built() -> None:
    """An element takes many times the memory of its tag."""
    for name, data in (
        ("docx", packed({"word/document.xml": b"<a>" + b"<b/>" * 6_000_001})),
        ("qti21", b"<assessmentItem>" + b'<b c=""/>' * 2_100_000),
        ("moodle-xml", b'<quiz><question type="essay">' + b"<b/>" * 6_000_001 + b"</question></quiz>"),
    ):
        with pytest.raises(QbankError, match="millions of elements"):
            read(name, data, ".xml")
    with pytest.raises(QbankError, match=r"^x: has millions"):
        unpack.check_nodes(b"<" * 6_000_001, "x")
    unpack.check_nodes(b"<" * 6_000_000, "x")


# Word documents


def test_a_part_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes and pictures are read once, however often a document refers to them."""
    asked: list[str] = []
    original = unpack.Archive.read

    def counted(self: unpack.Archive, member: str, limit: int = unpack.MAX_XML) -> bytes:
        asked.append(member)
        return original(self, member, limit)

    monkeypatch.setattr(unpack.Archive, "read", counted)
    show = '<w:r><w:drawing><a:blip r:embed="{}"/></w:drawing></w:r>'
    link = '<Relationship Id="{0}" Type="image" Target="media/{0}.png"/>'
    note = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    notes = "".join(
        f'<w:footnote w:id="{i}"><w:p><w:r><w:t>n</w:t></w:r></w:p></w:footnote>' for i in range(5000, 0, -1)
    )
    data = word(
        f"<w:p>{(show.format('r1') + show.format('r2') + note) * 500}</w:p>",
        {
            "word/media/r1.png": PNG,
            "word/media/r2.png": bytes(1_000_000),
            "word/footnotes.xml": f"<w:footnotes {WORD}>{notes}</w:footnotes>",
        },
        link.format("r1") + link.format("r2"),
    )
    _, ctx = read("docx", data, ".docx")
    assert sorted(name for name in asked if "media" in name or "notes" in name) == [
        "word/footnotes.xml",
        "word/media/r1.png",
        "word/media/r2.png",
    ]
    assert any("500 pictures" in d.message for d in ctx.report if d.code == "R030")


def test_word_documents() -> None:
    """Formulas, fields, styles and lists that are many, deep or endless."""
    formula = "<m:oMathPara><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></m:oMathPara>"
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    equation = "<w:r><w:instrText>EQ " + "\\f(" * 3000 + "1,2" + ")" * 3000 + "</w:instrText></w:r>"
    chain = "".join(
        f'<w:style w:styleId="s{i}"><w:basedOn w:val="s{i + 1}"/><w:rPr><w:b/></w:rPr></w:style>' for i in range(5000)
    )
    listed = '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr></w:pPr></w:p>'
    lists = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        f'<w:lvlText w:val="{"%1" * 50_000}"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    parts: dict[str, str | bytes] = {
        "word/styles.xml": f"<w:styles {WORD}>{chain}</w:styles>",
        "word/numbering.xml": f"<w:numbering {WORD}>{lists}</w:numbering>",
    }
    for body in (
        f"<w:p>{formula * 10_000}</w:p>",
        f"<w:p>{(begin + '<w:r><w:t>x</w:t></w:r>') * 10_000}</w:p>",
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{equation}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>',
        listed.format("0") * 500,
        listed.format("9" * 5000),
        listed.format("²"),
    ):
        found, _ = read("docx", word(body, parts), ".docx")
        assert found


def test_a_style_has_what_its_whole_lineage_says() -> None:
    """A chain of styles is gone up once, a circle of them too, and what stands far up it counts."""
    chain = "".join(f'<w:style w:styleId="s{i}"><w:basedOn w:val="s{i + 1}"/></w:style>' for i in range(30))
    top = '<w:style w:styleId="s30"><w:basedOn w:val="s29"/><w:rPr><w:vanish/></w:rPr></w:style>'
    run = '<w:p><w:r><w:rPr><w:rStyle w:val="s0"/></w:rPr><w:t>unseen</w:t></w:r></w:p>'
    parts: dict[str, str | bytes] = {"word/styles.xml": f"<w:styles {WORD}>{chain}{top}</w:styles>"}
    _, ctx = read("docx", word(run, parts), ".docx")
    assert any("unseen" in d.message for d in ctx.report if d.code == "R032")


def test_lists_have_nine_levels() -> None:
    """Levels and labels beyond those of Word are not kept for every list of a document."""
    levels = "".join(f'<w:lvl w:ilvl="{i}"><w:lvlText w:val="{"x" * 1000}"/></w:lvl>' for i in range(2000))
    root = etree.fromstring(
        f'<w:numbering {WORD}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    found = numbering(root).levels["1"]
    assert sorted(found) == list(range(9))
    assert {len(level.text) for level in found.values()} == {255}


# workbooks


def workbook(rows: str, shared: str = "", behind: str = "") -> bytes:
    """A workbook of one sheet."""
    main = f"{OFFICE}/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relation = f"{OFFICE}/officeDocument/2006/relationships"
    packages = f'xmlns="{OFFICE}/package/2006/relationships"'
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{OFFICE}/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships {packages}><Relationship Id="r" Type="{relation}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>'
            '<sheet name="题库" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships {packages}><Relationship Id="r1" '
            f'Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/sharedStrings.xml": f'<sst xmlns="{main}">{shared}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{HEAD}{rows}</sheetData>{behind}</worksheet>',
        }
    )


HEAD = (
    "<row>"
    + "".join(f'<c t="inlineStr"><is><t>{t}</t></is></c>' for t in ("题干", "题型", "A", "B", "答案"))
    + "</row>"
)


def _in_every_row(cell: str, count: int) -> str:
    return "".join(f'<row r="{i}">{cell.replace("#", str(i))}</row>' for i in range(2, count))


@pytest.mark.parametrize("name", ["xlsx", "sheet"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: workbook(_in_every_row('<c r="XFD#"/>', 30_000)),
        lambda: workbook(_in_every_row('<c t="s"><v>0</v></c>', 500), "<si><t>" + "x" * 1_000_000 + "</t></si>"),
        lambda: workbook("<a/>" * 1_000_000),
        lambda: workbook("<row>" + '<c r="A1"/>' * 1_000_000 + "</row>"),
        lambda: workbook("", "<si>" + "<r><t>x</t></r>" * 600_000 + "</si>"),
        lambda: workbook("", behind="<x>" + " " * 60_000_000 + "<y/>" * 1_000_000 + "</x>"),
    ],
    ids=["the last column", "a text in every row", "tags", "cells of a row", "runs", "behind the rows"],
)
def test_workbooks_that_claim_too_much(name: str, make: Callable[[], bytes]) -> None:
    """More cells, characters or tags than any sheet has are refused before they are held."""
    with pytest.raises(QbankError, match=r"more than any sheet does|millions of parts"):
        read(name, make(), ".xlsx")


def test_a_million_shared_texts_are_honest() -> None:
    """What many workbooks have is not taken for an attack."""
    found, _ = read("sheet", workbook("", "<si><t>x</t></si>" * 300_000), ".xlsx")
    assert found == []


def test_a_workbook_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets are gone through several times, and by several readers; their workbook is opened once."""
    opened: list[str] = []
    original = xlsx.opened

    def counted(document: reading.Document, *, calculated: bool = False) -> object:
        opened.append(document.name)
        return original(document, calculated=calculated)

    monkeypatch.setattr(xlsx, "opened", counted)
    document = reading.Document("x.xlsx", workbook(_in_every_row('<c t="inlineStr"><is><t>q</t></is></c>', 4)))
    sheets = grid.opened(document, reading.Context())
    for name in ("sheet", "kahoot", "quizizz"):
        reading.get(name).sniff(document)
    assert [len(list(sheets.grids[0].lines())) for _ in range(3)] == [3, 3, 3]
    assert len(opened) == 1


# QTI


NAMESPACE = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'
KEY = (
    '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
    "<correctResponse><value>A</value></correctResponse></responseDeclaration>"
)


def item(body: str, rules: str = "") -> str:
    """An item of QTI 2.1."""
    score = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
    return (
        f'<assessmentItem {NAMESPACE} identifier="i" title="t">{KEY}{score}<itemBody>{body}</itemBody>'
        f"<responseProcessing>{rules}</responseProcessing></assessmentItem>"
    )


def choices(count: int) -> str:
    """A choice among so many."""
    listed = "".join(f'<simpleChoice identifier="c{i}">x</simpleChoice>' for i in range(count))
    return (
        '<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1"><simpleChoice identifier="A">a</simpleChoice>'
        f"{listed}</choiceInteraction>"
    )


def test_an_item_of_more_parts_than_a_question_has() -> None:
    """It is kept as a draft: what marks an item is tried with each of its parts."""
    for body in (choices(20_000), choices(1) * 2000):
        found, ctx = read("qti21", item(body), ".xml")
        assert found[0].status == "draft"
        assert [d.code for d in ctx.report] == ["R040"]
    found, ctx = read("qti21", item(choices(1500)), ".xml")
    assert len(getattr(found[0], "choices", ())) == 1501


def test_numbers_that_double_are_not_computed() -> None:
    """A rule may square what it squared before; after a few hundred digits that is no score."""
    start = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">9</baseValue></setOutcomeValue>'
    square = '<variable identifier="SCORE"/>' * 2
    rules = start + f'<setOutcomeValue identifier="SCORE"><product>{square}</product></setOutcomeValue>' * 60
    machine = Machine(Declarations(), etree.fromstring(f"<responseProcessing>{rules}</responseProcessing>"))
    assert machine.run({})["SCORE"] is UNKNOWN
    assert next(iter(machine.trouble)) == "the size of a number"
    found, _ = read("qti21", item(choices(3), rules), ".xml")
    assert getattr(found[0], "answer", None) == "A"


def test_a_page_that_many_items_show() -> None:
    """It is read for each of them, until that is too much; the items are read all the same."""
    show = '<object data="p.html" type="text/html"/>'
    names = [f"i{n}.xml" for n in range(40)]
    resources = "".join(f'<resource identifier="{n}" type="imsqti_item_xmlv2p1" href="{n}"/>' for n in names)
    manifest = (
        f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{resources}</resources></manifest>'
    )
    page = f"<html><body><p>{'word ' * 300_000}</p></body></html>"
    found, ctx = read(
        "qti21",
        packed({"imsmanifest.xml": manifest, "p.html": page, **dict.fromkeys(names, item(show + choices(2)))}),
        ".zip",
    )
    assert len(found) == 40
    shown = [len(richtext.plain(question.stem)) > 1_000_000 for question in found]
    assert any(shown)
    assert not all(shown)
    assert "R044" in {d.code for d in ctx.report}


def test_qti12_conditions_times_fields() -> None:
    """Answers times conditions beyond reason: the item is kept as a draft."""
    fields = "".join(f'<response_str ident="r{i}"><render_fib/></response_str>' for i in range(1000))
    rules = "".join(
        f'<respcondition><conditionvar><varequal respident="r{i}">a</varequal></conditionvar>'
        '<setvar action="Add">1</setvar></respcondition>'
        for i in range(1000)
    )
    found, ctx = read(
        "qti12",
        f'<questestinterop><item ident="i"><presentation><material><mattext>q</mattext></material>{fields}'
        f"</presentation><resprocessing>{rules}</resprocessing></item></questestinterop>",
        ".xml",
    )
    assert found[0].status == "draft"
    assert "R040" in {d.code for d in ctx.report}


# names


class _Counted(dict[str, Asset]):
    """A mapping that counts how often it is asked."""

    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


def test_names_are_not_tried_from_the_first_number_each_time() -> None:
    """Thousands of things of one name take as many looks, not half their square."""
    assets = _Counted()
    album = Album(assets)
    names = [album.add(PNG + str(i).encode(), "a.png") for i in range(2000)]
    assert len(set(names)) == 2000
    assert assets.asked < 10_000
    began = time.process_time()
    given = qti12_names.bracket_names((f"g{i}" for i in range(20_000)), "")
    assert len(set(given.values())) == 20_000
    present = {f"a{i}.png": Asset(base64="AAAA") for i in range(10_000)}
    coming = {f"a{i}.png": Asset(base64="AAAB") for i in range(10_000)}
    assert len(set(joining.new_names(present, coming).values())) == 10_000
    assert time.process_time() - began < SECONDS


# PDF


def pdf(content: bytes, objects: dict[int, bytes]) -> bytes:
    """A PDF file of one page."""
    found = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /XObject << /X 10 0 R >> /Font << /F 20 0 R >> >> >>",
        5: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        **objects,
    }
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % entry for entry in found.items())
    return body + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


@pytest.mark.skipif(find_spec("pdfminer") is None, reason="the extra qbank[pdf] is not installed")
def test_a_pdf_that_asks_for_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms in forms in forms, and a font of a thousand million widths: the process that reads them is ended."""
    pytest.importorskip("resource")
    monkeypatch.setattr(apart, "SECONDS", 2)
    laughs = {
        10
        + i: b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >> /Length 60 >>"
        b"\nstream\n%s\nendstream" % (11 + i, b"/X Do " * 10)
        for i in range(9)
    }
    widths = {
        20: b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [21 0 R] >>",
        21: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /W [0 999999999 500] /CIDSystemInfo << /Registry (Adobe) "
        b"/Ordering (Identity) /Supplement 0 >> >>",
    }
    for data in (pdf(b"/X Do", laughs), pdf(b"BT /F 10 Tf <00010002> Tj ET", widths)):
        with pytest.raises(QbankError, match=r"^x.pdf: takes more time or memory than any paper of its size"):
            read("pdf", data, ".pdf")


@pytest.mark.skipif(find_spec("pdfminer") is None, reason="the extra qbank[pdf] is not installed")
@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n" + b"a" * 1_000_000, b"PK\x03\x04 obj"])
def test_what_has_nothing_of_a_pdf_starts_no_process(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without the head of a PDF, or without an object, is refused at once."""
    monkeypatch.setattr(apart, "extract", lambda *_: pytest.fail("a process was started"))
    with pytest.raises(QbankError, match="is no PDF file"):
        read("pdf", data, ".pdf")


@pytest.mark.parametrize("name", ["qti21", "qti12", "blackboard", "docx"])
def test_what_is_no_xml_is_said_on_one_line(name: str) -> None:
    """The parser's own words may hold line ends, and pieces of the file: they are one line, and a terminal obeys none."""
    broken = b'<POOL a="\x1b[2J">\n<![CDATA[\x1b]0;x\n' + b"y\n" * 100
    data = packed({"word/document.xml": broken}) if name == "docx" else broken
    with pytest.raises(QbankError) as refused:
        read(name, data, ".dat")
    assert str(refused.value).isprintable()
