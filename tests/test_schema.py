"""The JSON Schema, the model and the fast path say the same of every document."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import QUESTION_TYPES, banks, questions

from qbank import bankfile, schema
from qbank.bankfile import BankError, question_object
from qbank.diagnostics import Report
from qbank.model import KINDS, Bank, Header, Kind, Question, SubQuestion

BANK = Path(__file__).parent / "bank"
SAMPLES: list[dict[str, Any]] = json.loads((BANK / "all.json").read_text(encoding="utf-8"))["questions"]


def read(document: object, name: str = "bank.json") -> tuple[list[Question], Report]:
    """What `bankfile` makes of a document: the valid questions and the findings."""
    return read_text(json.dumps(document, ensure_ascii=False), name)


def read_text(text: str, name: str = "bank.json") -> tuple[list[Question], Report]:
    """The same for text as it stands in a file."""
    report = Report()
    found: list[Question] = []
    with suppress(BankError):
        found = list(bankfile.open_bytes(text.encode(), name, report).questions())
    return found, report


def bank_of(*values: object) -> dict[str, object]:
    """A document with these questions."""
    return {"qbank": 1, "questions": list(values)}


def written(bank: Bank) -> bytes:
    """A bank in canonical form."""
    sink = io.BytesIO()
    bankfile.write(bank.header, bank.questions, sink)
    return sink.getvalue()


def test_every_kind_has_a_class_a_definition_and_a_strategy() -> None:
    """The eleven kinds are the same in `KINDS`, in the model's union, in the schema and in the strategies."""
    definitions = schema.load("question")["$defs"]
    assert set(KINDS) == set(QUESTION_TYPES)
    assert set(KINDS) <= set(definitions)
    assert schema.load("question")["properties"]["kind"]["enum"] == list(KINDS)
    assert {s["kind"] for s in SAMPLES} == set(KINDS)
    assert {t.__struct_config__.tag for t in SubQuestion.__args__} == set(KINDS) - {"group"}
    for kind in KINDS:
        assert questions(kind) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_properties_agree(kind: Kind) -> None:
    """A kind has the same properties in the model and in the schema, the same ones required, the same defaults."""
    definition = schema.load("question")["$defs"][kind]
    fields = {f.encode_name: f for f in msgspec.structs.fields(QUESTION_TYPES[kind])}
    assert set(definition["properties"]) == {"kind", *fields}
    assert set(definition["required"]) == {"kind", *(n for n, f in fields.items() if f.required)}
    for name, field in fields.items():
        if "default" in definition["properties"][name]:
            stated = definition["properties"][name]["default"]
            assert json_default(field) == stated, name


def json_default(field: msgspec.structs.FieldInfo) -> object:
    """The default of a model field as JSON."""
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()  # type: ignore[misc]
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | bool | dict) else int(value)


@given(banks())
@settings(max_examples=150)
def test_what_the_model_holds_the_schema_accepts(bank: Bank) -> None:
    """Any bank of the model is written as a document that is valid, reads back equal and is its own canonical form."""
    first = written(bank)
    schema.validator("bank").validate(json.loads(first))
    found, report = read_text(first.decode())
    assert not report.diagnostics
    again = Bank(header=bankfile.open_bytes(first, "bank.json").header, questions=tuple(found))
    assert written(again) == first
    assert [question_object(q) for q in again.questions] == [question_object(q) for q in bank.questions]


@pytest.mark.parametrize("kind", KINDS)
def test_both_judges_agree_on_what_the_schema_generates(kind: Kind) -> None:
    """Documents made from the schema alone are valid for `jsonschema` exactly when they are for the fast path."""

    @given(made_from({"$ref": f"#/$defs/{kind}"}))
    @settings(max_examples=60)
    def agree(value: Any) -> None:
        assert_same_verdict(bank_of(value))

    agree()


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=3)


