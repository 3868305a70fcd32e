"""Sections to questions: the reading of each section that explains most of it, and the keys attached."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from qbank.readers.paper.account import Role
from qbank.readers.paper.attach import Block, Reading, attach_keys, merge_repeated
from qbank.readers.paper.bullets import bullets
from qbank.readers.paper.fields import fields
from qbank.readers.paper.groups import SHARED, is_passage, set_material, set_passage, subdivided
from qbank.readers.paper.items import item
from qbank.readers.paper.numbers import Facts, Mark, marks, reading, unprefixed
from qbank.readers.paper.options import labels, runs
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.resolve import Draft, is_asking, question_end, resolve
from qbank.readers.paper.sections import Paper, Section, papers
from qbank.readers.paper.unnumbered import by_answers, by_delimiters, by_lines, by_options, by_paragraphs, by_sentences
from qbank.readers.paper.view import View
from qbank.readers.paper.words import CHOICES, OPENS, SURE_GAP

_JUDGED = re.compile(r"[(【\[]\s*(?:√|×|对|错|正确|错误|T|F)\s*[)】\]]|[√×]\s*$")


def compose(view: View) -> list[Reading]:
    """Every document of a view, read."""
    text = view.text
    found = papers(text)
    barriers = sorted({h.start for p in found for h in p.heads} | {p.start for p in found})
    labelled = fields(text)
    candidates = labels(text)
    sources = Sources(view, labelled, runs(candidates, barriers), candidates)
    numbers = marks(text)
    facts = Facts.of(text, sources.runs, labelled)
    starts = [m.start for m in numbers]
    return [_read(sources, paper, facts, numbers, starts) for paper in found]


def _read(sources: Sources, paper: Paper, facts: Facts, numbers: list[Mark], starts: list[int]) -> Reading:
    out = Reading(paper)
    out.claims.extend((a, b, "heading", "title") for a, b in paper.titles)
    for heading in paper.heads:
        role: Role = "key" if heading.level == "key" else "heading"
        out.claims.append((heading.start, heading.end, role, heading.title))
    after = 0
    for section in paper.sections:
        inside = numbers[bisect_left(starts, section.start) : bisect_left(starts, section.end)]
        if section.key:
            continue
        section.after = after
        items = _items(sources, section, facts, inside, paper)
        after = (
            max((i.value for i in items[-3:] if i.value is not None and i.group is None), default=0) if items else after
        )
        if items:
            out.blocks.append(Block(section, items))
    attach_keys(sources, paper, out)
    for block in out.blocks:
        drafts = [resolve(sources.view, i) for i in block.items]
        drafts = [d for d in drafts if _stands(d, paper)]
        _whole_points(drafts)
        out.drafts.extend(drafts)
    merge_repeated(out)
    return out


def _whole_points(drafts: list[Draft]) -> None:
    """The only question of a section is worth what the section is worth."""
    if len(drafts) == 1 and drafts[0].points is None:
        drafts[0].points = drafts[0].item.section.promise.total
    groups: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.item.group is not None and draft.item.group.case and draft.item.points is None:
            groups.setdefault(id(draft.item.group), []).append(draft)
    for members in groups.values():
        promise = members[0].item.section.promise
        whole = promise.total if len(groups) == 1 and len(members) == len(drafts) else promise.each
        if whole is not None and len(members) > 1 and members[0].item.section.kind == "case":
            for member in members:
                member.points = whole / len(members)


def _stands(draft: Draft, paper: Paper) -> bool:
    """Whether there is a question in it at all."""
    stem = draft.stem.strip(" _()（）.。:：")
    if not stem and not (draft.options and len(draft.options) > 2):
        return False
    if paper.answers_only and not draft.options:
        if draft.kind == "term":
            return draft.answer is not None and draft.item.model
        by_mark = draft.item.origin == "label" or (draft.kind == "judge" and draft.item.origin == "bracket")
        return is_asking(draft.stem) or (by_mark and len(stem) > 8)
    return True


def _items(sources: Sources, section: Section, facts: Facts, inside: list[Mark], paper: Paper) -> list[Item]:
    """The questions of a section: numbered, or by options, or by paragraphs, or by question sentences."""
    start, end = section.start, section.end
    text = sources.view.text
    if not text[start:end].strip():
        return []
    if section.kind is None and (table := by_delimiters(sources, section, start, end)):
        return table
    cases = [m for m in inside if m.family == "case" and m.line]
    if section.kind == "case" and cases:
        return _cases(sources, section, facts, inside, cases, paper)
    found = _numbered(sources, section, facts, inside, start, end, paper)
    loose = sources.runs_in(start, end)
    if found and (not loose or sum(bool(i.choices) for i in found) * 2 >= len(loose)):
        return _or_told(sources, section, found)
    if len(loose) > len(found):
        by_run = _plausible(sources, section, by_options(sources, section, start, end, loose), paper)
        if len(by_run) > len(found):
            return _or_told(sources, section, by_run)
    if not found and (section.kind is None or section.kind in CHOICES or section.kind in OPENS):
        made = by_delimiters(sources, section, start, end) or by_paragraphs(sources, section, start, end)
        if not made and section.kind not in CHOICES:
            made = _plausible(sources, section, by_answers(sources, section, start, end), paper)
        if not made and section.kind == "term":
            made = by_lines(sources, section, start, end)
        if not made and section.kind not in CHOICES:
            made = by_sentences(sources, section, start, end)
        if not made and section.kind in OPENS and not paper.answers_only:
            made = _single(sources, section)
        return made
    if not found and section.kind in {"judge", "fill"}:
        return by_answers(sources, section, start, end) or by_lines(sources, section, start, end)
    return found


def _or_told(sources: Sources, section: Section, found: list[Item]) -> list[Item]:
    """What was found, or questions told in running text where those are many more."""
    if section.kind is not None or sum(bool(i.choices) for i in found) > 2:
        return found
    told = by_sentences(sources, section, section.start, section.end)
    return told if len(told) > 2 * len(found) else found


def _single(sources: Sources, section: Section) -> list[Item]:
    """A section of one question that has no number."""
    text = sources.view.text
    body = text[section.start : section.end].strip()
    if not 6 <= len(body) <= 4000 or not section.heading or not (is_asking(body) or section.heading.promise.total):
        return []
    found = item(sources, section, section.start, section.end, None)
    found.doubt(0.1, "the section's only question has no number")
    return [found]


def _cases(
    sources: Sources, section: Section, facts: Facts, inside: list[Mark], cases: list[Mark], paper: Paper
) -> list[Item]:
    """案例一 ... 案例二 ...: each a group of its own."""
    out: list[Item] = []
    for mark, stop in zip(cases, [m.start for m in cases[1:]] + [section.end], strict=True):
        mine = [m for m in inside if mark.end <= m.start < stop and m.family != "case"]
        subs = _numbered(sources, section, facts, mine, mark.end, stop, paper)
        if subs:
            for sub in subs:
                if sub.group is not None:
                    sub.group.number = mark.printed
            out.extend(subs)
        else:
            out.append(item(sources, section, mark.start, stop, mark))
    return out


def _numbered(
    sources: Sources, section: Section, facts: Facts, inside: list[Mark], start: int, end: int, paper: Paper
) -> list[Item]:
    path = unprefixed(reading(inside, facts, start, end, section.kind, section.after)[0])
    if not path:
        return []
    text = sources.view.text
    shared = [m for m in SHARED.finditer(text, start, end) if is_passage(text, m, path)]
    stops = [m.start for m in path[1:]] + [end]
    out: list[Item] = []
    lead = [] if any(m.start() < path[0].start for m in shared) else sources.runs_in(start, path[0].start)
    if lead:
        out.extend(by_options(sources, section, start, path[0].start, lead))
    for mark, stop in zip(path, stops, strict=True):
        for passage in shared:
            if mark.start < passage.start() < stop:
                stop = passage.start()
        out.extend(_one_or_more(sources, section, mark, stop))
    first = next((i for i in out if i.mark is path[0]), out[0])
    set_material(sources, section, start, first, out)
    for passage in shared:
        set_passage(sources, passage, out)
    if section.kind in {"case", "reading", "open"} and all(i.group is None for i in out):
        out = [x for i in out for x in subdivided(sources, section, facts, inside, i)]
    _split_answers(text, section, out)
    for found in out:
        if not found.choices:
            bullets(
                text,
                found,
                want=section.kind in CHOICES or found.tag in CHOICES or (found.raw or "").strip(" *.\n\t").isdecimal(),
            )
    _sequence(out)
    return _plausible(sources, section, out, paper)


def _one_or_more(sources: Sources, section: Section, mark: Mark, stop: int) -> list[Item]:
    """The question of a number, and those after it that lost theirs."""
    inside = sources.runs_in(mark.end, stop)
    answered = [f.start for f in sources.fields_in(mark.end, stop) if f.name == "answer"]
    same = [r for r in inside if r.complete and len(r.labels) >= 3]
    if len(same) >= 2 and same[0].labels[0].style == same[1].labels[0].style:
        limit = answered[0] if answered else stop
        if same[1].start < limit or len(answered) >= 2:
            made = by_options(sources, section, mark.end, stop, same)
            first = item(sources, section, mark.start, made[0].end, mark)
            return [first, *made[1:]]
    return [item(sources, section, mark.start, stop, mark)]


def _split_answers(text: str, section: Section, out: list[Item]) -> None:
    """Where most questions are followed by prose without a label, that prose is the answer."""
    if section.kind is not None and section.kind not in OPENS:
        return
    bare = [i for i in out if i.raw is None and not i.choices and i.stem]
    cut = [question_end(text[i.stem[0][0] : i.stem[-1][1]]) for i in bare]
    shown = [
        len(text[i.stem[0][0] + c : i.stem[-1][1]].strip()) >= 6 if c else False for i, c in zip(bare, cut, strict=True)
    ]
    if sum(shown) >= 1 and sum(shown) * 10 >= len(out) * 6:
        for found, yes in zip(bare, shown, strict=True):
            found.hints["split"] = yes
            if yes:
                found.doubt(0.12, "where the answer begins was guessed")


def _sequence(out: Sequence[Item]) -> None:
    """Numbers that skip or repeat."""
    previous: int | None = None
    for found in out:
        value = found.value
        if value is not None and previous is not None and found.group is None:
            if value == previous:
                found.findings.append(("R020", f"number {value} is used twice"))
            elif value > previous + 1:
                found.findings.append(("R019", f"number {previous} is followed by {value}"))
        previous = value


def _plausible(sources: Sources, section: Section, out: list[Item], paper: Paper) -> list[Item]:
    """The items that are questions; numbered prose is none."""
    text = sources.view.text
    kinds = section.kind is not None
    runs_of = sum(len(i.choices) >= 3 for i in out)
    regular = runs_of >= 3 and runs_of * 10 >= len(out) * 6
    asking = sum(_asks(text, i) for i in out)
    prose = asking >= 2 and asking * 10 >= len(out) * 6
    kept = []
    for found in out:
        stem = "".join(text[a:b] for a, b in found.stem)
        given = found.raw is not None or bool(_JUDGED.search(stem))
        if found.choices:
            asks = SURE_GAP.search(stem) is not None or _asks(text, found)
            shown = given or any(c.marked for c in found.choices)
            if found.labelled:
                sure = kinds or found.tag is not None or shown or regular or asks
                yes = len(found.choices) >= 2 and (sure or (len(found.choices) >= 4 and len(stem) < 200))
                yes = yes or (kinds and bool(stem.strip()))
            else:
                # a list with bullets is a list, unless something asks to choose from it
                yes = shown or asks or found.prompt is not None or section.kind in CHOICES or found.tag in CHOICES
        else:
            named = found.mark is not None and found.mark.family in {"di", "timu", "q"} and len(out) >= 2
            yes = (
                kinds
                or named
                or found.tag is not None
                or given
                or (prose and _asks(text, found))
                or (regular and bool(SURE_GAP.search(stem)))
            )
        if (yes and stem.strip()) or (yes and found.choices):
            kept.append(found)
        elif regular and stem.strip() and found.mark is not None and not found.choices and len(stem) < 400:
            found.doubt(0.5, "no options and no answer among questions that have them")
            found.findings.append(("R006", "the question has no options, or they are missing"))
            kept.append(found)
    return kept


def _asks(text: str, found: Item) -> bool:
    stem = "".join(text[a:b] for a, b in found.stem)
    return is_asking(stem[:300])
