"""Duplicates and conflicts: what is the same question, what only looks like it, and what merging keeps."""

from __future__ import annotations

import base64
import io
import json
import random
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from strategies import banks, questions

from qbank import bankfile, model
from qbank.assets import AssetStore
from qbank.cli import cli
from qbank.duplicates import dedupe, similar
from qbank.duplicates.sameness import Content, answers, content, loose, media_of, strict


def bank(*listed: dict[str, Any], **header: Any) -> model.Bank:
    """A bank in memory from questions as JSON; ids q1, q2 ... where missing, an essay where no kind is given."""
    numbered = [{"kind": "essay", "id": f"q{i}"} | q for i, q in enumerate(listed, start=1)]
    data = json.dumps({"qbank": 1, **header, "questions": numbered}).encode()
    reader = bankfile.open_bytes(data, "test.json")
    held = model.Bank(header=reader.header, questions=tuple(reader.questions()))
    assert not list(reader.report), list(reader.report)
    return held


def single(stem: str, options: Sequence[str], answer: str | None = None, **more: Any) -> dict[str, Any]:
    """A single choice question whose right choice is named by its text."""
    choices = [{"id": "ABCDEFGH"[i], "text": text} for i, text in enumerate(options)]
    key = None if answer is None else "ABCDEFGH"[list(options).index(answer)]
    return {"kind": "single_choice", "stem": stem, "choices": choices, "answer": key} | more


def groups(*listed: dict[str, Any], **header: Any) -> list[tuple[str, list[str]]]:
    """The groups of some questions as (sort, ids)."""
    found = dedupe.find(dedupe.opener(bank(*listed, **header)))
    return [(g.sort, [c.question.id for c in g.copies]) for g in found.groups]


def merged(*listed: dict[str, Any], near: bool = False, **header: Any) -> list[dict[str, Any]]:
    """The questions after a merge, as JSON."""
    opened = dedupe.opener(bank(*listed, **header))
    plan = dedupe.merge(dedupe.find(opened), near=near)
    return [json.loads(json.dumps(bankfile.question_object(q))) for q in plan.questions(opened())]


FOUR = ("预约登记", "续借手续", "挂失补办", "逾期缴费")
OTHERS = ("开架阅览", "闭架借阅", "馆际互借", "文献传递")

# (what the pair shows, stem, choices, stem, choices, ratio of the stems, share of the choices, verdict)
MEASURED = [
    ("the same words", "图书馆办证的首要步骤是", FOUR, "图书馆办证的首要步骤是", FOUR, 1.00, 1.00, "exact"),
    (
        "another wording, one choice reworded",
        "图书馆流通服务的基本环节都包含下列哪几项",
        ("读者登记", *FOUR[:3]),
        "图书馆流通服务的基本环节是哪几项",
        ("登记读者", *FOUR[:3]),
        0.83,
        0.60,
        "near",
    ),
    (
        "another wording, one choice replaced",
        "自习座位按使用时段分类的话不包括以下哪个",
        ("全天", *FOUR[:3]),
        "自习座位按使用时段分类时不包括哪类",
        ("夜间", *FOUR[:3]),
        0.81,
        0.60,
        "near",
    ),
    (
        "the same choices, the topic enlarged",
        "读者工作中建立信任的有效途径是",
        FOUR,
        "读者工作中建立良好读者关系的有效途径是",
        FOUR,
        0.76,
        1.00,
        "near",
    ),
    (
        "the same choices, other words",
        "读者服务中处理拥挤问题的最佳办法是",
        FOUR,
        "读者服务中有效解决拥挤的关键方法是",
        FOUR,
        0.58,
        1.00,
        None,
    ),
    (
        "the same choices, another topic in one frame",
        "图书馆管理中书架维护的主要困难是",
        FOUR,
        "图书馆管理中阅览环境整治的主要困难是",
        FOUR,
        0.71,
        1.00,
        None,
    ),
    ("one word of the stem", "图书馆馆藏建设的主要内容是", FOUR, "图书馆馆藏建设的主要困难是", OTHERS, 0.85, 0.0, None),
    ("one word of the stem", "图书馆安全保卫的主要职责是", FOUR, "图书馆安全保卫的主要目标是", OTHERS, 0.85, 0.0, None),
    ("one stem for all seasons", "下列说法正确的一项是", FOUR, "下列说法正确的一项是", OTHERS, 1.00, 0.0, None),
]


