"""Rules about who is who: ids, and questions that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, squeezed
from qbank.model import ChoiceBlank, Cloze, Matching, MultipleChoice, Ordering, Question, SingleChoice


def repeated_id(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Ids are unique in a bank, those of sub-questions included."""
    if question.id in scope.ids:
        yield finding(
            "L101", f"another question has the id {question.id!r}", pointer="/id", hint="give one of them a new id"
        )
    scope.ids.add(question.id)


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
    """Two questions with the same stem and the same choices, whatever their order and spacing."""
    texts = [squeezed(richtext.plain(question.stem))]
    if isinstance(question, SingleChoice | MultipleChoice | Matching):
        texts += sorted(scope.read(question.choices))
    digest = blake2b("\0".join(texts).encode(errors="surrogatepass"), digest_size=8)
    first = scope.contents.setdefault(digest.digest(), question.id)
    if first != question.id:
        yield finding(
            "L302",
            f"{question.id} says the same as {first}",
            pointer="/stem",
            hint=f'remove one, or add "ignore": ["L302"] to {question.id}',
        )
