"""Tables with a question a row: which columns, which separators, which answers; and what cannot be used is said."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import pytest

from qbank import importing, richtext
from qbank.diagnostics import QbankError
from qbank.duplicates.sameness import Known, answers
from qbank.model import (
    Cloze,
    Essay,
    MultipleChoice,
    Numeric,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
    kind_of,
)
from qbank.readers.delimited import MAX_LINES, rows, separator_of
from qbank.readers.table import READER, column_of
from qbank.reading import Context, Document, Reader, get

SHEET = """题型,题干,选项A,选项B,选项C,选项D,正确答案,解析,分值,难度,知识点,标签
单选题,"地球是, 圆的吗（ ）",是,否,不知道,,A,看书,2,中,第一章/地球,天文;基础
多选题,下列是颜色的有,红,绿,狗,猫,AB,,4分,难,,
判断题,太阳从西边升起。（ ）,,,,,错,,1,,,
填空题,一年有____个月，一周有____天,,,,,12;7/七,,2,,,
简答题,什么是季风？,,,,,随季节改变方向的风,,5,,,
名词解释,气候,,,,,长期的天气,,,,,
"""


def read(text: str | bytes, name: str = "dump.csv", **options: str) -> tuple[list[Question], Context]:
    """The questions of a table, and what was left in the context."""
    ctx = Context(options=options)
    data = text if isinstance(text, bytes) else text.encode()
    return list(READER.read(Document(name, data), ctx)), ctx


def shown(question: Question) -> str:
    """The answer as people read it."""
    known: dict[str, Known] = answers(question, lambda name: name)
    return " | ".join(k.shown for k in known.values()) or "-"


def codes(ctx: Context) -> list[str]:
    """The codes that were reported, in order."""
    return [d.code for d in ctx.report]


def test_the_reader_keeps_the_protocol() -> None:
    """It is registered, and sure of .csv and .tsv alone."""
    assert isinstance(READER, Reader)
    assert get("table") is READER
    assert READER.sniff(Document("a.CSV", SHEET.encode())) > 0.8
    assert READER.sniff(Document("a.txt", SHEET.encode())) == 0
    assert READER.sniff(Document("a.csv", b"PK\x03\x04\0\0\0\0")) == 0


def test_a_sheet_as_people_make_them() -> None:
    """Every column is understood: kinds, choices, answers, explanations, points, difficulty, category, tags, places."""
    questions, ctx = read(SHEET)
    one, two, three, four, five, six = questions
    assert [kind_of(q) for q in questions] == [
        "single_choice", "multiple_choice", "true_false", "cloze", "essay", "essay",
    ]  # fmt: skip
    assert [shown(q) for q in questions] == [
        "是", "红; 绿", "false", "12 | 7 / 七", "随季节改变方向的风", "长期的天气",
    ]  # fmt: skip
    assert isinstance(one, SingleChoice)
    assert (one.stem, one.points, one.difficulty) == ("地球是, 圆的吗（ ）", 2, 3)
    assert (one.category, one.tags) == (("第一章", "地球"), ("天文", "基础"))
    assert one.feedback is not None
    assert one.feedback.general == "看书"
    assert one.source is not None
    assert (one.source.document, one.source.line) == ("dump.csv", 2)
    assert (two.points, two.difficulty) == (Fraction(4), 4)
    assert three.stem == "太阳从西边升起。"
    assert isinstance(four, Cloze)
    assert list(richtext.blank_ids(four.stem)) == ["b1", "b2"]
    assert isinstance(five, Essay)
    assert isinstance(six, Essay)
    assert six.style == "term"
    assert codes(ctx) == []
    assert ctx.header.language == "zh-CN"


@pytest.mark.parametrize("separator", ["|", "\t", "@@", "###", ";", "，", "||", "^"])
def test_any_separator(separator: str) -> None:
    """A dump with a header is cut where its separator stands, which is found out or said."""
    lines = [
        ["题干", "A", "B", "C", "答案"],
        ["首都是", "上海", "北京", "天津", "B"],
        ["最大的是", "十", "百", "千", "C"],
    ]
    text = "\n".join(separator.join(line) for line in lines)
    assert separator_of(text) == separator
    for options in ({}, {"separator": separator}):
        assert [shown(q) for q in read(text, "dump.txt", **options)[0]] == ["北京", "千"]


def test_without_a_header() -> None:
    """The option names the columns; `-` passes over one; the reader is chosen by its options."""
    questions, _ = read("17|首都是|上海|北京|2\n18|最大的是|十|百|1\n", fields="-,stem,A,B,answer", separator="|")
    assert [shown(q) for q in questions] == ["北京", "十"]
    same, _ = read("题干|A|B|答案\n首都是|上海|北京|2\n", fields="stem,A,B,answer", separator="|")
    assert [shown(q) for q in same] == ["北京"]


def test_options_choose_the_reader(tmp_path: Path) -> None:
    """A .txt file is a paper, unless an option says what its columns are."""
    path = tmp_path / "dump.txt"
    path.write_text("首都是@@上海@@北京@@B\n", encoding="utf-8")
    done = importing.import_files([str(path)], options={"fields": "题干,A,B,答案", "separator": "@@"})
    assert [f.reader for f in done.files] == ["table"]
    assert [shown(q) for q in done.questions] == ["北京"]


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("A", "十"),
        ("ac", "十; 千"),
        ("A,C", "十; 千"),
        ("A、C", "十; 千"),
        ("Ａ；Ｃ", "十; 千"),
        ("1", "十"),
        ("1,3", "十; 千"),
        ("134", "十; 千; 万"),
        ("百", "百"),
        ("B. 百", "百"),
        ("十;千", "十; 千"),
    ],
)
def test_answers_of_choices(answer: str, right: str) -> None:
    """Letters together or apart, full width or not, numbers, and the words of the choices."""
    questions, ctx = read(f'题干,A,B,C,D,答案\n哪些对,十,百,千,万,"{answer}"\n')
    assert [shown(q) for q in questions] == [right]
    assert isinstance(questions[0], MultipleChoice if ";" in right else SingleChoice)
    assert set(codes(ctx)) <= {"R017"}


def test_numbers_that_are_choices() -> None:
    """Where choices are numbers, an answer is the choice it reads like, unless the file counts its answers."""
    by_text, _ = read("题干,A,B,C,答案\n一加一,3,2,1,2\n二加一,2,1,3,3\n")
    assert [shown(q) for q in by_text] == ["2", "3"]
    by_place, _ = read("题干,A,B,C,答案\n首都,沪,京,津,2\n大洋,太平,大西,印度,1\n河,黄,长,珠,2\n一加一,3,2,1,1\n")
    assert [shown(q) for q in by_place] == ["京", "太平", "长", "3"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("对", True),
        ("错误", False),
        ("√", True),
        ("×", False),
        ("TRUE", True),
        ("F", False),
        ("1", True),
        ("A", True),
        ("B", False),
    ],
)
def test_judgements(cell: str, value: bool) -> None:
    """All the ways to say true and false, in Excel's spelling too."""
    (question,), _ = read(f"题型,题干,答案,分值\n判断题,地球是圆的,{cell},1\n")
    assert isinstance(question, TrueFalse)
    assert question.answer is value


