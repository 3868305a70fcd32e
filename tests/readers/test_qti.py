"""QTI 2 and 3 items, tests and packages as questions: interactions, response processing, feedback, sections, media."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from qbank import reading, richtext
from qbank.diagnostics import QbankError
from qbank.model import (
    Accepted,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
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
    TextBlank,
    TrueFalse,
    Unit,
)
from qbank.readers.qti.versions import version_of

SPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="
)
SCORE = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
CHOICES = "".join(
    f'<simpleChoice identifier="{name}">{text}</simpleChoice>'
    for name, text in (("A", "copper"), ("B", "oxygen"), ("C", "iron"), ("D", "helium"))
)


def response(
    kind: str = "single", base: str = "identifier", key: str = "", more: str = "", name: str = "RESPONSE"
) -> str:
    """A `responseDeclaration`; the values of `key` are separated by `|`."""
    values = "".join(f"<value>{value}</value>" for value in key.split("|")) if key else ""
    correct = f"<correctResponse>{values}</correctResponse>" if key else ""
    head = f'<responseDeclaration identifier="{name}" cardinality="{kind}" baseType="{base}">'
    return f"{head}{correct}{more}</responseDeclaration>"


def mapping(entries: Mapping[str, float], **attributes: str) -> str:
    """A `mapping`."""
    lines = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries.items())
    given = "".join(f' {name}="{value}"' for name, value in ({"defaultValue": "0"} | attributes).items())
    return f"<mapping{given}>{lines}</mapping>"


def template(name: str) -> str:
    """Standard response processing."""
    return f'<responseProcessing template="{TEMPLATES}{name}"/>'


def item(body: str, declared: str, processing: str = "", after: str = "", attributes: str = "", name: str = "q") -> str:
    """An item of QTI 2.1."""
    outcomes = "" if 'identifier="SCORE"' in declared else SCORE
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><assessmentItem xmlns="{SPACE}" identifier="{name}" title="T" '
        f'adaptive="false" timeDependent="false" {attributes}>{declared}{outcomes}<itemBody>{body}</itemBody>'
        f"{processing}{after}</assessmentItem>"
    )


def choice(kind: str = "1", attributes: str = "") -> str:
    """A choice interaction with four choices."""
    head = f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="{kind}" {attributes}>'
    return f"{head}<prompt>Which?</prompt>{CHOICES}</choiceInteraction>"


def read(text: str | bytes, name: str = "item.xml", folder: str = ".") -> tuple[list[Question], reading.Context]:
    """The questions of a document and what was said of it."""
    data = text.encode() if isinstance(text, str) else text
    document, ctx = reading.Document(name, data, folder), reading.Context()
    version = version_of(document) or "qti21"
    return list(reading.get(version).read(document, ctx)), ctx


def one(text: str) -> Any:
    """The only question of an item."""
    (question,) = read(text)[0]
    return question


def codes(text: str) -> list[str]:
    """The codes of the findings about an item."""
    return [d.code for d in read(text)[1].report]


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


def manifest(resources: str, metadata: str = "") -> str:
    """A manifest of QTI 2.1."""
    return (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><metadata><schema>QTIv2.1 Package</schema>'
        f"{metadata}</metadata><organizations/><resources>{resources}</resources></manifest>"
    )


def resource(href: str, kind: str = "item", metadata: str = "") -> str:
    """A resource of a manifest."""
    about = f"<metadata>{metadata}</metadata>" if metadata else ""
    return f'<resource identifier="R-{href}" type="imsqti_{kind}_xmlv2p1" href="{href}">{about}<file href="{href}"/></resource>'


# Choices


def test_a_single_choice() -> None:
    """Prompt, choices and key of a choice interaction; the text around it is the stem."""
    made = one(item(f"<p>Look.</p>{choice()}<p>Take your time.</p>", response(key="C"), template("match_correct")))
    assert isinstance(made, SingleChoice)
    assert richtext.plain(made.stem).split("\n") == ["Look.", "Which?", "Take your time."]
    assert [c.text for c in made.choices] == ["copper", "oxygen", "iron", "helium"]
    assert (made.answer, made.points, made.title, made.scoring) == ("C", 1, "T", "all_or_nothing")


def test_several_may_be_declared_where_one_may_be_chosen() -> None:
    """`maxChoices="1"` is a single choice whatever the cardinality."""
    made = one(item(choice(), response("multiple", key="B"), template("match_correct")))
    assert isinstance(made, SingleChoice)
    assert made.answer == "B"


def test_a_mapping_gives_weights() -> None:
    """What single choices earn becomes their weight, a share of what the key earns."""
    declared = response(key="A", more=mapping({"A": 4, "B": 1, "C": -2}))
    made = one(item(choice(), declared, template("map_response")))
    assert isinstance(made, SingleChoice)
    assert [c.weight for c in made.choices] == [1, Fraction(1, 4), Fraction(-1, 2), 0]
    assert (made.scoring, made.points) == ("weighted", 4)


def test_a_key_without_a_correct_response() -> None:
    """Where only a mapping says what is right, the best choice is the key."""
    made = one(item(choice(), response(more=mapping({"B": 2})), template("map_response")))
    assert (made.answer, made.points) == ("B", 2)


@pytest.mark.parametrize(
    ("entries", "bounds", "scoring"),
    [
        ({"A": 1, "B": 1, "C": -2, "D": -2}, {"lowerBound": "0"}, "each_correct"),
        ({"A": 1, "B": 1, "C": -1, "D": -1}, {"lowerBound": "0", "upperBound": "2"}, "balanced"),
        ({"A": 1, "B": 1}, {"defaultValue": "-2", "lowerBound": "0"}, "each_correct"),
        ({"A": 1, "B": 1, "C": -1}, {"lowerBound": "0"}, "weighted"),
    ],
)
def test_policies_of_multiple_choice(entries: dict[str, float], bounds: dict[str, str], scoring: str) -> None:
    """The policy of the bank is the one that gives the scores of the item."""
    declared = response("multiple", key="A|B", more=mapping(entries, **bounds))
    text = item(choice("0"), declared, template("map_response"))
    made = one(text)
    assert isinstance(made, MultipleChoice)
    assert (made.answer, made.scoring, made.points) == (("A", "B"), scoring, 2)
    assert codes(text) == []


def test_all_or_nothing() -> None:
    """`match_correct` with several choices is all or nothing, however its address is spelled."""
    for address in ("match_correct", "match_correct.xml"):
        made = one(item(choice("0"), response("multiple", key="A|B"), template(address)))
        assert (made.scoring, made.answer) == ("all_or_nothing", ("A", "B"))


def test_marking_that_the_bank_does_not_have() -> None:
    """A score that no policy gives is R043 with the line; the key is kept."""
    rule = (
        "<responseProcessing>\n<responseCondition><responseIf><match><variable identifier='RESPONSE'/>"
        "<correct identifier='RESPONSE'/></match><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>3"
        "</baseValue></setOutcomeValue></responseIf><responseElseIf><gte><containerSize><variable identifier='RESPONSE'/>"
        "</containerSize><baseValue baseType='integer'>2</baseValue></gte><setOutcomeValue identifier='SCORE'>"
        "<baseValue baseType='float'>1</baseValue></setOutcomeValue></responseElseIf></responseCondition></responseProcessing>"
    )
    text = item(choice("0"), response("multiple", key="A|B"), rule)
    assert one(text).answer == ("A", "B")
    assert "R043" in codes(text)


def test_true_and_false() -> None:
    """Two choices that say true and false, in any language known, are a true/false question."""
    for true, false in (("True", "False"), ("正确", "错误"), ("Richtig", "Falsch"), ("对", "错")):
        body = (
            '<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1"><prompt>Snow is white.</prompt>'
            f'<simpleChoice identifier="x">{true}</simpleChoice><simpleChoice identifier="y">{false}</simpleChoice>'
            "</choiceInteraction>"
        )
        made = one(item(body, response(key="y"), template("match_correct")))
        assert isinstance(made, TrueFalse)
        assert made.answer is False


def test_yes_and_no_stay_choices() -> None:
    """Two choices that say something else stay what they are."""
    body = choice().replace(
        CHOICES, '<simpleChoice identifier="x">Yes</simpleChoice><simpleChoice identifier="y">No</simpleChoice>'
    )
    assert isinstance(one(item(body, response(key="y"), template("match_correct"))), SingleChoice)


def test_hottext() -> None:
    """Hot words are the choices, and the text keeps them."""
    body = (
        '<hottextInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Find the verb.</prompt>'
        '<p>The <hottext identifier="h1">dog</hottext> <hottext identifier="h2">barks</hottext>.</p></hottextInteraction>'
    )
    made = one(item(body, response(key="h2"), template("match_correct")))
    assert richtext.plain(made.stem) == "Find the verb.\nThe dog barks."
    assert [(c.id, c.text) for c in made.choices] == [("h1", "dog"), ("h2", "barks")]
    assert made.answer == "h2"


# Feedback


SET_CHOICE = (
    '<responseCondition><responseIf><match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
    '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>'
    '</responseCondition><setOutcomeValue identifier="SAID"><variable identifier="RESPONSE"/></setOutcomeValue>'
)
SAID = '<outcomeDeclaration identifier="SAID" cardinality="single" baseType="identifier"/>'


def modal(name: str, text: str, outcome: str = "SAID", show: str = "show") -> str:
    """A `modalFeedback`."""
    return f'<modalFeedback outcomeIdentifier="{outcome}" identifier="{name}" showHide="{show}">{text}</modalFeedback>'


def test_feedback_of_a_choice() -> None:
    """What is shown for a choice is its feedback; what is shown for all others says that they are wrong."""
    after = modal("A", "Copper it is.") + modal("B", "No, a gas.") + modal("A", "Try metals.", show="hide")
    made = one(
        item(choice(), response(key="A") + SAID, f"<responseProcessing>{SET_CHOICE}</responseProcessing>", after)
    )
    assert [c.feedback for c in made.choices] == ["Copper it is.", "No, a gas.", None, None]
    assert made.feedback is not None
    assert (made.feedback.incorrect, made.feedback.correct) == ("Try metals.", None)


def test_feedback_inside_a_choice() -> None:
    """`feedbackInline` in a choice is its feedback and no part of its text."""
    inline = '<feedbackInline outcomeIdentifier="SAID" identifier="C" showHide="show">Rusty.</feedbackInline>'
    body = choice().replace("iron", f"iron {inline}")
    made = one(item(body, response(key="A") + SAID, f"<responseProcessing>{SET_CHOICE}</responseProcessing>"))
    assert (made.choices[2].text, made.choices[2].feedback) == ("iron", "Rusty.")


def test_verdicts_and_general_feedback() -> None:
    """Feedback for right and wrong answers, and for everyone, is told apart by trying answers."""
    rules = (
        "<responseProcessing><responseCondition><responseIf><match><variable identifier='RESPONSE'/><correct identifier="
        "'RESPONSE'/></match><setOutcomeValue identifier='SCORE'><variable identifier='MAXSCORE'/></setOutcomeValue>"
        "<setOutcomeValue identifier='SAID'><baseValue baseType='identifier'>f1</baseValue></setOutcomeValue></responseIf>"
        "<responseElse><setOutcomeValue identifier='SAID'><baseValue baseType='identifier'>f2</baseValue></setOutcomeValue>"
        "</responseElse></responseCondition><setOutcomeValue identifier='ALL'><baseValue baseType='identifier'>x</baseValue>"
        "</setOutcomeValue></responseProcessing>"
    )
    declared = (
        response(key="A")
        + SAID
        + SAID.replace("SAID", "ALL")
        + '<outcomeDeclaration identifier="MAXSCORE" cardinality="single" baseType="float"><defaultValue><value>5</value>'
        "</defaultValue></outcomeDeclaration>"
    )
    after = modal("f1", "Right.") + modal("f2", "Wrong.") + modal("x", "See page 3.", "ALL")
    made = one(item(choice(), declared, rules, after))
    assert made.feedback is not None
    assert (made.feedback.correct, made.feedback.incorrect, made.feedback.general) == (
        "Right.",
        "Wrong.",
        "See page 3.",
    )
    assert made.points == 5


def test_a_hint() -> None:
    """A block that a button shows is a hint."""
    body = (
        f"{choice()}<p><endAttemptInteraction responseIdentifier='HELP' title='Hint'/></p>"
        "<feedbackBlock outcomeIdentifier='SAID' identifier='h' showHide='show'><p>It conducts.</p></feedbackBlock>"
    )
    rule = (
        "<responseProcessing><responseCondition><responseIf><variable identifier='HELP'/><setOutcomeValue identifier='SAID'>"
        "<baseValue baseType='identifier'>h</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>"
    )
    made = one(item(body, response(key="A") + response(base="boolean", name="HELP") + SAID, rule))
    assert (made.hints, made.stem) == (("It conducts.",), "Which?")


# Words and numbers


def entry(text: str = "The capital of France:", more: str = "") -> str:
    """A paragraph with a text entry behind it."""
    return f'<p>{text}</p><p><textEntryInteraction responseIdentifier="RESPONSE"/>{more}</p>'


def test_accepted_texts() -> None:
    """Each line of a mapping is an accepted text with its share; case counts where the item says so."""
    declared = response(base="string", key="Paris", more=mapping({"Paris": 2, "Lutetia": 1}))
    made = one(item(entry(), declared, template("map_response")))
    assert isinstance(made, ShortAnswer)
    assert made.answer == (Accepted(text="Paris"), Accepted(text="Lutetia", weight=Fraction(1, 2)))
    assert (made.case_sensitive, made.points) == (False, 2)
    strict = one(item(entry(), response(base="string", key="Paris"), template("match_correct")))
    assert (strict.answer, strict.case_sensitive) == ((Accepted(text="Paris"),), True)


def test_texts_in_the_rules() -> None:
    """Texts that only the response processing names are accepted, too; a part of the text is a wildcard."""
    rule = (
        "<responseProcessing><responseCondition><responseIf><stringMatch caseSensitive='false' substring='true'>"
        "<variable identifier='RESPONSE'/><baseValue baseType='string'>pari</baseValue></stringMatch><setOutcomeValue "
        "identifier='SCORE'><baseValue baseType='float'>1</baseValue></setOutcomeValue></responseIf></responseCondition>"
        "</responseProcessing>"
    )
    made = one(item(entry(), response(base="string"), rule))
    assert (made.answer, made.wildcard, made.case_sensitive) == ((Accepted(text="*pari*"),), True, False)


def numeric(test: str, key: str = "20", base: str = "float") -> Any:
    """The question of an item whose number is right where a test holds."""
    rule = (
        f"<responseProcessing><responseCondition><responseIf>{test}<setOutcomeValue identifier='SCORE'><baseValue "
        "baseType='float'>1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>"
    )
    return one(item(entry("How many?"), response(base=base, key=key), rule))


CORRECT = "<correct identifier='RESPONSE'/>"
GIVEN = "<variable identifier='RESPONSE'/>"


@pytest.mark.parametrize(
    ("test", "low", "high"),
    [
        (f"<equal toleranceMode='exact'>{CORRECT}{GIVEN}</equal>", "20", "20"),
        (f"<equal toleranceMode='absolute' tolerance='0.5'>{CORRECT}{GIVEN}</equal>", "19.5", "20.5"),
        (f"<equal toleranceMode='absolute' tolerance='1 2'>{CORRECT}{GIVEN}</equal>", "19", "22"),
        (f"<equal toleranceMode='relative' tolerance='10'>{CORRECT}{GIVEN}</equal>", "18", "22"),
        (f"<equal toleranceMode='relative' tolerance='25'>{GIVEN}{CORRECT}</equal>", "16", "80/3"),
        (
            f"<and><gte>{GIVEN}<baseValue baseType='float'>18</baseValue></gte><lte>{GIVEN}<baseValue baseType='float'>25"
            "</baseValue></lte></and>",
            "18",
            "25",
        ),
        (f"<equalRounded roundingMode='decimalPlaces' figures='0'>{GIVEN}{CORRECT}</equalRounded>", "19.5", "20.5"),
        (f"<match>{GIVEN}{CORRECT}</match>", "20", "20"),
    ],
)
def test_numbers(test: str, low: str, high: str) -> None:
    """Tolerances and ranges, however they are written, are found by trying numbers."""
    made = numeric(test)
    assert isinstance(made, Numeric)
    assert made.answer is not None
    assert [a.bounds for a in made.answer] == [(Fraction(low), Fraction(high))]


def test_a_range_around_the_key_is_a_tolerance() -> None:
    """A range with the key in its middle is a number with a tolerance."""
    made = numeric(f"<equal toleranceMode='absolute' tolerance='3'>{CORRECT}{GIVEN}</equal>")
    assert made.answer == (NumericAnswer(value=Fraction(20), tolerance=Fraction(3)),)


def test_a_unit_behind_the_field() -> None:
    """A short word behind the field of a number is its unit."""
    made = one(item(entry("How long?", " km"), response(base="float", key="5"), template("match_correct")))
    assert (made.units, made.stem) == ((Unit(name="km"),), "How long?")


def test_gaps_in_a_text() -> None:
    """Fields in running text, of words, numbers and lists, are the gaps of a cloze; each has its share."""
    body = (
        '<p>In <textEntryInteraction responseIdentifier="Y"/> the <textEntryInteraction responseIdentifier="W"/> was '
        '<inlineChoiceInteraction responseIdentifier="C" shuffle="true"><inlineChoice identifier="a">built</inlineChoice>'
        '<inlineChoice identifier="b">burnt</inlineChoice></inlineChoiceInteraction>.</p>'
    )
    declared = (
        response(base="integer", key="1889", name="Y")
        + response(base="string", key="tower", name="W", more=mapping({"tower": 2}))
        + response(key="a", name="C")
    )
    add = "<setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/>{}</sum></setOutcomeValue>"
    one_point = add.format("<baseValue baseType='float'>1</baseValue>")
    rules = "".join(
        f"<responseCondition><responseIf><match><variable identifier='{n}'/><correct identifier='{n}'/></match>{one_point}"
        "</responseIf></responseCondition>"
        for n in ("Y", "C")
    )
    guarded = (
        "<responseCondition><responseIf><not><isNull><variable identifier='W'/></isNull></not>"
        f"{add.format('<mapResponse identifier=' + chr(39) + 'W' + chr(39) + '/>')}</responseIf></responseCondition>"
    )
    made = one(item(body, declared, f"<responseProcessing>{rules}{guarded}</responseProcessing>"))
    assert isinstance(made, Cloze)
    year, word, verb = made.blanks
    assert isinstance(year, NumericBlank) and isinstance(word, TextBlank) and isinstance(verb, ChoiceBlank)  # noqa: PT018
    assert [b.share for b in made.blanks] == [1, 2, 1]
    assert list(richtext.blank_ids(made.stem)) == ["Y", "W", "C"]
    assert (verb.answer, verb.shuffle, made.points) == ("a", True, 4)


def test_a_word_bank() -> None:
    """The gaps of a gap match interaction offer its words; the pairs are the key."""
    body = (
        '<gapMatchInteraction responseIdentifier="RESPONSE" shuffle="false"><prompt>Fill in.</prompt>'
        '<gapText identifier="w1" matchMax="1">cat</gapText><gapText identifier="w2" matchMax="1">dog</gapText>'
        '<p>A <gap identifier="g1"/> barks at a <gap identifier="g2"/>.</p></gapMatchInteraction>'
    )
    made = one(item(body, response("multiple", "directedPair", "w2 g1|w1 g2"), template("match_correct")))
    assert isinstance(made, Cloze)
    assert [b.answer for b in made.blanks] == ["w2", "w1"]
    assert richtext.plain(made.stem) == "Fill in.\nA ____ barks at a ____."


# Pairs and orders


def match(lefts: str, rights: str, most: str = "1") -> str:
    """A match interaction; its choices are letters."""
    sets = "".join(
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{c}" matchMax="{most if s is lefts else 0}">the {c}</simpleAssociableChoice>'
            for c in s
        )
        + "</simpleMatchSet>"
        for s in (lefts, rights)
    )
    return (
        f'<matchInteraction responseIdentifier="RESPONSE" shuffle="true" maxAssociations="0">{sets}</matchInteraction>'
    )


def test_matching() -> None:
    """Left and right sides, distractors, and how pairs are marked."""
    declared = response("multiple", "directedPair", "a X|b X", mapping({"a X": 1, "b X": 1}))
    made = one(item(match("ab", "XYZ"), declared, template("map_response")))
    assert isinstance(made, Matching)
    assert made.answer == {"a": "X", "b": "X"}
    assert [c.text for c in made.choices] == ["the X", "the Y", "the Z"]
    assert (made.scoring, made.points, made.shuffle) == ("each_correct", 2, True)


def test_matching_the_other_way_round() -> None:
    """Where only the right sides have one partner each, they are the prompts."""
    made = one(
        item(match("ab", "XYZ", "3"), response("multiple", "directedPair", "a X|a Y|b Z"), template("match_correct"))
    )
    assert made.answer == {"X": "a", "Y": "a", "Z": "b"}
    assert made.scoring == "all_or_nothing"


def test_a_grid_with_several_marks_in_a_row() -> None:
    """Rows that take several columns become multiple choices of a group."""
    text = item(match("ab", "XY", "2"), response("multiple", "directedPair", "a X|a Y|b Y"), template("match_correct"))
    made = one(text)
    assert isinstance(made, Group)
    assert [sub.answer for sub in made.questions if isinstance(sub, MultipleChoice)] == [("X", "Y"), ("Y",)]
    assert "R048" in codes(text)


def order(key: str, rule: str) -> Any:
    """The question of an order interaction."""
    body = f'<orderInteraction responseIdentifier="RESPONSE" shuffle="true">{CHOICES}</orderInteraction>'
    return one(item(f"<p>Sort.</p>{body}", response("ordered", key=key), rule))


def test_ordering() -> None:
    """The correct response is the order; points for single places are found by trying orders."""
    made = order("D|B|A|C", template("match_correct"))
    assert isinstance(made, Ordering)
    assert (made.answer, made.scoring) == (("D", "B", "A", "C"), "all_or_nothing")
    places = "".join(
        f"<responseCondition><responseIf><match><index n='{i + 1}'><variable identifier='RESPONSE'/></index><baseValue "
        f"baseType='identifier'>{name}</baseValue></match><setOutcomeValue identifier='SCORE'><sum><variable identifier="
        "'SCORE'/><baseValue baseType='float'>1</baseValue></sum></setOutcomeValue></responseIf></responseCondition>"
        for i, name in enumerate("DBAC")
    )
    single = order("D|B|A|C", f"<responseProcessing>{places}</responseProcessing>")
    assert (single.scoring, single.points) == ("each_position", 4)


def test_pairs_of_one_list() -> None:
    """An associate interaction is the nearest a matching question comes to."""
    choices = "".join(
        f'<simpleAssociableChoice identifier="{c}" matchMax="1">{c}</simpleAssociableChoice>'
        for c in ("P", "Q", "R", "S")
    )
    body = f'<associateInteraction responseIdentifier="RESPONSE" shuffle="false" maxAssociations="2">{choices}</associateInteraction>'
    text = item(f"<p>Pair.</p>{body}", response("multiple", "pair", "P S|Q R"), template("match_correct"))
    made = one(text)
    assert made.answer == {"P": "S", "Q": "R"}
    assert codes(text) == ["R048"]


# What a person marks, and what the bank has no kind for


def test_an_essay_with_what_its_marker_reads() -> None:
    """The rubric and the model answer stand in blocks for the scorer."""
    body = (
        '<rubricBlock view="candidate"><p>Write in English.</p></rubricBlock><p>Why?</p>'
        '<extendedTextInteraction responseIdentifier="RESPONSE" expectedLines="25" format="plain"/>'
        '<rubricBlock view="scorer tutor"><ul><li>Reason <strong class="points">2</strong></li><li>Style</li></ul></rubricBlock>'
        '<rubricBlock view="scorer" class="model-answer"><p>Because.</p></rubricBlock>'
    )
    maximum = '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float" normalMaximum="8"/>'
    made = one(item(body, response(base="string") + maximum))
    assert isinstance(made, Essay)
    assert richtext.plain(made.stem) == "Write in English.\nWhy?"
    assert [(c.text, c.points) for c in made.rubric] == [("Reason", 2), ("Style", None)]
    assert (made.answer, made.points, made.lines, made.style, made.response) == ("Because.", 8, 25, "long", "plain")


def test_a_slider_is_a_number() -> None:
    """A slider is read as a number to write, which is reported."""
    body = '<sliderInteraction responseIdentifier="RESPONSE" lowerBound="0" upperBound="10"><prompt>How warm?</prompt></sliderInteraction>'
    text = item(body, response(base="integer", key="7"), template("match_correct"))
    assert one(text).answer == (NumericAnswer(value=Fraction(7)),)
    assert codes(text) == ["R048"]


def test_what_the_bank_has_no_kind_for() -> None:
    """A graphic interaction is a draft with its text, and the item itself is kept."""
    body = (
        '<p>Where is Rome?</p><hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Click.</prompt>'
        '<object type="image/png" data="map.png" width="9" height="9">a map</object>'
        '<hotspotChoice identifier="r" shape="circle" coords="1,1,1"/></hotspotInteraction>'
    )
    text = item(body, response(key="r"), template("match_correct"))
    made = one(text)
    assert isinstance(made, Information)
    assert made.status == "draft"
    assert richtext.plain(made.stem) == "Where is Rome?\nClick.\n[a map]"
    assert made.extensions["qti21"]["xml"] == text
    assert codes(text) == ["R040", "R044"]


def test_values_drawn_by_chance() -> None:
    """A template variable stands as its name in a draft."""
    declared = (
        response(base="integer") + '<templateDeclaration identifier="N" cardinality="single" baseType="integer"/>'
    )
    text = item(entry('Twice <printedVariable identifier="N"/>?'), declared + SCORE, template("match_correct"))
    made = one(text)
    assert (made.stem, made.status) == ("Twice {N}?", "draft")
    assert "R043" in codes(text)


def test_nothing_to_answer() -> None:
    """An item without an interaction is information."""
    assert isinstance(one(item("<p>Read this.</p>", "")), Information)


def test_several_questions_in_one_item() -> None:
    """Several interactions are a group: what stands before the first is the material."""
    second = choice().replace("RESPONSE", "R_2").replace("Which?", "And then?")
    declared = response(key="A") + response(key="B", name="R_2")
    add = "<setOutcomeValue identifier='SCORE'><sum><variable identifier='SCORE'/><baseValue baseType='float'>1</baseValue></sum></setOutcomeValue>"
    rules = "".join(
        f"<responseCondition><responseIf><match><variable identifier='{n}'/><correct identifier='{n}'/></match>{add}"
        "</responseIf></responseCondition>"
        for n in ("RESPONSE", "R_2")
    )
    text = item(f"<p>Metals.</p>{choice()}{second}", declared, f"<responseProcessing>{rules}</responseProcessing>")
    made = one(text)
    assert isinstance(made, Group)
    assert made.stem == "Metals."
    assert [(sub.id, sub.stem, sub.points) for sub in made.questions] == [("q-1", "Which?", 1), ("q-2", "And then?", 1)]
    assert [sub.answer for sub in made.questions if isinstance(sub, SingleChoice)] == ["A", "B"]
    assert codes(text) == []


# Texts and versions


def test_formulas_and_language() -> None:
    """MathML is TeX, its annotation first; `xml:lang` is the language."""
    math = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><msup><mi>x</mi><mn>2</mn></msup>'
        '<annotation encoding="LaTeX">\\(x^{2}\\)</annotation></semantics></math>'
    )
    bare = (
        '<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:mfrac><m:mn>1</m:mn><m:mn>2</m:mn></m:mfrac></m:math>'
    )
    made = one(item(f"<p>{math} or {bare}</p>", "", attributes='xml:lang="fr-FR"'))
    assert [e.children for e in richtext.elements(made.stem) if e.tag == "tex"] == [("x^{2}",), ("\\frac{1}{2}",)]
    assert made.language == "fr-FR"


QTI3 = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="n3" title="Three"
 adaptive="false" time-dependent="false"><qti-response-declaration identifier="RESPONSE" cardinality="single"
 base-type="identifier"><qti-correct-response><qti-value>b</qti-value></qti-correct-response></qti-response-declaration>
<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float" normal-maximum="3"/>{stimulus}
<qti-item-body><qti-choice-interaction response-identifier="RESPONSE" max-choices="1"><qti-prompt>Which is
 third?</qti-prompt><qti-simple-choice identifier="a">two</qti-simple-choice><qti-simple-choice identifier="b">three
</qti-simple-choice></qti-choice-interaction></qti-item-body><qti-response-processing
 template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/></qti-assessment-item>"""


