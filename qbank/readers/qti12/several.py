"""Items with several responses: matching, texts with gaps, things sorted into groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from html import escape
from math import gcd
from typing import Any

import msgspec

from qbank import richtext
from qbank.formats.qti12 import BLANK, DROPDOWNS
from qbank.model import (
    ONE,
    ZERO,
    Accepted,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Matching,
    NumericBlank,
    Prompt,
    Question,
    Text,
    TextBlank,
)
from qbank.readers.qti12.entry import Entry, Label, Response, names
from qbank.readers.qti12.lines import accepted, exactly, numeric_answers
from qbank.readers.qti12.scoring import Given, simple
from qbank.richtext import is_empty

_FILL_IN = "fill_in_multiple_blanks_question"
_PREFIX = "response_"
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
_MOST_SHARE = 100
_SMALL = Fraction(1, 200)


def gap_names(entry: Entry) -> dict[str, str]:
    """The names that stand in brackets in the text for responses, by the responses' names."""
    shown = set(BLANK.findall(richtext.plain(entry.prose.text(entry.stem_html({})))))
    found = {}
    for response in entry.responses:
        name = response.ident.removeprefix(_PREFIX)
        if name in shown:
            found[response.ident] = name
            continue
        # Canvas names the gap in the material of its response, too
        named = richtext.plain(entry.prose.text(response.html)).strip()
        if named in shown and response.ident.startswith(_PREFIX):
            found[response.ident] = named
    return found


def key_of(entry: Entry, response: Response) -> str | None:
    """What should be chosen: what earns something alone, else what a rule about all of them asks for."""
    best, key = ZERO, None
    for label in response.labels:
        score = entry.processing.outcome({response.ident: [label.ident]}).score
        if score > best:
            best, key = score, label.ident
    if key is not None:
        return key
    known = {label.ident for label in response.labels}
    for rule in entry.processing.rewarded():
        for test in rule.iter("varequal"):
            value = "".join(test.itertext()).strip()
            denied = sum(1 for around in test.iterancestors() if around.tag == "not") % 2
            if test.get("respident") == response.ident and value in known and not denied:
                return value
    return None


# Texts with gaps


def cloze(entry: Entry, common: dict[str, Any], brackets: dict[str, str]) -> Question:
    """A text with gaps: named in brackets, or where the responses stand."""
    ids = _blank_ids(entry, brackets)
    blanks: list[Blank] = []
    right: dict[str, list[str]] = {}
    shares: list[Fraction] = []
    for response in entry.responses:
        blank, answer, earned = _blank(entry, response, ids[response.ident], bracketed=response.ident in brackets)
        blanks.append(blank)
        shares.append(earned)
        if answer is not None:
            right[response.ident] = [answer]
    whole = entry.processing.outcome(right).score
    if whole <= 0:
        whole = entry.processing.best()
    known = all(blank.answer is not None for blank in blanks)
    if not known:
        entry.note("R011", "the file does not say what belongs in each gap")
    elif any(share <= 0 for share in shares) and len(shares) > 1:
        entry.note("R043", "the file gives points for all gaps together; in the bank each gap earns its part")
    entry.remarks.by_outcome(right if known else None, {})
    common |= {"points": entry.worth(whole), "feedback": entry.remarks.whole()}
    common["stem"] = _stem(entry, brackets, ids)
    return Cloze(**common, blanks=tuple(_shared(blanks, shares)))


def _blank_ids(entry: Entry, brackets: dict[str, str]) -> dict[str, str]:
    wanted = {r.ident: brackets.get(r.ident, r.ident.removeprefix(_PREFIX)) for r in entry.responses}
    usable = all(len(name) <= 40 and _ID.match(name) for name in wanted.values())
    if (
        usable
        and len(set(wanted.values())) == len(wanted)
        and any(r.ident.startswith(_PREFIX) for r in entry.responses)
    ):
        return wanted
    return {response.ident: f"b{i}" for i, response in enumerate(entry.responses, 1)}


