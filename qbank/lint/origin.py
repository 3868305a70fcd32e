"""Rules about where a question says it comes from, and whether it is finished."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope
from qbank.model import Information, Question

_KEPT = re.compile(r"[^\W_]+")
_LEAST = 8


def draft(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A question that is marked as a draft: it is not exported unless asked for."""
    if question.status == "draft":
        yield finding("L113", f"{question.id} is a draft", pointer="/status", hint="set 'status' to 'ready'")


def stale(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A source that cannot be that of this question.

    The words quoted in `source.text` have next to nothing of the stem in them
    (L239), or the place ends before it begins (L240). A stem that was corrected
    is fine, and so are words that are only the beginning; a stem from elsewhere
    is not.

    Remedy: look which of the two is right, or take `source` out.
    """
    source = question.source
    if source is None:
        return
    if source.line is not None and source.end_line is not None:
        start, end = (source.line, source.column or 0), (source.end_line, source.end_column or 10**9)
        if end < start:
            message = f"the source ends on line {source.end_line}, before line {source.line} where it begins"
            yield finding("L240", message, pointer="/source/end_line")
    if source.text is not None and not isinstance(question, Information):
        stem = "".join(_KEPT.findall(richtext.plain(question.stem))).casefold()
        quoted = "".join(_KEPT.findall(source.text)).casefold()
        if _LEAST <= len(stem) <= 2 * len(quoted) and _shared(stem, quoted) < 0.35:
            yield finding(
                "L239", f"the words quoted in 'source' are not those of {question.id}", pointer="/source/text"
            )


def _shared(stem: str, quoted: str) -> float:
    """The share of the stem's runs of three characters that stand in the quoted text."""
    runs = {stem[i : i + 3] for i in range(len(stem) - 2)}
    return sum(run in quoted for run in runs) / len(runs)
