"""Every rule has a file `lint/CODE.json` with cases that break it and cases that only look as if they did."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from qbank import assets, bankfile, lint, schema
from qbank.assets import AssetStore
from qbank.codes import CODES
from qbank.diagnostics import Diagnostic

HERE = Path(__file__).parent
FILES = sorted((HERE / "lint").glob("*.json"))
CASES = [
    pytest.param(path.stem, verdict, case, id=f"{path.stem}-{verdict}-{case['case']}")
    for path in FILES
    for verdict in ("fail", "pass")
    for case in json.loads(path.read_text(encoding="utf-8"))[verdict]
]


def findings(case: dict[str, Any], folder: Path) -> list[Diagnostic]:
    """What lint says of the bank of a case, which lies in `folder`; the bank must be valid."""
    for name, content in case.get("files", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    document = {"qbank": 1, "assets": case.get("assets", {}), "questions": case["questions"]}
    if "language" in case:
        document["language"] = case["language"]
    schema.validator("bank").validate(document)
    reader = bankfile.open_bytes(json.dumps(document).encode(), "bank.json", folder=folder)
    store = AssetStore(reader.header.assets, folder)
    lint.lint(iter(reader), store, reader.report, reader.header.language, lint.OPT_IN)
    return reader.report.diagnostics


@pytest.mark.parametrize(("code", "verdict", "case"), CASES)
def test_case(code: str, verdict: str, case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing case has the finding at the pointers it names and nowhere else; a passing case has it nowhere."""
    monkeypatch.setattr(assets, "MAX_BYTES", case.get("limit", assets.MAX_BYTES))
    found = [d for d in findings(case, tmp_path) if d.code == code]
    assert [d.pointer for d in found] == (case["at"] if verdict == "fail" else [])
    for d in found:
        assert d.severity == CODES[code].severity
        assert "\n" not in d.message


def test_every_rule_has_cases() -> None:
    """Each L and A code that a rule or the asset store can give has a file, and each file its code."""
    given = set()
    for path in [*(HERE.parent / "qbank" / "lint").glob("*.py"), HERE.parent / "qbank" / "assets.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value[:1] in "LA":
                given |= {node.value} & set(CODES)
    assert given - {"L303"} == {path.stem for path in FILES}  # which `qbank dedupe` alone finds


def test_every_file_has_both_sorts_of_cases() -> None:
    """A rule that cannot fail, or that cannot hold its tongue, is no rule."""
    for path in FILES:
        cases = json.loads(path.read_text(encoding="utf-8"))
        assert cases["fail"], path
        assert cases["pass"], path


def test_findings_name_the_sub_question() -> None:
    """A finding in a group is about the sub-question, with a pointer into the group."""
    question = {"kind": "group", "id": "g", "stem": "x", "questions": [{"kind": "true_false", "id": "s", "stem": "?"}]}
    (found,) = (d for d in findings({"questions": [question]}, Path()) if d.code == "L104")
    assert (found.question, found.pointer) == ("s", "/questions/0/questions/0/answer")


@pytest.mark.parametrize("path", sorted((HERE / "bank").glob("*.json")), ids=lambda p: p.stem)
def test_the_sample_banks_have_no_errors(path: Path) -> None:
    """The suite's shared vocabulary is clean, but for what its drafts and open questions are there to show."""
    reader = bankfile.open_bank(path)
    lint.lint(iter(reader), AssetStore(reader.header.assets, path.parent), reader.report)
    assert {d.code for d in reader.report} <= {"L104", "L113"}
