"""What Moodle accepts: the shared rules of its XML and of GIFT."""

from __future__ import annotations

import html
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbank.formats import moodle
from qbank.model import Choice, Html, MultipleChoice, SingleChoice

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=400)


def test_the_grade_list_is_moodle_s() -> None:
    """Every percentage of the list is within a thousandth of a percent of what it stands for."""
    assert len(moodle.GRADES) == 41
    for text, value in moodle.GRADES.items():
        assert abs(Fraction(text) / 100 - value) < Fraction(1, 100_000)


@given(st.sampled_from(sorted(moodle.GRADES.values())))
def test_exact_weights_survive(weight: Fraction) -> None:
    """A weight of the list is written as itself, and read back exactly."""
    percent, exact = moodle.grade(weight)
    assert exact
    assert moodle.weight_of(percent) == weight


@given(st.fractions(min_value=-1, max_value=1))
def test_the_nearest_grade_is_nearest(weight: Fraction) -> None:
    """Any weight gets the percentage nearest to it, and is called exact only where it is."""
    percent, exact = moodle.grade(weight)
    distance = abs(moodle.GRADES[percent] - weight)
    assert all(distance <= abs(value - weight) for value in moodle.GRADES.values())
    assert exact == (distance == 0 or Fraction(percent) / 100 == weight)


@pytest.mark.parametrize("n", range(1, 31))
def test_shares_make_a_hundred(n: int) -> None:
    """Shares are of the list, sum to 100 %, and are equal wherever Moodle has an equal share."""
    percents, equal = moodle.shares(n)
    assert len(percents) == n
    assert sum(moodle.GRADES[p] for p in percents) == 1
    assert equal == (len(set(percents)) == 1)
    assert equal == (n <= 10 or n == 20)


def choices(n: int) -> tuple[Choice, ...]:
    """`n` choices named 0, 1, 2 ..."""
    return tuple(Choice(id=str(i), text=str(i)) for i in range(n))


@given(st.integers(1, 10), st.integers(0, 10), st.sampled_from(["each_correct", "balanced"]))
def test_marks_follow_the_policy(right: int, wrong: int, scoring: str) -> None:
    """The key earns everything, each right choice the same, each wrong one costs what the policy says."""
    if right + wrong < 2:
        return
    answer = tuple(str(i) for i in range(right))
    question = MultipleChoice(id="q", stem="q", choices=choices(right + wrong), answer=answer, scoring=scoring)  # type: ignore[arg-type]  # one of the two
    marks = moodle.marks(question)
    weights = [moodle.GRADES[p] for p in marks.percents]
    assert marks.inexact == ""
    assert weights[:right] == [Fraction(1, right)] * right
    assert weights[right:] == [Fraction(-1, wrong if scoring == "balanced" else 1) for _ in range(wrong)]


def test_all_or_nothing_is_an_approximation() -> None:
    """Moodle gives part of the points for part of the key, so that policy is never called exact, but for one right choice."""
    two = MultipleChoice(id="q", stem="q", choices=choices(4), answer=("0", "1"), scoring="all_or_nothing")
    one = MultipleChoice(id="q", stem="q", choices=choices(4), answer=("2",), scoring="all_or_nothing")
    assert "part of" in moodle.marks(two).inexact
    assert moodle.marks(one) == moodle.Marks(("-100", "-100", "100", "-100"))


def test_weights_off_the_list_are_named() -> None:
    """Fifteen percent is not a grade of Moodle's: the nearest is used, and the choice is named."""
    parts = (Choice(id="a", text="a", weight=Fraction(1)), Choice(id="b", text="b", weight=Fraction("0.15")))
    marks = moodle.marks(SingleChoice(id="q", stem="q", choices=parts, answer="a", scoring="weighted"))
    assert marks.percents == ("100", "14.28571")
    assert "weight of b" in marks.inexact


@pytest.mark.parametrize(
    ("penalty", "written"),
    [
        (None, ("0.3333333", True)),
        (Fraction(1, 3), ("0.3333333", True)),
        (Fraction("0.33"), ("0.3333333", False)),
        (Fraction("0.335"), ("0.3333333", False)),
        (Fraction("0.34"), ("0.34", True)),
        (Fraction(1), ("1", True)),
        (Fraction(0), ("0", True)),
        (Fraction(1, 7), ("0.1428571", False)),
        (Fraction(2), ("1", False)),
    ],
)
def test_penalty(penalty: Fraction | None, written: tuple[str, bool]) -> None:
    """What is near a third becomes a third in Moodle; everything else has seven decimals."""
    assert moodle.penalty(penalty) == written


@given(st.fractions(min_value=0, max_value=99999))
def test_points_have_seven_decimals(value: Fraction) -> None:
    """Points are written without exponent and rounded only where seven decimals do not suffice."""
    written, exact = moodle.points(value)
    assert re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,7})?", written)
    assert exact == (Fraction(written) == value)
    assert abs(Fraction(written) - value) <= Fraction(1, 2 * 10**7)


