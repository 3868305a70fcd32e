"""What is written in a field: a word, a number, an essay."""

from __future__ import annotations

from qbank.formats import qti
from qbank.formats.qti12 import OWN
from qbank.model import ONE, Accepted, Essay, Numeric, NumericAnswer, ShortAnswer

from .sheet import OTHER, RESPONSE, SOLUTION, Sheet, Test, compared, either, equal, every, respond


def short_answer(question: ShortAnswer, sheet: Sheet) -> None:
    """Write a question that is answered with a word."""
    _field(sheet, "response_str")
    sheet.begin()
    sheet.aside()
    if question.wildcard and any("*" in answer.text for answer in question.answer or ()):
        sheet.loss("X307", "QTI 1.2 has no wildcards; * stands for itself", "/wildcard")
    if question.case_sensitive and sheet.form == "canvas":
        sheet.loss("X307", "Canvas compares without regard to upper and lower case", "/case_sensitive")
    if question.answer is None:
        return
    answers = list(enumerate(question.answer))
    if sheet.form != "plain":
        answers = whole_ones(sheet, question.answer, "/answer")
    case = {"case": "Yes" if question.case_sensitive else "No"} if sheet.form != "canvas" else {}
    tests = {i: equal(RESPONSE, answer.text, **case) for i, answer in answers}
    said = {
        i: sheet.said(sheet.ident(f"answer_{i + 1}"), answer.feedback, f"/answer/{i}/feedback")
        for i, answer in answers
        if answer.feedback is not None
    }
    if sheet.form == "plain":
        for i, answer in answers:
            says = [said.get(i), sheet.correct() if answer.weight == ONE else None]
            sheet.rule([tests[i]], earns=sheet.whole * answer.weight, says=says, go_on=False)
    else:
        for i, name in said.items():
            sheet.rule([tests[i]], says=[name], go_on=True)
        sheet.rule(list(tests.values()), earns=sheet.whole, says=[sheet.correct()], go_on=False)
    sheet.end()


def whole_ones(sheet: Sheet, answers: tuple[Accepted, ...], pointer: str) -> list[tuple[int, Accepted]]:
    """The answers that are worth most with their places; those worth less are left out, because every answer is worth all."""
    best = max(answer.weight for answer in answers)
    kept = [(i, answer) for i, answer in enumerate(answers) if answer.weight == best]
    if len(kept) < len(answers) or best != ONE:
        left = ", ".join(repr(answer.text) for answer in answers if answer.weight != best)
        message = "every accepted answer earns everything here" + (
            f"; those worth less were left out: {left}" if left else ""
        )
        sheet.loss("X301", message, pointer)
    return kept


def numeric(question: Numeric, sheet: Sheet) -> None:
    """Write a question that is answered with a number."""
    _field(sheet, "response_str" if sheet.form == "canvas" else "response_num", fibtype="Decimal")
    sheet.begin()
    sheet.aside()
    if question.units:
        sheet.loss("X307", "QTI 1.2 compares numbers without units", "/units")
    if question.unit_required:
        sheet.loss("X307", "QTI 1.2 asks for no unit", "/unit_required")
    if question.answer is None:
        return
    answers = list(enumerate(question.answer))
    if sheet.form == "canvas":
        best = max(answer.weight for answer in question.answer)
        answers = [(i, answer) for i, answer in answers if answer.weight == best]
        if len(answers) < len(question.answer) or best != ONE:
            message = "every accepted answer earns everything in Canvas; those worth less were left out"
            sheet.loss("X301", message, "/answer")
    for i, answer in answers:
        report_rounding(sheet, answer, f"/answer/{i}")
        name = None
        if answer.feedback is not None:
            name = sheet.said(sheet.ident(f"answer_{i + 1}"), answer.feedback, f"/answer/{i}/feedback")
        full = sheet.form == "canvas" or answer.weight == ONE
        earns = sheet.whole if sheet.form == "canvas" else sheet.whole * answer.weight
        sheet.rule(
            number(sheet, answer, RESPONSE), earns=earns, says=[name, sheet.correct() if full else None], go_on=False
        )
    sheet.end()


