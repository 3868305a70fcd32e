"""Rich text: the safe XHTML subset, as a string at the edge and a small tree inside.

A text in the model is either a plain string, which means itself, or `Html`, a
fragment of the subset below. `blocks()` gives the tree of either; it is made of
`Element` and `str` only, holds nothing outside the subset whatever the input
was, and always starts with block elements, so an exporter never meets a script,
an event handler or bare text where a paragraph belongs.

The subset: p br em strong u sub sup code pre blockquote ul ol[start] li table
caption thead tbody tr th[colspan,rowspan] td[colspan,rowspan] hr img[src,alt,width,height]
audio[src] a[href] span[lang] div, and two elements of our own: tex[display]
(LaTeX source) and blank[id] (a gap of a cloze question). Media are named
`asset:NAME`; links are http, https or mailto.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape, unescape
from typing import Any, TypeAlias

from msgspec import Struct

from qbank.model import Html, Text

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "p": (),
    "br": (),
    "em": (),
    "strong": (),
    "u": (),
    "sub": (),
    "sup": (),
    "code": (),
    "pre": (),
    "blockquote": (),
    "ul": (),
    "ol": ("start",),
    "li": (),
    "table": (),
    "caption": (),
    "thead": (),
    "tbody": (),
    "tr": (),
    "th": ("colspan", "rowspan"),
    "td": ("colspan", "rowspan"),
    "hr": (),
    "img": ("src", "alt", "width", "height"),
    "audio": ("src",),
    "a": ("href",),
    "span": ("lang",),
    "div": (),
    "tex": ("display",),
    "blank": ("id",),
}
"""Every element of the subset with the attributes it may carry."""

BLOCK = frozenset({"p", "pre", "blockquote", "ul", "ol", "table", "hr", "div"})
VOID = frozenset({"br", "hr", "img", "blank"})
_SYNONYMS = {"b": "strong", "i": "em", "ins": "u", "tt": "code"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LOSE_CONTENT = frozenset({"script", "style", "template", "iframe", "object", "embed", "noscript", "title", "head"})
_NOTHING_WITHOUT = frozenset({"img", "audio", "blank", "a"})
"""Elements that make no sense without an attribute."""
_WRAPPER = {"ul": "li", "ol": "li", "tr": "td"}
_STRUCTURE = {"ul": {"li"}, "ol": {"li"}, "tr": {"th", "td"}, "thead": {"tr"}, "tbody": {"tr"}}
_LONGEST_TAG = 8192
_LONG_TAG = re.compile(rf"<[^<>]{{{_LONGEST_TAG},}}>?")
_QUOTED = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")
_TAG_NAME = re.compile(r"</?[A-Za-z][A-Za-z0-9:]{0,50}")
_FORBIDDEN_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_NUMBER = re.compile(r"[0-9]{1,5}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_LINK = re.compile(r"(https?://|mailto:)[^\s\"<>]+\Z", re.I)
ASSET_PREFIX = "asset:"
MAX_DEPTH = 60
_TABLE_DEPTH = 4  # table, tbody, tr, td
_MAX_INPUT_DEPTH = 200


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold (section 2.2), its lines ending as XML's do (2.11)."""
    if text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN_CHARACTER.sub("", text)


class Element(Struct, frozen=True):
    """A node of the tree; `attributes` are sorted and already checked."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = ()

    def get(self, name: str) -> str | None:
        """The value of an attribute, or None."""
        return next((value for key, value in self.attributes if key == name), None)


Node: TypeAlias = Element | str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed fragment and what of it was outside the subset, in words."""

    blocks: tuple[Element, ...]
    dropped: tuple[str, ...] = ()
    error: str | None = None


@dataclass(slots=True)
class _Drops:
    """Collects what a fragment lost, each thing once."""

    seen: dict[str, None] = field(default_factory=dict)
    deep: bool = False
    """Whether the tree may be deeper than `MAX_DEPTH`."""

    def add(self, what: str) -> None:
        self.seen.setdefault(what)


def is_plain(text: Text) -> bool:
    """Whether the text is one run of characters with no line break and no markup."""
    return isinstance(text, str) and "\n" not in text


