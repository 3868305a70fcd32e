"""Formulas for Word: what is written is read back as the same formula."""

from __future__ import annotations

import pytest

from qbank.formats import omml, wordmath


@pytest.mark.parametrize(
    ("tex", "back"),
    [
        (r"\frac{1}{2}p", r"\frac{1}{2}p"),
        (r"x_1 < x_2", r"x_{1}<x_{2}"),
        (r"\sum_{i=1}^n i^2", r"\sum_{i=1}^{n} i^{2}"),
        (r"\sqrt[3]{x}+\sqrt{y}", r"\sqrt[3]{x}+\sqrt{y}"),
        (r"\left(\frac{a}{b}\right)^2", r"\left( \frac{a}{b} \right)^{2}"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}"),
        (r"\vec{a}\cdot\hat{b}", r"\vec{a}\cdot \hat{b}"),
        (r"\lim_{x\to 0}\frac{\sin x}{x}", r"\lim_{x\to 0}\frac{\sin x}{x}"),
        (r"\underbrace{a+b}_{n}", r"\underbrace{a+b}_{n}"),
        (r"\overline{AB}", r"\overline{AB}"),
    ],
)
def test_round_trip(tex: str, back: str) -> None:
    """Fractions, scripts, roots, brackets, matrices, accents and limits keep their shape."""
    made = wordmath.element(tex)
    assert made is not None
    assert omml.formula(made) == omml.Formula(back)


@pytest.mark.parametrize("tex", ["", "   ", r"\unknowncommand{x}", "{", "x" * 6000])
def test_what_cannot_be_converted_is_said(tex: str) -> None:
    """None, and no exception, for what is no formula."""
    assert wordmath.element(tex) is None
