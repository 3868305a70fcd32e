"""An edited workbook back into its bank: the cells win, the rest stays, and nothing goes without being named."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
import strategies
from click.testing import CliRunner, Result
from hypothesis import given, settings

from qbank import bankfile, export, exporting, model, reading
from qbank.assets import AssetStore
from qbank.cli import cli
from qbank.reimport import merging

SAMPLE = Path(__file__).parent / "bank" / "all.json"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """The sample bank with its media, in a folder of its own, and its workbook beside it."""
    target = tmp_path / "bank.json"
    whole = bankfile.load(SAMPLE)
    with target.open("wb") as sink:
        bankfile.write(whole.header, whole.questions, sink, "json")
    for file in (SAMPLE.parent / "media").iterdir():
        (tmp_path / "media").mkdir(exist_ok=True)
        (tmp_path / "media" / file.name).write_bytes(file.read_bytes())
    exporting.export_file(str(target), exporting.Order("xlsx", drafts=True), str(tmp_path / "x.xlsx"))
    return target


def edit(bank: Path, change: Callable[[Any, dict[str, int]], None]) -> None:
    """Change the sheet of questions; the change is given the sheet and the columns by their titles."""
    path = bank.parent / "x.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["题库"]
    change(sheet, {cell.value: cell.column for cell in sheet[1]})
    book.save(path)


def merge(bank: Path, *more: str) -> Result:
    """`qbank import x.xlsx -o bank.json --merge`."""
    return CliRunner().invoke(cli, ["import", str(bank.parent / "x.xlsx"), "-o", str(bank), "--merge", *more])


def row_of(sheet: Any, name: str) -> int:
    """The row of a question."""
    return next(int(cell.row) for cell in sheet["A"] if cell.value == name)


def test_a_workbook_nobody_edited_changes_nothing(bank: Path) -> None:
    """Byte for byte."""
    before = bank.read_bytes()
    done = merge(bank)
    assert done.exit_code == 0, done.output
    assert bank.read_bytes() == before
    assert "questions changed: 0; new: 0" in done.output


def test_cells_win_and_the_rest_stays(bank: Path) -> None:
    """Without the column More, an edited stem counts, and formatting, feedback, source and media stay."""
    before = {q.id: q for q in bankfile.load(bank).questions}

    def change(sheet: Any, columns: dict[str, int]) -> None:
        row = row_of(sheet, "lib-multi-1")
        sheet.cell(row, columns["分值"]).value = 7
        sheet.cell(row, columns["B"]).value = "改过的选项"
        sheet.delete_cols(columns["其他"])

    edit(bank, change)
    done = merge(bank)
    assert done.exit_code == 0, done.output
    after = {q.id: q for q in bankfile.load(bank).questions}
    assert [name for name in after if after[name] != before[name]] == ["lib-multi-1"]
    old, new = before["lib-multi-1"], after["lib-multi-1"]
    assert isinstance(old, model.MultipleChoice)
    assert isinstance(new, model.MultipleChoice)
    assert (new.points, new.choices[1].text) == (Fraction(7), "改过的选项")
    assert (new.stem, new.feedback, new.hints, new.choices[2:]) == (old.stem, old.feedback, old.hints, old.choices[2:])


def test_new_rows_get_ids_and_stand_where_they_stand(bank: Path) -> None:
    """Behind the row they were put below."""

    def change(sheet: Any, columns: dict[str, int]) -> None:
        sheet.insert_rows(3)
        for title, value in {"题型": "判断题", "题干": "新题。", "答案": "对"}.items():
            sheet.cell(3, columns[title]).value = value

    edit(bank, change)
    assert merge(bank).exit_code == 0
    after = bankfile.load(bank).questions
    assert after[0].id == "lib-single-1"
    assert isinstance(after[1], model.TrueFalse)
    assert (after[1].stem, after[1].answer) == ("新题。", True)
    assert after[1].id


def test_a_row_taken_out_is_kept_until_prune(bank: Path) -> None:
    """It is named either way, and pruning leaves a copy of the bank."""
    edit(bank, lambda sheet, columns: sheet.delete_rows(row_of(sheet, "lib-tf-1")))
    done = merge(bank)
    assert "R075" in done.output
    assert "lib-tf-1" in {q.id for q in bankfile.load(bank).questions}
    done = merge(bank, "--prune")
    assert "R075" in done.output
    assert "lib-tf-1" not in {q.id for q in bankfile.load(bank).questions}
    assert Path(f"{bank}.bak").is_file()


def test_a_row_that_cannot_be_read_leaves_its_question_alone(bank: Path) -> None:
    """Named by its cell, not taken for one that was taken out, not even with --prune."""
    before = bank.read_bytes()

    def change(sheet: Any, columns: dict[str, int]) -> None:
        sheet.cell(row_of(sheet, "lib-single-1"), columns["答案"]).value = "Z"
        sheet.cell(row_of(sheet, "lib-num-1"), columns["答案"]).value = "viel"
        sheet.cell(row_of(sheet, "lib-tf-1"), columns["题型"]).value = "谜语"

    edit(bank, change)
    done = merge(bank, "--prune")
    assert bank.read_bytes() == before
    assert done.output.count("R039") == 3
    assert "R075" not in done.output
    assert "题库!N2: " in done.output


def test_a_sorted_sheet_does_not_sort_the_bank(bank: Path) -> None:
    """The bank's order is the bank's."""
    before = bank.read_bytes()

    def change(sheet: Any, columns: dict[str, int]) -> None:
        first = [cell.value for cell in sheet[2]]
        third = [cell.value for cell in sheet[4]]
        for i, (one, other) in enumerate(zip(first, third, strict=True), 1):
            sheet.cell(2, i).value, sheet.cell(4, i).value = other, one

    edit(bank, change)
    assert merge(bank).exit_code == 0
    assert bank.read_bytes() == before


def test_what_update_and_a_plain_import_say(bank: Path) -> None:
    """Neither takes a workbook for a paper, and both name --merge."""
    edit(bank, lambda sheet, columns: sheet.delete_rows(2))
    before = bank.read_bytes()
    for arguments in (["--update"], []):
        done = CliRunner().invoke(cli, ["import", str(bank.parent / "x.xlsx"), "-o", str(bank), *arguments])
        assert done.exit_code != 0
        assert "--merge" in str(done.exception) + done.output
    assert bank.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [["--merge", "--update"], ["--merge", "--overwrite"], ["--merge", "-o", "-"], ["--merge", "-o", "none.json"]],
)
def test_merge_alone_and_into_a_bank(bank: Path, arguments: list[str]) -> None:
    """It goes with no other mode, and not into nothing."""
    done = CliRunner().invoke(cli, ["import", str(bank.parent / "x.xlsx"), "-o", str(bank), *arguments])
    assert done.exit_code != 0
    assert "--merge" in str(done.exception)


def test_a_paper_is_no_workbook(bank: Path) -> None:
    """Only a file with the bank's ids can be merged."""
    paper = bank.parent / "p.txt"
    paper.write_text("1. 首都是哪里？\nA. 北京\nB. 上海\n答案：A\n", "utf-8")
    done = CliRunner().invoke(cli, ["import", str(paper), "-o", str(bank), "--merge"])
    assert "read as" in str(done.exception)


