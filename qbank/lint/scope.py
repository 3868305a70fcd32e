"""What a rule may know of the bank beyond the question before it."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, MutableSet
from dataclasses import dataclass, field
from functools import lru_cache

from qbank import richtext
from qbank.assets import AssetStore
from qbank.lint.signs import (
    EMPTY,
    EXTENSIONS,
    LANGUAGE,
    LONG,
    MEDIA,
    NAMES,
    PARTS,
    RICH,
    SOURCE,
    STRUCTURE,
    has_numbers,
    has_wide,
    signs,
)
from qbank.lint.tally import Tally
from qbank.model import Choice, Group, Html, Matching, MultipleChoice, Question, SingleChoice, Text, texts
from qbank.richtext import Element, Node
from qbank.seen import Firsts, Ids

_MARKS = r",.;:!?'\"，。；：！？、“”‘’·…—_-"
_PUNCTUATION = re.compile(rf"[{_MARKS}]+|[(（\[【]_*[)）\]】]")
_WITH_NUMBERS = re.compile(rf"(?<![0-9])[{_MARKS}]+|[{_MARKS}]+(?![0-9])|[(（\[【]_*[)）\]】]")
_DROPPED = {ord(mark): None for mark in ",.;:!?'\"_-"}
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
PLAIN_IDS = frozenset("ABCDEFGHIJ"[:n] for n in range(11)) | frozenset("abcdefghij"[:n] for n in range(11))
"""The ids of choices that are letters in their order, one behind the other."""
_PLAIN = frozenset({str})
_SHOWN = re.compile("img|audio|blank", re.I)
_VERBATIM = frozenset({"tex", "code", "pre"})
_LONGEST_TITLE = 255
_MUCH = 400
"""Characters beyond which a text is looked at for its length."""
_USUAL = frozenset({"zh", "zh-CN", "zh-TW", "zh-Hans", "zh-Hant", "en", "en-US", "en-GB", "ja"})
"""Languages that need no closer look where the script fits."""
NOTHING_ODD: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = ((), ())
STAND_IN = "\ufffc"
"""What stands for a formula or code in a text that is looked at as prose."""


@dataclass(slots=True)
class Scope:
    """Grows with each question; holds digests, names and counts, never questions."""

    assets: AssetStore
    language: str | None = None
    """The language of the bank."""
    rich: list[tuple[str, Html]] = field(default_factory=list)
    """The rich texts of the question at hand with their pointers, without those of its sub-questions."""
    whole: str = ""
    """All texts of the question at hand without markup, one below the other."""
    ids: MutableSet[str] = field(default_factory=Ids)
    folded: MutableSet[str] = field(default_factory=Ids)
    """The ids with capital letters, in lower case."""
    contents: MutableMapping[bytes, str] = field(default_factory=Firsts)
    """Digest of what a question says, to the id of the first that says it, a blank, and a digest of its answer."""
    shown: set[str] = field(default_factory=set)
    """The names of the assets that were shown."""
    verdicts: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """What reading an asset came to, so that each is read once: a code and a message, or None."""
    tally: Tally = field(default_factory=Tally)
    """What the rules about the whole bank count."""
    counting: bool = True
    """Whether the question at hand is to be counted."""
    within: Group | None = None
    """The group that the question at hand belongs to."""

    _question: Question | None = None
    _texts: list[tuple[str, Text]] | None = None
    _prose: list[tuple[str, str]] | None = None
    _folded: list[str] | None = None
    _read: str = ""
    """What the stem and the choices of a choice question read, parted by NUL."""
    _keys: dict[int, list[str]] = field(default_factory=dict)
    """What choices read, by the identity of the tuple they stand in, which takes less than its hash."""

    def enter(self, question: Question, *, words: bool = True) -> int:
        """Turn to the next question, or the next sub-question; what its texts have about them, as flags (see `qbank.lint.signs`).

        Without `words` the flags are those alone that rules about errors want.
        """
        self._question = question
        self._texts = self._prose = self._folded = None
        self._keys.clear()
        strings = _strings(question)
        if _PLAIN.issuperset(map(type, strings)):
            self.rich = []
            plain: list[str] = strings  # type: ignore[assignment]  # all are strings
            flags = 0
        else:
            self.rich = [(pointer, text) for pointer, text in self.texts if isinstance(text, Html)]
            plain = [richtext.plain(text) for text in strings]
            flags = RICH
            if any([_SHOWN.search(text.html) for _, text in self.rich]):  # noqa: C419  # a list is faster here
                flags |= MEDIA
        if isinstance(question, SingleChoice | MultipleChoice):
            self._read = _all_squeezed(plain[: len(question.choices) + 1])
        if words:
            self.whole = "\n".join(plain)
            if "" in plain:
                flags |= EMPTY
            if len(self.whole) > _MUCH and max(map(len, plain)) > _MUCH:
                flags |= LONG
            flags |= signs(self.whole, plain[0]) | self._names(question)
        return flags | self._structure(question)

    def _names(self, question: Question) -> int:
        """The flags about the names and words that come with the texts."""
        flags = 0 if question.source is None else SOURCE
        if question.language is not None:
            stem = question.stem if isinstance(question.stem, str) else question.stem.html
            if stem.isascii() == question.language.startswith(("zh", "ja")) or question.language not in _USUAL:
                flags |= LANGUAGE
        if (question.tags or question.category) and odd_names(question.tags, question.category) != NOTHING_ODD:
            flags |= NAMES
        if question.title is not None and len(question.title) > _LONGEST_TITLE:
            flags |= NAMES
        return flags

    def _structure(self, question: Question) -> int:
        """The flags about all but the words; the plain case of the commonest kinds has none."""
        flags = EXTENSIONS if question.extensions else 0
        if not isinstance(question, SingleChoice | MultipleChoice):
            return flags | STRUCTURE | PARTS
        ids = [choice.id for choice in question.choices]
        answer = question.answer
        if (
            "".join(ids) not in PLAIN_IDS
            or answer is None
            or (
                answer not in ids
                if isinstance(answer, str)
                else not 1 < len(set(answer).intersection(ids)) == len(answer)
            )
            or question.scoring == "weighted"
            or question.penalty is not None
            or question.status != "ready"
            or not 0 < (points := question.points).numerator <= points.denominator * 99999
            or any([choice.weight is not None for choice in question.choices])  # noqa: C419
        ):
            flags |= STRUCTURE
        texts = self.folded_texts(question)
        if "" in texts or len(set(texts)) < len(texts):
            flags |= PARTS
        return flags

    @property
    def texts(self) -> list[tuple[str, Text]]:
        """The texts of the question at hand with their pointers, without those of its sub-questions."""
        if self._texts is None:
            assert self._question is not None
            found = list(texts(self._question))
            if isinstance(self._question, Group):
                found = [(pointer, text) for pointer, text in found if not pointer.startswith("/questions/")]
            self._texts = found
        return self._texts

    @property
    def prose(self) -> list[tuple[str, str]]:
        """The texts without markup, something standing in for formulas and code."""
        if self._prose is None:
            self._prose = [(pointer, prose(text)) for pointer, text in self.texts]
        return self._prose

    def read(self, choices: tuple[Choice, ...]) -> list[str]:
        """What each choice of the question at hand reads, without white space and case."""
        keys = self._keys.get(id(choices))
        if keys is None:
            question = self._question
            if isinstance(question, SingleChoice | MultipleChoice) and question.choices is choices:
                keys = self._read.split("\0")[1:]
            else:
                keys = [squeezed(richtext.plain(choice.text)) for choice in choices]
            self._keys[id(choices)] = keys
        return keys

    @property
    def stem_read(self) -> str:
        """What the stem of the choice question at hand reads, without white space and case."""
        return self._read.partition("\0")[0]

    def folded_texts(self, question: Question) -> list[str]:
        """The stem and the choices of the question at hand without case, white space and punctuation."""
        if self._folded is None:
            if isinstance(question, SingleChoice | MultipleChoice):
                read = self._read
            else:
                read = squeezed(richtext.plain(question.stem))
                if isinstance(question, Matching):
                    read = "\0".join([read, *self.read(question.choices)])
            found = folded(read).split("\0")
            if "" in found:
                # A text that is nothing but punctuation is told apart by it.
                found = [text or alone for text, alone in zip(found, read.split("\0"), strict=True)]
            self._folded = found
        return self._folded


@lru_cache(maxsize=4096)
def odd_names(
    tags: tuple[str, ...], category: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """The tags that are repeated, and the names with white space around them, each with its pointer."""
    folded_tags = [tag.strip().casefold() for tag in tags]
    first: dict[str, int] = {}
    for i, tag in enumerate(folded_tags):
        first.setdefault(tag, i)
    repeated = tuple((f"/tags/{i}", tag) for i, tag in enumerate(tags) if first[folded_tags[i]] < i)
    names = [(f"/tags/{i}", tag) for i, tag in enumerate(tags)]
    names += [(f"/category/{i}", name) for i, name in enumerate(category)]
    return repeated, tuple((pointer, name) for pointer, name in names if name != name.strip())


def _all_squeezed(texts: list[str]) -> str:
    """`squeezed` of each text, parted by a character that no text has."""
    read = "".join("\0".join(texts).split()).casefold()
    return read if read.count("\0") < len(texts) else "\0".join([squeezed(text.replace("\0", "")) for text in texts])


def squeezed(text: str) -> str:
    """A text without white space and case, for comparing."""
    return "".join(text.split()).casefold()


def folded(text: str) -> str:
    """A squeezed text without punctuation (not that inside numbers), empty brackets and full-width letters."""
    if text.isascii():
        if has_numbers(text):
            return _WITH_NUMBERS.sub("", text)
        return text.translate(_DROPPED).replace("()", "").replace("[]", "")
    if has_wide(text):
        text = text.translate(_WIDE)
    return (_WITH_NUMBERS if has_numbers(text) else _PUNCTUATION).sub("", text)


def prose(text: Text) -> str:
    """The plain text, with `STAND_IN` for each formula and each piece of code."""
    if isinstance(text, str):
        return text
    return richtext.plain_of(_without_verbatim(richtext.parse(text.html).blocks))


def _without_verbatim(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(
        node
        if isinstance(node, str)
        else STAND_IN
        if node.tag in _VERBATIM
        else Element(node.tag, node.attributes, _without_verbatim(node.children))
        for node in nodes
    )


def _strings(question: Question) -> list[Text]:
    """Every text of a question, without the pointers that take longer to make than the texts to find."""
    if not isinstance(question, SingleChoice | MultipleChoice):
        found = texts(question)
        if isinstance(question, Group):
            return [text for pointer, text in found if not pointer.startswith("/questions/")]
        return [text for _, text in found]
    strings = [question.stem, *[choice.text for choice in question.choices], *question.hints]
    strings += [choice.feedback for choice in question.choices if choice.feedback is not None]
    feedback = question.feedback
    if feedback is not None:
        given = (feedback.general, feedback.correct, feedback.partial, feedback.incorrect)
        strings += [text for text in given if text is not None]
    return strings
