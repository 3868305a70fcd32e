"""What stands around a stem: kinds and points in brackets, levels, an answer given first."""

from __future__ import annotations

import re
from fractions import Fraction

from qbank.readers.paper.fields import Field
from qbank.readers.paper.parts import Item
from qbank.readers.paper.words import POINTS, kind_named

_TAG = re.compile(
    r"[ \t]*(?:\n[ \t]*)?(?:[(【\[][ \t]*(?P<tag>[^()【】\[\]\n]{1,24})[ \t]*[)】\]]|(?P<bare>单选题?|多选题?|判断题?|填空题|简答题|主观题|问答题|论述题|名词解释|计算题|不定项选择题|单项选择题|多项选择题)(?:[ \t]*[:]|[ \t]*(?=[\n(【\[]))|(?P<short>单选|多选|判断|填空|简答|问答|论述)(?=[(]\d|[ \t]+(?=[\u4e00-\u9fff“《\d])))[ \t]*[、.:]?"
)


_TAG_TEXT = re.compile(
    r"题|单选|多选|判断|填空|简答|\d\s*分|choice|select|true|points?|pts|marks?|单项|多项|不定项|必答|难|易|中等", re.I
)


_END_POINTS = re.compile(
    r"[(【\[][ \t]*(?:本题|本小题|满分|共|计)?[ \t]*(\d{1,3}(?:\.\d{1,2})?)[ \t]*(?:分|points?|pts?|marks?)(?:[ \t]*[,，;；/][^()【】\[\]\n]{0,24})?[ \t]*[)】\]][ \t。]*$",
    re.I,
)
_LINE_POINTS = re.compile(
    r"\A[^\n]*?(?<=[。.?!:;])(?P<mark>[ \t]*[(【\[][ \t]*(?:本题|本小题|满分|共|计)?[ \t]*(?P<worth>\d{1,3}(?:\.\d{1,2})?)[ \t]*(?:分|marks?|points?)(?:[ \t]*[,;/][^()【】\[\]\n]{0,24})?[ \t]*[)】\]])[ \t]*(?=\n)",
    re.I,
)
"""Points at the end of a stem's first line, when more lines follow."""


ALONE = re.compile(r"^[ \t]*[(【\[]?[ \t]*(?:[A-H]{1,7}|√|×|对|错|正确|错误|T|F)[ \t]*[)】\]]?[ \t.。]*$")


_MARKS = re.compile(r"(?<=[.?!])[ \t]*\[(\d{1,2})\]$")
"""Marks as British papers print them: `Explain why. [2]`."""
_DRAWN = re.compile(
    r"(?P<mark>[\[(]\d{1,2}(?:[ \t]*(?:marks?|分))?[\])])[ \t]*\n(?:[ \t]*\n|[^\n]*(?:\.{6,}|_{6,}|…{3,})[^\n]{0,20}(?:\n|\Z)|[ \t]*[A-Za-z ]{1,40}=[ \t]*(?:\n|\Z))*\s*\Z"
)
"""Marks, then nothing but lines to write on: `[2]`, `speed = ............ m/s`."""
_STATE = re.compile(
    r"(?:partially )?(?:in)?correct|wrong|right|skipped|unanswered|not answered|(?:部分|不)?正确|错误|未回答|未作答|已回答|已作答",
    re.I,
)
"""What became of an attempt, printed beside the number."""


def subtitle(text: str, at: int, end: int, found: Item) -> int:
    """The rest of the line of `Question 3 - Easy` names a level, a kind or points, not the question."""
    line = text.find("\n", at, end)
    rest = text[at:line].strip(" \t*#-–—:|()[]") if line >= 0 else ""
    if not rest or len(rest) > 40 or not text[line:end].strip():
        return at
    points = POINTS.search(rest)
    level = re.fullmatch(
        r"(?:very )?(?:easy|medium|moderate|hard|difficult|beginner|intermediate|advanced)|容易|较易|中等|较难|困难",
        rest,
        re.I,
    )
    if _STATE.fullmatch(rest) or re.fullmatch(r"topic[ \t]+\d{1,3}", rest, re.I):
        return line
    kind = kind_named(rest) if not re.search(r"[?？。是的]", rest) and len(rest) <= 24 else None
    if not (level or (points and len(rest) <= 20) or (kind and re.fullmatch(r"[\w ,/()-]+", rest))):
        return at
    found.difficulty = rest if level else found.difficulty
    found.tag = found.tag or kind
    if points and found.points is None:
        found.points = Fraction(points[1])
    return line


_TOPIC_LINE = re.compile(
    r"\s*(?:[-–—*][ \t]*)?(?:[(\[][ \t]*(?:topic|domain|section|exam topic|module|objective)[ \t]*[:#]?[ \t]*[\w .,&-]{1,40}[)\]]|(?:exam )?topic[ \t]*[#:]?[ \t]*\d{1,3})[ \t]*(?=\n)",
    re.I,
)
"""The line below the number that names the part of an examination: `- (Topic 3)`."""


def topic(text: str, at: int, end: int, found: Item) -> int:
    """Where the question begins behind a line that only names its topic."""
    match = _TOPIC_LINE.match(text, at, end)
    if match is None:
        return at
    found.claims.append((at, match.end(), "question", "topic"))
    return match.end()


def full(found: Item, label: str, worth: str) -> None:
    """Note whether `1 out of 1 points` says that what was answered is right."""
    won = re.match(r"(?:mark )?([\d.]+) out of", label, re.I)
    if won is not None and float(won[1] or 0) == float(worth) > 0:
        found.hints["full"] = True


