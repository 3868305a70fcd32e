"""What a catalogue should know of a question or a bank, as IEEE LOM: tags, category, difficulty, source."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache
from typing import Any

import msgspec

from qbank.formats.qti import LOM_DIFFICULTY, name_of
from qbank.model import Header, Question
from qbank.richtext import plain

from .dialect import LOM
from .tree import Tree

VOCABULARY = "LOMv1.0"
ID_CATALOG = "qbank id"
"""The catalogue name of the bank's own id, where the item's identifier is not it."""
SOURCE_CATALOG = "qbank source"
"""The catalogue name of a source; its entry is the bank's `source` as JSON."""


def question_metadata(tree: Tree, question: Question, identifier: str, language: str | None) -> Any | None:
    """The `lom` element of a question, or None where there is nothing to say; `identifier` is its item's."""
    lom = tree.root("lom")
    renamed = name_of(identifier) != question.id
    if question.title is not None or question.tags or renamed:
        general = tree.add(lom, "general")
        if renamed:
            name = tree.add(general, "identifier")
            tree.add(name, "catalog", ID_CATALOG)
            tree.add(name, "entry", question.id)
        if question.title is not None:
            _words(tree, general, "title", question.title, language)
        for tag in question.tags:
            _words(tree, general, "keyword", tag, language)
    if question.status == "draft":
        _term(tree, tree.add(lom, "lifeCycle"), "status", "draft")
    if question.difficulty is not None:
        _term(tree, tree.add(lom, "educational"), "difficulty", LOM_DIFFICULTY[question.difficulty - 1])
    if question.source is not None:
        relation = tree.add(lom, "relation")
        _term(tree, relation, "kind", "isbasedon")
        name = tree.add(tree.add(relation, "resource"), "identifier")
        tree.add(name, "catalog", SOURCE_CATALOG)
        tree.add(name, "entry", json.dumps(msgspec.to_builtins(question.source), ensure_ascii=False))
    if question.category:
        made, changed = _classification(question.category, language)
        tree.changed |= changed
        lom.append(deepcopy(made))
    return lom if len(lom) else None


@lru_cache(maxsize=256)
def _classification(category: tuple[str, ...], language: str | None) -> tuple[Any, bool]:
    """The `classification` of a category path, and whether a name was changed: a chapter has many questions."""
    tree = Tree(LOM)
    made = tree.root("classification")
    _term(tree, made, "purpose", "discipline")
    path = tree.add(made, "taxonPath")
    _words(tree, path, "source", "qbank category", "en")
    for part in category:
        _words(tree, tree.add(path, "taxon"), "entry", part, language)
    return made, tree.changed


def bank_metadata(header: Header) -> Any | None:
    """The `lom` element of a bank, or None where there is nothing to say."""
    tree = Tree(LOM)
    lom = tree.root("lom")
    if header.title is not None or header.language is not None or header.description is not None:
        general = tree.add(lom, "general")
        if header.title is not None:
            _words(tree, general, "title", header.title, header.language)
        if header.language is not None:
            tree.add(general, "language", header.language)
        if header.description is not None:
            _words(tree, general, "description", plain(header.description), header.language)
    if header.license is not None:
        _words(tree, tree.add(lom, "rights"), "description", header.license, header.language)
    return lom if len(lom) else None


def _words(tree: Tree, parent: Any, name: str, text: str, language: str | None) -> None:
    made = tree.add(tree.add(parent, name), "string", text)
    if language is not None:
        made.set("language", language)


def _term(tree: Tree, parent: Any, name: str, value: str) -> None:
    made = tree.add(parent, name)
    tree.add(made, "source", VOCABULARY)
    tree.add(made, "value", value)
