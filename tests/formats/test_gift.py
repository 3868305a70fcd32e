"""GIFT's escapes and their inverse."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from qbank.formats import gift

TEXTS = st.text(
    st.one_of(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), st.sampled_from("\\~=#{}:n\n"))
)


@given(TEXTS)
def test_unescape_is_the_inverse(text: str) -> None:
    """Every text comes back."""
    assert gift.unescape(gift.escape(text)) == text


@given(TEXTS)
def test_nothing_unescaped_is_left(text: str) -> None:
    """No character of structure stands in an escaped text without its backslash, and no line ends."""
    left = re.sub(r"\\.", "", gift.escape(text))
    assert not set(left) & set("~=#{}:\n\r\\")


@given(TEXTS)
def test_moodle_reads_it_back(text: str) -> None:
    """Moodle's own way, with place-holders in between, gives the text back too."""
    if gift.has_placeholder(text):
        return
    marks = {":": "&&058;", "#": "&&035;", "=": "&&061;", "{": "&&123;", "}": "&&125;", "~": "&&126;", "n": "&&010"}
    read = gift.escape(text).replace("\\\\", "&&092;")
    for character, mark in marks.items():
        read = read.replace(f"\\{character}", mark)
    read = read.replace("&&092;", "\\")
    for character, mark in marks.items():
        read = read.replace(mark, "\n" if character == "n" else character)
    assert read == text


def test_tags_stay_in_their_comment() -> None:
    """A tag cannot end its brackets, its line, or pretend to be an id."""
    assert gift.in_comment("a]\nb [id:x]") == r"a\] b (id:x\]"


def test_backslashes_of_categories_are_doubled() -> None:
    """A category keeps its characters of structure; only a backslash is doubled."""
    assert gift.escape_category("A: {x} = \\n") == "A: {x} = \\\\n"
