"""What a manifest says of a question or a bank, in IEEE LOM: title, keywords, taxonomy, difficulty, source."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from sys import intern
from typing import Any

import msgspec

from qbank.formats.qti import LOM_DIFFICULTY, GroupNote, read_note
from qbank.model import Source
from qbank.readers.qti.nodes import local
from qbank.richtext import xml_text

ID_CATALOG = "qbank id"
SOURCE_CATALOG = "qbank source"
GROUP_CATALOG = "qbank group"
OWN_TAXONOMY = "qbank category"
_SPACES = re.compile(r"[ \t\r\n]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")


@dataclass(frozen=True, slots=True)
class About:
    """Metadata of a question or a bank."""

    id: str | None = None
    title: str | None = None
    description: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    difficulty: int | None = None
    draft: bool = False
    source: Source | None = None
    rights: str | None = None
    group: GroupNote | None = None
    """What the item says of the group it belongs to."""


def about(metadata: Any | None) -> About:
    """What a `metadata` element says; nothing where there is none."""
    if metadata is None:
        return About()
    lom = next((e for e in metadata.iter() if local(e) == "lom"), None)
    if lom is None:
        return About()
    fields: dict[str, Any] = {}
    for part in lom:
        match local(part):
            case "general":
                _general(part, fields)
            case "lifeCycle" | "lifecycle":
                fields["draft"] = any(_value(e) == "draft" for e in part if local(e) == "status")
            case "educational":
                _educational(part, fields)
            case "relation":
                _relation(part, fields)
            case "rights":
                fields["rights"] = next((_words(e) for e in part if local(e) == "description"), None)
            case "classification" if "category" not in fields:
                path = _path(part)
                if path:
                    fields["category"] = path
    return About(**fields)


def _general(general: Any, fields: dict[str, Any]) -> None:
    tags: dict[str, None] = {}
    for part in general:
        match local(part):
            case "identifier":
                entries = {local(e): _words(e) for e in part}
                if entries.get("catalog") == ID_CATALOG:
                    fields["id"] = entries.get("entry")
            case "title":
                fields["title"] = _line(_words(part)) or None
            case "description":
                fields["description"] = _words(part) or None
            case "language":
                fields["language"] = language(_words(part))
            case "keyword":
                strings = [_line(_words(e)) for e in part if local(e) in ("string", "langstring")] or [
                    _line(_words(part))
                ]
                tags.update(dict.fromkeys(s for s in strings[:1] if s))
    if tags:
        fields["tags"] = tuple(tags)


def _educational(educational: Any, fields: dict[str, Any]) -> None:
    for part in educational:
        if local(part) == "difficulty":
            word = _value(part).lower()
            if word in LOM_DIFFICULTY:
                fields["difficulty"] = LOM_DIFFICULTY.index(word) + 1


def _relation(relation: Any, fields: dict[str, Any]) -> None:
    """Where the question comes from, and the group it belongs to."""
    for name in (e for e in relation.iter() if local(e) == "identifier"):
        entries = {local(e): _words(e) for e in name}
        entry = entries.get("entry") or ""
        if entries.get("catalog") == SOURCE_CATALOG and (source := _source(entry)) is not None:
            fields["source"] = source
        if entries.get("catalog") == GROUP_CATALOG and (note := read_note(entry)) is not None:
            fields["group"] = note


def _source(entry: str) -> Source | None:
    try:
        return msgspec.convert(json.loads(entry), Source, strict=False)
    except (ValueError, msgspec.ValidationError, RecursionError):
        return None


def _path(classification: Any) -> tuple[str, ...]:
    """The taxon path of a classification; other purposes than a subject (a competency, a security level) are none."""
    purpose = next((_value(e).lower() for e in classification if local(e) == "purpose"), "discipline")
    if purpose not in ("discipline", "idea", "educational objective", ""):
        return ()
    for path in (e for e in classification if local(e).lower() == "taxonpath"):
        own = any(local(e) == "source" and _words(e) == OWN_TAXONOMY for e in path)
        found: list[str] = []
        for taxon in (e for e in path.iter() if local(e) == "taxon"):
            entry = next((_words(e) for e in taxon if local(e) == "entry"), "")
            if not entry and not own:
                entry = next((_words(e) for e in taxon if local(e) == "id"), "")
            if entry:
                found.append(entry if own else _line(entry))
        if found:
            return tuple(found)
    return ()


def _value(element: Any) -> str:
    """The word of a vocabulary term, however deep it stands."""
    found = next((_words(e) for e in element.iter() if local(e) == "value"), None)
    return found if found is not None else _words(element)


def _words(element: Any) -> str:
    """The text of an element: that of its first string."""
    for part in element.iter():
        if local(part) in ("string", "langstring") and (part.text or "").strip():
            return intern(xml_text(part.text).strip())  # a package says the same of many items
    return xml_text("".join(element.itertext())).strip()


def _line(text: str) -> str:
    return _SPACES.sub(" ", text).strip(" ")


def language(tag: str | None) -> str | None:
    """A language tag that the bank can hold, or None."""
    tag = (tag or "").strip().replace("_", "-")
    return tag if _LANGUAGE.match(tag) and tag.lower() not in ("und", "x-none") else None
