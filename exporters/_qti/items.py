"""A question as an `assessmentItem`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

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
    is_answered,
    points_of,
)
from qbank.richtext import xml_text

from .. import _xml as xml
from .arrangements import matching, ordering
from .choices import multiple_choice, single_choice, true_false
from .dialect import Dialect, namespaces
from .essays import essay
from .gaps import cloze, numeric, short_answer
from .hints import add_hints
from .losses import Losses
from .media import Media
from .page import CHANGED, LANGUAGE, Page
from .presets import Preset
from .prose import Prose
from .remarks import add_remarks, write_processing
from .sheet import DEPTH, Sheet, outcomes_page, response_page
from .ungraded import report_unmarked


@dataclass(frozen=True, slots=True)
class Item:
    """A finished item: its document, and the members of the package that it shows."""

    document: bytes
    files: tuple[str, ...]
    hints: int = 0


@dataclass(frozen=True, slots=True)
class Shared:
    """The material of a group: in a member of its own, or repeated in each item."""

    group: Group
    identifier: str
    member: str | None


def title_of(question: SubQuestion | Group) -> str:
    """What the item is called: its title, else how its stem begins, else its id."""
    return qti.line(xml_text(question.title or "")) or first_words(question.stem, question.id)


def write_item(
    question: SubQuestion,
    identifier: str,
    language: str | None,
    shared: Shared | None,
    dialect: Dialect,
    preset: Preset,
    media: Media,
    losses: Losses,
) -> Item:
    """Write one question; `shared` is the material it shares with others."""
    body = Page(DEPTH + 1, kebab=dialect.kebab)
    prose = Prose(dialect, media, losses, question, dialect.rich_inline_choice and not preset.plain_gaps)
    sheet = Sheet(
        question=question,
        points=points_of(question),
        dialect=dialect,
        preset=preset,
        body=body,
        prose=prose,
        losses=losses,
        language=language,
    )
    if shared is not None:
        _show(shared, sheet)
    if not isinstance(question, Cloze):
        prose.blocks(body, question.stem, "/stem")
    _interact(question, sheet)
    if not is_answered(question):
        report_unmarked(question, sheet)
    if not qti.is_simple(sheet.points):
        sheet.loss("X301", f"the points are written as {qti.number(sheet.points)}", "/points")
    if isinstance(question, Information) and not str(body.xml):
        body.leaf("p")
    add_remarks(sheet)
    add_hints(sheet)
    if question.penalty:
        sheet.loss("X208", "QTI takes nothing off for further tries", "/penalty")
    elif question.penalty is not None:
        sheet.loss("X207", "QTI takes nothing off for further tries, and has no place to say so", "/penalty")
    page = Page(DEPTH, kebab=dialect.kebab)
    _declare(sheet, page)
    if shared is not None and shared.member is not None:
        page.leaf("assessmentStimulusRef", identifier=shared.identifier, href=f"../{qti.path(shared.member)}")
    page.open("itemBody")
    page.add(body)
    page.close()
    write_processing(sheet, page)
    if page.changed:
        sheet.loss("X305", CHANGED)
    about = {"identifier": identifier, "title": title_of(question)}
    if language is not None:
        about[LANGUAGE] = language
    document = whole(dialect, "assessmentItem", page, **about, adaptive="false", timeDependent="false")
    return Item(document, tuple(prose.files), len(sheet.hints))


def _show(shared: Shared, sheet: Sheet) -> None:
    """Show the shared material: the words themselves, or the place where a player puts them."""
    prose, body = sheet.prose, sheet.body
    if shared.member is not None:
        body.leaf("div", **{"class": "qti-shared-stimulus", "data-stimulus-idref": shared.identifier})
        return
    prose.question = shared.group
    body.open("div", **{"class": "material"})
    prose.blocks(body, shared.group.stem, "/stem")
    body.close()
    prose.question = sheet.question


def write_stimulus(shared: Shared, language: str | None, dialect: Dialect, media: Media, losses: Losses) -> Item:
    """Write the material of a group as a document of its own."""
    page = Page(DEPTH, kebab=dialect.kebab)
    prose = Prose(dialect, media, losses, shared.group)
    page.open("stimulusBody")
    body = Page(DEPTH + 1, kebab=dialect.kebab)
    prose.blocks(body, shared.group.stem, "/stem")
    if not str(body.xml):
        body.leaf("p")
    page.add(body)
    page.close()
    if page.changed:
        losses.add("X305", shared.group, CHANGED, "/stem")
    about = {"identifier": shared.identifier, "title": title_of(shared.group)}
    if language is not None:
        about[LANGUAGE] = language
    return Item(whole(dialect, "assessmentStimulus", page, **about), tuple(prose.files))


def whole(dialect: Dialect, root: str, page: Page, /, **attributes: str) -> bytes:
    """A document of one root with a page in it."""
    document = Page(kebab=dialect.kebab)
    document.open_unique(root, **namespaces(dialect.namespace, dialect.location), **attributes)
    document.add(page)
    document.close()
    return xml.whole(document.xml)


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


def _declare(sheet: Sheet, page: Page) -> None:
    """Write the declarations that come before the body."""
    kebab = sheet.dialect.kebab
    for response in sheet.responses:
        page.add(response_page(response, kebab))
    page.add(
        outcomes_page(
            qti.number(sheet.points) if sheet.responses else None,
            tuple(sheet.outcomes) if not sheet.only_templates else (),
            lowest=sheet.preset.lowest,
            external=sheet.dialect.external_scored and isinstance(sheet.question, Essay),
            kebab=kebab,
        )
    )