def test_qti_3() -> None:
    """The names of QTI 3 mean the same as those of QTI 2."""
    text = QTI3.replace("{stimulus}", "")
    assert version_of(reading.Document("x.xml", text.encode())) == "qti30"
    made = one(text)
    assert (made.stem, made.answer, made.points, made.title) == ("Which is third?", "b", 3, "Three")


@pytest.mark.parametrize(
    ("head", "version"),
    [
        (f'<assessmentItem xmlns="{SPACE}"', "qti21"),
        ('<!-- x --><qti:assessmentItem xmlns:qti="http://www.imsglobal.org/xsd/imsqti_v2p2"', "qti22"),
        ('<assessmentTest identifier="t"', "qti21"),
        ('<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"', None),
        ("<quiz", None),
        ("<html", None),
    ],
)
def test_versions(head: str, version: str | None) -> None:
    """The version is told by the root element and its namespace."""
    assert version_of(reading.Document("x.xml", f"<?xml version='1.0'?>{head}/>".encode())) == version


# Packages


QUESTION = item(choice(), response(key="C"), template("match_correct"))


def test_a_package() -> None:
    """Items in the order of the manifest, pictures as assets, metadata from LOM."""
    lom = (
        '<lom xmlns="http://ltsc.ieee.org/xsd/LOM"><general><keyword><string>metals</string></keyword></general><educational>'
        "<difficulty><source>LOMv1.0</source><value>difficult</value></difficulty></educational><classification>"
        "<taxonPath><taxon><entry><string>Chemistry</string></entry></taxon><taxon><entry><string>Elements</string>"
        "</entry></taxon></taxonPath></classification></lom>"
    )
    shown = item('<p><img src="../pics/a%20b.png" alt="a dot"/></p>', "", name="second")
    data = zipped(
        {
            "__MACOSX/._imsmanifest.xml": b"\x00",
            "imsmanifest.xml": manifest(resource("items/1.xml", metadata=lom) + resource("items/2.xml")),
            "items/1.xml": QUESTION,
            "items/2.xml": shown,
            "pics/a b.png": PIXEL,
        }
    )
    (first, second), ctx = read(data, "bank.zip")
    assert (first.tags, first.category, first.difficulty) == (("metals",), ("Chemistry", "Elements"), 4)
    assert list(ctx.assets) == list(richtext.asset_names(second.stem)) == ["a-b.png"]
    assert not list(ctx.report)


