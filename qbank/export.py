"""What an exporter is, what it is given, and where it is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import BinaryIO, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from qbank.assets import AssetStore
from qbank.diagnostics import QbankError, Report
from qbank.formats.ungraded import as_essay
from qbank.model import Group, Header, Kind, Question, is_answered

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


def get(name: str) -> Exporter:
    """The exporter of that name. Raises `QbankError` with the names there are."""
    table = _table()
    if name not in table:
        from qbank.suggest import did_you_mean

        raise QbankError(f"there is no exporter {name!r}; {did_you_mean(name, sorted(table))}")
    target = table[name]
    module, _, attribute = target.partition(":")
    exporter: Exporter = getattr(import_module(module), attribute or "EXPORTER")
    return exporter


def names() -> list[str]:
    """The names of all exporters, built-in ones first, in the order of their table."""
    return list(_table())


@cache
def _table() -> dict[str, str]:
    """Name to `module[:attribute]`; a plug-in cannot take a built-in's name."""
    builtin: dict[str, str] = dict(import_module("qbank.exporters").BUILTIN)
    plugins = {e.name: e.value for e in sorted(entry_points(group="qbank.exporters"), key=lambda e: e.name)}
    return builtin | {name: value for name, value in plugins.items() if name not in builtin}
