r"""Foreign HTML, as question files hold it, into rich text of the bank.

What a browser shows is kept: white space as HTML collapses it, formulas in
`\(...\)`, `\[...\]`, `$$...$$`, MathML or a picture's source as `tex`, media
that are at hand as assets and others as their description or a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from html.entities import html5, name2codepoint
from pathlib import PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import unquote

from qbank import richtext
from qbank.formats.mathtex import tex_of
from qbank.model import Html, Text
from qbank.richtext import ASSET_PREFIX, BLOCK, Element, Node, xml_text

Media: TypeAlias = Callable[[str], "str | None"]
"""The name of the asset for the address of a picture or a sound, or None where there is none."""

_SPACES = re.compile(r"[ \t\n\r\f]+")
_SPACE = " \t\n\r\f"
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_OPENING = re.compile(r"<(?=(/?)([A-Za-z][A-Za-z0-9:_-]*|)([^<>]*)([<>]|\Z))")
_BLANK = re.compile(r'<blank id="([^"]{1,100})"></blank>')
_HIDDEN = re.compile("\ufdd0([^\ufdd0\ufdd1]{1,100})\ufdd1")
_FORMULA = re.compile(r"\\\(|\\\[|\$\$")
_CLOSING = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}
_HTTP = re.compile(r"(?i)(?:https?:)?//[^\s\"<>]+\Z")
_SOUND = re.compile(r"(?i)\.(?:mp3|ogg|oga|wav|m4a)(?:[?#].*)?\Z")
_PIXELS = re.compile(r"\s*([0-9]{1,5})(?:\.[0-9]+)?\s*(?:px)?\s*\Z")
_LEFT = re.compile(r"(?i)\s*text-align\s*:\s*(?:left|start)\s*;?\s*\Z")
_TEX_TYPE = re.compile(r"(?i)math/tex")
_MEANINGLESS = frozenset({"class", "id", "role", "target", "rel", "controls", "preload", "tabindex"})
"""Attributes that say something to a site's own style sheets and scripts only."""
_BOX_NAMES = """
    section article header footer main nav aside figure figcaption address center details summary dl dt dd fieldset
    legend form hgroup dialog
"""
_BOXES = frozenset(_BOX_NAMES.split())
_EMBEDDED = frozenset({"iframe", "object", "embed"})
_TAG_NAMES = """
    a abbr acronym address applet area article aside b base basefont bdi bdo big blink body button canvas center cite
    code col colgroup data datalist dd del details dfn dialog dir dl dt embed fieldset figcaption figure font footer
    form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup html i iframe input ins isindex kbd label legend link
    main map mark marquee math menu meta meter nav nobr noframes noscript object optgroup option output param picture
    progress q rp rt ruby s samp script search section select slot small source strike style summary svg template
    textarea tfoot time title track tt var video wbr annotation mi mn mo ms mtext mrow mfrac msqrt mroot mstyle merror
    mpadded mphantom mfenced menclose msub msup msubsup munder mover munderover mmultiscripts mtable mtr mtd mlabeledtr
    maction mspace semantics none mprescripts path g circle rect line polyline polygon ellipse text tspan defs use
    image desc
"""
MOST_TAGS = 100_000
"""Tags of one text; of one with more, the words alone are read."""
_ANY_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_PARAGRAPH = re.compile(r"<p>([^<>&\\$]++)</p>")
_TAGS = frozenset(richtext.ATTRIBUTES) | frozenset(_TAG_NAMES.split())


@dataclass(frozen=True, slots=True)
class Rich:
    """A text of the bank, and what of the markup it came from has no place there, in words."""

    text: Text
    dropped: tuple[str, ...] = ()


