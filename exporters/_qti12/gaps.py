"""Texts with gaps: Canvas names them in brackets, the specification puts the field where the gap is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import assert_never

from qbank import richtext
from qbank.formats import qti
from qbank.formats.qti12 import DROPDOWNS, OWN, bracket_names
from qbank.model import (
    ONE,
    ZERO,
    Blank,
    ChoiceBlank,
    Cloze,
    NumericAnswer,
    NumericBlank,
    Text,
    TextBlank,
)
from qbank.richtext import Element, Node

from .lines import number, report_rounding, whole_ones
from .sheet import Sheet, Test, either, equal, every, negated, respond

_MOST_LISTED = 50
"""Whole numbers of a range that are listed one by one where only words can be accepted."""


def cloze(question: Cloze, sheet: Sheet) -> None:
    """Write a text with gaps."""
    if sheet.form == "canvas":
        _canvas(question, sheet)
    else:
        _plain(question, sheet)


def _canvas(question: Cloze, sheet: Sheet) -> None:
    menus = all(isinstance(blank, ChoiceBlank) for blank in question.blanks)
    if menus:
        sheet.kind_name = DROPDOWNS
    names = bracket_names((blank.id for blank in question.blanks), richtext.plain(question.stem))
    shown = {blank.id: _bracketed(sheet, i, blank, names[blank.id], menus) for i, blank in enumerate(question.blanks)}
    _stem(question, sheet, shown)
    _shares(question, sheet)
    parts = qti.apportion(sheet.whole, [1] * len(question.blanks))
    keys = []
    sheet_rules: list[tuple[str, str, str]] = []
    for i, (blank, part) in enumerate(zip(question.blanks, parts, strict=True)):
        response = f"response_{names[blank.id]}"
        respond(sheet, "response_lid", response)
        sheet.body.open("material")
        sheet.body.leaf("mattext", names[blank.id], texttype="text/plain")
        sheet.body.close()
        sheet.body.open(
            "render_choice", **({"shuffle": "Yes"} if isinstance(blank, ChoiceBlank) and blank.shuffle else {})
        )
        key, said = _options(sheet, i, blank, menus=menus)
        sheet_rules += [(response, value, name) for value, name in said]
        sheet.body.close()
        sheet.body.close()
        keys.append((response, key, part))
    sheet.begin()
    sheet.aside()
    for response, value, name in sheet_rules:
        sheet.rule([equal(response, value)], says=[name], go_on=True)
    if all(blank.answer is not None for blank in question.blanks):
        for response, key, part in keys:
            if key is not None:
                sheet.rule([equal(response, key)], earns=part, action="Add", go_on=True)


def _bracketed(sheet: Sheet, i: int, blank: Blank, name: str, menus: bool) -> str:
    """How a gap is shown; a choice that can only be written shows what there is to choose."""
    if menus or not isinstance(blank, ChoiceBlank):
        return f"[{name}]"
    sheet.loss("X302", "Canvas has no question with fields and menus: the choice is written in", f"/blanks/{i}")
    for pointer in ("/stem", *(() if sheet.question.title else ("/title",))):
        sheet.loss("X305", "what there is to choose was put behind the gap", pointer)
    offered = " / ".join(sheet.texts.line(c.text, f"/blanks/{i}/choices/{j}/text") for j, c in enumerate(blank.choices))
    return f"[{name}] ({offered})"


def _stem(question: Cloze, sheet: Sheet, shown: dict[str, str]) -> None:
    missing = dict(shown)
    sheet.texts.gap = lambda name: missing.pop(name, "____")
    html = sheet.texts.html(question.stem, "/stem")
    for name in list(missing):
        _report_missing(question, sheet, name)
        html += sheet.texts.markup((Element("p", (), (missing.pop(name),)),), "/stem")
    sheet.body.open("material")
    sheet.body.leaf("mattext", html, texttype="text/html")
    sheet.body.close()


def _report_missing(question: Cloze, sheet: Sheet, name: str) -> None:
    place = next(i for i, blank in enumerate(question.blanks) if blank.id == name)
    sheet.loss("X305", f"the text has no gap {name!r}; it was put at the end", f"/blanks/{place}")


def _shares(question: Cloze, sheet: Sheet) -> None:
    if len({blank.share for blank in question.blanks}) > 1:
        for i in range(len(question.blanks)):
            sheet.loss("X301", "in Canvas every gap earns the same", f"/blanks/{i}/share")


def _options(sheet: Sheet, i: int, blank: Blank, *, menus: bool) -> tuple[str | None, list[tuple[str, str]]]:
    """Write what a gap takes; the name of what is right, and the feedback by the names of answers."""
    key = None
    said = []
    for wanted, text, right, feedback, pointer in _accepted(sheet, i, blank, menus=menus):
        name = sheet.ident(wanted)
        sheet.body.open("response_label", ident=name)
        sheet.body.open("material")
        sheet.body.leaf("mattext", text, texttype="text/plain")
        sheet.body.close()
        sheet.body.close()
        key = name if right and key is None else key
        if feedback is not None:
            said.append((name, sheet.said(name, feedback, pointer)))
    return key, said


def _accepted(sheet: Sheet, i: int, blank: Blank, *, menus: bool) -> Iterator[tuple[str, str, bool, Text | None, str]]:
    """What a gap takes: a name, the words, whether they are right, their feedback and its place."""
    at = f"/blanks/{i}"
    match blank:
        case ChoiceBlank():
            if any(choice.weight is not None for choice in blank.choices):
                sheet.loss("X301", "the right choice of a gap earns everything in Canvas", f"{at}/choices")
            for j, choice in enumerate(blank.choices):
                right = choice.id == blank.answer
                if menus or right:
                    pointer = f"{at}/choices/{j}/text"
                    yield (
                        choice.id,
                        sheet.texts.line(choice.text, pointer),
                        right,
                        choice.feedback,
                        f"{at}/choices/{j}/feedback",
                    )
        case TextBlank():
            if blank.case_sensitive:
                sheet.loss("X307", "Canvas compares without regard to upper and lower case", f"{at}/case_sensitive")
            if blank.wildcard and any("*" in answer.text for answer in blank.answer or ()):
                sheet.loss("X307", "Canvas has no wildcards; * stands for itself", f"{at}/wildcard")
            for j, answer in whole_ones(sheet, blank.answer, f"{at}/answer") if blank.answer else ():
                yield f"a{j}", answer.text, True, answer.feedback, f"{at}/answer/{j}/feedback"
        case NumericBlank():
            sheet.loss("X307", "a gap of Canvas takes words: the number must be written as it is here", at)
            for j, number_ in enumerate(blank.answer or ()):
                for written in numbers_of(number_):
                    yield f"a{j}", written, number_.weight == ONE, None, ""
        case _:
            assert_never(blank)


def numbers_of(answer: NumericAnswer) -> list[str]:
    """A number as it may be written; of a range the whole numbers, or its middle."""
    if answer.value is not None:
        return [qti.number(answer.value)]
    low, high = answer.bounds
    first, last = -((-low.numerator) // low.denominator), high.numerator // high.denominator
    if 0 <= last - first < _MOST_LISTED:
        return [str(whole) for whole in range(first, last + 1)]
    return [qti.number((low + high) / 2)]


# The specification's own form


def _plain(question: Cloze, sheet: Sheet) -> None:
    sheet.fields.append((f"{OWN}kind", "cloze"))
    names = bracket_names((blank.id for blank in question.blanks), richtext.plain(question.stem))
    waiting = {blank.id: (i, blank) for i, blank in enumerate(question.blanks)}
    sheet.body.open("flow")
    for block in richtext.blocks(question.stem):
        _block(block, sheet, names, waiting)
    for missing in list(waiting):
        _report_missing(question, sheet, missing)
        _block(Element("p", (), (Element("blank", (("id", missing),)),)), sheet, names, waiting)
    sheet.body.close()
    sheet.begin()
    sheet.aside()
    known = all(blank.answer is not None for blank in question.blanks)
    parts = qti.apportion(sheet.whole, [blank.share for blank in question.blanks])
    full = []
    rules: list[tuple[Test, Fraction, str | None]] = []
    for i, (blank, part) in enumerate(zip(question.blanks, parts, strict=True)):
        found, right = _marked(sheet, i, blank, f"response_{names[blank.id]}", part)
        rules += found
        full.append(right)
    for test, earns, name in rules:
        if name is not None or known:
            sheet.rule([test], earns=earns if known else None, action="Add", says=[name], go_on=True)
    if known:
        sheet.judge(every(full))


def _block(block: Element, sheet: Sheet, names: dict[str, str], waiting: dict[str, tuple[int, Blank]]) -> None:
    """A block of the text, with the fields of the gaps in it."""
    inside = [e.get("id") or "" for e in richtext.walk((block,)) if e.tag == "blank"]
    direct = [child.get("id") for child in block.children if isinstance(child, Element) and child.tag == "blank"]
    fields = [name for name in dict.fromkeys(inside) if name in waiting]
    if block.tag == "p" and inside and len(direct) == len(inside) == len(fields):
        sheet.body.open("flow", **{"class": "Block"})
        run: list[Node] = []
        for child in [*block.children, None]:
            if child is not None and not (isinstance(child, Element) and child.tag == "blank"):
                run.append(child)
                continue
            if run:
                _piece(sheet, tuple(run))
                run = []
            if isinstance(child, Element):
                name = child.get("id") or ""
                _response(sheet, *waiting.pop(name), f"response_{names[name]}")
        sheet.body.close()
        return
    sheet.texts.gap = lambda name: f"[{names[name]}]" if name in fields else "____"
    _piece(sheet, (block,))
    for name in fields:
        _response(sheet, *waiting.pop(name), f"response_{names[name]}")


def _piece(sheet: Sheet, nodes: tuple[Node, ...]) -> None:
    sheet.body.open("material")
    sheet.body.leaf("mattext", sheet.texts.markup(nodes, "/stem"), texttype="text/html")
    sheet.body.close()


def _response(sheet: Sheet, i: int, blank: Blank, response: str) -> None:
    match blank:
        case TextBlank():
            respond(sheet, "response_str", response)
            sheet.body.leaf("render_fib", fibtype="String")
        case NumericBlank():
            respond(sheet, "response_num", response)
            sheet.body.leaf("render_fib", fibtype="Decimal")
        case ChoiceBlank():
            respond(sheet, "response_lid", response)
            sheet.body.open("render_choice", **({"shuffle": "Yes"} if blank.shuffle else {}))
            for j, choice in enumerate(blank.choices):
                sheet.body.open("response_label", ident=choice.id)
                sheet.texts.material(sheet.body, choice.text, f"/blanks/{i}/choices/{j}/text")
                sheet.body.close()
            sheet.body.close()
        case _:
            assert_never(blank)
    sheet.body.close()


def _marked(
    sheet: Sheet, i: int, blank: Blank, response: str, part: Fraction
) -> tuple[list[tuple[Test, Fraction, str | None]], Test]:
    """The rules of a gap (a test, what it earns, what is said), and the test whether it is right."""
    rules: list[tuple[Test, Fraction, str | None]] = []
    right: list[Test] = []
    at = f"/blanks/{i}"

    def add(test: Test, weight: Fraction, feedback: Text | None, pointer: str, name: str) -> None:
        said = sheet.said(f"{blank.id}.{name}", feedback, pointer) if feedback is not None else None
        rules.append((test, part * weight, said))
        if weight == ONE:
            right.append(test)

    match blank:
        case ChoiceBlank():
            for j, choice in enumerate(blank.choices):
                weight = choice.weight or (ONE if choice.id == blank.answer else ZERO)
                add(equal(response, choice.id), weight, choice.feedback, f"{at}/choices/{j}/feedback", choice.id)
        case TextBlank():
            if blank.wildcard and any("*" in answer.text for answer in blank.answer or ()):
                sheet.loss("X307", "QTI 1.2 has no wildcards; * stands for itself", f"{at}/wildcard")
            case = "Yes" if blank.case_sensitive else "No"
            for j, accepted in enumerate(blank.answer or ()):
                test = equal(response, accepted.text, case=case)
                add(test, accepted.weight, accepted.feedback, f"{at}/answer/{j}/feedback", f"a{j + 1}")
        case NumericBlank():
            before: list[Test] = []
            for j, answer in enumerate(blank.answer or ()):
                report_rounding(sheet, answer, f"{at}/answer/{j}")
                tests = number(sheet, answer, response)
                test = tests[0] if len(tests) == 1 else every(tests)
                # what an answer before this one took earns no second time
                alone = every([test, *(negated(one) for one in before)]) if before else test
                add(alone, answer.weight, answer.feedback, f"{at}/answer/{j}/feedback", f"a{j + 1}")
                before.append(test)
        case _:
            assert_never(blank)
    return rules, right[0] if len(right) == 1 else either(right)
