"""Questions through several readings of their papers: ids go on, and what people changed in the bank is not lost."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from qbank import bankfile, importing, reimport
from qbank.diagnostics import QbankError
from qbank.model import Cloze, Feedback, Group, MultipleChoice, Numeric, NumericAnswer, Question, SingleChoice
from qbank.readers.paper import read_text
from qbank.reading import Context
from qbank.reimport.continuity import identified, lost, matches
from qbank.reimport.renewing import renewed

PAPER = """一、单选题
1. 世界上面积最大的大洋是（  ）。
A. 太平洋 B. 大西洋 C. 印度洋 D. 北冰洋
2. 我国最长的河流是（  ）。
A. 黄河 B. 长江 C. 珠江 D. 淮河
答案：B
3. 我国的首都是（  ）。
A. 上海 B. 广州 C. 北京 D. 天津
二、判断题
1. 地球是一个球体。
2. 太阳从西边升起。（×）
三、简答题
1. 什么是季风？
四、案例分析题
案例一：小王开车回家，途中下起大雨，路面湿滑。
1. 小王应当怎样调整车速？
2. 车辆侧滑时应当怎样操作？
"""


def read(text: str, name: str = "paper.txt") -> list[Question]:
    """The questions of a paper."""
    return read_text(text, name, Context())


def leaves(questions: list[Question]) -> list[Question]:
    """The questions, parts of groups in the place of groups."""
    return [sub for q in questions for sub in (q.questions if isinstance(q, Group) else (q,))]


def again(old: list[Question], text: str) -> list[Question]:
    """A corrected paper under the ids of the bank."""
    new = read(text)
    return identified(old, new, matches(old, new))[0]


def ids(questions: list[Question]) -> list[str]:
    """The ids of questions and parts."""
    return [q.id for q in leaves(questions)]


def edited(questions: list[Question], position: int, **changes: Any) -> list[Question]:
    """The bank after somebody changed a question in it."""
    return [replace(q, **changes) if i == position else q for i, q in enumerate(questions)]


def codes(found: Any) -> list[str]:
    """The codes of findings, in order."""
    return [d.code for d in found]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("世界上面积最大的大洋", "全世界面积最大的海洋"),
        ("A. 太平洋", "A. 太平洋（Pacific）"),
        ("我国的首都是（  ）。", "中华人民共和国的首都是哪里（  ）？"),
        ("什么是季风？", "什么是季风气候？"),
        ("怎样调整车速", "如何控制车速"),
        ("小王开车回家，途中下起大雨", "小李开车回家，途中下起了大雨"),
        ("2. 太阳从西边", "2. 太阳总是从西边"),
        ("D. 天津", "D. 重庆"),
    ],
)
def test_a_corrected_question_keeps_its_id(wrong: str, right: str) -> None:
    """Whatever is corrected in a question, stem, choice or material, it and all others keep their ids."""
    old = read(PAPER)
    assert wrong in PAPER
    new = again(old, PAPER.replace(wrong, right))
    assert ids(new) == ids(old)
    assert [q.id for q in new] == [q.id for q in old]


def test_a_question_more_or_less_does_not_shift_the_others() -> None:
    """A new first question gets an id of its own, the others keep theirs, also when one of them is corrected."""
    old = read(PAPER)
    longer = PAPER.replace("3. 我国", "4. 我国").replace("2. 我国最长", "3. 中国最长").replace("1. 世界", "2. 世界")
    longer = longer.replace("一、单选题\n", "一、单选题\n1. 海水的味道是（ ）\nA.甜 B.咸\n")
    new = again(old, longer)
    assert ids(new)[1:] == ids(old)
    assert ids(new)[0] not in ids(old)
    assert ids(again(new, PAPER)) == ids(old)


def test_copies_are_told_apart_by_their_place() -> None:
    """The same question twice: each copy goes on as itself."""
    twice = "一、单选题\n1. 甲是（ ）\nA.一 B.二\n2. 乙是（ ）\nA.三 B.四\n二、多选题\n1. 甲是（ ）\nA.一 B.二\n"
    old = read(twice)
    assert ids(again(old, twice)) == ids(old)
    assert ids(again(old, twice.replace("乙是", "乙乃是"))) == ids(old)


def test_a_question_of_another_paper_is_never_the_same() -> None:
    """Two papers with one question each keep two ids, and a new question never takes an id that is in use."""
    old = read(PAPER, "other.txt")
    new = read(PAPER)
    assert matches(old, new) == {}
    named, names = identified(old, new, {}, reserved=ids(old))
    assert not set(ids(named)) & set(ids(old))
    assert set(names) == set(ids(old))


def test_statements_that_differ_in_a_number_are_two() -> None:
    """A stem that is alike but for a number or a negation, under another number, is another question."""
    old = read("一、判断题\n1. 三角形的内角和是180度。（√）\n2. 水在零度结冰。（√）\n")
    new = again(old, "一、判断题\n1. 水在零度结冰。（√）\n2. 三角形的内角和不是180度。（×）\n")
    assert new[0].id == old[1].id
    assert new[1].id not in ids(old)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 11), unique=True, max_size=12), st.randoms(use_true_random=False))
def test_matches_are_one_to_one(kept: list[int], random: Any) -> None:
    """Whatever is left out and shuffled, no old question is two new ones, and equal questions find each other."""
    words = [f"第{c}种动物的{p}是什么颜色" for c in "甲乙丙丁" for p in ("毛", "眼睛", "尾巴")]
    old = read("一、简答题\n" + "".join(f"{i}. {w}？\n" for i, w in enumerate(words, 1)))
    random.shuffle(kept)
    new = read("一、简答题\n" + "".join(f"{i}. {words[k]}？\n" for i, k in enumerate(kept, 1)))
    found = matches(old, new)
    assert len(set(found.values())) == len(found)
    assert all(found[i, -1] == (k, -1) for i, k in enumerate(kept)) or not kept


def test_an_update_keeps_what_people_added() -> None:
    """Where the paper is silent the bank's answers, tags, points, status, category, hints and feedback stay."""
    old = read(PAPER)
    bank = edited(
        old, 0, answer="a", tags=("地理",), points=Fraction(3), category=("第一章",), difficulty=2, hints=("最大",)
    )
    bank = edited(bank, 3, answer=True, feedback=Feedback(incorrect="再想想"), extensions={"x": {"y": 1}})
    done = renewed(bank, read(PAPER), ["paper.txt"])
    assert done.questions == bank
    assert done.findings == []


