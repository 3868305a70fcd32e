"""A synthetic bank of any size: `python bench/make_bank.py N OUT.jsonl [--kind KIND] [--seed S]`.

The same N, kind and seed give the same bytes. Most questions are multiple
choice with a feedback for each choice, as real banks have them; every kind
occurs, in Chinese and in Latin script. Written line by line, so that a
million questions need no memory. The ending of OUT chooses JSON Lines, JSON
or YAML.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any, assert_never, get_args

from qbank import bankfile
from qbank.files import atomic_write
from qbank.model import (
    KINDS,
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Criterion,
    Essay,
    Feedback,
    Group,
    Header,
    Html,
    Information,
    Item,
    Kind,
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
    SubQuestion,
    Text,
    TextBlank,
    TrueFalse,
    Unit,
)

_WORDS = {
    "zh-CN": (
        *(
            "读者",
            "服务",
            "图书",
            "借阅",
            "期限",
            "目录",
            "检索",
            "馆藏",
            "续借",
            "归还",
            "预约",
            "登记",
            "分类",
            "索引",
        ),
        *(
            "阅览",
            "安全",
            "管理",
            "记录",
            "答复",
            "意见",
            "制度",
            "流程",
            "部门",
            "时间",
            "地点",
            "数据",
            "系统",
            "网络",
        ),
    ),
    "en": (
        *(
            "reader",
            "service",
            "book",
            "loan",
            "term",
            "catalogue",
            "search",
            "holdings",
            "renewal",
            "return",
            "request",
        ),
        *(
            "record",
            "class",
            "index",
            "room",
            "safety",
            "process",
            "answer",
            "policy",
            "office",
            "time",
            "place",
            "data",
        ),
        *("system", "network", "quality", "standard", "measure", "result"),
    ),
}
_WEIGHTS: dict[Kind, int] = {
    "single_choice": 20,
    "multiple_choice": 40,
    "true_false": 10,
    "short_answer": 8,
    "numeric": 5,
    "cloze": 5,
    "matching": 3,
    "ordering": 2,
    "essay": 4,
    "group": 2,
    "information": 1,
}


def questions(count: int, kind: Kind | None = None, seed: int = 1) -> Iterator[Question]:
    """`count` questions, one at a time; all of one kind if it is named."""
    random = Random(seed)
    kinds, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    for number in range(1, count + 1):
        yield _question(kind or random.choices(kinds, weights)[0], f"q-{number:07d}", random)


def _question(kind: Kind, name: str, random: Random) -> Question:
    if kind != "group":
        return _sub(kind, name, random)
    parts: list[Kind] = ["single_choice", "multiple_choice", "true_false", "short_answer", "essay"]
    subs = tuple(_sub(random.choice(parts), f"{name}.{i}", random) for i in range(1, random.randint(2, 4) + 1))
    return Group(**_common(name, random), questions=subs)


def _sub(kind: Kind, name: str, random: Random) -> SubQuestion:
    common = _common(name, random)
    language = common["language"]

    def phrase(words: int = 4) -> str:
        return _phrase(language, words, random)

    match kind:
        case "single_choice":
            choices = _choices(4, language, random)
            return SingleChoice(**common, choices=choices, answer=random.choice(choices).id)
        case "multiple_choice":
            choices = _choices(random.randint(4, 6), language, random)
            right = tuple(sorted(random.sample([c.id for c in choices], random.randint(2, len(choices) - 1))))
            return MultipleChoice(**common, choices=choices, answer=right, shuffle=True)
        case "true_false":
            return TrueFalse(**common, answer=random.random() < 0.5, feedback_false=phrase(6))
        case "short_answer":
            return ShortAnswer(**common, answer=(Accepted(text=phrase(2)), Accepted(text=phrase(3), weight=_HALF)))
        case "numeric":
            answer = NumericAnswer(value=Fraction(random.randint(-999, 9999), 10), tolerance=Fraction(1, 20))
            return Numeric(**common, answer=(answer,), units=(Unit(name="cm"), Unit(name="m", factor=Fraction(100))))
        case "cloze":
            return _cloze(common, language, random)
        case "matching":
            choices = _choices(5, language, random)
            prompts = tuple(Prompt(id=str(i), text=phrase(3)) for i in range(1, 5))
            return Matching(
                **common,
                prompts=prompts,
                choices=tuple(Choice(id=c.id, text=c.text) for c in choices),
                answer={p.id: c.id for p, c in zip(prompts, random.sample(choices, 4), strict=True)},
            )
        case "ordering":
            items = tuple(Item(id=letter, text=f"{letter} {phrase(3)}") for letter in "abcd")
            return Ordering(**common, items=items, answer=tuple(random.sample("abcd", 4)))
        case "essay":
            rubric = (Criterion(text=phrase(5), points=Fraction(2)), Criterion(text=phrase(5), points=Fraction(3)))
            return Essay(
                **common, style=random.choice(("term", "short", "long")), answer=_prose(language, random), rubric=rubric
            )
        case "information":
            return Information(**common)
        case "group":
            raise ValueError("a group holds no group")
        case _:
            assert_never(kind)


_HALF = Fraction(1, 2)


def _common(name: str, random: Random) -> dict[str, Any]:
    language = random.choice(("zh-CN", "zh-CN", "en"))
    chapter = random.randint(1, 12)
    return {
        "id": name,
        "stem": _stem(name, language, random),
        "points": Fraction(random.randint(1, 5)),
        "feedback": Feedback(general=_phrase(language, 12, random)),
        "tags": (f"chapter-{chapter}",),
        "category": (("图书馆服务", f"第{chapter}章") if language == "zh-CN" else ("Library", f"Chapter {chapter}")),
        "difficulty": random.randint(1, 5),
        "language": language,
    }


def _stem(name: str, language: str, random: Random) -> Text:
    sentence = f"{_phrase(language, 10, random)} ({name})?"
    if random.random() < 0.8:
        return sentence
    return Html(html=f"<p>{sentence} <strong>{_phrase(language, 2, random)}</strong> <tex>x^{{{len(name)}}}</tex></p>")


def _cloze(common: dict[str, Any], language: str, random: Random) -> Cloze:
    words = [_phrase(language, 4, random) for _ in range(4)]
    gaps = "".join(f'{word} <blank id="b{i}"/> ' for i, word in enumerate(words[:3], start=1))
    options = _choices(3, language, random)
    blanks = (
        TextBlank(id="b1", answer=(Accepted(text=words[3]),)),
        NumericBlank(id="b2", answer=(NumericAnswer(value=Fraction(random.randint(1, 99))),)),
        ChoiceBlank(id="b3", choices=options, answer=random.choice(options).id),
    )
    return Cloze(**{**common, "stem": Html(html=f"<p>{gaps}({common['id']})</p>")}, blanks=blanks)


def _choices(count: int, language: str, random: Random) -> tuple[Choice, ...]:
    return tuple(
        Choice(id=letter, text=f"{_phrase(language, 4, random)} {i}", feedback=_phrase(language, 7, random))
        for i, letter in enumerate("ABCDEF"[:count])
    )


def _prose(language: str, random: Random) -> Text:
    return Html(html="".join(f"<p>{_phrase(language, 15, random)}.</p>" for _ in range(2)))


def _phrase(language: str, words: int, random: Random) -> str:
    return ("" if language == "zh-CN" else " ").join(random.choices(_WORDS[language], k=words))


def main() -> None:
    """Write the bank that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a synthetic bank.")
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument("out", metavar="OUT.jsonl")
    parser.add_argument("--kind", choices=get_args(Kind), help="all questions of one kind")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    assert set(_WEIGHTS) == set(KINDS)
    header = Header(qbank=1, title=f"{given.count} synthetic questions", language="zh-CN")
    with atomic_write(given.out) as sink:
        bankfile.write(header, questions(given.count, given.kind, given.seed), sink, bankfile.form_for(given.out))


if __name__ == "__main__":
    main()
