"""The editable workbook that `qbank export --to xlsx` writes, read back after people have edited it."""

from __future__ import annotations

import datetime
import json
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any
from zipfile import BadZipFile

from qbank import bankfile
from qbank.diagnostics import QbankError, Report
from qbank.formats import celltext, sheets, unpack
from qbank.formats.celltext import Cell
from qbank.formats.sheets import Properties
from qbank.model import Header, Question
from qbank.places import PlacesLocator
from qbank.reading import Context, Document

MAIN = "xl/workbook.xml"
SHEETS = frozenset(name for names in sheets.SHEET_NAMES.values() for name in names)
ROWS = 1_048_576
"""The rows of a sheet: Excel's limit; a damaged file may claim any number."""
CELLS = 30_000_000
"""Cells of a sheet, empty ones before the last of a row included."""
CHARACTERS = 200_000_000
"""Characters of all cells of a sheet; one text may stand in a million cells and yet be stored once."""
DAMAGED = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    SyntaxError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What openpyxl lets through when the parts of a workbook are not what they should be; XML errors are SyntaxError."""
_MISSHAPEN = (AttributeError, LookupError, RecursionError, TypeError)
"""What JSON of another shape than the sheet's own does to whoever looks into it."""


@dataclass(frozen=True, slots=True)
class XlsxReader:
    """Reads one question a row of the sheet Questions, the bank's own properties, its media and its long texts."""

    name: str = "xlsx"
    title: str = "Workbook of qbank (.xlsx)"
    suffixes: tuple[str, ...] = (".xlsx",)
    options: Mapping[str, str] = field(default_factory=dict)

    def sniff(self, document: Document) -> float:
        """Sure of a workbook whose sheet Questions has our columns, and of nothing else."""
        if not document.data.startswith(b"PK\x03\x04") or MAIN.encode() not in document.data:
            return 0.0
        try:
            with closing(opened(document)) as book:
                columns = _columns(next(_rows(book, "questions", document.name), ()))
                # a sheet 题库 with 题型 and 题干 is what many people call their own, too
                ours = {"more", "group"} & set(columns) or _sheet_name(book, "bank") or _sheet_name(book, "guide")
                return 1.0 if columns and ours else 0.5 if columns else 0.0
        except QbankError:
            return 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the workbook, in its order.

        A row that cannot be used is R039 with its number. Raises `QbankError`
        for what is no workbook, and for one without our sheet.
        """
        with closing(opened(document)) as book:
            rows = _rows(book, "questions", document.name)
            head = next(rows, ())
            columns = _columns(head)
            if not columns:
                raise QbankError(
                    f"{document.name}: has no sheet Questions with the columns Kind and Stem, as qbank export writes it"
                )
            _say_what_is_left_out(book, head, columns, document.name, ctx)
            ctx.header = _header(book, document.name, ctx)
            ctx.assets.update(ctx.header.assets)
            maker = _Maker(document.name, _sheet_name(book, "questions"), ctx, _long(book, document.name))
            empty = True
            for question in maker.questions(columns, rows):
                empty = False
                yield question
            if empty:
                ctx.problem("R001", f"{document.name}: holds no row that is a question", document.name, 1)


# --- the container ---------------------------------------------------------------------------------------------------


def opened(document: Document, *, calculated: bool = False) -> Any:
    """The workbook, opened for reading row by row. Raises `QbankError` for what is none or is not safe to unpack."""
    archive = unpack.archive(document.data, document.name)
    if MAIN not in archive:
        raise QbankError(f"{document.name}: is not an Excel workbook (.xlsx); the part {MAIN} is missing")
    for member in archive.members():
        if member.lower().endswith((".xml", ".rels")):
            _looked_through(archive, member)
        if member.lower().startswith("xl/externallinks/"):
            raise QbankError(
                f"{document.name}: takes cells from other workbooks, which is not followed; break the links (Data > Edit "
                "Links) and save it again"
            )
    from openpyxl import load_workbook

    # page headers and extensions that openpyxl does not understand hold no question
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    try:
        # `calculated`: what a program made of a formula last, else the formula, to be told from what somebody typed
        return load_workbook(BytesIO(document.data), read_only=True, data_only=calculated, keep_links=False)
    except DAMAGED as error:
        raise damaged(document.name, error) from error


def _looked_through(archive: unpack.Archive, member: str) -> None:
    """Raises `QbankError` for a part that openpyxl would obey where it should not, or hold where it cannot."""
    tail, tags, unknown, runs = b"", 0, 0, 0
    for piece in archive.pieces(member):
        # openpyxl's parser would obey entities; in UTF-16 the word could not be found
        utf16 = not tail and (b"\0" in piece[:4] or piece.startswith((b"\xff\xfe", b"\xfe\xff")))
        if utf16 or b"<!DOCTYPE" in tail + piece:
            raise QbankError(f"{archive.name}: {member} declares a document type or is not UTF-8; not read")
        unknown += piece.count(b"<") - sum(map(piece.count, _CLEARED))
        runs += piece.count(b"<r>")
        first = min((at for word in _BEGINS if (at := piece.find(word)) >= 0), default=len(piece))
        tags += piece.count(b"<", 0, first)
        if unknown > _MOST_TAGS or tags > _MOST_TAGS or runs > _MOST_RUNS:
            raise QbankError(f"{archive.name}: {member} has millions of parts that no sheet has; not read")
        if first < len(piece):
            tags = piece.count(b"<", max(map(piece.rfind, _BEGINS)))
        tail = piece[-16:]


_CLEARED = (b"</", b"<row", b"<c ", b"<c>", b"<v>", b"<f", b"<is>", b"<t>", b"<t ", b"<r>", b"<si>", b"<rPr>")
"""How the tags begin that openpyxl forgets when it has read them."""
_BEGINS = (b"<row", b"<si>")
"""How what it reads at once begins: a row, a shared string."""
_MOST_TAGS = 300_000
"""Tags of other kinds in a part, and tags of one row or shared string: Excel's rows have 16,384 cells."""
_MOST_RUNS = 500_000
"""Stretches of one look in all shared strings."""


