"""`--where`: which questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbank import bankfile
from qbank.diagnostics import QbankError
from qbank.model import Essay, Question, Source, TrueFalse
from qbank.select import where

QUESTIONS: list[Question] = [
    TrueFalse(id="a", stem="?", answer=False, tags=("投诉", "x"), category=("客户服务", "第一章"), difficulty=2),
    TrueFalse(id="b", stem="?", tags=("x and y",), category=("客户服务", "第二章"), language="en", status="draft"),
    Essay(id="c", stem="?", source=Source(document="paper 1.txt"), category=("客户",)),
]


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("tag:投诉", "a"),
        ("tag:x", "a"),
        ("not tag:x", "bc"),
        ("kind:true_false", "ab"),
        ("kind:true_false and not id:a", "b"),
        (" kind:true_false   and   status:ready ", "a"),
        ("category:客户服务", "ab"),
        ("category:客户服务/第二章", "b"),
        ("category:客户服务 / 第一章", "a"),
        ("status:draft", "b"),
        ("language:en", "b"),
        ("difficulty:2", "a"),
        ("document:paper 1.txt", "c"),
        ("answered:yes", "ac"),
        ("answered:no", "b"),
        ("id:none", ""),
    ],
)
def test_what_is_chosen(expression: str, ids: str) -> None:
    """Each term is a test, `and` joins them, `not` turns one round."""
    assert "".join(q.id for q in QUESTIONS if where(expression)(q)) == ids


@pytest.mark.parametrize(
    ("expression", "remedy"),
    [
        ("", "FIELD:VALUE"),
        ("chapter-1", "FIELD:VALUE"),
        ("tag:", "tag"),
        ("tags:x", "did you mean 'tag'"),
        ("kind:multichoice", "did you mean 'multiple_choice'"),
        ("answered:maybe", "yes or no"),
        ("tag:x and", "FIELD:VALUE"),
        ("tag:x or tag:y and z", "FIELD:VALUE"),
        ("not", "FIELD:VALUE"),
    ],
)
def test_what_is_not_understood(expression: str, remedy: str) -> None:
    """A test that is not understood is refused with the remedy, never taken for one that chooses nothing."""
    with pytest.raises(QbankError, match=remedy):
        where(expression)


def test_every_kind_can_be_chosen(bank_dir: Path) -> None:
    """`kind:X` finds the questions of each kind in the sample bank."""
    bank = bankfile.load(bank_dir / "all.json")
    kinds = {bankfile.question_object(q)["kind"] for q in bank.questions}
    assert all(any(where(f"kind:{kind}")(q) for q in bank.questions) for kind in kinds)
