"""What can be said about a bank: one type for every finding, and the report that collects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from msgspec import Struct

from qbank.codes import CODES

Severity: TypeAlias = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


class Span(Struct, frozen=True, array_like=True, gc=False):
    """A place in a file; line and column start at 1, 0 where unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


class Diagnostic(Struct, frozen=True, array_like=True, gc=False):
    """One finding. `pointer` is RFC 6901, into the bank; `hint` says what to do about it."""

    code: str
    severity: Severity
    message: str
    question: str = ""
    pointer: str = ""
    source: Span | None = None
    hint: str = ""

    @property
    def is_loss(self) -> bool:
        """Whether it says that an export lost something."""
        return self.code.startswith("X")


def finding(
    code: str,
    message: str,
    *,
    question: str = "",
    pointer: str = "",
    source: Span | None = None,
    hint: str = "",
    severity: Severity | None = None,
) -> Diagnostic:
    """A `Diagnostic` with the severity its code has by default. KeyError on an unknown code."""
    return Diagnostic(code, severity or CODES[code].severity, message, question, pointer, source, hint)


@dataclass(slots=True)
class Report:
    """Findings in the order they were made."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        *,
        question: str = "",
        pointer: str = "",
        source: Span | None = None,
        hint: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Record one finding; see `finding`."""
        self.extend((Diagnostic(code, severity or CODES[code].severity, message, question, pointer, source, hint),))

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Record many."""
        self.diagnostics.extend(diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def counts(self) -> Counter[str]:
        """How many findings there are of each severity."""
        return Counter[str](d.severity for d in self.diagnostics)

    def at_or_above(self, severity: Severity) -> list[Diagnostic]:
        """The findings at least this serious."""
        return [d for d in self.diagnostics if SEVERITIES.index(d.severity) >= SEVERITIES.index(severity)]


def readable(path: str) -> str:
    """A path as text: a file system may hold names that are none."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class QbankError(Exception):
    """What stops a run: the message says what, where and what to do. Exit code 2."""

    exit_code = 2
