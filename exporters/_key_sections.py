"""The sections of an answer key and the numbers in them: the paper's own, or made for the key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from sys import intern

from qbank.formats.versions import Plan, in_order
from qbank.model import ZERO, Information, Question, Source

from ._key_answers import Answer
from ._workbook import width_of

_NUMBER_WIDTH = 24.0
"""A printed number wider than three lines of its column is no number."""
_SECTION_LENGTH = 60
_UNIT = re.compile(
    r"(?:[0-9０-９]|[共每][^，。,]{0,6}?[一二三四五六七八九十百两])\s*[个道小大]?\s*(?:分|题|(?:points?|marks?|pts?|questions?)\b)",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[（(【\[]([^（()）【】\[\]]*)[)）】\]][\s。.：:，,；;]*$")
_TAIL = re.compile(r"[\s：:，,。（(]+((?:本大?题|本部分|共|每|满分|总分).*)$", re.S)
_LEVELS = re.compile(r"\n|\s/\s")
_DIRECTIONS = re.compile(r"\s*(?:directions?|instructions?|note|说明|注意|答题要求|要求)\s*[:：]", re.I)
_DIGITS = re.compile(r"[0-9０-９]+")
_BRACKETED = re.compile(r"[(（\[【]")
_BARE = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands in its paper."""

    document: str
    title: str
    section: str
    """As the paper has it, with remarks and directions."""
    number: str
    line: int | None
    column: int

    @property
    def paper(self) -> tuple[str, str]:
        """Which paper it is; one file can hold several."""
        return self.document, self.title


@dataclass(frozen=True, slots=True)
class Entry:
    """A question in the key: one row, or for a group a heading and a row for each of its parts."""

    answer: Answer | None
    points: Fraction
    stem: str
    note: str = ""
    parts: tuple[Entry, ...] = ()
    heading: str = ""
    """The section it is in where sections are not the paper's."""
    place: Place | None = None
    number: str = ""
    through: bool = False
    """A group whose parts have the numbers of questions."""
    name: str = ""
    """The id of the question."""
    kind: str = ""
    """What its kind is called."""
    question: Question | None = None
    """The question itself, for those who need more of it than the answer."""
    before: tuple[Information, ...] = ()
    """What is to be read before it."""

    @property
    def questions(self) -> tuple[Entry, ...]:
        """What has a number among the section's questions."""
        return self.parts if self.through else (self,)

    @property
    def short(self) -> str:
        """What the grid shows."""
        if self.answer is not None:
            return self.answer.short
        return " ".join(f"{part.number}{part.short}" for part in self.parts if part.short)


@dataclass(slots=True)
class Section:
    """Questions under one heading; `document` is the title of their paper where the key has several."""

    title: str
    entries: list[Entry] = field(default_factory=list)
    document: str = ""
    printed: bool = False
    """Whether the heading is the paper's and so has its own number, if any."""

    @property
    def points(self) -> Fraction:
        """What they are worth together."""
        return sum((entry.points for entry in self.entries), ZERO)


def place_of(source: Source | None) -> Place | None:
    """The place a source names; a number that no paper prints is left out of it."""
    if source is None:
        return None
    number = " ".join((source.number or "")[:100].split())
    return Place(
        document=intern(source.document),
        title=intern(" ".join((source.title or "").split())),
        section=intern((source.section or "").strip()),
        number=number if width_of(number) <= _NUMBER_WIDTH else "",
        line=source.line,
        column=source.column or 0,
    )


def common_title(entries: Iterable[Entry]) -> str:
    """The title of the only paper the questions are from; empty where there is none or several."""
    titles = {"" if entry.place is None else entry.place.title for entry in entries}
    return titles.pop() if len(titles) == 1 else ""


_AS_IT_IS = Plan()


def sections_of(
    entries: list[Entry], by_paper: bool, numbering: str, plan: Plan = _AS_IT_IS, version: str = ""
) -> list[Section]:
    """The entries under their headings, numbered; `by_paper` wants the paper's headings where every entry has one.

    A version has another order within each section, and numbers of its own.
    """
    sections = _paper_sections(entries) if by_paper else []
    if not sections:
        sections = list(_made_sections(entries))
    first = 1
    for section in sections:
        if version:
            section.entries = in_order([(entry.name, entry) for entry in section.entries], plan, version)
        if section.printed and numbering == "auto" and not version:
            section.entries = list(_as_printed(section.entries))
        else:
            section.entries = [_counted(entry, str(i)) for i, entry in enumerate(section.entries, first)]
        if numbering == "continuous":
            first += len(section.entries)
    return sections


def value_of(number: str) -> int | None:
    """The figure in a printed number ("第3题" is 3); None where there is none or more than one."""
    found = _DIGITS.findall(number)
    return int(found[0]) if len(found) == 1 else None


# --- headings --------------------------------------------------------------------------------------------------------


def _made_sections(entries: Iterable[Entry]) -> Iterable[Section]:
    found: dict[str, Section] = {}
    for entry in entries:
        found.setdefault(entry.heading, Section(entry.heading)).entries.append(entry)
    return found.values()


