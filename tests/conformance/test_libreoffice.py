"""LibreOffice opens both workbooks: texts survive, a saved workbook still holds the bank, the key fits its pages."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
import sheet_rows
from artefacts import artefact

from qbank import bankfile, export, model
from qbank.assets import AssetStore
from qbank.formats import celltext, sheets

BANK = Path(__file__).parents[1] / "bank" / "all.json"
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed: workbooks are NOT checked by it"),
]
EVERY_SHEET_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
TRAPS = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "1-5",
    "3/4",
    "001",
    "TRUE",
    "12345678901234567890",
    "_x0041_",
    " a ",
    "两\n行",
    "\x01",
]


def convert(data: bytes, target: str, folder: Path) -> dict[str, bytes]:
    """What LibreOffice makes of a workbook, by file name."""
    source = folder / "in" / "book.xlsx"
    source.parent.mkdir(parents=True)
    source.write_bytes(data)
    made = folder / "out"
    run = subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            target,
            "--outdir",
            str(made),
            str(source),
        ],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert run.returncode == 0, run.stderr
    assert made.is_dir(), run.stderr
    return {path.name: path.read_bytes() for path in sorted(made.iterdir())}


def written(name: str, questions: list[model.Question], header: model.Header) -> bytes:
    """The artefact of an exporter."""
    return artefact(name, questions, export.Context(header=header, assets=AssetStore(header.assets)))[0]


def rows_of(data: bytes) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def trapped() -> list[model.Question]:
    """A question for each text that spreadsheets like to misread."""
    return [
        model.ShortAnswer(id=f"q{i}", stem=trap, answer=(model.Accepted(text=trap),)) for i, trap in enumerate(TRAPS)
    ]


def test_the_workbook_as_libreoffice_sees_it(tmp_path: Path) -> None:
    """Every sheet opens; ids, answers and texts read as they were written, traps included."""
    header = model.Header(qbank=1, title="=题库", language="en")
    files = convert(written("xlsx", trapped(), header), EVERY_SHEET_AS_CSV, tmp_path)
    assert list(files) == ["book-Bank.csv", "book-Guide.csv", "book-Questions.csv"]
    head, *rows = rows_of(files["book-Questions.csv"])
    stem, answer = head.index("Stem"), head.index("Answer")
    assert [row[stem] for row in rows] == TRAPS
    assert [row[answer].strip() for row in rows] == [celltext.joined([trap], "; ").strip() for trap in TRAPS]
    assert ["title", "=题库"] in rows_of(files["book-Bank.csv"])


def test_a_bank_saved_by_libreoffice_is_the_same_bank(tmp_path: Path) -> None:
    """Opened and saved by another program, the workbook still says every question whole."""
    reader = bankfile.open_bank(BANK)
    questions = list(reader.questions())
    files = convert(written("xlsx", questions, reader.header), "xlsx:Calc MS Excel 2007 XML", tmp_path)
    sheet = openpyxl.load_workbook(io.BytesIO(files["book.xlsx"]))["题库"]
    head, *rows = sheet.iter_rows(values_only=True)
    keys = [sheets.column_of_title(str(title)) for title in head]
    cells = [{k: v for k, v in zip(keys, row, strict=True) if k and v is not None} for row in rows]
    assert sheet_rows.questions(cells) == questions  # type: ignore[arg-type]  # the keys are column names
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert any("单项选择题" in str(formula) for formula in lists)


@pytest.mark.parametrize("name", ["xlsx", "answer-key"])
def test_both_become_pdf(name: str, tmp_path: Path) -> None:
    """The sample bank prints."""
    reader = bankfile.open_bank(BANK)
    files = convert(written(name, list(reader.questions()), reader.header), "pdf", tmp_path)
    assert files["book.pdf"].startswith(b"%PDF-")


def test_the_key_prints_whole(tmp_path: Path) -> None:
    """On paper, every Chinese answer is there to its last sentence, on pages no wider than A4, under a repeated header."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the printed key is NOT checked")
    sentence = "图书馆应当平等服务每一位读者,并尊重其阅读权利。"
    questions: list[model.Question] = [
        model.Essay(
            id=f"e{i}",
            stem=sentence * 3,
            answer="\n".join(f"({k}) {sentence * (1 + k % 4)}end{i}x{k}." for k in range(1, 2 + 3 * i)),
            points=Fraction(5),
        )
        for i in range(8)
    ]
    header = model.Header(qbank=1, title="期末试卷 & 答案", language="zh-CN")
    files = convert(written("answer-key", questions, header), "pdf", tmp_path)
    target = tmp_path / "out" / "book.pdf"
    target.write_bytes(files["book.pdf"])
    text = subprocess.run(
        ["pdftotext", "-layout", str(target), "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    pages = text.split("\f")[:-1]
    joined = "".join(text.split())
    for i in range(8):
        for k in range(1, 2 + 3 * i):
            assert f"end{i}x{k}." in joined
    assert len(pages) > 3
    for page in pages[:-1]:  # the last is the grid
        assert "题号" in page
        assert "分值" in page
    assert "期末试卷 & 答案 参考答案" in pages[1]
    assert "第1页" in "".join(pages[0].split())


@pytest.mark.parametrize("page", ["a4", "letter"])
@pytest.mark.parametrize("layout", ["full", "grid", "rows", "marking"])
def test_every_layout_fits_its_paper(layout: str, page: str, tmp_path: Path) -> None:
    """No column falls on a page of its own: each page has the header row's first column, or begins a sheet."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the printed layouts are NOT checked")
    choices = tuple(model.Choice(id=i, text=i) for i in "ABCD")
    questions: list[model.Question] = [
        model.SingleChoice(
            id=f"q{i}", stem="图书馆应当平等服务每一位读者吗?" * 3, choices=choices, answer="ABCD"[i % 4]
        )
        for i in range(30)
    ]
    questions += [model.Essay(id=f"e{i}", stem="为什么?", answer="因为平等服务。" * 20) for i in range(10)]
    header = model.Header(qbank=1, title="期末试卷", language="zh-CN")
    sink = io.BytesIO()
    ctx = export.Context(header=header, assets=AssetStore(), options={"layout": layout, "page": page, "students": "30"})
    export.get("answer-key").write(questions, sink, ctx)
    files = convert(sink.getvalue(), "pdf", tmp_path)
    target = tmp_path / "out" / "book.pdf"
    target.write_bytes(files["book.pdf"])
    text = subprocess.run(
        ["pdftotext", "-layout", str(target), "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    pages = text.split("\f")[:-1]
    heads = {"full": ("题号", "1-5", "期末"), "grid": ("1-5", "期末"), "rows": ("题号",), "marking": ("序号", "题号")}
    for one in pages:
        assert any(word in one for word in heads[layout]), one[:300]


def test_the_paper_opens_in_a_word_processor(tmp_path: Path) -> None:
    """LibreOffice prints the Word file: every question, choice and formula, page numbers, and a page for the key."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the printed paper is NOT checked")
    reader = bankfile.open_bank(BANK)
    sink = io.BytesIO()
    ctx = export.Context(
        header=reader.header, assets=AssetStore(reader.header.assets, reader.folder), options={"key": "yes"}
    )
    export.get("paper-docx").write(list(reader.questions()), sink, ctx)
    source = tmp_path / "paper.docx"
    source.write_bytes(sink.getvalue())
    run = subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(source),
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "paper.pdf"), "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    joined = "".join(text.split())
    for words in ("借阅期满仍需使用图书", "C.挂失&补办", "一、单项选择题", "参考答案", "把服务与说明对应起来", "第1页"):
        assert words in joined, words
