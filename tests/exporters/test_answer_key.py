"""The answer key: right answers, right sums, and a page that can be printed as it is."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from artefacts import artefact
from openpyxl.worksheet.worksheet import Worksheet

from qbank import bankfile, export, model
from qbank.assets import AssetStore
from qbank.diagnostics import QbankError

BANK = Path(__file__).parents[1] / "bank" / "all.json"


def key(
    questions: Iterable[model.Question], bank: str = "en", **options: str
) -> tuple[list[Worksheet], export.Context]:
    """The sheets of the key of some questions, and the context with its losses."""
    header = model.Header(qbank=1, title="Test", language=bank)
    ctx = export.Context(header=header, assets=AssetStore(), options=options)
    return openpyxl.load_workbook(io.BytesIO(artefact("answer-key", questions, ctx)[0])).worksheets, ctx


def lines(sheet: Worksheet) -> list[tuple[object, ...]]:
    """The rows of a sheet without the empty cells at their ends."""
    found = []
    for row in sheet.iter_rows(values_only=True):
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        found.append(tuple(cells))
    return found


def answers(questions: Iterable[model.Question], bank: str = "en", **options: str) -> dict[str, object]:
    """The answer by number, of a key of one section."""
    sheets, _ = key(questions, bank, **options)
    rows = lines(sheets[0])
    start = next(i for i, row in enumerate(rows) if row[0] in ("No.", "题号"))
    return {str(row[0]): row[1] for row in rows[start + 2 : -1] if row}


def choices(*texts: str) -> tuple[model.Choice, ...]:
    """Choices whose ids say nothing of their positions."""
    return tuple(model.Choice(id=f"c{9 - i}", text=text) for i, text in enumerate(texts))


def test_the_sample_bank_in_chinese() -> None:
    """Every kind of the sample bank has the answer a teacher would write."""
    (sheet, *_), ctx = key(bankfile.open_bank(BANK).questions(), "zh")
    rows = lines(sheet)
    assert sheet.title == "参考答案"
    assert rows[0] == ("Test 参考答案",)
    assert rows[1] == ("共 29 题，含小题 3 个，共 68.5 分",)
    assert rows[2] == ("题号", "答案", "分值", "题目")
    found = {(row[3] if len(row) > 3 else "")[:6]: row for row in rows[3:] if len(row) > 2}  # type: ignore[index]
    assert rows[3] == ("一、单项选择题（共 4 题，共 6 分）",)
    assert found["借阅期满仍需"][:3] == ("1", "A", 2)
    assert found["处理读者意见"][:3] == ("1", "ABD", 3)
    assert found["计算机病毒只"][1] == "×"
    assert found["图书馆之间互"][1] == "馆际互借 / interlibrary loan / 馆际借书 (50%)"
    assert found["书库室温由 "][1] == "2.5 ± 0.05 / 2 ~ 3 (50%)"
    assert found["阅览室每天 "][1] == "(1) 8 / 八; (2) 14 ± 0.5; (3) 不可以 & never {~=}"
    assert found["把服务与说明"][1] == "1-A, 2-B, 3-C"
    assert found["按先后排列处"][1] == "B → A → D → C"
    assert found["简述处理读者"][1] == (
        "(1)倾听并记录;(2)核实情况;\n(3)提出处理意见;(4)反馈结果。\n• 四个步骤齐全 (6 分)\n• 条理清楚 (4 分)"
    )
    assert found["排队的主要原"][:3] == ("(1)", "A", 2)
    assert found["答案还没有找"][1] == "—"
    assert rows[-1][:3] == ("合计", "共 29 题，含小题 3 个", 68.5)
    assert not list(ctx.report)


def test_letters_go_by_position() -> None:
    """Ids are never shown: the first choice is A, and letters stand in the order of the choices."""
    single = model.SingleChoice(id="q", stem="?", choices=choices("x", "y", "z"), answer="c7")
    multiple = model.MultipleChoice(id="q", stem="?", choices=choices("x", "y", "z"), answer=("c7", "c9"))
    assert answers([single]) == {"1": "C"}
    assert answers([multiple]) == {"1": "AC"}


def test_weights_are_shown_where_they_decide() -> None:
    """Weighted scoring shows the share of each choice that counts."""
    parts = tuple(
        model.Choice(id=i, text=i, weight=w)
        for i, w in (("a", Fraction(1)), ("b", Fraction(1, 3)), ("c", Fraction(0)), ("d", Fraction(-1, 4)))
    )
    weighted = model.SingleChoice(id="q", stem="?", choices=parts, answer="a", scoring="weighted")
    assert answers([weighted]) == {"1": "A (A 100%, B 1/3, D -25%)"}


def test_true_and_false_in_the_language_of_the_key() -> None:
    """T and F in English, √ and × in Chinese."""
    questions = [model.TrueFalse(id="a", stem="?", answer=True), model.TrueFalse(id="b", stem="?", answer=False)]
    assert answers(questions) == {"1": "T", "2": "F"}
    assert answers(questions, "zh-CN") == {"1": "√", "2": "×"}
    assert answers(questions, "zh-CN", language="en") == {"1": "T", "2": "F"}


def test_units_and_case() -> None:
    """A number has its unit; a word says when its case matters."""
    unit = model.Numeric(
        id="q",
        stem="?",
        answer=(model.NumericAnswer(value=Fraction(6, 5), tolerance=Fraction(1, 100)),),
        units=(model.Unit(name="cm", factor=Fraction(1, 100)), model.Unit(name="m")),
    )
    assert answers([unit]) == {"1": "1.2 ± 0.01 m"}
    case = model.ShortAnswer(id="q", stem="?", answer=(model.Accepted(text="Py"),), case_sensitive=True)
    assert answers([case]) == {"1": "Py (case matters)"}


def test_a_wrong_answer_with_feedback_is_not_in_the_key() -> None:
    """An accepted text that earns nothing is no answer."""
    word = model.ShortAnswer(
        id="q", stem="?", answer=(model.Accepted(text="yes"), model.Accepted(text="no", weight=Fraction(0)))
    )
    assert answers([word]) == {"1": "yes"}


def test_a_missing_answer_is_seen() -> None:
    """An unknown answer is a highlighted dash, never a guess; so is one gap or pair of several."""
    gaps = (model.TextBlank(id="a", answer=(model.Accepted(text="x"),)), model.TextBlank(id="b"))
    questions: list[model.Question] = [
        model.SingleChoice(id="q1", stem="?", choices=choices("x", "y")),
        model.Cloze(id="q2", stem=model.Html(html='<p><blank id="a"/><blank id="b"/></p>'), blanks=gaps),
        model.Matching(
            id="q3",
            stem="?",
            prompts=(model.Prompt(id="1", text="x"), model.Prompt(id="2", text="y")),
            choices=choices("p", "q"),
            answer={"2": "c9"},
        ),
        model.Essay(id="q4", stem="?"),
    ]
    (sheet, grid), ctx = key(questions, sections="none")
    cells = [sheet.cell(row, 2) for row in range(4, 8)]
    assert [cell.value for cell in cells] == ["—", "(1) x; (2) —", "1-—, 2-A", "—"]
    assert {cell.fill.fgColor.rgb for cell in cells} == {"00FFE699"}
    assert grid["B2"].value == "—"
    assert not list(ctx.report)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["1", "2", "1"]),
        ({"numbering": "continuous"}, ["1", "2", "3"]),
        ({"sections": "none"}, ["1", "2", "3"]),
        ({"sections": "category"}, ["1", "1", "2"]),
    ],
)
def test_numbering(options: dict[str, str], expected: list[str]) -> None:
    """Where the paper gives none, numbers begin again in each section, unless asked to go on."""
    questions = [
        model.TrueFalse(id="a", stem="a", answer=True, category=("x",)),
        model.Essay(id="b", stem="b", answer="b", category=("y",)),
        model.TrueFalse(id="c", stem="c", answer=True, category=("y",)),
    ]
    (sheet, *_), _ = key(questions, **options)
    assert [row[0] for row in lines(sheet) if row and str(row[0]).isdigit()] == expected


def judged(
    number: str | None,
    section: str | None,
    line: int | None = None,
    document: str = "a.txt",
    title: str | None = "甲卷",
    answer: bool = True,
) -> model.TrueFalse:
    """A question of a paper; its stem says where it stood."""
    source = model.Source(document=document, title=title, section=section, number=number, line=line)
    return model.TrueFalse(id="q", stem=f"{document} {section} {number}", answer=answer, source=source)


def numbered(sheet: Worksheet) -> list[str]:
    """The first column below the header row, without the total: headings and numbers."""
    return [str(row[0]) for row in lines(sheet)[3:-1]]


def through() -> list[model.Question]:
    """A paper numbered through its three sections, the last of which has the kind of the first."""
    sections = ("一、选择题（每题1分，共2分）", "二、判断题", "三、阅读选择题：本题共2小题，每小题1分，共2分。")
    questions: list[model.Question] = []
    for i in range(6):
        source = model.Source(document="a.txt", title="甲卷", section=sections[i // 2], number=str(i + 1), line=i + 1)
        if i // 2 == 1:
            questions.append(model.TrueFalse(id=f"q{i}", stem="?", answer=i == 2, source=source))
        else:
            questions.append(
                model.SingleChoice(
                    id=f"q{i}", stem="?", choices=choices("x", "y"), answer=f"c{9 - i % 2}", source=source
                )
            )
    return questions


def test_the_key_has_the_sections_and_numbers_of_the_paper() -> None:
    """Under the paper's own headings, without their remark on points, stand the paper's own numbers, in both sheets."""
    (sheet, grid), _ = key(through(), "zh")
    headings = [
        "一、选择题（共 2 题，每题 1 分，共 2 分）",
        "二、判断题（共 2 题，每题 1 分，共 2 分）",
        "三、阅读选择题（共 2 题，每题 1 分，共 2 分）",
    ]
    assert numbered(sheet) == [headings[0], "1", "2", headings[1], "3", "4", headings[2], "5", "6"]
    assert lines(grid)[1:] == [
        (headings[0],),
        ("1-2", "AB"),
        (headings[1],),
        ("3-4", "√×"),
        (headings[2],),
        ("5-6", "AB"),
    ]
    (english, _), _ = key(through())
    assert numbered(english)[3] == "二、判断题 (2 questions, 1 point each, 2 points)"


def test_the_paper_s_order_is_that_of_its_lines() -> None:
    """Questions in another order than the paper's are back in it."""
    (sheet, *_), _ = key(reversed(through()), "zh")
    assert [n for n in numbered(sheet) if n.isdigit()] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"sections": "kind"}, "1 2 3 4 1 2"),
        ({"sections": "category"}, "1 2 3 4 5 6"),
        ({"sections": "kind", "numbering": "continuous"}, "1 2 3 4 5 6"),
        ({"numbering": "section"}, "1 2 1 2 1 2"),
        ({"numbering": "continuous"}, "1 2 3 4 5 6"),
        ({"sections": "auto", "numbering": "auto"}, "1 2 3 4 5 6"),
    ],
)
def test_the_paper_s_sections_can_be_declined(options: dict[str, str], numbers: str) -> None:
    """What the user asks for goes before what the paper has."""
    (sheet, *_), _ = key(through(), "zh", **options)
    assert [n for n in numbered(sheet) if n.isdigit()] == numbers.split()


