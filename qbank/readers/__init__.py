"""Readers, one module (or folder) a format; each is loaded only when it is asked for."""

BUILTIN: dict[str, str] = {
    "qbank": "qbank.readers.qbank_json",
    "paper": "qbank.readers.paper",
    "docx": "qbank.readers.docx",
    "html": "qbank.readers.html",
    "pdf": "qbank.readers.pdf",
    "legacy": "qbank.readers.legacy",
    "table": "qbank.readers.table",
    "xlsx": "qbank.readers.xlsx",
    "moodle-xml": "qbank.readers.moodle.reader",
    "gift": "qbank.readers.gift",
    "aiken": "qbank.readers.aiken",
    "missingword": "qbank.readers.missingword",
    "examview": "qbank.readers.examview",
    "blackboard": "qbank.readers.blackboard",
    "qti21": "qbank.readers.qti.reader:QTI21",
    "qti22": "qbank.readers.qti.reader:QTI22",
    "qti30": "qbank.readers.qti.reader:QTI30",
}
