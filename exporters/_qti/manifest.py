"""`imsmanifest.xml`, written resource by resource while the package grows."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, cast

from lxml import etree

from qbank.formats.qti import path
from qbank.model import Header

from .dialect import PACKAGING, XSI, Dialect
from .metadata import bank_metadata
from .tree import Tree

NAME = "imsmanifest.xml"
_IN_MEMORY = 8 << 20


class Manifest:
    """A manifest under way, kept in a temporary file; a context manager. `finished` gives its bytes."""

    def __init__(self, dialect: Dialect, header: Header) -> None:
        self._dialect = dialect
        self._header = header
        self._tree = Tree(PACKAGING)
        self._file: Any = None
        self._xml: Any = None
        self._kept = ExitStack()
        self._open = ExitStack()

    def __enter__(self) -> Manifest:
        self._file = self._kept.enter_context(SpooledTemporaryFile(_IN_MEMORY))
        self._xml = self._open.enter_context(etree.xmlfile(self._file, encoding="UTF-8"))
        self._xml.write_declaration()
        # lxml-stubs does not know that None stands for the default namespace
        spaces: Any = {None: PACKAGING, "xsi": XSI}
        attributes = {"identifier": "MANIFEST", f"{{{XSI}}}schemaLocation": self._dialect.packaging_location}
        self._open.enter_context(self._xml.element(f"{{{PACKAGING}}}manifest", attributes, nsmap=spaces))
        metadata = self._tree.root("metadata")
        self._tree.add(metadata, "schema", self._dialect.package)
        self._tree.add(metadata, "schemaversion", self._dialect.package_version)
        about = bank_metadata(self._header)
        if about is not None:
            metadata.append(about)
        self._write(metadata)
        self._write(self._tree.root("organizations"))
        self._xml.write("\n")
        self._open.enter_context(self._xml.element(f"{{{PACKAGING}}}resources"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._kept.close()

    def resource(
        self,
        identifier: str,
        resource_type: str,
        member: str,
        files: Iterable[str] = (),
        metadata: Any | None = None,
    ) -> None:
        """Add a resource: its main member and the other members it shows."""
        made = self._tree.root("resource", identifier=identifier, type=resource_type, href=path(member))
        if metadata is not None:
            self._tree.add(made, "metadata").append(metadata)
        for name in (member, *files):
            self._tree.add(made, "file", href=path(name))
        self._write(made)

    def whole(self, identifier: str, resource_type: str, member: str, needs: Iterable[str]) -> None:
        """Add the resource that needs all the others, name by name."""
        self._xml.write("\n")
        attributes = {"xmlns": PACKAGING, "identifier": identifier, "type": resource_type, "href": path(member)}
        with self._xml.element("resource", attributes):
            self._xml.write("\n ", etree.Element("file", href=path(member)))
            for name in needs:
                self._xml.write("\n ", etree.Element("dependency", identifierref=name))
            self._xml.write("\n")

    def finished(self) -> BinaryIO:
        """The whole manifest, to be read before the manifest is closed."""
        self._open.close()
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    def _write(self, element: Any) -> None:
        etree.indent(element, " ")
        self._xml.write("\n")
        self._xml.write(element)
