"""Reports what a question loses, each thing once."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbank.export import Context
from qbank.model import Question


@dataclass(slots=True)
class Losses:
    """The losses of one question and its sub-questions; material repeated in several items is reported once."""

    ctx: Context
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, code: str, question: Question, message: str, pointer: str = "", hint: str = "") -> None:
        """Record a loss, or a finding about an asset."""
        key = (code, question.id, message, pointer)
        if key not in self._seen:
            self._seen.add(key)
            self.ctx.loss(code, question, message, pointer, hint)
