"""How fast qbank is here, in one run, as ratios: python bench/run.py [QUESTIONS]

Whole processes over a synthetic bank, each beside a naive script that does the same work with `json`,
`jsonschema` and `ElementTree` (on a tenth of the questions, scaled). Absolute times say something about
this machine only; the ratios say something about qbank.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = ("gift", "moodle-xml", "qti21", "xlsx", "answer-key")


def timed(*command: str) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of a finished command."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *command], capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr.decode()[-2000:]}")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


NAIVE = """
import json, sys
import xml.etree.ElementTree as ET
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[2]))
validator = Draft202012Validator(schema)
quiz = ET.Element("quiz")
for line in open(sys.argv[1]):
    question = json.loads(line)
    if "kind" not in question:
        continue
    assert not list(validator.iter_errors(question))
    node = ET.SubElement(quiz, "question", type=question["kind"])
    ET.SubElement(node, "questiontext").text = json.dumps(question["stem"], ensure_ascii=False)
    for choice in question.get("choices", []):
        answer = ET.SubElement(node, "answer")
        ET.SubElement(answer, "text").text = json.dumps(choice["text"], ensure_ascii=False)
ET.ElementTree(quiz).write(sys.argv[3], encoding="utf-8")
"""


def main(count: int) -> None:
    """One table: seconds, questions a second, ratio to the naive script."""
    with tempfile.TemporaryDirectory() as folder:
        bank, small = Path(folder) / "bank.jsonl", Path(folder) / "small.jsonl"
        subprocess.run([sys.executable, str(HERE / "make_bank.py"), str(count), str(bank)], check=True)
        subprocess.run([sys.executable, str(HERE / "make_bank.py"), str(max(1, count // 10)), str(small)], check=True)
        schema = HERE.parent / "schemas" / "question.schema.json"
        base, _ = timed("-c", "pass")
        naive, _ = timed("-c", NAIVE, str(small), str(schema), str(Path(folder) / "naive.xml"))
        naive = (naive - base) * 10 + base
        jobs = [("check", ("-m", "qbank", "check", str(bank), "-q"))]
        for target in TARGETS:
            out = str(Path(folder) / f"out.{target}")
            jobs.append((target, ("-m", "qbank", "export", str(bank), "--to", target, "-o", out, "-q")))
        print(f"{count} questions, {bank.stat().st_size / 1e6:.1f} MB of JSON Lines")
        print(f"{'naive json + jsonschema + ElementTree (scaled)':48} {naive:8.2f} s {count / naive:10.0f} q/s")
        for name, command in jobs:
            seconds, peak = timed(*command)
            print(
                f"{name:48} {seconds:8.2f} s {count / seconds:10.0f} q/s   {naive / seconds:5.1f}x naive   peak <= {peak:.0f} MB"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
