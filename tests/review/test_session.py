"""A bank under review: saved at once, undone at will, never at the cost of somebody else's change."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import bankfile
from qbank.diagnostics import QbankError
from qbank.model import Bank, Choice, Essay, Group, Header, ShortAnswer, SingleChoice, Source
from qbank.review import fields, view
from qbank.review.fields import FieldError
from qbank.review.session import Conflict, Gone, Outside, Session, open_session

AB = (Choice(id="a", text="one"), Choice(id="b", text="two"))


def bank() -> Bank:
    """A draft, a choice question, a group of two, and a doubtful one."""
    return Bank(
        header=Header(qbank=1, title="T"),
        questions=(
            SingleChoice(id="first", stem="First?", choices=AB, answer="a"),
            ShortAnswer(id="second", stem="Second? 9. Third?", status="draft"),
            Group(id="g", stem="Read.", questions=(Essay(id="g1", stem="One"), Essay(id="g2", stem="Two"))),
            Essay(id="last", stem="Last", source=Source(document="p.txt", confidence=0.5)),
        ),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A canonical bank file."""
    bankfile.dump(bank(), tmp_path / "bank.json")
    return tmp_path / "bank.json"


def stem(path: Path, handle: str) -> object:
    """The stem of a question as the file has it."""
    return open_session(path).entries[handle].question.stem


def outside(path: Path, handle: str, **changes: Any) -> None:
    """Change a question the way another program does."""
    whole = bankfile.load(path)
    made = tuple(fields.changed(q, **changes) if q.id == handle else q for q in whole.questions)
    bankfile.dump(Bank(header=whole.header, questions=made), path)


def test_every_change_is_in_the_file_at_once(path: Path) -> None:
    """An edit, an acceptance, a split and a merge are each on disk, in canonical form, when they return."""
    session = open_session(path)
    session.edit("first", session.revisions["first"], "stem", {"text": "Changed?"})
    assert stem(path, "first") == "Changed?"
    session.accept("second", session.revisions["second"])
    accepted = bankfile.load(path).questions[1]
    assert (accepted.status, accepted.extensions) == ("ready", {"qbank": {"reviewed": True}})
    session.split("second", session.revisions["second"], "stem", 8)
    assert [q.id for q in bankfile.load(path).questions] == ["first", "second", "second-2", "g", "last"]
    session.merge("second-2", session.revisions["second-2"], session.revisions["second"])
    assert [q.id for q in bankfile.load(path).questions] == ["first", "second", "g", "last"]
    written = path.read_bytes()
    bankfile.dump(bankfile.load(path), path)
    assert path.read_bytes() == written


def test_only_the_changed_lines_differ(path: Path) -> None:
    """A diff of the bank after an edit shows that edit and nothing else."""
    before = path.read_text(encoding="utf-8").splitlines()
    session = open_session(path)
    session.edit("g2", session.revisions["g2"], "stem", {"text": "Zwei"})
    after = path.read_text(encoding="utf-8").splitlines()
    assert [(a.strip(), b.strip()) for a, b in zip(before, after, strict=True) if a != b] == [
        ('"stem": "Two"', '"stem": "Zwei"')
    ]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["edit", "key", "kind", "accept", "skip", "split", "merge", "add", "undo", "redo"]),
        st.integers(0, 9),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(ACTIONS)
def test_undo_takes_everything_back(tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]) -> None:
    """Whatever was done, undoing until nothing is left restores the file byte for byte, and the file always loads."""
    path = tmp_path_factory.mktemp("undo") / "bank.json"
    bankfile.dump(bank(), path)
    original = path.read_bytes()
    session = open_session(path)
    for what, n in actions:
        handles = list(session.entries)
        handle = handles[n % len(handles)]
        try:
            _do(session, what, handle, n)
        except (FieldError, Gone):
            continue
        assert bankfile.load(path).questions == session.bank.questions
    while session._done:
        session.undo(session.version)
    assert path.read_bytes() == original
    assert session.skipped == frozenset()


