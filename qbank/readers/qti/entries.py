"""What is typed in: accepted texts, numbers with their ranges, and texts that a person marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from qbank.formats import qti
from qbank.model import ONE, ZERO, Accepted, NumericAnswer
from qbank.readers.qti.declarations import Response, Value, number
from qbank.readers.qti.item import off_by, tidy
from qbank.readers.qti.marking import A_TRIFLE, Trial
from qbank.readers.qti.operators import Unread, rounded, tolerances

_MOST_TEXTS = 200
_MOST_EDGES = 400
_NOBODY_WRITES = "\u2060qbank"
"""A text that no key accepts."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The accepted texts of a response."""

    accepted: tuple[Accepted, ...]
    tried: tuple[str, ...]
    """For each a response that is it."""
    best: Fraction | None
    case_sensitive: bool = False
    wildcard: bool = False
    exact: bool = True
    note: str = ""
    """What was put right, in words."""


def accepted_texts(trial: Trial) -> Texts:
    """The texts that a response accepts: those that the item names and that earn something when tried."""
    response, rules = trial.response, trial.marker.machine.rules
    plain, patterns, strange = _constants(trial, rules)
    named = [entry.written for entry in response.mapping]
    found = dict.fromkeys(t.strip() for t in (*response.correct, *named, *plain) if t.strip())
    ordered = [t for t in (*plain, *patterns) if t in patterns or t in found] if patterns else []
    texts = list(dict.fromkeys((*ordered, *found)))[:_MOST_TEXTS]
    samples: dict[str, str] = {}
    for text in texts:
        samples[text] = _sample(text, list(samples), patterns) if text in patterns else text
    if patterns:
        # a correct response that only shows what a pattern accepts is no answer of its own
        texts = [t for t in texts if t in patterns or t in plain or not any(qti.fits(t, p, False) for p in patterns)]
    earned = {text: trial.earned(samples[text]) for text in texts}
    best = max((score for score in earned.values() if score is not None), default=None)
    keys = [t.strip() for t in response.correct if t.strip()]
    if best is None or best <= 0:
        exact = not trial.marker.is_marked or (best is None and not trial.marker.trouble)
        named = [entry.written for entry in response.mapping if entry.value > 0]
        chosen = tuple(Accepted(text=t) for t in dict.fromkeys(keys or named))
        return Texts(chosen, tuple(a.text for a in chosen), best, exact=exact)
    sensitive, note = _sensitive(trial, texts, samples)
    is_part = _takes_parts(rules) and trial.earned(f"zq {samples[texts[0]]} zq") == earned[texts[0]]
    kept: dict[str, Accepted] = {}
    tried: list[str] = []
    exact = not strange
    for text in texts:
        score = _told(response, text) if note else earned[text]
        weight = (score or ZERO) / best
        same = text if sensitive else text.casefold()
        if same in kept or (weight == 0 and text not in named and text not in plain and text not in patterns):
            continue
        exact = exact and abs(weight) <= 1
        shown = f"*{text}*" if is_part and text not in patterns else text
        kept[same] = Accepted(text=shown, weight=tidy(max(-ONE, min(ONE, weight)), off_by(best)))
        tried.append(samples[text])
    wild = is_part or any(text in patterns for text in texts)
    if any(score == best for score in (trial.earned(_NOBODY_WRITES),)):
        exact = False
    return Texts(tuple(kept.values()), tuple(tried), best, sensitive, wild, exact, note)


def _told(response: Response, text: str) -> Fraction | None:
    return next((entry.value for entry in response.mapping if entry.written == text), None)


def _constants(trial: Trial, rules: Any | None) -> tuple[list[str], list[str], bool]:
    """Texts and patterns with `*` that the rules compare the response with, and whether there are other patterns."""
    plain: list[str] = []
    patterns: list[str] = []
    strange = False
    if rules is None:
        return plain, patterns, strange
    name = trial.response.identifier
    for element in rules.iter("stringMatch", "match", "equal", "substring", "patternMatch", "member"):
        if not any(v.get("identifier") == name for v in element.iter("variable")):
            continue
        if element.tag == "patternMatch":
            found = qti.read_pattern(element.get("pattern") or "")
            if found is None:
                strange = True
            elif "*" in found[0]:
                patterns.append(found[0])
            else:
                plain.append(found[0])
            continue
        plain += ["".join(b.itertext()).strip() for b in element.iter("baseValue") if b.get("baseType") == "string"]
    return [t for t in plain if t], patterns, strange


def _sample(pattern: str, before: Sequence[str], patterns: Sequence[str]) -> str:
    """A text that a pattern accepts, and no accepted one before it if possible."""
    for text in (pattern.replace("*", ""), pattern.replace("*", "x"), pattern.replace("*", "\u03b1")):
        if text and not any(qti.fits(text, other, False) for other in before if other in patterns):
            return text
    return pattern.replace("*", "x")


