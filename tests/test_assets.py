"""Assets: read from the bank's folder and nowhere else, and only what is meant."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest

from qbank import assets
from qbank.assets import AssetError, AssetStore
from qbank.model import Asset


def store(root: Path, **entries: Asset) -> AssetStore:
    """A store with these assets below `root`."""
    return AssetStore(entries, root)


def refused(found: AssetStore, name: str = "a") -> str:
    """The code with which reading an asset is refused."""
    with pytest.raises(AssetError) as caught:
        found.read(name)
    assert "\n" not in str(caught.value)
    return caught.value.code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A bank's folder, with a file outside it that nobody may read."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "in.png").write_bytes(b"in")
    return folder


@pytest.mark.parametrize(
    "path",
    [
        "../secret.png",
        "media/../../secret.png",
        "..\\secret.png",
        "media\\..\\..\\secret.png",
        "../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "\\etc\\passwd",
        "\\\\server\\share\\x.png",
        "C:\\x.png",
        "c:x.png",
        "..",
    ],
)
def test_a_path_that_leads_outside_is_never_read(root: Path, path: str) -> None:
    """Whatever its spelling, a path out of the bank's folder is refused before anything is opened."""
    assert refused(store(root, a=Asset(file=path))) == "A003"


def test_a_link_that_leads_outside_is_never_read(root: Path) -> None:
    """A link in the folder counts as the place it leads to."""
    (root / "link.png").symlink_to(root.parent / "secret.png")
    (root / "media").symlink_to(root.parent)
    assert refused(store(root, a=Asset(file="link.png"))) == "A003"
    assert refused(store(root, a=Asset(file="media/secret.png"))) == "A003"


def test_a_link_inside_the_folder_is_followed(root: Path) -> None:
    """A link to a file of the bank is that file, also when the folder itself is reached by a link."""
    (root / "link.png").symlink_to("in.png")
    other = root.parent / "other"
    other.symlink_to(root)
    assert store(other, a=Asset(file="link.png")).read("a") == b"in"


def test_links_in_a_circle(root: Path) -> None:
    """A circle of links is a file that cannot be read."""
    (root / "a.png").symlink_to("b.png")
    (root / "b.png").symlink_to("a.png")
    assert refused(store(root, a=Asset(file="a.png"))) == "A002"


@pytest.mark.parametrize("path", ["no.png", "media", ".", "in.png/x", "x" * 5000, "a\x00b"])
def test_what_cannot_be_read(root: Path, path: str) -> None:
    """A missing file, a folder, a name that no file can have: one finding each."""
    (root / "media").mkdir()
    assert refused(store(root, a=Asset(file=path))) == "A002"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_not_waited_for(root: Path) -> None:
    """Only regular files are read."""
    os.mkfifo(root / "pipe.png")
    assert refused(store(root, a=Asset(file="pipe.png"))) == "A002"


def test_names_with_dots_and_backslashes_inside_the_folder(root: Path) -> None:
    """Two dots in a name are no way out, and a backslash is a separator as on Windows."""
    (root / "media").mkdir()
    (root / "media" / "a..b.png").write_bytes(b"x")
    assert store(root, a=Asset(file="media/a..b.png")).read("a") == b"x"
    assert store(root, a=Asset(file="media\\a..b.png")).read("a") == b"x"
    assert store(root, a=Asset(file="./media/./a..b.png")).read("a") == b"x"


def test_without_a_folder_files_lie_where_the_program_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank from standard input has its media in the current folder."""
    monkeypatch.chdir(root)
    assert AssetStore({"a": Asset(file="in.png")}).read("a") == b"in"
    assert refused(AssetStore({"a": Asset(file="../secret.png")})) == "A003"


def test_sha256_is_checked(root: Path) -> None:
    """Bytes that changed since the bank was made are refused, from a file and from base64."""
    right, wrong = hashlib.sha256(b"in").hexdigest(), "0" * 64
    data = base64.b64encode(b"in").decode()
    assert store(root, a=Asset(file="in.png", sha256=right)).read("a") == b"in"
    assert store(root, a=Asset(base64=data, sha256=right)).read("a") == b"in"
    assert refused(store(root, a=Asset(file="in.png", sha256=wrong))) == "A004"
    assert refused(store(root, a=Asset(base64=data, sha256=wrong))) == "A004"


def test_the_limit_is_looked_at_before_reading(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is not loaded, and base64 beyond it is not decoded."""
    with (root / "big.png").open("wb") as sink:
        sink.truncate(assets.MAX_BYTES + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail(f"{self} was read"))
    assert refused(store(root, a=Asset(file="big.png"))) == "A007"
    monkeypatch.setattr(assets, "MAX_BYTES", 9)
    assert refused(store(root, a=Asset(base64="A" * 16))) == "A007"


@pytest.mark.parametrize("text", ["A", "A*==", "====", "AAAAA", "图"])
def test_broken_base64(root: Path, text: str) -> None:
    """Base64 is decoded strictly; line breaks are all right."""
    assert refused(store(root, a=Asset(base64=text))) == "A008"
    assert store(root, a=Asset(base64="aW\n5=".replace("5=", "4="))).read("a") == b"in"


def test_unknown_assets(root: Path) -> None:
    """An asset that is not listed is not looked for on disk."""
    assert refused(store(root), "in.png") == "A001"


@pytest.mark.parametrize(
    ("name", "asset", "media_type"),
    [
        ("a.png", Asset(base64="AAAA"), "image/png"),
        ("a", Asset(file="x/b.JPEG"), "image/jpeg"),
        ("a", Asset(base64="AAAA", media_type="audio/mpeg"), "audio/mpeg"),
        ("a.png", Asset(base64="AAAA", media_type="image/svg+xml"), "image/svg+xml"),
        ("a.mp3", Asset(file="noending"), "audio/mpeg"),
    ],
)
def test_media_types(name: str, asset: Asset, media_type: str) -> None:
    """The type is the declared one, else that of the file's ending, else that of the name's."""
    assert AssetStore({name: asset}).media_type(name) == media_type


@pytest.mark.parametrize(
    "asset", [Asset(base64="AAAA"), Asset(file="x.exe"), Asset(base64="AAAA", media_type="text/html")]
)
def test_media_that_no_question_can_show(asset: Asset) -> None:
    """Anything but the pictures and sounds of the list is refused."""
    with pytest.raises(AssetError) as caught:
        AssetStore({"a": asset}).media_type("a")
    assert caught.value.code == "A006"


def test_file_names() -> None:
    """A name without the ending of a picture or sound gets that of its type."""
    found = AssetStore({"a": Asset(base64="AAAA", media_type="image/jpeg"), "b.png": Asset(base64="AAAA")})
    assert [found.file_name(name) for name in found] == ["a.jpg", "b.png"]
