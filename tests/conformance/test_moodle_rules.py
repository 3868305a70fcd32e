"""Our Moodle XML, read again as Moodle 4.5 reads it: nothing refused, nothing cut, every key worth 100 %.

An oracle of its own: it knows Moodle's importer (the grade list, what each type
must have, the grammar of gaps, what is stripped where) and nothing of the
exporter's code.
"""

from __future__ import annotations

import base64
import html
import importlib.util
import itertools
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.parsers import expat

import msgspec
import pytest
from artefacts import artefact
from lxml import etree

from qbank.assets import AssetStore
from qbank.bankfile import open_bank
from qbank.export import Context
from qbank.model import (
    Accepted,
    Blank,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Header,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    SubQuestion,
    TextBlank,
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
COMMON = ("name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber")
VERDICTS = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
NEEDED = {
    "multichoice": ("single", "shuffleanswers", "answernumbering", "showstandardinstruction", *VERDICTS),
    "truefalse": (),
    "shortanswer": ("usecase",),
    "numerical": ("unitgradingtype", "unitpenalty", "showunits", "unitsleft"),
    "matching": ("shuffleanswers", *VERDICTS),
    "cloze": (),
    "ordering": (
        "layouttype",
        "selecttype",
        "selectcount",
        "gradingtype",
        "showgrading",
        "numberingstyle",
        "shownumcorrect",
        *VERDICTS,
    ),
    "essay": (
        "responseformat",
        "responserequired",
        "responsefieldlines",
        "attachments",
        "attachmentsrequired",
        "graderinfo",
        "responsetemplate",
        "maxbytes",
        "filetypeslist",
    ),
    "description": (),
    "gapselect": ("shuffleanswers", *VERDICTS),
    "ddwtos": ("shuffleanswers", *VERDICTS),
}
TYPES = {
    SingleChoice: "multichoice",
    MultipleChoice: "multichoice",
    TrueFalse: "truefalse",
    ShortAnswer: "shortanswer",
    Numeric: "numerical",
    Cloze: "cloze",
    Matching: "matching",
    Ordering: "ordering",
    Essay: "essay",
    Information: "description",
}
FILE_AREAS = ("questiontext", "generalfeedback", "answer", "feedback", "hint", "subquestion", "graderinfo", *VERDICTS)

# multianswer/questiontype.php, its three look-behinds one by one
FRACTION = r"=|%(-?[0-9]+(?:[.,][0-9]*)?)%"
ALTERNATIVE = rf"({FRACTION})?(.+?(?<!\\)(?<!&)(?<!&amp;)(?=[~#}}]|$))(#(.*?(?<!\\)(?=[~}}]|$)))?"
KINDS = "MULTIRESPONSE_S|MULTIRESPONSE|MRS|MR|NUMERICAL|NM|MULTICHOICE_VS|MULTICHOICE_V|MULTICHOICE_S|MULTICHOICE|MCVS|MCV|MCS|MC|SHORTANSWER_C|SHORTANSWER|SAC|SA|MWC|MW"
GAP = re.compile(rf"\{{([0-9]*):({KINDS}):({ALTERNATIVE}(?:~{ALTERNATIVE})*)\}}", re.S)
NUMBER = r"-?(?:(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)"


def module(path: Path) -> Any:
    """A module of the tests or the bench, which are no packages."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def written(questions: Iterable[Question], header: Header, folder: Path, **options: str) -> tuple[bytes, Context]:
    """The file, and the losses."""
    assets = AssetStore(header.assets, folder)
    ctx = Context(header=header, assets=assets, unanswered="ungraded", drafts=True, options=options)
    return artefact("moodle-xml", questions, ctx)


def alone(questions: Iterable[Question]) -> Iterator[SubQuestion]:
    """The questions of a file without groups: the material of one is a description before its questions."""
    for question in questions:
        if isinstance(question, Group):
            yield Information(id=question.id, stem=question.stem)
            yield from question.questions
        else:
            yield question


def check_characters(data: bytes) -> None:
    """Moodle's parser drops pieces of white space outside CDATA: no text with any may stand there."""
    inside = False
    loose: list[str] = []
    path: list[str] = []

    def text(piece: str) -> None:
        if not inside:
            loose.append(piece)

    def start(name: str, _: dict[str, str]) -> None:
        loose.clear()
        path.append(name)

    def end(name: str) -> None:
        piece = "".join(loose)
        loose.clear()
        path.pop()
        if name != "file" and piece.strip():
            assert re.fullmatch(r"[A-Za-z0-9_.;,/*+-]+", piece), f"<{name}> has text outside CDATA: {piece!r}"

    def cdata(value: bool) -> None:
        nonlocal inside
        inside = value

    parser = expat.ParserCreate("UTF-8")
    parser.CharacterDataHandler = text
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartCdataSectionHandler = lambda: cdata(True)
    parser.EndCdataSectionHandler = lambda: cdata(False)
    for offset in range(0, len(data), 4096):
        parser.Parse(data[offset : offset + 4096], False)
    parser.Parse(b"", True)
    assert b"\r" not in data


def stored(element: Any) -> str:
    """A text as Moodle stores it: trimmed as PHP trims."""
    children = element.findall("text")
    assert len(children) == 1, f"<{element.tag}> has {len(children)} texts"
    assert len(children[0]) == 0
    return str(children[0].text or "").strip(" \t\n\r\0\x0b")


def check_name(name: str) -> None:
    """A name survives Moodle's stripping of tags, and fits."""
    assert not re.search(r"<\S", name), f"{name!r} would be cut at its <"
    assert len(name) <= 255
    assert "\n" not in name


def check_file(data: bytes) -> dict[str, Any]:
    """The questions of a file by idnumber, after every rule that needs no model."""
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<quiz>")
    check_characters(data)
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=False))
    found: dict[str, Any] = {}
    for question in root:
        assert question.tag == "question"
        if question.get("type") == "category":
            path = stored(question.find("category"))
            assert path.startswith("$course$/top/")
            parts = re.split(r"(?<!/)/(?!/)", path)[2:]
            for part in parts:
                assert part.strip()
                assert part.strip() != "top"
                check_name(part.replace("//", "/").strip())
            assert question.find("info").get("format") == "html"
            assert question.find("idnumber") is None
            continue
        name = question.findtext("idnumber") or ""
        assert len(name) <= 100
        assert name not in found
        found[name] = question
        check_question(question)
    return found


