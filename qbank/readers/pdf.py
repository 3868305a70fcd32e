"""PDF files with a text layer: their lines in reading order, without what repeats on every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from statistics import median
from typing import Any

from qbank.diagnostics import QbankError
from qbank.model import Question
from qbank.readers import apart
from qbank.readers.extract import MAX_CHARACTERS, NO_PICTURE, Extract, Writer, is_colour, read_extract, too_long
from qbank.readers.marks import Style
from qbank.reading import Context, Document

MAX_PAGES = 2000
SAME_LINE = 0.55
"""Share of the character height by which two characters of one line may be off."""
WORD_GAP = 0.25
"""Blank between two characters, in character heights, that is a space between Latin words."""
COLUMN_GAP = 1.2
"""The same for the blank between two columns of a table or two options on a line."""

PARAGRAPH_GAP = 1.6
"""Distance of two lines, in usual distances, that stands for an empty line."""

_NO_SPACE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f_-]")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_BEGINS = re.compile(
    r"\s*(?:\[图|[(（【\[]?(?:\d{1,3}(?!\.\d)|[A-Ha-h]|[一二三四五六七八九十]{1,3})[)）】\].．、:：]|第\s*[\d一二三四五六七八九十]+\s*[题部章]|[【①-⑳•·●○■□◆➢\ue000-\uf8ff]"
    r"|(?:参考|正确|标准)?答案|解析|[Aa]nswer|[Qq]uestion\s*\d)"
)
"""The beginning of a question, an option, an answer or a heading: never the rest of the line above."""
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-n", "₀₁₂₃₄₅₆₇₈₉₊₋ₙ")
_PAGE_NUMBER = re.compile(r"\d+|[IVXLC]+|[一二三四五六七八九十]+")
_MISSING = "pdfminer.six is needed to read PDF files; install it with: pip install 'qbank[pdf]'"


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    styles: frozenset[Style]


@dataclass(slots=True)
class _Line:
    glyphs: list[_Glyph] = field(default_factory=list)
    right: float | None = None
    """Where its column ends; None where no line comes near the margin."""

    @property
    def y(self) -> float:
        return median(g.y0 for g in self.glyphs)

    @property
    def height(self) -> float:
        return max(1.0, median(g.y1 - g.y0 for g in self.glyphs))

    @property
    def left(self) -> float:
        return min((g.x0 for g in self.glyphs if not g.text.isspace()), default=0.0)

    def runs_on(self, below: _Line) -> bool:
        """Whether `below` is the rest of this line: its first word had no room here and it begins nothing new."""
        if self.right is None or self.right != below.right or _BEGINS.match(below.text()):
            return False
        if self.text()[-1:] in ".。?？!！:：)）" and below.left > self.left + self.height:
            return False
        word = 0.0
        for glyph in sorted(below.glyphs, key=lambda g: g.x0):
            if glyph.text.isspace() and word:
                break
            word += 0 if glyph.text.isspace() else glyph.x1 - glyph.x0
            if _WIDE.match(glyph.text):
                break
        end = max(g.x1 for g in self.glyphs if not g.text.isspace())
        return end + word > self.right + 0.1 * self.height and below.height < 1.3 * self.height < 1.7 * below.height

    def pieces(self) -> Iterator[tuple[str, frozenset[Style]]]:
        """The line's text, with the blanks its gaps stand for."""
        glyphs = sorted(self.glyphs, key=lambda g: g.x0)
        y, height = self.y, self.height
        last: _Glyph | None = None
        for glyph in glyphs:
            if last is not None and not last.text.isspace() and not glyph.text.isspace():
                gap = (glyph.x0 - last.x1) / height
                latin = not _WIDE.match(last.text) and not _WIDE.match(glyph.text)
                if gap > COLUMN_GAP:
                    yield "    ", frozenset()
                elif gap > (WORD_GAP if latin else 2 * WORD_GAP):
                    yield " ", frozenset()
            yield _shown(glyph, last, y, height), glyph.styles
            last = glyph

    def stripped(self) -> list[tuple[str, frozenset[Style]]]:
        """The pieces without the blanks at the end."""
        pieces = list(self.pieces())
        while pieces and not pieces[-1][0].strip():
            pieces.pop()
        return pieces

    def text(self) -> str:
        return "".join(text for text, _ in self.pieces()).strip()


