"""The preview page: what is in the file, how it is marked, and that a bank cannot break out of it."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import itertools
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from artefacts import artefact
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import questions

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.cli import cli
from qbank.formats import preview
from qbank.model import (
    KINDS,
    Accepted,
    Asset,
    Choice,
    Header,
    Html,
    Item,
    Matching,
    MultipleChoice,
    MultipleScoring,
    Numeric,
    NumericAnswer,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    is_answered,
)

BANKS = Path(__file__).parents[1] / "bank"


def written(items: list[Question], header: Header | None = None, **options: str) -> tuple[str, export.Context]:
    """The page of some questions, and the context with its losses."""
    header = header or Header(qbank=1, language="en")
    ctx = export.Context(header=header, assets=AssetStore(header.assets), options=options)
    return artefact("preview", iter(items), ctx)[0].decode(), ctx


def block(page: str, name: str) -> Any:
    """The JSON in one of the page's data blocks."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def samples() -> list[Question]:
    """Every question of the sample bank."""
    return list(bankfile.open_bank(BANKS / "all.json").questions())


def score(marking: dict[str, Any], response: list[Any]) -> Fraction:
    """What a response earns, by the rules that `qbank.formats.preview` states, for boxes and choices."""
    earned, right = [], []
    for part, given_ in zip(marking["parts"], response, strict=True):
        if "pick" in part:
            earned.append(part["pick"] if given_ else 0)
            right.append(given_ == (part["pick"] > 0))
        else:
            earned.append(0 if given_ is None else part["options"][given_])
            right.append(earned[-1] > 0 and earned[-1] == max(part["options"]))
    total = sum(earned)
    if marking["rule"] == "exact":
        total = marking["of"] if all(right) else 0
    return Fraction(min(max(total, marking.get("least", total)), marking["of"]), marking["of"])


@pytest.mark.parametrize("scoring", ["each_correct", "all_or_nothing", "balanced"])
@pytest.mark.parametrize(("rights", "wrongs"), [(1, 1), (2, 3), (3, 1), (3, 0), (5, 2)])
def test_every_response_to_a_multiple_choice_earns_what_its_policy_says(
    scoring: MultipleScoring, rights: int, wrongs: int
) -> None:
    """All subsets of the choices, against the words of the policy, exactly."""
    choices = tuple(Choice(id=f"c{i}", text=str(i)) for i in range(rights + wrongs))
    key = tuple(choice.id for choice in choices[:rights])
    marking = preview.marking(MultipleChoice(id="q", stem="", choices=choices, answer=key, scoring=scoring))
    assert marking
    for ticked in itertools.product((False, True), repeat=len(choices)):
        good, bad = sum(ticked[:rights]), sum(ticked[rights:])
        match scoring:
            case "each_correct":
                expected = Fraction(0) if bad else Fraction(good, rights)
            case "all_or_nothing":
                expected = Fraction(good == rights and not bad)
            case _:
                expected = max(Fraction(0), Fraction(good, rights) - (Fraction(bad, wrongs) if bad else 0))
        assert score(marking, list(ticked)) == expected


def test_weights_are_exact_and_nearly_all_is_all() -> None:
    """Thirds add up to one; 0.33333 three times does too, as the check L107 lets it; 0.3 three times does not."""

    def best(weight: str) -> Fraction:
        choices = tuple(Choice(id=c, text=c, weight=Fraction(weight)) for c in "abc")
        question = MultipleChoice(id="q", stem="", choices=choices, answer=("a", "b", "c"), scoring="weighted")
        marking = preview.marking(question)
        assert marking
        return score(marking, [True] * 3)

    assert best("1/3") == best("0.33333") == 1
    assert best("0.3") == Fraction(9, 10)


def test_a_single_choice_may_cost_points() -> None:
    """A negative weight of a single choice is what it earns: only a multiple choice stops at zero."""
    choices = (Choice(id="a", text="a", weight=Fraction(1)), Choice(id="b", text="b", weight=Fraction(-1, 4)))
    marking = preview.marking(SingleChoice(id="q", stem="", choices=choices, answer="a", scoring="weighted"))
    assert marking
    assert score(marking, [1]) == Fraction(-1, 4)


def test_texts_are_cut_at_wildcards_only_where_there_are_wildcards() -> None:
    """A star is a star unless the question says otherwise."""
    answer = (Accepted(text="a*b", weight=Fraction(1, 2)),)
    literal = preview.marking(ShortAnswer(id="q", stem="", answer=answer))
    pattern = preview.marking(ShortAnswer(id="q", stem="", answer=answer, wildcard=True))
    assert literal
    assert pattern
    assert literal["parts"] == [{"texts": [{"like": ["a*b"], "earn": 1}], "case": False}]
    assert pattern["parts"][0]["texts"][0]["like"] == ["a", "b"]
    assert pattern["of"] == 2


