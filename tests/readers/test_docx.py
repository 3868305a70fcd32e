"""Word documents: what is printed on the page comes out as text, and nothing hostile gets further."""

from __future__ import annotations

import base64
import io
import zipfile
from contextlib import suppress
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import model, reading, richtext
from qbank.diagnostics import QbankError
from qbank.formats import wordlists
from qbank.readers import docx
from qbank.readers.extract import Extract

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
SPACES = (
    f'xmlns:w="{W}" xmlns:m="{M}" xmlns:r="{R}" xmlns:a="{A}" xmlns:mc="urn:mc" xmlns:v="urn:v" xmlns:wps="urn:wps"'
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)


def package(body: str, **parts: str | bytes) -> bytes:
    """A Word document with this body; `parts` by name with `__` for `/` and `_DOT_` for a dot."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return stream.getvalue()


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*inside: str, properties: str = "") -> str:
    """A paragraph of runs; a plain string that is no markup becomes one."""
    runs = "".join(i if i.startswith("<") else run(i) for i in inside)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def listed(text: str, number: int, level: int = 0) -> str:
    """A paragraph that Word numbers by itself."""
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def numbering(*definitions: tuple[str, str], extra: str = "") -> str:
    """numbering.xml with one list of one level for each (format, text)."""
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{i}"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
        for i, (style, text) in enumerate(definitions, 1)
    )
    numbers = "".join(
        f'<w:num w:numId="{i}"><w:abstractNumId w:val="{i}"/></w:num>' for i in range(1, len(definitions) + 1)
    )
    return f"<w:numbering {SPACES}>{abstract}{numbers}{extra}</w:numbering>"


def read(data: bytes, name: str = "试卷.docx") -> tuple[Extract, reading.Context]:
    """The extract of a document and what was said about it."""
    ctx = reading.Context()
    return docx.extract(reading.Document(name, data), ctx), ctx


def lines(data: bytes) -> list[str]:
    """The lines that are not empty."""
    return [line for line in read(data)[0].text.split("\n") if line.strip()]


def marked(extract: Extract) -> dict[str, str]:
    """What stands out, by style."""
    return {extract.text[m.start : m.end]: m.style for m in extract.marks}


def codes(ctx: reading.Context) -> list[str]:
    """The codes of all findings."""
    return [d.code for d in ctx.report]


def test_numbers_that_word_prints_are_in_the_text() -> None:
    """Automatic numbers of sections, questions and options come out as they are printed."""
    lists = numbering(
        ("chineseCounting", "%1、"), ("decimal", "%1．"), ("upperLetter", "%1．"), ("upperLetter", "%1．")
    )
    body = (
        listed("单项选择题（每题2分，共4分）", 1)
        + listed("客服接到投诉后首先应当（　　）。", 2)
        + listed("道歉", 3)
        + listed("争辩", 3)
        + listed("下列属于外呼业务的是（　　）。", 2)
        + listed("回访", 4)
        + listed("退货登记", 4)
        + listed("判断题", 1)
    )
    assert lines(package(body, word__numbering_DOT_xml=lists)) == [
        "一、 单项选择题（每题2分，共4分）",
        "1． 客服接到投诉后首先应当（　　）。",
        "A． 道歉",
        "B． 争辩",
        "2． 下列属于外呼业务的是（　　）。",
        "A． 回访",
        "B． 退货登记",
        "二、 判断题",
    ]


def test_a_list_that_starts_anew_counts_from_its_start() -> None:
    """A list of its own over the same definition goes on counting unless it says where it starts."""
    extra = (
        '<w:num w:numId="5"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="6"><w:abstractNumId w:val="1"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )
    body = listed("甲", 1) + listed("乙", 5) + listed("丙", 6) + listed("丁", 6)
    data = package(body, word__numbering_DOT_xml=numbering(("decimal", "%1."), extra=extra))
    assert lines(data) == ["1. 甲", "2. 乙", "1. 丙", "2. 丁"]


def test_levels_below_start_again() -> None:
    """The second level counts from one after each step of the first, and shows both numbers where it says so."""
    lists = (
        f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="1">'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )
    body = listed("甲", 1) + listed("子", 1, 1) + listed("丑", 1, 1) + listed("乙", 1) + listed("寅", 1, 1)
    assert lines(package(body, word__numbering_DOT_xml=lists)) == ["1. 甲", "1.1 子", "1.2 丑", "2. 乙", "2.1 寅"]


def test_a_style_can_number_too() -> None:
    """A paragraph without a list of its own takes the list of its style, inherited or not."""
    styles = (
        f'<w:styles {SPACES}><w:style w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Item"><w:basedOn w:val="Base"/></w:style></w:styles>'
    )
    body = paragraph("第一题", properties='<w:pStyle w:val="Item"/>')
    lists = numbering(("decimal", "%1）"))
    assert lines(package(body, word__styles_DOT_xml=styles, word__numbering_DOT_xml=lists)) == ["1） 第一题"]


@pytest.mark.parametrize(
    ("value", "style", "printed"),
    [
        (3, "decimal", "3"),
        (28, "upperLetter", "BB"),
        (4, "lowerRoman", "iv"),
        (10, "chineseCounting", "十"),
        (21, "chineseCountingThousand", "二十一"),
        (105, "chineseCounting", "一百零五"),
        (2, "ideographTraditional", "乙"),
        (7, "decimalEnclosedCircle", "⑦"),
        (4, "decimalZero", "04"),
        (12, "decimalFullWidth", "１２"),
        (5, "none", ""),
    ],
)
def test_number_formats(value: int, style: str, printed: str) -> None:
    """Each number format of Word is written as Word writes it."""
    assert wordlists.written(value, style) == printed


def test_a_key_table_stays_readable() -> None:
    """The entries of a table row stand on one line with tabs between them."""
    rows = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in row)}</w:tr>"
        for row in (("题号", "1", "2", "3"), ("答案", "B", "A", "D"))
    )
    assert lines(package(f"<w:tbl>{rows}</w:tbl>")) == ["题号\t1\t2\t3", "答案\tB\tA\tD"]


def test_a_table_that_lays_out_the_page_is_read_cell_by_cell() -> None:
    """Cells with many paragraphs are pieces of page, one after the other."""
    left = "".join(map(paragraph, ("1. 甲题", "A. 是", "B. 否")))
    right = "".join(map(paragraph, ("2. 乙题", "A. 是", "B. 否")))
    table = f"<w:tbl><w:tr><w:tc>{left}</w:tc><w:tc>{right}</w:tc></w:tr></w:tbl>"
    assert lines(package(table)) == ["1. 甲题", "A. 是", "B. 否", "2. 乙题", "A. 是", "B. 否"]


def test_what_stands_out_is_marked() -> None:
    """Bold, coloured, highlighted and underlined words are marked; black, grey and switched-off bold are not."""
    body = paragraph(
        run("粗体", "<w:b/>"),
        run("红字", '<w:color w:val="FF0000"/>'),
        run("黑字", '<w:color w:val="333333"/>'),
        run("高亮", '<w:highlight w:val="yellow"/>'),
        run("底纹", '<w:shd w:fill="auto"/>'),
        run("下划", '<w:u w:val="single"/>'),
        run("不粗", '<w:b w:val="0"/>'),
    )
    assert marked(read(package(body))[0]) == {
        "粗体": "bold",
        "红字": "colour",
        "高亮": "highlight",
        "下划": "underline",
    }


def test_a_bold_option_is_the_answer() -> None:
    """The option that is set in red becomes the key."""
    body = "".join(map(paragraph, ("一、单选题", "1. 首次响应时间的单位通常是（　　）。", "A. 米", "B. 千克")))
    body += paragraph(run("C. 秒", '<w:color w:val="C00000"/>')) + paragraph("D. 伏特")
    ctx = reading.Context()
    questions = list(docx.READER.read(reading.Document("a.docx", package(body)), ctx))
    assert isinstance(questions[0], model.SingleChoice)
    assert questions[0].answer == "c"


def test_underlined_blanks_are_gaps() -> None:
    """Blanks or a tab under a line are the gap of a fill-in question."""
    body = paragraph("4. 客户满意度的英文缩写是", run("   ", '<w:u w:val="single"/>'), "。")
    assert lines(package(body)) == ["4. 客户满意度的英文缩写是____。"]


def test_raised_and_lowered_characters() -> None:
    """Powers and indices stay what they are."""
    low, high = '<w:vertAlign w:val="subscript"/>', '<w:vertAlign w:val="superscript"/>'
    body = paragraph("H", run("2", low), "O 与 10", run("-3", high), " 与 x", run("k+1", high))
    assert lines(package(body)) == ["H₂O 与 10⁻³ 与 x^(k+1)"]


def test_characters_moved_off_the_line_by_hand() -> None:
    """A figure that was moved down or up is an index; a word that was moved to sit beside a formula is not."""
    low, high = '<w:position w:val="-6"/>', '<w:position w:val="8"/>'
    body = paragraph("CO", run("2", low), " 与 10", run("3", high), run(" 下列说法", low))
    assert lines(package(body)) == ["CO₂ 与 10³ 下列说法"]


def test_a_formula_becomes_tex_in_its_place() -> None:
    """A Word equation inside an option is a `tex` element of that option."""
    fraction = (
        "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>x</m:t></m:r></m:den></m:f></m:oMath>"
    )
    body = paragraph("一、单选题") + paragraph("1. 下列式子中是分式的是（　　）。") + paragraph("A. ", fraction)
    body += paragraph("B. 2") + paragraph("答案：A")
    extract, _ = read(package(body))
    assert "A. \\(\\frac{1}{x}\\)" in extract.text
    question = next(iter(docx.READER.read(reading.Document("a.docx", package(body)), reading.Context())))
    assert isinstance(question, model.SingleChoice)
    assert question.choices[0].text == model.Html(html="<p><tex>\\frac{1}{x}</tex></p>")


def test_old_equation_fields_are_read() -> None:
    """A fraction made with an EQ field is a formula; page numbers are nobody's text."""

    def word_field(code: str, shown: str = "") -> str:
        parts = [f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{code}</w:instrText></w:r>']
        if shown:
            parts.append(f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(shown)}')
        return "".join(parts) + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'

    body = paragraph(
        "值为", word_field(r" EQ \f(1,\r(2)) "), "。", word_field(" PAGE ", "7"), word_field(" REF a ", "图一")
    )
    assert lines(package(body)) == ["值为\\(\\frac{1}{\\sqrt{2}}\\)。图一"]


def test_a_field_without_an_end_hides_nothing_after_its_paragraph() -> None:
    """A damaged field does not swallow the rest of the paper."""
    body = paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', "看不见") + paragraph("1. 看得见")
    assert lines(package(body)) == ["1. 看得见"]


def picture(link: str) -> str:
    """A picture by its relationship."""
    return f'<w:r><w:drawing><a:graphic><a:blip r:embed="{link}"/></a:graphic></w:drawing></w:r>'


def relations(*entries: tuple[str, str, bool]) -> str:
    """Relationships: id, target, external."""
    mode = {True: ' TargetMode="External"', False: ""}
    return (
        "<Relationships>"
        + "".join(f'<Relationship Id="{i}" Target="{t}"{mode[e]}/>' for i, t, e in entries)
        + "</Relationships>"
    )


def test_a_picture_is_an_asset_of_its_question() -> None:
    """A picture in a stem is kept with its bytes and shown where it stood."""
    body = paragraph("一、单选题") + paragraph("1. 图中所示的仪器是（　　）。", picture("rId1"))
    body += paragraph("A. 烧杯") + paragraph("B. 试管") + paragraph("答案：A")
    parts = {
        "word___rels__document_DOT_xml_DOT_rels": relations(("rId1", "media/image1.png", False)),
        "word__media__image1_DOT_png": PNG,
    }
    ctx = reading.Context()
    question = next(iter(docx.READER.read(reading.Document("a.docx", package(body, **parts)), ctx)))
    (name,) = richtext.asset_names(question.stem)
    assert base64.b64decode(ctx.assets[name].base64 or "") == PNG
    assert ctx.assets[name].media_type == "image/png"
    assert "图:" not in richtext.plain(question.stem).replace(f"[{name}]", "")


def test_pictures_that_no_question_can_show_are_named() -> None:
    """A drawing in an old format, one linked from elsewhere and one outside the file leave `[图]` and a finding."""
    body = paragraph("1. 看图", picture("a"), picture("b"), picture("c"), picture("d"))
    entries = (
        ("a", "media/a.emf", False),
        ("b", "http://example.com/b.png", True),
        ("c", "../../../etc/passwd", False),
    )
    parts = {
        "word___rels__document_DOT_xml_DOT_rels": relations(*entries),
        "word__media__a_DOT_emf": b"\x01\x00\x00\x00",
    }
    extract, ctx = read(package(body, **parts))
    assert extract.text == "1. 看图[图][图][图][图]\n"
    assert codes(ctx) == ["R030"]
    assert not extract.assets


def test_deletions_are_gone_and_insertions_stay() -> None:
    """Tracked changes are read as if accepted."""
    body = paragraph("答案：", f"<w:del>{run('A')}</w:del>", f"<w:ins>{run('B')}</w:ins>")
    assert lines(package(body)) == ["答案：B"]


def test_text_boxes_footnotes_and_pinyin_are_read_once() -> None:
    """A text box comes after its paragraph (its fallback does not), a note after the line that calls it."""
    inside = f"<w:txbxContent>{paragraph('框里的字')}</w:txbxContent>"
    box = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    notes = f'<w:footnotes {SPACES}><w:footnote w:id="2">{paragraph("出自教材")}</w:footnote></w:footnotes>'
    ruby = f"<w:r><w:ruby><w:rt>{run('fù')}</w:rt><w:rubyBase>{run('复')}</w:rubyBase></w:ruby></w:r>"
    body = paragraph("1. 请读出", ruby, '<w:r><w:footnoteReference w:id="2"/></w:r>', box) + paragraph("末行")
    assert lines(package(body, word__footnotes_DOT_xml=notes)) == [
        "1. 请读出复(fù)[注1]",
        "框里的字",
        "注1：出自教材",
        "末行",
    ]


def test_what_is_hidden_or_commented_is_named() -> None:
    """Hidden text and comments are left out, and the report quotes them."""
    comments = f'<w:comments {SPACES}><w:comment w:id="0">{paragraph("此题太难")}</w:comment></w:comments>'
    extract, ctx = read(package(paragraph("正文", run("水印文字", "<w:vanish/>")), word__comments_DOT_xml=comments))
    assert extract.text == "正文\n"
    said = " ".join(d.message for d in ctx.report)
    assert codes(ctx) == ["R032", "R032"]
    assert "水印文字" in said
    assert "此题太难" in said


def test_a_symbol_font_tick_is_a_tick() -> None:
    """The Wingdings tick and cross come out as √ and ×."""
    tick = '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Wingdings" w:char="F0FB"/></w:r>'
    assert lines(package(paragraph("（", tick, "）"))) == ["（√×）"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 no zip at all", "damaged"),
        (package("")[:-40], "damaged"),
        (package("<w:p>"), "well-formed"),
    ],
)
def test_damaged_files_are_refused_in_one_sentence(data: bytes, says: str) -> None:
    """A file that is no document says so."""
    with pytest.raises(QbankError, match=says):
        read(data)


