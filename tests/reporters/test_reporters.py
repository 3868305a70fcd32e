"""Each printer gives what the programs it is for read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from qbank.codes import CODES
from qbank.diagnostics import Report, Span, finding
from qbank.reporters import REPORTERS
from qbank.reporters.excerpt import Excerpts
from qbank.reporters.fingerprint import fingerprints

HOSTILE = "50 %,\na::b <&> \x1b[31m \uffff 图书"


def report(line: int = 4) -> Report:
    """A finding of each severity, one with a hostile message, one without a place."""
    found = Report()
    found.add(
        "L103", HOSTILE, question="q-1", pointer="/questions/0/answer", source=Span("a b.json", line, 9), hint="x"
    )
    found.add("L104", "q-2 has no answer", question="q-2", pointer="/questions/1/answer", source=Span("a b.json", 7, 3))
    found.add("L207", "no description", question="q-2", pointer="/questions/1/stem", source=Span("c.json"))
    found.add("A005", "no text shows it")
    return found


def test_sarif() -> None:
    """SARIF 2.1.0: what the specification demands (3.13, 3.14, 3.18, 3.19, 3.27, 3.30) is there and points right."""
    log = json.loads(REPORTERS["sarif"](report()))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({d.code for d in report()})
    assert all(re.fullmatch("[A-Za-z]+", rule["name"]) and rule["fullDescription"]["text"] for rule in rules)
    for result, diagnostic in zip(run["results"], report(), strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == diagnostic.code
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"].startswith(diagnostic.message)
        for location in result.get("locations", []):
            assert " " not in location["physicalLocation"]["artifactLocation"]["uri"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 9}
    assert "region" not in run["results"][2]["locations"][0]["physicalLocation"]
    assert "locations" not in run["results"][3]


def test_junit() -> None:
    """JUnit XML as Jenkins has it: suites of cases, counts that add up, failures for errors and warnings alone."""
    root = etree.fromstring(REPORTERS["junit"](report()).encode())
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["a b.json", "c.json", "qbank"]
    for suite in root:
        assert {"name", "tests", "failures", "errors"} <= set(suite.attrib)
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.get("tests", ""))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", ""))
        assert all(case.get("name") and case.get("classname") for case in cases)
    assert (root.get("tests"), root.get("failures")) == ("4", "2")
    assert "图书" in str(root.find("testsuite/testcase/failure").get("message"))  # type: ignore[union-attr]  # it is there


def test_junit_of_nothing() -> None:
    """A clean bank is a test that passed, since a report without tests fails in some programs."""
    root = etree.fromstring(REPORTERS["junit"](Report()).encode())
    assert len(root.findall("testsuite/testcase")) == 1
    assert root.findall("testsuite/testcase/failure") == []


def test_github() -> None:
    """One command a line, with nothing in it that ends a property or a command early."""
    lines = REPORTERS["github"](report()).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("::error file=a b.json,line=4,col=9,title=L103 answer-unknown::50 %25,%0Aa::b")
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice", "::notice"]


def test_gitlab() -> None:
    """Each issue has the five things that GitLab demands, and a fingerprint of its own."""
    issues = json.loads(REPORTERS["gitlab"](report()))
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issue)
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["location"]["path"]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_fingerprints_do_not_know_lines() -> None:
    """What moves keeps its fingerprint; what stands twice has two."""
    assert [mark for _, mark in fingerprints(report())] == [mark for _, mark in fingerprints(report(line=40))]
    twice = [finding("L104", "x", question="q", pointer="/questions/0/answer")] * 2
    assert len({mark for _, mark in fingerprints(twice)}) == 2
    moved = [finding("L104", "x", question="q", pointer=f"/questions/{i}/answer") for i in (3, 8)]
    assert len({mark for d in moved for _, mark in fingerprints([d])}) == 1


@pytest.mark.parametrize("name", list(REPORTERS))
def test_every_printer_takes_every_code(name: str) -> None:
    """Nothing raises, and what is not empty ends with a newline."""
    whole = Report([finding(code, HOSTILE, source=Span("f", 1, 2)) for code in CODES])
    assert REPORTERS[name](whole).endswith("\n")
    assert REPORTERS[name](Report()) == "" or REPORTERS[name](Report()).endswith("\n")


def test_excerpts_point_at_the_place(tmp_path: Path) -> None:
    """The caret stands under the place, where a Chinese character takes two columns, and long lines are cut."""
    path = tmp_path / "bank.json"
    path.write_text('  "题": "图书",\n' + '"a": ' + "x" * 500 + ' "here"\n', encoding="utf-8")
    places = [Span(str(path), 1, 8), Span(str(path), 2, 507), Span(str(path), 3, 1), Span("missing.json", 1, 1)]
    excerpts = Excerpts([finding("L104", "x", source=place) for place in places])
    first = excerpts.of(places[0]).splitlines()
    assert first[0] == '    1 | "题": "图书",'
    assert first[1].index("^") == len('    1 | "题": ') + 1
    second = excerpts.of(places[1]).splitlines()
    assert second[0][second[1].index("^") :] == '"here"'
    assert len(second[0]) < 120
    assert excerpts.of(places[2]) == excerpts.of(places[3]) == excerpts.of(None) == ""
