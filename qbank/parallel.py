"""Checking with more than one process: the same findings in the same order, whatever their number.

A bank is cut into runs of lines. Each worker, a process that reads runs from
its standard input, checks one run as if it were the whole bank; what only the
whole bank can tell (ids and contents that stand twice) it hands back as ids
and digests. Only a question that meets one of those again is checked once more
here, where everything is known. A worker ends when its input does, so nothing
is left behind when this process is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
from msgspec import Struct

from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.model import Header

RUN = 1 << 18
"""Bytes a worker is given at a time."""
WORTH_IT = 8 << 20
"""Bytes from which on starting workers pays."""


class Task(Struct, array_like=True, gc=False):
    """A run of lines; `header` is the bank's, as JSON, in the first task of a worker only."""

    name: str
    folder: str
    header: bytes
    index: int
    line: int
    lines: bytes


class Seen(Struct, array_like=True, gc=False):
    """One question as a worker saw it: its ids, its digests with the id each belongs to, and the findings."""

    ids: list[str]
    digests: list[tuple[bytes, str]]
    found: list[Diagnostic]
    valid: bool


class Answer(Struct, array_like=True, gc=False):
    """What a worker found in a run."""

    questions: list[Seen]
    shown: list[str]


def cores() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


class Workers:
    """Processes that check runs of lines; a context manager."""

    def __init__(self, count: int, name: str, folder: Path | None, header: Header) -> None:
        self._count = count
        self._name = name
        self._folder = str(folder) if folder is not None else ""
        self._header = msgspec.json.encode(header, enc_hook=_refused)
        self._mine = threading.local()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads = ThreadPoolExecutor(count)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.communicate()

    def check(self, lines: Iterator[bytes]) -> Iterator[tuple[list[tuple[int, bytes]], Answer]]:
        """The runs of the lines after the header, each question with its line number, and what was found there."""
        under_way: deque[tuple[list[tuple[int, bytes]], Future[Answer]]] = deque()
        for index, run in _runs(lines):
            under_way.append((run, self._threads.submit(self._ask, index, run)))
            if len(under_way) > 2 * self._count:
                first, answer = under_way.popleft()
                yield first, answer.result()
        for first, answer in under_way:
            yield first, answer.result()

    def _ask(self, index: int, run: list[tuple[int, bytes]]) -> Answer:
        process: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        header = b""
        if process is None:
            command = [sys.executable, "-c", "from qbank.parallel import work; work()"]
            process = self._mine.process = subprocess.Popen(  # noqa: S603  # this same Python, no input of a user's
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            self._processes.append(process)
            header = self._header
        # Lines that are left out between questions keep their place, so that numbers stay right.
        first = run[0][0]
        lines = bytearray()
        number = first
        for at, line in run:
            lines += b"\n" * (at - number) + line + b"\n"
            number = at + 1
        task = Task(self._name, self._folder, header, index, first, bytes(lines))
        try:
            _send(cast(BinaryIO, process.stdin), task)
            answer: Answer | None = _receive(cast(BinaryIO, process.stdout), Answer)
        except OSError as error:
            raise QbankError(f"a worker process ended early ({error}); try again with --jobs 1") from error
        if answer is None:
            raise QbankError("a worker process ended early, perhaps for want of memory; try again with --jobs 1")
        return answer


def _runs(lines: Iterator[bytes]) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    """Questions with their line numbers in runs, and the index of the first of each."""
    run: list[tuple[int, bytes]] = []
    index = size = 0
    for number, raw in enumerate(lines, start=2):
        line = raw.rstrip()
        if not line:
            continue
        run.append((number, line))
        size += len(line)
        if size >= RUN:
            yield index, run
            index += len(run)
            run, size = [], 0
    if run:
        yield index, run


def work() -> None:
    """Be a worker: check runs from standard input until there are no more."""
    from qbank import bankfile
    from qbank.assets import AssetStore
    from qbank.lint import Linter

    source, sink = sys.stdin.buffer, sys.stdout.buffer
    header, linter = Header(qbank=1), Linter()
    while (task := _receive(source, Task)) is not None:
        folder = Path(task.folder) if task.folder else None
        if task.header:
            header = bankfile.decoded_header(task.header)
            linter = Linter(AssetStore(header.assets, folder))
        ids = linter.scope.ids = set()
        contents = linter.scope.contents = {}
        report = Report()
        reader = bankfile.open_run(task.lines, task.name, header, report, folder, task.index, task.line)
        seen: list[Seen] = []
        for pointer, question in reader.each():
            if question is not None:
                report.extend(reader.placed(d) for d in linter.check(question, pointer))
            seen.append(Seen(sorted(ids), list(contents.items()), report.diagnostics, question is not None))
            report.diagnostics = []
            ids.clear()
            contents.clear()
        _send(sink, Answer(seen, sorted(linter.scope.shown)))
        linter.scope.shown.clear()


def _send(sink: BinaryIO, message: Struct) -> None:
    data = msgspec.msgpack.encode(message)
    sink.write(len(data).to_bytes(8, "little"))
    sink.write(data)
    sink.flush()


def _receive(source: BinaryIO, kind: type[Any]) -> Any | None:
    """The next message; None when there is none."""
    head = source.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "little")
    data = source.read(size)
    return msgspec.msgpack.decode(data, type=kind) if len(data) == size else None


def _refused(value: object) -> object:
    raise TypeError(type(value).__name__)
