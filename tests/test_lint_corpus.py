"""The rules on real papers: what is planted is found at its place, and what is clean stays clean."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qbank import bankfile, checks, importing
from qbank.diagnostics import Diagnostic

ROOT = Path(__file__).parents[1]
GOLD = ROOT.parent / "shared" / "gold"
TRUE_OF_THE_PAPERS = {"L104", "L113", "L211", "L302"}
"""What the papers really have: questions without an answer, a draft, radicals, and copies of one another."""


def papers() -> list[Path]:
    """The papers beside the checkout."""
    found = sorted([*(GOLD.parent / "seeds").glob("*.txt"), *GOLD.glob("*/texts/*.txt")])
    if not found:
        pytest.skip("the papers are not beside the checkout")
    return found


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All papers as one bank."""
    path = tmp_path_factory.mktemp("papers") / "bank.json"
    bankfile.dump(importing.import_files([str(p) for p in papers()]).bank, path)
    return path


def test_no_false_alarms(bank: Path) -> None:
    """Nothing is said of hundreds of real questions that is not true of them."""
    found = [(d.code, d.question, d.message) for d in checks.check_bank(str(bank)) if d.code not in TRUE_OF_THE_PAPERS]
    assert len(found) <= 3, found


Fault = tuple[str, Callable[[dict[str, Any]], object], str, str]


def other(q: dict[str, Any]) -> str:
    """A wrong choice."""
    return next(str(c["id"]) for c in q["choices"] if c["id"] != q["answer"])


