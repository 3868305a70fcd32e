"""The editable workbook: it holds the whole bank, and its cells are text and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest
import sheet_rows
from artefacts import artefact

from qbank import bankfile, export, model
from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.formats import celltext, sheets

BANK = Path(__file__).parents[1] / "bank" / "all.json"
TRAPS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "1-5",
    "3/4",
    "001",
    "TRUE",
    "12345678901234567890",
    "1e5",
    "#N/A",
    "2024-01-02",
    " padded ",
    "two\nlines",
    "a\tb",
    "_x0041_x0042_",
    '=HYPERLINK("http://example.org","x")',
    "{=1}",
    "\x01\x0b\ufffe",
    "𠮷野家",
]


def written(
    questions: Iterable[model.Question], header: model.Header | None = None, **options: str
) -> tuple[bytes, export.Context]:
    """The workbook of some questions, and the context with its losses."""
    header = header or model.Header(qbank=1, title="T", language="en")
    ctx = export.Context(header=header, assets=AssetStore(header.assets), options=options)
    return artefact("xlsx", questions, ctx)


def rows_of(data: bytes, name: str = "Questions") -> list[list[object]]:
    """The rows of a sheet, its texts as they were before they were put into cells."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    known = next(names for names in sheets.SHEET_NAMES.values() if names[0] == name)
    sheet = book[next(word for word in known if word in book.sheetnames)]
    return [
        [celltext.decoded(v) if isinstance(v, str) else v for v in row] for row in sheet.iter_rows(values_only=True)
    ]


def read(data: bytes) -> list[model.Question]:
    """The questions of a workbook."""
    head, *rows = rows_of(data)
    keys = [sheets.column_of_title(str(title)) for title in head]
    long: dict[tuple[object, object], str] = {}
    if "Long" in openpyxl.load_workbook(io.BytesIO(data)).sheetnames:
        for id, column, _, text in rows_of(data, "Long")[1:]:
            long[id, column] = long.get((id, column), "") + str(text)
    found = []
    for row in rows:
        cells: sheets.Cells = {k: v for k, v in zip(keys, row, strict=True) if k and v is not None}  # type: ignore[misc]
        cells |= {key: text for (id, key), text in long.items() if id == cells["id"]}  # type: ignore[misc]
        found.append(cells)
    return sheet_rows.questions(found)


