"""Findings as GitHub workflow commands: annotations in the lines of a pull request."""

from __future__ import annotations

from qbank.codes import CODES
from qbank.diagnostics import Diagnostic, Report

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """One command a finding."""
    return "".join(_command(diagnostic) + "\n" for diagnostic in report)


def _command(diagnostic: Diagnostic) -> str:
    place = []
    if diagnostic.source is not None:
        place.append(f"file={_property(diagnostic.source.file)}")
        place += [
            f"{name}={n}" for name, n in (("line", diagnostic.source.line), ("col", diagnostic.source.column)) if n
        ]
    title = f"title={_property(f'{diagnostic.code} {CODES[diagnostic.code].name}')}"
    about = f" ({diagnostic.question})" if diagnostic.question and diagnostic.question not in diagnostic.message else ""
    hint = f"\n{diagnostic.hint}" if diagnostic.hint else ""
    return f"::{_LEVELS[diagnostic.severity]} {','.join([*place, title])}::{_data(diagnostic.message + about + hint)}"


def _data(text: str) -> str:
    """A message as the runner reads it (actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
