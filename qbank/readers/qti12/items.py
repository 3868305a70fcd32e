"""An `item` as a question: its kind found, what every kind has read, and kept whole where the bank has no such kind."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import msgspec
from lxml import etree

from qbank import richtext
from qbank.formats.flatten import together
from qbank.formats.qti import LOM_DIFFICULTY
from qbank.formats.qti import line as one_line
from qbank.formats.qti12 import DROPDOWNS, OWN
from qbank.formats.titles import first_words
from qbank.model import Feedback, Information, Question, Source, Text
from qbank.readers.qti12.choices import choice, ordering
from qbank.readers.qti12.entry import Entry, Response
from qbank.readers.qti12.lines import field
from qbank.readers.qti12.several import cloze, gap_names, matching, shares_labels, sorted_into_groups
from qbank.richtext import is_empty

FORMAT = "qti12"
PLACEHOLDER = "q"
"""The id of a question until it has one of its own."""
_UNTITLED = frozenset({"question", "untitled", "untitled question"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
_UNREAD = frozenset(
    {
        "calculated_question",
        "file_upload_question",
        "calculated question",
        "file upload",
        "audio recording",
        "image map",
        "hot_spot_question",
        "hot-spot",
    }
)
_KNOWN = frozenset(
    [
        "question_type",
        "points_possible",
        "original_answer_ids",
        "assessment_question_identifierref",
        "scoring_algorithm",
        "grading_notes",
        "parent_stimulus_item_ident",
        "cc_profile",
        "cc_weighting",
        "cc_question_category",
        "qmd_computerscored",
        "qmd_scoringpermitted",
        "qmd_weighting",
        "max_score",
        "qmd_maximumscore",
        "qmd_absolutescore_max",
        "qmd_itemtype",
        "qmd_questiontype",
        "qmd_levelofdifficulty",
        "qmd_topic",
        "qmd_responsetype",
        "qmd_renderingtype",
        "qmd_status",
        "qmd_toolvendor",
        "qmd_feedbackpermitted",
        "qmd_hintspermitted",
        "qmd_solutionspermitted",
        "qmd_timedependence",
        "qmd_scoretype",
    ]
)
_MOST_KEPT = 2000
MAX_TRIED = 100_000
"""Answers to an item times the conditions it is marked by: each is tried with each."""


def read_item(entry: Entry, document: str, path: tuple[str, ...]) -> Question | None:
    """The question of an item; None where it holds nothing at all."""
    common = _common(entry, document, path)
    if entry.element.find("presentation") is None and not entry.responses:
        entry.note("R046", "an item that shows nothing and asks nothing was left out")
        return None
    made = _made(entry, common)
    if entry.remarks.solution is not None:
        made = _with_solution(made, entry.remarks.solution)
    _report(entry, made)
    return _titled(entry, made)


def _made(entry: Entry, common: dict[str, Any]) -> Question:
    responses = entry.responses
    if entry.type in _UNREAD or entry.element.find("itemproc_extension/calculated") is not None:
        return unread(entry, common)
    conditions = sum(1 for _ in entry.element.iter("respcondition", "itemfeedback"))
    if sum(1 + len(r.labels) for r in responses) * conditions > MAX_TRIED:
        return unread(entry, common)
    if any(
        r.render in ("hotspot", "extension") or r.tag in ("response_xy", "response_extension", "response_grp")
        for r in responses
    ):
        return unread(entry, common)
    if any(r.render == "slider" and not r.labels and not r.is_number for r in responses):
        return unread(entry, common)
    if not responses or entry.type == "text_only_question":
        return Information(**common, feedback=entry.remarks.whole())
    if entry.first(f"{OWN}kind") == "cloze":
        return cloze(entry, common, gap_names(entry))
    if entry.first(f"{OWN}kind") == "matching":
        return matching(entry, common)
    listed = [r for r in responses if r.labels and (r.render in ("choice", "slider"))]
    if len(responses) == 1:
        return _one(entry, responses[0], common)
    if len(listed) < len(responses):
        return cloze(entry, common, gap_names(entry) if listed else {})
    brackets = {} if entry.type == "matching_question" else gap_names(entry)
    if brackets and len(brackets) == len(responses):
        return cloze(entry, common, brackets)
    if all(r.cardinality == "multiple" for r in responses):
        return sorted_into_groups(entry, common)
    if shares_labels(listed) or entry.type in ("matching_question", "matching"):
        return matching(entry, common)
    return cloze(entry, common, brackets)


def _one(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    """The question with one response."""
    brackets = (
        gap_names(entry)
        if response.render == "choice" and not entry.type.endswith(("choice_question", "answers_question"))
        else {}
    )
    if brackets or entry.type in (DROPDOWNS, "fill_in_multiple_blanks_question"):
        return cloze(entry, common, brackets)
    if response.render in ("choice", "slider") and response.labels and response.tag != "response_num":
        if entry.type == "matching_question":
            return matching(entry, common)
        return (
            ordering(entry, response, common) if response.cardinality == "ordered" else choice(entry, response, common)
        )
    if response.render == "choice":
        return unread(entry, common)
    behind = _behind(entry, response)
    if behind:
        shown = f"{response.html} ____ {response.behind}"
        common["stem"] = entry.prose.text(entry.stem_html({response.ident: shown}))
    return field(entry, response, common)


def _behind(entry: Entry, response: Response) -> bool:
    """Whether text stands behind the field, in its line."""
    for block in entry.blocks:
        if response in block:
            after = [part for part in block[block.index(response) + 1 :] if isinstance(part, str) and part.strip()]
            return bool(after or response.behind.strip())
    return False


def unread(entry: Entry, common: dict[str, Any]) -> Question:
    """A question of a kind that the bank does not have: its text as a draft, the whole of it kept."""
    kind = entry.type or next((f"{r.tag} with render_{r.render}" for r in entry.responses), "unknown")
    whole = deepcopy(entry.element)
    whole.tail = None
    etree.cleanup_namespaces(whole)
    xml = etree.tostring(whole, encoding="unicode")
    entry.note(
        "R040",
        f"the bank has no questions of the kind {kind!r}; its text was kept as a draft, and the whole of it under extensions",
    )
    common = dict(common)
    common["extensions"] = {
        **common.get("extensions", {}),
        FORMAT: {**common.get("extensions", {}).get(FORMAT, {}), "type": kind, "xml": xml},
    }
    common["status"] = "draft"
    entry.remarks.used.update(dict.fromkeys(entry.remarks.named(list(entry.remarks.texts))))
    return Information(**common, points=entry.worth(entry.processing.best()), feedback=entry.remarks.whole())


def _common(entry: Entry, document: str, path: tuple[str, ...]) -> dict[str, Any]:
    """What every kind has."""
    element = entry.element
    entry.prose.boxed = entry.is_canvas or bool(entry.first("cc_profile"))
    stem = entry.prose.text(entry.stem_html())
    found: dict[str, Any] = {
        "id": PLACEHOLDER,
        "stem": stem,
        "hints": tuple(entry.remarks.hints),
        "tags": tuple(
            dict.fromkeys(t for t in [*entry.fields.get(f"{OWN}tag", []), *entry.fields.get("qmd_topic", [])] if t)
        ),
        "category": _category(entry, path),
        "source": _source(entry, document, path),
        "status": "draft" if entry.first(f"{OWN}status") == "draft" else "ready",
    }
    spoken = element.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    if _LANGUAGE.match(spoken):
        found["language"] = spoken
    level = entry.first(f"{OWN}difficulty")
    if level in ("1", "2", "3", "4", "5"):
        found["difficulty"] = int(level)
    elif (named := entry.first("qmd_levelofdifficulty").lower()) in LOM_DIFFICULTY:
        found["difficulty"] = LOM_DIFFICULTY.index(named) + 1
    kept = {
        label: values[0] if len(values) == 1 else values
        for label, values in entry.fields.items()
        if label not in _KNOWN and not label.startswith(OWN) and sum(map(len, values)) <= _MOST_KEPT
    }
    if kept:
        found["extensions"] = {FORMAT: {"fields": kept}}
        entry.note(
            "R045", "fields that the bank has no place for were kept under extensions: " + ", ".join(sorted(kept))[:200]
        )
    return found


def _category(entry: Entry, path: tuple[str, ...]) -> tuple[str, ...]:
    own = entry.fields.get(f"{OWN}category")
    if own:
        return tuple(part for part in own if part)
    named = entry.first("cc_question_category")
    parts = tuple(part.strip() for part in named.split("/") if part.strip())
    return parts or path


def _source(entry: Entry, document: str, path: tuple[str, ...]) -> Source:
    kept = entry.first(f"{OWN}source")
    if kept:
        try:
            return msgspec.convert(json.loads(kept), Source)
        except (ValueError, msgspec.ValidationError, RecursionError):
            entry.note("R045", "the source that the file names could not be read")
    at = entry.element.sourceline
    return Source(
        document=document, section=" / ".join(path) or None, line=at if isinstance(at, int) and at > 0 else None
    )


def _titled(entry: Entry, question: Question) -> Question:
    title = one_line(richtext.xml_text(entry.element.get("title") or ""))
    if not title or title.lower() in _UNTITLED or title == first_words(question.stem, entry.element.get("ident") or ""):
        return question
    return msgspec.structs.replace(question, title=title)


def _with_solution(question: Question, solution: Text) -> Question:
    """A solution explains the answer: it is said to everybody."""
    own = question.feedback or Feedback()
    general = solution if own.general is None else together(own.general, solution)
    return msgspec.structs.replace(question, feedback=msgspec.structs.replace(own, general=general))


def _report(entry: Entry, question: Question) -> None:
    if is_empty(question.stem) and not isinstance(question, Information):
        entry.note("R047", "the question shows no text; look at it once")
    for address in entry.prose.missing:
        entry.note("R044", f"the picture or sound {address!r} is not there, or is none that can be shown")
    if entry.prose.dropped:
        entry.note("R041", "markup outside the bank's texts was taken off: " + ", ".join(entry.prose.dropped)[:200])
    for tag, at in entry.processing.unread.items():
        entry.notes.setdefault(("R043", f"a rule that uses {tag} could not be computed", at))
