"""Tables with a question a row: .csv and .tsv files, and dumps with any characters between the cells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import Any

import msgspec

from qbank.diagnostics import QbankError
from qbank.formats import celltext, sheets
from qbank.model import (
    Accepted,
    Choice,
    Cloze,
    Essay,
    Feedback,
    Html,
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
)
from qbank.readers.decode import decode, looks_like_text
from qbank.readers.delimited import Row, rows, separator_of
from qbank.reading import Context, Document
from qbank.suggest import did_you_mean

_FIELDS: dict[str, str] = {
    "题号": "number",
    "序号": "number",
    "no": "number",
    "number": "number",
    "#": "number",
    "question#": "number",
    "questionnumber": "number",
    "选项": "choices",
    "候选项": "choices",
    "备选项": "choices",
    "choices": "choices",
    "options": "choices",
    **{f"incorrectanswer{n}": f"wrong{n}" for n in range(1, 10)},
}
"""Columns that our own workbook does not have, by their plain title."""
_NAMES = (*(column.key for column in sheets.COLUMNS), "number", "choices", "-")
_HEADER_WITHIN = 10
"""The header is among the first rows with something in them."""
_GAP = re.compile(r"[(（\[【]\s*_*\s*[)）\]】]|_{2,}|﹍{2,}|＿{2,}")
_OPTION = re.compile(r"(?:^|(?<=[\s;；|,，、。]))[(（\[【]?([A-Ha-h])\s*[.．、:：)）\]】]\s*")
_LABEL = re.compile(r"^\s*[(（\[【]?([A-Za-z])\s*[.．、:：)）\]】]\s*(?=\S)")
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}\Z")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_SURELY_JUDGED = frozenset({"对", "错", "正确", "错误", "√", "×", "✓", "✗", "✔", "✘", "true", "false", "t", "f"})
_VERDICTS = _SURELY_JUDGED | {"是", "否", "yes", "no"}


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads one question a row; a header names the columns, or the option `fields` does."""

    name: str = "table"
    title: str = "Table with a question a row (.csv, .tsv, delimited text)"
    suffixes: tuple[str, ...] = (".csv", ".tsv")
    options: Mapping[str, str] = field(
        default_factory=lambda: {
            "fields": "the columns in their order, where no header names them: stem,A,B,C,D,answer (- for one to pass over)",
            "separator": "what stands between the cells, such as | or @@ or tab; found out where missing",
        }
    )

    def sniff(self, document: Document) -> float:
        """Sure by the ending alone; other files are read as tables when asked for."""
        return 0.9 if document.name.lower().endswith(self.suffixes) and looks_like_text(document.data) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the table.

        A row that cannot be used is R039 with its line. Raises `QbankError`
        for what is not text and for options that mean nothing.
        """
        text = decode(document.data, document.name, ctx)
        separator = _separator(ctx.options.get("separator"), document.name, text)
        if re.match(r"\s*sep=.{1,3}\n", text, re.I):
            text = "\n" + text.partition("\n")[2]
        found = list(rows(text, separator)) if separator is not None else []
        columns, body = _columns(found, ctx.options.get("fields"))
        if "stem" not in columns:
            said = "no row names its columns" if found else "there is no table in it"
            ctx.problem(
                "R001",
                f"{document.name}: {said}, so no question was read",
                document.name,
                1,
                hint="say what the columns are: --option fields=stem,A,B,C,D,answer --option separator=,",
            )
            return
        maker = _Maker(document.name, ctx, _style(columns, body))
        questions = [made for row in body if (made := maker.question(columns, row)) is not None]
        if not questions:
            ctx.problem("R001", f"{document.name}: holds no row that is a question", document.name, 1)
        _name_language(ctx, text)
        yield from questions


def _separator(asked: str | None, name: str, text: str) -> str | None:
    if asked is not None:
        plain = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}.get(
            asked.lower(), asked
        )
        if not plain or "\n" in plain or '"' in plain:
            raise QbankError(f"--option separator={asked!r}: name the characters between the cells, such as | or tab")
        return plain
    if name.lower().endswith(".tsv"):
        return "\t"
    return separator_of(text)


def _columns(found: Sequence[Row], asked: str | None) -> tuple[list[str], Sequence[Row]]:
    """What each column is, and the rows below the header."""
    if asked is not None:
        columns = [_asked(word) for word in re.split(r"[,，]", asked)]
        named = [column_of(cell) for cell in found[0].cells] if found else []
        return columns, found[1:] if "stem" in named and len([n for n in named if n]) >= 2 else found
    for n, row in enumerate(found[:_HEADER_WITHIN]):
        named = [column_of(cell) for cell in row.cells]
        if "stem" in named and len({n for n in named if n}) >= 2:
            return _once(named), found[n + 1 :]
    return [], found


def _asked(word: str) -> str:
    word = word.strip()
    if word in {"", "-"}:
        return ""
    named = column_of(word)
    if named is None:
        raise QbankError(f"--option fields: {word!r} is not a column; {did_you_mean(word, _NAMES)}")
    return named


def column_of(title: str) -> str | None:
    """What a header cell calls its column: a key of our own workbook, `number`, `choices`, or None."""
    plain = re.sub(r"\(.*?\)|[\s_:：*]", "", unicodedata.normalize("NFKC", title).casefold())
    if re.fullmatch(r"incorrectanswer[1-9]", plain):
        return f"wrong{plain[-1]}"
    return _FIELDS.get(plain) or sheets.column_of_title(title.replace("*", ""))


def _once(named: Sequence[str | None]) -> list[str]:
    """Each name for its first column only."""
    seen: set[str] = set()
    result = []
    for name in named:
        result.append("" if name is None or name in seen else name)
        seen.add(name or "")
    return result


def _cells(columns: Sequence[str], row: Row) -> dict[str, str]:
    """The cells that have something in them, by column."""
    pairs = zip(columns, row.cells, strict=False)
    return {name: celltext.decoded(_unformulaic(cell)).strip() for name, cell in pairs if name and cell}


def _unformulaic(cell: str) -> str:
    """`="007"` is how a sheet keeps a text from becoming a number."""
    match = re.fullmatch(r'="(.*)"', cell, re.S)
    return match[1] if match else cell


def _style(columns: Sequence[str], body: Sequence[Row]) -> str:
    """How most rows name the right choice: by `letter`, by `number`, or by `text`."""
    counts: Counter[str] = Counter()
    for row in body[:2000]:
        cells = _cells(columns, row)
        listed = [text for name, text in cells.items() if len(name) == 1]
        answer = unicodedata.normalize("NFKC", cells.get("answer", "")).strip()
        if len(listed) < 2 or not answer:
            continue
        if answer in listed:
            counts["text"] += 1
        elif re.fullmatch(r"[A-Za-z](?:[\s,、;/|]*[A-Za-z])*", answer):
            counts["letter"] += 1
        elif re.fullmatch(r"\d(?:[\s,、;/|]*\d)*", answer):
            counts["number"] += 1
    return counts.most_common(1)[0][0] if counts else "letter"


def _name_language(ctx: Context, text: str) -> None:
    if ctx.header.language is None:
        han, latin = len(_HAN.findall(text[:20000])), len(_LATIN.findall(text[:20000]))
        language = "zh-CN" if han * 3 > latin else "en" if latin else None
        ctx.header = msgspec.structs.replace(ctx.header, language=language)


class _Unfit(Exception):
    """Why a row is no question, in a sentence."""


class _Maker:
    """Makes the questions of one table."""

    def __init__(self, document: str, ctx: Context, style: str) -> None:
        from qbank.readers.paper.build import Builder
        from qbank.readers.paper.view import kept

        self.document = document
        self.ctx = ctx
        self.style = style
        self.ids: set[str] = set()
        self.mint = Builder(document, "", kept("", [])).mint
        self.line = 1
        self.id = ""

    def question(self, columns: Sequence[str], row: Row) -> Question | None:
        """The question of a row; None, and a finding, where there is none."""
        self.line = row.line
        try:
            over = [cell for cell in row.cells[len(columns) :] if cell]
            if over:
                raise _Unfit(f"it has {len(row.cells)} cells and the header {len(columns)}")
            return self._made(_cells(columns, row), row)
        except _Unfit as unfit:
            self.ctx.problem("R039", f"line {row.line} was not read: {unfit}", self.document, row.line)
            return None

    def _say(self, code: str, message: str, hint: str = "") -> None:
        self.ctx.problem(code, message, self.document, self.line, question=self.id, hint=hint)

    def _made(self, cells: dict[str, str], row: Row) -> Question:
        stem = cells.get("stem", "")
        if not stem:
            raise _Unfit("it has no stem")
        choices, answer = _choices(cells), cells.get("answer", "")
        self.id = self._id(cells, stem, choices)
        kind, style, guessed = self._kind(cells, stem, choices, answer)
        common = self._common(cells, row)
        if guessed:
            self._say("R017", f"line {row.line}: the kind was guessed from the row ({kind})")
        made = self._question(kind, style, stem, choices, answer, common)
        if not answer and kind not in {"essay", "information"}:
            self._say("R011", f"line {row.line}: no answer was found", "fill in the answer in the bank")
        return made

    def _id(self, cells: Mapping[str, str], stem: str, choices: Sequence[Choice]) -> str:
        given = cells.get("id", "")
        name = given if _ID.match(given) else self.mint(stem, *(str(c.text) for c in choices))
        if name in self.ids:
            raise _Unfit(f"the id {name} was used before")
        self.ids.add(name)
        return name

    def _kind(
        self, cells: Mapping[str, str], stem: str, choices: Sequence[Choice], answer: str
    ) -> tuple[Kind, str, bool]:
        """Kind, style of an essay, and whether it was guessed."""
        word = cells.get("kind", "")
        named = _kind_of(word) if word else None
        if named is not None:
            kind, style = named
            if kind in {"matching", "ordering", "group"}:
                raise _Unfit(f"a row like this cannot say a question of the kind {word}")
            if kind in {"single_choice", "multiple_choice"} and len(choices) < 2:
                if sheets.truth(answer) is not None and not choices:
                    return "true_false", "", True
                raise _Unfit(f"it is called {word} and has {'one choice' if choices else 'no choices'}")
            return kind, style, False
        said = [str(choice.text).casefold() for choice in choices]
        if len(said) == 2 and _VERDICTS.issuperset(said) and sheets.truth(said[0]) is not sheets.truth(said[1]):
            return "true_false", "", True
        if len(choices) >= 2:
            return ("multiple_choice" if len(self._chosen(answer, choices) or ()) > 1 else "single_choice"), "", True
        if answer.casefold() in _SURELY_JUDGED:
            return "true_false", "", True
        if _GAP.search(stem):
            return "cloze", "", True
        return ("short_answer" if 0 < len(answer) <= 30 else "essay"), "", True

    def _common(self, cells: Mapping[str, str], row: Row) -> dict[str, Any]:
        from qbank.readers.paper.build import difficulty

        common: dict[str, Any] = {
            "id": self.id,
            "source": Source(
                document=self.document,
                section=cells.get("category"),
                number=cells.get("number") or cells.get("id"),
                line=row.line,
                end_line=row.end,
                text=row.text,
            ),
        }
        if "points" in cells:
            points = celltext.fraction(re.sub(r"\s*(?:分|points?|pts?)\s*$", "", cells["points"], flags=re.I))
            if points is None or points < 0:
                self._say("R024", f"line {row.line}: {cells['points']!r} is no number of points; 1 was taken")
            else:
                common["points"] = points
        if "difficulty" in cells:
            level = difficulty(cells["difficulty"])
            if level is not None:
                common["difficulty"] = level
            else:
                common["tags"] = (f"{cells['difficulty']}",)
        if "feedback" in cells:
            common["feedback"] = Feedback(general=cells["feedback"])
        if "tags" in cells:
            words = [t.strip() for t in re.split(r"[;；,，、|/]", cells["tags"]) if t.strip()]
            common["tags"] = tuple(dict.fromkeys([*common.get("tags", ()), *words]))
        if "category" in cells:
            common["category"] = tuple(p.strip() for p in re.split(r"[/>＞]", cells["category"]) if p.strip())
        if "title" in cells:
            common["title"] = " ".join(cells["title"].split())
        if cells.get("status", "").casefold() in sheets.STATUS_LABELS["draft"]:
            common["status"] = "draft"
        if "hints" in cells:
            common["hints"] = tuple(h.strip() for h in cells["hints"].splitlines() if h.strip())
        return common

    def _question(
        self, kind: Kind, style: str, stem: str, choices: tuple[Choice, ...], answer: str, common: dict[str, Any]
    ) -> Question:
        match kind:
            case "single_choice" | "multiple_choice":
                return self._choice(kind, stem, choices, answer, common)
            case "true_false":
                return TrueFalse(stem=_without_gap(stem), answer=self._truth(answer, choices), **common)
            case "cloze" | "short_answer":
                return _filled(stem, answer, common)
            case "numeric":
                read = sheets.numeric_answer(answer) if answer else None
                if answer and read is None:
                    return Essay(stem=stem, answer=answer, **common)
                numbers: dict[str, Any] = {name: Fraction(str(value)) for name, value in (read or {}).items()}
                return Numeric(stem=stem, answer=(NumericAnswer(**numbers),) if read else None, **common)
            case "information":
                return Information(stem=stem, **common)
            case _:
                how: Any = style or "short"
                return Essay(stem=stem, style=how, answer=answer or None, **common)

    def _choice(
        self, kind: Kind, stem: str, choices: tuple[Choice, ...], answer: str, common: dict[str, Any]
    ) -> Question:
        chosen = self._chosen(answer, choices) if answer else ()
        if chosen is None:
            self._say("R012", f"line {self.line}: the answer {answer[:40]!r} names no choice of the row")
        if kind == "single_choice" and chosen and len(chosen) > 1:
            self._say("R013", f"line {self.line}: a single choice with {len(chosen)} answers; read as multiple choice")
            kind = "multiple_choice"
        if kind == "single_choice":
            return SingleChoice(stem=stem, choices=choices, answer=chosen[0] if chosen else None, **common)
        return MultipleChoice(stem=stem, choices=choices, answer=chosen or None, **common)

    def _chosen(self, answer: str, choices: Sequence[Choice]) -> tuple[str, ...] | None:
        """The ids of the choices an answer names, by letters, numbers or their texts; None where it names none."""
        plain = unicodedata.normalize("NFKC", answer).strip()
        ids = {choice.id for choice in choices}
        by_text = {_plain(str(choice.text)): choice.id for choice in reversed(choices)}
        whole = _LABEL.sub("", plain) if _LABEL.match(plain) else plain
        for written in (plain, whole):
            if _plain(written) in by_text and not (self.style == "number" and written.isdecimal()):
                return (by_text[_plain(written)],)
        words = [word for word in re.split(r"[\s,、;/|]+", plain) if word]
        if words and all(re.fullmatch(r"[A-Za-z]+", word) for word in words):
            named = [letter.lower() for word in words for letter in word]
            if set(named) <= ids:
                return tuple(dict.fromkeys(sorted(named)))
        if words and all(word.isdecimal() for word in words):
            places = [int(word) for word in words]
            if len(places) == 1 and len(words[0]) > 1 and places[0] > len(choices):
                places = [int(digit) for digit in words[0]]  # `134` as letters are written: ACD
            if all(1 <= place <= len(choices) for place in places):
                return tuple(dict.fromkeys(choices[place - 1].id for place in sorted(places)))
        texts = [by_text.get(_plain(part)) for part in re.split(r"[;|\n]+", plain) if part.strip()]
        if len(texts) > 1 and None not in texts:
            return tuple(dict.fromkeys(name for name in texts if name is not None))
        return None

    def _truth(self, answer: str, choices: Sequence[Choice]) -> bool | None:
        if not answer:
            return None
        if choices and (chosen := self._chosen(answer, choices)):
            said = [sheets.truth(str(choice.text)) for choice in choices if choice.id == chosen[0]]
            if said and said[0] is not None:
                return said[0]
        value = sheets.truth(answer)
        if value is None and answer.upper() in {"A", "B"}:
            self._say("R017", f"line {self.line}: A was taken for true and B for false")
            return answer.upper() == "A"
        if value is None:
            self._say("R012", f"line {self.line}: the answer {answer[:40]!r} says neither true nor false")
        return value


def _kind_of(word: str) -> tuple[Kind, str] | None:
    """The kind a cell names, in the words of our own workbook or in those of papers."""
    from qbank.readers.paper.words import kind_named

    found = sheets.kind_of_label(word)
    if found is not None:
        return found
    kinds: dict[str, tuple[Kind, str]] = {
        "single": ("single_choice", ""),
        "multiple": ("multiple_choice", ""),
        "choice": ("single_choice", ""),
        "judge": ("true_false", ""),
        "fill": ("cloze", ""),
        "term": ("essay", "term"),
        "short": ("essay", ""),
        "long": ("essay", "long"),
        "open": ("essay", ""),
        "case": ("essay", "long"),
        "match": ("matching", ""),
        "order": ("ordering", ""),
    }
    return kinds.get(kind_named(word) or "")


def _choices(cells: dict[str, str]) -> tuple[Choice, ...]:
    """The choices of a row: a column each, all in one cell, or the right one and the wrong ones.

    Where they stand in columns, a choice keeps the letter of its column even behind an empty one.
    """
    listed = {name.lower(): text for name, text in sorted(cells.items()) if len(name) == 1}
    if not listed and (joined := cells.get("choices")):
        listed = {chr(97 + i): text for i, text in enumerate(_cut(joined))}
    wrong = [text for name, text in sorted(cells.items()) if name.startswith("wrong")]
    if not listed and wrong and cells.get("answer"):
        listed = {chr(97 + i): text for i, text in enumerate([cells["answer"], *wrong])}
        cells["answer"] = "A"
    labelled = [(name, _LABEL.match(text)) for name, text in listed.items()]
    if len(labelled) > 1 and all(match is not None and match[1].lower() == name for name, match in labelled):
        listed = {name: _LABEL.sub("", text) for name, text in listed.items()}
    return tuple(Choice(id=name, text=text) for name, text in listed.items())


def _cut(joined: str) -> list[str]:
    """The choices in one cell: `A.one B.two`, or one a line, or between `|` or `;`."""
    marks = list(_OPTION.finditer(joined))
    if len(marks) >= 2 and [m[1].upper() for m in marks] == [chr(65 + i) for i in range(len(marks))]:
        ends = [m.start() for m in marks[1:]] + [len(joined)]
        return [joined[m.end() : end].strip(" \n;；|,，") for m, end in zip(marks, ends, strict=True)]
    for separator in ("\n", "|", ";", "；", "@@", "###"):
        parts = [part.strip() for part in joined.split(separator)]
        if len(parts) > 1:
            return [part for part in parts if part][:26]
    return [joined]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("。.")


def _without_gap(stem: str) -> str:
    """A statement without the empty brackets in which it is judged."""
    return re.sub(r"\s*[(（]\s*[)）]\s*([。.]?)\s*$", r"\1", stem) or stem


def _filled(stem: str, answer: str, common: dict[str, Any]) -> Question:
    """A text with gaps, or a short answer where there is none to be seen."""
    from qbank.readers.paper.answers import texts

    gaps = list(_GAP.finditer(stem))
    if not gaps:
        accepted = tuple(Accepted(text=text) for part in texts(answer, 1) for text in part if text) if answer else ()
        return ShortAnswer(stem=stem, answer=accepted or None, **common)
    given = texts(answer, len(gaps)) if answer else []
    if len(given) != len(gaps):
        given = [[part] for part in re.split(r"[;；|]", answer)] if answer else []
    parts: list[str] = []
    blanks: list[TextBlank] = []
    at = 0
    for i, gap in enumerate(gaps):
        parts.append(escape(stem[at : gap.start()], quote=False).replace("\n", "<br/>"))
        parts.append(f'<blank id="b{i + 1}"/>')
        known = [text.strip() for text in given[i] if text.strip()] if len(given) == len(gaps) else []
        blanks.append(TextBlank(id=f"b{i + 1}", answer=tuple(Accepted(text=text) for text in known) or None))
        at = gap.end()
    parts.append(escape(stem[at:], quote=False).replace("\n", "<br/>"))
    return Cloze(stem=Html(html=f"<p>{''.join(parts)}</p>"), blanks=tuple(blanks), **common)


READER = TableReader()
