"""Bank files: JSON, JSON Lines and YAML to the model and back, and where in the file a pointer points.

Reading streams: a JSON Lines bank is read a line at a time, a JSON bank is cut
into questions without building them, so one question lives at a time. Each is
decoded and checked in one pass by types that accept what the schema accepts
(a test generates both ways); only a question they refuse is held against the
JSON Schema itself, whose errors become the findings.
"""

from __future__ import annotations

import codecs
import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, cast

import msgspec

from qbank import richtext, schema
from qbank.diagnostics import Diagnostic, QbankError, Report, Span, finding, readable
from qbank.model import ONE, ZERO, Bank, Cloze, Essay, Group, Header, Html, Information, Question
from qbank.places import JsonLocator, LinesLocator, Locator, PieceLocator, PlacesLocator, Starts, repeated_keys, tokens

Form: TypeAlias = Literal["json", "jsonl", "yaml"]
FORMS: dict[str, Form] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml"}
MAX_BYTES = 4 * 1024**3
_PIECE = 1 << 20
_MOST_DIGITS = 1000
_UNFIT = re.compile(b"\xef\xbf[\xbe\xbf]")
_UNFIT_ESCAPE = re.compile(rb"\\u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F])|\\[bf]|\\u[fF]{3}[eEfF]")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_EXACT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?\Z|-?[0-9]{1,15}/[1-9][0-9]{0,14}\Z")
_LIMIT = 1e30  # the float, as the schema has it: a little more than 10**30


class BankError(QbankError):
    """A bank that cannot be used; `report` holds every finding. Exit code 1: the bank was read, and is at fault."""

    exit_code = 1

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
    if value == 1 or value == 0:
        return ONE if value else ZERO  # the defaults themselves, so that they are left out when written
    if not -_LIMIT <= value <= _LIMIT:
        raise ValueError("number out of range")
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _decode_hook(kind: type, value: object) -> object:
    if kind is Fraction:
        return exact(value)
    raise NotImplementedError(kind)


def json_number(value: Fraction) -> int | float | str:
    """A fraction as JSON: a number where that is exact, else a string: a decimal if it is one, or "1/3"."""
    if value.denominator == 1:
        return int(value)
    number = float(value)
    if Fraction(repr(number)) == value:
        return number
    places = next((n for n in range(1, 31) if 10**n % value.denominator == 0), None)
    if places is None:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * (10**places // value.denominator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _encode_hook(value: object) -> object:
    if isinstance(value, Fraction):
        return json_number(value)
    raise NotImplementedError(type(value))


_QUESTION: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question, dec_hook=_decode_hook)
_OUTLINE = msgspec.json.Encoder(enc_hook=lambda _number: 0)
_HEADER = msgspec.json.Decoder(Header, dec_hook=_decode_hook)
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
    lines: Iterator[bytes] | None = None
    """The lines below the header of a JSON Lines bank."""

    def __iter__(self) -> Iterator[tuple[str, Question]]:
        return ((pointer, question) for pointer, question in self.each() if question is not None)

    def each(self) -> Iterator[tuple[str, Question | None]]:
        """Every question with its pointer; None in the place of one that is not valid."""
        for raw in self._raw:
            pointer = f"/questions/{self.count}"
            self.count += 1
            yield pointer, self._question(raw, pointer)

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """The questions as they stand in a JSON or JSON Lines file, each with where it begins.

        That is an offset in JSON and a line number in JSON Lines: see `starts`.
        They are for who cuts the bank up instead of iterating over it.
        """
        if self.lines is not None:
            for number, line in enumerate(self.lines, start=2):
                piece = line.rstrip()
                if piece:
                    yield number, piece
        elif isinstance(self._locator, JsonLocator):
            end = self._locator.body
            for raw in self._raw:
                piece = bytes(cast(bytes, raw))
                start = self._locator.data.find(piece, end)
                end = start + len(piece)
                yield start, piece

    @property
    def in_pieces(self) -> bool:
        """Whether `pieces` gives anything: not for YAML, nor for a bank in memory."""
        return self.lines is not None or isinstance(self._locator, JsonLocator)

    def starts(self) -> Starts:
        """What turns the beginnings that `pieces` gives into places."""
        return Starts(self._locator.data if isinstance(self._locator, JsonLocator) else None)

    def read(self, piece: bytes) -> Question:
        """A question from a piece that is known to hold a valid one."""
        try:
            return _QUESTION.decode(piece)
        except (msgspec.MsgspecError, RecursionError):
            question = self._question(piece, "")
            assert question is not None
            return question

    def questions(self) -> Iterator[Question]:
        """The valid questions alone."""
        return (question for _, question in self)

    def locate(self, pointer: str) -> Span:
        """Where in the file a pointer points: the value it names, or the nearest one around it."""
        return self._locator.locate(pointer)

    def _repeated(self, pointer: str) -> None:
        message, hint = _said_twice(pointer)
        self.report.add("S012", message, pointer=pointer, source=self._locator.locate(pointer, last=True), hint=hint)

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """The finding with its place in the file, if it has a pointer and no place yet."""
        if diagnostic.source is not None or not diagnostic.pointer or not self._locator.name:
            return diagnostic
        return _with_source(diagnostic, self.locate(diagnostic.pointer))

    def _question(self, raw: bytes | object, pointer: str) -> Question | None:
        if isinstance(raw, bytes | bytearray | memoryview):
            data = bytes(raw)
            if b"\xef\xbf" not in data or not _UNFIT.search(data):
                try:
                    question = _QUESTION.decode(data)
                    if _says_nothing_twice(data, question):
                        return question
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
        placed = (self.placed(d) for d in found)
        self.report.extend(sorted(placed, key=lambda d: (d.source.line, d.source.column) if d.source else (0, 0)))
        return None

    def _loaded(self, data: bytes, pointer: str) -> object:
        try:
            value = parse_json(data)
        except RecursionError:
            self.report.add(
                "S011", "a question is nested too deeply to be read", pointer=pointer, source=self.locate(pointer)
            )
        except ValueError as error:
            place = self.locate(pointer)
            message, line, column = _syntax(error)
            where = Span(place.file, place.line + line - 1, column if line > 1 else place.column + column - 1)
            self.report.add("S001", message, pointer=pointer, source=where)
        else:
            twice = repeated_keys(data.decode())
            if not twice:
                return value
            for name in twice:
                self._repeated(pointer + name)
        return _BROKEN


