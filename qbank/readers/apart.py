"""A document read in a process of its own, which may take so much time and memory and no more.

A PDF can ask for more work than there is in the world in a few kilobytes, in
as many ways as its format has parts; so can whatever reads it. Where that
process takes too much, it is ended, and the document is refused.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module

import msgspec

from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.readers.extract import Extract
from qbank.readers.marks import Mark
from qbank.reading import Context, Document
from qbank.workers import Died, Worker

SECONDS = 10
"""Of a processor, for any document."""
SECONDS_PER_MEGABYTE = 40
_MOST_SECONDS = 120
MEMORY = 640 << 20
"""Bytes, for any document."""
MEMORY_PER_BYTE = 150
_MOST_MEMORY = 6 << 30
_PATIENCE = 4
"""How many times longer the clock may run than the processor works for it."""


class _Question(msgspec.Struct, array_like=True):
    entry: str
    name: str
    data: bytes
    seconds: int
    memory: int


class _Answer(msgspec.Struct, array_like=True):
    refused: str = ""
    text: str = ""
    marks: tuple[Mark, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def extract(entry: str, document: Document, ctx: Context) -> Extract:
    """What `entry`, the `module:function` that reads a document, makes of one; without pictures.

    Raises `QbankError` where it does, and where it takes too much.
    """
    seconds = min(SECONDS + SECONDS_PER_MEGABYTE * len(document.data) // 1_000_000, _MOST_SECONDS)
    memory = min(MEMORY + MEMORY_PER_BYTE * len(document.data), _MOST_MEMORY)
    worker = Worker(f"{__name__}:serve")
    clock = threading.Timer(seconds * _PATIENCE, worker.kill)
    clock.start()
    try:
        worker.send(msgspec.msgpack.encode(_Question(entry, document.name, document.data, seconds, memory)))
        answer = msgspec.msgpack.decode(worker.receive(), type=_Answer)
    except Died:
        raise QbankError(_too_much(document.name)) from None
    finally:
        clock.cancel()
        worker.kill()
        worker.bury()
    if answer.refused:
        raise QbankError(answer.refused)
    ctx.report.extend(answer.findings)
    return Extract(answer.text, answer.marks)


def serve() -> Callable[[bytes], Iterator[bytes]]:
    """Answer one question, in a process that has not done anything yet."""

    def answer(data: bytes) -> Iterator[bytes]:
        question = msgspec.msgpack.decode(data, type=_Question)
        _limit(question)
        yield msgspec.msgpack.encode(_answered(question))

    return answer


def _answered(question: _Question) -> _Answer:
    module, _, name = question.entry.partition(":")
    read: Callable[[Document, Context], Extract] = getattr(import_module(module), name)
    ctx = Context(report=Report())
    try:
        found = read(Document(question.name, question.data), ctx)
    except QbankError as error:
        return _Answer(str(error))
    except MemoryError:
        return _Answer(_too_much(question.name))
    return _Answer("", found.text, found.marks, tuple(ctx.report))


def _too_much(name: str) -> str:
    return f"{name}: takes more time or memory than any paper of its size; print it to a new file and try that"


def _limit(question: _Question) -> None:
    """Take no more than is granted, where the system can see to that, and die without a word."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    with suppress(ImportError):
        import resource

        _grant(resource.RLIMIT_CORE, 0)
        _grant(resource.RLIMIT_CPU, question.seconds)
        _grant(resource.RLIMIT_AS, question.memory)


def _grant(what: int, amount: int) -> None:
    import resource

    most = resource.getrlimit(what)[1]
    amount = amount if most == resource.RLIM_INFINITY else min(amount, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (amount, most))
