"""The workbook read back: what was written, what people changed in it, and what cannot be used is said."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from artefacts import artefact

from qbank import bankfile, export, exporting, importing, model, reading, richtext
from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.formats import celltext
from qbank.readers.xlsx import READER

BANK = Path(__file__).parents[1] / "bank"
KINDS = ["all", *model.KINDS]
TWO = (model.Choice(id="A", text="one"), model.Choice(id="B", text="two"))


def written(
    questions: Iterable[model.Question], header: model.Header | None = None, folder: Path | None = None, **options: str
) -> bytes:
    """The workbook of some questions."""
    header = header or model.Header(qbank=1)
    ctx = export.Context(header=header, assets=AssetStore(header.assets, folder), options=options)
    return artefact("xlsx", questions, ctx)[0]


def read(data: bytes, name: str = "bank.xlsx") -> tuple[list[model.Question], reading.Context]:
    """The questions of a workbook, and what was left in the context."""
    ctx = reading.Context()
    return list(READER.read(reading.Document(name, data), ctx)), ctx


def edited(data: bytes, change: Callable[[Any], None]) -> bytes:
    """The workbook as a spreadsheet program saves it after a change."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def put(**cells: object) -> Callable[[Any], None]:
    """A change of cells of the sheet Questions: `A2="x"`."""

    def change(book: Any) -> None:
        for place, value in cells.items():
            book["Questions"][place] = value

    return change


def appended(**cells: object) -> Callable[[Any], None]:
    """A new row, its cells by the titles of their columns."""

    def change(book: Any) -> None:
        sheet = book["Questions"]
        titles = [cell.value for cell in sheet[1]]
        row = sheet.max_row + 1
        for title, value in cells.items():
            sheet.cell(row, titles.index(title) + 1).value = value

    return change


def said(ctx: reading.Context) -> list[tuple[str, int]]:
    """The codes that were reported, with their rows."""
    return [(d.code, d.source.line if d.source else 0) for d in ctx.report]


def single(**more: Any) -> model.SingleChoice:
    """A question with two choices."""
    return model.SingleChoice(**({"id": "q1", "stem": "Which?", "choices": TWO, "answer": "A"} | more))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", KINDS)
def test_the_bank_comes_back(name: str, language: str) -> None:
    """Questions, header and assets of every sample are those that were written, and nothing is reported."""
    bank = bankfile.open_bank(BANK / f"{name}.json")
    questions = list(bank.questions())
    found, ctx = read(written(questions, bank.header, bank.folder, language=language))
    assert found == questions
    assert ctx.header == bank.header
    assert ctx.assets == bank.header.assets
    assert not list(ctx.report)


def test_a_program_that_saves_it_changes_nothing() -> None:
    """The workbook saved again by another writer holds the same bank."""
    bank = bankfile.open_bank(BANK / "all.json")
    questions = list(bank.questions())
    found, ctx = read(edited(written(questions, bank.header), lambda book: None))
    assert (found, ctx.header, list(ctx.report)) == (questions, bank.header, [])


def test_the_reader_is_sure_of_our_workbook_alone() -> None:
    """It is registered, recognises the editable workbook, and no other workbook or zip."""
    assert isinstance(READER, reading.Reader)
    assert reading.get("xlsx") is READER
    assert reading.guess(reading.Document("a.bin", written([single()]))) == "xlsx"
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    assert READER.sniff(reading.Document("a.xlsx", other.getvalue())) == 0
    assert READER.sniff(reading.Document("a.xlsx", b"PK\x03\x04xl/workbook.xml")) == 0


def test_an_edited_cell_counts() -> None:
    """Answer, stem, points and a choice are what the cells say now; what was not touched stays."""
    question = single(
        stem=model.Html(html="<p>An <em>old</em> stem</p>"),
        feedback=model.Feedback(general=model.Html(html="<b>f</b>")),
    )
    data = written([question], language="en")
    found, ctx = read(edited(data, put(E2="A new stem", G2="deux", N2="B", O2=2.5)))
    assert found == [
        single(
            stem="A new stem",
            choices=(TWO[0], model.Choice(id="B", text="deux")),
            answer="B",
            points=Fraction(5, 2),
            feedback=question.feedback,
        )
    ]
    assert not list(ctx.report)


def test_a_cleared_answer_is_unknown() -> None:
    """An empty answer cell takes the answer away."""
    found, _ = read(edited(written([single()]), put(N2=None)))
    assert found == [single(answer=None)]