def check_question(question: Any) -> None:
    """What Moodle demands of a question of its type."""
    kind = question.get("type")
    for tag in (*COMMON, *NEEDED[kind]):
        assert len(question.findall(tag)) == 1, f"{kind} has {len(question.findall(tag))} <{tag}>"
    check_name(stored(question.find("name")))
    assert stored(question.find("name"))
    assert re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,7})?", question.findtext("defaultgrade"))
    penalty = Fraction(question.findtext("penalty"))
    assert 0 <= penalty <= 1
    assert penalty == Fraction("0.3333333") or abs(penalty - Fraction(1, 3)) > Fraction(1, 200)
    for element in question.iter():
        plain = element.tag in ("name", "tag", "selectoption", "dragbox") or (
            element.tag == "answer" and element.getparent().tag == "subquestion"
        )
        if element.find("text") is not None and not plain:
            assert element.get("format") == "html", f"<{element.tag}> says nothing of its format"
        if element.tag in FILE_AREAS:
            check_media(element)
        elif element.tag != "question":
            assert element.find("file") is None, f"<{element.tag}> takes no files"
    for tag in question.findall("tags/tag"):
        assert stored(tag)
        assert not re.search("[<>`]", stored(tag))
    for flag in ("shownumcorrect", "clearwrong"):
        assert question.find(flag) is None or kind == "ordering"
    if kind != "ordering":
        for answer in question.findall("answer"):
            fraction = float(answer.get("fraction"))
            assert any(abs(abs(fraction) - grade) < 0.001 for grade in GRADES), (
                f"{fraction} % is not a grade of Moodle's"
            )
    if kind == "shortanswer":
        assert any(answer.get("fraction") == "100" for answer in question.findall("answer"))
        assert question.findtext("usecase") in ("0", "1")
    if kind in ("multichoice", "ordering"):
        answers = question.findall("answer")
        assert len(answers) >= 2
        assert all(stored(answer) for answer in answers)
    if kind == "ordering":
        texts = [stored(answer) for answer in question.findall("answer")]
        assert len(set(texts)) == len(texts)
        assert question.findtext("shownumcorrect") in ("0", "1")
    if kind == "matching":
        for pair in question.findall("subquestion"):
            choice = stored(pair.find("answer"))
            assert choice, "a pair without an answer ends the import"
            assert len(choice) <= 255
            assert not re.search(r"<\S", choice)
    if kind == "essay":
        assert question.findtext("responseformat") in ("editor", "editorfilepicker", "plain", "monospaced")
        assert question.findtext("responsefieldlines").isdigit()
        assert question.findtext("attachments") in ("-1", "0", "1", "2", "3")
        for limit in ("minwordlimit", "maxwordlimit"):
            assert question.find(limit) is None or int(question.findtext(limit)) > 0
    if kind == "cloze":
        assert "<" in stored(question.find("questiontext"))
        assert gaps_of(question)
    if kind in ("gapselect", "ddwtos"):
        assert words_of(question)


