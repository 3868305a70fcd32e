"""A web page's elements as lines: numbers of lists, rows of tables, formulas, pictures, and what stands out."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from qbank.assets import MAX_BYTES
from qbank.formats.mathtex import tex_of
from qbank.formats.wordlists import written
from qbank.model import Asset
from qbank.readers.extract import NO_PICTURE, Writer, is_colour, media_type_of, picture_name
from qbank.readers.html_article import is_tex_script, words
from qbank.readers.marks import Style
from qbank.reading import Context, Document
from qbank.richtext import without_long_tags

MAX_DEPTH = 150
_BLOCK_NAMES = """
    address article blockquote body center dd details dir div dl dt fieldset figcaption figure form h1 h2 h3 h4 h5 h6
    header hgroup hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul caption
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_GAPPED = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "article", "section", "fieldset"})
_RIGHT = re.compile(
    r"(?:^|[-_\s])(?:correct|is-?correct|correct-?(?:answer|option|choice)|right-?(?:answer|option|choice)|is-?right|right|"
    r"true-?answer|answer-?(?:right|correct|true)|option-?(?:right|correct)|bingo)(?:$|[-_\s])",
    re.I,
)
_WRONG = re.compile(
    r"in-?correct|wrong|not-?correct|(?:text|align|float|pull|col|margin|padding)[-_]?right|right[-_]?(?:side|col|box|bar|panel|content)",
    re.I,
)
_LISTS = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "decimal": "decimal", "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "upper-alpha": "upperLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
    "cjk-ideographic": "chineseCounting", "simp-chinese-informal": "chineseCounting", "trad-chinese-informal": "chineseCounting",
    "cjk-decimal": "chineseCounting", "decimal-leading-zero": "decimalZero", "none": "none",
}  # fmt: skip
_OWN_LABEL = re.compile(
    r"\s*(?:[(（【\[]?(?:[A-Za-z]|\d{1,3}|[一二三四五六七八九十]{1,3})[)）】\].．、:：]|第\s*\d+\s*题|[①-⑳]|[•·●○◦*-]\s|[Qq]\d)"
)
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()n", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙ")
_TEX_SIGNS = re.compile(r"\\[A-Za-z]+|[\^_]\{|\\[{}]")
_COLOUR_NAMES = """
    red green blue orange purple crimson darkred darkgreen darkblue magenta maroon
    tomato orangered brown fuchsia lime teal navy violet
"""
_COLOURS = frozenset(_COLOUR_NAMES.split())


@dataclass(frozen=True, slots=True)
class _Look:
    """What holds for everything inside an element."""

    styles: frozenset[Style] = frozenset()
    pre: bool = False
    script: str = ""
    cell: bool = False
    """Inside a table's entry: a block ends no line there."""

    def plus(self, *styles: Style) -> _Look:
        return replace(self, styles=self.styles | frozenset(styles)) if styles else self


