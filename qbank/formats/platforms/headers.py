"""What the columns of a sheet of questions are, by the many words people head them with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIELDS: dict[str, tuple[str, ...]] = {
    "stem": (
        "题干", "大题题干", "试题题干", "题干内容", "题目内容", "试题内容", "问题内容", "试题题目", "题目描述", "问题描述",
        "题目题干", "题面", "考题", "考题内容", "题目", "试题", "问题", "题目名称", "试题名称", "试题标题", "题目标题",
        "问题标题", "题目文本", "question", "questiontext", "questiontitle", "questioncontent", "questionstem", "stem",
        "prompt", "thequestion", "questions", "小题", "内容",
    ),
    "kind": (
        "题型", "题目类型", "试题类型", "问题类型", "类型", "大题题型", "题目题型", "试题题型", "题类", "题型名称", "类别",
        "questiontype", "type", "kind", "qtype", "typeofquestion", "questionkind",
    ),
    "answer": (
        "正确答案", "答案", "标准答案", "参考答案", "正确选项", "正解", "题目答案", "试题答案", "答案选项", "正确项",
        "正确答案选项", "答案内容", "key", "answer", "answers", "correct", "correctanswer", "correctanswers", "rightanswer",
        "rightanswers", "correctoption", "correctoptions", "correctchoice", "correctresponse", "answerkey", "solution",
        "correctanswerss",
    ),
    "feedback": (
        "解析", "答案解析", "试题解析", "题目解析", "整体解析", "详解", "答题解析", "试题分析", "分析", "解答", "解题思路",
        "答案说明", "答案详解", "试题详解", "备注解析", "explanation", "answerexplanation", "rationale", "feedback",
        "generalfeedback", "comment", "explanations",
    ),
    "points": (
        "分值", "分数", "得分", "题目分值", "试题分值", "题目分数", "试题分数", "每题分值", "默认分值", "本题分值", "单题分值",
        "points", "point", "score", "mark", "marks", "weight", "grade",
    ),
    "difficulty": (
        "难度", "难易度", "难易程度", "难度等级", "难度系数", "试题难度", "题目难度", "难度级别", "difficulty", "level",
        "difficultylevel",
    ),
    "category": (
        "章节", "目录", "所属章节", "所属题库", "题库", "题库名称", "分类", "题目分类", "试题分类", "所属分类", "所属目录",
        "科目", "课程", "章", "单元", "章节名称", "chapter", "category", "topic", "section", "unit", "folder", "subject",
    ),
    "tags": (
        "标签", "关键词", "关键字", "试题标签", "题目标签", "tags", "tag", "keywords", "labels",
    ),
    "knowledge": (
        "知识点", "考点", "所属知识点", "知识点名称", "考查知识点", "knowledgepoint", "knowledgepoints", "learningobjective",
    ),
    "number": (
        "题号", "序号", "编号", "题目序号", "试题序号", "题目编号", "试题编号", "no", "number", "#", "question#",
        "questionnumber", "questionno", "sn", "index", "num",
    ),
    "id": ("id", "questionid", "题目id", "试题id", "qid"),
    "choices": (
        "选项", "候选项", "备选项", "备选答案", "可选项", "选择项", "选项内容", "答案选项内容", "题目选项", "试题选项", "所有选项",
        "choices", "options", "choice", "option", "alternatives", "answeroptions", "answerchoices",
    ),
    "title": ("标题", "title", "name", "名称"),
    "hints": ("提示", "hint", "hints"),
    "status": ("状态", "status"),
    "time": ("用时", "时间限制", "答题时间", "限时", "timelimit", "timeinseconds", "time", "seconds"),
    "count": ("选项数", "选项个数", "选项数量", "numberofoptions", "optioncount"),
    "image": ("图片", "题目图片", "题干图片", "试题图片", "配图", "image", "imagelink", "imageurl", "picture", "media"),
    "right": ("是否正确项", "是否正确", "是否正确答案", "是否答案", "iscorrect", "是否为正确答案"),
    "material": ("材料", "共用题干", "公共题干", "共用材料", "阅读材料", "案例", "材料内容", "passage", "context", "stimulus"),
    "sub_kind": ("小题题型", "子题题型", "子题类型", "小题类型"),
    "sub_stem": ("小题题干", "子题题干", "子题", "小题内容", "子题内容"),
    "language": ("语言", "language"),
    "incorrect": ("incorrectanswers", "wronganswers", "错误答案", "干扰项", "distractors"),
}  # fmt: skip
"""The fields of a row with the words that head them, without case, width, blanks and marks; the surest first."""
_FIELD_OF = {word: field for field, words in FIELDS.items() for word in words}
_RANK = {word: rank for words in FIELDS.values() for rank, word in enumerate(words)}
_HAN_DIGITS = {word: n for n, word in enumerate("一二三四五六七八九十", 1)}
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}
_CHOICE_WORDS = "选项|选择项|备选项|备选答案|候选项|候选答案|答案选项|可选项|选择|选|choice|option|answer|answeroption|alternative|response|opt"
_CHOICE = re.compile(rf"(?:{_CHOICE_WORDS})?([a-z]|[0-9]{{1,2}}|[一二三四五六七八九十])(?:选项|项|答案)?\Z")
_ANSWER_PART = re.compile(
    r"(?:正确|标准|参考)?答案([0-9]{1,2}|[一二三四五六七八九十])\Z|correct(?:answer)?([0-9]{1,2})\Z"
)
_WRONG = re.compile(r"(?:incorrect|wrong)(?:answer|option|choice)?s?([0-9]{1,2})\Z|(?:错误答案|干扰项)([0-9]{1,2})\Z")
_PART_POINTS = re.compile(r"得分([0-9]{1,2})\Z")
_CHOICE_FEEDBACK = re.compile(r"(?:选项)?([a-z])(?:选项|项)?(?:的)?解析\Z")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>|\{[^{}]*\}|《[^《》]*》")
_MARKS = re.compile(r"[\s_:：*★☆※●·•'\"“”‘’、,，.。;；?？!！\-–—|\\/>►→()\[\]【】]+")
_TAIL = re.compile(r"\s+[-–—]+\s+|\n|[:：]|[,，;；。]")
_HEAD = re.compile(r"^\s*[0-9]{1,2}\s*[.、)）]\s*")
_LONGEST = 300


def plain(word: str) -> str:
    """A heading without case, width, blanks and marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", word).casefold())


