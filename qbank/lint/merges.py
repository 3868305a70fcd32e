"""What a three-way merge left for a person to decide."""

from __future__ import annotations

from collections.abc import Iterator

from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope
from qbank.model import Question

EXTENSION = "merge"
"""Where `qbank.revisions.merging` keeps the other side of a conflict."""


def conflict(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """L390: `qbank merge` found that both sides changed this question, and nobody has decided yet."""
    if EXTENSION in question.extensions:
        theirs = question.extensions[EXTENSION].get("theirs", {})
        about = ", ".join(sorted(theirs)) if isinstance(theirs, dict) else ""
        yield finding(
            "L390",
            f"{question.id} was changed on both sides of a merge" + (f": {about}" if about else ""),
            pointer=f"/extensions/{EXTENSION}",
            hint="put the right values in, set the status to ready and take extensions.merge out",
        )
