"""Sections to questions: the reading of each section that explains most of it, and the keys attached."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from qbank.readers.paper.account import Role
from qbank.readers.paper.attach import Block, Reading, attach_keys, merge_repeated
from qbank.readers.paper.believe import judge
from qbank.readers.paper.bullets import bullets, regular
from qbank.readers.paper.clozed import cloze_stems
from qbank.readers.paper.counted import counted_runs
from qbank.readers.paper.doubts import weigh
from qbank.readers.paper.fields import Field, fields
from qbank.readers.paper.forms import forms
from qbank.readers.paper.gaps import on_lines
from qbank.readers.paper.groups import (
    SHARED,
    between,
    gaps_in_text,
    is_passage,
    set_material,
    set_passage,
    set_passages,
    set_reading,
    subdivided,
)
from qbank.readers.paper.heads import ALONE
from qbank.readers.paper.items import item
from qbank.readers.paper.matched import place
from qbank.readers.paper.models import POINT, listed_answers, share_answers, split_answers
from qbank.readers.paper.numbers import Mark, marks
from qbank.readers.paper.options import Run, labels, runs
from qbank.readers.paper.pairing import Columns, paired_lists
from qbank.readers.paper.parts import Group, Item, Sources
from qbank.readers.paper.paths import Facts, reading, unprefixed
from qbank.readers.paper.plausible import plausible
from qbank.readers.paper.records import records
from qbank.readers.paper.repeated import merge_papers
from qbank.readers.paper.resolve import Draft, is_asking, resolve
from qbank.readers.paper.sections import Paper, Section, papers
from qbank.readers.paper.steps import answered_unnumbered, without_facts, without_steps, without_told
from qbank.readers.paper.structured import divided, lettered_parts
from qbank.readers.paper.unnumbered import (
    by_answers,
    by_delimiters,
    by_heads,
    by_lines,
    by_options,
    by_paragraphs,
    by_sentences,
    by_titles,
)
from qbank.readers.paper.view import View, without_code
from qbank.readers.paper.words import CHOICES, OPENS


def compose(view: View) -> list[Reading]:
    """Every document of a view, read."""
    text = without_code(view.text)
    columns = paired_lists(text)
    found = papers(text, columns)
    barriers = sorted({h.start for p in found for h in p.heads} | {p.start for p in found})
    labelled = fields(text)
    candidates = labels(text)
    numbers = marks(text)
    if columns:
        # what two lists count and letter are no questions and no options
        candidates = [c for c in candidates if not _listed(columns, c.start)]
        numbers = [m for m in numbers if not _listed(columns, m.end - 1)]
        barriers = sorted([*barriers, *(c.start for c in columns)])
    counted_lines = [m.start for m in numbers if m.line and m.family in _PLAIN_STYLES and m.score >= 1.2]
    told = [f.start for f in labelled if f.name in {"answer", "student"}]
    found_runs = [r for r in runs(candidates, barriers, counted_lines, told) if not _mentioned(text, labelled, r)]
    counted = counted_runs(text, numbers, found_runs, labelled, barriers)
    found_runs = sorted([*found_runs, *counted], key=lambda r: r.start)
    used = {label.start for run in counted for label in run.labels}
    numbers = [m for m in numbers if m.start not in used]
    parts = lettered_parts(text, found_runs, labelled)
    found_runs = [r for r in found_runs if r not in parts] if parts else found_runs
    sources = Sources(view, labelled, found_runs, candidates, parts, columns)
    facts = Facts.of(text, sources.runs, labelled, parts)
    starts = [m.start for m in numbers]
    readings = [_read(sources, paper, facts, numbers, starts) for paper in found]
    merge_papers(readings)
    return readings


_OWN_ITEM = re.compile(r"\d{1,3}[ \t]*[.、)]|[?]|[(][ \t]*[)]|_{2}|第\d")


def _mentioned(text: str, labelled: Sequence[Field], run: Run) -> bool:
    """Whether letters stand in an explanation's sentence (`解析：A、B、C都是它的特征`) rather than before options."""
    i = bisect_left(labelled, run.start, key=lambda f: f.start) - 1
    if i < 0 or labelled[i].name != "explanation" or run.labels[0].line or run.start - labelled[i].end > 200:
        return False
    between = text[labelled[i].end : run.start]
    return "\n" not in between.strip() and not _OWN_ITEM.search(between)


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
        after = max((v for i in items[-3:] if (v := _counted_value(i)) is not None), default=0) if items else after
        if items:
            out.blocks.append(Block(section, items))
    attach_keys(sources, paper, out)
    for block in out.blocks:
        _written_lines(sources.view.text, block)
        drafts = [resolve(sources.view, i) for i in block.items]
        drafts = [d for d in drafts if _stands(d, paper)]
        cloze_stems(sources.view, drafts)
        _whole_points(drafts)
        out.drafts.extend(drafts)
    merge_repeated(out)
    judge(sources, out)
    weigh(out.drafts)
    return out