def _readings(title: str) -> Iterator[str]:
    """What a heading may be meant to say: all of it, without remarks, each half of one in two languages."""
    folded = unicodedata.normalize("NFKC", title).strip()
    bare = folded
    for _ in range(3):
        bare = _BRACKETS.sub(" ", bare)
    bare = _HEAD.sub("", bare) if _HEAD.sub("", bare).strip() else bare
    yield folded
    yield bare
    first = next((part for part in _TAIL.split(bare) if part.strip()), "")
    yield first
    yield from re.split(r"[/|\\]| or ", first)
    yield "".join(re.findall(r"[\u4e00-\u9fff]+[A-Za-z0-9]{0,2}(?![A-Za-z0-9])", first)) or ""
    yield " ".join(re.findall(r"[A-Za-z0-9#]+", first))
    yield re.sub(r"(?:必填|选填|可选|勿删|必须|可不填|可为空|非必填|required|optional)", "", first, flags=re.I)
    yield from (part.strip("()[]【】<>{}《》 ") for part in _BRACKETS.findall(folded))


@lru_cache(maxsize=4096)
def field_of(title: str) -> str | None:
    """What a heading calls its column: a key of `FIELDS`, a letter for a choice, `answer2`, `wrong1`, or None."""
    if not title or len(title) > _LONGEST:
        return None
    if title.strip() == "#":
        return "number"
    for reading in _readings(title):
        word = plain(reading)
        if word and (found := _named(word)) is not None:
            return found
    return None


