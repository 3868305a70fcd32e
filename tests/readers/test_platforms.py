"""Sheets of quiz platforms and of strangers: the header is found wherever it stands, and a row says what it can."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qbank import reading
from qbank.diagnostics import QbankError
from qbank.formats.platforms.headers import field_of, fields_of
from qbank.model import (
    Cloze,
    Essay,
    Group,
    Matching,
    MultipleChoice,
    Numeric,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)

Rows = Sequence[Sequence[Any]]


def workbook(*sheets: tuple[str, Rows], merged: Sequence[str] = ()) -> bytes:
    """A workbook with these sheets; `merged` are ranges of the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for area in merged:
        book.worksheets[0].merge_cells(area)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def read(
    data: bytes, name: str = "sheet.xlsx", options: dict[str, str] | None = None
) -> tuple[str, list[Question], reading.Context]:
    """The reader that is surest, what it reads, and what it says."""
    document = reading.Document(name, data)
    reader = reading.guess(document)
    ctx = reading.Context(options=options or {})
    return reader, list(reading.get(reader).read(document, ctx)), ctx


def codes(ctx: reading.Context) -> list[str]:
    """The codes of the findings, in order."""
    return [d.code for d in ctx.report]


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("题干（必填）", "stem"),
        ("*题目内容", "stem"),
        ("★ 题 目", "stem"),
        ("题目/Question", "stem"),
        ("3. Question:", "stem"),
        ("Question - max 120 characters", "stem"),
        ("题型 （必填）", "kind"),
        ("2. Question Type:", "kind"),
        ("选项E\n(勿删)", "E"),
        ("选择项2", "B"),
        ("Answer 3\n(Optional)", "C"),
        ("Ａ", "A"),
        ("选项一", "A"),
        ("B选项", "B"),
        ("正确答案\n（必填）", "answer"),
        ("Correct Answer(s)\n(Only include Answer #)", "answer"),
        ("正确答案*（填字母）", "answer"),
        ("Incorrect Answer 2 (Optional)", "wrong2"),
        ("答案2", "answer2"),
        ("难易程度【选填】", "difficulty"),
        ("分值（分）", "points"),
        ("Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs", "time"),
        ("6. Explanation (Optional):", "feedback"),
        ("备注", None),
        ("2024", None),
    ],
)
def test_headings(title: str, field: str | None) -> None:
    """A heading is understood with marks, notes in brackets, blanks, numbers before it and a second language."""
    assert field_of(title) == field


def test_choices_below_one_heading() -> None:
    """The columns behind `Choice` that have no heading are further choices."""
    assert fields_of(["Type", "Title", "Correct", "Choice", "", ""]) == ["kind", "stem", "answer", "A", "B", "C"]


def test_kaoshibao() -> None:
    """The notice above the header and the notes in the headings are no obstacle."""
    rows = [
        ["导入须知"],
        ["题干（必填）", "题型 （必填）", "选项 A", "选项 B", "选项 C", "选项E\n(勿删)", "正确答案\n（必填）", "解析\n（勿删）", "章节\n（勿删）", "难度"],
        ["太阳从哪边升起？", "单选题", "东", "西", "南", None, "A", "自转", "第一章", "易"],
        ["哪些是偶数？", "多选题", 1, 2, 4, None, "BC"],
        ["水是液体。", "判断题", "对", "错", None, None, "B"],
        ["水的化学式是____。", "填空题", None, None, None, None, "H2O"],
    ]  # fmt: skip
    name, found, ctx = read(workbook(("试题", rows)))
    assert name == "kaoshibao"
    assert [type(q) for q in found] == [SingleChoice, MultipleChoice, TrueFalse, Cloze]
    assert isinstance(found[0], SingleChoice)
    assert (found[0].answer, found[0].category, found[0].difficulty) == ("A", ("第一章",), 1)
    assert isinstance(found[1], MultipleChoice)
    assert found[1].answer == ("B", "C")
    assert isinstance(found[2], TrueFalse)
    assert found[2].answer is False
    assert codes(ctx) == []


def test_motibang_with_its_title_rows() -> None:
    """The rows 标题, 描述 and 用时 above the header are no questions."""
    head = ["题干", "题型", "选择项1", "选择项2", "选择项3", "解析", "答案1", "答案2", "得分1", "得分2"]
    rows = [
        ["标题", "卷一"],
        ["描述", "无"],
        ["用时", 1000],
        head,
        ["问？", "单选题", "甲", "乙", "丙", "略", "B", None, 2],
    ]
    name, found, _ = read(workbook(("Sheet1", rows)))
    assert name == "motibang"
    assert [(type(q), q.points) for q in found] == [(SingleChoice, 2)]