def blocks(text: Text) -> tuple[Element, ...]:
    """The text as block elements; a plain string becomes paragraphs, its line breaks `br`."""
    return parse(text.html).blocks if isinstance(text, Html) else _plain_blocks(text)


def plain(text: Text) -> str:
    """The text without markup: blocks on lines of their own, formulas as TeX, blanks as ____."""
    return text if isinstance(text, str) else plain_of(parse(text.html).blocks)


def plain_of(nodes: tuple[Node, ...]) -> str:
    """The plain text of some nodes; see `plain`."""
    parts: list[str] = []
    _plain(nodes, parts)
    return re.sub(r"\n{3,}", "\n\n", "".join(parts)).strip("\n")


def is_empty(text: Text) -> bool:
    """Whether nothing would be seen: no character but blanks, no picture, sound, formula or gap."""
    if isinstance(text, str):
        return not text.strip()
    return not plain(text).strip() and not any(e.tag in ("img", "audio", "blank") for e in elements(text))


def elements(text: Text) -> Iterator[Element]:
    """Every element of the text, in document order."""
    if isinstance(text, Html):
        yield from walk(parse(text.html).blocks)


def walk(nodes: tuple[Node, ...]) -> Iterator[Element]:
    """Every element below and among `nodes`, in document order."""
    for node in nodes:
        if isinstance(node, Element):
            yield node
            yield from walk(node.children)


def asset_names(text: Text) -> Iterator[str]:
    """The names of the assets a text shows, in order, repeats included."""
    for element in elements(text):
        if element.tag in ("img", "audio"):
            yield (element.get("src") or "").removeprefix(ASSET_PREFIX)


def blank_ids(text: Text) -> Iterator[str]:
    """The ids of the gaps in a text, in order."""
    for element in elements(text):
        if element.tag == "blank":
            yield element.get("id") or ""


def canonical(text: Text) -> Text:
    """The one spelling of a text: clean markup, and a plain string where a string says the same."""
    if isinstance(text, str):
        return text
    tree = parse(text.html).blocks
    if not tree:
        return ""
    if len(tree) == 1 and tree[0].tag == "p" and all(isinstance(n, str) for n in tree[0].children):
        return "".join(str(n) for n in tree[0].children)
    return Html(html=serialize(tree))


def serialize(nodes: tuple[Node, ...]) -> str:
    """The nodes as XHTML of the subset: what a bank file holds."""
    return html_of(nodes, lambda element: None)


def html_of(nodes: tuple[Node, ...], special: Callable[[Element], str | None]) -> str:
    """The nodes as HTML that is also XML.

    `special` is asked for each element first and returns the markup to use for
    it, or None for the element as it is: that is how an exporter writes its own
    media, formulas and gaps.
    """
    parts: list[str] = []
    _html(nodes, special, parts)
    return "".join(parts)


def _html(nodes: tuple[Node, ...], special: Callable[[Element], str | None], parts: list[str]) -> None:
    for node in nodes:
        if isinstance(node, str):
            parts.append(escape(node, quote=False))
            continue
        written = special(node)
        if written is not None:
            parts.append(written)
            continue
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in node.attributes)
        if node.tag in VOID:
            parts.append(f"<{node.tag}{attributes}/>")
        else:
            parts.append(f"<{node.tag}{attributes}>")
            _html(node.children, special, parts)
            parts.append(f"</{node.tag}>")


def _plain(nodes: tuple[Node, ...], parts: list[str]) -> None:
    for node in nodes:
        if isinstance(node, str):
            parts.append(node)
            continue
        match node.tag:
            case "br":
                parts.append("\n")
            case "hr":
                parts.append("\n")
            case "blank":
                parts.append("____")
            case "img":
                parts.append(f"[{node.get('alt') or (node.get('src') or '').removeprefix(ASSET_PREFIX)}]")
            case "audio":
                parts.append(f"[{(node.get('src') or '').removeprefix(ASSET_PREFIX)}]")
            case "tr":
                cells = [plain_of(c.children) for c in node.children if isinstance(c, Element)]
                parts.append("\t".join(cells) + "\n")
            case "li":
                inner: list[str] = []
                _plain(node.children, inner)
                parts.append("".join(inner).strip("\n") + "\n")
            case tag:
                if tag in BLOCK and parts and not parts[-1].endswith("\n"):
                    parts.append("\n")
                _plain(node.children, parts)
                if tag in BLOCK or tag == "caption":
                    parts.append("\n")


