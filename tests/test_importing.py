"""Files in, a bank: what holds whatever the formats are, and however many processes read."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qbank import bankfile, importing, joining, reading
from qbank.diagnostics import QbankError, Report
from qbank.importing import many
from qbank.importing.files import Order
from qbank.importing.taken import Taken
from qbank.model import Asset, Essay, Group, Html, Question, TrueFalse
from qbank.pile import Pile, written

TESTS = Path(__file__).parent
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and file names of POSIX")

TF: dict[str, Any] = {"kind": "true_false", "id": "t", "stem": "?", "answer": True}
PICTURE = {"html": '<p><img src="asset:a.png" alt="x"/></p>'}


def bank_file(folder: Path, name: str, *questions: dict[str, Any], **header: Any) -> str:
    """A bank file."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"qbank": 1, **header, "questions": questions}), encoding="utf-8")
    return str(path)


def test_questions_of_several_files_get_ids_of_their_own(tmp_path: Path) -> None:
    """An id that is taken gets a number, in groups too, and it is said."""
    group = {"kind": "group", "id": "g", "stem": "x", "questions": [TF]}
    one, two = bank_file(tmp_path, "1.json", TF, TF | {"id": "u"}), bank_file(tmp_path, "2.json", group, TF)
    done = importing.import_files([one, two], source="qbank")
    assert [q.id for q in done.questions] == ["t", "u", "g", "t-3"]
    assert isinstance(done.questions[2], Group)
    assert done.questions[2].questions[0].id == "t-2"
    assert [d.code for d in done.report] == ["R021", "R021"]
    assert [(f.questions, f.answered) for f in done.files] == [(2, 2), (2, 2)]


def test_pictures_with_one_name_stay_two_pictures(tmp_path: Path) -> None:
    """Two banks that each have an `a.png` keep their own; the same picture twice is one."""
    banks = [
        bank_file(tmp_path / name, "bank.json", TF | {"id": name, "stem": PICTURE}, assets={"a.png": {"base64": data}})
        for name, data in (("one", "AAAA"), ("two", "BBBB"), ("three", "AAAA"))
    ]
    done = importing.import_files(banks, source="qbank", folder=tmp_path)
    assert done.header.assets == {"a.png": Asset(base64="AAAA"), "a-2.png": Asset(base64="BBBB")}
    assert [q.stem for q in done.questions] == [
        Html(html='<p><img alt="x" src="asset:a.png"/></p>'),
        Html(html='<p><img alt="x" src="asset:a-2.png"/></p>'),
        Html(html='<p><img alt="x" src="asset:a.png"/></p>'),
    ]


def test_renaming_reaches_every_text_and_nothing_else() -> None:
    """Every `src` is renamed, in choices and feedback too; the words of a text are not."""
    question = TrueFalse(
        id="t",
        stem=Html(html='<p>asset:a.png <img src=\'asset:a.png\'/><img alt="asset:a.png" src = "asset:a.png.png"/></p>'),
        feedback_true=Html(html='<p><audio src="asset:a.png"></audio></p>'),
        hints=("asset:a.png",),
    )
    done = joining.renamed(question, {"a.png": "b.png"})
    assert done.stem == Html(
        html='<p>asset:a.png <img src=\'asset:b.png\'/><img alt="asset:a.png" src = "asset:a.png.png"/></p>'
    )
    assert done.feedback_true == Html(html='<p><audio src="asset:b.png"></audio></p>')
    assert done.hints == question.hints
    assert joining.new_names({"a": Asset(file="x")}, {"a": Asset(file="y"), "a-2": Asset(file="z")}) == {"a": "a-3"}


def test_each_question_keeps_its_language(tmp_path: Path) -> None:
    """The bank speaks the language of its first file; questions of others say theirs, unless the user decides."""
    banks = [
        bank_file(tmp_path, f"{name}.json", TF | {"id": name}, **({"language": language} if language else {}))
        for name, language in (("a", "zh-CN"), ("b", "en"), ("c", None), ("d", "zh-CN"))
    ]
    done = importing.import_files(banks, source="qbank")
    assert done.header.language == "zh-CN"
    assert [q.language for q in done.questions] == [None, "en", None, None]
    done = importing.import_files(banks, source="qbank", language="fr")
    assert done.header.language == "fr"
    assert [q.language for q in done.questions] == [None] * 4


