"""Rules about stems and texts as somebody would read them: cut off, doubled, with what does not belong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import STAND_IN, Scope, prose, squeezed
from qbank.model import (
    Cloze,
    Group,
    MultipleChoice,
    Question,
    SingleChoice,
    Text,
)

NUMBER = re.compile(
    r"\A\s*(?:(\d{1,3})\s*[、．]\s*(?=\S)|(\d{1,3})\s?\.\s*(?=[^\d\s])|[(（](\d{1,3})[)）]\s*(?=[^\d\s+*/=^-])|第\s*(\d{1,3})\s*题[：:、.\s]*|(?:Q|Question)\s*(\d{1,3})\s*[.:)]\s*)"
)
_CUT = re.compile(r"[，、(（《“【\[‘]\s*\Z|(?<=[\u4e00-\u9fff]),\s*\Z|(?<=[a-z]{2})-\s*\Z")
_CUT_OPEN = re.compile(
    r",\s*\Z|\b(?:the|a|an|of|and|or|to|in|with|by|for)\s*\Z|(?<=[\u4e00-\u9fff]{6})(?:以及|及其|和|与|并且|因为|由于)\s*\Z"
)
_FURNITURE = re.compile(
    r"第\s*\d+\s*页\s*[,，/、]?\s*[(（]?共\s*\d+\s*页|[-—–]\s*\d+\s*[-—–]\s*\Z|\A\s*第\s*\d+\s*页\b|\bpage \d+ of \d+\b|共\s*\d+\s*页"
    r"|百度文库|道客巴巴|豆丁网?|原创力文档|人人文库|学科网|菁优网|金锄头|装订线|book118|docin\.com|doc88|max\.book|wenku\.|"
    r"(?:微信)?公众号[：:]|更多(?:资料|试题|题库)|(?:下载|获取)(?:本?文档|完整版|更多)|版权所有|all rights reserved|本文(?:档)?由|资料来源于网络",
    re.I,
)
_HEADING = re.compile(
    r"(?:\A|\s)[一二三四五六七八九十]{1,2}\s*[、.．]\s*[^\s，。、]{0,6}(?:题|名词解释)\s*(?:[（(：:]|\Z)"
)
_PAIRS = {")": "(", "）": "(", "]": "[", "】": "【", "》": "《", "」": "「", "』": "『"}
_OPEN = {"(": "(", "（": "(", "[": "[", "【": "【", "《": "《", "「": "「", "『": "『"}
_BRACKETS = re.compile("[()（）\\[\\]【】《》「」『』]")
_ENUMERATION = re.compile(
    r"(?:(?<=[\s;；,，。.、：:?？!！\u4e00-\u9fff）)(（])|\A)(?:\d{1,2}|[A-Za-z]|[ivx]{1,4}|[一二三四五六七八九十]{1,3}|[①-⑳]|[:;]-?|\^_?\^)\Z"
)
_INTERVAL = re.compile(
    r"[\[(（](?=[^()（）\[\]]*[0-9∞a-z+−-])[^()（）\[\]\u4e00-\u9fff]{1,20}[,，;][^()（）\[\]\u4e00-\u9fff]{1,20}[\])）]|[\])（(][^()\[\]\u4e00-\u9fff]{0,12}[0-9∞][^()\[\]\u4e00-\u9fff]{0,8},[^()\[\]\u4e00-\u9fff]{1,12}[\[()]"
)
_CODE = re.compile(
    r"[{}]|\b(?:int|void|def|printf?|return|public|class)\b|;\s*$|==|->|=>|::|[A-Za-z_]\w*\([\w, ]*\)|\\[a-z]+|[A-Za-z_]\w*\[",
    re.M,
)
_FIRST_LEFT = re.compile(r"(?:(?<=[\s。？?）)：:])|\A)[(（]?A[.．、)）]\s*(?=\S)")
_LATER_LEFT = {letter: re.compile(rf"(?<=[\s;；，。])[(（]?{letter}[.．、)）]\s*(?=\S)") for letter in "BC"}
_NUMBER_ALONE = re.compile(r"\A\s*[(（第]?\s*\d{1,3}\s*[题.．、)）:：]+\s*\Z")
_FIGURE = re.compile(
    r"如(?:下|上|左|右)?图(?:所示|中)?(?![书案谋纸解形标像腾式片])|[下上左右](?:面的?)?图(?:所示|中|是|为)|见(?:下|上|右|左)图|如(?:下|上)表所示|(?:据|由)[下上右左]?图(?:可知|判断|回答)|读图|看图"
    r"|\b(?:as )?shown in the (?:figure|diagram|picture|graph|chart|image)|\bin the (?:figure|diagram|picture) (?:below|above|shown)|\bthe (?:figure|diagram|graph|chart|picture|image) (?:below|above)\b"
    r"|\b(?:following|below) (?:figure|diagram|graph|chart|picture|image)\b",
    re.I,
)
_WORD = re.compile(r"[^\W_]")
_GAP = re.compile(r"_{2,}|[(（][ \u3000]{1,}[)）]")
_NEGATIVE = re.compile(r"(?:不|没有|错误|无|非|除)|\b(?:not|except|false|incorrect|least|never)\b")

_NEGATIONS = (" not ", "NOT", "EXCEPT", "except", "LEAST", "least", "FALSE", "false", "correct", "never")
_CHINESE_NEGATIONS = ("不", "误", "除", "没有")
_ASKED = re.compile(
    r"(不|没有|错误|有误)[^，。；！？]{0,16}的(?:一项|一组|是|有|为|选项|说法|叙述)|(除)[^，。]{0,24}外"
    r"|\b(?:which|what|who|where|following)\b[^.?!]{0,80}\b(not|(?<!at )least|false|incorrect|never)\b|\b(except)\b\W*\Z",
    re.I,
)


def numbered(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem that begins with the number the question had in its paper: `12. …`.

    Platforms number questions themselves, in another order.

    Remedy: `qbank check --fix` takes it off; `source.number` is the place for it.
    """
    text = _stem(question)
    found = NUMBER.match(text)
    if not found:
        return
    number = int(next(group for group in found.groups() if group))
    # A list of statements begins with a number too, and the next number follows.
    if number <= 20 and re.search(rf"(?<!\d){number + 1}\s*[、．.)）]\s*\S", text[found.end() :]):
        return
    message = f"the stem begins with the number {found.group().strip()!r}"
    yield finding("L221", message, pointer="/stem", hint="take it out; 'source.number' is the place for it")


