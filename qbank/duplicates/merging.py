"""Several copies of a question as one: the first id, the best answer, and a record of all the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from qbank.bankfile import json_number, question_object
from qbank.duplicates.sameness import Media, aligned, aligned_blanks, answers, loose, strict
from qbank.model import (
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Feedback,
    Group,
    MultipleChoice,
    Question,
    SingleChoice,
    SubQuestion,
    TrueFalse,
)

EXTENSION = "qbank"
"""The entry of `extensions` that holds `merged`: a list of `{"id", "source", ...what was not taken over}`."""

_BODY = frozenset({"stem", "choices", "prompts", "items", "blanks", "questions", "answer"})
_OWN = frozenset({"id", "source", "tags", "extensions", "ignore", "status"})
_FILLED = frozenset({"title", "feedback", "hints", "category", "difficulty", "language", "penalty", "rubric"})

Asked = TypeVar("Asked", bound=Question)


def differing(one: Question, other: Question) -> tuple[str, ...]:
    """The properties, apart from the words and the answer, in which two copies contradict each other."""
    ours, theirs = question_object(one), question_object(other)
    names = [name for name in {**ours, **theirs} if name not in _BODY | _OWN]
    return tuple(n for n in names if ours.get(n) != theirs.get(n) and not (n in _FILLED and not _both(n, ours, theirs)))


def _both(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether both state the property, so that one cannot simply complete the other."""
    if name == "feedback" and name in ours and name in theirs:
        return any(ours[name][part] != text for part, text in theirs[name].items() if part in ours[name])
    return name in ours and name in theirs


def merged(copies: Sequence[Question], media: Media, *, near: bool = False) -> Question:
    """One question for all copies, the first of which gives the id and the source.

    The words and settings are those of the copy with the most answers (ready
    before draft, then the first). Tags are united; feedback and whatever else
    it lacks is taken from the others. What differs and could not be taken over
    is kept in the record. `near` copies differ in words, so theirs are kept too.
    """
    first = copies[0]
    base = _base(copies, media)
    whole = _completed(base, [copy for copy in copies if copy is not base], media, same_words=not near)
    whole = _renamed(whole, first, media, same_words=not near)
    result = msgspec.structs.replace(whole, id=first.id, source=first.source)
    record: list[dict[str, Any]] = list(_merged_before(first))
    for copy in copies[1:]:
        entry: dict[str, Any] = {"id": copy.id}
        if copy.source is not None:
            entry["source"] = msgspec.to_builtins(copy.source)
        record += [entry | _left_over(copy, result, media, near), *_merged_before(copy)]
    if base is not first:
        left = _left_over(first, result, media, near)
        if left:
            record.insert(0, {"id": first.id} | left)
    extensions = {name: value for copy in reversed([base, *copies]) for name, value in copy.extensions.items()}
    own = {**extensions.get(EXTENSION, {}), "merged": msgspec.json.decode(msgspec.json.encode(record))}
    return msgspec.structs.replace(result, extensions={**extensions, EXTENSION: own})


def _base(copies: Sequence[Question], media: Media) -> Question:
    return max(copies, key=lambda copy: (len(answers(copy, media)), copy.status == "ready"))


def _merged_before(question: Question) -> Iterator[dict[str, Any]]:
    found = question.extensions.get(EXTENSION, {}).get("merged", [])
    if isinstance(found, list):
        yield from (entry for entry in found if isinstance(entry, dict))


def _left_over(copy: Question, result: Question, media: Media, near: bool) -> dict[str, Any]:
    """What a copy says and the result does not."""
    theirs, ours = question_object(copy), question_object(result)
    left = {name: value for name, value in theirs.items() if name not in _BODY | _OWN and ours.get(name) != value}
    for name in ours:
        if name not in theirs and name not in _BODY | _OWN | _FILLED and hasattr(copy, name):
            left[name] = _plain(getattr(copy, name))
    if "feedback" in left and not _both("feedback", ours, theirs):
        del left["feedback"]
    left |= {name: theirs[name] for name in theirs if near and name in _BODY and ours.get(name) != theirs[name]}
    if not near and _notes(copy, media) - _notes(result, media):
        left |= {name: theirs[name] for name in ("choices", "blanks", "questions") if name in theirs}
    extensions = {n: v for n, v in copy.extensions.items() if n != EXTENSION and result.extensions.get(n, v) != v}
    return left | ({"extensions": extensions} if extensions else {})


def _plain(value: Any) -> Any:
    """A property that has its default value, as JSON."""
    return json_number(value) if isinstance(value, Fraction) else msgspec.to_builtins(value)


