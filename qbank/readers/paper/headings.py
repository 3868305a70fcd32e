"""Headings: of sections with their kind and promise, of chapters, of answer keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qbank.readers.paper.keylines import told_below
from qbank.readers.paper.outline import outlined
from qbank.readers.paper.pairing import Columns
from qbank.readers.paper.words import (
    ASKING,
    ENGLISH_WORD,
    HAN,
    HAN_NUMBER,
    KIND_START,
    KIND_WORD,
    PaperKind,
    Promise,
    kind_named,
)

_LEAD = r"[ \t#>*【\[]{0,40}"
_NUMBER = rf"(?:第?(?:{HAN_NUMBER})(?:部分|大题|单元)?[ \t]*[、.:,][ \t]*|第(?:{HAN_NUMBER}|\d+|[IVX]+)(?:部分|大题|卷|题型|节)[ \t:、]*|[(](?:{HAN_NUMBER})[)][、.]?[ \t]*|(?:{HAN_NUMBER})[ \t]+|[IVX]{{1,4}}[ \t]*[.、][ \t]*)"
_PARENS = r"(?:[(](?!\d{1,3}[)])[^()\n]{0,120}(?:[(][^()\n]{0,20}[)][^()\n]{0,60})?[)])"
_KIND_TITLE = rf"(?:\d[ \t]+)?[^\n。?!;:,()、.]{{0,10}}?(?:{KIND_WORD})[^\n。?!;:,(、.\d]{{0,6}}?"
_TAIL = rf"[ \t*\]】#]*[。.]?(?P<points>{_PARENS}|[ \t]*(?:共|每)[^\n。]{{2,40}}?分)?[ \t*]*[:.。]?[ \t*]*(?P<more>{_PARENS})?[*\]】]*[:.]?"

NUMBERED = re.compile(
    rf"(?:^{_LEAD})(?P<number>{_NUMBER})(?P<title>{_KIND_TITLE})(?P<suffix>题|部分)?{_TAIL}(?P<rest>[^\n]*)$", re.M
)
BARE = re.compile(
    rf"^{_LEAD}(?P<title>(?:[^\n。?!;:,()、.\d]{{0,6}}(?:{KIND_WORD})(?:与(?:{KIND_WORD}))?)(?:分析)?(?P<suffix>题|部分)?){_TAIL}[ \t]*(?P<rest>)$",
    re.M,
)
ARABIC = re.compile(
    rf"^{_LEAD}(?:\d{{1,2}}[ \t]*[.、][ \t]*)(?P<title>(?:{KIND_WORD})(?P<suffix>题)){_TAIL}[ \t]*(?P<rest>)$", re.M
)
GLUED = re.compile(
    rf"(?=[{HAN}百{KIND_START}])(?P<number>(?<![{'一二三四五六七八九十'}])(?:{HAN_NUMBER})[、.][ \t]*)?(?P<title>(?:{KIND_WORD})(?:分析)?(?P<suffix>题)?)"
    rf"[ \t]*(?P<colon>[:])?(?P<points>{_PARENS})?[:]?(?=(?P<rest>[ \t]*(?:\d{{1,3}}[ \t]*(?:[.、)]|[-~—–至到][ \t]*\d)|[(]1[)])|))"
)
GENERIC = re.compile(
    rf"^{_LEAD}(?P<number>{_NUMBER})(?P<title>[^\n。?!;:,()、.]{{1,14}}?(?P<suffix>(?<![问主课专话难标议命])题)){_TAIL}[ \t]*(?P<rest>)$|"
    rf"^{_LEAD}(?P<number2>(?:{HAN_NUMBER})[ \t]*[、.][ \t]*)(?P<title2>[^\n。?!;:()]{{1,20}}?)(?P<points2>[(][^()\n]{{0,60}}\d[ \t]*分[^()\n]{{0,20}}[)])[:]?[ \t]*$",
    re.M,
)
ENGLISH = re.compile(
    rf"^{_LEAD}(?:(?:section|part)[ \t]+[A-Z\dIVX]{{1,4}}[ \t]*[:.)\-–—]?[ \t]*|[IVX]{{1,4}}[.)][ \t]*|[A-H][.)][ \t]+(?={ENGLISH_WORD}))?"
    rf"(?P<title>(?:[a-z]+[ ]+)?(?:{ENGLISH_WORD})(?:[ \t]+(?:questions?|section|items?|problems?|exam|test|problems|part|trivia|quiz|round))?)"
    r"[ \t*]*(?P<points>[(\[][^()\n]{0,80}[)\]]|[-–—:][ \t]*(?:\d+(?![.)])|choose|select|identify|answer|write|each|circle|fill)[^\n?]{0,80})?[ \t*:.]*$",
    re.M | re.I,
)
PART = re.compile(
    rf"^{_LEAD}(?P<title>(?:(?:round|part|section)[ \t]+(?:\d{{1,2}}|[IVX]{{1,4}}|[A-H]|one|two|three|four|five)|第[ \t]*(?:{HAN_NUMBER}|\d{{1,2}}|[IVXⅠⅡⅢⅣⅤ]{{1,3}})[ \t]*(?:部分|卷|大题|组|节(?=[^\n]{{0,40}}[(][^()\n]{{0,60}}\d[ \t]*分)))(?![A-Za-z])"
    rf"(?:[ \t]*[-–—:.、]?[ \t]*(?P<name>[^\n。?!;]{{0,110}}?))?)(?P<points>{_PARENS})?[ \t*:#]*$",
    re.M | re.I,
)
ROMAN = re.compile(
    rf"^{_LEAD}(?P<number>[IVX]{{1,4}}|[ⅠⅡⅢⅣⅤⅥⅦⅧ]|[A-H](?=[.)][ \t]+(?:{ENGLISH_WORD}|choose|fill|complete|answer|read|translate|write|correct|circle|match|put)\b))[.)、][ \t]*(?P<title>[A-Z][^\n]{{3,160}}?)(?P<points>[(\[][^()\n]{{0,60}}\d[^()\n]{{0,40}}[)\]])?[ \t*:.]*$",
    re.M,
)
_PART_KEY = re.compile(r"(?P<title>第[^\n:]{1,4}(?:部分|卷|大题|组)[ \t]*(?:参考|标准|试题)?答案)[ \t]*[:]?[ \t]*")
_INSTRUCTS = re.compile(
    rf"^(?:choose|fill|complete|answer|read|translate|write|correct|circle|match|put|decide|define|explain|true|mark|select|rewrite|reading|listening|vocabulary|grammar|cloze|{ENGLISH_WORD})\b",
    re.I,
)
CHAPTER = re.compile(
    rf"^{_LEAD}(?P<title>(?:第[ \t]*(?:{HAN_NUMBER}|\d{{1,3}})[ \t]*(?:章|节|单元|讲|篇|课|模块)|(?:项目|模块|任务|单元|专题)(?:{HAN_NUMBER}|\d{{1,2}})|(?:chapter|unit|module|lesson)[ \t]+\d{{1,3}})(?![^\n]*?[题][ \t]*[(]?[单多判])[^\n。?;]{{0,40}}?)[*# \t]*$",
    re.M | re.I,
)
MARKDOWN = re.compile(r"^#{1,6}[ \t]+(?P<title>[^\n?]{2,60}?)[ \t#]*$", re.M)
KEY_LINE = re.compile(
    r"^[ \t#*>【\[《—–=~·_-]*(?:附(?:件|录)?[ \t]*[一二12]?[ \t]*[:][ \t]*)?(?P<title>[^\n。?;:]{0,30}?(?:参考答案|标准答案|答案部分|试题答案|习题答案|答案与解析|答案及解析|答案解析|答案[区页栏卷]|答案|答[ ]{1,4}案|解答)(?:及|与|和|详细|全部|要点|部分|速查|汇总|一览|表|试题解析|评分标准|评分细则|评分参考|评分说明|评分|参考|说明|解析|详解|提示)*[》]?(?:[(][^()\n]{0,30}[)])?)[ \t*】\]#:—–=~·_-]*$"
    r"|^[ \t#*>-]*(?P<english>(?:answers?(?:[ \t]+(?:section|keys?|sheet)|[ \t]+(?:and|&)[ \t]+(?:rationales?|explanations?|solutions?))?|keys?(?:[ \t]+to[ \t]+\w+)?|solutions?|correct answers|mark(?:ing)?[ \t]+scheme|answer[ \t]+scheme|model answers)(?:[ \t]+(?:to|for)[ \t]+[^\n]{1,40})?)[ \t*#:-]*$",
    re.M | re.I,
)
_PAIR = r"[#* \t]*[(第]?[ \t]*\d{1,3}[ \t]*[)题]?[ \t]*[.、:)\-]?[ \t]*(?:答案[ \t]*[:]?[ \t]*)?[(【]?(?:[A-H]{1,8}(?![A-Za-z])|[√×]|对|错|正确|错误|[TF](?![A-Za-z])|True|False)(?!(?![一二三四五六七八九十]{1,2}[、.]|第)[\u4e00-\u9fff])[)】]?"
_COMPACT = (
    rf"(?:{_PAIR}[\s,、;|*]*){{2}}|[#* \t]*[(]?1[)]?[ \t]*[.、:][ \t]*[(【]?[A-H]{{1,7}}[)】]?[\s。.*]*(?:【|解析|详解)|\d{{1,3}}[ \t]*(?:[-~—–至到]|\.\.)[ \t]*\d{{1,3}}(?:题)?[ \t]*[.:、]?[ \t]*[(]?(?:[A-H√×对错TF]|正确)"
    rf"|[| \t]*(?:题号|序号)[| \t]+\d|(?:(?:{HAN_NUMBER})[、.][ \t]*)?(?:{KIND_WORD})(?:题)?[ \t]*[:]?[ \t]*(?:{_PAIR}|\d{{1,3}}[ \t]*[-~—–至到]|[A-H]{{2,}}|[√×]{{2,}})"
)
"""The first characters of a key: two numbers with their letters, a range, a table, a kind with its letters."""
KEY_GLUED = re.compile(
    rf"(?=[ \t(\d第【参标正试答ak])(?:(?:[(][ \t]*)?(?:第?[ \t]*\d{{1,3}}[ \t]*[-~—–至到][ \t]*\d{{1,3}}[ \t]*(?:小)?题[ \t]*)?(?:【[ \t]*)?(?:参考答案|标准答案|正确答案|试题答案|答案|\bans(?:wers?)?\.?(?:[ ]key)?|\b(?:answer[ ])?keys?)(?:(?:与|及|和)?(?:解析|详解|评分标准))?[ \t*]*】?[ \t]*(?:[(][^()\n]{{0,20}}[)])?[ \t]*[:]?\s*(?={_COMPACT})"
    rf"|(?:参考答案|标准答案|试题答案|(?<![的是])答案)(?:(?:与|及|和)?(?:解析|详解|评分标准))?[ \t]*[:]?\s*(?=一[、.](?:[^\n]{{0,6}}?(?:{KIND_WORD})|[ \t]*{_PAIR}[\s,、;|*]*{_PAIR})))",
    re.I,
)
_ASKED = re.compile(r"[?]|什么|如何|怎样|为什么|哪些|是否")
_NEXT_NUMBER = re.compile(r"\s*(?:[(]?\d{1,3}[ \t]*[.、)]|第\d|[①1]|\S[^\n]{0,60}[::。]\s*[(]?1[ \t]*[.、)])")
_START_OF_ITEM = re.compile(r"[ \t]*(?:1[ \t]*[.、)]|[(]1[)]|1[ \t])")


_OPTION_ABOVE = re.compile(r"(?:^|\n)[ \t]*[A-H][ \t]*[.、)]?[ \t]*\n+\Z")
_PLAIN_KIND = re.compile(
    rf"(?:下列|本|综合|课后|课堂|复习|章节|练习|常考|必背|重点|基础|专业|英语|语文)?(?:{KIND_WORD})(?:[与和及、]?(?:{KIND_WORD}))*(?:分析|部分|类|说明|正误|对错|填空|与?计算|下列[^\n]{{0,6}}|以下[^\n]{{0,6}}|[与和及]\w{{1,4}})?"
)
"""A heading that names a kind and nothing else."""
_FIELD_LINE = re.compile(
    r"\n?[ \t#>*-]{0,20}[【\[<]?(?:题型|题目类型|试题类型|类型|题干|题号|选项|分值|难度|知识点|question type|type)[ \t]*(?:[】\]>]|[:])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a view; the section it opens reaches to the next one."""

    start: int
    end: int
    title: str
    kind: PaperKind | None
    promise: Promise
    level: str
    """`section`, `chapter` or `key`."""
    until: int | None = None
    """Where a key ends that stands before its questions: a grid with its answers filled in."""


