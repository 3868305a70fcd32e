"""Questions of the model from what a GIFT file says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from html import unescape
from typing import Any, Literal, assert_never

import msgspec

from qbank import richtext
from qbank.formats import gift, moodle
from qbank.formats.moodle import PHP_BLANKS
from qbank.formats.titles import first_words
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Choice,
    Essay,
    Feedback,
    Information,
    Item,
    Matching,
    MultipleChoice,
    MultipleScoring,
    Numeric,
    NumericAnswer,
    Ordering,
    Prompt,
    ShortAnswer,
    SingleChoice,
    Source,
    SubQuestion,
    Text,
    TrueFalse,
    Unit,
)
from qbank.readers.gift.paragraphs import Piece
from qbank.readers.gift.syntax import Answer, Unread, Words, Written, parsed
from qbank.readers.markup import moodle_text
from qbank.readers.numbers import read_number
from qbank.readers.parts import UNNAMED, Parts, choices, names, with_weights
from qbank.reading import Context

_CATEGORY = "$CATEGORY:"
_GRADINGS: Mapping[str, Literal["all_or_nothing", "each_position"]] = {
    "ALL_OR_NOTHING": "all_or_nothing",
    "ABSOLUTE_POSITION": "each_position",
}


@dataclass(slots=True)
class Builder:
    """Makes the questions of one file, piece by piece."""

    document: str
    ctx: Context
    parts: Parts = field(init=False)
    category: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.parts = Parts(self.document, self.ctx)

    def question(self, piece: Piece) -> SubQuestion | None:
        """The question of a piece; None for a category, for comments alone, and for what cannot be read (R042)."""
        begin = len(piece.text) - len(piece.text.lstrip(PHP_BLANKS))
        if begin == len(piece.text):
            return None
        self.parts.line, _ = piece.place(begin)
        if piece.text.startswith(_CATEGORY, begin):
            self.category = moodle.read_category(gift.unmasked(piece.text[begin + len(_CATEGORY) :]))
            self._repaired(piece, piece.repairs)
            self.parts.tell()
            return None
        try:
            written = parsed(piece)
        except Unread as reason:
            at = piece.place(max(reason.offset, begin))
            shown = " ".join(piece.text[begin : begin + 60].split())
            self.ctx.problem("R042", f"{gift.unmasked(shown)!r} was not read: {reason}", self.document, *at)
            return None
        self._repaired(piece, written.repairs)
        if written.second_block is not None:
            at = piece.place(written.second_block)
            self.parts.remark(
                "R047", "a second pair of braces is text, as Moodle reads it", *at, hint="write \\{ for the character"
            )
        wanted, tags = gift.read_comment(piece.comments) if piece.comments else ("", [])
        made = self.parts.named(self._made(piece, written, tuple(tags)), wanted)
        if wanted and wanted != made.id:
            settings = {**made.extensions.get(gift.NAME, {}), "id": wanted}
            return msgspec.structs.replace(made, extensions={**made.extensions, gift.NAME: settings})
        return made

    def _repaired(self, piece: Piece, repairs: Iterable[tuple[str, int]]) -> None:
        for message, offset in repairs:
            self.parts.remark("R047", message, *piece.place(offset))

    # What every question has

    def _made(self, piece: Piece, written: Written, tags: tuple[str, ...]) -> SubQuestion:
        stem = self._text(written.stem)
        title = moodle.read_name((written.title or "").strip(PHP_BLANKS))
        line, column = piece.place(len(piece.text) - len(piece.text.lstrip(PHP_BLANKS)))
        end, end_column = piece.place(len(piece.text.rstrip(PHP_BLANKS)))
        common: dict[str, Any] = {
            "id": UNNAMED,
            "title": title if title and title != moodle.read_name(moodle.name(first_words(stem, ""))[0]) else None,
            "stem": stem,
            "tags": tags,
            "category": self.category,
            "source": Source(document=self.document, line=line, column=column, end_line=end, end_column=end_column),
        }
        if written.general is not None:
            common["feedback"] = Feedback(general=self._text(written.general))
        match written.sort:
            case "information":
                return Information(**common)
            case "essay":
                return Essay(**common)
            case "choice":
                return self._choice(piece, written, common)
            case "truth":
                return self._truth(written, common)
            case "short":
                return self._short(piece, written, common)
            case "numeric":
                return self._numeric(piece, written, common)
            case "matching":
                return self._matching(piece, written, common)
            case "ordering":
                return self._ordering(piece, written, common)
            case _:
                assert_never(written.sort)

    def _text(self, words: Words) -> Text:
        rich = moodle_text(gift.unmasked(words.text).strip(PHP_BLANKS), words.form, media=self.parts.media)
        return self.parts.text(rich)

    def _told(self, words: Words | None) -> Text | None:
        if words is None:
            return None
        text = self._text(words)
        return None if text == "" else text

    # Kinds

    def _choice(self, piece: Piece, written: Written, common: dict[str, Any]) -> SubQuestion:
        shown: list[Answer] = []
        texts: list[Text] = []
        for answer in written.answers:
            text = self._text(answer.words)
            if text == "":
                self._remark(piece, "R010", "a choice without a text was left out, as Moodle does", answer)
                continue
            shown.append(answer)
            texts.append(text)
        if len(shown) < 2:
            return self._cut_off(piece, shown, texts, common)
        made = choices(texts, [self._told(answer.feedback) for answer in shown])
        weights = [answer.weight for answer in shown]
        if not written.is_single:
            right, scoring, weighted = multiple(made, weights)
            if right is None:
                self._remark(piece, "R011", "no choice is right", shown[0])
            return MultipleChoice(choices=weighted, answer=right, scoring=scoring, **common)
        full = [choice.id for choice, weight in zip(made, weights, strict=True) if weight == ONE]
        if not full:
            self._remark(piece, "R011", "no choice earns full marks", shown[0])
        if len(full) > 1:
            self._remark(
                piece, "R013", f"{len(full)} choices of a single choice are right; either one will do", shown[0]
            )
        if len(full) == 1 and set(weights) <= {ONE, ZERO}:
            return SingleChoice(choices=made, answer=full[0], **common)
        return SingleChoice(
            choices=with_weights(made, weights), answer=full[0] if full else None, scoring="weighted", **common
        )

    def _cut_off(self, piece: Piece, shown: list[Answer], texts: list[Text], common: dict[str, Any]) -> SubQuestion:
        """A choice question with one choice or none, which Moodle refuses: a draft with what there is."""
        at = piece.place(shown[0].words.offset if shown else 0)
        self.parts.remark("R006", "a choice question has fewer than two choices; it is kept as a draft", *at)
        plain = richtext.plain(texts[0]).strip() if texts else ""
        accepted = (Accepted(text=plain),) if plain and shown[0].weight == ONE else None
        return ShortAnswer(answer=accepted, status="draft", **common)

    def _truth(self, written: Written, common: dict[str, Any]) -> SubQuestion:
        right, wrong = self._told(written.answers[0].feedback), self._told(written.wrong)
        true, false = (right, wrong) if written.truth else (wrong, right)
        return TrueFalse(answer=written.truth, feedback_true=true, feedback_false=false, **common)

    def _short(self, piece: Piece, written: Written, common: dict[str, Any]) -> SubQuestion:
        rows: list[tuple[str, Fraction, Text | None]] = []
        for answer in written.answers:
            if answer.words.plain:
                rows.append((answer.words.plain, answer.weight, self._told(answer.feedback)))
            else:
                self._remark(piece, "R010", "an answer without a text was left out", answer)
        rest = [row for row in rows if row[0] == "*" and row[1] == 0]
        if len(rest) == 1 and rows[-1] is rest[0] and len(rows) > 1:
            rows.pop()
            self._incorrect(common, rest[0][2])
        read = [moodle.read_pattern(text) for text, _, _ in rows]
        wildcard = any(wild for _, wild in read)
        accepted = tuple(
            Accepted(text=text if wildcard else plain, weight=weight, feedback=feedback)
            for (text, weight, feedback), (plain, _) in zip(rows, read, strict=True)
        )
        if not accepted:
            self.parts.remark("R011", "there is no answer", *piece.place(0))
        return ShortAnswer(answer=accepted or None, wildcard=wildcard, **common)

    def _numeric(self, piece: Piece, written: Written, common: dict[str, Any]) -> SubQuestion:
        self._incorrect(common, self._told(written.wrong))
        made: list[NumericAnswer] = []
        units: list[str] = []
        for answer in written.answers:
            told = self._told(answer.feedback)
            text = answer.words.plain
            if text == "*":
                if answer.weight == 0:
                    self._incorrect(common, told)
                else:
                    self._remark(piece, "R043", "* takes any number, which no numeric answer of a bank does", answer)
                continue
            number = read_number(text)
            if number is None:
                return self._words_for_numbers(piece, written, common)
            accepted, unit, is_loose = number
            if is_loose:
                self._remark(piece, "R047", f"{text!r} is no number for Moodle, which would take any answer", answer)
            if unit:
                units.append(unit)
            made.append(msgspec.structs.replace(accepted, weight=answer.weight, feedback=told))
        if not made:
            self.parts.remark("R011", "there is no number that would be right", *piece.place(0))
        named = tuple(Unit(name=name) for name in dict.fromkeys(units))
        return Numeric(answer=tuple(made) or None, units=named[:1], **common)

    def _words_for_numbers(self, piece: Piece, written: Written, common: dict[str, Any]) -> SubQuestion:
        """A numeric question whose answers are no numbers: to Moodle anything would be right; words were meant."""
        at = piece.place(written.answers[0].words.offset)
        self.parts.remark(
            "R048", "a numeric question whose answer is no number was read as a short answer", *at,
            hint="Moodle would take any answer for right",
        )  # fmt: skip
        answers = tuple(
            Accepted(text=answer.words.plain, weight=answer.weight, feedback=self._told(answer.feedback))
            for answer in written.answers
            if answer.words.plain
        )
        return ShortAnswer(answer=answers or None, **common)

    def _matching(self, piece: Piece, written: Written, common: dict[str, Any]) -> SubQuestion:
        prompts: list[Prompt] = []
        made: dict[str, str] = {}
        answer: dict[str, str] = {}
        free = names()
        for entry in written.answers:
            partner = read_line(gift.unmasked(entry.partner or "").strip(PHP_BLANKS))
            if partner not in made:
                made[partner] = next(free)
            text = self._text(entry.words)
            if text != "":
                prompts.append(Prompt(id=str(len(prompts) + 1), text=text))
                answer[prompts[-1].id] = made[partner]
        if not prompts or len(made) < 2:
            self._remark(
                piece, "R006", "a matching question needs two different things to choose from", written.answers[0]
            )
            plain = [Accepted(text=text) for text in made if text.strip()]
            return ShortAnswer(answer=tuple(plain) or None, status="draft", **common)
        found = tuple(Choice(id=name, text=text) for text, name in made.items())
        return Matching(prompts=tuple(prompts), choices=found, answer=answer, **common)

    def _ordering(self, piece: Piece, written: Written, common: dict[str, Any]) -> SubQuestion:
        count, which, layout, grading, shown, numbering = written.settings
        items = [Item(id=str(i), text=self._text(answer.words)) for i, answer in enumerate(written.answers, 1)]
        if len(items) < 2:
            self.parts.remark("R006", "an ordering with fewer than two items; it is kept as a draft", *piece.place(0))
            return Essay(status="draft", **common)
        if grading not in _GRADINGS:
            self.parts.remark(
                "R043", f"the grading {grading or 'by neighbours'} was read as the share of right places",
                *piece.place(written.answers[0].words.offset),
            )  # fmt: skip
        if which not in ("", "ALL", "EXACT") and int(count) < len(items):
            self.parts.remark("R045", f"Moodle shows {count} of the {len(items)} items; all are shown", *piece.place(0))
        kept = {
            name: value
            for name, value, standard in (
                ("layout", layout, ("", "VERTICAL", "VERT", "V", "0")),
                ("showgrading", shown, ("", "SHOW", "TRUE", "YES", "1")),
                ("numbering", numbering, ("", "none")),
            )
            if value not in standard
        }
        if kept:
            extensions = common.setdefault("extensions", {})
            extensions[gift.NAME] = extensions.get(gift.NAME, {}) | kept
        return Ordering(
            items=tuple(items),
            answer=tuple(item.id for item in items),
            scoring=_GRADINGS.get(grading, "each_position"),
            **common,
        )

    def _incorrect(self, common: dict[str, Any], told: Text | None) -> None:
        if told is not None:
            general = common["feedback"].general if "feedback" in common else None
            common["feedback"] = Feedback(general=general, incorrect=told)

    def _remark(self, piece: Piece, code: str, message: str, answer: Answer) -> None:
        self.parts.remark(code, message, *piece.place(answer.words.offset))


def read_line(shown: str) -> str:
    """A matching choice as students see it: entities decoded, tags taken off."""
    return unescape(re.sub(r"</?[A-Za-z][^<>]*>", "", shown)) if "<" in shown or "&" in shown else shown


def multiple(
    made: tuple[Choice, ...], weights: list[Fraction]
) -> tuple[tuple[str, ...] | None, MultipleScoring, tuple[Choice, ...]]:
    """The right choices, the policy and the choices of a question with checkboxes, from what each choice earns."""
    right = tuple(choice.id for choice, weight in zip(made, weights, strict=True) if weight > 0)
    policies: tuple[Literal["each_correct", "balanced"], ...] = ("each_correct", "balanced")
    for scoring in policies:
        if not right:
            break
        as_ours = MultipleChoice(id="x", stem="", choices=made, answer=right, scoring=scoring)
        if [moodle.GRADES[percent] for percent in moodle.marks(as_ours).percents] == weights:
            return right, scoring, made
    return right or None, "weighted", with_weights(made, weights)
