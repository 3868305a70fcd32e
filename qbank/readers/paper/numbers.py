"""Question numbers: every candidate, and the one run of them that reads best."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from qbank.readers.paper.fields import Field
from qbank.readers.paper.options import Run
from qbank.readers.paper.words import ASKING, COMMAND, HAN_NUMBER, OPENS, SURE_GAP, PaperKind, han_value

_MARK = re.compile(
    rf"""(?P<lead>(?:^|(?<=\n))[ \t#>*+•·\-]{{0,40}})?
    (?P<gap>(?:_{{1,12}}[ \t]*[A-Ha-hTF√×]?[ \t]*_*|[(][ \t]*[A-H√×对错TF]{{0,6}}[ \t]*[)])[ \t]*(?=\d))?
    (?:
      第[ \t]*(?P<di>\d{{1,4}}|{HAN_NUMBER})[ \t]*(?:小)?题(?![目号])[ \t]*[:.、]?
    | (?:题目|试题|习题|问题|思考题)[ \t]*(?P<timu>\d{{1,4}}|{HAN_NUMBER})(?![\d分])[ \t]*[:.、)]?
    | (?:\*\*)?(?:question|ques|problem|q)[ \t.]*(?:no\.?[ \t]*)?[#]?(?P<q>\d{{1,4}})(?![\w.]*\w)[ \t]*(?:[(][^()\n]{{0,30}}[)])?[ \t]*[.:)、\-–—|]?(?:\*\*)?
    | (?:案例|材料)[ \t]*(?P<case>\d{{1,2}}|{HAN_NUMBER})[ \t]*[:.、]?
    | (?P<ask>(?:\*\*)?(?:问|题目|问题|Q|题干|question|(?:单选|多选|判断|填空|简答|单项选择|多项选择|名词解释|论述)题?(?=[ \t]*[:](?![ \t]*[(]?(?:共|每|本))))(?:\*\*)?[ \t]*[:](?:\*\*)?(?=[ \t]*[^\s]))
    | [【](?:问题|第)?(?P<square>\d{{1,3}})(?:题)?[】][.、]?
    | \[(?P<bracket>\d{{1,3}})\]
    | (?P<circle>[①-⑳])
    | [(](?P<paren>\d{{1,3}})[)](?:[ \t]*[.、])?
    | [(](?P<pcjk>{HAN_NUMBER})[)][、.]?
    | (?P<cjk>{HAN_NUMBER})[ \t]*[、.]
    | (?P<rparen>\d{{1,3}})[ \t]?[)]
    | (?P<plain>\d{{1,4}})[ \t]?(?:\\)?(?P<sep>[.、·:。,])(?:\*\*)?
    | (?P<spaced>\d{{1,3}})(?P<blank>[ \t]+)(?=[^\s\d.,%\-+*/=)])
    | (?P<alone>(?<![^\n])\d{{1,3}}(?=[ \t]*\n[ \t]*[^\s\d]|[ \t]*[【\[(][ \t]*(?:单选|多选|判断|填空|简答|单项|多项|不定项|问答|论述|名词)))
    )""",
    re.X | re.I,
)
_TOLD = re.compile(r"(?:答案|答|】|answer|ans)[ \t]*[:]?[ \t]*(?:[A-H][,、 ]?){1,8}\Z", re.I)
"""An answer's letters right before a number: `答案:A4.` begins question 4."""
_FAMILIES = (
    "di",
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
    "alone",
)
_UNIT = re.compile(
    r"\d*\s*(?:[%‰℃°]|倍|元|米|公里|千米|厘米|毫米|万|亿|吨|公斤|小时|分钟|度|版本|折|m\b|kg|cm|mm|GHz|V\b|A\b)"
)
_SCORE_REST = re.compile(r"\d{1,2}[ \t]*(?:分(?![钟之析别布类子米])|points?\b|pts?\b)", re.I)
"""The rest of a score: `12.0分`."""
_UNIT_BEFORE = re.compile(r"\d[ \t]*(?:[a-zA-Zμ]{1,3}(?:/[a-zA-Z]{1,3})?|[A-Za-z]{1,3}/[A-Za-z]{1,3})\Z")
"""A figure with its unit, the last word of an option: `7d6、` begins question 6."""
_PRIOR: dict[str, float] = {
    "di": 1.2, "timu": 1.2, "q": 1.2, "case": 0.3, "ask": 0.6, "square": 0.2, "bracket": 0.0, "circle": -1.8,
    "paren": -0.8, "pcjk": -1.2, "cjk": -0.3, "rparen": -0.3, "plain": 0.0, "spaced": -0.6, "alone": -0.6,
}  # fmt: skip


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


@dataclass(slots=True)
class Facts:
    """Where things stand in a text, so that a stretch of it can be judged in logarithmic time."""

    runs: list[int] = field(default_factory=list)
    inside: list[tuple[int, int]] = field(default_factory=list)
    """From a run's first label to its last: no question begins there."""
    answers: list[int] = field(default_factory=list)
    label_ends: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    """Where answers, explanations and the like begin."""
    text: str = ""

    @staticmethod
    def of(text: str, runs: Sequence[Run], labelled: Sequence[Field]) -> Facts:
        """The facts of a text."""
        return Facts(
            [r.start for r in runs],
            [(r.start, r.last.start) for r in runs],
            [f.start for f in labelled if f.name == "answer"],
            [f.end for f in labelled if f.name in {"answer", "explanation"}],
            [f.start for f in labelled if f.name in {"answer", "explanation", "student"}],
            text,
        )

    def runs_in(self, start: int, end: int) -> int:
        """How many option runs begin in a stretch."""
        return bisect_left(self.runs, end) - bisect_left(self.runs, start)

    def answers_in(self, start: int, end: int) -> int:
        """How many answers are labelled in a stretch."""
        return bisect_left(self.answers, end) - bisect_left(self.answers, start)

    def labelled_in(self, start: int, end: int) -> bool:
        """Whether an answer or explanation is labelled in a stretch."""
        return bisect_left(self.values, end) > bisect_left(self.values, start)

    def opens_value(self, at: int) -> bool:
        """Whether a place follows an answer's label directly: a list there is the answer."""
        i = bisect_right(self.label_ends, at) - 1
        return i >= 0 and not self.text[self.label_ends[i] : at].strip()

    def in_run(self, at: int) -> bool:
        """Whether a place lies between the labels of one run."""
        i = bisect_right(self.runs, at) - 1
        return i >= 0 and self.inside[i][0] < at < self.inside[i][1]

    def evidence(self, start: int, end: int, kind: PaperKind | None, main: bool = True) -> float:
        """How much a stretch looks like exactly one question; `main` numbers may lean on the heading."""
        runs, answers = self.runs_in(start, end), self.answers_in(start, end)
        score = 3.0 - 2.5 * (runs - 1) if runs else 0.0
        score += 1.5 - 1.5 * (answers - 1) if answers else 0.0
        if runs:
            # of two numbers before one option run, the nearer one is the question's
            score -= min(1.0, 0.1 * self.text.count("\n", start, self.runs[bisect_left(self.runs, start)]))
        if not runs:
            opening = self.text[start : min(end, start + 240)]
            line = opening.lstrip().split("\n", 1)[0]
            if SURE_GAP.search(opening):
                score += 1.0
            first = re.split(r"[。?!;\n]", opening, maxsplit=1)[0]
            if (
                ("?" in line[:160] and ASKING.search(line))
                or COMMAND.match(line.lstrip(" *"))
                or (ASKING.search(first) and len(first) < 60)
            ):
                score += 1.6 if "?" in opening[:80] else 1.0
        if kind is not None and main:
            score += 1.0 if kind in OPENS or kind in {"judge", "fill"} else 0.5
        return score or (-0.5 if kind is not None else -1.0)


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
    return _without_comments(text, out)


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
            if _SCORE_REST.match(text, match.end()):
                return None
            score -= 0.8
            if _UNIT.match(text, match.end(), match.end() + 12) or re.match(
                r"\d{1,3}(?:\.\d|[,;)]|\s*[+\-×=*/÷]|[ \t]+[a-z])", text[match.end() : match.end() + 6]
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
    family_name = "plain" if family == "spaced" else family
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


def reading(
    found: Sequence[Mark], facts: Facts, start: int, end: int, kind: PaperKind | None, after: int = 0
) -> tuple[list[Mark], float]:
    """The run of numbers that reads a stretch best, and its score; empty when no run beats none at all.

    Every family of numbering gets its best path by dynamic programming; the
    family whose path explains most (one option run, one answer, one question
    each) wins. `after` is the last number before the stretch, which may go on.
    """
    best: tuple[float, list[Mark]] = (0.0, [])
    paths: dict[str, list[Mark]] = {}
    families: dict[str, list[Mark]] = {}
    for mark in found:
        families.setdefault(mark.family, []).append(mark)
    for family, group in families.items():
        score, path = _path(_outside_values(group, found, facts), facts, start, end, kind, _PRIOR[family], after)
        paths[family] = path
        if path and score > best[0]:
            best = (score, path)
    return _without_lists(_outer(best[1], paths), facts, end), best[0]


def _without_lists(path: list[Mark], facts: Facts, end: int) -> list[Mark]:
    """Without 1, 2, 3 ... that an answer or explanation lists before the question's own number goes on.

    `【解析】...：1. ...；2. ...` and then question 3: the list begins again at 1 behind
    a label, none of it has options or an answer, and the count it broke into goes on behind it.
    """
    out: list[Mark] = []
    i = 0
    while i < len(path):
        mark = path[i]
        if out and mark.value == 1 and out[-1].value >= 1 and facts.labelled_in(out[-1].end, mark.start):
            j = i
            while (
                j + 1 < len(path)
                and path[j + 1].value == path[j].value + 1
                and (path[j + 1].value != out[-1].value + 1 or not _goes_on(path, j + 1, facts, end))
            ):
                j += 1
            stops = [m.start for m in path[i + 1 : j + 2]] + [end]
            bare = not any(
                facts.runs_in(m.end, stop) or facts.answers_in(m.end, stop)
                for m, stop in zip(path[i : j + 1], stops, strict=False)
            )
            follows = path[j + 1].value == out[-1].value + 1 if j + 1 < len(path) else None
            told = sum(bool(facts.answers_in(a.end, b.start)) for a, b in pairwise(out))
            if bare and (follows or (follows is None and out[-1].value > 1 and told * 2 >= len(out) - 1)):
                i = j + 1
                continue
        out.append(mark)
        i += 1
    return out


def _goes_on(path: list[Mark], at: int, facts: Facts, end: int) -> bool:
    """Whether a number has options or an answer of its own."""
    stop = path[at + 1].start if at + 1 < len(path) else end
    return bool(facts.runs_in(path[at].end, stop) or facts.answers_in(path[at].end, stop))


def _outer(path: list[Mark], paths: dict[str, list[Mark]]) -> list[Mark]:
    """The numbers around (1), (2) ... that begin again under each of them."""
    if not path or path[0].family not in {"paren", "rparen", "circle", "pcjk"}:
        return path
    ones = [m.start for m in path if m.value == 1]
    for family in ("plain", "cjk", "di", "timu"):
        outer = paths.get(family, [])
        if len(outer) < 2 or not all(m.line for m in outer):
            continue
        stops = [m.start for m in outer[1:]] + [path[-1].start + 1]
        if all(sum(m.start < one < stop for one in ones) == 1 for m, stop in zip(outer, stops, strict=True)):
            return outer
    return path


def unprefixed(path: list[Mark]) -> list[Mark]:
    """A bracket before every number but the first belongs to the question before it."""
    if not path or path[0].before is not None:
        return path
    return [m if m.before is None else replace(m, start=m.before[1], before=None) for m in path]


def _outside_values(group: list[Mark], found: Sequence[Mark], facts: Facts) -> list[Mark]:
    """Without the (1), (2) ... that an answer or explanation lists."""
    if group[0].family not in {"paren", "circle", "rparen", "pcjk"}:
        return group
    heads = [m.start for m in found if m.line and m.family in {"plain", "di", "q", "timu", "cjk"} and m.score >= 1.2]
    if not heads or (group[0].line and group[0].start < heads[0]):
        return group  # what begins first is not inside the other
    out = []
    for mark in group:
        i = bisect_left(facts.values, mark.start)
        head = bisect_left(heads, mark.start)
        labelled = facts.values[i - 1] if i else -1
        if labelled < (heads[head - 1] if head else -1) or labelled < 0:
            out.append(mark)
    return out


def _nested(group: list[Mark], facts: Facts, end: int) -> set[int]:
    """The marks of lists that stand as an answer: 1, 2, 3 ... right after its label."""
    out: set[int] = set()
    i = 0
    while i < len(group):
        if group[i].value == 1 and facts.opens_value(group[i].start):
            chain = [i]
            while i + 1 < len(group) and group[i + 1].value == group[i].value + 1:
                stop = group[i + 2].start if i + 2 < len(group) else end
                if facts.answers_in(group[i + 1].start, stop) or facts.runs_in(group[i + 1].start, stop):
                    break
                i += 1
                chain.append(i)
            out.update(chain)
        i += 1
    return out


def _path(
    group: list[Mark], facts: Facts, start: int, end: int, kind: PaperKind | None, prior: float, after: int
) -> tuple[float, list[Mark]]:
    """The best path through the marks of one family."""
    value: list[float] = []
    back: list[int] = []
    recent: dict[int, list[int]] = {}
    top = -1
    outcome, last = 0.0, -1
    main = prior > -0.5
    nested = _nested(group, facts, end)
    for i, mark in enumerate(group):
        own = mark.score + prior - (5.0 if facts.in_run(mark.start + 1) else 0.0)
        if i in nested:
            own -= 8.0
        gain = (0.0 if mark.value == after + 1 else -1.0 * min(mark.value - 1, 4)) - 2.5 * facts.runs_in(
            start, mark.start
        )
        origin = -1
        options = [(j, 2.0) for j in recent.get(mark.value - 1, [])[-4:]]
        options += [(j, -2.0) for j in recent.get(mark.value, [])[-1:]]
        for skip in (2, 3, 4):
            options += [(j, -1.0 * skip) for j in recent.get(mark.value - skip, [])[-1:]]
        if top >= 0:
            options.append((top, -2.0 if mark.value == 1 else -5.0))
        for j, link in options:
            total = value[j] + link + facts.evidence(group[j].end, mark.start, kind, main)
            if total > gain:
                gain, origin = total, j
        value.append(gain + own)
        back.append(origin)
        recent.setdefault(mark.value, []).append(i)
        if top < 0 or value[i] > value[top]:
            top = i
        closed = value[i] + facts.evidence(mark.end, end, kind, main)
        if closed > outcome:
            outcome, last = closed, i
    path: list[Mark] = []
    while last >= 0:
        path.append(group[last])
        last = back[last]
    path.reverse()
    return outcome, path