FAULTS: tuple[Fault, ...] = (
    ("an unknown answer", lambda q: q.update(answer="Z"), "/answer", "L103"),
    ("no answer", lambda q: q.update(answer=None), "/answer", "L104"),
    ("no points", lambda q: q.update(points=0), "/points", "L118"),
    ("points below zero", lambda q: q.update(points=-1), "/points", "L112"),
    ("a hundred points", lambda q: q.update(points=100), "/points", "L305"),
    ("a text for points", lambda q: q.update(points="two"), "/points", "S007"),
    ("a misspelt property", lambda q: q.update(anwser=q.pop("answer")), "/anwser", "S002"),
    ("an unknown kind", lambda q: q.update(kind="single"), "/kind", "S008"),
    ("a draft", lambda q: q.update(status="draft"), "/status", "L113"),
    ("an empty stem", lambda q: q.update(stem=" "), "/stem", "L201"),
    ("an empty choice", lambda q: q["choices"][2].update(text=""), "/choices/2/text", "L202"),
    ("equal choices", lambda q: q["choices"][2].update(text=q["choices"][0]["text"]), "/choices/2/text", "L203"),
    (
        "a copy with a full stop",
        lambda q: q["choices"][2].update(text=q["choices"][0]["text"] + "。"),
        "/choices/2/text",
        "L212",
    ),
    ("a label", lambda q: q["choices"][1].update(text="B. " + q["choices"][1]["text"]), "/choices/1/text", "L213"),
    (
        "two in one",
        lambda q: q["choices"][1].update(text=q["choices"][1]["text"] + " C. 其他"),
        "/choices/1/text",
        "L214",
    ),
    (
        "a lost choice",
        lambda q: q["choices"].pop(next(i for i in (1, 2) if q["choices"][i]["id"] != q["answer"])),
        "",
        "L120",
    ),
    ("a repeated choice id", lambda q: q["choices"][1].update(id=q["choices"][0]["id"]), "/choices/1/id", "L102"),
    (
        "above, shuffled",
        lambda q: (q.update(shuffle=True), q["choices"][3].update(text="以上都对")),
        "/choices/3/text",
        "L215",
    ),
    ("above, not last", lambda q: q["choices"][1].update(text="以上都不是"), "/choices/1/text", "L215"),
    (
        "letters, shuffled",
        lambda q: (q.update(shuffle=True), q["choices"][3].update(text="A和B")),
        "/choices/3/text",
        "L216",
    ),
    ("the answer in brackets", lambda q: q.update(stem=q["stem"] + "（C）"), "/stem", "L210"),
    ("the answer in words", lambda q: q.update(stem=q["stem"] + " 答案：B"), "/stem", "L224"),
    (
        "another explanation",
        lambda q: q.update(feedback={"general": f"故选{other(q).upper()}。"}),
        "/feedback/general",
        "L128",
    ),
    (
        "praise for a wrong choice",
        lambda q: next(c for c in q["choices"] if c["id"] == other(q)).update(feedback="回答正确!"),
        "",
        "L129",
    ),
    ("a replacement mark", lambda q: q.update(stem="\ufffd" + q["stem"]), "/stem", "L211"),
    (
        "an invisible character",
        lambda q: q["choices"][0].update(text="\u200b" + q["choices"][0]["text"]),
        "/choices/0/text",
        "L230",
    ),
    ("a letter for a digit", lambda q: q.update(stem="2O20年，" + q["stem"]), "/stem", "L232"),
    ("full-width digits", lambda q: q.update(stem="２０年中的5年，" + q["stem"]), "/stem", "L226"),
    ("an entity", lambda q: q.update(stem="&nbsp;" + q["stem"]), "/stem", "L234"),
    ("its number", lambda q: q.update(stem="12. " + q["stem"]), "/stem", "L221"),
    ("a page number", lambda q: q.update(stem=q["stem"] + " 第3页 共8页"), "/stem", "L223"),
    ("a bracket", lambda q: q.update(stem="（甲" + q["stem"]), "/stem", "L218"),
    ("a comma at the end", lambda q: q.update(stem=q["stem"].rstrip("。？?（）() _") + "，"), "/stem", "L222"),
    ("the stem twice", lambda q: q.update(stem=q["stem"] * 2), "/stem", "L237"),
    ("a figure", lambda q: q.update(stem="如图所示，" + q["stem"]), "/stem", "L238"),
    ("broken TeX", lambda q: q.update(stem=q["stem"] + " $\\frac{1}{2$"), "/stem", "L219"),
    (
        "a picture that is not there",
        lambda q: q.update(stem={"html": '<p>看<img src="asset:x" alt="y"/></p>'}),
        "/stem",
        "A001",
    ),
    ("another language", lambda q: q.update(language="en"), "/stem", "L235"),
    ("a source that ends early", lambda q: q["source"].update(line=9, end_line=2), "/source/end_line", "L240"),
    ("weights of nothing", lambda q: q.update(scoring="weighted"), "/choices", "L109"),
)


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml"])
def test_planted_faults(bank: Path, tmp_path: Path, form: str) -> None:
    """Of forty faults in real questions each is found, by its rule and at the value that is at fault."""
    chance = random.Random(7)
    odd = {d.question for d in checks.check_bank(str(bank))}
    whole = json.loads(bank.read_text(encoding="utf-8"))
    questions = [q for q in whole["questions"] if q["id"] not in odd]
    fit = [q for q in questions if _fits(q)]
    planted = {}
    for (name, plant, at, code), question in zip(FAULTS, chance.sample(fit, len(FAULTS)), strict=True):
        faulty = copy.deepcopy(question)
        plant(faulty)
        index = questions.index(question)
        questions[index] = faulty
        planted[index] = (name, f"/questions/{index}{at}", code)
    path = tmp_path / f"bank.{form}"
    _write(path, whole | {"questions": questions}, form)
    found: dict[int, list[Diagnostic]] = {}
    for d in checks.check_bank(str(path)):
        parts = d.pointer.split("/")
        found.setdefault(int(parts[2]) if len(parts) > 2 else -1, []).append(d)
    missed = [
        (name, pointer, [(d.code, d.pointer) for d in found.get(index, [])])
        for index, (name, pointer, code) in planted.items()
        if not any(d.code == code and d.pointer.startswith(pointer) for d in found.get(index, []))
    ]
    assert missed == []
    assert [d for index, ds in found.items() if index not in planted for d in ds] == []
    if form != "yaml":
        _points_right(path, [d for ds in found.values() for d in ds], questions)


def _fits(q: dict[str, Any]) -> bool:
    texts = [q["stem"], *(c["text"] for c in q.get("choices", []))]
    return (
        q["kind"] == "single_choice"
        and len(q["choices"]) == 4
        and all(isinstance(text, str) for text in texts)
        and not q["stem"].isascii()
        and "source" in q
        and "language" not in q
        and q["choices"][0]["id"] in "Aa"
        and len(q["stem"]) > 12
        and not any(c["text"].isascii() for c in q["choices"])
    )


def _write(path: Path, whole: dict[str, Any], form: str) -> None:
    if form == "jsonl":
        head = {key: value for key, value in whole.items() if key != "questions"}
        path.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in [head, *whole["questions"]]), "utf-8")
    elif form == "json":
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    else:
        from qbank import yamlfile

        path.write_text(yamlfile.dump(whole), encoding="utf-8")


def _points_right(path: Path, found: list[Diagnostic], questions: list[dict[str, Any]]) -> None:
    """What stands at the line and column of a finding is the value its pointer names."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for d in found:
        value: Any = {"questions": questions}
        for part in d.pointer.split("/")[1:]:
            value = value[int(part)] if isinstance(value, list) else value[part]
        assert d.source is not None
        rest = "\n".join(lines[d.source.line - 1 :])[d.source.column - 1 :]
        assert json.JSONDecoder().raw_decode(rest)[0] == value, d
