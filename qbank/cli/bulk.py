"""`qbank bulk`: papers and banks by the million, in partitions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from qbank.cli.common import pairs, progress

if TYPE_CHECKING:
    from qbank.bulk.engines import Engine
    from qbank.bulk.work import Task

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _engine_options(function: Decorated) -> Decorated:
    """Where the work is done."""
    for option in (
        click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster that is running, such as tcp://host:8786."),
        click.option(
            "--engine",
            type=click.Choice(["local", "dask"]),
            default="local",
            show_default=True,
            help="Processes of this machine, or a Dask cluster (pip install 'qbank[bulk]').",
        ),
        click.option(
            "-j", "--jobs", type=click.IntRange(min=0, max=256), default=0, metavar="N", help="Workers; 0: one a core."
        ),
    ):
        function = option(function)
    return function


@click.group()
def bulk() -> None:
    """Papers and banks by the million: in partitions, on one machine or many.

    A run can be stopped at any moment; the same command goes on where it
    stopped. Inputs that cannot be read, or that kill their worker, are set
    aside and listed in quarantine.jsonl. The bytes do not depend on the engine.
    """


@bulk.command("import")
@click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False), help="The folder of the shards.")
@click.option("--size", type=click.IntRange(min=1), default=500, show_default=True, help="Papers a shard.")
@click.option(
    "--packing",
    type=click.Choice(["gzip", "zstd", "none"]),
    default="gzip",
    show_default=True,
    help="How shards are packed.",
)
@click.option("--from", "source", metavar="FORMAT", help="The format of the files; guessed where missing.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting of the reader.")
@_engine_options
def import_(
    inputs: tuple[str, ...],
    output: str,
    size: int,
    packing: Any,
    source: str | None,
    options: tuple[str, ...],
    **where: Any,
) -> None:
    """Read papers into sharded JSON Lines banks; folders and patterns mean the files in them."""
    from qbank.bulk import runs
    from qbank.papers import files_of

    tasks = runs.papers(
        files_of(inputs, without=[output]),
        Path(output),
        size=size,
        packing=packing,
        source=source,
        options=pairs(options),
    )
    _run(tasks, **where)


@bulk.command()
@click.argument("shards", type=click.Path(file_okay=False, exists=True), metavar="FOLDER")
@click.option(
    "-o", "--output", type=click.Path(file_okay=False), help="Where findings go; beside the shards where missing."
)
@_engine_options
def check(shards: str, output: str | None, **where: Any) -> None:
    """Check every shard of a folder; findings go to a file beside each."""
    from qbank.bulk import runs

    folder = Path(shards)
    _run(runs.checks(folder, Path(output) if output else folder / "check"), **where)


@bulk.command()
@click.argument("shards", type=click.Path(file_okay=False, exists=True), metavar="FOLDER")
@click.option("--to", "target", required=True, metavar="FORMAT", help="The format.")
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False), help="The folder to write to.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting of the format.")
@_engine_options
def export(shards: str, target: str, output: str, options: tuple[str, ...], **where: Any) -> None:
    """Write one file for the target out of each shard; questions with errors are left out and named."""
    from qbank import export as exporters
    from qbank.bulk import runs

    exporters.get(target)
    _run(runs.exports(Path(shards), Path(output), target, pairs(options)), **where)


def _run(tasks: list[Task], engine: str, scheduler: str | None, jobs: int) -> None:
    from qbank.bulk import runs

    with progress("partitions", len(tasks)) as tick:
        done = runs.run(tasks, _engine(engine, scheduler, jobs, len(tasks)), tick)
    found = (
        ", ".join(
            f"{count} {severity}{'' if count == 1 or severity == 'info' else 's'}"
            for severity, count in sorted(done.counts.items())
        )
        or "no findings"
    )
    again = f" ({done.resumed} done before)" if done.resumed else ""
    partitions = f"{done.partitions} partition{'' if done.partitions == 1 else 's'}"
    questions = f"{done.questions} question{'' if done.questions == 1 else 's'}"
    click.echo(f"{partitions}{again}, {questions}, {found}", err=True)
    if done.renamed:
        click.echo(f"{done.renamed} questions got a number: their id stands in an earlier shard", err=True)
    if done.strange:
        some = ", ".join(done.strange[:3]) + (", ..." if len(done.strange) > 3 else "")
        click.secho(f"not of this run, and read by bulk check and export all the same: {some}", fg="yellow", err=True)
    for poison in done.poison[:20]:
        reason = poison.reason.removeprefix(f"{poison.input}: ")
        click.secho(f"set aside: {poison.input}: {reason}", fg="red", err=True)
    if len(done.poison) > 20:
        click.echo(f"... and {len(done.poison) - 20} more in quarantine.jsonl", err=True)
    sys.exit(0 if runs.all_well(done) else 1)


def _engine(name: str, scheduler: str | None, jobs: int, tasks: int) -> Engine:
    from qbank.bulk.engines import Dask, Here, Processes
    from qbank.workers import cores

    workers = jobs or cores()
    if name == "dask":
        return Dask(address=scheduler, workers=workers)
    return Here() if workers == 1 or tasks == 1 else Processes(workers)
