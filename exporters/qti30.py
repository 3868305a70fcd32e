"""QTI 3.0: shared material in documents of its own, HTML 5; for TAO, Citolab, Amp-up and new tenders."""

from __future__ import annotations

from types import MappingProxyType

from ._qti.dialect import QTI30
from ._qti.exporter import QtiExporter
from ._qti.presets import STANDARD, TAO

EXPORTER = QtiExporter(
    name="qti30",
    title="QTI 3.0 package",
    dialect=QTI30,
    presets=(STANDARD, TAO),
    support=MappingProxyType(
        {
            "single_choice": "lossy",
            "multiple_choice": "full",
            "true_false": "full",
            "short_answer": "full",
            "numeric": "full",
            "cloze": "full",
            "matching": "full",
            "ordering": "full",
            "essay": "lossy",
            "group": "full",
            "information": "full",
        }
    ),
)
