"""What a question is: its kind, its stem without the answer, its gaps, its answer in the kind's own terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from qbank.readers.paper.answers import is_none, letters, texts, truth
from qbank.readers.paper.clean import clean
from qbank.readers.paper.gaps import LABEL_TEXT, between, filled, on_lines, written_gaps
from qbank.readers.paper.matched import arrows, matching, ordering
from qbank.readers.paper.parts import Choice, Item
from qbank.readers.paper.verdicts import BOTH_OFFERED, BRACKET_MARK, CORRECTION, HEAD_MARK, REASONED, TAIL_MARK
from qbank.readers.paper.view import View, fold
from qbank.readers.paper.words import ASKING, CHOICES, COMMAND, GAP, OPENS, SURE_GAP, PaperKind

GAP_MARK = "\ufdd0"
"""Stands for a gap while a stem is being cleaned."""
_LETTER_BRACKET = re.compile(
    r"(?P<open>[(【\[])(?P<in>\s*[A-H](?:[\s,、;]*[A-H])*\s*)(?P<close>[)】\]])|(?P<line>_+)(?P<in2>[ \t]*[A-H](?:[ \t,、]*[A-H])*[ \t]*)(?P<line2>_+)"
)
_EMPTY_END = re.compile(r"[ \t\n]*[(【\[]\s*[)】\]][ \t。.]*$|\s*_{2,}\s*[。.]?$")
_EMPTY_HEAD = re.compile(r"^\s*[(【\[]\s*[)】\]]\s*|^\s*_{2,}\s*")
_AFTER_BRACKET = re.compile(r"(?<=[)】?。:])\s*(?P<letters>[A-H]{1,7})\s*[。.]?\s*$")
_MULTIPLE = re.compile(
    r"[(【\[]\s*(?:多选|不定项|可多选)[^)】\]]{0,6}[)】\]]|choose (?:two|three|four|all|\d)|select (?:all|two|three|\d)|all that apply|正确答案个数|多选题",
    re.I,
)
_PLURAL = re.compile(r"哪些|哪几|包括下列哪|有哪[两三四]|which (?:two|three|of the following are)", re.I)
_TERM_SPLIT = re.compile(r"^(?P<term>[^:\n]{1,30}?)\s*(?:[:]|—{1,2}|\n)\s*(?P<text>\S.{4,})$", re.S)
_END_OF_QUESTION = re.compile(
    r"[?](?:[ \t]*(?:[^?\n。]{2,60}[?]))*(?:[ \t]*[(](?:choose|select|pick|check)[^()\n]{2,30}[)])?", re.I
)


_NOTES = re.compile(r"[(（][^()（）\n]{0,8}?\d(?:\.\d)?\s*分[^()（）\n]{0,4}[)）]")
_LAST_NOTE = re.compile(r"(?<=\S)\s*[(（]\s*(?:本题|共|计)?\s*\d{1,2}(?:\.\d)?\s*分\s*[)）]\s*$")
"""What a key says an answer is worth; it is no part of the answer."""


@dataclass(slots=True)
class Draft:
    """A question in plain terms, before it becomes a model object."""

    item: Item
    kind: PaperKind
    stem: str
    pieces: list[str] = field(default_factory=list)
    """Of a fill-in: the stem's text around its gaps."""
    options: list[str] = field(default_factory=list)
    answer: list[int] | bool | str | list[list[str]] | None = None
    explanation: str | None = None
    points: Fraction | None = None
    prompts: list[str] = field(default_factory=list)
    pairs: dict[int, int] | None = None
    """Of a matching question: prompt to choice, by place."""
    children: list[Draft] = field(default_factory=list)
    material: str | None = None
    incomplete: bool = False


_BOLD_END = re.compile(r"\*\*[ \t]*(?:\n|\Z)")


