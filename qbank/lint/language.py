"""Rules about the language a question is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, prose
from qbank.model import Question

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WORDS = re.compile("[A-Za-z\u00c0-\u024f]{2,}")
_LATIN_LANGUAGES = frozenset(
    [
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "sv",
        "da",
        "nb",
        "no",
        "fi",
        "pl",
        "cs",
        "hu",
        "ro",
        "tr",
        "vi",
        "id",
        "ms",
    ]
)
_ENOUGH = 5
_ENGLISH = frozenset(["the", "which", "following", "what", "and", "are", "that", "how", "does", "with", "this"])
_LETTERS = (
    "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofr"
    "fygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblgliln"
    "loltlulvmgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgshsi"
    "skslsmsnsosqsrssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu"
)
_TWO_LETTERS = frozenset(_LETTERS[i : i + 2] for i in range(0, len(_LETTERS), 2))
"""The two-letter languages of ISO 639-1."""


def spoken(text: str) -> str:
    """The language a text is written in as far as its script tells: zh, ja, ru, "latin"; empty where unclear."""
    if _KANA.search(text):
        return "ja"
    han = len(_HAN.findall(text))
    words = len(_WORDS.findall(text))
    if han >= 4 and han > 2 * words:
        return "zh"
    if len(_CYRILLIC.findall(text)) > 10 and han == 0:
        return "ru"
    if words >= _ENOUGH and han == 0:
        return "latin"
    return ""


def spoken_unless(language: str, text: str) -> str:
    """`spoken`, but empty without a closer look where a text plainly may be in the language."""
    if language.startswith(("zh", "ja")):
        return "" if not text.isascii() and _HAN.search(text) else spoken(text)
    return "" if text.isascii() and language[:2] in _LATIN_LANGUAGES else spoken(text)


def differs(said: str, language: str) -> bool:
    """Whether a text in that script cannot be in that language."""
    base = language.partition("-")[0].lower()
    match said:
        case "zh":
            return base in _LATIN_LANGUAGES or base in ("ru", "uk")
        case "latin":
            return base in ("zh", "ja", "ko", "ru", "uk")
        case "ru":
            return base in _LATIN_LANGUAGES or base in ("zh", "ja", "ko")
        case "ja":
            return base in _LATIN_LANGUAGES or base in ("zh", "ru", "uk")
        case _:
            return False


def _is_language(tag: str) -> bool:
    """Whether the tag begins with a language: two letters that ISO 639 knows, or three; `x-` and `i-` say what they like."""
    base = tag.partition("-")[0].lower()
    return base in _TWO_LETTERS if len(base) == 2 else len(base) == 3


def mismatch(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem in another language than the question says.

    Platforms choose fonts, hyphenation and the voice of a screen reader by it.
    Questions that say nothing are held against the bank only where nearly all
    of it is in its language.

    A tag that is no language at all (cn, for one) is L251.

    Remedy: set `language` on the question, or look whether it belongs into this bank.
    """
    if question.language is not None:
        if not _is_language(question.language):
            message = f"{question.language!r} is no language that platforms know"
            yield finding("L251", message, pointer="/language", hint="zh-CN, en, ja, fr ... (ISO 639)")
            return
        base = question.language.partition("-")[0].lower()
        if base != "en" and base in _LATIN_LANGUAGES:
            stem = prose(question.stem)
            if stem.isascii() and len(_ENGLISH.intersection(stem.lower().split())) > 1:
                message = f"the stem is English, not {question.language!r}, which the question says"
                yield finding("L235", message, pointer="/stem", hint="set 'language' to what it is")
                return
        said = spoken_unless(question.language, prose(question.stem))
        if said and differs(said, question.language):
            message = f"the stem is not in {question.language!r}, which the question says"
            yield finding("L235", message, pointer="/stem", hint="set 'language' to what it is")
