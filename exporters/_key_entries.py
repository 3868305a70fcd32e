"""The questions of a paper or of its key as numbered entries under headings, in the bank's order or a version's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from qbank.export import Context
from qbank.formats import sheets, versions
from qbank.model import Essay, Group, Information, Question, kind_of, points_of

from ._key_answers import answer_of, one_line, shown
from ._key_page import KeyOptions
from ._key_sections import Entry, Section, place_of, sections_of
from ._key_words import HEADINGS, WORDS


def arranged(
    questions: Iterable[Question], options: KeyOptions, ctx: Context, version: str, *, keep: bool = False
) -> tuple[list[Section], list[Entry], list[Information]]:
    """The sections, all entries in the bank's order, and what is to be read after the last question.

    With `keep` the entries hold their questions.
    """
    entries: list[Entry] = []
    waiting: list[Information] = []
    for question in questions:
        if isinstance(question, Information):
            if keep:
                waiting.append(question)
            continue
        entry = _entry(versions.mixed(question, options.plan, version), options, ctx, keep)
        if entry is None:
            if keep:
                waiting += _texts_of(question)
            continue
        entries.append(replace(entry, before=tuple(waiting)) if waiting else entry)
        waiting = []
    return sections_of(entries, options.sections == "auto", options.numbering, options.plan, version), entries, waiting


def _texts_of(question: Question) -> list[Information]:
    """A group in which there is nothing to answer, as texts to read."""
    parts = question.questions if isinstance(question, Group) else ()
    return [Information(id=one.id, stem=one.stem) for one in (question, *parts)]


def _section_title(question: Question, options: KeyOptions) -> str:
    match options.sections:
        case "auto" | "kind":
            style = f":{question.style}" if isinstance(question, Essay) and question.style != "short" else ""
            return HEADINGS[options.tongue][kind_of(question) + style]
        case "category":
            return " / ".join(question.category) or WORDS[options.tongue].uncategorised
        case _:
            return ""


def _entry(question: Question, options: KeyOptions, ctx: Context, keep: bool) -> Entry | None:
    """The question's place; None where there is nothing to answer."""
    mark = WORDS[options.tongue].draft if question.status == "draft" else ""
    stem = mark + one_line(question.stem)
    heading, place = _section_title(question, options), place_of(question.source)
    note = ""
    kind = sheets.kind_label(kind_of(question), question.style if isinstance(question, Essay) else "", options.tongue)
    if options.notes and question.feedback is not None and question.feedback.general is not None:
        note = shown(question.feedback.general, question, "/feedback/general", ctx)
    kept = question if keep else None
    made = Entry(None, points_of(question), stem, note, (), heading, place, name=question.id, kind=kind, question=kept)
    if isinstance(question, Group):
        title = mark + question.title if question.title else stem
        parts: list[Entry] = []
        waiting: list[Information] = []
        for sub in question.questions:
            if isinstance(sub, Information):
                waiting += [sub] if keep else []
                continue
            part = _entry(sub, options, ctx, keep)
            assert part is not None
            parts.append(replace(part, before=tuple(waiting)))
            waiting = []
        return replace(made, stem=title, parts=tuple(parts)) if parts else None
    answer = answer_of(question, options.tongue, ctx)
    if mark and not options.stems:
        answer = replace(answer, text=mark + answer.text)
    return replace(made, answer=answer)
