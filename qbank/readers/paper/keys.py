"""Answer keys: what they say for which number, and whose numbers those are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qbank.readers.paper.answers import letters, truth
from qbank.readers.paper.numbers import Mark, marks
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.paths import Facts, reading
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import CHOICES, HAN_NUMBER, KIND_WORD, OPENS, PaperKind, han_value

_RANGE = re.compile(
    r"(?<![\d.])(?:第)?(\d{1,4})[ \t]*(?:[-~—–－～至到]|\.\.)[ \t]*(\d{1,4})(?:题)?[ \t]*[.:、)]?[ \t]*(?P<body>[(\[]?(?:正确|错误|True|False|[A-H√×对错TFYN])(?:正确|错误|True|False|[A-H√×对错TFYN,、;|/\s.()\[\]])*)"
)
_TOKEN = re.compile(r"正确|错误|True|False|[A-H]+|[√×对错]|[TFYN]")
_RUN = re.compile(r"^[\s:]*(?:[A-H√×对错TF]{2,10}[\s,、;]*)+[\s。.]*$")
_CELL = re.compile(r"[|\s]+")
_REPEATED = re.compile(r"答[ \t]*[:]|参考答案[ \t]*[:]|答案[ \t]*[:]|answer[ \t]*[:]|ans[ \t]*[:]", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a key says for a number."""

    value: int
    start: int
    end: int
    raw: str


def compatible(key: PaperKind | None, section: PaperKind | None) -> bool:
    """Whether a key's heading may speak of a section's questions."""
    if key is None or section is None or key == section:
        return True
    return {key, section} <= CHOICES or {key, section} <= OPENS


_ASIDE = re.compile(r"[(【][^()【】]{0,60}[)】]")


def outer_value(target: Item) -> int | None:
    """The number a key knows a question by: of a part (1), (2) ..., the number of the whole."""
    group = target.group
    return group.value if group is not None and group.value is not None else target.value


def parted(sources: Sources, entry: Entry, members: Sequence[Item]) -> list[Entry]:
    """An entry for a whole cut into those for its parts; empty when it does not number them."""
    family = members[0].mark.family if members[0].mark is not None else "paren"
    expected = {i.value for i in members if i.value is not None}
    start = entry.end - len(entry.raw)
    return _numbered(sources, start, entry.end, expected, family, None, members)


def entries(sources: Sources, section: Section, items: Sequence[Item]) -> list[Entry]:
    """The entries of a key section for questions with these numbers.

    Tables, ranges, lines of pairs and runs of letters are taken out first, each
    where it stands; what is left is read as numbers with prose.
    """
    start, end = section.start, section.end
    text, raw = sources.view.text, sources.view.raw
    expected = {v for i in items if (v := outer_value(i)) is not None}
    expected |= {int(n) for i in items if i.columns is not None for n, _, _ in i.columns.prompts if n.isdecimal()}
    closed = not items or section.kind not in OPENS
    if listed := _one_a_line(text, raw, start, end) or _in_prose(text, raw, start, end):
        return listed
    out: list[Entry] = []
    taken: list[tuple[int, int]] = []
    if closed:
        for made, span in itertools.chain(_tables(text, start, end), _ranges(text, start, end)):
            if not any(a < span[1] and span[0] < b for a, b in taken):
                out.extend(made)
                taken.append(span)
        if not out and (whole := _pairs(text, start, end)):
            out.extend(whole)
            taken.append((start, whole[-1].end))
        for made, span in _pair_lines(text, _outside(taken, start, end)):
            out.extend(made)
            taken.append(span)
        if not out and items and (run := _unnumbered_run(text, start, end, items)):
            return run
    family = items[0].mark.family if items and items[0].mark is not None else "plain"
    if items and items[0].group is not None and items[0].group.value is not None:
        family = items[0].group.family
    out, taken = _explained(sources, out, taken, end)
    for a, b in _outside(sorted(taken), start, end):
        found = _numbered(sources, a, b, expected, family, section.kind, items)
        found = [e for e in found if not _HEADS.fullmatch(e.raw)]
        out.extend(e for e in found if not out or re.search(r"[^\s|:.,、;]", e.raw))
    body = text[start:end].strip()
    if not out and len(items) == 1 and body and not _ASIDE.fullmatch(body):
        out = [Entry(items[0].value or 1, start, end, raw[start:end])]
    if out and items and not closed:
        first = min(out, key=lambda e: e.start)
        lead = text[start : first.start]
        missing = sorted(expected - {e.value for e in out})
        if missing and missing[0] < first.value and len(lead.strip()) > 3:
            out.insert(0, Entry(missing[0], start, first.start, raw[start : first.start]))
    return [_within(text, e) for e in sorted(out, key=lambda e: e.start)]


