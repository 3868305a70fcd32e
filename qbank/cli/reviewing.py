"""`qbank review`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("bank")
@click.option(
    "--source-dir",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the papers are; beside the bank where missing. May be repeated.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port; a free one where missing."
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="The language of the page; the bank's where missing.")
@click.option("--open/--no-open", "opens", default=True, help="Open the browser, or only print the address.")
def review(bank: str, folders: tuple[Path, ...], port: int, lang: str | None, opens: bool) -> None:
    """Go through imported papers in the browser: look, correct, accept.

    The source text and the question stand side by side, the most doubtful
    first. Every change is saved to BANK at once. The page is served to this
    machine only; Ctrl-C ends it.
    """
    from qbank.diagnostics import QbankError

    try:
        from qbank.review import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise QbankError("review needs two more packages: pip install 'qbank[review]'") from error

    def tell(address: str) -> None:
        click.echo(address)
        click.echo(f"reviewing {bank}; every change is saved at once, Ctrl-C ends", err=True)
        if opens:
            serve.open_browser(address)

    session = serve.review(bank, folders=folders, port=port, language=lang or "", tell=tell)
    done, total = serve.progress(session)
    click.echo(f"\n{done} of {total} reviewed; all changes are in {bank}", err=True)
