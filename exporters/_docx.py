"""The elements of WordprocessingML (ECMA-376 part 1, 17) that a paper needs, and the fixed parts of its package."""

from __future__ import annotations

from typing import Any

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
PIC = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_NAMES = {"w": W, "r": R, "wp": WP, "a": A, "pic": PIC}
_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
TEXT_SIZE = 21
"""Half points: 10.5 points, the size (五号) of Chinese papers."""
SERIF, SANS, MONO = "Times New Roman", "Arial", "Courier New"
CHINESE_SERIF, CHINESE_SANS = "宋体", "黑体"
EMU = 9525
"""English metric units of a pixel at 96 to the inch."""


def q(name: str) -> str:
    """A name with its prefix as lxml wants it: `w:p`."""
    prefix, _, local = name.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


def make(name: str, *children: Any, **attributes: str | int) -> Any:
    """An element; attributes are of its own namespace, with `_` before those of none."""
    made = etree.Element(q(name), nsmap=_NAMES if name in ("w:document", "w:hdr", "w:ftr", "w:styles") else None)
    prefix = name.partition(":")[0]
    for key, value in attributes.items():
        made.set(key[1:] if key.startswith("_") else q(f"{prefix}:{key}"), str(value))
    made.extend(child for child in children if child is not None)
    return made


def run(text: str, *properties: Any) -> Any:
    """A run of text; line feeds are line breaks, tabs tabs."""
    made = make("w:r", make("w:rPr", *properties) if properties else None)
    for i, line in enumerate(text.split("\n")):
        if i:
            made.append(make("w:br"))
        for j, piece in enumerate(line.split("\t")):
            if j:
                made.append(make("w:tab"))
            if piece:
                written = make("w:t")
                written.text = piece
                written.set(_SPACE, "preserve")
                made.append(written)
    return made


def paragraph(
    *content: Any,
    style: str = "",
    keep: bool = False,
    together: bool = True,
    left: int = 0,
    hanging: int = 0,
    tabs: tuple[int, ...] = (),
    align: str = "",
    line_below: bool = False,
    before: int = 0,
    after: int = 0,
    exact: int = 0,
) -> Any:
    """A paragraph; lengths in twentieths of a point. `keep` it on the page of the next."""
    edges = None
    if line_below:
        # without "between" one line is drawn below all paragraphs of one look
        edges = make(
            "w:pBdr",
            *(make(f"w:{side}", val="single", sz=4, space=1, color="808080") for side in ("bottom", "between")),
        )
    spacing: dict[str, str | int] = {"before": before, "after": after}
    if exact:
        spacing |= {"line": exact, "lineRule": "exact"}
    properties = make(
        "w:pPr",
        make("w:pStyle", val=style) if style else None,
        make("w:keepNext") if keep else None,
        make("w:keepLines") if together else None,
        edges,
        make("w:tabs", *(make("w:tab", val="left", pos=place) for place in tabs)) if tabs else None,
        make("w:spacing", **spacing) if before or after or exact else None,
        make("w:ind", left=left, hanging=hanging) if left or hanging else None,
        make("w:jc", val=align) if align else None,
    )
    return make("w:p", properties, *content)


