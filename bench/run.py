"""How fast qbank is here, in one run, as ratios: python bench/run.py [QUESTIONS] [--jobs N]

Whole processes over a synthetic bank of multiple-choice questions with a feedback for each choice, in Chinese
and Latin. Each stands beside the sum of the best single steps it cannot do without (parse, render, pack, write),
measured in this same run, and beside a naive script that does the like with `json`, `jsonschema` and
`ElementTree` (on a tenth of the questions, scaled), and programs of others that are installed. Absolute times say something about this machine only; the
ratios say something about qbank. Peak memory is that of the largest process of a job.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
STEPS: dict[str, tuple[str, ...]] = {
    "check": ("read", "decode"),
    "check-warm": ("read",),
    "gift": ("read", "decode", "text", "write"),
    "moodle-xml": ("read", "decode", "text", "write"),
    "qti21": ("read", "decode", "text", "deflate", "write"),
    "xlsx": ("read", "decode", "text", "deflate", "write"),
    "answer-key": ("read", "decode", "text", "deflate", "write"),
}
"""The steps that each job cannot do without."""

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


PLAIN = """
import json, sys
from jsonschema import Draft202012Validator
validator = Draft202012Validator(json.load(open(sys.argv[2])))
for line in open(sys.argv[1]):
    question = json.loads(line)
    assert "kind" not in question or not list(validator.iter_errors(question))
"""
"""What checking costs with `jsonschema` alone, one question after the other."""


PEERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "text2qti": (
        "text2qti",
        """
import json, sys
with open(sys.argv[2], "w") as out:
    for number, line in enumerate(open(sys.argv[1])):
        q = json.loads(line)
        if "kind" not in q:
            continue
        stem = q["stem"] if isinstance(q["stem"], str) else "A stem"
        print(f"{number}. {stem}", file=out)
        for choice in q["choices"]:
            text = choice["text"] if isinstance(choice["text"], str) else "A choice"
            print(f"[{'*' if choice['id'] in q['answer'] else ' '}] {text}", file=out)
        print(file=out)
""",
        ("text2qti", "{file}"),
    ),
}
"""Programs of others, run where they are installed: how the bank becomes their input, and their command.