def headings(text: str, lists: Sequence[Columns] = ()) -> list[Heading]:
    """All headings in folded text, in order, none inside another; `lists` are two lists to be matched."""
    found: list[Heading] = []
    found.extend(_keys(text))
    named = list(_sections(text))
    found.extend(named)
    found.extend(
        Heading(start, end, title, kind, Promise(points), "section")
        for start, end, title, kind, points in outlined(text, [h.start for h in named])
    )
    found.extend(_chapters(text))
    found.extend(_parts(text))
    found.sort(key=lambda h: (h.start, h.kind is None, -h.end))
    out: list[Heading] = []
    for heading in found:
        if any(c.start <= heading.start < c.end or _tells(text, c, heading) for c in lists):
            continue
        if _FIELD_LINE.match(text, heading.start):
            continue  # `【题型】单选题` names the kind of one record
        if out and heading.start < out[-1].end:
            continue
        out.append(heading)
    return [_with_points(text, h) for h in out]


def _tells(text: str, lists: Columns, heading: Heading) -> bool:
    """Whether an answer right behind two lists says which belongs to which: it is no key to the paper."""
    if heading.level != "key" or heading.start < lists.end or text[lists.end : heading.start].strip():
        return False
    line = re.compile(r"[^\n]*").match(text, heading.end)
    pairs = re.findall(r"\d{1,2}[ \t]*[.)、:→=-]*[ \t]*[A-Ha-h]\b", line[0] if line else "")
    return len(pairs) == len(lists.prompts)


