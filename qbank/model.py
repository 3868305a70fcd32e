"""The question bank: eleven kinds of question, frozen and typed, told apart by `kind`.

The JSON Schema in `schemas/` is the authority on what a bank may hold; these
types decode exactly the same documents, and a test generates both ways to keep
the two in step. Nothing here is rendered, and no grade is a float: points,
weights and numeric answers are `Fraction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

Id: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$(?!\n)")]
Line: TypeAlias = Annotated[str, Meta(pattern="^[^\u0000-\u001f\ufffe\uffff]*$(?!\n)")]
NonEmpty: TypeAlias = Annotated[str, Meta(min_length=1)]
Language: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$(?!\n)")]
Difficulty: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
Share: TypeAlias = Annotated[int, Meta(ge=1, le=100)]

Kind: TypeAlias = Literal[
    "single_choice",
    "multiple_choice",
    "true_false",
    "short_answer",
    "numeric",
    "cloze",
    "matching",
    "ordering",
    "essay",
    "group",
    "information",
]
KINDS: tuple[Kind, ...] = (
    "single_choice",
    "multiple_choice",
    "true_false",
    "short_answer",
    "numeric",
    "cloze",
    "matching",
    "ordering",
    "essay",
    "group",
    "information",
)

ONE = Fraction(1)
ZERO = Fraction(0)


class _Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What every part of a bank shares: immutable, keyword-only, no unknown property.

    Values without cycles: the garbage collector need not look at them (`gc=False`), which a big bank feels.
    """


class Html(_Value, frozen=True, kw_only=True):
    """A fragment of the XHTML subset that `qbank.richtext` describes."""

    html: str


Text: TypeAlias = str | Html
"""A plain string means itself, literally; `Html` is rich text."""


class Choice(_Value, frozen=True, kw_only=True):
    """One choice of a choice question, or of a choice blank."""

    id: Id
    text: Text
    feedback: Text | None = None
    weight: Fraction | None = None
    """Share of the points for choosing it, -1 to 1; only read where `scoring` is `weighted`."""
    fixed: bool = False
    """Keeps its place when the others are shuffled ("all of the above")."""


class Accepted(_Value, frozen=True, kw_only=True):
    """A text that answers a question or a blank."""

    text: NonEmpty
    weight: Fraction = ONE
    feedback: Text | None = None


class NumericAnswer(_Value, frozen=True, kw_only=True):
    """Either `value` with an absolute `tolerance`, or the closed range `min` to `max`."""

    value: Fraction | None = None
    tolerance: Fraction = ZERO
    min: Fraction | None = None
    max: Fraction | None = None
    weight: Fraction = ONE
    feedback: Text | None = None

    def __post_init__(self) -> None:
        is_range = self.min is not None and self.max is not None
        is_part = self.min is not None or self.max is not None
        if (self.value is None) != is_range or (self.value is not None and is_part):
            raise ValueError("a numeric answer has either 'value' or both 'min' and 'max'")

    @property
    def bounds(self) -> tuple[Fraction, Fraction]:
        """The closed interval of accepted numbers."""
        if self.value is not None:
            return self.value - self.tolerance, self.value + self.tolerance
        assert self.min is not None
        assert self.max is not None
        return self.min, self.max


class Unit(_Value, frozen=True, kw_only=True):
    """A unit of measure: a response in it is multiplied by `factor` to compare it with the answer."""

    name: NonEmpty
    factor: Fraction = ONE


class TextBlank(_Value, frozen=True, kw_only=True, tag_field="kind", tag="text"):
    """A gap the student writes a word into."""

    id: Id
    answer: Annotated[tuple[Accepted, ...], Meta(min_length=1)] | None = None
    case_sensitive: bool = False
    wildcard: bool = False
    share: Share = 1
    """This gap's part of the question's points, relative to the other gaps."""


