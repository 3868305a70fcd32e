"""What is written or picked in a line of text: short answers, numbers and the gaps of a cloze."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from qbank.formats import qti
from qbank.formats.titles import first_words
from qbank.model import (
    Accepted,
    Blank,
    ChoiceBlank,
    Cloze,
    Numeric,
    NumericAnswer,
    NumericBlank,
    ShortAnswer,
    TextBlank,
    Unit,
)
from qbank.richtext import xml_text

from . import scoring
from .choices import by_score, say_chosen
from .page import Page
from .scoring import Branch, Expression, Rule
from .sheet import RESPONSE, Response, Sheet, Template, entry
from .wordbank import is_word_bank, word_bank, write_gapped


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a response is given: its name, what it is worth, where its answers are in the question."""

    response: str
    points: Fraction
    pointer: str

    @property
    def outcome(self) -> str:
        """The outcome its feedback hangs on."""
        return "FEEDBACK_ANSWER" if self.response == RESPONSE else f"FEEDBACK_{self.response}"

    def earn(self, value: Expression) -> Rule:
        """What is earned here is all of SCORE, or one part of it."""
        return scoring.put(scoring.SCORE, value) if self.response == RESPONSE else scoring.earn(value)


def short_answer(question: ShortAnswer, sheet: Sheet) -> None:
    """Write a question that is answered with a word."""
    _line(sheet)
    gap = Gap(RESPONSE, sheet.points, "/answer")
    rules = _text(sheet, gap, question.answer, case_sensitive=question.case_sensitive, wildcard=question.wildcard)
    if rules is not None:
        sheet.scored_by(rules, full=by_score(sheet, Fraction(0)), template=_template(sheet))


def numeric(question: Numeric, sheet: Sheet) -> None:
    """Write a question that is answered with a number; its unit, if it has one, stands behind the field."""
    unit = _unit(question, sheet)
    _line(sheet, f" {unit.name}" if unit is not None else "")
    rules = _number(sheet, Gap(RESPONSE, sheet.points, "/answer"), question.answer)
    if rules is not None:
        sheet.scored_by(rules, full=by_score(sheet, Fraction(0)), template=_template(sheet))


def cloze(question: Cloze, sheet: Sheet) -> None:
    """Write a text with gaps R1, R2 ...; SCORE adds up what each gap earns."""
    if is_word_bank(question):
        word_bank(question, sheet)
        return
    gaps: dict[str, tuple[Gap, int, Blank]] = {}
    parts = qti.apportion(sheet.points, [blank.share for blank in question.blanks])
    # a standard template scores RESPONSE and nothing else
    alone = sheet.only_templates and len(parts) == 1
    for i, (blank, part) in enumerate(zip(question.blanks, parts, strict=True)):
        gaps[blank.id] = (Gap(RESPONSE if alone else f"R{i + 1}", part, f"/blanks/{i}/answer"), i, blank)
    write_gapped(
        sheet,
        question,
        sheet.body,
        {name: lambda page, found=found: _interaction(sheet, page, *found) for name, found in gaps.items()},  # type: ignore[misc]  # bound now
    )
    known = all(blank.answer is not None for blank in question.blanks)
    rules: list[Rule] = []
    for gap, i, blank in gaps.values():
        rules += _blank(sheet, gap, i, blank, known=known)
    if known:
        trifle = Fraction(0) if len(gaps) == 1 else Fraction(1, 10**6)
        sheet.scored_by(rules, full=by_score(sheet, trifle), template=_template(sheet) if alone else None)


def _line(sheet: Sheet, behind: str = "") -> None:
    """A paragraph with the field of RESPONSE in it."""
    sheet.body.mixed("p")
    sheet.body.leaf("textEntryInteraction", responseIdentifier=RESPONSE)
    sheet.body.text(behind)
    sheet.body.close()


def _template(sheet: Sheet) -> Template | None:
    """The standard template that does what the rules do, where the last response has a mapping or is a choice."""
    response = sheet.responses[-1]
    if response.mapping:
        return "map_response"
    return "match_correct" if response.base_type == "identifier" and sheet.points == 1 else None


def _interaction(sheet: Sheet, page: Page, gap: Gap, i: int, blank: Blank) -> None:
    # the bank's own name of the gap, for whoever reads the item back
    label = {"label": blank.id} if blank.id != gap.response else {}
    if not isinstance(blank, ChoiceBlank):
        page.leaf("textEntryInteraction", responseIdentifier=gap.response, **label)
        return
    shuffle = "true" if blank.shuffle else "false"
    page.open("inlineChoiceInteraction", responseIdentifier=gap.response, shuffle=shuffle, **label)
    for j, choice in enumerate(blank.choices):
        more = {"fixed": "true"} if choice.fixed else {}
        pointer = f"/blanks/{i}/choices/{j}/text"
        sheet.prose.inline_choice(page, choice.text, pointer, identifier=qti.identifier(choice.id), **more)
    page.close()


