"""Real QTI 1.2 files, where they are at hand: none stops the reader, nearly all are read as what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from qbank import reading
from qbank.model import Group, Information, Question, is_answered, kind_of

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT.parent / "shared" / "examples" / "qti"
LEAST_ANSWERED = 0.95
FEWEST = 50


def files() -> list[Path]:
    """Every file of QTI 1.2 there is; skips the test without any."""
    if not EXAMPLES.is_dir():
        pytest.skip("shared/examples/qti is not beside the checkout")
    found = [p for p in sorted(EXAMPLES.rglob("*")) if p.suffix in (".xml", ".qti", ".zip") and p.is_file()]
    return [p for p in found if reading.get("qti12").sniff(document(p)) > 0]


def document(path: Path) -> reading.Document:
    """A file as a reader gets it."""
    return reading.Document(path.name, path.read_bytes(), str(path.parent))


def flat(questions: list[Question]) -> Iterator[Question]:
    """The questions, those of groups one by one."""
    for question in questions:
        yield from question.questions if isinstance(question, Group) else (question,)


def test_every_file_is_read() -> None:
    """No file stops the reader, and nearly every question of a kind the bank has is read with its key."""
    counts: Counter[str] = Counter()
    for path in files():
        ctx = reading.Context()
        for question in flat(list(reading.get("qti12").read(document(path), ctx))):
            if isinstance(question, Information):
                counts["unread" if question.status == "draft" else "information"] += 1
                continue
            counts[kind_of(question)] += 1
            counts["questions"] += 1
            counts["answered"] += is_answered(question)
    assert counts["questions"] >= FEWEST
    assert counts["answered"] / counts["questions"] >= LEAST_ANSWERED, counts


def test_other_files_are_left_to_other_readers() -> None:
    """What is QTI 2 or 3 is not taken for QTI 1.2, nor the other way about."""
    if not EXAMPLES.is_dir():
        pytest.skip("shared/examples/qti is not beside the checkout")
    for path in sorted(EXAMPLES.rglob("*.xml")):
        data = path.read_bytes()
        head = data[:3000]
        if b"questestinterop" in head:
            assert reading.guess(document(path)) == "qti12", path
        elif b"assessmentItem" in head or b"qti-assessment" in head:
            assert reading.get("qti12").sniff(document(path)) == 0, path
