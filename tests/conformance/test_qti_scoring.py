"""Every item is played by an interpreter of response processing that knows nothing of the exporter.

It is as strict as the strictest player known: all parts of an expression are
evaluated, and comparing, mapping or adding up an empty value is an error.
"""

from __future__ import annotations

import io
import math
import random
import re
import zipfile
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conformance.qti_oracle import Given, Value, key_of, responses, spelt, worth
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from qbank import export, richtext
from qbank.assets import AssetStore
from qbank.bankfile import open_bank
from qbank.export import Context, prepared
from qbank.model import (
    Accepted,
    Blank,
    Choice,
    ChoiceBlank,
    Cloze,
    Feedback,
    Group,
    Html,
    Item,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Prompt,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
    is_answered,
    points_of,
    texts,
)

pytestmark = pytest.mark.conformance

BANK = Path(__file__).parents[1] / "bank" / "all.json"
CLOSE = Fraction(1, 10**9)
VERSIONS = ("qti21", "qti22", "qti30")
MATCH_CORRECT = """
<responseProcessing><responseCondition><responseIf>
<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>
<responseElse><setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue>
</responseElse></responseCondition></responseProcessing>"""
MAP_RESPONSE = """
<responseProcessing><responseCondition><responseIf><isNull><variable identifier="RESPONSE"/></isNull>
<setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue></responseIf>
<responseElse><setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>
</responseElse></responseCondition></responseProcessing>"""
TEMPLATES = {
    address.format(name): processing
    for name, processing in (("match_correct", MATCH_CORRECT), ("map_response", MAP_RESPONSE))
    for address in (
        "http://www.imsglobal.org/question/qti_v2p1/rptemplates/{}",
        "http://www.imsglobal.org/question/qti_v2p2/rptemplates/{}",
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{}.xml",
    )
}


def _name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _all(node: Any, name: str) -> list[Any]:
    return [child for child in node if _name(child) == name]


def _as_qti2(item: Any) -> Any:
    """The item with the names of QTI 2, whatever it is written in."""
    for node in item.iter():
        name = _name(node)
        if name.startswith("qti-"):
            node.tag = _camel(name[4:])
            for key in [key for key in node.attrib if "-" in key and not key.startswith("{")]:
                node.set(_camel(key), node.attrib.pop(key))
    return item


def _camel(name: str) -> str:
    head, *more = name.split("-")
    return head + "".join(part.capitalize() for part in more)


