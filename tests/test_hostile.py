"""Every hostile input ends as one clear finding or sentence: exit 1 or 2, no traceback, nothing half written."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qbank.cli import main

ESSAY = {"kind": "essay", "id": "e", "stem": "?"}
GOOD = {"qbank": 1, "questions": [ESSAY]}
DEEP = 100_000


def bank(*questions: object, **header: object) -> bytes:
    """A bank with these questions."""
    return json.dumps({"qbank": 1, **header, "questions": list(questions)}).encode()


def essay(**changes: object) -> dict[str, object]:
    """An essay question with something changed."""
    return ESSAY | changes


def nested(levels: int) -> str:
    """Groups in groups, as JSON text: json.dumps would give up."""
    head = '{"kind": "group", "id": "g", "stem": "?", "questions": ['
    return '{"qbank": 1, "questions": [' + head * levels + json.dumps(ESSAY) + "]}" * levels + "]}"


def extension(text: str) -> bytes:
    """A bank with a question whose extension holds this JSON text."""
    return (
        b'{"qbank": 1, "questions": [{"kind": "essay", "id": "e", "stem": "?", "extensions": {"x": {"y": %s}}}]}'
        % text.encode()
    )


NOISE = random.Random(7).randbytes(5000)
PICTURE = {"html": '<p>x<img src="asset:a.png" alt="y"/></p>'}

# name of the file, its content, the code of the one finding
INPUTS: dict[str, tuple[str, bytes, str]] = {
    "binary": ("x.json", NOISE, "S001"),
    "binary lines": ("x.jsonl", NOISE.replace(b"\n", b""), "S001"),
    "binary yaml": ("x.yaml", NOISE, "S001"),
    "an archive": ("x.json", b"PK\x03\x04" + NOISE, "S001"),
    "empty": ("x.json", b"", "S001"),
    "empty lines": ("x.jsonl", b"", "S001"),
    "empty yaml": ("x.yaml", b"", "S001"),
    "blank": ("x.json", b" \n\t\r\n", "S001"),
    "a mark and nothing": ("x.json", b"\xef\xbb\xbf", "S001"),
    "nul": ("x.json", b"\x00" * 1000, "S001"),
    "utf-16": ("x.json", json.dumps(GOOD).encode("utf-16"), "S001"),
    "utf-16 lines": ("x.jsonl", b"".join(json.dumps(v).encode("utf-16-le") + b"\n\x00" for v in ({"qbank": 1}, ESSAY)), "S001"),
    "gb18030": ("x.json", '{"qbank": 1, "title": "客户服务", "questions": []}'.encode("gb18030"), "S001"),
    "broken": ("x.json", b'{"qbank": 1, "questions": [{"kind": "essay", "id": }]}', "S001"),
    "cut off": ("x.json", bank(ESSAY)[:-7], "S001"),
    "more behind": ("x.json", bank(ESSAY) + b"{}", "S001"),
    "python": ("x.json", b"{'qbank': 1, 'questions': []}", "S001"),
    "comment": ("x.json", b'{"qbank": 1, // one\n "questions": []}', "S001"),
    "not a bank": ("x.json", b'{"name": "left-pad", "version": "1.0.0"}', "S003"),
    "a list": ("x.json", b"[]", "S004"),
    "a number": ("x.json", b"5", "S004"),
    "html": ("x.json", b"<!DOCTYPE html><html><body>404</body></html>", "S001"),
    "yaml that is text": ("x.yaml", b"just some words\n", "S003"),
    "the future": ("x.json", b'{"qbank": 99, "questions": []}', "S010"),
    "unknown kind": ("x.json", bank({"kind": "hotspot", "id": "q", "stem": "?"}), "S008"),
    "a kind that is a tree": ("x.json", bank({"kind": {"a": [{"b": []}]}, "id": "q", "stem": "?"}), "S008"),
    "duplicate ids": ("x.json", bank(ESSAY, essay(stem="!")), "L101"),
    "control character": ("x.json", bank(essay(stem="a\u0000b")), "S007"),
    "escape for the terminal": ("x.json", bank(essay(title="\u001b[2J\u001b]0;x\u0007")), "S007"),
    "half of a character": ("x.json", b'{"qbank": 1, "questions": [{"kind": "essay", "id": "e", "stem": "\\ud800"}]}', "S001"),
    "half of a character in a name": ("x.json", b'{"qbank": 1, "\\ud800": 1, "questions": []}', "S001"),
    "id with a path": ("x.json", bank(essay(id="../../etc/passwd")), "S007"),
    "brackets": ("x.json", b"[" * DEEP, "S004"),
    "brackets in a bank": ("x.json", b'{"qbank": 1, "questions": [' + b"[" * DEEP + b"]" * DEEP + b"]}", "S011"),
    "brackets not closed": ("x.json", b'{"qbank": 1, "questions": [' + b"[" * DEEP, "S011"),
    "brackets in the header": ("x.json", b'{"qbank": 1, "x": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b', "questions": []}', "S011"),
    "brackets in a line": ("x.jsonl", b'{"qbank": 1}\n' + b"[" * DEEP + b"]" * DEEP + b"\n", "S011"),
    "brackets in the first line": ("x.jsonl", b"[" * DEEP + b"\n", "S011"),
    "brackets in yaml": ("x.yaml", b"qbank: 1\nquestions: " + b"[" * DEEP, "S011"),
    "indents in yaml": ("x.yaml", b"".join(b" " * i + b"a:\n" for i in range(1500)), "S011"),
    "laughs in yaml": ("x.yaml", b"a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "S001"),
    "an object of python": ("x.yaml", b'qbank: !!python/object/apply:os.system ["true"]\n', "S001"),
    "deep extension": ("x.json", extension("[" * 5000 + "]" * 5000), "S011"),
    "groups in groups": ("x.json", nested(2).encode(), "S008"),
    "many groups in groups": ("x.json", nested(100).encode(), "S008"),
    "more groups than that": ("x.json", nested(20000).encode(), "S011"),
    "a huge number": ("x.json", extension("1e999"), "S001"),
    "a number of many digits": ("x.json", extension("9" * 100_000), "S001"),
    "huge points": ("x.json", bank(essay(points=10**400)), "S006"),
    "points as a tower": ("x.json", bank(essay(points="1e999999999")), "S007"),
    "points over nothing": ("x.json", bank(essay(points="1/0")), "S007"),
    "a fraction of many digits": ("x.json", bank(essay(points="1/" + "9" * 100_000)), "S007"),
    "not a number": ("x.json", extension("NaN"), "S001"),
    "a key of a megabyte": ("x.json", bank(essay(**{"x" * 1_000_000: 1})), "S002"),
    "a kind of a megabyte": ("x.json", bank(essay(kind="x" * 1_000_000)), "S008"),
    "a value of a megabyte": ("x.json", bank(essay(status="x" * 1_000_000)), "S005"),
    "a quote never closed": ("x.jsonl", b'{"qbank": 1}\n' + b'{"kind": "' + b'\\"' * 200_000 + b"\n", "S001"),
    "the same key twice": ("x.json", b'{"qbank": 1, "questions": [], "questions": []}', "S012"),
    "asset outside": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"file": "../../etc/passwd"}}), "A003"),
    "asset absolute": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"file": "/etc/passwd"}}), "A003"),
    "asset on a drive": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"file": "C:\\x.png"}}), "A003"),
    "asset with a nul": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"file": "a\u0000.png"}}), "S007"),
    "asset named like a path": ("x.json", bank(ESSAY, assets={"../a.png": {"base64": "AAAA"}}), "S007"),
    "asset of a name too long": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"file": "x" * 5000}}), "A002"),
    "asset that is a device": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"file": "."}}), "A002"),
    "asset broken": ("x.json", bank(essay(stem=PICTURE), assets={"a.png": {"base64": "%%%%"}}), "A008"),
}  # fmt: skip


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def qbank(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command as the shell would: exit code, standard output, standard error."""

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        started = time.perf_counter()
        with pytest.raises(SystemExit) as ended:
            main(args=list(arguments))
        sys.stdout.flush()
        out, err = capfd.readouterr()
        assert time.perf_counter() - started < 20
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return run