def test_a_picture_is_what_its_bytes_say() -> None:
    """Its type is that of its content, its digest goes with it, and what is no picture is reported."""
    shown = item('<p><img src="a.jpg" alt="a"/><img src="b.png" alt="b"/></p>', "")
    data = zipped(
        {"imsmanifest.xml": manifest(resource("1.xml")), "1.xml": shown, "a.jpg": PIXEL, "b.png": b"no picture"}
    )
    _, ctx = read(data, "bank.zip")
    (asset,) = ctx.assets.values()
    assert (asset.media_type, asset.sha256) == ("image/png", hashlib.sha256(PIXEL).hexdigest())
    assert [d.code for d in ctx.report] == ["R044"]


def test_sections_are_categories() -> None:
    """Where a test has several sections they are the categories, unless the manifest has others; what is said is kept."""
    sections = "".join(
        f'<assessmentSection identifier="S{i}" title="Part {i}" visible="true">{text}<assessmentItemRef identifier="i{i}" '
        f'href="{i}.xml"/></assessmentSection>'
        for i, text in ((1, '<rubricBlock view="candidate"><p>Be brief.</p></rubricBlock>'), (2, ""))
    )
    test = (
        f'<assessmentTest xmlns="{SPACE}" identifier="t" title="Exam"><testPart identifier="p" navigationMode="linear" '
        f'submissionMode="individual">{sections}</testPart></assessmentTest>'
    )
    data = zipped(
        {
            "imsmanifest.xml": manifest(resource("2.xml") + resource("1.xml") + resource("t.xml", "test")),
            "1.xml": QUESTION,
            "2.xml": QUESTION.replace('identifier="q"', 'identifier="r"'),
            "t.xml": test,
        }
    )
    questions, ctx = read(data, "exam.zip")
    assert [(q.id, q.category) for q in questions] == [("S1-text", ("Part 1",)), ("q", ("Part 1",)), ("r", ("Part 2",))]
    assert questions[0].stem == "Be brief."
    assert ctx.header.title == "Exam"
    assert questions[1].source is not None
    assert questions[1].source.section == "Part 1"


