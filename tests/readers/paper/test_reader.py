"""What the reader promises about each question: its place, its id, its confidence, and the findings beside it."""

from __future__ import annotations

from qbank import richtext
from qbank.model import (
    Cloze,
    Essay,
    Group,
    Html,
    MultipleChoice,
    Question,
    SingleChoice,
    TextBlank,
    TrueFalse,
)
from qbank.readers.marks import Mark
from qbank.readers.paper import READER, Account, read_text
from qbank.reading import Context, Document, Reader, get

PAPER = """地理期末试卷
一、单项选择题（共3题，每题2分，共6分）
1. 世界上面积最大的大洋是（ A ）。
A. 太平洋 B. 大西洋 C. 印度洋 D. 北冰洋
2. 我国最长的河流是（ ）。
A. 黄河 B. 长江 C. 珠江 D. 淮河
答案：B
解析：全长约6300千米。
二、填空题（每空1分）
1. 一年有____个月，一周有____天。
答案：12；7/七
"""


def read(text: str) -> tuple[list[Question], Context]:
    """The questions of a text, and what was left in the context."""
    ctx = Context()
    return read_text(text, "paper.txt", ctx), ctx


def codes(ctx: Context) -> list[str]:
    """The codes that were reported, in order."""
    return [d.code for d in ctx.report]


def test_the_reader_keeps_the_protocol() -> None:
    """The reader is registered, reads text of any kind last, and refuses JSON, XML and zip archives."""
    assert isinstance(READER, Reader)
    assert get("paper") is READER
    assert 0 < READER.sniff(Document("a.txt", PAPER.encode())) < 0.5
    for data in (
        b'{"qbank": 1}',
        b"[1, 2]",
        b"<?xml version='1.0'?><a/>",
        b"PK\x03\x04" + b"\0" * 40,
        b"%PDF-1.4 \0\0",
    ):
        assert READER.sniff(Document("a.txt", data)) == 0


def test_place_and_words() -> None:
    """A question names its document, section, number and exact place, and quotes its words."""
    questions, _ = read(PAPER)
    source = questions[1].source
    assert source is not None
    assert (source.document, source.title, source.number) == ("paper.txt", "地理期末试卷", "2")
    assert source.section == "一、单项选择题"
    assert (source.line, source.column, source.end_line) == (5, 1, 8)
    assert source.text is not None
    assert source.text.startswith("2. 我国最长的河流是")
    assert source.text.endswith("6300千米。")


def test_the_answer_never_stays_in_the_stem() -> None:
    """A letter in the stem's brackets becomes the answer and the brackets stay, empty."""
    questions, _ = read(PAPER)
    first = questions[0]
    assert isinstance(first, SingleChoice)
    assert first.stem == "世界上面积最大的大洋是（ ）。"
    assert first.answer == "a"
    assert first.points == 2


def test_explanation_points_and_blanks() -> None:
    """An explanation is general feedback; a gap becomes a blank with its alternatives and the points of all gaps."""
    questions, _ = read(PAPER)
    assert questions[1].feedback is not None
    assert questions[1].feedback.general == "全长约6300千米。"
    cloze = questions[2]
    assert isinstance(cloze, Cloze)
    assert isinstance(cloze.stem, Html)
    assert list(richtext.blank_ids(cloze.stem)) == ["b1", "b2"]
    one, two = cloze.blanks
    assert isinstance(one, TextBlank)
    assert isinstance(two, TextBlank)
    assert one.answer is not None
    assert two.answer is not None
    assert [a.text for a in one.answer] == ["12"]
    assert [a.text for a in two.answer] == ["7", "七"]
    assert cloze.points == 2


def test_header_gets_title_and_language() -> None:
    """The paper's title and language become the bank's, where it has none."""
    _, ctx = read(PAPER)
    assert ctx.header.title == "地理期末试卷"
    assert ctx.header.language == "zh-CN"


def test_a_promise_that_is_not_kept() -> None:
    """A heading that promises more questions than there are is reported."""
    _, ctx = read(PAPER)
    assert "R004" in codes(ctx)


def test_ids_survive_spacing_and_width() -> None:
    """An id comes from the words alone: other spacing, width, punctuation, number or kind leave it as it is."""
    plain, _ = read("1. Which ocean is the largest?\nA. Pacific\nB. Atlantic\nC. Indian\nAnswer: A\n")
    other, _ = read("第7题  Which ocean is the largest ？\nＡ．Pacific　Ｂ．Atlantic　Ｃ．Indian\n答案：AB\n")
    assert [q.id for q in plain] == [q.id for q in other]
    assert len(plain[0].id) == len("q-") + 12


def test_an_exact_repeat_is_kept_and_reported() -> None:
    """The same question twice gets two ids and a finding; both are kept."""
    one = "{}. 世界上面积最大的大洋是（ ）。\nA. 太平洋 B. 大西洋 C. 印度洋\n答案：A\n"
    questions, ctx = read(one.format(1) + one.format(2))
    assert len({q.id for q in questions}) == 2
    assert questions[1].id == questions[0].id + "-2"
    assert "R021" in codes(ctx)


