"""Options without letters: bulleted, indented, counted or plain lines after the stem."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qbank.readers.paper.choices import drop_common_marks, trailing_mark
from qbank.readers.paper.fields import SCORE_LINE
from qbank.readers.paper.heads import end_tag
from qbank.readers.paper.pairing import ORDERS
from qbank.readers.paper.parts import Choice, Item
from qbank.readers.paper.view import fold

_BULLET = re.compile(
    r"[=~](?=\S)|(?:[-+*•·][ \t]+)?(?:\[[ xX√]?\]|\([ xX√]\)|[○●◯▪◦□☐]|√(?=[ \t]))[ \t]*|(?:[-+•·]|\*(?!\*)|o(?=[ \t]))[ \t]+"
)


_ASKS_TO_CHOOSE = re.compile(r"[(](?:choose|select|pick)[ \t]+(?:\w+|all that apply)[ .]*[)]", re.I)


def regular(text: str, items: Sequence[Item]) -> bool:
    """Whether most of some questions are a line that asks and the same few short lines below it.

    One of the lines is the answer that is given, or the questions say how many to choose.
    """
    bare = [i for i in items if not i.choices and len(i.stem) == 1]
    if len(bare) < 3 or len(bare) * 10 < len(items) * 8:
        return False
    shaped = told = 0
    for one in bare:
        lines = [line.strip() for line in text[slice(*one.stem[0])].strip().split("\n") if line.strip()]
        options = [line for line in lines[1:] if not _EXHIBIT.match(line)]
        fits = 3 <= len(options) <= 6 and all(len(o) <= 90 for o in options) and _asks(lines[0])
        shaped += fits
        said = fold(one.raw or "").strip(" \t\n.。*").lower()
        told += fits and (
            any(o.strip(" .。").lower() == said for o in options) or _ASKS_TO_CHOOSE.search(lines[0]) is not None
        )
    return shaped * 10 >= len(bare) * 7 and told >= 1 and told * 4 >= shaped


_TO_NUMBER = re.compile(r"[ \t]*[(][ \t]*[)][ \t]*\S")


def bullets(text: str, found: Item, want: bool) -> bool:
    """Make options of the unlabelled lines after the stem; whether there are any.

    Lines that begin with a bullet, a tab or a tick are options; plain lines
    only where the question is known to have some (`want`).
    """
    if found.choices or len(found.stem) != 1:
        return False
    start, end = found.stem[0]
    lines: list[tuple[int, int]] = []
    at = start
    if found.unlabelled is not None:
        # the prompt parts stem and options: the stem counts as one line
        lines.append((start, start + max(1, len(text[start:end].rstrip()))))
        at, end = found.unlabelled
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        if text[at:stop].strip() and not SCORE_LINE.match(text, at, stop):
            lines.append((at, stop))
        at = stop + 1
    if len(lines) > 3 and ORDERS.search(text, *lines[0]) and all(_TO_NUMBER.match(text, *s) for s in lines[1:]):
        return False  # things to be put in order, each with a bracket for its place
    lines, right = _statuses(text, lines)
    if (
        len(right) == 1
        and len(lines) == 3
        and not _verdict_lines(text, lines)
        and re.search(r"_{2,}", text[slice(*lines[0])])
    ):
        # a gap, what was written into it, and what is right
        a, b = next((a, b) for a, b in lines[1:] if a <= right[0] <= b)
        found.raw, found.raw_span, found.origin = text[a:b].strip(), (a, b), "label"
        found.stem = [(start, lines[0][1])]
        return False
    if len(lines) == 2 and _in_a_row(text, found, lines):
        return True
    want = want or bool(right) or _verdict_lines(text, lines)
    if len(lines) < 3:
        return False
    want = want or _starred(text, lines[1:]) or _bolded(text, lines[1:])
    first = (
        1
        if found.unlabelled is not None
        else next((i for i, (a, b) in enumerate(lines) if i and _bulleted(text, a, b, lines[0])), 0)
    )
    if (
        (not want or _counted(text, lines) is None)
        and found.unlabelled is None
        and (not first or not all(_bulleted(text, a, b, lines[0]) for a, b in lines[first:]))
    ):
        first = next((i for i, (a, b) in enumerate(lines[:-2]) if _asks(text[a:b])), 0) + 1 if want else 0
        while first and first < len(lines) - 2 and _EXHIBIT.match(text, *lines[first]):
            first += 1
        if not first or any(len(text[a:b]) > 200 for a, b in lines[first:]):
            return False
    lines = _unbroken(text, lines, first)
    rest = lines[first:]
    numbered = _counted(text, lines) if want else None
    if numbered is not None:
        rest = lines[numbered:]
    if not 2 <= len(rest) <= 10:
        return False
    if found.unlabelled is None:
        found.stem = [(start, lines[lines.index(rest[0]) - 1][1])]
        end_tag(text, found)
    for i, (a, b) in enumerate(rest):
        shape = _COUNT if numbered is not None else _BULLET
        lead = shape.match(text, a + len(text[a:b]) - len(text[a:b].lstrip()), b)
        begin = lead.end() if lead else a
        mark = "[x]" if lead and re.search(r"[\[(][xX√]|√|●", lead[0]) else "=" if lead and lead[0] == "=" else ""
        choice = Choice("", i, begin, b, mark)
        trailing_mark(text, choice)
        found.choices.append(choice)
    found.labelled = False
    for choice in found.choices:
        if any(choice.start <= at <= choice.end for at in right):
            choice.marked = "status"
    drop_common_marks(found)
    return True


def _starred(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether one of a few short lines has a `*` right before its text and the others have none."""
    stars = [bool(re.match(r"[ \t]*\*(?=[^\s*])[^*]*$", text[a:b])) for a, b in lines]
    return 3 <= len(lines) <= 6 and stars.count(True) == 1 and all(b - a <= 120 for a, b in lines)


