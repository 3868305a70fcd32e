"""A question from a row of a sheet: kind, choices, key and the rest, as well as the row tells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import msgspec

from qbank.formats import celltext, sheets
from qbank.formats.platforms import cells
from qbank.formats.platforms.headers import LETTERS
from qbank.model import (
    Accepted,
    Choice,
    Cloze,
    Essay,
    Feedback,
    Information,
    Kind,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    TextBlank,
    TrueFalse,
    has_answer,
)
from qbank.readers.naming import Naming
from qbank.readers.platforms import kinds
from qbank.readers.platforms.tables import Record
from qbank.reading import Context

Style: TypeAlias = Literal["letter", "number", "text"]
UNNAMED = "q"
_NUMBERED = {
    "kahoot": "number",
    "quizizz": "number",
    "blooket": "number",
    "wooclap": "number",
    "kaoshibao": "letter",
    "chaoxing": "letter",
    "socrative": "letter",
    "motibang": "letter",
}
_OPTION = re.compile(r"(?:^|(?<=[\s;；|,，、。$#]))[(（\[【]?([A-Za-z])\s*[.．、:：)）\]】]\s*")
_CUTS = ("$;$", "\n", "||", "|", "｜", "@@", "###", ";", "；", "#", "\t", "、", ",", "，")
_KEY_WORDS = re.compile(r"[\s,，、;；/|&+]+|和|及|与|and")
_KEY_LABEL = re.compile(
    r"(?:选择|选项|选择项|答案|option|choice|answer|选)[是为:：]?\s*(?=[A-Za-z0-9]\b|[A-Z]+\b)", re.I
)
_LONG = 30
_MOST = 26


class Unfit(Exception):
    """Why a row is no question, and the field of the cell to blame."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def style_of(records: Iterable[Record], platform: str | None) -> Style:
    """How most rows of a table name the right choice."""
    if platform in _NUMBERED:
        return "number" if _NUMBERED[platform] == "number" else "letter"
    counts: Counter[Style] = Counter()
    for record in records:
        listed = [text for name, text in record.values.items() if len(name) == 1]
        answer = unicodedata.normalize("NFKC", record.values.get("answer", "")).strip()
        if len(listed) < 2 or not answer:
            continue
        letters = {name for name in record.values if len(name) == 1}
        is_key = (answer.isdecimal() and len(answer) == 1) or set(answer.upper()) <= letters
        if answer in listed and not is_key:
            counts["text"] += 1
        elif re.fullmatch(r"[A-Za-z](?:[\s,、;/|]*[A-Za-z])*", answer):
            counts["letter"] += 1
        elif re.fullmatch(r"\d(?:[\s,、;/|]*\d)*", answer):
            counts["number"] += 1
    return counts.most_common(1)[0][0] if counts else "letter"