def _written_lines(text: str, block: Block) -> None:
    """Note where a section of fill-ins has every answer on its line: in each the lines come in pairs.

    One such question alone is believed where no other of the section is answered elsewhere.
    """
    stems = ["".join(text[a:b] for a, b in i.stem) for i in block.items if i.raw is None and not i.choices]
    lined = [s for s in stems if "__" in s]
    if lined and all(on_lines(s, True) for s in lined) and (len(lined) >= 2 or not any(i.raw for i in block.items)):
        for found in block.items:
            found.hints["on_lines"] = True


def _counted_value(found: Item) -> int | None:
    """The number that the paper's own count gave a question; parts (1), (2) ... have none."""
    if found.group is None:
        return found.value
    if found.group.value is not None:
        return found.group.value
    return found.value if found.mark is not None and found.mark.family in _PLAIN_STYLES else None


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


def _listed(columns: Sequence[Columns], at: int) -> bool:
    i = bisect_right(columns, at, key=lambda c: c.start) - 1
    return i >= 0 and columns[i].start <= at < columns[i].end


def _items(sources: Sources, section: Section, facts: Facts, inside: list[Mark], paper: Paper) -> list[Item]:
    """The questions of a section, those that match two lists among them."""
    found = _asked(sources, section, facts, inside, paper)
    mine = [c for c in sources.columns if section.start <= c.start < section.end]
    for columns in mine:
        place(sources, section, columns, found)
    return sorted(found, key=lambda i: i.start) if mine else found


def _asked(sources: Sources, section: Section, facts: Facts, inside: list[Mark], paper: Paper) -> list[Item]:
    """The questions of a section: numbered, or by options, or by paragraphs, or by question sentences."""
    start, end = section.start, section.end
    text = sources.view.text
    if not text[start:end].strip():
        return []
    table = by_delimiters(sources, section, start, end) if section.kind is None else []
    if table := table or by_titles(sources, section, start, end):
        return table
    if form := forms(sources, section, start, end):
        return form
    dump, low, high = records(sources, section, start, end)
    if dump:
        rest = [(start, low), (high, end)]
        parts = [
            _items(sources, replace(section, start=a, end=b), facts, [m for m in inside if a <= m.start < b], paper)
            for a, b in rest
            if len(text[a:b].strip()) > 8
        ]
        around = [i for part in parts for i in part]
        return sorted([*dump, *around], key=lambda i: i.start)
    if answered_unnumbered(sources, section, inside) and (
        told := plausible(sources, section, by_answers(sources, section, start, end), paper)
    ):
        return told
    cases = [m for m in inside if m.family == "case" and m.line]
    if not _separate(cases, inside, end):
        inside = [m for m in inside if m.family != "case"]
    elif section.kind == "case" and cases:
        return _cases(sources, section, facts, inside, cases, paper)
    found = _numbered(sources, section, facts, inside, start, end, paper)
    if len(titled := by_heads(sources, section, start, end)) > len(found):
        return titled
    if found and (cut := _renumbered(found, facts, inside, section)) is not None:
        # the numbers go on in another style: each stretch has its own reading
        stretches = (replace(section, end=cut), replace(section, start=cut))
        return [
            i
            for part in stretches
            for i in _items(sources, part, facts, [m for m in inside if part.start <= m.start < part.end], paper)
        ]
    loose = sources.runs_in(start, end)
    if found and (not loose or sum(bool(i.choices) for i in found) * 2 >= len(loose)):
        return _or_told(sources, section, found)
    if len(loose) > len(found):
        by_run = plausible(sources, section, by_options(sources, section, start, end, loose), paper)
        if len(by_run) > len(found):
            return _or_told(sources, section, by_run)
    if not found and (section.kind is None or section.kind in CHOICES or section.kind in OPENS):
        made = by_delimiters(sources, section, start, end) or by_paragraphs(sources, section, start, end)
        if not made and section.kind not in CHOICES:
            made = plausible(sources, section, by_answers(sources, section, start, end), paper)
        if not made and section.kind is None and (marked := by_lines(sources, section, start, end)):
            made = plausible(sources, section, marked, paper)
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


_PLAIN_STYLES = frozenset({"plain", "q", "di", "timu", "rparen", "bracket", "square"})