_BROKEN = object()


def _says_nothing_twice(data: bytes, question: Question) -> bool:
    """Whether no property stands twice in what was decoded as a question, which would have lost the first of the two.

    Without escapes the quotes of the text are those around properties and strings, so a property that was lost is
    two quotes or more that are not there when the question is written again, numbers as zeros.
    """
    if b"\\" not in data:
        again = _OUTLINE.encode(question)
        if len(again) == len(data) and not question.extensions:
            return True
        if again.count(b'"') == data.count(b'"'):
            return True
    return _is_simple(data)


def _is_simple(data: bytes) -> bool:
    """Whether the typed decoder alone can judge a text.

    It cannot see Markdown that has to be converted, characters that no text may
    hold, nor a property that stands twice; each is looked for without building
    the question in Python.
    """
    if b'"markdown"' in data or _UNFIT.search(data):
        return False
    if b"\\" in data and _UNFIT_ESCAPE.search(data):
        return False
    try:
        # What stands twice survives laying out the text anew but not reading and writing it. Other spellings
        # of the same value (1.50, an escape that is not needed) differ too: those are looked at more closely.
        again = msgspec.json.encode(msgspec.json.decode(data))
        if again == data or again == msgspec.json.format(data, indent=-1):
            return True
        return not repeated_keys(data.decode())
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def parse_json(data: bytes) -> object:
    """The value of JSON text as RFC 8259 means it; ValueError for NaN, half characters and what is not UTF-8."""
    text = data.decode()
    try:
        value: object = json.loads(text, parse_constant=_refused, parse_float=_finite, parse_int=_whole)
    except _NotJson as odd:
        place = next((offset for offset, piece in tokens(text) if piece == odd.token), 0)
        raise json.JSONDecodeError(f"{odd.token[:40]} is not a number that can be used", text, place) from None
    if "\\u" in text and _HALF_CHARACTER.search(json.dumps(value, ensure_ascii=False)):
        place = next((offset for offset, piece in tokens(text) if _HALF_CHARACTER.search(_string(piece))), 0)
        raise json.JSONDecodeError("half of a character (\\ud800 to \\udfff without its other half)", text, place)
    return value