def findings(out: str) -> list[dict[str, Any]]:
    """The findings of `--format json`."""
    found: list[dict[str, Any]] = json.loads(out)["diagnostics"]
    return found


@pytest.mark.parametrize("name", INPUTS)
def test_check_gives_one_finding(name: str, qbank: Run, tmp_path: Path) -> None:
    """`qbank check` exits with 1 and one error, which has the code it should and is a sentence with a place."""
    file, content, code = INPUTS[name]
    path = tmp_path / file
    path.write_bytes(content)
    status, out, err = qbank("check", str(path), "--format", "json")
    assert status == 1
    assert err == ""
    errors = [d for d in findings(out) if d["severity"] == "error"]
    assert [d["code"] for d in errors] == [code]
    (error,) = errors
    assert "\n" not in error["message"]
    assert len(error["message"]) < 400 + len(str(path))
    assert len(error.get("hint", "")) < 400
    assert error["file"] == str(path)
    status, out, err = qbank("check", str(path), "--quiet")
    assert status == 1
    assert len(out.splitlines()) <= 5  # the finding, its hint, and the place with a caret
    assert out.isprintable() or "\x1b" not in out


@pytest.mark.parametrize("name", INPUTS)
def test_other_commands_write_nothing(name: str, qbank: Run, tmp_path: Path) -> None:
    """`fmt`, `export`, `import` and `convert` end with 1 or 2 and a sentence; the input is whole, no output is left."""
    file, content, code = INPUTS[name]
    path = tmp_path / file
    path.write_bytes(content)
    commands = [["export", str(path), "--to", "moodle-xml", "-o", str(tmp_path / "out.xml")]]
    if code.startswith("S"):
        commands.append(["fmt", str(path)])
    if "not a bank" not in name and code in ("S001", "S004", "S010", "S011"):
        commands.append(["stats", str(path)])
        commands.append(["show", str(path)])
    for command in commands:
        status, out, err = qbank(*command)
        assert status in (1, 2), command
        assert out == "" or command[0] in ("stats", "show"), command
        assert 1 <= len(err.splitlines()) <= 4, err
        assert "qbank: " in err or code in err, err
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("name", ["binary", "empty", "broken", "utf-16", "brackets", "unknown kind", "laughs in yaml"])
def test_from_standard_input(name: str, qbank: Run) -> None:
    """What comes from a pipe is no better."""
    status, out, err = qbank("check", "-", stdin=INPUTS[name][1])
    assert status == 1
    assert len(out.splitlines()) <= 5
    assert out.startswith("<stdin>")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("levels", [50, 100, 1000, 50_000])
