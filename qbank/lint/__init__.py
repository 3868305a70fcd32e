"""Checks beyond the schema: one function a rule, each yielding findings about one question.

A rule is a function of a question and a `Scope` (what it may know of the rest
of the bank). Its findings carry a pointer relative to the question; `lint`
makes it absolute. Rules about the bank as a whole look at its `Tally` in the
end. Adding a rule: write the function, whose docstring is its page in
`docs/rules.md`, list it in `RULES`, add its code to `qbank.codes`, and a file
`tests/lint/CODE.json` with cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from qbank.assets import AssetStore
from qbank.codes import CODES
from qbank.diagnostics import Diagnostic, Report, finding
from qbank.lint import (
    answers,
    bankwide,
    choices,
    identity,
    keys,
    language,
    media,
    merges,
    origin,
    prose,
    scars,
    slips,
    texts,
    values,
)
from qbank.lint.counting import sort_of
from qbank.lint.scope import Scope
from qbank.lint.signs import (
    ABOVE,
    ANSWERS,
    ASKS,
    BRACKETS,
    DIGITS,
    DOUBLED,
    EMPTY,
    EXTENSIONS,
    FIGURES,
    FURNITURE,
    INVISIBLE,
    LABELS,
    LANGUAGE,
    LETTERS,
    LONG,
    MARKS,
    MARKUP,
    MEDIA,
    MISTAKEN,
    NAMES,
    PAIRS,
    PARTS,
    RICH,
    SOURCE,
    SPACES,
    STEM,
    STRUCTURE,
    SUSPECT,
    TEX,
    TOGETHER,
    TWICE,
    UNWRITTEN,
    VERDICTS,
    WIDE,
    WORTH,
)
from qbank.lint.tally import Tally
from qbank.model import (
    Cloze,
    Essay,
    Group,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TrueFalse,
)

Check: TypeAlias = Callable[[Question, Scope], Iterator[Diagnostic]]
BankCheck: TypeAlias = Callable[[Tally, str | None], Iterator[Diagnostic]]

_CHOICES = (SingleChoice, MultipleChoice)
_ANSWERS = (ShortAnswer, Numeric, Cloze)
_LISTS = (*_CHOICES, Matching, Ordering)


class Rule(NamedTuple):
    """A check, the codes it gives, the kinds it is about (empty: all) and what the texts must have about them."""

    check: Check
    codes: tuple[str, ...]
    kinds: tuple[type[Question], ...] = ()
    flags: int = 0


RULES: tuple[Rule, ...] = (
    Rule(identity.repeated_id, ("L101", "L307")),
    Rule(identity.repeated_part, ("L102",), (*_LISTS, Cloze), STRUCTURE),
    Rule(identity.duplicate, ("L302", "L304")),
    Rule(answers.missing, ("L104",), (), STRUCTURE),
    Rule(answers.unknown, ("L103",), (*_LISTS, Cloze), STRUCTURE),
    Rule(answers.incomplete, ("L105",), (Matching, Ordering)),
    Rule(answers.repeated, ("L106",), (MultipleChoice, ShortAnswer), STRUCTURE),
    Rule(answers.no_full_marks, ("L107",), (*_CHOICES, *_ANSWERS), STRUCTURE),
    Rule(answers.weights, ("L109", "L111"), (), STRUCTURE),
    Rule(answers.ranges, ("L110",), _ANSWERS),
    Rule(answers.points, ("L112",), (), STRUCTURE),
    Rule(origin.draft, ("L113",), (), STRUCTURE),
    Rule(values.tolerance, ("L114",), (Numeric, Cloze)),
    Rule(values.overlapping, ("L115", "L116"), (Numeric, Cloze)),
    Rule(values.accepted_texts, ("L117", "L116"), (ShortAnswer, Cloze)),
    Rule(values.placeholder, ("L131",), (ShortAnswer, Cloze, Essay)),
    Rule(values.essay, ("L125", "L126", "L130"), (Essay,)),
    Rule(values.unwritten, ("L131",), (), UNWRITTEN),
    Rule(values.units, ("L127", "L134"), (Numeric,)),
    Rule(values.worth, ("L118", "L119"), (), STRUCTURE),
    Rule(values.weighted, ("L121", "L122", "L123"), _CHOICES, STRUCTURE),
    Rule(choices.gap_in_letters, ("L120",), _CHOICES, STRUCTURE),
    Rule(choices.single_right, ("L124",), (MultipleChoice,), STRUCTURE),
    Rule(keys.contradicted, ("L128",), (*_CHOICES, TrueFalse), ANSWERS | VERDICTS),
    Rule(keys.number_contradicted, ("L128",), (Numeric,), ANSWERS),
    Rule(keys.feedback_verdicts, ("L129",), (*_CHOICES, TrueFalse), VERDICTS),
    Rule(choices.matching, ("L132", "L133"), (Matching,)),
    Rule(slips.number_of_answers, ("L135",), _CHOICES, ASKS),
    Rule(slips.worth_in_text, ("L136",), (), WORTH),
    Rule(slips.names, ("L137", "L229", "L249"), (), NAMES),
    Rule(texts.empty_stem, ("L201",), (), PARTS | RICH),
    Rule(texts.empty_parts, ("L202",), (*_LISTS, Cloze), PARTS | RICH),
    Rule(texts.identical_choices, ("L203",), (*_LISTS, Cloze), PARTS | RICH),
    Rule(texts.markup, ("L204", "L205"), (), RICH),
    Rule(texts.formulas, ("L206",), (), RICH),
    Rule(media.shown, ("L207", "A001"), (), MEDIA),
    Rule(texts.blanks, ("L208", "L209"), (), MEDIA),
    Rule(texts.missing_gaps, ("L208",), (Cloze,)),
    Rule(texts.leaked_answer, ("L210",), (*_CHOICES, TrueFalse), BRACKETS),
    Rule(keys.shown_at_end, ("L210",), (TrueFalse,), STEM),
    Rule(scars.suspect, ("L211",), (), SUSPECT),
    Rule(choices.alike, ("L212",), _LISTS, PARTS),
    Rule(choices.labelled, ("L213",), _LISTS, LABELS | WIDE),
    Rule(choices.run_together, ("L214",), _CHOICES, LABELS | TOGETHER),
    Rule(choices.out_of_place, ("L215",), _CHOICES, ABOVE),
    Rule(choices.letters, ("L216",), _CHOICES, TOGETHER | WIDE),
    Rule(prose.negative, ("L217",), _CHOICES),
    Rule(prose.brackets, ("L218",), (), PAIRS),
    Rule(texts.plain_formulas, ("L219",), (), TEX),
    Rule(texts.tex_as_text, ("L220",), (), TEX),
    Rule(prose.numbered, ("L221",), (), STEM),
    Rule(prose.cut, ("L222",), (), STEM),
    Rule(prose.furniture, ("L223",), (), FURNITURE),
    Rule(keys.stated, ("L224",), (), ANSWERS),
    Rule(keys.in_stem, ("L225",), (SingleChoice, ShortAnswer, Cloze)),
    Rule(scars.wide, ("L226",), (), WIDE),
    Rule(scars.half_width, ("L227",)),
    Rule(scars.doubled, ("L228",), (), DOUBLED),
    Rule(scars.spaces, ("L229",), (), SPACES),
    Rule(scars.invisible, ("L230",), (), INVISIBLE),
    Rule(scars.look_alikes, ("L231",), (), LETTERS),
    Rule(scars.digits, ("L232",), (), DIGITS),
    Rule(scars.mojibake, ("L233",), (), SUSPECT | LETTERS | DOUBLED),
    Rule(scars.markup_as_text, ("L234",), (), MARKUP),
    Rule(language.mismatch, ("L235", "L251"), (), LANGUAGE),
    Rule(prose.drawn_gap, ("L236",), (Cloze,)),
    Rule(prose.doubled_text, ("L237",), (), STEM),
    Rule(merges.conflict, ("L390",), (), EXTENSIONS),
    Rule(prose.figure, ("L238",), (), FIGURES),
    Rule(origin.stale, ("L239", "L240"), (), SOURCE),
    Rule(media.descriptions, ("L241",), (), MEDIA),
    Rule(prose.trivial, ("L242",), (), STEM),
    Rule(prose.choices_left, ("L243",), (), LABELS),
    Rule(slips.choice_marked, ("L244",), _CHOICES, MARKS),
    Rule(slips.choice_is_stem, ("L245",), _CHOICES, PARTS),
    Rule(slips.word_twice, ("L246",), (), TWICE),
    Rule(slips.markdown, ("L247",), (), MARKS | PAIRS),
    Rule(slips.mistaken, ("L248",), (), MISTAKEN),
    Rule(slips.long_texts, ("L249",), (), LONG),
    Rule(slips.empty_texts, ("L250",), (), EMPTY),
)
"""Every rule about one question, in the order in which findings about it are made."""

BANK_RULES: tuple[tuple[BankCheck, tuple[str, ...]], ...] = (
    (bankwide.points, ("L305",)),
    (bankwide.choice_count, ("L306",)),
    (bankwide.categories, ("L308", "L309")),
    (bankwide.all_right, ("L108",)),
    (bankwide.position, ("L310",)),
    (bankwide.longest, ("L311",)),
    (bankwide.foreign, ("L235",)),
    (bankwide.negations, ("L312",)),
    (bankwide.model_answers, ("L313",)),
)
"""Every rule about the bank as a whole."""

OPT_IN = frozenset({"L217", "L220", "L227"})
"""Codes that are looked for only where they are selected by name: taste, not faults."""

IN_THE_PAPER = frozenset(
    [
        "L120",
        "L128",
        "L202",
        "L203",
        "L211",
        "L212",
        "L214",
        "L218",
        "L222",
        "L224",
        "L228",
        "L231",
        "L232",
        "L233",
        "L237",
        "L238",
        "L242",
        "L243",
        "L306",
    ]
)
"""Codes of faults that most often came with the paper a question was read from: the place there is named."""

ELSEWHERE = frozenset({"L303", "L304"})
"""Codes that `qbank dedupe` finds; to ignore one is not idle because it is not found here."""

_OF_THE_BANK = frozenset(code for _, codes in BANK_RULES for code in codes)


_ERRORS = frozenset(code for rule in RULES for code in rule.codes if CODES[code].severity == "error")


@cache
def rules_for(
    kind: type[Question], flags: int, extra: frozenset[str] = frozenset(), errors: bool = False
) -> tuple[Check, ...]:
    """The rules worth asking about a question of that type whose texts have those flags, in their order."""
    return tuple(
        rule.check
        for rule in RULES
        if (not rule.kinds or kind in rule.kinds)
        and (not rule.flags or rule.flags & flags)
        and (not OPT_IN.issuperset(rule.codes) or not extra.isdisjoint(rule.codes))
        and (not errors or not _ERRORS.isdisjoint(rule.codes))
    )


@dataclass(slots=True)
class Linter:
    """Checks the questions of one bank, one after another; `extra` are the opt-in codes that are asked for."""

    assets: AssetStore = field(default_factory=AssetStore)
    language: str | None = None
    extra: frozenset[str] = frozenset()
    errors: bool = False
    """Whether errors alone are looked for, as an export does, which is much less work; then nothing is counted."""
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.scope = Scope(self.assets, self.language)

    def check(self, question: Question, pointer: str = "", *, count: bool = True) -> list[Diagnostic]:
        """The findings about a question and its sub-questions, those it ignores left out.

        One that was counted before, in a part of the bank, is not counted again.
        """
        self.scope.counting = count
        self.scope.within = None
        found = self._own(question, pointer)
        if isinstance(question, Group):
            self.scope.within = question
            for i, sub in enumerate(question.questions):
                found += self._own(sub, f"{pointer}/questions/{i}")
        return found

    def finish(self) -> list[Diagnostic]:
        """The findings about the bank as a whole; call it after the last question."""
        found = list(media.unused(self.scope))
        if self.errors:
            return [d for d in found if d.severity == "error"]
        for rule, _ in BANK_RULES:
            found += rule(self.scope.tally, self.language)
        return found

    def _own(self, question: Question | SubQuestion, pointer: str) -> list[Diagnostic]:
        scope = self.scope
        if self.errors:
            return self._errors(question, pointer)
        flags = scope.enter(question)
        if scope.counting:
            scope.tally.add(sort_of(question, scope), pointer, question.id)
        found: list[Diagnostic] = []
        for check in rules_for(type(question), flags, self.extra):
            found += check(question, scope)
        if found:
            found = _about(question, pointer, found)
        if not question.ignore:
            return found
        codes = {d.code for d in found}
        kept = [d for d in found if d.code not in question.ignore]
        for i, code in enumerate(question.ignore):
            known_later = code in ELSEWHERE or code in _OF_THE_BANK or (code in OPT_IN and code not in self.extra)
            if code not in codes and not known_later:
                message = f"{question.id} ignores {code}, which was not found on it"
                kept.append(finding("L301", message, question=question.id, pointer=f"{pointer}/ignore/{i}"))
        return kept

    def _errors(self, question: Question | SubQuestion, pointer: str) -> list[Diagnostic]:
        scope = self.scope
        flags = scope.enter(question, words=False)
        found: list[Diagnostic] = []
        for check in rules_for(type(question), flags, errors=True):
            found += check(question, scope)
        if not found:
            return found
        kept = [d for d in found if d.severity == "error" and d.code not in question.ignore]
        return _about(question, pointer, kept)


def _about(question: Question | SubQuestion, pointer: str, found: list[Diagnostic]) -> list[Diagnostic]:
    """Findings with the question they are about, and where in its paper and its bank it stands."""
    paper = _paper(question)
    return [
        replace(
            d,
            question=question.id,
            pointer=pointer + d.pointer,
            hint=d.hint or (paper if d.code in IN_THE_PAPER else ""),
        )
        for d in found
    ]


def _paper(question: Question) -> str:
    """Where in its paper a question stands, as a hint."""
    source = question.source
    if source is None or source.line is None:
        return ""
    return f"in the paper: {source.document}:{source.line}" + (f":{source.column}" if source.column else "")


def lint(
    questions: Iterator[tuple[str, Question]],
    assets: AssetStore,
    report: Report,
    language: str | None = None,
    extra: frozenset[str] = frozenset(),
) -> None:
    """Check questions as they come, each with its pointer."""
    linter = Linter(assets, language, extra)
    for pointer, question in questions:
        report.extend(linter.check(question, pointer))
    report.extend(linter.finish())
