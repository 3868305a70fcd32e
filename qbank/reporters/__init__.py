"""Findings in print: `text` for people, `json` for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from qbank.diagnostics import Report
from qbank.reporters import json, text

Reporter: TypeAlias = Callable[[Report], str]

REPORTERS: dict[str, Reporter] = {"text": text.render, "json": json.render}
"""Each renders a whole report; what it returns ends with a newline unless it is empty."""
