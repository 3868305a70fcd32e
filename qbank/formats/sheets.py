"""A question as one row of an editable sheet, and the row as the question again.

What a cell can say in plain words stands in a column of its own; whatever is
left (markup, feedback of single choices, weights, the source, extensions) is
JSON in the column `more`, in the words of the bank file. The two never
contradict each other: a value in `more` counts only as long as the cell still
shows what that value looks like, so an edited cell always wins. Nothing is
lost: `properties(cells(question))` is the question.

Spelling of answers: letters by position (`B`, `ABD`); true or false; accepted
texts joined with `;`; gaps joined with `|`; `3.14 ± 0.01` and `1 ~ 2`; one
`prompt = C` a line; `C, A, B`. A backslash takes the meaning off `;` and `|`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import msgspec

from qbank import richtext
from qbank.formats.celltext import SPECIAL, Cell, fraction, joined, listed, number, split, unescaped
from qbank.model import Cloze, Group, Html, Kind, Question
from qbank.richtext import Element, Node

Cells: TypeAlias = dict[str, Cell]
Properties: TypeAlias = dict[str, Any]
Tongue: TypeAlias = Literal["en", "zh"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NEAR_LETTERS = LETTERS[:8]
"""The choice columns that stand beside the stem; the others are at the end of the sheet."""


SHEET_NAMES: dict[str, tuple[str, str]] = {
    "questions": ("Questions", "题库"),
    "guide": ("Guide", "填写说明"),
    "bank": ("Bank", "属性"),
    "media": ("Media", "媒体"),
    "long": ("Long", "Long"),
}
"""What each sheet of the workbook is called, in English and Chinese."""


class CellError(ValueError):
    """A cell that cannot be read: the key of its column, and a sentence for people."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the questions sheet; `width` is in characters of the normal font."""

    key: str
    en: str
    zh: str
    width: float
    synonyms: tuple[str, ...] = ()

    def title(self, tongue: Tongue) -> str:
        """The word in the header row."""
        return self.zh if tongue == "zh" else self.en


def _letter_column(letter: str) -> Column:
    place = ord(letter) - 64
    words = ("选项", "选择项", "备选项", "备选答案", "choice ", "option ", "answer ")
    synonyms = tuple(f"{word}{label}" for word in words for label in (letter, place))
    return Column(letter, letter, letter, 18, synonyms)


COLUMNS: tuple[Column, ...] = (
    Column("id", "ID", "编号", 14, ("试题编号", "question id")),
    Column("kind", "Kind", "题型", 16, ("type", "question type", "题目类型", "试题类型", "类型")),
    Column("group", "Group", "所属材料题", 14, ("parent", "材料题编号")),
    Column(
        "category",
        "Category",
        "分类",
        20,
        ("章节", "目录", "知识点", "所属题库", "所属章节", "chapter", "topic", "section"),
    ),
    Column(
        "stem",
        "Stem",
        "题干",
        48,
        (
            "question",
            "question text",
            "题目",
            "大题题干",
            "试题内容",
            "问题内容",
            "题目内容",
            "试题题干",
            "试题",
            "问题",
        ),
    ),
    *(_letter_column(letter) for letter in NEAR_LETTERS),
    Column(
        "answer",
        "Answer",
        "答案",
        20,
        ("key", "correct answer", "correct answers", "correct option", "正确答案", "标准答案", "正确选项", "参考答案"),
    ),
    Column("points", "Points", "分值", 8, ("score", "mark", "marks", "分数", "得分", "题目分值", "试题分值")),
    Column("difficulty", "Difficulty", "难度", 10, ("难易度", "难易程度", "难度等级", "level")),
    Column(
        "feedback",
        "Feedback",
        "解析",
        36,
        ("explanation", "answer explanation", "rationale", "答案解析", "试题解析", "题目解析", "整体解析", "详解"),
    ),
    Column("tags", "Tags", "标签", 16, ("tag", "关键词", "keywords")),
    Column("status", "Status", "状态", 10),
    Column("title", "Title", "标题", 18, ("name",)),
    Column("feedback_correct", "Feedback if correct", "答对反馈", 24),
    Column("feedback_partial", "Feedback if partly correct", "部分正确反馈", 24),
    Column("feedback_incorrect", "Feedback if wrong", "答错反馈", 24),
    Column("hints", "Hints", "提示", 24, ("hint",)),
    Column("language", "Language", "语言", 10),
    Column("more", "More", "其他", 24, ("json",)),
    *(_letter_column(letter) for letter in LETTERS[len(NEAR_LETTERS) :]),
)

