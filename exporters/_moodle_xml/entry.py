"""A question under way: what every type has, and texts with the files they show."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from html import escape
from pathlib import PurePosixPath
from typing import TypeAlias

from qbank.assets import AssetError
from qbank.export import Context
from qbank.formats import moodle
from qbank.model import Feedback, Question, Text
from qbank.richtext import Element

from .._moodle import Media, Notes, Placing, Unfit, pointer_to
from .._xml import Xml
from .settings import NAME, Settings, settings_of

MAX_TEXT = 9_000_000
"""Bytes: libxml, which Moodle reads with, refuses a CDATA section of 10 MB."""
_SHORT = 250
_SWITCHES = {"true": "1", "false": "0"}
_LONG_BLANKS = re.compile("[ \t\n]{250,}")

Files: TypeAlias = dict[str, tuple[str, str]]
"""Of each file name the asset it is made of and its content in base64."""


@dataclass(slots=True)
class Entry:
    """Writes one question after the other, each into an `Xml` of its own."""

    ctx: Context
    placing: Placing
    notes: Notes
    version: tuple[int, int]
    gaps: str
    """What becomes of a cloze whose gaps are all choices: `cloze`, `gapselect` or `ddwtos`."""
    xml: Xml = field(default_factory=Xml)
    settings: Settings = field(default_factory=Settings)

    def begin(self, question: Question) -> None:
        """Turn to the next question."""
        self.notes.question = question
        self.notes.moved = ()
        self.xml = Xml()

    def head(
        self,
        question: Question,
        kind: str,
        *,
        default_penalty: Fraction | None = None,
        stem: tuple[str, Files] | None = None,
        points: Fraction | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Open the question's element and write what every type has; `stem` where it is more than the text."""
        if settings is None:
            settings = settings_of(question, kind, self.notes)
        self.settings = settings
        xml = self.xml
        xml.open("question", type=kind)
        xml.boxed("name", "text", self.placing.title(question))
        if stem is None:
            self.text("questiontext", question.stem, "/stem")
        else:
            self.put("questiontext", *stem)
        feedback = question.feedback
        self.text("generalfeedback", feedback.general if feedback is not None else None, "/feedback/general")
        if kind == "description":
            grade, exact = "0", True
        else:
            grade, exact = moodle.points(question.points if points is None else points)
        if not exact:
            self.notes.loss(
                "X301", f"the points of {question.id} are written as {grade}, the nearest Moodle has", "/points"
            )
        penalty, exact = moodle.penalty(default_penalty if question.penalty is None else question.penalty)
        if not exact:
            self.notes.loss(
                "X301", f"the penalty of {question.id} is written as {penalty}, the nearest Moodle has", "/penalty"
            )
        if self.settings.chosen:
            grade, penalty = self.own("defaultgrade", grade, "/points"), self.own("penalty", penalty, "/penalty")
        xml.add(_common(grade, penalty, self.settings.take("hidden", "0")))
        xml.cdata("idnumber", self.placing.number(self.settings.take("idnumber", question.id), question))

    def end(self, question: Question) -> None:
        """Write the tags, close the question, and report what was set and is not read."""
        tags = self.placing.tags(question)
        if tags:
            self.xml.open("tags")
            for tag in tags:
                self.xml.boxed("tag", "text", tag)
            self.xml.close()
        self.xml.close()
        for name in self.settings.chosen:
            self.notes.loss("X208", f"Moodle has no setting {name!r} for this question", pointer_to(NAME, name))

    def verdicts(self, question: Question) -> None:
        """The combined feedback, and the flag that stands beside it."""
        feedback = question.feedback
        if feedback is None or (feedback.correct is None and feedback.partial is None and feedback.incorrect is None):
            self.xml.add(_no_verdicts())
        else:
            self._verdicts(feedback)
        if self.settings.switch("shownumcorrect"):
            self.xml.leaf("shownumcorrect")

    def _verdicts(self, feedback: Feedback) -> None:
        self.text("correctfeedback", feedback.correct, "/feedback/correct")
        self.text("partiallycorrectfeedback", feedback.partial, "/feedback/partial")
        self.text("incorrectfeedback", feedback.incorrect, "/feedback/incorrect")

    def hints(self, question: Question) -> None:
        """The hints, each with its flags."""
        flags = self.settings.flags
        for i, hint in enumerate(question.hints):
            own = flags[i] if i < len(flags) else ()
            # one without words and flags would be dropped, and a try with it
            self.open("hint", hint, f"/hints/{i}", solid=not own)
            for name in own:
                self.xml.leaf(name, "1" if name == "options" else "")
            self.xml.close()
        for i in range(len(question.hints), len(flags)):
            if flags[i]:
                self.notes.loss("X208", "there is no such hint", f"{pointer_to(NAME, 'hints')}/{i}")

    def no_hints(self, question: Question) -> None:
        """Report the hints of a type that has none."""
        if question.hints:
            self.notes.loss("X202", f"Moodle has no hints for this kind of question: {question.id}", "/hints")

    def setting(self, tag: str, default: str, pointer: str = "") -> None:
        """An element whose value the question may choose; `pointer` to what the bank says itself."""
        self.xml.leaf(tag, self.own(tag, default, pointer) if pointer else self.settings.take(tag, default))

    def own(self, name: str, default: str, pointer: str) -> str:
        """The value of a setting; reported where it is another than what the bank says at the pointer."""
        value = self.settings.take(name, default)
        if value != default and _SWITCHES.get(value, value) != _SWITCHES.get(default, default):
            message = f"{self.notes.question.id} has {name} {value!r} among its settings for Moodle, which was written"
            self.notes.loss("X208", message, pointer)
        return value

    def answer(self, text: str, percent: str) -> None:
        """Open an answer that is compared, not shown: characters, not HTML."""
        self.xml.open("answer", fraction=percent, format="html")
        self.xml.cdata("text", _short_enough(text))

    def text(self, tag: str, text: Text | None, pointer: str, solid: bool = False) -> None:
        """A text with the files it shows; `solid` where Moodle drops or refuses an empty one."""
        html = simple(text)
        if html is not None:
            self.xml.boxed(tag, "text", html, format="html")
        elif text is not None:
            files: Files = {}
            self.put(tag, self.html(text, pointer, files, solid=solid), files)

    def open(self, tag: str, text: Text | None, pointer: str, solid: bool = False, **attributes: str) -> None:
        """The same, open for what else the element holds."""
        files: Files = {}
        html = "" if text is None else self.html(text, pointer, files, solid=solid)
        self.begun(tag, html, files, **attributes)

    def put(self, tag: str, html: str, files: Files) -> None:
        """A text that is Moodle's HTML already, with the files it shows."""
        if files:
            self.begun(tag, html, files)
            self.xml.close()
        else:
            self.xml.boxed(tag, "text", _steady(html), format="html")

    def begun(self, tag: str, html: str, files: Files, **attributes: str) -> None:
        """The same, open for what else the element holds."""
        self.xml.open(tag, **attributes, format="html")
        self.xml.cdata("text", _steady(html))
        for name, (_, data) in files.items():
            self.xml.leaf("file", data, name=name, path="/", encoding="base64")

    def steady(self, text: Text, pointer: str) -> str:
        """A text that shows no files as it stands in the file. `Unfit` where it is longer than Moodle reads."""
        return _steady(self.html(text, pointer, None))

    def html(
        self, text: Text, pointer: str, files: Files | None, *, solid: bool = False, gap: Media | None = None
    ) -> str:
        """A text as Moodle's HTML; its media go to `files`, and are words where that is None."""
        return self.notes.html(text, pointer, lambda element: self._media(element, files, pointer), gap, solid)

    def _media(self, element: Element, files: Files | None, pointer: str) -> str:
        asset = moodle.asset_of(element)
        if files is None:
            self.notes.loss("X203", f"Moodle cannot show {asset} in a gap of {self.notes.question.id}", pointer)
            return moodle.words_for(element)
        try:
            name = _free_name(self.ctx.assets.file_name(asset), asset, files)
            if name not in files:
                files[name] = (asset, base64.b64encode(self.ctx.assets.read(asset)).decode("ascii"))
        except AssetError as error:
            self.ctx.report.add(error.code, str(error), question=self.notes.question.id, pointer=pointer)
            self.notes.loss("X203", f"{asset} could not be put into {self.notes.question.id}", pointer)
            return moodle.words_for(element)
        return moodle.picture(element, f"@@PLUGINFILE@@/{name}", self.ctx.assets.entries[asset].alt or "")


