"""Findings as SARIF 2.1.0 (OASIS), which GitHub code scanning and most editors read."""

from __future__ import annotations

import contextlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from qbank.codes import CODES
from qbank.diagnostics import Diagnostic, Report
from qbank.reporters.fingerprint import fingerprints

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report) -> str:
    """One run with the rules that were broken and a result for each finding."""
    findings = list(fingerprints(report))
    rules = sorted({diagnostic.code for diagnostic, _ in findings})
    driver: dict[str, Any] = {"name": "qbank", "rules": [_rule(code) for code in rules]}
    with contextlib.suppress(PackageNotFoundError):
        driver["semanticVersion"] = version("qbank")
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, rules.index(diagnostic.code), mark) for diagnostic, mark in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(key: str) -> dict[str, Any]:
    code = CODES[key]
    return {
        "id": key,
        "name": "".join(part.capitalize() for part in code.name.split("-")),
        "shortDescription": {"text": code.name.replace("-", " ")},
        "fullDescription": {"text": code.explanation},
        "help": {"text": f"{code.explanation} See: qbank explain {key}"},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(diagnostic: Diagnostic, index: int, fingerprint: str) -> dict[str, Any]:
    about = f" ({diagnostic.question})" if diagnostic.question and diagnostic.question not in diagnostic.message else ""
    hint = f"\n{diagnostic.hint}" if diagnostic.hint else ""
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message + about + hint},
        "partialFingerprints": {"qbankFinding/v1": fingerprint},
    }
    source = diagnostic.source
    if source is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(source.file)}}
        if source.line:
            physical["region"] = {"startLine": source.line}
            if source.column:
                physical["region"]["startColumn"] = source.column
        result["locations"] = [{"physicalLocation": physical}]
        if diagnostic.question:
            result["locations"][0]["logicalLocations"] = [
                {"name": diagnostic.question, "fullyQualifiedName": diagnostic.pointer or diagnostic.question}
            ]
    return result


def _uri(file: str) -> str:
    """A path as a URI reference (RFC 3986): relative ones stay relative, so that code scanning finds the file."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(file.replace("\\", "/").removeprefix("./"), safe="/")
