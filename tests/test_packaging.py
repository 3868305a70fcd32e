"""What is in the tree is in the wheel, and the wheel works alone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETTINGS = PROJECT["tool"]["setuptools"]
FOLDERS = {"qbank": "qbank", "exporters": "qbank.exporters", "schemas": "qbank.schemas", "templates": "qbank.templates"}


def tree() -> dict[str, Path]:
    """The packages that the tree holds: a folder with an `__init__.py`."""
    found = {}
    for folder, name in FOLDERS.items():
        for init in (ROOT / folder).rglob("__init__.py"):
            inner = init.parent.relative_to(ROOT / folder).parts
            found[".".join([name, *inner])] = init.parent
    return found


def data() -> set[str]:
    """The files besides modules that the package needs, as the wheel names them."""
    found = {"qbank/py.typed"}
    for folder in ("schemas", "templates"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                found.add(f"{FOLDERS[folder].replace('.', '/')}/{path.relative_to(ROOT / folder).as_posix()}")
    return found


def test_every_package_is_listed() -> None:
    """A package that is not listed works in the checkout and is missing from the wheel."""
    assert sorted(SETTINGS["packages"]) == sorted(tree())
    assert SETTINGS["packages"] == sorted(SETTINGS["packages"])


def test_every_folder_with_modules_is_a_package() -> None:
    """No folder holds modules without an `__init__.py`."""
    packages = set(tree().values())
    for folder in FOLDERS:
        for module in (ROOT / folder).rglob("*.py"):
            assert module.parent in packages, module


def test_every_data_file_is_listed() -> None:
    """`package-data` has a pattern for every file of `schemas` and `templates`; without one it is not shipped."""
    for package, patterns in SETTINGS["package-data"].items():
        suffixes = tuple(pattern.rpartition("*")[2] for pattern in patterns)
        mine = [name for name in data() if name.startswith(package.replace(".", "/") + "/") and package != "qbank"]
        assert [name for name in mine if not name.endswith(suffixes)] == []


def test_resources_are_found_through_the_package() -> None:
    """Schemas and templates are read as resources of the package, wherever it is installed."""
    from importlib.resources import files

    for name in data() - {"qbank/py.typed"}:
        _, package, *inner = name.split("/")
        assert files(f"qbank.{package}").joinpath(*inner).is_file(), name


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what git would hold, with the build tools at hand."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    names = [
        ".ci",
        "qbank",
        "exporters",
        "schemas",
        "templates",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
    ]
    import shutil

    for name in names:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, source / name)
        else:
            (source / name).write_text("", encoding="utf-8")
    return built(source, folder)


def built(source: Path, folder: Path, what: str = "wheel", **extra: str) -> Path:
    """The wheel, or the source distribution, of a source tree."""
    folder.mkdir(exist_ok=True)
    done = run([sys.executable, "-m", "build", f"--{what}", "--outdir", str(folder), str(source)], folder, **extra)
    if done.returncode:
        pytest.skip(f"no {what} can be built here: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    (found,) = folder.glob("*.whl" if what == "wheel" else "*.tar.gz")
    return found


def run(command: list[str], folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with none of this checkout on its path."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
    return subprocess.run(command, cwd=folder, env=environment | extra, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_the_wheel_holds_the_tree(wheel: Path) -> None:
    """Every module and every data file is in the wheel, and nothing is at its top but the package."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {
        f"{name.replace('.', '/')}/{module.name}" for name, folder in tree().items() for module in folder.glob("*.py")
    }
    assert expected | data() <= names
    assert {name.partition("/")[0] for name in names} == {"qbank", f"qbank-{PROJECT['project']['version']}.dist-info"}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["wheel", "sdist"])
def test_what_is_built_is_reproducible(wheel: Path, tmp_path: Path, what: str) -> None:
    """Built twice, in other folders and of files with other dates and rights, it has the same bytes."""
    import shutil

    source, other = wheel.parent / "source", tmp_path / "another" / "place"
    shutil.copytree(source, other, ignore=shutil.ignore_patterns("*.egg-info", "build"))
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    first = built(source, tmp_path / "one", what, SOURCE_DATE_EPOCH="1700000000")
    second = built(
        other, tmp_path / "two", what, SOURCE_DATE_EPOCH="1700000000", TZ="Asia/Shanghai", PYTHONHASHSEED="5"
    )
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_a_source_distribution_builds_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """What is unpacked from the source distribution builds, and gives the wheel that the checkout gives."""
    epoch = {"SOURCE_DATE_EPOCH": "1700000000"}
    with tarfile.open(built(wheel.parent / "source", tmp_path / "sdist", "sdist", **epoch)) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = built(unpacked, tmp_path / "again", **epoch)
    assert again.read_bytes() == built(wheel.parent / "source", tmp_path / "first", **epoch).read_bytes()


@pytest.mark.slow
def test_the_wheel_works_alone(wheel: Path, tmp_path: Path) -> None:
    """Installed in an environment of its own and run from `/`, qbank does its work; the checkout is not used."""
    venv = tmp_path / "venv"
    run([sys.executable, "-m", "venv", "--without-pip", str(venv)], tmp_path)
    python = venv / "bin" / "python"
    # The dependencies are taken from here, so that the test needs no network; qbank itself is not: it is installed
    # editable, by a .pth file, which a PYTHONPATH does not read.
    done = run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--quiet", str(wheel)], tmp_path
    )
    assert done.returncode == 0, done.stderr
    here = {"PYTHONPATH": sysconfig.get_path("purelib")}
    root = Path("/")

    def qbank(*arguments: str) -> str:
        done = run([str(venv / "bin" / "qbank"), *arguments], root, **here)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run(
        [str(python), "-c", "import qbank, qbank.exporters; print(qbank.__file__, qbank.exporters.__file__)"],
        root,
        **here,
    )
    assert where.stdout.count(str(venv)) == 2, where.stdout + where.stderr
    assert PROJECT["project"]["version"] in qbank("--version")
    for name in ("bank", "question", "config", "diagnostics"):
        assert f'"urn:qbank:schema:1:{name}"' in qbank("schema", name)
    qbank("init", str(tmp_path / "new"))
    assert qbank("check", str(tmp_path / "new" / "bank.json"), "--fail-on", "info") == ""
    assert "moodle-xml" in qbank("formats")
    assert "qbank" in run([str(python), "-m", "qbank", "--help"], root, **here).stdout
    for target, out in (
        ("moodle-xml", "m.xml"),
        ("gift", "g.gift"),
        ("qti21", "q.zip"),
        ("xlsx", "b.xlsx"),
        ("answer-key", "k.xlsx"),
    ):
        qbank("export", str(tmp_path / "new" / "bank.json"), "--to", target, "-o", str(tmp_path / out))
        assert (tmp_path / out).stat().st_size > 500
