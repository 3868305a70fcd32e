"""What fuzzing found once stays a test: each document in `fuzz/crashers/TARGET/` is read, refused, or partly read, in time."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CRASHERS = sorted(path for path in (HERE / "fuzz" / "crashers").rglob("*") if path.is_file())


@pytest.mark.parametrize("path", CRASHERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_crasher_crashes_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `QbankError` comes out, within the time that fuzzing grants."""
    monkeypatch.syspath_prepend(str(HERE / "fuzz"))
    from fuzz import SLOW
    from targets import target

    began = time.process_time()
    target(path.parent.name)(path.read_bytes())
    assert time.process_time() - began < SLOW


def test_every_reader_is_fuzzed_with_documents_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each target has seeds that it reads; a target without one would fuzz nothing but its refusal."""
    monkeypatch.syspath_prepend(str(HERE / "fuzz"))
    from targets import names, seeds

    assert "paper" in names()
    without = [name for name in names() if not any(True for _ in seeds(name))]
    assert without == [], f"no seeds for {without} (tests/readers/NAME/ or an exporter of that name)"
    assert sys.path[0] == str(HERE / "fuzz")