def test_items_of_one_stimulus_are_a_group() -> None:
    """Neighbouring items that refer to one stimulus are a group; a single one has it in its stem."""
    stimulus = (
        '<qti-assessment-stimulus xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="text1" title="A text">'
        "<qti-stimulus-body><p>Once upon a time.</p></qti-stimulus-body></qti-assessment-stimulus>"
    )
    refers = QTI3.replace("{stimulus}", '<qti-assessment-stimulus-ref identifier="s" href="s.xml"/>')
    listed = "".join(f'<resource identifier="{n}" type="imsqti_item_xmlv3p0" href="{n}.xml"/>' for n in "ab")
    members = {"imsmanifest.xml": manifest(listed), "s.xml": stimulus, "a.xml": refers}
    ((group,), _) = read(zipped(members | {"b.xml": refers.replace('"n3"', '"n4"')}), "p.zip")
    assert isinstance(group, Group)
    assert (group.id, group.stem, [sub.id for sub in group.questions]) == ("text1", "Once upon a time.", ["n3", "n4"])
    ((alone,), ctx) = read(zipped(members), "p.zip")
    assert richtext.plain(alone.stem) == "Once upon a time.\nWhich is third?"
    assert "R046" in [d.code for d in ctx.report]


def test_a_test_beside_its_items(tmp_path: Path) -> None:
    """A test or a manifest on its own reads the items that lie beside it, and nothing outside its folder."""
    (tmp_path / "secret.xml").write_text(QUESTION)
    inner = tmp_path / "exam"
    inner.mkdir()
    (inner / "1.xml").write_text(QUESTION)
    references = (
        '<assessmentItemRef identifier="a" href="1.xml"/><assessmentItemRef identifier="b" href="../secret.xml"/>'
    )
    test = (
        f'<assessmentTest xmlns="{SPACE}" identifier="t" title="Exam"><testPart identifier="p"><assessmentSection '
        f'identifier="s" title="S" visible="true">{references}</assessmentSection></testPart></assessmentTest>'
    )
    questions, ctx = read(test, "t.xml", str(inner))
    assert [q.id for q in questions] == ["q"]
    assert [d.code for d in ctx.report] == ["R046"]