def test_an_update_after_a_correction() -> None:
    """The corrected words come in, the answer filled in by hand stays and follows its choice, and it is said."""
    old = read(PAPER)
    bank = edited(old, 0, answer="a", tags=("地理",))
    text = PAPER.replace("世界上面积最大的大洋", "全世界面积最大的大洋").replace(
        "A. 太平洋 B. 大西洋", "A. 大西洋 B. 太平洋"
    )
    done = renewed(bank, read(text), ["paper.txt"])
    first = done.questions[0]
    assert isinstance(first, SingleChoice)
    assert (first.stem, first.answer, first.tags, first.id) == (
        "全世界面积最大的大洋是（ ）。",
        "b",
        ("地理",),
        old[0].id,
    )
    assert codes(done.findings) == ["R035"]
    assert "太平洋" in done.findings[0].message


def test_an_answer_corrected_by_hand_stands_while_the_text_does() -> None:
    """Both speak and differ: the bank's value stays (R035) until the text of that question changes (R036)."""
    bank = edited(read(PAPER), 1, answer="c", points=Fraction(5))
    same = renewed(bank, read(PAPER), ["paper.txt"])
    assert same.questions == bank
    assert codes(same.findings) == ["R035"]
    assert "长江" in same.findings[0].message
    changed = renewed(bank, read(PAPER.replace("我国最长", "中国最长")), ["paper.txt"])
    second = changed.questions[1]
    assert isinstance(second, SingleChoice)
    assert (second.answer, second.points) == ("b", 5)
    assert codes(changed.findings) == ["R036"]
    assert "珠江" in changed.findings[0].message


