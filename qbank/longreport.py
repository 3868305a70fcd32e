"""A report that may grow for ever: what is more than a screenful of screenfuls lies on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from qbank.diagnostics import SEVERITIES, Diagnostic, Report, Severity
from qbank.scratch import Scratch

BATCH = 5_000
"""Findings that are put away together."""

_BATCH = msgspec.msgpack.Decoder(list[Diagnostic])


class LongReport(Report):
    """Findings in the order they were made, all of them; `diagnostics` holds only the latest."""

    def __init__(self) -> None:
        super().__init__()
        self._scratch = Scratch()
        self._batches: list[int] = []
        self._put_away = 0
        self._counts: Counter[str] = Counter()

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Record many."""
        self.diagnostics.extend(diagnostics)
        while len(self.diagnostics) >= 2 * BATCH:
            self._put()

    def __iter__(self) -> Iterator[Diagnostic]:
        for start, end in pairwise([*self._batches, len(self._scratch)]):
            yield from _BATCH.decode(self._scratch.read(start, end - start))
        yield from list(self.diagnostics)

    def __len__(self) -> int:
        return self._put_away + len(self.diagnostics)

    def counts(self) -> Counter[str]:
        """How many findings there are of each severity."""
        return super().counts() + self._counts

    def at_or_above(self, severity: Severity) -> list[Diagnostic]:
        """The findings at least this serious."""
        least = SEVERITIES.index(severity)
        if not any(self.counts()[name] for name in SEVERITIES[least:]):
            return []
        return [d for d in self if SEVERITIES.index(d.severity) >= least]

    def _put(self) -> None:
        batch = self.diagnostics[:BATCH]
        self._batches.append(self._scratch.append(msgspec.msgpack.encode(batch)))
        self._counts.update(d.severity for d in batch)
        self._put_away += len(batch)
        del self.diagnostics[:BATCH]
