"""Importing: files in, a bank; what `qbank import` does, without the command."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from qbank import joining, reading
from qbank.bankfile import question_of
from qbank.diagnostics import QbankError, Report, Span, readable
from qbank.importing.files import FileSummary, Order, Part, read
from qbank.importing.many import parts_of, processes_for
from qbank.importing.taken import Taken
from qbank.model import Asset, Bank, Header, Question
from qbank.pile import Pile


@dataclass(slots=True)
class Imported:
    """The result of an import: a bank, its findings, and an account of each file."""

    header: Header
    questions: Sequence[Question] = ()
    report: Report = field(default_factory=Report)
    files: list[FileSummary] = field(default_factory=list)
    accounts: list[reading.TextAccount] = field(default_factory=list)

    @property
    def bank(self) -> Bank:
        """The questions as a bank."""
        return Bank(header=self.header, questions=tuple(self.questions))


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
    accounts: bool = True,
    jobs: int = 1,
    tick: Callable[[int], None] | None = None,
) -> Imported:
    """Read files into one bank.

    `source` names the reader; without it each file's is guessed. `folder` is
    where the bank will lie: media of a bank from elsewhere are embedded, since
    their paths would not lead to them from there. `keys` are files of answers,
    one for each paper in the same order; `bank` is what the questions are merged
    into, for the readers of files that people edited. Without `accounts` the
    text of the files is not kept. `jobs` is how many processes read (0: as many
    as there are cores, where it pays); the result is the same. Content that is
    not understood becomes findings, and so does a file among several that
    cannot be opened; where it is the only one, `QbankError` is raised.
    """
    files = list(paths)
    if keys and len(keys) != len(files):
        raise QbankError(
            f"--key gives {len(keys)} {'file' if len(keys) == 1 else 'files'} of answers for {len(files)} papers; "
            "give one for each paper, in the same order"
        )
    given: Sequence[str | None] = keys or [None] * len(files)
    orders = [Order(path, key, source, options or {}, folder, accounts) for path, key in zip(files, given, strict=True)]
    questions, taken, spoken = Pile(), Taken(), language
    result = Imported(Header(qbank=1), questions)
    with closing(_parts(orders, jobs, bank)) as parts:
        for part in parts:
            if tick is not None:
                tick(1)
            result.report.extend(part.found)
            if part.failed:
                # One damaged file among hundreds is a finding; the others are still wanted.
                result.report.add("R033", part.failed, source=Span(part.path), hint="the other files were read")
                continue
            names = joining.new_names(result.header.assets, part.header.assets)
            other = None
            if not result.files:
                spoken = language or part.header.language
            elif language is None and part.header.language != spoken:
                other = part.header.language
            for line in part.questions.lines():
                if not names and other is None and taken.take(line, part.document):
                    questions.append_line(line)
                    continue
                question = taken.freed(question_of(line), part.document, result.report)
                question = joining.renamed(question, names)
                questions.append(question if other is None else joining.in_language(question, other))
            result.report.extend(part.media_found)
            result.header = _merged(result.header, part.header, names)
            result.accounts += part.accounts
            result.files += part.files
    changes: dict[str, str | None] = {}
    if title is not None or sum(file.reader != "key" for file in result.files) > 1:
        # Several papers together are not what the first of them is called.
        changes["title"] = title
    changes["language"] = spoken
    result.header = msgspec.structs.replace(result.header, **changes)
    return result


def _parts(orders: Sequence[Order], jobs: int, bank: Mapping[str, Question] | None) -> Generator[Part, None, None]:
    """What came of each file, in their order. Raises `QbankError` where the only one cannot be read."""
    if len(orders) != 1 and bank is None:
        yield from parts_of(orders, processes_for(orders, jobs))
        return
    for order in orders:
        part = Part(readable(order.path))
        try:
            read(order, part, bank or {})
        except QbankError as error:
            if len(orders) == 1:
                raise
            part.failed = str(error)
        yield part


def join(header: Header, part: Imported, taken: Taken, document: str) -> tuple[Header, list[Question]]:
    """The header of a bank after one more import, and what it adds: its questions under free ids.

    The assets come under free names. Findings about ids go to the report of `part`.
    """
    names = joining.new_names(header.assets, part.header.assets)
    found = (joining.renamed(question, names) for question in part.questions)
    return _merged(header, part.header, names), [taken.freed(question, document, part.report) for question in found]


def _merged(header: Header, found: Header, names: Mapping[str, str]) -> Header:
    """The bank's header after one more file: the first title found, all assets."""
    assets: dict[str, Asset] = {names.get(name, name): asset for name, asset in found.assets.items()}
    return msgspec.structs.replace(
        found,
        schema=None,
        title=header.title or found.title,
        description=header.description or found.description,
        license=header.license or found.license,
        assets={**header.assets, **assets},
        extensions={**found.extensions, **header.extensions},
    )
