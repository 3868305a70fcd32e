"""`qbank paper`."""

from __future__ import annotations

from pathlib import Path

import click

from qbank.cli.common import exit_for, fail_on_option, format_option, print_report, quiet_option
from qbank.diagnostics import QbankError

_FORMS = {".docx": "paper-docx", ".html": "paper-html", ".htm": "paper-html"}


@click.command()
@click.argument("bank")
@click.option("-o", "--output", required=True, metavar="OUT", help="The paper to write: .docx or .html.")
@click.option("--versions", type=click.IntRange(1, 26), metavar="N", help="So many mixed versions: A, B, C ...")
@click.option("--seed", metavar="TEXT", help="What the versions are mixed by; the same seed gives the same versions.")
@click.option("--version", "only", metavar="LETTER", help="Only this version.")
@click.option("--split", is_flag=True, help="Each version in a file of its own: OUT-A, OUT-B ...")
@click.option(
    "--choices",
    type=click.Choice(["marked", "all", "none"]),
    help="Whose choices change places: of questions with shuffle (marked, the default), of all, of none.",
)
@click.option("--key", is_flag=True, help="The answers on a page of their own at the end.")
@click.option("--page", type=click.Choice(["a4", "letter"]), help="The paper it is printed on; a4 is the default.")
@click.option("--title", help="What the paper is called; the bank's title is the default.")
@click.option("--language", type=click.Choice(["en", "zh"]), help="Language of the paper's own words.")
@click.option("--sections", type=click.Choice(["auto", "kind", "category", "none"]), help="What makes a section.")
@click.option("--numbering", type=click.Choice(["auto", "section", "continuous"]), help="How questions are numbered.")
@click.option("--no-lines", is_flag=True, help="No lines to write on below essays.")
@click.option("--where", metavar="TEST", help="Only these questions; as for qbank export.")
@click.option(
    "--templates",
    type=click.Path(file_okay=False, exists=True),
    metavar="FOLDER",
    help="Templates of your own for the page: paper/page.j2, paper/style.css.",
)
@format_option
@quiet_option
@fail_on_option(default="never", what="loss")
def paper(
    bank: str,
    output: str,
    versions: int | None,
    seed: str | None,
    only: str | None,
    split: bool,
    choices: str | None,
    key: bool,
    page: str | None,
    title: str | None,
    language: str | None,
    sections: str | None,
    numbering: str | None,
    no_lines: bool,
    where: str | None,
    templates: str | None,
    style: str,
    quiet: bool,
    fail_on: str,
) -> None:
    """Print a bank as a question paper, in one version or several.

    The answer keys of the same versions:
    qbank export BANK --to answer-key -o key.xlsx --option versions=N --option seed=TEXT
    """
    from qbank.exporting import Order, export_file
    from qbank.select import where as test

    target = _FORMS.get(Path(output).suffix.lower())
    if target is None:
        raise QbankError(f"{output}: a paper is a .docx or a .html file")
    given = {
        "versions": None if versions is None else str(versions),
        "seed": seed,
        "version": only,
        "choices": choices,
        "key": "yes" if key else None,
        "page": page,
        "title": title,
        "language": language,
        "sections": sections,
        "numbering": numbering,
        "lines": "no" if no_lines else None,
    }
    options = {name: value for name, value in given.items() if value is not None}
    for letter, out in _files(output, versions, split and only is None):
        order = Order(
            to=target,
            options=options | ({"version": letter} if letter else {}),
            where=test(where) if where else None,
            templates=templates,
        )
        done = export_file(bank, order, out)
        if letter in ("", "A"):
            print_report(done.report, style, quiet=quiet, limit=5)
        if not quiet and style == "text":
            click.echo(f"{done.written} questions on {out}", err=True)
    exit_for(done.report, fail_on)


def _files(output: str, versions: int | None, split: bool) -> list[tuple[str, str]]:
    """The versions that go into files of their own, with the files."""
    if not split:
        return [("", output)]
    path = Path(output)
    letters = [chr(65 + i) for i in range(versions or 1)]
    return [(letter, str(path.with_name(f"{path.stem}-{letter}{path.suffix}"))) for letter in letters]
