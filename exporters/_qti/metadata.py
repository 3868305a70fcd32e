"""What a catalogue should know of a question or a bank, as IEEE LOM: tags, category, difficulty, source."""

from __future__ import annotations

import json
from functools import lru_cache

import msgspec
from msgspec import Struct

from qbank.formats.qti import LOM_DIFFICULTY, GroupNote, name_of
from qbank.model import Header, Question, Source
from qbank.richtext import plain

from .dialect import LOM
from .page import Page

VOCABULARY = "LOMv1.0"
DEPTH = 5
"""Where the parts of a question's `lom` stand in the manifest."""
ID_CATALOG = "qbank id"
"""The catalogue name of the bank's own id, where the item's identifier is not it."""
SOURCE_CATALOG = "qbank source"
"""The catalogue name of a source; its entry is the bank's `source` as JSON."""
GROUP_CATALOG = "qbank group"
"""The catalogue name of a group; its entry is a `GroupNote` as JSON."""


class _About(Struct, frozen=True, gc=False):
    """What is said of a question; many of a chapter have the same."""

    original_id: str | None
    title: str | None
    own_language: str | None
    language: str | None
    tags: tuple[str, ...]
    draft: bool
    difficulty: int | None
    category: tuple[str, ...]
    group: str | None


def question_metadata(
    question: Question, identifier: str, language: str | None, group: GroupNote | None = None
) -> Page | None:
    """The `metadata` of a question's resource, None where there is nothing to say; `identifier` is its item's."""
    about = _About(
        None if name_of(identifier) == question.id else question.id,
        question.title,
        question.language,
        language,
        question.tags,
        question.status == "draft",
        question.difficulty,
        question.category,
        None if group is None else group.written(),
    )
    return _written(about) if question.source is None else _page(about, question.source)


@lru_cache(maxsize=1024)
def _written(about: _About) -> Page | None:
    return _page(about, None)


def _page(about: _About, source: Source | None) -> Page | None:
    if source is None and about == _About(None, None, None, about.language, (), False, None, (), None):
        return None
    page = Page(DEPTH - 2)
    page.open("metadata")
    page.open("lom", xmlns=LOM)
    if about.title is not None or about.tags or about.original_id is not None or about.own_language is not None:
        page.open("general")
        if about.original_id is not None:
            _named(page, ID_CATALOG, about.original_id)
        if about.title is not None:
            _words(page, "title", about.title, about.language)
        if about.own_language is not None:
            page.leaf("language", about.own_language)
        for tag in about.tags:
            _words(page, "keyword", tag, about.language)
        page.close()
    if about.draft:
        page.open("lifeCycle")
        _term(page, "status", "draft")
        page.close()
    if about.difficulty is not None:
        page.open("educational")
        _term(page, "difficulty", LOM_DIFFICULTY[about.difficulty - 1])
        page.close()
    if source is not None:
        _related(page, "isbasedon", SOURCE_CATALOG, json.dumps(msgspec.to_builtins(source), ensure_ascii=False))
    if about.group is not None:
        _related(page, "ispartof", GROUP_CATALOG, about.group)
    if about.category:
        _classify(page, about.category, about.language)
    page.close()
    page.close()
    return page


def _classify(page: Page, category: tuple[str, ...], language: str | None) -> None:
    page.open("classification")
    _term(page, "purpose", "discipline")
    page.open("taxonPath")
    _words(page, "source", "qbank category", "en")
    for part in category:
        page.open("taxon")
        _words(page, "entry", part, language)
        page.close()
    page.close()
    page.close()


def bank_metadata(page: Page, header: Header) -> None:
    """Write the `lom` element of a bank where there is something to say."""
    named = header.title is not None or header.language is not None or header.description is not None
    if not named and header.license is None:
        return
    page.open("lom", xmlns=LOM)
    if named:
        page.open("general")
        if header.title is not None:
            _words(page, "title", header.title, header.language)
        if header.language is not None:
            page.leaf("language", header.language)
        if header.description is not None:
            _words(page, "description", plain(header.description), header.language)
        page.close()
    if header.license is not None:
        page.open("rights")
        _words(page, "description", header.license, header.language)
        page.close()
    page.close()


def _words(page: Page, name: str, text: str, language: str | None) -> None:
    page.open(name)
    page.leaf("string", text, **({"language": language} if language is not None else {}))
    page.close()


def _related(page: Page, kind: str, catalog: str, entry: str) -> None:
    page.open("relation")
    _term(page, "kind", kind)
    page.open("resource")
    _named(page, catalog, entry)
    page.close()
    page.close()


def _named(page: Page, catalog: str, entry: str) -> None:
    page.open("identifier")
    page.leaf("catalog", catalog)
    page.leaf("entry", entry)
    page.close()


def _term(page: Page, name: str, value: str) -> None:
    page.open(name)
    page.leaf("source", VOCABULARY)
    page.leaf("value", value)
    page.close()
