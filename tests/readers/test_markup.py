r"""HTML from elsewhere becomes what a browser shows of it: plain strings, formulas, media, and a word for the rest."""

from __future__ import annotations

import time

import pytest

from qbank.model import Html
from qbank.readers.markup import Rich, moodle_text, rich


def media(address: str) -> str | None:
    """An asset for what lies in the file."""
    return "pic.png" if address.startswith(("@@", "data:")) else None


def text(html: str, **more: object) -> object:
    """The text alone, Html as its string in a list to tell it from a plain one."""
    found = rich(html, media=media, **more).text  # type: ignore[arg-type]
    return [found.html] if isinstance(found, Html) else found


@pytest.mark.parametrize(
    ("html", "read_as"),
    [
        ("", ""),
        ("  a \n b ", "a b"),
        ("<p dir='ltr' style='text-align: left;' class='x'>one &nbsp;two</p>\n<p></p>", "one \u00a0two"),
        ("a &lt;b&gt; &hellip; &lbrace; &copy;", "a <b> … { ©"),
        ("<p>a<br></p>", "a"),
        ("<p>a<br>b</p>", ["<p>a<br/>b</p>"]),
        ("<p>a</p> <p>b</p>", ["<p>a</p><p>b</p>"]),
        ("<ul>\n <li> x </li>\n</ul>", ["<ul><li>x</li></ul>"]),
        ("<section>a</section>b", ["<div>a</div><p>b</p>"]),
        ("<pre>a  b\n c</pre>", ["<pre>a  b\n c</pre>"]),
        ("<b>x</b> <i>y</i>", ["<p><strong>x</strong> <em>y</em></p>"]),
    ],
)
def test_texts(html: str, read_as: object) -> None:
    """White space collapses as HTML's does, and one unmarked paragraph is a plain string."""
    assert text(html) == read_as


@pytest.mark.parametrize(
    ("html", "read_as"),
    [
        (r"\(x\)", ["<p><tex>x</tex></p>"]),
        (r"a \(x<y\) b", ["<p>a <tex>x&lt;y</tex> b</p>"]),
        (r"\[a &lt; b\]", ['<p><tex display="block">a &lt; b</tex></p>']),
        ("$$x$$ and $5", ['<p><tex display="block">x</tex> and $5</p>']),
        (r"<p>\(a<br>+b\)</p>", ["<p><tex>a\n+b</tex></p>"]),
        (r"\(a <em>b</em>\)", [r"<p>\(a <em>b</em>\)</p>"]),
        (r"<code>\(x\)</code>", [r"<p><code>\(x\)</code></p>"]),
        (r"\(\) and \)", r"\(\) and \)"),
        (r"never closed \(x", r"never closed \(x"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", [r"<p><tex>\frac{1}{2}</tex></p>"]),
        (
            '<math display="block"><semantics><mi>x</mi><annotation encoding="application/x-tex">x</annotation>'
            "</semantics></math>",
            ['<p><tex display="block">x</tex></p>'],
        ),
        ('<script type="math/tex">x^2</script>', ["<p><tex>x^2</tex></p>"]),
        ('<img class="equation_image" data-equation-content="x_1" src="/eq">', ["<p><tex>x_1</tex></p>"]),
    ],
)
def test_formulas(html: str, read_as: object) -> None:
    """Formulas are found in characters, MathML and pictures, never inside of code or across markup."""
    assert text(html) == read_as


def test_formulas_are_left_alone_where_they_are_none() -> None:
    """A platform without formulas means the characters."""
    assert text(r"\(x\)", tex=False) == r"\(x\)"


@pytest.mark.parametrize(
    ("html", "read_as"),
    [
        (
            '<img src="@@PLUGINFILE@@/a.png" alt="A" width="20px">',
            ['<p><img alt="A" src="asset:pic.png" width="20"/></p>'],
        ),
        ('<img src="data:image/png;base64,xx">', ['<p><img src="asset:pic.png"/></p>']),
        ('<img src="https://x.example/y.png">', ['<p><a href="https://x.example/y.png">y.png</a></p>']),
        ('<img src="folder/b.png" alt="B">', "[B]"),
        (
            '<audio controls><source src="@@PLUGINFILE@@/a.mp3">no</audio>',
            ['<p><audio src="asset:pic.png"></audio></p>'],
        ),
        ('<a href="@@PLUGINFILE@@/a.mp3">a.mp3</a>', ['<p><audio src="asset:pic.png"></audio></p>']),
        ('<a href="@@PLUGINFILE@@/a.mp3">Hear</a>', ['<p><audio src="asset:pic.png"></audio> Hear</p>']),
        ('<video src="//v.example/v.mp4"></video>', ['<p><a href="https://v.example/v.mp4">v.mp4</a></p>']),
    ],
)
def test_media(html: str, read_as: object) -> None:
    """What is at hand is shown; of what is not, its description or a link stays."""
    assert text(html) == read_as


@pytest.mark.parametrize(
    "html", ["2 < 3", "a<b and c", "x <y", "List<String> x", "<3", "a < b > c", "1<2 && 3>2", "a <= b"]
)
def test_signs_that_begin_no_tag(html: str) -> None:
    """A `<` that begins no element of HTML is a sign; nothing behind it is swallowed."""
    assert text(html) == html


def test_what_is_dropped_is_named() -> None:
    """Everything outside of the subset that meant something has a word."""
    html = "<p style='color: red' onclick='x()'>a<script>b()</script><font color='red'>c</font></p>"
    found = rich(html + "<iframe src='https://v.example/1'></iframe>", media=media)
    assert set(found.dropped) >= {"style of <p>", "onclick of <p>", "<script>", "<font>", "<iframe>"}
    assert rich("<p dir='ltr' class='x'>a</p>", media=media) == Rich("a")


def test_blanks_are_the_caller_s() -> None:
    """Only gaps that the caller put in are gaps."""
    found = rich('<blank id="a"></blank> <blank id="b"></blank>', media=media, blanks=("b",))
    assert found == Rich(Html(html='<p><blank id="b"/></p>'), ("<blank>",))


@pytest.mark.parametrize(
    ("form", "source", "read_as"),
    [
        ("plain_text", "a\n <b>\\(x\\)</b>", "a\n <b>\\(x\\)</b>"),
        ("markdown", "a *b*", Html(html="<p>a <em>b</em></p>")),
        ("moodle_auto_format", "a\nb <i>c</i>\nd", Html(html="<p>a<br/>b <em>c</em> d</p>")),
        ("html", "a\nb", "a b"),
    ],
)
def test_formats_of_moodle(form: str, source: str, read_as: object) -> None:
    """Each of Moodle's text formats as Moodle shows it."""
    assert moodle_text(source, form, media=media).text == read_as


@pytest.mark.parametrize(
    "html",
    [
        r"\(" * 200_000,
        "<" * 200_000,
        '<a "' * 100_000,
        "<p>" * 100_000,
        "<b>" * 20_000 + "x",
        "$$" * 100_001,
        "&" * 200_000,
    ],
    ids=range(7),
)
def test_hostile_markup_is_read_in_time(html: str) -> None:
    """No text takes longer than its length: each of these takes seconds at most."""
    start = time.process_time()
    rich(html, media=media)
    assert time.process_time() - start < 8
