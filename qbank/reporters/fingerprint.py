"""What a finding is known by from one run to the next, whatever moves above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from qbank.diagnostics import Diagnostic


def fingerprints(report: Iterable[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Each finding with its fingerprint: 32 hex digits of its code, file, question and place within the question.

    Lines, indexes and the words of the message do not count; equal findings are
    numbered in their order.
    """
    seen = Counter[str]()
    for diagnostic in report:
        file = diagnostic.source.file if diagnostic.source is not None else ""
        within = diagnostic.pointer
        if diagnostic.question and within.startswith("/questions/"):
            parts = within.split("/")[3:]
            within = "/".join(parts[2:] if parts[:1] == ["questions"] else parts)
        # A bank is the same on Windows and Linux.
        key = "\0".join([diagnostic.code, file.replace("\\", "/").rpartition("/")[2], diagnostic.question, within])
        seen[key] += 1
        yield diagnostic, blake2b(f"{key}\0{seen[key]}".encode(errors="surrogatepass"), digest_size=16).hexdigest()
