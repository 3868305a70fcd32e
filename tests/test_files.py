"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from qbank import files
from qbank.cli import cli
from qbank.diagnostics import QbankError
from qbank.files import Seen, alone, atomic_write, held


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(p.name for p in folder.iterdir())


def test_a_new_file(tmp_path: Path) -> None:
    """The file is there when the block ends, with the folders it needs, and with the rights of a new file."""
    path = tmp_path / "a" / "b" / "图.json"
    with atomic_write(path) as sink:
        sink.write(b"x")
        assert not path.exists()
    assert path.read_bytes() == b"x"
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert names(path.parent) == ["图.json"]


def test_an_old_file_is_replaced_and_keeps_its_rights(tmp_path: Path) -> None:
    """Who could read the old file can read the new one."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with atomic_write(path) as sink:
        sink.write(b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [QbankError("no"), ValueError("no"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    """Whatever goes wrong in the block, the old file is whole, the error is the block's own, and no scrap is left."""
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def write() -> None:
        with atomic_write(path) as sink:
            sink.write(b"half")
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert caught.value is error
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """What the system refuses while writing becomes one sentence with the name of the file, or of the folder, that is meant."""
    import resource

    path = tmp_path / "a"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        with (
            pytest.raises(QbankError, match=r"a: cannot be written \(File too large") as caught,
            atomic_write(path) as sink,
        ):
            sink.write(bytes(1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(caught.value)
    # A temporary file that is made on the way lies elsewhere: that disk is the one to look at.
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(QbankError, match=r"temporary files cannot be written \(No space left.*TMPDIR") as caught:
        _fails(path, full)
    assert str(path) not in str(caught.value)
    assert names(tmp_path) == []


def _fails(path: Path, error: Exception) -> None:
    with atomic_write(path):
        raise error


def test_a_link_is_written_through(tmp_path: Path) -> None:
    """The file behind a link is replaced, the link stays."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with atomic_write(link) as sink:
        sink.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["", ".", "folder", "file/x", "x" * 300, "a\x00b", "loop"])
def test_what_cannot_be_written(tmp_path: Path, name: str) -> None:
    """A folder, a name that no file can have, a file where a folder is needed, links in a circle: one sentence each."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "loop").symlink_to("loop")
    before = names(tmp_path)
    path = f"{tmp_path}/{name}" if name else str(tmp_path)
    with pytest.raises(QbankError) as caught, atomic_write(path):
        pytest.fail("there is nothing to write to")
    assert "\n" not in str(caught.value)
    assert "\x00" not in str(caught.value)
    assert names(tmp_path) == before


QUESTION = '{"kind": "true_false", "id": "q", "stem": "Yes? ", "answer": true}'
OTHER = b'{"qbank": 1, "title": "what somebody else wrote", "questions": []}'


def _bank(folder: Path, name: str = "bank.json", title: str = "mine") -> Path:
    path = folder / name
    path.write_text(f'{{"qbank": 1, "title": "{title}", "questions": [{QUESTION}]}}', encoding="utf-8")
    return path


def _fmt(folder: Path) -> list[str]:
    return ["fmt", str(_bank(folder))]


def _fix(folder: Path) -> list[str]:
    return ["check", "--fix", str(_bank(folder))]


def _merge(folder: Path) -> list[str]:
    return ["merge", str(_bank(folder, "base.json")), str(_bank(folder)), str(_bank(folder, "theirs.json", "theirs"))]


def _dedupe(folder: Path) -> list[str]:
    return ["dedupe", str(_bank(folder)), "--merge", "-o", str(folder / "out.json")]


def _import(*options: str) -> Callable[[Path], list[str]]:
    def arguments(folder: Path) -> list[str]:
        (folder / "paper.txt").write_text("一、判断题\n1. 图书可以续借。（√）\n", encoding="utf-8")
        return ["import", str(folder / "paper.txt"), "-o", str(_bank(folder)), *options]

    return arguments


def _import_merge(folder: Path) -> list[str]:
    bank = str(_bank(folder))
    assert CliRunner().invoke(cli, ["export", bank, "-o", str(folder / "edited.xlsx")]).exit_code == 0
    return ["import", str(folder / "edited.xlsx"), "--merge", "-o", bank]


@pytest.mark.parametrize(
    "prepare",
    [_fmt, _fix, _merge, _dedupe, _import("--overwrite"), _import("--update"), _import_merge],
    ids=["fmt", "fix", "merge", "dedupe", "import --overwrite", "import --update", "import --merge"],
)
def test_what_somebody_writes_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Path], list[str]]
) -> None:
    """A bank that is changed between being read and being written is left alone, and it is said so."""
    arguments = prepare(tmp_path)
    put = files._put

    def put_late(part: Path, real: Path, given: Iterable[Seen]) -> None:
        (tmp_path / "bank.json").write_bytes(OTHER)
        put(part, real, given)

    monkeypatch.setattr(files, "_put", put_late)
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, QbankError)
    assert str(done.exception).endswith(
        "bank.json: was changed by another program meanwhile; nothing was written over it, try again"
    )
    assert (tmp_path / "bank.json").read_bytes() == OTHER
    assert [name for name in names(tmp_path) if name.endswith(".part") or name == "out.json"] == []