def _named(word: str) -> str | None:
    if word in _FIELD_OF:
        return _FIELD_OF[word]
    for pattern, name in ((_ANSWER_PART, "answer"), (_WRONG, "wrong"), (_PART_POINTS, "points")):
        match = pattern.match(word)
        if match is not None:
            return f"{name}{_number(next(g for g in match.groups() if g))}"
    if match := _CHOICE_FEEDBACK.match(word):
        return f"feedback{match[1].upper()}"
    match = _CHOICE.match(word)
    if match is None or (match[1] == word and word.isdecimal()):
        return None
    if match[1].isalpha() and match[1].isascii():
        return match[1].upper()
    place = _number(match[1])
    return LETTERS[place - 1] if 1 <= place <= 26 else None


def _number(word: str) -> int:
    return _HAN_DIGITS.get(word) or _CIRCLED.get(word) or int(word)


def fields_of(titles: Sequence[str]) -> list[str]:
    """What each column of a header row is; "" for one that is nothing known, or stands there twice."""
    named = [field_of(title) for title in titles]
    letters = [n for n in named if n is not None and len(n) == 1]
    if letters and "A" not in letters:
        named = [None if n in letters else n for n in named]
        letters = []
    parts = [n for n in named if n is not None and re.fullmatch(r"answer[0-9]+", n)]
    if "answer" in named and len(parts) >= 2 and not letters and "choices" not in named:
        # `答案1`, `答案2` beside `正确答案` are what may be chosen
        named = [LETTERS[int(n[6:]) - 1] if n and n in parts and int(n[6:]) <= 26 else n for n in named]
    if "stem" not in named and "title" in named:
        named[named.index("title")] = "stem"
    if "stem" not in named and "sub_stem" in named:
        named[named.index("sub_stem")] = "stem"
    best: dict[str, int] = {}
    for i, name in enumerate(named):
        if name and (name not in best or _rank(titles[i]) < _rank(titles[best[name]])):
            best[name] = i
    found = [name if name and best[name] == i else "" for i, name in enumerate(named)]
    if "choices" in found:
        _spread(found, titles)
    _spread_answers(found, titles)
    return found


def _spread(found: list[str], titles: Sequence[str]) -> None:
    """The columns behind `Choice` that have no heading, or the same one, are further choices."""
    first = last = found.index("choices")
    while last + 1 < len(titles) and found[last + 1] == "":
        title = titles[last + 1].strip()
        if title and field_of(title) != "choices":
            break
        last += 1
    if last > first and not any(len(name) == 1 for name in found):
        for place, column in enumerate(range(first, min(last, first + 25) + 1)):
            found[column] = LETTERS[place]


def _spread_answers(found: list[str], titles: Sequence[str]) -> None:
    """Columns without a heading behind the answer, or behind the last choice where none is the answer, say it too."""
    letters = [i for i, name in enumerate(found) if len(name) == 1]
    if "answer" in found:
        first = found.index("answer") + 1
        place = 2
    elif len(letters) > 1 and not any(name.startswith("answer") for name in found):
        first, place = max(letters) + 1, 1
    else:
        return
    for column in range(first, min(first + 9, len(found))):
        if found[column] or titles[column].strip():
            break
        found[column] = f"answer{place}" if place > 1 else "answer"
        place += 1


def _rank(title: str) -> int:
    ranks = (_RANK.get(plain(reading)) for reading in _readings(title))
    return next((rank for rank in ranks if rank is not None), 99)


def is_header(found: Sequence[str]) -> bool:
    """Whether a row names enough of its columns to be the header: the stem, and what else a question has."""
    names = {name for name in found if name}
    others = names & {"answer", "choices", "kind", "A", "B", "answer1", "right", "wrong1", "incorrect", "feedback"}
    return "stem" in names and bool(others)
