"""Saved web pages: the paper comes out as lines, the site around it does not, and nothing is fetched."""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbank import model, reading, richtext
from qbank.diagnostics import QbankError
from qbank.readers import html
from qbank.readers.extract import Extract

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)


def page(body: str, head: str = '<meta charset="utf-8">') -> bytes:
    """A whole page in UTF-8."""
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def read(data: bytes, folder: str = ".", name: str = "a.html") -> tuple[Extract, reading.Context]:
    """The extract of a page and what was said about it."""
    ctx = reading.Context()
    return html.extract(reading.Document(name, data, folder), ctx), ctx


def lines(body: str) -> list[str]:
    """The lines of a page that are not empty."""
    return [line for line in read(page(body))[0].text.split("\n") if line.strip()]


def marked(body: str) -> list[tuple[str, str]]:
    """What stands out and how."""
    extract, _ = read(page(body))
    return [(extract.text[m.start : m.end], m.style) for m in extract.marks]


ARTICLE = """<h1>网店客服期末试卷</h1><p>一、单选题（每题2分）</p><p>1. 客户询问尺码时应当（　）。</p>
<p>A. 推荐合适的尺码</p><p>B. 不回复</p><p>答案：A</p>"""


def test_the_article_is_taken_and_the_furniture_is_not() -> None:
    """Menus, footers, side bars, lists of links and pop-ups are left out, and the report names them."""
    body = f"""<header><a href="/">首页</a> <a href="/login">登录</a></header>
<div class="nav-menu"><ul><li><a>题库</a></li><li><a>资讯</a></li></ul></div>
<div class="wrap"><div class="content">{ARTICLE}</div>
<div class="sidebar"><h3>相关推荐</h3><ul><li><a>1. 网店运营试卷</a></li><li><a>2. 电商试卷</a></li></ul></div></div>
<div style="display: none">扫码下载客户端</div><footer>版权所有</footer><script>alert("1. 题")</script>"""
    extract, ctx = read(page(body))
    assert extract.text.split("\n")[0] == "网店客服期末试卷"
    for word in ("首页", "题库", "相关推荐", "网店运营", "扫码", "版权", "alert"):
        assert word not in extract.text
    (said,) = [d.message for d in ctx.report if d.code == "R002"]
    assert "版权所有" in said


def test_a_question_is_never_furniture() -> None:
    """A block that asks is kept whatever its class is called."""
    body = '<div class="sidebar hot-list"><p>1. 下列正确的是（　）。</p><p>A. 甲</p><p>B. 乙</p></div>'
    assert lines(body) == ["1. 下列正确的是（　）。", "A. 甲", "B. 乙"]


def test_links_inside_a_question_stay() -> None:
    """What is linked in the middle of a text is part of it."""
    assert lines('<div><p>1. 阅读<a href="#">下文</a>，回答问题（　）。<b>见</b><a href="#">附录</a></p></div>') == [
        "1. 阅读下文，回答问题（　）。见附录"
    ]


def test_answers_that_wait_for_a_button_are_read() -> None:
    """Hidden text that holds an answer or an explanation is part of the paper."""
    assert lines('<p>1. 略（　）</p><div style="display:none">正确答案：B</div>') == ["1. 略（　）", "正确答案：B"]


def test_lists_carry_their_numbers() -> None:
    """Numbers and letters that a browser prints are in the text, with start, type and value."""
    body = (
        '<ol start="3"><li>甲题<ol type="A"><li>是</li><li>否</li></ol></li><li value="9">乙题</li></ol>'
        '<ol style="list-style-type: lower-alpha"><li>子</li></ol><ul><li>点</li><li>C. 有字母</li></ul>'
    )
    assert lines(body) == ["3. 甲题", "A. 是", "B. 否", "9. 乙题", "a. 子", "• 点", "C. 有字母"]


def test_a_label_stays_with_what_it_labels() -> None:
    """A letter in an element of its own is joined with the block that follows it, but not with the next letter."""
    body = "<div><span>A.</span><div>甲</div></div><div><span>B.</span><p>乙</p></div><div>C.</div><div>D. 丁</div>"
    assert lines(body) == ["A. 甲", "B. 乙", "C.", "D. 丁"]


