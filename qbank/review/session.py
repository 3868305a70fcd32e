"""A bank that is being reviewed: every change checked against what its maker saw, saved at once, and undone at will.

The file on disk is the truth. Before each change it is read again: what
somebody else wrote in the meantime is taken over first, question by question,
and becomes a step of the history like any other. A change names the revision
of the question it was made on; where another change came between, it is merged
if it touched other fields and refused with both versions if not.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qbank import bankfile
from qbank.assets import AssetStore
from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.files import Seen, atomic_write, held
from qbank.model import Bank, Group, Kind, Question
from qbank.review import fields, kinds, merging, splitting
from qbank.review.findings import Findings

_WHOLE = "question"


class Conflict(QbankError):
    """The question was changed since its revision; nothing was written. `field` says which part, or `question`."""

    def __init__(self, message: str, handle: str, field: str, mine: Any, theirs: Any) -> None:
        super().__init__(message)
        self.handle, self.field, self.mine, self.theirs = handle, field, mine, theirs


class Gone(QbankError):
    """The question is not in the bank any more."""


class Outside(QbankError):
    """The file was changed outside into something that cannot be used; nothing was written over it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A question at its place; a sub-question has the id of its group."""

    question: Question
    at: int
    sub: int | None = None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One change: from `at` on, the questions `before` became `after`; and who is skipped."""

    label: str
    handle: str
    at: int
    before: tuple[Question, ...]
    after: tuple[Question, ...]
    skipped_before: frozenset[str]
    skipped_after: frozenset[str]
    field: str = ""
    tab: str = ""

    def reversed(self) -> Step:
        """The step that takes this one back."""
        return replace(
            self,
            before=self.after,
            after=self.before,
            skipped_before=self.skipped_after,
            skipped_after=self.skipped_before,
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What a request came to: the question to look at next to it, and sentences for the reviewer."""

    handle: str
    label: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Session:
    """One bank file under review; all methods may be called from several threads.

    Raises `QbankError` when the file cannot be opened or written, `Conflict`,
    `Gone`, `Outside` and `fields.FieldError` as their names say; after any of
    them both the file and the session are as they were.
    """

    path: Path
    bank: Bank = field(init=False)
    version: int = 0
    """Grows with every change, undone and outside ones too."""
    skipped: frozenset[str] = frozenset()
    """Put off in this session; not in the file."""
    trouble: str = ""
    """Why the file on disk cannot be used at the moment; empty when it can."""
    entries: dict[str, Entry] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    outside_version: int = 0
    """The version that last took over what somebody wrote to the file."""
    sequence_version: int = 0
    """The version that last changed which questions there are, or their order."""
    findings: Findings = field(init=False)
    _past: dict[str, list[tuple[int, Question]]] = field(default_factory=dict)
    _left: dict[str, int] = field(default_factory=dict)
    _done: list[Step] = field(default_factory=list)
    _undone: list[Step] = field(default_factory=list)
    _file: Seen = field(init=False)
    """The bank file as it was read or written last."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _form: bankfile.Form = "json"

    def __post_init__(self) -> None:
        self._form = bankfile.form_for(self.path)
        if str(self.path) == "-" or self._form == "yaml":
            raise QbankError(
                f"{self.path}: review writes JSON and JSON Lines; a YAML bank would lose its comments "
                "(qbank convert BANK.yaml BANK.json makes one that can be reviewed)"
            )
        data, self._file = self._read()
        self.bank = _parsed(data, str(self.path), self.path.parent, self._form)
        self._take(self.bank)
        self.findings = Findings(AssetStore(self.bank.header.assets, self.path.parent))
        self.findings.update(self.questions(), set(self.entries))

    @property
    def assets(self) -> AssetStore:
        """The bank's pictures and sounds."""
        return self.findings.assets

    def questions(self) -> Iterator[tuple[str, Question]]:
        """The questions of the top level with their pointers."""
        return ((f"/questions/{i}", q) for i, q in enumerate(self.bank.questions))

    def entry(self, handle: str) -> Entry:
        """The question of that id. Raises `Gone`."""
        found = self.entries.get(handle)
        if found is None:
            raise Gone(f"{handle} is not in the bank any more: it was merged, undone or removed")
        return found

    def since(self, version: int) -> tuple[list[str], list[str]]:
        """The questions that changed after a version, and those that went."""
        with self._lock:
            changed = [h for h in self.entries if self.revisions[h] > version]
            return changed, [h for h, v in self._left.items() if v > version]

    def locked(self) -> threading.RLock:
        """The lock to hold while several answers must be of one state."""
        return self._lock

    def refresh(self) -> Done | None:
        """Take over what was written to the file outside, if anything was. Raises `Outside` when it cannot be used."""
        with self._lock:
            if self._file.untouched() and not self.trouble:
                return None
            return self._refresh()

    def edit(self, handle: str, revision: int, name: str, value: Any, tab: str = "", more: bool = False) -> Done:
        """Set a field; with `more` it goes on with the typing of the step before, and is undone with it."""
        if name == "kind":
            return self._reshape(handle, revision, name, lambda q: kinds.as_kind(q, value), value)

        def make(question: Question) -> tuple[Question, tuple[str, ...]]:
            made = fields.write(question, name, value)
            return made, tuple(f"left out: {what}" for what in fields.dropped(value))

        return self._change("edit", handle, revision, name, value, make, tab, more)

    def arrange(self, handle: str, revision: int, what: str, change: str, part: str = "") -> Done:
        """Add, remove or raise a choice, a prompt or an item."""
        return self._change(
            change, handle, revision, what, part, lambda q: (fields.arranged(q, what, change, part), ())
        )

    def accept(self, handle: str, revision: int) -> Done:
        """Make the question ready and mark it as reviewed."""

        def make(question: Question) -> tuple[Question, tuple[str, ...]]:
            return fields.with_mark(fields.changed(question, status="ready"), accepted=True), ()

        return self._reshape(handle, revision, "accept", make, None)

    def skip(self, handle: str) -> Done:
        """Put the question off; the bank does not change."""
        with self._lock:
            entry = self.entry(handle)
            self._commit(Step("skip", handle, entry.at, (), (), self.skipped, self.skipped | {handle}))
            return Done(handle, "skip")

    def split(self, handle: str, revision: int, where: str, at: int) -> Done:
        """Two questions of one, cut in a field after `at` characters."""
        with self._fresh():
            entry, question = self._seen(handle, revision, "split")
            halves, notes = splitting.split(question, where, at, self._free_id(handle))
            self._commit(self._step("split", handle, entry, halves, 1))
            return Done(halves[1].id, "split", notes)

    def merge(self, handle: str, revision: int, previous_revision: int) -> Done:
        """The question joined to the one before it in the bank, within its group."""
        with self._fresh():
            entry, question = self._seen(handle, revision, "merge")
            before = self.previous(handle)
            if before is None:
                place = f"the first of {entry.parent}" if entry.parent else "the first question"
                raise fields.FieldError(f"{handle} is {place}; there is nothing before it to merge with")
            _, first = self._seen(before, previous_revision, "merge")
            made, notes = merging.merge(first, question)
            self._commit(self._step("merge", before, self.entry(before), (made,), 2))
            return Done(before, "merge", notes)

    def previous(self, handle: str) -> str | None:
        """The id of the question before, within the same group; None for the first."""
        entry = self.entry(handle)
        siblings = self._siblings(entry)
        index = entry.at if entry.sub is None else entry.sub
        return siblings[index - 1].id if index else None

    def undo(self, version: int) -> Done:
        """Take back the last step, whoever made it.

        Raises `FieldError` when there is none, or when it is not the one that
        was last at `version`, so that nobody takes back what they have not seen.
        """
        return self._again(self._done, self._undone, "undo", version)

    def redo(self, version: int) -> Done:
        """Make the step that was undone last again; see `undo`."""
        return self._again(self._undone, self._done, "redo", version)

    def _again(self, source: list[Step], target: list[Step], label: str, version: int) -> Done:
        with self._fresh():
            if version != self.version:
                raise fields.FieldError(
                    f"something changed elsewhere meanwhile; press again to {label} the latest step"
                )
            if not source:
                raise fields.FieldError(f"there is nothing to {label}")
            step = source[-1]
            back = step.reversed()
            self._apply(back)
            source.pop()
            target.append(back)
            return Done(step.handle, label, (step.label,))

    def _change(
        self,
        label: str,
        handle: str,
        revision: int,
        name: str,
        value: Any,
        make: Callable[[Question], tuple[Question, tuple[str, ...]]],
        tab: str = "",
        more: bool = False,
    ) -> Done:
        """A change to one field: merged with changes to others, refused when the same one was changed."""
        with self._fresh():
            entry = self.entry(handle)
            self._same_field(handle, revision, name, value)
            made, notes = make(entry.question)
            if made == entry.question:
                return Done(handle, label, notes)
            step = replace(self._step(label, handle, entry, (made,), 1), field=name, tab=tab)
            last = self._done[-1] if self._done else None
            joins = (
                more
                and last is not None
                and (last.label, last.handle, last.field, last.tab)
                == (
                    label,
                    handle,
                    name,
                    tab,
                )
            )
            self._commit(step, replace(step, before=last.before) if joins and last is not None else None)
            return Done(handle, label, notes)

    def _reshape(
        self,
        handle: str,
        revision: int,
        label: str,
        make: Callable[[Question], tuple[Question, tuple[str, ...]]],
        value: Kind | None,
    ) -> Done:
        """A change that is a judgement of the whole question: refused when any of it was changed."""
        with self._fresh():
            entry, question = self._seen(handle, revision, label, value)
            made, notes = make(question)
            skipped = self.skipped - {handle} if label == "accept" else self.skipped
            if made != question or skipped != self.skipped:
                self._commit(replace(self._step(label, handle, entry, (made,), 1), skipped_after=skipped))
            return Done(handle, label, notes)

    def _seen(self, handle: str, revision: int, what: str, value: Any = None) -> tuple[Entry, Question]:
        """The question, if it is as it was at the revision."""
        entry = self.entry(handle)
        if revision < self.revisions[handle] and self._at(handle, revision) != fields.own(entry.question):
            message = f"{handle} was changed since you saw it; look at it again, then {what} it"
            raise Conflict(message, handle, _WHOLE, value, None)
        return entry, entry.question

    def _same_field(self, handle: str, revision: int, name: str, mine: Any) -> None:
        if revision >= self.revisions[handle]:
            return
        now = self.entry(handle).question
        try:
            theirs = fields.read(now, name)
        except fields.FieldError as error:
            raise Conflict(f"{handle} was changed since you saw it: {error}", handle, name, mine, None) from error
        seen = self._at(handle, revision)
        try:
            same = seen is not None and fields.read(seen, name) == theirs
        except fields.FieldError:
            same = False
        if not same and theirs != mine:
            message = f"this part of {handle} was changed elsewhere since you saw it; choose which version stays"
            raise Conflict(message, handle, name, mine, theirs)

    def _at(self, handle: str, revision: int) -> Question | None:
        """The question as it was at a version of the session."""
        return next((q for v, q in reversed(self._past.get(handle, [])) if v <= revision), None)

    def _siblings(self, entry: Entry) -> tuple[Question, ...]:
        if entry.sub is None:
            return self.bank.questions
        group = self.bank.questions[entry.at]
        assert isinstance(group, Group)
        return group.questions

    def _step(self, label: str, handle: str, entry: Entry, made: tuple[Question, ...], count: int) -> Step:
        """The step that puts `made` in the place of `count` questions from the entry's on."""
        if entry.sub is None:
            before = self.bank.questions[entry.at : entry.at + count]
            return Step(label, handle, entry.at, before, made, self.skipped, self.skipped)
        group = self.bank.questions[entry.at]
        assert isinstance(group, Group)
        subs = (*group.questions[: entry.sub], *made, *group.questions[entry.sub + count :])
        after = fields.changed(group, questions=subs)
        return Step(label, handle, entry.at, (group,), (after,), self.skipped, self.skipped)

    def _free_id(self, handle: str) -> str:
        count = 2
        while f"{handle[:94]}-{count}" in self.entries:
            count += 1
        return f"{handle[:94]}-{count}"

    def _commit(self, step: Step, joined: Step | None = None) -> None:
        """Make the step true on disk, then here; `joined` takes the place of the step before in the history."""
        self._apply(step)
        if joined is not None:
            self._done.pop()
        self._done.append(joined or step)
        self._undone.clear()

    def _apply(self, step: Step) -> None:
        questions = self.bank.questions
        end = step.at + len(step.before)
        assert questions[step.at : end] == step.before, "the history does not fit the bank"
        if step.before != step.after:
            made = Bank(header=self.bank.header, questions=(*questions[: step.at], *step.after, *questions[end:]))
            self._save(made)
            self._take(made)
            self.findings.update(self.questions(), {h for h in self.entries if self.revisions[h] == self.version})
        else:
            self.version += 1
        for handle in step.skipped_before ^ step.skipped_after:
            if handle in self.revisions:
                self.revisions[handle] = self.version
        self.skipped = step.skipped_after

    def _take(self, bank: Bank) -> None:
        """Make `bank` the state, and note what differs from the one before."""
        self.version += 1
        old = self.entries
        self.entries = _entries(bank)
        self.bank = bank
        for handle, entry in self.entries.items():
            before = old.get(handle)
            mine = fields.own(entry.question)
            if before is None or (before.question is not entry.question and fields.own(before.question) != mine):
                self.revisions[handle] = self.version
                self._past.setdefault(handle, []).append((self.version, mine))
                self._left.pop(handle, None)
        for handle in old:
            if handle not in self.entries:
                self._left[handle] = self.version
                self.revisions.pop(handle, None)
        if [*old] != [*self.entries]:
            self.sequence_version = self.version

    @contextmanager
    def _fresh(self) -> Iterator[None]:
        """Hold the session and the file while a change is made of what is on disk now."""
        with self._lock, held(self.path):
            self._refresh()
            yield

    def _read(self) -> tuple[bytes, Seen]:
        try:
            return Seen.read(self.path)
        except IsADirectoryError:
            raise QbankError(f"{self.path}: is a folder, not a bank file") from None
        except FileNotFoundError:
            raise
        except OSError as error:
            raise QbankError(f"{self.path}: cannot be read ({error.strerror or error})") from error

    def _refresh(self) -> Done | None:
        try:
            data, seen = self._read()
        except FileNotFoundError:
            self.trouble, self._file = "", Seen(self.path, None)
            return None  # the next change writes the whole bank anew: nothing is overwritten
        if seen.digest == self._file.digest:
            self._file, self.trouble = seen, ""
            return None
        try:
            bank = _parsed(data, str(self.path), self.path.parent, self._form)
        except QbankError as error:
            self.trouble = (
                f"{self.path.name} was changed outside and cannot be used now ({error}). "
                "Nothing is saved over it; correct the file, then go on"
            )
            raise Outside(self.trouble) from error
        self._file, self.trouble = seen, ""
        return self._outside(bank)

    def _outside(self, bank: Bank) -> Done | None:
        """Take over a bank that somebody else wrote, as a step that can be undone."""
        same = {q.id: q for q in self.bank.questions}
        kept = tuple(same[q.id] if same.get(q.id) == q else q for q in bank.questions)
        bank = Bank(header=bank.header, questions=kept)
        if bank.header != self.bank.header:
            self.findings = Findings(AssetStore(bank.header.assets, self.path.parent))
        if kept == self.bank.questions:
            if bank.header != self.bank.header:
                self.version += 1
                self.findings.update(self.questions(), set(self.entries))
            self.bank = bank
            return None
        step = Step("outside", "", 0, self.bank.questions, kept, self.skipped, self.skipped)
        self._take(bank)
        self.outside_version = self.version
        changed = [h for h in self.entries if self.revisions[h] == self.version]
        self.findings.update(self.questions(), set(changed))
        self._done.append(replace(step, handle=changed[0] if changed else ""))
        self._undone.clear()
        return Done(changed[0] if changed else "", "outside")

    def _save(self, bank: Bank) -> None:
        data = _bytes(bank, self._form)
        with atomic_write(self.path, [self._file]) as sink:
            sink.write(data)
        self._file = Seen.holding(self.path, data)


def open_session(path: str | Path) -> Session:
    """A session on a bank file. Raises `QbankError` when it cannot be reviewed: missing, invalid, ids repeated."""
    try:
        return Session(Path(path))
    except FileNotFoundError as error:
        raise QbankError(f"{path}: cannot be read ({error.strerror})") from error


def _entries(bank: Bank) -> dict[str, Entry]:
    """Every question and sub-question by id, in the bank's order. Raises `QbankError` when an id stands twice."""
    found: dict[str, Entry] = {}
    for at, question in enumerate(bank.questions):
        parts = [Entry(question, at)]
        if isinstance(question, Group):
            parts += [Entry(sub, at, i, question.id) for i, sub in enumerate(question.questions)]
        for entry in parts:
            if entry.question.id in found:
                raise QbankError(
                    f"two questions have the id {entry.question.id!r}; give one of them another (qbank check lists them)"
                )
            found[entry.question.id] = entry
    return found


def _parsed(data: bytes, name: str, folder: Path, form: bankfile.Form) -> Bank:
    report = Report()
    reader = bankfile.open_bytes(data, name, report, form, folder)
    bank = Bank(header=reader.header, questions=tuple(reader.questions()))
    errors: list[Diagnostic] = report.at_or_above("error")
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise QbankError(f"{errors[0].source or name}: {errors[0].message}{more}")
    _entries(bank)
    if (canonical := _bytes(bank, form)) != data:
        # Other spellings of the same texts are not changes: all that is compared later is in the one we write.
        bank = Bank(header=bank.header, questions=tuple(bankfile.open_bytes(canonical, name, form=form).questions()))
    return bank


def _bytes(bank: Bank, form: bankfile.Form) -> bytes:
    buffer = io.BytesIO()
    bankfile.write(bank.header, bank.questions, buffer, form)
    return buffer.getvalue()
