"""What a target would lose of a bank: the export is made and thrown away, its losses are findings with places."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO, cast

import msgspec

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.checks import placed
from qbank.diagnostics import Diagnostic, Report
from qbank.longreport import LongReport
from qbank.model import Group, Question


def losses(path: str, target: str) -> Iterator[Diagnostic]:
    """The losses of an export as findings about the bank file. Raises `QbankError` for a target there is not.

    Questions without an answer, and drafts, are left to the rules about them.
    """
    name, preset = export.platform(target)
    exporter = export.get(name)
    reader = bankfile.open_bank(path, Report())
    report = LongReport()
    pointers: dict[str, str] = {}
    ctx = export.Context(
        header=reader.header,
        assets=AssetStore(reader.header.assets, reader.folder),
        options=preset,
        report=report,
        unanswered="skip",
    )

    def questions() -> Iterator[Question]:
        for pointer, question in reader:
            pointers[question.id] = pointer
            if isinstance(question, Group):
                pointers.update((sub.id, f"{pointer}/questions/{i}") for i, sub in enumerate(question.questions))
            yield question

    with TemporaryFile() as sink:
        exporter.write(export.prepared(questions(), exporter, ctx), cast(BinaryIO, sink), ctx)
    found = [
        msgspec.structs.replace(
            d,
            message=f"{exporter.title}: {d.message}",
            pointer=pointers[d.question] + d.pointer if d.question in pointers else "",
        )
        for d in report
        if d.code not in ("X102", "X103")
    ]
    yield from placed(found, reader, path)
