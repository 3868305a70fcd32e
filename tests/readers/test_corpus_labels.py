"""The labelled papers are labelled truly: every word of a label stands in its paper."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent / "corpus"
ROOT = Path(__file__).parents[2]
SCORER = ROOT.parent / "shared" / "tools" / "ingest_score.py"
LABELS = sorted((CORPUS / "gold").glob("*.json"))
NAMES = [path.stem for path in LABELS]
CHOICE = ("single_choice", "multiple_choice")
OPEN = ("short_answer", "term_definition", "essay", "case_item")
KINDS = {*CHOICE, *OPEN, "true_false", "fill_blank", "matching", "ordering"}


def _load(path: Path) -> dict[str, Any]:
    gold: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return gold


def _text(gold: dict[str, Any]) -> str:
    source: dict[str, str] = gold["source"]
    return (CORPUS / "texts" / source["file"]).read_bytes().decode(source["encoding"])


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text)


def _is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(letter in rest for letter in part)


@pytest.mark.parametrize("path", LABELS, ids=NAMES)
def test_labels_belong_to_the_text_beside_them(path: Path) -> None:
    """Each label file names a paper of the corpus and carries the checksum of exactly that paper."""
    gold = _load(path)
    source = gold["source"]
    data = (CORPUS / "texts" / source["file"]).read_bytes()
    assert gold["format"] == "qbank-gold/1"
    assert Path(source["file"]).stem == path.stem
    assert source["sha256"] == hashlib.sha256(data).hexdigest()
    assert source["chars"] == len(_text(gold))


@pytest.mark.parametrize("path", LABELS, ids=NAMES)
def test_every_label_stands_in_the_paper(path: Path) -> None:
    """Every stem, option, material and blank's answer is printed in the paper, white space aside."""
    gold = _load(path)
    text = _tight(_text(gold))
    for question in gold["questions"]:
        name = f"{path.stem} {question['id']}"
        printed = question.get("stem_source", question["stem"])
        assert _tight(printed) in text, name
        assert _tight(question["stem"]), name
        assert _is_subsequence(_tight(question["stem"]), _tight(printed)), name
        for option in question["options"]:
            assert _tight(option["text"]), name
            assert _tight(option["text"]) in text, f"{name}: {option}"
        answer = question["answer"]
        if question["kind"] == "fill_blank" and answer is not None:
            assert all(_tight(blank) in text for blank in answer), name
        if question["kind"] in OPEN and answer is not None:
            assert all(_tight(line) in text for line in answer.split("\n")), name
    for group in gold["groups"]:
        assert _tight(group.get("material_source", group["material"])) in text, f"{path.stem} {group['id']}"
    for other in gold["non_questions"]:
        assert _tight(other["text"]) in text, f"{path.stem} {other['id']}"


@pytest.mark.parametrize("path", LABELS, ids=NAMES)
def test_answers_fit_their_kind(path: Path) -> None:
    """An answer has the shape of its kind, and a choice answer names options that exist."""
    gold = _load(path)
    for question in gold["questions"]:
        name = f"{path.stem} {question['id']}"
        kind, answer = question["kind"], question["answer"]
        labels = [option["label"] for option in question["options"]]
        assert kind in KINDS, name
        assert question["status"] in ("complete", "incomplete", "borderline"), name
        assert (answer is None) == (question["answer_source"] == "none"), name
        assert len(set(labels)) == len(labels), name
        assert labels == sorted(labels), name
        if kind not in CHOICE:
            assert not labels, name
        elif question["status"] == "complete":
            assert len(labels) >= 2, name
        match kind, answer:
            case _, None:
                pass
            case ("single_choice", list()):
                assert len(answer) == 1, name
                assert set(answer) <= set(labels), name
            case ("multiple_choice", list()):
                assert len(answer) >= 2, name
                assert set(answer) <= set(labels), name
            case "true_false", bool():
                pass
            case "fill_blank", list():
                assert answer, name
                assert all(isinstance(blank, str) and blank for blank in answer), name
            case _, str():
                assert kind in (*OPEN, "matching"), name
                assert answer, name
            case _:
                pytest.fail(f"{name}: {kind} with the answer {answer!r}")


@pytest.mark.parametrize("path", LABELS, ids=NAMES)
def test_identifiers_and_totals_agree(path: Path) -> None:
    """Ids are unique, references lead somewhere, line ranges lie inside the paper and the totals are the counts."""
    gold = _load(path)
    lines = _text(gold).count("\n") + 1
    questions = {question["id"]: question for question in gold["questions"]}
    groups = {group["id"]: group for group in gold["groups"]}
    assert len(questions) == len(gold["questions"])
    assert gold["totals"]["questions"] == len(questions)
    assert gold["totals"]["complete"] == sum(q["status"] == "complete" for q in questions.values())
    for question in questions.values():
        first, last = question["lines"]
        assert 1 <= first <= last <= lines, question["id"]
        if "group" in question:
            assert question["id"] in groups[question["group"]]["children"]
        if "duplicate_of" in question:
            assert _tight(questions[question["duplicate_of"]]["stem"])[:8] == _tight(question["stem"])[:8]
    for group in groups.values():
        assert group["children"], group["id"]
        assert set(group["children"]) <= set(questions), group["id"]


def test_every_paper_is_labelled_and_in_the_index() -> None:
    """Texts, labels and the index name the same papers, and at least three papers hold no question."""
    texts = {path.name for path in (CORPUS / "texts").iterdir()}
    labelled = {_load(path)["source"]["file"] for path in LABELS}
    index = (CORPUS / "INDEX.md").read_text(encoding="utf-8")
    assert texts == labelled
    assert all(f"`{name}`" in index for name in texts)
    assert sum(not _load(path)["questions"] for path in LABELS) >= 3


@pytest.mark.parametrize("path", LABELS, ids=NAMES)
def test_the_scorer_gives_full_marks_to_the_labels_themselves(path: Path) -> None:
    """A prediction that says exactly what the labels say scores 1.0 everywhere, so nothing in a label defeats the scorer."""
    if not SCORER.exists():
        pytest.skip("the scorer is not beside the checkout")
    scorer = runpy.run_path(str(SCORER))
    gold = _load(path)
    result = scorer["score"](gold, scorer["to_neutral"](gold))
    rates = scorer["rates"](result)["rates"]
    assert rates["f1"] == 1.0
    for rate in ("option_order_accuracy", "answer_accuracy", "kind_accuracy", "points_accuracy", "material_accuracy"):
        assert rates[rate] in (None, 1.0), rate
    assert rates["answer_leaks"] == 0
