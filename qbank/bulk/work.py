"""What is done to one partition: a function of its inputs that writes one output and says what came of it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from qbank import checks, exporting, importing
from qbank.bulk.shards import Packing, number_of, read_shard, shard_name, write_shard
from qbank.diagnostics import Diagnostic, QbankError, Report, Span, finding
from qbank.files import atomic_write
from qbank.importing.taken import Taken
from qbank.model import Bank, Header
from qbank.pile import Pile
from qbank.reporters.json import as_object

Job: TypeAlias = Literal["import", "check", "export"]
_VERSION = 1
"""Part of every mark, so that a newer qbank does not take an older one's shards for its own."""


class Task(Struct, frozen=True, kw_only=True):
    """One partition; plain data, so that any engine can carry it."""

    job: Job
    number: int
    inputs: tuple[str, ...]
    out: str
    packing: Packing = "gzip"
    source: str | None = None
    """The reader to use; each input's is guessed where missing."""
    to: str = ""
    options: dict[str, str] = {}
    quarantined: tuple[str, ...] = ()
    """Inputs that no worker survived; they are named and passed over."""

    @property
    def name(self) -> str:
        """What its files begin with."""
        return number_of(Path(self.inputs[0])) if self.job != "import" else f"shard-{self.number:06d}"


class Poison(Struct, frozen=True):
    """An input that was set aside, and why."""

    input: str
    reason: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a partition; written beside its output as the sign that it is complete."""

    mark: str
    """Says what it was made of: another input, option or version is another mark."""
    output: str
    inputs: int
    questions: int
    counts: dict[str, int]
    """Findings by severity."""
    poison: tuple[Poison, ...] = ()


def run(task: Task) -> Outcome:
    """Do a partition's work, unless it has been done; the output is complete before the outcome stands beside it."""
    done = finished(task)
    if done is not None:
        return done
    # Of the inputs as they were before they were read: what changes meanwhile is read again by the next run.
    begun = mark(task)
    match task.job:
        case "import":
            outcome, findings = _read(task)
        case "check":
            outcome, findings = _checked(task)
        case "export":
            outcome, findings = _written(task)
    outcome = msgspec.structs.replace(outcome, mark=begun)
    _write_findings(Path(task.out) / f"{task.name}.findings.jsonl.gz", findings)
    with atomic_write(_mark_file(task)) as sink:
        sink.write(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    return outcome


def finished(task: Task) -> Outcome | None:
    """The outcome of an earlier run of the same work; None where there is none or its output is gone."""
    try:
        outcome = msgspec.json.decode(_mark_file(task).read_bytes(), type=Outcome)
    except (OSError, msgspec.MsgspecError):
        return None
    whole = not outcome.output or (Path(task.out) / outcome.output).is_file()
    return outcome if whole and outcome.mark == mark(task) else None


def mark(task: Task) -> str:
    """A digest of what a partition's output depends on; of an input its name, size and time of change."""
    digest = hashlib.sha256()
    settings = (_VERSION, task.job, task.packing, task.source, task.to, sorted(task.options.items()), task.quarantined)
    digest.update(repr(settings).encode())
    for name in task.inputs:
        try:
            found = Path(name).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode(errors="surrogateescape"))
        except OSError:
            digest.update(f"{name}\0missing\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _mark_file(task: Task) -> Path:
    return Path(task.out) / f"{task.name}.done.json"


def _read(task: Task) -> tuple[Outcome, list[Diagnostic]]:
    """Papers and question files to one shard; an input that cannot be read is set aside with its reason."""
    header, questions, taken = Header(qbank=1), Pile(), Taken()
    findings: list[Diagnostic] = []
    poison = [Poison(name, "no worker survived reading it") for name in task.quarantined]
    for name in task.inputs:
        if name in task.quarantined:
            continue
        try:
            found = importing.import_files(
                [name], source=task.source, options=task.options, folder=Path(task.out), accounts=False
            )
        except QbankError as error:
            poison.append(Poison(name, str(error)))
            continue
        except (RecursionError, MemoryError, ArithmeticError, LookupError, TypeError, ValueError, OSError) as error:
            # A fault of a reader must not cost the other papers of a long night; it is named with its paper.
            poison.append(Poison(name, f"{type(error).__name__}: {error}"))
            continue
        header, added = importing.join(header, found, taken, name)
        for question in added:
            questions.append(question)
        findings += [_placed(d, name) for d in found.report]
    findings += [finding("R033", f"{p.input}: {p.reason}", source=Span(p.input)) for p in poison]
    output = shard_name(task.number, task.packing)
    if len(task.inputs) > 1:
        header = msgspec.structs.replace(header, title=None)
    write_shard(Path(task.out) / output, header, questions.lines())
    return _outcome(task, output, len(questions), findings, poison), findings


def _checked(task: Task) -> tuple[Outcome, list[Diagnostic]]:
    """The findings about each shard by itself."""
    report = Report()
    (name,) = task.inputs
    try:
        reader = read_shard(Path(name), report)
        count = sum(1 for _ in checks.checked(reader))
    except QbankError as error:
        return _unread(task, error)
    return _outcome(task, "", count, list(report), ()), list(report)


def _written(task: Task) -> tuple[Outcome, list[Diagnostic]]:
    """One file for the target out of each shard; questions with errors are left out and named."""
    from qbank import export

    (name,) = task.inputs
    try:
        reader = read_shard(Path(name))
        bank = Bank(header=reader.header, questions=tuple(reader.questions()))
    except QbankError as error:
        return _unread(task, error)
    order = exporting.Order(to=task.to, options=task.options, keep_going=True)
    output = f"{task.name}{export.get(task.to).suffix}"
    with atomic_write(Path(task.out) / output) as sink:
        done = exporting.export_bank(bank, order, sink)
    losses = list(done.report)
    return _outcome(task, output, done.written, losses, ()), losses


def _unread(task: Task, error: QbankError) -> tuple[Outcome, list[Diagnostic]]:
    """A shard that is no bank is set aside; the others go on."""
    (name,) = task.inputs
    findings = [finding("R033", f"{name}: {error}", source=Span(name))]
    return _outcome(task, "", 0, findings, (Poison(name, str(error)),)), findings


def _outcome(
    task: Task, output: str, questions: int, findings: Sequence[Diagnostic], poison: Iterable[Poison]
) -> Outcome:
    counts: dict[str, int] = {}
    for diagnostic in findings:
        counts[diagnostic.severity] = counts.get(diagnostic.severity, 0) + 1
    return Outcome(
        mark="",
        output=output,
        inputs=len(task.inputs),
        questions=questions,
        counts=dict(sorted(counts.items())),
        poison=tuple(poison),
    )


def _placed(diagnostic: Diagnostic, name: str) -> Diagnostic:
    """The finding with the whole path: among a million papers a name alone is none."""
    if diagnostic.source is None or diagnostic.source.file != Path(name).name:
        return diagnostic
    span = Span(name, diagnostic.source.line, diagnostic.source.column)
    return msgspec.structs.replace(diagnostic, source=span)


def _write_findings(path: Path, findings: Iterable[Diagnostic]) -> None:
    lines = (json.dumps(_plain(d), ensure_ascii=False).encode() + b"\n" for d in findings)
    with atomic_write(path) as sink, gzip.GzipFile("", "wb", 6, sink, mtime=0) as stream:
        for line in lines:
            stream.write(line)


def _plain(diagnostic: Diagnostic) -> Mapping[str, Any]:
    return as_object(diagnostic)
