"""The `qbank` command: parse, call one library function, print, exit. No logic lives here."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
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


class Ended(KeyboardInterrupt):
    """Somebody asked this process to end, be it with Ctrl-C or as a system does when it shuts down."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # whoever asks twice means at once
    raise Ended(number)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """What was under way is taken down before one sentence is said."""
    number: int = signal.SIGINT
    try:
        yield
        return
    except KeyboardInterrupt as error:
        number = getattr(error, "number", number)
    how = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    click.secho(f"qbank: {how}; every file is as it was, or finished", fg="red", err=True)
    sys.exit(128 + number)


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

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _ending_in_order():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _ending_in_order():
            return super().invoke(ctx)

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
    with _ending_in_order():
        asked = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        # What is ignored stays so, as nohup wants it.
        before = {n: signal.signal(n, _end) for n in asked if signal.getsignal(n) is not signal.SIG_IGN}
        try:
            _run(**extra)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _run(**extra: Any) -> None:
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
