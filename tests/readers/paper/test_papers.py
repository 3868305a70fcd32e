"""Papers written for this project, one layout each, and what a careful reader finds in them."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from qbank.reading import Context, Document, get

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PAPERS = sorted((HERE / "papers").glob("*.txt"))
GOLD = ROOT.parent / "shared" / "gold"


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


SCORER = _module("paper_scorer", HERE / "scorer.py")
BENCH = _module("score_papers", ROOT / "bench" / "score_papers.py")


def found(path: Path) -> list[dict[str, Any]]:
    """The neutral list of what the reader makes of a file."""
    questions = list(get("paper").read(Document(path.name, path.read_bytes()), Context()))
    entries: list[dict[str, Any]] = BENCH.neutral(questions)
    return entries


def test_there_are_many_layouts() -> None:
    """The set covers at least forty layouts, each with its expected list beside it."""
    assert len(PAPERS) >= 40
    assert all(path.with_suffix(".json").is_file() for path in PAPERS)


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.stem)
def test_layout(path: Path) -> None:
    """Every question of a layout is found, nothing else, with its options, answers, kind and points."""
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    score = SCORER.score(expected, found(path))
    assert score.f1 >= 0.97
    assert score.answers >= 0.97
    assert score.options >= 0.97
    assert score.kinds >= 0.95
    assert score.points == 1
    assert score.material == 1


@pytest.mark.parametrize(
    ("texts", "gold", "f1", "answers"),
    [
        ("../seeds", "seeds", 0.97, 0.97),
        ("papers/texts", "papers/gold", 0.97, 0.96),
        ("layouts/texts", "layouts/gold", 0.97, 0.96),
    ],
    ids=["seeds", "papers", "layouts"],
)
def test_labelled_papers(texts: str, gold: str, f1: float, answers: float, tmp_path: Path) -> None:
    """Real papers labelled by hand are read to the bar the project sets itself."""
    if not GOLD.is_dir():
        pytest.skip("the labelled papers are not beside the checkout")
    assert BENCH.main([str(GOLD / texts), str(tmp_path)]) == 0
    scorer = GOLD.parent / "tools" / "ingest_score.py"
    run = subprocess.run(
        [sys.executable, str(scorer), str(GOLD / gold), str(tmp_path), "--json"],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    result = json.loads(run.stdout)
    rates = result["total"]["rates"]
    assert rates["f1"] >= f1
    assert rates["answer_accuracy"] >= answers
    assert rates["kind_accuracy"] >= 0.95
    assert rates["answer_leaks"] == 0
    empty = [name for name, one in result["files"].items() if one["gold"] == 0]
    assert all(result["files"][name]["predicted"] - result["files"][name]["dont_care"] == 0 for name in empty)


NUMBER = re.compile(r"(?m)^(\s*)(\d+)[.、．]\s*")
OPTION = re.compile(r"\s*\n?\s*(?=[A-E][.、．])")
PLAIN = ("key_ranges_and_runs", "mixed_no_headings", "numbers_run_through", "detailed_analysis", "mixed_tags", "traps")
DRESSES: dict[str, Callable[[str], str]] = {
    "blank lines": lambda t: t.replace("\n", "\n\n"),
    "indented": lambda t: re.sub(r"(?m)^(?=.)", "    ", t),
    "trailing blanks": lambda t: t.replace("\n", "   \n"),
    "windows lines": lambda t: t.replace("\n", "\r\n"),
    "other numbers": lambda t: NUMBER.sub(r"\1\2、", t),
    "numbers in brackets": lambda t: NUMBER.sub(r"\1（\2）", t),
    "numbers with a word": lambda t: NUMBER.sub(r"\1第\2题 ", t),
    "markdown headings": lambda t: NUMBER.sub(r"### \2. ", t),
    "full width": lambda t: t.translate({c: c + 0xFEE0 for c in range(0x30, 0x3A)}),
    "glued options": lambda t: OPTION.sub("", t),
    "narrow page": lambda t: "\n".join("\n".join(re.findall(".{1,34}", line)) for line in t.split("\n")),
    "one line": lambda t: re.sub(r"\n+", "", t),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_the_same_paper_in_another_dress(dress: str) -> None:
    """What only looks different reads the same: the questions and answers of six papers survive each change of dress."""
    scores = []
    for name in PLAIN:
        path = HERE / "papers" / f"{name}.txt"
        text = DRESSES[dress](path.read_text(encoding="utf-8"))
        questions = list(get("paper").read(Document(path.name, text.encode()), Context()))
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        scores.append(SCORER.score(expected, BENCH.neutral(questions)))
    assert sum(s.f1 for s in scores) / len(scores) >= 0.95
    assert sum(s.answers for s in scores) / len(scores) >= 0.95