@dataclass(slots=True)
class Maker:
    """Makes questions of the rows of a document."""

    document: str
    ctx: Context
    naming: Naming = field(default_factory=Naming)
    style: Style = "letter"
    kind: str = ""
    """What a heading above the rows, or the name of their sheet, calls them."""
    category: str = ""
    """The name of their sheet, where several have questions."""
    _said: list[tuple[str, str, str, str]] = field(default_factory=list)

    def question(self, record: Record) -> Question | None:
        """The question of a row; None, and R039 with its cell, where there is none."""
        self._said.clear()
        try:
            made = self._made(record)
        except Unfit as unfit:
            self._tell(record, "R039", unfit.field, f"{unfit}; the row was not read", "", "")
            return None
        given = record.values.get("id", "")
        name = given if self.naming.own(given) else self.naming.minted(made)
        for code, where, message, hint in self._said:
            self._tell(record, code, where, message, hint, name)
        return msgspec.structs.replace(made, id=name)

    def _tell(self, record: Record, code: str, where: str, message: str, hint: str, question: str) -> None:
        self.ctx.problem(
            code,
            f"{record.place(where)}: {message}",
            self.document,
            record.line.number,
            record.column(where),
            question=question,
            hint=hint,
        )

    def _say(self, code: str, where: str, message: str, hint: str = "") -> None:
        self._said.append((code, where, message, hint))

    def _made(self, record: Record) -> Question:
        values = dict(record.values)
        stem = values.get("stem", "")
        if not stem:
            raise Unfit("stem", "it has no stem")
        if "image" in values:
            self._say("R044", "image", f"the picture {values['image'][:60]!r} was not fetched")
        answer = _joined_answer(values)
        listed = _listed(values)
        if record.table.platform == "gimkit" or (not listed and any(name.startswith("wrong") for name in values)):
            listed, answer = _right_and_wrong(values, answer)
        stem, answer = _key_in_stem(stem, answer, listed)
        choices = [Choice(id=name, text=text) for name, text in listed.items()]
        word = values.get("kind", "") or self.kind
        kind, style, guessed = self._kind(word, stem, choices, answer)
        if guessed and word and kinds.named(word) is None:
            self._say("R017", "kind", f"{word[:30]!r} is no kind that is known; it was taken for {kind}")
        elif guessed and (word or len(choices) < 2):
            self._say("R017", "kind", f"the kind was guessed from the row ({kind})")
        common = self._common(record, values)
        made = self._question(kind, style, stem, choices, answer, common, values)
        if not answer and kind != "essay" and not has_answer(made):
            self._say("R011", "answer", "no answer was found", "fill in the answer in the bank")
        return made

    # --- kind --------------------------------------------------------------------------------------------------------

    def _kind(self, word: str, stem: str, choices: Sequence[Choice], answer: str) -> tuple[Kind, str, bool]:
        """Kind, style of an essay, and whether it was guessed."""
        found = kinds.named(word) if word else None
        if found is None:
            return (*self._guessed(stem, choices, answer), True)
        if found.nearest:
            self._say("R048", "kind", f"the bank has no {word} questions; this one was read as the nearest kind")
        if found.kind in ("matching", "ordering"):
            self._say("R040", "kind", f"a row cannot say a question of the kind {word}; it was kept as an essay")
            return "essay", "", False
        if found.kind in ("single_choice", "multiple_choice"):
            if len(choices) < 2:
                if cells.truth(answer) is not None and not choices:
                    return "true_false", "", True
                if choices:
                    raise Unfit("B", f"it is called {word} and has one choice")
                if not answer or len(answer) > 6:
                    return "essay", "", True
                raise Unfit("A", f"it is called {word} and has no choices")
            if not found.sure:
                kind, style = self._guessed(stem, choices, answer)
                # `Multiple Choice` may have the choices True and False; `选择题` stands beside `判断题`
                return ("single_choice" if kind == "true_false" and not word.isascii() else kind), style, False
        if found.kind == "true_false" and len(choices) > 2:
            return (*self._guessed(stem, choices, answer), True)
        if found.kind == "cloze" and not choices and len(answer) > cells.LONGEST and not cells.GAP.search(stem):
            return "essay", "", True
        if found.kind == "essay" and len(choices) >= 2 and self._chosen(answer, choices):
            return (*self._guessed(stem, choices, answer), True)
        return found.kind, found.style, False

    def _guessed(self, stem: str, choices: Sequence[Choice], answer: str) -> tuple[Kind, str]:
        said = [str(choice.text) for choice in choices]
        if cells.verdicts(said):
            return "true_false", ""
        if len(choices) >= 2:
            return ("multiple_choice" if len(self._chosen(answer, choices) or ()) > 1 else "single_choice"), ""
        if cells.truth(answer) is not None and not answer.isdecimal() and answer.casefold() not in {"x", "v", "y", "n"}:
            return "true_false", ""
        if cells.GAP.search(stem):
            return "cloze", ""
        return ("short_answer" if 0 < len(answer) <= _LONG and "\n" not in answer else "essay"), ""

    # --- what every question has ------------------------------------------------------------------------------------

    def _common(self, record: Record, values: Mapping[str, str]) -> dict[str, Any]:
        from qbank.readers.paper.build import difficulty

        common: dict[str, Any] = {
            "id": UNNAMED,
            "source": Source(
                document=self.document,
                section=record.table.grid.name or None,
                number=values.get("number"),
                line=record.line.number,
                text=" | ".join(cell for cell in record.line.cells if cell)[:2000],
            ),
        }
        points = next((values[name] for name in ("points", "points1") if name in values), "")
        if points:
            number = celltext.fraction(re.sub(r"\s*(?:分|points?|pts?)\s*$", "", points, flags=re.I))
            if number is None or number < 0:
                self._say("R024", "points", f"{points[:40]!r} is no number of points; 1 was taken")
            else:
                common["points"] = number
        tags: list[str] = []
        if "difficulty" in values:
            level = difficulty(values["difficulty"])
            if level is None:
                tags.append(values["difficulty"])
            else:
                common["difficulty"] = level
        if "feedback" in values:
            common["feedback"] = Feedback(general=values["feedback"])
        tags += [
            t.strip()
            for t in re.split(r"[;；,，、|]", f"{values.get('tags', '')};{values.get('knowledge', '')}")
            if t.strip()
        ]
        if tags:
            common["tags"] = tuple(dict.fromkeys(tags))
        path = [p.strip() for p in re.split(r"[/>＞\\]|->", values.get("category", "") or self.category) if p.strip()]
        if path:
            common["category"] = tuple(path)
        if title := " ".join(values.get("title", "").split()):
            common["title"] = title
        if values.get("status", "").casefold() in sheets.STATUS_LABELS["draft"]:
            common["status"] = "draft"
        if hints := [h.strip() for h in values.get("hints", "").splitlines() if h.strip()]:
            common["hints"] = tuple(hints)
        return common

    # --- what its kind needs ----------------------------------------------------------------------------------------

    def _question(
        self,
        kind: Kind,
        style: str,
        stem: str,
        choices: Sequence[Choice],
        answer: str,
        common: dict[str, Any],
        values: Mapping[str, str],
    ) -> Question:
        match kind:
            case "single_choice" | "multiple_choice":
                return self._choice(kind, stem, tuple(choices), answer, common, values)
            case "true_false":
                return TrueFalse(stem=cells.bare_statement(stem), answer=self._truth(answer, choices), **common)
            case "cloze" | "short_answer":
                accepted = [str(choice.text) for choice in choices] if choices and not answer else []
                if choices and answer and self._chosen(answer, choices):
                    named = self._chosen(answer, choices) or ()
                    accepted = [str(choice.text) for choice in choices if choice.id in named]
                return self._filled(kind, stem, answer, accepted, common)
            case "numeric":
                return self._numeric(stem, answer, common)
            case "information":
                return Information(stem=stem, **common)
            case _:
                how: Any = style or "short"
                return Essay(stem=stem, style=how, answer=answer or None, **common)

    def _choice(
        self,
        kind: Kind,
        stem: str,
        choices: tuple[Choice, ...],
        answer: str,
        common: dict[str, Any],
        values: Mapping[str, str],
    ) -> Question:
        told = {name[8:]: text for name, text in values.items() if re.fullmatch(r"feedback[A-Z]", name)}
        choices = tuple(msgspec.structs.replace(c, feedback=told[c.id]) if c.id in told else c for c in choices)
        chosen = self._chosen(answer, choices) if answer else ()
        if chosen is None:
            self._say("R012", "answer", f"the answer {answer[:40]!r} names no choice of the row")
        if kind == "single_choice" and chosen and len(chosen) > 1:
            self._say("R013", "answer", f"a single choice with {len(chosen)} answers; read as multiple choice")
            kind = "multiple_choice"
        if kind == "single_choice":
            return SingleChoice(stem=stem, choices=choices, answer=chosen[0] if chosen else None, **common)
        return MultipleChoice(stem=stem, choices=choices, answer=chosen or None, **common)

    def _chosen(self, answer: str, choices: Sequence[Choice]) -> tuple[str, ...] | None:
        """The ids of the choices an answer names, in the way of the table first; None where it names none."""
        said = _KEY_LABEL.sub("", unicodedata.normalize("NFKC", answer)).strip().strip("。.").strip()
        ids = [choice.id for choice in choices]
        words = [word for word in _KEY_WORDS.split(said) if word]
        by_text = {_folded(str(choice.text)): choice.id for choice in reversed(choices)}
        ways = {
            "number": lambda: _by_number(words, ids),
            "letter": lambda: _by_letter(words, ids),
            "text": lambda: _by_text(said, by_text),
        }
        by_label = re.match(r"[(]?([A-Za-z])\s*[.、:)]\s*\S", said)
        order = [self.style, *(way for way in ("text", "letter", "number") if way != self.style)]
        for way in order:
            found = ways[way]()
            if found:
                return tuple(name for name in ids if name in found)
        return (by_label[1].upper(),) if by_label is not None and by_label[1].upper() in ids else None

    def _truth(self, answer: str, choices: Sequence[Choice]) -> bool | None:
        if not answer:
            return None
        if len(choices) >= 2 and (chosen := self._chosen(answer, choices)):
            said = cells.truth(next(str(choice.text) for choice in choices if choice.id == chosen[0]))
            if said is not None:
                return said
        value = cells.truth(answer)
        if value is None and answer.strip() in {"1", "0"}:
            return answer.strip() == "1"
        if value is None and answer.strip().upper() in {"A", "B"}:
            self._say("R017", "answer", "A was taken for true and B for false")
            return answer.strip().upper() == "A"
        if value is None:
            self._say("R012", "answer", f"the answer {answer[:40]!r} says neither true nor false")
        return value

    def _filled(self, kind: Kind, stem: str, answer: str, accepted: list[str], common: dict[str, Any]) -> Question:
        text, count = (stem, 0) if kind == "short_answer" else cells.gapped(stem)
        found = [accepted] if accepted else cells.answers(answer, count) if answer else None
        if count == 0:
            return ShortAnswer(stem=stem, answer=_accepted(found[0]) if found else None, **common)
        if answer and (found is None or len(found) != count):
            self._say("R016", "answer", f"the stem has {count} gaps and the answer {answer[:40]!r} does not fill them")
            found = None
        blanks = tuple(TextBlank(id=f"b{i + 1}", answer=_accepted(found[i]) if found else None) for i in range(count))
        return Cloze(stem=text, blanks=blanks, **common)

    def _numeric(self, stem: str, answer: str, common: dict[str, Any]) -> Question:
        read = [sheets.numeric_answer(part) for part in cells.alternatives(answer)]
        numbers = [_numeric_answer(one) for one in read if one is not None]
        if answer and (len(numbers) != len(read) or None in numbers):
            return Essay(stem=stem, answer=answer, **common)
        return Numeric(stem=stem, answer=tuple(n for n in numbers if n is not None) or None, **common)


