"""YAML as JSON values with the place of each: no tags, no anchors, no surprises.

Only the core of YAML is taken: a date or an octal number stays the text it
was, and an alias is refused, because a few of them can stand for gigabytes.
"""

from __future__ import annotations

import re
from typing import Any

import yaml


class YamlError(Exception):
    """YAML that cannot be read, with the place where."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
MAX_DEPTH = 100


def load(text: str) -> tuple[Any, dict[str, tuple[int, int]]]:
    """The value of a YAML document and the line and column of every pointer. Raises `YamlError`."""
    places: dict[str, tuple[int, int]] = {}
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise YamlError("aliases (*name) are not allowed in a bank", *_place(event.start_mark))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        problem = f"not well-formed YAML: {error.problem or error.context}"
        raise YamlError(problem, *_place(error.problem_mark or error.context_mark)) from None
    except yaml.YAMLError as error:
        raise YamlError(f"not well-formed YAML: {error}") from None
    except RecursionError:
        raise YamlError("nested too deeply to be read") from None
    return (None if node is None else _value(node, "", places, 0)), places


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _value(node: yaml.Node, pointer: str, places: dict[str, tuple[int, int]], depth: int) -> Any:
    places[pointer] = _place(node.start_mark)
    if depth > MAX_DEPTH:
        raise YamlError("nested too deeply to be read", *places[pointer])
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key, item in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in result:
                problem = f"{name!r} stands twice" if name is not None else "a key must be a plain text"
                raise YamlError(problem, *_place(key.start_mark))
            token = name.replace("~", "~0").replace("/", "~1")
            result[name] = _value(item, f"{pointer}/{token}", places, depth + 1)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{pointer}/{i}", places, depth + 1) for i, item in enumerate(node.value)]
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text) and len(text) < 400:
        return int(text)
    return float(text) if _NUMBER.match(text) else text
