"""Fuzz the readers: `python tests/fuzz/fuzz.py --seconds 60` for all, or name some of them.

With atheris installed (pip install atheris) the mutations are guided by what
they reach; without it they are random, from a seed that is printed. Either way
every document that ends in anything but `QbankError`, or takes too long, is
kept in `tests/fuzz/crashers/TARGET/`, where `tests/test_crashers.py` makes it
a test for ever.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
CRASHERS = HERE / "crashers"
SLOW = 10
"""Seconds of a processor that a document of a few kilobytes may take."""
_LONGEST = 1 << 16


def main() -> int:
    """Fuzz the targets named, each for its part of the time; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without atheris")
    parser.add_argument("--guided", metavar="CORPUS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path.insert(0, str(HERE))
    if given.guided:
        return _guided(given.targets[0], given.guided, given.seconds, given.seed)
    from targets import names

    chosen = given.targets or names()
    each = given.seconds / len(chosen)
    guided = not given.plain and importlib.util.find_spec("atheris") is not None
    print(f"{len(chosen)} targets, {each:.1f} s each, {'atheris' if guided else 'random mutations'}, seed {given.seed}")
    found = 0
    for name in chosen:
        began = time.monotonic()
        runs, crashers = _in_process(name, each, given.seed) if guided else _plain(name, each, given.seed)
        found += crashers
        print(f"{name:14} {runs:8} documents in {time.monotonic() - began:5.1f} s, {crashers} crashers", flush=True)
    return 1 if found else 0


def _plain(name: str, seconds: float, seed: int) -> tuple[int, int]:
    from targets import seeds, target

    run, pool = target(name), [s for s in seeds(name) if len(s) <= _LONGEST] or [b""]
    chance, end, runs, crashers = random.Random(f"{seed}{name}"), time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        runs += 1
        crashers += _tried(name, run, _mutated(chance.choice(pool), pool, chance))
    return runs, crashers


def _tried(name: str, run: Callable[[bytes], None], data: bytes) -> int:
    began = time.process_time()
    try:
        run(data)
    except Exception:  # whatever comes is a finding
        traceback.print_exc(limit=-3)
        _kept(name, data)
        return 1
    if time.process_time() - began > SLOW:
        print(f"{name}: {len(data)} bytes took {time.process_time() - began:.0f} s")
        _kept(name, data)
        return 1
    return 0


def _mutated(data: bytes, pool: list[bytes], chance: random.Random) -> bytes:
    """The document with a few bytes flipped, pieces cut, repeated, moved or taken from another."""
    piece = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(piece) + 1)
        size = chance.choice((1, 2, 8, 64, 512))
        match chance.randrange(6):
            case 0:
                piece[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del piece[at : at + size]
            case 2:
                piece[at:at] = piece[at : at + size] * chance.choice((1, 2, 50))
            case 3:
                other = chance.choice(pool)
                start = chance.randrange(len(other) + 1)
                piece[at:at] = other[start : start + size]
            case 4:
                piece[at:at] = chance.choice(
                    (b"<", b"&", b"]]>", b"{", b"}", b"\\", b"\x00", b"\n", b"=", "（".encode(), b"99999999999")
                )
            case _:
                piece[at : at + size] = piece[at : at + size][::-1]
        del piece[_LONGEST:]
    return bytes(piece)


def _kept(name: str, data: bytes) -> None:
    folder = CRASHERS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def _in_process(name: str, seconds: float, seed: int) -> tuple[int, int]:
    """Fuzz one target in a process of its own: libFuzzer ends the process it is in."""
    from targets import seeds

    with tempfile.TemporaryDirectory() as corpus:
        for i, data in enumerate(seeds(name)):
            if len(data) <= _LONGEST:
                (Path(corpus) / f"seed-{i:04}").write_bytes(data)
        before = _count(name)
        command = [sys.executable, __file__, name, "--guided", corpus, "--seconds", str(seconds), "--seed", str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        runs = next((int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("Done ")), 0)
        crashers = _count(name) - before
        if done.returncode:
            told = [line for line in done.stderr.splitlines() if not line.startswith("#")]
            print("\n".join(told[:40]))
            crashers = max(crashers, 1)
        return runs, crashers


def _count(name: str) -> int:
    folder = CRASHERS / name
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def _guided(name: str, corpus: str, seconds: float, seed: int) -> int:
    import atheris

    # A reader's modules are imported when it reads: the first documents are read while imports are watched.
    with atheris.instrument_imports(include=["qbank"]):
        from targets import target

        run = target(name)
        for path in sorted(Path(corpus).iterdir()):
            run(path.read_bytes())

    def one(data: bytes) -> None:
        if _tried(name, run, data):
            raise RuntimeError("found")

    options = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={_LONGEST}",
        f"-seed={seed}",
        "-timeout=30",
        "-rss_limit_mb=3000",
        f"-artifact_prefix={corpus}/",
    ]
    atheris.Setup([sys.argv[0], corpus, *options], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