def damaged(name: str, error: Exception) -> QbankError:
    return QbankError(f"{name}: the workbook is damaged ({' '.join(str(error).split())[:120]})")


def bounded(sheet: Any) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, as openpyxl gives them. Raises ValueError for more than any sheet holds."""
    cells = characters = 0
    for number, row in enumerate(sheet.iter_rows()):
        cells += len(row)
        for cell in row:
            if isinstance(cell.value, str):
                characters += len(cell.value)
        if number == ROWS:
            raise ValueError(f"the sheet {sheet.title} claims to have more than {ROWS:,} rows")
        if cells > CELLS or characters > CHARACTERS:
            raise ValueError(f"the sheet {sheet.title} claims to hold more than any sheet does")
        yield row


def _sheet_name(book: Any, role: str) -> str:
    """What a sheet is called in this workbook, in English or Chinese; empty where there is none."""
    return next((name for name in sheets.SHEET_NAMES[role] if name in book.sheetnames), "")


def _rows(book: Any, role: str, name: str) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, their cells as openpyxl gives them; none where there is no such sheet."""
    try:
        sheet = _sheet_name(book, role)
        if not sheet:
            return
        found = book[sheet]
        # what the file says of the size of a sheet need not be true, and rows would be filled up to it
        found.reset_dimensions()
        yield from bounded(found)
    except DAMAGED as error:
        raise damaged(name, error) from error


def _value(cell: Any) -> Cell:
    """What a cell holds. Raises ValueError for what a spreadsheet made of the words somebody typed."""
    value = cell.value
    if cell.data_type == "f":
        raise ValueError("the cell holds a formula, and nothing is calculated here; type its value, as text")
    if isinstance(value, str):
        if cell.data_type == "e":
            raise ValueError(f"the cell shows the error {value}")
        return celltext.decoded(value)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        raise ValueError("the cell holds a date, not a text; format it as text and type it again")
    return value  # type: ignore[no-any-return]  # int, float, bool or None


