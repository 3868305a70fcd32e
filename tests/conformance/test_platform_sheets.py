"""LibreOffice opens the workbook of every platform and shows in each cell what the same export says as CSV."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from artefacts import artefact

from qbank import bankfile, export
from qbank.assets import AssetStore

BANK = Path(__file__).parents[1] / "bank" / "all.json"
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed: workbooks are NOT checked by it"),
]
NAMES = ("sheet", "kaoshibao", "motibang", "chaoxing", "kahoot", "quizizz", "socrative", "wooclap")
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"


def written(name: str, file: str) -> bytes:
    """The sample bank for a platform, as a workbook or as a text file."""
    reader = bankfile.open_bank(BANK)
    assets = AssetStore(reader.header.assets, reader.folder)
    ctx = export.Context(header=reader.header, assets=assets, options={"file": file})
    return artefact(name, reader.questions(), ctx)[0]


def rows(data: bytes) -> list[list[str]]:
    """The cells of a CSV file, row by row, without the empty ones at the end and the spaces at the beginning."""
    found = []
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        cells = [cell.removeprefix(" ").replace("\r\n", "\n") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        found.append(cells)
    return found


def test_every_sheet_opens(tmp_path: Path) -> None:
    """Nothing becomes a date, a number or a formula, and no row or cell is lost."""
    for name in NAMES:
        (tmp_path / f"{name}.xlsx").write_bytes(written(name, "xlsx"))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", AS_CSV, "--outdir", str(tmp_path)]
    sources = [str(tmp_path / f"{name}.xlsx") for name in NAMES]
    subprocess.run([*command, *sources], check=True, capture_output=True, timeout=180)
    for name in NAMES:
        assert rows((tmp_path / f"{name}.csv").read_bytes()) == rows(written(name, "csv")), name