def _do(session: Session, what: str, handle: str, n: int) -> None:
    revision = session.revisions[handle]
    match what:
        case "edit":
            session.edit(handle, revision, "stem", {"text": f"Stem {n}? 1. More {n}"}, "tab", more=n % 2 == 0)
        case "key":
            session.edit(handle, revision, "key", "ab"[n % 2])
        case "kind":
            session.edit(handle, revision, "kind", ["essay", "single_choice", "cloze"][n % 3])
        case "accept":
            session.accept(handle, revision)
        case "skip":
            session.skip(handle)
        case "split":
            session.split(handle, revision, "stem", n)
        case "merge":
            previous = session.previous(handle)
            session.merge(handle, revision, session.revisions[previous] if previous else 0)
        case "add":
            session.arrange(handle, revision, "choices", "add")
        case "undo":
            session.undo(session.version)
        case _:
            session.redo(session.version)


def test_typing_that_goes_on_is_one_step(path: Path) -> None:
    """Edits of one field in one go are undone together; another tab's are not."""
    session = open_session(path)
    for text in ("a", "ab", "abc"):
        session.edit("first", session.revisions["first"], "stem", {"text": text}, "tab", more=text != "a")
    session.edit("first", session.revisions["first"], "stem", {"text": "abcd"}, "other", more=True)
    session.undo(session.version)
    assert stem(path, "first") == "abc"
    session.undo(session.version)
    assert stem(path, "first") == "First?"
    session.redo(session.version)
    assert stem(path, "first") == "abc"


def test_two_tabs_change_different_fields(path: Path) -> None:
    """A change made on an older revision goes in when it touches another field; both stay."""
    session = open_session(path)
    seen = session.revisions["first"]
    session.edit("first", seen, "stem", {"text": "Tab one"})
    session.edit("first", seen, "points", "2")
    session.edit("first", seen, "choice:b", {"text": "zwei"})
    question = bankfile.load(path).questions[0]
    assert isinstance(question, SingleChoice)
    assert (question.stem, question.points, question.choices[1].text) == ("Tab one", 2, "zwei")


def test_two_tabs_change_the_same_field(path: Path) -> None:
    """The later one is refused and given both versions; nothing is written; sending it knowingly goes in."""
    session = open_session(path)
    seen = session.revisions["first"]
    session.edit("first", seen, "stem", {"text": "Tab one"})
    with pytest.raises(Conflict) as caught:
        session.edit("first", seen, "stem", {"text": "Tab two"})
    assert (caught.value.field, caught.value.mine, caught.value.theirs) == (
        "stem",
        {"text": "Tab two"},
        {"text": "Tab one"},
    )
    assert stem(path, "first") == "Tab one"
    session.edit("first", seen, "stem", {"text": "Tab one"})
    session.edit("first", session.revisions["first"], "stem", {"text": "Tab two"})
    assert stem(path, "first") == "Tab two"


def test_a_judgement_is_of_what_was_seen(path: Path) -> None:
    """A question that changed since it was looked at is not accepted, split, merged or turned into another kind."""
    session = open_session(path)
    seen = dict(session.revisions)
    session.edit("second", seen["second"], "stem", {"text": "Other words"})
    attempts = [
        lambda: session.accept("second", seen["second"]),
        lambda: session.split("second", seen["second"], "stem", 5),
        lambda: session.merge("second", seen["second"], seen["first"]),
        lambda: session.edit("second", seen["second"], "kind", "essay"),
    ]
    for attempt in attempts:
        with pytest.raises(Conflict, match="was changed since you saw it"):
            attempt()
    assert bankfile.load(path).questions[1].status == "draft"


def test_what_was_merged_away_is_gone(path: Path) -> None:
    """A change to a question that another tab merged away is refused as gone, not written somewhere else."""
    session = open_session(path)
    revision = session.revisions["g2"]
    session.merge("g2", revision, session.revisions["g1"])
    with pytest.raises(Gone):
        session.edit("g2", revision, "stem", {"text": "x"})