def check_media(element: Any) -> None:
    """Each file is shown, each picture has its file, names are clean, the content is base64 outside CDATA."""
    shown = set(re.findall(r'"@@PLUGINFILE@@/([^"]+)"', element.findtext("text") or ""))
    names = [file.get("name") for file in element.findall("file")]
    assert len(names) == len(set(names))
    assert set(names) == shown
    for file in element.findall("file"):
        assert re.fullmatch("[A-Za-z0-9_.-]+", file.get("name"))
        assert file.get("path") == "/"
        assert file.get("encoding") == "base64"
        assert base64.b64decode(file.text, validate=True)


def words_of(question: Any) -> list[tuple[str, list[str]]]:
    """Of each gap in the stem the word that is right and the words of its group, as Moodle numbers them."""
    kind = question.get("type")
    options = question.findall("selectoption" if kind == "gapselect" else "dragbox")
    listed = [(stored(option), option.findtext("group")) for option in options]
    assert len(set(listed)) == len(listed), "a twin of the right word would be wrong"
    for text, group in listed:
        assert text
        assert re.fullmatch("[1-9]|1[0-9]|20", group)
        assert "\n" not in text
        tags = {found.lower() for found in re.findall(r"<\s*/?([^\s>/]*)", text)}
        assert tags <= ({"sub", "sup", "em", "strong"} if kind == "ddwtos" else set())
    places = [int(number) for number in re.findall(r"\[\[([0-9]+)\]\]", stored(question.find("questiontext")))]
    assert places
    assert all(1 <= place <= len(listed) for place in places)
    if kind == "ddwtos":
        again = [place for place in set(places) if places.count(place) > 1]
        assert all(options[place - 1].find("infinite") is not None for place in again)
    return [(listed[p - 1][0], [text for text, group in listed if group == listed[p - 1][1]]) for p in places]


def gaps_of(question: Any) -> list[tuple[int, str, list[tuple[float, str, str]]]]:
    """The gaps as Moodle finds them: weight, kind, and of each alternative its fraction, text and feedback."""
    stem = stored(question.find("questiontext"))
    assert not re.search(r"\{#[0-9]", stem), "a placeholder in the stem would become a gap"
    gaps = []
    while found := GAP.search(stem):
        assert not re.match("[ \t\n]", found[3])
        alternatives = []
        rest = found[3]
        while one := re.search(f"~?{ALTERNATIVE}", rest, re.S):
            fraction = 1.0 if one[1] == "=" else float((one[2] or "0").replace(",", ".")) / 100
            text = html.unescape(one[3]).replace(r"\}", "}").replace(r"\#", "#")
            told = html.unescape(one[5] or "").replace(r"\}", "}").replace(r"\#", "#")
            alternatives.append((fraction, one[3] if found[2] in ("NM", "NUMERICAL") else text, told))
            rest = rest.split(one[0], 1)[1]
        if found[2].startswith("M") and "R" in found[2]:
            # rights share the points, however many they are (multianswer/questiontype.php)
            whole = sum(fraction for fraction, _, _ in alternatives if fraction > 0)
            assert whole > 0
            alternatives = [(f / whole if f > 0 else f, text, told) for f, text, told in alternatives]
        else:
            assert max(fraction for fraction, _, _ in alternatives) == 1.0
        assert all(text.strip(" \t\n\r\0\x0b") for _, text, _ in alternatives)
        if found[2] in ("NM", "NUMERICAL"):
            assert all(re.fullmatch(f"{NUMBER}(:{NUMBER})?", text) for _, text, _ in alternatives)
        elif found[2].startswith("M"):
            assert len(alternatives) >= 2
        gaps.append((int(found[1] or 1), found[2], alternatives))
        stem = stem.replace(found[0], f"{{#{len(gaps)}}}", 1)
    return gaps


