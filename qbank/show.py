"""A question as a paper prints it, with its answer: for the terminal."""

from __future__ import annotations

from typing import assert_never

from qbank import richtext
from qbank.bankfile import json_number
from qbank.model import (
    Accepted,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    kind_of,
    points_of,
)


def rendered(question: Question, indent: str = "") -> str:
    """The question in plain text, several lines."""
    head = f"[{question.id}] {kind_of(question)}, {float(points_of(question)):g} p"
    if question.status == "draft":
        head += ", draft"
    lines = [head, *richtext.plain(question.stem).split("\n"), *_body(question)]
    if question.feedback is not None and question.feedback.general is not None:
        lines.append(f"explanation: {richtext.plain(question.feedback.general)}")
    if question.source is not None:
        sure = f", confidence {question.source.confidence:g}" if question.source.confidence is not None else ""
        line = f":{question.source.line}" if question.source.line else ""
        lines.append(f"from: {question.source.document}{line}{sure}")
    return "\n".join(indent + line for line in lines)


def _body(question: Question) -> list[str]:
    match question:
        case SingleChoice() | MultipleChoice():
            right = {question.answer} if isinstance(question.answer, str) else set(question.answer or ())
            return [f"  {'*' if c.id in right else ' '} {c.id}. {richtext.plain(c.text)}" for c in question.choices] + (
                [] if right else ["answer: unknown"]
            )
        case TrueFalse():
            return [f"answer: {'unknown' if question.answer is None else str(question.answer).lower()}"]
        case ShortAnswer():
            return [f"answer: {_texts(question.answer)}"]
        case Numeric():
            units = f" [{', '.join(u.name for u in question.units)}]" if question.units else ""
            return [f"answer: {_numbers(question.answer)}{units}"]
        case Cloze():
            return [f"  {blank.id}: {_blank(blank)}" for blank in question.blanks]
        case Matching():
            answer = question.answer or {}
            left = [f"  {p.id}. {richtext.plain(p.text)} -> {answer.get(p.id, 'unknown')}" for p in question.prompts]
            return left + [f"    {c.id}. {richtext.plain(c.text)}" for c in question.choices]
        case Ordering():
            order = " -> ".join(question.answer) if question.answer else "unknown"
            return [f"    {i.id}. {richtext.plain(i.text)}" for i in question.items] + [f"answer: {order}"]
        case Essay():
            model = [f"model answer: {richtext.plain(question.answer)}"] if question.answer is not None else []
            return model + [f"rubric: {richtext.plain(c.text)}" for c in question.rubric]
        case Group():
            return [rendered(sub, "    ") for sub in question.questions]
        case Information():
            return []
        case _:
            assert_never(question)


def answer_line(question: Question) -> str:
    """The answer in one line with its words; empty where there is none."""
    match question:
        case SingleChoice() | MultipleChoice():
            right = {question.answer} if isinstance(question.answer, str) else set(question.answer or ())
            return "; ".join(f"{c.id}. {richtext.plain(c.text)}" for c in question.choices if c.id in right)
        case TrueFalse():
            return "" if question.answer is None else str(question.answer).lower()
        case ShortAnswer():
            return _texts(question.answer) if question.answer else ""
        case Numeric():
            return _numbers(question.answer) if question.answer else ""
        case Cloze():
            return "; ".join(f"{blank.id}: {_blank(blank)}" for blank in question.blanks if blank.answer is not None)
        case Matching():
            words = {prompt.id: richtext.plain(prompt.text) for prompt in question.prompts}
            words |= {choice.id: richtext.plain(choice.text) for choice in question.choices}
            return "; ".join(f"{words.get(k, k)} -> {words.get(v, v)}" for k, v in (question.answer or {}).items())
        case Ordering():
            words = {item.id: richtext.plain(item.text) for item in question.items}
            return " -> ".join(words.get(name, name) for name in question.answer or ())
        case Essay():
            return "" if question.answer is None else richtext.plain(question.answer)
        case Group() | Information():
            return ""
        case _:
            assert_never(question)


def _blank(blank: TextBlank | NumericBlank | ChoiceBlank) -> str:
    match blank:
        case TextBlank():
            return _texts(blank.answer)
        case NumericBlank():
            return _numbers(blank.answer)
        case ChoiceBlank():
            return " | ".join(
                f"{'*' if c.id == blank.answer else ''}{c.id}. {richtext.plain(c.text)}" for c in blank.choices
            )
        case _:
            assert_never(blank)


def _texts(answers: tuple[Accepted, ...] | None) -> str:
    return " / ".join(a.text for a in answers) if answers else "unknown"


def _numbers(answers: tuple[NumericAnswer, ...] | None) -> str:
    return " / ".join(_number(a) for a in answers) if answers else "unknown"


def _number(answer: NumericAnswer) -> str:
    if answer.value is None:
        low, high = answer.bounds
        return f"{json_number(low)} to {json_number(high)}"
    return f"{json_number(answer.value)}" + (f" ± {json_number(answer.tolerance)}" if answer.tolerance else "")
