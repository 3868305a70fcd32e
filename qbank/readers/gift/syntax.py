"""What a piece of GIFT says: title, stem, answers with weights and feedback, by the steps of format.php's readquestion.

Nothing is judged here but the structure; texts stay masked and know their
offset. Where Moodle's own steps make something that nobody can have meant
(braces of a formula taken for the answers, `=` inside a line of an answer),
what was meant is taken and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from qbank.formats.gift import unmasked
from qbank.formats.moodle import GRADES, PHP_BLANKS, read_percent
from qbank.model import ONE
from qbank.readers.gift.paragraphs import Piece

Sort: TypeAlias = Literal["information", "essay", "numeric", "ordering", "choice", "matching", "truth", "short"]

_FORMATS = {"html": "html", "moodle": "moodle_auto_format", "plain": "plain_text", "markdown": "markdown"}
_FORMAT = re.compile(r"\[([A-Za-z]+)\]")
_WEIGHT = re.compile(r"%-*[0-9]{1,2}\.?[0-9]*%")
_NEAR_WEIGHT = re.compile(r"%\s*(-?)-*\+?\s*([0-9]{1,3}(?:[.,][0-9]*)?)\s*%")
_ORDER = re.compile(r">\s*[0-9]+")
_MARKED = re.compile(r"\s*(?:[=~#>]|%-?[0-9]|(?:T|F|(?i:TRUE|FALSE))\s*(?:#|\Z))")
_ARGUMENT = re.compile(r"(?:\\[A-Za-z]+|[\^_])\Z")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


class Unread(Exception):
    """A piece that says nothing that could be a question; `offset` is where."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Words:
    """A masked text, where it begins, and the format it is in by Moodle's names."""

    text: str
    form: str
    offset: int = 0

    @property
    def plain(self) -> str:
        """What it says, character by character."""
        return unmasked(self.text).strip(PHP_BLANKS)


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry between the braces."""

    words: Words
    weight: Fraction
    feedback: Words | None = None
    partner: str | None = None
    """The right side of `->`, masked."""


@dataclass(slots=True)
class Written:
    """A question as its file says it."""

    title: str | None
    stem: Words
    sort: Sort
    general: Words | None = None
    answers: list[Answer] = field(default_factory=list)
    wrong: Words | None = None
    """What `{#...~#...}` and the like tell for any other answer."""
    truth: bool = False
    is_single: bool = True
    settings: tuple[str, ...] = ()
    """The words after `{>`: how many, which, layout, grading, shown, numbering."""
    repairs: list[tuple[str, int]] = field(default_factory=list)
    second_block: int | None = None
    """Where a further pair of braces begins, which stays text."""


def parsed(piece: Piece) -> Written:
    """What a piece says. Raises `Unread` where it breaks the rules and nothing was clearly meant."""
    text, at = piece.text, 0
    repairs = list(piece.repairs)
    at = _skip(text, 0)
    title = None
    if text.startswith("::", at):
        end = text.find("::", at + 2)
        at += 2
        if end >= 0:
            title = unmasked(text[at:end])
            at = _skip(text, end + 2)
    braces = _braces(text, at, repairs)
    if braces is None:
        return Written(title, words(text[at:], at), "information", repairs=repairs)
    opening, closing = braces
    before, after = text[at:opening], text[closing + 1 :]
    # no gap where the question ends with a brace, whichever
    gap = "" if text.rstrip(PHP_BLANKS).endswith("}") else "_____"
    stem = words(before + gap + after, at)
    inner, start = text[opening + 1 : closing], opening + 1
    general = None
    if (cut := inner.rfind("####")) >= 0:
        general = words(inner[cut + 4 :], start + cut + 4, stem.form)
        inner = inner[:cut]
    start += len(inner) - len(inner.lstrip(PHP_BLANKS))
    inner = inner.strip(PHP_BLANKS)
    question = Written(title, stem, "essay", general if general and general.plain else None, repairs=repairs)
    second = re.search(r"\{[^{}]*\}", after)
    question.second_block = closing + 1 + second.start() if second else None
    _read(question, inner, start)
    return question


def words(text: str, offset: int, inherited: str = "moodle_auto_format") -> Words:
    """A text and its format: one prefix is taken off; without one it has that of the stem."""
    skipped = _skip(text, 0)
    found = _FORMAT.match(text, skipped)
    if found is not None and found[1].lower() in _FORMATS:
        return Words(text[found.end() :].strip(PHP_BLANKS), _FORMATS[found[1].lower()], offset + found.end())
    return Words(text.strip(PHP_BLANKS), inherited, offset + skipped)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in PHP_BLANKS:
        at += 1
    return at


# Braces


def _braces(text: str, start: int, repairs: list[tuple[str, int]]) -> tuple[int, int] | None:
    """The offsets of the braces around the answers; None where there are none. Raises `Unread`."""
    opening, closing = text.find("{", start), text.find("}", start)
    if opening < 0 and closing < 0:
        return None
    if opening < 0:
        raise Unread("there is a } without a {; write \\} for the character", closing)
    first = (opening, text.find("}", opening))
    if first[1] < 0:
        raise Unread("the { has no }; write \\{ for the character", opening)
    blocks = list(_blocks(text, opening))
    if not _is_marked(text, first) and (meant := _meant(text, first, blocks)) is not None:
        repairs.append(("braces before the answers were taken as characters; write them \\{ and \\}", opening))
        return meant
    if blocks and blocks[0] != first and blocks[0][0] == opening:
        repairs.append(("braces inside the answers were taken as characters; write them \\{ and \\}", opening))
        return blocks[0]
    return first


def _meant(text: str, first: tuple[int, int], blocks: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The answers behind braces of a formula or of code that nobody escaped; None where there are none."""
    for block in reversed(blocks):
        if block[0] > first[0] and _is_marked(text, block):
            return block
    last = blocks[-1] if blocks else first
    is_essay = last[0] > first[0] and not text[last[0] + 1 :].strip(PHP_BLANKS + "}")
    return last if is_essay and text[first[0] + 1 : first[1]].strip(PHP_BLANKS) else None


