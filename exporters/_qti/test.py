"""The `assessmentTest` of a package: a section for each topmost category, a part of it for each group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from qbank.formats import qti

from .dialect import Dialect
from .tree import Tree, to_bytes

NAME = "test.xml"


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in the test."""

    identifier: str
    member: str


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """The items of a group, which stay together."""

    identifier: str
    title: str
    items: tuple[Entry, ...]


@dataclass(slots=True)
class Plan:
    """What the test will hold; sections in the order in which their first question came."""

    sections: dict[str, list[Entry | GroupEntry]] = field(default_factory=dict)

    def add(self, category: tuple[str, ...], entry: Entry | GroupEntry) -> None:
        """Put an entry in the section of a category path."""
        self.sections.setdefault(category[0] if category else "", []).append(entry)


def write_test(plan: Plan, title: str, language: str | None, dialect: Dialect) -> bytes:
    """The document of the test; its SCORE is the sum of the items'."""
    names = qti.Names(_identifiers(plan))
    tree = Tree(dialect.namespace)
    root = tree.root("assessmentTest", dialect.location, identifier="TEST", title=qti.line(qti.xml_text(title)))
    score = tree.add(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    tree.add(tree.add(score, "defaultValue"), "value", "0")
    part = tree.add(
        root,
        "testPart",
        identifier=names.give("PART"),
        navigationMode="nonlinear",
        submissionMode="individual",
    )
    tree.add(part, "itemSessionControl", showFeedback="true")
    for name, entries in plan.sections.items() or {"": []}.items():
        section = _section(tree, part, names.give("SECTION"), name or title)
        for entry in entries:
            _entry(tree, section, entry)
    processing = tree.add(root, "outcomeProcessing")
    total = tree.add(tree.add(processing, "setOutcomeValue", identifier="SCORE"), "sum")
    tree.add(total, "testVariables", variableIdentifier="SCORE")
    return to_bytes(tree.indented(root))


def _entry(tree: Tree, parent: Any, entry: Entry | GroupEntry) -> None:
    if isinstance(entry, Entry):
        tree.add(parent, "assessmentItemRef", identifier=entry.identifier, href=qti.path(entry.member))
        return
    section = _section(tree, parent, entry.identifier, entry.title)
    section.set("keepTogether", "true")
    for item in entry.items:
        _entry(tree, section, item)


def _section(tree: Tree, parent: Any, identifier: str, title: str) -> Any:
    shown = qti.line(qti.xml_text(title)) or identifier
    return tree.add(parent, "assessmentSection", identifier=identifier, title=shown, visible="true")


def _identifiers(plan: Plan) -> list[str]:
    found: list[str] = []
    for entries in plan.sections.values():
        for entry in entries:
            found.append(entry.identifier)
            if isinstance(entry, GroupEntry):
                found += [item.identifier for item in entry.items]
    return found
