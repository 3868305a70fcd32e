"""Rules about answers, weights and points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope
from qbank.model import (
    ONE,
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
)


def missing(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A question whose answer nobody has filled in yet."""
    if isinstance(question, Essay | Information | Group):
        return
    hint = "fill in 'answer'"
    if isinstance(question, Cloze):
        open_ = [(i, b.id) for i, b in enumerate(question.blanks) if b.answer is None]
        for i, blank in open_:
            yield finding(
                "L104", f"{question.id}: the blank {blank!r} has no answer", pointer=f"/blanks/{i}/answer", hint=hint
            )
    elif question.answer is None:
        yield finding("L104", f"{question.id} has no answer", pointer="/answer", hint=hint)


def unknown(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """An answer that names something the question does not have."""
    match question:
        case SingleChoice() | MultipleChoice():
            known = [c.id for c in question.choices]
            if isinstance(question.answer, str):
                yield from _unknown([("/answer", question.answer)], known, "choice")
            else:
                yield from _unknown(_places(question.answer or ()), known, "choice")
        case Cloze():
            for i, blank in enumerate(question.blanks):
                if isinstance(blank, ChoiceBlank) and blank.answer is not None:
                    ids = [c.id for c in blank.choices]
                    yield from _unknown([(f"/blanks/{i}/answer", blank.answer)], ids, "choice")
        case Matching():
            answer = question.answer or {}
            yield from _unknown([(f"/answer/{p}", p) for p in answer], [p.id for p in question.prompts], "prompt")
            partners = [(f"/answer/{p}", c) for p, c in answer.items()]
            yield from _unknown(partners, [c.id for c in question.choices], "choice")
        case Ordering():
            yield from _unknown(_places(question.answer or ()), [i.id for i in question.items], "item")
        case _:
            pass


def _places(named: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"/answer/{i}", name) for i, name in enumerate(named)]


def _unknown(named: Sequence[tuple[str, str]], known: Sequence[str], what: str) -> Iterator[Diagnostic]:
    for pointer, name in named:
        if name not in known:
            message = f"the answer names the {what} {name!r}, which the question does not have"
            yield finding("L103", message, pointer=pointer, hint=f"it has {', '.join(known)}")


