"""Checking and rendering a bank in runs of questions: with more than one process, and only those that are new.

Each run is checked as if it were a bank of its own, here or by a worker; what
only the whole bank can tell (ids and contents that stand twice, counts) is
handed back as ids, digests and counts. Only a question that meets one of those
again is checked once more, where everything is known. So the findings are the
same, in the same order, whatever the number of processes, and a run that was
checked before (see `qbank.cache`) need not be looked at at all. Whoever checks
a run for an export renders it too, where the exporter's work can be divided
(`qbank.export.Divided`).
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.model import Header
from qbank.workers import Crew, Worker

if TYPE_CHECKING:
    from qbank.assets import AssetStore
    from qbank.export import Fragment
    from qbank.lint import Linter
    from qbank.model import Question

Rendered: TypeAlias = "tuple[list[Diagnostic], Fragment | None]"
"""What is said of preparing a question for an export, and what it comes to; None where it is left out."""
Press: TypeAlias = "Callable[[Question | None], Rendered]"

_NOTHING = msgspec.msgpack.encode([])
_Told: TypeAlias = tuple[bytes, bytes]
"""An answer and what was rendered, encoded."""
RUN = 1 << 18
"""Bytes a worker is given at a time, about."""
WORTH_IT = 8 << 20
"""Bytes from which on starting workers pays."""
_CUT = 255  # one line in so many may end a run
_HERE_FIRST = 2  # runs that are checked here before a worker is started


class Writing(Struct, array_like=True, gc=False):
    """What runs are rendered for: see `qbank.export.Context`."""

    to: str
    options: dict[str, str]
    unanswered: Literal["skip", "ungraded"]
    drafts: bool
    templates: str | None


class Setting(Struct, array_like=True, gc=False):
    """What runs are checked with; `header` is the bank's, as JSON."""

    name: str
    folder: bytes
    header: bytes
    extra: list[str]
    errors: bool
    """Whether errors alone are looked for."""
    writing: Writing | None


class Task(Struct, array_like=True, gc=False):
    """The questions of a run; what they are checked with comes in the first task of a worker only."""

    pieces: list[bytes]
    setting: Setting | None


class Seen(Struct, array_like=True, gc=False):
    """One question of a run: its ids, the digests of what it says, and the findings, with places within the question."""

    ids: list[str]
    digests: list[tuple[bytes, str]]
    found: list[Diagnostic]
    valid: bool


class Answer(Struct, array_like=True, gc=False):
    """What was found in a run; pointers begin at the run's first question."""

    ids: list[str]
    digests: list[tuple[bytes, str]]
    clean: bool
    """Whether every question is valid and there is no finding."""
    shown: list[str]
    tally: list[tuple[Any, int, list[tuple[str, str]]]]
    """The rows of a `qbank.lint.tally.Tally`, as plain lists and tuples once they were sent."""
    sizes: list[tuple[int, int]]
    """How many of the ids and of the digests belong to each question."""
    questions: msgspec.Raw
    """The list of `Seen`, one a question, encoded, since few runs need it; an empty list where all is clean."""
    rendered: msgspec.Raw = msgspec.Raw(_NOTHING)
    """The list of `Rendered`, one a question, encoded; empty where nothing is to be rendered. It follows in a message of its own."""
    failed: str = ""
    """Why nothing could be rendered, which ends the export."""

    def seen(self) -> list[Seen]:
        """Each question of the run."""
        if not self.clean:
            return _SEEN.decode(self.questions)
        return list(_by_question(self.ids, self.digests, self.sizes))


def _by_question(ids: list[str], digests: list[tuple[bytes, str]], sizes: list[tuple[int, int]]) -> Iterator[Seen]:
    """The questions of a run of which all is well."""
    names, contents = iter(ids), iter(digests)
    for a, b in sizes:
        yield Seen(list(islice(names, a)), list(islice(contents, b)), [], True)


_SEEN = msgspec.msgpack.Decoder(list[Seen])


