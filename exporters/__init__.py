"""Exporters, one module a format; each is loaded only when it is asked for.

A new exporter is one module with an `EXPORTER` in it and one line here. Add
`:NAME` for a second one in the same module.
"""

BUILTIN: dict[str, str] = {
    "moodle-xml": "qbank.exporters.moodle_xml",
    "gift": "qbank.exporters.gift",
    "aiken": "qbank.exporters.aiken",
    "qti12": "qbank.exporters.qti12",
    "qti21": "qbank.exporters.qti21",
    "qti22": "qbank.exporters.qti22",
    "qti30": "qbank.exporters.qti30",
    "xlsx": "qbank.exporters.xlsx",
    "answer-key": "qbank.exporters.answer_key",
    "preview": "qbank.exporters.preview",
    "paper-docx": "qbank.exporters.paper:DOCX",
    "paper-html": "qbank.exporters.paper:HTML",
    "sheet": "qbank.exporters.platforms:SHEET",
    "kaoshibao": "qbank.exporters.platforms:KAOSHIBAO",
    "motibang": "qbank.exporters.platforms:MOTIBANG",
    "chaoxing": "qbank.exporters.platforms:CHAOXING",
    "kahoot": "qbank.exporters.platforms:KAHOOT",
    "quizizz": "qbank.exporters.platforms:QUIZIZZ",
    "blooket": "qbank.exporters.platforms:BLOOKET",
    "gimkit": "qbank.exporters.platforms:GIMKIT",
    "socrative": "qbank.exporters.platforms:SOCRATIVE",
    "wooclap": "qbank.exporters.platforms:WOOCLAP",
    "brightspace-csv": "qbank.exporters.platforms:BRIGHTSPACE_CSV",
    "blackboard-tab": "qbank.exporters.platforms:BLACKBOARD_TAB",
    "anki": "qbank.exporters.platforms:ANKI",
}

PLATFORMS: dict[str, tuple[str, dict[str, str]]] = {
    "moodle": ("moodle-xml", {}),
    "canvas": ("qti12", {"preset": "canvas"}),
    "brightspace": ("qti12", {"preset": "cc"}),
    "schoology": ("qti12", {"preset": "cc"}),
    "sakai": ("qti12", {"preset": "plain"}),
    "openolat": ("qti21", {"preset": "openolat"}),
    "inspera": ("qti21", {"preset": "inspera"}),
    "blackboard": ("qti21", {"preset": "blackboard"}),
    "tao": ("qti21", {"preset": "tao"}),
}
"""Platforms by name: which exporter writes for it, with which options (see docs/lms.md)."""
