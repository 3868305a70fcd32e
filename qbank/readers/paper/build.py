"""Drafts to model questions: ids from content, cloze stems, source and confidence."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from fractions import Fraction
from hashlib import blake2b
from html import escape
from typing import Any

from qbank.model import (
    ONE,
    Accepted,
    Choice,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    SubQuestion,
    TextBlank,
    TrueFalse,
)
from qbank.model import Item as Thing
from qbank.readers.paper.attach import Reading
from qbank.readers.paper.clean import clean
from qbank.readers.paper.resolve import Draft
from qbank.readers.paper.view import View

DRAFT_BELOW = 0.6
_LEVELS: tuple[tuple[str, int], ...] = (
    ("很难", 5), ("较难", 4), ("较易", 2), ("容易", 1), ("简单", 1), ("易", 1), ("中", 3), ("难", 4),
    ("easy", 2), ("medium", 3), ("moderate", 3), ("hard", 4), ("difficult", 4),
)  # fmt: skip


class Builder:
    """Makes the questions of one file; remembers ids, so that an exact repeat gets a counter."""

    def __init__(self, document: str, text: str, view: View) -> None:
        self.document = document
        self.view = view
        self.lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self.text = text
        self.seen: dict[str, int] = {}

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of an offset in the file, from 1."""
        line = bisect_right(self.lines, at)
        return line, at - self.lines[line - 1] + 1

    def spot(self, at: int) -> tuple[int, int]:
        """Line and column of a position in the view."""
        return self.place(self.view.origin(at))

    def mint(self, *parts: str) -> str:
        """An id for content: the same for any spacing, width or punctuation."""
        body = "\x1f".join(_essence(p) for p in parts)
        name = "q-" + blake2b(body.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        count = self.seen[name] = self.seen.get(name, 0) + 1
        return name if count == 1 else f"{name}-{count}"

    def questions(self, reading: Reading) -> list[tuple[Question, list[Draft]]]:
        """The questions of a document, each with the drafts it was made of."""
        out: list[tuple[Question, list[Draft]]] = []
        at = 0
        drafts = reading.drafts
        while at < len(drafts):
            group = drafts[at].item.group
            members = [drafts[at]]
            while (
                group is not None and at + len(members) < len(drafts) and drafts[at + len(members)].item.group is group
            ):
                members.append(drafts[at + len(members)])
            if group is None:
                out.append((self.question(drafts[at], reading), members))
            else:
                out.append((self._group(members, reading), members))
            at += len(members)
        return out

    def _group(self, members: list[Draft], reading: Reading) -> Question:
        group = members[0].item.group
        assert group is not None
        material = clean(self.view.raw[group.start : group.end])
        subs = tuple(self.question(d, reading) for d in members)
        first, last = members[0], members[-1]
        common = self._common(first, reading)
        common["id"] = self.mint(material, *(d.stem for d in members))
        common["stem"] = material
        common.pop("feedback", None)
        common["points"] = ONE
        source: Source = common["source"]
        line, column = self.spot(group.start)
        end_line, end_column = self.spot(last.item.end)
        common["source"] = Source(
            document=source.document, title=source.title, section=source.section, number=group.number,
            line=line, column=column, end_line=end_line, end_column=end_column, text=material,
            confidence=min(confidence(d) for d in members), reasons=source.reasons,
        )  # fmt: skip
        common["status"] = "draft" if all(s.status == "draft" for s in subs) else "ready"
        return Group(questions=subs, **common)

    def question(self, draft: Draft, reading: Reading) -> SubQuestion:
        """One question of the model."""
        common = self._common(draft, reading)
        common["id"] = self.mint(draft.stem, *draft.options)
        answer: Any = draft.answer
        if draft.incomplete or (draft.kind in {"single", "multiple"} and len(draft.options) < 2):
            return ShortAnswer(**common)
        match draft.kind:
            case "single":
                choices = _choices(draft)
                only = choices[answer[0]].id if answer else None
                return SingleChoice(choices=choices, answer=only, **common)
            case "multiple":
                choices = _choices(draft)
                named = tuple(choices[i].id for i in answer) if answer else None
                return MultipleChoice(choices=choices, answer=named, **common)
            case "judge":
                return TrueFalse(answer=answer, **common)
            case "fill":
                return self._fill(draft, common)
            case "match" if draft.prompts:
                return _matching(draft, common)
            case "order" if len(draft.options) >= 2:
                things = tuple(Thing(id=c.id, text=c.text) for c in _choices(draft))
                return Ordering(items=things, answer=tuple(things[i].id for i in answer) if answer else None, **common)
            case "term" | "long":
                return Essay(style=draft.kind, answer=answer, **common)
            case _:
                return Essay(style="short", answer=answer, **common)

    def _fill(self, draft: Draft, common: dict[str, Any]) -> SubQuestion:
        given: Any = draft.answer
        if len(draft.pieces) < 2:
            accepted = tuple(Accepted(text=t) for t in _flat(given)) if given else None
            return ShortAnswer(answer=accepted or None, **common)
        parts: list[str] = []
        blanks: list[TextBlank] = []
        for i, piece in enumerate(draft.pieces):
            if i:
                name = f"b{i}"
                parts.append(f'<blank id="{name}"/>')
                texts = [t for t in given[i - 1] if t] if given and i - 1 < len(given) else []
                blanks.append(TextBlank(id=name, answer=tuple(Accepted(text=t) for t in texts) or None))
            parts.append(escape(piece, quote=False).replace("\n", "<br/>"))
        common["stem"] = Html(html="<p>" + "".join(parts) + "</p>")
        return Cloze(blanks=tuple(blanks), **common)

    def _common(self, draft: Draft, reading: Reading) -> dict[str, Any]:
        item = draft.item
        line, column = self.spot(item.start + _indent(self.view.text, item.start, item.end))
        stop = max(item.start, item.start + len(self.view.text[item.start : item.end].rstrip()))
        end_line, end_column = self.spot(stop)
        sure = confidence(draft)
        common: dict[str, Any] = {
            "id": "q", "stem": draft.stem, "points": draft.points if draft.points else ONE,
            "source": Source(
                document=self.document, title=reading.paper.title, section=item.section.title,
                number=item.mark.printed if item.mark is not None else None,
                line=line, column=column, end_line=end_line, end_column=end_column,
                text=self.view.raw[item.start : stop].strip("\n"), confidence=sure,
                reasons=tuple(dict.fromkeys(reason for _, reason in item.doubts)),
            ),
            "status": "draft" if sure < DRAFT_BELOW or draft.incomplete else "ready",
        }  # fmt: skip
        if draft.explanation:
            common["feedback"] = Feedback(general=draft.explanation)
        if item.knowledge:
            common["tags"] = tuple(
                dict.fromkeys(t.strip() for t in re.split(r"[;；,，、|/]", item.knowledge) if t.strip())
            )
        if item.section.chapter:
            common["category"] = (item.section.chapter,)
        if (level := difficulty(item.difficulty)) is not None:
            common["difficulty"] = level
        return common


def difficulty(text: str) -> int | None:
    """1 to 5 for 易, 中, 难, `Easy`, a coefficient such as 0.7, or a figure; None for anything else."""
    lower = text.lower()
    for word, level in _LEVELS:
        if word in lower:
            return level
    match = re.match(r"\s*(\d(?:\.\d+)?)", text)
    if match is None:
        return None
    value = Fraction(match[1])
    if 0 < value < 1:
        return max(1, min(5, 5 - int(value * 5)))
    return int(value) if value in {1, 2, 3, 4, 5} else None


def confidence(draft: Draft) -> float:
    """How sure the reader is, 0 to 1: what spoke against it, subtracted."""
    return round(max(0.05, 1.0 - sum(weight for weight, _ in draft.item.doubts)), 2)


def _matching(draft: Draft, common: dict[str, Any]) -> Matching:
    """Two lists as prompts and choices, a partner for each prompt where the answer tells every one."""
    prompts = tuple(Prompt(id=f"p{i + 1}", text=text) for i, text in enumerate(draft.prompts))
    choices = _choices(draft)
    pairs = {prompts[i].id: choices[j].id for i, j in draft.pairs.items()} if draft.pairs else None
    return Matching(prompts=prompts, choices=choices, answer=pairs, **common)


def _choices(draft: Draft) -> tuple[Choice, ...]:
    return tuple(Choice(id=chr(97 + i) if i < 26 else f"c{i + 1}", text=text) for i, text in enumerate(draft.options))


def _flat(given: list[list[str]] | str) -> list[str]:
    if isinstance(given, str):
        return [given]
    if len(given) == 1:
        return [t for t in given[0] if t]
    return ["; ".join(texts[0] for texts in given if texts)]


def _essence(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    core = "".join(c for c in plain if c.isalnum())
    return core or "".join(plain.split())


def _indent(text: str, start: int, end: int) -> int:
    body = text[start:end]
    return len(body) - len(body.lstrip()) if body.strip() else 0
