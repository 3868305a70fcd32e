"""Images and sounds: where their bytes are, whether they may be read, what type they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from qbank.diagnostics import QbankError
from qbank.model import Asset

MAX_BYTES = 32 * 1024 * 1024
MEDIA_TYPES: dict[str, str] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
}


class AssetError(QbankError):
    """An asset that cannot be used; `code` is the diagnostic that says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class AssetStore:
    """The assets of a bank by name; files are looked up below `root` and nowhere else."""

    entries: Mapping[str, Asset] = field(default_factory=dict)
    root: Path | None = None

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def path(self, name: str) -> Path:
        """Where a `file` asset lies. Raises `AssetError` A001, A003."""
        asset = self._entry(name)
        assert asset.file is not None
        written = asset.file
        parts = PurePosixPath(written.replace("\\", "/")).parts
        unsafe = ".." in parts or PurePosixPath(written).is_absolute() or bool(PureWindowsPath(written).drive)
        root = (self.root or Path()).resolve()
        if not unsafe:
            try:
                path = (root / PurePosixPath(written.replace("\\", "/"))).resolve()
            except (OSError, ValueError, RuntimeError) as error:
                # A NUL in the path; links that lead in a circle (an OSError since Python 3.13).
                raise AssetError("A002", f"asset {name!r}: {_shown(written)} cannot be read ({error})") from error
            if path.is_relative_to(root):
                return path
        raise AssetError("A003", f"asset {name!r}: the path {_shown(written)} leads outside the bank's folder")

    def read(self, name: str) -> bytes:
        """The bytes of an asset. Raises `AssetError` A001 to A004, A007, A008."""
        asset = self._entry(name)
        data = self._decode(name, asset.base64) if asset.base64 is not None else self._load(name)
        if asset.sha256 is not None and hashlib.sha256(data).hexdigest() != asset.sha256:
            raise AssetError("A004", f"asset {name!r}: the content is not what its sha256 says")
        return data

    def media_type(self, name: str) -> str:
        """The media type as declared, else by the file's ending. Raises `AssetError` A001, A006."""
        asset = self._entry(name)
        found = asset.media_type or MEDIA_TYPES.get(PurePosixPath(asset.file or name).suffix.lower())
        found = found or MEDIA_TYPES.get(PurePosixPath(name).suffix.lower())
        if found is None or found not in MEDIA_TYPES.values():
            raise AssetError(
                "A006", f"asset {name!r}: {found or 'its type is unknown and'} cannot be shown in a question"
            )
        return found

    def file_name(self, name: str) -> str:
        """A safe file name for the asset: its name, with the ending of its type if it has none."""
        if PurePosixPath(name).suffix.lower() in MEDIA_TYPES:
            return name
        media_type = self.media_type(name)
        return name + next(suffix for suffix, kind in MEDIA_TYPES.items() if kind == media_type)

    def _entry(self, name: str) -> Asset:
        asset = self.entries.get(name)
        if asset is None:
            raise AssetError("A001", f"asset {name!r} is shown but not listed in 'assets'")
        return asset

    def _load(self, name: str) -> bytes:
        path = self.path(name)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise AssetError("A007", f"asset {name!r}: {path.name} is larger than {MAX_BYTES >> 20} MiB")
            if not path.is_file():
                raise AssetError("A002", f"asset {name!r}: {path.name} is not a file")
            return path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise AssetError(
                "A002", f"asset {name!r}: {_shown(self.entries[name].file)} cannot be read ({reason})"
            ) from error

    def _decode(self, name: str, text: str) -> bytes:
        if len(text) * 3 // 4 > MAX_BYTES:
            raise AssetError("A007", f"asset {name!r} is larger than {MAX_BYTES >> 20} MiB")
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise AssetError("A008", f"asset {name!r}: its base64 cannot be decoded ({error})") from error


def _shown(path: str | None) -> str:
    """A path, short, without what a terminal would obey."""
    text = repr(path)
    return text if len(text) <= 80 else text[:77] + "..."
