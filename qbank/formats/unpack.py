"""Zip archives and XML from strangers: sized before they are unpacked, read by name, no entities, no network."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from qbank.diagnostics import QbankError

MAX_MEMBERS = 20_000
PACKAGE_MEMBERS = 300_000
"""Members of an archive that has a file for each question."""
_ENTRY = b"PK\x01\x02"
MAX_TOTAL = 1024 * 1024 * 1024
"""Bytes that all members together may claim to have."""
MAX_RATIO = 200
"""How many times larger than the archive its content may be, once it is more than `FREE_BYTES`."""
FREE_BYTES = 64 * 1024 * 1024
MAX_XML = 128 * 1024 * 1024
PIECE = 1 << 20
MAX_NODES = 6_000_000
"""Tags and attributes of one XML document, an attribute counting double: what its tree takes of the memory."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An open zip archive; members are read by name and never written to disk."""

    name: str
    _zip: zipfile.ZipFile

    def __contains__(self, member: str) -> bool:
        return member in self._zip.NameToInfo

    def own(self, member: str) -> str | None:
        """The name of a member as the archive holds it, so that many mentions of it share one string; None for none."""
        info = self._zip.NameToInfo.get(member)
        return None if info is None else info.filename

    def members(self) -> list[str]:
        """The names of all members, as stored."""
        return self._zip.namelist()

    def read(self, member: str, limit: int = MAX_XML) -> bytes:
        """The bytes of a member. Raises `QbankError` when it is damaged, missing, locked or larger than `limit`."""
        return b"".join(self.pieces(member, limit))

    def head(self, member: str, size: int) -> bytes:
        """The first bytes of a member. Raises `QbankError` when it is damaged, missing or locked."""
        with closing(self.pieces(member, piece=size)) as found:
            return next(found, b"")

    def pieces(self, member: str, limit: int = MAX_TOTAL, piece: int = PIECE) -> Generator[bytes, None, None]:
        """The bytes of a member in order, a good many at a time. Raises `QbankError` as `read` does."""
        size = 0
        try:
            info = self._zip.getinfo(member)
            if info.file_size > limit:
                raise QbankError(f"{self.name}: {member} is larger than {limit >> 20} MiB")
            with self._zip.open(info) as stream:
                while data := stream.read(piece):
                    size += len(data)
                    if size > limit:  # what the archive says of its size need not be true
                        raise QbankError(f"{self.name}: {member} is larger than {limit >> 20} MiB")
                    yield data
        except KeyError:
            raise QbankError(f"{self.name}: the part {member} is missing") from None
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            raise QbankError(f"{self.name}: the part {member} cannot be unpacked ({error})") from error

    def xml(self, member: str) -> Any:
        """The root element of an XML member. Raises `QbankError`; see `xml_root`."""
        return xml_root(self.read(member), f"{self.name}: {member}")


def archive(data: bytes, name: str, members: int = MAX_MEMBERS) -> Archive:
    """Open a zip archive. Raises `QbankError` on what is no zip and on zip bombs by their own account."""
    # counted before the list of them is made, which takes ten times the memory of the archive
    if (count := data.count(_ENTRY)) > members:
        raise QbankError(f"{name}: has {count} parts, more than the {members} that are read")
    try:
        opened = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise QbankError(f"{name}: the file is damaged or no zip archive ({error})") from error
    infos = opened.infolist()
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL or total > max(FREE_BYTES, MAX_RATIO * len(data)):
        raise QbankError(f"{name}: would unpack to {total >> 20} MiB, which no document does; it was not opened")
    return Archive(name, opened)


def xml_root(data: bytes, name: str) -> Any:
    """The root element (lxml) of an XML document without a DTD. Raises `QbankError` on one with a DTD, and on no XML."""
    from lxml import etree

    check_nodes(data, name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise QbankError(f"{name}: is not well-formed XML ({xml_fault(error)})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise QbankError(f"{name}: declares a document type, which an honest file of this kind never does; not read")
    return root


def xml_fault(error: Exception) -> str:
    """What lxml says is wrong, on one line and without what a terminal would obey."""
    said = getattr(error, "msg", None) or str(error)
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())


def check_nodes(data: bytes, name: str) -> None:
    """Raises `QbankError` for a document of so many small pieces that its tree would be many times its size."""
    if data.count(b"<") + 2 * data.count(b"=") > MAX_NODES:
        raise QbankError(f"{name}: has millions of elements, more than are read at once; split the file")


def target(base: str, reference: str) -> str | None:
    """The member a relationship of `base` points to; None when it leads outside the archive."""
    path = reference.lstrip("/") if reference.startswith("/") else posixpath.join(posixpath.dirname(base), reference)
    path = posixpath.normpath(path.replace("\\", "/"))
    return None if path.startswith(("..", "/")) or ":" in path else path
