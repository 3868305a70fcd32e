"""What the QTI 1.2 exporter writes, the reader of that name reads: nothing differs without a reported loss."""

from __future__ import annotations

from pathlib import Path

import askable
import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from round_trip import exported, faults

from qbank import bankfile
from qbank.formats.qti import EMPTY
from qbank.model import KINDS, Bank, Group, Kind, Question

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
        assert [d.message for d in faults("qti12", _said_once(bank), {"preset": preset})] == []

    check()


def _said_once(bank: Bank) -> Bank:
    """The bank whose sub-questions do not repeat what they have from their group: QTI 1.2 cannot tell the two apart."""
    return replace(bank, questions=tuple(_inheriting(question) for question in bank.questions))


def _inheriting(question: Question) -> Question:
    if not isinstance(question, Group):
        return question
    subs = []
    for sub in question.questions:
        same = {name: empty for name, empty in EMPTY.items() if getattr(sub, name) == getattr(question, name)}
        same["tags"] = tuple(tag for tag in sub.tags if tag not in question.tags)
        subs.append(replace(sub, **same))
    return replace(question, questions=tuple(subs))


def test_unanswered_questions_come_back_without_a_key() -> None:
    """What was exported ungraded is read as a question that nobody has answered."""
    bank = bankfile.load(SAMPLES / "all.json")
    done = exported("qti12", bank, {"preset": "canvas"}, unanswered="ungraded")
    assert [d.message for d in done.report if d.code.startswith("V")] == []