def resolve(view: View, item: Item) -> Draft:
    """Interpret a question; what does not fit is left out of the answer and recorded as a finding."""
    raw = "".join(view.raw[a:b] for a, b in item.stem)
    if raw.count("**") == 1 and (_BOLD_END.search(raw) or raw.lstrip().startswith("**")):
        raw = raw.replace("**", "")  # the other half stood before the number
    options = [_option(view, c) for c in item.choices]
    if len(options) >= 2 and all(o.endswith((",", "，")) and len(o) > 1 for o in options[:-1]):
        options = [o.rstrip(",， ") for o in options]  # `A:甲,B:乙,C:丙`
    if item.raw is not None and item.value is not None and len(item.raw.strip()) < 40:
        # `答案：3. C` repeats the question's number
        own = _OWN_NUMBER.match(fold(item.raw.rstrip()))
        item.raw = item.raw[own.end() :] if own is not None and int(own["number"]) == item.value else item.raw
    section = item.section.kind
    kind: PaperKind | None = item.tag or section
    if item.tag is None and item.value in item.section.promise.several and kind in CHOICES:
        kind = "multiple"
    if kind == "judge" and len(options) >= 3 and item.tag is None:
        kind = None  # `第二部分 判断推理` heads questions with options
    draft = Draft(item, kind or "open", "", options=options)
    draft.explanation = "\n".join(filter(None, (clean(view.raw[a:b]) for a, b in item.explanation))) or None
    if item.columns is not None:
        draft.kind = "match"
        draft.stem, draft.prompts, draft.options, draft.pairs = matching(view, item, raw)
    elif not options and (joined := arrows(item, raw)) is not None:
        draft.kind = "match"
        draft.stem, draft.prompts, draft.options, draft.pairs = joined
    elif (sorted_ := ordering(view, item, raw)) is not None:
        draft.kind, (draft.stem, draft.options, draft.answer) = "order", sorted_
    elif options and (verdict := _verdicts(options)) is not None:
        _judge(draft, raw, item, verdict)
    elif options and kind != "judge":
        _choice(draft, raw, item, kind)
    elif kind == "judge":
        _judge(draft, raw, item, None)
    elif (
        kind == "fill"
        or (kind in CHOICES and filled(raw))
        or (kind in {None, "reading", "open", "case"} and _is_fill(raw, item))
    ):
        _fill(draft, raw, item)
    elif kind is None and _is_judge(raw, item):
        _judge(draft, raw, item, None)
    elif kind in CHOICES:
        _choice(draft, raw, item, kind)
    else:
        _open(draft, raw, item, kind)
    _points(draft)
    return draft


_OWN_NUMBER = re.compile(r"\s*(?P<number>\d{1,4})\s*[.、]\s*(?=[^\d\s][^\n]*$)")
_STATEMENT = re.compile(
    r"[A-Za-z_\])][ \t]*(?:[-+*/]?=|\+\+|--)|[A-Za-z_]\w*[(][^()]*[)];$|^[ \t]*(?:return|break|continue|int|char|float)\b"
)
"""A statement of a program, whose semicolon belongs to it."""


def _option(view: View, choice: Choice) -> str:
    text = clean(view.raw[choice.start : choice.end]).strip()
    if len(text) > 1 and not (text.endswith(";") and _STATEMENT.search(text)):
        text = text.removesuffix(";").removesuffix("；").strip()
    if choice.marked == "**":
        text = text.strip("*").strip()
    return text


def _verdicts(options: list[str]) -> list[bool] | None:
    """True and false, when that is what the options say."""
    if len(options) != 2:
        return None
    said = [truth(o) if len(o) <= 6 else None for o in options]
    return [bool(s) for s in said] if None not in said and said[0] != said[1] else None


