"""Shared material with sub-questions: Moodle has no such thing, so it is a description before them, or one cloze."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm

import msgspec

from qbank import richtext
from qbank.formats import moodle
from qbank.model import (
    Choice,
    Cloze,
    Feedback,
    Group,
    Html,
    Information,
    MultipleChoice,
    Numeric,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TrueFalse,
)
from qbank.richtext import Element, Node

from .. import _moodle
from .._moodle import Unfit
from .cloze import choice_gap, gap, number_gap, shuffled, text_gap, with_gaps
from .entry import Entry, Files
from .settings import NAME

_WORDS = {"zh": ("对", "错")}
_TRUE_FALSE = ("True", "False")


def material(group: Group) -> Information:
    """The material of a group as a description of its own."""
    general = group.feedback.general if group.feedback is not None else None
    return Information(
        id=group.id,
        title=group.title,
        stem=group.stem,
        feedback=Feedback(general=general) if general is not None else None,
        tags=group.tags,
        category=group.category,
    )


def no_cloze(group: Group) -> str:
    """Why a group cannot be one cloze question, in words; nothing if it can."""
    for sub in group.questions:
        match sub:
            case SingleChoice() | MultipleChoice() | TrueFalse() | ShortAnswer() | Cloze() | Information():
                pass
            case Numeric():
                if sub.units:
                    return f"a gap knows no units ({sub.id})"
            case _:
                return f"{sub.id} is a {sub.__struct_config__.tag} question"
        if isinstance(sub, SingleChoice) and not any(m == "100" for m in moodle.marks(sub).percents):
            return f"no choice of {sub.id} earns full marks"
    if all(isinstance(sub, Information) for sub in group.questions):
        return "it asks nothing"
    return ""


def cloze(entry: Entry, group: Group) -> None:
    """A group as one cloze question: the material, then each stem with its gap. `Unfit` where Moodle refuses it."""
    entry.notes.loss("X302", f"{group.id} is written as one cloze question: Moodle has no groups", "")
    _report_unread(entry, group)
    parts = [list(_parts(i, sub)) for i, sub in enumerate(group.questions)]
    points = [value for part in parts for _, value in part]
    weights = iter(_weights(entry, group, points))
    gaps: dict[str, str] = {}
    for i, (sub, part) in enumerate(zip(group.questions, parts, strict=True)):
        written = _gaps(entry, sub, [next(weights) for _ in part], f"/questions/{i}")
        gaps |= {name: text for (name, _), text in zip(part, written, strict=True)}
    files: Files = {}
    stem = with_gaps(entry, _stem(group, parts), gaps, files)
    general = [question.feedback.general for question in (group, *group.questions) if question.feedback is not None]
    told = [text for text in general if text is not None]
    whole = msgspec.structs.replace(
        group,
        feedback=Feedback(general=_joined(told)) if told else None,
        tags=tuple(dict.fromkeys(tag for question in (group, *group.questions) for tag in question.tags)),
    )
    entry.head(whole, "cloze", stem=(stem, files), points=Fraction(sum(_whole(points)[0])))
    entry.hints(whole)
    entry.end(whole)


def _parts(place: int, sub: SubQuestion) -> Iterator[tuple[str, Fraction]]:
    """The names of a sub-question's gaps, and what each is worth."""
    if isinstance(sub, Cloze):
        shares = sum(blank.share for blank in sub.blanks)
        for i, blank in enumerate(sub.blanks):
            yield f"q{place}-{i}", sub.points * blank.share / shares
    elif not isinstance(sub, Information):
        yield f"q{place}", sub.points


def _whole(points: list[Fraction]) -> tuple[list[int], bool]:
    """Points as whole weights in the same proportion, and whether they are those points."""
    common = lcm(*(value.denominator for value in points))
    return [int(value * common) for value in points], common == 1


def _weights(entry: Entry, group: Group, points: list[Fraction]) -> list[int]:
    weights, exact = _whole(points)
    if not exact:
        entry.notes.loss(
            "X301",
            f"Moodle makes {group.id} worth the sum of its gaps, {sum(weights)}; each gap's part of it is kept",
            "/points",
            hint="set the maximum mark in the quiz",
        )
    return weights


def _gaps(entry: Entry, sub: SubQuestion, weights: list[int], pointer: str) -> list[str]:
    """The gaps of a sub-question in Moodle's syntax."""
    match sub:
        case Cloze():
            return [
                gap(entry, blank, weight, f"{pointer}/blanks/{i}")
                for i, (blank, weight) in enumerate(zip(sub.blanks, weights, strict=True))
            ]
        case Information():
            return []
        case ShortAnswer():
            answer = sub.answer or ()
            return [text_gap(entry, answer, sub.case_sensitive, sub.wildcard, weights[0], f"{pointer}/answer")]
        case Numeric():
            return [number_gap(entry, sub.answer or (), weights[0], f"{pointer}/answer")]
        case TrueFalse():
            language = (sub.language or entry.ctx.language).partition("-")[0].lower()
            true, false = _WORDS.get(language, _TRUE_FALSE)
            choices = (
                Choice(id="true", text=true, feedback=sub.feedback_true),
                Choice(id="false", text=false, feedback=sub.feedback_false),
            )
            marks = ("=", "") if sub.answer else ("", "=")
            return [choice_gap(entry, "MCV", choices, marks, weights[0], pointer)]
        case SingleChoice() | MultipleChoice():
            kind = "MR" if isinstance(sub, MultipleChoice) else "MCV"
            kind += "S" if shuffled(entry, sub.choices, sub.shuffle, pointer) else ""
            worth = tuple(_mark(percent) for percent in _percents(entry, sub, pointer))
            return [choice_gap(entry, kind, sub.choices, worth, weights[0], f"{pointer}/choices")]
        case _:
            raise Unfit(f"{sub.id} cannot be a gap")


