"""LaTeX as a formula of Word (Office MathML, ECMA-376 part 1, 22.1), by way of MathML; the way back is `qbank.formats.omml`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

from qbank.formats import mathml

NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_M = f"{{{NAMESPACE}}}"
_BIG = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "|": "|", "‖": "‖", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}
_ACCENTS = {
    "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0305", "‾": "\u0305", "―": "\u0305",
    "˙": "\u0307", "¨": "\u0308", "ˇ": "\u030c", "→": "\u20d7", "´": "\u0301", "`": "\u0300", "˘": "\u0306",
}  # fmt: skip
_SPACES = {"thinmathspace": " ", "mediummathspace": " ", "thickmathspace": " "}


def element(tex: str, *, block: bool = False) -> Any | None:
    """The formula as an `m:oMath` element, or None where it cannot be converted whole."""
    found = mathml.element(tex, block=block)
    if found is None:
        return None
    made = etree.Element(f"{_M}oMath", nsmap={"m": NAMESPACE})
    try:
        made.extend(_row(list(found)))
    except (IndexError, RecursionError):
        return None
    return made if len(made) else None


def _name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _make(tag: str, *children: Any, **attributes: str) -> Any:
    made = etree.Element(_M + tag)
    for key, value in attributes.items():
        made.set(_M + key, value)
    made.extend(child for child in children if child is not None)
    return made


def _of(tag: str, nodes: Sequence[Any]) -> Any:
    """An argument (`m:e`, `m:num` ...) with those nodes in it."""
    return _make(tag, *_row(nodes))


def _run(text: str, *, upright: bool = False) -> Any:
    run = _make("r", _make("rPr", _make("sty", val="p")) if upright else None)
    written = etree.SubElement(run, f"{_M}t")
    written.text = text
    written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return run


def _text(node: Any) -> str:
    return "".join(node.itertext()).strip()


def _row(nodes: Sequence[Any]) -> list[Any]:
    """Nodes one after the other; a big operator takes what follows it."""
    made: list[Any] = []
    i = 0
    while i < len(nodes):
        node = nodes[i]
        fenced = _fenced(nodes, i)
        if fenced is not None:
            made.append(fenced[0])
            i = fenced[1]
            continue
        operator = _operator(node)
        if operator is not None:
            rest = list(nodes[i + 1 :])
            made.append(_nary(*operator, rest))
            return made
        made += _one(node)
        i += 1
    return made


def _fenced(nodes: Sequence[Any], i: int) -> tuple[Any, int] | None:
    """Stretchy brackets of one row and what is between them, with the place behind."""
    around = _around_table(nodes, i)
    if around is not None:
        return around
    node = nodes[i]
    if (
        _name(node) != "mo"
        or node.get("stretchy") != "true"
        or node.get("form") == "postfix"
        or node.get("fence") != "true"
    ):
        return None
    depth = 0
    for j in range(i, len(nodes)):
        if _name(nodes[j]) == "mo" and nodes[j].get("fence") == "true":
            depth += -1 if nodes[j].get("form") == "postfix" else 1
            if depth == 0:
                marks = _make("dPr", _make("begChr", val=_text(node)), _make("endChr", val=_text(nodes[j])))
                return _make("d", marks, _of("e", nodes[i + 1 : j])), j + 1
    return None


def _around_table(nodes: Sequence[Any], i: int) -> tuple[Any, int] | None:
    """A bracket, a table and its other bracket, if any: they grow with the table."""
    start = _text(nodes[i]) if _name(nodes[i]) == "mo" else ""
    if start not in _BRACKETS or i + 1 >= len(nodes) or _name(nodes[i + 1]) != "mtable":
        return None
    closed = i + 2 < len(nodes) and _name(nodes[i + 2]) == "mo" and _text(nodes[i + 2]) == _BRACKETS[start]
    marks = _make("dPr", _make("begChr", val=start), _make("endChr", val=_BRACKETS[start] if closed else ""))
    return _make("d", marks, _of("e", nodes[i + 1 : i + 2])), i + 2 + closed


def _operator(node: Any) -> tuple[str, Any | None, Any | None, bool] | None:
    """A sum, an integral and the like with its limits below and above, and whether those stand beside it."""
    name = _name(node)
    if name == "mo" and _text(node) in _BIG:
        return _text(node), None, None, False
    parts = list(node)
    if name not in ("munder", "mover", "munderover", "msub", "msup", "msubsup") or _text(parts[0]) not in _BIG:
        return None
    if _name(parts[0]) == "mrow" and len(parts[0]) > 1:
        return None
    below = parts[1] if name in ("munder", "munderover", "msub", "msubsup") else None
    above = parts[-1] if name in ("mover", "munderover", "msup", "msubsup") else None
    return _text(parts[0]), below, above, name.startswith("ms")


def _nary(sign: str, below: Any | None, above: Any | None, beside: bool, rest: Sequence[Any]) -> Any:
    settings = _make(
        "naryPr",
        _make("chr", val=sign),
        _make("limLoc", val="subSup" if beside else "undOvr"),
        _make("subHide", val="1") if below is None else None,
        _make("supHide", val="1") if above is None else None,
    )
    return _make(
        "nary",
        settings,
        _of("sub", [] if below is None else [below]),
        _of("sup", [] if above is None else [above]),
        _of("e", rest),
    )


def _one(node: Any) -> list[Any]:
    name = _name(node)
    parts = list(node)
    match name:
        case "mrow" | "mstyle" | "mpadded" | "math" | "semantics" | "mtd" | "mphantom":
            return _row(parts)
        case "mi":
            text = _text(node)
            return [_run(text, upright=len(text) > 1 or node.get("mathvariant") == "normal")] if text else []
        case "mn" | "mo":
            text = _text(node)
            return [_run(text)] if text else []
        case "mtext" | "ms":
            text = "".join(node.itertext())
            return [_run(text, upright=True)] if text else []
        case "mspace":
            width = node.get("width") or ""
            return (
                [] if width.startswith(("-", "0")) and not width.startswith("0.") else [_run(_SPACES.get(width, " "))]
            )
        case "mfrac":
            flat = node.get("linethickness") in ("0", "0px", "0em")
            settings = _make("fPr", _make("type", val="noBar")) if flat else None
            return [_make("f", settings, _of("num", parts[:1]), _of("den", parts[1:2]))]
        case "msqrt":
            return [_make("rad", _make("radPr", _make("degHide", val="1")), _make("deg"), _of("e", parts))]
        case "mroot":
            return [_make("rad", _of("deg", parts[1:2]), _of("e", parts[:1]))]
        case "msub":
            return [_make("sSub", _of("e", parts[:1]), _of("sub", parts[1:2]))]
        case "msup":
            return [_make("sSup", _of("e", parts[:1]), _of("sup", parts[1:2]))]
        case "msubsup":
            return [_make("sSubSup", _of("e", parts[:1]), _of("sub", parts[1:2]), _of("sup", parts[2:3]))]
        case "munder" if _text(parts[1]) == "⏟":
            marks = _make("groupChrPr", _make("chr", val="⏟"), _make("pos", val="bot"), _make("vertJc", val="top"))
            return [_make("groupChr", marks, _of("e", parts[:1]))]
        case "munder":
            return [_make("limLow", _of("e", parts[:1]), _of("lim", parts[1:2]))]
        case "mover":
            return [_over(parts)]
        case "munderover":
            inner = _make("limLow", _of("e", parts[:1]), _of("lim", parts[1:2]))
            return [_make("limUpp", _make("e", inner), _of("lim", parts[2:3]))]
        case "menclose":
            return [_make("borderBox", _of("e", parts))]
        case "mtable":
            return [_table(parts)]
        case _:
            return _row(parts) if parts else [_run(_text(node))] if _text(node) else []


def _over(parts: Sequence[Any]) -> Any:
    sign = _text(parts[1])
    if sign in _ACCENTS:
        return _make("acc", _make("accPr", _make("chr", val=_ACCENTS[sign])), _of("e", parts[:1]))
    if sign in ("⏞", "⏟"):
        return _make(
            "groupChr", _make("groupChrPr", _make("chr", val=sign), _make("pos", val="top")), _of("e", parts[:1])
        )
    return _make("limUpp", _of("e", parts[:1]), _of("lim", parts[1:2]))


def _table(rows: Sequence[Any]) -> Any:
    made = _make("m")
    width = max((len(row) for row in rows), default=1)
    columns = _make("mcs", _make("mc", _make("mcPr", _make("count", val=str(width)), _make("mcJc", val="center"))))
    made.append(_make("mPr", columns))
    for row in rows:
        cells = [_of("e", [cell]) for cell in row]
        cells += [_make("e") for _ in range(width - len(cells))]
        made.append(_make("mr", *cells))
    return made
