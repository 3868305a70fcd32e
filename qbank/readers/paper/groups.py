"""Material that several questions share: a case, a passage, options that stand once."""

from __future__ import annotations

import re
from dataclasses import replace

from qbank.readers.paper.items import item
from qbank.readers.paper.numbers import Mark
from qbank.readers.paper.parts import Group, Item, Sources
from qbank.readers.paper.paths import Facts, reading
from qbank.readers.paper.resolve import is_asking
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import OPENS, SURE_GAP

SHARED = re.compile(
    r"(?<=\n)[ \t]*[(【\[][ \t]*(\d{1,3})[ \t]*[-~—–至到][ \t]*(\d{1,3})[ \t]*(?:小?题)?[ \t]*[)】\]][ \t]*(?=\n)|"
    r"[(【\[]?\s*(?:第)?(\d{1,3})\s*[-~—–至到、和]\s*(?:第)?(\d{1,3})\s*(?:小?题)\s*共用[^\n)】\]]{0,12}[)】\]]?[:。]?|"
    r"(?:[(【]?[一二三四五六七八九十]?[)】、]?)(?:请)?(?:根据|阅读|依据|结合|共用)[^\n。]{0,50}?(?:回答|完成|作答|答)?[^\n。\d]{0,12}?(?:第)?\s*(\d{1,3})\s*[-~—–至到、和]\s*(?:第)?(\d{1,3})\s*(?:小?题|问)?"
    r"|(?:read\b[^\n]{0,80}?)?(?:questions?|items?)\s+(\d{1,3})\s*(?:[-–—~]|to|through|and)\s*(\d{1,3})(?:\s+(?:refer|are based|relate|use|pertain)[^\n]*|\s*[.:]?[ \t]*(?=\n))",
    re.I,
)


_ASK_LABEL = re.compile(
    r"\s*(?:[【\[]?(?:问题|请回答|请回答下列问题|请回答以下问题|要求|请问|试问|思考题?)[】\]]?\s*[:]?|Questions?\s*:)\s*$",
    re.I,
)


_PASSAGE = re.compile(r"阅读|短文|材料|资料|passage|read the|根据.{0,20}回答", re.I)


_INSTRUCTION = re.compile(
    r"^[\s(]*(?:本(?:大)?题|每(?:小)?题|请将|请在|下列各题|从下列|在每小题|判断下列|选择一个|identify|indicate|choose|select|write|answer)|请将.{0,30}填|(?:涂|填)(?:在|入)",
    re.I,
)


_OWN_NUMBER = re.compile(r"(?P<number>\d{1,3})[ \t]*[.、](?!\d)[ \t]*")


def set_material(sources: Sources, section: Section, start: int, first: Item, out: list[Item]) -> None:
    """What stands between the heading and the first question: shared material, or an instruction."""
    text = sources.view.text
    stop = first.start
    body = text[start:stop].strip()
    if len(body) < 12 or sources.runs_in(start, stop):
        return
    label = _ASK_LABEL.search(text, start, stop)
    case = section.kind in {"case", "reading"} or (section.kind == "judge" and "阅读" in (section.title or ""))
    colon = body.endswith((":", "题", "问题")) or label is not None
    is_open = section.kind in OPENS
    if not (
        case
        or (is_open and (colon or len(body) >= 30))
        or (_PASSAGE.search(body) and len(body) > 40)
        or (section.kind is None and colon and len(body) > 60 and _PASSAGE.search(body))
    ):
        return
    if _INSTRUCTION.search(body) and len(body) < 80 and not case:
        return
    begin = start + len(text[start:stop]) - len(text[start:stop].lstrip(" \t\n:。.)"))
    group = Group(begin, label.start() if label else stop, section.kind in OPENS)
    members = [i for i in out if i.group is None]
    if (own := _OWN_NUMBER.match(text, begin, stop)) and all(
        i.mark is not None and i.mark.family in {"paren", "rparen", "circle"} for i in members
    ):
        group.value, group.number, group.start = int(own["number"]), own["number"], own.end()
    for found in members:
        found.group = group


def is_passage(text: str, match: re.Match[str], path: list[Mark]) -> bool:
    low, high = (int(g) for g in match.groups() if g)
    values = {m.value for m in path}
    return low < high and low in values and high in values and high - low < 30


def set_passage(sources: Sources, match: re.Match[str], out: list[Item]) -> None:
    """Material that names the questions it is for."""
    text = sources.view.text
    low, high = (int(g) for g in match.groups() if g)
    members = [i for i in out if i.value is not None and low <= i.value <= high and i.start > match.start()]
    shared = sources.runs_in(match.end(), members[0].start) if members else []
    if shared:
        # the options stand once, before the questions that share them
        whole = item(sources, members[0].section, match.end(), members[0].start, None)
        for found in members:
            if not found.choices:
                found.choices = [replace(c) for c in whole.choices]
        return
    if members:
        group = Group(match.end(), members[0].start, False)
        body = text[match.end() : members[0].start].lstrip(" \t\n:。.)")
        if len(body.strip()) > 10:
            group.start = members[0].start - len(body)
            for found in members:
                found.group = group


def subdivided(sources: Sources, section: Section, facts: Facts, inside: list[Mark], whole: Item) -> list[Item]:
    """A numbered case with questions (1), (2) ... of its own."""
    if whole.choices or whole.mark is None or whole.mark.family in {"paren", "circle", "rparen"}:
        return [whole]
    begin = whole.stem[0][0] if whole.stem else whole.start
    limit = whole.stem[-1][1] if whole.raw is not None else whole.end
    subs = [
        m
        for m in inside
        if begin < m.start < whole.end and m.family in {"paren", "rparen", "timu"} and (m.line or m.score > 0)
    ]
    path, _ = reading(subs, facts, begin, whole.end, None)
    text = sources.view.text
    if len(path) < 2 or path[0].value != 1 or path[0].start >= limit or len(text[begin : path[0].start].strip()) < 30:
        return [whole]
    if not any(is_asking(text[m.end : m.end + 120]) or SURE_GAP.search(text, m.end, m.end + 160) for m in path):
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
