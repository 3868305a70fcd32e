"""Two and three versions of a bank: what changed, how they go together, and what git makes of both."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, assume, given, settings
from strategies import banks

from qbank import bankfile, schema
from qbank.lint import Linter
from qbank.model import Bank, Group
from qbank.revisions import words
from qbank.revisions.changes import Changes, changes
from qbank.revisions.merging import merge
from qbank.revisions.parts import parts_of

SAMPLE = bankfile.load(Path(__file__).parent / "bank" / "all.json")
ONE = {"kind": "single_choice", "id": "q", "stem": "Which?", "answer": "A"}
CHOICES = [{"id": "A", "text": "ant"}, {"id": "B", "text": "bee"}, {"id": "C", "text": "cat"}]


def bank(*questions: dict[str, Any], **header: Any) -> Bank:
    """A bank from plain data."""
    data = json.dumps({"qbank": 1, **header, "questions": questions}).encode()
    reader = bankfile.open_bytes(data, "bank.json")
    found = tuple(reader.questions())
    assert len(found) == len(questions), list(reader.report)
    return Bank(header=reader.header, questions=found)


def single(**fields: Any) -> dict[str, Any]:
    """A single choice of ant, bee and cat."""
    return {**ONE, "choices": CHOICES, **fields}


def sorts(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """What happened to one question."""
    return set(changes(bank(before), bank(after)).counts)


def unique(one: Bank) -> bool:
    """Whether no two questions of a bank, and no two parts of a question, have one id."""
    every = [*one.questions, *(s for q in one.questions if isinstance(q, Group) for s in q.questions)]
    ids = [[q.id for q in every], *([part.id for part in parts_of(q)] for q in every)]
    return all(len(set(names)) == len(names) for names in ids)


KEY_CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("another letter", single(), single(answer="B")),
    (
        "words swapped under the letter",
        single(),
        single(choices=[CHOICES[1] | {"id": "A"}, CHOICES[0] | {"id": "B"}, CHOICES[2]]),
    ),
    ("the answer taken out", single(), single(answer=None)),
    ("the right choice replaced", single(), single(choices=[{"id": "D", "text": "dog"}, *CHOICES[1:]], answer="D")),
    (
        "true and false",
        {"kind": "true_false", "id": "q", "stem": "?", "answer": True},
        {"kind": "true_false", "id": "q", "stem": "?", "answer": False},
    ),
    (
        "an accepted text more",
        {"kind": "short_answer", "id": "q", "stem": "?", "answer": [{"text": "a"}]},
        {"kind": "short_answer", "id": "q", "stem": "?", "answer": [{"text": "a"}, {"text": "b"}]},
    ),
    (
        "a wider range",
        {"kind": "numeric", "id": "q", "stem": "?", "answer": [{"value": 1}]},
        {"kind": "numeric", "id": "q", "stem": "?", "answer": [{"value": 1, "tolerance": 1}]},
    ),
]


@pytest.mark.parametrize(("before", "after"), [c[1:] for c in KEY_CHANGES], ids=[c[0] for c in KEY_CHANGES])
def test_a_changed_key_is_called_one(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whatever makes another response right is a change of the key."""
    assert "key" in sorts(before, after)


NO_KEY_CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("letters turned", single(), single(choices=[CHOICES[1] | {"id": "A"}, CHOICES[0] | {"id": "B"}, CHOICES[2]], answer="B"), "choices"),
    ("choices in another order", single(), single(choices=CHOICES[::-1]), "choices"),
    ("the right choice reworded", single(), single(choices=[{"id": "A", "text": "an ant"}, *CHOICES[1:]]), "choices"),
    ("answered at last", single(answer=None), single(), "answered"),
    ("other points", single(), single(points=2), "points"),
    ("other stem", single(), single(stem="Which one?"), "stem"),
    ("a tag", single(), single(tags=["x"]), "details"),
    ("an explanation", single(), single(feedback={"general": "so"}), "feedback"),
    ("ready again", single(status="draft"), single(), "details"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "sort"), [c[1:] for c in NO_KEY_CHANGES], ids=[c[0] for c in NO_KEY_CHANGES]
)
def test_what_leaves_the_key_alone_is_not_called_a_change_of_it(
    before: dict[str, Any], after: dict[str, Any], sort: str
) -> None:
    """Letters, order and words may change while the same choice stays right."""
    assert sorts(before, after) == {sort}


