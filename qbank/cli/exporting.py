"""`qbank export`, `qbank convert` and `qbank build`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click

from qbank.cli.common import (
    exit_for,
    fail_on_option,
    format_option,
    jobs_option,
    pairs,
    print_report,
    progress,
    quiet_option,
)

if TYPE_CHECKING:
    from qbank.exporting import Exported, Order

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_ORDER_OPTIONS = (
    click.option(
        "--option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="A setting of the format; qbank formats lists them.",
    ),
    click.option(
        "--where", metavar="TEST", help="Only these questions: tag:X, kind:X, category:A/B, id:X ..., joined by 'and'."
    ),
    click.option(
        "--unanswered",
        type=click.Choice(["skip", "ungraded"]),
        default="skip",
        show_default=True,
        help="What becomes of questions without an answer.",
    ),
    click.option("--drafts", is_flag=True, help="Export drafts too."),
    click.option("--keep-going", is_flag=True, help="Leave out questions with errors instead of refusing the bank."),
    click.option(
        "--templates",
        type=click.Path(file_okay=False, exists=True),
        help="A folder of templates that take the place of ours.",
    ),
    click.option(
        "--verify", is_flag=True, help="Read the file back; what differs without a reported loss is an error."
    ),
    click.option("--all", "everything", is_flag=True, help="Print every loss, however many of a sort."),
)


def order_options(function: Decorated) -> Decorated:
    """The options that say what to export."""
    for option in reversed(_ORDER_OPTIONS):
        function = option(function)
    return function


@click.command()
@click.argument("bank")
@click.option(
    "--to",
    "target",
    metavar="FORMAT",
    help="The format or platform (canvas, openolat ...); told from the name of OUT where missing.",
)
@click.option(
    "-o", "--output", default="-", metavar="OUT", help="The file to write; - is standard output, the default."
)
@order_options
@jobs_option
@format_option
@quiet_option
@fail_on_option(default="never", what="loss")
def export(
    bank: str, target: str | None, output: str, style: str, quiet: bool, fail_on: str, everything: bool, **given: Any
) -> None:
    """Compile a bank for a platform.

    What the platform cannot take is listed on standard error, question by
    question. A bank with errors is refused and nothing is written.
    """
    from qbank import exporting
    from qbank.diagnostics import QbankError

    if target is None:
        if output == "-":
            raise QbankError("name the format with --to, or the file with -o")
        target = exporting.format_for(output)
    _run(bank, _order(target, **given), output, style, quiet, fail_on, everything)


@click.command()
@click.argument("source", metavar="IN")
@click.argument("output", metavar="OUT")
@click.option("--from", "reader", metavar="FORMAT", help="The format of IN; guessed where missing.")
@click.option("--to", "target", metavar="FORMAT", help="The format of OUT; told from its name where missing.")
@order_options
@format_option
@quiet_option
@fail_on_option(default="never", what="loss")
def convert(
    source: str,
    output: str,
    reader: str | None,
    target: str | None,
    style: str,
    quiet: bool,
    fail_on: str,
    everything: bool,
    **given: Any,
) -> None:
    """Import IN and export OUT in one step: qbank convert paper.txt moodle.xml."""
    from dataclasses import replace

    from qbank import bankfile, exporting, importing
    from qbank.files import atomic_write, not_over
    from qbank.select import where

    if target is None:
        target = exporting.format_for(output)
    not_over(output, [source])
    imported = importing.import_files([source], source=reader, folder=Path(output).parent)
    print_report(imported.report, style, quiet=quiet, limit=None if everything else 5)
    if target == "qbank":
        chosen = where(given["where"]) if given["where"] else None
        questions = [q for q in imported.questions if chosen is None or chosen(q)]
        with atomic_write(output) as sink:
            bankfile.write(imported.header, questions, sink, bankfile.form_for(output))
        click.echo(f"{len(questions)} questions written to {output}", err=True)
        return
    order = replace(_order(target, **given), folder=Path(output).parent)
    _run(imported.bank, order, output, style, quiet, fail_on, everything)


@click.command()
@click.option(
    "--config", "config_path", type=click.Path(), default="qbank.toml", show_default=True, help="What to build."
)
@click.option("--all", "everything", is_flag=True, help="Print every loss, however many of a sort.")
@format_option
@quiet_option
def build(config_path: str, everything: bool, style: str, quiet: bool) -> None:
    """Make every target that qbank.toml lists."""
    from qbank import config
    from qbank.diagnostics import SEVERITIES, QbankError
    from qbank.export import platform
    from qbank.exporting import Order
    from qbank.select import where

    settings = config.load(Path(config_path))
    if not settings.targets:
        raise QbankError(f"{config_path}: there is nothing to build; add a [[build]] table")
    failed = False
    for target in settings.targets:
        to, preset = platform(target.to)
        order = Order(
            to=to,
            options={**preset, **target.options},
            where=where(target.where) if target.where else None,
            unanswered=cast('Literal["skip", "ungraded"]', target.unanswered),
            drafts=target.drafts,
            templates=str(settings.folder / settings.templates) if settings.templates else None,
        )
        done = _export(str(settings.folder / settings.bank), order, str(settings.folder / target.out))
        print_report(done.report, style, quiet=quiet, limit=None if everything else 5)
        if not quiet:
            click.echo(_said(done, target.to, target.out), err=True)
        if target.fail_on != "never":
            least = SEVERITIES.index(target.fail_on)
            failed = failed or any(SEVERITIES.index(d.severity) >= least for d in done.report)
    sys.exit(1 if failed else 0)


def _order(
    target: str,
    options: tuple[str, ...],
    where: str | None,
    unanswered: str,
    drafts: bool,
    keep_going: bool,
    templates: str | None,
    jobs: int = 1,
    verify: bool = False,
) -> Order:
    from qbank.export import platform
    from qbank.exporting import Order
    from qbank.select import where as test

    to, preset = platform(target)
    return Order(
        to=to,
        options=preset | pairs(options),
        where=test(where) if where else None,
        unanswered=cast('Literal["skip", "ungraded"]', unanswered),
        drafts=drafts,
        keep_going=keep_going,
        templates=templates,
        jobs=jobs,
        verify=verify,
    )


def _run(
    source: Any,
    order: Order,
    output: str,
    style: str,
    quiet: bool,
    fail_on: str,
    everything: bool,
) -> None:
    from qbank.bankfile import BankError

    try:
        done = _export(source, order, output)
    except BankError as error:
        print_report(error.report, style, quiet=True)
        if style == "text":
            click.secho(f"qbank: {error}", fg="red", err=True)
        sys.exit(1)
    print_report(done.report, style, quiet=quiet, limit=None if everything else 5)
    if not quiet and style == "text":
        click.echo(_said(done, order.to, output), err=True)
    if order.verify and any(d.code.startswith("V") for d in done.report):
        sys.exit(1)
    exit_for(done.report, fail_on)


def _export(source: Any, order: Order, output: str) -> Exported:
    from qbank.exporting import export_file

    with progress(f"writing {order.to}") as tick:
        return export_file(source, order, output, tick)


def _said(done: Exported, target: str, output: str) -> str:
    faults = sum(d.code.startswith("V") for d in done.report)
    losses = len(done.report) - faults
    lost = "nothing lost" if not losses else f"{losses} loss{'es' if losses > 1 else ''} reported"
    where = "standard output" if output == "-" else output
    checked = f", {done.verified} read back" if done.sent is not None else ""
    wrong = f", {faults} difference{'s' if faults > 1 else ''} unexplained" if faults else ""
    return f"{target}: {done.written} of {done.questions} questions written to {where}, {lost}{checked}{wrong}"
