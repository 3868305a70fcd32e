"""Groups as questions that stand alone, and what to call a question without a title."""

from __future__ import annotations

from fractions import Fraction

from qbank.formats.flatten import flattened
from qbank.formats.titles import first_words
from qbank.model import Essay, Feedback, Group, Html, TrueFalse


def test_sub_questions_inherit() -> None:
    """Material, tags, category, penalty and general feedback come from the group; what a part says itself stays."""
    group = Group(
        id="g",
        title="Case",
        stem=Html(html='<p>Read <blank id="x"/>.</p>'),
        tags=("t",),
        category=("C",),
        penalty=Fraction(1, 2),
        feedback=Feedback(general="all"),
        questions=(
            TrueFalse(id="a", stem="One", answer=True, tags=("t", "u"), penalty=Fraction(0)),
            Essay(id="b", title="Own", stem="Two", category=("D",), feedback=Feedback(general="mine", correct="c")),
        ),
    )
    first, second = flattened(group)
    assert first.stem == Html(html="<p>Read ____.</p><p>One</p>")
    assert (first.title, first.tags, first.category, first.penalty) == ("Case (1)", ("t", "u"), ("C",), Fraction(0))
    assert first.feedback == Feedback(general="all")
    assert (second.title, second.tags, second.category, second.penalty) == ("Own", ("t",), ("D",), Fraction(1, 2))
    assert second.feedback == Feedback(general=Html(html="<p>all</p><p>mine</p>"), correct="c")


def test_first_words() -> None:
    """A name is one line, cut at a word where there are words, and never empty."""
    assert first_words("  one\n two ", "id") == "one two"
    assert first_words(Html(html="<p></p>"), "id") == "id"
    assert first_words("word " * 40, "id") == ("word " * 15).strip() + "…"
    assert first_words("字" * 200, "id") == "字" * 79 + "…"