def _sensitive(trial: Trial, texts: Sequence[str], samples: dict[str, str]) -> tuple[bool, str]:
    """Whether case matters, and what was put right: spellings that differ in case only are there because it does."""
    entries = trial.response.mapping
    by_fold: dict[str, set[Fraction]] = {}
    for entry in entries:
        by_fold.setdefault(entry.written.casefold(), set()).add(entry.value)
    if any(len(values) > 1 for values in by_fold.values()) and not any(entry.told for entry in entries):
        return True, "two of its answers differ in case only, so case matters, though nothing says so"
    has_case = False
    for text in texts:
        sample = samples[text]
        other = sample.swapcase()
        if other == sample or other.swapcase() != sample:
            continue
        has_case = True
        if sum(t.casefold() == text.casefold() for t in texts) > 1 and other in texts:
            continue
        if trial.earned(other) != trial.earned(sample):
            return True, ""
    # of texts without capital or small letters only the file itself can say it
    return not has_case and _says_sensitive(trial), ""


def _says_sensitive(trial: Trial) -> bool:
    if trial.response.mapping:
        return trial.response.mapping[0].case_sensitive
    rules, name = trial.marker.machine.rules, trial.response.identifier
    matches = rules.iter("stringMatch") if rules is not None else ()
    return any(
        e.get("caseSensitive") in ("true", "1")
        for e in matches
        if any(v.get("identifier") == name for v in e.iter("variable"))
    )