_HEADS = re.compile(rf"\s*(?:{KIND_WORD})(?:[与和及、]?(?:{KIND_WORD}))*题[ \t:]*\n?\s*")
"""`一、二、选择题`: what the second numeral begins is a heading."""
_NEXT_PART = re.compile(
    r"\n[ \t]*[一二三四五六七八九十]{1,2}、[ \t]*(?:略|[(]?\d{1,3}[.、)]|\Z)|\n[ \t]*(?:(?:part|section)[ \t]+\w{1,4}[ \t]*[:.]?|[IVX]{1,4}[.)])[ \t]*\Z",
    re.I,
)
"""The numeral of the next part of a key, which the entry before it took along."""


def _within(text: str, entry: Entry) -> Entry:
    start = entry.end - len(entry.raw)
    stop = _NEXT_PART.search(text, start, entry.end)
    if stop is None or not text[start : stop.start()].strip():
        return entry
    return Entry(entry.value, entry.start, stop.start(), entry.raw[: stop.start() - start])


_ONE_A_LINE = re.compile(r"[ \t]*(?P<number>\d{1,3})[ \t]{1,8}(?:[-–—=:→]+[ \t]*)?(?P<told>[^\s.、)][^\n]*)")


_NEXT_COLUMN = re.compile(r"(?:[A-H]{1,5}|[√×TFYN]|对|错|正确|错误|True|False)[ \t]+\d{1,3}\b", re.I)


def _one_a_line(text: str, raw: str, start: int, end: int) -> list[Entry]:
    """`5 280 BC` below `4 TRUE`: each line a number and, behind blanks, its answer; empty where a line is not so."""
    lines = [_ONE_A_LINE.fullmatch(text, *m.span()) for m in _LINE_TEXT.finditer(text, start, end)]
    told = [m for m in lines if m is not None]
    if len(told) < 3 or len(told) < len(lines):
        return []
    values = [int(m["number"]) for m in told]
    if any(_NEXT_COLUMN.match(m["told"]) for m in told):
        return []
    if values != list(range(values[0], values[0] + len(values))):
        return []
    spans = [m.span("told") for m in told]
    return [Entry(n, m.start(), b, raw[a:b]) for n, m, (a, b) in zip(values, told, spans, strict=True)]


def _explained(
    sources: Sources, found: list[Entry], taken: list[tuple[int, int]], end: int
) -> tuple[list[Entry], list[tuple[int, int]]]:
    """Entries with the explanations that stand behind them, up to the next entry (`1. B`, then `解析：…`)."""
    text, raw = sources.view.text, sources.view.raw
    ordered = sorted(found, key=lambda e: e.start)
    out: list[Entry] = []
    spans = list(taken)
    for entry, following in itertools.zip_longest(ordered, ordered[1:]):
        limit = _line_of(text, entry, following) if following is not None else end
        told = next(iter(sources.fields_in(entry.end, limit)), None)
        if told is None or told.name != "explanation" or text[entry.end : told.start].strip(" \t\n)】].。;,、|"):
            out.append(entry)
            continue
        stop = entry.end + len(text[entry.end : limit].rstrip())
        if following is None and (later := _ANY_NUMBER.search(text, told.end, stop)):
            stop = later.start()
        out.append(Entry(entry.value, entry.start, stop, raw[entry.end - len(entry.raw) : stop]))
        spans = [(a, b) for a, b in spans if not (entry.end <= a and b <= stop)]
        spans.append((entry.end, stop))
    return out, spans


_ANY_NUMBER = re.compile(r"\n[ \t]*(?:[(]?\d{1,3}[ \t]*[.、)]|[一二三四五六七八九十]{1,2}、)")


def _line_of(text: str, entry: Entry, following: Entry) -> int:
    """Where the number of the next entry begins, at the latest where its line does."""
    line = text.rfind("\n", entry.end, following.start)
    return line if line >= 0 else following.start


def _ranges(text: str, start: int, end: int) -> Iterator[tuple[list[Entry], tuple[int, int]]]:
    """`1-5 ABCDA 6～10 ...`."""
    for match in _RANGE.finditer(text, start, end):
        if made := _ranged(match):
            yield made, match.span()


