"""What `extensions["moodle-xml"]` of a question may set: Moodle's own settings, which no other format has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from qbank.formats.moodle import HINT_FLAGS
from qbank.model import Question

from .. import _moodle
from .._moodle import Notes

NAME = "moodle-xml"
TYPE, XML = "type", "xml"
"""The two keys under which a reader keeps a question of a type that the bank does not have."""
HINTS = "hints"
"""See `qbank.formats.moodle.HINT_FLAGS`."""
GAPS = "gaps"
"""What a cloze of choices becomes: see the exporter's option of that name."""
LAYOUTS = "layouts"
"""Of some gaps with choices, by their ids, how they are laid out: `menu`, `V` (vertically) or `H`."""
_TWO = HINT_FLAGS[:2]
HINTED = {
    "multichoice": _TWO,
    "matching": _TWO,
    "cloze": _TWO,
    "gapselect": _TWO,
    "ddwtos": _TWO,
    "ordering": HINT_FLAGS,
}
"""Types that have parts, and the flags their hints take (the others drop them at import)."""

_DECIMAL = r"[0-9]{1,5}(\.[0-9]{1,7})?"
_SHARE = r"0(\.[0-9]{1,7})?|1"
_SWITCH = "true|false"
_BIT = "0|1|true|false"
_ANY = r"(?s).*"
_LAYOUTS = frozenset({"menu", "V", "H"})
_COMMON = {"idnumber": r"(?s).{0,100}", "hidden": "0|1"}
_MARKED = _COMMON | {"penalty": _SHARE, "defaultgrade": _DECIMAL}
_WORDS = _MARKED | {"shuffleanswers": _BIT, "shownumcorrect": _BIT, GAPS: "gapselect|ddwtos"}
TYPES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "multichoice": _MARKED
        | {
            "shuffleanswers": _SWITCH,
            "answernumbering": "abc|ABCD|123|iii|IIII|none",
            "showstandardinstruction": "0|1",
            "shownumcorrect": _BIT,
        },
        "truefalse": _MARKED,
        "shortanswer": _MARKED | {"usecase": "0|1"},
        "numerical": _MARKED
        | {"unitgradingtype": "[012]", "unitpenalty": _SHARE, "showunits": "[0-3]", "unitsleft": "0|1"},
        "cloze": _COMMON | {"penalty": _SHARE, GAPS: "cloze|gapselect|ddwtos"},
        "gapselect": _WORDS,
        "ddwtos": _WORDS | {"infinite": _BIT},
        "matching": _MARKED | {"shuffleanswers": _SWITCH, "shownumcorrect": _BIT},
        "ordering": _MARKED
        | {
            "layouttype": "VERTICAL|HORIZONTAL",
            "selecttype": "ALL|RANDOM|CONTIGUOUS",
            "selectcount": "[2-9]|[1-9][0-9]",
            "gradingtype": "ALL_OR_NOTHING|ABSOLUTE_POSITION|RELATIVE_NEXT_EXCLUDE_LAST|RELATIVE_NEXT_INCLUDE_LAST"
            "|RELATIVE_ONE_PREVIOUS_AND_NEXT|RELATIVE_ALL_PREVIOUS_AND_NEXT|LONGEST_ORDERED_SUBSET"
            "|LONGEST_CONTIGUOUS_SUBSET|RELATIVE_TO_CORRECT",
            "showgrading": "SHOW|HIDE",
            "numberingstyle": "none|123|abc|ABCD|iii|IIII",
            "shownumcorrect": _BIT,
        },
        "essay": _MARKED
        | {
            "responseformat": "editor|editorfilepicker|plain|monospaced|noinline",
            "responserequired": "0|1",
            "responsefieldlines": "[1-9]|[1-9][0-9]|1[0-9][0-9]|200",
            "attachments": "-1|[0-3]",
            "attachmentsrequired": "[0-3]",
            "minwordlimit": "[1-9][0-9]{0,6}",
            "maxwordlimit": "[1-9][0-9]{0,6}",
            "maxbytes": "[0-9]{1,10}",
            "filetypeslist": r"[A-Za-z0-9_.,; /*-]{0,250}",
            "responsetemplate": _ANY,
        },
        "description": _COMMON,
    }
)
"""Moodle's question types, each with the names of its settings and the values they take."""


@dataclass(slots=True)
class Settings:
    """The settings of the question in hand, those that its type has."""

    chosen: dict[str, str] = field(default_factory=dict)
    flags: tuple[tuple[str, ...], ...] = ()
    """Of each hint."""
    layouts: Mapping[str, str] = field(default_factory=dict)

    def take(self, name: str, default: str) -> str:
        """The value of a setting; `default` where the question has none of its own."""
        return self.chosen.pop(name, default) if self.chosen else default

    def switch(self, name: str) -> bool:
        """Whether a flag is set that is off by default."""
        return self.chosen.pop(name, "0") in ("1", "true") if self.chosen else False


def settings_of(question: Question, kind: str, notes: Notes) -> Settings:
    """The question's own settings for Moodle; what Moodle would not understand is reported."""
    found: Mapping[str, object] = question.extensions.get(NAME, {}) if question.extensions else {}
    if not found:
        return Settings()
    chosen: dict[str, str] = {}
    flags: tuple[tuple[str, ...], ...] = ()
    layouts: Mapping[str, str] = {}
    for name, value in found.items():
        if name == HINTS and kind in HINTED and isinstance(value, list):
            flags = tuple(_flags(entry, kind, notes, i) for i, entry in enumerate(value))
            continue
        if name == LAYOUTS and kind == "cloze" and isinstance(value, dict) and _LAYOUTS.issuperset(value.values()):
            layouts = value
            continue
        written = yes_or_no(value) if isinstance(value, bool) else str(value)
        allowed = TYPES[kind].get(name)
        if allowed is None or not re.fullmatch(allowed, written):
            notes.loss(
                "X208",
                f"Moodle's {kind} questions have no setting {name!r} with the value {written!r:.60}",
                _moodle.pointer_to(NAME, name),
            )
        else:
            chosen[name] = written
    return Settings(chosen, flags, layouts)


def _flags(entry: object, kind: str, notes: Notes, place: int) -> tuple[str, ...]:
    """The flags of a hint that this type takes, in the order Moodle writes them."""
    wanted = entry if isinstance(entry, list) else []
    for name in wanted:
        if name not in HINTED[kind]:
            notes.loss("X208", f"a hint has no flag {name!r:.60} in Moodle", f"/extensions/{NAME}/{HINTS}/{place}")
    return tuple(name for name in HINTED[kind] if name in wanted)


def yes_or_no(value: bool) -> str:
    """A switch as Moodle reads it."""
    return "true" if value else "false"