class NumericBlank(_Value, frozen=True, kw_only=True, tag_field="kind", tag="numeric"):
    """A gap the student writes a number into."""

    id: Id
    answer: Annotated[tuple[NumericAnswer, ...], Meta(min_length=1)] | None = None
    share: Share = 1


class ChoiceBlank(_Value, frozen=True, kw_only=True, tag_field="kind", tag="choice"):
    """A gap the student fills from a list of choices."""

    id: Id
    choices: Annotated[tuple[Choice, ...], Meta(min_length=2)]
    answer: Id | None = None
    shuffle: bool = False
    share: Share = 1


Blank: TypeAlias = TextBlank | NumericBlank | ChoiceBlank


class Prompt(_Value, frozen=True, kw_only=True):
    """The left side of a matching question: something to find the partner of."""

    id: Id
    text: Text


class Item(_Value, frozen=True, kw_only=True):
    """One thing to put in order."""

    id: Id
    text: Text


class Criterion(_Value, frozen=True, kw_only=True):
    """A line of a marking rubric."""

    text: Text
    points: Fraction | None = None


class Feedback(_Value, frozen=True, kw_only=True):
    """What the student reads afterwards."""

    general: Text | None = None
    correct: Text | None = None
    partial: Text | None = None
    incorrect: Text | None = None


class Source(_Value, frozen=True, kw_only=True):
    """Where a question came from, in the words and at the place it was found."""

    document: str
    title: str | None = None
    section: str | None = None
    number: str | None = None
    line: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    column: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    end_line: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    end_column: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    text: str | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    reasons: tuple[str, ...] = ()


Status: TypeAlias = Literal["ready", "draft"]


class _Question(_Value, frozen=True, kw_only=True, tag_field="kind"):
    """What every question has, whatever its kind."""

    id: Id
    title: Line | None = None
    stem: Text
    points: Fraction = ONE
    penalty: Fraction | None = None
    """Share of the points lost at each further try, 0 to 1."""
    feedback: Feedback | None = None
    hints: tuple[Text, ...] = ()
    tags: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    category: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    difficulty: Difficulty | None = None
    """1 (very easy) to 5 (very hard)."""
    language: Language | None = None
    status: Status = "ready"
    source: Source | None = None
    ignore: tuple[Annotated[str, Meta(pattern=r"^[A-Z][0-9]{3}$(?!\n)")], ...] = ()
    extensions: dict[str, dict[str, Any]] = {}


class SingleChoice(_Question, frozen=True, kw_only=True, tag="single_choice"):
    """Choose exactly one; `answer` is the id of the right choice."""

    choices: Annotated[tuple[Choice, ...], Meta(min_length=2)]
    answer: Id | None = None
    scoring: Literal["all_or_nothing", "weighted"] = "all_or_nothing"
    shuffle: bool = False


MultipleScoring: TypeAlias = Literal["each_correct", "all_or_nothing", "balanced", "weighted"]


class MultipleChoice(_Question, frozen=True, kw_only=True, tag="multiple_choice"):
    """Choose all that apply; `answer` lists the ids of the right choices.

    `scoring` is the partial-credit policy:
    `each_correct`: every right choice earns its equal share, any wrong one forfeits all;
    `all_or_nothing`: only the exact set earns points;
    `balanced`: right choices earn equal shares, wrong ones cost equal shares, never below zero;
    `weighted`: the sum of the `weight` of what was chosen, never below zero.
    """

    choices: Annotated[tuple[Choice, ...], Meta(min_length=2)]
    answer: Annotated[tuple[Id, ...], Meta(min_length=1)] | None = None
    scoring: MultipleScoring = "each_correct"
    shuffle: bool = False


class TrueFalse(_Question, frozen=True, kw_only=True, tag="true_false"):
    """Is the statement true? The two feedbacks answer a response of true and of false."""

    answer: bool | None = None
    feedback_true: Text | None = None
    feedback_false: Text | None = None


