"""A bank in, findings or files out: what holds whatever the formats are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qbank import bankfile, checks, exporting
from qbank.bankfile import BankError
from qbank.config import Config
from qbank.diagnostics import QbankError
from qbank.exporting import Order
from qbank.model import SingleChoice

TF: dict[str, Any] = {"kind": "true_false", "id": "t", "stem": "?", "answer": True}
PICTURE = {"html": '<p><img src="asset:a.png" alt="x"/></p>'}


def written(folder: Path, name: str, *questions: dict[str, Any], **header: Any) -> str:
    """A bank file."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"qbank": 1, **header, "questions": questions}), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml"])
def test_check_finds_the_same_in_every_form(form: str, tmp_path: Path) -> None:
    """Schema, lint and assets are checked in JSON, JSON Lines and YAML alike."""
    path = tmp_path / f"bank.{form}"
    source = bankfile.open_bank(
        written(tmp_path, "b.json", TF, TF, TF | {"id": "u", "stem": PICTURE}, assets={"b.png": {"base64": "AAAA"}})
    )
    with path.open("wb") as sink:
        bankfile.write(source.header, source.questions(), sink, form)  # type: ignore[arg-type]
    report = checks.check_bank(str(path))
    assert [d.code for d in report] == ["L101", "A001", "A005"]
    assert all(d.source is not None and d.source.line > 0 for d in report)
    settings = Config(tmp_path, ignore=frozenset({"A001"}), error=frozenset({"A005"}))
    found = checks.check_bank(str(path), settings)
    assert [(d.code, d.severity) for d in found] == [("L101", "error"), ("A005", "error")]


def test_an_export_of_a_bank_with_errors_leaves_nothing(tmp_path: Path) -> None:
    """A late error in a bank leaves neither a file nor half of one; `keep_going` leaves the question out and says so."""
    path = written(tmp_path, "b.json", TF, TF | {"id": "u", "stem": "!"}, TF | {"id": "v", "stm": 1})
    out = tmp_path / "out.gift"
    with pytest.raises(BankError, match="has errors and was not exported") as caught:
        exporting.export_file(path, Order(to="gift"), str(out))
    assert [d.code for d in caught.value.report] == ["S002"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.json"]
    done = exporting.export_file(path, Order(to="gift", keep_going=True), str(out))
    assert done.written == 2
    assert out.stat().st_size > 0


def test_a_bank_in_memory_is_checked_too() -> None:
    """Exporting a bank that was never in a file refuses the same errors."""
    from qbank.model import Bank, Choice, Header

    choices = (Choice(id="A", text="a"), Choice(id="B", text="b"))
    bank = Bank(header=Header(qbank=1), questions=(SingleChoice(id="q", stem="?", choices=choices, answer="C"),))
    with pytest.raises(BankError, match="L103"):
        exporting.export_file(bank, Order(to="gift"), "-")


@pytest.mark.parametrize(
    ("out", "name"),
    [
        ("a.xml", "moodle-xml"),
        ("a.GIFT", "gift"),
        ("b/c.zip", "qti21"),
        ("a.xlsx", "xlsx"),
        ("a.json", "qbank"),
        ("a.yml", "qbank"),
    ],
)
def test_formats_are_told_from_names(out: str, name: str) -> None:
    """The ending of a file names its format."""
    assert exporting.format_for(out) == name


def test_an_unknown_ending_is_refused_with_what_there_is() -> None:
    """No guess where the name says nothing."""
    with pytest.raises(QbankError, match="use --to") as caught:
        exporting.format_for("a.doc")
    assert "moodle-xml" in str(caught.value)
