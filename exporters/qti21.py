"""QTI 2.1: what OpenOlat, Inspera, Blackboard, TAO, itslearning and many others import."""

from __future__ import annotations

from types import MappingProxyType

from ._qti.dialect import QTI21
from ._qti.exporter import QtiExporter
from ._qti.presets import BLACKBOARD, INSPERA, OPENOLAT, STANDARD, TAO

EXPORTER = QtiExporter(
    name="qti21",
    title="QTI 2.1 package",
    dialect=QTI21,
    presets=(STANDARD, OPENOLAT, INSPERA, BLACKBOARD, TAO),
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
