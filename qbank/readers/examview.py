"""ExamView's XML, the kinds that Moodle's importer reads and a few more (question/format/examview/format.php).

A `<question type="mc">` has its `text`, `choices` and `answer`; the questions
of a matching group name the group, whose choices they share. Bold, italics,
underline and raised or lowered characters are kept, which Moodle takes off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Any

from qbank.diagnostics import QbankError
from qbank.formats.moodle import read_pattern
from qbank.formats.unpack import xml_root
from qbank.model import (
    Accepted,
    Choice,
    Essay,
    Feedback,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    TrueFalse,
)
from qbank.readers.markup import rich
from qbank.readers.numbers import read_number
from qbank.readers.parts import UNNAMED, Parts, choices, names, whole
from qbank.reading import Context, Document

NAME = "examview"
_KEPT = {"b": "b", "i": "i", "u": "u", "sub": "sub", "sup": "sup", "bold": "b", "italic": "i", "underline": "u"}
_MEDIA = frozenset({"graphic", "image", "img", "pict", "picture", "movie", "equation", "ole"})
_LETTERS = re.compile(r"[A-Za-z](?:[\s,;&]+(?:and\s+)?[A-Za-z])*\Z")


class ExamViewReader:
    """Reads ExamView XML files."""

    name: str = NAME
    title: str = "ExamView XML"
    suffixes: tuple[str, ...] = ()
    options: Mapping[str, str] = MappingProxyType({})

    def sniff(self, document: Document) -> float:
        """Sure of XML whose first element is `examview`."""
        return 0.97 if re.match(rb"\s*(?:<\?[^>]*>|<!--.*?-->|\s)*+<examview\b", _head(document.data), re.S) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions, each matching group where its first member stands.

        Raises `QbankError` on XML that is broken, hostile, or something else.
        """
        root = xml_root(document.data, document.name)
        if root.tag != "examview":
            raise QbankError(f"{document.name}: is no ExamView file; its first element is {root.tag}")
        title = (root.findtext("header/title") or "").strip()
        if title and ctx.header.title is None:
            import msgspec

            ctx.header = msgspec.structs.replace(ctx.header, title=" ".join(title.split()))
        maker = _Maker(document.name, Parts(document.name, ctx), root)
        empty = True
        for question in maker.questions():
            empty = False
            yield question
        if empty:
            ctx.problem("R001", f"{document.name}: holds no question", document.name, 1)


READER = ExamViewReader()


def _head(data: bytes) -> bytes:
    return data[:4096].lstrip(b"\xef\xbb\xbf")


