"""What the two exporters for Moodle decide alike: what is unfit, what is never carried, where a question goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import msgspec
from msgspec import Struct

from qbank import richtext
from qbank.diagnostics import Diagnostic
from qbank.export import Claims, Context, Fragment
from qbank.formats import moodle
from qbank.formats.flatten import together
from qbank.formats.titles import first_words
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
    is_answered,
)

Media: TypeAlias = Callable[[richtext.Element], str]
"""Writes an element in a way of its own."""


class Unfit(Exception):
    """A question that Moodle refuses or corrupts and no rewriting saves; the message says why."""


def check(question: Question) -> None:
    """Raises `Unfit` where Moodle would end the import, or grade by a key that is not there."""
    if not is_answered(question):
        raise Unfit("it has no answer")
    match question:
        case SingleChoice():
            _known(question.choices, (question.answer or "",))
        case MultipleChoice():
            _known(question.choices, question.answer or ())
        case ShortAnswer():
            _reachable(question.answer or ())
        case Numeric():
            _ordered(question.answer or ())
        case Cloze():
            for blank in question.blanks:
                match blank:
                    case TextBlank():
                        _reachable(blank.answer or ())
                    case NumericBlank():
                        _ordered(blank.answer or ())
                        _reachable(blank.answer or ())
                    case ChoiceBlank():
                        _known(blank.choices, (blank.answer or "",))
        case Matching():
            answer = question.answer or {}
            missing = [prompt.id for prompt in question.prompts if prompt.id not in answer]
            if missing:
                raise Unfit(f"prompt {missing[0]!r} has no answer")
            _known(question.choices, [answer[prompt.id] for prompt in question.prompts])
        case Ordering():
            if len(question.items) < 2 or sorted(question.answer or ()) != sorted(item.id for item in question.items):
                raise Unfit("its answer is not all of its items in some order")
        case _:
            pass


def _known(choices: tuple[Choice, ...], answers: Iterable[str]) -> None:
    ids = [choice.id for choice in choices]
    for answer in answers:
        if answer not in ids:
            raise Unfit(f"its answer names {answer!r}, which is not one of the choices")
    if len(choices) < 2:
        raise Unfit("it has fewer than two choices")


def _reachable(answers: Iterable[Accepted | NumericAnswer]) -> None:
    if max((answer.weight for answer in answers), default=ZERO) != ONE:
        raise Unfit("no answer earns exactly full marks")


def _ordered(answers: Iterable[NumericAnswer]) -> None:
    if any(low > high for low, high in (answer.bounds for answer in answers)):
        raise Unfit("a numeric answer accepts nothing: its range is reversed or its tolerance negative")


def never_carried(question: Question, ctx: Context) -> None:
    """Reports what no Moodle file has a place for."""
    for name in ("difficulty", "language", "source"):
        if getattr(question, name) is not None:
            ctx.loss("X207", question, f"Moodle has no place for the {name} of {question.id}", f"/{name}")
    if question.status == "draft":
        ctx.loss("X207", question, f"{question.id} is a draft; in Moodle it is ready", "/status")


def path_of(written: str) -> tuple[str, ...]:
    """A category path as people write it: `/` between the names, `//` for a `/` in one."""
    return tuple(part for part in moodle.read_category(written) if part)


def pointer_to(extension: str, setting: str) -> str:
    """The JSON pointer of a setting under `extensions`."""
    return f"/extensions/{extension}/{setting.replace('~', '~0').replace('/', '~1')}"


def flattened_group(group: Group, ctx: Context, extension: str, *, repeated: bool = True) -> None:
    """Reports what a group loses when its sub-questions stand alone, the material `repeated` in each or before them."""
    count = len(group.questions)
    where = (
        f"is repeated in each of its {count} questions"
        if repeated
        else f"is a description before its {count} questions"
    )
    ctx.loss(
        "X303",
        group,
        f"Moodle has no groups: the material of {group.id} {where}",
        hint="keep them together in the quiz, in this order",
    )
    for name in group.extensions.get(extension, {}):
        ctx.loss(
            "X208", group, f"{group.id} is no question of its own to set {name!r} for", pointer_to(extension, name)
        )
    if group.hints:
        ctx.loss("X202", group, f"the hints of {group.id} belong to none of its questions", "/hints")
    for name in ("correct", "partial", "incorrect"):
        if group.feedback is not None and getattr(group.feedback, name) is not None:
            ctx.loss(
                "X201", group, f"a group cannot be answered right or wrong as a whole: {group.id}", f"/feedback/{name}"
            )


def unread_parts(question: SingleChoice | MultipleChoice, notes: Notes) -> None:
    """Reports what choices say that this scoring, or Moodle, does not read."""
    for i, choice in enumerate(question.choices):
        if choice.fixed:
            notes.loss("X208", f"Moodle keeps no choice of {question.id} in its place", f"/choices/{i}/fixed")
        if choice.weight is not None and question.scoring != "weighted":
            notes.loss("X208", f"{question.id} is not scored by weights", f"/choices/{i}/weight")
    if question.scoring == "weighted" and not _answers_by_weight(question):
        notes.loss("X301", f"Moodle knows the right choices of {question.id} by their weights alone", "/answer")


def _answers_by_weight(question: SingleChoice | MultipleChoice) -> bool:
    """Whether the answer is the first choice that earns everything, or all that earn something."""
    weights = {choice.id: choice.weight or ZERO for choice in question.choices}
    if isinstance(question, SingleChoice):
        return question.answer == next((name for name, weight in weights.items() if weight == ONE), None)
    return set(question.answer or ()) == {name for name, weight in weights.items() if weight > 0}


def drop_verdicts(
    question: Question, ctx: Context, names: tuple[str, ...] = ("correct", "partial", "incorrect")
) -> None:
    """Reports feedback by verdict that this kind has no place for."""
    if question.feedback is None:
        return
    for name in names:
        if getattr(question.feedback, name) is not None:
            ctx.loss("X201", question, f"there is no place for this feedback of {question.id}", f"/feedback/{name}")


def fold_verdicts(question: TrueFalse | ShortAnswer | Numeric, ctx: Context) -> tuple[Question, Text | None]:
    """Moves feedback by verdict to the answers it belongs to; also what a wrong answer is told.

    Moodle keeps such feedback only for a few kinds. Students read the same
    words, but the file no longer says that they were one text.
    """
    verdicts = question.feedback or Feedback()
    for name in ("correct", "partial", "incorrect"):
        if getattr(verdicts, name) is not None:
            where = (
                "is dropped" if isinstance(question, TrueFalse) and name == "partial" else "goes to each such answer"
            )
            ctx.loss("X201", question, f"the {name} feedback of {question.id} {where}", f"/feedback/{name}")
    folded, wrong = _folded(question, verdicts)
    for (pointer, before), (_, after) in zip(_told(question), _told(folded), strict=True):
        if before != after:
            ctx.loss("X305", question, f"an answer of {question.id} also has the feedback for its verdict", pointer)
    return folded, wrong


def _told(question: TrueFalse | ShortAnswer | Numeric) -> list[tuple[str, Text | None]]:
    """The feedback of each answer with its pointer."""
    if isinstance(question, TrueFalse):
        return [("/feedback_true", question.feedback_true), ("/feedback_false", question.feedback_false)]
    answers: Sequence[Accepted | NumericAnswer] = question.answer or ()
    return [(f"/answer/{i}/feedback", answer.feedback) for i, answer in enumerate(answers)]


def _folded(
    question: TrueFalse | ShortAnswer | Numeric, verdicts: Feedback
) -> tuple[TrueFalse | ShortAnswer | Numeric, Text | None]:
    if isinstance(question, TrueFalse):
        by_answer = {question.answer: verdicts.correct, not question.answer: verdicts.incorrect}
        return (
            msgspec.structs.replace(
                question,
                feedback_true=_both(question.feedback_true, by_answer[True]),
                feedback_false=_both(question.feedback_false, by_answer[False]),
            ),
            None,
        )
    answers = tuple(
        msgspec.structs.replace(answer, feedback=_both(answer.feedback, _verdict(verdicts, answer.weight > 0, answer)))
        for answer in question.answer or ()
    )
    return msgspec.structs.replace(question, answer=answers), verdicts.incorrect


def _verdict(verdicts: Feedback, positive: bool, answer: Accepted | NumericAnswer) -> Text | None:
    if answer.weight >= ONE:
        return verdicts.correct
    return verdicts.partial if positive else verdicts.incorrect


def _both(first: Text | None, second: Text | None) -> Text | None:
    if first is None or second is None:
        return first if second is None else second
    return together(first, second)


def grader_notes(question: Essay) -> Text | None:
    """The model answer and the rubric, as one text for whoever marks."""
    if not question.rubric:
        return question.answer
    rows = tuple(
        richtext.Element(
            "tr",
            (),
            (
                richtext.Element("td", (), _cell(criterion.text)),
                richtext.Element(
                    "td", (), (moodle.number(criterion.points)[0] if criterion.points is not None else "",)
                ),
            ),
        )
        for criterion in question.rubric
    )
    table = richtext.Element("table", (), (richtext.Element("tbody", (), rows),))
    answer = richtext.blocks(question.answer) if question.answer is not None else ()
    return Html(html=richtext.serialize((*answer, table)))


def _cell(text: Text) -> tuple[richtext.Node, ...]:
    tree = richtext.blocks(text)
    return tree[0].children if len(tree) == 1 and tree[0].tag == "p" else tree


_FORMULA = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]|\$\$.*?\$\$", re.S)
_DELIMITER = re.compile(r"\\[)\]]|\$\$")


def looks_like_formula(text: Text) -> bool:
    """Whether Moodle's filter would find a formula in the characters of a text (MathJax skips code)."""
    source = text if isinstance(text, str) else text.html
    if "$$" not in source and "\\" not in source:
        return False
    if isinstance(text, str):
        return bool(_FORMULA.search(text))
    closed_early = any(
        _DELIMITER.search(_words(element.children)) for element in richtext.elements(text) if element.tag == "tex"
    )
    return closed_early or bool(_FORMULA.search(_words(richtext.blocks(text))))


