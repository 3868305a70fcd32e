"""From one file to documents and their sections: what is a title, what is a key, which heading governs what."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from qbank.readers.paper.headings import Heading, headings
from qbank.readers.paper.pairing import Columns
from qbank.readers.paper.tailkeys import tail_key
from qbank.readers.paper.words import OPENS, PaperKind, Promise, han_value

_TITLE = re.compile(
    r"^[ \t#*]*(?P<title>《?[^\n?。;|]{2,50}?(?:试题|试卷|考题|组卷|题库|形考|习题|练习|测试|测试题|作业|复习|考试|测验|自测|真题|答案|题目)[^\n?。:]{0,14})[ \t*]*$",
    re.M,
)
_PART = re.compile(r"^[ \t]*(?P<title>第[一二三四五六七八九十\d]{1,3}篇[ \t]*[::][^\n]{2,40})$", re.M)
_NOT_TITLE = re.compile(
    r"^[\s*#]*(?:[(（]?[一二三四五六七八九十\d]{1,3}\s*[、.)）．]|[A-Ha-h]\s*[.、)]|答案|解析|正确答案|参考答案|标准答案|本|请|注|每|第\s*\d+\s*题|【|\[|[□○◯●])|[(]\s*(?:正确|参考)?(?:答案)?\s*[)]|_{3}|考试范围|考试时间|考试题型|</?summary"
)
_CORE = re.compile(
    r"参考|标准|答案|评分|细则|试题|试卷|组卷|习题|练习|题目|考试|测试|测验|模拟|题库|部分|期末|期中|解析|详解|详细|全部|完整|速查|建议|复习|作业|[及与和的]|一览|汇总|题|卷|docx?|VIP|[\W_]"
)
_PLACE = re.compile(r"第?\s*[一二三四五六七八九十\d]+\s*(?:章|节|单元|部分|讲|套|卷)|本章|上册|下册|[ABⅠⅡ]卷")


_THIS = re.compile(
    r"本(?:试?卷|套|次|题库|练习|测)|以上|上述|^[\s\W]*附(?:件|录)?[ \t一二12]*:|教师用|教师版|这里|在此|如下|见下"
)
"""What says whose answers these are without a name: those of the paper above."""


@dataclass(slots=True)
class Section:
    """A stretch of a document under one heading (or none)."""

    start: int
    end: int
    heading: Heading | None = None
    chapter: str | None = None
    key: bool = False
    document: int = 0
    ahead: bool = False
    """Whether it is a key that stands before its questions."""
    after: int = 0
    """The number of the last question before it, when the numbers may go on."""

    @property
    def kind(self) -> PaperKind | None:
        """The kind its heading names."""
        return self.heading.kind if self.heading is not None else None

    @property
    def promise(self) -> Promise:
        """What its heading promises."""
        return self.heading.promise if self.heading is not None else Promise("")

    @property
    def title(self) -> str | None:
        """Its heading as printed, the chapter before it."""
        names = [n for n in (self.chapter, self.heading.title if self.heading else None) if n]
        return " / ".join(dict.fromkeys(names)) or None


@dataclass(slots=True)
class Paper:
    """One document of a file: its title and its sections."""

    title: str | None
    start: int
    end: int
    sections: list[Section] = field(default_factory=list)
    titles: list[tuple[int, int]] = field(default_factory=list)
    heads: list[Heading] = field(default_factory=list)

    @property
    def answers_only(self) -> bool:
        """Whether its title announces nothing but answers."""
        return bool(
            self.title
            and re.search(
                r"(?:参考|习题|题目|练习题?|试题|标准)?答案(?:(?:及|与|和|、)?(?:评分标准|评分细则|评分参考|评分要点|评分说明|解析|详解|要点))*\W*$",
                self.title,
            )
            and not re.search(r"(?:及|和|与|含|附|带|[(、])(?:参考|标准)?答案", self.title)
        )


def papers(text: str, lists: Sequence[Columns] = ()) -> list[Paper]:
    """The documents that a folded text holds, each cut into sections."""
    heads = headings(text, lists)
    titles = _titles(text, heads)
    opened = [h.start for h in heads if h.level == "section"]
    cuts: list[tuple[int, str | None, list[tuple[int, int]]]] = [(0, None, [])]
    for start, end, title in titles:
        last_start, last_title, spans = cuts[-1]
        between = text[spans[-1][1] if spans else last_start : start]
        if len(between.strip()) < 60 and bisect_left(opened, last_start) == bisect_left(opened, start):
            cuts[-1] = (last_start, last_title or title, [*spans, (start, end)])
        else:
            cuts.append((start, title, [(start, end)]))
    found: list[Paper] = []
    places = [h.start for h in heads]
    for i, (start, name, spans) in enumerate(cuts):
        end = cuts[i + 1][0] if i + 1 < len(cuts) else len(text)
        mine = heads[bisect_left(places, start) : bisect_left(places, end)]
        mine = [h for h in mine if not (h.level == "key" and any(a <= h.start < b for a, b in spans))]
        if (tail := tail_key(text, start, end, mine)) is not None:
            mine = sorted([*(h for h in mine if h.start < tail.start), tail], key=lambda h: h.start)
        paper = Paper(name, start, end, titles=spans, heads=mine)
        paper.sections = _sections(text, paper, i)
        found.append(paper)
    return found


def _titles(text: str, heads: list[Heading]) -> list[tuple[int, int, str]]:
    """Lines that open a document."""
    blocked = {h.start: h for h in heads}
    found: list[tuple[int, int, str]] = []
    matches = sorted([*_TITLE.finditer(text), *_PART.finditer(text)], key=lambda m: m.start())
    current: str | None = None
    opened = 0
    ends = [m.end() for m in matches]
    for i, match in enumerate(matches):
        line = text[match.start() : match.end()]
        title = match["title"].strip(" #*")
        if "》" not in title:
            title = title.lstrip("《")
        heading = blocked.get(match.start())
        if (heading is not None and heading.level == "section") or _NOT_TITLE.search(line):
            continue
        after = text[match.end() : match.end() + 80]
        opens = after.startswith(("\n\n", "\n \n")) or not after.strip() or match.re is _PART
        follows = match.start() == 0 or not text[: match.start()].strip()
        chained = i + 1 < len(matches) and matches[i + 1].start() - ends[i] <= 2
        quoted = line.lstrip().startswith("《")
        body = re.match(
            r"\n\s*(?:[一1][、. ]|第[一1]|题目[ \t]*[一1]|Q(?:uestion)?[ \t.]*0*1\b|注意|姓名|[(]?[一1][)]|单|判|选|填|I[.、])",
            after,
        )
        if not (opens or follows or chained or quoted or body):
            continue
        if (
            heading is not None
            and heading.level == "key"
            and _belongs(title, current, follows, text[opened : opened + 160])
        ):
            continue
        if len(title) > 40 and not follows:
            continue
        if current is not None and (i_key := _named_key(text, match, heads, current)) is not None:
            heads[i_key] = replace(heads[i_key], start=match.start())
            continue
        if not opens and not follows and not _core(title):
            continue
        found.append((match.start(), match.end(), title))
        current, opened = title, match.start()
    return found


def _named_key(text: str, match: re.Match[str], heads: list[Heading], current: str) -> int | None:
    """The key heading right below the paper's own title (`模拟试卷三` / `参考答案及解析`): its index."""
    if SequenceMatcher(None, _core(match["title"]), _core(current), autojunk=False).ratio() < 0.6:
        return None
    i = bisect_left(heads, match.end(), key=lambda h: h.start)
    return i if i < len(heads) and heads[i].level == "key" and not text[match.end() : heads[i].start].strip() else None


