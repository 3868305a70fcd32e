"""Pictures and formulas on a paper: what can be shown, how large, and what is said of the rest."""

from __future__ import annotations

import base64
from collections.abc import Container
from dataclasses import dataclass, field
from struct import error as StructError
from struct import unpack_from

from qbank.assets import AssetError
from qbank.export import Context
from qbank.richtext import ASSET_PREFIX, Element

from ._paper_plan import Rich


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be shown, with its size in pixels."""

    name: str
    media_type: str
    alt: str
    width: int
    height: int

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """Its size, made smaller where it is larger than that."""
        scale = min(1.0, width / self.width, height / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


@dataclass(slots=True)
class Media:
    """The bank's media as a paper shows them; what cannot be shown is a loss, reported once."""

    ctx: Context
    _known: dict[str, tuple[str, bytes] | None] = field(default_factory=dict)
    _said: set[tuple[str, str]] = field(default_factory=set)

    def picture(self, node: Element, rich: Rich, types: Container[str]) -> Picture | None:
        """The picture, or None where it is reported as lost."""
        name = _name(node)
        found = self._read(name)
        size = None if found is None else _size(*found)
        if found is None or found[0] not in types or size is None:
            why = (
                "is not at hand"
                if found is None
                else f"is of a type ({found[0]}) that a paper of this form cannot show"
            )
            self._lost(f"the picture {name!r} of {rich.question.id} {why}", rich)
            return None
        wanted = [int(value) if (value := node.get(key)) and value.isdigit() else 0 for key in ("width", "height")]
        width, height = size
        if wanted[0] or wanted[1]:
            width, height = (
                wanted[0] or max(1, width * wanted[1] // height),
                wanted[1] or max(1, height * wanted[0] // width),
            )
        return Picture(name, found[0], self.words_for(node)[1:-1], width, height)

    def link(self, node: Element, rich: Rich) -> str | None:
        """A picture of any type as a data URI, or None where it is reported as lost."""
        name = _name(node)
        found = self._read(name)
        if found is None or not found[0].startswith("image/"):
            self._lost(f"the picture {name!r} of {rich.question.id} is not at hand", rich)
            return None
        return f"data:{found[0]};base64,{base64.b64encode(found[1]).decode()}"

    def data(self, name: str) -> bytes:
        """The bytes of a picture that can be shown."""
        found = self._read(name)
        return b"" if found is None else found[1]

    def missing(self, node: Element, rich: Rich) -> str:
        """The words for a sound, which no paper can play: a loss."""
        self._lost(f"the sound {_name(node)!r} of {rich.question.id} cannot be printed", rich)
        return self.words_for(node)

    def unformatted(self, tex: str, rich: Rich) -> None:
        """A formula that is shown as it is written: a loss."""
        if tex.strip():
            message = f"a formula of {rich.question.id} is shown as TeX: {' '.join(tex.split())[:60]}"
            self._say("X304", message, rich)

    def words_for(self, node: Element) -> str:
        """What stands in the place of a picture."""
        name = _name(node)
        entry = self.ctx.assets.entries.get(name)
        return f"[{node.get('alt') or (entry.alt if entry is not None else None) or name}]"

    def _lost(self, message: str, rich: Rich) -> None:
        self._say("X203", message, rich)

    def _say(self, code: str, message: str, rich: Rich) -> None:
        """A loss, once, however many versions show it."""
        if (message, rich.question.id) not in self._said:
            self._said.add((message, rich.question.id))
            self.ctx.loss(code, rich.question, message, rich.pointer)

    def _read(self, name: str) -> tuple[str, bytes] | None:
        if name not in self._known:
            try:
                self._known[name] = self.ctx.assets.media_type(name), self.ctx.assets.read(name)
            except AssetError:
                self._known[name] = None
        return self._known[name]


def _name(node: Element) -> str:
    return (node.get("src") or "").removeprefix(ASSET_PREFIX)


def _size(media_type: str, data: bytes) -> tuple[int, int] | None:
    """The width and height in the head of a PNG, GIF or JPEG file; None where there are none."""
    try:
        if media_type == "image/png" and data.startswith(b"\x89PNG"):
            width, height = unpack_from(">II", data, 16)
        elif media_type == "image/gif" and data.startswith(b"GIF8"):
            width, height = unpack_from("<HH", data, 6)
        elif media_type == "image/jpeg" and data.startswith(b"\xff\xd8"):
            width, height = _jpeg_size(data)
        else:
            return None
    except (StructError, IndexError):
        return None
    return (width, height) if 0 < width < 100_000 and 0 < height < 100_000 else None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the start-of-frame segment (ITU T.81, B.2.2). IndexError or struct.error where there is none."""
    place = 2
    while True:
        if data[place] != 0xFF:
            raise IndexError(place)
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = unpack_from(">HH", data, place + 5)
            return width, height
        (length,) = unpack_from(">H", data, place + 2)
        place += 2 + length