def test_a_new_row_is_a_new_question() -> None:
    """A row without an id gets one from its content, the same each time, and says where it stands."""
    row = {"Kind": "true/false", "Stem": "Water is wet.", "Answer": "True", "Points": 2}
    data = edited(written([single()]), appended(**row))
    found, ctx = read(data)
    new = found[1]
    assert isinstance(new, model.TrueFalse)
    assert (new.stem, new.answer, new.points) == ("Water is wet.", True, 2)
    assert new.source == model.Source(document="bank.xlsx", line=3)
    assert new.id.startswith("q-")
    assert read(data)[0] == found
    assert not list(ctx.report)
    twice, _ = read(edited(data, appended(**row)))
    assert len({question.id for question in twice}) == 3


def test_a_new_cloze_has_its_gaps() -> None:
    """Lines in the stem of a new row become gaps with the answers of the cell."""
    row = {"Kind": "填空题", "Stem": "____ and ____", "Answer": "a; b | c"}
    found, _ = read(edited(written([]), appended(**row)))
    cloze = found[0]
    assert isinstance(cloze, model.Cloze)
    assert [[a.text for a in b.answer or () if isinstance(a, model.Accepted)] for b in cloze.blanks] == [
        ["a", "b"],
        ["c"],
    ]
    assert richtext.plain(cloze.stem).count("_") >= 2


def test_a_group_takes_the_rows_that_name_it() -> None:
    """A new row below a group that names it is its sub-question; under another group it is a finding."""
    group = model.Group(id="g", stem="Read this.", questions=(single(),))
    row = {"Group": "g", "Kind": "true/false", "Stem": "So?", "Answer": "False"}
    found, ctx = read(edited(written([group]), appended(**row)))
    assert len(found) == 1
    assert isinstance(found[0], model.Group)
    assert [model.kind_of(q) for q in found[0].questions] == ["single_choice", "true_false"]
    assert said(ctx) == []
    found, ctx = read(edited(written([group]), appended(**(row | {"Group": "h"}))))
    assert found == [group]
    assert said(ctx) == [("R039", 4)]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"B2": "riddle"}, "'riddle' is not a kind of question"),
        ({"B2": None}, "the row names no kind"),
        ({"G2": None}, "choices"),
        ({"A2": "not an id!"}, "id"),
        ({"O2": "many"}, "points"),
        ({"B2": "numeric", "N2": "three"}, "'three' is not a number"),
        ({"Z2": "{"}, "does not hold JSON"),
        ({"Z2": '{"stem":{"x":1}}'}, "More holds JSON"),
        ({"Z2": "[" * 1000}, "JSON"),
        ({"Z2": '{"penalty":NaN}'}, "JSON"),
        ({"Z2": '{"colour":1}'}, "colour"),
        ({"E2": "_xD800_"}, "surrogates"),
        ({"S2": "perhaps"}, "is not a status"),
        ({"AZ2": "lost?"}, "to the right of the header"),
    ],
)
def test_a_broken_row_is_a_finding(cells: dict[str, object], why: str) -> None:
    """A row that is no question is named with its number and the reason, and reading goes on."""
    last = single(id="q2", stem="Next?")
    found, ctx = read(edited(written([single(), last]), put(**cells)))
    assert found == [last]
    assert said(ctx) == [("R039", 2)]
    message = next(iter(ctx.report)).message
    assert message.startswith("Questions!")
    assert message.endswith("; the row was not read")
    assert why in message
    assert "\n" not in message


def test_what_a_spreadsheet_made_of_words_is_not_taken() -> None:
    """A date where a text was typed is a finding, not an answer."""
    import datetime

    found, ctx = read(edited(written([single()]), put(N2=datetime.datetime(2024, 3, 4))))
    assert found == []
    assert said(ctx) == [("R039", 2), ("R001", 1)]


def test_blank_rows_are_passed_over() -> None:
    """Rows with nothing in them are neither questions nor findings."""
    found, ctx = read(edited(written([single()]), put(E9="  ", A12="q9", B12="information", E12="Look.")))
    assert [q.id for q in found] == ["q1", "q9"]
    assert said(ctx) == []


