"""What is set aside comes back as it was, from memory or from the disk, and takes little room."""

from __future__ import annotations

import io
import zipfile
from random import Random

import pytest
from qbank.exporters._package import Package

from qbank.diagnostics import Report
from qbank.longreport import BATCH, LongReport
from qbank.scratch import Scratch
from qbank.seen import Firsts, Ids


@pytest.mark.parametrize("room", [1, 10, 1000])
def test_scratch_gives_back_what_it_was_given(room: int) -> None:
    """Any part can be read at any time, whether it lies on disk, in memory or in both."""
    chance, scratch, whole = Random(room), Scratch(room), b""
    for _ in range(200):
        piece = chance.randbytes(chance.randint(0, 9))
        assert scratch.append(piece) == len(whole)
        whole += piece
        start, size = chance.randint(0, len(whole)), chance.randint(0, 40)
        assert scratch.read(start, size) == whole[start : start + size]
    assert len(scratch) == len(whole)


def test_a_long_report_is_a_report() -> None:
    """It has the findings, the order and the counts of one that keeps all in memory, and keeps few."""
    long, short = LongReport(), Report()
    for report in (long, short):
        for i in range(3 * BATCH + 7):
            code = ("L104", "L101", "X206")[i % 3]
            report.add(code, f"message {i}", question=f"q{i}", pointer="/stem")
    assert list(long) == list(short)
    assert list(long) == list(short)
    assert len(long) == len(short)
    assert long.counts() == short.counts()
    assert long.at_or_above("warning") == short.at_or_above("warning")
    assert len(long.diagnostics) < 2 * BATCH


def test_ids_are_a_set() -> None:
    """What was added is in it, once, until it is taken out; nothing else is."""
    ids, model = Ids(), set[str]()
    chance = Random(1)
    for _ in range(3000):
        name = f"q{chance.randint(0, 900)}"
        assert (name in ids) == (name in model)
        if chance.random() < 0.3:
            ids.discard(name)
            model.discard(name)
        else:
            ids.add(name)
            model.add(name)
    assert set(ids) == model
    assert len(ids) == len(model)


def test_firsts_are_a_mapping() -> None:
    """A digest keeps the first id it was given, until it is taken out."""
    firsts, model = Firsts(), dict[bytes, str]()
    chance = Random(2)
    for i in range(3000):
        digest = chance.randint(0, 900).to_bytes(8, "big")
        assert firsts.setdefault(digest, f"q{i}") == model.setdefault(digest, f"q{i}")
        if chance.random() < 0.2:
            del firsts[digest], model[digest]
    assert dict(firsts) == model


@pytest.mark.slow
def test_a_package_of_more_members_than_a_zip_file_once_held() -> None:
    """70,000 members need the 64-bit directory, and Python's own reader finds each."""
    sink = io.BytesIO()
    with Package(sink) as package:
        for i in range(70_000):
            package.add(f"items/题-{i}.xml", b"%d" % i)
        package.copy("last", io.BytesIO(b"x" * 3_000_000))
    with zipfile.ZipFile(sink) as found:
        assert len(found.namelist()) == 70_001
        assert found.read("items/题-69999.xml") == b"69999"
        assert found.testzip() is None
        assert {info.date_time for info in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
