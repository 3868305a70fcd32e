"""The answer key as a workbook that a teacher opens and prints.

Layouts: `full`, a heading for each section with its number of questions and
points, then number, answer, points and the beginning of each stem, and the same
answers the way they are read out, "1-5 ABCDA"; `grid`, the latter alone, as
small as it goes; `rows`, a table to filter; `marking`, sheets that score what
is typed into them. Where the bank is of papers, sections and numbers are those
printed in them, so that the key can lie beside the paper. Of a paper in mixed
versions each has its own sheets. Chinese banks get Chinese headings.

A key is a view of a bank, not a bank. By design it leaves out, without a
finding: the choices' texts, feedback and hints (general feedback with
`notes=yes`, and in `rows`), tags, difficulty, source, settings of the delivery,
and questions that have nothing to answer (`information`). It reports what is
missing from an answer it does show: markup, formulas and media that a cell
cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import BinaryIO, ClassVar, cast

from qbank.diagnostics import QbankError, Report
from qbank.export import Context, Support, Unanswered
from qbank.formats import versions
from qbank.model import KINDS, Kind, Question

from ._key_entries import arranged
from ._key_full import write_full
from ._key_grid import write_grid
from ._key_marking import write_marking
from ._key_page import KeyOptions, Layout
from ._key_rows import write_rows
from ._key_sections import common_title
from ._key_words import WORDS
from ._workbook import Book, Paper, chosen_tongue

_WRITERS = {"full": write_full, "grid": write_grid, "rows": write_rows, "marking": write_marking}
_MOST_STUDENTS = 2000


class AnswerKey:
    """Writes the key. It holds the answers, not the questions, until the last one is known."""

    name = "answer-key"
    title = "Excel answer key"
    suffix = ".xlsx"
    options: ClassVar[Mapping[str, str]] = {
        "layout": "full (a row for each answer, and the grid), grid (1-5 ABCDA alone), rows (a table with kind, "
        "explanation and id) or marking (scores what is typed) (default: full).",
        "language": "Language of the headings: en or zh (default: the bank's).",
        "sections": "What makes a section: auto (the paper's own sections, else kind), kind, category or none "
        "(default: auto).",
        "numbering": "auto (the paper's numbers in its own sections, else section), section (begin again in each) or "
        "continuous (default: auto).",
        "stems": "Show the beginning of each question: yes or no (default: yes).",
        "notes": "Show each question's general feedback as its explanation: yes or no (default: no).",
        "names": "A line for class, name and score: yes or no (default: no).",
        "page": "The paper it is printed on: a4 or letter (default: a4).",
        "students": f"With layout=marking, for how many students: 1 to {_MOST_STUDENTS} (default: 40).",
        **versions.OPTIONS,
    }
    unanswered: Unanswered = "native"
    keeps_unanswered = True
    support: ClassVar[Mapping[Kind, Support]] = dict.fromkeys(KINDS, "full")

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the key of all questions. Raises `QbankError` for an option value there is not."""
        options = _options(ctx)
        plan = options.plan
        if plan.seed is not None:
            questions = list(questions)
        book: Book | None = None
        for i, version in enumerate(plan.names):
            # what an answer loses is the same in every version
            here = ctx if i == 0 else replace(ctx, report=Report())
            sections, entries, _ = arranged(questions, options, here, version, keep=options.layout == "marking")
            words = WORDS[options.tongue]
            title = words.title.format(ctx.header.title or common_title(entries) or words.untitled)
            book = book or Book(title)
            if version:
                title = words.version.format(title, version)
            _WRITERS[options.layout](book, title, version, sections, options)
        assert book is not None
        book.save(sink)


def _options(ctx: Context) -> KeyOptions:
    def chosen(name: str, *allowed: str) -> str:
        value = ctx.options.get(name, allowed[0])
        if value not in allowed:
            raise QbankError(f"option {name}={value}: it can be {' or '.join(allowed)}")
        return value

    students = ctx.options.get("students", "40")
    if not (students.isascii() and students.isdigit() and 1 <= int(students) <= _MOST_STUDENTS):
        raise QbankError(f"option students={students}: it is a number from 1 to {_MOST_STUDENTS}")
    layout = chosen("layout", "full", "grid", "rows", "marking")
    return KeyOptions(
        tongue=chosen_tongue(ctx),
        layout=cast(Layout, layout),
        sections=chosen("sections", "auto", "kind", "category", "none"),
        numbering=chosen("numbering", "auto", "section", "continuous"),
        stems=chosen("stems", "yes", "no") == "yes",
        notes=layout == "rows" or chosen("notes", "no", "yes") == "yes",
        names=chosen("names", "no", "yes") == "yes",
        paper=cast(Paper, chosen("page", "a4", "letter")),
        students=int(students),
        plan=versions.plan(ctx.options),
    )


EXPORTER = AnswerKey()
