r"""GIFT's escapes, both ways, as question/format/gift/format.php reads them.

Six characters carry the structure and are escaped with a backslash, `\n` is a
line break, and `\\` a backslash; a backslash before anything else stays. So
each backslash is doubled first, and no text can end a question or a line.
"""

from __future__ import annotations

import re
from functools import lru_cache

from qbank.richtext import xml_text

NAME = "gift"

_ESCAPES = {ord(c): f"\\{c}" for c in "\\~=#{}:"} | {ord("\n"): "\\n", ord("\r"): ""}
_SPECIAL = re.compile(r"[\\~=#{}:\n\r]")
_ESCAPED = re.compile(r"\\([\\~=#{}:n])")
PLACEHOLDERS = ("&&058;", "&&035;", "&&061;", "&&123;", "&&125;", "&&126;", "&&092;", "&&010")


def escape(text: str) -> str:
    """A text for anywhere in a question."""
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def unescape(written: str) -> str:
    """The inverse of `escape`."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], written)


def has_placeholder(text: str) -> bool:
    """Whether the text holds one of the marks Moodle uses inside and would turn into a character."""
    return any(mark in text for mark in PLACEHOLDERS)


LIKE_AN_ID = "[id:"
"""What a tag may not hold: the first one in a comment is the question's id."""


@lru_cache(maxsize=4096)
def bracketed(name: str, text: str) -> str:
    """`[id:x]` or `[tag:x]` for a comment line; nothing for an empty text."""
    return f"[{name}:{in_comment(xml_text(text))}]" if text else ""


def in_comment(text: str) -> str:
    r"""A tag or an id for a comment line: on one line, `]` as `\]`, and no `[id:`, of which the first would count."""
    written = " ".join(text.replace(LIKE_AN_ID, "(id:").split()).replace("]", r"\]")
    return f"{written} " if written.endswith("\\") else written  # the bracket behind it must not be escaped


def ordering_item(html: str) -> str:
    """An item of an ordering, whose importer undoes no escapes: what would end the line, the item or the answers is an entity.

    An item that is just 0, and a line that begins with `//`, would be passed over.
    """
    line = " ".join(html.replace("\\", "\\\\").split("\n")).translate(_ENTITIES).replace("####", "&#35;###")
    if line == "0":
        return "&#48;"
    return f"&#47;{line[1:]}" if line.startswith("//") else line


_ENTITIES = {ord(c): f"&#{ord(c)};" for c in "{}"} | {ord("\r"): " "}


def escape_category(path: str) -> str:
    r"""A category path: its structure characters stay, only a backslash is doubled."""
    return path.replace("\\", "\\\\")


_MASKED = {c: f"\x0e{chr(i)}" for i, c in enumerate("\\~=#{}:n", 1)}
_MASK = re.compile("\x0e|[\x01-\x08]|&&0(?:58|35|61|92);|&&12[356];|&&010")
_PLAIN = {"\x0e": "", **{chr(i): c for i, c in enumerate("\\~=#{}:\n", 1)}} | dict(
    zip(PLACEHOLDERS, (":", "#", "=", "{", "}", "~", "\\", "\n"), strict=True)
)


def masked(written: str) -> str:
    """The same text, as long as before, its escapes in control characters: what is left of `~=#{}:` is structure.

    The text must be without control characters, as `readers.decode` gives it.
    """
    return _ESCAPED.sub(lambda found: _MASKED[found[1]], written) if "\\" in written else written


def unmasked(text: str) -> str:
    """What a masked text says; also the marks that Moodle uses inside and turns into characters are those characters."""
    return _MASK.sub(lambda found: _PLAIN[found[0]], text)


def read_comment(comment: str) -> tuple[str, list[str]]:
    r"""The id and the tags in comment lines, as extract_idnumber_and_tags_from_comment reads them; `\]` is `]`."""
    found = _ID.search(comment)
    tags = [_read_bracket(tag) for tag in _TAG.findall(comment)]
    return _read_bracket(found[1]) if found else "", [tag for tag in dict.fromkeys(tags) if tag]


# Moodle keeps 100 characters of an id and 255 of a tag; each may be an escaped bracket
_ID = re.compile(r"\[id:((?:\\\]|[^\]]){1,600})\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]<>`]){1,600})\]")


def _read_bracket(text: str) -> str:
    return text.replace(r"\]", "]").strip()