def test_media_of_a_bank_from_elsewhere_come_along(tmp_path: Path) -> None:
    """A file beside the old bank is embedded in the new one; beside the same folder it stays a file."""
    old = bank_file(tmp_path / "old", "bank.json", TF | {"stem": PICTURE}, assets={"a.png": {"file": "a.png"}})
    (tmp_path / "old" / "a.png").write_bytes(b"picture")
    moved = importing.import_files([old], source="qbank", folder=tmp_path)
    assert moved.header.assets["a.png"].base64 == base64.b64encode(b"picture").decode()
    assert moved.header.assets["a.png"].media_type == "image/png"
    stayed = importing.import_files([old], source="qbank", folder=tmp_path / "old")
    assert stayed.header.assets["a.png"].file == "a.png"


def test_a_repeat_looks_for_its_number_once() -> None:
    """A thousand questions with one id take a thousand steps, not a million."""
    looked = 0

    class Counted(set[str]):
        def __contains__(self, name: object) -> bool:
            nonlocal looked
            looked += 1
            return super().__contains__(name)

    taken, repeats, question = Counted(), dict[str, int](), Essay(id="q", stem="?")
    found = [joining.with_free_ids(question, taken, lambda n, _: taken.add(n), repeats).id for _ in range(1000)]
    assert found == ["q", *(f"q-{n}" for n in range(2, 1001))]
    assert looked < 3000


def test_ids_of_a_bank_that_grows() -> None:
    """Those of a group are taken with it or not at all, and a repeat is told with the document that had it first."""
    taken, report = Taken(), Report()
    parts = (Essay(id="a", stem="?"), Essay(id="b", stem="?"))
    assert taken.take(bankfile.line_of(parts[0]), "one.txt")
    group = Group(id="g", stem="?", questions=parts)
    assert not taken.take(bankfile.line_of(group), "two.txt")
    assert "g" not in taken
    assert "b" not in taken
    freed = taken.freed(group, "two.txt", report)
    assert [freed.id, *(q.id for q in getattr(freed, "questions"))] == ["g", "a-2", "b"]  # noqa: B009
    assert [d.message for d in report] == ["a stands in one.txt and again in two.txt; the second is a-2"]
    assert not taken.take(bankfile.line_of(Group(id="h", stem="?", questions=(parts[0], parts[0]))), "three.txt")


def test_a_pile_is_a_list_of_questions() -> None:
    """It gives back what it was given, in order and by number, on disk or not; its lines are those of a bank."""
    questions = [Essay(id=f"q{i}", stem=f"Why {i}? " + "word " * 100) for i in range(4000)]
    pile = Pile(questions)
    assert len(pile) == 4000
    assert list(pile) == questions
    assert (pile[0], pile[-1], pile[3990:]) == (questions[0], questions[-1], questions[3990:])
    with pytest.raises(IndexError):
        pile[4000]
    assert list(pile.lines()) == [bankfile.line_of(q) for q in questions]
    with pytest.raises(QbankError, match="cannot stand in a bank"):
        bankfile.question_of(b'{"kind":"essay","id":"not an id","stem":"?"}')


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml"])
def test_lines_are_written_as_their_questions(form: bankfile.Form, tmp_path: Path) -> None:
    """A bank has the same bytes whether its questions or their lines are written."""
    bank = bankfile.load(TESTS / "bank" / "all.json")
    for name, questions in (("a", bank.questions), ("b", written(Pile(bank.questions)))):
        with (tmp_path / name).open("wb") as sink:
            bankfile.write(bank.header, questions, sink, form)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@POSIX
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file system may hold a name that is not UTF-8; it is read all the same, and named as well as can be."""
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "wb") as paper:  # noqa: PTH123  # a name of bytes
        paper.write(b"1. What is two and two?\nA. 3\nB. 4\nAnswer: B\n")
    done = importing.import_files([os.fsdecode(path)], folder=tmp_path)
    bankfile.dump(done.bank, tmp_path / "bank.json")
    assert [q.source.document for q in done.questions if q.source] == ["caf\ufffd.txt"]
    assert done.files[0].name.endswith("caf\ufffd.txt")


def test_what_a_reader_cannot_bear_is_said_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too deep, too large or half a character: among several files that is a finding, and the others are read."""
    paths = [bank_file(tmp_path, f"{name}.json", TF | {"id": name}) for name in "abcd"]
    faults: dict[str, Callable[[], list[Question]]] = {
        "a.json": lambda: raised(RecursionError()),
        "b.json": lambda: raised(MemoryError()),
        "c.json": lambda: [Essay(id="q", stem="\ud800")],
    }
    real = reading.get("qbank").read

    def faulty(document: reading.Document, ctx: reading.Context) -> Any:
        return iter(faults[document.name]()) if document.name in faults else real(document, ctx)

    monkeypatch.setattr(reading.get("qbank"), "read", faulty)
    done = importing.import_files(paths)
    assert [q.id for q in done.questions] == ["d"]
    assert [d.code for d in done.report] == ["R033"] * 3
    assert [d.message.removeprefix(paths[i])[:22] for i, d in enumerate(done.report)] == [
        ": is nested too deeply",
        ": does not fit in memo",
        ": holds half of a char",
    ]
    with pytest.raises(QbankError, match="nested too deeply"):
        importing.import_files(paths[:1])