@pytest.mark.parametrize("odd", [judged("7", None, 7), model.TrueFalse(id="z", stem="?", answer=True)])
def test_without_a_place_for_every_question_kinds_are_sections(odd: model.Question) -> None:
    """One question that has no section in the paper, or no paper: sections are kinds, numbered from 1."""
    (sheet, *_), _ = key([*through(), odd], "zh")
    assert [n for n in numbered(sheet) if n.isdigit()] == ["1", "2", "3", "4", "1", "2", "3"]
    assert any(n.startswith("一、单项选择题（") for n in numbered(sheet))


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (["11", "12", "13"], ["11", "12", "13"]),
        (["第1题", "第2题"], ["第1题", "第2题"]),
        (["1", None, "3"], ["1", "2", "3"]),
        ([None, "12", "13"], ["11", "12", "13"]),
        ([None, None], ["1", "2"]),
        (["1", "2", "1", "2"], ["1", "2", "3", "4"]),
        (["1", "2", "2", "3"], ["1", "2", "4", "3"]),
        (["1", "9" * 5000, "x" * 99], ["1", "2", "3"]),
    ],
)
def test_a_number_that_is_missing_or_taken_is_counted_on(printed: list[str | None], shown: list[str]) -> None:
    """Each number names one question of its section, and a printed one is never given to another."""
    (sheet, *_), _ = key([judged(number, "一", i) for i, number in enumerate(printed, 1)], "zh")
    assert numbered(sheet)[1:] == shown


