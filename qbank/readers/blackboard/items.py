"""Blackboard 6's QTI 1.2 with its own blocks and kinds (question/format/blackboard_six/formatqti.php).

An item says its kind in `bbmd_questiontype`; its texts stand in blocks called
QUESTION_BLOCK, RESPONSE_BLOCK and RIGHT_MATCH_BLOCK, and what is right in the
`respcondition` titled "correct".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from qbank.formats.moodle import read_number
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Choice,
    Essay,
    Feedback,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    TrueFalse,
)
from qbank.readers.markup import moodle_text
from qbank.readers.parts import UNNAMED, Parts, choices, names, whole

_FORMS = {"HTML": "html", "SMART_TEXT": "moodle_auto_format", "PLAIN_TEXT": "plain_text"}
_TRUE = frozenset(
    {"true", "yes", "agree", "right", "yes_no.true", "agree_disagree.true", "right_wrong.true", "true_false.true"}
)
_FALSE = frozenset(
    {
        "false",
        "no",
        "disagree",
        "wrong",
        "yes_no.false",
        "agree_disagree.false",
        "right_wrong.false",
        "true_false.false",
    }
)


def title(root: Any) -> str:
    """What the pool or the test is called."""
    found = root.find("assessment")
    return " ".join((found.get("title") or "").split()) if found is not None else ""


def questions(root: Any, parts: Parts) -> Iterator[Question]:
    """The questions in the order of the file."""
    for element in root.iter("item"):
        parts.line = element.sourceline or 0
        yield parts.named(_Entry(element, parts).question())


@dataclass(frozen=True, slots=True)
class _Label:
    """Something to choose: its identifier and its text."""

    ident: str
    text: Text


@dataclass(slots=True)
class _Entry:
    """Reads one item."""

    item: Any
    parts: Parts

    def question(self) -> Question:
        kind = self._said("bbmd_questiontype")
        worth = read_number(self._said("qmd_absolutescore_max"))
        common: dict[str, Any] = {
            "id": UNNAMED,
            "stem": self._text(self._blocks("QUESTION_BLOCK")),
            "points": worth[0] if worth is not None and worth[0] > 0 else ONE,
            "source": Source(
                document=self.parts.document,
                line=self.item.sourceline,
                number=self._said("bbmd_asi_object_id") or self.item.get("ident"),
            ),
        }
        right, wrong = self._feedback("correct"), self._feedback("incorrect")
        if right is not None or wrong is not None:
            common["feedback"] = Feedback(correct=right, incorrect=wrong)
        match kind:
            case "Multiple Choice" | "Opinion Scale" | "Multiple Answer":
                return self._choice(kind, common)
            case "True/False" | "Either/Or":
                return self._truth(right, wrong, common)
            case "Fill in the Blank":
                return self._blank(common)
            case "Essay" | "Short Response" | "File Upload" | "File Response":
                told = self._feedback("solution")
                return Essay(answer=told, attachments=1 if kind.startswith("File") else 0, **common)
            case "Matching":
                return self._matching(common)
            case "Numeric":
                return self._numeric(common)
            case "Ordering":
                return self._ordering(common)
            case _:
                self.parts.remark(
                    "R040", f"Blackboard's kind {kind or '(none)'} is none of a bank; it is kept as a draft"
                )
                return Information(status="draft", extensions=whole("blackboard", kind, self.item), **common)

    # Kinds

    def _choice(self, kind: str, common: dict[str, Any]) -> Question:
        labels = self._labels(self._blocks("RESPONSE_BLOCK"))
        if len(labels) < 2:
            self.parts.remark("R006", "a choice question has fewer than two choices; it is kept as a draft")
            return ShortAnswer(status="draft", **common)
        told = [self._feedback(label.ident) for label in labels]
        made = choices([label.text for label in labels], told)
        by_ident = {label.ident: choice.id for label, choice in zip(labels, made, strict=True)}
        found = list(dict.fromkeys(by_ident[ident] for ident in self._right() if ident in by_ident))
        shuffle = any(one.get("shuffle") == "Yes" for one in self.item.iter("render_choice"))
        if not found:
            self.parts.remark("R011", "no answer was found")
        if kind != "Multiple Answer":
            if len(found) > 1:
                self.parts.remark("R013", f"{len(found)} choices of a single choice are right; the first was taken")
            return SingleChoice(choices=made, answer=found[0] if found else None, shuffle=shuffle, **common)
        if self._said("bbmd_partialcredit").lower() != "true" or not found:
            return MultipleChoice(
                choices=made, answer=tuple(found) or None, scoring="all_or_nothing", shuffle=shuffle, **common
            )
        # a share for each right choice, nothing for the others, as Moodle reads it
        weighed = tuple(
            Choice(
                id=choice.id,
                text=choice.text,
                feedback=choice.feedback,
                weight=ONE / len(found) if choice.id in found else ZERO,
            )
            for choice in made
        )
        return MultipleChoice(choices=weighed, answer=tuple(found), scoring="weighted", shuffle=shuffle, **common)

    def _truth(self, right: Text | None, wrong: Text | None, common: dict[str, Any]) -> Question:
        common.pop("feedback", None)
        key = next(iter(self._right()), "").strip().lower()
        if key not in _TRUE | _FALSE:
            self.parts.remark("R011" if not key else "R012", f"the answer {key[:40]!r} says neither true nor false")
            return TrueFalse(**common)
        truth = key in _TRUE
        true, false = (right, wrong) if truth else (wrong, right)
        return TrueFalse(answer=truth, feedback_true=true, feedback_false=false, **common)

    def _blank(self, common: dict[str, Any]) -> Question:
        found = [
            one
            for condition in self.item.iterfind("resprocessing/respcondition")
            if condition.get("title") != "incorrect"
            for one in condition.iterfind("conditionvar//varequal")
        ]
        words = list(dict.fromkeys((one.text or "").strip() for one in found))
        if not any(words):
            self.parts.remark("R011", "no answer was found")
        strict = bool(found) and all(one.get("case") == "Yes" for one in found)
        accepted = tuple(Accepted(text=word) for word in words if word)
        return ShortAnswer(answer=accepted or None, case_sensitive=strict, **common)

    def _numeric(self, common: dict[str, Any]) -> Question:
        condition = self._condition()
        bounds = {}
        for name in ("vargte", "varlte", "varequal"):
            found = None if condition is None else condition.find(f"conditionvar//{name}")
            number = None if found is None else read_number(found.text or "")
            bounds[name] = None if number is None else number[0]
        low, high, exact = bounds["vargte"], bounds["varlte"], bounds["varequal"]
        if low is not None and high is not None:
            return Numeric(answer=(NumericAnswer(min=min(low, high), max=max(low, high)),), **common)
        if exact is None:
            self.parts.remark("R011", "no number was found")
        return Numeric(answer=(NumericAnswer(value=exact),) if exact is not None else None, **common)

    def _matching(self, common: dict[str, Any]) -> Question:
        offered = [self._text([flow]) for block in self._blocks("RIGHT_MATCH_BLOCK") for flow in block.findall("flow")]
        made = tuple(Choice(id=name, text=text) for name, text in zip(names(), offered, strict=False))
        right = {
            one.get("respident"): (one.text or "").strip()
            for one in self.item.iterfind("resprocessing/respcondition//varequal")
        }
        prompts: list[Prompt] = []
        answer: dict[str, str] = {}
        for flow in (flow for block in self._blocks("RESPONSE_BLOCK") for flow in block.findall("flow")):
            response = flow.find(".//response_lid")
            if response is None:
                continue
            idents = [label.get("ident") for label in response.iter("response_label")]
            prompts.append(Prompt(id=str(len(prompts) + 1), text=self._text(flow.findall("flow"))))
            wanted = right.get(response.get("ident"))
            place = idents.index(wanted) if wanted in idents else len(made)
            if place < len(made):
                answer[prompts[-1].id] = made[place].id
        if not prompts or len(made) < 2:
            self.parts.remark("R006", "a matching question has nothing to match; it is kept as a draft")
            return Essay(status="draft", **common)
        if len(answer) < len(prompts):
            self.parts.remark("R011", f"{len(prompts) - len(answer)} of its prompts have no answer")
        whole = answer if len(answer) == len(prompts) else None
        return Matching(prompts=tuple(prompts), choices=made, answer=whole, **common)

    def _ordering(self, common: dict[str, Any]) -> Question:
        labels = self._labels(self._blocks("RESPONSE_BLOCK"))
        if len(labels) < 2:
            self.parts.remark("R006", "an ordering has fewer than two items; it is kept as a draft")
            return Essay(status="draft", **common)
        ids = {label.ident: str(i) for i, label in enumerate(labels, 1)}
        order = tuple(dict.fromkeys(ids[ident] for ident in self._right() if ident in ids))
        if len(order) < len(ids):
            self.parts.remark("R011", "the right order was not found")
        items = tuple(Item(id=ids[label.ident], text=label.text) for label in labels)
        return Ordering(items=items, answer=order if len(order) == len(ids) else None, **common)

    # What is right

    def _condition(self) -> Any | None:
        """The `respcondition` for the right answer."""
        conditions = self.item.findall("resprocessing/respcondition")
        for condition in conditions:
            if (condition.get("title") or "").lower() == "correct":
                return condition
        for condition in conditions:
            shown = condition.find("displayfeedback")
            if shown is not None and (shown.get("linkrefid") or "").lower() == "correct":
                return condition
        return next((one for one in conditions if (one.findtext("setvar") or "").strip() == "SCORE.max"), None)

    def _right(self) -> Iterator[str]:
        """The identifiers that the right answer has; what it must not have stands in `not`."""
        condition = self._condition()
        if condition is None:
            return
        for one in condition.iterfind("conditionvar//varequal"):
            if not any(outer.tag == "not" for outer in one.iterancestors()):
                yield (one.text or "").strip()

    # Texts

    def _said(self, name: str) -> str:
        return (self.item.findtext(f"itemmetadata/{name}") or "").strip()

    def _blocks(self, name: str) -> list[Any]:
        return [flow for flow in self.item.iterfind("presentation//flow") if flow.get("class") == name]

    def _labels(self, blocks: list[Any]) -> list[_Label]:
        labels = [label for block in blocks for label in block.iter("response_label")]
        return [_Label(label.get("ident") or str(i), self._text([label])) for i, label in enumerate(labels)]

    def _feedback(self, ident: str) -> Text | None:
        """The feedback of that name; None where it says nothing."""
        found = [one for one in self.item.iterfind("itemfeedback") if one.get("ident") == ident]
        text = self._text(found) if found else ""
        return text if text != "" else None

    def _text(self, elements: list[Any]) -> Text:
        """The texts and the files inside some elements, one after the other."""
        pieces: list[str] = []
        plain: list[Text] = []
        for element in elements:
            for part in element.iter("mat_formattedtext", "mattext", "matapplication", "matimage"):
                if part.tag in ("matapplication", "matimage"):
                    address = part.get("uri") or part.get("label") or ""
                    if address.strip():
                        pieces.append(f'<p><img src="{escape(address)}" alt="{escape(part.get("label") or "")}"/></p>')
                    continue
                source = part.text or ""
                if not source.strip():
                    continue
                kind = part.get("type") if part.tag == "mat_formattedtext" else part.get("texttype")
                form = _FORMS.get((kind or "").upper(), "plain_text" if kind == "text/plain" else "html")
                rich = moodle_text(source, form, media=self.parts.media)
                plain.append(self.parts.text(rich))
                pieces.append(_markup(source, form))
        if len(pieces) == len(plain) == 1:
            return plain[0]
        return self.parts.text(moodle_text("".join(pieces), "html", media=self.parts.media)) if pieces else ""


def _markup(source: str, form: str) -> str:
    """A text among others, as a block of HTML."""
    shown = source if form != "plain_text" else escape(source, quote=False)
    return f"<div>{shown if form == 'html' else shown.strip().replace(chr(10), '<br/>')}</div>"
