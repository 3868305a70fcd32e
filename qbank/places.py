"""Where a JSON pointer points: the line and column of a value in a bank file."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field

from qbank.diagnostics import Span


class Locator:
    """Finds the place of a pointer."""

    def __init__(self, name: str) -> None:
        self.name = name

    def locate(self, pointer: str) -> Span:
        """The place of the value the pointer names, or of the nearest around it."""
        raise NotImplementedError


@dataclass(slots=True)
class Index:
    """Pointers to offsets, for one JSON text."""

    offsets: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)

    def place(self, pointer: str) -> tuple[int, int] | None:
        while True:
            if pointer in self.offsets:
                offset = self.offsets[pointer]
                line = bisect_right(self.lines, offset)
                return line, offset - self.lines[line - 1] + 1
            if not pointer:
                return None
            pointer = pointer.rpartition("/")[0]


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def index_json(text: str) -> Index:
    """Where each value of a JSON text begins; iterative, so any nesting will do."""
    index = Index(lines=[0, *(m.end() for m in re.finditer("\n", text))])
    stack: list[tuple[str, int | None]] = []  # (pointer of the container, next index or None for an object)
    key: str | None = None
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in ",:":
            continue
        if piece in "}]":
            if stack:
                stack.pop()
            continue
        if stack and stack[-1][1] is None and key is None:
            try:
                key = str(json.loads(piece))
            except ValueError:
                key = piece
            continue
        if not stack:
            pointer = ""
        else:
            parent, position = stack[-1]
            if position is None:
                pointer = f"{parent}/{(key or '').replace('~', '~0').replace('/', '~1')}"
                key = None
            else:
                pointer = f"{parent}/{position}"
                stack[-1] = (parent, position + 1)
        index.offsets.setdefault(pointer, match.start())
        if piece == "{":
            stack.append((pointer, None))
        elif piece == "[":
            stack.append((pointer, 0))
    return index


class JsonLocator(Locator):
    """Places in one JSON text; the question last remembered is found without scanning the rest."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name)
        self._data = data
        self._index: Index | None = None
        self._pointer = ""
        self._start = self._end = 0
        self._counted = (0, 1)  # an offset and the line it is on

    def remember(self, pointer: str, raw: bytes) -> None:
        """Note that `raw`, the next question in the file, is what `pointer` names."""
        self._pointer = pointer
        self._start = self._data.find(raw, self._end)
        self._end = self._start + len(raw)

    def locate(self, pointer: str) -> Span:
        head = self._pointer
        if head and (pointer == head or pointer.startswith(f"{head}/")):
            place = index_json(self._data[self._start : self._end].decode(errors="replace")).place(pointer[len(head) :])
            if place is not None:
                line, column = self._line_and_column()
                return Span(self.name, line + place[0] - 1, place[1] + (column - 1 if place[0] == 1 else 0))
        if self._index is None:
            self._index = index_json(self._data.decode(errors="replace"))
        return Span(self.name, *(self._index.place(pointer) or (0, 0)))

    def _line_and_column(self) -> tuple[int, int]:
        """Where the remembered question begins; newlines are counted once only."""
        offset, line = self._counted
        line += self._data.count(b"\n", offset, self._start)
        self._counted = (self._start, line)
        before = self._data[self._data.rfind(b"\n", 0, self._start) + 1 : self._start]
        return line, len(before.decode(errors="replace")) + 1


class LinesLocator(Locator):
    """Remembers which line holds which question, and the text of the last one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._numbers: dict[str, int] = {}
        self._last: tuple[str, bytes] = ("", b"")

    def remember(self, pointer: str, number: int, line: bytes) -> None:
        """Note that `pointer` stands on line `number`."""
        self._numbers[pointer] = number
        self._last = (pointer, line)

    def locate(self, pointer: str) -> Span:
        parts = pointer.split("/")
        head = "/".join(parts[:3]) if pointer.startswith("/questions/") else ""
        number = self._numbers.get(head, 1)
        if self._last[0] == head:
            place = index_json(self._last[1].decode(errors="replace")).place(pointer[len(head) :])
            if place is not None:
                return Span(self.name, number, place[1])
        return Span(self.name, number, 1)


class PlacesLocator(Locator):
    """Places that are known already."""

    def __init__(self, name: str, places: dict[str, tuple[int, int]]) -> None:
        super().__init__(name)
        self._places = places

    def locate(self, pointer: str) -> Span:
        while pointer and pointer not in self._places:
            pointer = pointer.rpartition("/")[0]
        return Span(self.name, *self._places.get(pointer, (0, 0)))