def test_a_range_has_only_consecutive_numbers() -> None:
    """Where the paper's numbers skip, the grid begins a new range."""
    (_, grid), _ = key([judged(n, "一", i) for i, n in enumerate(["1", "2", "5", "6", "甲", "乙"], 1)], "zh")
    assert [row for row in lines(grid) if len(row) > 1] == [("1-2", "√√", "5-6", "√√"), ("甲", "√", "乙", "√")]


def test_parts_of_a_group_have_the_numbers_of_the_paper() -> None:
    """A passage whose questions are numbered like the others, and a question with parts of its own."""
    passage = model.Group(
        id="g",
        stem="Read.",
        questions=(judged("2", "一", 3), judged("3", "一", 4, answer=False)),
        source=model.Source(document="a.txt", title="甲卷", section="一", line=2),
    )
    parts = model.Group(
        id="h",
        stem="Parts.",
        questions=(judged("（1）", "一", 6), judged("（2）", "一", 7)),
        source=model.Source(document="a.txt", title="甲卷", section="一", number="4", line=5),
    )
    (sheet, grid), _ = key([judged("1", "一", 1), passage, parts, judged("5", "一", 8)], "zh")
    heading = "一（共 5 题，含小题 2 个，共 6 分）"
    assert numbered(sheet) == [heading, "1", "2-3", "2", "3", "4", "（1）", "（2）", "5"]
    assert [row for row in lines(grid) if len(row) > 1] == [("1-3", "√√×", "4", "（1）√ （2）√"), ("5", "√")]


