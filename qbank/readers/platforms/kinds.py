"""The kind of question that a cell names, in the words of platforms, papers and self-made sheets."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from qbank.formats import sheets
from qbank.model import Kind


@dataclass(frozen=True, slots=True)
class Named:
    """What a word says of the kind."""

    kind: Kind
    style: str = ""
    sure: bool = True
    """Not sure: a choice question, single or multiple as its key says, or to be judged as its choices say."""
    nearest: bool = False
    """The bank has no such kind; this is the nearest."""


_CHOICE = Named("single_choice", sure=False)
_WORDS: dict[str, Named] = {
    "multiplechoice": _CHOICE,
    "multichoice": _CHOICE,
    "mcq": _CHOICE,
    "mc": _CHOICE,
    "quiz": _CHOICE,
    "choice": _CHOICE,
    "选择题": _CHOICE,
    "选择": _CHOICE,
    "客观题": _CHOICE,
    "checkbox": Named("multiple_choice"),
    "checkboxes": Named("multiple_choice"),
    "multipleanswer": Named("multiple_choice"),
    "multipleanswers": Named("multiple_choice"),
    "multipleresponse": Named("multiple_choice"),
    "multipleselect": Named("multiple_choice"),
    "multiselect": Named("multiple_choice"),
    "ma": Named("multiple_choice"),
    "ms": Named("multiple_choice"),
    "不定项": Named("multiple_choice"),
    "tf": Named("true_false"),
    "trueorfalse": Named("true_false"),
    "fillintheblank": Named("cloze"),
    "fillintheblanks": Named("cloze"),
    "fillin": Named("cloze"),
    "shortanswer": Named("short_answer"),
    "openended": Named("essay"),
    "openquestion": Named("essay"),
    "open": Named("essay"),
    "longessay": Named("essay", "long"),
    "definition": Named("essay", "term"),
    "poll": Named("single_choice", sure=False, nearest=True),
    "draw": Named("essay", nearest=True),
    "投票题": Named("single_choice", sure=False, nearest=True),
}


def named(word: str) -> Named | None:
    """The kind a cell names; None for an unknown word."""
    from qbank.readers.paper.words import kind_named

    said = re.sub(r"\(.*?\)|[\s_:：/、\-]", "", unicodedata.normalize("NFKC", word).casefold())
    if said in _WORDS:
        return _WORDS[said]
    label = sheets.kind_of_label(word)
    if label is not None and label[0] != "group":
        return Named(*label)
    kinds: dict[str, Named] = {
        "single": Named("single_choice"),
        "multiple": Named("multiple_choice"),
        "choice": _CHOICE,
        "judge": Named("true_false"),
        "fill": Named("cloze"),
        "term": Named("essay", "term"),
        "short": Named("essay"),
        "long": Named("essay", "long"),
        "open": Named("essay"),
        "case": Named("essay", "long"),
        "reading": Named("essay"),
        "match": Named("matching"),
        "order": Named("ordering"),
    }
    return kinds.get(kind_named(word) or "")