def test_a_zip_without_a_document_is_not_ours() -> None:
    """Other zip archives (workbooks, packages) are left to their readers; a Word document is known by its content."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert docx.READER.sniff(reading.Document("a.docx", stream.getvalue())) == 0
    assert docx.READER.sniff(reading.Document("a.bin", package(paragraph("x")))) > 0.9
    with pytest.raises(QbankError, match="no Word document"):
        read(stream.getvalue())


def test_entities_are_refused() -> None:
    """A document type, and so every entity trick, is refused before it expands."""
    stream = io.BytesIO()
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", f"{bomb}<w:document {SPACES}><w:body>&b;</w:body></w:document>")
    with pytest.raises(QbankError, match="document type"):
        read(stream.getvalue())


def test_zip_bombs_are_not_opened() -> None:
    """A part that would unpack to far more than any document has is refused by its own account."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {SPACES}><w:body/></w:document>")
        archive.writestr("word/media/zeros.bin", bytes(80 * 1024 * 1024))
    with pytest.raises(QbankError, match="MiB"):
        read(stream.getvalue())


def test_a_part_that_lies_about_its_size_is_stopped() -> None:
    """What is really unpacked is counted, whatever the directory says."""
    data = bytearray(package(paragraph("x"), word__styles_DOT_xml=b"<a>" + b" " * 4_000_000 + b"</a>"))
    true_size, lie = (4_000_007).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert true_size in data
    with pytest.raises(QbankError, match="styles"):
        read(bytes(data.replace(true_size, lie)))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    """Bytes changed anywhere give questions or one `QbankError`, never another error."""
    rows = "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    lists = numbering(("decimal", "%1."))
    data = bytearray(package(listed("甲题（　）", 1) + paragraph("A. 是") + rows, word__numbering_DOT_xml=lists))
    for at, value in changes:
        data[at % len(data)] = value
    with suppress(QbankError):
        list(docx.READER.read(reading.Document("a.docx", bytes(data)), reading.Context()))
