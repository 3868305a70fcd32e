"""What the QTI 1.2 exporter writes, the reader of that name reads: nothing differs without a reported loss."""

from __future__ import annotations

from pathlib import Path

import askable
import pytest
from hypothesis import given, settings
from round_trip import exported, faults

from qbank import bankfile
from qbank.model import KINDS, Bank, Kind

SAMPLES = Path(__file__).parents[1] / "bank"
PRESETS = ("canvas", "cc", "plain")


@pytest.mark.parametrize("form", ["quiz", "bank"])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_samples_come_back(preset: str, form: str) -> None:
    """Every sample question comes back as it was, but for what the export reports."""
    bank = bankfile.load(SAMPLES / "all.json")
    assert [d.message for d in faults("qti12", bank, {"preset": preset, "form": form})] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preset", PRESETS)
def test_any_sound_question_comes_back(preset: str, kind: Kind) -> None:
    """So does any question of a kind that the linter has nothing against."""

    @settings(max_examples=12)
    @given(askable.banks(kind))
    def check(bank: Bank) -> None:
        assert [d.message for d in faults("qti12", bank, {"preset": preset})] == []

    check()


def test_unanswered_questions_come_back_without_a_key() -> None:
    """What was exported ungraded is read as a question that nobody has answered."""
    bank = bankfile.load(SAMPLES / "all.json")
    done = exported("qti12", bank, {"preset": "canvas"}, unanswered="ungraded")
    assert [d.message for d in done.report if d.code.startswith("V")] == []
