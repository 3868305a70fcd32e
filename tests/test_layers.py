"""Layers point one way: a module imports, at its top, only from its own layer and those below."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]

LAYERS: tuple[tuple[str, ...], ...] = (
    ("qbank.codes", "qbank.model"),
    ("qbank.diagnostics", "qbank.richtext", "qbank.scratch", "qbank.seen", "qbank.suggest"),
    (
        "qbank.cache",
        "qbank.files",
        "qbank.longreport",
        "qbank.parallel",
        "qbank.workers",
        "qbank.places",
        "qbank.yamlfile",
        "qbank.assets",
        "qbank.schema",
    ),
    ("qbank.bankfile",),
    (
        "qbank.pile",
        "qbank.duplicates",
        "qbank.duplicates.sameness",
        "qbank.duplicates.similar",
        "qbank.duplicates.merging",
        "qbank.reimport.continuity",
        "qbank.reimport.merging",
        "qbank.reimport.renewing",
        "qbank.report_words",
        "qbank.differences",
    ),
    ("qbank.lint", "qbank.lint.*", "qbank.formats", "qbank.formats.*", "qbank.reporters", "qbank.reporters.*"),
    ("qbank.schemas", "qbank.templates", "qbank.export", "qbank.reading"),
    ("qbank.readers", "qbank.readers.*", "qbank.exporters", "qbank.exporters.*"),
    ("qbank.verify",),
    ("qbank.config", "qbank.select", "qbank.stats", "qbank.stats_page", "qbank.show", "qbank.starter", "qbank.papers"),
    (
        "qbank.joining",
        "qbank.importing",
        "qbank.importing.*",
        "qbank.checks",
        "qbank.exporting",
        "qbank.reimport",
        "qbank.preview",
        "qbank.duplicates.dedupe",
        "qbank.accounts_report",
        "qbank.baseline",
        "qbank.checking",
        "qbank.losses",
        "qbank.mending",
        "qbank.bulk",
        "qbank.bulk.*",
        "qbank.review",
        "qbank.review.*",
        "qbank.revisions",
        "qbank.revisions.*",
    ),
    ("qbank", "qbank.cli", "qbank.cli.*", "qbank.__main__"),
)
"""From the ground up; a module may import from its own layer."""

BELOW_THE_CLICK = ("click",)
"""Only the command line knows that there is one."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package by its name."""
    for folder, prefix in (("qbank", "qbank"), ("exporters", "qbank.exporters")):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            name = ".".join([prefix, *(p for p in parts if p != "__init__")])
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def layer(name: str) -> int | None:
    """The number of a module's layer; None for one that has none."""
    for number, patterns in enumerate(LAYERS):
        if any(fnmatch(name, pattern) for pattern in patterns):
            return number
    return None


def imported(tree: ast.Module, name: str, is_package: bool) -> Iterator[str]:
    """What a module imports when it is loaded: neither inside functions nor for the type checker only."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                base = name.split(".")[: -node.level + is_package or None] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                for alias in node.names:
                    inner = f"{module}.{alias.name}"
                    yield inner if layer(inner) is not None and inner in NAMES else module
            case ast.If() if "TYPE_CHECKING" in ast.unparse(node.test):
                waiting += node.orelse
            case ast.If() | ast.Try() | ast.With():
                waiting += [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            case _:
                pass


MODULES = dict(modules())
NAMES = frozenset(MODULES)
PACKAGES = frozenset(name.rpartition(".")[0] for name in NAMES)


def test_every_module_has_a_layer() -> None:
    """A new module is given its place in `LAYERS`, and a place is not kept for one that is gone."""
    assert [name for name in NAMES if layer(name) is None] == []


def test_imports_point_downwards() -> None:
    """No module imports from a layer above its own when it is loaded."""
    wrong = [
        f"{name} imports {other}"
        for name, tree in MODULES.items()
        for other in imported(tree, name, name in PACKAGES)
        if other.startswith("qbank") and other != "qbank" and (layer(other) or 0) > (layer(name) or 0)
    ]
    assert wrong == []


def test_nothing_imports_an_exporter_by_name() -> None:
    """Exporters are found through their registry, also inside functions; an exporter may import its own parts."""
    wrong = []
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
                continue
            if node.module.startswith("qbank.exporters.") and not name.startswith("qbank.exporters"):
                wrong.append(f"{name} imports {node.module}")
    assert wrong == []


def test_only_the_command_line_knows_click() -> None:
    """Parsing arguments, colours and exits stay in `qbank.cli`; elsewhere there is no print either."""
    for name, tree in MODULES.items():
        if name.startswith("qbank.cli"):
            continue
        assert not [m for m in imported(tree, name, name in PACKAGES) if m.partition(".")[0] in BELOW_THE_CLICK], name
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        assert not [n for n in calls if n.func.id in ("print", "exit", "quit", "breakpoint")], name  # type: ignore[attr-defined]
