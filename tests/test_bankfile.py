"""Bank files: three forms of one bank, read a question at a time, with exact places."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import banks

from qbank import bankfile
from qbank.bankfile import BankError, Form
from qbank.diagnostics import QbankError, Report
from qbank.model import Bank, Essay, Header, NumericAnswer, SingleChoice, TrueFalse

ESSAY = '{"kind": "essay", "id": "%s", "stem": "?"}'
BROKEN = '{"kind": "essay", "id": "%s", "stm": "?", "stem": "?"}'


def written(bank: Bank, form: Form = "json") -> bytes:
    """A bank in canonical form."""
    sink = io.BytesIO()
    bankfile.write(bank.header, bank.questions, sink, form)
    return sink.getvalue()


def read(data: bytes, name: str) -> Bank:
    """A bank from bytes; it must have no finding."""
    report = Report()
    reader = bankfile.open_bytes(data, name, report)
    bank = Bank(header=reader.header, questions=tuple(reader.questions()))
    assert not report.diagnostics
    return bank


def places(text: str, name: str = "bank.json") -> list[str]:
    """Code, line and column of every finding about a bank."""
    report = Report()
    try:
        for _ in bankfile.open_bytes(text.encode(), name, report):
            pass
    except BankError as error:
        report = error.report
    return [f"{d.code} {d.source.line}:{d.source.column}" for d in report if d.source]


@given(banks())
@settings(max_examples=25)
def test_three_forms_of_one_bank(bank: Bank) -> None:
    """JSON, JSON Lines and YAML hold the same: each read back and written as JSON gives the same bytes."""
    canonical = written(bank)
    for form, name in (("json", "b.json"), ("jsonl", "b.jsonl"), ("yaml", "b.yaml")):
        data = written(bank, form)  # type: ignore[arg-type]
        again = read(data, name)
        assert written(again) == canonical, form
        assert written(again, form) == data  # type: ignore[arg-type]
        assert again == read(canonical, "b.json"), form


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "bank").glob("*.json")), ids=lambda p: p.stem)
def test_the_sample_banks_are_canonical(path: Path) -> None:
    """The sample banks are written as `qbank fmt` would."""
    assert written(bankfile.load(path)) == path.read_bytes()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@settings(max_examples=150)
def test_yaml_keeps_any_text(text: str) -> None:
    """Whatever a text looks like in YAML (a number, a date, yes, a control character) it stays that text."""
    from qbank import yamlfile

    value = {"a": text, "b": [text, {text: text}]}
    try:
        assert yamlfile.load(yamlfile.dump(value))[0] == value
    except yamlfile.YamlError:
        pytest.fail(f"{text!r} is written but not read")


@pytest.mark.parametrize(
    "text", ["1e5", "0x1F", "1_000", "012", ".5", "1.", "+1", "-0", "yes", "no", "~", "", "2024-01-01"]
)
def test_yaml_looks_like_something_else(text: str) -> None:
    """Texts that some YAML reads as numbers, dates or truth values."""
    from qbank import yamlfile

    assert yamlfile.load(yamlfile.dump({"a": text}))[0] == {"a": text}


@pytest.mark.parametrize("value", [0, -1, 2**70, 0.1, 1e16, -2.5e-9, 1e300, True, False, None])
def test_yaml_keeps_any_number(value: object) -> None:
    """Numbers, truth values and null keep type and value."""
    from qbank import yamlfile

    (again,) = yamlfile.load(yamlfile.dump({"a": value}))[0].values()
    assert again == value
    assert type(again) is type(value)


def test_lines_are_read_one_at_a_time(tmp_path: Path) -> None:
    """A JSON Lines bank gives its first question before the rest of the file is looked at."""
    path = tmp_path / "b.jsonl"
    path.write_bytes(b'{"qbank": 1}\n' + (ESSAY % "a").encode() + b"\n" + b"\xff not even text\n" * 3)
    report = Report()
    reader = bankfile.open_bank(path, report)
    questions = iter(reader)
    assert next(questions)[1].id == "a"
    assert not report.diagnostics
    assert list(questions) == []
    assert [d.code for d in report] == ["S001"] * 3
    assert "not UTF-8" in report.diagnostics[0].message


def test_writing_streams() -> None:
    """JSON and JSON Lines are written a question at a time."""
    for form in ("json", "jsonl"):
        sink = io.BytesIO()
        sizes: list[int] = []

        def questions(sink: io.BytesIO = sink, sizes: list[int] = sizes) -> object:
            for i in range(3):
                sizes.append(sink.tell())
                yield Essay(id=f"e{i}", stem="?" * 100)

        bankfile.write(Header(qbank=1), questions(), sink, form)  # type: ignore[arg-type]
        assert sizes[1] - sizes[0] > 100
        assert sizes[2] - sizes[1] > 100


def test_a_report_that_is_handed_in_is_the_one_that_is_filled(tmp_path: Path) -> None:
    """Findings go to the caller's report in every form, also when that report is still empty."""
    for name, text in {
        "b.json": '{"qbank": 1, "questions": [%s]}' % (BROKEN % "a"),
        "b.jsonl": '{"qbank": 1}\n' + BROKEN % "a",
        "b.yaml": "qbank: 1\nquestions:\n- {kind: essay, id: a, stm: x, stem: x}\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        report = Report()
        assert list(bankfile.open_bank(tmp_path / name, report)) == []
        assert [d.code for d in report] == ["S002"], name


def at(text: str, piece: str, nth: int = 1) -> str:
    """Line and column of the nth occurrence of a piece of text, by plain counting."""
    offset = -1
    for _ in range(nth):
        offset = text.index(piece, offset + 1)
    before = text[:offset].split("\n")
    return f"{len(before)}:{len(before[-1]) + 1}"


def test_places_in_json() -> None:
    """Line and column count characters, not bytes, from 1, whatever stands before."""
    assert places('{"qbank":1,"questions":[' + BROKEN % "a" + "]}") == ["S002 1:61"]
    text = (
        '{"qbank": 1,\n"title": "图书馆",\n"questions": [\n'
        + ESSAY % "a"
        + ", "
        + BROKEN.replace("stm", "题") % "b"
        + "]}"
    )
    line, column = at(text, "?", 2).split(":")
    assert places(text) == [f"S002 {line}:{int(column) - 1}"]
    many = '{"qbank": 1, "questions": [\n' + ",\n".join([ESSAY % "a", BROKEN % "b", ESSAY % "c", BROKEN % "d"]) + "\n]}"
    assert places(many) == ["S002 3:37", "S002 5:37"]
    text = '{"qbank": 1, "questions": [{"kind": "essay", "id": "一", "题": 12, "stem": "?"}]}'
    assert places(text) == [f"S007 {at(text, chr(34) + '一')}", f"S002 {at(text, '12')}"]


def test_places_of_like_questions() -> None:
    """Questions with the same text are told apart, also when the header holds that text too."""
    one = '{"stem": 1}'
    text = '{"qbank": 1, "extensions": {"x": ONE}, "questions": [ONE, ONE,\nONE]}'.replace("ONE", one)
    assert places(text) == [f"S003 {at(text, one, n)}" for n in (2, 3, 4)]


def test_places_with_a_byte_order_mark_and_crlf() -> None:
    """A byte order mark takes no column, and a line ends at its newline."""
    text = '\ufeff{"qbank": 1,\r\n"questions": [\r\n' + BROKEN % "a" + "]}\r\n"
    assert places(text) == ["S002 3:37"]
    assert places('\ufeff{"qbank": 1}\r\n' + BROKEN % "a" + "\r\n", "b.jsonl") == ["S002 2:37"]
    assert places('\ufeff{"qbonk": 1, "qbank": 1, "questions": []}') == ["S002 1:11"]
    assert places("\ufeffqbank: 1\r\nquestions:\r\n- kind: essay\r\n  id: a\r\n  stem: 5\r\n", "b.yaml") == ["S004 5:9"]


def test_places_behind_the_questions() -> None:
    """A property that stands after the questions is found where it stands."""
    text = '{"qbank": 1, "questions": [\n' + ESSAY % "图" + '\n], "titel": 1,\n "language": 5}'
    assert places(text) == ["S002 3:13", "S004 4:14"]


def test_places_in_lines() -> None:
    """In JSON Lines a finding has the line of its question, blank lines counted."""
    assert places('{"qbank": 1}\n\n' + ESSAY % "a" + "\n   \n" + BROKEN % "b", "b.jsonl") == ["S002 5:37"]
    assert places('{"qbank": 1, "title": 5}\n', "b.jsonl") == ["S004 1:23"]


def test_places_in_yaml() -> None:
    """In YAML too, block or flow."""
    text = (
        "qbank: 1\nquestions:\n- kind: essay\n  id: a\n  stem: {html: 5}\n- {kind: essay, id: b, stem: x, lines: 0}\n"
    )
    assert places(text, "b.yaml") == ["S004 5:16", "S006 6:40"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\udcff", "1:1"),
        ('{"qbank": 1,\n"title": "图\udcff"}', "2:12"),
        ('{"qbank": 1, "title": "' + "图" * 400000 + "\udce5\udc9b", "1:400024"),
    ],
)
def test_the_first_byte_that_is_no_text(text: str, place: str) -> None:
    """A file that is not UTF-8 is refused at its first wrong byte."""
    with pytest.raises(BankError, match="not UTF-8") as caught:
        bankfile.open_bytes(text.encode("utf-8", "surrogateescape"), "b.json")
    assert str(caught.value).startswith(f"b.json:{place}:")


