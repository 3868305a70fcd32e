"""Findings that are known: an old bank is checked for new ones only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.files import atomic_write
from qbank.reporters.fingerprint import fingerprints

_NAME = "qbank-baseline"


def load(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline. Raises `QbankError` when it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
        hint = "; --update-baseline makes one" if isinstance(error, FileNotFoundError) else ""
        raise QbankError(f"{path}: the baseline cannot be read ({reason}){hint}") from error
    if not isinstance(value, dict) or value.get(_NAME) != 1 or not isinstance(value.get("findings"), dict):
        raise QbankError(f"{path}: is no baseline; --update-baseline makes one")
    return frozenset(value["findings"])


def save(path: Path, report: Iterable[Diagnostic]) -> int:
    """Write down every finding as known, in words too, so that a diff can be read; how many there are."""
    known = {mark: f"{d.code} {d.question or '-'}: {d.message}" for d, mark in fingerprints(report)}
    ordered = dict(sorted(known.items(), key=lambda item: (item[1], item[0])))
    with atomic_write(path) as sink:
        sink.write(json.dumps({_NAME: 1, "findings": ordered}, ensure_ascii=False, indent=2).encode() + b"\n")
    return len(ordered)


def new(report: Iterable[Diagnostic], known: frozenset[str]) -> tuple[Report, int]:
    """The findings that are not known, and how many known ones are gone."""
    fresh, met = Report(), set()
    for diagnostic, mark in fingerprints(report):
        if mark in known:
            met.add(mark)
        else:
            fresh.diagnostics.append(diagnostic)
    return fresh, len(known) - len(met)
