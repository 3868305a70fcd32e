"""Rules about numbers: accepted ranges and texts, weights, points, word limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, squeezed
from qbank.model import (
    ONE,
    Accepted,
    Cloze,
    Essay,
    Group,
    Information,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    points_of,
)

_CLOSE = Fraction(1, 100)
_WILDCARD = re.compile(r"\w{3,}\*\Z|\A\*\w{3,}|\w{2,}\*\w{2,}")
_PLACEHOLDER = re.compile(
    r"\s*\Z|\W*(?:略|见解析|见教材|见课本|待补充|待定|暂无(?:答案)?|无答案|todo|tbd|fixme|xxx+|n/?a|lorem ipsum.*|answers? (?:may )?var(?:y|ies))\W*\Z",
    re.I,
)

_UNWRITTEN = re.compile(
    r"\W*(?:待补充|待完善|待填写|todo|tbd|fixme|xxx+|placeholder|lorem ipsum.*)\W*\Z",
    re.I | re.S,
)


def tolerance(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A numeric answer that accepts zero or the opposite sign.

    A tolerance as large as the number itself is nearly always a slip of a
    decimal point, or a percentage written as a number.

    Remedy: write the tolerance in the unit of the answer (0.05 for 5 % of 1).
    """
    for pointer, answers in _numbers(question):
        for i, answer in enumerate(answers):
            if answer.value and answer.tolerance >= abs(answer.value):
                message = f"the tolerance {_decimal(answer.tolerance)} is as large as the answer {_decimal(answer.value)} itself"
                yield finding("L114", message, pointer=f"{pointer}/{i}/tolerance")


