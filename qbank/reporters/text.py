"""Findings as lines for people: `file:line:col: CODE severity: message`, then what to do."""

from __future__ import annotations

import re

from qbank.diagnostics import Diagnostic, Report

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_ID = 100
_LONGEST_TEXT = 2000


def render(report: Report) -> str:
    """Every finding, one below the other."""
    return "".join(line(diagnostic) + "\n" for diagnostic in report)


def line(diagnostic: Diagnostic) -> str:
    """One finding; its hint stands on a line of its own."""
    place = f"{safe(str(diagnostic.source))}: " if diagnostic.source else ""
    about = diagnostic.question and diagnostic.question not in diagnostic.message
    what = safe(diagnostic.message) + (f" ({safe(diagnostic.question, _LONGEST_ID)})" if about else "")
    hint = f"\n    hint: {safe(diagnostic.hint)}" if diagnostic.hint else ""
    return f"{place}{diagnostic.code} {diagnostic.severity}: {what}{hint}"


def safe(text: str, longest: int = _LONGEST_TEXT) -> str:
    """A text from a bank as a terminal may show it: no control sequences, no line breaks, no turned direction."""
    shown = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return shown if len(shown) <= longest else f"{shown[: longest - 3]}..."


def summary(report: Report) -> str:
    """ "2 errors, 1 warning", or "nothing to report"."""
    counts = report.counts()
    parts = [
        f"{counts[severity]} {severity}{'s' if counts[severity] != 1 and severity != 'info' else ''}"
        for severity in ("error", "warning", "info")
        if counts[severity]
    ]
    return ", ".join(parts) or "nothing to report"
