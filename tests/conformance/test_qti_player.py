"""Our QTI packages play: upgraded to QTI 3 by one outside tool, each item is answered in a browser with another.

The key must score exactly what the question is worth, nothing must score
nothing, and no page error may happen on the way. The upgrade (citolab-qti-convert)
and the player (@citolab/qti-components) are used as programs, for this test only.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.model import Essay, Group, Information, Question, points_of

pytestmark = pytest.mark.conformance
HERE = Path(__file__).parent
MODULES = Path(os.environ.get("QBANK_NODE_MODULES", HERE / "node_modules"))
QTI3 = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"


def tool(name: str, *places: Path) -> str:
    """A program by name or from one of some places; the test is skipped without it."""
    found = shutil.which(name) or next((str(p) for p in places if p.is_file()), None)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Question], dict[str, Any]]:
    """Every question of the sample bank by identifier, and what the player made of each."""
    node, chromium = tool("node"), tool("chromium", Path("/usr/bin/chromium-browser"))
    upgrade = tool("qti-convert", HERE / ".tools" / "bin" / "qti-convert")
    bundle = MODULES / "@citolab" / "qti-components" / "cdn" / "index.global.js"
    if not bundle.is_file() or not (MODULES / "playwright-core").is_dir():
        pytest.skip("npm install --prefix tests/conformance has not been run")
    folder = tmp_path_factory.mktemp("play")
    questions = _package(folder / "package.zip")
    _upgraded(upgrade, folder / "package.zip", folder / "package3.zip")
    items = []
    with zipfile.ZipFile(folder / "package3.zip") as package:
        for name in sorted(package.namelist()):
            if name.endswith(".xml") and etree.fromstring(package.read(name)).tag == f"{QTI3}qti-assessment-item":
                items.append(_job(package.read(name)))
    job = {"bundle": str(bundle), "chromium": chromium, "items": items}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    shutil.copy(HERE / "play.mjs", folder)
    (folder / "node_modules").symlink_to(MODULES.resolve())
    done = subprocess.run(
        [node, str(folder / "play.mjs"), str(folder / "job.json")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return questions, json.loads(done.stdout)


def _package(path: Path) -> dict[str, Question]:
    reader = bankfile.open_bank(HERE.parent / "bank" / "all.json")
    exporter = export.get("qti21")
    ctx = export.Context(header=reader.header, assets=AssetStore(reader.header.assets, reader.folder))
    written: dict[str, Question] = {}

    def seen() -> Any:
        for question in export.prepared(reader.questions(), exporter, ctx):
            for part in question.questions if isinstance(question, Group) else (question,):
                written[part.id] = part
            yield question

    sink = io.BytesIO()
    exporter.write(seen(), sink, ctx)
    path.write_bytes(sink.getvalue())
    return written


def _upgraded(program: str, old: Path, new: Path) -> None:
    done = subprocess.run(
        [program, "upgrade", str(old), str(new)], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode or not new.is_file():
        pytest.fail(f"the upgrade to QTI 3 failed: {done.stdout[-800:]} {done.stderr[-800:]}")


def _job(data: bytes) -> dict[str, Any]:
    """An item with two runs: the key as its declarations have it, and nothing."""
    root = etree.fromstring(data)
    right: dict[str, Any] = {}
    for declaration in root.iter(f"{QTI3}qti-response-declaration"):
        values = [v.text or "" for v in declaration.findall(f"{QTI3}qti-correct-response/{QTI3}qti-value")]
        single = declaration.get("cardinality") == "single"
        right[str(declaration.get("identifier"))] = None if not values else values[0] if single else values
    return {
        "id": root.get("identifier"),
        "xml": data.decode(),
        "runs": [
            {"name": "key", "responses": right},
            {"name": "nothing", "responses": dict.fromkeys(right)},
        ],
    }


def test_every_question_arrives(played: tuple[dict[str, Question], dict[str, Any]]) -> None:
    """Each exported question is an item that the player loads without an error."""
    questions, results = played
    assert set(questions) <= set(results)
    for name, runs in results.items():
        for run, outcome in runs.items():
            assert "error" not in outcome, f"{name} {run}: {outcome['error']}"
            assert not outcome.get("complaints"), f"{name} {run}: {outcome['complaints']}"


def test_the_key_scores_all_and_nothing_scores_nothing(played: tuple[dict[str, Question], dict[str, Any]]) -> None:
    """The key of every question a machine marks earns exactly its points; an empty response earns none."""
    questions, results = played
    wrong = []
    for name, question in questions.items():
        if isinstance(question, Essay | Information):
            continue
        for run, expected in (("key", points_of(question)), ("nothing", Fraction(0))):
            score = results[name][run]["score"]
            if score is None or abs(Fraction(str(score)) - expected) > Fraction(1, 10**6):
                wrong.append(f"{name} {run}: {score} instead of {expected}")
    assert wrong == []
