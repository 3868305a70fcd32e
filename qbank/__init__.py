"""qbank: the compiler for question banks.

    import qbank
    bank = qbank.load("bank.json")
    report = qbank.check("bank.json")
    qbank.convert("paper.txt", "moodle.xml")

Importing this is cheap: everything is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qbank.bankfile import dump, load
    from qbank.diagnostics import Diagnostic, QbankError, Report
    from qbank.model import Bank, Question

__version__ = "0.1.0"
__all__ = ["Bank", "Diagnostic", "QbankError", "Question", "Report", "check", "convert", "dump", "load"]

_MODULES = {
    "Bank": "model",
    "Diagnostic": "diagnostics",
    "QbankError": "diagnostics",
    "Question": "model",
    "Report": "diagnostics",
    "dump": "bankfile",
    "load": "bankfile",
}
"""Where the names that are loaded when they are used come from."""


def check(path: str) -> Report:
    """Everything that is wrong with a bank file. Raises `QbankError` when it cannot be read at all."""
    from qbank.checks import check_bank

    return check_bank(path)


def convert(source: str, out: str, *, to: str | None = None) -> Report:
    """Read a paper, a question file or a bank and write it for a target; returns the findings and losses.

    The formats are told from names and contents; `to` names the target's.
    Raises `QbankError` when the source cannot be read or has errors.
    """
    from pathlib import Path

    from qbank import bankfile
    from qbank.diagnostics import Report
    from qbank.exporting import Order, export_file, format_for
    from qbank.files import not_over
    from qbank.importing import import_files

    target = to or format_for(out)
    not_over(out, [source])
    imported = import_files([source], folder=Path(out).parent)
    if target == "qbank":
        bankfile.dump(imported.bank, out)
        return imported.report
    done = export_file(imported.bank, Order(to=target, folder=Path(out).parent), out)
    return Report([*imported.report, *done.report])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"qbank.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'qbank' has no attribute {name!r}")
