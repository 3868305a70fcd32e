"""Blackboard 5's POOL, question kind by question kind (question/format/blackboard_six/formatpool.php)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from qbank.formats.moodle import read_number
from qbank.model import (
    ONE,
    Accepted,
    Choice,
    Essay,
    Feedback,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    TrueFalse,
)
from qbank.readers.markup import moodle_text
from qbank.readers.parts import UNNAMED, Parts, choices, names, whole


def title(root: Any) -> str:
    """What the pool is called."""
    found = root.find("TITLE")
    return " ".join((found.get("value") or "").split()) if found is not None else ""


def questions(root: Any, parts: Parts) -> Iterator[Question]:
    """The questions in the order of the pool's list, those that it does not list behind them."""
    listed = list(root.iterfind("QUESTIONLIST/QUESTION"))
    points = {entry.get("id"): entry.get("points") for entry in listed}
    order = {entry.get("id"): i for i, entry in enumerate(listed)}
    found = [child for child in root if isinstance(child.tag, str) and child.tag.startswith("QUESTION_")]
    for element in sorted(found, key=lambda one: order.get(one.get("id"), len(order))):
        parts.line = element.sourceline or 0
        yield parts.named(_question(element, points.get(element.get("id")), parts))


def _question(element: Any, points: str | None, parts: Parts) -> Question:
    worth = read_number(points or "")
    if points and worth is None:
        parts.remark("R047", f"{points[:20]!r} is no number of points; the question is worth 1")
    common: dict[str, Any] = {
        "id": UNNAMED,
        "stem": _text(element.find("BODY"), parts, element),
        "points": worth[0] if worth is not None and worth[0] >= 0 else ONE,
        "source": Source(document=parts.document, line=element.sourceline, number=element.get("id")),
    }
    right = _told(element, "FEEDBACK_WHEN_CORRECT", parts)
    wrong = _told(element, "FEEDBACK_WHEN_INCORRECT", parts)
    keys = [key.get("answer_id") or "" for key in element.iterfind("GRADABLE/CORRECTANSWER")]
    answers = element.findall("ANSWER")
    if element.tag != "QUESTION_TRUEFALSE" and (right is not None or wrong is not None):
        common["feedback"] = Feedback(correct=right, incorrect=wrong)
    match element.tag:
        case "QUESTION_TRUEFALSE":
            return _truth(answers, keys, right, wrong, common, parts)
        case "QUESTION_MULTIPLECHOICE" | "QUESTION_MULTIPLEANSWER":
            return _choice(element, answers, keys, common, parts)
        case "QUESTION_FILLINBLANK":
            words = [_plain(answer) for answer in answers]
            accepted = tuple(Accepted(text=word) for word in words if word)
            if not accepted:
                parts.remark("R011", "no answer was found")
            return ShortAnswer(answer=accepted or None, **common)
        case "QUESTION_MATCH":
            return _matching(element, answers, common, parts)
        case "QUESTION_ORDER":
            return _ordering(answers, common, parts)
        case "QUESTION_ESSAY" | "QUESTION_SHORTRESPONSE":
            told = _text(answers[0], parts, element) if answers else ""
            return Essay(answer=told if told != "" else None, **common)
        case kind:
            parts.remark("R040", f"{kind} is no kind that a bank has; its text is kept as a draft")
            return Information(status="draft", extensions=whole("blackboard", kind, element), **common)


def _truth(
    answers: list[Any], keys: list[str], right: Text | None, wrong: Text | None, common: dict[str, Any], parts: Parts
) -> Question:
    """Moodle takes the first answer for True; where the answers say which is which, they are believed."""
    truths = {answer.get("id"): _plain(answer).casefold() != "false" for answer in answers}
    if len(answers) == 2 and len(set(truths.values())) < 2:
        truths = {answers[0].get("id"): True, answers[1].get("id"): False}
    key = keys[0] if keys else None
    if key not in truths:
        parts.remark("R011", "no answer was found")
        return TrueFalse(**common)
    truth = truths[key]
    true, false = (right, wrong) if truth else (wrong, right)
    return TrueFalse(answer=truth, feedback_true=true, feedback_false=false, **common)