def choice(id: str, stem: model.Text, texts: Iterable[str], **more: object) -> model.SingleChoice:
    """A question whose choices are those texts."""
    choices = tuple(model.Choice(id=sheets.letter(i), text=text) for i, text in enumerate(texts))
    return model.SingleChoice(id=id, stem=stem, choices=choices, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_bank_comes_back_from_the_workbook(language: str) -> None:
    """Every question of the sample bank is in the sheet, whole, and nothing is reported as lost."""
    reader = bankfile.open_bank(BANK)
    questions = list(reader.questions())
    data, ctx = written(questions, reader.header, language=language)
    assert read(data) == questions
    assert not list(ctx.report)


def test_texts_stay_texts() -> None:
    """What looks like a formula, a date, a number or a truth value is a string cell with the text format."""
    questions = [choice(f"q{i}", trap, [trap, "b"], answer="A") for i, trap in enumerate(TRAPS)]
    data, _ = written(questions)
    assert read(data) == questions
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Questions"]
    numbers = {title.value for title in sheet[1]} & {"Points", "Difficulty"}
    assert numbers == {"Points", "Difficulty"}
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.value is not None and sheet.cell(1, cell.column).value not in numbers:
                assert cell.data_type == "s"
                assert cell.number_format == "@"


def test_no_formula_anywhere() -> None:
    """No sheet holds a formula element, whatever title, id, tag or asset name a bank has."""
    header = model.Header(
        qbank=1,
        title="=1+1",
        description="=2",
        license="@x",
        assets={"a": model.Asset(file="=cmd|' /C calc'!A0", alt="=1")},
    )
    data, _ = written([choice("q", "=1", ["=2", "=3"], tags=("=4",), category=("=5",), title="=6")], header)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/"):
                assert not re.search(rb"<f[ >/]", package.read(name))


def test_the_sheet_helps_to_edit() -> None:
    """The header is frozen and filtered, kind and status have drop-downs with every word, columns keep texts as texts."""
    data, _ = written([choice("q", "?", ["a", "b"])], language="zh")
    sheet = openpyxl.load_workbook(io.BytesIO(data))["题库"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:AR2"
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert lists == ['"' + ",".join(w[1] for w in sheets.KIND_LABELS.values()) + '"', '"可用,草稿"']
    assert all(len(formula) <= 257 for formula in lists)
    assert sheet.column_dimensions["E"].number_format == "@"
    assert sheet["E2"].alignment.wrap_text


def test_drop_down_lists_fit_in_both_languages() -> None:
    """Excel allows 255 characters in the list of a drop-down."""
    for zh in (False, True):
        assert len(",".join(words[zh] for words in sheets.KIND_LABELS.values())) <= 255
        assert not any("," in words[zh] for words in sheets.KIND_LABELS.values())


def test_more_choices_than_columns() -> None:
    """Forty choices are kept: those beside the stem, those at the end of the sheet, and those beyond Z."""
    question = choice("q", "?", [f"choice {i}" for i in range(40)], answer="AL")
    data, ctx = written([question])
    assert read(data) == [question]
    assert not list(ctx.report)


def test_a_text_no_cell_can_hold() -> None:
    """The cell shows the beginning, the sheet Long has all of it, and X305 says so."""
    stem = "很长的题干𠮷" * 20_000
    question = choice("q", stem, ["a", "b"], feedback=model.Feedback(general="x" * 32_767))
    data, ctx = written([question])
    assert read(data) == [question]
    assert [(d.code, d.question, d.pointer) for d in ctx.report] == [("X305", "q", "/stem")]
    for name in ("Questions", "Long"):
        for row in rows_of(data, name):
            assert all(celltext.units(str(value)) <= celltext.LIMIT for value in row if value is not None)


def test_media_are_listed_and_carried() -> None:
    """Files are named; base64 media come back from their rows byte for byte."""
    picture = hashlib.sha512(b"picture").digest() * 1200
    header = model.Header(
        qbank=1,
        assets={
            "a.png": model.Asset(file="media/a.png", media_type="image/png", alt="图"),
            "b.png": model.Asset(base64=base64.b64encode(picture).decode()),
        },
    )
    data, _ = written([], header)
    head, *rows = rows_of(data, "Media")
    assert head == ["name", "file", "media_type", "sha256", "alt", "part", "base64"]
    assert rows[0][:5] == ["a.png", "media/a.png", "image/png", None, "图"]
    parts = [row for row in rows if row[0] == "b.png"]
    assert [row[5] for row in parts] == list(range(1, len(parts) + 1))
    assert len(parts) > 2
    assert base64.b64decode("".join(str(row[6]) for row in parts)) == picture


def test_what_the_bank_says_of_itself() -> None:
    """Title, language, licence and the rest of the header stand in the sheet Bank."""
    header = model.Header(
        qbank=1,
        title="题库",
        language="zh-CN",
        license="CC BY 4.0",
        description=model.Html(html="<p>x</p>"),
        extensions={"a": {"b": 1}},
    )
    data, _ = written([], header)
    assert dict(map(tuple, rows_of(data, "Bank")[1:])) == {  # type: ignore[arg-type]
        "qbank": "1",
        "title": "题库",
        "language": "zh-CN",
        "license": "CC BY 4.0",
        "description": '{"html":"<p>x</p>"}',
        "extensions": '{"a":{"b":1}}',
    }


def test_headings_follow_the_bank_or_the_option() -> None:
    """Chinese for a Chinese bank, English for any other, and the option decides."""
    chinese = model.Header(qbank=1, language="zh-Hant")
    assert rows_of(written([], chinese)[0])[0][0] == "编号"
    assert rows_of(written([], chinese, language="en")[0])[0][0] == "ID"
    assert rows_of(written([], model.Header(qbank=1))[0])[0][0] == "ID"
    with pytest.raises(QbankError, match="en or zh"):
        written([], chinese, language="fr")


def test_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Neither the clock nor the seed of the hash function shows in the file."""
    script = (
        "import sys; from pathlib import Path; from qbank import bankfile, export; from qbank.assets import AssetStore\n"
        "r = bankfile.open_bank(Path(sys.argv[1])); n = sys.argv[2]\n"
        "c = export.Context(header=r.header, assets=AssetStore(r.header.assets, r.folder))\n"
        "export.get(n).write(r.questions(), Path(sys.argv[3]).open('wb'), c)\n"
    )
    for name in ("xlsx", "answer-key"):
        made = []
        for seed in ("1", "2"):
            target = tmp_path / f"{name}-{seed}.xlsx"
            subprocess.run(
                [sys.executable, "-c", script, str(BANK), name, str(target)],
                check=True,
                env={"PYTHONHASHSEED": seed, "PATH": ""},
                timeout=60,
            )
            made.append(target.read_bytes())
        assert made[0] == made[1]
        with zipfile.ZipFile(io.BytesIO(made[0])) as package:
            assert {info.date_time[0] for info in package.infolist()} == {1980}
            assert b"1980-01-01T00:00:00Z" in package.read("docProps/core.xml")
