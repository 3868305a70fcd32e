"""Records: a dump that names its fields (题干, 选项, 答案 ...) on lines of their own, once for every question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from qbank.readers.paper.choices import set_choices
from qbank.readers.paper.parts import Choice, Item, Sources
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import kind_named

_NAMES: tuple[tuple[str, str], ...] = (
    ("number", r"题号|编号|序号|试题编号|题目编号|id|no\.?|number|question[ ](?:id|no\.?|number)"),
    ("kind", r"题型|题目类型|试题类型|类型|question[ ]type|type|kind"),
    ("stem", r"题干|题目内容|试题内容|题目描述|题面|题目|试题|问题|question[ ]text|question|stem|prompt"),
    ("option", r"选项[ ]?[A-Ha-h1-8]|[A-Ha-h][ ]?选项|(?:option|choice|answer)[ _]?[a-h1-8]"),
    ("options", r"备选答案|备选项|可选项|候选项|选项内容|选项|options|choices"),
    ("answer", r"正确答案|参考答案|标准答案|答案|correct[ ]answers?|answers?|correct|key|solution"),
    ("explanation", r"答案解析|试题解析|解析|解释|详解|分析|explanation|rationale|feedback|analysis"),
    ("points", r"分值|分数|满分|points?|marks?|score"),
    ("difficulty", r"难易程度|难度系数|难度|difficulty|level"),
    ("knowledge", r"知识点|考点|章节|所属章节|标签|分类|topic|tags?|category|chapter|subject|来源|出处|备注|科目|专业|source|note"),
)  # fmt: skip
_LABEL = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+)?(?:\*\*)?(?:(?P<open>[【\[<])[ \t]*)?(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _NAMES)
    + r")(?(open)[ \t]*[】\]>](?:\*\*)?[ \t]*[:=]?|[ \t]*(?:\*\*)?[ \t]*[:=])(?:\*\*)?[ \t]*",
    re.M | re.I,
)
_SPLIT = re.compile(r"[|\n]|<br[ ]?/?>|[;](?=[ \t]*[A-H][ \t]*[.、:)])")
_BARRED = re.compile(r"^[ \t]*(?P<letter>[A-Ha-h])[ \t]*\|", re.M)
_LETTER = re.compile(r"[ \t]*[(【\[]?(?P<letter>[A-Ha-h])[ \t]*(?:[.、:)】\]·-][ \t]*|[ \t]+)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A named field: where its label begins, where its value does, where that ends."""

    name: str
    start: int
    value: int
    end: int


def records(sources: Sources, section: Section, start: int, end: int) -> tuple[list[Item], int, int]:
    """The questions of a dump of records in a stretch, and where they begin and end; none unless two or more agree.

    A dump names the stem and, for most of its records, the options or the kind as well:
    with a stem and an answer alone it would be a list of questions and answers.
    """
    text = sources.view.text
    found = list(_lines(text, start, end))
    counts = Counter(f.name for f in found)
    stems = counts["stem"]
    if stems < 2 or max(counts["options"], counts["kind"], counts["option"] // 2) * 2 < stems:
        return [], start, end
    first = next(f.name for f in found if counts[f.name] * 10 >= stems * 8)
    heads = [
        i for i, f in enumerate(found) if f.name == first and (not i or first != "option" or found[i - 1].name != first)
    ]
    out: list[Item] = []
    for i, j in zip(heads, [*heads[1:], len(found)], strict=True):
        made = _record(sources, section, found[i:j])
        if made is not None:
            out.append(made)
    if len(out) < 2:
        return [], start, end
    return out, out[0].start, out[-1].end


def _lines(text: str, start: int, end: int) -> Iterator[_Line]:
    marks = list(_LABEL.finditer(text, start, end))
    stops = [*(m.start() for m in marks[1:]), end]
    for match, stop in zip(marks, stops[: len(marks)], strict=True):
        blank = re.compile(r"\n[ \t]*\n").search(text, match.end(), stop)
        value_end = blank.start() if blank and text[match.end() : blank.start()].strip() else stop
        name = match.lastgroup if match.lastgroup != "open" else None
        yield _Line(name or next(n for n, _ in _NAMES if match[n]), match.start(), match.end(), value_end)


def _record(sources: Sources, section: Section, lines: list[_Line]) -> Item | None:
    text, raw = sources.view.text, sources.view.raw
    stem = next((f for f in lines if f.name == "stem"), None)
    if stem is None or not text[stem.value : stem.end].strip():
        return None
    found = Item(lines[0].start, lines[-1].end, section, None, [(stem.value, stem.end)])
    for line in lines:
        body = text[line.value : line.end].strip()
        if not body or line is stem:
            continue
        match line.name:
            case "kind":
                found.tag = kind_named(body)
            case "options":
                options_of(sources, found, line.value, line.end)
            case "option":
                found.choices.append(Choice("", len(found.choices), line.value, line.end))
                found.labelled = False
            case "answer" if found.raw is None:
                found.raw, found.raw_span, found.origin = raw[line.value : line.end], (line.value, line.end), "label"
            case "explanation":
                found.explanation.append((line.value, line.end))
                found.claims.append((line.start, line.end, "explanation", "explanation"))
            case "points":
                number = re.match(r"\d{1,3}(?:\.\d{1,2})?", body)
                found.points = Fraction(number[0]) if number else None
            case "difficulty":
                found.difficulty = body.split("\n")[0]
            case "knowledge":
                found.knowledge = body.split("\n")[0]
    found.claims.append((found.start, found.end, "question", "record"))
    return found


def options_of(sources: Sources, found: Item, start: int, end: int) -> None:
    """Give a question the options of one field: letters in a run, or pieces between bars or line breaks."""
    text = sources.view.text
    pieces: list[tuple[int, int]] = []
    at = start
    barred = list(_BARRED.finditer(text, start, end))
    if len(barred) >= 2:
        stops = [*(m.start() for m in barred[1:]), end]
        found.choices = [
            Choice(m["letter"], ord(m["letter"].upper()) - 65, m.end(), b) for m, b in zip(barred, stops, strict=True)
        ]
        return
    for match in _SPLIT.finditer(text, start, end):
        pieces.append((at, match.start()))
        at = match.end()
    pieces = [(a, b) for a, b in [*pieces, (at, end)] if text[a:b].strip()]
    lettered = [_LETTER.match(text, a, b) for a, b in pieces]
    marks = [m for m in lettered if m is not None]
    if len(pieces) >= 2 and len(marks) == len(pieces):
        found.choices = [
            Choice(m[0].strip(), ord(m["letter"].upper()) - 65, m.end(), b)
            for m, (_, b) in zip(marks, pieces, strict=True)
        ]
    elif runs := sources.runs_in(max(0, start - 1), end):
        set_choices(text, found, runs[0], end)
    elif len(pieces) >= 2:
        found.choices = [Choice("", i, a, b) for i, (a, b) in enumerate(pieces)]
        found.labelled = False