@pytest.mark.parametrize(
    ("_what", "stem", "options", "stem2", "options2", "ratio", "shared", "verdict"), MEASURED, ids=range(len(MEASURED))
)
def test_pairs_like_those_measured_on_real_papers(
    _what: str,
    stem: str,
    options: tuple[str, ...],
    stem2: str,
    options2: tuple[str, ...],
    ratio: float,
    shared: float,
    verdict: str | None,
) -> None:
    """Pairs as alike as those that people judged get the same verdict, with a key, without one, and turned round."""
    assert SequenceMatcher(None, stem, stem2, autojunk=False).ratio() == pytest.approx(ratio, abs=0.02)
    assert len({*options} & {*options2}) / len({*options} | {*options2}) == pytest.approx(shared)
    expected = [(verdict, ["q1", "q2"])] if verdict else []
    key = options[-1] if options[-1] in options2 else None
    assert groups(single(stem, options), single(stem2, options2)) == expected
    assert groups(single(stem2, options2, key), single(stem, options, key)) == expected


def test_order_labels_and_typography_do_not_matter() -> None:
    """Copies that differ in widths, spaces, brackets, final marks, case and the order of choices are exact."""
    assert groups(
        single("HTML 中，换行用（  ）。", ["br", "hr", "pre", "div"], "br"),
        single("html中,换行用____?", ["Div", "PRE", "ｂｒ", "hr "], "ｂｒ"),
    ) == [("exact", ["q1", "q2"])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("求 (a, b) 的长度", "求 [a, b] 的长度"),
        ("a+b 等于多少", "a-b 等于多少"),
        ("比值为 1.5 时", "比值为 15 时"),
        ({"html": "<p>10<sup>2</sup> 是多少</p>"}, "102 是多少"),
        ({"html": "<p>H<sub>2</sub>O</p>"}, {"html": "<p>H<sup>2</sup>O</p>"}),
        ({"html": "<p>读音: <u>c</u>at</p>"}, {"html": "<p>读音: c<u>a</u>t</p>"}),
        ({"html": "<p><tex>\\Delta x</tex></p>"}, {"html": "<p><tex>\\delta x</tex></p>"}),
        ("求 5! 的值", "求 5 的值"),
        ("设 f'(x) 连续", "设 f(x) 连续"),
        ("1 1", "11"),
    ],
)
def test_what_changes_the_meaning_is_not_folded_away(one: Any, other: Any) -> None:
    """Signs, brackets, exponents, underlining and formulas tell questions apart."""
    assert ("exact", ["q1", "q2"]) not in groups(single("x", FOUR) | {"stem": one}, single("x", FOUR) | {"stem": other})


def test_an_exponent_is_one_however_it_is_written() -> None:
    """`x²` and x<sup>2</sup> are one stem."""
    assert groups({"stem": "x² = 4, x = ?"}, {"stem": {"html": "<p>x<sup>2</sup> = 4, x = ?</p>"}})[0][0] == "exact"


def test_choices_that_only_case_tells_apart_stay_apart() -> None:
    """Where folding would make two choices of a question one, they are compared as written."""
    one = single("哪个是类型名", ["int", "Int"], "int")
    assert groups(one, single("哪个是类型名", ["Int", "int"], "Int")) == [("conflict", ["q1", "q2"])]
    assert groups(one, single("哪个是类型名", ["Int", "int"], "int")) == [("exact", ["q1", "q2"])]


def test_another_picture_is_another_question() -> None:
    """Pictures are compared by their bytes, not by their names."""

    def picture(data: bytes) -> dict[str, str]:
        return {"base64": base64.b64encode(data).decode(), "media_type": "image/png"}

    def about(name: str) -> dict[str, Any]:
        return {"stem": {"html": f'<p>图中是什么? <img src="asset:{name}"/></p>'}}

    assets = {"a.png": picture(b"one"), "b.png": picture(b"two"), "c.png": picture(b"one")}
    assert groups(about("a.png"), about("b.png"), about("c.png"), assets=assets) == [("exact", ["q1", "q3"])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("下列属于读者权利的是哪一项", "下列不属于读者权利的是哪一项"),
        ("图书馆 1905 年开馆的是哪一座城市", "图书馆 1908 年开馆的是哪一座城市"),
        ("Which of the following is a duty of the reader?", "Which of the following is not a duty of the reader?"),
    ],
)
def test_another_number_or_a_negation_is_never_near(one: str, other: str) -> None:
    """However alike two stems look, other numbers or a `not` make two questions."""
    assert fuzz.ratio(one, other) > 85
    assert groups(single(one, FOUR), single(other, FOUR)) == []
    assert groups({"stem": one * 3}, {"stem": one * 2 + other}) == []


