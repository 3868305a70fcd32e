"""The readers of QTI 2.1, 2.2 and 3.0: an item, a test, or a package of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from qbank import richtext
from qbank.diagnostics import QbankError
from qbank.formats.qti import EMPTY, GroupNote, in_common
from qbank.formats.qti import line as one_line
from qbank.formats.titles import first_words
from qbank.model import Group, Information, Question, Source, Text
from qbank.readers.album import Album
from qbank.readers.qti.about import About, language
from qbank.readers.qti.nodes import XML, child, children, item_root, line, local, parsed
from qbank.readers.qti.package import Beside, Files, Manifest, manifest_from, manifest_of, opened, read_manifest
from qbank.readers.qti.prose import MAX_MEDIA, Media, Prose
from qbank.readers.qti.questions import Origin, identifier_of, read_item
from qbank.readers.qti.tests import Notice, Reference, Section, read_test, references, titles
from qbank.readers.qti.versions import Version, version_of
from qbank.reading import Context, Document

_PASSED_OVER = ("rptemplate", "stimulus", "outcome", "usagedata", "resultreport", "resprocessing", "fragment")
MOST_INCLUDED = 5
"""How deep fragments may include others."""
STIMULUS = "STIM-"
"""What the names of stimuli begin with that our writer gives."""
_UNNAMED = "Question bank"
"""What our writer calls a test whose bank has no title."""


@dataclass(frozen=True, slots=True)
class QtiReader:
    """Reads one version of QTI; asked to, it reads the others as well."""

    name: str
    title: str
    version: Version
    suffixes: tuple[str, ...] = (".zip", ".xml")
    options: Mapping[str, str] = field(default_factory=dict)

    def sniff(self, document: Document) -> float:
        """Sure of an item, a test or a package of its version."""
        return 0.97 if version_of(document) == self.version else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the document, in the order of its tests, then of its manifest."""
        files = opened(document)
        job = _Job(document, files, ctx, version_of(document) or self.version)
        yield from job.zipped() if not isinstance(files, Beside) else job.single()


