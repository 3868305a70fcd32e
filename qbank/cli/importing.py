"""`qbank import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
    table,
)
from qbank.diagnostics import QbankError

if TYPE_CHECKING:
    from qbank.importing import Imported
    from qbank.importing.files import FileSummary
    from qbank.reimport import Mode


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="BANK",
    help="The bank to write (.json, .jsonl or .yaml); - is standard output, the default.",
)
@click.option(
    "--from", "source", metavar="FORMAT", help="The format of the files; guessed from name and content where missing."
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="FILE",
    help="The answers to a paper, where they stand in a file of their own; once for each paper, in the same order.",
)
@click.option(
    "--update", is_flag=True, help="Bring the bank up to its corrected papers; what people changed in it is kept."
)
@click.option(
    "--merge", is_flag=True, help="Take what was edited in a workbook (export --to xlsx) into the bank; the cells win."
)
@click.option(
    "--prune",
    is_flag=True,
    help="With --update, take out questions that are no longer in their papers; with --merge, those without a row.",
)
@click.option("--overwrite", is_flag=True, help="Write over the bank, even over answers that were filled in by hand.")
@click.option("--title", help="What the bank is called.")
@click.option("--language", help="The language of the questions, such as zh-CN.")
@click.option(
    "--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting of the reader; see qbank formats."
)
@click.option(
    "--report",
    "account",
    metavar="FILE",
    help="Write what became of every piece of the text: .html to look at, .json for programs.",
)
@click.option("--all", "everything", is_flag=True, help="Print every finding, however many of a sort.")
@jobs_option
@format_option
@quiet_option
@fail_on_option()
def import_(
    files: tuple[str, ...],
    output: str,
    source: str | None,
    keys: tuple[str, ...],
    update: bool,
    merge: bool,
    prune: bool,
    overwrite: bool,
    title: str | None,
    language: str | None,
    options: tuple[str, ...],
    account: str | None,
    everything: bool,
    jobs: int,
    style: str,
    quiet: bool,
    fail_on: str,
) -> None:
    """Read papers and question files into one bank.

    FILE is a scraped paper or a question file, a folder of them, or a pattern
    such as "papers/*.docx"; - is standard input. What was not understood is
    listed on standard error; nothing is dropped in silence. Where BANK exists,
    its questions keep their ids.
    """
    from qbank import bankfile, importing, reimport
    from qbank.files import Seen, atomic_write, not_over
    from qbank.papers import files_of
    from qbank.pile import written

    form = bankfile.form_for(output)
    mode = _mode(output, update=update, merge=merge, prune=prune, overwrite=overwrite)
    # Whoever writes to the bank while the papers are read must not lose what they wrote.
    seen = Seen.of(output)
    bank = reimport.merging.opened(output) if mode == "merge" else None
    if account is not None and Path(account).suffix.lower() not in {".html", ".htm", ".json"}:
        raise QbankError(f"--report {account}: name a file that ends in .html or .json")
    if account is not None:
        not_over(account, [output, *files, *keys])
    found = files_of(files, without=[name for name in (output, account, *keys) if name not in {None, "-"}])
    with progress("reading", len(found)) as tick:
        whole = importing.import_files(
            found,
            source=source,
            options=pairs(options),
            title=title,
            language=language,
            # the media of a workbook are those of its bank, wherever the workbook lies
            folder=None if output == "-" or bank is not None else Path(output).parent,
            keys=keys,
            bank=reimport.merging.by_id(bank.questions) if bank is not None else None,
            accounts=account is not None,
            jobs=jobs,
            tick=tick,
        )
    if bank is not None:
        done = reimport.merge_edited(whole, bank, prune=prune, title=title)
    else:
        done = reimport.continued(whole, output, mode, prune=prune, title=title)
    whole = done.reading
    copy = reimport.set_aside(output, seen) if done.set_aside else None
    if output == "-":
        bankfile.write(done.header, written(done.questions), sys.stdout.buffer, form)
        sys.stdout.buffer.flush()
    else:
        with atomic_write(output, [seen]) as sink:
            bankfile.write(done.header, written(done.questions), sink, form)
    if account is not None:
        _write_account(whole, account, Path() if output == "-" else Path(output).parent)
    report = whole.report
    print_report(report, style, quiet=quiet, limit=None if everything else 5)
    if not quiet and style == "text":
        click.echo(err=True)
        click.echo(_summary(whole.files), err=True)
        if output != "-":
            click.echo(f"{len(done.questions)} questions written to {output}", err=True)
        if done.said:
            click.echo(done.said, err=True)
        if copy is not None:
            click.echo(f"the bank as it was: {copy}", err=True)
        if account is not None:
            click.echo(f"the text and what was made of it: {account}", err=True)
    exit_for(report, fail_on)


def _mode(output: str, *, update: bool, merge: bool, prune: bool, overwrite: bool) -> Mode:
    if update and overwrite:
        raise QbankError("--update keeps what the bank holds and --overwrite does not; give one of them")
    if merge and (update or overwrite):
        raise QbankError("--merge takes an edited workbook into its bank; it goes with --prune alone")
    if prune and not update and not merge:
        raise QbankError("--prune takes questions out of a bank that --update brings up to date; give both")
    if update and output == "-":
        raise QbankError("--update needs the bank; name it with -o")
    if merge:
        return "merge"
    return "update" if update else "overwrite" if overwrite else "new"


def _write_account(whole: Imported, path: str, folder: Path) -> None:
    from qbank import accounts_report
    from qbank.files import atomic_write

    page = path.lower().endswith((".html", ".htm"))
    with atomic_write(path) as sink:
        sink.write(accounts_report.to_html(whole, folder) if page else accounts_report.to_json(whole))


def _summary(files: list[FileSummary]) -> str:
    rows = [
        [
            f.name,
            f.reader,
            str(f.questions),
            str(f.answered),
            str(f.drafts),
            f"{100 * f.claimed / f.characters:.1f} %" if f.characters else "-",
        ]
        for f in files
    ]
    return table(rows, ["file", "read as", "questions", "answered", "drafts", "text accounted for"])
