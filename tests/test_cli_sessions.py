"""A file is a test: each `cli/*.md` is a session at the command line, run from top to bottom.

A fenced block whose info string names a file makes that file; a block without one is a piece of the session:

    % qbank check bank.json < input        what is typed (`qbank` and `cat`; `<` gives standard input)
    bank.json:3:5: S002 error: ...         standard output
    2> bank.json: 1 error                  standard error
    => 1                                   the exit code, where it is not 0

`pytest --update-golden` writes down what is printed now; read the diff.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from qbank.cli import COMMANDS, main

SESSIONS = sorted((Path(__file__).parent / "cli").glob("*.md"))
BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", SESSIONS, ids=lambda p: p.stem)
def test_session(
    path: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    update_golden: bool,
) -> None:
    """What is printed is what the session says, and the exit codes are those it names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    ran = 0

    def played(block: re.Match[str]) -> str:
        nonlocal ran
        name, body = block.group(1).strip(), block.group(2)
        if name:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(body, encoding="utf-8")
            return block.group()
        commands = [line[2:] for line in body.splitlines() if line.startswith("% ")]
        ran += len(commands)
        return "```\n" + "".join(_typed(command, capfd, monkeypatch) for command in commands) + "```"

    before = path.read_text(encoding="utf-8")
    after = BLOCK.sub(played, before)
    assert ran > 0, "a session without a command"
    if update_golden:
        path.write_text(after, encoding="utf-8")
    assert after == path.read_text(encoding="utf-8")


def _typed(line: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A command and what comes of it, as a session has it."""
    program, *arguments = shlex.split(line)
    if program == "cat":
        return f"% {line}\n" + "".join(Path(name).read_text(encoding="utf-8") for name in arguments)
    assert program == "qbank", line
    given = b""
    if "<" in arguments:
        given = Path(arguments[arguments.index("<") + 1]).read_bytes()
        arguments = arguments[: arguments.index("<")]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    with pytest.raises(SystemExit) as ended:
        main(args=arguments)
    sys.stdout.flush()
    out, err = capfd.readouterr()
    status = ended.value.code or 0
    said = "".join(f"2> {line}\n" if line else "2>\n" for line in err.splitlines())
    if out and not out.endswith("\n"):
        out += "\n"
    return f"% {line}\n{out}{said}" + (f"=> {status}\n" if status else "")


def test_every_command_has_a_session() -> None:
    """Each command of `qbank` is typed in at least one session."""
    typed = {
        found.group(1)
        for path in SESSIONS
        for found in re.finditer(r"^% qbank ([a-z]+)", path.read_text("utf-8"), re.M)
    }
    assert set(COMMANDS) - typed == set()