def test_deep_markup_is_cut_with_a_warning(levels: int, qbank: Run, tmp_path: Path) -> None:
    """Markup nested beyond use is flattened, said to be, and exported."""
    path = tmp_path / "x.json"
    path.write_bytes(bank(essay(stem={"html": "<div>" * levels + "deep" + "</div>" * levels})))
    status, out, _ = qbank("check", str(path), "--format", "json")
    assert status == 0
    assert ("L204" in {d["code"] for d in findings(out)}) == (levels > 56)
    status, _, _ = qbank("fmt", str(path))
    assert status == 0
    status, out, _ = qbank("check", str(path), "--fail-on", "warning")
    assert status == 0
    assert b"deep" in path.read_bytes()


def test_entities_are_never_expanded(qbank: Run, tmp_path: Path) -> None:
    """A declaration in a text is broken markup, not an instruction."""
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><p>&b;</p><p>&x;</p>'
    path = tmp_path / "x.json"
    path.write_bytes(bank(essay(stem={"html": laughs})))
    status, out, _ = qbank("check", str(path), "--format", "json", "--fail-on", "warning")
    assert status == 1
    assert {d["code"] for d in findings(out)} == {"L205"}
    _, out, _ = qbank("show", str(path))
    assert "haha" not in out


@pytest.mark.parametrize("command", ["check", "fmt", "stats", "show", "export", "convert", "import"])
@pytest.mark.parametrize(
    "name", ["missing.json", "folder", "x" * 300 + ".json", "x" * 300 + "/x.json", "file.json/x.json", "loop.json"]
)
def test_files_that_are_not_there(command: str, name: str, qbank: Run, tmp_path: Path) -> None:
    """A missing file, a folder, a name that no file can have: one sentence with the name, exit 2."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.json").write_bytes(bank(ESSAY))
    (tmp_path / "loop.json").symlink_to("loop.json")
    arguments = {
        "export": ["--to", "gift", "-o", str(tmp_path / "out.gift")],
        "convert": [str(tmp_path / "out.gift")],
        "import": ["-o", str(tmp_path / "out.json")],
    }
    status, out, err = qbank(command, str(tmp_path / name), *arguments.get(command, []))
    assert status == 2
    assert out == ""
    assert err.startswith("qbank: ")
    assert len(err.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.json", "folder", "loop.json"]


@pytest.mark.parametrize("out", ["folder", "file.json/x.gift", "x" * 300 + ".gift"])
def test_output_that_cannot_be_written(out: str, qbank: Run, tmp_path: Path) -> None:
    """A folder, a name that no file can have: one sentence, exit 2, nothing left."""
    (tmp_path / "folder").mkdir()
    path = tmp_path / "file.json"
    path.write_bytes(bank(ESSAY))
    for command in (["export", str(path), "--to", "gift", "-o"], ["convert", str(path), "--to", "gift"]):
        status, _, err = qbank(*command, str(tmp_path / out))
        assert status == 2
        assert "cannot be written" in err or "is a folder" in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.json", "folder"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write(qbank: Run, tmp_path: Path) -> None:
    """A folder that one may not write to: one sentence, exit 2."""
    path = tmp_path / "x.json"
    path.write_bytes(b'{"questions": [], "qbank": 1}')
    tmp_path.chmod(0o500)
    try:
        status, _, err = qbank("fmt", str(path))
    finally:
        tmp_path.chmod(0o700)
    assert status == 2
    assert "cannot be written" in err


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file name with bytes that are not UTF-8 is printed as well as can be."""
    path = os.fsencode(tmp_path) + b"/\xff\xfe.json"
    try:
        Path(os.fsdecode(path)).write_bytes(bank({"kind": "x"}))
    except OSError:
        pytest.skip("this file system has no such names")
    done = subprocess.run([sys.executable, "-m", "qbank", "check", path], capture_output=True)
    assert done.returncode == 1
    assert b"S008" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_terminal_that_knows_no_chinese(bank_dir: Path) -> None:
    """Where standard output cannot hold a character, its escape is printed."""
    for arguments in (["show", "single_choice.json"], ["stats", "all.json"], ["check", "all.json", "--format", "json"]):
        done = subprocess.run(
            [sys.executable, "-m", "qbank", *arguments],
            cwd=bank_dir,
            env=os.environ | {"PYTHONIOENCODING": "latin-1"},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.decode("latin-1")
        assert b"\\u" in done.stdout or arguments[0] == "check"


def test_the_reader_of_our_output_goes_away(bank_dir: Path) -> None:
    """`qbank schema | head -1` ends without a word."""
    with subprocess.Popen(
        [sys.executable, "-m", "qbank", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() in (0, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["noise.json", "noise.jsonl", "noise.yaml", "text.json", "text.jsonl", "text.yaml", "-"]
)
def test_fifty_megabytes_of_noise(name: str, qbank: Run, tmp_path: Path) -> None:
    """Noise of any sort is refused at once, in little memory, with one finding."""
    noise = random.Random(1).randbytes(50_000_000)
    if name.startswith("text"):
        noise = noise.translate(bytes(32 + i % 95 for i in range(256)))
    path = tmp_path / name
    if name != "-":
        path.write_bytes(noise)
    started = time.perf_counter()
    status, out, _ = qbank("check", "-" if name == "-" else str(path), "--quiet", stdin=noise if name == "-" else b"")
    assert time.perf_counter() - started < 10
    assert status == 1
    assert len(out.splitlines()) <= 5
    assert len(out) < 1000
