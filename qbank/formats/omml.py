"""Word's formulas (Office MathML, ECMA-376 part 1, 22.1) as TeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_FUNCTION_NAMES = """
    arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log max min
    Pr sec sin sinh sup tan tanh
"""
_FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
_SIGNS = """
    α alpha β beta γ gamma δ delta ε varepsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi
    ρ rho σ sigma τ tau υ upsilon φ varphi χ chi ψ psi ω omega ϵ epsilon ϑ vartheta ϖ varpi ϱ varrho ς varsigma ϕ phi
    Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega µ mu
    × times ÷ div ± pm ∓ mp ⋅ cdot · cdot ∗ ast ∘ circ ∙ bullet ≤ le ≥ ge ⩽ le ⩾ ge ≠ ne ≈ approx ≡ equiv ≅ cong
    ∼ sim ∝ propto ≪ ll ≫ gg ∈ in ∉ notin ∋ ni ⊂ subset ⊃ supset ⊆ subseteq ⊇ supseteq ∪ cup ∩ cap ∅ emptyset
    ∀ forall ∃ exists ¬ neg ∧ wedge ∨ vee ⊕ oplus ⊗ otimes ⊥ perp ∥ parallel ∠ angle △ triangle ∞ infty ∂ partial
    ∇ nabla ∑ sum ∏ prod ∫ int ∬ iint ∭ iiint ∮ oint √ surd → to ← leftarrow ↔ leftrightarrow ⇒ Rightarrow
    ⇐ Leftarrow ⇔ Leftrightarrow ↑ uparrow ↓ downarrow ↦ mapsto ⇌ rightleftharpoons … ldots ⋯ cdots ⋮ vdots ⋱ ddots
    ′ prime ħ hbar ℏ hbar ℓ ell ∴ therefore ∵ because ∖ setminus ⟨ langle ⟩ rangle ⌊ lfloor ⌋ rfloor ⌈ lceil
    ⌉ rceil ∣ mid
"""
_COMMANDS = dict(zip(_SIGNS.split()[::2], _SIGNS.split()[1::2], strict=True))
_SYMBOLS: dict[str, str] = {
    **{sign: f"\\{name} " for sign, name in _COMMANDS.items()},
    "°": "{}^{\\circ}",
    "″": "\\prime\\prime ",
}
_ESCAPED = {**{c: f"\\{c}" for c in "{}%&#_$"}, "\\": "\\backslash ", "^": "\\hat{}", "~": "\\sim "}
_DELIMITERS = {
    "{": "\\{", "}": "\\}", "": ".", "‖": "\\|", "∥": "\\|", "⟨": "\\langle", "⟩": "\\rangle", "〈": "\\langle",
    "〉": "\\rangle", "⌊": "\\lfloor", "⌋": "\\rfloor", "⌈": "\\lceil", "⌉": "\\rceil",
}  # fmt: skip
ACCENTS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline", "\u0306": "breve", "\u0307": "dot",
    "\u0308": "ddot", "\u030c": "check", "\u0300": "grave", "\u0301": "acute", "\u20d7": "vec", "→": "vec",
    "\u20d6": "overleftarrow", "\u20e1": "overleftrightarrow", "^": "hat", "~": "tilde", "¯": "bar", "‾": "overline",
}  # fmt: skip
_GROUPS = {"⏟": "underbrace", "⏞": "overbrace"}
_ARROWS = {"→": "xrightarrow", "←": "xleftarrow", "⇒": "xRightarrow", "⇐": "xLeftarrow"}
MATRICES = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix", ("{", "}"): "Bmatrix"}
_SCRIPTS = {"double-struck": "mathbb", "script": "mathcal", "fraktur": "mathfrak"}
_IGNORED = frozenset(
    {"rPr", "ctrlPr", "proofErr", "bookmarkStart", "bookmarkEnd", "del", "moveFrom", "lastRenderedPageBreak"}
)
_PASSED = frozenset({"oMath", "oMathPara", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "box", "e", "num", "den"})


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as TeX, and the names of the constructs of which only the text was kept."""

    tex: str
    unread: tuple[str, ...] = ()


