"""The page of figures: what it counts, and that a bank cannot break out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from qbank import bankfile, export, stats_page
from qbank.bankfile import BankReader
from qbank.cli import cli
from qbank.diagnostics import QbankError
from qbank.model import Bank, Header, TrueFalse

BANK = Path(__file__).parent / "bank" / "all.json"


def _opened() -> BankReader:
    return bankfile.open_bank(BANK)


def test_the_page_is_the_same_each_time() -> None:
    """Same bank, same bytes."""
    assert stats_page.page(_opened) == stats_page.page(_opened)


def test_every_target_is_there_and_accounts_for_every_question() -> None:
    """Whole, with losses and left out add up to all questions, for each exporter."""
    for name in export.names():
        target = stats_page.losses(_opened(), name)
        assert target.error == ""
        assert target.total == 30, name
        assert (target.part or target.left) == 0 or target.codes
    preview = stats_page.losses(_opened(), "preview")
    assert (preview.whole, preview.part, preview.left) == (30, 0, 0)
    assert stats_page.losses(_opened(), "gift").left >= 3  # two without an answer, one draft


def test_a_target_that_fails_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exporter that refuses the bank does not stop the page; its reason stands in its row."""

    def refuse(*_: object) -> None:
        raise QbankError("the moon is full")

    monkeypatch.setattr(type(export.get("gift")), "write", refuse)
    assert stats_page.losses(_opened(), "gift").error == "the moon is full"
    assert "the moon is full" in stats_page.page(_opened)


def test_names_of_a_bank_are_text() -> None:
    """A title, tag or category is never markup, and the page holds no script."""
    evil = "</style><script>x()</script>"
    question = TrueFalse(id="t", stem="x", answer=True, tags=(evil,), category=(evil,))
    bank = Bank(header=Header(qbank=1, title=evil), questions=(question,))
    page = stats_page.page(lambda: bankfile.in_memory(bank))
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "&lt;script&gt;" in page


def test_an_empty_bank_has_a_page() -> None:
    """No question, no picture, no error."""
    page = stats_page.page(lambda: bankfile.in_memory(Bank(header=Header(qbank=1), questions=())))
    assert "no question" in page
    assert "<svg" not in page


def test_the_command_writes_it(tmp_path: Path) -> None:
    """`qbank stats --html` writes the page."""
    out = tmp_path / "stats.html"
    done = CliRunner().invoke(cli, ["stats", str(BANK), "--html", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