def test_columns_may_be_moved_left_out_and_added() -> None:
    """The titles say which column is which; one that is not ours is named, and so is such a sheet."""
    rows = [["Stem", "Answer", "Notes", "Kind", "A", "B"], ["Which?", "B", "mine", "single choice", "one", "two"]]

    def change(book: Any) -> None:
        del book["Questions"]
        sheet = book.create_sheet("Questions")
        for row in rows:
            sheet.append(row)
        book.create_sheet("Mine")

    found, ctx = read(edited(written([]), change))
    assert isinstance(found[0], model.SingleChoice)
    assert (found[0].stem, found[0].choices, found[0].answer) == ("Which?", TWO, "B")
    assert [d.message for d in ctx.report] == [
        "the column 'Notes' is not one of ours and was not read",
        "the sheet 'Mine' is not one of ours and was not read",
    ]


def test_long_texts_come_from_their_sheet() -> None:
    """A text no cell can hold comes back whole; one whose beginning was edited is a finding, not a stump."""
    question = single(stem="很长的题干𠮷" * 20_000)
    data = written([question])
    assert read(data)[0] == [question]
    found, ctx = read(edited(data, put(E2="short" + celltext.CUT)))
    assert found == []
    assert said(ctx)[0] == ("R039", 2)
    assert read(edited(data, put(E2="short")))[0] == [single(stem="short")]


def test_header_and_media_come_back() -> None:
    """Every property of the bank, and media carried in several rows; a row that fits nothing is a finding."""
    header = model.Header(
        qbank=1,
        title="题库",
        description=model.Html(html="<p>x</p>"),
        language="zh-CN",
        license="CC BY 4.0",
        assets={"a.png": model.Asset(file="m/a.png", alt="图"), "b.png": model.Asset(base64="QUJD" * 30_000)},
        extensions={"a": {"b": 1}},
    )
    data = written([single()], header)
    assert read(data)[1].header == header

    def change(book: Any) -> None:
        book["属性"].append(["author", "me"])
        book["媒体"].append(["c.png"])

    _, ctx = read(edited(data, change))
    assert ctx.header == header
    assert [d.code for d in ctx.report] == ["R039", "R039"]
    assert "sheet Bank" in next(iter(ctx.report)).message


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The workbook with its parts changed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return sink.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"no zip at all",
        lambda data: data[: len(data) // 2],
        lambda data: repacked(data, lambda name, part: part[: len(part) // 2]),
        lambda data: repacked(data, lambda name, part: b"<x/>"),
        lambda data: repacked(data, lambda name, part: part.replace(b"<worksheet", b"<!DOCTYPE x><worksheet", 1)),
        lambda data: repacked(data, lambda name, part: part.replace(b'r="2"', b'r="two"')),
        lambda data: repacked(data, lambda name, part: part.replace(b'r="2"', b'r="99999999999"')),
        lambda data: edited(data, lambda book: setattr(book["Questions"], "title", "Other")),
    ],
)
def test_what_is_no_workbook_is_one_sentence(damage: Callable[[bytes], bytes]) -> None:
    """A file that cannot be read is a `QbankError` that names it, never a traceback."""
    with pytest.raises(QbankError, match=r"^bank\.xlsx: [^\n]+$"):
        read(damage(written([single()])))


def test_a_sheet_that_claims_to_be_huge_is_read_quickly() -> None:
    """What a file says of its size is not believed: rows are not filled up to it, which would take hours."""

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>', 1)

    started = time.monotonic()
    found, ctx = read(repacked(written([single()]), change))
    assert time.monotonic() - started < 20
    assert found == [single()]
    assert not list(ctx.report)


def test_from_bank_to_workbook_to_bank(tmp_path: Path) -> None:
    """Export and import of the whole sample give its bank again."""
    before = bankfile.load(BANK / "all.json")
    workbook = tmp_path / "b.xlsx"
    exporting.export_file(str(BANK / "all.json"), exporting.Order("xlsx", drafts=True), str(workbook))
    imported = importing.import_files([str(workbook)])
    assert imported.bank == before
    assert not list(imported.report)


# --- cells, and workbooks that mean harm -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ({"B2": "riddle"}, "Questions!B2"),
        ({"O2": "many"}, "Questions!O2"),
        ({"B2": "true/false", "N2": "perhaps"}, "Questions!N2"),
        ({"Z2": "{"}, "Questions!Z2"),
        ({"C2": "g"}, "Questions!C2"),
        ({"AZ2": "x"}, "Questions!2:2"),
    ],
)
def test_a_finding_names_its_cell(cells: dict[str, object], place: str) -> None:
    """As spreadsheets name it, and with its column for programs; a row where no cell is to blame."""
    _, ctx = read(edited(written([single()]), put(**cells)))
    found = next(iter(ctx.report))
    assert found.message.startswith(f"{place}: ")
    assert found.source is not None
    letters = place.partition("!")[2].rstrip("0123456789:")
    assert found.source.column == (openpyxl.utils.column_index_from_string(letters) if letters else 0)


