"""The questions of type `category`, which say where the questions after them go, and what a category is about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from qbank.export import Context
from qbank.formats import moodle
from qbank.model import Html

from .._xml import Xml
from .settings import NAME

INFOS = "categories"
"""`extensions["moodle-xml"].categories` of the bank: a list of objects with `path`, a list of names, `info`, HTML that
says what the category is about, and `idnumber`."""


class Infos:
    """What the bank says of its categories; each is written once, for Moodle reads the first only."""

    def __init__(self, ctx: Context) -> None:
        self._infos: dict[tuple[str, ...], str] = {}
        own: Mapping[str, object] = ctx.header.extensions.get(NAME, {})
        listed = own.get(INFOS)
        for i, entry in enumerate(listed if isinstance(listed, list) else []):
            pointer = f"/extensions/{NAME}/{INFOS}/{i}"
            try:
                found = msgspec.convert(entry, _Info)
            except msgspec.ValidationError as error:
                ctx.report.add(
                    "X208", f"category {i + 1} of those described is not understood: {error}", pointer=pointer
                )
                continue
            self._infos[found.path] = found.info
            if found.idnumber:
                # one that the course has already would end the import
                ctx.report.add(
                    "X208",
                    f"the id number {found.idnumber!r} of a category is not written",
                    pointer=f"{pointer}/idnumber",
                )

    def before(self, parts: tuple[str, ...], path: str) -> bytes:
        """A category, and before it those around it of which there is something to say."""
        xml = Xml()
        for size in range(1, len(parts)) if self._infos else ():
            around = self._infos.pop(parts[:size], "")
            if around:
                _write(xml, moodle.category(parts[:size])[0], around)
        info = self._infos.pop(parts, "") if self._infos else ""
        if info:
            _write(xml, path, info)
        else:
            xml.add(_bare(path))
        return bytes(xml)


@lru_cache(maxsize=1024)
def _bare(path: str) -> Xml:
    piece = Xml()
    _write(piece, path, "")
    return piece


def _write(xml: Xml, path: str, info: str) -> None:
    xml.open("question", type="category")
    xml.boxed("category", "text", path)
    xml.boxed("info", "text", moodle.html(Html(html=info), moodle.words_for) if info else "", format="html")
    xml.close()


class _Info(msgspec.Struct):
    path: tuple[str, ...]
    info: str = ""
    idnumber: str = ""
