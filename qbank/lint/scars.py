"""Rules about the scars of scanning, copying and converting: characters that nobody typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, prose
from qbank.model import Html, Question, Text

_SUSPECT = re.compile("[\ufffd\ue000-\uf8ff\u2e80-\u2fdf\ufb00-\ufb06]")
INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|(?<![\u0600-\u0dff\u200d])[\u200c\u200d](?![\u0600-\u0dff\u2190-\U0001ffff])"
)
WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]+")
_NARROW = re.compile("[0-9A-Za-z]")
_LATIN = "A-Za-z\u00c0-\u024f"
_CYRILLIC = "\u0400-\u04ff"
_MIXED = re.compile(rf"[{_LATIN}]+[{_CYRILLIC}][{_LATIN}{_CYRILLIC}]*|[{_CYRILLIC}]+[{_LATIN}][{_LATIN}{_CYRILLIC}]*")
_GREEK = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]{2,}[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο][A-Za-z]*|[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο][a-z]{2,})")
_DIGITS = re.compile(
    r"(?<![A-Za-z0-9._/])(?:[0-9]+[OolI][0-9]+[0-9OolI]*|[OlI][0-9]{2,}(?=[%％年月日元个万℃])|[0-9]{2,}[OolI](?=[%％年月日元个万℃])|[lI][89][0-9]{2})(?![A-Za-z0-9_])"
)
_MOJIBAKE = re.compile(
    r"锟斤拷|烫烫烫|屯屯屯|â€|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|ï»¿|ï¼|ã€|å[\u0080-\u00bf][\u0080-\u00bf]|\?{4,}"
)
_ENTITY = re.compile(
    r"&(?:nbsp|lt|gt|amp|quot|apos|ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|middot|times|divide|#[0-9]{2,6}|#x[0-9a-fA-F]{2,5});"
)
_TAG = re.compile(
    r"</?br\s*/?>|<img\s[^<>]*>|<(p|div|span|sub|sup|strong|em|font|b|i|u|table|tr|td|li|ul|ol)(?:\s+[a-z-]+\s*=[^<>]*)?>",
    re.I,
)
_CLOSING = re.compile(r"</([a-z]+)>", re.I)
_ABOUT_MARKUP = re.compile(
    r"html|xml|css|jsp|标签|标记|元素|网页|超文本|markup|\btags?\b|element|browser|浏览器|jquery|javascript|dom\b|xss",
    re.I,
)
_DOUBLED = re.compile(
    r"[，、；：][，、；：。]|。[。，、；]|(?<![,;])(?:,,|;;)(?![,;])|，,|,，|。\.(?!\.)|？？(?!？)|[?？][。]|[,，][.。](?!\.)"
)
_OPENING = re.compile(r"[ \t\u3000\xa0]+\S|\S.*[ \t\u3000\xa0]+\Z", re.S)
SPACED = re.compile("(?:[\u4e00-\u9fff] ){3,}[\u4e00-\u9fff]")
_INSIDE = re.compile(r"(?<=[A-Za-z,;\u4e00-\u9fff])(?: {2,}|\t+)(?=[A-Za-z\u4e00-\u9fff])")


def suspect(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Characters that are the scars of a conversion.

    U+FFFD stands where a character could not be read, a private-use character
    shows as an empty box on every other machine, and a radical (⽤, U+2F64) or
    a ligature (ﬁ) looks like a character (用) or letters (fi) that no search finds.

    Remedy: look the word up in the source; `qbank check --fix` turns radicals and ligatures into characters.
    """
    for pointer, text in scope.texts:
        found = _SUSPECT.search(_raw(text))
        if found:
            code = f"U+{ord(found.group()):04X}"
            yield finding("L211", f"the text holds {found.group()!r} ({code}), a scar of a conversion", pointer=pointer)


