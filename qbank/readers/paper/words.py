"""The vocabulary of exam papers, as patterns over folded text: kinds, labels, question words."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, TypeAlias

PaperKind: TypeAlias = Literal[
    "choice",
    "single",
    "multiple",
    "judge",
    "fill",
    "term",
    "short",
    "long",
    "case",
    "reading",
    "open",
    "match",
    "order",
]
"""What a paper calls its questions; `choice` and `open` leave the exact kind to the question."""

CHOICES: frozenset[PaperKind] = frozenset({"choice", "single", "multiple"})
OPENS: frozenset[PaperKind] = frozenset({"term", "short", "long", "case", "open"})

HAN = "一二三四五六七八九十"
HAN_NUMBER = rf"[{HAN}百]{{1,4}}"

_KINDS: tuple[tuple[PaperKind, str], ...] = (
    ("multiple", r"多项选择|多选|不定项选择|不定项|复选|多项选|[XK]型"),
    ("single", r"单项选择|单选|单择|最佳选择|[AB][1-4]型|[AB]型"),
    ("judge", r"阅读.{0,8}判断(?:正误|对错)"),
    ("reading", r"阅读理解|阅读短文|现代文阅读|文言文阅读|完形填空|阅读"),
    ("judge", r"判断正误|判断对错|判断说明|判断改错|判断|是非|正误|对错"),
    ("fill", r"填空|填充|补全|完成句子"),
    ("term", r"名词解释|名词术语解释|概念解释|术语解释|解释概念|解释名词|基本概念|词语解释"),
    ("case", r"案例分析|案例|材料分析|材料|资料分析|情景分析|情境分析|事例分析"),
    ("long", r"论述|论文|作文|写作|论证"),
    ("match", r"连线|匹配|配对|配伍"),
    ("order", r"排序"),
    ("short", r"简答|问答|简述|简要回答|回答问题|思考|复习思考|辨析|说明"),
    (
        "open",
        r"计算|编程|程序设计|程序|证明|画图|作图|设计|解答|综合应用|综合分析|综合|应用|操作|实验|实训|分析|翻译|改错|主观|其他|其它",
    ),
    ("choice", r"选择|客观"),
)
KIND_WORD = "|".join(pattern for _, pattern in _KINDS)
KIND_START = "".join(
    sorted({c for part in KIND_WORD.split("|") for c in (part[1 : part.index("]")] if part[0] == "[" else part[0])})
)
"""The characters a kind's word can begin with, for a look ahead that spares the search through all of them."""
_KIND_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in _KINDS]

_ENGLISH: tuple[tuple[PaperKind, str], ...] = (
    ("multiple", r"multiple[- ](?:responses?|answers?|select)|select all|checkbox"),
    ("choice", r"multiple[- ]choices?|mcqs?|choices?|choose the (?:best|correct|right)|pick one"),
    ("single", r"single[- ](?:choices?|answers?)"),
    ("judge", r"true[ \t]*(?:[(]t[)])?[ \t]*(?:/|or|-|and|&|\|)?[ \t]*false|t[ \t]*/[ \t]*f"),
    ("fill", r"fill[- ]in[- ](?:the[- ])?(?:blanks?|gaps?)|fill in|completions?|cloze"),
    ("term", r"definitions?|define|terms?|vocabulary|identification"),
    ("short", r"short[- ](?:answers?|essays?)|open[- ]ended|free response|problems?"),
    ("long", r"essays?|long answers?|discussion"),
    ("case", r"case (?:stud(?:y|ies)|analysis)"),
    ("reading", r"reading(?: comprehension)?|passage"),
    ("match", r"matching"),
    ("open", r"translations?|translate|writing|composition"),
)
ENGLISH_WORD = "|".join(pattern for _, pattern in _ENGLISH)
_ENGLISH_PATTERNS = [(kind, re.compile(rf"\b(?:{pattern})\b", re.I)) for kind, pattern in _ENGLISH]


def kind_named(text: str) -> PaperKind | None:
    """The kind a heading or a tag names; None when it names none."""
    if re.search(r"非(?:单项|多项)?选择|主观题", text):
        return "open"
    if re.search(r"(?:案例|情[景境]|材料)分析", text):
        return "case"
    for kind, pattern in _KIND_PATTERNS:
        if pattern.search(text):
            return kind
    for kind, pattern in _ENGLISH_PATTERNS:
        if pattern.search(text):
            return kind
    return None


def han_value(text: str) -> int:
    """The number a Chinese numeral below 1000 stands for; 0 for nonsense."""
    total = unit = 0
    for c in text:
        if c == "百":
            total, unit = total + (unit or 1) * 100, 0
        elif c == "十":
            total, unit = total + (unit or 1) * 10, 0
        else:
            unit = HAN.find(c) + 1
    return total + unit


