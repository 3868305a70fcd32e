"""The `assessmentTest` of a package: its sections, and a section in them for each group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec
from msgspec import Struct

from qbank.formats import qti
from qbank.richtext import xml_text
from qbank.scratch import Scratch

from .._xml import Document
from .dialect import Dialect, namespaces
from .page import Page

NAME = "test.xml"
_BATCH = 256


class Entry(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """An item in the test."""

    identifier: str
    member: str
    hints: bool = False


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

    def add(self, title: str, entry: Entry | GroupEntry) -> None:
        """Put an entry in the section of that title."""
        section = self._sections.setdefault(title, _Section())
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
    page = _Page(dialect)
    about = {"identifier": "TEST", "title": qti.line(xml_text(title))}
    with Document(sink, page.name("assessmentTest"), **namespaces(dialect.namespace, dialect.location), **about) as xml:
        score = page.new(1)
        score.open("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
        score.open("defaultValue")
        score.leaf("value", "0")
        score.close()
        score.close()
        xml.write(score.xml)
        modes = page.spelt(navigationMode="nonlinear", submissionMode="individual")
        with xml.element(page.name("testPart"), identifier=names.give("PART"), **modes):
            control = page.new(2)
            control.leaf("itemSessionControl", showFeedback="true")
            xml.write(control.xml)
            for name in plan:
                page.section(xml, names.give("SECTION"), name or title, plan.entries(name), 2)
        processing = page.new(1)
        processing.open("outcomeProcessing")
        processing.open("setOutcomeValue", identifier="SCORE")
        processing.open("sum")
        processing.leaf("testVariables", variableIdentifier="SCORE")
        for _ in range(3):
            processing.close()
        xml.write(processing.xml)


class _Page:
    """Writes parts of the test in the spelling of its version."""

    def __init__(self, dialect: Dialect) -> None:
        self._kebab = dialect.kebab

    def new(self, depth: int) -> Page:
        """An empty page."""
        return Page(depth, kebab=self._kebab)

    def name(self, name: str) -> str:
        """The name of an element."""
        return qti.kebab_element(name) if self._kebab else name

    def spelt(self, **attributes: str) -> dict[str, str]:
        """Attributes."""
        return {qti.kebab(key): value for key, value in attributes.items()} if self._kebab else attributes

    def section(
        self, xml: Document, identifier: str, title: str, entries: Iterator[Entry | GroupEntry], depth: int, **more: str
    ) -> None:
        """Write a section with its items and the sections in it."""
        about = {"identifier": identifier, "title": qti.line(xml_text(title)) or identifier, "visible": "true", **more}
        with xml.element(self.name("assessmentSection"), **self.spelt(**about)):
            for entry in entries:
                if isinstance(entry, GroupEntry):
                    self.section(xml, entry.identifier, entry.title, iter(entry.items), depth + 1, keepTogether="true")
                    continue
                page = self.new(depth + 1)
                reference = {"identifier": entry.identifier, "href": qti.path(entry.member)}
                if entry.hints:
                    # whoever asks for a hint must be able to go on
                    page.open("assessmentItemRef", **reference)
                    page.leaf("itemSessionControl", maxAttempts="0", showFeedback="true")
                    page.close()
                else:
                    page.record("assessmentItemRef", **reference)
                xml.write(page.xml)


def _near_names(plan: Plan) -> Iterator[str]:
    """The identifiers that look like those of the part and the sections."""
    for section in plan:
        for entry in plan.entries(section):
            for one in (entry, *(entry.items if isinstance(entry, GroupEntry) else ())):
                if one.identifier.casefold().startswith(("part", "section")):
                    yield one.identifier
