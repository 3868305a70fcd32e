"""Bytes of unknown encoding to text: what a scraper saved is not always UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from qbank.diagnostics import QbankError
from qbank.reading import Context

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_SAMPLE = 65536
_COMMON_HAN = "的一是不了在有个人这中为以上下大和国地到说时要就出会可也你对生能而子那得于着下自之年"


def any_line_ends(text: str) -> str:
    """All that people and programs break lines with as `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x85", "\n")


def decode(data: bytes, name: str, ctx: Context, line_ends: Callable[[str], str] = any_line_ends) -> str:
    """The text of a document, line ends as `\\n`, control characters removed.

    A format with its own idea of a line end brings `line_ends`. Reports R027
    when the encoding was guessed and R028 when characters were removed. Raises
    `QbankError` on what is not text.
    """
    text, guessed = _decode(data, name)
    if guessed:
        ctx.problem("R027", f"{name} is not UTF-8; it was read as {guessed}", name)
    text = line_ends(text)
    clean, removed = _CONTROL.subn("", text)
    if removed * 20 > len(text) + 60:
        raise QbankError(f"{name}: this is not a text file (binary content); convert it to text first")
    if removed:
        ctx.problem("R028", f"{removed} control characters were removed from {name}", name)
    return clean


def looks_like_text(data: bytes) -> bool:
    """Whether the first kilobytes may be text in some encoding."""
    head = data[:4096]
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return True
    if head.startswith(
        (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b")
    ):
        return False
    return _wide(head) is not None or head.count(0) * 20 <= len(head)


def is_utf8_text(data: bytes) -> bool:
    """Whether `decode` takes a document for UTF-8 if it can be read as that."""
    if data.startswith(_BOMS[0][0]):
        return True
    others = tuple(bom for bom, _ in _BOMS)
    return not data.startswith(others) and _wide(data[:_SAMPLE]) is None and looks_like_text(data)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    """The text, and the encoding's name when it was a guess."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").lstrip("\ufeff"), ""
    wide = _wide(data[:_SAMPLE])
    if wide is not None:
        return data.decode(wide, errors="replace"), wide.upper()
    if not looks_like_text(data):
        raise QbankError(f"{name}: this is not a text file (binary content); convert it to text first")
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4 or _damaged_utf8(data):
            return data.decode("utf-8", errors="replace"), ""
    return _legacy(data)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 8:
        return None
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > half // 50 + 1 and others == 0:
            try:
                text = head[: half * 2].decode(encoding, errors="strict")
            except UnicodeDecodeError:
                continue
            if sum(c.isprintable() or c.isspace() for c in text) > len(text) * 0.95:
                return encoding
    return None


def _damaged_utf8(data: bytes) -> bool:
    """Whether it is UTF-8 with a few broken bytes rather than another encoding."""
    text = data[:_SAMPLE].decode("utf-8", errors="replace")
    wide = sum(c > "\x7f" and c != "\ufffd" for c in text)
    return text.count("\ufffd") * 10 < wide


def _legacy(data: bytes) -> tuple[str, str]:
    """GB18030 or Big5, whichever reads as Chinese; else what charset-normalizer says."""
    best: tuple[float, str, str] | None = None
    for encoding in ("gb18030", "big5"):
        text = data.decode(encoding, errors="replace")
        sample = text[:_SAMPLE]
        if sample.count("\ufffd") * 50 > len(sample):
            continue
        wide = [c for c in sample if c > "\x7f"]
        common = sum(c in _COMMON_HAN or c in "，。、？：（）；“”！" for c in wide) / max(1, len(wide))
        if best is None or common > best[0]:
            best = (common, text, encoding.upper())
    if best is not None and best[0] > 0.02:
        return best[1], best[2]
    from charset_normalizer import from_bytes

    match = from_bytes(data[:_SAMPLE]).best()
    if match is not None:
        return data.decode(match.encoding, errors="replace"), match.encoding
    return data.decode("latin-1"), "Latin-1"