@dataclass(slots=True)
class Page:
    document: Document
    ctx: Context
    student: bool
    """The page shows what somebody answered, so a chosen option is no key."""
    out: Writer = field(default_factory=Writer)
    right: dict[Any, bool] = field(default_factory=dict)
    """Elements around a chosen input."""
    inputs: dict[Any, int] = field(default_factory=dict)
    """How many radio buttons and check boxes an element holds."""
    lists: list[tuple[str, int]] = field(default_factory=list)
    missing: int = 0
    unread: dict[str, int] = field(default_factory=dict)
    space: bool = False
    """A blank is due before what comes next on the line."""
    cell_start: bool = False

    def __post_init__(self) -> None:
        self.out.name = self.document.name

    def render(self, root: Any) -> None:
        chosen: list[Any] = []
        for node in root.iter("input"):
            if (node.get("type") or "").lower() in {"radio", "checkbox"}:
                for ancestor in islice(node.iterancestors(), 30):
                    self.inputs[ancestor] = self.inputs.get(ancestor, 0) + 1
                if node.get("checked") is not None:
                    chosen.append(node)
        for node in chosen if not self.student else ():
            self._around(node)
        self._children(root, _Look(), 0)
        self.out.line()

    def report(self) -> None:
        if self.missing:
            what = "1 picture is" if self.missing == 1 else f"{self.missing} pictures are"
            self.ctx.problem(
                "R030",
                f"{what} not saved with {self.document.name} (or not of a type that can be shown)",
                self.document.name,
                hint="save the page complete, with its folder of pictures beside it",
            )
        for construct, count in sorted(self.unread.items()):
            times = "once" if count == 1 else f"{count} times"
            self.ctx.problem("R031", f"a formula part ({construct}) was kept as text, {times}", self.document.name)

    def _around(self, node: Any) -> None:
        """Remember the widest element that holds this choice and no other."""
        best = None
        for ancestor in node.iterancestors():
            if (
                self.inputs.get(ancestor, 0) != 1
                or ancestor.tag in {"body", "form", "main", "article"}
                or len(ancestor.text_content()) > 300
            ):
                break
            best = ancestor
            if ancestor.tag in {"label", "li", "tr"}:
                break
        if best is not None:
            self.right[best] = True

    def _children(self, node: Any, look: _Look, depth: int) -> None:
        self._write(node.text, look)
        for child in node:
            if isinstance(child.tag, str):
                self._element(child, look, depth + 1)
            self._write(child.tail, look)

    def _write(self, text: str | None, look: _Look) -> None:
        if not text:
            return
        if look.pre and not look.cell:
            for i, line in enumerate(text.replace("\r\n", "\n").split("\n")):
                if i:
                    self._break(look, gap=self.out.at_line_start)
                self.out.write(line, look.styles)
            return
        shown = re.sub(r"[ \t\r\n\f]+", " ", text)
        if shown.startswith(" "):
            self.space = True
        shown = shown.strip(" ")
        if not shown:
            return
        if self.out.at_line_start and not shown.strip() and "underline" not in look.styles:
            return  # a blank that keeps an empty line open
        trailing = text[-1] in " \t\r\n\f"
        if self.space and not self.out.at_line_start and not self.cell_start:
            self.out.write(" ")
        self.space = trailing
        self.cell_start = False
        if "underline" in look.styles and not shown.strip("\u00a0\u3000 "):
            self.out.write("_" * max(4, len(shown)))
        else:
            self.out.write(_scripted(shown, look.script).replace("\u00a0", " "), look.styles)

    def _before(self) -> None:
        """The blank that stands before something that is no text."""
        if self.space and not self.out.at_line_start and not self.cell_start:
            self.out.write(" ")
        self.space = self.cell_start = False

    def _break(self, look: _Look, *, gap: bool = False) -> None:
        if look.cell:
            self.space = not self.cell_start
            return
        self.space = False
        if gap:
            self.out.gap()
        else:
            self.out.line()

    def _element(self, node: Any, look: _Look, depth: int) -> None:
        tag = node.tag.lower().rpartition(":")[2]
        if depth > MAX_DEPTH:
            self._write("".join(node.itertext()), look)
            return
        if self._formula(node, tag, look):
            return
        match tag:
            case "br":
                self._break(look, gap=self.out.at_line_start)
            case "hr":
                self._break(look, gap=True)
            case "img":
                self._image(node, look)
            case "input":
                self._input(node, look)
            case "select":
                self._before()
                self.out.write("____", look.styles)
            case "script" | "textarea" | "rp" | "wbr" | "option":
                pass
            case "rt":
                read = "".join(node.itertext()).strip()
                self.out.write(f"({read})" if read else "")
            case "table":
                self._table(node, look, depth)
            case "ul" | "ol":
                self._list(node, tag, look, depth)
            case "li":
                self._item(node, look, depth)
            case _:
                self._plain_element(node, tag, look, depth)

    def _plain_element(self, node: Any, tag: str, look: _Look, depth: int) -> None:
        look = self._look(node, tag, look)
        if tag not in _BLOCKS:
            icon = _icon(node)
            if icon and not self.student:
                self._before()
                self.out.write(icon, look.styles)
            self._children(node, look, depth)
            return
        self._break(look, gap=tag in _GAPPED or (tag == "p" and not node.text_content().strip()))
        self._children(node, look, depth)
        self._break(look)

    def _look(self, node: Any, tag: str, look: _Look) -> _Look:
        found: list[Style] = []
        style = (node.get("style") or "").lower()
        if tag in {"b", "strong"} or re.search(r"font-weight\s*:\s*(?:bold|[6-9]00)", style):
            found.append("bold")
        if tag == "u" or re.search(r"text-decoration[^;:]*:[^;]*underline", style):
            found.append("underline")
        if tag == "mark" or _is_colour_value(
            _style_value(style, "background-color") or _style_value(style, "background")
        ):
            found.append("highlight")
        if _is_colour_value(_style_value(style, "color")) or (
            tag == "font" and _is_colour_value(node.get("color") or "")
        ):
            found.append("colour")
        if node in self.right or self._says_right(node):
            found.append("highlight")
        look = look.plus(*found)
        if tag in {"sup", "sub"}:
            look = replace(look, script=tag)
        if tag == "pre" or (tag == "textarea") or "white-space:pre" in style.replace(" ", ""):
            look = replace(look, pre=True)
        return look

    def _says_right(self, node: Any) -> bool:
        """Whether the element's class calls it the right option: `correct`, `right-answer`, `data-correct="true"`."""
        flag = (node.get("data-correct") or node.get("data-right") or node.get("data-iscorrect") or "").lower()
        name = node.get("class") or ""
        if flag not in {"true", "1"} and (not _RIGHT.search(name) or _WRONG.search(name)):
            return False
        return self.inputs.get(node, 0) < 2 and len(node.text_content()) <= 300

    def _formula(self, node: Any, tag: str, look: _Look) -> bool:
        """Whether the element is a formula, written as TeX if its source is there."""
        name = f" {node.get('class') or ''} "
        if tag == "script":
            if is_tex_script(node):
                block = "display" in (node.get("type") or "").lower()
                self._before()
                self.out.formula(_bare_tex(node.text or ""), look.styles, block=block)
            return True
        if (
            tag == "math"
            or tag == "mjx-container"
            or " katex " in name
            or "mwe-math-element" in name
            or " MathJax" in name
        ):
            if " MathJax" in name and (_has_script(node) or "Preview" in name):
                return True  # the script beside it holds the source
            return self._math(node, tag, look)
        source = node.get("data-latex") or node.get("data-tex") or node.get("data-formula") or node.get("data-math")
        if source and tag != "img":
            self._before()
            self.out.formula(_bare_tex(source), look.styles)
            return True
        return False

    def _math(self, node: Any, tag: str, look: _Look) -> bool:
        for annotation in node.iter("annotation"):
            if "tex" in (annotation.get("encoding") or "").lower() and (annotation.text or "").strip():
                block = node.get("display") in {"block", "true"}
                self._before()
                self.out.formula(_bare_tex(annotation.text), look.styles, block=block)
                return True
        math = node if tag == "math" else next(iter(node.iter("math")), None)
        if math is None and node.get("data-mathml"):
            root = parsed(node.get("data-mathml"))
            math = next(iter(root.iter("math")), None) if root is not None else None
        if math is None:
            return False
        made = tex_of(math)
        for construct in made.unread:
            self.unread[construct] = self.unread.get(construct, 0) + 1
        self._before()
        self.out.formula(made.tex, look.styles, block=math.get("display") == "block")
        return True

    def _input(self, node: Any, look: _Look) -> None:
        match (node.get("type") or "text").lower():
            case "radio" | "checkbox":
                parent = node.getparent()
                said = " ".join(parent.text_content().split()) if parent is not None else ""
                if (
                    self.out.at_line_start
                    and not self.lists
                    and not _OWN_LABEL.match(said)
                    and not re.match(r"[A-H]\b", said)
                ):
                    self.out.write("•")
                    self.space = True
            case "text" | "number" | "":
                self._before()
                self.out.write("____", look.styles)
            case _:
                pass

    def _image(self, node: Any, look: _Look) -> None:
        alt = " ".join((node.get("alt") or "").split())
        source = node.get("data-latex") or node.get("data-tex") or node.get("data-formula") or node.get("data-equation")
        sources = [node.get(a) for a in ("src", "data-src", "data-original", "data-actualsrc") if node.get(a)]
        named = re.search(r"tex|latex|formula|math|equation", f"{node.get('class') or ''}", re.I)
        remote = next((_tex_in_address(s) for s in sources if _tex_in_address(s)), "")
        tex = source or remote or (alt if alt and (named or _TEX_SIGNS.search(alt)) else "")
        if tex:
            self._before()
            self.out.formula(_bare_tex(tex), look.styles)
            return
        if alt in {"正确", "对", "√", "✓", "correct", "Correct", "right"} and not self.student:
            self._before()
            self.out.write("√", look.styles)
            return
        if any(re.fullmatch(r"[0-4](?:px)?", node.get(a) or "") for a in ("width", "height")):
            return
        if alt in {"正确", "Correct", "错误", "Incorrect"} or re.search(
            r"icon|emoji|avatar|logo|spacer", node.get("class") or "", re.I
        ):
            return
        self._before()
        self._picture(sources, look, alt)

    def _picture(self, sources: list[str], look: _Look, alt: str) -> None:
        for source in sources:
            if source[:5].lower() == "data:":
                data = _data_uri(source)
                if data and len(data) > 100 and self.out.picture(data, look.styles, alt=alt):
                    return
                continue
            found = self._local(source, alt)
            if found is not None:
                self.out.show(*found, look.styles)
                return
        self.out.write(NO_PICTURE, look.styles)
        self.missing += 1

    def _local(self, source: str, alt: str) -> tuple[str, Asset] | None:
        """A picture in the page's own folder or below it; nothing outside is ever looked at."""
        if self.document.name == "<stdin>" or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|/|\\", source):
            return None
        written_path = unquote(source.split("?")[0].split("#")[0]).replace("\\", "/")
        parts = PurePosixPath(written_path).parts
        if not parts or ".." in parts or "\x00" in written_path:
            return None
        try:
            root = Path(self.document.folder).resolve()
            path = root.joinpath(*parts).resolve()
            if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > MAX_BYTES:
                return None
            data = path.read_bytes()
        except (OSError, ValueError):
            return None
        media_type = media_type_of(data)
        if media_type is None:
            return None
        name = PurePosixPath(*(p for p in parts if p != ".")).as_posix()
        return picture_name(data, media_type), Asset(file=name, media_type=media_type, alt=alt or None)

    def _list(self, node: Any, tag: str, look: _Look, depth: int) -> None:
        kind = _style_value((node.get("style") or "").lower(), "list-style-type") or _style_value(
            (node.get("style") or "").lower(), "list-style"
        )
        style = _LISTS.get(node.get("type") or "") or _LISTS.get(kind.split(" ")[0] if kind else "")
        start = node.get("start") or "1"
        first = int(start) if re.fullmatch(r"\d{1,4}", start) else 1
        self.lists.append((style or ("decimal" if tag == "ol" else "bullet"), first))
        self._break(look)
        self._children(node, self._look(node, tag, look), depth)
        self._break(look)
        self.lists.pop()

    def _item(self, node: Any, look: _Look, depth: int) -> None:
        self._break(look)
        style, number = self.lists[-1] if self.lists else ("none", 1)
        value = node.get("value") or ""
        number = int(value) if re.fullmatch(r"\d{1,4}", value) else number
        if self.lists:
            self.lists[-1] = (style, number + 1)
        said = words(node)
        if said.strip() and style != "none" and not _OWN_LABEL.match(said) and not re.match(r"\s*[A-H]\b", said):
            mark = (
                "• " if style == "bullet" else written(number, style) + ("、" if style == "chineseCounting" else ". ")
            )
            self.out.write(mark)
        self.space = False
        self._children(node, self._look(node, "li", look), depth)
        self._break(look)

    def _table(self, node: Any, look: _Look, depth: int) -> None:
        self._break(look)
        rows = [r for r in node.iter("tr") if next((a for a in r.iterancestors("table")), None) is node]
        for caption in node.iter("caption"):
            self._children(caption, look, depth + 1)
            self._break(look)
        for row in rows:
            cells = [c for c in row if isinstance(c.tag, str) and c.tag.lower() in {"td", "th"}]
            styled = self._look(row, "tr", look)
            if any(_is_page_part(c) for c in cells):
                for cell in cells:
                    self._children(cell, self._look(cell, "td", styled), depth + 2)
                    self._break(look)
                continue
            for i, cell in enumerate(cells):
                if i:
                    self.out.write("\t")
                self.space, self.cell_start = False, True
                self._children(cell, replace(self._look(cell, "td", styled), cell=True), depth + 2)
            self.space = self.cell_start = False
            self._break(look)
        if not rows:
            self._children(node, look, depth + 1)
            self._break(look)


