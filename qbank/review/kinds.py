"""A question as another kind, with as much of its answer as that kind can say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from qbank import richtext
from qbank.model import (
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Html,
    Information,
    Item,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
    kind_of,
)
from qbank.review.fields import FieldError, checked, numeric_text, parsed_number
from qbank.review.shared import SHARED, Notes, options_in, settings_lost

TARGETS: tuple[Kind, ...] = (
    "single_choice",
    "multiple_choice",
    "true_false",
    "short_answer",
    "numeric",
    "cloze",
    "ordering",
    "essay",
    "information",
)
"""The kinds a question can be turned into; a matching or a group is more than one question's text can make."""

_GAP = re.compile(r"_{2,}|[(（][ \u3000]{1,}[)）]|\[[ \u3000]+\]")
_TRUE = re.compile(r"(?:对|正确|是|√|✓|T|true|yes)\Z", re.I)
_FALSE = re.compile(r"(?:错|错误|否|×|✗|F|false|no)\Z", re.I)


@dataclass(slots=True)
class _Kept:
    """What a question knows beyond its stem, in no kind's words; whatever is not taken out again is lost."""

    choices: list[Choice] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    truth: bool | None = None
    lost: list[str] = field(default_factory=list)


def as_kind(question: Question, kind: Kind) -> tuple[Question, Notes]:
    """The question as another kind, with as much of its answer as that kind can say.

    Raises `FieldError` for a kind that cannot be made of it.
    """
    if kind == kind_of(question):
        return question, ()
    if kind not in TARGETS or isinstance(question, Group):
        raise FieldError(f"a {kind_of(question)} question cannot be made a {kind} one here; edit the bank file")
    kept = _taken_apart(question)
    common: dict[str, Any] = {name: getattr(question, name) for name in SHARED}
    if isinstance(question, Cloze) and kind != "cloze":
        common["stem"] = _without_gaps(question.stem)
    made = _made(kind, common, kept, question)
    if kept.truth is not None:
        kept.lost.append(f"that the statement is {'true' if kept.truth else 'false'}")
    if kept.choices:
        kept.lost.append(
            f"{len(kept.choices)} choices ({'; '.join(richtext.plain(c.text)[:20] for c in kept.choices[:4])})"
        )
    if kept.words:
        kept.lost.append(f"the answer {' / '.join(kept.words)[:60]}")
    return checked(made), tuple(f"left out: {what}" for what in (*kept.lost, *settings_lost(question, made)))


def _made(kind: Kind, common: dict[str, Any], kept: _Kept, old: Question) -> Question:
    match kind:
        case "single_choice" | "multiple_choice":
            choices = _choices(common, kept)
            right = [i for i in kept.right if i in {c.id for c in choices}]
            kept.right = []
            shuffle = getattr(old, "shuffle", False) if isinstance(old, SingleChoice | MultipleChoice) else False
            if kind == "multiple_choice":
                return MultipleChoice(choices=choices, answer=tuple(right) or None, shuffle=shuffle, **common)
            if len(right) > 1:
                kept.lost.append(f"the key {', '.join(right)}: a single choice has one right choice")
            return SingleChoice(
                choices=choices, answer=right[0] if len(right) == 1 else None, shuffle=shuffle, **common
            )
        case "true_false":
            truth, kept.truth = kept.truth, None
            if truth is None:
                truth = _truth(kept)
            return TrueFalse(answer=truth, **common)
        case "short_answer":
            words, kept.words = kept.words or _right_words(kept), []
            return ShortAnswer(answer=tuple(Accepted(text=w) for w in words) or None, **common)
        case "numeric":
            numbers = []
            for word in list(kept.words):
                try:
                    numbers.append(parsed_number(word))
                    kept.words.remove(word)
                except FieldError:
                    continue  # it stays among the words, which are then named as left out
            return Numeric(answer=tuple(numbers) or None, **common)
        case "cloze":
            common["stem"], count = _with_gaps(common["stem"])
            words, kept.words = kept.words or _right_words(kept), []
            given = words if len(words) == count else ["; ".join(words)] + [""] * (count - 1) if words else [""] * count
            blanks = tuple(
                TextBlank(id=f"b{i + 1}", answer=(Accepted(text=w),) if w else None) for i, w in enumerate(given)
            )
            return Cloze(blanks=blanks, **common)
        case "ordering":
            choices = _choices(common, kept)
            return Ordering(items=tuple(Item(id=c.id, text=c.text) for c in choices), **common)
        case "essay":
            words, kept.words = kept.words or _right_words(kept), []
            return Essay(answer="\n".join(words) or None, **common)
        case _:
            return Information(**common)


