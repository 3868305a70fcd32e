"""Rules about pictures and sounds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qbank import richtext
from qbank.assets import AssetError
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope
from qbank.model import Question


def shown(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """Every picture and sound a text shows is listed, safe, there and unchanged; pictures are described."""
    for pointer, text in scope.rich:
        for element in richtext.elements(text):
            if element.tag not in ("img", "audio"):
                continue
            name = (element.get("src") or "").removeprefix(richtext.ASSET_PREFIX)
            scope.shown.add(name)
            verdict = _verdict(name, scope)
            if verdict is not None:
                yield finding(verdict[0], verdict[1], pointer=pointer)
            entry = scope.assets.entries.get(name)
            if element.tag == "img" and not element.get("alt") and not (entry and entry.alt):
                yield finding("L207", f"the picture {name!r} has no description ('alt')", pointer=pointer)


_NO_DESCRIPTION = re.compile(
    r"\s*(?:[\w.-]+\.(?:png|jpe?g|gif|svg|webp|bmp)|image\d*|img[_-]?\d*|picture\d*|图片?\d*|alt)\s*\Z", re.I
)


def descriptions(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A picture whose description is its file name: it tells those who cannot see it nothing.

    Remedy: describe what is to be seen.
    """
    for pointer, text in scope.rich:
        for element in richtext.elements(text):
            alt = element.get("alt") if element.tag == "img" else None
            if alt and _NO_DESCRIPTION.match(alt):
                yield finding("L241", f"{alt!r} describes no picture", pointer=pointer)


def unused(scope: Scope) -> Iterator[Diagnostic]:
    """Assets that nothing shows, or that cannot be read though nothing shows them."""
    for name in scope.assets:
        if name not in scope.shown:
            pointer = f"/assets/{name}"
            yield finding("A005", f"no text shows the asset {name!r}", pointer=pointer)
            verdict = _verdict(name, scope)
            if verdict is not None:
                yield finding(verdict[0], verdict[1], pointer=pointer)


def _verdict(name: str, scope: Scope) -> tuple[str, str] | None:
    if name not in scope.verdicts:
        try:
            scope.assets.media_type(name)
            scope.assets.read(name)
            scope.verdicts[name] = None
        except AssetError as error:
            scope.verdicts[name] = (error.code, str(error))
    return scope.verdicts[name]
