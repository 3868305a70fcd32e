"""Rules about who is who: ids, and questions that say the same."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import blake2b

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, squeezed
from qbank.model import (
    ChoiceBlank,
    Cloze,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    SingleChoice,
    TrueFalse,
)


def repeated_id(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Ids are unique in a bank, those of sub-questions included.

    The same id twice (L101) makes one question overwrite the other. Ids that
    differ in case alone (L307) are one on platforms and file systems that do
    not tell them apart.

    Remedy: give one of them a new id.
    """
    name = question.id
    lower = name.lower()
    if name in scope.ids:
        yield finding("L101", f"another question has the id {name!r}", pointer="/id", hint="give one of them a new id")
    elif lower in scope.folded or (lower != name and lower in scope.ids):
        message = f"the id {name!r} differs from another in case alone"
        yield finding("L307", message, pointer="/id", hint="give one of them a new id")
    scope.ids.add(name)
    if lower != name:
        scope.folded.add(lower)


def repeated_part(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """The ids of the choices, prompts, items or blanks of a question are unique."""
    for name, ids in _parts(question):
        if len(set(ids)) == len(ids):
            continue
        seen: set[str] = set()
        for i, part in enumerate(ids):
            if part in seen:
                where = name.rpartition("/")[2]
                yield finding("L102", f"two of the {where} have the id {part!r}", pointer=f"/{name}/{i}/id")
            seen.add(part)


def _parts(question: Question) -> Iterator[tuple[str, list[str]]]:
    match question:
        case SingleChoice() | MultipleChoice():
            yield "choices", [c.id for c in question.choices]
        case Matching():
            yield "choices", [c.id for c in question.choices]
            yield "prompts", [p.id for p in question.prompts]
        case Ordering():
            yield "items", [i.id for i in question.items]
        case Cloze():
            yield "blanks", [b.id for b in question.blanks]
            for i, blank in enumerate(question.blanks):
                if isinstance(blank, ChoiceBlank):
                    yield f"blanks/{i}/choices", [c.id for c in blank.choices]
        case _:
            pass


def duplicate(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Two questions with the same stem and the same choices, whatever their order, spacing and punctuation.

    Where their answers agree, or one has none, a copy was left in the bank
    (L302). Where they differ (L304), at most one can be right.

    Remedy: `qbank dedupe` shows both, with all that differs.
    """
    said = scope.folded_texts(question)
    key = "\0".join([said[0], *sorted(said[1:])])
    digest = blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest()
    answer = _answer(question, scope)
    mark = f"{zlib.crc32(answer.encode(errors='surrogatepass')):x}" if answer else ""
    own = f"{question.id} {mark}"
    known = scope.contents.setdefault(digest, own)
    first, _, other = known.partition(" ")
    if known is own or first == question.id:
        return
    if mark and other and mark != other:
        message = f"{question.id} asks the same as {first}, and the answers differ"
        yield finding(
            "L304", message, pointer="/answer", hint="at most one of the two is right; qbank dedupe shows them"
        )
    else:
        yield finding(
            "L302",
            f"{question.id} says the same as {first}",
            pointer="/stem",
            hint=f'remove one, or add "ignore": ["L302"] to {question.id}',
        )


def _answer(question: Question, scope: Scope) -> str:
    """The answer in words, whatever the order and the ids of the choices; empty where it is unknown or free."""
    match question:
        case SingleChoice() | MultipleChoice() if question.answer is not None:
            named = (question.answer,) if isinstance(question.answer, str) else question.answer
            said = scope.folded_texts(question)
            return "\0".join(sorted([said[i] for i, choice in enumerate(question.choices, 1) if choice.id in named]))
        case TrueFalse() if question.answer is not None:
            return str(question.answer)
        case Numeric() if question.answer is not None:
            return "\0".join(sorted(str(answer.bounds) for answer in question.answer))
        case Matching() if question.answer is not None:
            read = scope.read(question.choices)
            texts = {choice.id: key for choice, key in zip(question.choices, read, strict=True)}
            sides = {prompt.id: squeezed(richtext.plain(prompt.text)) for prompt in question.prompts}
            return "\0".join(sorted(f"{sides.get(a)}={texts.get(b)}" for a, b in question.answer.items()))
        case _:
            return ""
