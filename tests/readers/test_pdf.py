"""PDF files with a text layer: lines in reading order, colours, columns, and clear words where there is no text."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import model, reading
from qbank.diagnostics import QbankError
from qbank.readers import pdf
from qbank.readers.extract import Extract

needs_pdf = pytest.mark.skipif(find_spec("pdfminer") is None, reason="the extra qbank[pdf] is not installed")
Line = tuple[float, float, str] | tuple[float, float, str, str]
"""x, y (points from the lower left corner), text, and operators before it (a colour, a size)."""


def document(*pages: list[Line], drawn: str = "") -> bytes:
    """A PDF written by hand: one font of the Adobe-GB1 collection, each line at its place, `drawn` on every page."""
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/W[1 95 500]"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 5 0 R>>",
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/Ascent 880/Descent -120>>",
    ]
    kids = []
    for lines in pages:
        content = b"".join(
            f"BT {line[3] if len(line) > 3 else '0 g /F 12 Tf'} 1 0 0 1 {line[0]} {line[1]} Tm "
            f"<{line[2].encode('utf-16-be').hex()}> Tj ET\n".encode()
            for line in lines
        )
        content += drawn.encode()
        objects.append(b"<</Length %d>>stream\n%sendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % k for k in kids))
    out = b"%PDF-1.4\n"
    places = []
    for i, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (i, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return out + head + table + b"trailer<</Size %d/Root 1 0 R>>startxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))


def down(*texts: str, top: float = 760, x: float = 60) -> list[Line]:
    """Lines one below the other."""
    return [(x, top - 20 * i, text) for i, text in enumerate(texts)]


def read(data: bytes) -> tuple[Extract, reading.Context]:
    """The extract of a file and what was said about it."""
    ctx = reading.Context()
    return pdf.extract(reading.Document("试卷.pdf", data), ctx), ctx


def lines(data: bytes) -> list[str]:
    """The lines that are not empty."""
    return [line for line in read(data)[0].text.split("\n") if line.strip()]


PAPER = ("一、单选题（每题2分）", "1. 下列属于客服礼貌用语的是（　　）。", "A. 您好", "B. 不知道", "答案：A")


@needs_pdf
def test_chinese_lines_come_out_in_order() -> None:
    """Lines are read from top to bottom whatever their order in the file, without blanks between characters."""
    assert lines(document(list(reversed(down(*PAPER))))) == list(PAPER)


@needs_pdf
def test_a_paper_is_read_into_questions() -> None:
    """The lines go through the reader of papers."""
    question = next(iter(pdf.READER.read(reading.Document("a.pdf", document(down(*PAPER))), reading.Context())))
    assert isinstance(question, model.SingleChoice)
    assert (question.answer, question.stem) == ("a", "下列属于客服礼貌用语的是（ ）。")


@needs_pdf
def test_options_side_by_side_are_one_line() -> None:
    """Options set in columns are read across, with a wide blank between them."""
    row: list[Line] = [(60, 700, "A. 秒"), (180, 700, "B. 分"), (300, 700, "C. 时"), (420, 700, "D. 天")]
    assert lines(document(row)) == ["A. 秒    B. 分    C. 时    D. 天"]


@needs_pdf
def test_two_columns_are_read_one_after_the_other() -> None:
    """A page set in two columns gives the left one first, and headings across both stay where they are."""
    left = [f"{i}. 左栏的题目内容要足够长才像一栏（　）" for i in range(1, 13)]
    right = [f"{i}. 右栏的题目内容要足够长才像一栏（　）" for i in range(13, 25)]
    title = "客户服务实务期末考试试卷及参考答案（二〇二四年秋季学期）"
    data = document(
        [(120, 800, title), *down(*left, x=40), *down(*right, x=310)],
    )
    small = data.replace(b"/F 12 Tf", b"/F 11 Tf")
    assert lines(small) == [title, *left, *right]


@needs_pdf
def test_a_wide_distance_is_an_empty_line() -> None:
    """Where the paper leaves a line free, so does the text."""
    text = read(document([*down("甲问题", "是", "否"), *down("乙问题", "对", "错", top=660)]))[0].text
    assert text == "甲问题\n是\n否\n\n乙问题\n对\n错\n"


@needs_pdf
def test_a_line_that_ran_out_of_room_is_joined_with_its_rest() -> None:
    """What the page width broke is one line again; what only happens to end at the margin is not."""
    full = "1. 某客服中心接到客户来电，称收到的商品与页面描述不符，要求退货并承担运费，客"
    latin = "2. The acronym that names software for managing all contacts with customers is"
    rows: list[Line] = [
        *down(full, "服应当首先（　　）。", "A. " + "核" * 37, "B. 道歉", x=60),
        (60, 600, latin, "0 g /F 12 Tf"),
        (60, 580, "usually ( ).", "0 g /F 12 Tf"),
    ]
    assert lines(document(rows)) == [
        full + "服应当首先（　　）。",
        "A. " + "核" * 37,
        "B. 道歉",
        latin + " usually ( ).",
    ]


@needs_pdf
def test_colour_marks_an_answer() -> None:
    """A red option is marked, a black one is not."""
    content: list[Line] = [
        (60, 700, "A. 甲"),
        (60, 680, "B. 乙", "1 0 0 rg /F 12 Tf"),
        (60, 660, "C. 丙", "0.2 g /F 12 Tf"),
    ]
    extract, _ = read(document(content))
    assert [(extract.text[m.start : m.end], m.style) for m in extract.marks] == [("B. 乙", "colour")]


@needs_pdf
def test_powers_and_indices() -> None:
    """A small raised figure is a power, a small lowered one an index."""
    content: list[Line] = [
        (60, 700, "设 x"),
        (80, 705, "2", "0 g /F 7 Tf"),
        (100, 700, "+y"),
        (112, 697.5, "1", "0 g /F 7 Tf"),
    ]
    (line,) = lines(document(content))
    assert "x²" in line
    assert "y₁" in line


@needs_pdf
def test_running_heads_and_page_numbers_are_left_out() -> None:
    """What stands at the edge of every page is dropped and named; what is on one page only stays."""
    pages: list[list[Line]] = [
        [
            (200, 815, "客服考试题库"),
            *down(f"{i}. 第{i}题的内容（　）", "A. 甲", "B. 乙"),
            (280, 30, f"第 {i} 页 共 3 页"),
        ]
        for i in range(1, 4)
    ]
    extract, ctx = read(document(*pages))
    assert extract.text.count("题的内容") == 3
    assert "题库" not in extract.text
    assert "共 3 页" not in extract.text
    assert [d.code for d in ctx.report] == ["R002"]


@needs_pdf
def test_scanned_pages_are_named() -> None:
    """A file without any text says what to do; a page without text among others is reported."""
    with pytest.raises(QbankError, match="OCR"):
        read(document([], []))
    _, ctx = read(document(down(*PAPER), []))
    assert [(d.code, "2" in d.message) for d in ctx.report] == [("R032", True)]


@needs_pdf
def test_a_picture_leaves_its_place() -> None:
    """Where a picture stands there is `[图]`, and a finding; a page of pictures only is a scanned one."""
    image = "q 200 0 0 60 80 701 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q\n"
    extract, ctx = read(
        document(down("1. 图中的仪器是（　）。", top=780) + down("A. 烧杯", "B. 试管", top=680), drawn=image)
    )
    assert [line for line in extract.text.split("\n") if line] == [
        "1. 图中的仪器是（　）。",
        "[图]",
        "A. 烧杯",
        "B. 试管",
    ]
    assert [d.code for d in ctx.report] == ["R030"]
    with pytest.raises(QbankError, match="OCR"):
        read(document([], drawn=image))


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pdfminer.six is not installed, one sentence says so."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pdfminer"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "pdfminer", None)
    with pytest.raises(QbankError, match=r"qbank\[pdf\]"):
        read(document(down("x")))


def test_only_pdf_files_are_ours() -> None:
    """A PDF is known by its first bytes, not by its name."""
    assert pdf.READER.sniff(reading.Document("a.bin", document(down("x")))) > 0.9
    assert pdf.READER.sniff(reading.Document("a.pdf", b"PK\x03\x04")) == 0


@needs_pdf
@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=10), st.integers(0, 4000))
def test_any_damage_is_read_or_refused(changes: list[tuple[int, int]], end: int) -> None:
    """Bytes changed or cut off give text or one `QbankError`, never another error."""
    data = bytearray(document(down(*PAPER)))
    for at, value in changes:
        data[at % len(data)] = value
    with suppress(QbankError):
        read(bytes(data[: len(data) - end % 700]))
