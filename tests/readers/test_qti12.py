"""How QTI 1.2 is read: the dialects, the marking that is computed, and what is done with files that are not right."""

from __future__ import annotations

import base64
import io
import zipfile
from fractions import Fraction

import pytest

from qbank import reading, richtext
from qbank.diagnostics import QbankError
from qbank.model import (
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
)

SPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mM4oaEBRwzEcQDRQxGBoNNuZAAAAABJRU5ErkJggg=="


def interop(items: str, *, space: bool = True, head: str = "") -> str:
    """A document of items."""
    named = f' xmlns="{SPACE}"' if space else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<questestinterop{named}>{items}</questestinterop>'


def item(presentation: str, rules: str = "", more: str = "", fields: str = "", about: str = 'ident="i1"') -> str:
    """An item; `fields` are labels and entries in turn."""
    parts = fields.split("|") if fields else []
    entries = "".join(
        f"<qtimetadatafield><fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry></qtimetadatafield>"
        for label, entry in zip(parts[::2], parts[1::2], strict=True)
    )
    metadata = f"<itemmetadata><qtimetadata>{entries}</qtimetadata></itemmetadata>" if entries else ""
    declared = '<outcomes><decvar varname="SCORE" vartype="Decimal" minvalue="0" maxvalue="100"/></outcomes>'
    marking = f"<resprocessing>{declared}{rules}</resprocessing>" if rules else ""
    return f"<item {about}>{metadata}<presentation>{presentation}</presentation>{marking}{more}</item>"


def material(text: str, kind: str = "text/plain") -> str:
    """A material."""
    return f'<material><mattext texttype="{kind}">{text}</mattext></material>'


def lid(labels: dict[str, str], ident: str = "R", cardinality: str = "Single", before: str = "", more: str = "") -> str:
    """A list of choices."""
    inside = "".join(
        f'<response_label ident="{name}">{material(text)}</response_label>' for name, text in labels.items()
    )
    return (
        f'<response_lid ident="{ident}" rcardinality="{cardinality}">{material(before) if before else ""}'
        f"<render_choice{more}>{inside}</render_choice></response_lid>"
    )


def fib(ident: str = "R", tag: str = "response_str", kind: str = "") -> str:
    """A field."""
    return f'<{tag} ident="{ident}"><render_fib{kind}><response_label ident="A"/></render_fib></{tag}>'


def rule(tests: str, score: str = "", action: str = "Set", says: str = "", go_on: str = "") -> str:
    """A rule."""
    change = f'<setvar varname="SCORE" action="{action}">{score}</setvar>' if score else ""
    shown = f'<displayfeedback feedbacktype="Response" linkrefid="{says}"/>' if says else ""
    stop = f' continue="{go_on}"' if go_on else ""
    return f"<respcondition{stop}><conditionvar>{tests}</conditionvar>{change}{shown}</respcondition>"


def equal(value: str, ident: str = "R", more: str = "") -> str:
    """A test for a value."""
    return f'<varequal respident="{ident}"{more}>{value}</varequal>'


def said(ident: str, text: str) -> str:
    """A feedback."""
    return f'<itemfeedback ident="{ident}"><flow_mat>{material(text)}</flow_mat></itemfeedback>'


def document(text: str | bytes, name: str = "quiz.xml") -> reading.Document:
    """A document of that content."""
    return reading.Document(name, text.encode() if isinstance(text, str) else text)


def read(text: str | bytes, name: str = "quiz.xml") -> tuple[list[Question], reading.Context]:
    """The questions of a document, and what was found."""
    ctx = reading.Context()
    return list(reading.get("qti12").read(document(text, name), ctx)), ctx


def one(items: str) -> Question:
    """The only question of some items."""
    questions, _ = read(interop(items))
    (question,) = questions
    return question


def codes(ctx: reading.Context) -> list[str]:
    """The codes of the findings."""
    return [d.code for d in ctx.report]


AB = {"a": "red", "b": "blue", "c": "green"}


