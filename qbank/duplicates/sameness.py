"""What makes two questions the same: their words without typography, and their answers by text, not by label.

Scraped copies of one question differ in width of characters, spaces, sentence
punctuation, empty brackets, case and the order of the choices. All of that is
folded away, but nothing that changes the meaning: signs, brackets with content,
superscripts, underlining, formulas and pictures count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from typing import NamedTuple, TypeAlias, assert_never

from qbank import richtext
from qbank.assets import AssetError, AssetStore
from qbank.bankfile import json_number
from qbank.model import (
    Accepted,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TextBlank,
    TrueFalse,
    kind_of,
)

Media: TypeAlias = Callable[[str], str]
"""The identity of an asset by its name: equal for equal bytes."""

_VERBATIM = "\x03"  # around what is compared as it stands: formulas, pictures
_GAP = "\x04"
_PUNCTUATION = {
    "、": ",",
    "。": ".",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "—": "-",
    "–": "-",
    "…": "...",
    "【": "[",
    "】": "]",
}
_MARKED = {"sup": "^{", "sub": "\x06{", "u": "\x05{"}


class _Folding(dict[int, str]):
    """A translation table that works out each character when it first meets it."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        how, _, rest = unicodedata.decomposition(char).partition(" ")
        if how in ("<wide>", "<narrow>", "<super>", "<sub>"):
            base = "".join(chr(int(part, 16)) for part in rest.split())
            folded = {"<super>": "^{" + base + "}", "<sub>": "\x06{" + base + "}"}.get(how, base)
        elif unicodedata.category(char) == "Cf":
            folded = ""
        else:
            folded = _PUNCTUATION.get(char, char)
        self[code] = folded
        return folded


_FOLDING = _Folding()
_LOOSE_SPACE = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")
_SPACE = re.compile(r"\s+")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|_{2,}")
_SENTENCE = re.compile(r"[,;:?\"]+(?![0-9A-Za-z])|(?<![0-9A-Za-z])[,;:?\"]+|\.+(?![0-9A-Za-z])|(?<![0-9A-Za-z])['!]+")


def strict(text: Text, media: Media) -> str:
    """The text with the widths of characters and white space evened out, and nothing else."""
    if isinstance(text, str):
        return _spaced(text)
    parts: list[str] = []
    _marked(richtext.parse(text.html).blocks, parts, media)
    return _spaced("".join(parts))


def loose(text: str) -> str:
    """A `strict` text without case, sentence punctuation and empty brackets; the text itself where nothing is left."""
    if _VERBATIM in text:
        pieces = text.split(_VERBATIM)
        joined = "".join(_VERBATIM + p + _VERBATIM if i % 2 else _loosened(p) for i, p in enumerate(pieces))
    else:
        joined = _loosened(text)
    return joined.strip("_ ") or text


def _spaced(text: str) -> str:
    folded = unicodedata.normalize("NFC", text).translate(_FOLDING)
    return _SPACE.sub(" ", _LOOSE_SPACE.sub("", folded))


def _loosened(text: str) -> str:
    return _SENTENCE.sub("", _EMPTY_BRACKETS.sub("_", text.casefold()))


def _marked(nodes: Iterable[richtext.Node], parts: list[str], media: Media) -> None:
    for node in nodes:
        if isinstance(node, str):
            parts.append(node)
            continue
        match node.tag:
            case "tex":
                source = _SPACE.sub(" ", richtext.plain_of(node.children)).strip()
                parts.append(f"{_VERBATIM}{source}{_VERBATIM}")
            case "img" | "audio":
                name = (node.get("src") or "").removeprefix(richtext.ASSET_PREFIX)
                parts.append(f"{_VERBATIM}{media(name)}{_VERBATIM}")
            case "blank":
                parts.append(_GAP)
            case "sup" | "sub" | "u":
                parts.append(_MARKED[node.tag])
                _marked(node.children, parts, media)
                parts.append("}")
            case _:
                apart = node.tag in richtext.BLOCK or node.tag in ("br", "li", "tr", "td", "th", "caption")
                parts.append("\n" if apart else "")
                _marked(node.children, parts, media)
                parts.append("\n" if apart else "")


