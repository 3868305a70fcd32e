"""The reader of QTI 1.2: a `questestinterop`, or a package or cartridge with such in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, cast

import msgspec

from qbank.diagnostics import QbankError
from qbank.formats.qti import line as one_line
from qbank.formats.qti12 import OWN, ROOT_SECTION
from qbank.formats.titles import first_words
from qbank.formats.unpack import PACKAGE_MEMBERS, archive
from qbank.model import Group, Information, Question
from qbank.readers.album import Album
from qbank.readers.naming import Naming
from qbank.readers.qti.package import Beside, Files, Manifest, Zipped, is_zip, manifest_of, opened, read_manifest
from qbank.readers.qti12.entry import Entry
from qbank.readers.qti12.items import FORMAT, PLACEHOLDER, read_item
from qbank.readers.qti12.loading import fields, inside, line, loaded, told_utf8, words
from qbank.readers.qti12.prose import Media, Prose
from qbank.readers.qti12.trees import Growing, Outline, Tree, Whole, outline
from qbank.reading import Context, Document

_HEAD = 1 << 16
_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?questestinterop(?=[\s>/])")
_MANIFEST = re.compile(rb"<(?:[\w.-]{1,40}:)?manifest(?=[\s>/])")
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s|<\?[^>]{0,500}\?>|<!--.*?-->|<!DOCTYPE[^<>\[]{0,2000}>)*+\Z", re.S)
_TYPE = re.compile(rb"""type\s*=\s*["'](?:imsqti_xmlv1p[12]|imsqti_item_xmlv1p|associatedcontent/imscc_xmlv1p)""")
_BLACKBOARD = (b"bbmd_", b"assessment/x-bb-")
_SUFFIXES = (".xml", ".qti", ".dat")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
_MOST_LOOKED_AT = 12
_UNNAMED = "Question bank"
_NAMELESS = frozenset({"", ROOT_SECTION, "main", "section", "default section", "default"})
_PARENT = "parent_stimulus_item_ident"
_MOST_DEEP = 60


class Qti12Reader:
    """Reads QTI 1.2 and its dialects: Canvas', Common Cartridge's, Respondus', Sakai's, the specification's."""

    name: str = FORMAT
    title: str = "QTI 1.2 (file, package, Common Cartridge)"
    suffixes: tuple[str, ...] = (".zip", ".imscc", ".xml", ".qti")
    options: Mapping[str, str] = MappingProxyType({})

    def sniff(self, document: Document) -> float:
        """Sure of a `questestinterop` and of packages whose manifest lists one."""
        if not is_zip(document.data):
            head = _plain(document.data[:_HEAD])
            found = _ROOT.search(head)
            if found is None and _MANIFEST.search(head) is not None and _TYPE.search(head) is not None:
                return 0.9
            if found is None or _BEFORE.match(head[: found.start()]) is None:
                return 0.0
            return 0.0 if any(mark in head for mark in _BLACKBOARD) else 0.96
        try:
            return _sniff_package(Zipped(archive(document.data, document.name, PACKAGE_MEMBERS)))
        except QbankError:
            return 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the document: tests in the order of the manifest, then banks."""
        yield from _Job(document, opened(document), ctx).questions()


def _plain(head: bytes) -> bytes:
    return head.decode("utf-16", "ignore").encode() if head.startswith((b"\xff\xfe", b"\xfe\xff")) else head


def _sniff_package(files: Zipped) -> float:
    members = files.members()
    if "[Content_Types].xml" in members:
        return 0.0
    manifest = manifest_of(files)
    if manifest is not None:
        head = files.read(manifest)
        if any(mark in head for mark in _BLACKBOARD):
            return 0.0
        if _TYPE.search(head) is None:
            return 0.0
    candidates = [name for name in members if name.lower().endswith(_SUFFIXES) and name != manifest]
    for member in candidates[: _MOST_LOOKED_AT if manifest is None else len(candidates)]:
        if _ROOT.search(_plain(files.head(member, _HEAD))) is not None:
            return 0.96
    return 0.3 if manifest is not None and b"imsqti_xmlv1p2" in files.read(manifest) else 0.0


@dataclass(slots=True)
class _Shelf:
    """A document of a package, and what it is called."""

    member: str
    root: Any | None
    """None where it is read bit by bit."""
    title: str
    is_bank: bool
    labels: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A document that was read whole."""

    root: Any
    wrong: str | None
    is_retold: bool
    """Whether it said that it is in another encoding than it is."""


