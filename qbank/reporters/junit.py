"""Findings as JUnit XML: what Jenkins, GitLab and Azure show as test results.

One test suite a file and one test case a finding. Errors and warnings are
failures, the rest is passed over with its message in `system-out`; a file
without any finding is one test that passed.
"""

from __future__ import annotations

from lxml import etree

from qbank.codes import CODES
from qbank.diagnostics import Diagnostic, Report
from qbank.reporters.text import line, safe


def render(report: Report) -> str:
    """The report as a `testsuites` document."""
    files: dict[str, list[Diagnostic]] = {}
    for diagnostic in report:
        files.setdefault(diagnostic.source.file if diagnostic.source is not None else "qbank", []).append(diagnostic)
    root = etree.Element("testsuites", name="qbank check")
    for file, found in (files or {"qbank": []}).items():
        failures = sum(diagnostic.severity != "info" for diagnostic in found)
        suite = etree.SubElement(
            root,
            "testsuite",
            name=safe(file),
            tests=str(max(len(found), 1)),
            failures=str(failures),
            errors="0",
            skipped="0",
        )
        for diagnostic in found:
            _case(suite, diagnostic)
        if not found:
            etree.SubElement(suite, "testcase", name="qbank check", classname=safe(file))
    root.set("tests", str(sum(int(suite.get("tests", "0")) for suite in root)))
    root.set("failures", str(sum(int(suite.get("failures", "0")) for suite in root)))
    root.set("errors", "0")
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document.decode()


def _case(suite: etree._Element, diagnostic: Diagnostic) -> None:
    place = str(diagnostic.source) if diagnostic.source is not None else "qbank"
    name = f"{diagnostic.code} {CODES[diagnostic.code].name} {place} {diagnostic.question}".rstrip()
    case = etree.SubElement(suite, "testcase", name=safe(name), classname=safe(diagnostic.question or "bank"))
    if diagnostic.source is not None:
        case.set("file", safe(diagnostic.source.file))
        if diagnostic.source.line:
            case.set("line", str(diagnostic.source.line))
    if diagnostic.severity == "info":
        etree.SubElement(case, "system-out").text = _shown(diagnostic)
    else:
        failure = etree.SubElement(case, "failure", message=_clean(diagnostic.message), type=diagnostic.code)
        failure.text = _shown(diagnostic)


def _shown(diagnostic: Diagnostic) -> str:
    return "\n".join(_clean(part) for part in line(diagnostic).split("\n"))


def _clean(text: str) -> str:
    """A text that XML can hold."""
    return "".join(c if c not in "\ufffe\uffff" else f"\\u{ord(c):04x}" for c in safe(text))