def test_forms_are_guessed_from_the_content_when_the_name_says_nothing() -> None:
    """What comes from standard input is told apart by how it begins."""
    bank = Bank(header=Header(qbank=1), questions=(Essay(id="a", stem="?"), TrueFalse(id="b", stem="?")))
    for form in ("json", "jsonl", "yaml"):
        assert read(written(bank, form), "<stdin>") == bank  # type: ignore[arg-type]


def test_an_unknown_ending_is_refused_where_a_form_must_be_chosen() -> None:
    """`form_for` does not guess."""
    assert bankfile.form_for("x.NDJSON") == "jsonl"
    with pytest.raises(QbankError, match=r"ends in \.json"):
        bankfile.form_for("x.txt")


def test_dump_and_load(tmp_path: Path) -> None:
    """What `dump` writes `load` reads, by the ending of the name."""
    bank = Bank(header=Header(qbank=1, title="t"), questions=(Essay(id="a", stem="?"),))
    for name in ("b.json", "b.jsonl", "b.yml"):
        bankfile.dump(bank, tmp_path / name)
        assert bankfile.load(tmp_path / name) == bank
    assert (tmp_path / "b.jsonl").read_text().count("\n") == 2


def test_load_refuses_a_bank_with_errors(tmp_path: Path) -> None:
    """`load` gives all of a bank or none of it, and every finding."""
    path = tmp_path / "b.json"
    path.write_text('{"qbank": 1, "questions": [' + ESSAY % "a" + ", " + BROKEN % "b" + "]}", encoding="utf-8")
    with pytest.raises(BankError, match="1:107: essay has no property") as caught:
        bankfile.load(path)
    assert len(caught.value.report) == 1


