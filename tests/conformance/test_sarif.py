"""The SARIF report is valid by Microsoft's own validator, the one behind GitHub's code scanning documentation."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from qbank.cli import cli

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
TOOL = HERE / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
FAULTY = {
    "qbank": 1,
    "questions": [
        {"kind": "true_false", "id": "q-1", "stem": "图书可以续借，，期刊不能。", "answer": None},
        {"kind": "true_false", "id": "q-1", "stm": "x"},
    ],
}


@pytest.mark.skipif(not TOOL.is_file(), reason="npm install @microsoft/sarif-multitool-linux in tests/conformance")
def test_sarif_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule of the validator that is an error (SARIF1xxx) is broken."""
    monkeypatch.chdir(tmp_path)
    Path("a bank.json").write_text(json.dumps(FAULTY, ensure_ascii=False), encoding="utf-8")
    Path("out.sarif").write_text(CliRunner().invoke(cli, ["check", "a bank.json", "--format", "sarif"]).stdout, "utf-8")
    TOOL.chmod(0o755)
    env = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    command = [str(TOOL), "validate", "out.sarif", "--output", "verdict.sarif"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "error" not in done.stdout
    results = json.loads(Path("verdict.sarif").read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    assert [r for r in results if r.get("level", "warning") == "error"] == []