class Player:
    """One item, ready to be answered any number of times."""

    def __init__(self, document: bytes) -> None:
        self.item = _as_qti2(etree.fromstring(document))
        self.responses = {node.get("identifier"): node for node in _all(self.item, "responseDeclaration")}
        self.outcomes = {node.get("identifier"): node for node in _all(self.item, "outcomeDeclaration")}
        self.remarks = [*_all(self.item, "modalFeedback"), *self.item.iter("{*}feedbackBlock")]
        processing = _all(self.item, "responseProcessing")
        self.processing: Any = processing[0] if processing else None
        if self.processing is not None and self.processing.get("template"):
            assert len(self.processing) == 0
            self.processing = etree.fromstring(TEMPLATES[self.processing.get("template")])

    def key(self) -> Given:
        """The response that the item itself declares correct."""
        return {name: self._correct(name) for name in self.responses}

    def play(self, given: Mapping[str, Value]) -> Given:
        """The outcomes of a response; names not in `given` are not answered."""
        assert set(given) <= set(self.responses)
        values: Given = {name: given.get(name) for name in self.responses}
        for name, node in self.outcomes.items():
            default = _all(node, "defaultValue")
            values[name] = _typed(node.get("baseType"), default[0][0].text) if default else None
        for rule in self.processing if self.processing is not None else ():
            self._run(rule, values)
        return values

    def score(self, given: Mapping[str, Value]) -> float:
        """The SCORE of a response."""
        found = self.play(given)["SCORE"]
        assert isinstance(found, float)
        return found

    def said(self, given: Mapping[str, Value]) -> list[str]:
        """The feedback that is shown, as plain text."""
        values = self.play(given)
        shown = [node for node in self.remarks if values[node.get("outcomeIdentifier")] == node.get("identifier")]
        return ["".join(node.itertext()).strip() for node in shown]

    def _run(self, rule: Any, values: Given) -> None:
        match _name(rule):
            case "setOutcomeValue":
                assert rule.get("identifier") in self.outcomes
                (expression,) = rule
                values[rule.get("identifier")] = self._value(expression, values)
            case "responseCondition":
                for part in rule:
                    rules = list(part)
                    if _name(part) != "responseElse" and self._value(rules.pop(0), values) is not True:
                        continue
                    for inner in rules:
                        self._run(inner, values)
                    return
            case other:
                raise AssertionError(f"unknown rule {other}")

    def _value(self, node: Any, values: Given) -> Value:
        name = _name(node)
        match name:
            case "baseValue":
                return _typed(node.get("baseType"), node.text)
            case "variable":
                return values[node.get("identifier")]
            case "correct":
                return self._correct(node.get("identifier"))
            case "mapResponse":
                return self._mapped(node.get("identifier"), values)
            case _:
                return self._computed(node, name, [self._value(child, values) for child in node])

    def _computed(self, node: Any, name: str, parts: list[Value]) -> Value:
        match name:
            case "isNull":
                return parts[0] is None
            case "not":
                return not parts[0]
            case "and":
                return all(part is True for part in parts)
            case "or":
                return any(part is True for part in parts)
            case "match":
                if parts[0] is None or parts[1] is None:
                    return None
                return _same(node, parts[0], parts[1], self)
            case "ordered":
                return parts
            case "index":
                (held,) = parts
                place = int(node.get("n"))
                return held[place - 1] if held is not None and place <= len(held) else None
            case "member":
                assert None not in parts, "a player fails on an empty container"
                return parts[0] in parts[1]
            case "sum":
                assert None not in parts, "a player fails on adding up nothing"
                return math.fsum(parts) if len(parts) > 2 else parts[0] + parts[1]
            case "gt":
                return self._compared(parts, lambda a, b: a > b)
            case "gte":
                return self._compared(parts, lambda a, b: a >= b)
            case "lte":
                return self._compared(parts, lambda a, b: a <= b)
            case "stringMatch":
                assert None not in parts, "a player fails on comparing nothing"
                assert node.get("substring") == "false"
                return _same_text(parts[0], parts[1], node.get("caseSensitive") == "true")
            case "patternMatch":
                assert None not in parts, "a player fails on comparing nothing"
                return re.fullmatch(node.get("pattern"), parts[0], re.S) is not None
            case other:
                raise AssertionError(f"unknown expression {other}")

    def _compared(self, parts: list[Value], test: Callable[[float, float], bool]) -> bool | None:
        return None if None in parts else test(parts[0], parts[1])

    def _correct(self, name: str) -> Value:
        declared = self.responses[name]
        found = _all(declared, "correctResponse")
        if not found:
            return None
        values = [_typed(declared.get("baseType"), node.text) for node in found[0]]
        return values[0] if declared.get("cardinality") == "single" else values

    def _mapped(self, name: str, values: Given) -> float:
        declared = self.responses[name]
        (mapping,) = _all(declared, "mapping")
        given = values[name]
        assert given is not None, "a player fails on mapping nothing"
        total = 0.0
        for one in dict.fromkeys(given) if isinstance(given, list) else [given]:
            total += self._entry(mapping, one)
        low, high = mapping.get("lowerBound"), mapping.get("upperBound")
        total = max(total, float(low)) if low is not None else total
        return min(total, float(high)) if high is not None else total

    @staticmethod
    def _entry(mapping: Any, value: Value) -> float:
        for entry in mapping:
            if _same_text(entry.get("mapKey"), value, entry.get("caseSensitive") != "false"):
                return float(entry.get("mappedValue"))
        return float(mapping.get("defaultValue"))


def _typed(base_type: str, text: str | None) -> Value:
    return float(text or "") if base_type in ("float", "integer") else (text or "")


def _same_text(one: str, other: str, case_sensitive: bool) -> bool:
    return one == other if case_sensitive else one.casefold() == other.casefold()


def _same(node: Any, one: Value, other: Value, player: Player) -> bool:
    """Whether two values match: the order counts only in ordered ones."""
    names = [child.get("identifier") for child in node if _name(child) == "variable"]
    declared = next((player.responses[name] for name in names if name in player.responses), None)
    if isinstance(one, list) and declared is not None and declared.get("cardinality") == "multiple":
        return sorted(one) == sorted(other)
    return bool(one == other)


