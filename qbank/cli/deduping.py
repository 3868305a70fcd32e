"""`qbank dedupe`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qbank.cli.common import exit_for, fail_on_option, format_option, print_report, quiet_option

if TYPE_CHECKING:
    from qbank.diagnostics import Report
    from qbank.duplicates.dedupe import Found, Opener, Sort
    from qbank.files import Seen


@click.command()
@click.argument("bank")
@click.option("--exact", is_flag=True, help="Look for exact duplicates and conflicts only; the least memory.")
@click.option("--merge", is_flag=True, help="Write a bank with each group of exact duplicates as one question.")
@click.option("--near", is_flag=True, help="With --merge: near duplicates too, unless their answers differ.")
@click.option("-o", "--output", metavar="OUT", help="With --merge: the bank to write; - is standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print the groups as JSON instead of findings.")
@click.option("--all", "everything", is_flag=True, help="Print every finding, however many of a sort.")
@format_option
@quiet_option
@fail_on_option()
def dedupe(
    bank: str,
    exact: bool,
    merge: bool,
    near: bool,
    output: str | None,
    as_json: bool,
    everything: bool,
    style: str,
    quiet: bool,
    fail_on: str,
) -> None:
    """Find the same question in several papers, and the same question with different answers.

    Without --merge nothing is changed. With it, exact duplicates become one
    question that remembers the ids and sources of all; different answers are
    never merged, and stay errors until someone corrects them.
    """
    from qbank.diagnostics import QbankError
    from qbank.duplicates import dedupe as library
    from qbank.files import Seen

    if merge and output is None:
        raise click.UsageError("--merge needs -o OUT, the bank to write")
    if (near or output is not None) and not merge:
        raise click.UsageError(f"{'--near' if near else '-o'} goes with --merge")
    if near and exact:
        raise click.UsageError("--near and --exact contradict each other")
    if as_json and output == "-":
        raise QbankError("--json and -o - both want standard output; name a file for the bank")
    seen = Seen.of(bank)
    opened = library.opener(bank)
    found = library.find(opened, near=not exact)
    report = library.report(found)
    if as_json:
        click.echo(json.dumps(library.as_object(found), ensure_ascii=False, indent=2))
    else:
        print_report(report, style, quiet=quiet, err=output == "-", limit=None if everything or not merge else 5)
    said = not quiet and style == "text"
    if said:
        click.echo(f"{bank}: {_summary(found)}", err=True)
    if merge:
        report.extend(_write(found, opened, str(output), near, said, seen))
    exit_for(report, fail_on)


def _write(found: Found, opened: Opener, output: str, near: bool, said: bool, seen: Seen) -> Report:
    import msgspec

    from qbank import bankfile
    from qbank.assets import AssetStore
    from qbank.diagnostics import Report
    from qbank.duplicates import dedupe as library
    from qbank.files import atomic_write
    from qbank.importing.files import portable

    if found.unreadable.at_or_above("error"):
        first = found.unreadable.at_or_above("error")[0]
        message = f"{first.source}: {first.message}; a bank with errors is not merged, since they would be lost"
        raise bankfile.BankError(message, found.unreadable)
    form = bankfile.form_for(output)
    plan = library.merge(found, near=near)
    reader = opened()
    moved = Report()
    folder = None if output == "-" else Path(output).parent
    assets = portable(AssetStore(reader.header.assets, reader.folder), folder, moved)
    header = msgspec.structs.replace(reader.header, assets=assets)
    if output == "-":
        bankfile.write(header, plan.questions(reader), sys.stdout.buffer, form)
        sys.stdout.buffer.flush()
    else:
        with atomic_write(output, [seen]) as sink:
            bankfile.write(header, plan.questions(reader), sink, form)
    print_report(moved, "text")
    if said:
        apart = " and ".join(
            f"{count} {sort} group{'s' if count > 1 else ''}" for sort, count in plan.kept_apart.items() if count
        )
        where = "standard output" if output == "-" else output
        click.echo(
            f"{found.questions - plan.removed} questions written to {where}: {plan.removed} merged into others"
            + (f", {apart} left as they are" if apart else ""),
            err=True,
        )
    return moved


def _summary(found: Found) -> str:
    counts = ", ".join(f"{found.count(sort)} {name}" for sort, name in _NAMES)
    text = f"{found.questions} questions; groups: {counts}"
    if found.skipped:
        text += f"; {found.skipped} look like too many others to be compared with all of them"
    return text


_NAMES: tuple[tuple[Sort, str], ...] = (("exact", "exact"), ("near", "near"), ("conflict", "with different answers"))