def _text(cell: Any) -> str:
    """The text of a cell of the sheets that are not questions."""
    value = cell.value
    return "" if value is None else celltext.decoded(str(value))


def _columns(head: Sequence[Any]) -> list[str | None]:
    """The key of each column, once; nothing where the row is not our header."""
    keys: list[str | None] = []
    for cell in head:
        key = sheets.column_of_title(str(cell.value)) if cell.value is not None else None
        keys.append(None if key in keys else key)
    return keys if {"kind", "stem"} <= set(keys) else []


def _say_what_is_left_out(
    book: Any, head: Sequence[Any], columns: Sequence[str | None], name: str, ctx: Context
) -> None:
    """R032 for columns and sheets that are not ours."""
    for cell, key in zip(head, columns, strict=True):
        if key is None and cell.value is not None:
            ctx.problem("R032", f"the column {str(cell.value)[:40]!r} is not one of ours and was not read", name, 1)
    for sheet in book.sheetnames:
        if sheet not in SHEETS:
            ctx.problem("R032", f"the sheet {sheet!r} is not one of ours and was not read", name)


# --- the other sheets ------------------------------------------------------------------------------------------------


def _header(book: Any, name: str, ctx: Context) -> Header:
    """What the sheets Bank and Media say; R039 for each of their rows that cannot be used."""
    found: Properties = {"qbank": 1}

    def keep(sheet: str, row: int, changed: Properties) -> None:
        nonlocal found
        try:
            _checked_header(changed, name)
        except (ValueError, RecursionError, QbankError) as error:
            ctx.problem("R039", f"row {row} of the sheet {sheet} was not read: {error}", name, row)
        else:
            found = changed

    for row, key, text in _properties(book, name):
        if key != "qbank":
            keep("Bank", row, found | {key: _property(key, text)})
    for row, asset, facts in _media(book, name):
        keep("Media", row, found | {"assets": found.get("assets", {}) | {asset: facts}})
    return _checked_header(found, name)


def _checked_header(value: Properties, name: str) -> Header:
    data = json.dumps(value | {"questions": []}, ensure_ascii=False).encode()
    return bankfile.open_bytes(data, name, Report(), "json").header


def _properties(book: Any, name: str) -> list[tuple[int, str, str]]:
    """The rows of the sheet Bank: number, property, text; a row without a property continues the one above."""
    found: list[tuple[int, str, str]] = []
    for number, row in enumerate(_rows(book, "bank", name), 1):
        key, text = ([_text(cell) for cell in row] + ["", ""])[:2]
        if number == 1 or not (key or text):
            continue
        if key or not found:
            found.append((number, key.strip(), text))
        else:
            found[-1] = (*found[-1][:2], found[-1][2] + text)
    return found


def _property(key: str, text: str) -> Any:
    """The value of a property: JSON where it can be no plain text."""
    if key not in ("description", "extensions"):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if key == "extensions" or (isinstance(value, dict) and set(value) == {"html"}) else text


def _media(book: Any, name: str) -> list[tuple[int, str, Properties]]:
    """The assets of the sheet Media: row, name, properties; the bytes of one may stand in several rows."""
    found: dict[str, tuple[int, Properties]] = {}
    titles: list[str] = []
    for number, row in enumerate(_rows(book, "media", name), 1):
        texts = [_text(cell) for cell in row]
        if number == 1:
            titles = texts
            continue
        facts: Properties = {title: text for title, text in zip(titles, texts, strict=False) if title and text}
        asset = str(facts.pop("name", "")).strip()
        facts.pop("part", None)
        if asset in found and set(facts) <= {"base64"}:
            known = found[asset][1]
            known["base64"] = known.get("base64", "") + facts.get("base64", "")
        elif asset or facts:
            found[asset] = number, facts
    return [(number, asset, facts) for asset, (number, facts) in found.items()]