def test_single_choice_with_everything() -> None:
    """Key, points, title, feedback of each kind, and the shuffling of a choice question."""
    made = one(
        item(
            material("Which?") + lid(AB, more=' shuffle="Yes"'),
            rule("<other/>", says="general_fb", go_on="Yes")
            + rule(equal("a"), says="a_fb", go_on="Yes")
            + rule(equal("b"), "100", says="correct_fb", go_on="No")
            + rule("<other/>", says="general_incorrect_fb", go_on="Yes"),
            said("general_fb", "G")
            + said("a_fb", "No red")
            + said("correct_fb", "C")
            + said("general_incorrect_fb", "W"),
            "question_type|multiple_choice_question|points_possible|2.5",
            'ident="q7" title="Colours"',
        )
    )
    assert isinstance(made, SingleChoice)
    assert (made.id, made.title, made.stem, made.points) == ("q7", "Colours", "Which?", Fraction(5, 2))
    assert (made.answer, made.scoring, made.shuffle) == ("b", "all_or_nothing", True)
    assert [c.feedback for c in made.choices] == ["No red", None, None]
    assert made.feedback is not None
    assert (made.feedback.general, made.feedback.correct, made.feedback.incorrect) == ("G", "C", "W")


def test_weights_of_a_single_choice() -> None:
    """Choices that earn a part of the points keep their weights."""
    rules = rule(equal("a"), "50") + rule(equal("b"), "100")
    made = one(item(material("?") + lid(AB), rules))
    assert isinstance(made, SingleChoice)
    assert made.scoring == "weighted"
    assert [c.weight for c in made.choices] == [Fraction(1, 2), 1, 0]


def test_points_come_from_the_file_where_it_has_them() -> None:
    """A maximum that is no percentage is the points; so is what the best response earns."""
    declared = '<resprocessing><outcomes><decvar varname="S" maxvalue="7"/></outcomes>{}</resprocessing>'
    body = f"<presentation>{material('?')}{lid(AB)}</presentation>"
    score = f'<respcondition><conditionvar>{equal("a")}</conditionvar><setvar varname="S" action="Add">7</setvar></respcondition>'
    assert one(f'<item ident="x">{body}{declared.format(score)}</item>').points == 7
    without = declared.replace(' maxvalue="7"', "")
    assert one(f'<item ident="x">{body}{without.format(score)}</item>').points == 7
    assert one(item(material("?") + lid(AB), rule(equal("a"), "100"))).points == 1


@pytest.mark.parametrize(("words", "key"), [(("True", "False"), True), (("对", "错"), True), (("No", "Yes"), None)])
def test_true_or_false(words: tuple[str, str], key: bool | None) -> None:
    """Two choices that say true and false are a statement; any other two are choices."""
    made = one(item(material("?") + lid(dict(zip("ab", words, strict=True))), rule(equal("a"), "100")))
    if key is None:
        assert isinstance(made, SingleChoice)
    else:
        assert isinstance(made, TrueFalse)
        assert made.answer is key


def test_a_choice_stays_one_where_the_file_says_so() -> None:
    """What Canvas calls a multiple choice is no true/false question, whatever its choices say."""
    fields = "question_type|multiple_choice_question"
    made = one(item(material("?") + lid({"a": "True", "b": "False"}), rule(equal("a"), "100"), fields=fields))
    assert isinstance(made, SingleChoice)


def test_multiple_answers_of_canvas() -> None:
    """Canvas gives each right choice its share and takes as much off for a wrong one, whatever its rule says."""
    tests = f"<and>{equal('a')}{equal('b')}<not>{equal('c')}</not></and>"
    fields = "question_type|multiple_answers_question"
    made = one(item(material("?") + lid(AB, cardinality="Multiple"), rule(tests, "100"), fields=fields))
    assert isinstance(made, MultipleChoice)
    assert made.answer == ("a", "b")
    assert made.scoring == "weighted"
    assert [c.weight for c in made.choices] == [Fraction(1, 2), Fraction(1, 2), Fraction(-1, 2)]
    exact = one(
        item(
            material("?") + lid(AB, cardinality="Multiple"),
            rule(tests, "100"),
            fields=f"{fields}|scoring_algorithm|AllOrNothing",
        )
    )
    assert isinstance(exact, MultipleChoice)
    assert exact.scoring == "all_or_nothing"


