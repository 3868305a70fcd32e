"""The labelled papers are read as well as they once were: a floor for each, and one for all together."""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from qbank.reading import Context, Document, get

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
LABELS = sorted((CORPUS / "gold").glob("*.json"))
FLOORS: dict[str, list[float]] = json.loads((CORPUS / "floors.json").read_text(encoding="utf-8"))
ALL_F1, ALL_ANSWERS = 0.96, 0.96
NEUTRAL = {
    "single_choice", "multiple_choice", "true_false", "fill_blank", "short_answer", "term_definition", "essay", "case_item",
}  # fmt: skip


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


SCORER = _module("paper_scorer", HERE / "paper" / "scorer.py")
BENCH = _module("score_papers", HERE.parents[1] / "bench" / "score_papers.py")


def _neutral(label: dict[str, Any], groups: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A label as the scorer's entry: letters are places, shared material is text."""
    letters = [option["label"] for option in label["options"]]
    answer = label["answer"]
    if isinstance(answer, list) and letters:
        answer = [letters.index(a) for a in answer]
    return {
        "kind": label["kind"],
        "stem": label["stem"],
        "options": [option["text"] for option in label["options"]],
        "answer": answer,
        "points": label.get("points"),
        "material": groups.get(label.get("group") or "", {}).get("material"),
    }


@cache
def _counts(path: Path) -> tuple[int, int, int, int]:
    """Of one paper: labels, questions found, hits among them, right answers among the hits.

    What is labelled as cut off or debatable counts neither for nor against.
    """
    gold = json.loads(path.read_text(encoding="utf-8"))
    paper = CORPUS / "texts" / gold["source"]["file"]
    found = BENCH.neutral(list(get("paper").read(Document(paper.name, paper.read_bytes()), Context())))
    groups = {group["id"]: group for group in gold.get("groups", [])}
    wanted = right = total = 0
    loose = []
    for label in gold["questions"]:
        stems = {SCORER.flat(stem) for stem in (label["stem"], *label.get("stem_alternatives", ()))}
        if label["status"] != "complete" or label["kind"] not in NEUTRAL:
            loose.append(stems)
            continue
        total += 1
        same = [one for one in found if SCORER.flat(one["stem"]) in stems]
        if not same:
            continue
        expected = _neutral(label, groups)
        options = [SCORER.flat(option) for option in expected["options"]]
        best = max(same, key=lambda one: [SCORER.flat(o) for o in one["options"]] == options)
        found.remove(best)
        wanted += 1
        answers = [expected["answer"], *label.get("answer_alternatives", ())]
        right += any(
            SCORER.score([{**expected, "answer": a, "stem": best["stem"]}], [best]).answers == 1 for a in answers
        )
    for stems in loose:
        spare = next((one for one in found if SCORER.flat(one["stem"]) in stems), None)
        if spare is not None:
            found.remove(spare)
    return total, wanted + len(found), wanted, right


def _rates(counts: tuple[int, int, int, int]) -> tuple[float, float]:
    labels, found, hits, right = counts
    return (2 * hits / (labels + found) if labels + found else 1.0), (right / hits if hits else 1.0)


@pytest.mark.parametrize("path", LABELS, ids=lambda p: p.stem)
def test_paper(path: Path, record_property: pytest.RecordProperty) -> None:
    """A labelled paper is read no worse than its floor: the share of questions found, and of right answers."""
    f1, answers = _rates(_counts(path))
    record_property("f1", round(f1, 3))
    record_property("answers", round(answers, 3))
    floor_f1, floor_answers = FLOORS.get(path.stem, [0.0, 0.0])
    assert f1 >= floor_f1
    assert answers >= floor_answers


def test_every_floor_has_its_paper() -> None:
    """No floor is left behind when a paper is renamed or taken out."""
    assert set(FLOORS) <= {path.stem for path in LABELS}


def test_papers_without_questions_give_none() -> None:
    """Minutes, regulations, news, web pages and lectures of the corpus yield no question."""
    empty = [path for path in LABELS if not json.loads(path.read_text(encoding="utf-8"))["questions"]]
    assert empty
    assert {path.stem: _counts(path)[1] for path in empty if path.stem in FLOORS} == {
        path.stem: 0 for path in empty if path.stem in FLOORS
    }


def test_all_papers_together() -> None:
    """Over the whole corpus the reader finds the questions and the answers to the bar below."""
    sums = [sum(column) for column in zip(*map(_counts, LABELS), strict=True)]
    f1, answers = _rates((sums[0], sums[1], sums[2], sums[3]))
    assert f1 >= ALL_F1
    assert answers >= ALL_ANSWERS
