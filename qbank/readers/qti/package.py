"""Where the files of QTI content lie: a content package (zip), its manifest beside its files, or a single file.

Shared by the readers of all versions of QTI, 1.2 too. Names are looked up as
written, then percent-decoded, then without regard to upper and lower case, the
way packages made on other systems need it; nothing outside the archive or the
folder is ever opened.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from qbank.diagnostics import QbankError
from qbank.formats.unpack import MAX_XML, PACKAGE_MEMBERS, Archive, archive, target
from qbank.readers.qti.about import About, about
from qbank.readers.qti.growing import Telling, Unfit
from qbank.readers.qti.nodes import local, parsed
from qbank.reading import Document

MANIFEST = "imsmanifest.xml"
MAX_RESOURCES = 300_000
_PIECE = 1 << 16
_ENTRIES = frozenset({"metadata", "resource", "resources"})
_NOTHING = About()


class Files(Protocol):
    """The files of a package by name."""

    @property
    def name(self) -> str:
        """The name of the document."""

    def members(self) -> list[str]:
        """The names of all files that may be asked for, in order."""

    def read(self, member: str, limit: int = MAX_XML) -> bytes:
        """The bytes of a file. Raises `QbankError`."""

    def head(self, member: str, size: int) -> bytes:
        """The first bytes of a file. Raises `QbankError`."""

    def pieces(self, member: str) -> Iterator[bytes]:
        """The bytes of a file, a few at a time, so that all of it is never held. Raises `QbankError`."""

    def find(self, base: str, reference: str) -> str | None:
        """The member that a reference in the file `base` leads to, or None."""


@dataclass(slots=True)
class Zipped:
    """The members of a zip archive; what macOS adds to archives is not there."""

    archive: Archive
    _folded: dict[str, str] = field(default_factory=dict)
    _latest: tuple[str, bytes] = ("", b"")
    """What was read last: an item is parsed, and then looked at as it is written."""

    @property
    def name(self) -> str:
        return self.archive.name

    def members(self) -> list[str]:
        return [name for name in self.archive.members() if not is_clutter(name) and not name.endswith("/")]

    def read(self, member: str, limit: int = MAX_XML) -> bytes:
        if member != self._latest[0] or len(self._latest[1]) > limit:
            self._latest = member, self.archive.read(member, limit)
        return self._latest[1]

    def head(self, member: str, size: int) -> bytes:
        return self.archive.head(member, size)

    def pieces(self, member: str) -> Iterator[bytes]:
        return self.archive.pieces(member, piece=_PIECE)

    def find(self, base: str, reference: str) -> str | None:
        for path in candidates(base, reference):
            if (own := self.archive.own(path)) is not None and not own.endswith("/"):
                return own
            if not self._folded:
                self._folded = {name.replace("\\", "/").casefold(): name for name in reversed(self.members())}
            if path.casefold() in self._folded:
                return self._folded[path.casefold()]
        return None


@dataclass(slots=True)
class Beside:
    """A file and what lies beside it or below its folder."""

    document: Document

    @property
    def name(self) -> str:
        return self.document.name

    def members(self) -> list[str]:
        return [self.document.name]

    def read(self, member: str, limit: int = MAX_XML) -> bytes:
        if member == self.document.name:
            return self.document.data
        try:
            path = self._path(member)
            if path.stat().st_size > limit:
                raise QbankError(f"{member} is larger than {limit >> 20} MiB")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise QbankError(f"{self.name}: {member} cannot be read ({reason})") from error

    def head(self, member: str, size: int) -> bytes:
        return self.read(member)[:size]

    def pieces(self, member: str) -> Iterator[bytes]:
        data = self.read(member)
        return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))

    def find(self, base: str, reference: str) -> str | None:
        for path in candidates(base, reference):
            if path == self.document.name:
                return path
            try:
                if self._path(path).is_file():
                    return path
            except (OSError, ValueError):
                continue
        return None

    def _path(self, member: str) -> Path:
        root = Path(self.document.folder).resolve()
        path = (root / member).resolve()
        if not path.is_relative_to(root):
            raise ValueError("it leads outside the folder")
        return path


def candidates(base: str, reference: str) -> Iterator[str]:
    """The member names that a reference in `base` may mean; none where it leads outside or elsewhere."""
    plain = reference.partition("#")[0].partition("?")[0].strip()
    for written in dict.fromkeys((plain, unquote(plain), reference.strip())):
        path = target(base, written) if written else None
        if path not in (None, "."):
            yield str(path)


def is_clutter(name: str) -> bool:
    """Whether a member is what a file system left in an archive."""
    return name.startswith("__MACOSX/") or posixpath.basename(name) in (".DS_Store", "Thumbs.db")


@dataclass(frozen=True, slots=True)
class Resource:
    """An entry of a manifest."""

    identifier: str
    type: str
    href: str
    """The member it is, "" where it has none."""
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """The identifiers of the resources it depends on."""
    about: About = _NOTHING
    """What its metadata say."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says it holds."""

    member: str
    schema: str = ""
    version: str = ""
    about: About = _NOTHING
    resources: tuple[Resource, ...] = ()