_CELL_TEXT = r"(?:[A-H]{1,8}(?![a-z])|[√×]|对|错|正确|错误|是|否|[TFYN](?![A-Za-z])|True|False|略|[-—])"
_LABELLED_TABLE = re.compile(
    rf"(?:题号|题目|题序|序号|编号|小题|Questions?|No\.?|Q)[\s|:]*(?P<numbers>(?:(?:第)?[(]?\d{{1,4}}[)]?(?:题)?[\s|、,.]*)+)[\s|:\-]*(?:参考答案|正确答案|标准答案|答案|选项|Answers?|Key|Ans)[\s|:]*"
    rf"(?P<cells>(?:{_CELL_TEXT}[ \t|、,.]*\n?[ \t|]*)+)",
    re.I,
)


def _tables(text: str, start: int, end: int) -> Iterator[tuple[list[Entry], tuple[int, int]]]:
    """Rows of numbers above rows of answers, whatever parts the cells, or one cell a line; `题号12345答案ABCDA`."""
    for match in _LABELLED_TABLE.finditer(text, start, end):
        numbers = _consecutive(match["numbers"])
        base = match.start("cells")
        cells = [(base + m.start(), m[0]) for m in re.finditer(_CELL_TEXT, match["cells"], re.I)]
        if numbers and len(cells) != len(numbers) and all(c.isascii() or c in "√×" for _, c in cells):
            cells = [(at + i, c) for at, word in cells for i, c in enumerate(word)]
        if numbers and len(cells) == len(numbers):
            yield [Entry(n, at, at + len(c), c) for n, (at, c) in zip(numbers, cells, strict=True)], match.span()
    if made := _table(text, start, end):
        yield made, (min(e.start for e in made), max(e.end for e in made))


def _consecutive(text: str) -> list[int]:
    """The numbers of a row, also where nothing parts them (`12345`); empty when they do not count on."""
    told = [int(n) for n in re.findall(r"\d+", text)]
    if len(told) > 1:
        return told
    digits = re.sub(r"\D", "", text)
    for size in (1, 2, 3):
        value, at, out = int(digits[:size] or 0), 0, []
        while value and digits.startswith(str(value), at):
            at += len(str(value))
            out.append(value)
            value += 1
        if out and at == len(digits):
            return out
    return told


_LINE_TEXT = re.compile(r"[^\n]*\S[^\n]*")
_TABLE_HEAD = re.compile(r"(?:[\s|]*(?:题号|序号|答案|参考答案|Question|Answer|No\.?))+[\s|]*", re.I)


_PART_LEAD = re.compile(
    r"[ \t]*(?:(?:part|section|task|exercise)[ \t]+(?:\d{1,2}|[A-H]|[IVX]{1,4})[ \t]*[:.)]?|[A-Z][A-Z/ ]{0,20}:)[ \t]{1,8}(?=[(]?\d)",
    re.I,
)
_COLUMN = re.compile(
    r"[(]?(?P<number>\d{1,3})[.)]?[ \t]+(?P<told>[^\s\d](?:[^\n\t]*?\S)?)(?=[ ]{2,}[(]?\d{1,3}[.)]?[ \t]|\t|[ \t]*$)",
    re.M,
)


def _columns(text: str, start: int, end: int) -> list[Entry]:
    """`6 abroad  7 borrow  8 enough`: numbers that count on, each with its words; empty for any other line."""
    found = list(_COLUMN.finditer(text, start, end))
    values = [int(m["number"]) for m in found]
    covered = sum(len(m[0]) for m in found)
    if len(found) < 2 or values != list(range(values[0], values[0] + len(values))):
        return []
    if covered < len("".join(text[start:end].strip())) - 4 * len(found):
        return []
    return [Entry(n, m.start(), m.end("told"), m["told"]) for n, m in zip(values, found, strict=True)]


def _pair_lines(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[list[Entry], tuple[int, int]]]:
    """Lines that are nothing but numbers with their letters or verdicts."""
    for start, end in spans:
        for line in _LINE_TEXT.finditer(text, start, end):
            a, b = line.span()
            part = _PART_LEAD.match(text, a, b)
            a = part.end() if part is not None else a
            if (made := _pairs(text, a, b)) or (made := _columns(text, a, b)):
                yield made, (a, made[-1].end)
            elif _TABLE_HEAD.fullmatch(line[0]):
                yield [], (a, b)


