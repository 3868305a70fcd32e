"""Feedback: what an item says afterwards, found by trying responses and looking at what is shown.

Every feedback of an item is shown or not shown for each response tried. Where
that agrees with one of the feedbacks the bank has (to a choice or an accepted
answer, to what is right, partly right or wrong, to everyone), it is that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from qbank import richtext
from qbank.formats.flatten import together
from qbank.model import ZERO, Feedback, Html, Text
from qbank.readers.qti.declarations import Bag, Value
from qbank.readers.qti.marking import A_TRIFLE, Marker
from qbank.readers.qti.nodes import line
from qbank.readers.qti.processing import UNKNOWN

_CHOICES = ("simpleChoice", "simpleAssociableChoice", "inlineChoice", "hottext", "gapText", "gapImg")
_INTERACTION = "Interaction"
_NAMES = {
    "correct": "correct",
    "partial": "partial",
    "partially_correct": "partial",
    "incorrect": "incorrect",
    "wrong": "incorrect",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A feedback of an item and when it shows."""

    element: Any
    outcome: str
    identifier: str
    hides: bool
    choice: str | None = None
    """The choice it stands in."""
    title: str = ""

    def is_visible(self, outcomes: Mapping[str, Any]) -> bool | None:
        """Whether it shows with some outcomes; None where that cannot be computed."""
        found = outcomes.get(self.outcome)
        if found is UNKNOWN:
            return None
        values: tuple[Any, ...] = found.values if isinstance(found, Bag) else (found,)
        return (self.identifier in values) != self.hides


@dataclass(frozen=True, slots=True)
class Candidate:
    """A response that is tried: its values, its share of the points, and what it chose or wrote."""

    values: Mapping[str, Value]
    share: Fraction | None
    features: frozenset[str] = frozenset()


@dataclass(slots=True)
class Explained:
    """The feedbacks that were understood."""

    features: dict[str, Text] = field(default_factory=dict)
    general: Text | None = None
    correct: Text | None = None
    partial: Text | None = None
    incorrect: Text | None = None

    def feedback(self) -> Feedback | None:
        """The feedback of the question as a whole, or None where it has none."""
        made = Feedback(general=self.general, correct=self.correct, partial=self.partial, incorrect=self.incorrect)
        return made if made != Feedback() else None

    def add(self, name: str, text: Text) -> None:
        """Add a text to one of the four feedbacks of the question."""
        setattr(self, name, added(getattr(self, name), text))