def _export(question: Question, ctx: Context | None = None, version: str = "qti21") -> dict[str, Player]:
    """The items of one question by their identifiers."""
    ctx = ctx or Context()
    sink = io.BytesIO()
    exporter = export.get(version)
    exporter.write(prepared([question], exporter, ctx), sink, ctx)
    with zipfile.ZipFile(sink) as package:
        names = [name for name in package.namelist() if name.startswith("items/")]
        players = [Player(package.read(name)) for name in names]
    return {player.item.get("identifier"): player for player in players}


def _player(question: Question, version: str = "qti21") -> Player:
    (player,) = _export(question, version=version).values()
    return player


def _check(question: Question, player: Player) -> None:
    """Hold every response's SCORE against the bank's own words."""
    chance = random.Random(question.id)
    assert abs(Fraction(player.play({})["MAXSCORE"]) - question.points) < CLOSE
    assert player.score({}) == 0
    own = player.score(player.key())
    assert abs(Fraction(own) - worth(question, key_of(question))) < CLOSE, "the item's own key"
    for response in responses(question, chance):
        found = Fraction(player.score(spelt(question, response)))
        assert abs(found - worth(question, response)) < CLOSE, f"{question.id}: {response!r}"


def _parts(question: Question) -> tuple[Question, ...]:
    return question.questions if isinstance(question, Group) else (question,)


@pytest.fixture(scope="module", params=VERSIONS)
def played(request: pytest.FixtureRequest) -> list[tuple[Question, Player]]:
    """Every sample question that a machine can mark, with its item."""
    reader = open_bank(BANK)
    found: list[tuple[Question, Player]] = []
    for question in reader.questions():
        ctx = Context(header=reader.header, assets=AssetStore(reader.header.assets, reader.folder), drafts=True)
        players = _export(question, ctx, request.param)
        marked = [p for p in _parts(question) if is_answered(p) and p.id in players]
        found += [(part, players[part.id]) for part in marked]
    assert len(found) > 25
    return found


def test_the_key_earns_all_points(played: list[tuple[Question, Player]]) -> None:
    """For every sample the declared key scores exactly its points, and so does the bank's answer."""
    scored = 0
    for question, player in played:
        if player.processing is None or not player.responses or key_of(question) is None:
            continue
        assert player.score(player.key()) == float(points_of(question)), question.id
        assert player.score(spelt(question, key_of(question))) == float(points_of(question)), question.id
        scored += 1
    assert scored > 20


def test_samples_score_as_the_bank_says(played: list[tuple[Question, Player]]) -> None:
    """Right, wrong, partial and missing responses to every sample earn what the bank's words say."""
    for question, player in played:
        if key_of(question) is not None:
            _check(question, player)


def test_no_item_without_an_answer_is_scored() -> None:
    """A question without an answer has no key and no scoring."""
    choices = (Choice(id="a", text="x"), Choice(id="b", text="y"))
    open_ones: list[Question] = [
        SingleChoice(id="s", stem="x", choices=choices),
        MultipleChoice(id="m", stem="x", choices=choices),
        TrueFalse(id="t", stem="x"),
        ShortAnswer(id="w", stem="x"),
        Numeric(id="n", stem="x"),
        Matching(id="p", stem="x", prompts=(Prompt(id="q", text="x"),), choices=choices),
        Ordering(id="o", stem="x", items=(Item(id="a", text="x"), Item(id="b", text="y"))),
        Cloze(
            id="c",
            stem=Html(html="<p><blank id='a'/><blank id='b'/></p>"),
            blanks=(TextBlank(id="a", answer=(Accepted(text="x"),)), TextBlank(id="b")),
        ),
    ]
    for question in open_ones:
        ctx = Context(unanswered="ungraded")
        (player,) = _export(question, ctx).values()
        assert player.processing is None, question.id
        assert all(value is None for value in player.key().values()), question.id
        assert {d.code for d in ctx.report} == {"X306"}


