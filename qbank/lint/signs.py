"""What the texts of a question have about them, found in one pass: which rules are worth asking.

Most texts have nothing about them that most rules are about. The
characters and words that any rule looks for are looked for together, and a
rule is asked only where one of its own is among them. For a Chinese word that
is its rarest character.
"""

from __future__ import annotations

import re

RICH = 1 << 0
"""A text is rich."""
SUSPECT = 1 << 1
"""Replacement, private-use or radical characters, or such as are seen in text of a wrong encoding."""
INVISIBLE = 1 << 2
"""Characters that cannot be seen."""
WIDE = 1 << 3
"""Full-width digits or letters."""
LETTERS = 1 << 4
"""Letters that are neither ASCII nor Chinese."""
MARKUP = 1 << 5
"""What looks like a tag or an entity."""
TEX = 1 << 6
"""What looks like TeX."""
DIGITS = 1 << 7
"""A letter beside a digit that it looks like."""
SPACES = 1 << 8
"""White space other than single blanks within a line."""
PAIRS = 1 << 9
"""Brackets or quotation marks that do not come in twos, or are not told apart here."""
ANSWERS = 1 << 10
"""Words with which a text speaks of the answer."""
FURNITURE = 1 << 11
"""Words of web sites and page footers."""
FIGURES = 1 << 12
"""Words with which a text speaks of a picture."""
ABOVE = 1 << 13
"""Words with which a choice speaks of the others."""
DOUBLED = 1 << 14
"""Two punctuation marks in a row."""
LABELS = 1 << 15
"""A letter with the mark of a label behind it."""
TOGETHER = 1 << 16
"""Two letters of choices named together."""
VERDICTS = 1 << 18
"""Words with which a feedback says right or wrong."""
STRUCTURE = 1 << 19
"""Ids, answers, weights or points that are not the plain case."""
PARTS = 1 << 20
"""A stem or choice that is empty, or two choices that may be the same."""
LANGUAGE = 1 << 21
"""A stem that may be in another language than the question says."""
SOURCE = 1 << 22
"""The question says where it comes from."""
BRACKETS = 1 << 23
"""There are brackets, matched or not."""
EXTENSIONS = 1 << 24
"""Something of another program is kept with the question."""
STEM = 1 << 17
"""A stem that begins or ends, or is made, in a way that some rule is about."""
MARKS = 1 << 25
"""Ticks and asterisks."""
TWICE = 1 << 26
"""A small word twice in a row."""
MISTAKEN = 1 << 27
"""Chinese characters that are taken for one another."""
ASKS = 1 << 28
"""Words with which a stem says how many choices to choose."""
WORTH = 1 << 29
"""Brackets with a number of points."""
LONG = 1 << 30
"""The texts are long."""
UNWRITTEN = 1 << 31
"""Words with which somebody left a text for later."""
EMPTY = 1 << 32
"""A text is empty."""
NAMES = 1 << 33
"""Tags or categories that repeat or have white space around them."""
MEDIA = 1 << 34
"""Rich text with a picture, a sound or a gap, perhaps."""

_ODD = (
    "\x80-\u02ff\u0370-\u1fff\u200b-\u200f\u2028-\u202f\u2060-\u206f\u2e80-\u2fff\u3040-\u30ff\ue000-\uf8ff"
    "\ufe00-\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\ufb00-\ufb06\ufffd"
)
_ANCHORS = {
    "\t\u3000\xa0": SPACES,
    "[]【】《》「」『』“”": PAIRS | BRACKETS,
    "<&": MARKUP,
    "$\\^_": TEX,
    "案析": ANSWERS,
    "故选确错": VERDICTS,
    "锟烫屯": SUSPECT,
    "页库巴豆锄装载众更版": FURNITURE,
    "上都均皆": ABOVE,
    "\u00ad\ufeff": INVISIBLE,
    "()（）": BRACKETS,
    "√✓✔✅*": MARKS,
    "曰巳己已末夭井": MISTAKEN,
    "待": UNWRITTEN,
}
_FLAG = {sign: flag for signs_, flag in _ANCHORS.items() for sign in signs_}
_SIGNS = re.compile(f"[{_ODD}{''.join(re.escape(signs_) for signs_ in _ANCHORS)}]")
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_DIGITS = bytes(
    48 if 48 <= code < 58 else 79 if code in b"OlI" else 46 if code in b".,:-" else 32 for code in range(256)
)
"""Turns every digit into 0, every letter that looks like one into O, and what may stand within a number into a dot."""
_APART = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
"""Turns everything but ASCII letters and digits into blanks."""
_DOUBLED = re.compile(r"[,，、。；;：？?_][,，、。；;：._]")
_WORDS: dict[bytes, int] = {
    word: flag
    for words, flag in (
        (b"answer Answer ANSWER answers Answers ans Ans ANS", ANSWERS),
        (b"correct Correct correctly right Right incorrect Incorrect wrong Wrong Well statement True False", VERDICTS),
        (b"choose Choose CHOOSE select Select SELECT pick Pick mark Mark check Check tick Tick", ASKS),
        (b"todo TODO Todo tbd TBD fixme FIXME xxx XXX xxxx placeholder Placeholder lorem Lorem", UNWRITTEN),
        (b"page Page docin doc88 book118 max reserved RESERVED", FURNITURE),
        (
            b"above these those preceding None none All all Both both Neither Either either Any any Each Every them",
            ABOVE,
        ),
        (b"A B C D E F G H b c d e f", LABELS | TOGETHER),
    )
    for word in words.split()
}
_FIGURES = ("igure", "iagram", "mage", "raph", "hart", "icture")
_BEFORE_A_FIGURE = frozenset("如下上左右据由读看见")
_STARTS = frozenset("0123456789(（第Qq ")
_ENDS = frozenset(",，、(（《“【[‘√×✓✗╳)）-及其和与且为于")
_PHRASES = ("确）", "确)", "案）", "分）", "分)", "orrect)")
_SEVERAL = re.compile("[多单]项?选|[（(]请?选")
_HEADING = re.compile(r"[一二三四五六七八九十]\s*[、.．]\s*[^\s，。、]{0,6}(?:题|名词解释)")
_SHORT = 12