def _taken_apart(question: Question) -> _Kept:
    kept = _Kept()
    match question:
        case SingleChoice() | MultipleChoice():
            kept.choices = list(question.choices)
            answer = question.answer
            kept.right = [answer] if isinstance(answer, str) else list(answer or ())
        case TrueFalse():
            kept.truth = question.answer
        case ShortAnswer():
            kept.words = [a.text for a in question.answer or ()]
            kept.lost += [f"the feedback on {a.text[:20]}" for a in question.answer or () if a.feedback is not None]
        case Numeric():
            kept.words = [numeric_text(a) for a in question.answer or ()]
            kept.lost += [f"the feedback on {numeric_text(n)}" for n in question.answer or () if n.feedback is not None]
        case Cloze():
            for blank in question.blanks:
                match blank:
                    case ChoiceBlank():
                        named = {c.id: richtext.plain(c.text) for c in blank.choices}
                        kept.words.append(named.get(blank.answer or "", ""))
                        kept.lost.append(f"the choices of the gap {blank.id}")
                    case TextBlank():
                        kept.words.append(" / ".join(a.text for a in blank.answer or ()))
                    case NumericBlank():
                        kept.words.append(" / ".join(numeric_text(n) for n in blank.answer or ()))
            kept.words = [w for w in kept.words if w]
        case Matching():
            kept.choices = list(question.choices)
            kept.lost.append(f"{len(question.prompts)} prompts and their partners")
        case Ordering():
            kept.choices = [Choice(id=i.id, text=i.text) for i in question.items]
            if question.answer is not None:
                kept.lost.append(f"the order {', '.join(question.answer)}")
        case Essay():
            if question.answer is not None:
                kept.words = [richtext.plain(question.answer)]
        case Group() | Information():
            pass
    return kept


def _choices(common: dict[str, Any], kept: _Kept) -> tuple[Choice, ...]:
    """The choices there are, or those written out in the stem, or two empty ones to fill in."""
    if kept.choices:
        choices, kept.choices = tuple(kept.choices), []
        return choices
    if isinstance(common["stem"], str):
        found = options_in(common["stem"])
        if found.texts:
            common["stem"] = found.before
            choices = tuple(Choice(id=chr(97 + i), text=t) for i, t in enumerate(found.texts))
            letters = "".join(kept.words).upper().replace(" ", "")
            if letters and all(c in "ABCDEFGH"[: len(choices)] for c in letters):
                kept.right, kept.words = [c.lower() for c in letters], []
            return choices
    return (Choice(id="a", text=""), Choice(id="b", text=""))


def _right_words(kept: _Kept) -> list[str]:
    """What the right choices say; those that are wrong stay to be named as left out."""
    chosen = [c for c in kept.choices if c.id in kept.right]
    kept.choices = [c for c in kept.choices if c.id not in kept.right]
    return [richtext.plain(c.text) for c in chosen if richtext.plain(c.text).strip()]


def _truth(kept: _Kept) -> bool | None:
    said = kept.words or [richtext.plain(c.text) for c in kept.choices if c.id in kept.right]
    if len(said) != 1:
        return None
    for pattern, value in ((_TRUE, True), (_FALSE, False)):
        if pattern.match(said[0].strip()):
            kept.words = []
            if all(
                _TRUE.match(richtext.plain(c.text).strip()) or _FALSE.match(richtext.plain(c.text).strip())
                for c in kept.choices
            ):
                kept.choices = []
            return value
    return None


def _without_gaps(stem: Text) -> Text:
    """The stem with each gap as the ____ of a paper."""
    markup = richtext.html_of(richtext.blocks(stem), lambda e: "____" if e.tag == "blank" else None)
    return richtext.canonical(Html(html=markup))


def _with_gaps(stem: Text) -> tuple[Text, int]:
    """The stem with a gap for each ____ or （ ）, or one at its end; and how many."""
    markup = richtext.serialize(richtext.blocks(stem)) or "<p></p>"
    count = 0

    def gap(_match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f'<blank id="b{count}"/>'

    pieces = re.split(r"(<[^<>]*>)", markup)
    made = "".join(p if p.startswith("<") else _GAP.sub(gap, p) for p in pieces)
    if not count:
        count, last = 1, made.rfind("</p>")
        made = f'{made[:last]} <blank id="b1"/></p>' if last >= 0 else f'{made}<p><blank id="b1"/></p>'
        if last >= 0 and made[last + len(' <blank id="b1"/></p>') :] == "":
            made += markup[markup.rfind("</p>") + 4 :]
    return richtext.canonical(Html(html=made)), count
