"""`qbank check` and `qbank fmt`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from qbank.cli.common import exit_for, fail_on_option, format_option, jobs_option, print_report, progress, quiet_option


@click.command()
@click.argument("bank", required=False)
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not report this code; may be repeated.")
@click.option("--config", "config_path", type=click.Path(), help="A qbank.toml; the one beside the bank where missing.")
@format_option
@quiet_option
@jobs_option
@fail_on_option(default=None)
def check(
    bank: str | None,
    ignore: tuple[str, ...],
    config_path: str | None,
    style: str,
    quiet: bool,
    jobs: int,
    fail_on: str | None,
) -> None:
    """Check a bank: its form, its answers, its texts, its media.

    Findings go to standard output, each with file, line and column. CI runs
    this on every commit. Without --fail-on, errors fail, or what qbank.toml
    says. Without BANK, the bank that qbank.toml names, else standard input.
    """
    from qbank import config, pipeline
    from qbank.bankfile import BankError
    from qbank.codes import resolve
    from qbank.diagnostics import QbankError, Report
    from qbank.reporters import text

    settings = config.load(Path(config_path)) if config_path else config.beside(bank or config.FILE_NAME)
    if bank is None:
        if config_path or Path(config.FILE_NAME).is_file():
            bank = str(settings.folder / settings.bank)
        elif sys.stdin.isatty():
            raise QbankError("name a bank to check: qbank check bank.json (no qbank.toml here names one)")
        else:
            bank = "-"
    codes = {code: resolve(code) for code in ignore}
    for given, code in codes.items():
        if code is None:
            raise QbankError(f"--ignore: there is no code {given!r}; qbank explain lists them")
    settings = replace(settings, ignore=settings.ignore | {c for c in codes.values() if c})
    report: Report
    readable = True
    with progress("checking") as tick:
        try:
            report = pipeline.check_bank(bank, settings, tick, jobs=jobs)
        except BankError as error:
            report, readable = error.report, False
    print_report(report, style, quiet=quiet, err=False)
    if style == "text" and not quiet:
        click.echo(f"{'<stdin>' if bank == '-' else bank}: {text.summary(report)}", err=True)
    if not readable:
        sys.exit(1)
    exit_for(report, fail_on or settings.fail_on)


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
    from qbank.files import atomic_write

    changed = 0
    for path in banks:
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
            with atomic_write(path) as sink:
                sink.write(buffer.getvalue())
            click.echo(f"{path}: rewritten", err=True)
    sys.exit(1 if only_check and changed else 0)