def test_open_questions_need_nearly_all_of_the_stem() -> None:
    """Without choices 95 % of the stem must agree; 90 % is another question."""
    stem = "简述图书馆读者服务部门在开学季处理大量借阅申请时应当遵循的基本工作流程与注意事项"
    assert groups({"stem": stem}, {"stem": stem.replace("与", "和")}) == [("near", ["q1", "q2"])]
    assert groups({"stem": stem}, {"stem": stem.replace("借阅申请", "退书请求")}) == []


def test_judgement_choices_say_nothing() -> None:
    """`对`/`错` as choices do not make two statements alike; their stems need 95 %."""
    one = single("图书逾期一律按天收取费用的规定适用于本馆", ["对", "错"])
    assert groups(one, single("图书逾期一律按周收取罚金的规定适用于本馆", ["对", "错"])) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (single("选一个", FOUR, FOUR[0]), single("选一个", FOUR[::-1], FOUR[1])),
        (
            {"kind": "true_false", "stem": "馆内可以饮食", "answer": True},
            {"kind": "true_false", "stem": "馆内可以饮食。", "answer": False},
        ),
        (
            {"kind": "short_answer", "stem": "首都是____", "answer": [{"text": "北京"}]},
            {"kind": "short_answer", "stem": "首都是( )", "answer": [{"text": "南京"}]},
        ),
        (
            {"kind": "numeric", "stem": "几个?", "answer": [{"value": 3}]},
            {"kind": "numeric", "stem": "几个?", "answer": [{"value": 3, "tolerance": 1}]},
        ),
        (
            {"style": "term", "stem": "读者", "answer": "利用图书馆的人"},
            {"style": "term", "stem": "读者", "answer": "持有借书证的人"},
        ),
        (
            {
                "kind": "ordering",
                "stem": "排序",
                "items": [{"id": "a", "text": "借"}, {"id": "b", "text": "还"}],
                "answer": ["a", "b"],
            },
            {
                "kind": "ordering",
                "stem": "排序",
                "items": [{"id": "a", "text": "还"}, {"id": "b", "text": "借"}],
                "answer": ["a", "b"],
            },
        ),
        (
            {
                "kind": "cloze",
                "stem": {"html": '<p><blank id="a"/>和<blank id="b"/></p>'},
                "blanks": [
                    {"kind": "text", "id": "a", "answer": [{"text": "借"}]},
                    {"kind": "text", "id": "b", "answer": None},
                ],
            },
            {
                "kind": "cloze",
                "stem": {"html": '<p><blank id="x"/>和<blank id="y"/></p>'},
                "blanks": [
                    {"kind": "text", "id": "y", "answer": [{"text": "还"}]},
                    {"kind": "text", "id": "x", "answer": [{"text": "还"}]},
                ],
            },
        ),
        (
            {"kind": "group", "stem": "材料甲", "questions": [{"id": "g1", **single("一", FOUR, FOUR[0])}]},
            {"kind": "group", "stem": "材料甲", "questions": [{"id": "g2", **single("一", FOUR, FOUR[1])}]},
        ),
        (
            single("选几个", FOUR, FOUR[0]),
            single("选几个", FOUR) | {"kind": "multiple_choice", "answer": ["A", "B"]},
        ),
    ],
)
def test_the_same_question_with_another_answer_is_a_conflict(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever the kind, two different answers are an error, and are never merged."""
    assert groups(one, other) == [("conflict", ["q1", "q2"])]
    opened = dedupe.opener(bank(one, other))
    found = dedupe.find(opened)
    assert [(d.code, d.severity) for d in dedupe.report(found)] == [("L304", "error")]
    assert [q["id"] for q in merged(one, other, near=True)] == ["q1", "q2"]


def test_answers_compare_by_text_and_not_by_label() -> None:
    """The same key under other letters is no conflict; the same letter for another text is one."""
    assert groups(single("选一个", FOUR, FOUR[0]), single("选一个", FOUR[::-1], FOUR[0])) == [("exact", ["q1", "q2"])]
    assert groups(single("选一个", FOUR, FOUR[0]), single("选一个", FOUR[::-1], FOUR[3])) == [
        ("conflict", ["q1", "q2"])
    ]


def test_nearly_the_same_choices_under_one_stem_can_conflict() -> None:
    """One stem, one choice replaced: two keys that both papers offer contradict each other, others do not."""
    one = single("选一个", ["甲等", "乙等", "丙等", "丁等"], "甲等")
    assert groups(one, single("选一个", ["甲等", "乙等", "丙等", "戊等"], "乙等")) == [("conflict", ["q1", "q2"])]
    assert groups(one, single("选一个", ["甲等", "乙等", "丙等", "戊等"], "戊等")) == [("near", ["q1", "q2"])]


def test_an_unknown_answer_contradicts_nothing() -> None:
    """A copy without a key goes with one that has it, and the message of a conflict names only those that say something."""
    assert groups(single("选一个", FOUR), single("选一个", FOUR, FOUR[2])) == [("exact", ["q1", "q2"])]
    found = dedupe.find(
        dedupe.opener(bank(single("选一个", FOUR), single("选一个", FOUR, FOUR[2]), single("选一个", FOUR, FOUR[3])))
    )
    (diagnostic,) = dedupe.report(found)
    assert diagnostic.question == "q3"
    assert diagnostic.message == f"q3 asks the same as q2 and has another answer (q2: {FOUR[2]} | q3: {FOUR[3]})"


def test_long_answers_that_begin_alike_still_conflict() -> None:
    """The message shortens answers; the comparison does not."""
    start = "读者服务应当坚持以人为本的原则" * 8
    found = dedupe.find(
        dedupe.opener(bank({"stem": "论述", "answer": start + "甲"}, {"stem": "论述", "answer": start + "乙"}))
    )
    assert [d.code for d in dedupe.report(found)] == ["L304"]


def test_ignore_is_obeyed() -> None:
    """`ignore` takes a question out of the groups of that code, and `qbank check` does not call it idle."""
    from qbank.lint import Linter

    twice = single("选一个", FOUR, FOUR[0])
    assert groups(twice, twice | {"ignore": ["L302"]}) == []
    assert groups(twice, single("选一个", FOUR, FOUR[1]) | {"ignore": ["L304"]}) == []
    near = single("读者工作中建立信任的有效途径是", FOUR)
    assert groups(near, single("读者工作中建立良好读者关系的有效途径是", FOUR) | {"ignore": ["L303"]}) == []
    held = bank(twice | {"ignore": ["L303", "L304", "L201"]})
    found = Linter(AssetStore()).check(held.questions[0])
    assert [d.message for d in found if d.code == "L301"] == ["q1 ignores L201, which was not found on it"]


def test_a_placeholder_stem_is_no_duplicate() -> None:
    """Questions whose stem is missing are not the same because of it."""
    assert groups({"stem": ""}, {"stem": " "}, single("", FOUR), single("", FOUR)) == []


def test_groups_compare_by_material_and_parts() -> None:
    """Shared material with the same parts in another order is one question; with other parts it is not."""
    first = {"id": "a", **single("一", FOUR, FOUR[0])}
    second = {"id": "b", **single("二", OTHERS)}
    one = {"kind": "group", "stem": "阅读材料, 回答问题", "questions": [first, second]}
    turned = {"kind": "group", "stem": "阅读材料,回答问题。", "questions": [second | {"id": "c"}, first | {"id": "d"}]}
    assert groups(one, turned) == [("exact", ["q1", "q2"])]
    assert groups(one, one | {"questions": [{"id": "e", **single("三", FOUR)}]}) == []


def test_a_near_group_is_no_chain() -> None:
    """What is near to the second but not to the first stands in a group of its own."""
    chain = ["甲乙丙丁戊己庚辛壬癸子丑", "甲乙丙丁戊己庚辛壬癸寅卯", "甲乙丙丁戊己庚辛辰巳寅卯"]
    assert groups(*(single(stem, FOUR) for stem in chain)) == [("near", ["q1", "q2"]), ("near", ["q2", "q3"])]
    after = merged(*(single(stem, FOUR) for stem in chain), near=True)
    assert [q["id"] for q in after] == ["q1", "q3"]


def test_merging_keeps_the_first_id_and_everything_else() -> None:
    """The answered copy's words under the first id, tags united, feedback completed, the rest on record."""
    first = single("选一个", FOUR, tags=["甲"], points=2, source={"document": "1.txt", "line": 3})
    second = single(
        "选一个",
        FOUR[::-1],
        FOUR[1],
        tags=["乙", "甲"],
        source={"document": "2.txt", "number": "7"},
        category=["第一章"],
    )
    third = single(
        "选一个。", FOUR, FOUR[1], feedback={"general": "见第三条"}, difficulty=2, extensions={"gift": {"x": 1}}
    )
    (one,) = merged(first, second, third)
    assert one["id"] == "q1"
    assert one["source"] == {"document": "1.txt", "line": 3}
    assert {c["id"]: c["text"] for c in one["choices"]}[one["answer"]] == FOUR[1]
    assert sorted(one["tags"]) == ["乙", "甲"]
    assert one["feedback"] == {"general": "见第三条"}
    assert (one["category"], one["difficulty"]) == (["第一章"], 2)
    assert one["extensions"]["gift"] == {"x": 1}
    assert one["extensions"]["qbank"]["merged"] == [
        {"id": "q1", "points": 2},
        {"id": "q2", "source": {"document": "2.txt", "number": "7"}},
        {"id": "q3"},
    ]


def test_differences_that_do_not_prevent_a_merge_are_said() -> None:
    """Other points or another category are named in the finding and kept on record."""
    copies = (
        single("选一个", FOUR, FOUR[0], points=2, category=["甲"]),
        single("选一个", FOUR, FOUR[0], category=["乙"]),
    )
    found = dedupe.find(dedupe.opener(bank(*copies)))
    (diagnostic,) = dedupe.report(found)
    assert diagnostic.message == "q2 says the same as q1, but not in points and category"
    (one,) = merged(*copies)
    assert one["extensions"]["qbank"]["merged"] == [{"id": "q2", "category": ["乙"], "points": 1}]


def test_feedback_of_choices_is_matched_by_text() -> None:
    """A choice without feedback gets that of the choice that reads the same; a contrary one stays on record."""
    one = single("选一个", FOUR, FOUR[0])
    other = single("选一个", FOUR[::-1], FOUR[0])
    other["choices"] = [c | {"feedback": f"关于{c['text']}"} for c in other["choices"]]
    (whole,) = merged(one, other)
    assert all(c["feedback"] == f"关于{c['text']}" for c in whole["choices"])
    assert whole["extensions"]["qbank"]["merged"] == [{"id": "q2"}]
    one["choices"][0] = one["choices"][0] | {"feedback": "另一种说法"}
    (whole,) = merged(one, other)
    assert whole["choices"][0]["feedback"] == "另一种说法"
    assert "关于" in json.dumps(whole["extensions"]["qbank"]["merged"], ensure_ascii=False)


def test_answers_of_parts_complete_each_other() -> None:
    """Two copies that each know some of the parts become one that knows them all, under the first's ids."""
    parts = [("一", FOUR, FOUR[0]), ("二", OTHERS, OTHERS[1])]

    def group(prefix: str, known: int) -> dict[str, Any]:
        subs = [
            {"id": f"{prefix}{i}", **single(stem, options, answer if i == known else None)}
            for i, (stem, options, answer) in enumerate(parts)
        ]
        return {"kind": "group", "stem": "材料", "questions": subs}

    (one,) = merged(group("a", 0), group("b", 1))
    assert [sub["id"] for sub in one["questions"]] == ["a0", "a1"]
    assert [sub["answer"] for sub in one["questions"]] == ["A", "B"]

    def cloze(names: str, known: int) -> dict[str, Any]:
        blanks = [
            {"kind": "text", "id": n, "answer": [{"text": str(i)}] if i == known else None} for i, n in enumerate(names)
        ]
        html = f'<p>甲<blank id="{names[0]}"/>乙<blank id="{names[1]}"/></p>'
        return {"kind": "cloze", "stem": {"html": html}, "blanks": blanks}

    (one,) = merged(cloze("ab", 1), cloze("xy", 0))
    assert [(b["id"], b["answer"][0]["text"]) for b in one["blanks"]] == [("a", "0"), ("b", "1")]


def test_near_duplicates_are_merged_only_when_asked_and_keep_their_words() -> None:
    """Without `near` they stay; with it the words of the other go on record; different answers never."""
    stems = ("读者工作中建立信任的有效途径是", "读者工作中建立良好读者关系的有效途径是")
    one, other = (single(stem, FOUR, FOUR[0]) for stem in stems)
    assert [q["id"] for q in merged(one, other)] == ["q1", "q2"]
    (whole,) = merged(one, other, near=True)
    assert whole["stem"] == stems[0]
    assert whole["extensions"]["qbank"]["merged"][0]["stem"] == stems[1]
    assert len(merged(one, single(stems[1], FOUR, FOUR[1]), near=True)) == 2


def test_a_near_copy_of_a_conflict_is_left_alone() -> None:
    """Nothing is merged into a question whose answer is in dispute."""
    stems = ("读者工作中建立信任的有效途径是", "读者工作中建立良好读者关系的有效途径是")
    listed = (single(stems[0], FOUR, FOUR[0]), single(stems[0], FOUR, FOUR[1]), single(stems[1], FOUR))
    assert groups(*listed) == [("conflict", ["q1", "q2"]), ("near", ["q1", "q3"])]
    assert [q["id"] for q in merged(*listed, near=True)] == ["q1", "q2", "q3"]


def test_merging_twice_changes_nothing_more() -> None:
    """A merged bank has no exact duplicates left, and what was on record stays there when it is merged again."""
    twice = single("选一个", FOUR, FOUR[0])
    (one,) = merged(twice, twice)
    again = merged(one, twice | {"id": "q9"})
    assert [entry["id"] for entry in again[0]["extensions"]["qbank"]["merged"]] == ["q2", "q9"]
    assert groups(*again) == []


def test_the_index_finds_what_comparing_all_with_all_finds() -> None:
    """Prefix filtering misses no question that is near to an earlier one, and each joins a first where it can."""
    random_words = random.Random(5)
    letters = "图书馆读者服务借阅归还登记预约"

    def changed(text: str) -> str:
        at = random_words.randrange(len(text))
        return text[:at] + random_words.choice(letters) + text[at + random_words.choice((0, 1)) :]

    found: list[Content] = []
    for i in range(240):
        if i % 3 and found:
            near = found[-1]
            parts = near.parts
            if parts and i % 2:
                parts = tuple(sorted({*parts[1:], random_words.choice(letters)}))
            found.append(Content(near.family, changed(near.stem), parts))
        else:
            stem = "".join(random_words.choices(letters, k=random_words.randint(3, 40)))
            parts = tuple(sorted(set(random_words.choices(letters, k=5))))
            found.append(Content("essay", stem) if i % 2 else Content("choice", stem, parts))
    index = similar.NearIndex()
    for position, asked in enumerate(found):
        index.add(position, asked)
    expected = set()
    for (i, one), (j, other) in combinations(enumerate(found), 2):
        if one.family != other.family:
            continue
        least = 95 if one.family == "essay" else 75
        shared = len({*one.parts} & {*other.parts}) / (len({*one.parts} | {*other.parts}) or 1)
        if fuzz.ratio(one.stem, other.stem) >= least and (shared >= 0.6 or one.family == "essay"):
            expected.add((i, j))
    assert len(expected) > 50
    pairs = {pair.second: pair.first for pair in index.pairs()}
    assert set(pairs) == {j for _, j in expected}
    for j, i in pairs.items():
        assert (i, j) in expected
        free = {a for a, b in expected if b == j and a not in pairs}
        assert i in free or not free, "who is near to a first joins a first"
    assert index.skipped == 0


def test_a_crowd_with_the_same_choices_is_searched_by_its_stems() -> None:
    """Where more questions share their choices than can be compared one by one, near stems are still found."""
    words = random.Random(3)
    stems = [
        "".join(words.choices("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏", k=16))
        for _ in range(similar.CROWD + 200)
    ]
    index = similar.NearIndex()
    for position, stem in enumerate([*stems, stems[3][:-2] + "云雨", stems[400][1:]]):
        index.add(position, Content("choice", stem, ("甲", "乙", "丙")))
    pairs = {(pair.first, pair.second) for pair in index.pairs()}
    assert {(3, len(stems)), (400, len(stems) + 1)} <= pairs


def test_many_questions_take_little_time() -> None:
    """Twenty thousand questions of one template are searched with a few comparisons each, of 200 million."""
    words = random.Random(11)
    letters = [chr(0x4E00 + i) for i in range(2000)]
    index = similar.NearIndex()
    compared = 0

    def counted(one: str, other: str, least: float) -> float:
        nonlocal compared
        compared += 1
        return 0.0

    topics = ["".join(words.choices(letters, k=4)) for _ in range(1000)]
    for position in range(20_000):
        one, other = words.choices(topics, k=2)
        index.add(position, Content("true_false", f"关于{one}与{other}的关系,以下说法是成立的"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar, "_ratio", counted)
        index.pairs()
    assert 0 < compared < 50 * 20_000


@settings(max_examples=60)
@given(banks())
def test_no_bank_breaks_it_and_no_question_vanishes(held: model.Bank) -> None:
    """For any bank: every id is in the merged bank or on its record, and no answer that was known is unknown."""
    twice = [
        msgspec.structs.replace(q, id=f"x{i}", ignore=()) for i, q in enumerate([*held.questions, *held.questions])
    ]
    doubled = model.Bank(header=held.header, questions=tuple(twice))
    opened = dedupe.opener(doubled)
    found = dedupe.find(opened)
    dedupe.report(found)
    json.dumps(dedupe.as_object(found))
    plan = dedupe.merge(found)
    left = list(plan.questions(opened()))
    recorded = [entry["id"] for q in left for entry in q.extensions.get("qbank", {}).get("merged", []) if "id" in entry]
    kept = [q.id for q in left]
    assert {q.id for q in twice} <= {*recorded, *kept}
    assert len(kept) == len(twice) - plan.removed
    sink = io.BytesIO()
    bankfile.write(held.header, left, sink)
    reread = bankfile.open_bytes(sink.getvalue(), "again.json")
    assert sum(1 for _ in reread) == len(left), list(reread.report)


@given(questions(), st.randoms())
def test_shuffling_the_choices_changes_nothing(question: Any, order: random.Random) -> None:
    """The order of choices, items and prompts is no part of what a question asks or answers."""
    media = media_of(AssetStore())
    changes = {}
    for name in ("choices", "items", "prompts"):
        if hasattr(question, name):
            listed = list(getattr(question, name))
            order.shuffle(listed)
            changes[name] = tuple(listed)
    shuffled = msgspec.structs.replace(question, **changes)
    assert content(shuffled, media).key == content(question, media).key
    if len({part.id for name in changes for part in getattr(question, name)}) == sum(len(v) for v in changes.values()):
        assert {k: v.key for k, v in answers(shuffled, media).items()} == {
            k: v.key for k, v in answers(question, media).items()
        }


@given(st.text())
def test_folding_settles(text: str) -> None:
    """Folding never empties a text that says something."""
    once = strict(text, str)
    assert bool(loose(once)) == bool(once)


def run(*arguments: str, stdin: bytes | None = None) -> Any:
    """The command's result."""
    return CliRunner().invoke(cli, ["dedupe", *arguments], input=stdin)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A bank file with an exact pair, a near pair and a conflict."""
    listed = (
        single("选一个", FOUR, FOUR[0]),
        single("选一个。", FOUR[::-1]),
        single("读者工作中建立信任的有效途径是", FOUR),
        single("读者工作中建立良好读者关系的有效途径是", FOUR),
        {"style": "term", "stem": "读者", "answer": "利用图书馆的人"},
        {"style": "term", "stem": "读者", "answer": "持证的人"},
    )
    path = tmp_path / "papers.json"
    bankfile.dump(bank(*listed), path)
    return path


def test_the_command_reports_with_places(papers: Path) -> None:
    """Findings name file, line and column; a conflict makes the exit code 1; nothing is written."""
    before = papers.read_bytes()
    result = run(str(papers))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    stem_lines = [i for i, line in enumerate(before.decode().splitlines(), start=1) if '"stem"' in line]
    for number, code in ((1, "L302"), (3, "L303"), (5, "L304")):
        assert any(line.startswith(f"{papers}:{stem_lines[number]}:") and code in line for line in lines), (code, lines)
    assert "6 questions; groups: 1 exact, 1 near, 1 with different answers" in result.stderr
    assert papers.read_bytes() == before
    assert run(str(papers), "--fail-on", "never").exit_code == 0


def test_the_groups_as_json(papers: Path) -> None:
    """`--json` prints every group with what its copies say and where they stand."""
    value = json.loads(run(str(papers), "--json").stdout)
    assert value["counts"] == {"exact": 1, "near": 1, "conflict": 1}
    assert [[copy["id"] for copy in group["copies"]] for group in value["groups"]] == [
        ["q1", "q2"],
        ["q3", "q4"],
        ["q5", "q6"],
    ]
    near = value["groups"][1]["copies"][1]
    assert near["stem_similarity"] == pytest.approx(0.76, abs=0.01)
    assert near["choice_similarity"] == 1
    assert value["groups"][2]["copies"][1]["answer_differs"] is True
    assert value["groups"][0]["copies"][1]["answer"] is None


def test_exact_does_not_look_for_near_ones(papers: Path) -> None:
    """`--exact` leaves the near group out and nothing else."""
    value = json.loads(run(str(papers), "--exact", "--json").stdout)
    assert value["counts"] == {"exact": 1, "near": 0, "conflict": 1}


@pytest.mark.parametrize(("near", "left"), [(False, 5), (True, 4)])
def test_the_command_merges(papers: Path, tmp_path: Path, near: bool, left: int) -> None:
    """The merged bank is written, loads, and says how many went into others."""
    out = tmp_path / "merged.jsonl"
    result = run(str(papers), "--merge", "-o", str(out), "--fail-on", "never", *(["--near"] if near else []))
    assert result.exit_code == 0
    assert len(bankfile.load(out).questions) == left
    assert f"{left} questions written to {out}: {6 - left} merged into others" in result.stderr
    assert (
        "1 conflict group left as they are" in result.stderr
        or "and 1 conflict group" in result.stderr
        or "1 conflict group and" in result.stderr
    )


def test_merging_in_place_and_from_standard_input(papers: Path) -> None:
    """OUT may be the bank itself; `-` is read once however often it is needed."""
    piped = run("-", "--merge", "-o", "-", "--fail-on", "never", stdin=papers.read_bytes())
    assert len(json.loads(piped.stdout)["questions"]) == 5
    assert run(str(papers), "--merge", "-o", str(papers), "--fail-on", "never").exit_code == 0
    assert len(bankfile.load(papers).questions) == 5


def test_pictures_go_along_to_another_folder(tmp_path: Path, bank_dir: Path) -> None:
    """A bank merged into another folder still has its media."""
    out = tmp_path / "elsewhere.json"
    assert run(str(bank_dir / "all.json"), "--merge", "-o", str(out), "--fail-on", "never").exit_code == 0
    from qbank.checks import check_bank

    assert [d for d in check_bank(str(out)) if d.code.startswith("A0") and d.severity == "error"] == []


def test_a_bank_with_errors_is_compared_but_not_merged(tmp_path: Path) -> None:
    """A question that cannot be read would be lost in a merge, so there is none; a report still comes."""
    path = tmp_path / "bad.json"
    good = {"kind": "essay", "id": "a", "stem": "甲"}
    path.write_text(json.dumps({"qbank": 1, "questions": [good, {"kind": "essay"}, good | {"id": "b"}]}), "utf-8")
    result = run(str(path))
    assert "S003" in result.stdout
    assert "b says the same as a" in result.stdout
    out = tmp_path / "out.json"
    failed = run(str(path), "--merge", "-o", str(out))
    assert failed.exit_code != 0
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments", [["--merge"], ["--near"], ["-o", "x.json"], ["--merge", "-o", "x.json", "--near", "--exact"]]
)
def test_options_that_do_not_fit_are_refused(papers: Path, arguments: list[str]) -> None:
    """Each is one sentence and exit code 2."""
    assert run(str(papers), *arguments).exit_code == 2


def test_the_same_bank_gives_the_same_bytes(papers: Path) -> None:
    """Two runs print and write the same, whatever the hash seed."""
    import os
    import subprocess
    import sys

    outputs = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "qbank",
                "dedupe",
                str(papers),
                "--merge",
                "--near",
                "-o",
                "-",
                "--fail-on",
                "never",
            ],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        outputs.add((done.stdout, done.stderr))
    assert len(outputs) == 1
