"""The review in a browser: a paper gone through with the keyboard alone, two tabs, an outside edit, hostile words."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser.pages import BANK, MODULES

from qbank import bankfile
from qbank.model import (
    Accepted,
    Bank,
    Choice,
    Essay,
    Header,
    Html,
    Numeric,
    NumericAnswer,
    ShortAnswer,
    SingleChoice,
    Source,
)

pytestmark = pytest.mark.conformance
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
HERE = Path(__file__).parent
AB = (Choice(id="a", text="one"), Choice(id="b", text="two <b>"))
NASTY = "<script>window.owned=1;document.title='owned'</script><img src=x onerror=window.owned=1> javascript:owned()"


def paper() -> str:
    """A paper long enough to scroll, with the first question near its end."""
    return "Quiz\n" + "Some introduction.\n" * 80 + "1. Which one? A. one B. two <b>\n" + f"{NASTY}\n" * 3


def bank() -> Bank:
    """A choice question from the paper, two glued together, a number, and a hostile one."""
    place = Source(
        document="paper.txt", line=82, column=1, end_line=82, end_column=32, text="1. Which one? A. one B. two <b>"
    )
    hostile = Html(html='<p>Hi <em>you</em> <a href="https://example.org/">link</a></p>')
    return Bank(
        header=Header(qbank=1, title=NASTY, language="en"),
        questions=(
            SingleChoice(id="q-one", stem="Which one?", choices=AB, source=place),
            ShortAnswer(id="q-glued", stem="First part? 2. Second part?", status="draft", answer=(Accepted(text="x"),)),
            Numeric(id="q-number", stem="How many?", answer=(NumericAnswer(value=bankfile.exact(3)),)),
            Essay(id="q-hostile", stem=hostile, answer=NASTY, tags=(NASTY,), source=Source(document="paper.txt", text=NASTY, section=NASTY, reasons=(NASTY,), confidence=0.3)),
        ),
    )  # fmt: skip


@contextmanager
def served(path: Path) -> Iterator[tuple[str, int]]:
    """A review of a bank: its address and its process."""
    command = [sys.executable, "-m", "qbank", "review", str(path), "--no-open", "--lang", "en"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), process.stderr.read()
        yield address, process.pid
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[1]
            assert process.returncode == 0, said
            assert "reviewed; all changes are in" in said
            assert "Traceback" not in said
    finally:
        process.kill()
        process.communicate()


def drive(folder: Path, scenario: str, made: Bank | None = None, **more: Any) -> dict[str, Any]:
    """What the driver saw; the test is skipped where there is no browser to drive."""
    node, chromium = shutil.which("node"), shutil.which("chromium") or shutil.which("chromium-browser")
    if node is None or chromium is None:
        pytest.skip("node or chromium is not installed")
    axe = MODULES / "axe-core" / "axe.min.js"
    if not (MODULES / "playwright-core").is_dir() or not axe.is_file():
        pytest.skip("npm install --prefix tests/conformance has not been run")
    path = folder / "bank.json"
    if made is not None:
        bankfile.dump(made, path)
    (folder / "paper.txt").write_text(paper(), encoding="utf-8")
    shutil.copy(HERE / "review.mjs", folder)
    (folder / "node_modules").symlink_to(MODULES.resolve())
    with served(path) as (address, pid):
        job = {"chromium": chromium, "axe": str(axe), "address": address, "bank": str(path), "server": pid}
        (folder / "job.json").write_text(json.dumps({**job, "scenario": scenario, **more}), encoding="utf-8")
        done = subprocess.run(
            [node, str(folder / "review.mjs"), str(folder / "job.json")],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )
        assert done.returncode == 0, done.stderr[-3000:]
        seen: dict[str, Any] = json.loads(done.stdout)
        assert seen["requests"] == [address.partition("/?")[0]], "the page asked another server"
    return seen


def test_a_paper_is_reviewed_with_the_keyboard_alone(tmp_path: Path) -> None:
    """Moving, editing, choosing the key, the kind, accepting, splitting, merging, undoing: each key does what help says."""
    seen = drive(tmp_path, "keyboard", bank())
    saw = seen["saw"]
    assert (saw["first"], saw["focus"]) == ("q-glued", "which")
    assert saw["next"] == "q-hostile"
    assert saw["marked"] == ["1. Which one? A. one B. two <b>"]
    assert saw["markedInView"]
    assert saw["pressed"] == ["B"]
    assert saw["kept"] == ["a"]
    assert saw["count"] == "1 of 4 reviewed"
    assert saw["split"] == ["First part?", "Second part?", None]
    assert saw["merged"] == "First part?\nSecond part?"
    assert saw["undone"] == "First part? 2. Second part?"
    assert "not a number" in saw["problem"]
    assert saw["stayed"] == ["q-number", None]
    assert all("status of 422" in complaint for complaint in seen["complaints"])
    assert bankfile.load(tmp_path / "bank.json").questions[2] == bank().questions[2]


def test_two_tabs_and_an_outside_edit(tmp_path: Path) -> None:
    """Both versions of a contested field are shown and nothing is written until one is chosen; outside edits stay."""
    seen = drive(tmp_path, "conflict", bank())
    saw = seen["saw"]
    assert saw["versions"] == ["Which one? TWO", "Which one? ONE"]
    assert saw["notWritten"] == "Which one? ONE"
    assert saw["axe"] == []
    assert "outside" in saw["toast"]
    assert saw["outside"] == "Outside"
    assert "cannot be used now" in saw["banner"]
    assert saw["untouched"]
    # The refusals themselves (409, 423) are in the console, and nothing else.
    assert all("status of 4" in complaint for complaint in seen["complaints"])


def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    """Scripts in stems, answers, tags, titles, sources and in what is typed do not run; they can be read."""
    seen = drive(tmp_path, "hostile", bank(), questions=["q-hostile", "q-one", "q-glued"])
    saw = seen["saw"]
    assert saw["owned"] == [None, True]  # the title is those words, as text, whether or not they ran
    assert saw["scripts"] == 0
    assert saw["shown"].startswith("<p>Hi <em>you</em>")
    assert saw["ownedAfter"] is None
    assert seen["complaints"] == []
    stem = bankfile.load(tmp_path / "bank.json").questions[3].stem
    assert isinstance(stem, Html)
    assert "script" not in stem.html
    assert "onerror" not in stem.html


def test_no_serious_violation_of_accessibility(tmp_path: Path) -> None:
    """axe-core finds nothing serious in any kind of question, light, dark and narrow; nothing is wider than the page."""
    shutil.copy(BANK, tmp_path / "bank.json")
    shutil.copytree(BANK.parent / "media", tmp_path / "media")
    kinds = {q.__struct_config__.tag: q.id for q in bankfile.load(BANK).questions}
    seen = drive(tmp_path, "looks", questions=list(kinds.values()))
    assert seen["saw"]["axe"] == []
    assert not seen["saw"]["wide"]
    assert seen["complaints"] == []


def test_a_hundred_questions_are_quick(tmp_path: Path) -> None:
    """Accepting a hundred questions one after another takes the machine seconds, every one of them saved."""
    questions = tuple(SingleChoice(id=f"q{n}", stem=f"Question {n}?", choices=AB, answer="a") for n in range(100))
    seen = drive(tmp_path, "many", Bank(header=Header(qbank=1, language="en"), questions=questions))
    assert seen["saw"]["total"] == 100
    assert seen["saw"]["seconds"] < 60
    saved = bankfile.load(tmp_path / "bank.json").questions
    assert all(q.extensions == {"qbank": {"reviewed": True}} for q in saved)


def test_what_is_typed_stays_when_the_server_is_gone(tmp_path: Path) -> None:
    """After kill -9 the page says that nothing is saved, and keeps what was typed; the bank is whole."""
    saw = drive(tmp_path, "ended", bank())["saw"]
    assert "does not answer" in saw["banner"]
    assert saw["saved"] == "Not saved yet"
    assert saw["typed"].endswith("typed into the void")
    assert bankfile.load(tmp_path / "bank.json") == bank()
