"""What is put together or in order: match, associate and order interactions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from qbank.model import (
    ONE,
    ZERO,
    Group,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    SingleChoice,
)
from qbank.model import Item as OrderedItem
from qbank.readers.qti.declarations import Bag, Pair, Response, Scalar
from qbank.readers.qti.item import Item, Part, choice, new_ids, pair_ids, tidy
from qbank.readers.qti.marking import A_TRIFLE
from qbank.readers.qti.nodes import children, is_true
from qbank.readers.qti.remarks import Candidate, share_of


def match_question(item: Item, interaction: Any) -> Part | None:
    """The question of a match interaction: matching, or a multiple choice for each row that takes several."""
    sets = [[e for e in s if e.get("identifier")] for s in children(interaction, "simpleMatchSet")]
    if len(sets) != 2 or not sets[0] or not sets[1]:
        return None
    response = item.response(interaction)
    key = _key(response)
    lefts, rights = sets
    if (
        not _is_function(key, lefts, rights)
        and _is_function([(b, a) for a, b in key], rights, lefts)
        and len(lefts) > 1
    ):
        lefts, rights = rights, lefts
        key = [(b, a) for a, b in key]
        pairs = [(a, b, f"{b} {a}") for a, b in key]
    else:
        pairs = [(a, b, f"{a} {b}") for a, b in key]
    if len(rights) < 2 or (key and not _is_function(key, lefts, rights)):
        return _rows(item, interaction, response, lefts, rights, key)
    policy, best, exact = _policy(
        item, response, [value for _, _, value in pairs], [e.get("identifier") for e in lefts]
    )
    if not exact:
        item.unread_scoring("the marking of its pairs is not one of the bank's; the nearest was taken", interaction)
    candidates = _candidates(item, response, [value for _, _, value in pairs], best)
    explained = item.remarks.explain(candidates)
    left_ids, right_ids = pair_ids(lefts, rights)
    fields: dict[str, Any] = {
        "prompts": tuple(Prompt(id=left_ids[e.get("identifier")], text=item.prose.text(e)) for e in lefts),
        "choices": tuple(choice(e.get("identifier"), right_ids, item.prose.text(e), e) for e in rights),
        "answer": {left_ids[a]: right_ids[b] for a, b in key} or None,
        "scoring": policy,
        "shuffle": is_true(interaction, "shuffle"),
    }
    return Part(Matching, fields, explained, best)


def _key(response: Response) -> list[tuple[str, str]]:
    """The right pairs: the correct response, else for each left side what the mapping gives most for."""
    found = [tuple(written.split()) for written in response.correct]
    key = [(p[0], p[1]) for p in found if len(p) == 2]
    if key:
        return list(dict.fromkeys(key))
    best: dict[str, tuple[Fraction, str]] = {}
    for entry in response.mapping:
        parts = entry.written.split()
        if len(parts) == 2 and entry.value > best.get(parts[0], (ZERO, ""))[0]:
            best[parts[0]] = (entry.value, parts[1])
    return [(left, right) for left, (_, right) in best.items()]


def _is_function(key: Sequence[tuple[str, str]], lefts: Sequence[Any], rights: Sequence[Any]) -> bool:
    names, others = {e.get("identifier") for e in lefts}, {e.get("identifier") for e in rights}
    return sorted(a for a, _ in key) == sorted(names) and all(b in others for _, b in key)


def _policy(
    item: Item, response: Response, pairs: Sequence[str], lefts: Sequence[str]
) -> tuple[str, Fraction | None, bool]:
    """How pairs are marked: the policy, what all of them score, and whether the policy is exact."""
    trial = item.trial(response)
    decides = item.marker.mapping_decides()
    usual = "each_correct" if decides or not item.marker.is_marked else "all_or_nothing"
    if not pairs:
        return usual, None, not item.marker.is_marked
    best = trial.earned(Bag(tuple(pairs)))
    if best is None or best <= 0:
        return usual, best, not item.marker.is_marked or (best is None and not item.marker.trouble)
    alone = [(trial.earned(Bag((pair,))) or ZERO) / best for pair in pairs]
    but_one = [(trial.earned(Bag(tuple(p for p in pairs if p != pair))) or ZERO) / best for pair in pairs]
    share = Fraction(1, len(pairs))
    if len(pairs) == 1:
        return usual, best, True
    if all(abs(one - share) <= A_TRIFLE for one in alone) and all(abs(ONE - share - r) <= A_TRIFLE for r in but_one):
        return "each_correct", best, True
    if not any(alone) and not any(but_one):
        return "all_or_nothing", best, True
    return "each_correct", best, False


def _candidates(item: Item, response: Response, values: Sequence[Scalar], best: Fraction | None) -> list[Candidate]:
    trial = item.trial(response)
    tried: list[tuple[Scalar, ...]] = [tuple(values), *((value,) for value in values), ("? ?",)]
    tried += [tuple(v for v in values if v != value) for value in values if len(values) > 2]
    result = []
    for names in dict.fromkeys(t for t in tried if t):
        value = Bag(names)
        features = frozenset(f"{response.identifier} {name}" for name in names)
        result.append(
            Candidate({**item.others, response.identifier: value}, share_of(trial.earned(value), best), features)
        )
    return result


def _rows(
    item: Item,
    interaction: Any,
    response: Response,
    lefts: Sequence[Any],
    rights: Sequence[Any],
    key: Sequence[tuple[str, str]],
) -> Part | None:
    """A match whose rows take several columns, or none: a multiple choice for each row."""
    if len(rights) < 2:
        return None
    trial = item.trial(response)
    best = trial.earned(Bag(tuple(f"{a} {b}" for a, b in key))) if key else None
    explained = item.remarks.explain(_candidates(item, response, [f"{a} {b}" for a, b in key], best))
    ids = new_ids(e.get("identifier") for e in rights)
    rows: list[tuple[Any, dict[str, Any]]] = []
    for i, left in enumerate(lefts):
        right = tuple(ids[b] for a, b in key if a == left.get("identifier") and b in ids)
        one = left.get("matchMax") == "1" and len(right) < 2
        fields: dict[str, Any] = {
            "id": f"row{i + 1}",
            "stem": item.prose.text(left),
            "choices": tuple(choice(e.get("identifier"), ids, item.prose.text(e), e) for e in rights),
            "answer": (right[0] if one else right) if right else None,
        }
        rows.append((SingleChoice if one else MultipleChoice, fields))
    item.problem("R048", "a row may go with several columns or none, so each was read as a choice", interaction)
    worth = [
        ZERO
        if best is None
        else trial.earned(Bag(tuple(f"{a} {b}" for a, b in key if a == e.get("identifier")))) or ZERO
        for e in lefts
    ]
    if best is not None and best > 0:
        for (_, fields), points in zip(rows, worth, strict=True):
            fields["points"] = tidy(points)
    return Part(Group, {"questions": tuple(make(**fields) for make, fields in rows)}, explained, best)


def associate_question(item: Item, interaction: Any) -> Part | None:
    """The pairs of an associate interaction as a matching question: the first of each pair is a prompt."""
    response = item.response(interaction)
    elements = {e.get("identifier"): e for e in children(interaction, "simpleAssociableChoice") if e.get("identifier")}
    key = [(a, b) for a, b in _key(response) if a in elements and b in elements]
    firsts, seconds = [a for a, _ in key], [b for _, b in key]
    if not key or len(set(firsts)) < len(firsts) or set(firsts) & set(seconds):
        return None
    lefts = [e for name, e in elements.items() if name in firsts]
    rights = [e for name, e in elements.items() if name not in firsts]
    if len(rights) < 2:
        return None
    values = [Pair(*sorted(pair)) for pair in key]
    trial = item.trial(response)
    best = trial.earned(Bag(tuple(values)))
    explained = item.remarks.explain(_candidates(item, response, values, best))
    left_ids, right_ids = pair_ids(lefts, rights)
    item.problem("R048", "pairs of one list were read as matching", interaction)
    policy = "each_correct"
    if best is not None and best > 0:
        alone = [trial.earned(Bag((value,))) or ZERO for value in values]
        policy = "each_correct" if any(alone) or len(values) == 1 else "all_or_nothing"
    fields: dict[str, Any] = {
        "prompts": tuple(Prompt(id=left_ids[e.get("identifier")], text=item.prose.text(e)) for e in lefts),
        "choices": tuple(choice(e.get("identifier"), right_ids, item.prose.text(e), e) for e in rights),
        "answer": {left_ids[a]: right_ids[b] for a, b in key},
        "scoring": policy,
        "shuffle": is_true(interaction, "shuffle"),
    }
    return Part(Matching, fields, explained, best)


def order_question(item: Item, interaction: Any) -> Part | None:
    """The question of an order interaction; None where only some of its choices are to be put in order."""
    response = item.response(interaction)
    elements = [e for e in children(interaction, "simpleChoice") if e.get("identifier")]
    names = [e.get("identifier") for e in elements]
    if len(names) < 2 or len(set(names)) < len(names):
        return None
    key = [name for name in response.correct if name in names]
    if key and sorted(key) != sorted(names):
        return None
    trial = item.trial(response)
    best = trial.earned(Bag(tuple(key), ordered=True)) if key else None
    policy, exact = "all_or_nothing", not item.marker.is_marked or best is not None or not key
    tried = _orders(key)
    if best is not None and best > 0:
        scores = [(hits, (trial.earned(Bag(order, ordered=True)) or ZERO) / best) for order, hits in tried]
        if any(score for _, score in scores):
            policy = "each_position"
            exact = all(abs(score - Fraction(hits, len(key))) <= A_TRIFLE for hits, score in scores)
    elif best is not None:
        exact = False
    if not exact:
        item.unread_scoring("the marking of its order is not one of the bank's; the nearest was taken", interaction)
    candidates = [
        Candidate(
            {**item.others, response.identifier: Bag(order, ordered=True)},
            share_of(trial.earned(Bag(order, ordered=True)), best),
        )
        for order in (tuple(key), *(order for order, _ in tried))
        if order
    ]
    explained = item.remarks.explain(candidates)
    ids = new_ids(names, "i")
    fields: dict[str, Any] = {
        "items": tuple(OrderedItem(id=ids[e.get("identifier")], text=item.prose.text(e)) for e in elements),
        "answer": tuple(ids[name] for name in key) or None,
        "scoring": policy,
    }
    return Part(Ordering, fields, explained, best)


def _orders(key: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """Wrong orders with how many places are right in each."""
    if len(key) < 2:
        return []
    found = []
    for i in range(len(key) - 1):
        swapped = list(key)
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        found.append(tuple(swapped))
    found.append((*key[1:], key[0]))
    return [(order, sum(a == b for a, b in zip(order, key, strict=True))) for order in dict.fromkeys(found)]
