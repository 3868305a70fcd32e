"""Import sheets of quiz platforms as they are written: the template's own rows, texts that stay texts, limits that are kept."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

import openpyxl
import pytest
from artefacts import artefact

from qbank import export
from qbank.diagnostics import QbankError
from qbank.model import (
    Accepted,
    Choice,
    Feedback,
    Header,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)

TRAPS = ("=1+1", "1-5", "001", "TRUE")


def choice(*texts: str, answer: str = "A", stem: str = "Which?") -> SingleChoice:
    """A single choice of these texts."""
    choices = tuple(Choice(id="ABCDEFGHIJKL"[i], text=text) for i, text in enumerate(texts))
    return SingleChoice(id="q1", stem=stem, choices=choices, answer=answer)


def written(
    name: str, *questions: Question, options: dict[str, str] | None = None, language: str = "en"
) -> tuple[bytes, export.Context]:
    """What an exporter makes of some questions, and its losses."""
    ctx = export.Context(header=Header(qbank=1, language=language, title="Mine"), options=options or {})
    return artefact(name, questions, ctx)


def cells(data: bytes) -> list[list[object]]:
    """The rows of the first sheet."""
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)]


def lines(data: bytes) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def losses(ctx: export.Context) -> list[tuple[str, str]]:
    """Code and pointer of each loss."""
    return [(d.code, d.pointer) for d in ctx.report]


def test_kahoot_rows() -> None:
    """The header stands in row 8 behind an empty first column; keys are numbers."""
    both = MultipleChoice(id="m", stem="Both?", choices=choice("a1", "b1", "c1").choices, answer=("A", "C"))
    rows = cells(written("kahoot", choice("a1", "b1", answer="B"), both)[0])
    assert rows[1][1] == "Quiz template"
    assert str(rows[7][1]).startswith("Question - max 120")
    assert rows[8] == [1, "Which?", "a1", "b1", None, None, 20, "2"]
    assert rows[9][-1] == "1,3"


def test_limits_are_kept_and_told() -> None:
    """A longer text is cut, a fifth choice that is wrong is left out, and both are losses with their places."""
    data, ctx = written("kahoot", choice("x" * 80, "b1", "c1", "d1", "e1", answer="E", stem="y" * 130))
    row = cells(data)[8]
    assert [len(str(row[i])) for i in (1, 2)] == [120, 75]
    assert row[2:6] == ["x" * 74 + "…", "b1", "c1", "e1"]
    assert row[-1] == "4"
    assert losses(ctx) == [("X305", "/choices"), ("X305", "/answer"), ("X305", "/choices/0/text"), ("X305", "/stem")]


def test_more_right_choices_than_there_is_room_for() -> None:
    """A question that no leaving out can save is left out itself."""
    many = choice("a1", "b1", "c1", "d1", "e1").choices
    _, ctx = written("blooket", MultipleChoice(id="m", stem="All?", choices=many, answer=tuple("ABCDE")))
    assert losses(ctx) == [("X104", "")]


@pytest.mark.parametrize(
    "name", ["sheet", "kaoshibao", "kahoot", "quizizz", "socrative", "wooclap", "motibang", "chaoxing"]
)
def test_cells_of_workbooks_stay_texts(name: str) -> None:
    """What looks like a formula, a date, a number or a truth value is a text cell."""
    data, _ = written(name, choice(*TRAPS, stem="@SUM(A1)"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {
        cell.value: cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None
    }
    assert {found[text] for text in (*TRAPS, "@SUM(A1)")} == {"s"}


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd", "-OH", "\t=1"])
def test_no_cell_of_a_text_file_is_a_formula(text: str) -> None:
    """A space keeps it a text where the file is opened as a sheet; the change is a loss. A plain number stays."""
    data, ctx = written("blooket", choice(text, "-5"))
    row = lines(data)[-1]
    assert row[2:4] == [f" {text.strip()}", "-5"]
    assert ("X305", "/choices") in losses(ctx)


def test_gimkit_puts_the_right_choice_first() -> None:
    """One right answer, up to three wrong ones; multiple choices are left out."""
    data, ctx = written("gimkit", choice("a1", "b1", "c1", answer="B"))
    assert lines(data)[-1] == ["Which?", "b1", "a1", "c1", ""]
    assert losses(ctx) == [("X208", "/choices"), ("X208", "/answer")]


def test_true_and_false_in_the_words_of_the_platform() -> None:
    """对 and 错 as choices with a letter, or the word itself."""
    judged = TrueFalse(id="t", stem="真的。", answer=False)
    assert cells(written("kaoshibao", judged, language="zh-CN")[0])[2][1:4] == ["判断题", "对", "错"]
    assert cells(written("kaoshibao", judged, language="zh-CN")[0])[2][10] == "B"
    assert "错" in cells(written("motibang", judged, language="zh-CN")[0])[1]


def test_accepted_answers() -> None:
    """Wayground takes them as options; the generic sheet joins them; a tolerance is kept only where it is understood."""
    short = ShortAnswer(id="s", stem="Where?", answer=(Accepted(text="Paris"), Accepted(text="paris")))
    assert cells(written("quizizz", short)[0])[2][1:4] == ["Fill-in-the-Blank", "Paris", "paris"]
    assert "Paris;paris" in cells(written("sheet", short)[0])[1]
    answer = NumericAnswer(value=Fraction("3.14"), tolerance=Fraction("0.01"))
    number = Numeric(id="n", stem="Pi?", answer=(answer,))
    assert "3.14 ± 0.01" in cells(written("sheet", number)[0])[1]
    assert ("X307", "/answer/0") in losses(written("quizizz", number)[1])


def test_the_same_as_text_file() -> None:
    """`file` chooses commas or tabs; the generic sheet begins with a mark so that Excel reads Chinese."""
    data, _ = written("sheet", choice("甲", "乙"), options={"file": "csv"}, language="zh-CN")
    assert data.startswith(b"\xef\xbb\xbf")
    assert lines(data)[1][:4] == ["单选题", "Which?", "甲", "乙"]
    assert b"\t" in written("sheet", choice("a1", "b1"), options={"file": "tsv"})[0]


def test_headings_of_the_users_own() -> None:
    """`columns` renames headings, or gives all in their order."""
    renamed, _ = written("sheet", choice("a1", "b1"), options={"columns": "stem=Frage,answer=Antwort"})
    assert {"Frage", "Antwort", "Option A"} <= set(cells(renamed)[0])
    ordered, _ = written("sheet", choice("a1", "b1"), options={"columns": "answer,stem,A,B"})
    assert cells(ordered) == [["Answer", "Question", "Option A", "Option B"], ["A", "Which?", "a1", "b1"]]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("kahoot", {"time": "7"}),
        ("blooket", {"time": "900"}),
        ("sheet", {"file": "pdf"}),
        ("sheet", {"columns": "odd=x"}),
    ],
)
def test_options_that_mean_nothing(name: str, options: dict[str, str]) -> None:
    """An option that the platform would not take is refused before anything is written."""
    with pytest.raises(QbankError, match="--option"):
        written(name, choice("a1", "b1"), options=options)


def test_kinds_that_are_not_published() -> None:
    """A kind whose word is not in what is published of a template is written and told."""
    _, ctx = written("kaoshibao", ShortAnswer(id="s", stem="Where?", answer=(Accepted(text="Paris"),)))
    assert losses(ctx) == [("X317", "")]


def test_blackboard_lines() -> None:
    """A type, tabs, and no line break within a question."""
    data, ctx = written("blackboard-tab", choice("a\nb", "c", stem="One\tTwo"))
    assert data.decode() == "MC\tOne Two\ta b\tcorrect\tc\tincorrect\r\n"
    assert sorted(losses(ctx)) == [("X305", "/choices/0/text"), ("X305", "/stem")]


def test_anki_front_never_begins_a_setting() -> None:
    """A line that begins with # would be a setting of the file."""
    data, _ = written("anki", ShortAnswer(id="s", stem="#include", answer=(Accepted(text="C"),)))
    assert data.decode().splitlines()[-1].startswith("&#35;include\tC")


@pytest.mark.parametrize("name", ["brightspace-csv", "blooket", "gimkit"])
@pytest.mark.parametrize("trap", ["=1+1", "+1+cmd|x", "-2+3+cmd|x", "@SUM(1,1)", "\t=1+1"])
def test_no_cell_of_a_csv_file_is_a_formula(name: str, trap: str) -> None:
    """Stem, title, choices and feedback that begin as formulas do get a space before them, and each is a loss."""
    choices = (Choice(id="a", text=trap, feedback=trap), Choice(id="b", text=f"{trap}0"))
    question = SingleChoice(
        id="q1", stem=trap, title=trap.strip(), choices=choices, answer="a", feedback=Feedback(general=trap)
    )
    data, ctx = written(name, question)
    assert not [cell for row in lines(data) for cell in row if cell[:1] in {"=", "+", "-", "@", "\t"}]
    assert {"X305"} <= {code for code, _ in losses(ctx)}
