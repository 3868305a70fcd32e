"""Every usual way to number, letter and answer, combined: each combination is read whole."""

from __future__ import annotations

from itertools import product

import pytest

from qbank.model import SingleChoice, TrueFalse
from qbank.readers.paper import read_text
from qbank.reading import Context

CHINESE = (
    ("茶壶里最适合放的是", ("茶叶", "石头", "铁钉", "沙子"), 0),
    ("2008年的第一场雪落在哪座城？", ("南京", "北京", "长沙", "昆明"), 1),
    ("一把普通的椅子有几条腿？", ("6条", "5条", "4条", "3条"), 2),
)
ENGLISH = (
    ("Which of these rings?", ("a spoon", "a bell", "a towel", "a carpet"), 1),
    ("In 1969 the kettle cost ______.", ("3 pounds", "4 pounds", "5 pounds", "6 pounds"), 0),
    ("A chair usually has how many legs?", ("one", "two", "three", "four"), 3),
)
NUMBERS = ("{n}.", "{n}、", "{n}．", "{n})", "({n})", "（{n}）", "第{n}题 ", "第{n}题：", "Q{n}. ", "[{n}] ", "题目{n}\n", "{n}.（单选题）",
           "{n}、【单选题】", "[单选]{n}、", "{n}.(2分)", "### {n}. ", "**{n}.** ", "{n:02d}. ", "{n} ")  # fmt: skip
ENGLISH_NUMBERS = ("{n}. ", "{n}) ", "Q{n}. ", "Q{n}: ", "Question {n}\n", "Question {n}: ", "QUESTION NO: {n}\n", "#{n} ", "**{n}.** ",
                   "### {n}. ", "{n} ", "Question {n} of 3\n", "{n}. (2 points) ")  # fmt: skip
OPTIONS = (("{L}. {t}", "\n"), ("{L}、{t}", "\n"), ("{L}．{t}", "　　"), ("{L}.{t}", "\t"), ("({L}){t}", " "), ("（{L}）{t}", "\n"), ("【{L}】{t}", "\n"),
           ("{L} {t}", "\n"), ("{L}) {t}", "\n"), ("{l}. {t}", "\n"), ("{L}:{t}", "\n"), ("- {L}. {t}", "\n"), ("{L}.{t}", ""), ("{L}、{t}", "；"))  # fmt: skip
ENGLISH_OPTIONS = (("{L}. {t}", "\n"), ("{L}) {t}", "\n"), ("({L}) {t}", "\n"), ("{l}. {t}", "\n"), ("{l}) {t}", "\n"), ("({l}) {t}", "\n"), ("{L} {t}", "\n"),
                   ("{L}: {t}", "\n"), ("    {L}. {t}", "\n"), ("- {L}. {t}", "\n"), ("{L}. {t}", "   "))  # fmt: skip
ANSWERS = ("\n答案：{L}", "\n正确答案：{L}", "\n【答案】{L}", "\n[答案] {L}", "\n参考答案：{L}", "\n答：{L}", "\n答案 {L}", "\n答案：{L}\n解析：书上这样写。",
           "\n我的答案：A 正确答案：{L}", "  答案：{L}", "\n答案：{L}.{t}", "\n【正确答案】 {L}\n【答案解析】 见教材。\n", "\n故选{L}。")  # fmt: skip
ENGLISH_ANSWERS = ("\nAnswer: {L}", "\nAnswer: {l}", "\nAns: {L}", "\nANS: {L}", "\nCorrect Answer: {L}", "\n**Answer: {L}**", "\nAnswer: {L}. {t}",
                   "\nAnswer: {t}", "\nAnswer: ({L})", "\nThe correct answer is {L}.", "\nAnswer: {L}\nExplanation: The book says so.", "\nAnswer - {L}",
                   "\nRight answer: {L}", "\nSolution: {L}", "\nKey: {L}")  # fmt: skip
KEYS = ("答案\n1\nA\n2\nB\n3\nC\n", "答案：ACB\n", "【答案】1.A 2.C 3.B\n", "参考答案:1、A 2、C 3、B\n", "第1题答案是A，因为如此。第2题选C。第3题选B。\n", "答案：1A；2C；3B\n",
        "1～3 ACB\n", "答案：1-3：A、C、B\n", "题号\t1\t2\t3\n答案\tA\tC\tB\n", "答案\n(1)A (2)C (3)B\n", "参考答案及解析\n1.【答案】A【解析】略。\n2.【答案】C\n3.【答案】B\n",
        "答 案\n1.A　2.C　3.B\n", "附：参考答案\n一、选择题\n1-3 ACB\n", "答案：①A ②C ③B\n", "答案详见下表\n1 2 3\nA C B\n", "标准答案\n1、选A\n2、选C\n3、选B\n",
        "参考答案：\n第1题：A\n第2题：C\n第3题：B\n", "Q1: A; Q2: C; Q3: B\n", "Answers: 1. (A) 2. (C) 3. (B)\n", "KEY\n1 — A\n2 — C\n3 — B\n", "Key: 1-3: ACB\n",
        "ANSWERS: 1=A 2=C 3=B\n", "Answer sheet\n1 [A]  2 [C]  3 [B]\n", "| Question | Answer |\n|---|---|\n| 1 | A |\n| 2 | C |\n| 3 | B |\n")  # fmt: skip


