"""The XML writer against lxml: the same trees, the same bytes, and no way to write anything else."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from qbank.exporters._xml import Document, Form, Xml

from qbank.richtext import xml_text

HOSTILE = (
    "]]>",
    "&",
    "&amp;",
    "<b>",
    "</a>",
    '"',
    "'",
    "\r\n",
    "\r",
    "\x00",
    "\x1f",
    "\ufffe",
    "\ud800",
    "𠮷",
    "<!--",
    "<?",
)
NAMES = st.sampled_from(("a", "questiontext", "x-1", "_", "词", "xml:lang", "b.c"))
TEXTS = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8)), max_size=4).map("".join)


@dataclass(frozen=True)
class Node:
    """A tree to write: what it holds is characters, elements on lines of their own, or both (mixed)."""

    tag: str
    kind: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: tuple[Any, ...] = ()


ATTRIBUTES = st.dictionaries(NAMES, TEXTS, max_size=3)
LEAVES = st.builds(Node, NAMES, st.sampled_from(("leaf", "cdata")), ATTRIBUTES, TEXTS.map(lambda text: (text,)))
BOXES = st.builds(Node, NAMES, st.just("boxed"), ATTRIBUTES, st.tuples(NAMES, TEXTS))


def _branch(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    elements = st.lists(nodes, max_size=4).map(tuple)
    mixture = st.lists(st.one_of(nodes, TEXTS), max_size=4).map(tuple)
    return st.one_of(
        st.builds(Node, NAMES, st.just("open"), ATTRIBUTES, elements),
        st.builds(Node, NAMES, st.just("mixed"), ATTRIBUTES, mixture),
    )


TREES = st.recursive(st.one_of(LEAVES, BOXES), _branch, max_leaves=12)


def ours(xml: Xml, node: Node) -> None:
    """Write a tree with our writer."""
    match node.kind:
        case "leaf":
            xml.leaf(node.tag, node.content[0], **node.attributes)
        case "cdata":
            xml.cdata(node.tag, node.content[0], **node.attributes)
        case "boxed":
            xml.boxed(node.tag, *node.content, **node.attributes)
        case kind:
            (xml.mixed if kind == "mixed" else xml.open)(node.tag, **node.attributes)
            for part in node.content:
                if isinstance(part, str):
                    xml.text(part)
                else:
                    ours(xml, part)
            xml.close()


def theirs(node: Node) -> Any:
    """The same tree made of lxml's elements."""

    def name(given: str) -> str:
        return given.replace("xml:", "{http://www.w3.org/XML/1998/namespace}")

    element = etree.Element(name(node.tag), {name(key): xml_text(value) for key, value in node.attributes.items()})
    match node.kind:
        case "leaf":
            element.text = xml_text(node.content[0]) or None
        case "cdata":
            element.text = etree.CDATA(xml_text(node.content[0])) if xml_text(node.content[0]) else None
        case "boxed":
            text = xml_text(node.content[1])
            etree.SubElement(element, name(node.content[0])).text = etree.CDATA(text) if text else None
        case _:
            for part in node.content:
                if isinstance(part, Node):
                    element.append(theirs(part))
                elif len(element):
                    element[-1].tail = (element[-1].tail or "") + xml_text(part)
                else:
                    element.text = (element.text or "") + xml_text(part)
    return element


def _is_mixed(node: Node) -> bool:
    return node.kind == "mixed" or any(isinstance(part, Node) and _is_mixed(part) for part in node.content)


def canonical(data: bytes) -> bytes:
    """The canonical form of a document (C14N 1.0) without the white space between its elements."""
    return etree.tostring(etree.fromstring(data, etree.XMLParser(huge_tree=True)), method="c14n")


