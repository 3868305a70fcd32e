"""What an exporter is, what it is given, and where it is found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, BinaryIO, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec
from msgspec import Struct

from qbank.assets import AssetStore
from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.formats.ungraded import as_essay
from qbank.model import Group, Header, Kind, Question, is_answered
from qbank.seen import Ids

Support: TypeAlias = Literal["full", "lossy", "none"]
"""What a target does with a kind: keep all of it, lose something and say so, or leave it out (X1)."""

Unanswered: TypeAlias = Literal["left-out", "as-essay", "native"]
"""What a target does with a question that has no answer when the user asks for it `ungraded`."""


@runtime_checkable
class Exporter(Protocol):
    """Writes questions for one target.

    A module in `exporters/` offers one instance as `EXPORTER`. `write` streams:
    it must not hold more than one question where the target allows that, must
    give the same bytes for the same input, and must record in `ctx.report`
    everything the target does not get. It never meets a question it declared
    `none` for, a draft, or an unanswered question unless it handles those
    itself (`unanswered = "native"`): see `prepared`.
    """

    name: str
    title: str
    """For people: "Moodle XML"."""
    suffix: str
    options: Mapping[str, str]
    """The option names it understands, each with a sentence for `--help`."""
    unanswered: Unanswered
    """`native`: takes unanswered questions as they are; `as-essay`: they are rewritten for it."""
    keeps_unanswered: bool
    """Takes unanswered questions and drafts even when the user did not ask (an editable workbook)."""
    support: Mapping[Kind, Support]

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`."""


class Fragment(Struct, array_like=True, gc=False):
    """What one question comes to in a file, whatever the others are; an exporter adds the bytes."""

    claims: list[str]
    """The names it took that no other question of the file may have."""


class Claims:
    """Names that one question of a file may have: those that are taken, and those that the question at hand took."""

    def __init__(self) -> None:
        self._taken: Ids | None = None
        self._own: list[str] = []
        self._spaces: dict[str, Space] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._own or (self._taken is not None and name in self._taken)

    def add(self, name: str) -> None:
        """The question at hand takes a name."""
        self._own.append(name)

    def within(self, space: str) -> Space:
        """Names of one sort, which may be the same as those of another."""
        return self._spaces.setdefault(space, Space(self, space))

    def own(self) -> list[str]:
        """What the question at hand took; the next one takes what it wants, even one of these unless it is `keep`ed."""
        own, self._own = self._own, []
        return own

    def forget(self) -> None:
        """The next question is looked at as if there had been none before."""
        self._own = []
        for space in self._spaces.values():
            space.numbers.clear()

    def keep(self, names: Iterable[str]) -> None:
        """Names are taken from now on."""
        taken = self._taken = Ids() if self._taken is None else self._taken
        for name in names:
            taken.add(name)

    def add_new(self, names: Collection[str]) -> bool:
        """Names are taken from now on, if certainly none was, nor is wanted twice here; whether that was so."""
        if self._taken is None:
            self._taken = Ids()
        return self._taken.add_new(names)


@dataclass(slots=True)
class Space:
    """Names of one sort among `Claims`."""

    _claims: Claims
    _name: str
    numbers: dict[str, int] = field(default_factory=dict)
    """The number to try next for each name that was wanted again."""

    def __contains__(self, name: str) -> bool:
        return f"{self._name} {name}" in self._claims

    def add(self, name: str) -> None:
        """The question at hand takes a name."""
        self._claims.add(f"{self._name} {name}")


class Renderer(Protocol):
    """Renders questions one after the other."""

    claims: Claims

    def render(self, question: Question) -> Fragment:
        """What a question comes to; of the others it knows only which names they took."""


@runtime_checkable
class Divided(Exporter, Protocol):
    """An exporter whose work can be divided: questions are rendered anywhere, and joined where all is known.

    Elsewhere each question is rendered as if it were the only one. One that
    took a name which another had before is rendered again where they are
    joined, so the file is the same as that of `write`.
    """

    fragment: type[Fragment]
    """What its renderer makes."""

    def renderer(self, ctx: Context) -> Renderer:
        """Begin to render; what is lost goes into the fragments. Raises `QbankError` for an option it cannot read."""

    def joined(self, sink: BinaryIO, ctx: Context) -> AbstractContextManager[Callable[[Any], None]]:
        """Begin a file: a function to be called with the fragments in their order, each to be reported and written."""


