"""What was seen before, two bytes each: a million questions need no more memory than a picture.

The ids lie in a temporary file, and so does most of the table that leads to
them; in memory there is a little of the digest of each. An id that seems to be known is read back and compared, so
nothing is taken for a repeat that is none. What questions say is compared by 64
bits alone: in a bank of a million the chance of one false twin is one in 37 million.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, MutableMapping, MutableSet
from dataclasses import dataclass, field
from itertools import accumulate

from qbank.scratch import Scratch

_KEY = 8
_RECORD = 12  # a key and an offset
_MARK = 2
_ROOM = 1 << 16
_CHUNK = 16 * _RECORD
"""Bytes that go to disk together."""
_BUCKETS = 1024
_LONGEST = 400  # bytes: an id has at most 100 characters


class _Names:
    """Names one after the other, found again by where they begin."""

    def __init__(self) -> None:
        self._lines = Scratch(_ROOM)

    def add(self, name: str) -> int:
        return self._lines.append(name.encode() + b"\n")

    def add_all(self, names: Iterable[str]) -> Iterator[int]:
        lines = [name.encode() + b"\n" for name in names]
        start = self._lines.append(b"".join(lines))
        return accumulate(map(len, lines), initial=start)

    def at(self, start: int) -> str:
        return self._lines.read(start, _LONGEST).partition(b"\n")[0].decode()


class _Table:
    """Short keys with a number each; one key may stand more than once.

    Of a key that lies on disk, two bytes stay in memory; together with its
    bucket that is enough to say no nearly always, and where to look else.
    """

    def __init__(self) -> None:
        self._marks = [bytearray() for _ in range(_BUCKETS)]
        self._tails = [bytearray() for _ in range(_BUCKETS)]
        self._chunks: list[array[int]] | None = None
        self._disk = Scratch(_ROOM)
        self._gone: set[tuple[int, int]] = set()

    def add(self, key: bytes, number: int) -> None:
        self.add_all((key,), (number,))

    def _put_away(self, bucket: int) -> None:
        """Write the tail of a bucket to disk."""
        if self._chunks is None:
            self._chunks = [array("I") for _ in range(_BUCKETS)]
        self._chunks[bucket].append(self._disk.append(bytes(self._tails[bucket])) // _CHUNK)
        self._tails[bucket].clear()

    def add_all(self, keys: Iterable[bytes], numbers: Iterable[int]) -> None:
        marks, tails = self._marks, self._tails
        for key, number in zip(keys, numbers, strict=False):
            bucket = (key[0] << 4 | key[1]) % _BUCKETS
            marks[bucket] += key[2:4]
            tail = tails[bucket]
            tail += key + number.to_bytes(4, "little")
            if len(tail) >= _CHUNK:
                self._put_away(bucket)

    def has_any(self, keys: Iterable[bytes]) -> bool:
        """Whether one of the keys is there."""
        marks = self._marks
        likely = [key for key in keys if key[2:4] in marks[(key[0] << 4 | key[1]) % _BUCKETS]]
        return any(next(self.find(key), None) is not None for key in likely)

    def has(self, key: bytes) -> bool:
        """Whether the key may be there; a no is certain."""
        return key[2:4] in self._marks[(key[0] << 4 | key[1]) % _BUCKETS]

    def find(self, key: bytes) -> Iterator[int]:
        bucket = (key[0] << 4 | key[1]) % _BUCKETS
        for place in _places(self._marks[bucket], key[2:4]):
            if (bucket, place) not in self._gone:
                record = self._record(bucket, place)
                if record[:_KEY] == key:
                    yield int.from_bytes(record[_KEY:], "little")

    def drop(self, key: bytes, number: int) -> None:
        bucket, wanted = (key[0] << 4 | key[1]) % _BUCKETS, key + number.to_bytes(4, "little")
        for place in _places(self._marks[bucket], key[2:4]):
            if (bucket, place) not in self._gone and self._record(bucket, place) == wanted:
                self._gone.add((bucket, place))
                return

    def _record(self, bucket: int, place: int) -> bytes:
        chunks = self._chunks[bucket] if self._chunks is not None else ()
        chunk, within = divmod(place * _RECORD, _CHUNK)
        if chunk < len(chunks):
            return self._disk.read(chunks[chunk] * _CHUNK + within, _RECORD)
        return bytes(self._tails[bucket][within : within + _RECORD])

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        for bucket, marks in enumerate(self._marks):
            for place in range(len(marks) // _MARK):
                if (bucket, place) not in self._gone:
                    record = self._record(bucket, place)
                    yield record[:_KEY], int.from_bytes(record[_KEY:], "little")

    def __len__(self) -> int:
        return sum(map(len, self._marks)) // _MARK - len(self._gone)


def _places(marks: bytearray, mark: bytes) -> Iterator[int]:
    start = marks.find(mark)
    while start >= 0:
        if start % _MARK == 0:
            yield start // _MARK
        start = marks.find(mark, start + 1)


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

    def add_new(self, names: Collection[str]) -> bool:
        """Add names where certainly none is there yet, nor twice among them; whether that was so. Else none is added."""
        keys = self.fresh(names)
        if keys is None:
            return False
        self.add_fresh(names, keys)
        return True

    def fresh(self, names: Iterable[str]) -> list[bytes] | None:
        """The keys of names of which certainly none is there yet, nor twice among them; None where one may be."""
        keys = list(map(_key, names))
        return None if len(set(keys)) < len(keys) or self._table.has_any(keys) else keys

    def add_fresh(self, names: Iterable[str], keys: Iterable[bytes]) -> None:
        """Add names with the keys that `fresh` gave for them."""
        self._table.add_all(keys, self._names.add_all(names))

    def update(self, names: Iterable[str]) -> None:
        """Add names, together where that can be."""
        many = list(names)
        if not self.add_new(many):
            for name in many:
                self.add(name)

    def may_have(self, names: Iterable[str]) -> bool:
        """Whether one of the names may be there; a no is certain."""
        return self._table.has_any(map(_key, names))

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
class Numbers:
    """Ids with a number each, once and for all."""

    _names: _Names = field(default_factory=_Names)
    _table: _Table = field(default_factory=_Table)

    def get(self, name: str) -> int | None:
        """The number of an id; None for one that has none."""
        key = _key(name)
        if not self._table.has(key):
            return None
        for start in self._table.find(key):
            number, _, found = self._names.at(start).partition(" ")
            if found == name:
                return int(number)
        return None

    def add(self, name: str, number: int) -> None:
        """Give a number to an id that has none."""
        self._table.add(_key(name), self._names.add(f"{number} {name}"))


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

    def add_new(self, digests: Collection[tuple[bytes, str]]) -> bool:
        """Add digests where certainly none is there yet, nor twice among them; whether that was so. Else none is added."""
        keys = [digest for digest, _ in digests]
        if len(set(keys)) < len(keys) or self._table.has_any(keys):
            return False
        self._table.add_all(keys, self._names.add_all([name for _, name in digests]))
        return True

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