def simple(text: Text | None) -> str | None:
    """A short run of visible characters as HTML, no text as none; None where that takes more. Most texts are simple."""
    if text is None:
        return ""
    if (
        type(text) is not str
        or not 0 < len(text) < _SHORT
        or not text.isprintable()
        or text.isspace()
        or "\\" in text
        or "$$" in text
    ):
        return None
    return escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text


def all_simple(texts: list[str]) -> list[str] | None:
    """`simple` of printable texts that are not empty; None where one takes more."""
    joined = "\n".join(texts)
    if "\\" in joined or "$$" in joined or max(map(len, texts)) >= _SHORT or any(map(str.isspace, texts)):
        return None
    marked = "&" in joined or "<" in joined or ">" in joined
    return escape(joined, quote=False).split("\n") if marked else texts


@lru_cache(maxsize=256)
def _common(grade: str, penalty: str, hidden: str) -> Xml:
    piece = Xml(1)
    piece.leaf("defaultgrade", grade)
    piece.leaf("penalty", penalty)
    piece.leaf("hidden", hidden)
    return piece


@lru_cache(maxsize=1)
def _no_verdicts() -> Xml:
    piece = Xml(1)
    for tag in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        piece.boxed(tag, "text", "", format="html")
    return piece


def _short_enough(text: str) -> str:
    """The text. `Unfit` where it is longer than Moodle reads."""
    if len(text) > MAX_TEXT // 4 and len(text.encode(errors="replace")) > MAX_TEXT:
        raise Unfit("one of its texts is longer than Moodle can read")
    return text


def _steady(html: str) -> str:
    """HTML that keeps its blanks: Moodle's parser loses a run that fills one of its 300 byte buffers, even in CDATA."""
    if len(html) < _SHORT or not _LONG_BLANKS.search(html):
        return _short_enough(html)
    return _short_enough(_LONG_BLANKS.sub(_with_entities, html))


def _with_entities(blanks: re.Match[str]) -> str:
    found = blanks[0]
    return "".join(
        piece[:-1] + f"&#{ord(piece[-1])};" for piece in (found[i : i + 100] for i in range(0, len(found), 100))
    )


def _free_name(name: str, asset: str, files: Mapping[str, tuple[str, str]]) -> str:
    """The file's name, with a number where another file of the same text has it."""
    path, n = PurePosixPath(name), 1
    while name in files and files[name][0] != asset:
        n += 1
        name = f"{path.stem}-{n}{path.suffix}"
    return name
