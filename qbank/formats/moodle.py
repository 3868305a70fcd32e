"""What Moodle accepts: grades, numbers, names, categories, texts and gaps, as Moodle 4.5 treats them.

Pure functions for the readers and exporters of Moodle XML and GIFT. Where a
function writes, its inverse stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from html import escape, unescape
from typing import Literal, TypeAlias

from qbank import richtext
from qbank.model import ONE, ZERO, Choice, MultipleChoice, SingleChoice, Text
from qbank.richtext import ASSET_PREFIX, Element

EssayStyle: TypeAlias = Literal["term", "short", "long"]

_EXACT_GRADES: tuple[tuple[str, Fraction], ...] = (
    ("100", ONE),
    ("90", Fraction(9, 10)),
    ("83.33333", Fraction(5, 6)),
    ("80", Fraction(4, 5)),
    ("75", Fraction(3, 4)),
    ("70", Fraction(7, 10)),
    ("66.66667", Fraction(2, 3)),
    ("60", Fraction(3, 5)),
    ("50", Fraction(1, 2)),
    ("40", Fraction(2, 5)),
    ("33.33333", Fraction(1, 3)),
    ("30", Fraction(3, 10)),
    ("25", Fraction(1, 4)),
    ("20", Fraction(1, 5)),
    ("16.66667", Fraction(1, 6)),
    ("14.28571", Fraction(1, 7)),
    ("12.5", Fraction(1, 8)),
    ("11.11111", Fraction(1, 9)),
    ("10", Fraction(1, 10)),
    ("5", Fraction(1, 20)),
    ("0", ZERO),
)
GRADES: dict[str, Fraction] = dict(_EXACT_GRADES) | {f"-{text}": -value for text, value in _EXACT_GRADES if value}
"""The only percentages Moodle takes (question/engine/bank.php), as it writes them, and what they stand for."""

MAX_NAME = 255
MAX_ID = 100
MAX_POINTS = 99999
DEFAULT_PENALTY = Fraction(1, 3)


HINT_FLAGS = ("shownumcorrect", "clearwrong", "options")
"""What a hint may switch on. `extensions["moodle-xml"]["hints"]` of a question lists, for each of its hints, the names
of those that are on: `[["clearwrong"], []]`."""


LINES: Mapping[EssayStyle, int] = {"term": 5, "short": 10, "long": 20}
"""The lines of the field that stand for each style of essay."""


def essay_style(lines: int) -> EssayStyle:
    """The style of essay that so many lines are for."""
    return "term" if lines <= LINES["term"] else "short" if lines < LINES["long"] else "long"


# Grades


@lru_cache(maxsize=4096)
def grade(weight: Fraction) -> tuple[str, bool]:
    """The percentage of Moodle's list nearest to a weight, and whether it is that weight."""
    text, value = min(GRADES.items(), key=lambda item: (abs(item[1] - weight), -item[1]))
    return text, value == weight or Fraction(text) / 100 == weight


def weight_of(percent: str) -> Fraction:
    """The weight a percentage stands for: an exact one where the list has it. Raises ValueError."""
    value = Fraction(percent) / 100
    text, _ = grade(value)
    return GRADES[text] if abs(GRADES[text] - value) <= Fraction(1, 100_000) else value


@lru_cache(maxsize=256)
def shares(n: int) -> tuple[tuple[str, ...], bool]:
    """`n` percentages of the list that make 100, as equal as can be, and whether they are equal.

    Equal ones exist for 1 to 10 and 20; from 11 to 19 tens and fives make 100;
    beyond 20 the last ones get nothing.
    """
    if n <= 0:
        return (), True
    text, _ = grade(Fraction(1, n))
    if GRADES[text] == Fraction(1, n):
        return (text,) * n, True
    if n > 20:
        return ("5",) * 20 + ("0",) * (n - 20), False
    return ("10",) * (20 - n) + ("5",) * (2 * n - 20), False


def read_percent(written: str | None) -> tuple[Fraction, bool]:
    """The weight that a `fraction` stands for, and whether Moodle takes it as it is written.

    Missing is nothing; `100%` is 100; what is within half a percent of one of
    the list, such as 33.3, is that one.
    """
    return (ZERO, True) if written is None else _percent_read(written[:100])


@lru_cache(maxsize=1024)
def _percent_read(written: str) -> tuple[Fraction, bool]:
    found = read_number(written.strip().removesuffix("%"))
    if found is None:
        return ZERO, False
    value, exact = found[0] / 100, found[1] and "%" not in written
    text, near = grade(value)
    if abs(GRADES[text] - value) <= Fraction(1, 100_000):
        return GRADES[text], exact
    if abs(GRADES[text] - value) <= Fraction(1, 200):
        return GRADES[text], False
    return value, exact and near