def test_one_broken_item_does_not_stop_the_others() -> None:
    """An item that is no XML is a finding with its file; the others are read."""
    members = {
        "imsmanifest.xml": manifest(resource("bad.xml") + resource("gone.xml") + resource("good.xml")),
        "bad.xml": QUESTION[:200],
        "good.xml": QUESTION,
    }
    questions, ctx = read(zipped(members), "p.zip")
    assert [q.id for q in questions] == ["q"]
    assert sorted(d.code for d in ctx.report) == ["R042", "R046"]
    assert any(d.source is not None and d.source.file == "p.zip/bad.xml" for d in ctx.report)


def test_a_package_without_a_manifest() -> None:
    """Every item of an archive is read where nothing lists them."""
    questions, ctx = read(zipped({"a/1.xml": QUESTION, "readme.txt": "hello"}), "p.zip")
    assert ([q.id for q in questions], [d.code for d in ctx.report]) == (["q"], ["R047"])


# Hostile files


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + QUESTION.partition("?>")[2],
        f'<assessmentItem xmlns="{SPACE}" identifier="q">' + "<div>" * 2000 + "</div>" * 2000 + "</assessmentItem>",
        QUESTION[:-10],
        f'<assessmentResult xmlns="{SPACE}"/>',
    ],
    ids=["entities", "depth", "truncated", "another kind of file"],
)
def test_hostile_files_are_refused_in_a_sentence(text: str) -> None:
    """Entities, absurd depth and half files raise an error that says so."""
    with pytest.raises(QbankError):
        read(text)