ASKING = re.compile(
    r"什么|哪些|哪几|哪个|哪种|哪一|哪位|哪里|哪儿|哪年|哪(?!怕)|谁|如何|怎样|怎么|为什么|为何|何谓|何为|何种|几[种个类项条步方]|多少|多久|多大|是否|吗|呢"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how|is|are|does|do|did|can|could|should|would|will|name|list)\b",
    re.I,
)
COMMAND = re.compile(
    r"^(?:请|试)?(?:你)?(?:简要|简单|详细|分别|结合\S{1,12}?)?(?:地)?(?:简述|试论|试析|浅谈|浅析|略论|简析|简评|评析|辨析|对比|区分|推导|求证|默写|补写|续写|介绍|说一?说|讲一?讲|谈一?谈|聊一?聊|描写|阐明|简介|概括|试述|论述|阐述|叙述|概述|描述|列举|列出|说明|解释|分析|比较|指出|写出|回答|谈谈|举例|设计|计算|证明|画出|编写|求|翻译|给出|论证|评价|评述|归纳|"
    r"名词解释|什么是|何谓|假设|假如|如果你)|^(?:briefly |please )?(?:explain|describe|discuss|define|compare|list|state|give|write|calculate|prove|outline|identify|name|summari[sz]e|evaluate|analy[sz]e)\b",
    re.I,
)

GAP = re.compile(
    r"(?<=[\w,'’] )\.{8,}(?= ?[\w,;.?])|[(\[]\s*_{1,}\s*[)\]]|[(\[]\s*[)\]]|_{2,}|[【]\s*[】]|\[(?:BlankArea|填空|空)[ \t]*\d+\]|\{\{?\d*\}\}?|(?<=[^\s]) {4,}(?=[^\s])|[(\[]\s*\d{1,2}\s*[)\]]\s*_{2,}|—{3,}|﹍+"
)
"""A place left open: empty brackets, a line, a run of blanks."""
SURE_GAP = re.compile(
    r"(?<=[\w,'’] )\.{8,}(?= ?[\w,;.?])|[(\[]\s*_*\s*[)\]]|_{2,}|[【]\s*[】]|\[(?:BlankArea|填空|空)[ \t]*\d+\]|—{3,}"
)

POINTS = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*(?:分|points?|pts?|marks?)(?![钟之析别布类子])", re.I)
_EACH = re.compile(
    r"每(?:小题|题|个|道|空|小问|问|项)?\s*(\d{1,3}(?:\.\d{1,2})?)\s*分"
    r"|(\d{1,3}(?:\.\d{1,2})?)\s*分\s*/\s*(?:题|空|个)|(\d{1,3}(?:\.\d+)?)\s*(?:pts?|points?|marks?)\s*(?:each|\*|x)"
    r"|each\D{0,20}?(\d{1,3}(?:\.\d+)?)\s*(?:pts?|points?|marks?)",
    re.I,
)
_PRODUCT = re.compile(
    r"(\d{1,3}(?:\.\d{1,2})?)\s*(?:分|题|个|小题|pts?|')?\s*[×xX*]\s*(\d{1,3}(?:\.\d{1,2})?)\s*(?:分|题|个|小题|pts?|')?\s*=\s*(\d{1,4})"
)
_COUNT = re.compile(
    r"共\s*(?:计)?\s*(\d{1,4})\s*(?:个|道)?\s*(?:小)?题|(\d{1,4})\s*(?:个|道)\s*(?:小)?题|包括\s*(\d{1,4})\s*小题"
)
_TOTAL = re.compile(
    r"(?:共\s*\d+\s*(?:小)?题\s*[,、]\s*(?:共|计)?|共|计|总分|满分|合计)\s*(?:计|为)?\s*[:]?\s*(\d{1,4}(?:\.\d{1,2})?)\s*分"
)
_PER_GAP = re.compile(r"每(?:个)?空")
_SIMPLE = re.compile(r"^\W*(\d{1,3}(?:\.\d{1,2})?)\s*(?:分|points?|pts?|marks?)\W*$", re.I)


_SEVERAL = re.compile(
    r"(?:第)?\s*(\d{1,3})\s*(?:[-~—–至到、和]\s*(?:第)?\s*(\d{1,3})\s*)?(?:小)?题?\s*(?:为|是|有)\s*(?:多项?选|不定项|多个(?:选项|答案)|[^\d,。;]{0,8}(?:多项|多个))"
)
"""Which questions of a heading's have several right options: `其中5-6题为多选`."""


class Promise:
    """What a heading promises: how many questions, what each is worth, what all are worth, which have several answers."""

    __slots__ = ("count", "each", "per_gap", "several", "total")

    def __init__(self, text: str) -> None:
        self.count: int | None = None
        self.each: Fraction | None = None
        self.total: Fraction | None = None
        self.per_gap = bool(_PER_GAP.search(text))
        told = _SEVERAL.search(text)
        self.several = range(int(told[1]), int(told[2] or told[1]) + 1) if told else range(0)
        if found := _COUNT.search(text):
            self.count = int(next(g for g in found.groups() if g))
        if found := _TOTAL.search(text):
            self.total = Fraction(found[1])
        if found := _EACH.search(text):
            self.each = Fraction(next(g for g in found.groups() if g))
        elif found := _PRODUCT.search(text):
            one, two, product = Fraction(found[1]), Fraction(found[2]), Fraction(found[3])
            self.total = product
            if one * two == product:
                # which factor is the points: the one marked 分, else the second
                self.each = one if re.match(r"\S*?分\s*[×xX*]", found[0]) and "题" not in found[0][:4] else two
                if self.count is not None and self.count == two and one != two:
                    self.each = one
                if one <= two and self.each == two and self.count is None:
                    self.count = int(one)
        elif (found := _SIMPLE.match(text)) and self.total is None:
            self.total = Fraction(found[1])
        if self.each is None and self.total is not None and self.count:
            self.each = self.total / self.count
