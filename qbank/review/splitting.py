"""One question as two, where a paper reader took the second for part of the first."""

from __future__ import annotations

import re
from typing import Any

from qbank import richtext
from qbank.model import (
    Blank,
    Choice,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    MultipleChoice,
    Numeric,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    TrueFalse,
)
from qbank.review.fields import FieldError, changed, checked, free_part, with_mark
from qbank.review.shared import SHARED, Notes, Options, options_in

_NUMBERED = re.compile(r"\s*(?:第\s*)?[(（]?(\d{1,3})(?:[)）.、．:：]|题)\s*")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*?)(/?)>")


def split(question: Question, where: str, at: int, new_id: str) -> tuple[tuple[Question, Question], Notes]:
    """Two questions of one, cut in a field (`stem`, `choice:ID` or `answer`) after `at` characters of its source.

    Cut in the stem, the second keeps the choices, the key and the explanation,
    which follow the stem in a paper; cut in a choice or in a model answer, the
    first keeps what stands before the cut. Options written out in a half become
    its choices; a number at the start of the second goes to its source. Both
    are drafts again. Raises `FieldError` where there is nothing to cut.
    """
    if isinstance(question, Group):
        raise FieldError("the material of a group cannot be split; split one of its questions")
    name, _, part = where.partition(":")
    notes: Notes = ()
    if name == "stem":
        before, after = _cut(question.stem, at)
        if isinstance(question, Cloze):
            first, second = _cloze_halves(question, before, after, new_id)
        else:
            first = _from_text(question, before, question.id)
            second = changed(question, id=new_id, stem=after)
    elif name == "choice" and isinstance(question, SingleChoice | MultipleChoice):
        ids = [c.id for c in question.choices]
        if part not in ids:
            raise FieldError(f"there is no choice {part!r} any more")
        index = ids.index(part)
        before, after = _cut(question.choices[index].text, at)
        kept = (*question.choices[:index], changed(question.choices[index], text=before))
        second = _from_text(question, after, new_id, rest=question.choices[index + 1 :])
        first = _first_choices(question, kept)
        if first.answer is None and question.answer is not None:  # type: ignore[union-attr]
            notes = ("left out: the key, which named a choice that is not the first question's now",)
    elif name == "answer" and isinstance(question, Essay) and question.answer is not None:
        before, after = _cut(question.answer, at)
        first = changed(question, answer=before)
        second = _from_text(question, after, new_id)
    else:
        raise FieldError("put the cursor where the second question begins: in the stem, a choice or the model answer")
    stem, number = _unnumbered(second.stem)
    sources = _sources(question.source, richtext.plain(after), number)
    halves = [
        changed(with_mark(half, accepted=False), status="draft", source=source)
        for half, source in zip((first, changed(second, stem=stem, title=None)), sources, strict=True)
    ]
    return (checked(halves[0]), checked(halves[1])), notes


def _first_choices(question: SingleChoice | MultipleChoice, kept: tuple[Choice, ...]) -> Question:
    if len(kept) < 2:
        kept = (*kept, Choice(id=free_part([c.id for c in kept]), text=""))
    ids = {c.id for c in kept}
    if isinstance(question, SingleChoice):
        return changed(question, choices=kept, answer=question.answer if question.answer in ids else None)
    return changed(question, choices=kept, answer=tuple(a for a in question.answer or () if a in ids) or None)


def _from_text(question: Question, text: Text, name: str, rest: tuple[Choice, ...] = ()) -> Question:
    """A question of a half that has only its words: a choice question if options stand in it, else like the whole."""
    common: dict[str, Any] = {key: getattr(question, key) for key in SHARED}
    common |= {"id": name, "stem": text, "feedback": None, "hints": ()}
    found = options_in(text) if isinstance(text, str) else Options("")
    if found.texts or rest:
        texts = found.texts if found.texts else ()
        choices = [Choice(id=chr(97 + i), text=t) for i, t in enumerate(texts)]
        for choice in rest:
            choices.append(changed(choice, id=free_part(c.id for c in choices)))
        if len(choices) < 2:
            choices.append(Choice(id=free_part(c.id for c in choices), text=""))
        if found.texts:
            common["stem"] = found.before
        kind = MultipleChoice if isinstance(question, MultipleChoice) else SingleChoice
        return kind(choices=tuple(choices), **common)
    match question:
        case SingleChoice() | MultipleChoice() | ShortAnswer() | Numeric() | Cloze():
            return ShortAnswer(**common)
        case TrueFalse():
            return TrueFalse(**common)
        case Essay():
            return Essay(style=question.style, response=question.response, **common)
        case _:
            return Essay(**common)