_POINTS_BELOW = re.compile(
    r"[ \t]*\n\s{0,8}(?P<points>[(\[][^()\[\]\n]{0,80}\d[ \t]*(?:分|points?|marks?|pts?)[^()\[\]\n]{0,60}[)\]]|(?:本(?:大)?题|每(?:小)?题|每(?:个)?空|共)[^\n?。]{0,50}\d[ \t]*分[^\n?]{0,12})[ \t。.]*(?=\n)",
    re.I,
)
"""The line under a heading that says what its questions are worth: `（每空1分，共10分）`."""


def _with_points(text: str, heading: Heading) -> Heading:
    """The heading with the points that stand on the line below it."""
    promise = heading.promise
    if heading.level != "section" or promise.each is not None or promise.total is not None:
        return heading
    below = _POINTS_BELOW.match(text, heading.end)
    if below is None:
        return heading
    told = Promise(below["points"])
    told.count = told.count if told.count is not None else promise.count
    return replace(heading, end=below.end(), promise=told)


def _make(match: re.Match[str], end: int, title: str, points: str, level: str = "section") -> Heading:
    kind = kind_named(title) if level == "section" else None
    return Heading(match.start(), end, title.strip(" \t*#【】[]:"), kind, Promise(points), level)


def _sections(text: str) -> Iterator[Heading]:
    for match in NUMBERED.finditer(text):
        groups = match.groupdict()
        title, rest, points = groups["title"], groups["rest"] or "", (groups["points"] or "") + (groups["more"] or "")
        if _ASKED.search(title) or "问题" in title + (groups["suffix"] or "") + tail_start(rest):
            continue
        tail = rest.strip()
        if tail and not (groups["suffix"] or points):
            continue
        if not (groups["suffix"] or points) and _PLAIN_KIND.fullmatch(title.strip(" \t*#【】[]")) is None:
            continue  # `一、准备材料` heads no questions
        end = match.end()
        if tail:
            # the first question may follow on the same line; a short instruction may, too
            at = match.start("rest")
            if _START_OF_ITEM.match(rest) or (groups["suffix"] and (points or len(tail) > 60)):
                end = at
            elif ASKING.search(tail) and "请" not in tail[:3] and not points:
                continue
            elif len(tail) <= 80 and not re.search(r"[(]\s*[)]|[A-H][.、]|\d[.、]", tail):
                points += tail
            else:
                end = at
        label = groups["number"].strip() + title + (groups["suffix"] or "")
        yield _make(match, end, label, points)
    for pattern in (BARE, ARABIC):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            points = (groups["points"] or "") + (groups["more"] or "")
            if pattern is ARABIC and not _NEXT_NUMBER.match(text, match.end()):
                continue  # `4.判断题 (2分)` is an item whose statement follows
            if _OPTION_ABOVE.search(text, max(0, match.start() - 12), match.start()):
                continue  # `B.` and on the next line `选择`: an option
            if groups["suffix"] or points or len(groups["title"]) <= 5:
                yield _make(match, match.end(), groups["title"], points)
    for match in GLUED.finditer(text):
        points = match["points"] or ""
        numbered, item = bool(match["number"]), bool(match["rest"])
        promised = bool(re.search(r"共|每|分", points))
        named = bool(match["suffix"]) or match["title"] in {"名词解释", "概念解释", "术语解释"}
        if not named and not (numbered and item):
            continue
        above = text[max(0, match.start() - 1) : match.start()]
        opens = item and (above in {"", "\n"} or (named and above in {" ", "\t", "。", "."}))
        if (numbered and (item or promised or match["colon"])) or (promised and re.search(r"共|每", points)) or opens:
            yield _make(match, match.end(), (match["number"] or "") + match["title"], points)
    for match in GENERIC.finditer(text):
        title = match["title"] or match["title2"]
        number = match["number"] or match["number2"]
        points = (match.groupdict().get("points") or "") + (match["points2"] or "")
        if not _ASKED.search(title):
            kind = kind_named(title) or "open"
            yield Heading(match.start(), match.end(), (number + title).strip(), kind, Promise(points), "section")
    for match in ENGLISH.finditer(text):
        yield _make(match, match.end(), match["title"], match["points"] or "")


