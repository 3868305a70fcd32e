"""GIFT as Moodle 4.5 reads it, in a form that other GIFT parsers take too.

Every text says that it is HTML, every answer has a line and a weight of its
own, and no text can hold a blank line: those are what ends a question or
changes its kind (question/format/gift/format.php). GIFT has no cloze: one with
one gap becomes the question that the gap is, one with more a matching of gaps
and words. An ordering becomes a matching of items and places, unless the file
is for a Moodle of 4.4 or later, whose importer knows one that others do not.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, BinaryIO, TypeVar, assert_never

from jinja2 import Environment

from qbank import richtext
from qbank.assets import AssetError
from qbank.diagnostics import QbankError, Report
from qbank.export import Claims, Context, Fragment, Renderer, Support, Unanswered, write_divided
from qbank.formats import gift, moodle
from qbank.formats.flatten import flattened
from qbank.formats.ungraded import as_essay
from qbank.model import (
    ONE,
    ZERO,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Html,
    Information,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TextBlank,
    TrueFalse,
)
from qbank.richtext import Element, Node, xml_text

from . import _moodle, _shapes
from ._jinja import environment, rendered
from ._marks import Stencil
from ._moodle import Categories, Notes, Piece, Pieces, Placing, Unfit

NAME = "gift"
MAX_EMBEDDED = 1024 * 1024
"""Larger pictures and sounds are left out: a GIFT file carries them inside the text."""


_SAME = r"[^\x00-\x20\\~=#{}:<>&$\ufffe\uffff\ud800-\udfff][^\x00-\x1f\\~=#{}:<>&$\ufffe\uffff\ud800-\udfff]*(?<! )"
_PLAIN = re.compile(_SAME)
"""A text that means the same in GIFT, in HTML and on its own, which is most of them."""
_NAME = re.compile("[A-Za-z0-9_.-]+")
_ALL_PLAIN = re.compile(f"{_SAME}(?:\n{_SAME})*")
"""Such texts, one below the other."""


class Gift:
    """The text format that teachers write by hand."""

    name: str = NAME
    title: str = "GIFT"
    suffix: str = ".gift"
    options: Mapping[str, str] = MappingProxyType(
        {
            "version": "of the Moodle to import into; from 4.4 on an ordering stays an ordering, which other programs "
            "do not read (none: a matching of items and places)"
        }
    )
    unanswered: Unanswered = "as-essay"
    keeps_unanswered: bool = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "lossy",
            "true_false": "full",
            "short_answer": "lossy",
            "numeric": "lossy",
            "cloze": "lossy",
            "matching": "lossy",
            "ordering": "lossy",
            "essay": "lossy",
            "group": "lossy",
            "information": "full",
        }
    )

    fragment: type[Fragment] = Pieces

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        write_divided(questions, self.renderer(ctx), self.joined(sink, ctx))

    def renderer(self, ctx: Context) -> Renderer:
        """What renders each question through the templates."""
        templates = environment(
            ctx.templates,
            block_start_string="[%",
            block_end_string="%]",
            variable_start_string="[[",
            variable_end_string="]]",
            comment_start_string="[#",
            comment_end_string="#]",
        )
        own = replace(ctx, report=Report())
        has_ordering = _has_ordering(ctx.options.get("version", ""))
        return _Renderer(own, Claims(), Notes(own), templates, has_ordering)

    @contextmanager
    def joined(self, sink: BinaryIO, ctx: Context) -> Iterator[Callable[[Pieces], None]]:
        """Puts the questions below their categories."""
        categories = Categories(ctx)

        def join(fragment: Pieces) -> None:
            for piece in fragment.pieces:
                ctx.report.extend(piece.losses)
                if not piece.data:
                    continue
                category = categories.move(piece)
                if category is not None:
                    sink.write(f"$CATEGORY: {gift.escape_category(xml_text(category))}\n\n".encode())
                sink.write(piece.data)

        yield join


EXPORTER = Gift()


@dataclass(slots=True)
class _Renderer:
    """Renders questions one after the other."""

    ctx: Context
    claims: Claims
    notes: Notes
    templates: Environment
    has_ordering: bool = False
    placing: Placing = field(init=False)
    shapes: _shapes.Shapes[Stencil] = field(default_factory=_shapes.Shapes)

    def __post_init__(self) -> None:
        self.placing = Placing(self.ctx, self.claims)

    def render(self, question: Question) -> Pieces:
        piece = self._from_mould(question)
        if piece is not None:
            return Pieces(self.claims.own(), [piece])
        pieces = []
        if isinstance(question, Group):
            _moodle.flattened_group(question, self.ctx, NAME)
            _moodle.never_carried(question, self.ctx)
            for sub, alone in zip(question.questions, flattened(question), strict=True):
                if alone.feedback != sub.feedback:
                    message = f"{sub.id} also has the general feedback of its group"
                    self.ctx.loss("X305", sub, message, "/feedback/general")
                pieces.append(self._piece(alone, sub))
        else:
            pieces.append(self._piece(question, question))
        return Pieces(self.claims.own(), pieces)

    def _from_mould(self, question: Question) -> Piece | None:
        """A plain choice question, as `_piece` writes it; None for any other."""
        if self.ctx.templates is not None or not _shapes.is_plain(question):
            return None
        words, tags = _shapes.words(question), _plain_tags(question.tags)
        if words is None or tags is None:
            return None
        if not _ALL_PLAIN.fullmatch("\n".join(words)) or not _NAME.fullmatch(question.id):
            return None
        cast = self.shapes.get((*_shapes.shape(question), *_shapes.filed(question)), lambda: self._cast(question))
        stem = self._plain_stem(question)
        if cast is None or not stem:
            return None
        title, whole = self.placing.named(question)
        if not whole or not self.placing.is_free(question.id):
            return None
        self.claims.add(question.id)
        texts = (stem, question.id, gift.escape(xml_text(title)), *words, *tags)
        return Piece(question.id, question.category, cast.mould.filled(texts).encode(), cast.told(question.id))

    def _cast(self, question: _shapes.Plain) -> _shapes.Cast[Stencil] | None:
        own = replace(self.ctx, report=Report())
        alone = _Renderer(own, Claims(), Notes(own), self.templates, self.has_ordering)
        model = _shapes.marked(question)
        piece = alone._piece(model, model)
        return _shapes.cast(Stencil(piece.data.decode()), piece.losses) if piece.data else None

    def _plain_stem(self, question: _shapes.Plain) -> str:
        """The stem without the mark that says it is HTML; nothing where there is something to say of it."""
        stem = question.stem
        if isinstance(stem, str):
            return stem if _PLAIN.fullmatch(stem) else ""
        if "<img" in stem.html or "<audio" in stem.html:
            return ""
        self.notes.question, self.notes.moved = question, ()
        html = self._rich(stem, "/stem", solid=True).removeprefix("[html]")
        if self.ctx.report.diagnostics:
            self.ctx.report.diagnostics.clear()
            return ""
        return html

    def _piece(self, question: SubQuestion, original: SubQuestion) -> Piece:
        self.notes.question = question
        self.notes.moved = ()
        try:
            _moodle.check(question)
            written = self._rendered(question)
        except Unfit as reason:
            self.ctx.loss("X104", question, f"{question.id} was left out: {reason}", hint="Moodle would stop at it")
            return _moodle.piece(question, b"", self.ctx)
        _moodle.never_carried(original, self.ctx)
        self._settings_lost(question)
        return _moodle.piece(question, written.encode(), self.ctx)

    def _rendered(self, question: SubQuestion) -> str:
        match question:
            case SingleChoice() | MultipleChoice():
                return self._choice(question)
            case TrueFalse():
                return self._true_false(question)
            case ShortAnswer():
                return self._short_answer(question)
            case Numeric():
                return self._numeric(question)
            case Matching():
                return self._matching(question)
            case Ordering():
                return self._ordering(question)
            case Cloze():
                return self._cloze(question)
            case Essay():
                return self._essay(question)
            case Information():
                _moodle.drop_verdicts(question, self.ctx, ("general", "correct", "partial", "incorrect"))
                return self._page("information", question, solid=True)
            case _:
                assert_never(question)

    # Kinds

    def _choice(self, question: SingleChoice | MultipleChoice) -> str:
        _moodle.drop_verdicts(question, self.ctx)
        marks = moodle.marks(question)
        percents = marks.percents
        inexact = marks.inexact
        single = isinstance(question, SingleChoice)
        if single and "100" not in percents:
            best = max(percents, key=Fraction)
            inexact = "the best choice earns full marks, for GIFT has no single choice without one that does"
            percents = tuple("100" if percent == best else percent for percent in percents)
        if inexact:
            self.notes.loss("X301", f"{question.id}: {inexact}", "/scoring")
        _moodle.unread_parts(question, self.notes)
        if question.shuffle:
            self.notes.loss("X208", f"Moodle decides whether the choices of {question.id} are shuffled", "/shuffle")
        choices = [
            (
                mark,
                self._rich(choice.text, f"/choices/{i}/text", solid=True),
                self._rich(choice.feedback, f"/choices/{i}/feedback"),
            )
            for i, (choice, mark) in enumerate(zip(question.choices, _marks(percents, single), strict=True))
        ]
        return self._page("choice", question, choices=choices)

    def _true_false(self, question: TrueFalse) -> str:
        folded, _ = _moodle.fold_verdicts(question, self.ctx)
        assert isinstance(folded, TrueFalse)
        told = {
            True: self._rich(folded.feedback_true, "/feedback_true"),
            False: self._rich(folded.feedback_false, "/feedback_false"),
        }
        return self._page(
            "true_false",
            question,
            key="TRUE" if question.answer else "FALSE",
            right=told[bool(question.answer)],
            wrong=told[not question.answer],
        )

    def _short_answer(self, question: ShortAnswer) -> str:
        answers = []
        full = False
        for i, accepted in enumerate(question.answer or ()):
            text = xml_text(moodle.pattern(accepted.text, question.wildcard)).strip(moodle.PHP_BLANKS)
            # Moodle takes "->" for a matching question, with no way to escape it
            if "->" in text or not text or gift.has_placeholder(text):
                self.notes.loss(
                    "X307", f"GIFT cannot say the answer {accepted.text!r} of {question.id}", f"/answer/{i}"
                )
                continue
            full |= accepted.weight == ONE
            answers.append((i, f"[plain]{text}" if text[0] == "[" else text, accepted))
        if not full:
            self.notes.loss("X302", f"{question.id} is written as an essay: GIFT can say none of its answers", "")
            return self._essay(as_essay(question), ShortAnswer)
        if question.case_sensitive:
            self.notes.loss("X307", f"GIFT has no case-sensitive answers: {question.id}", "/case_sensitive")
        folded, wrong = _moodle.fold_verdicts(question, self.ctx)
        assert isinstance(folded, ShortAnswer)
        assert folded.answer is not None
        rows = [
            (
                self.notes.grade(accepted.weight, f"/answer/{i}/weight"),
                gift.escape(text),
                self._rich(folded.answer[i].feedback, f"/answer/{i}/feedback"),
            )
            for i, text, accepted in answers
        ]
        if wrong is not None:
            rows.append(("0", "*", self._rich(wrong, "/feedback/incorrect")))
        return self._page("short_answer", question, answers=rows)

    def _numeric(self, question: Numeric) -> str:
        folded, wrong = _moodle.fold_verdicts(question, self.ctx)
        assert isinstance(folded, Numeric)
        if question.units:
            self.notes.loss("X307", f"GIFT has no units: {question.id} takes bare numbers", "/units")
        if question.unit_required:
            self.notes.loss("X208", f"GIFT has no units: {question.id} takes bare numbers", "/unit_required")
        rows = []
        for i, accepted in enumerate(folded.answer or ()):
            low, high = accepted.bounds
            rows.append(
                (
                    self.notes.grade(accepted.weight, f"/answer/{i}/weight"),
                    self.notes.number((low + high) / 2, f"/answer/{i}"),
                    self.notes.number((high - low) / 2, f"/answer/{i}"),
                    self._rich(accepted.feedback, f"/answer/{i}/feedback"),
                )
            )
        return self._page("numeric", question, answers=rows, wrong=self._rich(wrong, "/feedback/incorrect"))

    def _matching(self, question: Matching) -> str:
        _moodle.drop_verdicts(question, self.ctx)
        if question.scoring == "all_or_nothing" and len(question.prompts) > 1:
            self.notes.loss("X301", f"Moodle gives {question.id} a share of the points for each right pair", "/scoring")
        if not question.shuffle:
            self.notes.loss("X208", f"Moodle decides whether {question.id} is shuffled", "/shuffle")
            self.notes.loss("X208", f"Moodle shows the choices of {question.id} in an order of its own", "/choices")
        for i, choice in enumerate(question.choices):
            if choice.feedback is not None:
                self.notes.loss(
                    "X201", f"matching has no feedback for a choice: {question.id}", f"/choices/{i}/feedback"
                )
        lines = {
            choice.id: self.notes.line(choice.text, f"/choices/{i}/text") for i, choice in enumerate(question.choices)
        }
        answer = question.answer or {}
        pairs = [
            (self._rich(prompt.text, f"/prompts/{i}/text", solid=True), xml_text(lines[answer[prompt.id]]))
            for i, prompt in enumerate(question.prompts)
        ]
        used = {choice for _, choice in pairs}
        pairs += [("", line) for line in dict.fromkeys(map(xml_text, lines.values())) if line not in used]
        if len(pairs) < 2:
            raise Unfit("GIFT wants two different pairs or choices to match")
        return self._page("matching", question, pairs=[(prompt, gift.escape(choice)) for prompt, choice in pairs])

    def _ordering(self, question: Ordering) -> str:
        written = self._native_ordering(question) if self.has_ordering else None
        if written is not None:
            return written
        self.notes.loss("X302", f"GIFT has no ordering: the items of {question.id} are matched with their places", "")
        self.notes.moved = (("/prompts", "/items"),)
        places = [str(place) for place in range(1, len(question.items) + 1)]
        right = {item: place for place, item in zip(places, question.answer or (), strict=True)}
        return self._matching(
            _rewritten(
                Matching,
                question,
                prompts=tuple(Prompt(id=item.id, text=item.text) for item in question.items),
                choices=tuple(Choice(id=place, text=place) for place in places),
                answer=right,
                scoring="each_correct" if question.scoring == "each_position" else "all_or_nothing",
            )
        )

    def _native_ordering(self, question: Ordering) -> str | None:
        """As Moodle 4.4 and later have it; None where two items read the same, which it cannot tell apart."""
        order = question.answer or ()
        places = {item.id: i for i, item in enumerate(question.items)}
        written = [self._item(question.items[places[name]].text, f"/items/{places[name]}/text") for name in order]
        if len(set(written)) < len(written):
            return None
        _moodle.drop_verdicts(question, self.ctx)
        grading = "ALL_OR_NOTHING" if question.scoring == "all_or_nothing" else "ABSOLUTE_POSITION"
        return self._page("ordering", question, items=written, grading=grading)

    def _item(self, text: Text, pointer: str) -> str:
        """A line of an ordering: HTML, with no escapes but entities (qtype_ordering, import_from_gift)."""
        html = xml_text(self.notes.html(text, pointer, lambda element: self._media(element, pointer), solid=True))
        return gift.ordering_item(html.strip(moodle.PHP_BLANKS))

    def _essay(self, question: Essay, was: type[SubQuestion] = Essay) -> str:
        _moodle.drop_verdicts(question, self.ctx)
        if was is Essay:
            for name, code, standard in (
                ("answer", "X209", None),
                ("rubric", "X209", ()),
                ("style", "X207", "short"),
                ("min_words", "X208", None),
                ("max_words", "X208", None),
                ("lines", "X208", None),
                ("response", "X208", "rich"),
                ("attachments", "X208", 0),
            ):
                if getattr(question, name) != standard:
                    self.notes.loss(code, f"GIFT has no place for the {name} of {question.id}", f"/{name}")
        return self._page("essay", question)

    def _cloze(self, question: Cloze) -> str:
        known = {blank.id for blank in question.blanks}
        shown = [name for name in dict.fromkeys(richtext.blank_ids(question.stem)) if name in known]
        if list(richtext.blank_ids(question.stem)) != shown or len(shown) != len(known):
            self.notes.loss("X305", f"the gaps in the stem of {question.id} are not its blanks", "/stem")
        if len(question.blanks) > 1:
            return self._word_bank(question)
        blank = question.blanks[0]
        what = {TextBlank: "a short answer", NumericBlank: "a numeric question", ChoiceBlank: "a single choice"}[
            type(blank)
        ]
        self.notes.loss("X302", f"GIFT has no cloze: {question.id} with its one gap is written as {what}", "")
        self.notes.moved = (
            ("/answer", "/blanks/0/answer"),
            ("/choices", "/blanks/0/choices"),
            ("/shuffle", "/blanks/0"),
        )
        stem = _gaps_as(question.stem, {blank.id: "_____"})
        match blank:
            case TextBlank():
                self.notes.moved += (("/case_sensitive", "/blanks/0/case_sensitive"),)
                return self._short_answer(
                    _rewritten(
                        ShortAnswer,
                        question,
                        stem=stem,
                        answer=blank.answer,
                        case_sensitive=blank.case_sensitive,
                        wildcard=blank.wildcard,
                    )
                )
            case NumericBlank():
                return self._numeric(_rewritten(Numeric, question, stem=stem, answer=blank.answer))
            case ChoiceBlank():
                return self._choice(
                    _rewritten(
                        SingleChoice,
                        question,
                        stem=stem,
                        choices=blank.choices,
                        answer=blank.answer,
                        shuffle=blank.shuffle,
                    )
                )
            case _:
                assert_never(blank)

    def _word_bank(self, question: Cloze) -> str:
        """The gaps numbered, to be matched with words: graded by machine, though it asks to choose, not to recall."""
        self.notes.loss(
            "X302",
            f"GIFT has no cloze: the gaps of {question.id} are matched with a list of words",
            "",
            hint="Moodle XML keeps the gaps as they are",
        )
        names = {blank.id: f"({place})" for place, blank in enumerate(question.blanks, 1)}
        words: list[Choice] = []
        answer: dict[str, str] = {}
        for i, blank in enumerate(question.blanks):
            pointer = f"/blanks/{i}"
            answer[blank.id] = f"{i}.0"
            match blank:
                case TextBlank():
                    best = next(accepted for accepted in blank.answer or () if accepted.weight == ONE)
                    words.append(Choice(id=f"{i}.0", text=best.text))
                case NumericBlank():
                    right = next(number for number in blank.answer or () if number.weight == ONE)
                    words.append(Choice(id=f"{i}.0", text=self.notes.number(sum(right.bounds, ZERO) / 2, pointer)))
                case ChoiceBlank():
                    answer[blank.id] = f"{i}.{blank.answer}"
                    words += [Choice(id=f"{i}.{choice.id}", text=choice.text) for choice in blank.choices]
                case _:
                    assert_never(blank)
        self._told_in_gaps(question)
        self.notes.moved = (("/prompts", None), ("/choices", None))
        return self._matching(
            _rewritten(
                Matching,
                question,
                stem=_gaps_as(question.stem, {blank: f"{name}____" for blank, name in names.items()}),
                prompts=tuple(Prompt(id=blank, text=name) for blank, name in names.items()),
                choices=tuple(words),
                answer=answer,
            )
        )

    def _told_in_gaps(self, question: Cloze) -> None:
        """Reports the feedback inside the gaps, which a matching question has no place for."""
        for i, blank in enumerate(question.blanks):
            name = "choices" if isinstance(blank, ChoiceBlank) else "answer"
            told = [part.feedback for part in (blank.choices if isinstance(blank, ChoiceBlank) else blank.answer or ())]
            for j, feedback in enumerate(told):
                if feedback is not None:
                    pointer = f"/blanks/{i}/{name}/{j}/feedback"
                    self.notes.loss("X201", f"there is no place for the feedback in a gap of {question.id}", pointer)

    # Parts

    def _page(self, template: str, question: SubQuestion, solid: bool = False, **values: Any) -> str:
        """The question through its template; `general` is the general feedback, `stem` the stem."""
        general = question.feedback.general if question.feedback is not None else None
        if template == "information":
            general = None
        marks = [gift.bracketed("id", self._id(question))]
        tags = self.placing.tags(question)
        if any(gift.LIKE_AN_ID in tag for tag in tags):
            self.notes.loss("X305", f"a tag of {question.id} would be read as its id and was changed", "/tags")
        marks += [gift.bracketed("tag", tag) for tag in tags]
        values["comment"] = " ".join(filter(None, marks))
        values["name"] = gift.escape(xml_text(self.placing.title(question)))
        values["stem"] = self._rich(question.stem, "/stem", solid)
        values["general"] = self._rich(general, "/feedback/general")
        return rendered(self.templates, f"{NAME}/{template}.j2", values)

    def _id(self, question: SubQuestion) -> str:
        """The id number in Moodle: the one the question came with where that is none for a bank, else its id."""
        own = question.extensions.get(NAME, {}).get("id")
        return self.placing.number(own, question) if isinstance(own, str) and own else self.placing.id(question)

    def _rich(self, text: Text | None, pointer: str, solid: bool = False) -> str:
        """A text with the mark that says it is HTML; nothing for an empty one."""
        if text is None:
            return ""
        if isinstance(text, str) and _PLAIN.fullmatch(text):
            return f"[html]{text}"
        html = xml_text(
            self.notes.html(text, pointer, lambda element: self._media(element, pointer), solid=solid)
        ).strip(moodle.PHP_BLANKS)
        return f"[html]{gift.escape(html)}" if html else ""

    def _media(self, element: Element, pointer: str) -> str:
        """A picture or a sound inside the text, as Moodle keeps it; words where it cannot be."""
        asset = moodle.asset_of(element)
        question = self.notes.question
        try:
            media_type = self.ctx.assets.media_type(asset)
            data = self.ctx.assets.read(asset)
        except AssetError as error:
            self.ctx.report.add(error.code, str(error), question=question.id, pointer=pointer)
            self.notes.loss("X203", f"{asset} could not be put into {question.id}", pointer)
            return moodle.words_for(element)
        if len(data) > MAX_EMBEDDED:
            self.notes.loss("X203", f"{asset} is too large for the text of {question.id}", pointer)
            return moodle.words_for(element)
        url = f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
        return moodle.picture(element, url, self.ctx.assets.entries[asset].alt or "")

    def _settings_lost(self, question: SubQuestion) -> None:
        """Reports the settings of any kind that GIFT has no place for."""
        self.notes.moved = ()
        if question.points is not ONE and question.points != ONE and not isinstance(question, Information):
            self.notes.loss("X205", f"GIFT has no points: {question.id} is worth 1 in Moodle", "/points")
        if question.penalty is not None:
            self.notes.loss("X208", f"GIFT has no penalty: {question.id} has Moodle's standard one", "/penalty")
        if question.hints:
            self.notes.loss("X202", f"GIFT has no hints: {question.id}", "/hints")
        for name in question.extensions.get(NAME, {}):
            if name == "id":
                continue
            self.notes.loss("X208", f"GIFT has no setting {name!r}", _moodle.pointer_to(NAME, name))


def _has_ordering(version: str) -> bool:
    """Whether that Moodle has ordering questions. Raises `QbankError` on what is no version."""
    if not version:
        return False
    found = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.[0-9.]+)?", version)
    if found is None:
        raise QbankError(f"gift: the option version is a Moodle version such as 4.5, not {version!r}")
    return (int(found[1]), int(found[2] or 0)) >= (4, 4)


@lru_cache(maxsize=1024)
def _plain_tags(tags: tuple[str, ...]) -> tuple[str, ...] | None:
    """The tags as they stand in a comment; None where one is changed."""
    if _moodle.plain_tags(tags) is None or any(gift.LIKE_AN_ID in tag for tag in tags):
        return None
    return tuple(gift.in_comment(xml_text(tag)) for tag in tags)


@lru_cache(maxsize=1024)
def _marks(percents: tuple[str, ...], single: bool) -> tuple[str, ...]:
    """What stands before each choice. Only one is `=`: without any `~` it would be a short answer."""
    if not single:
        return tuple(f"~%{percent}%" for percent in percents)
    marks = ["~" if percent == "0" else f"~%{percent}%" for percent in percents]
    if "100" in percents:
        marks[percents.index("100")] = "="
    return tuple(marks)


_COMMON = tuple(f for f in Information.__struct_fields__ if f != "stem")
_Rewritten = TypeVar("_Rewritten", ShortAnswer, Numeric, SingleChoice, Matching)


def _rewritten(kind: type[_Rewritten], question: SubQuestion, **values: Any) -> _Rewritten:
    """The question as another kind, with what every kind has."""
    common = {name: getattr(question, name) for name in _COMMON}
    return kind(**common, **{"stem": question.stem, **values})


def _gaps_as(stem: Text, shown: Mapping[str, str]) -> Text:
    """The stem with characters in the place of its gaps; one it does not show stands at the end."""
    left = dict(shown)

    def without(node: Node) -> Node:
        if isinstance(node, str):
            return node
        if node.tag == "blank":
            return left.pop(node.get("id") or "", "____")
        return Element(node.tag, node.attributes, tuple(without(child) for child in node.children))

    blocks = [
        Element(block.tag, block.attributes, tuple(without(child) for child in block.children))
        for block in richtext.blocks(stem)
    ]
    blocks += [Element("p", (), (text,)) for text in left.values()]
    return Html(html=richtext.serialize(tuple(blocks)))