@dataclass(slots=True)
class Remarks:
    """The feedbacks of an item that are not yet understood."""

    marker: Marker
    read: Callable[[Any], Text]
    waiting: list[Shown] = field(default_factory=list)
    random: bool = False
    """Whether the item draws values by chance, so that nothing tried says when a feedback is shown."""
    in_part: bool = False
    """Whether one of several interactions is tried: what is always shown then belongs to all of them."""

    def collect(self, item: Any, body: Any) -> None:
        """Take the feedbacks out of the body; those that hold interactions stay as a part of it."""
        from qbank.readers.qti.prose import remove

        start = self.marker.initial()
        adaptive = item.get("adaptive") in ("true", "1")
        for element in [*body.iter("feedbackBlock", "feedbackInline")]:
            if adaptive and _shown(element, None).is_visible(start):
                continue  # it is there from the start, and goes away later
            if any(isinstance(e.tag, str) and e.tag.endswith(_INTERACTION) for e in element.iter()):
                continue
            if element.getroottree().getroot() is not item:
                continue  # it is a part of one that was taken out
            chosen = next((p.get("identifier") for p in element.iterancestors(*_CHOICES)), None)
            self.waiting.append(_shown(element, chosen))
            remove(element)
            element.tail = None
        self.waiting += [_shown(element, None) for element in item if element.tag == "modalFeedback"]

    def explain(self, candidates: Sequence[Candidate]) -> Explained:
        """Sort out the feedbacks that some responses explain; the others keep waiting."""
        found = Explained()
        if self.random:
            return found
        tried = [(c, self.marker.outcomes(c.values)) for c in candidates]
        rest: list[Shown] = []
        for shown in self.waiting:
            seen = [(c, shown.is_visible(outcomes)) for c, outcomes in tried]
            known = [(c, visible) for c, visible in seen if visible is not None]
            if known and any(visible for _, visible in known):
                is_known = self._sort(shown, known, found)
            else:
                is_known = bool(known) and not self.in_part and self._by_name(shown, found)
            if not is_known:
                rest.append(shown)
        self.waiting = rest
        return found

    def text(self, shown: Shown) -> Text:
        """What a feedback says, its title first."""
        said = self.read(shown.element)
        if not shown.title:
            return said
        title = richtext.serialize((richtext.Element("p", (), (richtext.Element("strong", (), (shown.title,)),)),))
        return together(Html(html=title), said) if not richtext.is_empty(said) else Html(html=title)

    def _sort(self, shown: Shown, known: Sequence[tuple[Candidate, bool]], found: Explained) -> bool:
        text = self.text(shown)
        if richtext.is_empty(text):
            return True
        features = sorted({feature for candidate, _ in known for feature in candidate.features})
        fitting = [f for f in features if all(visible == (f in c.features) for c, visible in known)]
        named = [f for f in fitting if f.rpartition(" ")[2] in (shown.identifier, shown.choice)]
        if named:
            found.features[named[0]] = added(found.features.get(named[0]), text)
            return True
        if all(visible for _, visible in known) and len(known) > 1:
            if not self.in_part:
                found.add("general", text)
            return not self.in_part
        names = _verdicts(known)
        if names:
            for name in names:
                found.add(name, text)
            return True
        if fitting:
            found.features[fitting[0]] = added(found.features.get(fitting[0]), text)
            return True
        return False

    def _by_name(self, shown: Shown, found: Explained) -> bool:
        """Sort in a feedback that nothing tried shows, where its identifier says what it is for."""
        name = _NAMES.get(shown.identifier.lower().removeprefix("feedback_"))
        if name is not None and not shown.hides:
            text = self.text(shown)
            if not richtext.is_empty(text):
                found.add(name, text)
        return name is not None and not shown.hides

    def hints(self, requests: Sequence[str], found: Explained) -> tuple[Text, ...]:
        """The hints that buttons show; a button that shows the solution shows a general feedback."""
        given: list[Text] = []
        for request in requests:
            before, after = self.marker.outcomes({}), self.marker.outcomes({request: True})
            rest: list[Shown] = []
            for shown in self.waiting:
                if shown.is_visible(after) and shown.is_visible(before) is False:
                    text = self.text(shown)
                    if "solution" in f"{shown.identifier} {request}".lower():
                        found.add("general", text)
                    elif not richtext.is_empty(text):
                        given.append(text)
                else:
                    rest.append(shown)
            self.waiting = rest
        for shown in [s for s in self.waiting if requests and s.identifier.lower().startswith("hint")]:
            given.append(self.text(shown))
            self.waiting.remove(shown)
        return tuple(given)

    def left(self) -> list[tuple[int, str, Text]]:
        """Line, identifier and text of the feedbacks that nothing explained."""
        texts = [(line(shown.element), shown.identifier, self.text(shown)) for shown in self.waiting]
        return [one for one in texts if not richtext.is_empty(one[2])]


def _verdicts(known: Iterable[tuple[Candidate, bool]]) -> list[str]:
    """Which of right, partly right and wrong responses a feedback is shown for; empty where none explains it."""
    seen: dict[str, set[bool]] = {}
    for candidate, visible in known:
        if candidate.share is None:
            return []
        name = "correct" if candidate.share >= 1 - A_TRIFLE else "incorrect"
        if name == "incorrect" and candidate.share > A_TRIFLE:
            name = "partial"
        seen.setdefault(name, set()).add(bool(visible))
    if any(len(values) > 1 for values in seen.values()) or len(seen) < 2:
        return []
    return [name for name, values in seen.items() if values == {True}]


def _shown(element: Any, choice: str | None) -> Shown:
    return Shown(
        element=element,
        outcome=element.get("outcomeIdentifier") or "",
        identifier=element.get("identifier") or "",
        hides=element.get("showHide") == "hide",
        choice=choice,
        title=" ".join((element.get("title") or "").split()),
    )


def added(first: Text | None, second: Text) -> Text:
    """Two texts one after the other; one where both are the same."""
    if first is None or first == second:
        return second
    return together(first, second)


def share_of(score: Fraction | None, best: Fraction | None) -> Fraction | None:
    """A score as a share of the best one."""
    if score is None or best is None or best <= 0:
        return None
    return max(score / best, ZERO)
