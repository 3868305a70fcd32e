"""Schema findings in words: JSON Schema is the authority, and its errors become `Diagnostic`s.

The document is looked at one question at a time and its `kind` decides which
definition it is held against, so a finding is about that kind and never "not
valid under any of the given schemas".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from qbank.diagnostics import Diagnostic, finding
from qbank.model import KINDS
from qbank.suggest import did_you_mean

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

SchemaName: TypeAlias = Literal["bank", "question", "config", "diagnostics", "changes"]
NAMES: tuple[SchemaName, ...] = ("bank", "question", "config", "diagnostics", "changes")
_PREFIX = "urn:qbank:schema:1:"


@cache
def load(name: SchemaName) -> dict[str, Any]:
    """A schema as a Python object."""
    loaded: dict[str, Any] = json.loads(text(name))
    return loaded


def text(name: SchemaName) -> str:
    """A schema as it is shipped."""
    return (files("qbank.schemas") / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def validator(definition: str) -> Draft202012Validator:
    """The `jsonschema` validator of a schema (`bank`) or of one definition in it (`question#/$defs/essay`)."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    resources = [(f"{_PREFIX}{name}", Resource.from_contents(load(name))) for name in NAMES]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator({"$ref": f"{_PREFIX}{definition}"}, registry=registry)


def question_findings(value: object, pointer: str = "") -> list[Diagnostic]:
    """What is wrong with one question; nothing when it is valid."""
    return list(_dispatched(value, pointer, KINDS, "question#/$defs/"))


def header_findings(value: object, pointer: str = "") -> list[Diagnostic]:
    """What is wrong with a bank's header."""
    if isinstance(value, dict) and value.get("qbank", 1) != 1:
        message = (
            f"this bank was written for version {_shown(value['qbank'])} of the format; this qbank reads version 1"
        )
        return [finding("S010", message, pointer=f"{pointer}/qbank", hint="update qbank")]
    return list(_findings(value, "bank#/$defs/header", pointer, "the bank"))


def config_findings(value: object) -> list[Diagnostic]:
    """What is wrong with a qbank.toml."""
    return list(_findings(value, "config", "", "qbank.toml"))


def _dispatched(value: object, pointer: str, kinds: tuple[str, ...], prefix: str) -> Iterator[Diagnostic]:
    """Findings about something that has a `kind`, by the definition of that kind."""
    what = "a blank" if "blank" in prefix else "a question"
    if not isinstance(value, dict):
        yield finding("S004", f"{what} must be an object, not {_shown(value)}", pointer=pointer)
        return
    name = str(value.get("id", "")) if isinstance(value.get("id"), str) else ""
    kind = value.get("kind")
    if kind is None:
        hint = "add one of " + ", ".join(kinds)
        yield finding("S003", f"{what} needs a 'kind'", question=name, pointer=pointer, hint=hint)
        return
    if kind not in kinds:
        yield finding(
            "S008",
            f"{_shown(kind)} is not a kind of {what.removeprefix('a ')}; {did_you_mean(str(kind), kinds)}",
            question=name,
            pointer=f"{pointer}/kind",
        )
        return
    parts = {"group": "questions", "cloze": "blanks"} if what == "a question" else {}
    inner = parts.get(str(kind))
    whole = dict(value)
    if inner and isinstance(value.get(inner), list):
        # The parts have kinds of their own: each is held against its own definition below.
        whole[inner] = []
    for found in _findings(whole, f"{prefix}{kind}", pointer, str(kind), name):
        if not (inner and found.pointer == f"{pointer}/{inner}" and found.code == "S006" and value[inner]):
            yield found
    if inner and isinstance(value.get(inner), list):
        for i, part in enumerate(value[inner]):
            at = f"{pointer}/{inner}/{i}"
            if inner == "questions":
                yield from _dispatched(part, at, tuple(k for k in KINDS if k != "group"), prefix)
            else:
                yield from _dispatched(part, at, ("text", "numeric", "choice"), f"{prefix}blank_")


def _findings(value: object, definition: str, pointer: str, what: str, question: str = "") -> Iterator[Diagnostic]:
    try:
        errors = sorted(validator(definition).iter_errors(value), key=_in_order)
    except RecursionError:
        yield finding("S011", f"{what} is nested too deeply to be read", question=question, pointer=pointer)
        return
    # One rule may be broken by several branches of the schema: it is said once.
    yield from dict.fromkeys(
        worded for error in errors for leaf in _leaves(error) for worded in _worded(leaf, pointer, what, question)
    )


