"""Diagnostic codes: each that is given exists, each that exists is given, and each can be explained."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from qbank import schema
from qbank.cli import cli
from qbank.codes import BY_NAME, CODES, resolve

ROOT = Path(__file__).parents[1]
SHAPE = re.compile(r"[RSLAXVC][0-9]{3}\Z")

NOT_YET_GIVEN: dict[str, str] = {}
"""Codes that nothing gives, each with the reason why it stands in the table."""


def sources() -> Iterator[Path]:
    """The modules of the package."""
    for folder in ("qbank", "exporters"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def codes_in(path: Path) -> set[str]:
    """The string constants of a module that look like codes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHAPE.match(node.value)
    }


def test_every_code_that_is_given_exists() -> None:
    """No module gives a code that the table does not have."""
    for path in sources():
        assert codes_in(path) <= set(CODES), path


def test_every_code_that_exists_is_given() -> None:
    """The table holds no code that no module gives."""
    given = set().union(*(codes_in(path) for path in sources() if path.name != "codes.py"))
    assert set(CODES) - given == set(NOT_YET_GIVEN)


def test_codes_are_well_made() -> None:
    """A code is a letter and three digits, its name is unique and in lower case, its explanation a sentence."""
    shape = re.compile(schema.load("diagnostics")["$defs"]["diagnostic"]["properties"]["code"]["pattern"])
    names = [code.name for code in CODES.values()]
    assert len(set(names)) == len(names), sorted(n for n in names if names.count(n) > 1)
    for key, code in CODES.items():
        assert shape.match(key)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.name)
        assert code.explanation.endswith("."), key
        assert code.severity in ("error", "warning", "info")
    assert list(CODES) == sorted(CODES, key=lambda key: ("RSLAXVC".index(key[0]), key))


def test_codes_are_found_by_code_and_name_in_any_case() -> None:
    """What `qbank explain`, `--ignore` and qbank.toml take."""
    assert resolve("l104") == resolve("L104") == resolve("answer-missing") == resolve("Answer-Missing") == "L104"
    assert resolve("L999") is None
    assert len(BY_NAME) == len(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str) -> None:
    """`qbank explain CODE` says its name, its severity and what it means."""
    done = CliRunner().invoke(cli, ["explain", code.lower()])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{code} {CODES[code].name} ({CODES[code].severity})\n\n")
    assert CODES[code].explanation in done.stdout


def test_findings_as_json_are_what_the_schema_says() -> None:
    """The JSON of a report with every code is valid by schemas/diagnostics.schema.json."""
    from qbank.diagnostics import Report, Span
    from qbank.reporters import REPORTERS

    report = Report()
    for code in CODES:
        report.add(code, "message", question="q", pointer="/questions/0", source=Span("f", 1, 2), hint="hint")
        report.add(code, "message")
    whole = json.loads(REPORTERS["json"](report))
    schema.validator("diagnostics").validate(whole)
    assert sum(whole["counts"].values()) == len(whole["diagnostics"]) == 2 * len(CODES)
