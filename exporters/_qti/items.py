"""A question as an `assessmentItem`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_never

from lxml import etree

from qbank.formats import qti
from qbank.formats.titles import first_words
from qbank.model import (
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TrueFalse,
    points_of,
)
from qbank.richtext import xml_text

from . import scoring
from .arrangements import matching, ordering
from .choices import multiple_choice, single_choice, true_false
from .dialect import Dialect
from .essays import essay
from .gaps import cloze, numeric, short_answer
from .losses import Losses
from .media import Media
from .prose import Prose
from .remarks import add_remarks, write_processing
from .sheet import Sheet, write_response
from .tree import CHANGED, LANGUAGE, Tree, to_bytes


@dataclass(frozen=True, slots=True)
class Item:
    """A finished item: its document, and the members of the package that it shows."""

    document: bytes
    files: tuple[str, ...]


def title_of(question: SubQuestion | Group) -> str:
    """What the item is called: its title, else how its stem begins, else its id."""
    return qti.line(xml_text(question.title or "")) or first_words(question.stem, question.id)


def write_item(
    question: SubQuestion,
    identifier: str,
    language: str | None,
    group: Group | None,
    dialect: Dialect,
    media: Media,
    losses: Losses,
) -> Item:
    """Write one question; `group` is the one whose material it shares."""
    tree = Tree(dialect.namespace)
    root = tree.root(
        "assessmentItem",
        dialect.location,
        identifier=identifier,
        title=title_of(question),
        adaptive="false",
        timeDependent="false",
    )
    if language is not None:
        root.set(LANGUAGE, language)
    body = tree.add(root, "itemBody")
    prose = Prose(tree, media, losses, question)
    if group is not None:
        prose.question = group
        prose.blocks(tree.add(body, "div", **{"class": "material"}), group.stem, "/stem")
        prose.question = question
    sheet = Sheet(
        question=question,
        points=points_of(question),
        tree=tree,
        body=body,
        prose=prose,
        losses=losses,
        language=language,
    )
    if not isinstance(question, Cloze):
        prose.blocks(body, question.stem, "/stem")
    _interact(question, sheet)
    if not len(body):
        tree.add(body, "p")
    add_remarks(sheet)
    _declare(sheet, root)
    root.append(body)  # declarations come first, but only the finished body says which
    write_processing(sheet, root, dialect)
    _drop(sheet)
    if tree.changed:
        sheet.loss("X305", CHANGED)
    _break_lines(root)
    return Item(to_bytes(root), tuple(prose.files))


def _interact(question: SubQuestion, sheet: Sheet) -> None:
    match question:
        case SingleChoice():
            single_choice(question, sheet)
        case MultipleChoice():
            multiple_choice(question, sheet)
        case TrueFalse():
            true_false(question, sheet)
        case ShortAnswer():
            short_answer(question, sheet)
        case Numeric():
            numeric(question, sheet)
        case Cloze():
            cloze(question, sheet)
        case Matching():
            matching(question, sheet)
        case Ordering():
            ordering(question, sheet)
        case Essay():
            essay(question, sheet)
        case Information():
            pass
        case _:
            assert_never(question)


def _declare(sheet: Sheet, root: Any) -> None:
    """Write the declarations that come before the body."""
    for response in sheet.responses:
        write_response(sheet.tree, root, response)
    worth = qti.number(sheet.points)
    for name, value in ((scoring.SCORE, "0"), ("MAXSCORE", worth)) if sheet.responses else ():
        made = sheet.node(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType="float")
        if name == scoring.SCORE:
            made.set("normalMaximum", worth)
        sheet.node(sheet.node(made, "defaultValue"), "value", value)
    for outcome in sheet.outcomes:
        sheet.node(root, "outcomeDeclaration", identifier=outcome, cardinality="single", baseType="identifier")


def _drop(sheet: Sheet) -> None:
    """Report what no item has a place for."""
    question = sheet.question
    for i in range(len(question.hints)):
        sheet.loss("X202", "QTI shows no hints between tries", f"/hints/{i}")
    if question.penalty:
        sheet.loss("X208", "QTI takes nothing off for further tries", "/penalty")


def _break_lines(root: Any) -> None:
    """Put elements on lines of their own where blanks mean nothing, so that people can read the file."""
    root.text = "\n"
    for part in root:
        name = part.tag.rpartition("}")[2]
        if name == "itemBody":
            part.text = "\n"
            for block in part:
                block.tail = "\n"
                if block.tag.endswith("Interaction") and len(block):
                    block.text = "\n"
                    for choice in block:
                        choice.tail = "\n"
        elif name != "modalFeedback":
            etree.indent(part, " ")
        part.tail = "\n"
