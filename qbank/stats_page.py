"""The figures of a bank as a page of pictures: what is in it, and what each target would lose of it."""

from __future__ import annotations

import base64
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from qbank import export, richtext
from qbank.assets import AssetStore
from qbank.bankfile import BankReader
from qbank.codes import CODES
from qbank.diagnostics import QbankError, Report
from qbank.formats.sheets import Tongue, kind_label, tongue_of
from qbank.model import KINDS, Group, Question, is_answered, texts
from qbank.stats import Figures, count

LENGTHS = (20, 40, 80, 160, 320, 640)
"""Upper ends of the classes of stem length, in characters; the last class has none."""
MOST_ROWS = 20
HAS = ("answer", "tag", "category", "difficulty", "explanation", "hint", "source", "picture")

WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "head": "{}: figures",
        "summary": "{0} questions · {1} answered · {2} drafts · {3} points",
        "kind": "Kinds",
        "category": "Categories",
        "tag": "Tags",
        "key": "Where the right choice stands",
        "key_note": "How often each letter is right, in single and multiple choice. The line is the average.",
        "difficulty": "Difficulty",
        "difficulty_note": "1 is very easy, 5 very hard.",
        "length": "Length of the stems",
        "length_note": "In characters.",
        "has": "How complete the questions are",
        "document": "Sources",
        "targets": "What each target would keep",
        "targets_note": "With the default settings: questions without an answer and drafts are left out.",
        "whole": "whole",
        "part": "with losses",
        "left": "left out",
        "losses": "Losses",
        "nothing_lost": "Nothing is lost.",
        "failed": "Could not be written: {0}",
        "more": "and {0} more",
        "none": "(none)",
        "name": "Name",
        "number": "Questions",
        "longer": "more",
        "has_answer": "have an answer",
        "has_tag": "have a tag",
        "has_category": "have a category",
        "has_difficulty": "have a difficulty",
        "has_explanation": "have an explanation",
        "has_hint": "have a hint",
        "has_source": "say where they come from",
        "has_picture": "have a picture or sound",
        "empty": "There is no question in this bank.",
    },
    "zh": {
        "head": "{} 统计",
        "summary": "{0} 题 · {1} 题有答案 · {2} 题为草稿 · 共 {3} 分",
        "kind": "题型",
        "category": "分类",
        "tag": "标签",
        "key": "正确选项的分布",
        "key_note": "单选题和多选题中各字母作为正确答案的次数。横线为平均值。",
        "difficulty": "难度",
        "difficulty_note": "1 最易，5 最难。",
        "length": "题干长度",
        "length_note": "以字符计。",
        "has": "题目完整程度",
        "document": "来源",
        "targets": "各格式能保留多少",
        "targets_note": "按默认设置：没有答案的题目和草稿不导出。",
        "whole": "完整",
        "part": "有损失",
        "left": "未导出",
        "losses": "损失",
        "nothing_lost": "没有损失。",
        "failed": "无法写出：{0}",
        "more": "还有 {0} 项",
        "none": "（无）",
        "name": "名称",
        "number": "题数",
        "longer": "更长",
        "has_answer": "有答案",
        "has_tag": "有标签",
        "has_category": "有分类",
        "has_difficulty": "有难度",
        "has_explanation": "有解析",
        "has_hint": "有提示",
        "has_source": "有来源",
        "has_picture": "有图片或录音",
        "empty": "题库中没有题目。",
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    """A bar: its name, how many, and how long it is, in thousandths of the longest."""

    name: str
    number: int
    length: int
    share: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Lying bars, the rest of a long list counted in `more`."""

    rows: tuple[Row, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Standing bars; `average` is the height of a line across, in thousandths, None without one."""

    rows: tuple[Row, ...]
    average: int | None = None


@dataclass(slots=True)
class Target:
    """What a target would keep of the bank, in questions, and the codes of its losses."""

    name: str
    title: str
    whole: int = 0
    part: int = 0
    left: int = 0
    codes: list[tuple[str, str, int]] = field(default_factory=list)
    """Code, its name, how many."""
    error: str = ""

    @property
    def total(self) -> int:
        """All questions."""
        return self.whole + self.part + self.left


@dataclass(slots=True)
class _More:
    """What is counted besides `Figures`, in the same pass."""

    has: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)

    def seen(self, questions: Iterable[Question]) -> Iterator[Question]:
        """The questions, counted as they pass."""
        for question in questions:
            self.has.update(name for name in HAS if _has(question, name))
            length = len("".join(richtext.plain(question.stem).split()))
            self.lengths[next((i for i, end in enumerate(LENGTHS) if length <= end), len(LENGTHS))] += 1
            yield question


