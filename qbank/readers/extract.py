"""What a document says, as one text: how it stood out, which pictures it shows, and the way back into questions.

A paper in HTML, Word or PDF is read in two steps: its words are written into
one text, and the reader of scraped papers reads that. Pictures and formulas
go through the text as `[图:NAME]` and `\\( TeX \\)`, and come out as elements.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import msgspec

from qbank import richtext
from qbank.assets import MAX_BYTES, MEDIA_TYPES
from qbank.diagnostics import QbankError
from qbank.model import Asset, Html, Question, Text
from qbank.readers.marks import Mark, Style
from qbank.reading import Context
from qbank.richtext import Element, Node

if TYPE_CHECKING:
    from qbank.readers.paper import KeyText

NO_PICTURE = "[图]"
"""Stands for a picture that is not at hand, so that the reader of papers can say so."""
STYLES: tuple[Style, ...] = get_args(Style)
MAX_CHARACTERS = 5_000_000
"""About fifty thousand questions; a longer text is noise, or many papers that are better read apart."""
MAX_PICTURES = 128 * 1024 * 1024
"""Bytes of all pictures of one document together."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LABEL = re.compile(r"\s*[(（【\[]?(?:[A-Za-z]|\d{1,3})[)）】\].．、:：]\s*\Z")
_LABEL_NEXT = re.compile(
    r"\s*(?:[(（【\[]?(?:[A-Z]|\d{1,3})[)）】\].．、:：]|[【\[]?(?:参考|正确|标准)?答案|[【\[]?解析|[一二三四五六七八九十]{1,3}、)"
)
_PASSED = re.compile(
    r"\\\((?P<inline>.+?)\\\)|\\\[(?P<block>.+?)\\\]|\[图:(?P<picture>[A-Za-z0-9_][A-Za-z0-9_.-]{0,99})\]", re.S
)
_RICH = frozenset({"stem", "feedback", "feedback_true", "feedback_false", "general", "correct", "partial", "incorrect"})
_T = TypeVar("_T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Extract:
    """A document as text, with what stood out in it and the pictures it shows."""

    text: str
    marks: tuple[Mark, ...] = ()
    assets: dict[str, Asset] = field(default_factory=dict)


@dataclass(slots=True)
class Writer:
    """Builds an `Extract` line by line; raises `QbankError` for one of more than `MAX_CHARACTERS`."""

    name: str = ""
    """What the document is called."""
    _parts: list[str] = field(default_factory=list)
    _size: int = 0
    _line: str = ""
    """The beginning of the present line."""
    _label: bool = False
    """The line holds a label alone (`A.`) and was ended: what comes next belongs to it."""
    _gap: bool = True
    _marks: list[Mark] = field(default_factory=list)
    _assets: dict[str, Asset] = field(default_factory=dict)
    _pictures: int = 0

    @property
    def at_line_start(self) -> bool:
        """Whether nothing but blanks stands on the present line."""
        return self._label or not self._line.strip()

    def write(self, text: str, styles: Iterable[Style] = ()) -> None:
        """Add characters; those no text can have are left out."""
        text = _CONTROL.sub("", text)
        if not text or (self._label and not text.strip()):
            return
        if self._label:
            self._label = False
            self._push("\n" if _LABEL_NEXT.match(text) else " ")
        start = self._size
        self._push(text)
        if text.strip():
            lead = len(text) - len(text.lstrip())
            trail = len(text) - len(text.rstrip())
            self._marks += [Mark(start + lead, self._size - trail, style) for style in STYLES if style in styles]

    def line(self) -> None:
        """End the present line unless it is empty; a label alone waits for the text it labels."""
        if not self._line or self._label:
            return
        if _LABEL.match(self._line):
            self._label = True
        else:
            self._push("\n")

    def gap(self) -> None:
        """End the present line and leave an empty one."""
        self.line()
        if not self._label and not self._gap:
            self._push("\n")
            self._gap = True

    def formula(self, tex: str, styles: Iterable[Style] = (), *, block: bool = False) -> None:
        """Add a formula; empty TeX adds nothing."""
        tex = " ".join(tex.split())
        if tex:
            self.write(f"\\[{tex}\\]" if block else f"\\({tex}\\)", styles)

    def picture(self, data: bytes, styles: Iterable[Style] = (), *, alt: str = "") -> str | None:
        """Show a picture and keep its bytes; the name it got, or None, and `[图]`, where no question can show it."""
        media_type = media_type_of(data)
        if media_type is None or len(data) > MAX_BYTES or self._pictures + len(data) > MAX_PICTURES:
            self.write(NO_PICTURE, styles)
            return None
        name = picture_name(data, media_type)
        if name in self._assets:
            self.again(name, styles)
            return name
        self._pictures += len(data)
        self.show(name, Asset(base64=base64.b64encode(data).decode(), media_type=media_type, alt=alt or None), styles)
        return name

    def again(self, name: str | None, styles: Iterable[Style] = ()) -> None:
        """Show a picture that was shown before; `[图]` for None."""
        self.write(NO_PICTURE if name is None else f"[图:{name}]", styles)

    def show(self, name: str, asset: Asset, styles: Iterable[Style] = ()) -> None:
        """Show an asset under a name."""
        self._assets.setdefault(name, asset)
        self.write(f"[图:{name}]", styles)

    def extract(self) -> Extract:
        """What was written."""
        text = "".join(self._parts)
        return Extract(text, tuple(_joined(self._marks, text)), dict(self._assets))

    def _push(self, text: str) -> None:
        self._parts.append(text)
        self._size += len(text)
        if self._size > MAX_CHARACTERS:
            raise too_long(self.name)
        _, newline, tail = text.rpartition("\n")
        if newline:
            self._line = tail
        elif len(self._line) < 100:
            self._line += text
        self._gap = False


def too_long(name: str) -> QbankError:
    """What is said of a paper of more than `MAX_CHARACTERS`."""
    million = MAX_CHARACTERS // 1_000_000
    return QbankError(f"{name}: more than {million} million characters are no exam paper; split the file")


def _joined(marks: list[Mark], text: str) -> Iterator[Mark]:
    """Marks of one style with nothing but blanks between them are one mark."""
    result: list[Mark] = []
    last: dict[Style, int] = {}
    for mark in marks:
        before = last.get(mark.style)
        if before is not None and not text[result[before].end : mark.start].strip(" \t\u3000"):
            result[before] = Mark(result[before].start, mark.end, mark.style)
        else:
            last[mark.style] = len(result)
            result.append(mark)
    yield from sorted(result, key=lambda m: (m.start, m.end, m.style))


def is_colour(written: str) -> bool:
    """Whether `RRGGBB` or `RGB`, with or without `#`, is a colour rather than black, white or a grey."""
    digits = written.removeprefix("#")
    if re.fullmatch(r"[0-9A-Fa-f]{3}", digits):
        digits = "".join(2 * d for d in digits)
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", digits):
        return False
    channels = [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
    return max(channels) - min(channels) > 0x30


def media_type_of(data: bytes) -> str | None:
    """The type of a picture by its first bytes, whatever its name says; None for one no question can show."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "image/svg+xml" if head.startswith((b"<svg", b"<?xml")) and b"<svg" in data[:4096].lower() else None


def picture_name(data: bytes, media_type: str) -> str:
    """A name that is the same wherever the same picture is found."""
    suffix = next(suffix for suffix, kind in MEDIA_TYPES.items() if kind == media_type)
    return f"img-{hashlib.sha256(data).hexdigest()[:12]}{suffix}"


def read_extract(extract: Extract, name: str, ctx: Context, key: KeyText | None = None) -> Iterator[Question]:
    """The questions of a document, with its pictures and formulas in their places; `key` is a file of answers."""
    from qbank.readers.paper import read_text

    said = len(ctx.report.diagnostics)
    questions = [_dressed(q, extract.assets) for q in read_text(extract.text, name, ctx, extract.marks, key)]
    pictured: set[str] = set()
    for question in questions:
        shown = [asset for asset in _shown(question) if asset in extract.assets]
        ctx.assets.update((asset, extract.assets[asset]) for asset in shown)
        if shown:
            pictured |= {question.id, *(sub.id for sub in getattr(question, "questions", ()))}
    # The reader of papers saw a name where the picture now stands, and missed it.
    kept = [d for d in ctx.report.diagnostics[said:] if d.code != "R022" or d.question not in pictured]
    ctx.report.diagnostics[said:] = kept
    yield from questions


def _shown(question: Question) -> Iterator[str]:
    from qbank.model import texts

    for _, text in texts(question):
        yield from richtext.asset_names(text)


def _dressed(value: _T, assets: dict[str, Asset]) -> _T:
    """The question, or part of one, with `[图:NAME]` and `\\( \\)` in its rich texts as elements."""
    changes: dict[str, Any] = {}
    for name in value.__struct_fields__:
        changes[name] = _dressed_field(value, name, getattr(value, name), assets)
    changed = {name: new for name, new in changes.items() if new is not getattr(value, name)}
    return msgspec.structs.replace(value, **changed) if changed else value


def _dressed_field(owner: msgspec.Struct, name: str, value: Any, assets: dict[str, Asset]) -> Any:
    if name in {"source", "extensions", "tags", "category"}:
        return value
    if isinstance(value, str | Html):
        return illustrated(value, assets) if _is_rich(owner, name) else value
    if isinstance(value, msgspec.Struct):
        return _dressed(value, assets)
    if isinstance(value, tuple):
        made = tuple(
            illustrated(v, assets)
            if name == "hints"
            else _dressed(v, assets)
            if isinstance(v, msgspec.Struct) and not isinstance(v, Html)
            else v
            for v in value
        )
        return made if any(a is not b for a, b in zip(made, value, strict=True)) else value
    return value


def _is_rich(owner: msgspec.Struct, name: str) -> bool:
    """Whether a string there may hold markup: an accepted answer and an id never do."""
    kind = type(owner).__name__
    return name in _RICH or (name == "text" and kind != "Accepted") or (name == "answer" and kind == "Essay")


def illustrated(text: Text, assets: dict[str, Asset]) -> Text:
    """A text with pictures and formulas as elements; the same object when it has none."""
    if not _PASSED.search(text.html if isinstance(text, Html) else text):
        return text
    nodes = _placed(richtext.blocks(text), assets)
    made = richtext.serialize(tuple(n for n in nodes if isinstance(n, Element)))
    return richtext.canonical(Html(html=made))


def _placed(nodes: tuple[Node, ...], assets: dict[str, Asset]) -> tuple[Node, ...]:
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, Element):
            kept = node.tag in {"tex", "code", "pre"}
            result.append(node if kept else Element(node.tag, node.attributes, _placed(node.children, assets)))
            continue
        at = 0
        for match in _PASSED.finditer(node):
            made = _element(match, assets)
            if made is None:
                continue
            if match.start() > at:
                result.append(node[at : match.start()])
            result.append(made)
            at = match.end()
        if at < len(node):
            result.append(node[at:])
    return tuple(result)


def _element(match: re.Match[str], assets: dict[str, Asset]) -> Element | None:
    if name := match["picture"]:
        if name not in assets:
            return None
        alt = assets[name].alt or ""
        return Element("img", (("alt", alt), ("src", richtext.ASSET_PREFIX + name)))
    if match["block"]:
        return Element("tex", (("display", "block"),), (match["block"].strip(),))
    return Element("tex", (), (match["inline"].strip(),))
