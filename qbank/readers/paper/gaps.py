"""Gaps that were filled in, and answers that repeat the whole sentence."""

from __future__ import annotations

import re

from qbank.readers.paper.clean import clean
from qbank.readers.paper.view import fold

_FILLED = re.compile(
    r"[(]\s*(?P<in>[^()\n]{1,60}?)\s*[)]|【\s*(?P<in2>[^【】\n]{1,60}?)\s*】|_{2,}\s*(?P<in3>[^_\n]{1,40}?)\s*_{2,}"
)
_ASIDE = re.compile(
    r"^(?:如|或|即|含|见|包括|单位|不含|注|例如|简称|e\.g\.|i\.e\.)|^(?:改|修改|缩写|扩写|仿写|续写|补写|提问|照样子|仿照|用[^()]{0,12}(?:造句|回答|改写|说)|填|写|选|任选|共|提示|答案不唯一|在[^()]{0,12}(?:画|填|打)|对画线|就画线|画线|保留|精确|结果|每空|每题|限|不少于|合并成|同义句|否定句|一般疑问)|\d\s*分$|^\d{1,2}$"
)
_BEFORE_GAP = re.compile(
    r"[由于至为是用到成有在和与及以的了过经受免选从按取达可需应会能称叫指向对被将把出入得给比宜不行生定含低高大小、,。;:“‘\"']$|^$|称为$|包括$"
)
_LOOK_BACK = 400
"""Characters before a bracket that are looked at: a word, and as many blanks as `narrow` leaves."""
LABEL_TEXT = re.compile(r"^\s*[A-H]\s*[.、:]\s*(?=\S)")


def filled(raw: str) -> bool:
    """Under a heading of choices, a bracket with words in it is a gap that was filled."""
    flat = fold(raw)
    end = len(flat.rstrip("。.? "))
    return any(
        not re.fullmatch(r"[\sA-H,、]*", m["in"] or m["in2"] or m["in3"])
        and (
            LABEL_TEXT.match(m["in"] or "")
            or m.end() >= end
            or _asked(flat[max(0, m.start() - _LOOK_BACK) : m.start()])
        )
        for m in _FILLED.finditer(flat)
    )


def between(pieces: list[str], raw: str) -> list[list[str]] | None:
    """What fills the gaps where the answer is the whole sentence again; None where it is not."""
    text = clean(raw)
    flat = fold(text)
    anchors = [re.sub(r"[\s。.]", "", fold(p)) for p in pieces]
    if not 2 <= len(pieces) <= 8 or len(text) > 1000 or len("".join(anchors)) < 4 or not any(anchors[:-1]):
        return None
    shape = r"\W*" + r"(.{1,80}?)".join(r"\s*".join(map(re.escape, a)) for a in anchors)
    match = re.fullmatch(shape + r"[\s。.]*", flat, re.S)
    if match is None:
        return None
    return [[text[a:b].strip(" \t\n_（）()：:")] for a, b in map(match.span, range(1, len(pieces)))]


_UNDERLINED = re.compile(r"_{2,}[ \t]*[^_\s和与及或至到、,点]{2,12}[ \t]*_{2,}(?=[\s。.,;、]|$)")
"""An answer written on its line: `____长江____`."""
_LINES = re.compile(r"_{2,}")
_WORDS_BETWEEN = re.compile(
    r"[ \t]*(?!(?:和|与|及|或|至|到|点|是|为|的|有|在|对|以及|and|or|to)[ \t]*_)[^_\n,。;、?!:()]{1,24}[ \t]*"
)


def on_lines(flat: str, sure: bool) -> bool:
    """Whether every answer stands on its line (`____长江____`): the lines come in pairs around a few words.

    With one pair alone, `sure` has to say that the paper writes its answers so.
    """
    lines = [m.span() for m in _LINES.finditer(flat)]
    if len(lines) == 2 and _UNDERLINED.search(flat):
        one, two = lines[0][1] - lines[0][0], lines[1][1] - lines[1][0]
        return one == two or (sure and max(one, two) < 2 * min(one, two))
    if len(lines) % 2 or not lines or (len(lines) == 2 and not sure):
        return False
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    if not all(_WORDS_BETWEEN.fullmatch(flat + "_", a[1], b[0]) or _alone(flat, a[1], b[0]) for a, b in pairs):
        return False
    written = sum(b[0] - a[1] for a, b in pairs)
    return written < len(flat) - written - sum(b - a for a, b in lines)


def _alone(flat: str, start: int, end: int) -> bool:
    """Whether two lines enclose a list of words: `__市、县__`."""
    return end - start <= 16 and bool(re.fullmatch(r"[^\s_,。;?!:()]{2,}、[^\s_,。;?!:()]{2,}", flat[start:end]))


def written_gaps(flat: str) -> list[re.Match[str]]:
    """Brackets that hold an answer rather than an aside."""
    found = [m for m in _FILLED.finditer(flat) if m["in3"] or not _ASIDE.search(m["in"] or m["in2"])]
    if not found and len(told := [m for m in _FILLED.finditer(flat) if (m["in"] or "").isdecimal()]) == 1:
        # `一年有（12）个月`: the only bracket holds a figure
        return told if told[0].start() > 0 and not re.match(r"[ \t]*[(]", flat[: told[0].start() + 1]) else []
    lettered = [m for m in found if m["in"] and LABEL_TEXT.match(m["in"])]
    if lettered:
        return lettered
    if len(found) > 1:
        likely = [
            m
            for m in found
            if m["in3"]
            or _asked(flat[max(0, m.start() - _LOOK_BACK) : m.start()].rstrip())
            or (m["in"] or "")[:1] in "≤≥<>=≈"
        ]
        found = likely or found
    return found


def _asked(before: str) -> bool:
    """Whether what stands before a bracket asks for what is in it."""
    return _BEFORE_GAP.search(before) is not None