def overlapping(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Accepted numbers that get in each other's way.

    A narrow range of full weight inside a wide one of less is partial credit,
    and fine. Ranges that overlap in part with different weights leave open what
    a number in both is worth (L115); a range inside an earlier one that is
    worth as much can never matter (L116).

    Remedy: let the ranges touch without overlapping, or remove the idle one.
    """
    for pointer, answers in _numbers(question):
        for (i, first), (j, second) in combinations(enumerate(answers), 2):
            (low, high), (low2, high2) = first.bounds, second.bounds
            if low > high or low2 > high2 or high < low2 or high2 < low:
                continue
            inside = low <= low2 and high2 <= high
            around = low2 <= low and high <= high2
            if inside and second.weight <= first.weight:
                message = f"this answer lies within the answer {_range(first)}, which is worth as much or more"
                yield finding("L116", message, pointer=f"{pointer}/{j}")
            elif around and first.weight <= second.weight:
                message = f"this answer lies within the answer {_range(second)}, which is worth as much or more"
                yield finding("L116", message, pointer=f"{pointer}/{i}")
            elif not inside and not around and max(low, low2) < min(high, high2) and first.weight != second.weight:
                message = f"the answers {_range(first)} and {_range(second)} overlap and have different weights"
                yield finding("L115", message, pointer=f"{pointer}/{j}")


def accepted_texts(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Accepted texts that say something else than was meant.

    A `*` is a wildcard only where `wildcard` is true; alone, it accepts every
    response (L117). A text that comes after a pattern that covers it and is
    worth as much never matters (L116).

    Remedy: set `wildcard`, or write the texts out.
    """
    for pointer, answers, wildcard, case in _texts(question):
        for i, answer in enumerate(answers):
            if "*" not in answer.text:
                continue
            at = f"{pointer}/{i}/text"
            if wildcard and not answer.text.strip("* ") and answer.weight == ONE:
                yield finding("L117", "the pattern '*' accepts whatever is written, for all the points", pointer=at)
            elif not wildcard and _WILDCARD.search(answer.text):
                message = f"{answer.text!r} has a '*', which stands for itself here"
                yield finding("L117", message, pointer=at, hint='set "wildcard": true if it stands for any characters')
        if wildcard and len(answers) > 1:
            for i, answer in enumerate(answers):
                if any("*" in a.text and a.weight >= answer.weight and _covers(a, answer, case) for a in answers[:i]):
                    message = f"{answer.text!r} is accepted by an earlier pattern that is worth as much"
                    yield finding("L116", message, pointer=f"{pointer}/{i}")


def _covers(pattern: Accepted, other: Accepted, case: bool) -> bool:
    parts = [re.escape(part) for part in pattern.text.split("*")]
    return re.fullmatch(".*".join(parts), other.text, 0 if case else re.I) is not None


def placeholder(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """An answer, stem or choice that is only a note that there is none yet: 略, TODO, see the book; or an answer of blanks.

    Remedy: write the answer, or set it to null, so that it is known to be missing.
    """
    for pointer, answers, _, _ in _texts(question):
        for i, answer in enumerate(answers):
            if _PLACEHOLDER.match(answer.text):
                yield finding("L131", f"{answer.text!r} stands where the answer should", pointer=f"{pointer}/{i}/text")
    if isinstance(question, Essay) and isinstance(question.answer, str) and _PLACEHOLDER.match(question.answer):
        yield finding("L131", f"{question.answer!r} stands where the model answer should", pointer="/answer")


def unwritten(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A stem or a choice that somebody meant to write later: TODO, 待补充.

    Remedy: write it, or mark the question as a draft.
    """
    for pointer, text in scope.texts:
        if isinstance(text, str) and _UNWRITTEN.match(text):
            yield finding("L131", f"{text.strip()!r} stands where a text should", pointer=pointer)


def essay(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """An essay whose limits or rubric do not add up, or whose model answer is the question itself.

    The least number of words must not be above the most (L125), the points of
    the rubric must add up to those of the question (L126), and a model answer
    that repeats the stem tells nobody anything (L130).
    """
    if not isinstance(question, Essay):
        return
    least, most = question.min_words, question.max_words
    if least is not None and most is not None and least > most:
        yield finding("L125", f"at least {least} and at most {most} words cannot both be", pointer="/min_words")
    shares = [criterion.points for criterion in question.rubric]
    given = [share for share in shares if share is not None]
    if given and len(given) == len(shares) and abs(sum(given) - question.points) >= _CLOSE:
        message = f"the rubric adds up to {_decimal(Fraction(sum(given)))} points, the question is worth {_decimal(question.points)}"
        yield finding("L126", message, pointer="/rubric")
    if isinstance(question.answer, str) and isinstance(question.stem, str):
        answer = squeezed(question.answer)
        if len(answer) > 3 and answer.rstrip("?？。.") == squeezed(question.stem).rstrip("?？。."):
            yield finding("L130", f"the model answer of {question.id} only repeats the stem", pointer="/answer")


def units(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A unit that is listed twice, of which only the first can count (L127), or one that is asked for and not listed (L134).

    Remedy: remove one of the two; list the unit, or set `unit_required` to false.
    """
    if isinstance(question, Numeric) and question.unit_required and not question.units:
        yield finding("L134", "a unit is required, and 'units' lists none", pointer="/unit_required")
    if isinstance(question, Numeric) and len(question.units) > 1:
        names = [unit.name.strip() for unit in question.units]
        for i, name in enumerate(names):
            if name in names[:i]:
                yield finding("L127", f"the unit {name!r} is listed twice", pointer=f"/units/{i}/name")


def worth(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Points that cannot be meant: none for a question that is marked, or a sum that is none.

    A question worth nothing (L118) is marked for nothing; what a group is worth
    is what its questions are worth together, so points of its own that say
    something else (L119) are a slip in one of the two.
    """
    if isinstance(question, Group):
        total = points_of(question)
        if question.points not in (ONE, total):
            message = (
                f"{question.id} says {_decimal(question.points)} points, its questions add up to {_decimal(total)}"
            )
            yield finding("L119", message, pointer="/points", hint="a group is worth what its questions are worth")
    elif not question.points and not isinstance(question, Information):
        yield finding("L118", f"{question.id} is worth no points", pointer="/points")


def weighted(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Weights that do not fit the answer.

    Of a single choice only one choice can be worth everything (L121); the
    answer must be the choice that is (L122); the weights of the right choices
    of a multiple choice together make the whole, not more (L123).
    """
    if not isinstance(question, SingleChoice | MultipleChoice) or question.scoring != "weighted":
        return
    weights = {choice.id: choice.weight or Fraction(0) for choice in question.choices}
    if isinstance(question, SingleChoice):
        full = [i for i, choice in enumerate(question.choices) if weights[choice.id] == 1]
        if len(full) > 1:
            names = ", ".join(question.choices[i].id for i in full)
            message = f"{names} are each worth all the points, but only one choice is right"
            yield finding("L121", message, pointer=f"/choices/{full[1]}/weight")
        best = max(weights.values())
        if question.answer in weights and weights[question.answer] < best:
            message = f"the answer is {question.answer}, but another choice is worth more"
            yield finding("L122", message, pointer="/answer")
        return
    together = sum(weight for weight in weights.values() if weight > 0)
    if together > ONE + _CLOSE:
        message = f"the weights of the right choices add up to {_decimal(Fraction(together))}; they must make 1"
        yield finding("L123", message, pointer="/choices")
    if question.answer is not None:
        for name in question.answer:
            if name in weights and weights[name] <= 0:
                yield finding("L122", f"the answer has {name}, which is worth nothing", pointer="/answer")
        for i, choice in enumerate(question.choices):
            if weights[choice.id] > 0 and choice.id not in question.answer:
                message = f"{choice.id} is worth something but not in the answer"
                yield finding("L122", message, pointer=f"/choices/{i}/weight")


def _numbers(question: Question) -> Iterator[tuple[str, Sequence[NumericAnswer]]]:
    if isinstance(question, Numeric):
        yield "/answer", question.answer or ()
    elif isinstance(question, Cloze):
        for i, blank in enumerate(question.blanks):
            if isinstance(blank, NumericBlank):
                yield f"/blanks/{i}/answer", blank.answer or ()


def _texts(question: Question) -> Iterator[tuple[str, Sequence[Accepted], bool, bool]]:
    """The accepted texts with their pointer, whether `*` is a wildcard, and whether case counts."""
    if isinstance(question, ShortAnswer):
        yield "/answer", question.answer or (), question.wildcard, question.case_sensitive
    elif isinstance(question, Cloze):
        for i, blank in enumerate(question.blanks):
            if isinstance(blank, TextBlank):
                yield f"/blanks/{i}/answer", blank.answer or (), blank.wildcard, blank.case_sensitive


def _range(answer: NumericAnswer) -> str:
    low, high = answer.bounds
    return _decimal(low) if low == high else f"{_decimal(low)} to {_decimal(high)}"


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"