@dataclass(slots=True)
class Run:
    """Questions that stand together: the index of the first, where each begins, and the questions themselves."""

    index: int
    starts: list[int] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)


def runs(pieces: Iterator[tuple[int, bytes]]) -> Iterator[Run]:
    """Questions in runs. Where a run ends depends on its last question, so that a change moves only the ends near it."""
    run, size = Run(0), 0
    for start, piece in pieces:
        run.starts.append(start)
        run.pieces.append(piece)
        size += len(piece)
        if size >= RUN or (size >= RUN >> 2 and zlib.crc32(piece) & _CUT == 0):
            yield run
            run, size = Run(run.index + len(run.pieces)), 0
    if run.pieces:
        yield run


def look(
    linter: Linter, pieces: list[bytes], name: str, header: Header, folder: Path | None, press: Press | None = None
) -> Answer:
    """Check a run as if it were a whole bank, and render it. The linter's memory of other runs is lost."""
    from qbank import bankfile

    ids: set[str] = set()
    folded: set[str] = set()
    contents: dict[bytes, str] = {}
    scope = linter.scope
    scope.ids, scope.folded, scope.contents = ids, folded, contents
    report = Report()
    reader = bankfile.open_pieces(pieces, name, header, report, folder)
    all_ids: list[str] = []
    all_digests: list[tuple[bytes, str]] = []
    sizes: list[tuple[int, int]] = []
    faulty: dict[int, tuple[list[Diagnostic], bool]] = {}
    kept: list[Question | None] = []
    for index, (pointer, question) in enumerate(reader.each()):
        if question is not None:
            found = linter.check(question, pointer)
            if found:
                report.extend(reader.placed(d) for d in found)
        if press is not None:
            at_fault = report.diagnostics and any(d.severity == "error" for d in report)
            kept.append(None if at_fault else question)
        if question is None or report.diagnostics:
            faulty[index] = report.diagnostics, question is not None
            report.diagnostics = []
        sizes.append((len(ids), len(contents)))
        all_ids += ids if len(ids) < 2 else sorted(ids)
        all_digests += contents.items()
        ids.clear()
        folded.clear()
        contents.clear()
    seen = [] if not faulty else list(_by_question(all_ids, all_digests, sizes))
    for index, (found, valid) in faulty.items():
        seen[index] = Seen(seen[index].ids, seen[index].digests, found, valid)
    encoded = msgspec.Raw(msgspec.msgpack.encode(seen))
    rows: Any = scope.tally.rows()
    answer = Answer(all_ids, all_digests, not faulty, sorted(scope.shown), rows, sizes, encoded)
    scope.shown = set()
    scope.tally.clear()
    if press is not None:
        try:
            answer.rendered = msgspec.Raw(msgspec.msgpack.encode(list(map(press, kept))))
        except QbankError as error:
            answer.failed = str(error)
    return answer


def press_for(writing: Writing, header: Header, assets: AssetStore) -> Press:
    """What renders questions for an export, each as if it were the only one; nothing is rendered of one that is at fault."""
    from qbank.export import Context, Divided, get, rendered_apart

    exporter = get(writing.to)
    assert isinstance(exporter, Divided)
    ctx = Context(
        header=header,
        assets=assets,
        options=writing.options,
        unanswered=writing.unanswered,
        drafts=writing.drafts,
        templates=writing.templates,
    )
    renderer = exporter.renderer(ctx)
    return lambda question: ([], None) if question is None else rendered_apart(question, exporter, renderer, ctx)


