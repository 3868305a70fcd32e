"""`qbank bulk`: partitions on any engine, poison set aside, runs taken up again, and always the same bytes."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from qbank import bankfile, importing
from qbank.bulk import runs, shards, work
from qbank.bulk.engines import Dask, Died, Engine, Here, Processes
from qbank.bulk.work import Outcome, Task
from qbank.cli import cli
from qbank.diagnostics import QbankError, Report
from qbank.files import alone

PAPER = """一、单项选择题（每题2分）
1. {n}加一等于（  ）。
A. {a}
B. {b}
C. {c}
D. 0
2. 图书借阅期满，还要用书时应（  ）。
A. 续借
B. 预约
C. 挂失
D. 赔偿
参考答案
1. B
2. A
"""


@pytest.fixture
def papers(tmp_path: Path) -> list[str]:
    """Twelve small papers, the second question of all of them the same."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for n in range(12):
        (folder / f"{n:02}.txt").write_text(PAPER.format(n=n, a=n, b=n + 1, c=n + 2), encoding="utf-8")
    return [str(path) for path in sorted(folder.iterdir())]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a run but its marks, which name the folder's own times."""
    return {
        p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file() and not p.name.endswith(".done.json")
    }


def ids(folder: Path) -> list[str]:
    """The ids of all questions, shard after shard."""
    return [q.id for path in shards.shards_in(folder) for q in shards.read_shard(path).questions()]


def test_all_papers_are_in_the_shards(papers: list[str], tmp_path: Path) -> None:
    """Every question of every paper is in a shard, answered, and no id stands twice."""
    done = runs.run(runs.papers(papers, tmp_path / "out", size=5), Here())
    assert (done.partitions, done.questions, done.poison) == (3, 24, [])
    assert len(ids(tmp_path / "out")) == len(set(ids(tmp_path / "out"))) == 24
    assert done.renamed == 7  # the same question of the last seven papers, whose shards know nothing of the first
    first = next(iter(shards.read_shard(shards.shards_in(tmp_path / "out")[0]).questions()))
    right = next(c for c in first.choices if c.id == first.answer)  # type: ignore[union-attr]
    assert right.text == "1"


@pytest.mark.parametrize("engine", [Processes(2)], ids=["processes"])
def test_the_engine_leaves_no_trace(papers: list[str], tmp_path: Path, engine: Engine) -> None:
    """The bytes are those of a run in one process."""
    runs.run(runs.papers(papers, tmp_path / "here", size=3), Here())
    runs.run(runs.papers(papers, tmp_path / "there", size=3), engine)
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


@pytest.mark.parametrize("packing", ["gzip", "zstd", "none"])
def test_packings_hold_the_same(papers: list[str], tmp_path: Path, packing: shards.Packing) -> None:
    """Packed in any way a shard is the same bank, and packing it twice gives the same bytes."""
    if packing == "zstd":
        pytest.importorskip("zstandard")
    for name in ("a", "b"):
        runs.run(runs.papers(papers[:2], tmp_path / name, packing=packing), Here())
    (shard,) = shards.shards_in(tmp_path / "a")
    assert shard.read_bytes() == shards.shards_in(tmp_path / "b")[0].read_bytes()
    assert shards.unpacked(shard).startswith(b'{"qbank":1')
    assert len(list(shards.read_shard(shard).questions())) == 4


def test_a_run_goes_on_where_it_stopped(papers: list[str], tmp_path: Path) -> None:
    """What is done is not done again; a partition whose output or input changed is."""
    out = tmp_path / "out"
    runs.run(runs.papers(papers, out, size=3), Here())
    whole = contents(out)
    (out / "shard-000001.jsonl.gz").unlink()
    (out / "shard-000002.done.json").write_text("{")
    Path(papers[0]).write_text(Path(papers[0]).read_text(encoding="utf-8"), encoding="utf-8")
    os.utime(papers[0], ns=(1, 1))
    done = runs.run(runs.papers(papers, out, size=3), Here())
    assert done.resumed == 1
    assert contents(out) == whole
    assert runs.run(runs.papers(papers, out, size=3), Here()).resumed == 4


