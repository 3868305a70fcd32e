"""Findings as lines for people: `file:line:col: CODE severity: message`, then what to do."""

from __future__ import annotations

from qbank.diagnostics import Diagnostic, Report


def render(report: Report) -> str:
    """Every finding, one below the other."""
    return "".join(line(diagnostic) + "\n" for diagnostic in report)


def line(diagnostic: Diagnostic) -> str:
    """One finding; its hint stands on a line of its own."""
    place = f"{diagnostic.source}: " if diagnostic.source else ""
    about = diagnostic.question and diagnostic.question not in diagnostic.message
    what = f"{diagnostic.message} ({diagnostic.question})" if about else diagnostic.message
    hint = f"\n    hint: {diagnostic.hint}" if diagnostic.hint else ""
    return f"{place}{diagnostic.code} {diagnostic.severity}: {what}{hint}"


def summary(report: Report) -> str:
    """ "2 errors, 1 warning", or "nothing to report"."""
    counts = report.counts()
    parts = [
        f"{counts[severity]} {severity}{'s' if counts[severity] != 1 and severity != 'info' else ''}"
        for severity in ("error", "warning", "info")
        if counts[severity]
    ]
    return ", ".join(parts) or "nothing to report"
