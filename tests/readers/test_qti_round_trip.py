"""What the QTI exporters write, the QTI readers read: nothing differs without a reported loss."""

from __future__ import annotations

from pathlib import Path

import askable
import pytest
from artefacts import artefact
from hypothesis import given, settings
from round_trip import faults

from qbank import bankfile, reading
from qbank.export import Context
from qbank.model import KINDS, Bank, Group, Kind
from qbank.readers.qti.versions import version_of

VERSIONS = ("qti21", "qti22", "qti30")
SAMPLES = Path(__file__).parents[1] / "bank"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_samples_come_back(version: str) -> None:
    """Every sample question comes back as it was, but for what the export reports."""
    assert [d.message for d in faults(version, bankfile.load(SAMPLES / "all.json"))] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_any_sound_question_comes_back(version: str, kind: Kind) -> None:
    """So does any question of a kind that the linter has nothing against."""

    @settings(max_examples=10)
    @given(askable.banks(kind))
    def check(bank: Bank) -> None:
        assert [d.message for d in faults(version, bank)] == []

    check()


def package(version: str, bank: Bank) -> reading.Document:
    """A package of a bank."""
    return reading.Document(f"{version}.zip", artefact(version, bank.questions, Context(header=bank.header))[0])


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_knows_its_own(version: str) -> None:
    """A package is recognised as of its version by its content, and by no other reader."""
    document = package(version, bankfile.load(SAMPLES / "single_choice.json"))
    assert version_of(document) == version
    assert reading.guess(document) == version


@pytest.mark.parametrize("version", VERSIONS)
def test_a_group_is_put_together_again(version: str) -> None:
    """Items that repeat or share material come back as the group they were, with its id."""
    bank = bankfile.load(SAMPLES / "group.json")
    document = package(version, bank)
    (group,) = reading.get(version).read(document, reading.Context())
    before = bank.questions[0]
    assert isinstance(group, Group)
    assert isinstance(before, Group)
    assert group.id == before.id
    assert [sub.id for sub in group.questions] == [sub.id for sub in before.questions]
    assert group.stem == before.stem


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_teacher_knows_of_a_question_comes_back(version: str) -> None:
    """Tags, category, difficulty, language, source and title travel in the metadata of the manifest."""
    bank = bankfile.load(SAMPLES / "all.json")
    ctx = reading.Context()
    got = {q.id: q for q in reading.get(version).read(package(version, bank), ctx)}
    assert ctx.header.title == bank.header.title
    both = [(question, got[question.id]) for question in bank.questions if question.id in got]
    assert len(both) > 20
    for before, after in both:
        assert (after.category, after.difficulty) == (before.category, before.difficulty)
        assert set(after.tags) == set(before.tags)
        if before.source is not None and not isinstance(before, Group):
            assert after.source == before.source
