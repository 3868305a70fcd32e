"""Bank files: JSON, JSON Lines and YAML to the model and back, and where in the file a pointer points.

Reading streams: a JSON Lines bank is read a line at a time, a JSON bank is cut
into questions without building them, so one question lives at a time. Each is
decoded and checked in one pass by types that accept what the schema accepts
(a test generates both ways); only a question they refuse is held against the
JSON Schema itself, whose errors become the findings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

import msgspec

from qbank import richtext, schema
from qbank.diagnostics import Diagnostic, QbankError, Report, Span, finding
from qbank.model import ONE, Bank, Cloze, Essay, Group, Header, Html, Information, Question
from qbank.places import JsonLocator, LinesLocator, Locator, PlacesLocator

Form: TypeAlias = Literal["json", "jsonl", "yaml"]
FORMS: dict[str, Form] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml"}
MAX_BYTES = 4 * 1024**3
_UNFIT_BYTES = re.compile(rb"\\u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F])|\\[bf]|\\u[fF]{3}[eEfF]|\xef\xbf[\xbe\xbf]")
_EXACT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?\Z|-?[0-9]{1,15}/[1-9][0-9]{0,14}\Z")
_LIMIT = 10**30


class BankError(QbankError):
    """A bank that cannot be used; `report` holds every finding."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


@lru_cache(maxsize=4096)
def _fraction_of_text(text: str) -> Fraction:
    if not _EXACT.match(text):
        raise ValueError(f"{text!r} is not an exact number")
    return Fraction(text)


