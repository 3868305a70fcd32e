"""Whether a document holds questions at all: minutes, regulations, web pages and lectures ask without examining."""

from __future__ import annotations

import re

from qbank.readers.paper.attach import Reading
from qbank.readers.paper.keys import entries
from qbank.readers.paper.parts import Sources
from qbank.readers.paper.resolve import Draft
from qbank.readers.paper.view import fold
from qbank.readers.paper.words import ASKING, SURE_GAP

_EXAM = re.compile(
    r"试题|试卷|题库|习题|练习|测试|测验|考题|真题|面试|思考题|复习|问答|竞赛|作业|自测|自考|题目|quiz|questions?\b|\bexam|\btest\b|interview|trivia|practice|exercise|worksheet|homework|Q\s?&\s?A",
    re.I,
)
_TOKEN = re.compile(
    r"[\s(（【]*(?:[A-H](?:[\s,，、]*[A-H])*|[√×]|对|错|正确|错误|T|F|True|False)(?:[\s,，;；、]+\d{1,3}[.、)）]?\s*(?:[A-H]+|[√×]|对|错))*[\s)）】.。]*"
)
_SPEAKER = re.compile(r"\b(?:I|my|me|we|our)\b|我(?!国|们党|党|军|省|市|县|区|校|院|厂|司)|咱")
_HELP = re.compile(r"常见问题(?:解答)?|\bFAQs?\b|frequently asked(?: questions)?|帮助中心|\bhelp cent|客服", re.I)
"""What a web page calls the questions it answers itself."""
_NOTICE = re.compile(r"(?:通知|公告|通告|大纲|简章|须知|日程|安排|办法|细则|说明|方案)$|syllabus|announcement", re.I)
_FEW = 3
_MANY = 8
_DENSE = 100
"""Characters for each question of a document that is hardly more than its questions."""


def judge(sources: Sources, reading: Reading) -> None:
    """Drop from a document what is no question; its answers without questions become orphans.

    A paper shows it by more than question marks: letters for options, an
    answer, a gap, a heading that names a kind, points. Sentences that only ask
    are believed where a title announces questions or very many stand together.
    """
    _tokens(sources, reading)
    drafts = reading.drafts
    if _is_notice(sources, reading):
        reading.drafts = []
        return
    if not any(d.options and d.answer is not None for d in drafts) and _explains_itself(sources, reading):
        reading.drafts = []
        return
    if not drafts or any(_proven(d) for d in drafts):
        return
    announced = (
        bool(_EXAM.search(reading.paper.title or ""))
        or any(_EXAM.search(h.title) for h in reading.paper.heads)
        or bool(_EXAM.search(_first_lines(sources, reading)))
    )
    spoken = sum(bool(_SPEAKER.search(d.stem)) for d in drafts)
    named = sum(d.item.mark is not None and d.item.mark.family in {"q", "di", "timu", "ask"} for d in drafts)
    lettered = sum(len(d.options) >= 2 and d.item.labelled for d in drafts)
    size = len("".join(sources.view.text[reading.paper.start : reading.paper.end].split()))
    told = sum(d.item.mark is not None and d.answer is not None for d in drafts)
    trusted = announced or named * 2 >= len(drafts) or lettered * 2 >= len(drafts) or told * 3 >= len(drafts) * 2
    if not announced and _HELP.search(sources.view.text[reading.paper.start : reading.paper.start + 400]):
        reading.drafts = []
        return
    enough = _FEW if trusted or size < _DENSE * len(drafts) else _MANY
    if len(drafts) < enough or spoken * 2 > len(drafts):
        if lettered and announced and spoken * 2 <= len(drafts):
            return
        reading.drafts = []


_LECTURE = re.compile(
    r"上节课|这节课|本节课|下节课|今天(?:我们)?(?:来)?(?:讲|学习|分享)|大家(?:想|看|知道)|同学们|我们(?:可以|来|再|先|讲|知道|常说|要)|那么,|【案例】|so far we|last (?:week|time|lecture) we|next (?:week|slide|lecture)|let us|let's|slide \d+",
    re.I,
)
"""How a lecture talks."""