class ShortAnswer(_Question, frozen=True, kw_only=True, tag="short_answer"):
    """Write a word or a phrase that a machine can compare."""

    answer: Annotated[tuple[Accepted, ...], Meta(min_length=1)] | None = None
    case_sensitive: bool = False
    wildcard: bool = False
    """Whether `*` in an accepted text stands for any run of characters."""


class Numeric(_Question, frozen=True, kw_only=True, tag="numeric"):
    """Write a number, if need be with a unit."""

    answer: Annotated[tuple[NumericAnswer, ...], Meta(min_length=1)] | None = None
    units: tuple[Unit, ...] = ()
    unit_required: bool = False


class Cloze(_Question, frozen=True, kw_only=True, tag="cloze"):
    """A text with gaps: `<blank id="..."/>` in the stem, one entry of `blanks` for each."""

    blanks: Annotated[tuple[Blank, ...], Meta(min_length=1)]


class Matching(_Question, frozen=True, kw_only=True, tag="matching"):
    """Find each prompt's choice; choices no prompt needs are distractors."""

    prompts: Annotated[tuple[Prompt, ...], Meta(min_length=1)]
    choices: Annotated[tuple[Choice, ...], Meta(min_length=2)]
    answer: dict[Id, Id] | None = None
    """Prompt id to choice id, every prompt once."""
    scoring: Literal["each_correct", "all_or_nothing"] = "each_correct"
    shuffle: bool = True


class Ordering(_Question, frozen=True, kw_only=True, tag="ordering"):
    """Put the items in order; `answer` lists their ids in the right one."""

    items: Annotated[tuple[Item, ...], Meta(min_length=2)]
    answer: Annotated[tuple[Id, ...], Meta(min_length=2)] | None = None
    scoring: Literal["all_or_nothing", "each_position"] = "all_or_nothing"


class Essay(_Question, frozen=True, kw_only=True, tag="essay"):
    """Write a text that a person marks; `answer` is a model answer."""

    style: Literal["term", "short", "long"] = "short"
    """A term to define (名词解释), a short essay (简答), a long one (论述)."""
    answer: Text | None = None
    rubric: tuple[Criterion, ...] = ()
    min_words: Annotated[int, Meta(ge=0, le=10**6)] | None = None
    max_words: Annotated[int, Meta(ge=1, le=10**6)] | None = None
    lines: Annotated[int, Meta(ge=1, le=200)] | None = None
    response: Literal["rich", "plain", "monospaced"] = "rich"
    attachments: Annotated[int, Meta(ge=0, le=10)] = 0


class Information(_Question, frozen=True, kw_only=True, tag="information"):
    """Something to read, with nothing to answer; worth no points whatever `points` says."""


SubQuestion: TypeAlias = (
    SingleChoice
    | MultipleChoice
    | TrueFalse
    | ShortAnswer
    | Numeric
    | Cloze
    | Matching
    | Ordering
    | Essay
    | Information
)


class Group(_Question, frozen=True, kw_only=True, tag="group"):
    """Shared material (the stem) with sub-questions; worth what they are worth together."""

    questions: Annotated[tuple[SubQuestion, ...], Meta(min_length=1)]


Question: TypeAlias = SubQuestion | Group


class Asset(_Value, frozen=True, kw_only=True):
    """A picture or a sound: a `file` beside the bank, or its bytes in `base64`."""

    file: NonEmpty | None = None
    base64: NonEmpty | None = None
    media_type: NonEmpty | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")] | None = None
    alt: str | None = None

    def __post_init__(self) -> None:
        if (self.file is None) == (self.base64 is None):
            raise ValueError("an asset has either 'file' or 'base64'")