def matches(pattern: str, response: str, case: bool) -> bool:
    """shortanswer/question.php: stars that are not escaped stand for anything."""
    parts = [re.escape(part.replace(r"\*", "*")) for part in re.split(r"(?<!\\)\*+", pattern)]
    flags = re.S | (0 if case else re.I)
    return re.fullmatch(".*".join(parts), response.strip(), flags) is not None


def earned_by_text(answers: Iterable[tuple[float, str]], response: str, case: bool) -> float:
    """What the first answer that matches is worth."""
    return next((fraction for fraction, pattern in answers if matches(pattern.strip(), response, case)), 0.0)


def check_texts(answers: list[tuple[float, str]], accepted: Iterable[Accepted], case: bool, wildcard: bool) -> None:
    """Every accepted text earns its weight at least, and something else nothing."""
    for one in accepted:
        response = one.text.replace("*", "any") if wildcard else one.text
        assert earned_by_text(answers, response, case) >= float(one.weight) - 0.0001
    if not wildcard:
        assert earned_by_text(answers, "nobody would answer this", case) == 0


def check_numbers(answers: list[tuple[float, float, float]], accepted: Iterable[NumericAnswer]) -> None:
    """Each interval is accepted to its ends and not beyond, at its weight."""
    for one in accepted:
        low, high = (float(bound) for bound in one.bounds)
        margin = max(abs(high), abs(low), 1) * 1e-9
        for number in (low, (low + high) / 2, high):
            earned = max((f for f, value, width in answers if abs(number - value) <= width + margin), default=0.0)
            assert earned >= float(one.weight) - 0.0001
    top = max(float(one.bounds[1]) for one in accepted) + 1
    assert not [f for f, value, width in answers if abs(top - value) <= width and f > 0]


def check_grading(question: SubQuestion, element: Any, losses: set[str]) -> None:
    """The key earns 100 %, and what is wrong earns less, by Moodle's arithmetic."""
    if element.get("type") in ("gapselect", "ddwtos"):
        check_words(question, element, losses)
        return
    if "X302" in losses and isinstance(question, Ordering):
        assert element.get("type") == "matching"
        order = {stored(pair): stored(pair.find("answer")) for pair in element.findall("subquestion")}
        assert list(order.values()) == [
            str((question.answer or ()).index(item.id) + 1) for item in question.items
        ] or len(order) < len(question.items)
        return
    assert element.get("type") == TYPES[type(question)]
    match question:
        case SingleChoice() | MultipleChoice():
            check_choices(question, element, losses)
        case TrueFalse():
            right = {stored(answer): answer.get("fraction") for answer in element.findall("answer")}
            assert right == {"true": "100" if question.answer else "0", "false": "0" if question.answer else "100"}
        case ShortAnswer():
            answers = [(float(a.get("fraction")) / 100, stored(a)) for a in element.findall("answer")]
            case_sensitive = element.findtext("usecase") == "1"
            assert case_sensitive == question.case_sensitive
            check_texts(answers, question.answer or (), case_sensitive, question.wildcard)
        case Numeric():
            numbers = [
                (float(a.get("fraction")) / 100, float(stored(a)), float(a.findtext("tolerance")))
                for a in element.findall("answer")
                if stored(a) != "*"
            ]
            check_numbers(numbers, question.answer or ())
        case Cloze():
            gaps = gaps_of(element)
            assert len(gaps) == len(question.blanks)
            total = sum(weight for weight, _, _ in gaps)
            assert total == question.points or "X301" in losses
            whole = sum(blank.share for blank in question.blanks)
            for blank, (weight, kind, alternatives) in zip(in_stem_order(question), gaps, strict=True):
                assert Fraction(weight, total) == Fraction(blank.share, whole)
                check_gap(blank, kind, alternatives)
        case Matching():
            pairs = [p for p in element.findall("subquestion") if stored(p)]
            assert len(pairs) == len(question.prompts)
            places = [choice.id for choice in question.choices]
            answer = question.answer or {}
            by_choice: dict[str, set[str]] = {}
            for prompt, pair in zip(question.prompts, pairs, strict=True):
                by_choice.setdefault(answer[prompt.id], set()).add(stored(pair.find("answer")))
            assert all(len(texts) == 1 for texts in by_choice.values())
            assert len(places) >= len({stored(p.find("answer")) for p in element.findall("subquestion")})
        case Ordering():
            assert element.findtext("selecttype") == "ALL"
            assert len(element.findall("answer")) == len(question.items)
        case Essay() | Information():
            assert element.findall("answer") == []


