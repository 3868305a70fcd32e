"""What `qbank check --fix` mends: faults with one right remedy, put right where they stand in the file.

Only the texts themselves are written anew; the layout of the file, the order of
its properties and everything else stay as they are.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from qbank.bankfile import Form
from qbank.diagnostics import Diagnostic, QbankError
from qbank.lint.choices import LABEL
from qbank.lint.prose import NUMBER
from qbank.lint.scars import INVISIBLE, SPACED, WIDE
from qbank.places import index_json

_RADICAL = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]")
_INSIDE = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)|(?<=\S)\t(?=\S)")
_ENDS = " \t\u3000\xa0\n"


def _spaces(text: str) -> str:
    text = SPACED.sub(lambda found: found.group().replace(" ", ""), text.strip(_ENDS))
    return text if "\n" in text else _INSIDE.sub(" ", text)


MENDERS: dict[str, Callable[[str], str]] = {
    "L211": lambda text: _RADICAL.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text),
    "L213": lambda text: LABEL.sub("", text, count=1).strip(),
    "L221": lambda text: NUMBER.sub("", text, count=1).strip(),
    "L226": lambda text: WIDE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text),
    "L229": _spaces,
    "L230": lambda text: INVISIBLE.sub("", text),
}
"""What each code that can be mended does to a text."""
_IN_MARKUP = frozenset({"L211", "L230"})
"""Codes that are mended in rich texts too."""


@dataclass(slots=True)
class Mended:
    """A bank file with what could be mended, and what was."""

    data: bytes
    findings: list[Diagnostic] = field(default_factory=list)


def mended(data: bytes, form: Form, findings: Iterable[Diagnostic]) -> Mended:
    """The bytes of a bank file with its findings mended where that is safe. Raises `QbankError` for YAML."""
    wanted: dict[int, list[tuple[str, Diagnostic]]] = {}
    for diagnostic in findings:
        parts = diagnostic.pointer.split("/", 3)
        if diagnostic.code in MENDERS and parts[1:2] == ["questions"] and len(parts) == 4:
            wanted.setdefault(int(parts[2]), []).append((parts[3], diagnostic))
    if not wanted:
        return Mended(data)
    if form == "yaml":
        raise QbankError("--fix mends JSON and JSON Lines banks; write this one as JSON first")
    result = Mended(b"")
    if form == "json":
        text = data.decode()
        offsets = index_json(text).offsets
        places = [
            (offsets.get(f"/questions/{i}/{pointer}"), offsets.get(f"/questions/{i}/{pointer}/html"), diagnostic)
            for i, found in wanted.items()
            for pointer, diagnostic in found
        ]
        result.data = _edited(text, places, result).encode()
        return result
    lines = data.decode().split("\n")
    index = -1
    for number, line in enumerate(lines[1:], start=1):
        index += bool(line.strip())
        if line.strip() and index in wanted:
            offsets = index_json(line).offsets
            places = [(offsets.get(f"/{p}"), offsets.get(f"/{p}/html"), d) for p, d in wanted[index]]
            lines[number] = _edited(line, places, result)
    result.data = "\n".join(lines).encode()
    return result


def _edited(text: str, places: list[tuple[int | None, int | None, Diagnostic]], result: Mended) -> str:
    """The text with the strings that begin at these places mended; the last first, so that the others stay put."""
    values: dict[int, tuple[str, str, int]] = {}
    for plain, rich, diagnostic in places:
        at = rich if rich is not None else plain
        if at is None or (rich is not None and diagnostic.code not in _IN_MARKUP):
            continue
        if at not in values:
            value, end = json.JSONDecoder().raw_decode(text, at)
            if not isinstance(value, str):
                continue
            values[at] = value, value, end
        old, now, end = values[at]
        after = MENDERS[diagnostic.code](now)
        if after != now and after.strip():
            values[at] = old, after, end
            result.findings.append(diagnostic)
    for at, (old, now, end) in sorted(values.items(), reverse=True):
        if old != now:
            text = text[:at] + json.dumps(now, ensure_ascii=False) + text[end:]
    return text
