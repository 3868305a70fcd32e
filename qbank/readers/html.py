"""Saved web pages: the paper in them, as lines, without the site around it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from qbank.model import Question
from qbank.readers.decode import decode
from qbank.readers.extract import Extract, read_extract
from qbank.readers.html_article import paper, words
from qbank.readers.html_lines import Page, parsed
from qbank.reading import Context, Document

_STUDENT = re.compile(
    r"我的答案|您的答案|你的答案|学生答案|[Yy]our answer|得分|未回答|已回答|Marked out of|Mark \d", re.I
)
_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})", re.I)
_HTML_START = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)
_TAGS = re.compile(rb"</?(?:p|div|span|table|tr|td|ul|ol|li|br|h[1-6]|b|strong|font|a|img)(?:\s[^<>]{0,400})?/?>", re.I)


class HtmlReader:
    """Reads a saved web page as an exam paper."""

    name = "html"
    title = "Web page (.html)"
    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml", ".shtml")
    options: Mapping[str, str] = {}

    def sniff(self, document: Document) -> float:
        """Sure of a document type or of html and body elements; less of a fragment full of tags."""
        head = document.data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if not head.startswith(b"<"):
            return 0.0
        if _HTML_START.search(head):
            return 0.9
        suffix = PurePosixPath(document.name.lower()).suffix
        if suffix in self.suffixes:
            return 0.8
        return 0.5 if len(_TAGS.findall(head)) >= 3 and not head.startswith(b"<?xml") else 0.0

    def read(self, document: Document, ctx: Context) -> Iterator[Question]:
        """The questions of the page. Raises `QbankError` when it is not text."""
        yield from read_extract(extract(document, ctx), document.name, ctx)


def extract(document: Document, ctx: Context) -> Extract:
    """The lines of the page's article, as a reader of the page sees them.

    Reports what was taken for the site's furniture (R002), pictures that are
    not at hand (R030), and formulas read in part (R031).
    """
    root = parsed(_text(document, ctx))
    if root is None:
        return Extract("")
    dropped: list[str] = []
    article = paper(root, dropped)
    page = Page(document, ctx, student=bool(_STUDENT.search(words(article))))
    page.render(article)
    if dropped:
        quoted = "; ".join(f"“{_short(text)}”" for text in dropped[:5])
        more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        ctx.problem("R002", f"taken for the page's furniture and left out: {quoted}{more}", document.name)
    page.report()
    return page.out.extract()


def _text(document: Document, ctx: Context) -> str:
    """The page's characters, by byte order mark, declared encoding, or guess."""
    data = document.data
    if not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        declared = _CHARSET.search(data[:8192]) or _XML_ENCODING.match(data[:512])
        if declared is not None:
            name = declared[1].decode("ascii").lower()
            name = "gb18030" if name in {"gb2312", "gbk", "gb_2312-80", "x-gbk", "chinese"} else name
            if not name.startswith(("utf-16", "utf-32", "utf16", "utf32")):
                try:
                    if codecs.lookup(name)._is_text_encoding:
                        return data.decode(name)
                except (LookupError, UnicodeDecodeError):
                    pass  # the declaration is wrong; the bytes decide
    return decode(data, document.name, ctx)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


READER = HtmlReader()
