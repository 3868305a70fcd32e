"""The `assessmentTest` of a package: a section for each topmost category, a part of it for each group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec
from lxml import etree
from msgspec import Struct

from qbank.formats import qti
from qbank.richtext import xml_text
from qbank.scratch import Scratch

from .dialect import XSI, Dialect
from .tree import Tree

NAME = "test.xml"
_BATCH = 256


class Entry(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """An item in the test."""

    identifier: str
    member: str


class GroupEntry(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """The items of a group, which stay together."""

    identifier: str
    title: str
    items: tuple[Entry, ...]


_ENTRIES = msgspec.msgpack.Decoder(list[Entry | GroupEntry])


@dataclass(slots=True)
class _Section:
    """The entries of a section: those that wait, and where the others were put."""

    waiting: list[Entry | GroupEntry] = field(default_factory=list)
    batches: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What the test will hold, most of it set aside; sections in the order in which their first question came."""

    _sections: dict[str, _Section] = field(default_factory=dict)
    _scratch: Scratch = field(default_factory=Scratch)

    def __len__(self) -> int:
        return len(self._sections)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def add(self, category: tuple[str, ...], entry: Entry | GroupEntry) -> None:
        """Put an entry in the section of a category path."""
        section = self._sections.setdefault(category[0] if category else "", _Section())
        section.waiting.append(entry)
        if len(section.waiting) >= _BATCH:
            data = msgspec.msgpack.encode(section.waiting)
            section.batches.append((self._scratch.append(data), len(data)))
            section.waiting.clear()

    def entries(self, name: str) -> Iterator[Entry | GroupEntry]:
        """The entries of a section, in order."""
        for start, size in self._sections[name].batches:
            yield from _ENTRIES.decode(self._scratch.read(start, size))
        yield from self._sections[name].waiting


def write_test(sink: BinaryIO, plan: Plan, title: str, dialect: Dialect) -> None:
    """Write the document of the test, entry by entry; its SCORE is the sum of the items'."""
    names = qti.Names(_near_names(plan))
    with etree.xmlfile(sink, encoding="UTF-8") as xml:
        xml.write_declaration()
        attributes = {f"{{{XSI}}}schemaLocation": dialect.location, "identifier": "TEST"}
        attributes["title"] = qti.line(xml_text(title))
        # lxml-stubs does not know that None stands for the default namespace
        spaces: Any = {None: dialect.namespace, "xsi": XSI}
        with xml.element(f"{{{dialect.namespace}}}assessmentTest", attributes, nsmap=spaces):
            page = _Page(xml)
            score = page.tree.root("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
            page.tree.add(page.tree.add(score, "defaultValue"), "value", "0")
            page.write(score, 1)
            part = {"identifier": names.give("PART"), "navigationMode": "nonlinear", "submissionMode": "individual"}
            xml.write("\n ")
            with xml.element("testPart", part):
                page.write(page.tree.root("itemSessionControl", showFeedback="true"), 2)
                for name in plan:
                    page.section(names.give("SECTION"), name or title, plan.entries(name), 2)
                xml.write("\n ")
            processing = page.tree.root("outcomeProcessing")
            total = page.tree.add(page.tree.add(processing, "setOutcomeValue", identifier="SCORE"), "sum")
            page.tree.add(total, "testVariables", variableIdentifier="SCORE")
            page.write(processing, 1)
            xml.write("\n")
    sink.write(b"\n")


class _Page:
    """Writes parts of the test on lines of their own; they are in the namespace of the element around them."""

    def __init__(self, xml: Any) -> None:
        self.tree = Tree("")
        self._xml = xml

    def write(self, element: Any, depth: int) -> None:
        etree.indent(element, " ", level=depth)
        self._xml.write("\n" + " " * depth, element)

    def section(
        self, identifier: str, title: str, entries: Iterator[Entry | GroupEntry], depth: int, **more: str
    ) -> None:
        shown = qti.line(xml_text(title)) or identifier
        margin = "\n" + " " * depth
        self._xml.write(margin)
        attributes = {"identifier": identifier, "title": shown, "visible": "true", **more}
        with self._xml.element("assessmentSection", attributes):
            for entry in entries:
                if isinstance(entry, Entry):
                    reference = {"identifier": entry.identifier, "href": qti.path(entry.member)}
                    self.write(self.tree.root("assessmentItemRef", **reference), depth + 1)
                else:
                    self.section(entry.identifier, entry.title, iter(entry.items), depth + 1, keepTogether="true")
            self._xml.write(margin)


def _near_names(plan: Plan) -> Iterator[str]:
    """The identifiers that look like those of the part and the sections."""
    for section in plan:
        for entry in plan.entries(section):
            for one in (entry, *(entry.items if isinstance(entry, GroupEntry) else ())):
                if one.identifier.casefold().startswith(("part", "section")):
                    yield one.identifier