def _choice(element: Any, answers: list[Any], keys: list[str], common: dict[str, Any], parts: Parts) -> Question:
    if len(answers) < 2:
        parts.remark("R006", "a choice question has fewer than two choices; it is kept as a draft")
        return ShortAnswer(status="draft", **common)
    made = choices([_text(answer, parts, element) for answer in answers])
    by_id = {answer.get("id"): choice.id for answer, choice in zip(answers, made, strict=True)}
    right = tuple(dict.fromkeys(by_id[key] for key in keys if key in by_id))
    if not right:
        parts.remark("R011", "no answer was found")
    if element.tag == "QUESTION_MULTIPLEANSWER":
        return MultipleChoice(choices=made, answer=right or None, scoring="all_or_nothing", **common)
    if len(right) > 1:
        parts.remark("R013", f"{len(right)} choices of a single choice are right; the first was taken")
    return SingleChoice(choices=made, answer=right[0] if right else None, **common)


def _matching(element: Any, answers: list[Any], common: dict[str, Any], parts: Parts) -> Question:
    """Blackboard's answers are the prompts, its choices what they are matched with."""
    offered = element.findall("CHOICE")
    free = names()
    ids = {choice.get("id"): next(free) for choice in offered}
    made = tuple(Choice(id=ids[choice.get("id")], text=_text(choice, parts, element)) for choice in offered)
    prompts = tuple(Prompt(id=str(i), text=_text(answer, parts, element)) for i, answer in enumerate(answers, 1))
    by_answer = {answer.get("id"): prompt.id for answer, prompt in zip(answers, prompts, strict=True)}
    key = {
        by_answer[pair.get("answer_id")]: ids[pair.get("choice_id")]
        for pair in element.iterfind("GRADABLE/CORRECTANSWER")
        if pair.get("answer_id") in by_answer and pair.get("choice_id") in ids
    }
    if not prompts or len(set(ids.values())) < 2:
        parts.remark("R006", "a matching question has nothing to match; it is kept as a draft")
        return Essay(status="draft", **common)
    if len(key) < len(prompts):
        parts.remark("R011", f"{len(prompts) - len(key)} of its prompts have no answer")
    return Matching(prompts=prompts, choices=made, answer=key if len(key) == len(prompts) else None, **common)


def _ordering(answers: list[Any], common: dict[str, Any], parts: Parts) -> Question:
    if len(answers) < 2:
        parts.remark("R006", "an ordering has fewer than two items; it is kept as a draft")
        return Essay(status="draft", **common)
    places = [read_number(answer.get("order") or "") for answer in answers]
    known: list[Fraction] = [place[0] for place in places if place is not None]
    ids = [str(i) for i in range(1, len(answers) + 1)]
    order = [name for _, name in sorted(zip(known, ids, strict=True))] if len(known) == len(ids) else ids
    items = tuple(Item(id=name, text=_text(answer, parts, answer)) for name, answer in zip(ids, answers, strict=True))
    return Ordering(items=items, answer=tuple(order), **common)


def _text(element: Any, parts: Parts, question: Any) -> Text:
    """What stands in `TEXT`: escaped HTML, unless the question's flags say it is none."""
    if element is None:
        return ""
    flag = question.find("BODY/FLAGS/ISHTML")
    form = "plain_text" if flag is not None and (flag.get("value") or "").lower() == "false" else "html"
    return parts.text(moodle_text(element.findtext("TEXT") or "", form, media=parts.media))


def _plain(element: Any) -> str:
    return (element.findtext("TEXT") or "").strip()


def _told(element: Any, name: str, parts: Parts) -> Text | None:
    source = element.findtext(f"GRADABLE/{name}") or ""
    text = parts.text(moodle_text(source, "html", media=parts.media)) if source.strip() else ""
    return text if text != "" else None
