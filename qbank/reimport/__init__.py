"""Importing into a bank that exists: ids go on, and nobody's work is lost unasked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal, TypeAlias

import msgspec

from qbank import bankfile, joining
from qbank.diagnostics import Diagnostic, QbankError, Report, Span
from qbank.files import Seen, atomic_write
from qbank.importing import Imported
from qbank.model import Bank, Header, Question, is_answered
from qbank.reading import TextAccount
from qbank.reimport import merging
from qbank.reimport.continuity import Loss, identified, lost, matches
from qbank.reimport.renewing import renewed

Mode: TypeAlias = Literal["new", "update", "overwrite", "merge"]
"""Refuse to lose anybody's work; bring the bank up to its papers; write over all but the ids; take an edited workbook."""

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(slots=True)
class Continued:
    """What to write, and what it came of."""

    header: Header
    questions: Sequence[Question]
    reading: Imported
    """The import itself, its questions, findings and accounts under the ids that go on."""
    said: str = ""
    """How the new reading and the bank went together, in words."""
    set_aside: bool = False
    """Whether the bank holds something that is in no paper of this import, so that a copy of it should be kept."""


def merge_edited(whole: Imported, bank: Bank, *, prune: bool = False, title: str | None = None) -> Continued:
    """An edited workbook that goes back into its bank. Raises `QbankError` for a file that is none."""
    for file in whole.files:
        if file.reader not in merging.READERS:
            raise QbankError(
                f"{file.name}: was read as {file.reader}, and --merge takes workbooks that qbank export --to xlsx wrote; "
                "--update brings a bank up to its corrected papers"
            )
    unread = [d.question for d in whole.report if d.code == "R039" and d.question]
    done = merging.merged(bank.questions, whole.questions, unread, prune=prune)
    whole.report.extend(done.findings)
    said = f"questions changed: {done.changed}; new: {done.added}"
    if done.removed:
        said += f"; without a row: {done.removed} ({'taken out' if prune else 'kept'})"
    header = merging.header_of(bank.header, whole.header, title)
    return Continued(header, done.questions, whole, said, set_aside=prune and done.removed > 0)


def continued(
    whole: Imported, path: str, mode: Mode = "new", *, prune: bool = False, title: str | None = None
) -> Continued:
    """An import that goes into the bank at `path`, if there is one.

    Raises `QbankError` when it would lose answers filled in by hand (mode
    `new`), and when the bank is damaged; with `overwrite`, never.
    """
    result = Continued(whole.header, whole.questions, whole)
    if path == "-" or not Path(path).is_file():
        return result
    damaged = Report()
    try:
        bank = bankfile.open_bank(path, damaged)
        old = list(bank.questions())
    except QbankError:
        if mode == "update":
            raise
        return result
    errors = damaged.at_or_above("error")
    if errors and mode != "overwrite":
        first = f"{errors[0].source}: " if errors[0].source else ""
        raise bankfile.BankError(
            f"{path} has errors, so what is in it would be lost: {first}{errors[0].message}; "
            "qbank check lists them, --overwrite writes over the bank",
            damaged,
        )
    edited = [file.name for file in whole.files if file.reader in merging.READERS]
    if edited and mode == "update":
        raise QbankError(f"{edited[0]}: --update is for papers; --merge takes an edited workbook into its bank")
    if edited and mode == "new" and {q.id for q in old} - {q.id for q in whole.questions}:
        raise QbankError(
            f"{path} holds questions that {edited[0]} does not: --merge takes what was edited into the bank, --overwrite "
            "writes over it"
        )
    whole.questions = list(whole.questions)
    if mode == "update":
        return _updated(whole, bank.header, old, prune=prune, title=title)
    if title is None and whole.header.title is None and bank.header.title is not None:
        whole.header = result.header = msgspec.structs.replace(whole.header, title=bank.header.title)
    if any(question.source is not None for question in whole.questions):
        return _overwritten(whole, old, path, mode)
    return result


