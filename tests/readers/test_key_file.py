"""Answers in a file of their own: any layout of a key finds its questions, and what is said of it points into its file."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from qbank import importing, richtext
from qbank.diagnostics import QbankError
from qbank.duplicates.sameness import answers
from qbank.model import Cloze, Essay, Group, Question, SingleChoice
from qbank.readers.paper import Account, KeyText, read_text
from qbank.readers.paper.headings import headings
from qbank.readers.paper.view import fold
from qbank.reading import Context

ROOT = Path(__file__).parents[2]

PAPER = """地理期末试卷
一、单项选择题（共3题，每题2分，共6分）
1. 世界上面积最大的大洋是（  ）。
A. 太平洋 B. 大西洋 C. 印度洋 D. 北冰洋
2. 我国最长的河流是（  ）。
A. 黄河 B. 长江 C. 珠江 D. 淮河
3. 我国的首都是（  ）。
A. 上海 B. 广州 C. 北京 D. 天津
二、判断题
1. 地球是一个球体。
2. 太阳从西边升起。
三、简答题
1. 什么是季风？
2. 简述地震的成因。
"""
CLOSED = ["太平洋", "长江", "北京", "true", "false"]

ENGLISH = """Final Exam
Part I Multiple choice
1. What is two plus two?
A. 3
B. 4
C. 5
2. Which of these is a fruit?
A. Apple
B. Brick
Part II True/False
1. The sky is blue.
2. Fish can fly.
"""

CHAPTERS = """第一章 网络
一、单选题
1. 交换机工作在哪一层（ ）
A.物理层 B.数据链路层
2. 路由器工作在哪一层（ ）
A.网络层 B.物理层
第二章 系统
一、单选题
1. 进程的英文是（ ）
A.Thread B.Process
2. 线程的英文是（ ）
A.Thread B.Process
"""


def by_name(name: str) -> str:
    """Pictures by their names."""
    return name


def flat(questions: list[Question]) -> list[Question]:
    """The questions, parts of groups in the place of the groups."""
    return [sub for q in questions for sub in (q.questions if isinstance(q, Group) else (q,))]


def read(paper: str, key: str) -> tuple[list[Question], Context]:
    """The questions of a paper with a key, and what was left in the context."""
    ctx = Context()
    return read_text(paper, "paper.txt", ctx, key=KeyText("answers.txt", key)), ctx


def shown(questions: list[Question]) -> list[str]:
    """The answers as people read them; `-` for none."""
    return ["; ".join(known.shown for known in answers(q, by_name).values()) or "-" for q in flat(questions)]


@pytest.mark.parametrize(
    "key",
    [
        "一、单项选择题\n1-3 ABC\n二、判断题\n1.√ 2.×\n",
        "参考答案\n一、单选题：1.A 2.B 3.C\n二、判断题：1.√ 2.×",
        "1-3 ABC\n1-2 √×\n",
        "1.A\n2.B\n3.C\n1.对\n2.错\n",
        "单选：ABC 判断：√×",
        "一、ABC 二、√×",
        "地理试卷答案\n题号\t1\t2\t3\n答案\tA\tB\tC\n二、判断题\n1.√ 2.×\n",
        "单选题\n| 题号 | 1 | 2 | 3 |\n|---|---|---|---|\n| 答案 | A | B | C |\n判断题\n1 √\n2 ×\n",
        "判断题：1.√ 2.×\n单选题：1.A 2.B 3.C\n",
        "一、单项选择题\n1. A 解析：四大洋之首。\n2. B\n3. C\n二、判断题\n1. 正确\n2. 错误\n",
    ],
)
def test_layouts_of_keys(key: str) -> None:
    """Ranges, lists, runs and tables, with headings, ordinals or neither, answer the same questions alike."""
    questions, ctx = read(PAPER, key)
    assert shown(questions) == [*CLOSED, "-", "-"]
    assert not [d for d in ctx.report if d.code in {"R012", "R014", "R015", "R016"}]


def test_answers_in_words() -> None:
    """Model answers are attached whole: their own numbered points are no answers to other questions."""
    questions, _ = read(PAPER, "三、简答题\n1. 随季节改变方向的风。\n2. 原因有三：\n1. 挤压\n2. 断裂\n3. 释放能量\n")
    first, second = flat(questions)[-2:]
    assert isinstance(first, Essay)
    assert isinstance(second, Essay)
    assert first.answer == "随季节改变方向的风。"
    assert second.answer == "原因有三：\n1. 挤压\n2. 断裂\n3. 释放能量"


def test_gaps_and_explanations() -> None:
    """A key fills the gaps of a question, and what explains an answer becomes feedback."""
    paper = "一、填空题\n1. 一年有____个月，一周有____天。\n二、单选题\n1. 二加二是（ ）\nA.三 B.四\n"
    questions, _ = read(paper, "一、填空题\n1. 12；7/七\n二、单选题\n1. B 解析：掰手指。\n")
    cloze, choice = questions
    assert isinstance(cloze, Cloze)
    assert [[a.text for a in blank.answer or ()] for blank in cloze.blanks] == [["12"], ["7", "七"]]  # type: ignore[union-attr]
    assert choice.feedback is not None
    assert choice.feedback.general == "掰手指。"


@pytest.mark.parametrize(
    "key",
    [
        "Answer Key\nMultiple choice: 1. B 2. A\nTrue/False: 1. T 2. F",
        "Part I\n1) B\n2) A\nPart II\n1) T\n2) F\n",
        "1. B\n2. A\n1. True\n2. False\n",
    ],
)
def test_english_keys(key: str) -> None:
    """Parts are matched by their numbers and names."""
    assert shown(read(ENGLISH, key)[0]) == ["4", "Apple", "true", "false"]


@pytest.mark.parametrize(
    "key",
    [
        "第一章 网络\n一、单选题 1-2 BA\n第二章 系统\n一、单选题 1-2 BA\n",
        "第一章\n1.B 2.A\n第二章\n1.B 2.A\n",
        "第二章\n1.B 2.A\n第一章\n1.B 2.A\n",
    ],
)
def test_chapters_keep_their_answers(key: str) -> None:
    """The same numbers in two chapters are not mixed up, whichever comes first."""
    assert shown(read(CHAPTERS, key)[0]) == ["数据链路层", "网络层", "Process", "Thread"]


def test_the_paper_once_more_with_answers() -> None:
    """A teacher's copy of the paper serves as its key, even where it shows answers inside the questions."""
    copy = (
        PAPER.replace("大洋是（  ）", "大洋是（ A ）")
        .replace("D. 淮河", "D. 淮河\n答案：B")
        .replace("球体。", "球体。（√）")
    )
    questions, ctx = read(PAPER, copy)
    assert shown(questions) == ["太平洋", "长江", "-", "true", "-", "-", "-"]
    assert "R014" not in {d.code for d in ctx.report}


