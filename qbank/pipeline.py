"""The pipeline: files in, a bank; a bank in, files out. What the commands do, without the commands."""

from __future__ import annotations

import base64
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Literal, cast

import msgspec

from qbank import bankfile, export, joining, parallel, reading
from qbank import verify as verification
from qbank.assets import AssetError, AssetStore
from qbank.cache import Memory
from qbank.config import Config
from qbank.diagnostics import Diagnostic, QbankError, Report, Severity, Span
from qbank.files import atomic_write
from qbank.lint import OPT_IN, Linter
from qbank.longreport import LongReport
from qbank.model import Asset, Bank, Group, Header, Question, has_answer
from qbank.places import PieceLocator, Starts
from qbank.seen import Firsts, Ids
from qbank.select import Predicate
from qbank.suggest import did_you_mean

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
class FileSummary:
    """What came out of one imported file."""

    name: str
    reader: str
    questions: int
    answered: int
    drafts: int
    characters: int = 0
    """Characters other than white space, from readers that account for them."""
    claimed: int = 0
    """How many of them something was made of, be it a question or furniture."""


@dataclass(slots=True)
class Imported:
    """The result of an import: a bank, its findings, and an account of each file."""

    header: Header
    questions: list[Question] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    files: list[FileSummary] = field(default_factory=list)
    accounts: list[reading.TextAccount] = field(default_factory=list)

    @property
    def bank(self) -> Bank:
        """The questions as a bank."""
        return Bank(header=self.header, questions=tuple(self.questions))


def read_document(path: str, *, beginning: bool = False) -> reading.Document:
    """The bytes of a file; "-" is standard input. Raises `QbankError` with the reason.

    With `beginning`, of a file too large to be held only that much, and its path.
    """
    if path == "-":
        return reading.Document("<stdin>", sys.stdin.buffer.read())
    file = Path(path)
    try:
        if file.stat().st_size > reading.MAX_BYTES:
            if beginning and file.is_file():
                with file.open("rb") as opened:
                    head = opened.read(reading.BEGINNING)
                return reading.Document(file.name, head, str(file.parent), path)
            raise _too_large(path)
        return reading.Document(file.name, file.read_bytes(), str(file.parent))
    except IsADirectoryError:
        raise QbankError(f"{path}: is a folder; name the files in it") from None
    except OSError as error:
        raise QbankError(f"{path}: cannot be read ({error.strerror or error})") from error


def _too_large(path: str) -> QbankError:
    return QbankError(f"{path}: larger than {reading.MAX_BYTES >> 20} MiB; split the file")


