"""What was written as GIFT or Aiken is read back: it differs only where a loss said so."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import round_trip
import strategies
from hypothesis import HealthCheck, given, settings

from qbank import export, exporting
from qbank.model import KINDS, Bank, Header, Kind, Question

SAMPLES = sorted((Path(__file__).parents[1] / "bank").glob("*.json"))
MANNERS: list[tuple[str, dict[str, str]]] = [("gift", {}), ("gift", {"version": "4.5"}), ("aiken", {})]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize(("name", "options"), MANNERS, ids=str)
@pytest.mark.parametrize("ungraded", [False, True], ids=["skip", "ungraded"])
def test_samples(name: str, options: dict[str, str], path: Path, ungraded: bool) -> None:
    """Each kind's rich sample comes back as its losses say."""
    order = exporting.Order(
        to=name, options=options, verify=True, unanswered="ungraded" if ungraded else "skip", drafts=ungraded
    )
    sink = BytesIO()
    done = exporting.export_bank(str(path), order, sink)
    exporting.verify_export(done, order, sink.getvalue(), f"bank{export.get(name).suffix}")
    assert [f"{d.question}{d.pointer}: {d.message}" for d in done.report if d.code.startswith("V")] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "options"), MANNERS, ids=str)
def test_any_question(name: str, options: dict[str, str], kind: Kind) -> None:
    """Any question that the model allows comes back as its losses say."""
    if export.get(name).support[kind] == "none":
        pytest.skip(f"{name} leaves {kind} out")

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.questions(kind))
    def holds(question: Question) -> None:
        bank = Bank(header=Header(qbank=1), questions=(msgspec.structs.replace(question, status="ready"),))
        found: list[Any] = round_trip.faults(name, bank, options, unanswered="ungraded")
        assert [f"{d.pointer}: {d.message}" for d in found] == []

    holds()
