"""Findings as JSON, as `schemas/diagnostics.schema.json` describes it."""

from __future__ import annotations

import json
from typing import Any

from qbank.codes import CODES
from qbank.diagnostics import Diagnostic, Report


def render(report: Report) -> str:
    """The whole report as one JSON object."""
    counts = report.counts()
    whole = {
        "diagnostics": [as_object(d) for d in report],
        "counts": {severity: counts[severity] for severity in ("error", "warning", "info")},
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_object(diagnostic: Diagnostic) -> dict[str, Any]:
    """One finding; what is empty is left out."""
    value: dict[str, Any] = {
        "code": diagnostic.code,
        "name": CODES[diagnostic.code].name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "question": diagnostic.question,
        "pointer": diagnostic.pointer,
        "hint": diagnostic.hint,
    }
    if diagnostic.source is not None:
        value |= {"file": diagnostic.source.file, "line": diagnostic.source.line, "column": diagnostic.source.column}
    return {key: item for key, item in value.items() if item not in ("", None)}