def _parts(text: str) -> Iterator[Heading]:
    """`Round 1 - Geography`, `第二部分（T/F）`, `II. Fill in the blanks with the proper forms. (1 point each)`."""
    found = list(PART.finditer(text))
    alike = Counter(m["title"].split()[0].lower() for m in found)
    for match in found:
        name = (match["name"] or "").strip(" \t*#:-")
        if re.match(r"[(]?\d{1,3}[.)]?[ \t]+\S", name):
            continue  # `Part 1  1 b  2 c`: a line of a key
        several = alike[match["title"].split()[0].lower()] >= 2 and re.match(r"[\w ]+[.:)\-–—]", match["title"])
        if len(name) > 24 and not (match["points"] or kind_named(name) or several):
            continue
        if (keyed := _PART_KEY.match(match["title"])) is not None:
            yield Heading(
                match.start(), match.start("title") + keyed.end(), keyed["title"].strip(), None, Promise(""), "key"
            )
            continue
        whole = match["title"] + (match["points"] or "")
        kind = kind_named(name + (match["points"] or "")) if name or match["points"] else None
        if re.search(r"非选择", whole):
            kind = None
        yield Heading(
            match.start(), match.end(), match["title"].strip(" \t*#:"), kind, Promise(match["points"] or ""), "section"
        )
    romans = [m for m in ROMAN.finditer(text) if m["points"] or _INSTRUCTS.match(m["title"])]
    # one such line may be a statement I. of a list; a paper has several, or promises points
    for match in romans if len(romans) > 1 or (romans and romans[0]["points"]) else []:
        label = f"{match['number']}. {match['title']}"
        yield Heading(
            match.start(),
            match.end(),
            label.strip(),
            kind_named(match["title"]),
            Promise(match["points"] or ""),
            "section",
        )


