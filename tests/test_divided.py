"""Exports that other processes render: the same bytes and the same losses whatever their number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import hostile_bank

from qbank import bankfile, export, exporting, parallel
from qbank.diagnostics import QbankError
from qbank.model import Asset, Choice, Header, Html, MultipleChoice, Question, SingleChoice

BANKS = Path(__file__).parent / "bank"
DIVIDED = [name for name in export.names() if isinstance(export.get(name), export.Divided)]
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="


def contested() -> Iterator[Question]:
    """Questions that want the same names, in an order that no run of them can foresee."""
    choices = (Choice(id="A", text="one"), Choice(id="B", text="two", feedback="读者"))
    common: dict[str, Any] = {"choices": choices, "answer": "A"}
    for i in range(40):
        shown = Html(html=f'<p>See {i} <img src="asset:{"Plan.png" if i % 2 else "plan.png"}" alt="a plan"/></p>')
        yield SingleChoice(id=f"n.{i % 30}.{i}", stem=shown, category=("地理",) if i % 3 else (), **common)
        yield SingleChoice(id=f"N_{i % 30}_{i}", stem=f"Which is {i}?", **common)
        yield SingleChoice(id=f"n_{i % 30}_{i}", stem=f"Which one is {i}?", category=("A/B", f"{i // 15}"), **common)
        own = {"gift": {"id": f"shared {i % 7}"}, "moodle-xml": {"idnumber": f"shared {i % 7}"}}
        yield MultipleChoice(id=f"m{i}", stem=f"Which ones, {i}?", choices=choices, answer=("A",), extensions=own)
        yield SingleChoice(id=f"u{i}", stem=f"Unknown {i}?", choices=choices, answer=None, status="draft")
        yield SingleChoice(id=f"w{i}", stem=f"Wrong {i}?", choices=choices, answer="Z")


def bank(path: Path) -> None:
    """A bank of all that is hard to write, with lines that are at fault among it."""
    samples = [q for name in sorted(BANKS.glob("*.json")) for q in bankfile.open_bank(name).questions()]
    assets = {name: Asset(base64=PICTURE, media_type="image/png", alt="a plan") for name in ("plan.png", "Plan.png")}
    everything = [*hostile_bank.questions(hostile_bank.TEXTS[::4]), *contested(), *samples]
    with path.open("wb") as sink:
        bankfile.write(Header(qbank=1, title="hard", assets=assets), everything, sink, "jsonl")
    head, *lines = path.read_bytes().splitlines(keepends=True)
    for i in range(20, len(lines), 40):
        lines[i] += lines[i - 15] + b'{"kind":"essay"}\n'
    path.write_bytes(b"".join([head, *lines]))


@pytest.mark.parametrize(
    ("to", "options"),
    [(name, {}) for name in DIVIDED if name != "qti22"]
    + [
        ("moodle-xml", {"split": "category", "groups": "cloze"}),
        ("moodle-xml", {"split": "7", "category": "Year 1"}),
        ("gift", {"version": "4.5"}),
        ("qti21", {"sections": "paper", "test": "no"}),
    ],
)
def test_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, options: dict[str, str]) -> None:
    """Names that two runs want, categories, pictures, drafts and questions with errors come out as in one process."""
    monkeypatch.setattr(parallel, "RUN", 20_000)
    path = tmp_path / "bank.jsonl"
    bank(path)
    done = {}
    for jobs in (1, 2, 5):
        order = exporting.Order(to=to, options=options, keep_going=True, jobs=jobs, drafts=True, unanswered="ungraded")
        made = exporting.export_file(str(path), order, str(tmp_path / f"{jobs}"))
        done[jobs] = (tmp_path / f"{jobs}").read_bytes(), list(made.report), made.questions, made.written
    assert done[1][3] > 200
    assert {d.code for d in done[1][1]} >= {"X104", "X305"}
    assert done[2] == done[1]
    assert done[5] == done[1]


def test_the_same_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank with errors is refused in the same words, with the same errors."""
    monkeypatch.setattr(parallel, "RUN", 20_000)
    path = tmp_path / "bank.jsonl"
    bank(path)
    said = []
    for jobs in (1, 2):
        with pytest.raises(bankfile.BankError) as refused:
            exporting.export_file(str(path), exporting.Order(to="gift", jobs=jobs), str(tmp_path / "out"))
        said.append((str(refused.value), list(refused.value.report)))
    assert said[0] == said[1]
    assert not (tmp_path / "out").exists()


def test_what_fails_elsewhere_is_said_here(tmp_path: Path) -> None:
    """A template of the user's that cannot be rendered ends the export with the sentence it has in one process."""
    path, templates = tmp_path / "bank.jsonl", tmp_path / "templates"
    bank(path)
    (templates / "gift").mkdir(parents=True)
    (templates / "gift" / "choice.j2").write_text("[[ nothing.of.the.kind ]]", encoding="utf-8")
    said = []
    for jobs in (1, 2):
        order = exporting.Order(to="gift", jobs=jobs, keep_going=True, templates=str(templates))
        with pytest.raises(QbankError) as refused:
            exporting.export_file(str(path), order, str(tmp_path / "out"))
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_errors_alone(tmp_path: Path) -> None:
    """Looking for errors alone finds the errors that all rules find, and nothing else."""
    from qbank.lint import Linter

    path = tmp_path / "bank.jsonl"
    bank(path)
    every, errors = Linter(), Linter(errors=True)
    asked = list(bankfile.open_bank(path))
    found = [d for pointer, question in asked for d in every.check(question, pointer)]
    assert [d for pointer, question in asked for d in errors.check(question, pointer)] == [
        d for d in found if d.severity == "error"
    ]
    assert json.dumps([d.code for d in found if d.severity == "error"]).count("L103") >= 40
