r"""GIFT's escapes, both ways, as question/format/gift/format.php reads them.

Six characters carry the structure and are escaped with a backslash, `\n` is a
line break, and `\\` a backslash; a backslash before anything else stays. So
each backslash is doubled first, and no text can end a question or a line.
"""

from __future__ import annotations

import re

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


def in_comment(text: str) -> str:
    r"""A tag or an id for a comment line: on one line, `]` as `\]`, and no `[` that could begin another."""
    return " ".join(text.replace("[", "(").split()).replace("]", r"\]")


def escape_category(path: str) -> str:
    r"""A category path: its structure characters stay, only a backslash is doubled."""
    return path.replace("\\", "\\\\")
