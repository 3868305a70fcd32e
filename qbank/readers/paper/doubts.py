"""What speaks against a reading once it is whole: a question beside its section, its options beside each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qbank.readers.paper.resolve import Draft
from qbank.readers.paper.words import OPENS

_LONG_STEM = 600
_LONG_ANSWER = 2500
_SWALLOWED = 60
"""Characters from which a last option that outgrows the others is looked at."""
_LABEL_INSIDE = re.compile(
    r"(?:\n|[。?！!])[ \t]*(?:[B-F][ \t]?[.．、)）][ \t]*\S|\d{1,3}[.．、](?!\d)[ \t]*[\u4e00-\u9fffA-Z])"
)
_END = re.compile(r"[。.?？!！:：;；)）】\]”\"'’_…、，,=＝]\s*$")
_OPEN_BRACKET = re.compile(r"[（(][^（）()]*$")


def weigh(drafts: Sequence[Draft]) -> None:
    """Lower the confidence of drafts that do not sit well in their section."""
    sections: dict[int, list[Draft]] = {}
    for draft in drafts:
        sections.setdefault(id(draft.item.section), []).append(draft)
    for members in sections.values():
        _beside(members)
    for draft in drafts:
        _alone(draft)


def _beside(members: list[Draft]) -> None:
    told = sum(d.answer is not None for d in members)
    promise = members[0].item.section.promise
    tops = len({id(d.item.group) if d.item.group else id(d) for d in members})
    off = promise.count is not None and promise.count not in {tops, len(members)}
    lettered = [d for d in members if d.options]
    usual = max((len(d.options) for d in lettered), key=[len(d.options) for d in lettered].count, default=0)
    for draft in members:
        item = draft.item
        if draft.answer is None and told * 10 >= len(members) * 7 and len(members) >= 3 and draft.kind not in OPENS:
            item.doubt(0.12, "no answer, though the questions around it have one")
        if off:
            item.doubt(0.08, "the heading promises another number of questions")
        if any(code in {"R019", "R020"} for code, _ in item.findings):
            item.doubt(0.08, "its number does not follow the one before")
        if len(lettered) >= 4 and draft.options and 2 <= len(draft.options) < usual:
            item.doubt(0.12, "fewer options than the questions around it")


def _alone(draft: Draft) -> None:
    item = draft.item
    if len(draft.stem) > _LONG_STEM and "```" not in draft.stem:
        item.doubt(0.12, "a long stem: it may hold more than one question")
    if draft.kind not in OPENS and _LABEL_INSIDE.search(draft.stem) and "\u2460" not in draft.stem:
        item.doubt(0.15, "the stem holds what looks like an option's letter or a number")
    if draft.options:
        _options(draft)
    elif draft.kind in {"open", "short"} and draft.answer is None and draft.stem and not _END.search(draft.stem):
        item.doubt(0.1, "no mark ends the stem and no answer follows")
    if _OPEN_BRACKET.search(draft.stem[-40:]):
        item.doubt(0.1, "a bracket in the stem is not closed")
    if isinstance(draft.answer, str) and len(draft.answer) > _LONG_ANSWER:
        item.doubt(0.12, "a long model answer: it may hold what follows it")


def _options(draft: Draft) -> None:
    item = draft.item
    lengths = [len(option) for option in draft.options]
    if any(not option.strip() for option in draft.options):
        item.doubt(0.2, "an option is empty")
    if len(set(draft.options)) < len(draft.options):
        item.doubt(0.08, "two options are the same")
    last = draft.options[-1]
    if len(lengths) >= 3 and lengths[-1] > _SWALLOWED and lengths[-1] > 4 * max(lengths[:-1]):
        item.doubt(0.25, "the last option is much longer than the others")
    elif "\n" in last and not any("\n" in option for option in draft.options[:-1]):
        item.doubt(0.15, "only the last option has more than one line")
