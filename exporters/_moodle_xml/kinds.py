"""What becomes of each kind, in the type that Moodle has for it."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from qbank.formats import moodle
from qbank.model import (
    ONE,
    ZERO,
    Choice,
    Cloze,
    Essay,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Prompt,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TrueFalse,
)
from qbank.richtext import xml_text

from .. import _moodle
from .._xml import Form, Xml
from .cloze import cloze
from .entry import Entry, Files, simple
from .settings import NAME, yes_or_no
from .words import type_of, words

MAX_UNIT = 50
RESPONSES = {"rich": "editor", "plain": "plain", "monospaced": "monospaced"}
MOST_ATTACHMENTS = 10
"""What a bank says at most; read from Moodle it means any number."""
ANY_NUMBER = "-1"
_MOST_FILES = 3
ORDERING_SINCE = (4, 4)
"""The version of Moodle that has ordering without a plug-in."""


def write(entry: Entry, question: SubQuestion) -> None:
    """Write a question. `Unfit` where Moodle has no way to take it."""
    match question:
        case SingleChoice() | MultipleChoice():
            multichoice(entry, question)
        case TrueFalse():
            truefalse(entry, question)
        case ShortAnswer():
            shortanswer(entry, question)
        case Numeric():
            numerical(entry, question)
        case Cloze():
            kind = type_of(entry, question)
            if kind == "cloze":
                cloze(entry, question)
            else:
                words(entry, question, kind)
        case Matching():
            matching(entry, question)
        case Ordering():
            if entry.version < ORDERING_SINCE:
                _ordering_as_matching(entry, question)
            else:
                ordering(entry, question)
        case Essay():
            essay(entry, question)
        case Information():
            description(entry, question)
        case _:
            assert_never(question)
    entry.end(question)


def multichoice(entry: Entry, question: SingleChoice | MultipleChoice) -> None:
    """Choices with percentages of Moodle's list."""
    entry.head(question, "multichoice")
    marks = moodle.marks(question)
    if marks.inexact:
        entry.notes.loss("X301", f"{question.id}: {marks.inexact}", "/scoring")
    _moodle.unread_parts(question, entry.notes)
    fixed = question.shuffle and any(choice.fixed for choice in question.choices)
    if fixed:
        entry.notes.loss(
            "X208", f"Moodle cannot keep one choice of {question.id} in its place, so none is shuffled", "/shuffle"
        )
    single = isinstance(question, SingleChoice)
    take, xml = entry.settings.take, entry.xml
    xml.add(
        _multichoice_settings(
            yes_or_no(single),
            entry.own("shuffleanswers", yes_or_no(question.shuffle and not fixed), "/shuffle"),
            take("answernumbering", "ABCD"),
            take("showstandardinstruction", "0" if single else "1"),
        )
    )
    entry.verdicts(question)
    for i, (choice, percent) in enumerate(zip(question.choices, marks.percents, strict=True)):
        text, told = simple(choice.text), simple(choice.feedback)
        if text and told is not None:
            xml.fill(_answer(percent), text, told)
            continue
        entry.open("answer", choice.text, f"/choices/{i}/text", True, fraction=percent)
        entry.text("feedback", choice.feedback, f"/choices/{i}/feedback")
        xml.close()
    entry.hints(question)


@lru_cache(maxsize=64)
def _answer(percent: str) -> Form:
    """A choice that shows no files."""
    form = Form(1)
    form.open("answer", fraction=percent, format="html")
    form.gap("text")
    form.open("feedback", format="html")
    form.gap("text")
    form.close()
    form.close()
    return form


@lru_cache(maxsize=64)
def _multichoice_settings(single: str, shuffle: str, numbering: str, instruction: str) -> Xml:
    piece = Xml(1)
    piece.leaf("single", single)
    piece.leaf("shuffleanswers", shuffle)
    piece.leaf("answernumbering", numbering)
    piece.leaf("showstandardinstruction", instruction)
    return piece


