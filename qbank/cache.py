"""What was found in questions that have not changed: a file beside a big bank, safe to delete at any time.

The memory is kept only where it pays (`WORTH_IT`). It knows what was checked
with what: another version of qbank, other rules, another header or a changed
picture make it forget everything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from stat import S_ISREG

import msgspec

from qbank.diagnostics import QbankError
from qbank.files import atomic_write
from qbank.model import Header

FOLDER = ".qbank_cache"
WORTH_IT = 1 << 20
"""Bytes from which on a bank is remembered; a smaller one is checked in the time it takes to start."""
MOST = 1 << 28
"""Bytes up to which: all answers are in memory, and the memory of a larger bank would not stay flat."""
_NOTE = b"# Made by qbank check, safe to delete.\n*\n"
_SEAL = 16
"""Bytes at the beginning of a memory by which damage is known."""
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
            data = memory.path.read_bytes() if _is_ours(memory.path) else b""
            if data[:_SEAL] == _sealed(data[_SEAL:]):
                context, entries = _ENTRIES.decode(data[_SEAL:])
                if context == memory.context:
                    memory._old = entries
        return memory

    def save(self) -> None:
        """Write down what was used, if it is not what stands there; a folder that cannot be written to is left alone."""
        if self._used.keys() == self._old.keys():
            return
        with suppress(OSError, QbankError):
            self.path.parent.mkdir(exist_ok=True)
            note = self.path.parent / ".gitignore"
            if any(path.is_symlink() for path in (self.path.parent, self.path, note)):
                # A folder from a stranger may hold a link to a file that is none of a bank's business.
                return
            if not note.exists():
                with atomic_write(note) as sink:
                    sink.write(_NOTE)
            data = msgspec.msgpack.encode((self.context, self._used))
            with atomic_write(self.path) as sink:
                sink.write(_sealed(data))
                sink.write(data)

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


def _sealed(data: bytes) -> bytes:
    return blake2b(data, digest_size=_SEAL).digest()


def _is_ours(path: Path) -> bool:
    """Whether a memory is a file of this user's, and no link to another."""
    if path.parent.is_symlink():
        return False
    seen = path.lstat()
    return S_ISREG(seen.st_mode) and (sys.platform == "win32" or seen.st_uid == os.geteuid())


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
