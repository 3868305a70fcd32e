"""Findings as a GitLab Code Quality report, shown in merge requests."""

from __future__ import annotations

import json

from qbank.diagnostics import Diagnostic, Report
from qbank.reporters.fingerprint import fingerprints

_LEVELS = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report) -> str:
    """A list of issues; each has the path and the line that GitLab demands."""
    return json.dumps([_issue(d, mark) for d, mark in fingerprints(report)], ensure_ascii=False, indent=2) + "\n"


def _issue(diagnostic: Diagnostic, fingerprint: str) -> dict[str, object]:
    source = diagnostic.source
    line = source.line if source is not None and source.line else 1
    about = f" ({diagnostic.question})" if diagnostic.question and diagnostic.question not in diagnostic.message else ""
    return {
        "description": diagnostic.message + about,
        "check_name": diagnostic.code,
        "fingerprint": fingerprint,
        "severity": _LEVELS[diagnostic.severity],
        "location": {"path": source.file if source is not None else "qbank", "lines": {"begin": line}},
    }