def media_of(store: AssetStore) -> Media:
    """Tells assets apart by their bytes; one that cannot be read, by its name."""

    @cache
    def identity(name: str) -> str:
        try:
            data = store.read(name)
        except AssetError:
            data = f"asset {name}".encode()
        return blake2b(data, digest_size=8).hexdigest()

    return identity


@dataclass(frozen=True, slots=True)
class Content:
    """What a question asks, apart from its answer."""

    family: str
    """The kind; `choice` for single and multiple choice, which papers do not always tell apart."""
    stem: str
    parts: tuple[str, ...] = field(default=())
    """The choices, prompts, items or sub-questions, sorted: their order and labels say nothing."""

    @property
    def key(self) -> bytes:
        """Sixteen bytes, equal for exact duplicates."""
        return blake2b("\0".join((self.family, self.stem, *self.parts)).encode(), digest_size=16).digest()


def content(question: Question, media: Media) -> Content:
    """What the question asks, folded for comparison."""
    stem = loose(strict(question.stem, media))
    match question:
        case SingleChoice() | MultipleChoice():
            return Content("choice", stem, _sorted(_names([c.text for c in question.choices], media)))
        case Cloze():
            lists = [
                f"{i}:" + "\1".join(sorted(_names([c.text for c in blank.choices], media)))
                for i, blank in enumerate(_in_stem_order(question))
                if isinstance(blank, ChoiceBlank)
            ]
            return Content("cloze", stem, tuple(lists))
        case Matching():
            left = ["\1" + name for name in _names([p.text for p in question.prompts], media)]
            return Content("matching", stem, _sorted(left + _names([c.text for c in question.choices], media)))
        case Ordering():
            return Content("ordering", stem, _sorted(_names([i.text for i in question.items], media)))
        case Group():
            return Content("group", stem, _sorted(_joined(content(sub, media)) for sub in question.questions))
        case TrueFalse() | ShortAnswer() | Numeric() | Essay() | Information():
            return Content(kind_of(question), stem)
        case _:
            assert_never(question)


def aligned(group: Group, media: Media) -> list[tuple[int, SubQuestion]]:
    """The sub-questions with their positions, in an order that copies of the group share."""
    pairs = enumerate(group.questions)
    return sorted(pairs, key=lambda pair: (_joined(content(pair[1], media)), pair[0]))


def aligned_blanks(question: Cloze) -> list[Blank]:
    """The blanks in the order of their gaps, which copies of the question share."""
    return _in_stem_order(question)


def _in_stem_order(question: Cloze) -> list[Blank]:
    order = {name: i for i, name in enumerate(richtext.blank_ids(question.stem))}
    return sorted(question.blanks, key=lambda blank: order.get(blank.id, len(order)))


def _joined(found: Content) -> str:
    return "\2".join((found.family, found.stem, *found.parts))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _names(listed: Sequence[Text], media: Media) -> list[str]:
    """The texts folded as far as they still differ: `int` and `Int` side by side are two choices."""
    exact = [strict(text, media) for text in listed]
    folded = [loose(text) for text in exact]
    return folded if len(set(folded)) == len(folded) else exact


class Known(NamedTuple):
    """A known answer: what it is compared by, and as people read it."""

    key: str
    shown: str


def answers(question: Question, media: Media) -> dict[str, Known]:
    """The known answers by slot: one slot a question, one a blank of a cloze text or a part of a group.

    Two copies of a question disagree when a slot is known in both and differs.
    """
    return dict(_answers(question, media))


