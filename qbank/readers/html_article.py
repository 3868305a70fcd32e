"""Which part of a web page is the paper: code, hidden parts and the site's furniture go, whatever asks stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NEVER_NAMES = """
    script style noscript template iframe object embed applet svg canvas head title meta link button datalist
    dialog menu audio video map area frame frameset noframes optgroup progress meter
"""
_NEVER = frozenset(_NEVER_NAMES.split())
_CONTAINERS = frozenset({"div", "section", "form", "center", "ul", "ol", "dl", "table", "tbody", "tr", "td", "header"})
_ANSWER_SIGN = re.compile(r"答案|解析|正确|answer|explanation|correct", re.I)
_FURNITURE = frozenset({"nav", "footer", "aside"})
_FURNITURE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu", "toolbar"}
)
_FURNITURE_NAMES = re.compile(
    r"(?:^|[-_ ])(?:nav|navbar|navigation|menu|menubar|sidebar|side-?bar|aside|breadcrumbs?|crumbs?|footer|foot|toolbar|topbar|"
    r"site-?header|page-?header|ads?|advert\w*|gg|banner|recommend\w*|related\w*|hot\w*|rank\w*|share\w*|social|login|"
    r"comments?|comment-?list|reply|copyright|pagination|pager|tags?-?list|cookie\w*|popup|modal|toast|qr-?code|download-?box|"
    r"vip\w*|toc|directory|author-?(?:box|info)|user-?(?:box|info)|breadCrumb|search\w*|skip-?link)(?:$|[-_ ])",
    re.I,
)
_FOR_READERS = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|accesshide|screen-reader-text)(?:$|\s)")
"""Words for screen readers that nobody sees."""
_QUESTION_SIGN = re.compile(
    r"^\s*(?:第?\s*\d{1,3}\s*[题.、．)）]|[A-H]\s*[.、．:：)）]|[(（]\d{1,3}[)）]|[一二三四五六七八九十]{1,3}\s*[、．.])"
    r"|答案|[?？]\s*$|[(（][\s\u3000_]*[)）]|_{3,}|\bAnswer\b|\bQuestion\b",
    re.M,
)


@dataclass(slots=True)
class _Figures:
    """What an element holds, its descendants included; counted once for the whole page."""

    size: int = 0
    """Characters other than blanks."""
    linked: int = 0
    """Those of them that are links."""
    links: int = 0
    signs: int = 0
    """How much looks like a question."""
    answers: bool = False
    heading: bool = False

    @property
    def link_share(self) -> float:
        return self.linked / self.size if self.size else 1.0

    def count(self, text: str | None) -> None:
        if text and (seen := len("".join(text.split()))):
            self.size += seen
            self.signs += len(_QUESTION_SIGN.findall(text))
            self.answers = self.answers or _ANSWER_SIGN.search(text) is not None

    def add(self, inner: _Figures, *, is_link: bool) -> None:
        self.size += inner.size
        self.linked += inner.size if is_link else inner.linked
        self.links += inner.links + is_link
        self.signs += inner.signs
        self.answers = self.answers or inner.answers
        self.heading = self.heading or inner.heading


def paper(root: Any, dropped: list[str]) -> Any:
    """The element that holds the paper; what was taken for furniture is gone from it and quoted in `dropped`."""
    for node in list(root.iter(*_NEVER)):
        if node is not root and node.getparent() is not None and not is_tex_script(node):
            node.drop_tree()
    for question in [n for n in root.iter("div") if _is_moodle(n)]:
        if not any(_is_moodle(a) for a in question.iterancestors("div")):
            _moodle(question, dropped)
    figures = _counted(root)
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node is not root and (_is_hidden(node, figures[node]) or _is_furniture(node, figures[node])):
            _drop(node, dropped)
        else:
            waiting += [c for c in node if isinstance(c.tag, str)]
    return _article(root, dropped)


def _counted(root: Any) -> dict[Any, _Figures]:
    """The figures of every element, from the leaves up."""
    figures: dict[Any, _Figures] = {}
    nodes = [n for n in root.iter() if isinstance(n.tag, str)]
    for node in nodes:
        figures[node] = _Figures(heading=node.tag in {"h1", "h2"})
    for node in reversed(nodes):
        own = figures[node]
        if node.tag != "script":
            own.count(node.text)
        if node.tag == "input" and (node.get("type") or "").lower() in {"radio", "checkbox"}:
            own.signs += 1
        parent = node.getparent()
        if parent is not None and node is not root:
            figures[parent].count(node.tail)
            figures[parent].add(own, is_link=node.tag == "a")
    return figures


def _is_moodle(node: Any) -> bool:
    return "que" in (node.get("class") or "").split()


def _moodle(question: Any, dropped: list[str]) -> None:
    """A question of Moodle's review page without what is about the attempt: flag, state, marks earned."""
    named: dict[str, list[Any]] = {}
    for node in question.iter():
        for name in (node.get("class") or "").split() if isinstance(node.tag, str) else ():
            named.setdefault(name, []).append(node)
    about = ["questionflag", "editquestion", "state", "accesshide", "im-controls"]
    if "truefalse" in (question.get("class") or "").split() and named.get("rightanswer"):
        about.append("ablock")  # true and false are no options
    for node in [n for name in about for n in named.get(name, ())]:
        if node.getparent() is not None:
            _drop(node, dropped)
    for node in named.get("grade", ()):
        text = " ".join(node.text_content().split())
        worth = re.search(r"(?:/|out of|满分)\s*(\d+(?:[.,]\d+)?)", text)
        if worth is not None:
            dropped += [text] if not text.startswith("满分") else []
            for child in list(node):
                child.drop_tree()
            node.text = f"满分{worth[1].replace(',', '.')}"


