"""`qbank formats`, `stats`, `show`, `explain` and `schema`."""

from __future__ import annotations

import json
import sys

import click

from qbank.cli.common import exit_for, print_report, progress, table
from qbank.diagnostics import Report

_MARKS = {"full": "full", "lossy": "lossy", "none": "-"}
_SHORT = {
    "single_choice": "single",
    "multiple_choice": "multiple",
    "true_false": "t/f",
    "short_answer": "short",
    "numeric": "numeric",
    "cloze": "cloze",
    "matching": "match",
    "ordering": "order",
    "essay": "essay",
    "group": "group",
    "information": "info",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as JSON.")
@click.option("--markdown", is_flag=True, help="Print the matrix as a Markdown table.")
@click.option("--options", is_flag=True, help="List the options of each format instead.")
def formats(as_json: bool, markdown: bool, options: bool) -> None:
    """Which kinds of question each format takes: full, lossy or none."""
    from qbank import export, reading
    from qbank.model import KINDS

    exporters = {name: export.get(name) for name in export.names()}
    readers = {name: reading.get(name) for name in reading.names()}
    if as_json:
        whole = {
            "kinds": list(KINDS),
            "exporters": {
                name: {
                    "title": e.title,
                    "suffix": e.suffix,
                    "support": {str(k): str(v) for k, v in e.support.items()},
                    "options": dict(e.options),
                }
                for name, e in exporters.items()
            },
            "readers": {
                name: {"title": r.title, "suffixes": list(r.suffixes), "options": dict(r.options)}
                for name, r in readers.items()
            },
        }
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    if options:
        listed = {name: dict(e.options) for name, e in exporters.items()}
        for name, reader in readers.items():
            listed.setdefault(name, {}).update(reader.options)
        for name, settings in listed.items():
            click.echo(name)
            for option, sentence in settings.items():
                click.echo(f"  {option}: {sentence}")
        return
    rows = [[name, *(str(e.support[kind]) for kind in KINDS)] for name, e in exporters.items()]
    if markdown:
        head = ["format", *(kind.replace("_", " ") for kind in KINDS)]
        for row in [head, ["---"] * (len(KINDS) + 1), *rows]:
            click.echo(f"| {' | '.join(row)} |")
        return
    click.echo(
        table([[row[0], *(_MARKS[cell] for cell in row[1:])] for row in rows], ["write", *(_SHORT[k] for k in KINDS)])
    )
    click.echo()
    click.echo(table([[name, r.title] for name, r in readers.items()], ["read", "what"]))
    click.echo(f"\nPlatforms, as --to takes them: {', '.join(export.platforms())}")
    click.echo("full: nothing is lost; lossy: something is, and is reported; -: left out, and reported")


@click.command()
@click.argument("bank", default="-")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--html", "page", metavar="OUT", help="Write a page of pictures, with what each target would lose.")
def stats(bank: str, as_json: bool, page: str | None) -> None:
    """Count a bank: kinds, answers, points, categories, tags."""
    from qbank import bankfile
    from qbank.stats import count

    if page is not None:
        _write_stats(bank, page)
        return
    reader = bankfile.open_bank(bank)
    figures = count(reader.questions())
    _complain(reader.report)
    if as_json:
        click.echo(json.dumps(figures.as_object(), ensure_ascii=False, indent=2))
        exit_for(reader.report, "error")
        return
    click.echo(
        f"{figures.questions} questions, {figures.answered} answered, {figures.drafts} drafts, {figures.points_text} points"
    )
    for name, counter in figures.counters.items():
        if counter:
            click.echo()
            click.echo(table([[value, str(n)] for value, n in counter.most_common(20)], [name, "questions"]))
    exit_for(reader.report, "error")


@click.command()
@click.argument("bank")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--where", metavar="TEST", help="Only these questions; as for qbank export.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON Lines.")
def show(bank: str, ids: tuple[str, ...], where: str | None, as_json: bool) -> None:
    """Print questions the way a paper does, with their answers."""
    from qbank import bankfile
    from qbank.select import where as test
    from qbank.show import rendered
    from qbank.suggest import did_you_mean

    chosen = test(where) if where else None
    found: set[str] = set()
    known: list[str] = []
    reader = bankfile.open_bank(bank)
    for question in reader.questions():
        known.append(question.id)
        if (ids and question.id not in ids) or (chosen is not None and not chosen(question)):
            continue
        found.add(question.id)
        if as_json:
            click.echo(json.dumps(bankfile.question_object(question), ensure_ascii=False))
        else:
            click.echo(rendered(question) + "\n")
    _complain(reader.report)
    missing = [name for name in ids if name not in found]
    if missing:
        click.echo(f"qbank: {bank} has no question {missing[0]!r}; {did_you_mean(missing[0], known[:1000])}", err=True)
        sys.exit(2)
    exit_for(reader.report, "error")


def _write_stats(bank: str, out: str) -> None:
    from qbank import export, stats_page
    from qbank.duplicates.dedupe import opener
    from qbank.files import atomic_write, not_over

    not_over(out, [bank], "is the bank that is counted")
    opened = opener(bank)
    with progress("counting", len(export.names())) as tick, atomic_write(out) as sink:
        sink.write(stats_page.page(opened, tick).encode())
    click.echo(f"written to {out}", err=True)


def _complain(report: Report) -> None:
    """Say which questions could not be read: what is printed is about the others."""
    print_report(report, "text", limit=5)


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Say what a code means; without one, list them all."""
    from qbank.codes import CODES, resolve
    from qbank.diagnostics import QbankError
    from qbank.suggest import did_you_mean

    if code is None:
        click.echo(table([[key, c.severity, c.name] for key, c in CODES.items()], ["code", "severity", "name"]))
        return
    key = resolve(code)
    if key is None:
        names = [*CODES, *(c.name for c in CODES.values())]
        code = code.upper() if code[-1:].isdigit() else code.lower()
        raise QbankError(
            f"there is no code {code!r}; {did_you_mean(code, names) if len(code) > 2 else 'qbank explain lists them'}"
        )
    found = CODES[key]
    from qbank.lint.pages import about

    more = about(key)
    click.echo(f"{key} {found.name} ({found.severity})\n\n{found.explanation}" + (f"\n\n{more}" if more else ""))


@click.command()
@click.argument("name", type=click.Choice(["bank", "question", "config", "diagnostics", "changes"]), default="bank")
def schema(name: str) -> None:
    """Print a JSON Schema: bank, question, config, diagnostics or changes."""
    from typing import cast

    from qbank import schema as schemas

    click.echo(schemas.text(cast("schemas.SchemaName", name)), nl=False)
