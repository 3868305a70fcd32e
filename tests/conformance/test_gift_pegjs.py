"""Every GIFT file we write is read by gift-pegjs, which finds the questions we meant."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from qbank import export, richtext
from qbank.assets import AssetStore
from qbank.bankfile import open_bank
from qbank.export import Context, prepared
from qbank.model import (
    Choice,
    Cloze,
    Essay,
    Group,
    Header,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TrueFalse,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BANKS = sorted((ROOT / "tests" / "bank").glob("*.json"))
MODULES = Path(os.environ.get("QBANK_NODE_MODULES") or HERE / "node_modules")
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(
        NODE is None or not (MODULES / "gift-pegjs").is_dir(),
        reason=f"node or gift-pegjs is missing: npm install in {HERE}, or set QBANK_NODE_MODULES",
    ),
]


def module(path: Path) -> Any:
    """A module of the tests or the bench, which are no packages."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def parsed(questions: Iterable[Question], header: Header, folder: Path) -> tuple[dict[str, Any], Context]:
    """What gift-pegjs reads of what we write, by question id, and the losses."""
    exporter = export.get("gift")
    ctx = Context(header=header, assets=AssetStore(header.assets, folder), unanswered="ungraded", drafts=True)
    sink = io.BytesIO()
    exporter.write(prepared(questions, exporter, ctx), sink, ctx)
    assert NODE is not None
    done = subprocess.run(
        [NODE, HERE / "gift_ast.mjs"],
        input=sink.getvalue(),
        capture_output=True,
        check=True,
        timeout=300,
        env={**os.environ, "NODE_MODULES": str(MODULES)},
    )
    tree = json.loads(done.stdout)
    assert "error" not in tree, f"{tree.get('error')} at {tree.get('location')}"
    found = {q["id"]: q for q in tree["questions"] if q["type"] != "Category"}
    assert len(found) == sum(q["type"] != "Category" for q in tree["questions"])
    return found, ctx


def alone(questions: Iterable[Question]) -> Iterator[tuple[SubQuestion, Text | None]]:
    """The questions that a file without groups holds, with the material before their stem."""
    for question in questions:
        if isinstance(question, Group):
            yield from ((sub, question.stem) for sub in question.questions)
        else:
            yield question, None


def shown(html: str) -> str:
    """What a reader sees of a text of the file, without blanks."""
    if not html.strip():
        return ""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    for image in root.iter("img"):
        image.text = f"[{image.get('alt')}]"
    return squeezed(str(root.text_content()))


def meant(text: Text) -> str:
    """What a reader shall see of a text of the bank, without blanks."""
    return squeezed(text if isinstance(text, str) else words(richtext.blocks(text)))


def words(nodes: Iterable[richtext.Node]) -> str:
    """The characters of some nodes; media by their description, gaps as nothing."""
    parts = []
    for node in nodes:
        if isinstance(node, str):
            parts.append(node)
        elif node.tag == "img":
            parts.append(f"[{node.get('alt')}]")
        elif node.tag != "audio":
            parts.append(words(node.children))
    return "".join(parts)


def squeezed(text: str) -> str:
    """A text without blanks, control characters and what could be the delimiters of a formula."""
    return re.sub(r"[\s\x00-\x1f\xa0\\()\[\]]+", "", text)


def decoded(mark: str) -> str:
    """gift-pegjs leaves its placeholders in the right sides of a matching question."""
    return re.sub(r"&&([01][0-9]{2});?", lambda found: chr(int(found[1])), mark)


def same_texts(found: list[str], texts: Iterable[Text]) -> bool:
    """Whether the file's texts are the bank's; an empty one may have become a blank."""
    return [shown(text) for text in found] == [meant(text) for text in texts]


def disagreement(question: SubQuestion, material: Text | None, ast: dict[str, Any], approximated: bool) -> str | None:
    """What gift-pegjs says differently from the model, or None. Independent of how the exporter gets there."""
    kind = ast["type"]
    if not isinstance(question, Cloze):
        stem = (meant(material) if material is not None else "") + meant(question.stem)
        if shown(ast["stem"]["text"]) != stem:
            return f"stem {ast['stem']['text']!r}"
    match question:
        case SingleChoice() | MultipleChoice():
            if kind != "MC" or not same_texts(
                [c["text"]["text"] for c in ast["choices"]], [c.text for c in question.choices]
            ):
                return f"choices of a {kind}"
            return None if approximated else weights_differ(question, ast)
        case TrueFalse():
            return None if kind == "TF" and ast["isTrue"] is question.answer else "truth"
        case ShortAnswer():
            if approximated and kind == "Essay":
                return None
            answers = {c["text"]["text"].replace(r"\*", "*"): c["weight"] for c in ast["choices"]}
            wanted = {a.text: float(a.weight * 100) for a in question.answer or ()}
            close = all(
                text in wanted and abs(wanted[text] - weight) < 0.001 for text, weight in answers.items() if weight
            )
            return None if kind == "Short" and answers and close else f"answers {answers} of a {kind}"
        case Numeric():
            return None if kind == "Numerical" and same_numbers(ast, question.answer or ()) else f"numbers of a {kind}"
        case Matching():
            texts = {c.id: c.text for c in question.choices}
            answer = question.answer or {}
            pairs = [(p["subquestion"]["text"], shown(decoded(p["subanswer"]))) for p in ast["matchPairs"]]
            wanted_pairs = [(meant(p.text), meant(texts[answer[p.id]])) for p in question.prompts]
            same = len(pairs) >= len(wanted_pairs) and all(
                shown(prompt) == wanted_prompt and (choice == wanted_choice or same_start(choice, wanted_choice))
                for (prompt, choice), (wanted_prompt, wanted_choice) in zip(pairs, wanted_pairs, strict=False)
            )
            return None if kind == "Matching" and same else f"pairs {pairs}"
        case Ordering():
            places = {shown(p["subquestion"]["text"]): p["subanswer"] for p in ast["matchPairs"]}
            texts = {item.id: item.text for item in question.items}
            distinct = len({meant(item.text) for item in question.items}) == len(question.items)
            right = all(places[meant(texts[item])] == str(i) for i, item in enumerate(question.answer or (), 1))
            return None if kind == "Matching" and (right or not distinct) else f"places {places}"
        case Cloze():
            return None if kind in ("Short", "Numerical", "MC", "Matching") or approximated else f"a cloze as {kind}"
        case Essay():
            return None if kind == "Essay" else f"an essay as {kind}"
        case Information():
            return None if kind == "Description" else f"information as {kind}"