def _renumbered(found: list[Item], facts: Facts, inside: list[Mark], section: Section) -> int | None:
    """Where, inside the last question found, numbers of another style go on: `第4题` ... `Q005`."""
    last = next((i.mark for i in reversed(found) if i.mark is not None), None)
    if last is None or last.family not in {"ask", *_PLAIN_STYLES}:
        return None
    later = [
        m for m in inside
        if m.start > last.end and m.line and m.family in _PLAIN_STYLES and m.family != last.family
        and not facts.in_run(m.start + 1)
    ]  # fmt: skip
    for family in dict.fromkeys(m.family for m in later):
        group = [m for m in later if m.family == family]
        if len(group) >= 2 and group[0].value in {1, last.value + 1} and group[1].value == group[0].value + 1:
            path, score = reading(group, facts, group[0].start, section.end, section.kind, group[0].value - 1)
            if len(path) >= 2 and path[0] is group[0] and score >= 3.0 * len(path):
                if last.family != "ask":
                    return group[0].start
                blank = facts.text.rfind("\n\n", last.end, group[0].start + 1)
                return blank if blank >= 0 and facts.text.count("\n", blank, group[0].start) <= 4 else None
    return None


def _or_told(sources: Sources, section: Section, found: list[Item]) -> list[Item]:
    """What was found, or questions told in running text where those are many more."""
    if section.kind is not None or sum(bool(i.choices) for i in found) > 2:
        return found
    told = by_sentences(sources, section, section.start, section.end)
    return told if len(told) > 2 * len(found) else found


_TASK = re.compile(r"\b(?:write|translate|compose)\b|翻译|译成|写一篇|作文|为题", re.I)


_ONLY = re.compile(r"\s*(?P<number>\d{1,3})[ \t]*[.、](?!\d)[ \t]*")


def _single(sources: Sources, section: Section) -> list[Item]:
    """A section of one question that has no number."""
    text = sources.view.text
    body = text[section.start : section.end].strip()
    if (
        not 6 <= len(body) <= 4000
        or not section.heading
        or not (
            is_asking(body)
            or section.heading.promise.total
            or (section.kind in {"long", "open"} and _TASK.search(body))
        )
    ):
        return []
    number = _ONLY.match(text, section.start, section.end)
    if number is not None:
        mark = Mark(number.start(), number.end(), int(number["number"]), "plain", number["number"], 2.0, True)
        return [item(sources, section, section.start, section.end, mark)]
    found = item(sources, section, section.start, section.end, None)
    found.doubt(0.1, "the section's only question has no number")
    return [found]


def _separate(cases: list[Mark], inside: list[Mark], end: int) -> bool:
    """Whether 案例一, 材料二 ... are questions of their own: each with its parts, none under one number above them all."""
    if not cases:
        return True
    stops = [*(m.start for m in cases[1:]), end]
    parted = [
        any(m.family in {"paren", "plain", "rparen", "circle"} for m in between(inside, mark.end, stop))
        for mark, stop in zip(cases, stops, strict=True)
    ]
    above = any(m.start < cases[0].start and m.line and m.family in {"plain", "di"} for m in inside)
    return not above and (all(parted) or not any(parted) or cases[0].printed.startswith("案例"))


_MOST_PASSAGES = 1000
"""So many passages of one section name the questions they are for; each looks at all the questions."""