def test_judgements_with_choices() -> None:
    """Two choices 正确 and 错误 are a judgement, whichever is A."""
    questions, _ = read("题干,A,B,答案\n地球是圆的,错误,正确,B\n鲸是鱼,正确,错误,B\n")
    assert [q.answer for q in questions if isinstance(q, TrueFalse)] == [True, False]


def test_kinds_are_told_from_the_row_where_no_column_does() -> None:
    """Choices, judgements, gaps, short words and long answers; each guess is said."""
    questions, ctx = read(
        "question,A,B,answer\nPick,x,y,A\nSky is blue,,,T\nA year has ____ months,,,12\nCapital?,,,Rome\nWhy?,,,\n"
    )
    assert [kind_of(q) for q in questions] == ["single_choice", "true_false", "cloze", "short_answer", "essay"]
    assert codes(ctx).count("R017") == 5
    assert ctx.header.language == "en"


def test_choices_in_one_cell_and_in_named_columns() -> None:
    """`A.one B.two` in one cell, labels inside the columns, and a right answer beside the wrong ones."""
    one, _ = read("题干\t选项\t答案\n首都\tA.上海 B.北京 C.天津\tB\n海洋\t太平洋|黄河\tA\n", "d.tsv")
    assert [shown(q) for q in one] == ["北京", "太平洋"]
    two, _ = read("题干,选项A,选项B,答案\n首都,A.上海,B.北京,B\n")
    assert [c.text for c in two[0].choices] == ["上海", "北京"]  # type: ignore[union-attr]
    three, _ = read("Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2 (Optional)\nCapital?,Rome,Milan,\n")
    assert [shown(q) for q in three] == ["Rome"]


def test_a_choice_behind_an_empty_column_keeps_its_letter() -> None:
    """D is right and stays right when C is empty."""
    (question,), _ = read("题干,A,B,C,D,答案\n哪个,甲,乙,,丁,D\n")
    assert shown(question) == "丁"


def test_numeric_and_unknown_answers() -> None:
    """A numeric kind has a number or a range; what is no number is kept as a model answer; no answer is R011."""
    questions, ctx = read(
        "题型,题干,答案\n数值题,圆周率,3.14 ± 0.01\n数值题,怎么算,先乘后除\n单选题,x,\n短答题,首都,\n"
    )
    assert isinstance(questions[0], Numeric)
    assert isinstance(questions[1], Essay)
    assert isinstance(questions[2], ShortAnswer)
    assert "R011" in codes(ctx)
    assert [d.source.line for d in ctx.report if d.code == "R039" and d.source] == [4]


