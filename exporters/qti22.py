"""QTI 2.2: as 2.1, with essays that say that a person marks them; for platforms that ask for it."""

from __future__ import annotations

from types import MappingProxyType

from ._qti.dialect import QTI22
from ._qti.exporter import QtiExporter
from ._qti.presets import STANDARD, TAO

EXPORTER = QtiExporter(
    name="qti22",
    title="QTI 2.2 package",
    dialect=QTI22,
    presets=(STANDARD, TAO),
    support=MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "full",
            "true_false": "full",
            "short_answer": "lossy",
            "numeric": "full",
            "cloze": "full",
            "matching": "full",
            "ordering": "full",
            "essay": "lossy",
            "group": "lossy",
            "information": "full",
        }
    ),
)
