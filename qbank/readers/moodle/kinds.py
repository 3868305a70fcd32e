"""Moodle's question types as the bank's kinds, each with the defaults of Moodle's importer.

Sources: question/format/xml/format.php and the types' own questiontype.php,
Moodle 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Literal

import msgspec

from qbank import richtext
from qbank.formats import moodle
from qbank.model import (
    ONE,
    ZERO,
    Choice,
    Criterion,
    Essay,
    Html,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Prompt,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TrueFalse,
    Unit,
)
from qbank.readers.moodle import blanks
from qbank.readers.moodle.entry import ANY, Entry, Unread, decimal, full, letter, patterns, shown_line
from qbank.readers.moodle.texts import TRIMMED, raw
from qbank.richtext import Element

_RESPONSES: Mapping[str, Literal["rich", "plain", "monospaced"]] = {
    "editor": "rich",
    "plain": "plain",
    "monospaced": "monospaced",
}


def single_or_multiple(entry: Entry) -> SubQuestion:
    """`multichoice`."""
    is_single = entry.is_true("single", missing=True)
    found: list[Choice] = []
    for answer in entry.answers():
        text = entry.texts.text(answer)
        if not entry.texts.source(answer):
            entry.notes.add("R047", "a choice is blank, which Moodle drops", answer.sourceline)
            continue
        feedback = entry.texts.optional(answer.find("feedback"))
        weight = entry.weight(answer)
        found.append(Choice(id=letter(len(found)), text=text, feedback=feedback, weight=weight))
    if len(found) < 2:
        raise Unread(f"it has {'one choice' if found else 'no choices'}, and Moodle refuses it")
    entry.keep("answernumbering", "abc", "ABCD")
    entry.keep("showstandardinstruction", "1", "0" if is_single else "1")
    if not is_single and entry.flag("shownumcorrect"):
        entry.set("shownumcorrect", "1")
    common = entry.common | {
        "feedback": entry.feedback(),
        "shuffle": entry.is_true("shuffleanswers", missing=False),
    }
    return _single(entry, found, common) if is_single else _multiple(entry, found, common)


def _single(entry: Entry, found: list[Choice], common: dict[str, Any]) -> SubQuestion:
    weights = [choice.weight or ZERO for choice in found]
    best = max(weights)
    answer = found[weights.index(best)].id if best > 0 else None
    if best <= 0:
        entry.notes.add("R043", "no choice earns anything, so the right one is not known")
    elif best < ONE:
        entry.notes.add("R043", "no choice earns full marks, so nobody can get them; the best one is taken for right")
    if best == ONE and sorted(weights)[-2] == 0 == min(weights):
        return SingleChoice(**common, choices=_unweighted(found), answer=answer)
    if not any(weights):
        return SingleChoice(**common, choices=_unweighted(found))
    return SingleChoice(**common, choices=tuple(found), answer=answer, scoring="weighted")


def _multiple(entry: Entry, found: list[Choice], common: dict[str, Any]) -> SubQuestion:
    weights = [choice.weight or ZERO for choice in found]
    right = tuple(choice.id for choice in found if (choice.weight or ZERO) > 0)
    if not right:
        entry.notes.add("R043", "no choice earns anything, so the right ones are not known")
        return MultipleChoice(**common, choices=_unweighted(found) if not any(weights) else tuple(found))
    plain = MultipleChoice(**common, choices=_unweighted(found), answer=right)
    for scoring in ("each_correct", "balanced"):
        candidate = msgspec.structs.replace(plain, scoring=scoring)
        if [moodle.GRADES[percent] for percent in moodle.marks(candidate).percents] == weights:
            return candidate
    if sum(weight for weight in weights if weight > 0) < ONE - Fraction(1, 1000):
        entry.notes.add("R043", "the right choices together earn less than full marks, so nobody can get them")
    return MultipleChoice(**common, choices=tuple(found), answer=right, scoring="weighted")


def _unweighted(found: list[Choice]) -> tuple[Choice, ...]:
    return tuple(msgspec.structs.replace(choice, weight=None) for choice in found)


def true_false(entry: Entry) -> SubQuestion:
    """`truefalse`: the answer that is read last decides."""
    answer: bool | None = None
    said: dict[bool, Text | None] = {}
    for i, element in enumerate(entry.answers()):
        word = raw(element) or ""
        if word not in ("true", "false"):
            entry.notes.add(
                "R047",
                f"the answer {word!r} is neither 'true' nor 'false'; the first is taken for true",
                element.sourceline,
            )
            word = "false" if i else "true"
        value = word == "true"
        answer = value if entry.weight(element) == ONE else not value
        said[value] = entry.texts.optional(element.find("feedback"))
    if len(said) < 2:
        entry.notes.add("R047", "one of the answers 'true' and 'false' is missing")
    return TrueFalse(
        **entry.common | {"feedback": entry.feedback(verdicts=False)},
        answer=answer,
        feedback_true=said.get(True),
        feedback_false=said.get(False),
    )


def short_answer(entry: Entry) -> SubQuestion:
    """`shortanswer`: a last `*` that earns nothing says what a wrong answer is told."""
    found: list[tuple[str, Fraction, Text | None]] = []
    for element in entry.answers():
        pattern, weight = raw(element) or "", entry.weight(element)
        feedback = entry.texts.optional(element.find("feedback"))
        if not pattern:
            if weight or feedback is not None:
                entry.notes.add("R047", "an answer is empty and was left out", element.sourceline)
            continue
        found.append((pattern, weight, feedback))
    incorrect = found.pop()[2] if found and found[-1][0] == "*" and found[-1][1] == 0 and len(found) > 1 else None
    accepted, wildcard = patterns(found)
    full(entry, [answer.weight for answer in accepted])
    return ShortAnswer(
        **entry.common | {"feedback": entry.feedback(verdicts=False, incorrect=incorrect)},
        answer=accepted or None,
        case_sensitive=(entry.value("usecase") or "0") not in ("0", ""),
        wildcard=wildcard,
    )


def numeric(entry: Entry) -> SubQuestion:
    """`numerical`: ranges are closed and absolute; `*` takes any other number."""
    found: list[NumericAnswer] = []
    incorrect: Text | None = None
    for element in entry.answers():
        written = raw(element)
        if written is None:
            written = (element.text or "").strip(TRIMMED)
        weight = entry.weight(element)
        feedback = entry.texts.optional(element.find("feedback"))
        if written == "*" and weight == 0:
            incorrect = feedback
            continue
        if written == "*":
            entry.notes.add("R043", "any number is accepted (*); it is read as a very wide range", element.sourceline)
            found.append(NumericAnswer(min=-ANY, max=ANY, weight=weight, feedback=feedback))
            continue
        value = entry.number(written, "answer") if written else None
        if value is None:
            continue
        tolerance = entry.number(raw(element, "tolerance") or "0", "tolerance") or ZERO
        if tolerance < 0:
            entry.notes.add("R047", f"the tolerance {moodle.number(tolerance)[0]} was taken without its sign")
        found.append(NumericAnswer(value=value, tolerance=abs(tolerance), weight=weight, feedback=feedback))
    full(entry, [answer.weight for answer in found])
    units = _units(entry)
    grading = entry.value("unitgradingtype") or "0"
    required = grading != "0" and bool(units)
    if required and (grading != "1" or decimal(entry.value("unitpenalty"), Fraction(1, 10)) != ONE):
        entry.set("unitgradingtype", grading)
        entry.set("unitpenalty", moodle.number(decimal(entry.value("unitpenalty"), Fraction(1, 10)))[0])
        entry.notes.add(
            "R043", "a wrong unit costs a part of the points in Moodle; the bank says only that it is required"
        )
    shown = entry.value("showunits")
    if shown not in (None, "", "0" if units else "3"):
        entry.set("showunits", shown)
    entry.keep("unitsleft", "0")
    return Numeric(
        **entry.common | {"feedback": entry.feedback(verdicts=False, incorrect=incorrect)},
        answer=tuple(found) or None,
        units=units,
        unit_required=required,
    )


def _units(entry: Entry) -> tuple[Unit, ...]:
    units: dict[str, Unit] = {}
    for element in entry.element.iterfind("units/unit"):
        name = (raw(element, "unit_name") or "").strip()
        multiplier = entry.number(raw(element, "multiplier") or "1", "multiplier")
        # Moodle divides a response by the multiplier where the bank multiplies by the factor
        if name and multiplier and name not in units:
            units[name] = Unit(name=name, factor=1 / multiplier)
        else:
            entry.notes.add("R047", f"the unit {name!r} is one that Moodle drops", element.sourceline)
    return tuple(units.values())


def matching(entry: Entry) -> SubQuestion:
    """`matching` and `match`: an answer without a stem is a distractor; equal answers are one choice."""
    choices: dict[str, Choice] = {}
    prompts: list[Prompt] = []
    answer: dict[str, str] = {}
    for element in entry.element.iterfind("subquestion"):
        stem = entry.texts.text(element)
        line = shown_line(raw(element.find("answer")) or "")
        if not line:
            if entry.texts.source(element):
                entry.notes.add("R047", "a pair has no right side and was left out", element.sourceline)
            continue
        choice = choices.setdefault(line, Choice(id=letter(len(choices)), text=line))
        if entry.texts.source(element):
            prompts.append(Prompt(id=str(len(prompts) + 1), text=stem))
            answer[prompts[-1].id] = choice.id
    if not prompts or len(choices) < 2:
        raise Unread("it has fewer than two different things to match")
    if entry.flag("shownumcorrect"):
        entry.set("shownumcorrect", "1")
    return Matching(
        **entry.common | {"feedback": entry.feedback()},
        prompts=tuple(prompts),
        choices=tuple(choices.values()),
        answer=answer,
        shuffle=entry.is_true("shuffleanswers", missing=True),
    )


def ordering(entry: Entry) -> SubQuestion:
    """`ordering`: the order of the file is the right one."""
    items = tuple(Item(id=letter(i), text=entry.texts.text(element)) for i, element in enumerate(entry.answers()))
    if len(items) < 2:
        raise Unread("it has fewer than two items")
    grading = entry.value("gradingtype") or "RELATIVE_NEXT_EXCLUDE_LAST"
    scoring: Literal["all_or_nothing", "each_position"] = (
        "all_or_nothing" if grading == "ALL_OR_NOTHING" else "each_position"
    )
    if grading not in ("ALL_OR_NOTHING", "ABSOLUTE_POSITION"):
        entry.set("gradingtype", grading)
        entry.notes.add("R043", f"Moodle marks this order by its rule {grading}; the nearest is to mark each position")
    entry.keep("layouttype", "VERTICAL", "")
    selected = entry.value("selecttype") or "RANDOM"
    if selected != "ALL":
        entry.set("selecttype", selected)
        entry.set("selectcount", entry.value("selectcount") or "6")
    if (entry.value("showgrading") or "SHOW") == "HIDE":
        entry.set("showgrading", "HIDE")
    entry.keep("numberingstyle", "none", "")
    if entry.value("shownumcorrect") == "1":
        entry.set("shownumcorrect", "1")
    return Ordering(
        **entry.common | {"feedback": entry.feedback()},
        items=items,
        answer=tuple(item.id for item in items),
        scoring=scoring,
    )


def essay(entry: Entry) -> SubQuestion:
    """`essay`: the notes for graders are the model answer, a table of points behind it the rubric."""
    form = entry.value("responseformat") or "editor"
    if form not in _RESPONSES:
        entry.set("responseformat", form)
    entry.keep("responserequired", "1")
    lines = int(decimal(entry.value("responsefieldlines"), Fraction(15)))
    attachments = int(decimal(entry.value("attachments"), ZERO))
    if attachments < 0:
        entry.set("attachments", "-1")
    entry.keep("attachmentsrequired", "0", "")
    entry.keep("maxbytes", "0", "")
    entry.keep("filetypeslist", "")
    template = entry.texts.source(entry.element.find("responsetemplate"))
    if template:
        entry.set("responsetemplate", template)
    answer, rubric = graded(entry.texts.optional(entry.element.find("graderinfo")))
    least = int(decimal(entry.value("minwordlimit"), ZERO))
    most = int(decimal(entry.value("maxwordlimit"), ZERO))
    return Essay(
        **entry.common | {"feedback": entry.feedback(verdicts=False)},
        style=moodle.essay_style(lines),
        answer=answer,
        rubric=rubric,
        min_words=least if 0 < least <= 10**6 else None,
        max_words=most if 0 < most <= 10**6 else None,
        lines=None if lines in moodle.LINES.values() else min(max(lines, 1), 200),
        response=_RESPONSES.get(form, "rich"),
        attachments=10 if attachments < 0 else min(attachments, 10),
    )


def graded(notes: Text | None) -> tuple[Text | None, tuple[Criterion, ...]]:
    """Notes for graders as model answer and rubric: the last table, if its second column holds points only."""
    if not isinstance(notes, Html):
        return notes, ()
    tree = richtext.blocks(notes)
    rubric = _rubric(tree[-1]) if tree[-1].tag == "table" else ()
    if not rubric:
        return notes, ()
    rest = richtext.canonical(Html(html=richtext.serialize(tree[:-1])))
    return (None if richtext.is_empty(rest) else rest), rubric


def _rubric(table: Element) -> tuple[Criterion, ...]:
    parts = [part for part in table.children if isinstance(part, Element)]
    rows = [row for part in parts for row in part.children if isinstance(row, Element) and row.tag == "tr"]
    if any(part.tag != "tbody" for part in parts):
        return ()
    criteria = []
    for row in rows:
        cells = [cell for cell in row.children if isinstance(cell, Element)]
        points = richtext.plain_of(cells[1].children).strip() if len(cells) == 2 else "x"
        if not re.fullmatch(r"-?[0-9]{0,31}(\.[0-9]{1,60})?", points) or any(cell.tag == "th" for cell in cells):
            return ()
        text = richtext.canonical(Html(html=richtext.serialize(cells[0].children)))
        criteria.append(Criterion(text=text, points=Fraction(points) if points.strip("-") else None))
    return tuple(criteria)


def description(entry: Entry) -> SubQuestion:
    """`description`: something to read."""
    return Information(**entry.common | {"feedback": entry.feedback(verdicts=False), "points": ONE})


TYPES: Mapping[str, Callable[[Entry], SubQuestion]] = {
    "multichoice": single_or_multiple,
    "truefalse": true_false,
    "shortanswer": short_answer,
    "numerical": numeric,
    "matching": matching,
    "match": matching,
    "ordering": ordering,
    "essay": essay,
    "description": description,
    "cloze": blanks.cloze,
    "multianswer": blanks.cloze,
    "gapselect": blanks.selected,
    "ddwtos": blanks.selected,
}
"""The types that the bank has a kind for."""

NO_PENALTY: Mapping[str, Fraction] = {"truefalse": ONE, "essay": ZERO, "description": ZERO}
"""The penalty that means nothing in particular, where it is not a third."""