def _drop(node: Any, dropped: list[str]) -> None:
    text = " ".join(words(node).split())
    if text:
        dropped.append(text)
    node.drop_tree()


def _is_hidden(node: Any, figures: _Figures) -> bool:
    """Hidden and without an answer: pages hide answers until someone presses a button."""
    if _FOR_READERS.search(node.get("class") or "") and figures.size <= 30:
        return True
    style = (node.get("style") or "").lower().replace(" ", "")
    hidden = node.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style
    return hidden and not figures.answers


def _is_furniture(node: Any, figures: _Figures) -> bool:
    """Whether an element is the site's: by its tag, role or name, or as a list of links; never one that asks."""
    tag = node.tag.lower()
    share = figures.link_share
    if tag in _FURNITURE or (node.get("role") or "").lower() in _FURNITURE_ROLES:
        return figures.signs < 2 or share > 0.6
    if tag == "header":
        return figures.signs == 0 and not figures.heading
    if tag in {"ul", "ol", "div", "table"} and figures.signs < 2 and figures.links >= 5 and share > 0.8:
        return True
    name = f"{node.get('class') or ''} {node.get('id') or ''}"
    if tag in {"html", "body", "main", "article", "form"} or not _FURNITURE_NAMES.search(name):
        return False
    return share > 0.6 or (share > 0.2 and figures.signs < 2) or figures.signs == 0


def _article(root: Any, dropped: list[str]) -> Any:
    """The one `article` or `main` with nearly all that asks; else the body, less the links beside the heaviest path."""
    body = next(iter(root.iter("body")), root)
    figures = _counted(body)
    marked = [n for n in body.iter("article", "main") if not any(True for _ in n.iterancestors("article", "main"))]
    if len(marked) == 1:
        share = figures[marked[0]].size / max(1, figures[body].size)
        asks, all_signs = figures[marked[0]].signs, figures[body].signs
        if (share >= 0.5 and asks >= 0.6 * all_signs) or (all_signs > 2 and asks >= 0.9 * all_signs):
            left = " ".join(t for t in (" ".join(s.text_content().split()) for s in _beside(marked[0], body)) if t)
            dropped += [left] if left else []
            return marked[0]
    node = body
    for _ in range(12):
        children = [c for c in node if c.tag in _CONTAINERS]
        if not children:
            break
        best = max(children, key=lambda c: figures[c].size)
        if figures[best].size < 0.6 * sum(figures[c].size for c in children):
            break
        for child in children:
            own = figures[child]
            if child is not best and not own.heading and own.signs == 0 and own.link_share > 0.3:
                _drop(child, dropped)
        node = best
    return body


def _beside(node: Any, top: Any) -> Iterator[Any]:
    """The elements that are neither `node` nor around it, below `top`."""
    while node is not top and node is not None:
        parent = node.getparent()
        if parent is not None:
            yield from (c for c in parent if c is not node and isinstance(c.tag, str))
        node = parent


def words(node: Any) -> str:
    """The texts below an element, each on a line of its own."""
    return "\n".join(t for t in node.itertext() if t.strip())


def is_tex_script(node: Any) -> bool:
    """Whether a script is a MathJax formula."""
    return (node.get("type") or "").lower().startswith("math/tex")
