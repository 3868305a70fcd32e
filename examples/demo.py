"""The main job, shown: scraped papers in, one bank, a check, every export, and where to look.

    python examples/demo.py PAPER...        writes into demo/

Every step is a `qbank` command, printed before it runs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OUT = Path("demo")
TARGETS = {
    "moodle-xml": ("moodle.xml", "Moodle: Question bank > Import > Moodle XML format"),
    "gift": ("questions.gift", "Moodle and others: Import > GIFT format"),
    "qti21": ("qti21.zip", "OpenOlat, TAO, Inspera, itslearning ...: import a QTI 2.1 package"),
    "xlsx": ("bank.xlsx", "Excel or LibreOffice: the bank as an editable workbook"),
    "answer-key": ("answer-key.xlsx", "Excel or LibreOffice: print it"),
}


def run(*arguments: str) -> int:
    """Run one qbank command, shown first; its exit code."""
    print(f"\n$ qbank {' '.join(arguments)}", flush=True)
    return subprocess.run([sys.executable, "-m", "qbank", *arguments], check=False).returncode


def main(papers: list[str]) -> int:
    """All steps; 0 when each did what it should."""
    if not papers:
        print("usage: python examples/demo.py PAPER...", file=sys.stderr)
        return 2
    OUT.mkdir(exist_ok=True)
    bank = OUT / "bank.json"
    code = run("import", *papers, "-o", str(bank), "--title", "Demo: scraped papers", "--quiet")
    if code not in (0, 1):
        return code
    run("stats", str(bank))
    if run("check", str(bank), "--quiet") != 0:
        return 1
    for target, (name, _) in TARGETS.items():
        code = run("export", str(bank), "--to", target, "-o", str(OUT / name), "--unanswered", "ungraded", "--quiet")
        if code != 0:
            return code
    print("\nWhere to look:\n")
    rows = [(bank, "the bank: edit this, check it, keep it in git")]
    rows += [(OUT / name, where) for name, where in TARGETS.values()]
    for path, where in rows:
        print(f"  {path!s:24} {path.stat().st_size:>9,} bytes   {where}")
    print("\nEach command without --quiet lists what it did not understand, or what a target does not get.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
