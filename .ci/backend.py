"""setuptools, with the same bytes for the same tree: whoever builds it, wherever, and however its files were unpacked.

What setuptools takes over from the machine is evened out: rights, owners, dates
and the order of files. The date is `SOURCE_DATE_EPOCH`, or 1980 where it is not set.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_1980 = 315_532_800
"""Seconds; a zip knows no earlier date."""


def build_wheel(wheel_directory: str, *settings: Any, **more: Any) -> str:
    """Build a wheel; gives its file name."""
    name: str = build_meta.build_wheel(wheel_directory, *settings, **more)
    path, date = Path(wheel_directory) / name, time.gmtime(_epoch())[:6]
    with zipfile.ZipFile(path) as archive:
        members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            info = zipfile.ZipInfo(member, date)
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return name


def build_sdist(sdist_directory: str, *settings: Any, **more: Any) -> str:
    """Build a source distribution; gives its file name."""
    name: str = build_meta.build_sdist(sdist_directory, *settings, **more)
    path, date = Path(sdist_directory) / name, _epoch()
    with tarfile.open(path) as archive:
        members = [
            (one, archive.extractfile(one).read() if one.isfile() else b"")  # type: ignore[union-attr]  # a file has content
            for one in sorted(archive.getmembers(), key=lambda one: one.name)
        ]
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=date) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for one, data in members:
            info = tarfile.TarInfo(one.name)
            info.type, info.size, info.mtime = one.type, len(data), date
            info.mode = 0o755 if one.isdir() or one.mode & 0o100 else 0o644
            archive.addfile(info, io.BytesIO(data))
    return name


def _epoch() -> int:
    return max(int(os.environ.get("SOURCE_DATE_EPOCH") or _1980), _1980)