def _stem(entry: Entry, brackets: dict[str, str], ids: dict[str, str]) -> Text:
    """The text with its gaps."""
    marks = {ident: f'<blank id="{ids[ident]}"></blank>' for ident in ids}
    shown = {}
    for response in entry.responses:
        if response.ident in brackets:
            shown[response.ident] = ""
        elif response.render == "choice" and response.html:
            # what stands before a list of choices, as in matching
            shown[response.ident] = f"<p>{response.html} {marks[response.ident]}{response.behind}</p>"
        else:
            shown[response.ident] = f"{response.html}{marks[response.ident]}{response.behind}"
    html = entry.stem_html(shown)
    waiting = {name: marks[ident] for ident, name in brackets.items()}
    html = BLANK.sub(lambda found: waiting.pop(found[1], found[0]), html)
    return entry.prose.text(html, blanks=frozenset(ids.values()))


def _blank(entry: Entry, response: Response, name: str, *, bracketed: bool) -> tuple[Blank, str | None, Fraction]:
    """A gap, the right answer as the file writes it, and what it earns."""
    if response.render != "choice":
        return _written(entry, response, name)
    listed = _bank(entry, response)
    key = key_of(entry, response)
    if key is None and len(response.labels) == 1 < len(listed):
        key = response.labels[0].ident
    if bracketed and _is_fill_in(entry, response):
        texts = _texts(entry, response, key)
        earned = ZERO if key is None else _earned(entry, response, key)
        sensitive = bool(listed) and all(_minds_case(label) for label in listed)
        wildcard = any(_algorithm(label) == "TextContainsAnswer" for label in listed)
        blank = TextBlank(id=name, answer=tuple(texts) or None, case_sensitive=sensitive, wildcard=wildcard)
        return blank, key or (listed[0].ident if listed else None), earned
    made = [(label, entry.prose.text(label.html)) for label in listed]
    ids = names(tuple(label for label, _ in made))
    silent = entry.remarks.named(entry.processing.outcome({}).said)
    choices = []
    for label, text in made:
        said = entry.remarks.named(entry.processing.outcome({response.ident: [label.ident]}).said)
        feedback = entry.remarks.text([n for n in said if n not in silent])
        choices.append(Choice(id=ids[label.ident], text=text, feedback=feedback))
    while len(choices) < 2:
        choices.append(Choice(id=f"none-{len(choices)}", text=""))
        entry.note("R047", "a menu with fewer than two choices was given more, without text", response.element)
    answer = None if key is None else ids[key]
    weights = [_earned(entry, response, label.ident) for label, _ in made]
    best = max(weights, default=ZERO)
    if best > 0 and sum(1 for weight in weights if weight > 0) > 1:
        import msgspec

        choices = [
            msgspec.structs.replace(c, weight=simple(min(ONE, w / best)))
            for c, w in zip(choices, weights, strict=False)
        ]
    return ChoiceBlank(id=name, choices=tuple(choices), answer=answer, shuffle=response.shuffle), key, best


def _written(entry: Entry, response: Response, name: str) -> tuple[Blank, str | None, Fraction]:
    if response.is_number:
        numbers = numeric_answers(entry, response)
        if numbers is not None:
            first = next(iter(numbers), None)
            value = None
            if first is not None:
                low, high = first.bounds
                value = exactly(first.value if first.value is not None else (low + high) / 2)
            earned = ZERO if value is None else entry.processing.outcome({response.ident: [value]}).score
            return NumericBlank(id=name, answer=tuple(numbers) or None), value, earned
    texts, sensitive, wildcard = accepted(entry, response)
    right = texts[0].text.strip("*") if texts else None
    earned = ZERO if right is None else entry.processing.outcome({response.ident: [right]}).score
    return TextBlank(id=name, answer=tuple(texts) or None, case_sensitive=sensitive, wildcard=wildcard), right, earned


def _is_fill_in(entry: Entry, response: Response) -> bool:
    """Whether what is listed are words to write, not to choose."""
    kinds = {label.element.get("answer_type") or "" for label in response.labels}
    if kinds & {"dropdown", "wordbank"}:
        return False
    if entry.type in (_FILL_IN, DROPDOWNS):
        return entry.type == _FILL_IN
    shown = {richtext.plain(entry.prose.text(label.html)).strip().casefold() for label in response.labels}
    return len(shown) == 1


