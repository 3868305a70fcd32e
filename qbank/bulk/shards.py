"""Sharded JSON Lines: banks in numbered files, packed with gzip or Zstandard, each a whole bank of its own."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, cast

from qbank import bankfile
from qbank.diagnostics import QbankError, Report
from qbank.files import atomic_write
from qbank.model import Header, Question

Packing: TypeAlias = Literal["none", "gzip", "zstd"]
ENDINGS: dict[Packing, str] = {"none": ".jsonl", "gzip": ".jsonl.gz", "zstd": ".jsonl.zst"}
_SHARD = re.compile(r"shard-\d{6,}\.jsonl(\.gz|\.zst)?")
LEVEL = 6
MAX_UNPACKED = 4 << 30
"""Bytes a shard may unpack to; more is a bomb, or should have been more shards."""


def shard_name(number: int, packing: Packing) -> str:
    """The file name of a shard."""
    return f"shard-{number:06d}{ENDINGS[packing]}"


def shards_in(folder: Path) -> list[Path]:
    """The shards of a folder in their order. Raises `QbankError` where there is none."""
    found = sorted(path for path in folder.iterdir() if _SHARD.fullmatch(path.name))
    if not found:
        raise QbankError(f"{folder}: there are no shards here (shard-000000.jsonl.gz and so on)")
    return found


def packing_of(path: Path) -> Packing | None:
    """How a shard is packed, by its ending; None for a file that is no shard."""
    return next((packing for packing, ending in ENDINGS.items() if path.name.endswith(ending)), None)


def number_of(path: Path) -> str:
    """The part of a shard's name that its products share, such as "shard-000001"."""
    return path.name.partition(".")[0]


def write_shard(path: Path, header: Header, questions: Iterable[Question | bytes]) -> None:
    """Write a shard, whole or not at all; the same questions give the same bytes."""
    with atomic_write(path) as sink:
        packing = packing_of(path)
        if packing == "gzip":
            # Neither a time nor a name in the head: both would differ from run to run.
            with gzip.GzipFile(filename="", mode="wb", fileobj=sink, compresslevel=LEVEL, mtime=0) as stream:
                bankfile.write(header, questions, cast(BinaryIO, stream), "jsonl")
        elif packing == "zstd":
            with _zstandard().ZstdCompressor(level=LEVEL).stream_writer(sink, closefd=False) as stream:
                bankfile.write(header, questions, stream, "jsonl")
        else:
            bankfile.write(header, questions, sink, "jsonl")


def read_shard(path: Path, report: Report | None = None) -> bankfile.BankReader:
    """Open a shard. Raises `QbankError` when it is damaged or unpacks to more than 4 GiB."""
    return bankfile.open_bytes(unpacked(path), str(path), report, "jsonl", path.parent)


def unpacked(path: Path) -> bytes:
    """The lines of a shard, unpacked. Raises `QbankError`."""
    try:
        return b"".join(_blocks(path))
    except (OSError, EOFError) as error:
        raise QbankError(f"{path}: cannot be read ({error})") from error


def _blocks(path: Path) -> Iterator[bytes]:
    size = 0
    with path.open("rb") as file:
        stream = _stream(path, file)
        while block := stream.read(1 << 20):
            size += len(block)
            if size > MAX_UNPACKED:
                raise QbankError(f"{path}: unpacks to more than {MAX_UNPACKED >> 30} GiB; it was not read")
            yield block


def _stream(path: Path, file: BinaryIO) -> Any:
    match packing_of(path):
        case "gzip":
            return gzip.GzipFile(fileobj=file, mode="rb")
        case "zstd":
            return io.BufferedReader(_zstandard().ZstdDecompressor().stream_reader(file, read_across_frames=True))
        case _:
            return file


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise QbankError("zstd shards need an extra: pip install 'qbank[bulk]'; --packing gzip needs none") from None
    return zstandard
