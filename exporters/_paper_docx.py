"""A question paper as a Word file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, assert_never

from qbank import richtext
from qbank.export import Context
from qbank.formats import wordmath
from qbank.richtext import Element, Node, xml_text

from . import _docx as docx
from ._docx import make, paragraph, run
from ._package import Package
from ._paper_media import Media
from ._paper_plan import AnswerLine, Area, Asked, Choices, KeyLine, Labelled, Pairs, PaperPlan, Part, Rich, Room, Words

_PAGES = {"a4": (11906, 16838), "letter": (12240, 15840)}
_MARGIN = 1134
_INDENT = 420
_DEEPER = 420
_MOST_PICTURE = (520, 340)
"""The largest a picture is shown, in pixels."""
_WHOLE_ROOM = 10
"""So many lines to write on stay on one page."""
_WHOLE_TABLE = 12
"""A table of no more rows stays on one page."""
_TYPES = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif"}


def write_docx(plans: Sequence[PaperPlan], sink: BinaryIO, ctx: Context, words: Words, page: str, title: str) -> None:
    """Write the versions, each beginning on a page of its own with numbers of its own."""
    _Writer(ctx, words, page).write(plans, sink, xml_text(title))


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks: the properties of its runs."""

    tags: frozenset[str] = frozenset()
    gaps: dict[str, str] = field(default_factory=dict)

    def properties(self) -> list[Any]:
        """In the order the schema wants."""
        found: list[Any] = []
        if self.tags & {"code", "pre"}:
            found.append(docx.fonts(docx.MONO, docx.CHINESE_SERIF))
        if self.tags & {"strong", "th"}:
            found.append(make("w:b"))
        if "em" in self.tags:
            found.append(make("w:i"))
        if "u" in self.tags:
            found.append(make("w:u", val="single"))
        if self.tags & {"sub", "sup"}:
            found.append(make("w:vertAlign", val="subscript" if "sub" in self.tags else "superscript"))
        return found


