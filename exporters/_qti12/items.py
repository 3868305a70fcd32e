"""A question as an `item`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

import msgspec

from qbank.formats import qti
from qbank.formats.qti12 import CANVAS, HINT, OWN, PROFILES, SOLUTION
from qbank.model import (
    Cloze,
    Essay,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    Text,
    TrueFalse,
    kind_of,
    points_of,
)
from qbank.richtext import is_empty, xml_text

from .._qti.items import title_of
from .._qti.losses import Losses
from .._qti.media import Media
from .._qti.page import CHANGED, LANGUAGE, Page
from .choices import multiple_choice, single_choice, true_false
from .gaps import cloze
from .lines import essay, numeric, short_answer
from .pairs import matching, ordering
from .sheet import DEPTH, OTHER, Form, Sheet
from .texts import Texts

_MOST_WEIGHT = 99
_FIELDS = DEPTH + 2
"""Where the fields of an item's metadata stand."""
_SHORT = 200


@dataclass(frozen=True, slots=True)
class Item:
    """A finished item, and the members of the package that it shows."""

    page: Page
    files: tuple[str, ...]


def write_item(
    question: SubQuestion,
    name: str,
    form: Form,
    language: str | None,
    media: Media,
    losses: Losses,
    *,
    parent: str | None = None,
) -> Item:
    """Write one question under a name; `parent` is the item that shows what it shares with others."""
    texts = Texts(media, losses, question, relative=form == "plain")
    sheet = Sheet(
        question=question, form=form, points=points_of(question), language=language, texts=texts, losses=losses
    )
    sheet.kind_name = CANVAS[kind_of(question)] if form == "canvas" else PROFILES.get(kind_of(question), "")
    # Canvas takes the first material for the text, even where it is empty
    if not isinstance(question, Cloze) and (form == "canvas" or not is_empty(question.stem)):
        texts.material(sheet.body, question.stem, "/stem", rich=form == "canvas")
    _interact(question, sheet)
    if not sheet.has_rules and form == "plain" and not isinstance(question, Information):
        sheet.rule([OTHER], go_on=False)
    fields = [*_fields(sheet, parent), *sheet.fields]
    _keep(question, sheet, fields)
    if question.penalty:
        sheet.loss("X208", "QTI 1.2 takes nothing off for further tries", "/penalty")
    page = _whole(sheet, name, fields)
    if page.changed:
        sheet.loss("X305", CHANGED)
    return Item(page, tuple(texts.files))


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
            _nothing_to_answer(question, sheet)
        case _:
            assert_never(question)


def _nothing_to_answer(question: Information, sheet: Sheet) -> None:
    if question.feedback is not None:
        for name in question.feedback.__struct_fields__:
            if getattr(question.feedback, name) is not None:
                sheet.loss("X201", "there is no feedback where nothing is answered", f"/feedback/{name}")
    for i in range(len(question.hints)):
        sheet.loss("X202", "there are no hints where nothing is answered", f"/hints/{i}")
    if sheet.form == "plain":
        sheet.fields.append((f"{OWN}kind", "information"))


def _fields(sheet: Sheet, parent: str | None) -> list[tuple[str, str]]:
    """What the platform must know of an item."""
    points = qti.number(sheet.points)
    match sheet.form:
        case "canvas":
            found = [("question_type", sheet.kind_name), ("points_possible", points)]
            return [*found, ("parent_stimulus_item_ident", parent)] if parent is not None else found
        case "cc":
            found = [("cc_profile", sheet.kind_name)]
            if sheet.points.denominator == 1 and 0 < sheet.points <= _MOST_WEIGHT:
                found.append(("cc_weighting", points))
            else:
                sheet.loss("X205", f"Common Cartridge has whole points from 1 to {_MOST_WEIGHT} only", "/points")
            if not sheet.computed:
                found.append(("qmd_computerscored", "No"))
            return found
        case "plain":
            return []


