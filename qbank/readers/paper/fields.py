"""The labelled parts of a question: its answer, explanation, points, difficulty, and what a student gave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Name: TypeAlias = Literal["answer", "student", "explanation", "knowledge", "difficulty", "points", "skip"]

_LETTERS = r"[(（【\[“\"]?\s*(?:[A-H](?:[\s,、;和&]*[A-H]){0,7}(?![A-Za-z]|[ \t]*[.、:)][ \t]*[^\s)】])|[√×]|对(?!象|于|方|照|比|手|称|应|立)|错(?!误的|综)|正确|错误)"
_FIELD = re.compile(
    rf"""(?P<head>(?:^|(?<=\n))[ \t>|*\-_\#]*)?
    (?=[ \t\d.(<*\[【\-–a-hk-prsty批评教老我学你您考本参正标答故试解题官详依出命条法来相分点理技小提反知所章难满得获选请]|\S[ ]exact)
    (?:
      (?P<student>(?<=\n)[ \t]*(?:contains|pattern[ ]match)\t|(?<=\n)[ \t]*(?:批语|批改意见|评语|教师评语|老师评语)[ \t]*[:]|(?:我的|学生|你的|您的|考生|本人)(?:的)?(?:答案|作答|选择|回答)[ \t]*[:]?|(?:your|my|selected|student(?:'s)?)[ ]answers?(?:[ ]is)?[ \t]*[:])
    | (?P<answer>
        [【\[](?:正确答案|参考答案|标准答案|答案|本题答案|正确选项|答案要点|答题要点|参考要点|评分要点|答)[】\]][ \t]*[:]?
      | <summary>[ \t]*(?:<\w+>)?[ \t]*(?:(?:点击|点我|展开|查看|显示|click[ ](?:to|for)|show|view|see|reveal|the)[ ]?){{0,4}}(?:正确|参考)?(?:答案|answer|solution)[ \t]*[:]?[ \t]*(?:</\w+>)?[ \t]*</summary>[ \t]*[:]?
      | (?<![我生你您的问])(?:故(?:本题)?)?(?:参考答案要点|正确的?答案|参考答案|标准答案|参考解答|答题要点|答案要点|参考要点|本题答案|正确选项|试题答案|答案)(?:[(][^()\n]{{0,12}}[)])?[ \t]*(?:\*\*)?[ \t]*(?:是|为|应为|选)?[ \t]*[:](?:[ \t]*\*\*)?
      | (?<![我生你您的问])(?:正确的?答案|参考答案|标准答案|答案)[ \t]*(?:是|为|选)?[ \t]*(?={_LETTERS})
      | (?<![回抢应解问作保报])答[ \t]*[:](?![ \t]*[(][ \t]*[)])
      | 故(?:本题)?(?:答案)?(?:应)?选[ \t]*[:]?[ \t]*(?={_LETTERS}[ \t]*(?:项)?[。.])
      | \b(?:the[ ])?(?:correct[ ]|right[ ]|suggested[ ]|model[ ]|sample[ ]|best[ ])?(?:answers?|ans(?:wer)?|choice|option)(?:[ ]key)?(?:\(s\))?[ \t]*(?:\*\*)?[ \t]*(?:[ ](?:is|are))?[ \t]*(?:[:]|=(?!=))(?:[ \t]*\*\*)?
      | \b(?:the[ ])?(?:correct[ ]|right[ ])answers?[ ](?:is|are)[ \t]*
      | (?<=\n)[ \t]*参考[ \t]*[:]
      | (?<=\n)[ \t]*(?:(?:correct[ ]|right[ ])?answers?|ans)[ \t]*[-–—][ \t]*(?=[(]?[A-Ha-h][)]?[ \t]*(?:\n|\Z))
      | (?<=\n)[ \t]*key[ \t]*:[ \t]*(?=[(]?[A-H](?:[ ,]*[A-H])*[).]?[ \t]*(?:\n|\Z))
      | (?<=\n)[ \t]*A[ \t]*:(?=[^\n]*(?:\n\s*(?:Q[ \t]*[:.\d]|\d{{1,3}}[.)])|\n[ \t]*\n|\s*\Z))
      | (?:(?<=\n)|(?<=[。)\]]))[ \t]*解[ \t]*[:]
      | \bANS[ \t]*[:.]
      | (?<=\n)[ \t]*(?:\S[ ])?exact[ ]match[ \t]+(?=\S)
      | (?<=\n)[ \t]*(?:correct[ ]answers?|answers?|正确答案|参考答案|答案)[ \t]*(?=\n[ \t]*[(]?[A-H](?:[.)、]|[ \t]*\n|[ \t]*\Z))
      )
    | (?P<explanation>
        [【\[](?:答案解析|试题解析|题目解析|解析|详解|分析|点评|解答|点拨|思路|解题思路|知识拓展|考点解析)[】\]][ \t]*[:]?
      | (?:答案解析|试题解析|题目解析|答案详解|本题解释|本题解析|官方解释|解析|详解|解题思路|答题思路)[ \t]*(?:\*\*)?[ \t]*[:]
      | (?:评分标准|评分细则|评分要点)[ \t]*[:]
      | (?P<weak>解释|依据|出题依据|命题依据|参考条款|条款依据|法规来源|题目来源|来源|教材页码|教材依据|相关条款|答案依据|法规依据|依据条款|出处|答案出处|分析|点评|理由|评析|技巧|小贴士|提示|tip|hint)[ \t]*[:]
      | <summary>[ \t]*(?:点击|展开|查看|显示)?[ \t]*(?:解析|详解|explanation)[ \t]*[:]?[ \t]*</summary>
      | (?<=\n)[ \t]*(?:(?:overall[ ])?explanation|feedback|rationale|解析|反馈|答案解析)[ \t]*(?=\n)
      | \b(?:explanation|rationale|expl?|sol|reason(?:ing)?|(?:response[ ]|general[ ]|answer[ ])?feedback|solution)[ \t]*(?:\*\*)?[ \t]*[:](?:[ \t]*\*\*)?
      )
    | (?P<knowledge>[【\[](?:知识点|考点|考查点|考核点|知识模块|所属章节|所属知识点)[】\]][ \t]*[:]?|[【\[]?(?:知识点|考点|考查点|考核点|知识模块|所属章节|所属知识点|章节|标签)[】\]]?[ \t]*[:]|\b(?:topic|objective|obj|ref|tags?|bloom'?s?|nat|sta|loc|key|msc)[ \t]*[:])
    | (?P<difficulty>[【\[]?(?:难易程度|难易度|难度系数|难度等级|难度)[】\]]?[ \t]*[:]|\b(?:difficulty|diff?)[ \t]*[:])
    | (?P<points>(?:分值|分数|本题分数|题目分值|满分|本题得分|得分)[ \t]*[:]?[ \t]*(?=\d)|\b(?:pts|points?|marks?)[ \t]*[:][ \t]*(?=\d)|获得[ ]?(?=[\d.]+[ ]?分中的)|marked[ ]out[ ]of[ ](?=\d)|mark[ ][\d.]+[ ]out[ ]of[ ](?=\d)|(?:(?<=\n)|(?<=\t))[ \t]*[\d.]+[ ]out[ ]of[ ](?=[\d.]+[ ]points?)|(?<=\n)[ \t]*(?=[\d.]+[ ]pts?[ \t]*\n)|[(]分值[ \t]*[:][ \t]*(?=\d)|(?<=\n)[ \t]*(?:[\d.]+|not[ ]yet[ ]graded|[-–]+)[ ]*/[ ]*(?=[\d.]+[ ]*(?:pts|points|分)))
    | (?P<skip>(?:选择一项|请选择一项(?:或多项)?|选择一项或多项|select[ ]one(?:[ ]or[ ]more)?|(?<=\n)[ \t*]*(?:options?|choices|选项)[ \t*]*|(?<=\n)[ \t]*group[ ]of[ ]answer[ ]choices(?=[ \t]*\n))[ \t]*(?:[:]|(?<=answer[ ]choices))[ \t*]*(?=\n|[A-Ha-h][.、)]|[(]))
    )""",
    re.X | re.I,
)
_NAMES: tuple[Name, ...] = ("student", "answer", "explanation", "knowledge", "difficulty", "points", "skip")
SCORE_LINE = re.compile(
    r"^[ \t]*(?:\d{1,3}[ \t]*(?:minutes?|mins?|seconds?|secs?)[ \t]+)?(\d{1,3}(?:\.\d{1,2})?)[ \t]*(?:分|points?|pts?)(?:[ \t]+(?:saved|save answer))?[ \t]*$",
    re.M | re.I,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A label; its value reaches to the next label or the end of the question."""

    start: int
    end: int
    name: Name
    line: bool
    label: str


def fields(text: str) -> list[Field]:
    """Every labelled part in folded text, in order."""
    out: list[Field] = []
    attempts = re.search(r"^[ \t]*selected answers?[ \t]*:", text, re.M | re.I) is not None
    for match in _FIELD.finditer(text):
        name = next(n for n in _NAMES if match[n] is not None)
        line = match["head"] is not None
        label = match[name].strip(" \t*:")
        if match["weak"] and not line:
            continue
        latin = label[:1].isascii() and label[:1].isalpha()
        if (
            latin
            and name in {"answer", "explanation", "knowledge", "difficulty"}
            and not line
            and not _apart(text, match.start())
        ):
            continue
        if (
            latin
            and label.lower() in {"option", "choice", "options", "choices", "key", "ref", "nat", "sta", "loc"}
            and not line
            and name == "answer"
        ):
            continue
        if label == "A" and not _asked_above(text, match.start()):
            continue
        if attempts and label.lower() == "answers":
            name = "skip"  # beside `Selected Answer:` that is the list of options
        start = match.start() if not line else match.start("head")
        out.append(Field(start, match.end(), name, line, label))
    return out


def _asked_above(text: str, at: int) -> bool:
    """Whether the line above asks, or numbers a question: then `A:` answers, else it is a list's letter."""
    above = text[max(0, at - 400) : at].rstrip().rsplit("\n", 1)[-1].strip()
    return above.endswith("?") or re.match(r"(?:[*#]*\s*)(?:Q|\d)", above, re.I) is not None


def _apart(text: str, at: int) -> bool:
    """Whether an English label inside a line stands apart: after two blanks, an end mark or another field's value."""
    before = text[max(0, at - 2) : at]
    return (
        before.endswith(("  ", "\t"))
        or before.rstrip(" *")[-1:] in {".", ")", "?", "。", "]", "】"}
        or before.strip(" *").isupper()
    )
