"""The bytes of a Moodle XML file in UTF-8: in memory, or mapped from the disk where they are too many."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qbank.diagnostics import QbankError
from qbank.readers.decode import decode
from qbank.reading import Context, Document

_ENCODING = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})")
_PROBE = 1 << 20
_STEP = 64 << 20


@contextmanager
def content(document: Document, ctx: Context) -> Iterator[Any]:
    """The file in UTF-8, as something to search and slice. Raises `QbankError` for what cannot be had so."""
    if document.path is None:
        yield _utf8(document, ctx)
        return
    if not _is_utf8(document.data):
        raise QbankError(f"{document.path}: a file this large is read only in UTF-8; convert or split it")
    try:
        with Path(document.path).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise QbankError(f"{document.path}: cannot be read ({error})") from error
    yield mapped


def released(data: Any, before: int, done: int) -> int:
    """Let go of the pages of a mapped file before an offset, a good many at a time; `done` are those let go of."""
    if not isinstance(data, mmap.mmap) or before - done < _STEP or not hasattr(mmap, "MADV_DONTNEED"):
        return done
    end = before - before % mmap.PAGESIZE
    data.madvise(mmap.MADV_DONTNEED, done, end - done)
    return end


def _is_utf8(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head[:_PROBE])
    except UnicodeDecodeError:
        return False
    return b"\x00<" not in head[:64] and b"<\x00" not in head[:64]


def _utf8(document: Document, ctx: Context) -> bytes:
    """The file as it is, or by its byte order mark, its declaration, or a guess."""
    data = document.data
    if _is_utf8(data):
        return data
    declared = _ENCODING.match(data[:512])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name not in ("utf-8", "utf8") and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("gb18030" if name in ("gb2312", "gbk") else name).encode()
        except (LookupError, UnicodeDecodeError, ValueError):
            pass  # the declaration is wrong; the bytes decide
    return decode(data, document.name, ctx).encode("utf-8", "replace")