def incomplete(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A matching answer that leaves out a prompt, an ordering answer that leaves out an item."""
    if isinstance(question, Matching) and question.answer is not None:
        left = [p.id for p in question.prompts if p.id not in question.answer]
        if left:
            yield finding("L105", f"the answer has no partner for {', '.join(left)}", pointer="/answer")
    if isinstance(question, Ordering) and question.answer is not None:
        left = [i.id for i in question.items if i.id not in question.answer]
        if left or len(question.answer) != len(question.items):
            what = f"leaves out {', '.join(left)}" if left else "names an item twice"
            yield finding("L105", f"the answer must list every item once; it {what}", pointer="/answer")


def repeated(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """An answer that lists the same thing twice."""
    match question:
        case MultipleChoice():
            named = list(question.answer or ())
        case ShortAnswer():
            named = [a.text if question.case_sensitive else a.text.casefold() for a in question.answer or ()]
        case _:
            return
    inside = "/text" if isinstance(question, ShortAnswer) else ""
    seen: set[str] = set()
    for i, name in enumerate(named):
        if name in seen:
            yield finding("L106", f"the answer lists {name} twice", pointer=f"/answer/{i}{inside}")
        seen.add(name)


def no_full_marks(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """No response earns all the points."""
    hint = "give the best answer the weight 1"
    if isinstance(question, ShortAnswer | Numeric):
        if question.answer and all(a.weight < 1 for a in question.answer):
            at = f"/answer/{_best([a.weight for a in question.answer])}/weight"
            yield finding("L107", "no answer has the weight 1", pointer=at, hint=hint)
    elif isinstance(question, Cloze):
        for i, blank in enumerate(question.blanks):
            if isinstance(blank, TextBlank | NumericBlank) and blank.answer and all(a.weight < 1 for a in blank.answer):
                at = f"/blanks/{i}/answer/{_best([a.weight for a in blank.answer])}/weight"
                yield finding("L107", f"no answer of the blank {blank.id!r} has the weight 1", pointer=at, hint=hint)
    elif isinstance(question, SingleChoice | MultipleChoice) and question.scoring == "weighted":
        weights_ = [c.weight or Fraction(0) for c in question.choices]
        best = sum(w for w in weights_ if w > 0) if isinstance(question, MultipleChoice) else max(weights_)
        # Thirds written as 0.33333 add up to a little less than one.
        if best < ONE - Fraction(1, 1000):
            single = isinstance(question, SingleChoice) and question.choices[_best(weights_)].weight is not None
            at = f"/choices/{_best(weights_)}/weight" if single else "/choices"
            yield finding("L107", "the best response earns less than all the points", pointer=at, hint=hint)


def _best(weights_: Sequence[Fraction]) -> int:
    """Where the greatest weight stands."""
    return weights_.index(max(weights_))


def weights(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Weights where they are used, in their range, and agreeing with the answer."""
    if isinstance(question, SingleChoice | MultipleChoice):
        given = [(i, c) for i, c in enumerate(question.choices) if c.weight is not None]
        if question.scoring == "weighted" and not given:
            yield finding("L109", "scoring is 'weighted' but no choice has a weight", pointer="/choices")
        elif question.scoring != "weighted" and given:
            message = f"choices have weights but scoring is {question.scoring!r}"
            yield finding("L109", message, pointer=f"/choices/{given[0][0]}/weight", hint="set 'scoring' to 'weighted'")
        for i, choice in given:
            yield from _in_range(choice.weight, -1, f"the weight of choice {choice.id}", f"/choices/{i}/weight")
    if question.penalty is not None:
        yield from _in_range(question.penalty, 0, "the penalty", "/penalty")
    for pointer, answer in _answers(question):
        yield from _in_range(answer.weight, 0, "the weight of an answer", f"{pointer}/weight")


def _in_range(value: Fraction | None, least: int, what: str, pointer: str) -> Iterator[Diagnostic]:
    if value is not None and not least <= value <= 1:
        yield finding("L111", f"{what} is {_decimal(value)}; it must be {least} to 1", pointer=pointer)


def ranges(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Numbers that no response could match."""
    for pointer, answer in _answers(question):
        if isinstance(answer, NumericAnswer):
            low, high = answer.bounds
            if low > high:
                what = "the tolerance is negative" if answer.value is not None else "the minimum is above the maximum"
                at = f"{pointer}/{'tolerance' if answer.value is not None else 'min'}"
                yield finding("L110", f"no number is accepted: {what}", pointer=at)
    if isinstance(question, Numeric):
        for i, unit in enumerate(question.units):
            if unit.factor <= 0:
                yield finding("L110", f"the factor of {unit.name!r} must be above 0", pointer=f"/units/{i}/factor")


def points(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Points a platform can hold."""
    if not 0 <= question.points <= 99999:
        message = f"{question.id} is worth {_decimal(question.points)} points; 0 to 99999 is possible"
        yield finding("L112", message, pointer="/points")


def _answers(question: Question) -> Iterator[tuple[str, Accepted | NumericAnswer]]:
    if isinstance(question, ShortAnswer | Numeric):
        yield from _listed(question.answer or (), "/answer")
    elif isinstance(question, Cloze):
        for i, blank in enumerate(question.blanks):
            if isinstance(blank, TextBlank | NumericBlank):
                yield from _listed(blank.answer or (), f"/blanks/{i}/answer")


def _listed(
    answers: Sequence[Accepted | NumericAnswer], pointer: str
) -> Iterator[tuple[str, Accepted | NumericAnswer]]:
    for i, answer in enumerate(answers):
        yield f"{pointer}/{i}", answer


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"
