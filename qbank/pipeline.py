"""The pipeline: a bank in, findings or files out. What `qbank check` and `qbank export` do, without the commands."""

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
from qbank.cache import Memory
from qbank.config import Config
from qbank.diagnostics import Diagnostic, QbankError, Report, Severity, Span
from qbank.files import atomic_write, not_over
from qbank.lint import OPT_IN, Linter
from qbank.longreport import LongReport
from qbank.model import Bank, Question
from qbank.places import PieceLocator, Starts
from qbank.scratch import no_room
from qbank.seen import Firsts, Ids
from qbank.select import Predicate
from qbank.suggest import known_options
from qbank.workers import cores

_IN_MEMORY = 8 << 20
SUFFIXES: dict[str, str] = {
    ".xml": "moodle-xml",
    ".gift": "gift",
    ".zip": "qti21",
    ".xlsx": "xlsx",
    ".docx": "paper-docx",
}
"""Which exporter a file name asks for; `.json`, `.jsonl` and `.yaml` ask for a bank."""


def check_bank(
    path: str,
    config: Config | None = None,
    tick: Callable[[int], None] | None = None,
    *,
    jobs: int = 1,
    cache: bool = False,
) -> Report:
    """Everything that is wrong with a bank: schema, lint and assets. Raises `QbankError` if it cannot be read.

    The findings are the same whatever the number of processes, `jobs` (0 is as
    many as there are cores), and whether or not a `cache` beside a big bank
    remembers what was found in questions that have not changed.
    """
    report = LongReport()
    reader = bankfile.open_bank(path, report)
    extra = config.extra & OPT_IN if config is not None else frozenset[str]()
    jobs = _workers(path, jobs)
    known = Memory.beside(path, reader.header, extra) if cache else None
    if reader.in_pieces and (jobs > 1 or known is not None):
        linter = Linter(AssetStore(reader.header.assets, reader.folder), reader.header.language, extra)
        _check_runs(reader, linter, tick, jobs, known)
        if known is not None:
            known.save()
    else:
        linter = _check_alone(reader, tick, extra)
    report.extend(placed(linter.finish(), reader, path))
    return report if config is None else configured(report, config)


def checked(
    reader: bankfile.BankReader, tick: Callable[[int], None] | None = None, *, jobs: int = 1, errors: bool = False
) -> Iterator[tuple[Question, bool]]:
    """The questions of a bank with whether each is free of errors; findings go to the reader's report.

    With `jobs` above 1 other processes look for them; with `errors` for errors alone.
    """
    linter = Linter(AssetStore(reader.header.assets, reader.folder), reader.header.language, errors=errors)
    if jobs > 1 and reader.in_pieces:
        yield from _checked_by_workers(reader, linter, tick, jobs)
    else:
        for pointer, question in reader:
            found = linter.check(question, pointer)
            if found:
                reader.report.extend(reader.placed(d) for d in found)
            if tick is not None:
                tick(1)
            yield question, not any(d.severity == "error" for d in found)
    reader.report.extend(reader.placed(d) for d in linter.finish())


def _check_alone(reader: bankfile.BankReader, tick: Callable[[int], None] | None, extra: frozenset[str]) -> Linter:
    linter = Linter(AssetStore(reader.header.assets, reader.folder), reader.header.language, extra)
    for pointer, question in reader:
        found = linter.check(question, pointer)
        if found:
            reader.report.extend(reader.placed(d) for d in found)
        if tick is not None:
            tick(1)
    return linter


def _check_runs(
    reader: bankfile.BankReader,
    linter: Linter,
    tick: Callable[[int], None] | None,
    jobs: int,
    known: Memory | None,
) -> None:
    """The findings alone. A run of which nothing is known elsewhere, and in which nothing was found, is done at once."""
    scope, starts, met = linter.scope, reader.starts(), _Met(linter)
    with parallel.Workers(jobs, reader.name, reader.folder, reader.header, linter.extra, known) as workers:
        for run, answer in workers.check(reader.pieces()):
            if tick is not None:
                tick(len(run.pieces))
            if answer.clean and met.nothing_of(answer):
                scope.shown.update(answer.shown)
                scope.tally.merge(answer.tally, run.index)
                continue
            for _ in _run_by_question(reader, linter, run, answer, starts):
                pass


def _checked_by_workers(
    reader: bankfile.BankReader, linter: Linter, tick: Callable[[int], None] | None, jobs: int
) -> Iterator[tuple[Question, bool]]:
    starts = reader.starts()
    with parallel.Workers(jobs, reader.name, reader.folder, reader.header, errors=linter.errors) as workers:
        for run, answer in workers.check(reader.pieces()):
            for question, found in _run_by_question(reader, linter, run, answer, starts):
                if tick is not None:
                    tick(1)
                if question is not None:
                    yield question(), not any(d.severity == "error" for d in found)


