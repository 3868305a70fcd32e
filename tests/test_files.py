"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from qbank.diagnostics import QbankError
from qbank.files import atomic_write


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


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """What the system refuses while writing becomes one sentence with the file's name."""
    path = tmp_path / "a"
    with pytest.raises(QbankError, match=r"a: cannot be written \(No space left") as caught, atomic_write(path):
        raise OSError(28, "No space left on device")
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


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
