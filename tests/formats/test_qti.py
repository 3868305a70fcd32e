"""Names, numbers, patterns and links of QTI packages, and formulas as MathML."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from qbank.formats import mathml, qti
from qbank.richtext import xml_text

IDS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
NUMBERS = st.fractions(-(10**9), 10**9, max_denominator=10**9)


@given(IDS)
def test_identifiers_can_be_turned_back(name: str) -> None:
    """Every id becomes an identifier that TAO takes too, and the identifier gives the id back."""
    written = qti.identifier(name)
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", written)
    assert qti.name_of(written) == name


@given(IDS, IDS)
def test_identifiers_stay_apart(one: str, other: str) -> None:
    """Two ids never become one identifier."""
    assert (qti.identifier(one) == qti.identifier(other)) == (one == other)


@given(st.lists(IDS, unique=True), st.lists(IDS, unique=True))
def test_pairs_stay_apart(left: list[str], right: list[str]) -> None:
    """The two sides of a match never share an identifier."""
    lefts, rights = qti.pair_identifiers(left, right)
    assert (list(lefts), list(rights)) == (left, right)
    assert len({*lefts.values(), *rights.values()}) == len(left) + len(right)
    assert all(re.match(r"[A-Za-z_]", name) for name in (*lefts.values(), *rights.values()))


def test_names_differ_beyond_case() -> None:
    """A name that is taken in any spelling gets a number, and a number that is taken the next one."""
    names = qti.Names(("TEST",))
    given_ = [names.give(n) for n in ("a", "A", "a", "a-3", "a", "test")]
    assert given_ == ["a", "A-2", "a-3", "a-3-2", "a-4", "test-2"]
    assert [qti.Names(fold=False).give(n) for n in ("a", "A")] == ["a", "A"]
    assert names.give("x", ".png") == "x.png"
    assert names.give("X", ".png") == "X-2.png"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1", "1"),
        ("-5/2", "-2.5"),
        ("1/3", "0.333333333333"),
        ("2/3", "0.666666666667"),
        ("100", "100"),
        ("1/1000", "0.001"),
        ("1/10000000", "1E-7"),
        ("602000000000000000000000", "6.02E23"),
        ("0", "0"),
    ],
)
def test_number(value: str, written: str) -> None:
    """Numbers are written in the shortest exact form, endless ones to twelve places."""
    assert qti.number(Fraction(value)) == written


@given(NUMBERS)
def test_numbers_are_near_and_bounds_hold(value: Fraction) -> None:
    """A number is right to a millionth of a millionth, and its bounds are on their sides of it."""
    near, low, high = (Fraction(f(value)) for f in (qti.number, qti.lower_bound, qti.upper_bound))
    assert abs(near - value) <= Fraction(1, 10**12)
    assert low <= value <= high
    assert low <= near <= high


@given(st.fractions(0, 1000, max_denominator=999), st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_apportioned_parts_make_the_whole(total: Fraction, parts: list[int]) -> None:
    """What is apportioned adds up to the total as it is written, each part in its proportion."""
    shares = qti.apportion(total, parts)
    assert sum(shares) == Fraction(qti.number(total))
    for share, part in zip(shares, parts, strict=True):
        assert abs(share - total * part / sum(parts)) <= Fraction(2, 10**12)
        assert Fraction(qti.number(share)) == share


def test_apportioned_to_nobody() -> None:
    """Nobody gets nothing."""
    assert qti.apportion(Fraction(1), []) == []


@given(st.text(max_size=12))
def test_patterns_accept_their_own_text(text: str) -> None:
    """A pattern accepts the text it was made of, with anything in the place of its stars, and nothing longer."""
    made = qti.pattern(text, case_sensitive=True)
    assert re.fullmatch(made, text, re.S)
    assert re.fullmatch(made, text.replace("*", "any thing"), re.S)
    assert "*" in text or not re.fullmatch(made, text + "!", re.S)


@given(st.text(st.sampled_from("aBcDÉé中ß.*"), max_size=12))
def test_patterns_without_case(text: str) -> None:
    """Without case, a pattern accepts both spellings of each letter."""
    made = qti.pattern(text, case_sensitive=False)
    assert re.fullmatch(made, text.lower())
    assert re.fullmatch(made, text.upper().replace("SS", "ß"))


@pytest.mark.parametrize(
    ("href", "written"),
    [
        ("https://example.org/a?b=c&d=e#f", "https://example.org/a?b=c&d=e#f"),
        ("https://例え.jp/路", "https://%E4%BE%8B%E3%81%88.jp/%E8%B7%AF"),
        ("http://a.b/50%", "http://a.b/50%25"),
        ("http://a.b/%20#x#y", "http://a.b/%20#x%23y"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("http://a:b/", "http://a%3Ab/"),
    ],
)
def test_link(href: str, written: str) -> None:
    """Links keep what RFC 3986 allows and encode the rest, once."""
    assert qti.link(href) == written
    assert qti.link(written) == written


def test_true_and_false_in_the_questions_language() -> None:
    """The two choices speak the language of the question, English where it is unknown."""
    assert qti.true_false_words("zh-CN") == ("正确", "错误")
    assert qti.true_false_words("x-klingon") == qti.true_false_words(None) == ("True", "False")


def test_text_that_xml_can_hold() -> None:
    """Only what XML cannot hold is taken out."""
    assert xml_text("a\x00\ud800\ufffe\r\nb\t中\U0001f600") == "a\nb\t中\U0001f600"
    assert qti.line(" a\n\tb  c ") == "a b c"


def test_formula_in_its_own_namespace() -> None:
    """A formula is MathML without a prefix, inline or a block."""
    made = mathml.element(r"\frac{1}{2}", block=True)
    assert etree.tostring(made).startswith(b'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">')
    assert mathml.element("x").get("display") == "inline"


def test_formulas_are_not_shared() -> None:
    """The same formula twice is two elements, so that both can stand in documents."""
    assert mathml.element("x") is not mathml.element("x")


@pytest.mark.parametrize(
    "tex",
    ["", "  ", r"\frac{a", r"\unknown x", "a & b", "x^", r"\left( x", r"\href{http://a}{x}", "x" * 5001, "{" * 4000],
)
def test_formula_that_cannot_be_converted(tex: str) -> None:
    """What the converter cannot read whole is no formula, and nothing raises."""
    assert mathml.element(tex) is None


@pytest.mark.parametrize(
    ("tex", "has", "has_not"),
    [
        (r"a\!b", b'width="-0.167em"', b"negativethinmathspace"),
        (r"\xrightarrow{a}", b"mpadded", b"voffset"),
        (
            r"\xcancel{x}",
            b'<menclose notation="updiagonalstrike"><menclose notation="downdiagonalstrike">',
            b"strike down",
        ),
        (r"\mathop{lim}", b"<mrow>", b"<mo><mrow>"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", b"<mtable", b"aligned"),
    ],
)
def test_formula_in_the_words_of_mathml_2(tex: str, has: bytes, has_not: bytes) -> None:
    """What MathML 2 lacks is written in its words."""
    written = etree.tostring(mathml.element(tex))
    assert has in written
    assert has_not not in written
