"""Writes a bank as the import sheet of a platform, as its description in `qbank.formats.platforms.dialects` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import BinaryIO, assert_never

from qbank.diagnostics import QbankError
from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext, sheets
from qbank.formats.platforms import cells
from qbank.formats.platforms.dialects import SHEET, SHEET_EN, Dialect, kinds_of
from qbank.formats.platforms.headers import LETTERS
from qbank.model import (
    KINDS,
    Accepted,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Kind,
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
    TrueFalse,
    kind_of,
)
from qbank.suggest import did_you_mean

from .files import FILES, BookRows, File, Rows, TextRows, changed_for_safety
from .remarks import Remarks, chosen

Row = dict[str, str | Fraction | int]
_TIMES = range(5, 901)


@dataclass(frozen=True, slots=True)
class SheetExporter:
    """Writes one question a row."""

    dialect: Dialect
    unanswered: Unanswered = "left-out"
    keeps_unanswered: bool = False

    @property
    def name(self) -> str:
        """The platform's name."""
        return self.dialect.name

    @property
    def title(self) -> str:
        """The platform's title."""
        return self.dialect.title

    @property
    def suffix(self) -> str:
        """How the platform's files end."""
        return self.dialect.suffix

    @property
    def options(self) -> Mapping[str, str]:
        """The options that make sense for the platform."""
        found = {"file": "what is written: xlsx, csv or tsv (default: what the platform takes)"}
        if "time" in self.dialect.constants:
            found["time"] = f"seconds to answer a question (default: {self.dialect.constants['time']})"
        if self.dialect is SHEET:
            found["language"] = "of the headings: en or zh (default: the bank's)"
            found["columns"] = "other headings for columns, or all in their order: stem=Frage,answer=Antwort"
        return MappingProxyType(found)

    @property
    def support(self) -> Mapping[Kind, Support]:
        """Plain texts in cells lose something of every kind."""
        able = kinds_of(self.dialect)
        return MappingProxyType({kind: "lossy" if kind in able else "none" for kind in KINDS})

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        dialect = _spoken(self.dialect, ctx)
        rows = _file(dialect, sink, ctx)
        for above in dialect.above:
            rows.above([cell.replace("{title}", ctx.title) for cell in above])
        words = list(dict.fromkeys(dialect.kinds.values())) if dialect.has("kind") else []
        rows.header([title for _, title in dialect.columns], [word for word in words if word])
        if dialect.below:
            rows.above(dialect.below)
        text_file = isinstance(rows, TextRows)
        writer = _Writer(dialect, ctx, rows, Remarks(ctx, dialect.name), _time(dialect, ctx), text_file)
        for question in questions:
            for alone, original in writer.remarks.apart(question, frozenset({"category", "tags"})):
                writer.write(alone, original)
        rows.close()


def _spoken(dialect: Dialect, ctx: Context) -> Dialect:
    """The description with the headings that were asked for."""
    if dialect is not SHEET:
        return dialect
    language = ctx.options.get("language") or ("zh" if sheets.tongue_of(ctx.language) == "zh" else "en")
    if language not in ("en", "zh"):
        raise QbankError(f"--option language={language}: en or zh")
    dialect = SHEET if language == "zh" else SHEET_EN
    asked = ctx.options.get("columns")
    return replace(dialect, columns=_columns(dialect, asked)) if asked else dialect


def _columns(dialect: Dialect, asked: str) -> tuple[tuple[str, str], ...]:
    """The columns as `stem=Frage,A=...` or `stem,A,B,answer` names them."""
    known = dict(dialect.columns)
    given: list[tuple[str, str]] = []
    for part in re.split(r"[,，]", asked):
        name, equals, title = (piece.strip() for piece in part.partition("="))
        if name not in known:
            raise QbankError(f"--option columns: {name!r} is not a column; {did_you_mean(name, list(known))}")
        given.append((name, title if equals else known[name]))
    if "=" not in asked:
        if "stem" not in dict(given):
            raise QbankError("--option columns: the stem is missing")
        return tuple(given)
    return tuple((name, dict(given).get(name, title)) for name, title in dialect.columns)


