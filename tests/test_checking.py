"""`qbank check` with its options: what is chosen, mended, known, remembered and lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import strategies
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import bankfile, checking, checks, config, lint
from qbank.assets import AssetStore
from qbank.cache import FOLDER, WORTH_IT
from qbank.cli import cli
from qbank.config import Choice, codes_of
from qbank.diagnostics import QbankError
from qbank.lint.signs import signs
from qbank.losses import losses
from qbank.model import Choice as Option
from qbank.model import Header, SingleChoice

FAULTY: list[dict[str, Any]] = [
    {
        "kind": "single_choice",
        "id": "q-1",
        "stem": "12. 图书馆由谁管理? ",
        "choices": [{"id": "A", "text": "A. 馆长"}, {"id": "B", "text": "读\u200b者"}, {"id": "C", "text": "学校"}],
        "answer": "A",
    },
    {"kind": "true_false", "id": "q-2", "stem": "２０２３年有5个⽤户。", "answer": None},
]


def written(folder: Path, name: str = "bank.json", **more: Any) -> Path:
    """A bank with faults, in a layout of its own."""
    path = folder / name
    if path.suffix == ".jsonl":
        lines = [{"qbank": 1}, *FAULTY]
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n\n" for line in lines), encoding="utf-8")
    else:
        whole = {"questions": FAULTY, "qbank": 1, **more}
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=5), encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    """`qbank check` with these arguments."""
    return CliRunner().invoke(cli, ["check", *arguments])


def codes(result: Result) -> list[str]:
    """The codes in a report as JSON."""
    return [d["code"] for d in json.loads(result.stdout)["diagnostics"]]


def test_codes_are_given_by_name_and_beginning() -> None:
    """L104, answer-missing, L2 and all; anything else is refused."""
    assert codes_of("answer-missing") == codes_of("l104") == {"L104"}
    assert {"L201", "L243"} <= codes_of("L2")
    assert "L104" not in codes_of("L2")
    assert {"S001", "L104", "X101"} <= codes_of("all")
    with pytest.raises(QbankError, match="L9"):
        codes_of("L9")
    with pytest.raises(QbankError):
        codes_of("")


def test_select_ignore_and_severity(tmp_path: Path) -> None:
    """The options choose what is reported and how serious it is."""
    path = str(written(tmp_path))
    assert set(codes(run(path, "--format", "json"))) == {"L104", "L211", "L213", "L221", "L226", "L229", "L230"}
    assert codes(run(path, "--format", "json", "--select", "L104,L213")) == ["L213", "L104"]
    assert "L213" not in codes(run(path, "--format", "json", "--ignore", "L21"))
    graded = run(path, "--format", "json", "--severity", "L104=error", "--severity", "L2=off")
    assert [(d["code"], d["severity"]) for d in json.loads(graded.stdout)["diagnostics"]] == [("L104", "error")]
    assert graded.exit_code == 1
    assert "--severity: 'fatal'" in str(run(path, "--severity", "L104=fatal").exception)
    assert "--select: there is no code 'L9'" in str(run(path, "--select", "L9").exception)


def test_rules_of_taste_are_asked_for(tmp_path: Path) -> None:
    """They are silent until they are selected."""
    path = tmp_path / "bank.json"
    question = {"kind": "true_false", "id": "q", "stem": "图书可以续借,期刊不能。", "answer": True}
    path.write_text(json.dumps({"qbank": 1, "questions": [question]}), encoding="utf-8")
    assert codes(run(str(path), "--format", "json")) == []
    assert codes(run(str(path), "--format", "json", "--extend-select", "L227")) == ["L227"]


def test_settings_in_qbank_toml(tmp_path: Path) -> None:
    """[check] says what the options say; the longer beginning of a code wins."""
    (tmp_path / "qbank.toml").write_text(
        '[check]\nextend-select = ["L227"]\nignore = ["L221"]\nseverity = { L2 = "info", L213 = "error", L3 = "off" }\n',
        encoding="utf-8",
    )
    settings = config.beside(tmp_path / "bank.json")
    assert settings.extra == {"L227"}
    assert "L302" in settings.ignore
    done = {d.code: d.severity for d in checking.examine(str(written(tmp_path)), settings).report}
    assert done["L213"] == "error"
    assert done["L229"] == "info"
    assert "L221" not in done


def test_what_is_read_is_always_reported(tmp_path: Path) -> None:
    """A selection does not hide that a question could not be read."""
    path = tmp_path / "bank.json"
    path.write_text('{"qbank": 1, "questions": [{"kind": "true_false", "id": "q", "stm": "x"}]}', encoding="utf-8")
    assert codes(run(str(path), "--format", "json", "--select", "L104")) == ["S003", "S002"]


@pytest.mark.parametrize("name", ["bank.json", "bank.jsonl"])
def test_fix(tmp_path: Path, name: str) -> None:
    """What can be mended is, the layout stays, and mending again changes nothing."""
    path = written(tmp_path, name)
    before = path.read_text(encoding="utf-8")
    shown = run(str(path), "--fix", "--diff")
    assert path.read_text(encoding="utf-8") == before
    assert "+" in shown.stdout
    assert "图书馆由谁管理?" in shown.stdout
    run(str(path), "--fix")
    after = path.read_text(encoding="utf-8")
    assert after.count("\n") == before.count("\n")
    first, second = bankfile.load(path).questions
    assert first.stem == "图书馆由谁管理?"
    assert [choice.text for choice in first.choices] == ["馆长", "读者", "学校"]  # type: ignore[union-attr]  # a single choice
    assert second.stem == "2023年有5个用户。"
    assert codes(run(str(path), "--format", "json")) == ["L104"]
    run(str(path), "--fix")
    assert path.read_text(encoding="utf-8") == after


def test_fix_leaves_yaml_alone(tmp_path: Path) -> None:
    """Where the places of texts cannot be told exactly, it says so."""
    path = tmp_path / "bank.yaml"
    path.write_text(
        'qbank: 1\nquestions:\n- {kind: true_false, id: q, stem: "x y. ", answer: true}\n', encoding="utf-8"
    )
    assert "JSON Lines" in str(run(str(path), "--fix").exception)


def test_baseline(tmp_path: Path) -> None:
    """What is known is not reported, wherever it has moved; what is new is, and what is gone is counted."""
    path, known = written(tmp_path), str(tmp_path / "known.json")
    assert run(str(path), "--baseline", known, "--update-baseline", "--fail-on", "info").exit_code == 0
    assert run(str(path), "--baseline", known, "--fail-on", "info").exit_code == 0
    whole = json.loads(path.read_text(encoding="utf-8"))
    new = {"kind": "true_false", "id": "q-0", "stem": "图书可以续借。", "answer": None}
    whole["questions"] = [new, *whole["questions"][:1]]
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    again = run(str(path), "--baseline", known, "--fail-on", "info", "--no-excerpt")
    assert again.exit_code == 1
    assert again.stdout.splitlines()[0].endswith("L104 warning: q-0 has no answer")
    assert "of the baseline are gone" in again.stderr
    assert "--update-baseline makes one" in str(run(str(path), "--baseline", str(tmp_path / "none.json")).exception)


def test_losses_of_a_target(tmp_path: Path, bank_dir: Path) -> None:
    """--for reports what an export would lose, at the place in the bank, and only what lint does not say already."""
    path = str(bank_dir / "group.json")
    found = list(losses(path, "gift"))
    assert found
    for diagnostic in found:
        assert diagnostic.code.startswith("X")
        assert diagnostic.source is not None
        assert diagnostic.source.line > 0 or not diagnostic.pointer
    shown = codes(run(path, "--for", "gift", "--select", "L101", "--format", "json"))
    assert shown == [d.code for d in found]
    assert "there is no exporter 'gitf'" in str(run(path, "--for", "gitf").exception)


def test_statistics(tmp_path: Path) -> None:
    """How often each code was found, and which of them --fix mends."""
    shown = run(str(written(tmp_path)), "--statistics").stdout
    assert "L104  warning   answer-missing" in shown
    assert [line.split()[-1] for line in shown.splitlines() if "L213" in line] == ["--fix"]


def test_several_banks(tmp_path: Path) -> None:
    """Each is checked with the settings beside it, and one report is made of all."""
    first, second = written(tmp_path), written(tmp_path, "other.jsonl")
    files = {d["file"] for d in json.loads(run(str(first), str(second), "--format", "json").stdout)["diagnostics"]}
    assert files == {str(first), str(second)}


def test_changes_are_seen(tmp_path: Path) -> None:
    """--watch looks again when a file has changed, and not before."""
    path, rounds = written(tmp_path), 0

    def sleep(_: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            path.write_text("{}", encoding="utf-8")
        elif rounds == 5:
            path.unlink()

    seen: Iterator[None] = checking.changes([path], sleep=sleep)
    next(seen)
    assert rounds == 3
    next(seen)
    assert rounds == 5


def big(path: Path, count: int = 3000, *, odd: int | None = None) -> None:
    """A bank that is worth remembering."""
    questions = [
        SingleChoice(
            id=f"q{i}",
            stem=f"Which book stands in place {i}?" if i != odd else "Which one.. of these (books?",
            choices=tuple(Option(id="ABCD"[j], text=f"book {i} of shelf {j} " + "x" * 80) for j in range(4)),
            answer="ABCD"[i % 4],
        )
        for i in range(count)
    ]
    with path.open("wb") as sink:
        bankfile.write(Header(qbank=1), questions, sink, bankfile.form_for(path))
    assert path.stat().st_size >= WORTH_IT


@pytest.mark.parametrize("name", ["bank.json", "bank.jsonl"])
def test_the_memory_changes_nothing(tmp_path: Path, name: str) -> None:
    """What is found is the same cold, warm, after a change, and without the memory, place for place."""
    path = tmp_path / name
    big(path)
    assert list(checks.check_bank(str(path), cache=True)) == list(checks.check_bank(str(path)))
    assert (tmp_path / FOLDER / f"{name}.check").is_file()
    big(path, odd=1500)
    plain = list(checks.check_bank(str(path)))
    assert {d.code for d in plain} == {"L218"}
    assert list(checks.check_bank(str(path), cache=True)) == plain
    assert list(checks.check_bank(str(path), cache=True)) == plain
    (tmp_path / FOLDER / f"{name}.check").write_bytes(b"damaged")
    assert list(checks.check_bank(str(path), cache=True)) == plain


def test_a_repeat_is_found_in_what_is_remembered(tmp_path: Path) -> None:
    """A question that repeats one of an unchanged run is found when all runs but its own are remembered."""
    path = tmp_path / "bank.jsonl"
    big(path)
    checks.check_bank(str(path), cache=True)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[5]]) + "\n", encoding="utf-8")
    warm = list(checks.check_bank(str(path), cache=True))
    assert [(d.code, d.source.line if d.source else 0) for d in warm] == [("L101", 3002)]
    assert warm == list(checks.check_bank(str(path)))


def test_small_banks_leave_no_memory(tmp_path: Path) -> None:
    """A folder is not cluttered for a bank that is checked in no time."""
    run(str(written(tmp_path)))
    assert not (tmp_path / FOLDER).exists()


def test_signs_hide_nothing() -> None:
    """A rule that is not asked, for want of a sign that it is about, would have found nothing."""
    ungated = tuple(rule.check for rule in lint.RULES)
    for path in sorted((Path(__file__).parent / "lint").glob("*.json")):
        for case in [c for cases in json.loads(path.read_text(encoding="utf-8")).values() for c in cases]:
            document = {"qbank": 1, "assets": case.get("assets", {}), "questions": case["questions"]}
            reader = bankfile.open_bytes(json.dumps(document).encode(), "bank.json")
            linter = lint.Linter(AssetStore(reader.header.assets), case.get("language"), lint.OPT_IN)
            other = lint.Linter(AssetStore(reader.header.assets), case.get("language"), lint.OPT_IN)
            for question in reader.questions():
                gated = {(d.code, d.pointer) for d in linter.check(question)}
                for part in (question, *getattr(question, "questions", ())):
                    other.scope.within = question if part is not question else None  # type: ignore[assignment]  # a group
                    other.scope.enter(part)
                    for check in ungated:
                        for d in check(part, other.scope):
                            own = {p.rpartition("/questions/")[2].partition("/")[2] for _, p in gated}
                            ignored = d.code in part.ignore
                            where = d.pointer.removeprefix("/")
                            assert ignored or any(
                                code == d.code and (pointer.endswith(d.pointer) or where in own)
                                for code, pointer in gated
                            ), (path.stem, case["case"], d)


def test_no_text_has_no_signs() -> None:
    """The plainest texts raise no flag, so that nothing is asked about them."""
    assert signs("图书馆的开放时间由谁来定呢?\n馆长\n读者", "图书馆的开放时间由谁来定呢?") == 0
    assert signs("When is the library open on Sundays?\nten\neight", "When is the library open on Sundays?") == 0


def test_choice_of_nothing() -> None:
    """No options leave the settings as they are."""
    settings = config.Config(Path(), ignore=frozenset({"L104"}))
    assert checking.chosen(settings, Choice()) == settings


@given(st.lists(strategies.questions(), max_size=4))
@settings(max_examples=150)
def test_no_rule_raises(questions: list[Any]) -> None:
    """Whatever a valid question says, every rule has an answer, and each finding is about something in it."""
    linter = lint.Linter(AssetStore({}), "zh-CN", lint.OPT_IN)
    found = [d for i, q in enumerate(questions) for d in linter.check(q, f"/questions/{i}")]
    for d in [*found, *linter.finish()]:
        assert d.message
        assert "\n" not in d.message
