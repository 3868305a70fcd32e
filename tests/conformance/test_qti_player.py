"""Our packages play: every kind of item is answered in a browser with two players that are not ours.

QTI 3.0 as it is written, 2.1 and 2.2 upgraded by one more outside tool (citolab-qti-convert, used as a
program, for this test only). What each response earns, and the feedback that is shown, must be what the bank
says. `FAULTS` are the players' own, each measured; nothing else may differ.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conformance.qti_oracle import Value, key_of, responses, said, spelt, worth
from lxml import etree

from qbank import bankfile, export, richtext
from qbank.assets import AssetStore
from qbank.model import (
    KINDS,
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    is_answered,
    kind_of,
    points_of,
)

pytestmark = pytest.mark.conformance
HERE = Path(__file__).parent
MODULES = Path(os.environ.get("QBANK_NODE_MODULES", HERE / "node_modules"))
PLAYERS = ("citolab", "ampup")
CLOSE = Fraction(1, 10**3)
"""One player rounds scores to three decimal places."""
RUNS = 7
"""Responses to each question: nothing, the key, and others."""
QTI3 = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"

Played = tuple[dict[str, Question], dict[str, dict[str, Value]], dict[str, Any]]
"""Questions by item, their responses by run, and what each player made of them."""


def is_fault(player: str, question: Question, response: Value) -> bool:
    """Whether a player is known to mark such a response in its own way."""
    if player == "citolab":
        # it looks for a pattern anywhere in the text, where XML Schema means all of it
        return isinstance(question, Cloze) and any(
            isinstance(blank, TextBlank) and blank.wildcard and str((response or {}).get(blank.id, "")).endswith("x")
            for blank in question.blanks
        )
    if not isinstance(question, Ordering):
        return False
    # it takes items that nobody touched for a response, in the order in which they happened to lie
    if response is None:
        return True
    # it computes `index` as nothing, so that of more than five items only the whole order earns points
    return len(question.items) > 5 and question.scoring == "each_position" and response != list(question.answer or ())


def tool(name: str, *places: Path) -> str:
    """A program by name or from one of some places; the test is skipped without it."""
    found = shutil.which(name) or next((str(p) for p in places if p.is_file()), None)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module", params=("qti30", "qti21", "qti22"))
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All questions, their responses, and the players' results."""
    version: str = request.param
    node, chromium = tool("node"), tool("chromium", Path("/usr/bin/chromium-browser"))
    wanted = ("@citolab/qti-components", "qti3-item-player", "vue", "playwright-core")
    if not all((MODULES / name).is_dir() for name in wanted):
        pytest.skip("npm install --prefix tests/conformance has not been run")
    questions: dict[str, Question] = {}
    items = {}
    files: dict[str, str] = {}
    folder = tmp_path_factory.mktemp("play")
    for name, document, question in _written(version, folder, files):
        questions[name] = question
        items[name] = document
    runs = {name: _runs(question) for name, question in questions.items()}
    job = {
        "chromium": chromium,
        "modules": str(MODULES.resolve()),
        "files": files,
        "items": [{"id": name, "xml": items[name], "runs": _jobs(questions[name], runs[name])} for name in questions],
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    shutil.copy(HERE / "play.mjs", folder)
    (folder / "node_modules").symlink_to(MODULES.resolve())
    command = [node, str(folder / "play.mjs"), str(folder / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return questions, runs, json.loads(done.stdout)


def _written(version: str, folder: Path, files: dict[str, str]) -> Iterator[tuple[str, str, Question]]:
    """Item by item: its identifier, its document, its question; what items share goes to `files`."""
    reader = bankfile.open_bank(HERE.parent / "bank" / "all.json")
    assets = AssetStore(reader.header.assets, reader.folder)
    for bank in (reader.questions(), iter(_more())):
        exporter = export.get(version)
        ctx = export.Context(header=reader.header, assets=assets)
        parts: dict[str, Question] = {}

        def seen(questions: Iterator[Question], parts: dict[str, Question] = parts) -> Iterator[Question]:
            for question in questions:
                for part in question.questions if isinstance(question, Group) else (question,):
                    parts[part.id] = part
                yield question

        path = folder / "package.zip"
        with path.open("wb") as sink:
            exporter.write(export.prepared(seen(bank), exporter, ctx), sink, ctx)
        with zipfile.ZipFile(path if version == "qti30" else _upgraded(path)) as package:
            for name in sorted(package.namelist()):
                if name.startswith("stimuli/"):
                    files[name] = package.read(name).decode()
                elif name.endswith(".xml") and b"<qti-assessment-item " in package.read(name):
                    document = package.read(name)
                    identifier = str(etree.fromstring(document).get("identifier"))
                    yield identifier, document.decode(), parts[identifier]


def _upgraded(path: Path) -> Path:
    """The package as QTI 3.0, by an outside tool."""
    program = tool("qti-convert", HERE / ".tools" / "bin" / "qti-convert")
    new = path.with_suffix(".new.zip")
    new.unlink(missing_ok=True)
    command = [program, "upgrade", str(path), str(new)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert new.is_file(), f"{done.stdout[-800:]} {done.stderr[-800:]}"
    return new


def _runs(question: Question) -> dict[str, Value]:
    """A few responses to a question: nothing, the key, the rest drawn so that worths differ."""
    if not _is_marked(question):
        return {"nothing": None}
    found: dict[str, Value] = {"nothing": None, "key": key_of(question)}
    others: dict[Fraction, list[Value]] = {}
    for response in responses(question, random.Random(question.id)):
        if response and response not in found.values() and len(str(response).strip()):
            same = others.setdefault(worth(question, response), [])
            if response not in same:
                same.append(response)
    while len(found) < RUNS and any(others.values()):
        for earned in sorted(others):
            if others[earned] and len(found) < RUNS:
                found[f"other {len(found) - 1}"] = others[earned].pop(0)
    return found


def _is_marked(question: Question) -> bool:
    return is_answered(question) and not isinstance(question, Essay | Information)


def _jobs(question: Question, runs: dict[str, Value]) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = [{"name": name, "responses": spelt(question, value)} for name, value in runs.items()]
    for i in range(len(question.hints)):
        word = {"zh": "提示"}.get((question.language or "zh-CN")[:2], "Hint")
        jobs.append({"name": f"hint {i}", "responses": {}, "press": f"{word} {i + 1}"})
    return jobs


def _more() -> list[Question]:
    """What the samples do not have: every policy with feedback, word banks, long orders, hints of every kind."""
    all_said = Feedback(general="GENERAL", correct="CORRECT", partial="PARTIAL", incorrect="INCORRECT")
    shared: dict[str, Any] = {"stem": "S", "feedback": all_said, "points": Fraction(3), "language": "en"}
    hints = ("HINT ONE", Html(html="<p>HINT <strong>TWO</strong></p>"))
    four = tuple(
        Choice(id=i, text=f"text {i}", feedback=f"SAID {i}", weight=Fraction(w, 4))
        for i, w in (("A", 4), ("B", 2), ("C", -1), ("4", 0))
    )
    made: list[Question] = [
        SingleChoice(id="s-one", **(shared | {"points": Fraction(1)}), choices=four, answer="4", hints=hints),
        SingleChoice(id="s-weighted", **shared, choices=four, answer="A", scoring="weighted", shuffle=True),
        SingleChoice(id="s-plain", stem="S", choices=(Choice(id="a", text="x"), Choice(id="b", text="y")), answer="a"),
        TrueFalse(id="t", **shared, answer=False, feedback_true="SAID T", feedback_false="SAID F", hints=hints),
        Numeric(
            id="n",
            **shared,
            hints=hints,
            answer=(
                NumericAnswer(value=Fraction(10), tolerance=Fraction(1, 2), feedback="SAID TEN"),
                NumericAnswer(min=Fraction(-3), max=Fraction(9), weight=Fraction(1, 3), feedback="SAID LESS"),
            ),
        ),
        ShortAnswer(
            id="w",
            **shared,
            hints=hints,
            answer=(Accepted(text="Paris", feedback="SAID P"), Accepted(text="Lutetia", weight=Fraction(1, 2))),
        ),
        ShortAnswer(id="w-case", **shared, answer=(Accepted(text="Paris"),), case_sensitive=True),
        Essay(id="e", stem="S", min_words=2, max_words=5, response="plain", feedback=Feedback(general="GENERAL")),
        Ordering(
            id="o-7",
            **(shared | {"points": Fraction(7)}),
            items=tuple(Item(id=f"i{n}", text=f"t{n}") for n in range(7)),
            answer=tuple(f"i{n}" for n in (3, 1, 0, 2, 6, 5, 4)),
            scoring="each_position",
        ),
        Cloze(
            id="bank",
            **(shared | {"stem": Html(html="<p>A <blank id='1'/> b <blank id='2'/> c <blank id='x'/></p>")}),
            hints=hints,
            blanks=tuple(
                ChoiceBlank(
                    id=name, choices=tuple(Choice(id=c, text=f"word {c}") for c in "abcde"), answer=key, share=share
                )
                for name, key, share in (("1", "c", 1), ("2", "a", 3), ("x", "e", 2))
            ),
        ),
        Cloze(
            id="gaps",
            **(shared | {"stem": Html(html="<p>A <blank id='1'/> b <blank id='2'/> c <blank id='x'/></p>")}),
            hints=hints,
            blanks=(
                TextBlank(id="1", answer=(Accepted(text="one", feedback="SAID ONE"), Accepted(text="uno"))),
                NumericBlank(id="2", answer=(NumericAnswer(min=Fraction(2), max=Fraction(5, 2), feedback="SAID 2"),)),
                ChoiceBlank(id="x", choices=four, answer="B", share=2),
            ),
        ),
    ]
    for scoring in ("each_correct", "all_or_nothing", "balanced", "weighted"):
        made.append(
            MultipleChoice(id=f"m-{scoring}", **shared, choices=four, answer=("A", "B"), scoring=scoring, hints=hints)
        )
    for rule in ("each_correct", "all_or_nothing"):
        made.append(
            Matching(
                id=f"p-{rule}",
                **shared,
                prompts=tuple(Prompt(id=p, text=p) for p in ("P", "Q", "A")),
                choices=tuple(Choice(id=c, text=c) for c in "ABCD"),
                answer={"P": "B", "Q": "A", "A": "B"},
                scoring=rule,
                hints=hints,
            )
        )
    for policy in ("all_or_nothing", "each_position"):
        made.append(
            Ordering(
                id=f"o-{policy}",
                **shared,
                items=tuple(Item(id=i, text=f"t{i}") for i in "ABCD"),
                answer=tuple("CADB"),
                scoring=policy,
                hints=hints,
            )
        )
    return made


def test_every_kind_is_played(played: Played) -> None:
    """The table holds every kind but groups, which are played part by part, and hundreds of responses."""
    questions, runs, results = played
    assert {kind_of(q) for q in questions.values()} == set(KINDS) - {"group"}
    assert sum(len(r) for r in runs.values()) > 200
    assert all(set(results[player]) == set(questions) for player in PLAYERS)


@pytest.mark.parametrize("player", PLAYERS)
def test_nothing_breaks(played: Played, player: str) -> None:
    """Each item loads, is answered and marked without an error on the page, also when nothing was answered."""
    _, _, results = played
    wrong = []
    for name, outcomes in results[player].items():
        for run, outcome in outcomes.items():
            trouble = outcome.get("error") or outcome.get("complaints")
            if trouble:
                wrong.append(f"{name} {run}: {trouble}")
    assert wrong == []


@pytest.mark.parametrize("player", PLAYERS)
def test_every_response_earns_what_the_bank_says(played: Played, player: str) -> None:
    """The key scores all points, nothing scores nothing, wrong and partial responses what the bank's words say."""
    questions, runs, results = played
    wrong = []
    checked = 0
    for name, question in questions.items():
        if not _is_marked(question):
            continue
        assert worth(question, key_of(question)) == points_of(question)
        for run, response in runs[name].items():
            if is_fault(player, question, response):
                continue
            score = results[player][name][run].get("score")
            if score is None or abs(Fraction(str(score)) - worth(question, response)) > CLOSE:
                wrong.append(f"{name} {response!r}: {score} instead of {worth(question, response)}")
            checked += 1
    assert wrong == []
    assert checked > 180


@pytest.mark.parametrize("player", PLAYERS)
def test_the_feedback_shown_is_the_banks(played: Played, player: str) -> None:
    """After each response exactly the feedback of the bank for it is shown, and after a hint only the hint."""
    questions, runs, results = played
    wrong = []
    for name, question in questions.items():
        expected = {run: said(question, response) for run, response in runs[name].items()}
        expected |= {f"hint {i}": [hint] for i, hint in enumerate(question.hints)}
        for run, texts in expected.items():
            if run in runs[name] and is_fault(player, question, runs[name][run]):
                continue
            found = sorted("".join(text.split()) for text in results[player][name][run].get("shown", ()))
            wanted = sorted(_bare(text) for text in texts)
            if found != wanted:
                wrong.append(f"{name} {run}: {found} instead of {wanted}")
    assert wrong == []


def test_shared_material_is_shown(played: Played) -> None:
    """The player that looks for what items share shows the material of a group in each of its items."""
    questions, _, results = played
    parts = [name for name in questions if name.startswith("lib-case-1-")]
    assert len(parts) == 3
    for name in parts:
        assert "周末借阅量约为平日的1.8倍" in "".join(results["citolab"][name]["nothing"]["body"].split())


def _bare(text: str | Html) -> str:
    """The characters of a text that are shown, without blanks and formulas."""
    shown = text if isinstance(text, str) else richtext.html_of(richtext.blocks(text), _gone)
    return "".join(richtext.plain(Html(html=shown) if isinstance(text, Html) else shown).split())


def _gone(element: richtext.Element) -> str | None:
    return "" if element.tag == "tex" else None
