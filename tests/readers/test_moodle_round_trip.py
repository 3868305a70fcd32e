"""What was written as Moodle XML is read back: it differs only where a loss said so."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from qbank import pipeline
from qbank.diagnostics import Diagnostic
from qbank.model import KINDS, Bank, Header, Kind, Question

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import round_trip  # noqa: E402
import sound  # noqa: E402
import strategies  # noqa: E402

SAMPLES = sorted((ROOT / "tests" / "bank").glob("*.json"))
OPTIONS: list[dict[str, str]] = [{}, {"gaps": "gapselect"}, {"gaps": "ddwtos"}]


def unexplained(found: list[Diagnostic]) -> list[str]:
    """The faults in words."""
    return [f"{d.question}{d.pointer}: {d.message}" for d in found]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_samples(options: dict[str, str], path: Path) -> None:
    """Each kind's rich sample comes back as its losses say."""
    order = pipeline.Order(to="moodle-xml", options=options, verify=True)
    sink = BytesIO()
    done = pipeline.export_bank(str(path), order, sink)
    pipeline.verify_export(done, order, sink.getvalue(), "bank.xml")
    assert unexplained([d for d in done.report if d.code == "V001"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_any_question(kind: Kind) -> None:
    """Any question that can be asked comes back as its losses say."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.questions(kind))
    def holds(question: Question) -> None:
        question = sound.sound(question)
        bank = Bank(header=Header(qbank=1), questions=(question,))
        assert unexplained(round_trip.faults("moodle-xml", bank)) == []

    holds()