def test_rows_that_cannot_be_used_are_named() -> None:
    """No stem, too many cells, a kind that a row cannot say, an id used twice: each is R039 with its line."""
    text = "id,题型,题干,A,B,答案\nq1,单选题,甲,一,二,A\nq2,单选题,,一,二,A\nq1,单选题,乙,一,二,A\nq4,连线题,丙,一,二,A\nq5,单选题,丁,一,二,A,多\n,,,,,\n"
    questions, ctx = read(text)
    assert [q.id for q in questions] == ["q1"]
    assert [(d.code, d.source.line) for d in ctx.report if d.source] == [("R039", n) for n in (3, 4, 5, 6)]


def test_answers_that_name_nothing_are_not_used() -> None:
    """R012, and the answer stays open; two letters for a single choice are R013 and make several right."""
    questions, ctx = read("题型,题干,A,B,答案\n单选题,甲,一,二,E\n单选题,乙,一,二,AB\n判断题,丙,,,也许\n")
    assert [shown(q) for q in questions] == ["-", "一; 二", "-"]
    assert codes(ctx) == ["R012", "R013", "R012"]


def test_quotes_and_lines_inside_cells() -> None:
    """RFC 4180: doubled quotes, separators and line ends in quotes; places count lines of the file."""
    text = '题干,A,B,答案\r\n"说""你好""\n的是，谁,",甲,乙,A\r\n最后,甲,乙,B\r\n'
    one, two = read(text)[0]
    assert one.stem == '说"你好"\n的是，谁,'
    assert one.source is not None
    assert two.source is not None
    assert (one.source.line, one.source.end_line, two.source.line) == (2, 3, 4)


def test_a_quotation_mark_that_is_never_closed_costs_one_row() -> None:
    """It is an ordinary character; the rows after it are read."""
    body = "".join(f"题{i},甲,乙,A\n" for i in range(MAX_LINES + 10))
    questions, _ = read('题干,A,B,答案\n"没有关上,甲,乙,A\n' + body)
    assert len(questions) == MAX_LINES + 11
    assert questions[0].stem == '"没有关上'


def test_how_excel_writes() -> None:
    """A byte order mark, GB18030, a line `sep=;`, a title above the header, `="007"` and TRUE."""
    assert len(read("\ufeff题干,A,B,答案\n甲,一,二,A\n".encode())[0]) == 1
    assert read("题干,A,B,答案\n世界上最大的海洋是哪一个,一,二,A\n".encode("gb18030"))[0][0].stem.startswith("世界")  # type: ignore[union-attr]
    assert len(read("sep=;\n题干;A;B;答案\n甲;一;二;A\n")[0]) == 1
    titled, _ = read('我的题库导入模板,,,\n题干,A,B,答案\n编号,"=""007""",008,A\n')
    assert shown(titled[0]) == "007"


def test_a_file_that_is_no_table_of_questions() -> None:
    """R001 says what to do; options that mean nothing are refused."""
    for text in ("", "a,b,c\n1,2,3\n", "随便写写", "题干,A,B,答案\n"):
        questions, ctx = read(text)
        assert questions == []
        assert codes(ctx) == ["R001"]
    with pytest.raises(QbankError, match="'Quatsch' is not a column"):
        read("a|b", fields="stem,Quatsch")
    for separator in ("", '"', "a\nb"):
        with pytest.raises(QbankError, match="separator"):
            read("a|b", fields="stem,A", separator=separator)


def test_titles_of_columns() -> None:
    """The words that platforms and people use, in any case, width and with remarks."""
    for title, key in (
        ("选项 A", "A"), ("Ａ", "A"), ("Choice 2", "B"), ("Option 3", "C"), ("Answer 4\n(Optional)", "D"), ("选项4", "D"),
        ("Correct Answer(s)", "answer"), ("标准答案", "answer"), ("试题内容", "stem"), ("Question Text", "stem"),
        ("*题干（必填）", "stem"), ("题目类型", "kind"), ("题号", "number"), ("Incorrect Answer 2", "wrong2"),
        ("难易程度", "difficulty"), ("答案解析", "feedback"), ("随便", None), ("", None),
    ):  # fmt: skip
        assert column_of(title) == key, title


def test_ids_go_on() -> None:
    """The same rows have the same ids, whatever stands around them."""
    again = SHEET.replace("多选题,", "判断题,新的一题,,,,,对,,,,,\n多选题,")
    assert {q.id for q in read(SHEET)[0]} < {q.id for q in read(again)[0]}


@pytest.mark.parametrize(
    "text", ['"a' * 200_000, '"\n' * 100_000, ",".join("x" * 3 for _ in range(200_000)), "|" * 500_000]
)
def test_hostile_tables_end(text: str) -> None:
    """Unclosed quotes, endless rows and endless cells are read in time linear in their size."""
    start = time.perf_counter()
    assert len(list(rows(text, ","))) >= 0
    read("题干,A,B,答案\n" + text)
    assert time.perf_counter() - start < 20