def _shown(glyph: _Glyph, last: _Glyph | None, y: float, height: float) -> str:
    """A small raised or lowered figure after a letter as what it is, in a line at `y`."""
    if last is None or glyph.y1 - glyph.y0 > 0.85 * height or not re.match(r"[A-Za-z0-9)\]⁰¹²³⁴-⁹₀-₉]", last.text):
        return glyph.text
    middle = (glyph.y0 + glyph.y1) / 2 - y
    if middle > 0.6 * height:
        return glyph.text.translate(_RAISED)
    return glyph.text.translate(_LOWERED) if middle < 0.42 * height else glyph.text


@dataclass(slots=True)
class _Page:
    lines: list[_Line]
    height: float
    pictures: int = 0

    @property
    def has_text(self) -> bool:
        return any(g.text != NO_PICTURE and not g.text.isspace() for line in self.lines for g in line.glyphs)


class PdfReader:
    """Reads a PDF file with a text layer as an exam paper; needs the extra `qbank[pdf]`."""

    name = "pdf"
    title = "PDF with a text layer"
    suffixes: tuple[str, ...] = (".pdf",)
    options: Mapping[str, str] = {}

    def sniff(self, document: Document) -> float:
        """Sure of a file that begins as PDF files do."""
        return 0.95 if b"%PDF-" in document.data[:1024] else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the file. Raises `QbankError` without a text layer or without the extra."""
        yield from read_extract(extract(document, ctx), document.name, ctx)


def extract(document: Document, ctx: Context) -> Extract:
    """The lines of all pages; what stands at the edge of nearly every page is left out and named (R002).

    It is read in a process of its own. Raises `QbankError` for a locked or
    damaged file, one of scanned pages, one that takes too long, and where the
    extra is not installed.
    """
    if b"%PDF-" not in document.data[:1024] or b"obj" not in document.data:
        raise QbankError(f"{document.name}: is no PDF file, or nothing is left of it")
    try:
        import pdfminer  # noqa: F401  # said here, before a process is started
    except ImportError as error:
        raise QbankError(f"{document.name}: {_MISSING}") from error
    return apart.extract(f"{__name__}:extract_here", document, ctx)


def extract_here(document: Document, ctx: Context) -> Extract:
    """What `extract` gives, read in this process: it may take very long."""
    pages = _pages(document)
    if not any(page.has_text for page in pages):
        raise QbankError(
            f"{document.name}: has no text layer (scanned pages?); run OCR on it first, such as ocrmypdf -l chi_sim"
        )
    running = _running(pages)
    out = Writer(document.name)
    dropped: list[str] = []
    for page in pages:
        usual = _pitch(page)
        above: _Line | None = None
        for line in page.lines:
            if id(line) in running:
                dropped.append(line.text())
                continue
            if above is not None:
                if above.y - line.y > PARAGRAPH_GAP * usual:
                    out.line()
                    out.gap()
                elif not above.runs_on(line):
                    out.line()
                elif not any(map(_NO_SPACE.match, (above.text()[-1:], line.text()[:1]))):
                    out.write(" ")
            above = line
            for text, styles in line.stripped():
                out.write(text, styles)
        out.line()
    empty = [i + 1 for i, page in enumerate(pages) if not page.has_text]
    if empty:
        shown = ", ".join(map(str, empty[:10])) + (" ..." if len(empty) > 10 else "")
        ctx.problem(
            "R032", f"pages without text were not read: {shown}", document.name, hint="run OCR on scanned pages"
        )
    if dropped:
        kinds = list(dict.fromkeys(_PAGE_NUMBER.sub("#", text) for text in dropped))
        quoted = "; ".join(f"“{kind[:40]}”" for kind in kinds[:5])
        ctx.problem("R002", f"{len(dropped)} running heads and page numbers were left out: {quoted}", document.name)
    pictures = sum(page.pictures for page in pages)
    if pictures:
        what = "1 picture was" if pictures == 1 else f"{pictures} pictures were"
        ctx.problem("R030", f"{what} left out: only the words of a PDF are read", document.name)
    return out.extract()


def _pages(document: Document) -> list[_Page]:
    try:
        from pdfminer.converter import PDFPageAggregator
        from pdfminer.layout import LTChar, LTFigure, LTImage
        from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
        from pdfminer.pdfpage import PDFPage
    except ImportError as error:
        raise QbankError(f"{document.name}: {_MISSING}") from error
    import logging

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells of every odd colour space
    manager = PDFResourceManager()
    device = PDFPageAggregator(manager, laparams=None)
    interpreter = PDFPageInterpreter(manager, device)
    pages: list[_Page] = []
    characters = 0
    try:
        for page in PDFPage.get_pages(BytesIO(document.data)):
            if len(pages) >= MAX_PAGES:
                raise QbankError(f"{document.name}: has more than {MAX_PAGES} pages; split the file")
            interpreter.process_page(page)
            layout = device.get_result()
            glyphs: list[_Glyph] = []
            pictures = 0
            stack: list[Any] = list(layout)[::-1]
            while stack:
                item = stack.pop()
                if isinstance(item, LTChar):
                    glyphs += _glyph(item)
                elif isinstance(item, LTImage):
                    if min(item.width, item.height) > 30 and item.width < layout.width * 0.95 and pictures < 50:
                        pictures += 1
                        middle = (item.y0 + item.y1) / 2
                        glyphs.append(_Glyph(NO_PICTURE, item.x0, item.x1, middle - 6, middle + 6, frozenset()))
                elif isinstance(item, LTFigure):
                    stack.extend(list(item)[::-1])
            characters += len(glyphs)
            if characters > MAX_CHARACTERS:
                raise too_long(document.name)
            pages.append(_Page(_lines(glyphs, layout.width), layout.height, pictures))
    except (QbankError, MemoryError):
        raise
    except Exception as error:  # damaged files meet every kind of error in the parser
        what = "is locked with a password" if "Password" in type(error).__name__ else f"is damaged ({_reason(error)})"
        raise QbankError(f"{document.name}: {what}; it cannot be read") from error
    if not pages:
        raise QbankError(f"{document.name}: has no pages")
    return pages


def _pitch(page: _Page) -> float:
    """The usual distance of a line from the one above it."""
    steps = [a.y - b.y for a, b in pairwise(page.lines) if 0 < a.y - b.y < 8 * a.height]
    return median(steps) if steps else page.height


def _glyph(item: Any) -> list[_Glyph]:
    text = item.get_text()
    if text.startswith("(cid:") or not item.upright:
        text = "\ufffd" if text.startswith("(cid:") else ""  # a watermark lies askew
    if not text or item.height <= 0.5:
        return []
    styles: set[Style] = set()
    if re.search(r"bold|black|heavy|heiti", item.fontname or "", re.I):
        styles.add("bold")
    if is_colour(_hex(item.graphicstate.ncolor)):
        styles.add("colour")
    return [_Glyph(text, item.x0, item.x1, item.y0, item.y1, frozenset(styles))]


def _hex(colour: Any) -> str:
    """A colour as pdfminer gives it (grey, RGB or CMYK, 0 to 1) as `RRGGBB`; empty for a pattern."""
    parts = list(colour) if isinstance(colour, tuple | list) else [colour]
    if not all(isinstance(p, int | float) for p in parts):
        return ""
    if len(parts) == 4:
        cyan, magenta, yellow, black = parts
        parts = [(1 - c) * (1 - black) for c in (cyan, magenta, yellow)]
    if len(parts) != 3:
        return ""
    return "".join(f"{max(0, min(255, round(p * 255))):02x}" for p in parts)


def _lines(glyphs: list[_Glyph], width: float) -> list[_Line]:
    """Characters as lines from top to bottom; a page of two columns gives the left one first."""
    rows = _rows(glyphs)
    middle = _gutter(rows, width)
    if middle is None:
        _set_right(rows, 0.8 * width)
        return rows
    result: list[_Line] = []
    left: list[_Line] = []
    right: list[_Line] = []
    lefts: list[_Line] = []
    rights: list[_Line] = []
    for row in rows:
        if any(g.x0 < middle - 1 and g.x1 > middle + 1 and not g.text.isspace() for g in row.glyphs):
            result += [*left, *right, row]  # a heading across both columns ends them
            left, right = [], []
            continue
        for side, glyphs_of in (
            (left, [g for g in row.glyphs if g.x1 <= middle + 1]),
            (right, [g for g in row.glyphs if g.x1 > middle + 1]),
        ):
            if any(not g.text.isspace() for g in glyphs_of):
                side.append(_Line(glyphs_of))
                (lefts if side is left else rights).append(side[-1])
    _set_right(lefts, middle - 0.1 * width)
    _set_right(rights, 0.8 * width)
    return [*result, *left, *right]


def _set_right(lines: list[_Line], least: float) -> None:
    """Note where the column of these lines ends, if that is `least` or more to the right."""
    ends = [max((g.x1 for g in line.glyphs if not g.text.isspace()), default=0.0) for line in lines]
    right = max(ends, default=0.0)
    for line in lines if right >= least else ():
        line.right = right


def _rows(glyphs: list[_Glyph]) -> list[_Line]:
    """Characters of one height on the page are a line; raised and lowered ones join the line they touch."""
    rows: list[_Line] = []
    bottoms: list[tuple[float, float]] = []
    for glyph in sorted(glyphs, key=lambda g: (-g.y1, g.x0)):
        middle, height = (glyph.y0 + glyph.y1) / 2, glyph.y1 - glyph.y0
        found = None
        for at in range(len(rows) - 1, max(-1, len(rows) - 5), -1):
            low, high = bottoms[at]
            if low <= middle <= high or abs((low + high) / 2 - middle) < SAME_LINE * min(height, high - low):
                found = at
                break
        if found is None:
            if glyph.text.isspace():
                continue
            rows.append(_Line([glyph]))
            bottoms.append((glyph.y0, glyph.y1))
        else:
            rows[found].glyphs.append(glyph)
            low, high = bottoms[found]
            if height > (high - low) * 1.2 and not glyph.text.isspace():
                bottoms[found] = (glyph.y0, glyph.y1)
    order = sorted(range(len(rows)), key=lambda i: (-rows[i].y, i))
    return [rows[i] for i in order]


def _gutter(rows: list[_Line], width: float) -> float | None:
    """Where the page is parted into two columns of prose; None for one column, and for options side by side."""
    if len(rows) < 8:
        return None
    best: tuple[int, float] | None = None
    for step in range(40, 61):
        at = width * step / 100
        crossed = sum(1 for row in rows if any(g.x0 < at < g.x1 and not g.text.isspace() for g in row.glyphs))
        if best is None or (crossed, abs(step - 50)) < (best[0], abs(best[1] / width * 100 - 50)):
            best = (crossed, at)
    assert best is not None
    crossed, at = best
    both = [row for row in rows if any(g.x1 <= at for g in row.glyphs) and any(g.x0 >= at for g in row.glyphs)]
    wide = 0
    for row in both:
        left = [g for g in row.glyphs if g.x1 <= at and not g.text.isspace()]
        right = [g for g in row.glyphs if g.x0 >= at and not g.text.isspace()]
        if left and right:
            gap = min(g.x0 for g in right) - max(g.x1 for g in left)
            reach = max(g.x1 for g in left) - min(g.x0 for g in left)
            wide += gap > row.height and reach > width * 0.22
    return at if crossed <= len(rows) * 0.15 and wide >= max(4, len(rows) * 0.3) else None


def _running(pages: list[_Page]) -> set[int]:
    """The lines (by identity) that stand at the top or bottom of nearly every page, numbers apart."""
    if len(pages) < 2:
        only = pages[0].lines[-1:] if pages else []
        return {id(line) for line in only if re.fullmatch(r"第\s*\d+\s*页.*|- \d+ -|\d+\s*/\s*\d+", line.text())}
    seen: Counter[tuple[str, str]] = Counter()
    places: list[tuple[tuple[str, str], _Line]] = []
    for page in pages:
        edges = [("top", line) for line in page.lines[:3]] + [("bottom", line) for line in page.lines[-3:]]
        keys: set[tuple[str, str]] = set()
        for where, line in edges:
            far = line.y > page.height * 0.88 if where == "top" else line.y < page.height * 0.12
            if far:
                key = (where, _PAGE_NUMBER.sub("#", line.text()))
                keys.add(key)
                places.append((key, line))
        seen.update(keys)
    filled = sum(1 for page in pages if page.lines)
    often = {key for key, count in seen.items() if count >= max(2, filled * 0.6) and not _is_item(key[1])}
    return {id(line) for key, line in places if key in often}


def _is_item(text: str) -> bool:
    """Whether a line that looks the same on many pages may still be a question or option."""
    return bool(re.match(r"\s*(?:#\s*[.、．]|[A-H]\s*[.、．])\s*\S", text)) and len(text) > 4


def _reason(error: Exception) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return text[:80] or type(error).__name__


READER = PdfReader()
