"""One question as the paper has it: its parts as stretches of the text, nothing interpreted yet."""

from __future__ import annotations

import re
from fractions import Fraction

from qbank.readers.paper.bullets import bullets
from qbank.readers.paper.choices import run_of, set_choices
from qbank.readers.paper.fields import SCORE_LINE, Field
from qbank.readers.paper.heads import end_tag, head_fields, stem_points, subtitle, tags, topic, without_prompts
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import OPENS, kind_named

_NAMED = re.compile(r"[ \t#>*+•·\-]{0,40}[【\[(](?P<kind>[\u4e00-\u9fff]{2,6})[】\])]")
"""A kind in brackets before the number: `[单选]1、`."""


_FRAMED = re.compile(r"【[^【】\n]*[·:,、.|-][ \t]*([^【】\n]{2,10}题)】?")
_YEAR_TAG = re.compile(r"[ \t]*[(](?:19|20)\d{2}(?:[ \t]*年)?[^()\n]{0,8}[)][ \t]*")
"""The year of an examination behind the head of an example: `【例题1·单选题】（2021年）`."""


def item(sources: Sources, section: Section, start: int, end: int, mark: Mark | None) -> Item:
    """Cut the stretch `start..end` into the parts of one question."""
    text = sources.view.text
    found = Item(start, end, section, mark)
    body = mark.end if mark is not None else start
    if mark is not None and mark.family == "ask":
        found.tag = kind_named(mark.printed)
    elif mark is not None and (named := _NAMED.match(text, mark.start, mark.end)) is not None:
        found.tag = kind_named(named["kind"])
    if mark is not None and mark.family in {"q", "di", "timu"}:
        body = subtitle(text, body, end, found)
        body = topic(text, body, end, found)
        if (framed := _FRAMED.search(mark.printed)) is not None:
            found.tag = kind_named(framed[1])
    if mark is not None and mark.printed.startswith("【") and (year := _YEAR_TAG.match(text, body, end)) is not None:
        found.claims.append((body, year.end(), "question", "year"))
        body = year.end()
    body = tags(text, body, end, found)
    if mark is not None and mark.before is not None:
        before = text[mark.before[0] : mark.before[1]].strip(" \t_()")
        if before:
            found.raw, found.origin, found.raw_span = before, "before", mark.before
    parts = sources.fields_in(body, end)
    body, parts = head_fields(text, found, body, parts)
    whole = parts
    parts = without_prompts(text, found, parts)
    if found.prompt is not None and parts and parts[0].start < found.prompt[0]:
        return _prompted(sources, found, body, whole, end)
    first = parts[0].start if parts else end
    run = run_of(sources, body, first, end)
    stop = run.start if run is not None else first
    if run is not None and run.start > first:
        # the answer stands before the options
        stop = first - 1 if text[first - 1] in "([【" else first
    found.stem = [(body, stop)]
    if found.prompt is not None and body < found.prompt[0] < stop:
        found.stem = [(body, found.prompt[0])]
        found.unlabelled = (found.prompt[1], stop) if run is None else None
    if run is not None:
        last = first if first > run.last.start else next((p.start for p in parts if p.start > run.last.start), end)
        set_choices(text, found, run, last)
        inner = [p for p in parts if p.start < run.start]
        parts = [p for p in parts if p.start >= run.start]
        if inner:
            _values(sources, found, inner, run.start)
    end_tag(text, found)
    _values(sources, found, parts, end)
    _score_lines(text, found)
    _without_line(text, found)
    stem_points(text, found)
    return found


_AGAIN = re.compile(r"(?<=\s)(?P<number>\d{1,4})[.)][ \t]*_{2,}\s*$")


def _without_line(text: str, found: Item) -> None:
    """A test bank prints the number again at the end of the stem, with a line to write on: `1) ____`."""
    if found.value is None or not found.choices or len(found.stem) != 1:
        return
    start, end = found.stem[0]
    again = _AGAIN.search(text[start:end])
    if again is not None and int(again["number"]) == found.value and text[start : start + again.start()].strip():
        found.stem = [(start, start + again.start())]


def _prompted(sources: Sources, found: Item, body: int, parts: list[Field], end: int) -> Item:
    """A question whose options stand under a prompt of their own, behind what was answered."""
    text = sources.view.text
    assert found.prompt is not None
    closes = found.prompt[1]
    stop = next((p.start for p in parts if p.start >= closes), end)
    found.stem = [(body, parts[0].start)]
    run = run_of(sources, closes, stop, stop)
    if run is not None:
        set_choices(text, found, run, stop)
    else:
        found.unlabelled = (closes, stop)
    _values(sources, found, parts, end)
    _score_lines(text, found)
    stem_points(text, found)
    if run is None:
        bullets(text, found, want=True)
    return found


_SOLVED = re.compile(r"\s*(?P<said>[(]?(?:[A-H]|[a-h](?=[).]))[).]?(?=\s|\Z)|(?P<verdict>True|False)\b)[.:,]?\s*", re.I)
"""A solution that begins with the letter or the verdict itself: `Solution: (b)`."""


_SOLUTION = re.compile(r"[【\[]?(?:solution|sol|解答|详解|worked solution)[】\]]?", re.I)