def test_a_bad_paper_costs_only_itself(papers: list[str], tmp_path: Path) -> None:
    """What cannot be read is named in quarantine.jsonl with its reason; the others are in the shard."""
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 no zip")
    done = runs.run(runs.papers([papers[0], str(broken), papers[1]], tmp_path / "out"), Here())
    assert done.questions == 4
    assert [p.input for p in done.poison] == [str(broken)]
    line = json.loads((tmp_path / "out" / "quarantine.jsonl").read_text())
    assert line["input"] == str(broken)
    assert line["reason"]
    assert not runs.all_well(done)


def test_a_fault_in_a_reader_costs_only_its_paper(
    papers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception nobody expected is set aside with its paper, not the night's work."""
    real = importing.import_files

    def faulty(paths: Sequence[str], **more: Any) -> Any:
        if paths[0] == papers[1]:
            raise IndexError("a fault")
        return real(paths, **more)

    monkeypatch.setattr(importing, "import_files", faulty)
    done = runs.run(runs.papers(papers[:3], tmp_path / "out"), Here())
    assert done.questions == 4
    assert [(p.input, p.reason) for p in done.poison] == [(papers[1], "IndexError: a fault")]


class Deadly:
    """An engine on which a partition with a certain input kills its worker."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome | Died]]:
        """What `Processes` says when a worker dies."""
        for task in tasks:
            yield task, Died() if self.name in task.inputs else work.run(task)


def test_an_input_that_kills_is_found(papers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a worker dies, its partition is tried input by input, and the killer is set aside."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "import pathlib\n"
        "old = pathlib.Path.read_bytes\n"
        f"def read_bytes(self):\n    if str(self) == {papers[4]!r}: os._exit(9)\n    return old(self)\n"
        "pathlib.Path.read_bytes = read_bytes\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    done = runs.run(runs.papers(papers[:6], tmp_path / "out", size=3), Deadly(papers[4]))
    assert [p.input for p in done.poison] == [papers[4]]
    assert done.questions == 10
    assert not (tmp_path / "out" / ".trial").exists()
    assert runs.run(runs.papers(papers[:6], tmp_path / "out", size=3), Here()).resumed == 2


def test_a_killed_run_is_finished_by_the_next(papers: list[str], tmp_path: Path) -> None:
    """kill -9 in the middle, then the same command: the same bytes as a run in one go."""
    whole = tmp_path / "whole"
    runs.run(runs.papers(papers, whole, size=1), Here())
    for delay in (0.45, 0.6, 0.8):
        out = tmp_path / f"out-{delay}"
        command = [sys.executable, "-m", "qbank", "bulk", "import", *papers, "-o", str(out), "--size", "1", "-j", "1"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
        assert contents(out) == contents(whole)


def test_a_cluster_that_loses_a_worker_finishes(papers: list[str], tmp_path: Path) -> None:
    """Two workers, one killed in the middle: every partition is there, with the bytes of a local run."""
    distributed = pytest.importorskip("distributed", reason="the extra qbank[bulk] is not installed")
    many = [str(tmp_path / f"{n:03}.txt") for n in range(60)]
    for n, name in enumerate(many):
        Path(name).write_text(PAPER.format(n=n, a=n, b=n + 1, c=n + 2), encoding="utf-8")
    runs.run(runs.papers(many, tmp_path / "here", size=2), Here())
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    client = distributed.Client(cluster)
    killed: list[int] = []

    def kill_one() -> None:
        while len(list((tmp_path / "there").glob("*.done.json"))) < 3:
            time.sleep(0.01)
        pid = next(iter(pids.values()))
        os.kill(pid, signal.SIGKILL)
        killed.append(len(list((tmp_path / "there").glob("*.done.json"))))

    try:
        pids = client.run(os.getpid)
        thread = threading.Thread(target=kill_one)
        thread.start()
        done = runs.run(runs.papers(many, tmp_path / "there", size=2), Dask(client=client))
        thread.join()
    finally:
        client.close()
        cluster.close()
    assert killed
    assert killed[0] < 30
    assert (done.partitions, done.questions, done.poison) == (30, 120, [])
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_shards_are_checked_and_exported(papers: list[str], tmp_path: Path) -> None:
    """The commands work on the shards, one file each, and end with 0 where nothing is wrong."""
    out = tmp_path / "out"
    run = CliRunner()
    result = run.invoke(cli, ["bulk", "import", *papers, "-o", str(out), "--size", "4", "-j", "1"])
    assert result.exit_code == 0, result.output
    assert "3 partitions, 24 questions" in result.output
    assert run.invoke(cli, ["bulk", "check", str(out), "-j", "1"]).exit_code == 0
    assert len(list((out / "check").glob("*.findings.jsonl.gz"))) == 3
    result = run.invoke(cli, ["bulk", "export", str(out), "--to", "gift", "-o", str(tmp_path / "gift"), "-j", "1"])
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "gift").glob("*.gift"))) == 3


def test_findings_name_the_whole_path(papers: list[str], tmp_path: Path) -> None:
    """Among a million papers a name alone would be none."""
    Path(papers[0]).write_text(PAPER.format(n=0, a=0, b=1, c=2).replace("2. A\n", ""), encoding="utf-8")
    runs.run(runs.papers(papers[:1], tmp_path / "out"), Here())
    lines = gzip.decompress((tmp_path / "out" / "shard-000000.findings.jsonl.gz").read_bytes()).splitlines()
    assert {json.loads(line).get("file") for line in lines} == {papers[0]}


def test_a_damaged_shard_is_set_aside(papers: list[str], tmp_path: Path) -> None:
    """A shard cut off in the middle is named; the others are checked."""
    out = tmp_path / "out"
    runs.run(runs.papers(papers, out, size=6), Here())
    shard = shards.shards_in(out)[0]
    shard.write_bytes(shard.read_bytes()[:200])
    done = runs.run(runs.checks(out, tmp_path / "check"), Here())
    assert [p.input for p in done.poison] == [str(shard)]
    assert done.questions == 12


def test_a_bomb_is_refused_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard that unpacks to more than the limit is not read to its end."""
    monkeypatch.setattr(shards, "MAX_UNPACKED", 1 << 20)
    bomb = tmp_path / "shard-000000.jsonl.gz"
    bomb.write_bytes(gzip.compress(b'{"qbank":1}\n' + b" " * (4 << 20)))
    with pytest.raises(QbankError, match="unpacks to more than"):
        shards.read_shard(bomb, Report())


def test_a_folder_without_shards_says_so(tmp_path: Path) -> None:
    """Nothing to check is an error, not a success."""
    with pytest.raises(QbankError, match="no shards"):
        runs.checks(tmp_path, tmp_path)


def test_a_shard_is_a_bank(papers: list[str], tmp_path: Path) -> None:
    """An unpacked shard is an ordinary JSON Lines bank."""
    runs.run(runs.papers(papers[:1], tmp_path / "out", packing="none"), Here())
    assert len(bankfile.load(tmp_path / "out" / "shard-000000.jsonl").questions) == 2


def test_a_paper_that_changes_while_it_is_read_is_read_again(
    papers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a partition is known by is its inputs as they were before: a later change is never taken for what was read."""
    tasks = runs.papers(papers[:1], tmp_path / "out")
    read = importing.import_files

    def slow(paths: Sequence[str], **more: Any) -> Any:
        found = read(paths, **more)
        with Path(paths[0]).open("a", encoding="utf-8") as paper:
            paper.write("\n")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(importing, "import_files", slow)
        assert runs.run(tasks, Here()).resumed == 0
    assert runs.run(tasks, Here()).resumed == 0
    assert runs.run(tasks, Here()).resumed == 1


def test_two_runs_in_one_folder(papers: list[str], tmp_path: Path) -> None:
    """A run is refused while another writes to the same folder, and leaves what it does alone."""
    out = tmp_path / "out"
    out.mkdir()
    with alone(out), pytest.raises(QbankError, match="another run is writing to this folder"):
        runs.run(runs.papers(papers, out), Here())
    assert contents(out) == {}


def test_shards_of_another_run_are_named(papers: list[str], tmp_path: Path) -> None:
    """Shards that an earlier run with more papers left are still there for check and export: that is said."""
    out = tmp_path / "out"
    assert runs.run(runs.papers(papers, out, size=1), Here()).strange == []
    done = runs.run(runs.papers(papers[:1], out, size=1), Here())
    assert done.strange == [f"shard-{number:06}.jsonl.gz" for number in range(1, len(papers))]
