"""The papers that questions came from: found, read as the importer read them, and cut where questions lie."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Protocol

from qbank import reading
from qbank.diagnostics import QbankError
from qbank.model import Source
from qbank.readers.decode import decode, looks_like_text

MAX_BYTES = 64 * 1024 * 1024


class _Claim(Protocol):
    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a paper, and the questions it belongs to, the narrowest first."""

    text: str
    questions: tuple[str, ...] = ()
    unclaimed: bool = False
    """Nothing was made of it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as the reader saw it."""

    name: str
    text: str
    unclaimed: tuple[tuple[int, int], ...] = ()
    lines: tuple[int, ...] = ()
    """The offset each line begins at."""

    def span(self, source: Source) -> tuple[int, int] | None:
        """Where a question's words are, start and end (exclusive); None when they are not in this text."""
        said = (source.text or "").strip()
        if source.line is not None and source.line <= len(self.lines):
            start = min(self._offset(source.line, source.column or 1), len(self.text))
            last = source.end_line if source.end_line is not None else source.line
            end = self._offset(last, source.end_column) if source.end_column else self._line_end(last)
            if end > start and _agree(self.text[start:end], said):
                return start, min(end, len(self.text))
        if said:
            at = self.text.find(said)
            if at < 0:
                said = max(said.split("\n"), key=len).strip()
                at = self.text.find(said) if len(said) > 7 else -1
            if at >= 0:
                return at, at + len(said)
        return None

    def _offset(self, line: int, column: int) -> int:
        return self.lines[min(line, len(self.lines)) - 1] + column - 1

    def _line_end(self, line: int) -> int:
        return self.lines[line] - 1 if line < len(self.lines) else len(self.text)


@dataclass(slots=True)
class Papers:
    """Finds papers by the name a question's source gives, in some folders and nowhere else."""

    folders: tuple[Path, ...]
    _read: dict[tuple[str, int], Paper] = field(default_factory=dict)

    def find(self, document: str) -> Path | None:
        """The file of a document, by its path below one of the folders or by its bare name."""
        parts = PurePosixPath(document.replace("\\", "/")).parts
        names = [PurePosixPath(*parts)] if parts and not {"..", "/"} & set(parts) else []
        names += [PurePosixPath(parts[-1])] if parts and parts[-1] not in ("..", "/") else []
        for folder in self.folders:
            root = folder.resolve()
            for name in names:
                try:
                    path = (root / name).resolve()
                    if path.is_relative_to(root) and path.is_file():
                        return path
                except (OSError, ValueError, RuntimeError):
                    continue  # a name no file can have
        return None

    def paper(self, document: str) -> Paper | None:
        """The document as text, as the importer saw it; None where it is not there. Raises `QbankError` if unreadable."""
        path = self.find(document)
        if path is None:
            return None
        try:
            stat = path.stat()
            if stat.st_size > MAX_BYTES:
                raise QbankError(f"{path.name} is larger than {MAX_BYTES >> 20} MiB and is not shown")
            key = (str(path), stat.st_mtime_ns)
            if key not in self._read:
                data = path.read_bytes()
                self._read[key] = read_paper(reading.Document(PurePosixPath(document).name, data, str(path.parent)))
        except OSError as error:
            raise QbankError(f"{path.name} cannot be read ({error.strerror or error})") from error
        return self._read[key]


def read_paper(document: reading.Document) -> Paper:
    """A document through its reader, for the text the reader took lines and columns of.

    Raises `QbankError` when no reader keeps an account of it and it is not text.
    """
    ctx = reading.Context()
    failure: QbankError | None = None
    try:
        for _ in reading.get(reading.guess(document)).read(document, ctx):
            pass
    except QbankError as error:
        failure = error
    accounts = [a for a in ctx.accounts if isinstance(getattr(a, "text", None), str)]
    account = next(
        (a for a in accounts if getattr(a, "document", "") == document.name), accounts[0] if accounts else None
    )
    if account is not None:
        claims: Iterable[_Claim] = getattr(account, "claims", ())
        text: str = getattr(account, "text", "")
        loose = tuple((c.start, c.end) for c in claims if c.role == "unclaimed" and text[c.start : c.end].strip())
        return Paper(document.name, text, loose, _line_starts(text))
    if not looks_like_text(document.data):
        raise failure or QbankError(f"{document.name} is not text and cannot be shown")
    text = decode(document.data, document.name, reading.Context())
    return Paper(document.name, text, (), _line_starts(text))


def segments(paper: Paper, spans: Sequence[tuple[str, int, int]]) -> list[Segment]:
    """The whole paper, cut wherever a question or something unclaimed begins or ends."""
    events: dict[int, tuple[list[int], list[int]]] = {}
    for i, (_, start, end) in enumerate(spans):
        events.setdefault(start, ([], []))[0].append(i)
        events.setdefault(end, ([], []))[1].append(i)
    points = sorted({0, len(paper.text), *events, *(p for pair in paper.unclaimed for p in pair)})
    loose_starts = [start for start, _ in paper.unclaimed]
    active: set[int] = set()
    result: list[Segment] = []
    for start, end in pairwise(points):
        opened, closed = events.get(start, ([], []))
        active.difference_update(closed)
        active.update(opened)
        inside = sorted(active, key=lambda i: (spans[i][2] - spans[i][1], i))
        at = bisect_left(loose_starts, start + 1) - 1
        loose = not inside and at >= 0 and paper.unclaimed[at][0] <= start < paper.unclaimed[at][1]
        result.append(Segment(paper.text[start:end], tuple(spans[i][0] for i in inside), loose))
    return result


def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return tuple(starts)


def _agree(found: str, said: str) -> bool:
    """Whether a stretch begins with the words it should: a paper that was changed since does not."""
    if not said:
        return True
    return "".join(found.split())[:10] == "".join(said.split())[:10]
