"""The lines of a text one after the other, so that a long text is never held whole, and a look at those to come."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from qbank.readers.decode import any_line_ends, decode, is_utf8_text
from qbank.reading import Context

_PIECE = 1 << 16
_UNWANTED = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]|\xef\xbf[\xbe\xbf]")
"""In UTF-8, the control characters that `decode` takes out."""


def lines(data: bytes, name: str, ctx: Context, line_ends: Callable[[str], str] = any_line_ends) -> Iterator[str]:
    """The lines of what `decode` makes of a document, which is decoded bit by bit where it is plain UTF-8.

    Reports and raises what `decode` does.
    """
    return source(data, name, ctx, line_ends)()


def source(
    data: bytes, name: str, ctx: Context, line_ends: Callable[[str], str] = any_line_ends
) -> Callable[[], Iterator[str]]:
    """What gives the `lines` of a document, from the first at each call."""
    if _is_plain(data):
        return lambda: _decoded(data, line_ends)
    text = decode(data, name, ctx, line_ends)
    return lambda: each(text)


def _decoded(data: bytes, line_ends: Callable[[str], str]) -> Iterator[str]:
    at = 0
    while data.startswith(codecs.BOM_UTF8, at):
        at += len(codecs.BOM_UTF8)
    rest = ""
    while at < len(data):
        end = data.find(b"\n", at + _PIECE) + 1
        if not end or data.find(b"\n", end) < 0:
            end = len(data)  # the last line is not alone: what ends lines is told by those before it
        *found, rest = line_ends(data[at:end].decode()).split("\n")
        yield from found
        at = end
    yield rest


def each(text: str) -> Iterator[str]:
    """The lines of a text, as `text.split` gives them."""
    at = 0
    while (end := text.find("\n", at)) >= 0:
        yield text[at:end]
        at = end + 1
    yield text[at:]


class Ahead:
    """Lines to take one by one, and to look at before they are taken."""

    def __init__(self, source: Iterable[str]) -> None:
        self._source = iter(source)
        self._seen: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        while (line := self.next()) is not None:
            yield line

    def next(self) -> str | None:
        """The next line, taken; None behind the last."""
        return self._seen.popleft() if self._seen else next(self._source, None)

    def head(self, size: int) -> str:
        """The first characters of what is to come, which stay to be taken."""
        found: list[str] = []
        length = 0
        for line in self.ahead():
            found.append(line)
            length += len(line) + 1
            if length > size:
                break
        return "\n".join(found)[:size]

    def ahead(self) -> Iterator[str]:
        """The lines to come, which stay to be taken."""
        at = 0
        while True:
            if at == len(self._seen):
                line = next(self._source, None)
                if line is None:
                    return
                self._seen.append(line)
            yield self._seen[at]
            at += 1


def _is_plain(data: bytes) -> bool:
    """Whether it is UTF-8 throughout, without characters to be taken out."""
    if not is_utf8_text(data) or _UNWANTED.search(data) is not None:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            decoder.decode(data[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
