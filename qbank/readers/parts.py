"""What the smaller readers of question files make their questions with: texts, media, names, findings about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from qbank.model import Choice, Question, Text
from qbank.readers.album import Album, UnusableMedia
from qbank.readers.markup import Rich
from qbank.readers.naming import Naming
from qbank.reading import Context

UNNAMED = "q"
"""The id of a question until `Parts.named` gives it one."""
_WEB = re.compile(r"(?i)(?:https?:)?//")
_Made = TypeVar("_Made", bound=Question)


def _nothing(address: str) -> tuple[bytes, str] | None:
    """No file comes with the document."""
    return None


@dataclass(slots=True)
class Parts:
    """Makes the parts of one question after the other, and collects what there is to say about each."""

    document: str
    ctx: Context
    fetch: Callable[[str], tuple[bytes, str] | None] = _nothing
    """The bytes of a file that comes with the document, and its name, by its address in a text."""
    line: int = 0
    """Where the question in hand begins."""
    album: Album = field(init=False)
    naming: Naming = field(default_factory=Naming)
    _found: dict[tuple[str, str, int, int, str], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.album = Album(self.ctx.assets)

    def remark(self, code: str, message: str, line: int = 0, column: int = 0, hint: str = "") -> None:
        """Something about the question in hand; the same at the same place only once."""
        self._found[code, message, line or self.line, column, hint] = None

    def tell(self, question: str = "") -> None:
        """Report what was remarked."""
        for code, message, line, column, hint in self._found:
            self.ctx.problem(code, message, self.document, line, column, question=question, hint=hint)
        self._found.clear()

    def named(self, question: _Made, wanted: str = "") -> _Made:
        """The question under the id it came with, where a bank can have that, else one made from what it says."""
        name = wanted if self.naming.own(wanted) else self.naming.minted(question)
        self.tell(name)
        return msgspec.structs.replace(question, id=name)

    def text(self, rich: Rich) -> Text:
        """The text; what its markup lost is remarked."""
        if rich.dropped:
            more = f" and {len(rich.dropped) - 6} more" if len(rich.dropped) > 6 else ""
            what = f"{', '.join(rich.dropped[:6])}{more}"
            self.remark("R041", f"markup that the bank has no place for was taken off: {what}")
        return rich.text

    def media(self, address: str) -> str | None:
        """The asset for the address of a picture or a sound; R044 and None where it is not at hand."""
        shown = repr(address if len(address) <= 60 else address[:57] + "...")
        try:
            if address[:5].lower() == "data:":
                return self.album.add_data(address)
            if (found := self.fetch(address)) is not None:
                return self.album.add(*found)
        except UnusableMedia as reason:
            self.remark("R044", f"{shown} {reason}")
            return None
        where = "on the web and was not fetched" if _WEB.match(address) else "not in the file"
        self.remark("R044", f"{shown} is {where}")
        return None


def whole(target: str, kind: str, element: Any) -> dict[str, dict[str, Any]]:
    """A question of a kind that the bank does not have, as it stood in its file, for `extensions`."""
    from lxml import etree

    return {target: {"type": kind, "xml": etree.tostring(element, encoding="unicode", with_tail=False)}}


def names() -> Iterator[str]:
    """Ids for the parts of a question: A to Z, then 27 and on."""
    yield from "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    number = 27
    while True:
        yield str(number)
        number += 1


def choices(texts: Sequence[Text], feedbacks: Sequence[Text | None] = ()) -> tuple[Choice, ...]:
    """Choices with ids of their own, in order."""
    told = [*feedbacks, *(None for _ in texts)]
    return tuple(
        Choice(id=name, text=text, feedback=feedback)
        for name, text, feedback in zip(names(), texts, told, strict=False)
    )


def with_weights(made: tuple[Choice, ...], weights: list[Fraction]) -> tuple[Choice, ...]:
    """The choices, each with what choosing it earns."""
    return tuple(
        Choice(id=choice.id, text=choice.text, feedback=choice.feedback, weight=weight)
        for choice, weight in zip(made, weights, strict=True)
    )