def opened(document: Document) -> Files:
    """The files of a document: those of the archive it is, or those beside it. Raises `QbankError`."""
    if is_zip(document.data):
        return Zipped(archive(document.data, document.name, PACKAGE_MEMBERS))
    return Beside(document)


def is_zip(data: bytes) -> bool:
    """Whether the bytes begin as a zip archive does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def manifest_of(files: Files) -> str | None:
    """The name of the manifest, the one nearest to the root, or None."""
    found = [name for name in files.members() if posixpath.basename(name.replace("\\", "/")).lower() == MANIFEST]
    return min(found, key=lambda name: (name.replace("\\", "/").count("/"), name), default=None)


def read_manifest(files: Files, member: str) -> Manifest:
    """The manifest of a package, an entry at a time. Raises `QbankError` when it is no XML or too long."""
    from lxml import etree

    try:
        return _pulled(files, member)
    except (Unfit, etree.XMLSyntaxError):
        return manifest_from(files, member, parsed(files.read(member), f"{files.name}: {member}"))


def _pulled(files: Files, member: str) -> Manifest:
    """The manifest as the parser tells of it, so that its tree is never whole."""
    head: dict[str, Any] = {}
    found: list[Resource] = []
    inside: Any | None = None
    base = ""
    told = Telling(files.pieces(member), _ENTRIES)
    for event, element in told:
        parent = element.getparent()
        depth = 0 if parent is None else 1 if parent.getparent() is None else 2
        match local(element):
            case "resources" if depth == 1:
                inside = element if event == "start" else None
                base = _based("", element)
            case "resource" if event == "end" and inside is not None and parent is inside:
                found.append(_resource(files, member, element, base))
                _too_many(files, found)
            case "metadata" if event == "end" and depth == 1:
                head = _head(element)
            case _:
                continue
        if event == "end":
            told.drop(element)
    return Manifest(member, **head, resources=tuple(found))


def manifest_from(files: Files, member: str, root: Any) -> Manifest:
    """A manifest from its root element; `files` says which of the files it names are there."""
    head: dict[str, Any] = {}
    resources: list[Resource] = []
    for part in root:
        match local(part):
            case "metadata":
                head = _head(part)
            case "resources":
                base = _based("", part)
                resources += [_resource(files, member, entry, base) for entry in part if local(entry) == "resource"]
    _too_many(files, resources)
    return Manifest(member, **head, resources=tuple(resources))


def _head(metadata: Any) -> dict[str, Any]:
    """What a manifest says of the whole package."""
    head: dict[str, Any] = {"about": about(metadata)}
    for child in metadata:
        if local(child) in ("schema", "schemaversion"):
            head[local(child).removeprefix("schema") or "schema"] = (child.text or "").strip()
    return head


def _too_many(files: Files, resources: list[Resource]) -> None:
    if len(resources) > MAX_RESOURCES:
        raise QbankError(f"{files.name}: its manifest has more entries than the {MAX_RESOURCES} that are read")


def _resource(files: Files, manifest: str, entry: Any, base: str) -> Resource:
    base = _based(base, entry)
    metadata = None
    named: list[str] = []
    needs: list[str] = []
    for part in entry:
        match local(part):
            case "file":
                named.append(part.get("href") or "")
            case "dependency":
                needs.append(part.get("identifierref") or "")
            case "metadata":
                metadata = part
    members = [files.find(manifest, base + href) for href in named if href]
    href = entry.get("href") or ""
    return Resource(
        identifier=entry.get("identifier") or "",
        type=entry.get("type") or "",
        href=(files.find(manifest, base + href) or "") if href else "",
        files=tuple(member for member in members if member),
        needs=tuple(needs),
        about=about(metadata) if metadata is not None else _NOTHING,
        line=entry.sourceline or 0,
    )


def _based(base: str, element: Any) -> str:
    own = element.get("{http://www.w3.org/XML/1998/namespace}base") or ""
    return base + own + ("/" if own and not own.endswith("/") else "")
