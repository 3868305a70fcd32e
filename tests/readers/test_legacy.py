"""Old office documents: known by their content, read by LibreOffice where there is one, refused clearly where not."""

from __future__ import annotations

import shutil
import stat
import sys
from pathlib import Path

import pytest

from qbank import model, reading
from qbank.diagnostics import QbankError
from qbank.readers import legacy

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)


def compound(stream: str) -> bytes:
    """The beginning of a compound file that has a stream of this name."""
    return OLE + stream.encode("utf-16-le") + bytes(64)


def rtf(*paragraphs: str) -> bytes:
    """A small RTF document."""
    body = "\\par\n".join("".join(c if c.isascii() else f"\\u{ord(c)}?" for c in p) for p in paragraphs)
    return b"{\\rtf1\\ansi\\uc1 " + body.encode("ascii") + b"\\par}"


def program(folder: Path, script: str) -> Path:
    """A stand-in for LibreOffice: a Python script on a path of its own."""
    path = folder / "soffice"
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("name", "data", "ours"),
    [
        ("a.doc", compound("WordDocument"), True),
        ("a.wps", compound("WordDocument"), True),
        ("a.wps", compound("Contents"), True),
        ("a.rtf", rtf("x"), True),
        ("a.odt", b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.textPK", True),
        ("a.xls", compound("Workbook"), False),
        ("a.doc", b"1. plain text", False),
        ("a.zip", b"PK\x03\x04" + bytes(200), False),
    ],
)
def test_documents_are_known_by_their_content(name: str, data: bytes, ours: bool) -> None:
    """Word, WPS, RTF and OpenDocument text are ours; workbooks, plain text and other archives are not."""
    assert (legacy.READER.sniff(reading.Document(name, data)) > 0.5) is ours


def test_without_libreoffice_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no office program is on the path, one sentence says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(QbankError, match=r"LibreOffice is not installed.*\.docx"):
        legacy.extract(reading.Document("试卷.doc", compound("WordDocument")), reading.Context())


def test_a_locked_document_is_named() -> None:
    """A document with a password is refused before any program is started."""
    with pytest.raises(QbankError, match="password"):
        legacy.extract(reading.Document("a.docx", compound("EncryptedPackage")), reading.Context())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a script with a shebang")
def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A conversion that does not finish in time is ended, with the programs it started."""
    program(tmp_path, "import time; time.sleep(60)")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(legacy, "TIMEOUT", 0.3)
    with pytest.raises(QbankError, match="did not finish"):
        legacy.extract(reading.Document("a.doc", compound("WordDocument")), reading.Context())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a script with a shebang")
def test_macros_are_off_and_the_file_has_a_name_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program gets a fresh profile with macros disabled, and never the document's own name."""
    told = tmp_path / "told"
    program(
        tmp_path,
        "import sys, pathlib, urllib.parse as u\n"
        "profile = next(a for a in sys.argv if a.startswith('-env:UserInstallation=file://'))\n"
        "folder = pathlib.Path(u.unquote(profile.split('file://')[1]))\n"
        f"pathlib.Path({str(told)!r}).write_text((folder / 'user' / 'registrymodifications.xcu').read_text() + sys.argv[-1])",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(QbankError, match="could not open"):
        legacy.extract(reading.Document("--convert-to.doc", compound("WordDocument")), reading.Context())
    seen = told.read_text()
    assert 'oor:name="DisableMacrosExecution" oor:op="fuse"><value>true' in seen
    assert seen.endswith("paper.doc")


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, legacy.PROGRAMS)), reason="LibreOffice is not installed")
def test_libreoffice_makes_a_paper_of_it() -> None:
    """An RTF paper comes out as its questions."""
    data = rtf("一、单选题", "1. 客服的英文缩写是（　　）。", "A. CS", "B. PS", "答案：A")
    questions = list(legacy.READER.read(reading.Document("试卷.rtf", data), reading.Context()))
    assert [(type(q), getattr(q, "answer", None)) for q in questions] == [(model.SingleChoice, "a")]
