"""Reading many files with many processes: what came of each, in the order of the files."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from qbank.diagnostics import QbankError, readable
from qbank.importing.files import Order, Part, tried
from qbank.pile import Pile
from qbank.reading import TextAccount
from qbank.workers import Crew, Died, Worker, cores

AHEAD = 32
"""Files that are read ahead of the one whose turn it is, for each process."""
WORTH_IT = 4 << 20
"""Bytes from which on starting workers pays, where"""
A_FILE = 20 << 10
"""is what a file costs however short it is."""
_TOGETHER = 1 << 18
"""Bytes of questions that cross a pipe together."""

_LINES = msgspec.msgpack.Decoder(list[bytes])


def processes_for(orders: Sequence[Order], jobs: int) -> int:
    """How many processes to read with: with 0 one, where starting more takes longer than reading."""
    if jobs == 0:
        jobs = cores() if sum(map(_size, orders)) >= WORTH_IT else 1
    return max(1, min(jobs, len(orders)))


def _size(order: Order) -> int:
    try:
        return A_FILE + Path(order.path).stat().st_size
    except (OSError, ValueError):
        return A_FILE


def parts_of(orders: Sequence[Order], jobs: int) -> Iterator[Part]:
    """What came of each file. Raises `QbankError` where reading one of them ended its process."""
    if jobs < 2:
        yield from map(tried, orders)
        return
    with Crew(jobs, "qbank.importing.many:work") as crew:
        under_way: deque[Order | Future[Part]] = deque()
        for order in orders:
            under_way.append(order if order.is_here else crew.submit(partial(_ask, order)))
            if len(under_way) > AHEAD * jobs:
                yield _come(under_way.popleft())
        while under_way:
            yield _come(under_way.popleft())


def _come(part: Order | Future[Part]) -> Part:
    return tried(part) if isinstance(part, Order) else part.result()


def _ask(order: Order, worker: Worker) -> Part:
    part: Part
    try:
        worker.send(pickle.dumps(order))
        part, count = pickle.loads(worker.receive())  # noqa: S301  # from a process of our own
        while len(part.questions) < count:
            for line in _LINES.decode(worker.receive()):
                part.questions.append_line(line)
    except Died:
        raise QbankError(
            f"{readable(order.path)}: the process that read it ended early, perhaps for want of memory; "
            "nothing was written; import the other files without it"
        ) from None
    return part


def work() -> Callable[[bytes], Iterator[bytes]]:
    """What a worker answers an order with: see `qbank.workers.begin`."""
    return _answer


def _answer(data: bytes) -> Iterator[bytes]:
    """The part without its questions and how many they are, then the questions, many at a time."""
    part = tried(pickle.loads(data))  # noqa: S301  # from the process that started this one
    accounts = [_plain(account) for account in part.accounts]
    yield pickle.dumps((replace(part, questions=Pile(), accounts=accounts), len(part.questions)))
    lines: list[bytes] = []
    size = 0
    for line in part.questions.lines():
        lines.append(line)
        size += len(line)
        if size >= _TOGETHER:
            yield msgspec.msgpack.encode(lines)
            lines, size = [], 0
    if lines:
        yield msgspec.msgpack.encode(lines)


@dataclass(frozen=True, slots=True)
class _Account:
    """The account of a reader from elsewhere, whose own type may not cross a pipe."""

    figures: Mapping[Any, int]
    whole: dict[str, Any]

    def coverage(self) -> Mapping[Any, int]:
        return self.figures

    def to_json(self) -> dict[str, Any]:
        return self.whole


def _plain(account: TextAccount) -> TextAccount:
    from qbank.readers.paper.account import Account

    return account if isinstance(account, Account) else _Account(dict(account.coverage()), account.to_json())