def test_multiple_answers_by_rule() -> None:
    """Without Canvas the rules themselves are computed: one for all, or one for each choice."""
    both = item(material("?") + lid(AB, cardinality="Multiple"), rule(equal("a") + equal("b"), "100"))
    made = one(both)
    assert isinstance(made, MultipleChoice)
    assert (made.answer, made.scoring) == (("a", "b"), "all_or_nothing")
    added = rule(equal("a"), "50", "Add") + rule(equal("b"), "50", "Add") + rule(equal("c"), "100", "Subtract")
    made = one(item(material("?") + lid(AB, cardinality="Multiple"), added))
    assert isinstance(made, MultipleChoice)
    assert (made.answer, made.scoring) == (("a", "b"), "each_correct")


def test_words() -> None:
    """Several accepted texts, what is said of each, and whether case matters."""
    rules = rule(equal("Rome"), says="x1_fb", go_on="Yes") + rule(equal("Rome") + equal("Roma"), "100", go_on="No")
    made = one(item(material("Capital?") + fib(), rules, said("x1_fb", "Yes"), "question_type|short_answer_question"))
    assert isinstance(made, ShortAnswer)
    assert made.answer is not None
    assert [(a.text, a.feedback) for a in made.answer] == [("Rome", "Yes"), ("Roma", None)]
    assert not made.case_sensitive
    strict = one(item(material("?") + fib(), rule(equal("NaCl", more=' case="Yes"'), "100")))
    assert isinstance(strict, ShortAnswer)
    assert strict.case_sensitive
    part = one(item(material("?") + fib(), rule('<varsubstring respident="R">salt</varsubstring>', "100")))
    assert isinstance(part, ShortAnswer)
    assert part.wildcard
    assert part.answer is not None
    assert part.answer[0].text == "*salt*"


def test_numbers() -> None:
    """An exact number, a number with a margin, a range, and integers with open ends."""
    bounds = '<vargte respident="R">{}</vargte><varlte respident="R">{}</varlte>'
    exact = rule(f"<or>{equal('5')}<and>{bounds.format(5, 5)}</and></or>", "100")
    margin = rule(f"<or>{equal('9.5')}<and>{bounds.format('9.25', '9.75')}</and></or>", "100")
    between = rule(bounds.format(20, 30), "50")
    made = one(item(material("?") + fib(kind=' fibtype="Decimal"'), exact + margin + between))
    assert isinstance(made, Numeric)
    assert made.answer is not None
    assert [a.bounds for a in made.answer] == [(5, 5), (Fraction(37, 4), Fraction(39, 4)), (20, 30)]
    assert [a.weight for a in made.answer] == [1, 1, Fraction(1, 2)]
    assert made.answer[1].tolerance == Fraction(1, 4)
    opened = '<vargt respident="R">3</vargt><varlt respident="R">7</varlt>'
    whole = one(item(material("?") + fib(tag="response_num", kind=' fibtype="Integer"'), rule(opened, "100")))
    assert isinstance(whole, Numeric)
    assert whole.answer is not None
    assert whole.answer[0].bounds == (4, 6)


def test_essays() -> None:
    """A field that nothing marks is an essay; solutions and notes for markers are its model answer."""
    solution = f'<itemfeedback ident="s"><solution><solutionmaterial>{material("Because.")}</solutionmaterial></solution></itemfeedback>'
    made = one(item(material("Why?") + fib(), rule("<other/>", go_on="No"), solution))
    assert isinstance(made, Essay)
    assert made.answer == "Because."
    noted = one(item(material("Why?") + fib(), fields="question_type|essay_question|grading_notes|Look for reasons."))
    assert isinstance(noted, Essay)
    assert noted.answer == "Look for reasons."


