"""docs/rules.md is what the rules say of themselves."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from qbank.cli import cli
from qbank.codes import CODES
from qbank.lint import BANK_RULES, RULES
from qbank.lint.pages import about, manual


def test_the_page_is_current(root: Path, update_golden: bool) -> None:
    """The page in docs/ is the manual as the rules have it now; `--update-golden` writes it."""
    page = root / "docs" / "rules.md"
    if update_golden:
        page.write_text(manual(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == manual()


def test_there_are_at_least_forty_rules() -> None:
    """Each rule has a docstring, and the codes they give are many."""
    codes = {code for rule in RULES for code in rule.codes} | {code for _, codes in BANK_RULES for code in codes}
    assert len(codes) >= 40
    assert codes <= set(CODES)
    assert all(rule.check.__doc__ for rule in RULES)
    assert all(check.__doc__ for check, _ in BANK_RULES)


def test_explain_says_why_and_what_to_do() -> None:
    """`qbank explain` prints the remedy below the explanation."""
    shown = CliRunner().invoke(cli, ["explain", "L128"]).stdout
    assert CODES["L128"].explanation in shown
    assert about("L128") in shown
    assert "Remedy:" in shown