def _ranged(match: re.Match[str]) -> list[Entry]:
    low, high = int(match[1]), int(match[2])
    if not 0 < high - low < 200:
        return []
    body = match["body"]
    count = high - low + 1
    words = [w for w in re.split(r"[\s,、;|/.()\[\]]+", body) if w]
    tokens = list(_TOKEN.finditer(body))
    if len(words) != count or len(tokens) != count:
        single = (
            [(m.start() + i, c) for m in tokens for i, c in enumerate(m[0])]
            if not re.search("正|误|rue|alse", body)
            else [(m.start(), m[0]) for m in tokens]
        )
        if len(words) == count:
            at, spans = 0, []
            for word in words:
                at = body.index(word, at)
                spans.append((at, word))
                at += len(word)
        elif len(single) == count:
            spans = single
        else:
            return []
    else:
        spans = [(m.start(), m[0]) for m in tokens]
    base = match.start("body")
    return [Entry(low + i, base + at, base + at + len(word), word) for i, (at, word) in enumerate(spans)]


_PAIR = re.compile(
    r"(?<![\d.a-zI-Z])(?:[Qq](?:uestion)?[ \t.]*)?[(第\[]?[ \t]*(\d{1,4}|[①-⑳])[ \t]*[)\]题]?[ \t]*(?:[.、:)\-–—=→|]|答案[是为]?[:]?|应?选)?[ \t]*(?:[:选])?\s{0,3}[(【\[]?((?:[A-H](?:[,、]?[A-H])*|[a-h]{1,6})(?![A-Za-z])|[√×]|对|错|正确|错误|是|否|NG(?![A-Za-z])|NOT GIVEN|Not Given|(?:TRUE|FALSE|YES|NO)(?![A-Za-z])|[TFYN](?![A-Za-z])|True|False)(?!(?![一二三四五六七八九十]{1,2}[、.]|第)[\u4e00-\u9fff])[)】\]]?"
)


def _pairs(text: str, start: int, end: int) -> list[Entry]:
    """`1A 2B`, `1:A，2:B`, `(1)A (2)B`: where such pairs are most of the text."""
    found = list(_PAIR.finditer(text, start, end))
    size = len(re.sub(r"[\s,、;|.:。#*]", "", text[start:end]))
    covered = sum(len(re.sub(r"[\s,、;|.:。#*]", "", m[0])) for m in found)
    if not found or covered * 10 < size * 8:
        return []
    return [Entry(_value(m[1]), m.start(2), m.end(2), m[2]) for m in found]


def _value(said: str) -> int:
    return int(said) if said.isdecimal() else ord(said) - 0x245F


_PROSE = re.compile(
    rf"(?:(?<=\n)|\A|(?<=[。.;]))[ \t]*(?:the )?(?:correct )?answers? (?:to|for|of) (?:question|no\.?|#)[ \t]*(?P<number>\d{{1,3}})[ \t]*(?:is|=|:)[ \t]*[(]?(?P<said>[A-H])\b[)]?"
    rf"|(?:(?<=\n)|\A|(?<=[。;,]))[ \t]*第[ \t]*(?P<number2>\d{{1,3}}|{HAN_NUMBER})[ \t]*题[ \t]*(?:(?:的?(?:正确)?答案)?(?:是|应?选|为)|[:])[ \t]*[(]?(?P<said2>[A-H]{{1,7}}(?![A-Za-z])|[√×]|对|错|正确|错误)",
    re.I,
)
"""`The answer to question 1 is B because ...`, `第2题选C。`."""


def _in_prose(text: str, raw: str, start: int, end: int) -> list[Entry]:
    """Answers told in sentences, each with the words up to the next; none unless three agree."""
    found = list(_PROSE.finditer(text, start, end))
    if len(found) < 3:
        return []
    stops = [*(m.start() for m in found[1:]), end]
    out = []
    for match, stop in zip(found, stops, strict=True):
        said = "said" if match["said"] else "said2"
        number = match["number"] or match["number2"]
        value = int(number) if number.isdecimal() else han_value(number)
        out.append(Entry(value, match.start(), stop, raw[match.start(said) : stop]))
    return out


def _unnumbered_run(text: str, start: int, end: int, items: Sequence[Item]) -> list[Entry]:
    """`DCBCA CDACD`: one letter a question, in order."""
    body = text[start:end]
    lines = [(m.start(), m[0]) for m in re.finditer(r"[^\n]+", body) if _RUN.match(m[0])]
    found = [
        (start + a + m.start() + i, c)
        for a, line in lines
        for m in re.finditer(r"[A-H√×对错TF]+", line)
        for i, c in enumerate(m[0])
    ]
    words = [(start + a + m.start(), m[0]) for a, line in lines for m in re.finditer(r"[A-H√×对错TF]+", line)]
    values = [i.value or n for n, i in enumerate(items, 1)]
    for group in (words, found):
        if len(group) == len(items) and len(items) >= 2:
            return [Entry(v, at, at + len(w), w) for v, (at, w) in zip(values, group, strict=True)]
    return []