def _choice(draft: Draft, raw: str, item: Item, kind: PaperKind | None) -> None:
    raw, given = _without_letters(raw, item)
    draft.stem = clean(raw)
    count = len(draft.options)
    named = letters(item.raw, count, draft.options) if item.raw is not None else None
    if named is None and item.raw is not None and not is_none(item.raw):
        item.findings.append(("R012", f"the answer {item.raw.strip()[:40]!r} names no option"))
        item.doubt(0.1, "answer not understood")
    if (
        named is not None
        and draft.explanation is None
        and (why := _WHY.match((item.raw or "").replace("**", ""))) is not None
    ):
        said = clean(why["why"])
        if not any(said.rstrip("。.") == o.rstrip("。.") or said.startswith(o) for o in draft.options):
            draft.explanation = said
    if given is not None:
        if named is None:
            named, item.origin = given, item.origin or "bracket"
        elif named != given:
            item.findings.append(("R014", "the answer in the stem and the answer given after it differ"))
            item.doubt(0.45, "two answers differ")
    ticked = [i for i, c in enumerate(item.choices) if c.marked]
    if ticked:
        if named is None:
            named, item.origin = ticked, "typography"
            item.doubt(0.05, "answer shown by typography")
        elif named != ticked and given is None and item.origin != "label":
            item.findings.append(("R014", "the marked option and the answer given differ"))
            item.doubt(0.45, "two answers differ")
    if item.rival is not None and named is not None:
        other = letters(item.rival, count, draft.options)
        if other is not None and other != named:
            item.findings.append(("R014", f"two answers are given: {_names(named)} and {_names(other)}"))
            item.doubt(0.45, "two answers differ")
    indices = [c.index for c in item.choices] if item.labelled else list(range(count))
    if named is not None and item.labelled and (item.origin != "typography"):
        places = [indices.index(n) if n in indices else -1 for n in named]
        if -1 in places:
            item.findings.append(("R012", f"the answer {_names(named)} names an option that is not there"))
            item.doubt(0.3, "answer outside the options")
            named = None
        else:
            named = places
    elif named is not None and any(n >= count for n in named):
        item.findings.append(("R012", "the answer names an option that is not there"))
        named = None
    if count < 2:
        draft.incomplete = True
        item.findings.append(("R006", "the question has no options, or they stop after the first"))
        item.doubt(0.6, "options missing")
    several = named is not None and len(named) > 1
    if kind == "multiple" or several or (kind not in {"single"} and _MULTIPLE.search(fold(raw))):
        draft.kind = "multiple"
        if kind == "single" and several:
            item.findings.append(("R013", "a single-choice question with more than one answer"))
            item.doubt(0.15, "kind and answer disagree")
        elif named is not None and len(named) == 1 and kind == "multiple":
            item.doubt(0.03, "a multiple-choice question with one answer")
    else:
        draft.kind = "single"
        if kind not in {"single"} and named is None:
            item.doubt(0.12 if _PLURAL.search(raw) else 0.06, "single or multiple choice was guessed")
            item.findings.append(("R017", "no heading or answer says whether one or several options are right"))
    draft.answer = named


_WHY = re.compile(r"\s*[(（]?[A-H](?:[\s,，、]*[A-H])*[)）]?[ \t]*(?:[-–—:：]+|[。.．；;]|\n)\s*(?P<why>\S.{9,})", re.S)
"""A letter and why it is right: `B - the heart works less.`"""


def _names(indices: list[int]) -> str:
    return "".join(chr(65 + i) for i in indices)


def _without_letters(raw: str, item: Item) -> tuple[str, list[int] | None]:
    """The stem with empty brackets where it showed the answer, and that answer."""
    flat = fold(raw)
    limit = max((c.index for c in item.choices), default=7)
    found = [
        m
        for m in _LETTER_BRACKET.finditer(flat)
        if all(ord(c) - 65 <= limit for c in re.findall("[A-H]", m["in"] or m["in2"]))
    ]
    found = [m for m in found if not _named_in_text(flat, m)]
    if found:
        said = {"".join(sorted(re.findall("[A-H]", m["in"] or m["in2"]))) for m in found}
        chosen = found if len(said) == 1 else found[-1:]
        answer = sorted({ord(c) - 65 for m in chosen for c in re.findall("[A-H]", m["in"] or m["in2"])})
        for match in reversed(chosen):
            group = "in" if match["in"] else "in2"
            fill = " " if group == "in" and match[group] != match[group].strip() else ("" if group == "in" else "__")
            raw = raw[: match.start(group)] + fill + raw[match.end(group) :]
        return raw, answer
    tail = _AFTER_BRACKET.search(flat)
    if tail is not None and item.choices and item.raw is None and all(ord(c) - 65 <= limit for c in tail["letters"]):
        return raw[: tail.start("letters")] + raw[tail.end("letters") :], sorted({ord(c) - 65 for c in tail["letters"]})
    return raw, None