def _long(book: Any, name: str) -> dict[tuple[str, str], str]:
    """The texts of the sheet Long by question and column."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in islice(_rows(book, "long", name), 1, None):
        question, column, _, text = ([_text(cell) for cell in row] + [""] * 4)[:4]
        found.setdefault((question, column), []).append(text)
    return {place: "".join(parts) for place, parts in found.items()}


# --- the questions ---------------------------------------------------------------------------------------------------


class _Maker:
    """Makes the questions of one workbook."""

    def __init__(self, document: str, sheet: str, ctx: Context, long: Mapping[tuple[str, str], str]) -> None:
        from qbank.readers.paper.build import Builder
        from qbank.readers.paper.view import kept

        self.document = document
        self.sheet = sheet
        self.ctx = ctx
        self.long = long
        self.mint = Builder(document, "", kept("", [])).mint
        self.ids: dict[str, int] = {}
        self.letters: dict[str, str] = {}
        """Which column of the sheet has which key."""

    def questions(self, columns: Sequence[str | None], rows: Iterable[Sequence[Any]]) -> Iterator[Question]:
        """The questions of the rows below the header; a finding for each row that is none."""
        self.letters = {key: column_letter(i) for i, key in enumerate(columns, 1) if key is not None}
        for numbers, value in self._assembled(columns, rows):
            findings = Report()
            try:
                data = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
            except (ValueError, RecursionError) as error:
                self._unread(numbers[0], str(error), question=value["id"])
                continue
            one = bankfile.BankReader(
                self.document, "json", Header(qbank=1), findings, None, [data], PlacesLocator("", {})
            )
            yield from one.questions()
            if len(findings):
                first, *others = findings
                more = f" (and {len(others)} more)" if others else ""
                place = first.pointer.removeprefix("/questions/0")
                row, pointer = self._row_of(numbers, place)
                why = f"{place + ': ' if place else ''}{first.message}{more}"
                self._unread(row, why, sheets.column_of_pointer(pointer) if pointer else "", value["id"])

    def _row_of(self, numbers: Sequence[int], pointer: str) -> tuple[int, str]:
        """The row that a pointer leads to, and the rest of the pointer within its question."""
        parts = pointer.split("/", 3)
        if parts[1:2] == ["questions"] and len(parts) > 2 and parts[2].isdigit() and int(parts[2]) + 1 < len(numbers):
            return numbers[int(parts[2]) + 1], "/" + parts[3] if len(parts) > 3 else ""
        return numbers[0], pointer

    def _place(self, row: int, column: str) -> str:
        """A cell as spreadsheets name it: "题库!C14"; a row where no column is to blame."""
        letter = self.letters.get(column, "")
        return f"{self.sheet}!{letter}{row}" if letter else f"{self.sheet}!{row}:{row}"

    def _say(self, code: str, row: int, column: str, message: str, question: str) -> None:
        place = column_index(self.letters[column]) if column in self.letters else 0
        self.ctx.problem(code, f"{self._place(row, column)}: {message}", self.document, row, place, question=question)

    def _unread(self, row: int, why: str, column: str = "", question: str = "") -> None:
        self._say("R039", row, column, f"{why}; the row was not read", question)

    def _assembled(
        self, columns: Sequence[str | None], rows: Iterable[Sequence[Any]]
    ) -> Iterator[tuple[list[int], Properties]]:
        """The questions as they would stand in a bank file, each group with the rows below that name it; their rows."""
        group: tuple[list[int], Properties] | None = None
        for number, cells in enumerate(rows, 2):
            if not cells:
                continue
            name = ""
            try:
                row = self._row(columns, cells)
                if all(_text_of(value) == "" for value in row.values()):
                    continue
                name = _text_of(row.get("id"))
                parent = _text_of(row.get("group"))
                if parent and (group is None or group[1]["id"] != parent):
                    raise sheets.CellError(
                        "group", f"it must stand below its group {parent!r}, which must have been read"
                    )
                question = self._question(self._completed(row), number)
                if parent and question["kind"] == "group":
                    raise sheets.CellError("group", "a group cannot stand in a group")
            except ValueError as error:
                self._unread(number, str(error), getattr(error, "column", ""), name or _id_in(columns, cells))
                continue
            except _MISSHAPEN:
                self._unread(number, "the column More holds JSON that does not fit the row", "more", name)
                continue
            if parent and group is not None:
                group[0].append(number)
                group[1]["questions"].append(question)
                continue
            if group is not None:
                yield group
                group = None
            if question["kind"] == "group":
                group = [number], question | {"questions": []}
            else:
                yield [number], question
        if group is not None:
            yield group

    def _row(self, columns: Sequence[str | None], cells: Sequence[Any]) -> dict[str, Cell]:
        """The cells by column, an empty one as None; long texts whole."""
        row: dict[str, Cell] = {key: None for key in columns if key is not None}
        for key, cell in zip(columns, cells, strict=False):
            if key is not None:
                try:
                    row[key] = _value(cell)
                except ValueError as error:
                    raise sheets.CellError(key, str(error)) from error
        if any(cell.value is not None for cell in cells[len(columns) :]):
            raise ValueError("it has cells to the right of the header")
        name = _text_of(row.get("id"))
        for key, value in row.items():
            if isinstance(value, str) and value.endswith(celltext.CUT):
                whole = self.long.get((name, key))
                if whole is None or next(celltext.pieces(whole), "") + celltext.CUT != value:
                    raise sheets.CellError(
                        key, f"the {key} is only the beginning of a long text; edit it in the sheet Long"
                    )
                row[key] = whole
        return row

    def _completed(self, row: dict[str, Cell]) -> dict[str, Cell]:
        """The row with what the bank holds in columns that the sheet does not have."""
        known = self.ctx.bank.get(_text_of(row.get("id")))
        if known is None:
            return row
        missing = {key: cell for key, cell in sheets.cells(known).items() if key not in row}
        return row | missing

    def _question(self, row: Mapping[str, Cell], number: int) -> Properties:
        status = _text_of(row.get("status"))
        if status and not any(status.casefold() in words for words in sheets.STATUS_LABELS.values()):
            raise sheets.CellError("status", f"{status!r} is not a status; it is ready or draft")
        question = sheets.properties(row)
        name = str(question.get("id", "")).strip()
        if name in self.ids:
            first = self._place(self.ids[name], "id")
            self._say(
                "R021", number, "id", f"the id {name} stands in {first} already; this row is a new question", name
            )
            name = ""
        if not name:
            name = self._minted(row)
            question.setdefault("source", {"document": self.document, "line": number})
        self.ids[name] = number
        self._check_answer(question, name, number)
        return {"kind": question["kind"], "id": name} | {k: v for k, v in question.items() if k not in ("kind", "id")}

    def _minted(self, row: Mapping[str, Cell]) -> str:
        texts = [_text_of(row.get(key)) for key in ("stem", *sheets.LETTERS)]
        while True:
            name = self.mint(*(text for text in texts if text))
            if name not in self.ids and name not in self.ctx.bank:
                return name

    def _check_answer(self, question: Properties, name: str, number: int) -> None:
        """An answer that names no choice: the row is not taken over what the bank has; a new question has no answer."""
        if question["kind"] not in ("single_choice", "multiple_choice") or question.get("answer") is None:
            return
        answer = question["answer"]
        known = {choice.get("id") for choice in question.get("choices", ())}
        wrong = [part for part in ([answer] if isinstance(answer, str) else answer) if part not in known]
        if not wrong:
            return
        why = f"the answer names {', '.join(map(repr, wrong))}, which is no choice of the question"
        if name in self.ctx.bank:
            raise sheets.CellError("answer", why)
        self._say("R012", number, "answer", f"{why}; it was left out", name)
        del question["answer"]


def _id_in(columns: Sequence[str | None], cells: Sequence[Any]) -> str:
    """The id of a row that cannot be read."""
    found = dict(zip(columns, cells, strict=False)).get("id")
    return "" if found is None or found.value is None else str(found.value).strip()


def column_letter(number: int) -> str:
    """The name of a column: A, Z, AA."""
    return sheets.letter(number - 1)


def column_index(name: str) -> int:
    """The number of a column by its name."""
    number = 0
    for character in name:
        number = number * 26 + ord(character) - 64
    return number


def _text_of(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


READER = XlsxReader()