def _updated(whole: Imported, header: Header, old: Sequence[Question], *, prune: bool, title: str | None) -> Continued:
    names = joining.new_names(header.assets, whole.header.assets)
    new = [joining.renamed(question, names) for question in whole.questions]
    spoken = whole.header.language
    if header.language is not None and spoken is not None and spoken != header.language:
        new = [joining.in_language(question, spoken) for question in new]
    done = renewed(old, new, [_document(file.name) for file in whole.files], prune=prune)
    assets = {**header.assets, **{names.get(name, name): asset for name, asset in whole.header.assets.items()}}
    merged = msgspec.structs.replace(
        header,
        title=title or header.title or whole.header.title,
        language=header.language or spoken,
        assets=assets,
        extensions={**whole.header.extensions, **header.extensions},
    )
    whole.questions = done.reading
    whole.header = msgspec.structs.replace(whole.header, assets=assets)
    _rename(whole, done.names)
    answered = {q.id for one in done.questions for q in (one, *getattr(one, "questions", ())) if is_answered(q)}
    # The paper gives no answer, but the bank does.
    whole.report.diagnostics[:] = [d for d in whole.report if d.code != "R011" or d.question not in answered]
    whole.report.extend(done.findings)
    said = f"questions in the bank before: {done.matched}; new: {done.added}"
    if done.vanished:
        said += f"; no longer in their papers: {done.vanished} ({'taken out' if prune else 'kept'})"
    return Continued(merged, done.questions, whole, said)


def _overwritten(whole: Imported, old: Sequence[Question], path: str, mode: Mode) -> Continued:
    found = matches(old, whole.questions)
    loss = lost(old, whole.questions, found)
    if loss.by_hand and mode != "overwrite":
        raise QbankError(_refusal(loss, path))
    whole.questions, names = identified(old, whole.questions, found)
    _rename(whole, names)
    result = Continued(whole.header, whole.questions, whole)
    for what, ids in (
        ("answers filled in or corrected in the bank", loss.answers),
        ("questions written or declared ready by hand", loss.written),
        ("questions with other settings in the bank (points, tags, difficulty ...)", loss.settings),
        ("questions that are in none of these papers", loss.questions),
    ):
        if ids:
            whole.report.add(
                "R034", f"lost by writing over the bank: {what}: {len(ids)} ({_few(ids)})", source=Span(path)
            )
    result.set_aside = mode != "overwrite" and bool(loss.questions or loss.settings)
    if found:
        result.said = f"questions with the ids they had in the bank: {sum(place[1] < 0 for place in found)}"
    return result


def set_aside(path: str, seen: Seen) -> str:
    """Copy a bank that is about to be written over, as it was `seen`; gives the name of the copy. Raises `QbankError`."""
    copy = f"{path}.bak"
    with atomic_write(copy, [seen]) as sink, Path(path).open("rb") as bank:
        shutil.copyfileobj(bank, sink)
    return copy


def _refusal(loss: Loss, path: str) -> str:
    parts = []
    if loss.answers:
        parts.append(f"answers filled in or corrected by hand: {len(loss.answers)} ({_few(loss.answers)})")
    if loss.written:
        parts.append(f"questions written or declared ready by hand: {len(loss.written)} ({_few(loss.written)})")
    return (
        f"this import would write over work in {path}: {'; '.join(parts)}. "
        "--update keeps it and brings the bank up to date, --overwrite does not"
    )


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")


def _document(name: str) -> str:
    """The name that questions of a file bear as their document."""
    return "<stdin>" if name == "-" else PurePath(name).name


def _rename(whole: Imported, names: Mapping[str, str]) -> None:
    """The findings and accounts of an import under the ids that its questions have now."""
    if not names:
        return
    whole.report.diagnostics[:] = [_renamed(found, names) for found in whole.report]
    for account in whole.accounts:
        _rename_claims(account, names)


def _renamed(found: Diagnostic, names: Mapping[str, str]) -> Diagnostic:
    message = found.message
    if found.code == "R021":
        message = _ID.sub(lambda word: names.get(word[0], word[0]), message)
    question = names.get(found.question, found.question)
    if (question, message) == (found.question, found.message):
        return found
    return msgspec.structs.replace(found, question=question, message=message)


def _rename_claims(account: TextAccount, names: Mapping[str, str]) -> None:
    from qbank.readers.paper.account import Account, Claim

    if isinstance(account, Account):
        account.claims = [
            Claim(c.start, c.end, c.role, names.get(c.question, c.question), c.reason) for c in account.claims
        ]