def rich(html: str, *, media: Media, tex: bool = True, blanks: Collection[str] = ()) -> Rich:
    r"""HTML from elsewhere as a text of the bank: a plain string where it is one unmarked paragraph.

    `media` is asked for the address of every picture and sound, `data:`
    addresses too; where it has none, the description, or a link, stands in
    its place. `tex`: whether `\(...\)`, `\[...\]` and `$$...$$` are formulas.
    `blanks` are the ids of the `<blank id="..."/>` that the caller put in; no
    other blank is let through.
    """
    if (only := _PARAGRAPH.fullmatch(html)) is not None and not only[1].isspace():
        html = only[1]  # the commonest text of all, which needs no parser
    if "<" not in html:
        line = _SPACES.sub(" ", xml_text(unescape(html) if "&" in html else html)).strip(" ")
        if not (tex and _FORMULA.search(line)):
            return Rich(line)
        return Rich(_text((Element("p", (), _with_formulas((line,))),)))
    more: list[str] = []
    if html.count("<") > MOST_TAGS:
        more.append("more tags than a text can have")
        html = _ANY_TAG.sub(_if_blank if blanks else "", html)
    root, lost = richtext.html_root(_readable(xml_text(html), tex))
    more += lost
    known = frozenset(blanks)
    for node in list(root.iter()):
        if node is not root and isinstance(node.tag, str):
            _prepare(node, media, known, more)
    parsed = richtext.from_root(root)
    tree = tuple(_blocks(parsed.blocks, tex))
    return Rich(_text(tree), tuple(dict.fromkeys((*more, *parsed.dropped))))


def moodle_text(source: str, form: str, *, media: Media, blanks: Collection[str] = ()) -> Rich:
    """A text in one of Moodle's formats, as Moodle shows it: `html`, `moodle_auto_format`, `plain_text`, `markdown`.

    Plain text is literal, and no filter makes formulas of what is in it; any
    other word for the format means HTML (question/format/xml/format.php).
    `blanks` are the ids of gaps, `<blank id="..."></blank>` in the source.
    """
    if form == "plain_text" and not blanks:
        return Rich(xml_text(source).strip("\n"))
    source = _BLANK.sub("\ufdd0\\1\ufdd1", source) if blanks else source
    match form:
        case "plain_text":
            html = escape(source.strip("\n")).replace("\n", "<br/>")
        case "markdown":
            html = _markdown().render(source)
        case "moodle_auto_format":
            html = _auto_format(source)
        case _:
            html = source
    html = _HIDDEN.sub(r'<blank id="\1"></blank>', html) if blanks else html
    return rich(html, media=media, tex=form != "plain_text", blanks=blanks)


def _auto_format(text: str) -> str:
    """Moodle's text_to_html (lib/weblib.php): line breaks are kept, except beside tags."""
    text = re.sub(r">\s+<", "><", xml_text(text))
    text = re.sub(r"\n<", " <", text)
    text = re.sub(r">\n", "> ", text)
    return text.strip("\n").replace("\n", "<br/>\n")


def _if_blank(tag: re.Match[str]) -> str:
    """The tag where it is one of a gap."""
    return tag[0] if tag[0].startswith(("<blank ", "</blank")) else ""


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable("table")


# Before parsing


def _readable(html: str, tex: bool) -> str:
    """The source with its stray `<` and its newer entities in a way that no parser loses."""
    if tex and _FORMULA.search(html):
        html = "".join(_bare(piece) if is_formula else piece for piece, is_formula in _pieces(html))
    if "&" in html:
        html = _NAMED.sub(_numbered, html)
    return _OPENING.sub(_escaped, html)


def _bare(formula: str) -> str:
    """A formula's source with `<` as an entity, unless it holds tags of its own."""
    return formula if re.search(r"</?[A-Za-z][^<>]*>", formula) else formula.replace("<", "&lt;")


def _numbered(entity: re.Match[str]) -> str:
    if entity[1] in name2codepoint or f"{entity[1]};" not in html5:
        return entity[0]
    return "".join(f"&#{ord(character)};" for character in html5[f"{entity[1]};"])


def _escaped(opening: re.Match[str]) -> str:
    """`<` where it begins a tag, a comment or the like; its entity where it is only a sign."""
    _, name, rest, end = opening.groups()
    if not name:
        return "<" if rest[:1] in ("!", "?") else "&lt;"
    if end != ">" and not re.search(r"=\s*[\"']", rest):
        return "&lt;"
    return "<" if ":" in name or "-" in name or name.lower() in _TAGS else "&lt;"


# Between parsing and cleaning