def _words(nodes: tuple[richtext.Node, ...]) -> str:
    """The characters of some nodes without those of formulas and code."""
    return "".join(
        node if isinstance(node, str) else "" if node.tag in ("tex", "code", "pre") else _words(node.children)
        for node in nodes
    )


def has_formula_in_code(text: Text) -> bool:
    """Whether there is a formula where MathJax looks for none."""
    if isinstance(text, str) or "<tex" not in text.html or ("<code" not in text.html and "<pre" not in text.html):
        return False
    codes = (element for element in richtext.elements(text) if element.tag in ("code", "pre"))
    return any(inner.tag == "tex" for code in codes for inner in richtext.walk(code.children))


@dataclass(slots=True)
class Notes:
    """Turns parts of the question in hand into what Moodle takes, and reports what that costs."""

    ctx: Context
    question: Question = field(init=False)
    moved: tuple[tuple[str, str | None], ...] = ()
    """Where a part of a rewritten question was before: the beginnings of two pointers; None for nowhere in particular."""

    def loss(self, code: str, message: str, pointer: str, hint: str = "") -> None:
        """Reports a loss of the question in hand."""
        for now, before in self.moved:
            if pointer.startswith(now):
                pointer = "" if before is None else before + pointer[len(now) :]
                break
        self.ctx.loss(code, self.question, message, pointer, hint)

    def grade(self, weight: Fraction, pointer: str) -> str:
        """The percentage for a weight."""
        percent, exact = moodle.grade(weight)
        if not exact:
            self.loss("X301", f"a weight of {self.question.id} is not one Moodle has; {percent} % was used", pointer)
        return percent

    def number(self, value: Fraction, pointer: str) -> str:
        """A number in decimals."""
        written, exact = moodle.number(value)
        if not exact:
            self.loss("X307", f"a number of {self.question.id} was rounded to {written}", pointer)
        return written

    def html(self, text: Text, pointer: str, media: Media, gap: Media | None = None, solid: bool = False) -> str:
        """A text as HTML; `solid` where Moodle drops or refuses an empty one."""
        if solid and richtext.is_empty(text):
            self.loss("X305", f"a text of {self.question.id} is empty, which Moodle refuses; it got a blank", pointer)
            return moodle.BLANK_HTML
        if looks_like_formula(text):
            self.loss("X305", f"Moodle shows a formula where {self.question.id} only has its delimiters", pointer)
        if not isinstance(text, str) and "\\</tex" in text.html:
            self.loss(
                "X305", f"a formula of {self.question.id} ends with a backslash; it got a blank behind it", pointer
            )
        if has_formula_in_code(text):
            self.loss("X304", f"Moodle makes no formulas inside code, where {self.question.id} has one", pointer)
        return moodle.html(text, media, gap)

    def line(self, text: Text, pointer: str) -> str:
        """A choice of a matching question: one line without markup."""
        if isinstance(text, Html):
            if any(element.tag in ("img", "audio") for element in richtext.elements(text)):
                self.loss("X203", f"the choices of {self.question.id} show no media in Moodle", pointer)
            self.loss("X204", f"the choices of {self.question.id} are plain text in Moodle", pointer)
        elif "\n" in text.strip("\n"):
            self.loss("X305", f"a choice of {self.question.id} stands on one line in Moodle", pointer)
        line, whole = moodle.line(text)
        if not whole:
            self.loss("X305", f"a choice of {self.question.id} is longer than Moodle takes and was cut", pointer)
        if not line:
            self.loss("X305", f"a choice of {self.question.id} is empty, which Moodle refuses; it got a blank", pointer)
        return line or "\u00a0"