def test_bounds_keep_decimals_in() -> None:
    """A number written at the very bound is within it: both become the same float."""
    answer = (NumericAnswer(value=Fraction("2.5"), tolerance=Fraction("0.05")),)
    marking = preview.marking(Numeric(id="q", stem="", answer=answer))
    assert marking
    assert marking["parts"][0]["numbers"] == [{"low": 2.45, "high": 2.55, "earn": 1}]


def test_every_answered_sample_can_be_marked_in_full() -> None:
    """What the bank can mark, the page can, and the best response to each part makes the whole."""
    units = [part for q in samples() for part in getattr(q, "questions", (q,))]
    for question in units:
        marking = preview.marking(question)
        is_marked = question.__struct_config__.tag not in ("essay", "information") and is_answered(question)
        assert (marking is not None) is is_marked, question.id
        if marking is None or marking["rule"] == "exact":
            continue
        best = 0
        for part in marking["parts"]:
            earned = part.get("options") or [one["earn"] for one in part.get("texts", part.get("numbers", ()))]
            best += max(part["pick"], 0) if "pick" in part else max(earned)
        assert best == marking["of"], question.id


@given(order=st.permutations(range(4)), name=st.from_regex(r"[a-z]{1,6}", fullmatch=True))
def test_items_are_not_shown_in_their_order_and_blindly_not_by_it(order: list[int], name: str) -> None:
    """With the key the order shown is never the answer; without it, it does not depend on the answer."""
    items = tuple(Item(id=f"i{i}", text=str(i)) for i in range(4))
    question = Ordering(id=name, stem="", items=items, answer=tuple(f"i{i}" for i in order))
    assert [items[i].id for i in preview.item_order(question, blind=False)] != list(question.answer or ())
    assert preview.item_order(question, blind=True) == preview.mixed(name, items)


def test_fixed_choices_keep_their_place() -> None:
    """Of the choices to match, those that are fixed are not mixed."""
    choices = tuple(Choice(id=f"c{i}", text=str(i), fixed=i == 5) for i in range(6))
    question = Matching(id="q", stem="", prompts=(Prompt(id="p", text="p"),), choices=choices, answer={"p": "c0"})
    order = preview.choice_order(question)
    assert order[5] == 5
    assert sorted(order) == list(range(6)) != order


@settings(max_examples=150)
@given(st.lists(questions(), max_size=3))
def test_any_question_can_be_shown(items: list[Question]) -> None:
    """Whatever the schema lets through, however wrong, is written, with the key and without; the data are JSON."""
    for key in ("yes", "no"):
        page, _ = written(items, key=key)
        assert [record["id"] for record in block(page, "data")] == [q.id for q in items]


def _secret(kind: str) -> dict[str, Any]:
    """A question whose every place that tells something of the answer says SECRET."""
    told = {"general": "SECRET", "correct": "SECRET", "partial": "SECRET", "incorrect": "SECRET"}
    common: dict[str, Any] = {"kind": kind, "id": f"q-{kind}", "stem": "Open", "hints": ["HINT"]}
    common |= {"feedback": told, "source": {"document": "d", "text": "SECRET"}, "extensions": {"x": {"y": "SECRET"}}}
    choices = [{"id": "A", "text": "a", "feedback": "SECRET"}, {"id": "B", "text": "b", "feedback": "SECRET"}]
    match kind:
        case "single_choice":
            return common | {"choices": choices, "answer": "A"}
        case "multiple_choice":
            return common | {"choices": choices, "answer": ["A"]}
        case "true_false":
            return common | {"answer": True, "feedback_true": "SECRET", "feedback_false": "SECRET"}
        case "short_answer":
            return common | {"answer": [{"text": "SECRET", "feedback": "SECRET"}]}
        case "numeric":
            return common | {"answer": [{"value": 987654321, "feedback": "SECRET"}]}
        case "cloze":
            text = {"kind": "text", "id": "t", "answer": [{"text": "SECRET", "feedback": "SECRET"}]}
            number = {"kind": "numeric", "id": "n", "answer": [{"value": 987654321}]}
            choice = {"kind": "choice", "id": "c", "choices": choices, "answer": "A"}
            return common | {"stem": {"html": '<p><blank id="t"/></p>'}, "blanks": [text, number, choice]}
        case "matching":
            return common | {"prompts": [{"id": "1", "text": "p"}], "choices": choices, "answer": {"1": "A"}}
        case "ordering":
            return common | {"items": [{"id": "a", "text": "a"}, {"id": "b", "text": "b"}], "answer": ["b", "a"]}
        case "essay":
            return common | {"answer": "SECRET", "rubric": [{"text": "SECRET"}]}
        case _:
            return common | {"questions": [_secret("single_choice") | {"id": "sub"}]}