def test_another_number_is_not_another_text() -> None:
    """A question inserted above renumbers those below; what was corrected in them by hand stays."""
    bank = edited(read(PAPER), 1, answer="c")
    text = PAPER.replace("3. 我国", "4. 我国").replace("2. 我国最长", "3. 我国最长").replace("1. 世界", "2. 世界")
    done = renewed(bank, read(text.replace("一、单选题\n", "一、单选题\n1. 海水（ ）\nA.甜 B.咸\n")), ["paper.txt"])
    third = done.questions[2]
    assert isinstance(third, SingleChoice)
    assert third.answer == "c"
    assert third.source is not None
    assert third.source.number == "3"
    assert codes(done.findings) == ["R035"]


def test_an_answer_that_fits_no_longer_is_said_to_be_lost() -> None:
    """The choice that was right is gone: the answer is left out with R038, never moved to another choice."""
    bank = edited(read(PAPER), 0, answer="d")
    done = renewed(bank, read(PAPER.replace("C. 印度洋 D. 北冰洋", "C. 印度洋")), ["paper.txt"])
    first = done.questions[0]
    assert isinstance(first, SingleChoice)
    assert first.answer is None
    assert "R038" in codes(done.findings)


def test_kinds_that_people_chose_stay() -> None:
    """A numeric question or several right choices made by hand outlive a corrected text that shows no answer."""
    text = "一、选择题\n1. 下列属于海洋的有（ ）\nA.太平洋 B.黄河 C.大西洋\n二、简答题\n1. 一年有几个月？\n"
    first, second = read(text)
    assert isinstance(first, SingleChoice)
    several = MultipleChoice(
        id=first.id, stem=first.stem, choices=first.choices, answer=("a", "c"), source=first.source
    )
    number = Numeric(id=second.id, stem=second.stem, answer=(NumericAnswer(value=Fraction(12)),), source=second.source)
    done = renewed(
        [several, number], read(text.replace("属于海洋", "是海洋").replace("一年有", "每年有")), ["paper.txt"]
    )
    one, two = done.questions
    assert isinstance(one, MultipleChoice)
    assert isinstance(two, Numeric)
    assert (one.answer, one.stem) == (("a", "c"), "下列是海洋的有（ ）")
    assert two.answer == number.answer


def test_gaps_filled_by_hand_stay() -> None:
    """Each gap of a cloze text keeps its answers; those the paper gives fill the others."""
    text = "一、填空题\n1. 一年有____个月，一周有____天。\n"
    (old,) = read(text)
    assert isinstance(old, Cloze)
    (answered,) = read(text + "答案：12；7\n")
    assert isinstance(answered, Cloze)
    half = replace(old, blanks=(answered.blanks[0], old.blanks[1]))
    for corrected in (text, text.replace("一周有", "一个星期有")):
        (kept,) = renewed([half], read(corrected), ["paper.txt"]).questions
        assert isinstance(kept, Cloze)
        assert kept.blanks == half.blanks
    (filled,) = renewed([half], read(text + "答案：12；7\n"), ["paper.txt"]).questions
    assert isinstance(filled, Cloze)
    assert filled.blanks == answered.blanks


def test_the_draft_of_a_person_and_of_a_reader() -> None:
    """Ready by hand stays ready; a draft by hand stays a draft; a reader's own draft is cleared by a surer reading."""
    (sure,) = read("一、单选题\n1. 甲（ ）\nA.一 B.二\n答案：A\n")
    assert sure.source is not None
    unsure = replace(sure, status="draft", source=replace(sure.source, confidence=0.4))
    for old, new, status in (
        (replace(unsure, status="ready"), unsure, "ready"),
        (replace(sure, status="draft"), sure, "draft"),
        (unsure, sure, "ready"),
    ):
        assert renewed([old], [new], ["paper.txt"]).questions[0].status == status