def _is_page_part(cell: Any) -> bool:
    """Whether a cell holds a piece of page rather than an entry: lists, tables, long or many paragraphs."""
    if any(True for _ in cell.iter("table", "ul", "ol", "pre", "h1", "h2", "h3")):
        return True
    text = cell.text_content()
    lines = sum(1 for p in cell.iter("p", "div", "br") if p.tag == "br" or p.text_content().strip())
    return len(text) > 200 or lines > 2


def _has_script(node: Any) -> bool:
    """Whether the TeX of a MathJax element stands in a script after it."""
    after = node.getnext()
    for _ in range(3):
        if after is None:
            return False
        if after.tag == "script" and is_tex_script(after):
            return True
        after = after.getnext()
    return False


def _bare_tex(tex: str) -> str:
    """TeX without the delimiters and the display wrapper that a page adds."""
    tex = tex.strip()
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("{\\displaystyle", "}")):
        if tex.startswith(left) and tex.endswith(right) and len(tex) > len(left) + len(right):
            tex = tex[len(left) : len(tex) - len(right)].strip()
    return tex.removeprefix("% <![CDATA[").removesuffix("%]]>").strip()


def _tex_in_address(source: str) -> str:
    """The formula in the address of a picture service."""
    match = re.search(r"(?:latex|equation|tex)[^?]*\?(?:[a-z]+=)?(.+)$", source, re.I)
    return unquote(match[1]).replace("+", " ").strip() if match and re.match(r"(?:https?:)?//", source) else ""


