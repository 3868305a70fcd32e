"""Reads an artefact back and compares it with the bank: what differs must have been reported as a loss.

A difference is explained by a loss of the same question whose pointer is the
same, leads there or lies within. What no loss explains is V001, a fault of
qbank's own. All questions that were written are held in memory meanwhile.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import msgspec

from qbank import differences, export, reading
from qbank.assets import AssetError, AssetStore
from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.differences import Difference, Media
from qbank.formats.titles import first_words
from qbank.model import ONE, ZERO, Group, Header, Information, Kind, Question, kind_of

NOT_COMPARED = ("/extensions",)
"""Settings of other targets pass a target by; its own are compared by what they do."""
_OF_THE_GROUP = ("stem", "category", "tags", "language", "title", "penalty", "difficulty")
"""What members of a group that was taken apart may have from it."""
_USUAL_PENALTIES: Mapping[Kind, Fraction] = {"true_false": ONE, "essay": ZERO, "information": ZERO}
_TITLE = re.compile("(?:/questions/[0-9]+)?/title")
_USUAL_PENALTY = Fraction(1, 3)
"""What Moodle takes off for a further try where nothing is said; read back, it is nothing said."""
_NAMESAKES = frozenset({"paper"})
"""Exporters whose reader of the same name reads something else: scraped papers, not the ones that are printed."""
_LONGEST = 60
_LEAD = 12


@dataclass(frozen=True, slots=True)
class Sent:
    """What was handed to an exporter, and what it said it lost."""

    questions: Sequence[Question]
    losses: Iterable[Diagnostic]
    header: Header
    assets: AssetStore


@dataclass(slots=True)
class Losses:
    """The pointers of the losses of each question, and how its group was taken apart."""

    pointers: Mapping[str, set[str]]
    left_out: frozenset[str]
    flattened: frozenset[str]
    group_of: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Iterable[Diagnostic]) -> Losses:
        """The losses of a report by question."""
        pointers: defaultdict[str, set[str]] = defaultdict(set)
        left_out, flattened = set(), set()
        for loss in found:
            pointers[loss.question].add(loss.pointer)
            if loss.code.startswith("X1"):
                left_out.add(loss.question)
            if loss.code == "X303":
                flattened.add(loss.question)
        return cls(pointers, frozenset(left_out), frozenset(flattened))


def readable() -> list[str]:
    """The names of the exporters whose artefacts a reader reads back."""
    return [name for name in export.names() if name in reading.names() and name not in _NAMESAKES]


def must_read(name: str) -> None:
    """Raise `QbankError` where nothing reads what an exporter of that name writes."""
    if name not in readable():
        able = ", ".join(readable())
        raise QbankError(f"nothing reads {name} back, so it cannot be verified; --verify works with {able}")


def verify(name: str, document: reading.Document, sent: Sent, report: Report) -> int:
    """Report what the artefact does not say as the bank did (V001); the number of questions that were compared.

    Raises `QbankError` where nothing reads the format `name`.
    """
    must_read(name)
    ctx = reading.Context(report=Report())
    reader = reading.get(name)
    got = list(reader.read(document, ctx))
    losses = Losses.of(sent.losses)
    before = _digests(sent.assets)
    # A format that only names its media, as a workbook does, means those of the bank.
    after = _digests(AssetStore(ctx.assets), otherwise=before)
    count = 0
    whole = frozenset(question.id for question in got if isinstance(question, Group))
    # A format without languages has only the one that its reader guesses from the words.
    heard = None if getattr(reader, "guesses_language", False) else ctx.header.language
    for one, other in _paired(list(_units(sent.questions, losses, whole)), got, losses, report):
        count += 1
        spoken = sent.header.language
        one, other = _spoken(one, spoken), _spoken(other, heard or spoken)
        for found in unexplained(one, other, losses, before=before, after=after):
            was, now = _told_apart(found.before, found.after)
            report.add(
                "V001",
                f"{one.id}: {found.pointer} reads back as {now}, was {was}",
                question=one.id,
                pointer=found.pointer,
                hint="this is a bug in qbank: please report it with the question",
            )
    return count


def unexplained(
    one: Question, other: Question, losses: Losses, *, before: Media = str, after: Media = str
) -> Iterator[Difference]:
    """The differences that no loss explains."""
    for found in differences.differences(one, other, before, after):
        if found.pointer.startswith(NOT_COMPARED) or (_TITLE.fullmatch(found.pointer) and _derived(found, one)):
            continue
        if found.pointer.endswith("/penalty") and _is_usual(found, one):
            continue
        if not _explained(one, found.pointer, losses):
            yield found


def _is_usual(penalty: Difference, question: Question) -> bool:
    """Whether a penalty says what nothing said would."""
    kind = kind_of(_asked(question, penalty.pointer))
    return penalty.after is None and penalty.before == _USUAL_PENALTIES.get(kind, _USUAL_PENALTY)


def _asked(question: Question, pointer: str) -> Question:
    """The question that a pointer leads into: itself, or one of a group."""
    if isinstance(question, Group) and pointer.startswith("/questions/"):
        return question.questions[int(pointer.split("/")[2])]
    return question


def _derived(title: Difference, question: Question) -> bool:
    """Whether one of the titles is none and the other what a target makes of the first words."""
    question = _asked(question, title.pointer)
    words = " ".join((title.before or "").split())
    return not words or (title.after is None and words == first_words(question.stem, question.id))


def _units(questions: Iterable[Question], losses: Losses, whole: Collection[str]) -> Iterator[Question]:
    """The questions as the target holds them: a group that was taken apart is its material and its members.

    `whole` are the ids of groups that the reader has put together again.
    """
    for question in questions:
        if isinstance(question, Group) and question.id in losses.flattened and question.id not in whole:
            yield _material(question)
            for sub in question.questions:
                losses.group_of[sub.id] = question.id
                yield sub
        else:
            yield question


def _material(group: Group) -> Information:
    shared = ("id", "title", "stem", "feedback", "tags", "category", "language")
    return Information(**{name: getattr(group, name) for name in shared})


def _paired(
    sent: list[Question], got: list[Question], losses: Losses, report: Report
) -> Iterator[tuple[Question, Question]]:
    """Each question with what it was read back as: by id, or by place in a format that has no ids."""
    by_id = {question.id: question for question in got}
    expected = [q for q in sent if q.id not in losses.left_out]
    # a question that was taken apart is there as ID.1, ID.2 ...
    parts = {name for name in by_id if name.rpartition(".")[0] in losses.flattened}
    if expected and not parts and not any(q.id in by_id for q in expected):
        alone = [q for q in expected if q.id not in losses.flattened]
        if len(alone) == len(got):
            expected = alone  # the material stands in the questions themselves
        pairs = list(zip(expected, got, strict=False))
        missing, more = expected[len(got) :], got[len(expected) :]
    else:
        pairs = [(q, by_id.pop(q.id)) for q in expected if q.id in by_id]
        found = {q.id for q, _ in pairs}
        missing, more = [q for q in expected if q.id not in found], list(by_id.values())
    yield from pairs
    optional = losses.flattened | losses.left_out
    for question in missing:
        if question.id not in optional:
            report.add("V001", f"{question.id} was written and is not read back", question=question.id)
    for question in more:
        if question.id not in optional and question.id not in parts:
            report.add("V001", f"{question.id} is read back and was never written", question=question.id)


def _explained(question: Question, pointer: str, losses: Losses) -> bool:
    group = losses.group_of.get(question.id)
    if group is not None and pointer.split("/")[1] in _OF_THE_GROUP:
        return True
    if _covers(losses.pointers.get(question.id, ()), pointer):
        return True
    if isinstance(question, Group) and pointer.startswith("/questions/"):
        _, _, place, *rest = pointer.split("/")
        if int(place) < len(question.questions):
            sub = question.questions[int(place)]
            return sub.id in losses.left_out or _explained(sub, "/" + "/".join(rest), losses)
    return False


def _covers(pointers: Iterable[str], pointer: str) -> bool:
    # What a choice earns is said by its weight, and by the rule of the whole question.
    names: tuple[str, ...] = (pointer, "/scoring") if pointer.endswith("/weight") else (pointer,)
    if pointer.startswith("/answer/"):
        # Pairs are told by their words.
        names = (pointer, "/choices", "/prompts")
    return any(
        loss == name or name.startswith(loss + "/") or loss.startswith(name + "/")
        for loss in pointers
        for name in names
    )


def _spoken(question: Question, language: str | None) -> Question:
    """The question with its language, be it its own or that of all."""
    if isinstance(question, Group):
        own = question.language or language
        subs = tuple(msgspec.structs.replace(sub, language=sub.language or own) for sub in question.questions)
        question = msgspec.structs.replace(question, questions=subs)
    return question if question.language else msgspec.structs.replace(question, language=language)


def _digests(store: AssetStore, otherwise: Media = str) -> Media:
    @cache
    def digest(name: str) -> str:
        try:
            return hashlib.sha256(store.read(name)).hexdigest()
        except AssetError:
            return otherwise(name)

    return digest


def _told_apart(before: object, after: object) -> tuple[str, str]:
    """Two values in short, from a little before the place where they differ."""
    one, other = _written(before), _written(after)
    alike = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, alike - _LEAD) if max(len(one), len(other)) > _LONGEST else 0
    return _cut(one, start), _cut(other, start)


def _written(value: object) -> str:
    return "nothing" if value is None else str(value) if isinstance(value, int | Fraction) else repr(value)


def _cut(text: str, start: int) -> str:
    piece = text[start : start + _LONGEST]
    return ("…" if start else "") + piece + ("…" if start + _LONGEST < len(text) else "")
