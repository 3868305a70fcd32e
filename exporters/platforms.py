"""The import sheets of quiz platforms, and sheets with a question a row under any headings."""

from __future__ import annotations

from qbank.formats.platforms import dialects

from ._platforms import anki as _anki
from ._platforms import blackboard as _blackboard
from ._platforms import brightspace as _brightspace
from ._platforms.sheet import SheetExporter

KAOSHIBAO = SheetExporter(dialects.KAOSHIBAO)
MOTIBANG = SheetExporter(dialects.MOTIBANG)
CHAOXING = SheetExporter(dialects.CHAOXING)
KAHOOT = SheetExporter(dialects.KAHOOT)
QUIZIZZ = SheetExporter(dialects.QUIZIZZ)
BLOOKET = SheetExporter(dialects.BLOOKET)
GIMKIT = SheetExporter(dialects.GIMKIT)
SOCRATIVE = SheetExporter(dialects.SOCRATIVE)
WOOCLAP = SheetExporter(dialects.WOOCLAP)
SHEET = SheetExporter(dialects.SHEET)
BRIGHTSPACE_CSV = _brightspace.BRIGHTSPACE_CSV
BLACKBOARD_TAB = _blackboard.BLACKBOARD_TAB
ANKI = _anki.ANKI