def one_line(text: str) -> str:
    """A text with its white space as HTML shows it."""
    return re.sub("[ \t\n\r]+", " ", text).strip(" ")


def check_words(question: SubQuestion, element: Any, losses: set[str]) -> None:
    """Each gap's right word is the text of its blank's right choice, and its words are those of the blank."""
    assert isinstance(question, Cloze)
    found = words_of(element)
    assert len(found) == len(question.blanks)
    for blank, (right, words) in zip(in_stem_order(question), found, strict=True):
        assert isinstance(blank, ChoiceBlank)
        assert len(words) == len(blank.choices) or "X305" in losses
        texts = [one_line(choice.text) for choice in blank.choices if isinstance(choice.text, str)]
        if len(texts) == len(blank.choices) and all(texts):
            assert {html.unescape(word) for word in words} == set(texts)
            key = next(choice.text for choice in blank.choices if choice.id == blank.answer)
            assert html.unescape(right) == one_line(str(key))


def in_stem_order(question: Cloze) -> list[Blank]:
    """The blanks in the order of their gaps."""
    blanks = {blank.id: blank for blank in question.blanks}
    stem = question.stem if isinstance(question.stem, str) else question.stem.html
    names = [name for name in re.findall(r'<blank id="([^"]+)"', stem) if name in blanks]
    return [blanks[name] for name in dict.fromkeys([*names, *blanks])]


def check_gap(blank: Blank, kind: str, alternatives: list[tuple[float, str, str]]) -> None:
    """A gap accepts what its blank accepts."""
    match blank:
        case TextBlank():
            assert kind == ("SAC" if blank.case_sensitive else "SA")
            texts = [(fraction, text) for fraction, text, _ in alternatives]
            check_texts(texts, blank.answer or (), blank.case_sensitive, blank.wildcard)
        case NumericBlank():
            numbers = [(f, *(float(n) for n in text.split(":"))) for f, text, _ in alternatives]
            check_numbers(numbers, blank.answer or ())  # type: ignore[arg-type]  # two numbers each
        case ChoiceBlank():
            assert [c.id == blank.answer for c in blank.choices] == [f == 1.0 for f, _, _ in alternatives]
            assert all(f in (0.0, 1.0) for f, _, _ in alternatives)
    told = [a.feedback for a in (blank.choices if isinstance(blank, ChoiceBlank) else blank.answer or ())]
    assert [bool(text.strip()) for _, _, text in alternatives] == [bool(f and str(f).strip()) for f in told]