def _values(sources: Sources, found: Item, parts: list[Field], end: int) -> None:
    """What each labelled part says."""
    text = sources.view.text
    answers: list[tuple[int, str, tuple[int, int]]] = []
    given: tuple[int, int] | None = None
    for i, part in enumerate(parts):
        after = i + 1
        while part.label == "解" and after < len(parts) and parts[after].label == "答":
            after += 1
        if part.label == "答" and i and parts[i - 1].label == "解":
            continue
        stop = parts[after].start if after < len(parts) else end
        span = (part.end, stop)
        value = SCORE_LINE.sub("", text[part.end : stop]).strip(" \t\n*")
        match part.name:
            case "student":
                if found.hints.get("full") and value and not re.search("答案|answer", value, re.I):
                    given = span
                found.claims.append((part.start, stop, "furniture", "what a student answered"))
            case "answer":
                if part.label.lower().endswith("exact match"):
                    found.tag = found.tag or "fill"
                rank = 2 if re.search(r"正确|标准|参考|correct|本题", part.label, re.I) else 1
                if value:
                    answers.append((rank, part.label, span))
                found.claims.append((part.start, stop, "answer", part.label))
            case "explanation":
                if value:
                    found.explanation.append(span)
                found.claims.append((part.start, stop, "explanation", part.label))
            case "knowledge":
                found.knowledge = value.split("\n")[0].strip()
                found.claims.append((part.start, stop, "explanation", part.label))
            case "difficulty":
                found.difficulty = value.split("\n")[0].strip()
                found.claims.append((part.start, stop, "explanation", part.label))
            case "points":
                number = re.match(r"\s*(\d{1,3}(?:\.\d{1,2})?)", text[part.end : stop])
                if number and found.points is None and part.label not in {"得分", "本题得分"}:
                    found.points = Fraction(number[1])
                found.claims.append((part.start, stop, "question", "points"))
                rest = part.end + (number.end() if number else 0)
                rest += len(re.match(r"[ \t]*(?:分)?[)】\]]?", text[rest:stop])[0])  # type: ignore[index]  # always matches
                if i == 0 and not found.choices and text[rest:stop].strip() and found.raw is None:
                    found.stem.append((rest, stop))
            case "skip":
                pass
    if given is not None and not answers and found.raw is None:
        # full marks: what was answered is right
        answers.append((0, "selected", given))
    if not answers and found.raw is None and found.explanation:
        span = found.explanation[0]
        told = _SOLVED.match(text, *span) if sources.fields_in(span[0] - 12, span[0] + 1)[-1:] else None
        if told is not None and (found.choices or told["verdict"]):
            found.raw, found.raw_span, found.origin = told["said"], told.span("said"), "label"
            found.explanation = (
                [(told.end(), span[1]), *found.explanation[1:]]
                if text[told.end() : span[1]].strip()
                else found.explanation[1:]
            )
    if not answers and found.raw is None and not found.choices and found.tag in {None, *OPENS}:
        answers.extend(_solved(found, parts))
    if answers:
        best = max(rank for rank, _, _ in answers)
        chosen = [a for a in answers if a[0] == best]
        _, label, span = chosen[0]
        if found.raw is not None and found.origin in {"before", "alone"}:
            found.rival = found.raw
        found.raw, found.raw_span, found.origin = _unscored(sources, span), span, "label"
        prose = label.endswith(("是", "为")) and len(found.raw.strip()) > 4
        found.hints["short_label"] = prose or label in {"答", "A"}
        others = [sources.view.raw[a[2][0] : a[2][1]] for a in chosen[1:]]
        if others:
            found.rival = others[0]


def _solved(found: Item, parts: list[Field]) -> list[tuple[int, str, tuple[int, int]]]:
    """The solution of an open question that nothing else answers."""
    if found.section.kind not in {None, *OPENS}:
        return []
    for part in parts:
        told = next((s for s in found.explanation if s[0] == part.end), None)
        if part.name == "explanation" and _SOLUTION.fullmatch(part.label) and told is not None:
            found.explanation.remove(told)
            found.claims.insert(0, (part.start, told[1], "answer", part.label))
            return [(1, part.label, told)]
    return []


def _unscored(sources: Sources, span: tuple[int, int]) -> str:
    """An answer as written, without lines that are only a score."""
    raw = sources.view.raw[span[0] : span[1]]
    for match in reversed(list(SCORE_LINE.finditer(sources.view.text[span[0] : span[1]]))):
        raw = raw[: match.start()] + raw[match.end() :]
    return raw


def _score_lines(text: str, found: Item) -> None:
    """A line that is only `10分` is the question's points, and no part of any text."""
    for match in SCORE_LINE.finditer(text, found.start, found.end):
        if found.points is None and float(match[1]) > 0:
            found.points = Fraction(match[1])
        found.claims.insert(0, (match.start(), match.end(), "question", "points"))
        tail = found.choices[-1] if found.choices else None
        if tail is not None and tail.start < match.start() < tail.end:
            tail.end = match.start()
        elif found.stem and found.stem[-1][0] < match.start() < found.stem[-1][1]:
            start, stop = found.stem[-1]
            if not text[match.end() : stop].strip():
                found.stem[-1] = (start, match.start())
        found.hints["score_line"] = True
