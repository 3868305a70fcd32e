"""The paper reader stays linear, and what makes it fast changes nothing it finds."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from qbank.readers.decode import decode
from qbank.readers.paper import read_text
from qbank.readers.paper.attach import _KEY_PART
from qbank.readers.paper.fields import _FIELD
from qbank.readers.paper.headings import GLUED, KEY_GLUED
from qbank.readers.paper.numbers import _MARK
from qbank.readers.paper.view import fold
from qbank.reading import Context

TEXTS = sorted((Path(__file__).parents[1] / "corpus" / "texts").iterdir())
AHEAD = {
    "fields": (_FIELD, re.compile(r"\(\?=\[[^\n]*\|\\S\[ \]exact\)\n")),
    "numbers": (_MARK, re.compile(r"\(\?=\[ \\t[^\n]*\]\)\n|^[ ]*\(\?=\[\\d第[^\n]*\]\)\n", re.M)),
    "glued": (GLUED, re.compile(r"\A\(\?=\[[^\]]*\]\)")),
    "glued keys": (KEY_GLUED, re.compile(r"\A\(\?=\[[^\]]*\]\)")),
}
"""Patterns that look at one character before they try their alternatives, and that look."""


@pytest.mark.parametrize("name", AHEAD)
def test_looking_ahead_hides_nothing(name: str) -> None:
    """A pattern finds the same in every labelled paper with and without its look at the first character."""
    quick, ahead = AHEAD[name]
    bare, removed = ahead.subn("", quick.pattern)
    assert removed
    slow = re.compile(bare, quick.flags)
    for path in TEXTS:
        text = fold(decode(path.read_bytes(), path.name, Context()))
        assert [m.span() for m in quick.finditer(text)] == [m.span() for m in slow.finditer(text)], path.name


def test_blanks_in_a_key_cost_linear_time() -> None:
    """A key drawn with long runs of blanks is searched for its parts in well under a second."""
    text = ("\n答案" + " " * 300 + "\n") * 40
    before = time.process_time()
    assert not [m for m in _KEY_PART.finditer(text) if m["kind"]]
    assert time.process_time() - before < 1


def test_ten_papers_cost_ten_times_one() -> None:
    """A bank ten times as long takes about ten times as long to read; with the square it would be a hundred."""

    def seconds(count: int) -> float:
        text = "一、单项选择题（每题1分）\n" + "".join(
            f"{i}. 第{i}件货物应放在（  ）。\nA. 货架\nB. 通道\nC. 门口\nD. 窗台\n答案：{'ABCD'[i % 4]}\n解析：见第{i}条。\n"
            for i in range(1, count + 1)
        )
        before = time.process_time()
        assert len(read_text(text, "bank.txt", Context())) == count
        return time.process_time() - before

    small = min(seconds(90) for _ in range(3))
    assert min(seconds(900) for _ in range(3)) <= 30 * small + 0.5