def test_chinese_sheets_and_cells() -> None:
    """A Chinese workbook has Chinese sheets, and findings name their cells by them."""
    data = written([single()], model.Header(qbank=1, language="zh-CN"))
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["题库", "填写说明", "属性"]

    def change(book: Any) -> None:
        book["题库"]["B2"] = "谜语"

    _, ctx = read(edited(data, change))
    assert next(iter(ctx.report)).message.startswith("题库!B2: ")


def test_a_sub_question_s_cell_is_named() -> None:
    """Not its group's."""
    group = model.Group(id="g", stem="Read.", questions=(single(), single(id="q2")))
    _, ctx = read(edited(written([group]), put(O4="many")))
    assert next(iter(ctx.report)).message.startswith("Questions!O4: ")


def test_an_answer_that_is_no_choice() -> None:
    """It is left out and named, and the question is kept without an answer."""
    found, ctx = read(edited(written([single()]), put(N2="F")))
    assert isinstance(found[0], model.SingleChoice)
    assert found[0].answer is None
    assert said(ctx) == [("R012", 2)]


def test_a_copied_row_is_a_new_question() -> None:
    """Two rows of one id: the second gets an id of its own, and is named."""
    question = single()

    def change(book: Any) -> None:
        sheet = book["Questions"]
        for column in range(1, sheet.max_column + 1):
            sheet.cell(3, column).value = sheet.cell(2, column).value

    found, ctx = read(edited(written([question]), change))
    assert found[0] == question
    assert found[1].id != question.id
    assert said(ctx) == [("R021", 3)]


def test_formulas_are_never_calculated() -> None:
    """A cell with a formula is a finding, whatever value a program left in it; a text that looks like one is a text."""
    found, ctx = read(edited(written([single(), single(id="q2", stem="=1+1")]), put(E2="=1+1")))
    assert [q.stem for q in found] == ["=1+1"]
    assert said(ctx) == [("R039", 2)]
    assert "formula" in next(iter(ctx.report)).message


def test_hidden_rows_and_merged_cells_are_rows() -> None:
    """A filter hides no question from us, and a merged cell says what its first cell says."""
    questions = [single(), single(id="q2", stem="Next?")]

    def change(book: Any) -> None:
        sheet = book["Questions"]
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["N"].hidden = True
        sheet.merge_cells("P3:Q3")

    found, ctx = read(edited(written(questions), change))
    assert found == questions
    assert said(ctx) == []


def test_another_ending_does_not_matter() -> None:
    """Our workbook is known by what is in it."""
    assert reading.guess(reading.Document("bank.xls", written([single()]))) == "xlsx"


def _bomb() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<x/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (300 << 20))
    return sink.getvalue()


def _with(name: str, part: bytes) -> bytes:
    data = written([single()])
    sink = io.BytesIO(data)
    with zipfile.ZipFile(sink, "a") as package:
        package.writestr(name, part)
    return sink.getvalue()


_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (_bomb, "would unpack to"),
        (
            lambda: _with("xl/sharedStrings.xml", _LAUGHS + b"<sst><si><t>&b;&x;</t></si></sst>"),
            "declares a document type",
        ),
        (
            lambda: _with("xl/sharedStrings.xml", '<?xml version="1.0" encoding="UTF-16"?><sst/>'.encode("utf-16")),
            "not UTF-8",
        ),
        (lambda: _with("xl/externalLinks/externalLink1.xml", b"<externalLink/>"), "other workbooks"),
    ],
)
def test_hostile_workbooks_are_refused(data: Callable[[], bytes], why: str) -> None:
    """A zip bomb, entities in the shared strings, an encoding that hides them, links to other files: one sentence each."""
    started = time.monotonic()
    with pytest.raises(QbankError, match=why):
        read(data())
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_ten_thousand_questions_come_back(tmp_path: Path) -> None:
    """Of every kind, exactly."""
    source = tmp_path / "bank.jsonl"
    subprocess.run(
        [sys.executable, str(Path(__file__).parents[2] / "bench" / "make_bank.py"), "10000", str(source)],
        check=True,
        timeout=120,
    )
    before = bankfile.load(source)
    target = tmp_path / "bank.xlsx"
    exporting.export_file(str(source), exporting.Order("xlsx", drafts=True), str(target))
    after = importing.import_files([str(target)])
    assert list(after.questions) == list(before.questions)
    assert not list(after.report)
