"""What `check` says of each question, kept up to date as questions change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qbank.assets import AssetStore
from qbank.diagnostics import Diagnostic
from qbank.lint import Linter
from qbank.model import Group, Question

_OF_OTHERS = frozenset({"L101", "L302", "L304", "L307"})
"""Findings that depend on other questions: who has one is looked at again whenever anything changes."""


@dataclass(slots=True)
class Findings:
    """The findings about each question by its id; a change costs the check of what it touched."""

    assets: AssetStore
    _found: dict[str, list[Diagnostic]] = field(default_factory=dict)
    _linter: Linter = field(init=False)

    def __post_init__(self) -> None:
        self._linter = Linter(self.assets)
        # Those the linter has for itself save memory, and are slow to look through for what is to be forgotten.
        self._linter.scope.ids, self._linter.scope.folded = set(), set()
        self._linter.scope.contents = {}

    def of(self, handle: str) -> list[Diagnostic]:
        """The findings about a question or a sub-question, the most serious first."""
        order = {"error": 0, "warning": 1, "info": 2}
        return sorted(self._found.get(handle, []), key=lambda d: order[d.severity])

    def update(self, questions: Iterable[tuple[str, Question]], touched: set[str]) -> None:
        """Check again what was touched, and what had findings that depend on it."""
        stale = touched | {h for h, found in self._found.items() if any(d.code in _OF_OTHERS for d in found)}
        kept = list(questions)
        fresh = [(p, q) for p, q in kept if stale & _ids(q) or q.id not in self._found]
        forgotten = stale.union(*(_ids(q) for _, q in fresh))
        scope = self._linter.scope
        scope.ids -= forgotten
        scope.folded -= {name.lower() for name in forgotten}
        for digest in [d for d, first in scope.contents.items() if first.partition(" ")[0] in forgotten]:
            del scope.contents[digest]
        for pointer, question in fresh:
            for handle in _ids(question):
                self._found[handle] = []
            for diagnostic in self._linter.check(question, pointer):
                self._found[diagnostic.question].append(diagnostic)
        present = set[str]().union(*(_ids(q) for _, q in kept))
        for handle in [h for h in self._found if h not in present]:
            del self._found[handle]
            scope.ids.discard(handle)


def _ids(question: Question) -> set[str]:
    return {question.id, *(s.id for s in question.questions)} if isinstance(question, Group) else {question.id}