def test_tables_become_lines_with_tabs() -> None:
    """A key in a table stays a table of lines; a table that lays out the page is read in order."""
    key = "<table><tr><th>题号</th><th>1</th></tr><tr><td> 答案 </td><td><p>B</p></td></tr></table>"
    assert lines(key) == ["题号\t1", "答案\tB"]
    layout = "<table><tr><td><ul><li>A. 甲</li><li>B. 乙</li></ul></td><td>右</td></tr></table>"
    assert lines(layout) == ["A. 甲", "B. 乙", "右"]


def test_line_breaks_blanks_and_indices() -> None:
    """`br` ends a line, source line ends do not; indices, gaps and inputs keep their meaning."""
    assert lines(
        "水是\n  H<sub>2</sub>O，<br>x<sup>2</sup>，<u>&nbsp; &nbsp;</u>，<input>，<select><option>甲</select>。"
    ) == [
        "水是 H₂O，",
        "x²，____，____，____。",
    ]


def test_empty_lines_are_kept() -> None:
    """An empty paragraph and two line breaks in a row leave a line free."""
    extract, _ = read(page("<p>甲</p><p>乙</p><p>&nbsp;</p><p>丙</p><div>丁<br>戊<br><br>己</div>"))
    assert extract.text == "甲\n乙\n\n丙\n丁\n戊\n\n己\n"


def test_what_stands_out_is_marked() -> None:
    """Bold, colour, highlight and underline are marked, by element or style; black and links are not."""
    body = (
        '<p><b>粗</b>平<span style="color:#f00">红</span><font color="#333">黑</font><mark>亮</mark>'
        '<span style="background-color: rgb(255, 255, 0)">黄</span><u>线</u><a href="#">链</a></p>'
    )
    assert marked(body) == [
        ("粗", "bold"),
        ("红", "colour"),
        ("亮黄", "highlight"),
        ("线", "underline"),
    ]


def test_a_right_option_by_class_or_tick_is_marked() -> None:
    """Classes such as `correct` and a checked box mark their option, and only it."""
    by_class = (
        '<ul><li class="option">A. 甲</li><li class="option is-right">B. 乙</li><li class="incorrect">C. 丙</li></ul>'
    )
    assert marked(by_class) == [("B. 乙", "highlight")]
    by_tick = (
        '<p>1. 题</p><label><input type="radio"> A. 甲</label><br><label><input type="radio" checked> B. 乙</label>'
    )
    assert marked(by_tick) == [("B. 乙", "highlight")]
    assert marked('<div class="text-right">1. 题</div>') == []


def test_what_a_student_chose_is_no_key() -> None:
    """On a result page a chosen option is the student's, and the answer given in words is the key."""
    body = """<div class="que multichoice incorrect"><div class="qtext">1. 外呼的目的是（　）。</div><div class="answer">
<div class="r0 incorrect"><input type="radio" checked><span class="answernumber">a. </span><div>寒暄</div></div>
<div class="r1"><input type="radio"><span class="answernumber">b. </span><div>回访客户</div></div></div>
<div class="grading">得分 0.00</div><div class="rightanswer">正确答案是：回访客户</div></div>"""
    assert marked(body) == [("正确答案是：回访客户", "highlight")]
    assert lines(body)[1:3] == ["a. 寒暄", "b. 回访客户"]


