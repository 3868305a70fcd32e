"""`qbank preview`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from qbank.cli.common import print_report, quiet_option


@click.command()
@click.argument("bank", default="-")
@click.option("-o", "--output", default="preview.html", show_default=True, help="The page to write.")
@click.option(
    "--open/--no-open", "open_it", default=None, help="Show it in the browser; where missing, on a terminal only."
)
@click.option("--no-key", is_flag=True, help="Leave out answers, feedback and whatever else may tell them.")
@click.option("--where", metavar="TEST", help="Only these questions; as for qbank export.")
@click.option(
    "--templates",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="Templates of your own; one of the same name takes the place of ours.",
)
@quiet_option
def preview(
    bank: str, output: str, open_it: bool | None, no_key: bool, where: str | None, templates: str | None, quiet: bool
) -> None:
    """Make a page on which every question can be read, answered and checked.

    One HTML file that needs no network, with what qbank check finds beside
    each question. The answers are in it for whoever looks; --no-key leaves
    them out.
    """
    from qbank.preview import preview_file
    from qbank.select import where as test

    done = preview_file(bank, output, key=not no_key, where=test(where) if where else None, templates=templates)
    print_report(done.report, "text", quiet=quiet, limit=5)
    if not quiet:
        click.echo(f"{done.questions} questions written to {output}", err=True)
    if open_it or (open_it is None and sys.stdout.isatty()):
        click.launch(Path(output).resolve().as_uri())
    if done.report.at_or_above("error"):
        sys.exit(1)
