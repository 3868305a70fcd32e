"""Options without letters: bulleted, indented, counted or plain lines after the stem."""

from __future__ import annotations

import re

from qbank.readers.paper.choices import drop_common_marks, trailing_mark
from qbank.readers.paper.heads import end_tag
from qbank.readers.paper.parts import Choice, Item

_BULLET = re.compile(
    r"(?:[-+*•·][ \t]+)?(?:\[[ xX√]?\]|\([ xX√]\)|[○●◯▪◦□☐])[ \t]*|(?:[-+•·]|\*(?!\*)|o(?=[ \t]))[ \t]+"
)


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
        if text[at:stop].strip():
            lines.append((at, stop))
        at = stop + 1
    lines, right = _statuses(text, lines)
    want = want or right is not None
    if len(lines) < 3:
        return False
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
        if not first or any(len(text[a:b]) > 200 for a, b in lines[first:]):
            return False
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
        choice = Choice("", i, begin, b, "[x]" if lead and re.search(r"[\[(][xX√]", lead[0]) else "")
        trailing_mark(text, choice)
        found.choices.append(choice)
    found.labelled = False
    for choice in found.choices:
        if right is not None and choice.start <= right <= choice.end:
            choice.marked = "status"
    drop_common_marks(found)
    return True


_STATUS = re.compile(
    r"[ \t]*(?P<right>correct!?|correct answers?|正确答案|正确选项)[ \t]*$|[ \t]*(?:you answered|your answer|你的选择|我的答案)[ \t]*$",
    re.I,
)


def _statuses(text: str, lines: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], int | None]:
    """The lines without those that say what was answered, and where the right option begins."""
    kept: list[tuple[int, int]] = []
    right: int | None = None
    waiting = False
    for a, b in lines:
        status = _STATUS.match(text, a, b)
        if status is None:
            right = b - len(text[a:b].lstrip()) if waiting else right
            waiting = False
            kept.append((a, b))
        elif len(kept) and status["right"]:
            waiting = True
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
