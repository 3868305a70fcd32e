"""The ids of a bank that grows, each with the document it stands in."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from qbank import joining
from qbank.diagnostics import Report
from qbank.model import Question
from qbank.seen import Numbers


class _Named(Struct):
    """What of a question's line tells its ids."""

    id: str
    questions: list[_Named] = []


_NAMED = msgspec.json.Decoder(_Named)


class Taken:
    """No two questions, nor parts of them, have one id."""

    def __init__(self) -> None:
        self._ids = Numbers()
        self._documents: list[str] = []
        self._repeats: dict[str, int] = {}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._ids.get(name) is not None

    def take(self, line: bytes, document: str) -> bool:
        """Take the ids of a question, given as its line, where all of them are free; whether that was so."""
        question = _NAMED.decode(line)
        names = [*(part.id for part in question.questions), question.id]
        if len(set(names)) < len(names) or any(name in self for name in names):
            return False
        for name in names:
            self._add(name, document)
        return True

    def freed(self, question: Question, document: str, report: Report) -> Question:
        """The question under an id no other has: a repeat gets a number, and a finding."""

        def take(name: str, old: str) -> None:
            if name != old:
                number = self._ids.get(old)
                assert number is not None
                report.add(
                    "R021",
                    f"{old} stands in {self._documents[number]} and again in {document}; the second is {name}",
                    question=name,
                    hint="qbank check lists such pairs",
                )
            self._add(name, document)

        return joining.with_free_ids(question, self, take, self._repeats)

    def _add(self, name: str, document: str) -> None:
        if not self._documents or self._documents[-1] != document:
            self._documents.append(document)
        self._ids.add(name, len(self._documents) - 1)