def import_files(
    paths: Iterable[str],
    *,
    source: str | None = None,
    options: Mapping[str, str] | None = None,
    title: str | None = None,
    language: str | None = None,
    folder: Path | None = None,
    keys: Sequence[str] = (),
    bank: Mapping[str, Question] | None = None,
    tick: Callable[[int], None] | None = None,
) -> Imported:
    """Read files into one bank.

    `source` names the reader; without it each file's is guessed. `folder` is
    where the bank will lie: media of a bank from elsewhere are embedded, since
    their paths would not lead to them from there. `keys` are files of answers,
    one for each paper in the same order; `bank` is what the questions are merged
    into, for the readers of files that people edited. Content that is not understood becomes
    findings, and so does a file among several that cannot be opened; where it
    is the only one, `QbankError` is raised.
    """
    result = Imported(Header(qbank=1))
    taken: dict[str, str] = {}
    spoken = language
    files = list(paths)
    if keys and len(keys) != len(files):
        raise QbankError(
            f"--key gives {len(keys)} {'file' if len(keys) == 1 else 'files'} of answers for {len(files)} papers; "
            "give one for each paper, in the same order"
        )
    given: Sequence[str | None] = keys or [None] * len(files)
    for path, key in zip(files, given, strict=True):
        try:
            document, name, ctx, read = _read(path, source, options or {}, result.report, key, bank or {})
        except QbankError as error:
            if len(files) == 1:
                raise
            # One damaged file among hundreds is a finding; the others are still wanted.
            result.report.add("R033", str(error), source=Span(path), hint="the other files were read")
            continue
        found = [_with_free_id(question, taken, document.name, result.report) for question in read]
        assets = portable(AssetStore(ctx.assets, Path(document.folder)), folder, ctx.report)
        names = joining.new_names(result.header.assets, assets)
        found = [joining.renamed(question, names) for question in found]
        if not result.files:
            spoken = language or ctx.header.language
        elif language is None and ctx.header.language not in (None, spoken):
            found = [joining.in_language(question, ctx.header.language) for question in found]
        result.questions += found
        result.header = _merged(result.header, ctx.header, {names.get(name, name): a for name, a in assets.items()})
        result.accounts += ctx.accounts
        if tick is not None:
            tick(1)
        result.files.append(_summary(path, name, found, ctx.accounts if key is None else ctx.accounts[:1]))
        if key is not None:
            result.files.append(_summary(key, "key", [], ctx.accounts[1:]))
    changes: dict[str, str | None] = {}
    if title is not None or sum(file.reader != "key" for file in result.files) > 1:
        # Several papers together are not what the first of them is called.
        changes["title"] = title
    changes["language"] = spoken
    result.header = msgspec.structs.replace(result.header, **changes)
    return result


def join(whole: Imported, part: Imported, taken: dict[str, str], document: str) -> None:
    """Add what was imported from one more document: its assets under free names, its questions under free ids.

    `taken` has the ids so far, each with its document; findings about ids go to the report of `part`.
    """
    names = joining.new_names(whole.header.assets, part.header.assets)
    found = [joining.renamed(question, names) for question in part.questions]
    whole.questions += [_with_free_id(question, taken, document, part.report) for question in found]
    assets = {names.get(name, name): asset for name, asset in part.header.assets.items()}
    whole.header = _merged(whole.header, part.header, assets)


def _read(
    path: str,
    source: str | None,
    options: Mapping[str, str],
    report: Report,
    key: str | None,
    bank: Mapping[str, Question],
) -> tuple[reading.Document, str, reading.Context, list[Question]]:
    """One file with the name of its reader, what the reader left in its context, and the questions."""
    document = read_document(path, beginning=key is None)
    name = source or _guessed(document, options)
    reader = reading.get(name)
    if document.path is not None and not getattr(reader, "streaming", False):
        raise _too_large(path)
    ctx = reading.Context(options=_known(options, reader.options, name), report=report, bank=bank)
    if key is None:
        return document, name, ctx, list(reader.read(document, ctx))
    from qbank.readers import keyed

    answers = read_document(key)
    return document, name, ctx, list(keyed.read(document, name, answers, reading.guess(answers), ctx))


def _guessed(document: reading.Document, options: Mapping[str, str]) -> str:
    """The surest reader, or the only one that has such options."""
    able = [name for name in reading.names() if options and set(options) <= set(reading.get(name).options)]
    return able[0] if len(able) == 1 else reading.guess(document)


def _summary(path: str, reader: str, found: list[Question], accounts: Sequence[reading.TextAccount]) -> FileSummary:
    answered = sum(has_answer(question) for question in found)
    drafts = sum(question.status == "draft" for question in found)
    figures = [account.coverage() for account in accounts]
    characters = sum(sum(counts.values()) for counts in figures)
    unclaimed = sum(counts.get("unclaimed", 0) for counts in figures)
    return FileSummary(path, reader, len(found), answered, drafts, characters, characters - unclaimed)


def _merged(header: Header, found: Header, assets: Mapping[str, Asset]) -> Header:
    """The bank's header after one more file: the first title found, all assets."""
    return msgspec.structs.replace(
        found,
        schema=None,
        title=header.title or found.title,
        description=header.description or found.description,
        license=header.license or found.license,
        assets={**header.assets, **assets},
        extensions={**found.extensions, **header.extensions},
    )