@dataclass(slots=True)
class _Maker:
    """Makes the questions of one file."""

    document: str
    parts: Parts
    root: Any
    groups: dict[str, Any] = field(init=False)
    members: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = {_name(group, "name"): group for group in self.root.iter("matching-group")}
        for question in self.root.iter("question"):
            if question.get("type") == "ma":
                self.members.setdefault(_name(question, "group"), []).append(question)

    def questions(self) -> Iterator[Question]:
        """The questions in the order of the file."""
        done: set[str] = set()
        for element in self.root.iter("question", "narrative"):
            self.parts.line = element.sourceline or 0
            if element.tag == "narrative":
                text = self._text(element.find("text"))
                if text != "":
                    yield self.parts.named(Information(id=UNNAMED, stem=text, source=self._source(element)))
            elif element.get("type") == "ma":
                group = _name(element, "group")
                if group in self.groups and group not in done:
                    done.add(group)
                    yield self._matching(self.groups[group], self.members[group])
                elif group not in self.groups:
                    self.parts.ctx.problem(
                        "R042", f"a question of the matching group {group!r}, which is not in the file, was not read",
                        self.document, self.parts.line,
                    )  # fmt: skip
            else:
                yield self.parts.named(self._question(element))

    def _source(self, element: Any) -> Source:
        line = element.sourceline
        return Source(document=self.document, line=line, number=element.get("question-id"))

    def _question(self, element: Any) -> Question:
        rationale = self._text(element.find("rationale"))
        common: dict[str, Any] = {
            "id": UNNAMED,
            "stem": self._text(element.find("text")),
            "source": self._source(element),
            "feedback": Feedback(general=rationale) if rationale != "" else None,
        }
        answer = _words(element.find("answer"))
        kind = (element.get("type") or "").strip().lower()
        match kind:
            case "tf" | "yn" | "mtf":
                return self._truth(kind, answer, common)
            case "mc" | "bi" | "mr":
                return self._choice(kind, element, answer, common)
            case "co" | "sa":
                lines = [line.strip() for line in answer.split("\n") if line.strip()]
                if not lines:
                    self.parts.remark("R011", "no answer was found")
                read = [read_pattern(line) for line in lines]
                wild = any(is_wild for _, is_wild in read)
                accepted = tuple(
                    Accepted(text=line if wild else text) for line, (text, _) in zip(lines, read, strict=True)
                )
                return ShortAnswer(answer=accepted or None, wildcard=wild, **common)
            case "nr":
                return self._numeric(answer, common)
            case "es" | "pr" | "ca" | "ot":
                if kind != "es":
                    self.parts.remark("R048", f"a question of ExamView's kind {kind} was read as an essay")
                told = self._text(element.find("answer"))
                return Essay(answer=told if told != "" else None, **common)
            case _:
                self.parts.remark(
                    "R040", f"ExamView's kind {kind or '(none)'} is not known; its text is kept as a draft"
                )
                return Information(status="draft", extensions=whole(NAME, kind, element), **common)

    def _truth(self, kind: str, answer: str, common: dict[str, Any]) -> Question:
        letter = answer[:1].upper()
        if letter not in ("T", "Y", "F", "N"):
            self.parts.remark("R011" if not answer else "R012", f"{answer[:40]!r} says neither true nor false")
            return TrueFalse(**common)
        if kind == "mtf":
            self.parts.remark("R048", "a modified true or false was read as true or false; its correction is feedback")
            correction = re.sub(r"(?i)\A(?:true|false|t|f)\b[\s,.;:-]*", "", answer).strip()
            if correction and common["feedback"] is None:
                common["feedback"] = Feedback(general=correction)
        return TrueFalse(answer=letter in ("T", "Y"), **common)

    def _choice(self, kind: str, element: Any, answer: str, common: dict[str, Any]) -> Question:
        found = _choices(element.find("choices"))
        if len(found) < 2:
            self.parts.remark("R006", "a choice question has fewer than two choices; it is kept as a draft")
            return ShortAnswer(status="draft", **common)
        made = choices([self._text(text) for text in found.values()])
        by_letter = dict(zip(found, (choice.id for choice in made), strict=True))
        letters = re.findall(r"[A-Z]", answer.upper()) if _LETTERS.match(answer) else []
        right = tuple(dict.fromkeys(by_letter[letter] for letter in letters if letter in by_letter))
        if not answer:
            self.parts.remark("R011", "no answer was found")
        elif not right:
            self.parts.remark("R012", f"the answer {answer[:40]!r} is none of the choices")
        if kind == "mr" or len(right) > 1:
            return MultipleChoice(choices=made, answer=right or None, scoring="all_or_nothing", **common)
        return SingleChoice(choices=made, answer=right[0] if right else None, **common)

    def _numeric(self, answer: str, common: dict[str, Any]) -> Question:
        made: list[NumericAnswer] = []
        for line in filter(None, map(str.strip, answer.split("\n"))):
            number = read_number(line)
            if number is None or number[1]:
                self.parts.remark("R047", f"{line[:40]!r} is no number; Moodle would leave it out")
            if number is not None:
                made.append(number[0])
        if not made:
            self.parts.remark("R011", "no number was found")
        return Numeric(answer=tuple(made) or None, **common)

    def _matching(self, group: Any, members: list[Any]) -> Question:
        self.parts.line = group.sourceline or 0
        found = _choices(group.find("choices"))
        free = names()
        by_letter = {letter: next(free) for letter in found}
        prompts: list[Prompt] = []
        answer: dict[str, str] = {}
        for member in members:
            letter = _words(member.find("answer")).strip().upper()
            prompts.append(Prompt(id=str(len(prompts) + 1), text=self._text(member.find("text"))))
            if letter in by_letter:
                answer[prompts[-1].id] = by_letter[letter]
            else:
                self.parts.remark("R012", f"the answer {letter[:40]!r} is none of the choices", member.sourceline or 0)
        made = tuple(Choice(id=by_letter[letter], text=self._text(text)) for letter, text in found.items())
        common: dict[str, Any] = {
            "id": UNNAMED,
            "stem": self._text(group.find("text")),
            "source": self._source(members[0]),
        }
        if len(made) < 2:
            self.parts.remark("R006", "a matching group has fewer than two choices; it is kept as a draft")
            return self.parts.named(Essay(status="draft", **common))
        whole = answer if len(answer) == len(prompts) else None
        return self.parts.named(Matching(prompts=tuple(prompts), choices=made, answer=whole, **common))

    def _text(self, element: Any) -> Text:
        if element is None:
            return ""
        return self.parts.text(rich(self._html(element), media=self.parts.media))

    def _html(self, element: Any) -> str:
        """What is inside an element as HTML: its line breaks as such, the rest of ExamView's layout left out."""
        pieces = [_broken(element.text)]
        for child in element:
            inner = self._html(child)
            tag = child.tag.lower()
            if tag in _MEDIA:
                self.parts.remark("R044", f"a {tag} of the question is not in the file")
            if tag == "para" or tag == "p":
                inner = f"<p>{inner}</p>"
            elif tag in _KEPT:
                inner = f"<{_KEPT[tag]}>{inner}</{_KEPT[tag]}>"
            elif tag == "br":
                inner = "<br/>"
            pieces += [inner, _broken(child.tail)]
        return re.sub(r"\A(?:<br/>)+|(?:<br/>)+\Z", "", "".join(pieces).strip())


def _broken(text: str | None) -> str:
    return escape((text or "").strip("\n") if not (text or "").strip() else text or "", quote=False).replace(
        "\n", "<br/>"
    )


def _name(element: Any, attribute: str) -> str:
    return (element.get(attribute) or "").strip()


def _words(element: Any) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _choices(element: Any) -> dict[str, Any]:
    """The `choice-a`, `choice-b` ... of a question or a group by their letters."""
    if element is None:
        return {}
    return {child.tag[7:].upper(): child for child in element if child.tag.startswith("choice-")}