def test_what_fits_nothing_points_into_the_key() -> None:
    """Answers to questions that the paper does not ask are R015, at their line in the key's own file."""
    questions, ctx = read(PAPER, "一、单项选择题\n1-3 ABC\n三、简答题\n1. 风。\n2. 板块。\n7. 多余。\n")
    assert shown(questions)[-1] == "板块。"
    found = [d for d in ctx.report if d.code == "R015"]
    assert [(d.source.file, d.source.line) for d in found if d.source] == [("answers.txt", 6)]


def test_a_key_of_another_paper_is_said_to_be_one() -> None:
    """A file in which nothing fits is R016 and answers nothing."""
    for key in ("完全无关的话", "31-33 ABC", ""):
        questions, ctx = read(PAPER, key)
        assert shown(questions) == ["-"] * 7
        found = [d for d in ctx.report if d.code == "R016"]
        assert [d.source.file for d in found if d.source] == ["answers.txt"]


def test_letters_never_judge() -> None:
    """Letters that no judgement can mean are not given to true-false questions for want of a better place."""
    questions, ctx = read("一、判断题\n1. 地球是圆的。\n2. 水往高处流。\n", "1.C\n2.D\n")
    assert shown(questions) == ["-", "-"]
    assert "R015" in {d.code for d in ctx.report}


def test_a_contradiction_is_not_settled_in_silence() -> None:
    """An answer that paper and key give differently is R014 and makes a draft; what only one gives is taken."""
    paper = PAPER + "\n参考答案\n一、单项选择题\n1-3 BBC\n二、判断题\n1.√ 2.×\n"
    questions, ctx = read(paper, "一、单选题\n1-3 ABC\n三、简答题\n1. 风。\n")
    assert [d.question for d in ctx.report if d.code == "R014"] == [questions[0].id]
    assert questions[0].status == "draft"
    assert shown(questions)[3:6] == ["true", "false", "风。"]
    inside, ctx = read("一、单选题\n1. 二加二是（ B ）\nA.三 B.四\n", "1.A")
    assert "R014" in {d.code for d in ctx.report}
    assert inside[0].status == "draft"


def test_both_texts_are_accounted_for() -> None:
    """Paper and key have an account each that covers it exactly once; claims on the key name the questions."""
    key = "地理期末试卷答案\n一、单项选择题\n1-3 ABC\n二、判断题\n1.√ 2.×\n三、简答题\n1. 风。\n2. 板块。\n"
    questions, ctx = read(PAPER, key)
    paper, other = ctx.accounts
    assert isinstance(paper, Account)
    assert isinstance(other, Account)
    assert (paper.document, paper.text, other.document, other.text) == ("paper.txt", PAPER, "answers.txt", key)
    for account in (paper, other):
        assert account.claims[0].start == 0
        assert account.claims[-1].end == len(account.text)
        assert all(a.end == b.start for a, b in pairwise(account.claims))
        assert account.covered == 1
    claimed = {c.question: other.text[c.start : c.end] for c in other.claims if c.question}
    assert claimed[questions[0].id] == "A"
    assert {q.source.document for q in questions if q.source} == {"paper.txt"}
    assert max(q.source.end_line or 0 for q in questions if q.source) <= PAPER.count("\n") + 1


