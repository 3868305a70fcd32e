"""A paper whose answers stand in a file of their own: the key is read behind the paper, and pointed at where it stands."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from qbank.diagnostics import Diagnostic, Report, Span
from qbank.model import Question
from qbank.readers.marks import Mark
from qbank.readers.paper import pipeline
from qbank.readers.paper.account import Account, Claim, settle
from qbank.readers.paper.attach import Block, Reading, attach_keys
from qbank.readers.paper.build import Builder
from qbank.readers.paper.compose import compose
from qbank.readers.paper.diagnose import diagnose
from qbank.readers.paper.fields import fields
from qbank.readers.paper.furniture import furniture
from qbank.readers.paper.headings import Heading
from qbank.readers.paper.keyparts import KeyPaper, assigned, key_papers
from qbank.readers.paper.keys import Entry, compatible, entries
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.resolve import Draft, resolve
from qbank.readers.paper.sections import Paper, Section
from qbank.readers.paper.view import View, kept, narrow
from qbank.readers.paper.words import OPENS, Promise
from qbank.reading import Context


@dataclass(frozen=True, slots=True)
class KeyText:
    """The words of a file of answers, and its name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Joined:
    """The paper and its key as one text, and where the second begins."""

    whole: str
    base: int
    """Offset of the key in `whole`."""
    cut: int
    """Position of the key in the view."""
    view: View
    removed: list[tuple[int, int, str]]
    """Furniture of both, in offsets of `whole`."""

    @property
    def lines(self) -> int:
        """How many lines stand before the key."""
        return self.whole.count("\n", 0, self.base)


def read_keyed(text: str, key: KeyText, name: str, ctx: Context, styled: Sequence[Mark] = ()) -> list[Question]:
    """The questions of a paper with the answers of a key.

    Adds an account of each of the two texts to `ctx.accounts`; findings and
    claims about the key point into its own file. An answer that the paper
    gives otherwise is R014; what fits no question is R015 or R016.
    """
    joined = _joined(text, key.text)
    said = Report()
    scratch = Context(ctx.options, said, ctx.header)
    readings = compose(joined.view.slice(0, joined.cut))
    if styled:
        pipeline.reread_marked(readings, joined.view, styled)
    _attach(joined, readings, key_papers(joined.view.text, joined.cut))
    builder = Builder(name, joined.whole, joined.view)
    made = [(reading, builder.questions(reading)) for reading in readings]
    account = Account(name, joined.whole, title=next((r.paper.title for r in readings if r.paper.title), "") or "")
    claims = [Claim(a, b, "furniture", "", why) for a, b, why in joined.removed]
    for reading, pairs in made:
        claims.extend(pipeline.claims_of(joined.view, reading, pairs))
    account.claims = settle(len(joined.whole), claims)
    diagnose(scratch, builder, account, made, joined.removed)
    _unused(scratch, builder, joined, name, readings)
    ctx.report.extend(_placed(said, joined.lines, key.name))
    theirs = Account(name, text, list(_within(account.claims, 0, len(text))), account.title)
    ctx.accounts += [theirs, Account(key.name, key.text, list(_within(account.claims, joined.base, len(joined.whole))))]
    questions = [question for _, pairs in made for question, _ in pairs]
    pipeline.set_header(ctx, theirs, questions)
    return questions


def _joined(text: str, key: str) -> _Joined:
    gap = "\n" if text.endswith("\n") else "\n\n"
    base = len(text) + len(gap)
    mine = furniture(text)
    removed = [*mine, *((a + base, b + base, why) for a, b, why in furniture(key))]
    view = kept(text + gap + key, [(a, b) for a, b, _ in removed])
    cut = base - sum(b - a for a, b, _ in mine)
    left, right = narrow(view.text, 0, cut), narrow(view.text, cut, len(view.text))
    if len(left) + len(right) > 2:
        view, cut = view.reordered(left + right), sum(b - a for a, b in left)
    return _Joined(text + gap + key, base, cut, view, removed)


def _placed(said: Report, lines: int, key: str) -> Iterator[Diagnostic]:
    """The findings, those about lines after the paper's moved into the key's file."""
    for found in said:
        at = found.source
        if at is not None and at.line > lines:
            yield msgspec.structs.replace(found, source=Span(key, at.line - lines, at.column))
        else:
            yield found