def _named_in_text(flat: str, match: re.Match[str]) -> bool:
    """A letter in brackets right behind a Latin word or figure names something (`Vitamin (C)`)."""
    before = flat[: match.start()].rstrip()[-1:]
    return (
        bool(match["open"]) and before.isascii() and before.isalpha() and flat[match.start() - 1 : match.start()] != " "
    )


def _judge(draft: Draft, raw: str, item: Item, verdict: list[bool] | None) -> None:
    flat = fold(raw)
    if (both := BOTH_OFFERED.search(flat)) is not None:
        raw, flat = raw[: both.start()], flat[: both.start()]
    given: bool | None = None
    if item.raw is None and verdict is None and (told := REASONED.search(flat)) is not None:
        draft.explanation = draft.explanation or clean(raw[told.start("why") : told.end("why")])
        item.raw, item.origin = told["word"], "text"
        raw = raw[: told.start()]
        flat = fold(raw)
    if (wrong := CORRECTION.search(flat)) is not None:
        draft.explanation = draft.explanation or clean(raw[wrong.start("right") :])
        raw = raw[: wrong.start("right")]
        flat = fold(raw)
    match = None
    for pattern in (BRACKET_MARK, TAIL_MARK, HEAD_MARK):
        matches = list(pattern.finditer(flat))
        match = matches[-1] if matches else None
        if match is not None:
            word = (match["word"] or match["line"]).strip()
            given = truth({"V": "√", "x": "×", "X": "×"}.get(word, word))
            raw = (
                raw[: match.start()]
                + ("" if pattern is not BRACKET_MARK or _edge(flat, match) else "()")
                + raw[match.end() :]
            )
            break
    raw = _EMPTY_HEAD.sub("", _bare_end(raw), count=1)
    draft.kind, draft.stem, draft.options = "judge", clean(raw), []
    answer = None
    if item.raw is not None:
        named = letters(item.raw, 2) if verdict is not None else None
        answer = truth(item.raw) if named is None else (verdict[named[0]] if verdict and named[0] < 2 else None)
        if (
            answer is None
            and verdict is None
            and (only := letters(item.raw, 2)) is not None
            and len(only) == 1
            and only[0] < 2
        ):
            answer = only[0] == 0
            item.doubt(0.2, "A was taken for true and B for false")
        if answer is None and not is_none(item.raw):
            item.findings.append(("R012", f"the answer {item.raw.strip()[:40]!r} says neither true nor false"))
    ticked = [i for i, c in enumerate(item.choices) if c.marked]
    if answer is None and verdict is not None and len(ticked) == 1:
        answer, item.origin = verdict[ticked[0]], "typography"
    if answer is None and given is not None:
        answer, item.origin = given, item.origin or "bracket"
    elif answer is not None and given is not None and answer != given:
        item.findings.append(("R014", "the mark in the stem and the answer given differ"))
        item.doubt(0.45, "two answers differ")
    draft.answer = answer
    if item.tag is None and item.section.kind != "judge" and verdict is None:
        item.findings.append(("R017", "the kind was guessed from the answer"))
        item.doubt(0.05, "kind guessed from the answer")


def _edge(flat: str, match: re.Match[str]) -> bool:
    return not flat[: match.start()].strip() or not flat[match.end() :].strip(" \t\n。.")


def _bare_end(raw: str) -> str:
    flat = fold(raw)
    match = _EMPTY_END.search(flat)
    if match is None:
        return raw
    stop = "。" if "。" in match[0] and raw[: match.start()].rstrip()[-1:] not in "。.?？!！" else ""
    return raw[: match.start()] + stop


def _is_judge(raw: str, item: Item) -> bool:
    flat = fold(raw)
    if item.raw is not None and truth(item.raw) is not None and len(item.raw.strip()) <= 8:
        plain = re.fullmatch(r"\W*(?:true|false|正确|错误|对|错|√|×)\W*", fold(item.raw).strip(), re.I)
        return plain is not None or not ASKING.search(flat)
    match = BRACKET_MARK.search(flat)
    return (match is not None and _edge(flat, match)) or bool(TAIL_MARK.search(flat))


