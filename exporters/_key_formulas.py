"""Spreadsheet formulas that mark what was typed, as `qbank.formats.preview.marking` says the question is marked.

Written for Excel 2013 and later, LibreOffice and WPS: no dynamic arrays, no
names, nothing volatile. A response stands in one cell, `{r}` below; what cannot
be put into a formula (more than 26 choices, a pattern whose case matters) is
marked by a person, who types points. Texts of the bank are in formulas as
quoted strings only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, assert_never

import msgspec

from qbank import richtext
from qbank.formats import preview, sheets
from qbank.formats.sheets import Tongue
from qbank.model import (
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)

_LETTERS = 26
_LONGEST = 7500
"""Characters of a formula, once its references are in; Excel takes 8192."""
_STRING = 250
"""Characters of a string in a formula; Excel takes 255."""
_DEPTH = 55
"""IFs inside each other; Excel takes 64."""
_TRUE = ("T", "TRUE", "√", "✓", "✔", "对", "正确", "是", "Y", "YES", "1", "A", "Ｔ", "Ａ")
_FALSE = ("F", "FALSE", "×", "✗", "✘", "X", "错", "错误", "否", "N", "NO", "0", "B", "Ｆ", "Ｂ", "Ｘ")
_SEPARATORS = (" ", "　", ",", "，", "、", ";", "；", ".", "．", "/", "|")
_ORDER_MARKS = ("-", "—", "–", "=", "→", ">", "(", ")", "（", "）", *"0123456789")
_EDGE = "¦"


@dataclass(frozen=True, slots=True)
class Mark:
    """One response: how it is marked. `formula` has `{r}` where the response goes; without one a person types points."""

    points: Fraction
    formula: str = ""
    how: str = ""
    """What to type, for people; a key of `WAYS`."""
    letters: int = 0
    """How many choices there are to count."""
    part: str = ""
    """Which part of its question it is, where that has several."""


WAYS: dict[Tongue, dict[str, str]] = {
    "en": {
        "letter": "Type the letter: B",
        "letters": "Type the letters: ABD",
        "truth": "Type T or F (√ × also count)",
        "text": "Type the words",
        "number": "Type the number: 2.5",
        "measure": "Type the number with its unit: 2.5 m",
        "pairs": "Type the letters in the order of the numbers on the left: CAB (_ for none)",
        "order": "Type the letters in their order: CABD",
        "points": "Type the points, at most {}",
    },
    "zh": {
        "letter": "填字母：B",
        "letters": "填字母：ABD",
        "truth": "填 √ 或 ×（对、错、T、F 均可）",
        "text": "填写答案文字",
        "number": "填数字：2.5",
        "measure": "填数字和单位：2.5 m",
        "pairs": "按左列序号的顺序填字母：CAB（未答的一项填 _）",
        "order": "按顺序填字母：CABD",
        "points": "填得分，最高 {} 分",
    },
}


def marks(question: Question) -> list[Mark]:
    """How each response to a question is marked: one, or for a cloze question one for each gap."""
    match question:
        case Group() | Information():
            return []
        case Cloze():
            return _gaps(question)
        case _:
            formula, how, letters = _marked(question)
            if not formula or len(formula.format(r="'Responses A'!$AAA$1000")) > _LONGEST:
                return [Mark(question.points, how="points", letters=letters)]
            return [Mark(question.points, formula, how, letters)]


def _gaps(question: Cloze) -> list[Mark]:
    total = sum(blank.share for blank in question.blanks)
    found: list[Mark] = []
    for i, blank in enumerate(question.blanks, 1):
        points = question.points * blank.share / total
        alone = preview.marking(msgspec.structs.replace(question, blanks=(blank,)))
        part = alone["parts"][0] if alone is not None else {}
        letters = 0
        formula, how = "", "points"
        if alone is not None and "options" in part and isinstance(blank, ChoiceBlank):
            letters = len(blank.choices)
            formula, how = _one_of(part["options"], alone["of"], points, blank.choices), "letter"
        elif alone is not None and "texts" in part:
            formula, how = _texts(part, alone["of"], points), "text"
        elif alone is not None and "numbers" in part:
            formula, how = _numbers(part, alone["of"], points), "number"
        if not formula or len(formula.format(r="'Responses A'!$AAA$1000")) > _LONGEST:
            formula, how = "", "points"
        found.append(Mark(points, formula, how, letters, f"({i})" if len(question.blanks) > 1 else ""))
    return found


def _marked(
    question: SingleChoice | MultipleChoice | TrueFalse | ShortAnswer | Numeric | Matching | Ordering | Essay,
) -> tuple[str, str, int]:
    """The formula, what to type, and how many letters there are to count."""
    rules = preview.marking(question)
    points = question.points
    match question:
        case SingleChoice():
            letters = len(question.choices)
            if rules is None or letters > _LETTERS:
                return "", "points", 0
            return _one_of(rules["parts"][0]["options"], rules["of"], points, ()), "letter", letters
        case MultipleChoice():
            letters = len(question.choices)
            if rules is None or letters > _LETTERS:
                return "", "points", 0
            return _several(rules, points), "letters", letters
        case TrueFalse():
            if question.answer is None:
                return "", "points", 0
            words = _array(_TRUE if question.answer else _FALSE)
            return f"IF(SUMPRODUCT(--({_CLEAN}={words}))>0,{_number(points)},0)", "truth", 0
        case ShortAnswer():
            return (_texts(rules["parts"][0], rules["of"], points) if rules else ""), "text", 0
        case Numeric():
            how = "measure" if question.unit_required else "number"
            return (_numbers(rules["parts"][0], rules["of"], points) if rules else ""), how, 0
        case Matching():
            labels = {choice.id: sheets.letter(i) for i, choice in enumerate(question.choices)}
            if rules is None or question.answer is None or len(labels) > _LETTERS:
                return "", "points", 0
            key = [labels[question.answer[prompt.id]] for prompt in question.prompts]
            return _in_places(key, points, question.scoring == "all_or_nothing"), "pairs", 0
        case Ordering():
            labels = {item.id: sheets.letter(i) for i, item in enumerate(question.items)}
            if rules is None or question.answer is None or len(labels) > _LETTERS:
                return "", "points", 0
            key = [labels[name] for name in question.answer]
            return _in_places(key, points, question.scoring == "all_or_nothing"), "order", 0
        case Essay():
            return "", "points", 0
        case _:
            assert_never(question)


# --- the pieces of formulas ------------------------------------------------------------------------------------------


def _without(text: str, characters: Iterable[str]) -> str:
    for character in characters:
        text = f"SUBSTITUTE({text},{_string(character)},{_string('')})"
    return text


def _string(text: str) -> str:
    """A string in a formula; its braces doubled, because the reference is put in by `str.format`."""
    quoted = text.replace('"', '""')
    return '"' + quoted.replace("{", "{{").replace("}", "}}") + '"'


def _array(words: Iterable[str]) -> str:
    return "{{" + ",".join(_string(word) for word in words) + "}}"


def _numbers_array(values: Iterable[Fraction]) -> str:
    return "{{" + ",".join(_number(value) for value in values) + "}}"


def _number(value: Fraction | float) -> str:
    """A number as a formula has it: 15 digits, like every number of a spreadsheet."""
    return f"{float(value):.15g}"


def _letters(count: int, first: str = "A") -> str:
    return _array(chr(ord(first) + i) for i in range(count))


_CLEAN = _without("TRIM({r})", (" ", "　", ".", "．"))
_WORDS = 'TRIM(SUBSTITUTE(SUBSTITUTE({r},"　"," "),CHAR(10)," "))'
_UPPER = "UPPER({r})"


def _one_of(options: Sequence[int], of: int, points: Fraction, choices: Sequence[Choice]) -> str:
    """One letter; for a gap also the text of its choice."""
    if len(options) > _LETTERS:
        return ""
    count = len(options)
    fits = f"({_CLEAN}={_letters(count)})+({_CLEAN}={_letters(count, 'Ａ')})"
    texts = [" ".join(richtext.plain(choice.text).split()) for choice in choices]
    different = len(set(map(str.casefold, texts))) == count and all(0 < len(text) <= _STRING for text in texts)
    if texts and different and not any(len(text) == 1 and text.isalpha() for text in texts):
        fits += f"+({_WORDS}={_array(texts)})"
    earned = _numbers_array(Fraction(n, of) * points for n in options)
    return f"SUMPRODUCT(--(({fits})>0),{earned})"


def _several(rules: dict[str, Any], points: Fraction) -> str:
    picks = [part["pick"] for part in rules["parts"]]
    count = len(picks)
    ticked = f"--(ISNUMBER(FIND({_letters(count)},{_UPPER}))+ISNUMBER(FIND({_letters(count, 'Ａ')},{_UPPER}))>0)"
    if rules["rule"] == "exact":
        wanted = _numbers_array(Fraction(pick > 0) for pick in picks)
        given = f"LEN({_without('{r}', _SEPARATORS)})={sum(pick > 0 for pick in picks)}"
        return f"IF(AND(SUMPRODUCT(--(({ticked})={wanted}))={count},{given}),{_number(points)},0)"
    earned = _numbers_array(Fraction(pick, rules["of"]) * points for pick in picks)
    return f"MAX(0,MIN({_number(points)},SUMPRODUCT({ticked},{earned})))"


def _in_places(key: Sequence[str], points: Fraction, exact: bool) -> str:
    given = f"UPPER({_without('{r}', (*_SEPARATORS, *_ORDER_MARKS))})"
    if exact:
        return f"IF({given}={_string(''.join(key))},{_number(points)},0)"
    places = "{{" + ",".join(str(i) for i in range(1, len(key) + 1)) + "}}"
    return f"SUMPRODUCT(--(MID({given},{places},1)={_array(key)}))*{_number(points)}/{len(key)}"


def _texts(part: dict[str, Any], of: int, points: Fraction) -> str:
    """The first accepted text that fits."""
    tests: list[tuple[str, str]] = []
    for one in part["texts"]:
        pieces = [" ".join(piece.replace("\u3000", " ").split(" ")) for piece in one["like"]]
        worth = _number(Fraction(one["earn"], of) * points)
        if len(pieces) == 1:
            text = " ".join(pieces[0].split())
            if len(text) > _STRING:
                return ""
            tests.append((f"EXACT({_WORDS},{_string(text)})" if part["case"] else f"{_WORDS}={_string(text)}", worth))
            continue
        if part["case"]:
            return ""
        pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
        like = "*".join(piece.replace("~", "~~").replace("?", "~?") for piece in pieces)
        if len(like) > _STRING - 2:
            return ""
        pattern = _string(f"{_EDGE}{like}{_EDGE}")
        tests.append((f"ISNUMBER(SEARCH({pattern},{_string(_EDGE)}&{_WORDS}&{_string(_EDGE)}))", worth))
    return f'IF({_WORDS}="",0,{_first(tests)})' if 0 < len(tests) <= _DEPTH else ""


def _first(tests: Iterable[tuple[str, str]]) -> str:
    """What the first test that holds is worth."""
    made = "0"
    for test, worth in reversed(list(tests)):
        made = f"IF({test},{worth},{made})"
    return made


def _numbers(part: dict[str, Any], of: int, points: Fraction) -> str:
    """The first range that the number is in, units counted."""
    typed = 'SUBSTITUTE(SUBSTITUTE(TRIM({r}),"−","-"),"　"," ")'
    units = sorted(part.get("units", ()), key=lambda unit: -len(unit["name"]))
    if len(units) > 8 or any(len(unit["name"]) > 40 for unit in units):
        return ""
    value = "NA()" if part.get("unit_required") else _value(typed)
    for unit in reversed(units):
        name, length = _string(unit["name"]), len(unit["name"])
        behind = f"TRIM(LEFT({typed},LEN({typed})-{length}))"
        before = f"TRIM(MID({typed},{length + 1},99))"
        factor = "" if unit["factor"] == 1 else f"*{_number(unit['factor'])}"
        value = (
            f"IF(EXACT(RIGHT({typed},{length}),{name}),{_value(behind)}{factor},"
            f"IF(EXACT(LEFT({typed},{length}),{name}),{_value(before)}{factor},{value}))"
        )
    tests = []
    for one in part["numbers"]:
        low, high = float(one["low"]), float(one["high"])
        middle, half = (low + high) / 2, (high - low) / 2
        slack = max(abs(middle), half) * 1e-12
        tests.append(
            (f"ABS({value}-{_signed(middle)})<={_number(half + slack)}", _number(Fraction(one["earn"], of) * points))
        )
    if not 0 < len(tests) <= _DEPTH:
        return ""
    return f'IF({typed}="",0,IFERROR({_first(tests)},0))'


def _signed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)


def _value(text: str) -> str:
    """A number in a text, whatever the language of the program; an error for anything else."""
    # a blank or a percent sign inside would be passed over
    return f'_xlfn.NUMBERVALUE(SUBSTITUTE(SUBSTITUTE({text}," ","x"),"%","x"),".","\'")'
