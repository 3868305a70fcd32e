"""Page furniture: what a document site, a print run or a learning platform wraps around a paper."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from qbank.readers.paper.formsite import SITE
from qbank.readers.paper.view import fold

_NOTICE = re.compile(
    r"网站文档一经付费|本站所有内容均由|文档侵犯|版权申诉|侵犯商业秘密|VIP文档|成为VIP|下载本文档|下载文档前请|\"?仅部分预览|付费下载过本站"
    r"|网友上传|版权说明:|不提供额外的编辑|不支持退款|会员有效期|下载后.{0,12}无水印|本资源由|资料来源于网络|如有侵权"
    r"|未经授权,?严禁|文档之家|举报电话|客服反馈|积分下载|扫码下载|人人文库|继续免费阅读|还剩\d+页未读"
)
_LINE = re.compile(
    r"""^[\s>*#|_\-]{0,40}(?:
      查看更多|你(?:选对了|选错了|错选为[A-H√×对错、, ]{0,16}|没选择任何选项)|文档评论\(\d+\)|.{0,30}\+\s*关注|实名认证|文档贡献者|该用户很懒.*|\d+亿VIP精品文档|相关(?:文档|推荐|资料|题目).{0,4}
    | 已阅读\d+页.*|.*还剩\d+页.*|下载本文档.*|文档简介|(?:立即|免费|点击)?下载.{0,6}|收藏本(?:站|文).*|举报|分享到.{0,20}|share\ this.{0,60}|(?:facebook|twitter|whatsapp|telegram|pinterest|linkedin|email|print)(?:[\s|·]+(?:facebook|twitter|whatsapp|telegram|pinterest|linkedin|email|print))*
    | (?!\(?\d{1,3}\s*[.、)]|[A-H]\s*[.、)]).{0,40}[\s)】》卷题]第\s*\d+\s*页[\s,(/]*共\s*\d+\s*页\s*[)]?
    | .{0,40}_第\d+页|第\s*(?:PAGE|\d+)\s*页(?:[\s,(]*共\s*(?:NUMPAGES|\d+)\s*页[)]?)?|共\s*\d+\s*页[\s,]*第\s*\d+\s*页|[-—–~·]\s*\d{1,4}\s*[-—–~·]
    | page\s+\d+(?:\s+of\s+\d+)?|\d{1,4}\s*/\s*\d{1,4}|试卷第\s*\d+\s*页.*
    | AI讲解|智能分析|知识点\s*:|答案解析\s*:|(?:查看|收起|展开)(?:答案)?解析|暂无解析|(?:本题)?(?:总)?得分\s*:?\s*[\d.]+\s*(?:/\s*[\d.]+)?\s*分?|得分\s*/\s*总分|\d{1,3}\.\d{1,2}\s*/\s*\d{1,3}\.\d{1,2}|(?:un)?flag\ question\s*:.*|topic\ \d{1,3}|(?:hide|reveal|show)\ (?:solution|answer).{0,40}|community\ vote\ distribution|(?:[A-H]{1,5}\ \(\d{1,3}%\)\s*)+|rate\ this\ question\s*:?|(?:作答|回答)(?:正确|错误)|(?:finish|exit)\ review|jump\ to\.*|结束回顾|跳转到\.*|quiz\ score\s*:.*|(?:得[ ]*分|评[卷分][ ]*人|阅卷人|复核人|总[ ]*分|题[ ]*号)(?:[\s|]*(?:得[ ]*分|评[卷分][ ]*人|阅卷人|复核人|总[ ]*分|合计|题[ ]*号|[一二三四五六七八九十]))*
    | [-—–=·\s]*END[-—–=·\s]*|(?:(?:点个?)?(?:在看|分享|点赞|收藏|转发|赞|喜欢|阅读原文|留言|评论|踩|打赏|举报|关注)(?:[\s|·\d+]+|$)){2,}|上一篇\s*:.*|下一篇\s*:.*|原文链接\s*:.*|版权声明\s*:\s*本文.*|文章目录|[—_=~·]{6,}
    | go\ on\ to\ the\ next\ page\W*|stop\W*|if\ you\ finish\ (?:before|early).*|(?:please\ )?turn\ over\W*|\[turn\ over\]?|end\ of\ (?:section|part)\b.{0,20}|[.·…_ ]{12,}|[©].{0,100}|click\ save\ and\ submit.*|save\ all\ answers.*|question\ completion\ status\s*:.*|.{0,60}\s{3,}page\ \d+\ of\ \d+|提交|问卷星.{0,12}技术支持
    | [(]?[^?_\n]{0,20}点个?[“"]?(?:在看|赞|关注)[^?_\n]{0,16}|[\[(]?p\.\s?t\.\s?o\.?[\])]?
    | advertisements?|sponsored(?:\ content)?|广告|(?:本题)?难度\s*:?\s*[★☆]{2,}|(?:(?:上一题|下一题|没有了|收藏|分享|纠错|笔记|答题卡|交卷|返回|看解析|评论)\s*){2,}
    | skip\ [\w ]{2,30}|quiz\ navigation|(?:question\s*\d+\s*(?:this\ page|(?:in)?correct|partially\ correct|not\ answered)\s*)+|(?:试题|题目)?(?:\s*\d+\s*(?:本页|当前页))+|show\ one\ page\ at\ a\ time|(?:next|previous|related|read\ next|see\ also)\s*:\ [^?\n]{3,80}(?<![a-z][.])
    | evaluation\ method\s+correct\ answer.*|case\ sensitivity|all\ answer\ choices
    | 题量\s*:.*|考试时间\s*:.{0,50}|作答时间\s*:.*|(?:提交|完成)时间\s*:.*|答题卡.{0,10}|上一[题页]|下一[题页]|标记题目|收藏本?题|纠错|反馈|题目解析
    | (?:view|show|hide|see)\s+answers?\b.{0,20}|</?details>|<summary>.*?</summary>|<br\s*/?>
    | (?:-\s?){3,}|(?:\*\s?){3,}|(?:=\s?){3,}|(?:_\s?){3,}|(?:https?://|www\.|github\.com)\S*(?:[ ]*[|][ ]*page[ ]*\d{1,4})?|copyright\b.*|all\ rights\ reserved.*
    | [-*+]?\s*\**\[[^\]\n]+\]\(\#[^)\n]*\)\**
    | (?:</?\w+[^>\n]*>\s*)*<summary>.*?</summary>(?:\s*</?\w+[^>\n]*>)*
    | (?:再次)?(?:感谢|谢谢)(?:您|你|大家|各位)?[^。!\n]{0,12}(?:支持|参与|配合|合作|填写|阅读)[!。~]*|(?:本|全)?(?:试?卷|考试|测试|测验|问卷|答题)(?:到此)?(?:结束|完毕|完)[!。]*|[-—]*(?:完|the\ end|end\ of\ (?:the\ )?(?:test|exam|quiz|paper|document).*)[-—]*
    | ~~~\w*
    )[\s*|]*$""",
    re.X | re.I,
)
_IDENTITY = re.compile(
    r"^[\s*]*(?:(?:姓名|学号|班级|学校|年级|考场|座号|任课教师|得分|科室|单位|专业|工号|准考证号|成绩|部门|座位号|日期|总分|考号|学院|系别|name|class|date|score|student id)\s*(?:[::][\s_]*|_{2,}[\s_]*)){2,}.{0,60}$",
    re.I,
)
_INLINE = re.compile(
    r"(?:开始说明|结束说明)\s*:\s*|第PAGE页共NUMPAGES页|第\s*\d{1,3}\s*页\s*,?\s*共\s*\d{1,3}\s*页|共\s*\d{1,3}\s*页\s*,?\s*第\s*\d{1,3}\s*页|文档评论\(\d+\)[^\n]{0,60}(?=\n|\Z)|\d+亿VIP精品文档(?:\s*相关文档)?|(?<=[A-H√×])[ \t]+(?:您|你)(?:的答案|选择?的?(?:是|了)?)[ \t]*:?[ \t]*[A-H√×]{1,8}(?=[ \t]*(?:\n|\Z))|[ \t]*Most Voted(?=[ \t]*(?:\n|\Z))|(?<=[A-H√×])[ \t]*你(?:选对了|错选为(?:[A-H√×](?:[、,][A-H√×])*)?|没选择任何选项)|</?details[^<>\n]*>|AI讲解|(?:得分)?[ \t]*(?<![(\w])(?:评卷人|阅卷人)(?![\w)])(?:[ \t]*得分)?"
)
_ATTEMPT = re.compile(
    r"^\s*(?:未回答|已回答|未作答|标记题目|标记试题|试题正文|试题\d*|题干|(?:你|您)的(?:回答|答案)(?:部分)?(?:不)?正确\.?|Not answered|Answered|(?:Remove )?flag(?:ged)?(?: question)?|Not yet answered|Question text|Answer saved|Complete|Your answer is (?:partially )?(?:in)?correct\.?|回答正确|回答错误|你选对了|你选错了|你没选择任何选项|你没有填写答案|该题无法得分(?:/[\d.]+)?)\s*$",
    re.I,
)
_VERDICT = re.compile(
    r"[ \t]*(?:完成|correct|incorrect|partially correct|not answered|skipped|(?:部分|不)?正确|错误|未作答|未回答|已作答|已回答)[ \t]*$",
    re.I,
)
_MARK_LINE = re.compile(r"\s*(?:mark(?:ed)? |(?:本题|总|我的)*得分|满分|flag |获得[ \t]*[\d.]+)", re.I)
_HEAD_LINE = re.compile(r"(?:^|\n)[ \t]*(?:question|试题|题目)[ \t]*\d{1,3}[ \t]*\n\Z", re.I)


def _is_result(text: str, start: int, end: int) -> bool:
    """Whether a verdict alone on its line judges an attempt: a mark follows it, or the question's number stands before it.

    A second verdict above it makes the two the options of a true/false question.
    """
    above = text[max(0, start - 80) : start]
    before = above.rstrip("\n").rsplit("\n", 1)[-1]
    if _VERDICT.match(before + "\n") and before.strip():
        return False
    return bool(_MARK_LINE.match(text, end)) or bool(_HEAD_LINE.search(above))


_LEADER = re.compile(r"^[^\n]*?(?:\.{4,}|(?:\. ){4,}|…{2,}|·{4,}|_{6,})[ \t]*(?:\d{1,4}|[ivxlc]{1,6})[ \t]*$", re.I)
"""An entry of a table of contents: a title, dots, a page number."""
_LEADERS = re.compile(r"\.{4}|(?:\. ){4}|…{2}|·{4}|_{6}")
_TWICE = re.compile(r"[ \t]*(\d{1,3})\.[ \t]*\n[ \t]*Question[ \t]+\1\b")
_TAG_LINE = re.compile(r"[ \t]*(?:</?(?:div|p|center|span|b|strong)\b[^>\n]*>[ \t]*)+$", re.I)
_CLOSING = re.compile(r"^[ \t]*</(?:div|p|center|span|details)>[ \t]*$", re.M | re.I)
"""A page's markup closes what it opens; `<div>` as an option does not."""
_RELATED = re.compile(
    r"^[\s*#>·•]*(?:相关(?:阅读|推荐|新闻|链接|文章|内容|试题)|推荐阅读|延伸阅读|热门(?:推荐|文章|新闻|阅读)|猜你喜欢|大家都在看|最新(?:文章|资讯)|related (?:articles|posts|reading|content)|you may also like|more from .{1,30}|recommended(?: for you)?)[\s:*]*$",
    re.I,
)
"""A web page's list of other pages; it ends at a blank line."""
_END = re.compile(r"^\s*(?:文档评论\(\d+\)|相关文档|\d+亿VIP精品文档)\s*$")
_RULES = re.compile(r"^\s*(?:注意事项|考生须知|答题须知|考试须知|注意|须知|Instructions?|Directions?)\s*[::]", re.I)
_TO_WRITE = re.compile(
    r"[ \t]*(?:directions?|instructions?)[ \t]*[:][^\n]*\b(?:write (?:a|an|your)|translate|essay|composition)\b", re.I
)
"""Directions that set the task itself."""
_RULES_END = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,2}\s*[、.]|第[一二三四五六七八九十IVX\d]+(?:部分|卷|大题|章)|part\b|section\b)|^\s*$",
    re.I,
)
_FIRST_ITEM = re.compile(
    r"[ \t]*[(]?\d{1,3}[ \t]*[.、)][^\n]*(?:_{3}|[(][ \t]*[)]|[?]|\n[ \t]*[(【\[]?A[ \t]*[.、)】\]][^\n]*\s[(【\[]?B[ \t]*[.、)】\]])"
)
"""A question, which no rule for candidates is."""
_RUNNING = re.compile(
    r"题库|试卷|试题|考试|学院|大学|学年|学校|公司|公众号|微信|淘宝|版权|页|www|http|\.com|\.cn|exam|quiz|page|course",
    re.I,
)
_MARKER = re.compile(
    r"^\s*(?:\(?\d{1,3}\s*[.、)\]]|[(【\[]?[A-Ha-h]\s*[.、)】\]:]|答案|解析|第\s*\d+\s*[题章节]|[一二三四五六七八九十]{1,3}\s*[、.])|[?]\s*$|[(]\s*[)]|_{3}"
)
_SCORE = re.compile(r"\d{1,3}/\d{1,3}|\*?[ ]?required")
"""On a form's page, what a question was worth and not a page number."""
_PAGE_NUMBER = re.compile(r"[-–—~·]?[ ]*\d{1,4}[ ]*[-–—~·]?|page[ ]+\d+(?:[ ]+of[ ]+\d+)?|第[ ]*\d+[ ]*页.{0,12}", re.I)
_SUMMARY = re.compile(r"<summary>[^<>\n]*(?:<\w+>)?[^<>\n]*(?:答案|answer|solution)", re.I)
_ANSWER_BELOW = re.compile(r"\s*[*_`]*(?:[A-H]{1,6}|对|错|正确|错误|√|×|True|False)[*_`]*(?![A-Za-z\u4e00-\u9fff])")
_LONG = 1000
_GRID = re.compile(
    r"(?:(?<=\n)|\A)[ \t|]*题[ ]*号[ \t|]*(?:[\s|]*\d{1,3}(?![\d.、])){3,}[\s|:-]*?\n[ \t|]*答[ ]*案[ \t|_]*(?:\n|\Z)(?:[ \t]*[|][\s|_:-]*\n)*"
)
"""Rows of numbers and of empty cells for the candidate's answers."""
_COUNTER = re.compile(r"(\d{1,4})、 ?")


