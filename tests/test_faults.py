"""Whatever happens while a file is written, the old file or the new one is there, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from qbank import bankfile, checks, exporting
from qbank.cache import FOLDER, Memory
from qbank.model import Bank, Choice, Header, SingleChoice

pytestmark = pytest.mark.slow
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and devices of POSIX")


def command(*arguments: str) -> list[str]:
    """A qbank command line."""
    return [sys.executable, "-m", "qbank", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A qbank command that has ended."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=120)


def bank_of(count: int, word: str) -> Bank:
    """A bank of so many single choices."""
    choices = (Choice(id="a", text="yes", feedback="right"), Choice(id="b", text="no"))
    return Bank(
        header=Header(qbank=1, title=word),
        questions=tuple(
            SingleChoice(id=f"{word}-{i}", stem=f"{word} {i}?", choices=choices, answer="a") for i in range(count)
        ),
    )


def parts(folder: Path) -> list[str]:
    """The unfinished files that lie in a folder."""
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank that takes a moment to write."""
    path = tmp_path / "bank.jsonl"
    bankfile.dump(bank_of(3000, "new"), path)
    return path


def killed_at_random(arguments: Sequence[str], target: Path, times: int, seed: int, longest: float) -> int:
    """Run a command so many times, each killed at some moment; returns how often it had written before."""
    old, new = b"the old file", None
    target.write_bytes(old)
    done = subprocess.run(command(*arguments), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    new = target.read_bytes()
    chance = random.Random(seed)
    written = 0
    for _ in range(times):
        target.write_bytes(old)
        process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, longest))
        process.kill()
        process.wait()
        found = target.read_bytes()
        assert found in (old, new)
        written += found == new
    return written


@POSIX
@pytest.mark.parametrize(
    ("to", "times"), [("gift", 20), ("moodle-xml", 20), ("qti21", 20), ("xlsx", 20)], ids=["gift", "xml", "zip", "xlsx"]
)
def test_killed_while_exporting(bank: Path, to: str, times: int) -> None:
    """After kill -9 the target is the old file or the new one, and the next run clears what was left."""
    target = bank.parent / "out"
    killed_at_random(["export", str(bank), "--to", to, "-o", str(target), "-q"], target, times, times, 0.9)
    assert run("export", str(bank), "--to", to, "-o", str(target), "-q").returncode == 0
    assert parts(bank.parent) == []


@POSIX
def test_killed_while_importing(bank: Path) -> None:
    """An import that is killed leaves no half bank."""
    target = bank.parent / "imported.json"
    killed_at_random(["import", str(bank), "-o", str(target), "-q"], target, 20, 5, 0.8)
    assert run("import", str(bank), "-o", str(target), "-q").returncode == 0
    assert parts(bank.parent) == []


@POSIX
def test_killed_while_formatting(tmp_path: Path) -> None:
    """`fmt` works in place, and a bank that was being formatted when the power went is whole, in one form or the other."""
    target = tmp_path / "bank.jsonl"
    bankfile.dump(bank_of(2000, "fmt"), target)
    new = target.read_bytes()
    old = new.replace(b'","', b'", "')
    chance = random.Random(7)
    for _ in range(20):
        target.write_bytes(old)
        process = subprocess.Popen(command("fmt", str(target)), stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 0.5))
        process.kill()
        process.wait()
        assert target.read_bytes() in (old, new)
    assert run("fmt", str(target)).returncode == 0
    assert target.read_bytes() == new
    assert parts(tmp_path) == []