def _plain_blocks(text: str) -> tuple[Element, ...]:
    if "\n" not in text:
        return (Element("p", (), (text,)),) if text else ()
    result = []
    for paragraph in re.split(r"\n[ \t]*\n\s*", text):
        children: list[Node] = []
        for i, line in enumerate(paragraph.split("\n")):
            if i:
                children.append(Element("br"))
            if line:
                children.append(line)
        if any(isinstance(c, str) and c.strip() for c in children):
            result.append(Element("p", (), tuple(children)))
    return tuple(result)


@lru_cache(maxsize=1024)
def parse(html: str) -> Parsed:
    """Parse a fragment of the subset; what is outside it is left out and named in `dropped`.

    A fragment that is not well-formed XML is read as HTML, the way a browser
    would, and `error` says why; nothing raises.
    """
    drops = _Drops()
    cleaned = _FORBIDDEN_CHARACTER.sub("", html)
    if cleaned != html:
        drops.add("control characters")
    if len(cleaned) > _LONGEST_TAG and (shorter := _LONG_TAG.sub("", cleaned)) != cleaned:
        # No tag of the subset is long; parsing thousands of attributes takes time that grows with their square.
        drops.add(f"a tag of more than {_LONGEST_TAG} characters")
        cleaned = shorter
    root, error = _xml_root(cleaned)
    if root is None:
        root = _html_root(cleaned, drops)
    return Parsed(_tree(root, drops), tuple(drops.seen), error)


def from_html(html: str) -> Parsed:
    """Parse HTML from elsewhere (a web page, an LMS export) into the subset, as a browser would."""
    root, lost = html_root(html)
    parsed = from_root(root)
    return Parsed(parsed.blocks, tuple(dict.fromkeys((*lost, *parsed.dropped))))


def html_root(html: str) -> tuple[Any, tuple[str, ...]]:
    """HTML from elsewhere as an lxml element around it, and what was lost already, in words; see `from_root`."""
    drops = _Drops()
    return _html_root(without_long_tags(_FORBIDDEN_CHARACTER.sub("", html)), drops), tuple(drops.seen)


def without_long_tags(html: str) -> str:
    """HTML in which no tag has thousands of attributes, which take a parser time that grows with their square."""
    return _LONG_TAG.sub(_shortened, html) if len(html) > _LONGEST_TAG else html


def _shortened(tag: re.Match[str]) -> str:
    """The tag; where it is long without what stands in quotation marks, such as a picture's data, its name alone."""
    if len(_QUOTED.sub("", tag[0])) <= _LONGEST_TAG:
        return tag[0]
    name = _TAG_NAME.match(tag[0])
    return f"{name[0]}>" if name is not None else ""


def from_root(root: Any) -> Parsed:
    """What is inside an lxml element, cleaned into the subset."""
    drops = _Drops()
    return Parsed(_tree(root, drops), tuple(drops.seen))


@lru_cache(maxsize=1024)
def from_markdown(markdown: str) -> str:
    """CommonMark with tables as a fragment of the subset; raw HTML in it stays text."""
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return serialize(from_html(rendered).blocks)


def _xml_root(fragment: str) -> tuple[Any, str | None]:
    from lxml import etree

    if "<!" in fragment or "<?" in fragment:
        return None, "comments, declarations and processing instructions have no place in a text"
    try:
        return etree.fromstring(f"<div>{fragment}</div>", _xml_parser()), None
    except etree.XMLSyntaxError as error:
        return None, re.sub(r" \(<string>.*\)$", "", str(error.msg or error))


@cache
def _xml_parser() -> Any:
    """One parser for all fragments: making it costs more than most of them."""
    from lxml import etree

    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _html_root(fragment: str, drops: _Drops) -> Any:
    import lxml.html

    parser = lxml.html.HTMLParser(huge_tree=True)
    try:
        root = lxml.html.fragment_fromstring(fragment, create_parent="div", parser=parser)
    except Exception as error:  # noqa: BLE001  # lxml raises several unrelated types for hopeless markup
        root = lxml.html.Element("div")
        root.text = fragment if not isinstance(error, MemoryError) else ""
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        # The parser gave up and lost what is further in: the text is worth more than its markup.
        drops.add("markup nested too deeply")
        root = lxml.html.Element("div")
        root.text = _FORBIDDEN_CHARACTER.sub("", unescape(_TAG.sub("", fragment)))
    return root