def test_a_moodle_review_page_is_a_paper() -> None:
    """Flags, states and marks earned are left out of a review page; what each question is worth stays."""
    body = """<form><div class="que multichoice incorrect"><div class="info"><h3 class="no">题目<span class="qno">1</span></h3>
<div class="state">不正确</div><div class="grade">得分0.00/5.00</div><div class="questionflag"><input type="checkbox">标记题目</div></div>
<div class="content"><h4 class="accesshide">试题正文</h4><div class="qtext"><p>属于呼入业务的是（　）。</p></div><div class="answer">
<div class="r0"><input type="radio"><span class="answernumber">a. </span><p>电话营销</p></div>
<div class="r1"><input type="radio" checked><span class="answernumber">b. </span><p>受理投诉</p></div></div>
<div class="rightanswer">正确答案是：受理投诉</div></div></div>
<div class="que truefalse correct"><h3 class="no">题目<span>2</span></h3><div class="state">正确</div><div class="qtext">先处理情绪再处理事情。</div>
<div class="ablock">选择一项：<div class="r0 correct"><input type="radio" checked>对</div><div class="r1"><input type="radio">错</div></div>
<div class="rightanswer">正确的答案是“对”。</div></div></form>"""
    assert lines(body) == [
        "题目1",
        "满分5.00",
        "属于呼入业务的是（　）。",
        "a. 电话营销",
        "b. 受理投诉",
        "正确答案是：受理投诉",
        "题目2",
        "先处理情绪再处理事情。",
        "正确的答案是“对”。",
    ]
    questions = list(html.READER.read(reading.Document("a.html", page(body)), reading.Context()))
    assert [getattr(q, "answer", None) for q in questions] == ["b", True]


def test_a_result_page_is_readable_lines() -> None:
    """A page of results gives one line for each thing it says."""
    body = """<div class="questionLi"><h3 class="mark_name">1. <span>(单选题)</span> 客服的首要职责是（　）。</h3>
<ul class="mark_letter"><li>A. 倾听</li><li>B. 争辩</li></ul>
<div class="mark_answer"><span class="colorDeep">我的答案: <span>B</span></span><span class="marking_cuo"></span>
<div class="colorGreen">正确答案: <span>A</span></div></div></div>"""
    assert lines(body) == ["1. (单选题) 客服的首要职责是（　）。", "A. 倾听", "B. 争辩", "我的答案: B", "正确答案: A"]


@pytest.mark.parametrize(
    ("markup", "tex"),
    [
        ('<script type="math/tex">\\frac{1}{2}</script>', "\\(\\frac{1}{2}\\)"),
        ('<script type="math/tex; mode=display">x^2</script>', "\\[x^2\\]"),
        ('<span class="MathJax">½</span><script type="math/tex">a</script>', "\\(a\\)"),
        (
            '<span class="katex"><span class="katex-mathml"><math><semantics><mi>b</mi><annotation encoding="application/x-tex">'
            "b_1</annotation></semantics></math></span><span class='katex-html'>b1</span></span>",
            "\\(b_1\\)",
        ),
        ("<math><mfrac><mn>1</mn><mi>x</mi></mfrac></math>", "\\(\\frac{1}{x}\\)"),
        (
            "<math><msqrt><msup><mi>a</mi><mn>2</mn></msup></msqrt><mo>≤</mo><mi>π</mi></math>",
            "\\(\\sqrt{a^{2}}\\le \\pi\\)",
        ),
        ('<img class="latex" alt="$E=mc^2$">', "\\(E=mc^2\\)"),
        ('<img src="https://latex.example.com/png.latex?x%5E3">', "\\(x^3\\)"),
    ],
)
def test_formulas_are_tex(markup: str, tex: str) -> None:
    """The source of a formula is used where the page has it, and MathML is converted where it has not."""
    assert lines(f"<p>设 {markup} 成立</p>") == [f"设 {tex} 成立"]


def test_pictures_in_the_page_and_beside_it_are_assets(tmp_path: Path) -> None:
    """A data URI and a file of the page's own folder are kept; their type is told by their bytes."""
    (tmp_path / "a_files").mkdir()
    (tmp_path / "a_files" / "图 1.dat").write_bytes(PNG)
    uri = "data:image/jpeg;base64," + base64.b64encode(PNG + bytes(100)).decode()
    body = f'<p>1. 如图（　）<img src="a_files/%E5%9B%BE%201.dat" alt="电路图"></p><p>A. <img src="{uri}"></p><p>B. 无</p><p>答案：B</p>'
    ctx = reading.Context()
    document = reading.Document("a.html", page(f"<p>一、单选题</p>{body}"), str(tmp_path))
    question = next(iter(html.READER.read(document, ctx)))
    (name,) = richtext.asset_names(question.stem)
    assert ctx.assets[name].file == "a_files/图 1.dat"
    assert ctx.assets[name].alt == "电路图"
    assert isinstance(question, model.SingleChoice)
    (other,) = richtext.asset_names(question.choices[0].text)
    assert ctx.assets[other].media_type == "image/png"