def _prepare(node: Any, media: Media, blanks: Collection[str], lost: list[str]) -> None:
    """Turns what the subset has no element for into what comes nearest."""
    tag = node.tag.lower()
    for name in [n for n in node.attrib if n in _MEANINGLESS or n.startswith(("data-mce", "aria-"))]:
        if tag != "blank":
            _unset_if_unneeded(node, name)
    if (node.get("dir") or "").lower() == "ltr":
        del node.attrib["dir"]
    if _LEFT.match(node.get("style") or "x") or not (node.get("style") or "x").strip():
        del node.attrib["style"]
    if tag == "img":
        _image(node, media)
    elif tag in ("audio", "video"):
        _recording(node, media)
    elif tag == "a" and _SOUND.search(node.get("href") or "") and (name := media(node.get("href"))) is not None:
        _sound_link(node, name)
    elif tag == "math":
        _math(node, lost)
    elif tag == "script" and _TEX_TYPE.match(node.get("type") or ""):
        _become(node, "tex", node.text or "", display="block" if "display" in node.get("type") else None)
    elif tag in _EMBEDDED:
        address = node.get("src") or node.get("data") or ""
        if _HTTP.match(address):
            lost.append(f"<{tag}>")
            _become(node, "a", _file_name(address), href=_absolute(address))
    elif tag in _BOXES:
        if tag == "center":
            lost.append("<center>")
        node.tag = "div"
    elif tag == "tfoot":
        node.tag = "tbody"
    elif tag == "blank" and node.get("id") not in blanks:
        lost.append("<blank>")
        node.tag = "span"
        node.attrib.clear()


def _unset_if_unneeded(node: Any, name: str) -> None:
    if not (name == "class" and "equation_image" in node.get("class")):
        del node.attrib[name]


def _image(node: Any, media: Media) -> None:
    formula = node.get("data-equation-content") or node.get("data-latex")
    if formula:
        _become(node, "tex", formula)
        return
    address = (node.get("src") or "").strip()
    name = media(address) if address else None
    alt = _SPACES.sub(" ", node.get("alt") or "").strip()
    if name is not None:
        sizes = {key: _PIXELS.match(node.get(key) or "") for key in ("width", "height")}
        sized = {key: found[1] for key, found in sizes.items() if found}
        _become(node, "img", None, src=ASSET_PREFIX + name, alt=alt or None, **sized)
    elif _HTTP.match(address):
        _become(node, "a", alt or _file_name(address), href=_absolute(address))
    else:
        _become(node, "span", f"[{alt or _file_name(address) or 'image'}]")


def _recording(node: Any, media: Media) -> None:
    sources = [node.get("src"), *(child.get("src") for child in node.iter("source"))]
    addresses = [address.strip() for address in sources if address and address.strip()]
    name = next((found for found in map(media, addresses) if found is not None), None)
    address = next(filter(_HTTP.match, addresses), None)
    if name is not None:
        _become(node, "audio", None, src=ASSET_PREFIX + name)
    elif address is not None:
        _become(node, "a", _file_name(address), href=_absolute(address))
    else:
        _become(node, "span", f"[{_file_name(addresses[0]) if addresses else node.tag}]")


def _sound_link(node: Any, name: str) -> None:
    """A link to a sound, which a platform shows as a player; its words stay where they say more than the file's name."""
    address, words = node.get("href"), node.text_content().strip()
    if words and words not in (address, _file_name(address)):
        from lxml.html import Element as NewElement

        player = NewElement("audio", src=ASSET_PREFIX + name)
        player.tail = " "
        node.addprevious(player)
        node.tag = "span"
        node.attrib.clear()
    else:
        _become(node, "audio", None, src=ASSET_PREFIX + name)


def _math(node: Any, lost: list[str]) -> None:
    display = "block" if node.get("display") == "block" else None
    for annotation in node.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "").lower() and (annotation.text or "").strip():
            _become(node, "tex", annotation.text.strip(), display=display)
            return
    made = tex_of(node)
    lost.extend(f"<{construct}> in a formula" for construct in made.unread)
    _become(node, "tex" if made.tex else "span", made.tex, display=display if made.tex else None)


