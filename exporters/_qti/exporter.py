"""Writes content packages: an item for each question, the material of groups, a test of them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import msgspec

from qbank.diagnostics import QbankError
from qbank.export import Context, Support, Unanswered
from qbank.formats.qti import Names, identifier
from qbank.model import Group, Kind, Question, SubQuestion, kind_of
from qbank.richtext import xml_text
from qbank.scratch import Lines

from .._package import Package
from . import manifest, metadata, test
from .dialect import Dialect
from .fitness import unfit
from .items import Shared, title_of, write_item, write_stimulus
from .losses import Losses
from .manifest import Manifest
from .media import Media
from .page import CHANGED
from .presets import Preset
from .test import Entry, GroupEntry, Plan

FOLDER = "items"
STIMULI = "stimuli"
_IN_MEMORY = 1 << 20
TEST = "TEST"
"""The identifier of the test's resource; those of items begin with `RES-`, those of stimuli with `STIM-`."""


@dataclass(frozen=True, slots=True)
class QtiExporter:
    """Writes the content packages of one version."""

    name: str
    title: str
    dialect: Dialect
    presets: tuple[Preset, ...]
    support: Mapping[Kind, Support]
    suffix: str = ".zip"
    unanswered: Unanswered = "native"
    keeps_unanswered: bool = False

    @property
    def options(self) -> Mapping[str, str]:
        """The options: a preset for each platform that wants something of its own, and what goes into the test."""
        return {
            "preset": "what the platform wants: "
            + "; ".join(f"`{p.name}`: {p.about}" for p in self.presets)
            + f" ({self.presets[0].name})",
            "test": "`no` leaves out the test, for platforms that show its questions twice (yes)",
            "sections": "what the sections of the test are: `category`, the topmost ones, or `paper` (category)",
            "hints": "`no` leaves out hints, for platforms that stumble over their buttons (yes)",
        }

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the package: items and what they show as they come, then the test and the manifest."""
        with_test = self._chosen(ctx, "test", ("yes", "no")) == "yes"
        by_paper = self._chosen(ctx, "sections", ("category", "paper")) == "paper"
        name = self._chosen(ctx, "preset", tuple(preset.name for preset in self.presets))
        preset = next(preset for preset in self.presets if preset.name == name)
        if self._chosen(ctx, "hints", ("yes", "no")) == "no":
            preset = replace(preset, hints=False)
        with Package(sink) as package, Manifest(self.dialect, ctx.header) as listed:
            writer = _Writer(self.dialect, preset, ctx, package, listed, Media(ctx.assets, package.add), by_paper)
            for question in questions:
                writer.question(question)
            if with_test and len(writer.plan):
                writer.test()
            package.copy(manifest.NAME, listed.finished())

    def _chosen(self, ctx: Context, option: str, values: tuple[str, ...]) -> str:
        """The value of an option, the first where it is not given. Raises `QbankError` on any other."""
        value = ctx.options.get(option, values[0])
        if value not in values:
            known = ", ".join(values[:-1]) + (" or " if len(values) > 1 else "") + values[-1]
            raise QbankError(f"{self.name}: the option {option!r} is {known}, not {value!r}")
        return value


@dataclass(slots=True)
class _Writer:
    """A package under way."""

    dialect: Dialect
    preset: Preset
    ctx: Context
    package: Package
    manifest: Manifest
    media: Media
    by_paper: bool
    plan: Plan = field(default_factory=Plan)
    resources: Lines = field(default_factory=Lines)
    names: Names = field(default_factory=lambda: Names(fold=False))
    files: Names = field(default_factory=Names)

    def question(self, question: Question) -> None:
        """Write a question, a group as an item for each of its parts."""
        losses = Losses(self.ctx)
        if not isinstance(question, Group):
            entry = self._item(question, None, losses)
            if entry is not None:
                self.plan.add(self._section(question), entry)
            return
        self._report_group(question, losses)
        fit = [part for part in (_inherited(sub, question) for sub in question.questions) if self._fits(part, losses)]
        if not fit:
            return
        name = self._identifier(question, losses)
        shared = self._material(question, name, losses)
        entries = tuple([self._written(part, shared, losses) for part in fit])
        self.plan.add(self._section(question), GroupEntry(name, xml_text(title_of(question)), entries))

    def test(self) -> None:
        """Write the test of all items."""
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            document = cast(BinaryIO, spool)
            test.write_test(document, self.plan, self.ctx.title, self.dialect)
            document.seek(0)
            self.package.copy(test.NAME, document)
        self.manifest.whole(TEST, self.dialect.test_type, test.NAME, self.resources)

    def _section(self, question: Question) -> str:
        """The title of the section it belongs to; empty for that of the bank."""
        if self.by_paper:
            return "" if question.source is None else question.source.title or question.source.document
        return question.category[0] if question.category else ""

    def _item(self, question: SubQuestion, shared: Shared | None, losses: Losses) -> Entry | None:
        return self._written(question, shared, losses) if self._fits(question, losses) else None

    def _fits(self, question: SubQuestion, losses: Losses) -> bool:
        reason = unfit(question, only_templates=self.preset.templates == "only")
        if reason is not None:
            losses.add(
                "X104", question, f"{question.id} was left out: {reason}", hint="see what qbank check says of it"
            )
        return reason is None

    def _written(self, question: SubQuestion, shared: Shared | None, losses: Losses) -> Entry:
        name = self._identifier(question, losses)
        if kind_of(question) in self.preset.doubtful:
            message = f"{self.preset.platform} does not name {kind_of(question)} among the kinds it imports"
            losses.add("X317", question, message, "/kind", hint="look whether the question is there after the import")
        language = question.language or self.ctx.header.language
        item = write_item(question, name, language, shared, self.dialect, self.preset, self.media, losses)
        member = f"{FOLDER}/{self.files.give(name, '.xml')}"
        self.package.add(member, item.document)
        resource = f"RES-{name}"
        about = metadata.question_metadata(question, name, language)
        needs = () if shared is None or shared.member is None else (shared.identifier,)
        self.manifest.resource(resource, self.dialect.item_type, member, item.files, metadata=about, needs=needs)
        if about is not None and about.changed:
            losses.add("X305", question, CHANGED)
        self.resources.append(resource)
        return Entry(name, member, item.hints > 0)

    def _material(self, group: Group, name: str, losses: Losses) -> Shared:
        """The material of a group; in a member of its own where the version has such."""
        if self.dialect.stimulus_type is None:
            return Shared(group, name, None)
        shared = Shared(group, f"STIM-{name}", f"{STIMULI}/{self.files.give(name, '.xml')}")
        assert shared.member is not None
        item = write_stimulus(shared, group.language or self.ctx.header.language, self.dialect, self.media, losses)
        self.package.add(shared.member, item.document)
        self.manifest.resource(shared.identifier, self.dialect.stimulus_type, shared.member, item.files)
        return shared

    def _identifier(self, question: Question, losses: Losses) -> str:
        """A name for the item; no dots, which part an item from its variables in a test."""
        wanted = identifier(question.id).replace(".", "_")
        name = self.names.give(wanted)
        if name != wanted:
            losses.add("X305", question, f"the name {wanted!r} is taken; the question is called {name!r}", "/id")
        return name

    def _report_group(self, group: Group, losses: Losses) -> None:
        """Report what a group loses when its parts become items."""
        if self.dialect.stimulus_type is None:
            losses.add("X303", group, "QTI has no shared material; it was repeated in each sub-question", "/stem")
        if group.feedback is not None:
            for name in group.feedback.__struct_fields__:
                if getattr(group.feedback, name) is not None:
                    losses.add(
                        "X201", group, "there is no place for the feedback of a whole group", f"/feedback/{name}"
                    )
        for i in range(len(group.hints)):
            losses.add("X202", group, "there is no place for the hints of a whole group", f"/hints/{i}")
        if group.penalty:
            losses.add("X208", group, "QTI takes nothing off for further tries", "/penalty")


def _inherited(sub: SubQuestion, group: Group) -> SubQuestion:
    """A sub-question with what it has from its group."""
    return msgspec.structs.replace(
        sub,
        tags=sub.tags or group.tags,
        category=sub.category or group.category,
        difficulty=sub.difficulty or group.difficulty,
        language=sub.language or group.language,
        source=sub.source or group.source,
        status="draft" if group.status == "draft" else sub.status,
    )