class _Met:
    """What was met before, by a linter that has just begun."""

    def __init__(self, linter: Linter) -> None:
        scope = linter.scope
        self._ids, self._folded, self._contents = Ids(), Ids(), Firsts()
        self._capitals = False
        scope.ids, scope.folded, scope.contents = self._ids, self._folded, self._contents

    def nothing_of(self, answer: parallel.Answer) -> bool:
        """Whether certainly no id and no content of a run was met before, or twice within it; then it is now."""
        ids, lower = answer.ids, [name.lower() for name in answer.ids]
        capital = [small for small, name in zip(lower, ids, strict=True) if small != name]
        if len(set(lower)) < len(ids) or (capital and self._ids.may_have(capital)):
            return False
        keys = self._ids.fresh(ids)
        if keys is None or (self._capitals and self._folded.may_have(lower)):
            return False
        if not self._contents.add_new(answer.digests):
            return False
        self._ids.add_fresh(ids, keys)
        if capital:
            self._capitals = True
            self._folded.update(capital)
        return True


def _is_known(name: str, linter: Linter) -> bool:
    """Whether an id was met before, be it with other capitals."""
    scope, lower = linter.scope, name.lower()
    return name in scope.ids or lower in scope.folded or (lower != name and lower in scope.ids)


def _remember(ids: Iterable[str], digests: Iterable[tuple[bytes, str]], linter: Linter) -> None:
    scope = linter.scope
    for name in ids:
        scope.ids.add(name)
        if (lower := name.lower()) != name:
            scope.folded.add(lower)
    for digest, name in digests:
        scope.contents.setdefault(digest, name)


def _run_by_question(
    reader: bankfile.BankReader, linter: Linter, run: parallel.Run, answer: parallel.Answer, starts: Starts
) -> Iterator[tuple[Callable[[], Question] | None, list[Diagnostic]]]:
    """Each question of a run, to be decoded by whoever wants it, with its findings; they are reported as well."""
    scope = linter.scope
    scope.shown.update(answer.shown)
    scope.tally.merge(answer.tally, run.index)
    for offset, (start, piece, seen) in enumerate(zip(run.starts, run.pieces, answer.seen(), strict=True)):
        pointer = f"/questions/{run.index + offset}"
        found = seen.found
        if any(_is_known(name, linter) for name in seen.ids) or any(d in scope.contents for d, _ in seen.digests):
            # What a run alone cannot tell: this question repeats one of another.
            again = bankfile.open_pieces([piece], reader.name, reader.header, Report(), reader.folder)
            found = [
                again.placed(d)
                for question in again.questions()
                for d in linter.check(question, "/questions/0", count=False)
            ]
        else:
            _remember(seen.ids, seen.digests, linter)
        if found:
            found = [
                msgspec.structs.replace(
                    d,
                    pointer=pointer + "/".join(["", *d.pointer.split("/")[3:]]) if d.pointer else "",
                    source=starts.moved(d.source, start) if d.source is not None else None,
                )
                for d in found
            ]
            reader.report.extend(found)
        yield (partial(reader.read, piece) if seen.valid else None), found


def placed(found: list[Diagnostic], reader: bankfile.BankReader, path: str) -> Iterator[Diagnostic]:
    """Findings with the places of the questions they name, which the reader passed long ago."""
    wanted: dict[int, set[str]] = {}
    for d in found:
        parts = d.pointer.split("/", 3)
        if parts[1:2] == ["questions"] and len(parts) > 2:
            wanted.setdefault(int(parts[2]), set()).add(d.pointer)
    places: dict[str, Span] = {}
    if wanted and path != "-" and reader.in_pieces:
        again = bankfile.open_bank(path, Report())
        starts, last = again.starts(), max(wanted)
        for index, (start, piece) in enumerate(again.pieces()):
            if index in wanted:
                locator = PieceLocator(reader.name)
                locator.remember(piece)
                places |= {pointer: starts.moved(locator.locate(pointer), start) for pointer in wanted[index]}
            if index >= last:
                break
    for d in found:
        yield msgspec.structs.replace(d, source=places[d.pointer]) if d.pointer in places else reader.placed(d)


def _workers(source: object, jobs: int) -> int:
    """How many processes to check a bank with: one where starting more takes longer than checking."""
    if jobs != 0:
        return max(jobs, 1)
    try:
        size = Path(source).stat().st_size if isinstance(source, str) and source != "-" else 0
    except OSError:
        return 1
    return cores() if size >= parallel.WORTH_IT else 1


def configured(report: Report, config: Config) -> Report:
    """The report as qbank.toml wants it: some codes left out, some more or less serious.

    What is said of the form of a bank (S) is left out only where it is ignored
    by name: a question that could not be read was not checked. Nor are losses
    (X), which somebody asked for.
    """
    levels: dict[str, Severity] = {**config.severity, **dict.fromkeys(config.error, "error")}
    if not config.ignore and not levels and config.select is None:
        return report
    kept = Report()
    for d in report:
        chosen = config.select is None or d.code in config.select or d.code[0] in "SX"
        if chosen and d.code not in config.ignore:
            level = levels.get(d.code, d.severity)
            kept.diagnostics.append(d if level == d.severity else msgspec.structs.replace(d, severity=level))
    return kept


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
    jobs = _workers(source, order.jobs)
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
    renderer, starts, met = exporter.renderer(ctx), reader.starts(), _Met(linter)
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
                judged = _run_by_question(reader, linter, run, answer, starts)
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