@given(banks())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_a_bank_does_not_differ_from_itself(one: Bank) -> None:
    """No bank that the schema accepts, and whose ids are its own, has changed by being read twice."""
    assume(unique(one))
    found = changes(one, one)
    assert found.questions == ()
    assert found.header == ()


def test_the_fewest_questions_are_called_moved() -> None:
    """One question carried to the end has moved, not all the others."""
    ids = [single(id=f"q{i}") for i in range(6)]
    found = changes(bank(*ids), bank(*ids[1:], ids[0]))
    assert [(c.id, c.sort) for c in found.questions] == [("q0", "moved")]


def test_a_question_is_known_by_what_it_says() -> None:
    """Another id alone is neither a question gone nor one come."""
    found = changes(bank(single()), bank(single(id="r")))
    assert [(c.id, c.sort) for c in found.questions] == [("r", "id")]


def test_a_sub_question_stands_for_itself() -> None:
    """A key changed inside a group is reported under the sub-question's id, and the group is not changed."""
    groups = [{"kind": "group", "id": "g", "stem": "Read.", "questions": [single(answer=a)]} for a in "AB"]
    found = changes(bank(groups[0]), bank(groups[1]))
    assert [(c.id, c.sort) for c in found.questions] == [("q", "key")]


def _rendered() -> Changes:
    after = SAMPLE.questions[1:]
    return changes(SAMPLE, Bank(header=SAMPLE.header, questions=after))


def test_the_json_is_what_its_schema_says() -> None:
    """`--format json` is valid against schemas/changes.schema.json."""
    cases = [c[1:3] for c in KEY_CHANGES] + [c[1:3] for c in NO_KEY_CHANGES]
    for before, after in cases:
        value = json.loads(words.as_json(changes(bank(before), bank(after)), "a", "b"))
        jsonschema.validate(value, schema.load("changes"))
    jsonschema.validate(json.loads(words.as_json(_rendered(), "a", "b")), schema.load("changes"))


def test_markdown_keeps_a_stem_in_its_cell() -> None:
    """Neither a bar nor a line break nor markup in a text breaks the table."""
    found = changes(bank(single(stem="a|b\n\n<b>*c*")), bank(single(stem="a|b\n\n<b>*d*")))
    rows = [line for line in words.markdown(found, "a", "b").splitlines() if line.startswith("| stem")]
    assert len(rows) == 1
    assert rows[0].replace(r"\|", "").count("|") == 4
    assert "<b>" not in rows[0].replace(r"\<", "")


def test_a_terminal_gets_no_control_characters() -> None:
    """What a bank says cannot colour or clear the terminal of who compares it."""
    found = changes(bank(single()), bank(single(stem="\u202ewhich")))
    assert "\u202e" not in words.text(found, "a", "b")


@given(banks(), banks())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_one_side_alone_is_taken_whole(one: Bank, other: Bank) -> None:
    """Where only one side changed anything, the merge is that side, question for question."""
    assume(unique(one) and unique(other))
    mine = merge(one, other, one)
    assert mine.conflicts == []
    assert tuple(mine.questions) == other.questions
    yours = merge(one, one, other)
    assert yours.conflicts == []
    assert {q.id: q for q in yours.questions} == {q.id: q for q in other.questions}


def test_different_fields_go_together() -> None:
    """A tag here and a new stem there make a question with both."""
    result = merge(bank(single()), bank(single(tags=["x"])), bank(single(stem="Which one?")))
    assert result.conflicts == []
    assert (result.questions[0].tags, result.questions[0].stem) == (("x",), "Which one?")


def test_two_choices_changed_by_two_go_together() -> None:
    """Each choice is merged by its id."""
    mine = single(choices=[{"id": "A", "text": "the ant"}, *CHOICES[1:]])
    yours = single(choices=[*CHOICES[:2], {"id": "C", "text": "the cat"}])
    result = merge(bank(single()), bank(mine), bank(yours))
    assert result.conflicts == []
    assert [c.text for c in result.questions[0].choices] == ["the ant", "bee", "the cat"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("mine", "yours"),
    [
        (single(answer="B"), single(answer="C")),
        (single(answer="B"), single(choices=[{"id": "A", "text": "wasp"}, *CHOICES[1:]])),
        (single(answer="C"), single(choices=CHOICES[:2])),
        (single(stem="Which one?"), single(stem="Who?")),
    ],
    ids=["two keys", "a key and other words", "a key that is taken out", "two stems"],
)
def test_a_conflict_is_marked_and_refused(mine: dict[str, Any], yours: dict[str, Any]) -> None:
    """Our side stays as a draft, the other is beside it, and the check finds it."""
    result = merge(bank(single()), bank(mine), bank(yours))
    assert [conflict.question for conflict in result.conflicts] == ["q"]
    question = result.questions[0]
    assert question.status == "draft"
    assert question.extensions["merge"]["theirs"]
    assert "L390" in {d.code for d in Linter().check(question)}