def test_kahoot() -> None:
    """Keys are numbers, the header stands in row 8, True and False are a judgement."""
    head = ["", "Question - max 120 characters", *(f"Answer {n} - max 75 characters" for n in range(1, 5))]
    head += ["Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs", "Correct answer(s) - choose at least one"]
    rows = [[], ["", "Quiz template"], [], [], [], [], [], head]
    rows += [
        [1, "2+2", 3, 4, 5, 6, 20, "2"],
        [2, "Primes", 2, 3, 4, "", 20, "1,2"],
        [3, "Sky", "True", "False", "", "", 5, 1],
    ]
    name, found, _ = read(workbook(("Sheet1", rows)))
    assert name == "kahoot"
    assert [getattr(q, "answer", None) for q in found] == ["B", ("A", "B"), True]


def test_quizizz_has_a_row_of_instructions() -> None:
    """The row below the header is told apart from questions; fill-ins have their answers in the options."""
    head = [
        "Question Text",
        "Question Type",
        *(f"Option {n}" for n in range(1, 6)),
        "Correct Answer",
        "Time in seconds",
    ]
    rows = [
        head,
        [
            "Text of it (required)",
            "Type, default is Multiple Choice",
            "Text (required)",
            "Text",
            "",
            "",
            "",
            "1-5 (required)",
        ],
        ["2+2", "Multiple Choice", 3, 4, "", "", "", 2, 30],
        ["Primes", "Checkbox", 2, 3, 4, "", "", "1,2", 30],
        ["Capital of France", "Fill-in-the-Blank", "Paris", "paris"],
        ["Why?", "Open-Ended"],
    ]
    name, found, ctx = read(workbook(("Sheet1", rows)))
    assert name == "quizizz"
    assert [type(q) for q in found] == [SingleChoice, MultipleChoice, ShortAnswer, Essay]
    assert codes(ctx) == ["R046"]


def test_socrative() -> None:
    """The letters of the right answers stand in columns of their own."""
    head = [
        "2. Question Type:",
        "3. Question:",
        *(f"Answer {x}:" for x in "ABCDE"),
        "",
        "",
        "",
        "",
        "",
        "6. Explanation (Optional):",
    ]
    rows = [
        ["1. Quiz Name:", "Mine"],
        [],
        head,
        ["Multiple choice", "Which?", "a1", "b1", "c1", "", "", "A", "C"],
        ["Open-ended", "Why?"],
    ]
    name, found, _ = read(workbook(("Quick Quiz", rows)))
    assert name == "socrative"
    assert isinstance(found[0], MultipleChoice)
    assert found[0].answer == ("A", "C")
    assert isinstance(found[1], Essay)


def test_chaoxing_with_sub_questions() -> None:
    """Rows with a 小题题干 are members of the material above them."""
    head = [
        "目录",
        "题目类型",
        "大题题干",
        "小题题型",
        "小题题干",
        "正确答案",
        "答案解析",
        "难易度",
        "知识点",
        "标签",
        "选项数",
        "选项A",
        "选项B",
    ]
    rows = [
        head,
        ["/课程/一", "单选题", "问？", "", "", "A", "略", "难", "加法", "期中", 2, "甲", "乙"],
        ["/课程/二", "阅读理解", "短文。", "单选题", "其一？", "B", "", "", "", "", 2, "甲", "乙"],
        ["/课程/二", "", "", "判断题", "其二。", "A", "", "", "", "", 2, "正确", "错误"],
    ]  # fmt: skip
    name, found, _ = read(workbook(("课程题库", rows)))
    assert name == "chaoxing"
    assert (found[0].category, found[0].tags) == (("课程", "一"), ("期中", "加法"))
    assert isinstance(found[1], Group)
    assert [type(q) for q in found[1].questions] == [SingleChoice, TrueFalse]


def test_a_row_a_choice() -> None:
    """A sheet with a row for each choice gives a question for each stem, merged cells or not."""
    head = ["题目序号", "题目类型", "题目内容", "是否正确项", "选项内容"]
    rows = [
        ["导入模板"],
        head,
        [1, "单选题", "问一", 0, "甲"],
        [None, None, None, 1, "乙"],
        [2, "多选题", "问二", 1, "丙"],
        [None, None, None, 1, "丁"],
    ]
    _, found, _ = read(workbook(("Sheet1", rows), merged=["C3:C4", "C5:C6"]))
    assert [getattr(q, "answer", None) for q in found] == ["B", ("A", "B")]


