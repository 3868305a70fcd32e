"""Two questions as one, where a paper reader tore one apart."""

from __future__ import annotations

from typing import Any

from qbank import richtext
from qbank.model import (
    Choice,
    Cloze,
    Essay,
    Feedback,
    Group,
    Html,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    kind_of,
)
from qbank.review.fields import FieldError, changed, checked, free_part, with_mark
from qbank.review.shared import Notes, options_from, settings_lost


def merge(first: Question, second: Question) -> tuple[Question, Notes]:
    """One question of two that belong together: the second goes on where the first stopped.

    The first's id and place stay. Options at the start of the second's stem, or
    its choices, follow the first's choices. Raises `FieldError` for two
    questions that both have parts of their own which cannot be one list.
    """
    if isinstance(first, Group) or isinstance(second, Group):
        raise FieldError("a group cannot be merged; merge its questions")
    notes: list[str] = []
    choosing = SingleChoice | MultipleChoice
    made: Question
    if isinstance(first, Cloze) and isinstance(second, Cloze):
        made = _both_gaps(first, second)
    elif isinstance(first, choosing):
        made = _appended(first, second, notes)
    elif not _has_parts(first):
        stem = _joined(first.stem, second.stem)
        base = second if _has_parts(second) or _answered(second) else first
        made = changed(base, stem=stem)
        if base is second and _answered(first):
            made = _both_answers(first, made, notes)
    elif not _has_parts(second):
        made = changed(first, stem=_joined(first.stem, second.stem))
        made = _both_answers(second, made, notes)
    else:
        raise FieldError(
            f"a {kind_of(first)} and a {kind_of(second)} question cannot be merged; each has parts of its own"
        )
    for which, question in (("first", first), ("second", second)):
        notes += [f"left out: the {which}'s {what}" for what in settings_lost(question, made)]
    return checked(_common_of(made, first, second, notes)), tuple(notes)


def _appended(first: SingleChoice | MultipleChoice, second: Question, notes: list[str]) -> Question:
    """The second's words after the first's choices: as choices where they are options, else in the last one."""
    choices = list(first.choices)
    plain = second.stem if isinstance(second.stem, str) else None
    found = options_from(plain, len(choices)) if plain is not None else None
    if found is None and not richtext.is_empty(second.stem):
        choices[-1] = changed(choices[-1], text=_joined(choices[-1].text, second.stem))
    elif found is not None:
        if found.before.strip():
            choices[-1] = changed(choices[-1], text=_joined(choices[-1].text, found.before))
        for text in found.texts:
            choices.append(Choice(id=free_part(c.id for c in choices), text=text))
    renamed: dict[str, str] = {}
    if isinstance(second, SingleChoice | MultipleChoice):
        for choice in second.choices:
            renamed[choice.id] = free_part(c.id for c in choices)
            choices.append(changed(choice, id=renamed[choice.id]))
    elif _has_parts(second):
        raise FieldError(f"the parts of a {kind_of(second)} question cannot follow choices")
    made = changed(first, choices=tuple(choices))
    answer = getattr(second, "answer", None)
    if answer is None:
        return made
    if not renamed or first.answer is not None:
        notes.append(f"left out: the second's answer {_said(answer)}")
        return made
    if isinstance(made, SingleChoice):
        ids = [answer] if isinstance(answer, str) else list(answer)
        if len(ids) == 1:
            return changed(made, answer=renamed[ids[0]])
        notes.append(f"left out: the second's answer {_said(answer)}")
        return made
    ids = [answer] if isinstance(answer, str) else list(answer)
    return changed(made, answer=tuple(renamed[i] for i in ids))


def _has_parts(question: Question) -> bool:
    return isinstance(question, SingleChoice | MultipleChoice | Matching | Ordering | Cloze)


def _answered(question: Question) -> bool:
    return getattr(question, "answer", None) is not None


def _said(answer: Any) -> str:
    if isinstance(answer, Html):
        return richtext.plain(answer)[:60]
    if isinstance(answer, str | bool):
        return str(answer)[:60]
    return " / ".join(str(getattr(a, "text", a)) for a in answer)[:60]


