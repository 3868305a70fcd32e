"""Rich text as the page may show it: HTML of the safe tree, formulas as MathML, media from this server."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from qbank import richtext
from qbank.formats import mathml
from qbank.model import Html, Text
from qbank.richtext import ASSET_PREFIX, Element


def shown(text: Text | None) -> str | None:
    """The HTML of a rich text; None for a plain one, which needs none."""
    if not isinstance(text, Html):
        return None
    gaps = iter(range(1, 10**6))
    return richtext.html_of(richtext.blocks(text), lambda element: _special(element, gaps.__next__))


def _special(element: Element, number: object) -> str | None:
    match element.tag:
        case "img" | "audio":
            name = quote((element.get("src") or "").removeprefix(ASSET_PREFIX))
            if element.tag == "audio":
                return f'<audio controls="" src="/asset/{name}"></audio>'
            sizes = "".join(f' {k}="{escape(v)}"' for k, v in element.attributes if k in ("width", "height"))
            return f'<img src="/asset/{name}" alt="{escape(element.get("alt") or "")}"{sizes}/>'
        case "tex":
            return _formula(element)
        case "blank":
            count = number() if callable(number) else 0
            return f'<span class="gap">{count} {escape(element.get("id") or "")}</span>'
        case "a":
            href = escape(element.get("href") or "")
            words = escape(richtext.plain_of(element.children), quote=False)
            return f'<a href="{href}" rel="noopener noreferrer" target="_blank">{words}</a>'
        case _:
            return None


def _formula(element: Element) -> str:
    from lxml import etree

    tex = "".join(c for c in element.children if isinstance(c, str))
    made = mathml.element(tex, block=element.get("display") == "block")
    if made is None:
        return f'<code class="tex">{escape(tex, quote=False)}</code>'
    return str(etree.tostring(made, encoding="unicode"))
