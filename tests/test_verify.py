"""`--verify`: what an exporter wrote, read back; what it lost must have been reported."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from round_trip import exported, faults

from qbank import bankfile, reading
from qbank.assets import AssetStore
from qbank.cli import cli
from qbank.diagnostics import QbankError, Report, finding
from qbank.model import Bank, Question
from qbank.verify import Sent, readable, verify

SAMPLES = Path(__file__).parent / "bank"
BANK = bankfile.load(SAMPLES / "all.json")
BOTH = readable()


def changed(monkeypatch: pytest.MonkeyPatch, questions: tuple[Question, ...], *losses: tuple[str, str, str]) -> Report:
    """The V findings when `questions` are read back where the sample bank was written."""

    class Reader:
        def read(self, document: reading.Document, ctx: reading.Context) -> tuple[Question, ...]:
            return questions

    monkeypatch.setattr(reading, "get", lambda name: Reader())
    found = [finding(code, "lost", question=name, pointer=pointer) for code, name, pointer in losses]
    report = Report()
    verify("xlsx", reading.Document("x", b""), Sent(BANK.questions, found, BANK.header, AssetStore()), report)
    return report


@pytest.mark.parametrize("name", BOTH)
def test_the_sample_bank_survives(name: str) -> None:
    """Every sample of every kind comes back from every format that is both written and read, but for reported losses."""
    assert [f"{d.message}" for d in faults(name, BANK)] == []


def test_a_silent_change_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stem that comes back otherwise, without a loss, is V001 at its pointer."""
    first = msgspec.structs.replace(BANK.questions[0], stem="Something else")
    report = changed(monkeypatch, (first, *BANK.questions[1:]))
    assert [(d.code, d.question, d.pointer) for d in report] == [("V001", first.id, "/stem")]


@pytest.mark.parametrize("pointer", ["/stem", ""])
def test_a_reported_change_is_none(monkeypatch: pytest.MonkeyPatch, pointer: str) -> None:
    """A loss at the pointer, or of the whole question, explains the difference."""
    first = msgspec.structs.replace(BANK.questions[0], stem="Something else")
    assert not len(changed(monkeypatch, (first, *BANK.questions[1:]), ("X305", first.id, pointer)))


def test_a_loss_elsewhere_explains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another question's loss, or another pointer's, is no excuse."""
    first = msgspec.structs.replace(BANK.questions[0], stem="Something else")
    losses = (("X305", BANK.questions[1].id, "/stem"), ("X305", first.id, "/hints"))
    assert len(changed(monkeypatch, (first, *BANK.questions[1:]), *losses)) == 1


def test_a_vanished_question_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that is not read back is V001, unless it was reported as left out."""
    gone = BANK.questions[0].id
    assert [d.question for d in changed(monkeypatch, BANK.questions[1:])] == [gone]
    assert not len(changed(monkeypatch, BANK.questions[1:], ("X104", gone, "")))


def test_a_question_from_nowhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that was never written is V001."""
    more = msgspec.structs.replace(BANK.questions[0], id="from-nowhere")
    assert [d.question for d in changed(monkeypatch, (*BANK.questions, more))] == ["from-nowhere"]


def test_what_cannot_be_read_cannot_be_verified(tmp_path: Path) -> None:
    """A format without a reader is refused before anything is written."""
    out = tmp_path / "key.xlsx"
    result = CliRunner().invoke(
        cli, ["export", str(SAMPLES / "all.json"), "--to", "answer-key", "-o", str(out), "--verify"]
    )
    assert isinstance(result.exception, QbankError)
    assert not out.exists()


def test_the_command_says_what_was_read_back(tmp_path: Path) -> None:
    """`--verify` says how many questions were compared, and exits 0 where all is explained."""
    out = tmp_path / "bank.xlsx"
    result = CliRunner().invoke(cli, ["export", str(SAMPLES / "all.json"), "-o", str(out), "--verify"])
    assert result.exit_code == 0, result.output
    assert f"{len(BANK.questions)} read back" in result.output


def test_an_empty_bank_is_verified() -> None:
    """Nothing in, nothing out, nothing wrong."""
    assert exported("xlsx", Bank(header=BANK.header, questions=())).verified == 0
