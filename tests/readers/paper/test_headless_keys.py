"""Keys whose first list stands under no heading, or whose lines name a kind: no answer goes astray, none is lost."""

from __future__ import annotations

from typing import Any

import pytest

from qbank.readers.paper import read_text
from qbank.reading import Context

PAPER = """一、单项选择题
1．仓库里最先要检查的是（ ）。
A．天气　　B．货架　　C．午饭　　D．海报
2．灭火器的指针应在（ ）。
A．红区 B．黄区 C．蓝区 D．绿区
二、判断题
1．通道可以堆放货物。（ ）
2．离开时要关灯。（ ）

参考答案
"""


def answers(key: str) -> list[Any]:
    """The answers of the paper's four questions; the reader must find exactly those four."""
    questions = read_text(PAPER + key, "paper.txt", Context())
    assert len(questions) == 4
    return [getattr(question, "answer", None) for question in questions]


@pytest.mark.parametrize("key", ["1-2 BD", "1.B 2.D", "题号 1 2\n答案 B D"])
def test_letters_are_for_the_questions_with_options(key: str) -> None:
    """A list of letters goes to the choice section, never as true or false to the last one."""
    first, second, *judged = answers(key)
    assert [str(first).upper(), str(second).upper()] == ["B", "D"]
    assert judged == [None, None]


@pytest.mark.parametrize(
    "key",
    [
        "1-2 BD\n1-2 ×√",
        "1-2 BD\n二、1．× 2．√",
        "1-2 BD\n二、判断题\n1．× 2．√",
        "选择题：1-2 BD\n判断题：1-2 ×√",
        "单选题：1-2 BD\n判断题：1.× 2.√",
    ],
)
def test_every_list_finds_its_section(key: str) -> None:
    """A first list without a heading does not swallow, or lose, what the later headings bring."""
    first, second, *judged = answers(key)
    assert [str(first).upper(), str(second).upper()] == ["B", "D"]
    assert judged == [False, True]
