"""Writes questions as an export does, into memory."""

from __future__ import annotations

import io
from collections.abc import Iterable

from qbank import export
from qbank.model import Question


def artefact(
    name: str, questions: Iterable[Question], ctx: export.Context | None = None
) -> tuple[bytes, export.Context]:
    """What an exporter makes of some questions, and the context with its losses."""
    ctx = ctx or export.Context()
    exporter = export.get(name)
    sink = io.BytesIO()
    exporter.write(export.prepared(questions, exporter, ctx), sink, ctx)
    return sink.getvalue(), ctx
