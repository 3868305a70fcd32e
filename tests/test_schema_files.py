"""A file is a test: `schema/valid` reads without a finding, `schema/invalid` gives the findings it is named for.

Beside each invalid file lies NAME.expected with one line a finding: code, line, column, pointer, message.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qbank import bankfile, schema
from qbank.bankfile import BankError
from qbank.codes import CODES
from qbank.diagnostics import Report

HERE = Path(__file__).parent / "schema"
FILES = {".json", ".jsonl", ".yaml"}
VALID = sorted(p for p in (HERE / "valid").iterdir() if p.suffix in FILES)
INVALID = sorted(p for p in (HERE / "invalid").iterdir() if p.suffix in FILES)


def findings(path: Path) -> list[str]:
    """The findings of a file, one line each, as an `.expected` file has them."""
    report = Report()
    try:
        for _ in bankfile.open_bank(path, report):
            pass
    except BankError as error:
        report = error.report
    return [
        f"{d.code} {d.source.line if d.source else 0}:{d.source.column if d.source else 0} {d.pointer or '-'} "
        + d.message.replace(str(path), path.name)
        for d in report
    ]


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.name)
def test_valid(path: Path) -> None:
    """What lies in `valid` has no finding, and for JSON `jsonschema` agrees."""
    assert findings(path) == []
    if path.suffix == ".json":
        import json

        schema.validator("bank").validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.name)
def test_invalid(path: Path, update_golden: bool) -> None:
    """What lies in `invalid` has exactly the findings written beside it, at their places."""
    found = findings(path)
    beside = path.with_suffix(".expected")
    if update_golden:
        beside.write_text("".join(line + "\n" for line in found), encoding="utf-8")
    assert found == beside.read_text(encoding="utf-8").splitlines()
    named = set(re.findall(r"S[0-9]{3}", path.name.partition("-")[0]))
    assert {line[:4] for line in found} == named


def test_every_schema_code_has_a_file() -> None:
    """Each S code is shown by at least one file."""
    shown = {code for path in INVALID for code in re.findall(r"S[0-9]{3}", path.name.partition("-")[0])}
    assert shown == {code for code in CODES if code.startswith("S")}
