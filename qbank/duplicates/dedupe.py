"""The same question in several papers: found, reported, and merged where the user asks for it.

Three sorts of group: `exact` (the same words and choices, whatever their order
and labels, and no two answers differ), `near` (see `qbank.duplicates.similar`) and
`conflict` (the same question with different answers). A conflict is an error
and is never merged: an answer is never chosen in silence.

The bank is read twice, a question at a time: once for digests and folded
stems, once for the questions that were found, with their places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from qbank import bankfile, richtext
from qbank.assets import AssetStore
from qbank.bankfile import BankReader
from qbank.diagnostics import Diagnostic, Report, Span, finding
from qbank.duplicates.merging import differing, merged
from qbank.duplicates.sameness import Content, Known, Media, answers, content, contradict, media_of
from qbank.duplicates.similar import NearIndex, Pair
from qbank.model import Bank, Question, kind_of

Opener: TypeAlias = Callable[[], BankReader]
"""Opens the bank from its beginning, each time it is called."""

Sort: TypeAlias = Literal["exact", "near", "conflict"]
CODES: dict[Sort, str] = {"exact": "L302", "near": "L303", "conflict": "L304"}


@dataclass(frozen=True, slots=True)
class Copy:
    """One question of a group: where it stands, and how alike it is to the first of the group, 0 to 1."""

    position: int
    question: Question
    place: Span
    stem: float = 1.0
    parts: float = 1.0
    disagrees: bool = False
    """Whether its answer is another than that of the first; only near copies of a `near` group may."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """A group of questions, the earliest first."""

    sort: Sort
    copies: tuple[Copy, ...]


@dataclass(slots=True)
class Found:
    """What a search came to."""

    groups: list[Duplicates] = field(default_factory=list)
    questions: int = 0
    skipped: int = 0
    """Questions that may have near ones nobody found: see `NearIndex.skipped`; 0 unless a bank is made of templates."""
    unreadable: Report = field(default_factory=Report)
    """Findings about questions that could not be read, and so not compared."""
    media: Media = str
    """Tells the bank's pictures and sounds apart."""

    def count(self, sort: Sort) -> int:
        """How many groups there are of a sort."""
        return sum(group.sort == sort for group in self.groups)


def find(opened: Opener, *, near: bool = True) -> Found:
    """The groups of a bank. Without `near` only digests are held, sixteen bytes a question."""
    reader = opened()
    media = media_of(AssetStore(reader.header.assets, reader.folder))
    index = NearIndex()
    firsts: dict[bytes, int] = {}
    classes: dict[int, list[int]] = {}
    for position, question in _numbered(reader):
        asked = content(question, media)
        if not asked.stem:
            continue
        first = firsts.setdefault(asked.key, position)
        if first != position:
            classes.setdefault(first, [first]).append(position)
        elif near:
            index.add(position, asked)
    firsts.clear()
    pairs = index.pairs()
    found = Found(questions=reader.count, skipped=index.skipped, unreadable=reader.report, media=media)
    needed = {position for members in classes.values() for position in members}
    needed |= {position for pair in pairs for position in (pair.first, pair.second)}
    copies = _fetched(opened, needed) if needed else {}
    for members in classes.values():
        group = _class([copies[position] for position in members], media)
        if group is not None:
            found.groups.append(group)
    stars: dict[int, list[Pair]] = {}
    for pair in pairs:
        stars.setdefault(pair.first, []).append(pair)
    for leader, joined in stars.items():
        found.groups += _near(copies[leader], [(copies[p.second], p) for p in joined], media)
    found.groups.sort(key=lambda group: [copy.position for copy in group.copies])
    return found


def _numbered(reader: BankReader) -> Iterator[tuple[int, Question]]:
    for _, question in reader:
        yield reader.count - 1, question


def _fetched(opened: Opener, needed: set[int]) -> dict[int, Copy]:
    """The questions at some positions, each with its place in the file."""
    reader = opened()
    return {
        position: Copy(position, question, reader.locate(f"/questions/{position}/stem"))
        for position, question in _numbered(reader)
        if position in needed
    }


def _class(copies: list[Copy], media: Media) -> Duplicates | None:
    """Copies with the same words, as an exact group or a conflict; those that `ignore` it left out."""
    known = [answers(copy.question, media) for copy in copies]
    if _disagree(known):
        copies, known = _without("L304", copies, known)
        if _disagree(known):
            return Duplicates("conflict", tuple(copies))
    copies, _ = _without("L302", copies, known)
    return Duplicates("exact", tuple(copies)) if len(copies) > 1 else None