def without_empty_feedback(question: Any) -> Any:
    """The question; feedback that says nothing is none."""
    subs = tuple(without_empty_feedback(sub) for sub in getattr(question, "questions", ()))
    if subs:
        question = msgspec.structs.replace(question, questions=subs)
    return msgspec.structs.replace(question, feedback=None) if question.feedback == model.Feedback() else question


@settings(max_examples=25)
@given(strategies.banks())
def test_any_bank_merges_with_its_own_workbook(bank: model.Bank) -> None:
    """Whatever a bank holds, its unedited workbook changes nothing in it."""
    seen: set[str] = set()
    unique = []
    for question in bank.questions:
        names = [question.id, *(sub.id for sub in getattr(question, "questions", ()))]
        if not seen & set(names) and len(set(names)) == len(names):
            unique.append(without_empty_feedback(question))
            seen |= set(names)
    ctx = export.Context(header=bank.header, assets=AssetStore(bank.header.assets))
    sink = io.BytesIO()
    export.get("xlsx").write(unique, sink, ctx)
    there = reading.Context(bank=merging.by_id(unique))
    found = list(reading.get("xlsx").read(reading.Document("x.xlsx", sink.getvalue()), there))
    unread = [d.question for d in there.report if d.code == "R039"]
    assert merging.merged(unique, found, unread).questions == unique


def test_a_group_keeps_the_parts_that_have_no_row() -> None:
    """In their places; with prune they go, and each is named."""
    parts = tuple(model.TrueFalse(id=f"p{i}", stem=str(i), answer=True) for i in range(4))
    group = model.Group(id="g", stem="Read.", questions=parts)
    edited = model.Group(id="g", stem="Read it.", questions=(parts[0], parts[3]))
    done = merging.merged([group], [edited], ["p1"])
    assert isinstance(done.questions[0], model.Group)
    assert done.questions[0].questions == parts
    assert done.questions[0].stem == "Read it."
    assert [d.question for d in done.findings] == ["p2"]
    pruned = merging.merged([group], [edited], ["p1"], prune=True)
    assert isinstance(pruned.questions[0], model.Group)
    assert pruned.questions[0].questions == (parts[0], parts[1], parts[3])