def _percents(entry: Entry, sub: SingleChoice | MultipleChoice, pointer: str) -> tuple[str, ...]:
    """What each choice is worth in percent."""
    if isinstance(sub, SingleChoice) or sub.scoring == "weighted":
        marks = moodle.marks(sub)
        positive = [percent for percent in marks.percents if not percent.startswith("-")]
        inexact = marks.inexact
        if isinstance(sub, MultipleChoice) and sum(map(Fraction, positive)) != 100:
            inexact = "Moodle makes the weights of the right choices in a gap 100 % together"
        percents = marks.percents
    else:
        # Moodle shares the points of a gap among its right choices, however many there are
        answer = sub.answer or ()
        wrong = len(sub.choices) - len(set(answer))
        cost = moodle.gap_percent(Fraction(-1, wrong) if sub.scoring == "balanced" and wrong else Fraction(-1))[0]
        percents = tuple("100" if choice.id in answer else cost for choice in sub.choices)
        inexact = ""
        if sub.scoring == "all_or_nothing" and len(answer) > 1:
            inexact = "part of the right choices earns part of the points"
    if inexact:
        entry.notes.loss("X301", f"{sub.id}: {inexact}", f"{pointer}/scoring")
    return percents


def _mark(percent: str) -> str:
    return "=" if percent == "100" else "" if percent == "0" else f"%{percent}%"


def _stem(group: Group, parts: list[list[tuple[str, Fraction]]]) -> Html:
    """The material, then each stem with a gap below it; a cloze has its own."""
    blocks: list[Element] = [_named(block, {}) for block in richtext.blocks(group.stem)]
    for sub, part in zip(group.questions, parts, strict=True):
        own = (
            {blank.id: name for blank, (name, _) in zip(sub.blanks, part, strict=True)}
            if isinstance(sub, Cloze)
            else {}
        )
        blocks += [_named(block, own) for block in richtext.blocks(sub.stem)]
        if part and not own:
            blocks.append(Element("p", (), (Element("blank", (("id", part[0][0]),)),)))
    return Html(html=richtext.serialize(tuple(blocks)))


def _named(element: Element, names: dict[str, str]) -> Element:
    """The element with its gaps under other names; one without is a line."""
    children: list[Node] = []
    for child in element.children:
        if isinstance(child, str):
            children.append(child)
        elif child.tag == "blank":
            name = names.get(child.get("id") or "")
            children.append("____" if name is None else Element("blank", (("id", name),)))
        else:
            children.append(_named(child, names))
    return Element(element.tag, element.attributes, tuple(children))


def _joined(texts: list[Text]) -> Text:
    if len(texts) == 1:
        return texts[0]
    return Html(html=richtext.serialize(tuple(block for text in texts for block in richtext.blocks(text))))


def _report_unread(entry: Entry, group: Group) -> None:
    """Report what the parts of a cloze have no place for."""
    _moodle.drop_verdicts(group, entry.ctx)
    notes = entry.notes
    for i, sub in enumerate(group.questions):
        pointer = f"/questions/{i}"
        for name in ("correct", "partial", "incorrect"):
            if sub.feedback is not None and getattr(sub.feedback, name) is not None:
                notes.loss("X201", f"there is no place for this feedback of {sub.id}", f"{pointer}/feedback/{name}")
        if sub.hints:
            notes.loss("X202", f"a gap has no hints of its own: {sub.id}", f"{pointer}/hints")
        if sub.title is not None:
            notes.loss("X207", f"a gap has no title: {sub.id}", f"{pointer}/title")
        if sub.category and sub.category != group.category:
            notes.loss("X210", f"a gap has no category of its own: {sub.id}", f"{pointer}/category")
        if sub.penalty is not None:
            notes.loss("X208", f"a gap has no penalty of its own: {sub.id}", f"{pointer}/penalty")
        for name in ("difficulty", "language", "source"):
            if getattr(sub, name) is not None:
                notes.loss("X207", f"Moodle has no place for the {name} of {sub.id}", f"{pointer}/{name}")
        for name in sub.extensions.get(NAME, {}):
            notes.loss("X208", f"a gap has no setting {name!r}: {sub.id}", pointer + _moodle.pointer_to(NAME, name))