def check_choices(question: SingleChoice | MultipleChoice, element: Any, losses: set[str]) -> None:
    """Every response of few enough choices is graded; only the key earns everything."""
    fractions = [float(answer.get("fraction")) for answer in element.findall("answer")]
    single = element.findtext("single")
    assert single == ("true" if isinstance(question, SingleChoice) else "false")
    assert len(fractions) == len(question.choices)
    if question.scoring == "weighted":
        if "X301" not in losses:
            assert fractions == pytest.approx([float((c.weight or 0) * 100) for c in question.choices], abs=0.001)
        return
    if isinstance(question, SingleChoice):
        assert [f == 100 for f in fractions] == [c.id == question.answer for c in question.choices]
        assert max(f for f in fractions if f != 100) <= 0
        return
    right = {i for i, choice in enumerate(question.choices) if choice.id in (question.answer or ())}
    assert sum(fractions[i] for i in right) == pytest.approx(100, abs=0.001)
    if len(fractions) > 10:
        assert all(fractions[i] < 0 for i in range(len(fractions)) if i not in right or fractions[i] <= 0)
        return
    for size in range(1, len(fractions) + 1):
        for response in itertools.combinations(range(len(fractions)), size):
            earned = min(max(sum(fractions[i] for i in response), 0), 100)
            if set(response) != right:
                assert earned < 99.9
            if question.scoring == "each_correct" and "X301" not in losses:
                share = 100 * len(right & set(response)) / len(right)
                assert earned == pytest.approx(0 if set(response) - right else share, abs=0.001)
            if question.scoring == "balanced" and "X301" not in losses:
                wrong = len(fractions) - len(right)
                cost = 100 * len(set(response) - right) / wrong if wrong else 0
                assert earned == pytest.approx(max(100 * len(right & set(response)) / len(right) - cost, 0), abs=0.001)


def check(questions: Iterable[Question], header: Header, folder: Path, **options: str) -> tuple[int, Context]:
    """Write, read, judge; the number of questions that were judged."""
    bank = list(questions)
    data, ctx = written(bank, header, folder, **options)
    found = check_file(data)
    losses: dict[str, set[str]] = {}
    for loss in ctx.report:
        losses.setdefault(loss.question, set()).add(loss.code)
    judged = 0
    for question in alone(bank):
        codes = losses.get(question.id, set())
        if codes & {"X101", "X104"}:
            assert question.id not in found
            continue
        element = found.pop(question.id)
        if "X306" in codes:
            assert element.get("type") == "essay"
            continue
        check_grading(question, element, codes)
        judged += 1
    assert found == {}
    return judged, ctx


@pytest.mark.parametrize("path", BANKS, ids=lambda path: path.stem)
def test_samples(path: Path) -> None:
    """Each sample would be imported without a notice and graded as the bank says."""
    reader = open_bank(path)
    judged, ctx = check(reader.questions(), reader.header, path.parent)
    assert judged > 0
    assert not [d for d in ctx.report if d.code == "X104"]


def test_hostile_texts() -> None:
    """No text can change what Moodle reads: every kind with every special character in every place."""
    judged, ctx = check(module(HERE / "hostile_bank.py").questions(), Header(qbank=1, title="<b>&lt;"), HERE)
    assert judged > 700
    assert not [d for d in ctx.report if d.code == "X104"]


@pytest.mark.parametrize("seed", range(4))
def test_scrambled_texts(seed: int) -> None:
    """Neither can random runs of special characters."""
    bank = module(HERE / "hostile_bank.py")
    judged, _ = check(bank.questions(bank.scrambled(seed)), Header(qbank=1), HERE)
    assert judged > 250


def with_choice_gaps(questions: Iterable[Question]) -> Iterator[Cloze]:
    """Those cloze questions of which all gaps have choices, and what is left of the others without the rest."""
    for question in alone(questions):
        if isinstance(question, Cloze):
            blanks = tuple(blank for blank in question.blanks if isinstance(blank, ChoiceBlank))
            if blanks:
                yield msgspec.structs.replace(question, blanks=blanks)
        elif isinstance(question, SingleChoice) and question.answer is not None:
            blank = ChoiceBlank(id="b1", choices=question.choices, answer=question.answer, shuffle=question.shuffle)
            yield Cloze(id=question.id, stem=question.stem, blanks=(blank,))


@pytest.mark.parametrize("kind", ["gapselect", "ddwtos"])
def test_words_to_choose_and_to_drag(kind: str) -> None:
    """A cloze of choices is a question of either type that Moodle grades alike, whatever its texts are."""
    bank = module(HERE / "hostile_bank.py")
    for questions in (bank.questions(), bank.questions(bank.scrambled(1))):
        judged, ctx = check(with_choice_gaps(questions), Header(qbank=1), HERE, gaps=kind)
        assert judged > 50
        assert not [d for d in ctx.report if d.code in ("X104", "X310")]