class _Writer:
    """Writes one file."""

    def __init__(self, ctx: Context, words: Words, page: str) -> None:
        self._media = Media(ctx)
        self._words = words
        self._size = _PAGES[page]
        self._width = self._size[0] - 2 * _MARGIN
        self._pictures = 0
        self._files: dict[str, tuple[str, str]] = {}

    def write(self, plans: Sequence[PaperPlan], sink: BinaryIO, title: str) -> None:
        """The whole package."""
        body = make("w:body")
        relations = [("rId1", "styles", "styles.xml"), ("rId2", "footer", "footer1.xml")]
        heads: list[bytes] = []
        for i, plan in enumerate(plans):
            heads.append(self._head(plan))
            relations.append((f"rId{i + 3}", "header", f"header{i + 1}.xml"))
            for block in self._paper(plan):
                body.append(block)
            section = self._section(f"rId{i + 3}")
            if i + 1 < len(plans):
                body.append(make("w:p", make("w:pPr", section)))
            else:
                body.append(section)
        document = docx.xml(make("w:document", body))
        relations += [(name, "image", f"media/{file}") for file, name in self._files.values()]
        parts = {
            "word/document.xml": "document.main",
            "word/styles.xml": "styles",
            "word/footer1.xml": "footer",
            **{f"word/header{i + 1}.xml": "header" for i in range(len(heads))},
            "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        }
        endings = {ending: media for media, ending in _TYPES.items()}
        with Package(sink) as package:
            package.add("[Content_Types].xml", docx.content_types(parts, endings))
            package.add(
                "_rels/.rels",
                docx.relations(
                    [("rId1", "officeDocument", "word/document.xml"), ("rId2", "core", "docProps/core.xml")]
                ),
            )
            package.add("docProps/core.xml", docx.core(title))
            package.add("word/document.xml", document)
            package.add("word/_rels/document.xml.rels", docx.relations(relations))
            package.add("word/styles.xml", docx.styles(self._media.ctx.language))
            package.add("word/footer1.xml", self._foot(len(plans) == 1))
            for i, head in enumerate(heads, 1):
                package.add(f"word/header{i}.xml", head)
            for name, (file, _) in self._files.items():
                package.add(f"word/media/{file}", self._media.data(name))

    # --- the page ----------------------------------------------------------------------------------------------------

    def _section(self, head: str) -> Any:
        settings = make("w:sectPr")
        for kind, name in (("header", head), ("footer", "rId2")):
            reference = make(f"w:{kind}Reference", type="default")
            reference.set(docx.q("r:id"), name)
            settings.append(reference)
        settings.append(make("w:type", val="nextPage"))
        settings.append(make("w:pgSz", w=self._size[0], h=self._size[1]))
        settings.append(
            make("w:pgMar", top=1134, right=_MARGIN, bottom=1134, left=_MARGIN, header=600, footer=600, gutter=0)
        )
        settings.append(make("w:pgNumType", start=1))
        return settings

    def _head(self, plan: PaperPlan) -> bytes:
        text = "　".join(part for part in (xml_text(plan.title), plan.version) if part)
        return docx.xml(make("w:hdr", paragraph(run(text), style="Header", align="right")))

    def _foot(self, alone: bool) -> bytes:
        """Page numbers; of how many, where all pages are of one version (not every program counts those of a section)."""
        before, between, behind = self._words.page.split("{}")
        content = [run(before), docx.field("PAGE"), run(between), docx.field("NUMPAGES"), run(behind)]
        if not alone:
            content = [run("— "), docx.field("PAGE"), run(" —")]
        return docx.xml(make("w:ftr", paragraph(*content, style="Footer")))

    def _paper(self, plan: PaperPlan) -> Iterator[Any]:
        title = "　".join(part for part in (xml_text(plan.title), plan.version) if part)
        yield paragraph(run(title), style="Title")
        yield paragraph(run(plan.facts), align="center", after=80)
        blank = "______________"
        names = "　".join(
            f"{name}：{blank}" if self._words.page.startswith("第") else f"{name}: {blank}"
            for name in self._words.names
        )
        yield paragraph(run(names), align="center", after=120)
        if 2 <= len(plan.parts) <= 10:
            yield self._score_box(plan)
        document = ""
        for part in plan.parts:
            if part.document and part.document != document:
                document = part.document
                yield paragraph(run(xml_text(document)), style="Document")
            yield from self._part(part)
        for rich in plan.closing:
            yield from self._blocks(rich, 0)
        if plan.key:
            yield from self._key(plan)

    def _score_box(self, plan: PaperPlan) -> Any:
        """A table to write the score of each section in."""
        zh = self._words.page.startswith("第")
        names = [_chinese(i + 1) if zh else str(i + 1) for i in range(len(plan.parts))]
        rows = [
            [self._words.section, *names, self._words.total],
            [self._words.points_head, *(part.points for part in plan.parts), plan.total],
            [self._words.earned, *("" for _ in names), ""],
        ]
        each = min(self._width // (len(names) + 2), 1300)
        cells = [[[paragraph(run(text), align="center")] for text in row] for row in rows]
        made = docx.table(cells, [each] * (len(names) + 2), borders=True)
        made.find(docx.q("w:tblPr")).insert(1, make("w:jc", val="center"))
        return made

    def _part(self, part: Part) -> Iterator[Any]:
        if part.heading:
            yield paragraph(run(xml_text(part.heading)), style="Section")
        for asked in part.questions:
            yield from self._asked(asked, 0)

    # --- a question --------------------------------------------------------------------------------------------------

    def _asked(self, asked: Asked, left: int) -> Iterator[Any]:
        for rich in asked.before:
            yield from self._blocks(rich, left)
        areas = [block for area in asked.areas for block in self._area(area, left + _INDENT)]
        number = f"{asked.number}." if asked.number[-1:].isalnum() else asked.number
        tail = "".join(part for part in (asked.tail, asked.points) if part)
        blocks = list(
            self._blocks(
                asked.stem,
                left + (_INDENT if number else 0),
                lead=f"{number}\t" if number else "",
                tail=tail,
                gaps=asked.gaps,
            )
        )
        yield from _kept(blocks, keep_last=bool(areas) or bool(asked.parts))
        yield from areas
        for part in asked.parts:
            yield from self._asked(part, left + (_INDENT if number else 0))

    def _area(self, area: Area, left: int) -> Iterator[Any]:
        match area:
            case Choices():
                yield from _kept(list(self._choices(area, left)), keep_last=False)
            case Pairs():
                made = self._pairs(area, left)
                for inner in made.iter(docx.q("w:p")):
                    list(_kept([inner], keep_last=True))
                yield made
            case AnswerLine():
                line = "" if area.behind == "-" else "____________________"
                behind = "" if area.behind in ("-", "") else f" {xml_text(area.behind)}"
                yield paragraph(run(f"{area.before} {line}{behind}"), left=left)
            case Room():
                for i in range(area.lines):
                    keep = area.lines <= _WHOLE_ROOM and i + 1 < area.lines
                    yield paragraph(left=left, line_below=True, exact=440, together=False, keep=keep)
            case _:
                assert_never(area)

    def _choices(self, area: Choices, left: int) -> Iterator[Any]:
        room = self._width - left
        places = tuple(left + room * i // area.columns for i in range(1, area.columns))
        label = f"{area.label} " if area.label else ""
        if area.columns == 1:
            for choice in area.choices:
                yield from self._labelled(choice, left, label)
                label = ""
            return
        for start in range(0, len(area.choices), area.columns):
            content: list[Any] = []
            for i, choice in enumerate(area.choices[start : start + area.columns]):
                content.append(run(("\t" if i else label if start == 0 else "") + f"{choice.label} "))
                for block in choice.text.tree:
                    content += self._runs(block.children, _Look(), choice.text)
            yield paragraph(*content, left=left, tabs=places)

    def _labelled(self, choice: Labelled, left: int, label: str = "") -> Iterator[Any]:
        lead = f"{label}{choice.label}\t"
        yield from self._blocks(choice.text, left + _DEEPER + (200 if label else 0), lead=lead)

    def _pairs(self, area: Pairs, left: int) -> Any:
        rows: list[list[list[Any]]] = []
        for i in range(max(len(area.left), len(area.right))):
            row: list[list[Any]] = []
            for side in (area.left, area.right):
                row.append(list(self._labelled(side[i], 0)) if i < len(side) else [])
            rows.append(row)
        half = (self._width - left) // 2
        made = docx.table(rows, [half, half], borders=False)
        made.find(docx.q("w:tblPr")).insert(1, make("w:tblInd", w=left, type="dxa"))
        return made

    def _key(self, plan: PaperPlan) -> Iterator[Any]:
        title = " ".join(part for part in (xml_text(plan.title), plan.version, self._words.key) if part)
        heading = paragraph(run(title), style="Title")
        heading.find(docx.q("w:pPr")).insert(2, make("w:pageBreakBefore"))
        yield heading
        for name, lines in plan.key:
            if name:
                yield paragraph(run(xml_text(name)), style="Section")
            yield from self._key_lines(lines)

    def _key_lines(self, lines: Sequence[KeyLine]) -> Iterator[Any]:
        across = [line for line in lines if not line.worded]
        if across:
            widest = max(len(line.label) + len(line.text) for line in across)
            columns = next((n for n in (4, 2) if widest <= 80 // n - 8), 1)
            places = tuple(self._width * i // columns for i in range(1, columns))
            for start in range(0, len(across), columns):
                content: list[Any] = []
                for i, line in enumerate(across[start : start + columns]):
                    content += [run("\t" * bool(i) + f"{line.label}  ", make("w:b")), run(xml_text(line.text))]
                yield paragraph(*content, tabs=places)
        for line in lines:
            if line.worded:
                label = f"{line.label}." if line.label[-1:].isalnum() else line.label
                yield paragraph(
                    run(f"{label}\t", make("w:b")), run(xml_text(line.text)), left=700, hanging=700, together=False
                )

    # --- rich text ---------------------------------------------------------------------------------------------------

    def _blocks(
        self, rich: Rich, left: int, lead: str = "", tail: str = "", gaps: dict[str, str] | None = None
    ) -> Iterator[Any]:
        """The paragraphs and tables of a text; `lead` hangs to the left of the first, `tail` ends the last."""
        look = _Look(gaps=gaps or {})
        found = [block for element in rich.tree for block in self._block(element, left, look, rich)]
        if lead and (not found or found[0].tag != docx.q("w:p")):
            found.insert(0, paragraph(left=left))
        if lead:
            first = found[0]
            settings = first.find(docx.q("w:pPr"))
            indent = settings.find(docx.q("w:ind"))
            if indent is None:
                indent = make("w:ind", left=left)
                align = settings.find(docx.q("w:jc"))
                settings.insert(len(settings) if align is None else settings.index(align), indent)
            indent.set(docx.q("w:hanging"), str(min(left, _INDENT + (200 if lead.startswith("(") else 0))))
            first.insert(1, run(lead))
        if tail:
            last = next((block for block in (found[-1:] + found[:1]) if block.tag == docx.q("w:p")), None)
            if last is None:
                last = paragraph(left=left)
                found.append(last)
            last.append(run(tail))
        yield from found

    def _block(self, element: Element, left: int, look: _Look, rich: Rich) -> Iterator[Any]:
        match element.tag:
            case "p":
                yield paragraph(*self._runs(element.children, look, rich), left=left, together=False)
            case "div":
                for child in element.children:
                    if isinstance(child, Element):
                        yield from self._block(child, left, look, rich)
            case "blockquote":
                for child in element.children:
                    if isinstance(child, Element):
                        yield from self._block(child, left + _DEEPER, look, rich)
            case "pre":
                inside = _Look(look.tags | {"pre"}, look.gaps)
                yield paragraph(*self._runs(element.children, inside, rich), left=left)
            case "ul" | "ol":
                yield from self._list(element, left, look, rich)
            case "table":
                yield from self._table(element, left, look, rich)
            case "hr":
                yield paragraph(line_below=True)
            case _:
                yield paragraph(*self._runs((element,), look, rich), left=left, together=False)

    def _list(self, element: Element, left: int, look: _Look, rich: Rich) -> Iterator[Any]:
        number = int(element.get("start") or 1)
        for item in element.children:
            if not isinstance(item, Element):
                continue
            mark = "•\t" if element.tag == "ul" else f"{number}.\t"
            number += 1
            inline: list[Node] = []
            blocks: list[Any] = []
            for child in item.children:
                if isinstance(child, Element) and child.tag in richtext.BLOCK:
                    if child.tag == "p" and not inline and not blocks:
                        inline = list(child.children)
                    else:
                        blocks += self._block(child, left + _DEEPER, look, rich)
                else:
                    inline.append(child)
            yield paragraph(run(mark), *self._runs(inline, look, rich), left=left + _DEEPER, hanging=_DEEPER)
            yield from blocks

    def _table(self, element: Element, left: int, look: _Look, rich: Rich) -> Iterator[Any]:
        rows: list[list[list[Any]]] = []
        spans: dict[tuple[int, int], int] = {}
        for part in richtext.walk(element.children):
            if part.tag == "caption":
                yield paragraph(*self._runs(part.children, look, rich), align="center", keep=True)
            if part.tag != "tr":
                continue
            cells: list[list[Any]] = []
            for cell in part.children:
                if not isinstance(cell, Element):
                    continue
                inside = _Look(look.tags | {cell.tag}, look.gaps)
                span = int(cell.get("colspan") or 1)
                if span > 1:
                    spans[len(rows), len(cells)] = span
                cells.append(self._cell(cell, inside, rich))
            if cells:
                rows.append(cells)
        if not rows:
            return
        columns = max(sum(spans.get((i, j), 1) for j in range(len(row))) for i, row in enumerate(rows))
        for i, row in enumerate(rows):
            row += [[] for _ in range(columns - sum(spans.get((i, j), 1) for j in range(len(row))))]
        width = min((self._width - left) // columns, 2400)
        made = docx.table(rows, [width] * columns, borders=True, spans=spans)
        made.find(docx.q("w:tblPr")).insert(1, make("w:tblInd", w=left, type="dxa"))
        if len(rows) <= _WHOLE_TABLE:
            for line in made.findall(docx.q("w:tr"))[:-1]:
                for inner in line.iter(docx.q("w:p")):
                    list(_kept([inner], keep_last=True))
        yield made

    def _cell(self, cell: Element, look: _Look, rich: Rich) -> list[Any]:
        blocks: list[Any] = []
        inline: list[Node] = []
        for child in cell.children:
            if isinstance(child, Element) and child.tag in richtext.BLOCK:
                if inline:
                    blocks.append(paragraph(*self._runs(inline, look, rich)))
                    inline = []
                blocks += self._block(child, 0, look, rich)
            else:
                inline.append(child)
        if inline:
            blocks.append(paragraph(*self._runs(inline, look, rich)))
        return blocks

    def _runs(self, nodes: Iterable[Node], look: _Look, rich: Rich) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, str):
                found.append(run(node, *look.properties()))
                continue
            match node.tag:
                case "br":
                    found.append(run("\n"))
                case "tex":
                    found.append(self._formula(node, look, rich))
                case "img":
                    found.append(self._picture(node, look, rich))
                case "audio":
                    found.append(run(self._media.missing(node, rich), *look.properties()))
                case "blank":
                    found.append(run(look.gaps.get(node.get("id") or "", "________")))
                case tag:
                    found += self._runs(node.children, _Look(look.tags | {tag}, look.gaps), rich)
        return found

    def _formula(self, node: Element, look: _Look, rich: Rich) -> Any:
        tex = richtext.plain_of(node.children)
        made = wordmath.element(tex, block=node.get("display") == "block")
        if made is not None:
            return made
        self._media.unformatted(tex, rich)
        return run(tex, *_Look(look.tags | {"code"}).properties())

    def _picture(self, node: Element, look: _Look, rich: Rich) -> Any:
        found = self._media.picture(node, rich, _TYPES)
        if found is None:
            return run(self._media.words_for(node), *look.properties())
        if found.name not in self._files:
            number = len(self._files) + 1
            self._files[found.name] = (f"picture{number}.{_TYPES[found.media_type]}", f"rIdP{number}")
        self._pictures += 1
        width, height = found.fitted(*_MOST_PICTURE)
        return docx.picture(self._files[found.name][1], self._pictures, width, height, found.alt)


def _kept(blocks: list[Any], *, keep_last: bool) -> Iterator[Any]:
    """Paragraphs that stay on one page with the next, the last of them only on request."""
    for i, block in enumerate(blocks):
        if (i + 1 < len(blocks) or keep_last) and block.tag == docx.q("w:p"):
            settings = block.find(docx.q("w:pPr"))
            if settings.find(docx.q("w:keepNext")) is None:
                place = 1 if settings.find(docx.q("w:pStyle")) is not None else 0
                settings.insert(place, make("w:keepNext"))
        yield block


def _chinese(number: int) -> str:
    return "〇一二三四五六七八九十"[number]
