"""`qbank diff` and `qbank merge`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from qbank.bankfile import Form
    from qbank.model import Bank

_FAIL = ("key-change", "removed", "points", "any", "never")
_EXTERNAL = 7
"""git hands a `diff.<driver>.command` seven arguments: path, old file, hex, mode, new file, hex, mode."""


@click.command()
@click.argument("banks", nargs=-1, required=True, metavar="OLD NEW")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="For a terminal, for a review, for programs.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL),
    multiple=True,
    default=("never",),
    show_default=True,
    help="Exit with 1 when this happened; may be repeated.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the summary only.")
def diff(banks: tuple[str, ...], style: str, fail_on: tuple[str, ...], quiet: bool) -> None:
    """What changed from bank OLD to bank NEW: keys first, then points, words and the rest.

    Questions are followed by their ids. As git's external diff (attribute
    diff=qbank, diff.qbank.command "qbank diff") it takes git's seven arguments.
    """
    from qbank.revisions import words
    from qbank.revisions.changes import changes

    old, new, name = _two(banks)
    found = changes(_bank(old), _bank(new))
    if quiet:
        click.echo(f"{name or f'{old} -> {new}'}: {words.summary(found)}")
    else:
        render = {"text": words.text, "markdown": words.markdown, "json": words.as_json}[style]
        click.echo(render(found, name or old, name or new), nl=False)
    failing = {"key-change": ("key", "kind"), "removed": ("removed",), "points": ("points",)}
    wanted = [sort for choice in fail_on for sort in failing.get(choice, ())]
    if found.has(*wanted) or ("any" in fail_on and (found.questions or found.header)):
        sys.exit(1)


@click.command()
@click.argument("base")
@click.argument("ours")
@click.argument("theirs")
@click.option("-o", "--output", help="Where to write the merged bank; over OURS where missing, - for standard output.")
@click.option("--name", help="What to call the bank in messages, such as git's %P.")
def merge(base: str, ours: str, theirs: str, output: str | None, name: str | None) -> None:
    """Merge two versions of a bank that began as BASE, question by question, field by field.

    As git's merge driver: qbank merge %O %A %B --name %P. What both sides
    changed is never chosen in silence: our side stays, as a draft, the other
    is kept beside it, qbank check refuses the bank (L390), and the exit code is 1.
    """
    import io

    from qbank import bankfile
    from qbank.files import Seen, atomic_write
    from qbank.revisions.merging import merge as merged

    target = output or ours
    given = [Seen.of(name) for name in (base, ours, theirs) if name != os.devnull]
    # git gives its three files names without an ending.
    form = bankfile.FORMS.get(Path(name or ours).suffix.lower(), "json")
    result = merged(_bank(base, form), _bank(ours, form), _bank(theirs, form))
    buffer = io.BytesIO()
    bankfile.write(result.header, result.questions, buffer, form)
    if target == "-":
        sys.stdout.buffer.write(buffer.getvalue())
    else:
        with atomic_write(target, given) as sink:
            sink.write(buffer.getvalue())
    for conflict in result.conflicts:
        click.secho(f"{name or ours}: conflict: {conflict.message}", fg="red", err=True)
    kept = len(result.conflicts)
    click.echo(
        f"{name or target}: {len(result.questions)} questions, {result.taken} changed by the other side, "
        f"{kept} conflict{'' if kept == 1 else 's'}",
        err=True,
    )
    sys.exit(1 if kept else 0)


def _two(banks: tuple[str, ...]) -> tuple[str, str, str | None]:
    if len(banks) == _EXTERNAL:
        return banks[1], banks[4], banks[0]
    if len(banks) != 2:
        raise click.UsageError("diff takes two banks: qbank diff OLD NEW")
    return banks[0], banks[1], None


def _bank(path: str, form: Form | None = None) -> Bank:
    """A bank; nothing (git's name for a file that is not there) is an empty one."""
    from qbank import bankfile
    from qbank.model import Bank, Header

    if path == os.devnull:
        return Bank(header=Header(qbank=1), questions=())
    return bankfile.load(path, bankfile.FORMS.get(Path(path).suffix.lower(), form))
