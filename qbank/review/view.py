"""What the page shows: the list of questions, one question in full, a paper cut at its questions; plain JSON."""

from __future__ import annotations

import json
from typing import Any

from qbank import bankfile, richtext
from qbank.codes import CODES
from qbank.model import (
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    NumericBlank,
    Ordering,
    Question,
    SingleChoice,
    TrueFalse,
    kind_of,
    texts,
)
from qbank.review import fields, kinds, render
from qbank.review.session import Entry, Session
from qbank.review.sources import Paper, segments

DOUBTFUL = 0.8
"""A question that its reader was less sure of than this is looked at first."""

_EDITED = frozenset(
    {
        "kind", "id", "title", "stem", "questions", "choices", "prompts", "items", "blanks", "answer", "points",
        "tags", "category", "difficulty", "status", "source", "feedback", "style", "extensions",
    }
)  # fmt: skip


def order(session: Session) -> list[str]:
    """The questions in the order to look at them.

    Those not yet reviewed first: drafts and what the reader doubted, the most
    doubtful first; then what has errors or warnings; then the rest as they
    stand in the bank.
    """

    def rank(item: tuple[int, tuple[str, Entry]]) -> tuple[Any, ...]:
        place, (handle, entry) = item
        question = entry.question
        sure = question.source.confidence if question.source and question.source.confidence is not None else 1.0
        worst = _worst(session, handle)
        if question.status == "draft" or sure < DOUBTFUL:
            doubt: tuple[Any, ...] = (0, question.status != "draft", sure)
        elif worst in ("error", "warning"):
            doubt = (1, worst != "error", 0.0)
        else:
            doubt = (2, False, 0.0)
        return (fields.reviewed(question), handle in session.skipped, *doubt, place)

    return [handle for _, (handle, _) in sorted(enumerate(session.entries.items()), key=rank)]


def whole(session: Session) -> dict[str, Any]:
    """Everything the page needs to begin: the list, the order to go through it, and the bank's name."""
    return {
        "bank": {
            "name": session.path.name,
            "title": session.bank.header.title or session.path.name,
            "language": session.bank.header.language or "",
        },
        "order": order(session),
        **delta(session, -1),
    }


def delta(session: Session, version: int) -> dict[str, Any]:
    """What changed after a version."""
    changed, gone = session.since(version)
    places = {handle: i for i, handle in enumerate(session.entries, start=1)}
    moved = session.sequence_version > version
    return {
        "version": session.version,
        "entries": [summary(session, handle, places[handle]) for handle in (session.entries if moved else changed)],
        "changed": changed,
        "gone": gone,
        "sequence": list(session.entries) if moved else None,
        "outside": session.outside_version > version >= 0,
        "trouble": session.trouble,
        "reviewed": sum(fields.reviewed(e.question) for e in session.entries.values()),
        "total": len(session.entries),
    }


def summary(session: Session, handle: str, number: int) -> dict[str, Any]:
    """A line of the list."""
    entry = session.entries[handle]
    question = entry.question
    return {
        "handle": handle,
        "number": number,
        "revision": session.revisions[handle],
        "kind": kind_of(question),
        "draft": question.status == "draft",
        "reviewed": fields.reviewed(question),
        "skipped": handle in session.skipped,
        "confidence": question.source.confidence if question.source else None,
        "severity": _worst(session, handle),
        "parent": entry.parent,
        "words": " ".join(richtext.plain(question.stem).split())[:160],
        "tags": [*question.tags, *question.category],
        "answered": getattr(question, "answer", True) is not None,
    }


def question(session: Session, handle: str) -> dict[str, Any]:
    """A question in full: the values of its fields, its parts, its findings, where it came from."""
    entry = session.entry(handle)
    found = entry.question
    previous = session.previous(handle)
    values = {name: fields.read(found, name) for name in _names(found)}
    before = list(session.entries)
    return {
        **summary(session, handle, before.index(handle) + 1),
        "previous": previous,
        "previous_revision": session.revisions[previous] if previous else 0,
        "kinds": list(kinds.TARGETS) if not isinstance(found, Group) else [],
        "values": values,
        "shown": _shown(found),
        "blanks": _blanks(found),
        "findings": [
            {
                "code": d.code,
                "severity": d.severity,
                "message": d.message,
                "hint": d.hint,
                "about": CODES[d.code].explanation,
            }
            for d in session.findings.of(handle)
        ],
        "source": _source(found),
        "material": _material(session, entry),
        "others": _others(found),
        "json": json.dumps(bankfile.question_object(fields.own(found)), ensure_ascii=False, indent=2),
    }