def _minds_case(label: Label) -> bool:
    """Whether New Quizzes compares a word to the letter."""
    if (label.element.get("ignore_case") or "").lower() == "true":
        return False
    return _algorithm(label) == "TextEquivalence" or (label.element.get("case") or "").lower() == "yes"


def _bank(entry: Entry, response: Response) -> list[Label]:
    """What can be chosen for a gap; words to drag are there for all gaps."""
    if not any(label.element.get("answer_type") == "wordbank" for label in response.labels):
        return list(response.labels)
    found = {
        label.ident: label
        for r in entry.responses
        for label in r.labels
        if label.element.get("answer_type") == "wordbank"
    }
    return list(found.values())


def _algorithm(label: Label) -> str:
    return label.element.get("scoring_algorithm") or ""


def _texts(entry: Entry, response: Response, key: str | None) -> list[Accepted]:
    """The words that a gap of Canvas accepts: all that are listed."""
    found: dict[str, Accepted] = {}
    silent = entry.remarks.named(entry.processing.outcome({}).said)
    for label in response.labels:
        text = " ".join(richtext.plain(entry.prose.text(label.html)).split())
        how = _algorithm(label)
        if how in ("TextCloseEnough", "TextRegex"):
            what = "with small mistakes" if how == "TextCloseEnough" else "that match a pattern"
            entry.note("R043", f"the file accepts words {what}; the bank accepts {text!r} as it is", label.element)
        said = entry.remarks.named(entry.processing.outcome({response.ident: [label.ident]}).said)
        feedback = entry.remarks.text([name for name in said if name not in silent])
        if text and text not in found:
            found[text] = Accepted(text=f"*{text}*" if how == "TextContainsAnswer" else text, feedback=feedback)
    return list(found.values())


def _earned(entry: Entry, response: Response, ident: str) -> Fraction:
    return entry.processing.outcome({response.ident: [ident]}).score


def _shared(blanks: list[Blank], earned: list[Fraction]) -> Iterator[Blank]:
    """The gaps with their parts of the points as small whole numbers, where the file says them."""
    if not earned or any(part <= 0 for part in earned) or max(earned) - min(earned) < max(earned) * _SMALL:
        yield from blanks
        return
    least = min(earned)
    scaled = [(part / least).limit_denominator(_MOST_SHARE) for part in earned]
    common = 1
    for part in scaled:
        common = common * part.denominator // gcd(common, part.denominator)
    whole = [int(part * common) for part in scaled]
    divisor = gcd(*whole)
    for blank, share in zip(blanks, whole, strict=True):
        size = share // divisor
        yield (
            msgspec.structs.replace(blank, share=size)
            if 0 < size <= _MOST_SHARE and max(whole) // divisor <= _MOST_SHARE
            else blank
        )


# Matching


