"""Headings by their place: where 一、二、… head sections, the lines between that bear the missing numerals head some, too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qbank.readers.paper.words import PaperKind, han_value, kind_named

_LINE = re.compile(
    r"^[ \t#>*【]{0,12}(?P<numeral>[一二三四五六七八九十]{1,3})[ \t]*[、.][ \t]*(?P<title>[^\n]{2,90}?)[ \t*】#]*$",
    re.M,
)
_TOLD = re.compile(
    r"[(]?\d{1,3}[)]?[ \t]*[.、:)~-]|\d{1,3}[ \t]*[-~—–至到]|[(]?[A-Ha-h√×TF]{1,8}(?![\w'’])|[√×]|略|对(?![^\s,、])|错|正确|错误|[(][ \t]*[)]"
)
"""The beginning of answers under a numeral, or of a question."""
_WORTH = re.compile(r"[(【][^()【】\n]{0,60}\d[ \t]*分[^()【】\n]{0,40}[)】]")
_SAID: tuple[tuple[PaperKind, re.Pattern[str]], ...] = (
    ("judge", re.compile(r"[打画划写填标][^\n,。;]{0,6}[“\"'(]?[√×]|[√×][”\"')]?[^\n,。;]{0,6}[打画划填]|对的.{0,8}错的")),
    ("order", re.compile(r"排序|排列顺序|排列成|连词成句|连成句")),
    ("fill", re.compile(r"补充完整|把.{0,16}补|填上|填写|填入|填词|填一填|填空|写拼音|看拼音|写词语|按课文|按原文|默写|完成单词|完成句子|完成下列")),
    ("long", re.compile(r"习作|作文|写作|书面表达|小练笔")),
    ("reading", re.compile(r"短文|阅读|课内外")),
    ("choice", re.compile(r"选择|选出|选一选|精挑细选|单选|我会选")),
    ("judge", re.compile(r"判断|明辨是非|我会判")),
    ("open", re.compile(r"句子|句型|翻译|改写|造句|计算|算一算|解决|列式|画一画|动手|操作|应用|解方程")),
)  # fmt: skip


def outlined(text: str, known: Sequence[int]) -> list[tuple[int, int, str, PaperKind | None, str]]:
    """Start, end, title, kind and promise of the lines that head a section by their numeral alone.

    `known` are the places of headings that name a kind. A line counts as one where its
    numeral stands in a run 一、二、三 … some of whose members are known.
    """
    starts = set(known)
    out: list[tuple[int, int, str, PaperKind | None, str]] = []
    for run in _runs(text):
        sure = sum(m.start() in starts for m in run)
        worth = sum(bool(_WORTH.search(m["title"])) for m in run)
        if (not sure and worth < 2) or (sure + worth) * 2 < len(run) or len(run) < 3:
            continue
        for match in run:
            if match.start() in starts or len(match["title"]) > 60 + 30 * bool(_WORTH.search(match["title"])):
                continue
            title = match["title"]
            promise = " ".join(m[0] for m in _WORTH.finditer(title))
            if not promise and (title.endswith(("?", ";", ",")) or re.search(r"[?](?!.{0,3}$)", title)):
                continue
            kind = _kind(title)
            out.append(
                (match.start(), match.end(), f"{match['numeral']}、{_WORTH.sub('', title).strip()}", kind, promise)
            )
    return out


def _kind(title: str) -> PaperKind:
    """What a heading that is a sentence asks for; `open` where it does not say."""
    if re.search(r"案例|材料分析|情[景境]分析", title):
        return "case"
    said: PaperKind | None = next((kind for kind, pattern in _SAID if pattern.search(title)), None)
    return said or kind_named(title) or "open"


def _runs(text: str) -> list[list[re.Match[str]]]:
    """The lines with numerals, cut where these begin again at 一; a run that skips more than one numeral ends."""
    out: list[list[re.Match[str]]] = []
    for match in _LINE.finditer(text):
        if _TOLD.match(match["title"]):
            continue
        value = han_value(match["numeral"])
        if value == 1 or not out:
            out.append([match])
        elif 0 < value - han_value(out[-1][-1]["numeral"]) <= 2:
            out[-1].append(match)
    return out