def test_bracketed_parts_leave_their_group_a_number() -> None:
    """Parts numbered (1), (2) are parts, also where the paper prints no number for the case they belong to."""
    source = model.Source(document="a.txt", title="甲卷", section="一", line=1)
    case = model.Group(id="g", stem="Case.", questions=(judged("(1)", "一", 2), judged("(2)", "一", 3)), source=source)
    (sheet, grid), _ = key([case], "zh")
    assert numbered(sheet)[1:] == ["1", "(1)", "(2)"]
    assert lines(grid)[2] == ("1", "(1)√ (2)√")


def test_a_heading_that_comes_back() -> None:
    """It goes on where it was, unless its numbers begin again: then it is another section."""
    rows = [judged("1", "史", 1), judged("2", "地", 2), judged("3", "史", 3)]
    (table, *_), _ = key(rows, "zh")
    assert [n[:1] for n in numbered(table)] == ["史", "1", "3", "地", "2"]
    halves = [judged("1", "史", 1), judged("1", "地", 2), judged("1", "史", 3)]
    (sheet, *_), _ = key(halves, "zh")
    assert [n[:1] for n in numbered(sheet)] == ["史", "1", "地", "1", "史", "1"]


def test_several_papers_stand_one_after_the_other() -> None:
    """Each under its title, with its own sections; what has no section comes before those that have one."""
    questions = [
        judged("1", "一、判断题", 1),
        judged("1", "一、判断题", 1, "b.txt", "乙卷"),
        judged("2", "一、判断题", 2),
        judged("2", None, 2, "b.txt", "乙卷"),
        judged("1", None, 1, "c.txt", None),
        judged("1", None, 1, "d.txt", "乙卷"),
    ]
    (sheet, grid), _ = key(questions, "zh")
    assert numbered(sheet) == [
        "甲卷（共 2 题，共 2 分）",
        "一、判断题（共 2 题，每题 1 分，共 2 分）",
        "1",
        "2",
        "乙卷 (b.txt)（共 2 题，共 2 分）",
        "2",
        "一、判断题（共 1 题，共 1 分）",
        "1",
        "c.txt（共 1 题，共 1 分）",
        "1",
        "乙卷 (d.txt)（共 1 题，共 1 分）",
        "1",
    ]
    assert [row[0] for row in lines(grid)[1:]] == [
        "甲卷",
        "一、判断题（共 2 题，每题 1 分，共 2 分）",
        "1-2",
        "乙卷 (b.txt)",
        "2",
        "一、判断题（共 1 题，共 1 分）",
        "1",
        "c.txt",
        "1",
        "乙卷 (d.txt)",
        "1",
    ]


