"""qbank's own bank files: JSON, JSON Lines and YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from qbank import bankfile
from qbank.model import Question
from qbank.reading import Context, Document


class QbankReader:
    """Reads a bank; what the schema refuses becomes findings with their line and column."""

    name = "qbank"
    title = "qbank bank (JSON, JSON Lines, YAML)"
    suffixes = (".json", ".jsonl", ".ndjson", ".yaml", ".yml")
    options: Mapping[str, str] = {}

    def sniff(self, document: Document) -> float:
        """Sure of a file with a "qbank" version in it, and of the endings."""
        start = document.data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
        if start.startswith(b"{"):
            return 1.0 if b'"qbank"' in start else 0.6
        if Path(document.name).suffix.lower() in self.suffixes:
            return 0.9
        return 0.8 if start.startswith(b"qbank:") else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The valid questions of the bank."""
        reader = bankfile.open_bytes(document.data, document.name, ctx.report, folder=Path(document.folder))
        ctx.header = reader.header
        ctx.assets.update(reader.header.assets)
        yield from reader.questions()


READER = QbankReader()