class Workers:
    """Checks runs, in other processes where `count` is above 1; a context manager.

    `known` is a memory of answers by what was asked; it is read and filled.
    """

    def __init__(
        self,
        count: int,
        name: str,
        folder: Path | None,
        header: Header,
        extra: frozenset[str] = frozenset(),
        known: MutableMapping[bytes, bytes] | None = None,
        *,
        errors: bool = False,
        writing: Writing | None = None,
    ) -> None:
        self._count = count
        self._name = name
        self._folder = folder
        self._header = header
        self._extra = extra
        self._known = known
        self._errors = errors
        self._writing = writing
        self._linter: Linter | None = None
        self._crew = Crew(count, "qbank.parallel:work")

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._crew.__exit__()

    def check(self, pieces: Iterator[tuple[int, bytes]]) -> Iterator[tuple[Run, Answer]]:
        """The runs of a bank with what was found in each, in order."""
        under_way: deque[tuple[Run, bytes, Future[_Told] | _Told]] = deque()
        new = 0
        for run in runs(pieces):
            key = _key(run.pieces) if self._known is not None else b""
            kept = self._known.get(key) if self._known is not None else None
            answer: Future[_Told] | _Told
            if kept is not None:
                answer = kept, _NOTHING
            else:
                new += 1
                here = self._count < 2 or (self._known is not None and new <= _HERE_FIRST)
                answer = (
                    (self._here(run.pieces), _NOTHING) if here else self._crew.submit(partial(self._ask, run.pieces))
                )
            under_way.append((run, key, answer))
            while under_way and (isinstance(under_way[0][2], tuple) or len(under_way) > 2 * self._count):
                yield self._answered(*under_way.popleft())
        while under_way:
            yield self._answered(*under_way.popleft())

    def _answered(self, run: Run, key: bytes, told: Future[_Told] | _Told) -> tuple[Run, Answer]:
        data, rendered = told if isinstance(told, tuple) else told.result()
        if self._known is not None:
            self._known[key] = data
        answer = _ANSWER.decode(data)
        answer.rendered = msgspec.Raw(rendered)
        return run, answer

    def _here(self, pieces: list[bytes]) -> bytes:
        from qbank.assets import AssetStore
        from qbank.lint import Linter

        if self._linter is None:
            assets = AssetStore(self._header.assets, self._folder)
            self._linter = Linter(assets, self._header.language, self._extra, self._errors)
        return msgspec.msgpack.encode(look(self._linter, pieces, self._name, self._header, self._folder))

    def _ask(self, pieces: list[bytes], worker: Worker) -> _Told:
        setting = None
        if not worker.greeted:
            header = msgspec.json.encode(self._header, enc_hook=_refused)
            folder = os.fsencode(self._folder) if self._folder is not None else b""
            setting = Setting(self._name, folder, header, sorted(self._extra), self._errors, self._writing)
            worker.greeted = True
        worker.send(msgspec.msgpack.encode(Task(pieces, setting)))
        return worker.receive(), worker.receive()


_ANSWER = msgspec.msgpack.Decoder(Answer)
_TASK = msgspec.msgpack.Decoder(Task)


def _key(pieces: list[bytes]) -> bytes:
    """What stands for a run: 128 bits of its questions."""
    from hashlib import blake2b

    digest = blake2b(b"\n\0".join(pieces), digest_size=16)
    return digest.digest()


def work() -> Callable[[bytes], Iterator[bytes]]:
    """What a worker answers a run with: see `qbank.workers.begin`."""
    from qbank import bankfile
    from qbank.assets import AssetStore
    from qbank.lint import Linter

    header, linter, name, folder, press = Header(qbank=1), Linter(), "", None, None

    def answer(data: bytes) -> Iterator[bytes]:
        nonlocal header, linter, name, folder, press
        task = _TASK.decode(data)
        if task.setting is not None:
            name, folder = task.setting.name, Path(os.fsdecode(task.setting.folder)) if task.setting.folder else None
            header = bankfile.decoded_header(task.setting.header)
            assets, extra = AssetStore(header.assets, folder), frozenset(task.setting.extra)
            linter = Linter(assets, header.language, extra, task.setting.errors)
            if task.setting.writing is not None:
                press = press_for(task.setting.writing, header, assets)
        found = look(linter, task.pieces, name, header, folder, press)
        rendered, found.rendered = found.rendered, msgspec.Raw(_NOTHING)
        yield msgspec.msgpack.encode(found)
        yield bytes(rendered)

    return answer


def _refused(value: object) -> object:
    raise TypeError(type(value).__name__)