def table(
    rows: list[list[list[Any]]], widths: list[int], *, borders: bool, spans: dict[tuple[int, int], int] | None = None
) -> Any:
    """A table of cells, each a list of blocks; `spans` are columns that a cell goes across."""
    edge = "single" if borders else "nil"
    sides = (
        make(f"w:{side}", val=edge, sz=4, space=0, color="auto")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    made = make(
        "w:tbl",
        make(
            "w:tblPr",
            make("w:tblW", w=sum(widths), type="dxa"),
            make("w:tblBorders", *sides),
            make("w:tblLayout", type="fixed"),
        ),
        make("w:tblGrid", *(make("w:gridCol", w=width) for width in widths)),
    )
    for i, row in enumerate(rows):
        line = make("w:tr", make("w:trPr", make("w:cantSplit")))
        place = 0
        for j, blocks in enumerate(row):
            span = (spans or {}).get((i, j), 1)
            width = sum(widths[place : place + span])
            place += span
            settings = make(
                "w:tcPr",
                make("w:tcW", w=width, type="dxa"),
                make("w:gridSpan", val=span) if span > 1 else None,
                make("w:vAlign", val="center") if borders else None,
            )
            # a cell ends with a paragraph
            cell = blocks if blocks and blocks[-1].tag == q("w:p") else [*blocks, paragraph()]
            line.append(make("w:tc", settings, *cell))
        made.append(line)
    return made


def picture(relation: str, number: int, width: int, height: int, alt: str) -> Any:
    """A run with a picture of that size in pixels."""
    x, y = width * EMU, height * EMU
    graphic = make(
        "pic:pic",
        make("pic:nvPicPr", make("pic:cNvPr", _id=number, _name=f"picture {number}", _descr=alt), make("pic:cNvPicPr")),
        make("pic:blipFill", _blip(relation), make("a:stretch", make("a:fillRect"))),
        make(
            "pic:spPr",
            make("a:xfrm", make("a:off", _x=0, _y=0), make("a:ext", _cx=x, _cy=y)),
            make("a:prstGeom", make("a:avLst"), _prst="rect"),
        ),
    )
    inline = make(
        "wp:inline",
        make("wp:extent", _cx=x, _cy=y),
        make("wp:docPr", _id=number, _name=f"picture {number}", _descr=alt),
        make("a:graphic", make("a:graphicData", graphic, _uri=PIC)),
        _distT=0, _distB=0, _distL=0, _distR=0,
    )  # fmt: skip
    return make("w:r", make("w:drawing", inline))


def _blip(relation: str) -> Any:
    made = make("a:blip")
    made.set(q("r:embed"), relation)
    return made


def field(instruction: str) -> Any:
    """A field such as PAGE."""
    made = etree.Element(q("w:fldSimple"))
    made.set(q("w:instr"), f" {instruction} ")
    made.append(run("1"))
    return made


def fonts(ascii_font: str, chinese: str) -> Any:
    """The fonts of a run, one for each script."""
    return make("w:rFonts", ascii=ascii_font, hAnsi=ascii_font, eastAsia=chinese, cs=ascii_font)


def xml(root: Any) -> bytes:
    """A part of the package."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def styles(language: str) -> bytes:
    """The styles: text, title, facts, section headings."""
    usual = make(
        "w:rPr",
        fonts(SERIF, CHINESE_SERIF),
        make("w:sz", val=TEXT_SIZE),
        make("w:szCs", val=TEXT_SIZE),
        make("w:lang", val="en-US", eastAsia=language if language.lower().startswith(("zh", "ja", "ko")) else "zh-CN"),
    )
    spacing = make("w:pPr", make("w:spacing", before=20, after=20, line=300, lineRule="auto"))
    root = make(
        "w:styles",
        make("w:docDefaults", make("w:rPrDefault", usual), make("w:pPrDefault", spacing)),
        make("w:style", make("w:name", val="Normal"), make("w:qFormat"), type="paragraph", default=1, styleId="Normal"),
        _style("Title", "Title", 32, align="center", before=60, after=60),
        _style("Section", "heading 1", 22, before=160, after=60, level=0),
        _style("Document", "heading 2", 26, before=240, after=80, level=0),
        _style("Header", "header", 17, bold=False),
        _style("Footer", "footer", 17, bold=False, align="center"),
    )
    return xml(root)


def _style(
    name: str,
    title: str,
    size: int,
    *,
    bold: bool = True,
    align: str = "",
    before: int = 0,
    after: int = 0,
    level: int | None = None,
) -> Any:
    paragraph_settings = make(
        "w:pPr",
        make("w:keepNext") if bold else None,
        make("w:keepLines") if bold else None,
        make("w:spacing", before=before, after=after),
        make("w:jc", val=align) if align else None,
        make("w:outlineLvl", val=level) if level is not None else None,
    )
    text_settings = make(
        "w:rPr",
        fonts(SANS, CHINESE_SANS) if bold else None,
        make("w:b") if bold else None,
        make("w:sz", val=size),
        make("w:szCs", val=size),
    )
    return make(
        "w:style",
        make("w:name", val=title),
        make("w:basedOn", val="Normal"),
        make("w:qFormat"),
        paragraph_settings,
        text_settings,
        type="paragraph",
        styleId=name,
    )


def relations(found: list[tuple[str, str, str]]) -> bytes:
    """A part's relations: id, last word of the type, target."""
    root = etree.Element(f"{{{_REL}}}Relationships", nsmap=_default(_REL))
    for name, kind, target in found:
        base = R if kind != "core" else "http://schemas.openxmlformats.org/package/2006/relationships/metadata"
        etree.SubElement(
            root,
            f"{{{_REL}}}Relationship",
            Id=name,
            Type=f"{base}/{'core-properties' if kind == 'core' else kind}",
            Target=target,
        )
    return xml(root)


def content_types(parts: dict[str, str], endings: dict[str, str]) -> bytes:
    """What each part is: the last words of its type by its name, media types by ending."""
    root = etree.Element(f"{{{_TYPES}}}Types", nsmap=_default(_TYPES))
    known = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "xml": "application/xml", **endings}
    for ending, media in known.items():
        etree.SubElement(root, f"{{{_TYPES}}}Default", Extension=ending, ContentType=media)
    for name, kind in parts.items():
        media = kind if "/" in kind else f"{_MAIN}.{kind}+xml"
        etree.SubElement(root, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=media)
    return xml(root)


def _default(namespace: str) -> Any:
    """A name space without a prefix."""
    return {None: namespace}


def core(title: str) -> bytes:
    """The document's properties: its title, and no date."""
    names = {
        "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
        "dc": "http://purl.org/dc/elements/1.1/",
    }
    root = etree.Element(f"{{{names['cp']}}}coreProperties", nsmap=names)
    etree.SubElement(root, f"{{{names['dc']}}}title").text = title
    return xml(root)
