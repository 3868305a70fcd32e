"""qbank.toml: what is checked and what is built, beside the bank."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from qbank import schema
from qbank.codes import CODES, resolve
from qbank.diagnostics import QbankError, Severity

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
    select: frozenset[str] | None = None
    """The only codes that are reported, besides those about the form of the bank; None for the usual ones."""
    extra: frozenset[str] = frozenset()
    """Codes that are asked for by name, be it in `select` or besides."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    losses_for: tuple[str, ...] = ()
    """Targets whose losses are reported too."""
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which codes are reported, and how serious they are."""

    ignore: frozenset[str] = frozenset()
    select: frozenset[str] | None = None
    extra: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)

    @classmethod
    def of(cls, check: Mapping[str, Any]) -> Choice:
        """From the table `check` of a qbank.toml. Raises `QbankError` for a code that does not exist."""
        levels: dict[str, Severity | Literal["off"]] = {}
        for text in sorted(check.get("severity", {}), key=len):
            # The longer beginning says more: L2 = "info" and L207 = "error" may stand side by side.
            levels |= dict.fromkeys(codes_of(text), check["severity"][text])
        select = frozenset[str]().union(*map(codes_of, check["select"])) if "select" in check else None
        more = frozenset[str]().union(*map(codes_of, check.get("extend-select", [])))
        return cls(
            ignore=frozenset[str]().union(*map(codes_of, check.get("ignore", [])))
            | {code for code, level in levels.items() if level == "off"},
            select=None if select is None else select | more,
            extra=more if select is None else select | more,
            severity={code: level for code, level in levels.items() if level != "off"},
        )


def codes_of(text: str) -> frozenset[str]:
    """The codes that a code, a name, a beginning of codes (`L2`) or `all` stands for. Raises `QbankError` for none."""
    if text.lower() == "all":
        return frozenset(CODES)
    code = resolve(text)
    found = frozenset([code]) if code else frozenset(key for key in CODES if key.startswith(text.upper()))
    if not found or not text:
        raise QbankError(f"there is no code {text!r}; qbank explain lists them")
    return found


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
    lint, check = value.get("lint", {}), value.get("check", {})
    try:
        chosen = Choice.of(check)
    except QbankError as error:
        raise ConfigError(f"{path}: {error}") from error
    return Config(
        folder=path.parent,
        bank=value.get("bank", "bank.json"),
        ignore=frozenset(_code(c, path) for c in lint.get("ignore", [])) | chosen.ignore,
        error=frozenset(_code(c, path) for c in lint.get("error", [])),
        fail_on=check.get("fail-on", "error"),
        templates=value.get("templates"),
        targets=tuple(_target(t) for t in value.get("build", [])),
        select=chosen.select,
        extra=chosen.extra,
        severity=chosen.severity,
        losses_for=tuple(check.get("for", ())),
        baseline=check.get("baseline"),
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
