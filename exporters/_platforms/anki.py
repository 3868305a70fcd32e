"""Writes notes for Anki's text import: front, back, deck and tags between tabs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import BinaryIO, assert_never

from qbank import richtext
from qbank.export import Context, Support, Unanswered
from qbank.formats import celltext, sheets
from qbank.formats.platforms.anki import is_short
from qbank.model import (
    KINDS,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Kind,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
    kind_of,
)
from qbank.richtext import Element

from .remarks import Remarks

_HEAD = (
    "#separator:tab\n#html:true\n#notetype:Basic\n#deck column:3\n#tags column:4\n#columns:Front\tBack\tDeck\tTags\n"
)
_LINE_END = re.compile("[\x85\u2028\u2029]")
_WIDE_EDGE = re.compile(r"\A[^\S \t\n\r]|[^\S \t\n\r]\Z")
_CARRIED = frozenset({"category", "tags"})


class Anki:
    """A card a question: what is asked on the front, the answer on the back."""

    name = "anki"
    title = "Anki cards (text import)"
    suffix = ".txt"
    options: Mapping[str, str] = MappingProxyType({})
    unanswered: Unanswered = "left-out"
    keeps_unanswered = False
    support: Mapping[Kind, Support] = MappingProxyType(
        {kind: "none" if kind == "information" else "lossy" for kind in KINDS}
    )

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write all questions to `sink`, one at a time."""
        sink.write(_HEAD.encode())
        writer = _Writer(sink, ctx, Remarks(ctx, "Anki"))
        for question in questions:
            for alone, original in writer.remarks.apart(question, _CARRIED, "on each card"):
                writer.write(alone, original)