def _within(claims: Sequence[Claim], start: int, end: int) -> Iterator[Claim]:
    """The claims on a stretch, in offsets from its start."""
    for claim in claims:
        a, b = max(start, claim.start), min(end, claim.end)
        if a < b:
            yield Claim(a - start, b - start, claim.role, claim.question, claim.reason)


_NUMBERED_LINE = re.compile(r"^[ \t#*>]*(?:第[ \t]*)?(\d{1,3})[ \t]*[.、题]", re.M)


# --- the answers to their questions ----------------------------------------------------------------------------------


def _from_copy(joined: _Joined, readings: list[Reading], least: float) -> bool:
    """Answer from a key that is the whole paper once more; False where that answers no more than `least`."""
    asked = [draft for reading in readings for draft in reading.drafts]
    if len(joined.view.text) - joined.cut < joined.cut // 2:
        return False
    again = compose(joined.view.slice(joined.cut, len(joined.view.text)))
    copies: dict[tuple[str, ...], list[Draft]] = {}
    for reading in again:
        for draft in reading.drafts:
            copies.setdefault(_asks(draft), []).append(draft)
    listed = [draft for draft in asked if draft.options]
    same = sum(_asks(draft) in copies for draft in listed)
    answered = sum(any(c.answer is not None for c in copies.get(_asks(draft), ())) for draft in asked)
    # No key repeats the options; where it does not, what answers more decides.
    if same * 2 <= len(listed) and answered <= least:
        return False
    cut = joined.cut
    for draft in asked:
        copy = copies[_asks(draft)].pop(0) if copies.get(_asks(draft)) else None
        if copy is None or copy.answer is None:
            continue
        if draft.answer is not None and (draft.answer != copy.answer or draft.kind != copy.kind):
            draft.item.findings.append(("R014", "the answer in the paper and the answer in the key's file differ"))
            draft.item.doubt(0.45, "two answers differ")
            continue
        draft.answer, draft.kind = copy.answer, copy.kind
        draft.explanation = draft.explanation or copy.explanation
        draft.item.origin, draft.item.raw_span = "key", (cut + copy.item.start, cut + copy.item.end)
    last = readings[-1]
    last.claims.append((cut, len(joined.view.text), "key", "the paper once more, with its answers"))
    left = [d.item for found in copies.values() for d in found if d.answer is not None]
    if left:
        lost = [Entry(i.value or 0, cut + i.start, cut + i.end, "") for i in sorted(left, key=lambda i: i.start)]
        last.orphans.append((Section(cut, len(joined.view.text), key=True), lost))
    return True


def _asks(draft: Draft) -> tuple[str, ...]:
    """What a question asks, down to its letters and digits."""
    return tuple(re.sub(r"[\W_]", "", words) for words in (draft.stem, *draft.options))


def _attach(joined: _Joined, readings: list[Reading], keys: list[KeyPaper]) -> None:
    """Give each document its part of the key; where the parts do not pair up, the whole key to all of them.

    Each section goes where it fits, or all go as a key inside the paper would,
    or the key is read as a copy of the paper: whatever answers most.
    """
    sources = Sources(joined.view, fields(joined.view.text), [], [])
    paired = len(readings) == len(keys)
    groups = [([r], [k]) for r, k in zip(readings, keys, strict=True)] if paired else [(readings, keys)]
    best = [
        max((_tried(sources, mine, theirs, fitted=fitted) for fitted in (True, False)), key=lambda found: found.worth)
        for mine, theirs in groups
    ]
    if _from_copy(joined, readings, sum(found.worth for found in best)):
        return
    for (mine, theirs), found in zip(groups, best, strict=True):
        for reading in mine:
            reading.drafts = [found.drafts.get(id(draft), draft) for draft in reading.drafts]
        last = mine[-1]
        for key in theirs:
            last.claims.extend((a, b, "heading", "title of the key") for a, b in key.titles)
            last.claims.extend((h.start, h.end, "key" if h.level == "key" else "heading", h.title) for h in key.heads)
        last.claims.extend(found.out.claims)
        last.orphans.extend(found.out.orphans)


