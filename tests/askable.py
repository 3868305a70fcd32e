"""Banks of one question that no rule of the linter refuses, as people write them: for round trips through packages.

A random question nearly always answers with a choice that it does not have, so
an exporter would leave it out. Here ids become unique, answers name what is
there, numbers have few digits, and every picture has an asset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import msgspec
import strategies
from hypothesis import strategies as st

from qbank import bankfile, richtext
from qbank.diagnostics import Report
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Asset,
    Bank,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Header,
    Html,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TextBlank,
    TrueFalse,
    texts,
)

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="
_TEX_EDGE = re.compile(r"(<tex(?: [^>]*)?>)\s+|\s+(</tex>)")
replace = msgspec.structs.replace


def banks(kind: Kind | None = None) -> st.SearchStrategy[Bank]:
    """Banks of one question, of a kind or of any."""
    return strategies.questions(kind).map(bank_of)


def bank_of(question: Question) -> Bank:
    """The bank of a question put right, with an asset for each picture it shows."""
    sound = askable(question)
    names = sorted({name for _, text in texts(sound) for name in richtext.asset_names(text)})
    assets = {name: Asset(base64=PIXEL, media_type="image/png") for name in names}
    return Bank(header=Header(qbank=1, assets=assets), questions=(sound,))


def askable(question: Question) -> Question:
    """The question with what is wrong in it put right; a formula has no blanks around it."""
    written = _trimmed(bankfile.question_object(_put_right(question)))
    found = bankfile.open_bytes(msgspec.json.encode({"qbank": 1, "questions": [written]}), "bank.json", Report())
    return next(iter(found.questions()))


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _trimmed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_trimmed(part) for part in value]
    return _TEX_EDGE.sub(lambda found: found[1] or found[2], value) if isinstance(value, str) else value


def _put_right(question: Question) -> Any:
    if isinstance(question, Group):
        subs = tuple(replace(_sub(sub), id=f"sub{i}") for i, sub in enumerate(question.questions))
        return replace(_common(question), id=question.id.replace(".", "-"), questions=subs)
    return _sub(question)


def _common(question: Any) -> Any:
    changes = {
        "title": _line(question.title or "") or None,
        "stem": _filled(question.stem, "Stem"),
        "points": _sane(_between(abs(question.points), Fraction(1, 4), Fraction(99999))),
        "penalty": _sane(_between(question.penalty or ZERO, ZERO, ONE)) or None,
        "hints": tuple(_filled(hint, "Hint") for hint in question.hints[:2]),
        "tags": tuple(dict.fromkeys(_line(tag) or "tag" for tag in question.tags)),
        "category": tuple(_line(part) or "part" for part in question.category),
    }
    return replace(question, **changes, extensions={}, ignore=(), status="ready")


def _sub(question: SubQuestion) -> Any:
    made = _common(question)
    match made:
        case SingleChoice():
            choices = _choices(made.choices, weighted=made.scoring == "weighted")
            answer = choices[len(made.answer or made.id) % len(choices)].id
            if made.scoring == "weighted":
                choices = tuple(replace(c, weight=ONE) if c.id == answer else c for c in choices)
            return replace(made, choices=choices, answer=answer)
        case MultipleChoice():
            return _multiple(made)
        case TrueFalse():
            return replace(made, answer=made.answer if made.answer is not None else len(made.id) % 2 == 0)
        case ShortAnswer():
            return replace(made, answer=_accepted(made.answer, wildcard=made.wildcard))
        case Numeric():
            units = tuple(
                replace(
                    u,
                    name=u.name.strip() or "m",
                    factor=_sane(_between(abs(u.factor), Fraction(1, 100), Fraction(10**6))),
                )
                for u in made.units
            )
            required = made.unit_required and bool(units)
            return replace(made, answer=_numbers(made.answer), units=units, unit_required=required)
        case Cloze():
            return _cloze(made)
        case Matching():
            return _matching(made)
        case Ordering():
            items = tuple(replace(x, id=f"i{i}", text=_filled(x.text, f"Item {i}")) for i, x in enumerate(made.items))
            return replace(made, items=items, answer=tuple(item.id for item in items[::-1]))
        case Essay():
            most = None if made.max_words is None else max(made.max_words, made.min_words or 0)
            rubric = tuple(
                replace(c, text=_filled(c.text, "Line"), points=None if c.points is None else _sane(abs(c.points)))
                for c in made.rubric
            )
            return replace(made, max_words=most, rubric=rubric)
        case _:
            return made


def _multiple(made: MultipleChoice) -> MultipleChoice:
    choices = _choices(made.choices, weighted=made.scoring == "weighted")
    count = 1 + len(made.answer or made.id) % len(choices)
    key = tuple(choice.id for choice in choices[:count])
    if made.scoring == "weighted":
        share = Fraction(1, count)
        choices = tuple(replace(c, weight=share if c.id in key else -abs(c.weight or ZERO)) for c in choices)
    return replace(made, choices=choices, answer=key)


def _cloze(made: Cloze) -> Cloze:
    blanks = tuple(_blank(blank, i) for i, blank in enumerate(made.blanks))
    gaps = "".join(f'<p>Gap <blank id="{blank.id}"/>.</p>' for blank in blanks)
    shown = richtext.serialize(tuple(b for b in richtext.blocks(made.stem) if not _has_gap(b)))
    return replace(made, blanks=blanks, stem=Html(html=shown + gaps))


def _has_gap(block: richtext.Element) -> bool:
    return any(element.tag == "blank" for element in richtext.walk((block,)))


def _blank(blank: Any, i: int) -> Any:
    match blank:
        case TextBlank():
            return replace(blank, id=f"b{i}", answer=_accepted(blank.answer, wildcard=blank.wildcard))
        case NumericBlank():
            return replace(blank, id=f"b{i}", answer=_numbers(blank.answer))
        case ChoiceBlank():
            choices = _choices(blank.choices, weighted=False)
            return replace(blank, id=f"b{i}", choices=choices, answer=choices[0].id)
    return blank


def _matching(made: Matching) -> Matching:
    prompts = tuple(replace(p, id=f"p{i}", text=_filled(p.text, f"Prompt {i}")) for i, p in enumerate(made.prompts))
    choices = _choices(made.choices, weighted=False)
    key = {p.id: choices[i % len(choices)].id for i, p in enumerate(prompts)}
    return replace(made, prompts=prompts, choices=choices, answer=key)


def _choices(choices: Iterable[Choice], *, weighted: bool) -> tuple[Choice, ...]:
    """Choices that differ, with the weights they may have."""
    found: list[Choice] = []
    for i, choice in enumerate(choices):
        text = choice.text
        if richtext.is_empty(text) or any(richtext.plain(text) == richtext.plain(other.text) for other in found):
            text = f"Choice {i}"
        weight = _sane(_between(choice.weight or ZERO, -ONE, ONE)) if weighted else None
        found.append(replace(choice, id=f"c{i}", text=text, weight=weight))
    return tuple(found)


def _accepted(answers: Iterable[Accepted] | None, *, wildcard: bool) -> tuple[Accepted, ...]:
    found: dict[str, Accepted] = {}
    for i, answer in enumerate(answers or ()):
        text = _line(answer.text) or f"word{i}"
        if wildcard and not text.replace("*", "").strip():
            text = f"word{i}*"
        weight = ONE if not found else _sane(_between(abs(answer.weight), ZERO, ONE))
        found.setdefault(text.casefold(), replace(answer, text=text, weight=weight))
    return tuple(found.values()) or (Accepted(text="word"),)


def _numbers(answers: Iterable[NumericAnswer] | None) -> tuple[NumericAnswer, ...]:
    """Ranges that lie apart, so that each of them counts."""
    found = []
    for i, answer in enumerate(answers or (NumericAnswer(value=ONE),)):
        start = Fraction(1000 * i)
        weight = ONE if i == 0 else _sane(_between(abs(answer.weight), ZERO, ONE))
        if answer.value is not None:
            tolerance = _sane(min(abs(answer.tolerance), Fraction(100)))
            made = replace(answer, value=start + _sane(answer.value % 100), tolerance=tolerance, weight=weight)
        else:
            low = start + _sane((answer.min or ZERO) % 100)
            made = replace(answer, min=low, max=low + _sane((answer.max or ZERO) % 100), weight=weight)
        found.append(made)
    return tuple(found)


def _filled(text: Text, instead: str) -> Text:
    if isinstance(text, Html):
        text = Html(html=richtext.serialize(richtext.blocks(text)))
    return instead if richtext.is_empty(text) else text


def _line(text: str) -> str:
    return " ".join(text.split())


def _sane(value: Fraction) -> Fraction:
    """A number as people write them; targets round others to some places."""
    return value.limit_denominator(100)


def _between(value: Fraction, low: Fraction, high: Fraction) -> Fraction:
    return max(low, min(high, value))
