"""Rules about what the student reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope
from qbank.model import (
    Choice,
    ChoiceBlank,
    Cloze,
    Html,
    Item,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    Question,
    SingleChoice,
    Text,
    TrueFalse,
)

LEAK = re.compile(r"[(（【\[]\s*([A-HＡ-Ｈ](?:[\s,，、]*[A-HＡ-Ｈ])*|[√×✓✗╳]|对|错|正确|错误)\s*[)）】\]]")

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


def identical_choices(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Two choices of one question that read the same.

    A student who knows the answer cannot tell which of the two is meant, and
    some platforms refuse the question. Case counts: `Na` and `NA` are two.

    Remedy: change or remove one of the two.
    """
    for pointer, parts in _parts(question):
        keys = [_key(part.text) for part in parts]
        if len(set(keys)) == len(keys):
            continue
        seen: set[str | Text] = set()
        for i, part in enumerate(parts):
            if keys[i] not in seen:
                seen.add(keys[i])
            else:
                message = f"two choices of {question.id} both read {richtext.plain(part.text)[:30]!r}"
                yield finding("L203", message, pointer=f"{pointer}/{i}/text")


def _key(text: Text) -> str | Text:
    """What a text reads without white space; rich text that is no more than paragraphs is as good as plain."""
    if isinstance(text, Html):
        if not all(element.tag in ("p", "div", "br") for element in richtext.elements(text)):
            return text
        text = richtext.plain(text)
    return "".join(text.split())


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
    """Formulas that do not close what they open (braces, `\\left`, `\\begin`), or with a misspelt command (`\\farc`).

    Such a formula is shown as an error message, or not at all.

    Remedy: close it.
    """
    for pointer, text in scope.rich:
        for element in richtext.elements(text):
            source = richtext.plain_of(element.children)
            odd = _unclosed(source) if element.tag == "tex" else None
            if odd:
                yield finding("L206", f"{odd} in the formula {source[:40]!r}", pointer=pointer)


def plain_formulas(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """TeX in a plain text whose delimiters or braces do not match: `$x^{2$`.

    Remedy: close it; better, make it rich text with `<tex>`.
    """
    for pointer, text in scope.texts:
        if not isinstance(text, str) or not _TEX.search(text):
            continue
        bare = _ESCAPED.sub("", text)
        if bare.count("$") % 2 or text.count("\\(") != text.count("\\)") or text.count("\\[") != text.count("\\]"):
            yield finding("L219", "the TeX of the text has a delimiter without its other half", pointer=pointer)
            continue
        for found in _INLINE.finditer(text):
            odd = _unclosed(found.group())
            if odd:
                yield finding("L219", f"{odd} in {found.group()[:40]!r}", pointer=pointer)
                break


def tex_as_text(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """TeX in a plain text, which is shown as it is. Only where asked for (`--extend-select L220`)."""
    for pointer, text in scope.texts:
        found = _INLINE.search(text) if isinstance(text, str) and _TEX.search(text) else None
        if found:
            message = f"{found.group()[:40]!r} stands in a plain text, where it is shown as it is"
            yield finding("L220", message, pointer=pointer, hint='write {"html": "<p><tex>...</tex></p>"}')


_TEX = re.compile(r"\\[a-zA-Z]{2,}|[_^]\{|\\[(\[]|\$[^$\n]*[\\^_{}]")
_ESCAPED = re.compile(r"\\[\\$]")
_INLINE = re.compile(r"\$\$.*?\$\$|\$[^$]+\$|\\\(.*?\\\)|\\\[.*?\\\]", re.S)


_SLIPS = "frc fra farc frca fracc sqr sqtr srqt sqtt tims tiems aplha alhpa bgein begn mathmr matrhm rigth rihgt letf lfet cdto"
_MISSPELT = frozenset(_SLIPS.split())
"""Slips in writing common commands; no package defines any of them."""


def _unclosed(source: str) -> str | None:
    """What is wrong with the commands or brackets of a formula, in words."""
    depth = 0
    for char in re.sub(r"\\.", "", source):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            break
    if depth:
        return "the braces do not match"
    slip = next((name for name in re.findall(r"\\([a-z]+)", source) if name in _MISSPELT), None)
    if slip is not None:
        return f"\\{slip} is no command"
    if len(re.findall(r"\\left(?![a-z])", source)) != len(re.findall(r"\\right(?![a-z])", source)):
        return r"\left and \right do not match"
    begun, ended = (sorted(re.findall(rf"\\{word}\{{([^{{}}]*)\}}", source)) for word in ("begin", "end"))
    return r"\begin and \end do not match" if begun != ended else None


def blanks(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Gaps anywhere but in the stem of a cloze question: nothing can be written there."""
    for pointer, text in scope.rich:
        found = list(richtext.blank_ids(text))
        if found and not (isinstance(question, Cloze) and pointer == "/stem"):
            yield finding("L209", f"the gap {found[0]!r} stands where no gap can be", pointer=pointer)


def missing_gaps(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """The gaps in the stem of a cloze question and the entries of `blanks`, one for each.

    Remedy: write `<blank id="..."/>` for each entry, once.
    """
    if not isinstance(question, Cloze):
        return
    stem = Counter(richtext.blank_ids(question.stem))
    listed = dict.fromkeys(blank.id for blank in question.blanks)
    for name, count in stem.items():
        if name not in listed:
            yield finding("L208", f"the gap {name!r} in the stem has no entry in 'blanks'", pointer="/stem")
        elif count > 1:
            yield finding("L208", f"the gap {name!r} stands in the stem twice", pointer="/stem")
    for i, name in enumerate(blank.id for blank in question.blanks):
        if name not in stem:
            message = f"the blank {name!r} has no gap in the stem"
            yield finding("L208", message, pointer=f"/blanks/{i}", hint=f'write <blank id="{name}"/> in the stem')


def leaked_answer(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem whose brackets show a letter or a mark."""
    if isinstance(question, SingleChoice | MultipleChoice | TrueFalse):
        found = LEAK.search(richtext.plain(question.stem))
        if found:
            yield finding("L210", f"the stem shows {found.group()!r}: is that the answer?", pointer="/stem")