def truefalse(entry: Entry, question: TrueFalse) -> None:
    """Two answers with the words Moodle knows."""
    folded, _ = _moodle.fold_verdicts(question, entry.ctx)
    assert isinstance(folded, TrueFalse)
    entry.head(question, "truefalse", default_penalty=ONE)
    for value, feedback in ((True, folded.feedback_true), (False, folded.feedback_false)):
        entry.xml.open("answer", fraction="100" if question.answer is value else "0", format="html")
        entry.xml.leaf("text", yes_or_no(value))
        entry.text("feedback", feedback, f"/feedback_{yes_or_no(value)}")
        entry.xml.close()
    entry.hints(question)


def shortanswer(entry: Entry, question: ShortAnswer) -> None:
    """Accepted texts with their percentages; what a wrong answer is told stands at `*`."""
    folded, wrong = _moodle.fold_verdicts(question, entry.ctx)
    assert isinstance(folded, ShortAnswer)
    entry.head(question, "shortanswer")
    entry.setting("usecase", "1" if question.case_sensitive else "0", "/case_sensitive")
    for i, accepted in enumerate(folded.answer or ()):
        pattern = moodle.pattern(accepted.text, question.wildcard)
        entry.answer(pattern, entry.notes.grade(accepted.weight, f"/answer/{i}/weight"))
        entry.text("feedback", accepted.feedback, f"/answer/{i}/feedback")
        entry.xml.close()
    if wrong is not None:
        entry.answer("*", "0")
        entry.text("feedback", wrong, "/feedback/incorrect")
        entry.xml.close()
    entry.hints(question)


def numerical(entry: Entry, question: Numeric) -> None:
    """Numbers with tolerances, and units."""
    folded, wrong = _moodle.fold_verdicts(question, entry.ctx)
    assert isinstance(folded, Numeric)
    entry.head(question, "numerical")
    for i, accepted in enumerate(folded.answer or ()):
        low, high = accepted.bounds
        value = entry.notes.number((low + high) / 2, f"/answer/{i}")
        entry.answer(value, entry.notes.grade(accepted.weight, f"/answer/{i}/weight"))
        entry.text("feedback", accepted.feedback, f"/answer/{i}/feedback")
        entry.xml.leaf("tolerance", entry.notes.number((high - low) / 2, f"/answer/{i}"))
        entry.xml.close()
    if wrong is not None:
        entry.answer("*", "0")
        entry.text("feedback", wrong, "/feedback/incorrect")
        entry.xml.leaf("tolerance", "0")
        entry.xml.close()
    _units(entry, question)
    entry.hints(question)


def _units(entry: Entry, question: Numeric) -> None:
    written: dict[str, str] = {}
    notes = entry.notes
    if question.units and not question.unit_required:
        notes.loss(
            "X307", f"Moodle takes the right number with any unit where none is demanded: {question.id}", "/units"
        )
    # the first unit is the one Moodle shows with the right answer, so the answer must be in it
    ordered = sorted(enumerate(question.units), key=lambda numbered: numbered[1].factor != ONE)
    if ordered and ordered[0][0]:
        notes.loss(
            "X208", f"the unit of the answer, {ordered[0][1].name!r}, comes first in Moodle: {question.id}", "/units"
        )
    for i, unit in ordered:
        # a "<" or "&" in a unit breaks Moodle's own export of the whole category
        name = " ".join(xml_text(unit.name).replace("<", "＜").replace("&", "＆").split())[:MAX_UNIT]
        if name != unit.name:
            notes.loss("X305", f"the unit {unit.name!r} of {question.id} is written {name!r}", f"/units/{i}/name")
        if unit.factor == ZERO or not name or name in written:
            notes.loss("X208", f"Moodle cannot use the unit {unit.name!r} of {question.id}", f"/units/{i}")
            continue
        # Moodle divides a response by the multiplier where the bank multiplies by the factor
        multiplier = notes.number(1 / unit.factor, f"/units/{i}/factor")
        if multiplier == "0":
            notes.loss("X208", f"Moodle cannot use the unit {unit.name!r} of {question.id}", f"/units/{i}")
            continue
        written[name] = multiplier
    graded = bool(written) and question.unit_required
    if question.unit_required and not written:
        notes.loss("X208", f"{question.id} demands a unit and has none that Moodle can use", "/unit_required")
    entry.setting("unitgradingtype", "1" if graded else "0")
    entry.setting("unitpenalty", "1" if graded else "0.1")
    entry.setting("showunits", "0" if written else "3")
    entry.setting("unitsleft", "0")
    if written:
        entry.xml.open("units")
        for name, multiplier in written.items():
            entry.xml.open("unit")
            entry.xml.leaf("multiplier", multiplier)
            entry.xml.cdata("unit_name", name)
            entry.xml.close()
        entry.xml.close()