class Piece(Struct, array_like=True, gc=False):
    """What one question of Moodle's is, and what it lost."""

    id: str
    category: tuple[str, ...]
    data: bytes
    """How it stands in the file; nothing where it was left out."""
    losses: list[Diagnostic]


class Pieces(Fragment, array_like=True, gc=False):
    """What one question of the bank is in Moodle: a group is several."""

    pieces: list[Piece]


def piece(question: Question, data: bytes, ctx: Context) -> Piece:
    """A piece, with what was lost since the one before."""
    losses, ctx.report.diagnostics = ctx.report.diagnostics, []
    return Piece(question.id, question.category, data, losses)


@dataclass(slots=True)
class Categories:
    """Where in Moodle each piece goes: the category that changes before it."""

    ctx: Context
    prefix: tuple[str, ...] = ()
    """Categories around all others."""
    here: tuple[str, ...] | None = ()
    moved: bool = False
    """Whether a category has been named: what has none of its own would else go into that one."""

    def begin_file(self) -> None:
        """Nothing was said of categories yet: what has none goes where whoever imports chooses."""
        self.here = None if self.prefix else ()
        self.moved = False

    def move(self, piece: Piece) -> str | None:
        """The category to change to before this piece, or None to stay."""
        parts, report = piece.category, self.ctx.report
        if self.prefix:
            parts = (*self.prefix, *parts)
        elif not parts and self.moved:
            parts = (self.ctx.title,)
            message = f"{piece.id} has no category and was put into {parts[0]!r}"
            report.add("X210", message, question=piece.id, pointer="/category")
        if not parts:
            return None
        path, whole = moodle.category(parts)
        if not whole:
            message = f"the category of {piece.id} had to be changed for Moodle"
            report.add("X305", message, question=piece.id, pointer="/category")
        if piece.category == self.here:
            return None
        self.here = piece.category
        self.moved = True
        return path