_COLUMN_KEYS = frozenset(column.key for column in COLUMNS)

KIND_LABELS: dict[tuple[Kind, str], tuple[str, str]] = {
    ("single_choice", ""): ("single choice", "单项选择题"),
    ("multiple_choice", ""): ("multiple choice", "多项选择题"),
    ("true_false", ""): ("true/false", "判断题"),
    ("cloze", ""): ("cloze", "填空题"),
    ("short_answer", ""): ("short answer", "短答题"),
    ("numeric", ""): ("numeric", "数值题"),
    ("matching", ""): ("matching", "连线题"),
    ("ordering", ""): ("ordering", "排序题"),
    ("essay", "term"): ("essay: term", "名词解释"),
    ("essay", ""): ("essay", "简答题"),
    ("essay", "long"): ("essay: long", "论述题"),
    ("group", ""): ("group", "材料题"),
    ("information", ""): ("information", "说明"),
}
"""Kind and, for essays, style: the words of a cell, in English and Chinese."""

_KIND_SYNONYMS: dict[str, tuple[Kind, str]] = {
    "单选题": ("single_choice", ""),
    "单选": ("single_choice", ""),
    "选择题": ("single_choice", ""),
    "多选题": ("multiple_choice", ""),
    "多选": ("multiple_choice", ""),
    "不定项选择题": ("multiple_choice", ""),
    "判断": ("true_false", ""),
    "truefalse": ("true_false", ""),
    "填空": ("cloze", ""),
    "计算题": ("numeric", ""),
    "匹配题": ("matching", ""),
    "排序": ("ordering", ""),
    "简答": ("essay", ""),
    "问答题": ("essay", ""),
    "论述": ("essay", "long"),
    "案例分析题": ("group", ""),
    "综合题": ("group", ""),
    "阅读理解": ("group", ""),
}

STATUS_LABELS: dict[str, tuple[str, str]] = {"ready": ("ready", "可用"), "draft": ("draft", "草稿")}

_TRUE = frozenset({"true", "t", "yes", "y", "1", "对", "正确", "是", "√", "✓", "✔"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "错", "错误", "否", "×", "✗", "✘", "x"})

_CHOICE_KINDS = ("single_choice", "multiple_choice", "matching")
_GAP = re.compile(r"_{3,}")


def tongue_of(language: str) -> Tongue:
    """The language that labels are written in: Chinese for Chinese banks, English for all others."""
    return "zh" if re.match(r"zh\b", language, re.I) else "en"


def kind_label(kind: Kind, style: str, tongue: Tongue) -> str:
    """What the kind is called in a cell; `style` matters for essays only."""
    pair = KIND_LABELS.get((kind, style)) or KIND_LABELS[kind, ""]
    return pair[tongue == "zh"]


def column_of_pointer(pointer: str) -> str:
    """The column that shows what a pointer names, relative to its question; `more` for what no other column shows."""
    first, *rest = pointer.strip("/").split("/")
    match first:
        case "choices" | "items" if rest and rest[0].isdigit() and int(rest[0]) < len(LETTERS):
            return letter(int(rest[0])) if rest[1:] in ([], ["text"]) else "more"
        case "choices" | "items":
            return "more" if rest else LETTERS[0]
        case "prompts" | "blanks":
            return "answer"
        case "feedback" if rest:
            return "feedback" if rest[0] == "general" else f"feedback_{rest[0]}"
        case _:
            return first if first in _COLUMN_KEYS else "more"