class Header(_Value, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    """Everything in a bank but its questions; the first line of a JSON Lines bank."""

    schema: str | None = None
    qbank: Literal[1]
    title: Line | None = None
    description: Text | None = None
    language: Language | None = None
    license: str | None = None
    assets: dict[Id, Asset] = {}
    extensions: dict[str, dict[str, Any]] = {}


class Bank(Struct, frozen=True, kw_only=True):
    """A whole bank in memory. Big banks stream instead: see `qbank.bankfile.open_bank`."""

    header: Header
    questions: tuple[Question, ...]


def kind_of(question: Question) -> Kind:
    """The `kind` a question carries in the bank file."""
    kind: Kind = question.__struct_config__.tag  # type: ignore[assignment]  # the tag is a Kind
    return kind


def points_of(question: Question) -> Fraction:
    """What the question is worth: the sum of its parts for a group, nothing for information."""
    if isinstance(question, Group):
        return sum((points_of(sub) for sub in question.questions), ZERO)
    return ZERO if isinstance(question, Information) else question.points


def is_answered(question: Question) -> bool:
    """Whether a machine could mark it: its answer is known, or no machine marks its kind."""
    match question:
        case Essay() | Information():
            return True
        case Group():
            return all(is_answered(sub) for sub in question.questions)
        case Cloze():
            return all(blank.answer is not None for blank in question.blanks)
        case _:
            return question.answer is not None


def has_answer(question: Question) -> bool:
    """Whether somebody has answered it already: an essay counts by its model answer, a group by all its parts."""
    match question:
        case Information():
            return True
        case Essay():
            return question.answer is not None
        case Group():
            return all(has_answer(sub) for sub in question.questions)
        case _:
            return is_answered(question)


def texts(question: Question, pointer: str = "") -> Iterator[tuple[str, Text]]:
    """Every rich text of a question with its JSON pointer, relative to the question."""
    yield f"{pointer}/stem", question.stem
    if question.feedback is not None:
        for name in ("general", "correct", "partial", "incorrect"):
            text: Text | None = getattr(question.feedback, name)
            if text is not None:
                yield f"{pointer}/feedback/{name}", text
    for i, hint in enumerate(question.hints):
        yield f"{pointer}/hints/{i}", hint
    match question:
        case SingleChoice() | MultipleChoice():
            yield from _choice_texts(question.choices, f"{pointer}/choices")
        case TrueFalse():
            if question.feedback_true is not None:
                yield f"{pointer}/feedback_true", question.feedback_true
            if question.feedback_false is not None:
                yield f"{pointer}/feedback_false", question.feedback_false
        case ShortAnswer() | Numeric():
            yield from _answer_texts(question.answer or (), f"{pointer}/answer")
        case Cloze():
            for i, blank in enumerate(question.blanks):
                if isinstance(blank, ChoiceBlank):
                    yield from _choice_texts(blank.choices, f"{pointer}/blanks/{i}/choices")
                else:
                    yield from _answer_texts(blank.answer or (), f"{pointer}/blanks/{i}/answer")
        case Matching():
            for i, prompt in enumerate(question.prompts):
                yield f"{pointer}/prompts/{i}/text", prompt.text
            yield from _choice_texts(question.choices, f"{pointer}/choices")
        case Ordering():
            for i, item in enumerate(question.items):
                yield f"{pointer}/items/{i}/text", item.text
        case Essay():
            if question.answer is not None:
                yield f"{pointer}/answer", question.answer
            for i, criterion in enumerate(question.rubric):
                yield f"{pointer}/rubric/{i}/text", criterion.text
        case Group():
            for i, sub in enumerate(question.questions):
                yield from texts(sub, f"{pointer}/questions/{i}")
        case Information():
            pass


def _choice_texts(choices: tuple[Choice, ...], pointer: str) -> Iterator[tuple[str, Text]]:
    for i, choice in enumerate(choices):
        yield f"{pointer}/{i}/text", choice.text
        if choice.feedback is not None:
            yield f"{pointer}/{i}/feedback", choice.feedback


def _answer_texts(answers: Sequence[Accepted | NumericAnswer], pointer: str) -> Iterator[tuple[str, Text]]:
    for i, answer in enumerate(answers):
        if answer.feedback is not None:
            yield f"{pointer}/{i}/feedback", answer.feedback
