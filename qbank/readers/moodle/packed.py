"""Several files of Moodle XML in a zip archive, as the exporter's option `split` writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from qbank.diagnostics import QbankError
from qbank.formats import unpack
from qbank.reading import Document

_HEAD = 65536


def is_zip(document: Document) -> bool:
    """Whether the document is a zip archive."""
    return document.data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def holds(document: Document, is_quiz: Callable[[bytes], bool]) -> bool:
    """Whether the first XML file of an archive is one of Moodle; no package of another format is."""
    try:
        archive = unpack.archive(document.data, document.name)
        names = _names(archive)
        if any(name.lower().rpartition("/")[2] == "imsmanifest.xml" for name in names):
            return False
        return bool(names) and is_quiz(archive.read(names[0])[:_HEAD])
    except QbankError:
        return False


def members(document: Document) -> Iterator[Document]:
    """The XML files of an archive, in the order of their names, 2 before 10. Raises `QbankError` for a hostile one."""
    if document.path is not None:
        raise QbankError(f"{document.path}: an archive this large is not read; unpack it and read the files in it")
    archive = unpack.archive(document.data, document.name)
    for name in _names(archive):
        yield Document(f"{document.name}/{name}", archive.read(name), document.folder)


def _names(archive: unpack.Archive) -> list[str]:
    names = [n for n in archive.members() if n.lower().endswith(".xml") and not n.startswith("__MACOSX/")]
    return sorted(names, key=_by_number)


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key by which numbers in names are numbers."""
    return [(int(part[:30]), "") if part.isdecimal() else (-1, part) for part in re.split("([0-9]+)", name)]
