"""A question as the JSON object that the page shows, answers and marks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

from qbank import richtext
from qbank.diagnostics import Diagnostic
from qbank.export import Context
from qbank.formats import celltext, preview, qti
from qbank.formats.sheets import Tongue
from qbank.model import (
    ONE,
    Accepted,
    Blank,
    Choice,
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
    Text,
    TextBlank,
    TrueFalse,
    is_answered,
    kind_of,
    points_of,
)

from ._preview_text import Prose, Rich, is_worded, one_line
from ._preview_words import WORDS

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes records; without `key` they hold nothing that tells an answer: no key, feedback, finding or source."""

    ctx: Context
    prose: Prose
    tongue: Tongue
    key: bool

    def record(self, question: Question, findings: Iterable[Diagnostic] = ()) -> Record:
        """The question with its parts; properties that say nothing are left out."""
        made: Record = {
            "id": question.id,
            "kind": kind_of(question),
            "title": question.title,
            "points": celltext.number(points_of(question)),
            "worth": _float(points_of(question)),
            "draft": question.status == "draft",
            "open": not is_answered(question),
            "language": question.language,
            "category": list(question.category),
            "tags": list(question.tags),
            "difficulty": question.difficulty,
        }
        made |= self._body(question)
        made["hints"] = [self._rich(hint, question, f"/hints/{i}") for i, hint in enumerate(question.hints)]
        if self.key:
            made["feedback"] = self._feedback(question)
            made["marking"] = self._marking(question)
            made["findings"] = [_finding(one) for one in findings]
            made["about"] = self._about(question)
        return {name: value for name, value in made.items() if value not in (None, False, [], {}, "")} | {
            "stem": made["stem"]
        }

    def _rich(self, text: Text, question: Question, pointer: str) -> Rich:
        return self.prose.rich(text, question, pointer)

    def _body(self, question: Question) -> Record:
        if isinstance(question, Cloze):
            return self._cloze(question)
        return {"stem": self._rich(question.stem, question, "/stem")} | self._answerable(question)

    def _answerable(self, question: Question) -> Record:
        match question:
            case SingleChoice() | MultipleChoice():
                return self._choices(question)
            case TrueFalse():
                return self._true_false(question)
            case ShortAnswer():
                return self._keyed(self._accepted(question.answer, question.case_sensitive, question.wildcard))
            case Numeric():
                units = [unit.name for unit in question.units]
                whole = next((unit.name for unit in question.units if unit.factor == ONE), "")
                unit = {"units": units, "unit_required": question.unit_required}
                return unit | self._keyed(_numbers(question.answer, whole))
            case Matching():
                return self._matching(question)
            case Ordering():
                return self._ordering(question)
            case Essay():
                return self._essay(question)
            case Group():
                return {"questions": [self.record(sub) for sub in question.questions]}
            case Information() | Cloze():
                return {}
            case _:
                assert_never(question)

    def _keyed(self, key: Any) -> Record:
        return {"key": key} if self.key else {}

    def _choice(self, choice: Choice, question: Question, pointer: str) -> Record:
        made: Record = {"text": self._rich(choice.text, question, f"{pointer}/text")}
        if self.key and choice.feedback is not None:
            made["feedback"] = self._rich(choice.feedback, question, f"{pointer}/feedback")
        return made

    def _choices(self, question: SingleChoice | MultipleChoice) -> Record:
        right = {question.answer} if isinstance(question.answer, str) else set(question.answer or ())
        return {
            "choices": [self._choice(c, question, f"/choices/{i}") for i, c in enumerate(question.choices)]
        } | self._keyed([i for i, choice in enumerate(question.choices) if choice.id in right])

    def _true_false(self, question: TrueFalse) -> Record:
        words = qti.true_false_words(question.language or self.ctx.language)
        choices: list[Record] = [{"text": word} for word in words]
        if self.key:
            for choice, name in zip(choices, ("feedback_true", "feedback_false"), strict=True):
                text: Text | None = getattr(question, name)
                if text is not None:
                    choice["feedback"] = self._rich(text, question, f"/{name}")
        key = [] if question.answer is None else [0 if question.answer else 1]
        return {"choices": choices} | self._keyed(key)

    def _cloze(self, question: Cloze) -> Record:
        places = {blank.id: i for i, blank in reversed(list(enumerate(question.blanks)))}
        stem = self.prose.rich(question.stem, question, "/stem", places)
        blanks = [self._blank(blank, question, f"/blanks/{i}") for i, blank in enumerate(question.blanks)]
        return {"stem": stem, "blanks": blanks, "loose": sorted(places.values())}

    def _blank(self, blank: Blank, question: Cloze, pointer: str) -> Record:
        match blank:
            case TextBlank():
                key: Any = self._accepted(blank.answer, blank.case_sensitive, blank.wildcard)
                return {"kind": "text"} | self._keyed(key)
            case NumericBlank():
                return {"kind": "numeric"} | self._keyed(_numbers(blank.answer, ""))
            case ChoiceBlank():
                choices = [self._choice(c, question, f"{pointer}/choices/{i}") for i, c in enumerate(blank.choices)]
                key = [[one_line(choice.text)] for choice in blank.choices if choice.id == blank.answer]
                return {"kind": "choice", **_options(blank.choices), "choices": choices} | self._keyed(key)
            case _:
                assert_never(blank)

    def _matching(self, question: Matching) -> Record:
        order = preview.choice_order(question)
        place = {question.choices[i].id: shown for shown, i in reversed(list(enumerate(order)))}
        answer = question.answer or {}
        return {
            "prompts": [
                {"text": self._rich(p.text, question, f"/prompts/{i}/text"), "plain": one_line(p.text)}
                for i, p in enumerate(question.prompts)
            ],
            **_options([question.choices[i] for i in order]),
            "choices": [self._choice(question.choices[i], question, f"/choices/{i}") for i in order],
        } | self._keyed([place.get(answer.get(p.id, ""), -1) for p in question.prompts] if answer else [])

    def _ordering(self, question: Ordering) -> Record:
        order = preview.item_order(question, blind=not self.key)
        place = {question.items[i].id: shown for shown, i in reversed(list(enumerate(order)))}
        return {
            "items": [
                {
                    "text": self._rich(question.items[i].text, question, f"/items/{i}/text"),
                    "plain": one_line(question.items[i].text),
                }
                for i in order
            ]
        } | self._keyed([place[name] for name in question.answer or () if name in place])

    def _essay(self, question: Essay) -> Record:
        made: Record = {
            "style": question.style,
            "words": [question.min_words, question.max_words],
            "lines": question.lines or {"term": 3, "short": 6, "long": 12}[question.style],
            "response": question.response,
            "attachments": question.attachments,
        }
        if self.key:
            if question.answer is not None:
                made["model"] = self._rich(question.answer, question, "/answer")
            made["rubric"] = [
                {"text": self._rich(c.text, question, f"/rubric/{i}/text")}
                | ({} if c.points is None else {"points": celltext.number(c.points)})
                for i, c in enumerate(question.rubric)
            ]
        return made

    def _accepted(self, answers: tuple[Accepted, ...] | None, case: bool, wildcard: bool) -> list[list[str]]:
        words = WORDS[self.tongue]
        notes = [words["case_matters"]] if case else []
        if wildcard and any("*" in one.text for one in answers or ()):
            notes.append(words["or_like"])
        made = [[one.text, *_share(one.weight)] for one in answers or ()]
        return [*made, ["", *notes]] if made and notes else made

    def _feedback(self, question: Question) -> Record:
        texts = question.feedback
        if texts is None:
            return {}
        return {
            name: self._rich(text, question, f"/feedback/{name}")
            for name in ("general", "correct", "partial", "incorrect")
            if (text := getattr(texts, name)) is not None
        }

    def _marking(self, question: Question) -> Record | None:
        """The marking, its texts and numbers with their feedback."""
        made = preview.marking(question)
        if made is None:
            return None
        if isinstance(question, ShortAnswer | Numeric):
            self._with_feedback(made["parts"][0], question.answer, question, "/answer")
        elif isinstance(question, Cloze):
            for i, (part, blank) in enumerate(zip(made["parts"], question.blanks, strict=True)):
                if not isinstance(blank, ChoiceBlank):
                    self._with_feedback(part, blank.answer, question, f"/blanks/{i}/answer")
        return made

    def _with_feedback(
        self,
        part: Record,
        answers: tuple[Accepted, ...] | tuple[NumericAnswer, ...] | None,
        question: Question,
        pointer: str,
    ) -> None:
        entries: list[Record] = part["texts"] if "texts" in part else part["numbers"]
        feedbacks = [one.feedback for one in answers or ()]
        for i, (entry, feedback) in enumerate(zip(entries, feedbacks, strict=True)):
            if feedback is not None:
                entry["feedback"] = self._rich(feedback, question, f"{pointer}/{i}/feedback")

    def _about(self, question: Question) -> list[list[str]]:
        """What the bank says of the question besides, as rows of a name in `WORDS` and a value."""
        words = WORDS[self.tongue]
        rows = [["about_id", question.id]]
        if question.tags:
            rows.append(["about_tags", " · ".join(question.tags)])
        scoring = getattr(question, "scoring", None)
        if scoring is not None:
            name = "each_pair" if isinstance(question, Matching) and scoring == "each_correct" else scoring
            rows.append(["about_scoring", words[f"scoring_{name}"]])
        if question.penalty is not None:
            rows.append(["about_penalty", celltext.number(question.penalty)])
        if getattr(question, "shuffle", False):
            rows.append(["about_shuffle", words["yes"]])
        if question.language is not None:
            rows.append(["about_language", question.language])
        rows += _source_rows(question)
        if question.ignore:
            rows.append(["about_ignore", ", ".join(question.ignore)])
        if question.extensions:
            shown = json.dumps(question.extensions, ensure_ascii=False, indent=2, sort_keys=True)
            rows.append(["about_extensions", shown])
        return rows