POINTS = st.sampled_from(
    [Fraction(1), Fraction(2), Fraction(10), Fraction(1, 2), Fraction(1, 3), Fraction(7, 3), Fraction(0)]
)
WEIGHTS = st.sampled_from([Fraction(n, 12) for n in range(-12, 13)])
SHARES = st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)])
WORDS = st.text(st.sampled_from("aBc中.+$^(\\*) x"), min_size=1, max_size=8).filter(lambda t: t == " ".join(t.split()))
NUMBERS = st.fractions(-1000, 1000, max_denominator=1000).map(lambda f: Fraction(round(f * 100), 100))
REMARKS = st.sampled_from([None, Feedback(general="G"), Feedback(correct="C", partial="P", incorrect="I")])
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def _choices(draw: st.DrawFn) -> tuple[Choice, ...]:
    ids = draw(st.lists(st.sampled_from(["A", "B", "1", "_1", "c.x", "D"]), min_size=2, max_size=6, unique=True))
    return tuple(
        Choice(id=i, text=i, weight=draw(WEIGHTS), feedback=draw(st.sampled_from([None, f"f{i}"]))) for i in ids
    )


@st.composite
def _accepted(draw: st.DrawFn) -> tuple[Accepted, ...]:
    words = draw(st.lists(WORDS, min_size=1, max_size=3, unique_by=str.casefold))
    return tuple(Accepted(text=w, weight=draw(SHARES), feedback=draw(st.sampled_from([None, "f"]))) for w in words)


@st.composite
def _numeric_answers(draw: st.DrawFn) -> tuple[NumericAnswer, ...]:
    def one() -> NumericAnswer:
        value, size = draw(NUMBERS), draw(NUMBERS.map(abs))
        if draw(st.booleans()):
            return NumericAnswer(value=value, tolerance=size, weight=draw(SHARES))
        return NumericAnswer(min=value, max=value + size, weight=draw(SHARES), feedback="f")

    # the best first: where ranges overlap, the first one counts, in the bank and in the item
    return tuple(sorted((one() for _ in range(draw(st.integers(1, 3)))), key=lambda a: -a.weight))


@st.composite
def _marked(draw: st.DrawFn) -> Question:
    shared: dict[str, Any] = {"id": "q", "stem": "x", "points": draw(POINTS), "feedback": draw(REMARKS)}
    shared["hints"] = draw(st.sampled_from([(), ("HINT",)]))
    choices = draw(_choices())
    ids = [c.id for c in choices]
    match draw(st.integers(0, 8)):
        case 8:
            words = (*(choice for choice in choices if choice.feedback is None), Choice(id="x", text="x"))
            words = words if len(words) > 3 else tuple(Choice(id=i, text=i) for i in ("A", "g1", "3", "x"))
            keys = draw(st.permutations([word.id for word in words]))[:3]
            bank = tuple(
                ChoiceBlank(id=f"g{i}", choices=words, answer=key, share=draw(st.integers(1, 5)))
                for i, key in enumerate(keys)
            )
            stem = Html(html="<p>" + "".join(f"a <blank id='{b.id}'/>" for b in bank) + "</p>")
            return Cloze(**(shared | {"stem": stem}), blanks=bank)
        case 0:
            scoring: Any = draw(st.sampled_from(["all_or_nothing", "weighted"]))
            return SingleChoice(**shared, choices=choices, answer=draw(st.sampled_from(ids)), scoring=scoring)
        case 1:
            scoring = draw(st.sampled_from(["each_correct", "all_or_nothing", "balanced", "weighted"]))
            answer = tuple(draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)))
            return MultipleChoice(**shared, choices=choices, answer=answer, scoring=scoring)
        case 2:
            return TrueFalse(**shared, answer=draw(st.booleans()), feedback_true="t")
        case 3:
            return ShortAnswer(
                **shared, answer=draw(_accepted()), case_sensitive=draw(st.booleans()), wildcard=draw(st.booleans())
            )
        case 4:
            return Numeric(**shared, answer=draw(_numeric_answers()))
        case 5:
            prompts = tuple(Prompt(id=i, text=i) for i in ids)
            pairs = {i: draw(st.sampled_from(ids)) for i in ids}
            scoring = draw(st.sampled_from(["each_correct", "all_or_nothing"]))
            return Matching(**shared, prompts=prompts, choices=choices, answer=pairs, scoring=scoring)
        case 6:
            order = tuple(draw(st.permutations(ids)))
            scoring = draw(st.sampled_from(["all_or_nothing", "each_position"]))
            return Ordering(**shared, items=tuple(Item(id=i, text=i) for i in ids), answer=order, scoring=scoring)
        case _:
            blanks: tuple[Blank, ...] = (
                TextBlank(
                    id="z", answer=draw(_accepted()), share=draw(st.integers(1, 5)), wildcard=draw(st.booleans())
                ),
                NumericBlank(id="y", answer=draw(_numeric_answers()), share=draw(st.integers(1, 5))),
                ChoiceBlank(id="x", choices=choices, answer=draw(st.sampled_from(ids)), share=draw(st.integers(1, 5))),
            )[: draw(st.integers(1, 3))]
            gaps = "".join(f"<p>a <blank id='{b.id}'/></p>" for b in blanks)
            return Cloze(**(shared | {"stem": Html(html=gaps)}), blanks=blanks)