def _tree(root: Any, drops: _Drops) -> tuple[Element, ...]:
    """The clean tree below an lxml element."""
    found = _as_blocks(_children(root, drops, 0))
    return tuple(e for e in _shallow(found, 1, drops) if isinstance(e, Element)) if drops.deep else found


def _children(element: Any, drops: _Drops, depth: int) -> list[Node]:
    """The clean children of an lxml element."""
    text = _text(element.text, drops) if element.text else ""
    result: list[Node] = [text] if text else []
    if not len(element):
        return result
    for child in element:
        result.extend(_clean(child, drops, depth + 1))
        tail = child.tail
        if tail:
            result.append(_text(tail, drops))
    return _joined(result)


def _text(text: str, drops: _Drops) -> str:
    """Text without what no text may hold: `&#1;` brings in what the fragment itself did not have."""
    if _FORBIDDEN_CHARACTER.search(text):
        drops.add("control characters")
        return _FORBIDDEN_CHARACTER.sub("", text)
    return text


def _clean(element: Any, drops: _Drops, depth: int) -> list[Node]:
    """An lxml element as nodes of the subset: itself, its children alone, or nothing."""
    if not isinstance(element.tag, str):
        return []
    tag = element.tag.rpartition("}")[2].lower()
    if tag in _LOSE_CONTENT:
        drops.add(f"<{tag}>")
        return []
    # Wrapping what stands alone (a paragraph, the body of a table) adds a few levels later.
    drops.deep = drops.deep or depth > MAX_DEPTH // 2
    if depth > _MAX_INPUT_DEPTH:
        drops.add("markup nested too deeply")
        return [_text("".join(element.itertext()), drops)]
    tag = _SYNONYMS.get(tag, tag)
    children = _children(element, drops, depth)
    if tag in _HEADINGS:
        return [Element("p", (), (Element("strong", (), tuple(children)),))]
    if tag not in ATTRIBUTES:
        if tag not in ("html", "body"):
            drops.add(f"<{tag}>")
        return children
    attributes = _attributes(tag, element.attrib, drops)
    if attributes is None:
        return children
    if tag == "tex":
        return [Element("tex", attributes, (_text("".join(element.itertext()), drops),))]
    if tag in VOID or tag == "audio":
        if _is_visible(children):
            drops.add(f"what is inside <{tag}>")
        return [Element(tag, attributes)]
    if tag == "span" and not attributes:
        return children
    return [Element(tag, attributes, _fit(tag, children, drops))]


def _attributes(tag: str, found: Any, drops: _Drops) -> tuple[tuple[str, str], ...] | None:
    """The allowed attributes, checked; None where the element makes no sense without one."""
    if not found and tag not in _NOTHING_WITHOUT:
        return ()
    kept: dict[str, str] = {}
    for name, value in sorted((str(k), _text(str(v), drops)) for k, v in found.items()):
        if name not in ATTRIBUTES[tag] or not _value_ok(name, value):
            if not (tag == "tex" and name.startswith("xmlns")):
                drops.add(f"{name} of <{tag}>")
            continue
        kept[name] = value
    needed = {"img": "src", "audio": "src", "blank": "id"}.get(tag)
    if needed is not None and needed not in kept:
        if needed not in found:
            drops.add(f"<{tag}> without {needed}")
        return None
    if tag in ("a", "span") and not kept:
        return None if tag == "a" else ()
    return tuple(kept.items())


def _value_ok(name: str, value: str) -> bool:
    match name:
        case "src":
            return value.startswith(ASSET_PREFIX) and bool(_IDENTIFIER.match(value[len(ASSET_PREFIX) :]))
        case "href":
            return bool(_LINK.match(value))
        case "id":
            return bool(_IDENTIFIER.match(value))
        case "lang":
            return bool(_LANGUAGE.match(value))
        case "display":
            return value in ("block", "inline")
        case "alt":
            return True
        case _:
            return bool(_NUMBER.match(value))


