"""How an item marks: its response processing tried on responses, and what that says of keys, points and policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from qbank.model import ONE, ZERO
from qbank.readers.qti.declarations import Bag, Declarations, Response, Value
from qbank.readers.qti.processing import STANDARD, UNKNOWN, Machine, processing_of, template_of

MultiplePolicy: TypeAlias = Literal["each_correct", "all_or_nothing", "balanced", "weighted"]
A_TRIFLE = Fraction(1, 10**6)
"""What the rounding of shares may make a score differ by."""
MOST_TRIED = 24
"""Choices that are tried one by one."""


@dataclass(slots=True)
class Marker:
    """The marking of one item. A score is None where the item gives none, or none that can be computed."""

    declared: Declarations
    machine: Machine
    unknown_template: str | None = None
    memo: dict[tuple[tuple[str, Value], ...], dict[str, Any]] = field(default_factory=dict)

    @property
    def is_marked(self) -> bool:
        """Whether anything marks the item."""
        return self.machine.template is not None or self.machine.rules is not None

    @property
    def trouble(self) -> dict[str, int]:
        """What of the marking cannot be computed, with its line."""
        return self.machine.trouble

    def outcomes(self, responses: Mapping[str, Value]) -> dict[str, Any]:
        """The outcomes of some responses."""
        key = tuple(sorted(((k, v) for k, v in responses.items() if v is not None), key=lambda pair: pair[0]))
        if key not in self.memo:
            self.memo[key] = self.machine.run(responses)
        return self.memo[key]

    def initial(self) -> dict[str, Any]:
        """The outcomes before anything is answered."""
        return {name: outcome.default for name, outcome in self.declared.outcomes.items()}

    def score(self, responses: Mapping[str, Value]) -> Fraction | None:
        """What some responses score."""
        if not self.is_marked:
            return None
        outcomes = self.outcomes(responses)
        total: Fraction | None = None
        for name in self.declared.score or ("SCORE",):
            found = outcomes.get(name)
            if found is UNKNOWN:
                return None
            if isinstance(found, Bag) and len(found.values) == 1:
                found = found.values[0]
            if isinstance(found, Fraction):
                total = (total or ZERO) + found
        return total

    def key(self) -> dict[str, Value]:
        """The declared correct responses of all interactions."""
        return {name: response.key for name, response in self.declared.responses.items()}

    def mapping_decides(self) -> bool:
        """Whether a mapping, not only the correct response, makes the score."""
        if self.machine.template is not None:
            return "map" in self.machine.template
        rules = self.machine.rules
        return rules is not None and next(rules.iter("mapResponse"), None) is not None


def marker(item: Any, declared: Declarations) -> Marker:
    """The marking of an item."""
    processing = processing_of(item)
    template = template_of(processing)
    if template is not None and template not in STANDARD:
        return Marker(declared, Machine(declared, None), unknown_template=template)
    rules = processing if processing is not None and len(processing) else None
    return Marker(declared, Machine(declared, rules, template))


@dataclass(frozen=True, slots=True)
class Trial:
    """One response, with the other responses of its item as they are while it is tried."""

    marker: Marker
    response: Response
    others: Mapping[str, Value] = field(default_factory=dict)

    def earned(self, value: Value) -> Fraction | None:
        """What a value of this response adds to the score."""
        with_it = self.marker.score({**self.others, self.response.identifier: value})
        without = self.marker.score({**self.others, self.response.identifier: None})
        if with_it is None:
            return None
        return with_it - without if self.others and without is not None else with_it

    def outcomes(self, value: Value) -> dict[str, Any]:
        """The outcomes of a value of this response."""
        return self.marker.outcomes({**self.others, self.response.identifier: value})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about the marking of a response."""

    key: tuple[str, ...]
    """The identifiers of what is right."""
    best: Fraction | None
    """What the key scores; None where nothing can be computed."""
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    """The share of the best score that each identifier earns alone."""
    policy: str = "all_or_nothing"
    exact: bool = True
    """Whether the policy gives exactly the scores of the item."""


def judge_single(trial: Trial, choices: Sequence[str]) -> Verdict:
    """How a single choice is marked: its key, and what every choice earns."""
    response = trial.response
    is_bag = response.cardinality != "single"
    earned = {name: trial.earned(Bag((name,)) if is_bag else name) for name in choices[:200]}
    known = {name: value for name, value in earned.items() if value is not None}
    key = tuple(name for name in response.correct if name in choices)[:1]
    top = max(known.values(), default=None)
    if not key and top is not None and top > 0:
        winners = [name for name, value in known.items() if value == top]
        key = (winners[0],)
    if not key:
        mapped = [entry for entry in response.mapping if entry.value > 0 and entry.written in choices]
        key = (max(mapped, key=lambda entry: entry.value).written,) if mapped else ()
    best = known.get(key[0]) if key else None
    if best is None or best <= 0:
        return Verdict(key, best, exact=not trial.marker.is_marked or best is None)
    weights = {name: max(-ONE, min(ONE, known.get(name, ZERO) / best)) for name in choices}
    rest = [weights[name] for name in choices if name != key[0]]
    exact = all(abs(value) <= best for value in known.values())
    if all(weight == 0 for weight in rest):
        return Verdict(key, best, weights, "all_or_nothing", exact)
    return Verdict(key, best, weights, "weighted", exact)


