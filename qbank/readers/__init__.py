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
}