def _cloze_halves(question: Cloze, before: Text, after: Text, new_id: str) -> tuple[Question, Question]:
    inside = set(richtext.blank_ids(after))
    blanks = [tuple(b for b in question.blanks if (b.id in inside) is of_second) for of_second in (False, True)]

    def half(
        text: Text, name: str, mine: tuple[Blank, ...], feedback: Feedback | None, hints: tuple[Text, ...]
    ) -> Question:
        if not mine:
            return changed(_from_text(question, text, name), feedback=feedback, hints=hints)
        return changed(question, id=name, stem=text, blanks=mine, feedback=feedback, hints=hints)

    first = half(before, question.id, blanks[0], None, ())
    return first, half(after, new_id, blanks[1], question.feedback, question.hints)


def _unnumbered(stem: Text) -> tuple[Text, str | None]:
    """The stem without the number it begins with, and the number."""
    plain = stem if isinstance(stem, str) else richtext.plain(stem)
    match = _NUMBERED.match(plain)
    if match is None or not plain[match.end() :].strip():
        return stem, None
    if isinstance(stem, str):
        return stem[match.end() :], match[1]
    label = re.match(r"((?:<[^<>]*>|\s)*)" + re.escape(plain[: match.end()].strip()) + r"\s*", stem.html)
    return (richtext.canonical(Html(html=label[1] + stem.html[label.end() :])), match[1]) if label else (stem, None)


def _cut(text: Text, at: int) -> tuple[Text, Text]:
    """The two halves of a text; a cut inside a tag moves behind it, and what is open is closed and opened again."""
    if isinstance(text, str):
        halves: tuple[Text, Text] = (text[:at].rstrip(), text[at:].lstrip())
    else:
        source = text.html
        inside = next((m for m in re.finditer(r"<[^<>]*>|&[#\w]{1,10};", source) if m.start() < at < m.end()), None)
        at = inside.end() if inside is not None else at
        stack: list[tuple[str, str]] = []
        for match in _TAG.finditer(source, 0, at):
            closing, tag, attributes, empty = match.groups()
            if closing:
                if stack:
                    stack.pop()
            elif not empty:
                stack.append((tag, attributes))
        before = source[:at] + "".join(f"</{tag}>" for tag, _ in reversed(stack))
        after = "".join(f"<{tag}{attributes}>" for tag, attributes in stack) + source[at:]
        halves = (_trimmed(before), _trimmed(after))
    if richtext.is_empty(halves[0]) or richtext.is_empty(halves[1]):
        raise FieldError("nothing stands on one side of the cursor; put it where the second question begins")
    return halves


def _trimmed(markup: str) -> Text:
    """The half of a rich text, without the empty paragraphs that the cut made."""
    blocks = richtext.parse(markup).blocks
    kept = tuple(b for b in blocks if not (b.tag == "p" and not richtext.serialize(b.children).strip()))
    text = richtext.canonical(Html(html=richtext.serialize(kept)))
    return text.strip() if isinstance(text, str) else text


def _sources(source: Source | None, after: str, number: str | None) -> tuple[Source | None, Source | None]:
    """The places of the two halves: cut where the second's words begin, both the whole where they are not found."""
    if source is None:
        return None, None
    whole = source.text or ""
    start = whole.find(after[:24]) if after else -1
    second = changed(source, number=number) if number else changed(source, number=None)
    if start <= 0 or source.line is None:
        return source, second
    line = source.line + whole.count("\n", 0, start)
    column = start - whole.rfind("\n", 0, start) if "\n" in whole[:start] else (source.column or 1) + start
    first = changed(source, text=whole[:start].rstrip(), end_line=line, end_column=column)
    return first, changed(second, text=whole[start:], line=line, column=column)
