"""QTI 1.2: what Canvas, Brightspace, Schoology and Sakai import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import BinaryIO, cast

import msgspec

from qbank.diagnostics import QbankError
from qbank.export import Context, Support, Unanswered
from qbank.formats.flatten import flattened
from qbank.formats.qti import Names
from qbank.formats.qti12 import CARTRIDGE_SCHEMA, EXAM, NAMESPACE, OWN, ROOT_SECTION, SCHEMA
from qbank.model import Group, Information, Kind, Question, SubQuestion, kind_of, points_of

from ._package import Package
from ._qti.dialect import namespaces
from ._qti.fitness import unfit
from ._qti.items import title_of
from ._qti.losses import Losses
from ._qti.manifest import NAME as MANIFEST
from ._qti.media import Media
from ._qti.page import LANGUAGE, Page
from ._qti12.cartridge import nearest
from ._qti12.items import clean, metadata, write_item
from ._qti12.kept import kept_item, write_kept
from ._qti12.package import META, assessment_meta, manifest, name_of
from ._qti12.sheet import Form
from ._qti12.texts import Texts
from ._xml import Document

_IN_MEMORY = 8 << 20
ITEM = 3
"""Where items stand in the document."""
_PLAIN_MEMBER = "questions.xml"
OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "preset": "`canvas`: Canvas, New and Classic Quizzes; `cc`: a Common Cartridge 1.1, for Brightspace, Schoology and "
        "others; `plain`: the words of the specification alone (canvas)",
        "form": "`quiz` or `bank`: whether the questions are imported as a test or as a question bank (quiz)",
    }
)


class Qti12:
    """QTI 1.2 in a package."""

    name: str = "qti12"
    title: str = "QTI 1.2 package (Canvas, Common Cartridge)"
    suffix: str = ".zip"
    options: Mapping[str, str] = OPTIONS
    unanswered: Unanswered = "native"
    keeps_unanswered: bool = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "lossy",
            "true_false": "lossy",
            "short_answer": "lossy",
            "numeric": "lossy",
            "cloze": "lossy",
            "matching": "lossy",
            "ordering": "lossy",
            "essay": "lossy",
            "group": "lossy",
            "information": "lossy",
        }
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the package: media as they come, then the questions and the manifest."""
        form = cast(Form, _one_of(ctx, "preset", ("canvas", "cc", "plain")))
        bank = _one_of(ctx, "form", ("quiz", "bank")) == "bank"
        name = name_of(ctx.header)
        member = _PLAIN_MEMBER if form == "plain" else f"{name}/{name}.xml"
        with Package(sink) as package, SpooledTemporaryFile(_IN_MEMORY) as spool:
            document = cast(BinaryIO, spool)
            writer = _Writer(form, ctx, Media(ctx.assets, package.add), bank)
            with _around(document, writer, name) as xml:
                writer.xml = xml
                for question in questions:
                    writer.question(question)
            document.seek(0)
            package.copy(member, document)
            if form == "canvas" and not bank:
                meta = assessment_meta(name, ctx.header, ctx.title, writer.points, shuffle=writer.shuffled)
                package.add(f"{name}/{META}", meta)
            files = manifest(name, member, ctx.header, ctx.title, form, bank=bank, files=writer.files)
            package.add(MANIFEST, files)


def _one_of(ctx: Context, option: str, values: tuple[str, ...]) -> str:
    value = ctx.options.get(option, values[0])
    if value not in values:
        known = ", ".join(values[:-1]) + f" or {values[-1]}"
        raise QbankError(f"qti12: the option {option!r} is {known}, not {value!r}")
    return value


@contextmanager
def _around(sink: BinaryIO, writer: _Writer, name: str) -> Iterator[Document]:
    """The document around the items: a test with one section, or a bank."""
    schema = CARTRIDGE_SCHEMA if writer.form == "cc" else SCHEMA
    with ExitStack() as stack:
        xml = stack.enter_context(Document(sink, "questestinterop", **namespaces(NAMESPACE, f"{NAMESPACE} {schema}")))
        title = clean(writer.ctx.title)
        if writer.bank:
            stack.enter_context(xml.element("objectbank", ident=name))
            if writer.form != "cc":
                _about(xml, [("bank_title", title)])
        else:
            spoken = {LANGUAGE: writer.ctx.header.language} if writer.ctx.header.language else {}
            stack.enter_context(xml.element("assessment", ident=name, title=title, **spoken))
            if writer.form == "cc":
                fields = [("cc_profile", EXAM), ("qmd_assessmenttype", "Examination"), ("qmd_scoretype", "Percentage")]
                _about(xml, [*fields, ("cc_maxattempts", "1")])
            elif writer.form == "canvas":
                _about(xml, [("cc_maxattempts", "1")])
            stack.enter_context(xml.element("section", ident=ROOT_SECTION))
        yield xml


def _about(xml: Document, fields: list[tuple[str, str]]) -> None:
    page = Page(2)
    metadata(page, fields)
    xml.write(page.xml)


