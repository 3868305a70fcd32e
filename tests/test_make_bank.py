"""The synthetic bank of the benchmarks is a good bank, and always the same one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qbank import bankfile, checks
from qbank.model import KINDS, kind_of


def made(root: Path, out: Path, *options: str) -> bytes:
    """What `bench/make_bank.py` writes."""
    command = [sys.executable, str(root / "bench" / "make_bank.py"), "400", str(out), *options]
    subprocess.run(command, check=True, capture_output=True)
    return out.read_bytes()


def test_the_same_arguments_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    """Deterministic, and another seed gives another bank."""
    first = made(root, tmp_path / "a.jsonl")
    assert made(root, tmp_path / "b.jsonl") == first
    assert made(root, tmp_path / "c.jsonl", "--seed", "2") != first


def test_it_is_clean_and_has_every_kind(root: Path, tmp_path: Path) -> None:
    """All kinds, in two scripts, mostly multiple choice, without an error."""
    path = tmp_path / "a.jsonl"
    made(root, path)
    questions = bankfile.load(path).questions
    kinds = [kind_of(q) for q in questions]
    assert set(kinds) == set(KINDS)
    assert max(set(kinds), key=kinds.count) == "multiple_choice"
    assert {q.language for q in questions} == {"zh-CN", "en"}
    assert not checks.check_bank(str(path)).at_or_above("error")


@pytest.mark.parametrize("kind", ["cloze", "group"])
def test_one_kind(kind: str, root: Path, tmp_path: Path) -> None:
    """`--kind` makes a bank of one kind."""
    path = tmp_path / "a.jsonl"
    made(root, path, "--kind", kind)
    assert {kind_of(q) for q in bankfile.load(path).questions} == {kind}