@pytest.mark.slow
def test_questions_are_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many questions of one file need no more memory to be read and written."""
    path = bank_file(tmp_path, "bank.json", TF)
    stem = "Which of these is it? " * 40

    def peak(count: int) -> int:
        found = (Essay(id=f"q{i}", stem=f"{i} {stem}") for i in range(count))
        monkeypatch.setattr(reading.get("qbank"), "read", lambda _document, _ctx: found)
        tracemalloc.start()
        done = importing.import_files([path])
        with (tmp_path / "out.jsonl").open("wb") as sink:
            bankfile.write(done.header, written(done.questions), sink, "jsonl")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(done.questions) == count
        return most

    peak(100)
    assert peak(12_000) < 1.3 * peak(3_000)


def raised(error: Exception) -> list[Question]:
    """Nothing but an error."""
    raise error


# How many processes read


def test_processes_are_started_where_they_pay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for one file nor for a few small ones; never more than there are files; a file that is gone is no error."""
    monkeypatch.setattr(many, "cores", lambda: 8)
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * many.WORTH_IT)
    few = [Order(str(tmp_path / f"{i}.txt")) for i in range(20)]
    assert many.processes_for(few, 0) == 1
    assert many.processes_for(few * 20, 0) == 8
    assert many.processes_for([Order(str(large))], 0) == 1
    assert many.processes_for([Order(str(large)), Order("\0")], 0) == 2
    assert many.processes_for(few, 3) == 3
    assert many.processes_for(few, 200) == 20
    assert many.processes_for([], 5) == 1


def everything(folder: Path) -> list[str]:
    """Papers and question files of many formats: repeats, pictures and languages that clash, files that cannot be read."""
    papers = sorted((TESTS / "readers" / "paper" / "papers").glob("*.txt"))[:20]
    banks = [
        bank_file(
            folder / name,
            "bank.json",
            TF | {"id": "same", "stem": PICTURE},
            TF | {"id": name},
            assets={"a.png": {"base64": data}},
            language=language,
        )
        for name, data, language in (("one", "AAAA", "en"), ("two", "BBBB", "zh-CN"), ("three", "AAAA", "en"))
    ]
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 no zip")
    (folder / "big.json").write_text(
        json.dumps({"qbank": 1, "questions": [TF | {"id": f"big-{i}", "stem": "long " * 200} for i in range(2000)]})
    )
    others = [folder / "broken.docx", folder / "missing.txt", folder / "big.json", TESTS / "bank" / "all.json"]
    others += [*(TESTS / "readers" / "gift").glob("*.gift"), *(TESTS / "readers" / "moodle").glob("*.xml")]
    return [*map(str, papers), *banks, *map(str, others), str(papers[0])]


@pytest.mark.slow
def test_any_number_of_processes_reads_the_same(tmp_path: Path) -> None:
    """Header, questions, findings in their order, figures and accounts of the text are those of a single process."""
    files = everything(tmp_path)

    def read(jobs: int) -> tuple[Any, ...]:
        done = importing.import_files(files, folder=tmp_path, jobs=jobs)
        texts = [account.to_json() for account in done.accounts]
        return done.header, list(written(done.questions)), list(done.report), done.files, texts

    alone = read(1)
    assert len(alone[1]) > 2100
    assert {d.code for d in alone[2]} >= {"R021", "R033"}
    assert len(alone[4]) > 15
    assert set(alone[0].assets) >= {"a.png", "a-2.png"}
    assert read(2) == alone
    assert read(3) == alone