@dataclass(slots=True)
class _Writer:
    """A document under way."""

    form: Form
    ctx: Context
    media: Media
    bank: bool
    xml: Document = field(init=False)
    files: dict[str, None] = field(default_factory=dict)
    points: Fraction = Fraction(0)
    shuffled: bool = True
    """Whether every question with choices wants them shuffled."""
    choosing: bool = False
    names: Names = field(default_factory=lambda: Names(fold=False))

    def question(self, question: Question) -> None:
        """Write a question, or a group as its questions with what they share."""
        losses = Losses(self.ctx)
        if not isinstance(question, Group):
            if self._fits(question, losses):
                self._forms(question, losses)
            return
        parts = [part for part in flattened(question, material=self.form == "cc") if self._fits(part, losses)]
        parts = [_own_title(part, question) for part in parts]
        self._report_group(question, losses)
        if not parts:
            return
        if self.form == "cc":
            for part in parts:
                self._forms(part, losses)
        elif self.form == "canvas":
            self._beside(question, parts, losses)
        else:
            self._within(question, parts, losses)

    def _forms(self, question: SubQuestion, losses: Losses) -> None:
        """Write a question in the kinds that the form has."""
        for part in nearest(question, losses) if self.form == "cc" else (question,):
            self._item(part, losses)

    def _item(self, question: SubQuestion, losses: Losses, parent: str | None = None) -> str:
        name = self._name(question, losses)
        kept = kept_item(question) if self.form != "cc" else None
        if kept is not None:
            page = Page(ITEM)
            write_kept(page, kept, name)
            self.xml.write(page.xml)
            return name
        language = question.language or self.ctx.header.language
        item = write_item(question, name, self.form, language, self.media, losses, parent=parent)
        self.xml.write(item.page.xml)
        self.files.update(dict.fromkeys(item.files))
        self.points += points_of(question)
        if kind_of(question) in ("single_choice", "multiple_choice"):
            self.shuffled = self.shuffled and bool(getattr(question, "shuffle", False))
        return name

    def _beside(self, group: Group, parts: list[SubQuestion], losses: Losses) -> None:
        """In Canvas: the material as a text before its questions, which name it."""
        shared = ("id", "title", "stem", "tags", "category", "difficulty", "language", "source")
        material = Information(**{name: getattr(group, name) for name in shared})
        parent = self._item(material, losses)
        for part in parts:
            self._item(part, losses, parent)

    def _within(self, group: Group, parts: list[SubQuestion], losses: Losses) -> None:
        """In the specification's words: a section that presents the material."""
        name = self._name(group, losses)
        spoken = {LANGUAGE: group.language} if group.language is not None else {}
        with self.xml.element("section", ident=name, title=clean(title_of(group)), **spoken):
            page = Page(ITEM + 1)
            fields = [(f"{OWN}group", name), *((f"{OWN}tag", tag) for tag in group.tags)]
            fields += [(f"{OWN}category", part) for part in group.category]
            fields += [(f"{OWN}difficulty", str(group.difficulty))] if group.difficulty is not None else []
            metadata(page, fields)
            texts = Texts(self.media, losses, group, relative=True)
            page.open("presentation_material")
            page.open("flow_mat")
            texts.material(page, group.stem, "/stem")
            page.close()
            page.close()
            self.xml.write(page.xml)
            self.files.update(dict.fromkeys(texts.files))
            for part in parts:
                self._item(part, losses)

    def _name(self, question: Question, losses: Losses) -> str:
        name = self.names.give(question.id)
        if name != question.id:
            losses.add("X305", question, f"the name {question.id!r} is taken; the question is called {name!r}", "/id")
        return name

    def _fits(self, question: SubQuestion, losses: Losses) -> bool:
        reason = unfit(question)
        if reason is not None:
            losses.add(
                "X104", question, f"{question.id} was left out: {reason}", hint="see what qbank check says of it"
            )
        return reason is None

    def _report_group(self, group: Group, losses: Losses) -> None:
        if self.form == "canvas":
            message = "Classic Quizzes has no shared material: it stands before its questions, as a text of its own"
            losses.add("X303", group, message, "/stem")
        elif self.form == "cc":
            losses.add(
                "X303", group, "Common Cartridge has no shared material; it was repeated in each sub-question", "/stem"
            )
        if group.feedback is not None:
            for name in group.feedback.__struct_fields__:
                if getattr(group.feedback, name) is None:
                    continue
                if self.form == "cc" and name == "general":
                    for sub in group.questions:
                        losses.add("X303", sub, "the feedback of its group was put before its own", "/feedback/general")
                else:
                    message = "there is no place for the feedback of a whole group"
                    losses.add("X201", group, message, f"/feedback/{name}")
        for i in range(len(group.hints)):
            losses.add("X202", group, "there is no place for the hints of a whole group", f"/hints/{i}")
        if group.penalty:
            losses.add("X208", group, "QTI 1.2 takes nothing off for further tries", "/penalty")


def _own_title(part: SubQuestion, group: Group) -> SubQuestion:
    """A sub-question that had no title gets none from its group."""
    own = next(sub for sub in group.questions if sub.id == part.id)
    return msgspec.structs.replace(part, title=own.title)


EXPORTER = Qti12()
