"""Questions set aside: few of them stay in memory, however many there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from qbank.bankfile import line_of, question_of
from qbank.model import Question
from qbank.scratch import Scratch


class Pile(Sequence[Question]):
    """Questions in the order they were added, each as its line of a JSON Lines bank; most lie in a temporary file."""

    def __init__(self, questions: Iterable[Question] = ()) -> None:
        self._scratch = Scratch()
        self._starts = array("Q")
        for question in questions:
            self.append(question)

    def append(self, question: Question) -> None:
        """Add a question. ValueError where a text of it holds half a character."""
        self.append_line(line_of(question))

    def append_line(self, line: bytes) -> None:
        """Add a question by its line."""
        self._starts.append(self._scratch.append(line))

    def lines(self) -> Iterator[bytes]:
        """The line of each question."""
        return map(self._line, range(len(self)))

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Question]:
        return map(question_of, self.lines())

    @overload
    def __getitem__(self, index: int) -> Question: ...
    @overload
    def __getitem__(self, index: slice) -> list[Question]: ...
    def __getitem__(self, index: int | slice) -> Question | list[Question]:
        if isinstance(index, slice):
            return [question_of(self._line(i)) for i in range(*index.indices(len(self)))]
        return question_of(self._line(range(len(self))[index]))

    def _line(self, index: int) -> bytes:
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._scratch)
        return self._scratch.read(start, end - start)


def written(questions: Iterable[Question]) -> Iterable[Question | bytes]:
    """The questions as `bankfile.write` takes them with the least work."""
    return questions.lines() if isinstance(questions, Pile) else questions
