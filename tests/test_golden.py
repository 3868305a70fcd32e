"""What each exporter makes of each kind, as files a person can read and compare.

`pytest tests/test_golden.py --update-golden` rewrites them; then read the diff
as you would read code. Packages and workbooks are kept unpacked.
"""

from __future__ import annotations

import difflib
import io
import re
import zipfile
from pathlib import Path

import pytest

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.model import KINDS, Kind

HERE = Path(__file__).parent


def exploded(data: bytes, suffix: str) -> str:
    """An artefact as text: a zip as its members, a workbook as its cells."""
    if suffix == ".xlsx":
        return _cells(data)
    if suffix in (".zip", ".docx"):
        parts = []
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for member in package.namelist():
                content = package.read(member)
                try:
                    text = content.decode()
                except UnicodeDecodeError:
                    text = f"({len(content)} bytes)"
                parts.append(f"==== {member}\n{text.rstrip()}\n")
        return "".join(parts)
    if suffix == ".html":
        # What is the same on every page (script, style, words, templates) is a file of its own.
        own = r"(<(style|script|template)(?: id=[^>]*)?>|<(script) [^>]*id=.(?:words|kind-names).>).*?(</(?:\2|\3)>)"
        text = re.sub(own, r"\1\4", data.decode(), flags=re.S)
        return re.sub(r"(?<=sha256-)[A-Za-z0-9+/=]+", "", text)
    return data.decode()


def _cells(data: bytes) -> str:
    import openpyxl

    lines = []
    for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets:
        lines.append(f"==== {sheet.title} {sheet.dimensions}")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    value = str(cell.value).replace("\n", "\\n")
                    lines.append(f"{cell.coordinate} {cell.data_type} {value}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", export.names())
def test_golden(name: str, kind: Kind, update_golden: bool) -> None:
    """The artefact and its losses are those on record."""
    exporter = export.get(name)
    reader = bankfile.open_bank(HERE / "bank" / f"{kind}.json")
    ctx = export.Context(header=reader.header, assets=AssetStore(reader.header.assets, reader.folder))
    sink = io.BytesIO()
    exporter.write(export.prepared(reader.questions(), exporter, ctx), sink, ctx)
    losses = "".join(f"{d.code} {d.question}{d.pointer} {d.message}\n" for d in ctx.report)
    found = {
        f"{kind}{exporter.suffix}.txt"
        if exporter.suffix in (".zip", ".xlsx", ".docx")
        else f"{kind}{exporter.suffix}": exploded(sink.getvalue(), exporter.suffix),
        f"{kind}.losses.txt": losses,
    }
    folder = HERE / "golden" / name
    for file, text in found.items():
        path = folder / file
        if update_golden:
            folder.mkdir(parents=True, exist_ok=True)
            if text:
                path.write_text(text, encoding="utf-8", newline="")
            else:
                path.unlink(missing_ok=True)
            continue
        golden = path.read_bytes().decode() if path.exists() else ""
        if golden != text:
            diff = difflib.unified_diff(golden.splitlines(), text.splitlines(), "golden", "now", lineterm="", n=1)
            shown = "\n".join(list(diff)[:60])
            pytest.fail(
                f"{path.relative_to(HERE)} differs; if that is right: pytest {HERE.name}/test_golden.py --update-golden\n{shown}"
            )