def portable(store: AssetStore, folder: Path | None, report: Report) -> dict[str, Asset]:
    """The assets of a file as a bank in `folder` can hold them."""
    result = dict(store.entries)
    if folder is None or (store.root is not None and folder.resolve() == store.root.resolve()):
        return result
    for name, asset in store.entries.items():
        if asset.file is not None:
            try:
                data = base64.b64encode(store.read(name)).decode()
                result[name] = msgspec.structs.replace(asset, file=None, base64=data, media_type=store.media_type(name))
            except AssetError as error:
                report.add(error.code, str(error))
    return result


def _with_free_id(question: Question, taken: dict[str, str], document: str, report: Report) -> Question:
    """The question under an id no other has: a repeat gets a number."""
    if isinstance(question, Group):
        subs = tuple(_with_free_id(sub, taken, document, report) for sub in question.questions)
        question = msgspec.structs.replace(question, questions=subs)
    name, count = question.id, 1
    while name in taken:
        count += 1
        name = f"{question.id[:94]}-{count}"
    if name != question.id:
        report.add(
            "R021",
            f"{question.id} stands in {taken[question.id]} and again in {document}; the second is {name}",
            question=name,
            hint="qbank check lists such pairs",
        )
        question = msgspec.structs.replace(question, id=name)
    taken[name] = document
    return question


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
        if len(set(lower)) < len(ids) or self._ids.may_have(ids) or self._ids.may_have(capital):
            return False
        if self._capitals and self._folded.may_have(lower):
            return False
        if not self._contents.add_new(answer.digests):
            return False
        self._ids.update(ids)
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
    return parallel.cores() if size >= parallel.WORTH_IT else 1


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
    reader = bankfile.open_bank(source, found) if isinstance(source, str) else bankfile.in_memory(source, found)
    ctx = export.Context(
        header=reader.header,
        assets=AssetStore(reader.header.assets, reader.folder),
        options=_known(order.options, exporter.options, exporter.name),
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
            free = False
            judged: Iterable[tuple[Callable[[], Question] | None, list[Diagnostic]]]
            if answer.clean and met.nothing_of(answer):
                linter.scope.shown.update(answer.shown)
                judged = ((partial(reader.read, piece), []) for piece in run.pieces)
                free = claims.add_new([name for _, fragment in fragments if fragment for name in fragment.claims])
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
                if not free:
                    if any(name in claims for name in fragment.claims):
                        fragment = renderer.render(next(export.prepared([question()], exporter, _silent(ctx))))
                    claims.keep(fragment.claims)
                join(fragment)
    reader.report.extend(reader.placed(d) for d in linter.finish())


def _silent(ctx: export.Context) -> export.Context:
    """The same, for what was reported before."""
    return replace(ctx, report=Report())


def export_file(source: str | Bank, order: Order, out: str, tick: Callable[[int], None] | None = None) -> Exported:
    """`export_bank` into a file, written whole or not at all; "-" is standard output."""
    if order.verify:
        verification.must_read(order.to)
    if out == "-":
        # Set aside first, for a bank with errors is refused and then nothing may have been written.
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            done = export_bank(source, order, cast(BinaryIO, spool), tick)
            spool.seek(0)
            if order.verify:
                verify_export(done, order, spool.read(), f"<stdout>{export.get(order.to).suffix}")
                spool.seek(0)
            shutil.copyfileobj(spool, sys.stdout.buffer, _IN_MEMORY)
        sys.stdout.buffer.flush()
        return done
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


def _known(options: Mapping[str, str], known: Mapping[str, str], name: str) -> Mapping[str, str]:
    for key in options:
        if key not in known:
            what = did_you_mean(key, known) if known else "it has none"
            raise QbankError(f"{name} has no option {key!r}; {what}")
    return options
