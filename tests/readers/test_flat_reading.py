"""Reading a large file of a platform needs no more memory than reading a small one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbank import export, reading
from qbank.export import prepared
from qbank.model import Choice, Feedback, Header, Question, SingleChoice
from qbank.readers.decode import decode
from qbank.readers.gift import line_ends
from qbank.readers.lines import Ahead, lines
from qbank.readers.qti12 import reader as qti12
from qbank.readers.qti12.trees import outline
from qbank.reading import Context, Document

FEW, MANY = 500, 4000
MOST = 1.3
"""How much more memory than for a few questions it may take for many, the bytes of the file apart."""
STATUS = Path("/proc/self/status")
READ = """
import sys
from pathlib import Path
from qbank import reading
path = Path(sys.argv[2])
document = reading.Document(path.name, path.read_bytes(), str(path.parent))
count = sum(1 for _ in reading.get(sys.argv[1]).read(document, reading.Context()))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, int(peak.split()[1]) * 1024 - len(document.data))
"""


def many(count: int) -> Iterator[Question]:
    """So many questions with what real ones have, one at a time."""
    for i in range(count):
        choices = tuple(
            Choice(id=n, text=f"choice {n} of {i}: 检索系统", feedback=f"what is said of {n} in {i}") for n in "ABCD"
        )
        yield SingleChoice(
            id=f"q{i}",
            stem=f"Question {i}: which of these holds?",
            choices=choices,
            answer="B",
            feedback=Feedback(general=f"the reason for {i}"),
            tags=(f"chapter-{i % 7}",),
            category=("Library", f"Part {i % 5}"),
        )


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="memory is told by /proc")
@pytest.mark.parametrize(
    "name",
    [
        "moodle-xml",
        "gift",
        "aiken",
        "qti12",
        "qti21",
        "qti30",
        "anki",
        "blackboard-tab",
        "brightspace-csv",
        "sheet",
        "xlsx",
    ],
)
def test_memory_does_not_grow_with_the_questions(name: str, tmp_path: Path) -> None:
    """Eight times as many questions take no more memory to read, but for the file itself."""

    def peak(count: int) -> int:
        exporter = export.get(name)
        path = tmp_path / f"{count}{exporter.suffix}"
        ctx = export.Context(header=Header(qbank=1, title="T"))
        with path.open("wb") as sink:
            exporter.write(prepared(many(count), exporter, ctx), sink, ctx)
        told = subprocess.run([sys.executable, "-c", READ, name, str(path)], capture_output=True, check=True, text=True)
        found, used = map(int, told.stdout.split())
        assert found == count
        return used

    assert peak(MANY) < MOST * peak(FEW)


ITEM = """<item ident="{0}" title="about {0}"><presentation><material><mattext>What is {0}?</mattext></material>
<response_str ident="r"><render_fib/></response_str></presentation><resprocessing><respcondition><conditionvar>
<varequal respident="r">{0}</varequal></conditionvar><setvar action="Set">1</setvar></respcondition></resprocessing></item>"""
MATERIAL = "<presentation_material><flow_mat><material><mattext>A text for all.</mattext></material></flow_mat></presentation_material>"
STIMULUS = """<item ident="s"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>
<fieldentry>text_only_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>
<presentation><material><mattext>Read this.</mattext></material></presentation></item>"""
BELONGS = """<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>parent_stimulus_item_ident</fieldlabel>
<fieldentry>s</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation>"""
a, b, c = (ITEM.format(name) for name in "abc")
TOP = "<qtimetadata><qtimetadatafield><fieldlabel>bank_title</fieldlabel><fieldentry>Named</fieldentry></qtimetadatafield></qtimetadata>"
FIT = {
    "items alone": f"{a}{b}",
    "a bank": f"<objectbank ident='o'>{TOP}{a}{b}</objectbank>",
    "sections": f"<assessment title='T'><section title='S'>{a}<section title='U'>{b}</section></section>{c}</assessment>",
    "an empty section": f"<assessment title='T'><section title='S'/>{a}<section><section/></section></assessment>",
    "material": f"<assessment title='T'><section ident='g'>{MATERIAL}{a}{b}</section>{c}</assessment>",
    "a stimulus": f"<assessment><section>{STIMULUS}{b.replace('<presentation>', BELONGS, 1)}{c}</section></assessment>",
    "a draw": f"<assessment><section><selection_ordering><selection><selection_number>1</selection_number></selection>"
    f"</selection_ordering>{a}{b}</section></assessment>",
    "nothing": "<assessment title='T'/>",
    "what is left out": f"<assessment><section>{a}<sectionref linkrefid='x'/><item ident='e'/>{b}</section></assessment>",
    "deep": "<assessment>" + "<section>" * 70 + a + "</section>" * 70 + b + "</assessment>",
}
UNFIT = {
    "a name of an item elsewhere": f"<assessment><section><itemref linkrefid='a'/></section></assessment>{a}",
    "shared material": "<assessment><section>"
    + a.replace("<mattext>", "<matref linkrefid='m'/><mattext>")
    + "</section></assessment>",
    "material behind the items": f"<assessment><section>{a}{MATERIAL}</section></assessment>",
    "an item in an item": a.replace("<presentation>", f"{b}<presentation>"),
    "an item in another place": f"<assessment><strange>{a}</strange></assessment>",
    "an end that is missing": f"<assessment><section>{a}</section>",
}


def wrapped(body: str, space: str = "") -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<questestinterop{space}>\n{body}\n</questestinterop>".encode()


def everything(data: bytes) -> tuple[str, str, str]:
    ctx = Context()
    found = list(reading.get("qti12").read(Document("test.xml", data), ctx))
    return repr(found), repr(ctx.header), repr(list(ctx.report))


@pytest.mark.parametrize("space", ["", " xmlns='http://www.imsglobal.org/xsd/ims_qtiasiv1p2'"])
@pytest.mark.parametrize("size", [60, 1000, 1 << 16])
@pytest.mark.parametrize("name", FIT)
def test_an_item_at_a_time_is_read_as_all_at_once(
    name: str, size: int, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of QTI 1.2 that is read bit by bit gives what its whole tree gives, wherever the bits end."""
    data = wrapped(FIT[name], space)
    monkeypatch.setattr("qbank.readers.qti.package._PIECE", size)
    assert outline([data]) is not None
    bit_by_bit = everything(data)
    monkeypatch.setattr(qti12, "outline", lambda pieces: None)
    assert bit_by_bit == everything(data)


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_odd_is_read_whole(name: str) -> None:
    """What can only be understood with the whole file at hand is not read bit by bit."""
    found = outline([wrapped(UNFIT[name])])
    assert found is None or found.refers


