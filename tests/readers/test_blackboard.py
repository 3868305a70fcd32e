"""Blackboard's pools: both dialects, alone and in the archives they come in; hostile ones are refused."""

from __future__ import annotations

import io
import re
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from qbank.diagnostics import QbankError
from qbank.model import Feedback, Html, Information, kind_of
from qbank.readers.blackboard import READER
from qbank.reading import Context, Document, Reader, get, guess

HERE = Path(__file__).parent / "blackboard"
POOL = (HERE / "pool.dat").read_bytes()
ITEMS = (HERE / "items.dat").read_bytes()
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
MANIFEST = b'<manifest xmlns:bb="http://www.blackboard.com/content-packaging/"><resources/></manifest>'


def packed(**members: bytes) -> bytes:
    """An archive of members; `__` in a name stands for the slash."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(
                name.replace("__", "/").replace("_dat", ".dat").replace("_gif", ".gif").replace("_xml", ".xml"), data
            )
    return sink.getvalue()


def read(data: bytes, name: str = "pool.dat") -> tuple[list[Any], Context]:
    """The questions of a file, and what was left in the context."""
    ctx = Context()
    return list(READER.read(Document(name, data), ctx)), ctx


def codes(ctx: Context) -> list[str]:
    """What was reported, with the line."""
    return [f"{d.code}:{d.source.line if d.source else 0}" for d in ctx.report]


def test_the_reader_keeps_the_protocol() -> None:
    """It is registered."""
    assert isinstance(READER, Reader)
    assert get("blackboard") is READER


def test_a_pool_of_blackboard_5() -> None:
    """Each kind of the older dialect, in the order of its list, with points and feedback."""
    questions, ctx = read(POOL)
    assert [kind_of(q) for q in questions] == [
        "single_choice", "true_false", "multiple_choice", "short_answer", "matching", "essay", "ordering", "information",
    ]  # fmt: skip
    bulb, fern, trees, roots, plants, meadow, seed, hotspot = questions
    assert (bulb.points, bulb.answer, bulb.choices[0].text) == (2, "A", Html(html="<p><em>Tulip</em></p>"))
    assert bulb.feedback == Feedback(correct="Yes.", incorrect="No.")
    assert (fern.points, fern.answer) == (Fraction(3, 2), False)
    assert (fern.feedback_true, fern.feedback_false) == ("Look again.", "Ferns have spores.")
    assert (trees.stem, trees.answer, trees.scoring) == ("Which are trees & which < 2 m?", ("A", "B"), "all_or_nothing")
    assert [a.text for a in roots.answer] == ["water", "H2O"]
    assert (plants.answer, len(plants.choices)) == ({"1": "B", "2": "A"}, 3)
    assert meadow.answer == "Grasses and herbs."
    assert seed.answer == ("2", "1", "3")
    assert (hotspot.status, hotspot.extensions["blackboard"]["type"]) == ("draft", "QUESTION_HOTSPOT")
    assert "Where is the stem?" in hotspot.extensions["blackboard"]["xml"]
    assert codes(ctx) == ["R047:29", "R040:64"]
    assert ctx.header.title == "Garden pool"


def test_items_of_blackboard_6() -> None:
    """Each kind of the newer dialect, its texts in three formats."""
    questions, ctx = read(ITEMS)
    cloud, winds, hail, frozen, tools, cold, boiling, order, spot = questions
    assert cloud.stem == Html(html="<p>Which cloud brings <strong>rain</strong>? [cloud]</p>")
    assert (cloud.points, cloud.answer, cloud.shuffle, cloud.choices[1].feedback) == (4, "A", True, "Too high.")
    assert cloud.choices[0].text == Html(html="<p>nimbus<br/>(dark)</p>")
    assert cloud.feedback == Feedback(correct="Yes.")
    assert (winds.answer, winds.scoring, winds.choices[2].text) == (("A", "B"), "all_or_nothing", "dew < 1 mm")
    assert (hail.answer, hail.feedback_true, hail.feedback_false, hail.feedback) == (True, None, "It is frozen.", None)
    assert [a.text for a in frozen.answer] == ["ice", "snow"]
    assert (tools.answer, [c.text for c in tools.choices]) == ({"1": "B", "2": "A"}, ["wind", "pressure", "heat"])
    assert (cold.stem, cold.answer) == ("Why is T < 0 cold?", "Water freezes.")
    assert boiling.answer[0].bounds == (Fraction("99.5"), Fraction("100.5"))
    assert order.answer == ("2", "1", "3")
    assert isinstance(spot, Information)
    assert codes(ctx) == ["R044:5", "R040:104"]


def test_partial_credit() -> None:
    """Where the file gives part of the points, each right choice earns its share."""
    questions, _ = read(ITEMS.replace(b"<bbmd_partialcredit>false", b"<bbmd_partialcredit>true"))
    assert [c.weight for c in questions[1].choices] == [Fraction(1, 2), Fraction(1, 2), 0]


@pytest.mark.parametrize("place", ["res00001__cloud_gif", "cloud_gif"])
def test_an_archive_with_pictures(place: str) -> None:
    """All pools of an archive are read, and a picture is found beside its pool or in the folder of its name."""
    data = packed(imsmanifest_xml=MANIFEST, res00001_dat=ITEMS, res00002_dat=POOL, res00003_dat=b"<x/>", **{place: GIF})
    questions, ctx = read(data, "export.zip")
    assert len(questions) == 17
    assert list(ctx.assets) == ["cloud.gif"]
    assert 'src="asset:cloud.gif"' in questions[0].stem.html
    assert {d.source.file for d in ctx.report if d.source} == {"export.zip/res00001.dat", "export.zip/res00002.dat"}
    assert guess(Document("export.zip", data)) == "blackboard"


def test_an_address_of_the_content_collection() -> None:
    """A picture of the content collection is found by its number."""
    stub = b"@X@EmbeddedFile.requestUrlStub@X@bbcswebdav/xid-12_1"
    data = packed(res00001_dat=ITEMS.replace(b"cloud.gif", stub), **{"csfiles__home_dir__pic__xid-12_1.gif": GIF})
    questions, ctx = read(data, "export.zip")
    assert len(ctx.assets) == 1
    assert "asset:" in questions[0].stem.html


def test_recognised_by_content() -> None:
    """A .dat or .xml of Blackboard's is recognised whatever it is called; other XML and archives are not."""
    for name in ("res00001.dat", "pool.xml", "x"):
        assert guess(Document(name, POOL)) == "blackboard"
        assert guess(Document(name, ITEMS)) == "blackboard"
    for data in (b"<questestinterop/>", b"<a/>", packed(a_xml=b"<a/>"), b"PK\x03\x04", b"{}", b""):
        assert READER.sniff(Document("x.dat", data)) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<POOL>",
        b"<other/>",
        b'<!DOCTYPE POOL [<!ENTITY a "b">]><POOL>&a;</POOL>',
        b'<!DOCTYPE POOL SYSTEM "http://x/y"><POOL/>',
        b"PK\x03\x04 broken",
        b"<POOL>" + b"<a>" * 5000,
    ],
)
def test_what_is_no_pool_is_refused(data: bytes) -> None:
    """Broken and hostile files are refused in words."""
    with pytest.raises(QbankError):
        read(data)


def test_a_damaged_pool_among_others() -> None:
    """One pool of an archive that cannot be read is R042; the others are read."""
    questions, ctx = read(packed(res00001_dat=b"<POOL><QUESTION", res00002_dat=POOL), "x.zip")
    assert len(questions) == 8
    assert codes(ctx)[0] == "R042:0"


@pytest.mark.parametrize("source", [POOL, ITEMS], ids=["pool", "items"])
def test_missing_parts_are_findings(source: bytes) -> None:
    """A file with any one element renamed is still read to its end."""
    for tag in sorted(set(re.findall(rb"<([A-Za-z_]+)[ >/]", source))):
        changed = re.sub(rb"(</?)" + tag + rb"(?=[ >/])", rb"\1zz", source)
        try:
            questions, _ = read(changed)
        except QbankError:
            assert tag in (b"POOL", b"questestinterop")
            continue
        assert all(question.id for question in questions)


def test_a_pool_without_questions() -> None:
    """An empty pool says so."""
    assert codes(read(b"<POOL/>")[1]) == ["R001:1"]