@dataclass(frozen=True, slots=True)
class Marks:
    """A percentage for each choice, in order, and in words what they do not say of the scoring."""

    percents: tuple[str, ...]
    inexact: str = ""


def marks(question: SingleChoice | MultipleChoice) -> Marks:
    """What Moodle gives for choosing each choice; the answer must be known."""
    if question.scoring == "weighted":
        return _weighted(question.choices)
    if isinstance(question, SingleChoice):
        return Marks(tuple("100" if choice.id == question.answer else "0" for choice in question.choices))
    answer = question.answer or ()
    return _shared(question.scoring, tuple([choice.id in answer for choice in question.choices]))


@lru_cache(maxsize=1024)
def _shared(scoring: str, right: tuple[bool, ...]) -> Marks:
    """Equal shares for the right choices, as far as Moodle has such grades."""
    gains, gains_equal = shares(sum(right))
    wrong = len(right) - sum(right)
    losses, losses_equal = shares(wrong) if scoring == "balanced" else (("100",) * wrong, True)
    gain, loss = iter(gains), iter(losses)
    percents = tuple(next(gain) if is_right else _negative(next(loss)) for is_right in right)
    if scoring == "all_or_nothing" and sum(right) > 1:
        return Marks(percents, "part of the right choices earns part of the points, a wrong one still forfeits all")
    if not gains_equal:
        return Marks(percents, f"{sum(right)} right choices cannot have equal shares; the first ones get more")
    if not losses_equal:
        return Marks(percents, f"{wrong} wrong choices cannot cost equal shares; the first ones cost more")
    return Marks(percents)


def _weighted(choices: Sequence[Choice]) -> Marks:
    grades = [grade(choice.weight or ZERO) for choice in choices]
    off = [choice.id for choice, (_, exact) in zip(choices, grades, strict=True) if not exact]
    why = f"the weight of {', '.join(off)} is not one that Moodle has; the nearest was used" if off else ""
    return Marks(tuple(text for text, _ in grades), why)


def _negative(percent: str) -> str:
    return "0" if percent == "0" else f"-{percent}"


@lru_cache(maxsize=1024)
def penalty(value: Fraction | None) -> tuple[str, bool]:
    """A penalty as Moodle keeps it: whatever is within 0.005 of a third becomes a third."""
    if value is None or value == DEFAULT_PENALTY:
        return "0.3333333", True
    kept = min(max(value, ZERO), ONE)
    if abs(kept - DEFAULT_PENALTY) <= Fraction(1, 200):
        return "0.3333333", value == Fraction("0.3333333")
    return _places(kept, value)


@lru_cache(maxsize=1024)
def points(value: Fraction) -> tuple[str, bool]:
    """Points as Moodle keeps them: seven decimals, from 0 to 99999."""
    return _places(min(max(value, ZERO), Fraction(MAX_POINTS)), value)


def _places(kept: Fraction, wanted: Fraction) -> tuple[str, bool]:
    rounded = Fraction(round(kept * 10**7), 10**7)
    return _plain_number(rounded), rounded == wanted


def read_penalty(written: Fraction | None, default: Fraction) -> Fraction | None:
    """The inverse of `penalty`: None for the type's own default."""
    if written is None or written == default:
        return None
    third = abs(written - DEFAULT_PENALTY) <= Fraction(1, 200)
    return None if third and default == DEFAULT_PENALTY else DEFAULT_PENALTY if third else written


def weights_of_gaps(gap_shares: Sequence[int], total: Fraction) -> tuple[tuple[int, ...], bool]:
    """Whole weights in the proportion of the shares, and whether they sum to the points.

    Moodle makes a cloze question worth the sum of its gaps' weights, which are integers.
    """
    whole = sum(gap_shares)
    scaled = [Fraction(share) * total / whole for share in gap_shares]
    if all(weight.denominator == 1 and weight > 0 for weight in scaled):
        return tuple(weight.numerator for weight in scaled), True
    return tuple(gap_shares), False


# Numbers

_FOURTEEN = Context(prec=14)
_MOST_PLACES = 60
"""Decimal places that a bank may have."""


@lru_cache(maxsize=4096)
def number(value: Fraction) -> tuple[str, bool]:
    """A number in plain decimals with the 14 significant digits Moodle keeps, and whether that is all of it."""
    rounded = Fraction(_FOURTEEN.divide(Decimal(value.numerator), Decimal(value.denominator)))
    return _plain_number(rounded), rounded == value


_READ_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:(?:[eE]|x10\^|\*10\^)([+-]?[0-9]{1,3})(?![0-9]))?")