def test_two_runs_that_make_the_same_of_it_both_succeed(tmp_path: Path) -> None:
    """Where another run has written the very bytes that would be written, there is nothing to refuse."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with atomic_write(path, [Seen.of(path)]) as first:
        first.write(b"new")
        with atomic_write(path, [Seen.of(path)]) as second:
            second.write(b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_a_new_bank_is_not_written_over_one_that_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two imports that both began where there was no bank: the second is refused, and does not replace the first."""
    arguments = _import()(tmp_path)
    (tmp_path / "bank.json").unlink()
    first = files._put

    def late(part: Path, real: Path, given: Iterable[Seen]) -> None:
        (tmp_path / "bank.json").write_bytes(OTHER)
        first(part, real, given)

    monkeypatch.setattr(files, "_put", late)
    assert "changed by another program" in str(CliRunner().invoke(cli, arguments).exception)
    assert (tmp_path / "bank.json").read_bytes() == OTHER


def test_only_another_content_is_a_change(tmp_path: Path) -> None:
    """A file that was touched, or replaced by the same bytes, is what it was; taken away or written, it is not."""
    path = tmp_path / "a"
    path.write_bytes(b"x")
    seen, nothing = Seen.of(path), Seen.of(tmp_path / "b")
    assert seen.holds()
    assert nothing.holds()
    path.unlink()
    assert not seen.holds()
    path.write_bytes(b"x")
    os.utime(path, (1, 1))
    assert not seen.untouched()
    assert seen.holds()
    path.write_bytes(b"y")
    assert not seen.holds()
    (tmp_path / "b").write_bytes(b"")
    assert not nothing.holds()


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds a folder may write in it; another waits, and gives up with a sentence instead of for ever."""
    monkeypatch.setattr(files, "_PATIENCE", 2)
    said: list[str] = []

    def other() -> None:
        try:
            with atomic_write(tmp_path / "a") as sink:
                sink.write(b"theirs")
        except QbankError as error:
            said.append(str(error))

    with held(tmp_path / "a"):
        with atomic_write(tmp_path / "a") as sink:
            sink.write(b"mine")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert said == [f"{tmp_path / 'a'}: another program has locked {tmp_path}; try again when it has ended"]
    assert (tmp_path / "a").read_bytes() == b"mine"
    other()
    assert (tmp_path / "a").read_bytes() == b"theirs"
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_one_run_at_a_time_in_a_folder(tmp_path: Path) -> None:
    """A second run in the same folder is refused; what a killed run left behind is no run."""
    with alone(tmp_path), pytest.raises(QbankError, match="another run is writing"), alone(tmp_path):
        pytest.fail("there are two")
    assert names(tmp_path) == []
    (tmp_path / ".lock").write_bytes(b"")
    with alone(tmp_path):
        assert names(tmp_path) == [".lock"]
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_leftovers_that_are_no_files_are_left_alone(tmp_path: Path) -> None:
    """A pipe or a link with the name of an unfinished file neither stops a run nor is followed."""
    os.mkfifo(tmp_path / ".a.00000000.part")
    (tmp_path / "precious").write_bytes(b"x")
    (tmp_path / ".a.00000001.part").symlink_to("precious")
    (tmp_path / ".a.00000002.part").write_bytes(b"left by a killed run")
    with atomic_write(tmp_path / "a") as sink:
        sink.write(b"new")
    assert names(tmp_path) == [".a.00000000.part", ".a.00000001.part", "a", "precious"]


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="no descriptors as files here")
def test_an_open_descriptor_is_written_where_it_stands(tmp_path: Path) -> None:
    """`>(program)` of a shell and /dev/stdout are written as they are: a file opened for appending keeps what it has."""
    ours, theirs = os.pipe()
    log = tmp_path / "log"
    log.write_bytes(b"before ")
    with os.fdopen(ours, "rb") as reading, os.fdopen(theirs, "wb") as writing, log.open("ab") as appending:
        for handle in (writing.fileno(), appending.fileno()):
            with atomic_write(f"/dev/fd/{handle}") as sink:
                sink.write(b"new")
        assert os.read(reading.fileno(), 9) == b"new"
    assert log.read_bytes() == b"before new"
    assert names(tmp_path) == ["log"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="rights do not bind this user")
def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    """A file that its owner has locked is not replaced, although its folder would allow it."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(QbankError, match="it is read-only"), atomic_write(path):
        pytest.fail("it may not be written")
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    """A file that root writes for somebody else is still theirs."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    with atomic_write(path) as sink:
        sink.write(b"new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 23456, 0o640)


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "bank.json", "--to", "gift", "-o", "bank.json"],
        ["export", "bank.json", "--to", "gift", "-o", "link"],
        ["convert", "bank.json", "./bank.json", "--to", "gift"],
        ["preview", "bank.json", "-o", "bank.json", "--no-open"],
        ["stats", "bank.json", "--html", "bank.json"],
        ["import", "paper.html", "-o", "new.json", "--report", "paper.html"],
        ["import", "bank.json", "-o", "bank.json", "--report", "bank.json"],
        ["import", "bank.json", "-o", "new.json", "--report", "./new.json"],
        ["check", "bank.json", "--baseline", "bank.json", "--update-baseline"],
        ["build", "--config", "qbank.toml"],
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[-1:]),
)
def test_nothing_is_written_over_what_it_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """A slip on the command line does not turn a bank or a paper into its own export."""
    monkeypatch.chdir(tmp_path)
    bank = _bank(tmp_path)
    (tmp_path / "link").symlink_to("bank.json")
    (tmp_path / "paper.html").write_text("<p>1. 图书可以续借。（√）</p>", encoding="utf-8")
    (tmp_path / "qbank.toml").write_text('bank = "bank.json"\n[[build]]\nto = "gift"\nout = "bank.json"\n')
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, QbankError), done.output
    assert "name another file" in str(done.exception)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert bank.exists()


def test_an_init_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    """Where the first of its files alone is there, as it would be written, `init` goes on; else it leaves all alone."""
    arguments = ["init", str(tmp_path)]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    (tmp_path / "qbank.toml").unlink()
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(whole) == ["bank.json", "qbank.toml"]
    assert "is there already" in str(CliRunner().invoke(cli, arguments).exception)
    (tmp_path / "qbank.toml").unlink()
    (tmp_path / "bank.json").write_bytes(OTHER)
    assert "is there already" in str(CliRunner().invoke(cli, arguments).exception)
    assert (tmp_path / "bank.json").read_bytes() == OTHER
