"""Word documents (.docx): their words, numbers, tables, pictures and formulas as a paper to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from qbank.assets import MAX_BYTES
from qbank.diagnostics import QbankError
from qbank.formats import unpack
from qbank.formats.omml import formula, local
from qbank.formats.unpack import Archive
from qbank.formats.wordlists import Numbering, attribute, integer, numbering
from qbank.model import Question
from qbank.readers.extract import NO_PICTURE, Extract, Writer, is_colour, read_extract
from qbank.readers.marks import Style
from qbank.reading import Context, Document

MAIN = "word/document.xml"
LONG_CELL = 60
"""Characters from which a table cell is taken for a piece of page, not for an entry of a table."""

_SKIPPED = frozenset(
    {"del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr", "tblPr", "tblGrid", "trPr", "tcPr"}
)
_PASSED = frozenset(
    {"ins", "moveTo", "hyperlink", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo", "rubyBase"}
)
_LETTERS = str.maketrans("0123456789+-=()aeoxn", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵉᵒˣⁿ")
_LOWERED = str.maketrans("0123456789+-=()aeoxn", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₙ")
_WINGDINGS = {0xFC: "√", 0xFB: "×", 0xFE: "√", 0xFD: "×", 0xA8: "□", 0x6F: "□", 0x6C: "●", 0xE0: "→", 0xF0: "→"}
_SYMBOL_FONT = dict(zip("abgdezhqiklmnxprstufcyw", "αβγδεζηθικλμνξπρστυφχψω", strict=True)) | dict(
    zip("DQLXPSFYWG", "ΔΘΛΞΠΣΦΨΩΓ", strict=True)
)
_SYMBOL_SIGNS = {
    0xB4: "×",
    0xB8: "÷",
    0xB1: "±",
    0xA3: "≤",
    0xB3: "≥",
    0xB9: "≠",
    0xA5: "∞",
    0xB0: "°",
    0xAE: "→",
    0xD0: "∠",
}
_FRACTION_FIELD = re.compile(r"^\s*eq\s+(.*)$", re.I | re.S)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a style or a run says about itself; None where it says nothing."""

    bold: bool | None = None
    colour: str | None = None
    highlight: bool | None = None
    underline: bool | None = None
    hidden: bool | None = None
    script: str | None = None

    def over(self, base: _Look) -> _Look:
        """This look laid over another."""
        return _Look(
            *(
                mine if mine is not None else theirs
                for mine, theirs in ((getattr(self, name), getattr(base, name)) for name in self.__dataclass_fields__)
            )
        )

    @property
    def styles(self) -> frozenset[Style]:
        found: set[Style] = set()
        if self.bold:
            found.add("bold")
        if self.colour is not None and is_colour(self.colour):
            found.add("colour")
        if self.highlight:
            found.add("highlight")
        if self.underline:
            found.add("underline")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class _StyleSheet:
    """The looks of character styles and the lists of paragraph styles, inheritance resolved."""

    looks: Mapping[str, _Look] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, int]] = field(default_factory=dict)


_LONGEST_FIELD = 500
"""Characters of a field's instruction that is understood."""
_OPEN_FIELDS = 50
"""Fields in one another; Word nests twenty."""


@dataclass(slots=True)
class _Field:
    """A field such as PAGE or EQ while its parts go by."""

    instruction: str = ""
    result: bool = False

    def continued(self, text: str) -> None:
        """Take more of the instruction, as long as it may be one that is understood."""
        if len(self.instruction) < _LONGEST_FIELD:
            self.instruction += text[:_LONGEST_FIELD]

    @property
    def is_silent(self) -> bool:
        """Whether what goes by is not to be read: the instruction itself, page numbers, the picture of an equation."""
        return (
            not self.result or _is_page_number(self.instruction) or _FRACTION_FIELD.match(self.instruction) is not None
        )