def same_start(choice: str, wanted: str) -> bool:
    """Whether a choice is the beginning of a longer one that Moodle has no room for."""
    return choice.endswith("…") and len(choice) > 40 and wanted.startswith(choice[:-1])


def weights_differ(question: SingleChoice | MultipleChoice, ast: dict[str, Any]) -> str | None:
    """Grade some responses by the file's weights and by the bank's policy."""
    weights = [100.0 if c["isCorrect"] and c["weight"] is None else float(c["weight"] or 0) for c in ast["choices"]]
    right = {question.answer} if isinstance(question, SingleChoice) else set(question.answer or ())
    if question.scoring == "weighted":
        off = [
            c.id
            for c, w in zip(question.choices, weights, strict=True)
            if abs(float((c.weight or 0) * 100) - w) > 0.001
        ]
        return f"weights of {off}" if off else None
    key = sum(w for c, w in zip(question.choices, weights, strict=True) if c.id in right)
    if abs(key - 100) > 0.001:
        return f"the key earns {key} %"
    for choice, weight in zip(question.choices, weights, strict=True):
        if choice.id not in right and question.scoring == "each_correct" and isinstance(question, MultipleChoice):
            if key + weight > 0.001:
                return f"{choice.id} with the key earns {key + weight} %"
        elif choice.id not in right and isinstance(question, SingleChoice) and weight != 0:
            return f"{choice.id} earns {weight} %"
        elif choice.id in right and key - weight > 100 - 0.5:
            return f"the key without {choice.id} earns {key - weight} %"
    return None


def same_numbers(ast: dict[str, Any], answers: Iterable[NumericAnswer]) -> bool:
    """Whether the file accepts the bank's intervals, at the same weights."""
    found = [c for c in ast["choices"] if c["isCorrect"]]
    for choice, answer in zip(found, answers, strict=True):
        low, high = answer.bounds
        number, width = choice["text"]["number"], choice["text"]["range"]
        if abs(number - width - low) > 1e-9 or abs(number + width - high) > 1e-9:
            return False
        if abs(choice["weight"] - float(answer.weight * 100)) > 0.001:
            return False
    return True


def check(questions: Iterable[Question], header: Header, folder: Path) -> int:
    """Write, parse, compare; the number of questions that were compared."""
    bank = list(questions)
    found, ctx = parsed(bank, header, folder)
    codes: dict[str, set[str]] = {}
    for loss in ctx.report:
        codes.setdefault(loss.question, set()).add(loss.code)
    compared = 0
    for question, material in alone(bank):
        losses = codes.get(question.id, set())
        if losses & {"X101", "X104"}:
            assert question.id not in found
            continue
        ast = found.pop(question.id)
        if "X306" in losses:
            assert ast["type"] == "Essay"
            continue
        assert disagreement(question, material, ast, bool(losses & {"X301", "X302", "X305"})) is None, question.id
        compared += 1
    assert found == {}
    return compared


@pytest.mark.parametrize("path", BANKS, ids=lambda path: path.stem)
def test_samples(path: Path) -> None:
    """gift-pegjs agrees with the model on type, stem, answers and weights of the sample banks."""
    reader = open_bank(path)
    assert check(reader.questions(), reader.header, path.parent) > 0


def test_hostile_texts() -> None:
    """No text can break the file or change a question: every kind with every special character everywhere."""
    bank = module(HERE / "hostile_bank.py")
    assert check(bank.questions(), Header(qbank=1, title="hostile"), HERE) > 700


@pytest.mark.parametrize("seed", range(4))
def test_scrambled_texts(seed: int) -> None:
    """Neither can random runs of special characters."""
    bank = module(HERE / "hostile_bank.py")
    assert check(bank.questions(bank.scrambled(seed)), Header(qbank=1), HERE) > 250


@pytest.mark.parametrize("seed", [1, 2])
def test_synthetic_bank(seed: int) -> None:
    """A seeded bank of all kinds comes back as it was meant."""
    bank = module(ROOT / "bench" / "make_bank.py")
    assert check(bank.questions(400, seed=seed), Header(qbank=1), HERE) >= 400


def test_weights_are_percentages_that_moodle_takes() -> None:
    """gift-pegjs reads the weights as the numbers of Moodle's list, decimals and all."""
    choices = tuple(Choice(id=name, text=name) for name in "abcd")
    third = MultipleChoice(id="q", stem="thirds", choices=choices, answer=("a", "b", "c"))
    found, _ = parsed([third], Header(qbank=1), HERE)
    assert [c["weight"] for c in found["q"]["choices"]] == [33.33333, 33.33333, 33.33333, -100]