_BOLD_LINE = re.compile(r"[ \t]*\*\*[^*\n]+\*\*[ \t]*")
_EXHIBIT = re.compile(r"[ \t]*[\[(][ \t]*(?:exhibit|image|figure|picture|img|图)[^\]\n)]*[\])][ \t]*$", re.I)


def _bolded(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether some of a few lines are in bold, whole, and others are not."""
    bold = [bool(_BOLD_LINE.fullmatch(text, a, b)) for a, b in lines]
    return 2 <= len(lines) <= 9 and 0 < sum(bold) < len(bold) and all(b - a <= 200 for a, b in lines)


_PIECE = re.compile(r"\S+(?:[ ]\S+)*")


def _in_a_row(text: str, found: Item, lines: list[tuple[int, int]]) -> bool:
    """Make options of one line of words set apart by wide blanks, where the answer is one of them."""
    start, end = lines[1]
    pieces = list(_PIECE.finditer(text, start, end))
    said = fold(found.raw or "").strip(" \t\n.。*")
    if not 3 <= len(pieces) <= 6 or sum(m[0].strip() == said for m in pieces) != 1:
        return False
    found.stem = [(found.stem[0][0], lines[0][1])]
    found.choices = [Choice("", i, m.start(), m.end()) for i, m in enumerate(pieces)]
    found.labelled = False
    end_tag(text, found)
    return True


_STATUS = re.compile(
    r"[ \t]*(?:(?P<right>correct!|correct answers?|your answer is correct|correct selection|your selection is correct|正确答案|正确选项)|(?P<behind>[(\[](?:correct|right|correct answer|正确|正确答案|对)[)\]])"
    r"|you answered|your answer(?: is incorrect)?|(?:your selection is )?incorrect!?|你的选择|我的答案|[(\[](?:incorrect|wrong|your answer|your choice|missed|错误|你的选择)[)\]])[ \t]*$",
    re.I,
)


_FEEDBACK = re.compile(r"[ \t]*(?:correct|incorrect|回答正确|回答错误)[ \t]*$", re.I)


def _statuses(text: str, lines: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[int]]:
    """The lines without those that say what was answered, and where the right options begin.

    Canvas prints `Correct Answer` on the line before the option, others `(Correct)` on the line behind it.
    """
    kept: list[tuple[int, int]] = []
    right: list[int] = []
    waiting = False
    for a, b in lines:
        if len(kept) > 2 and _FEEDBACK.match(text, a, b):
            break  # what was said of the attempt follows
        status = _STATUS.match(text, a, b) if kept else None
        if status is None:
            if waiting:
                right.append(b - len(text[a:b].lstrip()))
            waiting = False
            kept.append((a, b))
        elif status["behind"]:
            x, y = kept[-1]
            right.append(y - len(text[x:y].lstrip()))
        else:
            waiting = bool(status["right"])
    return kept, right


_COUNT = re.compile(r"(?:[(]?(?P<digit>[1-9])[ \t]*[.)、]|(?P<circle>[①-⑨]))[ \t]*")


def _counted(text: str, lines: list[tuple[int, int]]) -> int | None:
    """The first of three or more closing lines that count 1, 2, 3 ...: options under figures."""
    values = []
    for a, b in lines:
        match = _COUNT.match(text[a:b].lstrip())
        values.append(0 if match is None else int(match["digit"]) if match["digit"] else ord(match["circle"]) - 0x245F)
    if 1 not in values[1:]:
        return None
    first = len(values) - values[::-1].index(1) - 1
    return (
        first
        if first and values[first:] == list(range(1, len(values) - first + 1)) and len(values) - first >= 3
        else None
    )


_VERDICTS = re.compile(
    r"[ \t]*(?:##|=|~|√|[*])?[ \t]*(?:对|错|正确|错误|true|false|√|×|是|否|t|f)[ \t]*(?:√|##|[*])?[ \t]*$", re.I
)


def _verdict_lines(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether the last two lines are nothing but the two verdicts."""
    return len(lines) >= 3 and all(_VERDICTS.match(text[a:b]) for a, b in lines[-2:]) and len(lines) <= 6


def _unbroken(text: str, lines: list[tuple[int, int]], first: int) -> list[tuple[int, int]]:
    """The lines up to a blank one, where the options before it stand together: what follows is another matter."""
    for i in range(first + 2, len(lines)):
        if _parted(text, lines[i - 1], lines[i]) and not any(
            _parted(text, lines[k - 1], lines[k]) for k in range(first + 1, i)
        ):
            return lines[:i]
    return lines


def _parted(text: str, one: tuple[int, int], two: tuple[int, int]) -> bool:
    return re.search(r"\n[ \t]*\n", text[one[1] : two[0]]) is not None


def _asks(line: str) -> bool:
    return bool(re.search(r"[?:]\s*(?:\([^)]*\))?\W*$|[(]\s*[)]|_{2,}", line))


def _bulleted(text: str, a: int, b: int, head: tuple[int, int]) -> bool:
    line = text[a:b]
    body = line.lstrip()
    indent, own = len(line) - len(body), len(text[head[0] : head[1]]) - len(text[head[0] : head[1]].lstrip())
    return (
        bool(_BULLET.match(body))
        or (line.startswith("\t") and not text[head[0] : head[1]].startswith("\t"))
        or bool(re.match(r"##\s", body))
        or indent >= own + 2
    )