def judge_multiple(trial: Trial, choices: Sequence[str], most: int) -> Verdict:
    """How a multiple choice is marked; `most` is how many may be chosen, 0 for any number."""
    response = trial.response
    limit = most or len(choices)
    alone = {name: trial.earned(Bag((name,))) for name in choices[:MOST_TRIED]}
    key = tuple(name for name in dict.fromkeys(response.correct) if name in choices)
    if not key:
        key = tuple(name for name in choices if (alone.get(name) or ZERO) > 0)
    if not key:
        key = tuple(e.written for e in response.mapping if e.value > 0 and e.written in choices)
    best = trial.earned(Bag(key)) if key else None
    if best is None or best <= 0:
        return Verdict(key, best, policy="each_correct", exact=not trial.marker.is_marked or best is None)
    weights = _weights(trial, key, choices, best)
    tried = [combination for combination in _combinations(key, choices[:MOST_TRIED]) if len(combination) <= limit]
    scores = {c: (trial.earned(Bag(c)) or ZERO) / best for c in tried}
    order: tuple[MultiplePolicy, ...] = ("each_correct", "balanced", "all_or_nothing", "weighted")
    if not trial.marker.mapping_decides():
        order = ("all_or_nothing", "each_correct", "balanced", "weighted")
    found: list[tuple[Fraction, int, MultiplePolicy]] = []
    for place, policy in enumerate(order):
        off = max(
            (abs(policy_score(policy, c, key, choices, weights) - score) for c, score in scores.items()), default=ZERO
        )
        if off <= A_TRIFLE:
            return Verdict(key, best, weights, policy)
        found.append((off, place, policy))
    whole = sum((weights[name] for name in key), ZERO)
    if whole > 0:
        # the key must be able to earn everything
        weights |= {name: min(ONE, weights[name] / whole) for name in key}
    return Verdict(key, best, weights, min(found)[2], exact=False)


def policy_score(
    policy: MultiplePolicy,
    chosen: Iterable[str],
    key: Sequence[str],
    choices: Sequence[str],
    weights: Mapping[str, Fraction],
) -> Fraction:
    """The share of the points that a policy of the bank gives for what was chosen."""
    picked = set(chosen)
    hits = sum(name in picked for name in key)
    misses = len(picked) - hits
    match policy:
        case "all_or_nothing":
            return Fraction(int(hits == len(key) and not misses))
        case "each_correct":
            return ZERO if misses else Fraction(hits, len(key))
        case "balanced":
            wrong = len(choices) - len(key)
            return max(ZERO, Fraction(hits, len(key)) - (Fraction(misses, wrong) if wrong else ZERO))
        case "weighted":
            return min(ONE, max(ZERO, sum((weights.get(name, ZERO) for name in picked), ZERO)))


def _weights(trial: Trial, key: tuple[str, ...], choices: Sequence[str], best: Fraction) -> dict[str, Fraction]:
    """What each choice is worth by itself: as mapped, else what it adds to or takes from the key."""
    response = trial.response
    found: dict[str, Fraction] = {}
    mapped = {entry.written: entry.value for entry in response.mapping}
    for name in choices:
        if response.has_mapping and trial.marker.mapping_decides():
            value = mapped.get(name, response.default)
        elif len(choices) > MOST_TRIED:
            value = best / len(key) if name in key else ZERO
        elif name in key:
            value = trial.earned(Bag((name,))) or ZERO
        else:
            value = (trial.earned(Bag((*key, name))) or ZERO) - best
        found[name] = max(-ONE, min(ONE, value / best))
    return found


def _combinations(key: tuple[str, ...], choices: Sequence[str]) -> list[tuple[str, ...]]:
    """Responses worth trying: single choices, the key with one more or less, pairs with one wrong, all, and all wrong."""
    wrong = [name for name in choices if name not in key]
    tried: list[tuple[str, ...]] = [key, *((name,) for name in choices)]
    tried += [tuple(k for k in key if k != name) for name in key if len(key) > 1]
    tried += [(*key, name) for name in wrong]
    tried += [(key[0], name) for name in wrong]
    tried += [(*key[: len(key) // 2 + 1], *wrong[:2]), tuple(choices), tuple(wrong)]
    return [combination for combination in dict.fromkeys(tried) if combination]