def exact(value: object) -> Fraction:
    """An exact number from a JSON number or string. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("Expected a number")
    if isinstance(value, str):
        return _fraction_of_text(value)
    if value == 1:
        return ONE  # the default itself, so that it is recognised as one and left out when written
    if not -_LIMIT <= value <= _LIMIT:
        raise ValueError("number out of range")
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _decode_hook(kind: type, value: object) -> object:
    if kind is Fraction:
        return exact(value)
    raise NotImplementedError(kind)


def json_number(value: Fraction) -> int | float | str:
    """A fraction as JSON: a number where that is exact, else a string such as "1/3"."""
    if value.denominator == 1:
        return int(value)
    number = float(value)
    return number if Fraction(repr(number)) == value else f"{value.numerator}/{value.denominator}"


def _encode_hook(value: object) -> object:
    if isinstance(value, Fraction):
        return json_number(value)
    raise NotImplementedError(type(value))


_QUESTION: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question, dec_hook=_decode_hook)
_OUTER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(slots=True)
class BankReader:
    """A bank being read: its header, then its questions one at a time.

    Iterating yields the valid questions as `(pointer, question)` and reports
    the others. `locate` gives the place of a pointer; it scans the file, so it
    is for findings only.
    """

    name: str
    form: Form
    header: Header
    report: Report
    folder: Path | None
    _raw: Iterable[bytes | object]
    _locator: Locator
    count: int = 0

    def __iter__(self) -> Iterator[tuple[str, Question]]:
        for index, raw in enumerate(self._raw):
            pointer = f"/questions/{index}"
            self.count = index + 1
            question = self._question(raw, pointer)
            if question is not None:
                yield pointer, question

    def questions(self) -> Iterator[Question]:
        """The valid questions alone."""
        return (question for _, question in self)

    def locate(self, pointer: str) -> Span:
        """Where in the file a pointer points: the value it names, or the nearest one around it."""
        return self._locator.locate(pointer)

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """The finding with its place in the file, if it has a pointer and no place yet."""
        if diagnostic.source is not None or not diagnostic.pointer or not self._locator.name:
            return diagnostic
        return _with_source(diagnostic, self.locate(diagnostic.pointer))

    def _question(self, raw: bytes | object, pointer: str) -> Question | None:
        if isinstance(raw, bytes | bytearray | memoryview):
            data = bytes(raw)
            if b'"markdown"' not in data and not _UNFIT_BYTES.search(data):
                try:
                    return _QUESTION.decode(data)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    pass
            value = self._loaded(data, pointer)
        elif isinstance(raw, msgspec.Struct):
            return raw  # type: ignore[return-value]  # a question of a bank held in memory
        else:
            value = raw
        if value is _BROKEN:
            return None
        found = schema.question_findings(value, pointer)
        if not found:
            try:
                return _converted(value)
            except (msgspec.ValidationError, RecursionError) as error:
                found = [finding("S009", f"the question cannot be used: {error}", pointer=pointer)]
        self.report.extend(self.placed(d) for d in found)
        return None

    def _loaded(self, data: bytes, pointer: str) -> object:
        try:
            return json.loads(data)
        except RecursionError:
            self.report.add(
                "S011", "a question is nested too deeply to be read", pointer=pointer, source=self.locate(pointer)
            )
        except ValueError as error:
            place = self.locate(pointer)
            message, line, column = _syntax(error, data)
            where = Span(place.file, place.line + line - 1, column if line > 1 else place.column + column - 1)
            self.report.add("S001", message, pointer=pointer, source=where)
        return _BROKEN


_BROKEN = object()


def _converted(value: object) -> Question:
    question: Question = msgspec.convert(_normal(value), Question, dec_hook=_decode_hook)
    return question


def _with_source(diagnostic: Diagnostic, span: Span) -> Diagnostic:
    return replace(diagnostic, source=span)


def open_bank(path: str | Path, report: Report | None = None, form: Form | None = None) -> BankReader:
    """Open a bank file for reading; "-" is standard input.

    Raises `QbankError` when the file cannot be read, `BankError` when nothing
    of it can be used (not JSON, no questions, another version).
    """
    if str(path) == "-":
        import sys

        return open_bytes(sys.stdin.buffer.read(), "<stdin>", report, form)
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise QbankError(f"{path}: larger than {MAX_BYTES >> 30} GiB; split the bank")
        form = form or FORMS.get(file.suffix.lower(), "json")
        if form == "jsonl":
            return _open_lines(file, report or Report())
        return open_bytes(file.read_bytes(), str(path), report, form, file.parent)
    except IsADirectoryError:
        raise QbankError(f"{path}: is a folder, not a bank file") from None
    except OSError as error:
        raise QbankError(f"{path}: cannot be read ({error.strerror or error})") from error


def open_bytes(
    data: bytes, name: str, report: Report | None = None, form: Form | None = None, folder: Path | None = None
) -> BankReader:
    """Open a bank held in memory; see `open_bank`."""
    report = report if report is not None else Report()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    form = form or FORMS.get(Path(name).suffix.lower()) or _guess_form(data)
    if not data.strip():
        raise _fatal(report, "S001", f"{name} is empty", Span(name), 'an empty bank is {"qbank": 1, "questions": []}')
    try:
        data.decode()
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].decode(errors="replace"), len(data[: error.start].decode(errors="replace")))
        message = f"{name} is not UTF-8 text (byte {error.start})"
        raise _fatal(report, "S001", message, Span(name, *place), "save the bank as UTF-8") from None
    if form == "yaml":
        return _open_yaml(data, name, report, folder)
    if form == "jsonl":
        return _open_line_bytes(data, name, report, folder)
    return _open_json(data, name, report, folder)


def form_for(path: str | Path) -> Form:
    """The form a bank file's ending asks for; JSON for "-". Raises `QbankError` for another ending."""
    suffix = Path(path).suffix.lower()
    if str(path) == "-":
        return "json"
    if suffix not in FORMS:
        raise QbankError(f"{path}: a bank file ends in {', '.join(FORMS)}")
    return FORMS[suffix]


def in_memory(bank: Bank, report: Report | None = None) -> BankReader:
    """A reader of a bank that is held already; its findings have pointers but no places."""
    found = report if report is not None else Report()
    return BankReader("the bank", "json", bank.header, found, None, bank.questions, PlacesLocator("", {}))


def load(path: str | Path) -> Bank:
    """Read a whole bank. Raises `BankError`, with every finding in its report, unless all of it is valid."""
    reader = open_bank(path)
    questions = tuple(reader.questions())
    if reader.report.at_or_above("error"):
        first = reader.report.at_or_above("error")[0]
        raise BankError(f"{first.source or path}: {first.message}", reader.report)
    return Bank(header=reader.header, questions=questions)


def dump(bank: Bank, path: str | Path) -> None:
    """Write a bank in canonical form, atomically; JSON Lines or YAML by the ending."""
    from qbank.files import atomic_write

    form = FORMS.get(Path(path).suffix.lower(), "json")
    with atomic_write(path) as sink:
        write(bank.header, bank.questions, sink, form)