def tail_start(rest: str) -> str:
    """The first characters after a heading's kind, where `的问题` would make it prose."""
    return rest.strip()[:4]


def _chapters(text: str) -> Iterator[Heading]:
    for match in CHAPTER.finditer(text):
        yield _make(match, match.end(), match["title"], "", "chapter")
    marked = re.search(r"[^\s#][ \t]+##[ \t]*$", text, re.M)  # `##` marks right options there, not headings
    for match in MARKDOWN.finditer(text) if not marked else ():
        title = match["title"]
        if _LABELS.match(title) or _BOXES.match(text, match.end()):
            continue
        if not re.match(r"(?:\*\*)?\s*(?:第?\s*\d+|question\b|q\d|题目|[A-H][.)])", title, re.I) and not _ASKED.search(
            title
        ):
            yield _make(match, match.end(), title, "", "chapter")


_BOXES = re.compile(r"\s*\n[ \t]*[-*+][ \t]+\[[ xX]\]")
"""Boxes to tick below a heading: it is the question."""
_LABELS = re.compile(
    r"[*【\s]*(?:(?:correct |right )?answers?|explanation|solution|hint|答案|解析|正确答案|参考答案|解答|答)[】*]*\s*[:]",
    re.I,
)
"""A heading mark before an answer's label (`#### Answer: D`) makes it no chapter."""


