"""Counting a bank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from qbank.bankfile import json_number
from qbank.model import MultipleChoice, Question, SingleChoice, has_answer, kind_of, points_of


@dataclass(slots=True)
class Figures:
    """What `qbank stats` prints."""

    questions: int = 0
    answered: int = 0
    drafts: int = 0
    points: Fraction = Fraction(0)
    counters: dict[str, Counter[str]] = field(
        default_factory=lambda: {
            name: Counter() for name in ("kind", "category", "tag", "difficulty", "language", "document", "key")
        }
    )

    @property
    def points_text(self) -> str:
        """The points as people write them."""
        return f"{float(self.points):g}"

    def as_object(self) -> dict[str, Any]:
        """The figures as JSON."""
        head = {"questions": self.questions, "answered": self.answered, "drafts": self.drafts}
        counters = {name: dict(counter.most_common()) for name, counter in self.counters.items()}
        return {**head, "points": json_number(self.points), **counters}


def count(questions: Iterable[Question]) -> Figures:
    """The figures of some questions. `key` counts the letters of single and multiple choice answers by position."""
    figures = Figures()
    counters = figures.counters
    for question in questions:
        figures.questions += 1
        figures.answered += has_answer(question)
        figures.drafts += question.status == "draft"
        figures.points += points_of(question)
        counters["kind"][kind_of(question)] += 1
        counters["category"][" / ".join(question.category) or "(none)"] += 1
        counters["tag"].update(question.tags)
        if question.difficulty is not None:
            counters["difficulty"][str(question.difficulty)] += 1
        if question.language is not None:
            counters["language"][question.language] += 1
        if question.source is not None:
            counters["document"][question.source.document] += 1
        if isinstance(question, SingleChoice | MultipleChoice) and question.answer is not None:
            right = {question.answer} if isinstance(question.answer, str) else set(question.answer)
            counters["key"].update(chr(65 + i) for i, c in enumerate(question.choices[:26]) if c.id in right)
    return figures