@dataclass(slots=True)
class _Try:
    """One way of giving a key's entries to the questions, and what it came to."""

    out: Reading
    drafts: dict[int, Draft] = field(default_factory=dict)
    """By the id of the draft they take the place of."""
    worth: float = 0.0


def _tried(sources: Sources, readings: list[Reading], keys: list[KeyPaper], *, fitted: bool) -> _Try:
    items = {id(draft.item): _without_key(sources.view, draft) for reading in readings for draft in reading.drafts}
    blocks = [replace(b, keyed=False, items=[items.get(id(i), i) for i in b.items]) for r in readings for b in r.blocks]
    told = {id(item): _told(item) for item in items.values()}
    out = Reading(Paper(None, 0, len(sources.view.text)), blocks=blocks)
    if fitted:
        for section, mine in assigned(sources, [replace(s) for k in keys for s in k.sections], blocks):
            _answer(sources, section, mine, out)
    else:
        own = [s for r in readings for s in r.paper.sections if not s.key]
        theirs = [replace(s) for k in keys for s in k.whole]
        for section in theirs:
            if section.kind in OPENS or section.kind is None:
                _cut_surplus(sources.view, section, blocks, out)
        attach_keys(sources, replace(out.paper, sections=own + theirs), out)
    done = _Try(out)
    for reading in readings:
        for draft in reading.drafts:
            item = items[id(draft.item)]
            if _told(item) != told[id(item)]:
                made = done.drafts[id(draft)] = _compared(draft, item, sources.view)
                bad = sum(code in {"R012", "R013", "R014"} for code, _ in item.findings)
                done.worth += (made.answer is not None) - bad
    done.worth -= 0.5 * sum(max(1, len(lost)) for _, lost in out.orphans)
    return done


def _answer(sources: Sources, section: Section, blocks: list[Block], out: Reading) -> None:
    """Give the entries of a section to the questions it speaks of."""
    if not blocks:
        out.claims.append((section.start, section.end, "key", "answers to no question of the paper"))
        out.orphans.append((section, entries(sources, section, []) or [_whole(sources.view, section)]))
        return
    kind = section.kind
    if kind is None or not compatible(kind, blocks[0].section.kind):
        kind = blocks[0].section.kind if len(blocks) == 1 else None
    title = section.heading.title if section.heading is not None else ""
    heading = Heading(section.start, section.start, title, kind, Promise(""), "section")
    section = replace(section, chapter=None, heading=heading)
    if kind in OPENS or kind is None:
        _cut_surplus(sources.view, section, blocks, out)
    alone = Reading(Paper(None, 0, section.end, sections=[*(b.section for b in blocks), section]), blocks=blocks)
    chapters = [b.section.chapter for b in blocks]
    for block in blocks:
        block.section.chapter = None
    attach_keys(sources, alone.paper, alone)
    for block, chapter in zip(blocks, chapters, strict=True):
        block.section.chapter = chapter
    if kind in OPENS:
        alone.orphans = [(s, _points_given_back(sources.view, blocks, lost)) for s, lost in alone.orphans]
    out.claims.extend(alone.claims)
    out.orphans.extend((s, lost) for s, lost in alone.orphans if lost)


def _whole(view: View, section: Section) -> Entry:
    text = view.raw[section.start : section.end]
    lead = len(text) - len(text.lstrip())
    return Entry(1, section.start + lead, section.end, text)


def _points_given_back(view: View, blocks: list[Block], lost: list[Entry]) -> list[Entry]:
    """Entries whose numbers begin again behind an answer are the points of that answer."""
    left: list[Entry] = []
    open_: Item | None = None
    ends = {i.raw_span[1]: i for b in blocks for i in b.items if i.raw_span is not None and i.raw is not None}
    for entry in sorted(lost, key=lambda e: e.start):
        before = next((ends[at] for at in range(entry.start, entry.start - 3, -1) if at in ends), None)
        if before is None or not (before is open_ or entry.value == 1):
            left.append(entry)
            continue
        open_ = before
        assert before.raw is not None
        assert before.raw_span is not None
        before.raw += view.raw[before.raw_span[1] : entry.end]
        before.raw_span = (before.raw_span[0], entry.end)
        ends[entry.end] = before
    return left


