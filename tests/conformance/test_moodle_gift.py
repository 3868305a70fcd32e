"""Our GIFT, read again as Moodle 4.5 reads it: the kind we meant, the texts we meant, grades it takes, no crash.

An oracle of its own: the steps of question/format/gift/format.php, retold; it
knows nothing of the exporter's code.
"""

from __future__ import annotations

import html
import importlib.util
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from qbank import export
from qbank.assets import AssetStore
from qbank.bankfile import open_bank
from qbank.export import Context, prepared
from qbank.model import (
    Cloze,
    Essay,
    Group,
    Header,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TrueFalse,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BANKS = sorted((ROOT / "tests" / "bank").glob("*.json"))
GRADES = (
    100,
    90,
    83.33333,
    80,
    75,
    70,
    66.66667,
    60,
    50,
    40,
    33.33333,
    30,
    25,
    20,
    16.66667,
    14.28571,
    12.5,
    11.11111,
    10,
    5,
    0,
)
MARKS = {":": "&&058;", "#": "&&035;", "=": "&&061;", "{": "&&123;", "}": "&&125;", "~": "&&126;", "n": "&&010"}
WEIGHT = re.compile(r"%-*([0-9]{1,2})\.?([0-9]*)%")
PHP_BLANKS = " \t\n\r\0\x0b"


@dataclass
class Read:
    """A question as Moodle would store it."""

    kind: str
    name: str
    text: str
    general: str = ""
    id: str = ""
    answers: list[tuple[str, float, str]] = field(default_factory=list)
    """Text, percentage, feedback; for matching: stem, 0, choice."""
    single: bool = False


class Refused(Exception):
    """Moodle would stop, crash or complain."""


def before(text: str) -> str:
    """escapedchar_pre."""
    text = text.replace("\\\\", "&&092;")
    for character, mark in MARKS.items():
        text = text.replace(f"\\{character}", mark)
    return text.replace("&&092;", "\\")


def after(text: str) -> str:
    """escapedchar_post."""
    for character, mark in MARKS.items():
        text = text.replace(mark, "\n" if character == "n" else character)
    return text


def formatted(text: str) -> str:
    """parse_text_with_format, which must find html or nothing at all."""
    if text.startswith("["):
        name = text[1 : text.index("]")] if "]" in text else text[1:-1]
        if name in ("html", "moodle", "plain", "markdown"):
            text = text[text.find("]") + 1 :]
    return after(text).strip(PHP_BLANKS)


def commented(text: str) -> tuple[str, str]:
    """commentparser."""
    answer, _, feedback = text.partition("#")
    return formatted(answer.strip(PHP_BLANKS)), formatted(feedback.strip(PHP_BLANKS))


def weighted(text: str, otherwise: float) -> tuple[float, str]:
    """The weight at the start of an answer, and the rest."""
    if WEIGHT.match(text):
        weight, _, rest = text[1:].partition("%")
        return float(weight), rest
    return otherwise, text


def pieces(text: str, separator: str) -> list[str]:
    """explode, without an empty first piece."""
    parts = text.split(separator)
    return parts[1:] if parts[0].strip(PHP_BLANKS) in ("", "0") else parts


def paragraphs(data: bytes) -> Iterator[list[str]]:
    """readquestions: a blank line, or one that is just 0, ends a question."""
    lines: list[str] = []
    for raw in data.decode().split("\n"):
        line = raw.strip(PHP_BLANKS)
        if line in ("", "0"):
            if lines:
                yield lines
            lines = []
        else:
            lines.append(line)
    if lines:
        yield lines


def read(lines: list[str]) -> Read | None:
    """readquestion, for one paragraph; None for a category."""
    ids = [found for line in lines for found in re.findall(r"^//.*?\[id:((?:\\\]|[^\]])+)\]", line)]
    text = before("\n".join(" " if line.startswith("//") else line for line in lines).strip(PHP_BLANKS))
    if text.startswith("$CATEGORY:"):
        return None
    name = ""
    if text.startswith("::"):
        end = text.index("::", 2)
        name, text = after(text[2:end]), text[end + 2 :].strip(PHP_BLANKS)
    start, finish = text.find("{"), text.find("}")
    if (start < 0) != (finish < 0):
        raise Refused("a brace without its partner")
    answer = text[start + 1 : finish].strip(PHP_BLANKS) if start >= 0 else ""
    if start >= 0:
        text = text[:start] + ("" if text.endswith("}") else "_____") + text[finish + 1 :]
    general = ""
    if "####" in answer:
        answer, _, general = answer.rpartition("####")
        answer = answer.strip(PHP_BLANKS)
    question = Read("", name, formatted(text), formatted(general), ids[0] if ids else "")
    if start < 0:
        question.kind = "description"
    elif answer.startswith(">"):
        raise Refused("an ordering plug-in would take it")
    elif answer == "":
        question.kind = "essay"
    elif answer[0] == "#":
        question.kind = "numerical"
        numerical(question, answer[1:])
    elif "~" in answer:
        question.kind = "multichoice"
        multichoice(question, answer)
    elif "=" in answer and "->" in answer:
        question.kind = "match"
        matching(question, answer)
    elif answer.split("#")[0].strip(PHP_BLANKS) in ("T", "TRUE", "F", "FALSE"):
        question.kind = "truefalse"
        truth, wrong, right = [*(formatted(part.strip(PHP_BLANKS)) for part in answer.split("#", 2)), "", ""][:3]
        question.answers = [(truth, 100, right), ("", 0, wrong)]
    else:
        question.kind = "shortanswer"
        for part in pieces(answer, "="):
            percent, rest = weighted(part.strip(PHP_BLANKS), 100)
            one, feedback = commented(rest)
            question.answers.append((one, percent, feedback))
        if not any(percent == 100 for _, percent, _ in question.answers):
            raise Refused("no answer at 100 %")
    return question


def numerical(question: Read, answer: str) -> None:
    """The numerical branch."""
    answer, wrong, told = answer.partition("~")
    for part in pieces(answer, "="):
        percent, rest = weighted(part.strip(PHP_BLANKS), 100)
        one, feedback = commented(rest)
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?:[0-9]+(\.[0-9]+)?", one):
            raise Refused(f"{one!r} would be taken for any number")
        question.answers.append((one, percent, feedback))
    if not question.answers:
        raise Refused("no number")
    if wrong:
        question.answers.append(("*", 0, commented(told)[1]))


def multichoice(question: Read, answer: str) -> None:
    """The multichoice branch."""
    question.single = "=" in answer
    parts = pieces(answer.replace("=", "~="), "~")
    if len(parts) < 2:
        raise Refused("one choice crashes the import")
    for raw in parts:
        part = raw.strip(PHP_BLANKS)
        if not part:
            raise Refused("an empty choice is a PHP warning")
        percent, rest = (100.0, part[1:]) if part[0] == "=" else weighted(part, 0)
        one, feedback = commented(rest)
        if not one:
            raise Refused("an empty choice is dropped")
        question.answers.append((one, percent, feedback))


def matching(question: Read, answer: str) -> None:
    """The matching branch."""
    parts = pieces(answer, "=")
    if len(parts) < 2:
        raise Refused("one pair crashes the import")
    for part in parts:
        stem, arrow, choice = part.strip(PHP_BLANKS).partition("->")
        if not arrow or not after(choice).strip(PHP_BLANKS):
            raise Refused("a pair without its answer ends the import")
        question.answers.append((formatted(stem), 0, after(choice).strip(PHP_BLANKS)))


KINDS: dict[type[SubQuestion], tuple[str, ...]] = {
    SingleChoice: ("multichoice",),
    MultipleChoice: ("multichoice",),
    TrueFalse: ("truefalse",),
    ShortAnswer: ("shortanswer",),
    Numeric: ("numerical",),
    Matching: ("match",),
    Ordering: ("match",),
    Cloze: ("match", "shortanswer", "numerical", "multichoice"),
    Essay: ("essay",),
    Information: ("description",),
}


def module(path: Path) -> Any:
    """A module of the tests or the bench, which are no packages."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def alone(questions: Iterable[Question]) -> Iterator[SubQuestion]:
    """The questions of a file without groups."""
    for question in questions:
        if isinstance(question, Group):
            yield from question.questions
        else:
            yield question


def as_plain(text: str) -> str:
    """What HTML of one plain line says; any white space is one blank."""
    return " ".join(html.unescape(text.replace("<br/>", " ")).split())


def check(questions: Iterable[Question], header: Header, folder: Path) -> int:
    """Write, read, judge; the number of questions that were judged."""
    bank = list(questions)
    exporter = export.get("gift")
    ctx = Context(header=header, assets=AssetStore(header.assets, folder), unanswered="ungraded", drafts=True)
    sink = io.BytesIO()
    exporter.write(prepared(bank, exporter, ctx), sink, ctx)
    found: dict[str, Read] = {}
    for lines in paragraphs(sink.getvalue()):
        question = read(lines)
        if question is not None:
            assert question.id not in found
            found[question.id] = question
    codes: dict[str, set[str]] = {}
    for loss in ctx.report:
        codes.setdefault(loss.question, set()).add(loss.code)
    judged = 0
    for meant in alone(bank):
        losses = codes.get(meant.id, set())
        if losses & {"X101", "X104"}:
            assert meant.id not in found
            continue
        judge(meant, found.pop(meant.id), losses)
        judged += 1
    assert found == {}
    return judged


def judge(meant: SubQuestion, got: Read, losses: set[str]) -> None:
    """The kind, the texts and the grades of one question."""
    assert got.name
    assert len(got.name) <= 255
    assert not re.search(r"<\S", got.name)
    if "X302" in losses or "X306" in losses:
        assert got.kind in (*KINDS[type(meant)], "essay")
        if got.kind == "essay":
            return
    else:
        assert got.kind in KINDS[type(meant)]
        if isinstance(meant.stem, str) and meant.stem.strip() and "\n" not in meant.stem.strip():
            shown = got.text.rsplit("<p>", 1)[-1].removesuffix("</p>")
            assert as_plain(shown) == as_plain(html.escape(meant.stem))
    for _, percent, _ in got.answers:
        assert any(abs(abs(percent) - grade) < 0.001 for grade in GRADES)
    match meant:
        case SingleChoice():
            assert got.single
            if meant.scoring != "weighted":
                assert [p == 100 for _, p, _ in got.answers] == [c.id == meant.answer for c in meant.choices]
            same_choices(meant, got)
        case MultipleChoice():
            assert not got.single
            if meant.scoring != "weighted":
                earned = sum(
                    p for (_, p, _), c in zip(got.answers, meant.choices, strict=True) if c.id in (meant.answer or ())
                )
                assert earned == pytest.approx(100, abs=0.001)
                assert [p > 0 for _, p, _ in got.answers] == [
                    c.id in (meant.answer or ()) for c in meant.choices
                ] or "X301" in losses
            same_choices(meant, got)
        case TrueFalse():
            assert got.answers[0][0] == ("TRUE" if meant.answer else "FALSE")
            right, wrong = (
                (meant.feedback_true, meant.feedback_false)
                if meant.answer
                else (meant.feedback_false, meant.feedback_true)
            )
            verdicts = meant.feedback is not None and (meant.feedback.correct or meant.feedback.incorrect)
            if not verdicts:
                assert bool(got.answers[0][2]) == bool(right)
                assert bool(got.answers[1][2]) == bool(wrong)
        case ShortAnswer() if got.kind == "shortanswer":
            wanted = {" ".join(a.text.split()): float(a.weight * 100) for a in meant.answer or ()}
            for text, percent, _ in got.answers:
                if percent:
                    said = " ".join((text if meant.wildcard else text.replace(r"\*", "*")).split())
                    assert wanted[said] == pytest.approx(percent, abs=0.001)
        case Matching():
            assert [stem != "" for stem, _, _ in got.answers][: len(meant.prompts)] == [True] * len(meant.prompts)
            assert all(len(choice) <= 255 for _, _, choice in got.answers)
        case _:
            pass


def same_choices(meant: SingleChoice | MultipleChoice, got: Read) -> None:
    """The choices' texts are the bank's."""
    for (text, _, feedback), choice in zip(got.answers, meant.choices, strict=True):
        if isinstance(choice.text, str) and "\n" not in choice.text.strip() and choice.text.strip():
            assert as_plain(text) == as_plain(html.escape(choice.text))
        assert bool(feedback) == (choice.feedback is not None and bool(feedback or str(choice.feedback).strip()))


@pytest.mark.parametrize("path", BANKS, ids=lambda path: path.stem)
def test_samples(path: Path) -> None:
    """Each sample would be imported as the kind, the texts and the grades it stands for."""
    reader = open_bank(path)
    assert check(reader.questions(), reader.header, path.parent) > 0


def test_hostile_texts() -> None:
    """No text can change what Moodle reads: every kind with every special character in every place."""
    assert check(module(HERE / "hostile_bank.py").questions(), Header(qbank=1, title="a: {b} = \\n"), HERE) > 700


@pytest.mark.parametrize("seed", range(4))
def test_scrambled_texts(seed: int) -> None:
    """Neither can random runs of special characters."""
    bank = module(HERE / "hostile_bank.py")
    assert check(bank.questions(bank.scrambled(seed)), Header(qbank=1), HERE) > 250


def test_synthetic_bank() -> None:
    """A seeded bank of all kinds would be imported whole."""
    assert check(module(ROOT / "bench" / "make_bank.py").questions(500), Header(qbank=1), HERE) >= 500


@pytest.mark.parametrize(
    "text",
    ["q {=a", "q {~a}", "q {=a -> b}", "q {#}", "q {#five}", "q {=a ~}", "q {=%50%a}", "q {=a -> \n=b -> c}"],
)
def test_the_oracle_sees_what_moodle_refuses(text: str) -> None:
    """The rules bite: what crashes or ends an import does not pass."""
    with pytest.raises(Refused):
        read(text.split("\n"))


READ_AS = {
    "multichoice": (SingleChoice, MultipleChoice),
    "truefalse": (TrueFalse,),
    "shortanswer": (ShortAnswer,),
    "numerical": (Numeric,),
    "match": (Matching,),
    "essay": (Essay,),
    "description": (Information,),
}
FILES = sorted((ROOT / "tests" / "golden" / "gift").glob("*.gift"))


def percents(question: Question) -> list[float] | None:
    """What each answer of a question earns, in percent; None for kinds without."""
    match question:
        case SingleChoice() if question.scoring == "weighted":
            return [float((choice.weight or 0) * 100) for choice in question.choices]
        case SingleChoice():
            return [100.0 * (choice.id == question.answer) for choice in question.choices]
        case ShortAnswer() | Numeric():
            return [float(answer.weight * 100) for answer in question.answer or ()]
        case _:
            return None


def agreed(data: bytes) -> int:
    """Hold our reader to the retold importer, question by question; the number of questions."""
    from qbank.reading import Context as Reading
    from qbank.reading import Document, get

    ctx = Reading()
    ours = list(get("gift").read(Document("x.gift", data), ctx))
    theirs = [found for found in map(read, paragraphs(data)) if found is not None]
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert type(one) in READ_AS[other.kind], other
        assert as_plain(re.sub("<[^>]+>", "", other.text)) or not as_plain(str(one.stem))
        if other.id:
            assert one.id == other.id
        earned = percents(one)
        if earned is not None:
            # what a wrong answer is told is an answer * at nothing there, a feedback here
            rest = [p for text, p, _ in other.answers if other.kind == "multichoice" or (text, p) != ("*", 0)]
            assert earned == pytest.approx(rest, abs=0.001)
    return len(ours)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_reader_agrees_on_golden_files(path: Path) -> None:
    """What our reader makes of a GIFT file is what Moodle makes of it: kinds, ids and grades."""
    assert agreed(path.read_bytes()) > 0


def test_our_reader_agrees_on_a_synthetic_bank() -> None:
    """So it is for a bank of all kinds, and for one with every special character in every place."""
    for bank, least in (
        (module(ROOT / "bench" / "make_bank.py").questions(300), 300),
        (module(HERE / "hostile_bank.py").questions(), 700),
    ):
        exporter = export.get("gift")
        ctx = Context(unanswered="ungraded", drafts=True)
        sink = io.BytesIO()
        exporter.write(prepared(bank, exporter, ctx), sink, ctx)
        assert agreed(sink.getvalue()) >= least