@given(TREES)
def test_what_is_written_is_what_lxml_writes(tree: Node) -> None:
    """Any tree gives lxml's bytes: to the last blank where lxml indents as we do, canonically the same where texts are mixed in."""
    xml = Xml()
    ours(xml, tree)
    wanted = theirs(tree)
    if not _is_mixed(tree):
        assert str(xml).encode() == etree.tostring(wanted, encoding="UTF-8", pretty_print=True)
    if tree.kind == "mixed":
        assert canonical(str(xml).encode()) == etree.tostring(wanted, method="c14n")


@given(TREES)
def test_what_is_written_is_read_back(tree: Node) -> None:
    """Any tree is well-formed XML in a document, and a parser finds each tag, attribute and text."""
    xml = Xml()
    ours(xml, tree)
    sink = io.BytesIO()
    with Document(sink, "root") as document:
        document.write(xml)

    def same(found: Any, wanted: Any) -> None:
        assert (found.tag, dict(found.attrib), len(found)) == (wanted.tag, dict(wanted.attrib), len(wanted))
        if len(found) == 0:
            assert (found.text or "") == (wanted.text or "")
        for one, other in zip(found, wanted, strict=True):
            same(one, other)

    root = etree.fromstring(sink.getvalue())
    assert len(root) == 1
    same(root[0], theirs(tree))


@pytest.mark.parametrize("name", ["", "a b", "a>", "1a", "a\n", "<", "p:a", "-a", "a/", "a=", 'a"'])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """Neither tags nor attributes can carry markup in their names, nor a prefix that nobody declared."""
    for write in (Xml().open, Xml().leaf, Xml().mixed):
        with pytest.raises(ValueError, match="no name in XML"):
            write(name)
        with pytest.raises(ValueError, match="no name in XML"):
            write("a", **{name: ""})


def test_what_is_open_gives_no_bytes() -> None:
    """An element that is not closed, closed twice, or text where only elements stand: each is refused."""
    xml = Xml()
    xml.open("a")
    with pytest.raises(ValueError, match="still open"):
        str(xml)
    with pytest.raises(ValueError, match="mixed"):
        xml.text("x")
    with pytest.raises(ValueError, match="closed"):
        Xml(1).add(xml)
    xml.close()
    with pytest.raises(IndexError):
        xml.close()
    with pytest.raises(ValueError, match="depth"):
        Xml(1).add(xml)
    assert str(xml) == "<a/>\n"


def test_a_piece_is_used_again() -> None:
    """A piece that was made once is added as often as it is wanted."""
    piece = Xml(1)
    piece.leaf("b", "1")
    xml = Xml()
    xml.open("a")
    xml.add(piece)
    xml.add(piece)
    xml.close()
    assert str(xml) == "<a>\n  <b>1</b>\n  <b>1</b>\n</a>\n"


@given(TEXTS, TEXTS)
def test_a_filled_form_is_what_would_be_written(first: str, second: str) -> None:
    """A form gives the bytes of the same calls with the characters in their places."""
    form, plain = Form(1), Xml(1)
    for xml in (form, plain):
        xml.open("answer", fraction="100")
        form.gap("text") if xml is form else plain.cdata("text", first)
        xml.leaf("x", "&")
        xml.open("feedback")
        form.gap("text", format="html") if xml is form else plain.cdata("text", second, format="html")
        xml.close()
        xml.close()
    filled = Xml(1)
    filled.fill(form, first, second)
    assert str(filled) == str(plain)


def test_a_form_is_filled_whole_and_in_its_place() -> None:
    """Too few texts, too many, another depth, an element still open or no gap at all: each is refused."""
    form = Form(1)
    form.open("a")
    form.gap("b")
    with pytest.raises(ValueError, match="still open"):
        Xml(2).fill(form, "x")
    form.close()
    for texts in ((), ("x", "y")):
        with pytest.raises(ValueError, match="zip"):
            Xml(1).fill(form, *texts)
    with pytest.raises(ValueError, match="depth"):
        Xml().fill(form, "x")
    with pytest.raises(ValueError, match="gaps"):
        Xml().fill(Form(), "x")
