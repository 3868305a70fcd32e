"""What was seen before, a dozen bytes each: a million questions need no more memory than a picture.

The ids lie in a temporary file; in memory there is a short digest of each and
where its id begins. An id that seems to be known is read back and compared, so
nothing is taken for a repeat that is none. What questions say is compared by 64
bits alone: in a bank of a million the chance of one false twin is one in 37 million.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, MutableSet
from dataclasses import dataclass, field

from qbank.scratch import Scratch

_KEY = 8
_RECORD = 12  # a key and an offset
_BUCKETS = 4096
_LONGEST = 400  # bytes: an id has at most 100 characters


class _Names:
    """Names one after the other, found again by where they begin."""

    def __init__(self) -> None:
        self._lines = Scratch()

    def add(self, name: str) -> int:
        return self._lines.append(name.encode() + b"\n")

    def at(self, start: int) -> str:
        return self._lines.read(start, _LONGEST).partition(b"\n")[0].decode()


class _Table:
    """Short keys with a number each; one key may stand more than once."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(_BUCKETS)]

    def add(self, key: bytes, number: int) -> None:
        self._buckets[(key[0] << 4 | key[1]) % _BUCKETS] += key + number.to_bytes(4, "little")

    def has(self, key: bytes) -> bool:
        """Whether the key may be there; a no is certain."""
        return key in self._buckets[(key[0] << 4 | key[1]) % _BUCKETS]

    def find(self, key: bytes) -> Iterator[int]:
        bucket = self._buckets[(key[0] << 4 | key[1]) % _BUCKETS]
        for start in _starts(bucket, key):
            yield int.from_bytes(bucket[start + _KEY : start + _RECORD], "little")

    def drop(self, key: bytes, number: int) -> None:
        bucket = self._buckets[(key[0] << 4 | key[1]) % _BUCKETS]
        start = bucket.find(key + number.to_bytes(4, "little"))
        while start % _RECORD:
            start = bucket.find(key + number.to_bytes(4, "little"), start + 1)
        del bucket[start : start + _RECORD]

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        for bucket in self._buckets:
            whole = bytes(bucket)
            for start in range(0, len(whole), _RECORD):
                key, number = whole[start : start + _KEY], whole[start + _KEY : start + _RECORD]
                yield key, int.from_bytes(number, "little")

    def __len__(self) -> int:
        return sum(map(len, self._buckets)) // _RECORD


def _starts(bucket: bytearray, key: bytes) -> Iterator[int]:
    start = bucket.find(key)
    while start >= 0:
        if start % _RECORD == 0:
            yield start
        start = bucket.find(key, start + 1)


@dataclass(slots=True)
class Ids(MutableSet[str]):
    """A set of ids."""

    _names: _Names = field(default_factory=_Names)
    _table: _Table = field(default_factory=_Table)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._where(name) is not None

    def add(self, name: str) -> None:
        key = _key(name)
        if not self._table.has(key) or self._where(name) is None:
            self._table.add(key, self._names.add(name))

    def discard(self, name: str) -> None:
        start = self._where(name)
        if start is not None:
            self._table.drop(_key(name), start)

    def __iter__(self) -> Iterator[str]:
        return (self._names.at(start) for _, start in self._table)

    def __len__(self) -> int:
        return len(self._table)

    def _where(self, name: str) -> int | None:
        key = _key(name)
        if not self._table.has(key):
            return None
        return next((start for start in self._table.find(key) if self._names.at(start) == name), None)


@dataclass(slots=True)
class Firsts(MutableMapping[bytes, str]):
    """Digests of eight bytes, each with the id of the first question that has it."""

    _names: _Names = field(default_factory=_Names)
    _table: _Table = field(default_factory=_Table)

    def setdefault(self, digest: bytes, default: str = "") -> str:
        if digest not in self:
            self._table.add(digest, self._names.add(default))
            return default
        return self[digest]

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, bytes) or not self._table.has(digest):
            return False
        return next(self._table.find(digest), None) is not None

    def __getitem__(self, digest: bytes) -> str:
        start = next(self._table.find(digest), None)
        if start is None:
            raise KeyError(digest)
        return self._names.at(start)

    def __setitem__(self, digest: bytes, name: str) -> None:
        if digest in self:
            del self[digest]
        self._table.add(digest, self._names.add(name))

    def __delitem__(self, digest: bytes) -> None:
        start = next(self._table.find(digest), None)
        if start is None:
            raise KeyError(digest)
        self._table.drop(digest, start)

    def __iter__(self) -> Iterator[bytes]:
        return (digest for digest, _ in self._table)

    def __len__(self) -> int:
        return len(self._table)


def _key(name: str) -> bytes:
    return hash(name).to_bytes(_KEY, "little", signed=True)
