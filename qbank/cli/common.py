"""What the commands share: options, printing findings, ending with the right code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from qbank.diagnostics import SEVERITIES, QbankError, Report, Span
from qbank.reporters import REPORTERS, text

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FAIL_ON = click.Choice(["error", "warning", "info", "never"])
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}


def fail_on_option(default: str | None = "error", what: str = "finding") -> Callable[[Decorated], Decorated]:
    """--fail-on: the least severity that makes the command exit with 1."""
    return click.option(
        "--fail-on",
        type=FAIL_ON,
        default=default,
        show_default=default is not None,
        help=f"Exit with 1 when a {what} is at least this serious.",
    )


def format_option(function: Decorated) -> Decorated:
    """--format: how findings are printed."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(list(REPORTERS)),
        default="text",
        show_default=True,
        help="How findings are printed.",
    )(function)


def quiet_option(function: Decorated) -> Decorated:
    """--quiet: the least that is still said."""
    return click.option("-q", "--quiet", is_flag=True, help="Print errors only.")(function)


def print_report(
    report: Report,
    style: str,
    *,
    quiet: bool = False,
    err: bool = True,
    limit: int | None = None,
    excerpt: Callable[[Span | None], str] | None = None,
) -> None:
    """Findings, coloured on a terminal; `limit` shortens a long list of one code for people.

    `excerpt` gives the line of a place, to be shown below the finding.
    """
    if style != "text":
        click.echo(REPORTERS[style](report), nl=False, err=err)
        return
    if quiet and not report.counts()["error"]:
        return
    shown: dict[str, int] = {}
    for diagnostic in report:
        if quiet and diagnostic.severity != "error":
            continue
        shown[diagnostic.code] = shown.get(diagnostic.code, 0) + 1
        if limit is not None and shown[diagnostic.code] > limit:
            continue
        line = text.line(diagnostic)
        mark = f"{diagnostic.code} {diagnostic.severity}"
        click.echo(line.replace(mark, click.style(mark, fg=_COLOURS[diagnostic.severity]), 1), err=err)
        if excerpt is not None:
            click.echo(excerpt(diagnostic.source), nl=False, err=err)
    for code, count in shown.items():
        if limit is not None and count > limit:
            click.echo(f"... and {count - limit} more {code} (all with --format json, or --all)", err=err)


def exit_for(report: Report, fail_on: str) -> None:
    """End with 1 when a finding is at least as serious as `fail_on`."""
    counts = report.counts()
    if fail_on != "never" and any(counts[severity] for severity in SEVERITIES[SEVERITIES.index(fail_on) :]):
        sys.exit(1)


def jobs_option(function: Decorated) -> Decorated:
    """--jobs: with how many processes."""
    return click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=0, max=256),
        default=0,
        metavar="N",
        help="Work with N processes; the result is the same. 0, the default: as many as there are cores for a big "
        "JSON Lines bank and for many papers, else one.",
    )(function)


def pairs(values: tuple[str, ...], option: str = "--option") -> dict[str, str]:
    """`("a=b",)` as `{"a": "b"}`."""
    result = {}
    for value in values:
        key, equals, item = value.partition("=")
        if not equals:
            raise QbankError(f"{option} takes NAME=VALUE, not {value!r}")
        result[key.strip()] = item
    return result


@contextmanager
def progress(label: str, length: int | None = None) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=length or 1, label=label, file=sys.stderr, width=30) as bar:
        if length is None:
            bar.length = None  # a spinner: how many questions there are is known at the end only
        yield bar.update


def table(rows: list[list[str]], head: list[str]) -> str:
    """Columns padded to the width they have on a terminal, where a Chinese character takes two places."""
    widths = [max(width(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [
        "  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)).rstrip()
        for row in [head, *rows]
    ]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines)


def width(value: str) -> int:
    """How many places a text takes on a terminal."""
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in value)