def _numeric_answer(read: Mapping[str, Any]) -> NumericAnswer | None:
    try:
        given: dict[str, Any] = {name: Fraction(str(value)) for name, value in read.items()}
        return NumericAnswer(**given)
    except (ValueError, ZeroDivisionError):
        return None


def _accepted(found: Sequence[str]) -> tuple[Accepted, ...] | None:
    return tuple(Accepted(text=text) for text in dict.fromkeys(found) if text) or None


def _joined_answer(values: Mapping[str, str]) -> str:
    """The answer, be it in one column or in several; a gap each, or a letter each."""
    parts = [values["answer"]] if "answer" in values else []
    parts += [values[name] for i in range(1, 13) if (name := f"answer{i}") in values]
    return "|".join(parts)


def _listed(values: Mapping[str, str]) -> dict[str, str]:
    """The choices of a row by letter: a column each, or all in one cell; a choice keeps the letter of its column."""
    listed = {name: text for name, text in sorted(values.items()) if len(name) == 1}
    if not listed and (joined := values.get("choices")):
        listed = dict(zip(LETTERS, _cut(joined), strict=False))
    return dict(zip(listed, cells.unlabelled(list(listed.values()), list(listed)), strict=True))


def _cut(joined: str) -> list[str]:
    """The choices in one cell: `A.one B.two`, one a line, or between signs."""
    marks = list(_OPTION.finditer(joined))
    if len(marks) >= 2 and [m[1].upper() for m in marks] == list(LETTERS[: len(marks)]):
        ends = [m.start() for m in marks[1:]] + [len(joined)]
        return [joined[m.end() : end].strip(" \n;；|,，、$#") for m, end in zip(marks, ends, strict=True)]
    if joined.startswith("[") and joined.endswith("]"):
        parts = [part.strip().strip("'\"“”") for part in re.split(r"[,，](?=\s*['\"“])", joined[1:-1])]
        if len(parts) > 1:
            return parts[:_MOST]
    for separator in _CUTS:
        parts = [part.strip() for part in joined.split(separator)]
        if len([part for part in parts if part]) > 1:
            return [part for part in parts if part][:_MOST]
    return [joined]