def head_fields(text: str, found: Item, body: int, parts: list[Field]) -> tuple[int, list[Field]]:
    """Points, and even the answer, that stand before the stem."""
    if parts and parts[0].name == "answer" and not text[body : parts[0].start].strip():
        line = text.find("\n", parts[0].end, found.end)
        value = text[parts[0].end : line].strip() if line >= 0 else ""
        follows = text[line : parts[1].start if len(parts) > 1 else found.end]
        if 0 < len(value) <= 12 and len(follows.strip()) > 6 and ALONE.match(value):
            part = parts.pop(0)
            found.raw, found.origin, found.raw_span = value, "label", (part.end, line)
            found.claims.append((part.start, line, "answer", part.label))
            body = line
    while parts and parts[0].name in {"points", "difficulty", "knowledge"} and not text[body : parts[0].start].strip():
        part = parts.pop(0)
        line = text.find("\n", part.end, found.end)
        stop = found.end if line < 0 else line
        if part.name == "points":
            number = re.match(
                r"\s*(\d{1,3}(?:\.\d{1,2})?)[ \t]*(?:分中的[ \t]*[\d.]+[ \t]*分|分|pts|points)?[)】\]]?",
                text[part.end : stop],
            )
            assert number is not None
            full(found, part.label, number[1])
            found.points = found.points if found.points is not None else Fraction(number[1])
            stop = part.end + number.end()
        elif part.name == "difficulty":
            found.difficulty = text[part.end : stop].strip()
        else:
            found.knowledge = text[part.end : stop].strip()
        body = stop
    return body, parts


_WORTH_TAG = re.compile(r"[ \t]*(\d{1,3}(?:\.\d)?)[ \t]*分?[ \t]*[)][ \t]*(?=\n|\Z)")


def without_prompts(text: str, found: Item, parts: list[Field]) -> list[Field]:
    """Fields that only cut: a prompt such as "select one:" ends nothing but the stem."""
    kept = []
    for part in parts:
        if part.label.startswith("(分值"):
            # `[单选题] (分值：5)` at the end of the stem's line: what follows are the options
            worth = _WORTH_TAG.match(text, part.end)
            if worth is not None and found.prompt is None:
                found.points = found.points if found.points is not None else Fraction(worth[1])
                found.claims.append((part.start, worth.end(), "question", "points"))
                found.prompt = (part.start, worth.end())
                continue
        if part.name == "skip":
            found.claims.append((part.start, part.end, "question", "prompt"))
            found.prompt = (part.start, part.end)
            if "多" in part.label or "more" in part.label.lower():
                found.tag = found.tag or "multiple"
            continue
        kept.append(part)
    return kept


def tags(text: str, at: int, end: int, found: Item) -> int:
    """Read `(单选题, 1.0 分)`, `(2分)` and the like at the head of a question."""
    while match := _TAG.match(text, at, end):
        inside = match["tag"] or match["bare"] or match["short"]
        if not _TAG_TEXT.search(inside):
            break
        kind = kind_named(inside) if not POINTS.fullmatch(inside.strip()) else None
        points = POINTS.search(inside)
        if kind is None and points is None and not re.search(r"必答|难|易|中等", inside):
            break
        if kind is not None and len(inside) > 14 and points is None:
            break
        found.tag = found.tag or kind
        if points is not None and found.points is None:
            found.points = Fraction(points[1])
        if not kind and not points:
            found.difficulty = inside
        at = match.end()
    return at


_END_TAG = re.compile(
    r"(?:[\[【]|[(](?=[^()\n]*题[ \t]*[)]))[ \t]*(?P<tag>(?:单选|多选|判断|填空|简答|单项选择|多项选择|不定项选择|问答|single choice|multiple choice|true/false)题?)[ \t]*[\]】)][ \t]*\*?\s*$",
    re.I,
)


def end_tag(text: str, found: Item) -> None:
    """A kind named in brackets at the end of the stem, as survey sites print it."""
    if not found.stem:
        return
    start, end = found.stem[-1]
    match = _END_TAG.search(text[start:end])
    if match is not None:
        found.tag = found.tag or kind_named(match["tag"])
        found.claims.append((start + match.start(), end, "question", "kind"))
        found.stem[-1] = (start, start + match.start())


def stem_points(text: str, found: Item) -> None:
    """Points in brackets at the end of the stem."""
    if not found.stem:
        return
    start, end = found.stem[-1]
    body = text[start:end].rstrip()
    drawn = _DRAWN.search(body)
    if drawn is not None:
        # lines to write the answer on, behind the marks
        found.claims.append((start + drawn.end("mark"), start + len(body), "question", "answer lines"))
        body = body[: drawn.end("mark")]
        found.stem[-1] = (start, start + len(body))
    match = _END_POINTS.search(body) or _MARKS.search(body)
    if match is not None:
        if found.points is None or found.hints.get("score_line"):
            found.points = Fraction(match[1])
        found.stem[-1] = (start, start + match.start())
        found.claims.append((start + match.start(), start + match.end(), "question", "points"))
        return
    first = _LINE_POINTS.search(body)
    if first is not None and first.end() < len(body):
        # `…填写空缺处。（8分，每空2分）` and then the program
        if found.points is None:
            found.points = Fraction(first["worth"])
        found.claims.append((start + first.start("mark"), start + first.end(), "question", "points"))
        found.stem[-1:] = [(start, start + first.start("mark")), (start + first.end(), end)]