def _paper_sections(entries: list[Entry]) -> list[Section]:
    """The papers' own sections; empty where a question has no paper, or one paper has no sections."""
    papers: dict[tuple[str, str], list[tuple[Place, Entry]]] = {}
    for entry in entries:
        if entry.place is None:
            return []
        papers.setdefault(entry.place.paper, []).append((entry.place, entry))
    if len(papers) == 1 and not all(entry.place and entry.place.section for entry in entries):
        return []
    if len(papers) == 1:
        return [section for placed in papers.values() for section in _sections_of_paper(placed, "")]
    titles = Counter(title for _, title in papers)
    sections: list[Section] = []
    for (document, title), placed in papers.items():
        name = " ".join(document.split())
        heading = name if not title else title if titles[title] == 1 else f"{title} ({name})"
        sections += _sections_of_paper(placed, heading)
    return sections


def _sections_of_paper(placed: list[tuple[Place, Entry]], document: str) -> list[Section]:
    """In the paper's order; what has no section comes first, where no other section's heading is above it."""
    if all(place.line is not None for place, _ in placed):
        placed = sorted(placed, key=lambda pair: (pair[0].line or 0, pair[0].column))
    paper = placed[0][0].title
    sections: list[Section] = []
    latest: dict[str, tuple[Section, set[str]]] = {}
    for name, run in _runs(placed):
        numbers = {label for entry in run for label in _labels(entry)}
        section, known = latest.get(name, (None, set()))
        # A heading that comes back goes on ("一、选择题" of rows in a table), unless its numbers begin again (a second paper).
        if section is None or numbers & known:
            section, known = Section(_heading(name, paper), document=document, printed=True), set()
            sections.append(section)
        section.entries += run
        latest[name] = section, known | numbers
    return sorted(sections, key=lambda section: section.title != "")


def _runs(placed: list[tuple[Place, Entry]]) -> Iterator[tuple[str, list[Entry]]]:
    """The entries that follow each other under one heading."""
    run: list[Entry] = []
    title = ""
    for place, entry in placed:
        if run and place.section != title:
            yield title, run
            run = []
        title = place.section
        run.append(entry)
    if run:
        yield title, run


def _heading(section: str, paper: str) -> str:
    """A section as printed, on one line, without the paper's title, directions, and the remark on points.

    The key has the title above and computes the points.
    """
    lines = [" ".join(line.split()) for line in _LEVELS.split(section[:400])]
    lines = [line for i, line in enumerate(lines) if line and not (i and _DIRECTIONS.match(line))]
    if len(lines) > 1 and lines[0] == paper:
        del lines[0]
    text = " / ".join(clean for line in lines if (clean := _without_remark(line))) or " ".join(lines)
    return text if len(text) <= _SECTION_LENGTH else text[: _SECTION_LENGTH - 1].rstrip() + "…"


def _without_remark(line: str) -> str:
    while (found := _BRACKETS.search(line)) and _UNIT.search(found[1]):
        line = line[: found.start()]
    if (found := _TAIL.search(line)) and _UNIT.search(found[1]):
        line = line[: found.start()]
    return line.strip(" ：:，,；;")


# --- numbers ---------------------------------------------------------------------------------------------------------


def _labels(entry: Entry) -> tuple[str, ...]:
    """The numbers an entry has in its paper: its own, or, for a group without one, those of its parts, if not (1), (2)."""
    if entry.place is not None and entry.place.number:
        return (entry.place.number,)
    labels = tuple(part.place.number if part.place is not None else "" for part in entry.parts)
    return labels if all(value_of(label) is not None and not _BRACKETED.match(label) for label in labels) else ()


def _as_printed(entries: list[Entry]) -> Iterator[Entry]:
    """Each with its printed number; one that has none, or another's, gets the next that the section does not use."""
    labelled = [(entry, _labels(entry)) for entry in entries]
    taken = {value_of(label) for _, labels in labelled for label in labels}
    firsts = ((i, value_of(labels[0])) for i, (_, labels) in enumerate(labelled) if labels)
    before, first = next(firsts, (0, None))
    last = max(0, (first or 1) - 1 - before)
    seen: set[str] = set()
    for entry, labels in labelled:
        if labels and len(set(labels) - seen) == len(labels):
            seen.update(labels)
            last = value_of(labels[-1]) or last
            yield _counted(entry, labels[0]) if entry.place and entry.place.number else _through(entry, labels)
            continue
        last += 1
        while last in taken:
            last += 1
        yield _counted(entry, str(last))


def _through(entry: Entry, labels: tuple[str, ...]) -> Entry:
    """A group without a number, whose parts are numbered like questions."""
    parts = tuple(replace(part, number=label) for part, label in zip(entry.parts, labels, strict=True))
    number = labels[0] if len(labels) == 1 else f"{labels[0]}-{labels[-1]}"
    return replace(entry, number=number, parts=parts, through=True)


def _counted(entry: Entry, number: str) -> Entry:
    """With a number, and its parts with those of their own, as printed where each has another, else (1), (2)."""
    labels = [part.place.number if part.place is not None else "" for part in entry.parts]
    if "" in labels or len(set(labels)) < len(labels):
        labels = [str(i) for i in range(1, len(labels) + 1)]
    marked = (f"({label})" if _BARE.fullmatch(label) else label for label in labels)
    return replace(
        entry,
        number=number,
        parts=tuple(replace(part, number=label) for part, label in zip(entry.parts, marked, strict=True)),
    )
