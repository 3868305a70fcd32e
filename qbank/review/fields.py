"""The parts of a question that a reviewer edits, each under a name: read as the page shows it, written back checked.

Plain texts are edited as they are. Rich ones are edited as the XHTML of the
subset (`qbank.richtext`), not as Markdown: Markdown has no word for a gap, a
formula or a merged cell, and what cannot be written back would be lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

import msgspec

from qbank import bankfile, richtext
from qbank.diagnostics import QbankError, Report
from qbank.model import (
    ZERO,
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
)

MARK: Final = "reviewed"
"""`extensions.qbank.reviewed` is true on a question that a person has accepted."""

Value = TypeVar("Value", bound=msgspec.Struct)

PARTS: Final = ("choices", "prompts", "items")
_MAKERS: dict[str, Callable[..., Choice | Prompt | Item]] = {"choices": Choice, "prompts": Prompt, "items": Item}
_NUMBER = r"[-+−]?\d+(?:[.,]\d+)?(?:/\d+)?"
_TOLERANT = re.compile(rf"({_NUMBER})\s*(?:±|\+/-|\+-)\s*({_NUMBER})\Z")
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\.\.+|…|~|～|to|至)\s*({_NUMBER})\Z")
_ALONE = re.compile(rf"{_NUMBER}\Z")


class FieldError(QbankError):
    """A value that the field cannot take; the message is for the person who typed it."""


def reviewed(question: Question) -> bool:
    """Whether a person has accepted the question."""
    return question.extensions.get("qbank", {}).get(MARK) is True


def with_mark(question: Question, accepted: bool) -> Question:
    """The question with or without the mark of review."""
    own = {k: v for k, v in question.extensions.get("qbank", {}).items() if k != MARK}
    if accepted:
        own[MARK] = True
    others = {k: v for k, v in question.extensions.items() if k != "qbank"}
    return changed(question, extensions=others | {"qbank": own} if own else others)


def own(question: Question) -> Question:
    """The question without its sub-questions: what is reviewed under its own name."""
    return changed(question, questions=()) if isinstance(question, Group) else question


def checked(question: Question) -> Question:
    """The question as a bank file would give it back. Raises `FieldError` where the schema refuses it."""
    report = Report()
    line = json.dumps(bankfile.question_object(question), ensure_ascii=False)
    found = list(bankfile.open_bytes(f'{{"qbank": 1}}\n{line}\n'.encode(), "question", report, "jsonl").questions())
    if not found:
        raise FieldError(next(iter(report)).message)
    return found[0]


def text_value(text: Text | None) -> dict[str, str] | None:
    """A text as it is edited: its characters, or its XHTML."""
    if text is None:
        return None
    return {"html": text.html} if isinstance(text, Html) else {"text": text}


def read(question: Question, field: str) -> Any:
    """The value of a field, as plain JSON. Raises `FieldError` where the question has no such field."""
    name, _, part = field.partition(":")
    match name:
        case "stem":
            return text_value(question.stem)
        case "title" | "difficulty" | "status":
            return getattr(question, name)
        case "points":
            return points_text(question.points)
        case "tags" | "category":
            return list(getattr(question, name))
        case "explanation":
            return text_value(question.feedback.general if question.feedback else None)
        case "kind":
            return question.__struct_config__.tag
        case "style" if isinstance(question, Essay):
            return question.style
        case "key":
            return _key(question)
        case "answer":
            return _answer(question)
        case "choice" | "prompt" | "item" if part:
            return text_value(_part(question, name, part).text)
        case "choices" | "prompts" | "items" if hasattr(question, name):
            return [[p.id, text_value(p.text)] for p in getattr(question, name)]
        case "blank" if part:
            return _blank_value(_blank(question, part.partition(":")[0]), part.endswith(":choices"))
        case _:
            raise FieldError(f"a question of this kind has no field {field!r}")


def write(question: Question, field: str, value: Any) -> Question:
    """The question with a field set, checked against the schema. Raises `FieldError` with the reason."""
    try:
        return checked(_written(question, field, value))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise FieldError(f"{field} cannot be set to that ({error})") from error


def dropped(value: Any) -> tuple[str, ...]:
    """What of a text's markup is outside the subset and was left out, in words."""
    if isinstance(value, dict) and isinstance(value.get("html"), str):
        return richtext.parse(value["html"]).dropped
    return ()


