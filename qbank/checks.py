"""What is wrong with a bank: every question judged, by this process or by several, and then the bank as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from qbank import bankfile, parallel
from qbank.assets import AssetStore
from qbank.cache import Memory
from qbank.config import Config
from qbank.diagnostics import Diagnostic, Report, Severity, Span
from qbank.lint import OPT_IN, Linter
from qbank.longreport import LongReport
from qbank.model import Question
from qbank.places import PieceLocator, Starts
from qbank.seen import Firsts, Ids
from qbank.workers import cores


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
    jobs = processes(path, jobs)
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
        for question, found in _judged(reader, linter, tick):
            yield question, not any(d.severity == "error" for d in found)
    reader.report.extend(reader.placed(d) for d in linter.finish())


def _check_alone(reader: bankfile.BankReader, tick: Callable[[int], None] | None, extra: frozenset[str]) -> Linter:
    linter = Linter(AssetStore(reader.header.assets, reader.folder), reader.header.language, extra)
    for _ in _judged(reader, linter, tick):
        pass
    return linter


def _judged(
    reader: bankfile.BankReader, linter: Linter, tick: Callable[[int], None] | None
) -> Iterator[tuple[Question, list[Diagnostic]]]:
    """Each valid question with its findings, looked for by this process; they are reported as well."""
    for pointer, question in reader:
        found = linter.check(question, pointer)
        if found:
            reader.report.extend(reader.placed(d) for d in found)
        if tick is not None:
            tick(1)
        yield question, found


def _check_runs(
    reader: bankfile.BankReader,
    linter: Linter,
    tick: Callable[[int], None] | None,
    jobs: int,
    known: Memory | None,
) -> None:
    """The findings alone. A run of which nothing is known elsewhere, and in which nothing was found, is done at once."""
    scope, starts, met = linter.scope, reader.starts(), Met(linter)
    with parallel.Workers(jobs, reader.name, reader.folder, reader.header, linter.extra, known) as workers:
        for run, answer in workers.check(reader.pieces()):
            if tick is not None:
                tick(len(run.pieces))
            if answer.clean and met.nothing_of(answer):
                scope.shown.update(answer.shown)
                scope.tally.merge(answer.tally, run.index)
                continue
            for _ in by_question(reader, linter, run, answer, starts):
                pass


def _checked_by_workers(
    reader: bankfile.BankReader, linter: Linter, tick: Callable[[int], None] | None, jobs: int
) -> Iterator[tuple[Question, bool]]:
    starts = reader.starts()
    with parallel.Workers(jobs, reader.name, reader.folder, reader.header, errors=linter.errors) as workers:
        for run, answer in workers.check(reader.pieces()):
            for question, found in by_question(reader, linter, run, answer, starts):
                if tick is not None:
                    tick(1)
                if question is not None:
                    yield question(), not any(d.severity == "error" for d in found)


class Met:
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


def by_question(
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


def processes(source: object, jobs: int) -> int:
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