@dataclass(slots=True)
class _Writer:
    sink: BinaryIO
    ctx: Context
    remarks: Remarks

    def write(self, question: Question, original: Question) -> None:
        if isinstance(question, Information):
            self.remarks.lost("X101", question, "there are no cards without a back; it was left out")
            return
        self.remarks.never_carried(original, _CARRIED)
        front, back = self._sides(question)
        if front.startswith("#"):
            front = "&#35;" + front[1:]  # a line that begins with # would be a setting
        text = io.StringIO(newline="")
        csv.writer(text, delimiter="\t", lineterminator="\n").writerow(
            [front, back, self._deck(question), self._tags(question)]
        )
        self.sink.write(text.getvalue().encode("utf-8", "replace"))

    def _deck(self, question: Question) -> str:
        # a colon at either end would become part of the separator
        parts = tuple(" ".join(re.sub(":{2,}", ":", part).split()).strip(": ") or "-" for part in question.category)
        if parts != question.category:
            self.remarks.lost("X305", question, "the name of a deck was changed", "/category")
        return "::".join(parts)

    def _tags(self, question: Question) -> str:
        tags = tuple(re.sub(r"\s+", "_", tag.strip()) for tag in question.tags)
        if tags != question.tags:
            self.remarks.lost("X305", question, "a tag has no blanks", "/tags")
        return " ".join(tags)

    def _html(self, question: Question, text: Text, pointer: str) -> str:
        """A text as the HTML of a field."""
        if richtext.is_plain(text):
            assert isinstance(text, str)
            return self._one_line(question, escape(richtext.xml_text(text), quote=False), pointer)
        if any(element.tag in ("img", "audio") for element in richtext.elements(text)):
            self.remarks.lost("X203", question, "the files of pictures and sounds cannot be carried", pointer)
        return self._one_line(question, richtext.html_of(richtext.blocks(text), _special), pointer)

    def _one_line(self, question: Question, html: str, pointer: str) -> str:
        """The HTML of a field without the characters that some programs take for line ends."""
        if _LINE_END.search(html):
            self.remarks.lost("X305", question, "separators of lines became blanks", pointer)
        # wide blanks at the ends are shown; as such they would be taken off with those that are not
        return _WIDE_EDGE.sub(lambda found: f"&#{ord(found[0])};", _LINE_END.sub(" ", html))

    def _sides(self, question: Question) -> tuple[str, str]:
        front = self._html(question, question.stem, "/stem")
        match question:
            case ShortAnswer() if len(question.answer or ()) == 1:
                return front, self._short(question)
            case Essay():
                return front, self._essay(question)
            case _:
                self.remarks.lost(
                    "X302", question, f"a card cannot be a {kind_of(question)} question; it asks for the answer"
                )
                asked = list(self._asked(question))
                return front + _list("ol", asked), self._answered(question)

    def _short(self, question: ShortAnswer) -> str:
        answer = (question.answer or ())[0]
        self.remarks.answer(question, answer, "/answer/0")
        self.remarks.comparison(question, question)
        if not is_short(answer.text.strip(), marked=False):
            self.remarks.lost("X302", question, "so long an answer is taken for a model answer", "/kind")
        if " ".join(answer.text.split()) != answer.text:
            self.remarks.lost("X305", question, "blanks are shown as HTML shows them", "/answer/0/text")
        return self._one_line(question, escape(richtext.xml_text(answer.text), quote=False), "/answer/0/text")

    def _essay(self, question: Essay) -> str:
        self.remarks.style(question)
        self.remarks.essay(question)
        if question.answer is None:
            return ""
        back = richtext.canonical(question.answer)
        if is_short(richtext.plain(back).strip(), marked=not isinstance(back, str)):
            self.remarks.lost("X302", question, "so short an answer is taken for one to compare", "/kind")
        return self._html(question, question.answer, "/answer")

    def _asked(self, question: Question) -> Iterator[str]:
        """What stands below the stem."""
        match question:
            case SingleChoice() | MultipleChoice() | Matching():
                for i, choice in enumerate(question.choices):
                    yield self._html(question, choice.text, f"/choices/{i}/text")
            case Ordering():
                for i, item in enumerate(question.items):
                    yield self._html(question, item.text, f"/items/{i}/text")
            case _:
                return

    def _answered(self, question: Question) -> str:
        match question:
            case SingleChoice() | MultipleChoice():
                right = {question.answer} if isinstance(question, SingleChoice) else set(question.answer or ())
                return _lines([self._html(question, c.text, "") for c in question.choices if c.id in right])
            case TrueFalse():
                zh = sheets.tongue_of(question.language or self.ctx.language) == "zh"
                return ("对" if question.answer else "错") if zh else ("True" if question.answer else "False")
            case ShortAnswer():
                written = "<br>".join(escape(answer.text, quote=False) for answer in question.answer or ())
                return self._one_line(question, written, "/answer")
            case Numeric():
                return _lines([_number(answer) for answer in question.answer or ()])
            case Cloze():
                filled = "<br>".join(_blank(question, name) for name in richtext.blank_ids(question.stem))
                return self._one_line(question, filled, "/blanks")
            case Matching():
                words = {c.id: self._html(question, c.text, "") for c in question.choices}
                answer = question.answer or {}
                pairs = [
                    (self._html(question, p.text, ""), words.get(answer.get(p.id, ""), "")) for p in question.prompts
                ]
                return _lines([f"{prompt} → {choice}" for prompt, choice in pairs])
            case Ordering():
                texts = {item.id: self._html(question, item.text, "") for item in question.items}
                return _list("ol", [texts[name] for name in question.answer or () if name in texts])
            case Essay() | Group() | Information():
                raise AssertionError(f"the back of {kind_of(question)} cards is written elsewhere")
            case _:
                assert_never(question)


def _special(element: Element) -> str | None:
    """What Anki spells in its own way, and what it cannot have."""
    match element.tag:
        case "tex":
            source = escape(richtext.plain_of(element.children), quote=False)
            return f"\\[{source}\\]" if element.get("display") == "block" else f"\\({source}\\)"
        case "blank":
            return "____"
        case "img":
            return escape(f"[{element.get('alt') or element.get('src') or ''}]", quote=False)
        case "audio":
            return escape(f"[{element.get('src') or ''}]", quote=False)
        case _:
            return None


def _number(answer: NumericAnswer) -> str:
    low, high = answer.bounds
    if answer.value is None:
        return f"{celltext.number(low)} ~ {celltext.number(high)}"
    more = f" ± {celltext.number(answer.tolerance)}" if answer.tolerance else ""
    return celltext.number(answer.value) + more


def _blank(question: Cloze, name: str) -> str:
    for blank in question.blanks:
        if blank.id != name:
            continue
        if isinstance(blank, ChoiceBlank):
            return next(
                (escape(richtext.plain(c.text), quote=False) for c in blank.choices if c.id == blank.answer), ""
            )
        texts = [a.text if not isinstance(a, NumericAnswer) else _number(a) for a in blank.answer or ()]
        return escape(" / ".join(texts), quote=False)
    return ""


def _list(tag: str, parts: Sequence[str]) -> str:
    items = "".join(f"<li>{part}</li>" for part in parts)
    return f"<{tag}>{items}</{tag}>" if items else ""


def _lines(parts: Sequence[str]) -> str:
    return "<br>".join(parts)


ANKI = Anki()
