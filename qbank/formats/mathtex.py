"""Presentation MathML as TeX, for the formulas of web pages that do not carry their source."""

from __future__ import annotations

import re
from typing import Any

from qbank.formats.omml import ACCENTS, MATRICES, Formula, based, delimiter, local, signs, words

_FENCES = {"(": ")", "[": "]", "{": "}", "|": "|", "‖": "‖", "⌊": "⌋", "⌈": "⌉", "⟨": "⟩"}
_WRAPPERS = frozenset({"math", "mrow", "mstyle", "semantics", "mpadded", "mtd", "merror", "maction", "mtr"})
_SCRIPTS = {"double-struck": "mathbb", "script": "mathcal", "fraktur": "mathfrak", "bold": "mathbf"}
_BIG = re.compile(r"\\(?:sum|prod|int|iint|iiint|oint|lim|max|min|sup|inf|bigcup|bigcap)\s*$")
_OVER = {
    "→": "overrightarrow",
    "⏞": "overbrace",
    "^": "widehat",
    "ˆ": "widehat",
    "~": "widetilde",
    "˙": "dot",
    "¨": "ddot",
}
MAX_DEPTH = 100


def tex_of(element: Any) -> Formula:
    """The TeX of a `math` element (lxml, any namespace); never raises on what is in it."""
    unread: list[str] = []
    tex = re.sub(r"\s+", " ", _one(element, unread, 0)).strip()
    return Formula(tex, tuple(dict.fromkeys(unread)))


def _one(node: Any, unread: list[str], depth: int) -> str:
    name = local(node).rpartition(":")[2].lower()
    if not name or name in {"annotation", "annotation-xml", "none", "mprescripts", "malignmark", "maligngroup"}:
        return ""
    if depth > MAX_DEPTH:
        unread.append("deep nesting")
        return signs("".join(node.itertext()))
    text = "".join(node.itertext()).strip()
    match name:
        case "mi" | "mn" | "mo":
            return _token(node, name, text)
        case "mtext" | "ms":
            return words("".join(node.itertext()))
        case "mspace":
            return " "
        case "mrow" if (inner := _fenced(node, unread, depth)) is not None:
            return inner
        case _ if name in _WRAPPERS:
            return "".join(_one(child, unread, depth + 1) for child in node)
        case "msqrt":
            return "\\sqrt{" + "".join(_one(child, unread, depth + 1) for child in node).strip() + "}"
        case "menclose":
            return "\\boxed{" + "".join(_one(child, unread, depth + 1) for child in node).strip() + "}"
        case "mphantom":
            return "\\phantom{" + "".join(_one(child, unread, depth + 1) for child in node).strip() + "}"
        case "mtable":
            return _table(node, unread, depth, "matrix")
        case "mfenced":
            left, right = delimiter(node.get("open", "(")), delimiter(node.get("close", ")"))
            parts = [_one(child, unread, depth + 1).strip() for child in node]
            between = (node.get("separators", ",").strip() or " ")[0]
            return f"\\left{left} {between.join(parts)} \\right{right}"
        case _:
            return _scripts(node, name, unread, depth)


def _scripts(node: Any, name: str, unread: list[str], depth: int) -> str:
    """The constructs with a fixed number of arguments."""
    parts = [_one(child, unread, depth + 1).strip() for child in node if local(child)]
    match name, parts:
        case "mfrac", [top, bottom]:
            if (node.get("linethickness") or "").strip() in {"0", "0px", "0pt"}:
                return f"\\genfrac{{}}{{}}{{0pt}}{{}}{{{top}}}{{{bottom}}}"
            return f"\\frac{{{top}}}{{{bottom}}}"
        case "mroot", [base, degree]:
            return f"\\sqrt[{degree}]{{{base}}}"
        case "msup", [base, sup]:
            return f"{based(base)}^{{{sup}}}"
        case "msub", [base, sub]:
            return f"{based(base)}_{{{sub}}}"
        case "msubsup", [base, sub, sup]:
            return f"{based(base)}_{{{sub}}}^{{{sup}}}"
        case "munderover", [base, sub, sup]:
            return f"{base}_{{{sub}}}^{{{sup}}}"
        case "munder", [base, under]:
            return f"{base}_{{{under}}}" if _BIG.search(base) else f"\\underset{{{under}}}{{{base}}}"
        case "mover", [base, over]:
            sign = "".join(node[-1].itertext()).strip()
            if sign in _OVER:
                command = _OVER[sign]
            elif sign in {"¯", "‾", "―", "-", "_"}:
                command = "overline"
            elif sign in ACCENTS:
                command = ACCENTS[sign]
            else:
                return f"{base}^{{{over}}}" if _BIG.search(base) else f"\\overset{{{over}}}{{{base}}}"
            return f"\\{command}{{{base}}}"
        case _:
            unread.append(name)
            return "".join(parts)


def _token(node: Any, name: str, text: str) -> str:
    variant = node.get("mathvariant") or ""
    written = signs(text)
    if variant in _SCRIPTS and text:
        return f"\\{_SCRIPTS[variant]}{{{written.strip()}}}"
    if name == "mi" and len(text) > 1 and text.isascii() and text.isalpha() and not written.startswith("\\"):
        return f"\\mathrm{{{text}}}"
    return {"{": "\\{", "}": "\\}"}.get(text, written)


def _fenced(node: Any, unread: list[str], depth: int) -> str | None:
    """A row that is a bracketed table: a matrix, or cases."""
    inner = [c for c in node if local(c)]
    if len(inner) not in {2, 3} or local(inner[1]) != "mtable":
        return None
    left = "".join(inner[0].itertext()).strip()
    right = "".join(inner[2].itertext()).strip() if len(inner) == 3 else ""
    if left == "{" and not right:
        return _table(inner[1], unread, depth, "cases")
    if (left, right) in MATRICES and _FENCES.get(left) == right:
        return _table(inner[1], unread, depth, MATRICES[left, right])
    return None


def _table(node: Any, unread: list[str], depth: int, environment: str) -> str:
    rows = [
        " & ".join(_one(cell, unread, depth + 2).strip() for cell in row if local(cell))
        for row in node
        if local(row) in {"mtr", "mlabeledtr"}
    ]
    body = " \\\\ ".join(rows)
    return f"\\begin{{{environment}}}{body}\\end{{{environment}}}"
