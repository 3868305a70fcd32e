"""Questions that differ in their words alone: the item of the first is the mould of the others.

A bank has thousands of choice questions and few shapes of them (so many
choices, this answer, so many points). The item of a shape is written once, in
full, with a mark in the place of each text; another question of the same shape
has its texts put into the marks' places. `tests/exporters/test_qti_moulds.py`
holds what comes out to what `write_item` writes for the same question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from qbank.diagnostics import Report
from qbank.export import Context
from qbank.model import Choice, Feedback, MultipleChoice, Question, SingleChoice, Text, points_of

from .._xml import Mould, mark
from .dialect import Dialect
from .items import Item, title_of, write_item
from .losses import Losses
from .media import Media
from .page import CHANGED, Page
from .presets import Preset
from .prose import Prose
from .sheet import DEPTH

_MOST = 2048
"""Shapes that are remembered at a time."""
_VERDICTS = ("general", "correct", "partial", "incorrect")

Shape: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Cast:
    """The item of a shape, and what each question of it loses: code, message, pointer and hint."""

    mould: Mould
    losses: tuple[tuple[str, str, str, str], ...]
    hints: int


@dataclass(slots=True)
class Moulds:
    """The shapes that were met so far."""

    dialect: Dialect
    preset: Preset
    media: Media
    _casts: dict[Shape, _Cast | None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._casts)

    def item(self, question: Question, identifier: str, language: str | None, losses: Losses) -> Item | None:
        """The item of a plain choice question, as `write_item` writes it; None for a question that is not plain."""
        if not isinstance(question, SingleChoice | MultipleChoice) or question.scoring == "weighted":
            return None
        if question.penalty is not None or question.extensions or not question.stem:
            return None
        words = _words(question)
        if words is None:
            return None
        shape = _shape(question, language)
        if shape in self._casts:
            cast = self._casts[shape]
        else:
            if len(self._casts) >= _MOST:
                self._casts.clear()
            cast = self._casts[shape] = self._cast(question, language)
        if cast is None:
            return None
        stem = Page(DEPTH + 1, kebab=self.dialect.kebab)
        prose = Prose(self.dialect, self.media, losses, question)
        prose.blocks(stem, question.stem, "/stem")
        for code, message, pointer, hint in cast.losses:
            losses.add(code, question, message, pointer, hint)
        if stem.changed:
            losses.add("X305", question, CHANGED)
        document = cast.mould.filled(stem.xml, identifier, title_of(question), *words)
        return Item(document, tuple(prose.files), cast.hints)

    def _cast(self, question: SingleChoice | MultipleChoice, language: str | None) -> _Cast | None:
        """The mould of a question's shape; None where what it loses has to do with its words."""
        report = Report()
        model = _marked(question)
        media = Media(self.media.assets, self.media.add)
        losses = Losses(Context(assets=self.media.assets, report=report))
        item = write_item(model, mark(1), language, None, self.dialect, self.preset, media, losses)
        lost = tuple((d.code, d.message, d.pointer, d.hint) for d in report)
        if any(mark(0)[0] in part for loss in lost for part in loss):
            return None
        return _Cast(Mould(item.document), lost, item.hints)


def _words(question: SingleChoice | MultipleChoice) -> list[str] | None:
    """The texts behind the stem, in the order of their marks; None where one is empty, rich or more than a line."""
    found: list[Text | None] = [choice.text for choice in question.choices]
    found += [choice.feedback for choice in question.choices if choice.feedback is not None]
    found += question.hints
    if question.feedback is not None:
        found += [text for name in _VERDICTS if (text := getattr(question.feedback, name)) is not None]
    words = [text for text in found if type(text) is str and text]
    return words if len(words) == len(found) and "".join(words).isprintable() else None


def _shape(question: SingleChoice | MultipleChoice, language: str | None) -> Shape:
    """All that an item depends on but the words and the stem."""
    points, feedback = points_of(question), question.feedback
    return (
        question.__struct_config__.tag,
        language,
        question.answer,
        question.scoring,
        question.shuffle,
        points.numerator,
        points.denominator,
        len(question.hints),
        None if feedback is None else tuple([getattr(feedback, name) is None for name in _VERDICTS]),
        *[choice.id for choice in question.choices],
        *[choice.feedback is None for choice in question.choices],
        *[choice.fixed for choice in question.choices],
        *[choice.weight for choice in question.choices if choice.weight is not None],
    )


def _marked(question: SingleChoice | MultipleChoice) -> SingleChoice | MultipleChoice:
    """A question of the same shape whose texts are marks: that of the stem is 0, the item's names are 1 and 2."""
    marks = iter(range(3, 3 + 2 * len(question.choices) + len(question.hints) + len(_VERDICTS)))
    texts = [mark(next(marks)) for _ in question.choices]
    told = [None if choice.feedback is None else mark(next(marks)) for choice in question.choices]
    hints = tuple([mark(next(marks)) for _ in question.hints])
    feedback = None
    if question.feedback is not None:
        given = {name: mark(next(marks)) for name in _VERDICTS if getattr(question.feedback, name) is not None}
        feedback = Feedback(**given)
    choices = tuple(
        [
            Choice(id=choice.id, text=text, feedback=said, weight=choice.weight, fixed=choice.fixed)
            for choice, text, said in zip(question.choices, texts, told, strict=True)
        ]
    )
    return replace(
        question,
        title=mark(2),
        stem=mark(0),
        feedback=feedback,
        hints=hints,
        choices=choices,
        tags=(),
        category=(),
        difficulty=None,
        language=None,
        source=None,
        ignore=(),
    )
