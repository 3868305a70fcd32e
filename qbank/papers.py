"""Which files a command line means: files as they are, folders and patterns as the readable files in them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from qbank import reading
from qbank.diagnostics import QbankError

MAX_FILES = 100_000


def files_of(names: Iterable[str], *, without: Iterable[str | None] = ()) -> list[str]:
    """The files that arguments name, folders and patterns sorted by name, each file once.

    In a folder, and where a pattern also meets other files, only those with the
    ending of a reader are meant, and never those in `without` (what the command
    is about to write). A name of its own is taken as it is, so that its reader
    can say what is wrong with it. Raises `QbankError` for a folder or pattern
    with nothing in it to read.
    """
    written = {os.path.realpath(name) for name in without if name is not None}
    endings = {suffix for name in reading.names() for suffix in reading.get(name).suffixes}
    result: dict[str, None] = {}
    for name in names:
        if name == "-" or Path(name).is_file():
            found = [name]
        elif Path(name).is_dir():
            found = [p for p in _inside(Path(name)) if _is_meant(p, endings, written)]
            if not found:
                raise QbankError(f"{name}: there is no file in this folder that can be read ({_list(endings)})")
        elif glob.has_magic(name):
            found = [p for p in sorted(glob.glob(name, recursive=True)) if Path(p).is_file()]  # noqa: PTH207  # an absolute pattern has no folder to start from
            found = [p for p in found if _is_meant(p, endings, written)]
            if not found:
                raise QbankError(f"{name}: no file with a name like this can be read ({_list(endings)})")
        else:
            found = [name]
        result.update(dict.fromkeys(found))
        if len(result) > MAX_FILES:
            raise QbankError(f"{name}: more than {MAX_FILES} files; import them in parts")
    return list(result)


def _inside(folder: Path) -> Iterator[str]:
    """The files below a folder in order, hidden ones and links to folders apart."""
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        yield from (os.path.join(place, name) for name in sorted(names))  # noqa: PTH118  # os.walk gives strings


def _refuse(error: OSError) -> None:
    raise QbankError(f"{error.filename}: cannot be read ({error.strerror or error})") from error


def _is_meant(path: str, endings: set[str], written: set[str]) -> bool:
    file = Path(path)
    if file.name.startswith((".", "~$")) or os.path.realpath(path) in written:
        return False
    # The pictures and scripts of a saved page lie in such a folder, and its frames are no papers.
    if any(part.endswith(("_files", ".files")) for part in file.parts[:-1]):
        return False
    return file.suffix.lower() in endings


def _list(endings: set[str]) -> str:
    return ", ".join(sorted(endings))
