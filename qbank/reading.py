"""What a reader is, what it is given, and where it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

from qbank.diagnostics import QbankError, Report, Span
from qbank.model import Asset, Header, Question

MAX_BYTES = 512 * 1024 * 1024
BEGINNING = 1024 * 1024
"""How much of a larger file a document holds for a reader that streams it from its path."""
_LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes to read, and the name they are known by (a file's name, or `<stdin>`)."""

    name: str
    data: bytes
    folder: str = "."
    """Where files named beside it lie."""
    path: str | None = None
    """Where the file lies when it is so large that `data` is only its beginning; only for readers that are `streaming`."""


class TextAccount(Protocol):
    """What became of every character of a document."""

    def coverage(self) -> Mapping[Any, int]:
        """Characters other than white space by role; those of no role under "unclaimed"."""

    def to_json(self) -> dict[str, Any]:
        """The whole account as plain data."""


@dataclass(slots=True)
class Context:
    """What a reader is given besides the document, and where it leaves what is not a question."""

    options: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    header: Header = field(default_factory=lambda: Header(qbank=1))
    """Replaced by a reader that finds a title, a language or the like."""
    assets: dict[str, Asset] = field(default_factory=dict)
    """Media that the reader found."""
    bank: Mapping[str, Question] = field(default_factory=dict)
    """What the bank that is merged into holds, by id: what a file that people edited does not carry is taken from it."""
    accounts: list[TextAccount] = field(default_factory=list)
    """One entry a document from readers that account for every character (see `readers.paper`)."""

    def problem(self, code: str, message: str, document: str, line: int = 0, column: int = 0, **more: str) -> None:
        """Record a finding about a place in a document; what a hostile one quotes in it is cut short."""
        self.report.add(
            code,
            message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 3] + "...",
            source=Span(document, line, column),
            question=more.get("question", ""),
            hint=more.get("hint", ""),
        )


@runtime_checkable
class Reader(Protocol):
    """Reads questions from one kind of file.

    A module in `qbank/readers/` offers one instance as `READER`. Content
    problems go to `ctx.report` with their line, and reading goes on; only a
    container that cannot be opened raises `QbankError`. A reader with a true
    attribute `streaming` reads documents larger than `MAX_BYTES` from their path.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    options: Mapping[str, str]

    def sniff(self, document: Document) -> float:
        """How sure the reader is that the document is its own, 0 to 1, from name and content."""

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the document, in its order."""


def get(name: str) -> Reader:
    """The reader of that name. Raises `QbankError` with the names there are."""
    table = _table()
    if name not in table:
        from qbank.suggest import did_you_mean

        raise QbankError(f"there is no reader {name!r}; {did_you_mean(name, sorted(table))}")
    module, _, attribute = table[name].partition(":")
    reader: Reader = getattr(import_module(module), attribute or "READER")
    return reader


def names() -> list[str]:
    """The names of all readers, built-in ones first."""
    return list(_table())


def guess(document: Document) -> str:
    """The name of the reader that is surest of a document. Raises `QbankError` when none is."""
    sure = [(get(name).sniff(document), -i, name) for i, name in enumerate(names())]
    certainty, _, name = max(sure)
    if certainty <= 0:
        raise QbankError(
            f"{document.name}: no reader recognises this file; name its format with --from ({', '.join(names())})"
        )
    return name


@cache
def _table() -> dict[str, str]:
    """Name to `module[:attribute]`; a plug-in cannot take a built-in's name."""
    builtin: dict[str, str] = dict(import_module("qbank.readers").BUILTIN)
    plugins = {e.name: e.value for e in sorted(entry_points(group="qbank.readers"), key=lambda e: e.name)}
    return builtin | {name: value for name, value in plugins.items() if name not in builtin}
