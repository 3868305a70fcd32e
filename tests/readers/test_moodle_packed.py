"""Moodle XML in a zip of several files, as `split` writes it; and what only looks like Moodle's `quiz`."""

from __future__ import annotations

import io
import zipfile

import pytest
from round_trip import exported

from qbank import reading
from qbank.diagnostics import QbankError
from qbank.model import Bank, Header, Question, TrueFalse

CANVAS = b'<?xml version="1.0"?>\n<quiz identifier="g1" xmlns="http://canvas.instructure.com/xsd/cccv1p0"><title>t</title></quiz>'


def quiz(*stems: str, category: str = "") -> bytes:
    """A file of true/false questions."""
    place = f'<question type="category"><category><text>{category}</text></category></question>' if category else ""
    asked = "".join(
        f'<question type="truefalse"><questiontext><text>{stem}</text></questiontext>'
        '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question>'
        for stem in stems
    )
    return f"<quiz>{place}{asked}</quiz>".encode()


def packed(**files: bytes) -> reading.Document:
    """A zip archive of files by name."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return reading.Document("bank.zip", sink.getvalue())


def read(document: reading.Document) -> tuple[list[Question], reading.Context]:
    """The questions, and what there was to say."""
    ctx = reading.Context()
    return list(reading.get("moodle-xml").read(document, ctx)), ctx


def test_in_the_order_of_their_names() -> None:
    """Files are read by name, 2 before 10; a category ends with its file; ids are unique in the archive."""
    document = packed(**{"10_xml": quiz("ten"), "2_xml": quiz("two", category="A/B"), "3_xml": quiz("two")})
    found, ctx = read(document)
    assert [question.stem for question in found] == ["two", "two", "ten"]
    assert [question.category for question in found] == [("A", "B"), (), ()]
    assert len({question.id for question in found}) == 3
    assert [q.source.document for q in found if q.source] == ["bank.zip/2.xml", "bank.zip/3.xml", "bank.zip/10.xml"]
    assert list(ctx.report) == []


def test_other_files_are_named() -> None:
    """A file without a question is a finding with its name; pictures and notes are passed by."""
    _, ctx = read(packed(a_xml=quiz("one"), b_xml=b"<other/>", c_txt=b"note"))
    assert [(d.code, str(d.source)) for d in ctx.report] == [("R046", "bank.zip/b.xml")]


@pytest.mark.parametrize("split", ["2", "category"])
def test_a_split_export_is_verified(split: str) -> None:
    """What `split` wrote is read back whole."""
    asked = tuple(TrueFalse(id=f"q{i}", stem=f"s{i}", answer=True, category=(f"c{i % 2}",)) for i in range(5))
    done = exported("moodle-xml", Bank(header=Header(qbank=1), questions=asked), {"split": split})
    assert done.verified == 5
    assert [d.message for d in done.report] == []


def test_archives_that_would_do_harm() -> None:
    """What would unpack to gigabytes, is damaged, defines entities or holds no question is refused in a sentence."""
    bomb = packed(a_xml=b" " * (100 << 20))
    torn = reading.Document("bank.zip", packed(a_xml=quiz("one")).data[:40])
    entity = packed(a_xml=b'<!DOCTYPE quiz [<!ENTITY a "b">]>' + quiz("one"))
    for document in (bomb, torn, entity, packed(a_txt=b"x"), packed(a_xml=b"<other/>")):
        with pytest.raises(QbankError, match=r"bank\.zip"):
            read(document)


def test_whose_files_are_known() -> None:
    """A zip of Moodle's files is Moodle's; a package with a manifest, and Canvas' `quiz`, are not."""
    sniff = reading.get("moodle-xml").sniff
    assert sniff(packed(a_xml=quiz("one"))) > 0.9
    assert reading.guess(packed(a_xml=quiz("one"))) == "moodle-xml"
    assert sniff(packed(a_xml=quiz("one"), imsmanifest_xml=b"<manifest/>")) == 0
    assert sniff(packed(a_xml=CANVAS)) == 0
    assert sniff(reading.Document("assessment_meta.xml", CANVAS)) == 0
    assert sniff(reading.Document("a.xml", quiz("one"))) > 0.9
