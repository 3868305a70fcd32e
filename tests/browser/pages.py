"""Pages to drive, and the driver; what a browser test needs and skips without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MODULES = Path(os.environ.get("QBANK_NODE_MODULES", HERE.parent / "conformance" / "node_modules"))
BANK = HERE.parent / "bank" / "all.json"


def drive(folder: Path, page: Path, scenario: str, **more: Any) -> dict[str, Any]:
    """What the driver saw on a page; the test is skipped where there is no browser to drive."""
    node, chromium = shutil.which("node"), shutil.which("chromium") or shutil.which("chromium-browser")
    if node is None or chromium is None:
        pytest.skip("node or chromium is not installed")
    axe = MODULES / "axe-core" / "axe.min.js"
    if not (MODULES / "playwright-core").is_dir() or not axe.is_file():
        pytest.skip("npm install --prefix tests/conformance has not been run")
    job = {"chromium": chromium, "axe": str(axe), "scenario": scenario, "page": str(page), **more}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    shutil.copy(HERE / "drive.mjs", folder)
    link = folder / "node_modules"
    if not link.exists():
        link.symlink_to(MODULES.resolve())
    done = subprocess.run(
        [node, str(folder / "drive.mjs"), str(folder / "job.json")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
