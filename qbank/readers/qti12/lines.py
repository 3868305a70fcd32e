"""Items that are answered in a field: a word, a number, an essay."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from qbank.formats.qti12 import OWN
from qbank.model import ONE, ZERO, Accepted, Criterion, Essay, Numeric, NumericAnswer, Question, ShortAnswer
from qbank.readers.qti12.entry import PRAISE, Entry, Response
from qbank.readers.qti12.loading import words
from qbank.readers.qti12.scoring import number, simple
from qbank.richtext import is_empty

_ESSAY = frozenset(
    {"essay_question", "cc.essay.v0p1", "essay", "short answers/essay", "short answer/essay", "short response", "text"}
)
_LOWER = ("vargte", "vargt")
_UPPER = ("varlte", "varlt")
_NEVER = "\0no such answer\0"
_MOST_LINES = 200
_MOST_WORDS = 10**6


def field(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    """The question that is answered in one field."""
    numbers = numeric_answers(entry, response) if response.is_number or entry.type == "numerical_question" else None
    if numbers is not None and (numbers or entry.type == "numerical_question"):
        return _numeric(entry, response, common, numbers)
    texts, case_sensitive, wildcard = accepted(entry, response)
    if entry.type in _ESSAY or (not texts and entry.type not in ("short_answer_question", "cc.fib.v0p1")):
        return _essay(entry, response, common)
    if not texts:
        entry.note("R011", "the file does not say what is right", response.element)
    right = next((answer.text for answer in texts if answer.weight == ONE), None)
    if wildcard:
        right = None if right is None else right.replace("*", "")
    best = _best(entry, response, right)
    entry.remarks.by_outcome(None if right is None else {response.ident: [right]}, {response.ident: [_NEVER]})
    common |= {"points": entry.worth(best), "feedback": entry.remarks.whole()}
    return ShortAnswer(**common, answer=tuple(texts) or None, case_sensitive=case_sensitive, wildcard=wildcard)


def _best(entry: Entry, response: Response, right: str | None) -> Fraction:
    score = ZERO if right is None else entry.processing.outcome({response.ident: [right]}).score
    return score if score > 0 else entry.processing.best()


def accepted(entry: Entry, response: Response) -> tuple[list[Accepted], bool, bool]:
    """The texts that earn something here, whether case matters, and whether they have wildcards."""
    found: dict[str, tuple[Any, Fraction]] = {}
    for test in _tests(entry, response, "varequal", "varsubstring"):
        text = words(test)
        score = _alone(entry, response, text)
        if text and score >= 0 and text not in found:
            found[text] = (test, score)
    best = max((score for _, score in found.values()), default=ZERO)
    if best <= 0:
        return [], False, False
    wildcard = any(test.tag == "varsubstring" for test, _ in found.values())
    if wildcard and any(test.tag == "varequal" and "*" in text for text, (test, _) in found.items()):
        entry.note("R043", "a * of an accepted answer stands for any characters now", response.element)
    senses = {(test.get("case") or "No").lower() == "yes" for test, _ in found.values()}
    if len(senses) > 1:
        entry.note(
            "R043", "the file minds upper and lower case in some answers only; it was taken not to", response.element
        )
    wrong = frozenset(entry.processing.outcome({response.ident: [_NEVER]}).said)
    entry.processing.literal = True
    told = {text: entry.remarks.named(entry.processing.outcome({response.ident: [text]}).said) for text in found}
    entry.processing.literal = False
    every = frozenset.intersection(*(frozenset(said) for said in told.values())) if len(told) > 1 else frozenset()
    result = []
    for text, (test, score) in found.items():
        own = [name for name in told[text] if name not in wrong and name not in every and not _is_praise(name, told)]
        shown = f"*{text}*" if test.tag == "varsubstring" else text
        result.append(Accepted(text=shown, weight=simple(min(ONE, score / best)), feedback=entry.remarks.text(own)))
    return result, senses == {True}, wildcard


def _is_praise(name: str, told: dict[str, list[str]]) -> bool:
    """Whether what is said of the only answer is said of right answers as such."""
    return len(told) == 1 and bool(PRAISE.search(name))


def _alone(entry: Entry, response: Response, text: str) -> Fraction:
    """What one response earns, the others being right: so that a rule about several of them counts for each."""
    score = entry.processing.outcome({response.ident: [text]}).score
    if score > 0:
        return score
    others = [other for other in entry.responses if other.ident != response.ident]
    if not others:
        return score
    given = {other.ident: [first] for other in others if (first := _first(entry, other)) is not None}
    return entry.processing.outcome({**given, response.ident: [text]}).score - entry.processing.outcome(given).score


def _first(entry: Entry, response: Response) -> str | None:
    return next((words(test) for test in _tests(entry, response, "varequal", "varsubstring")), None)


def _tests(entry: Entry, response: Response, *tags: str) -> Iterator[Any]:
    """The tests of the response that are not denied, in rules that give points, be it none."""
    for rule in entry.processing.rules:
        if rule.find("setvar") is None or entry.processing.given_by(rule) < 0:
            continue
        for test in rule.iter(*tags):
            denied = sum(1 for around in test.iterancestors() if around.tag == "not") % 2
            if test.get("respident") == response.ident and not denied:
                yield test


def numeric_answers(entry: Entry, response: Response) -> list[NumericAnswer] | None:
    """The numbers that earn something here; None where what is accepted is no number."""
    found: dict[tuple[Fraction, Fraction], tuple[NumericAnswer, Fraction, list[str]]] = {}
    for rule in entry.processing.rules:
        if rule.find("setvar") is None or entry.processing.given_by(rule) < 0:
            continue
        values: list[Fraction] = []
        margins: dict[Fraction, Fraction] = {}
        lows: list[Fraction] = []
        highs: list[Fraction] = []
        for test in rule.iter("varequal", *_LOWER, *_UPPER):
            denied = sum(1 for around in test.iterancestors() if around.tag == "not") % 2
            if test.get("respident") != response.ident or denied:
                continue
            value = number(words(test))
            if value is None:
                return None
            margin = number(test.get("margin") or "")
            if margin is not None and margin > 0:
                # New Quizzes writes the margin beside the number, too
                margins[value] = abs(value) * margin / 100 if test.get("margintype") == "percent" else margin
            exclusive = test.tag in ("vargt", "varlt") and response.fibtype == "integer"
            if test.tag == "varequal":
                values.append(value)
            elif test.tag in _LOWER:
                lows.append(value + 1 if exclusive else value)
            else:
                highs.append(value - 1 if exclusive else value)
        if margins and not lows and not highs:
            lows, highs = ([v + sign * margins.get(v, ZERO) for v in values] for sign in (-1, 1))
        for answer in _ranges(entry, response, values, lows, highs):
            low, high = answer.bounds
            earned = entry.processing.given_by(rule)
            said = entry.remarks.named([shown.get("linkrefid") or "" for shown in rule.iterfind("displayfeedback")])
            found.setdefault((low, high), (answer, earned, said))
    best = max((score for _, score, _ in found.values()), default=ZERO)
    wrong = frozenset(entry.processing.outcome({response.ident: [_NEVER]}).said)
    every = (
        frozenset.intersection(*(frozenset(said) for _, _, said in found.values())) if len(found) > 1 else frozenset()
    )
    result = []
    told = {str(bounds): said for bounds, (_, _, said) in found.items()}
    for answer, score, said in found.values():
        own = [name for name in said if name not in wrong and name not in every and not _is_praise(name, told)]
        weight = simple(min(ONE, score / best)) if best > 0 else ONE
        result.append(_again(answer, weight, entry.remarks.text(own)))
    return result


def _again(answer: NumericAnswer, weight: Fraction, feedback: Any) -> NumericAnswer:
    if answer.value is not None:
        return NumericAnswer(value=answer.value, tolerance=answer.tolerance, weight=weight, feedback=feedback)
    return NumericAnswer(min=answer.min, max=answer.max, weight=weight, feedback=feedback)


def _ranges(
    entry: Entry, response: Response, values: list[Fraction], lows: list[Fraction], highs: list[Fraction]
) -> Iterator[NumericAnswer]:
    """What the tests of a rule accept, taken together."""
    if lows and highs:
        for low, high in zip(lows, highs, strict=False):
            value = next((v for v in values if low <= v <= high), None)
            if low > high:
                entry.note("R043", "a range of numbers that ends before it begins was left out", response.element)
            elif value is not None and abs((value - low) - (high - value)) <= (high - low) / 10**9:
                yield NumericAnswer(value=value, tolerance=value - low)
            elif value is None and low == high:
                yield NumericAnswer(value=low)
            else:
                yield NumericAnswer(min=low, max=high)
        return
    if lows or highs:
        entry.note(
            "R043", "a range of numbers without an end cannot be said in the bank; it was left out", response.element
        )
    for value in values:
        yield NumericAnswer(value=value)


def exactly(value: Fraction) -> str:
    """A number exactly enough to be compared."""
    from decimal import Context, Decimal

    return format(Context(prec=40).divide(Decimal(value.numerator), Decimal(value.denominator)), "f")


def _numeric(entry: Entry, response: Response, common: dict[str, Any], answers: list[NumericAnswer]) -> Question:
    if not answers:
        entry.note("R011", "the file does not say what is right", response.element)
    first = next((a for a in answers if a.weight == ONE), None)
    right = None
    if first is not None:
        low, high = first.bounds
        right = exactly(first.value if first.value is not None else (low + high) / 2)
    entry.remarks.by_outcome(None if right is None else {response.ident: [right]}, {response.ident: [_NEVER]})
    common |= {"points": entry.worth(_best(entry, response, right)), "feedback": entry.remarks.whole()}
    return Numeric(**common, answer=tuple(answers) or None)


def _essay(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    notes = entry.first("grading_notes")
    answer = entry.remarks.solution
    if answer is None and notes:
        answer = entry.prose.text(notes)
    entry.remarks.solution = None
    written = {response.ident: [_NEVER]}
    entry.remarks.by_outcome(written, written)
    feedback = entry.remarks.whole()
    common |= {"points": entry.worth(entry.processing.best()), "feedback": feedback}
    rendered = response.element.find("render_fib")
    rows = (rendered.get("rows") or "") if rendered is not None else ""
    lines = int(rows) if rows.isascii() and rows.isdigit() and len(rows) < 4 else 0
    settings: dict[str, Any] = {"lines": lines if 0 < lines <= _MOST_LINES else None}
    element = response.element
    if (element.get("rce") or "").lower() == "no":
        settings["response"] = "plain"
    if (element.get("word_limit_enabled") or "").lower() == "yes":
        for name, attribute in (("min_words", "word_limit_min"), ("max_words", "word_limit_max")):
            limit = number(element.get(attribute) or "")
            if limit is not None and limit.denominator == 1 and 0 < limit <= _MOST_WORDS:
                settings[name] = int(limit)
    for name, kind in (
        ("style", str),
        ("response", str),
        ("min_words", int),
        ("max_words", int),
        ("lines", int),
        ("attachments", int),
    ):
        value = entry.first(f"{OWN}{name}")
        if value and (kind is str or (value.isascii() and value.isdigit() and len(value) < 8)):
            settings[name] = kind(value)
    if settings.get("style") not in ("term", "short", "long"):
        settings.pop("style", None)
    if settings.get("response") not in ("rich", "plain", "monospaced"):
        settings.pop("response", None)
    return Essay(
        **common, answer=None if answer is None or is_empty(answer) else answer, rubric=_rubric(entry), **settings
    )


def _rubric(entry: Entry) -> tuple[Criterion, ...]:
    points = entry.fields.get(f"{OWN}rubric_points", [])
    found: list[Criterion] = []
    for element in entry.element.iterfind("rubric"):
        text = entry.prose.of([element])
        if not is_empty(text):
            place = len(found)
            worth = number(points[place]) if place < len(points) else None
            found.append(Criterion(text=text, points=None if worth is None else simple(worth)))
    return tuple(found)