def furniture(text: str) -> list[tuple[int, int, str]]:
    """Stretches of the text that are not the paper, sorted and apart, each with the reason."""
    flat = fold(text)
    lines = list(_lines(flat))
    found: list[tuple[int, int, str]] = list(_chunk_counters(flat, lines))
    running = _running_heads(flat, lines)
    found.extend((*m.span(), "a grid to be filled in") for m in _GRID.finditer(flat))
    in_rules = False
    tail = False
    related = False
    form = bool(SITE.search(flat))
    notes = _notes(flat)
    marked_up = bool(_CLOSING.search(flat))
    contents = (
        _LEADERS.search(flat) is not None and sum(bool(_LEADER.match(flat[a:b].rstrip("\n"))) for a, b in lines) >= 3
    )
    counters = _item_counters(flat)
    paged = False
    # what the whole text has nowhere is not looked for line by line
    noticed, summed, twice, inlined = (
        pattern.search(flat) is not None for pattern in (_NOTICE, _SUMMARY, _TWICE, _INLINE)
    )
    headed = any(key.startswith("\0") for key in running)
    opening = next((flat[a:b].strip() for a, b in lines if flat[a:b].strip()), "")
    for start, end in lines:
        line = flat[start:end].rstrip("\n")
        if paged and len(line.strip()) >= 8 and opening.startswith(line.strip()) and start > 0:
            found.append((start, end, "running head"))
            paged = False
            continue
        paged = bool(_PAGE_NUMBER.fullmatch(line.strip())) or (paged and not line.strip())
        if start in counters:
            continue
        if len(line) > _LONG and not tail:
            # no furniture is that long; only what stands inside the line is looked for
            in_rules = False
            found.extend((start + m.start(), start + m.end(), "page furniture") for m in _INLINE.finditer(line))
            continue
        if twice and _TWICE.match(flat, start):
            found.append((start, end, "a number printed twice"))
            continue
        if notes is not None and start >= notes:
            found.append((start, end, "notes of a document site"))
            continue
        related = bool(line.strip()) and (related or bool(_RELATED.match(line)))
        if related:
            found.append((start, end, "links to other pages"))
            continue
        if contents and _LEADER.match(line):
            found.append((start, end, "table of contents"))
            continue
        if in_rules:
            in_rules = not (_RULES_END.match(line) or _FIRST_ITEM.match(flat, start))
            if in_rules:
                found.append((start, end, "instructions for candidates"))
                continue
        if _TO_WRITE.match(line):
            continue
        if _RULES.match(line) and len(line) < 400 and not re.search(r"[(]\s*[)]|[?]", line):
            in_rules = not line.lstrip().lower().startswith("dir")
            found.append((start, end, "instructions for candidates"))
        elif tail or _END.match(line):
            tail = tail or start > len(flat) * 0.5
            found.append((start, end, "page of a document site"))
        elif noticed and _NOTICE.search(line) and len(line) < 400:
            found.append((start, end, "notice of a document site"))
        elif _VERDICT.match(line) and _is_result(flat, start, end):
            found.append((start, end, "a student's result"))
        elif (summed and _SUMMARY.search(line) and _ANSWER_BELOW.match(flat, end)) or (
            form and _SCORE.fullmatch(line.strip())
        ):
            continue
        elif line.strip() and (_LINE.match(line) or _ATTEMPT.match(line) or (marked_up and _TAG_LINE.match(line))):
            found.append((start, end, "page furniture"))
        elif _IDENTITY.match(line):
            found.append((start, start + _identity_end(line), "fields for the candidate"))
        elif line.strip() in running or (headed and _paged(line) in running):
            found.append((start, end, "running head"))
        elif inlined:
            found.extend((start + m.start(), start + m.end(), "page furniture") for m in _INLINE.finditer(line))
    return _apart(found)


