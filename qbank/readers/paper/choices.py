"""The options of a question, from the run of their labels, and the ticks that mark the right ones."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from qbank.readers.paper.heads import ALONE
from qbank.readers.paper.options import Run, scattered
from qbank.readers.paper.parts import Choice, Item, Sources

_TICK = re.compile(
    r"[ \t]*(?:\*{1,3}|##|√|<-+|←|=>|\((?:correct|right|正确|正确答案|对|√|答案)\)|\[(?:correct|x|正确)\])[ \t]*$", re.I
)


_PRETICK = re.compile(r"[ \t]*(?:##|\*(?!\*)|√(?![\da-zA-Z(（{\[])|=(?!=)|->|→|\[[xX√]\]|\([xX√]\)|>)[ \t]*")


def run_of(sources: Sources, body: int, first: int, end: int) -> Run | None:
    """The option run of the question, put in order when it stands in two columns."""
    inside = sources.runs_in(body, end)
    before = [r for r in inside if r.start < first] or (
        [inside[0]] if inside and _empty(sources.view.text[body:first]) else []
    )
    if not before and inside and _early(sources, body, first, inside[0]):
        before = inside[:1]
    if not before:
        return None
    run = before[0]
    if len(before) > 1 and run.labels[0].style != before[1].labels[0].style:
        # a list (a) (b) in the stem, then the options proper
        run = before[-1]
    stop = max(first, run.last.end)
    if not run.complete or run.last.index < 2:
        other = scattered(sources.labels_in(body, stop), body, stop)
        if other is not None and len(other.labels) > len(run.labels):
            return other
    return run


def _early(sources: Sources, body: int, first: int, run: Run) -> bool:
    """Whether a short answer stands between the stem and the options."""
    parts = sources.fields_in(body, run.start)
    if len(parts) != 1 or parts[0].name != "answer" or parts[0].start != first:
        return False
    return bool(ALONE.match(sources.view.text[parts[0].end : run.start].strip()))


def _empty(text: str) -> bool:
    return not text.strip(" \t\n:.。")


def set_choices(text: str, found: Item, run: Run, last: int) -> None:
    """The options' texts, each to the next label; the last one to where the question goes on."""
    starts = [label.start for label in run.labels[1:]]
    ends = [*starts, max(last, run.last.end)]
    blank_lines = any(
        "\n\n" in text[a.end : b.start].rstrip() or text[a.end : b.start].count("\n") > 1
        for a, b in zip(run.labels, run.labels[1:], strict=False)
    )
    made: list[Choice] = []
    for label, stop in zip(run.labels, ends, strict=True):
        begin = label.end
        lead = text[label.start : begin]
        made.append(Choice(lead.strip(), label.index, begin, stop, _lead_mark(lead)))
    tail = made[-1]
    tail.end = _short_end(text, made, _last_end(text, found, tail, blank_lines))
    worth = _WORTH.search(text[tail.start : tail.end].rstrip())
    if worth is not None:
        tail.end = tail.start + worth.start()
        found.points = found.points if found.points is not None else Fraction(worth[1])
    for choice in made:
        trailing_mark(text, choice)
    if not run.ordered:
        found.findings.append(("R008", "the options stand in another order than their letters"))
        found.doubt(0.03, "options reordered by letter")
        made.sort(key=lambda c: c.index)
    if not run.complete:
        found.findings.append(("R007", "the option labels are not A, B, C ... without a gap"))
        found.doubt(0.25, "option labels skip a letter")
    found.choices = made
    _unstarred(text, found)
    drop_common_marks(found)


_POINTER = re.compile(r"\*[A-Za-z_]\w*[ \t]*(?:=|\[|\+\+|--|;|,|->)")


def _unstarred(text: str, found: Item) -> None:
    """A star before a variable is its pointer (`*p = &x;`), not a tick."""
    for choice in found.choices:
        star = text.rfind("*", max(0, choice.start - 3), choice.start)
        if choice.marked == "*" and star >= 0 and _POINTER.match(text, star):
            choice.marked, choice.start = "", star


_WORTH = re.compile(r"[ \t]{3,}\[(\d{1,2})(?:[ \t]*marks?)?\]$")
"""Marks at the right margin, on the line of the last option."""


def _lead_mark(lead: str) -> str:
    match = re.match(r"[\s\-+]*(##|\*(?!\*)|√|=|\[[xX√]\]|\([√xX]\))", lead)
    if match:
        return "[x]" if match[1][0] in "([" else match[1]
    return "**" if "**" in lead else ""


def trailing_mark(text: str, choice: Choice) -> None:
    """Take a tick, `*`, `##` or bold off an option and remember it."""
    body = text[choice.start : choice.end]
    stripped = body.rstrip()
    if (
        not choice.marked
        and (lead := _PRETICK.match(stripped))
        and len(stripped) > lead.end()
        and lead[0].strip() not in {">", "="}
    ):
        choice.marked = "[x]" if lead[0].strip()[0] in "([" else lead[0].strip()
        choice.start += lead.end()
        body = text[choice.start : choice.end]
        stripped = body.rstrip()
    if match := _TICK.search(stripped):
        content = stripped[: match.start()].strip()
        tick = match[0].strip()
        if tick == "**" and not choice.marked.startswith("**") and content.startswith("**"):
            choice.marked, choice.start = "**", choice.start + body.index("**") + 2
            choice.end = choice.start + len(text[choice.start : choice.end].rstrip()) - 2
        elif content and (tick.strip("*") or choice.marked == "**" or content.count("*") % 2 == 0):
            choice.marked = choice.marked or tick.lower()
            choice.end = choice.start + match.start()
    if choice.marked == "**" and "**" not in text[choice.start : choice.end]:
        return


def drop_common_marks(found: Item) -> None:
    """A mark that every option carries marks none."""
    marked = [c for c in found.choices if c.marked]
    if marked and len(marked) == len(found.choices):
        for choice in found.choices:
            choice.marked = ""


def _short_end(text: str, made: list[Choice], end: int) -> int:
    """Where the last option ends when a longer line follows it that is no part of it.

    Options of one short line each leave no reason to wrap: the line behind them is the page's.
    """
    if len(made) < 3:
        return end
    own = [text[c.start : c.end].strip() for c in made[:-1]]
    lines = text[made[-1].start : end].strip().split("\n")
    first = lines[0].strip()
    if any("\n" in o for o in own) or len(lines) < 2 or not first:
        return end
    each = all("\n" in text[a.start : b.start] for a, b in pairwise(made))
    longest = max(len(first), *(len(o) for o in own))
    if not each or longest > 12 or len(lines[1].strip()) < 16 or len(lines[1].strip()) < 2 * longest:
        return end
    return text.index("\n", made[-1].start + len(text[made[-1].start : end]) - len(text[made[-1].start : end].lstrip()))


def _last_end(text: str, found: Item, tail: Choice, blank_lines: bool) -> int:
    """Where the last option ends: before an answer on a line alone, or at a blank line."""
    body = text[tail.start : tail.end]
    lines = body.split("\n")
    offset = len(lines[0])
    seen = bool(lines[0].strip())
    for i, line in enumerate(lines[1:], 1):
        at = tail.start + offset + 1
        if line.strip() and seen:
            rest = text[at : tail.end]
            if ALONE.match(line) and not found.raw and len(found.choices) == 0 and not rest[len(line) :].strip():
                found.raw, found.origin, found.raw_span = line.strip(), "alone", (at, at + len(line))
                return at
            if not blank_lines and i > 1 and not lines[i - 1].strip():
                return at
        seen = seen or bool(line.strip())
        offset += 1 + len(line)
    return tail.end