`pip install text2qti`. They do less: no feedback, no check, no losses.
"""


def peers(bank: Path, folder: Path) -> dict[str, float]:
    """Seconds that each of the others that is here takes for a bank, start-up included."""
    found = {}
    for name, (program, turn, command) in PEERS.items():
        if shutil.which(program) is None:
            continue
        file = folder / f"{name}.txt"
        subprocess.run([sys.executable, "-c", turn, str(bank), str(file)], check=True)
        start = time.perf_counter()
        done = subprocess.run([part.format(file=file) for part in command], capture_output=True, cwd=folder)
        if done.returncode == 0:
            found[name] = time.perf_counter() - start
        else:
            print(f"{name} could not do it: {done.stderr.decode(errors='replace')[-200:]}")
    return found


def timed(*command: str) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of a finished command."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode()[-2000:]}")
    return time.perf_counter() - start, used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def best_steps(bank: Path, folder: Path) -> dict[str, float]:
    """Seconds that each step takes for the whole bank, done by the fastest means we know and nothing else."""

    def seconds(step: Callable[[], object]) -> float:
        start = time.perf_counter()
        step()
        return time.perf_counter() - start

    lines = bank.read_bytes().splitlines()[1:]
    decode = msgspec.json.decode
    questions = [decode(line) for line in lines[:2000]]
    rendered = [_rendered(question).encode() for question in questions]
    scale = len(lines) / len(questions)

    def write() -> None:
        with (folder / "bytes").open("wb") as sink:
            sink.writelines(rendered)

    return {
        "read": seconds(bank.read_bytes),
        "decode": seconds(lambda: [decode(line) and None for line in lines]),
        "text": scale * seconds(lambda: [_rendered(question) for question in questions]),
        "deflate": scale * seconds(lambda: [zlib.compress(text, 3) for text in rendered]),
        "write": scale * seconds(write),
    }


def _rendered(question: dict[str, object]) -> str:
    """The least text that says the question: every string escaped once."""
    choices: Sequence[dict[str, str]] = question["choices"]  # type: ignore[assignment]  # multiple choice
    stem = question["stem"] if isinstance(question["stem"], str) else json.dumps(question["stem"])
    parts = [f"<question><text>{escape(stem)}</text>"]
    parts += [f"<a><t>{escape(c['text'])}</t><f>{escape(c['feedback'])}</f></a>" for c in choices]
    return "".join([*parts, "</question>"])


def _change_one(bank: Path, number: int) -> None:
    """Change a stem at or behind that line, line by line: a process counts the memory of who starts it."""
    changed = bank.with_suffix(".changed")
    with bank.open("rb") as source, changed.open("wb") as sink:
        for at, line in enumerate(source):
            if at >= number and b'"stem":"' in line:
                line, number = line.replace(b'"stem":"', b'"stem":"Changed: ', 1), sys.maxsize
            sink.write(line)
    changed.replace(bank)


def main(count: int, jobs: int) -> None:
    """One table: seconds, questions a second, ratio to the best steps and to the naive script, memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bank, small = folder / "bank.jsonl", folder / "small.jsonl"
        make = [sys.executable, str(HERE / "make_bank.py")]
        for size, path in ((count, bank), (max(1, count // 10), small)):
            subprocess.run([*make, str(size), str(path), "--kind", "multiple_choice"], check=True)
        schema = HERE.parent / "schemas" / "question.schema.json"
        base, _ = timed("-c", "pass")
        naive, _ = timed("-c", NAIVE, str(small), str(schema), str(folder / "naive.xml"))
        naive = (naive - base) * 10 + base
        plain, _ = timed("-c", PLAIN, str(small), str(schema))
        others = {"jsonschema": (plain - base) * 10 + base}
        if shutil.which("check-jsonschema"):
            # It reads one JSON document and holds all of it in memory.
            whole = folder / "small.json"
            whole.write_bytes(b"[" + b",".join(small.read_bytes().splitlines()[1:]) + b"]")
            listed = folder / "list.schema.json"
            listed.write_text(json.dumps({"type": "array", "items": json.loads(schema.read_text())}), encoding="utf-8")
            start = time.perf_counter()
            done = subprocess.run(["check-jsonschema", "--schemafile", str(listed), str(whole)], capture_output=True)
            if done.returncode == 0:
                others["check-jsonschema"] = (time.perf_counter() - start) * 10
        rivals = {name: seconds * 10 for name, seconds in peers(small, folder).items()}
        measured: dict[str, tuple[float, float, float]] = {}
        for job in STEPS:
            arguments = ["export", "--to", job, "-o", str(folder / f"out.{job}")]
            if job.startswith("check"):
                arguments = ["check", "--cache" if job == "check-warm" else "--no-cache"]
            command = ["-m", "qbank", *arguments, "-q", "--jobs", str(jobs)]
            _, least = timed(*command, str(small))
            if job == "check-warm":
                # What is measured is one question that has changed among all that have not.
                timed(*command, str(bank))
                _change_one(bank, count // 2)
            measured[job] = (*timed(*command, str(bank)), least)
        # Last, for a process that is started from a large one counts the large one's memory as its own.
        steps = best_steps(bank, folder)
        print(f"{count} questions, {bank.stat().st_size / 1e6:.1f} MB of JSON Lines, --jobs {jobs}")
        print("best steps, us a question: " + ", ".join(f"{k} {v / count * 1e6:.1f}" for k, v in steps.items()))
        print(
            f"{'job':12} {'seconds':>8} {'q/s':>8} {'of best steps':>14} {'naive is':>9} {'MB':>6} {'MB at 1/10':>11}"
        )
        print(f"{'naive':12} {naive:8.2f} {count / naive:8.0f}")
        for other, seconds in others.items():
            print(
                f"{other:16} {seconds:4.2f} {count / seconds:8.0f}   check is {seconds / measured['check'][0]:.1f}x as fast"
            )
        for rival, seconds in rivals.items():
            print(f"{rival:12} {seconds:8.2f} {count / seconds:8.0f}   (from a tenth of the questions)")
        for job, (seconds, peak, least) in measured.items():
            best = sum(steps[step] for step in STEPS[job])
            ratios = f"{seconds / best:13.1f}x {naive / seconds:8.1f}x"
            print(f"{job:12} {seconds:8.2f} {count / seconds:8.0f} {ratios} {peak:6.0f} {least:11.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure qbank.")
    parser.add_argument("count", type=int, nargs="?", default=10_000, metavar="QUESTIONS")
    parser.add_argument("--jobs", type=int, default=0, help="as for qbank; 0, the default, is as many as pays")
    given = parser.parse_args()
    main(given.count, given.jobs)
