"""The command: where it listens, what it prints, how it ends, what it says when it cannot run."""

from __future__ import annotations

import builtins
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from qbank import bankfile
from qbank.cli import cli
from qbank.diagnostics import QbankError
from qbank.model import Bank, Essay, Header

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A bank of one question."""
    bankfile.dump(Bank(header=Header(qbank=1), questions=(Essay(id="q", stem="?"),)), tmp_path / "bank.json")
    return tmp_path / "bank.json"


def test_it_serves_this_machine_and_ends_cleanly(path: Path) -> None:
    """The address on standard output opens the page; another interface has nothing; Ctrl-C ends with code 0."""
    command = [sys.executable, "-m", "qbank", "review", str(path), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(address, timeout=20) as page:
            assert b"<!doctype html>" in page.read(200)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.partition("?")[0], timeout=20)
        port = int(address.partition("127.0.0.1:")[2].partition("/")[0])
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex(("127.0.0.2", port)) != 0
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said.strip().endswith(f"0 of 1 reviewed; all changes are in {path}")
    assert "Traceback" not in said


def test_a_port_that_is_taken(path: Path) -> None:
    """A port in use is refused with a sentence that names another way."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(cli, ["review", str(path), "--no-open", "--port", str(taken.getsockname()[1])])
    assert isinstance(result.exception, QbankError)
    assert "--port 0 takes a free one" in str(result.exception)


def test_without_the_extra_it_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Starlette the command names the extra instead of a traceback."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in ("starlette", "uvicorn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **more)

    for name in [m for m in sys.modules if m in ("qbank.review.serve", "qbank.review.app")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("qbank.review.serve", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    result = CliRunner().invoke(cli, ["review", str(path)])
    assert isinstance(result.exception, QbankError)
    assert str(result.exception) == "review needs two more packages: pip install 'qbank[review]'"


def test_a_bank_that_is_not_there(tmp_path: Path) -> None:
    """A missing bank is one sentence, before anything is served."""
    result = CliRunner().invoke(cli, ["review", str(tmp_path / "none.json"), "--no-open"])
    assert isinstance(result.exception, QbankError)
    assert "none.json: cannot be read" in str(result.exception)