def test_a_dump_that_fails_leaves_the_old_bank(tmp_path: Path) -> None:
    """A bank that cannot be written whole does not touch the file."""
    path = tmp_path / "b.json"
    bankfile.dump(Bank(header=Header(qbank=1), questions=()), path)
    before = path.read_bytes()
    broken = Bank(header=Header(qbank=1), questions=(Essay(id="a", stem="?"), "no question"))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        bankfile.dump(broken, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["b.json"]


@pytest.mark.parametrize(
    ("written_as", "value"),
    [
        ("2", "2"), ("2.0", "2"), ('"2"', "2"), ("0.1", "1/10"), ('"1/3"', "1/3"), ('"0.10"', "1/10"), ("1e3", "1000"),
        ("1e-7", "1/10000000"), ('"0.1234567890123456789"', "1234567890123456789/10000000000000000000"),
    ],
)  # fmt: skip
def test_numbers_are_exact(written_as: str, value: str) -> None:
    """A number means the decimal that is written, and comes back as the same number."""
    text = '{"qbank": 1, "questions": [{"kind": "essay", "id": "a", "stem": "?", "points": ' + written_as + "}]}"
    bank = read(text.encode(), "b.json")
    assert bank.questions[0].points == Fraction(value)
    assert read(written(bank), "b.json").questions[0].points == Fraction(value)


def test_defaults_are_left_out_and_an_unknown_answer_is_null() -> None:
    """Canonical form: no default is written, and what nobody knows is `null`, not absent."""
    text = """{"qbank": 1, "questions": [
      {"shuffle": false, "stem": {"html": "just <b></b>text"}, "choices": [{"id": "A", "text": "a", "fixed": false},
       {"text": {"markdown": "*b*"}, "id": "B", "weight": null}], "points": "1.0", "tags": [], "kind": "single_choice", "id": "q"}
    ]}"""
    bank = read(text.encode(), "b.json")
    assert json.loads(written(bank))["questions"] == [
        {
            "kind": "single_choice",
            "id": "q",
            "stem": {"html": "<p>just <strong></strong>text</p>"},
            "choices": [{"id": "A", "text": "a"}, {"id": "B", "text": {"html": "<p><em>b</em></p>"}}],
            "answer": None,
        }
    ]
    assert list(json.loads(written(bank))["questions"][0]) == ["kind", "id", "stem", "choices", "answer"]


def test_a_default_is_left_out_however_it_was_made() -> None:
    """A weight of one is a default also when a program made it."""
    bank = Bank(header=Header(qbank=1), questions=(Essay(id="a", stem="?", points=Fraction(3, 3)),))
    assert b"points" not in written(bank)
    assert NumericAnswer(value=Fraction(1)).bounds == (1, 1)


def test_ids_that_are_words_of_the_format() -> None:
    """A prompt or an asset may be called `markdown`, `html` or `extensions`."""
    text = """{"qbank": 1, "assets": {"markdown": {"base64": "AAAA"}, "html": {"base64": "AAAA"}}, "questions": [
      {"kind": "matching", "id": "m", "stem": {"markdown": "x"}, "prompts": [{"id": "markdown", "text": "a"}],
       "choices": [{"id": "A", "text": "a"}, {"id": "B", "text": "b"}], "answer": {"markdown": "A"}}]}"""
    bank = read(text.encode(), "b.json")
    assert bank.questions[0].answer == {"markdown": "A"}  # type: ignore[union-attr]
    assert set(bank.header.assets) == {"markdown", "html"}


def test_a_bank_held_in_memory_has_no_places() -> None:
    """`in_memory` gives what it was given."""
    bank = Bank(header=Header(qbank=1), questions=(Essay(id="a", stem="?"),))
    assert list(bankfile.in_memory(bank)) == [("/questions/0", bank.questions[0])]


def test_yaml_aliases_are_refused_before_they_are_followed() -> None:
    """A billion laughs in YAML costs nothing."""
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(BankError, match="aliases"):
        bankfile.open_bytes("\n".join(["qbank: 1", *lines]).encode(), "b.yaml")


def test_html_with_a_declaration_is_only_text_with_a_finding() -> None:
    """Nothing is fetched or expanded when a bank is read."""
    document = {
        "kind": "single_choice",
        "id": "q",
        "stem": {"html": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>'},
        "choices": [{"id": "A", "text": "a"}, {"id": "B", "text": "b"}],
    }
    bank = read(json.dumps({"qbank": 1, "questions": [document]}).encode(), "b.json")
    assert isinstance(bank.questions[0], SingleChoice)
    assert b"root:" not in written(bank)
