"""Findings in print: `text` for people, the others for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TypeAlias, cast

from qbank.diagnostics import Report

Reporter: TypeAlias = Callable[[Report], str]

_MODULES = {
    "text": "text",
    "json": "json",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
}


class _Reporters(Mapping[str, Reporter]):
    """Name to function; a module is imported when it is asked for, since starting takes longer than checking."""

    def __getitem__(self, name: str) -> Reporter:
        return cast(Reporter, import_module(f"qbank.reporters.{_MODULES[name]}").render)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


REPORTERS: Mapping[str, Reporter] = _Reporters()
"""Each renders a whole report; what it returns ends with a newline unless it is empty."""