KINDS_WITH_SECRETS = [kind for kind in KINDS if kind != "information"]


@pytest.mark.parametrize("kind", KINDS_WITH_SECRETS)
def test_without_the_key_nothing_tells_it(kind: str) -> None:
    """`key=no` leaves no answer, feedback, source or setting in the file; hints stay; the question is the same without an answer."""
    bank = bankfile.open_bytes(json.dumps({"qbank": 1, "questions": [_secret(kind)]}).encode(), "b.json")
    (question,) = bank.questions()
    shown, _ = written([question])
    assert "SECRET" in shown
    hidden, _ = written([question], key="no")
    assert "SECRET" not in hidden
    assert "987654321" not in hidden
    assert "HINT" in hidden
    (record,) = block(hidden, "data")
    assert not {"key", "marking", "feedback", "about", "findings", "model", "rubric"} & set(record)
    assert '"marking"' not in json.dumps(record)
    assert '"key"' not in json.dumps(record)


@pytest.mark.parametrize("kind", ["single_choice", "multiple_choice", "true_false", "matching", "ordering"])
def test_without_the_key_all_answers_look_the_same(kind: str) -> None:
    """Two questions that differ in their answer only give the same file."""
    other: dict[str, Any] = {
        "single_choice": "B",
        "multiple_choice": ["B", "A"],
        "true_false": False,
        "matching": {"1": "B"},
        "ordering": ["a", "b"],
    }
    pages = []
    for question in (_secret(kind), _secret(kind) | {"answer": other[kind]}):
        bank = bankfile.open_bytes(json.dumps({"qbank": 1, "questions": [question]}).encode(), "b.json")
        pages.append(written(list(bank.questions()), key="no")[0])
    assert pages[0] == pages[1]


def test_a_bank_cannot_end_the_data() -> None:
    """However a text is written, the page has the script elements of an empty page, one script and no handler."""
    evil = "</script><script>x()</script><!--<script> \u2028 ]]>"
    header = Header(qbank=1, title=evil.replace("\u2028", ""), description=evil, license=evil)
    items: list[Question] = [
        ShortAnswer(
            id="q", title="</script>", stem=evil, answer=(Accepted(text=evil),), tags=(evil,), category=(evil,)
        ),
        ShortAnswer(id="r", stem=Html(html=f"<p>{html.escape(evil)}</p>"), extensions={"x": {evil: evil}}),
    ]
    page, _ = written(items, header)
    empty, _ = written([])
    for part in ("<script", "</script", "<!--", "<style", "<template"):
        assert page.count(part) == empty.count(part), part
    assert not re.search(r"<[^>]*\son[a-z]+=", page.split("<script>")[0])


def test_the_policy_names_this_script_and_this_style_and_nothing_else() -> None:
    """The hashes are those of the script and the style in the page; nothing may be loaded from elsewhere."""
    page, _ = written([])
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy[1]).split("; "))
    script = page[page.index("<script>") + 8 : page.rindex("</script>")]
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    for name, text in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == rules["media-src"] == "data:"
    assert rules["require-trusted-types-for"] == "'script'"
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|DOMParser|https?://(?!www\.w3\.org)", script
    )


def test_media_are_in_the_file_once_and_those_that_are_not_there_are_reported() -> None:
    """A picture shown twice is held once, as a data: address; one that cannot be read is X203 and says so."""
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="
    header = Header(qbank=1, assets={"dot": Asset(base64=dot, media_type="image/png", alt="a dot")})
    stem = Html(
        html='<p><img src="asset:dot"/><img src="asset:dot" alt="again"/><img src="asset:gone" alt="lost"/></p>'
    )
    page, ctx = written([ShortAnswer(id="q", stem=stem)], header)
    assert page.count(dot) == 1
    assert block(page, "assets") == {"dot": f"data:image/png;base64,{dot}"}
    (record,) = block(page, "data")
    assert record["stem"] == [
        ["img", {"asset": "dot", "alt": "a dot"}],
        ["img", {"asset": "dot", "alt": "again"}],
        ["span", {"class": "missing"}, "[lost]"],
    ]
    assert [(loss.code, loss.pointer) for loss in ctx.report] == [("X203", "/stem")]


