"""A bank in, a file for a target out: what `qbank export` does, without the command."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Literal, cast

import msgspec

from qbank import bankfile, export, parallel, reading
from qbank import verify as verification
from qbank.assets import AssetStore
from qbank.checks import Met, by_question, checked, processes
from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.files import atomic_write, not_over
from qbank.lint import Linter
from qbank.longreport import LongReport
from qbank.model import Bank, Question
from qbank.scratch import no_room
from qbank.select import Predicate
from qbank.suggest import known_options

_IN_MEMORY = 8 << 20
SUFFIXES: dict[str, str] = {
    ".xml": "moodle-xml",
    ".gift": "gift",
    ".zip": "qti21",
    ".xlsx": "xlsx",
    ".docx": "paper-docx",
}
"""Which exporter a file name asks for; `.json`, `.jsonl` and `.yaml` ask for a bank."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to export: see the options of `qbank export`."""

    to: str
    options: Mapping[str, str] = field(default_factory=dict)
    where: Predicate | None = None
    unanswered: Literal["skip", "ungraded"] = "skip"
    drafts: bool = False
    keep_going: bool = False
    templates: str | None = None
    jobs: int = 1
    """How many processes check the bank while it is written; 0 is as many as there are cores."""
    verify: bool = False
    """Read the file back and report what differs without a loss (V001); holds all questions in memory."""
    folder: Path | None = None
    """Where the files of a bank that is held in memory lie."""


@dataclass(slots=True)
class Exported:
    """What an export did."""

    report: Report
    """The losses."""
    questions: int = 0
    written: int = 0
    verified: int = 0
    """How many questions were read back and compared."""
    sent: verification.Sent | None = None
    """What was written, where it is to be verified."""


def export_bank(
    source: str | Bank, order: Order, sink: BinaryIO, tick: Callable[[int], None] | None = None
) -> Exported:
    """Write a bank for a target.

    Raises `bankfile.BankError` when the bank has errors, unless
    `order.keep_going`, which leaves the questions with errors out (X104).
    """
    exporter = export.get(order.to)
    losses = LongReport()
    found = LongReport()
    reader = (
        bankfile.open_bank(source, found)
        if isinstance(source, str)
        else bankfile.in_memory(source, found, order.folder)
    )
    ctx = export.Context(
        header=reader.header,
        assets=AssetStore(reader.header.assets, reader.folder),
        options=known_options(order.options, exporter.options, exporter.name),
        report=losses,
        unanswered=order.unanswered,
        drafts=order.drafts,
        templates=order.templates,
    )
    done = Exported(losses)
    jobs = processes(source, order.jobs)
    apart = jobs > 1 and reader.in_pieces and order.where is None and not order.verify
    if apart and isinstance(exporter, export.Divided):
        _export_by_workers(reader, exporter, order, done, sink, ctx, tick, jobs)
    else:
        chosen = _chosen(checked(reader, tick, jobs=jobs, errors=True), order, done, ctx)
        prepared = export.prepared(chosen, exporter, ctx)
        if order.verify:
            sent: list[Question] = []
            done.sent = verification.Sent(sent, losses, reader.header, ctx.assets)
            prepared = _noted(prepared, sent)
        exporter.write(_counted(prepared, done), sink, ctx)
    if not order.keep_going:
        errors = found.at_or_above("error")
        if errors:
            raise _refusal(reader.name, errors, found)
    return done


def _export_by_workers(
    reader: bankfile.BankReader,
    exporter: export.Divided,
    order: Order,
    done: Exported,
    sink: BinaryIO,
    ctx: export.Context,
    tick: Callable[[int], None] | None,
    jobs: int,
) -> None:
    """The questions checked and rendered by other processes, and joined by this one."""
    linter = Linter(ctx.assets, reader.header.language, errors=True)
    renderer, starts, met = exporter.renderer(ctx), reader.starts(), Met(linter)
    claims = renderer.claims
    rendered: msgspec.msgpack.Decoder[list[parallel.Rendered]]
    rendered = msgspec.msgpack.Decoder(list[tuple[list[Diagnostic], exporter.fragment | None]])  # type: ignore[name-defined]
    writing = parallel.Writing(order.to, dict(order.options), order.unanswered, order.drafts, order.templates)
    workers = parallel.Workers(jobs, reader.name, reader.folder, reader.header, errors=True, writing=writing)
    with workers, exporter.joined(sink, ctx) as join:
        for run, answer in workers.check(reader.pieces()):
            if answer.failed:
                raise QbankError(answer.failed)
            fragments = rendered.decode(answer.rendered)
            judged: Iterable[tuple[Callable[[], Question] | None, list[Diagnostic]]]
            if answer.clean and met.nothing_of(answer):
                linter.scope.shown.update(answer.shown)
                if claims.add_new([name for _, fragment in fragments if fragment for name in fragment.claims]):
                    _join_all(fragments, join, done, ctx, tick)
                    continue
                judged = ((partial(reader.read, piece), []) for piece in run.pieces)
            else:
                judged = by_question(reader, linter, run, answer, starts)
            for (question, found), (said, fragment) in zip(judged, fragments, strict=True):
                if tick is not None:
                    tick(1)
                if question is None:
                    continue
                done.questions += 1
                if any(d.severity == "error" for d in found):
                    _left_out(question(), order, ctx)
                    continue
                ctx.report.extend(said)
                if fragment is None:
                    continue
                done.written += 1
                if any(name in claims for name in fragment.claims):
                    fragment = renderer.render(next(export.prepared([question()], exporter, _silent(ctx))))
                claims.keep(fragment.claims)
                join(fragment)
    reader.report.extend(reader.placed(d) for d in linter.finish())


