"""The reader of Moodle XML: categories, names, ids and what every question has; the types are in `kinds`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import msgspec
from lxml import etree

from qbank.diagnostics import QbankError
from qbank.formats import moodle
from qbank.formats.titles import first_words
from qbank.model import ONE, ZERO, Information, Question, Source, SubQuestion, Text
from qbank.readers.album import Album
from qbank.readers.moodle import kinds
from qbank.readers.moodle.content import content, released
from qbank.readers.moodle.entry import Entry, Unread
from qbank.readers.moodle.notes import Notes
from qbank.readers.moodle.packed import holds, is_zip, members
from qbank.readers.moodle.pieces import Broken, Piece, parsed, pieces
from qbank.readers.moodle.texts import TRIMMED, Texts, raw
from qbank.readers.naming import Naming
from qbank.reading import Context, Document
from qbank.richtext import xml_text

NAME = "moodle-xml"
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ROOT = re.compile(rb"<quiz((?:\s[^<>]*)?)>")
_CONTROL = re.compile("[\x00-\x1f\ufffe\uffff\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\n\r]+")
_WITH_PARTS = frozenset({"multichoice", "match", "matching", "cloze", "multianswer", "gapselect", "ddwtos", "ordering"})
"""The types whose hints may have flags."""


class MoodleXmlReader:
    """Reads the questions of a Moodle XML file."""

    name = NAME
    title = "Moodle XML (.xml, or several in a .zip)"
    suffixes: tuple[str, ...] = (".xml",)
    options: Mapping[str, str] = {}
    streaming = True

    def sniff(self, document: Document) -> float:
        """Sure of a `quiz` with a `question` in it, or a zip of such files."""
        if is_zip(document):
            return 0.95 if holds(document, _is_quiz) else 0.0
        head = document.data[:65536].replace(b"\x00", b"")
        if _is_quiz(head):
            return 0.99 if re.search(rb"<question[\s>]", head) else 0.9
        return 0.7 if re.search(rb"<question\s+type\s*=", head) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file, one at a time. Raises `QbankError` when it is none or would do harm."""
        reader = _Reader(document, ctx)
        yield from reader.questions() if not is_zip(document) else reader.packed()


def _is_quiz(head: bytes) -> bool:
    """Whether a file begins as Moodle's do: its root is in no namespace, as Canvas' `quiz` is."""
    root = _ROOT.search(head)
    return root is not None and b"xmlns" not in root[1]


