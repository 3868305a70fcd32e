"""What runs partitions: this process, several of this machine, or a Dask cluster. The bytes are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

from qbank.bulk.work import Outcome, Task
from qbank.bulk.work import run as work
from qbank.diagnostics import QbankError


class Died:
    """In the place of an outcome: the process that ran the partition did not survive it."""


class Engine(Protocol):
    """Runs partitions in any order and hands back what came of each."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome | Died]]:
        """Every task with its outcome, as they finish. A `QbankError` of a task ends the run."""


def _outcome_of(task: Task) -> Outcome | str:
    """What a worker sends back: the outcome, or why the whole run must end (errors do not travel well)."""
    try:
        return work(task)
    except QbankError as error:
        return str(error)


def _or_raised(answer: Outcome | str) -> Outcome:
    if isinstance(answer, str):
        raise QbankError(answer)
    return answer


class Here:
    """One after the other, in this process."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome | Died]]:
        """Every task with its outcome, in their order."""
        for task in tasks:
            yield task, work(task)


def _follow(lead: Connection) -> None:
    """In a worker: end at once when the process that started it lets go of it or is no more."""

    def wait() -> None:
        with suppress(EOFError, OSError):
            lead.recv()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started within do not hear Ctrl-C, which reaches all that belong to a terminal."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True)
class Processes:
    """Several processes of this machine."""

    count: int

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome | Died]]:
        """Every task with its outcome; when a process dies, all that were waiting are called dead."""
        # A fresh interpreter for each: a forked one shares locks with the threads it was forked from.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        # Closing our end, be it by being killed, ends the workers in the middle of their work.
        with ours, ProcessPoolExecutor(self.count, mp_context=context, initializer=_follow, initargs=(theirs,)) as pool:
            with _without_interrupts():
                futures = {pool.submit(_outcome_of, task): task for task in tasks}
            try:
                for future in as_completed(futures):
                    try:
                        outcome: Outcome | Died = _or_raised(future.result())
                    except BrokenProcessPool:
                        outcome = Died()
                    yield futures[future], outcome
            except BaseException:
                ours.close()
                pool.shutdown(cancel_futures=True)
                raise
            finally:
                theirs.close()


@dataclass(frozen=True)
class Dask:
    """A Dask cluster: one that is running, by the address of its scheduler, or one of this machine for this run.

    A worker that dies is replaced, and its partitions run again elsewhere; a
    partition that took several workers with it is called dead.
    """

    address: str | None = None
    workers: int = 2
    client: Any = None
    """A `distributed.Client` of the caller's own, in place of an address."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome | Died]]:
        """Every task with its outcome, as the cluster finishes them."""
        distributed = _distributed()
        client, cluster = self.client, None
        if client is None and self.address is None:
            cluster = distributed.LocalCluster(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)
        if client is None:
            client = distributed.Client(cluster or self.address)
        try:
            futures = {
                client.submit(_outcome_of, task, pure=False, key=f"{task.job}-{task.name}"): task for task in tasks
            }
            for future in distributed.as_completed(futures):
                error = future.exception()
                if error is None:
                    yield futures[future], _or_raised(future.result())
                elif isinstance(error, distributed.KilledWorker):
                    yield futures[future], Died()
                else:
                    raise error
        finally:
            if self.client is None:
                client.close()
            if cluster is not None:
                cluster.close()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise QbankError("--engine dask needs an extra: pip install 'qbank[bulk]'") from None
    return distributed