def _right_and_wrong(values: Mapping[str, str], answer: str) -> tuple[dict[str, str], str]:
    """The right choice first, the wrong ones behind it."""
    wrong = [text for name, text in sorted(values.items()) if name.startswith("wrong")]
    return ({LETTERS[i]: text for i, text in enumerate([answer, *wrong])}, "A") if answer else ({}, "")


_IN_STEM = re.compile(r"[(（【\[]\s*([A-Ha-h]{1,8}|[√×✓✗对错])\s*[)）】\]]")


def _key_in_stem(stem: str, answer: str, listed: Mapping[str, str]) -> tuple[str, str]:
    """The key that a stem gives away in its brackets, where the row has no other."""
    found = list(_IN_STEM.finditer(stem))
    if answer or len(found) != 1:
        return stem, answer
    key = found[0][1].upper()
    if (listed and set(key) <= set(listed)) or (
        not listed and cells.truth(key) is not None and len(key) == 1 and key not in "TFYNVX"
    ):
        return f"{stem[: found[0].start(1)]}{stem[found[0].end(1) :]}", key
    return stem, answer


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("。.")


def _by_letter(words: Sequence[str], ids: Sequence[str]) -> set[str] | None:
    if not words or not all(re.fullmatch(r"[A-Za-z]+", word) for word in words):
        return None
    named = {letter.upper() for word in words for letter in word}
    return named if named <= set(ids) else None


def _by_number(words: Sequence[str], ids: Sequence[str]) -> set[str] | None:
    places = [LETTERS.index(name) + 1 for name in ids]
    if not words or not all(word.isdecimal() and len(word) < 6 for word in words):
        return None
    numbers = [int(word) for word in words]
    if len(numbers) == 1 and numbers[0] not in places:
        numbers = [int(digit) for digit in words[0]]  # `134` as letters are written: ACD
    return {LETTERS[n - 1] for n in numbers} if set(numbers) <= set(places) else None


def _by_text(said: str, by_text: Mapping[str, str]) -> set[str] | None:
    whole = re.sub(r"^[(（]?[A-Za-z]\s*[.．、:：)）]\s*(?=\S)", "", said)
    for written in (said, whole):
        if _folded(written) in by_text:
            return {by_text[_folded(written)]}
    parts = [by_text.get(_folded(part)) for part in re.split(r"[;|\n]+", said) if part.strip()]
    if len(parts) < 2:
        parts = [by_text.get(_folded(part)) for part in re.split(r"[,、]+", said) if part.strip()]
    return {part for part in parts if part} if len(parts) > 1 and None not in parts else None