def test_two_answers_that_differ() -> None:
    """Two answers that differ are an error and make the question a draft."""
    questions, ctx = read(
        "一、单选题\n1. 世界上面积最大的大洋是（B）。\nA. 太平洋 B. 大西洋 C. 印度洋 D. 北冰洋\n答案：A\n"
    )
    assert "R014" in codes(ctx)
    assert questions[0].status == "draft"


def test_an_answer_outside_the_options_is_not_used() -> None:
    """An answer that names no option is reported, and the answer stays unknown."""
    questions, ctx = read("1. 下列正确的是（ ）。\nA. 甲 B. 乙 C. 丙\n答案：E\n")
    assert isinstance(questions[0], SingleChoice)
    assert questions[0].answer is None
    assert {"R011", "R012"} <= set(codes(ctx))


def test_orphan_keys_are_no_questions() -> None:
    """Answers without their questions are listed and nothing else is made of them."""
    questions, ctx = read("地理试题参考答案\n\n一、选择题1.答案:B2.答案:C\n二、判断题1.错误2.正确\n")
    assert questions == []
    assert "R015" in codes(ctx)


def test_prose_has_no_questions() -> None:
    """A text without questions gives none, and says so."""
    questions, ctx = read("客户服务规范\n一、加强领导\n1、每天检查。\n2、及时上报。\nA、张贴标语。\nB、发放手册。\n")
    assert questions == []
    assert "R001" in codes(ctx)


def test_a_truncated_question_is_a_draft() -> None:
    """A question whose options are missing is kept as a draft."""
    paper = "".join(f"{n}. 下列第{n}项正确的是（ ）。\nA. 甲 B. 乙 C. 丙 D. 丁\n答案：A\n" for n in range(1, 4))
    questions, ctx = read("一、单选题\n" + paper + "4. 下列说法正确的是（ ）。\n")
    assert questions[3].status == "draft"
    assert {"R006", "R026"} <= set(codes(ctx))


def test_two_documents_in_one_file() -> None:
    """Documents glued together are split and each answer stays in its own."""
    one = "{}期末试卷\n\n一、判断题\n1. {}。\n2. 太阳是恒星。\n答案：1.{} 2.√\n"
    questions, ctx = read(one.format("地理", "赤道穿过非洲", "√") + one.format("天文", "月球是行星", "×"))
    answers = [q.answer for q in questions if isinstance(q, TrueFalse)]
    assert answers == [True, True, False, True]
    assert "R003" in codes(ctx)


def test_case_questions_share_their_material() -> None:
    """A case becomes a group: the material once, its questions inside."""
    questions, _ = read(
        "一、案例分析题（20分）\n某市位于河流下游，近年来雨季常有内涝，排水管网修建于三十年前，标准偏低。\n问题：\n（1）内涝的原因是什么？\n（2）请提出改进措施。\n"
    )
    (group,) = questions
    assert isinstance(group, Group)
    assert richtext.plain(group.stem).startswith("某市位于河流下游")
    assert [richtext.plain(q.stem) for q in group.questions] == ["内涝的原因是什么？", "请提出改进措施。"]
    assert all(isinstance(q, Essay) for q in group.questions)


def test_typography_of_the_source_shows_the_answer() -> None:
    """An option that was red or bold in the source is the answer, when only some of the options were."""
    text = "1. 下列属于行星的有（ ）。\nA. 水星\nB. 月球\nC. 火星\nD. 太阳\n"
    spans = [(text.index(word), text.index(word) + 2) for word in ("水星", "火星")]
    ctx = Context()
    (question,) = read_text(text, "x", ctx, [Mark(a, b, "colour") for a, b in spans])
    assert isinstance(question, MultipleChoice)
    assert question.answer == ("a", "c")


def test_every_character_is_accounted_for() -> None:
    """The account covers the text without gap or overlap, and says what each stretch is."""
    _, ctx = read("已阅读5页,还剩6页未读 继续免费阅读\n" + PAPER)
    (account,) = ctx.accounts
    assert isinstance(account, Account)
    assert "".join(account.text[c.start : c.end] for c in account.claims) == account.text
    roles = {c.role for c in account.claims}
    assert {"question", "option", "answer", "explanation", "heading", "furniture"} <= roles
    assert account.covered == 1
    data = account.to_json()
    assert data["coverage"]["furniture"] > 0
    option = next(c for c in account.claims if c.role == "option")
    assert "太平洋" in account.text[option.start : option.end]


def test_the_same_bytes_twice() -> None:
    """Reading twice gives the same questions and the same findings."""
    one, first = read(PAPER)
    two, second = read(PAPER)
    assert one == two
    assert list(first.report) == list(second.report)