def _plain_word(word: str) -> str:
    """A heading without case, width, blanks and remarks in brackets."""
    return re.sub(r"\(.*?\)|[\s_:/]", "", unicodedata.normalize("NFKC", word).casefold())


_KIND_BY_WORD: dict[str, tuple[Kind, str]] = {
    **{_plain_word(word): pair for word, pair in _KIND_SYNONYMS.items()},
    **{_plain_word(kind): (kind, style) for kind, style in KIND_LABELS if not style},
    **{_plain_word(word): pair for pair, words in KIND_LABELS.items() for word in words},
}
_COLUMN_BY_WORD: dict[str, str] = {
    _plain_word(word): column.key for column in COLUMNS for word in (*column.synonyms, column.key, column.en, column.zh)
}


def kind_of_label(word: str) -> tuple[Kind, str] | None:
    """The kind and essay style that a cell names, in either language; None for an unknown word."""
    return _KIND_BY_WORD.get(_plain_word(word))


def column_of_title(word: str) -> str | None:
    """The key of the column a header cell names, in either language; None for an unknown one."""
    return _COLUMN_BY_WORD.get(_plain_word(word))


# --- spelling of single values ---------------------------------------------------------------------------------------


def letter(i: int) -> str:
    """The label of the choice at position `i`: A to Z, then AA, AB and so on."""
    return LETTERS[i] if i < 26 else letter(i // 26 - 1) + LETTERS[i % 26]


def letters(ids: Iterable[str], labels: Mapping[str, str]) -> str:
    """Ids as the letters of their positions: "ABD", or "A, AB" where one letter is not enough."""
    words = [labels.get(part_id, part_id) for part_id in ids]
    return ("" if all(len(word) == 1 for word in words) else ", ").join(words)


def ids_of_letters(cell: str, labels: Mapping[str, str]) -> list[str]:
    """The ids that letters in a cell stand for; what is no letter stands for itself."""
    by_label = {label: part_id for part_id, label in labels.items()}
    found: list[str] = []
    for word in re.split(r"[\s,，、;；/|>→.]+", unicodedata.normalize("NFKC", cell)):
        if not word:
            continue
        upper = word.upper()
        if upper in by_label:
            found.append(by_label[upper])
        elif all(character in by_label for character in upper):
            found.extend(by_label[character] for character in upper)
        else:
            found.append(word)
    return found


def truth(cell: Cell) -> bool | None:
    """The truth value a cell names in any of its many words; None for any other word."""
    if isinstance(cell, bool):
        return cell
    word = unicodedata.normalize("NFKC", str(cell)).strip().casefold() if cell is not None else ""
    return True if word in _TRUE else False if word in _FALSE else None


def numeric_text(answer: Mapping[str, Any]) -> str:
    """A numeric answer as "3.14 ± 0.01" or "1 ~ 2"."""
    if "value" not in answer:
        return f"{answer['min']} ~ {answer['max']}"
    tolerance = answer.get("tolerance")
    return f"{answer['value']} ± {tolerance}" if tolerance else str(answer["value"])


def numeric_answer(text: str) -> Properties | None:
    """The inverse of `numeric_text`; also understands `+-`, `..` and `至`. None for anything else."""
    for separators, first, second in ((r"±|\+/?-", "value", "tolerance"), (r"~|～|\.\.|至", "min", "max")):
        parts = re.split(separators, text)
        if len(parts) == 2:
            numbers = [fraction(part) for part in parts]
            if None in numbers:
                return None
            return {first: number(numbers[0] or Fraction(0)), second: number(numbers[1] or Fraction(0))}
    value = fraction(text)
    return None if value is None else {"value": number(value)}


def _text_cell(value: Any) -> str:
    """A rich text, as it stands in the bank file, as the text of a cell."""
    if type(value) is str and "\r" not in value:
        return value
    text = richtext.plain(Html(html=value["html"]) if isinstance(value, dict) else str(value))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text_value(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _accepted_text(answers: Iterable[Mapping[str, Any]]) -> str:
    return joined((str(answer["text"]) for answer in answers), "; ")


def _accepted(cell: str) -> list[Properties]:
    return [{"text": text} for text in listed(cell, SPECIAL)]


# --- plain columns ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Field:
    """A column that shows one property, and how the two turn into each other."""

    column: str
    path: tuple[str, ...]
    spell: Callable[[Any], Cell]
    parse: Callable[[Cell], Any]


def _hints_cell(hints: Any) -> str:
    return "\n".join(_text_cell(hint) for hint in hints)


def _points_value(cell: Cell) -> Any:
    value = fraction(cell)
    return _text_value(cell) if value is None else number(value)


def _difficulty_value(cell: Cell) -> Any:
    value = fraction(cell)
    return int(value) if value is not None and value.denominator == 1 else _text_value(cell)


_FIELDS: tuple[_Field, ...] = (
    _Field("category", ("category",), lambda v: joined(v, " / "), lambda c: listed(_text_value(c), "/")),
    _Field("stem", ("stem",), _text_cell, _text_value),
    _Field("points", ("points",), fraction, _points_value),
    _Field("difficulty", ("difficulty",), int, _difficulty_value),
    _Field("feedback", ("feedback", "general"), _text_cell, _text_value),
    _Field("tags", ("tags",), lambda v: joined(v, "; "), lambda c: listed(_text_value(c), SPECIAL)),
    _Field("title", ("title",), str, _text_value),
    _Field("feedback_correct", ("feedback", "correct"), _text_cell, _text_value),
    _Field("feedback_partial", ("feedback", "partial"), _text_cell, _text_value),
    _Field("feedback_incorrect", ("feedback", "incorrect"), _text_cell, _text_value),
    _Field("hints", ("hints",), _hints_cell, lambda c: [h for h in _text_value(c).splitlines() if h.strip()]),
    _Field("language", ("language",), str, _text_value),
)
_REPEATED = {
    field.column: field for field in _FIELDS if field.column in ("category", "points", "difficulty", "tags", "language")
}
_MODEL_ANSWER = _Field("answer", ("answer",), _text_cell, _text_value)


def _get(properties: Properties, path: tuple[str, ...]) -> Any:
    value: Any = properties
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _set(properties: Properties, path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        properties = properties.setdefault(name, {})
    properties[path[-1]] = value


def _drop(properties: Properties, path: tuple[str, ...]) -> None:
    parent = _get(properties, path[:-1]) if path[:-1] else properties
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
        if not parent and path[:-1]:
            _drop(properties, path[:-1])


def _show(field: _Field, rest: Properties, row: Cells) -> None:
    value = _get(rest, field.path)
    if value is None:
        return
    if type(value) is str and field.spell is _text_cell:
        # what most texts are: the cell says them whole
        cell: Cell = _text_cell(value)
        whole = cell != "" and cell == value
    elif field.column in _REPEATED:
        cell, whole = _spelled(field.column, tuple(value) if isinstance(value, list) else value)
    else:
        cell = field.spell(value)
        whole = not _is_empty(cell) and field.parse(cell) == value
    row[field.column] = cell
    if whole:
        _drop(rest, field.path)


@lru_cache(maxsize=8192)
def _spelled(column: str, value: Any) -> tuple[Cell, bool]:
    """The cell of a value that many questions have, and whether it says the value whole."""
    field = _REPEATED[column]
    found = list(value) if isinstance(value, tuple) else value
    cell = field.spell(found)
    return cell, not _is_empty(cell) and bool(field.parse(cell) == found)


def _take(field: _Field, row: Mapping[str, Cell], rest: Properties) -> None:
    if field.column not in row:
        return
    cell = row[field.column]
    kept = _get(rest, field.path)
    if kept is not None and _same(field.spell(kept), cell):
        return
    if _is_empty(cell):
        _drop(rest, field.path)
    else:
        _set(rest, field.path, field.parse(cell))


def _is_empty(cell: Cell) -> bool:
    return cell is None or cell == ""


def _same(spelled: Cell, cell: Cell) -> bool:
    return _text_value(spelled).replace("\r\n", "\n") == _text_value(cell).replace("\r\n", "\n")


# --- a row -----------------------------------------------------------------------------------------------------------


def _builtins(question: Question) -> Properties:
    """A question as it stands in the bank file."""
    if isinstance(question, Cloze | Group):
        # lists inside lists; the others have them at the top only
        nested: Properties = msgspec.json.decode(msgspec.json.encode(question, enc_hook=_spelled_number))
        return nested
    found: Properties = msgspec.to_builtins(question, enc_hook=_spelled_number)
    for name, value in found.items():
        if type(value) is tuple:
            found[name] = list(value)
    return found


def _spelled_number(found: Any) -> Any:
    if isinstance(found, Fraction):
        return number(found)
    raise NotImplementedError(type(found).__name__)


def rows(question: Question, tongue: Tongue = "en") -> Iterator[Cells]:
    """The rows of a question: one, or for a group its own and then one for each sub-question."""
    yield cells(question, tongue)
    if isinstance(question, Group):
        for sub in question.questions:
            yield cells(sub, tongue) | {"group": question.id}


def cells(question: Question, tongue: Tongue = "en") -> Cells:
    """The row of one question, by column key; columns with nothing in them are left out."""
    rest: Properties = _builtins(question)
    kind: Kind = rest.pop("kind")
    row: Cells = {"id": rest.pop("id"), "kind": kind_label(kind, str(rest.pop("style", "")), tongue)}
    row["status"] = STATUS_LABELS[rest.pop("status", "ready")][tongue == "zh"]
    if kind not in ("group", "information"):
        rest.setdefault("points", "1")
    rest.pop("questions", None)
    if kind == "cloze":
        _show_cloze(rest, row)
    for field in _FIELDS:
        if field.path[0] in rest and field.column not in row:
            _show(field, rest, row)
    _show_answer(kind, rest, row, tongue)
    if rest:
        row["more"] = _json(rest)
    for key in [key for key, cell in row.items() if not cell and _is_empty(cell)]:
        del row[key]
    return row


def _json(rest: Properties) -> str:
    # "_x0041_" would be an escape in a cell; spelled like this it is none
    written = msgspec.json.encode(rest).decode()
    return written.replace("_x", "\\u005fx") if "_x" in written else written


def properties(row: Mapping[str, Cell]) -> Properties:
    """The question a row describes, as it would stand in a bank file.

    A key that is missing from `row` is a column the sheet does not have.
    Raises ValueError, with a sentence for people, where the row cannot be read.
    """
    rest = _more(row.get("more"))
    word = _text_value(row.get("kind"))
    found = kind_of_label(word)
    if found is None:
        raise CellError("kind", f"{word!r} is not a kind of question" if word else "the row names no kind")
    kind, style = found
    if style:
        rest["style"] = style
    if kind == "cloze":
        _take_cloze(row, rest)
    for field in _FIELDS:
        if not (kind == "cloze" and field.column == "stem"):
            _take(field, row, rest)
    _take_answer(kind, row, rest)
    if rest.get("points") == "1":
        del rest["points"]
    status = _text_value(row.get("status")).strip()
    if any(status.casefold() == label for label in STATUS_LABELS["draft"]):
        rest["status"] = "draft"
    rest.setdefault("stem", "")
    head: Properties = {"kind": kind}
    if not _is_empty(row.get("id")):
        head["id"] = _text_value(row.get("id"))
    return head | rest


def _more(cell: Cell) -> Properties:
    if _is_empty(cell):
        return {}
    try:
        rest = json.loads(_text_value(cell))
    except (ValueError, RecursionError) as error:
        raise CellError("more", f"the column 'more' does not hold JSON: {error}") from error
    if not isinstance(rest, dict):
        raise CellError("more", "the column 'more' must hold a JSON object")
    return rest


def _show_answer(kind: Kind, rest: Properties, row: Cells, tongue: Tongue) -> None:
    match kind:
        case "single_choice" | "multiple_choice" | "ordering" | "matching":
            name = "items" if kind == "ordering" else "choices"
            labels = {part["id"]: letter(i) for i, part in enumerate(rest[name])}
            if kind == "matching":
                _show_pairs(rest, row, labels)
            elif rest.get("answer") is not None:
                answer = rest["answer"]
                key = tuple(answer) if isinstance(answer, list) else answer
                row["answer"], whole = _lettered(kind, tuple(part["id"] for part in rest[name]), key)
                if whole:
                    del rest["answer"]
            _show_parts(name, rest, row)
        case "true_false":
            if "answer" in rest:
                words = ("对", "错") if tongue == "zh" else ("True", "False")
                row["answer"] = words[0] if rest.pop("answer") else words[1]
        case "short_answer":
            _show(_ACCEPTED, rest, row)
        case "numeric":
            _show(_NUMERIC, rest, row)
        case "essay":
            _show(_MODEL_ANSWER, rest, row)
        case _:
            pass


def _take_answer(kind: Kind, row: Mapping[str, Cell], rest: Properties) -> None:
    match kind:
        case "single_choice" | "multiple_choice" | "ordering" | "matching":
            labels = _take_parts("items" if kind == "ordering" else "choices", row, rest)
            if kind == "matching":
                _take_pairs(row, rest, labels)
            else:
                _take(_letters_field(kind, labels), row, rest)
        case "true_false":
            if "answer" in row:
                cell = row["answer"]
                value = truth(cell)
                if value is not None:
                    rest["answer"] = value
                elif not _is_empty(cell):
                    raise CellError("answer", f"{_text_value(cell)!r} is neither true nor false")
        case "short_answer":
            _take(_merging(_ACCEPTED, rest.get("answer")), row, rest)
        case "numeric":
            _take(_merging(_NUMERIC, rest.get("answer")), row, rest)
        case "essay":
            _take(_MODEL_ANSWER, row, rest)
        case _:
            pass


def _letters_field(kind: Kind, labels: Mapping[str, str]) -> _Field:
    def parse(cell: Cell) -> Any:
        found = ids_of_letters(_text_value(cell), labels)
        if kind != "single_choice":
            return found
        return found[0] if len(found) == 1 else _text_value(cell)

    def spell(value: Any) -> Cell:
        if kind == "ordering":
            return ", ".join(labels.get(part_id, part_id) for part_id in value)
        return letters([value] if isinstance(value, str) else value, labels)

    return _Field("answer", ("answer",), spell, parse)


@lru_cache(maxsize=8192)
def _lettered(kind: Kind, ids: tuple[str, ...], answer: str | tuple[str, ...]) -> tuple[Cell, bool]:
    """The letters of an answer, and whether they say it whole."""
    field = _letters_field(kind, {part_id: letter(i) for i, part_id in enumerate(ids)})
    found = list(answer) if isinstance(answer, tuple) else answer
    cell = field.spell(found)
    return cell, not _is_empty(cell) and bool(field.parse(cell) == found)


def _numeric_value(cell: Cell) -> Any:
    answers = [numeric_answer(part) for part in listed(_text_value(cell), SPECIAL)]
    if None in answers:
        raise CellError("answer", f"{_text_value(cell)!r} is not a number, nor a number with a tolerance, nor a range")
    return answers


_ACCEPTED = _Field("answer", ("answer",), _accepted_text, lambda c: _accepted(_text_value(c)))
_NUMERIC = _Field("answer", ("answer",), lambda v: "; ".join(numeric_text(a) for a in v), _numeric_value)


def _merging(field: _Field, kept: Any) -> _Field:
    """The field, except that answers which are still there keep their weight and feedback."""
    spelled = {field.spell([answer]): answer for answer in kept or ()}

    def parse(cell: Cell) -> Any:
        return [spelled.get(field.spell([answer]), answer) for answer in field.parse(cell)]

    return _Field(field.column, field.path, field.spell, parse)


# --- choices and items -----------------------------------------------------------------------------------------------


def _usual_id(name: str, i: int) -> str:
    """The id that goes without saying: A, B, C for choices and a, b, c for items."""
    return letter(i).lower() if name == "items" else letter(i)


def _show_parts(name: str, rest: Properties, row: Cells) -> None:
    """Choices or items into their columns; `rest` keeps what a column cannot say, by position."""
    kept: list[Properties] = []
    for i, part in enumerate(rest[name]):
        left = dict(part)
        if i < len(LETTERS):
            cell = row[letter(i)] = _text_cell(left["text"])
            if cell and cell == left["text"]:
                del left["text"]
            if left["id"] == _usual_id(name, i):
                del left["id"]
        kept.append(left)
    while kept and not kept[-1]:
        kept.pop()
    if kept:
        rest[name] = kept
    else:
        del rest[name]


def _take_parts(name: str, row: Mapping[str, Cell], rest: Properties) -> dict[str, str]:
    """The choices or items of a row into `rest`; gives the letter of each id."""
    kept = rest.get(name)
    kept = kept if isinstance(kept, list) else []
    labels: dict[str, str] = {}
    parts: list[Properties] = []
    for i in range(max(len(kept), len(LETTERS))):
        part = dict(kept[i]) if i < len(kept) and isinstance(kept[i], dict) else {}
        if i < len(LETTERS):
            cell = _text_value(row.get(letter(i)))
            shown = "text" in part and _same(_text_cell(part["text"]), cell)
            if not shown and not cell:
                continue
            if not shown:
                part["text"] = cell
        part.setdefault("id", _usual_id(name, i))
        labels[part["id"]] = letter(i)
        parts.append(part)
    rest[name] = parts
    return labels


# --- matching --------------------------------------------------------------------------------------------------------


def _pair_line(text: Any) -> str:
    return " ".join(_text_cell(text).split())


def _show_pairs(rest: Properties, row: Cells, labels: Mapping[str, str]) -> None:
    """Prompts and their choices as lines "prompt = C"."""
    answer: Properties = rest.get("answer") or {}
    lines, kept = [], []
    understood: Properties = {}
    for i, prompt in enumerate(rest["prompts"]):
        line = _pair_line(prompt["text"])
        choice = answer.get(prompt["id"])
        label = labels.get(choice, "") if choice is not None else ""
        lines.append(f"{line} = {label}".rstrip())
        if label:
            understood[prompt["id"]] = choice
        left = dict(prompt)
        if line == left["text"] and line:
            del left["text"]
        if left["id"] == str(i + 1):
            del left["id"]
        kept.append(left)
    row["answer"] = "\n".join(lines)
    while kept and not kept[-1]:
        kept.pop()
    rest.pop("prompts")
    if kept:
        rest["prompts"] = kept
    if understood == answer and (answer or "answer" not in rest):
        rest.pop("answer", None)


def _take_pairs(row: Mapping[str, Cell], rest: Properties, labels: Mapping[str, str]) -> None:
    if "answer" not in row:
        return
    by_label = {label: part_id for part_id, label in labels.items()}
    found = rest.get("prompts")
    kept = found if isinstance(found, list) else []
    answer: Properties = {}
    prompts: list[Properties] = []
    for i, line in enumerate(_text_value(row["answer"]).split("\n")):
        text, _, label = (part.strip() for part in line.rpartition("="))
        if "=" not in line:
            text, label = line.strip(), ""
        prompt = dict(kept[i]) if i < len(kept) else {}
        if "text" not in prompt or _pair_line(prompt["text"]) != text:
            if not text:
                continue
            prompt["text"] = text
        prompt.setdefault("id", str(i + 1))
        if label:
            answer[prompt["id"]] = by_label.get(label.upper(), label)
        prompts.append(prompt)
    rest["prompts"] = prompts
    kept_answer = rest.pop("answer", None)
    shown = {p: c for p, c in (kept_answer or {}).items() if c in labels and any(q["id"] == p for q in prompts)}
    if kept_answer is not None and shown == answer:
        rest["answer"] = kept_answer
    elif answer:
        rest["answer"] = answer


# --- cloze -----------------------------------------------------------------------------------------------------------


def _show_cloze(rest: Properties, row: Cells) -> None:
    stem, blanks = rest["stem"], rest["blanks"]
    row["stem"] = _text_cell(stem)
    row["answer"] = _blanks_text(blanks)
    simple_stem, simple_blanks = _simple_cloze(_text_value(row["stem"]), _text_value(row["answer"]))
    if simple_stem == stem and simple_blanks == blanks:
        del rest["stem"], rest["blanks"]


def _take_cloze(row: Mapping[str, Cell], rest: Properties) -> None:
    stem_cell, answer_cell = _text_value(row.get("stem")), _text_value(row.get("answer"))
    stem, blanks = rest.get("stem"), rest.get("blanks")
    if not isinstance(blanks, list):
        rest["stem"], rest["blanks"] = _simple_cloze(stem_cell, answer_cell)
        return
    if "stem" in row and not _same(_text_cell(stem or ""), stem_cell):
        rest["stem"] = _with_gaps(stem_cell, [str(blank.get("id", "")) for blank in blanks])
    if "answer" in row and not _same(_blanks_text(blanks), answer_cell):
        parts = split(answer_cell, "|｜") if answer_cell.strip() else []
        rest["blanks"] = [_answered(blank, parts[i] if i < len(parts) else "") for i, blank in enumerate(blanks)]


def _blanks_text(blanks: Iterable[Properties]) -> str:
    parts = [_blank_text(blank) for blank in blanks]
    return " | ".join(parts) if any(parts) else ""


def _blank_text(blank: Properties) -> str:
    answer = blank.get("answer")
    if answer is None:
        return ""
    match blank.get("kind"):
        case "choice":
            text = next((c["text"] for c in blank["choices"] if c["id"] == answer), answer)
            return joined([_pair_line(text)], "; ")
        case "numeric":
            return "; ".join(numeric_text(a) for a in answer)
        case _:
            return _accepted_text(answer)


def _answered(blank: Properties, part: str) -> Properties:
    """The gap with the answer that its part of the cell spells; unchanged where that is its own."""
    if _blank_text(blank) == part:
        return blank
    changed = {name: value for name, value in blank.items() if name != "answer"}
    if not part:
        return changed
    match blank.get("kind"):
        case "choice":
            wanted = unescaped(part, SPECIAL)
            labels = {c["id"]: letter(i) for i, c in enumerate(blank["choices"])}
            by_text = {_pair_line(c["text"]): c["id"] for c in reversed(blank["choices"])}
            by_label = {label: part_id for part_id, label in labels.items()}
            changed["answer"] = by_text.get(wanted) or by_label.get(wanted.upper()) or wanted
        case "numeric":
            changed["answer"] = _merging(_NUMERIC, blank.get("answer")).parse(part)
        case _:
            changed["answer"] = _merging(_ACCEPTED, blank.get("answer")).parse(part)
    return changed


def _simple_cloze(stem: str, answer: str) -> tuple[Any, list[Properties]]:
    """A stem with `____` for its gaps and their answers, as a cloze question of text gaps."""
    parts = split(answer, "|｜") if answer.strip() else []
    count = max(len(_GAP.findall(stem)), len(parts))
    blanks: list[Properties] = []
    for i in range(count):
        blank: Properties = {"kind": "text", "id": f"b{i + 1}"}
        accepted = _accepted(parts[i]) if i < len(parts) else []
        if accepted:
            blank["answer"] = accepted
        blanks.append(blank)
    return _with_gaps(stem, [blank["id"] for blank in blanks]), blanks


def _with_gaps(stem: str, ids: list[str]) -> Any:
    """A text with `____` as rich text with those gaps in their order."""
    left = list(ids)

    def gapped(node: Node) -> list[Node]:
        if isinstance(node, Element):
            return [Element(node.tag, node.attributes, tuple(n for child in node.children for n in gapped(child)))]
        found: list[Node] = []
        end = 0
        for match in _GAP.finditer(node):
            if not left:
                break
            found += [node[end : match.start()], Element("blank", (("id", left.pop(0)),))]
            end = match.end()
        return [n for n in (*found, node[end:]) if n != ""]

    tree = [n for block in richtext.blocks(stem) for n in gapped(block)]
    return {"html": richtext.serialize(tuple(tree))} if ids and len(left) < len(ids) else stem