def matching(entry: Entry, common: dict[str, Any]) -> Question:
    """Several responses that take the same things."""
    responses = entry.responses
    merged: dict[str, Label] = {}
    same: dict[tuple[str, str], str] = {}
    by_text: dict[str, str] = {}
    for response in responses:
        for label in response.labels:
            text = richtext.plain(entry.prose.text(label.html)).strip()
            first = by_text.setdefault(text or f"\0{label.ident}", label.ident) if label.html else label.ident
            merged.setdefault(first, label)
            same[response.ident, label.ident] = first
    keys = {r.ident: key_of(entry, r) for r in responses}
    prompts: list[Prompt] = []
    answer: dict[str, str] = {}
    texts = {r.ident: entry.prose.text(r.html) for r in responses}
    full = [r for r in responses if not is_empty(texts[r.ident])] or responses
    if len(full) < len(responses):
        entry.note("R046", f"{len(responses) - len(full)} pairs without a left side were left out")
    used = {same[r.ident, key] for r in full if (key := keys[r.ident]) is not None}
    shown = {first: entry.prose.text(label.html) for first, label in merged.items()}
    kept = [first for first in merged if not is_empty(shown[first]) or first in used]
    if len(kept) < len(merged):
        entry.note("R046", f"{len(merged) - len(kept)} choices without text were left out")
    ids = names(tuple(merged[first] for first in kept))
    choices = [Choice(id=ids[merged[first].ident], text=shown[first], fixed=merged[first].fixed) for first in kept]
    for i, response in enumerate(full, 1):
        prompts.append(Prompt(id=str(i), text=texts[response.ident]))
        key = keys[response.ident]
        if key is not None:
            answer[str(i)] = ids[merged[same[response.ident, key]].ident]
    while len(choices) < 2:
        choices.append(Choice(id=f"none-{len(choices)}", text=""))
        entry.note("R047", "a question with fewer than two choices was given more, without text")
    right: Given = {ident: [key] for ident, key in keys.items() if key is not None}
    whole = entry.processing.outcome(right).score
    one = {full[0].ident: right[full[0].ident]} if full[0].ident in right else {}
    part = entry.processing.outcome(one).score if one else ZERO
    entry.remarks.by_outcome(right, {})
    complete = len(answer) == len(prompts)
    if not complete:
        entry.note("R011", "the file does not say what belongs together")
    exact = entry.first("scoring_algorithm") in ("DeepEquals", "AllOrNothing") or (
        whole > 0 and part <= 0 and len(prompts) > 1
    )
    common |= {
        "points": entry.worth(whole),
        "feedback": entry.remarks.whole(),
        "stem": entry.prose.text(entry.stem_html({r.ident: r.behind for r in responses})),
    }
    return Matching(
        **common,
        prompts=tuple(prompts),
        choices=tuple(choices),
        answer=answer if complete else None,
        scoring="all_or_nothing" if exact else "each_correct",
        shuffle=any(r.shuffle or (entry.is_canvas and not r.is_ordered) for r in responses),
    )


def sorted_into_groups(entry: Entry, common: dict[str, Any]) -> Question:
    """Things that belong in groups, several in each: every thing finds its group."""
    responses = entry.responses
    things: dict[str, Label] = {}
    group_of: dict[str, str] = {}
    right: dict[str, list[str]] = {}
    for response in responses:
        for label in response.labels:
            things.setdefault(label.ident, label)
        for rule in entry.processing.rewarded():
            for test in rule.iter("varequal"):
                value = "".join(test.itertext()).strip()
                if test.get("respident") == response.ident and value in things:
                    group_of.setdefault(value, response.ident)
                    right.setdefault(response.ident, []).append(value)
    loose = [ident for ident in things if ident not in group_of]
    if loose:
        entry.note("R043", f"{len(loose)} things that belong in no group were left out")
    groups = {response.ident: str(i) for i, response in enumerate(responses, 1)}
    prompts = [Prompt(id=f"p{i}", text=entry.prose.text(things[ident].html)) for i, ident in enumerate(group_of, 1)]
    choices = [Choice(id=groups[r.ident], text=entry.prose.text(r.html)) for r in responses]
    entry.note("R048", "things to sort into groups were read as a matching question: each thing finds its group")
    entry.remarks.by_outcome(right, {})
    common |= {
        "points": entry.worth(entry.processing.outcome(right).score),
        "feedback": entry.remarks.whole(),
        "stem": entry.prose.text(entry.stem_html({r.ident: "" for r in responses})),
    }
    return Matching(
        **common,
        prompts=tuple(prompts),
        choices=tuple(choices),
        answer={f"p{i}": groups[group] for i, group in enumerate(group_of.values(), 1)},
    )


def shares_labels(responses: list[Response]) -> bool:
    """Whether responses take the same things, by their names or by what they show."""
    if len(responses) < 2:
        return False
    first, *others = [frozenset(label.ident for label in r.labels) for r in responses]
    shown = [frozenset(escape(label.html.strip()) for label in r.labels) for r in responses]
    return all(first & other for other in others) or all(shown[0] & other for other in shown[1:])