def _keys(text: str) -> Iterator[Heading]:
    for match in KEY_LINE.finditer(text):
        title = (match["title"] or match["english"]).strip()
        if re.search(
            r"我的|你的|您的|学生|考生|题号|序号|^\d{1,3}[ ]?[.、)]|^[□○◯●]|[(]\s*(?:正确)?答案\s*[)]$", title
        ):
            continue
        if match["title"] and _INLINE.fullmatch(title) and _is_inline(text, match):
            continue
        if _follows_key(text, match.end(), bool(match["english"])) or _restarts(text, match, title):
            yield Heading(match.start(), match.end(), title, None, Promise(""), "key")
    yield from _called_keys(text)
    yield from _filled_grids(text)
    for match in KEY_GLUED.finditer(text):
        if re.search(r"(?:题号|序号)[ \t|]*\Z", text[max(0, match.start() - 12) : match.start()]):
            continue  # the head of a table's column
        yield Heading(match.start(), match.end(), "答案", None, Promise(""), "key")


_KEY_BODY = re.compile(
    rf"\s*(?:{_LEAD}(?:{_NUMBER})?[^\n。?!;:,()、.]{{0,10}}?(?:{KIND_WORD}|{ENGLISH_WORD})|第?(?:{HAN_NUMBER})(?:章|、|部分)"
    r"|(?:round|part|section)[ \t]+(?:1|I|A|one)\b|[#* \t]*[(]?1[ \t]*[.、:)\]|]|[IVX]{1,4}[.)][ \t]*[(]?1[ \t]*[.)]|1[ \t]*[-~—–至到][ \t]*\d|1[ \t]+[A-H√×]\b|[|][ \t]*(?:题号|1)|题号|[A-H]{4,6}[ \t]+[A-H]{4,6}|[A-H]{5,}\s|[√×]{4,}|第1题|Q1\b|\d{1,3}[ \t]*[.、][ \t]*[A-H√×]\b)",
    re.I,
)


_INLINE = re.compile(r"(?:正确|参考|标准)?答案|答案解析|答案与解析|解答|答案要点")
_LABEL = re.compile(r"(?:参考答案|正确答案|标准答案|答案)[ \t】\]]*[:]")
_BIG = re.compile(rf"\s*{_LEAD}(?:{_NUMBER})[^\n。?!;:,()、.]{{0,10}}?(?:{KIND_WORD})")


_FIRST_TOLD = re.compile(r"\s*[(]?1[)]?[ \t]*[.、)][ \t]*[【\[]?(?:答案|解析|分析|详解|参考答案)")


def _is_inline(text: str, match: re.Match[str]) -> bool:
    """Whether a line such as `参考答案：` labels one question's answer: its neighbours have theirs so."""
    if _BIG.match(text, match.end()) or _FIRST_TOLD.match(text, match.end()):
        return False
    if "要点" in match["title"]:
        return True  # what an essay's answer has to mention; its points count 1, 2, 3
    labels = len(_LABEL.findall(text, max(0, match.start() - 3000), match.end() + 1500))
    if re.match(rf"\s*(?:{_COMPACT})", text[match.end() : match.end() + 200]):
        return False
    return "正确" in match["title"] or labels >= 3 or bool(re.match(r"\s*[(①]", text[match.end() : match.end() + 6]))


def _follows_key(text: str, at: int, english: bool) -> bool:
    """Whether what follows looks like the body of a key: a kind, a first number, a range, a run."""
    aside = re.compile(r"\s*\n[ \t]*[(【][^()\n]{0,40}[)】][ \t]*(?=\n)").match(text, at)
    at = aside.end() if aside is not None else at
    if english and _NUMBERED_WORDS.match(text, at):
        return True
    return bool(_KEY_BODY.match(text, at)) or bool(re.match(rf"\s*(?:{_COMPACT})", text[at : at + 200], re.I))