def _takes_parts(rules: Any | None) -> bool:
    if rules is None:
        return False
    if next(rules.iter("substring"), None) is not None:
        return True
    return any(e.get("substring") in ("true", "1") for e in rules.iter("stringMatch"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The accepted numbers of a response."""

    answers: tuple[NumericAnswer, ...]
    tried: tuple[Fraction, ...]
    """For each a number that only it accepts."""
    best: Fraction | None
    exact: bool = True


def accepted_numbers(trial: Trial) -> Numbers:
    """The numbers and ranges that a response accepts, found by trying numbers around all that the item names."""
    response, rules = trial.response, trial.marker.machine.rules
    keys = [n for n in (number(text) for text in response.correct) if n is not None]
    edges = _edges(trial, keys, rules)
    points: list[Fraction] = []
    for one, other in pairwise(edges):
        points += [one, (one + other) / 2]
    if edges:
        points = [edges[0] - 1 - abs(edges[0]), *points, edges[-1], edges[-1] + 1 + abs(edges[-1])]
    earned = {point: trial.earned(_as(response, point)) for point in points}
    best = max((score for score in earned.values() if score is not None), default=None)
    if best is None or best <= 0:
        exact = not trial.marker.is_marked or (best is None and not trial.marker.trouble)
        named = [n for n in (number(e.written) for e in response.mapping if e.value > 0) if n is not None]
        answers = tuple(NumericAnswer(value=tidy(key)) for key in dict.fromkeys(keys or named))
        return Numbers(answers, tuple(keys or named), best, exact)
    shares = {p: tidy(max(-ONE, min(ONE, (s or ZERO) / best)), off_by(best)) for p, s in earned.items()}
    written = _written(trial, rules, keys, shares)
    if written is not None:
        return Numbers(*written, best)
    answers, tried, exact = _levels(points, shares, keys)
    if not answers:
        answers = tuple(NumericAnswer(value=tidy(key)) for key in keys)
        return Numbers(answers, tuple(keys), best, exact=False)
    return Numbers(answers, tried, best, exact)


def _as(response: Response, point: Fraction) -> Value:
    return qti.number(point) if response.base_type == "string" else point


def _edges(trial: Trial, keys: Sequence[Fraction], rules: Any | None) -> list[Fraction]:
    """All numbers at which the score may change."""
    found = dict.fromkeys(keys)
    mapped = (number(entry.written) for entry in trial.response.mapping)
    found.update((value, None) for value in mapped if value is not None)
    if rules is not None:
        constants = (
            number("".join(b.itertext())) for b in rules.iter("baseValue") if b.get("baseType") != "identifier"
        )
        found.update((value, None) for value in constants if value is not None)
        base = list(found)
        for element in rules.iter("equal", "equalRounded", "roundTo"):
            try:
                found.update(dict.fromkeys(_around(element, base)))
            except Unread:
                continue
    return sorted(found)[:_MOST_EDGES]


def _around(element: Any, base: Sequence[Fraction]) -> Iterable[Fraction]:
    if element.tag != "equal":
        for value in base:
            near = rounded(element, value)
            figures = int(number(element.get("figures") or "0") or 0)
            if (element.get("roundingMode") or "significantFigures") == "significantFigures":
                size = len(str(abs(near).numerator // abs(near).denominator)) if abs(near) >= 1 else 0
                figures -= max(size, 1)
            half = Fraction(1, 2) / Fraction(10) ** figures
            yield from (near - half, near, near + half)
        return
    mode = element.get("toleranceMode") or "exact"
    if mode == "exact":
        return
    below, above = tolerances(element)
    for value in base:
        yield from _tolerated(element, value, below, above, mode)


def _written(
    trial: Trial, rules: Any | None, keys: Sequence[Fraction], shares: dict[Fraction, Fraction]
) -> tuple[tuple[NumericAnswer, ...], tuple[Fraction, ...]] | None:
    """The ranges as the rules write them, the first that holds counting; None where they do not give the scores."""
    ranges = list(dict.fromkeys(_ranges(trial, rules, keys)))
    answers: list[NumericAnswer] = []
    tried: list[Fraction] = []
    for i, (low, high) in enumerate(ranges):
        before = ranges[:i]
        own = [p for p in shares if low <= p <= high and not any(a <= p <= b for a, b in before)]
        if not own:
            return None
        answers.append(_answer(low, high, keys, shares[own[0]]))
        tried.append(own[0])
    for point, share in shares.items():
        first = next((a for a, (low, high) in zip(answers, ranges, strict=True) if low <= point <= high), None)
        if abs((first.weight if first is not None else ZERO) - share) > A_TRIFLE:
            return None
    return (tuple(answers), tuple(tried)) if answers else None


def _ranges(trial: Trial, rules: Any | None, keys: Sequence[Fraction]) -> Iterable[tuple[Fraction, Fraction]]:
    name = trial.response.identifier
    if rules is None:
        return
    for element in rules.iter("and", "equal"):
        if element.tag == "equal":
            try:
                below, above = tolerances(element)
            except Unread:
                continue
            mode = element.get("toleranceMode") or "exact"
            if any(v.get("identifier") == name for v in element.iter("variable")) and len(element) == 2:
                center = _constant(element, keys, name)
                if center is not None and mode == "exact":
                    yield center, center
                elif center is not None:
                    edges = _tolerated(element, center, below, above, mode)
                    yield min(edges), max(edges)
            continue
        low = high = None
        for part in element:
            if len(part) == 2 and part[0].tag == "variable" and part[0].get("identifier") == name:
                value = _constant(part, keys, name)
                if part.tag == "gte":
                    low = value
                elif part.tag == "lte":
                    high = value
        if low is not None and high is not None and low <= high and len(element) == 2:
            yield low, high


def _tolerated(element: Any, value: Fraction, below: Fraction, above: Fraction, mode: str) -> tuple[Fraction, Fraction]:
    """Between which numbers a response is right; the tolerance is that of the first of two expressions."""
    given_first = len(element) > 0 and element[0].tag == "variable"
    if mode != "relative":
        return (value - above, value + below) if given_first else (value - below, value + above)
    if given_first and below < 100:
        return value / (1 + above / 100), value / (1 - below / 100)
    return value * (1 - below / 100), value * (1 + above / 100)


def _constant(element: Any, keys: Sequence[Fraction], name: str) -> Fraction | None:
    for part in element:
        if part.tag == "baseValue":
            return number("".join(part.itertext()))
        if part.tag == "correct" and part.get("identifier") == name and keys:
            return keys[0]
    return None


def _levels(
    points: Sequence[Fraction], shares: dict[Fraction, Fraction], keys: Sequence[Fraction]
) -> tuple[tuple[NumericAnswer, ...], tuple[Fraction, ...], bool]:
    """Ranges for each score, the best first; `points` alternate between edges and what lies between them."""
    answers: list[NumericAnswer] = []
    tried: list[Fraction] = []
    exact = True
    for level in sorted({share for share in shares.values() if share > 0}, reverse=True):
        start: int | None = None
        for i in range(len(points) + 1):
            is_in = i < len(points) and shares[points[i]] >= level
            if is_in and start is None:
                start = i
            elif not is_in and start is not None:
                first, last = start, i - 1
                start = None
                if first == 0 or last == len(points) - 1:
                    exact = False
                    continue
                own = next((p for p in points[first : last + 1] if shares[p] == level), None)
                if own is None:
                    continue
                # edges stand at the odd places; an open range ends at the edge beside it
                exact = exact and first % 2 == 1 and last % 2 == 1
                low, high = points[first - (first % 2 == 0)], points[last + (last % 2 == 0)]
                answers.append(_answer(low, high, keys, level))
                tried.append(own)
    return tuple(answers), tuple(tried), exact


def _answer(low: Fraction, high: Fraction, keys: Sequence[Fraction], weight: Fraction) -> NumericAnswer:
    """A range as the bank says it: a number with a tolerance around the key, else from a number to another."""
    low, high = unrounded(low), unrounded(high)
    if low == high:
        return NumericAnswer(value=low, weight=weight)
    middle = (low + high) / 2
    if any(abs(tidy(key) - middle) <= A_TRIFLE * A_TRIFLE for key in keys):
        return NumericAnswer(value=middle, tolerance=(high - low) / 2, weight=weight)
    return NumericAnswer(min=low, max=high, weight=weight)


def unrounded(value: Fraction) -> Fraction:
    """The number whose rounding to twelve places up or down this is, where there is a simple one."""
    if value.denominator <= 10**9:
        return value
    near = value.limit_denominator(10**5)
    if re.fullmatch(r"-?[0-9]+", str(near)) or abs(near - value) > Fraction(1, 10**12):
        return value
    return near
