"""Where a JSON pointer points: the line and column of a value in a bank file."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from qbank.diagnostics import Span


class Locator:
    """Finds the place of a pointer."""

    def __init__(self, name: str) -> None:
        self.name = name

    def locate(self, pointer: str, *, last: bool = False) -> Span:
        """The place of the value the pointer names, or of the nearest around it.

        Where a property stands twice it is the first, or with `last` the last.
        """
        raise NotImplementedError


@dataclass(slots=True)
class Index:
    """Where the values of one JSON text begin: pointers to offsets."""

    offsets: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)
    """Properties that stand more than once, with the offset of the last."""

    def offset(self, pointer: str, last: bool = False) -> int:
        """The offset of a value, or of the nearest around it; 0 where there is none."""
        if last and pointer in self.repeated:
            return self.repeated[pointer]
        while pointer and pointer not in self.offsets:
            pointer = pointer.rpartition("/")[0]
        return self.offsets.get(pointer, 0)


_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)


_DEEPEST = 200


def tokens(text: str) -> Iterator[tuple[int, str]]:
    """The tokens of a JSON text with their offsets; of what is not JSON, something like it."""
    return ((match.start(), match.group()) for match in _TOKEN.finditer(text))


def index_json(text: str) -> Index:
    """Where each value of a JSON text begins; iterative, so any nesting will do."""
    index = Index()
    stack: list[tuple[str, int | None]] = []  # (pointer of the container, next index or None for an object)
    key: str | None = None
    for offset, piece in tokens(text):
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
        elif len(stack) > _DEEPEST:
            # No bank is as deep as this, and each pointer would be longer than the one before.
            pointer, key = stack[-1][0], None
        else:
            parent, position = stack[-1]
            if position is None:
                pointer = f"{parent}/{(key or '').replace('~', '~0').replace('/', '~1')}"
                key = None
            else:
                pointer = f"{parent}/{position}"
                stack[-1] = (parent, position + 1)
        if index.offsets.setdefault(pointer, offset) != offset and len(stack) <= _DEEPEST:
            index.repeated[pointer] = offset
        if piece == "{":
            stack.append((pointer, None))
        elif piece == "[":
            stack.append((pointer, 0))
    return index


def repeated_keys(text: str) -> list[str]:
    """The pointers of the properties of a JSON text that stand twice in one object; not what is inside those."""
    repeated = index_json(text).repeated
    return [pointer for pointer in repeated if not any(pointer.startswith(f"{other}/") for other in repeated)]


class JsonLocator(Locator):
    """Places in one JSON text; neither the outline nor the question last remembered needs a scan of the rest."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name)
        self._data = data
        self._body = (len(data), len(data))  # where the list of questions begins and ends
        self._outline: tuple[str, str, Index] | None = None
        self._pointer = ""
        self._question: Index | None = None
        self._start = self._end = 0
        self._counted = (0, 1)  # an offset and the line it is on

    def enclose(self, body: memoryview) -> None:
        """Note that `body`, a part of the text, is the list of questions."""
        start = self._data.find(body[:4096])  # enough to tell it; searching for all of it would take a while
        self._body = (start, start + len(body))
        self._start = self._end = start
        self._outline = None

    def remember(self, pointer: str, raw: bytes) -> None:
        """Note that `raw`, the next question in the file, is what `pointer` names."""
        self._pointer = pointer
        self._question = None
        self._start = self._data.find(raw, self._end)
        self._end = self._start + len(raw)

    @property
    def body(self) -> int:
        """Where the list of questions begins."""
        return self._body[0]

    @property
    def data(self) -> bytes:
        """The whole text."""
        return self._data

    def outline(self) -> str:
        """The text with an empty list of questions."""
        start, end = self._body
        between = b"[]" if end > start else b""
        return (self._data[:start] + between + self._data[end:]).decode(errors="replace")

    def locate(self, pointer: str, *, last: bool = False) -> Span:
        head = self._pointer
        if head and (pointer == head or pointer.startswith(f"{head}/")):
            text = self._data[self._start : self._end].decode(errors="replace")
            self._question = self._question or index_json(text)
            start = self._line_and_column()
            return Span(self.name, *_after(text[: self._question.offset(pointer[len(head) :], last)], start))
        if pointer.startswith("/questions/"):
            text = self._data.decode(errors="replace")
            return Span(self.name, *_after(text[: index_json(text).offset(pointer, last)]))
        if self._outline is None:
            text = self.outline()
            before = self._data[: self._body[0]].decode(errors="replace")
            self._outline = before, text[len(before) + 2 :], index_json(text)
        before, after, index = self._outline
        offset = index.offset(pointer, last)
        if offset <= len(before):
            return Span(self.name, *_after(before[:offset]))
        end = _after(self._data[: self._body[1]].decode(errors="replace"))
        return Span(self.name, *_after(after[: offset - len(before) - 2], end))

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
        self._header = Index()
        self._jumps: list[tuple[int, int]] = []  # where line numbers do not go up by one: an index and its line
        self._count = 0
        self._last = (-1, b"")
        self._question: Index | None = None

    def remember_header(self, line: bytes) -> None:
        """Note that `line` is the first of the file."""
        self._header = index_json(line.decode(errors="replace"))

    def remember(self, index: int, number: int, line: bytes) -> None:
        """Note that the question of that index, one more than the one before, stands on line `number`."""
        if not self._jumps or number - index != self._jumps[-1][1] - self._jumps[-1][0]:
            self._jumps.append((index, number))
        self._count = index + 1
        self._last = (index, line)
        self._question = None

    def locate(self, pointer: str, *, last: bool = False) -> Span:
        parts = pointer.split("/")
        if parts[1:2] != ["questions"] or len(parts) < 3:
            return Span(self.name, 1, self._header.offset(pointer, last) + 1)
        index = int(parts[2])
        number = self._line(index) if index < self._count else 0
        if index != self._last[0]:
            return Span(self.name, number, 1)
        self._question = self._question or index_json(self._last[1].decode(errors="replace"))
        return Span(self.name, number, self._question.offset("/".join(["", *parts[3:]]) if parts[3:] else "", last) + 1)

    def _line(self, index: int) -> int:
        """The line of a question that was remembered."""
        start, number = self._jumps[bisect_right(self._jumps, index, key=lambda jump: jump[0]) - 1]
        return number + index - start


