"""The packages we write hold against the official schemas and the rules of QTI, whatever the bank."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest
from conformance.qti_schemas import FOLDER, by_schema, judge

from qbank import export, richtext
from qbank.assets import AssetStore
from qbank.bankfile import open_bank
from qbank.export import Context, prepared
from qbank.model import (
    Accepted,
    Asset,
    Choice,
    ChoiceBlank,
    Cloze,
    Criterion,
    Essay,
    Feedback,
    Group,
    Header,
    Html,
    Information,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Source,
    Text,
    TextBlank,
    TrueFalse,
    Unit,
)

ROOT = Path(__file__).parents[2]
BANKS = sorted((ROOT / "tests" / "bank").glob("*.json"))
VERSIONS = ("qti21", "qti22", "qti30")
TARGETS = [(name, preset.name) for name in VERSIONS for preset in export.get(name).presets]  # type: ignore[attr-defined]  # all three have them

pytestmark = pytest.mark.conformance

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="
FORMULAS = (
    r"x_1 < x_2",
    r"\frac{a}{b}",
    r"\sqrt[3]{x^2+1}",
    r"\sum_{i=1}^{n} i^2",
    r"\int_0^\infty e^{-x}\,dx",
    r"\lim_{x\to 0}\frac{\sin x}{x}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}",
    r"\begin{cases} 1 & x>0 \\ 0 & x\le 0 \end{cases}",
    r"\left( \frac{1}{2} \right)^{n}",
    r"\left[ x \right\}",
    r"\overline{AB} \parallel \overrightarrow{CD}",
    r"\vec{a}\cdot\vec{b}",
    r"\hat{y} = \bar{x} + \tilde{z} \dot{q} \ddot{q}",
    r"\mathbb{R} \mathbf{x} \mathcal{L} \mathrm{d} \mathit{x} \mathsf{A} \mathtt{B} \mathfrak{g}",
    r"\alpha\beta\gamma\Gamma\Delta\Omega",
    r"90^\circ \angle ABC \triangle ABC",
    r"a \neq b \leq c \geq d \approx e \equiv f \sim g",
    r"A \cup B \cap C \setminus D \subseteq E \in F \notin G",
    r"\forall x \exists y \neg p \land q \lor r \Rightarrow s \Leftrightarrow t",
    r"\text{速度} = \frac{\text{路程}}{\text{时间}}",
    r"\overbrace{a+b}^{n} \underbrace{c+d}_{m}",
    r"\binom{n}{k}",
    r"\log_2 8 \ln e \sin\theta \cos\theta \tan\theta",
    r"\underline{x} \boxed{y}",
    r"\color{red}{x} + \textcolor{blue}{y}",
    r"\stackrel{a}{b} \overset{!}{=} \underset{x}{\max}",
    r"a\quad b\qquad c\;d\:e\!f\hspace{1cm}g",
    r"\xrightarrow{a} \xleftarrow{b}",
    r"\dots \cdots \vdots \ddots \ldots",
    r"\partial f \nabla g \hbar \ell \Re \Im \infty \prime",
    r"x^{y^{z}}_{a_{b}}",
    r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    r"\begin{gather*} a \\ b \end{gather*} \begin{dcases} 1 & 2 \end{dcases} \begin{eqnarray} a &=& b \end{eqnarray}",
    r"\operatorname{rank} A \det A \max_{x} \min_{y}",
    r"\big( \Big[ \bigg\{ \Bigg| x",
    r"\cancel{x} \not= \pmod{n} \bmod p",
    r"{}^{14}_{6}\mathrm{C}",
    r"\sqrt{\sqrt{\sqrt{x}}}",
    r"\displaystyle \sum x \textstyle \sum x",
    r"\phantom{x} \mathop{lim} \xcancel{y} \hphantom{z}",
    r"\prod_{k=1}^{n} \coprod \bigcup_{i} \oint \iint \iiint",
    r"\tfrac12 \dfrac{1}{2} \cfrac{1}{2}",
    r"\lvert x \rvert \lVert y \rVert \langle z \rangle \lfloor a \rfloor \lceil b \rceil",
)
RULE = r"\rule{1cm}{1pt}"
BROKEN_FORMULAS = (
    r"\frac{a",
    r"\foo{x}",
    r"a & b",
    r"x^",
    r"\left( x",
    r"\begin{matrix}",
    r"\href{javascript:alert(1)}{x}",
    "{" * 3000 + "}" * 3000,
    r"\ce{H2O}",
    "%",
    "&#0;",
)


def _export(questions: Iterable[Question], path: Path, ctx: Context, version: str = "qti21") -> Context:
    exporter = export.get(version)
    with path.open("wb") as sink:
        exporter.write(prepared(questions, exporter, ctx), sink, ctx)
    return ctx


def _context(preset: str = "standard") -> Context:
    assets = {
        "dot": Asset(base64=PIXEL, media_type="image/png", alt="a dot"),
        "DOT": Asset(base64=PIXEL, media_type="image/png"),
        "a.b.svg": Asset(base64="PHN2Zy8+"),
        "t.wav": Asset(base64="UklGRg=="),
        "gone": Asset(file="gone.png"),
        "outside": Asset(file="../../../etc/passwd", media_type="image/png"),
        "odd": Asset(base64="AAAA", media_type="text/html"),
    }
    header = Header(qbank=1, title="A \x00 <bank> & more", description="What\nit is", language="en", license="CC0")
    store = AssetStore(assets)
    return Context(header=header, assets=store, unanswered="ungraded", drafts=True, options={"preset": preset})


@pytest.mark.parametrize("version", VERSIONS)
def test_samples_are_valid(version: str, tmp_path: Path) -> None:
    """Every sample makes a package without error or warning, unanswered ones and drafts included, for any platform."""
    presets = [preset for name, preset in TARGETS if name == version]
    for bank in BANKS:
        reader = open_bank(bank)
        assets = AssetStore(reader.header.assets, reader.folder)
        questions = list(reader.questions())
        for preset in presets if bank.stem == "all" else ["standard"]:
            options = {"preset": preset, "sections": "paper" if preset == "tao" else "category"}
            ctx = Context(header=reader.header, assets=assets, unanswered="ungraded", drafts=True, options=options)
            _export(questions, tmp_path / f"{bank.stem}-{preset}.zip", ctx, version)
    assert len(list(tmp_path.iterdir())) >= len(BANKS) + len(presets) - 1
    assert judge(tmp_path) == ""


def test_schemas_of_a_folder_judge_too(tmp_path: Path) -> None:
    """A folder of official schemas finds what is wrong, and nothing wrong with a sample."""
    folder = Path(FOLDER) if FOLDER else ROOT.parent / "shared" / "schemas" / "qti"
    if not folder.is_dir():
        pytest.skip("QBANK_QTI_SCHEMAS does not name a folder with the QTI schemas")
    for version in VERSIONS:
        path = tmp_path / f"{version}.zip"
        _export([TrueFalse(id="q", stem="x", answer=True)], path, Context(), version)
        assert by_schema(path, folder) == []
        with zipfile.ZipFile(path) as good, zipfile.ZipFile(tmp_path / f"{version}-bad.zip", "w") as bad:
            bad.writestr("items/q.xml", good.read("items/q.xml").replace(b"<p>x</p>", b"x"))
        assert by_schema(tmp_path / f"{version}-bad.zip", folder) != []


def test_an_empty_bank_is_valid(tmp_path: Path) -> None:
    """A package without items says so by having no test, and only warns that it holds nothing."""
    _export([], tmp_path / "empty.zip", Context())
    assert not [
        line for line in judge(tmp_path / "empty.zip").splitlines() if "W05" not in line and "warning" not in line
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_formulas_are_valid(version: str, tmp_path: Path) -> None:
    """Formulas become MathML that the schema takes, or TeX with a finding."""
    texts = [Html(html=f"<p>{_escape(tex)}</p>") for tex in (*FORMULAS, RULE, *BROKEN_FORMULAS)]
    questions = [Information(id=f"f{i}", stem=text) for i, text in enumerate(texts)]
    ctx = _export(questions, tmp_path / "formulas.zip", Context(), version)
    assert judge(tmp_path / "formulas.zip") == ""
    lost = {d.question for d in ctx.report if d.code == "X304"}
    written = [text.html for i, text in enumerate(texts) if f"f{i}" in lost]
    unknown = [f"<p>{_escape(tex)}</p>" for tex in (RULE, *BROKEN_FORMULAS)]
    assert written == unknown


def _escape(tex: str) -> str:
    return "<tex>" + tex.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "</tex>"


@pytest.mark.parametrize("version", VERSIONS)
def test_hostile_and_random_questions_are_valid(version: str, tmp_path: Path) -> None:
    """Odd ids, markup where none belongs, missing media, extreme numbers, any mixture of them: all stays valid."""
    for name, preset in TARGETS:
        if name == version:
            _export(_hostile(), tmp_path / f"hostile-{preset}.zip", _context(preset), version)
            chance = random.Random(f"{version} {preset}")
            questions = [_random_question(chance, f"q{i}") for i in range(60)]
            _export(questions, tmp_path / f"random-{preset}.zip", _context(preset), version)
    assert judge(tmp_path) == ""


ODD_TEXTS: tuple[Text, ...] = (
    "",
    " ",
    "\n\n",
    "a\nb\n\nc",
    "\x00\x0b\ufffe",
    "\ud800",
    "]]> <!-- & -->",
    "𝒳 ￼ ‮",
    Html(html=""),
    Html(html="plain <b>bold"),
    Html(html="<p></p><p/>"),
    Html(html="<em><p>a</p><ul><li>b</li></ul><table><tr><td>c</td><td>d</td></tr></table></em>"),
    Html(
        html="<table/><table><tr/></table><table><caption><p>x</p><hr/></caption><thead><tr><th>y</th></tr></thead></table>"
    ),
    Html(html="<ul/><ol start='7'><li/><li><ol><li>x<p>y</p></li></ol></li></ol>"),
    Html(html="<blockquote>a <em>b</em><p>c</p><blockquote/></blockquote><div>a<p>b</p>c<div/></div>"),
    Html(html="<pre>a\n <img src='asset:dot'/><blank id='x'/></pre><hr/>"),
    Html(html="<p><a href='http://a b/'>x</a><a href='http://[::1]/%zz?#a#b'>y</a><a href='mailto:a@b'>z</a></p>"),
    Html(
        html="<p><a href='https://例え.jp/路?q=值'>x<a href='https://b'>y</a></a><a href='http://a:b:c@d:99999/;x?y?z#?'>w</a></p>"
    ),
    Html(
        html="<p><img src='asset:dot' width='3' height='4'/><img src='asset:DOT' alt=''/><img src='asset:a.b.svg'/></p>"
    ),
    Html(html="<p><img src='asset:gone'/><img src='asset:outside'/><img src='asset:odd'/><img src='asset:none'/></p>"),
    Html(html="<p><audio src='asset:t.wav'/><audio src='asset:gone'/><sub><audio src='asset:t.wav'/></sub></p>"),
    Html(html="<p><u>u<u>v</u></u><span lang='zh-CN'>中</span><span>s</span><code><sup>x</sup></code></p>"),
    Html(html="<p><tex>x^2</tex><tex display='block'>\\frac{1}{2}</tex><tex>\\nope</tex><tex></tex></p>"),
    Html(
        html="<tex display='block'>y</tex><table><tbody><tr><td colspan='2' rowspan='0'><tex>x</tex></td></tr></tbody></table>"
    ),
    Html(html="<p>" + "<em>" * 80 + "deep" + "</em>" * 80 + "</p>"),
    Html(html="<script>x</script><style>y</style><h1>z</h1><p style='x' onclick='y'>w</p>"),
)


def _hostile() -> list[Question]:
    everything: list[Question] = []
    for i, text in enumerate(ODD_TEXTS):
        feedback = Feedback(general=text, correct=text, partial=text, incorrect=text)
        choices = (
            Choice(id="1", text=text, feedback=text),
            Choice(id="_1", text=text),
            Choice(id="a.b-c", text="x", fixed=True),
        )
        blanks = (
            TextBlank(id="SCORE", answer=(Accepted(text="x", feedback=text), Accepted(text=" \n "))),
            ChoiceBlank(id="duration", choices=choices, answer="_1"),
            NumericBlank(id="9", answer=(NumericAnswer(min=Fraction(1), max=Fraction(2), feedback=text),)),
        )
        prompts = (Prompt(id="1", text=text), Prompt(id="x", text=text))
        pairs = {"1": "_1", "x": "_1"}
        everything += [
            SingleChoice(id=f"{i}s", stem=text, choices=choices, answer="1", feedback=feedback, hints=(text,)),
            MultipleChoice(id=f"m.{i}", stem=text, choices=choices, answer=("1", "_1"), feedback=feedback),
            TrueFalse(id=f"t{i}", stem=text, answer=True, feedback_true=text, feedback_false=text, feedback=feedback),
            ShortAnswer(id=f"w{i}", stem=text, answer=(Accepted(text="a*$^[]\\b\x01", feedback=text),), wildcard=True),
            Numeric(id=f"n{i}", stem=text, answer=(NumericAnswer(value=Fraction(1, 3), feedback=text),)),
            Cloze(id=f"c{i}", stem=text, blanks=blanks, feedback=feedback),
            Matching(id=f"p{i}", stem=text, prompts=prompts, choices=choices, answer=pairs, feedback=feedback),
            Ordering(
                id=f"o{i}", stem=text, items=(Item(id="1", text=text), Item(id="2", text=text)), answer=("2", "1")
            ),
            Essay(id=f"e{i}", stem=text, answer=text, rubric=(Criterion(text=text, points=Fraction(-1, 3)),)),
            Information(id=f"i{i}", stem=text, feedback=feedback),
            Group(id=f"g{i}", stem=text, questions=(Information(id=f"gi{i}", stem=text),), feedback=feedback),
        ]
    two = (Choice(id="a", text="x"), Choice(id="b", text="y"))
    words = (
        Accepted(text="Straße"),
        Accepted(text="STRASSE"),
        Accepted(text="strasse "),
        Accepted(text="b", weight=Fraction(0)),
    )
    source = Source(document="\x00 <d>", text="a\u2028b", reasons=("x",), confidence=0.5, line=3)
    return [
        *everything,
        SingleChoice(
            id="Q1", stem="x", choices=two, answer="a", title="t\x02itle", tags=("a\x03b", "c"), source=source
        ),
        SingleChoice(
            id="q1", stem="x", choices=two, answer="b", category=("a\x04", " ", ""), difficulty=5, status="draft"
        ),
        SingleChoice(id="q1", stem="x", choices=two, answer="b", category=("", "x"), language="zh-Hant-TW"),
        SingleChoice(id="TEST", stem="x", choices=two, answer="a", points=Fraction(0)),
        SingleChoice(id="section", stem="x", choices=two, answer="a", points=Fraction(-1)),
        SingleChoice(id="SECTION-2", stem="x", choices=two, answer="zz"),
        SingleChoice(id="part", stem="x", choices=two, answer="a", points=Fraction(10) ** 400),
        SingleChoice(id="MANIFEST", stem="x", choices=two, answer="a", points=Fraction(1, 10**400)),
        SingleChoice(id="same", stem="x", choices=(two[0], two[0]), answer="a"),
        MultipleChoice(id="unknown", stem="x", choices=two, answer=("a", "zz")),
        MultipleChoice(id="repeated", stem="x", choices=two, answer=("a", "a"), points=Fraction(1, 3)),
        MultipleChoice(id="weightless", stem="x", choices=two, answer=("a",), scoring="weighted"),
        MultipleChoice(id="open", stem="x", choices=two, feedback=Feedback(general="g", correct="c")),
        Matching(id="half", stem="x", prompts=(Prompt(id="p", text="x"),), choices=two, answer={}),
        Matching(
            id="dressed",
            stem="x",
            prompts=(Prompt(id="p.1", text="x"),),
            choices=(Choice(id="c.1", text="x"), Choice(id="c.2", text="y")),
        ),
        Ordering(id="short", stem="x", items=(Item(id="a", text="x"), Item(id="b", text="y")), answer=("a", "a")),
        Ordering(
            id="seven",
            stem="x",
            items=tuple(Item(id=f"{n}", text="x") for n in range(7)),
            answer=tuple("6543210"),
            scoring="each_position",
            hints=("h", ODD_TEXTS[-1]),
        ),
        ShortAnswer(id="words", stem="x", answer=words, feedback=Feedback(partial="p")),
        ShortAnswer(id="star", stem="x", answer=(Accepted(text="*"), Accepted(text="**")), wildcard=True),
        Numeric(id="backwards", stem="x", answer=(NumericAnswer(min=Fraction(2), max=Fraction(1)),)),
        Numeric(
            id="huge",
            stem="x",
            answer=(NumericAnswer(value=Fraction(10) ** 30, tolerance=Fraction(1, 7)),),
            units=(Unit(name="k\x05g\n"),),
        ),
        Cloze(
            id="two-of-one",
            stem=Html(html="<p><blank id='a'/><blank id='a'/><blank id='z'/></p>"),
            blanks=(TextBlank(id="a"), TextBlank(id="a")),
        ),
        Cloze(id="none", stem="no gap", blanks=(TextBlank(id="a", answer=(Accepted(text="x"),)),)),
        Essay(
            id="limits",
            stem="x",
            lines=200,
            min_words=0,
            max_words=1,
            attachments=10,
            response="monospaced",
            style="term",
        ),
        Group(
            id="empty",
            stem="x",
            questions=(SingleChoice(id="bad", stem="x", choices=two, answer="zz"),),
            hints=("h",),
            penalty=Fraction(1),
        ),
    ]


def _random_text(chance: random.Random, depth: int = 0) -> str:
    """Random markup of the subset and around it, well-formed or not."""
    tags = [*richtext.ATTRIBUTES, "h2"]
    parts = []
    for _ in range(chance.randint(0, 4)):
        roll = chance.random()
        if roll < 0.35 or depth > 5:
            parts.append(chance.choice(["x", " ", "中文 ", "1 &lt; 2", "&amp;", "\n", "y z"]))
        elif roll < 0.5:
            parts.append(chance.choice([
                "<img src='asset:dot'/>",
                "<audio src='asset:t.wav'/>",
                "<tex>\\frac{1}{x}</tex>",
                "<blank id='b1'/>",
                "<br/>",
                "<img src='asset:gone'/>",
            ]))  # fmt: skip
        else:
            tag = chance.choice(tags)
            extra = {"a": " href='https://example.org/?a=b&amp;c=d'", "span": " lang='fr'", "ol": " start='2'"}.get(
                tag, ""
            )
            parts.append(f"<{tag}{extra}>{_random_text(chance, depth + 1)}</{tag}>")
    return "".join(parts)


def _random_question(chance: random.Random, name: str) -> Question:
    def text() -> Text:
        return Html(html=_random_text(chance))

    def maybe() -> Text | None:
        return text() if chance.random() < 0.5 else None

    points = chance.choice([Fraction(1), Fraction(2), Fraction(1, 3), Fraction(0), Fraction(5, 2)])
    feedback = Feedback(general=maybe(), correct=maybe(), partial=maybe(), incorrect=maybe())
    choices = tuple(
        Choice(id=c, text=text(), feedback=maybe(), weight=Fraction(chance.randint(-4, 4), 4)) for c in "ABC"
    )
    answer = chance.choice("ABC")
    known = chance.random() < 0.8
    hints = tuple(text() for _ in range(chance.choice([0, 0, 2])))
    shared = {"id": name, "stem": text(), "points": points, "feedback": feedback, "hints": hints}
    questions: list[Question] = [
        SingleChoice(**shared, choices=choices, answer=answer if known else None, scoring=chance.choice(["all_or_nothing", "weighted"])),
        MultipleChoice(
            **shared,
            choices=choices,
            answer=(answer,) if known else None,
            scoring=chance.choice(["each_correct", "all_or_nothing", "balanced", "weighted"]),
        ),
        TrueFalse(**shared, answer=chance.choice([True, False, None]), feedback_true=maybe()),
        ShortAnswer(**shared, answer=(Accepted(text="a*b", feedback=maybe()),) if known else None, wildcard=known),
        Numeric(**shared, answer=(NumericAnswer(value=points, feedback=maybe()),) if known else None),
        Cloze(**shared, blanks=(TextBlank(id="b1", answer=(Accepted(text="x", feedback=maybe()),)), ChoiceBlank(id="b2", choices=choices, answer=answer if known else None))),
        Matching(**shared, prompts=(Prompt(id="A", text=text()),), choices=choices, answer={"A": answer} if known else None),
        Ordering(**shared, items=tuple(Item(id=c, text=text()) for c in "AB"), answer=("B", "A") if known else None, scoring="each_position"),
        Essay(**shared, answer=maybe(), rubric=(Criterion(text=text()),)),
        Information(**shared),
    ]  # fmt: skip
    return chance.choice(questions)