def _keep(question: Question, sheet: Sheet, fields: list[tuple[str, str]]) -> None:
    """Keep what a catalogue should know in fields of our own, and say what the platform does not take."""
    kept: list[tuple[str, str, str, str]] = []
    kept += [("tag", tag, "X206", "/tags") for tag in question.tags]
    kept += [("category", part, "X210", "/category") for part in question.category]
    if question.difficulty is not None:
        kept.append(("difficulty", str(question.difficulty), "X207", "/difficulty"))
    if question.source is not None:
        kept.append(("source", json.dumps(msgspec.to_builtins(question.source), ensure_ascii=False), "X207", "/source"))
    if question.status == "draft":
        kept.append(("status", "draft", "X207", "/status"))
    if sheet.form == "cc" and question.category and all("/" not in part for part in question.category):
        fields.append(("cc_question_category", "/".join(question.category)))
        kept = [entry for entry in kept if entry[0] != "category"]
    for label, value, code, pointer in kept:
        if sheet.form != "cc":
            fields.append((f"{OWN}{label}", value))
        if sheet.form != "plain":
            platform = "Canvas" if sheet.form == "canvas" else "Common Cartridge"
            sheet.loss(code, f"{platform} has no place for it", pointer)
    if question.language is not None and sheet.form != "plain":
        sheet.loss("X207", "the language is written, but no platform is known to read it", "/language")


def _whole(sheet: Sheet, name: str, fields: list[tuple[str, str]]) -> Page:
    question = sheet.question
    page = Page(DEPTH - 1)
    about = {"ident": name, "title": title_of(question)}
    if question.language is not None:
        about[LANGUAGE] = question.language
    page.open("item", **about)
    if fields:
        page.open("itemmetadata")
        metadata(page, fields, of_item=True)
        page.close()
    for i, text in enumerate(sheet.rubric):
        page.open("rubric", view="Scorer")
        sheet.texts.material(page, text, f"/rubric/{i}/text")
        page.close()
    if str(sheet.body.xml):
        page.open("presentation")
        page.add(sheet.body)
        page.close()
    if sheet.has_rules:
        page.open("resprocessing")
        page.open("outcomes")
        page.record("decvar", maxvalue=qti.number(sheet.whole), minvalue="0", varname="SCORE", vartype="Decimal")
        page.close()
        page.add(sheet.rules)
        page.close()
    for ident, said in sheet.remarks.items():
        _remark(sheet, page, ident, said)
    page.close()
    return page


def metadata(page: Page, fields: list[tuple[str, str]], *, of_item: bool = False) -> None:
    """Write a `qtimetadata`; `of_item` says that it stands where those of items do."""
    page.open("qtimetadata")
    for label, entry in fields:
        if of_item and len(entry) < _SHORT:
            page.add(_field(label, entry))
        else:
            _write_field(page, label, entry)
    page.close()


@lru_cache(maxsize=1024)
def _field(label: str, entry: str) -> Page:
    """A field of an item; many questions have the same."""
    page = Page(_FIELDS)
    _write_field(page, label, entry)
    return page


def _write_field(page: Page, label: str, entry: str) -> None:
    page.open("qtimetadatafield")
    page.leaf("fieldlabel", label)
    page.leaf("fieldentry", entry)
    page.close()


def _remark(sheet: Sheet, page: Page, ident: str, said: list[tuple[Text, str]]) -> None:
    page.open("itemfeedback", ident=ident)
    inner = {HINT: "hint", SOLUTION: "solution"}.get(ident)
    if inner is None:
        page.open("flow_mat")
        for text, pointer in said:
            sheet.texts.material(page, text, pointer, rich=sheet.form == "canvas")
        page.close()
    else:
        page.open(inner, feedbackstyle="Complete")
        for text, pointer in said:
            page.open(f"{inner}material")
            sheet.texts.material(page, text, pointer)
            page.close()
        page.close()
    page.close()


def clean(text: str) -> str:
    """A title or a name on one line, as XML can hold it."""
    return qti.line(xml_text(text))
