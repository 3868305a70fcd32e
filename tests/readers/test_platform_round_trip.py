"""What was written as a platform's sheet is read back: it differs only where a loss said so."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import askable
import pytest
import round_trip
from hypothesis import HealthCheck, given, settings

from qbank import export, pipeline
from qbank.model import KINDS, Bank, Kind

SAMPLES = sorted((Path(__file__).parents[1] / "bank").glob("*.json"))
SHEETS = (
    "sheet",
    "kaoshibao",
    "motibang",
    "chaoxing",
    "kahoot",
    "quizizz",
    "blooket",
    "gimkit",
    "socrative",
    "wooclap",
)
MANNERS: list[tuple[str, dict[str, str]]] = [
    *((name, {"file": file}) for name in SHEETS for file in ("xlsx", "csv")),
    ("sheet", {"language": "en"}),
    ("sheet", {"file": "tsv"}),
    ("brightspace-csv", {}),
    ("blackboard-tab", {}),
    ("anki", {}),
]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize(("name", "options"), MANNERS, ids=str)
def test_samples(name: str, options: dict[str, str], path: Path) -> None:
    """Each kind's rich sample comes back as its losses say."""
    order = pipeline.Order(to=name, options=options, verify=True, unanswered="ungraded", drafts=True)
    sink = BytesIO()
    done = pipeline.export_bank(str(path), order, sink)
    pipeline.verify_export(done, order, sink.getvalue(), f"bank{export.get(name).suffix}")
    assert [f"{d.question}{d.pointer}: {d.message}" for d in done.report if d.code.startswith("V")] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["sheet", "quizizz", "gimkit", "brightspace-csv", "blackboard-tab", "anki"])
def test_any_question(name: str, kind: Kind) -> None:
    """Any question that can be asked comes back as its losses say."""
    if export.get(name).support[kind] == "none":
        pytest.skip(f"{name} has no {kind} questions")

    @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bank=askable.banks(kind))
    def survives(bank: Bank) -> None:
        found = round_trip.faults(name, bank, drafts=True)
        assert [f"{d.pointer}: {d.message}" for d in found] == []

    survives()