@given(st.fractions())
def test_numbers_have_fourteen_digits(value: Fraction) -> None:
    """A number is plain decimals, and right to 14 significant digits."""
    written, exact = moodle.number(value)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", written)
    assert exact == (Fraction(written) == value)
    assert abs(Fraction(written) - value) <= abs(value) / 10**13


@pytest.mark.parametrize(
    ("shares", "points", "weights"),
    [
        ((1, 2, 1), Fraction(4), ((1, 2, 1), True)),
        ((1, 1), Fraction(6), ((3, 3), True)),
        ((2, 4), Fraction(3), ((1, 2), True)),
        ((1, 1, 1), Fraction(1), ((1, 1, 1), False)),
        ((1, 2), Fraction("1.5"), ((1, 2), False)),
    ],
)
def test_gap_weights(shares: tuple[int, ...], points: Fraction, weights: tuple[tuple[int, ...], bool]) -> None:
    """Gaps get whole weights that sum to the points wherever the shares divide them."""
    assert moodle.weights_of_gaps(shares, points) == weights


@given(LINES)
def test_names_survive_moodle(text: str) -> None:
    """No name is cut by Moodle's stripping, none is too long, and a short one is read back as it was."""
    written, whole = moodle.name(text)
    assert not re.search(r"<\S", written)
    assert len(written) <= 255
    if whole:
        assert moodle.read_name(written) == re.sub(r"[ \t\n\r]+", " ", text).strip(" ")


@given(st.lists(LINES.filter(lambda t: t.strip() and "//" not in t), min_size=1, max_size=4))
def test_categories_survive_moodle(parts: list[str]) -> None:
    """Slashes, angle brackets and blanks in a category come back, each part in its place."""
    path, whole = moodle.category(parts)
    assert path.startswith("$course$/top/")
    if whole:
        assert moodle.read_category(path) == tuple(" ".join(part.split()) for part in parts)


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (["A", "B"], "$course$/top/A/B"),
        (["and/or", "x"], "$course$/top/and//or/x"),
        (["/lead", "trail/"], "$course$/top/ //lead/trail// "),
        (["a<b"], "$course$/top/a&lt;b"),
        (["top"], "$course$/top/(top)"),
        (["a//b"], "$course$/top/a//b"),
    ],
)
def test_category_paths(parts: list[str], path: str) -> None:
    """The forms that Moodle 4.5 was seen to read."""
    assert moodle.category(parts)[0] == path


@given(st.text(max_size=80))
def test_gap_escapes_are_undone_by_moodle(text: str) -> None:
    """Inside a gap no character of a text means anything, and Moodle's decoding gives the text back."""
    text = text.replace("\x00", "").replace("\r", "")
    written = moodle.in_gap(text)
    assert not set(written) & set('~}{=%\\"<>\n')
    assert not re.search(r"&(?!#[0-9]+;)", written)
    assert moodle.read_in_gap(written) == text


@given(st.text("\\}#&;ab*", max_size=30))
def test_gap_escapes_with_backslashes(text: str) -> None:
    r"""Moodle's second pass, which turns `\}` into `}`, cannot take a backslash that was meant."""
    assert moodle.read_in_gap(moodle.in_gap(text)) == text


@given(st.text("*\\ab", max_size=20))
def test_stars_are_stars(text: str) -> None:
    """A star that is no wildcard is escaped, so that no response matches by accident."""
    written = moodle.pattern(text, wildcard=False)
    assert not re.search(r"(?<!\\)\*", written)
    assert written.replace(r"\*", "*") == text
    assert moodle.pattern(text, wildcard=True) == text


@given(LINES)
def test_lines_fit_and_are_escaped(text: str) -> None:
    """A matching answer is one line of at most 255 characters that no filter can cut."""
    written, whole = moodle.line(text)
    assert len(written) <= 255
    assert "<" not in written
    assert not whole or html.unescape(written) == re.sub("[ \t\n\r]+", " ", text).strip(" ")


def test_html_of_formulas_and_media() -> None:
    """Formulas stand between MathJax's delimiters with `<` as an entity; media are what the caller says."""
    text = Html(html='<p>a <tex>x &lt; y</tex> <img src="asset:p.png"/></p><p><tex display="block">z</tex></p>')
    assert moodle.html(text, lambda element: f"({moodle.asset_of(element)})") == (
        r"<p>a \(x &lt; y\) (p.png)</p><p>\[z\]</p>"
    )


def test_stems_cannot_hold_gaps() -> None:
    """What looks like a gap or its place-holder is made harmless; other braces stay."""
    assert moodle.outside_gaps("{1:SA:=x} {#1} {:MC:a} {a} {}") == "&#123;1:SA:=x} &#123;#1} &#123;:MC:a} {a} {}"