def _notes(question: Question, media: Media) -> set[str]:
    """Everything the parts of a question say besides their words: feedback of choices, notes of sub-questions."""
    match question:
        case SingleChoice() | MultipleChoice():
            return _choice_notes(question.choices, media)
        case Cloze():
            lists = (b.choices for b in question.blanks if isinstance(b, ChoiceBlank))
            return {note for choices in lists for note in _choice_notes(choices, media)}
        case Group():
            notes = set()
            for rank, (_, sub) in enumerate(aligned(question, media)):
                notes |= {f"{rank}/{note}" for note in _notes(sub, media)}
                value = question_object(sub)
                notes |= {f"{rank} {n} {value[n]}" for n in value if n not in _BODY | _OWN}
            return notes
        case _:
            return set()


def _choice_notes(choices: Iterable[Choice], media: Media) -> set[str]:
    return {f"{loose(strict(c.text, media))}: {strict(c.feedback, media)}" for c in choices if c.feedback is not None}


def _completed(base: Asked, others: Sequence[Question], media: Media, *, same_words: bool) -> Asked:
    """The base with what it lacks taken from the others, the earliest first."""
    changes: dict[str, Any] = {}
    for name in ("title", "difficulty", "language", "penalty"):
        if getattr(base, name) is None:
            changes[name] = next((v for o in others if (v := getattr(o, name)) is not None), None)
    for name in ("hints", "category"):
        if not getattr(base, name):
            changes[name] = next((v for o in others if (v := getattr(o, name))), ())
    changes["tags"] = tuple(dict.fromkeys(tag for question in (base, *others) for tag in question.tags))
    changes["feedback"] = _feedback([base.feedback, *(o.feedback for o in others)])
    alike = [o for o in others if type(o) is type(base)]
    match base:
        case SingleChoice() | MultipleChoice():
            lists = [o.choices for o in others if isinstance(o, SingleChoice | MultipleChoice)]
            changes["choices"] = _choices(base.choices, lists, media)
        case TrueFalse():
            for name in ("feedback_true", "feedback_false"):
                if getattr(base, name) is None:
                    changes[name] = next((v for o in alike if (v := getattr(o, name)) is not None), None)
        case Essay():
            if not base.rubric:
                changes["rubric"] = next((o.rubric for o in alike if isinstance(o, Essay) and o.rubric), ())
        case Cloze() if same_words:
            changes["blanks"] = _blanks(base, [o for o in alike if isinstance(o, Cloze)])
        case Group() if same_words:
            changes["questions"] = _subs(base, [o for o in alike if isinstance(o, Group)], media)
        case _:
            pass
    return msgspec.structs.replace(base, **changes)


def _feedback(found: Sequence[Feedback | None]) -> Feedback | None:
    present = [feedback for feedback in found if feedback is not None]
    if len(present) < 2:
        return present[0] if present else None
    names = ("general", "correct", "partial", "incorrect")
    return Feedback(**{n: next((v for f in present if (v := getattr(f, n)) is not None), None) for n in names})


def _choices(choices: tuple[Choice, ...], others: Sequence[tuple[Choice, ...]], media: Media) -> tuple[Choice, ...]:
    """The choices, those without feedback given that of the choice that reads the same."""
    if not any(c.feedback is not None for listed in others for c in listed):
        return choices
    said: dict[str, Any] = {}
    for listed in others:
        for choice in listed:
            if choice.feedback is not None:
                said.setdefault(strict(choice.text, media), choice.feedback)
    return tuple(
        c if c.feedback is not None else msgspec.structs.replace(c, feedback=said.get(strict(c.text, media)))
        for c in choices
    )


def _blanks(base: Cloze, others: Sequence[Cloze]) -> tuple[Blank, ...]:
    """The blanks, those without an answer given that of the same gap in another copy."""
    known: dict[str, Blank] = {}
    ordered = aligned_blanks(base)
    for other in others:
        for ours, theirs in zip(ordered, aligned_blanks(other), strict=False):
            if ours.answer is None and theirs.answer is not None:
                known.setdefault(ours.id, msgspec.structs.replace(theirs, id=ours.id, share=ours.share))
    return tuple(known.get(blank.id, blank) for blank in base.blanks)


def _subs(base: Group, others: Sequence[Group], media: Media) -> tuple[SubQuestion, ...]:
    """The sub-questions, each with what its copies know."""
    result = list(base.questions)
    columns = [aligned(group, media) for group in (base, *others)]
    for copies in zip(*columns, strict=False):
        place, ours = copies[0]
        theirs = [sub for _, sub in copies]
        best = max(theirs, key=lambda sub: (len(answers(sub, media)), sub.status == "ready"))
        whole = _completed(best, [sub for sub in theirs if sub is not best], media, same_words=True)
        result[place] = msgspec.structs.replace(whole, id=ours.id)
    return tuple(result)


def _renamed(question: Question, first: Question, media: Media, *, same_words: bool) -> Question:
    """A group whose sub-questions have the ids that they have in the first copy."""
    if not (same_words and isinstance(question, Group) and isinstance(first, Group)):
        return question
    result = list(question.questions)
    for (place, sub), (_, named) in zip(aligned(question, media), aligned(first, media), strict=False):
        result[place] = msgspec.structs.replace(sub, id=named.id)
    return msgspec.structs.replace(question, questions=tuple(result))
