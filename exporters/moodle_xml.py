"""Moodle XML, for Moodle 4.4 and later: what an import takes without a notice and grades as the bank says.

Written as the importer reads (question/format/xml/format.php): CDATA around
every text, because blanks vanish outside it; every element of a type, because
defaults differ; percentages from Moodle's list only; and nothing that makes it
stop half-way, because what comes after a notice is dropped without a word.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, BinaryIO, assert_never

from lxml import etree

from qbank.assets import AssetError
from qbank.export import Context, Support, Unanswered
from qbank.formats import moodle
from qbank.formats.flatten import flattened
from qbank.model import (
    ONE,
    ZERO,
    Blank,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    Information,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TextBlank,
    TrueFalse,
)
from qbank.richtext import Element, xml_text

from . import _moodle
from ._moodle import Notes, Placing, Unfit
from ._xml import child, document

NAME = "moodle-xml"
MAX_TEXT = 9_000_000
"""libxml, which Moodle reads with, refuses a CDATA section of 10 MB."""
MAX_UNIT = 50
LINES = {"term": 5, "short": 10, "long": 20}
RESPONSES = {"rich": "editor", "plain": "plain", "monospaced": "monospaced"}

_DECIMAL = r"[0-9]{1,5}(\.[0-9]{1,7})?"
_SWITCH = "true|false"
_COMMON = {"penalty": r"0(\.[0-9]{1,7})?|1"}
SETTINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "multichoice": _COMMON
        | {
            "defaultgrade": _DECIMAL,
            "shuffleanswers": _SWITCH,
            "answernumbering": "abc|ABCD|123|iii|IIII|none",
            "showstandardinstruction": "0|1",
        },
        "truefalse": _COMMON | {"defaultgrade": _DECIMAL},
        "shortanswer": _COMMON | {"defaultgrade": _DECIMAL, "usecase": "0|1"},
        "numerical": _COMMON
        | {
            "defaultgrade": _DECIMAL,
            "unitgradingtype": "[012]",
            "unitpenalty": r"0(\.[0-9]{1,7})?|1",
            "showunits": "[0-3]",
            "unitsleft": "0|1",
        },
        "cloze": _COMMON,
        "matching": _COMMON | {"defaultgrade": _DECIMAL, "shuffleanswers": _SWITCH},
        "ordering": _COMMON
        | {
            "defaultgrade": _DECIMAL,
            "layouttype": "VERTICAL|HORIZONTAL",
            "selecttype": "ALL|RANDOM|CONTIGUOUS",
            "selectcount": "[2-9]|[1-9][0-9]",
            "gradingtype": "ALL_OR_NOTHING|ABSOLUTE_POSITION|RELATIVE_NEXT_EXCLUDE_LAST|RELATIVE_NEXT_INCLUDE_LAST"
            "|RELATIVE_ONE_PREVIOUS_AND_NEXT|RELATIVE_ALL_PREVIOUS_AND_NEXT|LONGEST_ORDERED_SUBSET"
            "|LONGEST_CONTIGUOUS_SUBSET|RELATIVE_TO_CORRECT",
            "showgrading": "SHOW|HIDE",
            "numberingstyle": "none|123|abc|ABCD|iii|IIII",
        },
        "essay": _COMMON
        | {
            "defaultgrade": _DECIMAL,
            "responseformat": "editor|editorfilepicker|plain|monospaced",
            "responserequired": "0|1",
            "responsefieldlines": "[1-9]|[1-9][0-9]|1[0-9][0-9]|200",
            "attachments": "-1|[0-3]",
            "attachmentsrequired": "[0-3]",
            "minwordlimit": "[1-9][0-9]{0,6}",
            "maxwordlimit": "[1-9][0-9]{0,6}",
            "maxbytes": "[0-9]{1,10}",
            "filetypeslist": r"[A-Za-z0-9_.,; /*-]{0,250}",
        },
        "description": {},
    }
)
"""What `extensions["moodle-xml"]` of a question may set: the element's name and the values it takes."""


