"""YAML as JSON values with the place of each: no tags, no anchors, no surprises.

Only the core of YAML is taken: a date or an octal number stays the text it
was, and an alias is refused, because a few of them can stand for gigabytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml


class YamlError(Exception):
    """YAML that cannot be read, with the place where."""

    def __init__(self, message: str, line: int = 0, column: int = 0, code: str = "S001") -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.code = code


_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
MAX_DEPTH = 100
MAX_BYTES = 16 * 1024 * 1024


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> tuple[Any, dict[str, tuple[int, int]]]:
    """The value of a YAML document and the line and column of every pointer. Raises `YamlError`."""
    places: dict[str, tuple[int, int]] = {}
    value = None
    try:
        events = yaml.parse(text, Loader=_LOADER)
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise YamlError("a bank is one document; here begins a second", *_place(event.start_mark))
            elif isinstance(event, yaml.NodeEvent):
                value = _value(event, events, "", places, 0)
    except yaml.reader.ReaderError as error:
        before = text[: max(text.find(chr(max(error.character, 0))), 0)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise YamlError(f"the character U+{error.character:04X} cannot stand in YAML", line, column) from None
    except yaml.MarkedYAMLError as error:
        problem = f"not well-formed YAML: {error.problem or error.context}"
        raise YamlError(problem, *_place(error.problem_mark or error.context_mark)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(f"not well-formed YAML: {error}") from None
    return value, places


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _value(
    event: yaml.Event, events: Iterator[yaml.Event], pointer: str, places: dict[str, tuple[int, int]], depth: int
) -> Any:
    """The value that begins with `event`; takes the events that belong to it, and none after."""
    places[pointer] = place = _place(event.start_mark)
    if isinstance(event, yaml.AliasEvent):
        raise YamlError("aliases (*name) are not allowed in a bank", *place)
    if getattr(event, "tag", None) is not None:
        raise YamlError("tags (!name) are not allowed in a bank", *place)
    if depth > MAX_DEPTH:
        raise YamlError("nested too deeply to be read", *place, "S011")
    if isinstance(event, yaml.MappingStartEvent):
        result: dict[str, Any] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            name = _name(key)
            if name in result:
                raise YamlError(f"{name!r} stands twice in one object", *_place(key.start_mark), "S012")
            token = name.replace("~", "~0").replace("/", "~1")
            result[name] = _value(next(events), events, f"{pointer}/{token}", places, depth + 1)
        return result
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            items.append(_value(item, events, f"{pointer}/{len(items)}", places, depth + 1))
        return items
    return _scalar(event, place)


def _name(event: yaml.Event) -> str:
    """The name of a property: any plain or quoted text."""
    if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or _HALF_CHARACTER.search(event.value):
        raise YamlError("a key must be a plain text", *_place(event.start_mark))
    return str(event.value)


def _scalar(event: Any, place: tuple[int, int]) -> Any:
    """A text as it is when it is quoted; else a number, true, false or null where it reads so."""
    text = str(event.value)
    if _HALF_CHARACTER.search(text):
        raise YamlError("half of a character (\\ud800 to \\udfff)", *place)
    if event.style not in (None, ""):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text) and len(text) < 400:
        return int(text)
    if not _NUMBER.match(text):
        return text
    number = float(text)
    if math.isinf(number):
        raise YamlError(f"the number {text[:40]} is too large", *place)
    return number


class _Dumper(yaml.SafeDumper):
    """Quotes every text that `load` would take for a number; YAML 1.1 knows fewer."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # YAML folds line breaks that JSON does not know as such, unless they are written as escapes.
    style = '"' if any(c in text for c in "\x85\u2028\u2029\ufeff") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-0123456789"))


def dump(value: Any) -> str:
    """A JSON value as YAML that `load` reads back as the same value."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text