@POSIX
@pytest.mark.parametrize(
    ("jobs", "blow", "how"),
    [
        ("1", "SIGINT", "interrupted"),
        ("2", "SIGINT", "interrupted"),
        ("1", "SIGTERM", "ended by SIGTERM"),
        ("2", "SIGHUP", "ended by SIGHUP"),
    ],
)
def test_asked_to_end(tmp_path: Path, jobs: str, blow: str, how: str) -> None:
    """Ctrl-C, a shutdown and a closed terminal: one sentence, 128 and the signal as exit code, and nothing but the old file."""
    bank, target = tmp_path / "bank.jsonl", tmp_path / "out.xml"
    bankfile.dump(bank_of(20_000, "int"), bank)
    target.write_bytes(b"old")
    blown = getattr(signal, blow)
    process = subprocess.Popen(
        command("export", str(bank), "-o", str(target), "--jobs", jobs),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(blown, signal.SIG_DFL),  # these tests may run under nohup
    )
    deadline = time.monotonic() + 60
    while not parts(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(blown)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + blown
    assert said.strip() == f"qbank: {how}; every file is as it was, or finished"
    assert target.read_bytes() == b"old"
    assert parts(tmp_path) == []


def test_two_writers_at_once(tmp_path: Path) -> None:
    """Two exports to one file: one of the two is there in the end, whole, and neither takes the other's part away."""
    target = tmp_path / "out.gift"
    whole = []
    for word in ("one", "two"):
        bankfile.dump(bank_of(2000, word), tmp_path / f"{word}.jsonl")
        assert run("export", str(tmp_path / f"{word}.jsonl"), "-o", str(target), "-q").returncode == 0
        whole.append(target.read_bytes())
    for _ in range(5):
        both = [
            subprocess.Popen(command("export", str(tmp_path / f"{word}.jsonl"), "-o", str(target), "-q"))
            for word in ("one", "two")
        ]
        assert [process.wait(timeout=120) for process in both] == [0, 0]
        assert target.read_bytes() in whole
    assert parts(tmp_path) == []


@POSIX
def test_a_full_disk(bank: Path) -> None:
    """A device without room ends the run with one sentence and exit code 2."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    done = run("export", str(bank), "--to", "gift", "-o", "/dev/full", "-q")
    assert (done.returncode, done.stderr) == (2, "qbank: /dev/full: cannot be written (No space left on device)\n")


@POSIX
@pytest.mark.parametrize(
    "arguments",
    [("export", "--to", "qti21"), ("export", "--to", "xlsx"), ("export", "--to", "moodle-xml"), ("import",)],
    ids=["zip", "xlsx", "xml", "import"],
)
def test_no_room_for_a_whole_file(bank: Path, arguments: tuple[str, ...]) -> None:
    """Where the file cannot be as large as it must be, the old one stays and nothing else is left."""
    target = bank.parent / "out.json"
    target.write_bytes(b"old")
    line = command(arguments[0], str(bank), *arguments[1:], "-o", str(target), "-q")
    limited = ["sh", "-c", 'ulimit -f 40; exec "$@"', "sh", *line]
    done = subprocess.run(limited, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert target.read_bytes() == b"old"
    assert parts(bank.parent) == []


@POSIX
def test_a_folder_that_cannot_be_written(bank: Path) -> None:
    """One sentence with the name of the file."""
    done = run("export", str(bank), "--to", "gift", "-o", "/proc/out.gift", "-q")
    assert done.returncode == 2
    assert done.stderr.startswith("qbank: /proc/out.gift: cannot be written (")
    assert done.stderr.count("\n") == 1


def test_an_asset_that_cannot_be_read(tmp_path: Path) -> None:
    """A bank whose picture is a folder is refused and the old file stays."""
    (tmp_path / "a.png").mkdir()
    text = (
        '{"qbank": 1, "assets": {"a.png": {"file": "a.png"}}, "questions": '
        '[{"kind": "essay", "id": "e", "stem": {"html": "<p><img src=\\"asset:a.png\\" alt=\\"a\\"/></p>"}}]}'
    )
    (tmp_path / "bank.json").write_text(text)
    target = tmp_path / "out.xml"
    target.write_bytes(b"old")
    done = run("export", str(tmp_path / "bank.json"), "-o", str(target))
    assert done.returncode == 1
    assert "A002" in done.stderr
    assert target.read_bytes() == b"old"
    assert parts(tmp_path) == []


@pytest.mark.parametrize("to", ["gift", "moodle-xml", "qti21", "xlsx", "answer-key"])
def test_a_clock_in_1970(bank: Path, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    """No byte depends on what the clock says."""
    exporting.export_file(str(bank), exporting.Order(to=to), str(bank.parent / "now"))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    os.utime(bank, (0, 0))
    exporting.export_file(str(bank), exporting.Order(to=to), str(bank.parent / "then"))
    assert (bank.parent / "now").read_bytes() == (bank.parent / "then").read_bytes()


# Every other command that writes


Prepared = tuple[list[str], Path]
"""A command line, and the file it writes."""
COUNT = 1500


def _faulty(folder: Path, name: str) -> Path:
    """A bank in which every question has something that `check --fix` mends."""
    path = folder / name
    whole = bank_of(COUNT, "fix")
    questions = tuple(msgspec.structs.replace(q, stem=f"{q.stem} ") for q in whole.questions)
    bankfile.dump(Bank(header=whole.header, questions=questions), path)
    return path


def _check_fix(folder: Path) -> Prepared:
    path = _faulty(folder, "bank.jsonl")
    return ["check", str(path), "--fix", "--fail-on", "never", "-q", "--no-cache"], path


def _update_baseline(folder: Path) -> Prepared:
    path, target = _faulty(folder, "bank.jsonl"), folder / "baseline.json"
    return ["check", str(path), "--baseline", str(target), "--update-baseline", "--fail-on", "never", "-q"], target


def _merge(folder: Path) -> Prepared:
    base = bank_of(COUNT, "q")
    for name, points in (("base", 1), ("ours", 1), ("theirs", 2)):
        questions = [msgspec.structs.replace(q, points=q.points * points) for q in base.questions]
        bankfile.dump(Bank(header=base.header, questions=tuple(questions)), folder / f"{name}.jsonl")
    return ["merge", *(str(folder / f"{name}.jsonl") for name in ("base", "ours", "theirs"))], folder / "ours.jsonl"


def _import_merge(folder: Path) -> Prepared:
    target, workbook = folder / "bank.json", folder / "edited.xlsx"
    whole = bank_of(300, "q")
    questions = tuple(msgspec.structs.replace(q, points=q.points * 2) for q in whole.questions)
    bankfile.dump(Bank(header=whole.header, questions=questions), folder / "edited.json")
    assert run("export", str(folder / "edited.json"), "-o", str(workbook), "-q").returncode == 0
    bankfile.dump(whole, target)
    return ["import", str(workbook), "--merge", "-o", str(target), "-q"], target


def _of_a_bank(*arguments: str, out: str) -> Callable[[Path], Prepared]:
    def prepare(folder: Path) -> Prepared:
        bankfile.dump(bank_of(COUNT // 3, "q"), folder / "bank.jsonl")
        bankfile.dump(bank_of(1, "old"), folder / "old.json")
        return [a.format(folder=folder) for a in arguments], folder / out

    return prepare


def _build(folder: Path) -> Prepared:
    bankfile.dump(bank_of(COUNT, "q"), folder / "bank.jsonl")
    settings = 'bank = "bank.jsonl"\n[[build]]\nto = "gift"\nout = "out.gift"\n'
    (folder / "qbank.toml").write_text(settings, encoding="utf-8")
    return ["build", "--config", str(folder / "qbank.toml"), "-q"], folder / "out.gift"


WRITERS: dict[str, Callable[[Path], Prepared]] = {
    "check --fix": _check_fix,
    "check --update-baseline": _update_baseline,
    "merge": _merge,
    "import --merge": _import_merge,
    "build": _build,
    "convert": _of_a_bank("convert", "{folder}/bank.jsonl", "{folder}/out.gift", "-q", out="out.gift"),
    "dedupe": _of_a_bank("dedupe", "{folder}/bank.jsonl", "--exact", "--merge", "-o", "{folder}/out.json", "-q", out="out.json"),
    "paper": _of_a_bank("paper", "{folder}/bank.jsonl", "-o", "{folder}/out.docx", "-q", out="out.docx"),
    "paper html": _of_a_bank("paper", "{folder}/bank.jsonl", "-o", "{folder}/out.html", "-q", out="out.html"),
    "preview": _of_a_bank("preview", "{folder}/bank.jsonl", "-o", "{folder}/out.html", "--no-open", "-q", out="out.html"),
    "stats": _of_a_bank("stats", "{folder}/bank.jsonl", "--html", "{folder}/out.html", out="out.html"),
    "verify": _of_a_bank("export", "{folder}/bank.jsonl", "--verify", "-o", "{folder}/out.gift", "-q", out="out.gift"),
    "split": _of_a_bank(
        "export", "{folder}/bank.jsonl", "--to", "moodle-xml", "--option", "split=category", "-o", "{folder}/out.zip", "-q", out="out.zip"
    ),
}  # fmt: skip


def before_and_after(arguments: list[str], target: Path) -> tuple[bytes, bytes]:
    """What the target holds before a command and after it."""
    if not target.exists():
        target.write_bytes(b"the old file")
    old = target.read_bytes()
    done = run(*arguments)
    assert done.returncode in (0, 1), done.stderr
    new = target.read_bytes()
    assert new != old
    return old, new


@POSIX
@pytest.mark.parametrize("name", WRITERS)
def test_a_command_that_is_killed_or_interrupted_or_has_no_room(name: str, tmp_path: Path) -> None:
    """kill -9, Ctrl-C, a full disk, and a run beside another: the old file or the new one, and the next run tidies up."""
    arguments, target = WRITERS[name](tmp_path)
    old, new = before_and_after(arguments, target)
    chance = random.Random(name)
    for blow in (signal.SIGKILL, signal.SIGKILL, signal.SIGINT):
        target.write_bytes(old)
        process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 0.8))
        process.send_signal(blow)
        process.wait(timeout=60)
        assert target.read_bytes() in (old, new)

    target.write_bytes(old)
    limit = max(1, len(new) // 512 // 2)
    limited = ["sh", "-c", f'ulimit -f {limit}; exec "$@"', "sh", *command(*arguments)]
    done = subprocess.run(limited, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_bytes() == old

    both = [subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for _ in "ab"]
    assert all(process.wait(timeout=120) in (0, 1) for process in both)
    assert target.read_bytes() == new
    assert parts(tmp_path) == []


def _large(folder: Path, word: str) -> Path:
    """A bank large enough to be remembered."""
    path = folder / "bank.jsonl"
    bankfile.dump(bank_of(8000, word), path)
    return path


def _checked(path: Path, *options: str) -> tuple[int, str]:
    done = run("check", str(path), "--format", "json", *options)
    assert done.stderr == ""
    return done.returncode, done.stdout


@POSIX
def test_a_memory_that_is_damaged_or_foreign_changes_nothing(tmp_path: Path) -> None:
    """Cut off, with any byte changed, or somebody else's: what was remembered is left alone, and made anew."""
    path = _large(tmp_path, "memory")
    plain = list(checks.check_bank(str(path)))
    memory = tmp_path / FOLDER / "bank.jsonl.check"
    assert list(checks.check_bank(str(path), cache=True)) == plain
    whole = memory.read_bytes()
    at = random.Random(3).randrange(len(whole))
    for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
        memory.write_bytes(damaged)
        assert list(checks.check_bank(str(path), cache=True)) == plain
        assert memory.read_bytes() != damaged
    if os.geteuid() == 0:
        mine = Memory.beside(str(path), Header(qbank=1, title="memory"), frozenset())
        assert mine is not None
        assert len(mine) > 0
        os.chown(memory, 12345, 12345)
        again = Memory.beside(str(path), Header(qbank=1, title="memory"), frozenset())
        assert again is not None
        assert len(again) == 0


@POSIX
def test_a_memory_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    """A folder from a stranger may link to a file of one's own: nothing is written there."""
    path = _large(tmp_path, "link")
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "bank.jsonl.check").symlink_to(mine)
    assert _checked(path)[0] == 0
    assert mine.read_text() == "mine"