def _in_order(error: ValidationError) -> list[tuple[int, str]]:
    """Sorts errors by where they are, list entries by number."""
    return [(part, "") if isinstance(part, int) else (-1, part) for part in error.absolute_path]


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The errors at the bottom: `if`/`then` and `$ref` only lead to them."""
    if error.context and error.validator in ("if", "allOf", "$ref"):
        for inner in error.context:
            yield from _leaves(inner)
    else:
        yield error


def _worded(error: ValidationError, pointer: str, what: str, question: str) -> Iterator[Diagnostic]:
    """A `jsonschema` error in sentences a teacher understands: one for each property that is too much or missing."""
    rule: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    path = "".join(f"/{_escaped(part)}" for part in error.absolute_path)
    at = f"{pointer}{path}"
    named = next((repr(p) for p in reversed(error.absolute_path) if isinstance(p, str)), what)
    name = f"an entry of {named}" if path.rpartition("/")[2].isdecimal() else named
    hint = ""
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            for extra in (str(k) for k in instance if k not in known):
                message, hint = f"{name} has no property {_shown(extra)}", did_you_mean(extra, known)
                yield finding("S002", message, question=question, pointer=f"{at}/{_escaped(extra)}", hint=hint)
            return
        case "required" if not {"min", "max", "base64"} & set(rule):
            for missing in (str(k) for k in rule if k not in instance):
                yield finding("S003", f"{name} needs {missing!r}", question=question, pointer=at)
            return
        case "type":
            expected = rule
            wanted = [t for t in (expected if isinstance(expected, list) else [expected]) if t != "null"]
            words = {"string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false"}
            types = [words.get(t, "an object" if t == "object" else "a list") for t in wanted]
            code, message = "S004", f"{name} must be {' or '.join(types)}, not {_shown(instance)}"
        case "enum" | "const":
            values = rule if error.validator == "enum" else [rule]
            choices = [str(v) for v in values]
            code, message = "S005", f"{_shown(instance)} is not allowed for {name}"
            hint = did_you_mean(str(instance), choices)
        case "minimum" | "maximum" | "minItems" | "maxItems" | "minLength" | "maxLength":
            code, message = "S006", _out_of_range(error, name)
        case "pattern":
            code, message = "S007", _mismatch(error, name)
            hint = _pattern_hint(error)
        case "minProperties" | "maxProperties" | "not" | "if" | "required":
            code, message = "S009", _rule(error)
            if error.validator == "not" and named in ("'min'", "'max'", "'base64'"):
                at = at.rpartition("/")[0]  # the rule is about the object that holds it
        case _:
            code, message = "S009", f"{name}: {error.message}"
    yield finding(code, message, question=question, pointer=at, hint=hint)


def _rule(error: ValidationError) -> str:
    path = [str(p) for p in error.absolute_schema_path]
    if error.validator in (
        "minProperties",
        "maxProperties",
    ):
        return "a rich text has either 'html' or 'markdown'"
    if "base64" in json.dumps(error.schema, default=str) or "asset" in path:
        return "an asset has either 'file' or 'base64'"
    return "a numeric answer has either 'value' or both 'min' and 'max'"


def _out_of_range(error: ValidationError, name: str) -> str:
    limit: Any = error.validator_value
    match error.validator:
        case "minItems":
            return f"{name} needs at least {limit} {'entry' if limit == 1 else 'entries'}"
        case "minLength":
            return f"{name} must not be empty"
        case "maxItems" | "maxLength":
            return f"{name} may have at most {limit}"
        case "minimum":
            return f"{name} is {_shown(error.instance)}; the least allowed is {limit}"
        case _:
            return f"{name} is {_shown(error.instance)}; the most allowed is {limit}"


def _mismatch(error: ValidationError, name: str) -> str:
    pattern = str(error.validator_value)
    odd = (c for c in str(error.instance) if ord(c) < 32 or c in "\ufffe\uffff")
    control = next((c for c in odd if not re.search(pattern, c)), None)
    if control is not None:
        return f"{name} holds the control character U+{ord(control):04X}"
    return f"{_shown(error.instance)} does not have the form that {name} must have"


def _pattern_hint(error: ValidationError) -> str:
    pattern = str(error.validator_value)
    if pattern.startswith("^[A-Za-z0-9_]"):
        return "letters, digits, '_', '.' and '-' only, at most 100, beginning with a letter, digit or '_'"
    if pattern.startswith("^-?[0-9]"):
        return 'write a decimal such as 2.5, or a fraction such as "1/3"'
    if pattern.startswith("^[A-Za-z]{2,8}"):
        return "a language tag such as zh-CN or en"
    return "remove characters that cannot be in a text" if "\\u0000" in pattern or "\x00" in pattern else ""


def _shown(value: object) -> str:
    """A value, short, as it stands in the file."""
    try:
        shown = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return "something nested deeply"
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _escaped(part: object) -> str:
    """A JSON pointer token (RFC 6901, section 3)."""
    return str(part).replace("~", "~0").replace("/", "~1")
