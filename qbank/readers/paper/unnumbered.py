"""Questions without numbers: found by their options, by their paragraphs, or by their question sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from qbank.readers.paper.answers import letters
from qbank.readers.paper.bullets import bullets
from qbank.readers.paper.choices import set_choices
from qbank.readers.paper.items import item
from qbank.readers.paper.options import Run
from qbank.readers.paper.parts import Choice, Item, Sources
from qbank.readers.paper.records import options_of
from qbank.readers.paper.sections import Section
from qbank.readers.paper.words import ASKING, CHOICES, COMMAND, SURE_GAP, kind_named

_LINE = re.compile(r"[^\n]*\S[^\n]*")
_DELIMITERS = ("\t", "||", "|", ";;", "##", "@@", ";", "#", "^")
_STATEMENT = re.compile(r"[(【\[]\s*(?:√|×|对|错|正确|错误|T|F)?\s*[)】\]]|[√×]\s*$|。\s*$")
_TERM = re.compile(r"^[^\n:。]{1,20}(?:[:]|[ \t]*$)", re.M)
_BLANK = re.compile(r"\n[ \t]*\n")
_LETTER_VALUE = re.compile(r"[ \t]*[(【\[]?[A-H](?:[ ,、]*[A-H])*[)】\]]?(?![A-Za-z])[ \t]*")
_SENTENCE = re.compile(r"[^\n?。!]{2,200}?[?]+")
_CHAPTER = re.compile(r"第[一二三四五六七八九十]{1,3}[章节单篇][^\s]*[ \t]*[^\s]{0,20}")
_CHAPTER_END = re.compile(r"第[一二三四五六七八九十]{1,3}[章节单篇讲][ \t]*\Z")
_OPENS = re.compile(r"什么是|什么叫|何谓|何为|简述|试述|论述|如何|怎样|为什么|为何|怎么|影响(?=[^?]{2,30}因素)|请")
_LEAD = re.compile(r"[ \t]*(?:(?P<number>\d{1,3})[ \t]?[.、)][ \t]*|[(]\d{1,2}[)][ \t]*)?")
_SPOKEN = re.compile(r"[“\"'‘—]|您|请问|你好|咱|吗[?]?$")
_ORDER = re.compile(
    r"(?:^|(?<=[\s。]))(?P<whole>(?:(?P<number>\d{1,3})[、.][ \t]*)?(?P<body>[^\s。?]{4,60})。)(?=[ \t]*(?P<list>[(]1[)]|1[^\d.、\s]))|(?:^|(?<=\s))(?:(?P<number2>\d{1,3})[、.][ \t]*)?(?P<command>(?:试述|简述|论述|请|阐述|列举|说明)[^\s。?]{3,80}。)"
)


def by_options(sources: Sources, section: Section, start: int, end: int, runs: list[Run]) -> list[Item]:
    """One question for each option run; where the next begins is read from blank lines and answers."""
    text = sources.view.text
    out: list[Item] = []
    at = start
    for i, run in enumerate(runs):
        stop = _boundary(sources, run, runs[i + 1].start) if i + 1 < len(runs) else end
        begin = _stem_start(text, at, run.start) if i == 0 else at
        found = item(sources, section, begin, stop, None)
        found.doubt(0.08, "no number; its beginning was guessed")
        found.findings.append(("R018", "the question has no number; where it begins was guessed"))
        out.append(found)
        at = stop
    return out


def _boundary(sources: Sources, run: Run, following: int) -> int:
    """Where the question of `run` ends, somewhere before the options of the next."""
    text = sources.view.text
    last = run.last.end
    labelled = [
        f
        for f in sources.fields_in(last, following)
        if f.name in {"answer", "explanation", "student", "difficulty", "knowledge", "points"}
    ]
    if labelled:
        field = labelled[-1]
        value = _LETTER_VALUE.match(text, field.end)
        line = text.find("\n", field.end, following)
        if (
            field.name == "answer"
            and value
            and value.end() > field.end
            and text[value.end() : value.end() + 1] not in {".", "、", ":", ")"}
            and (line < 0 or text[value.end() : line].strip())
        ):
            return value.end()
        blank = _BLANK.search(text, field.end, following)
        if blank is not None and text[blank.end() : following].strip():
            return blank.end()
        if line < 0:
            sentence = text.find("。", field.end, following)
            return sentence + 1 if sentence >= 0 else field.end
        return line + 1
    blank = _BLANK.search(text, last, following)
    line = text.find("\n", last, following)
    if blank is not None and text[blank.end() : following].strip():
        return blank.end()
    if line >= 0 and text[line:following].strip():
        return line + 1
    number = re.compile(r"\d{1,3}[ \t]*[.、)]").search(text, last, following)
    return number.start() if number is not None else following


def _stem_start(text: str, start: int, options: int) -> int:
    """Before the first question there may be a title: the stem is the last paragraph."""
    body = text[start:options].rstrip()
    cut = [m.end() for m in _BLANK.finditer(body)]
    if cut and len(body) - cut[-1] > 4:
        return start + cut[-1]
    lines = body.split("\n")
    return start + len(body) - len(lines[-1]) if len(lines) > 1 and len(lines) <= 3 else start


def by_paragraphs(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """Paragraphs of a question line and unlabelled options; none unless two or more agree."""
    text = sources.view.text
    out: list[Item] = []
    for a, b in _paragraphs(text, start, end):
        if text.count("\n", a, b) < 2:
            continue
        found = item(sources, section, a, b, None)
        if bullets(text, found, want=_announces(text[a:b])):
            found.doubt(0.1, "no number and no option letters")
            out.append(found)
    ticked = sum(any(c.marked for c in f.choices) or f.raw is not None for f in out)
    asking = sum(
        bool(re.search(r"[?]|[(]\s*[)]|_{2,}|choose|选", text[f.stem[0][0] : f.stem[0][1]], re.I)) for f in out
    )
    return out if len(out) >= 2 and (ticked * 2 >= len(out) or asking * 3 >= len(out) * 2) else []


def _announces(paragraph: str) -> bool:
    head = paragraph.strip().split("\n", 1)[0]
    tail = paragraph[paragraph.find("\n") :]
    return bool(re.search(r"[?]\s*(?:\(choose \w+\.?\))?\s*$|[(]\s*[)]|_{3,}", head, re.I)) and bool(
        re.search(r"(?:##|√|\*)[ \t]*(?:\n|$)|(?:^|\n)[ \t]*(?:##|√|\*)|answer|答案", tail, re.I)
    )


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in _BLANK.finditer(text, start, end):
        if text[at : match.start()].strip():
            yield at, match.start()
        at = match.end()
    if text[at:end].strip():
        yield at, end


_HEAD = re.compile(r"^(?P<sign>#{2,6})[ \t]+(?P<title>[^\n]{4,300}?)[ \t#]*$", re.M)
_LISTED = re.compile(r"\s*\n(?:[^\n#]*\n){0,40}?[ \t]*(?:[-*+][ \t]+(?:\[[ xX]\]|[A-H][.):、])|[A-H][.)、][ \t]*\S)")


def by_heads(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """Markdown headings that ask, each with a list to choose from below it; none unless two or more agree."""
    text = sources.view.text
    heads = list(_HEAD.finditer(text, start, end))
    if len(heads) < 2:
        return []
    stops = [*(m.start() for m in heads[1:]), end]
    found = [(m, b) for m, b in zip(heads, stops, strict=True) if _LISTED.match(text[m.end() : b])]
    if len(found) < 2 or len(found) * 10 < len([m for m in heads if m["sign"] == found[0][0]["sign"]]) * 6:
        return []
    out = []
    for match, stop in found:
        made = item(sources, section, match.start("title"), stop, None)
        made.start = match.start()
        if not made.choices:
            bullets(text, made, want=True)
        if made.choices:
            out.append(made)
    return out if len(out) >= 2 else []


def by_delimiters(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """A dump of one question a line: stem, options and answer between tabs, bars or the like."""
    text, raw = sources.view.text, sources.view.raw
    lines = [m.span() for m in _LINE.finditer(text, start, end)]
    for first in range(min(4, len(lines))):
        if titled := _titled(sources, section, lines[first:]):
            return titled
    for mark in _DELIMITERS:
        cells = [text[a:b].strip(" |").split(mark) for a, b in lines]
        rows = [(i, c) for i, c in enumerate(cells) if len(c) >= 5]
        if len(rows) < 3 or len(rows) * 10 < len(lines) * 8:
            continue
        out = []
        for i, row in rows:
            a, b = lines[i]
            at = a + text[a:b].index(row[0])
            spans = []
            for cell in row:
                spans.append((at, at + len(cell)))
                at += len(cell) + len(mark)
            if row[0].strip().strip(".、").isdecimal():
                spans = spans[1:]
            answer = _answer_cell(text, spans)
            if answer is None or len(spans) < 4:
                continue
            options = [s for s in spans[1:] if s != answer]
            found = Item(a, b, section, None, [spans[0]])
            found.choices = [Choice("", k, x, y) for k, (x, y) in enumerate(options) if text[x:y].strip()]
            found.labelled = False
            found.raw, found.raw_span, found.origin = raw[answer[0] : answer[1]], answer, "label"
            found.doubt(0.15, "a line of a table; which cell is which was guessed")
            out.append(found)
        if len(out) >= 3 and len(out) * 10 >= len(rows) * 8:
            return out
    return []


_COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("stem", re.compile(r"^(?:term|front|word|名词|术语|概念)$", re.I)),
    ("answer", re.compile(r"^(?:definition|back|meaning|定义|释义|名词解释)$", re.I)),
    ("kind", re.compile(r"题型|题目类型|类型|type|kind", re.I)),
    ("explanation", re.compile(r"解析|解释|explanation|feedback", re.I)),
    ("option", re.compile(r"^(?:option|choice|answer|选项|答案)[ _]?[A-H1-8]$", re.I)),
    ("answer", re.compile(r"正确答案|答案|answer|correct|key", re.I)),
    ("option", re.compile(r"选项|option|choice|^[A-H]$", re.I)),
    ("stem", re.compile(r"题干|题目|问题|试题|question|stem", re.I)),
)


_RULE = re.compile(r"[\s|:+\-]+")
"""The line between a Markdown table's head and its rows."""