def _is_fill(raw: str, item: Item) -> bool:
    """No heading says so: a gap in the stem and a short answer that is no letter."""
    if item.choices or not SURE_GAP.search(fold(raw)):
        return False
    drawn = bool(re.search(r"_{2,}", fold(raw)))
    if item.raw is None or item.section.kind in {"open", "case"}:
        return drawn
    return letters(item.raw, 0) is None and truth(item.raw) is None and len(item.raw) < 200


def _fill(draft: Draft, raw: str, item: Item) -> None:
    flat = fold(raw)
    spans = [(m.start(), m.end()) for m in SURE_GAP.finditer(flat)]
    if any("_" in flat[a:b] for a, b in spans):
        # beside a line to write on, the brackets of a call (`f.close()`) are no gap
        spans = [(a, b) for a, b in spans if flat[a:b] != "()" or not re.match(r"[\w]", flat[a - 1 : a], re.A)]
    if not spans:
        spans = [(m.start(), m.end()) for m in GAP.finditer(flat) if "\n" not in m[0]]
    answers: list[list[str]] | None = None
    if item.raw is None and on_lines(flat, bool(item.hints.get("on_lines"))):
        spans = []
    if not spans:
        found = written_gaps(flat) or (
            list(_SPACED.finditer(flat)) if item.raw is None and item.section.kind == "fill" else []
        )
        spans = [(m.start(), m.end()) for m in found]
        answers = []
        for match in found:
            group = next(g for g in match.groupdict() if match[g])
            a, b = match.span(group)
            label = LABEL_TEXT.match(flat[a:b])
            answers.append([clean(raw[a + (label.end() if label else 0) : b])])
    if answers is None and item.raw is None and (told := _told_behind(flat, len(spans), spans[-1][1] if spans else 0)):
        a, b = told
        item.raw, item.origin = raw[a:b], "bracket"
        raw, flat = raw[: a - 1].rstrip(), flat[: a - 1].rstrip()
    ends = [0, *(b for _, b in spans)]
    text = clean(GAP_MARK.join(raw[a:b] for a, b in zip(ends, [*(a for a, _ in spans), len(raw)], strict=True)))
    draft.kind, draft.pieces = "fill", text.split(GAP_MARK)
    draft.stem = "____".join(draft.pieces)
    if answers:
        draft.answer, item.origin = answers, "bracket"
        return
    if item.raw is None or is_none(item.raw):
        return
    item.raw = _NOTES.sub(" ", item.raw)
    given = between(draft.pieces, item.raw) or texts(item.raw, len(spans))
    if len(given) == len(spans) or not spans:
        draft.answer = given
        if not spans:
            item.findings.append(("R029", "the gap was not found in the stem; the question asks for a short answer"))
            item.doubt(0.1, "no gap in the stem")
        return
    item.findings.append(("R029", f"the stem has {len(spans)} gaps and the answer {len(given)} parts"))
    item.doubt(0.25, "gaps and answers differ in number")
    draft.answer = given if len(given) > 1 else [[clean(item.raw)]]
    draft.pieces = []