def found(text: str) -> list[tuple[str, list[str], str | None]]:
    """Stem, options and answer of every question with options; anything else by its kind."""
    out: list[tuple[str, list[str], str | None]] = []
    for question in read_text(text, "paper.txt", Context()):
        if isinstance(question, SingleChoice):
            out.append((str(question.stem), [str(c.text) for c in question.choices], question.answer))
        else:
            out.append((type(question).__name__, [], None))
    return out


def paper(
    title: str, items: tuple[tuple[str, tuple[str, ...], int], ...], number: str, option: tuple[str, str], answer: str
) -> str:
    """A paper in one layout."""
    shape, between = option
    blocks = [title]
    for n, (stem, options, right) in enumerate(items, 1):
        listed = between.join(shape.format(L="ABCD"[i], l="abcd"[i], t=t) for i, t in enumerate(options))
        told = answer.format(L="ABCD"[right], l="abcd"[right], t=options[right])
        blocks.append(f"{number.format(n=n)}{stem}{'（  ）' if title == '茶馆知识测试题' else ''}\n{listed}{told}\n")
    return "\n".join(blocks)


@pytest.mark.parametrize("number", NUMBERS)
def test_chinese(number: str) -> None:
    """Each way to number a question goes with each way to letter its options, and the ways to answer take turns."""
    for i, option in enumerate(OPTIONS):
        for k in range(3):
            answer = ANSWERS[(5 * i + NUMBERS.index(number) + 4 * k) % len(ANSWERS)]
            text = paper("茶馆知识测试题", CHINESE, number, option, answer)
            got = [(stem.replace("（ ）", ""), options, right) for stem, options, right in found(text)]
            assert got == [(s, list(o), "abcd"[r]) for s, o, r in CHINESE], text


@pytest.mark.parametrize("number", ENGLISH_NUMBERS)
def test_english(number: str) -> None:
    """The same for English."""
    for i, option in enumerate(ENGLISH_OPTIONS):
        for k in range(3):
            answer = ENGLISH_ANSWERS[(4 * i + ENGLISH_NUMBERS.index(number) + 7 * k) % len(ENGLISH_ANSWERS)]
            text = paper("A household test", ENGLISH, number, option, answer)
            assert found(text) == [(s, list(o), "abcd"[r]) for s, o, r in ENGLISH], text


@pytest.mark.parametrize("key", KEYS)
def test_keys(key: str) -> None:
    """Each way to write a key at the end of a paper answers its questions and ends up in no option."""
    text = "茶馆小测\n" + "".join(f"{n}．第{n}把壶里有什么（　　）\nA．茶  B．水  C．酒  D．醋\n" for n in (1, 2, 3))
    expected = ["a", "b", "c"] if key == KEYS[0] else ["a", "c", "b"]
    assert [(options, answer) for _, options, answer in found(text + key)] == [
        (["茶", "水", "酒", "醋"], a) for a in expected
    ]


@pytest.mark.parametrize(
    ("number", "words"), list(product(("{n}.", "{n}、", "（{n}）", "第{n}题 ", "Q{n}. "), ("√×", "对错", "TF")))
)
def test_verdicts(number: str, words: str) -> None:
    """Verdicts in brackets, behind the statement, on its next line, labelled, or in a key."""
    facts = (("鱼会飞。", False), ("鸟有羽毛。", True), ("猫会爬树。", True))
    shapes = ("{s}（{w}）", "{s}({w})", "{s}\n（{w}）", "{s}\n答案：{w}", "{s}（ ）\n【答案】{w}", "{s}  {w}")
    for shape in shapes:
        lines = [number.format(n=n) + shape.format(s=s, w=words[not v]) for n, (s, v) in enumerate(facts, 1)]
        made = read_text("一、判断题\n" + "\n".join(lines) + "\n", "paper.txt", Context())
        assert [(q.stem, q.answer) for q in made if isinstance(q, TrueFalse)] == list(facts), shape
