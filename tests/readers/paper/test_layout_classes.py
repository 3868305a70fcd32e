"""Layouts that many papers share: each is read whole, with its answers, and nothing else is taken for a question."""

from __future__ import annotations

from qbank.model import Cloze, MultipleChoice, Question, SingleChoice, TextBlank, TrueFalse
from qbank.readers.paper import read_text
from qbank.reading import Context

OPTIONS = "A．晴天\nB．雨天\nC．阴天\nD．雪天\n"


def read(text: str) -> list[Question]:
    """The questions of a text."""
    return read_text(text, "paper.txt", Context())


def general(question: Question) -> str:
    """A question's explanation."""
    feedback = getattr(question, "feedback", None)
    return (feedback.general or "") if feedback is not None else ""


def letters(question: Question) -> str:
    """The letters of the right options."""
    assert isinstance(question, SingleChoice | MultipleChoice)
    answer = question.answer
    chosen = [answer] if isinstance(answer, str) else list(answer or ())
    return "".join(sorted(chosen)).upper()


def written(question: Question) -> list[str | None]:
    """What fills each gap of a fill-in; None where nothing does."""
    assert isinstance(question, Cloze)
    blanks = [blank for blank in question.blanks if isinstance(blank, TextBlank)]
    return [blank.answer[0].text if blank.answer else None for blank in blanks]


def test_an_explanation_on_the_next_line_of_a_key() -> None:
    """In a key, what stands below a letter and explains it is the question's feedback."""
    made = read(
        f"一、单项选择题\n1．适合晒被子的是（ ）。\n{OPTIONS}2．适合堆雪人的是（ ）。\n{OPTIONS}"
        "参考答案\n1. A\n解析：被子要晒太阳。\n2. D\n解析：1.雪人要雪；2.雪要够厚。\n"
    )
    assert [letters(q) for q in made] == ["A", "D"]
    assert [general(q) for q in made] == ["被子要晒太阳。", "1.雪人要雪；2.雪要够厚。"]


def test_explanations_listed_below_a_row_of_letters() -> None:
    """A key that gives all letters first and explains each below them keeps both."""
    made = read(
        f"一、单项选择题\n1．适合晒被子的是（ ）。\n{OPTIONS}2．适合堆雪人的是（ ）。\n{OPTIONS}"
        "参考答案：1.A 2.D\n1.【解析】被子要晒太阳。\n2.【解析】雪人要雪。\n"
    )
    assert [letters(q) for q in made] == ["A", "D"]
    assert [general(q) for q in made] == ["被子要晒太阳。", "雪人要雪。"]


def test_answers_written_on_their_lines() -> None:
    """Lines around a few words are gaps that were filled in; the stem keeps the gaps, the words are the answers."""
    made = read(
        "一、填空题\n1、操场一圈长____400____米，宽道有____八____条。\n"
        "2、____春天____是种树的季节。\n3、校门朝____东____开。\n"
    )
    assert [written(q) for q in made] == [["400", "八"], ["春天"], ["东"]]


def test_lines_to_write_on_stay_open() -> None:
    """Two gaps in one sentence are no answer: the words between them belong to the stem."""
    made = read("一、填空题\n1、操场长____米，宽____米。\n2、一年有____季，一季有____个月。\n")
    assert [written(q) for q in made] == [[None, None], [None, None]]


def test_what_a_false_statement_should_say() -> None:
    """A correction behind the mark of a false statement is its explanation, not its stem."""
    (first, second) = read("三、判断题\n1、青蛙是鱼。（×）应为：两栖动物\n2、蝙蝠会飞。（√）\n")
    assert isinstance(first, TrueFalse)
    assert isinstance(second, TrueFalse)
    assert (first.stem, first.answer, second.answer) == ("青蛙是鱼。", False, True)
    assert "两栖动物" in general(first)


def test_a_table_of_questions() -> None:
    """A Markdown table whose head names question, options and answer holds one question a row."""
    made = read(
        "# 厨房小测\n\n## 单选题\n\n| 序号 | 题目 | 选项 | 答案 |\n| :--: | ---- | ---- | :--: |\n"
        "| 1 | 煮面先要（ ）。 | A.烧水<br>B.洗碗<br>C.擦桌 | A |\n| 2 | 切菜用（ ）。 | A.勺<br>B.刀<br>C.盆 | B |\n"
    )
    assert [letters(q) for q in made] == ["A", "B"]


def test_options_under_figures_set_in() -> None:
    """Options 1 to 4 set in under a numbered question are options where the key answers in figures."""
    item = "{n}. Which tool does job {n} need?\n   1. A saw\n   2. A file\n   3. A drill\n   4. A brush\n"
    made = read(
        "".join(item.format(n=n) for n in (1, 2, 3))
        + "\nAnswers and Rationales\n1. Answer: 3\n2. Answer: 1\n3. Answer: 4\n"
    )
    assert [letters(q) for q in made] == ["C", "A", "D"]


def test_a_notice_of_an_examination_asks_nothing() -> None:
    """An announcement with the kinds of questions, a syllabus and rules holds no question."""
    assert not read(
        "关于举行园艺知识考试的通知\n\n一、考试题型\n（一）单项选择题：10题，每题1分，共10分。\n（二）判断题：10题，每题1分，共10分。\n"
        "二、考试范围\n1. 土壤与肥料\n1.1 掌握施肥的方法\n2. 修剪的时间是什么，如何选择工具\n三、注意事项\n1. 请带铅笔。\n2. 不得迟到。\n"
    )


def test_steps_of_an_explanation_number_no_questions() -> None:
    """The counted steps of an explanation stay in it, and the questions count on behind them."""
    item = "{n}. 第{n}次浇水应在（ ）。\nA. 早上\nB. 中午\nC. 夜里\n答案：A\n解析：步骤如下：\n1. 看土；\n2. 接水；\n3. 浇水。\n\n"
    made = read("一、单项选择题\n" + "".join(item.format(n=n) for n in range(1, 5)))
    assert [letters(q) for q in made] == ["A"] * 4
    assert all("接水" in general(q) for q in made)