@dataclass(slots=True)
class _Job:
    document: Document
    files: Files
    ctx: Context
    format: str
    media: Media = field(init=False)
    about: dict[str, About] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    notes: dict[str, GroupNote] = field(default_factory=dict)
    """What questions say of their groups, by their ids."""

    def __post_init__(self) -> None:
        self.media = Media(self.files, Album(self.ctx.assets, MAX_MEDIA))

    def single(self) -> Iterator[Question]:
        """The questions of a single file, and of those that it names."""
        name = self.document.name
        root = parsed(self.document.data, name)
        if local(root) == "manifest":
            yield from self._package(manifest_from(self.files, name, root))
            return
        root = item_root(self.document.data, name)
        if root.tag in ("assessmentTest", "assessmentSection"):
            yield from self._test(name, root)
        elif root.tag == "assessmentItem":
            yield from self._items([name])
        elif root.tag == "assessmentStimulus":
            yield self._stimulus_alone(root)
        else:
            raise QbankError(f"{name}: is no item, test or package of QTI 2 or 3 (it begins with <{root.tag}>)")

    def zipped(self) -> Iterator[Question]:
        """The questions of a package; without a manifest, of all items in it."""
        member = manifest_of(self.files)
        if member is not None:
            yield from self._package(read_manifest(self.files, member))
            return
        self.problem("R047", "the package has no manifest; every item in it was read", "", 0)
        documents = [name for name in self.files.members() if name.lower().endswith(".xml")]
        yield from self._all(documents)

    def _package(self, manifest: Manifest) -> Iterator[Question]:
        said = manifest.about
        self.ctx.header = msgspec.structs.replace(
            self.ctx.header,
            title=said.title or self.ctx.header.title,
            language=said.language or self.ctx.header.language,
            description=said.description or self.ctx.header.description,
            license=said.rights or self.ctx.header.license,
        )
        tests: list[str] = []
        items: list[str] = []
        surely: set[str] = set()
        for resource in manifest.resources:
            kind = resource.type.lower()
            if not kind.startswith("imsqti_") or any(word in kind for word in _PASSED_OVER):
                continue
            if not resource.href:
                self.problem(
                    "R046",
                    f"the manifest's entry {resource.identifier} names no file that is there",
                    manifest.member,
                    resource.line,
                )
                continue
            if "v1p" in kind:
                self.problem(
                    "R046", f"{resource.href} is QTI 1, which another reader reads", manifest.member, resource.line
                )
                continue
            self.about.setdefault(resource.href, resource.about)
            if "test" in kind or "assessment" in kind or "section" in kind:
                tests.append(resource.href)
            else:
                items.append(resource.href)
                if "item" in kind:
                    surely.add(resource.href)
        del manifest  # what it says of a hundred thousand items is no longer needed
        yield from self._all([*tests, *items], surely)

    def _all(self, members: list[str], surely: Collection[str] = ()) -> Iterator[Question]:
        """The questions of tests and items, some of which are `surely` items; what a test holds comes first."""
        items: list[str] = []
        tests: list[tuple[str, Any]] = []
        for member in members:
            if member in surely:
                items.append(member)
                continue
            root = self._root(member)
            if root is None:
                continue
            if root.tag in ("assessmentTest", "assessmentSection"):
                tests.append((member, root))
            elif root.tag == "assessmentItem":
                items.append(member)
            elif root.tag not in ("assessmentStimulus", "manifest"):
                self.problem("R046", f"it is no item or test (it begins with <{root.tag}>)", member, line(root))
        for member, root in tests:
            yield from self._test(member, root)
        yield from self._items([member for member in items if member not in self.done])

    def _test(self, member: str, root: Any) -> Iterator[Question]:
        sections = read_test(self.files, member, root, self.problem)
        title = " ".join((root.get("title") or "").split())
        if title and title != _UNNAMED and self.ctx.header.title is None:
            self.ctx.header = msgspec.structs.replace(self.ctx.header, title=title)
        categorised = any(self.about.get(ref.member, About()).category for ref in references(sections))
        by_section = not categorised and len(titles(sections)) > 1
        for section in sections:
            yield from self._section(section, (), by_section=by_section)

    def _section(self, section: Section, path: tuple[str, ...], *, by_section: bool) -> Iterator[Question]:
        here = (*path, section.title)
        if section.keeps_together and all(isinstance(part, Reference) for part in section.parts):
            members = [part.member for part in section.parts if isinstance(part, Reference)]
            yield from self._items(members, path or here, by_section=by_section, section=section)
            return
        waiting: list[str] = []
        for part in [*section.parts, None]:
            if isinstance(part, Reference):
                waiting.append(part.member)
                continue
            yield from self._items(waiting, here, by_section=by_section)
            waiting = []
            if isinstance(part, Section):
                yield from self._section(part, here, by_section=by_section)
            elif isinstance(part, Notice):
                notice = self._notice(part, section, here, by_section=by_section)
                if notice is not None:
                    yield notice

    def _notice(self, part: Notice, section: Section, path: tuple[str, ...], *, by_section: bool) -> Question | None:
        """What a section tells the candidate, as an information block."""
        text = self._prose_text(part.element, part.member)
        if richtext.is_empty(text):
            return None
        return Information(
            id=identifier_of(f"{section.identifier}-text", section.title),
            stem=text,
            category=path if by_section else (),
            source=Source(document=self.document.name, section=" / ".join(path), line=line(part.element) or None),
        )

    def _items(
        self,
        members: list[str],
        path: tuple[str, ...] = (),
        *,
        by_section: bool = False,
        section: Section | None = None,
    ) -> Iterator[Question]:
        """The questions of some items in a row; those that share material as groups."""
        run: list[Question] = []
        shared: tuple[str, Text] | None = None
        for member in members:
            if member in self.done:
                continue
            self.done.add(member)
            root = self._root(member)
            if root is None:
                continue
            if root.tag != "assessmentItem":
                self.problem("R046", f"it is no item (it begins with <{root.tag}>)", member, line(root))
                continue
            material = self._material(root, member)
            if run and (material is None or shared is None or material[1] != shared[1]):
                yield from self._grouped(run, shared, section)
                run = []
            shared = material
            made = self._item(root, member, path, by_section=by_section)
            if material is None:
                yield made
            else:
                run.append(made)
        if run:
            yield from self._grouped(run, shared, section)

    def _item(self, root: Any, member: str, path: tuple[str, ...], *, by_section: bool) -> Question:
        said = self.about.get(member, About())
        origin = Origin(
            member=member,
            place=self._place(member),
            document=self.document.name,
            format=self.format,
            section=path,
            about=replace(said, category=path) if by_section and not said.category else said,
        )
        made = read_item(root, self.files.read(member), origin, self.media, self.ctx)
        if said.group is not None:
            self.notes[made.id] = said.group
        return made

    def _material(self, root: Any, member: str) -> tuple[str, Text] | None:
        """What an item shares with others, with a name for it: a stimulus, or what our writer repeats in each."""
        texts: list[Text] = []
        names: list[str] = []
        for reference in list(children(root, "assessmentStimulusRef")):
            names.append(reference.get("identifier") or "")
            target = self.files.find(member, reference.get("href") or "")
            stimulus = self._root(target, shown=True) if target is not None else None
            body = child(stimulus, "stimulusBody") if stimulus is not None else None
            if target is None or stimulus is None or body is None:
                href = reference.get("href") or ""
                self.problem("R044", f"the stimulus {href!r} is not there", member, line(reference))
                continue
            names[-1] = stimulus.get("identifier") or names[-1]
            texts.append(self._prose_text(body, target))
        body = child(root, "itemBody")
        first = body[0] if body is not None and len(body) else None
        if not texts and first is not None and first.tag == "div" and first.get("class") == "material":
            texts.append(self._prose_text(first, member))
            first.getparent().remove(first)
            names.append("")
        kept = [text for text in texts if not richtext.is_empty(text)]
        if not names or (not kept and len(names) == len(texts) == 0):
            return None
        if not kept:
            return (names[0], "") if texts else None
        whole = kept[0]
        for text in kept[1:]:
            whole = _together(whole, text)
        return names[0], whole

    def _grouped(
        self, run: list[Question], shared: tuple[str, Text] | None, section: Section | None
    ) -> Iterator[Question]:
        """Items that share material as a group; where it has no name and no section, each has it in its stem."""
        name, material = shared or ("", "")
        subs = [question for question in run if not isinstance(question, Group)]
        if len(subs) < len(run) or (section is None and (len(run) == 1 or not name)):
            for question in run:
                yield msgspec.structs.replace(question, stem=_together(material, question.stem))
            return
        whole = section is not None
        title = section.title if section is not None else ""
        identifier = section.identifier if section is not None else name.removeprefix(STIMULUS)
        notes = [self.notes.get(sub.id) for sub in subs]
        note = notes[0] if len({note.id if note is not None else None for note in notes}) == 1 else None
        own = note.id if note is not None else identifier_of(identifier, richtext.plain(material))
        derived = (first_words(material, identifier), first_words(material, own), identifier)
        made = Group(
            id=own,
            title=title if whole and one_line(title) not in derived else None,
            stem=material,
            questions=tuple(msgspec.structs.replace(sub, source=sub.source) for sub in subs),
            source=msgspec.structs.replace(run[0].source, line=None) if run[0].source is not None else None,
        )
        yield _lifted(made) if note is None else _told(made, note, notes)

    def _stimulus_alone(self, root: Any) -> Question:
        body = child(root, "stimulusBody")
        identifier = root.get("identifier") or ""
        text = self._prose_text(body, self.document.name) if body is not None else ""
        return Information(
            id=identifier_of(identifier, richtext.plain(text)),
            title=" ".join((root.get("title") or "").split()) or None,
            stem=text,
            language=language(root.get(f"{XML}lang")),
            source=Source(document=self.document.name, line=line(root) or None),
        )

    def _prose_text(self, element: Any, member: str) -> Text:
        prose = Prose(self.media, member)
        text = prose.text(element)
        for address in prose.missing:
            self.problem(
                "R044",
                f"the picture, sound or page {address!r} is not there, or is none that can be shown",
                member,
                line(element),
            )
        return text

    def _root(self, member: str, *, shown: bool = False) -> Any | None:
        """The root of a file; None, and a finding, where it cannot be read. A document that is only it raises.

        `shown` for one that items show, which may be many times.
        """
        try:
            root = item_root(self.media.page(member) if shown else self.files.read(member), self._place(member))
            self._include(root, member, 0)
            return root
        except QbankError as error:
            if member == self.document.name:
                raise
            if member not in self.refused:
                self.refused.add(member)
                self.problem("R042", str(error), member, 0)
            return None

    def _include(self, root: Any, member: str, depth: int) -> None:
        """Put the fragments that a file includes (XInclude) in their places."""
        for element in list(root.iter("include")):
            href = element.get("href") or ""
            target = self.files.find(member, href)
            try:
                if target is None or depth > MOST_INCLUDED:
                    raise QbankError(f"the fragment {href!r} is not there")
                inner = item_root(self.files.read(target), self._place(target))
            except QbankError as error:
                self.problem("R044", str(error), member, line(element))
                continue
            self._include(inner, target, depth + 1)
            inner.tail = element.tail
            element.getparent().replace(element, inner)

    def _place(self, member: str) -> str:
        if isinstance(self.files, Beside):
            return member
        return f"{self.document.name}/{member}" if member else ""

    def problem(self, code: str, message: str, member: str, at: int) -> None:
        """Record a finding about a file of the package."""
        self.ctx.problem(code, message, self._place(member) or self.document.name, at)