def _fit(tag: str, children: list[Node], drops: _Drops) -> tuple[Node, ...]:
    """Children that may stand in `tag`: a list holds items only, a table rows only."""
    if tag == "table":
        return _table(children, drops)
    if tag in _STRUCTURE:
        return tuple(_structured(tag, children, drops))
    if tag == "p" and any(isinstance(c, Element) and c.tag in BLOCK for c in children):
        return tuple(_inline_only(children))
    return tuple(children)


def _structured(tag: str, children: list[Node], drops: _Drops) -> Iterator[Node]:
    """Items, rows or cells; what stands between them gets an item or a cell of its own where there is one."""
    stray: list[Node] = []
    for child in [*children, None]:
        if child is not None and not (isinstance(child, Element) and child.tag in _STRUCTURE[tag]):
            stray.append(child)
            continue
        if _is_visible(stray):
            if tag in _WRAPPER:
                yield Element(_WRAPPER[tag], (), tuple(stray))
            else:
                drops.add(f"what is outside the rows of <{tag}>")
        stray = []
        if child is not None:
            yield child


def _is_visible(nodes: list[Node]) -> bool:
    return any(not isinstance(node, str) or node.strip() for node in nodes)


def _table(children: list[Node], drops: _Drops) -> tuple[Node, ...]:
    """Caption, at most one head, and exactly one body, which is what every target accepts."""
    caption: list[Node] = []
    head: list[Node] = []
    body: list[Node] = []
    for child in children:
        if isinstance(child, str):
            if child.strip():
                drops.add("what is outside the rows of <table>")
        elif child.tag == "caption" and not caption:
            caption.append(child)
        elif child.tag == "thead":
            head.extend(child.children)
        elif child.tag == "tbody":
            body.extend(child.children)
        elif child.tag == "tr":
            body.append(child)
        else:
            drops.add("what is outside the rows of <table>")
    parts: list[Node] = [*caption]
    if head:
        parts.append(Element("thead", (), tuple(head)))
    parts.append(Element("tbody", (), tuple(body)))
    return tuple(parts)


def _inline_only(children: list[Node]) -> list[Node]:
    """Blocks inside a paragraph give up their own element, a line break in its place."""
    result: list[Node] = []
    for child in children:
        if isinstance(child, Element) and child.tag in BLOCK:
            if result:
                result.append(Element("br"))
            result.append(plain_of((child,)))
        else:
            result.append(child)
    return _joined(result)


def _joined(nodes: list[Node]) -> list[Node]:
    """Neighbouring strings as one."""
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, str) and result and isinstance(result[-1], str):
            result[-1] += node
        elif node != "":
            result.append(node)
    return result


def _as_blocks(children: list[Node]) -> tuple[Element, ...]:
    """Top-level nodes as blocks: runs of inline content become paragraphs."""
    result: list[Element] = []
    run: list[Node] = []

    def flush() -> None:
        while run and isinstance(run[-1], str) and not run[-1].strip():
            run.pop()
        while run and isinstance(run[0], str) and not run[0].strip():
            run.pop(0)
        if run:
            result.append(Element("p", (), tuple(run)))
            run.clear()

    for child in children:
        if isinstance(child, Element) and child.tag in BLOCK:
            flush()
            result.append(child)
        elif isinstance(child, Element) and child.tag in ("li", "tr", "td", "th", "thead", "tbody", "caption"):
            flush()
            result.append(Element("p", (), tuple(_inline_only(list(child.children)))))
        else:
            run.append(child)
    flush()
    return tuple(result)


def _shallow(nodes: tuple[Node, ...], depth: int, drops: _Drops) -> tuple[Node, ...]:
    """The nodes with nothing deeper than `MAX_DEPTH`: what would be is plain text."""
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            result.append(node)
        elif depth > (MAX_DEPTH - _TABLE_DEPTH if node.tag in BLOCK else MAX_DEPTH):
            drops.add("markup nested too deeply")
            result.append(plain_of((node,)))
        else:
            result.append(Element(node.tag, node.attributes, _shallow(node.children, depth + 1, drops)))
    return tuple(_joined(result))