class PieceLocator(Locator):
    """Places within one question after another, each as if it were a file of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._piece = b""
        self._index: Index | None = None

    def remember(self, piece: bytes) -> None:
        """Turn to the next question."""
        self._piece = piece
        self._index = None

    def locate(self, pointer: str, *, last: bool = False) -> Span:
        text = self._piece.decode(errors="replace")
        self._index = self._index or index_json(text)
        parts = pointer.split("/")[3:]
        return Span(self.name, *_after(text[: self._index.offset("/".join(["", *parts]) if parts else "", last)]))


class Starts:
    """Where questions begin, from offsets in one JSON text that only grow, or from line numbers."""

    def __init__(self, data: bytes | None) -> None:
        self._data = data
        self._counted = (0, 1)  # an offset and the line it is on

    def moved(self, span: Span, start: int) -> Span:
        """A place within a question that begins there, as a place in the file."""
        if not span.line:
            return span
        line, column = (start, 1) if self._data is None else self._place(self._data, start)
        if span.line == 1:
            return Span(span.file, line, column + span.column - 1 if span.column else 0)
        return Span(span.file, line + span.line - 1, span.column)

    def _place(self, data: bytes, start: int) -> tuple[int, int]:
        offset, line = self._counted if start >= self._counted[0] else (0, 1)
        line += data.count(b"\n", offset, start)
        self._counted = (start, line)
        return line, len(data[data.rfind(b"\n", 0, start) + 1 : start].decode(errors="replace")) + 1


class PlacesLocator(Locator):
    """Places that are known already."""

    def __init__(self, name: str, places: dict[str, tuple[int, int]]) -> None:
        super().__init__(name)
        self._places = places

    def locate(self, pointer: str, *, last: bool = False) -> Span:
        while pointer and pointer not in self._places:
            pointer = pointer.rpartition("/")[0]
        return Span(self.name, *self._places.get(pointer, (0, 0)))


def _after(text: str, start: tuple[int, int] = (1, 1)) -> tuple[int, int]:
    """The line and column that follow `text` when it begins at `start`."""
    line, column = start
    breaks = text.count("\n")
    return line + breaks, (len(text) - text.rfind("\n") if breaks else column + len(text))