def _without(code: str, copies: list[Copy], known: list[dict[str, Known]]) -> tuple[list[Copy], list[dict[str, Known]]]:
    kept = [(c, k) for c, k in zip(copies, known, strict=True) if code not in c.question.ignore]
    return [c for c, _ in kept], [k for _, k in kept]


def _disagree(known: Sequence[dict[str, Known]]) -> bool:
    return bool(_disputed(known))


def _disputed(known: Sequence[dict[str, Known]]) -> list[str]:
    """The slots whose known answers differ."""
    keys: dict[str, set[str]] = {}
    for one in known:
        for slot, answer in one.items():
            keys.setdefault(slot, set()).add(answer.key)
    return [slot for slot, values in keys.items() if len(values) > 1]


def _near(leader: Copy, joined: list[tuple[Copy, Pair]], media: Media) -> Iterator[Duplicates]:
    """The near group of a leader, and a conflict for those that contradict it under the same stem."""
    near, against = [], []
    asked = content(leader.question, media)
    known = answers(leader.question, media)
    for copy, pair in joined:
        same_stem = content(copy.question, media).stem == asked.stem
        disagrees = _disagree([known, answers(copy.question, media)])
        like = Copy(copy.position, copy.question, copy.place, pair.stem, pair.parts, disagrees)
        if same_stem and contradict(leader.question, copy.question, media):
            against.append(like)
        else:
            near.append(like)
    sorts: tuple[tuple[Sort, list[Copy]], ...] = (("near", near), ("conflict", against))
    for sort, others in sorts:
        kept = [copy for copy in (leader, *others) if CODES[sort] not in copy.question.ignore]
        if len(kept) > 1 and kept[0] is leader:
            yield Duplicates(sort, tuple(kept))


def report(found: Found) -> Report:
    """The groups as findings: L302 and L303 for each further copy, L304 for each conflict."""
    media = found.media
    result = Report(list(found.unreadable))
    for group in found.groups:
        if group.sort == "conflict":
            result.diagnostics.append(_conflict(group, media))
            continue
        first = group.copies[0].question
        for copy in group.copies[1:]:
            if group.sort == "exact":
                names = differing(first, copy.question)
                other = f", but not in {_and(names)}" if names else ""
                message = f"{copy.question.id} says the same as {first.id}{other}"
                hint = "qbank dedupe --merge keeps one of them and the sources of both"
            else:
                message = f"{copy.question.id} is much like {first.id} ({_likeness(copy)})"
                if copy.disagrees:
                    ours, theirs = (_shown(answers(q, media)) for q in (copy.question, first))
                    message += f", and their answers differ: {ours} | {theirs}"
                hint = f'look at both; "ignore": ["L303"] on {copy.question.id} if they are two questions'
            result.diagnostics.append(
                finding(
                    CODES[group.sort],
                    message,
                    question=copy.question.id,
                    pointer=f"/questions/{copy.position}/stem",
                    source=copy.place if copy.place.file else None,
                    hint=hint,
                )
            )
    return result


def _conflict(group: Duplicates, media: Media) -> Diagnostic:
    known = [answers(copy.question, media) for copy in group.copies]
    disputed = _disputed(known)
    said: dict[tuple[str | None, ...], list[int]] = {}
    for i, one in enumerate(known):
        told = tuple(one[slot].key if slot in one else None for slot in disputed)
        if any(key is not None for key in told):
            said.setdefault(told, []).append(i)
    sides = list(said.values())
    first, second = (group.copies[side[0]] for side in sides[:2])
    lines = []
    for side in sides[:5]:
        names = _and([group.copies[i].question.id for i in side[:5]]) + (" and others" if len(side) > 5 else "")
        lines.append(f"{names}: {_shown({slot: known[side[0]][slot] for slot in disputed if slot in known[side[0]]})}")
    more = f" | {len(sides) - 5} more" if len(sides) > 5 else ""
    return finding(
        "L304",
        f"{second.question.id} asks the same as {first.question.id} and has another answer ({' | '.join(lines)}{more})",
        question=second.question.id,
        pointer=f"/questions/{second.position}/stem",
        source=second.place if second.place.file else None,
        hint="correct one of the answers; none is chosen for you, and they are not merged",
    )


def _shown(known: dict[str, Known]) -> str:
    text = ", ".join(" ".join(answer.shown.split()) for answer in known.values()) or "unknown"
    return text if len(text) <= 60 else text[:57] + "..."


def _likeness(copy: Copy) -> str:
    parts = f", choices {copy.parts:.0%}" if copy.parts < 1 else ""
    return f"stem {copy.stem:.0%}{parts}"


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def as_object(found: Found) -> dict[str, Any]:
    """The groups as JSON: what `qbank dedupe --json` prints."""
    media = found.media
    return {
        "questions": found.questions,
        "counts": {sort: found.count(sort) for sort in CODES},
        "skipped": found.skipped,
        "groups": [_group_object(group, media) for group in found.groups],
    }