def matching(entry: Entry, question: Matching) -> None:
    """Pairs, and choices without a stem as distractors."""
    entry.head(question, "matching")
    if question.scoring == "all_or_nothing" and len(question.prompts) > 1:
        entry.notes.loss("X301", f"Moodle gives {question.id} a share of the points for each right pair", "/scoring")
    if not question.shuffle:
        entry.notes.loss("X208", f"Moodle shows the choices of {question.id} in an order of its own", "/choices")
    entry.setting("shuffleanswers", yes_or_no(question.shuffle), "/shuffle")
    entry.verdicts(question)
    lines = _lines(entry, question)
    answer = question.answer or {}
    used = set()
    for i, prompt in enumerate(question.prompts):
        used.add(lines[answer[prompt.id]])
        entry.open("subquestion", prompt.text, f"/prompts/{i}/text", True)
        entry.xml.boxed("answer", "text", lines[answer[prompt.id]])
        entry.xml.close()
    for line in dict.fromkeys(lines.values()):
        if line not in used:
            entry.open("subquestion", None, "")
            entry.xml.boxed("answer", "text", line)
            entry.xml.close()
    entry.hints(question)


def _lines(entry: Entry, question: Matching) -> dict[str, str]:
    """The choices as lines by their ids. Moodle tells them apart by their text alone."""
    lines: dict[str, str] = {}
    first: dict[str, str] = {}
    for i, choice in enumerate(question.choices):
        line = lines[choice.id] = entry.notes.line(choice.text, f"/choices/{i}/text")
        if first.setdefault(line, choice.id) != choice.id:
            entry.notes.loss(
                "X307",
                f"the choices {first[line]} and {choice.id} of {question.id} read the same, so Moodle takes either",
                f"/choices/{i}/text",
            )
        if choice.feedback is not None:
            entry.notes.loss("X201", f"matching has no feedback for a choice: {question.id}", f"/choices/{i}/feedback")
        if choice.fixed:
            entry.notes.loss("X208", f"Moodle keeps no choice of {question.id} in its place", f"/choices/{i}/fixed")
        if choice.weight is not None:
            entry.notes.loss("X208", f"{question.id} is not scored by weights", f"/choices/{i}/weight")
    return lines


def ordering(entry: Entry, question: Ordering) -> None:
    """Items in the right order, told apart by their text."""
    entry.head(question, "ordering")
    grading = "ABSOLUTE_POSITION" if question.scoring == "each_position" else "ALL_OR_NOTHING"
    entry.setting("layouttype", "VERTICAL")
    entry.setting("selecttype", "ALL")
    entry.setting("selectcount", str(len(question.items)))
    entry.setting("gradingtype", grading)
    entry.setting("showgrading", "SHOW")
    entry.setting("numberingstyle", "none")
    # here it is no flag: the element is needed, and says 1 or 0
    counted = entry.settings.switch("shownumcorrect")
    entry.verdicts(question)
    entry.xml.leaf("shownumcorrect", "1" if counted else "0")
    places = {item.id: (i, item) for i, item in enumerate(question.items)}
    seen: dict[str, int] = {}
    for item_id in question.answer or ():
        i, item = places[item_id]
        files: Files = {}
        written = entry.html(item.text, f"/items/{i}/text", files, solid=True)
        seen[written] = seen.get(written, 0) + 1
        if seen[written] > 1:
            # Moodle tells items apart by their text alone, so equal ones could never all be right
            entry.notes.loss(
                "X305", f"an item of {question.id} says the same as another and got a number", f"/items/{i}/text"
            )
            number = seen[written]
            while f"{written} ({number})" in seen:
                number += 1
            written = f"{written} ({number})"
            seen[written] = 1
        entry.begun("answer", written, files, fraction="0")
        entry.text("feedback", None, "")
        entry.xml.close()
    entry.hints(question)