@pytest.mark.parametrize(
    "source",
    [
        "https://example.com/a.png",
        "//example.com/a.png",
        "../secret.png",
        "/etc/hostname",
        "file:///etc/hostname",
        "x/../../secret.png",
        "link.png",
    ],
)
def test_nothing_outside_the_folder_is_looked_at(tmp_path: Path, source: str) -> None:
    """Addresses, absolute paths, paths that lead out and links that do are all `[图]` with a finding."""
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    extract, ctx = read(page(f'<p>1. 看图<img src="{source}"></p>'), str(folder))
    assert extract.text == "1. 看图[图]\n"
    assert [d.code for d in ctx.report] == ["R030"]
    assert not extract.assets


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="gb2312">', "gbk"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=big5">', "big5"),
        ('<meta charset="utf-8">', "gbk"),
        ("", "utf-16"),
        ("", "gb18030"),
    ],
)
def test_characters_are_read_as_they_were_written(head: str, encoding: str) -> None:
    """The declared encoding is used when it is true; a wrong one, or none, is seen through."""
    text = f"<!DOCTYPE html><html><head>{head}</head><body><p>1. 下列的說法中正確的是（　）。不在了</p></body></html>"
    extract, _ = read(text.encode(encoding))
    assert extract.text.strip() == "1. 下列的說法中正確的是（　）。不在了"


def test_only_pages_are_ours() -> None:
    """Pages are known by their content; text, JSON and XML are left to others."""

    def sure(name: str, data: bytes) -> float:
        return html.READER.sniff(reading.Document(name, data))

    assert sure("a.txt", page("x")) > 0.8
    assert sure("a.htm", b"<p>1. x</p>") > 0.7
    assert sure("a.txt", b"<p>1. x</p><p>A. y</p>") > 0.4
    assert sure("a.txt", "1. 单选题 <b> 标签的作用".encode()) == 0
    assert sure("a.xml", b'<?xml version="1.0"?><quiz><question/></quiz>') == 0
    assert sure("a.json", b'{"a": "<html>"}') == 0


def test_deep_nesting_loses_no_text() -> None:
    """Elements inside elements beyond any use are read flat instead of being cut off."""
    for depth in (400, 30000):
        extract, _ = read(page("<div>" * depth + "1. 深处" + "</div>" * depth + "<p>2. 后面</p>"))
        assert "1. 深处" in extract.text
        assert "2. 后面" in extract.text


def test_big_pages_are_read_in_linear_time() -> None:
    """A page of ten thousand options inside classes that sound like furniture takes seconds, not minutes."""
    body = "".join(f'<div class="hot-box"><p>{i}. 题（　）</p><p>A. 甲</p><a>详情</a></div>' for i in range(1, 5001))
    extract, _ = read(page(f'<div class="sidebar">{body}</div>'))
    assert extract.text.count("A. 甲") == 5000
    nested = '<div class="hot"><ul class="correct">' * 900 + "甲（　）答案 " * 50_000
    started = time.perf_counter()
    assert "甲" in read(page(nested))[0].text
    assert time.perf_counter() - started < 20


def test_an_empty_page_is_empty() -> None:
    """Nothing in, nothing out."""
    assert read(b"<html></html>")[0].text == ""
    assert read(b"<!-- -->")[0].text == ""


@settings(max_examples=80)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<ol type=A>", "<li>", "</ol>", "<ul>", "1. 题（　）", "A. 甲",
             "<input type=radio checked>", "<b>", "</b>", "<img src=data:,x>", "<math><mfrac>", "</math>", "&#0;", "<!--", "-->",
             "<select>", "<sup>2", "<u> </u>", "<script type=math/tex>x</script>", "\x00", "</div>", "<pre>\n a"]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_markup_is_read(pieces: list[str]) -> None:
    """Broken markup gives text or one `QbankError`, never another error."""
    with suppress(QbankError):
        list(html.READER.read(reading.Document("a.html", page("".join(pieces))), reading.Context()))
