"""Writes content packages: an item for each question, the material of groups, a test of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from msgspec import Struct

from qbank.diagnostics import Diagnostic, QbankError, Report
from qbank.export import Claims, Context, Fragment, Renderer, Support, Unanswered, write_divided
from qbank.formats.qti import GroupNote, Names, identifier
from qbank.model import Group, Kind, Question, SubQuestion, kind_of
from qbank.richtext import xml_text
from qbank.scratch import Lines

from .._package import Package, Packed, packed
from . import manifest, metadata, test
from .dialect import Dialect
from .fitness import unfit
from .grouping import group_notes, inherited
from .items import Shared, title_of, write_item, write_stimulus
from .kept import Unkept, check_kept, is_kept, kept_item
from .losses import Losses
from .manifest import Manifest
from .media import Media
from .moulds import Moulds
from .page import CHANGED
from .presets import Preset
from .test import Entry, GroupEntry, Plan

FOLDER = "items"
STIMULI = "stimuli"
_IN_MEMORY = 1 << 20
TEST = "TEST"
"""The identifier of the test's resource; those of items begin with `RES-`, those of stimuli with `STIM-`."""


class Member(Struct, array_like=True, gc=False):
    """An item or a stimulus, and the members of the package that it shows."""

    packed: Packed
    shows: tuple[str, ...]


class Items(Fragment, array_like=True, gc=False):
    """What a question comes to in a package; nothing but losses where it was left out."""

    losses: list[Diagnostic]
    section: str = ""
    entry: Entry | GroupEntry | None = None
    """What the test holds of it."""
    members: tuple[Member, ...] = ()
    resources: bytes = b""
    """What the manifest says of the members."""


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
    fragment: type[Fragment] = Items

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
        write_divided(questions, self.renderer(ctx), self.joined(sink, ctx))

    def renderer(self, ctx: Context) -> Renderer:
        """What makes each question an item. Raises `QbankError` for an option it cannot read."""
        by_paper = self._chosen(ctx, "sections", ("category", "paper")) == "paper"
        name = self._chosen(ctx, "preset", tuple(preset.name for preset in self.presets))
        preset = next(preset for preset in self.presets if preset.name == name)
        if self._chosen(ctx, "hints", ("yes", "no")) == "no":
            preset = replace(preset, hints=False)
        own = replace(ctx, report=Report())
        return _Renderer(self.name, self.dialect, preset, own, Media(ctx.assets, _nowhere), by_paper)

    @contextmanager
    def joined(self, sink: BinaryIO, ctx: Context) -> Iterator[Callable[[Items], None]]:
        """Packs the items and what they show as they come, then the test and the manifest."""
        with_test = self._chosen(ctx, "test", ("yes", "no")) == "yes"
        with Package(sink) as package, Manifest(self.dialect, ctx.header) as listed:
            writer = _Writer(self.dialect, ctx, package, listed, Media(ctx.assets, package.add))
            yield writer.join
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


def _nowhere(_member: str, _data: bytes) -> None:
    """Who renders writes nothing; what was shown is written where the items are joined."""


@dataclass(slots=True)
class _Writer:
    """A package under way."""

    dialect: Dialect
    ctx: Context
    package: Package
    manifest: Manifest
    media: Media
    plan: Plan = field(default_factory=Plan)
    resources: Lines = field(default_factory=Lines)

    def join(self, fragment: Items) -> None:
        """Write what a question came to."""
        self.ctx.report.extend(fragment.losses)
        if fragment.entry is None:
            return
        for member in fragment.members:
            for shown in member.shows:
                self.media.put(shown)
            self.package.put(member.packed)
        self.manifest.add(fragment.resources)
        self.plan.add(fragment.section, fragment.entry)
        for entry in fragment.entry.items if isinstance(fragment.entry, GroupEntry) else (fragment.entry,):
            self.resources.append(f"RES-{entry.identifier}")

    def test(self) -> None:
        """Write the test of all items."""
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            document = cast(BinaryIO, spool)
            test.write_test(document, self.plan, self.ctx.title, self.dialect)
            document.seek(0)
            self.package.copy(test.NAME, document)
        self.manifest.whole(TEST, self.dialect.test_type, test.NAME, self.resources)


