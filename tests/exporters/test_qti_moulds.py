"""Items from moulds against items written in full: the same bytes, the same losses."""

from __future__ import annotations

from typing import Any

import pytest
from askable import askable
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from qbank.exporters import qti21, qti22, qti30
from qbank.exporters._qti.items import Item, write_item
from qbank.exporters._qti.losses import Losses
from qbank.exporters._qti.media import Media
from qbank.exporters._qti.moulds import Moulds
from strategies import questions

from qbank.assets import AssetStore
from qbank.diagnostics import Diagnostic, Report
from qbank.export import Context
from qbank.model import Choice, Feedback, Html, MultipleChoice, SingleChoice

HOSTILE = ("]]>", "&", "&amp;", "<b>", '"', "'", ">", "𠮷", "{0}", "%s", "\\(x\\)", "$$", "C", "__")
WORDS = st.lists(
    st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec="utf-8"), max_size=6)), min_size=1, max_size=4
).map("".join)
STEMS = st.one_of(
    WORDS, WORDS.map(lambda text: Html(html=f"<p>x <em>{text.replace('<', '').replace('&', '')}</em></p>"))
)
CASES = [
    pytest.param(exporter.EXPORTER, preset, id=f"{exporter.EXPORTER.name}-{preset.name}")
    for exporter in (qti21, qti22, qti30)
    for preset in exporter.EXPORTER.presets
]


def _choices() -> st.SearchStrategy[tuple[Choice, ...]]:
    told = st.tuples(WORDS, st.one_of(st.none(), WORDS), st.booleans())
    return st.lists(told, min_size=2, max_size=4).map(
        lambda parts: tuple(
            Choice(id="abcd"[i], text=text, feedback=said, fixed=fixed) for i, (text, said, fixed) in enumerate(parts)
        )
    )


FEEDBACK = st.one_of(
    st.none(),
    st.builds(Feedback, general=st.one_of(st.none(), WORDS), correct=st.one_of(st.none(), WORDS), partial=st.none()),
)
COMMON: dict[str, Any] = {
    "id": st.sampled_from(("q-1", "a.b", "7")),
    "stem": STEMS,
    "title": st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=9)),
    "choices": _choices(),
    "feedback": FEEDBACK,
    "hints": st.lists(WORDS, max_size=2).map(tuple),
    "shuffle": st.booleans(),
    "language": st.sampled_from((None, "zh-CN", "en")),
    "tags": st.sampled_from(((), ("x",))),
}
PLAIN = st.one_of(
    st.builds(SingleChoice, answer=st.sampled_from((None, "a", "b")), **COMMON),
    st.builds(
        MultipleChoice,
        answer=st.sampled_from((None, ("a",), ("b", "a"))),
        scoring=st.sampled_from(("each_correct", "all_or_nothing", "balanced")),
        **COMMON,
    ),
)
ANY = st.one_of(questions("single_choice"), questions("multiple_choice")).map(askable)


def _told(question: Any, make: Any) -> tuple[Item | None, list[Diagnostic]]:
    """What making an item gives, and what is reported."""
    report = Report()
    return make(Losses(Context(report=report))), report.diagnostics


def _held(exporter: Any, preset: Any, moulds: Moulds, question: Any) -> bool:
    """Hold an item of a mould to the one that is written in full; whether there was a mould for it."""
    media = Media(AssetStore({}, None), lambda _name, _data: None)
    made, lost = _told(question, lambda losses: moulds.item(question, "ITEM-1", question.language, losses))
    if made is None:
        assert not lost
        return False
    written, reported = _told(
        question,
        lambda losses: write_item(question, "ITEM-1", question.language, None, exporter.dialect, preset, media, losses),
    )
    assert written is not None
    assert made.document.decode() == written.document.decode()
    assert made == written
    assert lost == reported
    return True


@pytest.mark.parametrize(("exporter", "preset"), CASES)
@given(st.data())
def test_a_mould_gives_what_is_written_in_full(exporter: Any, preset: Any, data: st.DataObject) -> None:
    """A question whose texts go into the mould of another of its shape becomes the item that `write_item` makes."""
    moulds = Moulds(exporter.dialect, preset, Media(AssetStore({}, None), lambda _name, _data: None))
    first = data.draw(PLAIN)
    _held(exporter, preset, moulds, first)
    # Another of the same shape, with other words.
    words = st.one_of(WORDS, st.just(first.stem if isinstance(first.stem, str) else "x"))
    choices = tuple(
        replace(c, text=data.draw(words), feedback=None if c.feedback is None else data.draw(words))
        for c in first.choices
    )
    _held(exporter, preset, moulds, replace(first, stem=data.draw(STEMS), choices=choices, title=None))
    _held(exporter, preset, moulds, data.draw(ANY))


def test_plain_questions_have_moulds() -> None:
    """The questions that moulds are for are written with them, one mould for all of a shape, rich stems included."""
    exporter = qti21.EXPORTER
    moulds = Moulds(exporter.dialect, exporter.presets[0], Media(AssetStore({}, None), lambda _name, _data: None))
    choices = (Choice(id="A", text='a "<b>" & c', feedback="yes"), Choice(id="B", text="b"))
    for stem in ("What?", Html(html="<p>What <em>is</em></p><p>it?</p>"), "two\nlines"):
        question = SingleChoice(id="q", stem=stem, choices=choices, answer="A", feedback=Feedback(general="so"))
        assert _held(exporter, exporter.presets[0], moulds, question)
    assert len(moulds) == 1
