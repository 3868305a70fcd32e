"""Blackboard's pools and tests: a `.dat` file, or the `.zip` that Blackboard exports.

Two dialects, as Moodle's blackboard_six reads them: `pool` is Blackboard 5's
own XML, `items` the QTI 1.2 that Blackboard 6 and later write with much of
their own in it. `dialect` is what both have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from qbank.diagnostics import QbankError
from qbank.formats.unpack import archive, xml_root
from qbank.model import Question
from qbank.readers.blackboard import items, pool
from qbank.readers.blackboard.members import Members
from qbank.readers.parts import Parts
from qbank.reading import Context, Document

NAME = "blackboard"
_OWN = (b"<POOL", b"bbmd_", b"assessment/x-bb-")


class BlackboardReader:
    """Reads Blackboard's `.dat` files and the archives they come in."""

    name: str = NAME
    title: str = "Blackboard pool"
    suffixes: tuple[str, ...] = (".dat",)
    options: Mapping[str, str] = MappingProxyType({})

    def sniff(self, document: Document) -> float:
        """Sure of what only Blackboard writes."""
        if document.data.startswith(b"PK\x03\x04"):
            return 0.97 if _is_ours(document) else 0.0
        head = document.data[:20_000].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head.startswith(b"<"):
            return 0.0
        return 0.97 if re.match(rb"(?s)(?:<\?.*?\?>|<!--.*?-->|\s)*+<POOL[\s>]", head) or b"<bbmd_" in head else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of all pools and tests in the file. Raises `QbankError` on what is neither XML nor an archive."""
        empty = True
        for name, root, members in _roots(document, ctx):
            parts = Parts(name, ctx, members.fetch)
            dialect = pool if root.tag == "POOL" else items
            title = dialect.title(root)
            if title and ctx.header.title is None:
                ctx.header = msgspec.structs.replace(ctx.header, title=title)
            for question in dialect.questions(root, parts):
                empty = False
                yield question
        if empty:
            ctx.problem("R001", f"{document.name}: holds no question of Blackboard's", document.name, 1)


READER = BlackboardReader()


def _is_ours(document: Document) -> bool:
    try:
        packed = archive(document.data, document.name)
        names = packed.members()
        if "imsmanifest.xml" in names and any(own in packed.read("imsmanifest.xml") for own in _OWN):
            return True
        found = [name for name in names if name.lower().endswith(".dat")][:20]
        return any(own in packed.read(name)[:20_000] for name in found for own in _OWN[:2])
    except QbankError:
        return False


def _roots(document: Document, ctx: Context) -> Iterator[tuple[str, Any, Members]]:
    """The pools and tests: a name for places, the root element, and the files that come with it."""
    if not document.data.startswith(b"PK\x03\x04"):
        root = xml_root(document.data, document.name)
        if root.tag not in ("POOL", "questestinterop"):
            raise QbankError(f"{document.name}: is no pool of Blackboard's; its first element is {root.tag}")
        yield document.name, root, Members()
        return
    packed = archive(document.data, document.name)
    for name in sorted(member for member in packed.members() if member.lower().endswith(".dat")):
        data = packed.read(name)
        if b"<POOL" not in data and b"<questestinterop" not in data:
            continue
        try:
            root = xml_root(data, f"{document.name}: {name}")
        except QbankError as error:
            ctx.problem("R042", str(error), document.name)
            continue
        if root.tag in ("POOL", "questestinterop"):
            yield f"{document.name}/{name}", root, Members(packed, name)