def test_fields_in_a_text() -> None:
    """Fields between words are the gaps of a cloze, each with its part of the points."""
    body = (
        material("One is ")
        + fib("A")
        + material(" and pi is ")
        + fib("B", "response_num", ' fibtype="Decimal"')
        + material(".")
    )
    near = '<vargte respident="B">3.1</vargte><varlte respident="B">3.2</varlte>'
    made = one(item(body, rule(equal("uno", "A"), "25", "Add") + rule(near, "75", "Add")))
    assert isinstance(made, Cloze)
    assert richtext.plain(made.stem) == "One is ____ and pi is ____."
    word, number = made.blanks
    assert isinstance(word, TextBlank)
    assert isinstance(number, NumericBlank)
    assert (word.share, number.share) == (1, 3)


def test_one_field_for_several_words() -> None:
    """The fields of one response are told apart by the places that the tests name."""
    inside = f'<response_label ident="A"/>{material(" and ")}<response_label ident="B"/>'
    body = (
        material("Salt is ")
        + f'<response_str ident="R" rcardinality="Ordered"><render_fib>{inside}</render_fib></response_str>'
    )
    tests = equal("sodium", more=' index="1"') + equal("chlorine", more=' index="2"')
    made = one(item(body, rule(tests, "100")))
    assert isinstance(made, Cloze)
    texts = [b.answer[0].text for b in made.blanks if isinstance(b, TextBlank) and b.answer]
    assert texts == ["sodium", "chlorine"]


@pytest.mark.parametrize("typed", [True, False])
def test_blanks_and_menus_of_canvas(typed: bool) -> None:
    """Gaps named in brackets: words where all that is listed means the same or the file says so, else menus."""
    words = {"1": "red", "2": "Red"}
    name = "fill_in_multiple_blanks_question" if typed else ""
    body = material("&lt;p&gt;A rose is [x].&lt;/p&gt;", "text/html") + lid(words, "response_x", before="x")
    made = one(item(body, rule(equal("1", "response_x"), "100", "Add"), fields=f"question_type|{name}" if name else ""))
    assert isinstance(made, Cloze)
    assert richtext.plain(made.stem) == "A rose is ____."
    (blank,) = made.blanks
    assert isinstance(blank, TextBlank)
    assert blank.answer is not None
    assert [a.text for a in blank.answer] == ["red", "Red"]
    name = "multiple_dropdowns_question" if typed else ""
    body = material("It is [y].") + lid({"1": "hot", "2": "cold"}, "response_y", before="y")
    made = one(item(body, rule(equal("2", "response_y"), "100", "Add"), fields=f"question_type|{name}" if name else ""))
    assert isinstance(made, Cloze)
    (menu,) = made.blanks
    assert isinstance(menu, ChoiceBlank)
    assert menu.answer == "2"


def test_matching() -> None:
    """Several lists of the same things are a matching question, distractors and all."""
    things = {"p": "Paris", "r": "Rome", "o": "Oslo"}
    body = material("Capitals") + lid(things, "f", before="France") + lid(things, "i", before="Italy")
    made = one(item(body, rule(equal("p", "f"), "50", "Add") + rule(equal("r", "i"), "50", "Add")))
    assert isinstance(made, Matching)
    assert [p.text for p in made.prompts] == ["France", "Italy"]
    assert [c.text for c in made.choices] == ["Paris", "Rome", "Oslo"]
    assert made.answer == {"1": "p", "2": "r"}
    assert made.scoring == "each_correct"
    whole = one(item(body, rule(f"<and>{equal('p', 'f')}{equal('r', 'i')}</and>", "100")))
    assert isinstance(whole, Matching)
    assert (whole.answer, whole.scoring) == ({"1": "p", "2": "r"}, "all_or_nothing")


def test_things_sorted_into_groups() -> None:
    """Lists that take several things each: every thing finds its group."""
    things = {"a": "apple", "b": "beet", "c": "cherry"}
    body = (
        material("Sort")
        + lid(things, "f", "Multiple", before="fruit")
        + lid(things, "v", "Multiple", before="vegetable")
    )
    rules = rule(equal("a", "f") + equal("c", "f"), "50", "Add") + rule(equal("b", "v"), "50", "Add")
    questions, ctx = read(interop(item(body, rules)))
    made = questions[0]
    assert isinstance(made, Matching)
    assert [p.text for p in made.prompts] == ["apple", "cherry", "beet"]
    assert made.answer == {"p1": "1", "p2": "1", "p3": "2"}
    assert "R048" in codes(ctx)