def test_headings_between_rows_name_the_kind() -> None:
    """Without a kind column the heading of a part, or the name of a sheet, says what its questions are."""
    rows = [
        ["序号", "题目", "选项", "答案"],
        ["一、单选题"],
        [1, "问？", "A.甲 B.乙", "B"],
        ["二、判断题"],
        [2, "真的。", None, "√"],
    ]
    _, found, ctx = read(workbook(("Sheet1", rows)))
    assert [type(q) for q in found] == [SingleChoice, TrueFalse]
    assert codes(ctx) == ["R046", "R046"]
    two = (
        ("单选", [["题目", "A", "B", "答案"], ["问？", "甲", "乙", "A"]]),
        ("判断", [["题目", "答案"], ["假的。", "×"]]),
    )
    assert [type(q) for q in read(workbook(*two))[1]] == [SingleChoice, TrueFalse]


def test_findings_name_the_cell() -> None:
    """What is wrong with a row is said of its cell."""
    rows = [["题目", "选项A", "选项B", "答案", "备注"], ["问？", "甲", "乙", "D", "看"], [None, "甲", "乙", "A", None]]
    _, found, ctx = read(workbook(("题", rows)))
    assert len(found) == 1
    assert [d.message.partition(":")[0] for d in ctx.report] == ["题!E1", "题!D2", "题!A3"]
    assert sorted(codes(ctx)) == ["R012", "R032", "R039"]


def test_columns_of_the_users_own() -> None:
    """Headings that nobody knows are named by the user, or letters where there are none."""
    rows = [["甲栏", "乙栏", "丙栏", "丁栏"], ["问？", "一", "二", "A"]]
    named = {"columns": "stem=甲栏,A=乙栏,B=丙栏,answer=丁栏"}
    assert [type(q) for q in read(workbook(("S", rows)), options=named)[1]] == [SingleChoice]
    assert len(read(workbook(("S", rows[1:])), options={"columns": "stem=A,A=B,B=C,answer=D"})[1]) == 1
    assert len(read(workbook(("S", rows[1:])), options={"columns": "stem,A,B,answer"})[1]) == 1
    with pytest.raises(QbankError, match="is not a column"):
        read(workbook(("S", rows)), options={"columns": "nonsense=甲栏"})


def test_texts_stay_texts() -> None:
    """`1-5`, `001` and `TRUE` are choices as they stand, and a formula without a value is nothing."""
    rows = [["题目", "A", "B", "C", "答案"], ["问？", "1-5", "001", "TRUE", "B"], ["=1+1", "甲", "乙", None, "A"]]
    _, found, ctx = read(workbook(("S", rows)))
    assert [c.text for q in found if isinstance(q, SingleChoice) for c in q.choices] == ["1-5", "001", "TRUE"]
    assert codes(ctx) == ["R039"]


@pytest.mark.parametrize("name", ["bank.xls", "bank.csv", "bank.xlsx"])
def test_the_ending_may_lie(name: str) -> None:
    """A workbook is known by its content, whatever its name ends in."""
    assert len(read(workbook(("S", [["题目", "答案"], ["一加一得____。", "二"]])), name)[1]) == 1


