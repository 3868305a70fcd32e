"""`qbank check` and `qbank fmt`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qbank.cli.common import (
    fail_on_option,
    format_option,
    jobs_option,
    print_report,
    progress,
    quiet_option,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbank.checking import Checked
    from qbank.config import Choice, Config
    from qbank.diagnostics import Report


@click.command()
@click.argument("banks", nargs=-1, metavar="[BANK]...")
@click.option("--select", multiple=True, metavar="CODES", help="Report these only: codes, names, beginnings (L2), all.")
@click.option("--extend-select", multiple=True, metavar="CODES", help="Report these as well (those of taste).")
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not report these; may be repeated.")
@click.option("--severity", multiple=True, metavar="CODE=LEVEL", help="error, warning, info or off for a code.")
@click.option("--for", "targets", multiple=True, metavar="FORMAT", help="Also report what this target would lose.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, in the file.")
@click.option("--diff", is_flag=True, help="With --fix: show what would change, and change nothing.")
@click.option("--baseline", type=click.Path(), help="Report only what this file does not know.")
@click.option("--update-baseline", is_flag=True, help="Write what is found now into the baseline.")
@click.option("--statistics", is_flag=True, help="Count the findings by code instead of listing them.")
@click.option("--excerpt/--no-excerpt", default=True, help="Show the line of each finding.  [default: excerpt]")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("--cache/--no-cache", default=True, help="Remember unchanged questions of big banks.  [default: cache]")
@click.option("--config", "config_path", type=click.Path(), help="A qbank.toml; the one beside the bank where missing.")
@format_option
@quiet_option
@jobs_option
@fail_on_option(default=None)
def check(
    banks: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: tuple[str, ...],
    targets: tuple[str, ...],
    fix: bool,
    diff: bool,
    baseline: str | None,
    update_baseline: bool,
    statistics: bool,
    excerpt: bool,
    watch: bool,
    cache: bool,
    config_path: str | None,
    style: str,
    quiet: bool,
    jobs: int,
    fail_on: str | None,
) -> None:
    """Check banks: their form, their answers, their texts, their media.

    Findings go to standard output, each with file, line and column. CI runs
    this on every commit. Without --fail-on, errors fail, or what qbank.toml
    says. Without BANK, the bank that qbank.toml names, else standard input.
    """
    from qbank import checking, config
    from qbank.diagnostics import QbankError, Report
    from qbank.files import Seen, not_over

    if diff and not fix:
        raise QbankError("--diff shows what --fix would change; give both")
    choice = _choice(select, extend_select, ignore, severity)
    files = list(banks) or [_configured_bank(config_path)]

    def once() -> bool:
        whole, failed = Report(), False
        for bank in files:
            settings = config.load(Path(config_path)) if config_path else config.beside(bank)
            settings = checking.chosen(settings, choice)
            settings = replace(settings, losses_for=targets or settings.losses_for)
            known = Path(baseline) if baseline else settings.folder / settings.baseline if settings.baseline else None
            if update_baseline and known is not None:
                not_over(known, files)
            with progress("checking") as tick:
                looking = _Looking(tick, jobs, cache, None if update_baseline else known)
                seen = Seen.of(bank) if fix and bank != "-" else None
                done = looking.at(bank, settings)
                if fix:
                    mended = checking.fix(bank, done.report, write=not diff, seen=seen)
                    click.echo(mended.diff if diff else "", nl=False)
                    if mended.count:
                        what = "would be mended" if diff else "mended"
                        click.echo(f"{bank}: {mended.count} {what}", err=True)
                    done = done if diff or not mended.count else looking.at(bank, settings)
            if update_baseline:
                _update(known, done)
            whole.extend(done.report)
            failed = failed or (not update_baseline and done.fails(fail_on or settings.fail_on))
            if style == "text" and not statistics:
                _show(done.report, quiet, excerpt and not diff)
                if not quiet:
                    _summary(bank, done)
        if statistics:
            rows = checking.statistics(whole)
            click.echo(table(rows, ["count", "code", "severity", "name", ""]) if rows else "nothing to report")
        elif style != "text":
            print_report(whole, style, err=False)
        return failed

    failed = once()
    if watch:
        watched = [Path(file) for file in files if file != "-"]
        for _ in checking.changes([*watched, *(file.parent / config.FILE_NAME for file in watched)]):
            click.echo("", err=True)
            failed = once()
    sys.exit(1 if failed else 0)


def _choice(
    select: tuple[str, ...], extend_select: tuple[str, ...], ignore: tuple[str, ...], severity: tuple[str, ...]
) -> Choice:
    """What the options say of codes, each a list with commas; raises `QbankError` naming the option."""
    from qbank.cli.common import pairs
    from qbank.config import Choice
    from qbank.diagnostics import QbankError

    levels = pairs(severity, "--severity")
    odd = next((level for level in levels.values() if level not in ("error", "warning", "info", "off")), None)
    if odd is not None:
        raise QbankError(f"--severity: {odd!r} is none of error, warning, info, off")
    table: dict[str, object] = {"extend-select": _listed(extend_select), "ignore": _listed(ignore), "severity": levels}
    if select:
        table["select"] = _listed(select)
    for name, values in table.items():
        try:
            Choice.of({name: values})
        except QbankError as error:
            raise QbankError(f"--{name}: {error}") from error
    return Choice.of(table)


def _listed(values: tuple[str, ...]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


class _Looking:
    """How banks are looked at in this run."""

    def __init__(self, tick: Callable[[int], None] | None, jobs: int, cache: bool, known: Path | None) -> None:
        self._tick, self._jobs, self._cache, self._known = tick, jobs, cache, known

    def at(self, bank: str, settings: Config) -> Checked:
        """Check one of them."""
        from qbank import checking

        return checking.examine(bank, settings, self._tick, jobs=self._jobs, cache=self._cache, known=self._known)


def _configured_bank(config_path: str | None) -> str:
    """The bank that qbank.toml names, else standard input."""
    from qbank import config
    from qbank.diagnostics import QbankError

    if config_path or Path(config.FILE_NAME).is_file():
        settings = config.load(Path(config_path)) if config_path else config.beside(config.FILE_NAME)
        return str(settings.folder / settings.bank)
    if sys.stdin.isatty():
        raise QbankError("name a bank to check: qbank check bank.json (no qbank.toml here names one)")
    return "-"


def _update(known: Path | None, done: Checked) -> None:
    from qbank import baseline
    from qbank.diagnostics import QbankError

    if known is None:
        raise QbankError("--update-baseline needs to know where: give --baseline FILE, or set it in qbank.toml")
    count = baseline.save(known, done.report)
    click.echo(f"{known}: {count} known findings", err=True)


def _show(report: Report, quiet: bool, excerpt: bool) -> None:
    from qbank.reporters.excerpt import MOST, Excerpts

    lines = Excerpts(report).of if excerpt and len(report) <= MOST else None
    print_report(report, "text", quiet=quiet, err=False, excerpt=lines)


def _summary(bank: str, done: Checked) -> None:
    from qbank.checking import can_be_mended
    from qbank.reporters import text

    said = text.summary(done.report)
    fixable = sum(map(can_be_mended, done.report))
    if fixable:
        said += f" ({fixable} can be mended with --fix)"
    if done.known:
        said += f"; {done.known} known"
    if done.gone:
        said += f"; {done.gone} of the baseline are gone, --update-baseline drops them"
    click.echo(f"{'<stdin>' if bank == '-' else bank}: {said}", err=True)


@click.command()
@click.argument("banks", nargs=-1, required=True, metavar="BANK...")
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; exit with 1 when a bank is not in canonical form."
)
def fmt(banks: tuple[str, ...], only_check: bool) -> None:
    """Write banks in their canonical form, in place; - reads standard input and writes standard output.

    One spelling for each thing, so that a diff in git shows what changed and
    nothing else.
    """
    import io

    from qbank import bankfile
    from qbank.files import Seen, atomic_write

    changed = 0
    for path in banks:
        seen = Seen.of(path)
        bank = bankfile.load(path)
        buffer = io.BytesIO()
        bankfile.write(bank.header, bank.questions, buffer, "json" if path == "-" else bankfile.form_for(path))
        if path == "-":
            sys.stdout.buffer.write(buffer.getvalue())
            continue
        if buffer.getvalue() == Path(path).read_bytes():
            continue
        changed += 1
        if only_check:
            click.echo(f"{path}: not in canonical form; run qbank fmt {path}", err=True)
        else:
            with atomic_write(path, [seen]) as sink:
                sink.write(buffer.getvalue())
            click.echo(f"{path}: rewritten", err=True)
    sys.exit(1 if only_check and changed else 0)