def test_ordering() -> None:
    """The order of the tests is the answer, or the places that they name."""
    body = material("Sort") + lid(AB, cardinality="Ordered")
    made = one(item(body, rule(equal("c") + equal("a") + equal("b"), "100")))
    assert isinstance(made, Ordering)
    assert made.answer == ("c", "a", "b")
    placed = equal("c", more=' index="2"') + equal("a", more=' index="3"') + equal("b", more=' index="1"')
    made = one(item(body, rule(f"<and>{placed}</and>", "100")))
    assert isinstance(made, Ordering)
    assert made.answer == ("b", "c", "a")


def test_texts_and_the_questions_about_them() -> None:
    """A text that the questions behind it name, and a section that presents one, make groups."""
    text = item(material("Read this."), fields="question_type|text_only_question", about='ident="t"')
    asked = item(
        material("?") + lid(AB),
        rule(equal("a"), "100"),
        fields="question_type|multiple_choice_question|parent_stimulus_item_ident|t",
    )
    group = one(text + asked)
    assert isinstance(group, Group)
    assert (group.id, group.stem, len(group.questions)) == ("t", "Read this.", 1)
    alone = one(text)
    assert isinstance(alone, Information)
    section = f'<section ident="s"><presentation_material><flow_mat>{material("Look.")}</flow_mat></presentation_material>{asked}</section>'
    group = one(section)
    assert isinstance(group, Group)
    assert group.stem == "Look."


def test_sections_are_categories() -> None:
    """Named sections are the category of what is in them; the names that tools give are not."""
    asked = item(material("?") + lid(AB), rule(equal("a"), "100"))
    inner = f'<section ident="s1" title="Unit 1"><section ident="s2" title="Atoms">{asked}</section></section>'
    questions, ctx = read(
        interop(f'<assessment ident="a" title="Exam"><section ident="root_section">{inner}</section></assessment>')
    )
    assert questions[0].category == ("Unit 1", "Atoms")
    assert ctx.header.title == "Exam"


def test_what_the_bank_cannot_hold_is_kept_whole() -> None:
    """Calculated questions, uploads and pictures to click on: a draft with the text, and the source under extensions."""
    calculated = item(material("[x] + 1") + fib(), more="<itemproc_extension><calculated/></itemproc_extension>")
    upload = item(material("Send it."), fields="question_type|file_upload_question", about='ident="i2"')
    spot = '<response_xy ident="R"><render_hotspot><response_label ident="A"/></render_hotspot></response_xy>'
    questions, ctx = read(interop(calculated + upload + item(material("Click.") + spot, about='ident="i3"')))
    assert [q.status for q in questions] == ["draft"] * 3
    assert codes(ctx).count("R040") == 3
    for question in questions:
        kept = question.extensions["qti12"]
        assert kept["xml"].startswith("<item ")
        assert kept["type"]


def test_no_namespace_and_a_document_type() -> None:
    """Files of the specification's time: no namespace, a DOCTYPE that names a file nobody fetches."""
    head = '<!DOCTYPE questestinterop SYSTEM "http://127.0.0.1:9/ims_qtiasiv1p2.dtd">'
    text = interop(item(material("?") + lid(AB), rule(equal("a"), "100")), space=False, head=head)
    assert reading.guess(document(text)) == "qti12"
    questions, ctx = read(text)
    assert len(questions) == 1
    assert codes(ctx) == []