def test_formulas_are_mathml_and_those_that_cannot_be_are_reported() -> None:
    """A formula becomes a tree of MathML with its source as its description; an unknown command stays TeX, X304."""
    stem = Html(html="<p><tex>x^2</tex> <tex>\\unknowncommand{x}</tex></p>")
    page, ctx = written([ShortAnswer(id="q", stem=stem)])
    formula, _, source = block(page, "data")[0]["stem"]
    assert (formula[0], formula[1]["alttext"]) == ("math", "x^2")
    assert source == ["code", {"class": "tex"}, "\\unknowncommand{x}"]
    assert [loss.code for loss in ctx.report] == ["X304"]


def test_findings_stand_beside_their_question() -> None:
    """What the check finds is in the record of the question it is about; the bank's are not repeated."""
    reader = bankfile.open_bank(BANKS / "all.json")
    ctx = export.Context(header=reader.header, assets=AssetStore(reader.header.assets, reader.folder))
    sink = io.BytesIO()
    export.get("preview").write(reader.questions(), sink, ctx)
    records = block(sink.getvalue().decode(), "data")
    found = {r["id"]: [f["code"] for f in r["findings"]] for r in records if "findings" in r}
    assert found == {"lib-open-1": ["L104"], "lib-open-2": ["L104"], "lib-draft-1": ["L113"]}
    assert list(ctx.report) == []


def test_options_that_are_not_understood_are_refused() -> None:
    """A wrong value of an option is one clear sentence."""
    with pytest.raises(export.QbankError, match="yes or no"):
        written([], key="maybe")
    with pytest.raises(export.QbankError, match="en or zh"):
        written([], language="fr")


def test_the_page_speaks_the_language_of_the_bank() -> None:
    """Chinese for a Chinese bank, English for any other, and what is asked for."""
    assert '<html lang="zh-CN">' in written([], Header(qbank=1, language="zh-CN"))[0]
    assert '<html lang="en">' in written([], Header(qbank=1, language="de"))[0]
    assert '<html lang="zh-CN">' in written([], Header(qbank=1, language="de"), language="zh")[0]


def test_both_languages_have_all_words() -> None:
    """Every word is there in both, with the same places to fill in, and none is missing that a template uses."""
    from qbank.exporters._preview_words import KIND_NAMES, WORDS

    for table in (WORDS, KIND_NAMES):
        assert table["en"].keys() == table["zh"].keys()
    for name, text in WORDS["en"].items():
        assert set(re.findall(r"\{\d\}", text)) == set(re.findall(r"\{\d\}", WORDS["zh"][name])), name
    script = written([])[0].rpartition("<script>")[2]
    used = set(re.findall(r'\bsay\("([a-z_]+)"', script)) | set(re.findall(r"\bwords\.([a-z_]+)", script))
    assert used <= WORDS["en"].keys()


def test_a_template_of_ones_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    """A style in the user's folder is used, and the policy follows."""
    (tmp_path / "preview").mkdir()
    (tmp_path / "preview" / "style.css").write_text("body { color: teal }", encoding="utf-8")
    ctx, sink = export.Context(templates=str(tmp_path)), io.BytesIO()
    export.get("preview").write(iter(()), sink, ctx)
    assert "<style>body { color: teal }</style>" in sink.getvalue().decode()


def test_the_command_shows_a_bank_with_errors(tmp_path: Path) -> None:
    """Errors of the check are shown, not refused; what the schema refuses is listed on the page and makes exit code 1."""
    bank, out = tmp_path / "b.json", tmp_path / "b.html"
    wrong = {
        "kind": "single_choice",
        "id": "a",
        "stem": "x",
        "choices": [{"id": "A", "text": "1"}, {"id": "B", "text": "2"}],
    }
    bank.write_text(json.dumps({"qbank": 1, "questions": [wrong | {"answer": "Z"}]}), encoding="utf-8")
    done = CliRunner().invoke(cli, ["preview", str(bank), "-o", str(out), "--no-open"])
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    assert [f["code"] for f in block(page, "data")[0]["findings"]] == ["L103"]
    assert block(page, "unread-data") == []
    bank.write_text(json.dumps({"qbank": 1, "questions": [wrong, wrong | {"kind": "poem"}]}), encoding="utf-8")
    done = CliRunner().invoke(cli, ["preview", str(bank), "-o", str(out), "--no-open"])
    assert done.exit_code == 1
    page = out.read_text(encoding="utf-8")
    assert len(block(page, "data")) == 1
    assert "poem" in block(page, "unread-data")[0]


def test_the_command_leaves_the_key_out(tmp_path: Path) -> None:
    """`--no-key` and `--where` do what they say."""
    out = tmp_path / "b.html"
    arguments = ["preview", str(BANKS / "all.json"), "-o", str(out), "--no-open", "--no-key", "--where", "kind:essay"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    page = out.read_text(encoding="utf-8")
    assert len(block(page, "data")) == 3
    assert "馆藏的服务方式" not in page
