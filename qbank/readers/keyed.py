"""A paper and a file of answers, each in any container that papers come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from qbank.diagnostics import QbankError
from qbank.model import Question
from qbank.readers.decode import decode
from qbank.readers.extract import Extract, read_extract
from qbank.reading import Context, Document

_EXTRACTS = {
    "docx": "qbank.readers.docx",
    "html": "qbank.readers.html",
    "pdf": "qbank.readers.pdf",
    "legacy": "qbank.readers.legacy",
}
"""Reader to the module whose `extract` gives its words."""


def read(document: Document, reader: str, key: Document, key_reader: str, ctx: Context) -> Iterator[Question]:
    """The questions of a paper with the answers that `key` gives.

    Raises `QbankError` when one of the two cannot be opened or is a question
    file, which brings its own answers.
    """
    from qbank.readers.paper import KeyText, read_text

    paper, answers = _words(document, reader, ctx), _words(key, key_reader, ctx)
    told = KeyText(key.name, answers.text)
    if reader == key_reader == "paper":
        yield from read_text(paper.text, document.name, ctx, key=told)
    else:
        yield from read_extract(replace(paper, assets={**answers.assets, **paper.assets}), document.name, ctx, told)


def _words(document: Document, reader: str, ctx: Context) -> Extract:
    if reader == "paper":
        return Extract(decode(document.data, document.name, ctx))
    if reader not in _EXTRACTS:
        raise QbankError(
            f"{document.name}: was read as {reader}; --key is for papers and their keys "
            f"({', '.join(['text', *_EXTRACTS])})"
        )
    found: Extract = import_module(_EXTRACTS[reader]).extract(document, ctx)
    return found
