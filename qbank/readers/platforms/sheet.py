"""Readers of sheets with a question a row: those of known platforms, and any other whose header can be understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

import msgspec

from qbank.diagnostics import QbankError
from qbank.formats.platforms import cells, dialects
from qbank.formats.platforms.headers import LETTERS, field_of
from qbank.model import Group, Question
from qbank.readers.platforms import grid as grids
from qbank.readers.platforms import kinds, tables
from qbank.readers.platforms.grid import Grid
from qbank.readers.platforms.make import UNNAMED, Maker, style_of
from qbank.readers.platforms.tables import Record, Table
from qbank.reading import Context, Document
from qbank.suggest import did_you_mean

_SAMPLE = 2000
_INSTRUCTION = re.compile(
    r"必填|选填|可选|非必填|可不填|填写|请输入|请填|请选择|最多|不超过|格式为|示例说明|默认|required|optional|default|text of",
    re.I,
)
_EXAMPLE = re.compile(r"\s*(?:示例|样例|例|例如|举例|example|sample|e\.g\.)\s*[0-9]*\s*[:：]?\s*\Z", re.I)
_CORE = frozenset({"stem", "kind", "answer", "choices", "feedback", "points", "material", "sub_stem", *LETTERS[:6]})
_SUFFIXES = {".xlsx": (".xlsx", ".xls"), ".csv": (".csv",)}
_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "columns": "which column is what: stem=题目,answer=F (headings or letters), or all in order: stem,A,B,C,D,answer",
        "sheet": "the name of the only sheet to read",
    }
)


@dataclass(frozen=True, slots=True)
class SheetReader:
    """Reads the sheets of one platform, or, without one, any sheet with a question a row."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    platform: str | None = None
    options: Mapping[str, str] = field(default_factory=lambda: _OPTIONS)
    guesses_language: bool = True

    def sniff(self, document: Document) -> float:
        """Sure of a header that is the platform's; the reader of any sheet takes what workbook nobody else does."""
        known, any_table = recognised(document)
        if self.platform is not None:
            return 0.96 if known == self.platform else 0.0
        if grids.is_old_workbook(document.data):
            return 0.6
        if grids.is_workbook(document.data):
            return 0.6 if any_table else 0.1
        if any_table and grids.is_web_table(document):
            return 0.92
        # The reader of plain tables goes first where it understands the header as well.
        return 0.91 if any_table and known is None and _says_more(document) else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the document, in its order.

        A row that cannot be used is R039 with its cell. Raises `QbankError` for
        what is damaged or no sheet, and for options that mean nothing.
        """
        found = grids.opened(document, ctx)
        wanted = _wanted(found.grids, ctx, document.name)
        chosen = [(grid, tables.found_in(grid, ctx.options.get("columns"))) for grid in wanted]
        tabled = [table for _, table in chosen if table is not None]
        for grid, table in chosen:
            if table is None and not grid.hidden and len(chosen) > 1 and any(grid.lines()):
                ctx.problem(
                    "R032", f"the sheet {grid.name!r} has no header of questions and was not read", document.name
                )
        if found.pictures:
            more = "pictures lie" if found.pictures > 1 else "picture lies"
            ctx.problem(
                "R030", f"{found.pictures} {more} on the sheets of {document.name} and cannot be read", document.name
            )
        maker = Maker(document.name, ctx)
        count = 0
        for table in tabled:
            if table.platform is None and self.platform is not None:
                table = replace(table, platform=self.platform)
            for question in _questions(table, maker, alone=len(tabled) == 1):
                count += 1
                if count == 1:
                    _name_language(ctx, table)
                yield question
        if not count:
            said = "holds no row that is a question" if tabled else "no row names the columns of questions"
            ctx.problem(
                "R001",
                f"{document.name}: {said}, so no question was read",
                document.name,
                1,
                hint="say what the columns are: --option columns=stem=B,A=C,B=D,answer=G",
            )


@lru_cache(maxsize=1)
def recognised(document: Document) -> tuple[str | None, bool]:
    """The platform whose sheet a document is, and whether any of its sheets has a header of questions."""
    found = grids.peeked(document)
    if found is None:
        return None, False
    try:
        tabled = [table for grid in found.grids[:20] if (table := tables.found_in(grid)) is not None]
    except QbankError:
        return None, False
    return next((table.platform for table in tabled if table.platform), None), bool(tabled)


def _says_more(document: Document) -> bool:
    """Whether the header of a text file has columns that the reader of plain tables does not know."""
    from qbank.readers.table import column_of

    found = grids.peeked(document)
    table = tables.found_in(found.grids[0]) if found is not None and found.grids else None
    if table is None or not document.name.lower().endswith((".csv", ".tsv")):
        return False
    titles = table.titles
    told = {column_of(title) for title in titles}
    return bool((_CORE & set(table.fields)) - told) or "right" in table.fields


def _wanted(found: Sequence[Grid], ctx: Context, name: str) -> Sequence[Grid]:
    asked = ctx.options.get("sheet")
    if asked is None:
        return found
    names = [grid.name for grid in found]
    if asked not in names:
        raise QbankError(f"{name}: has no sheet {asked!r}; {did_you_mean(asked, names)}")
    return [grid for grid in found if grid.name == asked]


def _name_language(ctx: Context, table: Table) -> None:
    if ctx.header.language is None:
        text = "".join("".join(line.cells) for line in islice(table.grid.lines(), 200))
        han = sum("\u4e00" <= c <= "\u9fff" for c in text)
        latin = sum(c.isascii() and c.isalpha() for c in text)
        language = "zh-CN" if han * 3 > latin else "en" if latin else None
        ctx.header = msgspec.structs.replace(ctx.header, language=language)


def _questions(table: Table, maker: Maker, *, alone: bool) -> Iterator[Question]:
    """The questions of one table."""
    maker.kind = maker.category = ""
    if not alone:
        if kinds.named(table.grid.name) is not None:
            maker.kind = table.grid.name
        else:
            maker.category = table.grid.name
    elif "kind" not in table.fields and table.grid.name and kinds.named(table.grid.name) is not None:
        maker.kind = table.grid.name
    rows = _asking(table, maker)
    if "right" in table.fields:
        rows = _by_choice(rows)
    head = list(islice(rows, _SAMPLE))
    maker.style = style_of(head, table.platform)
    whole = _chain(head, rows)
    if "material" in table.fields or ("sub_stem" in table.fields and "stem" in table.fields):
        yield from _grouped(whole, maker)
        return
    for record in whole:
        if (made := maker.question(record)) is not None:
            yield made


def _chain(head: Sequence[Record], rest: Iterator[Record]) -> Iterator[Record]:
    yield from head
    yield from rest


def _asking(table: Table, maker: Maker) -> Iterator[Record]:
    """The rows that are questions; instructions, examples and headings among them are left out and told."""
    answered = any(name.startswith("answer") for name in table.fields)
    under: dict[str, str] = {}
    unread: set[int] = set()
    for place, record in enumerate(tables.records(table)):
        values = record.values
        unread |= {
            i
            for i, cell in enumerate(record.line.cells)
            if cell and (i >= len(record.table.fields) or not record.table.fields[i])
        }
        if not values:
            continue
        if place == 0 and table.header and _instructs(record):
            _left_out(maker, record, "the row says how to fill in the sheet")
            continue
        first = next((cell for cell in record.line.cells if cell), "")
        if place < 3 and _EXAMPLE.match(first) and len(values) > 1:
            _left_out(maker, record, "the row is an example")
            continue
        if answered and sum(bool(cell) for cell in record.line.cells) == 1 and "right" not in table.fields:
            heading = re.sub(r"^[第]?[一二三四五六七八九十0-9]+(?:部分|大题)?\s*[、.．:：]\s*", "", first)
            if len(heading) <= 20 and kinds.named(heading) is not None and field_of(heading) != "stem":
                under = {} if "kind" in table.fields else {"kind": heading}
                _left_out(maker, record, "the row is a heading")
                continue
        if set(values) <= {"number", "points", "count", "time", "kind"}:
            continue  # a numbered line, or a drop-down, that nobody filled in
        yield replace(record, values=under | dict(values)) if under else record
    _say_unread(table, unread, maker)


def _say_unread(table: Table, unread: set[int], maker: Maker) -> None:
    """R032 for the columns with something in them that mean nothing here."""
    titles = table.titles
    for column in sorted(unread):
        title = titles[column] if column < len(titles) else ""
        if title:
            maker.ctx.problem(
                "R032",
                f"{table.grid.place(table.header, column)}: the column {title[:40]!r} means nothing here and was not read",
                maker.document,
                table.header,
                column + 1,
                hint="name it with --option columns=FIELD=HEADING if it does",
            )


def _instructs(record: Record) -> bool:
    """Whether the first row below the header says what belongs in each column."""
    told = [text for text in record.values.values() if text]
    spoken = [text for text in told if _INSTRUCTION.search(text)]
    kind = record.values.get("kind", "")
    unknown = bool(kind) and kinds.named(kind) is None
    return len(spoken) * 2 > len(told) or (len(spoken) * 3 >= len(told) and (unknown or len(kind) > 20))


def _left_out(maker: Maker, record: Record, why: str) -> None:
    maker.ctx.problem("R046", f"{record.place()}: {why} and was not read", maker.document, record.line.number)


def _by_choice(rows: Iterator[Record]) -> Iterator[Record]:
    """Rows that are one choice each, joined to rows that are one question each."""
    open_: Record | None = None
    values: dict[str, str] = {}

    def closed() -> Iterator[Record]:
        if open_ is not None:
            yield replace(open_, values=values)

    for record in rows:
        now = record.values
        begins = "stem" in now and (open_ is None or now["stem"] != values.get("stem") or _numbered_anew(now, values))
        if begins or open_ is None:
            yield from closed()
            open_ = record
            values = {k: v for k, v in now.items() if k not in ("right", "choices", "answer") and len(k) > 1}
        place = sum(len(name) == 1 for name in values)
        text = now.get("choices") or next((now[k] for k in LETTERS if k in now), "")
        if text and place < len(LETTERS):
            values[LETTERS[place]] = text
            if cells.truth(now.get("right", "")) is True or now.get("right") == "1":
                values["answer"] = values.get("answer", "") + LETTERS[place]
    yield from closed()


def _numbered_anew(now: Mapping[str, str], before: Mapping[str, str]) -> bool:
    return "number" in now and now["number"] != before.get("number")


def _grouped(rows: Iterator[Record], maker: Maker) -> Iterator[Question]:
    """Questions about the same material as one group."""
    material = ""
    members: list[Question] = []

    def closed() -> Iterator[Question]:
        if not members:
            return
        stem = material
        questions = tuple(members)
        members.clear()
        if not stem:
            yield from questions
            return
        source = questions[0].source
        group = Group(
            id=UNNAMED,
            stem=stem,
            questions=questions,  # type: ignore[arg-type]  # made by `Maker.question`, which makes no group
            source=msgspec.structs.replace(source, text=None) if source is not None else None,
            category=questions[0].category,
        )
        yield msgspec.structs.replace(group, id=maker.naming.minted(group))

    for record in rows:
        values = dict(record.values)
        if "sub_stem" in record.table.fields:
            told = values.get("stem", "") if "sub_stem" in values else None
            if told is None:
                yield from closed()
                material = ""
            else:
                values["stem"] = values.pop("sub_stem")
                values["kind"] = values.pop("sub_kind", "")
                if told and told != material:
                    yield from closed()
                    material = told
        else:
            told = values.pop("material", "")
            if told != material:
                yield from closed()
                material = told
        made = maker.question(replace(record, values={k: v for k, v in values.items() if v}))
        if made is not None:
            members.append(made)
        if not material:
            yield from closed()
    yield from closed()


def _reader(name: str) -> SheetReader:
    dialect = dialects.DIALECTS[name]
    return SheetReader(name, dialect.title, _SUFFIXES[dialect.suffix], name)


KAOSHIBAO = _reader("kaoshibao")
MOTIBANG = _reader("motibang")
CHAOXING = _reader("chaoxing")
KAHOOT = _reader("kahoot")
QUIZIZZ = _reader("quizizz")
BLOOKET = _reader("blooket")
GIMKIT = _reader("gimkit")
SOCRATIVE = _reader("socrative")
WOOCLAP = _reader("wooclap")
SHEET = SheetReader("sheet", "Any sheet with a question a row (.xlsx, .xls, .csv)", (".xlsx", ".xls"))
