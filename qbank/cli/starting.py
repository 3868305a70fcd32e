"""`qbank init` and `qbank completion`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", default=".")
@click.option("--title", default="My question bank", show_default=True, help="What the bank is called.")
@click.option("--language", default="en", show_default=True, help="The language of the questions, such as zh-CN.")
def init(folder: str, title: str, language: str) -> None:
    """Make a starter bank and a qbank.toml; existing files are left alone."""
    from qbank import starter
    from qbank.diagnostics import QbankError
    from qbank.files import atomic_write

    target = Path(folder)
    made = {name: content.encode() for name, content in starter.files(title, language).items()}
    there = [name for name in made if (target / name).exists()]
    for name in there:
        # One of them alone, as it would be written now, is what an interrupted run left.
        if len(there) == len(made) or not _is(target / name, made[name]):
            raise QbankError(f"{target / name} is there already; name another folder: qbank init FOLDER")
    for name, content in made.items():
        with atomic_write(target / name) as sink:
            sink.write(content)
        click.echo(f"wrote {target / name}", err=True)
    click.echo(f"next: qbank check {target / 'bank.json'}, then qbank build --config {target / 'qbank.toml'}", err=True)


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print shell completion: add `eval "$(qbank completion bash)"` to ~/.bashrc."""
    from click.shell_completion import get_completion_class

    from qbank.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "qbank", "_QBANK_COMPLETE").source())