def by_titles(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """The rows of a table whose first line names its columns."""
    return _titled(sources, section, [m.span() for m in _LINE.finditer(sources.view.text, start, end)])


def _titled(sources: Sources, section: Section, lines: list[tuple[int, int]]) -> list[Item]:
    """A table whose first line names its columns."""
    text, raw = sources.view.text, sources.view.raw
    lines = [s for s in lines if not _RULE.fullmatch(text, *s)]
    if len(lines) < 2:
        return []
    head = text[lines[0][0] : lines[0][1]]
    mark = next((m for m in ("\t", "|", ",", ";") if head.count(m) >= 2), "\t" if "\t" in head else None)
    if mark is None:
        return []
    terms = re.fullmatch(
        r"\W*(?:term|front|word|名词|术语|概念)\W+(?:definition|back|meaning|定义|释义|名词解释)\W*", head, re.I
    )
    names = [next((n for n, p in _COLUMNS if p.search(head[a:b].strip(' "'))), "") for a, b in _cells(head, mark)]
    if names.count("stem") != 1 or names.count("answer") != 1 or (len(names) == 2 and terms is None):
        return []
    titles = [head[x:y].strip() for x, y in _cells(head, mark)]
    out = []
    for a, b in lines[1:]:
        cells = [(a + x, a + y) for x, y in _cells(text[a:b], mark)]
        if [text[x:y].strip() for x, y in cells] == titles:
            continue  # the head again, on a new page
        if len(cells) < len(names) or not text[slice(*cells[names.index("stem")])].strip():
            continue
        row = list(zip(names, cells, strict=False))
        found = Item(a, b, section, None, [cells[names.index("stem")]])
        found.raw_span = cells[names.index("answer")]
        found.raw, found.origin = raw[slice(*found.raw_span)].strip() or None, "label"
        found.tag = next((kind_named(text[x:y]) for n, (x, y) in row if n == "kind"), None)
        found.tag = found.tag or ("term" if terms is not None else None)
        found.explanation = [s for n, s in row if n == "explanation" and text[slice(*s)].strip()]
        options = [s for n, s in row if n == "option" and text[slice(*s)].strip()]
        if len(options) == 1:
            options_of(sources, found, *options[0])
        else:
            found.choices = [Choice("", i, x, y) for i, (x, y) in enumerate(options)]
            found.labelled = False
        if not found.choices and (found.tag is None or found.tag in CHOICES):
            _in_cell(sources, found)
        out.append(found)
    return out


def _in_cell(sources: Sources, found: Item) -> None:
    """Options that stand in the cell of the question: `…为( )年。A、8 B、6 C、10`."""
    start, end = found.stem[0]
    run = next((r for r in sources.runs_in(start, end) if r.complete and r.last.end <= end), None)
    if run is not None and sources.view.text[start : run.start].strip():
        set_choices(sources.view.text, found, run, end)
        found.stem = [(start, run.start)]


def _cells(line: str, mark: str) -> list[tuple[int, int]]:
    """The cells of a row, without the quotation marks around them."""
    shape = rf'"(?:[^"]|"")*"(?={re.escape(mark)}|\s*$)|[^{re.escape(mark)}]*'
    out, at = [], 0
    while at <= len(line):
        found = re.compile(shape).match(line, at)
        a, b = found.span() if found is not None else (at, at)
        quoted = b - a >= 2 and line[a] == line[b - 1] == '"'
        out.append((a + 1, b - 1) if quoted else (a, b))
        at = b + len(mark)
    return out


def _answer_cell(text: str, spans: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The cell that names an option: the last one, else the one after the stem."""
    texts = [text[a:b].strip() for a, b in spans]
    for at in (len(spans) - 1, 1):
        others = [t for i, t in enumerate(texts) if i not in {0, at} and t]
        if letters(texts[at], len(others), others) is not None and len(others) >= 2:
            return spans[at]
    return None


def by_answers(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """One question for each labelled answer; the question is the paragraph, or else the line, before the label."""
    text = sources.view.text
    answers = [f for f in sources.fields_in(start, end) if f.name == "answer" and f.line]
    if len(answers) < 2:
        return []
    begins = [_stem_start(text, start, answers[0].start)]
    for before, label in pairwise(answers):
        blank = _BLANK.search(text, before.end, label.start)
        line = text.rfind("\n", before.end, len(text[: label.start].rstrip()))
        begins.append(
            blank.end() if blank and text[blank.end() : label.start].strip() else line + 1 if line >= 0 else label.start
        )
    out = []
    for begin, stop in zip(begins, [*begins[1:], end], strict=True):
        found = item(sources, section, begin, stop, None)
        found.doubt(0.15, "no number; found by its labelled answer")
        found.findings.append(("R018", "the question has no number; where it begins was guessed"))
        out.append(found)
    return out


_MARKED = re.compile(
    r"[^\n]{4,}(?:[(【\[][ \t]*(?:√|×|对|错|正确|错误|T|F|True|False)[ \t]*[)】\]][ \t。]*|[。.][ \t]*[√×])$", re.S
)
"""A statement and the mark that judges it."""
_MARK_LINE = re.compile(r"[ \t]*[(【\[]?[ \t]*(?:√|×|对|错|正确|错误|T|F|True|False)?[ \t]*[)】\]]?[ \t。]*")


def _with_marks(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lines, each with a line below it that is only a mark."""
    out: list[tuple[int, int]] = []
    for a, b in lines:
        if out and _MARK_LINE.fullmatch(text, a, b):
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def by_lines(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """Under a heading of statements, gaps or terms, one question a line; none unless nearly all lines fit."""
    text = sources.view.text
    fits = {"judge": _STATEMENT, "fill": SURE_GAP, "term": _TERM}.get(section.kind or "")
    lines = _with_marks(text, [m.span() for m in _LINE.finditer(text, start, end)])
    if section.kind is None and len(lines) >= 4:
        fits = _MARKED
    if fits is None or not lines or sum(bool(fits.search(text, a, b)) for a, b in lines) * 10 < len(lines) * 8:
        return []
    out = []
    for a, b in lines:
        found = item(sources, section, a, b, None)
        found.doubt(0.15, "no number; one question a line was assumed")
        found.findings.append(("R018", "the question has no number; each line was taken for one"))
        out.append(found)
    return out


def by_sentences(sources: Sources, section: Section, start: int, end: int) -> list[Item]:
    """Question sentences in running text, each with the prose after it as its model answer.

    Only a text dense with questions is read so: at least three, at least one
    for every 400 characters, and none that somebody speaks.
    """
    text = sources.view.text
    found = _question_sentences(text, start, end)
    size = len("".join(text[start:end].split()))
    asked = [f for f in found if text[f[0] : f[1]].rstrip().endswith("?")]
    if len(asked) < 3 or size > 400 * len(asked):
        return []
    out: list[Item] = []
    for i, (a, b) in enumerate(found):
        stop = found[i + 1][0] if i + 1 < len(found) else end
        chapter = _CHAPTER.search(text, b, stop)
        if chapter is not None:
            stop = chapter.start()
        lead = _LEAD.match(text, a, b)
        assert lead is not None
        made = Item(a, stop, section, None, [(lead.end(), b)])
        if i + 1 < len(found):
            number = re.search(r"\s*\d{1,3}[、.)]\s*$", text[b:stop])
            stop = b + number.start() if number else stop
            made.end = stop
        if text[b:stop].strip():
            made.raw, made.raw_span, made.origin, made.model = sources.view.raw[b:stop], (b, stop), "text", True
            made.claims.append((b, stop, "answer", "model answer"))
        made.doubt(0.3, "found by its question mark in running text")
        made.findings.append(("R018", "the question stands in running text; where it ends was guessed"))
        out.append(made)
    return out


def _question_sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences that ask, without those in quotation marks; neighbours are one question."""
    found: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text, start, end):
        sentence = match[0]
        cut = max(sentence.rfind(" ", 0, len(sentence) - 1), sentence.rfind("\t"), -1) if not sentence.isascii() else -1
        body = sentence[cut + 1 :]
        chapter = _CHAPTER.match(body)
        begin = match.start() + cut + 1
        if (
            cut > 0
            and _CHAPTER_END.search(sentence[: cut + 1])
            and (opens := _OPENS.search(body))
            and opens.start() >= 2
        ):
            # the chapter's title is glued to its first question
            begin, body = begin + opens.start(), body[opens.start() :]
        if chapter or len(body) > 80 or len(body) < 4 or _SPOKEN.search(body) or not ASKING.search(body):
            continue
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], match.end())
        else:
            found.append((begin, match.end()))
    for match in _ORDER.finditer(text, start, end):
        group = "whole" if match["whole"] else "command"
        a, b = match.start(group), match.end(group)
        if group == "whole" and not match["number"] and not COMMAND.match(match["body"]):
            continue
        if not any(x < b and a < y for x, y in found):
            found.append((a, b))
    return sorted(found)
