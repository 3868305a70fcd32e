"""What was found in questions that have not changed: a file beside a big bank, safe to delete at any time.

The memory is kept only where it pays (`WORTH_IT`). It knows what was checked
with what: another version of qbank, other rules, another header or a changed
picture make it forget everything.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from qbank.files import atomic_write
from qbank.model import Header

FOLDER = ".qbank_cache"
WORTH_IT = 1 << 20
"""Bytes from which on a bank is remembered; a smaller one is checked in the time it takes to start."""
MOST = 1 << 30
"""Bytes up to which: the ids of a larger one would not fit in memory."""
_NOTE = "# Made by qbank check, safe to delete.\n*\n"
_ENTRIES = msgspec.msgpack.Decoder(tuple[bytes, dict[bytes, bytes]])


@dataclass(slots=True)
class Memory(MutableMapping[bytes, bytes]):
    """Answers by the digest of what was asked; only those that were used this time are kept."""

    path: Path
    context: bytes
    """The digest of all that the answers depend on besides the questions."""
    _old: dict[bytes, bytes] = field(default_factory=dict)
    _used: dict[bytes, bytes] = field(default_factory=dict)

    @classmethod
    def beside(cls, bank: str, header: Header, extra: frozenset[str]) -> Memory | None:
        """The memory of a bank file; None for a bank that is not worth it or is no file."""
        path = Path(bank)
        try:
            if bank == "-" or not WORTH_IT <= path.stat().st_size <= MOST:
                return None
        except OSError:
            return None
        memory = cls(path.parent / FOLDER / f"{path.name}.check", _context(header, path.parent, extra))
        with suppress(OSError, msgspec.MsgspecError):
            context, entries = _ENTRIES.decode(memory.path.read_bytes())
            if context == memory.context:
                memory._old = entries
        return memory

    def save(self) -> None:
        """Write down what was used, if it is not what stands there; a folder that cannot be written to is left alone."""
        if self._used.keys() == self._old.keys():
            return
        with suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            note = self.path.parent / ".gitignore"
            if not note.exists():
                note.write_text(_NOTE, encoding="utf-8")
            with atomic_write(self.path) as sink:
                sink.write(msgspec.msgpack.encode((self.context, self._used)))

    def __getitem__(self, key: bytes) -> bytes:
        return self._used[key] if key in self._used else self._old[key]

    def __setitem__(self, key: bytes, answer: bytes) -> None:
        self._used[key] = answer

    def __delitem__(self, key: bytes) -> None:
        self._used.pop(key, None)
        self._old.pop(key, None)

    def __iter__(self) -> Iterator[bytes]:
        return iter({**self._old, **self._used})

    def __len__(self) -> int:
        return len({**self._old, **self._used})


def _context(header: Header, folder: Path, extra: frozenset[str]) -> bytes:
    """What the answers depend on: this program, the header, what is asked for, and the files of the assets."""
    digest = blake2b(digest_size=16)
    with suppress(PackageNotFoundError):
        digest.update(version("qbank").encode())
    here = Path(__file__).parent
    for file in sorted([*here.glob("*.py"), *here.glob("lint/*.py")]):
        seen = file.stat()
        digest.update(f"{file.name} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    digest.update(msgspec.json.encode(header, enc_hook=str))
    digest.update("\n".join(sorted(extra)).encode())
    for name, asset in header.assets.items():
        if asset.file is not None:
            with suppress(OSError, ValueError):
                there = (folder / asset.file).stat()
                digest.update(f"{name} {there.st_size} {there.st_mtime_ns}\n".encode())
    return digest.digest()