class _NotJson(Exception):
    """A number that Python would read and JSON, or any other program, would not."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


def _refused(token: str) -> object:
    raise _NotJson(token)


def _finite(token: str) -> float:
    value = float(token)
    if math.isinf(value):
        raise _NotJson(token)
    return value


def _whole(token: str) -> int:
    if len(token) > _MOST_DIGITS:
        raise _NotJson(token)
    return int(token)


def _string(piece: str) -> str:
    return str(json.loads(piece)) if piece.startswith('"') else ""


def _said_twice(pointer: str) -> tuple[str, str]:
    name = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    return f"{name!r} stands twice in one object, and only one of the two would count", "remove one of them"


def _converted(value: object) -> Question:
    question: Question = msgspec.convert(_normal(value), Question, dec_hook=_decode_hook)
    return question


def _with_source(diagnostic: Diagnostic, span: Span) -> Diagnostic:
    return msgspec.structs.replace(diagnostic, source=span)


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
            return _open_lines(file, report if report is not None else Report())
        return open_bytes(file.read_bytes(), readable(str(path)), report, form, file.parent)
    except IsADirectoryError:
        raise QbankError(f"{path}: is a folder, not a bank file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise QbankError(f"{path}: cannot be read ({reason or error})") from error


def open_bytes(
    data: bytes, name: str, report: Report | None = None, form: Form | None = None, folder: Path | None = None
) -> BankReader:
    """Open a bank held in memory; see `open_bank`."""
    report = report if report is not None else Report()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    form = form or FORMS.get(Path(name).suffix.lower()) or _guess_form(data)
    if not data or data.isspace():
        raise _fatal(report, "S001", f"{name} is empty", Span(name), 'an empty bank is {"qbank": 1, "questions": []}')
    foreign = _not_utf8(data)
    if foreign is not None:
        before = data[:foreign].decode()
        message = f"{name} is not UTF-8 text (byte {foreign})"
        raise _fatal(report, "S001", message, Span(name, *_place(before, len(before))), "save the bank as UTF-8")
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


def in_memory(bank: Bank, report: Report | None = None, folder: Path | None = None) -> BankReader:
    """A reader of a bank that is held already, its media files in `folder`; its findings have pointers but no places."""
    found = report if report is not None else Report()
    return BankReader("the bank", "json", bank.header, found, folder, bank.questions, PlacesLocator("", {}))


def load(path: str | Path, form: Form | None = None) -> Bank:
    """Read a whole bank. Raises `BankError`, with every finding in its report, unless all of it is valid."""
    reader = open_bank(path, form=form)
    questions = tuple(reader.questions())
    errors = reader.report.at_or_above("error")
    if errors:
        more = f" (and {len(errors) - 1} more; qbank check lists them)" if len(errors) > 1 else ""
        raise BankError(f"{errors[0].source or path}: {errors[0].message}{more}", reader.report)
    return Bank(header=reader.header, questions=questions)


def dump(bank: Bank, path: str | Path) -> None:
    """Write a bank in canonical form, atomically; JSON Lines or YAML by the ending."""
    from qbank.files import atomic_write

    form = FORMS.get(Path(path).suffix.lower(), "json")
    with atomic_write(path) as sink:
        write(bank.header, bank.questions, sink, form)


def write(header: Header, questions: Iterable[Question | bytes], sink: BinaryIO, form: Form = "json") -> None:
    """Write a bank in canonical form; streams for JSON and JSON Lines. A question may come as its line (`line_of`)."""
    head = header_object(header)
    if form == "yaml":
        from qbank import yamlfile

        whole = head | {"questions": [_object(q) for q in questions]}
        sink.write(yamlfile.dump(whole).encode())
        return
    if form == "jsonl":
        sink.write(_compact(head) + b"\n")
        for question in questions:
            sink.write((question if isinstance(question, bytes) else line_of(question)) + b"\n")
        return
    pretty = _indented(head, "  ")
    sink.write(pretty[:-2].encode() + b',\n  "questions": [' if head else b'{\n  "questions": [')
    first = True
    for question in questions:
        sink.write(b"\n    " if first else b",\n    ")
        sink.write(_indented(_object(question), "  ").replace("\n", "\n    ").encode())
        first = False
    sink.write(b"]\n}\n" if first else b"\n  ]\n}\n")


def line_of(question: Question) -> bytes:
    """A question as a line of a JSON Lines bank, without its end. ValueError where a text holds half a character."""
    return _compact(question_object(question))


def question_of(line: bytes) -> Question:
    """The question that a `line_of` one says. Raises `QbankError` for one that no bank can hold."""
    try:
        return _QUESTION.decode(line)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise QbankError(f"a question that was read cannot stand in a bank: {error}") from error


def _object(question: Question | bytes) -> dict[str, Any]:
    if isinstance(question, bytes):
        value: dict[str, Any] = json.loads(question)
        return value
    return question_object(question)


def header_object(header: Header) -> dict[str, Any]:
    """A header as canonical JSON."""
    value: dict[str, Any] = msgspec.to_builtins(header, enc_hook=_encode_hook)
    if header.description is not None:
        value["description"] = msgspec.to_builtins(richtext.canonical(header.description))
    return value


_FIRST = ("kind", "id", "title", "stem", "questions", "choices", "prompts", "items", "blanks", "answer")


def question_object(question: Question) -> dict[str, Any]:
    """A question as canonical JSON: defaults left out, texts in their one spelling, an unknown answer as null."""
    value: dict[str, Any] = msgspec.to_builtins(_canonical(question), enc_hook=_encode_hook)
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


_LEAVES = frozenset({str, int, float, bool, type(None), dict})
"""The types of which nothing has another spelling."""


def _canonical(value: Any) -> Any:
    """The value with every rich text in its canonical spelling, and numbers that are defaults known to be so."""
    kind = type(value)
    if kind is Html:
        return richtext.canonical(value)
    if kind is Fraction:
        return exact(int(value)) if value.denominator == 1 and value.numerator in (0, 1) else value
    if isinstance(value, msgspec.Struct):
        changes = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            if type(old) not in _LEAVES:
                new = _canonical(old)
                if new is not old:
                    changes[name] = new
        return msgspec.structs.replace(value, **changes) if changes else value
    if kind is tuple:
        parts = tuple(_canonical(part) for part in value)
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    return value


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _indented(value: object, indent: str) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _normal(value: Any) -> Any:
    """What the schema accepts in the one form the model has: Markdown as HTML, 2.0 as 2 where an integer belongs."""
    if isinstance(value, dict):
        if set(value) == {"markdown"} and isinstance(value["markdown"], str):
            return {"html": richtext.from_markdown(value["markdown"])}
        # The keys of a matching answer are ids, and an id may be "markdown".
        verbatim = ("extensions", "answer") if value.get("kind") == "matching" else ("extensions",)
        return {key: item if key in verbatim else _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _guess_form(data: bytes) -> Form:
    start = data.lstrip()[:1]
    if start != b"{":
        return "yaml" if start and start not in b"[" else "json"
    first, _, rest = data.lstrip().partition(b"\n")
    return "jsonl" if first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{") else "json"


def _refuse_repeated(text: str, locator: Locator, report: Report) -> None:
    """Raise `BankError` when a property of the header stands twice."""
    for pointer in repeated_keys(text):
        message, hint = _said_twice(pointer)
        raise _fatal(report, "S012", message, locator.locate(pointer, last=True), hint, pointer)


def _header(value: object, name: str, report: Report, locator: Locator) -> Header:
    encoded = msgspec.json.encode(value)
    if _is_simple(encoded):
        with suppress(msgspec.MsgspecError):
            return _HEADER.decode(encoded)
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
        whole = outer.pop("questions")
        raw = _RAW_LIST.decode(whole)
    except msgspec.MsgspecError:
        raise _fatal(report, "S004", "'questions' must be a list", locator.locate("/questions")) from None
    locator.enclose(memoryview(whole))
    _refuse_repeated(locator.outline(), locator, report)
    try:
        value = {key: parse_json(bytes(item)) for key, item in outer.items()}
    except RecursionError:
        raise _fatal(report, "S011", f"{name} is nested too deeply to be read", Span(name)) from None
    except ValueError as error:
        raise _fatal(report, "S001", _syntax(error)[0], Span(name)) from None
    header = _header(value, name, report, locator)

    def questions() -> Iterator[bytes | object]:
        for index, item in enumerate(raw):
            question = bytes(item)
            locator.remember(f"/questions/{index}", question)
            yield question

    return BankReader(name, "json", header, report, folder, questions(), locator)


def _open_lines(file: Path, report: Report) -> BankReader:
    return _from_lines(_file_lines(file), readable(str(file)), report, file.parent)


def _file_lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from stream


def _open_line_bytes(data: bytes, name: str, report: Report, folder: Path | None) -> BankReader:
    return _from_lines(io.BytesIO(data), name, report, folder)


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
        value = parse_json(first)
    except (ValueError, RecursionError):
        raise _broken(first, name, report) from None
    locator.remember_header(first)
    _refuse_repeated(first.decode(), locator, report)
    if not isinstance(value, dict) or "qbank" not in value:
        hint = 'write {"qbank": 1} as the first line'
        raise _fatal(report, "S003", f"{name}: the first line is not a bank header", Span(name, 1, 1), hint)
    header = _header(value, name, report, locator)
    raw = _remembered(lines, locator, 0, 2)
    return BankReader(name, "jsonl", header, report, folder, raw, locator, lines=lines)


def open_pieces(pieces: Iterable[bytes], name: str, header: Header, report: Report, folder: Path | None) -> BankReader:
    """A reader of some questions of a bank; places are those within each, as if it were a file of its own."""
    locator = PieceLocator(name)

    def remembered() -> Iterator[bytes]:
        for piece in pieces:
            locator.remember(piece)
            yield piece

    return BankReader(name, "json", header, report, folder, remembered(), locator)


def _remembered(lines: Iterable[bytes], locator: LinesLocator, index: int, number: int) -> Iterator[bytes]:
    for at, line in enumerate(lines, start=number):
        question = line.rstrip()
        if question:
            locator.remember(index, at, question)
            index += 1
            yield question


def decoded_header(data: bytes) -> Header:
    """A header that was valid when it was encoded."""
    return _HEADER.decode(data)


def _open_yaml(data: bytes, name: str, report: Report, folder: Path | None) -> BankReader:
    from qbank import yamlfile

    if len(data) > yamlfile.MAX_BYTES:
        what = f"{name}: a YAML bank larger than {yamlfile.MAX_BYTES >> 20} MiB takes too long to read"
        raise _fatal(report, "S001", what, Span(name), "qbank fmt and import write JSON Lines, which streams")
    try:
        value, places = yamlfile.load(data.decode())
    except yamlfile.YamlError as error:
        raise _fatal(report, error.code, f"{name}: {error}", Span(name, error.line, error.column)) from None
    locator = PlacesLocator(name, places)
    if not isinstance(value, dict) or not isinstance(value.get("questions"), list):
        hint = "a bank has 'qbank' and 'questions'; qbank init makes one"
        raise _fatal(report, "S003", f"{name} is not a bank: it has no list of 'questions'", Span(name, 1, 1), hint)
    questions = value.pop("questions")
    header = _header(value, name, report, locator)
    return BankReader(name, "yaml", header, report, folder, iter(questions), locator)


def _fatal(report: Report, code: str, message: str, place: Span, hint: str = "", pointer: str = "") -> BankError:
    report.add(code, message, source=place, hint=hint, pointer=pointer)
    where = f"{place}: " if place.line else ""
    return BankError(f"{where}{message}", report)


def _broken(data: bytes, name: str, report: Report) -> BankError:
    """The error for text that is not JSON, with the place where it stops being it."""
    try:
        parse_json(data)
    except RecursionError:
        return _fatal(report, "S011", f"{name} is nested too deeply to be read", Span(name))
    except ValueError as error:
        message, line, column = _syntax(error)
        return _fatal(report, "S001", message, Span(name, line, column))
    return _fatal(report, "S001", f"{name} is not well-formed JSON", Span(name))


def _syntax(error: ValueError) -> tuple[str, int, int]:
    """A JSON syntax error in words, with line and column."""
    if isinstance(error, json.JSONDecodeError):
        said = error.msg.removesuffix(" starting at")
        said = said[:1].lower() + said[1:] if said[1:2].islower() and not said.startswith("NaN") else said
        return f"not well-formed JSON: {said}", error.lineno, error.colno
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text (byte {error.start})", 1, 1
    return f"not well-formed JSON: {error}", 1, 1


def _not_utf8(data: bytes) -> int | None:
    """The offset of the first byte that is not UTF-8; a piece at a time, so that no second copy is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _PIECE):
        piece = data[start : start + _PIECE]
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=start + _PIECE >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
