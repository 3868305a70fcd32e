"""Documents that only an office program can open (.doc, .wps, .rtf, .odt): LibreOffice makes Word documents of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from qbank.diagnostics import QbankError
from qbank.model import Question
from qbank.readers import docx
from qbank.readers.extract import Extract, read_extract
from qbank.reading import Context, Document

PROGRAMS = ("soffice", "libreoffice")
TIMEOUT = 120
"""Seconds for one document."""
MEMORY = 4 << 30
"""Bytes that LibreOffice may ask for, where the system can see to that."""

_WORD = "docx:MS Word 2007 XML"
_EXCEL = "xlsx:Calc MS Excel 2007 XML"
"""LibreOffice's names for what it shall write."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


class LegacyReader:
    """Reads old office documents by way of LibreOffice, when it is installed."""

    name = "legacy"
    title = "Old office document (.doc, .wps, .rtf, .odt; needs LibreOffice)"
    suffixes: tuple[str, ...] = (".doc", ".wps", ".rtf", ".odt")
    options: Mapping[str, str] = {}

    def sniff(self, document: Document) -> float:
        """Sure of a compound file with a Word stream, of RTF and of OpenDocument text."""
        return 0.9 if _suffix(document) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the document. Raises `QbankError` when LibreOffice is missing or cannot open it."""
        yield from read_extract(extract(document, ctx), document.name, ctx)


def extract(document: Document, ctx: Context) -> Extract:
    """The words of the document, after LibreOffice has made a Word document of it; macros never run."""
    data = document.data
    if data.startswith(_OLE) and _named(data, "EncryptedPackage"):
        raise QbankError(f"{document.name}: is locked with a password; save a copy without it")
    suffix = _suffix(document) or ".doc"
    return docx.extract(replace(document, data=_converted(document, suffix, _WORD)), ctx)


def workbook(document: Document) -> bytes:
    """An old workbook (.xls) as one of the newer kind. Raises `QbankError` as `extract` does; macros never run."""
    if _named(document.data, "EncryptedPackage"):
        raise QbankError(f"{document.name}: is locked with a password; save a copy without it")
    return _converted(document, ".xls", _EXCEL)


def _suffix(document: Document) -> str:
    """The ending that tells LibreOffice what the document is; empty for what is not ours."""
    data = document.data
    if data.startswith(_OLE):
        if _named(data, "WordDocument") or _named(data, "EncryptedPackage"):
            return ".doc"
        own = Path(document.name).suffix.lower()
        return own if own in {".doc", ".wps"} else ""
    if data.startswith(b"{\\rtf"):
        return ".rtf"
    if data.startswith(b"PK\x03\x04") and b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:200]:
        return ".odt"
    return ""


def _named(data: bytes, stream: str) -> bool:
    """Whether a compound file has a stream of that name; its directory holds the names in UTF-16."""
    return stream.encode("utf-16-le") in data


def _converted(document: Document, suffix: str, wanted: str) -> bytes:
    ending = wanted.partition(":")[0]
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise QbankError(
            f"{document.name}: only an office program can open {suffix} files and LibreOffice is not installed; "
            f"install it, or save the document as .{ending}"
        )
    with tempfile.TemporaryDirectory(prefix="qbank-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        source = place / f"paper{suffix}"
        source.write_bytes(document.data)
        profile = place / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        command = [
            program,
            f"-env:UserInstallation={(place / 'profile').as_uri()}",
            "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
            "--convert-to", wanted,
            "--outdir", str(place / "out"),
            str(source),
        ]  # fmt: skip
        _run(command, document.name, ending)
        made = place / "out" / f"paper.{ending}"
        if not made.is_file():
            raise QbankError(f"{document.name}: LibreOffice could not open it; save the document as .{ending}")
        return made.read_bytes()


def _run(command: list[str], name: str, ending: str) -> None:
    """Run LibreOffice to its end, or end it and all it started."""
    try:
        process = subprocess.Popen(  # noqa: S603  # a fixed program, its arguments are paths of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise QbankError(f"{name}: LibreOffice could not be started ({error.strerror or error})") from error
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        raise QbankError(
            f"{name}: LibreOffice did not finish in {TIMEOUT} seconds; save the document as .{ending}"
        ) from None
    finally:
        if process.poll() is None:
            with suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.wait()


READER = LegacyReader()
