"""The pictures and sounds that a reader found, each once, under names that a bank can use."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote_to_bytes

from qbank.assets import MAX_BYTES, MEDIA_TYPES
from qbank.model import Asset
from qbank.readers.extract import media_type_of, picture_name

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_DATA = re.compile(r"(?is)data:([^,;]*)((?:;[^,;]*)*),(.*)\Z")


class UnusableMedia(ValueError):
    """A file that no question can show; the message says why, as a part of a sentence."""


class Album:
    """Collects media into the `assets` of a reading context."""

    def __init__(self, assets: dict[str, Asset], most: int | None = None) -> None:
        """`most` is how many bytes they may have together."""
        self._assets = assets
        self._left = most
        self._by_content: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        """How many pictures of other content asked for a name: the next need not try all the numbers again."""

    def add(self, data: bytes, name: str) -> str:
        """The asset's name; the same bytes are one asset whatever they are called. Raises `UnusableMedia`."""
        if not data:
            raise UnusableMedia("is empty")
        if len(data) > MAX_BYTES:
            raise UnusableMedia(f"is larger than {MAX_BYTES >> 20} MiB")
        digest = hashlib.sha256(data).hexdigest()
        if digest in self._by_content:
            return self._by_content[digest]
        media_type = media_type_of(data) or sound_type_of(data, name)
        if media_type is None:
            raise UnusableMedia("is neither a picture nor a sound that a question can show")
        if self._left is not None:
            if len(data) > self._left:
                raise UnusableMedia("is more than all pictures together may take")
            self._left -= len(data)
        chosen = self._free(_fit(name, media_type) or picture_name(data, media_type))
        encoded = base64.b64encode(data).decode("ascii")
        self._assets[chosen] = Asset(base64=encoded, media_type=media_type, sha256=digest)
        self._by_content[digest] = chosen
        return chosen

    def add_base64(self, text: str, name: str) -> str:
        """`add` for bytes in base64, white space in it ignored. Raises `UnusableMedia`."""
        if len(text) > MAX_BYTES * 2:
            raise UnusableMedia(f"is larger than {MAX_BYTES >> 20} MiB")
        packed = "".join(text.split())
        try:
            data = base64.b64decode(packed + "=" * (-len(packed) % 4))
        except (binascii.Error, ValueError) as error:
            raise UnusableMedia("is not in base64") from error
        return self.add(data, name)

    def add_data(self, address: str) -> str:
        """`add` for a `data:` address. Raises `UnusableMedia`."""
        found = _DATA.match(address)
        if found is None:
            raise UnusableMedia("is not a data address")
        if "base64" in found[2].lower():
            return self.add_base64(found[3].replace("%2B", "+").replace("%2F", "/").replace("%3D", "="), "")
        return self.add(unquote_to_bytes(found[3]), "")

    def _free(self, name: str) -> str:
        path, wanted = PurePosixPath(name), name
        count = self._counts.get(wanted, 1)
        while name in self._assets:
            count += 1
            name = f"{path.stem[:80]}-{count}{path.suffix}"
        self._counts[wanted] = count
        return name


def sound_type_of(data: bytes, name: str) -> str | None:
    """The type of a sound by its first bytes, or by its name where those say nothing against it."""
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "audio/wav"
    if data.startswith(b"ID3") or (data[:1] == b"\xff" and data[1:2] >= b"\xe0" and len(data) > 2):
        return "audio/mpeg"
    if data[4:8] == b"ftyp" and data[8:11] in (b"M4A", b"mp4", b"iso", b"das"):
        return "audio/mp4" if PurePosixPath(name).suffix.lower() != ".mp4" else None
    return None


def _fit(name: str, media_type: str) -> str | None:
    """The file's own name where it fits, cleaned; None where nothing of it remains."""
    path = PurePosixPath(unicodedata.normalize("NFKC", name))
    is_known = path.suffix.lower() in MEDIA_TYPES
    suffix = path.suffix if is_known else next(s for s, kind in MEDIA_TYPES.items() if kind == media_type)
    stem = _UNFIT.sub("-", path.stem if is_known else path.name).strip("-.")
    if not re.search(r"[A-Za-z0-9]", stem) or len(re.findall(r"[^\x00-\x7f]", path.stem)) > len(stem):
        return None
    fitted = f"{stem[:80]}{suffix}"
    return fitted if _NAME.match(fitted) else None
