"""Writes a bank for a target, reads it back and tells what differs without a reported loss."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from qbank import export, exporting
from qbank.diagnostics import Diagnostic
from qbank.model import Bank


def faults(name: str, bank: Bank, options: dict[str, str] | None = None, **order: Any) -> list[Diagnostic]:
    """The V findings about a bank that the exporter `name` wrote and the reader of that name read back."""
    done = exported(name, bank, options, **order)
    return [d for d in done.report if d.code.startswith("V")]


def exported(name: str, bank: Bank, options: dict[str, str] | None = None, **order: Any) -> exporting.Exported:
    """An export that has been verified."""
    sink = BytesIO()
    ordered = exporting.Order(to=name, options=options or {}, verify=True, keep_going=True, **order)
    done = exporting.export_bank(bank, ordered, sink)
    exporting.verify_export(done, ordered, sink.getvalue(), f"bank{export.get(name).suffix}")
    return done