def _blank(sheet: Sheet, gap: Gap, i: int, blank: Blank, *, known: bool) -> list[Rule]:
    match blank:
        case TextBlank():
            answer = blank.answer if known else None
            rules = _text(sheet, gap, answer, case_sensitive=blank.case_sensitive, wildcard=blank.wildcard)
            return rules or []
        case NumericBlank():
            return _number(sheet, gap, blank.answer if known else None) or []
        case ChoiceBlank():
            return _choice(sheet, gap, i, blank, known=known)
        case _:
            assert_never(blank)


def _choice(sheet: Sheet, gap: Gap, i: int, blank: ChoiceBlank, *, known: bool) -> list[Rule]:
    key = (qti.identifier(blank.answer),) if known and blank.answer is not None else ()
    sheet.responses.append(Response(gap.response, "single", "identifier", key))
    given = [(j, choice) for j, choice in enumerate(blank.choices) if choice.feedback is not None]
    for j, choice in given:
        assert choice.feedback is not None
        pointer = f"/blanks/{i}/choices/{j}/feedback"
        sheet.remark(gap.outcome, qti.identifier(choice.id), choice.feedback, pointer)
    if given:
        sheet.remark_rules.append(say_chosen(gap.response, gap.outcome))
    if not key:
        return []
    for j, choice in enumerate(blank.choices):
        if choice.id == blank.answer and choice.weight not in (None, 0, 1):
            sheet.loss("X208", "the right choice of a gap earns all its points", f"/blanks/{i}/choices/{j}/weight")
    # as in Moodle's gaps, other choices may earn part of the points
    earned = {c.id: Fraction(1) if c.id == blank.answer else c.weight or Fraction(0) for c in blank.choices}
    parts = [(qti.identifier(name), gap.points * share) for name, share in earned.items() if share]
    if gap.response == RESPONSE and (gap.points != 1 or parts != [(key[0], gap.points)]):
        entries = tuple([entry(name, part) for name, part in parts])
        sheet.responses[-1] = Response(gap.response, "single", "identifier", key, entries)
    if parts != [(key[0], gap.points)]:
        branches: list[Branch] = [
            (scoring.is_choice(gap.response, name), [gap.earn(scoring.points(part))]) for name, part in parts
        ]
        return [scoring.answered(gap.response, [scoring.when(branches)])] if branches else []
    return [scoring.when([(scoring.is_correct(gap.response), [gap.earn(scoring.points(gap.points))])])]


def _text(
    sheet: Sheet, gap: Gap, answer: tuple[Accepted, ...] | None, *, case_sensitive: bool, wildcard: bool
) -> list[Rule] | None:
    """Declare a written response; the rules that score it, None where its answer is not known."""
    if answer is None:
        sheet.responses.append(Response(gap.response, "single", "string"))
        return None
    _report_rounded(sheet, gap, answer)
    accepted = _distinct(sheet, gap, answer, case_sensitive=case_sensitive)
    with_pattern = wildcard and any("*" in text for _, text, _ in accepted)
    best = max(accepted, key=lambda found: found[2].weight)[1]
    if with_pattern:
        best = _example(best, [text for _, text, _ in accepted], case_sensitive=case_sensitive)
        message = "the wildcard is written as a pattern, which not every player can compare with"
        sheet.loss("X307", message, gap.pointer)
    if with_pattern and sheet.only_templates:
        with_pattern, accepted = False, _without_patterns(best, accepted)
        message = "standard response processing compares whole texts: one example of the pattern is accepted"
        sheet.loss("X307", message, gap.pointer.removesuffix("/answer") + "/wildcard")
    entries = [entry(text, gap.points * one.weight, case_sensitive) for _, text, one in accepted]
    mapping = () if with_pattern else tuple(entries)
    sheet.responses.append(Response(gap.response, "single", "string", (best,), mapping))

    def test(text: str) -> Expression:
        if with_pattern and "*" in text:
            return scoring.is_like(gap.response, qti.pattern(text, case_sensitive=case_sensitive))
        return scoring.is_text(gap.response, text, case_sensitive=case_sensitive)

    _say(sheet, gap, [(i, test(text), one) for i, text, one in accepted])
    if mapping:
        return [scoring.answered(gap.response, [gap.earn(scoring.mapped(gap.response))])]
    return _earn(gap, [(test(text), one.weight) for _, text, one in accepted])


def _without_patterns(best: str, accepted: list[tuple[int, str, Accepted]]) -> list[tuple[int, str, Accepted]]:
    """The texts that a mapping can compare, and the example of the best pattern."""
    _, _, top = max(accepted, key=lambda found: found[2].weight)
    return [(0, best, top), *(found for found in accepted if "*" not in found[1] and found[1] != best)]