def formula(element: Any) -> Formula:
    """The TeX of an `oMath` or `oMathPara` element (lxml); never raises on what is in it."""
    made = _Converter()
    tex = re.sub(r"\s+", " ", made.inside(element)).strip()
    return Formula(tex, tuple(dict.fromkeys(made.unread)))


def local(element: Any) -> str:
    """An element's name without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


@dataclass(slots=True)
class _Converter:
    unread: list[str] = field(default_factory=list)

    def inside(self, element: Any | None) -> str:
        """The children of an element, one after the other."""
        return "" if element is None else "".join(self.one(child) for child in element)

    def one(self, element: Any) -> str:
        name = local(element)
        if not name or name in _IGNORED or name.endswith("Pr"):
            return ""
        if name in _PASSED:
            return self.inside(element)
        made = getattr(self, f"_{name}", None) if name in _BUILT else None
        if made is not None:
            return str(made(element))
        self.unread.append(name)
        return signs("".join(element.itertext()))

    def part(self, element: Any, name: str) -> str:
        """The TeX of a named child."""
        return self.inside(_child(element, name)).strip()

    def _r(self, element: Any) -> str:
        text = "".join(t.text or "" for t in element if local(t) == "t")
        properties = _child(element, "rPr")
        if _on(properties, "nor"):
            return words(text)
        script, style = _value(properties, "scr"), _value(properties, "sty")
        written = signs(text)
        plain = text.strip()
        if script in _SCRIPTS and plain:
            return f"\\{_SCRIPTS[script]}{{{written.strip()}}}"
        if style in {"b", "bi"} and plain:
            return f"\\mathbf{{{written.strip()}}}"
        if style == "p" and len(plain) > 1 and plain.isascii() and plain.isalpha() and plain not in _FUNCTIONS:
            return f"\\mathrm{{{plain}}}"
        return written

    def _f(self, element: Any) -> str:
        top, bottom = self.part(element, "num"), self.part(element, "den")
        match _value(_child(element, "fPr"), "type"):
            case "lin" | "skw":
                return f"{_grouped(top)}/{_grouped(bottom)}"
            case "noBar":
                return f"\\genfrac{{}}{{}}{{0pt}}{{}}{{{top}}}{{{bottom}}}"
            case _:
                return f"\\frac{{{top}}}{{{bottom}}}"

    def _sSup(self, element: Any) -> str:
        return f"{based(self.part(element, 'e'))}^{{{self.part(element, 'sup')}}}"

    def _sSub(self, element: Any) -> str:
        return f"{based(self.part(element, 'e'))}_{{{self.part(element, 'sub')}}}"

    def _sSubSup(self, element: Any) -> str:
        base, sub, sup = (self.part(element, name) for name in ("e", "sub", "sup"))
        return f"{based(base)}_{{{sub}}}^{{{sup}}}"

    def _sPre(self, element: Any) -> str:
        base, sub, sup = (self.part(element, name) for name in ("e", "sub", "sup"))
        return f"{{}}_{{{sub}}}^{{{sup}}}{based(base)}"

    def _rad(self, element: Any) -> str:
        degree = self.part(element, "deg")
        if _on(_child(element, "radPr"), "degHide") or not degree:
            return f"\\sqrt{{{self.part(element, 'e')}}}"
        return f"\\sqrt[{degree}]{{{self.part(element, 'e')}}}"

    def _nary(self, element: Any) -> str:
        properties = _child(element, "naryPr")
        sign = _value(properties, "chr") if _child(properties, "chr") is not None else "∫"
        made = signs(sign or "∫").strip()
        if not _on(properties, "subHide") and (sub := self.part(element, "sub")):
            made += f"_{{{sub}}}"
        if not _on(properties, "supHide") and (sup := self.part(element, "sup")):
            made += f"^{{{sup}}}"
        return f"{made} {self.part(element, 'e')}"

    def _d(self, element: Any) -> str:
        properties = _child(element, "dPr")
        begin, end, between = (
            (_value(properties, name) or "") if _child(properties, name) is not None else default
            for name, default in (("begChr", "("), ("endChr", ")"), ("sepChr", "|"))
        )
        inner = [e for e in element if local(e) == "e"]
        if len(inner) == 1:
            only = [c for c in inner[0] if not local(c).endswith("Pr")]
            name = local(only[0]) if len(only) == 1 else ""
            if name == "m" and (begin, end) in MATRICES:
                return self._matrix(only[0], MATRICES[begin, end])
            if name == "eqArr" and begin == "{" and not end:
                return self._matrix(only[0], "cases")
            if name == "f" and (begin, end) == ("(", ")") and _value(_child(only[0], "fPr"), "type") == "noBar":
                return f"\\binom{{{self.part(only[0], 'num')}}}{{{self.part(only[0], 'den')}}}"
        parts = [self.inside(e).strip() for e in inner]
        body = (f" {signs(between).strip()} " if between else " ").join(parts)
        return f"\\left{delimiter(begin)} {body} \\right{delimiter(end)}"

    def _func(self, element: Any) -> str:
        name = self.part(element, "fName")
        body = self.part(element, "e")
        bare = re.sub(r"\\mathrm\{([A-Za-z]+)\}", r"\1", name)
        if re.fullmatch(r"[A-Za-z]{2,}", bare) and bare not in _FUNCTIONS:
            name = f"\\operatorname{{{bare}}}"
        return f"{name} {body}" if body.startswith(("{", "\\", "(")) else f"{name}{{{body}}}"

    def _limLow(self, element: Any) -> str:
        base, lim = self.part(element, "e"), self.part(element, "lim")
        if base.startswith(("\\lim", "\\max", "\\min", "\\sup", "\\inf", "\\sum", "\\prod")):
            return f"{base}_{{{lim}}}"
        if base.startswith("\\underbrace"):
            return f"{base}_{{{lim}}}"
        return f"\\underset{{{lim}}}{{{base}}}"

    def _limUpp(self, element: Any) -> str:
        base, lim = self.part(element, "e"), self.part(element, "lim")
        if base.startswith("\\overbrace"):
            return f"{base}^{{{lim}}}"
        return f"\\overset{{{lim}}}{{{base}}}"

    def _acc(self, element: Any) -> str:
        properties = _child(element, "accPr")
        sign = (_value(properties, "chr") or "\u0302") if properties is not None else "\u0302"
        body = self.part(element, "e")
        command = ACCENTS.get(sign)
        if command is None:
            self.unread.append(f"accent {sign}")
            return body
        wide = {"hat": "widehat", "tilde": "widetilde", "vec": "overrightarrow", "bar": "overline"}
        return (
            f"\\{wide.get(command, command) if len(body) > 1 and not body.startswith(chr(92)) else command}{{{body}}}"
        )

    def _bar(self, element: Any) -> str:
        below = _value(_child(element, "barPr"), "pos") != "top"
        return f"\\{'underline' if below else 'overline'}{{{self.part(element, 'e')}}}"

    def _borderBox(self, element: Any) -> str:
        return f"\\boxed{{{self.part(element, 'e')}}}"

    def _phant(self, element: Any) -> str:
        shown = _child(_child(element, "phantPr"), "show")
        body = self.part(element, "e")
        return (
            f"\\phantom{{{body}}}" if shown is not None and _value(_child(element, "phantPr"), "show") in _OFF else body
        )

    def _groupChr(self, element: Any) -> str:
        properties = _child(element, "groupChrPr")
        sign = (_value(properties, "chr") or "⏟") if properties is not None else "⏟"
        body = self.part(element, "e")
        if sign in _GROUPS:
            return f"\\{_GROUPS[sign]}{{{body}}}"
        if sign in _ARROWS:
            above = _value(properties, "pos") != "top"
            return f"\\{_ARROWS[sign]}{{{body}}}" if above else f"\\overset{{{signs(sign).strip()}}}{{{body}}}"
        self.unread.append(f"group {sign}")
        return body

    def _eqArr(self, element: Any) -> str:
        return self._matrix(element, "aligned")

    def _m(self, element: Any) -> str:
        return self._matrix(element, "matrix")

    def _matrix(self, element: Any, environment: str) -> str:
        rows: list[str] = []
        for row in element:
            if local(row) == "mr":
                rows.append(" & ".join(self.inside(e).strip() for e in row if local(e) == "e"))
            elif local(row) == "e":
                rows.append(self.inside(row).replace("\\&", "&").strip())
        body = " \\\\ ".join(rows)
        return f"\\begin{{{environment}}}{body}\\end{{{environment}}}"


_CONSTRUCTS = "r f sSup sSub sSubSup sPre rad nary d func limLow limUpp acc bar borderBox phant groupChr eqArr m"
_BUILT = frozenset(_CONSTRUCTS.split())
_OFF = frozenset({"0", "off", "false"})


def _child(element: Any | None, name: str) -> Any | None:
    return None if element is None else next((c for c in element if local(c) == name), None)


def _value(element: Any | None, name: str) -> str | None:
    """The `val` of a property, whatever its namespace."""
    found = _child(element, name)
    return None if found is None else next((v for k, v in found.attrib.items() if k.rpartition("}")[2] == "val"), None)


def _on(element: Any | None, name: str) -> bool:
    return _child(element, name) is not None and _value(element, name) not in _OFF


def delimiter(sign: str) -> str:
    return _DELIMITERS.get(sign, sign if sign in "()[]|/." else signs(sign).strip() or ".")


def _grouped(tex: str) -> str:
    return tex if re.fullmatch(r"\w+", tex) else f"\\left( {tex} \\right)"


def based(tex: str) -> str:
    """What a script is put on: one character or command stands for itself."""
    return tex if re.fullmatch(r"\w|\\[A-Za-z]+(?:\{[^{}]*\})?|\\left.*\\right\S+", tex) else f"{{{tex}}}"


def words(text: str) -> str:
    """Text that is not mathematics, inside a formula."""
    if not text.strip():
        return "\\ " if text else ""
    if text.strip() in _FUNCTIONS:
        return f"\\{text.strip()} "
    return "\\text{" + re.sub(r"([{}%&#_$])", r"\\\1", text.replace("\\", "/")) + "}"


def signs(text: str) -> str:
    """Mathematical characters as TeX: letters of any style as letters, signs as commands, Chinese as `\\text`."""
    plain = "".join(unicodedata.normalize("NFKC", c) if c >= "\U0001d400" else c for c in text)
    return "".join(_pieces(plain))


def _pieces(text: str) -> Iterator[str]:
    for piece in re.findall(r"[A-Za-z]+|[\u2e80-\u9fff\uf900-\ufaff\u3001-\u301f\uff01-\uff60]+|.", text, re.S):
        if piece in _FUNCTIONS:
            yield f"\\{piece} "
        elif piece in _SYMBOLS:
            yield _SYMBOLS[piece]
        elif piece in _ESCAPED:
            yield _ESCAPED[piece]
        elif piece[0] >= "\u2e80" and not piece.isascii():
            yield f"\\text{{{piece}}}"
        elif piece in "\u2212\u2010\u2011\u2013":
            yield "-"
        elif piece in "\u2061\u2062\u2063\u2064\u200b\u200a\u2009\u2006":  # invisible operators, thin spaces
            yield ""
        elif piece.isspace():
            yield " "
        else:
            yield piece