def _core(title: str) -> str:
    return _CORE.sub("", title)


def _belongs(title: str, current: str | None, first: bool, head: str = "") -> bool:
    """Whether a title that speaks of answers names the key of the paper before it."""
    core = _core(title)
    if first:
        return False
    if len(core) < 2 or _PLACE.search(title) or _THIS.search(title) or current is None:
        return True
    for line in (current, *head.split("\n")[:4]):
        mine = _core(line)
        match = SequenceMatcher(None, core, mine, autojunk=False).find_longest_match()
        if mine and match.size * 10 >= 6 * min(len(core), len(mine)) and match.size >= 2:
            return True
    return False


def _sections(text: str, paper: Paper, number: int) -> list[Section]:
    out: list[Section] = []
    chapter: str | None = None
    key = False
    seen: dict[PaperKind | None, Section] = {}
    ordinal = 0
    previous = Section(paper.start, paper.end, document=number)
    out.append(previous)
    stops = [*(h.start for h in paper.heads[1:]), paper.end]
    for heading, stop in zip(paper.heads, stops[: len(paper.heads)], strict=True):
        out[-1].end = heading.start
        if heading.level == "chapter":
            chapter, key = heading.title, key and not _new_questions(text, heading.end, paper.end)
            seen = {} if not key else seen
        elif heading.level == "key":
            key = True
        elif (
            not key
            and not paper.answers_only
            and _again(heading, seen, ordinal)
            and not _new_questions(text, heading.end, stop)
        ):
            # the headings begin again and bring no questions: an unannounced key
            first = seen[heading.kind]
            much = heading.kind not in OPENS and (stop - heading.end) * 10 > (first.end - first.start) * 6
            key = not much and _short_entries(text, heading.end, stop)
        elif key and (
            _new_questions(text, heading.end, stop)
            or (
                seen
                and heading.kind not in {None, *seen}
                and not _answers(text, heading.end, stop, OPENS.isdisjoint(k for k in seen if k))
            )
        ):
            key = False
            seen = {} if heading.kind in seen else seen
        section = Section(heading.end, paper.end, heading, chapter, key, number)
        resumed = heading.until
        if resumed is None and heading.level == "key":
            resumed = _resumed(text, heading.end, stop)
        if resumed is not None:
            # a key in the middle of a paper: the questions go on under the heading before it
            above = next((s.heading for s in reversed(out) if not s.key), None)
            section.end, section.ahead = resumed, heading.until is not None
            out.append(section)
            key = False
            section = Section(resumed, paper.end, above, chapter, key, number)
        if heading.level == "section":
            seen.setdefault(heading.kind, section)
            ordinal = _ordinal(heading.title) or ordinal
        out.append(section)
    return out