def _both_answers(other: Question, made: Question, notes: list[str]) -> Question:
    """`made` with the other's answer too, where both are words; otherwise it is named as left out."""
    theirs = getattr(other, "answer", None)
    if theirs is None:
        return made
    mine = getattr(made, "answer", None)
    if isinstance(made, Essay) and isinstance(other, Essay):
        return changed(made, answer=theirs if mine is None else _joined(theirs, mine))
    if isinstance(made, ShortAnswer) and isinstance(other, ShortAnswer):
        known = {a.text for a in theirs}
        return changed(made, answer=(*theirs, *(a for a in made.answer or () if a.text not in known)))
    notes.append(f"left out: the answer {_said(theirs)}")
    return made


def _both_gaps(first: Cloze, second: Cloze) -> Cloze:
    """One cloze of two, with new ids for those gaps of the second whose ids the first has."""
    taken = {b.id for b in first.blanks} | set(richtext.blank_ids(first.stem))
    names: dict[str, str] = {}
    for name in dict.fromkeys((*richtext.blank_ids(second.stem), *(b.id for b in second.blanks))):
        free = (f"b{n}" for n in range(1, len(taken) + 2) if f"b{n}" not in taken)
        names[name] = next(free) if name in taken else name
        taken.add(names[name])

    def renamed(element: richtext.Element) -> str | None:
        return f'<blank id="{names[element.get("id") or ""]}"/>' if element.tag == "blank" else None

    stem = richtext.canonical(Html(html=richtext.html_of(richtext.blocks(second.stem), renamed)))
    blanks = tuple(changed(b, id=names[b.id]) for b in second.blanks)
    return changed(first, stem=_joined(first.stem, stem), blanks=(*first.blanks, *blanks))


def _joined(first: Text, second: Text) -> Text:
    if richtext.is_empty(first):
        return second
    if richtext.is_empty(second):
        return first
    if isinstance(first, str) and isinstance(second, str):
        return f"{first.rstrip()}\n{second.lstrip()}"
    return richtext.canonical(Html(html=richtext.serialize((*richtext.blocks(first), *richtext.blocks(second)))))


def _common_of(made: Question, first: Question, second: Question, notes: list[str]) -> Question:
    """What all kinds share, of both: the first's word where only one can stand, named where the second's is lost."""
    for name in ("title", "difficulty", "language", "penalty"):
        mine, theirs = getattr(first, name), getattr(second, name)
        if mine is not None and theirs is not None and mine != theirs:
            notes.append(f"left out: the second's {name} {theirs}")
    if second.points not in (first.points, 1):
        notes.append(f"left out: the second's points, {second.points}")
    if second.category not in (first.category, ()):
        notes.append(f"left out: the second's category {' / '.join(second.category)}")
    feedback = _feedback(first.feedback, second.feedback)
    return changed(
        with_mark(made, accepted=False),
        id=first.id,
        title=first.title or second.title,
        points=first.points,
        penalty=first.penalty if first.penalty is not None else second.penalty,
        feedback=None if feedback == Feedback() else feedback,
        hints=(*first.hints, *second.hints),
        tags=tuple(dict.fromkeys((*first.tags, *second.tags))),
        category=first.category or second.category,
        difficulty=first.difficulty or second.difficulty,
        language=first.language or second.language,
        status="draft",
        source=_source_of(first.source, second.source),
        ignore=tuple(dict.fromkeys((*first.ignore, *second.ignore))),
        extensions=_extensions(first, second),
    )


def _extensions(first: Question, second: Question) -> dict[str, dict[str, Any]]:
    mine, theirs = (with_mark(q, accepted=False).extensions for q in (first, second))
    return {name: {**theirs.get(name, {}), **mine.get(name, {})} for name in dict.fromkeys((*mine, *theirs))}


def _feedback(first: Feedback | None, second: Feedback | None) -> Feedback:
    made = {}
    for name in ("general", "correct", "partial", "incorrect"):
        mine, theirs = getattr(first, name, None), getattr(second, name, None)
        made[name] = mine if theirs is None else theirs if mine is None else _joined(mine, theirs)
    return Feedback(**made)


def _source_of(first: Source | None, second: Source | None) -> Source | None:
    """From where the first begins to where the second ends, where that is one document."""
    if first is None or second is None:
        return first or second
    if first.document != second.document:
        return first
    sure = [c for c in (first.confidence, second.confidence) if c is not None]
    return changed(
        first,
        end_line=second.end_line if second.end_line is not None else first.end_line,
        end_column=second.end_column if second.end_line is not None else first.end_column,
        text="\n".join(t for t in (first.text, second.text) if t) or None,
        confidence=min(sure) if sure else None,
        reasons=tuple(dict.fromkeys((*first.reasons, *second.reasons))),
    )