_NOTES = re.compile(
    r"^[ \t#*【\[]*(?:温馨提示|特别(?:提示|说明|声明)|免责声明|版权声明|下载说明|使用说明|资源声明|最新文档|相关文档|猜你喜欢|提交评论|发表评论|网友评论|文档评论)[】\]]?[ \t]*[:!]?[ \t]*(?:\n|\Z|(?=本|如|该|此|下载|版权))",
    re.M,
)
_QUESTION = re.compile(
    r"[(][ \t]*[)]|_{4,}|(?:^|\s)[(【\[]?A[)】\]]?[ \t]?[.、:)][^\n]*\s[(【\[]?B[)】\]]?[ \t]?[.、:)]|答案[ \t]*[:】]|^[ \t]*(?:第?\d{1,3}题|[一二三四五六七八九十]、)",
    re.M,
)


def _notes(flat: str) -> int | None:
    """Where a document site's own notes begin, when nothing but them follows."""
    for match in _NOTES.finditer(flat, len(flat) // 3):
        if not _QUESTION.search(flat, match.end()):
            return match.start()
    return None


def _identity_end(line: str) -> int:
    """Where the candidate's fields end: before a section heading glued to them."""
    glued = re.search(r"\*\*|[一二三四五六七八九十]、", line)
    return glued.start() if glued else len(line)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield at, end
        at = end


def _running_heads(text: str, lines: list[tuple[int, int]]) -> set[str]:
    """Lines that a page break repeats: the same words three times or more, a title's words."""
    counts = Counter(text[a:b].strip() for a, b in lines)
    paged = Counter(key for a, b in lines if b - a <= 200 and (key := _paged(text[a:b])))
    return {
        line
        for line, n in counts.items()
        if n >= 3 and 8 <= len(line) <= 80 and _RUNNING.search(line) and not _MARKER.search(line)
    } | {key for key, n in paged.items() if n >= 2}


_OF = re.compile(r"^[ \t]*(?P<n>\d{1,4})[ \t]*/[ \t]*(?P<of>\d{1,4})[ \t]*$", re.M)
_NUMBERED_LINE = re.compile(r"^[ \t]*\d{1,3}[ \t]?[.、)][ \t]*\S", re.M)


def _item_counters(flat: str) -> frozenset[int]:
    """Where lines `1/6`, `2/6` ... number the questions of an app's pages: nothing else does, and options stand in each."""
    found = list(_OF.finditer(flat))
    values = [int(m["n"]) for m in found]
    if len(found) < 3 or len({m["of"] for m in found}) > 1:
        return frozenset()
    if values != list(range(values[0], values[0] + len(values))) or _NUMBERED_LINE.search(flat):
        return frozenset()
    stops = [*(m.start() for m in found[1:]), len(flat)]
    whole = sum(bool(_FIRST_OPTION.search(flat, m.end(), stop)) for m, stop in zip(found, stops, strict=True))
    return frozenset(m.start() for m in found) if whole * 10 >= len(found) * 6 else frozenset()


_FIRST_OPTION = re.compile(r"^[ \t]*[(【]?A[ \t]?[.、:)】]", re.M)
_PAGED = re.compile(
    r"(?:(?P<before>\d{1,4})[ ]{3,})?(?P<words>\S.{6,90}?)(?:[ ]+(?:第[ ]*\d{1,4}[ ]*页|page[ ]+\d{1,4})(?:[ ,(/]*(?:共[ ]*\d{1,4}[ ]*页[ ]*[)]?|of[ ]+\d{1,4}))?|[ ]{3,}[-–—]?[ ]*\d{1,4}[ ]*[-–—]?(?:[ ]{3,}\S{1,12})?)?",
    re.I,
)


def _paged(line: str) -> str:
    """What a running head says beside its page number; empty for a line that has none."""
    match = _PAGED.fullmatch(line.strip())
    if match is None or _MARKER.search(line) or (match.end("words") == match.end() and not match["before"]):
        return ""
    words = match["words"].strip()
    return "" if re.fullmatch(r"[\W\d]*", words) else "\0" + words


def _chunk_counters(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """A counter `2、 ` that a site puts before each chunk of a text it cut anywhere, even inside a sentence."""
    full = [(a, b) for a, b in lines if text[a:b].strip()]
    if len(full) < 2:
        return
    marks: list[tuple[int, int]] = []
    cut = 0
    for n, (a, b) in enumerate(full, 1):
        mark = _COUNTER.match(text, a, b)
        if not mark or int(mark[1]) != n:
            break
        marks.append((a, mark.end()))
        if n > 1 and text[: full[n - 2][1]].rstrip()[-1:] not in '。.?!;:)】"”':
            cut += 1
        if n > 1 and len(text[full[n - 2][0] : full[n - 2][1]]) < 60:
            return
    if len(marks) < min(len(full), 3) or len(marks) < len(full) * 0.8 or cut * 2 < len(marks) - 1:
        return
    for i, (a, b) in enumerate(marks):
        start = a
        while i and start > 0 and text[start - 1] in "\n ":
            start -= 1
        yield start, b, "chunk counter of a document site"


def _apart(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    for start, end, why in sorted(found):
        if out and start < out[-1][1]:
            start = out[-1][1]
        if start < end:
            out.append((start, end, why))
    return out
