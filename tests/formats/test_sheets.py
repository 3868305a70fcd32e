"""Rows of the editable sheet: every question goes in and comes out, and an edited cell wins."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_rows import question, questions

from qbank import bankfile, model
from qbank.formats import celltext, sheets
from qbank.formats.sheets import Cells, Tongue

BANK = Path(__file__).parents[1] / "bank" / "all.json"
TONGUES: tuple[Tongue, ...] = ("en", "zh")


def back(row: Cells, **edits: celltext.Cell) -> model.Question:
    """The question of a row, after some of its cells were edited."""
    return question(sheets.properties(row | edits))


def sample(id: str) -> model.Question:
    """A question of the sample bank."""
    return next(q for q in bankfile.open_bank(BANK).questions() if q.id == id)


words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
filled = words.filter(bool)
rich = st.one_of(
    words,
    st.sampled_from(
        ["1-5", "=1+1", "001", "TRUE", " a ", "a\n\nb", "a;b|c", "\\", "_x0041_", "____", "x = B", "a / b", "\ta\n"]
    ),
    st.builds(
        lambda t: model.Html(html=f"<p>{t}<strong>b</strong></p>"), st.sampled_from(["", "x ", "1 ", "&lt;", "水"])
    ),
)
ids = st.sampled_from(["A", "B", "C", "a", "b", "1", "2", "b1", "x.y", "AA"])
exact = st.fractions(min_value=-1000, max_value=1000, max_denominator=64)
share = st.integers(1, 5)
weight = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(0)])
maybe_rich = st.none() | rich
common = {
    "id": st.just("q"),
    "stem": rich,
    "title": st.none() | words,
    "points": exact,
    "feedback": st.none() | st.builds(model.Feedback, general=maybe_rich, correct=maybe_rich, partial=maybe_rich),
    "hints": st.lists(rich, max_size=2).map(tuple),
    "tags": st.lists(filled, max_size=3).map(tuple),
    "category": st.lists(filled, max_size=3).map(tuple),
    "difficulty": st.none() | st.integers(1, 5),
    "status": st.sampled_from(["ready", "draft"]),
    "extensions": st.just({}) | st.just({"x": {"y": [1, None, "_x0041_"]}}),
}
choice = st.builds(
    model.Choice,
    id=ids,
    text=rich,
    feedback=maybe_rich,
    weight=st.none() | weight,
    fixed=st.booleans(),
)
choices = st.lists(choice, min_size=2, max_size=5).map(tuple)
accepted = st.lists(st.builds(model.Accepted, text=filled, weight=weight, feedback=maybe_rich), min_size=1, max_size=3)
numbers = st.lists(
    st.builds(model.NumericAnswer, value=exact, tolerance=exact, weight=weight)
    | st.builds(model.NumericAnswer, min=exact, max=exact),
    min_size=1,
    max_size=3,
).map(tuple)
some_ids = st.none() | st.lists(ids, min_size=2, max_size=4).map(tuple)
blank = st.one_of(
    st.builds(model.TextBlank, id=ids, answer=st.none() | accepted.map(tuple), share=share, wildcard=st.booleans()),
    st.builds(model.NumericBlank, id=ids, answer=st.none() | numbers),
    st.builds(model.ChoiceBlank, id=ids, choices=choices, answer=st.none() | ids),
)
gapped = st.sampled_from(
    ["a ____ b", model.Html(html='<p>a <blank id="b1"/> b</p>'), model.Html(html='<p><blank id="x"/>____</p>')]
)
prompts = st.lists(st.builds(model.Prompt, id=ids, text=rich), min_size=1, max_size=4).map(tuple)
items = st.lists(st.builds(model.Item, id=ids, text=rich), min_size=2, max_size=4).map(tuple)
single = st.one_of(
    st.builds(model.SingleChoice, **common, choices=choices, answer=st.none() | ids, shuffle=st.booleans()),
    st.builds(model.MultipleChoice, **common, choices=choices, answer=some_ids),
    st.builds(model.TrueFalse, **common, answer=st.none() | st.booleans(), feedback_true=maybe_rich),
    st.builds(model.ShortAnswer, **common, answer=st.none() | accepted.map(tuple), case_sensitive=st.booleans()),
    st.builds(model.Numeric, **common, answer=st.none() | numbers),
    st.builds(model.Cloze, **(common | {"stem": gapped}), blanks=st.lists(blank, min_size=1, max_size=3).map(tuple)),
    st.builds(
        model.Matching,
        **common,
        prompts=prompts,
        choices=choices,
        answer=st.none() | st.dictionaries(ids, ids, max_size=3),
    ),
    st.builds(model.Ordering, **common, items=items, answer=some_ids),
    st.builds(model.Essay, **common, answer=maybe_rich, style=st.sampled_from(["term", "short", "long"])),
    st.builds(model.Information, **common),
)
group = st.builds(model.Group, **common, questions=st.lists(single, min_size=1, max_size=3).map(tuple))


@settings(max_examples=400, deadline=None)
@given(single | group, st.sampled_from(TONGUES))
def test_no_question_is_changed_by_its_rows(asked: model.Question, tongue: Tongue) -> None:
    """Whatever a question holds, its rows say it, in either language, and through the text of a cell."""
    rows = [
        {key: celltext.decoded(celltext.encoded(cell)) if isinstance(cell, str) else cell for key, cell in row.items()}
        for row in sheets.rows(asked, tongue)
    ]
    assert questions(rows) == [asked]


@pytest.mark.parametrize("tongue", TONGUES)
def test_the_sample_bank_survives(tongue: Tongue) -> None:
    """Every kind with every feature comes back from its rows."""
    asked = list(bankfile.open_bank(BANK).questions())
    rows = [row for q in asked for row in sheets.rows(q, tongue)]
    assert questions(rows) == asked


def test_a_simple_question_needs_no_json() -> None:
    """The column `more` stays empty where plain columns say all."""
    plain = model.SingleChoice(
        id="q", stem="1+1=?", choices=(model.Choice(id="A", text="1"), model.Choice(id="B", text="2")), answer="B"
    )
    assert sheets.cells(plain) == {
        "id": "q",
        "kind": "single choice",
        "status": "ready",
        "stem": "1+1=?",
        "points": Fraction(1),
        "A": "1",
        "B": "2",
        "answer": "B",
    }


def test_an_edited_stem_wins_over_the_formatted_one() -> None:
    """The formatted text counts only while the cell still shows it."""
    row = sheets.cells(sample("lib-single-1"))
    assert isinstance(back(row).stem, model.Html)
    assert back(row, stem="另一个题干").stem == "另一个题干"


def test_an_edited_choice_keeps_its_feedback() -> None:
    """Only the text of an edited choice changes; an emptied one is gone."""
    row = sheets.cells(sample("lib-single-1"))
    edited = back(row, B="预约图书")
    assert isinstance(edited, model.SingleChoice)
    assert edited.choices[1] == model.Choice(id="B", text="预约图书", feedback="预约用于已借出的书。")
    fewer = back(row, C=None)
    assert isinstance(fewer, model.SingleChoice)
    assert [c.id for c in fewer.choices] == ["A", "B", "D"]


def test_an_edited_answer_keeps_the_weights_of_what_stays() -> None:
    """An accepted text that is still listed keeps its weight and feedback; a new one has neither."""
    row = sheets.cells(sample("lib-short-1"))
    edited = back(row, answer="馆际借书；馆际流通")
    assert isinstance(edited, model.ShortAnswer)
    assert edited.answer == (
        model.Accepted(text="馆际借书", weight=Fraction(1, 2), feedback="差不多。"),
        model.Accepted(text="馆际流通"),
    )


def test_an_emptied_answer_is_unknown() -> None:
    """Deleting the answer makes it null, never the old one."""
    for id in ("lib-single-1", "lib-multi-1", "lib-short-1", "lib-num-1", "lib-order-1", "lib-essay-1"):
        emptied = back(sheets.cells(sample(id)), answer=None)
        assert emptied.answer is None  # type: ignore[union-attr]  # all of these have an answer


def test_edited_gaps_and_pairs() -> None:
    """The answers of gaps and of prompts can be changed one by one."""
    cloze = back(sheets.cells(sample("lib-cloze-1")), answer="9; 九 | 13 ~ 15 | 可以")
    assert isinstance(cloze, model.Cloze)
    assert [b.answer for b in cloze.blanks] == [
        (model.Accepted(text="9"), model.Accepted(text="九")),
        (model.NumericAnswer(min=Fraction(13), max=Fraction(15)),),
        "A",
    ]
    assert cloze.blanks[1].share == 2
    matching = back(sheets.cells(sample("lib-match-1")), answer="续借 = D\n预约 hold = B\n挂失 = ")
    assert isinstance(matching, model.Matching)
    assert matching.answer == {"1": "D", "2": "B"}
    assert isinstance(matching.prompts[1].text, model.Html)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"kind": "单选题", "stem": "?", "A": "x", "B": "y", "answer": "ｂ"}, {"answer": "B"}),
        (
            {"kind": "Multiple Choice", "stem": "?", "A": "x", "B": "y", "C": "z", "answer": "a，c"},
            {"answer": ["A", "C"]},
        ),
        ({"kind": "判断题", "stem": "?", "answer": "√"}, {"answer": True}),
        ({"kind": "true_false", "stem": "?", "answer": False}, {"answer": False}),
        ({"kind": "计算题", "stem": "?", "answer": 2.5}, {"answer": [{"value": "2.5"}]}),
        (
            {"kind": "numeric", "stem": "?", "answer": "−1.5 +- 0.1"},
            {"answer": [{"value": "-1.5", "tolerance": "0.1"}]},
        ),
        ({"kind": "论述题", "stem": "?"}, {"kind": "essay", "style": "long"}),
        ({"kind": "名词解释", "stem": "?", "answer": "甲\n乙"}, {"style": "term", "answer": "甲\n乙"}),
        ({"kind": "排序题", "stem": "?", "A": "x", "B": "y", "answer": "B>A"}, {"answer": ["b", "a"]}),
        ({"kind": "判断题", "stem": "?", "points": 2.0, "difficulty": 3.0}, {"points": "2", "difficulty": 3}),
        (
            {"kind": "判断题", "stem": "?", "category": "化学 / 水", "tags": "a；b"},
            {"category": ["化学", "水"], "tags": ["a", "b"]},
        ),
    ],
)
def test_what_people_type(row: Cells, expected: dict[str, Any]) -> None:
    """Cells typed by hand, in either language and width, are understood."""
    found = sheets.properties(row)
    assert {key: found.get(key) for key in expected} == expected


def test_a_typed_cloze_question() -> None:
    """A stem with ____ and answers between bars makes gaps."""
    found = question(
        sheets.properties({"id": "q", "kind": "填空题", "stem": "水由____和____组成", "answer": "氢；H｜氧"})
    )
    assert isinstance(found, model.Cloze)
    assert found.stem == model.Html(html='<p>水由<blank id="b1"/>和<blank id="b2"/>组成</p>')
    assert [b.answer for b in found.blanks] == [
        (model.Accepted(text="氢"), model.Accepted(text="H")),
        (model.Accepted(text="氧"),),
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"kind": "mystery", "stem": "?"}, "not a kind"),
        ({"stem": "?"}, "names no kind"),
        ({"kind": "判断题", "answer": "maybe"}, "neither true nor false"),
        ({"kind": "numeric", "answer": "viel"}, "not a number"),
        ({"kind": "判断题", "more": "{"}, "does not hold JSON"),
        ({"kind": "判断题", "more": "[" * 100_000}, "JSON"),
        ({"kind": "判断题", "more": "[]"}, "JSON object"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: Cells, sentence: str) -> None:
    """A bad cell is one sentence, not a traceback of another sort."""
    with pytest.raises(ValueError, match=sentence):
        sheets.properties(row)


def test_every_title_is_known() -> None:
    """Each column is found by its key, its English and its Chinese title; so is each kind."""
    for column in sheets.COLUMNS:
        for word in (column.key, column.en, column.zh, *column.synonyms):
            assert sheets.column_of_title(word) == column.key
    for pair, labels in sheets.KIND_LABELS.items():
        assert {sheets.kind_of_label(label) for label in labels} == {pair}
    assert sheets.column_of_title("题干（必填）") == "stem"
    assert sheets.column_of_title("选项 A") == "A"
    assert sheets.column_of_title("选项E\n(勿删)") == "E"
    assert sheets.column_of_title("colour") is None


@given(
    st.text(st.characters(exclude_categories=[]))
    | st.lists(st.sampled_from(["_x0041", "_x005F_", "_", "x", "\x01"])).map("".join)
)
def test_cell_text_is_reversible_and_fit_for_xml(text: str) -> None:
    """Any text can be a cell: what XML forbids is escaped, and nothing is confused with an escape."""
    written = celltext.encoded(text)
    assert celltext.decoded(written) == text
    assert all(c in "\t\n" or " " <= c < "\ud800" or c > "\udfff" for c in written)
    assert not set(written) & {"\ufffe", "\uffff"}


@given(st.text(), st.integers(2, 7))
def test_pieces_join_to_the_text(text: str, size: int) -> None:
    """No piece is longer than asked in UTF-16 units, and no character is split."""
    found = list(celltext.pieces(text, size))
    assert "".join(found) == text
    assert all(0 < celltext.units(piece) <= size for piece in found)


@given(st.fractions())
def test_numbers_are_exact(value: Fraction) -> None:
    """A number is written as what it is, as a decimal or as a fraction."""
    assert Fraction(celltext.number(value)) == value


@given(st.lists(words.map(str.strip).filter(bool), min_size=1), st.sampled_from(["; ", " | ", " / "]))
def test_lists_in_a_cell_are_reversible(parts: list[str], separator: str) -> None:
    """Separators inside a part are escaped, so that the parts come back."""
    specials = ";；|｜" if separator != " / " else "/"
    cell = celltext.joined(parts, separator)
    assert [celltext.unescaped(part, specials) for part in celltext.split(cell, specials)] == parts
