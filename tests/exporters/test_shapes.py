"""What comes from a mould against what is written in full: the same bytes, the same losses."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from askable import askable
from hypothesis import given
from hypothesis import strategies as st
from qbank.exporters import _shapes, qti21
from strategies import questions

from qbank import export
from qbank.assets import AssetStore
from qbank.diagnostics import Diagnostic
from qbank.model import ONE, Asset, Choice, Feedback, Header, Html, MultipleChoice, Question, SingleChoice, Source

HOSTILE = (
    "]]>",
    "&",
    "&amp;",
    "<b>",
    '"',
    "'",
    ">",
    "𠮷",
    "{0}",
    "~%50%",
    "=",
    "#",
    ":",
    "\\(x\\)",
    "$$x$$",
    "C",
    "__",
    " ",
    "  ",
    "\n",
    "\ue000",
    "\ue0003\ue001",
    "->",
    "[html]",
    "[id:x]",
    "//",
)
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
WORDS = st.one_of(
    st.text("abc 知道", min_size=1, max_size=6),
    st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(CHARACTERS, max_size=6)), min_size=1, max_size=4).map("".join),
)
RICH = (
    Html(html="<p>x <em>y</em> &lt;b&gt;</p>"),
    Html(html="<p>a</p><p>b: <tex>x^2</tex></p>"),
    Html(html="<p>\\(x\\)</p>"),
    Html(html='<p><img src="asset:a.png" alt="a"/></p>'),
    Html(html="<p> </p>"),
)
TEXTS: Any = st.one_of(WORDS, WORDS, st.sampled_from(RICH))
MAYBE = st.one_of(st.none(), WORDS)


def _choices() -> st.SearchStrategy[tuple[Choice, ...]]:
    told = st.tuples(st.one_of(WORDS, WORDS, TEXTS), MAYBE, st.sampled_from((False, False, True)))
    return st.lists(told, min_size=2, max_size=4).map(
        lambda parts: tuple(
            Choice(id="abcd"[i], text=text, feedback=said, fixed=fixed) for i, (text, said, fixed) in enumerate(parts)
        )
    )


COMMON: dict[str, Any] = {
    "id": st.sampled_from(("q-1", "q-2", "a.b", "7", "Q" * 100)),
    "stem": TEXTS,
    "title": st.one_of(st.none(), st.text(CHARACTERS, max_size=9), st.just("long " * 70)),
    "choices": _choices(),
    "feedback": st.one_of(st.none(), st.builds(Feedback, general=MAYBE, correct=MAYBE, partial=MAYBE)),
    "hints": st.lists(WORDS, max_size=2).map(tuple),
    "shuffle": st.booleans(),
    "points": st.sampled_from((ONE, ONE, ONE * 3, ONE / 3)),
    "difficulty": st.sampled_from((None, 3)),
    "language": st.sampled_from((None, "zh-CN", "en")),
    "source": st.sampled_from((None, Source(document="a.txt"))),
    "status": st.sampled_from(("ready", "ready", "draft")),
    "tags": st.lists(st.sampled_from(("x", "X", "a b", "[id:1]", "y]", "<z>", "\ue0001\ue001")), max_size=2).map(tuple),
    "category": st.sampled_from(((), ("A",), ("A", "B/C"))),
}
PLAIN = st.one_of(
    st.builds(SingleChoice, answer=st.sampled_from((None, "a", "b")), **COMMON),
    st.builds(
        MultipleChoice,
        answer=st.sampled_from((("a",), ("b", "a"), ("a", "b"))),
        scoring=st.sampled_from(("each_correct", "all_or_nothing", "balanced")),
        **COMMON,
    ),
)
ANY = st.one_of(questions("single_choice"), questions("multiple_choice")).map(askable)
TARGETS = [
    ("gift", {}),
    ("moodle-xml", {}),
    ("moodle-xml", {"version": "3.9"}),
    *[("qti21", {"preset": preset.name}) for preset in qti21.EXPORTER.presets],
    ("qti22", {}),
    ("qti30", {}),
]


def _written(to: str, options: dict[str, str], bank: Sequence[Question]) -> tuple[bytes, list[Diagnostic]]:
    exporter = export.get(to)
    assets = AssetStore({"a.png": Asset(base64="iVBORw0KGgo=", media_type="image/png")}, None)
    ctx = export.Context(
        header=Header(qbank=1, language="zh-CN"), assets=assets, options=options, unanswered="ungraded", drafts=True
    )
    sink = io.BytesIO()
    exporter.write(export.prepared(bank, exporter, ctx), sink, ctx)
    return sink.getvalue(), ctx.report.diagnostics


@pytest.mark.parametrize(("to", "options"), TARGETS, ids=[f"{to}-{'-'.join(o.values())}" for to, o in TARGETS])
@given(st.lists(st.one_of(PLAIN, PLAIN, PLAIN, ANY), min_size=1, max_size=4), st.data())
def test_a_mould_gives_what_is_written_in_full(
    to: str, options: dict[str, str], bank: list[Question], data: st.DataObject
) -> None:
    """A bank is written in the same bytes, and loses the same, whether or not questions of a shape share a mould."""
    # One more of the first one's shape, with other words.
    first = bank[0]
    assert isinstance(first, SingleChoice | MultipleChoice)
    bank.append(_with_other_words(first, data))
    shared = _written(to, options, bank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_shapes, "is_plain", lambda _question: False)
        full = _written(to, options, bank)
    assert shared[1] == full[1]
    assert shared[0] == full[0]


def _with_other_words(question: Any, data: st.DataObject) -> Any:
    from msgspec.structs import replace

    choices = tuple(
        replace(c, text=data.draw(WORDS), feedback=None if c.feedback is None else data.draw(WORDS))
        for c in question.choices
    )
    return replace(question, id="other", stem=data.draw(TEXTS), choices=choices, title=None)


@pytest.mark.parametrize("to", ["gift", "moodle-xml", "qti21", "qti22", "qti30"])
def test_plain_questions_share_a_mould(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions of one shape, a rich stem among them, are written in full once for all of them."""
    casts: list[object] = []
    made = _shapes.cast
    monkeypatch.setattr(_shapes, "cast", lambda *given: casts.append(given) or made(*given))
    choices = (Choice(id="A", text='"a" c', feedback="yes"), Choice(id="B", text="b"))
    stems = ("What?", Html(html="<p>What <em>is</em></p><p>it?</p>"), "Another")
    bank = [
        SingleChoice(
            id=f"q{i}", stem=stem, choices=choices, answer="A", feedback=Feedback(general="so"), tags=(f"t{i}",)
        )
        for i, stem in enumerate(stems)
    ]
    written, _ = _written(to, {}, bank)
    assert written
    assert len(casts) == 1