def read_number(written: str) -> tuple[Fraction, bool] | None:
    """The number Moodle stores for what a file holds, and whether it is what is written; None where there is none.

    A comma separates thousands, and what follows the number is dropped:
    `1,5` is 15 and `1/2` is 1 (question/type/numerical/questiontype.php).
    """
    return _number_read(written.strip()) if len(written) < 1000 else None


@lru_cache(maxsize=4096)
def _number_read(written: str) -> tuple[Fraction, bool] | None:
    text = written.replace("\u2212", "-")
    found = _READ_NUMBER.match(text.replace(",", "").replace(" ", ""))
    if found is None or not (found[2] or found[3]):
        return None
    digits, places, exponent = found[2] or "0", found[3] or "", int(found[4] or 0)
    if len(digits) > 31 or not -_MOST_PLACES <= exponent - len(places) <= exponent <= 30:
        return None
    value = Fraction(int(digits + places)) * Fraction(10) ** (exponent - len(places))
    if value > 10**30:
        return None
    return (-value if found[1] == "-" else value), found[0] == text


def _plain_number(value: Fraction) -> str:
    """A fraction whose denominator divides a power of ten, without exponent or trailing zeros."""
    if value.denominator == 1:
        return str(value.numerator)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs((value * 10**places).numerator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


# Names and categories

PHP_BLANKS = " \t\n\r\0\x0b"
"""What PHP's trim, and so Moodle, takes off the ends of a text: neither U+00A0 nor U+3000."""
_BLANKS = re.compile(r"[ \t\n\r]+")
_ENTITY = re.compile(r"&(?=[A-Za-z0-9#]{1,8};)")


def one_line(text: str) -> str:
    """A text on one line, as HTML shows it: other blanks than these mean something."""
    return (text if text.isprintable() and "  " not in text else _BLANKS.sub(" ", text)).strip(" ")


def name(text: str) -> tuple[str, bool]:
    """A name or a category part as Moodle stores it, and whether all of it is there.

    Moodle takes tags out of names and decodes entities when it shows them, so
    `<` and what looks like an entity are written one level deeper; white space
    runs become one blank; what would be longer than 255 is cut, with `...`.
    """
    line = one_line(text)
    written = _deeper(line)
    if len(written) <= MAX_NAME:
        return written, True
    kept = line[: MAX_NAME - 3]
    while len(_deeper(kept)) > MAX_NAME - 3:
        kept = kept[:-1]
    return _deeper(kept.rstrip()) + "...", False


def _deeper(line: str) -> str:
    return _ENTITY.sub("&amp;", line).replace("<", "&lt;") if "<" in line or "&" in line else line


def read_name(stored: str) -> str:
    """The inverse of `name`."""
    return re.sub(r"&(lt|gt|amp|quot|#[0-9]{1,6});", lambda entity: unescape(entity[0]), stored)


def category(parts: Iterable[str]) -> tuple[str, bool]:
    """A category path below the course's top category, and whether each part is kept as it is.

    `/` in a part is doubled, with a blank towards the separator where it stands
    at an end (question/format.php, assemble_category_path).
    """
    return _category(tuple(parts))


@lru_cache(maxsize=1024)
def _category(parts: tuple[str, ...]) -> tuple[str, bool]:
    kept = True
    written = ["$course$", "top"]
    for part in parts:
        cleaned, whole = _category_part(part)
        kept &= whole
        written.append(cleaned)
    return "/".join(written), kept


def _category_part(part: str) -> tuple[str, bool]:
    stored, whole = name(part)
    if not stored:
        return "-", False
    if stored == "top":
        return "(top)", False
    if "/" in stored:
        if "//" in stored:
            stored, whole = re.sub("/{2,}", "/", stored), False
        stored = stored.replace("/", "//")
        stored = f"{' ' if stored[0] == '/' else ''}{stored}{' ' if stored[-1] == '/' else ''}"
    return stored, whole


def read_category(path: str) -> tuple[str, ...]:
    """The inverse of `category`, for any path that Moodle writes."""
    parts = [part.replace("//", "/").strip(PHP_BLANKS) for part in re.split(r"(?<!/)/(?!/)", path)]
    if parts and re.fullmatch(r"\$[a-z0-9]+\$", parts[0]):
        del parts[0]
    return tuple(read_name(part) for part in parts if part not in ("", "top"))


@lru_cache(maxsize=1024)
def tag(text: str) -> tuple[str, bool]:
    """A tag as Moodle keeps it: without `<`, `>` and back-quotes, at most 255 characters."""
    kept = " ".join(re.sub("[<>`]", "", text).split())[:MAX_NAME].rstrip()
    return kept, kept == text


# Texts

BLANK_HTML = "&#160;"
"""Stands for a text that is empty where Moodle drops or refuses an empty one."""


def html(text: Text, media: Callable[[Element], str], gap: Callable[[Element], str] | None = None) -> str:
    r"""A text as the HTML Moodle shows: formulas as `\(...\)` and `\[...\]`, media and gaps as the caller says.

    A text of one paragraph has no element around it, unless it has gaps.
    """
    if isinstance(text, str) and ("\n" in text or "\r" in text):
        text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if isinstance(text, str) and "\n" not in text and gap is None:
        return escape(text, quote=False)

    def special(element: Element) -> str | None:
        match element.tag:
            case "tex":
                return tex(element)
            case "img" | "audio":
                return media(element)
            case "blank":
                return gap(element) if gap else "____"
            case _:
                return None

    tree = richtext.blocks(text)
    if gap is None and len(tree) == 1 and tree[0].tag == "p":
        return richtext.html_of(tree[0].children, special)
    return richtext.html_of(tree, special)


def tex(element: Element) -> str:
    r"""A formula between the delimiters that Moodle's MathJax filter looks for, `<` as an entity."""
    source = escape("".join(node for node in element.children if isinstance(node, str)), quote=False)
    if not source.strip():
        return ""  # MathJax makes no formula of nothing
    if source.endswith("\\"):
        source += " "  # else the formula's own backslash would take the closing delimiter's
    return rf"\[{source}\]" if element.get("display") == "block" else rf"\({source}\)"


def picture(element: Element, url: str, alt: str = "") -> str:
    """An `img` or `audio` element that shows `url`; `alt` where it has no description of its own."""
    if element.tag == "audio":
        return f'<audio controls="controls" src="{escape(url)}"></audio>'
    sizes = "".join(f' {key}="{value}"' for key, value in element.attributes if key in ("width", "height"))
    return f'<img src="{escape(url)}" alt="{escape(element.get("alt") or alt)}"{sizes}/>'


def asset_of(element: Element) -> str:
    """The name of the asset an `img` or `audio` element shows."""
    return (element.get("src") or "").removeprefix(ASSET_PREFIX)


def words_for(element: Element) -> str:
    """What stands, as HTML, where a picture or a sound cannot."""
    return escape(f"[{element.get('alt') or asset_of(element)}]", quote=False)


def line(text: Text) -> tuple[str, bool]:
    """A text as one line of plain characters, HTML-escaped, and whether all its words are there.

    This is what a matching answer is: at most 255 characters, shown through a
    filter that takes tags off and decodes entities.
    """
    first = one_line(richtext.plain(text))
    written = escape(first, quote=False)
    if len(written) <= MAX_NAME:
        return written, True
    kept = first[: MAX_NAME - 1]
    while len(escape(kept, quote=False)) > MAX_NAME - 1:
        kept = kept[:-1]
    return escape(kept, quote=False) + "…", False


def pattern(text: str, wildcard: bool) -> str:
    r"""An accepted text as Moodle compares it: `*` is a wildcard there, `\*` a star."""
    return text if wildcard else text.replace("*", r"\*")


def read_pattern(written: str) -> tuple[str, bool]:
    """The inverse of `pattern`: the text, and whether it has wildcards."""
    if re.search(r"(?<!\\)\*", written):
        return written, True
    return written.replace(r"\*", "*"), False


# Cloze gaps

_GAP_CHARACTERS = {ord(c): f"&#{ord(c)};" for c in '&<>"~#{}=%\\\n'}
_LIKE_A_GAP = re.compile(r"\{(?=#|[0-9]*:)")


def in_gap(text: str) -> str:
    r"""A text inside a gap, every character that means something there as an entity.

    Moodle decodes entities once and then turns `\}` and `\#` into `}` and `#`
    (multianswer/questiontype.php), so a backslash before those is doubled.
    """
    return re.sub(r"\\(?=[}#])", r"\\\\", text).translate(_GAP_CHARACTERS)


def read_in_gap(written: str) -> str:
    """The inverse of `in_gap`."""
    return unescape(written).replace(r"\}", "}").replace(r"\#", "#")


def outside_gaps(stem: str) -> str:
    """The HTML of a cloze stem with nothing in it that Moodle would take for a gap."""
    return _LIKE_A_GAP.sub("&#123;", stem) if "{" in stem else stem


def gap_percent(weight: Fraction) -> tuple[str, bool]:
    """A weight inside a gap, where any percentage with up to five decimals goes."""
    text, exact = grade(weight)
    if exact:
        return text, True
    rounded = Fraction(round(weight * 10**7), 10**7)
    return _plain_number(rounded * 100), rounded == weight
