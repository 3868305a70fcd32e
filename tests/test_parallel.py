"""Any number of processes finds the same and writes the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from qbank import bankfile, checks, exporting, parallel
from qbank.model import Choice, Header, MultipleChoice


def muddled(path: Path, count: int) -> None:
    """A bank with repeats, broken lines, unknown properties and empty lines, longer than a worker's run."""
    chance = random.Random(5)
    choices = tuple(Choice(id=name, text=f"choice {name}", feedback="because") for name in "abcd")
    questions = [
        MultipleChoice(id=f"q{i}", stem=f"Which of these, {i}?", choices=choices, answer=("a", "b"))
        for i in range(count)
    ]
    with path.open("wb") as sink:
        bankfile.write(Header(qbank=1, title="muddled"), questions, sink, "jsonl")
    head, *lines = path.read_bytes().splitlines(keepends=True)
    out = [head]
    for i, line in enumerate(lines):
        out.append(line)
        match i % 50:
            case 7:
                out.append(chance.choice(lines))
            case 17:
                out.append(b"\n")
            case 27:
                out.append(line[:40] + b"\n")
            case 37:
                out.append(line.replace(b'"stem"', b'"stm"'))
            case 47:
                out.append(line.replace(b'"id":"q', b'"id":"again-', 1))
    path.write_bytes(b"".join(out))


@pytest.mark.slow
def test_the_same_findings(tmp_path: Path) -> None:
    """Every finding, its place and its order are those of a single process."""
    path = tmp_path / "bank.jsonl"
    muddled(path, 3000)
    assert path.stat().st_size > 3 * parallel.RUN
    alone = list(checks.check_bank(str(path)))
    assert {d.code for d in alone} >= {"L101", "L302", "S001", "S002"}
    for jobs in (2, 3):
        assert list(checks.check_bank(str(path), jobs=jobs)) == alone


@pytest.mark.slow
@pytest.mark.parametrize("to", ["gift", "qti21", "xlsx"])
def test_the_same_bytes(tmp_path: Path, to: str) -> None:
    """An export has the same bytes and reports the same losses."""
    path = tmp_path / "bank.jsonl"
    muddled(path, 3000)
    done = {}
    for jobs in (1, 2):
        order = exporting.Order(to=to, keep_going=True, jobs=jobs)
        report = exporting.export_file(str(path), order, str(tmp_path / f"{jobs}")).report
        done[jobs] = ((tmp_path / f"{jobs}").read_bytes(), list(report))
    assert done[1] == done[2]


def test_small_banks_start_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was asked for, a small bank is checked by this process alone."""
    monkeypatch.setattr(parallel.Workers, "__init__", lambda *_: pytest.fail("a process was started"))
    path = tmp_path / "bank.jsonl"
    muddled(path, 20)
    assert len(checks.check_bank(str(path), jobs=0)) > 0
