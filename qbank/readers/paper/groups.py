"""Material that several questions share: a case, a passage, options that stand once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from qbank.readers.paper.items import item
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.options import Run
from qbank.readers.paper.parts import Choice, Group, Item, Sources
from qbank.readers.paper.paths import Facts, reading
from qbank.readers.paper.resolve import is_asking
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import OPENS, SURE_GAP

SHARED = re.compile(
    r"(?<=\n)[ \t]*[(【\[][ \t]*(\d{1,3})[ \t]*[-~—–至到][ \t]*(\d{1,3})[ \t]*(?:小?题)?[ \t]*[)】\]][ \t]*(?=\n)|"
    r"[(【\[]?\s*(?:第)?(\d{1,3})\s*[-~—–至到、和]\s*(?:第)?(\d{1,3})\s*(?:小?题)\s*共用[^\n)】\]]{0,12}[)】\]]?[:。]?|"
    r"(?:[(【]?[一二三四五六七八九十]?[)】、]?)(?:请)?(?:根据|阅读|依据|结合|共用|读|观察|看)[^\n。]{0,50}?(?:回答|完成|作答|答)?[^\n。\d]{0,12}?(?:第)?\s*(\d{1,3})\s*[-~—–至到、和]\s*(?:第)?(\d{1,3})\s*(?:小?题|问)?"
    r"|(?:read\b[^\n]{0,80}?)?(?:questions?|items?)\s+(\d{1,3})\s*(?:[-–—~]|to|through|and)\s*(\d{1,3})(?:\s*,?(?:\s+which)?\s+(?:refer|are based|relate|use|pertain)[^\n]*|\s*[.:]?[ \t]*(?=\n))",
    re.I,
)


_ASK_LABEL = re.compile(
    r"\s*(?:[【\[]?(?:问题|请回答|请回答下列问题|请回答以下问题|要求|请问|试问|思考题?)[】\]]?\s*[:]?|Questions?\s*:)\s*$",
    re.I,
)


_PASSAGE = re.compile(r"阅读|短文|材料|资料|passage|read the\b|根据.{0,20}回答", re.I)


_INSTRUCTION = re.compile(
    r"^[\s(]*(?:本(?:大)?题|每(?:小)?题|请将|请在|下列各题|从下列|在每小题|判断下列|选择一个|identify|indicate|choose|select|write|answer)|请将.{0,30}填|(?:涂|填)(?:在|入)",
    re.I,
)


_OWN_NUMBER = re.compile(r"(?P<number>\d{1,3})[ \t]*[.、](?!\d)[ \t]*")


_OWN_WORTH = re.compile(r"[(【\[][ \t]*(?:本题|本小题|共|满分)?[ \t]*(\d{1,3}(?:\.\d)?)[ \t]*分[ \t]*[)】\]][ \t]*")


def _gapped(text: str, start: int, end: int, out: list[Item]) -> bool:
    """Whether questions that are nothing but options belong to the numbered gaps of the text above them."""
    bare = [i for i in out if i.choices and i.value is not None and not "".join(text[a:b] for a, b in i.stem).strip()]
    if len(bare) < 2 or len(bare) * 2 < len(out):
        return False
    told = [re.search(rf"[(_][ \t]*{i.value}[ \t]*[)_]", text[start:end]) is not None for i in bare]
    return sum(told) * 10 >= len(told) * 8


def set_material(sources: Sources, section: Section, start: int, first: Item, out: list[Item]) -> None:
    """What stands between the heading and the first question: shared material, or an instruction."""
    text = sources.view.text
    stop = first.start
    body = text[start:stop].strip()
    parted = _OWN_NUMBER.match(body) is not None and all(
        i.mark is not None and i.mark.family in {"paren", "rparen", "circle"} for i in out if i.group is None
    )
    if (len(body) < 12 and not parted) or sources.runs_in(start, stop):
        return
    label = _ASK_LABEL.search(text, start, stop)
    case = section.kind in {"case", "reading"} or (section.kind == "judge" and "阅读" in (section.title or ""))
    told = re.sub(r"[(【][^()【】\n]{0,12}分[)】]\s*$", "", body).rstrip("。. \t\n")
    colon = told.endswith((":", "题", "问题")) or label is not None
    is_open = section.kind in OPENS
    if not (
        case
        or _gapped(text, start, stop, out)
        or (parted and is_open)
        or (is_open and (colon or len(body) >= 30))
        or (_PASSAGE.search(body) and len(body) > 40)
        or (section.kind is None and colon and len(body) > 60 and _PASSAGE.search(body))
    ):
        return
    if _INSTRUCTION.search(body) and len(body) < 80 and not case:
        return
    if not _PASSAGE.search(body) and all(i.mark is not None and i.mark.family == "ask" for i in out):
        return  # a page of `Question:` and `Answer:`: what stands above them introduces the page
    begin = start + len(text[start:stop]) - len(text[start:stop].lstrip(" \t\n:。.)"))
    group = Group(begin, label.start() if label else stop, section.kind in OPENS)
    members = [i for i in out if i.group is None]
    if (own := _OWN_NUMBER.match(text, begin, stop)) and all(
        i.mark is not None and i.mark.family in {"paren", "rparen", "circle"} for i in members
    ):
        group.value, group.number, group.start = int(own["number"]), own["number"], own.end()
        if (worth := _OWN_WORTH.match(text, group.start, stop)) is not None:
            group.points, group.start = Fraction(worth[1]), worth.end()
        elif section.promise.total is not None:
            group.points = section.promise.total
        group.size = len(members)
    letter = _LETTERED.match(text, begin, stop) if section.kind == "reading" else None
    if letter is not None:
        group.number, group.start = letter[0].strip(), letter.end()
    judged = _JUDGED.search(text, begin, stop)
    if judged is not None:
        group.end = text.rfind("\n", begin, judged.start()) + 1 or judged.start()
        members[0].claims.append((group.end, stop, "heading", "instructions"))
    for found in members:
        found.group = group if text[begin : group.end].strip() else None
        if judged is not None and not found.choices:
            found.tag = found.tag or "judge"


_LETTERED = re.compile(r"\s*(?:(?:passage|text|part)[ \t]+)?[(（]?[A-H][)）]?[ \t]*\n", re.I)
_PASSAGE_MIN = 60


def set_passages(sources: Sources, section: Section, out: list[Item]) -> None:
    """In a section to be read, what stands behind the options of one question is the passage of the next ones."""
    text = sources.view.text
    current: Group | None = None
    for before, found in pairwise(out):
        if before.choices:
            tail = before.choices[-1]
            body = text[tail.start : found.start]
            lines = body.split("\n")
            longest = max(len(text[c.start : c.end].strip()) for c in before.choices[:-1]) if before.choices[1:] else 0
            after = tail.start + len(lines[0]) + 1
            rest = text[after : found.start]
            letter = _LETTERED.match(rest)
            apart = letter is not None or text[tail.end : found.start].strip() == rest.strip()
            if len(rest.strip()) >= _PASSAGE_MIN and apart and len(lines[0].strip()) <= 3 * max(longest, 20):
                tail.end = min(tail.end, after - 1)
                start = after + (letter.end() if letter is not None else 0)
                current = Group(start, found.start, False, letter[0].strip() if letter is not None else None)
                before.end = min(before.end, after)
        if current is not None and (found.group.start if found.group is not None else 0) < current.start < found.start:
            found.group = current


_JUDGED = re.compile(
    r"判断[^\n。]{0,14}(?:正误|对错|正\W{0,2}T|正确|T\W{0,6}F|√)|(?:true|T)[^\n]{0,24}(?:or|/|,)[ \t]*(?:false|F\b)[^\n]{0,60}$|正\W{0,2}T\W{0,3}误\W{0,2}F",
    re.I | re.M,
)
"""What asks for true or false under a passage."""


def between(marks: Sequence[Mark], start: int, end: int) -> Sequence[Mark]:
    """Those of the marks, which are in order, that begin in a stretch."""
    return marks[
        bisect_left(marks, start, key=lambda mark: mark.start) : bisect_left(marks, end, key=lambda mark: mark.start)
    ]


def is_passage(match: re.Match[str], values: Container[int]) -> bool:
    low, high = (int(g) for g in match.groups() if g)
    return low < high and low in values and high in values and high - low < 30


_TASK = re.compile(
    r"\s*(?:do the following|complete|choose|write|answer|match|which|look at|label|in boxes|decide|are the following|the (?:text|reading)|reading passage \d+ has|the passage has|classify|label|list|identify|indicate|select|according to)\b",
    re.I,
)
_SCALE = re.compile(
    r"\b(?P<yes>TRUE|YES)\b[^\n]{0,90}?(?:\n\s*|[,/][ \t]*|\bor\b[ \t]*)(?P<no>FALSE|NO)\b[^\n]{0,90}?(?:\n\s*|[,/][ \t]*|[ \t]or[ \t]+)(?P<third>NOT GIVEN|NOT MENTIONED|DOESN'T SAY|NOT STATED)\b"
)
"""The three verdicts on a statement, as the instructions explain them."""


_SHORT_SCALE = re.compile(
    r"\bT\b[^\n]{0,12}?(?P<yes>true)\b[^\n]{0,24}?\bF\b[^\n]{0,12}?(?P<no>false)\b[^\n]{0,24}?\bNG\b[^\n]{0,12}?(?P<third>not given)\b",
    re.I,
)
"""The same by their initials: `T for True, F for False or NG for Not Given`."""
_PASSAGE_HEAD = re.compile(
    r"^[ \t#*]*(?:reading[ ]+)?(?:passage|text)[ ]+(?:\d{1,2}|[A-D])\b(?![ ]*(?:has|have|is|are|and|or|below|above|,|\.)\b)[^\n]{0,60}$",
    re.I | re.M,
)
_LEAST_PASSAGE = 120


def set_reading(sources: Sources, start: int, shared: list[re.Match[str]], out: list[Item]) -> None:
    """A passage above the tasks on it (`Questions 1-4`, `Questions 5-8` ...) is the material of all their questions."""
    text = sources.view.text
    if not shared or not any(i.hints.get("task") for i in out):
        return
    heads = list(_PASSAGE_HEAD.finditer(text, start, max(i.end for i in out)))
    opened = [(m.end() if len(m[0].split()) <= 3 else m.start()) for m in heads] or [start]
    for at, stop in zip(opened, [*opened[1:], len(text)], strict=True):
        first = next((m for m in shared if m.start() >= at), None)
        if first is None or first.start() >= stop or len(text[at : first.start()].strip()) < _LEAST_PASSAGE:
            continue
        group = Group(at + len(text[at : first.start()]) - len(text[at : first.start()].lstrip()), first.start(), False)
        for found in out:
            if found.group is None and first.start() <= found.start < stop:
                found.group = group


_GAP_NUMBER = re.compile(r"(?<![\d.])[(]?(?P<number>\d{1,3})[)]?[ \t]*(?:_{3,}|\.{5,}|…{2,})")
_SENTENCE_END = re.compile(r"[.!?][\"')]*(?=\s)|\n")


def gaps_in_text(sources: Sources, section: Section, passage: re.Match[str], stop: int) -> list[Item]:
    """The numbered gaps of a summary or notes (`by 9 ______ and merchants`): each gap's sentence is a question."""
    text = sources.view.text
    low, high = (int(g) for g in passage.groups() if g)
    gaps = [m for m in _GAP_NUMBER.finditer(text, passage.end(), stop) if low <= int(m["number"]) <= high]
    if [int(m["number"]) for m in gaps] != list(range(low, high + 1)) or len(gaps) < 2:
        return []
    out = []
    for gap in gaps:
        begin = max((m.end() for m in _SENTENCE_END.finditer(text, passage.end(), gap.start())), default=passage.end())
        close = _SENTENCE_END.search(text, gap.end(), stop)
        end = close.end() if close is not None else stop
        value = int(gap["number"])
        mark = Mark(gap.start(), gap.start(), value, "plain", gap["number"], 2.0, False)
        found = Item(
            begin,
            max(end, gap.end()),
            section,
            mark,
            [(begin, gap.start()), (gap.end("number") + (text[gap.end("number")] == ")"), end)],
        )
        found.tag = "fill"
        found.hints["task"] = True
        out.append(found)
    out[0].claims.append((passage.start(), out[0].start, "heading", "instructions"))
    return out


