"""Read every paper of a folder and write what was found as the scorer's neutral list.

usage: python bench/score_papers.py TEXT_DIR OUT_DIR
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from qbank import richtext
from qbank.model import (
    Choice,
    Cloze,
    Essay,
    Group,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
)
from qbank.reading import Context, Document, get

SUFFIXES = (".txt", ".md")
STYLES = {"term": "term_definition", "short": "short_answer", "long": "essay"}


def neutral(questions: list[Question]) -> list[dict[str, Any]]:
    """The questions as the scorer's list; a group's questions stand alone, with its material."""
    return [entry for question in questions for entry in _entries(question, None)]


def _entries(question: Question, material: str | None) -> Iterator[dict[str, Any]]:
    if isinstance(question, Group):
        for sub in question.questions:
            yield from _entries(sub, richtext.plain(question.stem))
        return
    entry: dict[str, Any] = {"stem": richtext.plain(question.stem), "options": [], "answer": None}
    match question:
        case SingleChoice():
            entry["kind"] = "single_choice"
            entry["options"] = _texts(question.choices)
            entry["answer"] = _places(question.choices, (question.answer,)) if question.answer else None
        case MultipleChoice():
            entry["kind"] = "multiple_choice"
            entry["options"] = _texts(question.choices)
            entry["answer"] = _places(question.choices, question.answer) if question.answer else None
        case TrueFalse():
            entry["kind"], entry["answer"] = "true_false", question.answer
        case Cloze():
            entry["kind"] = "fill_blank"
            texts = [b.answer[0].text if isinstance(b, TextBlank) and b.answer else "" for b in question.blanks]
            entry["answer"] = texts if any(texts) else None
        case ShortAnswer():
            entry["kind"] = "fill_blank"
            entry["answer"] = [a.text for a in question.answer] if question.answer else None
        case Numeric():
            entry["kind"] = "numerical"
        case Matching():
            entry["kind"] = "matching"
            places = {c.id: chr(65 + i) for i, c in enumerate(question.choices)}
            told = question.answer or {}
            entry["answer"] = (
                ", ".join(f"{i}-{places[told[p.id]]}" for i, p in enumerate(question.prompts, 1)) if told else None
            )
        case Ordering():
            entry["kind"] = "ordering"
            entry["options"] = [richtext.plain(thing.text) for thing in question.items]
            ranks = {thing.id: chr(65 + i) for i, thing in enumerate(question.items)}
            entry["answer"] = "".join(ranks[i] for i in question.answer) if question.answer else None
        case Essay():
            entry["kind"] = "case_item" if material is not None else STYLES[question.style]
            entry["answer"] = richtext.plain(question.answer) if question.answer is not None else None
        case _:
            entry["kind"] = question.__struct_config__.tag
    entry["points"] = _number(question.points)
    if material is not None:
        entry["material"] = material
    yield entry


def _texts(choices: tuple[Choice, ...]) -> list[str]:
    return [richtext.plain(choice.text) for choice in choices]


def _places(choices: tuple[Choice, ...], ids: tuple[str, ...]) -> list[int]:
    order = [choice.id for choice in choices]
    return [order.index(i) for i in ids]


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def main(arguments: list[str]) -> int:
    """Write one JSON file a paper."""
    if len(arguments) != 2:
        sys.stderr.write("usage: score_papers.py TEXT_DIR OUT_DIR\n")
        return 2
    source, target = Path(arguments[0]), Path(arguments[1])
    target.mkdir(parents=True, exist_ok=True)
    reader = get("paper")
    for path in sorted(p for p in source.iterdir() if p.suffix in SUFFIXES):
        questions = list(reader.read(Document(path.name, path.read_bytes()), Context()))
        out = json.dumps(neutral(questions), ensure_ascii=False, indent=1)
        (target / f"{path.stem}.json").write_text(out + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
