"""`--to canvas`: a platform's name stands for an exporter and its options."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from qbank import export, exporting
from qbank.cli import cli
from qbank.diagnostics import QbankError

PLATFORMS: dict[str, tuple[str, dict[str, str]]] = import_module("qbank.exporters").PLATFORMS
BANK = Path(__file__).parent / "bank" / "all.json"


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_is_an_exporter_with_options_that_it_has(name: str) -> None:
    """Each name leads to an exporter that takes the options and writes the sample bank."""
    target, options = export.platform(name)
    assert target in export.names()
    sink = BytesIO()
    done = exporting.export_bank(str(BANK), exporting.Order(to=target, options=options), sink)
    assert done.written > 10


def test_an_exporter_is_itself() -> None:
    """The name of an exporter takes no options, and no platform hides one."""
    assert export.platform("gift") == ("gift", {})
    assert not set(PLATFORMS) & set(export.names())


def test_the_commands_know_platforms(tmp_path: Path) -> None:
    """`export --to canvas` writes what `--to qti12 --option preset=canvas` writes; options given by hand win."""
    run = CliRunner()
    one, other, third = tmp_path / "a.zip", tmp_path / "b.zip", tmp_path / "c.zip"
    assert run.invoke(cli, ["export", str(BANK), "--to", "canvas", "-o", str(one)]).exit_code == 0
    options = ["--to", "qti12", "--option", "preset=canvas"]
    assert run.invoke(cli, ["export", str(BANK), *options, "-o", str(other)]).exit_code == 0
    assert one.read_bytes() == other.read_bytes()
    options = ["--to", "canvas", "--option", "preset=plain"]
    assert run.invoke(cli, ["export", str(BANK), *options, "-o", str(third)]).exit_code == 0
    assert third.read_bytes() != one.read_bytes()
    assert "Canvas" in run.invoke(cli, ["check", str(BANK), "--for", "canvas"]).output


def test_a_slip_of_the_pen_is_told() -> None:
    """A name that is neither says which were near."""
    with pytest.raises(QbankError, match="did you mean 'canvas'"):
        export.get("canvsa")