def _is_task(text: str, start: int, end: int) -> bool:
    """Whether what stands above some questions tells what to do with them rather than what to read."""
    body = text[start:end]
    return bool(_TASK.match(body)) and len(body) < 900 and all(len(line) < 200 for line in body.split("\n"))


def _scale(text: str, start: int, end: int) -> list[Choice]:
    """TRUE, FALSE, NOT GIVEN as the options of every statement below; empty where none are explained."""
    told = _SCALE.search(text, start, end) or _SHORT_SCALE.search(text, start, end)
    if told is None:
        return []
    return [Choice("", i, *told.span(name)) for i, name in enumerate(("yes", "no", "third"))]


_PARAGRAPH = 140


def _paragraphs(text: str, run: Run) -> bool:
    """Whether the letters of a run head the paragraphs of a passage rather than options."""
    return all(b.start - a.end > _PARAGRAPH for a, b in pairwise(run.labels))


def set_passage(sources: Sources, match: re.Match[str], out: list[Item]) -> None:
    """Material that names the questions it is for."""
    text = sources.view.text
    low, high = (int(g) for g in match.groups() if g)
    members = [i for i in out if i.value is not None and low <= i.value <= high and i.start > match.start()]
    shared = sources.runs_in(match.end(), members[0].start) if members else []
    if shared and not _paragraphs(text, shared[0]):
        # the options stand once, before the questions that share them
        whole = item(sources, members[0].section, match.end(), members[0].start, None)
        for found in members:
            if not found.choices:
                found.choices = [replace(c) for c in whole.choices]
        return
    if members and _is_task(text, match.end(), members[0].start):
        options = _scale(text, match.end(), members[0].start)
        for found in members:
            found.hints["task"] = True
            if options and not found.choices:
                found.choices, found.labelled, found.tag = [replace(c) for c in options], False, "single"
        members[0].claims.append((match.start(), members[0].start, "heading", "instructions"))
        if members[0].group is not None:
            members[0].group.end = min(members[0].group.end, match.start())
        return
    if members:
        group = Group(match.end(), members[0].start, False)
        body = text[match.end() : members[0].start].lstrip(" \t\n:。.)")
        if _JUDGED.search(text, match.start(), members[0].start):
            for found in members:
                found.tag = found.tag or (None if found.choices else "judge")
        if len(body.strip()) > 10:
            group.start = members[0].start - len(body)
            for found in members:
                found.group = group