@SOME
@given(_marked(), st.sampled_from(VERSIONS))
def test_any_question_scores_as_the_bank_says(question: Question, version: str) -> None:
    """Whatever the points, weights, ids and policies, each response earns what the bank's words say, in any version."""
    _check(question, _player(question, version))


@SOME
@given(_marked().filter(lambda q: q.feedback is not None and q.feedback.correct is not None and q.points > 0))
def test_feedback_follows_the_score(question: Question) -> None:
    """The feedback for correct, partial and incorrect responses is shown for full, some and no points."""
    player = _player(question)
    for response in responses(question, random.Random(1)):
        earned = worth(question, response)
        if earned == question.points and response != key_of(question) and isinstance(question, MultipleChoice):
            continue  # weights beyond 1: two responses earn everything
        expected = "C" if earned == question.points else "P" if earned > 0 else "I"
        said = player.said(spelt(question, response))
        assert [text for text in said if text in ("C", "P", "I")] == [expected], response


@SOME
@given(_marked().filter(lambda q: bool(q.hints)))
def test_a_hint_is_no_verdict(question: Question) -> None:
    """Who asks for a hint reads it and nothing else, whatever was answered so far."""
    player = _player(question)
    for response in responses(question, random.Random(1)):
        assert player.said(spelt(question, response) | {"HINT_1": True}) == ["HINT"]


def test_feedback_of_choices_and_answers() -> None:
    """Each choice, accepted text and number says its own feedback, and only when it was given."""
    choices = tuple(Choice(id=i, text=i, feedback=f"f{i}") for i in "ABC")
    general = Feedback(general="G")
    single = _player(SingleChoice(id="s", stem="x", choices=choices, answer="A", feedback=general))
    assert single.said({"RESPONSE": "B"}) == ["fB", "G"]
    assert single.said({}) == ["G"]
    multiple = _player(MultipleChoice(id="m", stem="x", choices=choices, answer=("A", "B")))
    assert multiple.said({"RESPONSE": ["C", "A"]}) == ["fA", "fC"]
    assert multiple.said({}) == []
    truth = _player(TrueFalse(id="t", stem="x", answer=True, feedback_true="T", feedback_false="F"))
    assert (truth.said({"RESPONSE": "true"}), truth.said({"RESPONSE": "false"})) == (["T"], ["F"])
    accepted = (Accepted(text="a", feedback="fa"), Accepted(text="b"), Accepted(text="c", feedback="fc"))
    word = _player(ShortAnswer(id="w", stem="x", answer=accepted))
    assert [word.said({"RESPONSE": r}) for r in ("A", "b", "c", "d")] == [["fa"], [], ["fc"], []]
    blanks = (TextBlank(id="a", answer=accepted), ChoiceBlank(id="b", choices=choices, answer="A"))
    gaps = _player(Cloze(id="c", stem=Html(html="<p><blank id='b'/><blank id='a'/></p>"), blanks=blanks))
    assert gaps.said({"R1": "c", "R2": "B"}) == ["fc", "fB"]
    assert gaps.said({"R2": "A"}) == ["fA"]


def test_the_samples_texts_are_all_there(played: list[tuple[Question, Player]]) -> None:
    """Stem, choices, answers and feedback of every sample stand in its item, word for word."""
    for question, player in played:
        document = "".join(player.item.itertext())
        for pointer, text in texts(question):
            for element in richtext.walk(richtext.blocks(text)):
                if element.tag != "tex":
                    missing = [node for node in element.children if isinstance(node, str) and node not in document]
                    assert not missing, f"{question.id}{pointer}"
