"""Items in which something is chosen or put in order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from qbank.formats.qti import truth
from qbank.formats.qti12 import OWN
from qbank.model import ONE, ZERO, Choice, Item, MultipleChoice, Ordering, Question, SingleChoice, Text, TrueFalse
from qbank.readers.qti12.entry import Entry, Label, Response, names, shown_labels
from qbank.readers.qti12.scoring import simple
from qbank.richtext import plain

_TRUE_FALSE = frozenset({"true_false_question", "cc.true_false.v0p1", "true/false", "true false", "true_false"})
_MULTIPLE = frozenset(
    {
        "multiple_answers_question",
        "cc.multiple_response.v0p1",
        "multiple answer",
        "multiple correct answer",
        "multiple response",
    }
)


def choice(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    """The question whose choices a `response_lid` holds."""
    if entry.type in _MULTIPLE or response.cardinality == "multiple":
        return _multiple(entry, response, common)
    return _single(entry, response, common)


def _single(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    earned = {label.ident: entry.processing.outcome({response.ident: [label.ident]}).score for label in response.labels}
    best = max(earned.values(), default=ZERO)
    equal = [ident for ident, score in earned.items() if score == best > 0]
    key = _first_asked(entry, response, equal) or _set_key(entry, response)
    shown = {
        label.ident: entry.remarks.named(entry.processing.outcome({response.ident: [label.ident]}).said)
        for label in response.labels
    }
    said = entry.remarks.of_choices(shown, key)
    labels = list(shown_labels(entry, response, frozenset({key or ""})))
    common |= {"points": entry.worth(best), "feedback": entry.remarks.whole()}
    told = _true_false(entry, labels, key, said)
    if told is not None:
        return TrueFalse(**common, **told)
    ids = names(tuple(label for label, _ in labels))
    weights = {ident: _clipped(score / best) if best > 0 else ZERO for ident, score in earned.items()}
    plainly = best <= 0 or all(weight == (ONE if ident == key else ZERO) for ident, weight in weights.items())
    if key is None:
        entry.note("R011", "the file does not say which choice is right", response.element)
    choices = tuple(
        Choice(
            id=ids[label.ident],
            text=text,
            feedback=said.get(label.ident),
            weight=None if plainly else weights[label.ident],
            fixed=label.fixed and response.shuffle,
        )
        for label, text in labels
    )
    return SingleChoice(
        **common,
        choices=_enough(entry, choices),
        answer=None if key is None else ids.get(key),
        scoring="all_or_nothing" if plainly else "weighted",
        shuffle=response.shuffle,
    )


def _first_asked(entry: Entry, response: Response, equal: list[str]) -> str | None:
    """The choice that a rule of New Quizzes calls the right one; else of those that earn as much the one asked for first."""
    known = {label.ident for label in response.labels}
    for rule in entry.processing.rules:
        value = "".join(next(rule.iter("varequal"), rule).itertext()).strip()
        if (rule.get("correctanswer") or "").lower() == "yes" and value in known:
            return value
    for rule in entry.processing.rewarded() if len(equal) > 1 else ():
        for test in rule.iter("varequal"):
            value = "".join(test.itertext()).strip()
            if test.get("respident") == response.ident and value in equal:
                return value
    return equal[0] if equal else None


def _set_key(entry: Entry, response: Response) -> str | None:
    """The choice whose score is set, not added, in a question worth nothing (as Respondus writes it)."""
    known = {label.ident for label in response.labels}
    for rule in entry.processing.rules:
        tests = [test for test in rule.iter("varequal") if test.get("respident") == response.ident]
        is_set = any((change.get("action") or "Set") == "Set" for change in rule.iterfind("setvar"))
        value = "".join(tests[0].itertext()).strip() if len(tests) == 1 else ""
        title = (rule.get("title") or "").lower()
        if value in known and ((is_set and "incorrect" not in title) or title == "correct"):
            return value
    return None


def _true_false(
    entry: Entry, labels: list[tuple[Label, Text]], key: str | None, said: dict[str, Text]
) -> dict[str, Any] | None:
    """What a true/false question needs, where this is one."""
    stated = entry.type in _TRUE_FALSE
    if len(labels) != 2 or (entry.type and not stated):
        return None
    truths = {label.ident: _truth(label, text) for label, text in labels}
    if set(truths.values()) != {True, False}:
        return None
    of = {value: ident for ident, value in truths.items()}
    found: dict[str, Any] = {"answer": None if key is None else truths[key]}
    for value, name in ((True, "feedback_true"), (False, "feedback_false")):
        if of[value] in said:
            found[name] = said[of[value]]
    if key is None:
        entry.note("R011", "the file does not say whether it is true")
    return found


def _truth(label: Label, text: Text) -> bool | None:
    """Whether a choice says true or false, by its words, else by its name."""
    said = truth(plain(text))
    return said if said is not None or plain(text).strip() else truth(label.ident)


def _multiple(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    process, name = entry.processing, response.ident
    known = [label.ident for label in response.labels]
    nothing = process.outcome({name: []})
    alone = {ident: process.outcome({name: [ident]}) for ident in known}
    exact = _exact_key(entry, response)
    added = [ident for ident in known if alone[ident].score - nothing.score > 0]
    key = max(
        (exact, added), key=lambda idents: (process.outcome({name: idents}).score if idents else ZERO, len(idents))
    )
    whole = process.outcome({name: key}).score
    silent = frozenset(entry.remarks.named(nothing.said))
    shown = {i: [n for n in entry.remarks.named(o.said) if n not in silent] for i, o in alone.items()}
    said = entry.remarks.of_choices(shown, None)
    wrong = [ident for ident in known if ident not in key] or []
    entry.remarks.by_outcome({name: key} if key else None, {name: wrong})
    labels = list(shown_labels(entry, response, frozenset(key)))
    ids = names(tuple(label for label, _ in labels))
    policy, weights = _policy(entry, key, known, {i: o.score - nothing.score for i, o in alone.items()}, whole)
    if not key:
        entry.note("R011", "the file does not say which choices are right", response.element)
    choices = tuple(
        Choice(
            id=ids[label.ident],
            text=text,
            feedback=said.get(label.ident),
            weight=weights.get(label.ident),
            fixed=label.fixed and response.shuffle,
        )
        for label, text in labels
    )
    common |= {"points": entry.worth(whole), "feedback": entry.remarks.whole()}
    return MultipleChoice(
        **common,
        choices=_enough(entry, choices),
        answer=tuple(ids[ident] for ident in known if ident in key and ident in ids) or None,
        scoring=policy,
        shuffle=response.shuffle,
    )


def _exact_key(entry: Entry, response: Response) -> list[str]:
    """What a rule that looks at all choices at once asks for."""
    known = {label.ident for label in response.labels}
    for rule in entry.processing.rewarded():
        asked = []
        for test in rule.iter("varequal", "varsubset"):
            denied = sum(1 for around in test.iterancestors() if around.tag == "not") % 2
            if test.get("respident") == response.ident and not denied:
                asked += [
                    part.strip() for part in "".join(test.itertext()).split("," if test.tag == "varsubset" else "\0")
                ]
        found = [ident for ident in dict.fromkeys(asked) if ident in known]
        if len(found) > 1 or (found and rule.find("conditionvar/and") is not None):
            return found
    return []


def _policy(
    entry: Entry, key: list[str], known: list[str], alone: dict[str, Fraction], whole: Fraction
) -> tuple[Any, dict[str, Fraction]]:
    """The scoring that gives the same points, and the weights where it needs them."""
    if not key or whole <= 0:
        return "each_correct", {}
    own = entry.first(f"{OWN}scoring")
    if own in ("each_correct", "balanced") and entry.is_canvas:
        return own, {}
    share = Fraction(1, len(key))
    wrong = [ident for ident in known if ident not in key]
    earned = {ident: alone[ident] / whole for ident in known}
    if entry.is_canvas and not any(earned[ident] > 0 for ident in key if len(key) > 1):
        if entry.first("scoring_algorithm") == "AllOrNothing":
            return "all_or_nothing", {}
        # Canvas: each right choice earns its share, each wrong one costs as much
        earned = {ident: share if ident in key else -share for ident in known}
    if not any(earned[ident] > 0 for ident in key) or (len(key) == 1 and all(earned[i] == 0 for i in wrong)):
        return "all_or_nothing", {}
    if not all(abs(earned[ident] - share) < Fraction(1, 200) for ident in key):
        return "weighted", {ident: _clipped(score) for ident, score in earned.items()}
    if all(earned[ident] <= -ONE + Fraction(1, 200) for ident in wrong):
        return "each_correct", {}
    if wrong and all(abs(earned[ident] + Fraction(1, len(wrong))) < Fraction(1, 200) for ident in wrong):
        return "balanced", {}
    exact = {ident: share if ident in key else _clipped(earned[ident]) for ident in known}
    return "weighted", exact


def ordering(entry: Entry, response: Response, common: dict[str, Any]) -> Question:
    """The question whose items a `response_lid` of cardinality `Ordered` holds."""
    known = [label.ident for label in response.labels]
    key = _sequence(entry, response, known)
    if key is None:
        entry.note("R011", "the file does not say in what order they belong", response.element)
    process = entry.processing
    whole = process.outcome({response.ident: key}).score if key else ZERO
    if whole <= 0:
        whole = process.best()
    swapped = [*key[1:2], *key[:1], *key[2:]] if key else []
    part = process.outcome({response.ident: swapped}).score if key and len(key) > 2 else ZERO
    entry.remarks.by_outcome({response.ident: key} if key else None, {response.ident: swapped[::-1] if key else []})
    labels = list(shown_labels(entry, response, frozenset(known)))
    ids = names(tuple(label for label, _ in labels))
    own = entry.first(f"{OWN}scoring")
    by_position = own == "each_position" or (ZERO < part < whole)
    common |= {"points": entry.worth(whole), "feedback": entry.remarks.whole()}
    return Ordering(
        **common,
        items=tuple(Item(id=ids[label.ident], text=text) for label, text in labels),
        answer=None if key is None else tuple(ids[ident] for ident in key),
        scoring="each_position" if by_position else "all_or_nothing",
    )


def _sequence(entry: Entry, response: Response, known: list[str]) -> list[str] | None:
    """The right order: by the places that the tests name, else in the order of the tests."""
    for rules in (list(entry.processing.rewarded()), entry.processing.rules):
        placed: dict[str, int] = {}
        found: list[str] = []
        for rule in rules:
            for test in rule.iter("varequal", "varsubset"):
                if test.get("respident") != response.ident:
                    continue
                for value in "".join(test.itertext()).split("," if test.tag == "varsubset" else "\0"):
                    if value.strip() in known and value.strip() not in found:
                        found.append(value.strip())
                        index = test.get("index") or ""
                        if index.isascii() and index.isdigit():
                            placed[value.strip()] = int(index[:6])
        if sorted(found) == sorted(known):
            return sorted(found, key=lambda ident: placed[ident]) if len(placed) == len(found) else found
    return None


def _clipped(weight: Fraction) -> Fraction:
    return simple(max(-ONE, min(ONE, weight)))


def _enough(entry: Entry, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """At least two choices, as every question needs."""
    if len(choices) >= 2:
        return choices
    entry.note("R047", "a question with fewer than two choices was given more, without text")
    more = tuple(Choice(id=f"none-{i}", text="") for i in range(1, 3 - len(choices)))
    return choices + more