def made_from(node: Any) -> st.SearchStrategy[Any]:
    """Documents made from a schema of ours and nothing else; rules between properties are left to chance.

    (hypothesis-jsonschema does this for any schema, but not with a Hypothesis of this year.)
    """
    if node is True or not isinstance(node, dict):
        return ANYTHING
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return st.deferred(lambda: made_from(schema.load("question")["$defs"][name]))
    if "const" in node or "enum" in node:
        return st.sampled_from(node.get("enum", [node.get("const")]))
    if "if" in node and "else" in node and "properties" not in node:
        return st.one_of(
            made_from({**node["if"], **(node["then"] if node["then"] is not True else {})}), made_from(node["else"])
        )
    if "allOf" in node:
        return st.one_of(*(made_from(branch["then"]) for branch in node["allOf"]))
    types = node.get("type", [])
    return st.one_of(*(_made_of_type(t, node) for t in (types if isinstance(types, list) else [types])))


def _made_of_type(name: str, node: dict[str, Any]) -> st.SearchStrategy[Any]:
    least, most = node.get("minimum"), node.get("maximum")
    match name:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            whole = st.integers(least, most)
            return whole | whole.map(float)
        case "number":
            return st.integers(-1000, 1000) if least is None or least < -1 else st.floats(least, most)
        case "string":
            pattern = node.get("pattern", "").replace("(?!\\n)", "").replace("$", "\\Z")
            text = st.from_regex(pattern, alphabet=st.characters(codec="utf-8")) if pattern else st.text()
            return text.filter(lambda t: len(t) >= node.get("minLength", 0))
        case "array":
            least = node.get("minItems", 0)
            return st.lists(made_from(node["items"]), min_size=least, max_size=least + 1)
        case _:
            required = {key: made_from(node["properties"][key]) for key in node.get("required", [])}
            optional = {
                key: made_from(value) for key, value in node.get("properties", {}).items() if key not in required
            }
            fixed = st.fixed_dictionaries(required, optional=optional)
            if node.get("additionalProperties") is False:
                return fixed
            names = made_from(node.get("propertyNames", {"type": "string"}))
            return st.dictionaries(names, made_from(node.get("additionalProperties", True)), max_size=2)


# A value for every limit and type that the schema knows, and some that only Python does.
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 2.0, -0.0, 5.0, 6, 100.0, 101, 0.1, 1.5, 1e-7, 1e30, 1e31, -1e30, 10**30, 10**31),
    *(int(1e30), 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**300, 10**9, 10**9 + 1, 1.0000000001, 1e300),
    *(
        "",
        "x",
        "A",
        "a b",
        "x" * 100,
        "x" * 101,
        "1",
        "1.0",
        "-2.5",
        "1/3",
        "1/0",
        "1/-3",
        "01/3",
        "1e5",
        "NaN",
        " 1",
        "1 ",
    ),
    *(
        "٣",
        "9" * 30,
        "9" * 31,
        "1\n",
        "A\n",
        "en\n",
        "en-",
        "zh-CN",
        "L302",
        "L302\n",
        "single_choice",
        "text",
        "draft",
    ),
    *(
        "\u0000",
        "a\u0001b",
        "\u0008",
        "\u000c",
        "\u001f",
        "a\tb",
        "a\nb",
        "a\rb",
        "\u007f",
        "\u0085",
        "\ufffe",
        "\uffff",
    ),
    *("😀", "\ufffd", "\ue000", "图", '"markdown"', "a\\u0000b", "<p>x", {"html": "<p>x</p>"}, {"html": ""}),
    *(
        {"html": "\u0000"},
        {"html": None},
        {"html": "x", "markdown": "y"},
        {"markdown": "*x*"},
        {"markdown": 5},
        {"text": "x"},
    ),
    *([], {}, [[]], [None], ["A"], ["A", "B"], ["A", "A"], [1], [""], [{}], {"": ""}, {"1": "A"}, {"markdown": "A"}),
    *({"a b": "A"}, {"moodle-xml": {"x": [1, None]}}, {"x": 5}, {"general": None}, {"document": "d", "line": 2.0}),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path into a JSON value."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for i in range(len(value)):
            yield from places(value[i], (*path, i))


