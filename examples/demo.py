"""The main job, shown: scraped papers in, one bank, a check, every export, and where to look.

    python examples/demo.py PAPER...        writes into demo/

Every step is a `qbank` command, printed before it runs.
"""

from __future__ import annotations

import shlex
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


def run(*arguments: str, log: Path | None = None) -> int:
    """Run one qbank command, shown first; its exit code. With `log`, only the end of a long account is shown."""
    print("\n$ " + shlex.join(["qbank", *arguments]), flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "qbank", *arguments], check=False, text=True, encoding="utf-8", stderr=subprocess.PIPE
    )
    if log is None or done.returncode > 1:
        print(done.stderr, end="", file=sys.stderr, flush=True)
    else:
        log.write_text(done.stderr, encoding="utf-8")
        print(done.stderr.rpartition("\n\n")[2], end="", flush=True)
    return done.returncode


def main(papers: list[str]) -> int:
    """All steps; 0 when each did what it should."""
    if not papers:
        print("usage: python examples/demo.py PAPER...", file=sys.stderr)
        return 2
    OUT.mkdir(exist_ok=True)
    bank = OUT / "bank.json"
    findings, report = OUT / "import-findings.txt", OUT / "import-report.html"
    settings = ("-o", str(bank), "--title", "Demo: scraped papers", "--report", str(report))
    code = run("import", *papers, *settings, log=findings)
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
    rows += [(report, "a browser: the papers beside what was made of them")]
    rows += [(findings, "what the reader was not sure of, with file, line and column")]
    rows += [(OUT / name, where) for name, where in TARGETS.values()]
    for path, where in rows:
        print(f"  {path!s:24} {path.stat().st_size:>9,} bytes   {where}")
    print("\nAn export without --quiet lists what the target does not get.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
