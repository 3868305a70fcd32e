"""What the documents say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from qbank.cli import COMMANDS, cli

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
_MATRIX = re.compile(r"(<!-- matrix: begin -->\n).*?(<!-- matrix: end -->)", re.S)


@pytest.mark.parametrize("name", READMES)
def test_the_matrix_is_the_one_that_is_true(name: str, update_golden: bool) -> None:
    """The README's table is what `qbank formats --markdown` prints."""
    matrix = CliRunner().invoke(cli, ["formats", "--markdown"]).output
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    wanted = _MATRIX.sub(lambda m: f"{m.group(1)}{matrix}{m.group(2)}", text)
    if update_golden:
        path.write_text(wanted, encoding="utf-8")
    else:
        assert text == wanted, "run pytest tests/test_docs.py --update-golden"


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_listed(name: str) -> None:
    """Each command stands in the README, and none that does not exist."""
    text = (ROOT / name).read_text(encoding="utf-8")
    rows = "".join(line for line in text.splitlines() if line.startswith("| `"))
    for command in COMMANDS:
        assert f"`{command}`" in rows or f"qbank {command}" in rows, command
    for mentioned in re.findall(r"qbank ([a-z]+) ", text):
        assert mentioned in COMMANDS, mentioned


def test_links_lead_somewhere() -> None:
    """Every relative link of every document names a file."""
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_example_exporter_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter that docs/adding-a-format.md shows does what the page says."""
    import importlib.util
    import io

    from qbank import bankfile, export

    page = (ROOT / "docs" / "adding-a-format.md").read_text(encoding="utf-8")
    source = re.search(r"```python\n(.*?)```", page, re.S)
    assert source
    module_file = tmp_path / "flash_cards.py"
    module_file.write_text(source.group(1), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("flash_cards", module_file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    reader = bankfile.open_bank(ROOT / "tests" / "bank" / "short_answer.json")
    ctx, sink = export.Context(), io.BytesIO()
    module.EXPORTER.write(export.prepared(reader.questions(), module.EXPORTER, ctx), sink, ctx)
    assert sink.getvalue().decode().count("\t") == 1
    assert [d.code for d in ctx.report] == ["X201"]


def test_every_dependency_is_justified() -> None:
    """Each dependency in pyproject.toml has its line in docs/dependencies.md."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    wanted = list(project["dependencies"])
    for name, extra in project["optional-dependencies"].items():
        if name != "lint":
            wanted += extra
    for requirement in wanted:
        name = re.split(r"[<>=\[ ;]", requirement)[0].lower()
        assert f"`{name}`" in page, name
