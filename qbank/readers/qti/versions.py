"""Which version of QTI a file or a package is of, from its first bytes."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from qbank.diagnostics import QbankError
from qbank.formats.unpack import PACKAGE_MEMBERS, archive
from qbank.readers.qti.package import Zipped, is_zip, manifest_of
from qbank.reading import Document

Version: TypeAlias = Literal["qti21", "qti22", "qti30"]

_HEAD = 1 << 16
_MANIFEST_HEAD = 1 << 20
_ROOT = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(qti-assessment-(?:item|test|section|stimulus)|assessment(?:Item|Test|Section|Stimulus)|manifest)"
    rb"(?=[\s>/])([^>]{0,8000})"
)
_BEFORE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,300}>|<!--.*?-->|<!DOCTYPE[^<>\[]{0,2000}>|<\?[^>]{0,500}>|\s)*+", re.S
)
_NAMESPACE = re.compile(rb"""xmlns(?::[\w.-]+)?\s*=\s*["'][^"']*(imsqti_v2p[012]|imsqtiasi_v3p0|imsqti_v3p0|qtiv2p1)""")
_TYPE = re.compile(rb"""type\s*=\s*["']imsqti_(?:[a-z]*_)?(?:xml)?v(2p[012]|3p0)""")
_SCHEMA = re.compile(rb"<schema>\s*QTIv2\.([012]) Package|<schema>\s*QTI Package")
_NOT_OURS = "[Content_Types].xml"
_MOST_LOOKED_AT = 12


def version_of(document: Document) -> Version | None:
    """The version of a document, None where it is no QTI 2 or 3."""
    if not is_zip(document.data):
        return _of_xml(document.data[:_MANIFEST_HEAD])
    try:
        files = Zipped(archive(document.data, document.name, PACKAGE_MEMBERS))
        members = files.members()
        if _NOT_OURS in members:
            return None
        manifest = manifest_of(files)
        if manifest is not None:
            return _of_xml(files.head(manifest, _MANIFEST_HEAD))
        for member in [name for name in members if name.lower().endswith(".xml")][:_MOST_LOOKED_AT]:
            found = _of_xml(files.head(member, _HEAD))
            if found is not None:
                return found
    except QbankError:
        return None
    return None


def _of_xml(head: bytes) -> Version | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    start = _BEFORE.match(head)
    root = _ROOT.match(head, start.end() if start is not None else 0)
    if root is None:
        return None
    if root[1] == b"manifest":
        found = _TYPE.search(head)
        if found is not None:
            return _named(found[1])
        schema = _SCHEMA.search(head)
        if schema is None:
            return None
        return "qti30" if schema[1] is None else "qti22" if schema[1] == b"2" else "qti21"
    if root[1].startswith(b"qti-"):
        return "qti30"
    space = _NAMESPACE.search(root[2])
    return _named(space[1][-4:]) if space is not None else "qti21"


def _named(code: bytes) -> Version:
    return "qti30" if code.endswith(b"3p0") else "qti22" if code.endswith(b"2p2") else "qti21"