def number(sheet: Sheet, answer: NumericAnswer, response: str) -> list[Test]:
    """The tests whether a number is accepted."""
    low, high = answer.bounds
    within = [
        compared("vargte", response, qti.lower_bound(low)),
        compared("varlte", response, qti.upper_bound(high)),
    ]
    if answer.value is None:
        return within
    exact = equal(response, qti.number(answer.value))
    if low == high:
        # Canvas takes a number for exact only where both bounds are written as it is
        exact_bounds = [compared(name, response, qti.number(answer.value)) for name in ("vargte", "varlte")]
        return [either([exact, every(exact_bounds)])] if sheet.form == "canvas" else [exact]
    return [either([exact, every(within)])]


def report_rounding(sheet: Sheet, answer: NumericAnswer, pointer: str) -> None:
    """Report that a number has no finite decimal form."""
    from decimal import Decimal
    from fractions import Fraction

    low, high = answer.bounds
    if any(
        Fraction(Decimal(written)) != bound
        for bound, written in ((low, qti.lower_bound(low)), (high, qti.upper_bound(high)))
    ):
        sheet.loss("X307", f"the number was rounded to {qti.PLACES} places", pointer)


def essay(question: Essay, sheet: Sheet) -> None:
    """Write an essay; the model answer and the rubric are for those who mark it."""
    rows = {} if sheet.form == "canvas" or question.lines is None else {"rows": str(question.lines)}
    _field(sheet, "response_str", **rows)
    sheet.computed = False
    _settings(question, sheet)
    if question.answer is not None:
        if sheet.form == "canvas":
            _grading_notes(question, sheet)
        else:
            sheet.remarks[SOLUTION] = [(question.answer, "/answer")]
    elif question.rubric and sheet.form == "canvas":
        _grading_notes(question, sheet)
    sheet.begin()
    sheet.aside()
    sheet.rule([OTHER], go_on=False)


def _grading_notes(question: Essay, sheet: Sheet) -> None:
    """The model answer and the rubric as the notes that New Quizzes shows to markers."""
    parts = []
    if question.answer is not None:
        parts.append(sheet.texts.html(question.answer, "/answer"))
    for i, criterion in enumerate(question.rubric):
        points = "" if criterion.points is None else f" ({qti.number(criterion.points)})"
        parts.append(sheet.texts.html(criterion.text, f"/rubric/{i}/text") + points)
    sheet.fields.append(("grading_notes", "\n".join(parts)))
    sheet.loss("X209", "New Quizzes shows it to markers; Classic Quizzes has no place for it", "/answer")


def _settings(question: Essay, sheet: Sheet) -> None:
    """Report what the form has no word for; Canvas and the plain form keep it in fields that only qbank reads."""
    platform = {"canvas": "Canvas", "cc": "Common Cartridge", "plain": "QTI 1.2"}[sheet.form]
    given = {
        "style": None if question.style == "short" else question.style,
        "min_words": question.min_words or None,
        "max_words": question.max_words,
        "lines": question.lines if sheet.form == "canvas" else None,
        "response": None if question.response == "rich" else question.response,
        "attachments": question.attachments or None,
    }
    for name, value in given.items():
        if value is None:
            continue
        if sheet.form == "cc":
            sheet.loss("X208", f"Common Cartridge has no such setting of an essay: {name}", f"/{name}")
            continue
        sheet.fields.append((f"{OWN}{name}", str(value)))
        if name != "style" or sheet.form == "canvas":
            sheet.loss("X208", f"{platform} has no such setting of an essay: {name}", f"/{name}")
    if question.min_words == 0:
        sheet.loss("X208", "a limit of 0 words says nothing and is not written", "/min_words")
    if not question.rubric:
        return
    if sheet.form == "plain":
        sheet.rubric = tuple(criterion.text for criterion in question.rubric)
        points = ["" if c.points is None else qti.number(c.points) for c in question.rubric]
        sheet.fields += [(f"{OWN}rubric_points", written) for written in points]
    else:
        sheet.loss("X209", f"{platform} imports no rubric", "/rubric")


def _field(sheet: Sheet, name: str, **attributes: str) -> None:
    respond(sheet, name, RESPONSE)
    sheet.body.open("render_fib", **attributes)
    sheet.body.record("response_label", ident="answer1", **({"rshuffle": "No"} if not attributes else {}))
    sheet.body.close()
    sheet.body.close()