def _group_object(group: Duplicates, media: Media) -> dict[str, Any]:
    first = group.copies[0].question
    return {
        "sort": group.sort,
        "code": CODES[group.sort],
        "stem": richtext.plain(first.stem),
        "copies": [_copy_object(copy, first, media) for copy in group.copies],
    }


def _copy_object(copy: Copy, first: Question, media: Media) -> dict[str, Any]:
    question = copy.question
    known = answers(question, media)
    value: dict[str, Any] = {
        "id": question.id,
        "kind": kind_of(question),
        "pointer": f"/questions/{copy.position}",
        "answer": ", ".join(answer.shown for answer in known.values()) if known else None,
    }
    if copy.place.file:
        value |= {"file": copy.place.file, "line": copy.place.line}
    if question.source is not None:
        origin = {name: getattr(question.source, name) for name in ("document", "section", "number", "line")}
        value["source"] = {name: item for name, item in origin.items() if item is not None}
    if question is not first:
        value |= {"stem_similarity": copy.stem, "choice_similarity": round(copy.parts, 4)}
        value |= {"answer_differs": _disagree([known, answers(first, media)])}
        names = differing(first, question)
        if names:
            value["differs_in"] = list(names)
    return value


@dataclass(slots=True)
class Merge:
    """What a merge will do: `plan` has the copies of each new question by the position of the first."""

    plan: dict[int, list[Copy]]
    near: frozenset[int]
    """The positions in `plan` where words differ."""
    kept_apart: Counter[Sort]
    """Groups that are left alone."""
    media: Media

    @property
    def removed(self) -> int:
        """How many questions go into another."""
        return sum(len(copies) - 1 for copies in self.plan.values())

    def questions(self, reader: BankReader) -> Iterator[Question]:
        """The questions of the bank, each merged group as one in the place of its first."""
        gone = {copy.position for copies in self.plan.values() for copy in copies[1:]}
        for position, question in _numbered(reader):
            if position in self.plan:
                copies = [copy.question for copy in self.plan[position]]
                yield merged(copies, self.media, near=position in self.near)
            elif position not in gone:
                yield question


def merge(found: Found, *, near: bool = False) -> Merge:
    """Plan the merge of exact groups and, if `near`, of near ones whose answers do not differ.

    The first id stays; the others are recorded with their sources under
    `extensions.qbank.merged`. Conflicts stay as they are, and so do near
    copies of a question that is in one.
    """
    plan = {group.copies[0].position: list(group.copies) for group in found.groups if group.sort == "exact"}
    disputed = {c.position for group in found.groups if group.sort == "conflict" for c in group.copies}
    apart: Counter[Sort] = Counter({"conflict": found.count("conflict")})
    nears: set[int] = set()
    gone: set[int] = set()
    for group in found.groups:
        if group.sort == "near":
            first = group.copies[0].position
            joined = _joined(group, plan, gone | disputed, nears, found.media) if near else []
            if joined:
                whole = [*plan.get(first, [group.copies[0]])]
                for copy in joined:
                    whole += plan.pop(copy.position, [copy])
                    gone.add(copy.position)
                plan[first] = whole
                nears.add(first)
            apart["near"] += len(joined) < len(group.copies) - 1
    return Merge(plan, frozenset(nears), apart, found.media)


def _joined(
    group: Duplicates, plan: dict[int, list[Copy]], barred: set[int], nears: set[int], media: Media
) -> list[Copy]:
    """Which copies of a near group may go into its first one, one after another."""
    leader, *others = group.copies
    if leader.position in barred:
        return []
    whole = list(plan.get(leader.position, [leader]))
    joined = []
    for copy in others:
        more = plan.get(copy.position, [copy])
        if copy.position not in barred | nears and _fit([*whole, *more], media):
            whole += more
            joined.append(copy)
    return joined


def _fit(copies: Sequence[Copy], media: Media) -> bool:
    """Whether near copies may become one: of one family, and no two known answers differ."""
    asked: list[Content] = [content(copy.question, media) for copy in copies]
    if len({one.family for one in asked}) > 1:
        return False
    return not _disagree([answers(copy.question, media) for copy in copies])


def opener(source: str | Bank) -> Opener:
    """Opens a bank file, standard input ("-", read once and kept) or a bank in memory, as often as needed."""
    if not isinstance(source, str):
        return lambda: bankfile.in_memory(source)
    if source != "-":
        return lambda: bankfile.open_bank(source)
    import sys

    data = sys.stdin.buffer.read()
    return lambda: bankfile.open_bytes(data, "<stdin>")