_ITEM_LINE = re.compile(
    r"\n[ \t]*(?=[(【\[]\d{1,3}[ \t]*[-~—–至][ \t]*\d{1,3}[ \t]*(?:题[^()\n]{0,12})?[)】\]][ \t]*\n|(?:\d{1,3}[ \t]*[.、)]|第\d{1,3}题|[(]\d{1,3}[)])[ \t]*[^\s\dA-H√×][^\n]{3,}\n?)"
)


def _resumed(text: str, start: int, end: int) -> int | None:
    """Where, in a stretch after a key's heading, questions with options go on; None where they do not."""
    option = _OPTION_LINE.search(text, start, min(end, start + 20000))
    if option is None:
        return None
    items = list(_ITEM_LINE.finditer(text, start, option.start() + 1))
    if not items or option.start() - items[-1].start() > 400 or not re.search(r"\d", text[start : items[-1].start()]):
        return None
    return items[-1].end()


_TOLD_BELOW = re.compile(r"\n[ \t]*(?:参考)?答(?:案)?[ \t]*[:]")


def _answers(text: str, start: int, end: int, alone: bool = False) -> bool:
    """Whether a stretch gives letters or verdicts for its numbers, not statements or questions.

    With `alone`, no questions stand before it that its prose could answer.
    """
    entries = re.findall(r"(?:^|[\n\s:])[ \t]*[(第]?\d{1,3}[ \t]*[.、)题-][ \t]*([^\n]{1,40})", text[start:end])
    short = [
        e
        for e in entries
        if re.match(r"[(]?(?:[A-H]{1,7}|[√×]|对|错|正确|错误|T|F|\d{1,3}[ \t]*[A-H√×]+)(?![A-Za-z\u4e00-\u9fff])", e)
    ]
    asked = len(re.findall(r"[?]|[(][ \t]*[)]|_{3,}", text[start:end]))
    told = len(_TOLD_BELOW.findall(text, start, end))
    lines = len(re.findall(r"(?:^|\n)[ \t]*\d{1,3}[ \t]*[.、)](?!\d)", text[start:end]))
    return (
        not entries
        or len(short) * 2 >= len(entries)
        or (asked == 0 and "答" in text[start:end] and not (told >= 2 and told * 2 >= lines and alone))
    )


def _ordinal(title: str) -> int:
    """The number a heading begins with; 0 for none."""
    match = re.match(r"第?([一二三四五六七八九十]{1,3})", title)
    return han_value(match[1]) if match else 0


def _again(heading: Heading, seen: dict[PaperKind | None, Section], ordinal: int) -> bool:
    """Whether the headings of a paper begin again."""
    first = seen.get(heading.kind)
    if first is None or first.heading is None:
        return False
    mine = _ordinal(heading.title)
    return mine <= ordinal and mine == _ordinal(first.heading.title) if mine else heading.title == first.heading.title


_OPTION_LINE = re.compile(
    r"(?:^|\n|[ \t。?)])[ \t]*[(【\[]?A[ \t]?[.、:)】\]·][^\n]{0,200}?(?:\n[^\n]{0,200}){0,3}?[ \t\n。;,)]?[(【\[]?B[ \t]?[.、:)】\]·]"
)


def _new_questions(text: str, start: int, end: int) -> bool:
    """Whether a stretch shows options, as questions do and keys do not."""
    return len(_OPTION_LINE.findall(text, start, min(end, start + 20000))) >= 1


def _short_entries(text: str, start: int, end: int) -> bool:
    """Whether a stretch reads like answers: no empty brackets, no question marks."""
    body = text[start:end]
    asked = len(re.findall(r"[?]|[(][ \t]*[)]|_{3,}", body))
    entries = len(re.findall(r"(?:^|\n)[ \t]*\d{1,3}[.、]", body))
    return asked * 3 <= max(entries, 1) or bool(re.match(r"\s*(?:[A-H]{2,8}[ \t]*){2,}", body))