@pytest.mark.parametrize(
    ("section", "heading"),
    [
        ("第Ⅰ卷（选择题 共18分）\n一、选择题（每小题3分。只有一项正确）", "第Ⅰ卷 / 一、选择题"),
        ("甲卷 / 一、单选题（每题 3 分）", "一、单选题"),
        ("第一章(满分 40 分) / 二、判断题", "第一章 / 二、判断题"),
        ("三、A1型题(共6题,每题2分,共12分)：", "三、A1型题"),
        ("二、配伍题（B1型题）", "二、配伍题（B1型题）"),
        ("单选题 共5题", "单选题"),
        ("Part A. Multiple choice (2 points each)\nDirections: choose.", "Part A. Multiple choice"),
        ("（共10分）", "（共10分）"),
        ("长" * 100, "长" * 59 + "…"),
    ],
)
def test_a_printed_heading_is_shown_clean(section: str, heading: str) -> None:
    """Without its remark on points and its directions, and never empty."""
    (sheet, *_), _ = key([judged("1", section)], "zh")
    assert numbered(sheet)[0] == f"{heading}（共 1 题，共 1 分）"


@pytest.mark.parametrize(
    ("language", "titles", "expected"),
    [
        ("zh", ["甲卷", "甲卷"], "甲卷 参考答案"),
        ("zh", ["甲卷", "乙卷"], "题库 参考答案"),
        ("zh", [None], "题库 参考答案"),
        ("en", [None], "Question bank: answer key"),
    ],
)
def test_a_bank_without_a_title(language: str, titles: list[str | None], expected: str) -> None:
    """The title of its only paper stands in, else a word in the language of the key."""
    ctx = export.Context(header=model.Header(qbank=1, language=language))
    sink = io.BytesIO()
    questions = [judged(str(i), "一", i, title=title) for i, title in enumerate(titles, 1)]
    export.get("answer-key").write(questions, sink, ctx)
    assert openpyxl.load_workbook(sink).worksheets[0]["A1"].value == expected


def test_headings_count_and_sum() -> None:
    """A heading says how many questions there are and what they are worth."""
    questions: list[model.Question] = [
        model.TrueFalse(id=f"t{i}", stem="?", answer=True, points=Fraction(3, 2), category=("a", "b")) for i in range(3)
    ]
    questions.append(model.Essay(id="e", stem="?", answer="x", points=Fraction(1, 3)))
    (sheet, *_), _ = key(questions)
    headings = [row[0] for row in lines(sheet) if len(row) == 1]
    assert headings[1:] == [
        "4 questions, 29/6 points",
        "1. True or false (3 questions, 1.5 points each, 4.5 points)",
        "2. Short essays (1 question, 1/3 points)",
    ]
    (by_category, _), _ = key(questions, "zh", sections="category")
    assert [row[0] for row in lines(by_category) if len(row) == 1][2:] == [
        "一、a / b（共 3 题，每题 1.5 分，共 4.5 分）",
        "二、未分类（共 1 题，共 1/3 分）",
    ]


def test_columns_on_request() -> None:
    """Stems can be left out, explanations and a line for names asked for."""
    question = model.TrueFalse(id="a", stem="stem", answer=True, feedback=model.Feedback(general="because"))
    (bare, _), _ = key([question], stems="no")
    assert [row[1:] for row in lines(bare) if row[0] == "1"] == [("T", 1)]
    (full, _), _ = key([question], notes="yes", names="yes")
    rows = lines(full)
    assert str(rows[2][0]).startswith("Class:")
    assert rows[3] == ("No.", "Answer", "Points", "Question", "Explanation")
    assert rows[5] == ("1", "T", 1, "stem", "because")


