"""Question numbers: every candidate, and the one run of them that reads best."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from qbank.readers.paper.words import ASKING, COMMAND, HAN, HAN_NUMBER, han_value

_MARK = re.compile(
    rf"""(?=[ \t\#>*+•·\-_\d第【\[(①-⑳{HAN}百题试习问思案材单多判填简名论qp])
    (?P<lead>(?:^|(?<=\n))[ \t#>*+•·\-]{{0,40}}(?:[【\[(](?:单选|多选|判断|填空|简答|问答|论述|不定项|单项选择|多项选择|不定项选择|名词解释|案例分析|计算|综合|实操)题?[】\])][ \t]*)?)?
    (?P<gap>(?:_{{1,12}}[ \t]*[A-Ha-hTF√×]?[ \t]*_*|[(][ \t]*(?:[A-H√×对错TF]{{0,6}}|正确|错误|True|False)[ \t]*[)])[ \t]*(?=[\d(]))?
    (?=[\d第【\[(①-⑳{HAN}百题试习问思案材单多判填简名论*qp])
    (?:
      第[ \t]*(?P<di>\d{{1,4}}|{HAN_NUMBER})[ \t]*(?:小)?题(?![目号])[ \t]*[:.、]?
    | [【](?:题目|试题|习题|例题?|典例|真题|练习题?|第)[ \t]*(?P<framed>\d{{1,3}})[ \t]*(?:题)?(?:[ \t]*[·:,、.|-][ \t]*[^【】\n]{{2,10}}题)?[】][ \t]*[:.、]?
    | (?:题目|试题|习题|问题|思考题)[ \t]*(?P<timu>\d{{1,4}}|{HAN_NUMBER})(?![\d分])[ \t]*[:.、)]?
    | (?:\*\*)?(?:question|ques|problem|q)[ \t.]*(?:(?:no|number)[.:]?[ \t]*)?[#]?(?P<q>\d{{1,4}})(?![\w.]*\w)(?:[ \t]*(?:of|/)[ \t]*\d{{1,4}}(?!\d))?[ \t]*(?:[(][^()\n]{{0,30}}[)])?[ \t]*[.:)、\-–—|]?(?:\*\*)?
    | (?:案例|材料)[ \t]*(?P<case>\d{{1,2}}|{HAN_NUMBER})[ \t]*[:.、]?
    | (?P<ask>[【](?:例题?|典例|真题)[ \t]*[·:,、.|-][ \t]*[^【】\n]{{2,10}}题[】]|(?:\*\*)?(?:问|题目|问题|Q|题干|question|(?:单选|多选|判断|填空|简答|单项选择|多项选择|名词解释|论述)题?(?=[ \t]*[:](?![ \t]*[(]?(?:共|每|本))))(?:\*\*)?[ \t]*[:](?:\*\*)?(?=[ \t]*[^\s]))
    | [【](?:问题|第)?(?P<square>\d{{1,3}})(?:题)?[】][.、]?
    | \[(?P<bracket>\d{{1,3}})\]
    | (?P<circle>[①-⑳])
    | [(](?P<paren>\d{{1,3}})[)](?:[ \t]*[.、])?
    | [(](?P<pcjk>{HAN_NUMBER})[)][、.]?
    | (?P<cjk>{HAN_NUMBER})[ \t]*[、.]
    | (?P<rparen>\d{{1,3}})[ \t]?[)]
    | (?P<plain>\d{{1,4}})[ \t]?(?:\\)?(?P<sep>[.、·:。,])(?:\*\*)?
    | (?P<spaced>\d{{1,3}})(?P<blank>[ \t]+)(?=[^\s\d.,%\-+*/=)]|(?:19|20)\d{{2}}年)
    | (?P<counter>(?<![^\n])\d{{1,4}})[ \t]*/[ \t]*\d{{1,4}}[ \t]*(?=\n)
    | (?P<alone>(?<![^\n])\d{{1,3}}(?=[ \t]*\n[ \t]*[^\s\d]|[ \t]*[【\[(][ \t]*(?:单选|多选|判断|填空|简答|单项|多项|不定项|问答|论述|名词)|[ \t]*(?:单选|多选|判断|填空|简答|单项选择|多项选择|不定项|问答|论述)题?[ \t]*[(][\d.]+分[)]))
    )""",
    re.X | re.I,
)
_TOLD = re.compile(r"(?:答案|答|】|answer|ans)[ \t]*[:]?[ \t]*(?:[A-H][,、 ]?){1,8}\Z", re.I)
"""An answer's letters right before a number: `答案:A4.` begins question 4."""
_FAMILIES = (
    "di",
    "framed",
    "timu",
    "q",
    "case",
    "ask",
    "square",
    "bracket",
    "circle",
    "paren",
    "pcjk",
    "cjk",
    "rparen",
    "plain",
    "spaced",
    "counter",
    "alone",
)
_UNIT = re.compile(
    r"\d*\s*(?:[%‰℃°]|倍|元|米|公里|千米|厘米|毫米|万|亿|吨|公斤|小时|分钟|度|版本|折|m\b|kg|cm|mm|GHz|V\b|A\b)"
)
_DECIMAL = re.compile(r"\d{1,4}(?=[\s,;。]|\Z)")
"""The rest of a figure that stands alone: `B: 3.5`."""
_SAID_BEFORE = re.compile(r"(?:答案|答|】|answer|ans)[ \t]*[:]?[ \t]*\S{1,6}\Z", re.I)
"""An answer, whatever it is: `答案：错误8.72法则` begins question 8."""
_NUMBER_BEFORE = re.compile(r"\n[ \t]*[(]?\d{1,3}[ \t]?[.、)][ \t]*\Z")
"""A line's own number: what follows it is the question, be it a figure."""
_RECKONED = re.compile(r"\d{1,4}[ \t]*(?:[+\-×÷*/=<>≤≥≈%‰℃°~]|(?:[kcm]?m|kg|k?[VWΩN]|MPa|GHz)\b|[,;。)])")
"""The rest of a figure that is reckoned or measured with: `与1.25×8.8`."""
_SCORE_REST = re.compile(r"\d{1,2}[ \t]*(?:分(?![钟之析别布类子米])|points?\b|pts?\b)", re.I)
"""The rest of a score: `12.0分`."""
_TO_WRITE = re.compile(r"[ \t]*_{2,}[ \t]*(?:\n|\Z)")
"""A number again at the end of a line, with a line to write the answer on."""
_UNIT_BEFORE = re.compile(r"\d[ \t]*(?:[a-zA-Zμ]{1,3}(?:/[a-zA-Z]{1,3})?|[A-Za-z]{1,3}/[A-Za-z]{1,3})\Z")
"""A figure with its unit, the last word of an option: `7d6、` begins question 6."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that may be a question's number."""

    start: int
    end: int
    value: int
    family: str
    printed: str
    score: float
    line: bool
    before: tuple[int, int] | None = None
    """A bracket or line before the number that holds the answer."""


def marks(text: str, *, key: bool = False) -> list[Mark]:
    """Every candidate for a question's number in folded text; in a key, `C2.` may begin one."""
    out: list[Mark] = []
    asked = 0
    at = 0
    while match := _MARK.search(text, at):
        mark = _mark(text, match, key, asked)
        at = match.end() if mark is not None else max(match.start() + 1, _step(match))
        if mark is not None:
            asked += mark.family == "ask"
            out.append(mark)
    if not key:
        out = sorted([*out, *_glued(text)], key=lambda m: m.start)
    return _without_comments(text, out)


_GLUED = re.compile(r"(?<=[A-H][.、:)])(?P<digits>\d{2,6})[.、](?=[\u4e00-\u9fff(“《])")
"""An option that is a figure, and the number of the next question behind it: `D.966.通话`."""


def _glued(text: str) -> list[Mark]:
    """The numbers that may end a run of digits behind an option's letter."""
    out = []
    for match in _GLUED.finditer(text):
        digits = match["digits"]
        for size in (1, 2, 3):
            tail = digits[-size:]
            if size < len(digits) and tail[0] != "0":
                at = match.end("digits") - size
                out.append(Mark(at, match.end(), int(tail), "plain", tail, -0.5, False))
    return out


_SIGN = re.compile(r"\s*(#{1,6})[ \t]")


def _without_comments(text: str, found: list[Mark]) -> list[Mark]:
    """The numbers that can be questions', by the `#` before them.

    `# 1.` among numbers without such a sign is a comment in a program; where
    `### 1.` heads questions, the plain lists below those are their answers.
    """
    signs = {id(m): len(s[1]) for m in found if m.line and (s := _SIGN.match(text[m.start : m.end]))}
    bare = [m for m in found if m.line and id(m) not in signs and m.family in {"plain", "rparen", "q", "di", "timu"}]
    single = {key for key, size in signs.items() if size == 1}
    if single and len(bare) >= len(single):
        found = [m for m in found if id(m) not in single]
    heads = [m for m in found if signs.get(id(m), 0) >= 2 and m.family in {"plain", "rparen", "q", "di", "timu"}]
    lines = [text[m.end : m.end + 120].split("\n", 1)[0] for m in heads]
    asking = sum(bool(ASKING.search(line) or COMMAND.match(line.lstrip(" *"))) for line in lines)
    if len(heads) >= 3 and asking * 2 >= len(heads) and all(a.value < b.value for a, b in pairwise(heads)):
        dropped = {id(m) for m in bare if m.start > heads[0].start}
        found = [m for m in found if id(m) not in dropped]
    return found


def _step(match: re.Match[str]) -> int:
    """Where to look on after a candidate that is none: behind its digits."""
    family = next(f for f in _FAMILIES if match[f] is not None)
    return match.end(family)


def _mark(text: str, match: re.Match[str], key: bool, asked: int) -> Mark | None:
    family = next(f for f in _FAMILIES if match[f] is not None)
    written = match[family]
    line = match["lead"] is not None
    first = match.start(family)
    gap = match["gap"]
    if gap and family == "spaced" and re.fullmatch(r"[(][ \t]*[A-Ha-h][ \t]*[)][ \t]*", gap):
        return None  # `(A) 3 pounds`: an option that begins with a figure
    start = match.start("lead") if line else (match.start("gap") if gap else match.start())
    if gap and not line:
        # a bracket before a number inside a line belongs to what stands before it
        start, gap = match.end("gap"), None
        match_start = start
    else:
        match_start = match.start()
    body = match_start if not line else match.end("lead")
    before = text[body - 1] if body > 0 else "\n"
    after = text[match.end() : match.end() + 1]
    if not line and family in {"rparen", "plain"} and _TO_WRITE.match(text, match.end()):
        return None
    value = (
        asked + 1 if family == "ask"
        else ord(written) - 0x245F if family == "circle"
        else int(written) if written.isdecimal()
        else han_value(written)
    )  # fmt: skip
    if value <= 0 or (value > 999 and family not in {"di", "timu", "q", "plain"}):
        return None
    score = 2.0 if line else 0.0
    if not line:
        if family in {"plain", "rparen", "spaced", "paren", "bracket"}:
            empty_option = before in ".、:" and text[body - 2 : body - 1] in set("CDEFGH")
            verdict = before == "×" and text[body - 2 : body - 1] in {" ", "\t", "。", ")", ":", "】", ""}
            if before in "0123456789" or (before in ".-/~=<>≤≥×*+#$%_^&" and not (empty_option or verdict)):
                return None
            told = before.isupper() and _TOLD.search(text, max(0, body - 24), body)
            unit = family == "plain" and match["sep"] in "、." and _UNIT_BEFORE.search(text, max(0, body - 10), body)
            if "a" <= before.lower() <= "z" and (not key or before.islower()) and not told and not unit:
                return None
        if (
            family in {"ask", "case", "square", "spaced"}
            or (family in {"q", "timu"} and before.isalnum() and before.isascii())
        ) and (family != "spaced" or not key):
            return None
        if (
            (before.isupper() and _TOLD.search(text, max(0, body - 24), body))
            or before in "。.?!)】]”\"》;:…' \t\n"
            or before in "):"
        ):
            score = 1.0
        elif before in ",、(“《":
            score = -2.5
        else:
            score = -0.7
        if family == "cjk" and before not in "。?!)】]”:;\n \t.》":
            score = -1.5
    if family == "cjk" and (before in "第十一二三四五六七八九百" or text[first - 1 : first] == "第"):
        return None
    if family == "plain" and before in "、," and not line and (after.isdigit() or match["sep"] in "、,"):
        return None
    if family in {"plain", "spaced"}:
        sep = match["sep"] or " "
        if value > 999:
            return (
                None
                if sep != "、" and sep != "."
                else Mark(start, match.end(), value, "plain", written, score - 1, line)
            )
        if sep == "." and after.isdigit():
            if (
                not line
                and (before.isalpha() or before in ",、" or _NUMBER_BEFORE.search(text, max(0, body - 12), body))
                and _RECKONED.match(text, match.end())
                and not _SAID_BEFORE.search(text, max(0, body - 24), body)
            ):
                return None
            if _SCORE_REST.match(text, match.end()):
                return None
            score -= 0.8
            if (
                (not line and _DECIMAL.match(text, match.end()))
                or _UNIT.match(text, match.end(), match.end() + 12)
                or re.match(r"\d{1,3}(?:\.\d|[,;)]|\s*[+\-×=*/÷]|[ \t]+[a-z])", text[match.end() : match.end() + 6])
            ):
                score -= 2.5
        if sep in ":," and not line and not key:
            return None
        if sep in ":。,":
            score -= 1.2 if line else 3.0
            if sep == ":" and after.isdigit():
                return None
            if sep == ",":
                score -= 0.8
        if sep == "·" and after.isdigit():
            return None
        if family == "spaced" and not line and not key:
            return None
        if family == "spaced" and re.match(
            r"[年月日号个种条项章节元万亿倍分秒级期届位名人次页世纪岁]", text[match.end() :][:1]
        ):
            return None
    family_name = {"spaced": "plain", "framed": "timu", "counter": "plain"}.get(family, family)
    if family == "spaced":
        score -= 0.8
    if family == "rparen" and before == "(":
        return None
    if family == "paren" and line is False and before.isalnum() and before.isascii():
        score -= 2
    printed = (
        text[first : first + len(written)]
        if family in {"plain", "spaced", "rparen"}
        else match[0].strip(" \t\n#>*+-:、.|_")
    )
    span = (match.start("gap"), match.end("gap")) if gap else None
    return Mark(start, match.end(), value, family_name, printed, score, line, span)