def _become(node: Any, tag: str, text: str | None, **attributes: str | None) -> None:
    """Makes an element another one, in its place."""
    tail = node.tail
    node.clear()
    node.tag, node.text, node.tail = tag, text and xml_text(text), tail
    for name, value in attributes.items():
        if value is not None:
            node.set(name, xml_text(value))


def _file_name(address: str) -> str:
    if address.lower().startswith("data:"):
        return ""
    return xml_text(PurePosixPath(unquote(address.split("?")[0].split("#")[0])).name)


def _absolute(address: str) -> str:
    return f"https:{address}" if address.startswith("//") else address


# The clean tree


def _text(tree: tuple[Element, ...]) -> Text:
    if not tree:
        return ""
    if len(tree) == 1 and tree[0].tag == "p" and all(isinstance(node, str) for node in tree[0].children):
        return "".join(str(node) for node in tree[0].children)
    return Html(html=richtext.serialize(tree))


def _blocks(nodes: tuple[Element, ...], tex: bool) -> Iterator[Element]:
    """The blocks tidied, those left out that show nothing at all."""
    for block in nodes:
        tidied = _tidied(block, tex)
        if block.tag != "p" or tidied.children:
            yield tidied


def _tidied(element: Element, tex: bool) -> Element:
    """The element with its white space collapsed and its formulas made."""
    if element.tag in ("pre", "tex"):
        return element
    children = _with_formulas(element.children) if tex and element.tag != "code" else element.children
    is_box = element.tag in BLOCK or element.tag in ("li", "td", "th", "caption")
    result: list[Node] = []
    for i, child in enumerate(children):
        if isinstance(child, Element):
            tidied = _tidied(child, tex)
            if child.tag != "p" or tidied.children:
                result.append(tidied)
            continue
        line = _SPACES.sub(" ", child)
        if _is_edge(children[i - 1]) if i else is_box:
            line = line.lstrip(" ")
        if _is_edge(children[i + 1]) if i + 1 < len(children) else is_box:
            line = line.rstrip(" ")
        if line:
            result.append(line)
    if is_box and len(result) > 1 and isinstance(last := result[-1], Element) and last.tag == "br":
        result.pop()  # a browser shows no line behind it
    return Element(element.tag, element.attributes, tuple(result))


def _is_edge(node: Node) -> bool:
    return isinstance(node, Element) and (
        node.tag in BLOCK or node.tag in ("br", "li", "tr", "td", "th", "thead", "tbody", "caption")
    )


def _with_formulas(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Neighbouring nodes with the formulas among their characters as elements; a line break in one is white space."""
    if not any(isinstance(node, str) and _FORMULA.search(node) for node in nodes):
        return nodes
    # no text holds a NUL: it stands for an element, one that is no line break ends a formula
    others = [node for node in nodes if isinstance(node, Element)]
    whole = "".join(node if isinstance(node, str) else "\0\n" if node.tag == "br" else "\0\0" for node in nodes)
    result: list[Node] = []
    place = 0
    for piece, is_formula in _pieces(whole):
        if is_formula and "\0\0" not in piece:
            attributes = () if piece.startswith(r"\(") else (("display", "block"),)
            result.append(Element("tex", attributes, (piece[2:-2].replace("\0", ""),)))
            place += piece.count("\0")
            continue
        for part in re.split("(\0[\0\n])", piece):
            if part.startswith("\0"):
                result.append(others[place])
                place += 1
            elif part and result and isinstance(result[-1], str):
                result[-1] += part
            elif part:
                result.append(part)
    return tuple(result)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a formula with its delimiters."""
    start = position = 0
    hopeless: set[str] = set()
    while (found := _FORMULA.search(text, position)) is not None:
        closing = _CLOSING[found[0]]
        end = -1 if closing in hopeless else text.find(closing, found.end())
        if end < 0:
            hopeless.add(closing)
        if end < 0 or not text[found.end() : end].strip():
            position = found.end()
            continue
        if found.start() > start:
            yield text[start : found.start()], False
        yield text[found.start() : end + len(closing)], True
        start = position = end + len(closing)
    if start < len(text):
        yield text[start:], False
