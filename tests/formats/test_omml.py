"""Formulas of Word and of web pages as TeX that MathML can be made of again."""

from __future__ import annotations

import pytest
from lxml import etree

from qbank.formats import mathml
from qbank.formats.mathtex import tex_of
from qbank.formats.omml import formula

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def r(text: str, properties: str = "") -> str:
    """A run."""
    return f"<m:r><m:rPr>{properties}</m:rPr><m:t>{text}</m:t></m:r>"


def e(content: str, name: str = "e") -> str:
    """An argument."""
    return f"<m:{name}>{content}</m:{name}>"


def word(content: str) -> str:
    """The TeX of a Word formula of which everything was understood."""
    made = formula(etree.fromstring(f'<m:oMath xmlns:m="{M}">{content}</m:oMath>'))
    assert made.unread == ()
    return made.tex


ROOT = f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>{e(r("b"))}</m:rad>'
PROPERTIES = '<m:{0}Pr><m:begChr m:val="{1}"/><m:endChr m:val="{2}"/></m:{0}Pr>'
MATRIX = f"<m:m><m:mr>{e(r('1'))}{e(r('0'))}</m:mr><m:mr>{e(r('0'))}{e(r('1'))}</m:mr></m:m>"


@pytest.mark.parametrize(
    ("content", "tex"),
    [
        (f"<m:f>{e(r('−a±') + ROOT, 'num')}{e(r('2'), 'den')}</m:f>", "\\frac{-a\\pm \\sqrt{b}}{2}"),
        (
            f'<m:f><m:fPr><m:type m:val="lin"/></m:fPr>{e(r("a"), "num")}{e(r("b+c"), "den")}</m:f>',
            "a/\\left( b+c \\right)",
        ),
        (f"<m:rad>{e(r('3'), 'deg')}{e(r('x'))}</m:rad>", "\\sqrt[3]{x}"),
        (f"<m:sSup>{e(r('10'))}{e(r('−3'), 'sup')}</m:sSup>", "{10}^{-3}"),
        (f"<m:sSubSup>{e(r('x'))}{e(r('i'), 'sub')}{e(r('2'), 'sup')}</m:sSubSup>", "x_{i}^{2}"),
        (f"<m:sPre>{e(r('2'), 'sub')}{e(r('4'), 'sup')}{e(r('H'))}</m:sPre>", "{}_{2}^{4}H"),
        (
            f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>{e(r("i=1"), "sub")}{e(r("n"), "sup")}{e(r("i"))}</m:nary>',
            "\\sum_{i=1}^{n} i",
        ),
        (f"<m:nary>{e(r('0'), 'sub')}{e(r('π'), 'sup')}{e(r('x'))}</m:nary>", "\\int_{0}^{\\pi} x"),
        (f"<m:d>{e(r('x'))}</m:d>", "\\left( x \\right)"),
        (f"<m:d>{PROPERTIES.format('d', '[', ')')}{e(r('a,b'))}</m:d>", "\\left[ a,b \\right)"),
        (f"<m:d>{PROPERTIES.format('d', '|', '|')}{e(r('x'))}</m:d>", "\\left| x \\right|"),
        (f"<m:d>{e(MATRIX)}</m:d>", "\\begin{pmatrix}1 & 0 \\\\ 0 & 1\\end{pmatrix}"),
        (
            f"<m:d>{PROPERTIES.format('d', '{', '')}{e(f'<m:eqArr>{e(r(chr(120) + chr(61) + str(1)))}{e(r(chr(121)))}</m:eqArr>')}</m:d>",
            "\\begin{cases}x=1 \\\\ y\\end{cases}",
        ),
        (
            f"<m:func>{e(r('sin', '<m:sty m:val=' + chr(34) + 'p' + chr(34) + '/>'), 'fName')}{e(r('θ'))}</m:func>",
            "\\sin \\theta",
        ),
        (
            f"<m:func><m:fName><m:limLow>{e(r('lim'))}{e(r('x→0'), 'lim')}</m:limLow></m:fName>{e(r('x'))}</m:func>",
            "\\lim_{x\\to 0}{x}",
        ),
        (f'<m:acc><m:accPr><m:chr m:val="⃗"/></m:accPr>{e(r("a"))}</m:acc>', "\\vec{a}"),
        (f"<m:acc>{e(r('y'))}</m:acc>", "\\hat{y}"),
        (f'<m:bar><m:barPr><m:pos m:val="top"/></m:barPr>{e(r("AB"))}</m:bar>', "\\overline{AB}"),
        (f"<m:groupChr>{e(r('a+b'))}</m:groupChr>", "\\underbrace{a+b}"),
        (r("𝑥≥0 且 50%"), "x\\ge 0 \\text{且} 50\\%"),
        (r("v = s", "<m:nor/>"), "\\text{v = s}"),
        (r("R", '<m:scr m:val="double-struck"/>'), "\\mathbb{R}"),
    ],
)
def test_word_formulas(content: str, tex: str) -> None:
    """Each construct of Word's formulas is the TeX that means it, and MathML can be made of it."""
    assert word(content) == tex
    assert mathml.element(tex) is not None


def test_what_is_not_known_keeps_its_text() -> None:
    """A construct from a later Word is named, and its characters are kept."""
    made = formula(etree.fromstring(f'<m:oMath xmlns:m="{M}">{r("a")}<m:novel>{e(r("b_1"))}</m:novel></m:oMath>'))
    assert (made.tex, made.unread) == ("ab\\_1", ("novel",))


@pytest.mark.parametrize(
    ("content", "tex"),
    [
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", "\\frac{a}{b+1}"),
        ("<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>", "x_{1}^{2}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "\\sqrt[3]{x}"),
        ("<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>", "\\sum_{i=1}^{n}"),
        ("<mover><mi>a</mi><mo>→</mo></mover>", "\\overrightarrow{a}"),
        ("<mrow><mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable><mo>)</mo></mrow>", "\\begin{pmatrix}1 & 2\\end{pmatrix}"),
        ("<mi>sin</mi><mi>x</mi>", "\\sin x"),
        ("<mtext>当</mtext><mi>x</mi><mo>&gt;</mo><mn>0</mn>", "\\text{当}x>0"),
    ],
)  # fmt: skip
def test_mathml_formulas(content: str, tex: str) -> None:
    """Presentation MathML is the TeX that means it."""
    made = tex_of(etree.fromstring(f'<math xmlns="http://www.w3.org/1998/Math/MathML">{content}</math>'))
    assert made.unread == ()
    assert " ".join(made.tex.split()) == tex
    assert mathml.element(made.tex) is not None


def test_mathml_with_missing_parts_is_named() -> None:
    """A fraction without a denominator keeps what it has and says so."""
    made = tex_of(etree.fromstring("<math><mfrac><mi>a</mi></mfrac></math>"))
    assert (made.tex, made.unread) == ("a", ("mfrac",))