def _answers(question: Question, media: Media) -> Iterator[tuple[str, Known]]:
    match question:
        case SingleChoice() | MultipleChoice():
            if question.answer is not None:
                right = {question.answer} if isinstance(question.answer, str) else set(question.answer)
                yield "", _chosen(question.choices, right, media)
            if question.scoring == "weighted":
                names = _names([c.text for c in question.choices], media)
                weights = (f"{n}\1{c.weight or 0}" for n, c in zip(names, question.choices, strict=True))
                yield "weights", Known("\2".join(sorted(weights)), "its own weights")
        case TrueFalse():
            if question.answer is not None:
                yield "", Known(str(question.answer), str(question.answer).lower())
        case ShortAnswer():
            if question.answer is not None:
                yield "", _accepted(question.answer, question.case_sensitive, question.wildcard, media)
        case Numeric():
            if question.answer is not None:
                units = sorted(f"{u.name}\1{u.factor}" for u in question.units)
                found = _numbers(question.answer)
                yield "", Known("\2".join([found.key, *units]), found.shown)
        case Cloze():
            for i, blank in enumerate(_in_stem_order(question)):
                known = _blank(blank, media)
                if known is not None:
                    yield str(i), known
        case Matching():
            if question.answer is not None:
                left = dict(
                    zip(
                        [p.id for p in question.prompts], _names([p.text for p in question.prompts], media), strict=True
                    )
                )
                right_names = _names([c.text for c in question.choices], media)
                right_side = dict(zip([c.id for c in question.choices], right_names, strict=True))
                pairs = sorted(f"{left.get(a, a)} - {right_side.get(b, b)}" for a, b in question.answer.items())
                yield "", Known("\2".join(pairs), "; ".join(pairs))
        case Ordering():
            if question.answer is not None:
                item_names = _names([i.text for i in question.items], media)
                items = dict(zip([i.id for i in question.items], item_names, strict=True))
                order = [items.get(name, name) for name in question.answer]
                yield "", Known("\2".join(order), " → ".join(order))
        case Essay():
            if question.answer is not None and not richtext.is_empty(question.answer):
                yield "", Known(loose(strict(question.answer, media)), richtext.plain(question.answer))
        case Group():
            for rank, (_, sub) in enumerate(aligned(question, media)):
                for slot, known in _answers(sub, media):
                    yield f"{rank}/{slot}", known
        case Information():
            pass
        case _:
            assert_never(question)


def _chosen(choices: Sequence[Choice], right: set[str], media: Media) -> Known:
    names = _names([c.text for c in choices], media)
    known = {c.id for c in choices}
    keys = [n for n, c in zip(names, choices, strict=True) if c.id in right] + sorted(right - known)
    shown = [richtext.plain(c.text) for c in choices if c.id in right] + sorted(right - known)
    return Known("\2".join(sorted(keys)), "; ".join(shown))


def _accepted(answer: Sequence[Accepted], case: bool, wildcard: bool, media: Media) -> Known:
    keys = set()
    for accepted in answer:
        text = strict(accepted.text, media)
        keys.add(f"{text if case else loose(text)}\1{accepted.weight}")
    return Known("\2".join([*sorted(keys), "*" if wildcard else ""]), " / ".join(a.text for a in answer))


def _numbers(answer: Sequence[NumericAnswer]) -> Known:
    keys = sorted({f"{a.bounds[0]}\1{a.bounds[1]}\1{a.weight}" for a in answer})
    return Known("\2".join(keys), " / ".join(_number(a.bounds) for a in answer))


def _number(bounds: tuple[Fraction, Fraction]) -> str:
    low, high = (str(json_number(b)) for b in bounds)
    return low if low == high else f"{low} to {high}"


def _blank(blank: Blank, media: Media) -> Known | None:
    if blank.answer is None:
        return None
    match blank:
        case TextBlank():
            return _accepted(blank.answer, blank.case_sensitive, blank.wildcard, media)
        case NumericBlank():
            return _numbers(blank.answer)
        case ChoiceBlank():
            return _chosen(blank.choices, {blank.answer}, media)
        case _:
            assert_never(blank)


def contradict(one: Question, other: Question, media: Media) -> bool:
    """Whether two choice questions with one stem and nearly the same choices cannot both be right.

    Only what both offer counts: a right choice that the other paper does not
    offer contradicts nothing.
    """
    if not isinstance(one, SingleChoice | MultipleChoice) or not isinstance(other, SingleChoice | MultipleChoice):
        return False
    if one.answer is None or other.answer is None:
        return False
    offered, right = zip(_offered(one, media), _offered(other, media), strict=True)
    shared = offered[0] & offered[1]
    if isinstance(one, SingleChoice) and isinstance(other, SingleChoice):
        return right[0] != right[1] and right[0] | right[1] <= shared
    return bool((right[0] & shared) != (right[1] & shared))


def _offered(question: SingleChoice | MultipleChoice, media: Media) -> tuple[frozenset[str], frozenset[str]]:
    """The choices of a question and the right ones among them, by text."""
    names = _names([c.text for c in question.choices], media)
    answer = {question.answer} if isinstance(question.answer, str) else set(question.answer or ())
    right = (n for n, c in zip(names, question.choices, strict=True) if c.id in answer)
    return frozenset(names), frozenset(right)