def paper(session: Session, document: str, found: Paper) -> dict[str, Any]:
    """A paper as segments, each with the questions it belongs to."""
    spans = []
    for handle, entry in session.entries.items():
        source = entry.question.source
        if source is not None and source.document == document:
            span = found.span(source)
            if span is not None:
                spans.append((handle, *span))
    placed = {handle for handle, _, _ in spans}
    return {
        "document": document,
        "found": True,
        "segments": [
            {"text": s.text, "in": list(s.questions), "unclaimed": s.unclaimed} for s in segments(found, spans)
        ],
        "placed": sorted(placed),
    }


def _others(found: Question) -> list[str]:
    """What else the question says that has no field here, so that nobody takes what is shown for all of it."""
    value = bankfile.question_object(fields.own(found))
    names = [k for k in value if k not in _EDITED]
    names += [f"feedback.{k}" for k in value.get("feedback", {}) if k != "general"]
    answer = value.get("answer")
    lists = [value.get(k, []) for k in ("choices", "blanks")] + [answer if isinstance(answer, list) else []]
    parts = [part for some in lists for part in some if isinstance(part, dict)]
    parts += [a for p in parts for a in p.get("answer") or () if isinstance(a, dict)]
    finer = ("weight", "feedback", "fixed", "share", "case_sensitive", "wildcard")
    return names + [f"parts: {k}" for k in finer if any(k in part for part in parts)]


def _names(found: Question) -> list[str]:
    """The fields a question of this kind has, in the order a paper has them."""
    names = ["kind", "status", "title", "stem"]
    match found:
        case SingleChoice() | MultipleChoice():
            names += ["choices", *(f"choice:{c.id}" for c in found.choices), "key"]
        case TrueFalse():
            names.append("key")
        case Matching():
            names += ["prompts", *(f"prompt:{p.id}" for p in found.prompts)]
            names += ["choices", *(f"choice:{c.id}" for c in found.choices), "key"]
        case Ordering():
            names += ["items", *(f"item:{i.id}" for i in found.items), "key"]
        case Cloze():
            for blank in found.blanks:
                names += [f"blank:{blank.id}:choices"] if isinstance(blank, ChoiceBlank) else []
                names.append(f"blank:{blank.id}")
        case Group() | Information():
            pass
        case _:
            names.append("answer")
    names += ["explanation", "tags", "category", "difficulty"]
    if not isinstance(found, Group | Information):
        names.append("points")
    return [*names, "style"] if isinstance(found, Essay) else names


def _shown(found: Question) -> dict[str, str]:
    """The HTML of each rich text, under the name of its field."""
    result = {}
    for pointer, text in texts(fields.own(found)):
        html = render.shown(text)
        if html is not None:
            result[_field_of(found, pointer)] = html
    return result


def _field_of(found: Question, pointer: str) -> str:
    parts = pointer.split("/")[1:]
    if len(parts) == 3 and parts[0] in fields.PARTS and parts[2] == "text":
        return f"{parts[0][:-1]}:{getattr(found, parts[0])[int(parts[1])].id}"
    return "explanation" if parts == ["feedback", "general"] else "/".join(parts)


def _blanks(found: Question) -> list[dict[str, Any]]:
    if not isinstance(found, Cloze):
        return []
    return [
        {
            "id": b.id,
            "kind": "choice" if isinstance(b, ChoiceBlank) else "numeric" if isinstance(b, NumericBlank) else "text",
            "choices": [[c.id, richtext.plain(c.text)] for c in b.choices] if isinstance(b, ChoiceBlank) else [],
        }
        for b in found.blanks
    ]


def _source(found: Question) -> dict[str, Any] | None:
    if found.source is None:
        return None
    s = found.source
    names = ("document", "title", "section", "number", "line", "end_line", "text", "confidence")
    return {name: getattr(s, name) for name in names} | {"reasons": list(s.reasons)}


def _material(session: Session, entry: Entry) -> dict[str, Any] | None:
    """The shared material a sub-question hangs on."""
    if not entry.parent:
        return None
    stem = session.entries[entry.parent].question.stem
    return {"handle": entry.parent, "text": richtext.plain(stem), "shown": render.shown(stem)}


def _worst(session: Session, handle: str) -> str:
    found = session.findings.of(handle)
    return found[0].severity if found else ""
