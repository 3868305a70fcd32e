"""Puts the pictures and sounds that items show into the package, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from qbank.assets import AssetError, AssetStore
from qbank.formats.qti import Names

FOLDER = "media"


@dataclass(frozen=True, slots=True)
class File:
    """A member of the package and its media type."""

    member: str
    media_type: str


@dataclass(slots=True)
class Media:
    """The media of a package under way."""

    assets: AssetStore
    add: Callable[[str, bytes], None]
    """Writes a member of the package."""
    _files: dict[str, File | AssetError] = field(default_factory=dict)
    _names: Names = field(default_factory=Names)

    def file(self, name: str) -> File:
        """The file of an asset, written when first asked for. Raises `AssetError` each time it cannot be had."""
        if name not in self._files:
            try:
                self._files[name] = self._write(name)
            except AssetError as error:
                self._files[name] = error
        found = self._files[name]
        if isinstance(found, AssetError):
            raise AssetError(found.code, str(found))
        return found

    def alt(self, name: str) -> str:
        """What the bank says a picture shows, or nothing."""
        asset = self.assets.entries.get(name)
        return (asset.alt if asset is not None else None) or ""

    def _write(self, name: str) -> File:
        media_type = self.assets.media_type(name)
        data = self.assets.read(name)
        stem, dot, suffix = self.assets.file_name(name).rpartition(".")
        member = f"{FOLDER}/{self._names.give(stem, dot + suffix)}"
        self.add(member, data)
        return File(member, media_type)