def signs(whole: str, stem: str) -> int:
    """The flags of all texts together, one below the other, and of the stem."""
    flags = 0
    found = _SIGNS.findall(whole)
    if found:
        balance = 0
        for sign in found:
            flag = _FLAG.get(sign)
            if flag is None:
                flag = _FLAG[sign] = _odd(ord(sign))
            flags |= flag
            if flag == BRACKETS:
                balance += 1 if sign in "(（" else -1 if sign in ")）" else 0
        if balance:
            flags |= PAIRS
    if _DOUBLED.search(whole):
        flags |= DOUBLED
    letters = whole.encode("ascii", "replace")
    words = letters.translate(_APART).split()
    if words:
        for word in _WORDS.keys() & words:
            flags |= _WORDS[word]
        if b" the the " in letters or b" of of " in letters or b" to to " in letters or b" and and " in letters:
            flags |= TWICE
    alike = letters.translate(_DIGITS)
    if b"0O" in alike or b"O0" in alike:
        flags |= DIGITS
    if "????" in whole:
        flags |= SUSPECT
    if (
        whole[:1].isspace()
        or whole[-1:].isspace()
        or (
            " " in whole
            and (
                "  " in whole
                or " \n" in whole
                or "\n " in whole
                or whole.count(" ") * 4 > len(whole)
                or stem.count(" ") * 4 > len(stem)
            )
        )
    ):
        flags |= SPACES
    if not whole.isascii():
        if "题" in whole and _HEADING.search(whole):
            flags |= FURNITURE
        if "选" in whole and _SEVERAL.search(whole):
            flags |= ASKS
        if "的的" in whole:
            flags |= TWICE
    if flags & BRACKETS and any([phrase in whole for phrase in _PHRASES]):  # noqa: C419  # as below
        flags |= MARKS | WORTH
    if _speaks_of_a_figure(stem):
        flags |= FIGURES
    last = stem[-1:]
    if (
        stem[:1] in _STARTS
        or len(stem) < _SHORT
        or last in _ENDS
        or (last.isascii() and last.isalpha())
        or stem[:8] in stem[8:]
    ):
        flags |= STEM
    return flags


def has_numbers(text: str) -> bool:
    """Whether there may be numbers with a point, a comma or the like within."""
    return b"0.0" in text.encode("ascii", "replace").translate(_DIGITS)


def has_wide(text: str) -> bool:
    """Whether there are full-width digits or letters."""
    return _WIDE.search(text) is not None


def _speaks_of_a_figure(stem: str) -> bool:
    if stem.isascii():
        return any([word in stem for word in _FIGURES])  # noqa: C419  # a list is faster here than a generator
    for sign in "图表":
        at = stem.find(sign)
        while at > 0:
            if not _BEFORE_A_FIGURE.isdisjoint(stem[max(0, at - 3) : at]):
                return True
            at = stem.find(sign, at + 1)
    return False


def _odd(code: int) -> int:
    if 0xFF10 <= code <= 0xFF5A:
        return WIDE
    if 0x200B <= code <= 0x206F:
        return INVISIBLE
    if 0x2E80 <= code <= 0x2FFF or 0xE000 <= code <= 0xF8FF or code == 0xFFFD:
        return SUSPECT
    return LETTERS | (SUSPECT if code < 0x100 or 0xFB00 <= code <= 0xFB06 else 0)