def _ordering_as_matching(entry: Entry, question: Ordering) -> None:
    """For a Moodle without ordering: each item is matched with its place."""
    entry.notes.loss(
        "X302",
        f"this version of Moodle has no ordering: the items of {question.id} are matched with their places",
        "",
        hint="version=4.4 or later writes it as an ordering question",
    )
    places = [str(place) for place in range(1, len(question.items) + 1)]
    shared = {
        name: getattr(question, name) for name in question.__struct_fields__ if name in Matching.__struct_fields__
    }
    right = {item: place for place, item in zip(places, question.answer or (), strict=True)}
    entry.notes.moved = (("/prompts", "/items"), ("/choices", None))
    matching(
        entry,
        Matching(
            **shared
            | {
                "prompts": tuple(Prompt(id=item.id, text=item.text) for item in question.items),
                "choices": tuple(Choice(id=place, text=place) for place in places),
                "answer": right,
                "scoring": "each_correct" if question.scoring == "each_position" else "all_or_nothing",
            }
        ),
    )


def essay(entry: Entry, question: Essay) -> None:
    """A text that a person marks, with the model answer and the rubric in the notes for graders."""
    entry.head(question, "essay", default_penalty=ZERO)
    _moodle.drop_verdicts(question, entry.ctx)
    notes, settings = entry.notes, entry.settings
    attachments = _attachments(entry, question)
    form = settings.take("responseformat", RESPONSES[question.response])
    if form == "noinline" and attachments == "0":
        form = RESPONSES[question.response]
        notes.loss(
            "X208",
            f"nobody could answer {question.id}, without a place to write and without files; it has a place to write",
            _moodle.pointer_to(NAME, "responseformat"),
            hint="allow attachments",
        )
    entry.xml.leaf("responseformat", form)
    entry.setting("responserequired", "1")
    entry.setting("responsefieldlines", str(question.lines or moodle.LINES[question.style]), "/lines")
    if question.lines is not None and moodle.essay_style(question.lines) != question.style:
        notes.loss("X207", f"Moodle does not know that {question.id} is a {question.style} essay", "/style")
    if question.lines in moodle.LINES.values():
        notes.loss("X207", f"in Moodle, {question.lines} lines stand for the style of {question.id}", "/lines")
    for tag, limit in (("minwordlimit", question.min_words), ("maxwordlimit", question.max_words)):
        value = entry.own(tag, str(limit) if limit else "", f"/{tag[:3]}_words")
        if value:
            entry.xml.leaf(tag, value)
    entry.xml.leaf("attachments", attachments)
    entry.setting("attachmentsrequired", "0")
    entry.setting("maxbytes", "0")
    entry.xml.cdata("filetypeslist", settings.take("filetypeslist", ""))
    if question.rubric:
        notes.loss("X209", f"the rubric of {question.id} is written as a table in the notes for graders", "/rubric")
    entry.text("graderinfo", _moodle.grader_notes(question), "/answer")
    entry.put("responsetemplate", settings.take("responsetemplate", ""), {})
    entry.no_hints(question)


def _attachments(entry: Entry, question: Essay) -> str:
    """How many files may be handed in: up to 3, or any number (-1, which the bank says as its most, 10)."""
    count, chosen = question.attachments, entry.settings.take("attachments", "")
    if not chosen:
        if count <= _MOST_FILES:
            return str(count)
        message = f"Moodle allows up to 3 attachments or any number; {question.id} allows any"
        entry.notes.loss("X208", message, "/attachments")
        return ANY_NUMBER
    if count != (MOST_ATTACHMENTS if chosen == ANY_NUMBER else int(chosen)):
        message = f"{question.id} allows {count} attachments, but its own setting for Moodle, {chosen}, was written"
        entry.notes.loss("X208", message, "/attachments")
    return chosen


def description(entry: Entry, question: Information) -> None:
    """Something to read."""
    entry.head(question, "description", default_penalty=ZERO)
    _moodle.drop_verdicts(question, entry.ctx)
    entry.no_hints(question)
