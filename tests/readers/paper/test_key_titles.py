"""What makes a line the title of a key is the answers that stand below it, not its exact words."""

from __future__ import annotations

import pytest

from qbank.model import MultipleChoice, Question, SingleChoice, TrueFalse
from qbank.readers.paper import read_text
from qbank.reading import Context

OPTIONS = "A. 晴天\nB. 雨天\nC. 阴天\nD. 雪天\n"
PAPER = "".join(f"{n}. 第{n}天出门应当选择（ ）。\n{OPTIONS}" for n in (1, 2, 3))


def read(text: str) -> list[Question]:
    """The questions of a text."""
    return read_text(text, "paper.txt", Context())


def answers(made: list[Question]) -> list[str | bool | tuple[str, ...] | None]:
    """What each question says is right."""
    return [q.answer if isinstance(q, SingleChoice | MultipleChoice | TrueFalse) else None for q in made]


@pytest.mark.parametrize(
    "title",
    [
        "▼ 参考答案 ▼\n（先做再看）",
        "★ 出行常识（A卷）参考答案与评分建议 ★",
        "ANSWER KEY - PRACTICE TEST 4",
        "答案在这里↓↓↓",
        "附：本卷答案（勿外传）",
        "-----参考答案及详细解析-----",
        "Teacher's Answer Key (Form B)",
    ],
)
@pytest.mark.parametrize("body", ["1. A\n2. C\n3. D\n", "1-A   2-C\n3-D\n", "1—3：A C D\n", "一、ACD\n"])
def test_ornaments_and_other_words_around_a_title(title: str, body: str) -> None:
    """Whatever ornaments, names and remarks stand around its words, the answers below the title are found."""
    made = read(f"出行常识测试\n一、单项选择题\n{PAPER}{title}\n{body}")
    assert answers(made) == ["a", "c", "d"]


def test_a_sentence_about_answers_opens_no_key() -> None:
    """An instruction that speaks of answers stands above questions, and these stay questions."""
    made = read(f"请把答案写在答题纸上\n一、单项选择题\n{PAPER}")
    assert len(made) == 3
    assert answers(made) == [None, None, None]


def test_a_grid_with_its_letters_filled_in_above_the_questions() -> None:
    """The candidate's grid, filled in, is the key of the questions below it."""
    made = read(f"出行常识测试\n一、单项选择题\n题号\t1\t2\t3\n答案\tA\tC\tD\n{PAPER}")
    assert answers(made) == ["a", "c", "d"]


def test_counters_of_an_app() -> None:
    """Lines `1/3`, `2/3` ... number the questions of an app's pages; what was chosen and its buttons are no text."""
    page = "{n}/3\n单选 第{n}天出门应当选择什么？\n" + OPTIONS + "答案 B  您选择 A\n上一题 收藏 分享 下一题\n"
    made = read("出行题库\n" + "".join(page.format(n=n) for n in (1, 2, 3)))
    assert answers(made) == ["b", "b", "b"]


def test_a_footer_with_the_name_of_the_paper() -> None:
    """`… 第 1 页（共 2 页）` between two questions belongs to neither."""
    made = read(
        f"出行测试\n一、单项选择题\n{PAPER}出行测试 第 1 页（共 2 页）\n4. 最后应当（ ）。\n{OPTIONS}参考答案\n1-4 ACDB\n"
    )
    assert answers(made) == ["a", "c", "d", "b"]
