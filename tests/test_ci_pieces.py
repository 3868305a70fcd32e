"""The pieces for CI do what they say: hooks, the action, and the examples in docs/check.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from qbank.cli import cli

GOOD = {"qbank": 1, "questions": [{"kind": "true_false", "id": "q", "stem": "图书可以续借。", "answer": True}]}
BAD = {"qbank": 1, "questions": [{"kind": "true_false", "id": "q", "stem": "", "answer": True}]}
PRE_COMMIT = shutil.which("pre-commit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


def hooks(root: Path) -> dict[str, dict[str, Any]]:
    """The hooks by their ids."""
    return {hook["id"]: hook for hook in yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", ["bank.json", "a/bank.jsonl", "x/chapter-1.bank.json", "my-bank.yaml", "my_bank.yml"])
def test_hooks_look_at_banks(root: Path, name: str) -> None:
    """A file that is called a bank is looked at; package.json is not."""
    for hook in hooks(root).values():
        assert re.search(hook["files"], name)
        assert not re.search(hook["files"], "package.json")
        assert not re.search(hook["files"], "embank.json")


def test_hooks_run(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry of each hook, as pre-commit calls it, passes a good bank and fails or rewrites another."""
    monkeypatch.chdir(tmp_path)
    Path("bank.json").write_text(json.dumps(GOOD), encoding="utf-8")
    Path("bad.bank.json").write_text(json.dumps(BAD), encoding="utf-8")
    entries = {name: shlex.split(hook["entry"])[1:] for name, hook in hooks(root).items()}
    assert CliRunner().invoke(cli, [*entries["qbank-check"], "bank.json"]).exit_code == 0
    assert CliRunner().invoke(cli, [*entries["qbank-check"], "bank.json", "bad.bank.json"]).exit_code == 1
    before = Path("bank.json").read_bytes()
    CliRunner().invoke(cli, [*entries["qbank-fmt"], "bank.json", "bad.bank.json"])
    assert Path("bank.json").read_bytes() != before  # pre-commit fails when a hook changes a file


@pytest.mark.slow
@pytest.mark.conformance
@pytest.mark.skipif(PRE_COMMIT is None, reason="pip install pre-commit")
def test_pre_commit_runs_the_hooks(root: Path, tmp_path: Path) -> None:
    """`pre-commit try-repo` installs the checkout and runs the hook in a clean repository."""
    (tmp_path / "bank.json").write_text(json.dumps(BAD), encoding="utf-8")
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, env=env)
    subprocess.run(["git", "add", "bank.json"], cwd=tmp_path, check=True, env=env)
    command = [str(PRE_COMMIT), "try-repo", str(root), "qbank-check", "--files", "bank.json"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "L201" in done.stdout


def test_the_action(root: Path, tmp_path: Path) -> None:
    """The check step of the action, as a runner would run it, annotates and writes SARIF."""
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    install, check = action["runs"]["steps"]
    assert {step["shell"] for step in (install, check)} == {"bash"}
    assert "-m pip install" in install["run"]
    # What the install step leaves behind, without the download.
    program = tmp_path / "qbank" / "bin" / "qbank"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m qbank "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "bank.json").write_text(json.dumps(BAD), encoding="utf-8")
    inputs = {name: entry["default"] for name, entry in action["inputs"].items()}
    inputs |= {"banks": "bank.json", "sarif": "out.sarif", "arguments": "--ignore L104"}
    given = {k: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda m: inputs[m[1]], v) for k, v in check["env"].items()}
    assert not any("${{" in value for value in given.values())
    env = {**os.environ, "RUNNER_TEMP": str(tmp_path), **given}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", check["run"]]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=bank.json,line=1,col=")
    assert json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    done = subprocess.run(command, cwd=tmp_path, env={**env, "FAIL_ON": "never"}, capture_output=True, text=True)
    assert done.returncode == 0


def test_the_examples_in_the_documentation(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each `qbank check` line in docs/check.md runs, and its YAML is YAML."""
    text = (root / "docs" / "check.md").read_text(encoding="utf-8")
    for block in re.findall(r"```yaml\n(.*?)```", text, re.S):
        assert yaml.safe_load(block)
    monkeypatch.chdir(tmp_path)
    Path("bank.json").write_text(json.dumps(GOOD), encoding="utf-8")
    lines = re.findall(r"^\s+(?:- )?qbank (check [^#>\n]*)", text, re.M)
    assert len(lines) >= 4
    for line in lines:
        done = CliRunner().invoke(cli, shlex.split(line))
        assert done.exit_code == 0, (line, done.output, done.exception)
