"""Reading one file: what is in it, what was said about it, and an account of it."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import msgspec

from qbank import reading
from qbank.assets import AssetError, AssetStore
from qbank.diagnostics import QbankError, Report, readable
from qbank.model import Asset, Header, Question, has_answer
from qbank.pile import Pile
from qbank.suggest import known_options

_NOTHING: Mapping[str, Question] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Order:
    """A file to read, and what it is read with: see the options of `qbank import`."""

    path: str
    key: str | None = None
    """The file with its answers."""
    source: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    """Where the bank will lie."""
    accounts: bool = True
    """Whether the accounts of the text are wanted, which hold all of it."""

    @property
    def is_here(self) -> bool:
        """Whether only this process can read it: from its standard input."""
        return "-" in (self.path, self.key)


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
class Part:
    """What came of one file."""

    path: str
    document: str = ""
    """The name its questions bear."""
    header: Header = field(default_factory=lambda: Header(qbank=1))
    """With the media, as a bank in the folder that was ordered can hold them."""
    questions: Pile = field(default_factory=Pile)
    found: Report = field(default_factory=Report)
    media_found: Report = field(default_factory=Report)
    """What was found about the media, which is said last."""
    files: list[FileSummary] = field(default_factory=list)
    accounts: list[reading.TextAccount] = field(default_factory=list)
    failed: str = ""
    """Why the file could not be read."""


def tried(order: Order) -> Part:
    """What came of a file, be it that it could not be read."""
    part = Part(readable(order.path))
    try:
        read(order, part)
    except QbankError as error:
        part.failed = str(error)
    return part


def read(order: Order, part: Part, bank: Mapping[str, Question] = _NOTHING) -> None:
    """Read a file into its part; `bank` is for files that people edited.

    Raises `QbankError`; what was found before it stays in the part.
    """
    try:
        _read(order, part, bank)
    except RecursionError:
        raise QbankError(f"{part.path}: is nested too deeply to be read") from None
    except MemoryError:
        raise QbankError(f"{part.path}: does not fit in memory; split the file") from None
    except UnicodeEncodeError as error:
        raise QbankError(f"{part.path}: holds half of a character, which no bank can ({error})") from error


def _read(order: Order, part: Part, bank: Mapping[str, Question]) -> None:
    document = read_document(order.path, beginning=order.key is None)
    name = order.source or _guessed(document, order.options)
    reader = reading.get(name)
    if document.path is not None and not getattr(reader, "streaming", False):
        raise _too_large(part.path)
    ctx = reading.Context(options=known_options(order.options, reader.options, name), report=part.found, bank=bank)
    answered = drafts = 0
    for question in _questions(order, document, name, reader, ctx):
        part.questions.append(question)
        answered += has_answer(question)
        drafts += question.status == "draft"
    part.document = document.name
    store = AssetStore(ctx.assets, Path(document.folder))
    part.header = msgspec.structs.replace(ctx.header, assets=portable(store, order.folder, part.media_found))
    own = ctx.accounts if order.key is None else ctx.accounts[:1]
    part.files.append(FileSummary(part.path, name, len(part.questions), answered, drafts, *_figures(own)))
    if order.key is not None:
        part.files.append(FileSummary(readable(order.key), "key", 0, 0, 0, *_figures(ctx.accounts[1:])))
    if order.accounts:
        part.accounts = ctx.accounts


def _questions(
    order: Order, document: reading.Document, name: str, reader: reading.Reader, ctx: reading.Context
) -> Iterator[Question]:
    if order.key is None:
        return reader.read(document, ctx)
    from qbank.readers import keyed

    answers = read_document(order.key)
    return keyed.read(document, name, answers, reading.guess(answers), ctx)


def _guessed(document: reading.Document, options: Mapping[str, str]) -> str:
    """The surest reader, or the only one that has such options."""
    able = [name for name in reading.names() if options and set(options) <= set(reading.get(name).options)]
    return able[0] if len(able) == 1 else reading.guess(document)


def _figures(accounts: Sequence[reading.TextAccount]) -> tuple[int, int]:
    """How many characters there are, and how many of them something was made of."""
    figures = [account.coverage() for account in accounts]
    characters = sum(sum(counts.values()) for counts in figures)
    return characters, characters - sum(counts.get("unclaimed", 0) for counts in figures)


def read_document(path: str, *, beginning: bool = False) -> reading.Document:
    """The bytes of a file; "-" is standard input. Raises `QbankError` with the reason.

    With `beginning`, of a file too large to be held only that much, and its path.
    """
    if path == "-":
        return reading.Document("<stdin>", sys.stdin.buffer.read())
    file, name = Path(path), readable(path)
    try:
        if file.stat().st_size > reading.MAX_BYTES:
            if beginning and file.is_file():
                with file.open("rb") as opened:
                    head = opened.read(reading.BEGINNING)
                return reading.Document(readable(file.name), head, str(file.parent), path)
            raise _too_large(name)
        return reading.Document(readable(file.name), file.read_bytes(), str(file.parent))
    except IsADirectoryError:
        raise QbankError(f"{name}: is a folder; name the files in it") from None
    except OSError as error:
        raise QbankError(f"{name}: cannot be read ({error.strerror or error})") from error


def _too_large(path: str) -> QbankError:
    return QbankError(f"{path}: larger than {reading.MAX_BYTES >> 20} MiB; split the file")


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
