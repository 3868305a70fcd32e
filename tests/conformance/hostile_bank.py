"""Questions of every kind made of texts that formats trip over; for the tests of the written files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from random import Random

from qbank.model import (
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Criterion,
    Essay,
    Feedback,
    Group,
    Html,
    Information,
    Item,
    Matching,
    MultipleChoice,
    MultipleScoring,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
    Unit,
)

TEXTS: tuple[Text, ...] = (
    "plain words",
    "a < b & c > d; x<y and 1<2",
    "<b>not bold</b> <script>alert(1)</script>",
    "&lt; &amp;amp; &#38; &nbsp; &copy AT&T",
    "{1:SA:=x} and {#1} and {:MC:a~=b}",
    "{2:NUMERICAL:=3:1#no}",
    r"= ~ # { } : \= \~ \# \{ \} \: \n \\ \x",
    "~wrong =right #told ####general",
    "// [id:evil] [tag:evil]",
    "::title:: and $CATEGORY: elsewhere",
    "[html]<i>x</i>",
    "[plain]x [markdown]y",
    "[htmlX",
    "%50%half",
    "%-100%x",
    "% alone",
    "a -> b -> c",
    "->",
    "TRUE",
    "F",
    "0",
    "00",
    "*",
    r"a*b \* c",
    "]]> and <![CDATA[ x ]]>",
    "R&",
    "R&~b",
    "end \\",
    r"\}\#\\}",
    "&&058;&&010; &&092;",
    "  spaced   out  ",
    "one\ntwo\n\n\nthree\n// four\n0\n",
    "tab\there\r\nand CR LF",
    "中文 空格 和 标点:“引号”、(1)。",
    "𠮷 😀 emoji é ü ß Ω",
    "\u3000\u3000全角空格",
    "non\u00a0breaking\u2028separator\u0085next",
    "@@PLUGINFILE@@/x.png data:text/html,x",
    "word " * 70 + "end",
    "无空格的很长的一段话" * 40,
    Html(html="<p>markup: <strong>b</strong> <em>i</em> &amp; &lt;u&gt; &amp;lt;</p>"),
    Html(html=r"<p>formula <tex>\frac{a_1}{b} &lt; \{x\}</tex> and <tex display='block'>x^2 \neq 1</tex></p>"),
    Html(html='<pre>if a &lt; b:\n    print("{~=}#")\n\n// 1\n0</pre>'),
    Html(html="<ul><li>one</li><li>two -&gt; three</li></ul><p>after {3:SA:=y}</p>"),
    Html(html="<table><tbody><tr><td>a</td><td>b = c</td></tr></tbody></table>"),
    Html(html="<p>[html] = {x}</p>"),
)
SCORINGS: tuple[MultipleScoring, ...] = ("each_correct", "all_or_nothing", "balanced")


def questions(texts: Sequence[Text] = TEXTS) -> Iterator[Question]:
    """Every kind with every text in every place."""
    for i, text in enumerate(texts):
        yield from _around(f"t{i}", text, texts[(i + 7) % len(texts)])
    for right in range(1, 13):
        for wrong in (0, 1, 3, 11):
            if right + wrong > 1:
                for scoring in SCORINGS:
                    yield _multiple(f"m{right}-{wrong}-{scoring}", right, wrong, scoring)


ALPHABET = "\\~=#{}:%&;<>\"'*-> \n/[]()0159nTF|`_$@,.ab中。é"
SNIPPETS = (
    "&amp;",
    "{1:SA:=x}",
    "####",
    "->",
    "\n\n",
    "%50%",
    "[html]",
    "::",
    "//",
    "$$",
    "]]>",
    "&#38;",
    "~=",
    "TRUE",
    "\\}",
)


def scrambled(seed: int, count: int = 20) -> list[Text]:
    """Random short texts of the characters that formats give a meaning to; the same for the same seed."""
    random = Random(seed)
    texts: list[Text] = []
    for _ in range(count):
        text = "".join(random.choices(ALPHABET, k=random.randint(1, 14)))
        if random.random() < 0.2:
            text += random.choice(SNIPPETS)
        markup = escape(text)
        texts.append(Html(html=f"<p>{markup}<tex>{markup}</tex></p>") if random.random() < 0.2 else text)
    return texts


def _multiple(name: str, right: int, wrong: int, scoring: MultipleScoring) -> MultipleChoice:
    choices = tuple(Choice(id=f"c{i}", text=f"choice {i}") for i in range(right + wrong))
    answer = tuple(choice.id for choice in choices[:right])
    return MultipleChoice(id=name, stem=name, choices=choices, answer=answer, scoring=scoring)


def _line(text: Text) -> str:
    shown = text if isinstance(text, str) else text.html
    return " ".join(shown.split()) or "x"


def _around(name: str, text: Text, other: Text) -> Iterator[Question]:
    feedback = Feedback(general=text, correct=other, partial=text, incorrect=other)
    choices = (
        Choice(id="A", text=text, feedback=other),
        Choice(id="B", text=other, feedback=text),
        Choice(id="C", text="a third, distinct"),
    )
    word = _line(text)
    full = (Accepted(text=word, feedback=other), Accepted(text="another", weight=Fraction(1, 3), feedback=text))
    numbers = (
        NumericAnswer(value=Fraction("2.5"), tolerance=Fraction("0.05"), feedback=text),
        NumericAnswer(min=Fraction(-3), max=Fraction(7), weight=Fraction(1, 2), feedback=other),
    )
    common = {
        "tags": (word, "tag"),
        "category": ("Hostile", word),
        "title": word,
        "feedback": feedback,
        "hints": (text,),
    }
    yield SingleChoice(id=f"{name}.single", stem=text, choices=choices, answer="A", shuffle=True, **common)
    yield MultipleChoice(id=f"{name}.multi", stem=text, choices=choices, answer=("A", "B"))
    yield TrueFalse(id=f"{name}.tf", stem=text, answer=True, feedback_true=text, feedback_false=other, **common)
    yield ShortAnswer(id=f"{name}.short", stem=text, answer=full, **common)
    yield ShortAnswer(id=f"{name}.short2", stem=text, answer=(Accepted(text=word),), case_sensitive=True)
    yield Numeric(id=f"{name}.numeric", stem=text, answer=numbers, units=(Unit(name=word),), **common)
    gaps = Html(html='<p>{1:SA:=z} <blank id="b1"/>, <blank id="b2"/> {#2} <tex>\\{x\\}</tex> <blank id="b3"/></p>')
    blanks = (
        TextBlank(id="b1", answer=full),
        NumericBlank(id="b2", answer=numbers, share=2),
        ChoiceBlank(id="b3", choices=choices, answer="B"),
    )
    yield Cloze(id=f"{name}.cloze", stem=gaps, blanks=blanks, points=Fraction(4), feedback=feedback, hints=(text,))
    for i, blank in enumerate(blanks):
        stem = Html(html=f'<p>{word.replace("&", "and").replace("<", "(")} <blank id="{blank.id}"/> then</p>')
        yield Cloze(id=f"{name}.cloze{i}", stem=stem, blanks=(blank,))
    yield Matching(
        id=f"{name}.match",
        stem=text,
        prompts=(Prompt(id="1", text=text), Prompt(id="2", text=other), Prompt(id="3", text="third")),
        choices=(*choices, Choice(id="D", text="distractor")),
        answer={"1": "A", "2": "B", "3": "A"},
        feedback=feedback,
    )
    yield Ordering(
        id=f"{name}.order",
        stem=text,
        items=(Item(id="a", text=text), Item(id="b", text=other), Item(id="c", text=text)),
        answer=("b", "a", "c"),
        scoring="each_position",
    )
    yield Essay(
        id=f"{name}.essay",
        stem=text,
        answer=other,
        rubric=(Criterion(text=text, points=Fraction(2)),),
        feedback=Feedback(general=text),
    )
    yield Information(id=f"{name}.info", stem=text, feedback=Feedback(general=other))
    yield Group(
        id=f"{name}.group",
        stem=text,
        feedback=Feedback(general=other),
        questions=(
            TrueFalse(id=f"{name}.group1", stem=other, answer=False),
            Cloze(id=f"{name}.group2", stem=gaps, blanks=blanks, points=Fraction(4)),
        ),
    )
