"""qbank.toml: what it says is what is done; what it cannot say is refused with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbank import config
from qbank.config import Config, Target
from qbank.diagnostics import QbankError

FULL = """
bank = "banks/bank.jsonl"
templates = "my-templates"

[check]
fail-on = "warning"

[lint]
ignore = ["L207", "answer-missing"]
error = ["l302"]

[[build]]
to = "moodle-xml"
out = "dist/moodle.xml"
where = "tag:x"
unanswered = "ungraded"
drafts = true
fail-on = "info"
options = { a = "text", b = true, c = false, d = 3, e = 0.5 }

[[build]]
to = "gift"
out = "dist/x.gift"
"""


def written(folder: Path, text: str | bytes) -> Path:
    """A qbank.toml."""
    path = folder / "qbank.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_everything(tmp_path: Path) -> None:
    """Each setting is read; codes may be given by name or in any case; options become text."""
    assert config.load(written(tmp_path, FULL)) == Config(
        folder=tmp_path,
        bank="banks/bank.jsonl",
        ignore=frozenset({"L207", "L104"}),
        error=frozenset({"L302"}),
        fail_on="warning",
        templates="my-templates",
        targets=(
            Target(
                to="moodle-xml",
                out="dist/moodle.xml",
                where="tag:x",
                unanswered="ungraded",
                drafts=True,
                fail_on="info",
                options={"a": "text", "b": "yes", "c": "no", "d": "3", "e": "0.5"},
            ),
            Target(to="gift", out="dist/x.gift"),
        ),
    )


def test_nothing(tmp_path: Path) -> None:
    """An empty file is all defaults, the same as no file."""
    assert config.load(written(tmp_path, "")) == Config(tmp_path)
    assert config.beside("-") == Config(Path())
    assert config.beside(tmp_path / "sub" / "bank.json") == Config(tmp_path / "sub")


def test_the_file_beside_the_bank_is_used(tmp_path: Path) -> None:
    """Where no file is named, the one in the bank's folder counts."""
    written(tmp_path, '[check]\nfail-on = "info"')
    assert config.beside(tmp_path / "bank.json").fail_on == "info"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bank = 5", "/bank: 'bank' must be a text, not 5"),
        ('banks = "x"', "/banks: qbank.toml has no property \"banks\"; did you mean 'bank'"),
        (
            '[check]\nfail-on = "errors"',
            "/check/fail-on: \"errors\" is not allowed for 'fail-on'; did you mean 'error'",
        ),
        ('[lint]\nignore = ["L999"]', "there is no code 'L999'; qbank explain lists them"),
        ('[[build]]\nto = "gift"', "/build/0: an entry of 'build' needs 'out'"),
        ('[[build]]\nto = "gift"\nout = 1979-05-27', "/build/0/out: 'out' must be a text"),
        ('bank = ""', "'bank' must not be empty"),
        ('bank = "a\\u0000b"', "'bank' holds the control character U+0000"),
        ("x = 1\nbank = , 1", "not well-formed TOML: Invalid value (at line 2, column 8)"),
        ("a = " + "[" * 5000, "not well-formed TOML"),
        ("a = " + "9" * 5000, "not well-formed TOML"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"\x00", "not well-formed TOML"),
    ],
)
def test_what_is_not_understood(tmp_path: Path, text: str | bytes, said: str) -> None:
    """One sentence with the file, the setting and the remedy."""
    with pytest.raises(QbankError) as caught:
        config.load(written(tmp_path, text))
    message = str(caught.value)
    assert str(tmp_path / "qbank.toml") in message
    assert said in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("name", ["missing.toml", ".", "x" * 300, "a\x00b"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A missing file, a folder, a name that no file can have."""
    with pytest.raises(QbankError, match="cannot be read"):
        config.load(tmp_path / name)


def test_a_bank_with_an_absurd_name_has_no_file_beside_it() -> None:
    """It is the bank that will be refused, with the reason."""
    assert config.beside("x" * 5000 + "/bank.json").targets == ()
