"""No text makes the reader fail, lose a character, or take more than linear time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbank.diagnostics import QbankError
from qbank.readers.paper import Account, read_text
from qbank.reading import Context, Document, get

PAPERS = sorted((Path(__file__).parent / "papers").glob("*.txt"))
TEXTS = [path.read_text(encoding="utf-8") for path in PAPERS]

PIECES = st.sampled_from(
    [
        "1.", "2、", "3．", "10.", "(1)", "（2）", "①", "②", "第1题", "题目一:", "Q1", "Question 2", "一、", "二、", "第一章 ",
        "A.", "B、", "C．", "D ", "(A)", "【B】", "a)", "b.", "答案:", "【答案】", "正确答案：", "我的答案:", "答：", "参考答案\n", "Answer:", "ANS: ",
        "解析：", "Explanation:", "单选题", "一、单选题（共5题，每题2分）", "二、判断题\n", "三、填空题", "案例一", "问题：", "( )", "（　）", "____", "√", "×",
        "对", "错", "True", "A", "BD", "1-5 ABCDA", "| 1 | 2 |\n| A | B |\n", "**", "##", "*", "- ", "\n", "\n\n", "\t", " ", "　", "。", "?", "，",
        "什么是流域", "下列说法正确的是", "the largest ocean is", "3.14", "2023年3月", "5.85%", "```", "{ return 0; }", "\ufdd0", "\u2028", "🙂", "⒈", "⑴", "\x00", "\\(x^2\\)", "[图:a.png]",
    ]
)  # fmt: skip
SHUFFLED = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=80).map("".join)


def check(text: str) -> None:
    """Read a text and hold the account to its promise."""
    ctx = Context()
    questions = read_text(text, "fuzz", ctx)
    (account,) = ctx.accounts
    assert isinstance(account, Account)
    at = 0
    for claim in account.claims:
        assert claim.start == at
        assert claim.end > claim.start
        at = claim.end
    assert at == len(text)
    assert len({q.id for q in questions}) == len(questions)
    assert 0 <= account.covered <= 1


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHUFFLED)
def test_any_mixture_of_marks(text: str) -> None:
    """A text of nothing but markers in any order is read, and every character is claimed exactly once."""
    check(text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), st.data())
def test_damaged_papers(text: str, data: st.DataObject) -> None:
    """A paper cut, doubled or with a piece put in anywhere is read all the same."""
    a = data.draw(st.integers(0, len(text)))
    b = data.draw(st.integers(a, len(text)))
    check(text[:a] + data.draw(PIECES) + text[b:] + data.draw(st.sampled_from(["", text[a:b]])))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """Bytes are read as text or refused with one sentence."""
    try:
        list(get("paper").read(Document("x.txt", data), Context()))
        message = ""
    except QbankError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["\n".join(TEXTS), "1.", "A.B.C.D.", "(" * 50 + ")" * 50, "答案:", "一、单选题\n", "____ ", "1、什么?", "\n \n", "a b ", "参考答案\n1.A\n", "【", "**", "第一章 x\n", "1 A\n"],
    ids=lambda unit: unit[:8].strip() or "blank",
)  # fmt: skip
def test_time_is_linear(unit: str) -> None:
    """Ten times the text takes at most about twelve times as long."""
    small = unit * max(1, 6_000 // len(unit))
    times = []
    for text in (small, small * 10):
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            read_text(text, "x", Context())
            best = min(best, time.process_time() - begin)
        times.append(best)
    # The slack is for a machine that does other things too; what grows with the square takes a hundred times as long.
    assert times[1] <= 30 * times[0] + 0.5, times