@pytest.mark.parametrize(
    "options", [{"stems": "maybe"}, {"sections": "colour"}, {"numbering": "roman"}, {"language": "fr"}]
)
def test_an_unknown_option_value_is_refused(options: dict[str, str]) -> None:
    """One sentence that says what it can be."""
    with pytest.raises(QbankError, match=next(iter(options))):
        key([], **options)


def test_the_page() -> None:
    """A4 upright, no wider than the paper, the header row on every page, page numbers, a print area, frozen panes."""
    for language in ("en", "zh"):
        sheets, _ = key(bankfile.open_bank(BANK).questions(), language)
        sheet = sheets[0]
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
        assert sheet.page_setup.scale == 90
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.freeze_panes == "A4"
        assert sheet.print_area == f"'{sheet.title}'!$A$1:$D${sheet.max_row}"
        assert "&P" in str(sheet.oddFooter.center.text)
        assert "&P" in str(sheet.firstFooter.center.text)
        assert sum(dimension.width for dimension in sheet.column_dimensions.values()) < 100


def test_rows_are_high_enough() -> None:
    """A row is as high as its Chinese text needs, and none is higher than Excel allows; a long answer goes on below."""
    sentence = "图书馆应当平等服务每一位读者。"
    long = "\n".join(f"({i}) {sentence * 4}" for i in range(30))
    (sheet, *_), _ = key(
        [model.Essay(id="a", stem="s" * 500, answer=sentence * 5), model.Essay(id="b", stem="?", answer=long)]
    )
    (short, *_), _ = key([model.Essay(id="c", stem="?", answer="\n".join(["图书馆"] * 12))])
    assert (short.row_dimensions[5].height or 0) >= 12 * 11 * 1.448  # the line of Noto Sans CJK
    first = sheet.row_dimensions[5].height
    assert first is not None
    assert first >= 5 * 13.5  # 75 characters, at most 18 in a line of 38
    rows = [sheet.cell(row, 2).value for row in range(6, sheet.max_row)]
    assert len(rows) > 5
    assert "\n".join(str(row) for row in rows) == long
    assert all(50 < (sheet.row_dimensions[row].height or 0) < 409 for row in range(6, sheet.max_row))
    assert [sheet.cell(row, 1).value for row in range(6, sheet.max_row)] == ["2", *[None] * (len(rows) - 1)]


def test_the_grid() -> None:
    """Five answers a block, two blocks a row; letters close together, several letters apart; long answers are not in it."""
    questions: list[model.Question] = [
        model.SingleChoice(id=f"s{i}", stem="?", choices=choices("x", "y"), answer=f"c{9 - i % 2}") for i in range(12)
    ]
    questions += [
        model.MultipleChoice(id=f"m{i}", stem="?", choices=choices("x", "y", "z"), answer=("c9", "c7"))
        for i in range(2)
    ]
    questions.append(model.Essay(id="e", stem="?", answer="long"))
    subs = (
        model.TrueFalse(id="g1", stem="?", answer=False),
        model.Essay(id="g2", stem="?", answer="x"),
        model.SingleChoice(id="g3", stem="?", choices=choices("x", "y"), answer="c8"),
    )
    questions.append(model.Group(id="g", stem="Read.", questions=subs))
    (_, grid), _ = key(questions, "zh")
    assert [row for row in lines(grid) if len(row) > 1] == [
        ("1-5", "ABABA", "6-10", "BABAB"),
        ("11-12", "AB"),
        ("1-2", "AC  AC"),
        ("1", "(1)× (3)B"),
    ]


def test_nothing_to_answer_has_no_number() -> None:
    """Information is not in a key; the numbers go on as if it were not there."""
    questions = [
        model.Information(id="i", stem="Read this."),
        model.TrueFalse(id="a", stem="?", answer=True),
        model.Group(id="g", stem="?", questions=(model.Information(id="gi", stem="?"),)),
    ]
    (sheet, *_), ctx = key(questions, sections="none")
    assert [row[0] for row in lines(sheet)][3:] == ["1", "Total"]
    assert not list(ctx.report)