@dataclass(slots=True)
class _Job:
    document: Document
    files: Files
    ctx: Context
    media: Media = field(init=False)
    naming: Naming = field(default_factory=Naming)
    read: set[str] = field(default_factory=set)
    """What items of banks were read already, by the names that tests have for them."""
    items: dict[str, tuple[_Shelf, Any]] = field(default_factory=dict)
    many: bool = False
    """Whether there are several tests or banks, so that their names are categories."""
    repeats: int = 0
    last: str = ""

    def __post_init__(self) -> None:
        self.media = Media(self.files, Album(self.ctx.assets))

    def questions(self) -> Iterator[Question]:
        """All questions; those that share material as groups."""
        shelves = list(self._shelves())
        self.many = len(shelves) > 1
        for shelf in shelves:
            for element in () if shelf.root is None else shelf.root.iter("item"):
                self.items.setdefault(element.get("ident") or "", (shelf, element))
        for shelf in sorted(shelves, key=lambda one: one.is_bank):
            before = self.repeats
            yield from self._shelf(shelf)
            if self.repeats > before:
                message = f"{self.repeats - before} questions of the bank {shelf.title!r} stand in a test of the package too; they were read once"
                self.problem("R046", message, shelf.member, 0)

    def _shelves(self) -> Iterator[_Shelf]:
        """The documents to read, tests and banks, each once; what no document holds is passed over."""
        found = False
        for member, read in self._documents():
            if isinstance(read, QbankError):
                if isinstance(self.files, Beside):
                    raise read
                self.problem("R042", str(read), member, 0)
                continue
            if isinstance(read, Outline):
                found = True
                yield _Shelf(member, None, self._title_of(read.top), read.is_bank)
                continue
            root = read.root
            if read.is_retold:
                self.problem("R027", "the file says that it is in another encoding, and is UTF-8", member, 1)
            if root.tag != "questestinterop":
                if isinstance(self.files, Beside) and root.tag != "manifest":
                    raise QbankError(f"{self.document.name}: is no QTI 1.2 (it begins with <{root.tag}>)")
                continue
            found = True
            if read.wrong is not None:
                self.problem("R042", f"{read.wrong}; what was whole was read", member, _line_of(read.wrong))
            bank = root.find("objectbank")
            title = self._title_of(bank if bank is not None else root.find("assessment"))
            yield _Shelf(member, root, title, bank is not None, _labelled(root))
        if not found:
            self.problem("R001", f"{self.document.name}: holds no questions of QTI 1.2", "", 0)

    def _documents(self) -> list[tuple[str, Outline | _Loaded | QbankError]]:
        """The documents that hold questions, read whole or only looked at.

        What refers to items by their names may mean those of any document, so that all are read whole then.
        """
        members = self._members()
        found = [(member, self._looked_at(member)) for member in members]
        if not any(_refers(read) for _, read in found):
            return found
        return [(member, self._loaded(member) if isinstance(read, Outline) else read) for member, read in found]

    def _looked_at(self, member: str) -> Outline | _Loaded | QbankError:
        try:
            return outline(self.files.pieces(member)) or self._loaded(member)
        except QbankError as error:
            return error

    def _loaded(self, member: str) -> _Loaded | QbankError:
        try:
            data = self.files.read(member)
            read = told_utf8(data)
            return _Loaded(*loaded(read, self._place(member)), is_retold=read is not data)
        except QbankError as error:
            return error

    def _title_of(self, top: Any | None) -> str:
        parts = () if top is None else top.iterfind("qtimetadata")
        named = next((title for part in parts for title in fields(part).get("bank_title", ())), "")
        title = one_line(named or (top.get("title") if top is not None else "") or "")
        spoken = _language(top) if top is not None else None
        header = self.ctx.header
        if title and title != _UNNAMED and header.title is None:
            header = msgspec.structs.replace(header, title=title)
        if header.language is None and spoken is not None:
            header = msgspec.structs.replace(header, language=spoken)
        self.ctx.header = header
        return title

    def _members(self) -> list[str]:
        """The documents that may hold questions: those that the manifest names, else all that look like it."""
        if isinstance(self.files, Beside):
            if _ROOT.search(_plain(self.document.data[:_HEAD])) is None:
                member = self.document.name
                manifest = read_manifest(self.files, member) if b"<manifest" in self.document.data[:_HEAD] else None
                return self._listed(manifest) if manifest is not None else [member]
            return [self.document.name]
        listing = manifest_of(self.files)
        if listing is not None:
            try:
                listed = read_manifest(self.files, listing)
            except QbankError as error:
                self.problem("R042", str(error), listing, 0)
            else:
                self._about(listed)
                found = self._listed(listed)
                if found:
                    return found
        names = [name for name in self.files.members() if name.lower().endswith(_SUFFIXES) and name != listing]
        return [name for name in names if _ROOT.search(_plain(self._head(name))) is not None]

    def _listed(self, manifest: Manifest) -> list[str]:
        """What a manifest lists; of a test that Canvas writes twice, the fuller form."""
        extra = {resource.identifier: resource for resource in manifest.resources}
        self.media.listed += [name for resource in manifest.resources for name in resource.files]
        found: list[str] = []
        for resource in manifest.resources:
            kind = resource.type.lower()
            named = [
                name for name in dict.fromkeys((resource.href, *resource.files)) if name.lower().endswith(_SUFFIXES)
            ]
            if kind.startswith("imsqti_"):
                if not named:
                    self.problem(
                        "R046",
                        f"the manifest's entry {resource.identifier} names no file that is there",
                        manifest.member,
                        resource.line,
                    )
                fuller = [
                    name
                    for need in resource.needs
                    if need in extra
                    for name in extra[need].files
                    if name.lower().endswith(".xml.qti")
                ]
                found += fuller or named
            elif kind.startswith("associatedcontent/"):
                found += [name for name in named if name.lower().endswith(".xml.qti") and posixpath.dirname(name)]
        return [name for name in dict.fromkeys(found) if _ROOT.search(_plain(self._head(name))) is not None]

    def _head(self, member: str) -> bytes:
        try:
            return self.files.head(member, _HEAD)
        except QbankError as error:
            self.problem("R042", str(error), member, 0)
            return b""

    def _about(self, manifest: Manifest) -> None:
        said = manifest.about
        header = self.ctx.header
        self.ctx.header = msgspec.structs.replace(
            header,
            language=header.language or said.language,
            description=header.description or said.description,
            license=header.license or said.rights,
        )

    # Items

    def _shelf(self, shelf: _Shelf) -> Iterator[Question]:
        path = (shelf.title,) if self.many and shelf.title else ()
        waiting: Group | None = None
        members: list[Question] = []
        tree: Tree = (
            Growing(self.files.pieces(shelf.member), self._place(shelf.member))
            if shelf.root is None
            else Whole(shelf.root)
        )
        for question, parent in self._walk(shelf, tree, tree.root, path, 0):
            if waiting is not None and parent is not None:
                members.append(question)
                continue
            if waiting is not None:
                yield from _closed(waiting, members)
                waiting, members = None, []
            if isinstance(question, Group):
                waiting = question
            else:
                yield question
        if waiting is not None:
            yield from _closed(waiting, members)

    def _walk(
        self, shelf: _Shelf, tree: Tree, element: Any, path: tuple[str, ...], depth: int
    ) -> Iterator[tuple[Question, str | None]]:
        """The questions below an element, each with the name of the material that it belongs to."""
        if depth > _MOST_DEEP:
            self.problem("R042", "sections inside sections without end were not read", shelf.member, line(element))
            return
        for child in tree.children(element):
            match child.tag:
                case "assessment" | "objectbank":
                    yield from self._walk(shelf, tree, child, path, depth + 1)
                case "section":
                    yield from self._section(shelf, tree, child, path, depth)
                case "item":
                    yield from self._item(shelf, child, path)
                case "itemref" | "bankentry_item":
                    yield from self._reference(shelf, child, path)
                case "sourcebank_ref" | "sectionref":
                    self.problem(
                        "R046",
                        f"a {child.tag} to {words(child)[:80] or child.get('linkrefid') or ''} was left out",
                        shelf.member,
                        line(child),
                    )
                case "selection_ordering":
                    yield from self._walk(shelf, tree, child, path, depth + 1)
                    if child.find("selection/selection_number") is not None:
                        message = "how many questions of a section are drawn is no part of a bank"
                        self.problem("R045", message, shelf.member, line(child))
                case "selection":
                    yield from self._walk(shelf, tree, child, path, depth + 1)

    def _section(
        self, shelf: _Shelf, tree: Tree, element: Any, path: tuple[str, ...], depth: int
    ) -> Iterator[tuple[Question, str | None]]:
        tree.begin(element)
        title = one_line(element.get("title") or "")
        named = fields(inside(element, "qtimetadata"))
        material = element.find("presentation_material")
        if material is None:
            nameless = title.lower() in _NAMELESS or (element.get("ident") or "").lower() == ROOT_SECTION
            yield from self._walk(shelf, tree, element, path if nameless else (*path, title), depth + 1)
            return
        prose = self._prose(shelf)
        stem = prose.of([material])
        ident = element.get("ident") or ""
        group = Information(
            id=PLACEHOLDER,
            stem=stem,
            title=title if title and title != first_words(stem, ident) else None,
            tags=tuple(named.get(f"{OWN}tag", ())),
            category=tuple(named.get(f"{OWN}category", ())) or path,
            language=_language(element),
            difficulty=next(
                (int(level) for level in named.get(f"{OWN}difficulty", ()) if level in "12345" and level), None
            ),
        )
        yield _begun(cast(Information, self._identified(group, ident))), None
        for question, _ in self._walk(shelf, tree, element, () if named.get(f"{OWN}group") else path, depth + 1):
            yield question, ident

    def _item(self, shelf: _Shelf, element: Any, path: tuple[str, ...]) -> Iterator[tuple[Question, str | None]]:
        ident = element.get("ident") or ""
        if shelf.is_bank and ident in self.read:
            self.repeats += 1
            return
        if not len(element):
            self.problem(
                "R046", "an item that shows nothing and asks nothing was left out", shelf.member, line(element)
            )
            return
        entry = Entry(element, self._prose(shelf))
        made = read_item(entry, self.document.name, path)
        question = None if made is None else self._identified(made, ident)
        for code, message, at in entry.notes:
            self.ctx.problem(
                code, message, self._place(shelf.member), at, question="" if question is None else question.id
            )
        if question is None:
            return
        referred = entry.first("assessment_question_identifierref")
        if referred and not shelf.is_bank:
            self.read.add(referred)
        if self._is_material(shelf, question, ident, element):
            yield _begun(cast(Information, question)), None
        else:
            yield question, entry.first(_PARENT) or None

    def _is_material(self, shelf: _Shelf, question: Question, ident: str, element: Any) -> bool:
        """Whether the item behind this one says that it belongs to it."""
        if not isinstance(question, Information) or question.status == "draft" or not ident:
            return False
        behind = element.getnext()
        return behind is not None and behind.tag == "item" and ident in fields(behind).get(_PARENT, ())

    def _reference(self, shelf: _Shelf, element: Any, path: tuple[str, ...]) -> Iterator[tuple[Question, str | None]]:
        wanted = element.get("linkrefid") or element.get("item_ref") or ""
        found = self.items.get(wanted)
        if found is None or wanted in self.read:
            if found is None:
                self.problem(
                    "R046",
                    f"the question {wanted[:80]!r}, which stands elsewhere, is not in the file",
                    shelf.member,
                    line(element),
                )
            return
        yield from self._item(replace(found[0], is_bank=False), found[1], path)
        self.read.add(wanted)

    def _prose(self, shelf: _Shelf) -> Prose:
        return Prose(self.media, shelf.member, shelf.labels)

    def _identified(self, question: Question, wanted: str) -> Question:
        if self.naming.own(wanted):
            return msgspec.structs.replace(question, id=wanted)
        named = msgspec.structs.replace(question, id=self.naming.minted(question))
        if not wanted:
            return named
        kept = {**named.extensions, FORMAT: {**named.extensions.get(FORMAT, {}), "ident": wanted}}
        return msgspec.structs.replace(named, extensions=kept)

    def _place(self, member: str) -> str:
        return self.document.name if isinstance(self.files, Beside) or not member else f"{self.document.name}/{member}"

    def problem(self, code: str, message: str, member: str, at: int) -> None:
        """Record a finding about a file of the package."""
        self.ctx.problem(code, message, self._place(member), at)