class MoodleXml:
    """Moodle's own XML format."""

    name: str = NAME
    title: str = "Moodle XML"
    suffix: str = ".xml"
    options: Mapping[str, str] = MappingProxyType({})
    unanswered: Unanswered = "as-essay"
    keeps_unanswered: bool = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "full",
            "true_false": "full",
            "short_answer": "full",
            "numeric": "full",
            "cloze": "full",
            "matching": "full",
            "ordering": "full",
            "essay": "lossy",
            "group": "lossy",
            "information": "full",
        }
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        with document(sink, "quiz") as file:
            writer = _Writer(ctx, file, Placing(ctx), Notes(ctx))
            for question in questions:
                writer.write(question)


EXPORTER = MoodleXml()


@dataclass(slots=True)
class _Writer:
    """Writes questions one after the other."""

    ctx: Context
    file: Any
    placing: Placing
    notes: Notes
    settings: dict[str, str] = field(default_factory=dict)
    stem_files: dict[str, tuple[str, str]] = field(default_factory=dict)

    def write(self, question: Question) -> None:
        if isinstance(question, Group):
            _moodle.flattened_group(question, self.ctx, NAME)
            _moodle.never_carried(question, self.ctx)
            for sub, alone in zip(question.questions, flattened(question), strict=True):
                self._write(alone, sub)
        else:
            self._write(question, question)

    def _write(self, question: SubQuestion, original: SubQuestion) -> None:
        self.notes.question = question
        try:
            _moodle.check(question)
            element = self._element(question)
        except Unfit as reason:
            self.ctx.loss("X104", question, f"{question.id} was left out: {reason}", hint="Moodle would stop at it")
            return
        _moodle.never_carried(original, self.ctx)
        category = self.placing.move(question)
        if category is not None:
            self._category(category)
        self.file.write(element, pretty_print=True)

    def _category(self, path: str) -> None:
        element = etree.Element("question", {"type": "category"})
        _cdata(child(child(element, "category"), "text"), path)
        child(child(element, "info", format="html"), "text")
        self.file.write(element, pretty_print=True)

    def _element(self, question: SubQuestion) -> Any:
        match question:
            case SingleChoice() | MultipleChoice():
                element = self._multichoice(question)
            case TrueFalse():
                element = self._truefalse(question)
            case ShortAnswer():
                element = self._shortanswer(question)
            case Numeric():
                element = self._numerical(question)
            case Cloze():
                element = self._cloze(question)
            case Matching():
                element = self._matching(question)
            case Ordering():
                element = self._ordering(question)
            case Essay():
                element = self._essay(question)
            case Information():
                element = self._description(question)
            case _:
                assert_never(question)
        tags = self.placing.tags(question)
        if tags:
            parent = child(element, "tags")
            for tag in tags:
                _cdata(child(child(parent, "tag"), "text"), tag)
        for name in self.settings:
            self.notes.loss(
                "X208", f"Moodle has no setting {name!r} for this kind of question", _moodle.pointer_to(NAME, name)
            )
        return element

    # Kinds

    def _multichoice(self, question: SingleChoice | MultipleChoice) -> Any:
        element = self._head(question, "multichoice")
        marks = moodle.marks(question)
        if marks.inexact:
            self.notes.loss("X301", f"{question.id}: {marks.inexact}", "/scoring")
        _moodle.unread_parts(question, self.notes)
        fixed = question.shuffle and any(choice.fixed for choice in question.choices)
        if fixed:
            self.notes.loss(
                "X208",
                f"Moodle cannot keep one choice of {question.id} in its place, so none is shuffled",
                "/shuffle",
            )
        single = isinstance(question, SingleChoice)
        child(element, "single", _true(single))
        self._setting(element, "shuffleanswers", _true(question.shuffle and not fixed))
        self._setting(element, "answernumbering", "ABCD")
        self._setting(element, "showstandardinstruction", "0" if single else "1")
        self._verdicts(element, question)
        for i, (choice, percent) in enumerate(zip(question.choices, marks.percents, strict=True)):
            answer = self._text(element, "answer", choice.text, f"/choices/{i}/text", solid=True, fraction=percent)
            self._text(answer, "feedback", choice.feedback, f"/choices/{i}/feedback")
        self._hints(element, question)
        return element

    def _truefalse(self, question: TrueFalse) -> Any:
        folded, _ = _moodle.fold_verdicts(question, self.ctx)
        assert isinstance(folded, TrueFalse)
        element = self._head(question, "truefalse", default_penalty=ONE)
        for value, feedback in ((True, folded.feedback_true), (False, folded.feedback_false)):
            answer = child(element, "answer", fraction="100" if question.answer is value else "0", format="html")
            child(answer, "text", _true(value))
            self._text(answer, "feedback", feedback, f"/feedback_{_true(value)}")
        self._hints(element, question)
        return element

    def _shortanswer(self, question: ShortAnswer) -> Any:
        folded, wrong = _moodle.fold_verdicts(question, self.ctx)
        assert isinstance(folded, ShortAnswer)
        element = self._head(question, "shortanswer")
        self._setting(element, "usecase", "1" if question.case_sensitive else "0")
        for i, accepted in enumerate(folded.answer or ()):
            answer = self._answer(
                element,
                moodle.pattern(accepted.text, question.wildcard),
                self.notes.grade(accepted.weight, f"/answer/{i}/weight"),
            )
            self._text(answer, "feedback", accepted.feedback, f"/answer/{i}/feedback")
        if wrong is not None:
            self._text(self._answer(element, "*", "0"), "feedback", wrong, "/feedback/incorrect")
        self._hints(element, question)
        return element

    def _numerical(self, question: Numeric) -> Any:
        folded, wrong = _moodle.fold_verdicts(question, self.ctx)
        assert isinstance(folded, Numeric)
        element = self._head(question, "numerical")
        for i, accepted in enumerate(folded.answer or ()):
            low, high = accepted.bounds
            value = self.notes.number((low + high) / 2, f"/answer/{i}")
            answer = self._answer(element, value, self.notes.grade(accepted.weight, f"/answer/{i}/weight"))
            self._text(answer, "feedback", accepted.feedback, f"/answer/{i}/feedback")
            child(answer, "tolerance", self.notes.number((high - low) / 2, f"/answer/{i}"))
        if wrong is not None:
            answer = self._answer(element, "*", "0")
            self._text(answer, "feedback", wrong, "/feedback/incorrect")
            child(answer, "tolerance", "0")
        self._units(element, question)
        self._hints(element, question)
        return element

    def _units(self, element: Any, question: Numeric) -> None:
        written: dict[str, str] = {}
        if question.units and not question.unit_required:
            self.notes.loss(
                "X307", f"Moodle takes the right number with any unit where none is demanded: {question.id}", "/units"
            )
        # the first unit is the one Moodle shows with the right answer, so the answer must be in it
        for i, unit in sorted(enumerate(question.units), key=lambda numbered: numbered[1].factor != ONE):
            # a "<" or "&" in a unit breaks Moodle's own export of the whole category
            name = " ".join(xml_text(unit.name).replace("<", "＜").replace("&", "＆").split())[:MAX_UNIT]
            if name != unit.name:
                self.notes.loss(
                    "X305", f"the unit {unit.name!r} of {question.id} is written {name!r}", f"/units/{i}/name"
                )
            if unit.factor == ZERO or not name or name in written:
                self.notes.loss("X208", f"Moodle cannot use the unit {unit.name!r} of {question.id}", f"/units/{i}")
                continue
            # Moodle divides a response by the multiplier where the bank multiplies by the factor
            multiplier = self.notes.number(1 / unit.factor, f"/units/{i}/factor")
            if multiplier == "0":
                self.notes.loss("X208", f"Moodle cannot use the unit {unit.name!r} of {question.id}", f"/units/{i}")
                continue
            written[name] = multiplier
        graded = bool(written) and question.unit_required
        if question.unit_required and not written:
            self.notes.loss("X208", f"{question.id} demands a unit and has none that Moodle can use", "/unit_required")
        self._setting(element, "unitgradingtype", "1" if graded else "0")
        self._setting(element, "unitpenalty", "1" if graded else "0.1")
        self._setting(element, "showunits", "0" if written else "3")
        self._setting(element, "unitsleft", "0")
        if written:
            units = child(element, "units")
            for name, multiplier in written.items():
                unit_element = child(units, "unit")
                child(unit_element, "multiplier", multiplier)
                _cdata(child(unit_element, "unit_name"), name)

    def _matching(self, question: Matching) -> Any:
        element = self._head(question, "matching")
        if question.scoring == "all_or_nothing" and len(question.prompts) > 1:
            self.notes.loss("X301", f"Moodle gives {question.id} a share of the points for each right pair", "/scoring")
        self._setting(element, "shuffleanswers", _true(question.shuffle))
        self._verdicts(element, question)
        lines = {
            choice.id: self.notes.line(choice.text, f"/choices/{i}/text") for i, choice in enumerate(question.choices)
        }
        for i, choice in enumerate(question.choices):
            if choice.feedback is not None:
                self.notes.loss(
                    "X201", f"matching has no feedback for a choice: {question.id}", f"/choices/{i}/feedback"
                )
        answer = question.answer or {}
        used = set()
        for i, prompt in enumerate(question.prompts):
            used.add(lines[answer[prompt.id]])
            pair = self._text(element, "subquestion", prompt.text, f"/prompts/{i}/text", solid=True)
            _cdata(child(child(pair, "answer"), "text"), lines[answer[prompt.id]])
        for line in dict.fromkeys(lines.values()):
            if line not in used:
                pair = self._text(element, "subquestion", None, "")
                _cdata(child(child(pair, "answer"), "text"), line)
        self._hints(element, question)
        return element

    def _ordering(self, question: Ordering) -> Any:
        element = self._head(question, "ordering")
        grading = "ABSOLUTE_POSITION" if question.scoring == "each_position" else "ALL_OR_NOTHING"
        self._setting(element, "layouttype", "VERTICAL")
        self._setting(element, "selecttype", "ALL")
        self._setting(element, "selectcount", str(len(question.items)))
        self._setting(element, "gradingtype", grading)
        self._setting(element, "showgrading", "SHOW")
        self._setting(element, "numberingstyle", "none")
        self._verdicts(element, question)
        child(element, "shownumcorrect", "0")
        places = {item.id: (i, item) for i, item in enumerate(question.items)}
        seen: dict[str, int] = {}
        for item_id in question.answer or ():
            i, item = places[item_id]
            files: dict[str, tuple[str, str]] = {}
            written = self._html(item.text, f"/items/{i}/text", files, solid=True)
            seen[written] = seen.get(written, 0) + 1
            if seen[written] > 1:
                # Moodle tells items apart by their text alone, so equal ones could never all be right
                self.notes.loss(
                    "X305", f"an item of {question.id} says the same as another and got a number", f"/items/{i}/text"
                )
                written = f"{written} ({seen[written]})"
            answer = self._put(element, "answer", written, files, fraction="0")
            self._text(answer, "feedback", None, "")
        self._hints(element, question)
        return element

    def _essay(self, question: Essay) -> Any:
        element = self._head(question, "essay", default_penalty=ZERO)
        _moodle.drop_verdicts(question, self.ctx)
        self._setting(element, "responseformat", RESPONSES[question.response])
        self._setting(element, "responserequired", "1")
        self._setting(element, "responsefieldlines", str(question.lines or LINES[question.style]))
        if question.lines is not None and question.lines != LINES[question.style]:
            self.notes.loss("X207", f"Moodle does not know that {question.id} is a {question.style} essay", "/style")
        for tag, limit in (("minwordlimit", question.min_words), ("maxwordlimit", question.max_words)):
            value = self.settings.get(tag) or (str(limit) if limit else None)
            if value is not None:
                self._setting(element, tag, value)
        attachments = question.attachments if question.attachments <= 3 else -1
        if attachments < 0:
            self.notes.loss(
                "X208", f"Moodle allows up to 3 attachments or any number; {question.id} allows any", "/attachments"
            )
        self._setting(element, "attachments", str(attachments))
        self._setting(element, "attachmentsrequired", "0")
        self._setting(element, "maxbytes", "0")
        self._setting(element, "filetypeslist", "")
        if question.rubric:
            self.notes.loss(
                "X209", f"the rubric of {question.id} is written as a table in the notes for graders", "/rubric"
            )
        self._text(element, "graderinfo", _moodle.grader_notes(question), "/answer")
        self._text(element, "responsetemplate", None, "")
        self._no_hints(question)
        return element

    def _description(self, question: Information) -> Any:
        element = self._head(question, "description", default_penalty=ZERO)
        _moodle.drop_verdicts(question, self.ctx)
        self._no_hints(question)
        return element

    def _cloze(self, question: Cloze) -> Any:
        weights, exact = moodle.weights_of_gaps([blank.share for blank in question.blanks], question.points)
        if not exact:
            total = moodle.number(question.points)[0]
            self.notes.loss(
                "X301",
                f"Moodle makes {question.id} worth the sum of its gaps, {sum(weights)}, not {total}; "
                "each gap's part of it is kept",
                "/points",
                hint="set the maximum mark in the quiz, or points that the shares divide evenly",
            )
        gaps = {
            blank.id: self._gap(blank, weight, f"/blanks/{i}")
            for i, (blank, weight) in enumerate(zip(question.blanks, weights, strict=True))
        }
        element = self._head(question, "cloze", gaps=gaps, points=Fraction(sum(weights)))
        _moodle.drop_verdicts(question, self.ctx)
        self._hints(element, question)
        return element

    def _gap(self, blank: Blank, weight: int, pointer: str) -> str:
        """A gap in Moodle's cloze syntax (multianswer/questiontype.php)."""
        alternatives: list[str] = []
        match blank:
            case TextBlank():
                kind = "SAC" if blank.case_sensitive else "SA"
                for i, accepted in enumerate(blank.answer or ()):
                    written = moodle.in_gap(moodle.pattern(xml_text(accepted.text), blank.wildcard))
                    mark = self._gap_mark(accepted.weight, f"{pointer}/answer/{i}/weight")
                    feedback = self._gap_feedback(accepted.feedback, f"{pointer}/answer/{i}/feedback")
                    alternatives.append(mark + written + feedback)
            case NumericBlank():
                kind = "NM"
                for i, number in enumerate(blank.answer or ()):
                    low, high = number.bounds
                    value = self.notes.number((low + high) / 2, f"{pointer}/answer/{i}")
                    tolerance = self.notes.number((high - low) / 2, f"{pointer}/answer/{i}")
                    mark = self._gap_mark(number.weight, f"{pointer}/answer/{i}/weight")
                    feedback = self._gap_feedback(number.feedback, f"{pointer}/answer/{i}/feedback")
                    alternatives.append(f"{mark}{value}:{tolerance}{feedback}")
            case ChoiceBlank():
                # a menu shows characters only; with markup or formulas the choices are a list instead
                kind = "MC" if all(isinstance(choice.text, str) for choice in blank.choices) else "MCV"
                fixed = blank.shuffle and any(choice.fixed for choice in blank.choices)
                if fixed:
                    self.notes.loss(
                        "X208", "Moodle cannot keep one choice in its place, so none is shuffled", f"{pointer}/shuffle"
                    )
                kind += "S" if blank.shuffle and not fixed else ""
                for i, choice in enumerate(blank.choices):
                    shown = xml_text(self._html(choice.text, f"{pointer}/choices/{i}/text", None, solid=True))
                    written = moodle.in_gap(shown.strip(" \t\n"))
                    feedback = self._gap_feedback(choice.feedback, f"{pointer}/choices/{i}/feedback")
                    alternatives.append(("=" if choice.id == blank.answer else "") + written + feedback)
            case _:
                assert_never(blank)
        return f"{{{weight}:{kind}:{'~'.join(alternatives)}}}"

    def _gap_mark(self, weight: Fraction, pointer: str) -> str:
        if weight == ONE:
            return "="
        percent, exact = moodle.gap_percent(weight)
        if not exact:
            self.notes.loss("X301", f"a weight in {self.notes.question.id} was rounded to {percent} %", pointer)
        return f"%{percent}%"

    def _gap_feedback(self, feedback: Text | None, pointer: str) -> str:
        return "" if feedback is None else "#" + moodle.in_gap(xml_text(self._html(feedback, pointer, None)))

    def _with_gaps(self, stem: Text, gaps: Mapping[str, str]) -> str:
        """The stem with its gaps, each once; one that the stem does not show stands at the end."""
        names = list(gaps)
        shown: set[str] = set()

        def marker(element: Element) -> str:
            name = element.get("id") or ""
            if name not in gaps or name in shown:
                self.notes.loss(
                    "X305", f"a gap of {self.notes.question.id} is not one of its blanks; it is only a line", "/stem"
                )
                return "____"
            shown.add(name)
            # no text can hold this, for its "<" would be an entity
            return f"<gap {names.index(name)}>"

        written = moodle.outside_gaps(xml_text(self._html(stem, "/stem", self.stem_files, gap=marker)))
        for i, name in enumerate(names):
            if name not in shown:
                self.notes.loss(
                    "X305",
                    f"the stem of {self.notes.question.id} does not show the gap {name}; it stands at the end",
                    "/stem",
                )
                written += f"<p><gap {i}></p>"
        return re.sub("<gap ([0-9]+)>", lambda found: gaps[names[int(found[1])]], written)

    # Parts

    def _head(
        self,
        question: SubQuestion,
        kind: str,
        *,
        default_penalty: Fraction = moodle.DEFAULT_PENALTY,
        gaps: Mapping[str, str] | None = None,
        points: Fraction | None = None,
    ) -> Any:
        """The question's element with what every type has."""
        self.settings = self._chosen(question, kind)
        element = etree.Element("question", {"type": kind})
        _cdata(child(child(element, "name"), "text"), xml_text(self.placing.title(question)))
        if gaps is None:
            self._text(element, "questiontext", question.stem, "/stem")
        else:
            self.stem_files = {}
            self._put(element, "questiontext", self._with_gaps(question.stem, gaps), self.stem_files)
        feedback = question.feedback
        self._text(element, "generalfeedback", feedback.general if feedback else None, "/feedback/general")
        if kind == "description":
            grade, exact = "0", True
        else:
            grade, exact = moodle.points(question.points if points is None else points)
        if not exact:
            self.notes.loss(
                "X301", f"the points of {question.id} are written as {grade}, the nearest Moodle has", "/points"
            )
        self._setting(element, "defaultgrade", grade)
        penalty, exact = moodle.penalty(default_penalty if question.penalty is None else question.penalty)
        if not exact:
            self.notes.loss(
                "X301", f"the penalty of {question.id} is written as {penalty}, the nearest Moodle has", "/penalty"
            )
        self._setting(element, "penalty", penalty)
        child(element, "hidden", "0")
        _cdata(child(element, "idnumber"), self.placing.id(question))
        return element

    def _chosen(self, question: SubQuestion, kind: str) -> dict[str, str]:
        """The question's own settings for Moodle, those that it understands."""
        found: Mapping[str, object] = question.extensions.get(NAME, {}) if question.extensions else {}
        chosen: dict[str, str] = {}
        for name, value in found.items():
            written = _true(value) if isinstance(value, bool) else str(value)
            allowed = SETTINGS[kind].get(name)
            if allowed is None or not re.fullmatch(allowed, written):
                self.notes.loss(
                    "X208",
                    f"Moodle's {kind} questions have no setting {name!r} with the value {written!r:.60}",
                    _moodle.pointer_to(NAME, name),
                )
            else:
                chosen[name] = written
        return chosen

    def _setting(self, parent: Any, tag: str, default: str) -> None:
        """An element whose value the question may override."""
        child(parent, tag, self.settings.pop(tag, default) if self.settings else default)

    def _verdicts(self, element: Any, question: SubQuestion) -> None:
        feedback = question.feedback or Feedback()
        self._text(element, "correctfeedback", feedback.correct, "/feedback/correct")
        self._text(element, "partiallycorrectfeedback", feedback.partial, "/feedback/partial")
        self._text(element, "incorrectfeedback", feedback.incorrect, "/feedback/incorrect")

    def _hints(self, element: Any, question: SubQuestion) -> None:
        for i, hint in enumerate(question.hints):
            self._text(element, "hint", hint, f"/hints/{i}")

    def _no_hints(self, question: SubQuestion) -> None:
        if question.hints:
            self.notes.loss("X202", f"Moodle has no hints for this kind of question: {question.id}", "/hints")

    def _answer(self, parent: Any, text: str, percent: str) -> Any:
        """An answer that is compared, not shown: characters, not HTML."""
        answer = child(parent, "answer", fraction=percent, format="html")
        _cdata(child(answer, "text"), xml_text(text))
        return answer

    def _text(
        self, parent: Any, tag: str, text: Text | None, pointer: str, solid: bool = False, **attributes: str
    ) -> Any:
        """A text with the files it shows; `solid` where Moodle drops or refuses an empty one."""
        if text is None:
            return self._put(parent, tag, "", None, **attributes)
        files: dict[str, tuple[str, str]] = {}
        return self._put(parent, tag, self._html(text, pointer, files, solid=solid), files, **attributes)

    def _html(
        self,
        text: Text,
        pointer: str,
        files: dict[str, tuple[str, str]] | None,
        *,
        solid: bool = False,
        gap: Any = None,
    ) -> str:
        """A text as Moodle's HTML; its media go to `files`, and are words where that is None."""
        return self.notes.html(text, pointer, lambda element: self._media(element, files, pointer), gap, solid)

    def _media(self, element: Element, files: dict[str, tuple[str, str]] | None, pointer: str) -> str:
        asset = moodle.asset_of(element)
        if files is None:
            self.notes.loss("X203", f"Moodle cannot show {asset} in a gap of {self.notes.question.id}", pointer)
            return moodle.words_for(element)
        try:
            name = _free_name(self.ctx.assets.file_name(asset), asset, files)
            if name not in files:
                files[name] = (asset, base64.b64encode(self.ctx.assets.read(asset)).decode("ascii"))
        except AssetError as error:
            self.ctx.report.add(error.code, str(error), question=self.notes.question.id, pointer=pointer)
            self.notes.loss("X203", f"{asset} could not be put into {self.notes.question.id}", pointer)
            return moodle.words_for(element)
        return moodle.picture(element, f"@@PLUGINFILE@@/{name}", self.ctx.assets.entries[asset].alt or "")

    def _put(
        self, parent: Any, tag: str, html: str, files: Mapping[str, tuple[str, str]] | None, **attributes: str
    ) -> Any:
        element = child(parent, tag, **attributes, format="html")
        _cdata(child(element, "text"), xml_text(html))
        for name, (_, data) in (files or {}).items():
            child(element, "file", data, name=name, path="/", encoding="base64")
        return element


def _cdata(element: Any, text: str) -> None:
    if text:
        if len(text) > MAX_TEXT:
            raise Unfit("one of its texts is longer than Moodle can read")
        element.text = etree.CDATA(text)


def _true(value: bool) -> str:
    return "true" if value else "false"


def _free_name(name: str, asset: str, files: Mapping[str, tuple[str, str]]) -> str:
    """The file's name, with a number where another file of the same text has it."""
    path, n = PurePosixPath(name), 1
    while name in files and files[name][0] != asset:
        n += 1
        name = f"{path.stem}-{n}{path.suffix}"
    return name