def test_what_an_answer_loses_is_reported() -> None:
    """Markup, formulas and media of an answer that is shown are losses; those of a stem are not."""
    html = model.Html(html='<p>x<sub>k</sub> <tex>y^2</tex> <img src="asset:a.png" alt="figure"/></p>')
    essay = model.Essay(id="e", stem=html, answer=html, rubric=(model.Criterion(text=html),))
    (sheet, *_), ctx = key([essay])
    assert sheet["B5"].value == "xk y^2 [figure]\n• xk y^2 [figure]"
    assert [(d.code, d.pointer) for d in ctx.report] == [
        (code, pointer) for pointer in ("/answer", "/rubric/0/text") for code in ("X203", "X304", "X204")
    ]


def test_lowered_and_raised_figures_stay_where_they_are() -> None:
    """H₂O and 10⁻³ need no markup, so nothing is lost."""
    html = model.Html(html="<p>H<sub>2</sub>O, 10<sup>-3</sup></p>")
    (sheet, *_), ctx = key([model.Essay(id="e", stem=html, answer=html)])
    assert [sheet["B5"].value, sheet["D5"].value] == ["H₂O, 10⁻³", "H₂O, 10⁻³"]
    assert not list(ctx.report)


def test_a_draft_is_marked() -> None:
    """A draft says so beside its stem, or beside its answer where stems are left out."""
    draft = model.TrueFalse(id="d", stem="?", answer=True, status="draft")
    assert lines(key([draft])[0][0])[4] == ("1", "T", 1, "(draft) ?")
    assert lines(key([draft], stems="no")[0][0])[4] == ("1", "(draft) T", 1)


def test_answers_never_become_formulas() -> None:
    """Whatever an answer begins with, its cell is text."""
    traps = ["=1+1", "-1", "+1", "@x", "1-5", "001", "TRUE", "#N/A"]
    questions = [model.ShortAnswer(id=f"q{i}", stem=t, answer=(model.Accepted(text=t),)) for i, t in enumerate(traps)]
    (sheet, *_), _ = key(questions)
    for row, trap in enumerate(traps, 5):
        cells = (sheet.cell(row, 2), sheet.cell(row, 4))
        assert [cell.value for cell in cells] == [trap, trap]
        assert {cell.data_type for cell in cells} == {"s"}


# --- the other layouts -----------------------------------------------------------------------------------------------


def letters(count: int) -> list[model.Question]:
    """Questions with the answers A, B, C, D, A and so on."""
    return [
        model.SingleChoice(id=f"s{i}", stem="?", choices=choices("x", "y", "z", "u"), answer=f"c{9 - i % 4}")
        for i in range(count)
    ]


def test_the_compact_grid() -> None:
    """Four blocks of five across the page; several letters take more room; words follow; what is too long is named."""
    questions = letters(23)
    questions += [
        model.MultipleChoice(id=f"m{i}", stem="?", choices=choices(*"uvwxyz"), answer=("c9", "c7")) for i in range(6)
    ]
    questions.append(model.ShortAnswer(id="w", stem="?", answer=(model.Accepted(text="colour"),)))
    questions.append(model.Essay(id="e", stem="?", answer="one\ntwo"))
    (sheet,), _ = key(questions, layout="grid")
    rows = [tuple(cell for cell in row if cell is not None) for row in lines(sheet)]
    assert rows[2] == ("1-5", "ABCDA", "6-10", "BCDAB", "11-15", "CDABC", "16-20", "DABCD")
    assert rows[3] == ("21-23", "ABC")
    assert ("1-5", "AC  AC  AC  AC  AC", "6", "AC") in rows
    assert ("1", "colour") in rows
    assert rows[-1] == ("1: see the full key",)


def test_the_table_of_rows() -> None:
    """Number, kind, beginning of the stem, answer, points, explanation and id; a filter; the header on every page."""
    question = model.SingleChoice(
        id="q-1",
        stem="Which?",
        choices=choices("x", "y"),
        answer="c8",
        points=Fraction(5, 2),
        feedback=model.Feedback(general="Because."),
    )
    group = model.Group(id="g", stem="Read.", questions=(model.TrueFalse(id="g1", stem="So?", answer=True),))
    (sheet,), _ = key([question, group], layout="rows", sections="none")
    rows = lines(sheet)
    assert rows[1] == ("No.", "Kind", "Question", "Answer", "Points", "Explanation", "ID")
    assert rows[2] == ("1", "single choice", "Which?", "B", 2.5, "Because.", "q-1")
    assert rows[3] == ("2", "group", "Read.", None, 1, None, "g")
    assert rows[4][:4] == ("2(1)", "true/false", "So?", "T")
    assert sheet.auto_filter.ref == "A2:G5"
    assert sheet.print_title_rows == "$2:$2"
    assert sheet.page_setup.orientation == "landscape"


