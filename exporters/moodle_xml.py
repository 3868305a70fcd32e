"""Moodle XML: what an import takes without a notice and grades as the bank says.

Written as the importer reads (question/format/xml/format.php): CDATA around
every text, because blanks vanish outside it; every element of a type, because
defaults differ; percentages from Moodle's list only; and nothing that makes it
stop half-way, because what comes after a notice is dropped without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import BinaryIO

from qbank.diagnostics import QbankError, Report
from qbank.export import Claims, Context, Fragment, Renderer, Support, Unanswered, write_divided
from qbank.formats.flatten import flattened
from qbank.model import Group, Kind, Question, SubQuestion

from . import _moodle, _shapes
from ._moodle import Categories, Notes, Piece, Pieces, Placing, Unfit
from ._moodle_xml import groups, kinds
from ._moodle_xml.categories import Infos
from ._moodle_xml.entry import Entry, all_simple, simple
from ._moodle_xml.files import files_for
from ._moodle_xml.kept import is_kept, kept
from ._moodle_xml.settings import NAME
from ._xml import Mould

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "version": "The Moodle to import into; before 4.4 an ordering question becomes a matching one (default: 4.5).",
        "groups": "Shared material as a description before its questions, with repeat in each of them, with cloze as one "
        "question with gaps where the kinds allow it (default: description).",
        "gaps": "A cloze that has choices in every gap: cloze, gapselect (menus) or ddwtos (words to drag) "
        "(default: cloze).",
        "category": "A path such as Year 1/Biology, put before every category; / inside a name is written //.",
        "split": "Several XML files in one .zip: category for one each, or how many questions a file has.",
    }
)


class MoodleXml:
    """Moodle's own XML format."""

    name: str = NAME
    title: str = "Moodle XML"
    suffix: str = ".xml"
    options: Mapping[str, str] = OPTIONS
    unanswered: Unanswered = "as-essay"
    keeps_unanswered: bool = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "full",
            "true_false": "full",
            "short_answer": "full",
            "numeric": "full",
            "cloze": "full",
            "matching": "full",
            "ordering": "full",
            "essay": "lossy",
            "group": "lossy",
            "information": "full",
        }
    )

    fragment: type[Fragment] = Pieces

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time. Raises `QbankError` for an option it cannot read."""
        write_divided(questions, self.renderer(ctx), self.joined(sink, ctx))

    def renderer(self, ctx: Context) -> Renderer:
        """What renders each question as the importer reads it. Raises `QbankError` for an option it cannot read."""
        version = _version(ctx.options.get("version", "4.5"))
        group_form = _one_of(ctx, "groups", ("description", "repeat", "cloze"))
        gaps = _one_of(ctx, "gaps", ("cloze", "gapselect", "ddwtos"))
        own, claims = replace(ctx, report=Report()), Claims()
        return _Renderer(own, claims, Entry(own, Placing(own, claims), Notes(own), version, gaps), group_form)

    @contextmanager
    def joined(self, sink: BinaryIO, ctx: Context) -> Iterator[Callable[[Pieces], None]]:
        """Puts the questions into the file or files, below their categories."""
        categories = Categories(ctx, prefix=_moodle.path_of(ctx.options.get("category", "")))
        categories.begin_file()
        with files_for(sink, ctx.options.get("split", "no")) as files:
            infos = Infos(ctx)

            def join(fragment: Pieces) -> None:
                for piece in fragment.pieces:
                    ctx.report.extend(piece.losses)
                    if not piece.data:
                        continue
                    if files.turn_to(piece.category):
                        categories.begin_file()
                    path = None if files.is_placed else categories.move(piece)
                    if path is not None:
                        files.write(infos.before((*categories.prefix, *piece.category), path))
                    files.write(piece.data)

            yield join


EXPORTER = MoodleXml()


@dataclass(slots=True)
class _Renderer:
    """Renders questions one after the other."""

    ctx: Context
    claims: Claims
    entry: Entry
    groups: str
    pieces: list[Piece] = field(default_factory=list)
    shapes: _shapes.Shapes[Mould] = field(default_factory=_shapes.Shapes)

    def render(self, question: Question) -> Pieces:
        piece = self._from_mould(question)
        if piece is not None:
            return Pieces(self.claims.own(), [piece])
        self.pieces = []
        if not isinstance(question, Group):
            self._write(question, question)
        elif self.groups != "cloze" or not self._as_cloze(question):
            self._apart(question)
        return Pieces(self.claims.own(), self.pieces)

    def _from_mould(self, question: Question) -> Piece | None:
        """A plain choice question, as `_write` writes it; None for any other."""
        if not _shapes.is_plain(question):
            return None
        words = _shapes.words(question)
        texts = None if words is None else all_simple(words)
        tags = _moodle.plain_tags(question.tags)
        if texts is None or tags is None:
            return None
        cast = self.shapes.get((*_shapes.shape(question), *_shapes.filed(question)), lambda: self._cast(question))
        stem = self._plain_stem(question)
        if cast is None or not stem:
            return None
        placing = self.entry.placing
        title, whole = placing.named(question)
        if not whole or not title or not title.isprintable() or not placing.is_free(question.id):
            return None
        self.claims.add(question.id)
        document = cast.mould.filled((stem, question.id, title, *texts, *tags))
        return Piece(question.id, question.category, document, cast.told(question.id))

    def _cast(self, question: _shapes.Plain) -> _shapes.Cast[Mould] | None:
        """What a marked question comes to when it is written in full."""
        own, claims = replace(self.ctx, report=Report()), Claims()
        entry = Entry(own, Placing(own, claims), Notes(own), self.entry.version, self.entry.gaps)
        alone = _Renderer(own, claims, entry, self.groups)
        model = _shapes.marked(question)
        alone._write(model, model)
        (piece,) = alone.pieces
        return _shapes.cast(Mould(piece.data), piece.losses) if piece.data else None

    def _plain_stem(self, question: _shapes.Plain) -> str:
        """The stem as HTML; nothing where it shows files, or there is something to say of it."""
        stem = question.stem
        if isinstance(stem, str):
            return simple(stem) or ""
        if "<img" in stem.html or "<audio" in stem.html:
            return ""
        self.entry.begin(question)
        try:
            html = self.entry.steady(stem, "/stem")
        except Unfit:
            html = ""
        if self.ctx.report.diagnostics:
            self.ctx.report.diagnostics.clear()
            return ""
        return html

    def _apart(self, group: Group) -> None:
        """A group as questions that stand alone, its material before them or in each."""
        _moodle.flattened_group(group, self.ctx, NAME, repeated=self.groups == "repeat")
        _moodle.never_carried(group, self.ctx)
        if self.groups != "repeat":
            material = groups.material(group)
            self._write(material, None)
        for sub, alone in zip(group.questions, flattened(group, material=self.groups == "repeat"), strict=True):
            if alone.penalty != sub.penalty:
                self.ctx.loss("X301", sub, f"{sub.id} has the penalty of its group", "/penalty")
            if alone.feedback != sub.feedback:
                self.ctx.loss("X305", sub, f"{sub.id} also has the general feedback of its group", "/feedback/general")
            self._write(alone, sub)

    def _as_cloze(self, group: Group) -> bool:
        """Whether the group could be written as one question."""
        obstacle = groups.no_cloze(group)
        if obstacle:
            self.ctx.loss("X310", group, f"{group.id} is not written as one cloze question: {obstacle}", "/questions")
            return False
        self.entry.begin(group)
        try:
            for sub in group.questions:
                _moodle.check(sub)
            groups.cloze(self.entry, group)
        except Unfit as reason:
            self._left_out(group, reason)
            return True
        _moodle.never_carried(group, self.ctx)
        self._put(group)
        return True

    def _write(self, question: SubQuestion, original: SubQuestion | None) -> None:
        entry = self.entry
        entry.begin(question)
        try:
            if is_kept(question):
                kept(entry, question)
            else:
                _moodle.check(question)
                kinds.write(entry, question)
        except Unfit as reason:
            self._left_out(question, reason)
            return
        if original is not None:
            _moodle.never_carried(original, self.ctx)
        self._put(question)

    def _left_out(self, question: Question, reason: Unfit) -> None:
        self.ctx.loss("X104", question, f"{question.id} was left out: {reason}", hint="Moodle would stop at it")
        self.pieces.append(_moodle.piece(question, b"", self.ctx))

    def _put(self, question: Question) -> None:
        """The question in hand is done."""
        self.pieces.append(_moodle.piece(question, bytes(self.entry.xml), self.ctx))


def _version(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})(\.[0-9]+)*\+?", text.strip())
    if found is None:
        raise QbankError(f"{NAME}: the option 'version' is a version of Moodle such as 4.5, not {text!r}")
    return int(found[1]), int(found[2])


def _one_of(ctx: Context, name: str, values: tuple[str, ...]) -> str:
    """The value of an option; the first one is the default."""
    value = ctx.options.get(name, values[0])
    if value not in values:
        raise QbankError(f"{NAME}: the option {name!r} is {', '.join(values[:-1])} or {values[-1]}, not {value!r}")
    return value