def points_text(points: Fraction) -> str:
    """Points as a person writes them: 2, 0.5, 1/3."""
    return str(bankfile.json_number(points))


def number(text: str) -> Fraction:
    """A number a person typed. Raises `FieldError`."""
    try:
        return bankfile.exact(text.strip().replace("−", "-").replace(",", ".").lstrip("+"))
    except ValueError:
        raise FieldError(f"{text.strip()!r} is not a number; write 2, 0.5 or 1/3") from None


def changed(value: Value, **changes: Any) -> Value:
    """The value with some of its fields set."""
    return msgspec.structs.replace(value, **changes)


def _written(question: Question, field: str, value: Any) -> Question:
    name, _, part = field.partition(":")
    read(question, field)  # only what can be read can be written
    match name:
        case "stem":
            return changed(question, stem=_text(value))
        case "title":
            line = " ".join(str(value).split()) if value else ""
            return changed(question, title=line or None)
        case "difficulty":
            return changed(question, difficulty=int(value) if value else None)
        case "status":
            kept = with_mark(question, accepted=False) if value == "draft" else question
            return changed(kept, status=value)
        case "points":
            return changed(question, points=number(str(value)))
        case "tags" | "category":
            words = tuple(dict.fromkeys(_lines(value))) if name == "tags" else tuple(_lines(value))
            return changed(question, **{name: words})
        case "explanation":
            text = None if value is None else _text(value)
            general = None if text is None or richtext.is_empty(text) else text
            feedback = changed(question.feedback or Feedback(), general=general)
            return changed(question, feedback=None if feedback == Feedback() else feedback)
        case "style":
            return changed(question, style=value)
        case "key":
            return _with_key(question, value)
        case "answer":
            return _with_answer(question, value)
        case "choice" | "prompt" | "item":
            _part(question, name, part)
            parts = [changed(p, text=_text(value)) if p.id == part else p for p in getattr(question, f"{name}s")]
            return changed(question, **{f"{name}s": tuple(parts)})
        case "blank":
            return _with_blank(cast("Cloze", question), part, value)
        case _:
            raise FieldError(f"{field} cannot be edited here")


def arranged(question: Question, what: str, change: str, part: str) -> Question:
    """The question with a choice, prompt or item added, removed or moved up one place. Raises `FieldError`.

    `what` is one of `PARTS`. A key that names a removed part loses it; a key
    that is left with nothing becomes unknown.
    """
    if what not in PARTS or not hasattr(question, what):
        raise FieldError(f"a question of this kind has no {what}")
    parts: list[Any] = list(getattr(question, what))
    ids = [p.id for p in parts]
    if change == "add":
        maker: Callable[..., Choice | Prompt | Item] = _MAKERS[what]
        made = maker(id=free_part(ids, what), text="")
        return checked(_rekeyed(changed(question, **{what: (*parts, made)}), ids))
    if part not in ids:
        raise FieldError(f"there is no {what[:-1]} {part!r} any more")
    at = ids.index(part)
    if change == "remove":
        least = 1 if what == "prompts" else 2
        if len(parts) <= least:
            raise FieldError(f"a question of this kind needs at least {least} {what if least > 1 else what[:-1]}")
        del parts[at]
        return checked(_rekeyed(changed(question, **{what: tuple(parts)}), ids))
    if change != "raise" or at == 0:
        raise FieldError(f"{what[:-1]} {part!r} cannot move up")
    parts[at - 1], parts[at] = parts[at], parts[at - 1]
    return checked(changed(question, **{what: tuple(parts)}))


def free_part(taken: Iterable[str], what: str = "choices") -> str:
    """An id that no other part has: a, b, c ... for choices, p1, i1 ... for prompts and items."""
    used = set(taken)
    letters = [chr(97 + i) for i in range(26)] if what == "choices" else []
    stem = {"choices": "c", "prompts": "p", "items": "i"}[what]
    return next(name for name in [*letters, *(f"{stem}{n}" for n in range(1, len(used) + 3))] if name not in used)


