"""Processes that are asked and answer: whoever has much to do hands it to a crew of them.

A worker is this same Python, asked through its standard input and answering through
its standard output. It ends when its input does, in the middle of its work if need
be, so nothing is left behind when this process is killed; and Ctrl-C reaches this process alone.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import BinaryIO, TypeVar, cast

from qbank.diagnostics import QbankError

Answer = TypeVar("Answer")

_RARELY = 20_000
"""Objects a worker makes before cycles among them are looked for; 700 where Python decides."""
_PIPE = 1 << 20
"""Bytes that a pipe shall hold; the most that Linux gives to anybody."""
_BEGIN = "import sys; sys.path[:] = sys.argv[2:]; from qbank.workers import begin; begin(sys.argv[1])"
"""What a worker runs: told where modules are found here, it finds the same plug-ins, and none in the folder it is in."""


def cores() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


class Died(QbankError):
    """A worker that ended before it had answered."""


class Worker:
    """One process, asked by one thread at a time."""

    greeted = False
    """Whether it has been told what stays the same from question to question; for whoever asks."""

    def __init__(self, entry: str) -> None:
        command = [sys.executable, "-P", "-c", _BEGIN, entry, *map(str, sys.path)]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this same Python, no input of a user's
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise QbankError(f"a worker process cannot be started ({error}); try again with --jobs 1") from error
        for pipe in (self._process.stdin, self._process.stdout):
            _widen(cast(BinaryIO, pipe))

    def send(self, data: bytes) -> None:
        """Ask. Raises `Died`."""
        try:
            send(cast(BinaryIO, self._process.stdin), data)
        except OSError as error:
            raise Died(f"a worker process ended early ({error}); try again with --jobs 1") from error

    def receive(self) -> bytes:
        """The next message of an answer. Raises `Died`."""
        data = receive(cast(BinaryIO, self._process.stdout))
        if data is None:
            raise Died("a worker process ended early, perhaps for want of memory; try again with --jobs 1")
        return data

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def bury(self) -> None:
        """Wait for its end and close what led to it."""
        self._process.communicate()


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold a whole message where that can be asked for, so that nobody is woken up for each 64 KiB of it."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


class Crew:
    """So many workers, each started when it is first needed; a context manager that ends them all.

    `entry` is the `module:function` that a worker serves with (see `begin`).
    """

    def __init__(self, count: int, entry: str) -> None:
        self._entry = entry
        self._threads = ThreadPoolExecutor(max(count, 1))
        self._mine = threading.local()
        self._starting = threading.Lock()
        self._workers: list[Worker] = []
        self._closed = False

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        with self._starting:
            self._closed = True
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.bury()

    def submit(self, ask: Callable[[Worker], Answer]) -> Future[Answer]:
        """Have a worker asked as soon as one is free."""
        return self._threads.submit(lambda: ask(self._worker()))

    def _worker(self) -> Worker:
        worker: Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            with self._starting:
                if self._closed:
                    raise Died("a worker process was not started: the work has ended")
                worker = self._mine.worker = Worker(self._entry)
                self._workers.append(worker)
        return worker


def begin(entry: str) -> None:
    """Be a worker: `entry`, called once, takes a question at a time and gives the messages that answer it."""
    from importlib import import_module

    source, sink = _pipes()
    asked: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(source, asked), daemon=True).start()
    module, _, name = entry.partition(":")
    answer: Callable[[bytes], Iterator[bytes]] = getattr(import_module(module), name)()
    # What is made of a question has hardly a cycle in it: looking for them often finds nothing.
    gc.freeze()
    gc.set_threshold(_RARELY)
    while True:
        for message in answer(asked.get()):
            try:
                send(sink, message)
            except OSError:
                os._exit(0)  # as in _listen


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the talk, out of reach of a reader or a template that prints or asks something."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2 if sys.stderr is not None else nothing, 1)
    return source, sink


def _listen(source: BinaryIO, asked: SimpleQueue[bytes]) -> None:
    while (data := receive(source)) is not None:
        asked.put(data)
    # Whoever asked is gone, and waits for no answer.
    os._exit(0)


def send(sink: BinaryIO, data: bytes) -> None:
    """A message, its length first. OSError when nobody reads it."""
    sink.write(len(data).to_bytes(8, "little"))
    sink.write(data)
    sink.flush()


def receive(source: BinaryIO) -> bytes | None:
    """The next message; None when there is none."""
    head = source.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "little")
    data = source.read(size)
    return data if len(data) == size else None