def test_what_vanishes_is_kept_or_pruned() -> None:
    """A question that is gone from its paper is R037 and kept in its place; with prune it goes; parts of groups too."""
    old = read(PAPER)
    shorter = PAPER.replace("2. 太阳从西边升起。（×）\n", "").replace("2. 车辆侧滑时应当怎样操作？\n", "")
    kept = renewed(old, read(shorter), ["paper.txt"])
    assert [q.id for q in kept.questions] == [q.id for q in old]
    assert set(ids(kept.questions)) == set(ids(old))
    assert codes(kept.findings) == ["R037", "R037"]
    pruned = renewed(old, read(shorter), ["paper.txt"], prune=True)
    assert ids(pruned.questions) == ids(again(old, shorter))


def test_other_papers_and_questions_written_by_hand_are_left_alone() -> None:
    """What this import did not read stays byte for byte where it was; new questions stand where the paper has them."""
    mine = replace(read(PAPER)[4], id="by-hand", source=None)
    bank = [mine, *read(PAPER), *read("一、判断题\n1. 鲸是鱼。（×）\n", "other.txt")]
    longer = PAPER.replace("二、判断题\n", "4. 海水的味道是（ ）\nA.甜 B.咸\n二、判断题\n")
    done = renewed(bank, read(longer), ["paper.txt"])
    assert [q for q in done.questions if q in bank[:1] + bank[-1:]] == [mine, bank[-1]]
    assert done.questions[0] == mine
    assert done.questions[-1] == bank[-1]
    assert [q.id for q in done.questions if q.id in {b.id for b in bank}] == [q.id for q in bank]
    assert done.questions[4].source is not None
    assert done.questions[4].source.number == "4"


def test_an_update_twice_is_an_update_once() -> None:
    """Bringing a bank up to date again changes nothing and says nothing new about what was settled."""
    bank = edited(read(PAPER), 0, answer="a")
    text = PAPER.replace("世界上", "全世界")
    once = renewed(bank, read(text), ["paper.txt"])
    twice = renewed(once.questions, read(text), ["paper.txt"])
    assert twice.questions == once.questions
    assert twice.findings == []


def test_what_overwriting_would_lose() -> None:
    """Answers filled in, answers changed, questions declared ready, other edits and other questions are told apart."""
    old = read(PAPER)
    new = read(PAPER)
    assert lost(old, new, matches(old, new)) == lost([], new, {})
    bank = edited(edited(edited(old, 0, answer="a"), 1, answer="c"), 2, tags=("x",))
    loss = lost(bank, new, matches(bank, new))
    assert (loss.answers, loss.settings, loss.by_hand) == ((old[0].id, old[1].id), (old[2].id,), True)
    corrected = read(PAPER.replace("我国最长", "中国最长"))
    assert lost(edited(old, 1, answer="c"), corrected, matches(old, corrected)).answers == ()
    written = [*old, replace(old[3], id="by-hand", source=None)]
    assert lost(written, new, matches(written, new)).written == ("by-hand",)


def paper_and_bank(folder: Path) -> tuple[str, str]:
    """A paper and the bank it was imported into."""
    paper, bank = folder / "paper.txt", folder / "bank.json"
    paper.write_text(PAPER, encoding="utf-8")
    whole = importing.import_files([str(paper)])
    bankfile.dump(whole.bank, bank)
    return str(paper), str(bank)