@pytest.mark.parametrize("head", ["<!DOCTYPE questestinterop [<!ENTITY x 'y'>]>", "<!ENTITY x 'y'>"])
def test_entities_are_never_defined(head: str) -> None:
    """A file that defines entities is not read bit by bit, so that it is refused as before."""
    assert outline([f"{head}<questestinterop>{a}</questestinterop>".encode()]) is None


@given(
    st.text(alphabet="ab\r\n\x85\u2028\ufeff\x00问", max_size=60), st.sampled_from([1, 2, 7, 1 << 16]), st.booleans()
)
def test_lines_are_those_of_the_whole_text(text: str, size: int, is_gift: bool) -> None:
    """Lines that are decoded bit by bit are those of the text decoded at once, for every idea of a line end."""
    ends = {"line_ends": line_ends} if is_gift else {}
    data = ("plain text " * 200 + text).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qbank.readers.lines._PIECE", size)
        found = list(lines(data, "x", Context(), **ends))
    assert found == decode(data, "x", Context(), **ends).split("\n")


def test_lines_to_come_are_seen_before_they_are_taken() -> None:
    """A look ahead takes nothing, and ends with the text."""
    source = Ahead("abc")
    assert list(source.ahead()) == ["a", "b", "c"]
    assert (source.next(), list(source.ahead()), source.head(2)) == ("a", ["b", "c"], "b\n")
    assert list(source) == ["b", "c"]
    assert (source.next(), list(source.ahead())) == (None, [])
