"""Bytes of any encoding become text, or are refused in one sentence."""

from __future__ import annotations

import pytest

from qbank.diagnostics import QbankError
from qbank.readers.decode import decode
from qbank.reading import Context

TEXT = "一、单项选择题\n1．下列说法中正确的是（　）。\nA．甲的说法　B．乙的说法\n" * 4
TRADITIONAL = "一、單項選擇題\n1．下列說法中正確的是（　）。\nA．甲的說法　B．乙的說法\n" * 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_without_a_word(encoding: str) -> None:
    """UTF-8, and UTF-16 or UTF-32 with its mark, are read and nothing is reported."""
    ctx = Context()
    assert decode(TEXT.encode(encoding), "x", ctx) == TEXT
    assert len(ctx.report) == 0


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(TEXT, "gb18030"), (TEXT, "gbk"), (TRADITIONAL, "big5"), ("1. What?\nA. yes\nB. no\n" * 9, "utf-16-le")],
)
def test_other_encodings_are_guessed_and_said(text: str, encoding: str) -> None:
    """GB18030, Big5 and unmarked UTF-16 are recognised, and the guess is reported."""
    ctx = Context()
    assert decode(text.encode(encoding), "x", ctx) == text
    assert [d.code for d in ctx.report] == ["R027"]


def test_line_ends_and_control_characters() -> None:
    """Line ends become one; characters no text has are removed and counted."""
    ctx = Context()
    body = "a line of text that is long enough\r\n" * 5
    assert decode((body + "b\x00c\x07\rd").encode(), "x", ctx) == body.replace("\r\n", "\n") + "bc\nd"
    assert [d.code for d in ctx.report] == ["R028"]


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(200), bytes(range(32)) * 40, b"PK\x03\x04" + bytes(100)])
def test_binary_is_refused(data: bytes) -> None:
    """What is not text is refused in one sentence that names the file."""
    with pytest.raises(QbankError, match=r"^x: this is not a text file .*"):
        decode(data, "x", Context())


def test_a_broken_byte_does_not_spoil_the_rest() -> None:
    """UTF-8 with a broken byte stays UTF-8."""
    data = TEXT.encode() + b"\xff" + TEXT.encode()
    assert decode(data, "x", Context()) == TEXT + "\ufffd" + TEXT
