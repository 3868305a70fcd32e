"""Word's automatic numbering (ECMA-376 part 1, 17.9): what is printed before a paragraph and stands nowhere in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qbank.formats.omml import local

_DIGITS = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_CHECKS = {"\uf0fc": "√", "\uf0fb": "×", "\uf0fe": "√", "\uf0fd": "×"}
"""Wingdings bullets that mean something."""
MAX_VALUE = 32767
MAX_LEVELS = 9
_LONGEST_LABEL = 255
"""Characters of `lvlText`; Word writes no more."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list as numbering.xml describes it."""

    start: int = 1
    style: str = "decimal"
    text: str = "%1."
    suffix: str = "tab"
    restart: int | None = None
    """The level above whose steps restart this one, counted from 1; 0 means never."""
    legal: bool = False
    """Numbers of the levels above are written in digits (`isLgl`)."""


@dataclass(slots=True)
class Numbering:
    """The lists of one document; `label` counts, so paragraphs must come in order."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    """List id (`numId`) to its levels."""
    counter_of: dict[str, str] = field(default_factory=dict)
    """List id to the definition whose counters it shares."""
    starts: dict[str, dict[int, int]] = field(default_factory=dict)
    """List id to the levels that it starts anew."""
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, number: str, level: int) -> str:
        """What Word prints before the next paragraph of the list, with the blank that follows; empty for none."""
        levels = self.levels.get(number)
        if levels is None or level not in levels:
            return ""
        counts = self._counts.setdefault(self.counter_of[number], {})
        at = levels[level]
        if (number, level) not in self._begun:
            self._begun.add((number, level))
            if level in self.starts.get(number, {}):
                counts[level] = self.starts[number][level] - 1
        counts[level] = counts.get(level, at.start - 1) + 1
        for below in [k for k in counts if k > level]:
            restart = levels[below].restart if below in levels else None
            if restart != 0 and (restart is None or level < restart):
                del counts[below]
        if at.style == "none":
            return ""
        written = re.sub(r"%(\d)", lambda m: self._number(levels, counts, int(m[1]) - 1, at.legal), at.text)
        if at.style == "bullet":
            written = _CHECKS.get(written.strip(), "•") if written.strip() else ""
        return written + ("" if at.suffix == "nothing" or not written else " ")

    @staticmethod
    def _number(levels: Mapping[int, Level], counts: Mapping[int, int], level: int, legal: bool) -> str:
        known = levels.get(level, Level())
        return written(counts.get(level, known.start), "decimal" if legal else known.style)


def numbering(root: Any | None) -> Numbering:
    """The lists that a `w:numbering` element declares; none for None."""
    result = Numbering()
    if root is None:
        return result
    definitions: dict[str, dict[int, Level]] = {}
    links: dict[str, str] = {}
    styles: dict[str, str] = {}
    for node in root:
        if local(node) == "abstractNum":
            name = attribute(node, "abstractNumId")
            definitions[name] = {
                level: _level(x)
                for x in node
                if local(x) == "lvl" and (level := integer(attribute(x, "ilvl"))) < MAX_LEVELS
            }
            for child in node:
                if local(child) == "numStyleLink":
                    links[name] = attribute(child, "val")
                elif local(child) == "styleLink":
                    styles[attribute(child, "val")] = name
    for node in root:
        if local(node) != "num":
            continue
        number = attribute(node, "numId")
        definition = next((attribute(c, "val") for c in node if local(c) == "abstractNumId"), "")
        definition = styles.get(links.get(definition, ""), definition)
        result.counter_of[number] = definition
        result.levels[number] = dict(definitions.get(definition, {}))
        for override in (c for c in node if local(c) == "lvlOverride"):
            level = integer(attribute(override, "ilvl"))
            for child in override if level < MAX_LEVELS else ():
                if local(child) == "lvl":
                    result.levels[number][level] = _level(child)
                elif local(child) == "startOverride":
                    result.starts.setdefault(number, {})[level] = integer(attribute(child, "val"))
    return result


def written(value: int, style: str) -> str:
    """A number in one of Word's number formats; a format that papers do not use is written in digits."""
    value = max(0, min(value, MAX_VALUE))
    match style:
        case "upperLetter" | "lowerLetter":
            letter = chr(65 + (value - 1) % 26) * min(30, 1 + (value - 1) // 26) if value else ""
            return letter if style == "upperLetter" else letter.lower()
        case "upperRoman" | "lowerRoman":
            roman = _roman(value)
            return roman if style == "upperRoman" else roman.lower()
        case (
            "chineseCounting"
            | "chineseCountingThousand"
            | "japaneseCounting"
            | "taiwaneseCountingThousand"
            | "taiwaneseCounting"
        ):
            return _chinese(value)
        case "chineseLegalSimplified":
            return "".join(_FORMAL[int(d)] for d in str(value)) if value > 10 else (_FORMAL + "拾")[value]
        case "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital":
            return "".join(_DIGITS[int(d)] for d in str(value))
        case "ideographTraditional":
            return _STEMS[(value - 1) % 10] if value else ""
        case "ideographZodiac":
            return _BRANCHES[(value - 1) % 12] if value else ""
        case "decimalEnclosedCircle" | "decimalEnclosedCircleChinese":
            return chr(0x2460 + value - 1) if 1 <= value <= 20 else str(value)
        case "decimalEnclosedParen":
            return f"({value})"
        case "decimalEnclosedFullstop":
            return f"{value}."
        case "ideographEnclosedCircle":
            return chr(0x3220 + value - 1) if 1 <= value <= 10 else str(value)
        case "decimalZero":
            return f"{value:02}"
        case "decimalFullWidth" | "decimalFullWidth2":
            return "".join(chr(0xFF10 + int(d)) for d in str(value))
        case "numberInDash":
            return f"- {value} -"
        case "none":
            return ""
        case _:
            return str(value)


def attribute(element: Any, name: str) -> str:
    """An attribute by its name without the namespace; empty where there is none."""
    return next((str(v) for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def _level(element: Any) -> Level:
    found = {local(child): child for child in element}

    def value(name: str, default: str) -> str:
        return attribute(found[name], "val") if name in found else default

    return Level(
        start=integer(value("start", "0")),
        style=value("numFmt", "decimal"),
        text=value("lvlText", "")[:_LONGEST_LABEL],
        suffix=value("suff", "tab"),
        restart=integer(value("lvlRestart", "0")) if "lvlRestart" in found else None,
        legal="isLgl" in found and value("isLgl", "1") not in {"0", "false", "off"},
    )


def integer(text: str) -> int:
    """A small number as Word writes it; 0 for anything else."""
    return int(text) if re.fullmatch(r"\d{1,5}", text) else 0


def _roman(value: int) -> str:
    out = ""
    for size, sign in _ROMAN:
        out += sign * (value // size)
        value %= size
    return out


def _chinese(value: int) -> str:
    """一, 十, 十一, 二十, 一百零五 ..."""
    if value == 0:
        return "零"
    out = ""
    digits = str(value)
    for i, digit in enumerate(digits):
        unit = ["", "十", "百", "千", "万"][len(digits) - 1 - i]
        if digit != "0":
            out += _DIGITS[int(digit)] + unit
        elif out and not out.endswith("零"):
            out += "零"
    out = out.rstrip("零")
    return out[1:] if out.startswith("一十") else out