def test_taken_out_here_and_changed_there_is_a_conflict() -> None:
    """A changed question is not lost because the other side had taken it out."""
    for mine, yours in (((), (single(stem="Who?"),)), ((single(stem="Who?"),), ())):
        result = merge(bank(single()), bank(*mine), bank(*yours))
        assert len(result.conflicts) == 1
        assert result.questions[0].stem == "Who?"


def test_new_questions_of_both_sides_are_kept() -> None:
    """What both added stands in the merge, theirs behind what stood before it there."""
    a, b, c, d = (single(id=name) for name in "abcd")
    result = merge(bank(a, b), bank(a, c, b), bank(a, b, d))
    assert [q.id for q in result.questions] == ["a", "c", "b", "d"]


def git(folder: Path, *args: str, ok: tuple[int, ...] = (0,)) -> str:
    """Run git in a repository of the test's own."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in ok, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose banks are compared and merged by qbank, as docs/revisions.md sets it up."""
    command = shlex.join([sys.executable, "-m", "qbank"])
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitattributes").write_text("bank.* diff=qbank merge=qbank\n")
    git(tmp_path, "config", "merge.qbank.driver", f"{command} merge %O %A %B --name %P")
    return tmp_path


def committed(folder: Path, name: str, *questions: dict[str, Any]) -> None:
    """Write a bank and commit it."""
    bankfile.dump(bank(*questions), folder / name)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a bank")


@pytest.mark.parametrize("name", ["bank.json", "bank.jsonl", "bank.yaml"])
def test_git_merges_with_it(repository: Path, name: str) -> None:
    """git calls the driver, takes a clean merge, and stops at a conflict with a bank that is still valid."""
    committed(repository, name, single())
    git(repository, "checkout", "-qb", "side")
    committed(repository, name, single(stem="Which one?"))
    git(repository, "checkout", "-q", "main")
    committed(repository, name, single(points=2))
    git(repository, "merge", "-q", "-m", "both", "side")
    question = bankfile.load(repository / name).questions[0]
    assert question.stem == "Which one?"
    assert question.points == 2
    git(repository, "checkout", "-q", "side")
    committed(repository, name, single(stem="Which one?", answer="B"))
    git(repository, "checkout", "-q", "main")
    committed(repository, name, single(stem="Which one?", points=2, answer="C"))
    said = git(repository, "merge", "-q", "-m", "both", "side", ok=(1,))
    assert "both sides changed answer" in said
    assert bankfile.load(repository / name).questions[0].status == "draft"


def test_git_diffs_with_it(repository: Path) -> None:
    """As an external diff, as a difftool and as a textconv it shows what changed, and a new file is all new."""
    command = shlex.join([sys.executable, "-m", "qbank"])
    committed(repository, "bank.json", single())
    committed(repository, "bank.json", single(answer="B"))
    tool = git(repository, "difftool", "-y", "-x", f"{command} diff", "HEAD~1", "HEAD", "--", "bank.json")
    assert "KEY CHANGED" in tool
    git(repository, "config", "diff.qbank.command", f"{command} diff")
    assert "KEY CHANGED" in git(repository, "diff", "--ext-diff", "HEAD~1", "HEAD", "--", "bank.json")
    bankfile.dump(bank(single()), repository / "bank.jsonl")
    git(repository, "add", "-A")
    assert "added" in git(repository, "diff", "--ext-diff", "--cached", "--", "bank.jsonl")
    git(repository, "config", "--unset", "diff.qbank.command")
    git(repository, "config", "diff.qbank.textconv", f"{command} show")
    assert "-  * A. ant" in git(repository, "diff", "HEAD~1", "HEAD", "--", "bank.json")