def test_one_sheet_for_each_version() -> None:
    """Named by its letter, all the same questions in it, in another order."""
    found, _ = key(letters(20), layout="rows", sections="none", versions="4", seed="7")
    assert [sheet.title for sheet in found] == ["Answers A", "Answers B", "Answers C", "Answers D"]
    orders = [tuple(row[6] for row in lines(sheet)[2:]) for sheet in found]
    assert len(set(orders)) == 4
    assert len({tuple(sorted(map(str, order))) for order in orders}) == 1
    again, _ = key(letters(20), layout="rows", sections="none", versions="4", seed="7")
    assert [lines(sheet) for sheet in again] == [lines(sheet) for sheet in found]


def test_no_heading_alone_at_the_foot_of_a_page() -> None:
    """A page ends above a heading that would have no question below it, and the breaks are the sheet's own."""
    questions: list[model.Question] = []
    for i in range(60):
        source = model.Source(document="a.txt", title="T", section=f"Part {i}", number="1", line=2 * i + 1)
        questions += [model.TrueFalse(id=f"q{i}", stem="?", answer=True, source=source)]
    for layout in ("full", "rows", "grid"):
        found, _ = key(questions, layout=layout)
        sheet = found[0]
        breaks = [one.id for one in sheet.row_breaks.brk]
        assert breaks, layout
        for row in breaks:
            above = str(sheet.cell(row, 1).value)
            assert not above.startswith("Part"), (layout, row)
        room = (842 - 108) / (sheet.page_setup.scale / 100) if layout != "rows" else (595 - 108) / 0.78
        heights = [sheet.row_dimensions[i].height or 15 for i in range(1, sheet.max_row + 1)]
        for start, end in zip([0, *breaks], [*breaks, len(heights)], strict=True):
            assert sum(heights[start:end]) <= room


def test_marking_sheets_hold_no_formula_of_the_bank() -> None:
    """Every formula is ours: texts of the bank are quoted in it, and whoever tries to break out of the quotes stays in."""
    evil = '");HYPERLINK("http://x","y")&("'
    word = model.ShortAnswer(id="q", stem=f"={evil}", answer=(model.Accepted(text=evil),), title="=1")
    (responses, scores, _), _ = key([word], layout="marking", students="3")
    assert all(cell.data_type != "f" for row in responses.iter_rows() for cell in row)
    formula = str(scores["F7"].value)
    assert '"' + evil.replace('"', '""') + '"' in formula
    assert len(formula) < 8192


def test_what_no_formula_can_mark_is_marked_by_hand() -> None:
    """Essays, unanswered questions, more than 26 choices, patterns whose case matters: points are typed, within limits."""
    many = tuple(model.Choice(id=f"c{i}", text=str(i)) for i in range(30))
    questions: list[model.Question] = [
        model.Essay(id="a", stem="?", points=Fraction(7)),
        model.TrueFalse(id="b", stem="?"),
        model.SingleChoice(id="c", stem="?", choices=many, answer="c29"),
        model.ShortAnswer(id="d", stem="?", answer=(model.Accepted(text="a*"),), wildcard=True, case_sensitive=True),
    ]
    (responses, scores, _), _ = key(questions, layout="marking", sections="none", students="2")
    rules = {str(rule.sqref): rule.formula2 for rule in responses.data_validations.dataValidation}
    assert rules == {"D7:D8": "7", "E7:E8": "1", "F7:F8": "1", "G7:G8": "1"}
    assert all("ISNUMBER" in str(scores.cell(7, column).value) for column in range(6, 10))


def test_letter_paper() -> None:
    """The page is told which paper it is for."""
    for layout in ("full", "grid", "rows", "marking"):
        found, _ = key(letters(3), layout=layout, page="letter")
        assert {sheet.page_setup.paperSize for sheet in found} == {1}