def _explains_itself(sources: Sources, reading: Reading) -> bool:
    """Whether a document that nothing calls an examination is a page of help, or a lecture that asks in passing."""
    start = reading.paper.start
    text = sources.view.text[start : reading.paper.end]
    head = _first_lines(sources, reading)
    if _EXAM.search(reading.paper.title or "") or _EXAM.search(_HELP.sub("", head)):
        return False
    if any(_kind_announced(d) or d.item.points is not None or d.item.origin == "key" for d in reading.drafts):
        return False
    if _HELP.search(head) and not any(d.item.origin in {"bracket", "typography"} for d in reading.drafts):
        return True
    options = sum(len(d.options) >= 3 for d in reading.drafts)
    return len(_LECTURE.findall(text)) >= 3 and options * 3 <= len(reading.drafts)


def _is_notice(sources: Sources, reading: Reading) -> bool:
    """Whether a title announces an examination or its syllabus, and no question has an answer or more options than one."""
    head = sources.view.text[reading.paper.start : reading.paper.start + 200].strip().split("\n", 1)[0].strip(" #*")
    if not _NOTICE.search(head) or len(head) > 60:
        return False
    return not any(d.answer is not None for d in reading.drafts) and (
        sum(len(d.options) >= 2 for d in reading.drafts) * 3 <= len(reading.drafts)
    )


def _first_lines(sources: Sources, reading: Reading) -> str:
    text = sources.view.text[reading.paper.start : reading.paper.start + 300]
    return "\n".join(line for line in text.strip().split("\n")[:3] if len(line) < 60)


def _proven(draft: Draft) -> bool:
    """Whether anything but its words says that it is a question."""
    item = draft.item
    if _kind_announced(draft) or item.tag is not None or item.points is not None:
        return True
    if item.hints.get("short_label"):
        return False  # people answer in minutes and on web pages, too
    if draft.answer is not None and item.origin in {"label", "key", "bracket", "typography", "before", "alone"}:
        return True
    if len(draft.options) >= 3 and item.labelled and item.mark is not None:
        told = fold(draft.stem).rstrip()
        return not told.endswith(":") or bool(SURE_GAP.search(told) or ASKING.search(told.rsplit("\n", 1)[-1]))
    return item.mark is not None and bool(SURE_GAP.search(fold(draft.stem))) and len(draft.options) >= 2


def _kind_announced(draft: Draft) -> bool:
    """Whether a heading names the kind so that it can be nothing but a paper's: `简答题`, `名词解释`, `论述（20分）`."""
    heading = draft.item.section.heading
    if heading is None or heading.kind is None:
        return False
    promise = heading.promise
    if heading.kind in {"case", "open", "short", "long", "reading"} and re.search(r"[\u4e00-\u9fff]", heading.title):
        return (
            "题" in heading.title or promise.total is not None or promise.each is not None or promise.count is not None
        )
    if heading.title.lower() in {"reading", "readings", "discussion", "definitions", "terms", "vocabulary"}:
        return promise.total is not None or promise.each is not None or promise.count is not None
    if heading.kind == "judge" and len(heading.title) > 6:
        return bool(re.search(r"题|正误|对错|是非|改错|true|false|T\s*/\s*F", heading.title, re.I)) or bool(
            promise.total or promise.each or promise.count
        )
    return True


def _tokens(sources: Sources, reading: Reading) -> None:
    """Sections whose "questions" are letters and verdicts are keys without their questions."""
    groups: dict[int, list[Draft]] = {}
    for draft in reading.drafts:
        groups.setdefault(id(draft.item.section), []).append(draft)
    bare = {
        key for key, drafts in groups.items()
        if sum(bool(_TOKEN.fullmatch(d.stem)) and not d.options for d in drafts) * 2 > len(drafts)
    }  # fmt: skip
    asked = any(d.options or SURE_GAP.search(fold(d.stem)) for d in reading.drafts)
    if bare and not asked:
        bare = set(groups)  # one section of letters and none that asks: a page of answers
    for key in bare:
        section = groups[key][0].item.section
        reading.orphans.append((section, entries(sources, section, [])))
        reading.claims.append((section.start, section.end, "key", "answers without their questions"))
    reading.drafts = [d for d in reading.drafts if id(d.item.section) not in bare]