def _file(dialect: Dialect, sink: BinaryIO, ctx: Context) -> Rows:
    asked = ctx.options.get("file", dialect.suffix.removeprefix("."))
    if asked not in FILES:
        raise QbankError(f"--option file={asked}: xlsx, csv or tsv")
    file: File = next(name for name in FILES if name == asked)
    if file == "xlsx":
        return BookRows(sink, ctx.title, dialect.sheet, [name for name, _ in dialect.columns])
    return TextRows(sink, file, bom=dialect.bom)


def _time(dialect: Dialect, ctx: Context) -> str:
    asked = ctx.options.get("time", dialect.constants.get("time", ""))
    if asked and not (asked.isdecimal() and int(asked) in _TIMES):
        raise QbankError(f"--option time={asked}: a number of seconds from 5 to 900")
    if dialect.name == "kahoot" and asked not in ("5", "10", "20", "30", "60", "90", "120", "240"):
        raise QbankError(f"--option time={asked}: Kahoot! takes 5, 10, 20, 30, 60, 90, 120 or 240 seconds")
    if dialect.name == "blooket" and int(asked) > 300:
        raise QbankError(f"--option time={asked}: Blooket takes at most 300 seconds")
    return asked


@dataclass(slots=True)
class _Writer:
    """Writes questions one after the other."""

    dialect: Dialect
    ctx: Context
    rows: Rows
    remarks: Remarks
    time: str
    text_file: bool
    number: int = 0
    carried: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = {name for name, _ in self.dialect.columns}
        kept = names & {"points", "difficulty", "category", "tags"}
        self.carried = frozenset(kept | ({"feedback/general"} if "feedback" in names else set()))

    def write(self, question: Question, original: Question) -> None:
        kind = kind_of(question)
        style = question.style if isinstance(question, Essay) else ""
        word = self.dialect.word(kind, style)
        if word is None:
            self.remarks.lost("X101", question, f"there are no {kind} questions; it was left out")
            return
        row = self._row(question)
        if row is None:
            return
        if kind in self.dialect.doubtful:
            self.remarks.lost(
                "X317", question, f"what is published of the template does not name {word or kind} rows of this sort",
                hint="import one such question first and look at it",
            )  # fmt: skip
        if isinstance(question, Essay):
            told = {key.partition(":")[2] for key in self.dialect.kinds if key.startswith("essay:")}
            self.remarks.style(question, frozenset({"short", *told}))
        row["kind"] = word
        self._common(question, original, row)
        self._add(question, row)

    def _add(self, question: Question, row: Row) -> None:
        self.number += 1
        row["number"] = self.number
        if self.time:
            row["time"] = int(self.time)
        line: list[str | Fraction | int] = []
        for name, _ in self.dialect.columns:
            cell = row.get(name, "")
            if isinstance(cell, str) and celltext.units(cell) > celltext.LIMIT and not self.text_file:
                self.remarks.lost("X305", question, "a text was cut to what a cell can hold", _pointer(name, question))
                cell = next(celltext.pieces(cell))
            if isinstance(cell, str) and self.text_file and changed_for_safety(cell):
                self.remarks.lost(
                    "X305", question, "a space before a text keeps spreadsheets from taking it for a formula",
                    _pointer(name, question),
                )  # fmt: skip
            line.append(cell)
        self.rows.add(line)

    # --- what every question has ------------------------------------------------------------------------------------

    def _common(self, question: Question, original: Question, row: Row) -> None:
        self.remarks.never_carried(original, self.carried)
        feedback = question.feedback.general if question.feedback is not None else None
        if feedback is not None and "feedback/general" in self.carried:
            row["feedback"] = self.remarks.text(question, feedback, "/feedback/general")
        if "points" in self.carried and not isinstance(question, Information):
            row["points"] = question.points
        if "difficulty" in self.carried and question.difficulty is not None:
            row["difficulty"] = question.difficulty
        if "category" in self.carried and question.category:
            self._listed(question, "category", "/", r"[/>＞\\]|->", row)
        if "tags" in self.carried and question.tags:
            self._listed(question, "tags", ";", r"[;；,，、|]", row)

    def _listed(self, question: Question, name: str, joint: str, separators: str, row: Row) -> None:
        parts = tuple(" ".join(part.split()) for part in getattr(question, name))
        written = joint.join(parts)
        if name == "category" and self.dialect.name == "chaoxing":
            written = "/" + written
        if tuple(p.strip() for p in re.split(separators, written) if p.strip()) != getattr(question, name):
            self.remarks.lost("X305", question, f"a separator in its {name} will be taken for one", f"/{name}")
        row[name] = written

    def _stem(self, question: Question) -> str:
        return self.remarks.text(question, question.stem, "/stem", self.dialect.longest.get("stem"))

    # --- what its kind needs ----------------------------------------------------------------------------------------

    def _row(self, question: Question) -> Row | None:
        match question:
            case SingleChoice() | MultipleChoice():
                return self._choice(question)
            case TrueFalse():
                return self._true_false(question)
            case ShortAnswer():
                return self._short(question)
            case Numeric():
                return self._numeric(question)
            case Cloze():
                return self._cloze(question)
            case Essay():
                return self._essay(question)
            case Information():
                return {"stem": self._stem(question)}
            case Matching() | Ordering() | Group():
                raise AssertionError(f"no platform writes {kind_of(question)} rows")
            case _:
                assert_never(question)

    def _choice(self, question: SingleChoice | MultipleChoice) -> Row | None:
        right = self.remarks.keyed(question)
        kept = None if right is None else self._fitting(question, right)
        if right is None or kept is None:
            return None
        self.remarks.choices(question)
        limit = self.dialect.longest.get("choice")
        texts = [self.remarks.text(question, question.choices[i].text, f"/choices/{i}/text", limit) for i in kept]
        ids = [question.choices[i].id for i in kept]
        if cells.unlabelled(texts, LETTERS[: len(texts)]) != texts:
            self.remarks.lost("X305", question, "letters before the choices will be taken for labels", "/choices")
        if len(set(texts)) < len(texts):
            self.remarks.lost("X305", question, "two choices say the same", "/choices")
        self._kind_read(question, texts)
        return {"stem": self._stem(question)} | self._keyed(question, texts, [ids.index(name) for name in right])

    def _fitting(self, question: SingleChoice | MultipleChoice, right: Sequence[str]) -> list[int] | None:
        """The places of the choices that are written; wrong ones are left out where the platform takes fewer."""
        ids = [choice.id for choice in question.choices]
        most = self.dialect.choices
        if len(ids) <= most:
            return list(range(len(ids)))
        if any(choice.fixed for choice in question.choices) or len(right) >= most:
            self.remarks.lost("X104", question, f"it was left out: it has more than {most} choices")
            return None
        wrong = [i for i, name in enumerate(ids) if name not in right]
        dropped = set(wrong[most - len(right) :])
        self.remarks.lost(
            "X305", question, f"of {len(ids)} choices {most} are taken; the last wrong ones were left out", "/choices"
        )
        self.remarks.lost("X305", question, "the key names the choices that are left", "/answer")
        return [i for i in range(len(ids)) if i not in dropped]

    def _kind_read(self, question: SingleChoice | MultipleChoice, texts: Sequence[str]) -> None:
        """Reports a kind that the sheet does not tell from another."""
        words = [self.dialect.word(kind) for kind in ("single_choice", "multiple_choice", "true_false")]
        mine = self.dialect.word(kind_of(question))
        alike = words.count(mine) > 1
        if self.dialect.word("true_false") == mine and cells.verdicts(texts):
            self.remarks.lost("X302", question, "choices of true and false are taken for a question to judge", "/kind")
        elif alike and isinstance(question, MultipleChoice) and len(question.answer or ()) == 1:
            self.remarks.lost("X302", question, "with one right choice it is a single choice", "/kind")

    def _keyed(self, question: Question, texts: Sequence[str], right: Sequence[int]) -> Row:
        places = sorted(right)
        row: Row = {"count": len(texts)}
        match self.dialect.key:
            case "letters":
                row["answer"] = self.dialect.joint.join(LETTERS[i] for i in places)
            case "numbers":
                row["answer"] = self.dialect.joint.join(str(i + 1) for i in places)
            case "columns":
                row |= {"answer" if n == 0 else f"answer{n + 1}": LETTERS[i] for n, i in enumerate(places)}
            case "first":
                if places != [0]:
                    self.remarks.lost("X208", question, "the right choice stands first", "/choices")
                    self.remarks.lost("X208", question, "the right choice stands first", "/answer")
                texts = [texts[places[0]], *(text for i, text in enumerate(texts) if i != places[0])]
            case _:
                assert_never(self.dialect.key)
        return row | dict(zip(LETTERS, texts, strict=False))

    def _true_false(self, question: TrueFalse) -> Row:
        self.remarks.verdicts(question)
        stem = self._stem(question)
        if cells.bare_statement(stem) != stem:
            self.remarks.lost(
                "X305", question, "the brackets at the end are taken for the place of the answer", "/stem"
            )
        words = self._truth(question)
        row: Row = {"stem": stem}
        if self.dialect.verdicts == "answer":
            return row | {"answer": words[0] if question.answer else words[1]}
        if self.dialect.word("true_false") == self.dialect.word("single_choice"):
            self.remarks.lost("X302", question, "it is a choice of two words")
        return row | self._keyed(question, words, [0 if question.answer else 1])

    def _truth(self, question: Question) -> tuple[str, str]:
        if self.dialect.truth == ("True", "False") and self.dialect.name != "sheet":
            spoken = question.language or self.ctx.language
            return ("正确", "错误") if sheets.tongue_of(spoken) == "zh" else ("True", "False")
        return self.dialect.truth

    def _essay(self, question: Essay) -> Row:
        self.remarks.essay(question)
        row: Row = {"stem": self._stem(question)}
        if question.answer is not None and not self._has_answers():
            self.remarks.lost("X209", question, "there is no place for a model answer", "/answer")
        elif question.answer is not None:
            row["answer"] = self.remarks.text(question, question.answer, "/answer")
        return row

    def _has_answers(self) -> bool:
        """Whether the answer column takes words."""
        return self.dialect.accepted == "answer" and self.dialect.key == "letters"

    # --- answers that are written in --------------------------------------------------------------------------------

    def _short(self, question: ShortAnswer) -> Row:
        self.remarks.comparison(question, question)
        texts = self._texts(question, question.answer or (), "/answer")
        stem = self._stem(question)
        row = {"stem": stem} | self._accepted(question, [texts], "/answer")
        if self._as("cloze", question) and cells.gapped(stem)[1]:
            self.remarks.lost("X302", question, "the gap in its stem makes it a text with gaps", "/kind")
        elif self._as("cloze", question) and len(str(row.get("answer", ""))) > cells.LONGEST:
            self.remarks.lost("X302", question, "so long an answer is taken for a model answer", "/kind")
        return row

    def _cloze(self, question: Cloze) -> Row | None:
        if len(question.blanks) > 1 and not self.dialect.gaps:
            self.remarks.lost("X104", question, "it was left out: only one gap a question can be written")
            return None
        found: list[list[str]] = []
        gaps = self.remarks.gaps(question)
        if gaps is None:
            return None
        for i, blank in gaps:
            self.remarks.gap(question, i, blank)
            match blank:
                case TextBlank():
                    found.append(self._texts(question, blank.answer or (), f"/blanks/{i}/answer"))
                case NumericBlank():
                    found.append(self._numbers(question, blank.answer or (), f"/blanks/{i}/answer"))
                case ChoiceBlank():
                    found.append([chosen(blank)])
        shown = self.remarks.gapped(question)
        if not self.text_file and celltext.units(shown) > celltext.LIMIT:
            self.remarks.lost("X104", question, "it was left out: its text with the gaps is longer than a cell")
            return None
        return {"stem": shown} | self._accepted(question, found, "/blanks")

    def _numeric(self, question: Numeric) -> Row:
        self.remarks.units(question)
        stem = self._stem(question)
        answers = question.answer or ()
        if self.dialect.word("numeric") != self.dialect.word("cloze"):
            for i, answer in enumerate(answers):
                self.remarks.answer(question, answer, f"/answer/{i}")
            texts = [sheets.numeric_text(_spelled(answer)) for answer in answers]
            return {"stem": stem, "answer": "; ".join(texts)}
        self.remarks.lost("X302", question, "a number is compared as the words of it")
        return {"stem": stem} | self._accepted(question, [self._numbers(question, answers, "/answer")], "/answer")

    def _numbers(self, question: Question, answers: Sequence[NumericAnswer], pointer: str) -> list[str]:
        """The numbers as words; what lies within a tolerance or a range is not accepted any more."""
        texts = []
        for i, answer in enumerate(answers):
            self.remarks.answer(question, answer, f"{pointer}/{i}")
            low, high = answer.bounds
            if low != high:
                self.remarks.lost("X307", question, "only the number itself is accepted", f"{pointer}/{i}")
            texts.append(celltext.number(answer.value if answer.value is not None else (low + high) / 2))
        return texts

    def _texts(self, question: Question, answers: Sequence[Accepted], pointer: str) -> list[str]:
        texts = []
        for i, answer in enumerate(answers):
            self.remarks.answer(question, answer, f"{pointer}/{i}")
            texts.append(self.remarks.text(question, answer.text, f"{pointer}/{i}/text"))
        return texts

    def _accepted(self, question: Question, found: list[list[str]], pointer: str) -> Row:
        """The cells that say what is accepted, as far as the platform takes it; what reads otherwise is reported."""
        if self.dialect.accepted == "choices":
            texts = found[0]
            if len(texts) > self.dialect.choices:
                self.remarks.lost("X305", question, f"only {self.dialect.choices} answers are accepted", pointer)
            if cells.unlabelled(texts, LETTERS[: len(texts)]) != texts:
                self.remarks.lost("X305", question, "letters before the answers will be taken for labels", pointer)
            row: Row = dict(zip(LETTERS, texts[: self.dialect.choices], strict=False))
            return row
        parts = found
        if not self.dialect.alternatives and any(len(texts) > 1 for texts in found):
            self.remarks.lost("X305", question, "only the first accepted answer of a gap is written", pointer)
            parts = [texts[:1] for texts in found]
        written = self.dialect.gaps.join(self.dialect.alternatives.join(texts) for texts in parts)
        if cells.answers(written, len(parts)) != parts:
            self.remarks.lost("X305", question, "a separator in an answer will be taken for one", pointer)
        return {"answer": written}

    def _as(self, kind: Kind, question: Question) -> bool:
        return self.dialect.word(kind) == self.dialect.word(kind_of(question))


def _spelled(answer: NumericAnswer) -> dict[str, str]:
    if answer.value is None:
        low, high = answer.bounds
        return {"min": celltext.number(low), "max": celltext.number(high)}
    spelled = {"value": celltext.number(answer.value)}
    return spelled | ({"tolerance": celltext.number(answer.tolerance)} if answer.tolerance else {})


def _pointer(name: str, question: Question) -> str:
    """What of a question stands in a column."""
    if len(name) == 1:
        return "/choices" if isinstance(question, SingleChoice | MultipleChoice) else ""
    if name.startswith("answer"):
        return "/blanks" if isinstance(question, Cloze) else "/answer"
    return "/feedback/general" if name == "feedback" else f"/{name}"