def test_a_page_that_is_called_a_workbook() -> None:
    """Sites that save a table of HTML as .xls are read."""
    page = "<html><table><tr><th>题目</th><th>A</th><th>B</th><th>答案</th></tr><tr><td>问？</td><td>甲</td><td>乙</td><td>B</td></tr></table>"
    name, found, _ = read(page.encode(), "list.xls")
    assert (name, len(found)) == ("sheet", 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_encoding(encoding: str) -> None:
    """Text files of a platform are known in UTF-8, with a mark or without, and in GB18030."""
    text = "题干（必填）,题型 （必填）,选项 A,选项 B,正确答案（必填）,章节\n（勿删）\n".replace(
        "章节\n（勿删）", '"章节\n（勿删）"'
    )
    text += "中国的首都是哪里？,单选题,北京,上海,A,地理\n"
    name, found, _ = read(text.encode(encoding), "bank.csv")
    assert (name, [q.category for q in found]) == ("kaoshibao", [("地理",)])


def test_blooket_and_gimkit() -> None:
    """Line breaks in header cells belong to the template; Gimkit puts the right answer first."""
    blooket = '"Blooket\nImport Template",,,,,,,\nQuestion #,Question Text,Answer 1,Answer 2,"Answer 3\n(Optional)","Answer 4\n(Optional)",'
    blooket += '"Time Limit (sec)\n(Max: 300 seconds)","Correct Answer(s)\n(Only include Answer #)"\n1,Primes,2,3,4,,20,"1,2"\n'
    name, found, _ = read(blooket.encode(), "b.csv")
    assert (name, [getattr(q, "answer", None) for q in found]) == ("blooket", [("A", "B")])
    gimkit = "Gimkit Spreadsheet Import Template,,\nQuestion,Correct Answer,Incorrect Answer 1\n2+2,4,5\n"
    name, found, _ = read(gimkit.encode(), "g.csv")
    assert name == "gimkit"
    assert isinstance(found[0], SingleChoice)
    assert [c.text for c in found[0].choices] == ["4", "5"]


def test_brightspace() -> None:
    """Blocks of rows, comments, HTML where a cell says so, weights and difficulty."""
    text = "// ours\nNewQuestion,MC,,,\nID,chem-1,,,\nQuestionText,<b>Which</b>?,HTML,,\nPoints,2,,,\nDifficulty,5,,,\nOption,100,one,,good\nOption,0,two,,\n"
    text += ",,,,\nNewQuestion,M,,,\nQuestionText,Match,,,\nChoice,1,a,,\nChoice,2,b,,\nMatch,2,x,,\nMatch,1,y,,\nNewQuestion,ZZ,,,\nQuestionText,odd,,,\n"
    name, found, ctx = read(text.encode(), "d2l.csv")
    assert name == "brightspace-csv"
    assert (found[0].id, found[0].points, found[0].difficulty) == ("chem-1", 2, 3)
    assert isinstance(found[1], Matching)
    assert list((found[1].answer or {}).values()) == ["c2", "c1"]
    assert codes(ctx) == ["R040"]


def test_blackboard_tab() -> None:
    """A type a line; several gaps, a tolerance, and a line that is none."""
    text = "MC\t2+2?\t3\tincorrect\t4\tcorrect\nTF\tSky is blue\ttrue\nFIB_PLUS\tI [v1] [v2]\tv1\tlove\tlike\t\tv2\tyou\nNUM\tPi\t3.14\t0.01\nMA\tbad\tone\n"
    name, found, ctx = read(text.encode(), "up.txt")
    assert name == "blackboard-tab"
    assert [type(q) for q in found] == [SingleChoice, TrueFalse, Cloze, Numeric]
    assert codes(ctx) == ["R039"]


def test_anki() -> None:
    """Settings, HTML, tags, decks and gaps."""
    text = '#separator:tab\n#html:true\n#deck column:3\n#tags column:4\nA &amp; B\tboth\tSci::Phys\tx y\n"{{c1::Paris}} is in {{c2::France::country}}"\t\t\t\n'
    name, found, _ = read(text.encode(), "cards.txt")
    assert name == "anki"
    assert isinstance(found[0], ShortAnswer)
    assert (found[0].stem, found[0].category, found[0].tags) == ("A & B", ("Sci", "Phys"), ("x", "y"))
    assert isinstance(found[1], Cloze)
    assert [b.id for b in found[1].blanks] == ["b1", "b2"]


def hostile(member: str, content: bytes) -> bytes:
    """A workbook with one part in place of its own, or besides."""
    source, sink = io.BytesIO(workbook(("S", [["题目", "答案"], ["问", "答"]]))), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != member:
                new.writestr(name, old.read(name))
        new.writestr(member, content)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("member", "content", "why"),
    [
        ("xl/sharedStrings.xml", b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst/>', "document type"),
        ("xl/media/image1.png", b"\0" * (1 << 28), "unpack"),
        ("xl/worksheets/sheet1.xml", b"<worksheet", "damaged|well-formed"),
    ],
)  # fmt: skip
def test_hostile_workbooks(member: str, content: bytes, why: str) -> None:
    """Entities, zip bombs and damage are refused in a sentence."""
    document = reading.Document("x.xlsx", hostile(member, content))
    with pytest.raises(QbankError, match=why):
        list(reading.get("sheet").read(document, reading.Context()))


def test_papers_and_our_own_workbook_keep_their_readers() -> None:
    """A paper in a text file, a plain table and the editable workbook are not taken for a platform's."""
    from qbank import export

    paper = "一、单选题\n1. 问？\nA. 甲\nB. 乙\n答案：A\n"
    assert reading.guess(reading.Document("p.txt", paper.encode())) == "paper"
    assert reading.guess(reading.Document("t.csv", "题干,A,B,答案\n问？,甲,乙,A\n".encode())) == "table"
    sink = io.BytesIO()
    export.get("xlsx").write([], sink, export.Context())
    assert reading.guess(reading.Document("w.xlsx", sink.getvalue())) == "xlsx"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_old_workbooks(tmp_path: Path) -> None:
    """A workbook of the older kind is read by way of LibreOffice, also under the newer ending."""
    (tmp_path / "a.xlsx").write_bytes(workbook(("S", [["题目", "A", "B", "答案"], ["问？", "001", "1-5", "B"]])))
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'p').as_uri()}", "--headless", "--convert-to", "xls"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")], check=True, capture_output=True)
    _, found, _ = read((tmp_path / "a.xls").read_bytes(), "b.xlsx")
    assert isinstance(found[0], SingleChoice)
    assert [c.text for c in found[0].choices] == ["001", "1-5"]
