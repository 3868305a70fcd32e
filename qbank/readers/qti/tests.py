"""Tests: which items they hold, in which sections, and what is said between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from qbank.diagnostics import QbankError
from qbank.readers.qti.nodes import is_true, item_root, line
from qbank.readers.qti.package import Files

MAX_DEPTH = 30
Problem = Callable[[str, str, str, int], None]
"""Records a finding: code, message, member, line."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An item of a test."""

    member: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A text of a section for the candidate."""

    element: Any
    member: str


@dataclass(slots=True)
class Section:
    """A section of a test with what it holds, in order."""

    identifier: str
    title: str
    keeps_together: bool
    member: str
    line: int = 0
    parts: list[Reference | Notice | Section] = field(default_factory=list)


def read_test(files: Files, member: str, root: Any, problem: Problem) -> list[Section]:
    """The sections of an `assessmentTest` or an `assessmentSection`."""
    reader = _Walk(files, problem, {member})
    if root.tag == "assessmentSection":
        found = [reader.section(root, member, 0)]
    else:
        found = []
        for part in root.iter("testPart"):
            found += [s for s in reader.parts(part, member, 0) if isinstance(s, Section)]
    return found


@dataclass(slots=True)
class _Walk:
    files: Files
    problem: Problem
    seen: set[str]

    def section(self, element: Any, member: str, depth: int) -> Section:
        title = " ".join((element.get("title") or "").split())
        identifier = (element.get("identifier") or "").strip()
        together = is_true(element, "keepTogether") and element.get("keepTogether") is not None
        made = Section(identifier, title or identifier, together, member, line(element))
        made.parts = list(self.parts(element, member, depth))
        return made

    def parts(self, element: Any, member: str, depth: int) -> Iterator[Reference | Notice | Section]:
        if depth > MAX_DEPTH:
            self.problem(
                "R042", "sections are nested too deeply; what is further in was not read", member, line(element)
            )
            return
        for part in element:
            match part.tag:
                case "assessmentSection":
                    yield self.section(part, member, depth + 1)
                case "assessmentSectionRef":
                    found = self._elsewhere(part, member, depth)
                    if found is not None:
                        yield found
                case "assessmentItemRef":
                    target = self.files.find(member, part.get("href") or "")
                    if target is None:
                        href = part.get("href") or part.get("identifier") or ""
                        self.problem("R046", f"the item {href!r} of the test is not there", member, line(part))
                    else:
                        yield Reference(target, part.get("identifier") or "")
                case "rubricBlock" if "candidate" in (part.get("view") or "candidate").split():
                    yield Notice(part, member)
                case "include" | "selection" | "ordering" | "itemSessionControl" | "timeLimits" | "preCondition":
                    continue
                case _:
                    continue

    def _elsewhere(self, part: Any, member: str, depth: int) -> Section | None:
        href = part.get("href") or ""
        target = self.files.find(member, href)
        if target is None or target in self.seen:
            why = "is not there" if target is None else "holds itself"
            self.problem("R046", f"the section {href!r} of the test {why}", member, line(part))
            return None
        self.seen.add(target)
        try:
            root = item_root(self.files.read(target), target)
        except QbankError as error:
            self.problem("R042", str(error), target, 0)
            return None
        if root.tag != "assessmentSection":
            self.problem("R046", f"{target} is no section", target, 1)
            return None
        return self.section(root, target, depth + 1)


def references(sections: list[Section]) -> Iterator[Reference]:
    """All items of some sections, in order."""
    for section in sections:
        for part in section.parts:
            if isinstance(part, Reference):
                yield part
            elif isinstance(part, Section):
                yield from references([part])


def titles(sections: list[Section]) -> set[tuple[str, ...]]:
    """The paths of the sections that hold items themselves, those kept together apart."""
    found: set[tuple[str, ...]] = set()

    def walk(section: Section, path: tuple[str, ...]) -> None:
        here = (*path, section.title) if not section.keeps_together else path
        if any(
            isinstance(part, Reference) or (isinstance(part, Section) and part.keeps_together) for part in section.parts
        ):
            found.add(here)
        for part in section.parts:
            if isinstance(part, Section) and not part.keeps_together:
                walk(part, here)

    for section in sections:
        walk(section, ())
    return found
