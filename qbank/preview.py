"""A bank as a page to look at, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.diagnostics import Report
from qbank.files import atomic_write, not_over
from qbank.model import Question
from qbank.select import Predicate


@dataclass(slots=True)
class Previewed:
    """What was written, and what was not: questions that could not be read (S), parts that cannot be shown (X)."""

    questions: int = 0
    report: Report = field(default_factory=Report)


def preview_file(
    source: str, out: str, *, key: bool = True, where: Predicate | None = None, templates: str | None = None
) -> Previewed:
    """Write the preview of a bank to a file.

    Unlike an export it does not refuse a bank with errors: they are what one
    looks for, and stand beside their questions. What the schema refuses cannot
    be shown; the page lists it. Raises `QbankError` when nothing can be read.
    """
    done = Previewed()
    not_over(out, [source], "is the bank that is shown")
    reader = bankfile.open_bank(source, done.report)
    exporter = export.get("preview")
    ctx = export.Context(
        header=reader.header,
        assets=AssetStore(reader.header.assets, reader.folder),
        options={} if key else {"key": "no"},
        report=done.report,
        templates=templates,
    )
    chosen = (question for question in reader.questions() if where is None or where(question))

    def counted() -> Iterator[Question]:
        for question in export.prepared(chosen, exporter, ctx):
            done.questions += 1
            yield question

    with atomic_write(out) as sink:
        exporter.write(counted(), sink, ctx)
    return done