def _join_all(
    fragments: list[parallel.Rendered],
    join: Callable[[export.Fragment], None],
    done: Exported,
    ctx: export.Context,
    tick: Callable[[int], None] | None,
) -> None:
    """Join a run in which all is well, and no name was taken before."""
    for said, fragment in fragments:
        if said:
            ctx.report.extend(said)
        if fragment is not None:
            done.written += 1
            join(fragment)
    done.questions += len(fragments)
    if tick is not None:
        tick(len(fragments))


def _silent(ctx: export.Context) -> export.Context:
    """The same, for what was reported before."""
    return replace(ctx, report=Report())


def export_file(source: str | Bank, order: Order, out: str, tick: Callable[[int], None] | None = None) -> Exported:
    """`export_bank` into a file, written whole or not at all; "-" is standard output."""
    if order.verify:
        verification.must_read(order.to)
        if out != "-" and Path(out).exists() and not Path(out).is_file():
            raise QbankError(f"{out}: what is written there cannot be read back; name a file, or leave out --verify")
    if out == "-":
        # Set aside first, for a bank with errors is refused and then nothing may have been written.
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            try:
                done = export_bank(source, order, cast(BinaryIO, spool), tick)
                spool.seek(0)
            except OSError as error:
                if error.filename is not None:
                    raise
                raise no_room(error) from error
            if order.verify:
                verify_export(done, order, spool.read(), f"<stdout>{export.get(order.to).suffix}")
                spool.seek(0)
            shutil.copyfileobj(spool, sys.stdout.buffer, _IN_MEMORY)
        sys.stdout.buffer.flush()
        return done
    if isinstance(source, str):
        not_over(out, [source], "is the bank that is exported")
    with atomic_write(out) as sink:
        done = export_bank(source, order, sink, tick)
    if order.verify:
        verify_export(done, order, Path(out).read_bytes(), Path(out).name)
    return done


def verify_export(done: Exported, order: Order, data: bytes, name: str) -> None:
    """Read an artefact back and add what differs without a loss to the report of its export."""
    if done.sent is None:
        raise QbankError("only an export that was ordered with `verify` can be verified")
    found = Report()
    done.verified = verification.verify(order.to, reading.Document(name, data), done.sent, found)
    done.report.extend(found)


def format_for(out: str) -> str:
    """The exporter a file name asks for, or `qbank`. Raises `QbankError` when it asks for none."""
    suffix = Path(out).suffix.lower()
    if suffix in bankfile.FORMS:
        return "qbank"
    found = SUFFIXES.get(suffix)
    if found is None:
        raise QbankError(
            f"{out}: cannot tell the format from the name; use --to ({', '.join(['qbank', *export.names()])})"
        )
    return found


def _refusal(name: str, errors: list[Diagnostic], found: Report) -> bankfile.BankError:
    first = errors[0]
    place = f"{first.source}: " if first.source else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    message = f"{name} has errors and was not exported: {place}{first.code} {first.message}{more}"
    return bankfile.BankError(f"{message}; qbank check lists them, --keep-going leaves such questions out", found)


def _chosen(
    judged: Iterator[tuple[Question, bool]], order: Order, done: Exported, ctx: export.Context
) -> Iterator[Question]:
    for question, sound in judged:
        done.questions += 1
        if not sound:
            _left_out(question, order, ctx)
            continue
        if order.where is None or order.where(question):
            yield question


def _left_out(question: Question, order: Order, ctx: export.Context) -> None:
    """Report a question with errors, unless they will end the export."""
    if order.keep_going:
        ctx.loss("X104", question, f"{question.id} has errors and was left out", hint="see qbank check")


def _noted(questions: Iterator[Question], sent: list[Question]) -> Iterator[Question]:
    for question in questions:
        sent.append(question)
        yield question


def _counted(questions: Iterator[Question], done: Exported) -> Iterator[Question]:
    for question in questions:
        done.written += 1
        yield question
