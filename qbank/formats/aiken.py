"""The lines of Aiken, both ways, as question/format/aiken/format.php reads them.

A question is a line, its choices one line each, and a line with the letter of
the right one. Lines are trimmed and those under two bytes passed over, so a
stem that looks like a choice, like an answer or like nothing gets a no-break
space in front, which trimming leaves alone.
"""

from __future__ import annotations

import re
from html import escape

from qbank import richtext
from qbank.formats import moodle
from qbank.model import Html, Text
from qbank.richtext import Element, Node, xml_text

NAME = "aiken"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOICE = re.compile(r"([A-Z])[).](?:[ \t]|\Z|(?=[^ \t]))")
ANSWER = re.compile(r"ANSWER:")
SHIELD = "\u00a0"
_BREAKS = re.compile("[ \t\n\r\f\v\x85\u2028\u2029]+")


def line(text: Text) -> tuple[str, bool]:
    """A text as one line, formulas between the delimiters MathJax looks for, and whether that is all it said."""
    if isinstance(text, str):
        written = _BREAKS.sub(" ", xml_text(text)).strip(" ")
        return written, not _has_breaks(text)
    whole = True

    def bare(node: Node) -> Node:
        nonlocal whole
        if isinstance(node, str):
            return node
        if node.tag == "tex":
            # the file holds characters, not HTML: Moodle does the escaping
            return _unescaped(moodle.tex(node))
        whole = whole and node.tag == "p"
        return Element(node.tag, node.attributes, tuple(map(bare, node.children)))

    tree = tuple(bare(block) for block in richtext.blocks(text))
    blocks = tuple(node for node in tree if isinstance(node, Element))
    written = _BREAKS.sub(" ", xml_text(richtext.plain_of(blocks))).strip(" ")
    return written, whole and len(blocks) < 2


def _has_breaks(text: str) -> bool:
    return any(mark in text.rstrip(" \t\n\r") for mark in "\n\r\f\v\x85\u2028\u2029")


def _unescaped(html: str) -> str:
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def stem(written: str) -> str:
    """A line that nothing in it makes a choice, an answer or no line at all."""
    risky = CHOICE.match(written) or ANSWER.match(written) or len(written.encode()) < 2
    return SHIELD + written if risky else written


def read_stem(written: str) -> str:
    """The inverse of `stem`."""
    bare = written.removeprefix(SHIELD)
    return bare if bare != written and stem(bare) == written else written


def html(written: str) -> str:
    """The HTML that Moodle makes of a line."""
    return escape(written, quote=False)


def is_rich(text: Text) -> bool:
    """Whether a text has markup that a line of characters loses."""
    return isinstance(text, Html)