def _blocks(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The outermost pairs of braces."""
    depth, opening = 0, -1
    for found in re.finditer(r"[{}]", text[start:]):
        if found[0] == "{":
            if depth == 0:
                opening = start + found.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield opening, start + found.start()
    if depth and (end := text.rfind("}")) > opening >= 0:
        yield opening, text.find("}", opening) if depth > 1 else end


def _is_marked(text: str, block: tuple[int, int]) -> bool:
    """Whether what is between the braces begins as answers do, and is no argument of a formula."""
    inner = text[block[0] + 1 : block[1]]
    return _MARKED.match(inner) is not None and _ARGUMENT.search(text, max(0, block[0] - 40), block[0]) is None


# Answers


def _read(question: Written, inner: str, at: int) -> None:
    """Finds the kind of the answers, in the order in which Moodle does, and reads them."""
    marks = _marks(inner, at, question)
    truth = inner.partition("#")[0].strip(PHP_BLANKS)
    if not inner:
        question.sort = "essay"
    elif _ORDER.match(inner):
        _ordering(question, inner, at)
    elif inner[0] == "#":
        _numeric(question, inner, at)
    elif any(inner[mark] == "~" for mark in marks):
        _choice(question, inner, at, marks)
    elif sum("->" in part for _, _, part in _split(inner, marks, at)) > 1:
        _matching(question, inner, at, marks)
    elif truth in _TRUTH or truth.upper() in ("TRUE", "FALSE"):
        if truth not in _TRUTH:
            question.repairs.append((f"{truth} is read as {truth.upper()}; Moodle takes it for a word to write", at))
        _truth(question, inner, at)
    else:
        if "->" in inner and marks:
            question.repairs.append(("-> was taken as characters; Moodle refuses a single pair", at))
        _short(question, inner, at, marks)


def _marks(inner: str, at: int, question: Written) -> list[int]:
    """The places of the `=` and `~` that begin an answer.

    For Moodle each one does. Where every answer has a line of its own, an `=`
    inside a line is a character that somebody forgot to escape.
    """
    if inner.startswith("#"):
        return []
    marks = [found.start() for found in re.finditer(r"[=~]", inner)]
    leading = {mark for mark in marks if not inner[inner.rfind("\n", 0, mark) + 1 : mark].strip(PHP_BLANKS)}
    inside = [mark for mark in marks if mark not in leading]
    if len(leading) < 2 or "\n" not in inner or any(inner[mark] == "~" for mark in inside):
        return marks
    characters = {mark for mark in inside if inner[mark] == "=" and _is_character(inner, mark)}
    if characters:
        first = min(characters)
        question.repairs.append(("= inside an answer was taken as a character; write it \\=", at + first))
    return [mark for mark in marks if mark not in characters]


def _is_character(inner: str, mark: int) -> bool:
    """Whether an `=` inside a line can only be a character: glued to the word before it, or with blanks around it."""
    before, after = inner[mark - 1], inner[mark + 1 : mark + 2]
    if before == "~":
        return False
    return before not in PHP_BLANKS or not after or after in PHP_BLANKS


def _split(inner: str, marks: list[int], at: int) -> Iterator[tuple[str, int, str]]:
    """The answers: mark, offset of what follows, and that; what stands before the first mark has none."""
    if (head := inner[: marks[0]] if marks else inner).strip(PHP_BLANKS):
        yield "", at, head
    for mark, end in zip(marks, [*marks[1:], len(inner)], strict=False):
        yield inner[mark], at + mark + 1, inner[mark + 1 : end]


def _weighed(question: Written, part: str, at: int, otherwise: Fraction) -> tuple[Fraction, str, int]:
    """The weight at the start of an answer, what follows it, and its offset."""
    skipped = _skip(part, 0)
    found = _NEAR_WEIGHT.match(part, skipped)
    if found is None:
        return otherwise, part, at
    weight, exact = read_percent(found[1] + found[2].replace(",", "."))
    if _WEIGHT.match(part, skipped) is None:
        question.repairs.append((f"{found[0]} is read as a weight; Moodle takes it for text", at + skipped))
    elif not exact and weight in GRADES.values():
        question.repairs.append((f"{found[0]} is read as {weight.numerator}/{weight.denominator}", at + skipped))
    return max(-ONE, min(ONE, weight)), part[found.end() :], at + found.end()


def _answer(question: Written, part: str, at: int, weight: Fraction) -> Answer:
    """A text and the feedback behind its first `#`."""
    text, sign, told = part.partition("#")
    feedback = words(told, at + len(text) + 1, question.stem.form) if sign else None
    return Answer(words(text, at, question.stem.form), weight, feedback if feedback and feedback.plain else None)


def _choice(question: Written, inner: str, at: int, marks: list[int]) -> None:
    question.sort = "choice"
    parts = list(_split(inner, marks, at))
    equals = [part for mark, _, part in parts if mark == "="]
    shared = [_NEAR_WEIGHT.match(part.lstrip(PHP_BLANKS)) for part in equals]
    question.is_single = bool(equals)
    if len(equals) > 1 and all(found is not None and found[2] != "100" for found in shared):
        question.is_single = False
    for i, (mark, offset, part) in enumerate(parts):
        if mark == "~" and not part.strip(PHP_BLANKS) and i + 1 < len(parts) and parts[i + 1][0] == "=":
            continue  # "~=": the second mark says what it is
        if mark == "=":
            weight, rest, start = _weighed(question, part, offset, ONE)
            if rest is not part:
                question.repairs.append(
                    ("Moodle reads no weight behind =; write ~% for a choice with a weight", offset)
                )
        else:
            weight, rest, start = _weighed(question, part, offset, Fraction(0)) if mark else (Fraction(0), part, offset)
        question.answers.append(_answer(question, rest, start, weight))


def _short(question: Written, inner: str, at: int, marks: list[int]) -> None:
    question.sort = "short"
    for _, offset, part in _split(inner, marks, at):
        weight, rest, start = _weighed(question, part, offset, ONE)
        question.answers.append(_answer(question, rest, start, weight))


def _numeric(question: Written, inner: str, at: int) -> None:
    question.sort = "numeric"
    body, sign, told = inner[1:].partition("~")
    if sign:
        _, hash_sign, feedback = told.partition("#")
        found = words(feedback, at + len(body) + 2, question.stem.form) if hash_sign else None
        question.wrong = found if found and found.plain else None
    marks = [found.start() for found in re.finditer("=", body)]
    for _, offset, part in _split(body, marks, at + 1):
        if not part.strip(PHP_BLANKS):
            continue
        weight, rest, start = _weighed(question, part, offset, ONE)
        question.answers.append(_answer(question, rest, start, weight))


def _matching(question: Written, inner: str, at: int, marks: list[int]) -> None:
    question.sort = "matching"
    for _, offset, part in _split(inner, marks, at):
        if not part.strip(PHP_BLANKS):
            continue
        left, arrow, right = part.partition("->")
        if not arrow or not right.strip(PHP_BLANKS):
            question.repairs.append(("an entry of a matching question without its -> was left out", offset))
            continue
        question.answers.append(Answer(words(left, offset, question.stem.form), ONE, partner=right))


def _truth(question: Written, inner: str, at: int) -> None:
    question.sort = "truth"
    word, *told = inner.split("#", 2)
    question.truth = _TRUTH[word.strip(PHP_BLANKS).upper()]
    offset = at + len(word) + 1
    found: list[Words | None] = []
    for text in told:
        said = words(text, offset, question.stem.form)
        found.append(said if said.plain else None)
        offset += len(text) + 1
    wrong, right = (*found, None, None)[:2]
    question.answers.append(Answer(Words(word, "plain_text", at), ONE, right))
    question.wrong = wrong


_SETTINGS = re.compile(
    r">\s*([0-9]+)\s*(ALL|EXACT|RANDOM|REL|CONTIGUOUS|CONTIG)?\s*(HORIZONTAL|HORI|H|1|VERTICAL|VERT|V|0)?"
    r"\s*(ALL_OR_NOTHING|ABSOLUTE_POSITION|ABSOLUTE|ABS|RELATIVE_[A-Z_]+|RELATIVE|REL|LONGEST_[A-Z_]+)?"
    r"\s*(SHOW|TRUE|YES|1|HIDE|FALSE|NO|0)?\s*(none|123|abc|ABCD|iii|IIII)?[^\S\n]*(?=\n|\Z)"
)
_LOOSE_SETTINGS = re.compile(r">\s*([0-9]+)()()()()()")


def _ordering(question: Written, inner: str, at: int) -> None:
    """`{>3 ALL VERTICAL ABSOLUTE_POSITION SHOW none`, and an item a line (qtype_ordering, import_from_gift)."""
    question.sort = "ordering"
    found = _SETTINGS.match(inner) or _LOOSE_SETTINGS.match(inner)
    assert found is not None
    question.settings = tuple(group or "" for group in found.groups())
    offset = at + found.end()
    for line in inner[found.end() :].split("\n"):
        if line.strip(PHP_BLANKS):
            question.answers.append(Answer(Words(line.strip(PHP_BLANKS), "moodle_auto_format", offset), ONE))
        offset += len(line) + 1
