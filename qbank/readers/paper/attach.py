"""Answer keys given to the questions they are for; what is left over is kept as orphans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qbank.readers.paper.account import Role
from qbank.readers.paper.keys import Entry, compatible, entries, outer_value, parted, unstemmed
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.resolve import Draft
from qbank.readers.paper.sections import Paper, Section
from qbank.readers.paper.structured import told_parts
from qbank.readers.paper.view import fold
from qbank.readers.paper.words import CHOICES, ENGLISH_WORD, HAN, KIND_WORD, OPENS, kind_named


@dataclass(slots=True)
class Block:
    """A section's questions, as found."""

    section: Section
    items: list[Item] = field(default_factory=list)
    keyed: bool = False


@dataclass(slots=True)
class Reading:
    """What a document was read as."""

    paper: Paper
    drafts: list[Draft] = field(default_factory=list)
    claims: list[tuple[int, int, Role, str]] = field(default_factory=list)
    """Claims on no question: titles, headings, keys."""
    orphans: list[tuple[Section, list[Entry]]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    findings: list[tuple[str, str, int]] = field(default_factory=list)
    """Code, message, position in the view."""


def attach_keys(sources: Sources, paper: Paper, out: Reading) -> None:
    """Attach the entries of every key to the questions they are for."""
    waiting: list[Block] = []
    of_section = {id(b.section): b for b in out.blocks}
    for section, following in zip(paper.sections, [*paper.sections[1:], None], strict=True):
        if section.ahead and following is not None and id(following) in of_section:
            block = of_section[id(following)]
            found = entries(sources, section, block.items)
            _attach(sources, section, block.items, found)
            block.keyed = all(i.hints.get("keyed") for i in block.items)
            out.claims.append((section.start, section.end, "key", "answer key"))
            continue
        if not section.key:
            waiting.extend([of_section[id(section)]] if id(section) in of_section else [])
            continue
        waiting = [b for b in waiting if not b.keyed] or waiting[-1:]
        if not sources.view.text[section.start : section.end].strip():
            continue
        if section.kind is None and (parts := _key_parts(sources, section, waiting)):
            for part, block in parts:
                block.keyed = True
                lost = _attach(sources, part, block.items, entries(sources, part, block.items))
                if lost:
                    out.orphans.append((part, lost))
            out.claims.append((section.start, section.end, "key", "answer key"))
            continue
        if any(i.path is not None for b in waiting for i in b.items) and _attach_paths(sources, section, waiting):
            out.claims.append((section.start, section.end, "key", "answer key"))
            continue
        blocks = _targets(section, waiting)
        items = [i for b in blocks for i in b.items]
        found = entries(sources, section, items)
        if section.kind is None and len(blocks) > 1:
            own = {i.value for i in blocks[-1].items}
            nearest = [e for e in entries(sources, section, blocks[-1].items) if e.value in own]
            full = len(found) <= len(nearest) and len(nearest) * 5 >= len(blocks[-1].items) * 4
            if full and not _meant_for_choices(nearest, blocks):
                blocks, items, found = blocks[-1:], blocks[-1].items, nearest
        lost = _attach(sources, section, items, found)
        for block in blocks:
            # A section that got nothing waits for a key of its own further down.
            block.keyed = block.keyed or any(i.hints.get("keyed") for i in block.items)
        out.claims.extend((e.start, e.end, "key", "answer key") for e in found if e not in lost)
        out.claims.append((section.start, section.end, "key", "answer key"))
        if lost or (not found and not items):
            out.orphans.append((section, lost))
    if paper.answers_only:
        for section in paper.sections:
            used = id(section) in of_section
            if not used and section.heading is not None:
                out.claims.append((section.start, section.end, "key", "answers without their questions"))
                found = entries(sources, section, [])
                out.orphans.append((section, found))


def _attach_paths(sources: Sources, section: Section, waiting: list[Block]) -> bool:
    """Give the entries of a mark scheme to the parts they name (`2(b)(i)`); whether most of them named one."""
    targets = {i.path or (i.value or 0, "", ""): (i, b) for b in waiting for i in b.items}
    told = [
        # `3. b)` below `2. a) ...` names an option of a question without parts
        replace(t, path=(t.path[0], "", ""), value=t.start) if t.path not in targets and t.alone else t
        for t in told_parts(sources.view.text, section.start, section.end)
    ]
    met = [t for t in told if t.path in targets]
    if len(met) * 2 < len(told) or len(met) < 2:
        return False
    for one in met:
        target, block = targets[one.path]
        if not target.hints.get("keyed"):
            _give(sources, target, Entry(target.value or 0, one.start, one.end, sources.view.raw[one.value : one.end]))
            block.keyed = True
    return True


_KEY_PART = re.compile(
    rf"(?:^|(?<=\n)|(?<=[。;\s])|(?<=[A-H√×])(?=[{HAN}]{{1,2}}、))[ \t]*+(?:(?P<ordinal>[{HAN}]{{1,2}})[、.:])?[ \t]*+(?P<kind>(?:{KIND_WORD})(?:题)?|(?<=\n)(?i:(?:{ENGLISH_WORD})(?:[ ]questions?)?)(?=[ \t]*[:]))?[ \t]*+[:]?\s*+(?=[A-H√×对错TF\d(]|第\d|题号|序号)"
    rf"|(?:^|(?<=\n))[ \t]*(?P<told>[{HAN}]{{1,2}})[、.][ \t]*(?=[^\s\n])"
)
"""Where a part of a key begins; `told` numbers one that is prose, and only where a section of open questions bears it."""


def _key_parts(sources: Sources, section: Section, waiting: list[Block]) -> list[tuple[Section, Block]]:
    """`一、ABAD 二、√×`, `单选题：1-3 ABA`: the parts of a key that name sections by number or kind alone."""
    text = sources.view.text
    free = [b for b in waiting if not b.keyed and b.section.heading is not None]
    found = [
        m
        for m in _KEY_PART.finditer(text, section.start, section.end)
        if m["ordinal"] or m["kind"] or (m["told"] and any(_bears(b, m["told"]) and len(b.items) == 1 for b in free))
    ]
    every = list(free)
    stops = [m.start() for m in found[1:]] + [section.end]
    out: list[tuple[Section, Block]] = []
    for match, stop in zip(found, stops[: len(found)], strict=True):
        kind = kind_named(match["kind"]) if match["kind"] else None
        block = next((b for b in free if kind is not None and b.section.kind == kind), None)
        block = block or next((b for b in free if kind is not None and compatible(kind, b.section.kind)), None)
        if block is None and kind is None:
            block = next((b for b in free if _bears(b, match["ordinal"] or match["told"])), None)
        if block is None:
            return []
        free.remove(block)
        out.append((Section(match.end(), stop, block.section.heading, section.chapter, True, section.document), block))
    if out and text[section.start : found[0].start()].strip():
        # What stands before the first part named is for the section before the one it names.
        before = every[: every.index(out[0][1])]
        if before and before[-1] in free:
            block = before[-1]
            lead = Section(
                section.start, found[0].start(), block.section.heading, section.chapter, True, section.document
            )
            out.insert(0, (lead, block))
    return out


def _bears(block: Block, ordinal: str) -> bool:
    """Whether the heading of a section has this number."""
    heading = block.section.heading
    return heading is not None and re.match(rf"第?{ordinal}(?![{HAN}])", heading.title) is not None


def _meant_for_choices(found: list[Entry], blocks: list[Block]) -> bool:
    """Whether letters would go to the last section, which has no options, though one before it has."""
    letters = [e for e in found if (told := _TOKEN.fullmatch(fold(e.raw))) is not None and told["letters"]]
    bare = not any(i.choices for i in blocks[-1].items)
    return bool(letters) and bare and any(i.choices for b in blocks[:-1] for i in b.items)


_PLACE = re.compile(
    r"(?:round|part|section)[ \t]+(?P<word>\w+)|第[ \t]*(?P<part>\w{1,3}?)[ \t]*(?:部分|卷|组)|(?P<roman>[IVXⅠ-Ⅷ]{1,4})[.、]",
    re.I,
)


def _place(section: Section) -> str:
    """What a heading such as `Round 2` or `第二部分` calls its section; empty for any other."""
    match = _PLACE.match(section.heading.title) if section.heading is not None else None
    return match[0].lower().strip(" .、") if match is not None else ""


def _targets(section: Section, waiting: list[Block]) -> list[Block]:
    """The blocks a key section speaks of."""
    if section.chapter is not None:
        waiting = [b for b in waiting if b.section.chapter == section.chapter] or waiting
    if (named := _place(section)) and (same := [b for b in waiting if not b.keyed and _place(b.section) == named]):
        return same[:1]
    if section.kind is None:
        return [b for b in waiting if not b.keyed] or waiting[-1:]
    fresh = [b for b in waiting if not b.keyed]
    for exact in (True, False):
        for block in fresh:
            if (
                (block.section.kind == section.kind)
                if exact
                else (block.section.kind is not None and compatible(section.kind, block.section.kind))
            ):
                return [block]
    untitled = [b for b in fresh if b.section.kind is None]
    return untitled[:1]


def _attach(sources: Sources, section: Section, items: list[Item], found: list[Entry]) -> list[Entry]:
    """Give each entry to its question; returns those that have none.

    An entry that cannot be the question's answer (letters for an open question,
    a letter its options do not reach) is not given: no answer is better than a wrong one.
    """
    lost: list[Entry] = []
    at = 0
    found = _to_lists(items, found)
    values: list[int | None] = [outer_value(i) for i in items]
    if not any(values):
        values = list(range(1, len(items) + 1))  # questions without numbers are counted
        if {e.value for e in found} != set(values):
            return list(found)
    places: dict[int | None, list[int]] = {}
    for k, value in enumerate(values):
        places.setdefault(value, []).append(k)
    for entry in found:
        there = [k for k in places.get(entry.value, ()) if not items[k].hints.get("keyed")]
        group = items[there[0]].group if there else None
        if group is not None and group.value is not None:
            members = [items[k] for k in there if items[k].group is group]
            lost.extend(_attach_parts(sources, section, members, entry))
            continue
        there = [k for k in there if k >= at] + [k for k in there if k < at]
        if not there and _explains(sources, items, places.get(entry.value, ()), entry):
            continue
        fitting = [k for k in there if _fits(items[k], entry.raw)]
        if (told := _TOKEN.fullmatch(fold(entry.raw))) is not None and told["letters"]:
            # Letters are for a question with options where there is one; only then for `A. true B. false` unsaid.
            fitting = [k for k in fitting if items[k].choices] or fitting
        match = fitting[0] if fitting else None
        if match is None:
            lost.append(entry)
            continue
        _give(sources, items[match], entry)
        at = match + 1
    return lost


def _to_lists(items: list[Item], found: list[Entry]) -> list[Entry]:
    """Give questions that match two lists the entries for their prompts (`7. c 8. a`); returns the others."""
    for item in items:
        numbers = [int(n) for n, _, _ in item.columns.prompts if n.isdecimal()] if item.columns is not None else []
        mine = [e for e in found if e.value in numbers]
        if item.raw is None and numbers and numbers[0] > 1 and len(mine) == len(numbers):
            item.raw = " ".join(f"{e.value}-{e.raw.strip()}" for e in mine)
            item.origin, item.raw_span, item.hints["keyed"] = "key", (mine[0].start, mine[-1].end), True
            found = [e for e in found if e not in mine]
    return found


def _explains(sources: Sources, items: list[Item], places: Sequence[int], entry: Entry) -> bool:
    """Give an entry that is only an explanation (`1.【解析】…` below a row of letters) to a question with an answer."""
    start = entry.end - len(entry.raw)
    told = next(iter(sources.fields_in(start, entry.end)), None)
    if len(places) != 1 or told is None or told.name != "explanation" or sources.view.text[start : told.start].strip():
        return False
    items[places[0]].explanation.append((told.end, entry.end))
    return True


def _attach_parts(sources: Sources, section: Section, members: list[Item], entry: Entry) -> list[Entry]:
    """Give the parts of an entry to the parts of a question."""
    parts = parted(sources, entry, members)
    if not parts:
        if len(members) == 1:
            _give(sources, members[0], entry)
            return []
        return [entry]
    lost = []
    for part in parts:
        target = next((i for i in members if i.value == part.value and not i.hints.get("keyed")), None)
        if target is None:
            lost.append(part)
        else:
            _give(sources, target, part)
    return lost


_TOKEN = re.compile(
    r"[\s(【\[]*(?P<letters>[A-H]{1,8})[\s)】\].。]*|[\s(【\[]*(?P<verdict>√|×|对|错|正确|错误)[\s)】\].。]*"
)


def _fits(target: Item, raw: str) -> bool:
    """Whether an answer that is only letters or a verdict can be this question's."""
    told = _TOKEN.fullmatch(fold(raw))
    if told is None:
        return True
    if told["letters"]:
        if target.choices and target.hints.get("task") and not target.labelled and told["letters"] == "F":
            return True  # false, of true, false and not given
        if target.choices:
            return max(ord(c) - 65 for c in told["letters"]) <= max(
                len(target.choices) - 1, *(c.index for c in target.choices)
            )
        return target.section.kind not in OPENS or target.tag in CHOICES
    return len(target.choices) in {0, 2} and (
        target.section.kind not in CHOICES or target.tag == "judge" or len(target.choices) == 2
    )


def _give(sources: Sources, target: Item, entry: Entry) -> None:
    target.hints["keyed"] = True
    raw, start = entry.raw, entry.end - len(entry.raw)
    parts = sources.fields_in(start, entry.end)
    for i, part in enumerate(parts):
        stop = parts[i + 1].start if i + 1 < len(parts) else entry.end
        if part.name == "explanation":
            target.explanation.append((part.end, stop))
        elif part.name == "points":
            number = re.match(r"\s*\d{1,3}(?:\.\d{1,2})?", sources.view.text[part.end : stop])
            if number and target.points is None:
                from fractions import Fraction

                target.points = Fraction(number[0].strip())
    answers = [p for p in parts if p.name == "answer"]
    cut = next(
        (
            p.start
            for p in parts
            if p.name in {"explanation", "points", "knowledge", "difficulty"}
            and p.start > (answers[0].start if answers else start)
        ),
        entry.end,
    )
    if answers and cut > answers[0].end:
        raw = sources.view.raw[answers[0].end : cut]
    else:
        raw = sources.view.raw[start:cut]
        stem = "".join(sources.view.raw[a:b] for a, b in target.stem)
        raw = unstemmed(raw, stem)
    if not raw.strip():
        return
    if target.raw is not None and target.origin == "label":
        target.rival = raw
        return
    if target.raw is None or target.origin in {"before", "alone", "text"}:
        target.raw, target.origin, target.raw_span = raw, "key", (entry.start, entry.end)
        target.model = False


def merge_repeated(out: Reading) -> None:
    """A part that repeats the questions with their answers answers them; it asks nothing new."""
    open_: dict[tuple[str, ...], Draft] = {}
    gone: set[int] = set()
    merged = 0
    for i, draft in enumerate(out.drafts):
        key = (re.sub(r"\W", "", draft.stem), *draft.options)
        first = open_.get(key)
        if first is None:
            open_[key] = draft
        elif first.answer is None and draft.answer is not None and first.item.section is not draft.item.section:
            merged += 1
            gone.add(i)
            first.answer, first.kind = draft.answer, draft.kind
            first.explanation = first.explanation or draft.explanation
            first.item.origin = "key"
            first.item.claims.append((draft.item.start, draft.item.end, "key", "the question repeated with its answer"))
    if merged >= 2:
        out.drafts = [d for i, d in enumerate(out.drafts) if i not in gone]
