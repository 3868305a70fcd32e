"""An edited workbook back into its bank: the cells win, and what the sheet does not carry stays as the bank has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from qbank import bankfile
from qbank.diagnostics import Diagnostic, QbankError, Report, finding
from qbank.model import Bank, Group, Header, Question

READERS = frozenset({"xlsx"})
"""The readers of files that carry the ids of a bank."""


@dataclass(slots=True)
class Merged:
    """The bank with what was edited."""

    questions: list[Question]
    findings: list[Diagnostic] = field(default_factory=list)
    changed: int = 0
    added: int = 0
    removed: int = 0


def opened(path: str) -> Bank:
    """The bank to merge into. Raises `QbankError` where there is none, or it has errors."""
    if path == "-" or not Path(path).is_file():
        raise QbankError("--merge needs the bank that the workbook was made of; name it with -o")
    report = Report()
    reader = bankfile.open_bank(path, report)
    bank = Bank(header=reader.header, questions=tuple(reader.questions()))
    errors = report.at_or_above("error")
    if errors:
        first = f"{errors[0].source}: " if errors[0].source else ""
        raise bankfile.BankError(
            f"{path} has errors, so nothing can be merged into it: {first}{errors[0].message}; qbank check lists them",
            report,
        )
    return bank


def by_id(questions: Iterable[Question]) -> dict[str, Question]:
    """Questions and sub-questions by their ids."""
    return {one.id: one for one in _each(questions)}


def merged(old: Sequence[Question], new: Sequence[Question], unread: Iterable[str], *, prune: bool = False) -> Merged:
    """The old questions with the new in the place of those that have their ids, in the old order.

    New ones come behind what stands before them in the workbook. One that is
    not in the workbook any more is kept and reported, or left out with `prune`;
    one whose row was not read (`unread`) stays as it is.
    """
    found = {question.id: question for question in new}
    there = {one.id for one in _each(new)}
    kept = set(unread)
    done = Merged([])
    before = {question.id for question in old}
    for question in old:
        edited = found.get(question.id)
        if edited is not None:
            settled = _settled(question, edited, there, kept, done, prune)
            done.changed += settled != question
            done.questions.append(settled)
        elif question.id in kept:
            done.questions.append(question)
        elif question.id not in there:
            # else it went into a group
            left = _taken_out(question, there, kept, done, prune)
            if left is not None:
                done.questions.append(left)
    done.added = _woven(done, new, before)
    return done


def header_of(bank: Header, workbook: Header, title: str | None) -> Header:
    """The bank's header with what the workbook says of it."""
    return msgspec.structs.replace(
        bank,
        title=title or workbook.title or bank.title,
        description=workbook.description or bank.description,
        language=workbook.language or bank.language,
        license=workbook.license or bank.license,
        assets={**bank.assets, **workbook.assets},
        extensions={**bank.extensions, **workbook.extensions},
    )


def _each(questions: Iterable[Question]) -> Iterator[Question]:
    for question in questions:
        yield question
        if isinstance(question, Group):
            yield from question.questions


def _settled(old: Question, new: Question, there: set[str], kept: set[str], done: Merged, prune: bool) -> Question:
    """The question as edited; a group with those of its sub-questions that are in no row."""
    if not isinstance(old, Group) or not isinstance(new, Group):
        return new
    subs = list(new.questions)
    places: Mapping[str, int] = {sub.id: i for i, sub in enumerate(old.questions)}
    for sub in old.questions:
        if sub.id in there:
            continue
        if sub.id not in kept:
            done.removed += 1
            done.findings.append(_gone(sub, prune))
            if prune:
                continue
        place = next((i for i, one in enumerate(subs) if places.get(one.id, -1) > places[sub.id]), len(subs))
        subs.insert(place, sub)
    return msgspec.structs.replace(new, questions=tuple(subs))


def _taken_out(question: Question, there: set[str], kept: set[str], done: Merged, prune: bool) -> Question | None:
    """What stays of a question that has no row; a row of one of its sub-questions may not have been read."""
    if isinstance(question, Group):
        left = tuple(sub for sub in question.questions if sub.id not in there)
        if any(sub.id in kept for sub in left):
            return msgspec.structs.replace(question, questions=left)
        if not left:
            return None
        question = msgspec.structs.replace(question, questions=left)
    done.removed += 1
    done.findings.append(_gone(question, prune))
    return None if prune else question


def _gone(question: Question, prune: bool) -> Diagnostic:
    what = "was taken out of the bank" if prune else "is kept"
    return finding(
        "R075",
        f"{question.id} has no row in the workbook any more and {what}",
        question=question.id,
        hint="" if prune else "--prune takes such questions out",
    )


def _woven(done: Merged, new: Sequence[Question], before: set[str]) -> int:
    """Put the new questions behind what stands before them in the workbook; how many there are."""
    following: dict[str, list[Question]] = {}
    previous, count = "", 0
    for question in new:
        if question.id in before:
            previous = question.id
        else:
            following.setdefault(previous, []).append(question)
            count += 1
    if count:
        present = {question.id for question in done.questions}
        stray = [q for name, found in following.items() if name and name not in present for q in found]
        woven = list(following.get("", ()))
        for question in done.questions:
            woven.append(question)
            woven += following.get(question.id, ())
        done.questions = woven + stray
    return count