def test_names_of_html_and_a_file_that_breaks_off() -> None:
    """Entities of HTML are characters; of a file that breaks off is read what is whole, and the line is named."""
    questions, ctx = read(interop(item(material("1&nbsp;kg &mdash; ?") + lid(AB), rule(equal("a"), "100"))))
    assert questions[0].stem == "1\u00a0kg — ?"
    assert codes(ctx) == []
    two = interop(item(material("?") + lid(AB), rule(equal("a"), "100")) + item(material("second"), about='ident="i2"'))
    questions, ctx = read(two[: two.index("second") + 3])
    assert isinstance(questions[0], SingleChoice)
    assert codes(ctx)[0] == "R042"
    assert all(d.source is not None and d.source.line > 0 for d in ctx.report if d.code == "R042")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE q [<!ENTITY a "b">]><questestinterop>&a;</questestinterop>',
        '<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><questestinterop>&a;</questestinterop>',
        "<questestinterop>" + "<flow>" * 5000 + "</flow>" * 5000 + "</questestinterop>",
        "<quiz/>",
        "",
        "no markup at all",
    ],
)
def test_hostile_and_foreign_files_are_refused(text: str) -> None:
    """Entities, endless nesting and what is no QTI end with one sentence."""
    with pytest.raises(QbankError):
        read(text)


def packed(members: dict[str, str | bytes]) -> bytes:
    """A zip archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"><resources>
<resource identifier="t" type="imsqti_xmlv1p2{}"><file href="t/t.xml"/><dependency identifierref="x"/></resource>
<resource identifier="x" type="associatedcontent/imscc_xmlv1p1/learning-application-resource" href="t/assessment_meta.xml">
<file href="t/assessment_meta.xml"/>{}</resource></resources></manifest>"""


def test_a_package_with_pictures() -> None:
    """Pictures are found by the root of the cartridge, beside the document, below web_resources, and where names fit."""
    sources = ["$IMS-CC-FILEBASE$/media/a.png", "%24IMS-CC-FILEBASE%24/b%20b.png?canvas_download=1", "deep/c.png"]
    shown = "".join(f'&lt;img src="{s}" alt="x"&gt;' for s in sources)
    text = interop(item(material(shown, "text/html") + lid(AB), rule(equal("a"), "100")))
    pixel = base64.b64decode(PIXEL)
    names = ("media/a.png", "web_resources/b b.png", "far/away/deep/c.png")
    data = packed(
        {
            "imsmanifest.xml": MANIFEST.format("", ""),
            "t/t.xml": text,
            **{n: pixel + bytes([i]) for i, n in enumerate(names)},
        }
    )
    assert reading.guess(document(data, "quiz.zip")) == "qti12"
    questions, ctx = read(data, "quiz.zip")
    assert list(richtext.asset_names(questions[0].stem)) == ["a.png", "b-b.png", "c.png"]
    assert codes(ctx) == []


def test_canvas_writes_a_test_twice_and_it_is_read_once() -> None:
    """Of a course export the fuller form of a test is read, and of its bank only what the test does not have."""
    short = interop('<assessment ident="t"><section ident="root_section"/></assessment>')
    fields = "question_type|multiple_choice_question|assessment_question_identifierref|b1"
    full = interop(item(material("?") + lid(AB), rule(equal("a"), "100"), fields=fields))
    entries = "".join(
        item(material(f"? {i}") + lid(AB), rule(equal("a"), "100"), about=f'ident="b{i}"') for i in (1, 2)
    )
    bank = interop(f'<objectbank ident="b">{entries}</objectbank>')
    more = '<file href="non_cc_assessments/t.xml.qti"/></resource><resource identifier="b" type="associatedcontent/imscc_xmlv1p1/learning-application-resource" href="non_cc_assessments/b.xml.qti"><file href="non_cc_assessments/b.xml.qti"/>'
    members: dict[str, str | bytes] = {
        "imsmanifest.xml": MANIFEST.format("/imscc_xmlv1p1/assessment", more),
        "t/t.xml": short,
        "non_cc_assessments/t.xml.qti": full,
        "non_cc_assessments/b.xml.qti": bank,
    }
    questions, ctx = read(packed(members), "course.imscc")
    assert [q.id for q in questions] == ["i1", "b2"]
    assert codes(ctx) == ["R046"]


