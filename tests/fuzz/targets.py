"""What is fuzzed: every reader, and the check of a bank; whatever comes in, only `QbankError` may come out.

A container (docx, xlsx) is fuzzed from within: the part that holds the text is
mutated and packed anew, for a zip whose checksums are wrong is refused before
anything of it is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from pathlib import Path

from qbank import bankfile, checks, export, exporting, reading
from qbank.diagnostics import QbankError, Report

TESTS = Path(__file__).parents[1]
SKIPPED = frozenset({"legacy"})
"""Readers that start another program for every document."""
MOST_QUESTIONS = 2_000
_SUFFIX = {"qbank": ".json", "table": ".csv", "paper": ".txt"}
_SHEET = "xl/worksheets/sheet1.xml"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def names() -> list[str]:
    """The targets: each reader, and `check`."""
    return [name for name in reading.names() if name not in SKIPPED] + ["check"]


def target(name: str) -> Callable[[bytes], None]:
    """A function that reads a document as a user's command would, to the end."""
    match name:
        case "check":
            return _check
        case "docx":
            return lambda data: _read(name, _packed({"word/document.xml": data}))
        case "xlsx":
            return lambda data: _read(name, _packed({**_workbook(), _SHEET: data}))
        case "pdf":
            return _pdf_here
        case _:
            return lambda data: _read(name, data)


def seeds(name: str) -> Iterator[bytes]:
    """Documents of our own that the target reads: what mutations begin with."""
    match name:
        case "docx":
            yield from (_document(text) for text in _papers())
        case "xlsx":
            yield _workbook()[_SHEET]
        case "html":
            yield from (f"<html><body><div>{_lines(text, 'p')}</div></body></html>".encode() for text in _papers())
        case "pdf":
            yield from (_pdf(text) for text in _papers())
        case "table":
            yield '题干,选项A,选项B,答案,解析\r\n1+1=?,1,2,B,"因为, 所以"\r\n天是蓝的。,,,对,\r\n'.encode()
            yield b"question\ttype\tA\tB\tanswer\nWhich?\tsingle\tyes\tno\tA\n"
        case "missingword":
            yield b"The sun {~rises in the west =rises in the east ~never rises}.\n\n::Tides:: Tides come from the {=moon ~wind}.\n"
        case "check" | "qbank":
            yield from (path.read_bytes() for path in sorted((TESTS / "bank").glob("*.json")))
        case "paper":
            yield from (path.read_bytes() for path in sorted((TESTS / "readers" / "corpus" / "texts").iterdir()))
        case _:
            if name in export.names():
                yield from _exported(name)
            folder = TESTS / "readers" / name.replace("-xml", "").replace("-", "_")
            for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
                if path.is_file() and path.suffix not in (".py", ".pyc"):
                    yield path.read_bytes()


def _read(name: str, data: bytes) -> None:
    reader = reading.get(name)
    suffix = _SUFFIX.get(name) or next(iter(reader.suffixes), ".txt")
    document = reading.Document(f"fuzz{suffix}", data, "/nowhere")
    try:
        reader.sniff(document)
        for count, _ in enumerate(reader.read(document, reading.Context())):
            if count > MOST_QUESTIONS:
                break
    except QbankError:
        return


def _pdf_here(data: bytes) -> None:
    """Without the process of its own that a PDF is read in: it starts too slowly to be fuzzed."""
    from qbank.readers import pdf
    from qbank.readers.extract import read_extract

    document, ctx = reading.Document("fuzz.pdf", data, "/nowhere"), reading.Context()
    try:
        for _ in read_extract(pdf.extract_here(document, ctx), document.name, ctx):
            pass
    except QbankError:
        return


def _check(data: bytes) -> None:
    for form in ("json", "jsonl", "yaml"):
        try:
            for _ in checks.checked(bankfile.open_bytes(data, "fuzz", Report(), form)):
                pass
        except QbankError:
            continue


def _exported(name: str) -> Iterator[bytes]:
    for path in sorted((TESTS / "bank").glob("*.json")):
        sink = io.BytesIO()
        exporting.export_bank(str(path), exporting.Order(to=name, keep_going=True), sink)
        yield sink.getvalue()
        if zipfile.is_zipfile(sink):
            with zipfile.ZipFile(sink) as package:
                yield from (package.read(member) for member in package.namelist() if member.endswith(".xml"))


def _papers() -> Iterator[str]:
    for path in sorted((TESTS / "readers" / "corpus" / "texts").iterdir())[:20]:
        yield path.read_bytes().decode(errors="replace")[:4000]


def _lines(text: str, tag: str) -> str:
    return "".join(f"<{tag}>{escape(line)}</{tag}>" for line in text.splitlines())


def _document(text: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in text.splitlines())
    return f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'.encode()


def _packed(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as package:
        for name, data in members.items():
            package.writestr(name, data)
    return sink.getvalue()


@cache
def _workbook() -> dict[str, bytes]:
    """The members of a workbook of ours, the questions in the first sheet."""
    sink = io.BytesIO()
    exporting.export_bank(str(TESTS / "bank" / "all.json"), exporting.Order(to="xlsx"), sink)
    with zipfile.ZipFile(sink) as package:
        return {name: package.read(name) for name in package.namelist()}


def _pdf(text: str) -> bytes:
    """A page with a line of Latin text for each line."""
    shown = "".join(
        f"({''.join(c for c in line if 32 <= ord(c) < 127 and c not in '()' + chr(92))}) Tj T*\n"
        for line in text.split("\n")
    )
    stream = f"BT /F1 10 Tf 12 TL 50 800 Td\n{shown}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(body) + end % (len(objects) + 1, table, len(objects) + 1, len(body))