@dataclass(slots=True)
class _Renderer:
    """Makes questions items, one after the other."""

    format: str
    dialect: Dialect
    preset: Preset
    ctx: Context
    media: Media
    by_paper: bool
    claims: Claims = field(default_factory=Claims)
    names: Names = field(init=False)
    files: Names = field(init=False)
    moulds: Moulds = field(init=False)
    members: list[Member] = field(default_factory=list)
    resources: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moulds = Moulds(self.dialect, self.preset, self.media)
        self.names = Names(fold=False, store=self.claims.within("item"))
        self.files = Names(store=self.claims.within("file"))

    def render(self, question: Question) -> Items:
        self.members, self.resources = [], []
        entry = self._entry(question, Losses(self.ctx))
        losses, self.ctx.report.diagnostics = self.ctx.report.diagnostics, []
        section = self._section(question)
        return Items(self.claims.own(), losses, section, entry, tuple(self.members), b"".join(self.resources))

    def _entry(self, question: Question, losses: Losses) -> Entry | GroupEntry | None:
        """Make the items of a question, of a group one for each of its parts."""
        if not isinstance(question, Group):
            return self._written(question, None, losses) if self._fits(question, losses) else None
        self._report_group(question, losses)
        fit = [part for part in (inherited(sub, question) for sub in question.questions) if self._fits(part, losses)]
        if not fit:
            return None
        name = self._identifier(question, losses)
        shared = self._material(question, name, losses)
        notes = group_notes(question, fit, name, self.ctx.header.language)
        entries = tuple([self._written(part, shared, losses, notes.get(part.id)) for part in fit])
        return GroupEntry(name, xml_text(title_of(question)), entries)

    def _section(self, question: Question) -> str:
        """The title of the section it belongs to; empty for that of the bank."""
        if self.by_paper:
            return "" if question.source is None else question.source.title or question.source.document
        return question.category[0] if question.category else ""

    def _fits(self, question: SubQuestion, losses: Losses) -> bool:
        if is_kept(question, self.format):
            return self._is_whole(question, losses)
        reason = unfit(question, only_templates=self.preset.templates == "only")
        if reason is not None:
            losses.add(
                "X104", question, f"{question.id} was left out: {reason}", hint="see what qbank check says of it"
            )
        return reason is None

    def _is_whole(self, question: SubQuestion, losses: Losses) -> bool:
        """Whether what is kept of a draft is an item of this version."""
        try:
            check_kept(question, self.format, self.dialect)
        except Unkept as reason:
            losses.add("X104", question, f"{question.id} was left out: {reason}", hint="export it as what it was")
            return False
        return True

    def _written(
        self, question: SubQuestion, shared: Shared | None, losses: Losses, note: GroupNote | None = None
    ) -> Entry:
        name = self._identifier(question, losses)
        if kind_of(question) in self.preset.doubtful:
            message = f"{self.preset.platform} does not name {kind_of(question)} among the kinds it imports"
            losses.add("X317", question, message, "/kind", hint="look whether the question is there after the import")
        language = question.language or self.ctx.header.language
        if is_kept(question, self.format):
            item = kept_item(question, self.format, name, self.dialect, self.media, losses)
        else:
            made = self.moulds.item(question, name, language, losses) if shared is None else None
            item = made or write_item(question, name, language, shared, self.dialect, self.preset, self.media, losses)
        member = f"{FOLDER}/{self.files.give(name, '.xml')}"
        self.members.append(Member(packed(member, item.document), item.files))
        about = metadata.question_metadata(question, name, language, note)
        needs = () if shared is None or shared.member is None else (shared.identifier,)
        kind, resource = self.dialect.item_type, f"RES-{name}"
        self.resources.append(manifest.resource(resource, kind, member, item.files, metadata=about, needs=needs))
        if about is not None and about.changed:
            losses.add("X305", question, CHANGED)
        return Entry(name, member, item.hints > 0)

    def _material(self, group: Group, name: str, losses: Losses) -> Shared:
        """The material of a group; in a member of its own where the version has such."""
        if self.dialect.stimulus_type is None:
            return Shared(group, name, None)
        shared = Shared(group, f"STIM-{name}", f"{STIMULI}/{self.files.give(name, '.xml')}")
        assert shared.member is not None
        item = write_stimulus(shared, group.language or self.ctx.header.language, self.dialect, self.media, losses)
        self.members.append(Member(packed(shared.member, item.document), item.files))
        kind = self.dialect.stimulus_type
        self.resources.append(manifest.resource(shared.identifier, kind, shared.member, item.files))
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
        elif group.penalty is not None:
            losses.add("X207", group, "QTI takes nothing off for further tries, and cannot say so", "/penalty")