class _Reader:
    def __init__(self, document: Document, ctx: Context) -> None:
        self.document = document
        self.ctx = ctx
        self.notes = Notes(ctx, document.name)
        self.texts = Texts(Album(ctx.assets), self.notes)
        self.naming = Naming()
        self.category: tuple[str, ...] = ()
        self.categories: list[dict[str, Any]] = []

    def packed(self) -> Iterator[Question]:
        """The questions of a zip of files, each of which begins without a category."""
        whole = self.document.name
        found = False
        for member in members(self.document):
            if not re.search(rb"<(?:quiz|question)[\s/>]", member.data[:65536].replace(b"\x00", b"")):
                self.ctx.problem("R046", "there is no question in this file", member.name)
                continue
            found = True
            self.document = member
            self.notes.document = member.name
            self.category = ()
            with content(member, self.ctx) as data:
                yield from self._questions(data)
        if not found:
            raise QbankError(f"{whole}: there is no file of Moodle XML in this archive")
        self._keep_categories()

    def questions(self) -> Iterator[Question]:
        with content(self.document, self.ctx) as data:
            yield from self._questions(data)
        self._keep_categories()

    def _keep_categories(self) -> None:
        if self.categories:
            own = self.ctx.header.extensions.get(NAME, {}) | {"categories": self.categories}
            extensions = self.ctx.header.extensions | {NAME: own}
            self.ctx.header = msgspec.structs.replace(self.ctx.header, extensions=extensions)

    def _questions(self, data: Any) -> Iterator[Question]:
        if not re.search(rb"<(?:quiz|question)[\s/>]", data):
            raise QbankError(
                f"{self.document.name}: there is no question in this file; Moodle XML is a <quiz> with <question> elements"
            )
        done = 0
        for piece in pieces(data, self.document.name):
            if isinstance(piece, Broken):
                self._problem("R042", piece.reason, piece.line)
                continue
            found = parsed(piece, self.document.name)
            done = released(data, piece.end, done)
            if found.element is None:
                line = piece.line + found.line
                self._problem(
                    "R042", f"the question in line {piece.line} is no XML and was not read: {found.error}", line
                )
                continue
            self.notes.begin(piece.line)
            if found.repaired:
                self.notes.add("R047", f"what XML does not have was put right: {found.repaired}")
            question = self._question(found.element, piece, bool(found.repaired))
            if question is not None:
                yield question

    def _problem(self, code: str, message: str, line: int) -> None:
        self.ctx.problem(code, message, self.document.name, line)

    def _question(self, element: Any, piece: Piece, repaired: bool) -> Question | None:
        kind = (element.get("type") or "").strip()
        if kind == "category":
            self._category(element)
            self.notes.end("")
            return None
        if kind == "random" or not kind:
            why = "a random draw from a category is no question" if kind else "a question without a type"
            self.notes.add("R046", f"{why}; it was left out")
            self.notes.end("")
            return None
        _old_picture(element)
        stem = element.find("questiontext")
        self.texts.form = "html"
        self.texts.form = self.texts.format_of(stem)
        entry = Entry(element, self.texts, self.notes, {})
        entry.common = self._common(entry, kind)
        read = kinds.TYPES.get(kind)
        question: SubQuestion
        if read is None:
            question = self._kept(entry, kind, piece, repaired, f"the type {kind}")
        else:
            before = dict(entry.common)
            try:
                question = read(entry)
            except Unread as reason:
                entry.common = before
                entry.settings = {}
                question = self._kept(entry, kind, piece, repaired, f"this question of the type {kind}: {reason}")
        question = self._named(question, entry)
        self.notes.end(question.id)
        return question

    def _category(self, element: Any) -> None:
        path = _TAG.sub("", self.texts.source(element.find("category")))
        parts = moodle.read_category(_BLANKS.sub(" ", xml_text(path)))
        self.category = tuple(filter(None, (_CONTROL.sub(" ", part).strip(" ") for part in parts)))
        info = self.texts.source(element.find("info"))
        number = (element.findtext("idnumber") or "").strip()
        if info or number:
            self.categories.append(
                {"path": list(self.category)}
                | ({"info": info} if info else {})
                | ({"idnumber": number} if number else {})
            )
            self.notes.once("R045", "category", "what a category says of itself is kept under extensions of the bank")

    def _common(self, entry: Entry, kind: str) -> dict[str, Any]:
        element = entry.element
        stem = element.find("questiontext")
        common: dict[str, Any] = {
            "id": "_",
            "stem": "" if kind in ("cloze", "multianswer", "gapselect", "ddwtos") else self.texts.text(stem),
            "points": _points(entry),
            "hints": self._hints(entry, kind),
            "tags": _tags(element),
            "category": self.category,
            "source": Source(document=self.document.name, line=self.notes.line),
        }
        written = entry.value("penalty")
        found = moodle.read_number(written or "")
        default = kinds.NO_PENALTY.get(kind, moodle.DEFAULT_PENALTY)
        penalty = moodle.read_penalty(None if found is None else found[0], default)
        if penalty == moodle.DEFAULT_PENALTY and kind != "truefalse":
            penalty = None
        if penalty is not None and not 0 <= penalty <= 1:
            entry.notes.add("R047", f"the penalty {written!r} is no share of the points; the nearest was taken")
            penalty = min(max(penalty, ZERO), ONE)
        common["penalty"] = penalty
        if entry.is_true("hidden", missing=False):
            entry.set("hidden", "1")
        return common

    def _hints(self, entry: Entry, kind: str) -> tuple[Text, ...]:
        hints: list[Text] = []
        flags: list[list[str]] = []
        for hint in entry.element.iterfind("hint"):
            text = self.texts.text(hint)
            found = [name for name in moodle.HINT_FLAGS if hint.find(name) is not None]
            if kind not in _WITH_PARTS:
                found = []
            if self.texts.source(hint) or found:
                hints.append(text)
                flags.append(found)
        if any(flags):
            entry.set("hints", flags)
        return tuple(hints)

    def _kept(self, entry: Entry, kind: str, piece: Piece, repaired: bool, what: str) -> Information:
        """The question as a draft to read, with all of it under extensions."""
        self.notes.add(
            "R040",
            f"the bank has no kind for {what}; its text is a draft, and the whole question is kept under extensions",
        )
        xml = etree.tostring(entry.element, encoding="unicode", with_tail=False) if repaired else piece.source.decode()
        entry.settings = {"type": kind, "xml": xml}
        entry.common |= {
            "stem": self.texts.text(entry.element.find("questiontext")),
            "feedback": entry.feedback(verdicts=False),
            "points": ONE,
            "hints": (),
            "status": "draft",
        }
        return Information(**entry.common)

    def _named(self, question: SubQuestion, entry: Entry) -> SubQuestion:
        """The question with its id, its title and its settings."""
        number = (entry.element.findtext("idnumber") or "").strip()
        if number and self.naming.own(number):
            name = number
        else:
            name = self.naming.minted(question)
            if number and "xml" not in entry.settings:
                entry.set("idnumber", number)
        written = xml_text(_BLANKS.sub(" ", _TAG.sub("", self.texts.source(entry.element.find("name")))).strip(" "))
        derived = moodle.name(first_words(question.stem, name))[0]
        title = None if written in ("", derived) else _CONTROL.sub(" ", moodle.read_name(written)).strip(" ") or None
        return msgspec.structs.replace(
            question, id=name, title=title, extensions={NAME: entry.settings} if entry.settings else {}
        )


def _points(entry: Entry) -> Fraction:
    written = entry.value("defaultgrade")
    if written is None:
        return ONE
    found = moodle.read_number(written or "0")
    if found is None or found[0] < 0 or (not found[1] and "," in written):
        entry.notes.add("R047", f"the points {written!r} are no amount that Moodle takes; look at them")
    return ONE if found is None else max(found[0], ZERO)


def _tags(element: Any) -> tuple[str, ...]:
    found = (
        raw(tag) or (tag.text or "").strip(TRIMMED)
        for place in ("tags/tag", "coursetags/tag")
        for tag in element.iterfind(place)
    )
    return tuple(dict.fromkeys(filter(None, (_BLANKS.sub(" ", xml_text(tag)) for tag in found))))


def _old_picture(element: Any) -> None:
    """Moodle 1.9's picture of a question (`image`, `image_base64`) as a file of its text."""
    data = (element.findtext("image_base64") or "").strip()
    text = element.find("questiontext/text")
    if not data or text is None or text.getparent().find("file") is not None:
        return
    name = (element.findtext("image") or "image").strip(TRIMMED).rpartition("/")[2] or "image"
    file = etree.SubElement(text.getparent(), "file", name=name, path="/")
    file.text = data
    text.text = f'{text.text or ""}<p><img src="@@PLUGINFILE@@/{name}" alt=""/></p>'


READER = MoodleXmlReader()
