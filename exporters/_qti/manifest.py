"""`imsmanifest.xml`, written resource by resource while the package grows."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import BinaryIO, cast

from qbank.formats.qti import path
from qbank.model import Header

from .._xml import Document
from .dialect import Dialect, namespaces
from .metadata import bank_metadata
from .page import Page

NAME = "imsmanifest.xml"
DEPTH = 2
"""Where the resources stand."""
_IN_MEMORY = 8 << 20


class Manifest:
    """A manifest under way, kept in a temporary file; a context manager. `finished` gives its bytes."""

    def __init__(self, dialect: Dialect, header: Header) -> None:
        self._dialect = dialect
        self._header = header
        self._kept = ExitStack()
        self._open = ExitStack()

    def __enter__(self) -> Manifest:
        self._file = cast(BinaryIO, self._kept.enter_context(SpooledTemporaryFile(_IN_MEMORY)))
        spaces = namespaces(self._dialect.packaging, self._dialect.packaging_location)
        self._document = self._open.enter_context(Document(self._file, "manifest", **spaces, identifier="MANIFEST"))
        page = Page(1)
        page.open("metadata")
        page.leaf("schema", self._dialect.package)
        page.leaf("schemaversion", self._dialect.package_version)
        bank_metadata(page, self._header)
        page.close()
        page.leaf("organizations")
        self._document.write(page.xml)
        self._open.enter_context(self._document.element("resources"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._kept.close()

    def add(self, resources: bytes) -> None:
        """Add resources, as `resource` writes them."""
        self._document.add(resources)

    def whole(self, identifier: str, resource_type: str, member: str, needs: Iterable[str]) -> None:
        """Add the resource that needs all the others, name by name."""
        with self._document.element("resource", identifier=identifier, type=resource_type, href=path(member)):
            page = Page(DEPTH + 1)
            page.record("file", href=path(member))
            self._document.write(page.xml)
            for name in needs:
                page = Page(DEPTH + 1)
                page.record("dependency", identifierref=name)
                self._document.write(page.xml)

    def finished(self) -> BinaryIO:
        """The whole manifest, to be read before the manifest is closed."""
        self._open.close()
        self._file.seek(0)
        return self._file


def resource(
    identifier: str,
    resource_type: str,
    member: str,
    files: Iterable[str] = (),
    *,
    metadata: Page | None = None,
    needs: Iterable[str] = (),
) -> bytes:
    """A resource: its main member, the other members it shows, and the resources it needs."""
    page = Page(DEPTH)
    page.open_unique("resource", identifier=identifier, type=resource_type, href=path(member))
    if metadata is not None:
        page.add(metadata)
    for name in (member, *files):
        page.record("file", href=path(name))
    for name in needs:
        page.record("dependency", identifierref=name)
    page.close()
    return bytes(page.xml)