_WORTH_END = re.compile(r"[^\n]{6,300}[(][ \t]*\d{1,2}[ \t]*分[ \t]*[)][ \t]*(?=\n|\Z)")
"""A part whose line ends in what it is worth."""


def subdivided(sources: Sources, section: Section, facts: Facts, inside: list[Mark], whole: Item) -> list[Item]:
    """A numbered case with questions (1), (2) ... of its own."""
    if whole.choices or whole.mark is None or whole.mark.family in {"paren", "circle", "rparen"}:
        return [whole]
    begin = whole.stem[0][0] if whole.stem else whole.start
    limit = whole.stem[-1][1] if whole.raw is not None else whole.end
    subs = [
        m
        for m in between(inside, begin + 1, whole.end)
        if m.family in {"paren", "rparen", "timu"} and (m.line or m.score > 0)
    ]
    path, _ = reading(subs, facts, begin, whole.end, None)
    text = sources.view.text
    if len(path) < 2 or path[0].value != 1 or path[0].start >= limit or len(text[begin : path[0].start].strip()) < 30:
        return [whole]
    if not any(
        is_asking(text[m.end : m.end + 120])
        or SURE_GAP.search(text, m.end, m.end + 160)
        or _WORTH_END.match(text, m.end, whole.end)
        for m in path
    ):
        return [whole]
    label = _ASK_LABEL.search(text, begin, path[0].start)
    group = Group(
        begin, label.start() if label else path[0].start, True, whole.mark.printed, whole.mark.value, whole.mark.family
    )
    group.points, group.size = whole.points, len(path)
    made = []
    for mark, stop in zip(path, [m.start for m in path[1:]] + [whole.end], strict=True):
        sub = item(sources, section, mark.start, stop, mark)
        sub.group = group
        made.append(sub)
    made[0].points = made[0].points or None
    return made