def invisible(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Characters that cannot be seen, such as a zero-width space: answers with them never match.

    Remedy: `qbank check --fix` takes them out.
    """
    for pointer, text in scope.texts:
        found = INVISIBLE.search(_raw(text))
        if found:
            yield finding(
                "L230", f"the text holds an invisible character (U+{ord(found.group()):04X})", pointer=pointer
            )


def wide(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Full-width digits or letters (２０, Ａ) beside half-width ones in one question.

    Remedy: `qbank check --fix` writes all of them half-width.
    """
    found = [(pointer, WIDE.search(text)) for pointer, text in scope.prose]
    if any(match for _, match in found) and any(_NARROW.search(text) for _, text in scope.prose):
        for pointer, match in found:
            if match:
                message = f"{match.group()[:20]!r} is full-width, other digits and letters are not"
                yield finding("L226", message, pointer=pointer)


def look_alikes(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A word of two alphabets: a Cyrillic А in a Latin word looks right and is another letter.

    Remedy: type the word anew.
    """
    for pointer, text in scope.prose:
        found = _MIXED.search(text) or _GREEK.search(text)
        if found:
            word = found.group()
            odd = next(c for c in word if not c.isascii())
            message = f"{word[:30]!r} mixes alphabets: {odd!r} is U+{ord(odd):04X}"
            yield finding("L231", message, pointer=pointer)


def digits(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A letter where a digit belongs: 2O20, l00%.

    Remedy: look the number up in the source.
    """
    for pointer, text in scope.prose:
        found = next((m for m in _DIGITS.finditer(text) if len(m.group()) > 3 or m.group()[0] in "OlI"), None)
        if found:
            yield finding("L232", f"{found.group()!r} has a letter where a digit belongs", pointer=pointer)


def mojibake(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Text in the wrong encoding: â€™, 锟斤拷, ????.

    Remedy: import the source again; its encoding was taken for another.
    """
    for pointer, text in scope.prose:
        found = _MOJIBAKE.search(text)
        if found:
            yield finding("L233", f"{found.group()!r} is text read in a wrong encoding", pointer=pointer)


def markup_as_text(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A text with markup that is shown as it is: students will read `&nbsp;` and `<br>`.

    A plain text means itself, literally; in a rich one, `&amp;lt;` was escaped
    twice. Questions about HTML are left alone.

    Remedy: write `{"html": ...}` instead of the string.
    """
    whole = "\n".join(text for _, text in scope.prose)
    about = _ABOUT_MARKUP.search(whole)
    for pointer, text in scope.texts:
        if about:
            return
        if isinstance(text, str):
            found = _ENTITY.search(text) or _tag(text)
            if found:
                message = f"{found.group()[:30]!r} stands in a plain text, where it is shown as it is"
                yield finding("L234", message, pointer=pointer, hint='markup belongs in {"html": "..."}')
        elif "&amp;" in text.html and (found := _ENTITY.search(prose(text))):
            yield finding("L234", f"{found.group()!r} was escaped twice and is shown as it is", pointer=pointer)


def _tag(text: str) -> re.Match[str] | None:
    """The first tag that is one: it stands alone, or is closed further on."""
    closed: dict[str, int] | None = None
    for found in _TAG.finditer(text):
        if found[1] is None:
            return found
        if closed is None:
            closed = {end[1].lower(): end.start() for end in _CLOSING.finditer(text)}
        if closed.get(found[1].lower(), -1) >= found.end():
            return found
    return None


def doubled(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Two punctuation marks where one belongs: `，，`, `。。`.

    Remedy: remove one; something between them may have been lost.
    """
    for pointer, text in scope.prose:
        found = _DOUBLED.search(text)
        if found:
            yield finding("L228", f"{found.group()!r} has one punctuation mark too many", pointer=pointer)


def spaces(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """White space that nobody meant: at the ends of a text, doubled, or between all characters (图 书 馆).

    Remedy: `qbank check --fix` takes it out.
    """
    for pointer, text in scope.texts:
        if not isinstance(text, str) or not text.strip():
            continue
        if _OPENING.match(text):
            yield finding("L229", "the text begins or ends with white space", pointer=pointer)
        elif found := SPACED.search(text):
            yield finding("L229", f"{found.group()!r} has spaces between its characters", pointer=pointer)
        elif "\n" not in text and (found := _INSIDE.search(text)):
            yield finding("L229", "the text has several spaces or a tab in a row", pointer=pointer)


def half_width(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Half-width punctuation between Chinese characters. Only where asked for (`--extend-select L227`)."""
    for pointer, text in scope.prose:
        found = re.search("[\u4e00-\u9fff][,;:?!][\u4e00-\u9fff]", text)
        if found:
            yield finding("L227", f"{found.group()!r} has half-width punctuation", pointer=pointer)


def _raw(text: Text) -> str:
    return text.html if isinstance(text, Html) else text
