"""A document of QTI 1.2 as a tree to walk: whole, or growing while it is walked, one item of it at a time.

A file of a hundred thousand items is half a gigabyte, and ten times that as a
tree. So it is looked through once, to see whether it can be read bit by bit and
for what must be known before the first item; then it is walked while it is
parsed, and what was walked is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

from lxml import etree

from qbank.diagnostics import QbankError
from qbank.readers.qti.growing import Telling, Unfit
from qbank.readers.qti.nodes import local
from qbank.readers.qti12.loading import rename, rename_one

_AROUND = frozenset({"questestinterop", "assessment", "objectbank", "section"})
"""What items stand in."""
_HEADS = frozenset({"presentation_material", "qtimetadata"})
"""What is asked of a section before its items are."""
_REFERENCES = frozenset({"itemref", "bankentry_item"})
_SHARED = frozenset({"matref", "material_ref"})
_TAKEN_OFF = _AROUND | {"item"}


class Tree(Protocol):
    """A document to walk in its order, each element once."""

    @property
    def root(self) -> Any:
        """Its first element."""

    def begin(self, element: Any) -> None:
        """See to it that all that stands in an element before its first item or section is there."""

    def children(self, element: Any) -> Iterator[Any]:
        """The children of an element, each with all that is in it, or with what is walked next."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A tree that is there."""

    root: Any

    def begin(self, element: Any) -> None:
        pass

    def children(self, element: Any) -> Iterator[Any]:
        return iter(element)


@dataclass(frozen=True, slots=True)
class Outline:
    """What the first look at a document that can be read bit by bit finds."""

    top: Any | None
    """A copy of its bank, else of its first test, with no more in it than its metadata."""
    refers: bool
    """Whether it names items that may stand elsewhere."""

    @property
    def is_bank(self) -> bool:
        """Whether it is a bank, not a test."""
        return self.top is not None and self.top.tag == "objectbank"


def outline(pieces: Iterable[bytes]) -> Outline | None:
    """The outline of a document; None where it is to be read whole, as what is odd or broken is.

    Odd are materials that others refer to, items in other places than tests,
    banks and sections, and what a section says of itself behind its items.
    """
    try:
        return _outlined(pieces)
    except (Unfit, etree.XMLSyntaxError):
        return None


def _outlined(pieces: Iterable[bytes]) -> Outline | None:
    tops: dict[str, tuple[Any, Any]] = {}
    refers = found = False
    around: list[Any] = []
    filled: list[bool] = []
    told = Telling(pieces, _TAKEN_OFF | _HEADS | _REFERENCES | _SHARED)
    for event, element in told:
        name = local(element)
        parent = around[-1] if around else None
        if name in _SHARED:
            return None
        if name in _REFERENCES:
            refers = True
        elif name in _HEADS:
            if parent is not None and element.getparent() is parent:
                if filled[-1]:
                    return None
                for top, copy in tops.values():
                    if event == "end" and top is parent and name == "qtimetadata":
                        copy.append(deepcopy(element))
        elif event == "start":
            if element.getparent() is not parent or not _belongs(name, parent):
                return None
            found = True
            if parent is not None:
                filled[-1] = True
            if len(around) == 1:
                tops.setdefault(name, (element, etree.Element(name, dict(element.attrib))))
            around.append(element)
            filled.append(False)
            told.drop_before(element)
        else:
            around.pop()
            filled.pop()
            told.drop(element)
    if not found:
        return None
    top = next((tops[name][1] for name in ("objectbank", "assessment") if name in tops), None)
    if top is not None:
        rename(top)
    return Outline(top, refers)


def _belongs(name: str, parent: Any | None) -> bool:
    """Whether an element stands where those of its name do."""
    if parent is None or name == "questestinterop":
        return parent is None and name == "questestinterop"
    return local(parent) != "item"


class Growing:
    """A tree that was found fit (see `outline`), and grows while it is walked; what was walked is taken off.

    An item is shown once the element behind it is there too; a test, a bank
    or a section as it begins.
    """

    root: Any

    def __init__(self, pieces: Iterable[bytes], name: str) -> None:
        self._told = Telling(pieces, _TAKEN_OFF)
        self._marks = _marks(self._told, name)
        self._waiting: Any | None = None
        self.root = next(self._marks)
        self._open = [self.root]

    def begin(self, element: Any) -> None:
        if self._waiting is None:
            self._waiting = next(self._marks)
        for child in element:
            if child is self._waiting:
                break
            rename(child)

    def children(self, element: Any) -> Iterator[Any]:
        if element is not self._open[-1]:
            yield from element
            return
        begun: Any | None = None
        while True:
            mark, self._waiting = self._waiting, None
            if mark is None:
                mark = next(self._marks)
            # what stands before the mark is there; what stands behind it may be half there
            while (child := next(iter(element), None)) is not None and child is not mark:
                if child is not begun:
                    if child.tag != "item":
                        rename(child)
                    yield child
                element.remove(child)
                self._told.dropped()
            if mark is element:
                self._open.pop()
                return
            if mark.tag != "item":
                begun = mark
                self._open.append(mark)
                yield mark
                if self._open[-1] is mark:  # nobody walked it
                    for _ in self.children(mark):
                        pass


def _marks(told: Telling, name: str) -> Iterator[Any]:
    """Each item when it ends, and what is around items when it begins and again when it ends."""
    try:
        for event, element in told:
            if local(element) != "item":
                rename_one(element)
                yield element
            elif event == "end":
                rename(element)
                yield element
    except (Unfit, etree.XMLSyntaxError) as error:
        raise QbankError(f"{name}: changed while it was read") from error