def _open(draft: Draft, raw: str, item: Item, kind: PaperKind | None) -> None:
    style: PaperKind = kind if kind in {"term", "short", "long", "case", "open"} else "short"
    draft.kind = style
    flat = fold(raw)
    if style == "term" and item.raw is None and (match := _TERM_SPLIT.match(flat.strip())):
        shift = len(flat) - len(flat.lstrip())
        item.raw, item.origin, item.model = raw[shift + match.start("text") :], "text", True
        if len(item.stem) == 1:
            item.raw_span = (item.stem[0][0] + shift + match.start("text"), item.stem[0][1])
        raw = raw[shift : shift + match.end("term")]
    elif item.raw is None and item.hints.get("split"):
        line = flat.find("\n", len(flat) - len(flat.lstrip()))
        end = line if item.hints.get("headed") else question_end(flat)
        end = item.head - item.stem[0][0] if item.head > item.stem[0][0] + line and len(item.stem) == 1 else end
        if end > 0 and flat[end:].strip():
            item.raw, item.origin, item.model = raw[end:].lstrip("* "), "text", True
            if len(item.stem) == 1:
                item.raw_span = (item.stem[0][0] + end, item.stem[0][1])
            raw = raw[:end]
    draft.stem = clean(raw)
    if style == "term":
        draft.stem = draft.stem.strip(" :：。.")
    if item.raw is not None and not is_none(item.raw):
        body = _LAST_NOTE.sub("", item.raw) if item.origin == "key" else item.raw
        body = _ONE_BULLET.sub("", body)
        item.raw = body or item.raw
        if item.model and (
            whole := re.fullmatch(r"\s*[(（]([^()（）]+)[)）]\s*|\s*[—–-]{1,3}\s*([^\n]+?)\s*", item.raw)
        ):
            item.raw = whole[1] or whole[2]  # `capital of France? (Paris)`
        draft.answer = (
            clean(re.sub(r"^\s*(?:(?:答|答案|参考答案|答题要点|要点)\s*[:：]|A\d{0,3}\s*[:：.]\s)\s*", "", item.raw))
            or None
        )


_ONE_BULLET = re.compile(r"\A\s*[▪•◦■▸‣][ \t]+(?=[^\n]*\s*\Z)")
_SPACED = re.compile(
    r"(?<=[^\s\x00-\x7f])[ ]{2,12}(?P<in>[^\s,。;:?!、，；：]{1,20})[ ]{2,12}(?=[^\s\x00-\x7f]|[,.;:)])"
)
"""An answer typed over a run of blanks: `每年的  6  月`."""
_BEHIND = re.compile(r"(?<=[。.?!])[ \t]*[(](?P<told>[^()\n]{1,60})[)][ \t。]*$")
_HINT = re.compile(r"填|选|提示|保留|结果|用|写|单位|精确|如|任|《|≈|\d[ ]*分")


def _told_behind(flat: str, gaps: int, last: int) -> tuple[int, int] | None:
    """Where a bracket behind the sentence fills its gaps: `印刷术、（ ）、（ ）。（指南针、火药）`."""
    match = _BEHIND.search(flat)
    if match is None or gaps < 2 or match.start() < last or _HINT.search(match["told"]):
        return None
    return match.span("told") if len(texts(match["told"], gaps)) == gaps else None


def question_end(flat: str) -> int:
    """Where the question sentences at the head of a text end; 0 when it has none there."""
    match = _END_OF_QUESTION.search(flat)
    if match is not None and match.start() <= 200 and "\n" not in flat[: match.start()].strip():
        return match.end()
    if COMMAND.match(flat.lstrip()):
        stop = re.search(r"[。\n]", flat.lstrip())
        return len(flat) - len(flat.lstrip()) + stop.end() if stop else 0
    return 0


def _points(draft: Draft) -> None:
    """What the question is worth: its own mark, else what the heading promises for each."""
    item, promise = draft.item, draft.item.section.promise
    draft.points = item.points
    group = item.group
    if draft.points is None and group is not None and group.size:
        # the parts share what the whole is worth
        whole = group.points if group.points is not None else promise.each
        draft.points = whole / group.size if whole is not None else None
    elif draft.points is None and promise.each is not None:
        gaps = max(1, len(draft.pieces) - 1) if draft.kind == "fill" and promise.per_gap else 1
        draft.points = promise.each * gaps


def is_asking(text: str) -> bool:
    """Whether a stem asks or orders something in its first sentence."""
    first = re.split(r"(?<=[?。])|\n", fold(text).strip(), maxsplit=1)[0]
    return (
        ("?" in first and bool(ASKING.search(first)))
        or bool(COMMAND.match(first))
        or (len(first) < 60 and bool(re.search(r"[?]\s*$", first)))
    )


def is_open(kind: PaperKind) -> bool:
    """Whether a person marks the kind."""
    return kind in OPENS