def _data_uri(source: str) -> bytes:
    head, comma, body = source[5:].partition(",")
    if not comma or len(body) > MAX_BYTES * 2:
        return b""
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode("".join(unquote(body).split()) + "==", validate=False)
    except (binascii.Error, ValueError):
        return b""


def _icon(node: Any) -> str:
    """A tick that is drawn by a font: `<i class="fa fa-check">`."""
    name = node.get("class") or ""
    ticked = re.search(
        r"(?:^|[-\s])(?:fa-check|glyphicon-ok|icon-(?:right|correct|dui|check|ok)|icondui)(?:$|\s)", name
    )
    return "√" if ticked and not node.text_content().strip() else ""


def _style_value(style: str, name: str) -> str:
    match = re.search(rf"(?:^|;)\s*{name}\s*:\s*([^;!]+)", style)
    return match[1].strip() if match else ""


def _is_colour_value(value: str) -> bool:
    value = value.strip().lower()
    rgb = re.match(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", value)
    if rgb:
        value = "#{:02x}{:02x}{:02x}".format(*(min(255, int(rgb[i])) for i in (1, 2, 3)))
    return value.split(" ")[0] in _COLOURS or value == "yellow" or (value.startswith("#") and is_colour(value))


def _scripted(text: str, script: str) -> str:
    """Raised and lowered characters as such where they exist, else as `^( )` and `_( )`."""
    if not script or text.startswith("["):
        return text
    table = _RAISED if script == "sup" else _LOWERED
    plain = text.replace("\u2212", "-")
    if all(ord(c) in table or c.isspace() for c in plain):
        return plain.translate(table)
    sign = "^" if script == "sup" else "_"
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def parsed(text: str) -> Any | None:
    """The root element; None for a page with nothing in it."""
    import lxml.html
    from lxml import etree

    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    text = without_long_tags(text)
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        flat = re.sub(
            r"(?is)<(script|style)\b(?:.*?</\1\s*>|.*)|<[^<>]*>", "\n", text
        )  # what lies deeper would be lost
        body = lxml.html.Element("pre")
        body.text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", flat)
        return body
    return root
