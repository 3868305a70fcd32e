"""QTI 2.1: a content package with an item for each question and a test of them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import BinaryIO, cast

import msgspec

from qbank.diagnostics import QbankError
from qbank.export import Context, Support, Unanswered
from qbank.formats.qti import Names, identifier
from qbank.model import Group, Kind, Question, SubQuestion
from qbank.richtext import xml_text
from qbank.scratch import Lines

from ._package import Package
from ._qti import manifest, metadata, test
from ._qti.dialect import LOM, QTI21, Dialect
from ._qti.fitness import unfit
from ._qti.items import title_of, write_item
from ._qti.losses import Losses
from ._qti.manifest import Manifest
from ._qti.media import Media
from ._qti.test import Entry, GroupEntry, Plan
from ._qti.tree import CHANGED, Tree

FOLDER = "items"
_IN_MEMORY = 1 << 20
TEST = "TEST"
"""The identifier of the test's resource; those of items begin with `RES-`."""


@dataclass(frozen=True, slots=True)
class QtiExporter:
    """Writes QTI 2 content packages of one dialect."""

    name: str
    title: str
    dialect: Dialect
    support: Mapping[Kind, Support]
    suffix: str = ".zip"
    unanswered: Unanswered = "native"
    keeps_unanswered: bool = False
    options: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {"test": "`no` leaves out the test, for platforms that show its questions twice (yes)"}
        )
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the package: items and what they show as they come, then the test and the manifest."""
        with_test = ctx.options.get("test", "yes")
        if with_test not in ("yes", "no"):
            raise QbankError(f"{self.name}: the option 'test' is yes or no, not {with_test!r}")
        with Package(sink) as package, Manifest(self.dialect, ctx.header) as listed:
            writer = _Writer(self.dialect, ctx, package, listed, Media(ctx.assets, package.add))
            for question in questions:
                writer.question(question)
            if with_test == "yes" and len(writer.plan):
                writer.test()
            package.copy(manifest.NAME, listed.finished())


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
    names: Names = field(default_factory=lambda: Names(fold=False))
    files: Names = field(default_factory=Names)

    def question(self, question: Question) -> None:
        """Write a question, a group as an item for each of its parts."""
        losses = Losses(self.ctx)
        if not isinstance(question, Group):
            entry = self._item(question, None, losses)
            if entry is not None:
                self.plan.add(question.category, entry)
            return
        self._report_group(question, losses)
        parts = (_inherited(sub, question) for sub in question.questions)
        entries = tuple(entry for entry in (self._item(part, question, losses) for part in parts) if entry is not None)
        if entries:
            name = self._identifier(question, losses)
            self.plan.add(question.category, GroupEntry(name, xml_text(title_of(question)), entries))

    def test(self) -> None:
        """Write the test of all items."""
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            document = cast(BinaryIO, spool)
            test.write_test(document, self.plan, self.ctx.title, self.dialect)
            document.seek(0)
            self.package.copy(test.NAME, document)
        self.manifest.whole(TEST, self.dialect.test_type, test.NAME, self.resources)

    def _item(self, question: SubQuestion, group: Group | None, losses: Losses) -> Entry | None:
        reason = unfit(question)
        if reason is not None:
            losses.add(
                "X104", question, f"{question.id} was left out: {reason}", hint="see what qbank check says of it"
            )
            return None
        name = self._identifier(question, losses)
        language = question.language or self.ctx.header.language
        item = write_item(question, name, language, group, self.dialect, self.media, losses)
        member = f"{FOLDER}/{self.files.give(name, '.xml')}"
        self.package.add(member, item.document)
        resource = f"RES-{name}"
        tree = Tree(LOM)
        about = metadata.question_metadata(tree, question, name, language)
        self.manifest.resource(resource, self.dialect.item_type, member, item.files, metadata=about)
        if tree.changed:
            losses.add("X305", question, CHANGED)
        self.resources.append(resource)
        return Entry(name, member)

    def _identifier(self, question: Question, losses: Losses) -> str:
        """A name for the item; no dots, which part an item from its variables in a test."""
        wanted = identifier(question.id).replace(".", "_")
        name = self.names.give(wanted)
        if name != wanted:
            losses.add("X305", question, f"the name {wanted!r} is taken; the question is called {name!r}", "/id")
        return name

    def _report_group(self, group: Group, losses: Losses) -> None:
        """Report what a group loses when its parts become items."""
        losses.add("X303", group, "QTI has no shared material; it was repeated in each sub-question", "/stem")
        if group.feedback is not None:
            for name in group.feedback.__struct_fields__:
                if getattr(group.feedback, name) is not None:
                    losses.add(
                        "X201", group, "there is no place for the feedback of a whole group", f"/feedback/{name}"
                    )
        for i in range(len(group.hints)):
            losses.add("X202", group, "QTI shows no hints between tries", f"/hints/{i}")
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


EXPORTER = QtiExporter(
    name="qti21",
    title="QTI 2.1 package",
    dialect=QTI21,
    support=MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "lossy",
            "true_false": "full",
            "short_answer": "lossy",
            "numeric": "full",
            "cloze": "full",
            "matching": "full",
            "ordering": "full",
            "essay": "lossy",
            "group": "lossy",
            "information": "full",
        }
    ),
)
