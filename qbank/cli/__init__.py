"""The `qbank` command: parse, call one library function, print, exit. No logic lives here."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

COMMANDS: dict[str, str] = {
    "import": "qbank.cli.importing:import_",
    "check": "qbank.cli.checking:check",
    "fmt": "qbank.cli.checking:fmt",
    "diff": "qbank.cli.revising:diff",
    "merge": "qbank.cli.revising:merge",
    "dedupe": "qbank.cli.deduping:dedupe",
    "export": "qbank.cli.exporting:export",
    "convert": "qbank.cli.exporting:convert",
    "build": "qbank.cli.exporting:build",
    "bulk": "qbank.cli.bulk:bulk",
    "preview": "qbank.cli.previewing:preview",
    "paper": "qbank.cli.papering:paper",
    "review": "qbank.cli.reviewing:review",
    "formats": "qbank.cli.looking:formats",
    "stats": "qbank.cli.looking:stats",
    "show": "qbank.cli.looking:show",
    "explain": "qbank.cli.looking:explain",
    "schema": "qbank.cli.looking:schema",
    "init": "qbank.cli.starting:init",
    "completion": "qbank.cli.starting:completion",
}
"""Name to `module:attribute`; a module is imported only when its command is asked for."""


class Commands(click.Group):
    """A group whose commands are loaded when they are needed, so that starting is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            pass  # what was under way is taken down when the exception is gone
        click.secho("qbank: interrupted; every file is as it was, or finished", fg="red", err=True)
        sys.exit(130)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from qbank.suggest import did_you_mean

            raise click.UsageError(
                f"there is no command {args[0]!r}; {did_you_mean(args[0], COMMANDS)}", ctx
            ) from error


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings at or above --fail-on, 2 could not run.",
)
@click.version_option(None, "-V", "--version", package_name="qbank", prog_name="qbank")
def cli() -> None:
    """The compiler for question banks: scraped papers in, one bank, every platform out."""


def main(**extra: Any) -> None:
    """Run the command; every expected failure ends as one sentence and exit code 2."""
    import io

    from qbank.diagnostics import QbankError

    # A scheduler may start us with closed streams: nothing is read then, and nothing is shown.
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal or pipe that has no way to write a character gets its escape, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(prog_name="qbank", **extra)
    except QbankError as error:
        click.secho(f"qbank: {error}", fg="red", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        about = f"{error.filename}: " if error.filename else ""
        click.secho(f"qbank: {about}{error.strerror or error}", fg="red", err=True)
        sys.exit(2)
    except RecursionError:
        click.secho("qbank: the input is nested too deeply to be read", fg="red", err=True)
        sys.exit(2)
    except MemoryError:
        click.secho("qbank: the input does not fit in memory; a JSON Lines bank streams", fg="red", err=True)
        sys.exit(2)