def _refers(read: Outline | _Loaded | QbankError) -> bool:
    """Whether a document names items that may stand elsewhere."""
    if isinstance(read, _Loaded):
        return next(read.root.iter("itemref", "bankentry_item"), None) is not None
    return isinstance(read, Outline) and read.refers


def _language(element: Any) -> str | None:
    """The language that an element says it is in."""
    spoken = element.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return spoken if _LANGUAGE.match(spoken) else None


def _labelled(root: Any) -> dict[str, Any]:
    """The materials of a document that others refer to, by their names."""
    if next(root.iter("matref", "material_ref"), None) is None:
        return {}
    return {e.get("label"): e for e in root.iter("material", "mattext", "matimage", "mataudio") if e.get("label")}


def _line_of(message: str) -> int:
    found = re.search(r"line ([0-9]{1,9})", message)
    return int(found[1]) if found else 0


def _begun(material: Information) -> Group:
    """A group that has its material and waits for its questions; the material stands for them meanwhile."""
    shared = {name: getattr(material, name) for name in material.__struct_fields__}
    return Group(**shared, questions=(material,))


def _closed(group: Group, members: list[Question]) -> Iterator[Question]:
    """A group with its questions; the material alone where it has none."""
    subs = [member for member in members if not isinstance(member, Group)]
    material = group.questions[0]
    if not subs:
        yield material
        return
    changes: dict[str, Any] = {"questions": tuple(_without(sub, group) for sub in subs)}
    yield msgspec.structs.replace(group, **changes)
    for member in members:
        if isinstance(member, Group):
            yield member


def _without(sub: Any, group: Group) -> Any:
    """A sub-question without what it has from its group."""
    own = tuple(tag for tag in sub.tags if tag not in group.tags)
    changes: dict[str, Any] = {"tags": own}
    for name, empty in (("category", ()), ("difficulty", None), ("language", None)):
        if getattr(sub, name) == getattr(group, name):
            changes[name] = empty
    return msgspec.structs.replace(sub, **changes)


READER = Qti12Reader()