def test_an_outside_edit_of_another_question_stays(path: Path) -> None:
    """What another program wrote to other questions is kept when we save ours."""
    session = open_session(path)
    seen = session.revisions["first"]
    outside(path, "last", stem="Theirs")
    session.edit("first", seen, "stem", {"text": "Ours"})
    assert (stem(path, "first"), stem(path, "last")) == ("Ours", "Theirs")
    assert session.outside_version > 0


def test_an_outside_edit_of_the_same_question(path: Path) -> None:
    """Of the same question another field is merged, the same field refused, and theirs stays in the file."""
    session = open_session(path)
    seen = session.revisions["last"]
    outside(path, "last", stem="Theirs")
    session.edit("last", seen, "points", "3")
    with pytest.raises(Conflict):
        session.edit("last", seen, "stem", {"text": "Ours"})
    question = bankfile.load(path).questions[3]
    assert (question.stem, question.points) == ("Theirs", 3)


def test_an_outside_edit_is_a_step_that_can_be_taken_back(path: Path) -> None:
    """A stale editor that saves over our work is undone like anything else, but never by one who has not seen it."""
    session = open_session(path)
    old = path.read_bytes()
    session.edit("first", session.revisions["first"], "stem", {"text": "Work of an hour"})
    path.write_bytes(old)
    with pytest.raises(FieldError, match="something changed elsewhere"):
        session.undo(session.version)
    assert stem(path, "first") == "First?"
    session.undo(session.version)
    assert stem(path, "first") == "Work of an hour"


def test_questions_added_and_removed_outside(path: Path) -> None:
    """The list follows the file: what is new appears, what was removed goes."""
    session = open_session(path)
    version = session.version
    whole = bankfile.load(path)
    bankfile.dump(Bank(header=whole.header, questions=(*whole.questions[1:], Essay(id="new", stem="N"))), path)
    assert session.refresh() is not None
    assert list(session.entries) == ["second", "g", "g1", "g2", "last", "new"]
    assert session.since(version) == (["new"], ["first"])
    assert view.delta(session, version)["sequence"] == list(session.entries)


def test_a_file_that_is_broken_outside_is_not_written_over(path: Path) -> None:
    """While the file cannot be read nothing is saved over it; once it can, work goes on."""
    session = open_session(path)
    good = path.read_bytes()
    path.write_bytes(good[:-40])
    revision = session.revisions["first"]
    for _ in range(2):
        with pytest.raises(Outside, match="cannot be used now"):
            session.edit("first", revision, "stem", {"text": "x"})
    assert path.read_bytes() == good[:-40]
    assert session.trouble
    path.write_bytes(good)
    session.edit("first", revision, "stem", {"text": "x"})
    assert stem(path, "first") == "x"
    assert not session.trouble


def test_only_a_new_layout_is_no_change(path: Path) -> None:
    """A file that was only laid out anew conflicts with nothing."""
    session = open_session(path)
    import json

    path.write_text(json.dumps(json.loads(path.read_bytes())), encoding="utf-8")
    assert session.refresh() is None
    session.edit("first", session.revisions["first"], "stem", {"text": "x"})
    assert stem(path, "first") == "x"


def test_a_file_that_went_is_written_again(path: Path) -> None:
    """A bank that was deleted is whole again after the next change."""
    session = open_session(path)
    path.unlink()
    session.edit("first", session.revisions["first"], "stem", {"text": "x"})
    assert len(bankfile.load(path).questions) == 4