def _cases(
    sources: Sources, section: Section, facts: Facts, inside: list[Mark], cases: list[Mark], paper: Paper
) -> list[Item]:
    """案例一 ... 案例二 ...: each a group of its own."""
    out: list[Item] = []
    for mark, stop in zip(cases, [m.start for m in cases[1:]] + [section.end], strict=True):
        mine = [m for m in between(inside, mark.end, stop) if m.family != "case"]
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
    inside = without_facts(sources, without_steps(sources, inside, start, end), start, end)
    inside = without_told(sources.view.text, inside) if section.kind in OPENS else inside
    path = unprefixed(reading(inside, facts, start, end, section.kind, section.after)[0])
    if not path:
        return []
    text = sources.view.text
    if told := _told_first(sources, path, start, end):
        above = _answered_before(sources, section, path, told, end)
        _sequence(above)
        return plausible(sources, section, above, paper)
    tasks = list(SHARED.finditer(text, start, end))
    values = {m.value for m in path}
    shared = [m for m in tasks if is_passage(m, values)][:_MOST_PASSAGES]
    passages = {m.start() for m in shared}
    listed: list[Item] = []
    for task, stop in zip(tasks, [*(m.start() for m in tasks[1:]), end], strict=False):
        if task.start() not in passages:
            listed.extend(gaps_in_text(sources, section, task, stop))
    latest = max((i.start for i in listed), default=-1)
    cuts = sorted([*passages, *(m.start() for m in tasks if m.end() <= latest)])
    stops = [m.start for m in path[1:]] + [end]
    out: list[Item] = []
    lead = [] if any(m.start() < path[0].start for m in shared) else sources.runs_in(start, path[0].start)
    if lead:
        out.extend(by_options(sources, section, start, path[0].start, lead))
    for mark, stop in zip(path, stops, strict=True):
        next_cut = bisect_right(cuts, mark.start)
        stop = min(stop, cuts[next_cut]) if next_cut < len(cuts) else stop
        out.extend(
            _case_of(sources, section, mark, inside, stop)
            if mark.printed.startswith("【")
            else _one_or_more(sources, section, mark, stop)
        )
    first = next((i for i in out if i.mark is path[0]), out[0])
    if not any(m.start() < first.start for m in shared):
        set_material(sources, section, start, first, out)
    for passage in shared:
        set_passage(sources, passage, out)
    if listed:
        out = sorted([*out, *listed], key=lambda i: i.start)
    set_reading(sources, start, tasks, out)
    if section.kind == "reading":
        set_passages(sources, section, out)
    if section.kind in {"case", "reading", "open"} and all(i.group is None for i in out):
        out = [x for i in out for x in subdivided(sources, section, facts, inside, i)]
    if sources.parts:
        out = [x for i in out for x in (divided(sources, section, i) if i.group is None else [i])]
    lined = section.kind in {None, *CHOICES} and regular(text, out)
    if not lined:
        split_answers(text, section, out)
    if section.kind not in CHOICES and listed_answers(text, out):
        return plausible(sources, section, out, paper)
    prose = [i for i in out if i.hints.get("split")]
    listed = [i for i in prose if POINT.search(text, max(0, i.stem[0][0] - 1), i.stem[-1][1])]
    headed = all(i.hints.get("headed") for i in listed)
    points = {id(i) for i in listed} if len(listed) * 2 < len(prose) + headed else set()
    for found in out:
        worked = section.kind in OPENS and found.tag not in CHOICES and found.prompt is None
        if not found.choices and id(found) not in points and not worked:
            bullets(
                text,
                found,
                want=(
                    found.hints.get("score_line", False)
                    and found.mark is not None
                    and found.mark.family in {"q", "timu", "di"}
                )
                or lined
                or section.kind in CHOICES
                or found.tag in CHOICES
                or (found.raw or "").strip(" *.\n\t").isdecimal(),
            )
    share_answers(sources, out)
    _sequence(out)
    return plausible(sources, section, out, paper)


def _told_first(sources: Sources, path: list[Mark], start: int, end: int) -> list[Field]:
    """The answers of a section that gives each before its question; empty when it does not.

    The first stands before the first number, one right before every other, and none behind the last question.
    """
    text = sources.view.text
    answers = [f for f in sources.fields_in(start, end) if f.name == "answer" and f.line]
    if len(path) < 2 or len(answers) != len(path):
        return []
    for field, mark in zip(answers, path, strict=True):
        if field.end > mark.start or not ALONE.match(text[field.end : mark.start].strip()):
            return []
    return answers


def _answered_before(sources: Sources, section: Section, path: list[Mark], told: list[Field], end: int) -> list[Item]:
    """Questions whose answers stand above them."""
    out = []
    stops = [*(f.start for f in told[1:]), end]
    for mark, field, stop in zip(path, told, stops, strict=True):
        found = item(sources, section, mark.start, stop, mark)
        found.raw, found.origin = sources.view.raw[field.end : mark.start].strip(), "label"
        found.raw_span = (field.end, mark.start)
        found.claims.append((field.start, mark.start, "answer", field.label))
        if not found.choices and (blank := re.search(r"\n[ \t]*\n", sources.view.text[mark.end : stop])):
            found.stem = [(found.stem[0][0], mark.end + blank.start())]
        out.append(found)
    return out


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


_PART_STYLES = frozenset({"plain", "paren", "rparen"})


def _case_of(sources: Sources, section: Section, mark: Mark, inside: list[Mark], stop: int) -> list[Item]:
    """The example of a lecture, or the questions 1., 2. ... with options that one states a case for."""
    subs = [m for m in between(inside, mark.end + 1, stop) if m.line and m.family in _PART_STYLES]
    stops = [*(m.start for m in subs[1:]), stop]
    subs = [m for m, n in zip(subs, stops, strict=False) if sources.runs_in(m.end, n)]
    counted = [m.value for m in subs] == list(range(1, len(subs) + 1))
    if len(subs) < 2 or not counted or sources.runs_in(mark.end, subs[0].start):
        return _one_or_more(sources, section, mark, stop)
    whole = item(sources, section, mark.start, subs[0].start, mark)
    begin = whole.stem[0][0] if whole.stem else mark.end
    group = Group(begin, subs[0].start, True, mark.printed, mark.value, mark.family)
    group.points, group.size = whole.points, len(subs)
    out = []
    for sub, end in zip(subs, [*(m.start for m in subs[1:]), stop], strict=True):
        made = item(sources, section, sub.start, end, sub)
        made.group, made.tag = group, made.tag or whole.tag
        out.append(made)
    return out


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
