"""What was written as a platform's sheet is read back: it differs only where a loss said so."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from qbank import export, pipeline

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
