"""The import sheets of quiz platforms, one description each: writing and reading both go by it.

Columns and limits are those of the platforms' own templates or, where those
cannot be had, of several programs that write them; what is not known of a
platform is not written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from qbank.formats.platforms.headers import LETTERS, plain
from qbank.model import KINDS, Kind

Key: TypeAlias = Literal["letters", "numbers", "columns", "first"]
"""How a row says which choices are right: `BD`, `2,4`, a letter a column, or by putting the right one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a platform spells a question as the row of a sheet."""

    name: str
    title: str
    suffix: str
    columns: tuple[tuple[str, str], ...]
    """Field and heading, from the left; the field is "" for a column that is left empty."""
    kinds: Mapping[str, str]
    """The word for each kind, or for each style of an essay (`essay:long`); without a kind column it is not written."""
    key: Key = "letters"
    joint: str = ""
    """Between several keys."""
    choices: int
    """The most choices of a question."""
    sheet: str = "Sheet1"
    above: tuple[tuple[str, ...], ...] = ()
    """Rows above the header; `{title}` is the title of the bank."""
    below: tuple[str, ...] = ()
    """A row of instructions below the header."""
    doubtful: frozenset[str] = frozenset()
    """Kinds whose words are not in what is published of the template."""
    truth: tuple[str, str] = ("True", "False")
    verdicts: Literal["choices", "answer"] = "choices"
    """Whether true and false are two choices, or the word in the answer."""
    longest: Mapping[str, int] = field(default_factory=dict)
    """The most characters of a `stem`, of a `choice`."""
    accepted: Literal["answer", "choices"] = "answer"
    """Where the texts that are accepted stand."""
    alternatives: str = ""
    """Between the accepted texts of a gap; without it only the first is written."""
    gaps: str = ""
    """Between the answers of several gaps; without it only questions with one gap are written."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """What stands in the same column of every row."""
    category: str = "/"
    bom: bool = False

    def has(self, name: str) -> bool:
        """Whether there is a column for a field."""
        return any(name == column for column, _ in self.columns)

    def word(self, kind: str, style: str = "") -> str | None:
        """The word for a kind and the style of an essay; None where the platform has none."""
        return self.kinds.get(f"{kind}:{style}") or self.kinds.get(kind)


def _letters(title: str, count: int) -> tuple[tuple[str, str], ...]:
    return tuple((LETTERS[i], title.format(n=i + 1, letter=LETTERS[i])) for i in range(count))


_CHINESE_KINDS = {
    "single_choice": "单选题",
    "multiple_choice": "多选题",
    "true_false": "判断题",
    "cloze": "填空题",
    "short_answer": "填空题",
    "numeric": "填空题",
    "essay": "简答题",
}
_QUIZ_KINDS = {"single_choice": "", "multiple_choice": "", "true_false": ""}

KAOSHIBAO = Dialect(
    name="kaoshibao",
    title="Kaoshibao sheet (考试宝)",
    suffix=".xlsx",
    sheet="试题案例，直接导入试试",
    above=(("填写须知：第二行为表头，请勿改动；试题从第三行开始，一行一题。",),),
    columns=(
        ("stem", "题干（必填）"),
        ("kind", "题型 （必填）"),
        *_letters("选项 {letter}", 4),
        *((letter, f"选项{letter}\n(勿删)") for letter in "EFGH"),
        ("answer", "正确答案\n（必填）"),
        ("feedback", "解析\n（勿删）"),
        ("category", "章节\n（勿删）"),
        ("", "难度"),
    ),
    kinds=_CHINESE_KINDS,
    doubtful=frozenset({"cloze", "short_answer", "numeric", "essay"}),
    choices=8,
    truth=("对", "错"),
)
MOTIBANG = Dialect(
    name="motibang",
    title="Motibang sheet (磨题帮)",
    suffix=".xlsx",
    columns=(
        ("stem", "题干"),
        ("kind", "题型"),
        *_letters("选择项{n}", 10),
        ("answer", "答案"),
        ("feedback", "解析"),
        ("points", "得分"),
    ),
    kinds=_CHINESE_KINDS | {"single_choice": "选择题", "multiple_choice": "选择题"},
    choices=10,
    truth=("对", "错"),
    verdicts="answer",
    gaps="||",
)
CHAOXING = Dialect(
    name="chaoxing",
    title="Chaoxing question bank sheet (超星学习通)",
    suffix=".xlsx",
    sheet="课程题库",
    columns=(
        ("category", "目录"),
        ("kind", "题目类型"),
        ("stem", "大题题干"),
        ("", "小题题型"),
        ("", "小题题干"),
        ("answer", "正确答案"),
        ("feedback", "答案解析"),
        ("", "难易度"),
        ("", "知识点"),
        ("tags", "标签"),
        ("count", "选项数"),
        *_letters("选项{letter}", 10),
    ),
    kinds=_CHINESE_KINDS | {"essay:term": "名词解释", "essay:long": "论述题"},
    choices=10,
    truth=("正确", "错误"),
    alternatives=";",
)
KAHOOT = Dialect(
    name="kahoot",
    title="Kahoot! quiz sheet",
    suffix=".xlsx",
    above=(
        (),
        ("", "Quiz template"),
        ("", "One question a row, two to four answers each."),
        ("", "Right answers are named by their numbers: 2 or 1,3."),
        (),
        (),
        (),
    ),
    columns=(
        ("number", ""),
        ("stem", "Question - max 120 characters"),
        *_letters("Answer {n} - max 75 characters", 4),
        ("time", "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs"),
        ("answer", "Correct answer(s) - choose at least one"),
    ),
    kinds=_QUIZ_KINDS,
    key="numbers",
    joint=",",
    choices=4,
    longest={"stem": 120, "choice": 75},
    constants={"time": "20"},
)
QUIZIZZ = Dialect(
    name="quizizz",
    title="Wayground (Quizizz) sheet",
    suffix=".xlsx",
    columns=(
        ("stem", "Question Text"),
        ("kind", "Question Type"),
        *_letters("Option {n}", 5),
        ("answer", "Correct Answer"),
        ("time", "Time in seconds"),
        ("", "Image Link"),
        ("feedback", "Answer explanation"),
    ),
    below=(
        "Text of the question (required)", "Type of the question (default: Multiple Choice)", "Text of option 1",
        "Text of option 2", "Text of option 3", "Text of option 4", "Text of option 5",
        "Number of the right option; several with commas between them (Checkbox)",
        "Seconds to answer (default: 30)", "Link of a picture (optional)", "Why the answer is right (optional)",
    ),
    kinds={
        "single_choice": "Multiple Choice",
        "multiple_choice": "Checkbox",
        "true_false": "Multiple Choice",
        "short_answer": "Fill-in-the-Blank",
        "cloze": "Fill-in-the-Blank",
        "numeric": "Fill-in-the-Blank",
        "essay": "Open-Ended",
    },
    key="numbers",
    joint=",",
    choices=5,
    accepted="choices",
    constants={"time": "30"},
)  # fmt: skip
BLOOKET = Dialect(
    name="blooket",
    title="Blooket import template",
    suffix=".csv",
    above=(("Blooket\nImport Template",),),
    columns=(
        ("number", "Question #"),
        ("stem", "Question Text"),
        ("A", "Answer 1"),
        ("B", "Answer 2"),
        ("C", "Answer 3\n(Optional)"),
        ("D", "Answer 4\n(Optional)"),
        ("time", "Time Limit (sec)\n(Max: 300 seconds)"),
        ("answer", "Correct Answer(s)\n(Only include Answer #)"),
    ),
    kinds=_QUIZ_KINDS,
    key="numbers",
    joint=",",
    choices=4,
    constants={"time": "20"},
)
GIMKIT = Dialect(
    name="gimkit",
    title="Gimkit spreadsheet template",
    suffix=".csv",
    above=(("Gimkit Spreadsheet Import Template",),),
    columns=(
        ("stem", "Question"),
        ("A", "Correct Answer"),
        ("B", "Incorrect Answer 1"),
        ("C", "Incorrect Answer 2 (Optional)"),
        ("D", "Incorrect Answer 3 (Optional)"),
    ),
    kinds={"single_choice": "", "true_false": ""},
    key="first",
    choices=4,
)
SOCRATIVE = Dialect(
    name="socrative",
    title="Socrative quiz sheet",
    suffix=".xlsx",
    sheet="Quick Quiz",
    above=((), (), ("1. Quiz Name:", "{title}"), (), ()),
    columns=(
        ("kind", "2. Question Type:"),
        ("stem", "3. Question:"),
        *_letters("Answer {letter}:", 5),
        ("answer", "5. Correct Answer:"),
        *((f"answer{n}", "") for n in range(2, 6)),
        ("feedback", "6. Explanation (Optional):"),
    ),
    kinds={
        "single_choice": "Multiple choice",
        "multiple_choice": "Multiple choice",
        "true_false": "Multiple choice",
        "essay": "Open-ended",
    },
    key="columns",
    choices=5,
)
WOOCLAP = Dialect(
    name="wooclap",
    title="Wooclap sheet",
    suffix=".xlsx",
    columns=(
        ("kind", "Type"),
        ("stem", "Title"),
        ("answer", "Correct"),
        *((LETTERS[n], "" if n else "Choice") for n in range(10)),
    ),
    kinds={"single_choice": "MCQ", "multiple_choice": "MCQ", "true_false": "MCQ"},
    doubtful=frozenset({"multiple_choice"}),
    key="numbers",
    joint=",",
    choices=10,
)
_SHEET_KINDS = _CHINESE_KINDS | {
    "short_answer": "短答题",
    "numeric": "数值题",
    "essay:term": "名词解释",
    "essay:long": "论述题",
    "information": "说明",
}
SHEET = Dialect(
    name="sheet",
    title="Sheet with a question a row, Chinese headings",
    suffix=".xlsx",
    sheet="试题",
    columns=(
        ("kind", "题型"),
        ("stem", "题干"),
        *_letters("选项{letter}", 10),
        ("answer", "答案"),
        ("feedback", "解析"),
        ("points", "分值"),
        ("difficulty", "难度"),
        ("category", "章节"),
        ("tags", "标签"),
    ),
    kinds=_SHEET_KINDS,
    choices=10,
    truth=("对", "错"),
    verdicts="answer",
    alternatives=";",
    gaps="|",
    bom=True,
)
SHEET_EN = Dialect(
    name="sheet",
    title="Sheet with a question a row",
    suffix=".xlsx",
    sheet="Questions",
    columns=(
        ("kind", "Type"),
        ("stem", "Question"),
        *_letters("Option {letter}", 10),
        ("answer", "Answer"),
        ("feedback", "Explanation"),
        ("points", "Points"),
        ("difficulty", "Difficulty"),
        ("category", "Category"),
        ("tags", "Tags"),
    ),
    kinds={
        "single_choice": "single choice",
        "multiple_choice": "multiple answers",
        "true_false": "true/false",
        "cloze": "fill in the blank",
        "short_answer": "short answer",
        "numeric": "numeric",
        "essay": "essay",
        "essay:term": "definition",
        "essay:long": "long essay",
        "information": "information",
    },
    choices=10,
    verdicts="answer",
    alternatives=";",
    gaps="|",
    bom=True,
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {d.name: d for d in (KAOSHIBAO, MOTIBANG, CHAOXING, KAHOOT, QUIZIZZ, BLOOKET, GIMKIT, SOCRATIVE, WOOCLAP)}
)
"""The platforms whose sheets are recognised by their headings."""


def kinds_of(dialect: Dialect) -> frozenset[Kind]:
    """The kinds a platform has rows for; a group is its members."""
    named = {key.partition(":")[0] for key in dialect.kinds}
    return frozenset(kind for kind in KINDS if kind in named) | {"group"}


_KNOWN: Mapping[str, tuple[str, ...]] = {  # what the headings of each template hold, without case, blanks and marks
    "quizizz": ("questiontext", "questiontype", "option1", "option2", "correctanswer", "timeinseconds"),
    "blooket": ("question#", "questiontext", "answer1", "answer2", "correctanswer"),
    "kahoot": ("question", "answer1", "answer2", "answer3", "answer4", "timelimit", "correctanswer"),
    "gimkit": ("question", "correctanswer", "incorrectanswer1"),
    "socrative": ("questiontype", "question", "answera", "answerb", "answerc", "explanation"),
    "wooclap": ("type", "title", "correct", "choice"),
    "kaoshibao": ("题干", "题型", "选项a", "选项b", "正确答案", "章节", "勿删"),
    "chaoxing": ("目录", "题目类型", "大题题干", "正确答案", "选项数"),
    "motibang": ("题干", "题型", "选择项1", "选择项2", "解析"),
}


def recognised(titles: Sequence[str]) -> str | None:
    """The platform whose template a header row is of; None for a sheet of nobody's in particular."""
    said = [plain(title) for title in titles]
    for name, wanted in _KNOWN.items():
        if all(any(word in title for title in said) for word in wanted):
            return name
    return None
