"""The marking sheets, recalculated by LibreOffice, give every response the points that the bank gives it."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qbank import export, model
from qbank.assets import AssetStore

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed: marking sheets are NOT recalculated"),
]
SHEETS_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
F = Fraction
ABCD = tuple(model.Choice(id=f"c{i}", text=text) for i, text in enumerate(("red", "green", "blue", "black")))
WEIGHED = tuple(
    model.Choice(id=f"c{i}", text=f"t{i}", weight=weight) for i, weight in enumerate((F(1), F(1, 2), F(0), F(-1, 2)))
)
SHARED = tuple(
    model.Choice(id=f"c{i}", text=f"t{i}", weight=weight)
    for i, weight in enumerate((F(1, 3), F(2, 3), F(-1, 2), F(-1)))
)
Case = tuple[model.Question, dict[str, object]]
"""A question, and what each response to it earns; a response to a question that a person marks is a number."""


def gaps(*blanks: model.Blank) -> model.Cloze:
    """A text with those gaps."""
    html = "<p>" + "".join(f'<blank id="{blank.id}"/>' for blank in blanks) + "</p>"
    return model.Cloze(id="gaps", stem=model.Html(html=html), blanks=blanks, points=F(6))


def accepted(*texts: tuple[str, Fraction]) -> tuple[model.Accepted, ...]:
    """Texts with their weights."""
    return tuple(model.Accepted(text=text, weight=weight) for text, weight in texts)


def numeric(id: str, *answers: model.NumericAnswer, **more: Any) -> model.Numeric:
    """A question for a number."""
    return model.Numeric(id=id, stem="?", answer=answers, **more)


def multiple(id: str, scoring: str, choices: tuple[model.Choice, ...] = ABCD) -> model.MultipleChoice:
    """A question whose answer is the first and the third of four choices, worth 4."""
    return model.MultipleChoice(id=id, stem="?", choices=choices, answer=("c0", "c2"), scoring=scoring, points=F(4))  # type: ignore[arg-type]


CASES: list[Case] = [
    (
        model.SingleChoice(id="single", stem="?", choices=ABCD, answer="c1", points=F(2)),
        {"B": 2, " b. ": 2, "Ｂ": 2, "A": 0, "AB": 0, "E": 0, "": 0},
    ),
    (
        model.SingleChoice(id="weighed", stem="?", choices=WEIGHED, answer="c0", scoring="weighted", points=F(2)),
        {"A": 2, "B": 1, "C": 0, "D": -1},
    ),
    (multiple("each", "each_correct"), {"AC": 4, "CA": 4, "a, c": 4, "A": 2, "AB": 0, "ABC": 0, "ABCD": 0, "D": 0}),
    (multiple("exact", "all_or_nothing"), {"AC": 4, "A、C": 4, "A": 0, "ACD": 0, "ＡＣ": 4, "AAC": 0}),
    (multiple("balanced", "balanced"), {"AC": 4, "A": 2, "AB": 0, "ACB": 2, "ABCD": 0, "BD": 0}),
    (multiple("shares", "weighted", SHARED), {"AB": 4, "A": F(4, 3), "BC": F(2, 3), "AC": 0, "D": 0}),
    (
        model.TrueFalse(id="true", stem="?", answer=True, points=F(3)),
        {"√": 3, "对": 3, "T": 3, "true": 3, "正确": 3, "×": 0, "F": 0, "错": 0, "?": 0, "*": 0},
    ),
    (model.TrueFalse(id="false", stem="?", answer=False), {"×": 1, "x": 1, "False": 1, "错误": 1, "√": 0, "T": 0}),
    (
        model.ShortAnswer(
            id="words",
            stem="?",
            answer=accepted(
                ("New York", F(1)), ("纽约", F(1, 2)), ('say "hi" {x}', F(1)), ("Berlin", F(0)), ("=1+1", F(1))
            ),
            points=F(2),
        ),
        {"new york": 2, " New  York ": 2, "纽约": 1, 'SAY "hi" {x}': 2, "Berlin": 0, "York": 0, "=1+1": 2, "New*": 0},
    ),
    (
        model.ShortAnswer(id="case", stem="?", answer=accepted(("pH", F(1))), case_sensitive=True),
        {"pH": 1, "PH": 0, " pH": 1},
    ),
    (
        model.ShortAnswer(
            id="wild", stem="?", answer=accepted(("colo*r?", F(1)), ("a*", F(1, 2))), wildcard=True, points=F(2)
        ),
        {"colour?": 2, "COLOR?": 2, "colours": 0, "my color?": 0, "abc": 1, "bca": 0},
    ),
    (
        numeric(
            "number",
            model.NumericAnswer(value=F(5, 2), tolerance=F(1, 20)),
            model.NumericAnswer(min=F(2), max=F(3), weight=F(1, 2)),
            points=F(2),
        ),
        {
            "2.5": 2,
            "2.45": 2,
            "2.55": 2,
            "2.56": 1,
            "3": 1,
            "3.001": 0,
            "2,5": 0,
            "25e-1": 2,
            "x": 0,
            "2.5 m": 0,
            "250%": 0,
            "1/2": 0,
        },
    ),
    (
        numeric("minus", model.NumericAnswer(value=F(-7, 10), tolerance=F(1, 10))),
        {"-0.6": 1, "−0.8": 1, "-0.81": 0, "0.7": 0},
    ),
    (
        numeric(
            "units",
            model.NumericAnswer(value=F(6, 5), tolerance=F(1, 100)),
            units=(model.Unit(name="cm", factor=F(1, 100)), model.Unit(name="m")),
        ),
        {"1.2": 1, "1.2 m": 1, "1.2m": 1, "120 cm": 1, "121cm": 1, "122 cm": 0, "1.2 km": 0, "120": 0},
    ),
    (
        numeric("unit", model.NumericAnswer(value=F(5)), units=(model.Unit(name="$"),), unit_required=True),
        {"$5": 1, "5 $": 1, "5": 0},
    ),
    (
        model.Matching(
            id="pairs",
            stem="?",
            prompts=tuple(model.Prompt(id=f"p{i}", text=str(i)) for i in range(3)),
            choices=ABCD,
            answer={"p0": "c2", "p1": "c0", "p2": "c1"},
            points=F(3),
        ),
        {"CAB": 3, "C A B": 3, "1-C, 2-A, 3-B": 3, "CBA": 1, "_AB": 2, "C": 1, "ABC": 0},
    ),
    (
        model.Ordering(
            id="order",
            stem="?",
            items=tuple(model.Item(id=f"i{i}", text=str(i)) for i in range(3)),
            answer=("i1", "i2", "i0"),
            scoring="each_position",
            points=F(3),
        ),
        {"BCA": 3, "B → C → A": 3, "BAC": 1, "ABC": 0},
    ),
    (
        model.Ordering(
            id="whole",
            stem="?",
            items=tuple(model.Item(id=f"i{i}", text=str(i)) for i in range(3)),
            answer=("i1", "i2", "i0"),
        ),
        {"bca": 1, "BAC": 0, "BC": 0},
    ),
    (model.Essay(id="essay", stem="?", answer="...", points=F(10)), {"7": 7, "12": 10, "-1": 0, "7.5": F(15, 2)}),
    (model.SingleChoice(id="open", stem="?", choices=ABCD, points=F(2)), {"1": 1, "3": 2}),
]
GAPS = gaps(
    model.TextBlank(id="a", answer=accepted(("H", F(1)), ("hydrogen", F(1, 2)))),
    model.NumericBlank(id="b", answer=(model.NumericAnswer(value=F(8)),), share=2),
    model.ChoiceBlank(id="c", choices=ABCD, answer="c3", share=3),
)
GAP_CASES: list[dict[str, object]] = [
    {"H": 1, "Hydrogen": F(1, 2), "x": 0},
    {"8": 2, "8.0": 2, "9": 0},
    {"D": 3, "black": 3, "B": 0, "red": 0},
]


def recalculated(data: bytes, folder: Path) -> dict[str, list[list[str]]]:
    """Each sheet as LibreOffice calculates it."""
    source = folder / "marking.xlsx"
    source.write_bytes(data)
    run = subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            SHEETS_AS_CSV,
            "--outdir",
            str(folder / "out"),
            str(source),
        ],
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {
        path.stem.partition("-")[2]: list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))
        for path in (folder / "out").iterdir()
    }


def test_every_response_earns_what_the_bank_says(tmp_path: Path) -> None:
    """Single, multiple in all four policies, words, numbers, units, gaps, pairs, orders and points typed by hand."""
    columns: list[tuple[str, dict[str, object]]] = [(question.id, earned) for question, earned in CASES]
    columns += [(f"gap {i}", earned) for i, earned in enumerate(GAP_CASES)]
    ctx = export.Context(
        header=model.Header(qbank=1, title="T", language="en"),
        assets=AssetStore(),
        options={"layout": "marking", "sections": "none", "students": "20"},
    )
    sink = io.BytesIO()
    export.get("answer-key").write([*(question for question, _ in CASES), GAPS], sink, ctx)
    book = openpyxl.load_workbook(sink)
    sheet = book["Responses"]
    for i, (_, earned) in enumerate(columns):
        for j, response in enumerate(earned):
            cell = sheet.cell(7 + j, 4 + i)
            typed = cell.number_format != "@"
            cell.value = float(response) if typed else response
            if not typed:
                cell.data_type = "s"
    saved = io.BytesIO()
    book.save(saved)
    scores = recalculated(saved.getvalue(), tmp_path)["Scores"]
    wrong = []
    for i, (name, earned) in enumerate(columns):
        for j, (response, points) in enumerate(earned.items()):
            found = scores[6 + j][5 + i]
            if not found or abs(float(found) - float(points)) > 1e-5:  # type: ignore[arg-type]
                wrong.append(f"{name}: {response!r} earned {found!r}, not {points}")
    assert not wrong, "\n".join(wrong)


def test_totals_and_figures(tmp_path: Path) -> None:
    """Totals, shares, means, facilities and counts of letters; a row with nothing in it counts nowhere."""
    questions = [
        model.SingleChoice(id="a", stem="?", choices=ABCD, answer="c1", points=F(2)),
        model.TrueFalse(id="b", stem="?", answer=True),
        model.Essay(id="c", stem="?", points=F(5)),
    ]
    ctx = export.Context(
        header=model.Header(qbank=1, title="T", language="zh"),
        assets=AssetStore(),
        options={"layout": "marking", "students": "5"},
    )
    sink = io.BytesIO()
    export.get("answer-key").write(questions, sink, ctx)
    book = openpyxl.load_workbook(sink)
    for row, typed in enumerate([("B", "√", 5), ("A", "√", 3), ("B", None, None)], 7):
        for column, value in enumerate(typed, 4):
            book["登记"].cell(row, column).value = value
    saved = io.BytesIO()
    book.save(saved)
    sheets = recalculated(saved.getvalue(), tmp_path)
    assert [(row[3], row[4]) for row in sheets["得分"][6:11]] == [
        ("8", "100%"),
        ("4", "50%"),
        ("2", "25%"),
        ("", ""),
        ("", ""),
    ]
    figures = [[_rounded(cell) for cell in row] for row in sheets["统计"]]
    assert figures[2][:4] == ["3", "4.67", "8", "2"]
    assert figures[2][5].startswith("33")
    single, judge, essay = figures[5:8]
    assert single[4:6] == ["1.33", "0.67"]
    assert single[8:13] == ["1", "2", "0", "0", "0"]
    assert judge[4:6] == ["0.67", "0.67"]
    assert judge[12] == "1"
    assert essay[4:6] == ["2.67", "0.53"]


def _rounded(cell: str) -> str:
    """A figure to two places; anything else as it is."""
    try:
        return f"{round(float(cell), 2):g}"
    except ValueError:
        return cell
