"""What two versions of a question say differently: whatever a student, a marker or a reader of the bank could tell.

Both are brought into one form first. What only names things (the ids of
choices, blanks, prompts and items) becomes a position; texts become their tree,
white space as HTML shows it; scoring becomes what each choice earns. So two
banks differ only where somebody could see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any, NamedTuple, TypeAlias, assert_never

from qbank import richtext
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    Information,
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
    kind_of,
    points_of,
)

Media: TypeAlias = Callable[[str], str]
"""From the name of an asset to what it shows, such as a digest of its bytes."""

_SPACE = re.compile(r"[ \t\n\r]+")
_PRE = re.compile(r"(<pre>.*?</pre>)", re.S)
_EDGE = re.compile(
    r" ?(</?(?:p|pre|blockquote|ul|ol|li|table|caption|thead|tbody|tr|th|td|div)\b[^>]*>|<(?:br|hr)/>) ?"
)
_LAST_BREAK = re.compile(r"(?:<br/>)+(?=</(?:p|li|th|td|div|blockquote|caption)>)")
_NOTHING = re.compile(r"<p></p>")
_NO_FORMULA = re.compile(r"<tex(?: [^>]*)?>\s*</tex>")
_GAP = re.compile(r'<blank id="([^"]*)"/>')
_MEDIUM = re.compile(r"<(img|audio)( [^>]*)?/?>")
_SOURCE = re.compile(r' src="asset:([^"]*)"')
_NO_ALT = re.compile(r' alt=""')


class Difference(NamedTuple):
    """One thing that two versions of a question say differently; `pointer` is relative to the question."""

    pointer: str
    before: Any
    after: Any


def differences(
    before: Question, after: Question, media: Media = str, media_after: Media | None = None
) -> list[Difference]:
    """What `after` says differently than `before`, in the order of the fields.

    Compared are all fields but `id`, `source`, `ignore` and `status`, which say
    nothing about the question itself, and the ids of its parts. `media` tells
    what an asset shows; by default its name.
    """
    if kind_of(before) != kind_of(after):
        return [Difference("/kind", kind_of(before), kind_of(after))]
    return list(_compared(said(before, media), said(after, media_after or media), ""))


def said(question: Question, media: Media = str) -> dict[str, Any]:
    """Everything a question says, as plain values that are equal where two questions say the same."""
    return _common(question, media) | _own(question, media)


def _common(question: Question, media: Media) -> dict[str, Any]:
    feedback = question.feedback or Feedback()
    return {
        "title": _line(question.title or "") or None,
        "stem": _stem(question, media),
        "points": points_of(question),
        "penalty": question.penalty,
        "feedback": {
            name: visible(getattr(feedback, name), media) for name in ("general", "correct", "partial", "incorrect")
        },
        "hints": [visible(hint, media) for hint in question.hints],
        "tags": sorted(set(question.tags)),
        "category": [_line(part) for part in question.category],
        "difficulty": question.difficulty,
        "language": question.language,
        "extensions": question.extensions,
    }


def _own(question: Question, media: Media) -> dict[str, Any]:
    match question:
        case SingleChoice():
            return _single(question, media)
        case MultipleChoice():
            return _multiple(question, media)
        case TrueFalse():
            return {
                "answer": question.answer,
                "feedback_true": visible(question.feedback_true, media),
                "feedback_false": visible(question.feedback_false, media),
            }
        case ShortAnswer():
            return {
                "answer": _accepted(question.answer, media),
                "case_sensitive": question.case_sensitive,
                "wildcard": _wild(question),
            }
        case Numeric():
            return {
                "answer": _numbers(question.answer, media),
                "units": [(unit.name, unit.factor) for unit in question.units],
                "unit_required": question.unit_required,
            }
        case Cloze():
            order = {name: i for i, name in enumerate(richtext.blank_ids(question.stem))}
            blanks = sorted(question.blanks, key=lambda blank: order.get(blank.id, len(order)))
            whole = gcd(*(blank.share for blank in blanks))
            return {"blanks": [_blank(blank, whole, media) for blank in blanks]}
        case Matching():
            return _matching(question, media)
        case Ordering():
            return _ordering(question, media)
        case Essay():
            return {
                "style": question.style,
                "answer": visible(question.answer, media),
                "rubric": [{"text": visible(line.text, media), "points": line.points} for line in question.rubric],
                "min_words": question.min_words or None,
                "max_words": question.max_words,
                "lines": question.lines,
                "response": question.response,
                "attachments": question.attachments,
            }
        case Group():
            return {"questions": [{"kind": kind_of(sub)} | said(sub, media) for sub in question.questions]}
        case Information():
            return {}
        case _:
            assert_never(question)


def _line(text: str) -> str:
    """A name, its white space as it is shown."""
    return _SPACE.sub(" ", text).strip(" ")


def _stem(question: Question, media: Media) -> str | None:
    written = visible(question.stem, media)
    if written is None or not isinstance(question, Cloze):
        return written
    order: dict[str, int] = {}
    return _GAP.sub(lambda gap: f"<blank {order.setdefault(gap[1], len(order) + 1)}/>", written)


def _single(question: SingleChoice, media: Media) -> dict[str, Any]:
    weighted = question.scoring == "weighted"
    earned = [(c.weight or ZERO) if weighted else Fraction(c.id == question.answer) for c in question.choices]
    return {
        "choices": _choices(question.choices, media, earned, fixed=question.shuffle),
        "answer": _place(question.choices, question.answer),
        "shuffle": question.shuffle,
    }


def _multiple(question: MultipleChoice, media: Media) -> dict[str, Any]:
    right = frozenset(question.answer or ())
    earned = _earned(question, right)
    return {
        "choices": _choices(question.choices, media, earned or [None] * len(question.choices), fixed=question.shuffle),
        "answer": sorted(i for i, choice in enumerate(question.choices) if choice.id in right),
        "scoring": "by choice" if earned else "all_or_nothing",
        "shuffle": question.shuffle,
    }


def _earned(question: MultipleChoice, right: frozenset[str]) -> list[Fraction] | None:
    """What each choice earns; None where only the exact set does."""
    wrong = max(len(question.choices) - len(right), 1)
    share = Fraction(1, len(right) or 1)
    match question.scoring:
        case "weighted":
            return [choice.weight or ZERO for choice in question.choices]
        case "all_or_nothing" if len(right) > 1:
            return None
        case "balanced":
            return [share if choice.id in right else -Fraction(1, wrong) for choice in question.choices]
        case _:
            return [share if choice.id in right else -ONE for choice in question.choices]


def _matching(question: Matching, media: Media) -> dict[str, Any]:
    words = {choice.id: visible(choice.text, media) for choice in question.choices}
    choices: list[Any] = _choices(question.choices, media)
    return {
        "prompts": [visible(prompt.text, media) for prompt in question.prompts],
        # A shuffled list has no order of its own.
        "choices": tuple(sorted(choices, key=repr)) if question.shuffle else choices,
        "answer": None
        if question.answer is None
        else [words.get(question.answer.get(p.id, "")) for p in question.prompts],
        "scoring": question.scoring if len(question.prompts) > 1 else "all_or_nothing",
        "shuffle": question.shuffle,
    }


def _ordering(question: Ordering, media: Media) -> dict[str, Any]:
    words = {item.id: visible(item.text, media) for item in question.items}
    # of two items both stand right or neither
    scoring = question.scoring if len(question.items) > 2 else "all_or_nothing"
    if question.answer is None:
        return {"items": list(words.values()), "answer": None, "scoring": scoring}
    return {"items": tuple(words.get(name) for name in question.answer), "answer": "given", "scoring": scoring}


def _blank(blank: Blank, whole: int, media: Media) -> dict[str, Any]:
    common = {"kind": blank.__struct_config__.tag, "share": blank.share // whole}
    match blank:
        case TextBlank():
            return common | {
                "answer": _accepted(blank.answer, media),
                "case_sensitive": blank.case_sensitive,
                "wildcard": _wild(blank),
            }
        case NumericBlank():
            return common | {"answer": _numbers(blank.answer, media)}
        case ChoiceBlank():
            earned = [choice.weight or Fraction(choice.id == blank.answer) for choice in blank.choices]
            return common | {
                "choices": _choices(blank.choices, media, earned),
                "answer": _place(blank.choices, blank.answer),
                "shuffle": blank.shuffle,
            }
        case _:
            assert_never(blank)


def _choices(
    choices: Sequence[Choice], media: Media, earned: Sequence[Fraction | None] | None = None, *, fixed: bool = False
) -> list[dict[str, Any]]:
    return [
        {
            "text": visible(choice.text, media),
            "feedback": visible(choice.feedback, media),
            "weight": earned[i] if earned else None,
            "fixed": choice.fixed and fixed,
        }
        for i, choice in enumerate(choices)
    ]


def _place(parts: Sequence[Choice | Prompt | Item], name: str | None) -> int | None:
    return next((i for i, part in enumerate(parts) if part.id == name), None)


def _accepted(answers: Sequence[Accepted] | None, media: Media) -> list[dict[str, Any]] | None:
    if answers is None:
        return None
    return [{"text": a.text.strip(), "weight": a.weight, "feedback": visible(a.feedback, media)} for a in answers]


def _wild(question: ShortAnswer | TextBlank) -> bool:
    return question.wildcard and any("*" in answer.text for answer in question.answer or ())


def _numbers(answers: Sequence[NumericAnswer] | None, media: Media) -> list[dict[str, Any]] | None:
    if answers is None:
        return None
    return [{"bounds": list(a.bounds), "weight": a.weight, "feedback": visible(a.feedback, media)} for a in answers]


def visible(text: Text | None, media: Media = str) -> str | None:
    """A text as XHTML that is the same wherever HTML shows the same; None where there is nothing to see."""
    if text is None or richtext.is_empty(text):
        return None
    written = _tidy(richtext.serialize(richtext.blocks(text)))
    if "<img" in written or "<audio" in written:
        written = _MEDIUM.sub(lambda found: _NO_ALT.sub("", _named(found[0], media)), written)
    return written or None


def _named(element: str, media: Media) -> str:
    return _SOURCE.sub(lambda source: f' src="asset:{media(source[1])}"', element)


@lru_cache(maxsize=1024)
def _tidy(html: str) -> str:
    if "<tex" in html:
        html = _NO_FORMULA.sub("", html)
    parts = _PRE.split(html) if "<pre>" in html else [html]
    tidied = (part if part.startswith("<pre>") else _EDGE.sub(r"\1", _SPACE.sub(" ", part)) for part in parts)
    return _NOTHING.sub("", _LAST_BREAK.sub("", "".join(tidied))).strip()


def _compared(before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            yield from _compared(before.get(name), after.get(name), f"{pointer}/{_escaped(name)}")
    elif isinstance(before, list) and isinstance(after, list) and pointer.endswith(_LISTS):
        for i in range(max(len(before), len(after))):
            one = before[i] if i < len(before) else None
            other = after[i] if i < len(after) else None
            if i >= min(len(before), len(after)):
                yield Difference(f"{pointer}/{i}", one, other)
            else:
                yield from _compared(one, other, f"{pointer}/{i}")
    elif before != after:
        yield Difference(pointer, before, after)


_LISTS = ("/choices", "/blanks", "/prompts", "/items", "/rubric", "/questions", "/hints", "/answer")
"""Lists whose entries have a place of their own; others are compared as one value."""


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