def write(header: Header, questions: Iterable[Question], sink: BinaryIO, form: Form = "json") -> None:
    """Write a bank in canonical form; streams for JSON and JSON Lines."""
    head = header_object(header)
    if form == "yaml":
        import yaml

        whole = head | {"questions": [question_object(q) for q in questions]}
        sink.write(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=100).encode())
        return
    if form == "jsonl":
        sink.write(_compact(head) + b"\n")
        for question in questions:
            sink.write(_compact(question_object(question)) + b"\n")
        return
    pretty = _indented(head, "  ")
    sink.write(pretty[:-2].encode() + b',\n  "questions": [' if head else b'{\n  "questions": [')
    first = True
    for question in questions:
        sink.write(b"\n    " if first else b",\n    ")
        sink.write(_indented(question_object(question), "  ").replace("\n", "\n    ").encode())
        first = False
    sink.write(b"]\n}\n" if first else b"\n  ]\n}\n")


def header_object(header: Header) -> dict[str, Any]:
    """A header as canonical JSON."""
    value: dict[str, Any] = msgspec.to_builtins(header, enc_hook=_encode_hook)
    if header.description is not None:
        value["description"] = msgspec.to_builtins(richtext.canonical(header.description))
    return value


_FIRST = ("kind", "id", "title", "stem", "questions", "choices", "prompts", "items", "blanks", "answer")


def question_object(question: Question) -> dict[str, Any]:
    """A question as canonical JSON: defaults left out, texts in their one spelling, an unknown answer as null."""
    value: dict[str, Any] = msgspec.to_builtins(_canonical_texts(question), enc_hook=_encode_hook)
    return _ordered(value, question)


def _ordered(value: dict[str, Any], question: Question) -> dict[str, Any]:
    if isinstance(question, Group):
        value["questions"] = [
            _ordered(sub, part) for sub, part in zip(value["questions"], question.questions, strict=True)
        ]
    elif isinstance(question, Cloze):
        for blank in value["blanks"]:
            blank.setdefault("answer", None)
    elif not isinstance(question, Essay | Information):
        value.setdefault("answer", None)
    head = {key: value[key] for key in _FIRST if key in value}
    return head | {key: value[key] for key in value if key not in head}