class DocxReader:
    """Reads a Word document as an exam paper."""

    name = "docx"
    title = "Word document (.docx)"
    suffixes: tuple[str, ...] = (".docx", ".docm")
    options: Mapping[str, str] = {}

    def sniff(self, document: Document) -> float:
        """Sure of a zip archive with a Word document in it."""
        if not document.data.startswith(b"PK\x03\x04"):
            return 0.0
        return 0.95 if MAIN.encode() in document.data[-65536:] or MAIN.encode() in document.data else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the document. Raises `QbankError` when it cannot be opened."""
        yield from read_extract(extract(document, ctx), document.name, ctx)


def extract(document: Document, ctx: Context) -> Extract:
    """The words of a Word document as its reader sees them: numbers of lists printed, deletions gone.

    Reports pictures that no question can show (R030), formulas that could not
    be read whole (R031) and parts left out (R032). Raises `QbankError` when the
    file is damaged, locked, or not what its name says.
    """
    walker = _Walker(unpack.archive(document.data, document.name), document.name, ctx)
    return walker.extract()


class _Walker:
    """Goes through the body once, in order."""

    def __init__(self, archive: Archive, name: str, ctx: Context) -> None:
        if MAIN not in archive:
            raise QbankError(f"{name}: there is no Word document in this file")
        self.archive, self.name, self.ctx = archive, name, ctx
        self.links, self.outside = _relations(archive)
        self.sheet = _style_sheet(self._part("word/styles.xml"))
        self.lists: Numbering = numbering(self._part("word/numbering.xml"))
        self.out = Writer(name)
        self.fields: list[_Field] = []
        self.notes: list[tuple[str, str]] = []
        self.read_notes: dict[str, dict[str, str]] = {}
        self.shown: dict[str, str | None] = {}
        """Members that were asked for as pictures: the name each is shown by, None where it cannot be."""
        self.boxes: list[Any] = []
        self.hidden: list[str] = []
        self.unread: dict[str, int] = {}
        self.pictures_lost = 0
        self.embedded = 0

    def extract(self) -> Extract:
        body = next((c for c in self.archive.xml(MAIN) if local(c) == "body"), None)
        if body is None:
            raise QbankError(f"{self.name}: the Word document has no body")
        self._blocks(body)
        self._report()
        return self.out.extract()

    def _part(self, member: str) -> Any | None:
        return self.archive.xml(member) if member in self.archive else None

    def _report(self) -> None:
        if self.pictures_lost:
            count = self.pictures_lost
            what = "1 picture" if count == 1 else f"{count} pictures"
            self.ctx.problem(
                "R030",
                f"{what} in {self.name} cannot be shown in a question (old formula objects, WMF or EMF drawings, or linked files)",
                self.name,
                hint="save the formulas as Word equations and the drawings as PNG, then import again",
            )
        for construct, count in sorted(self.unread.items()):
            times = "once" if count == 1 else f"{count} times"
            self.ctx.problem("R031", f"a formula part ({construct}) was kept as text, {times}", self.name)
        if self.hidden:
            words = _short(" ".join(self.hidden))
            self.ctx.problem("R032", f"hidden text was left out: {words}", self.name)
        if self.embedded:
            self.ctx.problem("R032", f"{self.embedded} embedded documents were not read", self.name)
        comments = self._part("word/comments.xml")
        if comments is not None and len(comments):
            words = _short(" ".join("".join(c.itertext()) for c in comments))
            self.ctx.problem("R032", f"{len(comments)} comments were left out: {words}", self.name)

    # blocks

    def _blocks(self, container: Any) -> None:
        """Paragraphs and tables, and whatever wraps them."""
        for node in container:
            match local(node):
                case "p":
                    self._paragraph(node)
                case "tbl":
                    self._table(node)
                case "altChunk":
                    self.embedded += 1
                case "AlternateContent":
                    self._alternative(node)
                case name if name in _PASSED or name in {"txbxContent", "Choice", "Fallback", "textbox"}:
                    self._blocks(node)
                case _:
                    pass

    def _paragraph(self, node: Any) -> None:
        properties = _child(node, "pPr")
        label = self._label(properties)
        base = self.sheet.looks.get(_value(properties, "pStyle"), _Look())
        if label:
            self.out.write(label)
        self._runs(node, base)
        self.out.line()
        self.fields = [
            f for f in self.fields if not f.is_silent
        ]  # an instruction that never ends must not hide the rest
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            self._blocks(box)
        notes, self.notes = self.notes, []
        for mark, text in notes:
            self.out.write(f"注{mark}：{text}")
            self.out.line()
        if not "".join(node.itertext()).strip():
            self.out.gap()

    def _label(self, properties: Any | None) -> str:
        """The printed number of a paragraph."""
        style = _value(properties, "pStyle")
        number, level = self.sheet.lists.get(style, ("", 0))
        own = _child(properties, "numPr")
        if own is not None:
            number = _value(own, "numId") or number
            level = _written_level(own, level)
        return self.lists.label(number, level) if number not in {"", "0"} else ""

    def _table(self, node: Any) -> None:
        """A table of short entries as lines with tabs; one that lays out a page as its cells in order."""
        rows = [row for row in _flat(node) if local(row) == "tr" and _child(_child(row, "trPr"), "del") is None]
        for row in rows:
            cells = [cell for cell in _flat(row) if local(cell) == "tc"]
            if _is_layout(cells):
                for cell in cells:
                    self._blocks(cell)
                continue
            for i, cell in enumerate(cells):
                if i:
                    self.out.write("\t")
                if _value(_child(cell, "tcPr"), "vMerge", "-") in {"", "continue"}:
                    continue
                paragraphs = [p for p in _flat(cell) if local(p) == "p"]
                for j, paragraph in enumerate(paragraphs):
                    if j and "".join(paragraph.itertext()).strip():
                        self.out.write(" ")
                    if label := self._label(_child(paragraph, "pPr")):
                        self.out.write(label)
                    self._runs(paragraph, self.sheet.looks.get(_value(_child(paragraph, "pPr"), "pStyle"), _Look()))
            self.out.line()
            boxes, self.boxes = self.boxes, []
            for box in boxes:
                self._blocks(box)
        self.out.line()

    # inside a paragraph

    def _runs(self, node: Any, base: _Look) -> None:
        whole: int | None = None
        for child in node:
            match local(child):
                case "r":
                    self._run(child, base)
                case "oMath":
                    self._formula(child, block=False)
                case "oMathPara":
                    whole = len(_texts(node)) if whole is None else whole
                    self._formula(child, block=whole == len(_texts(child)))
                case "AlternateContent":
                    self._alternative(child, base)
                case "fldSimple" if not _is_page_number(attribute(child, "instr")):
                    self._runs(child, base)
                case "fldSimple":
                    pass
                case name if name in _PASSED:
                    self._runs(child, base)
                case _:
                    pass

    def _run(self, node: Any, base: _Look) -> None:
        look = _look(_child(node, "rPr"), self.sheet).over(base)
        for child in node:
            name = local(child)
            if name == "fldChar":
                self._field(attribute(child, "fldCharType"))
                continue
            if name == "instrText":
                if self.fields:
                    self.fields[-1].continued(child.text or "")
                continue
            if any(f.is_silent for f in self.fields):
                continue
            if look.hidden:
                self.hidden += [t for t in ("".join(child.itertext()).strip(),) if t]
                continue
            self._piece(child, name, look)

    def _piece(self, child: Any, name: str, look: _Look) -> None:
        match name:
            case "t":
                text = child.text or ""
                if look.underline and text and not text.strip():
                    self.out.write("_" * max(4, len(text)))
                else:
                    self.out.write(_scripted(text, look.script), look.styles)
            case "tab" | "ptab":
                self.out.write("____" if look.underline else "\t")
            case "br" | "cr":
                self.out.line()
            case "noBreakHyphen":
                self.out.write("-", look.styles)
            case "sym":
                self.out.write(_symbol(attribute(child, "font"), attribute(child, "char")), look.styles)
            case "drawing" | "pict" | "object":
                self._drawing(child, look)
            case "AlternateContent":
                self._alternative(child, look)
            case "ruby":
                base, above = _child(child, "rubyBase"), _child(child, "rt")
                if base is not None:
                    self._runs(base, look)
                read = "".join(_texts(above)) if above is not None else ""
                if read.strip():
                    self.out.write(f"({read.strip()})")
            case "footnoteReference" | "endnoteReference":
                self._note("word/footnotes.xml" if name[0] == "f" else "word/endnotes.xml", attribute(child, "id"))
            case _:
                pass

    def _formula(self, node: Any, *, block: bool) -> None:
        made = formula(node)
        for construct in made.unread:
            self.unread[construct] = self.unread.get(construct, 0) + 1
        self.out.formula(made.tex, block=block)

    def _alternative(self, node: Any, base: _Look | None = None) -> None:
        """The same thing for new and old versions of Word: the first way that holds anything."""
        for way in node:
            if local(way) in {"Choice", "Fallback"} and (len(way) or (way.text or "").strip()):
                if base is None:
                    self._blocks(way)
                else:
                    for child in way:
                        if local(child) in {"r", "oMath", "oMathPara"}:
                            self._runs(way, base)
                            return
                        self._piece(child, local(child), base)
                return

    def _drawing(self, node: Any, look: _Look) -> None:
        boxes = [e for e in node.iter() if local(e) == "txbxContent"]
        boxes = [
            b for b in boxes if not any(local(a) in {"Fallback", "txbxContent"} for a in b.iterancestors())
        ] or boxes[:1]
        self.boxes += boxes
        inside = {id(e) for box in boxes for e in box.iter()}
        pictures = [e for e in node.iter() if local(e) in {"blip", "imagedata"} and id(e) not in inside]
        alt = next((attribute(e, "descr") for e in node.iter() if local(e) == "docPr"), "")
        for picture in pictures:
            link = attribute(picture, "embed") or attribute(picture, "id")
            self._picture(link, look, "" if _is_file_name(alt) else alt)
        if not pictures and not boxes and local(node) == "object":
            self.out.write(NO_PICTURE, look.styles)
            self.pictures_lost += 1

    def _picture(self, link: str, look: _Look, alt: str) -> None:
        member = self.links.get(link)
        if member is None or member not in self.archive:
            self.out.write(NO_PICTURE, look.styles)
            self.pictures_lost += 1
            return
        if member in self.shown:
            self.out.again(self.shown[member], look.styles)
        else:
            try:
                data = self.archive.read(member, MAX_BYTES)
            except QbankError:
                data = b""
            self.shown[member] = self.out.picture(data, look.styles, alt=alt)
        self.pictures_lost += self.shown[member] is None

    def _note(self, member: str, name: str) -> None:
        if member not in self.read_notes:
            notes = self._part(member)
            found = reversed([] if notes is None else notes)
            self.read_notes[member] = {attribute(note, "id"): "".join(_texts(note)).strip() for note in found}
        text = self.read_notes[member].get(name)
        if text is not None:
            mark = f"{len(self.notes) + 1}"
            self.out.write(f"[注{mark}]")
            self.notes.append((mark, text))

    def _field(self, kind: str) -> None:
        match kind:
            case "begin":
                self.fields.append(_Field())
                del self.fields[:-_OPEN_FIELDS]
            case "separate" if self.fields:
                self.fields[-1].result = True
            case "end" if self.fields:
                ended = self.fields.pop()
                shown = _FRACTION_FIELD.match(ended.instruction)
                if shown:
                    self._equation_field(shown[1].strip())
            case _:
                pass

    def _equation_field(self, code: str) -> None:
        """An EQ field, the way fractions and roots were written before Word had formulas."""
        made = _eq(code)
        if made is None:
            self.unread["EQ"] = self.unread.get("EQ", 0) + 1
            self.out.write(code)
        else:
            self.out.formula(made)


def _relations(archive: Archive) -> tuple[dict[str, str], set[str]]:
    """Relationship id to member, and the ids that lead out of the file, which are never followed."""
    inside: dict[str, str] = {}
    outside: set[str] = set()
    rels = "word/_rels/document.xml.rels"
    if rels not in archive:
        return inside, outside
    for node in archive.xml(rels):
        if local(node) != "Relationship":
            continue
        name = attribute(node, "Id")
        member = unpack.target(MAIN, attribute(node, "Target"))
        if attribute(node, "TargetMode") == "External" or member is None:
            outside.add(name)
        else:
            inside[name] = member
    return inside, outside


def _style_sheet(root: Any | None) -> _StyleSheet:
    if root is None:
        return _StyleSheet()
    styles = {attribute(s, "styleId"): s for s in root if local(s) == "style"}
    looks: dict[str, _Look] = {}
    lists: dict[str, tuple[str, int]] = {}
    for name in styles:
        for own, base in reversed(_lineage(styles, name, looks)):
            looks[own] = _look(_child(styles[own], "rPr"), None).over(looks.get(base, _Look()))
            found = lists.get(base, ("", 0))
            numbers = _child(_child(styles[own], "pPr"), "numPr")
            if numbers is not None:
                found = (_value(numbers, "numId") or found[0], _written_level(numbers, found[1]))
            if found[0]:
                lists[own] = found
    return _StyleSheet(looks, lists)


def _lineage(styles: Mapping[str, Any], name: str, known: Mapping[str, _Look]) -> list[tuple[str, str]]:
    """A style and those it is based on that are not known yet, nearest first, each with its base; a circle ends it."""
    result: list[tuple[str, str]] = []
    seen: set[str] = set()
    while name in styles and name not in known and name not in seen:
        seen.add(name)
        base = _value(styles[name], "basedOn")
        result.append((name, base))
        name = base
    return result


def _look(properties: Any | None, sheet: _StyleSheet | None) -> _Look:
    if properties is None:
        return _Look()
    bold: bool | None = None
    colour: str | None = None
    highlight: bool | None = None
    underline: bool | None = None
    hidden: bool | None = None
    script: str | None = None
    base = _Look()
    for node in properties:
        value = attribute(node, "val")
        match local(node):
            case "rStyle" if sheet is not None:
                base = sheet.looks.get(value, base)
            case "b":
                bold = value not in {"0", "false", "off"}
            case "color":
                colour = "auto" if attribute(node, "themeColor") in {"text1", "dark1"} else value or None
            case "highlight":
                highlight = value not in {"none", "white", ""}
            case "shd":
                fill = attribute(node, "fill").upper()
                highlight = highlight or (fill not in {"", "AUTO", "FFFFFF"})
            case "u":
                underline = value not in {"none", ""}
            case "vanish" | "webHidden":
                hidden = value not in {"0", "false", "off"}
            case "vertAlign":
                script = value
            case "position" if script is None and re.fullmatch(r"-?\d{1,3}", value) and abs(int(value)) >= _MOVED:
                script = "raised" if int(value) > 0 else "lowered"
            case _:
                pass
    return _Look(bold, colour, highlight, underline, hidden, script).over(base)


def _eq(code: str) -> str | None:
    r"""`\f(1,2)`, `\r(3,x)` and text as TeX; None for any other switch."""
    code = code.strip()
    if len(code) > _LONGEST_FIELD:
        return None
    match = re.match(r"\\([fFrR])\s*\(", code)
    if match is None:
        return None if "\\" in code else code
    depth, start, parts = 1, match.end(), []
    for at in range(match.end(), len(code)):
        c = code[at]
        depth += (c == "(") - (c == ")")
        if depth == 0 or (depth == 1 and c in ",，;"):
            parts.append(code[start:at])
            start = at + 1
        if depth == 0:
            break
    inner = [_eq(p) for p in parts]
    rest = _eq(code[start:]) if code[start:].strip() else ""
    if depth or rest is None or any(p is None for p in inner) or len(inner) not in {1, 2}:
        return None
    if match[1] in "fF":
        return None if len(inner) != 2 else f"\\frac{{{inner[0]}}}{{{inner[1]}}}{rest}"
    made = f"\\sqrt{{{inner[0]}}}" if len(inner) == 1 else f"\\sqrt[{inner[0]}]{{{inner[1]}}}"
    return (made if inner[0] else f"\\sqrt{{{inner[-1]}}}") + rest


_MOVED = 4
"""Half points above or below the line from which characters are set as indices, not aligned."""


def _scripted(text: str, script: str | None) -> str:
    """Raised and lowered characters as such where they exist, else as `^( )` and `_( )`.

    Word lets a writer move characters off the line by hand, too (`w:position`);
    a few letters or figures so moved are an index, anything longer is not.
    """
    if script in {"raised", "lowered"} and re.fullmatch(r"\s*[\w+\-\u2212]{1,3}\s*", text, re.A):
        script = "superscript" if script == "raised" else "subscript"
    if script not in {"superscript", "subscript"} or not text.strip():
        return text
    table = _LETTERS if script == "superscript" else _LOWERED
    plain = text.replace("\u2212", "-")
    if all(ord(c) in table or c.isspace() for c in plain):
        return plain.translate(table)
    sign = "^" if script == "superscript" else "_"
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _symbol(font: str, code: str) -> str:
    """A character of a symbol font as the character it looks like."""
    try:
        value = int(code, 16) & 0xFF
    except ValueError:
        return ""
    if font.lower().startswith("wingdings"):
        return _WINGDINGS.get(value, "•")
    if font.lower() == "symbol":
        return _SYMBOL_SIGNS.get(value) or _SYMBOL_FONT.get(chr(value), chr(value) if 0x20 <= value < 0x7F else "□")
    return chr(int(code, 16)) if 0x20 <= int(code, 16) < 0xD800 else "□"


def _is_layout(cells: Iterable[Any]) -> bool:
    """Whether a row holds pieces of a page: long cells, several paragraphs in one, a table in a cell."""
    for cell in cells:
        paragraphs = [text for p in cell if local(p) == "p" and (text := "".join(_texts(p)).strip())]
        if len(paragraphs) > 2 or any(local(e) == "tbl" for e in cell):
            return True
        if len(paragraphs) == 2 and sum(map(len, paragraphs)) > LONG_CELL:
            return True
    return False


def _flat(node: Any) -> Iterator[Any]:
    """The children, those in content controls and insertions included."""
    for child in node:
        if local(child) in _PASSED:
            yield from _flat(child)
        else:
            yield child


def _texts(node: Any) -> list[str]:
    return [e.text for e in node.iter() if local(e) == "t" and e.text]


def _child(node: Any | None, name: str) -> Any | None:
    return None if node is None else next((c for c in node if local(c) == name), None)


def _value(node: Any | None, name: str, default: str = "") -> str:
    """The `val` of a named child; `default` where there is no such child."""
    found = _child(node, name)
    return default if found is None else attribute(found, "val")


def _written_level(properties: Any, default: int) -> int:
    """The level of a list that a `numPr` names."""
    written = _value(properties, "ilvl")
    return integer(written) if written.isdecimal() else default


def _is_page_number(instruction: str) -> bool:
    return instruction.strip().split(" ")[0].upper() in {"PAGE", "NUMPAGES", "SECTIONPAGES"}


def _is_file_name(alt: str) -> bool:
    return bool(
        re.search(r"\.(?:png|jpe?g|gif|bmp|wmf|emf)$|^(?:图片|Picture|IMG)[\s_]*\d*$|学科网|菁优网|www\.", alt, re.I)
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


READER = DocxReader()
