"""A GIFT file in pieces: one for each question or category line, as Moodle cuts it, and where it was clearly meant.

Blank lines part the questions (question/format.php, readquestions). Where
somebody forgot one before a title, a category or a question of its own, or has
put some between the braces, Moodle makes one garbled question of two, or none;
the cut is made where it was meant, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from qbank.formats.gift import masked
from qbank.formats.moodle import PHP_BLANKS

MOST_JOINED = 64
"""Paragraphs that one pair of braces may hold."""
_FENCE = re.compile(r"(?:```|~~~)\s*(?:gift|text|txt|plaintext|moodle)?\s*\Z", re.I)
_CATEGORY = "$CATEGORY:"
_ANSWERS = re.compile(r"\{\s*(?:[=~#>]|T\s*[}#]|F\s*[}#]|TRUE\s*[}#]|FALSE\s*[}#]|%-?[0-9]|\})", re.I)


@dataclass(frozen=True, slots=True)
class Piece:
    """A question or a category line; `text` is masked, its comments blank, every character at its place."""

    line: int
    """The number of its first line."""
    text: str
    comments: str = ""
    repairs: tuple[tuple[str, int], ...] = ()
    """What was put right, and at which offset."""

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in `text`, both from 1."""
        before = self.text[:offset]
        return self.line + before.count("\n"), offset - (before.rfind("\n") + 1) + 1


@dataclass(slots=True)
class _Lines:
    """Lines that may become a piece."""

    first: int
    lines: list[str] = field(default_factory=list)
    repairs: list[tuple[str, int]] = field(default_factory=list)
    """What was put right, by line."""


def pieces(lines: Iterable[str]) -> Iterator[Piece]:
    """The pieces of a file from its lines. No control characters may be in it."""
    for paragraph in _joined(_paragraphs(lines)):
        for part in _parted(paragraph):
            yield _piece(part)


def _paragraphs(lines: Iterable[str]) -> Iterator[_Lines]:
    """Runs of lines without a blank one."""
    found: _Lines | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip(PHP_BLANKS) or _FENCE.match(line.strip()):
            if found is not None:
                yield found
            found = None
            continue
        if found is None:
            found = _Lines(number)
        found.lines.append(line)
    if found is not None:
        yield found


def _is_comment(line: str) -> bool:
    return line.strip(PHP_BLANKS).startswith("//")


def _shape(lines: list[str]) -> str:
    """The braces, masked lines without comments and escapes."""
    return "\n".join("" if _is_comment(line) else masked(line) for line in lines)


def _joined(paragraphs: Iterator[_Lines]) -> Iterator[_Lines]:
    """The paragraphs, those together that blank lines inside braces have parted."""
    waiting: list[_Lines] = []
    for paragraph in paragraphs:
        shape = _shape(paragraph.lines)
        opens, closes = shape.find("{"), shape.find("}")
        if waiting:
            first = paragraph.lines[0].lstrip()
            if 0 <= opens < (closes if closes >= 0 else len(shape)) or first.startswith(("::", _CATEGORY)):
                yield from waiting
                waiting = []
            else:
                waiting.append(paragraph)
                if closes >= 0:
                    yield _together(waiting)
                    waiting = []
                elif len(waiting) > MOST_JOINED:
                    yield from waiting
                    waiting = []
                continue
        if shape.rfind("{") > shape.rfind("}"):
            waiting = [paragraph]
        else:
            yield paragraph
    yield from waiting


def _together(parts: list[_Lines]) -> _Lines:
    first = parts[0]
    whole = _Lines(first.first, list(first.lines))
    whole.repairs.append(("blank lines between the braces were passed over; Moodle refuses them", 0))
    for part in parts[1:]:
        whole.lines += [""] * (part.first - whole.first - len(whole.lines))
        whole.lines += part.lines
    return whole


def _parted(paragraph: _Lines) -> Iterator[_Lines]:
    """One paragraph, cut before titles, categories and further questions that have no blank line before them."""
    lines = paragraph.lines
    if len(lines) == 1:
        yield paragraph
        return
    shapes = ["" if _is_comment(line) else masked(line) for line in lines]
    starts = [0]
    depth = 0
    content = closed = False
    is_titled = False  # whether a title has begun whose :: is still to come, on a line of its own
    for i, shape in enumerate(shapes):
        line = shape.strip(PHP_BLANKS)
        if is_titled:
            is_titled = "::" not in line
        elif depth == 0 and line and content:
            is_start = line.startswith(_CATEGORY) or (line.startswith("::") and (closed or "::" in line[2:]))
            if is_start or (closed and _asks(shapes, i)):
                starts.append(_with_comments(lines, i, starts[-1]))
                content = closed = False
        if line and (not content or starts[-1] == i):
            is_titled = line.startswith("::") and "::" not in line[2:]
        if line:
            content = True
        for brace in re.findall(r"[{}]", shape):
            depth = max(0, depth + (1 if brace == "{" else -1))
        if line:
            closed = depth == 0 and line.endswith("}")
        if depth == 0 and line.startswith(_CATEGORY) and i + 1 < len(lines):
            if any(s.strip(PHP_BLANKS) for s in shapes[i + 1 :]):
                starts.append(i + 1)
            content = closed = False
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        part = _Lines(paragraph.first + start, lines[start:end])
        part.repairs = [r for r in paragraph.repairs if start <= r[1] < end]
        if start:
            part.repairs.append(("there is no blank line before this; Moodle would not see a new question here", 0))
        yield part


def _asks(shapes: list[str], i: int) -> bool:
    """Whether a question of its own begins on line `i`: answers follow before any line ends without them."""
    for shape in shapes[i:]:
        if "{" in shape or "}" in shape:
            return _ANSWERS.search(shape) is not None or shape.strip(PHP_BLANKS).endswith("{")
    return False


def _with_comments(lines: list[str], i: int, least: int) -> int:
    """The first of the comment lines right above line `i`, which belong to what follows."""
    while i - 1 > least and _is_comment(lines[i - 1]):
        i -= 1
    return i


def _piece(part: _Lines) -> Piece:
    comments = "\n".join(line for line in part.lines if _is_comment(line))
    text = "\n".join(" " * len(line) if _is_comment(line) else masked(line) for line in part.lines)
    starts = [0]
    for line in part.lines:
        starts.append(starts[-1] + len(line) + 1)
    return Piece(part.first, text, comments, tuple((message, starts[line]) for message, line in part.repairs))