def test_an_old_moodle() -> None:
    """Before 4.4 no file holds a type that would make it refuse the whole."""
    bank = module(HERE / "hostile_bank.py")
    _, ctx = check(bank.questions(), Header(qbank=1), HERE, version="4.3")
    assert "X302" in {d.code for d in ctx.report}
    data, _ = written(bank.questions(), Header(qbank=1), HERE, version="4.3")
    assert b'type="ordering"' not in data


def grouped(questions: Iterable[Question]) -> Iterator[Group]:
    """Every three of the questions as one group."""
    parts = [q for q in alone(questions) if not isinstance(q, Matching | Ordering | Essay)]
    for start in range(0, len(parts), 3):
        some = tuple(
            msgspec.structs.replace(q, units=()) if isinstance(q, Numeric) else q for q in parts[start : start + 3]
        )
        yield Group(id=f"g{start}", stem="Material.", questions=some)


def test_groups_as_cloze() -> None:
    """A group is one question with a gap for each part, and each gap accepts what its part accepts."""
    bank = module(HERE / "hostile_bank.py")
    groups = list(grouped([*bank.questions(), *bank.questions(bank.scrambled(2))]))
    data, ctx = written(groups, Header(qbank=1), HERE, groups="cloze")
    found = check_file(data)
    kept = {d.question for d in ctx.report if d.code == "X302"} - {d.question for d in ctx.report if d.code == "X104"}
    assert len(kept) > 100
    for group in groups:
        if group.id not in kept:
            continue
        gaps = gaps_of(found[group.id])
        wanted: list[SubQuestion | Blank] = []
        for sub in group.questions:
            wanted += in_stem_order(sub) if isinstance(sub, Cloze) else [] if isinstance(sub, Information) else [sub]
        assert len(gaps) == len(wanted)
        for part, (_, kind, alternatives) in zip(wanted, gaps, strict=True):
            if isinstance(part, TextBlank | NumericBlank | ChoiceBlank):
                check_gap(part, kind, alternatives)
            elif isinstance(part, MultipleChoice) and part.scoring == "each_correct":
                right = [fraction for fraction, _, _ in alternatives if fraction > 0]
                assert sum(right) == pytest.approx(1)
                assert [f > 0 for f, _, _ in alternatives] == [c.id in (part.answer or ()) for c in part.choices]
                assert all(fraction == -1 for fraction, _, _ in alternatives if fraction <= 0)
            elif isinstance(part, SingleChoice) and part.scoring != "weighted":
                assert [f == 1 for f, _, _ in alternatives] == [c.id == part.answer for c in part.choices]
            elif isinstance(part, TrueFalse):
                assert [f == 1 for f, _, _ in alternatives] == [part.answer, not part.answer]


@pytest.mark.parametrize("seed", [1, 2])
def test_synthetic_bank(seed: int) -> None:
    """A seeded bank of all kinds would be imported whole."""
    judged, _ = check(module(ROOT / "bench" / "make_bank.py").questions(500, seed=seed), Header(qbank=1), HERE)
    assert judged >= 500


def test_the_oracle_sees_what_moodle_refuses() -> None:
    """The rules bite: a file with a bad grade, a missing element or a loose blank does not pass."""
    sample = open_bank(ROOT / "tests" / "bank" / "multiple_choice.json")
    data, _ = written(sample.questions(), sample.header, ROOT / "tests" / "bank")
    check_file(data)
    for old, new in (
        (b'fraction="33.33333"', b'fraction="33.3"'),
        (b"<hidden>0</hidden>", b""),
        ("<![CDATA[对。]]>".encode(), b"a &amp; b"),
        (b'<generalfeedback format="html">', b"<generalfeedback>"),
        (b"<penalty>0.3333333</penalty>", b"<penalty>0.335</penalty>"),
    ):
        assert old in data
        with pytest.raises((AssertionError, TypeError)):
            check_file(data.replace(old, new))
