"""What `import qbank` gives, and how little it costs."""

from __future__ import annotations

import base64
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import qbank

HEAVY = (
    "lxml",
    "openpyxl",
    "jinja2",
    "jsonschema",
    "yaml",
    "click",
    "markdown_it",
    "latex2mathml",
    "charset_normalizer",
)


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after a statement."""
    code = f"import sys; {statement}; print(' '.join(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_public_names_are_few_and_there() -> None:
    """About a dozen names, each of which exists and has a docstring."""
    assert 8 <= len(qbank.__all__) <= 16
    assert qbank.__all__ == sorted(qbank.__all__, key=lambda name: (name.islower(), name))
    for name in qbank.__all__:
        assert getattr(qbank, name) is not None
        if inspect.isfunction(getattr(qbank, name)) or inspect.isclass(getattr(qbank, name)):
            assert inspect.getdoc(getattr(qbank, name)), name
    with pytest.raises(AttributeError, match="no attribute 'laod'"):
        _ = qbank.laod  # type: ignore[attr-defined]


@pytest.mark.parametrize("statement", ["import qbank", "import qbank.model, qbank.diagnostics, qbank.codes"])
def test_importing_is_cheap(statement: str) -> None:
    """Nothing heavy is loaded until it is used."""
    assert not modules_after(statement) & set(HEAVY)


def test_the_fast_path_needs_neither_schema_nor_yaml(bank_dir: Path) -> None:
    """Checking a clean JSON bank without rich text loads no jsonschema, YAML, Jinja or openpyxl."""
    loaded = modules_after(f"import qbank; assert not list(qbank.check({str(bank_dir / 'true_false.json')!r}))")
    assert not loaded & {"openpyxl", "jinja2", "jsonschema", "yaml", "click"}


def test_the_command_line_starts_light() -> None:
    """Asking for the version loads click and nothing heavier."""
    loaded = modules_after("import qbank.cli")
    assert not loaded & (set(HEAVY) - {"click"})


def test_load_check_dump(bank_dir: Path, tmp_path: Path) -> None:
    """The three functions of every day, by example."""
    bank = qbank.load(bank_dir / "single_choice.json")
    assert isinstance(bank, qbank.Bank)
    qbank.dump(bank, tmp_path / "copy.json")
    (tmp_path / "copy.json").write_bytes((tmp_path / "copy.json").read_bytes().replace(b'"answer"', b'"anwser"'))
    report = qbank.check(str(tmp_path / "copy.json"))
    assert isinstance(report, qbank.Report)
    assert {d.code for d in report.at_or_above("error")} >= {"S002"}
    with pytest.raises(qbank.QbankError):
        qbank.load(tmp_path / "copy.json")


def test_convert_between_bank_forms(bank_dir: Path, tmp_path: Path) -> None:
    """`convert` to a bank file needs no exporter."""
    qbank.convert(str(bank_dir / "essay.json"), str(tmp_path / "essay.yaml"))
    again, before = qbank.load(tmp_path / "essay.yaml"), qbank.load(bank_dir / "essay.json")
    assert again.questions == before.questions


def test_the_version_is_the_package_version() -> None:
    """`__version__` is what pip says."""
    from importlib.metadata import version

    assert qbank.__version__ == version("qbank")


@pytest.mark.parametrize("out", ["out.xml", "elsewhere/out.xml", "elsewhere/out.json"])
def test_convert_takes_the_pictures_along(tmp_path: Path, out: str) -> None:
    """A bank whose pictures are files beside it is converted with them, wherever the result goes."""
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "p.png").write_bytes(png)
    (tmp_path / "bank.json").write_text(
        '{"qbank": 1, "assets": {"p.png": {"file": "pics/p.png"}}, "questions": [{"kind": "true_false", "id": "q",'
        ' "stem": {"html": "<p>Red? <img src=\\"asset:p.png\\" alt=\\"a dot\\"/></p>"}, "answer": true}]}'
    )
    assert not qbank.convert(str(tmp_path / "bank.json"), str(tmp_path / out)).at_or_above("error")
    assert base64.b64encode(png) in (tmp_path / out).read_bytes().replace(b"\n", b"")