def test_a_change_that_cannot_be_saved_did_not_happen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, the session keeps what the file has, and the same change goes in later."""
    session = open_session(path)
    revision, version, before = session.revisions["first"], session.version, path.read_bytes()

    def full(target: Path, given: object) -> None:
        raise QbankError(f"{target}: cannot be written (No space left on device)")

    with monkeypatch.context() as patched:
        patched.setattr("qbank.review.session.atomic_write", full)
        with pytest.raises(QbankError, match="cannot be written"):
            session.edit("first", revision, "stem", {"text": "x"})
    assert (session.version, session.entries["first"].question.stem) == (version, "First?")
    assert path.read_bytes() == before
    session.edit("first", revision, "stem", {"text": "x"})
    assert stem(path, "first") == "x"


def test_two_reviews_of_one_bank_lose_nothing(path: Path) -> None:
    """Two sessions that write at the same time to different questions both keep all their changes."""
    sessions = [open_session(path), open_session(path)]
    failures: list[Exception] = []

    def work(session: Session, handle: str) -> None:
        try:
            for n in range(15):
                session.edit(handle, session.revisions[handle], "stem", {"text": f"{handle} {n}"})
        except Exception as error:  # noqa: BLE001  # handed to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(sessions, ("first", "last"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert (stem(path, "first"), stem(path, "last")) == ("first 14", "last 14")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bank.json", '{"qbank": 1, "questions": [{"kind": "essay", "id": "a", "stem": 3}]}', "expected"),
        ("bank.json", '{"qbank": 1, "questions": [{"kind": "essay", "id": "a", "stem": ""}, {"kind": "essay", "id": "a", "stem": ""}]}', "two questions have the id 'a'"),
        ("bank.yaml", "qbank: 1\nquestions: []\n", "comments"),
        ("bank.txt", "", "ends in"),
        ("missing.json", None, "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_reviewed_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    """A bank with errors, with an id twice, in YAML, or that is not there: one sentence says so."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(QbankError) as caught:
        open_session(path)
    assert words.lower() in str(caught.value).lower() or words == "expected"
    assert "\n" not in str(caught.value)


def test_the_doubtful_come_first(path: Path) -> None:
    """Drafts and low confidence first, then findings, then the order of the bank; what is reviewed comes last."""
    session = open_session(path)
    assert view.order(session) == ["second", "last", "first", "g", "g1", "g2"]
    session.edit("g1", session.revisions["g1"], "stem", {"text": ""})
    session.accept("second", session.revisions["second"])
    assert view.order(session) == ["last", "g1", "first", "g", "g2", "second"]


def test_findings_follow_the_changes(path: Path) -> None:
    """A duplicate is found when it is made and gone when it is not one any more, on either of the two."""
    session = open_session(path)
    session.edit("last", session.revisions["last"], "stem", {"text": "Read."})
    codes = {h: [d.code for d in session.findings.of(h)] for h in session.entries}
    assert "L302" in codes["last"] + codes["g"]
    session.edit("g", session.revisions["g"], "stem", {"text": "Other."})
    assert not any(d.code == "L302" for h in session.entries for d in session.findings.of(h))


def test_kill_nine_leaves_a_whole_bank(path: Path, tmp_path: Path) -> None:
    """A process killed while it saves without pause leaves a bank that loads, with every change it had told of."""
    script = (
        "import sys\n"
        "from qbank.review.session import open_session\n"
        "s = open_session(sys.argv[1])\n"
        "for n in range(10**6):\n"
        "    s.edit('first', s.revisions['first'], 'stem', {'text': f'{n} ' + 'x' * 5000})\n"
        "    print(n, flush=True)\n"
    )
    for wait in (0.15, 0.31, 0.47):
        told = tmp_path / "told"
        with told.open("w") as out:
            process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=out)
            deadline = time.monotonic() + 30
            while not told.stat().st_size and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait()
        last = int(told.read_text().split("\n")[-2])
        found = stem(path, "first")
        assert isinstance(found, str)
        assert int(found.split()[0]) in (last, last + 1)


def test_questions_in_json_lines(tmp_path: Path) -> None:
    """A JSON Lines bank is reviewed and stays JSON Lines."""
    path = tmp_path / "bank.jsonl"
    bankfile.dump(bank(), path)
    session = open_session(path)
    session.edit("first", session.revisions["first"], "stem", {"text": "x"})
    assert path.read_text(encoding="utf-8").count("\n") == 5
    assert stem(path, "first") == "x"