@st.composite
def mutated(draw: st.DrawFn, documents: list[Any]) -> Any:
    """A document with one or two things changed."""
    document = copy.deepcopy(documents[draw(st.integers(0, len(documents) - 1))])
    values = st.sampled_from(VALUES).map(copy.deepcopy)
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from([p for p in places(document) if p]))
        holder = document
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["replace", "replace", "replace", "drop", "rename", "add", "repeat"])):
            case "replace":
                holder[last] = draw(values)
            case "drop":
                del holder[last]
            case "rename" if isinstance(holder, dict):
                new = draw(
                    st.sampled_from([f"{last}s", str(last)[:-1], str(last).upper(), "", "\u0000", "html", "answer"])
                )
                holder[new] = holder.pop(last)
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from(["extra", "weight", "share", "fixed", "min", "value", "lines"]))] = draw(
                    values
                )
            case _:
                if isinstance(holder, list):
                    holder.append(copy.deepcopy(holder[last]))
    return document


def assert_same_verdict(document: object) -> Report:
    """Assert that `bankfile` accepts a document exactly when plain `jsonschema` does; returns the findings."""
    valid = schema.validator("bank").is_valid(document)
    found, report = read(document)
    shown = json.dumps(document, ensure_ascii=False)[:2000]
    assert (not report.at_or_above("error")) == valid, (valid, [d.message for d in report], shown)
    if valid:
        assert isinstance(document, dict)
        assert len(found) == len(document["questions"])
        schema.validator("bank").validate(json.loads(written(Bank(header=Header(qbank=1), questions=tuple(found)))))
    assert_well_worded(report)
    return report


def assert_well_worded(report: Report) -> None:
    """Assert that findings are sentences for people, with a place."""
    for found in report:
        assert found.code.startswith("S")
        assert "is not valid under any of the given schemas" not in found.message
        assert "\n" not in found.message
        assert len(found.message) < 300, found.message
        assert found.source is not None
        assert found.source.line > 0, found


@given(mutated([bank_of(sample) for sample in SAMPLES]))
@settings(max_examples=1500)
def test_both_judges_agree_on_damaged_questions(document: Any) -> None:
    """Valid questions with something dropped, renamed, retyped or out of range get one verdict from both judges."""
    assert_same_verdict(document)


HEADER = json.loads((BANK / "all.json").read_text(encoding="utf-8")) | {
    "$schema": "urn:qbank:schema:1:bank",
    "description": {"html": "<p>x</p>"},
    "license": "CC0-1.0",
    "extensions": {"gift": {"a": 1}},
    "questions": [],
}