def page(opened: Callable[[], BankReader], tick: Callable[[int], None] | None = None) -> str:
    """The page, as HTML without scripts; the bank is opened once, and once more for each target."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    reader, more = opened(), _More()
    figures = count(more.seen(reader.questions()))
    tongue = tongue_of(reader.header.language or "und")
    targets = []
    for name in export.names():
        if figures.questions:
            targets.append(losses(opened(), name))
        if tick is not None:
            tick(1)
    env = Environment(
        loader=PackageLoader("qbank.templates", ""),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    assert env.loader is not None
    style, _, _ = env.loader.get_source(env, "stats/style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return env.get_template("stats/page.j2").render(
        words=WORDS[tongue],
        tongue="zh-CN" if tongue == "zh" else "en",
        title=reader.header.title or "Question bank",
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704  # our own file
        figures=figures,
        charts=_charts(figures, more, tongue),
        targets=targets,
    )


def losses(reader: BankReader, name: str) -> Target:
    """What an exporter would lose of a bank, found by exporting it to nowhere."""
    exporter = export.get(name)
    report = Report()
    ctx = export.Context(reader.header, AssetStore(reader.header.assets, reader.folder), report=report)
    tops: dict[str, str] = {}

    def seen() -> Iterator[Question]:
        for question in reader.questions():
            tops[question.id] = question.id
            for sub in question.questions if isinstance(question, Group) else ():
                tops[sub.id] = question.id
            yield question

    target = Target(name, exporter.title)
    try:
        exporter.write(export.prepared(seen(), exporter, ctx), io.BytesIO(), ctx)
    except QbankError as error:
        target.error = str(error)
        return target
    lost = [d for d in report if d.is_loss]
    whole = set(tops.values())
    left = {d.question for d in lost if d.code.startswith("X1") and d.question in whole}
    touched = {tops.get(d.question, d.question) for d in lost} & whole
    target.left = len(left)
    target.part = len(touched - left)
    target.whole = len(whole) - target.left - target.part
    counted = Counter(d.code for d in lost)
    target.codes = [
        (code, CODES[code].name, n) for code, n in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]
    return target


def _charts(figures: Figures, more: _More, tongue: Tongue) -> dict[str, Bars | Columns]:
    words, counters, whole = WORDS[tongue], figures.counters, figures.questions
    kinds = [(kind_label(kind, "", tongue), counters["kind"][kind]) for kind in KINDS if counters["kind"][kind]]
    categories = [(words["none"] if name == "(none)" else name, n) for name, n in counters["category"].most_common()]
    keys = [(name, counters["key"][name]) for name in sorted(counters["key"])]
    levels = [(str(level), counters["difficulty"][str(level)]) for level in range(1, 6)]
    starts = [0, *(end + 1 for end in LENGTHS)]
    ranges = [f"{start}–{end}" for start, end in zip(starts, LENGTHS, strict=False)] + [words["longer"]]
    has = [(words[f"has_{name}"], more.has[name]) for name in HAS]
    return {
        "kind": _bars(kinds, whole),
        "has": Bars(tuple(Row(name, n, _of(n, whole), _percent(n, whole)) for name, n in has)),
        "key": _columns(keys, average=True),
        "difficulty": _columns(levels if any(n for _, n in levels) else []),
        "length": _columns([(name, more.lengths[i]) for i, name in enumerate(ranges)]),
        "category": _bars(categories, whole),
        "tag": _bars(counters["tag"].most_common(), whole),
        "document": _bars(counters["document"].most_common(), whole),
    }


def _bars(pairs: list[tuple[str, int]], whole: int) -> Bars:
    most = max((n for _, n in pairs), default=1)
    rows = tuple(Row(name, n, _of(n, most), _percent(n, whole)) for name, n in pairs[:MOST_ROWS])
    return Bars(rows, max(0, len(pairs) - MOST_ROWS))


def _columns(pairs: list[tuple[str, int]], *, average: bool = False) -> Columns:
    most = max((n for _, n in pairs), default=0) or 1
    mean = _of(sum(n for _, n in pairs), most * len(pairs)) if average and len(pairs) > 1 else None
    return Columns(tuple(Row(name, n, _of(n, most)) for name, n in pairs), mean)


def _of(part: int, whole: int) -> int:
    return 1000 * part // whole if whole else 0


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""


def _has(question: Question, name: str) -> bool:
    match name:
        case "answer":
            return is_answered(question)
        case "tag":
            return bool(question.tags)
        case "category":
            return bool(question.category)
        case "difficulty":
            return question.difficulty is not None
        case "explanation":
            parts = question.questions if isinstance(question, Group) else ()
            return any(q.feedback is not None and q.feedback.general is not None for q in (question, *parts))
        case "hint":
            return bool(question.hints)
        case "source":
            return question.source is not None
        case _:
            return any(True for _, text in texts(question) for _ in richtext.asset_names(text))
