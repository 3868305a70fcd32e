"""Rules about what the student reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, squeezed
from qbank.model import (
    Choice,
    ChoiceBlank,
    Cloze,
    Item,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    Question,
    SingleChoice,
    TrueFalse,
)

_LEAK = re.compile(r"[(（【\[]\s*([A-HＡ-Ｈ](?:[\s,，、]*[A-HＡ-Ｈ])*|[√×✓✗╳]|对|错|正确|错误)\s*[)）】\]]")
_SUSPECT = re.compile("[\ufffd\ue000-\uf8ff\u2e80-\u2fdf]")

_NAMED = 10
"""How many things a finding names before it counts the rest."""


def empty_stem(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A question that asks nothing."""
    if richtext.is_empty(question.stem):
        yield finding("L201", f"{question.id} has an empty stem", pointer="/stem")


def empty_parts(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A choice, prompt or item without a text."""
    for pointer, parts in _parts(question):
        for i, part in enumerate(parts):
            if not (isinstance(part.text, str) and part.text.strip()) and richtext.is_empty(part.text):
                message = f"{question.id} has a choice, prompt or item without a text"
                yield finding("L202", message, pointer=f"{pointer}/{i}/text")


def identical_choices(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Two choices of one question that read the same."""
    for pointer, parts in _parts(question):
        if pointer == "/choices" and not scope.rich:
            keys = scope.read(parts)  # type: ignore[arg-type]  # what stands at /choices are choices
        else:
            keys = [squeezed(part.text) if isinstance(part.text, str) else part.text.html for part in parts]
        if len(set(keys)) == len(keys):
            continue
        for i, part in enumerate(parts):
            if keys[i] in keys[:i]:
                message = f"two choices of {question.id} both read {richtext.plain(part.text)[:30]!r}"
                yield finding("L203", message, pointer=f"{pointer}/{i}/text")


def _parts(question: Question) -> Iterator[tuple[str, Sequence[Choice | Prompt | Item]]]:
    """The lists of choices, prompts and items with their pointers."""
    match question:
        case SingleChoice() | MultipleChoice():
            yield "/choices", question.choices
        case Matching():
            yield "/prompts", question.prompts
            yield "/choices", question.choices
        case Ordering():
            yield "/items", question.items
        case Cloze():
            for i, blank in enumerate(question.blanks):
                if isinstance(blank, ChoiceBlank):
                    yield f"/blanks/{i}/choices", blank.choices
        case _:
            pass


def markup(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Markup that is outside the subset, or broken."""
    for pointer, text in scope.rich:
        parsed = richtext.parse(text.html)
        if parsed.error is not None:
            yield finding("L205", f"the markup is broken: {parsed.error}", pointer=pointer, hint="qbank fmt mends it")
        if parsed.dropped:
            more = len(parsed.dropped) - _NAMED
            what = ", ".join(parsed.dropped[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            yield finding("L204", f"{what} cannot be kept", pointer=pointer, hint="qbank fmt takes it out")


def formulas(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Formulas whose braces do not match."""
    for pointer, text in scope.rich:
        for element in richtext.elements(text):
            source = richtext.plain_of(element.children)
            if element.tag == "tex" and not _balanced(source):
                yield finding("L206", f"the braces of the formula {source[:40]!r} do not match", pointer=pointer)


def _balanced(source: str) -> bool:
    depth = 0
    for char in re.sub(r"\\.", "", source):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def blanks(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Gaps in the stem of a cloze question, one for each entry of `blanks`, and nowhere else."""
    for pointer, text in scope.rich:
        found = list(richtext.blank_ids(text))
        if found and not (isinstance(question, Cloze) and pointer == "/stem"):
            yield finding("L209", f"the gap {found[0]!r} stands where no gap can be", pointer=pointer)
    if isinstance(question, Cloze):
        stem = list(richtext.blank_ids(question.stem))
        listed = [blank.id for blank in question.blanks]
        for name in dict.fromkeys(stem):
            if name not in listed:
                yield finding("L208", f"the gap {name!r} in the stem has no entry in 'blanks'", pointer="/stem")
            elif stem.count(name) > 1:
                yield finding("L208", f"the gap {name!r} stands in the stem twice", pointer="/stem")
        for i, name in enumerate(listed):
            if name not in stem:
                message = f"the blank {name!r} has no gap in the stem"
                yield finding("L208", message, pointer=f"/blanks/{i}", hint=f'write <blank id="{name}"/> in the stem')


def leaked_answer(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem whose brackets show a letter or a mark."""
    if isinstance(question, SingleChoice | MultipleChoice | TrueFalse):
        found = _LEAK.search(richtext.plain(question.stem))
        if found:
            yield finding("L210", f"the stem shows {found.group()!r}: is that the answer?", pointer="/stem")


def suspect(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Characters that are the scars of a conversion."""
    if not _SUSPECT.search("".join([text if isinstance(text, str) else text.html for _, text in scope.texts])):
        return
    for pointer, text in scope.texts:
        raw = text if isinstance(text, str) else text.html
        found = _SUSPECT.search(raw)
        if found:
            code = f"U+{ord(found.group()):04X}"
            yield finding("L211", f"the text holds {found.group()!r} ({code}), a scar of a conversion", pointer=pointer)
