"""What `qbank check` does with a bank: look, compare with what is known, mend, look again."""

from __future__ import annotations

import difflib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from qbank import bankfile, baseline, checks, mending
from qbank.codes import CODES
from qbank.config import Choice, Config
from qbank.diagnostics import SEVERITIES, Diagnostic, QbankError, Report
from qbank.files import Seen, atomic_write
from qbank.losses import losses


@dataclass(slots=True)
class Checked:
    """What a check found."""

    report: Report
    known: int = 0
    """Findings that the baseline knows, which are not in the report."""
    gone: int = 0
    """Findings of the baseline that are no more."""
    readable: bool = True
    """Whether the bank could be read to its end."""

    def fails(self, fail_on: str) -> bool:
        """Whether something at least as serious as `fail_on` was found."""
        counts = self.report.counts()
        if not self.readable:
            return True
        return fail_on != "never" and any(counts[level] for level in SEVERITIES[SEVERITIES.index(fail_on) :])


def chosen(settings: Config, choice: Choice) -> Config:
    """Settings with what the command line says besides: it selects anew, and ignores as well."""
    return replace(
        settings,
        ignore=(settings.ignore - (choice.select or frozenset())) | choice.ignore,
        select=settings.select if choice.select is None else choice.select,
        extra=settings.extra | choice.extra,
        severity={**settings.severity, **choice.severity},
    )


def examine(
    path: str,
    settings: Config,
    tick: Callable[[int], None] | None = None,
    *,
    jobs: int = 1,
    cache: bool = True,
    known: Path | None = None,
) -> Checked:
    """Check a bank as its settings say; `known` is a baseline. Raises `QbankError` when it cannot be read at all."""
    try:
        report = checks.check_bank(path, settings, tick, jobs=jobs, cache=cache)
    except bankfile.BankError as error:
        return Checked(error.report, readable=False)
    for target in settings.losses_for:
        if path == "-":
            raise QbankError("--for reads the bank twice, which standard input does not allow; name a file")
        report.extend(checks.configured(Report(list(losses(path, target))), settings))
    if known is None:
        return Checked(report)
    fresh, gone = baseline.new(report, baseline.load(known))
    return Checked(fresh, len(report) - len(fresh), gone)


@dataclass(slots=True)
class Fixed:
    """What mending a bank came to."""

    count: int = 0
    diff: str = ""
    codes: Counter[str] = field(default_factory=Counter)


def fix(path: str, report: Report, *, write: bool, seen: Seen | None = None) -> Fixed:
    """Mend what can be mended safely in a bank file, or only say how that would look.

    `seen` is the file that the findings are about; raises `QbankError` when it is another by now.
    """
    if path == "-":
        raise QbankError("--fix needs a file to mend")
    before = Path(path).read_bytes()
    done = mending.mended(before, bankfile.form_for(path), report)
    if done.data == before:
        return Fixed()
    if write:
        with atomic_write(path, [seen] if seen is not None else ()) as sink:
            sink.write(done.data)
    old, new = (data.decode().splitlines(keepends=True) for data in (before, done.data))
    diff = "".join(difflib.unified_diff(old, new, fromfile=path, tofile=path, n=1))
    return Fixed(len(done.findings), diff, Counter(d.code for d in done.findings))


def can_be_mended(diagnostic: Diagnostic) -> bool:
    """Whether --fix has something to do for a finding; a replacement character has lost what it stood for."""
    return diagnostic.code in mending.MENDERS and (diagnostic.code != "L211" or "(U+2" in diagnostic.message)


def statistics(report: Report) -> list[list[str]]:
    """How often each code was found: count, code, severity, name and whether it can be mended; the most frequent first."""
    counts = Counter((d.code, d.severity) for d in report)
    mendable = {d.code for d in report if can_be_mended(d)}
    return [
        [str(count), code, severity, CODES[code].name, "--fix" if code in mendable else ""]
        for (code, severity), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def changes(paths: Iterable[Path], every: float = 0.5, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Yields whenever one of the files has changed, come or gone; for ever."""
    files = list(paths)
    seen = _stamps(files)
    while True:
        sleep(every)
        now = _stamps(files)
        if now != seen:
            seen = now
            yield


def _stamps(paths: list[Path]) -> list[tuple[int, int] | None]:
    stamps: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            found = path.stat()
            stamps.append((found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append(None)
    return stamps
