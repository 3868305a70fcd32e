"""LaTeX to MathML, by latex2mathml, for the targets that show MathML.

The converter writes MathML 3 and some attributes of browsers; QTI 2's schema is
that of MathML 2, so what that lacks is written in its words or, where it only
concerns spacing and colour, left out.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
MAX_LENGTH = 5000
"""Characters of a formula; the converter's time grows faster than its length."""

_ARITY = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
_TOKENS = frozenset({"mi", "mn", "mo", "mtext"})
_UNKNOWN_COMMAND = re.compile(r"\\[A-Za-z]")
_ENVIRONMENTS = {"aligned": "split", "gathered": "matrix", "gather": "matrix", "eqnarray": "align*", "dcases": "cases"}
"""Environments that the converter does not know, and those that stand in for them."""
_ENVIRONMENT = re.compile(rf"\\(begin|end)\{{({'|'.join(_ENVIRONMENTS)})\*?\}}")
_NOT_IN_MATHML_2 = ("class", "id", "style", "voffset", "border", "border-color")
_LENGTHS = ("width", "height", "depth", "lspace")
_LENGTH = re.compile(r"[+-]?([0-9]+|[0-9]*\.[0-9]+)(em|ex|px|in|cm|mm|pt|pc|%)\Z")
_NAMED_SPACES = {
    "negativethinmathspace": "-0.167em",
    "negativemediummathspace": "-0.222em",
    "negativethickmathspace": "-0.278em",
}


def element(tex: str, *, block: bool = False) -> Any | None:
    """The formula as a new `math` element in MathML's own default namespace, or None.

    None where it cannot be converted whole: a command the converter does not
    know, braces that do not match, a link. The caller then writes the TeX.
    """
    made = _element(tex, block)
    return None if made is None else deepcopy(made)


@lru_cache(maxsize=4096)
def _element(tex: str, block: bool) -> Any | None:
    from latex2mathml.converter import convert
    from lxml import etree

    if not tex.strip() or len(tex) > MAX_LENGTH:
        return None
    try:
        written = convert(_ENVIRONMENT.sub(_known, tex), display="block" if block else "inline")
        made = etree.fromstring(written.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except Exception:  # noqa: BLE001  # the converter's errors share no class, and bad TeX also meets IndexError
        return None
    if not _is_sound(made):
        return None
    for node in list(made.iter()):
        _fit(node)
    return made


def _known(environment: re.Match[str]) -> str:
    return f"\\{environment[1]}{{{_ENVIRONMENTS[environment[2]]}}}"


def _is_sound(math: Any) -> bool:
    """Whether the converter understood everything: it passes unknown commands on as names, and drops arguments."""
    for node in math.iter():
        name = node.tag.rpartition("}")[2]
        if name in _ARITY and len(node) != _ARITY[name]:
            return False
        if name == "mspace" and node.get("mathbackground") is not None:
            return False  # a rule, which MathML 2 cannot draw
        if node.get("href") is not None or _UNKNOWN_COMMAND.search(node.text or ""):
            return False
    return True


def _fit(node: Any) -> None:
    """Write a node in the words of MathML 2."""
    name = node.tag.rpartition("}")[2]
    if (name in _TOKENS and len(node)) or (name == "mstyle" and not len(node)):
        node.tag = f"{{{NAMESPACE}}}mrow"
        node.attrib.clear()
        node.text = None
    for key in _NOT_IN_MATHML_2:
        node.attrib.pop(key, None)
    if name != "mo":
        node.attrib.pop("movablelimits", None)
    if name == "mpadded":
        node.attrib.pop("mathbackground", None)
    if name in ("mspace", "mpadded"):
        _fit_lengths(node)
    if name == "menclose":
        _fit_notation(node)


def _fit_lengths(node: Any) -> None:
    for key in _LENGTHS:
        value = node.get(key)
        if value is None:
            continue
        value = _NAMED_SPACES.get(value, f"{value}em" if value == "0" else value)
        if _LENGTH.match(value) or value.endswith("mathspace"):
            node.set(key, value)
        else:
            del node.attrib[key]


def _fit_notation(node: Any) -> None:
    """One notation an element: a second one gets an element inside the first."""
    first, *others = (node.get("notation") or "longdiv").split()
    node.set("notation", first)
    for notation in others:
        inner = node.makeelement(node.tag, {"notation": notation})
        inner.extend(list(node))
        node.append(inner)
