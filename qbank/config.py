"""qbank.toml: what is checked and what is built, beside the bank."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qbank import schema
from qbank.codes import resolve
from qbank.diagnostics import QbankError

FILE_NAME = "qbank.toml"


class ConfigError(QbankError):
    """A qbank.toml that is not understood; `code` is the diagnostic that stands for it."""

    code = "C001"


@dataclass(frozen=True, slots=True)
class Target:
    """One file to build; paths are relative to the folder of qbank.toml."""

    to: str
    out: str
    where: str | None = None
    unanswered: str = "skip"
    drafts: bool = False
    fail_on: str = "never"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a folder; without a qbank.toml, the defaults."""

    folder: Path
    bank: str = "bank.json"
    ignore: frozenset[str] = frozenset()
    error: frozenset[str] = frozenset()
    fail_on: str = "error"
    templates: str | None = None
    targets: tuple[Target, ...] = ()


def load(path: Path) -> Config:
    """The configuration in a file. Raises `ConfigError` for anything it does not understand."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ConfigError(f"{str(path)!r}: cannot be read ({reason or error})") from error
    try:
        value = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not well-formed TOML: {error}") from error
    found = schema.config_findings(value)
    if found:
        first = found[0]
        hint = f"; {first.hint}" if first.hint else ""
        raise ConfigError(f"{path}: {first.pointer or 'top level'}: {first.message}{hint}")
    lint = value.get("lint", {})
    return Config(
        folder=path.parent,
        bank=value.get("bank", "bank.json"),
        ignore=frozenset(_code(c, path) for c in lint.get("ignore", [])),
        error=frozenset(_code(c, path) for c in lint.get("error", [])),
        fail_on=value.get("check", {}).get("fail-on", "error"),
        templates=value.get("templates"),
        targets=tuple(_target(t) for t in value.get("build", [])),
    )


def beside(bank: str | Path) -> Config:
    """The configuration in the folder of a bank, or the defaults."""
    folder = Path() if str(bank) == "-" else Path(bank).parent
    path = folder / FILE_NAME
    try:
        there = path.is_file()
    except OSError:
        there = False  # such as a name that is too long: the bank itself will be refused with the reason
    return load(path) if there else Config(folder)


def _target(value: dict[str, Any]) -> Target:
    return Target(
        to=value["to"],
        out=value["out"],
        where=value.get("where"),
        unanswered=value.get("unanswered", "skip"),
        drafts=value.get("drafts", False),
        fail_on=value.get("fail-on", "never"),
        options={
            k: ("yes" if v else "no") if isinstance(v, bool) else str(v) for k, v in value.get("options", {}).items()
        },
    )


def _code(text: str, path: Path) -> str:
    code = resolve(text)
    if code is None:
        raise ConfigError(f"{path}: there is no code {text!r}; qbank explain lists them")
    return code