def _example(best: str, accepted: list[str], *, case_sensitive: bool) -> str:
    """A text that the best accepted one accepts and no other before it: it without its stars, if need be with them."""
    patterns = [qti.pattern(text, case_sensitive=case_sensitive) for text in accepted]
    for text in ((bare := best.replace("*", "")).strip(), bare):
        first = next((one for one, p in zip(accepted, patterns, strict=True) if re.fullmatch(p, text, re.S)), None)
        if text.strip() and first == best:
            return text
    return best


def _distinct(
    sheet: Sheet, gap: Gap, answer: tuple[Accepted, ...], *, case_sensitive: bool
) -> list[tuple[int, str, Accepted]]:
    """The accepted texts as a player compares them, each once; with their places in the answer."""
    found: dict[str, tuple[int, str, Accepted]] = {}
    for i, one in enumerate(answer):
        text = qti.line(xml_text(one.text)).strip() or one.text
        if text != one.text:
            message = "line breaks and blanks around or repeated in an accepted text were taken out"
            sheet.loss("X305", message, f"{gap.pointer}/{i}/text")
        same = text if case_sensitive else text.casefold()
        if same in found:
            message = f"the accepted text {first_words(text, '')!r} stands there already; only the first counts"
            sheet.loss("X305", message, f"{gap.pointer}/{i}/text")
        else:
            found[same] = (i, text, one)
    return list(found.values())


def _number(sheet: Sheet, gap: Gap, answer: tuple[NumericAnswer, ...] | None) -> list[Rule] | None:
    """Declare a number; the rules that score it, None where its answer is not known."""
    if answer is None:
        sheet.responses.append(Response(gap.response, "single", "float"))
        return None
    best = max(answer, key=lambda one: one.weight)
    low, high = best.bounds
    key = best.value if best.value is not None else (low + high) / 2
    # only exact numbers can be mapped; see `fitness`
    exact = answer if sheet.only_templates else ()
    mapping = tuple([entry(qti.number(one.bounds[0]), gap.points * one.weight) for one in exact])
    sheet.responses.append(Response(gap.response, "single", "float", (qti.number(key),), mapping))
    _report_rounded(sheet, gap, answer)
    tests = [(i, _within(gap.response, one), one) for i, one in enumerate(answer)]
    _say(sheet, gap, tests)
    return _earn(gap, [(test, one.weight) for _, test, one in tests])


def _within(response: str, answer: NumericAnswer) -> Expression:
    low, high = answer.bounds
    return scoring.is_between(response, qti.lower_bound(low), qti.upper_bound(high))


def _report_rounded(sheet: Sheet, gap: Gap, answer: Sequence[Accepted | NumericAnswer]) -> None:
    """Report shares of the points, and numbers, that are not as short as what is written."""
    for i, one in enumerate(answer):
        if one.weight not in (0, 1) and not qti.is_simple(gap.points * one.weight):
            message = f"a share of the points is written as {qti.number(gap.points * one.weight)}"
            sheet.loss("X301", message, f"{gap.pointer}/{i}/weight")
        if isinstance(one, NumericAnswer) and not all(map(qti.is_exact, one.bounds)):
            low, high = (qti.lower_bound(one.bounds[0]), qti.upper_bound(one.bounds[1]))
            sheet.loss("X307", f"numbers from {low} to {high} are accepted", f"{gap.pointer}/{i}")


def _earn(gap: Gap, tests: list[tuple[Expression, Fraction]]) -> list[Rule]:
    """The first test that holds earns its weight."""
    branches: list[Branch] = [(test, [gap.earn(scoring.points(gap.points * weight))]) for test, weight in tests]
    return [scoring.answered(gap.response, [scoring.when(branches)])]


def _say(
    sheet: Sheet,
    gap: Gap,
    tests: list[tuple[int, Expression, Accepted]] | list[tuple[int, Expression, NumericAnswer]],
) -> None:
    """The first test that holds says its feedback."""
    if all(one.feedback is None for _, _, one in tests):
        return
    branches: list[Branch] = []
    for i, test, one in tests:
        name = f"answer-{i + 1}"
        branches.append((test, [scoring.put(gap.outcome, scoring.base("identifier", name))]))
        if one.feedback is not None:
            sheet.remark(gap.outcome, name, one.feedback, f"{gap.pointer}/{i}/feedback")
    sheet.remark_rules.append(scoring.answered(gap.response, [scoring.when(branches)]))


def _unit(question: Numeric, sheet: Sheet) -> Unit | None:
    """The unit to show behind the field, in which the answers are given; X307 where there is any."""
    if not question.units:
        return None
    shown = next((unit for unit in question.units if unit.factor == 1), None)
    kept = f"{shown.name} stands behind the field" if shown is not None else "none is shown"
    sheet.loss("X307", f"QTI compares plain numbers: units cannot be written or marked; {kept}", "/units")
    if question.unit_required:
        sheet.loss("X307", "QTI compares plain numbers: a number without its unit is right too", "/unit_required")
    return shown