def _together(first: Text, second: Text) -> Text:
    if richtext.is_empty(first):
        return second
    return first if richtext.is_empty(second) else _joined(first, second)


def _joined(first: Text, second: Text) -> Text:
    from qbank.formats.flatten import together

    return together(first, second)


def _lifted(group: Group) -> Group:
    """The group with what all its questions say alike said once: tags, category, difficulty, language."""
    changes: dict[str, Any] = {}
    for name, empty in EMPTY.items():
        if (value := in_common((getattr(sub, name) for sub in group.questions), empty)) != empty:
            changes[name] = value
            group = msgspec.structs.replace(
                group,
                questions=tuple(msgspec.structs.replace(sub, **{name: empty}) for sub in group.questions),
            )
    return msgspec.structs.replace(group, **changes)


def _told(group: Group, note: GroupNote, notes: list[GroupNote | None]) -> Group:
    """The group with what its items say of it, each question without what it has from the group."""
    subs = tuple(
        msgspec.structs.replace(sub, **{name: EMPTY[name] for name in own.inherited}) if own is not None else sub
        for sub, own in zip(group.questions, notes, strict=True)
    )
    return msgspec.structs.replace(group, questions=subs, **{name: getattr(note, name) for name in EMPTY})


QTI21 = QtiReader("qti21", "QTI 2.1 (item, test or package)", "qti21")
QTI22 = QtiReader("qti22", "QTI 2.2 (item, test or package)", "qti22")
QTI30 = QtiReader("qti30", "QTI 3.0 (item, test or package)", "qti30")