def _rekeyed(question: Question, before: list[str]) -> Question:
    """The question with a key that fits its parts again."""
    match question:
        case SingleChoice():
            ids = {c.id for c in question.choices}
            return changed(question, answer=question.answer if question.answer in ids else None)
        case MultipleChoice():
            ids = {c.id for c in question.choices}
            return changed(question, answer=tuple(a for a in question.answer or () if a in ids) or None)
        case Matching():
            ids = {c.id for c in question.choices}
            prompts = [p.id for p in question.prompts]
            pairs = {p: c for p, c in (question.answer or {}).items() if p in prompts and c in ids}
            return changed(question, answer=pairs or None)
        case Ordering():
            now = [i.id for i in question.items]
            if question.answer is None:
                return question
            kept = [i for i in question.answer if i in now]
            return changed(question, answer=(*kept, *(i for i in now if i not in before)))
        case _:
            return question


def _text(value: Any) -> Text:
    if isinstance(value, dict) and isinstance(value.get("html"), str) and len(value) == 1:
        return richtext.canonical(Html(html=value["html"]))
    if isinstance(value, dict) and isinstance(value.get("text"), str) and len(value) == 1:
        return str(value["text"])
    raise FieldError("a text is {'text': ...} or {'html': ...}")


def _lines(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise FieldError("expected a list of lines")
    return [v.strip() for v in value if v.strip()]


def _part(question: Question, name: str, part: str) -> Any:
    for found in getattr(question, f"{name}s", ()):
        if found.id == part:
            return found
    raise FieldError(f"there is no {name} {part!r} any more")


def _key(question: Question) -> Any:
    match question:
        case SingleChoice() | TrueFalse():
            return question.answer
        case MultipleChoice() | Ordering():
            return None if question.answer is None else list(question.answer)
        case Matching():
            return None if question.answer is None else dict(question.answer)
        case _:
            raise FieldError("a question of this kind has no key to choose")


def _with_key(question: Question, value: Any) -> Question:
    match question:
        case SingleChoice():
            if value is not None:
                _part(question, "choice", value)
            return changed(question, answer=value)
        case TrueFalse():
            return changed(question, answer=value)
        case MultipleChoice():
            for part in value or ():
                _part(question, "choice", part)
            chosen = tuple(c.id for c in question.choices if c.id in (value or ()))
            return changed(question, answer=chosen or None)
        case Ordering():
            if value is not None and sorted(value) != sorted(i.id for i in question.items):
                raise FieldError("the order must name every item once")
            return changed(question, answer=None if value is None else tuple(value))
        case Matching():
            pairs = {p: c for p, c in (value or {}).items() if c is not None}
            for prompt, choice in pairs.items():
                _part(question, "prompt", prompt)
                _part(question, "choice", choice)
            ordered = {p.id: pairs[p.id] for p in question.prompts if p.id in pairs}
            return changed(question, answer=ordered or None)
        case _:
            raise FieldError("a question of this kind has no key to choose")


def _answer(question: Question) -> Any:
    match question:
        case Essay():
            return text_value(question.answer)
        case ShortAnswer():
            return [a.text for a in question.answer or ()]
        case Numeric():
            return [numeric_text(a) for a in question.answer or ()]
        case _:
            raise FieldError("a question of this kind has no answer to write")


def _with_answer(question: Question, value: Any) -> Question:
    match question:
        case Essay():
            text = None if value is None else _text(value)
            return changed(question, answer=None if text is None or richtext.is_empty(text) else text)
        case ShortAnswer():
            return changed(question, answer=_accepted(question.answer, value))
        case Numeric():
            return changed(question, answer=_numbers(question.answer, value))
        case _:
            raise FieldError("a question of this kind has no answer to write")


def _accepted(old: tuple[Accepted, ...] | None, value: Any) -> tuple[Accepted, ...] | None:
    """Accepted texts, one a line; a line that was there keeps its weight and feedback."""
    made: tuple[Accepted, ...] | None = _kept(old, _lines(value), lambda a: a.text, lambda line: Accepted(text=line))
    return made


def _numbers(old: tuple[NumericAnswer, ...] | None, value: Any) -> tuple[NumericAnswer, ...] | None:
    made: tuple[NumericAnswer, ...] | None = _kept(old, _lines(value), numeric_text, parsed_number)
    return made


def _kept(
    old: tuple[Any, ...] | None, lines: list[str], spelled: Callable[[Any], str], made: Callable[[str], Any]
) -> Any:
    known = {spelled(a): a for a in old or ()}
    result: list[Any] = []
    for i, line in enumerate(lines):
        if line in known:
            result.append(known[line])
        elif old is not None and len(old) == len(lines) and spelled(old[i]) not in lines:
            # The line was rewritten in its place: its weight and feedback stay.
            result.append(changed(made(line), weight=old[i].weight, feedback=old[i].feedback))
        else:
            result.append(made(line))
    return tuple(result) or None


def numeric_text(answer: NumericAnswer) -> str:
    """A numeric answer as a line: `3.5`, `3.5 ± 0.1` or `1 .. 2`."""
    if answer.value is None:
        low, high = answer.bounds
        return f"{points_text(low)} .. {points_text(high)}"
    if answer.tolerance == ZERO:
        return points_text(answer.value)
    return f"{points_text(answer.value)} ± {points_text(answer.tolerance)}"


def parsed_number(line: str) -> NumericAnswer:
    """The inverse of `numeric_text`. Raises `FieldError`."""
    line = line.strip()
    if found := _TOLERANT.match(line):
        return NumericAnswer(value=number(found[1]), tolerance=number(found[2]))
    if found := _RANGE.match(line):
        return NumericAnswer(min=number(found[1]), max=number(found[2]))
    if _ALONE.match(line):
        return NumericAnswer(value=number(line))
    raise FieldError(f"{line!r} is not a number; write 3.5, 3.5 ± 0.1 or 1 .. 2")


def _blank(question: Question, name: str) -> TextBlank | NumericBlank | ChoiceBlank:
    for blank in question.blanks if isinstance(question, Cloze) else ():
        if blank.id == name:
            return blank
    raise FieldError(f"there is no gap {name!r} any more")


def _blank_value(blank: TextBlank | NumericBlank | ChoiceBlank, choices: bool) -> Any:
    if isinstance(blank, ChoiceBlank):
        return [richtext.plain(c.text) for c in blank.choices] if choices else blank.answer
    if choices:
        raise FieldError(f"the gap {blank.id!r} has no choices")
    if isinstance(blank, NumericBlank):
        return [numeric_text(a) for a in blank.answer or ()]
    return [a.text for a in blank.answer or ()]


def _with_blank(question: Cloze, part: str, value: Any) -> Question:
    name, _, what = part.partition(":")
    old = _blank(question, name)
    new: Any
    match old:
        case TextBlank():
            new = changed(old, answer=_accepted(old.answer, value))
        case NumericBlank():
            new = changed(old, answer=_numbers(old.answer, value))
        case ChoiceBlank() if what == "choices":
            new = changed(old, choices=_choice_lines(old.choices, _lines(value)))
            if new.answer not in {c.id for c in new.choices}:
                new = changed(new, answer=None)
        case ChoiceBlank():
            if value is not None and value not in {c.id for c in old.choices}:
                raise FieldError(f"the gap {name!r} has no choice {value!r} any more")
            new = changed(old, answer=value)
    return changed(question, blanks=tuple(new if b.id == name else b for b in question.blanks))


def _choice_lines(old: tuple[Choice, ...], lines: list[str]) -> tuple[Choice, ...]:
    """Choices written one a line: a line that was there keeps its choice, another is a new or rewritten one."""
    if len(lines) < 2:
        raise FieldError("a gap to choose for needs at least 2 choices")
    known = {richtext.plain(c.text): c for c in old}
    result: list[Choice] = []
    for i, line in enumerate(lines):
        if line in known:
            result.append(known[line])
        elif len(old) == len(lines):
            result.append(changed(old[i], text=line))
        else:
            result.append(Choice(id=free_part([*(c.id for c in old), *(c.id for c in result)]), text=line))
    return tuple(result)
