"""Texts with gaps, and single fields: text entry, inline choice and gap match interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import msgspec
from lxml import etree

from qbank.model import (
    ZERO,
    Accepted,
    Blank,
    ChoiceBlank,
    Cloze,
    Numeric,
    NumericAnswer,
    NumericBlank,
    ShortAnswer,
    Text,
    TextBlank,
    Unit,
)
from qbank.readers.qti.declarations import Bag, Response, Value
from qbank.readers.qti.entries import Numbers, Texts, accepted_numbers, accepted_texts
from qbank.readers.qti.item import ID, Item, Part, choice, new_ids, pair_ids, shares
from qbank.readers.qti.marking import A_TRIFLE, Verdict, judge_single
from qbank.readers.qti.nodes import children, is_true
from qbank.readers.qti.remarks import Candidate, share_of

Judged: TypeAlias = "Texts | Numbers | Verdict"
NUMBERS = frozenset({"float", "integer"})
INLINE = ("textEntryInteraction", "inlineChoiceInteraction")


@dataclass(slots=True)
class Gap:
    """A place for a response: its interaction or `gap` element, and how it is marked."""

    element: Any
    response: Response
    id: str
    judged: Judged
    bank: Sequence[Any] = ()
    """The elements of the choices it is filled from."""
    pair: str | None = None
    """The identifier of a `gap`, whose response is a word with it."""

    @property
    def worth(self) -> Fraction | None:
        return self.judged.best

    def values(self) -> list[Value]:
        """A response for each accepted answer or choice."""
        match self.judged:
            case Texts():
                return list(self.judged.tried)
            case Numbers():
                return list(self.judged.tried)
            case Verdict():
                return [self.value(e.get("identifier")) for e in self.bank]

    def value(self, name: str) -> Value:
        """A choice as a response."""
        if self.pair is not None:
            return Bag((_pair(self.response, name, self.pair),))
        return name if self.response.cardinality == "single" else Bag((name,))

    def features(self) -> list[str]:
        """A name for each of `values`."""
        if isinstance(self.judged, Verdict):
            return [f"{self.response.identifier} {e.get('identifier')}" for e in self.bank]
        return [f"{self.response.identifier} answer-{i + 1}" for i in range(len(self.values()))]

    def right(self) -> tuple[Value, frozenset[str]]:
        """The right response with what it chooses; NULL where it is not known."""
        values, features = self.values(), self.features()
        place = 0
        if isinstance(self.judged, Verdict):
            names = [e.get("identifier") for e in self.bank]
            if not self.judged.key or self.judged.key[0] not in names:
                return None, frozenset()
            place = names.index(self.judged.key[0])
        elif isinstance(self.judged, Texts) and self.judged.accepted:
            place = max(range(len(values)), key=lambda i: self.judged.accepted[i].weight)  # type: ignore[union-attr]
        elif isinstance(self.judged, Numbers) and self.judged.answers and len(values) == len(self.judged.answers):
            place = max(range(len(values)), key=lambda i: self.judged.answers[i].weight)  # type: ignore[union-attr]
        return (values[place], frozenset({features[place]})) if values else (None, frozenset())


def _pair(response: Response, name: str, gap: str) -> str:
    """The word with its gap, in the order that the item writes them."""
    for written in (*response.correct, *(entry.written for entry in response.mapping)):
        if written.split()[:1] == [gap]:
            return f"{gap} {name}"
    return f"{name} {gap}"


def inline_gap(item: Item, interaction: Any, name: str) -> Gap:
    """The gap of a text entry or inline choice interaction."""
    response = item.response(interaction)
    trial = item.trial(response)
    if interaction.tag == "inlineChoiceInteraction":
        bank = _distinct([*children(interaction, "inlineChoice")])
        return Gap(interaction, response, name, judge_single(trial, [e.get("identifier") for e in bank]), bank)
    if response.base_type in NUMBERS:
        return Gap(interaction, response, name, accepted_numbers(trial))
    found = accepted_texts(trial)
    if found.note:
        item.problem("R047", found.note, interaction)
    return Gap(interaction, response, name, found)


def gap_match(item: Item, interaction: Any) -> list[Gap]:
    """The gaps of a gap match interaction, each to be filled from its words."""
    response = item.response(interaction)
    bank = _distinct([e for e in interaction if e.tag in ("gapText", "gapImg", "gapChoice")])
    names = [e.get("identifier") for e in bank]
    gaps = _distinct(list(interaction.iter("gap")))
    _, ids = pair_ids(bank, gaps)
    return [
        Gap(
            e,
            response,
            ids[e.get("identifier")],
            _judge_gap(item, response, names, e.get("identifier")),
            bank,
            e.get("identifier"),
        )
        for e in gaps
    ]


def _judge_gap(item: Item, response: Response, names: Sequence[str], gap: str) -> Verdict:
    trial = item.trial(response)
    key = [w for w in response.correct if gap in w.split()]
    words = [part for pair in key for part in pair.split() if part != gap and part in names]
    if not words:
        mapped = [e for e in response.mapping if gap in e.written.split() and e.value > 0]
        if mapped:
            best = max(mapped, key=lambda entry: entry.value)
            words = [part for part in best.written.split() if part != gap and part in names]
    if not words:
        return Verdict((), None)
    value = Bag((_pair(response, words[0], gap),))
    return Verdict((words[0],), trial.earned(value), exact=len(set(words)) == 1)


def _distinct(elements: Sequence[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for element in elements:
        if element.get("identifier"):
            found.setdefault(element.get("identifier"), element)
    return list(found.values())


def single_field(item: Item, interaction: Any, unit: str) -> Part:
    """A short answer or a number: a field that stands alone, with a unit behind it or nothing."""
    gap = inline_gap(item, interaction, "RESPONSE")
    explained = item.remarks.explain(_candidates(item, [gap]))
    answers = _answers(gap, explained.features)
    _report(item, [gap])
    if isinstance(gap.judged, Numbers):
        units = (Unit(name=unit),) if unit else ()
        return Part(Numeric, {"answer": answers or None, "units": units}, explained, gap.worth)
    fields: dict[str, Any] = {"answer": answers or None}
    if isinstance(gap.judged, Texts):
        fields |= {"case_sensitive": gap.judged.case_sensitive, "wildcard": gap.judged.wildcard}
    return Part(ShortAnswer, fields, explained, gap.worth)


def cloze(item: Item, gaps: Sequence[Gap]) -> Part:
    """A text with gaps."""
    whole = _whole(item, gaps)
    explained = item.remarks.explain(_candidates(item, gaps))
    worths = [gap.worth for gap in gaps]
    known = [worth for worth in worths if worth is not None]
    parts: tuple[int, ...] = (1,) * len(gaps)
    if len(known) == len(gaps) and all(worth > 0 for worth in known):
        parts, exact = shares(known)
        if not exact:
            item.unread_scoring("what its gaps are worth was rounded")
        if whole is not None and abs(sum(known, ZERO) - whole) > A_TRIFLE:
            item.unread_scoring("its gaps are not marked one by one; every gap was given its share", gaps[0].element)
    elif whole is not None and whole > 0:
        item.unread_scoring("its gaps are marked together; each was given the same share", gaps[0].element)
    _report(item, gaps)
    blanks = tuple(_blank(item, gap, part, explained.features) for gap, part in zip(gaps, parts, strict=True))
    return Part(Cloze, {"blanks": blanks}, explained, whole)


def _whole(item: Item, gaps: Sequence[Gap]) -> Fraction | None:
    return item.marker.score(_together(item, gaps)) if item.marker.is_marked else None


def _together(item: Item, gaps: Sequence[Gap]) -> dict[str, Value]:
    """The right response to all gaps at once."""
    values: dict[str, Value] = dict(item.others)
    used: dict[tuple[Value, ...], int] = {}
    for gap in gaps:
        right, _ = gap.right()
        if isinstance(gap.judged, Texts) and len(gap.judged.tried) > 1:
            # gaps that accept the same words often want each of them once
            place = used.setdefault(gap.judged.tried, 0)
            used[gap.judged.tried] += 1
            if place and place < len(gap.judged.tried) and gap.judged.accepted[place].weight == 1:
                right = gap.judged.tried[place]
        before = values.get(gap.response.identifier)
        if isinstance(before, Bag) and isinstance(right, Bag):
            right = Bag((*before.values, *right.values), before.ordered)
        if right is not None:
            values[gap.response.identifier] = right
    return values


def _candidates(item: Item, gaps: Sequence[Gap]) -> list[Candidate]:
    """Responses that tell the feedbacks of gaps apart."""
    whole = _together(item, gaps)
    best = item.marker.score(whole) if item.marker.is_marked else None
    features = frozenset(name for gap in gaps for name in gap.right()[1])
    result = [Candidate(whole, share_of(best, best), features)]
    for gap in gaps:
        for value, feature in zip(gap.values(), gap.features(), strict=True):
            one = {**item.others, gap.response.identifier: value}
            score = item.marker.score(one) if item.marker.is_marked else None
            result.append(Candidate(one, share_of(score, best), frozenset({feature})))
    nonsense: dict[str, Value] = dict(item.others)
    for gap in gaps:
        if not isinstance(gap.judged, Verdict):
            nonsense[gap.response.identifier] = (
                Fraction(-987654321, 1000) if isinstance(gap.judged, Numbers) else "\u2060qbank"
            )
    if len(nonsense) > len(item.others):
        score = item.marker.score(nonsense) if item.marker.is_marked else None
        result.append(Candidate(nonsense, share_of(score, best)))
    return result


def _report(item: Item, gaps: Sequence[Gap]) -> None:
    for gap in gaps:
        if not gap.judged.exact:
            item.unread_scoring("the marking of a field is not one of the bank's; the nearest was taken", gap.element)


def _answers(gap: Gap, features: Mapping[str, Text]) -> tuple[Accepted | NumericAnswer, ...]:
    """The accepted answers with their feedbacks."""
    judged = gap.judged
    if isinstance(judged, Verdict):
        return ()
    given: Sequence[Accepted | NumericAnswer] = judged.accepted if isinstance(judged, Texts) else judged.answers
    names = gap.features()
    return tuple(
        msgspec.structs.replace(one, feedback=features[names[i]]) if i < len(names) and names[i] in features else one
        for i, one in enumerate(given)
    )


def _blank(item: Item, gap: Gap, share: int, features: Mapping[str, Text]) -> Blank:
    judged = gap.judged
    answers: Any = _answers(gap, features) or None
    if isinstance(judged, Texts):
        return TextBlank(
            id=gap.id, answer=answers, case_sensitive=judged.case_sensitive, wildcard=judged.wildcard, share=share
        )
    if isinstance(judged, Numbers):
        return NumericBlank(id=gap.id, answer=answers, share=share)
    ids = new_ids(e.get("identifier") for e in gap.bank)
    if gap.pair is not None:
        ids, _ = pair_ids(gap.bank, [*gap.element.iterancestors("gapMatchInteraction").__next__().iter("gap")])
    choices = tuple(
        choice(e.get("identifier"), ids, item.prose.text(e), e, features.get(name))
        for e, name in zip(gap.bank, gap.features(), strict=True)
    )
    if len(choices) < 2:
        # a list of one word is a word to write
        texts = tuple(Accepted(text=str(c.text)) for c in choices if isinstance(c.text, str) and c.text)
        return TextBlank(id=gap.id, answer=texts or None, share=share)
    shuffled = is_true(
        gap.element if gap.pair is None else gap.element.iterancestors("gapMatchInteraction").__next__(), "shuffle"
    )
    key = ids[judged.key[0]] if judged.key else None
    if judged.policy == "weighted" and gap.pair is None:
        # as in Moodle's gaps, other choices may earn part of the points
        earned = {ids[name]: weight for name, weight in judged.weights.items() if weight}
        choices = tuple(
            msgspec.structs.replace(c, weight=earned[c.id]) if c.id in earned and c.id != key else c for c in choices
        )
    return ChoiceBlank(id=gap.id, choices=choices, answer=key, shuffle=shuffled, share=share)


def blank_ids(interactions: Sequence[Any]) -> list[str]:
    """An id for each inline interaction: its label, which our writer sets, else its response."""
    found: dict[str, None] = {}
    for i, interaction in enumerate(interactions):
        label, response = interaction.get("label") or "", interaction.get("responseIdentifier") or ""
        wanted = label if ID.match(label) else response
        if not ID.match(wanted) or wanted in found:
            wanted = f"R{i + 1}"
            while wanted in found:
                wanted += "x"
        found[wanted] = None
    return list(found)


def mark(element: Any, name: str) -> None:
    """Put the bank's sign for a gap in the place of an element."""
    blank = etree.Element("blank", id=name)
    blank.tail = element.tail
    parent = element.getparent()
    parent.replace(element, blank)