def test_a_document_type_is_passed_over() -> None:
    """A DOCTYPE that only names a type is harmless: nothing is fetched, the item is read."""
    text = QUESTION.replace("?>", '?><!DOCTYPE assessmentItem SYSTEM "http://example.org/qti.dtd">')
    assert one(text).answer == "C"


def test_sections_that_hold_themselves(tmp_path: Path) -> None:
    """A section that refers to itself is read once."""
    section = f'<assessmentSection xmlns="{SPACE}" identifier="s" title="S"><assessmentSectionRef href="s.xml"/></assessmentSection>'
    (tmp_path / "s.xml").write_text(section)
    questions, ctx = read(section, "s.xml", str(tmp_path))
    assert (questions, [d.code for d in ctx.report]) == ([], ["R046"])


def test_a_pattern_cannot_take_for_ever() -> None:
    """A regular expression that would is not run; the correct response stays the key."""
    rule = (
        "<responseProcessing><responseCondition><responseIf><patternMatch pattern='(a+)+b'><variable identifier='RESPONSE'/>"
        "</patternMatch><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>1</baseValue></setOutcomeValue>"
        "</responseIf></responseCondition></responseProcessing>"
    )
    text = item(entry(), response(base="string", key="a" * 60), rule)
    assert one(text).answer == (Accepted(text="a" * 60),)
    assert "R043" in codes(text)