_RESTART = re.compile(r"(?:\s*\n[ \t]*[(【][^()\n]{0,40}[)】][ \t]*(?=\n))?\s*[(第]?(?P<number>\d{1,3})[ \t]?[.、)题]")
_NEAR = 20_000
"""How far back a key looks for the question that it repeats the number of."""


def _restarts(text: str, match: re.Match[str], title: str) -> bool:
    """Whether the first number below a key's title, which stands there once, is that of a question above it."""
    first = _RESTART.match(text, match.end())
    if first is None or len(title) > 30:
        return False
    above = max(0, match.start() - _NEAR)
    below = match.end() + _NEAR
    line = match[0].strip()
    if text.rfind(line, above, match.start()) >= 0 or text.find(line, match.end(), below) >= 0:
        return False
    number = first["number"]
    if re.compile(rf"^[ \t]*[(]?{number}[ \t]?[.、)]", re.M).search(text, above, match.start()) is None:
        return False
    return _OPTIONS.search(text, match.end(), first.end() + 400) is None


_OPTIONS = re.compile(r"[(【\[]?A[)】\]]?[ \t]?[.、:)][^\n]*\s[(【\[]?B[)】\]]?[ \t]?[.、:)]")
_ANSWER_WORD = re.compile(r"答[ ]{0,4}案|\banswers?\b|\bkeys?\b|\bsolutions?\b|\bmark(?:ing)? scheme\b", re.I)
_NO_TITLE = re.compile(
    r"^[ \t#*>]*(?:[(第]?\d{1,3}[ \t]?[.、)题]|[(]?[A-H][ \t]?[.、)]|[□○◯●])|[?_|\t]|[(][ \t]*[)]|[√×][ \t]*$"
    r"|(?:答案|answers?|keys?)[】\])]?[ \t]*(?:is|are|是|为|应?选|[:=])*[ \t]*[(【]?(?:[A-H]{1,7}|[√×TF]|对|错|正确|错误|True|False)(?![A-Za-z\u4e00-\u9fff])",
    re.I,
)


def _called_keys(text: str) -> Iterator[Heading]:
    """Lines that speak of answers, whatever else they say, above a run of numbers with their answers."""
    at = 0
    for word in _ANSWER_WORD.finditer(text):
        if word.start() < at:
            continue
        start = text.rfind("\n", 0, word.start()) + 1
        end = text.find("\n", word.end())
        at = end = len(text) if end < 0 else end
        line = text[start:end]
        if end - start <= 80 and not _NO_TITLE.search(line) and told_below(text, end):
            yield Heading(start, end, line.strip(" \t#*=-—–_【】[]"), None, Promise(""), "key")


_FILLED = re.compile(
    r"^[ \t|]*(?:题[ ]*号|题序|序号)[ \t|:]*(?P<first>\d{1,3})(?:[ \t|]+\d{1,3}){2,}[ \t|]*\n(?:[ \t]*[|][\s|:-]*\n)?[ \t|]*(?:参考|正确)?答[ ]*案[ \t|:]*(?:(?:[A-H]{1,7}|[√×])[ \t|]*){3,}$",
    re.M,
)


def _filled_grids(text: str) -> Iterator[Heading]:
    """A grid for the candidate's letters that has them filled in and stands above its questions."""
    for match in _FILLED.finditer(text):
        item = re.compile(rf"\s*[(]?{match['first']}[ \t]?[.、)]").match(text, match.end())
        if item is not None and _OPTIONS.search(text, item.end(), item.end() + 1500) is not None:
            yield Heading(match.start(), match.start(), "答案", None, Promise(""), "key", match.end())


_NUMBERED_WORDS = re.compile(
    r"\s*(?:Q(?:uestion)?[ \t.]*)?1[ \t]*(?:[(]a[)]|a[)]|[ \t]\S[^\n]{0,80}\n+[ \t]*2[ \t]+\S)", re.I
)
"""An English key's first lines: `1(a) ...`, or `1 TRUE` and `2 ...` below it."""
