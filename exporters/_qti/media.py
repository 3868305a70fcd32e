"""Puts the pictures and sounds that items show into the package, each once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
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
    _members: dict[str, str] = field(init=False)
    """What each asset is called in the package, whichever of them are shown, and in which order."""

    def __post_init__(self) -> None:
        names, self._members = Names(), {}
        for name in self.assets:
            with suppress(AssetError):
                stem, dot, suffix = self.assets.file_name(name).rpartition(".")
                self._members[name] = f"{FOLDER}/{names.give(stem, dot + suffix)}"

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

    def put(self, member: str) -> None:
        """Write a member that `file` gave a name, if it was not written before, be it asked for elsewhere."""
        asset = next((asset for asset, name in self._members.items() if name == member), None)
        if asset is not None:
            self.file(asset)

    def alt(self, name: str) -> str:
        """What the bank says a picture shows, or nothing."""
        asset = self.assets.entries.get(name)
        return (asset.alt if asset is not None else None) or ""

    def _write(self, name: str) -> File:
        media_type = self.assets.media_type(name)
        data = self.assets.read(name)
        member = self._members[name]
        self.add(member, data)
        return File(member, media_type)
