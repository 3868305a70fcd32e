"""What the cells of a platform's sheet say: texts, gaps and their answers, the words for true and false."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import escape

from qbank import richtext
from qbank.differences import visible
from qbank.model import Html, Text

GAP = re.compile(
    r"[(（\[【][\s\u3000]*_*[\s\u3000]*[)）\]】]|_{2,}|﹍{2,}|＿{2,}|\[(?:BlankArea|空|blank)[0-9]*\]", re.I
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\x85\u2028]")
_LABEL = re.compile(r"^\s*[(（\[【]?([A-Za-z])\s*(?:[.．、:：]|[)）\]】][.．、:：]?)\s*(?=\S)")
_SEPARATORS = (
    "||", "|", "｜", "$$", "$;$", "###", "@@", "##", "\n", "；", ";", "#", "、", "，", ",", "\t", "  ", "\u3000", "/", " ",
)  # fmt: skip
LONGEST = 300
"""A longer answer to a question that shows no gap is a model answer, whatever its kind is called."""
_TRUE = frozenset({"true", "t", "yes", "y", "对", "正确", "是", "√", "✓", "✔", "right", "correct", "v", "同意"})
_FALSE = frozenset(
    {"false", "f", "no", "n", "错", "错误", "否", "×", "✗", "✘", "x", "wrong", "incorrect", "不正确", "不对", "不同意"}
)
_VERDICTS = (
    {"true", "false"}, {"对", "错"}, {"正确", "错误"}, {"√", "×"}, {"✓", "✗"}, {"✔", "✘"}, {"right", "wrong"},
    {"correct", "incorrect"}, {"√", "x"},
)  # fmt: skip


def tidied(text: str) -> str:
    """The text of a cell without what its sheet does not keep apart: kinds of line ends and blanks, blanks around it."""
    return _LINE_END.sub("\n", text).replace("\u00a0", " ").replace("\u200b", "").strip()


def plain(text: Text) -> tuple[str, bool]:
    """The text as a cell can show it, and whether it says the same."""
    shown = _CONTROL.sub("", tidied(richtext.plain(text)))
    if isinstance(text, str) and shown == text:
        return shown, True
    return shown, visible(shown) == visible(text)


def truth(word: str) -> bool | None:
    """The truth value a cell names; None for any other word."""
    said = unicodedata.normalize("NFKC", word).strip().strip("。.()（） ").casefold()
    return True if said in _TRUE else False if said in _FALSE else None


def verdicts(texts: Sequence[str]) -> bool:
    """Whether two choices are the words for true and false, so that the question is to be judged; yes and no are not."""
    said = {unicodedata.normalize("NFKC", text).strip().casefold() for text in texts}
    return len(texts) == 2 and said in _VERDICTS


def unlabelled(texts: Sequence[str], letters: Sequence[str]) -> list[str]:
    """The choices without the letters before them, where every one begins with its own."""
    found = [_LABEL.match(text) for text in texts]
    if len(texts) > 1 and all(
        m is not None and m[1].upper() == letter for m, letter in zip(found, letters, strict=True)
    ):
        return [_LABEL.sub("", text) for text in texts]
    return list(texts)


def bare_statement(stem: str) -> str:
    """A statement without the empty brackets in which it is judged."""
    return re.sub(r"\s*[(（][\s\u3000]*[)）]\s*([。.]?)\s*$", r"\1", stem).strip() or stem


def alternatives(text: str) -> list[str]:
    """The texts that a cell accepts for one gap."""
    parts = [part.strip() for part in re.split(r"[;；|｜]+", text)]
    return list(dict.fromkeys(part for part in parts if part))


def answers(text: str, gaps: int) -> list[list[str]] | None:
    """The accepted texts of each gap; None where the cell has not as many answers as there are gaps."""
    if gaps <= 1:
        found = alternatives(text)
        return [found] if found else None
    numbered = re.split(r"(?:^|[\s;；,，、|])[(（]?[0-9①-⑳]{1,2}\s*[)）.．、:：]\s*", text)
    if len(numbered) == gaps + 1 and not numbered[0].strip():
        return _each(numbered[1:])
    for separator in _SEPARATORS:
        parts = [part.strip() for part in text.split(separator)]
        if separator in {"  ", " ", "\n", "\t"}:
            parts = [part for part in parts if part]
        if len(parts) == gaps and all(parts):
            return _each(parts)
    return None


def _each(parts: Sequence[str]) -> list[list[str]] | None:
    found = [alternatives(part.strip(" ;；,，、|")) for part in parts]
    return found if all(found) else None


def gapped(stem: str) -> tuple[Text, int]:
    """The stem with a gap for every one that is drawn, named b1, b2, ..., and how many there are."""
    gaps = list(GAP.finditer(stem))
    if not gaps:
        return stem, 0
    parts: list[str] = []
    at = 0
    for i, gap in enumerate(gaps, 1):
        parts += [_html(stem[at : gap.start()]), f'<blank id="b{i}"/>']
        at = gap.end()
    parts.append(_html(stem[at:]))
    return Html(html=f"<p>{''.join(parts)}</p>"), len(gaps)


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br/>")
