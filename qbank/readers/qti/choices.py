"""Choice and hottext interactions: single choice, multiple choice, true/false."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from qbank import richtext
from qbank.formats.qti import truth
from qbank.model import Choice, MultipleChoice, SingleChoice, TrueFalse
from qbank.readers.qti.declarations import Bag, Response
from qbank.readers.qti.item import Item, Part, choice, new_ids, off_by, tidy
from qbank.readers.qti.marking import MOST_TRIED, Trial, Verdict, judge_multiple, judge_single
from qbank.readers.qti.nodes import is_true, whole
from qbank.readers.qti.remarks import Candidate, Explained, share_of


def choice_question(item: Item, interaction: Any, name: str = "simpleChoice") -> Part | None:
    """The question that a choice or hottext interaction asks; None where it has fewer than two choices."""
    response = item.response(interaction)
    elements = [e for e in interaction.iter(name) if e.get("identifier")]
    identifiers = list(dict.fromkeys(e.get("identifier") for e in elements))
    if len(identifiers) < 2:
        return None
    most = whole(interaction, "maxChoices", 1 if response.cardinality == "single" else 0)
    single = response.cardinality == "single" or most == 1
    trial = item.trial(response)
    verdict = judge_single(trial, identifiers) if single else judge_multiple(trial, identifiers, most)
    explained = item.remarks.explain(_candidates(trial, response, identifiers, verdict, single=single))
    ids = new_ids(identifiers)
    chosen: dict[Any, Any] = {}
    for element in elements:
        chosen.setdefault(element.get("identifier"), element)
    choices = tuple(
        choice(
            e.get("identifier"),
            ids,
            item.prose.text(e),
            e,
            explained.features.get(f"{response.identifier} {e.get('identifier')}"),
        )
        for e in chosen.values()
    )
    if not verdict.exact and verdict.key:
        item.unread_scoring("the marking of its choices is not one of the bank's; the nearest was taken", interaction)
    shuffle = is_true(interaction, "shuffle")
    if single:
        return _single(choices, ids, verdict, explained, shuffle=shuffle, found=identifiers)
    return _multiple(choices, ids, verdict, explained, shuffle=shuffle)


def _single(
    choices: tuple[Choice, ...],
    ids: dict[str, str],
    verdict: Verdict,
    explained: Explained,
    *,
    shuffle: bool,
    found: list[str],
) -> Part:
    key = ids[verdict.key[0]] if verdict.key else None
    said = [truth(richtext.plain(c.text)) for c in choices]
    if verdict.policy != "weighted" and len(choices) == 2 and sorted(map(str, said)) == ["False", "True"]:
        by_truth = dict(zip(said, choices, strict=True))
        right = None if key is None else next(t for t, c in by_truth.items() if c.id == key)
        fields: dict[str, Any] = {
            "answer": right,
            "feedback_true": by_truth[True].feedback,
            "feedback_false": by_truth[False].feedback,
        }
        return Part(TrueFalse, fields, explained, verdict.best)
    if verdict.policy == "weighted":
        names = {ids[name]: weight for name, weight in verdict.weights.items()}
        choices = tuple(msgspec.structs.replace(c, weight=_weight(names[c.id], verdict)) for c in choices)
    fields = {"choices": choices, "answer": key, "shuffle": shuffle}
    fields["scoring"] = "weighted" if verdict.policy == "weighted" else "all_or_nothing"
    return Part(SingleChoice, fields, explained, verdict.best)


def _multiple(
    choices: tuple[Choice, ...], ids: dict[str, str], verdict: Verdict, explained: Explained, *, shuffle: bool
) -> Part:
    if verdict.policy == "weighted":
        names = {ids[name]: weight for name, weight in verdict.weights.items()}
        choices = tuple(msgspec.structs.replace(c, weight=_weight(names[c.id], verdict)) for c in choices)
    answer = tuple(ids[name] for name in verdict.key) or None
    fields = {"choices": choices, "answer": answer, "scoring": verdict.policy, "shuffle": shuffle}
    return Part(MultipleChoice, fields, explained, verdict.best)


def _weight(share: Fraction, verdict: Verdict) -> Fraction:
    """A weight without what rounding did to it; the points it is a share of were rounded too."""
    return tidy(share, off_by(verdict.best))


def _candidates(
    trial: Trial, response: Response, identifiers: list[str], verdict: Verdict, *, single: bool
) -> list[Candidate]:
    """Responses that tell the feedbacks of a choice question apart."""
    tried: list[tuple[str, ...]] = [(name,) for name in identifiers[:MOST_TRIED]]
    if not single:
        wrong = [name for name in identifiers if name not in verdict.key]
        tried += [verdict.key, (*verdict.key, *wrong[:1]), tuple(wrong), tuple(identifiers)]
        tried += [tuple(k for k in verdict.key if k != name) for name in verdict.key]
    result = []
    for names in dict.fromkeys(t for t in tried if t):
        value = names[0] if response.cardinality == "single" else Bag(names)
        features = frozenset(f"{response.identifier} {name}" for name in names)
        share: Fraction | None = share_of(trial.earned(value), verdict.best)
        result.append(Candidate({**trial.others, response.identifier: value}, share, features))
    return result
