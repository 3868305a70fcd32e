"""Items of plain choice questions, one written in full for each shape: see `exporters._shapes`."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbank.diagnostics import Report
from qbank.export import Context
from qbank.model import Question

from .. import _shapes
from .._marks import mark
from .._xml import Mould
from .dialect import Dialect
from .items import Item, title_of, write_item
from .losses import Losses
from .media import Media
from .page import CHANGED, Page
from .presets import Preset
from .prose import Prose
from .sheet import DEPTH


@dataclass(slots=True)
class Moulds:
    """The shapes that were met so far."""

    dialect: Dialect
    preset: Preset
    media: Media
    shapes: _shapes.Shapes[tuple[Mould, int]] = field(default_factory=_shapes.Shapes)

    def item(self, question: Question, identifier: str, language: str | None, losses: Losses) -> Item | None:
        """The item of a plain question, as `write_item` writes it; None for a question that is not plain."""
        if not _shapes.is_plain(question) or not question.stem:
            return None
        words = _shapes.words(question)
        if words is None:
            return None
        cast = self.shapes.get((*_shapes.shape(question), language), lambda: self._cast(question, language))
        if cast is None:
            return None
        stem = Page(DEPTH + 1, kebab=self.dialect.kebab)
        prose = Prose(self.dialect, self.media, losses, question)
        prose.blocks(stem, question.stem, "/stem")
        for d in cast.told(question.id):
            losses.add(d.code, question, d.message, d.pointer, d.hint)
        if stem.changed:
            losses.add("X305", question, CHANGED)
        mould, hints = cast.mould
        return Item(mould.filled(("", identifier, title_of(question), *words), stem.xml), tuple(prose.files), hints)

    def _cast(self, question: _shapes.Plain, language: str | None) -> _shapes.Cast[tuple[Mould, int]] | None:
        report = Report()
        losses = Losses(Context(assets=self.media.assets, report=report))
        model, name = _shapes.marked(question), mark(_shapes.NAME)
        item = write_item(model, name, language, None, self.dialect, self.preset, self.media, losses)
        return _shapes.cast((Mould(item.document, piece=True), item.hints), report)