def _cut_surplus(view: View, section: Section, blocks: Sequence[Block], out: Reading) -> None:
    """Answers numbered beyond the last question are not part of the one before them.

    Numbers that begin again are the points of an answer, whatever they reach.
    """
    mine = [i for b in blocks if compatible(section.kind, b.section.kind) for i in b.items]
    if any(i.group is not None for i in mine):
        return  # the parts of a group bear numbers of their own, and the group may bear none
    last = max((i.value or 0 for i in mine), default=0)
    lines = [(int(m[1]), m) for m in _NUMBERED_LINE.finditer(view.text, section.start, section.end)]
    rising = list(itertools.takewhile(lambda pair: pair[0][0] < pair[1][0], itertools.pairwise([(0, None), *lines])))
    over = [m for _, (value, m) in rising if last and value > last and m is not None]
    if not over or len(rising) < len(lines):
        return
    ends = [*(m.start() for m in over[1:]), section.end]
    found = [Entry(int(m[1]), m.start(), end, view.raw[m.end() : end]) for m, end in zip(over, ends, strict=True)]
    out.orphans.append((replace(section, start=over[0].start()), found))
    out.claims.extend((e.start, e.end, "key", "an answer to no question") for e in found)
    section.end = over[0].start()


def _told(item: Item) -> tuple[object, ...]:
    """What a key may change."""
    return item.raw, item.origin, item.raw_span, item.rival, tuple(item.explanation), item.points


def _without_key(view: View, draft: Draft) -> Item:
    """The item as it was before a key of the paper answered it and before it was resolved."""
    item = _copy(draft.item)
    trial = _copy(draft.item)
    trial.doubts, trial.findings = [], []
    resolve(view, trial)
    for doubt in trial.doubts:
        if doubt in item.doubts:
            item.doubts.remove(doubt)
    item.findings = [found for found in item.findings if found not in trial.findings]
    item.hints.pop("keyed", None)
    if item.origin == "key":
        item.raw, item.raw_span, item.origin, item.rival = None, None, "", None
    return item


def _copy(item: Item) -> Item:
    return replace(
        item,
        explanation=list(item.explanation),
        claims=list(item.claims),
        doubts=list(item.doubts),
        findings=list(item.findings),
        hints=dict(item.hints),
    )


def _compared(before: Draft, item: Item, view: View) -> Draft:
    """The question with its new answer; an answer that a key in the paper gave fills a gap or contradicts."""
    draft = resolve(view, item)
    draft.points = draft.points or before.points
    if before.answer is None or before.item.origin != "key":
        return draft
    if draft.answer is None:
        draft.answer, draft.kind = before.answer, before.kind
        draft.item.origin = "key"
    elif draft.answer != before.answer:
        item.findings.append(("R014", "the key in the paper and the key in the file differ"))
        item.doubt(0.45, "two answers differ")
    return draft


def _unused(ctx: Context, builder: Builder, joined: _Joined, name: str, readings: list[Reading]) -> None:
    """Say what the key has and the paper has not, and the other way round."""
    drafts = [d for r in readings for d in r.drafts]
    given = [d for d in drafts if d.item.raw_span is not None and d.item.raw_span[0] >= joined.cut]
    told = any(d.item.explanation and d.item.explanation[0][0] >= joined.cut for d in drafts)
    line, column = builder.place(joined.base)
    if drafts and not given and not told:
        ctx.problem("R016", "no answer of the key fits a question of the paper", name, line, column)
        return
    lost = [entry for r in readings for _, entries in r.orphans for entry in entries if entry.start >= joined.cut]
    open_ = [d for d in drafts if d.answer is None]
    asked = {d.item.value for d in open_}
    if lost and open_ and not asked & {e.value for e in lost}:
        line, column = builder.spot(lost[0].start)
        ours = ", ".join(str(d.item.value) for d in open_[:12] if d.item.value is not None)
        theirs = ", ".join(str(e.value) for e in lost[:12])
        ctx.problem(
            "R016",
            f"the key answers {theirs}, which the paper does not ask, and leaves open {ours or len(open_)}; "
            "only the numbers that agree were attached",
            name,
            line,
            column,
        )
