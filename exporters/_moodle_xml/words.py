"""A cloze of choices as `gapselect` (menus in the text) or `ddwtos` (words to drag into it).

Both have one list of words for the whole question, in groups of which each gap
takes one; answers have no feedback, and every gap is worth the same
(gapselect/questiontype.php, ddwtos/questiontype.php).
"""

from __future__ import annotations

import re
from html import escape

from qbank import richtext
from qbank.formats import moodle
from qbank.model import Blank, Choice, ChoiceBlank, Cloze, Html, Text
from qbank.richtext import Node

from .._moodle import looks_like_formula
from .cloze import with_gaps
from .entry import Entry, Files
from .settings import GAPS, NAME

MAX_GROUPS = 20
"""Groups that Moodle's editing form offers for both types."""
_DRAGGED = frozenset({"sub", "sup", "em", "strong"})
"""Markup that a word to drag may have (gapselect allows none)."""
_WITHIN_A_WORD = frozenset({"u", "code", "span", "a", "sub", "sup", "em", "strong"})
_LIKE_A_GAP = re.compile(r"\[(?=\[[0-9]+\]\])")


def type_of(entry: Entry, question: Cloze) -> str:
    """The type that the question, or else the option, asks for; `cloze`, with a finding, where it cannot be of that type."""
    own = question.extensions.get(NAME, {}).get(GAPS) if question.extensions else None
    kind = own if own in ("cloze", "gapselect", "ddwtos") else entry.gaps
    if kind == "cloze":
        return kind
    reason = ""
    if not all(isinstance(blank, ChoiceBlank) for blank in question.blanks):
        reason = "not all of its gaps have choices"
    elif len(_groups(question)) > MAX_GROUPS:
        reason = f"its gaps have more than {MAX_GROUPS} different lists of choices"
    if reason:
        entry.notes.loss("X310", f"{question.id} is written as cloze, not {kind}: {reason}", "/blanks")
    return "cloze" if reason else kind


def words(entry: Entry, question: Cloze, kind: str) -> None:
    """The question with numbered gaps and the words that go into them."""
    notes = entry.notes
    groups = _groups(question)
    taken_by = [groups[_key(blank)] for blank in question.blanks]
    shared = {group for group in taken_by if taken_by.count(group) > 1}
    numbers: dict[tuple[int, str], int] = {}
    gaps: dict[str, str] = {}
    for place, blank in enumerate(question.blanks):
        assert isinstance(blank, ChoiceBlank)
        group = groups[_key(blank)]
        taken: set[str] = set()
        for i, choice in enumerate(blank.choices):
            pointer = f"/blanks/{place}/choices/{i}"
            _report_unread(entry, choice, kind, pointer)
            text = _word(entry, choice.text, kind, f"{pointer}/text")
            if text in taken:
                # picking the twin of the right choice would be graded wrong
                notes.loss("X305", f"a choice of {question.id} reads like another and was left out", f"{pointer}/text")
            taken.add(text)
            number = numbers.setdefault((group, text), len(numbers) + 1)
            if choice.id == blank.answer:
                gaps[blank.id] = f"[[{number}]]"
    if len({blank.share for blank in question.blanks}) > 1:
        notes.loss("X301", f"Moodle makes every gap of {question.id} worth the same", "/blanks")
    files: Files = {}
    stem = with_gaps(entry, question.stem, gaps, files, safe=_outside_gaps)
    entry.head(question, kind, stem=(stem, files))
    shuffled = {blank.shuffle for blank in question.blanks if isinstance(blank, ChoiceBlank)}
    if len(shuffled) > 1:
        notes.loss("X208", f"Moodle shuffles the choices of all gaps of {question.id}, or none", "/blanks")
    settings = entry.settings
    chosen = settings.take("shuffleanswers", "1" if True in shuffled else "0")
    entry.xml.leaf("shuffleanswers", "1" if chosen in ("1", "true") else "0")
    entry.verdicts(question)
    # a word that is dragged away would be missing in the other gaps; what comes from Moodle says itself
    says_itself = bool(settings.take(GAPS, ""))
    reused = set(groups.values()) if settings.switch("infinite") else set() if says_itself else shared
    for group, text in numbers:
        entry.xml.open("dragbox" if kind == "ddwtos" else "selectoption")
        entry.xml.cdata("text", text)
        entry.xml.leaf("group", str(group))
        if kind == "ddwtos" and group in reused:
            entry.xml.leaf("infinite")
        entry.xml.close()
    entry.hints(question)


def _key(blank: Blank) -> tuple[Text, ...]:
    """What gaps with one list of choices have in common."""
    return tuple(choice.text for choice in blank.choices) if isinstance(blank, ChoiceBlank) else ()


def _groups(question: Cloze) -> dict[tuple[Text, ...], int]:
    """The number of the group of words for each list of choices."""
    return {key: i for i, key in enumerate(dict.fromkeys(_key(blank) for blank in question.blanks), 1)}


def _outside_gaps(stem: str) -> str:
    """The stem with nothing in it that Moodle would take for a numbered gap."""
    return _LIKE_A_GAP.sub("&#91;", stem)


def _report_unread(entry: Entry, choice: Choice, kind: str, pointer: str) -> None:
    if choice.feedback is not None:
        entry.notes.loss("X201", f"{kind} has no feedback for a choice", f"{pointer}/feedback")
    if choice.fixed:
        entry.notes.loss("X208", "Moodle keeps no choice in its place", f"{pointer}/fixed")
    if choice.weight is not None:
        entry.notes.loss("X301", f"{kind} has no weights for choices: right or wrong", f"{pointer}/weight")


def _word(entry: Entry, text: Text, kind: str, pointer: str) -> str:
    """A choice as HTML of one line: without markup for gapselect, with little of it for ddwtos."""
    notes = entry.notes
    if looks_like_formula(text):
        notes.loss("X305", f"Moodle may show a formula where {notes.question.id} only has its delimiters", pointer)
    if isinstance(text, Html):
        found = {element.tag for element in richtext.elements(text)} - {"p"}
        if found & {"img", "audio"}:
            notes.loss("X203", f"the choices of {notes.question.id} show no media in Moodle", pointer)
        kept = _DRAGGED if kind == "ddwtos" else frozenset[str]()
        if found - kept - {"tex"}:
            notes.loss("X204", f"the choices of {notes.question.id} lose their markup in Moodle", pointer)
        if "tex" in found and kind == "gapselect":
            notes.loss("X304", f"a menu shows no formulas: {notes.question.id}", pointer)
        written = moodle.one_line(_little(richtext.blocks(text), kept))
    else:
        if "\n" in text.strip("\n"):
            notes.loss("X305", f"a choice of {notes.question.id} stands on one line in Moodle", pointer)
        written = escape(moodle.one_line(text), quote=False)
    if not written:
        notes.loss("X305", f"a choice of {notes.question.id} is empty, which Moodle drops; it got a blank", pointer)
    return written or moodle.BLANK_HTML


def _little(nodes: tuple[Node, ...], kept: frozenset[str]) -> str:
    """The nodes as HTML with only some elements."""
    parts = []
    for node in nodes:
        if isinstance(node, str):
            parts.append(escape(node, quote=False))
        elif node.tag == "tex":
            parts.append(moodle.tex(node))
        elif node.tag in kept:
            parts.append(f"<{node.tag}>{_little(node.children, kept)}</{node.tag}>")
        elif node.tag in ("img", "audio"):
            parts.append(moodle.words_for(node))
        else:
            parts.append(_little(node.children, kept) + ("" if node.tag in _WITHIN_A_WORD else " "))
    return "".join(parts)