def test_the_same_name_twice() -> None:
    """Two items of one name are two questions; the second says under extensions what it was called."""
    asked = item(material("?") + lid(AB), rule(equal("a"), "100"))
    questions, _ = read(interop(asked + asked.replace("red", "pink")))
    assert len({q.id for q in questions}) == 2
    assert questions[1].extensions == {"qti12": {"ident": "i1"}}


def test_what_nobody_said_is_not_made_up() -> None:
    """Without a key there is no answer, and a finding says so with the line."""
    questions, ctx = read(interop(item(material("?") + lid(AB))))
    assert isinstance(questions[0], SingleChoice)
    assert questions[0].answer is None
    (found,) = ctx.report
    assert found.code == "R011"
    assert found.question == "i1"
    assert found.source is not None


def test_formulas_and_foreign_markup() -> None:
    """TeX in delimiters is a formula; markup that the bank has no place for is taken off with a finding."""
    html = r"&lt;p style='color:red'&gt;\(x^2\)&lt;/p&gt;"
    questions, ctx = read(interop(item(material(html, "text/html") + lid(AB), rule(equal("a"), "100"))))
    assert any(e.tag == "tex" for e in richtext.elements(questions[0].stem))
    assert codes(ctx) == ["R041"]


def test_what_new_quizzes_adds() -> None:
    """The right choice named on its rule, words to drag, margins beside the number, and limits of words."""
    rules = rule(equal("a"), "20").replace("<respcondition", '<respcondition correctanswer="Yes"') + rule(
        equal("b"), "100"
    )
    made = one(item(material("?") + lid(AB), rules, fields="question_type|multiple_choice_question"))
    assert isinstance(made, SingleChoice)
    assert made.answer == "a"
    gaps = "".join(
        lid({name: text}, f"response_{name}", before=name).replace(
            "<response_label", '<response_label answer_type="wordbank"'
        )
        for name, text in (("g1", "sun"), ("g2", "moon"))
    )
    keys = rule(equal("g1", "response_g1"), "50", "Add") + rule(equal("g2", "response_g2"), "50", "Add")
    fields = "question_type|fill_in_multiple_blanks_question"
    made = one(item(material("[g1] and [g2]") + gaps, keys, fields=fields))
    assert isinstance(made, Cloze)
    for blank, key in zip(made.blanks, ("g1", "g2"), strict=True):
        assert isinstance(blank, ChoiceBlank)
        assert [c.text for c in blank.choices] == ["sun", "moon"]
        assert blank.answer == key
    near = rule(equal("200", more=' margin="5" margintype="percent"'), "100")
    made = one(item(material("?") + fib(kind=' fibtype="Decimal"'), near))
    assert isinstance(made, Numeric)
    assert made.answer is not None
    assert made.answer[0].bounds == (190, 210)
    limited = fib().replace(
        "<response_str", '<response_str word_limit_enabled="Yes" word_limit_min="5" word_limit_max="9" rce="No"'
    )
    made = one(item(material("?") + limited, fields="question_type|essay_question"))
    assert isinstance(made, Essay)
    assert (made.min_words, made.max_words, made.response) == (5, 9, "plain")


def test_a_number_is_no_name() -> None:
    """Choices called 1 and 01 are two; a number that is written may be spelt in either way."""
    made = one(item(material("?") + lid({"1": "red", "01": "blue"}), rule(equal("01"), "100")))
    assert isinstance(made, SingleChoice)
    assert made.answer is not None
    assert [c.text for c in made.choices if c.id == made.answer] == ["blue"]


def test_a_text_in_a_file_of_its_own() -> None:
    """A material that only names a file shows what is in the file."""
    text = interop(
        item('<material><mattext texttype="text/html" uri="text.html"/></material>' + lid(AB), rule(equal("a"), "100"))
    )
    data = packed(
        {
            "imsmanifest.xml": MANIFEST.format("", ""),
            "t/t.xml": text,
            "t/text.html": "<html><body><p>Read <b>me</b>.</p></body></html>",
        }
    )
    questions, ctx = read(data, "quiz.zip")
    assert richtext.plain(questions[0].stem) == "Read me."
    assert codes(ctx) == []