def test_one_file_and_two_files_are_read_alike() -> None:
    """Cut in two at the heading of its key, a labelled paper gets the answers it had in one piece."""
    folder = ROOT / "tests" / "readers" / "paper" / "papers"
    compared = 0
    for path in sorted(folder.rglob("*.txt")):
        text = path.read_text(encoding="utf-8")
        keys = [h for h in headings(fold(text)) if h.level == "key"]
        if len(keys) != 1 or keys[0].start < len(text) * 0.3:
            continue
        at = keys[0].start
        whole = {q.id: answers(q, by_name) for q in flat(read_text(text, "paper.txt", Context()))}
        two = {q.id: answers(q, by_name) for q in flat(read(text[:at], text[at:])[0])}
        assert two == whole, path.name
        compared += sum(map(bool, whole.values()))
    assert compared > 20


def test_hostile_keys_end() -> None:
    """Odd texts on either side are read to the end."""
    for key in ("1-999 A" * 50, "一、" * 500, "1.A " * 2000, "\n" * 5000, "题号" * 300, "Part " * 300, "(" * 2000):
        read(PAPER, key)
        read(key, PAPER)
        read(key, key)


def _docx(*paragraphs: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>')
    return sink.getvalue()


def test_a_key_in_any_container(tmp_path: Path) -> None:
    """Word documents and web pages are keys as well as texts are, and formulas in them stay formulas."""
    paper, word, page = tmp_path / "paper.txt", tmp_path / "key.docx", tmp_path / "key.html"
    paper.write_text(PAPER, encoding="utf-8")
    word.write_bytes(_docx("一、单项选择题", "1-3 ABC", "二、判断题", "1.√ 2.×"))
    cells = "".join(f"<td>{x}</td>" for x in ("题号", 1, 2, 3)), "".join(f"<td>{x}</td>" for x in ("答案", *"ABC"))
    table = "".join(f"<tr>{row}</tr>" for row in cells)
    page.write_text(
        f"<!doctype html><html><body><h2>单项选择题</h2><table>{table}</table><h2>简答题</h2><p>1. 风 \\(v=1\\)</p></body></html>",
        encoding="utf-8",
    )
    assert shown(importing.import_files([str(paper)], keys=[str(word)]).questions)[:5] == CLOSED
    done = importing.import_files([str(paper)], keys=[str(page)])
    assert shown(done.questions)[:3] == CLOSED[:3]
    essay = flat(done.questions)[5]
    assert isinstance(essay, Essay)
    assert essay.answer is not None
    assert [e.tag for e in richtext.elements(essay.answer) if e.tag == "tex"] == ["tex"]
    assert [(f.name, f.reader, f.questions) for f in done.files][1] == (str(page), "key", 0)


def test_keys_are_paired_with_papers(tmp_path: Path) -> None:
    """As many keys as papers, in their order; any other number, and a key of a question file, is refused."""
    names = {"a.txt": PAPER, "b.txt": ENGLISH, "a-key.txt": "一、1-3 ABC", "b-key.txt": "Part I\n1. B\n2. A\n"}
    for name, text in names.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    a, b, a_key, b_key = (str(tmp_path / name) for name in names)
    done = importing.import_files([a, b], keys=[a_key, b_key])
    assert shown(done.questions) == [*CLOSED[:3], "-", "-", "-", "-", "4", "Apple", "-", "-"]
    assert done.header.title is None
    for papers, keys in (([a, b], [a_key]), ([a], [a_key, b_key])):
        with pytest.raises(QbankError, match="one for each paper"):
            importing.import_files(papers, keys=keys)
    bank = tmp_path / "bank.json"
    bank.write_text('{"qbank": 1, "questions": []}', encoding="utf-8")
    with pytest.raises(QbankError, match="--key is for papers"):
        importing.import_files([str(bank)], keys=[a_key])
    with pytest.raises(QbankError, match="--key is for papers"):
        importing.import_files([a], keys=[str(bank)])


def test_a_single_choice_stays_single() -> None:
    """The kind that was guessed without an answer is settled by the key, and no stale doubt is left."""
    questions, ctx = read("1. 二加二是（ ）\nA.三 B.四 C.五\n2. 三加三是（ ）\nA.六 B.七 C.八\n", "1.B 2.A")
    assert all(isinstance(q, SingleChoice) for q in questions)
    assert "R017" not in {d.code for d in ctx.report}
    assert [q.source.confidence for q in questions if q.source] == [1.0, 1.0]