@pytest.mark.slow
@POSIX
def test_the_command_writes_and_says_the_same(tmp_path: Path) -> None:
    """The bank, the report and what is printed have the same bytes, with keys and a paper from standard input too."""
    paper, answers = "一、单选题\n1. 一加一等于（  ）。\nA. 1\nB. {}\n2. 二加二等于（  ）。\nA. 4\nB. {}\n", "1-2 BA"
    for i in range(6):
        (tmp_path / f"p{i}.txt").write_text(paper.format(i, i + 1), encoding="utf-8")
        (tmp_path / f"k{i}.txt").write_text(answers, encoding="utf-8")
    papers = [f"p{i}.txt" for i in range(5)] + ["-"]
    keys = [word for i in range(6) for word in ("--key", f"k{i}.txt")]
    found = []
    for jobs in ("1", "2", "3"):
        out = ["-o", "bank.jsonl", "--overwrite", "--report", "report.html", "--format", "json", "-j", jobs]
        done = subprocess.run(
            [sys.executable, "-m", "qbank", "import", *papers, *keys, *out],
            input=(tmp_path / "p5.txt").read_bytes(),
            capture_output=True,
            cwd=tmp_path,
            check=False,
            timeout=120,
        )
        made = [(tmp_path / name).read_bytes() for name in ("bank.jsonl", "report.html")]
        found.append((done.returncode, done.stdout, done.stderr, made))
        (tmp_path / "bank.jsonl").unlink()
    assert found[0][3][0].count(b"\n") == 13
    assert found[1:] == [found[0]] * 2


PLUGIN = """
import os, signal, sys, time
from qbank.model import Essay

class Account:
    def __init__(self, text):
        self.text = text
        self.unsendable = lambda: None
    def coverage(self):
        return {"question": len(self.text), "unclaimed": 1}
    def to_json(self):
        return {"text": self.text}

class Reader:
    name, title, suffixes, options = "odd", "Odd files", (".odd",), {}
    def sniff(self, document):
        return 1.0 if document.name.endswith(".odd") else 0.0
    def read(self, document, ctx):
        word = document.data.decode()
        print("a reader that talks", sys.stdin.read())
        if word == "wait":
            with open(f"{document.folder}/{document.name}.pid", "w") as file:
                file.write(str(os.getpid()))
            time.sleep(120)
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        ctx.accounts.append(Account(word))
        yield Essay(id=word, stem=word)

READER = Reader()
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder beside a plug-in that reads its files."""
    plugin = tmp_path / "plugin" / "odd-1.dist-info"
    plugin.mkdir(parents=True)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (plugin / "entry_points.txt").write_text("[qbank.readers]\nodd = odd_reader\n")
    (tmp_path / "plugin" / "odd_reader.py").write_text(PLUGIN)
    folder = tmp_path / "papers"
    folder.mkdir()
    for word in ("one", "two", "three"):
        (folder / f"{word}.odd").write_text(word)
    (folder / "bank.json").write_bytes(b"the old file")
    return folder


def started(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """`qbank import *.odd` of a folder, under way."""
    # What lies in the folder is no module of ours, whatever it is called.
    (folder / "msgspec.py").write_text("raise SystemExit('a stranger')")
    files = sorted(path.name for path in folder.glob("*.odd"))
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "qbank"), "import", *files, "-o", "bank.json", "--overwrite", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder.parent / "plugin")},
    )


@pytest.mark.slow
@POSIX
def test_a_reader_of_somebody_else(odd: Path) -> None:
    """A plug-in reads in other processes as it does here, though it prints, and its account cannot cross a pipe."""
    made = []
    for jobs in ("1", "2"):
        process = started(odd, "-j", jobs, "--report", "report.json", "-q")
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        made.append([(odd / name).read_bytes() for name in ("bank.json", "report.json")])
    assert made[0] == made[1]
    assert made[0][0].count(b'"kind": "essay"') == 3
    assert b'"text": "two"' in made[0][1]


@pytest.mark.slow
@POSIX
def test_a_paper_that_kills_its_process_is_named(odd: Path) -> None:
    """One sentence says which it was; the old bank is there, whole."""
    (odd / "fatal.odd").write_text("die")
    process = started(odd, "-j", "2")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert said.decode().splitlines()[-1].startswith("qbank: fatal.odd: the process that read it ended early")
    assert b"Traceback" not in said
    assert (odd / "bank.json").read_bytes() == b"the old file"


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_an_import_that_is_ended_leaves_no_process(odd: Path, blow: signal.Signals) -> None:
    """Ctrl-C says one sentence and exits with 130; whatever ends it, its workers end in the midst of their papers."""
    (odd / "slow.odd").write_text("wait")
    process = started(odd, "-j", "2")
    deadline = time.monotonic() + 60
    while not (pid := odd / "slow.odd.pid").is_file() or not pid.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(blow)
    _, said = process.communicate(timeout=60)
    if blow == signal.SIGINT:
        assert (process.returncode, said.decode().splitlines()[-1]) == (
            130,
            "qbank: interrupted; every file is as it was, or finished",
        )
    while is_running(int(pid.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (odd / "bank.json").read_bytes() == b"the old file"
    assert [path.name for path in odd.iterdir() if path.name.endswith(".part")] == []


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that is dead and not yet buried is none."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z")