def _canonical_texts(value: Any) -> Any:
    """The value with every rich text in its canonical spelling."""
    if isinstance(value, Html):
        return richtext.canonical(value)
    if isinstance(value, msgspec.Struct):
        changes = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            if isinstance(old, msgspec.Struct | tuple):
                new = _canonical_texts(old)
                if new is not old:
                    changes[name] = new
        return msgspec.structs.replace(value, **changes) if changes else value
    if isinstance(value, tuple):
        parts = tuple(_canonical_texts(part) for part in value)
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    return value


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _indented(value: object, indent: str) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _normal(value: Any) -> Any:
    """What the schema accepts in the one form the model has: Markdown as HTML, 2.0 as 2 where an integer belongs."""
    if isinstance(value, dict):
        if set(value) == {"markdown"}:
            return {"html": richtext.from_markdown(value["markdown"])}
        return {key: item if key == "extensions" else _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _guess_form(data: bytes) -> Form:
    start = data.lstrip()[:1]
    if start != b"{":
        return "yaml" if start and start not in b"[" else "json"
    first, _, rest = data.lstrip().partition(b"\n")
    return "jsonl" if first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{") else "json"


def _header(value: object, name: str, report: Report, locator: Locator) -> Header:
    found = schema.header_findings(value)
    if found:
        report.extend(_with_source(d, locator.locate(d.pointer)) for d in found)
        raise BankError(f"{locator.locate(found[0].pointer)}: {found[0].message}", report)
    return msgspec.convert(_normal(value), Header, dec_hook=_decode_hook)


def _open_json(data: bytes, name: str, report: Report, folder: Path | None) -> BankReader:
    locator = JsonLocator(name, data)
    try:
        outer = _OUTER.decode(data)
    except RecursionError:
        raise _fatal(report, "S011", f"{name} is nested too deeply to be read", Span(name)) from None
    except msgspec.ValidationError:
        hint = "a bank is an object with 'qbank' and 'questions'; qbank init makes one"
        raise _fatal(
            report, "S004", f"{name} is not a bank: it does not hold an object", Span(name, 1, 1), hint
        ) from None
    except msgspec.DecodeError:
        raise _broken(data, name, report) from None
    if "questions" not in outer:
        hint = "a bank is an object with 'qbank' and 'questions'; qbank init makes one"
        raise _fatal(report, "S003", f"{name} is not a bank: it has no 'questions'", Span(name, 1, 1), hint)
    try:
        raw = _RAW_LIST.decode(outer.pop("questions"))
    except msgspec.MsgspecError:
        raise _fatal(report, "S004", "'questions' must be a list", locator.locate("/questions")) from None
    value = {key: json.loads(bytes(item)) for key, item in outer.items()}
    header = _header(value, name, report, locator)

    def questions() -> Iterator[bytes | object]:
        for index, item in enumerate(raw):
            question = bytes(item)
            locator.remember(f"/questions/{index}", question)
            yield question

    return BankReader(name, "json", header, report, folder, questions(), locator)


def _open_lines(file: Path, report: Report) -> BankReader:
    return _from_lines(_file_lines(file), str(file), report, file.parent)


def _file_lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from stream


def _open_line_bytes(data: bytes, name: str, report: Report, folder: Path | None) -> BankReader:
    return _from_lines(iter(data.splitlines(keepends=True)), name, report, folder)


def _from_lines(lines: Iterator[bytes], name: str, report: Report, folder: Path | None) -> BankReader:
    locator = LinesLocator(name)
    first = next(lines, b"")
    if first.startswith(b"\xef\xbb\xbf"):
        first = first[3:]
    if not first.strip():
        raise _fatal(
            report, "S001", f"{name} is empty", Span(name), 'the first line of a JSON Lines bank is {"qbank": 1}'
        )
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        raise _broken(first, name, report) from None
    locator.remember("", 1, first)
    if not isinstance(value, dict) or "qbank" not in value:
        hint = 'write {"qbank": 1} as the first line'
        raise _fatal(report, "S003", f"{name}: the first line is not a bank header", Span(name, 1, 1), hint)
    header = _header(value, name, report, locator)

    def questions() -> Iterator[bytes | object]:
        index = 0
        for number, line in enumerate(lines, start=2):
            if line.strip():
                locator.remember(f"/questions/{index}", number, line)
                index += 1
                yield line

    return BankReader(name, "jsonl", header, report, folder, questions(), locator)


def _open_yaml(data: bytes, name: str, report: Report, folder: Path | None) -> BankReader:
    from qbank import yamlfile

    try:
        value, places = yamlfile.load(data.decode())
    except yamlfile.YamlError as error:
        raise _fatal(report, "S001", f"{name}: {error}", Span(name, error.line, error.column)) from None
    locator = PlacesLocator(name, places)
    if not isinstance(value, dict) or not isinstance(value.get("questions"), list):
        hint = "a bank has 'qbank' and 'questions'; qbank init makes one"
        raise _fatal(report, "S003", f"{name} is not a bank: it has no list of 'questions'", Span(name, 1, 1), hint)
    questions = value.pop("questions")
    header = _header(value, name, report, locator)
    return BankReader(name, "yaml", header, report, folder, iter(questions), locator)


def _fatal(report: Report, code: str, message: str, place: Span, hint: str = "") -> BankError:
    report.add(code, message, source=place, hint=hint)
    where = f"{place}: " if place.line else ""
    return BankError(f"{where}{message}", report)


def _broken(data: bytes, name: str, report: Report) -> BankError:
    """The error for text that is not JSON, with the place where it stops being it."""
    try:
        json.loads(data)
    except RecursionError:
        return _fatal(report, "S011", f"{name} is nested too deeply to be read", Span(name))
    except ValueError as error:
        message, line, column = _syntax(error, data)
        return _fatal(report, "S001", message, Span(name, line, column))
    return _fatal(report, "S001", f"{name} is not well-formed JSON", Span(name))


def _syntax(error: ValueError, data: bytes) -> tuple[str, int, int]:
    """A JSON syntax error in words, with line and column."""
    if isinstance(error, json.JSONDecodeError):
        return f"not well-formed JSON: {error.msg[:1].lower()}{error.msg[1:]}", error.lineno, error.colno
    return f"not well-formed JSON: {error}", 1, 1


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
