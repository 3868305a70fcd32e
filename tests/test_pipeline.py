"""Files in, a bank; a bank in, files out: what holds whatever the formats are."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from qbank import bankfile, joining, pipeline
from qbank.bankfile import BankError
from qbank.config import Config
from qbank.diagnostics import QbankError
from qbank.model import Asset, Group, Html, SingleChoice, TrueFalse
from qbank.pipeline import Order

TF: dict[str, Any] = {"kind": "true_false", "id": "t", "stem": "?", "answer": True}
PICTURE = {"html": '<p><img src="asset:a.png" alt="x"/></p>'}


def written(folder: Path, name: str, *questions: dict[str, Any], **header: Any) -> str:
    """A bank file."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"qbank": 1, **header, "questions": questions}), encoding="utf-8")
    return str(path)


def test_questions_of_several_files_get_ids_of_their_own(tmp_path: Path) -> None:
    """An id that is taken gets a number, in groups too, and it is said."""
    group = {"kind": "group", "id": "g", "stem": "x", "questions": [TF]}
    one, two = written(tmp_path, "1.json", TF, TF | {"id": "u"}), written(tmp_path, "2.json", group, TF)
    done = pipeline.import_files([one, two], source="qbank")
    assert [q.id for q in done.questions] == ["t", "u", "g", "t-3"]
    assert isinstance(done.questions[2], Group)
    assert done.questions[2].questions[0].id == "t-2"
    assert [d.code for d in done.report] == ["R021", "R021"]
    assert [(f.questions, f.answered) for f in done.files] == [(2, 2), (2, 2)]


def test_pictures_with_one_name_stay_two_pictures(tmp_path: Path) -> None:
    """Two banks that each have an `a.png` keep their own; the same picture twice is one."""
    banks = [
        written(tmp_path / name, "bank.json", TF | {"id": name, "stem": PICTURE}, assets={"a.png": {"base64": data}})
        for name, data in (("one", "AAAA"), ("two", "BBBB"), ("three", "AAAA"))
    ]
    done = pipeline.import_files(banks, source="qbank", folder=tmp_path)
    assert done.header.assets == {"a.png": Asset(base64="AAAA"), "a-2.png": Asset(base64="BBBB")}
    assert [q.stem for q in done.questions] == [
        Html(html='<p><img src="asset:a.png" alt="x"/></p>'),
        Html(html='<p><img src="asset:a-2.png" alt="x"/></p>'),
        Html(html='<p><img src="asset:a.png" alt="x"/></p>'),
    ]


def test_renaming_reaches_every_text_and_nothing_else() -> None:
    """Every `src` is renamed, in choices and feedback too; the words of a text are not."""
    question = TrueFalse(
        id="t",
        stem=Html(html='<p>asset:a.png <img src=\'asset:a.png\'/><img alt="asset:a.png" src = "asset:a.png.png"/></p>'),
        feedback_true=Html(html='<p><audio src="asset:a.png"></audio></p>'),
        hints=("asset:a.png",),
    )
    done = joining.renamed(question, {"a.png": "b.png"})
    assert done.stem == Html(
        html='<p>asset:a.png <img src=\'asset:b.png\'/><img alt="asset:a.png" src = "asset:a.png.png"/></p>'
    )
    assert done.feedback_true == Html(html='<p><audio src="asset:b.png"></audio></p>')
    assert done.hints == question.hints
    assert joining.new_names({"a": Asset(file="x")}, {"a": Asset(file="y"), "a-2": Asset(file="z")}) == {"a": "a-3"}


def test_each_question_keeps_its_language(tmp_path: Path) -> None:
    """The bank speaks the language of its first file; questions of others say theirs, unless the user decides."""
    banks = [
        written(tmp_path, f"{name}.json", TF | {"id": name}, **({"language": language} if language else {}))
        for name, language in (("a", "zh-CN"), ("b", "en"), ("c", None), ("d", "zh-CN"))
    ]
    done = pipeline.import_files(banks, source="qbank")
    assert done.header.language == "zh-CN"
    assert [q.language for q in done.questions] == [None, "en", None, None]
    done = pipeline.import_files(banks, source="qbank", language="fr")
    assert done.header.language == "fr"
    assert [q.language for q in done.questions] == [None] * 4


def test_media_of_a_bank_from_elsewhere_come_along(tmp_path: Path) -> None:
    """A file beside the old bank is embedded in the new one; beside the same folder it stays a file."""
    old = written(tmp_path / "old", "bank.json", TF | {"stem": PICTURE}, assets={"a.png": {"file": "a.png"}})
    (tmp_path / "old" / "a.png").write_bytes(b"picture")
    moved = pipeline.import_files([old], source="qbank", folder=tmp_path)
    assert moved.header.assets["a.png"].base64 == base64.b64encode(b"picture").decode()
    assert moved.header.assets["a.png"].media_type == "image/png"
    stayed = pipeline.import_files([old], source="qbank", folder=tmp_path / "old")
    assert stayed.header.assets["a.png"].file == "a.png"


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml"])
def test_check_finds_the_same_in_every_form(form: str, tmp_path: Path) -> None:
    """Schema, lint and assets are checked in JSON, JSON Lines and YAML alike."""
    path = tmp_path / f"bank.{form}"
    source = bankfile.open_bank(
        written(tmp_path, "b.json", TF, TF, TF | {"id": "u", "stem": PICTURE}, assets={"b.png": {"base64": "AAAA"}})
    )
    with path.open("wb") as sink:
        bankfile.write(source.header, source.questions(), sink, form)  # type: ignore[arg-type]
    report = pipeline.check_bank(str(path))
    assert [d.code for d in report] == ["L101", "A001", "A005"]
    assert all(d.source is not None and d.source.line > 0 for d in report)
    settings = Config(tmp_path, ignore=frozenset({"A001"}), error=frozenset({"A005"}))
    found = pipeline.check_bank(str(path), settings)
    assert [(d.code, d.severity) for d in found] == [("L101", "error"), ("A005", "error")]


def test_an_export_of_a_bank_with_errors_leaves_nothing(tmp_path: Path) -> None:
    """A late error in a bank leaves neither a file nor half of one; `keep_going` leaves the question out and says so."""
    path = written(tmp_path, "b.json", TF, TF | {"id": "u", "stem": "!"}, TF | {"id": "v", "stm": 1})
    out = tmp_path / "out.gift"
    with pytest.raises(BankError, match="has errors and was not exported") as caught:
        pipeline.export_file(path, Order(to="gift"), str(out))
    assert [d.code for d in caught.value.report] == ["S002"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.json"]
    done = pipeline.export_file(path, Order(to="gift", keep_going=True), str(out))
    assert done.written == 2
    assert out.stat().st_size > 0


def test_a_bank_in_memory_is_checked_too() -> None:
    """Exporting a bank that was never in a file refuses the same errors."""
    from qbank.model import Bank, Choice, Header

    choices = (Choice(id="A", text="a"), Choice(id="B", text="b"))
    bank = Bank(header=Header(qbank=1), questions=(SingleChoice(id="q", stem="?", choices=choices, answer="C"),))
    with pytest.raises(BankError, match="L103"):
        pipeline.export_file(bank, Order(to="gift"), "-")


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
    assert pipeline.format_for(out) == name


def test_an_unknown_ending_is_refused_with_what_there_is() -> None:
    """No guess where the name says nothing."""
    with pytest.raises(QbankError, match="use --to") as caught:
        pipeline.format_for("a.doc")
    assert "moodle-xml" in str(caught.value)
