"""Rich text: whatever goes in, what comes out is XML of the subset, and its spelling is final."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from strategies import HTML, TEXT

from qbank import richtext
from qbank.model import Html, Text

HOSTILE = [
    "<script>alert(1)</script>",
    "<p>a<script>alert(1)</script>b</p>",
    "<SCRIPT SRC=//x.invalid/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '<img src="x" onerror="alert(1)">',
    '<img src="javascript:alert(1)">',
    '<img src="asset:../../etc/passwd"/>',
    '<img src="asset:a.png" onload="x" style="x" srcset="http://x.invalid/y 2x"/>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\tscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x" target="_blank">x</a>',
    '<a href="https://x.invalid/?a=1&b=2" onclick="x">x</a>',
    '<svg onload="alert(1)"><circle/></svg>',
    "<math><mi xlink:href='javascript:1'>x</mi></math>",
    '<iframe src="https://x.invalid"></iframe>',
    "<object data='x'><embed src='y'/></object>",
    "<style>p{background:url(//x.invalid)}</style>",
    '<p style="background:url(javascript:1)">x</p>',
    "<link rel=stylesheet href=//x.invalid/x.css>",
    "<meta http-equiv=refresh content=0;url=//x.invalid>",
    "<base href=//x.invalid/>",
    "<form action=//x.invalid><input name=a><button>b</button></form>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    '<?xml version="1.0"?><p>x</p>',
    '<!DOCTYPE p [<!ENTITY a "b">]><p>&a;</p>',
    '<!DOCTYPE p SYSTEM "file:///etc/passwd"><p>&x;</p>',
    "<p>&#0;&#x1;&#xFFFE;&#55296;&#1114112;</p>",
    "<p>&nbsp;&copy;&zwnj;&bogus;</p>",
    "<p>\x00\x01\x0b\x1f\ufffe</p>",
    "<p>a < b & c > d</p>",
    "<<<>>>",
    "</p></div></body></html><script>x</script>",
    "<p><p><p>",
    "<b><i>x</b></i>",
    "<table><td>x<table><tr><td>y</table>",
    "<table>text<tr><td>1</td></tr><tfoot><tr><td>2</td></tr></tfoot></table>",
    "<ul>text<li>a</li>text<ul><li>b</li></ul></ul>",
    "<li>stray</li><tr><td>x</td></tr>",
    "<p>a<ul><li>b</li></ul>c</p>",
    "<p><table><tr><td>x</td></tr></table></p>",
    '<blank id="a b"/><blank/><blank id="ok"/>',
    '<tex display="block">a<b>x</b>&lt;c</tex>',
    '<tex onclick="x">y</tex>',
    "<tex><script>x</script></tex>",
    '<span lang="zh-CN" class="x">a</span><span>b</span>',
    '<x:p xmlns:x="urn:x">a</x:p>',
    '<p xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">a</p>',
    "<h1>T</h1>x<h7>y</h7>",
    "<noscript><p>x</p></noscript><template><p>y</p></template>",
    "<audio src='asset:a.mp3' autoplay>fallback<script>x</script></audio>",
    "<video src=x><source src=y></video>",
    '<td colspan="99999999">x</td><ol start="-1"><li>y</li></ol>',
    "<div>" * 5000 + "deep" + "</div>" * 5000,
    "<b>" * 3000,
    "<p>" + "x" * 100000,
    "\u202e<p>\u2028\u2029\u0085</p>",
    " \n\t ",
    "",
]


def assert_clean(tree: tuple[richtext.Node, ...]) -> None:
    """Assert that a tree holds the subset only and is written as XML that reads back as the same tree."""
    written = richtext.serialize(tree)
    root = etree.fromstring(f"<div>{written}</div>", etree.XMLParser(resolve_entities=False, huge_tree=True))
    for element in root.iterdescendants():
        assert element.tag in richtext.ATTRIBUTES
        assert set(element.attrib) <= set(richtext.ATTRIBUTES[element.tag])
        for name in ("src", "href"):
            value = element.get(name, "")
            assert name not in element.attrib or value.startswith(("asset:", "http://", "https://", "mailto:")), value
        if element.tag in ("img", "audio"):
            assert "/" not in element.get("src", "/")
        if element.tag in ("ul", "ol", "tr", "thead", "tbody"):
            assert not (element.text or "").strip()
    for block in tree:
        assert isinstance(block, richtext.Element)
        assert block.tag in richtext.BLOCK
    assert "\x00" not in written
    again = richtext.parse(written)
    assert again.blocks == tree
    assert again.error is None
    assert again.dropped == ()


@pytest.mark.parametrize("html", HOSTILE, ids=lambda h: h[:40])
def test_hostile_markup_comes_out_clean(html: str) -> None:
    """No script, handler, foreign address or unknown element survives, whether read as XML or as HTML."""
    for parsed in (richtext.parse(html), richtext.from_html(html)):
        assert_clean(parsed.blocks)
    for word in ("alert", "javascript", "onerror", "onclick", "root:", "vbscript"):
        written = richtext.serialize(richtext.parse(html).blocks)
        assert f"<{word}" not in written
        assert f" {word}=" not in written
        if "<script" in html.lower() and "<scr<" not in html and "CDATA" not in html:
            assert "<script" not in written


FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from([*(f"<{t}>" for t in richtext.ATTRIBUTES), *(f"</{t}>" for t in richtext.ATTRIBUTES)]),
        st.sampled_from(
            ["<script>", "</script>", "<h2>", "<x>", "<!--", "-->", "&", "&amp;", "&#10;", "&lt;", "<", ">", '"']
        ),
        st.sampled_from(['<img src="asset:a"/>', '<blank id="b"/>', '<td colspan="2">', "<tex>", "<br/>", " ", "\n\n"]),
        TEXT,
    ),
    max_size=12,
).map("".join)


@given(FRAGMENTS)
@settings(max_examples=800)
def test_any_soup_comes_out_clean(html: str) -> None:
    """Tags in any order, closed or not, become a tree of the subset."""
    assert_clean(richtext.parse(html).blocks)
    assert_clean(richtext.from_html(html).blocks)


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_any_text_as_markup(html: str) -> None:
    """Even text that was never markup."""
    assert_clean(richtext.parse(html).blocks)


@given(st.one_of(HTML, FRAGMENTS.map(lambda h: Html(html=h)), TEXT))
@settings(max_examples=400)
def test_the_canonical_spelling_is_final(text: Text) -> None:
    """`canonical` of its own result changes nothing, and what is seen stays the same."""
    once = richtext.canonical(text)
    assert richtext.canonical(once) == once
    assert richtext.blocks(once) == richtext.blocks(text) or isinstance(once, str)
    assert richtext.plain(once).split() == richtext.plain(text).split()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
@settings(max_examples=300)
def test_a_plain_string_means_itself(text: str) -> None:
    """No character of a plain string is markup: it is seen as it is, and written as markup it is the same text."""
    assert richtext.plain(text) == text
    assert richtext.canonical(text) == text
    assert list(richtext.elements(text)) == []
    if text.strip():
        (block,) = richtext.blocks(text)
        assert block.children == (text,)
        assert unescape(richtext.serialize((block,)).removeprefix("<p>").removesuffix("</p>")) == text


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_markdown_becomes_clean_markup(markdown: str) -> None:
    """Markdown of any sort, with raw HTML in it, becomes markup of the subset; the HTML stays text."""
    html = richtext.from_markdown(markdown)
    assert_clean(richtext.parse(html).blocks)
    assert "<script" not in richtext.from_markdown(markdown + "\n\n<script>x</script>")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("2*3*4 <b> & 1986. A", "2*3*4 <b> & 1986. A"),
        (Html(html="<p>a</p><p>b</p>"), "a\nb"),
        (Html(html="a<br/>b"), "a\nb"),
        (Html(html="<ul><li>a</li><li>b <em>c</em></li></ul>"), "a\nb c"),
        (Html(html="<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"), "a\tb\nc\td"),
        (Html(html='<p>x <img src="asset:f.png" alt="a chart"/> <img src="asset:f.png"/></p>'), "x [a chart] [f.png]"),
        (Html(html='<p>The <blank id="b1"/> is <tex>x^2</tex>.</p>'), "The ____ is x^2."),
        (Html(html="<pre>a\n  b</pre>"), "a\n  b"),
        (Html(html="<p>a</p><hr/><p>b</p>"), "a\n\nb"),
        (Html(html=""), ""),
    ],
)
def test_plain(text: Text, plain: str) -> None:
    """What a text says without its markup."""
    assert richtext.plain(text) == plain


@pytest.mark.parametrize(
    ("html", "canonical"),
    [
        ("just text", "just text"),
        ("<p>just text</p>", "just text"),
        ("<p>a</p>\n<p>b</p>", "<p>a</p><p>b</p>"),
        ("<b>x</b> <i>y</i>", "<p><strong>x</strong> <em>y</em></p>"),
        ("<p>a<br>b", "<p>a<br/>b</p>"),
        ("<p>a &nbsp; b</p>", "a \u00a0 b"),
        ("<h2>T</h2>", "<p><strong>T</strong></p>"),
        ("<table><tr><td>x</td></tr></table>", "<table><tbody><tr><td>x</td></tr></tbody></table>"),
        ('<img alt="y" src="asset:x"/>', '<p><img alt="y" src="asset:x"/></p>'),
        ("<p> </p>", " "),
        ("", ""),
    ],
)
def test_canonical(html: str, canonical: str) -> None:
    """One spelling for each thing."""
    found = richtext.canonical(Html(html=html))
    assert (found.html if isinstance(found, Html) else found) == canonical


@pytest.mark.parametrize(
    ("html", "dropped"),
    [
        ("<p>a</p>", ()),
        ("<script>x</script>", ("<script>",)),
        ('<p class="x" id="y">a</p>', ("class of <p>", "id of <p>")),
        ('<img src="http://x.invalid/a.png"/>', ("src of <img>",)),
        ("<center>a</center><center>b</center>", ("<center>",)),
    ],
)
def test_what_is_left_out_is_said(html: str, dropped: tuple[str, ...]) -> None:
    """Nothing is dropped in silence, and each thing is named once."""
    assert richtext.parse(html).dropped == dropped


def test_text_in_places_where_none_can_be_is_not_lost_in_silence() -> None:
    """Text directly in a list or a table cannot stay there; it is named as dropped."""
    for html in (
        "<ul>stray<li>a</li></ul>",
        "<table>stray<tr><td>a</td></tr></table>",
        "<ul><p>stray</p><li>a</li></ul>",
    ):
        for parsed in (richtext.parse(html), richtext.from_html(html)):
            kept = "stray" in richtext.plain_of(parsed.blocks)
            assert kept or parsed.dropped, html


def test_xml_and_html_readings_agree_on_clean_markup() -> None:
    """What is well-formed means the same however it is read."""
    html = '<p>a <strong>b</strong> &lt; c</p><ul><li>d</li></ul><p><img src="asset:x.png" alt="y"/></p>'
    assert richtext.parse(html).blocks == richtext.from_html(html).blocks


@pytest.mark.parametrize(
    "html", ["", "<p></p>", "<p> \u3000</p>", "<p><br/></p>", "<p><em></em></p>", "<script>x</script>"]
)
def test_empty(html: str) -> None:
    """A text in which nothing would be seen is empty."""
    assert richtext.is_empty(Html(html=html))


@pytest.mark.parametrize(
    "html", ["x", '<img src="asset:a"/>', '<audio src="asset:a"/>', "<tex>x</tex>", '<blank id="b"/>']
)
def test_not_empty(html: str) -> None:
    """A picture, a sound, a formula and a gap are something."""
    assert not richtext.is_empty(Html(html=html))