@dataclass(slots=True)
class Context:
    """What an exporter is given besides the questions."""

    header: Header = field(default_factory=lambda: Header(qbank=1))
    assets: AssetStore = field(default_factory=AssetStore)
    options: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    unanswered: Literal["skip", "ungraded"] = "skip"
    drafts: bool = False
    templates: str | None = None
    """A folder of the user's own whose templates take the place of ours."""

    @property
    def title(self) -> str:
        """The bank's title, never empty."""
        return self.header.title or "Question bank"

    @property
    def language(self) -> str:
        """The bank's language tag; `und` when it has none."""
        return self.header.language or "und"

    def loss(self, code: str, question: Question, message: str, pointer: str = "", hint: str = "") -> None:
        """Record that the target does not get something of `question`; `pointer` is relative to it."""
        self.report.add(code, message, question=question.id, pointer=pointer, hint=hint)


def prepared(questions: Iterable[Question], exporter: Exporter, ctx: Context) -> Iterator[Question]:
    """The questions an exporter shall write: what is left out is reported as X1."""
    for question in questions:
        kept = _prepared(question, exporter, ctx)
        if kept is not None:
            yield kept


def _prepared(question: Question, exporter: Exporter, ctx: Context) -> Question | None:
    kind = question.__struct_config__.tag
    if exporter.support[kind] == "none":  # type: ignore[index]  # the tag is a Kind
        ctx.loss("X101", question, f"{exporter.title} has no {kind} questions; {question.id} was left out")
        return None
    if exporter.keeps_unanswered:
        return question
    if question.status == "draft" and not ctx.drafts:
        ctx.loss("X103", question, f"{question.id} is a draft and was left out", hint="export drafts with --drafts")
        return None
    if isinstance(question, Group):
        subs = tuple(s for s in (_prepared(sub, exporter, ctx) for sub in question.questions) if s is not None)
        if not subs:
            ctx.loss("X104", question, f"no sub-question of {question.id} could be exported, so it was left out")
            return None
        return msgspec.structs.replace(question, questions=subs) if subs != question.questions else question
    if is_answered(question):
        return question
    if ctx.unanswered == "skip" or exporter.unanswered == "left-out":
        ctx.loss(
            "X102",
            question,
            f"{question.id} has no answer and was left out",
            pointer="/answer",
            hint="fill in the answer, or export it without a key with --unanswered ungraded",
        )
        return None
    ctx.loss("X306", question, f"{question.id} has no answer and is exported ungraded", pointer="/answer")
    return question if exporter.unanswered == "native" else as_essay(question)


def write_divided(
    questions: Iterable[Question], renderer: Renderer, joined: AbstractContextManager[Callable[[Any], None]]
) -> None:
    """`Exporter.write` of an exporter whose work can be divided, by one process."""
    claims = renderer.claims
    with joined as join:
        for question in questions:
            fragment = renderer.render(question)
            claims.keep(fragment.claims)
            join(fragment)


def rendered_apart(
    question: Question, exporter: Divided, renderer: Renderer, ctx: Context
) -> tuple[list[Diagnostic], Fragment | None]:
    """A question rendered as if it were the only one, None where it is left out, and what is said of preparing it."""
    kept = _prepared(question, exporter, ctx)
    said, ctx.report.diagnostics = ctx.report.diagnostics, []
    renderer.claims.forget()
    return said, None if kept is None else renderer.render(kept)


def get(name: str) -> Exporter:
    """The exporter of that name. Raises `QbankError` with the names there are."""
    table = _table()
    if name not in table:
        from qbank.suggest import did_you_mean

        known = sorted({*table, *import_module("qbank.exporters").PLATFORMS})
        raise QbankError(f"there is no exporter {name!r}; {did_you_mean(name, known)}")
    target = table[name]
    module, _, attribute = target.partition(":")
    exporter: Exporter = getattr(import_module(module), attribute or "EXPORTER")
    return exporter


def platform(name: str) -> tuple[str, dict[str, str]]:
    """The exporter that writes for a platform, and the options it takes: `canvas` is `qti12` with a preset.

    The name of an exporter is itself, without options; so is any other name, which `get` refuses.
    """
    target, options = import_module("qbank.exporters").PLATFORMS.get(name, (name, {}))
    return (name, {}) if name in _table() else (target, dict(options))


def platforms() -> list[str]:
    """The names that `platform` knows besides those of exporters."""
    return list(import_module("qbank.exporters").PLATFORMS)


def names() -> list[str]:
    """The names of all exporters, built-in ones first, in the order of their table."""
    return list(_table())


@cache
def _table() -> dict[str, str]:
    """Name to `module[:attribute]`; a plug-in cannot take a built-in's name."""
    builtin: dict[str, str] = dict(import_module("qbank.exporters").BUILTIN)
    plugins = {e.name: e.value for e in sorted(entry_points(group="qbank.exporters"), key=lambda e: e.name)}
    return builtin | {name: value for name, value in plugins.items() if name not in builtin}