def _table(text: str, start: int, end: int) -> list[Entry]:
    """A row of numbers above a row of answers, with or without Markdown's bars, or two columns."""
    out: list[Entry] = []
    lines = [(start + m.start(), m[0]) for m in re.finditer(r"[^\n]+", text[start:end])]
    lines = [(a, s) for a, s in lines if not re.fullmatch(r"[\s|:\-+]+", s)]
    for (_, upper), (at, lower) in itertools.pairwise(lines):
        numbers = [
            c
            for c in _CELL.split(re.sub(r"^[\s|]*(?:题号|题目|序号|No\.?|Question|Q)[\s|:]*", "", upper, flags=re.I))
            if c
        ]
        labelled = bool(re.match(r"^[\s|]*(?:题号|题目|序号|No|Question|Q)", upper, re.I))
        if len(numbers) < (1 if labelled else 2) or not all(re.fullmatch(r"[(]?\d{1,4}[)]?[.、]?", c) for c in numbers):
            continue
        head = re.match(r"^[\s|]*(?:答案|参考答案|Answers?|Key)?[\s|:]*", lower, re.I)
        shift = head.end() if head else 0
        cells = list(re.finditer(r"[^|\s]+", lower[shift:]))
        if len(cells) != len(numbers) or not all(
            letters(c[0], 8) is not None or truth(c[0]) is not None for c in cells
        ):
            continue
        out.extend(
            Entry(int(n.strip(".、()")), at + shift + c.start(), at + shift + c.end(), c[0])
            for n, c in zip(numbers, cells, strict=True)
        )
    if out:
        return out
    for at, line in lines:
        for match in re.finditer(
            r"\|[ \t]*(\d{1,3})[ \t]*\|[ \t]*([A-H]{1,8}|[√×]|对|错|正确|错误|[TF]|True|False)[ \t]*(?=\||$)", line
        ):
            out.append(Entry(int(match[1]), at + match.start(2), at + match.end(2), match[2]))
    return out


def _outside(taken: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    out, at = [], start
    for a, b in taken:
        out.append((at, a))
        at = b
    out.append((at, end))
    return [(a, b) for a, b in out if b - a > 1]


def _numbered(
    sources: Sources,
    start: int,
    end: int,
    expected: set[int],
    family: str,
    kind: PaperKind | None,
    items: Sequence[Item],
) -> list[Entry]:
    """Entries that begin with a number."""
    view = sources.view
    part = view.text[start:end]
    found = marks(part, key=True)
    if expected:
        found = [m for m in found if m.value in expected]
    groups: list[list[Mark]] = [
        [m for m in found if m.family == family],
        [m for m in found if m.family == "plain"],
        found,
    ]
    facts = Facts(text=part)
    path: list[Mark] = []
    for group in groups:
        bonus = [m for m in group if kind not in OPENS or m.score > -2]
        first = min((m.value for m in bonus), default=1)
        path, _ = reading(bonus, facts, 0, len(part), "open" if family not in {"circle"} else None, first - 1)
        if path:
            break
    out = []
    stops = [*(m.start for m in path[1:]), len(part)]
    for mark, stop in zip(path, stops[: len(path)], strict=True):
        out.append(Entry(mark.value, start + mark.start, start + stop, view.raw[start + mark.end : start + stop]))
    return out


def unstemmed(raw: str, stem: str) -> str:
    """An entry without the question it repeats: what follows 答: or the stem."""
    if (match := _REPEATED.search(raw)) and match.start() <= len(stem) + 40:
        return raw[match.end() :]
    body = raw.lstrip()
    key = re.sub(r"[\s。.?？]", "", stem)
    at = size = 0
    for c in body:
        if size == len(key):
            break
        if not re.match(r"[\s。.?？]", c):
            if c != key[size]:
                return raw
            size += 1
        at += 1
    if body[at : at + 1].isalnum() and len(key) < 12:
        return raw  # `会计分期是将…`: the term begins its definition
    rest = body[at:].lstrip(" \t\n。.?？:：")
    return rest if size == len(key) and key and rest else raw
