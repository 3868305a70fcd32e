"""Zip packages whose bytes depend on their members alone: fixed date, fixed rights, the order they were added in."""

from __future__ import annotations

import shutil
import zipfile
from types import TracebackType
from typing import BinaryIO

DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date a zip file can hold."""
LEVEL = 6
_BLOCK = 1 << 20


class Package:
    """A zip file that is written member by member; a context manager."""

    def __init__(self, sink: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)

    def add(self, name: str, data: bytes) -> None:
        """Write one member whose bytes are at hand."""
        self._zip.writestr(_member(name), data, zipfile.ZIP_DEFLATED, LEVEL)

    def copy(self, name: str, stream: BinaryIO) -> None:
        """Write one member from a stream, a block at a time."""
        with self._zip.open(_member(name), "w") as member:
            shutil.copyfileobj(stream, member, _BLOCK)

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # Unix, whatever the machine: only then are the rights read
    info.external_attr = 0o100644 << 16
    return info