def changed(bank: str, position: int, **changes: Any) -> None:
    """Edit a bank file as a person would."""
    value = json.loads(Path(bank).read_text(encoding="utf-8"))
    value["questions"][position].update(changes)
    Path(bank).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def test_nobodys_answers_are_overwritten_unasked(tmp_path: Path) -> None:
    """An import that would lose answers is refused with both ways out; with `overwrite` it says how many were lost."""
    paper, bank = paper_and_bank(tmp_path)
    changed(bank, 0, answer="a")
    with pytest.raises(QbankError, match=r"filled in or corrected by hand: 1 .*--update.*--overwrite"):
        reimport.continued(importing.import_files([paper]), bank)
    done = reimport.continued(importing.import_files([paper]), bank, "overwrite")
    (said,) = (d.message for d in done.reading.report if d.code == "R034")
    assert said.startswith("lost by writing over the bank: answers filled in or corrected in the bank: 1 (")
    kept = reimport.continued(importing.import_files([paper]), bank, "update")
    assert kept.questions == list(bankfile.load(bank).questions)
    assert "R011" not in [d.code for d in kept.reading.report if d.question == kept.questions[0].id]


def test_a_damaged_bank_is_not_written_over(tmp_path: Path) -> None:
    """A slip of the hand in the bank does not cost the bank; what never was a bank is overwritten as any file is."""
    paper, bank = paper_and_bank(tmp_path)
    changed(bank, 0, anwser="a")
    for mode in ("new", "update"):
        with pytest.raises(QbankError, match="has errors"):
            reimport.continued(importing.import_files([paper]), bank, mode)  # type: ignore[arg-type]
    assert reimport.continued(importing.import_files([paper]), bank, "overwrite").questions
    Path(bank).write_text("[]", encoding="utf-8")
    assert reimport.continued(importing.import_files([paper]), bank).questions
    with pytest.raises(QbankError):
        reimport.continued(importing.import_files([paper]), bank, "update")


def test_findings_and_accounts_bear_the_ids_of_the_bank(tmp_path: Path) -> None:
    """After a correction, what is said about a question, and what it was made of, names it as the bank does."""
    paper, bank = paper_and_bank(tmp_path)
    before = bankfile.load(bank)
    Path(paper).write_text(PAPER.replace("世界上", "全世界"), encoding="utf-8")
    for mode in ("new", "update"):
        done = reimport.continued(importing.import_files([paper]), bank, mode)  # type: ignore[arg-type]
        known = set(ids(list(before.questions))) | {q.id for q in before.questions}
        assert {d.question for d in done.reading.report if d.question} <= known
        assert {c.question for a in done.reading.accounts for c in a.claims if c.question} <= known  # type: ignore[attr-defined]


def test_pictures_of_the_bank_stay(tmp_path: Path) -> None:
    """An update keeps the assets and the title of the bank."""
    paper, bank = paper_and_bank(tmp_path)
    value = json.loads(Path(bank).read_text(encoding="utf-8"))
    value |= {"title": "我的题库", "assets": {"a.png": {"base64": "AAAA"}}}
    Path(bank).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    done = reimport.continued(importing.import_files([paper]), bank, "update")
    assert (done.header.title, list(done.header.assets)) == ("我的题库", ["a.png"])


def test_a_long_paper_is_matched_in_time() -> None:
    """Three thousand questions, every second one corrected and all renumbered, are matched in seconds."""
    import time

    words = [f"{i * 7919 % 10007}号样品的{'甲乙丙丁戊己庚辛壬癸'[i % 10]}类指标应当怎样解释" for i in range(3000)]
    old = [replace(q, id=f"q{i}") for i, q in enumerate(_essays(words))]
    new = _essays(
        ["补充的一个问题是什么", *(w.replace("应当怎样", "应怎样") if i % 2 else w for i, w in enumerate(words))]
    )
    start = time.perf_counter()
    found = matches(old, new)
    assert time.perf_counter() - start < 20
    assert sum(found.get((i + 1, -1)) == (i, -1) for i in range(len(words))) == len(words)


def _essays(words: list[str]) -> list[Question]:
    from qbank.model import Essay, Source

    return [
        Essay(id=f"n{i}", stem=f"{w}？", source=Source(document="paper.txt", section="一", number=str(i), text=w))
        for i, w in enumerate(words, 1)
    ]