@given(mutated([HEADER]))
@settings(max_examples=400)
def test_both_judges_agree_on_damaged_headers(document: Any) -> None:
    """The same for the bank around the questions."""
    assert_same_verdict(document)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_both_judges_agree_on_every_value_of_a_number(value: object) -> None:
    """Points, shares, difficulties and lines take the same values in the schema and in the model."""
    essay = {"kind": "essay", "id": "e", "stem": "?"}
    for name in (
        "points",
        "penalty",
        "difficulty",
        "lines",
        "min_words",
        "max_words",
        "attachments",
        "id",
        "stem",
        "answer",
    ):
        assert_same_verdict(bank_of(essay | {name: value}))
    numeric = {"kind": "numeric", "id": "n", "stem": "?"}
    for answer in ([{"value": value}], [{"min": value, "max": 1}], [{"min": 0, "max": value, "value": value}], value):
        assert_same_verdict(bank_of(numeric | {"answer": answer}))
    matching = {"prompts": [{"id": "1", "text": "x"}], "choices": [{"id": "A", "text": "a"}, {"id": "B", "text": "b"}]}
    assert_same_verdict(bank_of({"kind": "matching", "id": "m", "stem": "?", **matching, "answer": value}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"\\ud800"', "half of a character"),
        ('"\\udfff\\ud800"', "half of a character"),
        ('{"html": "\\ud83d"}', "half of a character"),
        ("NaN", "NaN is not a number"),
        ("-Infinity", "-Infinity is not a number"),
        ("1e999", "1e999 is not a number that can be used"),
        ("9" * 5000, "999 is not a number that can be used"),
        ("01", "not well-formed"),
        ("'x'", "not well-formed"),
    ],
)
def test_what_is_not_json_text_is_refused_wherever_it_stands(text: str, said: str) -> None:
    """Half characters, NaN and numbers beyond any are no JSON: refused also where the schema lets anything pass."""
    for where in (
        '{"qbank": 1, "questions": [{"kind": "essay", "id": "e", "stem": "?", "extensions": {"x": {"y": %s}}}]}',
        '{"qbank": 1, "extensions": {"x": {"y": %s}}, "questions": []}',
    ):
        for name in ("bank.json", "bank.jsonl"):
            document = where % text
            if name == "bank.jsonl":
                head, _, question = document.removesuffix("]}").partition('"questions": [')
                document = head.rstrip(", ") + "}\n" + question
            found, report = read_text(document, name)
            assert not found
            assert [d.code for d in report] == ["S001"]
            assert said in report.diagnostics[0].message


def definitions(name: schema.SchemaName) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every property of a schema: a name for it, its schema, and the definition it can be validated with."""

    def inside(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any], str]]:
        if isinstance(node, dict):
            for key, value in node.get("properties", {}).items():
                if path.rpartition("/")[2] not in ("if", "then", "else", "not") and "/not" not in path:
                    yield f"{path}/properties/{key}", value, f"{name}#{path}/properties/{key}"
            for key, value in node.items():
                yield from inside(value, f"{path}/{key}")
        elif isinstance(node, list):
            for i, value in enumerate(node):
                yield from inside(value, f"{path}/{i}")

    yield from inside(schema.load(name), "")


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_property_is_described_and_exemplified(name: schema.SchemaName) -> None:
    """Each property of each schema has a description that is a sentence, and examples that are valid."""
    count = 0
    for path, node, where in definitions(name):
        if set(node) in ({"const"}, {"not"}):
            continue  # the condition of an `if`
        count += 1
        assert node.get("description", "").endswith("."), path
        assert node.get("examples"), path
        for example in [*node["examples"], *([node["default"]] if "default" in node else [])]:
            errors = list(schema.validator(where).iter_errors(example))
            assert not errors, f"{path}: {example!r}: {errors[0].message}"
    assert count > 5
    for key, node in schema.load(name).get("$defs", {}).items():
        assert node.get("description"), key


@pytest.mark.parametrize("name", schema.NAMES)
def test_the_schemas_are_schemas(name: schema.SchemaName) -> None:
    """Each schema is valid by the meta-schema it names, and has the `$id` it is known by."""
    from jsonschema import Draft202012Validator

    loaded = schema.load(name)
    Draft202012Validator.check_schema(loaded)
    assert loaded["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert loaded["$id"] == f"urn:qbank:schema:1:{name}"


def test_the_header_is_the_bank_without_its_questions() -> None:
    """The first line of a JSON Lines bank takes exactly the properties that a bank has beside its questions."""
    bank = schema.load("bank")
    beside = {key: value for key, value in bank["properties"].items() if key != "questions"}
    assert bank["$defs"]["header"]["properties"] == beside


def test_the_kind_decides_what_is_said() -> None:
    """Every kind of question, empty but for its kind, gets findings about its own properties."""
    for kind in KINDS:
        report = assert_same_verdict(bank_of({"kind": kind}))
        needed = schema.load("question")["$defs"][kind]["required"]
        assert [d.message for d in report] == [f"{kind} needs {name!r}" for name in needed if name != "kind"]
