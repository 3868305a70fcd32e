"""What was written as Moodle XML is read back: it differs only where a loss said so."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import askable
import pytest
import round_trip
from hypothesis import HealthCheck, given, settings

from qbank import exporting
from qbank.diagnostics import Diagnostic
from qbank.model import KINDS, Bank, Kind

SAMPLES = sorted((Path(__file__).parents[1] / "bank").glob("*.json"))
OPTIONS: list[dict[str, str]] = [{}, {"gaps": "gapselect"}, {"gaps": "ddwtos"}]


def unexplained(found: list[Diagnostic]) -> list[str]:
    """The faults in words."""
    return [f"{d.question}{d.pointer}: {d.message}" for d in found]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_samples(options: dict[str, str], path: Path) -> None:
    """Each kind's rich sample comes back as its losses say."""
    order = exporting.Order(to="moodle-xml", options=options, verify=True)
    sink = BytesIO()
    done = exporting.export_bank(str(path), order, sink)
    exporting.verify_export(done, order, sink.getvalue(), "bank.xml")
    assert unexplained([d for d in done.report if d.code == "V001"]) == []


@pytest.mark.parametrize(
    ("kind", "options"), [*((kind, OPTIONS[0]) for kind in KINDS), *(("cloze", form) for form in OPTIONS[1:])], ids=str
)
def test_any_question(kind: Kind, options: dict[str, str]) -> None:
    """Any question that the linter has nothing against comes back as its losses say, its gaps in any form."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(askable.banks(kind))
    def holds(bank: Bank) -> None:
        assert unexplained(round_trip.faults("moodle-xml", bank, options)) == []

    holds()