def _source_rows(question: Question) -> list[list[str]]:
    source = question.source
    if source is None:
        return []
    place = ":".join(str(n) for n in (source.document, source.line, source.column) if n is not None)
    title = f"{source.title} ({place})" if source.title else place
    rows = [["about_source", title]]
    section = " ".join(part for part in (source.section, source.number) if part)
    if section:
        rows.append(["about_section", section])
    if source.confidence is not None:
        rows.append(["about_confidence", f"{source.confidence:.0%}"])
    if source.reasons:
        rows.append(["about_reasons", "\n".join(source.reasons)])
    if source.text:
        rows.append(["about_text", source.text])
    return rows


def _options(choices: Iterable[Choice]) -> Record:
    """The choices as words for a list to choose from; `worded` where the words say it all."""
    held = tuple(choices)
    return {"options": [one_line(c.text) for c in held], "worded": all(is_worded(c.text) for c in held)}


def _numbers(answers: tuple[NumericAnswer, ...] | None, unit: str) -> list[list[str]]:
    return [[_number(one, unit), *_share(one.weight)] for one in answers or ()]


def _number(one: NumericAnswer, unit: str) -> str:
    if one.value is not None:
        text = celltext.number(one.value) + (f" ± {celltext.number(one.tolerance)}" if one.tolerance else "")
    else:
        text = f"{celltext.number(one.bounds[0])} … {celltext.number(one.bounds[1])}"
    return f"{text} {unit}".strip()


def _share(weight: Fraction) -> list[str]:
    """A weight other than 1 as a percentage where it is a whole one, else as a fraction."""
    if weight == ONE:
        return []
    percent = weight * 100
    return [f"{percent.numerator} %" if percent.denominator == 1 else celltext.number(weight)]


def _finding(one: Diagnostic) -> Record:
    made = {"code": one.code, "severity": one.severity, "message": one.message}
    return made | {name: value for name in ("pointer", "hint") if (value := getattr(one, name))}


def _float(value: Fraction) -> float:
    return int(value) if value.denominator == 1 else float(value)


def plain_description(text: Text) -> str:
    """A description on one line, for the head of the page."""
    return " ".join(richtext.plain(text).split())
