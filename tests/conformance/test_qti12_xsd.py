"""Packages of QTI 1.2 against the official schemas and the rules of a validator, wherever they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import askable
import pytest
from artefacts import artefact
from conformance.qti_schemas import VALIDATOR
from hypothesis import given, settings

from qbank import bankfile
from qbank.assets import AssetStore
from qbank.export import Context
from qbank.model import KINDS, Bank, Kind

SAMPLES = Path(__file__).parents[1] / "bank"
PRESETS = ("canvas", "cc", "plain")
OF_CANVAS = "no schema for root {http://canvas.instructure.com/xsd/cccv1p0}quiz"
"""Canvas' own settings, which no schema of QTI's is for."""


def written(bank: Bank, path: Path, preset: str, form: str = "quiz", root: Path | None = None) -> None:
    """Write a bank as a package."""
    options = {"preset": preset, "form": form}
    ctx = Context(header=bank.header, assets=AssetStore(bank.header.assets, root), options=options)
    path.write_bytes(artefact("qti12", bank.questions, ctx)[0])


def judge(folder: Path) -> str:
    """What the validator says against the packages of a folder; skips the test without it."""
    if not VALIDATOR.is_file():
        pytest.skip("the QTI validator is not beside the checkout")
    command = [sys.executable, str(VALIDATOR), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert f"{len(list(folder.glob('*.zip')))} checked" in done.stdout + done.stderr, done.stderr
    lines = done.stdout.splitlines()
    found = [line for line in lines if " checked, " not in line and not line.endswith(": OK") and OF_CANVAS not in line]
    return "\n".join(found[:40])


def test_the_samples_are_valid(tmp_path: Path) -> None:
    """Every sample in every form is valid by the schemas and the validator's rules, without a warning."""
    for preset in PRESETS:
        for form in ("quiz", "bank"):
            for path in sorted(SAMPLES.glob("*.json")):
                written(bankfile.load(path), tmp_path / f"{preset}-{form}-{path.stem}.zip", preset, form, SAMPLES)
    assert judge(tmp_path) == ""


@pytest.mark.parametrize("preset", PRESETS)
def test_any_sound_question_is_valid(preset: str, tmp_path: Path) -> None:
    """So is any question that the linter has nothing against."""
    count = 0

    def write(kind: Kind) -> None:
        @settings(max_examples=8)
        @given(askable.banks(kind))
        def check(bank: Bank) -> None:
            nonlocal count
            count += 1
            written(bank, tmp_path / f"{kind}-{count}.zip", preset)

        check()

    for kind in KINDS:
        write(kind)
    assert count
    assert judge(tmp_path) == ""