def test_a_memory_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    """A bank is checked where nothing can be remembered beside it."""
    path = _large(tmp_path, "room")
    (tmp_path / FOLDER / "bank.jsonl.check").mkdir(parents=True)
    assert _checked(path)[0] == 0
    assert parts(tmp_path / FOLDER) == []


# Many papers by many processes


def _papers(folder: Path) -> Path:
    """Papers that take two processes a while."""
    (folder / "papers").mkdir()
    for number in range(40):
        lines = [f"{i}. 第{number}卷的第{i}题是什么？（A）\nA. 甲{i}\nB. 乙{i}\nC. 丙{i}" for i in range(1, 120)]
        text = "一、单项选择题\n" + "\n".join(lines)
        (folder / "papers" / f"{number:02}.txt").write_text(text, encoding="utf-8")
    return folder / "papers"


def _gone(group: int) -> bool:
    """Whether all processes of a group have ended, within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@POSIX
@pytest.mark.parametrize("blow", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_no_worker_outlives_its_run(tmp_path: Path, blow: str) -> None:
    """Whatever ends a bulk run, its processes end with it, at once and without a word; the next run finishes the work."""
    papers, out = _papers(tmp_path), tmp_path / "shards"
    line = command("bulk", "import", str(papers), "-o", str(out), "--size", "1", "-j", "2")
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(out.glob("*.done.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    if blow == "SIGINT":
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    else:
        process.send_signal(getattr(signal, blow))
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    assert _gone(process.pid)
    done = run("bulk", "import", str(papers), "-o", str(out), "--size", "1", "-j", "2")
    assert done.returncode == 0, done.stderr
    assert "40 partitions" in done.stderr
    assert parts(out) == []
    assert not (out / ".lock").exists()
