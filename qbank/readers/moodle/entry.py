"""A question of a Moodle file as it is being read, and what the readers of all types share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from html import unescape
from typing import Any

from qbank import richtext
from qbank.formats import moodle
from qbank.model import ONE, Accepted, Feedback, Text
from qbank.readers.moodle.notes import Notes
from qbank.readers.moodle.texts import TRIMMED, Texts

ANY = Fraction(10**30)
"""Half of the widest range a bank can hold: what `*` accepts in a numerical question."""
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


class Unread(Exception):
    """A question that the bank has no kind for; the message says why, as a part of a sentence."""


@dataclass(slots=True)
class Entry:
    """A question of the file: its element, and what every reader of a type needs."""

    element: Any
    texts: Texts
    notes: Notes
    common: dict[str, Any]
    """Fields that every kind has: id, stem, feedback and so on."""
    settings: dict[str, Any] = field(default_factory=dict)
    """What goes to `extensions["moodle-xml"]`."""

    def keep(self, name: str, default: str, *usual: str) -> None:
        """Keeps a setting of Moodle's own that is neither what the importer assumes nor what the writer writes."""
        value = self.value(name)
        if value not in (None, default, *usual):
            self.set(name, value)

    def set(self, name: str, value: Any) -> None:
        """Keeps a setting of Moodle's own."""
        self.settings[name] = value
        self.notes.once("R045", name, f"the bank has no place for the setting {name!r}; it is kept under extensions")

    def value(self, name: str) -> str | None:
        """The characters of a setting, trimmed; None where it is missing."""
        child = self.element.find(name)
        return None if child is None else "".join(child.itertext()).strip(TRIMMED)

    def is_true(self, name: str, missing: bool) -> bool:
        """A setting that is true unless it is `false`, `0` or empty (trans_single)."""
        value = self.value(name)
        if value is None:
            return missing
        if value.lower() in ("false", "no") and value != "false":
            self.notes.add("R047", f"<{name}>{value}</{name}> means yes to Moodle, which knows only 'false' and '0'")
        return value not in ("false", "0", "")

    def flag(self, name: str) -> bool:
        """A setting whose presence means yes, whatever it holds."""
        return self.element.find(name) is not None

    def weight(self, answer: Any) -> Fraction:
        """The weight of an answer."""
        written = answer.get("fraction")
        weight, exact = moodle.read_percent(written)
        if not exact:
            self.notes.add(
                "R047",
                f"the weight {written!r:.60} is none that Moodle has; it was read as {_percent(weight)} %",
                answer.sourceline,
            )
        return weight

    def number(self, written: str, what: str) -> Fraction | None:
        """A number as Moodle stores it."""
        found = moodle.read_number(written)
        if found is None:
            self.notes.add("R047", f"the {what} {written!r:.60} is no number and was left out")
            return None
        if not found[1] and not re.fullmatch(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", written):
            shown = moodle.number(found[0])[0]
            self.notes.add("R047", f"the {what} {written!r:.60} is {shown} to Moodle, which reads it so")
        return found[0]

    def feedback(self, *, verdicts: bool = True, incorrect: Text | None = None) -> Feedback | None:
        """General feedback, and that by verdict where the type has it."""
        general = self.texts.optional(self.element.find("generalfeedback"))
        correct = partial = None
        if verdicts:
            correct = self.texts.optional(self.element.find("correctfeedback"))
            partial = self.texts.optional(self.element.find("partiallycorrectfeedback"))
            incorrect = self.texts.optional(self.element.find("incorrectfeedback"))
        if general is None and correct is None and partial is None and incorrect is None:
            return None
        return Feedback(general=general, correct=correct, partial=partial, incorrect=incorrect)

    def answers(self) -> list[Any]:
        """The `answer` elements, in order."""
        return list(self.element.iterfind("answer"))


def patterns(found: list[tuple[str, Fraction, Text | None]]) -> tuple[tuple[Accepted, ...], bool]:
    """Accepted texts from Moodle's patterns, and whether any of them has a wildcard."""
    wildcard = any(moodle.read_pattern(pattern)[1] for pattern, _, _ in found)
    return (
        tuple(
            Accepted(text=pattern if wildcard else moodle.read_pattern(pattern)[0], weight=weight, feedback=feedback)
            for pattern, weight, feedback in found
        ),
        wildcard,
    )


def full(entry: Entry, weights: list[Fraction]) -> None:
    """Says so where no answer earns full marks."""
    if not weights:
        entry.notes.add("R043", "no answer is given")
    elif max(weights) < ONE:
        entry.notes.add("R043", "no answer earns full marks")


def shown_line(written: str) -> str:
    """The inverse of `qbank.formats.moodle.line`: what Moodle shows of it, without tags and with entities decoded."""
    return " ".join(filter(None, richtext.xml_text(unescape(_TAG.sub("", written))).split(" ")))


def letter(place: int) -> str:
    """The id of the choice at a place: A to Z, then C27 and on."""
    return chr(ord("A") + place) if place < 26 else f"C{place + 1}"


def decimal(written: str | None, missing: Fraction) -> Fraction:
    found = moodle.read_number(written or "")
    return missing if found is None else found[0]


def _percent(weight: Fraction) -> str:
    return moodle.number(round(weight * 10**7) / Fraction(10**5))[0]