@lru_cache(maxsize=1024)
def plain_tags(tags: tuple[str, ...]) -> tuple[str, ...] | None:
    """The tags, if Moodle keeps them as they are."""
    kept = [moodle.tag(tag) for tag in tags]
    once = len({tag.casefold() for tag in tags}) == len(tags)
    return tags if once and all(whole and written for written, whole in kept) else None


@dataclass(slots=True)
class Placing:
    """What each question is called in Moodle: ids that are used once, titles, tags."""

    ctx: Context
    claims: Claims = field(default_factory=Claims)

    def id(self, question: Question) -> str:
        """The question's id, once; empty for one that another question already has."""
        return self.number(question.id, question)

    def number(self, wanted: str, question: Question) -> str:
        """An id number for the question, once; empty for one that another question already has."""
        if not self.is_free(wanted):
            self.ctx.loss("X305", question, f"the id {wanted} is not unique; this question goes without", "/id")
            return ""
        self.claims.add(wanted)
        return wanted

    def is_free(self, wanted: str) -> bool:
        """Whether a question can have that id number."""
        return wanted not in self.claims and len(wanted) <= moodle.MAX_ID

    def title(self, question: Question) -> str:
        """The question's name as Moodle stores it."""
        written, whole = self.named(question)
        if not whole:
            self.ctx.loss(
                "X305", question, f"the title of {question.id} is longer than Moodle takes and was cut", "/title"
            )
        return written

    def named(self, question: Question) -> tuple[str, bool]:
        """The question's name as Moodle stores it, and whether all of it is there."""
        return moodle.name((question.title or "").strip(moodle.PHP_BLANKS) or first_words(question.stem, question.id))

    def tags(self, question: Question) -> list[str]:
        """The question's tags as Moodle keeps them: each once, whatever its case."""
        kept: dict[str, str] = {}
        for i, text in enumerate(question.tags):
            written, whole = moodle.tag(text)
            if not whole or written.casefold() in kept:
                self.ctx.loss(
                    "X305", question, f"Moodle keeps the tag {text!r} of {question.id} otherwise", f"/tags/{i}"
                )
            if written:
                kept.setdefault(written.casefold(), written)
        return list(kept.values())
