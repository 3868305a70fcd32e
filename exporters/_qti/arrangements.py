"""Matching and ordering: responses that put things together or in order."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

from qbank.formats import qti
from qbank.model import Matching, Ordering

from . import scoring
from .choices import A_TRIFLE
from .scoring import Branch
from .sheet import RESPONSE, Response, Sheet, entry

MOST_WRITTEN_OUT = 5
"""Items whose orders are written out one by one for partial credit: 5 have 76 that earn something, 6 have 455."""


def matching(question: Matching, sheet: Sheet) -> None:
    """Write prompts and choices as a `matchInteraction`; each prompt takes one choice, a choice any number of prompts."""
    lefts, rights = qti.pair_identifiers((p.id for p in question.prompts), (c.id for c in question.choices))
    shuffle = "true" if question.shuffle else "false"
    body, element = sheet.body, sheet.prose.element
    body.open("matchInteraction", responseIdentifier=RESPONSE, shuffle=shuffle, maxAssociations="0")
    body.open("simpleMatchSet")
    # only the choices change places
    fixed = {"fixed": "true"} if question.shuffle else {}
    for i, prompt in enumerate(question.prompts):
        name = lefts[prompt.id]
        element(
            body, "simpleAssociableChoice", prompt.text, f"/prompts/{i}/text", identifier=name, matchMax="1", **fixed
        )
    body.close()
    body.open("simpleMatchSet")
    uses = str(len(question.prompts))
    for i, choice in enumerate(question.choices):
        more = {"matchMax": uses, "fixed": "true"} if choice.fixed else {"matchMax": uses}
        name = rights[choice.id]
        element(body, "simpleAssociableChoice", choice.text, f"/choices/{i}/text", identifier=name, **more)
        if choice.feedback is not None:
            sheet.loss("X201", "a choice of a matching question has no feedback in QTI", f"/choices/{i}/feedback")
    body.close()
    body.close()
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "multiple", "directedPair"))
        return
    pairs = tuple([f"{lefts[p.id]} {rights[question.answer[p.id]]}" for p in question.prompts])
    if question.scoring == "all_or_nothing":
        sheet.responses.append(Response(RESPONSE, "multiple", "directedPair", pairs))
        sheet.scored_exactly(RESPONSE)
        return
    parts = qti.apportion(sheet.points, [1] * len(pairs))
    mapping = tuple([entry(pair, part) for pair, part in zip(pairs, parts, strict=True)])
    bounds = ("0", qti.number(sheet.points))
    sheet.responses.append(Response(RESPONSE, "multiple", "directedPair", pairs, mapping, *bounds))
    sheet.scored_by_mapping(full=scoring.is_correct(RESPONSE))


def ordering(question: Ordering, sheet: Sheet) -> None:
    """Write items as an `orderInteraction`, always shuffled: their order in the file may be the answer."""
    body = sheet.body
    body.open("orderInteraction", responseIdentifier=RESPONSE, shuffle="true")
    for i, item in enumerate(question.items):
        sheet.prose.element(body, "simpleChoice", item.text, f"/items/{i}/text", identifier=qti.identifier(item.id))
    body.close()
    if question.answer is None:
        sheet.responses.append(Response(RESPONSE, "ordered", "identifier"))
        return
    key = tuple([qti.identifier(name) for name in question.answer])
    sheet.responses.append(Response(RESPONSE, "ordered", "identifier", key))
    full = scoring.is_correct(RESPONSE)
    if question.scoring == "all_or_nothing":
        sheet.scored_exactly(RESPONSE)
    elif len(key) <= MOST_WRITTEN_OUT:
        sheet.scored_by([scoring.when(_orders(key, sheet.points))], full=full)
    else:
        message = (
            "some players cannot mark single positions of so many items; they give points for the whole order only"
        )
        sheet.loss("X301", message, "/scoring")
        parts = qti.apportion(sheet.points, [1] * len(key))
        rules = [
            scoring.when([(scoring.stands_at(RESPONSE, i + 1, name), [scoring.earn(scoring.points(part))])])
            for i, (name, part) in enumerate(zip(key, parts, strict=True))
        ]
        # the whole order is marked without `index`, which one player cannot compute
        whole: Branch = (full, [scoring.score(sheet.points)])
        rules = [scoring.answered(RESPONSE, [scoring.when([whole], rules)])]
        sheet.scored_by(rules, full=full, some=scoring.more_than(scoring.SCORE, A_TRIFLE))


def _orders(key: tuple[str, ...], points: Fraction) -> list[Branch]:
    """A branch for each number of right positions, the best first, with every order that has so many."""
    count = len(key)
    by_hits: dict[int, list[scoring.Expression]] = {}
    for order in permutations(key):
        hits = sum(a == b for a, b in zip(order, key, strict=True))
        if 0 < hits < count:
            by_hits.setdefault(hits, []).append(scoring.is_sequence(RESPONSE, order))
    branches: list[Branch] = [(scoring.is_correct(RESPONSE), [scoring.score(points)])]
    for hits in sorted(by_hits, reverse=True):
        branches.append((scoring.either(by_hits[hits]), [scoring.score(points * hits / count)]))
    return branches
