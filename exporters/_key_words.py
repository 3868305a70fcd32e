"""The words of the answer key, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from qbank.formats.sheets import Tongue


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a key in one language."""

    sheet: str
    grid: str
    title: str
    untitled: str
    columns: tuple[str, str, str, str, str]
    total: str
    footer: str
    names: str
    uncategorised: str
    draft: str
    true: str
    false: str
    case: str
    points: str
    version: str
    """After the title of a version's sheet."""
    rows: tuple[str, str, str, str, str, str, str]
    """Columns of the layout of one row a question: number, kind, question, answer, points, explanation, id."""
    rows_sheet: str
    elsewhere: str
    """In the grid: the numbers whose answers are too long for it."""


WORDS: dict[Tongue, Words] = {
    "en": Words(
        sheet="Answer key",
        grid="Grid",
        title="{}: answer key",
        untitled="Question bank",
        columns=("No.", "Answer", "Points", "Question", "Explanation"),
        total="Total",
        footer="Page &P of &N",
        names="Class: ______________   Name: ______________   Score: ________",
        uncategorised="Uncategorised",
        draft="(draft) ",
        true="T",
        false="F",
        case=" (case matters)",
        points="{} points",
        version="{} (version {})",
        rows=("No.", "Kind", "Question", "Answer", "Points", "Explanation", "ID"),
        rows_sheet="Answers",
        elsewhere="{}: see the full key",
    ),
    "zh": Words(
        sheet="参考答案",
        grid="答案速查",
        title="{} 参考答案",
        untitled="题库",
        columns=("题号", "答案", "分值", "题目", "解析"),
        total="合计",
        footer="第 &P 页，共 &N 页",
        names="班级：______________   姓名：______________   得分：________",
        uncategorised="未分类",
        draft="（草稿）",
        true="√",
        false="×",
        case="（区分大小写）",
        points="{} 分",
        version="{}（{} 卷）",
        rows=("题号", "题型", "题目", "答案", "分值", "解析", "编号"),
        rows_sheet="答案表",
        elsewhere="{}：答案较长，见完整答案",
    ),
}
HEADINGS: dict[Tongue, dict[str, str]] = {
    "en": {
        "single_choice": "Single choice",
        "multiple_choice": "Multiple choice",
        "true_false": "True or false",
        "short_answer": "Short answer",
        "numeric": "Numeric",
        "cloze": "Fill in the blanks",
        "matching": "Matching",
        "ordering": "Ordering",
        "essay:term": "Terms",
        "essay": "Short essays",
        "essay:long": "Essays",
        "group": "Questions on shared material",
    },
    "zh": {
        "single_choice": "单项选择题",
        "multiple_choice": "多项选择题",
        "true_false": "判断题",
        "short_answer": "短答题",
        "numeric": "数值题",
        "cloze": "填空题",
        "matching": "连线题",
        "ordering": "排序题",
        "essay:term": "名词解释",
        "essay": "简答题",
        "essay:long": "论述题",
        "group": "材料题",
    },
}