def cut(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem that ends in the middle of a sentence.

    Where there are choices, they may end it: "The passage is mainly about the".

    Remedy: look the question up in its source.
    """
    if isinstance(question, Cloze):
        return
    stem = _stem(question)
    found = _CUT.search(stem)
    if not found and not isinstance(question, SingleChoice | MultipleChoice):
        found = _CUT_OPEN.search(stem)
    if found:
        yield finding("L222", f"the stem ends with {found.group().strip()!r}, as if it were cut off", pointer="/stem")


def furniture(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A page number, a notice of the site the paper came from, or the heading of the next section, in the text of a question.

    Remedy: take it out.
    """
    for pointer, text in scope.prose:
        found = _FURNITURE.search(text)
        if not found and ("题" in text or "名词解释" in text) and (pointer == "/stem" or pointer.endswith("/text")):
            heading = _HEADING.search(text)
            found = heading if heading and (heading.start() or pointer != "/stem") else None
        if found:
            yield finding(
                "L223", f"{found.group().strip()[:40]!r} is furniture of a page, not of a question", pointer=pointer
            )


def brackets(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A bracket or quotation mark without its other half.

    Enumerations (`1)`), intervals (`[0, 1)`) and code are left alone, and a
    full-width bracket may close a half-width one.

    Remedy: put the other half where it belongs; a part of the text may be missing.
    """
    for pointer, text in scope.prose:
        if not (_BRACKETS.search(text) or "“" in text or "”" in text) or _CODE.search(text):
            continue
        odd = _unmatched(_INTERVAL.sub("", text))
        if odd:
            yield finding("L218", f"{odd!r} has no other half", pointer=pointer)


def _unmatched(text: str) -> str | None:
    """The first bracket without its other half; None where all match. Overlapping pairs are let pass."""
    waiting: dict[str, list[str]] = {}
    for found in _BRACKETS.finditer(text):
        sign = found.group()
        if sign in _OPEN:
            waiting.setdefault(_OPEN[sign], []).append(sign)
        elif waiting.get(_PAIRS[sign]):
            waiting[_PAIRS[sign]].pop()
        elif sign not in ")）" or not _ENUMERATION.search(text, max(0, found.start() - 6), found.start()):
            return sign
    # “ and ” are often typed for one another: what counts is whether there is one of the two for each other.
    quotes = text.count("“") + text.count("”")
    return next((stack[0] for stack in waiting.values() if stack), "“" if quotes % 2 else None)


def choices_left(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem that still has choices in it: `… A. 甲 B. 乙 C. 丙`.

    Remedy: make them choices; if the question has its own already, they may belong to the next one.
    """
    stem = _stem(question)
    first = _FIRST_LEFT.search(stem)
    second = first and _LATER_LEFT["B"].search(stem, first.end() + 1)
    if first is None or second is None:
        return
    found = _LATER_LEFT["C"].search(stem, second.end() + 1) is not None
    if not found and isinstance(question, SingleChoice | MultipleChoice):
        own = {squeezed(prose(choice.text)) for choice in question.choices}
        between = stem[first.end() : second.start()].rstrip()
        between = between[:-1] if between[-1:] in tuple(";；，。") else between
        found = squeezed(between) in own or squeezed(stem[second.end() :]) in own
    if found:
        yield finding("L243", f"the stem holds choices: {stem[first.start() :][:40]!r}", pointer="/stem")


def figure(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A stem that speaks of a figure that is not there.

    Remedy: put the picture in, or describe it.
    """
    found = _FIGURE.search(_stem(question))
    if not found:
        return
    parts = [question.stem, *(text for _, text in scope.texts)]
    if scope.within is not None:
        parts.append(scope.within.stem)
    if isinstance(question, Group):
        parts += [sub.stem for sub in question.questions]
    for part in parts:
        if any(e.tag in ("img", "audio", "table", "pre", "code") for e in richtext.elements(part)):
            return
        if "[图" in richtext.plain(part):
            return
    yield finding("L238", f"the stem says {found.group().strip()!r}, but the question shows none", pointer="/stem")


def doubled_text(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem that says the same twice over, as when a page was copied with its print version.

    Remedy: remove one half.
    """
    text = squeezed(_stem(question)).strip()
    half = len(text) // 2
    if half >= 8 and (text[:half] == text[-half:]):
        yield finding("L237", f"the stem says the same twice: {text[:30]!r}", pointer="/stem")


def trivial(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem of punctuation alone, or of nothing but the number it had in its paper.

    Remedy: look the question up in its source.
    """
    text = _stem(question)
    shown = any(e.tag in ("img", "audio", "blank") for e in richtext.elements(question.stem))
    bare = not _WORD.search(text) or _NUMBER_ALONE.match(text)
    if len(text.strip()) > 1 and STAND_IN not in text and bare and not shown:
        yield finding("L242", f"the stem {text.strip()[:20]!r} has no words", pointer="/stem")


def drawn_gap(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A cloze question with a drawn gap (`____`) beside its real ones: nothing can be written there.

    Remedy: write `<blank id="..."/>` and add an entry to `blanks`.
    """
    if isinstance(question, Cloze):
        text = richtext.plain_of(_without_blanks(richtext.blocks(question.stem)))
        found = _GAP.search(text)
        if found:
            yield finding("L236", f"{found.group()!r} in the stem is drawn, not a gap", pointer="/stem")


def _without_blanks(nodes: tuple[richtext.Node, ...]) -> tuple[richtext.Node, ...]:
    return tuple(
        node
        if isinstance(node, str)
        else STAND_IN
        if node.tag in ("blank", "tex", "code", "pre")
        else richtext.Element(node.tag, node.attributes, _without_blanks(node.children))
        for node in nodes
    )


def negative(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A negative stem whose negation is not emphasised. Only where asked for (`--extend-select L217`)."""
    if isinstance(question, SingleChoice | MultipleChoice):
        found = _NEGATIVE.search(_stem(question))
        if found and not any(e.tag in ("strong", "em", "u") for e in richtext.elements(question.stem)):
            yield finding(
                "L217", f"{found.group()!r} turns the question round and is easily overlooked", pointer="/stem"
            )


def negation(stem: Text) -> str:
    """Of a stem that asks for what is not so, "marked" where the negation is emphasised, else "plain"; else empty."""
    written = stem if isinstance(stem, str) else stem.html
    words = _NEGATIONS if written.isascii() else _CHINESE_NEGATIONS
    if not any([word in written for word in words]):  # noqa: C419  # a list is faster here than a generator
        return ""
    found = _ASKED.search(prose(stem))
    if found is None:
        return ""
    word = next(group for group in found.groups() if group)
    if word.isupper() and word.isascii():
        return "marked"
    if isinstance(stem, str):
        return "plain"
    strong = "".join(richtext.plain_of(e.children) for e in richtext.elements(stem) if e.tag in ("strong", "em", "u"))
    return "marked" if word.casefold() in strong.casefold() else "plain"


def _stem(question: Question) -> str:
    return prose(question.stem)
